/* Features: what a verdict is judged on. Layer: model. The rows are in feature.def; names and sentences come from
 * there, for JSON, docs and training alike. */
#ifndef ANNING_MODEL_FEATURE_H
#define ANNING_MODEL_FEATURE_H

#include <stddef.h>

enum an_feature {
#define AN_FEATURE(id, name, unit, evidence, en, zh) AN_F_##id,
#include "model/feature.def"
#undef AN_FEATURE
    AN_FEATURE_COUNT
};

struct an_feature_info {
    const char *name;     /* "number_attempts_1h" */
    const char *unit;     /* "flag", "count", "ratio", "nat", "days", "s" */
    const char *evidence; /* "E8" */
    const char *en;
    const char *zh;
};

/* By feature; AN_FEATURE_COUNT rows. */
extern const struct an_feature_info an_feature_info[AN_FEATURE_COUNT];

#endif
