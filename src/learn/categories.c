#include "learn/categories.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ROUNDS = 16, PATIENCE = 4, DEPTH = 5 };

struct naming {
    const struct an_samples *samples;
    const struct an_fit_options *options;
    struct an_fit *fit;
    struct an_view view;
    uint8_t class_of_category[AN_CATEGORY_COUNT];
    uint8_t category_of_class[AN_CATEGORY_COUNT];
    unsigned classes;
    struct an_rows rows, kept, held;
    uint8_t *fold_of;
    struct an_categories out;
};

/* Categories with rows enough, and every n-th of their rows. */
static enum an_err choose_rows(struct naming *n, const struct an_rows *rows, struct an_error *error)
{
    size_t counts[AN_CATEGORY_COUNT] = { 0 }, all = 0;
    for (size_t i = 0; i < rows->count; i++)
        if (n->samples->unwanted[rows->at[i]] != 0) counts[n->samples->category[rows->at[i]]]++;
    for (int c = AN_CATEGORY_UNKNOWN + 1; c < AN_CATEGORY_COUNT; c++) {
        if (counts[c] < AN_CATEGORY_ROWS_MIN) continue;
        n->class_of_category[c] = (uint8_t)n->classes;
        n->category_of_class[n->classes++] = (uint8_t)c;
        all += counts[c];
    }
    if (n->classes < 2)
        return an_fail(error, AN_ERR_NOT_FOUND, "fewer than two categories with %d rows", AN_CATEGORY_ROWS_MIN);
    n->rows.at = reallocarray(NULL, all, sizeof *n->rows.at);
    if (n->rows.at == NULL) return an_fail(error, AN_ERR_NO_MEMORY, "no memory for the categories");
    size_t every = (all + AN_CATEGORIES_ROWS_MAX - 1) / AN_CATEGORIES_ROWS_MAX, seen = 0;
    for (size_t i = 0; i < rows->count; i++) {
        uint8_t category = n->samples->category[rows->at[i]];
        if (n->samples->unwanted[rows->at[i]] == 0) continue;
        if (category == AN_CATEGORY_UNKNOWN || counts[category] < AN_CATEGORY_ROWS_MIN || seen++ % every != 0) continue;
        n->rows.at[n->rows.count++] = rows->at[i];
    }
    n->out.rows = n->rows.count;
    return AN_OK;
}

/* Of a campaign's category that no other campaign has, held rows tell nothing. */
static void leave_out_unseen(struct naming *n)
{
    bool seen[AN_CATEGORY_COUNT] = { false };
    size_t left = 0;
    for (size_t i = 0; i < n->kept.count; i++) seen[n->samples->category[n->kept.at[i]]] = true;
    for (size_t i = 0; i < n->held.count; i++)
        if (seen[n->samples->category[n->held.at[i]]]) n->held.at[left++] = n->held.at[i];
    n->held.count = left;
}

static enum an_err split(struct naming *n, struct an_error *error)
{
    n->fold_of = malloc(n->rows.count);
    if (n->fold_of == NULL) return an_fail(error, AN_ERR_NO_MEMORY, "no memory for the categories");
    enum an_err err = an_folds_deal(n->samples, &n->rows, n->options->folds, n->options->seed, n->fold_of, error);
    if (err == AN_ERR_INVALID) return AN_ERR_NOT_FOUND; /* too few campaigns; error says so */
    if (err == AN_OK) err = an_folds_pick(&n->rows, n->fold_of, 0, false, &n->kept);
    if (err == AN_OK) err = an_folds_pick(&n->rows, n->fold_of, 0, true, &n->held);
    if (err == AN_OK) leave_out_unseen(n);
    return err;
}

/* margins: NULL when no row was held. */
static void judge(struct naming *n, const float *margins)
{
    n->out.accuracy = NAN;
    for (int c = 0; c < AN_CATEGORY_COUNT; c++) n->out.recall[c] = NAN;
    if (margins == NULL) return;
    size_t right = 0, held[AN_CATEGORY_COUNT] = { 0 }, named[AN_CATEGORY_COUNT] = { 0 };
    for (size_t i = 0; i < n->held.count; i++) {
        const float *m = margins + i * n->classes;
        unsigned best = 0;
        for (unsigned c = 1; c < n->classes; c++)
            if (m[c] > m[best]) best = c;
        uint8_t category = n->samples->category[n->held.at[i]];
        bool hit = n->category_of_class[best] == category;
        held[category]++;
        named[category] += hit;
        right += hit;
    }
    n->out.accuracy = (double)right / (double)n->held.count;
    for (int c = 0; c < AN_CATEGORY_COUNT; c++)
        n->out.recall[c] = held[c] == 0 ? NAN : (double)named[c] / (double)held[c];
}

/* Without a fold, to see how many rounds help; then on all. */
static enum an_err grow(struct naming *n, struct an_error *error)
{
    struct an_boost_options boost = { .depth = DEPTH,
                                      .eta = 0.3f,
                                      .subsample = 0.8f,
                                      .features_a_split = 0.5f,
                                      .weight_min = 5,
                                      .lambda = 2,
                                      .rounds = ROUNDS,
                                      .patience = PATIENCE,
                                      .threads = n->options->threads,
                                      .seed = (uint32_t)n->options->seed + 77,
                                      .unwanted_weight = 1,
                                      .classes = n->classes,
                                      .class_of_category = n->class_of_category };
    struct an_booster *booster = NULL;
    enum an_err err = AN_OK;
    n->out.rounds = ROUNDS;
    if (n->held.count > 0 && n->kept.count > 0) {
        float *margins = reallocarray(NULL, n->held.count * n->classes, sizeof *margins);
        if (margins == NULL) return an_fail(error, AN_ERR_NO_MEMORY, "no memory for the categories");
        err = an_booster_train(&n->view, &n->kept, &n->held, &boost, NULL, NULL, &booster, margins, &n->out.rounds,
                               error);
        if (err == AN_OK) {
            judge(n, margins);
            an_booster_free(booster);
            booster = NULL;
        }
        free(margins);
    } else {
        judge(n, NULL);
    }
    if (err != AN_OK) return err;
    boost.rounds = n->out.rounds;
    boost.patience = 0;
    err = an_booster_train(&n->view, &n->rows, NULL, &boost, NULL, NULL, &booster, NULL, NULL, error);
    for (unsigned c = 0; err == AN_OK && c < n->classes; c++) {
        struct an_forest_sum *sum = &n->out.sums[n->category_of_class[c]];
        sum->first = n->fit->trees.root_count;
        err = an_booster_trees(booster, &n->view, boost.rounds, c, 1, &n->fit->trees, &sum->base, error);
        sum->trees = n->fit->trees.root_count - sum->first;
    }
    an_booster_free(booster);
    return err;
}

enum an_err an_categories_fit(const struct an_samples *samples, const struct an_cuts *cuts, const struct an_rows *rows,
                              const struct an_fit_options *options, struct an_fit *fit,
                              struct an_categories *ret_categories, struct an_error *error)
{
    an_assert(samples != NULL && rows != NULL && options != NULL && fit != NULL && ret_categories != NULL);
    struct naming n = {
        .samples = samples, .options = options, .fit = fit, .view = { samples, cuts, fit->features, fit->feature_count }
    };
    enum an_err err = choose_rows(&n, rows, error);
    if (err == AN_OK) err = split(&n, error);
    if (err == AN_OK) err = grow(&n, error);
    free(n.rows.at);
    free(n.kept.at);
    free(n.held.at);
    free(n.fold_of);
    if (err == AN_OK) *ret_categories = n.out;
    return err;
}
