/* The event loop over real sockets on the loopback, with a handler that answers "A " + the message. A message of a
 * stream ends with an empty line; one that begins with "!" is malformed, with "#" over the limit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "wire/loop.h"

enum { WAIT_MS = 20000, SERVERS = 4 };

struct server {
    struct an_loop *loop;
    struct an_loop_handler handler;
    struct an_listen listens[SERVERS];
    _Atomic uint64_t calls, hep, ticks, vector_max;
    _Atomic int begun, ended, hold;
    _Atomic uint16_t answer_port; /* not 0: answers to datagrams go there */
    union an_address last_local, last_peer;
    _Atomic size_t repeat; /* of the answer's text, to fill send buffers */
};

static void process(void *user, struct an_vector *v, struct an_answer answers[AN_VECTOR_MAX])
{
    struct server *s = user;
    while (s->hold) usleep(1000);
    assert_true(v->count > 0 && v->count <= AN_VECTOR_MAX && v->now_us > 1600000000000000ull && v->worker == 0);
    if (v->count > s->vector_max) s->vector_max = v->count;
    for (uint32_t i = 0; i < v->count; i++) {
        struct an_call *call = &v->calls[i];
        struct an_answer *a = &answers[i];
        assert_int_equal(call->error, AN_OK);
        assert_int_equal(call->sip_status, 0);
        assert_int_equal(a->len, 0);
        assert_memory_equal(&a->to, &call->peer, an_address_size(&call->peer));
        s->last_local = call->local;
        s->last_peer = call->peer;
        call->sip_status = 99; /* the loop must clear what it says it clears */
        call->error = AN_ERR_LIMIT;
        s->calls++;
        if (call->transport == AN_TRANSPORT_HEP) s->hep++;
        if (memcmp(call->base, "quiet", 5) == 0) continue;
        size_t len = call->length < AN_SIP_ANSWER_MAX - 2 ? call->length : AN_SIP_ANSWER_MAX - 2;
        memcpy(a->bytes, "A ", 2);
        memcpy(a->bytes + 2, call->base, len);
        a->len = len + 2;
        if (s->repeat > 0) a->len = s->repeat;
        if (s->answer_port != 0) a->to.v4.sin_port = htons(s->answer_port);
    }
}

static void tick(void *user, uint64_t now_us)
{
    (void)now_us;
    ((struct server *)user)->ticks++;
}

static void begin(void *user)
{
    ((struct server *)user)->begun++;
}

static void end(void *user)
{
    ((struct server *)user)->ended++;
}

static enum an_err frame(const char *bytes, size_t len, size_t *scanned, size_t *ret_len)
{
    assert_true(len > 0 && *scanned <= len);
    assert_true(bytes[0] != '\r' && bytes[0] != '\n');
    if (bytes[0] == '!') return AN_ERR_MALFORMED;
    if (bytes[0] == '#') return AN_ERR_LIMIT;
    for (size_t i = *scanned; i + 4 <= len; i++)
        if (memcmp(bytes + i, "\r\n\r\n", 4) == 0) {
            *ret_len = i + 4;
            return AN_OK;
        }
    *scanned = len >= 3 ? len - 3 : 0;
    return AN_ERR_MORE;
}

static enum an_err start_at(struct server *s, struct an_loop_options *options, const char *const texts[], size_t count,
                            struct an_error *error)
{
    for (size_t i = 0; i < count; i++)
        assert_int_equal(an_listen_parse(texts[i], AN_ADDRESS_STAR | AN_ADDRESS_PORT_0, &s->listens[i], NULL), AN_OK);
    s->handler = (struct an_loop_handler) { s, process, tick, frame, begin, end };
    options->listens = s->listens;
    options->listen_count = count;
    options->cpu = -1;
    return an_loop_start(options, &s->handler, &s->loop, error);
}

static struct server *start(struct an_loop_options *options, const char *a, const char *b)
{
    struct server *s = calloc(1, sizeof *s);
    struct an_error error = { "" };
    const char *const texts[] = { a, b };
    if (start_at(s, options, texts, b == NULL ? 1 : 2, &error) != AN_OK) fail_msg("%s", error.text);
    return s;
}

