#include "wire/loop.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sock_diag.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/clock.h"
#include "wire/inside.h"

enum { EVENTS_MAX = 128, BACKLOG = 1024, LARGE_BUFFERS = 256, DRAIN_MS = 1000 };

void an_loop_counters(const struct an_loop *loop, struct an_loop_counters *ret_counters)
{
    an_assert(loop != NULL && ret_counters != NULL);
    an_count_copy(ret_counters, &loop->counters, sizeof *ret_counters);
}

union an_address an_loop_address(const struct an_loop *loop, size_t i)
{
    an_assert(loop != NULL && i < loop->source_count);
    return loop->sources[i].local;
}

void an_loop_add(struct an_loop *loop, const char *base, size_t len, const struct an_source *source)
{
    an_assert(loop->vector->count < AN_VECTOR_MAX);
    struct an_call *call = &loop->calls[loop->vector->count++];
    call->base = base;
    call->length = (uint32_t)len;
    call->transport = source->transport;
    call->connection = 0;
    call->local = source->local;
    call->error = AN_OK;
    call->sip_status = 0;
}

static void tick(struct an_loop *loop, uint64_t now_us)
{
    loop->ticked_us = loop->mono_us;
    if (loop->handler.tick != NULL) loop->handler.tick(loop->handler.user, now_us);
}

void an_loop_process(struct an_loop *loop)
{
    struct an_vector *v = loop->vector;
    for (uint32_t i = 0; i < v->count; i++) {
        loop->answers[i].len = 0;
        loop->answers[i].to = v->calls[i].peer;
    }
    v->now_us = an_clock_wall_us();
    loop->handler.process(loop->handler.user, v, loop->answers);
    for (uint32_t i = 0; i < v->count; i++) an_assert(loop->answers[i].len <= AN_SIP_ANSWER_MAX);
    an_count(&loop->counters.vectors);
    tick(loop, v->now_us);
}

/* Once a second: what the kernel dropped since nobody read fast enough. */
static void measure(struct an_loop *loop)
{
    if (loop->mono_us - loop->measured_us < AN_US_PER_S) return;
    loop->measured_us = loop->mono_us;
    for (size_t i = 0; i < loop->source_count; i++) {
        uint32_t memory[SK_MEMINFO_VARS] = { 0 };
        socklen_t len = sizeof memory;
        struct an_source *source = &loop->sources[i];
        bool datagrams = source->transport == AN_TRANSPORT_UDP || source->transport == AN_TRANSPORT_HEP;
        if (!datagrams || source->fd < 0 || getsockopt(source->fd, SOL_SOCKET, SO_MEMINFO, memory, &len) != 0) continue;
        an_count_add(&loop->counters.kernel_dropped, memory[SK_MEMINFO_DROPS] - source->dropped);
        source->dropped = memory[SK_MEMINFO_DROPS];
    }
}

/* One round of epoll. Returns the number of events. */
static int turn(struct an_loop *loop, int timeout_ms)
{
    struct epoll_event events[EVENTS_MAX];
    int n = epoll_wait(loop->epoll, events, EVENTS_MAX, timeout_ms);
    if (n < 0 && errno != EINTR) an_count(&loop->counters.receive_errors);
    loop->mono_us = an_clock_mono_us();
    for (int i = 0; i < n; i++) {
        uint32_t index = (uint32_t)events[i].data.u64;
        enum an_event kind = (enum an_event)(events[i].data.u64 >> 32);
        if (kind == AN_EVENT_CONNECTION) {
            an_stream_event(loop, index, events[i].events);
        } else if (kind == AN_EVENT_SOURCE && loop->sources[index].fd >= 0) {
            an_stream_flush(loop);
            if (loop->sources[index].transport == AN_TRANSPORT_TCP ||
                loop->sources[index].transport == AN_TRANSPORT_TLS)
                an_stream_accept(loop, index);
            else
                an_datagram_receive(loop, &loop->sources[index]);
        }
    }
    an_stream_flush(loop);
    an_stream_sweep(loop);
    measure(loop);
    an_count_add(&loop->counters.large_buffers,
                 loop->large.count - loop->large.spare_count - loop->counters.large_buffers);
    if (loop->mono_us - loop->ticked_us >= AN_LOOP_TICK_MS * 1000) tick(loop, an_clock_wall_us());
    return n;
}

