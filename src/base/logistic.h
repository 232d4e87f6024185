/* The logistic function, 1 / (1 + exp(-x)). Layer: base. Out of exactly rounded operations only, so that it has the
 * same bits on any machine and in a loop over a vector: exp(x) = 2^n * e^r, |r| <= ln 2 / 2, Taylor to the 11th power
 * (relative error under 1e-13). |x| is bounded by 40. About 40 operations and 12 divisions. */
#ifndef ANNING_BASE_LOGISTIC_H
#define ANNING_BASE_LOGISTIC_H

#include <stdint.h>
#include <string.h>

enum { AN_LOGISTIC_TERMS = 11, AN_LOGISTIC_MANY_MAX = 64 };

/* -x as a whole number of ln 2 (a factor, ret_power) and the rest. */
static inline double an_logistic_reduce(float x, double *ret_power)
{
    float bounded = x < 40.0f ? x : 40.0f;
    bounded = bounded > -40.0f ? bounded : -40.0f;
    double y = -(double)bounded, scaled = y * 1.4426950408889634;
    int32_t whole = (int32_t)(scaled + (scaled >= 0 ? 0.5 : -0.5));
    uint64_t bits = (uint64_t)(uint32_t)(1023 + whole) << 52;
    memcpy(ret_power, &bits, sizeof bits);
    return (y - (double)whole * 0.693147180369123816490) - (double)whole * 1.90821492927058770002e-10;
}

/* NaN gives the value of 40. */
static inline float an_logistic(float x)
{
    double power, r = an_logistic_reduce(x, &power), sum = 1.0, term = 1.0;
    for (int k = 1; k <= AN_LOGISTIC_TERMS; k++) {
        term = term * r / k;
        sum = sum + term;
    }
    return (float)(1.0 / (1.0 + sum * power));
}

/* The same of up to AN_LOGISTIC_MANY_MAX numbers, to the bit; four times as fast. */
void an_logistic_many(const float *x, uint32_t count, float *out);

#endif
