/* Captures written with libpcap, read back: link types, VLAN, fragments, TCP in every order, cut and broken files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <arpa/inet.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "wire/pcap.h"

static char path[] = "/tmp/anning-pcap-XXXXXX";
static pcap_t *dead;
static pcap_dumper_t *dumper;
static uint32_t packet_time;

#define SIP(text) "OPTIONS sip:x SIP/2.0\r\nX: " text "\r\n\r\n"

/* Messages end with an empty line; one with "bad" in it is malformed. */
static enum an_err frame(const char *bytes, size_t len, size_t *scanned, size_t *ret_len)
{
    assert_true(len > 0 && *scanned <= len);
    const char *end = memmem(bytes, len, "\r\n\r\n", 4);
    if (memmem(bytes, end == NULL ? len : (size_t)(end - bytes), "bad", 3) != NULL) return AN_ERR_MALFORMED;
    *scanned = len;
    if (end == NULL) return AN_ERR_MORE;
    *ret_len = (size_t)(end - bytes) + 4;
    return AN_OK;
}

static int make_path(void **state)
{
    (void)state;
    int fd = mkstemp(path);
    if (fd >= 0) close(fd);
    return fd >= 0 ? 0 : -1;
}

static int remove_path(void **state)
{
    (void)state;
    return unlink(path);
}

static void begin(int link_type)
{
    dead = pcap_open_dead(link_type, 65535);
    dumper = pcap_dump_open(dead, path);
    assert_non_null(dumper);
    packet_time = 0;
}

static void put_cut(const void *bytes, size_t len, size_t caplen)
{
    struct pcap_pkthdr header = { .ts = { 1700000000, ++packet_time },
                                  .caplen = (uint32_t)caplen,
                                  .len = (uint32_t)len };
    pcap_dump((u_char *)dumper, &header, bytes);
}

static void put(const void *bytes, size_t len)
{
    put_cut(bytes, len, len);
}

static void finish(void)
{
    pcap_dump_close(dumper);
    pcap_close(dead);
}

