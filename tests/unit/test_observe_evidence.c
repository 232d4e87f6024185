/* Each kind of evidence, on a hand-made scenario: present with the machine, absent with people. */
#include "test_observe_kit.h"

/* People: anybody calls anybody at random times, on one shape and trunk. */
static void people(struct kit *k, int calls, uint64_t mean_gap_us, uint32_t trunk, uint64_t shape)
{
    struct an_observation open[64] = { 0 };
    uint64_t ends_at[64] = { 0 };
    for (int i = 0; i < calls; i++) {
        uint64_t until = k->now + 2 * kit_draw(k, mean_gap_us);
        for (int j = 0; j < 64; j++)
            if (ends_at[j] != 0 && ends_at[j] < until) {
                uint64_t now = k->now;
                k->now = ends_at[j];
                if (kit_draw(k, 3) > 0)
                    kit_end(k, &open[j], AN_OUTCOME_ANSWERED, 9000, (uint32_t)(8000 + kit_draw(k, 90000)));
                else
                    kit_end(k, &open[j], AN_OUTCOME_CANCELLED, (uint32_t)(4000 + kit_draw(k, 40000)), 0);
                k->now = now;
                ends_at[j] = 0;
            }
        k->now = until;
        uint64_t caller = PERSON + 7001 * kit_draw(k, 2000), callee = PERSON + 7001 * kit_draw(k, 2000);
        int slot = i % 64;
        open[slot] = kit_attempt(k, caller, callee, trunk, shape);
        ends_at[slot] = k->now + 10 * S + kit_draw(k, 60 * S);
    }
}

/* A dialler of ten lines: rings 25 s, hangs up, starts the next call gap_ms later. Numbers from a pool. */
static void dialler(struct kit *k, int calls, uint64_t gap_ms, uint64_t jitter_ms, bool sweep)
{
    struct an_observation open[10] = { 0 };
    uint64_t next[10], starts[10] = { 0 };
    for (uint64_t i = 0; i < 10; i++) next[i] = k->now + i * 3 * S;
    for (int n = 0; n < calls;) {
        int line = 0;
        for (int i = 1; i < 10; i++)
            if (next[i] < next[line]) line = i;
        k->now = next[line];
        if (starts[line] != 0) {
            bool answered = kit_draw(k, 3) == 0;
            uint32_t talk = answered ? (uint32_t)(2000 + kit_draw(k, 40000)) : 0;
            kit_end(k, &open[line], answered ? AN_OUTCOME_ANSWERED : AN_OUTCOME_CANCELLED, answered ? 9000 : 25000,
                    talk);
            starts[line] = 0;
            next[line] = k->now + gap_ms * 1000 + kit_draw(k, jitter_ms * 1000 + 1);
            continue;
        }
        uint64_t callee = sweep ? PERSON + 30000000 + (uint64_t)n * 3 : PERSON + 30000000 + 977 * kit_draw(k, 100000);
        open[line] = kit_attempt(k, PERSON + 60000000 + kit_draw(k, 300), callee, PLATFORM, 99);
        starts[line] = k->now;
        next[line] = k->now + 12 * S + kit_draw(k, 35 * S);
        n++;
    }
}

static void test_gap_peak(void **state)
{
    (void)state;
    struct kit k;
    kit_init(&k);
    people(&k, 3000, 1 * S, HOME, 7);
    kit_attempt(&k, PERSON, PERSON + 1, HOME, 7);
    assert_true(k.f[AN_F_LINE_GAP_PEAK] < 0.05f);
    assert_true(k.f[AN_F_LINE_RING_ATOM] < 0.05f);
    assert_true(k.f[AN_F_LINE_TALK_ATOM] < 0.05f);
    dialler(&k, 600, 1500, 60, false);
    kit_attempt(&k, PERSON + 60000000, PERSON + 2, PLATFORM, 99);
    assert_above(k.f[AN_F_LINE_GAP_PEAK], 1.0);
    assert_above(k.f[AN_F_LINE_RING_ATOM], 1.0);
    assert_true(k.f[AN_F_LINE_TALK_ATOM] < 0.05f);
    assert_true(k.f[AN_F_LINE_WALK] < 0.1f);
    kit_done(&k);
}

