#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "decide/decide.h"

static struct an_settings settings;
static struct an_callees *callees; /* NULL but in tests of them */
static struct an_call call;
static struct an_vector vector = { .calls = &call, .count = 1 };

static int set_up(void **state)
{
    (void)state;
    memset(&call, 0, sizeof call);
    call.enriched.obs.kind = AN_OBS_ATTEMPT;
    call.enriched.obs.caller = 8613900000001;
    call.enriched.obs.callee = 8613800000001;
    if (an_settings_init(&settings) != AN_OK) return -1;
    settings.policy.screen = true;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    an_settings_done(&settings);
    return 0;
}

static enum an_action decide(float probability, unsigned rules)
{
    call.verdict.probability = probability;
    call.verdict.rules = rules;
    an_decide_vector(&vector, &settings, callees);
    return (enum an_action)call.verdict.action;
}

static void costs_order_the_actions(void **state)
{
    (void)state;
    assert_int_equal(decide(0.5f, AN_RULE_OWN_EVIDENCE), AN_ACTION_ALLOW);
    assert_int_equal(decide(0.8f, AN_RULE_OWN_EVIDENCE), AN_ACTION_LABEL);
    assert_int_equal(decide(0.99f, AN_RULE_OWN_EVIDENCE), AN_ACTION_SCREEN);
    assert_int_equal(decide(0.999f, AN_RULE_OWN_EVIDENCE), AN_ACTION_SCREEN);
    assert_int_equal(decide(0.9999f, AN_RULE_OWN_EVIDENCE), AN_ACTION_BLOCK);
}

/* At "standard" nothing blocks at p <= 0.999, whatever is switched off. */
static void blocking_needs_near_certainty(void **state)
{
    (void)state;
    for (int bits = 0; bits < 4; bits++) {
        settings.policy.label = bits & 1;
        settings.policy.screen = bits & 2;
        assert_int_not_equal(decide(0.9985f, AN_RULE_OWN_EVIDENCE), AN_ACTION_BLOCK);
    }
    settings.policy.block = false;
    settings.policy.label = true;
    assert_int_equal(decide(0.99999f, AN_RULE_OWN_EVIDENCE), AN_ACTION_SCREEN);
}

static void a_block_needs_own_evidence(void **state)
{
    (void)state;
    assert_int_equal(decide(1.0f, 0), AN_ACTION_SCREEN); /* fairness rule 2 */
    assert_int_equal(decide(1.0f, AN_RULE_OWN_EVIDENCE), AN_ACTION_BLOCK);
}

static void levels_differ(void **state)
{
    (void)state;
    settings.policy.level = AN_LEVEL_LOOSE;
    assert_int_equal(decide(0.9f, AN_RULE_OWN_EVIDENCE), AN_ACTION_ALLOW);
    struct an_callee_level own = { 8613800000001, AN_LEVEL_STRICT };
    settings.callee_levels = &own;
    settings.callee_level_count = 1;
    assert_int_equal(decide(0.7f, AN_RULE_OWN_EVIDENCE), AN_ACTION_LABEL);
    assert_int_equal(call.verdict.level, AN_LEVEL_STRICT);
    settings.callee_levels = NULL;
}

static void nothing_stops_an_emergency(void **state)
{
    (void)state;
    an_number_set_add(&settings.deny, call.enriched.obs.caller);
    assert_int_equal(decide(0.01f, 0), AN_ACTION_BLOCK);
    call.enriched.obs.callee_kind = AN_KIND_EMERGENCY;
    assert_int_equal(decide(1.0f, AN_RULE_OWN_EVIDENCE), AN_ACTION_ALLOW);
    call.enriched.obs.callee_kind = AN_KIND_MOBILE;
    call.observed.after_emergency = true;
    assert_int_equal(decide(1.0f, AN_RULE_OWN_EVIDENCE), AN_ACTION_ALLOW);
    call.observed.after_emergency = false;
    call.enriched.public_service = true;
    assert_int_equal(decide(1.0f, AN_RULE_OWN_EVIDENCE), AN_ACTION_ALLOW);
}