static struct an_loop_counters stop(struct server *s)
{
    struct an_loop_counters counters;
    an_loop_counters(s->loop, &counters);
    an_loop_stop(s->loop);
    assert_int_equal(s->begun, 1);
    assert_int_equal(s->ended, 1);
    free(s);
    return counters;
}

static struct an_loop_counters counters_of(const struct server *s)
{
    struct an_loop_counters counters;
    an_loop_counters(s->loop, &counters);
    return counters;
}

/* Waits until the counter at offset is at least value. */
static void await_counter(const struct server *s, size_t offset, uint64_t value)
{
    for (int i = 0; i < WAIT_MS; i++) {
        struct an_loop_counters counters = counters_of(s);
        if (*(uint64_t *)((char *)&counters + offset) >= value) return;
        usleep(1000);
    }
    fail_msg("the counter at %zu never came to %llu", offset, (unsigned long long)value);
}
#define AWAIT(s, field, value) await_counter((s), offsetof(struct an_loop_counters, field), (value))

static int client(const struct server *s, size_t i)
{
    union an_address to = an_loop_address(s->loop, i);
    enum an_transport t = s->listens[i].transport;
    int fd = socket(to.any.sa_family, t == AN_TRANSPORT_TCP || t == AN_TRANSPORT_TLS ? SOCK_STREAM : SOCK_DGRAM, 0);
    int size = 4 << 20;
    assert_true(fd >= 0);
    if (t == AN_TRANSPORT_UDP) setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    assert_int_equal(connect(fd, &to.any, an_address_size(&to)), 0);
    return fd;
}

/* What comes, up to size bytes; 0: closed by the other side; waits long enough for any machine. */
static size_t receive(int fd, char *out, size_t size)
{
    struct pollfd p = { .fd = fd, .events = POLLIN };
    assert_int_equal(poll(&p, 1, WAIT_MS), 1);
    ssize_t n = recv(fd, out, size, 0);
    return n < 0 ? 0 : (size_t)n;
}

static void receive_text(int fd, const char *text)
{
    char bytes[8192];
    size_t len = 0, want = strlen(text);
    while (len < want) {
        size_t n = receive(fd, bytes + len, want - len);
        assert_true(n > 0);
        len += n;
    }
    assert_memory_equal(bytes, text, want);
}

