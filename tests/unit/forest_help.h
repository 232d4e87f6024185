/* Forests grown at random, for tests. Include behind cmocka.h. */
#ifndef ANNING_FOREST_HELP_H
#define ANNING_FOREST_HELP_H

#include <stdlib.h>
#include <string.h>

#include "base/mini.h"
#include "model/forest.h"

static uint64_t forest_seed;

static uint64_t forest_roll(void)
{
    forest_seed = forest_seed * 6364136223846793005ull + 1442695040888963407ull;
    return forest_seed >> 33;
}

/* Thresholds on minifloats, between two of them, of 0, below 0 and above all. */
static float forest_threshold(void)
{
    float on = an_mini_float((an_mini)(forest_roll() & 0xffff));
    switch (forest_roll() % 16) {
    case 0: return 0;
    case 1: return -on;
    case 2: return 1e9f;
    case 3: return on * 1.0001f;
    case 4: return an_mini_float(1);
    case 5: return an_mini_float(0xffff);
    default: return on;
    }
}

static void forest_grow(struct an_forest *f, uint32_t at, unsigned depth, unsigned fill)
{
    if (depth == 0 || forest_roll() % 100 >= fill) {
        float leaf = ((float)(forest_roll() & 0xffff) - 32768.0f) / 10007.0f;
        f->nodes[at] = (struct an_forest_node) { leaf, 0, AN_FOREST_LEAF, 0, 0 };
        return;
    }
    uint32_t left = f->node_count;
    f->node_count += 2;
    f->nodes[at] = (struct an_forest_node) { forest_threshold(), left, (uint16_t)(forest_roll() % f->features),
                                             forest_roll() & 1, 0 };
    forest_grow(f, left, depth - 1, fill);
    forest_grow(f, left + 1, depth - 1, fill);
}

/* All trees add up to "unwanted"; features are named "a", "b", ... fill: percent of the nodes that are no leaf. */
static struct an_forest *forest_make(unsigned features, unsigned trees, unsigned depth, unsigned fill)
{
    struct an_error error;
    struct an_forest *f = calloc(1, sizeof *f);
    assert_non_null(f);
    f->features = features;
    f->names = calloc(features, sizeof *f->names);
    for (unsigned i = 0; i < features; i++) {
        f->names[i][0] = (char)('a' + i / 26);
        f->names[i][1] = (char)('a' + i % 26);
    }
    f->nodes = calloc(((size_t)trees << (depth + 1)) + 1, sizeof *f->nodes);
    f->roots = calloc(trees + 1, sizeof *f->roots);
    for (unsigned t = 0; t < trees; t++) {
        f->roots[f->root_count++] = f->node_count++;
        forest_grow(f, f->roots[t], depth, fill);
    }
    f->unwanted = (struct an_forest_sum) { -3.25f, 0, trees };
    f->card = strdup("{}");
    assert_int_equal(an_forest_check(f, &error), AN_OK);
    return f;
}

#endif
