/* What a report counts for others, what it does for the one who said it, what operators' labels do. */
#include "test_observe_kit.h"

#define COURIER (PERSON + 44)
#define ROBOT (PERSON + 9000000)
#define PEOPLE (PERSON + 500000)

static void report_as(struct kit *k, uint64_t caller, uint64_t callee, uint32_t trunk, unsigned flags)
{
    struct an_observation obs = kit_obs(k, caller, callee, trunk, 7);
    obs.kind = AN_OBS_REPORT;
    obs.call_key = 0;
    obs.flags = (uint16_t)flags;
    kit_give(k, &obs);
}

static struct an_state_stats stats_of(const struct kit *k)
{
    struct an_state_stats stats;
    an_state_stats(k->s, &stats);
    return stats;
}

/* Person n of those who live in PEOPLE; no two in a row are neighbours. */
static uint64_t person(uint64_t n)
{
    return PEOPLE + n * 611 % 2000;
}

/* A day of a courier: talks of 20 s; of six customers one misses the call and calls back. From customer `first` on. */
static void deliver(struct kit *k, uint64_t first, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++) {
        uint64_t customer = person(first + i);
        bool missed = i % 6 == 5;
        kit_ring_and_end(k, COURIER, customer, HOME, missed ? AN_OUTCOME_NO_ANSWER : AN_OUTCOME_ANSWERED,
                         missed ? 0 : 20000);
        if (missed) kit_ring_and_end(k, customer, COURIER, HOME, AN_OUTCOME_ANSWERED, 15000);
        k->now += 120 * S;
    }
}

/* A robot at work: nearly everybody cuts it off. */
static void pester(struct kit *k, uint64_t first, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++) {
        kit_ring_and_end(k, ROBOT, person(first + i), PLATFORM, i % 2 == 0 ? AN_OUTCOME_REFUSED : AN_OUTCOME_ANSWERED,
                         i % 2 == 0 ? 0 : 3000);
        k->now += 30 * S;
    }
}

static float complaints(struct kit *k, uint64_t caller, uint32_t trunk)
{
    kit_attempt(k, caller, PERSON + 77, trunk, 7);
    return k->f[AN_F_NUMBER_COMPLAINTS];
}

/* A thousand accounts with ordinary lives of their own, all called by the courier, all of whom report him. */
static void test_a_thousand_against_a_courier(void **state)
{
    (void)state;
    struct kit k;
    kit_init(&k);
    kit_live(&k, PEOPLE, 2000, 3);
    deliver(&k, 0, 400);
    for (uint64_t i = 0; i < 1000; i++) {
        if (i >= 400) deliver(&k, i, 1); /* whoever was not, is called now */
        report_as(&k, COURIER, person(i), HOME, 0);
        k.now += 20 * S;
    }
    assert_below(complaints(&k, COURIER, HOME), 0.2501); /* next to nothing, and nothing by the score's own ramp */
    assert_below(k.f[AN_F_LINE_COMPLAINTS], 0.001);
    assert_below(k.f[AN_F_BLOCK_COMPLAINTS], 0.001);
    struct an_state_stats stats = stats_of(&k);
    assert_int_equal(stats.reports, 1000);
    assert_int_equal(stats.reports_counted[AN_REPORT_MUCH], 0);
    assert_true(stats.reports_counted[AN_REPORT_LITTLE] <= 3); /* the first of them, up to the 0.25 */
    kit_done(&k);
}

/* They refuse him too, before they report: what is in a report is not in the conduct as well. */
static void test_refusals_of_reporters_are_no_support(void **state)
{
    (void)state;
    struct kit k;
    kit_init(&k);
    kit_live(&k, PEOPLE, 2000, 3);
    deliver(&k, 0, 300);
    for (uint64_t i = 0; i < 100; i++) {
        uint64_t account = person(400 + i);
        kit_ring_and_end(&k, COURIER, account, HOME, i % 2 == 0 ? AN_OUTCOME_REFUSED : AN_OUTCOME_ANSWERED,
                         i % 2 == 0 ? 0 : 2000);
        report_as(&k, COURIER, account, HOME, 0);
        k.now += 300 * S;
    }
    assert_below(complaints(&k, COURIER, HOME), 0.2501);
    assert_below(k.f[AN_F_NUMBER_REFUSED], 0.05);
    kit_done(&k);
}

