/* Link and network layer of a captured packet. Layer: wire, inside only. Pure; never reads past len. */
#ifndef ANNING_WIRE_PACKET_H
#define ANNING_WIRE_PACKET_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/slice.h"
#include "model/call.h"

struct an_packet {
    union an_address source, destination; /* ports 0 until an_packet_udp or the TCP reader */
    uint8_t protocol;                     /* IPPROTO_UDP, IPPROTO_TCP, ... */
    bool fragment, last;                  /* of a larger packet; its last part */
    uint32_t id, offset;                  /* of the fragment, offset in bytes */
    struct an_slice payload;              /* [borrow] of the network layer */
};

/* Is the link type (DLT_...) one we read? */
bool an_packet_knows(int link_type);

/* AN_OK; AN_ERR_UNSUPPORTED (no IP); AN_ERR_MALFORMED; AN_ERR_MORE: cut by the snap length. */
enum an_err an_packet_read(int link_type, struct an_slice bytes, struct an_packet *ret_packet);

/* Takes the UDP header off and puts the ports in. AN_OK, AN_ERR_MALFORMED, AN_ERR_MORE. */
enum an_err an_packet_udp(struct an_packet *packet);

void an_packet_set_ports(struct an_packet *packet, uint16_t source, uint16_t destination);

/* Does it begin like a SIP message? */
bool an_packet_looks_like_sip(struct an_slice payload);

static inline uint16_t an_be16(const void *bytes)
{
    const uint8_t *b = bytes;
    return (uint16_t)(b[0] << 8 | b[1]);
}

static inline uint32_t an_be32(const void *bytes)
{
    const uint8_t *b = bytes;
    return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

#endif