static void send_text(int fd, const char *text)
{
    assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

static void assert_closed(int fd)
{
    char bytes[8192];
    while (receive(fd, bytes, sizeof bytes) > 0) continue;
    close(fd);
}

static void burst(const char *address)
{
    enum { COUNT = 10000, WINDOW = 256 };
    struct server *s = start(&(struct an_loop_options) { 0 }, address, NULL);
    int fd = client(s, 0);
    static bool seen[COUNT];
    memset(seen, 0, sizeof seen);
    for (int sent = 0, got = 0; got < COUNT;) {
        char text[64];
        for (; sent < COUNT && sent - got < WINDOW; sent++) {
            snprintf(text, sizeof text, "message %d", sent);
            send_text(fd, text);
        }
        size_t len = receive(fd, text, sizeof text - 1);
        text[len] = '\0';
        int number = -1;
        assert_int_equal(sscanf(text, "A message %d", &number), 1);
        assert_true(number >= 0 && number < COUNT && !seen[number]);
        seen[number] = true;
        got++;
    }
    AWAIT(s, sent[AN_TRANSPORT_UDP], COUNT);
    close(fd);
    struct an_loop_counters c = stop(s);
    assert_int_equal(c.received[AN_TRANSPORT_UDP], COUNT);
    assert_int_equal(c.sent[AN_TRANSPORT_UDP], COUNT);
    assert_int_equal(c.send_failed[AN_TRANSPORT_UDP], 0);
    assert_true(c.vectors <= COUNT);
}

static void udp_bursts(void **state)
{
    (void)state;
    burst("udp:127.0.0.1:0");
    burst("udp:[::1]:0");
    burst("udp:0.0.0.0:0");
    burst("udp:[::]:0");
}

static void udp_takes_a_vector_at_once(void **state)
{
    (void)state;
    struct server *s = start(&(struct an_loop_options) { 0 }, "udp:127.0.0.1:0", NULL);
    int fd = client(s, 0);
    s->hold = 1;
    for (int i = 0; i < 200; i++) send_text(fd, i % 2 ? "odd" : "quiet");
    s->hold = 0;
    for (int i = 0; i < 100; i++) receive_text(fd, "A odd");
    assert_int_equal(s->vector_max, AN_VECTOR_MAX);
    close(fd);
    stop(s);
}

static void answers_come_from_the_address_asked(void **state)
{
    (void)state;
    struct server *s = start(&(struct an_loop_options) { 0 }, "udp:*:0", NULL);
    union an_address to = an_loop_address(s->loop, 0);
    to.v4.sin_addr.s_addr = htonl(0x7f000002);
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    assert_int_equal(connect(fd, &to.any, sizeof to.v4), 0); /* takes datagrams of 127.0.0.2 only */
    send_text(fd, "hello");
    receive_text(fd, "A hello");
    assert_int_equal(s->last_local.v4.sin_addr.s_addr, htonl(0x7f000002));
    assert_int_equal(s->last_local.v4.sin_port, to.v4.sin_port);
    close(fd);
    stop(s);
}

static void answers_may_go_elsewhere(void **state)
{
    (void)state;
    struct server *s = start(&(struct an_loop_options) { 0 }, "udp:127.0.0.1:0", NULL);
    int fd = client(s, 0), other = socket(AF_INET, SOCK_DGRAM, 0);
    union an_address at = { .v4 = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) } };
    socklen_t len = sizeof at;
    assert_int_equal(bind(other, &at.any, sizeof at.v4), 0);
    assert_int_equal(getsockname(other, &at.any, &len), 0);
    s->answer_port = ntohs(at.v4.sin_port);
    send_text(fd, "via");
    receive_text(other, "A via");
    close(fd);
    close(other);
    stop(s);
}

static void udp_oddities(void **state)
{
    (void)state;
    struct server *s = start(&(struct an_loop_options) { .message_max = 1000 }, "udp:127.0.0.1:0", "hep:127.0.0.1:0");
    int fd = client(s, 0), hep = client(s, 1);
    char big[1001];
    memset(big, 'x', sizeof big);
    assert_int_equal(send(fd, big, 1001, 0), 1001); /* too long */
    assert_int_equal(send(fd, big, 1000, 0), 1000); /* just not */
    assert_int_equal(send(fd, big, 0, 0), 0);
    send_text(fd, "\r\n\r\n");
    send_text(fd, "still there");
    char bytes[2000];
    assert_int_equal(receive(fd, bytes, sizeof bytes), 1002);
    receive_text(fd, "A still there");
    send_text(hep, "HEP3 something");
    AWAIT(s, received[AN_TRANSPORT_HEP], 1);
    send_text(fd, "last");
    receive_text(fd, "A last");
    assert_int_equal(s->hep, 1);
    assert_int_equal(s->calls, 4);
    close(fd);
    close(hep);
    struct an_loop_counters c = stop(s);
    assert_int_equal(c.oversized, 1);
    assert_int_equal(c.keepalives, 2);
    assert_int_equal(c.sent[AN_TRANSPORT_HEP], 0);
    assert_int_equal(c.received_bytes[AN_TRANSPORT_HEP], 14);
}

static void ticks_when_idle(void **state)
{
    (void)state;
    struct server *s = start(&(struct an_loop_options) { 0 }, "udp:127.0.0.1:0", NULL);
    for (int i = 0; i < WAIT_MS && s->ticks < 3; i++) usleep(1000);
    assert_true(s->ticks >= 3);
    stop(s);
}

