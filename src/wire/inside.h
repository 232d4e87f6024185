/* What the files of the loop share. Layer: wire, inside only. loop.c owns the thread and the sockets, datagram.c
 * receives and answers UDP and HEP, stream.c connections, tls.c what OpenSSL adds to them. */
#ifndef ANNING_WIRE_INSIDE_H
#define ANNING_WIRE_INSIDE_H

#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <openssl/ssl.h>

#include "base/counter.h"
#include "wire/loop.h"

enum {
    AN_SMALL_BUFFER = 4096,
    AN_LARGE_BUFFER = 65536,
    /* Strides that don't put every buffer of a vector into the same set of the cache. */
    AN_DATAGRAM_STRIDE = AN_SIP_MESSAGE_MAX + 1 + 1344,
    AN_ANSWER_STRIDE = AN_SIP_ANSWER_MAX + 704,
    AN_CONTROL_MAX = 64, /* bytes for one struct in_pktinfo or in6_pktinfo */
};

/* Buffers of one size, allocated at start; untouched ones cost address space only. Last given back, first taken. */
struct an_pool {
    char *memory;    /* [own] */
    uint32_t *spare; /* [own] stack of indexes */
    uint32_t spare_count, count;
    size_t size;
};

struct an_source { /* a listening socket */
    enum an_transport transport;
    int fd; /* -1: closed */
    union an_address local;
    bool wildcard; /* bound to every address: the one asked is told by the kernel and answered from */
    uint32_t dropped;
};

struct an_connection {
    int fd; /* -1: free */
    uint32_t next_spare;
    SSL *ssl;                           /* [own] NULL: TCP */
    char *in;                           /* [own] of a pool; NULL while nothing is incomplete */
    char *out;                          /* [own] of the large pool; NULL: nothing queued */
    uint32_t in_size, in_start, in_end; /* [in_start, in_end): received, not yet framed */
    uint32_t out_start, out_end;
    size_t scanned;      /* of handler->frame */
    uint64_t touched_us; /* monotonic times: last bytes */
    uint64_t begun_us;   /* an incomplete message or handshake began; 0: none */
    uint64_t stuck_us;   /* the queue began */
    union an_address peer;
    uint8_t source;
    uint8_t line_ends; /* bytes seen of a CRLF CRLF between messages */
    uint8_t pongs;     /* keep-alives to answer */
    uint8_t broken;    /* enum an_close + 1, closed as soon as the vector let go of it; 0: fine */
    bool handshaking;
    bool pinned;       /* messages of the vector lie in its buffer */
    bool closing;      /* closed when the queue is empty */
    bool busy;         /* filled a small buffer at one go: gets a large one */
    uint32_t interest; /* epoll events asked for */
};

struct an_loop {
    struct an_loop_options options; /* without borrowed pointers */
    struct an_loop_handler handler;
    struct an_loop_counters counters;
    struct an_source sources[AN_LISTENS_MAX];
    size_t source_count;
    int epoll, wake, reserve; /* reserve: a descriptor to give away when there are none left */
    pthread_t thread;
    _Atomic bool stopping;
    uint64_t mono_us, swept_us, ticked_us, measured_us;
    uint32_t sweep_at;

    struct an_vector *vector; /* [own] */
    struct an_call *calls;    /* [own] AN_VECTOR_MAX */
    struct an_answer answers[AN_VECTOR_MAX];
    char *answer_memory;             /* [own] */
    char *datagram_memory;           /* [own] */
    char (*control)[AN_CONTROL_MAX]; /* [own] AN_VECTOR_MAX */
    struct mmsghdr in[AN_VECTOR_MAX], out[AN_VECTOR_MAX];
    struct iovec in_iov[AN_VECTOR_MAX], out_iov[AN_VECTOR_MAX];

    SSL_CTX *tls;                      /* [own] NULL: no tls address */
    struct an_connection *connections; /* [own] */
    uint32_t spare_connection;
    uint32_t pinned[AN_VECTOR_MAX];
    uint32_t pinned_count;
    struct an_pool small, large;
};

#define AN_NO_CONNECTION UINT32_MAX

/* epoll_event.data: what kind in the high half, index in the low one. */
enum an_event { AN_EVENT_WAKE, AN_EVENT_SOURCE, AN_EVENT_CONNECTION };
static inline uint64_t an_event_of(enum an_event kind, uint32_t index)
{
    return (uint64_t)kind << 32 | index;
}

enum an_err an_pool_init(struct an_pool *pool, uint32_t count, size_t size);
void an_pool_done(struct an_pool *pool);
char *an_pool_take(struct an_pool *pool); /* NULL: none left */
void an_pool_give(struct an_pool *pool, char *buffer);

/* loop.c */
void an_loop_process(struct an_loop *loop); /* runs the handler over loop->vector and ticks */
void an_loop_add(struct an_loop *loop, const char *base, size_t len, const struct an_source *source);

/* datagram.c: everything that waits in the socket, within reason; true: there may be more. */
bool an_datagram_receive(struct an_loop *loop, struct an_source *source);
void an_datagram_prepare(struct an_loop *loop);
/* IPv4: whether a datagram over the path's MTU goes out in fragments, or is refused with EMSGSIZE. */
void an_datagram_fragment(const struct an_source *source, bool may);

/* stream.c */
enum an_err an_stream_init(struct an_loop *loop);
void an_stream_done(struct an_loop *loop);
void an_stream_accept(struct an_loop *loop, uint32_t source);
void an_stream_event(struct an_loop *loop, uint32_t index, uint32_t events);
void an_stream_flush(struct an_loop *loop); /* the gathered vector is judged and answered */
void an_stream_sweep(struct an_loop *loop); /* deadlines of some of the connections */
void an_stream_close(struct an_loop *loop, struct an_connection *c, enum an_close reason);
bool an_stream_queued(const struct an_loop *loop); /* some connection has answers to write */

/* tls.c: read and write as read(2) and send(2) do, with errno EAGAIN; *ret_events: what to wait for then. */
enum an_err an_tls_init(struct an_loop *loop, const struct an_loop_options *options, struct an_error *error);
enum an_err an_tls_accept(struct an_loop *loop, struct an_connection *c);
int an_tls_handshake(struct an_connection *c, uint32_t *ret_events); /* 1 done, 0 wait, -1 failed */
ssize_t an_tls_read(struct an_connection *c, char *bytes, size_t size, uint32_t *ret_events);
ssize_t an_tls_write(struct an_connection *c, const char *bytes, size_t len, uint32_t *ret_events);
void an_tls_close(struct an_connection *c, bool clean);

#endif
