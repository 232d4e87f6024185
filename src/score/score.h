/* Score: features in, probability and reasons out. Layer: a stage (base, model).
 *
 * By a learned model (score/model.h, docs/models.md): log_odds is the forest's sum, probability the calibrated one. The
 * hand-set symbols stay as the words of the explanation, ordered by what the model made of the features behind them,
 * beside the features that moved the score most; both only for calls that could be anything but allowed, since that is
 * one in five or fewer and explaining costs more than scoring.
 *
 * Without one, by formula 1 (docs/recognition.md, "Score"): each symbol (symbols.def) turns one feature into a strength
 * 0..1 and a contribution weight * strength in log-odds; contributions of one group, being correlated, are summed and
 * bounded; log_odds = prior + sum of groups; probability = 1 / (1 + exp(-log_odds)).
 *
 * Only + - * / and comparisons of IEEE floats in a fixed order, no libm and no fused multiply-add, so that a verdict
 * recomputes bit for bit on any machine. Measured: bench/results/score.txt. Uses some 130 kB of stack. */
#ifndef ANNING_SCORE_SCORE_H
#define ANNING_SCORE_SCORE_H

#include <stdint.h>

#include "model/call.h"
#include "score/model.h"

/* Version of formula, table and model; model may be NULL: the hand-set weights. Changes with every weight. */
uint32_t an_score_version(const struct an_score_model *model);

/* For each attempt without error and without observed.repeat: verdict.probability, log_odds, category, symbols, causes,
 * features, score_version, and in verdict.rules the bits the features decide (AN_RULE_OWN_EVIDENCE, AN_RULE_RELATION);
 * other bits are cleared. A model gives reasons and AN_RULE_OWN_EVIDENCE only from a probability of 0.2 on. model NULL:
 * hand-set weights. shadow, which may be NULL, writes shadow_probability and nothing else. */
void an_score_vector(struct an_vector *v, const struct an_score_model *model, const struct an_score_model *shadow);

/* The same for one set of features, as the journal keeps them: for rejudging and explaining. */
void an_score_features(const an_mini minis[AN_FEATURE_COUNT], const struct an_score_model *model,
                       struct an_verdict *ret_verdict);

#endif
