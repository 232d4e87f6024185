/* The scoreboard on calls whose figures are known by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <math.h>

#include "range/report.h"
#include "range/world.h"

#define T0 AR_BEGIN_US
#define SECOND 1000000ull
#define HOUR (3600 * SECOND)

static struct ar_board *new_board(const char *defence, uint64_t from_us)
{
    struct ar_board *board;
    assert_int_equal(ar_board_new(defence, from_us, &board), AN_OK);
    return board;
}

static struct ar_call call_of(enum ar_class class, uint64_t time_us, enum an_action action)
{
    return (struct ar_call) { .time_us = time_us,
                              .truth = (uint8_t) class,
                              .campaign = ar_class_unwanted(class) ? 1 : 0,
                              .callee_id = 5,
                              .number_call = 3,
                              .action = (uint8_t)action,
                              .outcome = action == AN_ACTION_BLOCK ? AN_OUTCOME_OURS : AN_OUTCOME_ANSWERED };
}

static void feed(struct ar_board *board, const struct ar_call *call)
{
    ar_board_attempt(board, call);
    ar_board_call(board, call);
}

static void feed_many(struct ar_board *board, unsigned count, enum ar_class class, uint64_t from_us, uint64_t step_us,
                      enum an_action action)
{
    for (unsigned i = 0; i < count; i++) {
        struct ar_call call = call_of(class, from_us + i * step_us, action);
        feed(board, &call);
    }
}

static void assert_share(struct ar_share share, uint64_t count, uint64_t of)
{
    assert_int_equal(share.count, count);
    assert_int_equal(share.of, of);
}

static void assert_near(double value, double wanted, double slack)
{
    if (!(fabs(value - wanted) <= slack)) fail_msg("%g instead of %g", value, wanted);
}

/* Wilson's interval of 10 of 100 and of 0 of 20, after the formula worked by hand. */
static void test_intervals(void **state)
{
    double low, high;
    (void)state;
    ar_share_interval((struct ar_share) { 10, 100 }, &low, &high);
    assert_near(low, 0.05523, 1e-4);
    assert_near(high, 0.17437, 1e-4);
    ar_share_interval((struct ar_share) { 0, 20 }, &low, &high);
    assert_true(low == 0);
    assert_near(high, 0.16113, 1e-4);
    ar_share_interval((struct ar_share) { 20, 20 }, &low, &high);
    assert_true(high == 1);
    assert_true(isnan(ar_share_value((struct ar_share) { 0, 0 })));
}

static void test_reach(void **state)
{
    struct ar_board *board = new_board("anning", T0);
    static struct ar_result r;
    (void)state;
    ar_board_campaign(board, 1, AR_CLASS_A4, 3, T0);
    feed_many(board, 10, AR_CLASS_A4, T0 + 9 * HOUR, SECOND, AN_ACTION_ALLOW);
    feed_many(board, 20, AR_CLASS_A4, T0 + 11 * HOUR, SECOND, AN_ACTION_LABEL);
    feed_many(board, 30, AR_CLASS_A4, T0 + 34 * HOUR, SECOND, AN_ACTION_BLOCK);
    struct ar_call call = call_of(AR_CLASS_A4, T0 + 35 * HOUR, AN_ACTION_SCREEN);
    feed(board, &call); /* passes the screening: rings, but not as it came */
    call.outcome = AN_OUTCOME_OURS;
    call.number_call = 0;
    feed(board, &call); /* falls there */
    call = call_of(AR_CLASS_A4, T0 + 35 * HOUR, AN_ACTION_ALLOW);
    call.is_test = true;
    feed(board, &call);
    call.is_test = false;
    call.callee_id = AR_NOBODY;
    feed(board, &call);
    ar_board_result(board, &r);
    assert_share(r.reach, 10, 62);
    assert_share(r.rang, 31, 62);
    assert_share(r.reach_mode[3], 10, 62);
    assert_share(r.reach_strength[3], 10, 62);
    assert_share(r.reach_cell[3][3], 10, 62);
    assert_share(r.reach_age[AR_AGE_HOUR], 10, 10);
    assert_share(r.reach_age[AR_AGE_DAY], 0, 20);
    assert_share(r.reach_age[AR_AGE_LATER], 0, 32);
    assert_share(r.reach_first, 0, 1);
    assert_share(r.reach_first_old, 0, 1);
    assert_share(r.reach_short, 0, 0);
    assert_int_equal(r.tests, 1);
    assert_int_equal(r.nobody, 1);
    assert_share(r.reach_hour[9], 10, 10);
    ar_board_free(board);
}

