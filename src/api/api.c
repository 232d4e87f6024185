/* The server on libmicrohttpd: sockets, threads, deadlines; what is answered is route.c's. */
#include "api/api.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "api/files.h"
#include "api/route.h"
#include "base/clock.h"
#include "base/log.h"
#include "model/listen.h"

enum {
    CONNECTIONS_DEFAULT = 1024,
    IDLE_S_DEFAULT = 30,
    REQUEST_S_DEFAULT = 60,
    HEADERS_MAX = 16384, /* bytes of a request's line and headers, and of MHD's own state beside them */
    BODY_FIRST = 4096,   /* room for a body at first */
    BODY_SWALLOWED_MAX = 4 * AN_HTTP_BODY_MAX, /* of a body too long, read so that the client sees the 413 */
    BACKLOG = 1024,
    REAP_MS = 250,
    STREAMS_DEFAULT = 1000,
    STREAM_BLOCK = 8192, /* bytes asked for at once */
    STOP_MS = 2000,      /* requests being answered get so long at the end */
};
#define BODIES_DEFAULT (256ull << 20)

/* A connection, for its deadline. */
struct slot {
    bool used, streaming; /* the latter: its answer never ends, and has no deadline */
    int fd;
    uint64_t since_us; /* monotonic: begin of the connection, or the last request's begin or end */
};

struct an_api {
    struct an_api_core core;
    struct MHD_Daemon *daemon;
    uint16_t port;
    char *token; /* [own] copy of the option */
    _Atomic uint64_t open_requests;
    pthread_mutex_t stream_lock; /* what follows */
    struct stream *streams;      /* those that wait for more */
    unsigned stream_count;       /* all */
    uint64_t wakes;
    bool streams_end;
    pthread_t reaper;
    bool reaper_runs;
    pthread_mutex_t lock; /* slots, stopping */
    pthread_cond_t wake;
    bool stopping;
    struct slot *slots; /* [own] connections_max of them */
};

/* An answer that never ends. Taken out of MHD's hands while there is nothing to send. */
struct stream {
    struct an_api *api;
    struct MHD_Connection *connection;
    struct an_api_source source;
    struct stream *next; /* of those that wait */
};

/* One request, from its headers to the end of its answer. */
struct exchange {
    char *body; /* [own] */
    size_t len, room, max;
    uint64_t counted;   /* bytes in core.body_bytes */
    uint64_t swallowed; /* bytes of a body nobody wants */
    bool wanted, over, full;
};

/* ---- deadlines ---- */

static void slot_touch(struct an_api *api, struct MHD_Connection *connection, bool streaming)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    struct slot *slot = info == NULL ? NULL : info->socket_context;
    if (slot == NULL) return;
    pthread_mutex_lock(&api->lock);
    slot->since_us = an_clock_mono_us();
    slot->streaming = streaming;
    pthread_mutex_unlock(&api->lock);
}

static struct slot *slot_begin(struct an_api *api, int fd)
{
    struct slot *found = NULL;
    pthread_mutex_lock(&api->lock);
    for (unsigned i = 0; found == NULL && i < api->core.options.connections_max; i++)
        if (!api->slots[i].used) found = &api->slots[i];
    if (found != NULL) *found = (struct slot) { true, false, fd, an_clock_mono_us() };
    pthread_mutex_unlock(&api->lock);
    return found;
}

/* MHD closes the socket after this, never before: the reaper can't hit another's. */
static void on_connection(void *user, struct MHD_Connection *connection, void **socket_context,
                          enum MHD_ConnectionNotificationCode code)
{
    struct an_api *api = user;
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
        *socket_context = info == NULL ? NULL : slot_begin(api, info->connect_fd);
        atomic_fetch_add(&api->core.connections, 1);
        return;
    }
    struct slot *slot = *socket_context;
    atomic_fetch_sub(&api->core.connections, 1);
    if (slot == NULL) return;
    pthread_mutex_lock(&api->lock);
    slot->used = false;
    pthread_mutex_unlock(&api->lock);
}

