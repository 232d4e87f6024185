/* The server over real sockets: good clients, slow ones, broken ones, many. No assertion on timing: what has to happen
 * is waited for. */
#include "api_fake.h"

#include <dirent.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

static const char good_call[] = "{\"from\":\"+8617012345678\",\"to\":\"+8613800138001\"}";

struct reply {
    unsigned status;
    bool ended; /* the server closed instead of answering */
    char head[2048];
    char *body; /* [own] NUL-terminated */
    size_t body_len;
};

static int dial(uint16_t port)
{
    struct sockaddr_in to = { .sin_family = AF_INET,
                              .sin_port = htons(port),
                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int) { 1 }, sizeof(int));
    return fd;
}

/* False: the other side has closed. */
static bool send_all(int fd, const char *bytes, size_t len)
{
    while (len > 0) {
        ssize_t n = send(fd, bytes, len, MSG_NOSIGNAL);
        if (n <= 0) return false;
        bytes += n;
        len -= (size_t)n;
    }
    return true;
}

static bool send_text(int fd, const char *text)
{
    return send_all(fd, text, strlen(text));
}

/* One byte at a time up to the empty line, then Content-Length bytes unless the request was a HEAD. */
static struct reply receive(int fd, bool head_only)
{
    struct reply reply = { 0 };
    size_t len = 0;
    while (len < 4 || memcmp(reply.head + len - 4, "\r\n\r\n", 4) != 0) {
        assert_true(len < sizeof reply.head - 1);
        if (recv(fd, reply.head + len, 1, 0) != 1) {
            reply.ended = true;
            return reply;
        }
        len++;
    }
    assert_int_equal(sscanf(reply.head, "HTTP/1.1 %u", &reply.status), 1);
    const char *length = strstr(reply.head, "Content-Length: ");
    if (reply.status == 100 || head_only) return reply;
    assert_non_null(length);
    reply.body_len = strtoul(length + 16, NULL, 10);
    reply.body = calloc(1, reply.body_len + 1);
    for (size_t got = 0; got < reply.body_len;) {
        ssize_t n = recv(fd, reply.body + got, reply.body_len - got, 0);
        assert_true(n > 0);
        got += (size_t)n;
    }
    return reply;
}

static void send_post(int fd, const char *path, const char *body, size_t len)
{
    char head[512];
    snprintf(head, sizeof head,
             "POST %s HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n", path, len);
    assert_true(send_text(fd, head));
    assert_true(send_all(fd, body, len));
}

static unsigned status_of(int fd, bool head_only)
{
    struct reply reply = receive(fd, head_only);
    free(reply.body);
    return reply.ended ? 0 : reply.status;
}

/* A whole exchange on a connection of its own. */
static unsigned get(uint16_t port, const char *path)
{
    char request[512];
    int fd = dial(port);
    snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: x\r\n\r\n", path);
    unsigned status = send_text(fd, request) ? status_of(fd, false) : 0;
    close(fd);
    return status;
}

static unsigned decide(uint16_t port, const char *body)
{
    int fd = dial(port);
    send_post(fd, "/v1/decide", body, strlen(body));
    unsigned status = status_of(fd, false);
    close(fd);
    return status;
}

static struct an_api *start(const struct an_api_options *options)
{
    struct an_api *api = NULL;
    struct an_error error;
    if (an_api_start(options, &api, &error) != AN_OK) fail_msg("%s", error.text);
    assert_int_not_equal(an_api_port(api), 0);
    return api;
}

/* Until the other side closes. What it may send before is dropped. */
static void wait_closed(int fd)
{
    char bytes[4096];
    while (recv(fd, bytes, sizeof bytes, 0) > 0) continue;
    close(fd);
}

