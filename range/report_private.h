/* The figures of a report, one by one, for table and page alike. Layer: range; shared by report*.c only. */
#ifndef ANNING_RANGE_REPORT_PRIVATE_H
#define ANNING_RANGE_REPORT_PRIVATE_H

#include "range/report.h"

enum ar_better { AR_BETTER_NONE, AR_BETTER_LOW, AR_BETTER_HIGH };

enum { AR_CELL_MAX = 48 };

/* A row of the table. */
struct ar_figure {
    const char *en, *zh;
    const char *note; /* of the row, in English; may be NULL */
    enum ar_better better;
    char cells[AR_REPORT_MAX][AR_CELL_MAX];
    double values[AR_REPORT_MAX]; /* NaN: none */
};

struct ar_figures_sink {
    void *user;
    void (*section)(void *user, const char *en, const char *zh);
    void (*row)(void *user, const struct ar_figure *figure);
};
void ar_report_figures(const struct ar_result *results, size_t n, const struct ar_figures_sink *sink);

/* "12.3", "0.042", "-" for NaN; of 1. */
void ar_text_percent(double share, char *out, size_t room);
void ar_text_count(double count, char *out, size_t room);     /* "12,345" */
void ar_text_seconds(double seconds, char *out, size_t room); /* "34 s", "12 min", "3.2 h" */
/* Of the result named "none", or NULL. */
const struct ar_result *ar_report_none(const struct ar_result *results, size_t n);
const char *ar_defence_text_en(const char *name);
const char *ar_defence_text_zh(const char *name);

/* report_svg.c. Colours are CSS variables of the page: --c0 .. --c7. */
enum { AR_SERIES_MAX = AR_REPORT_MAX };

struct ar_series {
    const char *en, *zh;
    int colour;
    size_t count;
    const double *x, *y; /* [borrow] */
    bool dots;           /* no line */
};

struct ar_chart {
    const char *title_en, *title_zh, *x_en, *x_zh, *y_en, *y_zh;
    double x_low, x_high, y_low, y_high;
    bool x_logarithmic, percent_x, percent_y, diagonal;
    enum {
        AR_STEP_NONE,
        AR_STEP_ACROSS,
        AR_STEP_UP
    } step;          /* between points: straight, across first, up or down first */
    double shade_to; /* warm-up: shaded from x_low to here; NaN: none */
    size_t series_count;
    struct ar_series series[AR_SERIES_MAX];
};
void ar_svg_lines(FILE *out, const struct ar_chart *chart);

struct ar_bar {
    const char *en, *zh;
    double values[AR_SERIES_MAX], low[AR_SERIES_MAX], high[AR_SERIES_MAX]; /* NaN: none */
};
/* Horizontal bars with whiskers, of 1. */
void ar_svg_bars(FILE *out, const char *title_en, const char *title_zh, const struct ar_bar *bars, size_t bar_count,
                 const struct ar_series *series, size_t series_count);

#endif
