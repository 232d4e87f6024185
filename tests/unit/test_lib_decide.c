/* libanning: calls in, verdicts out; arguments; names. Linked with the shared library only. */
#include "lib_help.h"

#include <netinet/in.h>
#include <sys/socket.h>

enum { MANY = 200, TEXT = 32 };

static const char invite[] = "INVITE sip:13800138000@door.example SIP/2.0\r\n"
                             "Via: SIP/2.0/UDP 192.0.2.7:5060;branch=z9hG4bK1\r\n"
                             "Max-Forwards: 70\r\n"
                             "From: \"Office\" <sip:02160000001@192.0.2.7>;tag=a1\r\n"
                             "To: <sip:13800138000@door.example>\r\n"
                             "Call-ID: one@192.0.2.7\r\n"
                             "CSeq: 1 INVITE\r\n"
                             "User-Agent: trunk/1\r\n"
                             "Content-Length: 0\r\n\r\n";

static void a_call_gets_a_verdict(void **state)
{
    (void)state;
    struct anning *door = door_open(NULL, 1);
    struct anning_verdict v = ask(anning_context(door, 0), "02160000001", "13800138000", T0);
    assert_int_equal(v.error, ANNING_OK);
    assert_int_equal(v.action, ANNING_ALLOW);
    assert_int_equal(v.sip_status, 302);
    assert_true(v.probability > 0 && v.probability < 0.5f);
    assert_int_equal(v.caller, 862160000001);
    assert_int_equal(v.callee, 8613800138000);
    assert_int_equal(strlen(v.token), 26);
    assert_true(has_symbol(&v, "NUMBER_FRESH"));
    assert_true(v.settings_version != 0 && v.score_version != 0);
    struct anning_verdict to_police = ask(anning_context(door, 0), "02160000001", "110", T0);
    assert_int_equal(to_police.action, ANNING_ALLOW);
    assert_true(to_police.rules & ANNING_RULE_TO_EMERGENCY);
    struct anning_verdict withheld = ask(anning_context(door, 0), NULL, "13800138000", T0);
    assert_int_equal(withheld.caller, 0);
    anning_close(door);
}

struct traffic {
    struct anning_call calls[MANY];
    char from[MANY][TEXT], to[MANY][TEXT], id[MANY][TEXT];
};

/* A dialler behind a pool of numbers that walks through a block, and people in between. */
static void traffic_fill(struct traffic *t, bool one_time)
{
    memset(t, 0, sizeof *t);
    for (int i = 0; i < MANY; i++) {
        bool robot = i % 3 != 0;
        snprintf(t->from[i], TEXT, robot ? "0216000%04d" : "139%08d", robot ? i % 7 : i * 7919);
        snprintf(t->to[i], TEXT, "1380013%04d", robot ? 1000 + i : i * 37 % 10000);
        snprintf(t->id[i], TEXT, "call-%d", i);
        t->calls[i] = (struct anning_call) { .size = sizeof t->calls[i],
                                             .time_us = T0 + (one_time ? 0 : (uint64_t)i * 3 * S),
                                             .from = t->from[i],
                                             .to = t->to[i],
                                             .call_id = t->id[i],
                                             .trunk = robot ? "south" : "north",
                                             .shape = robot ? 77 : 5 };
    }
}

static void compare(bool one_time)
{
    static struct traffic t;
    static struct anning_verdict batch[MANY], single[MANY];
    traffic_fill(&t, one_time);
    struct anning *one = door_open(NULL, 1), *other = door_open(NULL, 1);
    batch[0].size = sizeof batch[0];
    assert_int_equal(anning_decide(anning_context(one, 0), t.calls, MANY, batch), ANNING_OK);
    float highest = 0, lowest = 1;
    for (int i = 0; i < MANY; i++) {
        single[i].size = sizeof single[i];
        assert_int_equal(anning_decide(anning_context(other, 0), &t.calls[i], 1, &single[i]), ANNING_OK);
        if (!one_time) memset(batch[i].token, 0, sizeof batch[i].token);
        if (!one_time) memset(single[i].token, 0, sizeof single[i].token);
        assert_memory_equal(&batch[i], &single[i], sizeof batch[i]);
        if (batch[i].probability > highest) highest = batch[i].probability;
        if (batch[i].probability < lowest) lowest = batch[i].probability;
    }
    assert_true(highest > lowest + 0.2f); /* else all of this compares nothing */
    anning_close(one);
    anning_close(other);
}

static void a_batch_is_its_calls_one_by_one(void **state)
{
    (void)state;
    compare(true);
    compare(false);
}

