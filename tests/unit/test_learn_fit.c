/* Whole fits by XGBoost on made rows: small, so that they take a second each. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <cjson/cJSON.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "learn/card.h"
#include "model/drift.h"

static struct an_error error;

static double dice(uint64_t n, uint64_t salt)
{
    return (double)(an_mix2(n, salt) >> 11) * 0x1p-53;
}

enum { COLUMNS = 4 };
static const struct an_derived plain[COLUMNS] = {
    { AN_DERIVE_VALUE, 0, 0 }, { AN_DERIVE_VALUE, 1, 0 }, { AN_DERIVE_VALUE, 2, 0 }, { AN_DERIVE_VALUE, 3, 0 }
};

/* Column 0 and the proportion of 1 to 2 tell, 3 does not; a tenth of 0 is missing. */
static void draw(struct an_samples *samples, size_t rows)
{
    an_samples_init(samples, COLUMNS, false);
    for (size_t r = 0; r < rows; r++) {
        double a = dice(r, 1), size = exp(8 * dice(r, 2)), part = dice(r, 3);
        double log_odds = 6 * a - 3 + 8 * (part - 0.5);
        const struct an_sample sample = { .unwanted = dice(r, 4) < 1 / (1 + exp(-log_odds)), .weight = 1, .group = r };
        size_t row;
        assert_int_equal(an_samples_add(samples, &sample, &row), AN_OK);
        float *cells = samples->cells + row * COLUMNS;
        cells[0] = dice(r, 5) < 0.1 ? NAN : (float)a;
        cells[1] = (float)(size * part);
        cells[2] = (float)(size * (1 - part));
        cells[3] = (float)dice(r, 6);
    }
}

static struct an_rows all_rows(const struct an_samples *samples)
{
    struct an_rows rows = { calloc(samples->rows + 1, sizeof(uint32_t)), samples->rows };
    for (size_t r = 0; r < samples->rows; r++) rows.at[r] = (uint32_t)r;
    return rows;
}

static const struct an_fit_plan quick[] = {
    { "quick", false, 3, 60, 10, 0.2f, 0.8f, 1, 1, 1 },
    { "quick, shares", true, 3, 60, 10, 0.2f, 0.8f, 1, 1, 1 },
};

static struct an_fit_options options_of(unsigned plans)
{
    static const uint8_t amounts[COLUMNS] = { 0, 1, 1, 0 };
    return (struct an_fit_options) { .plans = quick,
                                     .plan_count = plans,
                                     .folds = 3,
                                     .bags = 2,
                                     .threads = 1,
                                     .seed = 5,
                                     .unwanted_weight = 1,
                                     .features = plain,
                                     .feature_count = COLUMNS,
                                     .amounts = amounts };
}

static void fit_or_fail(const struct an_samples *samples, const struct an_cuts *cuts, const struct an_rows *rows,
                        const struct an_fit_options *options, struct an_fit *fit)
{
    if (an_fit(samples, cuts, rows, options, fit, &error) != AN_OK) fail_msg("%s", error.text);
}

static void it_learns_and_repeats(void **state)
{
    (void)state;
    struct an_samples samples;
    struct an_fit fit, again;
    draw(&samples, 1500);
    struct an_rows rows = all_rows(&samples);
    struct an_fit_options options = options_of(2);
    fit_or_fail(&samples, NULL, &rows, &options, &fit);
    assert_true(fit.figures.auc > 0.85 && fit.figures.ece < 0.06);
    assert_string_equal(fit.plan->name, "quick, shares"); /* what is a proportion is found as one */
    assert_true(fit.plan_losses[1] < fit.plan_losses[0]);
    assert_int_equal(fit.feature_count, COLUMNS + 1);
    assert_true(fit.features[COLUMNS].kind == AN_DERIVE_SHARE);
    fit_or_fail(&samples, NULL, &rows, &options, &again);
    assert_int_equal(fit.trees.node_count, again.trees.node_count);
    assert_memory_equal(fit.trees.nodes, again.trees.nodes, fit.trees.node_count * sizeof *fit.trees.nodes);
    assert_memory_equal(fit.held_scores, again.held_scores, rows.count * sizeof(float));
    an_fit_done(&again);
    options.seed = 6;
    fit_or_fail(&samples, NULL, &rows, &options, &again);
    assert_true(memcmp(fit.held_scores, again.held_scores, rows.count * sizeof(float)) != 0);
    an_fit_done(&again);
    an_fit_done(&fit);
    free(rows.at);
    an_samples_done(&samples);
}

