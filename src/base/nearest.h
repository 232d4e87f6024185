/* The word nearest to a mistyped one, for "did you mean". Layer: base. Optimal string alignment distance
 * (Damerau-Levenshtein without overlaps), case ignored; words are compared up to 63 bytes. O(length squared) a pair. */
#ifndef ANNING_BASE_NEAREST_H
#define ANNING_BASE_NEAREST_H

#include "base/slice.h"

/* The word of words[0..count) that somebody probably meant: a few slips away, or one that typed abbreviates. NULL when
 * none is near. */
const char *an_nearest(struct an_slice typed, const char *const *words, size_t count);

/* Edits (insert, delete, replace, swap of neighbours) from a to b. */
unsigned an_nearest_distance(struct an_slice a, struct an_slice b);

/* Edits that still pass as a slip in a word of so many bytes: a third of it. */
unsigned an_nearest_slack(size_t len);

#endif
