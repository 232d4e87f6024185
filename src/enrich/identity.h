/* Who calls whom, out of the headers. Layer: enrich. RFC 3325 (P-Asserted-Identity) before Remote-Party-ID before
 * From; RFC 3323 (Privacy); RFC 5806 (Diversion), RFC 7044 (History-Info). Cost: one normalisation a header that is
 * there and differs from the one before. */
#ifndef ANNING_ENRICH_IDENTITY_H
#define ANNING_ENRICH_IDENTITY_H

#include "enrich/plan.h"
#include "model/call.h"

struct an_parties {
    an_number caller, callee;
    uint16_t flags; /* AN_OBS_FORWARDED, _IDENTITY_DIFFERS, _IP_PREFIX, _SIGNED */
    bool withheld;  /* the callee is not shown who calls, whatever the network knows */
};

void an_identity_resolve(const struct an_plan *plan, const struct an_settings *settings, const struct an_call *call,
                         struct an_parties *ret_parties);

#endif
