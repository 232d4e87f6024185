/* Connections: SIP over TCP and TLS. See inside.h. Messages of all ready connections gather in the vector; while one
 * of its messages is in the vector a connection is "pinned": its buffer doesn't move and it isn't closed. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "wire/inside.h"

enum { ACCEPTS_MAX = 64, SWEEP_MS = 20, SWEEP_PARTS = 16, PONGS_MAX = 64 };

enum an_err an_stream_init(struct an_loop *loop)
{
    uint32_t max = loop->options.connections_max;
    loop->connections = calloc(max, sizeof *loop->connections);
    if (loop->connections == NULL || an_pool_init(&loop->small, max, AN_SMALL_BUFFER) != AN_OK ||
        an_pool_init(&loop->large, loop->options.large_buffers, AN_LARGE_BUFFER) != AN_OK)
        return AN_ERR_NO_MEMORY;
    loop->spare_connection = AN_NO_CONNECTION;
    for (uint32_t i = max; i-- > 0;) {
        loop->connections[i].fd = -1;
        loop->connections[i].next_spare = loop->spare_connection;
        loop->spare_connection = i;
    }
    return AN_OK;
}

void an_stream_done(struct an_loop *loop)
{
    for (uint32_t i = 0; loop->connections != NULL && i < loop->options.connections_max; i++)
        if (loop->connections[i].fd >= 0) an_stream_close(loop, &loop->connections[i], AN_CLOSE_STOP);
    an_pool_done(&loop->small);
    an_pool_done(&loop->large);
    free(loop->connections);
    loop->connections = NULL;
}

static uint32_t index_of(const struct an_loop *loop, const struct an_connection *c)
{
    return (uint32_t)(c - loop->connections);
}

static const struct an_source *source_of(const struct an_loop *loop, const struct an_connection *c)
{
    return &loop->sources[c->source];
}

static void want(struct an_loop *loop, struct an_connection *c, uint32_t events)
{
    if (c->interest == events) return;
    struct epoll_event event = { .events = events, .data.u64 = an_event_of(AN_EVENT_CONNECTION, index_of(loop, c)) };
    epoll_ctl(loop->epoll, c->interest == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, c->fd, &event);
    c->interest = events;
}

static void give_in(struct an_loop *loop, struct an_connection *c)
{
    if (c->in == NULL) return;
    an_pool_give(c->in_size == AN_LARGE_BUFFER ? &loop->large : &loop->small, c->in);
    c->in = NULL;
    c->in_start = c->in_end = c->in_size = 0;
}

static void give_out(struct an_loop *loop, struct an_connection *c)
{
    if (c->out == NULL) return;
    an_pool_give(&loop->large, c->out);
    c->out = NULL;
    c->out_start = c->out_end = 0;
}

void an_stream_close(struct an_loop *loop, struct an_connection *c, enum an_close reason)
{
    an_assert(c->fd >= 0 && !c->pinned);
    if (c->handshaking) an_count(&loop->counters.tls_failed);
    an_count(&loop->counters.tcp_closed[reason]);
    an_count_add(&loop->counters.connections, (uint64_t)-1);
    an_tls_close(c, reason != AN_CLOSE_RESET && reason != AN_CLOSE_TLS);
    close(c->fd); /* leaves the epoll set with it */
    give_in(loop, c);
    give_out(loop, c);
    *c = (struct an_connection) { .fd = -1, .next_spare = loop->spare_connection };
    loop->spare_connection = index_of(loop, c);
}

/* With no descriptor left accept fails and the socket stays readable for ever: one is kept to take the caller in and
 * hang up. */
static void refuse_without_descriptor(struct an_loop *loop, const struct an_source *source)
{
    close(loop->reserve);
    int fd = accept4(source->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd >= 0) close(fd);
    loop->reserve = fcntl(loop->wake, F_DUPFD_CLOEXEC, 0);
    an_count(&loop->counters.tcp_refused);
}