/* Ends connections that trickle: MHD's own timeout asks only for a byte now and then. */
static void *reap(void *user)
{
    struct an_api *api = user;
    uint64_t limit_us = api->core.options.request_s * AN_US_PER_S;
    pthread_mutex_lock(&api->lock);
    while (!api->stopping) {
        struct timespec until;
        clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_nsec += REAP_MS * 1000000l;
        if (until.tv_nsec >= 1000000000l) until.tv_sec++, until.tv_nsec -= 1000000000l;
        pthread_cond_timedwait(&api->wake, &api->lock, &until);
        uint64_t now_us = an_clock_mono_us();
        for (unsigned i = 0; i < api->core.options.connections_max; i++) {
            struct slot *slot = &api->slots[i];
            if (!slot->used || slot->streaming || now_us - slot->since_us < limit_us) continue;
            shutdown(slot->fd, SHUT_RDWR);
            slot->since_us = now_us;
            atomic_fetch_add(&api->core.timeouts, 1);
        }
    }
    pthread_mutex_unlock(&api->lock);
    return NULL;
}

/* ---- requests ---- */

static struct an_slice header(struct MHD_Connection *connection, const char *name)
{
    return an_slice_of(MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name));
}

static void body_drop(struct an_api *api, struct exchange *exchange)
{
    atomic_fetch_sub(&api->core.body_bytes, exchange->counted);
    free(exchange->body);
    exchange->body = NULL;
    exchange->counted = exchange->len = exchange->room = 0;
}

/* Grows the body's room to at least wanted bytes, counted against the limit on all of them. */
static bool body_grow(struct an_api *api, struct exchange *exchange, size_t wanted)
{
    size_t room = exchange->room == 0 ? BODY_FIRST : exchange->room;
    while (room < wanted) room *= 2;
    uint64_t more = room - exchange->room;
    uint64_t held = atomic_fetch_add(&api->core.body_bytes, more) + more;
    exchange->counted += more;
    char *body = held > api->core.options.bodies_max ? NULL : realloc(exchange->body, room);
    if (body == NULL) return false;
    exchange->body = body;
    exchange->room = room;
    return true;
}

static enum MHD_Result body_take(struct an_api *api, struct exchange *exchange, const char *bytes, size_t len)
{
    if (exchange->wanted && !exchange->over && !exchange->full) {
        if (len > exchange->max - exchange->len) {
            exchange->over = true;
        } else if (exchange->len + len > exchange->room && !body_grow(api, exchange, exchange->len + len)) {
            exchange->full = true;
        } else {
            memcpy(exchange->body + exchange->len, bytes, len);
            exchange->len += len;
            return MHD_YES;
        }
        exchange->swallowed = exchange->len;
        body_drop(api, exchange);
    }
    exchange->swallowed += len;
    return exchange->swallowed > BODY_SWALLOWED_MAX ? MHD_NO : MHD_YES;
}

static enum MHD_Result take_argument(void *user, enum MHD_ValueKind kind, const char *name, const char *value)
{
    struct an_api_request *request = user;
    (void)kind;
    if (request->query_count == AN_API_QUERY_MAX) return MHD_NO;
    request->query[request->query_count++] = (struct an_api_argument) { name, value };
    return MHD_YES;
}

static bool is_loopback(const union an_address *peer)
{
    if (peer->any.sa_family == AF_INET) return ntohl(peer->v4.sin_addr.s_addr) >> 24 == 127;
    return peer->any.sa_family == AF_INET6 && IN6_IS_ADDR_LOOPBACK(&peer->v6.sin6_addr);
}

/* The last address of X-Forwarded-For: the one our own proxy saw. What stands before it anybody can write. */
static void peer_behind_proxy(struct MHD_Connection *connection, union an_address *peer)
{
    char text[64];
    struct an_slice rest = header(connection, "X-Forwarded-For"), last;
    while (an_slice_cut(&rest, ',', &last)) continue;
    last = an_slice_trim(last);
    if (last.len == 0 || last.len >= sizeof text) return;
    an_slice_copy(last, text, sizeof text);
    union an_address found = { 0 };
    if (inet_pton(AF_INET, text, &found.v4.sin_addr) == 1)
        found.v4.sin_family = AF_INET;
    else if (inet_pton(AF_INET6, text, &found.v6.sin6_addr) == 1)
        found.v6.sin6_family = AF_INET6;
    else
        return;
    *peer = found;
}