static void lists_and_relations(void **state)
{
    (void)state;
    assert_int_equal(decide(1.0f, AN_RULE_OWN_EVIDENCE | AN_RULE_RELATION), AN_ACTION_ALLOW);
    an_number_set_add_prefix(&settings.allow, 8613900, 7);
    assert_int_equal(decide(1.0f, AN_RULE_OWN_EVIDENCE), AN_ACTION_ALLOW);
    an_number_set_add(&settings.deny, call.enriched.obs.caller); /* relation beats all but the block list */
    assert_int_equal(decide(0.0f, AN_RULE_RELATION), AN_ACTION_BLOCK);
    assert_true(call.verdict.rules & AN_RULE_CALLEE_DENIES);
}

static void exploring_spares_only_doubtful_calls(void **state)
{
    (void)state;
    settings.policy.explore_share = 0.01;
    assert_int_equal(decide(0.8f, AN_RULE_OWN_EVIDENCE), AN_ACTION_ALLOW); /* token 0: the dice fall on 0 */
    assert_true(call.verdict.rules & AN_RULE_EXPLORE);
    assert_int_equal(decide(0.9999f, AN_RULE_OWN_EVIDENCE), AN_ACTION_BLOCK);
    memset(call.verdict.token.bytes, 0xff, 16);
    assert_int_equal(decide(0.8f, AN_RULE_OWN_EVIDENCE), AN_ACTION_LABEL);
}

/* The callee's own word: at once, whatever the score is, and no further than the site's actions go. */
static void reports_and_refusals(void **state)
{
    (void)state;
    call.observed.said = AN_SAID_REPORTED;
    assert_int_equal(decide(0.01f, 0), AN_ACTION_LABEL);
    assert_true(call.verdict.rules & AN_RULE_CALLEE_REPORTED);
    assert_int_equal(decide(0.9999f, AN_RULE_OWN_EVIDENCE), AN_ACTION_BLOCK); /* at least, not at most */
    assert_int_equal(decide(0.01f, AN_RULE_RELATION), AN_ACTION_ALLOW);
    settings.policy.reported = AN_REPORTED_SCREEN;
    assert_int_equal(decide(0.01f, 0), AN_ACTION_SCREEN);
    settings.policy.screen = false;
    assert_int_equal(decide(0.01f, 0), AN_ACTION_LABEL);
    settings.policy.reported = AN_REPORTED_BLOCK;
    assert_int_equal(decide(0.01f, 0), AN_ACTION_BLOCK);
    settings.policy.block = settings.policy.label = false;
    assert_int_equal(decide(0.01f, 0), AN_ACTION_ALLOW);
    settings.policy.block = true;
    call.observed.said = AN_SAID_DENIES;
    assert_int_equal(decide(0.01f, AN_RULE_RELATION), AN_ACTION_BLOCK);
    call.observed.after_emergency = true;
    assert_int_equal(decide(0.01f, 0), AN_ACTION_ALLOW);
}

static void labels_of_operators(void **state)
{
    (void)state;
    call.observed.said = AN_SAID_UNWANTED;
    assert_int_equal(decide(0.01f, 0), AN_ACTION_LABEL);
    assert_int_equal(decide(0.99f, AN_RULE_OWN_EVIDENCE), AN_ACTION_SCREEN);
    settings.policy.explore_share = 0.01; /* token 0: the dice fall on 0 */
    assert_int_equal(decide(0.01f, 0), AN_ACTION_LABEL);
    call.observed.said = AN_SAID_WANTED;
    assert_int_equal(decide(1.0f, AN_RULE_OWN_EVIDENCE), AN_ACTION_ALLOW);
    call.observed.said = AN_SAID_WANTED | AN_SAID_REPORTED; /* to this one callee it stays unwanted */
    assert_int_equal(decide(1.0f, AN_RULE_OWN_EVIDENCE), AN_ACTION_LABEL);
    an_number_set_add(&settings.deny, call.enriched.obs.caller);
    assert_int_equal(decide(0.01f, 0), AN_ACTION_BLOCK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(costs_order_the_actions, set_up, tear_down),
        cmocka_unit_test_setup_teardown(blocking_needs_near_certainty, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_block_needs_own_evidence, set_up, tear_down),
        cmocka_unit_test_setup_teardown(levels_differ, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nothing_stops_an_emergency, set_up, tear_down),
        cmocka_unit_test_setup_teardown(lists_and_relations, set_up, tear_down),
        cmocka_unit_test_setup_teardown(reports_and_refusals, set_up, tear_down),
        cmocka_unit_test_setup_teardown(labels_of_operators, set_up, tear_down),
        cmocka_unit_test_setup_teardown(exploring_spares_only_doubtful_calls, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
