#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "parse/hep3.h"
#include "parse/sip_event.h"

static const char SIP[] = "OPTIONS sip:a SIP/2.0\r\n\r\n";

struct packet {
    char bytes[70000];
    size_t len;
};

static void add(struct packet *p, unsigned vendor, unsigned type, const void *value, size_t len)
{
    const uint8_t head[6] = { (uint8_t)(vendor >> 8), (uint8_t)vendor,           (uint8_t)(type >> 8),
                              (uint8_t)type,          (uint8_t)((len + 6) >> 8), (uint8_t)(len + 6) };
    memcpy(p->bytes + p->len, head, 6);
    if (len > 0) memcpy(p->bytes + p->len + 6, value, len);
    p->len += 6 + len;
    p->bytes[4] = (char)(p->len >> 8);
    p->bytes[5] = (char)p->len;
}

static void begin(struct packet *p)
{
    memcpy(p->bytes, "HEP3\0\6", 6);
    p->len = 6;
}

/* All chunks of an IPv4 packet but those whose bit is set in without. */
static void build(struct packet *p, unsigned without)
{
    static const struct {
        unsigned type;
        const char *value;
        size_t len;
    } chunks[] = {
        { 1, "\x02", 1 },
        { 2, "\x11", 1 },
        { 3, "\xc0\x00\x02\x01", 4 },
        { 4, "\xc0\x00\x02\x02", 4 },
        { 7, "\x13\xc4", 2 },
        { 8, "\x13\xce", 2 },
        { 9, "\x6b\x02\x13\x3d", 4 },
        { 10, "\x00\x01\xe2\x40", 4 },
        { 11, "\x01", 1 },
        { 12, "\x00\x00\x07\xd1", 4 },
        { 14, "secret", 6 },
        { 17, "corr", 4 },
        { 15, SIP, sizeof SIP - 1 },
    };
    begin(p);
    for (size_t i = 0; i < sizeof chunks / sizeof chunks[0]; i++)
        if ((without & 1u << chunks[i].type) == 0) add(p, 0, chunks[i].type, chunks[i].value, chunks[i].len);
}

static void v4_packet_is_read(void **state)
{
    (void)state;
    struct packet p;
    struct an_hep3 hep;
    build(&p, 0);
    size_t one = p.len;
    memcpy(p.bytes + one, "HEP3 next", 9); /* the next packet on a stream */
    assert_int_equal(an_hep3_parse(p.bytes, one + 9, &hep), AN_OK);
    assert_int_equal(hep.length, one);
    assert_int_equal(hep.src.v4.sin_family, AF_INET);
    assert_int_equal(ntohl(hep.src.v4.sin_addr.s_addr), 0xc0000201);
    assert_int_equal(ntohl(hep.dst.v4.sin_addr.s_addr), 0xc0000202);
    assert_int_equal(ntohs(hep.src.v4.sin_port), 5060);
    assert_int_equal(ntohs(hep.dst.v4.sin_port), 5070);
    assert_int_equal(hep.ip_protocol, 17);
    assert_int_equal(hep.protocol, AN_HEP3_SIP);
    assert_int_equal(hep.agent, 2001);
    assert_true(hep.time_us == 0x6b02133dull * 1000000 + 123456);
    assert_true(an_slice_equal(hep.auth_key, AN_SLICE("secret")));
    assert_true(an_slice_equal(hep.correlation_id, AN_SLICE("corr")));
    assert_int_equal(hep.node_name.len, 0);
    assert_true(an_slice_equal(hep.payload, an_slice_of(SIP)));
}

