/* Where calls' features may be cut. Layer: learn. The features of calls are minifloats, so a split is a split between
 * two of them: each column gets up to AN_CUTS_MAX of its own values as possible thresholds, and every value is known by
 * the number of thresholds not above it, its bin. Trees are grown on bins and written with the thresholds, so what they
 * decide in training they decide at the door, to the bit, and a walker can compare bytes.
 *
 * All values of a column are counted (a minifloat has 65,536); when there are more than AN_CUTS_MAX, thresholds stand
 * so that each bin has about as many rows and different values as the next, half and half: tails keep thresholds,
 * labels are not looked at. Memory: 66 kB a column, 330 kB while counting. */
#ifndef ANNING_LEARN_CUTS_H
#define ANNING_LEARN_CUTS_H

#include "learn/samples.h"

enum { AN_CUTS_MAX = 250 };

struct an_cuts {
    uint32_t columns;
    uint16_t *counts;               /* [own] thresholds of a column; 0: it has one value only */
    an_mini (*values)[AN_CUTS_MAX]; /* [own] rising */
    uint8_t (*bins)[1 << 16];       /* [own] by column and minifloat */
};

/* samples: of minifloats. AN_OK, AN_ERR_NO_MEMORY. */
enum an_err an_cuts_make(const struct an_samples *samples, struct an_cuts *ret_cuts);
void an_cuts_done(struct an_cuts *cuts);
/* The threshold a value is compared with, for one on bins: value < this exactly when bin < threshold. */
float an_cuts_threshold(const struct an_cuts *cuts, uint32_t column, float threshold);

#endif
