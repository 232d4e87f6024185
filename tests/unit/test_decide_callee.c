/* A callee's own settings in the decision: each rule, their order, and that what is on record decides the same again.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "decide/decide.h"

#define ME 8613800000001ull
#define CALLER 8613900000001ull
#define NIGHT_US 1795968000000000ull /* 2026-11-30 00:00 +08:00, a Monday */
#define OWN AN_RULE_OWN_EVIDENCE

static struct an_settings settings;
static struct an_callees *callees;
static struct an_callee_settings mine;
static struct an_call call;
static struct an_vector vector = { .calls = &call, .count = 1 };

static int set_up(void **state)
{
    (void)state;
    memset(&call, 0, sizeof call);
    call.enriched.obs = (struct an_observation) { .time_us = NIGHT_US,
                                                  .kind = AN_OBS_ATTEMPT,
                                                  .caller = CALLER,
                                                  .callee = ME,
                                                  .caller_kind = AN_KIND_MOBILE,
                                                  .callee_kind = AN_KIND_MOBILE };
    call.enriched.caller_region = 255;
    mine = (struct an_callee_settings) { .callee = ME, .on = true, .level = AN_CALLEE_LEVEL_SITE };
    if (an_settings_init(&settings) != AN_OK) return -1;
    settings.policy.screen = true;
    callees = an_callees_new(NULL);
    return callees == NULL ? -1 : 0;
}

static int tear_down(void **state)
{
    (void)state;
    an_settings_done(&settings);
    an_callees_free(callees);
    return 0;
}

/* Decides the call by the settings as they stand, and once more out of what goes on record. */
static enum an_action decide(float probability, unsigned rules)
{
    struct an_error error;
    mine.version++;
    if (an_callees_put(callees, &mine, &error) != AN_OK) fail_msg("%s", error.text);
    call.verdict.probability = probability;
    call.verdict.rules = rules;
    an_decide_vector(&vector, &settings, callees);
    const struct an_verdict *v = &call.verdict;
    assert_int_equal(v->callee_version, mine.version);
    const struct an_grounds grounds = an_grounds_of(v);
    assert_int_equal(an_decide_action(&settings.policy, &grounds), v->action);
    return (enum an_action)v->action;
}

static void without_settings_nothing_changes(void **state)
{
    (void)state;
    call.verdict.probability = 0.8f;
    call.verdict.callee_version = 9;
    call.verdict.chosen = 9;
    an_decide_vector(&vector, &settings, callees);
    assert_int_equal(call.verdict.action, AN_ACTION_LABEL);
    assert_true(call.verdict.callee_version == 0 && call.verdict.chosen == 0 && call.verdict.rules >> 16 == 0);
    assert_int_equal(decide(0.8f, OWN), AN_ACTION_LABEL); /* and settings that choose nothing change nothing */
    assert_true(call.verdict.chosen == 0 && call.verdict.rules >> 16 == 0);
}

static void opted_out(void **state)
{
    (void)state;
    mine.on = false;
    an_number_set_add(&settings.deny, CALLER);
    assert_int_equal(decide(1.0f, OWN), AN_ACTION_ALLOW);
    assert_true(call.verdict.rules & AN_RULE_OPTED_OUT);
}

static void levels(void **state)
{
    (void)state;
    assert_int_equal(decide(0.7f, OWN), AN_ACTION_ALLOW);
    mine.level = AN_LEVEL_STRICT;
    assert_int_equal(decide(0.7f, OWN), AN_ACTION_LABEL);
    assert_int_equal(call.verdict.level, AN_LEVEL_STRICT);
    struct an_callee_level site = { ME, AN_LEVEL_LOOSE };
    settings.callee_levels = &site;
    settings.callee_level_count = 1;
    assert_int_equal(decide(0.7f, OWN), AN_ACTION_LABEL); /* the callee's own before the site's for him */
    mine.level = AN_CALLEE_LEVEL_SITE;
    assert_int_equal(decide(0.9f, OWN), AN_ACTION_ALLOW);
    settings.callee_levels = NULL;
}