static void be16(uint8_t *at, size_t value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

static size_t udp(uint8_t *out, const char *text)
{
    size_t len = strlen(text);
    be16(out, 5060);
    be16(out + 2, 5070);
    be16(out + 4, 8 + len);
    be16(out + 6, 0);
    memcpy(out + 8, text, len);
    return 8 + len;
}

/* flags: more fragments 0x2000 and the offset in units of 8 bytes. */
static size_t ipv4(uint8_t *out, unsigned protocol, unsigned id, unsigned flags, const void *payload, size_t len)
{
    memset(out, 0, 20);
    out[0] = 0x45;
    be16(out + 2, 20 + len);
    be16(out + 4, id);
    be16(out + 6, flags);
    out[8] = 64;
    out[9] = (uint8_t)protocol;
    memcpy(out + 12, "\x0a\x00\x00\x01\x0a\x00\x00\x02", 8);
    if (len > 0) memcpy(out + 20, payload, len);
    return 20 + len;
}

static size_t ipv6(uint8_t *out, unsigned next, const void *payload, size_t len)
{
    memset(out, 0, 40);
    out[0] = 0x60;
    be16(out + 4, len);
    out[6] = (uint8_t)next;
    out[23] = 1; /* ::1 to ::2 */
    out[39] = 2;
    memcpy(out + 40, payload, len);
    return 40 + len;
}

static size_t tcp(uint8_t *out, uint32_t seq, unsigned flags, const void *data, size_t len)
{
    memset(out, 0, 20);
    be16(out, 5060);
    be16(out + 2, 5070);
    be16(out + 4, seq >> 16);
    be16(out + 6, seq & 0xffff);
    out[12] = 0x50;
    out[13] = (uint8_t)flags;
    if (len > 0) memcpy(out + 20, data, len);
    return 20 + len;
}

static void put_udp(const char *text)
{
    static uint8_t datagram[70000], packet[70000];
    put(packet, ipv4(packet, IPPROTO_UDP, 1, 0, datagram, udp(datagram, text)));
}

static void put_tcp(uint32_t seq, unsigned flags, const char *data, size_t len)
{
    static uint8_t segment[70000], packet[70000];
    put(packet, ipv4(packet, IPPROTO_TCP, 1, 0, segment, tcp(segment, seq, flags, data, len)));
}

static struct an_pcap *reader;
static struct an_pcap_counters counters;

static void open_reader(void)
{
    struct an_error error = { "" };
    if (an_pcap_open(path, frame, &reader, &error) != AN_OK) fail_msg("%s", error.text);
}

static struct an_pcap_message expect(const char *text)
{
    struct an_pcap_message message;
    struct an_error error = { "" };
    enum an_err err = an_pcap_next(reader, &message, &error);
    if (err != AN_OK) fail_msg("%s instead of %s: %s", an_err_name(err), text, error.text);
    if (message.len != strlen(text) || memcmp(message.bytes, text, message.len) != 0)
        fail_msg("%.*s instead of %s", (int)message.len, message.bytes, text);
    return message;
}

static void expect_end(enum an_err wanted)
{
    struct an_pcap_message message;
    struct an_error error = { "" };
    uint64_t done, total;
    enum an_err err = an_pcap_next(reader, &message, &error);
    if (err != wanted) fail_msg("%s instead of %s %s", an_err_name(err), an_err_name(wanted), error.text);
    if (wanted == AN_ERR_CORRUPT) assert_non_null(strstr(error.text, "breaks off"));
    an_pcap_progress(reader, &done, &total);
    assert_true(total > 0 && done <= total);
    if (wanted == AN_ERR_END) assert_int_equal(done, total);
    counters = *an_pcap_counters(reader);
    an_pcap_close(reader);
}

static void link_type(int type, const void *header, size_t header_len, bool v6)
{
    uint8_t datagram[512], packet[1024];
    begin(type);
    memcpy(packet, header, header_len);
    size_t len = udp(datagram, SIP("link"));
    len = v6 ? ipv6(packet + header_len, IPPROTO_UDP, datagram, len)
             : ipv4(packet + header_len, IPPROTO_UDP, 1, 0, datagram, len);
    put(packet, header_len + len);
    for (size_t cut = 0; cut < header_len + len; cut++) put_cut(packet, header_len + len, cut);
    finish();
    open_reader();
    struct an_pcap_message m = expect(SIP("link"));
    assert_int_equal(m.time_us, 1700000000000001);
    assert_int_equal(m.transport, AN_TRANSPORT_UDP);
    assert_int_equal(m.source.any.sa_family, v6 ? AF_INET6 : AF_INET);
    assert_int_equal(ntohs(v6 ? m.source.v6.sin6_port : m.source.v4.sin_port), 5060);
    assert_int_equal(ntohs(v6 ? m.destination.v6.sin6_port : m.destination.v4.sin_port), 5070);
    if (v6)
        assert_int_equal(m.destination.v6.sin6_addr.s6_addr[15], 2);
    else
        assert_int_equal(m.destination.v4.sin_addr.s_addr, htonl(0x0a000002));
    expect_end(AN_ERR_END);
    assert_int_equal(counters.messages, 1);
    assert_int_equal(counters.packets, 1 + header_len + len);
    assert_int_equal(counters.cut + counters.malformed + counters.other, header_len + len);
}

static void link_types(void **state)
{
    (void)state;
    static const char mac[12] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 };
    char header[64] = { 0 };
    memcpy(header, mac, 12);
    memcpy(header + 12, "\x08\x00", 2);
    link_type(DLT_EN10MB, header, 14, false);
    memcpy(header + 12, "\x86\xdd", 2);
    link_type(DLT_EN10MB, header, 14, true);
    memcpy(header + 12, "\x81\x00\x00\x07\x08\x00", 6);
    link_type(DLT_EN10MB, header, 18, false);
    memcpy(header + 12, "\x88\xa8\x00\x07\x81\x00\x00\x08\x86\xdd", 10);
    link_type(DLT_EN10MB, header, 22, true);
    memset(header, 0, sizeof header);
    memcpy(header + 14, "\x08\x00", 2);
    link_type(DLT_LINUX_SLL, header, 16, false);
    memset(header, 0, sizeof header);
    memcpy(header, "\x86\xdd", 2);
    link_type(DLT_LINUX_SLL2, header, 20, true);
    link_type(DLT_RAW, "", 0, false);
    link_type(DLT_RAW, "", 0, true);
    link_type(DLT_NULL, "\x02\x00\x00\x00", 4, false);
    link_type(DLT_NULL, "\x1e\x00\x00\x00", 4, true);
}

