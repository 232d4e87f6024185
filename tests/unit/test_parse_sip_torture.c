/* RFC 4475: every message of its sections 3.1 to 3.4 in tests/corpus/rfc4475 (NAME.dat, the RFC's own names), with the
 * RFC's verdict. Where the RFC leaves it to the element, "choice" says what we do and why. */
#include "sip_help.h"

static const struct {
    const char *name;
    enum an_err err;
    uint16_t status; /* answer given by the parse stage; 0: none */
    const char *why;
} cases[] = {
    /* 3.1.1 valid messages */
    { "wsinv", AN_OK, 0, "well-formed, however tortuous" },
    { "intmeth", AN_OK, 0, "wide range of valid characters" },
    { "esc01", AN_OK, 0, "valid use of %" },
    { "escnull", AN_OK, 0, "escaped nulls in URIs" },
    { "esc02", AN_OK, 0, "% where it escapes nothing: an unknown method, no REGISTER" },
    { "lwsdisp", AN_OK, 0, "no LWS between display name and <" },
    { "longreq", AN_OK, 0, "long values" },
    { "dblreq", AN_OK, 0, "octets behind the body are ignored" },
    { "semiuri", AN_OK, 0, "semicolon in the user part" },
    { "transports", AN_OK, 0, "varied and unknown transports" },
    { "mpart01", AN_OK, 0, "multipart and binary body" },
    { "unreason", AN_OK, 0, "UTF-8 reason phrase" },
    { "noreason", AN_OK, 0, "empty reason phrase" },
    /* 3.1.2 invalid messages */
    { "badinv01", AN_ERR_MALFORMED, 400, "extraneous separators" },
    { "clerr", AN_ERR_MORE, 400, "Content-Length larger than the datagram" },
    { "ncl", AN_ERR_MALFORMED, 400, "negative Content-Length" },
    { "scalar02", AN_ERR_MALFORMED, 400, "overlarge scalars in a request" },
    { "scalarlg", AN_ERR_MALFORMED, 0, "overlarge scalars in a response: dropped" },
    { "quotbal", AN_ERR_MALFORMED, 400, "unterminated quote" },
    { "ltgtruri", AN_ERR_MALFORMED, 400, "<> around the Request-URI" },
    { "lwsruri", AN_ERR_MALFORMED, 400, "LWS in the Request-URI" },
    { "lwsstart", AN_ERR_MALFORMED, 400, "choice: multiple SP in the Request-Line are refused, not repaired" },
    { "trws", AN_ERR_MALFORMED, 400, "choice: SP at the end of the Request-Line is refused, not repaired" },
    { "escruri", AN_OK, 0, "choice: escaped headers in a Request-URI are ignored" },
    { "baddate", AN_OK, 0,
      "choice: a Date in the wrong zone; we do not use Date, section 3.1.2.12 lets it be ignored" },
    { "regbadct", AN_OK, 0, "choice: Contact of a REGISTER; we are no registrar and do not read it" },
    { "badaspec", AN_OK, 0, "choice: spaces within <>; the RFC lets a liberal element infer the meaning" },
    { "baddn", AN_OK, 0, "choice: display name of non-token characters; likewise, and the field is full of them" },
    { "badvers", AN_ERR_UNSUPPORTED, 505, "unknown version" },
    { "mismatch01", AN_ERR_MALFORMED, 400, "CSeq of another method" },
    { "mismatch02", AN_ERR_MALFORMED, 400, "CSeq of another method, unknown ones" },
    { "bigcode", AN_ERR_MALFORMED, 0, "overlarge response code" },
    /* 3.2 transaction layer */
    { "badbranch", AN_OK, 0, "branch of nothing but the cookie: the redirect server keeps no transactions" },
    /* 3.3 application layer */
    { "insuf", AN_ERR_MALFORMED, 0, "required fields are missing; too little is left for an answer" },
    { "unkscm", AN_ERR_UNSUPPORTED, 416, "unknown scheme" },
    { "novelsc", AN_ERR_UNSUPPORTED, 416, "known, but atypical scheme" },
    { "unksm2", AN_OK, 0, "unknown schemes in header fields" },
    { "bext01", AN_OK, 0, "choice: Require; the next hop decides, not the door" },
    { "invut", AN_OK, 0, "unknown content type: not ours to judge" },
    { "regaut01", AN_OK, 0, "unknown authorization scheme: not ours to judge" },
    { "multi01", AN_ERR_MALFORMED, 400, "multiple values in single-value fields" },
    { "mcl01", AN_ERR_MALFORMED, 400, "multiple Content-Length" },
    { "bcast", AN_OK, 0, "response with a broadcast Via: we never forward responses" },
    { "zeromf", AN_ERR_LIMIT, 483, "Max-Forwards of 0" },
    { "cparam01", AN_OK, 0, "Contact parameters" },
    { "cparam02", AN_OK, 0, "the same in <>" },
    { "regescrt", AN_OK, 0, "URI with headers in a Contact" },
    { "sdp01", AN_OK, 0, "unacceptable Accept: the next hop's matter" },
    /* 3.4 backward compatibility */
    { "inv2543", AN_OK, 0, "RFC 2543: no branch, no tag, no Max-Forwards" },
};

