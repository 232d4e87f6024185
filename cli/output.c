#include "cli/output.h"

#include <langinfo.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>

#include "base/err.h"
#include "base/utf8.h"
#include "cli/cli.h"

void an_output_init(void)
{
    setlocale(LC_CTYPE, "");
    if (strcmp(nl_langinfo(CODESET), "UTF-8") != 0) setlocale(LC_CTYPE, "C.UTF-8");
}

bool an_output_has_colour(FILE *out)
{
    const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");
    if (no_color != NULL && no_color[0] != '\0') return false;
    if (term == NULL || strcmp(term, "dumb") == 0) return false;
    return isatty(fileno(out)) == 1;
}

const char *an_style(FILE *out, enum an_style style)
{
    static const char *const codes[] = {
        "\033[0m", "\033[1m", "\033[2m", "\033[31m", "\033[32m", "\033[33m", "\033[34m"
    };
    an_assert((unsigned)style < sizeof codes / sizeof *codes);
    return an_output_has_colour(out) ? codes[style] : "";
}

size_t an_text_width(const char *text)
{
    an_assert(text != NULL);
    size_t width = 0, left = strlen(text);
    mbstate_t state = { 0 };
    while (left > 0) {
        if (text[0] == '\033' && text[1] == '[') { /* as an_style writes them: ESC [ digits m */
            size_t len = 2 + strcspn(text + 2, "m");
            len += text[len] == 'm';
            text += len;
            left -= len;
            continue;
        }
        wchar_t wide;
        size_t len = mbrtowc(&wide, text, left, &state);
        int columns = 1;
        if (len == 0 || len > left) { /* not UTF-8 */
            len = 1;
            state = (mbstate_t) { 0 };
        } else {
            columns = wcwidth(wide);
        }
        width += columns < 0 ? 0 : (size_t)columns;
        text += len;
        left -= len;
    }
    return width;
}

void an_text_wrap(FILE *out, const char *text, size_t width, size_t indent)
{
    char word[256];
    size_t used = 0;
    while (*text != '\0') {
        size_t len = strcspn(text, " ");
        len = len < sizeof word ? len : sizeof word - 1;
        memcpy(word, text, len);
        word[len] = '\0';
        size_t wide = an_text_width(word);
        if (used > 0 && used + 1 + wide > width) {
            fprintf(out, "\n%*s", (int)indent, "");
            used = 0;
        }
        fprintf(out, "%s%s", used > 0 ? " " : "", word);
        used += wide + (used > 0);
        text += len;
        text += strspn(text, " ");
    }
}

void an_text_pad(FILE *out, const char *text, size_t width, bool right)
{
    size_t taken = an_text_width(text);
    int blanks = taken < width ? (int)(width - taken) : 0;
    if (right)
        fprintf(out, "%*s%s", blanks, "", text);
    else
        fprintf(out, "%s%*s", text, blanks, "");
}

struct an_grid {
    size_t columns, rows, room;
    bool right[AN_GRID_COLUMNS_MAX], text[AN_GRID_COLUMNS_MAX];
    size_t widths[AN_GRID_COLUMNS_MAX];
    char **cells; /* [own] row by row, the header first; a NULL first cell makes a rule */
};

static void *need(void *memory)
{
    if (memory == NULL) exit(an_cli_fail(AN_EXIT_ENVIRONMENT, "out of memory"));
    return memory;
}

static char **add_row(struct an_grid *table)
{
    if (table->rows == table->room) {
        table->room = table->room == 0 ? 16 : table->room * 2;
        table->cells = need(realloc(table->cells, table->room * table->columns * sizeof *table->cells));
    }
    char **row = table->cells + table->rows++ * table->columns;
    memset(row, 0, table->columns * sizeof *row);
    return row;
}

void an_grid_row(struct an_grid *table, const char *const *cells)
{
    an_assert(table != NULL && cells != NULL);
    char **row = add_row(table);
    for (size_t i = 0; i < table->columns; i++) {
        row[i] = an_utf8_inert(need(strdup(cells[i] == NULL ? "" : cells[i])));
        size_t width = an_text_width(row[i]);
        if (width > table->widths[i]) table->widths[i] = width;
    }
}