static void v6_packet_is_read(void **state)
{
    (void)state;
    struct packet p;
    struct an_hep3 hep;
    uint8_t from[16] = { 0x20, 1, 0xd, 0xb8, [15] = 1 }, to[16] = { 0x20, 1, 0xd, 0xb8, [15] = 2 };
    begin(&p);
    add(&p, 0, 15, SIP, sizeof SIP - 1); /* any order */
    add(&p, 0, 1, "\x0a", 1);
    add(&p, 0, 5, from, 16);
    add(&p, 0, 6, to, 16);
    add(&p, 0, 8, "\x13\xc5", 2);
    add(&p, 0, 11, "\x01", 1);
    assert_int_equal(an_hep3_parse(p.bytes, p.len, &hep), AN_OK);
    assert_int_equal(hep.src.v6.sin6_family, AF_INET6);
    assert_memory_equal(&hep.src.v6.sin6_addr, from, 16);
    assert_memory_equal(&hep.dst.v6.sin6_addr, to, 16);
    assert_int_equal(hep.src.v6.sin6_port, 0);
    assert_int_equal(ntohs(hep.dst.v6.sin6_port), 5061);
    assert_true(hep.time_us == 0);
}

static void unknown_chunks_are_skipped(void **state)
{
    (void)state;
    struct packet p;
    struct an_hep3 hep;
    build(&p, 0);
    add(&p, 5, 1, "another vendor's family", 23);
    add(&p, 5, 1, "and again", 9);
    add(&p, 0, 0x20, "\0", 1);
    add(&p, 0, 0xffff, NULL, 0);
    add(&p, 0, 19, "node", 4);
    assert_int_equal(an_hep3_parse(p.bytes, p.len, &hep), AN_OK);
    assert_true(an_slice_equal(hep.node_name, AN_SLICE("node")));
    assert_int_equal(hep.src.any.sa_family, AF_INET);
}

static void each_cut_is_incomplete(void **state)
{
    (void)state;
    struct packet p;
    struct an_hep3 hep;
    build(&p, 0);
    for (size_t len = 0; len < p.len; len++) assert_int_equal(an_hep3_parse(p.bytes, len, &hep), AN_ERR_MORE);
    assert_int_equal(an_hep3_parse(NULL, 0, &hep), AN_ERR_MORE);
}

/* The total length cut to every smaller value: never OK without its payload, never out of bounds. */
static void each_shorter_total_is_an_error(void **state)
{
    (void)state;
    struct packet p;
    struct an_hep3 hep = { .agent = 77 };
    build(&p, 0);
    for (size_t len = 0; len < p.len; len++) {
        p.bytes[4] = (char)(len >> 8);
        p.bytes[5] = (char)len;
        assert_int_equal(an_hep3_parse(p.bytes, p.len, &hep), AN_ERR_MALFORMED);
    }
    assert_int_equal(hep.agent, 77); /* untouched on failure */
}

