/* Charts as inline SVG. Text is in two languages, of which the page's style shows one; colours are the page's. */
#include <math.h>
#include <string.h>

#include "range/report_private.h"

enum { WIDTH = 480, HEIGHT = 300, LEFT = 46, RIGHT = 22, TOP = 26, BOTTOM = 42, TICKS_MAX = 12 };

struct frame {
    FILE *out;
    const struct ar_chart *chart;
};

static double x_at(const struct ar_chart *c, double x)
{
    double share = c->x_logarithmic ? log10((x < c->x_low ? c->x_low : x) / c->x_low) / log10(c->x_high / c->x_low)
                                    : (x - c->x_low) / (c->x_high - c->x_low);
    return LEFT + (share < 0 ? 0 : share > 1 ? 1 : share) * (WIDTH - LEFT - RIGHT);
}

static double y_at(const struct ar_chart *c, double y)
{
    double share = (y - c->y_low) / (c->y_high - c->y_low);
    return HEIGHT - BOTTOM - (share < 0 ? 0 : share > 1 ? 1 : share) * (HEIGHT - TOP - BOTTOM);
}

/* 1, 2 or 5 times a power of ten, for 4 to 7 steps. */
static double step_for(double span)
{
    double rough = span / 5, power = pow(10, floor(log10(rough))), part = rough / power;
    return power * (part < 1.5 ? 1 : part < 3.5 ? 2 : part < 7.5 ? 5 : 10);
}

static void both(FILE *out, double x, double y, const char *attributes, const char *en, const char *zh)
{
    fprintf(
        out,
        "<text class=\"en\" x=\"%.1f\" y=\"%.1f\" %s>%s</text><text class=\"zh\" x=\"%.1f\" y=\"%.1f\" %s>%s</text>", x,
        y, attributes, en, x, y, attributes, zh);
}

static void x_tick(const struct frame *f, double x, double value)
{
    char text[32];
    if (f->chart->percent_x)
        snprintf(text, sizeof text, "%.6g %%", value * 100);
    else
        snprintf(text, sizeof text, "%.6g", value);
    fprintf(f->out, "<line class=\"grid\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" y2=\"%d\"/>", x, x, TOP, HEIGHT - BOTTOM);
    fprintf(f->out, "<text class=\"tick\" x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%s</text>", x,
            HEIGHT - BOTTOM + 15, text);
}

static void x_axis(const struct frame *f)
{
    const struct ar_chart *c = f->chart;
    if (c->x_logarithmic) {
        for (double x = c->x_low; x <= c->x_high * 1.001; x *= 10) x_tick(f, x_at(c, x), x);
        return;
    }
    double step = step_for(c->x_high - c->x_low), first = ceil(c->x_low / step - 1e-9);
    for (int i = 0; i < TICKS_MAX && (first + i) * step <= c->x_high + step * 1e-6; i++)
        x_tick(f, x_at(c, (first + i) * step), (first + i) * step);
}

static void y_axis(const struct frame *f)
{
    const struct ar_chart *c = f->chart;
    double step = step_for(c->y_high - c->y_low), first = ceil(c->y_low / step - 1e-9);
    for (int i = 0; i < TICKS_MAX && (first + i) * step <= c->y_high + step * 1e-6; i++) {
        double value = (first + i) * step, y = y_at(c, value);
        fprintf(f->out, "<line class=\"grid\" x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\"/>", LEFT, WIDTH - RIGHT, y,
                y);
        fprintf(f->out, "<text class=\"tick\" x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%.4g%s</text>", LEFT - 5, y + 3.5,
                c->percent_y ? value * 100 : value, c->percent_y ? " %" : "");
    }
}

static void line(const struct frame *f, const struct ar_series *s)
{
    bool pen_down = false;
    fprintf(f->out, "<path class=\"line\" style=\"stroke:var(--c%d)\" d=\"", s->colour);
    for (size_t i = 0; i < s->count; i++) {
        if (isnan(s->x[i]) || isnan(s->y[i])) {
            pen_down = false;
            continue;
        }
        double x = x_at(f->chart, s->x[i]), y = y_at(f->chart, s->y[i]);
        if (!pen_down || f->chart->step == AR_STEP_NONE)
            fprintf(f->out, "%c%.1f %.1f", pen_down ? 'L' : 'M', x, y);
        else if (f->chart->step == AR_STEP_ACROSS)
            fprintf(f->out, "H%.1fV%.1f", x, y);
        else
            fprintf(f->out, "V%.1fH%.1f", y, x);
        pen_down = true;
    }
    fputs("\"/>", f->out);
}

