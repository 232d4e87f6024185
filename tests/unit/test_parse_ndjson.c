#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "parse/event.h"
#include "parse/ndjson.h"

#define TEN 1795312800000000ull

static struct an_error error;

static void read_in_pieces(const char *text, size_t len, size_t step, char *out, size_t size)
{
    struct an_ndjson reader;
    size_t at = 0, end = step < len ? step : len, used = 0, n = 0;
    out[0] = '\0';
    an_ndjson_init(&reader);
    for (;;) {
        struct an_slice line;
        enum an_err err = an_ndjson_next(&reader, text + at, end - at, end == len, &used, &line, &error);
        at += used;
        if (err == AN_ERR_END) return;
        if (err == AN_ERR_MORE) {
            assert_true(end < len);
            end = len - end < step ? len : end + step;
            continue;
        }
        if (err == AN_OK)
            n += (size_t)snprintf(out + n, size - n, "#%d %.*s\n", (int)reader.line, (int)line.len, line.at);
        else
            n += (size_t)snprintf(out + n, size - n, "#%d !%s\n", (int)reader.line, an_err_name(err));
        assert_true(n < size);
    }
}

static void lines(void **state)
{
    (void)state;
    static const char text[] = "\xef\xbb\xbf{1}\r\n\n  \n{2} \n{3}";
    char out[200];
    for (size_t step = 1; step < sizeof text; step++) {
        read_in_pieces(text, sizeof text - 1, step, out, sizeof out);
        assert_string_equal(out, "#1 {1}\n#4 {2}\n#5 {3}\n");
    }
    read_in_pieces("", 0, 1, out, sizeof out);
    assert_string_equal(out, "");
}

static void long_lines(void **state)
{
    (void)state;
    enum { LEN = 1 << 20 };
    char out[200], *text = malloc(LEN);
    assert_non_null(text);
    memset(text, 'x', LEN);
    memcpy(text + LEN - 5, "\n{2}\n", 5);
    static const size_t steps[] = { 1000, AN_NDJSON_BUFFER_MIN, LEN };
    for (size_t i = 0; i < 3; i++) {
        read_in_pieces(text, LEN, steps[i], out, sizeof out);
        assert_string_equal(out, "#1 !over the limit\n#2 {2}\n");
    }
    text[AN_RECORD_LINE_MAX] = '\n';
    struct an_ndjson reader;
    struct an_slice line;
    size_t used = 0;
    an_ndjson_init(&reader);
    assert_int_equal(an_ndjson_next(&reader, text, LEN, false, &used, &line, &error), AN_OK);
    assert_int_equal(line.len, AN_RECORD_LINE_MAX);
    text[AN_RECORD_LINE_MAX] = 'x';
    text[AN_RECORD_LINE_MAX + 2] = '\n';
    an_ndjson_init(&reader);
    assert_int_equal(an_ndjson_next(&reader, text, LEN, false, &used, &line, &error), AN_ERR_LIMIT);
    assert_int_equal(used, AN_RECORD_LINE_MAX + 3);
    assert_non_null(strstr(error.text, "line 1: over the limit RECORD_LINE_MAX, 16384 bytes"));
    free(text);
}

static enum an_err parse(const char *text, cJSON **tree, struct an_event_text *event)
{
    struct an_ndjson reader = { .line = 7 };
    return an_ndjson_event(&reader, an_slice_of(text), 0, tree, event, &error);
}

static void same(struct an_slice text, const char *expected)
{
    char out[300];
    an_slice_copy(text, out, sizeof out);
    assert_string_equal(out, expected);
}

static void whole_call(void **state)
{
    (void)state;
    cJSON *tree = NULL;
    struct an_event_text e;
    struct an_call calls[2];
    char text[AN_EVENT_TEXT_MAX];
    size_t count = 0;
    assert_int_equal(parse("{\"kind\":\"call\",\"time\":\"2026-11-22T10:00:00.250+08:00\",\"from\":\"+8613800138000\","
                           "\"to\":\"sip:01012345678;npdi@example.com:5060;user=phone\",\"asserted\":\"tel:+8610;x=y\","
                           "\"diversion\":\"sip:1@h\",\"call_id\":\"c1\",\"trunk\":\"t\",\"display\":\"\\u4e2d\","
                           "\"user_agent\":\"ua\",\"shape\":\"00ff00ff00ff00fF\",\"talk_s\":61.5,\"ring_s\":3,"
                           "\"category\":null} ",
                           &tree, &e),
                     AN_OK);
    assert_true(e.time_us == TEN + 250000);
    assert_int_equal(e.outcome, AN_OUTCOME_ANSWERED); /* follows from talk time */
    assert_true(e.shape == 0x00ff00ff00ff00ffull);
    assert_int_equal(an_event_calls(calls, text, sizeof text, &e, &count), AN_OK);
    cJSON_Delete(tree); /* the call has its own copy */
    assert_int_equal(count, 2);
    const struct an_parsed *p = &calls[1].parsed;
    assert_true(p->given_time_us == TEN + 250000 + 64500000);
    same(an_span_slice(text, p->called.user), "01012345678");
    same(an_span_slice(text, p->called.host), "example.com:5060");
    same(an_span_slice(text, p->asserted.user), "+8610");
    assert_true(p->asserted.tel && p->asserted.present && p->diversion.present && !p->remote_party.present);
    same(an_span_slice(text, p->diversion.user), "1");
    same(an_span_slice(text, p->from.display), "\xe4\xb8\xad");
    same(an_span_slice(text, p->user_agent), "ua");
    assert_false(p->anonymous);
    assert_int_equal(p->given_talk_ms, 61500);
}