/* Of the same robot: who has a life counts, who has none doesn't. */
static void test_a_robot_is_found_by_people_with_lives(void **state)
{
    (void)state;
    for (int lives = 0; lives < 2; lives++) {
        struct kit k;
        kit_init(&k);
        kit_live(&k, lives ? PEOPLE : PERSON + 700000, 2000, 3);
        pester(&k, 0, 100);
        for (uint64_t i = 0; i < 5; i++) {
            report_as(&k, ROBOT, person(20 * i), PLATFORM, 0);
            if (lives) assert_true(k.call.enriched.obs.counted > 300);
            report_as(&k, ROBOT, person(20 * i), PLATFORM, 0); /* again: once a pair */
        }
        assert_int_equal(stats_of(&k).reports_ignored, 5);
        if (lives) {
            assert_above(complaints(&k, ROBOT, PLATFORM), 2.0);
            assert_above(k.f[AN_F_LINE_COMPLAINTS], 1.0);
            assert_above(k.f[AN_F_BLOCK_COMPLAINTS], 2.0);
        } else
            assert_below(complaints(&k, ROBOT, PLATFORM), 0.1);
        kit_done(&k);
    }
}

/* More reports than the calls can have earned: those beyond count nothing, however bad the number is. */
static void test_stacked(void **state)
{
    (void)state;
    struct kit k;
    kit_init(&k);
    kit_live(&k, PEOPLE, 2000, 3);
    pester(&k, 0, 40);
    float before = 0;
    for (uint64_t i = 0; i < 40; i++) {
        if (i == 8) before = complaints(&k, ROBOT, PLATFORM); /* 2 + 0.15 * 40 */
        report_as(&k, ROBOT, person(i), PLATFORM, 0);
    }
    assert_above(stats_of(&k).reports_counted[AN_REPORT_STACKED], 29);
    assert_near(complaints(&k, ROBOT, PLATFORM), before, 0.05);
    kit_done(&k);
}

/* Nobody was called: nothing for others; for the one who says it, his word. */
static void test_no_call_on_record(void **state)
{
    (void)state;
    struct kit k;
    kit_init(&k);
    kit_live(&k, PEOPLE, 2000, 3);
    pester(&k, 0, 60);
    for (uint64_t i = 0; i < 100; i++) report_as(&k, ROBOT, person(201 + i), PLATFORM, 0);
    assert_true(complaints(&k, ROBOT, PLATFORM) == 0);
    assert_int_equal(stats_of(&k).reports_counted[AN_REPORT_NO_CALL], 100);
    kit_attempt(&k, ROBOT, person(201), PLATFORM, 7);
    assert_int_equal(k.call.observed.said, AN_SAID_REPORTED);
    kit_done(&k);
}

/* Once reported, the very next call of that caller to that callee knows it; nobody else's does. */
static void test_own_word_at_once(void **state)
{
    (void)state;
    struct kit k;
    kit_init(&k);
    kit_ring_and_end(&k, COURIER, PEOPLE, HOME, AN_OUTCOME_ANSWERED, 20000);
    kit_ring_and_end(&k, COURIER, PEOPLE + 1, HOME, AN_OUTCOME_ANSWERED, 20000);
    report_as(&k, COURIER, PEOPLE, HOME, 0);
    kit_attempt(&k, COURIER, PEOPLE, HOME, 7);
    assert_int_equal(k.call.observed.said, AN_SAID_REPORTED);
    assert_true(k.f[AN_F_RELATION_REFUSED] == 1);
    kit_attempt(&k, COURIER, PEOPLE + 1, HOME, 7);
    assert_int_equal(k.call.observed.said, 0);
    k.now += 61 * DAY;
    kit_attempt(&k, COURIER, PEOPLE, HOME, 7);
    assert_int_equal(k.call.observed.said, 0);
    report_as(&k, COURIER, PEOPLE, HOME, AN_OBS_WANTED);
    kit_attempt(&k, COURIER, PEOPLE, HOME, 7);
    assert_true(k.f[AN_F_RELATION_REFUSED] == 0);
    assert_true(k.f[AN_F_RELATION_TALKED] == 1);
    kit_done(&k);
}

