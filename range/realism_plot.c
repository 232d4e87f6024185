#include "range/realism_plot.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "range/random.h"

enum { COLUMNS = 5, CELL_W = 190, CELL_H = 150, PLOT_W = 160, PLOT_H = 84, HEAD = 64, STEPS = 60 };

static const char style[] =
    "<style>\n"
    "text{font:11px system-ui,sans-serif;fill:#1c2733}.m{fill:#5b6875}.t{font-size:15px;font-weight:600}\n"
    ".p{fill:#fff}.f{fill:none;stroke:#d5dbe1}.a{fill:none;stroke:#c2571a;stroke-width:2}\n"
    ".b{fill:none;stroke:#1667a8;stroke-width:2;stroke-dasharray:5 3}\n"
    "@media(prefers-color-scheme:dark){text{fill:#e6ebf0}.m{fill:#9aa7b4}.p{fill:#12181f}.f{stroke:#36414d}\n"
    ".a{stroke:#f59a5c}.b{stroke:#6db5ee}}\n</style>\n";

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    if (isnan(x) || isnan(y)) return isnan(x) - isnan(y);
    return (x > y) - (x < y);
}

static size_t sorted(double *values, size_t count)
{
    if (count > 0) qsort(values, count, sizeof *values, by_value);
    while (count > 0 && isnan(values[count - 1])) count--;
    return count;
}

static double share_to(const double *values, size_t count, double x)
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (values[middle] <= x)
            low = middle + 1;
        else
            high = middle;
    }
    return count == 0 ? 0 : (double)low / (double)count;
}

/* Heavy tails are drawn over log(1 + x), small ranges as they are. */
struct axis {
    double from, to;
    bool log;
};

static double value_at(const struct axis *axis, double part)
{
    if (!axis->log) return axis->from + part * (axis->to - axis->from);
    double low = ar_ln(1 + axis->from), high = ar_ln(1 + axis->to);
    return ar_exp(low + part * (high - low)) - 1;
}

static void curve(FILE *out, const char *class, const double *values, size_t count, const struct axis *axis)
{
    fprintf(out, "<path class=\"%s\" d=\"M", class);
    for (int i = 0; i <= STEPS; i++) {
        double part = (double)i / STEPS;
        fprintf(out, "%s%.1f %.1f", i == 0 ? "" : "L", part * PLOT_W,
                PLOT_H * (1 - share_to(values, count, value_at(axis, part))));
    }
    fprintf(out, "\"/>\n");
}

static void cell(FILE *out, int f, struct ar_realism_set *table, struct ar_realism_set *simulated, double distance)
{
    size_t m = sorted(table->values[f], table->count), n = sorted(simulated->values[f], simulated->count);
    if (m == 0 || n == 0) return;
    const double *a = table->values[f], *b = simulated->values[f];
    double low = a[m / 100] < b[n / 100] ? a[m / 100] : b[n / 100];
    double high_a = a[m - 1 - m / 100], high_b = b[n - 1 - n / 100], high = high_a > high_b ? high_a : high_b;
    struct axis axis = { low < 0 ? 0 : low, high > low ? high : low + 1, high > 40 };
    fprintf(out, "<g transform=\"translate(%d %d)\">\n", 20 + f % COLUMNS * CELL_W, HEAD + f / COLUMNS * CELL_H);
    fprintf(out, "<text y=\"10\">%s</text><text class=\"m\" x=\"%d\" y=\"24\" text-anchor=\"end\">KS %.2f</text>\n",
            ar_realism_name((enum ar_realism_feature)f), PLOT_W, distance);
    fprintf(out, "<g transform=\"translate(0 30)\"><rect class=\"f\" width=\"%d\" height=\"%d\"/>\n", PLOT_W, PLOT_H);
    curve(out, "a", a, m, &axis);
    curve(out, "b", b, n, &axis);
    fprintf(out, "<text class=\"m\" y=\"%d\">%.3g</text>", PLOT_H + 14, axis.from);
    fprintf(out, "<text class=\"m\" x=\"%d\" y=\"%d\" text-anchor=\"end\">%.*g%s</text>\n</g></g>\n", PLOT_W,
            PLOT_H + 14, axis.to >= 100 ? 7 : 3, axis.to >= 100 ? floor(axis.to) : axis.to, axis.log ? ", log" : "");
}

enum an_err ar_realism_plot(const char *path, const char *title, struct ar_realism_set *table,
                            struct ar_realism_set *simulated, const double *distances, struct an_error *error)
{
    FILE *out = fopen(path, "w");
    if (out == NULL) return an_fail(error, AN_ERR_IO, "%s: %s", path, strerror(errno));
    int rows = (AR_REALISM_COUNT + COLUMNS - 1) / COLUMNS, width = COLUMNS * CELL_W + 20, height = HEAD + rows * CELL_H;
    fprintf(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\" role=\"img\">\n",
        width, height, width, height);
    fprintf(out, "<title>%s</title>\n%s<rect class=\"p\" width=\"%d\" height=\"%d\"/>\n", title, style, width, height);
    fprintf(out, "<text class=\"t\" x=\"20\" y=\"24\">%s</text>\n", title);
    fprintf(out, "<path class=\"a\" d=\"M20 42h28\"/><text x=\"54\" y=\"46\">real subscribers (%zu)</text>\n",
            table->count);
    fprintf(out, "<path class=\"b\" d=\"M220 42h28\"/><text x=\"254\" y=\"46\">simulated (%zu)</text>\n",
            simulated->count);
    fprintf(out, "<text class=\"m\" x=\"400\" y=\"46\">share of subscribers at or under the value, 0 at the foot, 1 at "
                 "the top</text>\n");
    for (int f = 0; f < AR_REALISM_COUNT; f++) cell(out, f, table, simulated, distances[f]);
    fprintf(out, "</svg>\n");
    bool failed = ferror(out) != 0;
    if (fclose(out) != 0 || failed) return an_fail(error, AN_ERR_IO, "%s: %s", path, strerror(errno));
    return AN_OK;
}
