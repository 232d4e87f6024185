#include "learn/booster.h"

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xgboost/c_api.h>

enum { BATCH_ROWS = 1 << 16, BINS = 256, VALUE_BYTES = 48, LISTS = 7 };

struct an_booster {
    BoosterHandle handle;
    unsigned classes;
    float base;
    cJSON *model; /* [own] of the last look at the trees; NULL: not looked */
};

/* What XGBoost said, its first line. */
static enum an_err failed(struct an_error *error, const char *what)
{
    const char *said = XGBGetLastError();
    const char *tail = strrchr(said, ']'); /* "[12:00:00] ./src/file.cc:12: Check failed: ..." */
    if (tail != NULL && tail[1] != '\0') said = tail + 1;
    return an_fail(error, AN_ERR_UNSUPPORTED, "XGBoost can't %s:%.*s", what, (int)strcspn(said, "\n"), said);
}

/* ---- rows to XGBoost ---- */

struct feeder {
    const struct an_view *view;
    const struct an_rows *rows;
    const struct an_boost_options *options;
    DMatrixHandle proxy;
    size_t next;
    float *cells, *labels, *weights; /* [own] of a batch */
    float mean_weight;
};

static float weight_of(const struct feeder *f, size_t row)
{
    const struct an_samples *s = f->view->samples;
    return s->weight[row] * (s->unwanted[row] != 0 && f->options->classes == 0 ? f->options->unwanted_weight : 1);
}

static float label_of(const struct feeder *f, size_t row)
{
    const struct an_samples *s = f->view->samples;
    return f->options->classes == 0 ? s->unwanted[row] : f->options->class_of_category[s->category[row]];
}

static char *array_text(char out[160], const void *at, size_t rows, size_t columns)
{
    snprintf(out, 160, "{\"data\":[%" PRIuPTR ",true],\"shape\":[%zu,%zu],\"typestr\":\"<f4\",\"version\":3}",
             (uintptr_t)at, rows, columns);
    return out;
}

static int next_batch(DataIterHandle handle)
{
    struct feeder *f = handle;
    size_t count = f->rows->count - f->next < BATCH_ROWS ? f->rows->count - f->next : BATCH_ROWS;
    char text[160];
    if (count == 0) return 0;
    for (size_t i = 0; i < count; i++) {
        size_t row = f->rows->at[f->next + i];
        an_view_row(f->view, row, f->cells + i * f->view->count);
        f->labels[i] = label_of(f, row);
        f->weights[i] = weight_of(f, row) / f->mean_weight;
    }
    f->next += count;
    if (XGProxyDMatrixSetDataDense(f->proxy, array_text(text, f->cells, count, f->view->count)) != 0 ||
        XGDMatrixSetInfoFromInterface(f->proxy, "label", array_text(text, f->labels, count, 1)) != 0)
        return 0;
    /* one dimension: weights are not a column */
    snprintf(text, sizeof text, "{\"data\":[%" PRIuPTR ",true],\"shape\":[%zu],\"typestr\":\"<f4\",\"version\":3}",
             (uintptr_t)f->weights, count);
    return XGDMatrixSetInfoFromInterface(f->proxy, "weight", text) == 0;
}

static void first_batch(DataIterHandle handle)
{
    ((struct feeder *)handle)->next = 0;
}

static void set_mean_weight(struct feeder *f)
{
    double sum = 0;
    for (size_t i = 0; i < f->rows->count; i++) sum += (double)weight_of(f, f->rows->at[i]);
    f->mean_weight = (float)(sum / (double)f->rows->count);
}