static size_t read_case(const char *name, char *out, size_t size)
{
    char path[256];
    snprintf(path, sizeof path, "tests/corpus/rfc4475/%s.dat", name);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size_t len = fread(out, 1, size, file);
    fclose(file);
    return len;
}

static void test_verdicts(void **state)
{
    (void)state;
    static char bytes[AN_SIP_MESSAGE_MAX];
    static struct an_call call;
    static struct an_vector vector;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        memset(&call, 0, sizeof call);
        call.base = bytes;
        call.length = (uint32_t)read_case(cases[i].name, bytes, sizeof bytes);
        vector.count = 1;
        vector.calls = &call;
        an_parse_sip_vector(&vector);
        if (call.error != (int)cases[i].err || call.sip_status != cases[i].status)
            print_message("%s: %s, status %u\n", cases[i].name, an_err_name((enum an_err)call.error), call.sip_status);
        assert_int_equal(call.sip_status, cases[i].status);
        assert_int_equal(call.error, cases[i].err);
    }
}

static void test_wsinv(void **state)
{
    (void)state;
    static char bytes[4096];
    static struct an_parsed parsed;
    size_t len = read_case("wsinv", bytes, sizeof bytes);
    assert_int_equal(parse_exact(bytes, len, &parsed), AN_OK);
    assert_int_equal(parsed.via_count, 3);
    assert_span(bytes, parsed.branch, "390skdjuw");
    assert_span(bytes, parsed.from.display, "J Rosenberg \\\\\\\"");
    assert_span(bytes, parsed.from_tag, "98asjd8");
    assert_span(bytes, parsed.to_tag, "1918181833n");
    assert_int_equal(parsed.max_forwards, 68);
    assert_int_equal(parsed.cseq, 9);
    assert_int_equal(parsed.body.len, 150);
}

static void test_intmeth(void **state)
{
    (void)state;
    static char bytes[4096];
    static struct an_parsed parsed;
    size_t len = read_case("intmeth", bytes, sizeof bytes);
    assert_int_equal(parse_exact(bytes, len, &parsed), AN_OK);
    assert_int_equal(parsed.method, AN_SIP_OTHER);
    assert_int_equal(parsed.max_forwards, 254);
    assert_span(bytes, parsed.called.host, "example.com");
    assert_span(bytes, parsed.from_tag, "_token~1'+`*%!-.");
    assert_span(bytes, parsed.call_id, "intmeth.word%ZK-!.*_+'@word`~)(><:\\/\"][?}{");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_verdicts),
        cmocka_unit_test(test_wsinv),
        cmocka_unit_test(test_intmeth),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
