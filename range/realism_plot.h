/* Two distribution functions a feature as small pictures on one page (SVG), for light and dark pages alike. Layer:
 * range; of realism only. */
#ifndef ANNING_RANGE_REALISM_PLOT_H
#define ANNING_RANGE_REALISM_PLOT_H

#include "base/err.h"
#include "range/realism.h"

/* Columns of values, one array a feature, NaN: missing. */
struct ar_realism_set {
    size_t count;
    double *values[AR_REALISM_COUNT];
};

/* Writes path: the table's sample against the simulated one. Sorts both. distances: one a feature, for the captions. */
enum an_err ar_realism_plot(const char *path, const char *title, struct ar_realism_set *table,
                            struct ar_realism_set *simulated, const double *distances, struct an_error *error);

#endif