/* What XGBoost says of rows is what our walk over its trees says. */
static void our_walk_is_theirs(void **state)
{
    (void)state;
    struct an_samples samples;
    draw(&samples, 800);
    struct an_rows rows = all_rows(&samples), kept = { rows.at, 500 }, held = { rows.at + 500, 300 };
    const struct an_view view = { &samples, NULL, plain, COLUMNS };
    const struct an_boost_options boost = { .depth = 4,
                                            .eta = 0.3f,
                                            .subsample = 1,
                                            .features_a_split = 1,
                                            .weight_min = 1,
                                            .lambda = 1,
                                            .rounds = 20,
                                            .threads = 1,
                                            .seed = 3,
                                            .unwanted_weight = 1 };
    struct an_booster *booster;
    float margins[300], base, cells[COLUMNS];
    unsigned rounds;
    assert_int_equal(an_booster_train(&view, &kept, &held, &boost, NULL, NULL, &booster, margins, &rounds, &error),
                     AN_OK);
    struct an_trees trees = { 0 };
    assert_int_equal(an_booster_trees(booster, &view, rounds, 0, 1, &trees, &base, &error), AN_OK);
    assert_int_equal(trees.root_count, rounds);
    const struct an_forest forest = { .features = COLUMNS,
                                      .nodes = trees.nodes,
                                      .roots = trees.roots,
                                      .node_count = trees.node_count,
                                      .root_count = trees.root_count };
    const struct an_forest_sum sum = { base, 0, rounds };
    for (size_t i = 0; i < held.count; i++) {
        memcpy(cells, samples.cells + held.at[i] * COLUMNS, sizeof cells);
        float ours = an_forest_sum_row(&forest, &sum, cells);
        if (fabsf(ours - margins[i]) > 1e-4f)
            fail_msg("row %zu: ours %g, XGBoost's %g", i, (double)ours, (double)margins[i]);
    }
    for (uint32_t n = 0; n < trees.node_count; n++) { /* a mean lies between those below */
        if (trees.nodes[n].feature == AN_FOREST_LEAF) continue;
        float a = trees.means[trees.nodes[n].left], b = trees.means[trees.nodes[n].left + 1], m = trees.means[n];
        assert_true(m >= fminf(a, b) - 1e-6f && m <= fmaxf(a, b) + 1e-6f);
    }
    an_trees_done(&trees);
    an_booster_free(booster);
    free(rows.at);
    an_samples_done(&samples);
}

static void bounds_are_kept(void **state)
{
    (void)state;
    static const int8_t monotone[COLUMNS] = { -1, 1, 0, 0 }; /* column 0 is bound against what the data say */
    struct an_samples samples;
    struct an_fit fit;
    draw(&samples, 1200);
    struct an_rows rows = all_rows(&samples);
    struct an_fit_options options = options_of(2);
    options.monotone = monotone;
    options.plans = &quick[1]; /* with shares: those of column 1 are bound too */
    options.plan_count = 1;
    fit_or_fail(&samples, NULL, &rows, &options, &fit);
    for (size_t r = 0; r < 100; r++) {
        float last[2] = { INFINITY, -INFINITY };
        for (int step = 0; step <= 30; step++)
            for (int column = 0; column < 2; column++) {
                float was = samples.cells[r * COLUMNS + (size_t)column], score, probability;
                samples.cells[r * COLUMNS + (size_t)column] = column == 0 ? (float)step / 30 : (float)(step * 20);
                const struct an_rows one = { (uint32_t[]) { (uint32_t)r }, 1 };
                assert_int_equal(an_fit_score(&fit, &samples, &one, &score, &probability), AN_OK);
                samples.cells[r * COLUMNS + (size_t)column] = was;
                if (column == 0) assert_true(score <= last[0]);
                if (column == 1) assert_true(score >= last[1]);
                last[column] = score;
            }
    }
    an_fit_done(&fit);
    free(rows.at);
    an_samples_done(&samples);
}

