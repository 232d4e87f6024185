/* Folds, cuts and figures: what learning stands on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "learn/cuts.h"
#include "learn/figures.h"
#include "learn/folds.h"

static struct an_error error;

static void add(struct an_samples *samples, bool unwanted, uint64_t group, float weight)
{
    const struct an_sample sample = { .unwanted = unwanted, .group = group, .weight = weight };
    size_t row;
    assert_int_equal(an_samples_add(samples, &sample, &row), AN_OK);
    if (samples->is_mini)
        samples->minis[row] = 0;
    else
        samples->cells[row] = 0;
}

static struct an_rows all_rows(const struct an_samples *samples)
{
    struct an_rows rows = { calloc(samples->rows, sizeof(uint32_t)), samples->rows };
    for (size_t r = 0; r < samples->rows; r++) rows.at[r] = (uint32_t)r;
    return rows;
}

static void groups_stay_together(void **state)
{
    (void)state;
    struct an_samples samples;
    an_samples_init(&samples, 1, false);
    for (uint64_t r = 0; r < 3000; r++) add(&samples, r % 7 == 0, an_mix64(r % 150 + 1), 1);
    struct an_rows rows = all_rows(&samples);
    uint8_t folds[3000], again[3000], other[3000];
    assert_int_equal(an_folds_deal(&samples, &rows, 5, 1, folds, &error), AN_OK);
    assert_int_equal(an_folds_deal(&samples, &rows, 5, 1, again, &error), AN_OK);
    assert_memory_equal(folds, again, sizeof folds);
    assert_int_equal(an_folds_deal(&samples, &rows, 5, 2, other, &error), AN_OK);
    assert_true(memcmp(folds, other, sizeof folds) != 0);
    size_t unwanted[5] = { 0 }, count[5] = { 0 };
    for (size_t r = 0; r < 3000; r++) {
        assert_int_equal(folds[r], folds[r % 150]);
        unwanted[folds[r]] += samples.unwanted[r];
        count[folds[r]]++;
    }
    for (int f = 0; f < 5; f++) {
        assert_in_range(count[f], 540, 660);
        assert_in_range(unwanted[f], 60, 115);
    }
    struct an_rows inside, outside;
    assert_int_equal(an_folds_pick(&rows, folds, 2, true, &inside), AN_OK);
    assert_int_equal(an_folds_pick(&rows, folds, 2, false, &outside), AN_OK);
    assert_int_equal(inside.count, count[2]);
    assert_int_equal(inside.count + outside.count, 3000);
    for (size_t i = 0; i < inside.count; i++) assert_int_equal(folds[inside.at[i]], 2);
    free(inside.at);
    free(outside.at);
    free(rows.at);
    an_samples_done(&samples);
}

static void too_few_groups_are_told(void **state)
{
    (void)state;
    struct an_samples samples;
    an_samples_init(&samples, 1, false);
    for (uint64_t r = 0; r < 100; r++) add(&samples, r < 30, r < 30 ? r % 2 : 100 + r, 1);
    struct an_rows rows = all_rows(&samples);
    uint8_t folds[100];
    assert_int_equal(an_folds_deal(&samples, &rows, 2, 1, folds, &error), AN_OK);
    assert_int_equal(an_folds_deal(&samples, &rows, 3, 1, folds, &error), AN_ERR_INVALID);
    assert_non_null(strstr(error.text, "2 groups hold all unwanted rows, too few for 3 folds"));
    free(rows.at);
    an_samples_done(&samples);
}

/* ---- cuts ---- */

/* Every comparison on bins is the same comparison on values, for all values a record can hold. */
static void cuts_compare_alike(void **state)
{
    (void)state;
    struct an_samples samples;
    struct an_cuts cuts;
    an_samples_init(&samples, 3, true);
    for (uint64_t r = 0; r < 20000; r++) {
        const struct an_sample sample = { .weight = 1, .group = r };
        size_t row;
        assert_int_equal(an_samples_add(&samples, &sample, &row), AN_OK);
        samples.minis[row * 3] = an_mini_of((float)(r % 3));
        samples.minis[row * 3 + 1] = an_mini_of(expf((float)(an_mix64(r) % 1000) / 80));
        samples.minis[row * 3 + 2] = 7;
    }
    assert_int_equal(an_cuts_make(&samples, &cuts), AN_OK);
    assert_int_equal(cuts.counts[0], 2);
    assert_in_range(cuts.counts[1], 200, AN_CUTS_MAX);
    assert_int_equal(cuts.counts[2], 0);
    for (uint32_t c = 0; c < 3; c++)
        for (int k = -1; k <= AN_CUTS_MAX + 2; k++)
            for (float step = 0; step < 1; step += 0.5f) {
                float on_bins = (float)k + step, threshold = an_cuts_threshold(&cuts, c, on_bins);
                assert_true(isfinite(threshold));
                if (threshold <= AN_MINI_MAX) assert_true(an_mini_float(an_mini_of(threshold)) == threshold);
                for (uint32_t m = 0; m < 65536; m += c == 1 ? 13 : 97)
                    if ((an_mini_float((an_mini)m) < threshold) != ((float)cuts.bins[c][m] < on_bins))
                        fail_msg("column %u: %g < %g, bin %u < %g", c, (double)an_mini_float((an_mini)m),
                                 (double)threshold, cuts.bins[c][m], (double)on_bins);
            }
    an_cuts_done(&cuts);
    an_samples_done(&samples);
}