/* ref: the matrix trained on, whose quantiles count; NULL: this is it. */
static enum an_err make_matrix(struct feeder *f, DMatrixHandle ref, DMatrixHandle *ret_matrix, struct an_error *error)
{
    size_t batch = f->rows->count < BATCH_ROWS ? f->rows->count : BATCH_ROWS;
    enum an_err err = AN_OK;
    char config[96];
    f->cells = reallocarray(NULL, batch * f->view->count, sizeof *f->cells);
    f->labels = reallocarray(NULL, batch, sizeof *f->labels);
    f->weights = reallocarray(NULL, batch, sizeof *f->weights);
    snprintf(config, sizeof config, "{\"missing\":NaN,\"nthread\":%u,\"max_bin\":%d}", f->options->threads, BINS);
    if (f->cells == NULL || f->labels == NULL || f->weights == NULL)
        err = an_fail(error, AN_ERR_NO_MEMORY, "no memory for a batch of rows");
    else if (XGProxyDMatrixCreate(&f->proxy) != 0)
        err = failed(error, "take rows");
    if (err == AN_OK) {
        set_mean_weight(f);
        if (XGQuantileDMatrixCreateFromCallback(f, f->proxy, ref, first_batch, next_batch, config, ret_matrix) != 0)
            err = failed(error, "take rows");
        XGDMatrixFree(f->proxy);
    }
    free(f->cells);
    free(f->labels);
    free(f->weights);
    return err;
}

/* ---- training ---- */

static bool set(BoosterHandle booster, const char *name, const char *value)
{
    return XGBoosterSetParam(booster, name, value) == 0;
}

static bool set_number(BoosterHandle booster, const char *name, double value)
{
    char text[VALUE_BYTES];
    snprintf(text, sizeof text, "%.9g", value);
    return set(booster, name, text);
}

static bool set_monotone(BoosterHandle booster, const struct an_boost_options *options, uint32_t features)
{
    if (options->monotone == NULL) return true;
    char *text = malloc((size_t)features * 3 + 3), *at = text;
    if (text == NULL) return false;
    *at++ = '(';
    for (uint32_t f = 0; f < features; f++) at += sprintf(at, f == 0 ? "%d" : ",%d", options->monotone[f]);
    strcpy(at, ")");
    bool done = set(booster, "monotone_constraints", text);
    free(text);
    return done;
}

static bool set_params(BoosterHandle booster, const struct an_boost_options *o, uint32_t features, float base)
{
    return set(booster, "objective", o->classes == 0 ? "binary:logistic" : "multi:softprob") &&
           (o->classes == 0 || set_number(booster, "num_class", o->classes)) && set(booster, "tree_method", "hist") &&
           set_number(booster, "max_bin", BINS) && set_number(booster, "max_depth", o->depth) &&
           set_number(booster, "eta", (double)o->eta) && set_number(booster, "subsample", (double)o->subsample) &&
           set_number(booster, "colsample_bynode", (double)o->features_a_split) &&
           set_number(booster, "min_child_weight", (double)o->weight_min) &&
           set_number(booster, "lambda", (double)o->lambda) && set_number(booster, "seed", o->seed) &&
           set_number(booster, "nthread", o->threads) && set_number(booster, "base_score", (double)base) &&
           set(booster, "verbosity", "0") && set_monotone(booster, o, features);
}

/* The held rows' loss (mean log loss by weight) of these margins. */
static double loss_of(const struct feeder *f, const float *margins)
{
    double sum = 0, weights = 0;
    unsigned classes = f->options->classes;
    for (size_t i = 0; i < f->rows->count; i++) {
        size_t row = f->rows->at[i];
        double w = (double)weight_of(f, row), loss;
        if (classes == 0) {
            double x = (double)margins[i] * (f->view->samples->unwanted[row] != 0 ? -1 : 1);
            loss = x > 0 ? x + log1p(exp(-x)) : log1p(exp(x));
        } else {
            const float *m = margins + i * classes;
            double top = (double)m[0], total = 0;
            for (unsigned c = 1; c < classes; c++) top = (double)m[c] > top ? (double)m[c] : top;
            for (unsigned c = 0; c < classes; c++) total += exp((double)m[c] - top);
            loss = log(total) + top - (double)m[(unsigned)label_of(f, row)];
        }
        sum += w * loss;
        weights += w;
    }
    return sum / weights;
}

