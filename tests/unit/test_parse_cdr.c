#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "parse/cdr.h"
#include "parse/csv.h"
#include "parse/event.h"
#include "parse/event_time.h"

/* 2026-11-22 10:00:00 +08:00 */
#define TEN 1795312800000000ull

static const char ASTERISK[] =
    "\"\",\"13800138000\",\"01012345678\",\"from-trunk\",\"\"\"Alice\"\" <13800138000>\",\"PJSIP/carrier-00000012\","
    "\"PJSIP/1001-00000013\",\"Dial\",\"PJSIP/1001,20\",\"2026-11-22 10:00:00\",\"2026-11-22 10:00:08\","
    "\"2026-11-22 10:01:10\",70,62,\"ANSWERED\",\"DOCUMENTATION\",\"1795312800.17\",\"\"\n"
    "\"\",\"13900139000\",\"01012345679\",\"from-trunk\",\"13900139000\",\"SIP/192.0.2.9-00000014\",\"\",\"Dial\","
    "\"PJSIP/1002,20\",\"2026-11-22 10:00:02\",,\"2026-11-22 10:00:22\",20,0,\"NO ANSWER\",\"DOCUMENTATION\","
    "\"1795312802.19\",\"\"\n";

static const char FREESWITCH[] =
    "\"Alice\",\"13800138000\",\"01012345678\",\"public\",\"2026-11-22 10:00:00\",\"2026-11-22 10:00:08\","
    "\"2026-11-22 10:01:10\",\"70\",\"62\",\"NORMAL_CLEARING\",\"7c1d-0001\",\"\",\"\",\"PCMA\",\"PCMA\"\n"
    "\"\",\"anonymous\",\"01012345679\",\"public\",\"2026-11-22 10:00:02\",\"\",\"2026-11-22 10:00:22\",\"20\",\"0\","
    "\"ORIGINATOR_CANCEL\",\"7c1d-0002\",\"\", \"\",\"\",\"\"\n"
    "\"\",\"1\",\"2\",\"public\",\"2026-11-22 10:00:02\",\"\",\"2026-11-22 10:00:03\",\"1\",\"0\","
    "\"NORMAL_CLEARING\",\"7c1d-0003\",\"\",\"\",\"\",\"\"\n";

static struct an_csv csv;
static struct an_cdr_layout layout;
static struct an_event_text event;
static struct an_error error;
static const char *rest;

static enum an_err next(void)
{
    size_t used = 0;
    enum an_err err = an_csv_next(&csv, rest, strlen(rest), true, &used, &error);
    rest += used;
    return err;
}

/* Opens text, detects its layout and binds it; afterwards the first call's row is in csv. */
static void open_detected(const char *text, const char *expected_layout)
{
    rest = text;
    an_csv_init(&csv, '\0');
    assert_int_equal(next(), AN_OK);
    assert_int_equal(an_cdr_layout_detect(&csv, 28800, &layout, &error), AN_OK);
    assert_string_equal(layout.name, expected_layout);
    assert_int_equal(an_cdr_bind(&layout, &csv, &error), AN_OK);
    if (layout.header == AN_CDR_HEADER_YES) assert_int_equal(next(), AN_OK);
}

static void row(void)
{
    if (an_cdr_row(&layout, &csv, &event, &error) != AN_OK) fail_msg("%s", error.text);
}

static void same(struct an_slice text, const char *expected)
{
    char out[300];
    an_slice_copy(text, out, sizeof out);
    assert_string_equal(out, expected);
}

static void asterisk_rows(void **state)
{
    (void)state;
    open_detected(ASTERISK, "asterisk");
    assert_int_equal(layout.header, AN_CDR_HEADER_NO);
    row();
    assert_int_equal(event.kind, AN_EVENT_CALL);
    assert_true(event.time_us == TEN);
    assert_int_equal(event.ring_ms, 8000);
    assert_int_equal(event.talk_ms, 62000);
    assert_int_equal(event.outcome, AN_OUTCOME_ANSWERED);
    same(event.from, "13800138000");
    same(event.to, "01012345678");
    same(event.display, "Alice");
    same(event.trunk, "carrier");
    same(event.call_id, "1795312800.17");
    assert_int_equal(next(), AN_OK);
    row();
    assert_true(event.time_us == TEN + 2000000);
    assert_int_equal(event.ring_ms, 20000);
    assert_int_equal(event.talk_ms, 0);
    assert_int_equal(event.outcome, AN_OUTCOME_NO_ANSWER);
    same(event.display, ""); /* the number again */
    same(event.trunk, "192.0.2.9");
    assert_int_equal(next(), AN_ERR_END);
}