static void other_kinds(void **state)
{
    (void)state;
    cJSON *tree = NULL;
    struct an_event_text e;
    struct an_call call;
    char text[AN_EVENT_TEXT_MAX];
    assert_int_equal(
        parse("{\"kind\":\"attempt\",\"from\":\"Anonymous\",\"to\":\"1\",\"time\":1795312800.5}", &tree, &e), AN_OK);
    assert_true(e.time_us == TEN + 500000);
    assert_int_equal(an_event_fill(&call, text, sizeof text, &e), AN_OK);
    assert_true(call.parsed.anonymous && call.parsed.from.present && call.parsed.from.user.len == 0);
    cJSON_Delete(tree);
    assert_int_equal(parse("{\"kind\":\"report\",\"token\":\"00000000000000000000000001\",\"wanted\":true,"
                           "\"category\":\"automated\"}",
                           &tree, &e),
                     AN_OK);
    assert_int_equal(an_event_fill(&call, text, sizeof text, &e), AN_OK);
    assert_true(call.parsed.given_wanted && call.parsed.given_token.bytes[15] == 1);
    assert_int_equal(call.parsed.given_category, AN_CATEGORY_AUTOMATED);
    assert_int_equal(call.parsed.given_kind, AN_OBS_REPORT);
    assert_true(call.parsed.given_time_us == 0 && !call.parsed.called.present);
    cJSON_Delete(tree);
    assert_int_equal(parse("{\"kind\":\"end\",\"call_id\":\"c\",\"outcome\":\"refused\",\"ring_s\":0.25}", &tree, &e),
                     AN_OK);
    assert_int_equal(an_event_fill(&call, text, sizeof text, &e), AN_OK);
    assert_int_equal(call.parsed.given_ring_ms, 250);
    assert_int_equal(call.parsed.given_outcome, AN_OUTCOME_REFUSED);
    cJSON_Delete(tree);
    cJSON *object = cJSON_Parse("{\"to\":\"1\"}"); /* POST /v1/decide leaves the kind out */
    assert_int_equal(an_event_of_json(object, AN_OBS_ATTEMPT, &e, NULL), AN_OK);
    assert_int_equal(e.kind, AN_OBS_ATTEMPT);
    cJSON_Delete(object);
}