static struct an_api_request request_of(struct an_api *api, struct MHD_Connection *connection, const char *method,
                                        const char *path, const struct exchange *exchange)
{
    struct an_api_request request = {
        .method = method,
        .path = path,
        .content_type = header(connection, MHD_HTTP_HEADER_CONTENT_TYPE),
        .authorization = header(connection, MHD_HTTP_HEADER_AUTHORIZATION),
        .cookie = an_slice_of(MHD_lookup_connection_value(connection, MHD_COOKIE_KIND, "anning_session")),
        .csrf = header(connection, "X-Anning-CSRF"),
        .fetch_site = header(connection, "Sec-Fetch-Site"),
        .if_match = header(connection, MHD_HTTP_HEADER_IF_MATCH),
        .if_none_match = header(connection, MHD_HTTP_HEADER_IF_NONE_MATCH),
        .last_event_id = header(connection, "Last-Event-ID"),
        .accept_encoding = header(connection, MHD_HTTP_HEADER_ACCEPT_ENCODING),
        .user_agent = header(connection, MHD_HTTP_HEADER_USER_AGENT),
        .signature = header(connection, "X-Anning-Signature"),
        .body = { exchange->body, exchange->len },
        .body_over = exchange->over,
        .bodies_full = exchange->full,
    };
    MHD_get_connection_values(connection, MHD_GET_ARGUMENT_KIND, take_argument, &request);
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    if (info != NULL && info->client_addr != NULL) {
        bool v6 = info->client_addr->sa_family == AF_INET6;
        memcpy(&request.peer, info->client_addr, v6 ? sizeof request.peer.v6 : sizeof request.peer.v4);
    }
    const struct an_api_console *console = api->core.options.console;
    if (console != NULL && console->proxy && is_loopback(&request.peer)) peer_behind_proxy(connection, &request.peer);
    return request;
}

/* What a page of ours may do: load from here, talk to here, play recordings from here, be framed by nobody. Pictures as
 * data: are the QR codes; the microphone is for a recording that goes with a report. */
#define PAGE_POLICY                                                                                                    \
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "                 \
    "connect-src 'self'; media-src 'self'; manifest-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action " \
    "'self'"

static void headers_add(const struct an_api *api, struct MHD_Response *out, const struct an_api_response *response)
{
    char retry[16];
    const struct an_api_console *console = api->core.options.console;
    const struct {
        const char *name, *value;
    } rows[] = {
        { MHD_HTTP_HEADER_CONTENT_TYPE, response->type },
        { MHD_HTTP_HEADER_CACHE_CONTROL, response->cache == NULL ? "no-store" : response->cache },
        { "X-Content-Type-Options", "nosniff" },
        { "Content-Security-Policy", response->page ? PAGE_POLICY : "default-src 'none'; frame-ancestors 'none'" },
        { "Cross-Origin-Resource-Policy", "same-origin" },
        { "Referrer-Policy", "no-referrer" },
        { "X-Frame-Options", "DENY" },
        { "Cross-Origin-Opener-Policy", response->page ? "same-origin" : NULL },
        { "Permissions-Policy",
          response->page ? "camera=(), geolocation=(), microphone=(self), payment=(), usb=()" : NULL },
        { MHD_HTTP_HEADER_VARY, response->page ? "Accept-Encoding" : NULL },
        { "Strict-Transport-Security", console != NULL && console->https ? "max-age=31536000" : NULL },
        { MHD_HTTP_HEADER_CONTENT_ENCODING, response->encoding },
        { MHD_HTTP_HEADER_ETAG, response->etag[0] == '\0' ? NULL : response->etag },
        { "Content-Disposition", response->disposition[0] == '\0' ? NULL : response->disposition },
        { MHD_HTTP_HEADER_SET_COOKIE, response->cookie[0] == '\0' ? NULL : response->cookie },
        { MHD_HTTP_HEADER_ALLOW, response->allow[0] == '\0' ? NULL : response->allow },
        { MHD_HTTP_HEADER_WWW_AUTHENTICATE, response->challenge ? "Bearer realm=\"anning\"" : NULL },
        { MHD_HTTP_HEADER_CONNECTION, response->close ? "close" : NULL },
        { MHD_HTTP_HEADER_RETRY_AFTER, response->retry_s == 0 ? NULL : retry },
    };
    snprintf(retry, sizeof retry, "%u", response->retry_s);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].value != NULL) MHD_add_response_header(out, rows[i].name, rows[i].value);
}