static void contacts_and_blocked(void **state)
{
    (void)state;
    const an_number caller = CALLER;
    mine.blocked = &caller;
    mine.blocked_count = 1;
    assert_int_equal(decide(0.0f, AN_RULE_RELATION), AN_ACTION_BLOCK); /* even one he has talked to */
    an_number_set_add(&settings.allow, CALLER);
    assert_int_equal(decide(0.0f, 0), AN_ACTION_BLOCK); /* or the site vouches for */
    settings.policy.block = false;
    assert_int_equal(decide(0.0f, 0), AN_ACTION_LABEL);
    settings.policy.block = true;
    mine.contacts = &caller;
    mine.contact_count = 1;
    assert_int_equal(decide(1.0f, OWN), AN_ACTION_ALLOW); /* both lists: a missed call is dearer */
    an_number_set_add(&settings.deny, CALLER);
    call.observed.said = AN_SAID_DENIES | AN_SAID_REPORTED | AN_SAID_UNWANTED;
    assert_int_equal(decide(1.0f, OWN), AN_ACTION_ALLOW);
    assert_int_equal(call.verdict.rules >> 16, AN_RULE_CONTACT >> 16); /* and nothing else of his is on record */
}

static void emergencies_come_first(void **state)
{
    (void)state;
    const an_number caller = CALLER;
    const struct an_callee_hours always = { 0, 0, 127, AN_CHOICE_BLOCK };
    mine.blocked = &caller;
    mine.blocked_count = 1;
    mine.hours = &always;
    mine.hours_count = 1;
    call.enriched.public_service = true;
    assert_int_equal(decide(1.0f, OWN), AN_ACTION_ALLOW);
    call.enriched.public_service = false;
    call.observed.after_emergency = true;
    assert_int_equal(decide(1.0f, OWN), AN_ACTION_ALLOW);
    call.observed.after_emergency = false;
    call.enriched.obs.callee_kind = AN_KIND_EMERGENCY;
    assert_int_equal(decide(1.0f, OWN), AN_ACTION_ALLOW);
}

static void expecting_lets_doubtful_calls_pass(void **state)
{
    (void)state;
    const struct an_callee_expecting delivery = { AN_EXPECTED_DELIVERY, NIGHT_US + 3600 * AN_US_PER_S };
    assert_int_equal(decide(0.96f, OWN), AN_ACTION_LABEL);
    mine.expecting = &delivery;
    mine.expecting_count = 1;
    assert_int_equal(decide(0.96f, OWN), AN_ACTION_ALLOW);
    assert_true(call.verdict.rules & AN_RULE_EXPECTED);
    assert_int_equal(an_chosen_get(call.verdict.chosen, AN_CHOSEN_EXPECTED), 1 + AN_EXPECTED_DELIVERY);
    assert_int_equal(decide(0.98f, OWN), AN_ACTION_LABEL);    /* so sure that ten times the cost does not help */
    assert_int_equal(decide(0.9997f, OWN), AN_ACTION_SCREEN); /* and no jump to a block, where it was one before: */
    mine.expecting_count = 0;
    assert_int_equal(decide(0.9997f, OWN), AN_ACTION_BLOCK);
}

static void expecting_has_bounds(void **state)
{
    (void)state;
    const an_number caller = CALLER;
    const struct an_callee_expecting school = { AN_EXPECTED_SCHOOL, NIGHT_US + AN_US_PER_S };
    mine.expecting = &school;
    mine.expecting_count = 1;
    assert_int_equal(decide(0.9f, OWN), AN_ACTION_ALLOW);
    call.verdict.campaign = 7;
    assert_int_equal(decide(0.9f, OWN), AN_ACTION_LABEL);
    assert_true(call.verdict.rules & AN_RULE_HOSTILE);
    const struct an_callee_range labelled = { 86, AN_CHOICE_LABEL };
    mine.ranges = &labelled;
    mine.range_count = 1;
    assert_int_equal(decide(0.001f, 0), AN_ACTION_ALLOW); /* on a robot's list, and called by a courier */
    assert_false(call.verdict.rules & AN_RULE_HOSTILE);
    assert_int_equal(decide(0.5f, 0), AN_ACTION_LABEL);
    mine.range_count = 0;
    call.verdict.campaign = 0;
    call.observed.said = AN_SAID_REPORTED;
    assert_int_equal(decide(0.9f, OWN), AN_ACTION_LABEL);
    call.observed.said = AN_SAID_UNWANTED;
    assert_int_equal(decide(0.9f, OWN), AN_ACTION_LABEL);
    call.observed.said = AN_SAID_DENIES;
    assert_int_equal(decide(0.1f, 0), AN_ACTION_BLOCK);
    call.observed.said = 0;
    call.enriched.obs.caller_kind = AN_KIND_SERVICE_95; /* no school */
    assert_int_equal(decide(0.9f, OWN), AN_ACTION_LABEL);
    assert_false(call.verdict.rules & AN_RULE_EXPECTED);
    call.enriched.obs.caller_kind = AN_KIND_MOBILE;
    call.enriched.obs.time_us = school.until_us - 1;
    assert_int_equal(decide(0.9f, OWN), AN_ACTION_ALLOW);
    call.enriched.obs.time_us = school.until_us; /* over */
    assert_int_equal(decide(0.9f, OWN), AN_ACTION_LABEL);
    assert_false(call.verdict.rules & AN_RULE_EXPECTED);
    call.enriched.obs.time_us = NIGHT_US;
    mine.blocked = &caller;
    mine.blocked_count = 1;
    assert_int_equal(decide(0.1f, 0), AN_ACTION_BLOCK);
}

