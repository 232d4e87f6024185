/* The address a Via tells: where a message came from, as the next hop saw it. Layer: enrich. RFC 3261 sections 18.2.1
 * (received) and 20.42, RFC 3581 (rport). Pure, no allocation; O(length of the value). */
#ifndef ANNING_ENRICH_HOP_H
#define ANNING_ENRICH_HOP_H

#include <stdbool.h>

#include "base/slice.h"
#include "model/call.h"

/* via: one value, "SIP/2.0/UDP host:port;...". The first `received` with `rport`, else the sent-by; only numeric
 * addresses, names are not looked up. Whoever puts a `received` in puts it before those the sender may have written.
 * False, and nothing written: no such address. */
bool an_hop_of_via(struct an_slice via, union an_address *ret_address);

#endif