/* ---- answers that never end ---- */

static ssize_t stream_read(void *user, uint64_t at, char *out, size_t max)
{
    struct stream *stream = user;
    struct an_api *api = stream->api;
    (void)at;
    for (;;) {
        pthread_mutex_lock(&api->stream_lock);
        uint64_t wakes = api->wakes;
        bool end = api->streams_end;
        pthread_mutex_unlock(&api->stream_lock);
        ptrdiff_t n = end ? -1 : stream->source.read(stream->source.user, out, max);
        if (n < 0) return MHD_CONTENT_READER_END_OF_STREAM;
        if (n > 0) return n;
        pthread_mutex_lock(&api->stream_lock);
        bool woken = api->wakes != wakes || api->streams_end;
        if (!woken) {
            stream->next = api->streams;
            api->streams = stream;
            MHD_suspend_connection(stream->connection);
        }
        pthread_mutex_unlock(&api->stream_lock);
        if (!woken) return 0;
    }
}

static void stream_free(void *user)
{
    struct stream *stream = user;
    struct an_api *api = stream->api;
    pthread_mutex_lock(&api->stream_lock);
    for (struct stream **at = &api->streams; *at != NULL; at = &(*at)->next)
        if (*at == stream) {
            *at = stream->next;
            break;
        }
    api->stream_count--;
    pthread_mutex_unlock(&api->stream_lock);
    if (stream->source.done != NULL) stream->source.done(stream->source.user);
    free(stream);
}

static void wake(void *user)
{
    struct an_api *api = user;
    pthread_mutex_lock(&api->stream_lock);
    api->wakes++;
    for (struct stream *stream = api->streams, *next; stream != NULL; stream = next) {
        next = stream->next;
        stream->next = NULL;
        MHD_resume_connection(stream->connection);
    }
    api->streams = NULL;
    pthread_mutex_unlock(&api->stream_lock);
}

void an_api_wake(struct an_api *api)
{
    an_assert(api != NULL);
    wake(api);
}

/* NULL: no room for one more; the source is done with. */
static struct MHD_Response *stream_begin(struct an_api *api, struct MHD_Connection *connection,
                                         const struct an_api_source *source)
{
    const struct an_api_console *console = api->core.options.console;
    unsigned max = console == NULL || console->streams_max == 0 ? STREAMS_DEFAULT : console->streams_max;
    struct stream *stream = calloc(1, sizeof *stream);
    pthread_mutex_lock(&api->stream_lock);
    bool room = stream != NULL && api->stream_count < max && !api->streams_end;
    if (room) api->stream_count++;
    pthread_mutex_unlock(&api->stream_lock);
    struct MHD_Response *out = NULL;
    if (room) {
        *stream = (struct stream) { .api = api, .connection = connection, .source = *source };
        out = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, STREAM_BLOCK, stream_read, stream, stream_free);
    }
    if (out != NULL) {
        slot_touch(api, connection, true);
        return out;
    }
    if (room) { /* counted, but no memory for the answer */
        stream_free(stream);
        return NULL;
    }
    free(stream);
    if (source->done != NULL) source->done(source->user);
    return NULL;
}

