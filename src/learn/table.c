#include "learn/table.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/utf8.h"

enum { NUMBER_BYTES = 64, ROWS_FIRST = 1024 };

/* ---- cells ---- */

static bool means_missing(struct an_slice text)
{
    static const char *const words[] = { "NA", "N/A", "NULL", "null", "None" };
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (an_slice_equal(text, an_slice_of(words[i]))) return true;
    return text.len == 0;
}

static bool means_no_number(struct an_slice text)
{
    static const char *const words[] = { "nan", "inf", "infinity", "-nan", "1.#inf", "1.#qnan", "-1.#ind" };
    if (text.len > 0 && (text.at[0] == '+' || text.at[0] == '-'))
        text = (struct an_slice) { text.at + 1, text.len - 1 };
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (an_slice_equal_nocase(text, an_slice_of(words[i]))) return true;
    return false;
}

/* Digits, with what may stand around them; strtod would also take hexadecimal and words. */
static bool looks_like_number(struct an_slice text)
{
    bool digit = false;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.at[i];
        if (an_is_digit(c))
            digit = true;
        else if (c != '.' && c != '-' && c != '+' && (!digit || (c != 'e' && c != 'E')))
            return false;
    }
    return digit && text.len < NUMBER_BYTES;
}

enum an_err an_cell_read(struct an_slice text, enum an_cell *ret_kind, float *ret_number, struct an_error *error)
{
    an_assert(ret_kind != NULL && ret_number != NULL);
    text = an_slice_trim(text);
    *ret_number = NAN;
    *ret_kind = AN_CELL_EMPTY;
    if (means_missing(text)) return AN_OK;
    if (means_no_number(text))
        return an_fail(error, AN_ERR_INVALID, "\"%.*s\" is no number; leave the cell empty where a value is missing",
                       (int)text.len, text.at);
    *ret_kind = AN_CELL_WORD;
    if (!looks_like_number(text)) return AN_OK;
    char digits[NUMBER_BYTES], *end;
    an_slice_copy(text, digits, sizeof digits);
    double value = strtod(digits, &end);
    if (*end != '\0') return AN_OK;          /* "1-2", a date or the like */
    if (!(fabs(value) < 3e38)) return AN_OK; /* 48457e8911, a piece of hexadecimal */
    *ret_kind = AN_CELL_NUMBER;
    *ret_number = (float)value;
    return AN_OK;
}

/* ---- words ---- */

static uint32_t *slot_of(const struct an_words *w, const char *word, size_t len)
{
    uint32_t mask = w->slot_count - 1;
    uint32_t at = (uint32_t)an_hash64(word, len, 0) & mask;
    while (w->slots[at] != 0) {
        const char *have = w->at[w->slots[at] - 1];
        if (strncmp(have, word, len) == 0 && have[len] == '\0') break;
        at = (at + 1) & mask;
    }
    return &w->slots[at];
}

static bool make_room_for_word(struct an_words *w)
{
    if (w->count < w->room) return true;
    uint32_t room = w->room == 0 ? 16 : w->room * 2, slots = room * 2;
    char **at = reallocarray(w->at, room, sizeof *at);
    if (at != NULL) w->at = at;
    uint32_t *rows = reallocarray(w->rows, room, sizeof *rows);
    if (rows != NULL) w->rows = rows;
    uint32_t *fresh = calloc(slots, sizeof *fresh);
    if (at == NULL || rows == NULL || fresh == NULL) {
        free(fresh);
        return false;
    }
    free(w->slots);
    w->slots = fresh;
    w->slot_count = slots;
    w->room = room;
    for (uint32_t i = 0; i < w->count; i++) *slot_of(w, w->at[i], strlen(w->at[i])) = i + 1;
    return true;
}

/* The word's number; UINT32_MAX: not kept. */
static enum an_err take_word(struct an_words *w, struct an_slice text, uint32_t *ret_word)
{
    *ret_word = UINT32_MAX;
    size_t len = text.len < AN_TABLE_WORD_MAX ? text.len : AN_TABLE_WORD_MAX;
    if (memchr(text.at, '\0', len) != NULL) len = strlen(text.at);
    if (!make_room_for_word(w)) return AN_ERR_NO_MEMORY;
    uint32_t *slot = slot_of(w, text.at, len);
    if (*slot == 0) {
        if (w->count == AN_TABLE_WORDS_MAX) {
            w->full = true;
            return AN_OK;
        }
        w->at[w->count] = strndup(text.at, len);
        if (w->at[w->count] == NULL) return AN_ERR_NO_MEMORY;
        w->rows[w->count] = 0;
        *slot = ++w->count;
    }
    *ret_word = *slot - 1;
    w->rows[*ret_word]++;
    return AN_OK;
}

