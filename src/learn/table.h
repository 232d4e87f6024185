/* A table as it comes in: cells of text, row by row, kept as numbers and words. Layer: learn.
 *
 * A cell is empty (missing), a number, or a word. Numbers are decimal, with or without exponent; NA, N/A, NULL, null
 * and None mean missing; nan and inf in any spelling are refused, since nobody knows what their writer meant. Words are
 * numbered per column. Memory: 4 bytes a cell, and the words. */
#ifndef ANNING_LEARN_TABLE_H
#define ANNING_LEARN_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/limits.h"
#include "base/slice.h"

enum an_cell { AN_CELL_EMPTY, AN_CELL_NUMBER, AN_CELL_WORD };

/* What is in a cell. AN_OK; AN_ERR_INVALID: nan or inf; error says what, not where. A number
 * too large for a float is a word. */
enum an_err an_cell_read(struct an_slice text, enum an_cell *ret_kind, float *ret_number, struct an_error *error);

/* Words by number, in the order they came. */
struct an_words {
    uint32_t count, room, slot_count;
    char **at;       /* [own] */
    uint32_t *rows;  /* [own] how many cells hold it */
    uint32_t *slots; /* [own] open addressing, 0: free, else word + 1 */
    bool full;       /* more than AN_TABLE_WORDS_MAX came: the rest is not kept */
};

struct an_table_column {
    char name[AN_TABLE_NAME_MAX + 1];
    float *cells;   /* [own] the number; of a word its number (see words); NaN when empty */
    uint8_t *kinds; /* [own] enum an_cell; NULL: no word yet, a cell that is not NaN is a number */
    struct an_words words;
    size_t empty, numbers, worded;
    uint64_t first_word_line, first_number_line; /* 0: none */
    /* of the numbers as they were written: */
    bool whole;                        /* all without fraction, exponent and sign */
    uint8_t length_least, length_most; /* characters */
    bool rising;                       /* each one above the one before, and none missing */
};

struct an_table {
    uint32_t count;
    size_t rows, room, rows_max;
    struct an_table_column *columns; /* [own] */
};

/* names: of the columns. AN_OK; AN_ERR_INVALID (a name twice, or none that is a word), AN_ERR_LIMIT, AN_ERR_NO_MEMORY.
 * An empty name becomes "column 3"; control characters become '?'. */
enum an_err an_table_begin(struct an_table *table, const struct an_slice *names, size_t count, struct an_error *error);
/* One row; line is where it stands, for messages. AN_OK; AN_ERR_INVALID (other than count cells, a cell that is
 * refused), AN_ERR_LIMIT (AN_TABLE_ROWS_MAX, AN_TABLE_CELLS_MAX), AN_ERR_NO_MEMORY. */
enum an_err an_table_row(struct an_table *table, const struct an_slice *cells, size_t count, uint64_t line,
                         struct an_error *error);
void an_table_done(struct an_table *table);

/* Column by name; -1: none. */
int an_table_find(const struct an_table *table, const char *name);
enum an_cell an_table_kind(const struct an_table_column *column, size_t row);

#endif
