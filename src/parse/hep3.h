/* HEP3: copies of signalling that a proxy or a capture agent sends along (Kamailio siptrace, heplify, captagent).
 * Layer: parse. Pure, no allocation; cost: one pass over the chunks, the payload is borrowed.
 *
 * Format: "HEP/EEP protocol, revision 3" of the HOMER project: `HEP3`, total length, then chunks of vendor, type and
 * length (their own six bytes included) in network order. Chunks of other vendors and unknown types are skipped. */
#ifndef ANNING_PARSE_HEP3_H
#define ANNING_PARSE_HEP3_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/slice.h"
#include "model/call.h"

enum { AN_HEP3_SIP = 1 }; /* protocol type */

struct an_hep3 {
    uint32_t length;          /* bytes of the packet; on a stream the next one begins behind it */
    union an_address src, dst; /* family, address and port; family AF_INET or AF_INET6 */
    uint8_t ip_protocol;      /* 17 UDP, 6 TCP, 132 SCTP; 0: not said */
    uint8_t protocol;         /* what the payload is: 1 SIP, 5 RTCP, 100 log, ... */
    uint32_t agent;           /* capture agent's id; 0: none */
    uint64_t time_us;         /* of the capture; 0: not said */
    struct an_slice auth_key; /* all slices: into the packet [borrow]; len 0: absent */
    struct an_slice correlation_id;
    struct an_slice node_name;
    struct an_slice payload;
};

/* One packet at bytes. AN_OK;
 * AN_ERR_MORE         the packet is longer than len: on UDP it is cut, on TCP wait for the rest
 * AN_ERR_MALFORMED    not HEP3, a chunk of impossible length, a field given twice, family and address disagree,
 *                     or family, protocol type, source, destination or payload missing
 * AN_ERR_LIMIT        longer than AN_HEP_PACKET_MAX
 * AN_ERR_UNSUPPORTED  HEP version 1 or 2, or a compressed payload
 * Bytes behind the packet are the next one's and not looked at. */
enum an_err an_hep3_parse(const char *bytes, size_t len, struct an_hep3 *ret_hep3);

#endif
