/* The scoreboard as a table: defences beside each other, figures below each other. */
#include <stdlib.h>
#include <string.h>

#include "range/report_private.h"

enum { LABEL_COLUMNS = 58, CELL_COLUMNS = 12 };

struct table {
    FILE *out;
    size_t n;
    bool colour;
};

/* One code point of UTF-8; 2 for East Asian wide ones, as far as this table uses any. */
static int columns_of(const char **text)
{
    const unsigned char *c = (const unsigned char *)*text;
    int len = c[0] < 0x80 ? 1 : c[0] < 0xe0 ? 2 : c[0] < 0xf0 ? 3 : 4;
    *text += len;
    return len == 3 && c[0] >= 0xe3 ? 2 : 1; /* U+3000 and up */
}

static int width(const char *text)
{
    int sum = 0;
    while (*text != '\0') sum += columns_of(&text);
    return sum;
}

static void blanks(FILE *out, int count)
{
    for (int i = 0; i < count; i++) fputc(' ', out);
}

/* Text cut to the columns there are. */
static int print_cut(FILE *out, const char *text, int columns)
{
    int used = 0;
    while (*text != '\0') {
        const char *next = text;
        int wide = columns_of(&next);
        if (used + wide > columns) break;
        fwrite(text, 1, (size_t)(next - text), out);
        used += wide;
        text = next;
    }
    return used;
}

static void section(void *user, const char *en, const char *zh)
{
    struct table *table = user;
    fprintf(table->out, "\n%s%s  %s%s\n", table->colour ? "\033[1m" : "", en, zh, table->colour ? "\033[0m" : "");
}

static void print_label(FILE *out, const char *en, const char *zh)
{
    int right = width(zh), left = LABEL_COLUMNS - right - 3;
    fputs("  ", out);
    bool cut = width(en) > left;
    int used = print_cut(out, en, cut ? left - 2 : left);
    if (cut) used += print_cut(out, "..", 2);
    blanks(out, left - used + 1);
    fputs(zh, out);
}

static void row(void *user, const struct ar_figure *figure)
{
    struct table *table = user;
    print_label(table->out, figure->en, figure->zh);
    for (size_t i = 0; i < table->n; i++) {
        bool own = table->colour && i + 1 == table->n && table->n > 1;
        int wide = width(figure->cells[i]);
        blanks(table->out, wide < CELL_COLUMNS ? CELL_COLUMNS - wide + 1 : 1);
        fprintf(table->out, "%s%s%s", own ? "\033[36m" : "", figure->cells[i], own ? "\033[0m" : "");
    }
    fputc('\n', table->out);
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
    blanks(table->out, LABEL_COLUMNS);
    for (size_t i = 0; i < table->n; i++) fprintf(table->out, " %*s", CELL_COLUMNS, results[i].defence);
    fputc('\n', table->out);
}

void ar_report_terminal(FILE *out, const struct ar_result *results, size_t n, bool colour)
{
    struct table table = { out, n, colour };
    const struct ar_figures_sink sink = { &table, section, row };
    print_head(&table, results);
    ar_report_figures(results, n, &sink);
}