/* What had reached the kernel before the stop is answered; a flood doesn't keep us from stopping. */
static void drain(struct an_loop *loop)
{
    uint64_t end_us = an_clock_mono_us() + DRAIN_MS * 1000;
    for (uint32_t i = 0; i < loop->source_count; i++) {
        struct an_source *source = &loop->sources[i];
        if (source->transport != AN_TRANSPORT_TCP && source->transport != AN_TRANSPORT_TLS) continue;
        an_stream_accept(loop, i);
        close(source->fd);
        source->fd = -1;
    }
    struct epoll_event none = { 0 };
    epoll_ctl(loop->epoll, EPOLL_CTL_DEL, loop->wake, &none);
    while (turn(loop, 0) > 0 && loop->mono_us < end_us) continue;
    while (an_stream_queued(loop) && loop->mono_us < end_us) turn(loop, 10);
}

static void *run(void *argument)
{
    struct an_loop *loop = argument;
    if (loop->handler.begin != NULL) loop->handler.begin(loop->handler.user);
    while (!atomic_load_explicit(&loop->stopping, memory_order_acquire)) turn(loop, AN_LOOP_TICK_MS);
    drain(loop);
    an_stream_done(loop);
    tick(loop, an_clock_wall_us());
    if (loop->handler.end != NULL) loop->handler.end(loop->handler.user);
    return NULL;
}

static void free_loop(struct an_loop *loop)
{
    if (loop == NULL) return;
    if (loop->connections != NULL || loop->small.memory != NULL) an_stream_done(loop);
    for (size_t i = 0; i < loop->source_count; i++)
        if (loop->sources[i].fd >= 0) close(loop->sources[i].fd);
    if (loop->epoll >= 0) close(loop->epoll);
    if (loop->wake >= 0) close(loop->wake);
    if (loop->reserve >= 0) close(loop->reserve);
    SSL_CTX_free(loop->tls);
    if (loop->datagram_memory != NULL) munmap(loop->datagram_memory, (size_t)AN_VECTOR_MAX * AN_DATAGRAM_STRIDE);
    free(loop->answer_memory);
    free(loop->control);
    free(loop->calls);
    free(loop->vector);
    free(loop);
}

static void *aligned_zero(size_t size)
{
    size = (size + 63) & ~(size_t)63;
    void *memory = aligned_alloc(64, size);
    if (memory != NULL) memset(memory, 0, size);
    return memory;
}

static enum an_err allocate(struct an_loop *loop)
{
    loop->vector = aligned_zero(sizeof *loop->vector);
    loop->calls = aligned_zero(AN_VECTOR_MAX * sizeof *loop->calls);
    loop->answer_memory = aligned_zero((size_t)AN_VECTOR_MAX * AN_ANSWER_STRIDE);
    loop->control = aligned_zero(AN_VECTOR_MAX * sizeof *loop->control);
    size_t size = (size_t)AN_VECTOR_MAX * AN_DATAGRAM_STRIDE;
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    loop->datagram_memory = memory == MAP_FAILED ? NULL : memory;
    if (loop->vector == NULL || loop->calls == NULL || loop->answer_memory == NULL || loop->control == NULL ||
        loop->datagram_memory == NULL || an_stream_init(loop) != AN_OK)
        return AN_ERR_NO_MEMORY;
    madvise(memory, size, MADV_HUGEPAGE); /* fewer TLB misses where the kernel can */
    loop->vector->calls = loop->calls;
    loop->vector->worker = loop->options.worker;
    for (size_t i = 0; i < AN_VECTOR_MAX; i++) loop->answers[i].bytes = loop->answer_memory + i * AN_ANSWER_STRIDE;
    an_datagram_prepare(loop);
    return AN_OK;
}

