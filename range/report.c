/* The scoreboard as a table: defences beside each other, figures below each other. */
#include <stdlib.h>
#include <string.h>

#include "range/report_private.h"
#include "range/text.h"

enum { LABEL_COLUMNS = 58, CELL_COLUMNS = 12, LABEL_COLUMNS_MIN = 24 };

struct table {
    FILE *out;
    size_t n;
    const struct ar_paper *paper;
    bool narrow; /* one language, no intervals, columns as wide as what is in them */
    int label_columns, cell_columns[AR_REPORT_MAX];
};

static void blanks(FILE *out, int count)
{
    for (int i = 0; i < count; i++) fputc(' ', out);
}

static int longest(int a, int b)
{
    return a > b ? a : b;
}

/* Without intervals, nothing about them is said either. */
static void heading(const struct table *table, const char *text, char *out, size_t room)
{
    snprintf(out, room, "%s", text);
    char *more = strstr(out, " ±");
    if (table->narrow && more != NULL) *more = '\0';
}

static void section(void *user, const char *en, const char *zh)
{
    struct table *table = user;
    char english[128], chinese[128];
    const char *bold = table->paper->colour ? "\033[1m" : "", *plain = table->paper->colour ? "\033[0m" : "";
    int room = (int)table->paper->columns;
    heading(table, en, english, sizeof english);
    heading(table, zh, chinese, sizeof chinese);
    bool fits = room == 0 || ar_text_columns(english) + ar_text_columns(chinese) + 2 <= room;
    fprintf(table->out, "\n%s%s%s%s%s\n", bold, english, fits ? "  " : "\n", chinese, plain);
}

static void print_cut_dots(FILE *out, const char *text, int columns)
{
    bool cut = ar_text_columns(text) > columns;
    int used = ar_text_put(out, text, cut ? columns - 2 : columns);
    if (cut) used += ar_text_put(out, "..", 2);
    blanks(out, columns - used);
}

static void print_label(const struct table *table, const char *en, const char *zh)
{
    int left = table->label_columns - 2;
    fputs("  ", table->out);
    if (table->narrow) {
        print_cut_dots(table->out, table->paper->chinese ? zh : en, left);
        return;
    }
    print_cut_dots(table->out, en, left - ar_text_columns(zh) - 1);
    fprintf(table->out, " %s", zh);
}

/* A cell without its interval where columns are short: "62.1±2.07", "0 ≤0.4". */
static void cell_text(const struct table *table, const char *cell, char out[AR_CELL_MAX])
{
    snprintf(out, AR_CELL_MAX, "%s", cell);
    if (!table->narrow) return;
    char *more = strstr(out, "±");
    if (more == NULL) more = strstr(out, " ≤");
    if (more != NULL) *more = '\0';
}

static void row(void *user, const struct ar_figure *figure)
{
    struct table *table = user;
    char cell[AR_CELL_MAX];
    print_label(table, figure->en, figure->zh);
    for (size_t i = 0; i < table->n; i++) {
        bool own = table->paper->colour && i + 1 == table->n && table->n > 1;
        cell_text(table, figure->cells[i], cell);
        blanks(table->out, longest(table->cell_columns[i] - ar_text_columns(cell), 0) + 1);
        fprintf(table->out, "%s%s%s", own ? "\033[36m" : "", cell, own ? "\033[0m" : "");
    }
    fputc('\n', table->out);
}

/* ---- how wide ---- */

static void measure_section(void *user, const char *en, const char *zh)
{
    (void)user;
    (void)en;
    (void)zh;
}

static void measure_row(void *user, const struct ar_figure *figure)
{
    struct table *table = user;
    char cell[AR_CELL_MAX];
    for (size_t i = 0; i < table->n; i++) {
        cell_text(table, figure->cells[i], cell);
        table->cell_columns[i] = longest(table->cell_columns[i], ar_text_columns(cell));
    }
}

/* The full layout where it fits, else the narrow one. */
static void lay_out(struct table *table, const struct ar_result *results)
{
    int room = (int)table->paper->columns;
    table->label_columns = LABEL_COLUMNS;
    for (size_t i = 0; i < table->n; i++) table->cell_columns[i] = CELL_COLUMNS;
    if (room == 0 || LABEL_COLUMNS + (int)table->n * (CELL_COLUMNS + 1) <= room) return;
    const struct ar_figures_sink sink = { table, measure_section, measure_row };
    table->narrow = true;
    for (size_t i = 0; i < table->n; i++) table->cell_columns[i] = ar_text_columns(results[i].defence);
    ar_report_figures(results, table->n, &sink);
    for (size_t i = 0; i < table->n; i++) room -= table->cell_columns[i] + 1;
    table->label_columns = room > LABEL_COLUMNS ? LABEL_COLUMNS : longest(room, LABEL_COLUMNS_MIN);
}

static void print_head(struct table *table, const struct ar_result *results)
{
    const struct ar_result *first = &results[0];
    char people[32];
    ar_text_count(first->subscribers, people, sizeof people);
    fprintf(table->out, "%s: %s subscribers, %.1f days, seed %llu%s%s%s\n", first->scenario, people,
            first->simulated_s / 86400, (unsigned long long)first->seed, first->split[0] == '\0' ? "" : " (",
            first->split, first->split[0] == '\0' ? "" : ")");
    for (size_t i = 0; i < table->n; i++)
        if (!results[i].whole && results[i].why[0] != '\0')
            fprintf(table->out, "%s ended early after %.2f days: %s\n", results[i].defence,
                    results[i].simulated_s / 86400, results[i].why);
    fputc('\n', table->out);
    blanks(table->out, table->label_columns);
    for (size_t i = 0; i < table->n; i++) fprintf(table->out, " %*s", table->cell_columns[i], results[i].defence);
    fputc('\n', table->out);
}

void ar_report_terminal(FILE *out, const struct ar_result *results, size_t n, const struct ar_paper *paper)
{
    an_assert(n > 0 && n <= AR_REPORT_MAX && paper != NULL);
    struct table table = { .out = out, .n = n, .paper = paper };
    const struct ar_figures_sink sink = { &table, section, row };
    lay_out(&table, results);
    print_head(&table, results);
    ar_report_figures(results, n, &sink);
}
