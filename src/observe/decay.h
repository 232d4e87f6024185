/* Time, decay and logarithms. Layer: observe.
 *
 * Event time is cut into ticks of 2^17 us (0.13 s) and decay steps of 2^23 us (8.4 s), both by shifts. A counter with
 * half-life h keeps 2^(-n/h) of itself over n whole steps; inside a step nothing decays, so a busy entry costs no
 * multiplication. exp2 and log2 are polynomials in single precision without contraction (-ffp-contract=off): the same
 * bits on every machine, which libm does not promise. Cost: four factors in about 5 ns, a logarithm in 3. */
#ifndef ANNING_OBSERVE_DECAY_H
#define ANNING_OBSERVE_DECAY_H

#include <stdbool.h>

#include "observe/wide.h"

enum { AN_TICK_SHIFT = 17, AN_STEP_TICKS_SHIFT = 6 };
#define AN_STEP_US (1u << 23)
#define AN_TICKS_PER_S 7.62939453125f /* 1e6 / 2^17 */

/* Half-lives: 5 minutes, 1 hour, 1 day, 7 days. */
enum an_horizon { AN_H_5M, AN_H_1H, AN_H_1D, AN_H_7D, AN_HORIZONS };

/* Wraps after 17.8 years; differences are what counts. */
static inline uint32_t an_tick_of(uint64_t time_us)
{
    return (uint32_t)(time_us >> AN_TICK_SHIFT);
}

/* Whole decay steps between two ticks; 0 when time runs backwards. */
static inline uint32_t an_steps_between(uint32_t then, uint32_t now)
{
    int32_t steps = (int32_t)((now >> AN_STEP_TICKS_SHIFT) - (then >> AN_STEP_TICKS_SHIFT));
    /* The step counter has 26 bits: sign-extend its difference. */
    steps = (int32_t)((uint32_t)steps << 6) >> 6;
    return steps > 0 ? (uint32_t)steps : 0;
}

/* Quicker than an_steps_between() == 0, and never wrong about two steps. */
static inline bool an_same_step(uint32_t then, uint32_t now)
{
    return (then ^ now) < 1u << AN_STEP_TICKS_SHIFT;
}

static inline uint32_t an_tick_later(uint32_t a, uint32_t b)
{
    return (int32_t)(b - a) > 0 ? b : a;
}

/* 2^-x for x >= 0, relative error under 3e-7; 0 beyond 100. */
static inline float an_exp2_minus(float x)
{
    x = x < 100.0f ? x : 100.0f;
    int32_t whole = (int32_t)x;
    float y = (0.5f - (x - (float)whole)) * 0.69314718f; /* 2^-f = 2^-0.5 e^y, |y| <= 0.347 */
    float p = 1.0f / 720;
    p = p * y + 1.0f / 120;
    p = p * y + 1.0f / 24;
    p = p * y + 1.0f / 6;
    p = p * y + 0.5f;
    p = p * y + 1.0f;
    p = p * y + 1.0f;
    uint32_t bits = (uint32_t)(127 - whole) << 23;
    float scale;
    memcpy(&scale, &bits, sizeof scale);
    return p * 0.70710678f * scale;
}

/* What is left after steps at each of the four half-lives; the arithmetic of an_exp2_minus. */
AN_INLINE an_f4 an_decay_factors(uint32_t steps)
{
    const an_f4 per_step = { (float)(8.388608 / 300), (float)(8.388608 / 3600), (float)(8.388608 / 86400),
                             (float)(8.388608 / 604800) };
    an_f4 x = (float)(int32_t)steps * per_step;
    an_i4 small = x < 100.0f;
    x = (an_f4)(((an_i4)x & small) | ((an_i4)(an_f4) { 100.0f, 100.0f, 100.0f, 100.0f } & ~small));
    an_i4 whole = __builtin_convertvector(x, an_i4);
    an_f4 y = (0.5f - (x - __builtin_convertvector(whole, an_f4))) * 0.69314718f;
    an_f4 p = 1.0f / 720 * y + 1.0f / 120;
    p = p * y + 1.0f / 24;
    p = p * y + 1.0f / 6;
    p = p * y + 0.5f;
    p = p * y + 1.0f;
    p = p * y + 1.0f;
    return p * 0.70710678f * (an_f4)((127 - whole) << 23);
}

/* Natural logarithm of a positive normal number, absolute error under 1e-5. */
static inline float an_ln(float x)
{
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    uint32_t shifted = bits - 0x3f3504f3u; /* sqrt(1/2): mantissa into [0.707, 1.414) */
    int32_t exponent = (int32_t)shifted >> 23;
    bits = bits - ((uint32_t)exponent << 23);
    float m;
    memcpy(&m, &bits, sizeof m);
    float t = (m - 1.0f) / (m + 1.0f); /* ln m = 2 atanh t, |t| < 0.172 */
    float t2 = t * t;
    float s = 2.0f * t * (1.0f + t2 * (1.0f / 3 + t2 * (1.0f / 5 + t2 * (1.0f / 7))));
    return s + (float)exponent * 0.69314718f;
}

static inline float an_positive(float x)
{
    return x > 0 ? x : 0;
}

#endif
