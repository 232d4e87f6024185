/* Cut, oversized, binary, endless and deeply folded messages; streams in pieces; the parse stage's answers. */
#include "sip_help.h"

static struct an_parsed parsed;

static void test_cut_everywhere(void **state)
{
    (void)state;
    static const char m[] = LINE VIA "From: \"A \\\" B\" <sip:a@b>;tag=1\r\nTo: <tel:+8610>\r\nCall-ID: x\r\n"
                                     "CSeq: 1 INVITE\r\nIdentity: a.b.c;info=<https://c>;alg=ES256\r\n"
                                     "Content-Type: application/sdp\r\nContent-Length: 5\r\n\r\nv=0\r\n";
    size_t len = sizeof m - 1;
    assert_int_equal(parse_exact(m, len, &parsed), AN_OK);
    for (size_t n = 1; n < len; n++) {
        enum an_err err = parse_exact(m, n, &parsed);
        assert_true(err == AN_ERR_MORE || err == AN_ERR_MALFORMED);
        if (n > sizeof LINE) assert_int_equal(err, AN_ERR_MORE);
    }
}

static void test_lengths(void **state)
{
    (void)state;
    const char *shorter = LINE VIA REST "Content-Length: 2\r\n\r\nabcd";
    assert_int_equal(parse_text(shorter, &parsed), AN_OK);
    assert_span(shorter, parsed.body, "ab");
    assert_int_equal(parse_text(LINE VIA REST "Content-Length: 5\r\n\r\nabcd", &parsed), AN_ERR_MORE);
    assert_true(an_sip_answerable(&parsed));
    assert_int_equal(parse_text(LINE VIA REST "Content-Length: 4294967296\r\n\r\nabcd", &parsed), AN_ERR_MALFORMED);
    assert_int_equal(parse_text(LINE VIA REST "Content-Length: 4x\r\n\r\nabcd", &parsed), AN_ERR_MALFORMED);
    assert_int_equal(parse_text(LINE VIA REST "Content-Length:\r\n\r\n", &parsed), AN_ERR_MALFORMED);
    assert_int_equal(parse_text(LINE VIA REST "Content-Length: 4\r\nl: 4\r\n\r\nabcd", &parsed), AN_ERR_MALFORMED);
}

static void test_missing(void **state)
{
    (void)state;
    static const char *const lines[] = { VIA, "From: <sip:a@b>;tag=1\r\n", "To: <sip:c@d>\r\n", "Call-ID: x\r\n",
                                         "CSeq: 1 INVITE\r\n" };
    for (size_t skip = 0; skip < 6; skip++) {
        char m[512] = LINE;
        for (size_t i = 0; i < 5; i++)
            if (i != skip) strcat(m, lines[i]);
        strcat(m, "\r\n");
        assert_int_equal(parse_text(m, &parsed), skip == 5 ? AN_OK : AN_ERR_MALFORMED);
        assert_int_equal(an_sip_answerable(&parsed), skip == 5);
    }
}

static void test_malformed(void **state)
{
    (void)state;
    static const char *const cases[] = {
        LINE VIA REST "No colon\r\n\r\n",
        LINE VIA REST "Bad name: x\r\n\r\n",
        LINE VIA REST ": x\r\n\r\n",
        LINE VIA REST "X: a\rb\r\n\r\n",
        LINE " folded start line\r\n" VIA REST "\r\n",
        LINE "Via: SIP/2.0 h\r\n" REST "\r\n",
        LINE "Via: SIP/2.0/UDP\r\n" REST "\r\n",
        LINE "Via: SIP/2.0/UDP h:\r\n" REST "\r\n",
        LINE "Via: SIP/2.0/UDP h;;branch=1\r\n" REST "\r\n",
        LINE "Via: SIP/2.0/UDP h,\r\n" REST "\r\n",
        LINE "Via:\r\n" REST "\r\n",
        LINE VIA REST "Max-Forwards: 256\r\n\r\n",
        LINE VIA REST "Max-Forwards: -1\r\n\r\n",
        LINE VIA REST "From: <sip:second@b>\r\n\r\n",
        "INVITE sip:c@d\r\n" VIA REST "\r\n",
        "INVITE sip:c@d SIP/2.0 \r\n" VIA REST "\r\n",
        "INVITE sip:c@d HTTP/1.1\r\n" VIA REST "\r\n",
        "SIP/2.0 99 x\r\n" VIA REST "\r\n",
        "SIP/2.0 700 x\r\n" VIA REST "\r\n",
        "SIP/2.0 20x x\r\n" VIA REST "\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        "x",
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        enum an_err err = parse_text(cases[i], &parsed);
        if (err != AN_ERR_MALFORMED) print_message("%s: %s\n", cases[i], an_err_name(err));
        assert_int_equal(err, AN_ERR_MALFORMED);
    }
    assert_int_equal(parse_text("\r\n\r\n", &parsed), AN_ERR_END);
    assert_int_equal(parse_exact("\0\0\0\0", 4, &parsed), AN_ERR_END);
    assert_int_equal(parse_text("\r\n\r\n" LINE VIA REST "\r\n", &parsed), AN_OK);
    assert_int_equal(parse_text("INVITE sip:c@d SIP/2.0\n" VIA REST "\n", &parsed), AN_OK); /* LF alone: liberal */
    assert_int_equal(parse_text("INVITE sip:c@d SIP/3.0\r\n" VIA REST "\r\n", &parsed), AN_ERR_UNSUPPORTED);
}

