#include "learn/fit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "learn/shares.h"

/* Measured on tables of mobile subscribers (docs/models.md); slow steps, small trees, few features a split. */
const struct an_fit_plan an_fit_table_plans[] = {
    { "small trees", false, 3, 1500, 60, 0.03f, 0.5f, 0.2f, 3, 3 },
    { "deeper trees", false, 5, 1000, 60, 0.03f, 0.5f, 0.2f, 4, 3 },
    { "small trees, shares", true, 3, 1500, 60, 0.03f, 0.5f, 0.1f, 3, 3 },
    { "deeper trees, shares", true, 5, 1000, 60, 0.03f, 0.5f, 0.1f, 4, 3 },
};
const unsigned an_fit_table_plan_count = sizeof an_fit_table_plans / sizeof an_fit_table_plans[0];

/* The door walks these trees for every call: few of them. */
const struct an_fit_plan an_fit_call_plan = { "calls", false, 6, 160, 15, 0.15f, 0.8f, 0.5f, 20, 2 };

/* A fit while it runs. */
struct run {
    const struct an_samples *samples;
    const struct an_cuts *cuts;
    const struct an_rows *rows;
    const struct an_fit_options *options;
    uint8_t *fold_of; /* by position in rows */
    struct an_rows kept[AN_FOLDS_MAX], held[AN_FOLDS_MAX];
    uint32_t *held_at[AN_FOLDS_MAX]; /* positions of the held rows */
    unsigned rounds[AN_FOLDS_MAX];   /* of the plan in hand */
    float *scores[2];                /* by position: of the best plan so far, of the plan in hand */
    const struct an_fit_plan *now;   /* in hand */
};

/* ---- telling how far it is ---- */

static bool tell(struct run *run, double part)
{
    struct an_fit_work *work = run->options->work;
    if (work == NULL || work->tell == NULL) return true;
    return work->tell(work->user, work->done + part, work->total);
}

static bool watch_round(void *user, unsigned round)
{
    struct run *run = user;
    return tell(run, (double)round / run->now->rounds);
}

static void run_is_over(struct run *run)
{
    if (run->options->work != NULL) run->options->work->done += 1;
}

double an_fit_runs(const struct an_fit_options *o)
{
    return (double)o->plan_count * o->folds + (double)(o->bags - 1) * o->folds + o->bags;
}

/* ---- one run ---- */

static struct an_boost_options boost_of(const struct run *run, const struct an_fit_plan *plan, uint32_t seed)
{
    return (struct an_boost_options) {
        .depth = plan->depth,
        .eta = plan->eta,
        .subsample = plan->subsample,
        .features_a_split = plan->features_a_split,
        .weight_min = plan->weight_min,
        .lambda = plan->lambda,
        .rounds = plan->rounds,
        .patience = plan->patience,
        .threads = run->options->threads,
        .seed = seed,
        .unwanted_weight = run->options->unwanted_weight,
    };
}

/* Features of a run's own rows, and what binds them. */
static enum an_err find_features(const struct run *run, const struct an_fit_plan *plan, const struct an_rows *rows,
                                 struct an_boost_options *boost, struct an_view *ret_view,
                                 struct an_derived **ret_features, int8_t **ret_monotone, struct an_error *error)
{
    const struct an_view plain = { run->samples, run->cuts, run->options->features, run->options->feature_count };
    uint32_t count;
    enum an_err err =
        an_shares_find(&plain, rows, run->options, boost, plan->shares, ret_features, &count, ret_monotone, error);
    if (err != AN_OK) return err;
    boost->monotone = *ret_monotone;
    *ret_view = (struct an_view) { run->samples, run->cuts, *ret_features, count };
    return AN_OK;
}

/* Grows on all folds but one, as many trees as help that one (rounds 0) or so many; adds its rows' log-odds, divided by
 * divisor, to out. */
