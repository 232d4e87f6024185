/* Answers on a terminal: aligned tables that know how wide Chinese characters are, and colour where it helps. Layer:
 * cli. Widths come from wcwidth in a UTF-8 locale (an_output_init), escape sequences count for nothing. Colour only on
 * a terminal, never with NO_COLOR set (no-color.org) or TERM=dumb. */
#ifndef ANNING_CLI_OUTPUT_H
#define ANNING_CLI_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* Takes the environment's locale for characters, or C.UTF-8 where that is no UTF-8. Once, at the start. */
void an_output_init(void);

enum an_style {
    AN_STYLE_PLAIN,
    AN_STYLE_BOLD,
    AN_STYLE_DIM,
    AN_STYLE_RED,
    AN_STYLE_GREEN,
    AN_STYLE_YELLOW,
    AN_STYLE_BLUE
};
bool an_output_has_colour(FILE *out);
/* "\033[1m" and the like; "" where out has no colour. AN_STYLE_PLAIN resets. */
const char *an_style(FILE *out, enum an_style style);

/* Columns a text takes. Bytes that are no UTF-8 count one each. */
size_t an_text_width(const char *text);
/* Writes text, filled with blanks to width columns; right: the blanks come first. Longer text is written whole. */
void an_text_pad(FILE *out, const char *text, size_t width, bool right);
/* Writes words separated by blanks, a line after the other, none wider than width unless a word is; each line after
 * the first begins with indent blanks, which don't count. Ends without a newline. */
void an_text_wrap(FILE *out, const char *text, size_t width, size_t indent);

/* A table is filled row by row and printed at the end, since its widths depend on every cell. */
struct an_grid;
enum { AN_GRID_COLUMNS_MAX = 16 };
/* headers: count texts, copied; one that begins with '>' (left out when printed) makes a right-aligned column, one that
 * begins with '~' a long text: where the table is wider than the terminal, it goes to lines of its own. Such columns
 * come last.
 * Memory that runs out ends the program with AN_EXIT_ENVIRONMENT. */
struct an_grid *an_grid_new(size_t count, const char *const *headers);
/* cells: as many as there are columns, copied and made inert (inert.h); NULL is an empty one. */
void an_grid_row(struct an_grid *table, const char *const *cells);
/* A line between groups of rows. */
void an_grid_rule(struct an_grid *table);
void an_grid_print(const struct an_grid *table, FILE *out);
void an_grid_free(struct an_grid *table);

/* "1,234,567". out: at least 32 bytes. Returns out. */
char *an_text_count(unsigned long long value, char *out);
/* "1 verdict", "12 verdicts". out: at least AN_TEXT_COUNTED_MAX bytes. Returns out. */
enum { AN_TEXT_COUNTED_MAX = 64 };
char *an_text_counted(unsigned long long count, const char *one, const char *many, char *out);
/* "12.3 MB" (steps of 1,000). out: at least 32 bytes. Returns out. */
char *an_text_bytes(double bytes, char *out);
/* "0:12", "1:02:03". out: at least 32 bytes. Returns out. */
char *an_text_duration(double seconds, char *out);

#endif
