/* How training looked, for a card: the shares a running doorkeeper compares its calls with (model/drift.h,
 * docs/models.md, "Drift"). Layer: learn. Scores are those of held rows; inputs are cut at their tenths, as far as
 * those differ. */
#ifndef ANNING_LEARN_DRIFT_H
#define ANNING_LEARN_DRIFT_H

#include <cjson/cJSON.h>

#include "learn/samples.h"
#include "model/drift.h"

struct an_drift_column {
    uint32_t column; /* of the samples */
    const char *name;
};

/* Adds "drift" to the card. samples are minifloats; held: log-odds by row. Columns that are the same for all are left
 * out. Weights count. O(rows * columns); out of memory: nothing is added. */
void an_drift_card(cJSON *card, const struct an_samples *samples, const float *held,
                   const struct an_drift_column *columns, unsigned count);

#endif