static void tcp_split_at_every_byte(void **state)
{
    (void)state;
    static const char two[] = "first\r\nline\r\n\r\nsecond\r\n\r\n",
                      *answers = "A first\r\nline\r\n\r\nA second\r\n\r\n";
    struct server *s = start(&(struct an_loop_options) { 0 }, "tcp:127.0.0.1:0", "tcp:[::1]:0");
    for (size_t cut = 0; cut < sizeof two; cut++) {
        int fd = client(s, cut % 2);
        assert_int_equal(send(fd, two, cut, 0), cut);
        if (cut % 5 == 0) usleep(2000);
        send_text(fd, two + cut);
        receive_text(fd, answers);
        close(fd);
    }
    int fd = client(s, 0);
    for (size_t i = 0; i < sizeof two - 1; i++) {
        assert_int_equal(send(fd, two + i, 1, 0), 1);
        usleep(500);
    }
    receive_text(fd, answers);
    close(fd);
    AWAIT(s, tcp_closed[AN_CLOSE_PEER], sizeof two + 1);
    struct an_loop_counters c = stop(s);
    assert_int_equal(c.connections, 0);
    assert_int_equal(c.received[AN_TRANSPORT_TCP], 2 * (sizeof two + 1));
    assert_int_equal(c.tcp_accepted, sizeof two + 1);
}

static void *send_many(void *argument)
{
    int fd = *(int *)argument;
    char text[64];
    for (int i = 0; i < 3000; i++) {
        snprintf(text, sizeof text, "pipelined message %d\r\n\r\n", i);
        send_text(fd, text);
    }
    return NULL;
}

static void tcp_pipelined(void **state)
{
    (void)state;
    struct server *s = start(&(struct an_loop_options) { .message_ms = WAIT_MS }, "tcp:127.0.0.1:0", NULL);
    int fd = client(s, 0);
    pthread_t thread;
    pthread_create(&thread, NULL, send_many, &fd);
    for (int i = 0; i < 3000; i++) {
        char text[64];
        snprintf(text, sizeof text, "A pipelined message %d\r\n\r\n", i);
        receive_text(fd, text);
    }
    pthread_join(thread, NULL);
    assert_true(s->vector_max > 1);
    /* whole messages before the peer's end are answered */
    send_text(fd, "one\r\n\r\ntwo\r\n\r\nhalf");
    shutdown(fd, SHUT_WR);
    receive_text(fd, "A one\r\n\r\nA two\r\n\r\n");
    assert_closed(fd);
    stop(s);
}

static void tcp_keepalives(void **state)
{
    (void)state;
    struct server *s = start(&(struct an_loop_options) { 0 }, "tcp:127.0.0.1:0", NULL);
    int fd = client(s, 0);
    send_text(fd, "\r\n\r\n");
    receive_text(fd, "\r\n");
    send_text(fd, "\r\n");
    usleep(1000);
    send_text(fd, "\r");
    usleep(1000);
    send_text(fd, "\n");
    receive_text(fd, "\r\n");
    send_text(fd, "\r\nafter one line end\r\n\r\n");
    receive_text(fd, "A after one line end\r\n\r\n");
    send_text(fd, "message\r\n\r\n\r\n\r\nmessage\r\n\r\n");
    receive_text(fd, "A message\r\n\r\nA message\r\n\r\n\r\n");
    close(fd);
    AWAIT(s, tcp_closed[AN_CLOSE_PEER], 1);
    assert_int_equal(stop(s).keepalives, 3);
}

static void tcp_long_messages(void **state)
{
    (void)state;
    struct server *s = start(&(struct an_loop_options) { .large_buffers = 1 }, "tcp:127.0.0.1:0", NULL);
    int fd = client(s, 0), other = client(s, 0);
    static char text[70000];
    memset(text, 'x', sizeof text);
    memcpy(text + AN_SIP_MESSAGE_MAX - 4, "\r\n\r\n", 4);
    assert_int_equal(send(fd, text, 5000, 0), 5000);
    AWAIT(s, large_buffers, 1);
    assert_int_equal(send(other, text, 5000, 0), 5000); /* no second large buffer */
    assert_closed(other);
    assert_int_equal(send(fd, text + 5000, AN_SIP_MESSAGE_MAX - 5000, 0), AN_SIP_MESSAGE_MAX - 5000);
    char answer[AN_SIP_ANSWER_MAX];
    for (size_t len = 0; len < sizeof answer;) len += receive(fd, answer + len, sizeof answer - len);
    memset(text, 'y', sizeof text); /* one byte too many, and no end */
    assert_true(send(fd, text, sizeof text, MSG_NOSIGNAL) > 0);
    assert_closed(fd);
    struct an_loop_counters c = stop(s);
    assert_int_equal(c.tcp_closed[AN_CLOSE_MEMORY], 1);
    assert_int_equal(c.tcp_closed[AN_CLOSE_LIMIT], 1);
}

