/* The shape: the same for two calls of one dialler, another one for every change of its build. */
#include "sip_help.h"

static const char call_one[] =
    "INVITE sip:+8613800138000@192.0.2.1:5060;user=phone SIP/2.0\r\n"
    "Via: SIP/2.0/UDP 198.51.100.7:5066;rport;branch=z9hG4bK1a2b3c4d5e6f7081\r\n"
    "Max-Forwards: 70\r\n"
    "From: <sip:+8613900139000@op.example;user=phone>;tag=0a1b2c3d\r\n"
    "To: <sip:+8613800138000@op.example>\r\n"
    "Call-ID: 01234567-89ab-cdef-0123-456789abcdef@198.51.100.7\r\n"
    "CSeq: 1 INVITE\r\n"
    "Contact: <sip:+8613900139000@198.51.100.7:5066;transport=udp>\r\n"
    "P-Asserted-Identity: <sip:+8613900139000@op.example>\r\n"
    "User-Agent: Dialler 1.2\r\n"
    "Allow: INVITE, ACK, BYE, CANCEL\r\n"
    "Supported: timer, 100rel\r\n"
    "Session-Expires: 1800\r\nMin-SE: 90\r\n"
    "Content-Type: application/sdp\r\n"
    "\r\n"
    "v=0\r\no=robot 20518 20518 IN IP4 198.51.100.7\r\ns=call\r\nc=IN IP4 198.51.100.7\r\nt=0 0\r\n"
    "m=audio 40000 RTP/AVP 8 0 101\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:0 PCMU/8000\r\na=fmtp:101 0-15\r\n"
    "a=ssrc:1111 cname:x\r\na=ptime:20\r\na=sendrecv\r\n";

/* Replaces the first from by to; from has to be there. */
static void replace(char *text, size_t size, const char *from, const char *to)
{
    char *at = strstr(text, from);
    assert_non_null(at);
    size_t old = strlen(from), new = strlen(to), rest = strlen(at + old) + 1;
    assert_true((size_t)(at - text) + new + rest <= size);
    memmove(at + new, at + old, rest);
    memcpy(at, to, new);
}

static void replace_all(char *text, size_t size, const char *from, const char *to)
{
    while (strstr(text, from) != NULL) replace(text, size, from, to);
}

static uint64_t shape_of(const char *text)
{
    static struct an_parsed parsed;
    enum an_err err = parse_text(text, &parsed);
    if (err != AN_OK) print_message("%s\n%s\n", an_err_name(err), text);
    assert_int_equal(err, AN_OK);
    assert_true(parsed.shape != 0);
    return parsed.shape;
}

struct change {
    const char *from, *to;
};

static const struct change same[] = {
    { "branch=z9hG4bK1a2b3c4d5e6f7081", "branch=z9hG4bKffe0041200bc9a77" },
    { "branch=z9hG4bK1a2b3c4d5e6f7081", "branch=z9hG4bK1234567890123456" },
    { "tag=0a1b2c3d", "tag=99887766" },
    { "01234567-89ab-cdef-0123-456789abcdef@", "ffffffff-eeee-dddd-cccc-bbbbaaaa9999@" },
    { "CSeq: 1", "CSeq: 2" },
    { "Max-Forwards: 70", "Max-Forwards: 68" },
    { "20518 20518", "991 992" },
    { "m=audio 40000", "m=audio 12346" },
    { "198.51.100.7:5066;rport", "203.0.113.250:1024;rport" },
    { ";rport;", ";rport=5066;received=198.51.100.7;" },
    { "Via: ", "Via: SIP/2.0/TLS sbc.example;branch=z9hG4bKx\r\nVia: " },
    { "Max-Forwards", "Record-Route: <sip:sbc.example;lr>\r\nMax-Forwards" },
    { "From: <", "From: \"Li Na\" <" },
    { "Allow:", "Diversion: <sip:d@h>\r\nPrivacy: none\r\nAllow:" },
    { "User-Agent:", "Identity: a.b.c;info=<https://c>;alg=ES256\r\nUser-Agent:" },
    { "User-Agent:", "Proxy-Authorization: Digest realm=\"x\"\r\nUser-Agent:" },
    { "a=ssrc:1111 cname:x\r\n", "a=ssrc:2222 cname:y\r\na=ssrc:2222 msid:z\r\n" },
    { "INVITE sip:+8613800138000@192.0.2.1:5060;user=phone", "INVITE tel:+8613800138000" },
};

