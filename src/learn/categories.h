/* What an unwanted call sells: a sum of trees a category, grown together (XGBoost's multi:softprob). Layer: learn. The
 * greatest sum names the category; sums of one model compare with each other only. Learnt from unwanted rows, since
 * only of calls that are taken for unwanted it is asked. */
#ifndef ANNING_LEARN_CATEGORIES_H
#define ANNING_LEARN_CATEGORIES_H

#include "learn/fit.h"

enum { AN_CATEGORY_ROWS_MIN = 50 /* a rarer category gets no trees */, AN_CATEGORIES_ROWS_MAX = 200000 };

struct an_categories {
    size_t rows;                      /* with a category, learnt from */
    unsigned rounds;                  /* trees a category */
    double accuracy;                  /* share of held rows named right */
    double recall[AN_CATEGORY_COUNT]; /* NaN: none held */
    struct an_forest_sum sums[AN_CATEGORY_COUNT];
};

/* Trees join fit->trees, over fit->features (before an_fit_narrow). Of rows beyond AN_CATEGORIES_ROWS_MAX every n-th is
 * taken. AN_OK; AN_ERR_NOT_FOUND: fewer than two categories with rows enough, nothing is added; else as an_fit. */
enum an_err an_categories_fit(const struct an_samples *samples, const struct an_cuts *cuts, const struct an_rows *rows,
                              const struct an_fit_options *options, struct an_fit *fit,
                              struct an_categories *ret_categories, struct an_error *error);

#endif