static void tcp_garbage(void **state)
{
    (void)state;
    struct server *s = start(&(struct an_loop_options) { 0 }, "tcp:127.0.0.1:0", NULL);
    int bad = client(s, 0), over = client(s, 0), good = client(s, 0);
    send_text(bad, "good\r\n\r\n!bad\r\n\r\n");
    receive_text(bad, "A good\r\n\r\n"); /* what came before is answered */
    assert_closed(bad);
    send_text(over, "#");
    assert_closed(over);
    send_text(good, "others unharmed\r\n\r\n");
    receive_text(good, "A others unharmed\r\n\r\n");
    close(good);
    struct an_loop_counters c = stop(s);
    assert_int_equal(c.tcp_closed[AN_CLOSE_MALFORMED], 1);
    assert_int_equal(c.tcp_closed[AN_CLOSE_LIMIT], 1);
}

static void tcp_deadlines(void **state)
{
    (void)state;
    struct an_loop_options options = { .message_ms = 100, .idle_ms = WAIT_MS * 10 };
    struct server *s = start(&options, "tcp:127.0.0.1:0", NULL);
    int slow = client(s, 0), quiet = client(s, 0);
    for (int i = 0; i < 5; i++) { /* a byte now and then doesn't move the deadline */
        send(slow, "x", 1, MSG_NOSIGNAL);
        usleep(10000);
    }
    assert_closed(slow);
    send_text(quiet, "alive\r\n\r\n");
    receive_text(quiet, "A alive\r\n\r\n");
    assert_int_equal(stop(s).tcp_closed[AN_CLOSE_SLOW], 1);
    close(quiet);
    options.idle_ms = 100;
    s = start(&options, "tcp:127.0.0.1:0", NULL);
    quiet = client(s, 0);
    assert_closed(quiet);
    assert_int_equal(stop(s).tcp_closed[AN_CLOSE_IDLE], 1);
}

static void tcp_peer_that_does_not_read(void **state)
{
    (void)state;
    struct server *s = start(&(struct an_loop_options) { .message_ms = 200 }, "tcp:127.0.0.1:0", NULL);
    s->repeat = 4000;
    int fd = client(s, 0), good;
    char text[] = "x\r\n\r\n";
    for (int i = 0; i < 1000000 && counters_of(s).tcp_closed[AN_CLOSE_STUCK] == 0; i++)
        if (send(fd, text, 5, MSG_NOSIGNAL | MSG_DONTWAIT) < 0) usleep(1000);
    AWAIT(s, tcp_closed[AN_CLOSE_STUCK], 1);
    close(fd);
    s->repeat = 0;
    good = client(s, 0);
    send_text(good, "ok\r\n\r\n");
    receive_text(good, "A ok\r\n\r\n");
    close(good);
    assert_int_equal(stop(s).large_buffers, 0);
}

/* Answers larger than the socket's buffer arrive whole once the peer reads. */
static void tcp_slow_reader_gets_all(void **state)
{
    (void)state;
    enum { COUNT = 16 };
    struct server *s = start(&(struct an_loop_options) { .message_ms = WAIT_MS }, "tcp:127.0.0.1:0", NULL);
    s->repeat = 4000;
    union an_address to = an_loop_address(s->loop, 0);
    int fd = socket(AF_INET, SOCK_STREAM, 0), size = 2048;
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    assert_int_equal(connect(fd, &to.any, sizeof to.v4), 0);
    for (int i = 0; i < COUNT; i++) send_text(fd, "x\r\n\r\n");
    AWAIT(s, received[AN_TRANSPORT_TCP], COUNT);
    shutdown(fd, SHUT_WR);
    size_t got = 0;
    char bytes[1000];
    for (size_t n; (n = receive(fd, bytes, sizeof bytes)) > 0;) got += n;
    assert_int_equal(got, COUNT * 4000);
    close(fd);
    stop(s);
}