static void what_could_be_expected(void **state)
{
    (void)state;
    for (int k = 0; k < AN_EXPECTED_COUNT; k++) {
        enum an_expected kind = (enum an_expected)k;
        assert_true(an_decide_could_be(kind, AN_KIND_MOBILE) && an_decide_could_be(kind, AN_KIND_LANDLINE));
        assert_false(an_decide_could_be(kind, AN_KIND_NONE) || an_decide_could_be(kind, AN_KIND_INVALID) ||
                     an_decide_could_be(kind, AN_KIND_UNALLOCATED) || an_decide_could_be(kind, AN_KIND_IOT) ||
                     an_decide_could_be(kind, AN_KIND_COUNT));
        bool abroad = k == AN_EXPECTED_INTERVIEW || k == AN_EXPECTED_OTHER;
        assert_int_equal(an_decide_could_be(kind, AN_KIND_FOREIGN), abroad);
    }
    assert_false(an_decide_could_be(AN_EXPECTED_COUNT, AN_KIND_MOBILE));
}

/* Before ranges, hours, regions and the category. */
static void expecting_comes_before_the_rest(void **state)
{
    (void)state;
    const struct an_callee_expecting other = { AN_EXPECTED_OTHER, NIGHT_US + 1800 * AN_US_PER_S };
    const struct an_callee_hours night = { 22 * 60, 7 * 60, 127, AN_CHOICE_BLOCK };
    const struct an_callee_range range = { 8613, AN_CHOICE_BLOCK };
    mine.hours = &night;
    mine.hours_count = 1;
    mine.ranges = &range;
    mine.range_count = 1;
    mine.categories[AN_CATEGORY_MARKETING] = AN_CHOICE_BLOCK;
    call.verdict.category = AN_CATEGORY_MARKETING;
    assert_int_equal(decide(0.6f, OWN), AN_ACTION_BLOCK);
    mine.expecting = &other;
    mine.expecting_count = 1;
    assert_int_equal(decide(0.6f, OWN), AN_ACTION_ALLOW);
    assert_int_equal(decide(0.98f, OWN), AN_ACTION_BLOCK); /* not passed: the night holds */
}

static void ranges_hours_regions(void **state)
{
    (void)state;
    struct an_callee_range range = { 8613, AN_CHOICE_SCREEN };
    struct an_callee_hours night = { 22 * 60, 7 * 60, 1 << 6, AN_CHOICE_LABEL }; /* of Sunday, into this Monday */
    struct an_callee_region region = { 44, AN_CHOICE_BLOCK };
    mine.hours = &night;
    mine.hours_count = 1;
    assert_int_equal(decide(0.0f, 0), AN_ACTION_LABEL); /* no score and no evidence is asked for */
    mine.ranges = &range;
    mine.range_count = 1;
    assert_int_equal(decide(0.0f, 0), AN_ACTION_SCREEN); /* the stricter of the two */
    mine.regions = &region;
    mine.region_count = 1;
    assert_int_equal(decide(0.0f, 0), AN_ACTION_SCREEN); /* a mobile is of no region */
    call.enriched.caller_region = 44;
    assert_int_equal(decide(0.0f, 0), AN_ACTION_BLOCK);
    settings.policy.block = settings.policy.screen = false;
    assert_int_equal(decide(0.0f, 0), AN_ACTION_LABEL);
    settings.policy.block = settings.policy.screen = true;
    assert_int_equal(decide(0.0f, AN_RULE_RELATION), AN_ACTION_ALLOW); /* people one knows ring at night */
    range.choice = AN_CHOICE_PASS;
    assert_int_equal(decide(1.0f, OWN), AN_ACTION_ALLOW); /* no further question */
    call.observed.said = AN_SAID_REPORTED;
    assert_int_equal(decide(1.0f, OWN), AN_ACTION_LABEL); /* but this one number was reported */
    call.observed.said = 0;
    mine.range_count = 0;
    region.choice = AN_CHOICE_PASS;
    assert_int_equal(decide(1.0f, OWN), AN_ACTION_LABEL); /* a region that passes does not open the night */
    night.choice = AN_CHOICE_BLOCK;
    an_number_set_add(&settings.allow, CALLER);
    assert_int_equal(decide(0.0f, 0), AN_ACTION_BLOCK); /* nor does the site's list */
    mine.hours_count = mine.region_count = 0;
    assert_int_equal(decide(1.0f, OWN), AN_ACTION_ALLOW);
}