static void what_is_sip(void **state)
{
    (void)state;
    static const char *const not_sip[] = { "",
                                           "\r\n\r\n",
                                           "x",
                                           "OPTIONS",
                                           "OPTIONS sip:x",
                                           "GET / HTTP/1.1\r\n\r\n",
                                           "options sip:x SIP/2.0\r\n\r\n",
                                           "INVITE sip:x HTTP/1.0\r\nX: SIP/2.0\r\n\r\n",
                                           "SIP/3.0 200 OK\r\n\r\n" };
    begin(DLT_RAW);
    for (size_t i = 0; i < sizeof not_sip / sizeof not_sip[0]; i++) put_udp(not_sip[i]);
    put_udp("SIP/2.0 200 OK\r\n\r\n");
    uint8_t icmp[64];
    put(icmp, ipv4(icmp, IPPROTO_ICMP, 1, 0, "ping", 4));
    finish();
    open_reader();
    expect("SIP/2.0 200 OK\r\n\r\n");
    expect_end(AN_ERR_END);
    assert_int_equal(counters.other, sizeof not_sip / sizeof not_sip[0] + 1);
}

static void ipv6_extensions(void **state)
{
    (void)state;
    uint8_t datagram[512], chain[1024] = { 0 }, packet[1200];
    size_t len = udp(datagram, SIP("behind"));
    begin(DLT_RAW);
    chain[0] = IPPROTO_DSTOPTS; /* hop-by-hop of 8, destination options of 16, whole "fragment" */
    chain[8] = IPPROTO_FRAGMENT;
    chain[9] = 1;
    chain[24] = IPPROTO_UDP;
    memcpy(chain + 32, datagram, len);
    put(packet, ipv6(packet, IPPROTO_HOPOPTS, chain, 32 + len));
    chain[9] = 255; /* longer than the packet */
    put(packet, ipv6(packet, IPPROTO_HOPOPTS, chain, 32 + len));
    memset(chain, 0, sizeof chain); /* hop-by-hop for ever */
    put(packet, ipv6(packet, IPPROTO_HOPOPTS, chain, 1000));
    finish();
    open_reader();
    expect(SIP("behind"));
    expect_end(AN_ERR_END);
    assert_int_equal(counters.malformed, 1);
    assert_int_equal(counters.other, 1);
}

static char long_text[3000];

/* A long datagram as three fragments: their order, and which of them. */
static void put_fragments(unsigned id, const char *order)
{
    static uint8_t datagram[4000], packet[4000];
    snprintf(long_text, sizeof long_text, SIP("%02000d"), 7);
    size_t len = udp(datagram, long_text);
    static const unsigned from[] = { 0, 800, 1600 };
    for (; *order != '\0'; order++) {
        unsigned part = (unsigned)(*order - '0'), at = from[part];
        size_t size = part == 2 ? len - at : 800;
        put(packet, ipv4(packet, IPPROTO_UDP, id, at / 8 | (part == 2 ? 0 : 0x2000), datagram + at, size));
    }
}

static void fragments(void **state)
{
    (void)state;
    begin(DLT_RAW);
    put_fragments(1, "012");
    put_fragments(2, "210");
    put_fragments(3, "102");
    put_fragments(4, "01");   /* never whole */
    put_fragments(5, "0012"); /* one twice: dropped, and what is left never becomes whole */
    finish();
    open_reader();
    for (int i = 0; i < 3; i++) assert_int_equal(expect(long_text).len, strlen(long_text));
    expect_end(AN_ERR_END);
    assert_int_equal(counters.fragments, 15);
    assert_int_equal(counters.fragments_dropped, 1);
}

static void fragments_that_lie(void **state)
{
    (void)state;
    uint8_t packet[4000], bytes[2000] = { 0 };
    begin(DLT_RAW);
    put(packet, ipv4(packet, IPPROTO_UDP, 1, 0x1fff, bytes, 1000));      /* beyond 65,535 */
    put(packet, ipv4(packet, IPPROTO_UDP, 2, 0x2000, bytes, 1001));      /* not a multiple of 8 */
    put(packet, ipv4(packet, IPPROTO_UDP, 3, 0x2000 | 100, bytes, 800)); /* begins after the last one's end */
    put(packet, ipv4(packet, IPPROTO_UDP, 3, 10, bytes, 80));
    put(packet, ipv4(packet, IPPROTO_UDP, 3, 0x2000, bytes, 80));
    put(packet, ipv4(packet, IPPROTO_UDP, 4, 0x2000, NULL, 0));
    for (unsigned i = 0; i < 1000; i++) /* more at once than there is room for */
        put(packet, ipv4(packet, IPPROTO_UDP, 100 + i, 0x2000, bytes, 800));
    put_fragments(9999, "012");
    finish();
    open_reader();
    expect(long_text);
    expect_end(AN_ERR_END);
    assert_true(counters.fragments_dropped >= 3 + 1000 - 64);
}