static void test_one_connection_many_requests(void **state)
{
    struct fake fake = { 0 };
    struct an_api_options options = fake_options(&fake);
    struct an_api *api = start(&options);
    (void)state;
    int fd = dial(an_api_port(api));
    for (int i = 0; i < 3; i++) {
        send_post(fd, "/v1/decide", good_call, strlen(good_call));
        struct reply reply = receive(fd, false);
        assert_int_equal(reply.status, 200);
        assert_non_null(strstr(reply.head, "Content-Type: application/json\r\n"));
        assert_non_null(strstr(reply.head, "Cache-Control: no-store\r\n"));
        assert_non_null(strstr(reply.body, "\"action\":\"label\""));
        free(reply.body);
    }
    assert_int_equal(ntohl(fake.last.peer.v4.sin_addr.s_addr), INADDR_LOOPBACK);
    send_text(fd, "HEAD /healthz HTTP/1.1\r\nHost: x\r\n\r\nGET /v1/decide?x=1 HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_int_equal(status_of(fd, true), 200);
    struct reply reply = receive(fd, false); /* pipelined */
    assert_int_equal(reply.status, 405);
    assert_non_null(strstr(reply.head, "Allow: POST\r\n"));
    free(reply.body);
    close(fd);
    an_api_stop(api);
}

static void test_chunked_and_byte_by_byte(void **state)
{
    struct fake fake = { 0 };
    struct an_api_options options = fake_options(&fake);
    struct an_api *api = start(&options);
    char request[512];
    (void)state;
    int fd = dial(an_api_port(api));
    int len = snprintf(request, sizeof request,
                       "POST /v1/decide HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                       "Transfer-Encoding: chunked\r\n\r\n%zx\r\n%s\r\n0\r\n\r\n",
                       strlen(good_call), good_call);
    for (int i = 0; i < len; i++) assert_true(send_all(fd, request + i, 1));
    assert_int_equal(status_of(fd, false), 200);
    close(fd);
    assert_int_equal(fake.calls, 1);
    an_api_stop(api);
}

static void test_body_over_the_limit(void **state)
{
    struct fake fake = { 0 };
    struct an_api_options options = fake_options(&fake);
    struct an_api *api = start(&options);
    size_t len = AN_HTTP_BODY_MAX + 1;
    char *body = malloc(len), size[32];
    (void)state;
    memset(body, ' ', len);
    memcpy(body + len - 1 - strlen(good_call), good_call, strlen(good_call));
    int fd = dial(an_api_port(api));
    send_post(fd, "/v1/decide", body, len);
    assert_int_equal(status_of(fd, false), 413);
    send_post(fd, "/v1/decide", body, len - 1); /* just fits; same connection */
    assert_int_equal(status_of(fd, false), 200);
    close(fd);
    /* Chunked: its length is not announced. */
    fd = dial(an_api_port(api));
    send_text(
        fd,
        "POST /v1/decide HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n");
    snprintf(size, sizeof size, "%zx\r\n", len);
    send_text(fd, size);
    send_all(fd, body, len);
    send_text(fd, "\r\n0\r\n\r\n");
    assert_int_equal(status_of(fd, false), 413);
    close(fd);
    /* A client that waits for 100 Continue never sends it. */
    fd = dial(an_api_port(api));
    send_text(fd, "POST /v1/decide HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nExpect: 100-continue\r\n"
                  "Content-Length: 4194305\r\n\r\n");
    assert_int_equal(status_of(fd, false), 413);
    close(fd);
    /* Nor is one taken that announces more than anybody reads. */
    fd = dial(an_api_port(api));
    send_text(fd, "POST /v1/decide HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                  "Content-Length: 99999999999\r\n\r\n");
    assert_int_equal(status_of(fd, false), 413);
    close(fd);
    free(body);
    assert_int_equal(fake.calls, 1);
    an_api_stop(api);
}

static void test_bodies_held_are_bounded(void **state)
{
    struct fake fake = { 0 };
    struct an_api_options options = fake_options(&fake);
    options.bodies_max = 64 << 10;
    struct an_api *api = start(&options);
    size_t len = 100 << 10;
    char *body = malloc(len + 1);
    (void)state;
    memset(body, ' ', len);
    body[len] = '\0';
    memcpy(body, good_call, strlen(good_call));
    int fd = dial(an_api_port(api));
    send_post(fd, "/v1/decide", body, len);
    struct reply reply = receive(fd, false);
    assert_int_equal(reply.status, 503);
    assert_non_null(strstr(reply.head, "Retry-After: 1\r\n"));
    free(reply.body);
    send_post(fd, "/v1/decide", body, 32 << 10); /* what the first one held is free again */
    assert_int_equal(status_of(fd, false), 200);
    close(fd);
    free(body);
    an_api_stop(api);
}

static void test_broken_clients(void **state)
{
    struct fake fake = { 0 };
    struct an_api_options options = fake_options(&fake);
    options.idle_s = 1; /* half a line and no more is waited for so long */
    struct an_api *api = start(&options);
    uint16_t port = an_api_port(api);
    static const char *const broken[] = {
        "",
        "G",
        "GET",
        "GET /healthz",
        "GET /healthz HTTP/1.1\r\n",
        "GET /healthz HTTP/1.1\r\nHost: x\r\n",
        ("POST /v1/decide HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: "
         "100\r\n\r\n{\"from\":"),
        "POST /v1/decide HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "POST /v1/decide HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        "POST /v1/decide HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999999999\r\n\r\n",
        "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        "INVITE sip:x SIP/2.0\r\n\r\n",
        "\r\n\r\n\r\n\r\n",
        "GET\r\n\r\n",
        "GET /healthz HTTP/9.9\r\nHost: x\r\n\r\n",
    };
    (void)state;
    for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
        int fd = dial(port);
        send_text(fd, broken[i]);
        shutdown(fd, SHUT_WR);
        wait_closed(fd);
        assert_int_equal(get(port, "/healthz"), 200);
        fd = dial(port); /* and gone without a word */
        send_text(fd, broken[i]);
        close(fd);
        assert_int_equal(decide(port, good_call), 200);
    }
    int fd = dial(port); /* headers without end */
    send_text(fd, "GET /healthz HTTP/1.1\r\n");
    for (int i = 0; i < 5000; i++)
        if (!send_text(fd, "X-Header: 0123456789\r\n")) break;
    shutdown(fd, SHUT_WR);
    wait_closed(fd);
    assert_int_equal(get(port, "/healthz"), 200);
    an_api_stop(api);
}

/* Clients that send a byte now and then are cut off at the deadline, in the headers, in the body, and reading. */
static void test_slow_clients_are_cut_off(void **state)
{
    struct fake fake = { 0 };
    struct an_api_options options = fake_options(&fake);
    options.request_s = 1;
    struct an_api *api = start(&options);
    uint16_t port = an_api_port(api);
    int header = dial(port), body = dial(port);
    bool header_open = true, body_open = true;
    (void)state;
    send_text(header, "GET /healthz HTTP/1.1\r\nX: ");
    send_text(
        body,
        "POST /v1/decide HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 4000000\r\n\r\n");
    while (header_open || body_open) { /* ends by the server's hand only */
        struct pollfd fds[2] = { { .fd = header, .events = POLLIN }, { .fd = body, .events = POLLIN } };
        header_open = header_open && send_text(header, "x");
        body_open = body_open && send_text(body, " ");
        poll(fds, 2, 20);
    }
    close(header);
    close(body);
    assert_int_equal(decide(port, good_call), 200);
    assert_int_equal(fake.calls, 1);
    an_api_stop(api);
}

static void test_more_connections_than_allowed(void **state)
{
    enum { CLIENTS = 300 };
    struct fake fake = { 0 };
    struct an_api_options options = fake_options(&fake);
    options.connections_max = 64;
    struct an_api *api = start(&options);
    uint16_t port = an_api_port(api);
    int fds[CLIENTS];
    (void)state;
    for (int i = 0; i < CLIENTS; i++) fds[i] = dial(port);
    for (int i = 0; i < CLIENTS; i++) close(fds[i]);
    while (get(port, "/healthz") != 200) continue; /* while the closed ones are still being taken away */
    assert_int_equal(decide(port, good_call), 200);
    an_api_stop(api);
}

struct client {
    uint16_t port;
    unsigned good;
};

static void *client_run(void *user)
{
    struct client *client = user;
    int fd = dial(client->port);
    for (int i = 0; i < 200; i++) {
        send_post(fd, "/v1/decide", good_call, strlen(good_call));
        client->good += status_of(fd, false) == 200;
    }
    close(fd);
    client->good += get(client->port, "/metrics") == 200;
    return NULL;
}

/* The fake asserts that no context is entered twice at a time. */
static void test_threads(void **state)
{
    enum { THREADS = 4, CLIENTS = 8 };
    struct fake fakes[THREADS] = { 0 };
    void *contexts[THREADS];
    struct an_api_options options = fake_options(&fakes[0]);
    struct client clients[CLIENTS];
    pthread_t threads[CLIENTS];
    unsigned calls = 0;
    (void)state;
    for (int i = 0; i < THREADS; i++) contexts[i] = &fakes[i];
    options.threads = THREADS;
    options.contexts = contexts;
    struct an_api *api = start(&options);
    for (int i = 0; i < CLIENTS; i++) {
        clients[i] = (struct client) { an_api_port(api), 0 };
        assert_int_equal(pthread_create(&threads[i], NULL, client_run, &clients[i]), 0);
    }
    for (int i = 0; i < CLIENTS; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(clients[i].good, 201);
    }
    for (int i = 0; i < THREADS; i++) calls += fakes[i].calls;
    assert_int_equal(calls, CLIENTS * 200);
    an_api_stop(api);
}

static void test_address_taken_is_named(void **state)
{
    struct fake fake = { 0 };
    struct an_api_options options = fake_options(&fake);
    struct an_api *api = start(&options), *second = (void *)&fake;
    char address[32];
    struct an_error error;
    (void)state;
    snprintf(address, sizeof address, "127.0.0.1:%u", an_api_port(api));
    options.address = address;
    assert_int_equal(an_api_start(&options, &second, &error), AN_ERR_IO);
    assert_ptr_equal(second, &fake);
    assert_non_null(strstr(error.text, address));
    assert_non_null(strstr(error.text, "another program"));
    options.address = "localhost:80";
    assert_int_equal(an_api_start(&options, &second, &error), AN_ERR_INVALID);
    assert_non_null(strstr(error.text, "127.0.0.1:PORT"));
    options.address = "192.0.2.1:8080";
    assert_int_equal(an_api_start(&options, &second, &error), AN_ERR_IO);
    assert_non_null(strstr(error.text, "192.0.2.1:8080"));
    options.address = "127.0.0.1:0";
    options.threads = AN_API_THREADS_MAX + 1;
    assert_int_equal(an_api_start(&options, &second, &error), AN_ERR_INVALID);
    an_api_stop(api);
}

static void test_six(void **state)
{
    struct fake fake = { 0 };
    struct an_api_options options = fake_options(&fake);
    struct an_api *api = NULL;
    struct sockaddr_in6 to = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT };
    (void)state;
    options.address = "[::1]:0";
    if (an_api_start(&options, &api, NULL) != AN_OK) skip(); /* a machine without IPv6 */
    to.sin6_port = htons(an_api_port(api));
    int fd = socket(AF_INET6, SOCK_STREAM, 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
    send_post(fd, "/v1/decide", good_call, strlen(good_call));
    assert_int_equal(status_of(fd, false), 200);
    assert_int_equal(fake.last.peer.any.sa_family, AF_INET6);
    close(fd);
    an_api_stop(api);
    options.address = ":0"; /* both families */
    api = start(&options);
    assert_int_equal(get(an_api_port(api), "/healthz"), 200);
    an_api_stop(api);
}

static unsigned open_files(void)
{
    unsigned count = 0;
    DIR *files = opendir("/proc/self/fd");
    while (readdir(files) != NULL) count++;
    closedir(files);
    return count;
}

/* Idle, half-way and draining clients do not keep it from ending, and nothing stays open. */
static void test_start_and_stop(void **state)
{
    struct fake fake = { 0 };
    struct an_api_options options = fake_options(&fake);
    unsigned before = open_files();
    (void)state;
    for (int i = 0; i < 20; i++) {
        options.threads = 1 + (unsigned)i % 3;
        void *contexts[3] = { &fake, &fake, &fake };
        options.contexts = contexts;
        struct an_api *api = start(&options);
        int idle = dial(an_api_port(api)), half = dial(an_api_port(api)), draining = dial(an_api_port(api));
        send_text(half, "GET /heal");
        send_text(draining, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
        assert_int_equal(status_of(draining, false), 200);
        an_api_drain(api);
        send_post(draining, "/v1/decide", good_call, strlen(good_call));
        assert_int_equal(status_of(draining, false), 503);
        an_api_stop(api);
        wait_closed(idle);
        wait_closed(half);
        wait_closed(draining);
    }
    an_api_stop(NULL);
    assert_int_equal(fake.calls, 0);
    assert_int_equal(open_files(), before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_connection_many_requests),
        cmocka_unit_test(test_chunked_and_byte_by_byte),
        cmocka_unit_test(test_body_over_the_limit),
        cmocka_unit_test(test_bodies_held_are_bounded),
        cmocka_unit_test(test_broken_clients),
        cmocka_unit_test(test_slow_clients_are_cut_off),
        cmocka_unit_test(test_more_connections_than_allowed),
        cmocka_unit_test(test_threads),
        cmocka_unit_test(test_address_taken_is_named),
        cmocka_unit_test(test_six),
        cmocka_unit_test(test_start_and_stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