/* Calls: minifloats seen through cuts. Groups are campaigns. */
static void draw_calls(struct an_samples *samples, size_t rows)
{
    an_samples_init(samples, COLUMNS, true);
    for (size_t r = 0; r < rows; r++) {
        bool unwanted = r % 4 == 0;
        const struct an_sample sample = { .unwanted = unwanted,
                                          .weight = unwanted ? 1 : 3,
                                          .group = unwanted ? an_mix64(r % 37 + 1) : an_mix64(r + 100),
                                          .category = (uint8_t)(!unwanted    ? AN_CATEGORY_UNKNOWN
                                                                : r % 8 == 0 ? AN_CATEGORY_LOAN
                                                                             : AN_CATEGORY_FRAUD) };
        size_t row;
        assert_int_equal(an_samples_add(samples, &sample, &row), AN_OK);
        an_mini *cells = samples->minis + row * COLUMNS;
        cells[0] = an_mini_of((float)(dice(r, 1) * 40 + (unwanted ? 12 : 0)));
        cells[1] = an_mini_of((float)exp(9 * dice(r, 2)));
        cells[2] = an_mini_of(r % 8 == 0 ? 5 : 0);
        cells[3] = 0;
    }
}

static void calls_are_cut_on_minifloats(void **state)
{
    (void)state;
    struct an_samples samples;
    struct an_cuts cuts;
    struct an_fit fit;
    struct an_categories categories;
    draw_calls(&samples, 2000);
    struct an_rows rows = all_rows(&samples);
    assert_int_equal(an_cuts_make(&samples, &cuts), AN_OK);
    struct an_fit_options options = options_of(1);
    options.amounts = NULL;
    options.feature_count = 3; /* column 3 is the same for all */
    fit_or_fail(&samples, &cuts, &rows, &options, &fit);
    assert_true(fit.figures.auc > 0.6);
    assert_true(fabs(fit.figures.weight_wanted - 4500) < 1); /* weights stand for rows that were left out */
    assert_int_equal(an_categories_fit(&samples, &cuts, &rows, &options, &fit, &categories, &error), AN_OK);
    assert_true(categories.accuracy > 0.95 && categories.rows == 500);
    assert_true(categories.sums[AN_CATEGORY_LOAN].trees > 0 && categories.sums[AN_CATEGORY_FRAUD].trees > 0);
    assert_int_equal(categories.sums[AN_CATEGORY_DEBT].trees, 0);
    for (uint32_t n = 0; n < fit.trees.node_count; n++) {
        float t = fit.trees.nodes[n].threshold;
        if (fit.trees.nodes[n].feature == AN_FOREST_LEAF || t > AN_MINI_MAX) continue;
        assert_true(an_mini_float(an_mini_of(t)) == t);
    }
    /* The door sees values, training saw bins: both walk alike. */
    const struct an_forest forest = { .features = 3,
                                      .nodes = fit.trees.nodes,
                                      .roots = fit.trees.roots,
                                      .node_count = fit.trees.node_count,
                                      .root_count = fit.trees.root_count };
    size_t right = 0;
    for (size_t r = 0; r < rows.count; r++) {
        float cells[3];
        for (int c = 0; c < 3; c++) cells[c] = an_mini_float(samples.minis[r * COLUMNS + (size_t)c]);
        float loan = an_forest_sum_row(&forest, &categories.sums[AN_CATEGORY_LOAN], cells);
        float fraud = an_forest_sum_row(&forest, &categories.sums[AN_CATEGORY_FRAUD], cells);
        if (samples.unwanted[r] != 0) right += (loan > fraud) == (samples.category[r] == AN_CATEGORY_LOAN);
    }
    assert_true(right > 480);
    an_fit_done(&fit);
    an_cuts_done(&cuts);
    free(rows.at);
    an_samples_done(&samples);
}