static void tcp_in_any_order(void **state)
{
    (void)state;
    static const char text[] = SIP("first") SIP("second") "\r\n\r\n" SIP("third");
    size_t len = sizeof text - 1;
    for (uint32_t start = 0; start < 2; start++)
        for (size_t size = 1; size <= len; size += 3) {
            uint32_t seq = start == 0 ? 1000 : 0xffffffe0u; /* sequence numbers wrap */
            begin(DLT_RAW);
            put_tcp(seq - 1, 2, "", 0);
            size_t pieces = (len + size - 1) / size;
            for (size_t i = 0; i < pieces; i++) {
                size_t k = i == 0                         ? 0
                           : i % 2 == 1 && i + 1 < pieces ? i + 1
                           : i % 2 == 0                   ? i - 1
                                                          : i; /* 0 2 1 4 3 ... */
                size_t at = k * size, part = len - at < size ? len - at : size;
                if (size < 20 && k == 0) part = 30; /* the first begins like SIP; the rest of it comes again */
                put_tcp(seq + (uint32_t)at, 0, text + at, part);
                if (k % 5 == 0) put_tcp(seq + (uint32_t)at, 0, text + at, part); /* sent again */
            }
            finish();
            open_reader();
            expect(SIP("first"));
            expect(SIP("second"));
            assert_int_equal(expect(SIP("third")).transport, AN_TRANSPORT_TCP);
            expect_end(AN_ERR_END);
            assert_int_equal(counters.messages, 3);
            assert_int_equal(counters.tcp_gaps, 0);
        }
}

static void tcp_trouble(void **state)
{
    (void)state;
    static char big[60000];
    memset(big, 'x', sizeof big);
    memcpy(big, "OPTIONS sip:x SIP/2.0\r\n", 23);
    begin(DLT_RAW);
    put_tcp(1, 0, "GET / HTTP/1.1\r\n", 16);            /* not ours */
    put_tcp(1000, 0, "OPTIONS sip:x SIP/2.0\r\nX", 24); /* its rest is lost ... */
    for (uint32_t i = 0; i < 20; i++)
        put_tcp(2000 + i * 40, 0, i < 19 ? "some bytes in the middle of nowhere.....\n" : SIP("after the hole"),
                i < 19 ? 40 : strlen(SIP("after the hole")));
    put_tcp(500000, 0, SIP("far away"), strlen(SIP("far away"))); /* ... and much more */
    put_tcp(500000 + (uint32_t)strlen(SIP("far away")), 0, SIP("bad"), strlen(SIP("bad")));
    put_tcp(600000, 2, "", 0); /* begins anew */
    put_tcp(600001, 0, big, sizeof big);
    put_tcp(660001, 0, big, sizeof big); /* longer than any message may be */
    put_tcp(700000, 2, SIP("with the SYN"), strlen(SIP("with the SYN")));
    uint8_t packet[64], segment[20] = { 0 };
    segment[12] = 0xf0; /* header of 60 bytes in 20 */
    put(packet, ipv4(packet, IPPROTO_TCP, 1, 0, segment, 20));
    put(packet, ipv4(packet, IPPROTO_TCP, 1, 0, segment, 10));
    finish();
    open_reader();
    expect(SIP("after the hole"));
    expect(SIP("far away"));
    expect(SIP("with the SYN"));
    expect_end(AN_ERR_END);
    assert_int_equal(counters.other, 1);
    assert_int_equal(counters.malformed, 3);
    assert_true(counters.tcp_gaps >= 2);
}

