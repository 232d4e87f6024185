/* From what was seen of a call to its features. Layer: observe.
 *
 * While a call is learned from, only counters are copied, as they were before it; all ratios, logarithms and roundings
 * of a vector are computed afterwards, eight calls at once. Cost: about 180 instructions a call instead of 1,400. */
#ifndef ANNING_OBSERVE_FEATURES_H
#define ANNING_OBSERVE_FEATURES_H

#include "model/call.h"
#include "observe/group.h"
#include "observe/number_entry.h"
#include "observe/wide.h"

/* What a feature is compared to before it is written: below it, it becomes 0. */
#define AN_SEEN_YES ((int32_t)AN_MINI_BIAS) /* the smallest minifloat, as the bits of a float */
#define AN_SEEN_NO INT32_MAX                /* nothing passes */

/* All of the same size, so that eight of them can be turned into columns. */
struct an_seen {
    float number[AN_N_WIDTH]; /* whose reputation is at stake */
    float block[AN_G_LANES], trunk[AN_G_LANES], shape[AN_G_LANES], network[AN_G_LANES], line[AN_G_LANES];
    float gap_peak, ring_atom, talk_atom, minutes, minute_mean, minute_spread; /* of the line */
    float trunk_extra, surprise;                    /* mean surprise of the trunk's shapes, and of this one, nats */
    float operator_7d, operator_trunk, block_trunk; /* attempts of 7 days: operator, and by this trunk */
    float own_elsewhere;                            /* of a number that comes in by a foreign trunk, by its home */
    float number_age_d;
    float callee_1h, callee_1d; /* strangers who called the callee */
    float relation_called, relation_talked, relation_tries, relation_refused;
    int32_t if_attempt, if_number, if_trunk, if_shape, if_shape_on_trunk, if_line; /* AN_SEEN_YES or _NO */
    uint32_t said;                                                                 /* enum an_said */
    int32_t reserved[2];
};
enum { AN_SEEN_ROWS = sizeof(struct an_seen) / sizeof(float) };
_Static_assert(AN_SEEN_ROWS % 8 == 0, "turned eight by eight");

/* E1. Of a trunk, out of attempts in 7 days: P(trunk | network), P(trunk | operator), P(trunk | block). For floats and
 * for vectors of them. */
#define AN_A_BLOCK_ORIGIN 10.0f
#define AN_A_OPERATOR_ORIGIN 50.0f
#define AN_A_NUMBER_ORIGIN 2.0f
#define AN_P_NETWORK(trunk_7d, network_7d) (((trunk_7d) + 1.0f) / ((network_7d) + 10.0f))
#define AN_P_OPERATOR(operator_trunk, operator_7d, p_network)                                                          \
    (((operator_trunk) + AN_A_OPERATOR_ORIGIN * (p_network)) / ((operator_7d) + AN_A_OPERATOR_ORIGIN))
#define AN_P_BLOCK(block_trunk, block_7d, p_operator)                                                                  \
    (((block_trunk) + AN_A_BLOCK_ORIGIN * (p_operator)) / ((block_7d) + AN_A_BLOCK_ORIGIN))

/* Writes observe/'s rows for calls 0 to count - 1, rounded to minifloats: what is scored is what is journalled. Zeros
 * for a call without if_attempt. seen and features are read and written up to a multiple of eight. */
void an_features_of(const struct an_seen *seen, uint32_t count, float features[AN_FEATURE_COUNT][AN_VECTOR_MAX]);

#endif
