/* The event loop of a worker. Layer: wire; it knows base and model only, what it needs of others comes in as
 * function pointers. One thread a core, pinned, with sockets of its own on every listen address (SO_REUSEPORT; the
 * kernel spreads by the peer's address and port, so a retransmission meets the same worker). SIP over UDP, TCP and
 * TLS (RFC 3261 section 18, RFC 5626 keep-alives) and HEP3 over UDP.
 *
 * Up to AN_VECTOR_MAX datagrams come in by one recvmmsg, are handed to handler->process as one struct an_vector, and
 * its answers leave by one sendmmsg. Messages of TCP and TLS are framed by handler->frame and gathered over all ready
 * connections. Everything is allocated at start; the memory of 10,000 idle connections is about 2 MB a loop, buffers
 * are borrowed from pools while a message is incomplete.
 *
 * IPv4 answers carry "don't fragment" and no number (RFC 6864 section 4); one over the path's MTU is sent again in
 * fragments.
 *
 * Cost of the loop itself: two system calls a vector (recvmmsg, sendmmsg), two clock reads, nothing else per call. */
#ifndef ANNING_WIRE_LOOP_H
#define ANNING_WIRE_LOOP_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "model/call.h"
#include "model/listen.h"

struct an_loop;

/* One answer. The loop sets all fields before process: bytes to a buffer of AN_SIP_ANSWER_MAX bytes, len to 0 and to
 * to the peer. The handler writes len (0: no answer) and may send a datagram elsewhere by changing to (a Via without
 * rport: RFC 3261 section 18.2.2); to is ignored on a connection and for HEP. */
struct an_answer {
    char *bytes;
    size_t len;
    union an_address to;
};

/* What the loop calls, always in its own thread. */
struct an_loop_handler {
    void *user;
    /* Runs all stages over the vector and fills answers[0..count). Of each call the loop has set base, length,
     * transport, connection, peer, local, error = AN_OK and sip_status = 0; every other field holds what the call
     * before it left: each stage initialises its own section. The bytes are valid until process returns. */
    void (*process)(void *user, struct an_vector *vector, struct an_answer answers[AN_VECTOR_MAX]);
    /* After each vector, and every AN_LOOP_TICK_MS when nothing comes. NULL: not wanted. Wall time. */
    void (*tick)(void *user, uint64_t now_us);
    /* Length of the first message in bytes[0..len) of a stream: AN_OK and *ret_len <= len; AN_ERR_MORE; or
     * AN_ERR_MALFORMED / AN_ERR_LIMIT, after which the connection can't be understood any more and is closed.
     * *scanned: how far earlier calls looked, 0 for a new message, so that the work stays linear; kept by the loop.
     * Line ends between messages never reach it: the loop takes them off and answers keep-alives itself. */
    enum an_err (*frame)(const char *bytes, size_t len, size_t *scanned, size_t *ret_len);
    /* First and last thing in the loop's thread (RCU registration and the like). NULL: not wanted. */
    void (*begin)(void *user);
    void (*end)(void *user);
};

enum { AN_LOOP_TICK_MS = 50 };

/* Zero in a number means its default. */
struct an_loop_options {
    const struct an_listen *listens; /* [borrow] until an_loop_start returns */
    size_t listen_count;             /* at most AN_LISTENS_MAX */
    uint32_t worker;                 /* goes into each vector; worker 0 is started first and probes the addresses */
    int cpu;                         /* core to pin to; negative: none */
    const char *tls_certificate;     /* PEM chain; needed with a tls address */
    const char *tls_key;             /* PEM */
    const char *tls_client_ca;       /* PEM; a client certificate is then checked; NULL: not asked for */
    int tls_client_required;         /* with tls_client_ca: no certificate, no connection */
    uint32_t receive_buffer;         /* SO_RCVBUF of datagram sockets; 8 MB, or what net.core.rmem_max allows */
    uint32_t message_max;     /* bytes of a message, AN_SIP_MESSAGE_MAX; a longer datagram is counted and dropped */
    uint32_t connections_max; /* AN_TCP_CONNECTIONS_MAX */
    uint32_t large_buffers;   /* of 64 kB, shared by connections with a long message or a queue; 256 */
    uint32_t idle_ms;         /* AN_TCP_IDLE_MS */
    uint32_t message_ms;      /* AN_TCP_MESSAGE_MS; also for a TLS handshake and for a peer that doesn't read */
};

/* Why a connection was closed. */
enum an_close {
    AN_CLOSE_PEER,      /* the peer closed it */
    AN_CLOSE_RESET,     /* a read or write failed */
    AN_CLOSE_IDLE,      /* silent for idle_ms */
    AN_CLOSE_SLOW,      /* a message begun, not whole within message_ms (slow loris) */
    AN_CLOSE_STUCK,     /* it doesn't read its answers */
    AN_CLOSE_MALFORMED, /* bytes that can't be framed */
    AN_CLOSE_LIMIT,     /* a message over the limit */
    AN_CLOSE_MEMORY,    /* no large buffer left */
    AN_CLOSE_TLS,       /* handshake or record failed */
    AN_CLOSE_STOP,      /* the loop stops */
    AN_CLOSE_COUNT
};

/* Written by the loop only, read with an_loop_counters (a reader may be a vector behind). Nothing but uint64_t.
 * Index received, sent and send_failed by enum an_transport (UDP, TCP, TLS, HEP). */
struct an_loop_counters {
    uint64_t vectors;
    uint64_t received[4];
    uint64_t received_bytes[4];
    uint64_t sent[4];
    uint64_t send_failed[4]; /* full socket buffer, unreachable peer, closed connection */
    uint64_t keepalives;     /* line ends, empty datagrams */
    uint64_t oversized;      /* datagrams over message_max, dropped */
    uint64_t receive_errors; /* recvmmsg or epoll failed */
    uint64_t kernel_dropped; /* datagrams the kernel dropped for want of SO_RCVBUF (SO_RXQ_OVFL) */
    uint64_t tcp_accepted;   /* TLS as well */
    uint64_t tcp_refused;    /* over connections_max, or no file descriptor left */
    uint64_t tcp_closed[AN_CLOSE_COUNT];
    uint64_t tls_handshakes; /* finished */
    uint64_t tls_failed;
    uint64_t connections;   /* now */
    uint64_t large_buffers; /* in use now */
};

/* Is the address free? Binds without SO_REUSEPORT for a moment, so that a second daemon is noticed instead of
 * silently getting half of the calls. AN_OK, or AN_ERR_IO with a message naming the address and what to do. */
enum an_err an_listen_probe(const struct an_listen *listen, struct an_error *error);

/* Opens the sockets, allocates everything and starts the thread. AN_OK; AN_ERR_IO (an address taken: the message
 * names it and what to do), AN_ERR_INVALID, AN_ERR_NO_MEMORY. */
enum an_err an_loop_start(const struct an_loop_options *options, const struct an_loop_handler *handler,
                          struct an_loop **ret_loop, struct an_error *error);

/* Ends it cleanly and frees it: no more accepts, what the kernel has queued is answered, answers are written, sockets
 * closed. Blocks until done, at most about message_ms. NULL is taken. */
void an_loop_stop(struct an_loop *loop);

/* A copy of the counters, from any thread. */
void an_loop_counters(const struct an_loop *loop, struct an_loop_counters *ret_counters);

/* The address listen number i was bound to (tells a port the kernel chose). */
union an_address an_loop_address(const struct an_loop *loop, size_t i);

#endif