static enum an_err run_fold(struct run *run, unsigned fold, unsigned rounds, uint32_t seed, float divisor, float *out,
                            struct an_error *error)
{
    struct an_boost_options boost = boost_of(run, run->now, seed);
    struct an_derived *features = NULL;
    int8_t *monotone = NULL;
    struct an_view view;
    struct an_booster *booster;
    unsigned best = 0;
    float *margins = reallocarray(NULL, run->held[fold].count, sizeof *margins);
    if (margins == NULL) return an_fail(error, AN_ERR_NO_MEMORY, "no memory for the scores of a fold");
    if (rounds > 0) boost.rounds = rounds, boost.patience = 0;
    enum an_err err = find_features(run, run->now, &run->kept[fold], &boost, &view, &features, &monotone, error);
    if (err == AN_OK)
        err = an_booster_train(&view, &run->kept[fold], &run->held[fold], &boost, watch_round, run, &booster, margins,
                               &best, error);
    if (err == AN_OK) {
        an_booster_free(booster);
        for (size_t i = 0; i < run->held[fold].count; i++) out[run->held_at[fold][i]] += margins[i] / divisor;
        if (rounds == 0) run->rounds[fold] = best;
    }
    run_is_over(run);
    free(features);
    free(monotone);
    free(margins);
    return err;
}

static double held_loss(const struct run *run, const float *scores)
{
    double loss = 0, all = 0;
    for (size_t i = 0; i < run->rows->count; i++) {
        size_t row = run->rows->at[i];
        double w = (double)an_samples_cost(run->samples, row, run->options->unwanted_weight), x = (double)scores[i];
        if (run->samples->unwanted[row] != 0) x = -x;
        loss += w * (x > 0 ? x + log1p(exp(-x)) : log1p(exp(x)));
        all += w;
    }
    return loss / all;
}

/* ---- which plan ---- */

static enum an_err try_plans(struct run *run, struct an_fit *fit, unsigned *ret_rounds, struct an_error *error)
{
    const struct an_fit_options *o = run->options;
    for (unsigned p = 0; p < o->plan_count; p++) {
        run->now = &o->plans[p];
        memset(run->scores[1], 0, run->rows->count * sizeof(float));
        for (unsigned f = 0; f < o->folds; f++) {
            enum an_err err = run_fold(run, f, 0, (uint32_t)(o->seed + f), 1, run->scores[1], error);
            if (err != AN_OK) return err;
        }
        fit->plan_losses[p] = held_loss(run, run->scores[1]);
        if (fit->plan != NULL && !(fit->plan_losses[p] < fit->plan_losses[fit->plan - o->plans])) continue;
        fit->plan = run->now;
        memcpy(ret_rounds, run->rounds, sizeof run->rounds);
        float *swap = run->scores[0];
        run->scores[0] = run->scores[1];
        run->scores[1] = swap;
    }
    return AN_OK;
}

/* The held rows' log-odds as the averaged model would give them: the other bags' runs join the first one's. */
static enum an_err add_bags(struct run *run, const struct an_fit *fit, const unsigned *rounds, struct an_error *error)
{
    const struct an_fit_options *o = run->options;
    run->now = fit->plan;
    for (size_t i = 0; i < run->rows->count; i++) run->scores[0][i] /= (float)o->bags;
    for (unsigned b = 1; b < o->bags; b++)
        for (unsigned f = 0; f < o->folds; f++) {
            enum an_err err =
                run_fold(run, f, rounds[f], (uint32_t)(o->seed + 1000 * b + f), (float)o->bags, run->scores[0], error);
            if (err != AN_OK) return err;
        }
    return AN_OK;
}

/* ---- the model itself ---- */

static enum an_err grow(struct run *run, struct an_fit *fit, struct an_error *error)
{
    const struct an_fit_options *o = run->options;
    struct an_boost_options boost = boost_of(run, fit->plan, (uint32_t)o->seed);
    struct an_view view;
    int8_t *monotone = NULL;
    enum an_err err = find_features(run, fit->plan, run->rows, &boost, &view, &fit->features, &monotone, error);
    if (err != AN_OK) return err;
    fit->feature_count = view.count;
    boost.rounds = fit->rounds;
    boost.patience = 0;
    for (unsigned b = 0; b < o->bags && err == AN_OK; b++) {
        struct an_booster *booster;
        float base;
        boost.seed = (uint32_t)(o->seed + 500 + 1000 * b);
        err = an_booster_train(&view, run->rows, NULL, &boost, watch_round, run, &booster, NULL, NULL, error);
        if (err != AN_OK) break;
        err = an_booster_trees(booster, &view, fit->rounds, 0, 1 / (float)o->bags, &fit->trees, &base, error);
        if (err == AN_OK) fit->sum.base += base;
        an_booster_free(booster);
        run_is_over(run);
    }
    fit->sum.trees = fit->trees.root_count;
    free(monotone);
    return err;
}