/* A number's first call counts as one of an old campaign from the second hour on. */
static void test_first_calls_of_old_campaigns(void **state)
{
    struct ar_board *board = new_board("anning", T0);
    static struct ar_result r;
    (void)state;
    ar_board_campaign(board, 1, AR_CLASS_A4, 3, T0);
    const uint64_t after_us[] = { 0, HOUR - SECOND, HOUR, 2 * HOUR, 30 * HOUR };
    for (unsigned i = 0; i < 5; i++) {
        struct ar_call call =
            call_of(AR_CLASS_A4, T0 + 5 * HOUR + after_us[i], i < 4 ? AN_ACTION_ALLOW : AN_ACTION_LABEL);
        call.number_call = i == 3;
        feed(board, &call);
    }
    ar_board_result(board, &r);
    assert_share(r.reach_first, 3, 4);
    assert_share(r.reach_first_old, 1, 2);
    ar_board_free(board);
}

static void test_worst_class_by_what_was_done(void **state)
{
    struct ar_board *board = new_board("anning", T0);
    static struct ar_result r;
    (void)state;
    ar_board_result(board, &r);
    assert_int_equal(ar_harm_worst(&r, ar_harm_blocked), AR_WANTED_COUNT);
    feed_many(board, 500, AR_CLASS_COURIER, T0, SECOND, AN_ACTION_ALLOW);
    feed_many(board, 50, AR_CLASS_COURIER, T0, SECOND, AN_ACTION_BLOCK);
    feed_many(board, 50, AR_CLASS_LOCKER, T0, SECOND, AN_ACTION_LABEL);
    feed_many(board, 50, AR_CLASS_LOCKER, T0, SECOND, AN_ACTION_SCREEN);
    feed_many(board, 2, AR_CLASS_SCHOOL, T0, SECOND, AN_ACTION_SCREEN); /* all of two prove less than all of 100 */
    ar_board_result(board, &r);
    assert_int_equal(ar_harm_worst(&r, ar_harm_blocked), AR_CLASS_COURIER);
    assert_int_equal(ar_harm_worst(&r, ar_harm_disturbed), AR_CLASS_LOCKER);
    assert_share(ar_harm_disturbed(&r.harm), 102, 652);
    assert_share(ar_harm_blocked(&r.harm), 50, 652);
    ar_board_free(board);
}

static void test_short_campaigns(void **state)
{
    struct ar_board *board = new_board("anning", T0);
    static struct ar_result r;
    (void)state;
    ar_board_campaign(board, 1, AR_CLASS_A1, 1, T0);
    ar_board_campaign(board, 2, AR_CLASS_A1, 1, T0);
    feed_many(board, 13, AR_CLASS_A1, T0, SECOND, AN_ACTION_ALLOW);
    for (unsigned i = 0; i < 14; i++) {
        struct ar_call call = call_of(AR_CLASS_A1, T0 + i, AN_ACTION_LABEL);
        call.campaign = 2;
        feed(board, &call);
    }
    ar_board_result(board, &r);
    assert_share(r.reach_short, 13, 13);
    assert_int_equal(r.campaign_count, 2);
    ar_board_free(board);
}

static void test_harm(void **state)
{
    struct ar_board *board = new_board("anning", T0);
    static struct ar_result r;
    (void)state;
    feed_many(board, 98, AR_CLASS_COURIER, T0, SECOND, AN_ACTION_ALLOW);
    feed_many(board, 1, AR_CLASS_COURIER, T0, SECOND, AN_ACTION_LABEL);
    feed_many(board, 1, AR_CLASS_COURIER, T0, SECOND, AN_ACTION_BLOCK);
    feed_many(board, 200, AR_CLASS_SCHOOL, T0, SECOND, AN_ACTION_SCREEN);
    feed_many(board, 1, AR_CLASS_BANK, T0, SECOND, AN_ACTION_BLOCK); /* all of one call: not the worst */
    feed_many(board, 700, AR_CLASS_PERSON, T0, SECOND, AN_ACTION_ALLOW);
    ar_board_result(board, &r);
    assert_int_equal(r.wanted, 1001);
    assert_share(ar_harm_touched(&r.harm), 203, 1001);
    assert_int_equal(r.harm.lost, 2);
    assert_int_equal(r.harm_class[AR_CLASS_COURIER].labelled, 1);
    assert_int_equal(r.harm_class[AR_CLASS_COURIER].blocked, 1);
    assert_int_equal(r.harm_class[AR_CLASS_SCHOOL].screened, 200);
    assert_int_equal(r.harm_order[0], AR_CLASS_SCHOOL);
    assert_int_equal(r.harm_order[1], AR_CLASS_BANK);
    assert_int_equal(r.harm_order[2], AR_CLASS_COURIER);
    ar_board_free(board);
}

