/* Nested cross-validation: how good a fit is on rows that had no part in it, neither in its trees nor in any choice.
 * Layer: learn. Each outer fold is scored by a whole fit (learn/fit.h: plans, number of trees, shares, calibration,
 * threshold) on the other folds; all of it repeated with other folds. */
#ifndef ANNING_LEARN_CROSS_H
#define ANNING_LEARN_CROSS_H

#include "learn/fit.h"

enum { AN_CROSS_REPEATS_MAX = 20 };

struct an_cross {
    unsigned folds, repeats;
    double auc, auc_sd;               /* mean over folds and repeats, and how far folds are from it */
    double macro_f1, macro_f1_sd;     /* at the threshold each fit chose on its own rows */
    struct an_figures pooled;         /* of all held probabilities together; its macro F1 is not taken */
    unsigned plans[AN_FIT_PLANS_MAX]; /* how often each was chosen */
    unsigned calibrations[AN_CALIBRATION_ISOTONIC + 1];
};

/* options->seed decides the folds; options->work, too, counts all runs (an_cross_runs). Errors as an_fit. */
enum an_err an_cross(const struct an_samples *samples, const struct an_cuts *cuts, const struct an_rows *rows,
                     unsigned folds, unsigned repeats, const struct an_fit_options *options, struct an_cross *ret_cross,
                     struct an_error *error);
double an_cross_runs(unsigned folds, unsigned repeats, const struct an_fit_options *options);

#endif