static void wrong_events_are_named(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum an_err err;
        const char *message;
    } rows[] = {
        { "", AN_ERR_MALFORMED, "line 7, byte 1: not JSON" },
        { "{\"kind\":}", AN_ERR_MALFORMED, "line 7, byte 9: not JSON" },
        { "{} {}", AN_ERR_MALFORMED, "line 7, byte 3: text behind the object" },
        { "[]", AN_ERR_INVALID, "line 7: an event has to be a JSON object" },
        { "{}", AN_ERR_INVALID, "field \"kind\" is missing" },
        { "{\"kind\":\"atempt\"}", AN_ERR_INVALID, "did you mean \"attempt\"?" },
        { "{\"kind\":\"zzzzz\"}", AN_ERR_INVALID, "has to be one of attempt, answer, end, report, call" },
        { "{\"kind\":\"call\",\"form\":\"1\"}", AN_ERR_INVALID, "field \"form\" is not known; did you mean \"from\"?" },
        { "{\"kind\":\"call\",\"callid\":\"1\"}", AN_ERR_INVALID, "did you mean \"call_id\"?" },
        { "{\"kind\":\"call\",\"qqqqqq\":\"1\"}", AN_ERR_INVALID, "known are kind, time, from" },
        { "{\"kind\":\"call\",\"to\":1}", AN_ERR_INVALID, "field \"to\" is a number; it has to be text" },
        { "{\"kind\":\"call\",\"to\":\"1\",\"to\":\"2\"}", AN_ERR_INVALID, "field \"to\" is given twice" },
        { "{\"kind\":\"call\"}", AN_ERR_INVALID, "field \"to\" is missing; a call needs" },
        { "{\"kind\":\"end\",\"to\":\"1\"}", AN_ERR_INVALID, "field \"call_id\" is missing" },
        { "{\"kind\":\"report\"}", AN_ERR_INVALID, "field \"token\" is missing" },
        { "{\"kind\":\"call\",\"time\":\"2026-11-22 10:00:00\"}", AN_ERR_INVALID, "without a zone; add Z or +08:00" },
        { "{\"kind\":\"call\",\"time\":\"noon\"}", AN_ERR_INVALID, "has to be a moment like" },
        { "{\"kind\":\"call\",\"time\":true}", AN_ERR_INVALID, "is true or false; it has to be a moment" },
        { "{\"kind\":\"call\",\"time\":1795312800000}", AN_ERR_INVALID, "looks like milliseconds" },
        { "{\"kind\":\"call\",\"time\":1e999}", AN_ERR_INVALID, "seconds since 1970" },
        { "{\"kind\":\"call\",\"ring_s\":-1}", AN_ERR_INVALID, "field \"ring_s\" has to be a number of seconds" },
        { "{\"kind\":\"call\",\"talk_s\":\"5\"}", AN_ERR_INVALID, "field \"talk_s\" has to be a number" },
        { "{\"kind\":\"call\",\"outcome\":\"bussy\"}", AN_ERR_INVALID, "did you mean \"busy\"?" },
        { "{\"kind\":\"report\",\"category\":\"lone\"}", AN_ERR_INVALID, "did you mean \"loan\"?" },
        { "{\"kind\":\"report\",\"wanted\":\"no\"}", AN_ERR_INVALID, "has to be true or false" },
        { "{\"kind\":\"report\",\"token\":\"abc\"}", AN_ERR_INVALID, "26 letters and digits" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        cJSON *tree = NULL;
        struct an_event_text e;
        assert_int_equal(parse(rows[i].text, &tree, &e), rows[i].err);
        if (strstr(error.text, rows[i].message) == NULL)
            fail_msg("\"%s\" is not in \"%s\"", rows[i].message, error.text);
        assert_null(tree);
    }
}

static void texts_have_a_limit(void **state)
{
    (void)state;
    char json[600] = "{\"kind\":\"attempt\",\"to\":\"";
    size_t n = strlen(json);
    memset(json + n, '1', 257);
    strcpy(json + n + 257, "\"}");
    cJSON *tree = NULL;
    struct an_event_text e = { .kind = AN_OBS_ATTEMPT, .to = AN_SLICE("1") };
    assert_int_equal(parse(json, &tree, &e), AN_ERR_LIMIT);
    assert_non_null(strstr(error.text, "field \"to\" has 257 bytes; the limit EVENT_FIELD_MAX is 256"));

    struct an_call call;
    char text[AN_EVENT_TEXT_MAX], wide[259];
    for (size_t i = 0; i < sizeof wide; i += 3) memcpy(wide + i, "\xe4\xb8\xad", i + 3 <= sizeof wide ? 3 : 1);
    e.display = (struct an_slice) { wide, 258 };
    assert_int_equal(an_event_fill(&call, text, sizeof text, &e), AN_OK);
    assert_int_equal(call.parsed.from.display.len, 255); /* not inside a character */
    e.call_id = (struct an_slice) { wide, 258 };
    assert_int_equal(an_event_fill(&call, text, sizeof text, &e), AN_ERR_LIMIT);
    /* The largest event fits the scratch. */
    struct an_slice full = { wide, 256 };
    e = (struct an_event_text) { AN_OBS_ATTEMPT, 0, full, full, full, full, full, full,      full,
                                 full,           0, 0,    0,    0,    0,    0,    { { 0 } }, false };
    assert_int_equal(an_event_fill(&call, text, sizeof text, &e), AN_OK);
}

static void cut_at_each_byte(void **state)
{
    (void)state;
    static const char whole[] = "{\"kind\":\"call\",\"time\":\"2026-11-22T10:00:00Z\",\"from\":\"1\",\"to\":\"2\","
                                "\"outcome\":\"busy\",\"ring_s\":1.5}";
    for (size_t len = 0; len < sizeof whole; len++) {
        char *copy = malloc(len == 0 ? 1 : len); /* so that a sanitizer sees one byte too far */
        assert_non_null(copy);
        memcpy(copy, whole, len);
        struct an_ndjson reader = { .line = 1 };
        struct an_event_text e;
        cJSON *tree = NULL;
        enum an_err err = an_ndjson_event(&reader, (struct an_slice) { copy, len }, 0, &tree, &e, &error);
        assert_int_equal(err, len == sizeof whole - 1 ? AN_OK : AN_ERR_MALFORMED);
        cJSON_Delete(tree);
        free(copy);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines),
        cmocka_unit_test(long_lines),
        cmocka_unit_test(whole_call),
        cmocka_unit_test(other_kinds),
        cmocka_unit_test(wrong_events_are_named),
        cmocka_unit_test(texts_have_a_limit),
        cmocka_unit_test(cut_at_each_byte),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