/* Appends text until *inout_len would pass size. */
static void append(char *out, size_t size, size_t *inout_len, const char *text)
{
    size_t len = strlen(text);
    assert_true(*inout_len + len <= size);
    memcpy(out + *inout_len, text, len);
    *inout_len += len;
}

static void test_over_limits(void **state)
{
    (void)state;
    static char m[200000];
    size_t len = 0;
    append(m, sizeof m, &len, LINE VIA REST);
    for (unsigned i = 0; i < 10000; i++) append(m, sizeof m, &len, "X: 1\r\n");
    append(m, sizeof m, &len, "\r\n");
    assert_true(len <= AN_SIP_MESSAGE_MAX);
    assert_int_equal(parse_exact(m, len, &parsed), AN_ERR_LIMIT);
    assert_true(an_sip_answerable(&parsed));
    assert_int_equal(parsed.header_count, AN_SIP_HEADERS_MAX);

    len = 0;
    append(m, sizeof m, &len, LINE VIA REST "X: 1");
    for (unsigned i = 0; i < 10000; i++) append(m, sizeof m, &len, "\r\n x");
    append(m, sizeof m, &len, "\r\nUser-Agent: y\r\n\r\n");
    assert_int_equal(parse_exact(m, len, &parsed), AN_OK);
    assert_span(m, parsed.user_agent, "y");

    len = 0;
    append(m, sizeof m, &len, LINE REST);
    for (unsigned i = 0; i < AN_SIP_VIAS_MAX; i++) append(m, sizeof m, &len, VIA);
    size_t full = len;
    append(m, sizeof m, &len, "\r\n");
    assert_int_equal(parse_exact(m, len, &parsed), AN_OK);
    len = full;
    append(m, sizeof m, &len, VIA "\r\n");
    assert_int_equal(parse_exact(m, len, &parsed), AN_ERR_LIMIT);

    memset(m, 'a', sizeof m);
    memcpy(m, LINE, sizeof LINE - 1);
    assert_int_equal(parse_exact(m, AN_SIP_MESSAGE_MAX + 1, &parsed), AN_ERR_LIMIT);
    assert_int_equal(parsed.header_count, 0);
}

static void test_binary(void **state)
{
    (void)state;
    char m[1024];
    uint32_t seed = 1;
    for (unsigned round = 0; round < 2000; round++) {
        size_t len = round % sizeof m + 1;
        for (size_t i = 0; i < len; i++) m[i] = (char)((seed = seed * 1664525u + 1013904223u) >> 24);
        assert_int_not_equal(parse_exact(m, len, &parsed), AN_OK);
    }
}

