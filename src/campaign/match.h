/* Is this call of a campaign that is known? Layer: campaign, called by the engine between observe/ and score/.
 *
 * Compares each attempt of a vector with the campaigns it could be of: those its number is a member of, those its
 * callee is on the list of, those that come in by its cell; at most AN_MATCH_CANDIDATES. Writes the AN_F_CAMPAIGN_*
 * features, rounded to minifloats, and the id of the likeliest. A number that is a member on this trunk stays one: it
 * is said to be of its campaign, however likely another is and however little else speaks for its own. Reads a snapshot
 * and the shared tables; never writes. Cost: three cache lines a call and one a candidate, prefetched a vector ahead;
 * bench/bench_campaign.c. */
#ifndef ANNING_CAMPAIGN_MATCH_H
#define ANNING_CAMPAIGN_MATCH_H

#include "model/call.h"
#include "model/signature.h"

enum { AN_MATCH_CANDIDATES = 16 };

/* Nats from which a call is said to be of a campaign. */
#define AN_MATCH_FROM 3.0f

/* signatures NULL: all features 0. utc_offset_s: of the local day. */
void an_match_vector(struct an_vector *v, const struct an_signatures *signatures, int32_t utc_offset_s);

#endif
