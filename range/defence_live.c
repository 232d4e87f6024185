/* A running anningd on this machine: each attempt an INVITE over UDP, its verdict read from X-Anning of the answer;
 * answers, ends and reports in batches over POST /v1/events. Layer: range.
 *
 * Nothing here can reach another machine: addresses outside of 127.0.0.0/8 and ::1 are refused, and each trunk sends
 * from an address of its own in 127.64.0.0/10, which is how the daemon tells trunks apart. The range's clock goes with
 * each call (X-Anning-Time, `time`), so the daemon has to run with --virtual-time. */
#include <arpa/inet.h>
#include <curl/curl.h>
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/hash.h"
#include "model/listen.h"
#include "range/defence.h"
#include "range/network.h"

enum { BATCH_EVENTS = 256, EVENT_BYTES = 400, ANSWER_BYTES = 4096, WAIT_MS = 1000, TRIES = 5, HTTP_TIMEOUT_S = 10 };
#define BATCH_US 60000000ull /* simulated: nothing is told later than a minute after it happened */

struct live {
    struct ar_live_options how;
    const struct ar_names *names; /* [borrow] */
    union an_address door;
    int *sockets;               /* [own] one a trunk; -1: not open yet */
    CURL *curl;                 /* [own] */
    struct curl_slist *headers; /* [own] */
    char url[96];
    char *batch; /* [own] a JSON array being written */
    size_t batch_len, batch_count;
    uint64_t batch_since_us;
    char answer[512];
    size_t answer_len;
    bool gone, warned;
};

static bool is_loopback(const union an_address *address)
{
    if (address->any.sa_family == AF_INET) return (ntohl(address->v4.sin_addr.s_addr) >> 24) == 127;
    return address->any.sa_family == AF_INET6 && IN6_IS_ADDR_LOOPBACK(&address->v6.sin6_addr);
}

static enum an_err read_address(const char *what, const char *text, union an_address *ret_address,
                                struct an_error *error)
{
    struct an_error problem;
    if (text == NULL)
        return an_fail(error, AN_ERR_INVALID, "no %s address of anningd; --live SIP HTTP gives both", what);
    enum an_err err = an_address_parse(an_slice_of(text), 0, AN_ADDRESS_PORT_NEEDED, ret_address, &problem);
    if (err != AN_OK) return an_fail(error, AN_ERR_INVALID, "%s address %s: %s", what, text, problem.text);
    if (!is_loopback(ret_address))
        return an_fail(error, AN_ERR_INVALID,
                       "%s address %s is not this machine's own; 127.0.0.0/8 and [::1] are "
                       "possible: the range never calls into a network",
                       what, text);
    return AN_OK;
}

/* ---- attempts over SIP ---- */

/* The trunk's own address: 127.64.0.1 and up. Over IPv6 there is one loopback address, so all trunks look alike. */
static int open_socket(const struct live *live, uint16_t trunk)
{
    int family = live->door.any.sa_family;
    int fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return -1;
    union an_address own = { 0 };
    own.any.sa_family = (sa_family_t)family;
    if (family == AF_INET)
        own.v4.sin_addr.s_addr = htonl(0x7f400001u + trunk);
    else
        own.v6.sin6_addr = in6addr_loopback;
    if (bind(fd, &own.any, an_address_size(&own)) != 0 ||
        connect(fd, &live->door.any, an_address_size(&live->door)) != 0) {
        close(fd);
        return -1;
    }
    return fd;
}