static void a_rule_is_a_least(void **state)
{
    (void)state;
    const struct an_callee_range range = { 8613, AN_CHOICE_LABEL };
    mine.ranges = &range;
    mine.range_count = 1;
    assert_int_equal(decide(0.9999f, OWN), AN_ACTION_BLOCK); /* labelling a range does not save it from the score */
    call.observed.said = AN_SAID_WANTED;
    assert_int_equal(decide(0.9999f, OWN), AN_ACTION_LABEL);
}

static void categories(void **state)
{
    (void)state;
    call.verdict.category = AN_CATEGORY_LOAN;
    mine.categories[AN_CATEGORY_LOAN] = AN_CHOICE_PASS;
    assert_int_equal(decide(0.9999f, OWN), AN_ACTION_ALLOW);
    call.observed.said = AN_SAID_UNWANTED;
    assert_int_equal(decide(0.9999f, OWN), AN_ACTION_LABEL);
    call.observed.said = 0;
    mine.categories[AN_CATEGORY_LOAN] = AN_CHOICE_LABEL;
    assert_int_equal(decide(0.9999f, OWN), AN_ACTION_LABEL); /* that, not more */
    settings.policy.explore_share = 0.01;                    /* token 0: the dice fall on 0 */
    assert_int_equal(decide(0.6f, OWN), AN_ACTION_LABEL);    /* not less */
    assert_int_equal(decide(0.49f, OWN), AN_ACTION_ALLOW);   /* the score does not hold it for unwanted */
    mine.categories[AN_CATEGORY_LOAN] = AN_CHOICE_SCREEN;
    assert_int_equal(decide(0.6f, OWN), AN_ACTION_SCREEN);
    settings.policy.screen = false;
    assert_int_equal(decide(0.6f, OWN), AN_ACTION_LABEL);
    call.observed.said = AN_SAID_WANTED;
    assert_int_equal(decide(0.9999f, OWN), AN_ACTION_ALLOW);
    call.observed.said = 0;
    call.verdict.category = AN_CATEGORY_DEBT; /* another trade */
    assert_int_equal(decide(0.6f, OWN), AN_ACTION_ALLOW);
    assert_false(call.verdict.rules & AN_RULE_CATEGORY);
}

/* An honest caller is not blocked for the trade he was guessed to be of. */
static void a_category_alone_never_blocks(void **state)
{
    (void)state;
    call.verdict.category = AN_CATEGORY_PROPERTY;
    mine.categories[AN_CATEGORY_PROPERTY] = AN_CHOICE_BLOCK;
    assert_int_equal(decide(0.99f, OWN), AN_ACTION_BLOCK);
    assert_int_equal(decide(0.98f, OWN), AN_ACTION_SCREEN); /* not sure enough */
    assert_int_equal(decide(1.0f, 0), AN_ACTION_SCREEN);    /* no evidence of its own */
    settings.policy.block = false;
    assert_int_equal(decide(0.99f, OWN), AN_ACTION_SCREEN);
    settings.policy.screen = false;
    settings.policy.block = true;
    assert_int_equal(decide(0.98f, OWN), AN_ACTION_LABEL);
    settings.policy.screen = true;
    call.verdict.category = AN_CATEGORY_AUTOMATED;
    for (int c = AN_CHOICE_PASS; c < AN_CHOICE_COUNT; c++) {
        const enum an_action wanted[] = { 0, AN_ACTION_ALLOW, AN_ACTION_LABEL, AN_ACTION_SCREEN, AN_ACTION_SCREEN };
        mine.categories[AN_CATEGORY_AUTOMATED] = (uint8_t)c;
        assert_int_equal(decide(0.1f, OWN), wanted[c]);
    }
}