static void malformed_is_said(void **state)
{
    (void)state;
    struct packet p;
    struct an_hep3 hep;
    static const unsigned needed[] = { 1, 3, 4, 11, 15 }, optional[] = { 2, 7, 8, 9, 10, 12, 14, 17 };
    for (size_t i = 0; i < sizeof needed / sizeof needed[0]; i++) {
        build(&p, 1u << needed[i]);
        assert_int_equal(an_hep3_parse(p.bytes, p.len, &hep), AN_ERR_MALFORMED);
    }
    for (size_t i = 0; i < sizeof optional / sizeof optional[0]; i++) {
        build(&p, 1u << optional[i]);
        assert_int_equal(an_hep3_parse(p.bytes, p.len, &hep), AN_OK);
    }
    static const struct {
        unsigned type;
        const char *value;
        size_t len;
    } bad[] = {
        { 1, "\x0a", 1 }, /* IPv6, but IPv4 addresses */
        { 1, "\x03", 1 },
        { 1, "\0\x02", 2 },
        { 1, "", 0 },
        { 3, "\x01\x02\x03", 3 },
        { 7, "\x01", 1 },
        { 9, "12345", 5 },
        { 10, "\x00\x0f\x42\x40", 4 }, /* a million microseconds */
        { 11, "", 0 },
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        build(&p, 1u << bad[i].type);
        add(&p, 0, bad[i].type, bad[i].value, bad[i].len);
        assert_int_equal(an_hep3_parse(p.bytes, p.len, &hep), AN_ERR_MALFORMED);
    }
    build(&p, 0);
    add(&p, 0, 15, "twice", 5);
    assert_int_equal(an_hep3_parse(p.bytes, p.len, &hep), AN_ERR_MALFORMED);
    build(&p, 0);
    p.bytes[6 + 5] = 5; /* a chunk shorter than its own head */
    assert_int_equal(an_hep3_parse(p.bytes, p.len, &hep), AN_ERR_MALFORMED);
    for (char size = 0; size < 6; size++) { /* of a chunk that would be skipped */
        build(&p, 0);
        add(&p, 9, 9, "", 0);
        p.bytes[p.len - 1] = size;
        assert_int_equal(an_hep3_parse(p.bytes, p.len, &hep), AN_ERR_MALFORMED);
    }
    build(&p, 0);
    p.bytes[6 + 4] = (char)0xff; /* a chunk longer than the packet */
    assert_int_equal(an_hep3_parse(p.bytes, p.len, &hep), AN_ERR_MALFORMED);
    assert_int_equal(an_hep3_parse("HEP4\0\6", 6, &hep), AN_ERR_MALFORMED);
    assert_int_equal(an_hep3_parse("INVITE sip:", 11, &hep), AN_ERR_MALFORMED);
}

static void other_versions_and_compression_are_unsupported(void **state)
{
    (void)state;
    struct packet p;
    struct an_hep3 hep;
    build(&p, 1u << 15);
    add(&p, 0, 16, "\x78\x9c\x03\0\0\0\0\x01", 8);
    assert_int_equal(an_hep3_parse(p.bytes, p.len, &hep), AN_ERR_UNSUPPORTED);
    assert_int_equal(an_hep3_parse("\1\x10\2\x11", 4, &hep), AN_ERR_UNSUPPORTED);
    assert_int_equal(an_hep3_parse("\2", 1, &hep), AN_ERR_UNSUPPORTED);
}

static void largest_packet_is_taken(void **state)
{
    (void)state;
    static struct packet p;
    static char big[65535];
    struct an_hep3 hep;
    build(&p, 1u << 15);
    add(&p, 0, 15, big, AN_HEP_PACKET_MAX - p.len - 6);
    assert_int_equal(p.len, AN_HEP_PACKET_MAX);
    assert_int_equal(an_hep3_parse(p.bytes, p.len, &hep), AN_OK);
    assert_int_equal(hep.length, AN_HEP_PACKET_MAX);
}

