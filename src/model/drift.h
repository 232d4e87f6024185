/* Do scores and inputs look as they did in training? Layer: model, since learn/ writes into a card what the engine
 * compares with. Shares of training calls by bin of log-odds, and of the inputs asked most; the stability index (PSI)
 * of two such lists is sum of (now - then) * ln(now / then): under 0.1 nothing moved, over 0.25 it is another traffic
 * (Siddiqi, Credit Risk Scorecards, 2006). docs/models.md, "Drift", has the card's form. */
#ifndef ANNING_MODEL_DRIFT_H
#define ANNING_MODEL_DRIFT_H

#include <stdint.h>

enum {
    AN_DRIFT_BINS = 20,       /* of log-odds: below -9, each whole number, from 9 on */
    AN_DRIFT_INPUTS_MAX = 16, /* inputs watched */
    AN_DRIFT_CUTS_MAX = 9,    /* of one input: rising; a value is in the bin of the cuts it has reached */
};

/* 0 to AN_DRIFT_BINS - 1. */
static inline unsigned an_drift_bin(float log_odds)
{
    float at = log_odds + 10.0f;
    at = at > 0.0f ? at : 0.0f;
    at = at < AN_DRIFT_BINS - 1 ? at : AN_DRIFT_BINS - 1;
    return (unsigned)at;
}

static inline unsigned an_drift_cut(const float *cuts, unsigned count, float x)
{
    unsigned bin = 0;
    for (unsigned k = 0; k < count; k++) bin += x >= cuts[k];
    return bin;
}

#endif