/* Speed counts the warm-up too; reach and harm don't. */
static void test_warm_up(void **state)
{
    struct ar_board *board = new_board("anning", T0 + 10 * HOUR);
    static struct ar_result r;
    (void)state;
    ar_board_campaign(board, 1, AR_CLASS_A1, 1, T0);
    feed_many(board, 7, AR_CLASS_A1, T0 + 9 * HOUR, SECOND, AN_ACTION_ALLOW);
    feed_many(board, 5, AR_CLASS_A1, T0 + 10 * HOUR, SECOND, AN_ACTION_LABEL);
    feed_many(board, 3, AR_CLASS_PERSON, T0 + 9 * HOUR, SECOND, AN_ACTION_ALLOW);
    ar_board_result(board, &r);
    assert_share(r.reach, 0, 5);
    assert_int_equal(r.wanted, 0);
    assert_int_equal(r.early, 10);
    assert_int_equal(r.measured_hour, 10);
    assert_true(r.campaigns.calls == 7 && r.campaigns.seconds == 3600);
    ar_board_free(board);
}

static void test_speed(void **state)
{
    struct ar_board *board = new_board("anning", T0);
    static struct ar_result r;
    (void)state;
    ar_board_campaign(board, 1, AR_CLASS_A1, 1, T0);
    feed_many(board, 30, AR_CLASS_A1, T0 + HOUR, SECOND, AN_ACTION_ALLOW);
    feed_many(board, 44, AR_CLASS_A1, T0 + HOUR + 30 * SECOND, SECOND, AN_ACTION_LABEL);
    ar_board_result(board, &r);
    assert_true(r.campaigns.calls == 30 && r.campaigns.seconds == 30);
    assert_int_equal(r.campaigns.noticed, 1);
    assert_int_equal(r.campaigns.held, 0);
    assert_true(isnan(r.campaigns.held_calls));
    feed_many(board, 1, AR_CLASS_A1, T0 + HOUR + 74 * SECOND, SECOND, AN_ACTION_LABEL); /* 45 of the last 50 */
    ar_board_result(board, &r);
    assert_int_equal(r.campaigns.held, 1);
    assert_true(r.campaigns.held_calls == 75 && r.campaigns.held_seconds == 74);
    ar_board_campaign(board, 2, AR_CLASS_A1, 1, T0); /* two of three are never noticed: no median */
    ar_board_campaign(board, 3, AR_CLASS_A1, 1, T0);
    for (uint32_t i = 2; i <= 3; i++) {
        struct ar_call call = call_of(AR_CLASS_A1, T0, AN_ACTION_ALLOW);
        call.campaign = i;
        feed(board, &call);
    }
    ar_board_result(board, &r);
    assert_int_equal(r.campaigns.count, 3);
    assert_int_equal(r.campaigns.long_count, 1);
    assert_true(isnan(r.campaigns.calls));
    ar_board_free(board);
}

static void test_rotations(void **state)
{
    struct ar_board *board = new_board("anning", T0);
    static struct ar_result r;
    (void)state;
    ar_board_campaign(board, 1, AR_CLASS_A8, 2, T0);
    feed_many(board, 5, AR_CLASS_A8, T0, SECOND, AN_ACTION_LABEL);
    for (unsigned turn = 0; turn < 3; turn++) { /* 4, 5 and 6 calls pass */
        ar_board_rotation(board, 1, T0 + (turn + 1) * HOUR);
        feed_many(board, 4 + turn, AR_CLASS_A8, T0 + (turn + 1) * HOUR, 2 * SECOND, AN_ACTION_ALLOW);
        feed_many(board, 2, AR_CLASS_A8, T0 + (turn + 1) * HOUR + 60 * SECOND, SECOND, AN_ACTION_LABEL);
    }
    ar_board_rotation(board, 1, T0 + 5 * HOUR); /* and again before a call was made: no case of its own */
    ar_board_rotation(board, 1, T0 + 5 * HOUR);
    ar_board_result(board, &r);
    assert_int_equal(r.rotations.count, 3);
    assert_int_equal(r.rotations.noticed, 3);
    assert_true(r.rotations.calls == 5);
    assert_near(r.rotations.seconds, 60, 2);
    assert_int_equal(r.rotations.long_count, 0);
    assert_true(isnan(r.rotations.held_calls));
    assert_int_equal(r.rows[0].rotations, 5);
    assert_true(r.campaigns.calls == 0);
    ar_board_free(board);
}

