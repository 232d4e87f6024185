#include "model/feature.h"

const struct an_feature_info an_feature_info[AN_FEATURE_COUNT] = {
#define AN_FEATURE(id, name, unit, evidence, en, zh) { name, unit, evidence, en, zh },
#include "model/feature.def"
#undef AN_FEATURE
};