/* Single dots are rings inside each other where they meet. */
static void dots(const struct frame *f, const struct ar_series *s)
{
    double radius = s->dots          ? 5 + 1.6 * (double)(f->chart->series + f->chart->series_count - 1 - s)
                    : s->count <= 40 ? 2.6
                                     : 0;
    if (radius <= 0) return;
    for (size_t i = 0; i < s->count; i++) {
        if (isnan(s->x[i]) || isnan(s->y[i])) continue;
        fprintf(f->out,
                "<circle style=\"fill:var(--c%d)\" cx=\"%.1f\" cy=\"%.1f\" r=\"%.1f\"><title>%s: %.4g, "
                "%.4g</title></circle>",
                s->colour, x_at(f->chart, s->x[i]), y_at(f->chart, s->y[i]), radius, s->en, s->x[i], s->y[i]);
    }
}

void ar_svg_lines(FILE *out, const struct ar_chart *chart)
{
    struct frame f = { out, chart };
    fprintf(out, "<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s\">", WIDTH, HEIGHT, chart->title_en);
    if (chart->shade_to > chart->x_low) {
        double to = x_at(chart, chart->shade_to);
        fprintf(out, "<rect class=\"shade\" x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"%d\"/>", LEFT, TOP, to - LEFT,
                HEIGHT - TOP - BOTTOM);
    }
    x_axis(&f);
    y_axis(&f);
    if (chart->diagonal)
        fprintf(out, "<line class=\"ideal\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>",
                x_at(chart, chart->x_low), y_at(chart, chart->y_low), x_at(chart, chart->x_high),
                y_at(chart, chart->y_high));
    for (size_t i = 0; i < chart->series_count; i++) {
        if (!chart->series[i].dots) line(&f, &chart->series[i]);
        dots(&f, &chart->series[i]);
    }
    both(out, (LEFT + WIDTH - RIGHT) / 2.0, HEIGHT - 8, "text-anchor=\"middle\"", chart->x_en, chart->x_zh);
    both(out, 4, 13, "", chart->y_en, chart->y_zh);
    fputs("</svg>\n", out);
}

/* ---- bars ---- */

enum { BAR = 9, GAP = 4, HEAD = 19, FOOT = 10, BAR_LEFT = 4, BAR_RIGHT = 62 };

static double bar_at(double share, double top)
{
    return BAR_LEFT + share / top * (WIDTH - BAR_LEFT - BAR_RIGHT);
}

static void bar(FILE *out, double y, const struct ar_bar *b, size_t k, const struct ar_series *series, double top)
{
    char text[24];
    double value = b->values[k], middle = y + BAR / 2.0;
    if (isnan(value)) return;
    double end = bar_at(value, top), high = bar_at(b->high[k] < top ? b->high[k] : top, top);
    ar_text_percent(value, text, sizeof text);
    fprintf(out,
            "<rect style=\"fill:var(--c%d)\" x=\"%d\" y=\"%.1f\" width=\"%.1f\" height=\"%d\" rx=\"1.5\"><title>%s: %s "
            "%%</title></rect>",
            series[k].colour, BAR_LEFT, y, end - BAR_LEFT < 1 ? 1 : end - BAR_LEFT, BAR, series[k].en, text);
    if (high - bar_at(b->low[k], top) > 1.5)
        fprintf(out, "<line class=\"whisker\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%.1f\" y2=\"%.1f\"/>",
                bar_at(b->low[k], top), high, middle, middle);
    fprintf(out, "<text class=\"tick\" x=\"%.1f\" y=\"%.1f\">%s %%</text>", (high > end ? high : end) + 5, middle + 3.5,
            text);
}

static double top_of(const struct ar_bar *bars, size_t bar_count, size_t series_count)
{
    double top = 0.001;
    for (size_t i = 0; i < bar_count; i++)
        for (size_t k = 0; k < series_count; k++)
            if (bars[i].values[k] > top) top = bars[i].values[k];
    return top;
}

void ar_svg_bars(FILE *out, const char *title_en, const char *title_zh, const struct ar_bar *bars, size_t bar_count,
                 const struct ar_series *series, size_t series_count)
{
    double top = top_of(bars, bar_count, series_count);
    size_t group = HEAD + series_count * (BAR + GAP) + FOOT;
    (void)title_zh;
    fprintf(out, "<svg viewBox=\"0 0 %d %zu\" role=\"img\" aria-label=\"%s\">", WIDTH, bar_count * group + 4, title_en);
    for (size_t i = 0; i < bar_count; i++) {
        double y = (double)(i * group);
        both(out, BAR_LEFT, y + 13, "", bars[i].en, bars[i].zh);
        for (size_t k = 0; k < series_count; k++)
            bar(out, y + HEAD + (double)(k * (BAR + GAP)), &bars[i], k, series, top);
    }
    fputs("</svg>\n", out);
}
