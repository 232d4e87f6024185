#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "forest_help.h"
#include "score/score.h"
#include "score/symbols.h"

static struct an_call calls[AN_VECTOR_MAX];
static struct an_vector vector = { .calls = calls };

/* Features that occur, most of them zero. */
static void make_calls(uint32_t count)
{
    memset(calls, 0, sizeof calls);
    vector.count = count;
    for (int f = 0; f < AN_FEATURE_COUNT; f++)
        for (uint32_t i = 0; i < AN_VECTOR_MAX; i++) {
            uint64_t dice = forest_roll();
            vector.features[f][i] =
                dice % 3 == 0 || f % 7 == 0 ? 0.0f : an_mini_float(an_mini_of((float)(dice >> 8 & 0xfff) / 64.0f));
        }
    for (uint32_t i = 0; i < AN_VECTOR_MAX; i++) calls[i].enriched.obs.kind = AN_OBS_ATTEMPT;
}

/* Of the calls' own features. */
static struct an_forest *make_forest(unsigned trees, unsigned depth)
{
    struct an_forest *f = forest_make(AN_FEATURE_COUNT, trees, depth, 90);
    for (int i = 0; i < AN_FEATURE_COUNT; i++) {
        memset(f->names[i], 0, AN_FOREST_NAME_MAX);
        strcpy(f->names[i], an_feature_info[AN_FEATURE_COUNT - 1 - i].name); /* in another order than ours */
    }
    for (uint32_t n = 0; n < f->node_count; n++)
        if (f->nodes[n].feature != AN_FOREST_LEAF) f->nodes[n].threshold = (float)(forest_roll() % 640) / 10.0f;
    f->calibration = (struct an_calibration) { .kind = AN_CALIBRATION_PLATT, .a = 0.5f, .b = 0.25f };
    return f;
}

static struct an_score_model *model_of(struct an_forest *forest)
{
    struct an_score_model *model;
    struct an_error error;
    assert_int_equal(an_score_model_new(forest, &model, &error), AN_OK);
    return model;
}

static void row_of(uint32_t call, float row[AN_FEATURE_COUNT])
{
    for (int i = 0; i < AN_FEATURE_COUNT; i++) row[i] = vector.features[AN_FEATURE_COUNT - 1 - i][call];
}

static void assert_same_verdict(const struct an_verdict *a, const struct an_verdict *b)
{
    assert_memory_equal(&a->probability, &b->probability, sizeof a->probability);
    assert_memory_equal(&a->log_odds, &b->log_odds, sizeof a->log_odds);
    assert_int_equal(a->score_version, b->score_version);
    assert_int_equal(a->rules, b->rules);
    assert_int_equal(a->category, b->category);
    assert_int_equal(a->symbol_count, b->symbol_count);
    assert_memory_equal(a->symbols, b->symbols, sizeof a->symbols);
    assert_int_equal(a->cause_count, b->cause_count);
    assert_memory_equal(a->causes, b->causes, sizeof a->causes);
    assert_memory_equal(a->features, b->features, sizeof a->features);
}

static void verdicts_are_the_reference(void **state)
{
    (void)state;
    forest_seed = 1;
    struct an_forest *forest = make_forest(30, 5);
    struct an_score_model *model = model_of(forest);
    unsigned high = 0;
    for (uint32_t count = 1; count <= AN_VECTOR_MAX; count += 9) {
        make_calls(count);
        an_score_vector(&vector, model, NULL);
        for (uint32_t i = 0; i < count; i++) {
            const struct an_verdict *v = &calls[i].verdict;
            float row[AN_FEATURE_COUNT];
            row_of(i, row);
            float sum = an_forest_sum_row(forest, &forest->unwanted, row);
            float p = an_forest_probability(&forest->calibration, sum);
            assert_memory_equal(&sum, &v->log_odds, sizeof sum);
            assert_memory_equal(&p, &v->probability, sizeof p);
            assert_int_equal(v->score_version, an_score_version(model));
            struct an_verdict again;
            memset(&again, 0x55, sizeof again);
            an_score_features(v->features, model, &again);
            assert_same_verdict(v, &again);
            high += p > 0.5f;
        }
    }
    assert_true(high > 10);
    an_score_model_free(model);
}

