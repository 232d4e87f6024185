/* Tables for people who use spreadsheets: CSV (RFC 4180, UTF-8 with a byte order mark, which Excel wants) and XLSX
 * (libxlsxwriter). Layer: api. A cell that a spreadsheet would take for a formula (=, +, -, @, tab, carriage return
 * first) gets an apostrophe in front in CSV and is plain text in XLSX: hostile names stay inert. Memory: the whole
 * table, bounded by the answer. */
#ifndef ANNING_API_SHEET_H
#define ANNING_API_SHEET_H

#include "api/text.h"
#include "base/err.h"

enum { AN_SHEET_COLUMNS_MAX = 16, AN_SHEET_CELLS_MAX = 1 << 21 };

struct an_sheet;

/* headers: [borrow] columns of them. NULL: no memory. */
struct an_sheet *an_sheet_new(const char *const *headers, unsigned columns);
void an_sheet_free(struct an_sheet *sheet);
/* The next cell, row by row. */
void an_sheet_text(struct an_sheet *sheet, const char *text);
void an_sheet_number(struct an_sheet *sheet, uint64_t number);
/* As CSV it is at most so long: an answer has its limit. */
size_t an_sheet_bytes(const struct an_sheet *sheet);

void an_sheet_csv(const struct an_sheet *sheet, struct an_text *out);
/* name: of the page. AN_OK, AN_ERR_NO_MEMORY, AN_ERR_IO. */
enum an_err an_sheet_xlsx(const struct an_sheet *sheet, const char *name, struct an_text *out);

#endif