static void tcp_connections_have_a_limit(void **state)
{
    (void)state;
    struct server *s = start(&(struct an_loop_options) { .connections_max = 2 }, "tcp:127.0.0.1:0", NULL);
    int a = client(s, 0), b = client(s, 0);
    AWAIT(s, connections, 2);
    int c = client(s, 0);
    assert_closed(c);
    send_text(a, "a\r\n\r\n");
    receive_text(a, "A a\r\n\r\n");
    close(a);
    AWAIT(s, tcp_closed[AN_CLOSE_PEER], 1);
    c = client(s, 0); /* there is room again */
    send_text(c, "c\r\n\r\n");
    receive_text(c, "A c\r\n\r\n");
    close(b);
    close(c);
    assert_int_equal(stop(s).tcp_refused, 1);
}

static void taken_port(void **state)
{
    (void)state;
    static const char *const schemes[] = { "udp", "tcp" };
    for (int i = 0; i < 2; i++) {
        char text[AN_LISTEN_TEXT_MAX];
        snprintf(text, sizeof text, "%s:127.0.0.1:0", schemes[i]);
        struct server *s = start(&(struct an_loop_options) { 0 }, text, NULL), second = { 0 };
        union an_address at = an_loop_address(s->loop, 0);
        unsigned port = ntohs(at.v4.sin_port);
        snprintf(text, sizeof text, "%s:127.0.0.1:%u", schemes[i], port);
        const char *const texts[] = { text };
        struct an_error error = { "" };
        assert_int_equal(start_at(&second, &(struct an_loop_options) { 0 }, texts, 1, &error), AN_ERR_IO);
        assert_non_null(strstr(error.text, text));
        assert_non_null(strstr(error.text, "ss -l"));
        assert_null(second.loop);
        struct an_loop_options another = { .worker = 1 }; /* of the same daemon: shares it */
        assert_int_equal(start_at(&second, &another, texts, 1, &error), AN_OK);
        an_loop_stop(second.loop);
        stop(s);
    }
    struct server second = { 0 };
    struct an_error error = { "" };
    const char *const nowhere[] = { "udp:192.0.2.77:5060" };
    assert_int_equal(start_at(&second, &(struct an_loop_options) { 0 }, nowhere, 1, &error), AN_ERR_IO);
    assert_non_null(strstr(error.text, "no such address"));
    assert_int_equal(start_at(&second, &(struct an_loop_options) { 0 }, nowhere, 0, &error), AN_ERR_INVALID);
    assert_int_equal(start_at(&second, &(struct an_loop_options) { .message_max = 70000 }, nowhere, 1, &error),
                     AN_ERR_INVALID);
}

static void *stop_thread(void *loop)
{
    an_loop_stop(loop);
    return NULL;
}

/* What had reached the sockets before the stop is answered. */
static void clean_stop(void **state)
{
    (void)state;
    struct server *s = start(&(struct an_loop_options) { 0 }, "udp:127.0.0.1:0", "tcp:127.0.0.1:0");
    int udp = client(s, 0), tcp = client(s, 1), late;
    AWAIT(s, connections, 1);
    s->hold = 1;
    send_text(udp, "first"); /* the loop is held in this one */
    usleep(20000);
    late = client(s, 1); /* waits to be accepted */
    for (int i = 0; i < 300; i++) send_text(udp, "queued");
    send_text(tcp, "queued\r\n\r\n");
    send_text(late, "late\r\n\r\n");
    pthread_t thread;
    pthread_create(&thread, NULL, stop_thread, s->loop);
    usleep(20000);
    s->hold = 0;
    pthread_join(thread, NULL);
    receive_text(udp, "A first");
    for (int i = 0; i < 300; i++) receive_text(udp, "A queued");
    receive_text(tcp, "A queued\r\n\r\n");
    receive_text(late, "A late\r\n\r\n");
    assert_closed(tcp);
    assert_closed(late);
    close(udp);
    assert_int_equal(s->ended, 1);
    free(s);
    an_loop_stop(NULL);
}

/* ---- TLS ---- */