static void open_connection(struct an_loop *loop, uint32_t source, int fd, const union an_address *peer)
{
    uint32_t index = loop->spare_connection;
    int on = 1;
    if (index == AN_NO_CONNECTION) {
        close(fd);
        an_count(&loop->counters.tcp_refused);
        return;
    }
    struct an_connection *c = &loop->connections[index];
    loop->spare_connection = c->next_spare;
    *c = (struct an_connection) { .fd = fd, .peer = *peer, .source = (uint8_t)source, .touched_us = loop->mono_us };
    an_count(&loop->counters.tcp_accepted);
    an_count(&loop->counters.connections);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (source_of(loop, c)->transport == AN_TRANSPORT_TLS) {
        c->begun_us = loop->mono_us;
        if (an_tls_accept(loop, c) != AN_OK) {
            an_stream_close(loop, c, AN_CLOSE_MEMORY);
            return;
        }
    }
    want(loop, c, EPOLLIN);
}

void an_stream_accept(struct an_loop *loop, uint32_t source)
{
    for (int i = 0; i < ACCEPTS_MAX; i++) {
        union an_address peer = { 0 };
        socklen_t len = sizeof peer;
        int fd = accept4(loop->sources[source].fd, &peer.any, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            open_connection(loop, source, fd, &peer);
        } else if (errno == EMFILE || errno == ENFILE) {
            refuse_without_descriptor(loop, &loop->sources[source]);
        } else if (errno != EINTR && errno != ECONNABORTED) {
            return;
        }
    }
}

/* Keeps what the peer doesn't take now; until it does nothing more is read from it. */
static void queue(struct an_loop *loop, struct an_connection *c, const char *bytes, size_t len, uint32_t events)
{
    if (len == 0 || c->broken != 0) return;
    if (c->out == NULL) {
        c->out = an_pool_take(&loop->large);
        c->stuck_us = loop->mono_us;
    }
    if (c->out == NULL || len > AN_LARGE_BUFFER - c->out_end) {
        c->broken = (uint8_t)((c->out == NULL ? AN_CLOSE_MEMORY : AN_CLOSE_STUCK) + 1);
        return;
    }
    memcpy(c->out + c->out_end, bytes, len);
    c->out_end += (uint32_t)len;
    want(loop, c, events);
}