static void asterisk_with_header(void **state)
{
    (void)state;
    open_detected("calldate;clid;src;dst;dcontext;channel;duration;billsec;disposition;uniqueid\n"
                  "2026-11-22 10:00:00;\"\"\"Bo\"\" <1>\";1;2;x;SIP/t-1;9;0;ANSWERED;u1\n",
                  "asterisk");
    assert_int_equal(layout.header, AN_CDR_HEADER_YES);
    row();
    assert_int_equal(event.outcome, AN_OUTCOME_ANSWERED); /* under a second, but the disposition says so */
    assert_int_equal(event.ring_ms, 9000);
    same(event.display, "Bo");
    same(event.call_id, "u1");
    same(event.trunk, "t");
}

static void freeswitch_rows(void **state)
{
    (void)state;
    open_detected(FREESWITCH, "freeswitch");
    row();
    assert_true(event.time_us == TEN);
    assert_int_equal(event.ring_ms, 8000);
    assert_int_equal(event.talk_ms, 62000);
    assert_int_equal(event.outcome, AN_OUTCOME_ANSWERED);
    same(event.display, "Alice");
    same(event.call_id, "7c1d-0001");
    assert_int_equal(next(), AN_OK);
    row();
    assert_int_equal(event.outcome, AN_OUTCOME_CANCELLED);
    assert_int_equal(event.ring_ms, 20000);
    assert_int_equal(next(), AN_OK);
    row();
    assert_int_equal(event.outcome, AN_OUTCOME_UNKNOWN); /* cleared normally, but never answered */
}

static void own_header_names(void **state)
{
    (void)state;
    open_detected("kind,time,from,to,outcome,ring_s,talk_s,trunk,category,wanted,token\n"
                  ",2026-11-22T10:00:00.250+08:00,1,2,busy,3.5,,t,,,\n"
                  "report,1795312800.5,1,2,,,,,loan,no,00000000000000000000000001\n"
                  "call,1795312800,,2,486,0:01:02,,,,,\n",
                  "anning");
    row();
    assert_true(event.time_us == TEN + 250000);
    assert_int_equal(event.outcome, AN_OUTCOME_BUSY);
    assert_int_equal(event.ring_ms, 3500);
    assert_int_equal(next(), AN_OK);
    row();
    assert_int_equal(event.kind, AN_OBS_REPORT);
    assert_true(event.time_us == TEN + 500000);
    assert_int_equal(event.category, AN_CATEGORY_LOAN);
    assert_false(event.wanted);
    assert_int_equal(event.token.bytes[15], 1);
    assert_int_equal(next(), AN_OK);
    row();
    assert_int_equal(event.outcome, AN_OUTCOME_BUSY);
    assert_int_equal(event.ring_ms, 62000);
    same(event.from, "");
}

static void set(const char *key, const char *value)
{
    if (an_cdr_layout_set(&layout, key, value, &error) != AN_OK) fail_msg("%s", error.text);
}

/* Talk time is measured, a cause is an opinion; only our own verdict and the site's own words stand. */
static void talk_time_beats_the_cause(void **state)
{
    (void)state;
    open_detected("time,from,to,talk_s,outcome\n1795312800,1,2,30,RECOVERY_ON_TIMER_EXPIRE\n"
                  "1795312800,1,2,30,ours\n1795312800,1,2,0,Answered\n1795312800,1,2,0,16\n1795312800,1,2,,\n",
                  "anning");
    static const enum an_outcome expected[] = { AN_OUTCOME_ANSWERED, AN_OUTCOME_OURS, AN_OUTCOME_ANSWERED,
                                                AN_OUTCOME_UNKNOWN, AN_OUTCOME_UNKNOWN };
    for (size_t i = 0; i < 5; i++) {
        row();
        assert_int_equal(event.outcome, expected[i]);
        assert_int_equal(next(), i == 4 ? AN_ERR_END : AN_OK);
    }
}