static size_t write_invite(const struct live *live, const struct ar_call *call, char *out, size_t size)
{
    char from[AN_NUMBER_TEXT_MAX], to[AN_NUMBER_TEXT_MAX], diverted[AN_NUMBER_TEXT_MAX], host[INET_ADDRSTRLEN];
    char extra[160] = "";
    const char *build = live->names->shapes[call->shape];
    an_number_text(call->caller, from);
    an_number_text(call->callee, to);
    an_number_text(call->callee ^ 1, diverted);
    ar_network_host(call->trunk, host);
    size_t used = 0;
    if (call->anonymous)
        used = (size_t)snprintf(extra, sizeof extra, "P-Asserted-Identity: <sip:%s@%s>\r\nPrivacy: id\r\n", from, host);
    if (call->forwarded)
        snprintf(extra + used, sizeof extra - used, "Diversion: <sip:%s@%s>;reason=unconditional\r\n", diverted, host);
    /* Builds differ in more than their name, as real ones do: order and presence of headers. */
    uint64_t habit = an_hash64(build, strlen(build), 1);
    const char *supported = habit & 1 ? "Supported: 100rel,timer\r\n" : "";
    const char *allow =
        habit & 2 ? "Allow: INVITE,ACK,CANCEL,BYE,PRACK,UPDATE\r\n" : "Allow: INVITE, ACK, BYE, CANCEL, OPTIONS\r\n";
    const char *expires = habit & 4 ? "Session-Expires: 1800\r\n" : "";
    int len = snprintf(
        out, size,
        "INVITE sip:%s@%s SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bK%016llx;rport\r\nMax-Forwards: 69\r\n%s"
        "From: <sip:%s@%s>;tag=%08llx\r\nTo: <sip:%s@%s>\r\nCall-ID: %016llx@range\r\nCSeq: 1 INVITE\r\n"
        "Contact: <sip:%s>\r\n%s%s%sUser-Agent: %s\r\n%sX-Anning-Time: %llu\r\nContent-Length: 0\r\n\r\n",
        to, host, host, (unsigned long long)call->id, habit & 8 ? allow : "", call->anonymous ? "anonymous" : from,
        call->anonymous ? "anonymous.invalid" : host, (unsigned long long)(call->id & 0xffffffff), to, host,
        (unsigned long long)call->id, host, habit & 8 ? "" : allow, supported, extra, build, expires,
        (unsigned long long)(call->time_us + live->how.later_us));
    an_assert(len > 0 && (size_t)len < size);
    return (size_t)len;
}

/* The value of NAME= in X-Anning's line, cut at ';' or the line's end. */
static struct an_slice field(const char *line, const char *name)
{
    const char *at = strstr(line, name), *end = strstr(line, "\r\n");
    if (at == NULL || end == NULL || at > end) return (struct an_slice) { "", 0 };
    at += strlen(name);
    return (struct an_slice) { at, strcspn(at, ";\r") };
}

static bool read_answer(const char *answer, struct ar_call *call)
{
    char id[40];
    snprintf(id, sizeof id, "%016llx@range", (unsigned long long)call->id);
    if (strstr(answer, id) == NULL) return false; /* to an earlier try */
    const char *line = strstr(answer, "\r\nX-Anning: ");
    if (line == NULL) return false;
    line += 2;
    struct an_slice action = field(line, "action="), category = field(line, "category="), score = field(line, "score="),
                    token = field(line, "token=");
    enum an_category kind = AN_CATEGORY_UNKNOWN;
    for (int a = 0; a < AN_ACTION_COUNT; a++) {
        const char *name = an_action_name((enum an_action)a);
        if (strlen(name) == action.len && memcmp(name, action.at, action.len) == 0) call->action = (uint8_t)a;
    }
    an_category_of(category.at, category.len, &kind);
    call->verdict_category = (uint8_t)kind;
    call->probability = score.len > 0 ? strtof(score.at, NULL) : 0;
    an_slice_copy(token, call->token, sizeof call->token);
    return true;
}

/* Sends and waits, as a switch does: again after a second without an answer (RFC 3261 timers, but less patient). */
static bool ask(struct live *live, int fd, struct ar_call *call)
{
    char invite[1400], answer[ANSWER_BYTES];
    size_t len = write_invite(live, call, invite, sizeof invite);
    for (int try = 0; try < TRIES; try++) {
        if (send(fd, invite, len, 0) < 0 && errno == ECONNREFUSED && try > 0) return false;
        struct pollfd wait = { .fd = fd, .events = POLLIN };
        while (poll(&wait, 1, WAIT_MS) > 0) {
            ssize_t got = recv(fd, answer, sizeof answer - 1, 0);
            if (got <= 0) break;
            answer[got] = '\0';
            if (read_answer(answer, call)) return true;
        }
    }
    return false;
}

