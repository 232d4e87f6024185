/* Vectors of four and eight, by the compiler's vector types. Layer: observe.
 *
 * A function marked AN_WIDE is compiled twice, for AVX2 and for any machine of the architecture; the choice is made
 * once, at start. Every operation here is element by element and there is no fused multiply-add (-ffp-contract=off),
 * so both give the same bits. Sanitizers can't run the choice before they are set up, clang has no such choice. What
 * is called out of an AN_WIDE function must be AN_INLINE to be compiled with it. */
#ifndef ANNING_OBSERVE_WIDE_H
#define ANNING_OBSERVE_WIDE_H

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

/* an_ln of decay.h, eight at once. */
AN_INLINE an_f8 an_f8_ln(an_f8 x)
{
    an_i8 exponent = ((an_i8)x - 0x3f3504f3) >> 23;
    an_f8 m = (an_f8)((an_i8)x - (exponent << 23));
    an_f8 t = (m - 1.0f) / (m + 1.0f), t2 = t * t;
    an_f8 s = 2.0f * t * (1.0f + t2 * (1.0f / 3 + t2 * (1.0f / 5 + t2 * (1.0f / 7))));
    return s + __builtin_convertvector(exponent, an_f8) * 0.69314718f;
}

/* Rows of eight become columns. */
AN_INLINE void an_f8_transpose(an_f8 r[8])
{
    an_f8 a[8], b[8];
    for (int i = 0; i < 4; i++) {
        a[2 * i] = __builtin_shufflevector(r[2 * i], r[2 * i + 1], 0, 8, 1, 9, 4, 12, 5, 13);
        a[2 * i + 1] = __builtin_shufflevector(r[2 * i], r[2 * i + 1], 2, 10, 3, 11, 6, 14, 7, 15);
    }
    for (int i = 0; i < 8; i += 4)
        for (int k = 0; k < 2; k++) {
            b[i + 2 * k] = __builtin_shufflevector(a[i + k], a[i + k + 2], 0, 1, 8, 9, 4, 5, 12, 13);
            b[i + 2 * k + 1] = __builtin_shufflevector(a[i + k], a[i + k + 2], 2, 3, 10, 11, 6, 7, 14, 15);
        }
    for (int i = 0; i < 4; i++) {
        r[i] = __builtin_shufflevector(b[i], b[i + 4], 0, 1, 2, 3, 8, 9, 10, 11);
        r[i + 4] = __builtin_shufflevector(b[i], b[i + 4], 4, 5, 6, 7, 12, 13, 14, 15);
    }
}

#endif