static enum an_err calibrate(struct run *run, struct an_fit *fit, struct an_error *error)
{
    size_t count = run->rows->count;
    struct an_calibrate_row *rows = reallocarray(NULL, count, sizeof *rows);
    fit->held_probabilities = reallocarray(NULL, count, sizeof *fit->held_probabilities);
    enum an_err err = rows == NULL || fit->held_probabilities == NULL ? AN_ERR_NO_MEMORY : AN_OK;
    for (size_t i = 0; err == AN_OK && i < count; i++) {
        size_t row = run->rows->at[i];
        rows[i] = (struct an_calibrate_row) { fit->held_scores[i], run->samples->weight[row],
                                              run->samples->unwanted[row], run->fold_of[i], run->samples->group[row] };
    }
    if (err == AN_OK)
        err = an_calibrate_choose(rows, count, run->options->folds, &fit->calibration, fit->held_probabilities,
                                  fit->calibration_losses);
    if (err == AN_OK)
        err = an_figures_take(run->samples, run->rows, fit->held_scores, fit->held_probabilities, NAN, &fit->figures);
    free(rows);
    return err == AN_OK ? AN_OK : an_fail(error, err, "no memory for the calibration");
}

/* ---- begin and end ---- */

static enum an_err deal(struct run *run, struct an_error *error)
{
    size_t count = run->rows->count;
    run->fold_of = malloc(count);
    if (run->fold_of == NULL) return an_fail(error, AN_ERR_NO_MEMORY, "no memory for folds");
    enum an_err err =
        an_folds_deal(run->samples, run->rows, run->options->folds, run->options->seed, run->fold_of, error);
    for (unsigned f = 0; f < run->options->folds && err == AN_OK; f++) {
        err = an_folds_pick(run->rows, run->fold_of, f, true, &run->held[f]);
        if (err == AN_OK) err = an_folds_pick(run->rows, run->fold_of, f, false, &run->kept[f]);
        run->held_at[f] = reallocarray(NULL, run->held[f].count + 1, sizeof(uint32_t));
        if (err == AN_OK && run->held_at[f] == NULL) err = AN_ERR_NO_MEMORY;
        for (size_t i = 0, n = 0; err == AN_OK && i < count; i++)
            if (run->fold_of[i] == f) run->held_at[f][n++] = (uint32_t)i;
        if (err == AN_ERR_NO_MEMORY) an_error_say(error, "no memory for folds");
    }
    for (int s = 0; s < 2 && err == AN_OK; s++) {
        run->scores[s] = reallocarray(NULL, count, sizeof(float));
        if (run->scores[s] == NULL) err = an_fail(error, AN_ERR_NO_MEMORY, "no memory for scores");
    }
    return err;
}

static void run_done(struct run *run)
{
    for (int f = 0; f < AN_FOLDS_MAX; f++) {
        free(run->kept[f].at);
        free(run->held[f].at);
        free(run->held_at[f]);
    }
    free(run->fold_of);
    free(run->scores[0]);
    free(run->scores[1]);
}

static enum an_err check_rows(const struct an_samples *samples, const struct an_rows *rows, unsigned folds,
                              struct an_error *error)
{
    size_t unwanted = 0;
    for (size_t i = 0; i < rows->count; i++) unwanted += samples->unwanted[rows->at[i]];
    size_t wanted = rows->count - unwanted;
    if (unwanted == 0 || wanted == 0)
        return an_fail(error, AN_ERR_INVALID, "all %zu rows are %s; learning needs both unwanted and wanted ones",
                       rows->count, unwanted == 0 ? "wanted" : "unwanted");
    if (unwanted < folds || wanted < folds)
        return an_fail(error, AN_ERR_INVALID, "%zu unwanted and %zu wanted rows; at least %u of each are needed",
                       unwanted, wanted, folds);
    return AN_OK;
}

static unsigned mean_rounds(const unsigned *rounds, unsigned folds)
{
    unsigned sum = 0;
    for (unsigned f = 0; f < folds; f++) sum += rounds[f];
    return (sum + folds / 2) / folds > 0 ? (sum + folds / 2) / folds : 1;
}

