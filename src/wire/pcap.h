/* SIP out of capture files. Layer: wire; reads pcap and pcapng through libpcap's offline reader, nothing live.
 * Ethernet with VLAN tags, Linux cooked (SLL, SLL2), raw IP and loopback; IPv4 and IPv6 with extension headers; UDP
 * on any port whose payload looks like SIP; IP fragments and TCP streams put together again, both in tables of fixed
 * size that forget the oldest. Broken packets are counted and passed by. Cost: about as fast as the file is read; 4 MB
 * for fragments and up to 64 MB for streams, touched only as far as they are used. */
#ifndef ANNING_WIRE_PCAP_H
#define ANNING_WIRE_PCAP_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "model/call.h"

struct an_pcap;

/* As in wire/loop.h, struct an_loop_handler. */
typedef enum an_err an_pcap_frame(const char *bytes, size_t len, size_t *scanned, size_t *ret_len);

struct an_pcap_message {
    uint64_t time_us; /* of the packet that completed it */
    union an_address source, destination;
    enum an_transport transport; /* AN_TRANSPORT_UDP or AN_TRANSPORT_TCP: how it travelled */
    const char *bytes;           /* [borrow] until the next an_pcap_next; at most AN_SIP_MESSAGE_MAX */
    size_t len;
};

struct an_pcap_counters {
    uint64_t packets;
    uint64_t messages;
    uint64_t other;     /* neither UDP nor TCP over IP, or not SIP */
    uint64_t cut;       /* captured with a snap length too short for them */
    uint64_t malformed; /* lengths that don't fit together, unframable streams */
    uint64_t fragments;
    uint64_t fragments_dropped; /* of packets that never became whole, or overlap */
    uint64_t tcp_segments;      /* of streams that carry SIP */
    uint64_t tcp_gaps;          /* places where a stream's bytes are missing */
    uint64_t tcp_dropped;       /* streams forgotten with an incomplete message, for want of room */
};

/* path "-": standard input. AN_OK; AN_ERR_IO, AN_ERR_MALFORMED (not a capture), AN_ERR_UNSUPPORTED (link type) or
 * AN_ERR_NO_MEMORY, with a message. */
enum an_err an_pcap_open(const char *path, an_pcap_frame *frame, struct an_pcap **ret_pcap, struct an_error *error);
void an_pcap_close(struct an_pcap *pcap);

/* The next SIP message. AN_OK; AN_ERR_END; AN_ERR_CORRUPT: the file breaks off or its records make no sense any more,
 * with a message (all before it was delivered). */
enum an_err an_pcap_next(struct an_pcap *pcap, struct an_pcap_message *ret_message, struct an_error *error);

/* Bytes read so far and bytes of the file; total 0: not known (a pipe). */
void an_pcap_progress(const struct an_pcap *pcap, uint64_t *ret_done, uint64_t *ret_total);

/* [borrow] until an_pcap_close. */
const struct an_pcap_counters *an_pcap_counters(const struct an_pcap *pcap);

#endif
