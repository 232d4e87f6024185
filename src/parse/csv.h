/* CSV: takes records apart, one after another, out of a buffer that somebody else reads a file into. Layer: parse.
 * Pure, no allocation: cells are slices into the buffer, and only a cell with doubled quotes is copied, into a scratch
 * inside struct an_csv. Cost: one pass.
 *
 * Format: RFC 4180 (quotes, doubled quotes, line breaks inside quotes), and what real files add: LF alone, a byte order
 * mark, blank lines, `;` or tab as separator, blanks before an opening quote, a quote inside an unquoted cell. */
#ifndef ANNING_PARSE_CSV_H
#define ANNING_PARSE_CSV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/limits.h"
#include "base/slice.h"

/* A buffer of so many bytes always holds a record, or more than the limit allows. */
enum { AN_CSV_BUFFER_MIN = AN_RECORD_LINE_MAX + 8 };

struct an_csv {
    char separator;     /* ',', ';' or '\t' */
    bool begun, skipping;
    uint64_t line;      /* on which the record in cells began, from 1; of a failed record as well */
    uint64_t next_line;
    size_t count;       /* cells of the record */
    size_t scratch_used;
    struct an_slice cells[AN_RECORD_COLUMNS_MAX];
    char scratch[AN_RECORD_LINE_MAX];
};

/* separator: ',', ';', '\t', or '\0': the first record decides (see an_csv_separator). */
void an_csv_init(struct an_csv *csv, char separator);

/* The one of ',', ';' and tab that stands most often outside quotes in the first line of bytes; ',' when none does. */
char an_csv_separator(const char *bytes, size_t len);

/* Takes the next record at bytes apart into csv->cells [borrow: bytes and csv, until the next call].
 * last: nothing comes after bytes. *ret_used: bytes that are done with, set for every result.
 * AN_OK               a record
 * AN_ERR_MORE         it goes on behind bytes: come back with what is left of them and more behind; never when len is
 *                     AN_CSV_BUFFER_MIN or more, and never when last
 * AN_ERR_END          last, and nothing left
 * AN_ERR_MALFORMED, AN_ERR_LIMIT, AN_ERR_UNSUPPORTED   error says which line and column and what would be right. The
 *                     line on which the record began is passed over; the next call goes on behind it. */
enum an_err an_csv_next(struct an_csv *csv, const char *bytes, size_t len, bool last, size_t *ret_used,
                        struct an_error *error);

#endif
