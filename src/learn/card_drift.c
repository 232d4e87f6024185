#include "learn/card_drift.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>

#include "model/drift.h"

enum { MINIS = 1 << 16 };

static void add_share(cJSON *list, double share)
{
    char text[32];
    snprintf(text, sizeof text, "%.5f", share);
    cJSON_AddItemToArray(list, cJSON_CreateRaw(text));
}

static void add_scores(cJSON *drift, const struct an_fit *fit, const struct an_samples *samples)
{
    double bins[AN_DRIFT_BINS] = { 0 }, all = 0;
    for (size_t r = 0; r < samples->rows; r++) {
        bins[an_drift_bin(fit->held_scores[r])] += (double)samples->weight[r];
        all += (double)samples->weight[r];
    }
    cJSON *list = cJSON_AddArrayToObject(drift, "score");
    for (int b = 0; b < AN_DRIFT_BINS; b++) add_share(list, bins[b] / all);
}

/* Cuts at these shares of the weight, where they are not the same value; mass: weight by minifloat. */
static unsigned choose_cuts(const double *mass, double all, float *cuts)
{
    static const double shares[] = { 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999 };
    unsigned count = 0;
    int least = 0, last;
    double below = 0;
    size_t next = 0;
    while (least < MINIS - 1 && mass[least] <= 0) least++;
    last = least;
    for (int m = least; m < MINIS && count < AN_DRIFT_CUTS_MAX; m++) {
        if (mass[m] <= 0) continue;
        bool due = m > least && count == 0 && below >= shares[0] * all; /* the first value above a heavy least one */
        while (next < sizeof shares / sizeof shares[0] && below + mass[m] > shares[next] * all) {
            due = true;
            next++;
        }
        if (due && m > last) {
            cuts[count++] = an_mini_float((an_mini)m);
            last = m;
        }
        below += mass[m];
    }
    return count;
}

static void add_input(cJSON *inputs, const char *name, const double *mass, double all)
{
    float cuts[AN_DRIFT_CUTS_MAX];
    double bins[AN_DRIFT_CUTS_MAX + 1] = { 0 };
    unsigned count = choose_cuts(mass, all, cuts);
    if (count == 0) return;
    for (int m = 0; m < MINIS; m++) bins[an_drift_cut(cuts, count, an_mini_float((an_mini)m))] += mass[m];
    cJSON *input = cJSON_CreateObject();
    cJSON_AddItemToArray(inputs, input);
    cJSON_AddStringToObject(input, "feature", name);
    cJSON *list = cJSON_AddArrayToObject(input, "cuts");
    for (unsigned k = 0; k < count; k++) {
        char text[32];
        snprintf(text, sizeof text, "%.9g", (double)cuts[k]);
        cJSON_AddItemToArray(list, cJSON_CreateRaw(text));
    }
    list = cJSON_AddArrayToObject(input, "shares");
    for (unsigned k = 0; k <= count; k++) add_share(list, bins[k] / all);
}

bool an_card_drift(struct cJSON *card, const struct an_fit *fit, const struct an_samples *samples,
                   const uint32_t *features, uint32_t count, const char (*names)[AN_FOREST_NAME_MAX])
{
    an_assert(samples->is_mini && fit->held_scores != NULL);
    double *mass = malloc(MINIS * sizeof *mass);
    if (mass == NULL) return false;
    cJSON *drift = cJSON_AddObjectToObject(card, "drift");
    add_scores(drift, fit, samples);
    cJSON *inputs = cJSON_AddArrayToObject(drift, "inputs");
    for (uint32_t f = 0; f < count && f < AN_DRIFT_INPUTS_MAX; f++) {
        double all = 0;
        for (int m = 0; m < MINIS; m++) mass[m] = 0;
        for (size_t r = 0; r < samples->rows; r++) {
            mass[samples->minis[r * samples->columns + fit->features[features[f]].a]] += (double)samples->weight[r];
            all += (double)samples->weight[r];
        }
        add_input(inputs, names[features[f]], mass, all);
    }
    free(mass);
    return true;
}