static void more_streams_than_room(void **state)
{
    (void)state;
    uint8_t segment[200], packet[300];
    begin(DLT_RAW);
    for (unsigned i = 0; i < 3000; i++) {
        size_t len = tcp(segment, 1, 0, "OPTIONS sip:x SIP/2.0\r\nX", 24);
        be16(segment, 10000 + i);
        put(packet, ipv4(packet, IPPROTO_TCP, 1, 0, segment, len));
    }
    put_tcp(77, 0, SIP("still read"), strlen(SIP("still read")));
    finish();
    open_reader();
    expect(SIP("still read"));
    expect_end(AN_ERR_END);
    assert_true(counters.tcp_dropped >= 3000 - 1024);
}

static void cut_files(void **state)
{
    (void)state;
    begin(DLT_RAW);
    put_udp(SIP("one"));
    put_udp(SIP("two"));
    finish();
    FILE *file = fopen(path, "rb");
    static char bytes[1000];
    size_t len = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    for (size_t cut = 0; cut < len; cut++) {
        file = fopen(path, "wb");
        assert_int_equal(fwrite(bytes, 1, cut, file), cut);
        fclose(file);
        struct an_error error = { "" };
        enum an_err err = an_pcap_open(path, frame, &reader, &error);
        if (cut < 24) {
            assert_int_equal(err, AN_ERR_MALFORMED);
            assert_non_null(strstr(error.text, path));
            continue;
        }
        assert_int_equal(err, AN_OK);
        size_t first = 24 + (len - 24) / 2;
        if (cut >= first) expect(SIP("one"));
        expect_end(cut == 24 || cut == first ? AN_ERR_END : AN_ERR_CORRUPT);
    }
}

/* A pcapng file written by hand: section header, interface description, one enhanced packet. */
static void pcapng(void **state)
{
    (void)state;
    uint8_t datagram[200], packet[300] = { 0 };
    size_t len = ipv4(packet, IPPROTO_UDP, 1, 0, datagram, udp(datagram, SIP("next generation")));
    size_t padded = (len + 3) / 4 * 4;
    uint32_t time_high = (uint32_t)(1700000000123456ull >> 32), time_low = (uint32_t)1700000000123456ull;
    uint32_t section[] = { 0x0a0d0d0a, 28, 0x1a2b3c4d, 0x00000001, 0xffffffff, 0xffffffff, 28 };
    uint32_t interface[] = { 1, 20, DLT_RAW == 12 ? 101 : DLT_RAW, 0, 20 };
    uint32_t head[] = { 6, (uint32_t)(32 + padded), 0, time_high, time_low, (uint32_t)len, (uint32_t)len };
    FILE *file = fopen(path, "wb");
    fwrite(section, sizeof section, 1, file);
    fwrite(interface, sizeof interface, 1, file);
    fwrite(head, sizeof head, 1, file);
    fwrite(packet, padded, 1, file);
    fwrite(&head[1], 4, 1, file);
    fclose(file);
    open_reader();
    assert_int_equal(expect(SIP("next generation")).time_us, 1700000000123456);
    expect_end(AN_ERR_END);
}

static void other_files(void **state)
{
    (void)state;
    struct an_error error = { "" };
    assert_int_equal(an_pcap_open("/nowhere/x.pcap", frame, &reader, &error), AN_ERR_IO);
    assert_non_null(strstr(error.text, "/nowhere/x.pcap"));
    assert_int_equal(an_pcap_open("/tmp", frame, &reader, &error), AN_ERR_IO);
    assert_non_null(strstr(error.text, "folder"));
    FILE *file = fopen(path, "w");
    fputs("caller,callee,start\n+8613900000000,+8613800000000,2026-11-22 10:00:00\n", file);
    fclose(file);
    assert_int_equal(an_pcap_open(path, frame, &reader, &error), AN_ERR_MALFORMED);
    begin(DLT_IEEE802_11);
    finish();
    assert_int_equal(an_pcap_open(path, frame, &reader, &error), AN_ERR_UNSUPPORTED);
    assert_non_null(strstr(error.text, "IEEE802_11"));
    an_pcap_close(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(link_types),         cmocka_unit_test(what_is_sip),
        cmocka_unit_test(ipv6_extensions),    cmocka_unit_test(fragments),
        cmocka_unit_test(fragments_that_lie), cmocka_unit_test(tcp_in_any_order),
        cmocka_unit_test(tcp_trouble),        cmocka_unit_test(more_streams_than_room),
        cmocka_unit_test(cut_files),          cmocka_unit_test(pcapng),
        cmocka_unit_test(other_files),
    };
    return cmocka_run_group_tests(tests, make_path, remove_path);
}