static void own_columns(void **state)
{
    (void)state;
    assert_int_equal(an_cdr_layout_builtin("none", 0, &layout, &error), AN_OK);
    set("start", "Begin Time|begin");
    set("caller", "A");
    set("callee", "B");
    set("talk_ms", "bill");
    set("outcome", "how");
    set("direction", "dir");
    set("skip_direction", "internal");
    set("outcome.hung up", "refused");
    set("time", "epoch_ms");
    set("separator", "tab");
    rest = "dir\tA\tB\tbegin\tbill\thow\nin\t1\t2\t1795312800001\t0\tHung Up\ninternal\t1\t2\t1795312800001\t0\tx\n";
    an_csv_init(&csv, layout.separator);
    assert_int_equal(next(), AN_OK);
    assert_int_equal(an_cdr_bind(&layout, &csv, &error), AN_OK);
    assert_int_equal(layout.header, AN_CDR_HEADER_YES);
    assert_int_equal(next(), AN_OK);
    row();
    assert_true(event.time_us == TEN + 1000);
    assert_int_equal(event.outcome, AN_OUTCOME_REFUSED);
    assert_int_equal(next(), AN_OK);
    assert_int_equal(an_cdr_row(&layout, &csv, &event, &error), AN_ERR_NOT_FOUND);
}

static void positions_and_derived_start(void **state)
{
    (void)state;
    assert_int_equal(an_cdr_layout_builtin("none", -3600, &layout, &error), AN_OK);
    set("end", "#1");
    set("duration_s", "#4");
    set("ring_s", "#5");
    set("caller", "#2");
    set("callee", "#3");
    rest = "2026/11/22 01:01:10,1,2,70,8\n";
    an_csv_init(&csv, '\0');
    assert_int_equal(next(), AN_OK);
    assert_int_equal(an_cdr_bind(&layout, &csv, &error), AN_OK);
    row();
    assert_true(event.time_us == TEN);
    assert_int_equal(event.ring_ms, 8000);
    assert_int_equal(event.talk_ms, 62000);
    assert_int_equal(event.outcome, AN_OUTCOME_ANSWERED);
}

static void wrong_row(const char *header_and_row, enum an_err err, const char *message)
{
    open_detected(header_and_row, "anning");
    memset(&event, 7, sizeof event);
    assert_int_equal(an_cdr_row(&layout, &csv, &event, &error), err);
    if (strstr(error.text, message) == NULL) fail_msg("\"%s\" is not in \"%s\"", message, error.text);
    assert_int_equal(event.ring_ms, 0x07070707); /* untouched */
}

static void wrong_rows_are_named(void **state)
{
    (void)state;
    wrong_row("time,from,to\n2026-13-01 00:00:00,1,2\n", AN_ERR_INVALID,
              "line 2, column 1: \"2026-13-01 00:00:00\" is no moment");
    wrong_row("time,from,to\n\nyesterday,1,2\n", AN_ERR_MALFORMED, "line 3, column 1: \"yesterday\" is not a time");
    wrong_row("time,from,to\n,1,2\n", AN_ERR_INVALID, "line 2, column 1: the start time is missing");
    wrong_row("time,from,to\n1795312800,1,\n", AN_ERR_INVALID, "column 3: \"\" the called number is missing");
    wrong_row("time,from,to\n1795312800,1\n", AN_ERR_MALFORMED, "line 2: 2 columns, but the header line has 3");
    wrong_row("time,from,to,ring_s\n1795312800,1,2,-1\n", AN_ERR_MALFORMED, "column 4: \"-1\" is not a duration");
    wrong_row("time,from,to,talk_s\n1795312800,1,2,9999999\n", AN_ERR_INVALID, "is over a week; is the unit right?");
    wrong_row("time,from,to,outcome\n1795312800,1,2,gone\n", AN_ERR_INVALID,
              "column 4: \"gone\" is no outcome we know");
    wrong_row("time,from,to,end\n1795312800,1,2,1795312700\n", AN_ERR_INVALID, "is earlier than the call's start");
    wrong_row("time,from,to,kind\n1795312800,1,2,calls\n", AN_ERR_INVALID, "\"calls\" is no kind");
    wrong_row("time,from,to,category\n1795312800,1,2,spam\n", AN_ERR_INVALID, "\"spam\" is no category");
    wrong_row("time,from,to,wanted\n1795312800,1,2,maybe\n", AN_ERR_INVALID, "has to be yes or no");
    wrong_row("time,from,to,token\n1795312800,1,2,abc\n", AN_ERR_INVALID, "is no token");
    char text[400] = "time,from,to\n1795312800,";
    memset(text + strlen(text), '1', 257);
    strcat(text, ",2\n");
    wrong_row(text, AN_ERR_LIMIT, "EVENT_FIELD_MAX");
}

