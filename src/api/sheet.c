#include "api/sheet.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <xlsxwriter.h>

struct cell {
    char *text; /* [own] NULL: a number */
    uint64_t number;
};

struct an_sheet {
    const char *const *headers;
    unsigned columns;
    size_t count, room, bytes;
    struct cell *cells;
    bool failed;
};

struct an_sheet *an_sheet_new(const char *const *headers, unsigned columns)
{
    an_assert(headers != NULL && columns > 0 && columns <= AN_SHEET_COLUMNS_MAX);
    struct an_sheet *sheet = calloc(1, sizeof *sheet);
    if (sheet == NULL) return NULL;
    sheet->headers = headers;
    sheet->columns = columns;
    return sheet;
}

void an_sheet_free(struct an_sheet *sheet)
{
    if (sheet == NULL) return;
    for (size_t i = 0; i < sheet->count; i++) free(sheet->cells[i].text);
    free(sheet->cells);
    free(sheet);
}

static struct cell *next_cell(struct an_sheet *sheet)
{
    if (sheet->count == sheet->room) {
        size_t room = sheet->room == 0 ? 256 : 2 * sheet->room;
        struct cell *cells = room > AN_SHEET_CELLS_MAX ? NULL : realloc(sheet->cells, room * sizeof *cells);
        if (cells == NULL) {
            sheet->failed = true;
            return NULL;
        }
        sheet->cells = cells;
        sheet->room = room;
    }
    struct cell *cell = &sheet->cells[sheet->count++];
    *cell = (struct cell) { 0 };
    return cell;
}

void an_sheet_text(struct an_sheet *sheet, const char *text)
{
    struct cell *cell = next_cell(sheet);
    if (cell == NULL) return;
    cell->text = strdup(text == NULL ? "" : text);
    sheet->failed |= cell->text == NULL;
    sheet->bytes += 5; /* quotes, apostrophe, what follows */
    for (const char *at = cell->text; at != NULL && *at != '\0'; at++) sheet->bytes += *at == '"' ? 2 : 1;
}

void an_sheet_number(struct an_sheet *sheet, uint64_t number)
{
    struct cell *cell = next_cell(sheet);
    if (cell != NULL) cell->number = number;
    sheet->bytes += 22;
}

size_t an_sheet_bytes(const struct an_sheet *sheet)
{
    return sheet->bytes;
}

/* What some spreadsheet takes for the beginning of a formula: full-width signs too, where the system speaks Chinese or
 * Japanese (OWASP, "CSV Injection"). */
static bool formula_like(const char *text)
{
    static const char *const wide[] = { "\xef\xbc\x9d", "\xef\xbc\x8b", "\xef\xbc\x8d", "\xef\xbc\xa0" }; /* ＝＋－＠ */
    for (size_t i = 0; i < sizeof wide / sizeof wide[0]; i++)
        if (strncmp(text, wide[i], strlen(wide[i])) == 0) return true;
    return text[0] != '\0' && strchr("=+-@\t\r\n", text[0]) != NULL;
}

static void csv_cell(struct an_text *out, const char *text)
{
    an_text_add(out, "\"", 1);
    if (formula_like(text)) an_text_add(out, "'", 1);
    for (const char *at = text; *at != '\0'; at++) {
        if (*at == '"') an_text_add(out, "\"", 1);
        an_text_add(out, at, 1);
    }
    an_text_add(out, "\"", 1);
}

void an_sheet_csv(const struct an_sheet *sheet, struct an_text *out)
{
    an_text_puts(out, "\xef\xbb\xbf");
    for (unsigned c = 0; c < sheet->columns; c++) {
        if (c > 0) an_text_puts(out, ",");
        csv_cell(out, sheet->headers[c]);
    }
    an_text_puts(out, "\r\n");
    for (size_t i = 0; i < sheet->count; i++) {
        if (i % sheet->columns > 0) an_text_puts(out, ",");
        if (sheet->cells[i].text != NULL)
            csv_cell(out, sheet->cells[i].text);
        else
            an_text_printf(out, "%llu", (unsigned long long)sheet->cells[i].number);
        if (i % sheet->columns == sheet->columns - 1) an_text_puts(out, "\r\n");
    }
    if (sheet->failed) out->failed = true;
}

/* Text as text: never worksheet_write(), which guesses formulas and links. */
static bool fill(lxw_worksheet *page, const struct an_sheet *sheet, lxw_format *bold)
{
    bool fine = true;
    for (unsigned c = 0; c < sheet->columns; c++)
        fine &= worksheet_write_string(page, 0, (lxw_col_t)c, sheet->headers[c], bold) == LXW_NO_ERROR;
    for (size_t i = 0; i < sheet->count; i++) {
        lxw_row_t row = (lxw_row_t)(1 + i / sheet->columns);
        lxw_col_t column = (lxw_col_t)(i % sheet->columns);
        const struct cell *cell = &sheet->cells[i];
        fine &= (cell->text != NULL
                     ? worksheet_write_string(page, row, column, cell->text, NULL)
                     : worksheet_write_number(page, row, column, (double)cell->number, NULL)) == LXW_NO_ERROR;
    }
    worksheet_set_column(page, 0, (lxw_col_t)(sheet->columns - 1), 18, NULL);
    worksheet_freeze_panes(page, 1, 0);
    return fine;
}

static enum an_err take_file(int fd, struct an_text *out)
{
    char bytes[65536];
    ssize_t n;
    if (lseek(fd, 0, SEEK_SET) != 0) return AN_ERR_IO;
    while ((n = read(fd, bytes, sizeof bytes)) > 0) an_text_add(out, bytes, (size_t)n);
    return n == 0 ? AN_OK : AN_ERR_IO;
}

/* The library writes files only: one in memory. */
enum an_err an_sheet_xlsx(const struct an_sheet *sheet, const char *name, struct an_text *out)
{
    char path[32];
    int fd = sheet->failed ? -1 : memfd_create("sheet", MFD_CLOEXEC);
    if (fd < 0) return AN_ERR_NO_MEMORY;
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    lxw_workbook *book = workbook_new(path);
    lxw_worksheet *page = book == NULL ? NULL : workbook_add_worksheet(book, name);
    lxw_format *bold = book == NULL ? NULL : workbook_add_format(book);
    if (bold != NULL) format_set_bold(bold);
    bool fine = page != NULL && fill(page, sheet, bold);
    if (book != NULL) fine &= workbook_close(book) == LXW_NO_ERROR;
    enum an_err err = fine ? take_file(fd, out) : AN_ERR_IO;
    close(fd);
    return err;
}