static void a_bad_call_among_good_ones(void **state)
{
    (void)state;
    static struct traffic t;
    static struct anning_verdict v[MANY];
    char long_number[300];
    memset(long_number, '1', sizeof long_number - 1);
    long_number[sizeof long_number - 1] = '\0';
    traffic_fill(&t, false);
    t.calls[3].to = NULL;
    t.calls[70].from = long_number;
    t.calls[71].time_us = 0;
    t.calls[72].flags = 1;
    t.calls[73].display = long_number; /* cut, not refused */
    struct anning *door = door_open(NULL, 1);
    v[0].size = sizeof v[0];
    assert_int_equal(anning_decide(anning_context(door, 0), t.calls, MANY, v), ANNING_ERR_INVALID);
    for (int i = 0; i < MANY; i++) {
        int expected = i == 3 || i == 71 ? ANNING_ERR_INVALID
                       : i == 70         ? ANNING_ERR_LIMIT
                       : i == 72         ? ANNING_ERR_UNSUPPORTED
                                         : ANNING_OK;
        assert_int_equal(v[i].error, expected);
        assert_int_equal(v[i].size, sizeof v[i]);
        assert_int_equal(strlen(v[i].token), expected == ANNING_OK ? 26 : 0);
        if (expected != ANNING_OK) assert_int_equal(v[i].action, ANNING_ALLOW);
    }
    struct anning_metrics m = { .size = sizeof m };
    assert_int_equal(anning_metrics(door, &m), ANNING_OK);
    assert_int_equal(m.verdicts[0] + m.verdicts[1] + m.verdicts[2] + m.verdicts[3], MANY - 4);
    anning_close(door);
}

static void an_invite_as_it_came(void **state)
{
    (void)state;
    struct anning *door = door_open(NULL, 1);
    struct anning_context *context = anning_context(door, 0);
    struct sockaddr_in peer = { .sin_family = AF_INET, .sin_port = htons(5060), .sin_addr.s_addr = htonl(0xc0000207) };
    const struct sockaddr *from = (const struct sockaddr *)&peer;
    size_t len = sizeof invite - 1;
    char *exact = malloc(len); /* not a byte behind it may be read */
    memcpy(exact, invite, len);
    struct anning_verdict first = { .size = sizeof first }, again = { .size = sizeof again };
    assert_int_equal(anning_decide_sip(context, exact, len, from, T0, &first), ANNING_OK);
    assert_int_equal(first.caller, 862160000001);
    assert_int_equal(first.flags, 0);
    assert_true(first.symbol_count > 0);
    assert_int_equal(anning_decide_sip(context, exact, len, from, T0 + S / 2, &again), ANNING_OK);
    assert_int_equal(again.flags, ANNING_VERDICT_REPEAT);
    assert_string_equal(again.token, first.token);
    struct anning_metrics m = { .size = sizeof m };
    anning_metrics(door, &m);
    assert_int_equal(m.verdicts[first.action], 1);
    assert_int_equal(m.retransmissions, 1);
    /* cut at any byte: an error and an allow, never more */
    for (size_t cut = 0; cut < len; cut++) {
        assert_true(anning_decide_sip(context, exact, cut, from, T0, &again) < 0);
        assert_int_equal(again.action, ANNING_ALLOW);
    }
    free(exact);
    static const char bye[] =
        "BYE sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.7;branch=z9hG4bK2\r\nFrom: <sip:a@b>;tag=1\r\n"
        "To: <sip:c@d>;tag=2\r\nCall-ID: x\r\nCSeq: 2 BYE\r\n\r\n";
    assert_int_equal(anning_decide_sip(context, bye, sizeof bye - 1, NULL, T0, &again), ANNING_ERR_UNSUPPORTED);
    assert_int_equal(again.error, ANNING_ERR_UNSUPPORTED);
    assert_int_equal(anning_decide_sip(context, bye, 70000, NULL, T0, &again), ANNING_ERR_LIMIT);
    assert_int_equal(again.sip_status, 513);
    assert_int_equal(anning_decide_sip(context, "INVITE\r\n\r\n", 10, NULL, T0, &again), ANNING_ERR_MALFORMED);
    anning_close(door);
}