/* The same dialler with random pauses: no peak, at the price of its throughput. */
static void test_no_peak_with_random_pauses(void **state)
{
    (void)state;
    struct kit k;
    kit_init(&k);
    dialler(&k, 600, 500, 12000, false);
    kit_attempt(&k, PERSON + 60000000, PERSON + 2, PLATFORM, 99);
    assert_below(k.f[AN_F_LINE_GAP_PEAK], 0.2);
    kit_done(&k);
}

static void test_talk_atom(void **state)
{
    (void)state;
    struct kit k;
    kit_init(&k);
    for (int i = 0; i < 60; i++) {
        kit_ring_and_end(&k, PERSON + 1, PERSON + 1000 + 50 * (uint64_t)i, HOME, AN_OUTCOME_ANSWERED,
                         i % 2 ? 17320 : (uint32_t)(7000 + kit_draw(&k, 50000)));
    }
    kit_attempt(&k, PERSON + 1, PERSON + 2, HOME, 7);
    assert_above(k.f[AN_F_LINE_TALK_ATOM], 0.7);
    kit_done(&k);
}

static void test_walk(void **state)
{
    (void)state;
    struct kit k;
    kit_init(&k);
    dialler(&k, 300, 1500, 60, true);
    kit_attempt(&k, PERSON + 60000000, PERSON + 2, PLATFORM, 99);
    assert_above(k.f[AN_F_LINE_WALK], 0.8);
    for (uint64_t i = 0; i < 30; i++) {
        k.now += 20 * S;
        kit_attempt(&k, PERSON + 5, PERSON + 70000 + 2 * i, HOME, 7);
    }
    assert_above(k.f[AN_F_NUMBER_WALK], 0.8);
    for (uint64_t i = 0; i < 30; i++) { /* the same number again and again is no walk */
        k.now += 20 * S;
        kit_attempt(&k, PERSON + 6, PERSON + 80000, HOME, 8);
    }
    assert_below(k.f[AN_F_NUMBER_WALK], 0.15);
    assert_below(k.f[AN_F_LINE_WALK], 0.15);
    kit_done(&k);
}

static void test_holes_counted_once(void **state)
{
    (void)state;
    struct kit k;
    kit_init(&k);
    for (uint64_t i = 0; i < 20; i++) {
        k.now += 30 * S;
        struct an_observation a = kit_obs(&k, PERSON + 5, PERSON + 3000000 + 999 * i, HOME, 7);
        if (i % 2 == 0) a.callee_kind = AN_KIND_UNALLOCATED;
        kit_give(&k, &a);
        kit_end(&k, &a, AN_OUTCOME_UNALLOCATED, 0, 0); /* the network says so, too */
    }
    kit_attempt(&k, PERSON + 5, PERSON + 1, HOME, 7);
    assert_near(k.f[AN_F_NUMBER_UNALLOCATED], 20.0 / 24, 0.03);
    assert_above(k.f[AN_F_LINE_UNALLOCATED], 0.6);
    kit_done(&k);
}

static void test_fresh_pool(void **state)
{
    (void)state;
    struct kit k;
    kit_init(&k);
    for (uint64_t day = 0; day < 4; day++) {
        k.now = T0 + day * DAY;
        people(&k, 4000, 2 * S, HOME, 7);
    }
    kit_attempt(&k, PERSON + 7001, PERSON + 14002, HOME, 7);
    assert_below(k.f[AN_F_TRUNK_FRESH], 0.2);
    assert_below(k.f[AN_F_TRUNK_FRESH_EXCESS], 0.5);
    assert_above(k.f[AN_F_NUMBER_AGE_D], 2.0);
    for (uint64_t i = 0; i < 400; i++) {
        k.now += 2 * S;
        kit_attempt(&k, PERSON + 60000000 + 13 * i, PERSON + 7001 * kit_draw(&k, 2000), HOME, 99);
    }
    assert_above(k.f[AN_F_LINE_FRESH], 0.9);
    assert_above(k.f[AN_F_TRUNK_FRESH_EXCESS], 0.5);
    assert_true(k.f[AN_F_NUMBER_AGE_D] == 0);
    assert_true(k.f[AN_F_NUMBER_ATTEMPTS_7D] == 0);
    kit_done(&k);
}

