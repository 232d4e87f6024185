/* Drift of a learned model: counted while calls are judged, compared when somebody asks. Layer: engine.
 *
 * The score of every call is counted, inputs of one call a vector: some 10 ns a vector and input. Two windows of
 * AN_DRIFT_WINDOW calls a worker take turns, so that what is compared is recent. */
#ifndef ANNING_ENGINE_DRIFT_H
#define ANNING_ENGINE_DRIFT_H

#include <stdbool.h>

#include "model/call.h"
#include "model/drift.h"
#include "model/metrics.h"

enum { AN_DRIFT_WINDOW = 65536, AN_DRIFT_CALLS_MIN = 1000, AN_DRIFT_SAMPLES_MIN = 200 };

/* What a card says of training; shares are above 0 and add up to 1. */
struct an_drift_plan {
    bool has_score;
    double score[AN_DRIFT_BINS];
    unsigned input_count;
    struct an_drift_input {
        unsigned feature; /* enum an_feature */
        unsigned cut_count;
        float cuts[AN_DRIFT_CUTS_MAX];
        double shares[AN_DRIFT_CUTS_MAX + 1];
    } inputs[AN_DRIFT_INPUTS_MAX];
};

/* Counters of one context: plain stores, see base/counter.h. */
struct an_drift_counters {
    uint64_t scores[2][AN_DRIFT_BINS];
    uint64_t inputs[2][AN_DRIFT_INPUTS_MAX][AN_DRIFT_CUTS_MAX + 1];
    uint64_t window, calls, turn;
};

/* Out of a card's JSON; what it does not say, or says wrongly, is not compared. */
void an_drift_plan_of(const char *card, struct an_drift_plan *ret_plan);

void an_drift_reset(struct an_drift_counters *counters);
/* calls[i] of the vector counts where counted has its bit. */
void an_drift_count(const struct an_drift_plan *plan, struct an_drift_counters *counters, const struct an_vector *v,
                    uint64_t counted);

/* Adds a context's windows to a sum; then the indices of the sum into metrics. */
void an_drift_add(const struct an_drift_counters *from, struct an_drift_counters *to);
void an_drift_metrics(const struct an_drift_plan *plan, const struct an_drift_counters *sum,
                      struct an_metrics *ret_metrics);

#endif
