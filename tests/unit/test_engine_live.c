/* What is live: counted by hand, followed from a journal, kept over a restart. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "engine/live.h"
#include "enrich/trunk.h"
#include "journal/writer.h"
#include "model/ruling.h"

#define HOUR_US (3600 * AN_US_PER_S)
#define NOON_US 1763784000000000ull /* 2025-11-22 04:00 UTC, noon in China */

static struct an_record verdict(uint64_t time_us, unsigned n, enum an_action action, const char *trunk)
{
    struct an_record r = { .type = AN_RECORD_VERDICT };
    r.obs.kind = AN_OBS_ATTEMPT;
    r.obs.time_us = time_us;
    r.obs.caller = 862061110000ull + n; /* Guangzhou */
    r.obs.callee = 8613800138000ull;
    r.obs.caller_operator = AN_OPERATOR_TELECOM;
    r.text.trunk = an_slice_of(trunk);
    r.text.display = AN_SLICE("<script>alert(1)</script>");
    r.obs.trunk = an_trunk_id(r.text.trunk);
    an_token_make(time_us, 1, n, &r.token);
    r.verdict.token = r.token;
    r.verdict.action = (uint8_t)action;
    r.verdict.category = AN_CATEGORY_LOAN;
    r.verdict.campaign = action == AN_ACTION_BLOCK ? 7 : 0;
    r.feature_count = AN_FEATURE_COUNT;
    return r;
}

static struct an_record report(uint64_t time_us, an_number caller, bool wanted)
{
    struct an_record r = { .type = AN_RECORD_OBSERVATION };
    r.obs.kind = AN_OBS_REPORT;
    r.obs.time_us = time_us;
    r.obs.caller = caller;
    r.obs.callee = 8613800138000ull;
    r.obs.category = AN_CATEGORY_LOAN;
    r.obs.flags = wanted ? AN_OBS_WANTED : 0;
    return r;
}

static struct an_live *by_hand(void)
{
    const struct an_live_options options = { .utc_offset_s = 28800 };
    struct an_live *live;
    assert_int_equal(an_live_new(&options, &live, NULL), AN_OK);
    return live;
}

static void take(struct an_live *live, struct an_record record)
{
    an_live_take(live, &record, record.obs.time_us);
}

static void test_a_second(void **state)
{
    (void)state;
    struct an_live *live = by_hand();
    struct an_live_now now;
    for (unsigned i = 0; i < 5; i++) take(live, verdict(NOON_US + i, i, AN_ACTION_ALLOW, "quiet"));
    for (unsigned i = 0; i < 9; i++) take(live, verdict(NOON_US + i, i, AN_ACTION_BLOCK, "busy"));
    an_live_now(live, &now);
    assert_int_equal(now.actions[AN_ACTION_BLOCK], 0); /* the second is not over */
    an_live_second(live);
    an_live_now(live, &now);
    assert_int_equal(now.actions[AN_ACTION_ALLOW], 5);
    assert_int_equal(now.actions[AN_ACTION_BLOCK], 9);
    assert_int_equal(now.trunk_count, 2);
    assert_string_equal(now.trunks[0].name, "busy");
    assert_int_equal(now.trunks[0].second.touched, 9);
    assert_string_equal(now.trunks[1].name, "quiet");
    assert_int_equal(now.regions[44].calls, 14);
    assert_int_equal(now.regions[44].touched, 9);
    an_live_second(live);
    an_live_now(live, &now);
    assert_int_equal(now.actions[AN_ACTION_BLOCK], 0);
    assert_int_equal(now.regions[44].calls, 14); /* of the last minute */
    for (int i = 0; i < 60; i++) an_live_second(live);
    an_live_now(live, &now);
    assert_int_equal(now.regions[44].calls, 0);
    an_live_free(live);
}