/* On the first day everybody is new: that is no evidence. */
static void test_cold_start_is_not_fresh(void **state)
{
    (void)state;
    struct kit k;
    kit_init(&k);
    people(&k, 1000, 1 * S, HOME, 7);
    assert_below(k.f[AN_F_TRUNK_FRESH], 0.05);
    assert_below(k.f[AN_F_LINE_FRESH], 0.05);
    assert_below(k.f[AN_F_TRUNK_FRESH_EXCESS], 0.05);
    kit_done(&k);
}

static struct an_observation from_block(struct kit *k, uint64_t caller, uint32_t trunk, enum an_operator op)
{
    k->now += S;
    struct an_observation a = kit_obs(k, caller, PERSON + 7001 * kit_draw(k, 2000), trunk, 7);
    a.caller_operator = (uint8_t)op;
    kit_give(k, &a);
    return a;
}

static void test_origin(void **state)
{
    (void)state;
    struct kit k;
    kit_init(&k);
    for (uint64_t i = 0; i < 3000; i++) {
        from_block(&k, PERSON + kit_draw(&k, 400), HOME, AN_OPERATOR_MOBILE);
        if (i % 3 == 0) /* another operator's people come by the other trunk */
            from_block(&k, PERSON + 40000000 + kit_draw(&k, 400), PLATFORM, AN_OPERATOR_UNICOM);
    }
    from_block(&k, PERSON + 5, HOME, AN_OPERATOR_MOBILE);
    assert_below(k.f[AN_F_ORIGIN_SURPRISE], 0.1);
    assert_below(k.f[AN_F_OPERATOR_SURPRISE], 0.1);
    from_block(&k, PERSON + 5, PLATFORM, AN_OPERATOR_MOBILE);
    assert_above(k.f[AN_F_OPERATOR_SURPRISE], 2.0);
    assert_above(k.f[AN_F_ORIGIN_SURPRISE], 1.0);
    from_block(&k, PERSON + 90000000, 777, AN_OPERATOR_TELECOM); /* nothing known of block, operator, trunk */
    assert_below(k.f[AN_F_ORIGIN_SURPRISE], 0.1);
    assert_below(k.f[AN_F_OPERATOR_SURPRISE], 0.1);
    kit_done(&k);
}

static void test_shape_surprise(void **state)
{
    (void)state;
    struct kit k;
    kit_init(&k);
    for (uint64_t i = 0; i < 2000; i++) {
        k.now += S;
        kit_attempt(&k, PERSON + kit_draw(&k, 500), PERSON + 9000 + kit_draw(&k, 500), HOME, 1 + i % 3);
        kit_attempt(&k, PERSON + kit_draw(&k, 500), PERSON + 9000 + kit_draw(&k, 500), PLATFORM, 5);   /* an SBC */
        kit_attempt(&k, PERSON + kit_draw(&k, 500), PERSON + 9000 + kit_draw(&k, 500), 33, 10000 + i); /* all differ */
    }
    assert_below(k.f[AN_F_SHAPE_SURPRISE], 0.5);
    kit_attempt(&k, PERSON, PERSON + 1, HOME, 2);
    assert_below(k.f[AN_F_SHAPE_SURPRISE], 0.1);
    kit_attempt(&k, PERSON, PERSON + 1, PLATFORM, 5);
    assert_below(k.f[AN_F_SHAPE_SURPRISE], 0.01);
    kit_attempt(&k, PERSON, PERSON + 1, HOME, 4242);
    assert_above(k.f[AN_F_SHAPE_SURPRISE], 3.0);
    kit_done(&k);
}