static void test_deterrence(void **state)
{
    struct ar_board *board = new_board("anning", T0);
    static struct ar_result r;
    struct ar_ledger ledger = { .yuan = { 100, 20, 0, 0, 30, 0, 0 }, .calls = 90, .reached = 50, .leads = 3 };
    (void)state;
    ar_board_campaign(board, 1, AR_CLASS_A1, 1, T0);
    ar_board_campaign(board, 2, AR_CLASS_A5, 1, T0);
    ar_board_result(board, &r);
    assert_false(r.has_ledgers);
    assert_true(isnan(ar_ledger_yuan_a_lead(&r.ledger)));
    ar_board_ledger(board, 1, &ledger);
    ar_board_ledger(board, 2, &ledger);
    ar_board_result(board, &r);
    assert_true(r.has_ledgers);
    assert_near(ar_ledger_yuan(&r.ledger), 300, 1e-9);
    assert_near(ar_ledger_yuan_a_reached(&r.ledger), 3, 1e-9);
    assert_near(ar_ledger_yuan_a_lead(&r.ledger), 50, 1e-9);
    assert_near(ar_ledger_yuan(&r.ledger_mode[4]), 150, 1e-9);
    ar_board_free(board);
}

static void score(struct ar_board *board, unsigned count, enum ar_class class, double p)
{
    for (unsigned i = 0; i < count; i++) {
        struct ar_call call = call_of(class, T0 + SECOND, AN_ACTION_ALLOW);
        call.probability = (float)p;
        feed(board, &call);
    }
}

/* 1,000 wanted, 100 unwanted: the curve has three corners that can be counted by hand. */
static void test_scores(void **state)
{
    struct ar_board *board = new_board("anning", T0);
    static struct ar_result r;
    (void)state;
    ar_board_campaign(board, 1, AR_CLASS_A1, 1, T0);
    score(board, 40, AR_CLASS_A1, 0.97);
    score(board, 1, AR_CLASS_PERSON, 0.9);
    score(board, 30, AR_CLASS_A1, 0.9);
    score(board, 999, AR_CLASS_PERSON, 0.02);
    score(board, 30, AR_CLASS_A1, 0.02);
    ar_board_result(board, &r);
    assert_true(r.is_probability);
    assert_near(r.recall_at[0], 0.4, 1e-9);
    assert_near(r.recall_at[1], 0.7, 1e-9);
    assert_near(r.recall_at[2], 0.7, 1e-9);
    assert_near(r.auc, 0.001 * (0.4 + 0.7) / 2 + 0.999 * (0.7 + 1) / 2, 1e-9);
    assert_near(r.average_precision, 0.4 + 0.3 * 70 / 71 + 0.3 * 100 / 1100, 1e-9);
    double error = (fabs(40 * 0.97 - 40) + fabs(31 * 0.9 - 30) + fabs(1029 * 0.02 - 30)) / 1100;
    assert_near(r.calibration_error, error, 1e-6);
    assert_int_equal(r.bins[0].count, 1029);
    assert_int_equal(r.bins[0].unwanted, 30);
    assert_int_equal(r.curve_count, 3);
    assert_near(r.curve[1].precision, 70.0 / 71, 1e-9);
    ar_board_free(board);
}

static void test_strange_scores(void **state)
{
    static const double values[] = { 0, 1, 1.5, -1, 1e-12, 0.9999999 };
    struct ar_board *board = new_board("reputation", T0);
    static struct ar_result r;
    (void)state;
    ar_board_campaign(board, 1, AR_CLASS_A1, 1, T0);
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) score(board, 2, AR_CLASS_A1, values[i]);
    score(board, 1, AR_CLASS_PERSON, (double)NAN);
    ar_board_result(board, &r);
    assert_false(r.is_probability);
    assert_true(isnan(r.calibration_error));
    assert_int_equal(r.wanted + r.unwanted, 13);
    ar_board_free(board);
}

