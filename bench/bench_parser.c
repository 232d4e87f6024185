/* Parser bench: messages a second of an_sip_parse, the shape included, beside libsofia-sip's message parser (msg_make
 * and freeing what it made), in one run: ROUNDS rounds, the two parsers taking turns, medians. The messages are a pool
 * of different calls, so that neither parser nor branch predictor sees the same bytes over and over.
 *
 *   bench_parser [cpu]            the comparison
 *   bench_parser count|carrier N  parses N messages of the first or second kind with ours only: for
 *                                 valgrind --tool=callgrind --toggle-collect='an_sip_parse'
 *
 * Results with machine and date: bench/results/parser.md. */
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "parse/sip.h"

#ifdef HAVE_SOFIA
#include <sofia-sip/msg.h>
#include <sofia-sip/sip_parser.h>
#endif

enum { POOL = 512, ROUNDS = 9, MESSAGE_MAX = 2048, ROUND_US = 150000 };

struct message {
    char bytes[MESSAGE_MAX];
    size_t len;
};

static uint64_t rng = 88172645463325252ull;

static uint64_t next_random(void)
{
    rng ^= rng << 13;
    rng ^= rng >> 7;
    rng ^= rng << 17;
    return rng;
}

static const char sdp[] =
    "v=0\r\no=- 3912 3912 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 40000 RTP/AVP 8 0 18 "
    "101\r\n"
    "a=rtpmap:8 PCMA/8000\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:18 G729/8000\r\na=fmtp:18 annexb=no\r\n"
    "a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\na=ptime:20\r\na=sendrecv\r\n";

/* A PASSporT as long as real ones are, of random base64url; returns its length. */
static size_t make_identity(char *out, size_t size)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    static const unsigned parts[] = { 120, 226, 86 };
    size_t at = 0;
    for (unsigned i = 0; i < 3; i++) {
        if (i > 0) out[at++] = '.';
        for (unsigned n = 0; n < parts[i]; n++) out[at++] = letters[next_random() & 63];
    }
    int tail = snprintf(out + at, size - at, ";info=<https://cert.example.org/passport.cer>;alg=ES256;ppt=shaken");
    return at + (size_t)tail;
}

/* The fields a carrier's proxy adds on the way. */
static size_t make_transit(char *out, size_t size)
{
    return (size_t)snprintf(out, size,
                            "Via: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bK%08x.%08x\r\n"
                            "Record-Route: <sip:192.0.2.10;lr;ftag=%08x>\r\n"
                            "P-Charging-Vector: icid-value=%08x%08x;icid-generated-at=192.0.2.10\r\n"
                            "Date: Sun, 22 Nov 2026 03:14:31 GMT\r\nMin-SE: 90\r\n",
                            (unsigned)next_random(), (unsigned)next_random(), (unsigned)next_random(),
                            (unsigned)next_random(), (unsigned)next_random());
}

static void make_message(struct message *m, bool carrier)
{
    char identity[640] = "", transit[512] = "";
    unsigned from = (unsigned)(next_random() % 100000000u), to = (unsigned)(next_random() % 100000000u);
    if (carrier) {
        size_t head = (size_t)snprintf(identity, sizeof identity, "Identity: ");
        size_t len = head + make_identity(identity + head, sizeof identity - head);
        memcpy(identity + len, "\r\n", 3);
        make_transit(transit, sizeof transit);
    }
    int len = snprintf(
        m->bytes, sizeof m->bytes,
        "INVITE sip:+86138%08u@127.0.0.1:5060;user=phone SIP/2.0\r\n%s"
        "Via: SIP/2.0/UDP 127.0.0.1:6201;rport;branch=z9hG4bK%08x%08x\r\n"
        "Max-Forwards: 69\r\nFrom: <sip:+86139%08u@127.0.0.1;user=phone>;tag=%08x\r\n"
        "To: <sip:+86138%08u@127.0.0.1;user=phone>\r\nCall-ID: %08x-4711@127.0.0.1\r\nCSeq: 1 INVITE\r\n"
        "Contact: <sip:+86139%08u@127.0.0.1:6201>\r\nP-Asserted-Identity: <sip:+86139%08u@127.0.0.1;user=phone>\r\n"
        "User-Agent: yardstick/1.0\r\nAllow: INVITE, ACK, CANCEL, BYE, OPTIONS, UPDATE, PRACK\r\n%s"
        "Supported: 100rel, timer, replaces\r\nSession-Expires: 1800\r\nContent-Type: application/sdp\r\n"
        "Content-Length: %zu\r\n\r\n%s",
        to, transit, (unsigned)next_random(), (unsigned)next_random(), from, (unsigned)next_random(), to,
        (unsigned)next_random(), from, from, identity, sizeof sdp - 1, sdp);
    m->len = (size_t)len;
}

