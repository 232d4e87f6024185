/* The stage that says who is who. Layer: enrich (after parse, before observe).
 *
 * For each call of a vector: numbers of both parties in E.164, what the numbering plan says of them, the trunk the
 * call came in by, the marks of the signalling that concern identity (RFC 3323, 3325, 5806, 7044, 8224), and of these
 * the observation every later stage counts and the journal keeps, whole. Pure: no I/O, no clock, no allocation, no
 * state between vectors, so that a replay gives the same bytes.
 * Cost: 680 instructions, 44 ns a call between mobiles; about 1,100 and 90-115 ns with a landline or foreign caller
 * (docs/numbering.md, "Cost"). */
#ifndef ANNING_ENRICH_ENRICH_H
#define ANNING_ENRICH_ENRICH_H

#include "enrich/plan.h"
#include "model/call.h"
#include "model/settings.h"

/* Writes call->enriched (obs included) of every call without error, and the features ANONYMOUS .. NIGHT of its
 * column in v->features; a call with an error is left alone but for those features, which become 0.
 * Time is parsed.given_time_us, or v->now_us where that is 0. */
void an_enrich_vector(struct an_vector *v, const struct an_settings *settings, const struct an_plan *plan);

#endif
