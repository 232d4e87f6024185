/* What a booster sees of the samples: which rows, and which features made out of them. Layer: learn. Borrows
 * everything. Samples of calls are seen through their cuts, as bins. */
#ifndef ANNING_LEARN_VIEW_H
#define ANNING_LEARN_VIEW_H

#include "learn/cuts.h"
#include "learn/derive.h"
#include "learn/samples.h"

struct an_view {
    const struct an_samples *samples;
    const struct an_cuts *cuts; /* of minifloats; else NULL */
    const struct an_derived *features;
    uint32_t count;
};

/* Rows, by number. */
struct an_rows {
    uint32_t *at; /* [own by whoever made it] */
    size_t count;
};

/* One feature of a row. */
static inline float an_view_value(const struct an_view *view, size_t row, uint32_t feature)
{
    const struct an_samples *samples = view->samples;
    const struct an_derived *of = &view->features[feature];
    if (samples->is_mini) return view->cuts->bins[of->a][samples->minis[row * samples->columns + of->a]];
    return an_derive(of, samples->cells + row * samples->columns, samples->columns);
}

/* The features of a row; out: view->count floats. */
static inline void an_view_row(const struct an_view *view, size_t row, float *out)
{
    const struct an_samples *samples = view->samples;
    if (samples->is_mini) {
        const an_mini *cells = samples->minis + row * samples->columns;
        for (uint32_t f = 0; f < view->count; f++)
            out[f] = view->cuts->bins[view->features[f].a][cells[view->features[f].a]];
        return;
    }
    const float *cells = samples->cells + row * samples->columns;
    for (uint32_t f = 0; f < view->count; f++) out[f] = an_derive(&view->features[f], cells, samples->columns);
}

#endif