static bool is_wildcard(const union an_address *a)
{
    if (a->any.sa_family == AF_INET6) return IN6_IS_ADDR_UNSPECIFIED(&a->v6.sin6_addr);
    return a->v4.sin_addr.s_addr == htonl(INADDR_ANY);
}

static void set_options(const struct an_loop *loop, const struct an_source *source, bool stream)
{
    int on = 1, fd = source->fd, size = (int)loop->options.receive_buffer;
    bool v6 = source->local.any.sa_family == AF_INET6;
    setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
    if (v6) setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
    if (stream) {
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
        return;
    }
    if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size) != 0)
        setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof size) != 0)
        setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    /* An IPv4 datagram that is never fragmented needs no number: a shared counter and a hash less in the kernel. */
    if (!v6) an_datagram_fragment(source, false);
    if (source->wildcard && v6) setsockopt(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof on);
    if (source->wildcard && !v6) setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof on);
}

static enum an_err open_source(struct an_loop *loop, const struct an_listen *listened, struct an_error *error)
{
    enum an_err err = loop->options.worker == 0 ? an_listen_probe(listened, error) : AN_OK;
    if (err != AN_OK) return err;
    bool stream = listened->transport == AN_TRANSPORT_TCP || listened->transport == AN_TRANSPORT_TLS;
    int kind = (stream ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC | SOCK_NONBLOCK;
    struct an_source *source = &loop->sources[loop->source_count];
    *source = (struct an_source) { .transport = listened->transport,
                                   .fd = socket(listened->address.any.sa_family, kind, 0),
                                   .local = listened->address,
                                   .wildcard = !stream && is_wildcard(&listened->address) };
    char text[AN_LISTEN_TEXT_MAX];
    an_listen_text(listened, text);
    if (source->fd < 0) return an_fail(error, AN_ERR_IO, "listen address %s: no socket: %s", text, strerror(errno));
    loop->source_count++; /* from here on closed by free_loop */
    set_options(loop, source, stream);
    struct epoll_event event = { .events = EPOLLIN,
                                 .data.u64 = an_event_of(AN_EVENT_SOURCE, (uint32_t)loop->source_count - 1) };
    socklen_t len = sizeof source->local;
    if (bind(source->fd, &listened->address.any, an_address_size(&listened->address)) != 0 ||
        (stream && listen(source->fd, BACKLOG) != 0) || getsockname(source->fd, &source->local.any, &len) != 0 ||
        epoll_ctl(loop->epoll, EPOLL_CTL_ADD, source->fd, &event) != 0)
        return an_fail(error, AN_ERR_IO, "listen address %s: %s", text, strerror(errno));
    return AN_OK;
}

static uint32_t or_default(uint32_t value, uint32_t standard)
{
    return value == 0 ? standard : value;
}

static void take_options(struct an_loop *loop, const struct an_loop_options *options)
{
    struct an_loop_options *o = &loop->options;
    *o = *options;
    o->receive_buffer = or_default(o->receive_buffer, 8u << 20);
    o->message_max = or_default(o->message_max, AN_SIP_MESSAGE_MAX);
    o->connections_max = or_default(o->connections_max, AN_TCP_CONNECTIONS_MAX);
    o->large_buffers = or_default(o->large_buffers, LARGE_BUFFERS);
    o->idle_ms = or_default(o->idle_ms, AN_TCP_IDLE_MS);
    o->message_ms = or_default(o->message_ms, AN_TCP_MESSAGE_MS);
    o->listens = NULL;
    o->tls_certificate = o->tls_key = o->tls_client_ca = NULL;
}

static enum an_err check_options(const struct an_loop_options *options, struct an_error *error)
{
    if (options->listen_count == 0 || options->listen_count > AN_LISTENS_MAX)
        return an_fail(error, AN_ERR_INVALID, "%zu listen addresses; 1 to %d are possible", options->listen_count,
                       AN_LISTENS_MAX);
    if (options->message_max > AN_SIP_MESSAGE_MAX)
        return an_fail(error, AN_ERR_INVALID, "messages of %u bytes; at most %d (SIP_MESSAGE_MAX) are possible",
                       options->message_max, AN_SIP_MESSAGE_MAX);
    if (options->receive_buffer > INT32_MAX)
        return an_fail(error, AN_ERR_INVALID, "a receive buffer of %u bytes; at most %d are possible",
                       options->receive_buffer, INT32_MAX);
    return AN_OK;
}

static enum an_err open_all(struct an_loop *loop, const struct an_loop_options *options, struct an_error *error)
{
    loop->epoll = epoll_create1(EPOLL_CLOEXEC);
    loop->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    loop->reserve = loop->wake < 0 ? -1 : fcntl(loop->wake, F_DUPFD_CLOEXEC, 0);
    struct epoll_event event = { .events = EPOLLIN, .data.u64 = an_event_of(AN_EVENT_WAKE, 0) };
    if (loop->epoll < 0 || loop->reserve < 0 || epoll_ctl(loop->epoll, EPOLL_CTL_ADD, loop->wake, &event) != 0)
        return an_fail(error, AN_ERR_IO, "no event loop: %s", strerror(errno));
    for (size_t i = 0; i < options->listen_count; i++) {
        enum an_err err = AN_OK;
        if (options->listens[i].transport == AN_TRANSPORT_TLS && loop->tls == NULL)
            err = an_tls_init(loop, options, error);
        if (err == AN_OK) err = open_source(loop, &options->listens[i], error);
        if (err != AN_OK) return err;
    }
    if (allocate(loop) != AN_OK) return an_fail(error, AN_ERR_NO_MEMORY, "out of memory for the buffers of a worker");
    return AN_OK;
}

/* Signals are for the main thread; SIGPIPE (OpenSSL writes with write(2)) is for nobody. */
static enum an_err start_thread(struct an_loop *loop, struct an_error *error)
{
    sigset_t all, before;
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    if (loop->options.cpu >= 0) {
        cpu_set_t cores;
        CPU_ZERO(&cores);
        CPU_SET((size_t)loop->options.cpu, &cores);
        pthread_attr_setaffinity_np(&attributes, sizeof cores, &cores);
    }
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int failed = pthread_create(&loop->thread, &attributes, run, loop);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    if (failed == EINVAL && loop->options.cpu >= 0)
        return an_fail(error, AN_ERR_INVALID,
                       "worker %u can't run on core %d: this process may not use it; see: taskset -p %d",
                       loop->options.worker, loop->options.cpu, (int)getpid());
    if (failed != 0)
        return an_fail(error, AN_ERR_IO, "no thread for worker %u: %s", loop->options.worker, strerror(failed));
    char name[16];
    snprintf(name, sizeof name, "wire-%u", loop->options.worker);
    pthread_setname_np(loop->thread, name);
    return AN_OK;
}

enum an_err an_loop_start(const struct an_loop_options *options, const struct an_loop_handler *handler,
                          struct an_loop **ret_loop, struct an_error *error)
{
    an_assert(options != NULL && handler != NULL && ret_loop != NULL);
    an_assert(handler->process != NULL && handler->frame != NULL);
    enum an_err err = check_options(options, error);
    if (err != AN_OK) return err;
    struct an_loop *loop = aligned_zero(sizeof *loop);
    if (loop == NULL) return an_fail(error, AN_ERR_NO_MEMORY, "out of memory for a worker");
    loop->epoll = loop->wake = loop->reserve = -1;
    loop->handler = *handler;
    take_options(loop, options);
    loop->mono_us = an_clock_mono_us();
    err = open_all(loop, options, error);
    if (err == AN_OK) err = start_thread(loop, error);
    if (err != AN_OK) {
        free_loop(loop);
        return err;
    }
    *ret_loop = loop;
    return AN_OK;
}

void an_loop_stop(struct an_loop *loop)
{
    if (loop == NULL) return;
    uint64_t one = 1;
    atomic_store_explicit(&loop->stopping, true, memory_order_release);
    ssize_t ignored = write(loop->wake, &one, sizeof one); /* at worst the loop notices at its next tick */
    (void)ignored;
    pthread_join(loop->thread, NULL);
    free_loop(loop);
}