static void test_calls_are_a_ring(void **state)
{
    (void)state;
    struct an_live *live = by_hand();
    struct an_live_call calls[4];
    for (unsigned i = 1; i <= AN_LIVE_CALLS + 10; i++) take(live, verdict(NOON_US + i, i, AN_ACTION_LABEL, "t"));
    assert_int_equal(an_live_calls(live, 0, calls, 4), 4);
    assert_int_equal(calls[3].serial, AN_LIVE_CALLS + 10);
    assert_int_equal(calls[0].serial, AN_LIVE_CALLS + 7);
    assert_int_equal(an_live_calls(live, AN_LIVE_CALLS + 10, calls, 4), 0);
    assert_int_equal(an_live_calls(live, UINT64_MAX, calls, 4), 0); /* Last-Event-ID of somebody else */
    assert_string_equal(calls[0].display, "<script>alert(1)</script>");
    struct an_live_query query = { .number = 862061110000ull + 5 };
    assert_int_equal(an_live_find(live, &query, calls, 4), 0); /* overwritten */
    query.number = 862061110000ull + 200;
    assert_int_equal(an_live_find(live, &query, calls, 4), 1);
    query.trunk = 12345;
    assert_int_equal(an_live_find(live, &query, calls, 4), 0);
    an_live_free(live);
}

/* Streams of a journal come one after the other: the list is by the calls' own time all the same. */
static void test_found_newest_first(void **state)
{
    (void)state;
    struct an_live *live = by_hand();
    static const unsigned minutes[] = { 39, 44, 21, 42 }, wanted[] = { 44, 42, 39 };
    struct an_live_call calls[3];
    for (unsigned i = 0; i < 4; i++) take(live, verdict(NOON_US + minutes[i], 1, AN_ACTION_LABEL, "t"));
    const struct an_live_query query = { .number = 862061110001ull };
    assert_int_equal(an_live_find(live, &query, calls, 3), 3);
    for (unsigned i = 0; i < 3; i++) assert_int_equal(calls[i].time_us - NOON_US, wanted[i]);
    an_live_free(live);
}

/* What most reports name: those that say nothing, and those of calls that were wanted, name nothing. */
static void test_kinds_of_campaigns(void **state)
{
    (void)state;
    struct an_live *live = by_hand();
    static const uint8_t named[] = { AN_CATEGORY_UNKNOWN, AN_CATEGORY_UNKNOWN, AN_CATEGORY_PROPERTY, AN_CATEGORY_LOAN,
                                     AN_CATEGORY_LOAN };
    const uint32_t campaigns[] = { 9, 7, 3 };
    uint8_t kinds[3];
    for (unsigned i = 0; i < 8; i++) {
        struct an_record call = verdict(NOON_US + i, i, AN_ACTION_BLOCK, "t"), said;
        take(live, call);
        said = report(NOON_US + i, call.obs.caller, i >= 5);
        said.obs.category = i < 5 ? named[i] : AN_CATEGORY_STOCKS;
        take(live, said);
    }
    an_live_kinds(live, campaigns, 3, kinds);
    assert_int_equal(kinds[0], AN_CATEGORY_UNKNOWN);
    assert_int_equal(kinds[1], AN_CATEGORY_LOAN);
    assert_int_equal(kinds[2], AN_CATEGORY_UNKNOWN);
    an_live_free(live);
}

static void test_series(void **state)
{
    (void)state;
    struct an_live *live = by_hand();
    struct an_live_point points[30];
    for (unsigned h = 0; h < 24; h++) take(live, verdict(NOON_US + h * HOUR_US, h, AN_ACTION_ALLOW, "t"));
    take(live, verdict(NOON_US, 99, AN_ACTION_SCREEN, "t"));
    assert_int_equal(an_live_series(live, AN_LIVE_HOUR, NOON_US, NOON_US + 24 * HOUR_US, points, 30), 24);
    assert_int_equal(points[0].actions[AN_ACTION_ALLOW], 1);
    assert_int_equal(points[0].actions[AN_ACTION_SCREEN], 1);
    assert_int_equal(points[23].actions[AN_ACTION_ALLOW], 1);
    /* days are China's: noon to midnight is 12 hours of the first, 12 of the second */
    assert_int_equal(an_live_series(live, AN_LIVE_DAY, NOON_US, NOON_US + 24 * HOUR_US, points, 30), 2);
    assert_int_equal(points[0].actions[AN_ACTION_ALLOW], 12);
    assert_int_equal(points[1].actions[AN_ACTION_ALLOW], 12);
    assert_int_equal(points[0].time_us, NOON_US - 12 * HOUR_US);
    /* 61 days later the old hours are gone, and a record from then counts nowhere in charts */
    take(live, verdict(NOON_US + 61 * 24 * HOUR_US, 1, AN_ACTION_ALLOW, "t"));
    take(live, verdict(NOON_US + 24 * HOUR_US, 1, AN_ACTION_ALLOW, "t"));
    assert_int_equal(an_live_series(live, AN_LIVE_HOUR, NOON_US + 24 * HOUR_US, NOON_US + 25 * HOUR_US, points, 30), 1);
    assert_int_equal(points[0].actions[AN_ACTION_ALLOW], 0);
    struct an_live_hours hours;
    assert_int_equal(an_live_hours(live, AN_LIVE_TRUNK, an_trunk_id(AN_SLICE("t")), &hours), AN_OK);
    assert_int_equal(hours.day.calls, 1);
    assert_int_equal(hours.hours[AN_LIVE_HOURS - 1].calls, 1);
    an_live_free(live);
}

