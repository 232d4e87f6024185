/* What the bench programs share: clocks, random numbers, medians, INVITE texts. Layer: beside the house; benches only.
 *
 * The INVITEs are those of bench/sipload.c (about 1.1 kB with SDP), in BENCH_KINDS builds of different User-Agent and
 * header lines. Numbers, Call-ID, branch and tag have a fixed width and are written over in place, which costs about
 * as much as the kernel's copy out of a datagram does. */
#ifndef ANNING_BENCH_H
#define ANNING_BENCH_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { BENCH_MESSAGE_MAX = 1536, BENCH_KINDS = 16 };

struct bench_message {
    unsigned len;
    uint16_t callers[3], callees[2]; /* where the 8 digits behind +86139 and +86138 stand */
    uint16_t branch, tag, call_id;   /* 16, 8 and 8 hex digits */
    char bytes[BENCH_MESSAGE_MAX];
};

static inline uint64_t bench_ns(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (uint64_t)t.tv_sec * 1000000000ull + (uint64_t)t.tv_nsec;
}

static inline uint64_t bench_random(uint64_t *state)
{
    uint64_t x = *state;
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    return *state = x;
}

static inline int bench_compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Sorts values. */
static inline double bench_median(double *values, size_t count)
{
    qsort(values, count, sizeof *values, bench_compare);
    return values[count / 2];
}

static inline void bench_put_digits(char *at, uint32_t value)
{
    for (int i = 7; i >= 0; i--, value /= 10) at[i] = (char)('0' + value % 10);
}

static inline void bench_put_hex(char *at, uint64_t value, int digits)
{
    for (int i = digits - 1; i >= 0; i--, value >>= 4) at[i] = "0123456789abcdef"[value & 15];
}

static inline uint16_t bench_find(const struct bench_message *m, const char *from, const char *mark, size_t skip)
{
    const char *found = strstr(from, mark);
    if (found == NULL) abort();
    return (uint16_t)((size_t)(found - m->bytes) + skip);
}

/* kind: 0..BENCH_KINDS-1; 0 is sipload's own build. From BENCH_KINDS on the build of a pool, as sipload names it too.
 */
static inline void bench_make(struct bench_message *m, unsigned kind, int local_port, int remote_port)
{
    static const char sdp[] = "v=0\r\no=- 3912 3912 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
                              "m=audio 40000 RTP/AVP 8 0 18 101\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:0 PCMU/8000\r\n"
                              "a=rtpmap:18 G729/8000\r\na=fmtp:18 annexb=no\r\na=rtpmap:101 telephone-event/8000\r\n"
                              "a=fmtp:101 0-16\r\na=ptime:20\r\na=sendrecv\r\n";
    char agent[64] = "yardstick/1.0";
    if (kind >= BENCH_KINDS)
        snprintf(agent, sizeof agent, "dialler-%05u", kind - BENCH_KINDS);
    else if (kind > 0)
        snprintf(agent, sizeof agent, "switch-%c%.*s/%u.%u", (char)('a' + kind), (int)(kind % 8), "-gateway", kind,
                 kind * 7 % 10);
    m->len = (unsigned)snprintf(
        m->bytes, sizeof m->bytes,
        "INVITE sip:+8613800000000@127.0.0.1:%d;user=phone SIP/2.0\r\n"
        "Via: SIP/2.0/UDP 127.0.0.1:%d;rport;branch=z9hG4bK0000000000000000\r\n"
        "Max-Forwards: 69\r\nFrom: <sip:+8613900000000@127.0.0.1;user=phone>;tag=00000000\r\n"
        "To: <sip:+8613800000000@127.0.0.1;user=phone>\r\nCall-ID: 00000000-4711@127.0.0.1\r\nCSeq: 1 INVITE\r\n"
        "Contact: <sip:+8613900000000@127.0.0.1:%d>\r\n"
        "P-Asserted-Identity: <sip:+8613900000000@127.0.0.1;user=phone>\r\n"
        "User-Agent: %s\r\nAllow: INVITE, ACK, CANCEL, BYE, OPTIONS%s%s\r\n"
        "Supported: 100rel, timer, replaces\r\nSession-Expires: 1800\r\nContent-Type: application/sdp\r\n"
        "Content-Length: %zu\r\n\r\n%s",
        remote_port, local_port, local_port, agent, kind % 2 == 0 || kind >= BENCH_KINDS ? ", UPDATE" : "",
        kind % 3 == 0 || kind >= BENCH_KINDS ? ", PRACK" : "", sizeof sdp - 1, sdp);
    if (m->len >= sizeof m->bytes) abort();
    const char *at = m->bytes;
    for (int i = 0; i < 3; i++, at = m->bytes + m->callers[i - 1]) m->callers[i] = bench_find(m, at, "+86139", 6);
    at = m->bytes;
    for (int i = 0; i < 2; i++, at = m->bytes + m->callees[i - 1]) m->callees[i] = bench_find(m, at, "+86138", 6);
    m->branch = bench_find(m, m->bytes, "z9hG4bK", 7);
    m->tag = bench_find(m, m->bytes, ";tag=", 5);
    m->call_id = bench_find(m, m->bytes, "Call-ID: ", 9);
}

/* Another call: caller and callee are 8 digits, noise goes into branch and tag. */
static inline void bench_patch(struct bench_message *m, uint32_t caller, uint32_t callee, uint32_t call_id,
                               uint64_t noise)
{
    for (int i = 0; i < 3; i++) bench_put_digits(m->bytes + m->callers[i], caller);
    for (int i = 0; i < 2; i++) bench_put_digits(m->bytes + m->callees[i], callee);
    bench_put_hex(m->bytes + m->branch, noise, 16);
    bench_put_hex(m->bytes + m->tag, noise >> 17, 8);
    bench_put_hex(m->bytes + m->call_id, call_id, 8);
}

#endif