static ssize_t write_some(struct an_connection *c, const char *bytes, size_t len, uint32_t *ret_events)
{
    *ret_events = EPOLLOUT;
    if (c->ssl != NULL) return an_tls_write(c, bytes, len, ret_events);
    return send(c->fd, bytes, len, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void stream_write(struct an_loop *loop, struct an_connection *c, const char *bytes, size_t len)
{
    uint32_t events = EPOLLOUT;
    size_t done = 0;
    while (c->out == NULL && done < len && c->broken == 0) {
        ssize_t n = write_some(c, bytes + done, len - done, &events);
        if (n > 0)
            done += (size_t)n;
        else if (n < 0 && errno == EINTR)
            continue;
        else if (n < 0 && errno == EAGAIN)
            break;
        else
            c->broken = AN_CLOSE_RESET + 1;
    }
    queue(loop, c, bytes + done, len - done, events);
}

/* Consecutive answers of one TCP connection in one system call; what is left goes into the queue. */
static void write_run(struct an_loop *loop, struct an_connection *c, struct iovec *iov, size_t count)
{
    struct msghdr header = { .msg_iov = iov, .msg_iovlen = count };
    enum an_transport transport = source_of(loop, c)->transport;
    size_t done = 0;
    if (c->ssl == NULL && c->out == NULL && c->broken == 0 && count > 1) {
        ssize_t n = sendmsg(c->fd, &header, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n > 0)
            done = (size_t)n;
        else if (errno != EAGAIN && errno != EINTR)
            c->broken = AN_CLOSE_RESET + 1;
    }
    for (size_t i = 0; i < count; i++) {
        size_t skip = done < iov[i].iov_len ? done : iov[i].iov_len;
        done -= skip;
        stream_write(loop, c, (const char *)iov[i].iov_base + skip, iov[i].iov_len - skip);
        if (c->broken == 0)
            an_count(&loop->counters.sent[transport]);
        else
            an_count(&loop->counters.send_failed[transport]);
    }
}

/* After the vector let go of it: room for the rest of a message begun, or no buffer at all. May close. */
static void settle(struct an_loop *loop, struct an_connection *c)
{
    an_assert(!c->pinned);
    for (; c->pongs > 0; c->pongs--) stream_write(loop, c, "\r\n", 2);
    if (c->broken != 0) {
        an_stream_close(loop, c, (enum an_close)(c->broken - 1));
        return;
    }
    if (c->in_start == c->in_end) {
        give_in(loop, c);
        return;
    }
    uint32_t left = c->in_end - c->in_start;
    if (c->in_start > 0) memmove(c->in, c->in + c->in_start, left);
    c->in_start = 0;
    c->in_end = left;
    if (left >= loop->options.message_max || left == AN_LARGE_BUFFER) {
        an_stream_close(loop, c, AN_CLOSE_LIMIT);
    } else if (left == c->in_size) {
        char *wider = an_pool_take(&loop->large);
        if (wider == NULL) {
            an_stream_close(loop, c, AN_CLOSE_MEMORY);
            return;
        }
        memcpy(wider, c->in, left);
        give_in(loop, c);
        c->in = wider;
        c->in_size = AN_LARGE_BUFFER;
        c->in_end = left;
    }
}

void an_stream_flush(struct an_loop *loop)
{
    struct an_vector *v = loop->vector;
    if (v->count == 0) return;
    an_loop_process(loop);
    struct iovec iov[AN_VECTOR_MAX];
    for (uint32_t i = 0, run; i < v->count; i = run) {
        uint32_t index = v->calls[i].connection;
        size_t count = 0;
        for (run = i; run < v->count && v->calls[run].connection == index; run++)
            if (loop->answers[run].len > 0)
                iov[count++] = (struct iovec) { loop->answers[run].bytes, loop->answers[run].len };
        if (count > 0) write_run(loop, &loop->connections[index], iov, count);
    }
    v->count = 0;
    uint32_t count = loop->pinned_count;
    loop->pinned_count = 0;
    for (uint32_t i = 0; i < count; i++) {
        struct an_connection *c = &loop->connections[loop->pinned[i]];
        c->pinned = false;
        settle(loop, c);
    }
}

static void close_now(struct an_loop *loop, struct an_connection *c, enum an_close reason)
{
    an_stream_flush(loop); /* whole messages before the end still are answered; it may be closed by that */
    if (c->fd >= 0) an_stream_close(loop, c, reason);
}

/* Takes line ends between messages off; CR LF CR LF is answered with CR LF (RFC 5626 section 3.5.1). */
static void skip_line_ends(struct an_loop *loop, struct an_connection *c)
{
    while (c->in_start < c->in_end && (c->in[c->in_start] == '\r' || c->in[c->in_start] == '\n')) {
        char expected = c->line_ends % 2 == 0 ? '\r' : '\n', byte = c->in[c->in_start++];
        c->line_ends = byte == expected ? (uint8_t)(c->line_ends + 1) : byte == '\r' ? 1 : 0;
        if (c->line_ends < 4) continue;
        c->line_ends = 0;
        an_count(&loop->counters.keepalives);
        if (c->pongs < PONGS_MAX) c->pongs++; /* written when the vector is through */
    }
    if (c->in_start < c->in_end) c->line_ends = 0;
}

static void pin(struct an_loop *loop, struct an_connection *c)
{
    if (c->pinned) return;
    c->pinned = true;
    loop->pinned[loop->pinned_count++] = index_of(loop, c);
}

/* Puts every whole message into the vector. false: the connection is closed. */
static bool take_messages(struct an_loop *loop, struct an_connection *c)
{
    for (;;) {
        if (c->scanned == 0) skip_line_ends(loop, c);
        if (c->in_start == c->in_end || c->broken != 0) break;
        size_t len = 0;
        uint32_t left = c->in_end - c->in_start;
        enum an_err err = loop->handler.frame(c->in + c->in_start, left, &c->scanned, &len);
        if (err == AN_ERR_MORE) break;
        if (err == AN_OK && (len == 0 || len > left)) err = AN_ERR_MALFORMED;
        if (err == AN_OK && len > loop->options.message_max) err = AN_ERR_LIMIT;
        if (err != AN_OK) {
            close_now(loop, c, err == AN_ERR_LIMIT ? AN_CLOSE_LIMIT : AN_CLOSE_MALFORMED);
            return false;
        }
        const struct an_source *source = source_of(loop, c);
        struct an_call *call = &loop->calls[loop->vector->count];
        call->peer = c->peer;
        an_loop_add(loop, c->in + c->in_start, len, source);
        call->connection = index_of(loop, c);
        an_count(&loop->counters.received[source->transport]);
        an_count_add(&loop->counters.received_bytes[source->transport], len);
        c->in_start += (uint32_t)len;
        c->scanned = 0;
        c->begun_us = 0;
        pin(loop, c);
        if (loop->vector->count == AN_VECTOR_MAX) an_stream_flush(loop);
        if (c->fd < 0) return false;
    }
    if (c->in_start == c->in_end)
        c->begun_us = 0;
    else if (c->begun_us == 0)
        c->begun_us = loop->mono_us;
    if (!c->pinned) settle(loop, c);
    return c->fd >= 0;
}

static bool take_buffer(struct an_loop *loop, struct an_connection *c)
{
    if (c->in != NULL) return true;
    if (c->busy && loop->large.spare_count > loop->large.count / 2) {
        c->in = an_pool_take(&loop->large);
        c->in_size = AN_LARGE_BUFFER;
    } else {
        c->in = an_pool_take(&loop->small);
        c->in_size = AN_SMALL_BUFFER;
    }
    return c->in != NULL;
}

/* Nothing more comes. What is queued is still written. */
static void peer_closed(struct an_loop *loop, struct an_connection *c)
{
    an_stream_flush(loop);
    if (c->fd < 0) return;
    c->closing = true;
    if (c->out == NULL) an_stream_close(loop, c, AN_CLOSE_PEER);
}

static void stream_read(struct an_loop *loop, struct an_connection *c)
{
    for (;;) {
        if (c->pinned && c->in_end == c->in_size) an_stream_flush(loop);
        if (c->fd < 0 || c->out != NULL) return; /* a peer that doesn't read isn't read from */
        bool taken = take_buffer(loop, c);
        an_assert(taken && c->in_end < c->in_size);
        size_t space = c->in_size - c->in_end;
        uint32_t events = EPOLLIN;
        ssize_t n = c->ssl != NULL ? an_tls_read(c, c->in + c->in_end, space, &events)
                                   : recv(c->fd, c->in + c->in_end, space, MSG_DONTWAIT);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0 && errno == EAGAIN) {
            want(loop, c, events);
            if (!c->pinned) settle(loop, c);
            return;
        }
        if (n < 0) {
            close_now(loop, c, c->ssl != NULL && errno == EPROTO ? AN_CLOSE_TLS : AN_CLOSE_RESET);
            return;
        }
        if (n == 0) {
            peer_closed(loop, c);
            return;
        }
        c->touched_us = loop->mono_us;
        c->in_end += (uint32_t)n;
        c->busy = (size_t)n == space || (c->busy && n > AN_SMALL_BUFFER / 2);
        if (!take_messages(loop, c)) return;
        if (c->ssl == NULL || SSL_pending(c->ssl) == 0) return; /* the rest, if any, wakes epoll again */
    }
}

/* The peer reads again: the queue goes out, then reading goes on. */
static void stream_drain(struct an_loop *loop, struct an_connection *c)
{
    uint32_t events = EPOLLOUT;
    while (c->out_start < c->out_end) {
        ssize_t n = write_some(c, c->out + c->out_start, c->out_end - c->out_start, &events);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0 && errno == EAGAIN) {
            want(loop, c, events);
            return;
        }
        if (n <= 0) {
            close_now(loop, c, AN_CLOSE_RESET);
            return;
        }
        c->out_start += (uint32_t)n;
        c->touched_us = loop->mono_us;
    }
    give_out(loop, c);
    if (c->closing) {
        close_now(loop, c, AN_CLOSE_PEER);
        return;
    }
    want(loop, c, EPOLLIN);
    if (c->ssl != NULL && SSL_pending(c->ssl) > 0) stream_read(loop, c);
}