static struct MHD_Response *response_of(struct an_api *api, struct MHD_Connection *connection,
                                        struct an_api_response *response)
{
    struct MHD_Response *out;
    if (response->source.read != NULL) {
        out = stream_begin(api, connection, &response->source);
        if (out != NULL) {
            an_text_done(&response->text);
            return out;
        }
        an_api_refuse(response, 503, "too_many", "too many live views are open; try again later", NULL);
        response->retry_s = 10;
        response->close = true; /* ten thousand that wait for a place hold none meanwhile */
    }
    if (response->fixed != NULL) {
        out = MHD_create_response_from_buffer(response->fixed_len, (void *)(uintptr_t)response->fixed,
                                              MHD_RESPMEM_PERSISTENT);
        an_text_done(&response->text);
    } else {
        out = MHD_create_response_from_buffer(response->text.len, response->text.at, MHD_RESPMEM_MUST_FREE);
        if (out == NULL) an_text_done(&response->text);
    }
    return out;
}

static enum MHD_Result send_response(struct an_api *api, struct MHD_Connection *connection,
                                     struct an_api_response *response)
{
    struct MHD_Response *out = response_of(api, connection, response);
    if (out == NULL) return MHD_NO;
    headers_add(api, out, response);
    enum MHD_Result result = MHD_queue_response(connection, response->status, out);
    MHD_destroy_response(out);
    return result;
}

static enum MHD_Result answer(struct an_api *api, struct MHD_Connection *connection, const char *method,
                              const char *path, const struct exchange *exchange)
{
    struct an_api_response response;
    struct an_api_request request = request_of(api, connection, method, path, exchange);
    an_api_answer(&api->core, &request, &response);
    return send_response(api, connection, &response);
}

/* A body that is refused by its announced length alone. The client waits for 100 Continue, or sends more than we are
 * ready to swallow. */
static bool hopeless(struct MHD_Connection *connection, size_t max)
{
    uint64_t announced = 0;
    struct an_slice length = header(connection, MHD_HTTP_HEADER_CONTENT_LENGTH);
    if (length.len == 0 || an_slice_u64(length, UINT64_MAX, &announced) != AN_OK) return false;
    bool waits = header(connection, MHD_HTTP_HEADER_EXPECT).len > 0;
    return announced > BODY_SWALLOWED_MAX || (waits && announced > max);
}

static enum MHD_Result on_request(void *user, struct MHD_Connection *connection, const char *path, const char *method,
                                  const char *version, const char *bytes, size_t *bytes_len, void **context)
{
    struct an_api *api = user;
    struct exchange *exchange = *context;
    (void)version;
    if (exchange == NULL) {
        exchange = calloc(1, sizeof *exchange);
        if (exchange == NULL) return MHD_NO;
        *context = exchange;
        atomic_fetch_add(&api->open_requests, 1);
        slot_touch(api, connection, false);
        struct an_api_request request = { .method = method, .path = path };
        exchange->max = an_api_body_max(&api->core, &request);
        exchange->wanted = exchange->max > 0;
        exchange->over = hopeless(connection, exchange->max);
        return exchange->over ? answer(api, connection, method, path, exchange) : MHD_YES;
    }
    if (*bytes_len > 0) {
        enum MHD_Result result = body_take(api, exchange, bytes, *bytes_len);
        *bytes_len = 0;
        return result;
    }
    return answer(api, connection, method, path, exchange);
}

static void on_completed(void *user, struct MHD_Connection *connection, void **context,
                         enum MHD_RequestTerminationCode code)
{
    struct an_api *api = user;
    struct exchange *exchange = *context;
    (void)code;
    if (exchange == NULL) return;
    body_drop(api, exchange);
    free(exchange);
    *context = NULL;
    atomic_fetch_sub(&api->open_requests, 1);
    slot_touch(api, connection, false);
}

/* Paths are compared as they came: nothing we serve needs an escape, and %00 can't cut one short. */
static size_t keep_escapes(void *user, struct MHD_Connection *connection, char *text)
{
    (void)user, (void)connection;
    return strlen(text);
}

/* ---- start and stop ---- */

