#include "learn/calibrate.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum {
    NEWTON_STEPS = 50,
    TAIL_KNOTS = 64,
    STEPS_MAX = AN_FOREST_KNOTS_MAX - TAIL_KNOTS - 1,
    TAIL_UNWANTED_MIN = 50,
    STEPS_AT_FIRST = 4096
};

/* The least and the greatest probability ever said, whatever the rows show. */
static const double sure = 1e-6;

static int by_log_odds(const void *a, const void *b)
{
    const struct an_calibrate_row *x = a, *y = b;
    return x->log_odds < y->log_odds ? -1 : x->log_odds > y->log_odds;
}

static double sigmoid(double x)
{
    return x >= 0 ? 1 / (1 + exp(-x)) : exp(x) / (1 + exp(x));
}

static double bounded(double p)
{
    return p < sure ? sure : p > 1 - sure ? 1 - sure : p;
}

/* ---- a logistic line ---- */

/* Weighted log loss of sigmoid(a x + b) for targets high (unwanted) and low. */
static double line_loss(const struct an_calibrate_row *rows, size_t count, const double line[2], double high,
                        double low)
{
    double loss = 0;
    for (size_t i = 0; i < count; i++) {
        double z = line[0] * (double)rows[i].log_odds + line[1], t = rows[i].unwanted ? high : low;
        double softplus = z > 0 ? z + log1p(exp(-z)) : log1p(exp(z));
        loss += (double)rows[i].weight * (softplus - t * z);
    }
    return loss;
}

/* Newton's method with halved steps (Lin, Lin, Weng 2007). */
static void fit_line(const struct an_calibrate_row *rows, size_t count, double high, double low, double line[2])
{
    double loss = line_loss(rows, count, line, high, low);
    for (int step = 0; step < NEWTON_STEPS; step++) {
        double g[2] = { 0 }, h[3] = { 1e-9, 0, 1e-9 };
        for (size_t i = 0; i < count; i++) {
            double x = (double)rows[i].log_odds, w = (double)rows[i].weight;
            double p = sigmoid(line[0] * x + line[1]), d = w * (p - (rows[i].unwanted ? high : low));
            double c = w * p * (1 - p);
            g[0] += d * x, g[1] += d;
            h[0] += c * x * x, h[1] += c * x, h[2] += c;
        }
        double det = h[0] * h[2] - h[1] * h[1];
        if (!(fabs(det) > 1e-300)) return;
        double move[2] = { (h[2] * g[0] - h[1] * g[1]) / det, (h[0] * g[1] - h[1] * g[0]) / det };
        double size = 1, next = INFINITY, tried[2];
        for (; size > 1e-6; size /= 2) {
            tried[0] = line[0] - size * move[0], tried[1] = line[1] - size * move[1];
            next = line_loss(rows, count, tried, high, low);
            if (next < loss) break;
        }
        if (!(next < loss - 1e-12 * fabs(loss))) return;
        memcpy(line, tried, sizeof tried);
        loss = next;
    }
}

static void fit_platt(const struct an_calibrate_row *rows, size_t count, struct an_calibration *c)
{
    size_t unwanted = 0;
    for (size_t i = 0; i < count; i++) unwanted += rows[i].unwanted;
    double high = ((double)unwanted + 1) / ((double)unwanted + 2), low = 1 / ((double)(count - unwanted) + 2);
    double line[2] = { 1, 0 };
    fit_line(rows, count, high, low, line);
    c->kind = AN_CALIBRATION_PLATT;
    c->a = (float)line[0];
    c->b = (float)line[1];
    if (!(c->a >= 1e-3f) || !isfinite(c->b)) { /* scores that say nothing: one probability for all */
        double up = 0, all = 0;
        for (size_t i = 0; i < count; i++) {
            all += (double)rows[i].weight;
            if (rows[i].unwanted) up += (double)rows[i].weight;
        }
        double p = bounded(up / all);
        c->a = 1e-3f;
        c->b = (float)log(p / (1 - p));
    }
}

/* ---- steps ---- */

struct step {
    double x, up, all; /* sum of log-odds by weight, weight of the unwanted, weight of all */
    size_t rows;
};

static double height(const struct step *s)
{
    return s->up / s->all;
}

static void join(struct step *into, const struct step *from)
{
    into->x += from->x;
    into->up += from->up;
    into->all += from->all;
    into->rows += from->rows;
}

/* Rows in rising order to steps that rise. Rows of one score stay together. With many rows a step takes more of them,
 * so that there are never more than a few thousand to thin out. */