/* What the door compares with: shares by weight, of scores and of the inputs asked most. */
static void the_card_tells_how_training_looked(void **state)
{
    (void)state;
    struct an_samples samples;
    struct an_cuts cuts;
    struct an_fit fit;
    struct an_forest *forest;
    draw_calls(&samples, 2000);
    struct an_rows rows = all_rows(&samples);
    assert_int_equal(an_cuts_make(&samples, &cuts), AN_OK);
    struct an_fit_options options = options_of(1);
    options.amounts = NULL;
    options.feature_count = 3;
    fit_or_fail(&samples, &cuts, &rows, &options, &fit);
    char(*names)[AN_FOREST_NAME_MAX] = calloc(fit.feature_count, sizeof *names);
    for (uint32_t f = 0; f < fit.feature_count; f++) snprintf(names[f], sizeof names[f], "c%u", fit.features[f].a);
    struct an_card_facts facts = { .purpose = "calls", .command = "anning train", .options = &options };
    assert_int_equal(an_card_forest(&fit, &samples, &facts, names, &forest, &error), AN_OK);
    cJSON *card = cJSON_Parse(forest->card);
    const cJSON *drift = cJSON_GetObjectItem(card, "drift"), *bin, *input, *share;
    double all = 0;
    cJSON_ArrayForEach(bin, cJSON_GetObjectItem(drift, "score")) all += bin->valuedouble;
    assert_true(fabs(all - 1) < 1e-3);
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(drift, "score")), AN_DRIFT_BINS);
    assert_true(cJSON_GetArraySize(cJSON_GetObjectItem(drift, "inputs")) >= 2);
    cJSON_ArrayForEach(input, cJSON_GetObjectItem(drift, "inputs"))
    {
        const cJSON *cut = cJSON_GetObjectItem(input, "cuts"), *shares = cJSON_GetObjectItem(input, "shares");
        assert_int_equal(cJSON_GetArraySize(cut) + 1, cJSON_GetArraySize(shares));
        assert_in_range(cJSON_GetArraySize(cut), 1, AN_DRIFT_CUTS_MAX);
        for (cut = cut->child; cut->next != NULL; cut = cut->next)
            assert_true(cut->valuedouble < cut->next->valuedouble);
        all = 0;
        cJSON_ArrayForEach(share, shares) all += share->valuedouble;
        assert_true(fabs(all - 1) < 1e-3);
    }
    /* Column 2 is 5 for half of the unwanted rows, whose weight is 1 of 10, and 0 else. */
    cJSON_ArrayForEach(
        input, cJSON_GetObjectItem(
                   drift, "inputs")) if (strcmp(cJSON_GetStringValue(cJSON_GetObjectItem(input, "feature")), "c2") == 0)
        assert_true(fabs(cJSON_GetArrayItem(cJSON_GetObjectItem(input, "shares"), 1)->valuedouble - 0.05) < 1e-3);
    cJSON_Delete(card);
    an_forest_free(forest);
    an_fit_done(&fit);
    an_cuts_done(&cuts);
    free(rows.at);
    an_samples_done(&samples);
}