/* Told to stop: holds, whatever the time, until it is taken back; a later report doesn't soften it. */
static void test_refusal_denies(void **state)
{
    (void)state;
    struct kit k;
    kit_init(&k);
    kit_attempt(&k, ROBOT, PEOPLE, PLATFORM, 7);
    report_as(&k, ROBOT, PEOPLE, PLATFORM, AN_OBS_REFUSAL);
    report_as(&k, ROBOT, PEOPLE, PLATFORM, 0);
    kit_attempt(&k, ROBOT, PEOPLE, PLATFORM, 7);
    assert_true(k.call.observed.said & AN_SAID_DENIES);
    k.now += 300 * DAY;
    kit_attempt(&k, ROBOT, PEOPLE, PLATFORM, 7);
    assert_int_equal(k.call.observed.said, AN_SAID_DENIES);
    report_as(&k, ROBOT, PEOPLE, PLATFORM, AN_OBS_WANTED);
    kit_attempt(&k, ROBOT, PEOPLE, PLATFORM, 7);
    assert_int_equal(k.call.observed.said, 0);
    /* A report first, then the refusal on the same day: it is heard. */
    kit_attempt(&k, ROBOT, PEOPLE + 1, PLATFORM, 7);
    report_as(&k, ROBOT, PEOPLE + 1, PLATFORM, 0);
    report_as(&k, ROBOT, PEOPLE + 1, PLATFORM, AN_OBS_REFUSAL);
    kit_attempt(&k, ROBOT, PEOPLE + 1, PLATFORM, 7);
    assert_true(k.call.observed.said & AN_SAID_DENIES);
    kit_done(&k);
}

/* Bought accounts say "not spam" of a robot: nothing changes, but for themselves. */
static void test_stacked_wanted(void **state)
{
    (void)state;
    struct kit k;
    kit_init(&k);
    kit_live(&k, PEOPLE, 2000, 3);
    pester(&k, 0, 200);
    for (uint64_t i = 0; i < 5; i++) report_as(&k, ROBOT, person(40 * i), PLATFORM, 0);
    float features[AN_FEATURE_COUNT];
    kit_attempt(&k, ROBOT, PERSON + 77, PLATFORM, 7);
    memcpy(features, k.f, sizeof features);
    uint64_t now = k.now;
    for (uint64_t i = 1; i < 200; i++)
        if (i % 40 != 0) report_as(&k, ROBOT, person(i), PLATFORM, AN_OBS_WANTED);
    k.now = now;
    kit_attempt(&k, ROBOT, PERSON + 78, PLATFORM, 7);
    assert_true(k.f[AN_F_NUMBER_COMPLAINTS] == features[AN_F_NUMBER_COMPLAINTS]);
    assert_true(k.f[AN_F_LINE_COMPLAINTS] == features[AN_F_LINE_COMPLAINTS]);
    assert_true(k.f[AN_F_BLOCK_COMPLAINTS] == features[AN_F_BLOCK_COMPLAINTS]);
    assert_true(k.f[AN_F_NUMBER_REFUSED] >= features[AN_F_NUMBER_REFUSED] - 0.01f);
    kit_attempt(&k, ROBOT, person(1), PLATFORM, 7); /* one of those who said it: to him it is let through */
    assert_true(k.f[AN_F_RELATION_TALKED] == 1);
    /* And their own word is worth less from now on: contradicted by how people took it. */
    pester(&k, 201, 100);
    report_as(&k, ROBOT, person(210), PLATFORM, 0);
    uint16_t honest = k.call.enriched.obs.counted;
    pester(&k, 1, 1);
    report_as(&k, ROBOT, person(1), PLATFORM, 0);
    uint16_t bought = k.call.enriched.obs.counted;
    assert_true(bought > 0);
    assert_below(bought, 0.75 * honest);
    kit_done(&k);
}

/* Reports against who is plainly wanted cost the reporter his weight against others. */
static void test_contradicted_reporters_lose(void **state)
{
    (void)state;
    struct kit k;
    kit_init(&k);
    kit_live(&k, PEOPLE, 2000, 3);
    deliver(&k, 0, 150);
    uint64_t liar = person(2), honest = person(4);
    report_as(&k, COURIER, liar, HOME, 0);
    pester(&k, 0, 50);
    report_as(&k, ROBOT, liar, PLATFORM, 0);
    uint16_t first = k.call.enriched.obs.counted;
    report_as(&k, ROBOT, honest, PLATFORM, 0);
    assert_true(first > 0);
    assert_above(k.call.enriched.obs.counted, first + 50); /* though it came second */
    kit_done(&k);
}