static const struct change different[] = {
    { "User-Agent: Dialler 1.2", "User-Agent: Dialler 1.3" },
    { "User-Agent: Dialler 1.2\r\n", "" },
    { "Call-ID:", "i:" },
    { "Call-ID:", "Call-Id:" },
    { "Max-Forwards: 70\r\n", "" },
    { "Min-SE: 90\r\n", "Min-SE: 120\r\n" },
    { "Session-Expires: 1800\r\nMin-SE: 90\r\n", "Min-SE: 90\r\nSession-Expires: 1800\r\n" },
    { "Session-Expires: 1800", "Session-Expires: 600" },
    { "BYE, CANCEL", "CANCEL, BYE" },
    { "timer, 100rel", "timer" },
    { "Allow:", "X-Campaign: 7\r\nAllow:" },
    { "Via: SIP/2.0/UDP", "Via: SIP/2.0/TCP" },
    { "7:5066;rport;branch", "7:5066;branch" },
    { "7:5066;rport;", "7;rport;" },
    { "198.51.100.7:5066;rport", "dialler.example:5066;rport" },
    { "198.51.100.7:5066;rport", "[2001:db8::7]:5066;rport" },
    { "z9hG4bK1a2b3c4d5e6f7081", "1a2b3c4d5e6f7081" },
    { "z9hG4bK1a2b3c4d5e6f7081", "z9hG4bK1A2B3C4D5E6F7081" },
    { "z9hG4bK1a2b3c4d5e6f7081", "z9hG4bK1a2b3c4d5e6f70811a2b3c4d5e6f7081" },
    { "z9hG4bK1a2b3c4d5e6f7081", "z9hG4bK-1a2b-3c4d5e6f7081" },
    { "tag=0a1b2c3d", "tag=Zx1b2c3d" },
    { "tag=0a1b2c3d", "tag=1234567" },
    { "01234567-89ab-cdef-0123-456789abcdef@198.51.100.7", "01234567-89ab-cdef-0123-456789abcdef" },
    { "01234567-89ab-cdef-0123-456789abcdef@198.51.100.7", "01234567-89ab-cdef-0123-456789abcdef@dialler.example" },
    { "CSeq: 1", "CSeq: 102" },
    { "CSeq: 1", "CSeq: 73461532" },
    { "op.example;user=phone>", "op.example>" },
    { ";transport=udp>", ">" },
    { "Contact: <sip:+8613900139000@198.51.100.7:5066;transport=udp>",
      "Contact: sip:+8613900139000@198.51.100.7:5066;transport=udp" },
    { "o=robot", "o=-" },
    { "s=call", "s=-" },
    { "RTP/AVP 8 0 101", "RTP/AVP 0 8 101" },
    { "PCMU/8000", "PCMU/8000/1" },
    { "101 0-15", "101 0-16" },
    { "a=ptime:20", "a=ptime:30" },
    { "a=ptime:20\r\na=sendrecv", "a=sendrecv\r\na=ptime:20" },
    { "a=sendrecv\r\n", "a=sendrecv\r\na=rtcp-mux\r\n" },
    { "c=IN IP4 198.51.100.7\r\n", "" },
    { "t=0 0", "t=3900000000 0" },
};

static void test_same_build(void **state)
{
    (void)state;
    uint64_t expected = shape_of(call_one);
    char text[4096];
    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++) {
        strcpy(text, call_one);
        replace(text, sizeof text, same[i].from, same[i].to);
        if (shape_of(text) != expected) print_message("changed by: %s -> %s\n", same[i].from, same[i].to);
        assert_true(shape_of(text) == expected);
    }
    /* Another call altogether: numbers, address and all random values at once. */
    strcpy(text, call_one);
    replace_all(text, sizeof text, "+8613900139000", "+86215551234");
    replace_all(text, sizeof text, "+8613800138000", "10086");
    replace_all(text, sizeof text, "198.51.100.7", "203.0.113.99");
    replace(text, sizeof text, "1a2b3c4d5e6f7081", "00000000000000fe");
    replace(text, sizeof text, "0a1b2c3d", "deadbeef");
    assert_true(shape_of(text) == expected);
}

static void test_other_build(void **state)
{
    (void)state;
    enum { N = sizeof different / sizeof different[0] };
    uint64_t seen[N + 1];
    char text[4096];
    seen[N] = shape_of(call_one);
    for (size_t i = 0; i < N; i++) {
        strcpy(text, call_one);
        replace(text, sizeof text, different[i].from, different[i].to);
        seen[i] = shape_of(text);
    }
    for (size_t i = 0; i <= N; i++) {
        for (size_t k = 0; k < i; k++) {
            if (seen[i] == seen[k]) print_message("same: %s -> %s, %zu\n", different[k].from, different[k].to, i);
            assert_true(seen[i] != seen[k]);
        }
    }
}

/* The value itself: a journal written on one machine is read on another. */
static void test_same_on_every_machine(void **state)
{
    (void)state;
    if (shape_of(call_one) != 0x16529e588795fe9bull)
        print_message("0x%016llx\n", (unsigned long long)shape_of(call_one));
    assert_true(shape_of(call_one) == 0x16529e588795fe9bull);
}

static void test_only_invites(void **state)
{
    (void)state;
    struct an_parsed parsed;
    assert_int_equal(parse_text("OPTIONS sip:c@d SIP/2.0\r\n" VIA "From: <sip:a@b>\r\nTo: <sip:c@d>\r\nCall-ID: x\r\n"
                                "CSeq: 1 OPTIONS\r\n\r\n",
                                &parsed),
                     AN_OK);
    assert_true(parsed.shape == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same_build),
        cmocka_unit_test(test_other_build),
        cmocka_unit_test(test_same_on_every_machine),
        cmocka_unit_test(test_only_invites),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