static void every_calibration(void **state)
{
    (void)state;
    forest_seed = 2;
    for (int kind = 0; kind < 3; kind++) {
        struct an_forest *forest = make_forest(10, 4);
        struct an_calibration *c = &forest->calibration;
        *c = (struct an_calibration) { .kind = (enum an_calibration_kind)kind, .a = 1.5f, .knots = 7 };
        for (uint32_t k = 0; k < 7; k++) {
            c->x[k] = (float)k * 1.7f - 6.0f;
            c->p[k] = ((float)k + 0.5f) / 8.0f;
        }
        struct an_score_model *model = model_of(forest);
        make_calls(AN_VECTOR_MAX);
        an_score_vector(&vector, model, NULL);
        for (uint32_t i = 0; i < AN_VECTOR_MAX; i++) {
            float p = an_forest_probability(c, calls[i].verdict.log_odds);
            assert_memory_equal(&p, &calls[i].verdict.probability, sizeof p);
        }
        an_score_model_free(model);
    }
}

/* The hand-set table decides on own evidence and names the facts; below the bound nobody asks. */
static void reasons_where_something_may_happen(void **state)
{
    (void)state;
    static struct an_verdict by_hand[AN_VECTOR_MAX];
    unsigned explained = 0, own = 0;
    forest_seed = 3;
    struct an_score_model *model = model_of(make_forest(30, 5));
    make_calls(AN_VECTOR_MAX);
    an_score_vector(&vector, NULL, NULL);
    for (int i = 0; i < AN_VECTOR_MAX; i++) by_hand[i] = calls[i].verdict;
    an_score_vector(&vector, model, NULL);
    for (int i = 0; i < AN_VECTOR_MAX; i++) {
        const struct an_verdict *v = &calls[i].verdict;
        assert_int_equal(v->rules & AN_RULE_RELATION, by_hand[i].rules & AN_RULE_RELATION);
        assert_int_equal(by_hand[i].cause_count, 0);
        if (v->probability < 0.2f) {
            assert_int_equal(v->symbol_count + v->cause_count, 0);
            assert_int_equal(v->rules & AN_RULE_OWN_EVIDENCE, 0);
            continue;
        }
        explained++;
        own += (v->rules & AN_RULE_OWN_EVIDENCE) != 0;
        assert_int_equal(v->rules, by_hand[i].rules);
        assert_int_equal(v->symbol_count, by_hand[i].symbol_count);
        assert_int_equal(v->cause_count, AN_VERDICT_CAUSES_MAX);
        for (int k = 1; k < v->cause_count; k++)
            assert_true(abs(v->causes[k].weight) <= abs(v->causes[k - 1].weight) && v->causes[k].weight != 0);
        for (int k = 1; k < v->symbol_count; k++)
            assert_true(abs(v->symbols[k].weight) <= abs(v->symbols[k - 1].weight));
        for (int k = 0; k < v->symbol_count; k++)
            for (int c = 0; c < v->cause_count; c++)
                if (an_symbol_info[v->symbols[k].id].feature == v->causes[c].feature)
                    assert_int_equal(v->symbols[k].weight, v->causes[c].weight);
    }
    assert_true(explained > 10 && explained < AN_VECTOR_MAX && own > 0);
    an_score_model_free(model);
}

/* What is told of all features together is the way from the trees' means to the sum. */
static void what_moved_the_score_adds_up(void **state)
{
    (void)state;
    static struct an_model_scores scores;
    static an_mini minis[AN_FEATURE_COUNT][AN_VECTOR_MAX];
    bool live[AN_FEATURE_COUNT];
    forest_seed = 4;
    struct an_forest *forest = make_forest(20, 6);
    forest->means = calloc(forest->node_count, sizeof *forest->means);
    for (uint32_t n = forest->node_count; n-- > 0;) { /* three in four go left */
        const struct an_forest_node *node = &forest->nodes[n];
        forest->means[n] = node->feature == AN_FOREST_LEAF
                               ? node->threshold
                               : 0.75f * forest->means[node->left] + 0.25f * forest->means[node->left + 1];
    }
    double start = (double)forest->unwanted.base;
    for (uint32_t t = 0; t < forest->unwanted.trees; t++) start += (double)forest->means[forest->roots[t]];
    struct an_score_model *model = model_of(forest);
    make_calls(AN_VECTOR_MAX);
    for (int f = 0; f < AN_FEATURE_COUNT; f++) {
        live[f] = true;
        for (int i = 0; i < AN_VECTOR_MAX; i++) minis[f][i] = an_mini_of(vector.features[f][i]);
    }
    an_score_model_run(model, (const an_mini(*)[AN_VECTOR_MAX])minis, live, AN_VECTOR_MAX, &scores);
    for (uint32_t i = 0; i < AN_VECTOR_MAX; i++) {
        int16_t moved[AN_FEATURE_COUNT];
        struct an_verdict verdict;
        double sum = start;
        an_score_model_explain(model, &scores, i, moved, &verdict);
        for (int f = 0; f < AN_FEATURE_COUNT; f++) sum += moved[f] / 100.0;
        assert_true(fabs(sum - (double)scores.log_odds[i]) < 0.3); /* rounding of 120 steps and of 68 hundredths */
        assert_int_equal(verdict.causes[0].weight, moved[verdict.causes[0].feature]);
    }
    an_score_model_free(model);
}

