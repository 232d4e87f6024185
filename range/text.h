/* Texts in columns of a terminal: East Asian wide characters take two. As far as the range's own texts use them; no
 * locale is asked. Layer: range. */
#ifndef ANNING_RANGE_TEXT_H
#define ANNING_RANGE_TEXT_H

#include <stdbool.h>
#include <stdio.h>

/* How many columns a text of UTF-8 takes. */
int ar_text_columns(const char *text);
/* As much of it as fits; how many columns that took. */
int ar_text_put(FILE *out, const char *text, int columns);
/* Filled with blanks to so many columns, on the left or on the right; longer text is written whole. */
void ar_text_pad(FILE *out, const char *text, int columns, bool right);

#endif