static void test_conservation(void **state)
{
    struct ar_board *board = new_board("none", T0 + HOUR);
    static struct ar_result r;
    (void)state;
    ar_board_campaign(board, 1, AR_CLASS_A2, 1, T0);
    for (unsigned i = 0; i < 1000; i++) {
        struct ar_call call =
            call_of(i % 3 == 0 ? AR_CLASS_A2 : AR_CLASS_PERSON, T0 + i * 10 * SECOND, AN_ACTION_ALLOW);
        call.is_test = i % 30 == 0;
        call.callee_id = i % 7 == 0 ? AR_NOBODY : 1;
        ar_board_attempt(board, &call);
        if (i % 11 != 0) ar_board_call(board, &call);
    }
    ar_board_result(board, &r);
    assert_int_equal(r.attempts, 1000);
    assert_int_equal(r.under_way, 91);
    assert_int_equal(r.attempts, r.ended + r.under_way);
    assert_int_equal(r.ended, r.early + r.tests + r.wanted + r.unwanted + r.nobody);
    assert_true(r.early > 0 && r.tests > 0 && r.nobody > 0);
    ar_board_free(board);
}

static void test_many_campaigns(void **state)
{
    struct ar_board *board = new_board("none", T0);
    static struct ar_result r;
    (void)state;
    for (uint32_t i = 1; i <= 5000; i++) {
        struct ar_call call = call_of(AR_CLASS_A1, T0 + i, AN_ACTION_ALLOW);
        call.campaign = i;
        ar_board_campaign(board, i, AR_CLASS_A1, 1, T0);
        feed(board, &call);
    }
    ar_board_result(board, &r);
    assert_int_equal(r.campaign_count, 5000);
    assert_int_equal(r.row_count, AR_ROWS_MAX);
    assert_share(r.reach_short, 5000, 5000);
    ar_board_free(board);
}

/* ---- reports ---- */

static char *written(enum an_err (*report)(FILE *, const struct ar_result *, size_t), const struct ar_result *results,
                     size_t n)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    assert_non_null(out);
    assert_int_equal(report(out, results, n), AN_OK);
    fclose(out);
    return text;
}

static enum an_err terminal(FILE *out, const struct ar_result *results, size_t n)
{
    ar_report_terminal(out, results, n, &(struct ar_paper) { 0 });
    return AN_OK;
}

static struct ar_result *two_results(void)
{
    struct ar_result *results = calloc(2, sizeof *results);
    const struct ar_ledger dear = { .yuan = { 90 }, .calls = 9, .reached = 3, .leads = 1 };
    const struct ar_ledger cheap = { .yuan = { 90 }, .calls = 9, .reached = 9, .leads = 3 };
    assert_non_null(results);
    for (int i = 0; i < 2; i++) {
        struct ar_board *board = new_board(i == 0 ? "none" : "anning", T0);
        ar_board_campaign(board, 1, AR_CLASS_A1, 2, T0);
        feed_many(board, 60, AR_CLASS_A1, T0, SECOND, i == 0 ? AN_ACTION_ALLOW : AN_ACTION_LABEL);
        feed_many(board, 60, AR_CLASS_COURIER, T0, SECOND, AN_ACTION_ALLOW);
        ar_board_ledger(board, 1, i == 0 ? &cheap : &dear);
        ar_board_result(board, &results[i]);
        snprintf(results[i].scenario, sizeof results[i].scenario, "town <b>&\"");
        results[i].whole = i == 0;
        snprintf(results[i].why, sizeof results[i].why, "%s", i == 0 ? "" : "the defence is <gone>");
        results[i].seed = UINT64_MAX - 1;
        ar_board_free(board);
    }
    return results;
}

static void test_terminal(void **state)
{
    struct ar_result *results = two_results();
    char *text = written(terminal, results, 2);
    (void)state;
    assert_non_null(strstr(text, "x3.00"));
    assert_non_null(strstr(text, "快递员"));
    assert_non_null(strstr(text, "anning ended early"));
    assert_null(strstr(text, "\033"));
    assert_null(strstr(text, "nan"));
    free(text);
    free(results);
}

/* Columns on a terminal: bytes of UTF-8 that begin a character, twice for the wide ones. */
static unsigned widest_line(const char *text)
{
    unsigned widest = 0, own = 0;
    for (const unsigned char *c = (const unsigned char *)text; *c != '\0'; c++) {
        own = *c == '\n' ? 0 : own + ((*c & 0xc0) != 0x80) + (*c >= 0xe3 && *c < 0xf0);
        widest = own > widest ? own : widest;
    }
    return widest;
}

