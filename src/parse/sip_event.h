/* What a SIP message that only passes by (HEP3, pcap) tells of a call. Layer: parse. Pure and stateless, O(1).
 *
 * Sources: RFC 3261 (sections 8.1.3, 13, 14, 15 and the status codes of section 21), RFC 8197 (607), RFC 8688 (608). */
#ifndef ANNING_PARSE_SIP_EVENT_H
#define ANNING_PARSE_SIP_EVENT_H

#include <stdbool.h>

#include "model/call.h"

/* Reads what an_sip_parse left in call->parsed and sets its given_kind and given_outcome:
 *   INVITE without To-tag (not a re-INVITE)  AN_OBS_ATTEMPT
 *   2xx to an INVITE                         AN_OBS_ANSWER
 *   BYE                                      AN_OBS_END, answered
 *   CANCEL                                   AN_OBS_END, cancelled
 *   final 4xx, 5xx, 6xx to an INVITE         AN_OBS_END, outcome by an_sip_outcome
 * False: nothing to learn, call untouched: provisional answers, redirects, challenges and negotiation that make the
 * caller try again (401, 407, 422 ...), 487 (the CANCEL or BYE before it said so already), everything else.
 *
 * One message knows nothing of the others. So a 2xx may be a re-INVITE's, a copy may come twice, and in a BYE of the
 * callee From and To are the other way round: whoever counts joins them by Call-ID. */
bool an_sip_event(struct an_call *call);

/* Outcome of a final answer to an INVITE; AN_OUTCOME_UNKNOWN: this status says nothing about the callee. */
enum an_outcome an_sip_outcome(unsigned status);

#endif
