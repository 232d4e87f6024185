#include "learn/cuts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MINIS = 1 << 16 };

static void count_column(const struct an_samples *samples, uint32_t column, uint32_t *counts)
{
    memset(counts, 0, MINIS * sizeof *counts);
    for (size_t r = 0; r < samples->rows; r++) counts[samples->minis[r * samples->columns + column]]++;
}

/* Thresholds out of the counts of a column's values. */
static uint16_t choose(const uint32_t *counts, size_t rows, an_mini *values)
{
    size_t distinct = 0;
    for (int m = 0; m < MINIS; m++) distinct += counts[m] > 0;
    bool all = distinct <= AN_CUTS_MAX + 1;
    double mass = 0, next = 0;
    uint16_t chosen = 0;
    bool first = true;
    for (int m = 0; m < MINIS && chosen < AN_CUTS_MAX; m++) {
        if (counts[m] == 0) continue;
        if (!first && (all || mass >= next)) {
            values[chosen++] = (an_mini)m;
            next = (double)(chosen + 1) / (AN_CUTS_MAX + 1);
        } else if (first) {
            next = 1.0 / (AN_CUTS_MAX + 1);
        }
        first = false;
        mass += 0.5 * counts[m] / (double)rows + 0.5 / (double)distinct;
    }
    return chosen;
}

static void fill_bins(const an_mini *values, uint16_t count, uint8_t *bins)
{
    uint16_t passed = 0;
    for (int m = 0; m < MINIS; m++) {
        while (passed < count && values[passed] <= m) passed++;
        bins[m] = (uint8_t)passed;
    }
}

enum an_err an_cuts_make(const struct an_samples *samples, struct an_cuts *ret_cuts)
{
    an_assert(samples != NULL && samples->is_mini && ret_cuts != NULL);
    struct an_cuts cuts = { .columns = samples->columns };
    uint32_t *counts = malloc(MINIS * sizeof *counts);
    cuts.counts = calloc(cuts.columns, sizeof *cuts.counts);
    cuts.values = calloc(cuts.columns, sizeof *cuts.values);
    cuts.bins = calloc(cuts.columns, sizeof *cuts.bins);
    if (counts == NULL || cuts.counts == NULL || cuts.values == NULL || cuts.bins == NULL) {
        an_cuts_done(&cuts);
        free(counts);
        return AN_ERR_NO_MEMORY;
    }
    for (uint32_t c = 0; c < cuts.columns; c++) {
        count_column(samples, c, counts);
        cuts.counts[c] = choose(counts, samples->rows, cuts.values[c]);
        fill_bins(cuts.values[c], cuts.counts[c], cuts.bins[c]);
    }
    free(counts);
    *ret_cuts = cuts;
    return AN_OK;
}

void an_cuts_done(struct an_cuts *cuts)
{
    if (cuts == NULL) return;
    free(cuts->counts);
    free(cuts->values);
    free(cuts->bins);
    *cuts = (struct an_cuts) { 0 };
}

float an_cuts_threshold(const struct an_cuts *cuts, uint32_t column, float threshold)
{
    an_assert(cuts != NULL && column < cuts->columns);
    float bin = ceilf(threshold);
    if (!(bin >= 1)) return 0;                              /* no value is below */
    if (bin > cuts->counts[column]) return 2 * AN_MINI_MAX; /* every value is */
    return an_mini_float(cuts->values[column][(unsigned)bin - 1]);
}