static void words_done(struct an_words *w)
{
    for (uint32_t i = 0; i < w->count; i++) free(w->at[i]);
    free(w->at);
    free(w->rows);
    free(w->slots);
}

/* ---- columns ---- */

static void take_name(struct an_table_column *column, struct an_slice name, size_t position)
{
    name = an_slice_trim(name);
    if (name.len == 0) {
        snprintf(column->name, sizeof column->name, "column %zu", position + 1);
        return;
    }
    an_slice_copy(name, column->name, sizeof column->name);
    for (char *c = column->name; *c != '\0'; c++)
        if ((unsigned char)*c < ' ' || *c == 0x7f) *c = '?';
}

static enum an_err check_names(const struct an_table *table, const struct an_slice *names, struct an_error *error)
{
    bool word = false;
    for (uint32_t c = 0; c < table->count; c++) {
        enum an_cell kind;
        float number;
        if (an_cell_read(names[c], &kind, &number, NULL) != AN_OK || kind == AN_CELL_WORD) word = true;
        for (uint32_t b = 0; b < c; b++)
            if (strcmp(table->columns[b].name, table->columns[c].name) == 0)
                return an_fail(error, AN_ERR_INVALID, "columns %u and %u are both named \"%s\"", b + 1, c + 1,
                               table->columns[c].name);
    }
    if (word) return AN_OK;
    return an_fail(error, AN_ERR_INVALID,
                   "the first line holds no names; a line with a name for each column is needed");
}

enum an_err an_table_begin(struct an_table *table, const struct an_slice *names, size_t count, struct an_error *error)
{
    an_assert(table != NULL && (names != NULL || count == 0));
    *table = (struct an_table) { 0 };
    if (count == 0) return an_fail(error, AN_ERR_INVALID, "no columns");
    if (count > AN_RECORD_COLUMNS_MAX)
        return an_fail(error, AN_ERR_LIMIT, "%zu columns, over the limit AN_RECORD_COLUMNS_MAX, %d", count,
                       AN_RECORD_COLUMNS_MAX);
    for (size_t c = 0; c < count; c++) {
        if (!an_utf8_valid(names[c]))
            return an_fail(error, AN_ERR_INVALID, "the name of column %zu is not UTF-8; save the table as UTF-8",
                           c + 1);
        if (names[c].len > AN_TABLE_NAME_MAX)
            return an_fail(error, AN_ERR_LIMIT,
                           "the name of column %zu has %zu bytes, over the limit AN_TABLE_NAME_MAX, %d", c + 1,
                           names[c].len, AN_TABLE_NAME_MAX);
    }
    table->columns = calloc(count, sizeof *table->columns);
    if (table->columns == NULL) return an_fail(error, AN_ERR_NO_MEMORY, "no memory for %zu columns", count);
    table->count = (uint32_t)count;
    table->rows_max = AN_TABLE_CELLS_MAX / count < AN_TABLE_ROWS_MAX ? AN_TABLE_CELLS_MAX / count : AN_TABLE_ROWS_MAX;
    for (size_t c = 0; c < count; c++) {
        take_name(&table->columns[c], names[c], c);
        table->columns[c].whole = table->columns[c].rising = true;
    }
    enum an_err err = check_names(table, names, error);
    if (err != AN_OK) an_table_done(table);
    return err;
}

void an_table_done(struct an_table *table)
{
    if (table == NULL) return;
    for (uint32_t c = 0; c < table->count; c++) {
        free(table->columns[c].cells);
        free(table->columns[c].kinds);
        words_done(&table->columns[c].words);
    }
    free(table->columns);
    *table = (struct an_table) { 0 };
}

int an_table_find(const struct an_table *table, const char *name)
{
    for (uint32_t c = 0; c < table->count; c++)
        if (strcmp(table->columns[c].name, name) == 0) return (int)c;
    return -1;
}

enum an_cell an_table_kind(const struct an_table_column *column, size_t row)
{
    if (column->kinds != NULL) return (enum an_cell)column->kinds[row];
    return isnan(column->cells[row]) ? AN_CELL_EMPTY : AN_CELL_NUMBER;
}

