#include "learn/derive.h"

#include <math.h>

#include "base/err.h"

static float share(float a, float b)
{
    if (!(a >= 0 && b >= 0) || (a == 0 && b == 0)) return NAN; /* NaN compares false */
    return a / (a + b);
}

static float count_missing(const float *row, uint32_t columns)
{
    uint32_t missing = 0;
    for (uint32_t c = 0; c < columns; c++) missing += row[c] != row[c];
    return (float)missing;
}

float an_derive(const struct an_derived *feature, const float *row, uint32_t columns)
{
    an_assert(feature != 0 && row != 0 && feature->a < columns);
    float a = row[feature->a];
    switch ((enum an_derive)feature->kind) {
    case AN_DERIVE_VALUE: return a;
    case AN_DERIVE_SHARE: an_assert(feature->b < columns); return share(a, row[feature->b]);
    case AN_DERIVE_WORD: return a != a ? NAN : a == (float)feature->b ? 1.0f : 0.0f;
    case AN_DERIVE_MISSING: return count_missing(row, columns);
    case AN_DERIVE_COUNT: break;
    }
    return NAN;
}