static void test_frames(void **state)
{
    (void)state;
    const char *body = "v=0\r\n\r\nx=1";
    char m[512];
    int size = snprintf(m, sizeof m, LINE VIA REST "Content-Length: %zu\r\n\r\n%sINVITE", strlen(body), body);
    size_t whole = (size_t)size - 6, len = 0, hint = 0;
    for (size_t n = 1; n < whole; n++) assert_int_equal(an_sip_frame(m, n, &hint, &len), AN_ERR_MORE);
    assert_int_equal(an_sip_frame(m, whole, &hint, &len), AN_OK);
    assert_int_equal(len, whole);
    hint = 0;
    assert_int_equal(an_sip_frame(m, (size_t)size, &hint, &len), AN_OK);
    assert_int_equal(len, whole);

    static const struct {
        const char *bytes;
        enum an_err err;
        size_t len;
    } cases[] = {
        { "\r\n\r\n" LINE, AN_OK, 4 },
        { "\r\n" LINE, AN_OK, 2 },
        { "\r", AN_ERR_MORE, 0 },
        { "\rX", AN_ERR_MALFORMED, 0 },
        { LINE VIA REST "\r\n", AN_ERR_MALFORMED, 0 }, /* no Content-Length */
        { LINE VIA REST "l: 0\r\nL: 0\r\n\r\n", AN_ERR_MALFORMED, 0 },
        { LINE VIA REST "Content-Length: x\r\n\r\n", AN_ERR_MALFORMED, 0 },
        { LINE VIA REST "Content-Length: 70000\r\n\r\n", AN_ERR_LIMIT, 0 },
        { "\x16\x03\x01\x02", AN_ERR_MALFORMED, 0 }, /* TLS on the wrong port */
        { "GET / HTTP/1.1\r\n\r\n", AN_ERR_MALFORMED, 0 },
        { "INV", AN_ERR_MORE, 0 },
        { "SIP/2.0 200 OK\r\nl : 3\r\n\r\nabc", AN_OK, 28 },
        { "SIP/2.0 200 OK\r\nl:\r\n 3\r\n\r\nabc", AN_OK, 29 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        hint = 0;
        len = 0;
        enum an_err err = an_sip_frame(cases[i].bytes, strlen(cases[i].bytes), &hint, &len);
        if (err != cases[i].err) print_message("%s: %s\n", cases[i].bytes, an_err_name(err));
        assert_int_equal(err, cases[i].err);
        assert_int_equal(len, cases[i].len);
    }
}

/* A slow loris: one byte at a time up to the limit. The hint moves on with the bytes, so that none is searched twice.
 */
static void test_slow_loris(void **state)
{
    (void)state;
    static char m[AN_SIP_MESSAGE_MAX + 2];
    memset(m, 'a', sizeof m);
    memcpy(m, LINE, sizeof LINE - 1);
    size_t hint = 0, len = 0;
    for (size_t n = 1; n <= AN_SIP_MESSAGE_MAX; n++) {
        assert_int_equal(an_sip_frame(m, n, &hint, &len), AN_ERR_MORE);
        assert_true(hint + 3 >= n);
    }
    assert_int_equal(an_sip_frame(m, AN_SIP_MESSAGE_MAX + 1, &hint, &len), AN_ERR_LIMIT);
}

static void test_stage(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        enum an_err err;
        uint16_t status;
    } cases[] = {
        { LINE VIA REST "\r\n", AN_OK, 0 },
        { LINE VIA REST "Content-Length: 9\r\n\r\n", AN_ERR_MORE, 400 },
        { LINE VIA REST "Max-Forwards: 0\r\n\r\n", AN_ERR_LIMIT, 483 },
        { "ACK sip:c@d SIP/2.0\r\n" VIA "From: <sip:a@b>\r\nTo: <sip:c@d>\r\nCall-ID: x\r\nCSeq: 1 ACK\r\n"
          "Max-Forwards: 0\r\n\r\n",
          AN_OK, 0 },
        { "ACK sip:c@d SIP/2.0\r\n" VIA REST "\r\n", AN_ERR_MALFORMED, 0 },
        { "INVITE http://x SIP/2.0\r\n" VIA REST "\r\n", AN_ERR_UNSUPPORTED, 416 },
        { "INVITE sip:c@d SIP/4.0\r\n" VIA REST "\r\n", AN_ERR_UNSUPPORTED, 505 },
        { "SIP/2.0 200 OK\r\n" VIA "\r\n", AN_ERR_MALFORMED, 0 },
        { "\r\n\r\n", AN_ERR_END, 0 },
        { "junk", AN_ERR_MALFORMED, 0 },
    };
    enum { N = sizeof cases / sizeof cases[0] };
    static struct an_call calls[N + 1];
    static struct an_vector vector;
    memset(calls, 0, sizeof calls);
    for (size_t i = 0; i < N; i++) {
        calls[i].base = cases[i].bytes;
        calls[i].length = (uint32_t)strlen(cases[i].bytes);
    }
    calls[N].error = AN_ERR_FULL; /* failed before: passed by */
    vector.calls = calls;
    vector.count = N + 1;
    an_parse_sip_vector(&vector);
    for (size_t i = 0; i < N; i++) {
        if (calls[i].error != (int)cases[i].err) print_message("%zu\n", i);
        assert_int_equal(calls[i].error, cases[i].err);
        assert_int_equal(calls[i].sip_status, cases[i].status);
    }
    assert_int_equal(calls[N].error, AN_ERR_FULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cut_everywhere), cmocka_unit_test(test_lengths),     cmocka_unit_test(test_missing),
        cmocka_unit_test(test_malformed),      cmocka_unit_test(test_over_limits), cmocka_unit_test(test_binary),
        cmocka_unit_test(test_frames),         cmocka_unit_test(test_slow_loris),  cmocka_unit_test(test_stage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
