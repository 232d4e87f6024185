/* Score: features in, probability and reasons out. Layer: a stage (base, model).
 *
 * Formula 1 (docs/recognition.md, "Score"): each symbol (symbols.def) turns one feature into a strength 0..1 and a
 * contribution weight * strength in log-odds; contributions of one group, being correlated, are summed and bounded;
 * log_odds = prior + sum of groups; probability = 1 / (1 + exp(-log_odds)).
 *
 * Only + - * / and comparisons of IEEE floats in a fixed order, no libm and no fused multiply-add, so that a verdict
 * recomputes bit for bit on any machine. Symbol by symbol over the whole vector, so that the inner loop vectorises.
 * Expected cost: the symbols * 64 calls * about 8 operations / 4 lanes, some 120 ns a call; measured: bench/results.
 *
 * The seam for a learned model: an_score_vector is the only entry; a model replaces `log_odds` before the logistic
 * and leaves the symbols as its explanation. */
#ifndef ANNING_SCORE_SCORE_H
#define ANNING_SCORE_SCORE_H

#include <stdint.h>

#include "model/call.h"

/* Version of formula and table: changes with every weight. */
uint32_t an_score_version(void);

/* For each attempt without error and without observed.repeat: verdict.probability, log_odds, category, symbols,
 * features, score_version, and in verdict.rules the bits the features decide (AN_RULE_OWN_EVIDENCE,
 * AN_RULE_RELATION); other bits are cleared. */
void an_score_vector(struct an_vector *v);

/* The same for one set of features, as the journal keeps them: for rejudging and explaining. */
void an_score_features(const an_mini minis[AN_FEATURE_COUNT], struct an_verdict *ret_verdict);

#endif
