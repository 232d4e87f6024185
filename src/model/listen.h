/* Addresses as a person writes them: where to listen, where a call came from. Layer: model; settings, wire and api read
 * the same text in the same way. Names are not looked up: a name server that is down must not keep calls from being
 * judged. Pure. O(length), no allocation. */
#ifndef ANNING_MODEL_LISTEN_H
#define ANNING_MODEL_LISTEN_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/err.h"
#include "base/slice.h"
#include "model/call.h"

enum { AN_LISTEN_TEXT_MAX = 64, AN_LISTENS_MAX = 16 };

struct an_listen {
    enum an_transport transport; /* UDP, TCP, TLS, HEP or HTTP */
    union an_address address;
};

/* What is legal beside "10.1.2.3:5060" and "[2001:db8::1]:5060". */
enum an_address_form {
    AN_ADDRESS_BARE_V6 = 1, /* IPv6 without brackets, then also without a port: "2001:db8::1" */
    AN_ADDRESS_STAR = 2,    /* "*:5060": every IPv4 address */
    AN_ADDRESS_EVERY = 4,   /* ":8080": every address of both families; in6addr_any */
    AN_ADDRESS_PORT_0 = 8,  /* "127.0.0.1:0": the kernel chooses the port */
};
enum { AN_ADDRESS_PORT_NEEDED = -1 };

/* forms: enum an_address_form, ored. port_default: when none is written. AN_OK or AN_ERR_INVALID, with a message that
 * says what was wrong and what would be right. */
enum an_err an_address_parse(struct an_slice text, unsigned forms, int port_default, union an_address *ret_address,
                             struct an_error *error);

/* Same family, host and port; false for addresses of no family. */
static inline bool an_address_equal(const union an_address *a, const union an_address *b)
{
    if (a->any.sa_family != b->any.sa_family) return false;
    if (a->any.sa_family == AF_INET)
        return a->v4.sin_addr.s_addr == b->v4.sin_addr.s_addr && a->v4.sin_port == b->v4.sin_port;
    return a->any.sa_family == AF_INET6 && a->v6.sin6_port == b->v6.sin6_port &&
           memcmp(&a->v6.sin6_addr, &b->v6.sin6_addr, sizeof a->v6.sin6_addr) == 0;
}

/* In host order. */
uint16_t an_address_port(const union an_address *address);

/* Bytes of the sockaddr in use: depends on the family. */
unsigned an_address_size(const union an_address *address);

/* "udp:127.0.0.1:5060", "tcp:[::1]:5060", "tls:0.0.0.0:5061", "hep:*:9060". The port may be left out: 5060 for udp and
 * tcp, 5061 for tls (RFC 3261 section 19.1.2), 9060 for hep. Forms and errors as an_address_parse. */
enum an_err an_listen_parse(const char *text, unsigned forms, struct an_listen *ret_listen, struct an_error *error);

/* The port of a transport when none is written; 0 for those that have none. */
uint16_t an_listen_port(enum an_transport transport);

/* The same as text again, "udp:127.0.0.1:5060". out: at least AN_LISTEN_TEXT_MAX bytes. Returns out. */
const char *an_listen_text(const struct an_listen *listen, char *out);

#endif