/* A registered firm: no said once, of one number, holds for all of them; and only by its own trunk. */
static void test_registered_firm(void **state)
{
    (void)state;
    struct kit k;
    kit_init(&k);
    struct an_observation a = kit_obs(&k, PERSON + 10, PEOPLE, PLATFORM, 7),
                          b = kit_obs(&k, PERSON + 11, PEOPLE, PLATFORM, 7);
    a.firm = b.firm = 4711;
    a.flags = b.flags = AN_OBS_REGISTERED;
    kit_give(&k, &a);
    assert_int_equal(k.call.observed.said, 0);
    struct an_observation no = a;
    no.kind = AN_OBS_REPORT;
    no.call_key = 0;
    kit_give(&k, &no);
    kit_give(&k, &b); /* another number of the firm */
    assert_true(k.call.observed.said & AN_SAID_DENIES);
    assert_true(k.f[AN_F_RELATION_REFUSED] == 1);
    b.callee = PEOPLE + 1; /* another callee */
    kit_give(&k, &b);
    assert_int_equal(k.call.observed.said, 0);
    /* Somebody shows the firm's number on a trunk that is not its own: the word is against him. */
    struct an_observation forged = kit_obs(&k, PERSON + 10, PEOPLE + 2, HOME, 7);
    forged.firm = 4711;
    kit_give(&k, &forged);
    forged.kind = AN_OBS_REPORT;
    forged.call_key = 0;
    kit_give(&k, &forged);
    b.callee = PEOPLE + 2;
    kit_give(&k, &b);
    assert_int_equal(k.call.observed.said, 0);
    /* Without a trunk the call on record tells. */
    no.trunk = AN_TRUNK_NONE;
    no.callee = PEOPLE + 1;
    no.flags = 0;
    no.caller = PERSON + 11;
    kit_give(&k, &no);
    a.callee = PEOPLE + 1;
    kit_give(&k, &a);
    assert_true(k.call.observed.said & AN_SAID_DENIES);
    kit_done(&k);
}

static struct an_ruling label_of(const struct kit *k, uint64_t number, uint32_t trunk, enum an_ruling_verdict verdict)
{
    return (struct an_ruling) { .time_us = k->now,
                               .until_us = k->now + 10 * DAY,
                               .number = number,
                               .trunk = trunk,
                               .weight = 1000,
                               .verdict = (uint8_t)verdict };
}

static void test_labels(void **state)
{
    (void)state;
    struct kit k;
    kit_init(&k);
    kit_live(&k, PEOPLE, 2000, 3);
    pester(&k, 0, 100);
    for (uint64_t i = 0; i < 5; i++) report_as(&k, ROBOT, person(20 * i), PLATFORM, 0);
    assert_above(complaints(&k, ROBOT, PLATFORM), 2.0);
    struct an_ruling label = label_of(&k, ROBOT, AN_TRUNK_NONE, AN_RULING_WANTED);
    an_state_rule(k.s, &label); /* redress: complaints are gone, and none comes */
    assert_true(complaints(&k, ROBOT, PLATFORM) == 0);
    assert_int_equal(k.call.observed.said, AN_SAID_WANTED);
    report_as(&k, ROBOT, person(6), PLATFORM, 0);
    assert_true(complaints(&k, ROBOT, PLATFORM) == 0);
    assert_int_equal(stats_of(&k).reports_counted[AN_REPORT_PROTECTED], 1);
    kit_attempt(&k, ROBOT, person(6), PLATFORM, 7); /* the callee's own word holds all the same */
    assert_int_equal(k.call.observed.said, AN_SAID_WANTED | AN_SAID_REPORTED);
    kit_attempt(&k, ROBOT, PERSON + 77, HOME, 7); /* who borrows the number has no part in it */
    assert_int_equal(k.call.observed.said, 0);
    k.now += 10 * DAY;
    kit_attempt(&k, ROBOT, PERSON + 77, PLATFORM, 7);
    assert_int_equal(k.call.observed.said, 0);
    label = label_of(&k, ROBOT, AN_TRUNK_NONE, AN_RULING_UNWANTED);
    for (int i = 0; i < 3; i++) an_state_rule(k.s, &label);
    assert_near(complaints(&k, ROBOT, PLATFORM), 8, 0.01); /* said three times it is no more than full */
    assert_int_equal(k.call.observed.said, AN_SAID_UNWANTED);
    label.verdict = AN_RULING_WITHDRAWN;
    an_state_rule(k.s, &label);
    kit_attempt(&k, ROBOT, PERSON + 77, PLATFORM, 7);
    assert_int_equal(k.call.observed.said, 0);
    /* What comes in under an honest number by another trunk. */
    kit_ring_and_end(&k, COURIER, PEOPLE, HOME, AN_OUTCOME_ANSWERED, 20000);
    kit_attempt(&k, COURIER, PEOPLE + 9, PLATFORM, 7);
    label = label_of(&k, COURIER, PLATFORM, AN_RULING_UNWANTED);
    an_state_rule(k.s, &label);
    kit_attempt(&k, COURIER, PEOPLE + 9, PLATFORM, 7);
    assert_int_equal(k.call.observed.said, AN_SAID_UNWANTED);
    kit_attempt(&k, COURIER, PEOPLE + 9, HOME, 7);
    assert_int_equal(k.call.observed.said, 0);
    kit_done(&k);
}

