#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "forest_help.h"
#include "score/walk.h"

enum { FEATURES = 40 };

static an_mini minis[FEATURES][AN_VECTOR_MAX];
static bool live[FEATURES];
static uint16_t rows[FEATURES];
static uint8_t leaves[AN_FOREST_TREES_MAX][AN_VECTOR_MAX];

/* A third of the features nobody has; the others mostly zero. The walker has its rows in another order than the forest.
 */
static void make_calls(void)
{
    for (int f = 0; f < FEATURES; f++) {
        rows[f] = (uint16_t)((f + 7) % FEATURES);
        live[f] = f % 3 != 0;
        for (int i = 0; i < AN_VECTOR_MAX; i++)
            minis[f][i] = live[f] && forest_roll() % 3 != 0 ? (an_mini)(forest_roll() & 0xffff) : 0;
    }
}

static void reference_row(int call, float row[FEATURES])
{
    for (int f = 0; f < FEATURES; f++) row[f] = an_mini_float(minis[rows[f]][call]);
}

static void compare(const struct an_forest *f, const struct an_forest_sum *sums, uint32_t sum_count, uint32_t count)
{
    static float got[AN_CATEGORY_COUNT][AN_VECTOR_MAX];
    struct an_walk *walk;
    struct an_error error;
    assert_int_equal(an_walk_new(f, sums, sum_count, rows, &walk, &error), AN_OK);
    for (int level = 0; level < 2; level++) {
        an_walk_set_level(walk, level);
        memset(got, 0x55, sizeof got);
        memset(leaves, 0xff, sizeof leaves);
        an_walk_vector(walk, (const an_mini(*)[AN_VECTOR_MAX])minis, live, count, got, level == 0 ? NULL : leaves);
        for (uint32_t i = 0; i < count; i++) {
            float row[FEATURES];
            uint32_t tree = 0;
            reference_row((int)i, row);
            for (uint32_t s = 0; s < sum_count; s++) {
                float want = an_forest_sum_row(f, &sums[s], row), sum = 0;
                assert_memory_equal(&want, &got[s][i], sizeof want);
                for (uint32_t t = 0; level > 0 && t < sums[s].trees; t++, tree++)
                    sum = sum + f->nodes[an_walk_node(walk, tree, leaves[tree][i])].threshold;
                if (level > 0) assert_true(sum + sums[s].base == want); /* the leaves are told rightly */
            }
            an_mini one[FEATURES];
            float alone[AN_CATEGORY_COUNT];
            for (int k = 0; k < FEATURES; k++) one[k] = minis[k][i];
            an_walk_one(walk, one, alone);
            for (uint32_t s = 0; s < sum_count; s++) assert_memory_equal(&alone[s], &got[s][i], sizeof alone[s]);
        }
    }
    an_walk_free(walk);
}

static void equals_the_reference(void **state)
{
    (void)state;
    for (unsigned depth = 0; depth <= AN_FOREST_DEPTH_MAX; depth++)
        for (unsigned fill = 50; fill <= 100; fill += 25) {
            forest_seed = depth * 100 + fill;
            struct an_forest *f = forest_make(FEATURES, 20, depth, fill);
            make_calls();
            compare(f, &f->unwanted, 1, AN_VECTOR_MAX);
            an_forest_free(f);
        }
}

static void any_count_of_calls(void **state)
{
    (void)state;
    forest_seed = 5;
    struct an_forest *f = forest_make(FEATURES, 12, 5, 90);
    for (uint32_t count = 0; count <= AN_VECTOR_MAX; count++) {
        make_calls();
        compare(f, &f->unwanted, 1, count);
    }
    an_forest_free(f);
}

static void several_sums(void **state)
{
    (void)state;
    forest_seed = 6;
    struct an_forest *f = forest_make(FEATURES, 30, 4, 90);
    const struct an_forest_sum sums[] = { { 0.5f, 3, 10 }, { -1, 13, 0 }, { 0, 0, 3 }, { 9.75f, 13, 17 } };
    make_calls();
    compare(f, sums, 4, AN_VECTOR_MAX);
    an_forest_free(f);
}

static void no_trees_are_the_base(void **state)
{
    (void)state;
    forest_seed = 7;
    struct an_forest *f = forest_make(FEATURES, 0, 0, 0);
    make_calls();
    compare(f, &f->unwanted, 1, AN_VECTOR_MAX);
    an_forest_free(f);
}

/* More thresholds on one feature than fit a byte: several rows. */
static void many_thresholds_of_one_feature(void **state)
{
    (void)state;
    forest_seed = 8;
    struct an_forest *f = forest_make(FEATURES, 150, 8, 100);
    for (uint32_t i = 0; i < f->node_count; i++)
        if (f->nodes[i].feature != AN_FOREST_LEAF && i % 2 == 0) f->nodes[i].feature = 1;
    make_calls();
    compare(f, &f->unwanted, 1, AN_VECTOR_MAX);
    an_forest_free(f);
}

static void too_many_thresholds(void **state)
{
    (void)state;
    struct an_walk *walk = NULL;
    struct an_error error;
    forest_seed = 9;
    struct an_forest *f = forest_make(FEATURES, 1000, 8, 100);
    uint32_t at = 0;
    for (uint32_t i = 0; i < f->node_count; i++)
        if (f->nodes[i].feature != AN_FOREST_LEAF) {
            f->nodes[i].feature = (uint16_t)(at / 65000);
            f->nodes[i].threshold = an_mini_float((an_mini)(1 + at++ % 65000));
        }
    assert_true(at > AN_WALK_ROWS_MAX * 255); /* all distinct */
    assert_int_equal(an_walk_new(f, &f->unwanted, 1, rows, &walk, &error), AN_ERR_LIMIT);
    assert_non_null(strstr(error.text, "AN_WALK_ROWS_MAX"));
    assert_null(walk);
    an_forest_free(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equals_the_reference),
        cmocka_unit_test(any_count_of_calls),
        cmocka_unit_test(several_sums),
        cmocka_unit_test(no_trees_are_the_base),
        cmocka_unit_test(many_thresholds_of_one_feature),
        cmocka_unit_test(too_many_thresholds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