static void wrong_layouts_are_named(void **state)
{
    (void)state;
    assert_int_equal(an_cdr_layout_builtin("asterix", 0, &layout, &error), AN_ERR_NOT_FOUND);
    assert_non_null(strstr(error.text, "did you mean \"asterisk\"?"));
    assert_int_equal(an_cdr_layout_builtin("anning", 0, &layout, &error), AN_OK);
    static const char *const bad[][3] = {
        { "caler", "x", "did you mean \"caller\"?" },      { "caller", "#0", "behind # a number from 1 to 256" },
        { "caller", "#x", "behind # a number" },           { "time", "epoch", "has to be auto, calendar, epoch_s" },
        { "utc_offset", "8", "an offset like +08:00" },    { "separator", "|", "comma, semicolon, tab or auto" },
        { "header", "maybe", "yes, no or auto" },          { "outcome.X", "dead", "has to be answered" },
        { "outcome.", "busy", "a word of 1 to 31 bytes" },
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_not_equal(an_cdr_layout_set(&layout, bad[i][0], bad[i][1], &error), AN_OK);
        if (strstr(error.text, bad[i][2]) == NULL) fail_msg("\"%s\" is not in \"%s\"", bad[i][2], error.text);
    }
    rest = "time,from,B-number\n";
    an_csv_init(&csv, ',');
    assert_int_equal(next(), AN_OK);
    assert_int_equal(an_cdr_bind(&layout, &csv, &error), AN_ERR_INVALID);
    assert_string_equal(error.text,
                        "line 1: no column \"to|callee\" for \"callee\"; the header has time, from, B-number");
    set("trunk", "gateway");
    set("callee", "B-number");
    assert_int_equal(an_cdr_bind(&layout, &csv, &error), AN_ERR_INVALID);
    assert_non_null(strstr(error.text, "no column \"gateway\" for \"trunk\""));
    rest = "a,b,c\n";
    assert_int_equal(next(), AN_OK);
    assert_int_equal(an_cdr_layout_detect(&csv, 0, &layout, &error), AN_ERR_NOT_FOUND);
    assert_int_equal(an_cdr_layout_builtin("asterisk", 0, &layout, &error), AN_OK);
    assert_int_equal(an_cdr_bind(&layout, &csv, &error), AN_OK); /* 3 columns hold src and dst, end - duration ... */
    assert_int_equal(an_cdr_row(&layout, &csv, &event, &error), AN_ERR_INVALID); /* ... but no time */
}

/* Golden files cut at each byte: rows before the cut read, nothing crashes. */
static void cut_at_each_byte(void **state)
{
    (void)state;
    static const char *const files[] = { ASTERISK, FREESWITCH };
    for (size_t f = 0; f < 2; f++)
        for (size_t len = 0; len <= strlen(files[f]); len++) {
            char *text = strndup(files[f], len);
            size_t good = 0;
            enum an_err err;
            rest = text;
            an_csv_init(&csv, ',');
            assert_int_equal(an_cdr_layout_builtin(f == 0 ? "asterisk" : "freeswitch", 28800, &layout, &error), AN_OK);
            while ((err = next()) != AN_ERR_END) {
                if (err != AN_OK || an_cdr_bind(&layout, &csv, &error) != AN_OK) continue;
                good += an_cdr_row(&layout, &csv, &event, &error) == AN_OK;
            }
            if (len == strlen(files[f])) assert_int_equal(good, f == 0 ? 2 : 3);
            free(text);
        }
}