static char folder[] = "/tmp/anning-wire-XXXXXX", key_path[64], certificate_path[64];

static int make_certificate(void **state)
{
    (void)state;
    if (mkdtemp(folder) == NULL) return -1;
    snprintf(key_path, sizeof key_path, "%s/key.pem", folder);
    snprintf(certificate_path, sizeof certificate_path, "%s/certificate.pem", folder);
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *x = X509_new();
    X509_set_version(x, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
    X509_gmtime_adj(X509_getm_notBefore(x), -60);
    X509_gmtime_adj(X509_getm_notAfter(x), 3600);
    X509_set_pubkey(x, key);
    X509_NAME *name = X509_get_subject_name(x);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"anning.test", -1, -1, 0);
    X509_set_issuer_name(x, name);
    X509_sign(x, key, EVP_sha256());
    FILE *file = fopen(key_path, "w");
    PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL);
    fclose(file);
    file = fopen(certificate_path, "w");
    PEM_write_X509(file, x);
    fclose(file);
    X509_free(x);
    EVP_PKEY_free(key);
    return 0;
}

static int remove_certificate(void **state)
{
    (void)state;
    unlink(key_path);
    unlink(certificate_path);
    rmdir(folder);
    return 0;
}

static void tls_talk(int fd, SSL_CTX *ctx, bool works)
{
    SSL *ssl = SSL_new(ctx);
    SSL_set_fd(ssl, fd);
    bool up = SSL_connect(ssl) == 1;
    char bytes[20000];
    static const char text[] = "over tls\r\n\r\n";
    if (works) {
        assert_true(up);
        for (size_t cut = 0; cut < sizeof text - 1; cut += 3) { /* records of their own */
            if (cut > 0) assert_int_equal(SSL_write(ssl, text, (int)cut), cut);
            assert_int_equal(SSL_write(ssl, text + cut, (int)(sizeof text - 1 - cut)), sizeof text - 1 - cut);
            int got = 0;
            while (got < 14) {
                int n = SSL_read(ssl, bytes + got, 14 - got);
                assert_true(n > 0);
                got += n;
            }
            assert_memory_equal(bytes, "A over tls\r\n\r\n", 14);
        }
        size_t len = 0; /* one record of many messages: more than a small buffer, and more than one vector */
        while (len + 12 <= 16000) memcpy(bytes + len, text, 12), len += 12;
        assert_int_equal(SSL_write(ssl, bytes, (int)len), len);
        size_t want = len / 12 * 14;
        for (size_t got = 0; got < want;) {
            int n = SSL_read(ssl, bytes, sizeof bytes);
            assert_true(n > 0);
            got += (size_t)n;
        }
        SSL_shutdown(ssl);
    } else { /* a TLS 1.3 client learns at its first read that its certificate was missed */
        assert_true(!up || SSL_read(ssl, bytes, sizeof bytes) <= 0);
    }
    SSL_free(ssl);
    close(fd);
}

static void tls(void **state)
{
    (void)state;
    struct an_loop_options options = { .tls_certificate = certificate_path, .tls_key = key_path, .message_ms = 300 };
    struct server *s = start(&options, "tls:127.0.0.1:0", "tls:[::1]:0");
    SSL_CTX *ctx = SSL_CTX_new(TLS_client_method()), *old = SSL_CTX_new(TLS_client_method());
    tls_talk(client(s, 0), ctx, true);
    SSL_CTX_set_max_proto_version(ctx, TLS1_2_VERSION);
    tls_talk(client(s, 1), ctx, true);
    SSL_CTX_set_max_proto_version(old, TLS1_1_VERSION);
    tls_talk(client(s, 0), old, false);
    AWAIT(s, tls_failed, 1);
    int fd = client(s, 0); /* no TLS at all */
    send_text(fd, "INVITE sip:somebody SIP/2.0\r\n\r\n");
    assert_closed(fd);
    AWAIT(s, tls_failed, 2);
    fd = client(s, 0); /* never begins */
    assert_closed(fd);
    AWAIT(s, tls_failed, 3);
    AWAIT(s, tcp_closed[AN_CLOSE_PEER], 2);
    struct an_loop_counters c = stop(s);
    assert_int_equal(c.tls_handshakes, 2);
    assert_int_equal(c.tls_failed, 3);
    assert_int_equal(c.tcp_closed[AN_CLOSE_TLS], 3);
    SSL_CTX_free(ctx);
    SSL_CTX_free(old);
}

