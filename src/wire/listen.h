/* Listen addresses as a person writes them. Layer: wire. "udp:127.0.0.1:5060", "tcp:[::1]:5060",
 * "tls:0.0.0.0:5061", "hep:*:9060". The host is an IPv4 address, an IPv6 address in brackets, or * (every IPv4
 * address); names are not looked up. The port may be left out: 5060 for udp and tcp, 5061 for tls (RFC 3261 section
 * 19.1.2), 9060 for hep. Port 0 lets the kernel choose (tests). Pure, but for an_listen_probe. */
#ifndef ANNING_WIRE_LISTEN_H
#define ANNING_WIRE_LISTEN_H

#include <stdbool.h>

#include "base/err.h"
#include "model/call.h"

enum { AN_LISTEN_TEXT_MAX = 64, AN_LISTENS_MAX = 16 };

struct an_listen {
    enum an_transport transport; /* UDP, TCP, TLS or HEP */
    union an_address address;
};

/* AN_OK or AN_ERR_INVALID, with a message that says what was wrong and what would be right. */
enum an_err an_listen_parse(const char *text, struct an_listen *ret_listen, struct an_error *error);

/* The same as text again, "udp:127.0.0.1:5060". out: at least AN_LISTEN_TEXT_MAX bytes. Returns out. */
const char *an_listen_text(const struct an_listen *listen, char *out);

/* Is the address free? Binds without SO_REUSEPORT for a moment, so that a second daemon is noticed instead of
 * silently getting half of the calls. AN_OK, or AN_ERR_IO with a message naming the address and what to do. */
enum an_err an_listen_probe(const struct an_listen *listen, struct an_error *error);

/* "127.0.0.1:5060" or "[::1]:5060". out: at least AN_LISTEN_TEXT_MAX bytes. Returns the length. */
unsigned an_address_text(const union an_address *address, char *out);

/* Bytes of the sockaddr in use: depends on the family. */
unsigned an_address_size(const union an_address *address);

#endif