static void hopeless_rows_are_refused(void **state)
{
    (void)state;
    struct an_samples samples;
    struct an_fit fit;
    draw(&samples, 300);
    struct an_rows rows = all_rows(&samples);
    struct an_fit_options options = options_of(1);
    for (size_t r = 0; r < 300; r++) samples.unwanted[r] = 1;
    assert_int_equal(an_fit(&samples, NULL, &rows, &options, &fit, &error), AN_ERR_INVALID);
    assert_non_null(strstr(error.text, "all 300 rows are unwanted"));
    samples.unwanted[7] = 0;
    assert_int_equal(an_fit(&samples, NULL, &rows, &options, &fit, &error), AN_ERR_INVALID);
    assert_non_null(strstr(error.text, "299 unwanted and 1 wanted rows; at least 3 of each"));
    free(rows.at);
    an_samples_done(&samples);
}

static bool stop_soon(void *user, double done, double total)
{
    (void)total;
    (*(int *)user)++;
    return done < 2;
}

/* Two classes alike in all but their labels: where mistakes on the wanted one are dear, the score falls. */
static void dear_classes_are_spared(void **state)
{
    (void)state;
    static const float costs[AN_CLASSES_MAX] = { 1, 20, 1 };
    struct an_samples samples;
    double means[2];
    draw(&samples, 900);
    struct an_rows rows = all_rows(&samples);
    uint16_t class_of[2];
    assert_int_equal(an_samples_class(&samples, "clinic", 6, &class_of[0]), AN_OK);
    assert_int_equal(an_samples_class(&samples, "robot", 5, &class_of[1]), AN_OK);
    for (size_t r = 0; r < rows.count; r++) { /* the upper half of column 3: both classes, one wanted, one not */
        if (samples.cells[r * COLUMNS + 3] < 0.5f) continue;
        samples.class_of[r] = class_of[r % 2];
        samples.unwanted[r] = (uint8_t)(r % 2);
    }
    struct an_fit_options options = options_of(1);
    options.bags = 1;
    for (int dear = 0; dear < 2; dear++) {
        struct an_fit fit;
        samples.class_costs = dear ? costs : NULL;
        fit_or_fail(&samples, NULL, &rows, &options, &fit);
        means[dear] = 0;
        for (size_t r = 0; r < rows.count; r++)
            if (samples.class_of[r] != 0) means[dear] += (double)fit.held_scores[r] / 450;
        an_fit_done(&fit);
    }
    assert_true(means[1] < means[0] - 1);
    free(rows.at);
    an_samples_done(&samples);
}

static void it_can_be_stopped(void **state)
{
    (void)state;
    struct an_samples samples;
    struct an_fit fit;
    int told = 0;
    draw(&samples, 600);
    struct an_rows rows = all_rows(&samples);
    struct an_fit_options options = options_of(1);
    struct an_fit_work work = { .tell = stop_soon, .user = &told, .total = an_fit_runs(&options) };
    options.work = &work;
    assert_int_equal(an_fit(&samples, NULL, &rows, &options, &fit, &error), AN_ERR_END);
    assert_true(told > 2);
    free(rows.at);
    an_samples_done(&samples);
}

/* Labels by chance: whatever is chosen inside, the outer folds must see that there is nothing. */
static void nothing_is_found_where_nothing_is(void **state)
{
    (void)state;
    struct an_samples samples;
    struct an_cross cross;
    draw(&samples, 600);
    for (size_t r = 0; r < samples.rows; r++) samples.unwanted[r] = dice(r, 99) < 0.4;
    struct an_rows rows = all_rows(&samples);
    struct an_fit_options options = options_of(2);
    options.bags = 1;
    assert_int_equal(an_cross(&samples, NULL, &rows, 3, 2, &options, &cross, &error), AN_OK);
    assert_true(cross.auc > 0.4 && cross.auc < 0.6);
    assert_true(cross.plans[0] + cross.plans[1] == 6);
    assert_true(cross.pooled.unwanted + cross.pooled.wanted == 1200);
    free(rows.at);
    an_samples_done(&samples);
}