static uint64_t parse_ours(const struct message *m)
{
    static struct an_parsed parsed;
    if (an_sip_parse(m->bytes, m->len, &parsed) != AN_OK) abort();
    return parsed.shape;
}

#ifdef HAVE_SOFIA
static uint64_t parse_sofia(const struct message *m)
{
    msg_t *msg = msg_make(sip_default_mclass(), 0, m->bytes, (ssize_t)m->len);
    const sip_t *sip = sip_object(msg);
    if (sip == NULL || sip->sip_from == NULL || sip->sip_to == NULL || sip->sip_cseq == NULL) abort();
    uint64_t seen = sip->sip_cseq->cs_seq;
    msg_destroy(msg);
    return seen;
}
#endif

/* Messages a second over ROUND_US. */
static double measure(uint64_t (*parse)(const struct message *), const struct message *pool)
{
    volatile uint64_t sink = 0;
    (void)sink; /* only written, so that the parsing is done */
    uint64_t start = an_clock_mono_us(), now = start, n = 0;
    while (now - start < ROUND_US) {
        for (unsigned i = 0; i < POOL; i++) sink += parse(&pool[i]);
        n += POOL;
        now = an_clock_mono_us();
    }
    return (double)n * 1e6 / (double)(now - start);
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void compare_parsers(const char *name, const struct message *pool)
{
    double ours[ROUNDS], theirs[ROUNDS] = { 0 };
    for (unsigned i = 0; i < ROUNDS; i++) {
        ours[i] = measure(parse_ours, pool);
#ifdef HAVE_SOFIA
        theirs[i] = measure(parse_sofia, pool);
#endif
    }
    qsort(ours, ROUNDS, sizeof ours[0], compare);
    qsort(theirs, ROUNDS, sizeof theirs[0], compare);
    double own = ours[ROUNDS / 2], other = theirs[ROUNDS / 2];
    printf("%-24s %5zu B  ours %9.0f msg/s %6.0f ns", name, pool[0].len, own, 1e9 / own);
    if (other > 0) printf("   sofia-sip %8.0f msg/s %6.0f ns   ratio %.1f", other, 1e9 / other, own / other);
    printf("\n");
}

int main(int argc, char **argv)
{
    static struct message plain[POOL], carrier[POOL];
    for (unsigned i = 0; i < POOL; i++) {
        make_message(&plain[i], false);
        make_message(&carrier[i], true);
    }
    if (argc == 3) {
        long n = strtol(argv[2], NULL, 10);
        const struct message *pool = strcmp(argv[1], "count") == 0 ? plain : carrier;
        for (long i = 0; i < n; i++) parse_ours(&pool[i % POOL]);
        return 0;
    }
    if (argc == 2) {
        cpu_set_t set;
        CPU_ZERO(&set);
        CPU_SET((unsigned)strtoul(argv[1], NULL, 10), &set);
        sched_setaffinity(0, sizeof set, &set);
    }
    compare_parsers("INVITE of sipload", plain);
    compare_parsers("the same by a carrier", carrier);
    return 0;
}
