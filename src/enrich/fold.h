/* The first half of normalising: text of any spelling to bare digits. Layer: enrich. Knows separators, escapes, URI
 * parameters, words for "nobody" and feature codes, but no numbering plan. One pass, no allocation. */
#ifndef ANNING_ENRICH_FOLD_H
#define ANNING_ENRICH_FOLD_H

#include <stdbool.h>

#include "base/slice.h"

enum an_fold {
    AN_FOLD_NOBODY, /* withheld, absent, or a word that says so ("anonymous", "unknown", "0000", "未知" ...) */
    AN_FOLD_DIGITS,
    AN_FOLD_NAME, /* something else */
};

enum { AN_FOLD_DIGITS_MAX = 40 };

struct an_folded {
    char digits[AN_FOLD_DIGITS_MAX];
    unsigned count;       /* of digits; at least 1 for AN_FOLD_DIGITS, some of them not 0 */
    bool plus;            /* a "+" in front, or a global phone-context */
    bool code_prefix;     /* a feature code was in front (*67, #31#) */
    struct an_slice core; /* [borrow] the text without scheme, host and parameters, for names */
};

enum an_fold an_fold_text(struct an_slice text, struct an_folded *ret_folded);

#endif
