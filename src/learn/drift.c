#include "learn/drift.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"

enum { MINIS = 1 << 16 };

static void add_share(cJSON *list, double share)
{
    char text[40];
    snprintf(text, sizeof text, "%.5g", share);
    cJSON_AddItemToArray(list, cJSON_CreateRaw(text));
}

static void add_scores(cJSON *drift, const struct an_samples *samples, const float *held, double all)
{
    double bins[AN_DRIFT_BINS] = { 0 };
    cJSON *list = cJSON_AddArrayToObject(drift, "score");
    for (size_t r = 0; r < samples->rows; r++) bins[an_drift_bin(held[r])] += (double)samples->weight[r];
    for (int b = 0; b < AN_DRIFT_BINS; b++) add_share(list, bins[b] / all);
}

/* Minifloats with a tenth, two tenths ... of the weight below them. */
static unsigned choose_cuts(const double *weights, double all, an_mini cuts[AN_DRIFT_CUTS_MAX])
{
    unsigned count = 0;
    double below = 0;
    int tenth = 1;
    for (unsigned m = 0; m < MINIS && tenth <= AN_DRIFT_CUTS_MAX; m++) {
        bool reached = weights[m] > 0 && below > 0 && below >= (double)tenth / 10 * all;
        if (reached) cuts[count++] = (an_mini)m;
        while (reached && tenth <= AN_DRIFT_CUTS_MAX && below >= (double)tenth / 10 * all) tenth++;
        below += weights[m];
    }
    return count;
}

static void add_input(cJSON *inputs, const struct an_samples *samples, const struct an_drift_column *column, double all,
                      double *weights)
{
    an_mini cuts[AN_DRIFT_CUTS_MAX];
    double shares[AN_DRIFT_CUTS_MAX + 1] = { 0 };
    memset(weights, 0, MINIS * sizeof *weights);
    for (size_t r = 0; r < samples->rows; r++)
        weights[samples->minis[r * samples->columns + column->column]] += (double)samples->weight[r];
    unsigned count = choose_cuts(weights, all, cuts), bin = 0;
    if (count == 0) return;
    for (unsigned m = 0; m < MINIS; m++) {
        while (bin < count && m >= cuts[bin]) bin++;
        shares[bin] += weights[m];
    }
    cJSON *input = cJSON_CreateObject();
    cJSON_AddItemToArray(inputs, input);
    cJSON_AddStringToObject(input, "feature", column->name);
    cJSON *list = cJSON_AddArrayToObject(input, "cuts");
    for (unsigned k = 0; k < count; k++) {
        char text[40]; /* what is read back is the very minifloat */
        snprintf(text, sizeof text, "%.9g", (double)an_mini_float(cuts[k]));
        cJSON_AddItemToArray(list, cJSON_CreateRaw(text));
    }
    list = cJSON_AddArrayToObject(input, "shares");
    for (unsigned k = 0; k <= count; k++) add_share(list, shares[k] / all);
}

void an_drift_card(cJSON *card, const struct an_samples *samples, const float *held,
                   const struct an_drift_column *columns, unsigned count)
{
    an_assert(card != NULL && samples != NULL && samples->is_mini && held != NULL);
    double all = 0, *weights = malloc(MINIS * sizeof *weights);
    for (size_t r = 0; r < samples->rows; r++) all += (double)samples->weight[r];
    if (weights == NULL || !(all > 0)) {
        free(weights);
        return;
    }
    cJSON *drift = cJSON_AddObjectToObject(card, "drift");
    add_scores(drift, samples, held, all);
    cJSON *inputs = cJSON_AddArrayToObject(drift, "inputs");
    for (unsigned k = 0; k < count; k++) add_input(inputs, samples, &columns[k], all, weights);
    free(weights);
}