static void one_cause_is_named_rightly(void **state)
{
    (void)state;
    forest_seed = 5;
    struct an_forest *forest = make_forest(1, 0);
    free(forest->nodes);
    forest->nodes = calloc(3, sizeof *forest->nodes);
    forest->node_count = 3;
    forest->nodes[0] = (struct an_forest_node) { 5, 1, AN_FEATURE_COUNT - 1 - AN_F_NUMBER_WALK, 0, 0 };
    forest->nodes[1] = (struct an_forest_node) { -1, 0, AN_FOREST_LEAF, 0, 0 };
    forest->nodes[2] = (struct an_forest_node) { 3, 0, AN_FOREST_LEAF, 0, 0 };
    forest->unwanted.base = 0;
    struct an_score_model *model = model_of(forest);
    make_calls(2);
    for (int f = 0; f < AN_FEATURE_COUNT; f++) vector.features[f][0] = vector.features[f][1] = 0;
    vector.features[AN_F_NUMBER_WALK][1] = 6;
    vector.features[AN_F_NUMBER_ATTEMPTS_1H][1] = 10;
    an_score_vector(&vector, model, NULL);
    const struct an_verdict *v = &calls[1].verdict;
    assert_int_equal(v->cause_count, 1);
    assert_int_equal(v->causes[0].feature, AN_F_NUMBER_WALK);
    assert_int_equal(v->causes[0].weight, 200); /* from the mean, 1, to 3 */
    assert_int_equal(v->symbols[0].id, AN_SYMBOL_WALK);
    assert_int_equal(v->symbols[0].weight, 200);
    assert_int_equal(calls[0].verdict.causes[0].weight, -200);
    an_score_model_free(model);
}

static void trades_come_from_the_model(void **state)
{
    (void)state;
    forest_seed = 6;
    struct an_forest *forest = make_forest(40, 4);
    forest->unwanted.trees = 20;
    forest->categories[AN_CATEGORY_DEBT] = (struct an_forest_sum) { 0.5f, 20, 10 };
    forest->categories[AN_CATEGORY_STOCKS] = (struct an_forest_sum) { 0, 30, 7 };
    forest->categories[AN_CATEGORY_FRAUD] = (struct an_forest_sum) { 1, 37, 3 };
    struct an_score_model *model = model_of(forest);
    unsigned seen[AN_CATEGORY_COUNT] = { 0 };
    make_calls(AN_VECTOR_MAX);
    an_score_vector(&vector, model, NULL);
    for (uint32_t i = 0; i < AN_VECTOR_MAX; i++) {
        static const uint8_t trades[] = { AN_CATEGORY_DEBT, AN_CATEGORY_STOCKS, AN_CATEGORY_FRAUD };
        const struct an_verdict *v = &calls[i].verdict;
        float row[AN_FEATURE_COUNT], best = -INFINITY;
        unsigned want = 0;
        row_of(i, row);
        for (int k = 0; k < 3; k++) {
            float sum = an_forest_sum_row(forest, &forest->categories[trades[k]], row);
            if (sum > best) want = trades[k];
            if (sum > best) best = sum;
        }
        seen[v->category]++;
        if (v->probability >= 0.5f)
            assert_int_equal(v->category, want);
        else
            assert_true(v->category == AN_CATEGORY_UNKNOWN || v->category >= AN_CATEGORY_AUTOMATED);
    }
    assert_true(seen[AN_CATEGORY_DEBT] > 0 && seen[AN_CATEGORY_STOCKS] > 0);
    an_score_model_free(model);
}

