/* Packets out of fragments, streams out of TCP segments. Layer: wire, inside only. Both tables have a fixed size and
 * forget what was quiet longest. Fragments after RFC 791 section 3.2 and RFC 8200 section 4.5 (overlaps are dropped,
 * RFC 5722); TCP in the order of its sequence numbers, segments ahead of a hole kept for a while. */
#ifndef ANNING_WIRE_REASSEMBLY_H
#define ANNING_WIRE_REASSEMBLY_H

#include "wire/packet.h"
#include "wire/pcap.h"

enum { AN_STREAM_BUFFER = 65536 };

struct an_fragments; /* packets being put together */
struct an_streams;   /* TCP connections, a direction each */

enum an_err an_fragments_new(struct an_fragments **ret_fragments);
void an_fragments_free(struct an_fragments *fragments);
/* Takes a fragment in. AN_OK: packet->payload now is the whole [borrow] until the next call; AN_ERR_MORE: not yet;
 * AN_ERR_MALFORMED: dropped with its siblings. */
enum an_err an_fragments_add(struct an_fragments *fragments, struct an_packet *packet,
                             struct an_pcap_counters *counters);

enum an_err an_streams_new(an_pcap_frame *frame, struct an_streams **ret_streams);
void an_streams_free(struct an_streams *streams);
/* Takes a segment in; an_streams_next then gives the messages it completed. AN_OK, AN_ERR_MORE (nothing complete),
 * AN_ERR_UNSUPPORTED (no SIP in this stream), AN_ERR_MALFORMED. */
enum an_err an_streams_add(struct an_streams *streams, struct an_packet *packet, struct an_pcap_counters *counters);
/* AN_OK: bytes [borrow] until the next call; AN_ERR_MORE: no more. */
enum an_err an_streams_next(struct an_streams *streams, struct an_pcap_counters *counters,
                            struct an_slice *ret_message);

#endif