struct race { /* of a run against its held rows */
    struct feeder *held;
    DMatrixHandle matrix;
    double best;
    unsigned best_round;
    float *margins; /* of the best round [borrow], or NULL */
};

static enum an_err look_at_held(BoosterHandle booster, struct race *race, unsigned round, struct an_error *error)
{
    static const char config[] = "{\"type\":1,\"training\":false,\"iteration_begin\":0,\"iteration_end\":0,"
                                 "\"strict_shape\":false}";
    const bst_ulong *shape;
    bst_ulong dimensions;
    const float *margins;
    if (XGBoosterPredictFromDMatrix(booster, race->matrix, config, &shape, &dimensions, &margins) != 0)
        return failed(error, "score the held rows");
    double loss = loss_of(race->held, margins);
    if (race->best_round != 0 && !(loss < race->best)) return AN_OK;
    race->best = loss;
    race->best_round = round;
    unsigned wide = race->held->options->classes == 0 ? 1 : race->held->options->classes;
    if (race->margins != NULL) memcpy(race->margins, margins, race->held->rows->count * wide * sizeof *margins);
    return AN_OK;
}

static enum an_err run_rounds(BoosterHandle booster, DMatrixHandle matrix, const struct an_boost_options *options,
                              struct race *race, an_boost_watch watch, void *user, struct an_error *error)
{
    for (unsigned round = 1; round <= options->rounds; round++) {
        if (XGBoosterUpdateOneIter(booster, (int)round - 1, matrix) != 0) return failed(error, "grow a tree");
        if (race->held != NULL) {
            enum an_err err = look_at_held(booster, race, round, error);
            if (err != AN_OK) return err;
            if (options->patience > 0 && round - race->best_round >= options->patience) break;
        } else {
            race->best_round = round;
        }
        if (watch != NULL && !watch(user, round)) return an_fail(error, AN_ERR_END, "stopped");
    }
    return AN_OK;
}

/* What the sum of trees begins with: the log-odds of the rows as weighted, so that the first trees need not find it. */
static float base_of(const struct feeder *f)
{
    if (f->options->classes > 0) return 0;
    double unwanted = 0, all = 0;
    for (size_t i = 0; i < f->rows->count; i++) {
        double w = (double)weight_of(f, f->rows->at[i]);
        all += w;
        if (f->view->samples->unwanted[f->rows->at[i]] != 0) unwanted += w;
    }
    double share = all > 0 ? unwanted / all : 0.5;
    share = share < 1e-6 ? 1e-6 : share > 1 - 1e-6 ? 1 - 1e-6 : share;
    return (float)share;
}

static void be_quiet(const char *line)
{
    (void)line;
}

enum an_err an_booster_train(const struct an_view *view, const struct an_rows *rows, const struct an_rows *held,
                             const struct an_boost_options *options, an_boost_watch watch, void *user,
                             struct an_booster **ret_booster, float *ret_margins, unsigned *ret_rounds,
                             struct an_error *error)
{
    an_assert(view != NULL && rows != NULL && rows->count > 0 && options != NULL && ret_booster != NULL);
    an_assert(options->classes <= AN_BOOST_CLASSES_MAX && (held == NULL || held->count > 0));
    struct feeder trained = { .view = view, .rows = rows, .options = options };
    struct feeder beside = { .view = view, .rows = held, .options = options };
    struct race race = { .held = held == NULL ? NULL : &beside, .margins = ret_margins };
    DMatrixHandle matrices[2] = { NULL, NULL };
    struct an_booster *booster = calloc(1, sizeof *booster);
    if (booster == NULL) return an_fail(error, AN_ERR_NO_MEMORY, "no memory for a booster");
    XGBRegisterLogCallback(be_quiet);
    booster->classes = options->classes;
    float share = base_of(&trained);
    booster->base = options->classes > 0 ? 0 : logf(share / (1 - share));
    enum an_err err = make_matrix(&trained, NULL, &matrices[0], error);
    if (err == AN_OK && held != NULL) err = make_matrix(&beside, matrices[0], &matrices[1], error);
    if (err == AN_OK && (XGBoosterCreate(matrices, held == NULL ? 1 : 2, &booster->handle) != 0 ||
                         !set_params(booster->handle, options, view->count, share)))
        err = failed(error, "begin");
    race.matrix = matrices[1];
    if (err == AN_OK) err = run_rounds(booster->handle, matrices[0], options, &race, watch, user, error);
    for (int m = 0; m < 2; m++)
        if (matrices[m] != NULL) XGDMatrixFree(matrices[m]);
    if (err != AN_OK) {
        an_booster_free(booster);
        return err;
    }
    *ret_booster = booster;
    if (ret_rounds != NULL) *ret_rounds = race.best_round;
    return AN_OK;
}

