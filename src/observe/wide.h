/* Vectors of eight, what observe/ needs beyond base/wide.h. Layer: observe. */
#ifndef ANNING_OBSERVE_WIDE_H
#define ANNING_OBSERVE_WIDE_H

#include "base/wide.h"

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