static void test_labels_of_campaigns_and_room(void **state)
{
    (void)state;
    struct kit k;
    kit_init(&k);
    const uint64_t campaign = 7;
    struct an_ruling label = label_of(&k, AN_NUMBER_NONE, AN_TRUNK_NONE, AN_RULING_UNWANTED);
    label.campaign = campaign;
    assert_int_equal(an_state_campaign_ruling(k.s, campaign, k.now), AN_RULING_WITHDRAWN);
    an_state_rule(k.s, &label);
    assert_int_equal(an_state_campaign_ruling(k.s, campaign, k.now), AN_RULING_UNWANTED);
    assert_int_equal(an_state_campaign_ruling(k.s, campaign, k.now + 10 * DAY), AN_RULING_WITHDRAWN);
    uint32_t limit = an_state_limits_default().labels;
    assert_true(an_state_rulings_room(k.s, limit - 1));
    assert_false(an_state_rulings_room(k.s, limit));
    for (uint64_t i = 1; i < limit; i++) { /* all of them are kept */
        label = label_of(&k, PERSON + i, AN_TRUNK_NONE, AN_RULING_WANTED);
        an_state_rule(k.s, &label);
    }
    assert_false(an_state_rulings_room(k.s, 1));
    assert_int_equal(stats_of(&k).tables[AN_TABLE_LABELS].used, limit);
    assert_int_equal(stats_of(&k).tables[AN_TABLE_LABELS].evictions, 0);
    kit_done(&k);
}

/* A label that another server decided: known as the very same one; of a trunk that only he knows to be a stranger's, it
 * is of that trunk, and the number's owner is left alone. */
static void test_labels_of_other_servers(void **state)
{
    (void)state;
    struct kit k;
    kit_init(&k);
    struct an_ruling label = label_of(&k, PERSON, PLATFORM, AN_RULING_UNWANTED);
    label.foreign = true;
    assert_false(an_state_rules_so(k.s, &label));
    an_state_rule(k.s, &label);
    assert_true(an_state_rules_so(k.s, &label));
    assert_true(an_state_rules_foreign(k.s, &label));
    struct an_ruling own = label_of(&k, PERSON, AN_TRUNK_NONE, AN_RULING_UNWANTED);
    assert_false(an_state_rules_so(k.s, &own));
    own.verdict = AN_RULING_WITHDRAWN; /* nothing is in force there */
    assert_true(an_state_rules_so(k.s, &own));
    struct an_ruling longer = label, other = label;
    longer.until_us += S;
    other.verdict = AN_RULING_WANTED;
    assert_false(an_state_rules_so(k.s, &longer));
    assert_false(an_state_rules_so(k.s, &other));
    kit_done(&k);
}

/* A canary is a hole that counts for several. */
static void test_canaries(void **state)
{
    (void)state;
    struct kit k;
    kit_init(&k);
    for (uint64_t i = 0; i < 20; i++) kit_ring_and_end(&k, ROBOT, PEOPLE + 7 * i, PLATFORM, AN_OUTCOME_NO_ANSWER, 0);
    uint64_t used = stats_of(&k).tables[AN_TABLE_RELATIONS].used;
    struct an_observation canary = kit_obs(&k, ROBOT, PEOPLE + 5000, PLATFORM, 7);
    canary.flags = AN_OBS_CANARY;
    canary.weight = 5000;
    kit_give(&k, &canary);
    kit_attempt(&k, ROBOT, PEOPLE + 1, PLATFORM, 7);
    assert_near(k.f[AN_F_NUMBER_UNALLOCATED], (5 + 0.04) / (21 + 4), 0.002);
    assert_near(k.f[AN_F_LINE_UNALLOCATED], (5 + 0.1) / (21 + 10), 0.002);
    assert_near(k.f[AN_F_TRUNK_UNALLOCATED], (5 + 0.2) / (21 + 20), 0.002);
    assert_int_equal(stats_of(&k).tables[AN_TABLE_RELATIONS].used, used + 1); /* none with the canary */
    kit_done(&k);
}