/* Five defences on 80 columns: in one language, nothing over the edge. */
static void test_narrow_terminal(void **state)
{
    (void)state;
    struct ar_result *results = two_results(), *five = calloc(5, sizeof *five);
    assert_non_null(five);
    static const char *const names[] = { "none", "frequency", "blacklist", "reputation", "live" };
    for (int i = 0; i < 5; i++) {
        five[i] = results[i > 0];
        five[i].whole = true;
        snprintf(five[i].defence, sizeof five[i].defence, "%s", names[i]);
    }
    for (int chinese = 0; chinese < 2; chinese++) {
        char *text = NULL;
        size_t len = 0;
        FILE *out = open_memstream(&text, &len);
        assert_non_null(out);
        ar_report_terminal(out, five, 5, &(struct ar_paper) { .columns = 80, .chinese = chinese == 1 });
        fclose(out);
        assert_in_range(widest_line(text), 60, 80);
        assert_int_equal(strstr(text, "快递员") != NULL, chinese);
        assert_int_equal(strstr(text, "couriers") != NULL, !chinese);
        assert_null(strstr(text, "±"));
        free(text);
    }
    free(five);
    free(results);
}

static void test_json(void **state)
{
    struct ar_result *results = two_results();
    char *text = written(ar_report_json, results, 2), *again = written(ar_report_json, results, 2);
    (void)state;
    assert_string_equal(text, again);
    assert_non_null(strstr(text, "18446744073709551614"));
    assert_non_null(strstr(text, "\"reach_number_first_call_campaign_over_an_hour\""));
    assert_non_null(strstr(text, "\"wanted_labelled_or_screened_worst_class\":\tnull"));
    assert_non_null(strstr(text, "\"borrowed_people_labelled_or_blocked\""));
    assert_non_null(strstr(text, "\"times_none_a_lead\":\t3"));
    assert_null(strstr(text, "nan"));
    assert_null(strstr(text, "inf"));
    free(text);
    free(again);
    free(results);
}

/* Self-contained, and what comes from outside is escaped. */
static void test_html(void **state)
{
    struct ar_result *results = two_results();
    for (size_t n = 1; n <= 2; n++) {
        char *text = written(ar_report_html, results, n);
        assert_null(strstr(text, "http://"));
        assert_null(strstr(text, "https://"));
        assert_null(strstr(text, "<script"));
        assert_null(strstr(text, "town <b>"));
        assert_null(strstr(text, "<gone>"));
        assert_null(strstr(text, "nan"));
        assert_null(strstr(text, "inf\""));
        assert_non_null(strstr(text, "</html>"));
        free(text);
    }
    (void)state;
    free(results);
}

/* A run that ended before anything happened still has a report. */
static void test_empty_report(void **state)
{
    struct ar_board *board = new_board("anning", T0);
    struct ar_result *r = calloc(1, sizeof *r);
    enum an_err (*const reports[])(FILE *, const struct ar_result *, size_t) = { terminal, ar_report_json,
                                                                                 ar_report_html };
    (void)state;
    assert_non_null(r);
    ar_board_result(board, r);
    for (size_t i = 0; i < 3; i++) {
        char *text = written(reports[i], r, 1);
        assert_null(strstr(text, "nan"));
        free(text);
    }
    free(r);
    ar_board_free(board);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_intervals),
        cmocka_unit_test(test_reach),
        cmocka_unit_test(test_first_calls_of_old_campaigns),
        cmocka_unit_test(test_worst_class_by_what_was_done),
        cmocka_unit_test(test_short_campaigns),
        cmocka_unit_test(test_harm),
        cmocka_unit_test(test_warm_up),
        cmocka_unit_test(test_speed),
        cmocka_unit_test(test_rotations),
        cmocka_unit_test(test_deterrence),
        cmocka_unit_test(test_scores),
        cmocka_unit_test(test_strange_scores),
        cmocka_unit_test(test_conservation),
        cmocka_unit_test(test_many_campaigns),
        cmocka_unit_test(test_terminal),
        cmocka_unit_test(test_narrow_terminal),
        cmocka_unit_test(test_json),
        cmocka_unit_test(test_html),
        cmocka_unit_test(test_empty_report),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
