/* The hand-set symbols over a vector's rows. Layer: score; not for others. Symbol by symbol, so that the inner loop
 * runs over the calls. Cost: symbols * 8 operations / 8 lanes a call, less for symbols that no call of the vector can
 * have. */
#ifndef ANNING_SCORE_TALLY_H
#define ANNING_SCORE_TALLY_H

#include "model/call.h"
#include "score/symbols.h"

/* What the vector loops leave for each call. Rows of symbols no call has hold nothing. */
struct an_tally {
    float contribution[AN_SYMBOL_COUNT][AN_VECTOR_MAX];
    float group[AN_GROUP_COUNT][AN_VECTOR_MAX];
    float own[AN_VECTOR_MAX];         /* positive contributions of OWN symbols */
    float log_odds[AN_VECTOR_MAX];    /* prior and groups */
    uint32_t fired[2][AN_VECTOR_MAX]; /* symbols 0-31 and 32-63 */
};

/* live[f]: feature f of some call is not zero. */
void an_tally_vector(const float (*features)[AN_VECTOR_MAX], uint32_t count, const bool live[AN_FEATURE_COUNT],
                     struct an_tally *ret_tally);
/* Whether the call's own number or cell speaks (AN_RULE_OWN_EVIDENCE). */
bool an_tally_own_evidence(const struct an_tally *tally, uint32_t call);
/* The strongest symbols of a call into its verdict. moved NULL: by their contributions; else by what a learned model
 * made of the features behind them, in 1/100 log-odds. Ties by contribution, then by position in the table. */
void an_tally_pick(const struct an_tally *tally, uint32_t call, const int16_t moved[AN_FEATURE_COUNT],
                   struct an_verdict *verdict);
/* Version of formula and table: changes with every weight. */
uint32_t an_tally_version(void);

#endif