/* The same calls, reports and labels give the same state; so does a state that was saved and read back. */
static void test_rebuilt_and_saved(void **state)
{
    (void)state;
    enum { N = 3000 };
    struct kit k, other;
    kit_init(&k);
    kit_init(&other);
    struct an_observation *obs = calloc(N, sizeof *obs);
    for (size_t i = 0; i < N; i++) {
        k.now += 60 * S;
        uint64_t caller = i % 3 == 0 ? ROBOT : PEOPLE + kit_draw(&k, 300), callee = PEOPLE + kit_draw(&k, 300);
        obs[i] = kit_obs(&k, caller, callee, i % 3 == 0 ? PLATFORM : HOME, 7);
        if (i > 10 && i % 5 == 4) {
            obs[i] = obs[i - 1 - kit_draw(&k, 3)];
            obs[i].time_us = k.now;
            obs[i].kind = AN_OBS_REPORT;
            obs[i].call_key = 0;
            obs[i].flags = (uint16_t)(i % 25 == 24 ? AN_OBS_WANTED : i % 35 == 34 ? AN_OBS_REFUSAL : 0);
            obs[i].firm = i % 2 == 0 ? 9 : 0;
        }
    }
    for (size_t i = 0; i < N; i++) {
        kit_give(&k, &obs[i]);
        struct an_observation kept = k.call.enriched.obs; /* as the journal has it, with what it counted */
        an_state_apply(other.s, &kept);
        if (i % 500 != 499) continue;
        struct an_ruling label = label_of(&k, i % 1000 == 999 ? ROBOT : PEOPLE + 3, AN_TRUNK_NONE,
                                         i % 1000 == 999 ? AN_RULING_WANTED : AN_RULING_UNWANTED);
        an_state_rule(k.s, &label);
        an_state_rule(other.s, &label);
    }
    assert_true(kit_print(k.s) == kit_print(other.s));
    struct an_error error;
    int fd = memfd_create("dump", 0);
    assert_int_equal(an_state_save(k.s, fd, &error), AN_OK);
    lseek(fd, 0, SEEK_SET);
    assert_int_equal(an_state_load(other.s, fd, &error), AN_OK);
    close(fd);
    assert_true(kit_print(k.s) == kit_print(other.s));
    /* Labels are found in a state read back, also one of another size. */
    struct an_state_limits wide = kit_limits();
    wide.labels = 60000;
    wide.reporters = 300000;
    struct an_state *wider = an_state_new(&wide, &error);
    fd = memfd_create("dump", 0);
    assert_int_equal(an_state_save(k.s, fd, &error), AN_OK);
    lseek(fd, 0, SEEK_SET);
    assert_int_equal(an_state_load(wider, fd, &error), AN_OK);
    close(fd);
    an_state_free(other.s);
    other.s = wider;
    other.now = k.now;
    kit_attempt(&other, ROBOT, PERSON + 77, PLATFORM, 7);
    assert_int_equal(other.call.observed.said, AN_SAID_WANTED);
    free(obs);
    kit_done(&k);
    kit_done(&other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_thousand_against_a_courier),
        cmocka_unit_test(test_refusals_of_reporters_are_no_support),
        cmocka_unit_test(test_a_robot_is_found_by_people_with_lives),
        cmocka_unit_test(test_stacked),
        cmocka_unit_test(test_no_call_on_record),
        cmocka_unit_test(test_own_word_at_once),
        cmocka_unit_test(test_refusal_denies),
        cmocka_unit_test(test_stacked_wanted),
        cmocka_unit_test(test_contradicted_reporters_lose),
        cmocka_unit_test(test_registered_firm),
        cmocka_unit_test(test_labels),
        cmocka_unit_test(test_labels_of_campaigns_and_room),
        cmocka_unit_test(test_labels_of_other_servers),
        cmocka_unit_test(test_canaries),
        cmocka_unit_test(test_rebuilt_and_saved),
    };
    return cmocka_run_group_tests_name("reports and labels", tests, NULL, NULL);
}