static void a_shadow_changes_nothing_else(void **state)
{
    (void)state;
    static struct an_verdict alone[AN_VECTOR_MAX];
    forest_seed = 7;
    struct an_forest *forest = make_forest(15, 5);
    struct an_score_model *live = model_of(make_forest(15, 5)), *shadow = model_of(forest);
    for (int by_hand = 0; by_hand < 2; by_hand++) {
        make_calls(AN_VECTOR_MAX);
        an_score_vector(&vector, by_hand ? NULL : live, NULL);
        for (int i = 0; i < AN_VECTOR_MAX; i++) alone[i] = calls[i].verdict;
        an_score_vector(&vector, by_hand ? NULL : live, shadow);
        for (uint32_t i = 0; i < AN_VECTOR_MAX; i++) {
            const struct an_verdict *v = &calls[i].verdict;
            float row[AN_FEATURE_COUNT];
            row_of(i, row);
            float p = an_forest_probability(&forest->calibration, an_forest_sum_row(forest, &forest->unwanted, row));
            assert_same_verdict(v, &alone[i]);
            assert_int_equal(alone[i].has_shadow, 0);
            assert_int_equal(v->has_shadow, 1);
            assert_memory_equal(&v->shadow_probability, &p, sizeof p);
        }
    }
    an_score_model_free(live);
    an_score_model_free(shadow);
}

static void versions_tell_models_apart(void **state)
{
    (void)state;
    forest_seed = 8;
    struct an_forest *a = make_forest(2, 2), *b = make_forest(2, 2);
    a->version = 1;
    b->version = 2;
    struct an_score_model *one = model_of(a), *other = model_of(b);
    assert_int_not_equal(an_score_version(one), an_score_version(other));
    assert_int_not_equal(an_score_version(one), an_score_version(NULL));
    assert_ptr_equal(an_score_model_forest(one), a);
    an_score_model_free(one);
    an_score_model_free(other);
}

static void a_feature_that_is_missing(void **state)
{
    (void)state;
    struct an_score_model *model = NULL;
    struct an_error error;
    forest_seed = 9;
    struct an_forest *forest = make_forest(20, 5);
    strcpy(forest->names[3], "number_attemps_1h");
    assert_int_equal(an_score_model_new(forest, &model, &error), AN_ERR_NOT_FOUND);
    assert_non_null(strstr(error.text, "\"number_attemps_1h\""));
    assert_non_null(strstr(error.text, "\"number_attempts_1h\"?"));
    assert_null(model);
    for (uint32_t n = 0; n < forest->node_count; n++) /* named, but asked by nobody */
        if (forest->nodes[n].feature == 3) forest->nodes[n].feature = 4;
    assert_int_equal(an_score_model_new(forest, &model, &error), AN_OK);
    an_score_model_free(model);
}

static void too_many_trees(void **state)
{
    (void)state;
    struct an_score_model *model = NULL;
    struct an_error error;
    forest_seed = 10;
    struct an_forest *forest = make_forest(AN_SCORE_TREES_MAX + 1, 0);
    assert_int_equal(an_score_model_new(forest, &model, &error), AN_ERR_LIMIT);
    assert_non_null(strstr(error.text, "AN_SCORE_TREES_MAX"));
    forest->unwanted.trees--;
    assert_int_equal(an_score_model_new(forest, &model, &error), AN_OK);
    make_calls(AN_VECTOR_MAX);
    an_score_vector(&vector, model, NULL);
    an_score_model_free(model);
    an_score_model_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(verdicts_are_the_reference),         cmocka_unit_test(every_calibration),
        cmocka_unit_test(reasons_where_something_may_happen), cmocka_unit_test(what_moved_the_score_adds_up),
        cmocka_unit_test(one_cause_is_named_rightly),         cmocka_unit_test(trades_come_from_the_model),
        cmocka_unit_test(a_shadow_changes_nothing_else),      cmocka_unit_test(versions_tell_models_apart),
        cmocka_unit_test(a_feature_that_is_missing),          cmocka_unit_test(too_many_trees),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