static enum an_err listen_error(const char *address, int number, struct an_error *error)
{
    const char *advice = "";
    if (number == EADDRINUSE) advice = "; another program listens there: stop it, or choose another port";
    if (number == EACCES) advice = "; ports below 1024 need CAP_NET_BIND_SERVICE";
    if (number == EADDRNOTAVAIL) advice = "; this machine has no such address";
    return an_fail(error, AN_ERR_IO, "http: can't listen on %s: %s%s", address, strerror(number), advice);
}

static enum an_err listen_on(const char *text, int *ret_fd, uint16_t *ret_port, struct an_error *error)
{
    union an_address address;
    const int on = 1, off = 0;
    struct an_error reason;
    if (an_address_parse(an_slice_of(text), AN_ADDRESS_STAR | AN_ADDRESS_EVERY | AN_ADDRESS_PORT_0,
                         AN_ADDRESS_PORT_NEEDED, &address, &reason) != AN_OK)
        return an_fail(error, AN_ERR_INVALID, "http: %s", reason.text);
    socklen_t len = an_address_size(&address);
    int fd = socket(address.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) return listen_error(text, errno, error);
    bool every = text[0] == ':';
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (address.any.sa_family == AF_INET6) setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, every ? &off : &on, sizeof on);
    if (bind(fd, &address.any, len) != 0 || listen(fd, BACKLOG) != 0 || getsockname(fd, &address.any, &len) != 0) {
        int number = errno;
        close(fd);
        return listen_error(text, number, error);
    }
    *ret_port = an_address_port(&address);
    *ret_fd = fd;
    return AN_OK;
}

enum an_err an_api_probe(const char *address, struct an_error *error)
{
    int fd;
    uint16_t port;
    enum an_err err = listen_on(address, &fd, &port, error);
    if (err == AN_OK) close(fd);
    return err;
}

static enum an_err options_check(const struct an_api_options *given, struct an_api_options *ret_options,
                                 struct an_error *error)
{
    struct an_api_options o = *given;
    if (o.threads == 0) o.threads = 1;
    unsigned streams = o.console == NULL ? 0 : o.console->streams_max;
    if (o.connections_max == 0) o.connections_max = CONNECTIONS_DEFAULT + streams;
    if (o.idle_s == 0) o.idle_s = IDLE_S_DEFAULT;
    if (o.request_s == 0) o.request_s = REQUEST_S_DEFAULT;
    if (o.bodies_max == 0) o.bodies_max = BODIES_DEFAULT;
    if (o.address == NULL || o.threads > AN_API_THREADS_MAX || o.connections_max < o.threads)
        return an_fail(error, AN_ERR_INVALID,
                       "http: needs an address, 1 to %d threads and at least as many connections", AN_API_THREADS_MAX);
    *ret_options = o;
    return AN_OK;
}

static struct MHD_Daemon *daemon_start(struct an_api *api, int fd)
{
    const struct an_api_options *o = &api->core.options;
    struct MHD_OptionItem pool[] = {
        { MHD_OPTION_THREAD_POOL_SIZE, (intptr_t)o->threads, NULL },
        { MHD_OPTION_END, 0, NULL },
    };
    if (o->threads == 1) pool[0] = pool[1];
    sigset_t all, before; /* signals are the program's own threads' business */
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    struct MHD_Daemon *daemon = MHD_start_daemon(
        MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_ITC | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, on_request, api,
        MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_CONNECTION_LIMIT, o->connections_max,
        MHD_OPTION_PER_IP_CONNECTION_LIMIT, o->connections_per_address_max, MHD_OPTION_CONNECTION_TIMEOUT, o->idle_s,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HEADERS_MAX, MHD_OPTION_NOTIFY_CONNECTION, on_connection, api,
        MHD_OPTION_NOTIFY_COMPLETED, on_completed, api, MHD_OPTION_UNESCAPE_CALLBACK, keep_escapes, NULL,
        MHD_OPTION_ARRAY, pool, MHD_OPTION_END);
    if (daemon != NULL) api->reaper_runs = pthread_create(&api->reaper, NULL, reap, api) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return daemon;
}