void an_booster_free(struct an_booster *booster)
{
    if (booster == NULL) return;
    if (booster->handle != NULL) XGBoosterFree(booster->handle);
    cJSON_Delete(booster->model);
    free(booster);
}

/* ---- trees out of XGBoost ---- */

/* learner.gradient_booster.model.trees of the model as JSON (doc/model.schema of XGBoost 1.7). */
static const cJSON *trees_of(struct an_booster *booster, struct an_error *error)
{
    if (booster->model == NULL) {
        bst_ulong len;
        const char *text;
        if (XGBoosterSaveModelToBuffer(booster->handle, "{\"format\":\"json\"}", &len, &text) != 0) {
            failed(error, "show its trees");
            return NULL;
        }
        booster->model = cJSON_ParseWithLength(text, len);
    }
    const cJSON *at = booster->model;
    static const char *const path[] = { "learner", "gradient_booster", "model", "trees" };
    for (size_t i = 0; i < sizeof path / sizeof path[0]; i++) at = cJSON_GetObjectItemCaseSensitive(at, path[i]);
    if (!cJSON_IsArray(at)) an_error_say(error, "XGBoost writes its trees in a way this version does not read");
    return cJSON_IsArray(at) ? at : NULL;
}

/* One tree's arrays; count nodes each. */
struct arrays {
    int32_t *left, *right;
    uint16_t *feature;
    float *value, *gain, *cover;
    uint8_t *missing_left;
    uint32_t count;
};

static void free_arrays(struct arrays *a)
{
    free(a->left);
    free(a->right);
    free(a->feature);
    free(a->value);
    free(a->gain);
    free(a->cover);
    free(a->missing_left);
}

static bool has_all(const cJSON *const *lists, uint32_t count)
{
    for (int l = 0; l < LISTS; l++)
        if (cJSON_GetArraySize(lists[l]) != (int)count) return false;
    return true;
}

/* cJSON keeps lists as chains: one pass over all of them side by side. */
static bool read_arrays(const cJSON *tree, struct arrays *a)
{
    static const char *const names[] = { "left_children", "right_children", "split_indices", "split_conditions",
                                         "default_left",  "loss_changes",   "sum_hessian" };
    const cJSON *lists[LISTS], *at[LISTS];
    for (int l = 0; l < LISTS; l++) lists[l] = cJSON_GetObjectItemCaseSensitive(tree, names[l]);
    *a = (struct arrays) { .count = (uint32_t)cJSON_GetArraySize(lists[0]) };
    if (a->count == 0 || !has_all(lists, a->count)) return false;
    a->left = calloc(a->count, sizeof *a->left);
    a->right = calloc(a->count, sizeof *a->right);
    a->feature = calloc(a->count, sizeof *a->feature);
    a->value = calloc(a->count, sizeof *a->value);
    a->gain = calloc(a->count, sizeof *a->gain);
    a->cover = calloc(a->count, sizeof *a->cover);
    a->missing_left = calloc(a->count, 1);
    if (!a->left || !a->right || !a->feature || !a->value || !a->gain || !a->cover || !a->missing_left) return false;
    for (int l = 0; l < LISTS; l++) at[l] = lists[l]->child;
    for (uint32_t n = 0; n < a->count; n++) {
        a->left[n] = at[0]->valueint;
        a->right[n] = at[1]->valueint;
        a->feature[n] = (uint16_t)at[2]->valueint;
        a->value[n] = (float)at[3]->valuedouble;
        a->missing_left[n] = cJSON_IsTrue(at[4]) || (cJSON_IsNumber(at[4]) && at[4]->valueint != 0);
        a->gain[n] = (float)at[5]->valuedouble;
        a->cover[n] = (float)at[6]->valuedouble;
        for (int l = 0; l < LISTS; l++) at[l] = at[l]->next;
    }
    return true;
}