static void test_more_trunks_than_room(void **state)
{
    (void)state;
    struct an_live *live = by_hand();
    struct an_live_hours hours;
    char name[16];
    for (unsigned i = 0; i < AN_LIVE_KEYS + 20; i++) {
        snprintf(name, sizeof name, "trunk%u", i);
        take(live, verdict(NOON_US + i, i, AN_ACTION_ALLOW, name));
    }
    assert_int_equal(an_live_hours(live, AN_LIVE_TRUNK, an_trunk_id(AN_SLICE("trunk0")), &hours), AN_ERR_NOT_FOUND);
    assert_int_equal(an_live_hours(live, AN_LIVE_TRUNK, an_trunk_id(AN_SLICE("trunk4115")), &hours), AN_OK);
    assert_string_equal(hours.name, "trunk4115");
    assert_int_equal(an_live_hours(live, AN_LIVE_TRUNK, an_trunk_id(AN_SLICE("trunk2000")), &hours), AN_OK);
    assert_int_equal(hours.day.calls, 1);
    an_live_free(live);
}

static void test_reviews_and_statistics(void **state)
{
    (void)state;
    struct an_live *live = by_hand();
    struct an_live_review reviews[4];
    struct an_live_cell cells[16];
    struct an_record blocked = verdict(NOON_US, 1, AN_ACTION_BLOCK, "t");
    take(live, blocked);
    take(live, verdict(NOON_US, 2, AN_ACTION_ALLOW, "t"));
    take(live, report(NOON_US + 1, 862061110001ull, false)); /* they agree */
    assert_int_equal(an_live_reviews(live, 0, reviews, 4), 0);
    take(live, report(NOON_US + 2, 862061110001ull, true));
    take(live, report(NOON_US + 3, 862061110002ull, false)); /* of which call nobody knows */
    assert_int_equal(an_live_reviews(live, 0, reviews, 4), 1);
    struct an_record named = report(NOON_US + 3, 862061110002ull, false);
    memset(&named.token, 7, sizeof named.token);
    take(live, named);
    assert_int_equal(an_live_reviews(live, 0, reviews, 4), 2);
    assert_int_equal(reviews[0].why, AN_LIVE_UNWANTED_ALLOWED);
    assert_int_equal(reviews[1].why, AN_LIVE_WANTED_TOUCHED);
    assert_memory_equal(&reviews[1].call.token, &blocked.token, sizeof blocked.token);
    assert_int_equal(an_live_reviewed(live, &blocked.token), AN_OK);
    assert_int_equal(an_live_reviews(live, 0, reviews, 4), 1);
    uint64_t sums[AN_LIVE_MEASURES] = { 0 };
    size_t count = an_live_cells(live, cells, 16);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(cells[i].quarter, 2025 * 4 + 3);
        assert_int_equal(cells[i].region, 44);
        for (int m = 0; m < AN_LIVE_MEASURES; m++) sums[m] += cells[i].measures[m];
    }
    assert_int_equal(sums[AN_LIVE_M_CALLS], 2);
    assert_int_equal(sums[AN_LIVE_M_BLOCK], 1);
    assert_int_equal(sums[AN_LIVE_M_UNWANTED], 3);
    assert_int_equal(sums[AN_LIVE_M_WANTED], 1);
    assert_int_equal(an_live_cells(live, cells, 16), 0); /* each change once */
    take(live, verdict(NOON_US + 9, 2, AN_ACTION_ALLOW, "t"));
    assert_int_equal(an_live_cells(live, cells, 16), 1);
    an_live_cells_again(live, cells, 1); /* it could not be kept */
    assert_int_equal(an_live_cells(live, cells, 16), 1);
    an_live_free(live);
}