/* ---- rows ---- */

static bool make_room(struct an_table *table)
{
    size_t room = table->room == 0 ? ROWS_FIRST : table->room * 2;
    for (uint32_t c = 0; c < table->count; c++) {
        struct an_table_column *column = &table->columns[c];
        float *cells = reallocarray(column->cells, room, sizeof *cells);
        if (cells == NULL) return false;
        column->cells = cells;
        if (column->kinds == NULL) continue;
        uint8_t *kinds = realloc(column->kinds, room);
        if (kinds == NULL) return false;
        column->kinds = kinds;
    }
    table->room = room;
    return true;
}

/* The first word of a column: from here on each cell says what it is. */
static bool begin_kinds(struct an_table *table, struct an_table_column *column)
{
    if (column->kinds != NULL) return true;
    uint8_t *kinds = malloc(table->room);
    if (kinds == NULL) return false;
    for (size_t r = 0; r < table->rows; r++) kinds[r] = (uint8_t)an_table_kind(column, r);
    column->kinds = kinds;
    return true;
}

/* How numbers are written tells identifiers from measures. */
static void note_number(struct an_table_column *column, struct an_slice text, float value, size_t row)
{
    text = an_slice_trim(text);
    for (size_t i = 0; i < text.len; i++)
        if (!an_is_digit(text.at[i])) column->whole = false;
    uint8_t length = (uint8_t)text.len;
    if (column->numbers == 0) column->length_least = column->length_most = length;
    if (length < column->length_least) column->length_least = length;
    if (length > column->length_most) column->length_most = length;
    if (row > 0 && !(value > column->cells[row - 1])) column->rising = false;
    column->numbers++;
}

static enum an_err take_cell(struct an_table *table, struct an_table_column *column, struct an_slice text,
                             uint64_t line, struct an_error *error)
{
    enum an_cell kind;
    float value;
    size_t row = table->rows;
    struct an_error reason;
    enum an_err err = an_cell_read(text, &kind, &value, &reason);
    if (err != AN_OK)
        return an_fail(error, err, "line %llu, column %s: %s", (unsigned long long)line, column->name, reason.text);
    if (kind == AN_CELL_WORD) {
        uint32_t word;
        if (!an_utf8_valid(text))
            return an_fail(error, AN_ERR_INVALID, "line %llu, column %s: not UTF-8; save the table as UTF-8",
                           (unsigned long long)line, column->name);
        if (!begin_kinds(table, column) || take_word(&column->words, an_slice_trim(text), &word) != AN_OK)
            return an_fail(error, AN_ERR_NO_MEMORY, "no memory for the words of column %s", column->name);
        value = (float)word;
        column->worded++;
        if (column->first_word_line == 0) column->first_word_line = line;
    } else if (kind == AN_CELL_NUMBER) {
        note_number(column, text, value, row);
        if (column->first_number_line == 0) column->first_number_line = line;
    } else {
        column->empty++;
        column->rising = false;
    }
    column->cells[row] = value;
    if (column->kinds != NULL) column->kinds[row] = (uint8_t)kind;
    return AN_OK;
}

enum an_err an_table_row(struct an_table *table, const struct an_slice *cells, size_t count, uint64_t line,
                         struct an_error *error)
{
    an_assert(table != NULL && cells != NULL);
    if (count != table->count)
        return an_fail(error, AN_ERR_INVALID, "line %llu: %zu cells; the first line names %u columns",
                       (unsigned long long)line, count, table->count);
    if (table->rows == table->rows_max)
        return an_fail(error, AN_ERR_LIMIT,
                       "line %llu: more than %zu rows of %u columns, over the limits AN_TABLE_ROWS_MAX, %d, or "
                       "AN_TABLE_CELLS_MAX, %d",
                       (unsigned long long)line, table->rows_max, table->count, AN_TABLE_ROWS_MAX, AN_TABLE_CELLS_MAX);
    if (table->rows == table->room && !make_room(table))
        return an_fail(error, AN_ERR_NO_MEMORY, "no memory for more than %zu rows", table->rows);
    for (size_t c = 0; c < count; c++) {
        enum an_err err = take_cell(table, &table->columns[c], cells[c], line, error);
        if (err != AN_OK) return err;
    }
    table->rows++;
    return AN_OK;
}