static enum an_err say_trees(struct an_error *error, enum an_err err)
{
    if (err == AN_ERR_LIMIT)
        return an_fail(error, err, "more trees than the limit AN_FOREST_TREES_MAX, %d", AN_FOREST_TREES_MAX);
    if (err == AN_ERR_NO_MEMORY) return an_fail(error, err, "no memory for the trees");
    return an_fail(error, AN_ERR_UNSUPPORTED, "XGBoost writes its trees in a way this version does not read");
}

static enum an_err add_tree(const cJSON *tree, const struct an_view *view, float scale, struct an_trees *trees,
                            struct an_error *error)
{
    struct arrays a;
    enum an_err err = read_arrays(tree, &a) ? AN_OK : AN_ERR_UNSUPPORTED;
    for (uint32_t n = 0; err == AN_OK && n < a.count; n++) {
        if (a.left[n] < 0) continue;
        if (a.feature[n] >= view->count)
            err = AN_ERR_INVALID;
        else if (view->cuts != NULL)
            a.value[n] = an_cuts_threshold(view->cuts, view->features[a.feature[n]].a, a.value[n]);
    }
    const struct an_tree_source source = { a.count, a.left, a.right, a.feature, a.value, a.missing_left, a.cover };
    if (err == AN_OK) err = an_trees_add(trees, &source, scale);
    free_arrays(&a);
    return err == AN_OK ? AN_OK : say_trees(error, err);
}

enum an_err an_booster_trees(struct an_booster *booster, const struct an_view *view, unsigned rounds, unsigned class_of,
                             float scale, struct an_trees *trees, float *ret_base, struct an_error *error)
{
    an_assert(booster != NULL && view != NULL && trees != NULL && ret_base != NULL);
    const cJSON *list = trees_of(booster, error), *tree;
    if (list == NULL) return AN_ERR_UNSUPPORTED;
    unsigned a_round = booster->classes == 0 ? 1 : booster->classes, at = 0;
    cJSON_ArrayForEach(tree, list)
    {
        if (at / a_round >= rounds) break;
        if (at++ % a_round != class_of) continue;
        enum an_err err = add_tree(tree, view, scale, trees, error);
        if (err != AN_OK) return err;
    }
    *ret_base = booster->base * scale;
    return AN_OK;
}

enum an_err an_booster_gain(struct an_booster *booster, const struct an_view *view, float *out, struct an_error *error)
{
    const cJSON *list = trees_of(booster, error), *tree;
    if (list == NULL) return AN_ERR_UNSUPPORTED;
    memset(out, 0, view->count * sizeof *out);
    cJSON_ArrayForEach(tree, list)
    {
        struct arrays a;
        bool read = read_arrays(tree, &a);
        for (uint32_t n = 0; read && n < a.count; n++)
            if (a.left[n] >= 0 && a.feature[n] < view->count) out[a.feature[n]] += a.gain[n];
        free_arrays(&a);
        if (!read) return say_trees(error, AN_ERR_UNSUPPORTED);
    }
    return AN_OK;
}

char *an_booster_version(char *out)
{
    int major, minor, patch;
    XGBoostVersion(&major, &minor, &patch);
    snprintf(out, 24, "%d.%d.%d", major, minor, patch);
    return out;
}