static void tls_client_certificates(void **state)
{
    (void)state;
    struct an_loop_options options = { .tls_certificate = certificate_path,
                                       .tls_key = key_path,
                                       .tls_client_ca = certificate_path,
                                       .tls_client_required = 1 };
    struct server *s = start(&options, "tls:127.0.0.1:0", NULL);
    SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
    tls_talk(client(s, 0), ctx, false);
    AWAIT(s, tls_failed, 1);
    SSL_CTX_use_certificate_file(ctx, certificate_path, SSL_FILETYPE_PEM);
    SSL_CTX_use_PrivateKey_file(ctx, key_path, SSL_FILETYPE_PEM);
    tls_talk(client(s, 0), ctx, true);
    SSL_CTX_free(ctx);
    stop(s);
}

static void tls_files(void **state)
{
    (void)state;
    struct server s = { 0 };
    struct an_error error = { "" };
    const char *const texts[] = { "tls:127.0.0.1:0" };
    assert_int_equal(start_at(&s, &(struct an_loop_options) { 0 }, texts, 1, &error), AN_ERR_INVALID);
    assert_non_null(strstr(error.text, "certificate"));
    struct an_loop_options options = { .tls_certificate = "/nowhere.pem", .tls_key = key_path };
    assert_int_equal(start_at(&s, &options, texts, 1, &error), AN_ERR_INVALID);
    assert_non_null(strstr(error.text, "/nowhere.pem"));
    options = (struct an_loop_options) { .tls_certificate = certificate_path, .tls_key = certificate_path };
    assert_int_equal(start_at(&s, &options, texts, 1, &error), AN_ERR_INVALID);
    assert_non_null(strstr(error.text, "TLS key"));
    options = (struct an_loop_options) { .tls_certificate = certificate_path,
                                         .tls_key = key_path,
                                         .tls_client_ca = key_path };
    assert_int_equal(start_at(&s, &options, texts, 1, &error), AN_ERR_INVALID);
    assert_non_null(strstr(error.text, "client CA"));
}

static void impossible_core(void **state)
{
    (void)state;
    struct server s = { 0 };
    struct an_error error = { "" };
    struct an_listen listen;
    an_listen_parse("udp:127.0.0.1:0", AN_ADDRESS_PORT_0, &listen, NULL);
    s.handler = (struct an_loop_handler) { &s, process, tick, frame, NULL, NULL };
    struct an_loop_options options = { .listens = &listen, .listen_count = 1, .cpu = 1000 };
    assert_int_equal(an_loop_start(&options, &s.handler, &s.loop, &error), AN_ERR_INVALID);
    assert_non_null(strstr(error.text, "core 1000"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(udp_bursts),
        cmocka_unit_test(udp_takes_a_vector_at_once),
        cmocka_unit_test(answers_come_from_the_address_asked),
        cmocka_unit_test(answers_may_go_elsewhere),
        cmocka_unit_test(udp_oddities),
        cmocka_unit_test(ticks_when_idle),
        cmocka_unit_test(tcp_split_at_every_byte),
        cmocka_unit_test(tcp_pipelined),
        cmocka_unit_test(tcp_keepalives),
        cmocka_unit_test(tcp_long_messages),
        cmocka_unit_test(tcp_garbage),
        cmocka_unit_test(tcp_deadlines),
        cmocka_unit_test(tcp_peer_that_does_not_read),
        cmocka_unit_test(tcp_slow_reader_gets_all),
        cmocka_unit_test(tcp_connections_have_a_limit),
        cmocka_unit_test(taken_port),
        cmocka_unit_test(clean_stop),
        cmocka_unit_test(impossible_core),
        cmocka_unit_test(tls),
        cmocka_unit_test(tls_client_certificates),
        cmocka_unit_test(tls_files),
    };
    return cmocka_run_group_tests(tests, make_certificate, remove_certificate);
}