enum an_err an_fit(const struct an_samples *samples, const struct an_cuts *cuts, const struct an_rows *rows,
                   const struct an_fit_options *options, struct an_fit *ret_fit, struct an_error *error)
{
    an_assert(samples != NULL && rows != NULL && options != NULL && ret_fit != NULL);
    an_assert(options->plan_count >= 1 && options->plan_count <= AN_FIT_PLANS_MAX && options->bags >= 1);
    an_assert(options->bags <= AN_FIT_BAGS_MAX && samples->is_mini == (cuts != NULL));
    struct run run = { .samples = samples, .cuts = cuts, .rows = rows, .options = options };
    struct an_fit fit = { 0 };
    unsigned rounds[AN_FOLDS_MAX];
    enum an_err err = check_rows(samples, rows, options->folds, error);
    if (err == AN_OK) err = deal(&run, error);
    if (err == AN_OK) err = try_plans(&run, &fit, rounds, error);
    if (err == AN_OK) err = add_bags(&run, &fit, rounds, error);
    if (err == AN_OK) {
        fit.rounds = mean_rounds(rounds, options->folds);
        fit.held_scores = run.scores[0];
        run.scores[0] = NULL;
        err = calibrate(&run, &fit, error);
    }
    if (err == AN_OK) err = grow(&run, &fit, error);
    run_done(&run);
    if (err != AN_OK) {
        an_fit_done(&fit);
        return err;
    }
    *ret_fit = fit;
    return AN_OK;
}

void an_fit_done(struct an_fit *fit)
{
    if (fit == NULL) return;
    free(fit->features);
    an_trees_done(&fit->trees);
    free(fit->held_scores);
    free(fit->held_probabilities);
    *fit = (struct an_fit) { 0 };
}

enum an_err an_fit_narrow(struct an_fit *fit)
{
    an_assert(fit != NULL && fit->feature_count > 0);
    uint8_t *used = calloc(fit->feature_count, 1);
    uint16_t *number = calloc(fit->feature_count, sizeof *number);
    uint32_t kept = 0;
    if (used == NULL || number == NULL) {
        free(used);
        free(number);
        return AN_ERR_NO_MEMORY;
    }
    an_trees_used(&fit->trees, used, fit->feature_count);
    for (uint32_t f = 0; f < fit->feature_count; f++) {
        if (used[f] == 0) continue;
        number[f] = (uint16_t)kept;
        fit->features[kept++] = fit->features[f];
    }
    an_trees_renumber(&fit->trees, number);
    fit->feature_count = kept > 0 ? kept : 1; /* a model of leaves still names a feature */
    free(used);
    free(number);
    return AN_OK;
}

/* The features of a row as they are, not as bins: what the trees ask when they score. */
static void read_row(const struct an_fit *fit, const struct an_samples *samples, size_t row, float *out)
{
    if (samples->is_mini) {
        const an_mini *cells = samples->minis + row * samples->columns;
        for (uint32_t f = 0; f < fit->feature_count; f++) out[f] = an_mini_float(cells[fit->features[f].a]);
        return;
    }
    const float *cells = samples->cells + row * samples->columns;
    for (uint32_t f = 0; f < fit->feature_count; f++) out[f] = an_derive(&fit->features[f], cells, samples->columns);
}

enum an_err an_fit_score(const struct an_fit *fit, const struct an_samples *samples, const struct an_rows *rows,
                         float *ret_scores, float *ret_probabilities)
{
    an_assert(fit != NULL && samples != NULL && rows != NULL && ret_scores != NULL && ret_probabilities != NULL);
    const struct an_forest forest = { .features = fit->feature_count,
                                      .nodes = fit->trees.nodes,
                                      .node_count = fit->trees.node_count,
                                      .roots = fit->trees.roots,
                                      .root_count = fit->trees.root_count };
    float *row = reallocarray(NULL, fit->feature_count + 1, sizeof *row);
    if (row == NULL) return AN_ERR_NO_MEMORY;
    for (size_t i = 0; i < rows->count; i++) {
        read_row(fit, samples, rows->at[i], row);
        ret_scores[i] = an_forest_sum_row(&forest, &fit->sum, row);
        ret_probabilities[i] = an_forest_probability(&fit->calibration, ret_scores[i]);
    }
    free(row);
    return AN_OK;
}