static void a_model_carries_its_card(void **state)
{
    (void)state;
    struct an_samples samples;
    struct an_fit fit;
    struct an_forest *forest;
    draw(&samples, 600);
    struct an_rows rows = all_rows(&samples);
    struct an_fit_options options = options_of(1);
    options.bags = 1;
    fit_or_fail(&samples, NULL, &rows, &options, &fit);
    assert_int_equal(an_fit_narrow(&fit), AN_OK);
    char(*names)[AN_FOREST_NAME_MAX] = calloc(fit.feature_count, sizeof *names);
    for (uint32_t f = 0; f < fit.feature_count; f++) snprintf(names[f], sizeof names[f], "c%u", fit.features[f].a);
    struct an_card_facts facts = { .purpose = "table",
                                   .command = "anning train",
                                   .trained_us = 86400000000,
                                   .source_count = 1,
                                   .sources = { { "table", "t.csv", "sha256:00", 600, 0, 0 } },
                                   .wanted_share_kept = 1,
                                   .unwanted_share_kept = 1,
                                   .options = &options };
    assert_int_equal(an_card_forest(&fit, &samples, &facts, names, &forest, &error), AN_OK);
    cJSON *card = cJSON_Parse(forest->card);
    assert_non_null(card);
    assert_string_equal(cJSON_GetStringValue(cJSON_GetObjectItem(card, "trained")), "1970-01-02T00:00:00Z");
    assert_true(cJSON_IsNull(cJSON_GetObjectItem(card, "licence_of_data")));
    const cJSON *held = cJSON_GetObjectItem(cJSON_GetObjectItem(card, "figures"), "held");
    assert_true(fabs(cJSON_GetNumberValue(cJSON_GetObjectItem(held, "auc")) - fit.figures.auc) < 1e-3);
    assert_true(cJSON_IsNull(cJSON_GetObjectItem(held, "recall_at_fpr_1e-4")));
    cJSON_Delete(card);
    an_forest_free(forest);
    an_fit_done(&fit);
    free(rows.at);
    an_samples_done(&samples);
}

static void trees_that_are_none_are_refused(void **state)
{
    (void)state;
    struct an_trees trees = { 0 };
    const int32_t circle[] = { 0, -1 }, shared[] = { 1, -1, -1 }, outside[] = { 1, -1 }, right[] = { 1, 0, 0 },
                  beyond[] = { 7, 0 };
    const uint16_t feature[3] = { 0 };
    const float value[3] = { 1, 2, 3 }, cover[3] = { 1, 1, 1 };
    const uint8_t missing[3] = { 0 };
    struct an_tree_source source = { 2, circle, circle, feature, value, missing, cover };
    assert_int_equal(an_trees_add(&trees, &source, 1), AN_ERR_INVALID);
    source.left = outside;
    source.right = beyond;
    assert_int_equal(an_trees_add(&trees, &source, 1), AN_ERR_INVALID);
    source.count = 2;
    source.left = shared;
    source.right = right; /* both children are the same node */
    assert_int_equal(an_trees_add(&trees, &source, 1), AN_ERR_INVALID);
    source.count = 0;
    assert_int_equal(an_trees_add(&trees, &source, 1), AN_ERR_INVALID);
    assert_int_equal(trees.root_count, 0);
    an_trees_done(&trees);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_learns_and_repeats),
        cmocka_unit_test(our_walk_is_theirs),
        cmocka_unit_test(bounds_are_kept),
        cmocka_unit_test(calls_are_cut_on_minifloats),
        cmocka_unit_test(the_card_tells_how_training_looked),
        cmocka_unit_test(hopeless_rows_are_refused),
        cmocka_unit_test(dear_classes_are_spared),
        cmocka_unit_test(it_can_be_stopped),
        cmocka_unit_test(nothing_is_found_where_nothing_is),
        cmocka_unit_test(a_model_carries_its_card),
        cmocka_unit_test(trees_that_are_none_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
