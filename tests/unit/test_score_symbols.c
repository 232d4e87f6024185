#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "score/score.h"
#include "score/symbols.h"

static struct an_call calls[AN_VECTOR_MAX];
static struct an_vector vector = { .calls = calls };

static void set_up(uint32_t count)
{
    memset(calls, 0, sizeof calls);
    memset(vector.features, 0, sizeof vector.features);
    vector.count = count;
    for (uint32_t i = 0; i < count; i++) calls[i].enriched.obs.kind = AN_OBS_ATTEMPT;
}

static bool has_symbol(const struct an_verdict *verdict, unsigned id)
{
    for (int k = 0; k < verdict->symbol_count; k++)
        if (verdict->symbols[k].id == id) return true;
    return false;
}

static void the_table_is_sound(void **state)
{
    (void)state;
    assert_true(AN_SYMBOL_COUNT >= 30);
    for (int s = 0; s < AN_SYMBOL_COUNT; s++) {
        const struct an_symbol_info *row = &an_symbol_info[s];
        assert_true(row->weight != 0 && row->from != row->to && row->gate_full > 0);
        assert_true(strlen(row->en) > 10 && strlen(row->zh) > 10);
        for (int other = 0; other < s; other++) assert_string_not_equal(row->name, an_symbol_info[other].name);
    }
    assert_string_equal(an_symbol_text(AN_SYMBOL_FALLBACK_ID).name, "FALLBACK");
    assert_string_equal(an_symbol_text(9999).name, "UNKNOWN");
}

static void no_evidence_is_a_wanted_call(void **state)
{
    (void)state;
    set_up(1);
    vector.features[AN_F_CALLER_MOBILE][0] = 1; /* a new number of age 0 and nothing else: fairness rule 3 */
    an_score_vector(&vector, NULL, NULL);
    assert_true(calls[0].verdict.probability < 0.1f);
    assert_true(has_symbol(&calls[0].verdict, AN_SYMBOL_NUMBER_FRESH));
    assert_int_equal(calls[0].verdict.rules & AN_RULE_OWN_EVIDENCE, 0);
}

static void a_sweeping_robot_is_unwanted(void **state)
{
    (void)state;
    set_up(1);
    vector.features[AN_F_NUMBER_STRANGERS_1H][0] = 100;
    vector.features[AN_F_NUMBER_STRANGERS_1D][0] = 500;
    vector.features[AN_F_NUMBER_STRANGER_SHARE][0] = 1;
    vector.features[AN_F_NUMBER_WALK][0] = 1;
    vector.features[AN_F_NUMBER_UNALLOCATED][0] = 0.2f;
    vector.features[AN_F_NUMBER_ATTEMPTS_1H][0] = 100;
    vector.features[AN_F_NUMBER_ATTEMPTS_7D][0] = 500;
    vector.features[AN_F_NUMBER_REFUSED][0] = 0.6f;
    vector.features[AN_F_NUMBER_ENDED_7D][0] = 400;
    an_score_vector(&vector, NULL, NULL);
    assert_true(calls[0].verdict.probability > 0.99f);
    assert_true(calls[0].verdict.rules & AN_RULE_OWN_EVIDENCE);
    assert_int_equal(calls[0].verdict.symbol_count, AN_VERDICT_SYMBOLS_MAX);
    for (int k = 1; k < calls[0].verdict.symbol_count; k++)
        assert_true(abs(calls[0].verdict.symbols[k].weight) <= abs(calls[0].verdict.symbols[k - 1].weight));
}

static void shared_evidence_is_not_own(void **state)
{
    (void)state;
    set_up(1);
    vector.features[AN_F_ORIGIN_SURPRISE][0] = 9;
    vector.features[AN_F_BLOCK_REFUSED][0] = 1;
    vector.features[AN_F_BLOCK_ATTEMPTS_1H][0] = 1000;
    vector.features[AN_F_BLOCK_COMPLAINTS][0] = 100;
    vector.features[AN_F_SHAPE_SURPRISE][0] = 9;
    vector.features[AN_F_TRUNK_ATTEMPTS_1H][0] = 1000;
    an_score_vector(&vector, NULL, NULL);
    assert_int_equal(calls[0].verdict.rules & AN_RULE_OWN_EVIDENCE, 0); /* fairness rule 2 */
}

static void a_relation_speaks_for_the_call(void **state)
{
    (void)state;
    set_up(2);
    for (int i = 0; i < 2; i++) vector.features[AN_F_RELATION_CALLED][i] = 1;
    vector.features[AN_F_RELATION_REFUSED][1] = 1;
    an_score_vector(&vector, NULL, NULL);
    assert_true(calls[0].verdict.rules & AN_RULE_RELATION);
    assert_int_equal(calls[1].verdict.rules & AN_RULE_RELATION, 0); /* called, but refused since */
}

/* Any vector split and the journal's way give the same bits. */
static void scoring_is_reproducible(void **state)
{
    (void)state;
    uint64_t seed = 42;
    set_up(AN_VECTOR_MAX);
    for (int f = 0; f < AN_FEATURE_COUNT; f++)
        for (int i = 0; i < AN_VECTOR_MAX; i++) {
            seed = seed * 6364136223846793005ull + 1442695040888963407ull;
            float x = (float)(seed >> 40) / 65536.0f;
            vector.features[f][i] = an_mini_float(an_mini_of(seed & 64 ? x : x / 256));
        }
    an_score_vector(&vector, NULL, NULL);
    for (int i = 0; i < AN_VECTOR_MAX; i++) {
        struct an_verdict again = { 0 };
        an_score_features(calls[i].verdict.features, NULL, &again);
        assert_memory_equal(&again.probability, &calls[i].verdict.probability, sizeof again.probability);
        assert_memory_equal(&again.log_odds, &calls[i].verdict.log_odds, sizeof again.log_odds);
        assert_int_equal(again.rules, calls[i].verdict.rules);
        assert_int_equal(again.category, calls[i].verdict.category);
        assert_memory_equal(again.symbols, calls[i].verdict.symbols, sizeof again.symbols);
    }
}

static void the_logistic_is_right(void **state)
{
    (void)state;
    set_up(1);
    an_score_vector(&vector, NULL, NULL);
    const struct an_verdict *v = &calls[0].verdict;
    assert_true(fabs((double)v->probability - 1 / (1 + exp(-(double)v->log_odds))) < 1e-7);
    assert_int_equal(an_score_version(NULL), v->score_version);
    assert_true(v->score_version != 0);
}

static void repeats_and_errors_are_left_alone(void **state)
{
    (void)state;
    set_up(3);
    calls[0].observed.repeat = true;
    calls[1].error = AN_ERR_MALFORMED;
    calls[2].enriched.obs.kind = AN_OBS_END;
    for (int i = 0; i < 3; i++) calls[i].verdict.probability = 0.25f;
    an_score_vector(&vector, NULL, NULL);
    for (int i = 0; i < 3; i++) assert_true(calls[i].verdict.probability == 0.25f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_table_is_sound),          cmocka_unit_test(no_evidence_is_a_wanted_call),
        cmocka_unit_test(a_sweeping_robot_is_unwanted), cmocka_unit_test(shared_evidence_is_not_own),
        cmocka_unit_test(a_relation_speaks_for_the_call), cmocka_unit_test(scoring_is_reproducible),
        cmocka_unit_test(the_logistic_is_right),       cmocka_unit_test(repeats_and_errors_are_left_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
