/* Forests for benches: grown at random to the full depth, cut where values occur (18 distinct thresholds a feature),
 * with ten categories of 6 trees of depth 4, and calibrated so that a given share of the calls reaches 0.2 and is
 * explained. Trained trees are thinner: no forest of the same size is harder. Layer: beside the house; benches only. */
#ifndef ANNING_BENCH_FOREST_H
#define ANNING_BENCH_FOREST_H

#include "bench.h"
#include "model/forest.h"

enum { BENCH_CUTS = 18, BENCH_TRADES = 10, BENCH_TRADE_TREES = 6, BENCH_TRADE_DEPTH = 4 };

static inline void bench_grow(struct an_forest *f, uint32_t at, unsigned depth, uint64_t *rng,
                              const float (*cuts)[BENCH_CUTS])
{
    float leaf = (float)(bench_random(rng) % 2001) / 10000.0f - 0.1f;
    f->nodes[at] = (struct an_forest_node) { leaf, 0, AN_FOREST_LEAF, 0, 0 };
    if (depth == 0) return;
    uint32_t feature = (uint32_t)(bench_random(rng) % AN_FEATURE_COUNT), left = f->node_count;
    f->node_count += 2;
    f->nodes[at] =
        (struct an_forest_node) { cuts[feature][bench_random(rng) % BENCH_CUTS], left, (uint16_t)feature, 1, 0 };
    bench_grow(f, left, depth - 1, rng, cuts);
    bench_grow(f, left + 1, depth - 1, rng, cuts);
}

static inline void bench_add_trees(struct an_forest *f, uint32_t trees, unsigned depth, uint64_t *rng,
                                   const float (*cuts)[BENCH_CUTS])
{
    for (uint32_t t = 0; t < trees; t++) {
        f->roots[f->root_count++] = f->node_count++;
        bench_grow(f, f->roots[f->root_count - 1], depth, rng, cuts);
    }
}

/* Some call's value, not the zero that most of them have. */
static inline float bench_cut(const float (*rows)[AN_FEATURE_COUNT], size_t count, int feature, uint64_t *rng)
{
    for (int tries = 0; tries < 200; tries++) {
        float x = rows[bench_random(rng) % count][feature];
        if (x > 0) return x;
    }
    return an_mini_float((an_mini)(1 + bench_random(rng) % 0xfffe));
}

/* rows: features of calls; explained: the share of them that reaches 0.2. */
static inline void bench_calibrate(struct an_forest *f, const float (*rows)[AN_FEATURE_COUNT], size_t count,
                                   double explained)
{
    double *all = malloc(count * sizeof *all);
    if (all == NULL) abort();
    for (size_t i = 0; i < count; i++) all[i] = (double)an_forest_sum_row(f, &f->unwanted, rows[i]);
    (void)bench_median(all, count); /* sorts */
    double at = explained > 0 ? all[(size_t)((double)(count - 1) * (1 - explained))] : all[count - 1] + 1;
    f->calibration = (struct an_calibration) { .kind = AN_CALIBRATION_PLATT, .a = 1, .b = (float)(-1.386 - at) };
    free(all);
}

static inline struct an_forest *bench_forest(const float (*rows)[AN_FEATURE_COUNT], size_t count, uint32_t trees,
                                             unsigned depth, double explained)
{
    static float cuts[AN_FEATURE_COUNT][BENCH_CUTS];
    uint64_t rng = 88172645463325252ull;
    struct an_forest *f = calloc(1, sizeof *f);
    struct an_error error;
    if (f == NULL) abort();
    size_t nodes = ((size_t)trees << (depth + 1)) + (BENCH_TRADES * BENCH_TRADE_TREES << (BENCH_TRADE_DEPTH + 1));
    f->features = AN_FEATURE_COUNT;
    f->names = calloc(AN_FEATURE_COUNT, sizeof *f->names);
    f->nodes = calloc(nodes, sizeof *f->nodes);
    f->roots = calloc(trees + BENCH_TRADES * BENCH_TRADE_TREES, sizeof *f->roots);
    f->card = strdup("{}");
    if (f->names == NULL || f->nodes == NULL || f->roots == NULL) abort();
    for (int i = 0; i < AN_FEATURE_COUNT; i++) {
        strncpy(f->names[i], an_feature_info[i].name, AN_FOREST_NAME_MAX - 1);
        for (int k = 0; k < BENCH_CUTS; k++) cuts[i][k] = bench_cut(rows, count, i, &rng);
    }
    bench_add_trees(f, trees, depth, &rng, (const float(*)[BENCH_CUTS])cuts);
    f->unwanted = (struct an_forest_sum) { -3.0f, 0, trees };
    for (uint32_t c = 0; c < BENCH_TRADES; c++) {
        f->categories[AN_CATEGORY_LOAN + c] = (struct an_forest_sum) { 0, f->root_count, BENCH_TRADE_TREES };
        bench_add_trees(f, BENCH_TRADE_TREES, BENCH_TRADE_DEPTH, &rng, (const float(*)[BENCH_CUTS])cuts);
    }
    bench_calibrate(f, rows, count, explained);
    if (an_forest_check(f, &error) == AN_OK) return f;
    fprintf(stderr, "%s\n", error.text);
    exit(1);
}

#endif