static unsigned draw(unsigned count)
{
    static uint64_t seed = 42;
    seed = seed * 6364136223846793005ull + 1442695040888963407ull;
    return (unsigned)(seed >> 33) % count;
}

/* Many calls, many settings: what the record holds decides the same, a block always has a reason, and nobody who is
 * to pass is touched. */
static void whatever_is_chosen(void **state)
{
    (void)state;
    for (int n = 0; n < 20000; n++) {
        const an_number caller = CALLER;
        const struct an_callee_hours hours = { (uint16_t)draw(1440), (uint16_t)draw(1440), (uint8_t)(1 + draw(127)),
                                               (uint8_t)(AN_CHOICE_LABEL + draw(3)) };
        const struct an_callee_range range = { 8613, (uint8_t)(1 + draw(4)) };
        const struct an_callee_region region = { 44, (uint8_t)(1 + draw(4)) };
        const struct an_callee_expecting expecting = { (uint8_t)draw(AN_EXPECTED_COUNT), NIGHT_US + draw(2) };
        mine.on = draw(8) != 0;
        mine.level = (uint8_t)draw(4);
        mine.contacts = mine.blocked = &caller;
        mine.contact_count = draw(8) == 0;
        mine.blocked_count = draw(8) == 0;
        mine.hours = &hours;
        mine.hours_count = draw(2);
        mine.ranges = &range;
        mine.range_count = draw(3) == 0;
        mine.regions = &region;
        mine.region_count = draw(3) == 0;
        mine.expecting = &expecting;
        mine.expecting_count = draw(2);
        call.verdict.category = (uint8_t)draw(AN_CATEGORY_COUNT);
        call.verdict.campaign = draw(4) == 0;
        for (int c = AN_CATEGORY_LOAN; c < AN_CATEGORY_PERSON; c++) mine.categories[c] = (uint8_t)draw(AN_CHOICE_COUNT);
        call.enriched.caller_region = draw(2) ? 44 : 255;
        call.observed.said = (uint8_t)draw(16);
        float p = (float)draw(10001) / 10000.0f;
        unsigned rules = (draw(2) ? OWN : 0) | (draw(8) == 0 ? AN_RULE_RELATION : 0);
        enum an_action action = decide(p, rules);
        const struct an_verdict *v = &call.verdict;
        if (v->rules & (AN_RULE_OPTED_OUT | AN_RULE_CONTACT)) assert_int_equal(action, AN_ACTION_ALLOW);
        if (action != AN_ACTION_BLOCK) continue;
        bool said = v->rules & (AN_RULE_BLOCKED | AN_RULE_CALLEE_DENIES) ||
                    an_chosen_get(v->chosen, AN_CHOSEN_RANGE) == AN_CHOICE_BLOCK ||
                    an_chosen_get(v->chosen, AN_CHOSEN_HOURS) == AN_CHOICE_BLOCK ||
                    an_chosen_get(v->chosen, AN_CHOSEN_REGION) == AN_CHOICE_BLOCK;
        assert_true(said || (v->rules & OWN && p > 0.98f));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(without_settings_nothing_changes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(opted_out, set_up, tear_down),
        cmocka_unit_test_setup_teardown(levels, set_up, tear_down),
        cmocka_unit_test_setup_teardown(contacts_and_blocked, set_up, tear_down),
        cmocka_unit_test_setup_teardown(emergencies_come_first, set_up, tear_down),
        cmocka_unit_test_setup_teardown(expecting_lets_doubtful_calls_pass, set_up, tear_down),
        cmocka_unit_test_setup_teardown(expecting_has_bounds, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_could_be_expected, set_up, tear_down),
        cmocka_unit_test_setup_teardown(expecting_comes_before_the_rest, set_up, tear_down),
        cmocka_unit_test_setup_teardown(ranges_hours_regions, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_rule_is_a_least, set_up, tear_down),
        cmocka_unit_test_setup_teardown(categories, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_category_alone_never_blocks, set_up, tear_down),
        cmocka_unit_test_setup_teardown(whatever_is_chosen, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