static size_t pool(const struct an_calibrate_row *rows, size_t count, struct step *steps)
{
    size_t n = 0,
           least = count / STEPS_AT_FIRST > AN_CALIBRATE_ROWS_MIN ? count / STEPS_AT_FIRST : AN_CALIBRATE_ROWS_MIN;
    for (size_t i = 0; i < count;) {
        struct step next = { 0 };
        float at = rows[i].log_odds;
        while (i < count && (rows[i].log_odds == at || next.rows < least)) {
            at = rows[i].log_odds;
            double w = (double)rows[i].weight;
            const struct step row = { w * (double)at, rows[i].unwanted ? w : 0, w, 1 };
            join(&next, &row);
            i++;
        }
        steps[n++] = next;
        if (next.rows < least && n > 1) join(&steps[n - 2], &steps[n - 1]), n--;
        while (n > 1 && height(&steps[n - 2]) >= height(&steps[n - 1])) join(&steps[n - 2], &steps[n - 1]), n--;
    }
    return n;
}

/* Joins the two neighbours that lie nearest until there are few enough: in log-odds, so that the ends keep theirs. */
static size_t thin_out(struct step *steps, size_t n, size_t most)
{
    while (n > most) {
        size_t best = 0;
        double least = INFINITY;
        for (size_t s = 0; s + 1 < n; s++) {
            double low = bounded(height(&steps[s])), high = bounded(height(&steps[s + 1]));
            double gap = log(high / (1 - high)) - log(low / (1 - low));
            if (gap < least) least = gap, best = s;
        }
        join(&steps[best], &steps[best + 1]);
        memmove(&steps[best + 1], &steps[best + 2], (n - best - 2) * sizeof *steps);
        n--;
    }
    return n;
}

static void add_knot(struct an_calibration *c, double x, double p)
{
    float at = (float)x, value = (float)bounded(p);
    if (c->knots > 0) {
        if (at <= c->x[c->knots - 1]) return;
        if (value < c->p[c->knots - 1]) value = c->p[c->knots - 1];
    }
    an_assert(c->knots < AN_FOREST_KNOTS_MAX);
    c->x[c->knots] = at;
    c->p[c->knots++] = value;
}

/* ---- the top end ---- */

/* Adds a group to a list of those seen. */
static void see(uint64_t *groups, size_t *count, uint64_t group)
{
    for (size_t g = 0; g < *count; g++)
        if (groups[g] == group) return;
    groups[(*count)++] = group;
}

/* Where the tail begins: the row above which AN_CALIBRATE_TAIL_WANTED wanted groups remain; count: no tail, since too
 * few rows are there to draw a line. */
static size_t tail_of(const struct an_calibrate_row *rows, size_t count)
{
    size_t wanted = 0, unwanted = 0, at = count;
    uint64_t groups[AN_CALIBRATE_TAIL_WANTED];
    while (at > 0 && wanted < AN_CALIBRATE_TAIL_WANTED) {
        at--;
        if (rows[at].unwanted)
            unwanted++;
        else
            see(groups, &wanted, rows[at].group);
    }
    while (at > 0 && rows[at - 1].log_odds == rows[at].log_odds) at--;
    if (wanted < AN_CALIBRATE_TAIL_WANTED || unwanted < TAIL_UNWANTED_MIN) return count;
    return rows[at].log_odds < rows[count - 1].log_odds ? at : count;
}

static void add_tail(struct an_calibration *c, const struct an_calibrate_row *rows, size_t count, double group)
{
    double line[2] = { 1, 0 }, up = 0;
    for (size_t i = 0; i < count; i++)
        if (rows[i].unwanted) up += (double)rows[i].weight;
    fit_line(rows, count, 1, 0, line);
    if (!(line[0] >= 0) || !isfinite(line[0] + line[1])) return;
    double most = 1 - group / (up + 2 * group), first = (double)rows[0].log_odds,
           last = (double)rows[count - 1].log_odds;
    for (int k = 0; k < TAIL_KNOTS; k++) {
        double x = first + (last - first) * k / (TAIL_KNOTS - 1), p = sigmoid(line[0] * x + line[1]);
        add_knot(c, x, p < most ? p : most);
    }
}

static enum an_err fit_isotonic(const struct an_calibrate_row *rows, size_t count, double group,
                                struct an_calibration *c)
{
    struct step *steps = reallocarray(NULL, count, sizeof *steps);
    if (steps == NULL) return AN_ERR_NO_MEMORY;
    size_t tail = tail_of(rows, count);
    size_t n = tail == 0 ? 0 : thin_out(steps, pool(rows, tail, steps), STEPS_MAX);
    c->kind = AN_CALIBRATION_ISOTONIC;
    for (size_t s = 0; s < n; s++)
        add_knot(c, steps[s].x / steps[s].all, (steps[s].up + group) / (steps[s].all + 2 * group));
    free(steps);
    if (tail < count) add_tail(c, rows + tail, count - tail, group);
    if (c->knots == 0) fit_platt(rows, count, c); /* all rows are tail, and no line fits them */
    return AN_OK;
}