static void test_relation_and_call_back(void **state)
{
    (void)state;
    struct kit k;
    kit_init(&k);
    uint64_t courier = PERSON + 3;
    for (uint64_t i = 0; i < 20; i++) {
        kit_ring_and_end(&k, courier, PERSON + 5000 + 300 * i, HOME, AN_OUTCOME_NO_ANSWER, 0);
        assert_true(k.f[AN_F_RELATION_CALLED] == 0);
        if (i % 2 == 0) /* half of them call back */
            kit_ring_and_end(&k, PERSON + 5000 + 300 * i, courier, HOME, AN_OUTCOME_ANSWERED, 40000);
    }
    kit_attempt(&k, courier, PERSON + 5000, HOME, 7);
    assert_above(k.f[AN_F_NUMBER_CALLED_BACK], 0.35);
    assert_true(k.f[AN_F_RELATION_CALLED] == 1);
    assert_above(k.f[AN_F_RELATION_TALKED], 0.3);
    assert_true(k.f[AN_F_RELATION_TRIES] == 0);
    assert_near(k.f[AN_F_NUMBER_STRANGERS_7D], 20, 0.5);
    kit_attempt(&k, courier, PERSON + 5300, HOME, 7);
    assert_true(k.f[AN_F_RELATION_CALLED] == 0);
    assert_true(k.f[AN_F_RELATION_TRIES] == 1);
    k.now += 60 * DAY;
    kit_attempt(&k, courier, PERSON + 5000, HOME, 7);
    assert_near(k.f[AN_F_RELATION_CALLED], 0.5, 0.01); /* two months are its half-life */
    kit_done(&k);
}

static void test_outcomes(void **state)
{
    (void)state;
    struct kit k;
    kit_init(&k);
    for (uint64_t i = 0; i < 40; i++)
        kit_ring_and_end(&k, PERSON + 1, PERSON + 1000 + 50 * i, HOME, i % 4 ? AN_OUTCOME_REFUSED : AN_OUTCOME_ANSWERED,
                         i % 4 ? 0 : 3000);
    kit_attempt(&k, PERSON + 1, PERSON + 2, HOME, 7);
    assert_near(k.f[AN_F_NUMBER_ENDED_7D], 40, 0.5);
    assert_above(k.f[AN_F_NUMBER_REFUSED], 0.6);
    assert_near(k.f[AN_F_NUMBER_ANSWERED], 0.25, 0.05);
    assert_above(k.f[AN_F_NUMBER_SHORT], 0.7);
    assert_above(k.f[AN_F_LINE_REFUSED], 0.5);
    assert_near(k.f[AN_F_NUMBER_TALK_MEAN_S], (10 * 3 + 60) / 11.0, 0.5);
    kit_attempt(&k, PERSON + 1, PERSON + 1050, HOME, 7);
    assert_near(k.f[AN_F_RELATION_REFUSED], 0.5, 0.01);
    kit_done(&k);
}

/* An end that knows only the Call-ID finds the rest; one without any attempt is learned from by its own fields. */
static void test_pending_and_lone_ends(void **state)
{
    (void)state;
    struct kit k;
    kit_init(&k);
    struct an_observation a = kit_attempt(&k, PERSON + 1, PERSON + 2, HOME, 7);
    struct an_observation answer = { .time_us = k.now + 8 * S, .call_key = a.call_key, .kind = AN_OBS_ANSWER };
    kit_give(&k, &answer);
    struct an_observation end = { .time_us = k.now + 48 * S, .call_key = a.call_key, .kind = AN_OBS_END };
    kit_give(&k, &end);
    kit_give(&k, &end); /* said twice: the second finds nothing */
    k.now += 60 * S;
    a = kit_attempt(&k, PERSON + 1, PERSON + 2, HOME, 7);
    assert_near(k.f[AN_F_NUMBER_ENDED_7D], 1, 0.01);
    assert_near(k.f[AN_F_NUMBER_TALK_MEAN_S], (40 + 60) / 2.0, 0.2);
    assert_above(k.f[AN_F_RELATION_TALKED], 0.3);
    a.call_key = 0;
    kit_end(&k, &a, AN_OUTCOME_REFUSED, 5000, 0);
    kit_attempt(&k, PERSON + 1, PERSON + 2, HOME, 7);
    assert_near(k.f[AN_F_NUMBER_ENDED_7D], 2, 0.01);
    kit_done(&k);
}