/* ---- events over HTTP ---- */

/* Keeps the first bytes of the answer. */
static size_t keep(char *bytes, size_t size, size_t n, void *user)
{
    struct live *live = user;
    size_t room = sizeof live->answer - 1 - live->answer_len, len = size * n < room ? size * n : room;
    memcpy(live->answer + live->answer_len, bytes, len);
    live->answer_len += len;
    live->answer[live->answer_len] = '\0';
    return size * n;
}

static void send_batch(struct live *live)
{
    if (live->batch_count == 0 || live->gone) return;
    live->batch[live->batch_len++] = ']';
    curl_easy_setopt(live->curl, CURLOPT_POSTFIELDS, live->batch);
    curl_easy_setopt(live->curl, CURLOPT_POSTFIELDSIZE, (long)live->batch_len);
    long status = 0;
    live->answer_len = 0;
    live->answer[0] = '\0';
    if (curl_easy_perform(live->curl) != CURLE_OK)
        live->gone = true;
    else
        curl_easy_getinfo(live->curl, CURLINFO_RESPONSE_CODE, &status);
    if (status != 200 && !live->gone) {
        fprintf(stderr, "anning-range: %s answers %ld to events; is it anningd --virtual-time?\n", live->url, status);
        live->gone = true;
    }
    const char *rejected = strstr(live->answer, "\"rejected\"");
    if (!live->gone && !live->warned && rejected != NULL && strchr(rejected, '{') != NULL) {
        fprintf(stderr, "anning-range: anningd refuses events, such as: %.200s\n", rejected);
        live->warned = true;
    }
    live->batch_len = live->batch_count = 0;
}

__attribute__((format(printf, 4, 5))) static void tell(struct live *live, const struct ar_call *call, uint64_t time_us,
                                                       const char *format, ...)
{
    char from[AN_NUMBER_TEXT_MAX], to[AN_NUMBER_TEXT_MAX], rest[160], host[INET_ADDRSTRLEN];
    if (live->gone || time_us < live->how.since_us) return;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(rest, sizeof rest, format, arguments);
    va_end(arguments);
    an_number_text(call->caller, from);
    an_number_text(call->callee, to);
    ar_network_host(call->trunk, host);
    if (live->batch_count == 0) live->batch_since_us = time_us;
    time_us += live->how.later_us;
    int len = snprintf(live->batch + live->batch_len, EVENT_BYTES,
                       "%c{\"time\":%llu.%06llu,\"source\":\"%s:5060\",\"from\":\"%s\",\"to\":\"%s\","
                       "\"call_id\":\"%016llx@range\",%s}",
                       live->batch_count == 0 ? '[' : ',', (unsigned long long)(time_us / 1000000),
                       (unsigned long long)(time_us % 1000000), host, from, to, (unsigned long long)call->id, rest);
    an_assert(len > 0 && len < EVENT_BYTES);
    live->batch_len += (size_t)len;
    live->batch_count++;
    if (live->batch_count == BATCH_EVENTS) send_batch(live);
}

/* ---- the defence ---- */

/* Until a call's time has come by the clock; what happened until then is told first. A signal cuts it short. */
static void wait_for(struct live *live, uint64_t time_us)
{
    uint64_t now_us = an_clock_wall_us(), due_us = time_us + live->how.later_us;
    if (due_us <= now_us) return;
    send_batch(live);
    const struct timespec rest = { .tv_sec = (time_t)((due_us - now_us) / 1000000),
                                   .tv_nsec = (long)((due_us - now_us) % 1000000 * 1000) };
    nanosleep(&rest, NULL);
}

static enum an_err decide(void *self, struct ar_call *call)
{
    struct live *live = self;
    if (call->time_us < live->how.since_us) {
        call->action = AN_ACTION_ALLOW;
        return AN_OK;
    }
    if (live->how.paced) wait_for(live, call->time_us);
    if (live->batch_count > 0 && call->time_us > live->batch_since_us + BATCH_US) send_batch(live);
    if (live->gone) return AN_ERR_IO;
    int *fd = &live->sockets[call->trunk];
    if (*fd < 0) *fd = open_socket(live, call->trunk);
    if (*fd < 0 || !ask(live, *fd, call)) live->gone = true;
    return live->gone ? AN_ERR_IO : AN_OK;
}