/* ---- figures ---- */

static void figures_of_a_known_order(void **state)
{
    (void)state;
    struct an_samples samples;
    struct an_figures f;
    an_samples_init(&samples, 1, false);
    /* scores 4 3 2 2 1, unwanted yes no yes no no: of 6 pairs 4 right, one tie */
    static const bool unwanted[] = { true, false, true, false, false };
    static const float scores[] = { 4, 3, 2, 2, 1 }, probabilities[] = { 0.9f, 0.8f, 0.4f, 0.4f, 0.1f };
    for (int i = 0; i < 5; i++) add(&samples, unwanted[i], (uint64_t)i, 1);
    struct an_rows rows = all_rows(&samples);
    assert_int_equal(an_figures_take(&samples, &rows, scores, probabilities, 0.5, &f), AN_OK);
    assert_true(fabs(f.auc - 4.5 / 6) < 1e-12);
    assert_true(fabs(f.average_precision - (1.0 + 2.0 / 4) / 2) < 1e-12);
    assert_true(isnan(f.recall[0])); /* five rows say nothing of one in ten thousand */
    double loss = -(log(0.9) + log(0.2) + log(0.4) + log(0.6) + log(0.9)) / 5;
    assert_true(fabs(f.log_loss - loss) < 1e-6);
    /* bins of 1/15: 0.9 said and 1 was, 0.8 and 0, 0.4 twice and a half, 0.1 and 0 */
    assert_true(fabs(f.ece - (0.1 + 0.8 + 2 * 0.1 + 0.1) / 5) < 1e-6);
    /* at 0.5: unwanted found 1, missed 1, wrongly 1: F1 1/2; wanted right 2, missed 1, wrongly 1: F1 2/3 */
    assert_true(fabs(f.macro_f1 - (0.5 + 2.0 / 3) / 2) < 1e-12);
    /* A row of weight 2 counts as two rows. */
    samples.weight[1] = 2;
    assert_int_equal(an_figures_take(&samples, &rows, scores, probabilities, NAN, &f), AN_OK);
    assert_true(fabs(f.auc - (4 + 0 + 0.5 + 1) / 8) < 1e-12);
    assert_true(f.f1_threshold > 0.8 && f.f1_threshold < 0.9);
    free(rows.at);
    an_samples_done(&samples);
}

static void recall_keeps_to_its_rate(void **state)
{
    (void)state;
    enum { WANTED = 10000, UNWANTED = 100 };
    struct an_samples samples;
    struct an_figures f;
    static float scores[WANTED + UNWANTED];
    an_samples_init(&samples, 1, false);
    for (int i = 0; i < WANTED; i++) {
        add(&samples, false, (uint64_t)i, 1);
        scores[i] = (float)i / WANTED;
    }
    for (int i = 0; i < UNWANTED; i++) {
        add(&samples, true, (uint64_t)i, 1);
        scores[WANTED + i] = 0.9f + (float)i * 0.002f + 0.00005f; /* half of them above all wanted rows */
    }
    struct an_rows rows = all_rows(&samples);
    assert_int_equal(an_figures_take(&samples, &rows, scores, scores, 0.5, &f), AN_OK);
    assert_true(f.recall[0] >= 0.5 && f.recall[0] <= 0.51);
    assert_true(f.recall[2] > f.recall[0] && f.recall[2] <= 0.56);
    /* The threshold is one on scores: no more than one wanted row in a hundred reaches it. */
    size_t above = 0;
    for (int i = 0; i < WANTED; i++) above += (double)scores[i] >= f.threshold[2];
    assert_true(above <= WANTED / 100 && above >= WANTED / 100 - 30);
    free(rows.at);
    an_samples_done(&samples);
}

static void classes_have_figures(void **state)
{
    (void)state;
    struct an_samples samples;
    uint16_t courier, same;
    an_samples_init(&samples, 1, false);
    assert_int_equal(an_samples_class(&samples, "courier", 7, &courier), AN_OK);
    assert_int_equal(an_samples_class(&samples, "courier", 7, &same), AN_OK);
    assert_true(courier == 1 && same == 1);
    for (int i = 0; i < 4; i++) add(&samples, false, (uint64_t)i, 1);
    samples.class_of[1] = samples.class_of[2] = courier;
    struct an_rows rows = all_rows(&samples);
    struct an_class_figures of[2];
    an_figures_classes(&samples, &rows, (float[]) { 0, 1, 3, 0 }, (float[]) { 0, 0.25f, 0.75f, 0 }, 2, of);
    assert_true(of[1].rows == 2 && of[1].mean == 0.5 && of[1].above == 0.5 && of[0].above == 0);
    char name[16];
    for (int i = 2; i < AN_CLASSES_MAX; i++) {
        snprintf(name, sizeof name, "c%d", i);
        assert_int_equal(an_samples_class(&samples, name, strlen(name), &same), AN_OK);
    }
    assert_int_equal(an_samples_class(&samples, "one more", 8, &same), AN_ERR_LIMIT);
    free(rows.at);
    an_samples_done(&samples);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(groups_stay_together),     cmocka_unit_test(too_few_groups_are_told),
        cmocka_unit_test(cuts_compare_alike),       cmocka_unit_test(figures_of_a_known_order),
        cmocka_unit_test(recall_keeps_to_its_rate), cmocka_unit_test(classes_have_figures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
