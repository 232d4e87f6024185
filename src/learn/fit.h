/* From rows to a model: which plan, how many trees, which calibration, all by rows held back. Layer: learn.
 *
 * Plans (how deep, how slow, with or without shares of columns) are tried on the same folds, each run stopped when its
 * held fold no longer gains; the plan with the least held loss is grown on all rows, for the mean number of trees, once
 * for each bag with another seed, and averaged. The log-odds the folds' runs gave to their held rows make the
 * calibration and the figures: no row is judged by trees that saw it, nor its probability by a calibration that did.
 * Which shares are worth a look is found on the grown-on rows of each run, by gain. So a fit on some rows never looks
 * at others, and cross-validation around it (learn/cross.h) is nested. */
#ifndef ANNING_LEARN_FIT_H
#define ANNING_LEARN_FIT_H

#include "learn/booster.h"
#include "learn/calibrate.h"
#include "learn/figures.h"
#include "learn/folds.h"

enum { AN_FIT_BAGS_MAX = 16, AN_FIT_PLANS_MAX = 8 };

struct an_fit_plan {
    const char *name;
    bool shares; /* of two columns, a / (a + b); tables only */
    unsigned depth, rounds, patience;
    float eta, subsample, features_a_split, weight_min, lambda;
};

/* For tables of some thousand rows, and for calls. */
extern const struct an_fit_plan an_fit_table_plans[];
extern const unsigned an_fit_table_plan_count;
extern const struct an_fit_plan an_fit_call_plan;

/* How far it is. tell (may be NULL): done of total runs; false stops with AN_ERR_END. */
struct an_fit_work {
    bool (*tell)(void *user, double done, double total);
    void *user;
    double done, total;
};

struct an_fit_options {
    const struct an_fit_plan *plans; /* [borrow] */
    unsigned plan_count;
    unsigned folds, bags, threads;
    uint64_t seed;
    float unwanted_weight;
    const struct an_derived *features; /* [borrow] without shares */
    uint32_t feature_count;
    const int8_t *monotone;   /* [borrow] by column of the samples, or NULL */
    const uint8_t *amounts;   /* [borrow] by column: 1: fit for shares; NULL: none is */
    struct an_fit_work *work; /* [borrow] */
};

struct an_fit {
    struct an_derived *features; /* [own] those of the trees */
    uint32_t feature_count;
    const struct an_fit_plan *plan;
    unsigned rounds;
    struct an_trees trees;
    struct an_forest_sum sum;
    struct an_calibration calibration;
    double plan_losses[AN_FIT_PLANS_MAX];
    double calibration_losses[AN_CALIBRATION_ISOTONIC + 1];
    struct an_figures figures;               /* of the held rows; macro F1 is the best one, and so a little too good */
    float *held_scores, *held_probabilities; /* [own] by position in the rows */
};

/* AN_OK; AN_ERR_INVALID (one class only, too few rows or groups), AN_ERR_LIMIT (too many trees), AN_ERR_NO_MEMORY,
 * AN_ERR_UNSUPPORTED (XGBoost failed), AN_ERR_END (told to stop). */
enum an_err an_fit(const struct an_samples *samples, const struct an_cuts *cuts, const struct an_rows *rows,
                   const struct an_fit_options *options, struct an_fit *ret_fit, struct an_error *error);
void an_fit_done(struct an_fit *fit);
/* Leaves out the features no tree asks. AN_OK or AN_ERR_NO_MEMORY. */
enum an_err an_fit_narrow(struct an_fit *fit);
/* Runs of XGBoost one fit takes, for an_fit_work. */
double an_fit_runs(const struct an_fit_options *options);

/* Log-odds and probabilities of rows; each rows->count floats. AN_OK, AN_ERR_NO_MEMORY. */
enum an_err an_fit_score(const struct an_fit *fit, const struct an_samples *samples, const struct an_rows *rows,
                         float *ret_scores, float *ret_probabilities);

#endif