struct an_grid *an_grid_new(size_t count, const char *const *headers)
{
    an_assert(count > 0 && count <= AN_GRID_COLUMNS_MAX && headers != NULL);
    struct an_grid *table = need(calloc(1, sizeof *table));
    const char *plain[AN_GRID_COLUMNS_MAX];
    table->columns = count;
    for (size_t i = 0; i < count; i++) {
        table->right[i] = headers[i][0] == '>';
        table->text[i] = headers[i][0] == '~';
        plain[i] = headers[i] + (table->right[i] || table->text[i]);
    }
    an_grid_row(table, plain);
    return table;
}

void an_grid_rule(struct an_grid *table)
{
    add_row(table);
}

/* The first columns on one line, the rest below it. */
static void print_row(const struct an_grid *table, size_t index, size_t columns, FILE *out)
{
    char *const *row = table->cells + index * table->columns;
    if (index == 0) fputs(an_style(out, AN_STYLE_BOLD), out);
    size_t filled = columns; /* no blanks at the end of a line */
    while (filled > 1 && row[filled - 1][0] == '\0') filled--;
    for (size_t i = 0; i < filled; i++) {
        bool last = i + 1 == filled;
        an_text_pad(out, row[i], last && !table->right[i] ? 0 : table->widths[i], table->right[i]);
        if (!last) fputs("  ", out);
    }
    if (index == 0) fputs(an_style(out, AN_STYLE_PLAIN), out);
    fputc('\n', out);
    for (size_t i = columns; i < table->columns; i++)
        if (index > 0 && row[i][0] != '\0') fprintf(out, "  %s\n", row[i]);
}

static size_t width_of_columns(const struct an_grid *table, size_t columns)
{
    size_t whole = (columns - 1) * 2;
    for (size_t i = 0; i < columns; i++) whole += table->widths[i];
    return whole;
}

/* How many columns share a line: all of them, unless out is a terminal too narrow for the long texts. */
static size_t columns_on_line(const struct an_grid *table, FILE *out)
{
    struct winsize size = { 0 };
    size_t columns = table->columns;
    if (ioctl(fileno(out), TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return columns;
    if (width_of_columns(table, columns) <= size.ws_col) return columns;
    while (columns > 1 && table->text[columns - 1]) columns--;
    return columns;
}

void an_grid_print(const struct an_grid *table, FILE *out)
{
    an_assert(table != NULL && out != NULL);
    size_t columns = columns_on_line(table, out), whole = width_of_columns(table, columns);
    for (size_t row = 0; row < table->rows; row++) {
        bool rule = table->cells[row * table->columns] == NULL;
        if (!rule) print_row(table, row, columns, out);
        if (!rule && row > 0) continue;
        for (size_t i = 0; i < whole; i++) fputc('-', out);
        fputc('\n', out);
    }
}

void an_grid_free(struct an_grid *table)
{
    if (table == NULL) return;
    for (size_t i = 0; i < table->rows * table->columns; i++) free(table->cells[i]);
    free(table->cells);
    free(table);
}

char *an_text_count(unsigned long long value, char *out)
{
    char digits[24];
    int len = snprintf(digits, sizeof digits, "%llu", value), at = 0;
    for (int i = 0; i < len; i++) {
        if (i > 0 && (len - i) % 3 == 0) out[at++] = ',';
        out[at++] = digits[i];
    }
    out[at] = '\0';
    return out;
}

char *an_text_counted(unsigned long long count, const char *one, const char *many, char *out)
{
    snprintf(out, AN_TEXT_COUNTED_MAX, "%llu %s", count, count == 1 ? one : many);
    return out;
}

char *an_text_bytes(double bytes, char *out)
{
    static const char *const units[] = { "B", "kB", "MB", "GB", "TB", "PB" };
    size_t unit = 0;
    while (bytes >= 999.5 && unit + 1 < sizeof units / sizeof *units) {
        bytes /= 1000;
        unit++;
    }
    snprintf(out, 32, unit == 0 || bytes >= 99.95 ? "%.0f %s" : "%.1f %s", bytes, units[unit]);
    return out;
}

char *an_text_duration(double seconds, char *out)
{
    unsigned long whole = seconds < 0 ? 0 : seconds > 3.6e8 ? 360000000ul : (unsigned long)(seconds + 0.5);
    if (whole < 3600)
        snprintf(out, 32, "%lu:%02lu", whole / 60, whole % 60);
    else
        snprintf(out, 32, "%lu:%02lu:%02lu", whole / 3600, whole / 60 % 60, whole % 60);
    return out;
}
