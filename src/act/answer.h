/* SIP answers. Layer: act. Builds the answer to a call: a status the stages asked for (call->sip_status), or the
 * verdict: allow, label and screen are 302 (RFC 3261 section 21.3.3), block is 608 (RFC 8688), 607 (RFC 8197) or 603.
 * Stateless: the To tag is a hash of the transaction, so that a retransmission and a CANCEL get the same one
 * (RFC 3261 sections 8.2.7 and 9.2). received and rport after RFC 3261 section 18.2.1 and RFC 3581. The header forms
 * and how proxies use them are in docs/sip.md.
 *
 * Nothing a peer sent can add a header: copied bytes are unfolded, and control characters are dropped.
 * Cost: about 110 ns for an answer of 600 bytes; no allocation, no locale, no clock. */
#ifndef ANNING_ACT_ANSWER_H
#define ANNING_ACT_ANSWER_H

#include <stdbool.h>
#include <stddef.h>

#include "model/call.h"
#include "model/settings.h"

/* Writes the answer to out and returns its length; 0: none is due or none can be built. None is due for an ACK, a
 * response, a message without a Via, a call with an error and no status, and what came by HEP3, HTTP or file. With no
 * status and no verdict due OPTIONS and CANCEL get 200 (RFC 3261 section 8.3), other methods than INVITE 405.
 * An answer longer than size gives 0 too, and nothing is written past out + size: set sip_status = 513 and try once
 * more. Reads the sections wire, parsed and verdict. Not NUL-terminated. */
size_t an_act_answer(const struct an_call *call, const struct an_act_settings *settings, char *out, size_t size);

/* A subscriber's call to the short code is answered so, with X-Anning: action=report, whatever the verdict. */
enum { AN_ACT_REPORT_STATUS = 480 };
bool an_act_is_report(const struct an_call *call, const struct an_act_settings *settings);

/* Reason phrase of a status ("Moved Temporarily"); a class name for one we don't know. Never NULL. */
const char *an_act_reason(unsigned status);

/* Text a phone shows for a category, without quotes: "【贷款理财】" for language "zh", "[Loan offer]" for any other.
 * Returns its length. */
enum { AN_ACT_LABEL_MAX = 64 };
size_t an_act_label(enum an_category category, const char *language, char out[AN_ACT_LABEL_MAX]);

/* Where the answer to a datagram goes by RFC 3261 section 18.2.2 and RFC 3581: the source address; its port is the
 * source port with rport, else the port of the topmost Via (5060 when absent). No maddr: answers never go to another
 * host than the one that asked. */
void an_act_destination(const struct an_call *call, union an_address *ret_to);

#endif