static void outcome_words(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int outcome; /* -1: not known */
    } rows[] = {
        { "NO ANSWER", AN_OUTCOME_NO_ANSWER },
        { "no_answer", AN_OUTCOME_NO_ANSWER },
        { "CONGESTION", AN_OUTCOME_FAILED },
        { "USER_BUSY", AN_OUTCOME_BUSY },
        { "CALL_REJECTED", AN_OUTCOME_REFUSED },
        { "UNALLOCATED_NUMBER", AN_OUTCOME_UNALLOCATED },
        { "subscriber absent", AN_OUTCOME_UNREACHABLE },
        { "ORIGINATOR_CANCEL", AN_OUTCOME_CANCELLED },
        { "16", AN_OUTCOME_ANSWERED },
        { "17", AN_OUTCOME_BUSY },
        { "1", AN_OUTCOME_UNALLOCATED },
        { "200", AN_OUTCOME_ANSWERED },
        { "487", AN_OUTCOME_CANCELLED },
        { "603", AN_OUTCOME_REFUSED },
        { "404", AN_OUTCOME_UNALLOCATED },
        { "ours", AN_OUTCOME_OURS },
        { "0", AN_OUTCOME_UNKNOWN },
        { "126", -1 },
        { "700", -1 },
        { "", -1 },
        { "ANSWERE", -1 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        enum an_outcome outcome = AN_OUTCOME_UNKNOWN;
        enum an_err err = an_cdr_outcome_of(an_slice_of(rows[i].text), &outcome);
        assert_int_equal(err, rows[i].outcome < 0 ? AN_ERR_NOT_FOUND : AN_OK);
        if (err == AN_OK) assert_int_equal(outcome, rows[i].outcome);
    }
    for (int i = 0; i < AN_OUTCOME_COUNT; i++) { /* each of our own names is known */
        enum an_outcome outcome = AN_OUTCOME_COUNT;
        assert_int_equal(an_cdr_outcome_of(an_slice_of(an_outcome_name((enum an_outcome)i)), &outcome), AN_OK);
        assert_int_equal(outcome, i);
    }
}

static void times(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum an_time_form form;
        enum an_err err;
        uint64_t us;
    } rows[] = {
        { "2026-11-22 10:00:00", AN_TIME_AUTO, AN_OK, TEN },
        { "2026-11-22T02:00:00Z", AN_TIME_AUTO, AN_OK, TEN },
        { "2026-11-22T02:00:00.1234567z", AN_TIME_CALENDAR, AN_OK, TEN + 123456 },
        { "2026-11-21 23:30:00,5 -02:30", AN_TIME_CALENDAR, AN_OK, TEN + 500000 },
        { "2026/11/22 10:00", AN_TIME_CALENDAR, AN_OK, TEN },
        { "1795312800", AN_TIME_AUTO, AN_OK, TEN },
        { "1795312800.25", AN_TIME_EPOCH_S, AN_OK, TEN + 250000 },
        { "1795312800000", AN_TIME_AUTO, AN_OK, TEN },
        { "1795312800000000", AN_TIME_AUTO, AN_OK, TEN },
        { "1795312800001.5", AN_TIME_EPOCH_MS, AN_OK, TEN + 1500 },
        { "2024-02-29 00:00:00+00:00", AN_TIME_AUTO, AN_OK, 1709164800000000ull },
        { "2023-02-29 00:00:00", AN_TIME_AUTO, AN_ERR_INVALID, 0 },
        { "2100-02-29 00:00:00", AN_TIME_AUTO, AN_ERR_INVALID, 0 },
        { "2026-11-31 00:00:00", AN_TIME_AUTO, AN_ERR_INVALID, 0 },
        { "2026-00-01 00:00:00", AN_TIME_AUTO, AN_ERR_INVALID, 0 },
        { "2026-11-22 24:00:00", AN_TIME_AUTO, AN_ERR_INVALID, 0 },
        { "1970-01-01 00:00:00", AN_TIME_AUTO, AN_ERR_INVALID, 0 },
        { "2200-01-01 00:00:00", AN_TIME_AUTO, AN_ERR_INVALID, 0 },
        { "9999999999999999999999", AN_TIME_EPOCH_S, AN_ERR_INVALID, 0 },
        { "2026-11/22 10:00:00", AN_TIME_AUTO, AN_ERR_MALFORMED, 0 },
        { "2026-11-22", AN_TIME_AUTO, AN_ERR_MALFORMED, 0 },
        { "2026-11-22 10:00:00.", AN_TIME_AUTO, AN_ERR_MALFORMED, 0 },
        { "2026-11-22 10:00:00+8", AN_TIME_AUTO, AN_ERR_MALFORMED, 0 },
        { "2026-11-22 10:00:00 CST", AN_TIME_AUTO, AN_ERR_MALFORMED, 0 },
        { "-5", AN_TIME_EPOCH_S, AN_ERR_MALFORMED, 0 },
        { "1e9", AN_TIME_EPOCH_S, AN_ERR_MALFORMED, 0 },
        { "", AN_TIME_AUTO, AN_ERR_MALFORMED, 0 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint64_t us = 0;
        enum an_err err = an_time_parse(an_slice_of(rows[i].text), rows[i].form, 28800, &us);
        if (err != rows[i].err || us != rows[i].us) fail_msg("%s: %d, %llu", rows[i].text, err, (unsigned long long)us);
    }
    for (size_t len = 0; len < 29; len++) { /* cut at each byte */
        static const char whole[] = "2026-11-22T10:00:00.250+08:00";
        uint64_t us = 0;
        enum an_err err = an_time_parse((struct an_slice) { whole, len }, AN_TIME_CALENDAR, 28800, &us);
        bool good = len == 16 || len == 19 || (len >= 21 && len <= 23) || len == 26 /* +08 */;
        assert_int_equal(err, good ? AN_OK : AN_ERR_MALFORMED);
    }
}