static void test_emergency_window(void **state)
{
    (void)state;
    struct kit k;
    kit_init(&k);
    kit_attempt(&k, PERSON + 9, PERSON + 1, HOME, 7);
    assert_false(k.call.observed.after_emergency);
    struct an_observation a = kit_obs(&k, PERSON + 1, 86120, HOME, 7);
    a.callee_kind = AN_KIND_EMERGENCY;
    kit_give(&k, &a);
    k.now += 7199 * S;
    kit_attempt(&k, PERSON + 9, PERSON + 1, HOME, 7);
    assert_true(k.call.observed.after_emergency);
    kit_attempt(&k, PERSON + 9, PERSON + 2, HOME, 7);
    assert_false(k.call.observed.after_emergency);
    k.now += 2 * S;
    kit_attempt(&k, PERSON + 9, PERSON + 1, HOME, 7);
    assert_false(k.call.observed.after_emergency);
    a = kit_obs(&k, PERSON + 1, 86110, PLATFORM, 7); /* somebody else under his number: the window stays shut */
    a.callee_kind = AN_KIND_EMERGENCY;
    kit_give(&k, &a);
    k.now += S;
    kit_attempt(&k, PERSON + 9, PERSON + 1, PLATFORM, 7);
    assert_false(k.call.observed.after_emergency);
    kit_done(&k);
}

/* Callees far apart: the step between them is more than 31 bits hold. */
static void test_steps_of_any_size(void **state)
{
    (void)state;
    struct kit k;
    kit_init(&k);
    const uint64_t far[] = { 0x7fffffffull, 0xffffffffull, 0x80000000ull, 1, 0xfffffff0ull };
    for (unsigned i = 0; i < 20; i++) {
        k.now += 60 * S;
        kit_attempt(&k, PERSON + 9, far[i % 5] | (uint64_t)(i + 1) << 32, HOME, 7);
    }
    assert_true(k.f[AN_F_LINE_WALK] >= 0);
    kit_done(&k);
}

/* Fairness rule 1: what comes in by a foreign trunk under an honest person's number stays with that trunk. */
static void test_borrowed_number(void **state)
{
    (void)state;
    struct kit k;
    kit_init(&k);
    uint64_t person = PERSON + 44, people = PERSON + 50000;
    kit_live(&k, people, 400, 2);
    for (uint64_t i = 0; i < 10; i++)
        kit_ring_and_end(&k, person, PERSON + 100 + i % 3, HOME, AN_OUTCOME_ANSWERED, 60000);
    for (uint64_t i = 0; i < 200; i++) {
        kit_ring_and_end(&k, person, people + 2 * i, PLATFORM, AN_OUTCOME_REFUSED, 0);
        if (i % 10 == 0) kit_report(&k, person, people + 2 * i, PLATFORM);
    }
    kit_attempt(&k, person, people + 2, HOME, 7); /* to one who refused the borrower */
    assert_near(k.f[AN_F_NUMBER_ATTEMPTS_7D], 10, 0.2);
    assert_below(k.f[AN_F_NUMBER_REFUSED], 0.35); /* the network's own share, of so few calls */
    assert_true(k.f[AN_F_NUMBER_COMPLAINTS] == 0);
    assert_true(k.f[AN_F_RELATION_REFUSED] == 0);
    assert_near(k.f[AN_F_NUMBER_STRANGERS_7D], 3, 0.1);
    kit_attempt(&k, person, people + 2, PLATFORM, 7);
    assert_near(k.f[AN_F_NUMBER_ATTEMPTS_7D], 200, 4);
    assert_above(k.f[AN_F_NUMBER_REFUSED], 0.9);
    assert_above(k.f[AN_F_NUMBER_COMPLAINTS], 5); /* each further one counts less */
    assert_above(k.f[AN_F_RELATION_REFUSED], 0.4);
    /* A report without a trunk, of a call that did not come by the number's home, is not held against it. */
    struct an_state_stats before, after;
    an_state_stats(k.s, &before);
    kit_report(&k, person, people + 10, AN_TRUNK_NONE);
    an_state_stats(k.s, &after);
    assert_int_equal(after.reports_ignored, before.reports_ignored + 1);
    kit_done(&k);
}