/* Waits for what another thread does; gives up after 10 s so that a fault ends. */
static uint64_t followed(struct an_live *live, uint64_t wanted)
{
    struct an_live_point point;
    uint64_t seen = 0;
    for (int i = 0; i < 1000 && seen < wanted; i++) {
        usleep(10000);
        an_live_series(live, AN_LIVE_HOUR, NOON_US, NOON_US + HOUR_US, &point, 1);
        seen = point.actions[AN_ACTION_BLOCK];
    }
    return seen;
}

static void append(struct an_journal_writer *writer, unsigned from, unsigned to)
{
    uint8_t bytes[AN_RECORD_VERDICT_MAX];
    size_t len;
    for (unsigned i = from; i < to; i++) {
        struct an_record record = verdict(NOON_US + i, i, AN_ACTION_BLOCK, "t");
        assert_int_equal(an_record_encode(&record, bytes, sizeof bytes, &len), AN_OK);
        assert_int_equal(an_journal_append(writer, AN_RECORD_VERDICT, NOON_US + i, bytes, len), AN_OK);
    }
    assert_int_equal(an_journal_flush(writer, an_clock_mono_us()), AN_OK);
}

static void append_label(struct an_journal_writer *writer)
{
    uint8_t bytes[AN_RECORD_LABEL_MAX];
    size_t len;
    struct an_record record;
    struct an_ruling ruling = { .number = 862061110001ull,
                                .until_us = NOON_US + HOUR_US,
                                .weight = AN_RULING_WEIGHT_FULL,
                                .verdict = AN_RULING_WANTED };
    an_record_of_ruling(&ruling, &record);
    assert_int_equal(an_record_encode(&record, bytes, sizeof bytes, &len), AN_OK);
    assert_int_equal(an_journal_append(writer, AN_RECORD_LABEL, NOON_US, bytes, len), AN_OK);
    assert_int_equal(an_journal_flush(writer, an_clock_mono_us()), AN_OK);
}

static void test_follows_and_goes_on(void **state)
{
    (void)state;
    char dir[] = "/tmp/anning-live-XXXXXX", command[160];
    assert_non_null(mkdtemp(dir));
    struct an_journal *journal;
    const struct an_journal_options options = { .dir = dir, .workers = 2 };
    const struct an_live_options live_options = { .data_dir = dir, .utc_offset_s = 28800 };
    struct an_live *live;
    assert_int_equal(an_journal_open(&options, &journal, NULL), AN_OK);
    assert_int_equal(an_live_new(&live_options, &live, NULL), AN_OK);
    append_label(an_journal_writer(journal, 0));
    append(an_journal_writer(journal, 0), 0, 100);
    append(an_journal_writer(journal, 1), 100, 150);
    assert_int_equal(followed(live, 150), 150);
    struct an_live_label labels[2];
    assert_int_equal(an_live_labels(live, 862061110001ull, labels, 2), 1);
    assert_int_equal(labels[0].verdict, AN_RULING_WANTED);
    an_live_free(live);
    append(an_journal_writer(journal, 1), 150, 160); /* while nobody looked */
    assert_int_equal(an_live_new(&live_options, &live, NULL), AN_OK);
    append(an_journal_writer(journal, 0), 160, 170);
    assert_int_equal(followed(live, 170), 170);
    usleep(100000);
    assert_int_equal(followed(live, 170), 170); /* none twice */
    struct an_live_call calls[200];
    assert_int_equal(an_live_calls(live, 0, calls, 200), 170);
    an_live_free(live);
    /* a damaged file is not believed: all is read again */
    snprintf(command, sizeof command, "for f in %s/state/*.live; do echo x >> $f; done", dir);
    assert_int_equal(system(command), 0);
    assert_int_equal(an_live_new(&live_options, &live, NULL), AN_OK);
    assert_int_equal(followed(live, 170), 170);
    an_live_free(live);
    an_journal_close(journal);
    snprintf(command, sizeof command, "rm -rf %s", dir);
    assert_int_equal(system(command), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_second),
        cmocka_unit_test(test_calls_are_a_ring),
        cmocka_unit_test(test_found_newest_first),
        cmocka_unit_test(test_kinds_of_campaigns),
        cmocka_unit_test(test_series),
        cmocka_unit_test(test_more_trunks_than_room),
        cmocka_unit_test(test_reviews_and_statistics),
        cmocka_unit_test(test_follows_and_goes_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
