/* Minifloat: a non-negative number in 16 bits. Layer: base.
 *
 * 5 bits of exponent, 11 of mantissa, no sign: 2^-15 to about 131,000, relative step 2^-12 after rounding; 0 is
 * exact. Counters and features are kept in it, so that an entry stays small and a verdict's record replays bit for
 * bit: what was scored is what was written. Both ways are a few integer instructions, the same on every machine, and
 * gcc turns a loop of them into vector code. */
#ifndef ANNING_BASE_MINI_H
#define ANNING_BASE_MINI_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

typedef uint16_t an_mini;

#define AN_MINI_BIAS ((uint32_t)(127 - 15) << 23)
#define AN_MINI_MAX 131008.0f

static inline float an_mini_float(an_mini m)
{
    uint32_t bits = (uint32_t)m << 12;
    bits = bits == 0 ? 0 : bits + AN_MINI_BIAS;
    float f;
    memcpy(&f, &bits, sizeof f);
    return f;
}

/* Rounds half up; below the smallest step 0; above AN_MINI_MAX, AN_MINI_MAX. NaN and negatives give 0. */
static inline an_mini an_mini_of(float f)
{
    f = f > 0 ? f : 0; /* NaN compares false */
    f = f < AN_MINI_MAX ? f : AN_MINI_MAX;
    uint32_t bits;
    memcpy(&bits, &f, sizeof bits);
    bits += 1u << 11;
    return (an_mini)(bits <= AN_MINI_BIAS ? 0 : (bits - AN_MINI_BIAS) >> 12);
}

enum { AN_MINI_MANY_MAX = 64 };
/* count <= AN_MINI_MANY_MAX numbers; the rest of out becomes 0. Whether some minifloat is not 0. */
bool an_mini_of_many(const float x[AN_MINI_MANY_MAX], uint32_t count, an_mini out[AN_MINI_MANY_MAX]);

#endif