static void wrong_arguments(void **state)
{
    (void)state;
    char error[256] = "x";
    struct anning *door = (struct anning *)error;
    struct anning_options options = { .size = 4 };
    assert_int_equal(anning_open(NULL, &door, error, sizeof error), ANNING_ERR_INVALID);
    assert_int_equal(anning_open(&options, &door, error, sizeof error), ANNING_ERR_INVALID);
    assert_non_null(strstr(error, "sizeof"));
    options = (struct anning_options) { .size = sizeof options, .contexts = 257 };
    assert_int_equal(anning_open(&options, &door, error, sizeof error), ANNING_ERR_INVALID);
    assert_non_null(strstr(error, "257"));
    options = (struct anning_options) { .size = sizeof options, .flags = 64 };
    assert_int_equal(anning_open(&options, &door, NULL, 0), ANNING_ERR_UNSUPPORTED);
    options = (struct anning_options) { .size = sizeof options, .config_path = "/nowhere/anning.yaml" };
    assert_int_equal(anning_open(&options, &door, error, sizeof error), ANNING_ERR_IO);
    assert_non_null(strstr(error, "/nowhere/anning.yaml"));
    assert_ptr_equal(door, error); /* untouched */

    options = (struct anning_options) { .size = sizeof options, .contexts = 2, .numbers = 10000 };
    assert_int_equal(anning_open(&options, &door, error, sizeof error), ANNING_OK); /* without a file */
    struct anning_context *context = anning_context(door, 1);
    assert_non_null(context);
    assert_null(anning_context(door, 2));
    assert_null(anning_context(NULL, 0));
    struct anning_call calls[2] = {
        { .size = sizeof calls[0], .time_us = T0, .to = "110" }
    }; /* the second has no size */
    struct anning_verdict v[2] = { { .size = sizeof v[0] } };
    assert_int_equal(anning_decide(NULL, calls, 1, v), ANNING_ERR_INVALID);
    assert_int_equal(anning_decide(context, NULL, 1, v), ANNING_ERR_INVALID);
    assert_int_equal(anning_decide(context, calls, 1, NULL), ANNING_ERR_INVALID);
    assert_int_equal(anning_decide(context, calls, 2, v), ANNING_ERR_INVALID);
    assert_int_equal(anning_decide(context, calls, 0, v), ANNING_OK);
    v[0].size = 8;
    assert_int_equal(anning_decide(context, calls, 1, v), ANNING_ERR_INVALID);
    struct anning_metrics m = { .size = 1 };
    assert_int_equal(anning_metrics(door, &m), ANNING_ERR_INVALID);
    assert_int_equal(anning_metrics(NULL, &m), ANNING_ERR_INVALID);
    assert_int_equal(anning_reload(door, NULL, error, sizeof error), ANNING_ERR_INVALID);
    assert_non_null(strstr(error, "configuration"));
    assert_int_equal(anning_snapshot(door, error, sizeof error), ANNING_ERR_UNSUPPORTED);
    assert_int_equal(anning_tick(NULL), ANNING_ERR_INVALID);
    assert_int_equal(anning_tick(context), ANNING_OK);
    anning_close(door);
    anning_close(NULL);
}

/* A program built with a newer header: larger structures whose new fields are zero are taken, others are not. */
static void larger_structures(void **state)
{
    (void)state;
    struct newer_call {
        struct anning_call call;
        uint64_t later;
    } calls[70] = { 0 };
    struct newer_verdict {
        struct anning_verdict verdict;
        uint64_t later;
    } v[70];
    memset(v, 0xff, sizeof v);
    for (int i = 0; i < 70; i++)
        calls[i].call =
            (struct anning_call) { .size = sizeof calls[0], .time_us = T0, .from = "02160000001", .to = "110" };
    v[0].verdict.size = sizeof v[0];
    struct anning *door = door_open(NULL, 1);
    assert_int_equal(anning_decide(anning_context(door, 0), &calls[0].call, 70, &v[0].verdict), ANNING_OK);
    for (int i = 0; i < 70; i++) {
        assert_int_equal(v[i].verdict.size, sizeof v[0]);
        assert_true(v[i].verdict.rules & ANNING_RULE_TO_EMERGENCY);
        assert_int_equal(v[i].later, 0);
    }
    calls[69].later = 1;
    assert_int_equal(anning_decide(anning_context(door, 0), &calls[0].call, 70, &v[0].verdict), ANNING_ERR_UNSUPPORTED);
    anning_close(door);
}

static void names(void **state)
{
    (void)state;
    assert_string_equal(anning_version(), "0.1.0");
    assert_string_equal(anning_error_name(ANNING_ERR_MALFORMED), "malformed");
    assert_string_equal(anning_error_name(ANNING_ERR_BUSY), "busy");
    assert_string_equal(anning_error_name(7), "unknown error");
    assert_string_equal(anning_error_name(-63), "unknown error");
    assert_string_equal(anning_action_name(ANNING_SCREEN), "screen");
    assert_string_equal(anning_action_name(4), "unknown");
    assert_string_equal(anning_level_name(ANNING_LEVEL_STRICT), "strict");
    assert_string_equal(anning_category_name(ANNING_CATEGORY_LOAN, "en"), "loan");
    assert_string_equal(anning_category_name(ANNING_CATEGORY_LOAN, "zh_CN.UTF-8"), "贷款理财");
    assert_string_equal(anning_category_name(-1, NULL), "unknown");
    assert_string_equal(anning_symbol_name(0xffff), "FALLBACK");
    assert_string_equal(anning_symbol_name(1000000), "UNKNOWN");
    assert_true(strlen(anning_symbol_text(0, "zh")) > 0 && strlen(anning_symbol_text(0, "en")) > 0);
    assert_string_not_equal(anning_symbol_text(0, "zh"), anning_symbol_text(0, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_call_gets_a_verdict),
        cmocka_unit_test(a_batch_is_its_calls_one_by_one),
        cmocka_unit_test(a_bad_call_among_good_ones),
        cmocka_unit_test(an_invite_as_it_came),
        cmocka_unit_test(wrong_arguments),
        cmocka_unit_test(larger_structures),
        cmocka_unit_test(names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
