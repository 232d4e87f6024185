/* Features out of the columns of a row: the same few lines for training and scoring, so that both see the same numbers.
 * Layer: learn. No allocation; a feature costs a few instructions.
 *
 * Trees do not care how a column is scaled, so logarithms, ranks and quantiles would change nothing. What a tree can't
 * do is divide: a share a / (a + b) takes it many splits to draw, and says how much of two things is the first one,
 * whatever the unit and however active the subscriber ("calls a counterpart", "longest talk against all talk"). */
#ifndef ANNING_LEARN_DERIVE_H
#define ANNING_LEARN_DERIVE_H

#include <stdint.h>

enum an_derive {
    AN_DERIVE_VALUE,   /* column a as it is */
    AN_DERIVE_SHARE,   /* a / (a + b); missing when one is missing or negative, or both are 0 */
    AN_DERIVE_WORD,    /* 1 when column a holds word b, else 0; missing when the cell is empty */
    AN_DERIVE_MISSING, /* how many cells of the row are empty */
    AN_DERIVE_COUNT
};

struct an_derived {
    uint8_t kind; /* enum an_derive */
    uint16_t a, b;
};

float an_derive(const struct an_derived *feature, const float *row, uint32_t columns);

#endif
