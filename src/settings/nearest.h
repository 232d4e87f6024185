/* The nearest word to a mistyped one. Layer: settings; the command line uses it for verbs. Optimal string alignment
 * distance (Damerau-Levenshtein without overlaps); words of at most 63 bytes. O(length squared) a pair. */
#ifndef ANNING_SETTINGS_NEAREST_H
#define ANNING_SETTINGS_NEAREST_H

#include <stddef.h>

/* Edits (insert, delete, replace, swap of neighbours) from a to b; longer words than 63 bytes are compared so far. */
unsigned an_nearest_distance(const char *a, const char *b);
/* Edits that still pass as a slip in a word so long: 1 for short ones, a third for long ones. */
unsigned an_nearest_slack(const char *typed);

#endif