static void api_free(struct an_api *api)
{
    an_api_core_done(&api->core);
    pthread_mutex_destroy(&api->lock);
    pthread_mutex_destroy(&api->stream_lock);
    pthread_cond_destroy(&api->wake);
    free(api->slots);
    free(api->token);
    free(api);
}

/* Without its files the rest goes on. */
static void read_console(struct an_api *api, const struct an_api_console *console)
{
    struct an_error error;
    if (console == NULL || console->dir == NULL || console->dir[0] == '\0') return;
    if (an_api_files_read(console->dir, &api->core.files, &error) != AN_OK)
        an_log(AN_LOG_WARN, "console.files", "no console: %s", error.text);
}

static enum an_err api_new(const struct an_api_options *options, struct an_api **ret_api)
{
    struct an_api *api = calloc(1, sizeof *api);
    if (api == NULL) return AN_ERR_NO_MEMORY;
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&api->wake, &attributes);
    pthread_condattr_destroy(&attributes);
    pthread_mutex_init(&api->lock, NULL);
    pthread_mutex_init(&api->stream_lock, NULL);
    enum an_err err = an_api_core_init(&api->core, options);
    api->slots = calloc(options->connections_max, sizeof *api->slots);
    if (options->token != NULL) api->token = strdup(options->token);
    api->core.options.token = api->token;
    read_console(api, options->console);
    api->core.wake = wake;
    api->core.wake_user = api;
    if (err != AN_OK || api->slots == NULL || (options->token != NULL && api->token == NULL)) {
        api_free(api);
        return AN_ERR_NO_MEMORY;
    }
    *ret_api = api;
    return AN_OK;
}

enum an_err an_api_start(const struct an_api_options *options, struct an_api **ret_api, struct an_error *error)
{
    an_assert(options != NULL && ret_api != NULL && options->calls.run != NULL && options->calls.metrics != NULL);
    struct an_api_options checked;
    struct an_api *api;
    int fd = -1;
    uint16_t port = 0;
    enum an_err err = options_check(options, &checked, error);
    if (err == AN_OK) err = listen_on(checked.address, &fd, &port, error);
    if (err != AN_OK) return err;
    if (api_new(&checked, &api) != AN_OK) {
        close(fd);
        return an_fail(error, AN_ERR_NO_MEMORY, "http: out of memory");
    }
    api->port = port;
    api->daemon = daemon_start(api, fd);
    if (api->daemon == NULL || !api->reaper_runs) {
        if (api->daemon != NULL)
            MHD_stop_daemon(api->daemon); /* closes fd */
        else
            close(fd);
        api_free(api);
        return an_fail(error, AN_ERR_IO, "http: can't start the server's threads on %s", checked.address);
    }
    an_log(AN_LOG_INFO, "http.listen", "listening on %s, port %u, %u threads", checked.address, port, checked.threads);
    *ret_api = api;
    return AN_OK;
}

uint16_t an_api_port(const struct an_api *api)
{
    an_assert(api != NULL);
    return api->port;
}

void an_api_drain(struct an_api *api)
{
    an_assert(api != NULL);
    atomic_store(&api->core.draining, true);
}

void an_api_stop(struct an_api *api)
{
    if (api == NULL) return;
    an_api_drain(api);
    int fd = MHD_quiesce_daemon(api->daemon);
    if (fd >= 0) close(fd);
    pthread_mutex_lock(&api->stream_lock);
    api->streams_end = true;
    pthread_mutex_unlock(&api->stream_lock);
    wake(api);
    for (int waited_ms = 0; waited_ms < STOP_MS && atomic_load(&api->open_requests) > 0; waited_ms += 5) usleep(5000);
    pthread_mutex_lock(&api->lock);
    api->stopping = true;
    pthread_cond_signal(&api->wake);
    pthread_mutex_unlock(&api->lock);
    pthread_join(api->reaper, NULL);
    MHD_stop_daemon(api->daemon);
    api_free(api);
}