static void a_record_becomes_two_events(void **state)
{
    (void)state;
    struct an_call calls[2];
    char text[AN_EVENT_TEXT_MAX];
    size_t count = 0;
    open_detected(ASTERISK, "asterisk");
    row();
    assert_int_equal(an_event_calls(calls, text, sizeof text, &event, &count), AN_OK);
    assert_int_equal(count, 2);
    const struct an_parsed *a = &calls[0].parsed, *e = &calls[1].parsed;
    assert_int_equal(a->given_kind, AN_OBS_ATTEMPT);
    assert_int_equal(e->given_kind, AN_OBS_END);
    assert_true(a->given_time_us == TEN && e->given_time_us == TEN + 70000000);
    assert_true(an_event_end_us(&event) == e->given_time_us);
    assert_int_equal(a->given_outcome, AN_OUTCOME_UNKNOWN);
    assert_int_equal(a->given_ring_ms + a->given_talk_ms, 0);
    assert_int_equal(e->given_outcome, AN_OUTCOME_ANSWERED);
    assert_int_equal(e->given_ring_ms, 8000);
    assert_int_equal(e->given_talk_ms, 62000);
    assert_int_equal(a->method, AN_SIP_INVITE);
    assert_int_equal(a->max_forwards, 255);
    for (int i = 0; i < 2; i++) {
        assert_ptr_equal(calls[i].base, text);
        assert_int_equal(calls[i].transport, AN_TRANSPORT_FILE);
        same(an_span_slice(text, calls[i].parsed.from.user), "13800138000");
        same(an_span_slice(text, calls[i].parsed.called.user), "01012345678");
        same(an_span_slice(text, calls[i].parsed.to.user), "01012345678");
        same(an_span_slice(text, calls[i].parsed.from.display), "Alice");
        same(an_span_slice(text, calls[i].parsed.given_trunk), "carrier");
        same(an_span_slice(text, calls[i].parsed.call_id), "1795312800.17");
    }
    assert_int_equal(an_event_calls(calls, text, 20, &event, &count), AN_ERR_FULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(asterisk_rows),
        cmocka_unit_test(asterisk_with_header),
        cmocka_unit_test(freeswitch_rows),
        cmocka_unit_test(own_header_names),
        cmocka_unit_test(talk_time_beats_the_cause),
        cmocka_unit_test(own_columns),
        cmocka_unit_test(positions_and_derived_start),
        cmocka_unit_test(wrong_rows_are_named),
        cmocka_unit_test(wrong_layouts_are_named),
        cmocka_unit_test(cut_at_each_byte),
        cmocka_unit_test(outcome_words),
        cmocka_unit_test(times),
        cmocka_unit_test(a_record_becomes_two_events),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
