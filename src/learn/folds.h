/* Rows dealt into folds, so that each fold has its share of unwanted and of wanted rows and no group is on two sides.
 * Layer: learn. Groups are dealt largest first to the fold that lacks most of what they hold; groups of one size in an
 * order the seed decides. O(n log n), 24 bytes a row while it runs. */
#ifndef ANNING_LEARN_FOLDS_H
#define ANNING_LEARN_FOLDS_H

#include "learn/view.h"

enum { AN_FOLDS_MAX = 20 };

/* fold_of: rows->count numbers below folds, by position in rows. AN_OK; AN_ERR_INVALID: a fold would have no
 * unwanted or no wanted row though there are such rows; AN_ERR_NO_MEMORY. */
enum an_err an_folds_deal(const struct an_samples *samples, const struct an_rows *rows, unsigned folds, uint64_t seed,
                          uint8_t *fold_of, struct an_error *error);
/* The rows of a fold (inside) or all others, in their order; ret_rows->at is [own], free() it. AN_OK, AN_ERR_NO_MEMORY.
 */
enum an_err an_folds_pick(const struct an_rows *rows, const uint8_t *fold_of, unsigned fold, bool inside,
                          struct an_rows *ret_rows);

#endif