static int by_group(const void *a, const void *b)
{
    const struct an_calibrate_row *x = a, *y = b;
    return x->group < y->group ? -1 : x->group > y->group;
}

double an_calibrate_group_weight(struct an_calibrate_row *rows, size_t count)
{
    an_assert(rows != NULL || count == 0);
    double weight = 0;
    size_t groups = 0;
    bool counted = false; /* the group in hand */
    qsort(rows, count, sizeof *rows, by_group);
    for (size_t i = 0; i < count; i++) {
        if (i > 0 && rows[i].group != rows[i - 1].group) counted = false;
        if (rows[i].unwanted) continue;
        weight += (double)rows[i].weight;
        groups += !counted;
        counted = true;
    }
    return groups == 0 ? 1 : weight / (double)groups;
}

enum an_err an_calibrate_fit(enum an_calibration_kind kind, struct an_calibrate_row *rows, size_t count,
                             double group_weight, struct an_calibration *ret_calibration)
{
    an_assert(rows != NULL && count > 0 && ret_calibration != NULL);
    struct an_calibration c = { .kind = AN_CALIBRATION_NONE };
    enum an_err err = AN_OK;
    qsort(rows, count, sizeof *rows, by_log_odds);
    if (kind == AN_CALIBRATION_PLATT) fit_platt(rows, count, &c);
    if (kind == AN_CALIBRATION_ISOTONIC) err = fit_isotonic(rows, count, group_weight, &c);
    if (err == AN_OK) *ret_calibration = c;
    return err;
}

/* ---- which ---- */

/* One kind, fitted without a fold and asked about it. */
static void add_loss(const struct an_calibration *c, const struct an_calibrate_row *rows, size_t count, unsigned fold,
                     double *loss, float *probabilities)
{
    for (size_t i = 0; i < count; i++) {
        if (rows[i].fold != fold) continue;
        probabilities[i] = an_forest_probability(c, rows[i].log_odds);
        double p = bounded((double)probabilities[i]);
        *loss -= (double)rows[i].weight * log(rows[i].unwanted ? p : 1 - p);
    }
}

enum an_err an_calibrate_choose(struct an_calibrate_row *rows, size_t count, unsigned folds,
                                struct an_calibration *ret_calibration, float *ret_probabilities,
                                double ret_losses[AN_CALIBRATION_ISOTONIC + 1])
{
    an_assert(rows != NULL && count > 0 && folds >= 2 && ret_probabilities != NULL);
    struct an_calibrate_row *kept = reallocarray(NULL, count, sizeof *kept);
    float *said = reallocarray(NULL, count * (AN_CALIBRATION_ISOTONIC + 1), sizeof *said);
    double all = 0, group = 1, losses[AN_CALIBRATION_ISOTONIC + 1] = { 0 };
    enum an_err err = kept == NULL || said == NULL ? AN_ERR_NO_MEMORY : AN_OK;
    for (size_t i = 0; i < count; i++) all += (double)rows[i].weight;
    if (err == AN_OK) {
        memcpy(kept, rows, count * sizeof *rows);
        group = an_calibrate_group_weight(kept, count);
    }
    for (unsigned f = 0; f < folds && err == AN_OK; f++) {
        size_t n = 0;
        for (size_t i = 0; i < count; i++)
            if (rows[i].fold != f) kept[n++] = rows[i];
        for (int k = 0; k <= AN_CALIBRATION_ISOTONIC && n > 0 && err == AN_OK; k++) {
            struct an_calibration c;
            err = an_calibrate_fit((enum an_calibration_kind)k, kept, n, group, &c);
            if (err == AN_OK) add_loss(&c, rows, count, f, &losses[k], said + (size_t)k * count);
        }
    }
    if (err == AN_OK) {
        enum an_calibration_kind kind = AN_CALIBRATION_NONE;
        for (int k = AN_CALIBRATION_PLATT; k <= AN_CALIBRATION_ISOTONIC; k++)
            if (losses[k] < losses[kind]) kind = (enum an_calibration_kind)k;
        memcpy(ret_probabilities, said + (size_t)kind * count, count * sizeof *said);
        for (int k = 0; k <= AN_CALIBRATION_ISOTONIC; k++) ret_losses[k] = losses[k] / all;
        err = an_calibrate_fit(kind, rows, count, group, ret_calibration);
    }
    free(kept);
    free(said);
    return err;
}
