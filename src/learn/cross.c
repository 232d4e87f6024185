#include "learn/cross.h"

#include <math.h>
#include <stdlib.h>

struct outer {
    const struct an_samples *samples;
    const struct an_cuts *cuts;
    const struct an_rows *rows;
    const struct an_fit_options *options;
    struct an_cross cross;
    uint8_t *fold_of;
    struct an_rows pooled; /* the held rows of all folds, as they come */
    float *scores, *probabilities;
    double auc_squares, f1_squares;
};

double an_cross_runs(unsigned folds, unsigned repeats, const struct an_fit_options *options)
{
    return (double)folds * repeats * an_fit_runs(options);
}

static void note(struct outer *outer, const struct an_fit *fit, const struct an_figures *figures)
{
    struct an_cross *c = &outer->cross;
    c->auc += figures->auc;
    c->macro_f1 += figures->macro_f1;
    outer->auc_squares += figures->auc * figures->auc;
    outer->f1_squares += figures->macro_f1 * figures->macro_f1;
    c->plans[fit->plan - outer->options->plans]++;
    c->calibrations[fit->calibration.kind]++;
}

static enum an_err run_fold(struct outer *outer, unsigned fold, uint64_t seed, struct an_error *error)
{
    struct an_fit_options options = *outer->options;
    struct an_rows kept = { 0 }, held = { 0 };
    struct an_fit fit = { 0 };
    struct an_figures figures;
    options.seed = seed;
    enum an_err err = an_folds_pick(outer->rows, outer->fold_of, fold, false, &kept);
    if (err == AN_OK) err = an_folds_pick(outer->rows, outer->fold_of, fold, true, &held);
    if (err != AN_OK) an_error_say(error, "no memory for folds");
    if (err == AN_OK) err = an_fit(outer->samples, outer->cuts, &kept, &options, &fit, error);
    if (err == AN_OK) {
        float *scores = outer->scores + outer->pooled.count;
        float *probabilities = outer->probabilities + outer->pooled.count;
        err = an_fit_score(&fit, outer->samples, &held, scores, probabilities);
        if (err == AN_OK)
            err = an_figures_take(outer->samples, &held, scores, probabilities, fit.figures.f1_threshold, &figures);
        if (err != AN_OK) an_error_say(error, "no memory for figures");
    }
    if (err == AN_OK) {
        note(outer, &fit, &figures);
        for (size_t i = 0; i < held.count; i++) outer->pooled.at[outer->pooled.count++] = held.at[i];
    }
    an_fit_done(&fit);
    free(kept.at);
    free(held.at);
    return err;
}

static enum an_err run_all(struct outer *outer, struct an_error *error)
{
    struct an_cross *c = &outer->cross;
    for (unsigned r = 0; r < c->repeats; r++) {
        uint64_t seed = outer->options->seed + 7919 * (uint64_t)(r + 1);
        enum an_err err = an_folds_deal(outer->samples, outer->rows, c->folds, seed, outer->fold_of, error);
        for (unsigned f = 0; f < c->folds && err == AN_OK; f++) err = run_fold(outer, f, seed + 101 * f, error);
        if (err != AN_OK) return err;
    }
    double n = (double)c->folds * c->repeats;
    c->auc /= n;
    c->macro_f1 /= n;
    c->auc_sd = sqrt(fmax(0, outer->auc_squares / n - c->auc * c->auc));
    c->macro_f1_sd = sqrt(fmax(0, outer->f1_squares / n - c->macro_f1 * c->macro_f1));
    /* Scores of different fits have no common scale, probabilities have. */
    enum an_err err =
        an_figures_take(outer->samples, &outer->pooled, outer->probabilities, outer->probabilities, 0.5, &c->pooled);
    return err == AN_OK ? AN_OK : an_fail(error, err, "no memory for figures");
}

enum an_err an_cross(const struct an_samples *samples, const struct an_cuts *cuts, const struct an_rows *rows,
                     unsigned folds, unsigned repeats, const struct an_fit_options *options, struct an_cross *ret_cross,
                     struct an_error *error)
{
    an_assert(samples != NULL && rows != NULL && options != NULL && ret_cross != NULL);
    an_assert(folds >= 2 && folds <= AN_FOLDS_MAX && repeats >= 1 && repeats <= AN_CROSS_REPEATS_MAX);
    struct outer outer = { .samples = samples, .cuts = cuts, .rows = rows, .options = options };
    outer.cross = (struct an_cross) { .folds = folds, .repeats = repeats };
    outer.fold_of = malloc(rows->count + 1);
    outer.pooled.at = reallocarray(NULL, rows->count * repeats + 1, sizeof *outer.pooled.at);
    outer.scores = reallocarray(NULL, rows->count * repeats + 1, sizeof *outer.scores);
    outer.probabilities = reallocarray(NULL, rows->count * repeats + 1, sizeof *outer.probabilities);
    enum an_err err = AN_OK;
    if (outer.fold_of == NULL || outer.pooled.at == NULL || outer.scores == NULL || outer.probabilities == NULL)
        err = an_fail(error, AN_ERR_NO_MEMORY, "no memory for the folds");
    if (err == AN_OK) err = run_all(&outer, error);
    free(outer.fold_of);
    free(outer.pooled.at);
    free(outer.scores);
    free(outer.probabilities);
    if (err == AN_OK) *ret_cross = outer.cross;
    return err;
}