static void answered(void *self, const struct ar_call *call, uint64_t time_us)
{
    tell(self, call, time_us, "\"kind\":\"answer\",\"ring_s\":%u.%03u", call->ring_ms / 1000, call->ring_ms % 1000);
}

static void ended(void *self, const struct ar_call *call, uint64_t time_us)
{
    tell(self, call, time_us, "\"kind\":\"end\",\"outcome\":\"%s\",\"ring_s\":%u.%03u,\"talk_s\":%u.%03u",
         an_outcome_name((enum an_outcome)call->outcome), call->ring_ms / 1000, call->ring_ms % 1000,
         call->talk_ms / 1000, call->talk_ms % 1000);
}

static void reported(void *self, const struct ar_call *call, uint64_t time_us, bool wanted, enum an_category category)
{
    tell(self, call, time_us, "\"kind\":\"report\",\"wanted\":%s,\"category\":\"%s\"", wanted ? "true" : "false",
         an_category_name(category));
}

static void free_live(void *self)
{
    struct live *live = self;
    if (live->curl != NULL) send_batch(live);
    for (uint32_t i = 0; live->sockets != NULL && i < live->names->trunk_count; i++)
        if (live->sockets[i] >= 0) close(live->sockets[i]);
    curl_slist_free_all(live->headers);
    curl_easy_cleanup(live->curl);
    free(live->sockets);
    free(live->batch);
    free(live);
}

static bool prepare_http(struct live *live, const char *http)
{
    snprintf(live->url, sizeof live->url, "http://%s/v1/events", http);
    live->curl = curl_easy_init();
    live->headers = curl_slist_append(NULL, "Content-Type: application/json");
    if (live->curl == NULL || live->headers == NULL) return false;
    curl_easy_setopt(live->curl, CURLOPT_URL, live->url);
    curl_easy_setopt(live->curl, CURLOPT_HTTPHEADER, live->headers);
    curl_easy_setopt(live->curl, CURLOPT_WRITEFUNCTION, keep);
    curl_easy_setopt(live->curl, CURLOPT_WRITEDATA, live);
    curl_easy_setopt(live->curl, CURLOPT_TIMEOUT, (long)HTTP_TIMEOUT_S);
    curl_easy_setopt(live->curl, CURLOPT_PROXY, ""); /* never through somebody else's machine */
    curl_easy_setopt(live->curl, CURLOPT_NOSIGNAL, 1L);
    return true;
}

enum an_err ar_defence_live(const struct ar_names *names, const char *sip, const char *http,
                            const struct ar_live_options *how, struct ar_defence *ret_defence, struct an_error *error)
{
    an_assert(names != NULL && how != NULL && ret_defence != NULL);
    union an_address door, api;
    enum an_err err = read_address("SIP", sip, &door, error);
    if (err == AN_OK) err = read_address("HTTP", http, &api, error);
    if (err != AN_OK) return err;
    struct live *live = calloc(1, sizeof *live);
    if (live == NULL) return an_fail(error, AN_ERR_NO_MEMORY, "no memory for a defence");
    live->names = names;
    live->door = door;
    live->how = *how;
    live->sockets = malloc(names->trunk_count * sizeof *live->sockets);
    live->batch = malloc((size_t)BATCH_EVENTS * EVENT_BYTES + 2);
    for (uint32_t i = 0; live->sockets != NULL && i < names->trunk_count; i++) live->sockets[i] = -1;
    if (live->sockets == NULL || live->batch == NULL || !prepare_http(live, http)) {
        free_live(live);
        return an_fail(error, AN_ERR_NO_MEMORY, "no memory for a defence");
    }
    *ret_defence = (struct ar_defence) { .name = "live",
                                         .text_en = "Anning, live over SIP",
                                         .text_zh = "安宁（SIP 实时）",
                                         .self = live,
                                         .decide = decide,
                                         .answered = answered,
                                         .ended = ended,
                                         .reported = reported,
                                         .free = free_live };
    return AN_OK;
}