void an_stream_event(struct an_loop *loop, uint32_t index, uint32_t events)
{
    struct an_connection *c = &loop->connections[index];
    if (c->fd < 0) return; /* closed earlier in this batch of events */
    if (c->handshaking) {
        uint32_t wanted = EPOLLIN;
        int done = an_tls_handshake(c, &wanted);
        if (done < 0) {
            an_stream_close(loop, c, AN_CLOSE_TLS);
            return;
        }
        want(loop, c, done > 0 ? EPOLLIN : wanted);
        if (done == 0) return;
        c->handshaking = false;
        c->begun_us = 0;
        c->touched_us = loop->mono_us;
        an_count(&loop->counters.tls_handshakes);
    } else if (c->out != NULL) {
        if ((events & (EPOLLERR | EPOLLHUP)) && !(events & (EPOLLIN | EPOLLOUT)))
            close_now(loop, c, AN_CLOSE_RESET);
        else
            stream_drain(loop, c);
        return;
    }
    stream_read(loop, c);
}

static bool over(const struct an_loop *loop, uint64_t since_us, uint32_t limit_ms)
{
    return since_us != 0 && loop->mono_us - since_us > limit_ms * 1000ull;
}

/* One part of the connections at a time; everyone is looked at every SWEEP_MS * SWEEP_PARTS. */
void an_stream_sweep(struct an_loop *loop)
{
    if (loop->counters.connections == 0 || loop->mono_us - loop->swept_us < SWEEP_MS * 1000) return;
    loop->swept_us = loop->mono_us;
    uint32_t max = loop->options.connections_max, part = max / SWEEP_PARTS + 1;
    const struct an_loop_options *limits = &loop->options;
    an_assert(loop->pinned_count == 0);
    for (uint32_t i = 0; i < part && i < max; i++, loop->sweep_at++) {
        if (loop->sweep_at >= max) loop->sweep_at = 0;
        struct an_connection *c = &loop->connections[loop->sweep_at];
        if (c->fd < 0) continue;
        if (c->out != NULL && over(loop, c->stuck_us, limits->message_ms))
            an_stream_close(loop, c, AN_CLOSE_STUCK);
        else if (c->out == NULL && over(loop, c->begun_us, limits->message_ms))
            an_stream_close(loop, c, c->handshaking ? AN_CLOSE_TLS : AN_CLOSE_SLOW);
        else if (over(loop, c->touched_us, limits->idle_ms))
            an_stream_close(loop, c, AN_CLOSE_IDLE);
    }
}

bool an_stream_queued(const struct an_loop *loop)
{
    for (uint32_t i = 0; loop->counters.connections > 0 && i < loop->options.connections_max; i++)
        if (loop->connections[i].fd >= 0 && loop->connections[i].out != NULL) return true;
    return false;
}
