/* Which shares of two columns are worth a look. Layer: learn, inside. A quick booster on the plain columns tells which
 * amounts matter; the shares of each two of the first AN_SHARES_COLUMNS of them join the features. */
#ifndef ANNING_LEARN_SHARES_H
#define ANNING_LEARN_SHARES_H

#include "learn/fit.h"

enum { AN_SHARES_COLUMNS = 24 };

/* *ret_features: [own] the plain ones, then the shares. *ret_monotone: [own] by feature, or NULL when nothing is asked:
 * a share rises with its first column and falls with its second; where both are bound and disagree it is left out. */
enum an_err an_shares_find(const struct an_view *plain, const struct an_rows *rows,
                           const struct an_fit_options *options, const struct an_boost_options *boost, bool shares,
                           struct an_derived **ret_features, uint32_t *ret_count, int8_t **ret_monotone,
                           struct an_error *error);

#endif
