/* Vectors of four and eight, by the compiler's vector types. Layer: base.
 *
 * AN_WIDE before a function: it is compiled twice, and the wider one is taken at start where the machine has AVX2.
 * Every operation here is element by element, no fused multiply-add comes with AVX2 and contraction is off
 * (-ffp-contract=off), so both give the same bits; for loops over a vector's rows. Sanitizers can't run the choice
 * before they are set up, clang has no such choice. What is called out of an AN_WIDE function must be AN_INLINE to be
 * compiled with it. */
#ifndef ANNING_BASE_WIDE_H
#define ANNING_BASE_WIDE_H

#include <stdint.h>
#include <string.h>

#if defined(__x86_64__) && !defined(__SANITIZE_THREAD__) && !defined(__SANITIZE_ADDRESS__) && !defined(__clang__)
#define AN_WIDE __attribute__((target_clones("avx2", "default")))
#else
#define AN_WIDE
#endif
#define AN_INLINE static inline __attribute__((always_inline))

/* Vectors are passed between inlined functions only: no calling convention is at stake. */
#pragma GCC diagnostic ignored "-Wpsabi"

typedef float an_f4 __attribute__((vector_size(16)));
typedef int32_t an_i4 __attribute__((vector_size(16)));
typedef uint32_t an_u4 __attribute__((vector_size(16)));
typedef float an_f8 __attribute__((vector_size(32)));
typedef int32_t an_i8 __attribute__((vector_size(32)));
typedef uint32_t an_u8 __attribute__((vector_size(32)));
typedef uint16_t an_h8 __attribute__((vector_size(16)));

AN_INLINE an_f4 an_f4_load(const float *from)
{
    an_f4 v;
    memcpy(&v, from, sizeof v);
    return v;
}

AN_INLINE void an_f4_store(float *to, an_f4 v)
{
    memcpy(to, &v, sizeof v);
}

AN_INLINE an_f8 an_f8_load(const float *from)
{
    an_f8 v;
    memcpy(&v, from, sizeof v);
    return v;
}

AN_INLINE void an_f8_store(float *to, an_f8 v)
{
    memcpy(to, &v, sizeof v);
}

AN_INLINE an_f8 an_f8_of(float x)
{
    return (an_f8) { x, x, x, x, x, x, x, x };
}

/* a where the mask is set, else b. */
AN_INLINE an_f8 an_f8_pick(an_i8 mask, an_f8 a, an_f8 b)
{
    return (an_f8)((mask & (an_i8)a) | (~mask & (an_i8)b));
}

AN_INLINE an_f8 an_f8_min(an_f8 a, an_f8 b)
{
    return an_f8_pick(a < b, a, b);
}

AN_INLINE an_f8 an_f8_positive(an_f8 x)
{
    return (an_f8)((an_i8)x & (x > 0));
}

#endif