/* Fairness rule 5: what our verdict caused is no evidence. */
static void test_own_verdicts_are_no_evidence(void **state)
{
    (void)state;
    struct kit k;
    kit_init(&k);
    const uint8_t actions[] = { AN_ACTION_LABEL, AN_ACTION_SCREEN, AN_ACTION_BLOCK, AN_ACTION_ALLOW };
    for (uint64_t i = 0; i < 40; i++) {
        k.now += 40 * S;
        struct an_observation a = kit_attempt(&k, PERSON + 1, PERSON + 1000 + 50 * i, HOME, 7);
        a.action = actions[i % 4];
        kit_end(&k, &a, a.action == AN_ACTION_ALLOW ? AN_OUTCOME_OURS : AN_OUTCOME_REFUSED, 0, 0);
    }
    kit_attempt(&k, PERSON + 1, PERSON + 1000, HOME, 7);
    assert_true(k.f[AN_F_NUMBER_ENDED_7D] == 0);
    assert_near(k.f[AN_F_NUMBER_REFUSED], 0.05, 0.001);
    assert_true(k.f[AN_F_RELATION_REFUSED] == 0);
    assert_near(k.f[AN_F_NUMBER_ATTEMPTS_7D], 40, 0.5); /* attempts are his own */
    kit_done(&k);
}

static void test_pacing_and_rhythm(void **state)
{
    (void)state;
    struct kit k;
    kit_init(&k);
    for (uint64_t i = 0; i < 600; i++) { /* every 12 s, a little jitter */
        k.now += 11900000 + kit_draw(&k, 200000);
        kit_attempt(&k, PERSON + 1, PERSON + 1000 + 50 * kit_draw(&k, 1000), HOME, 7);
    }
    assert_above(k.f[AN_F_NUMBER_PACING], 0.8);
    assert_above(k.f[AN_F_LINE_RHYTHM], 0.8);
    for (uint64_t i = 0; i < 600; i++) { /* exponential gaps of the same mean */
        double u = ((double)kit_draw(&k, 1000000) + 0.5) / 1e6;
        k.now += (uint64_t)(12e6 * -__builtin_log(u));
        kit_attempt(&k, PERSON + 2, PERSON + 1000 + 50 * kit_draw(&k, 1000), HOME, 8);
    }
    assert_below(k.f[AN_F_NUMBER_PACING], 0.3);
    assert_below(k.f[AN_F_LINE_RHYTHM], 0.25);
    kit_done(&k);
}

static void test_callee_under_siege(void **state)
{
    (void)state;
    struct kit k;
    kit_init(&k);
    for (uint64_t i = 0; i < 6; i++) {
        k.now += 60 * S;
        kit_attempt(&k, PERSON + 100 + i, PERSON + 1, HOME, 7);
    }
    kit_attempt(&k, PERSON + 100, PERSON + 1, HOME, 7); /* known by now */
    assert_near(k.f[AN_F_CALLEE_STRANGERS_1H], 6, 0.4);
    kit_attempt(&k, PERSON + 500, PERSON + 1, HOME, 7);
    assert_near(k.f[AN_F_CALLEE_STRANGERS_1D], 6, 0.1);
    /* Withheld numbers are strangers as well, and keep no entry of their own. */
    kit_attempt(&k, AN_NUMBER_NONE, PERSON + 1, HOME, 7);
    assert_true(k.f[AN_F_NUMBER_ATTEMPTS_7D] == 0);
    kit_attempt(&k, AN_NUMBER_NONE, PERSON + 1, HOME, 7);
    assert_near(k.f[AN_F_CALLEE_STRANGERS_1D], 8, 0.1);
    kit_done(&k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gap_peak),
        cmocka_unit_test(test_no_peak_with_random_pauses),
        cmocka_unit_test(test_talk_atom),
        cmocka_unit_test(test_walk),
        cmocka_unit_test(test_holes_counted_once),
        cmocka_unit_test(test_fresh_pool),
        cmocka_unit_test(test_cold_start_is_not_fresh),
        cmocka_unit_test(test_origin),
        cmocka_unit_test(test_shape_surprise),
        cmocka_unit_test(test_relation_and_call_back),
        cmocka_unit_test(test_outcomes),
        cmocka_unit_test(test_pending_and_lone_ends),
        cmocka_unit_test(test_emergency_window),
        cmocka_unit_test(test_steps_of_any_size),
        cmocka_unit_test(test_borrowed_number),
        cmocka_unit_test(test_own_verdicts_are_no_evidence),
        cmocka_unit_test(test_pacing_and_rhythm),
        cmocka_unit_test(test_callee_under_siege),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