static void passing_messages_tell_of_calls(void **state)
{
    (void)state;
    static const struct {
        enum an_sip_method method;
        unsigned status;
        unsigned tag;
        int kind; /* 0: nothing to learn */
        enum an_outcome outcome;
    } rows[] = {
        { AN_SIP_INVITE, 0, 0, AN_OBS_ATTEMPT, AN_OUTCOME_UNKNOWN },
        { AN_SIP_INVITE, 0, 3, 0, AN_OUTCOME_UNKNOWN },
        { AN_SIP_INVITE, 100, 0, 0, AN_OUTCOME_UNKNOWN },
        { AN_SIP_INVITE, 180, 3, 0, AN_OUTCOME_UNKNOWN },
        { AN_SIP_INVITE, 200, 3, AN_OBS_ANSWER, AN_OUTCOME_UNKNOWN },
        { AN_SIP_INVITE, 302, 3, 0, AN_OUTCOME_UNKNOWN },
        { AN_SIP_INVITE, 401, 3, 0, AN_OUTCOME_UNKNOWN },
        { AN_SIP_INVITE, 407, 3, 0, AN_OUTCOME_UNKNOWN },
        { AN_SIP_INVITE, 422, 3, 0, AN_OUTCOME_UNKNOWN },
        { AN_SIP_INVITE, 487, 3, 0, AN_OUTCOME_UNKNOWN },
        { AN_SIP_INVITE, 491, 3, 0, AN_OUTCOME_UNKNOWN },
        { AN_SIP_INVITE, 404, 3, AN_OBS_END, AN_OUTCOME_UNALLOCATED },
        { AN_SIP_INVITE, 604, 3, AN_OBS_END, AN_OUTCOME_UNALLOCATED },
        { AN_SIP_INVITE, 484, 3, AN_OBS_END, AN_OUTCOME_UNALLOCATED },
        { AN_SIP_INVITE, 410, 3, AN_OBS_END, AN_OUTCOME_UNALLOCATED },
        { AN_SIP_INVITE, 486, 3, AN_OBS_END, AN_OUTCOME_BUSY },
        { AN_SIP_INVITE, 600, 3, AN_OBS_END, AN_OUTCOME_BUSY },
        { AN_SIP_INVITE, 603, 3, AN_OBS_END, AN_OUTCOME_REFUSED },
        { AN_SIP_INVITE, 607, 3, AN_OBS_END, AN_OUTCOME_REFUSED },
        { AN_SIP_INVITE, 608, 3, AN_OBS_END, AN_OUTCOME_REFUSED },
        { AN_SIP_INVITE, 433, 3, AN_OBS_END, AN_OUTCOME_REFUSED },
        { AN_SIP_INVITE, 480, 3, AN_OBS_END, AN_OUTCOME_UNREACHABLE },
        { AN_SIP_INVITE, 408, 3, AN_OBS_END, AN_OUTCOME_NO_ANSWER },
        { AN_SIP_INVITE, 403, 3, AN_OBS_END, AN_OUTCOME_FAILED },
        { AN_SIP_INVITE, 503, 3, AN_OBS_END, AN_OUTCOME_FAILED },
        { AN_SIP_INVITE, 700, 3, 0, AN_OUTCOME_UNKNOWN },
        { AN_SIP_BYE, 0, 3, AN_OBS_END, AN_OUTCOME_ANSWERED },
        { AN_SIP_BYE, 200, 3, 0, AN_OUTCOME_UNKNOWN },
        { AN_SIP_CANCEL, 0, 0, AN_OBS_END, AN_OUTCOME_CANCELLED },
        { AN_SIP_CANCEL, 200, 0, 0, AN_OUTCOME_UNKNOWN },
        { AN_SIP_ACK, 0, 3, 0, AN_OUTCOME_UNKNOWN },
        { AN_SIP_OPTIONS, 404, 3, 0, AN_OUTCOME_UNKNOWN },
        { AN_SIP_OTHER, 0, 0, 0, AN_OUTCOME_UNKNOWN },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct an_call call = { .parsed = { .method = rows[i].method, .status = (uint16_t)rows[i].status } };
        call.parsed.to_tag.len = (uint16_t)rows[i].tag;
        assert_int_equal(an_sip_event(&call), rows[i].kind != 0);
        assert_int_equal(call.parsed.given_kind, rows[i].kind);
        assert_int_equal(call.parsed.given_outcome, rows[i].outcome);
        assert_int_equal(call.parsed.given_refusal, rows[i].status == 607); /* the owner's word (RFC 8197) */
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(v4_packet_is_read),
        cmocka_unit_test(v6_packet_is_read),
        cmocka_unit_test(unknown_chunks_are_skipped),
        cmocka_unit_test(each_cut_is_incomplete),
        cmocka_unit_test(each_shorter_total_is_an_error),
        cmocka_unit_test(malformed_is_said),
        cmocka_unit_test(other_versions_and_compression_are_unsupported),
        cmocka_unit_test(largest_packet_is_taken),
        cmocka_unit_test(passing_messages_tell_of_calls),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
