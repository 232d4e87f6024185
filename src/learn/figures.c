#include "learn/figures.h"

#include <math.h>
#include <stdlib.h>

const double an_figures_rates[AN_FIGURES_RATES] = { 1e-4, 1e-3, 1e-2 };

struct scored {
    float score, probability, weight;
    bool unwanted;
};

static int highest_first(const void *a, const void *b)
{
    const struct scored *x = a, *y = b;
    return x->score > y->score ? -1 : x->score < y->score;
}

static int least_probable_first(const void *a, const void *b)
{
    const struct scored *x = a, *y = b;
    return x->probability < y->probability ? -1 : x->probability > y->probability;
}

/* A rate says something when at least one wanted row would make it up. */
static bool measurable(const struct an_figures *f, double rate)
{
    return (double)f->wanted * rate >= 1;
}

/* rows in falling order of score: groups of equal scores step by step. */
static void walk_curve(const struct scored *rows, size_t count, struct an_figures *f)
{
    double up = 0, down = 0, area = 0, precision = 0;
    for (int r = 0; r < AN_FIGURES_RATES; r++) f->recall[r] = f->threshold[r] = NAN;
    for (size_t i = 0; i < count;) {
        double ups = 0, downs = 0;
        size_t end = i;
        for (; end < count && !(rows[end].score < rows[i].score); end++)
            *(rows[end].unwanted ? &ups : &downs) += (double)rows[end].weight;
        area += downs * (up + ups / 2);
        up += ups;
        down += downs;
        if (ups > 0) precision += ups * up / (up + down);
        for (int r = 0; r < AN_FIGURES_RATES; r++)
            if (down <= an_figures_rates[r] * f->weight_wanted && measurable(f, an_figures_rates[r])) {
                f->recall[r] = up / f->weight_unwanted;
                f->threshold[r] = (double)rows[i].score;
            } else if (measurable(f, an_figures_rates[r]) && isnan(f->recall[r])) {
                f->recall[r] = 0; /* the first ones are wanted */
                f->threshold[r] = INFINITY;
            }
        i = end;
    }
    f->auc = area / (f->weight_unwanted * f->weight_wanted);
    f->average_precision = precision / f->weight_unwanted;
}

static void take_losses(const struct scored *rows, size_t count, struct an_figures *f)
{
    double all = f->weight_unwanted + f->weight_wanted, loss = 0;
    for (size_t i = 0; i < count; i++) {
        double p = (double)rows[i].probability, w = (double)rows[i].weight;
        double sure = rows[i].unwanted ? p : 1 - p;
        loss -= w * log(sure > 1e-15 ? sure : 1e-15);
        int bin = (int)(p * AN_FIGURES_BINS);
        bin = bin < 0 ? 0 : bin >= AN_FIGURES_BINS ? AN_FIGURES_BINS - 1 : bin;
        f->bins[bin].weight += w;
        f->bins[bin].mean += w * p;
        if (rows[i].unwanted) f->bins[bin].unwanted += w;
        if (p > 0.999) {
            f->above_999 += w;
            if (rows[i].unwanted) f->above_999_unwanted += w;
        }
    }
    for (int b = 0; b < AN_FIGURES_BINS; b++) {
        if (f->bins[b].weight <= 0) continue;
        f->ece += fabs(f->bins[b].mean - f->bins[b].unwanted) / all;
        f->bins[b].mean /= f->bins[b].weight;
        f->bins[b].unwanted /= f->bins[b].weight;
    }
    if (f->above_999 > 0) f->above_999_unwanted /= f->above_999;
    f->log_loss = loss / all;
}

/* Macro F1 when up of the unwanted and down of the wanted are called unwanted. */
static double macro_f1(const struct an_figures *f, double up, double down)
{
    double f1_unwanted = 2 * up / (up + down + f->weight_unwanted);
    double right = f->weight_wanted - down, said = right + f->weight_unwanted - up;
    double f1_wanted = said + f->weight_wanted > 0 ? 2 * right / (said + f->weight_wanted) : 0;
    return (f1_unwanted + f1_wanted) / 2;
}

/* rows in rising order of probability. */
static void take_f1(const struct scored *rows, size_t count, double threshold, struct an_figures *f)
{
    double up = f->weight_unwanted, down = f->weight_wanted;
    f->f1_threshold = threshold;
    f->macro_f1 = isnan(threshold) ? macro_f1(f, up, down) : 0;
    if (isnan(threshold)) f->f1_threshold = 0;
    for (size_t i = 0; i < count;) {
        double at = (double)rows[i].probability;
        if (!isnan(threshold) && at >= threshold) break;
        for (; i < count && (double)rows[i].probability <= at; i++)
            *(rows[i].unwanted ? &up : &down) -= (double)rows[i].weight;
        double now = macro_f1(f, up, down);
        if (isnan(threshold) && now > f->macro_f1 && i < count) {
            f->macro_f1 = now;
            f->f1_threshold = (at + (double)rows[i].probability) / 2;
        }
    }
    if (!isnan(threshold)) f->macro_f1 = macro_f1(f, up, down);
}

enum an_err an_figures_take(const struct an_samples *samples, const struct an_rows *rows, const float *scores,
                            const float *probabilities, double f1_threshold, struct an_figures *ret_figures)
{
    an_assert(samples != NULL && rows != NULL && scores != NULL && probabilities != NULL && ret_figures != NULL);
    struct an_figures f = { 0 };
    struct scored *list = reallocarray(NULL, rows->count + 1, sizeof *list);
    if (list == NULL) return AN_ERR_NO_MEMORY;
    for (size_t i = 0; i < rows->count; i++) {
        size_t row = rows->at[i];
        list[i] = (struct scored) { scores[i], probabilities[i], samples->weight[row], samples->unwanted[row] != 0 };
        *(list[i].unwanted ? &f.unwanted : &f.wanted) += 1;
        *(list[i].unwanted ? &f.weight_unwanted : &f.weight_wanted) += (double)list[i].weight;
    }
    qsort(list, rows->count, sizeof *list, highest_first);
    walk_curve(list, rows->count, &f);
    take_losses(list, rows->count, &f);
    qsort(list, rows->count, sizeof *list, least_probable_first);
    take_f1(list, rows->count, f1_threshold, &f);
    free(list);
    *ret_figures = f;
    return AN_OK;
}

void an_figures_classes(const struct an_samples *samples, const struct an_rows *rows, const float *scores,
                        const float *probabilities, double threshold, struct an_class_figures *ret_classes)
{
    for (uint32_t c = 0; c < samples->class_count; c++) ret_classes[c] = (struct an_class_figures) { 0 };
    for (size_t i = 0; i < rows->count && samples->class_count > 0; i++) {
        size_t row = rows->at[i];
        struct an_class_figures *of = &ret_classes[samples->class_of[row]];
        double w = (double)samples->weight[row], p = (double)probabilities[i];
        of->rows++;
        of->unwanted += samples->unwanted[row];
        of->weight += w;
        of->mean += w * p;
        if ((double)scores[i] >= threshold) of->above += w;
    }
    for (uint32_t c = 0; c < samples->class_count; c++)
        if (ret_classes[c].weight > 0) {
            ret_classes[c].mean /= ret_classes[c].weight;
            ret_classes[c].above /= ret_classes[c].weight;
        }
}
