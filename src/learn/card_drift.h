/* How training looked, for a model's card: what the door compares its traffic with (model/drift.h, docs/models.md,
 * "Drift"). Layer: learn, inside. Rows count by their weight, so that sampled rows stand for the stream. */
#ifndef ANNING_LEARN_CARD_DRIFT_H
#define ANNING_LEARN_CARD_DRIFT_H

#include "learn/fit.h"

struct cJSON;
/* samples: of minifloats, all of them fitted. features: the most asked first. Adds "drift" to the card; false: no
 * memory. */
bool an_card_drift(struct cJSON *card, const struct an_fit *fit, const struct an_samples *samples,
                   const uint32_t *features, uint32_t count, const char (*names)[AN_FOREST_NAME_MAX]);

#endif
