/* The topmost Via of an answer. Layer: act, inside only. RFC 3261 sections 18.2.1 and 20.42, RFC 3581. */
#ifndef ANNING_ACT_VIA_H
#define ANNING_ACT_VIA_H

#include "act/out.h"
#include "model/call.h"

/* Writes the value of the topmost Via: rport gets the source port, received the source address where it is asked for
 * or differs from what the sender says; a received the sender put there himself goes. */
void an_via_put_top(struct an_out *out, const struct an_call *call);

#endif
