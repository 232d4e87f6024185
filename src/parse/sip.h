/* SIP messages (RFC 3261). Layer: parse; pure, no allocation, no clock, nothing copied.
 *
 * One pass finds the lines (parse/sip_fast.h), a perfect hash the headers that matter (parse/sip_names.h), and only
 * those are read, 64 bytes at once in their usual forms and by the whole grammar in any other; the rest is skipped.
 * Every span of struct an_parsed points into the message. The same code is built for four instruction sets
 * (parse/sip_levels.h). Cost with AVX2: 5,700 instructions for an INVITE of 0.9 kB with SDP, 7,800 for one of 1.6 kB
 * with Identity and a second Via, shape included; 0.27 and 0.38 us with AVX-512 on an idle machine
 * (bench/bench_parser.c, bench/results/parser.md). A message whose header ends within 64 bytes of its end is copied
 * first.
 *
 * Grammar: RFC 3261 section 25; rport RFC 3581; P-Asserted-Identity RFC 3325; Remote-Party-ID draft-ietf-sip-privacy;
 * Diversion RFC 5806; History-Info RFC 7044; Privacy RFC 3323; Identity RFC 8224; keep-alives RFC 5626 section 4.4.1.
 *
 * What is required: Via, From, To, Call-ID and CSeq, each well-formed, all but Via once, CSeq of the request's method.
 * Header fields that are not needed to answer and to judge are left out when they are malformed,
 * never a reason to refuse a call. tests/unit/test_parse_sip_torture.c holds the verdict on
 * every message of RFC 4475. */
#ifndef ANNING_PARSE_SIP_H
#define ANNING_PARSE_SIP_H

#include <stddef.h>

#include "base/err.h"
#include "model/call.h"

/* Parses one whole message, such as a datagram (at most AN_SIP_MESSAGE_MAX bytes; bytes behind Content-Length are
 * ignored, section 18.3).
 *   AN_OK               a well-formed request or response
 *   AN_ERR_END          a keep-alive: nothing but CR, LF and NUL
 *   AN_ERR_MORE         cut: no empty line, or a body shorter than Content-Length
 *   AN_ERR_MALFORMED    breaks the grammar
 *   AN_ERR_UNSUPPORTED  well-formed, but not SIP/2.0
 *   AN_ERR_LIMIT        over AN_SIP_MESSAGE_MAX, AN_SIP_HEADERS_MAX or AN_SIP_VIAS_MAX
 * ret_parsed is always written: all that could be read, so that an answer can be given (an_sip_answerable). The entries
 * of vias and identity behind their counts are left as they were. */
enum an_err an_sip_parse(const char *bytes, size_t len, struct an_parsed *ret_parsed);

/* Is there enough for an answer: a request (not ACK) with Via, From, To, Call-ID and CSeq? */
bool an_sip_answerable(const struct an_parsed *parsed);

/* For streams: length of the first message in [bytes, bytes + len).
 * inout_scanned belongs to this function: 0 for a new message, then handed back unchanged with the same bytes and more
 * behind them. So no byte is looked at twice however small the pieces are.
 *   AN_OK             *ret_len bytes are a message, or 2 or 4 bytes of CR LF: a keep-alive (4: answer it with CR LF)
 *   AN_ERR_MORE       not whole yet
 *   AN_ERR_MALFORMED  no SIP, or no single valid Content-Length: the stream cannot be followed any further
 *   AN_ERR_LIMIT      over AN_SIP_MESSAGE_MAX or AN_SIP_HEADERS_MAX */
enum an_err an_sip_frame(const char *bytes, size_t len, size_t *inout_scanned, size_t *ret_len);

/* Parses base/length of every call of the vector whose error is not set yet. On failure sets error, and sip_status when
 * an answer can be given: 400 malformed or cut, 505 not SIP/2.0, 513 over a limit (400: too many Vias), 416 a
 * Request-URI that is neither sip: nor tel: (error AN_ERR_UNSUPPORTED), 483 Max-Forwards of 0 (error AN_ERR_LIMIT). ACK
 * and responses are never answered. */
void an_parse_sip_vector(struct an_vector *v);

#endif
