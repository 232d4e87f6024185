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
    struct an_trees trees; /* as grown: thresholds of calls are on bins. Rounds one after another, classes in each */
    float *gains;          /* [own] by feature */
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
    return f->options->classes > 0 ? s->weight[row] : an_samples_cost(s, row, f->options->unwanted_weight);
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

static enum an_err make_matrix(struct feeder *f, DMatrixHandle *ret_matrix, struct an_error *error)
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
        if (XGQuantileDMatrixCreateFromCallback(f, f->proxy, NULL, first_batch, next_batch, config, ret_matrix) != 0)
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

/* ---- trees out of XGBoost ---- */

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

static bool make_arrays(struct arrays *a, uint32_t count)
{
    *a = (struct arrays) { .count = count,
                           .left = calloc(count, sizeof *a->left),
                           .right = calloc(count, sizeof *a->right),
                           .feature = calloc(count, sizeof *a->feature),
                           .value = calloc(count, sizeof *a->value),
                           .gain = calloc(count, sizeof *a->gain),
                           .cover = calloc(count, sizeof *a->cover),
                           .missing_left = calloc(count, 1) };
    return a->left && a->right && a->feature && a->value && a->gain && a->cover && a->missing_left;
}

/* cJSON keeps lists as chains: one pass over all of them side by side. */
static bool read_arrays(const cJSON *tree, uint32_t features, struct arrays *a)
{
    static const char *const names[LISTS] = { "left_children", "right_children", "split_indices", "split_conditions",
                                              "default_left",  "loss_changes",   "sum_hessian" };
    const cJSON *lists[LISTS], *at[LISTS];
    for (int l = 0; l < LISTS; l++) lists[l] = cJSON_GetObjectItemCaseSensitive(tree, names[l]);
    uint32_t count = (uint32_t)cJSON_GetArraySize(lists[0]);
    *a = (struct arrays) { 0 };
    if (count == 0 || !has_all(lists, count) || !make_arrays(a, count)) return false;
    for (int l = 0; l < LISTS; l++) at[l] = lists[l]->child;
    for (uint32_t n = 0; n < count; n++) {
        a->left[n] = at[0]->valueint;
        a->right[n] = at[1]->valueint;
        a->feature[n] = (uint16_t)at[2]->valueint;
        a->value[n] = (float)at[3]->valuedouble;
        a->missing_left[n] = cJSON_IsTrue(at[4]) || (cJSON_IsNumber(at[4]) && at[4]->valueint != 0);
        a->gain[n] = (float)at[5]->valuedouble;
        a->cover[n] = (float)at[6]->valuedouble;
        if (a->left[n] >= 0 && a->feature[n] >= features) return false;
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

static enum an_err add_tree(struct an_booster *booster, const cJSON *tree, uint32_t features, struct an_error *error)
{
    struct arrays a;
    enum an_err err = read_arrays(tree, features, &a) ? AN_OK : AN_ERR_UNSUPPORTED;
    const struct an_tree_source source = { a.count, a.left, a.right, a.feature, a.value, a.missing_left, a.cover };
    if (err == AN_OK) err = an_trees_add(&booster->trees, &source, 1);
    for (uint32_t n = 0; err == AN_OK && n < a.count; n++)
        if (a.left[n] >= 0) booster->gains[a.feature[n]] += a.gain[n];
    free_arrays(&a);
    return err == AN_OK ? AN_OK : say_trees(error, err);
}

/* The trees of a round: learner.gradient_booster.model.trees of the model as JSON (doc/model.schema of XGBoost 1.7). */
static enum an_err take_round(struct an_booster *booster, unsigned round, uint32_t features, struct an_error *error)
{
    static const char *const path[] = { "learner", "gradient_booster", "model", "trees" };
    BoosterHandle slice = NULL;
    bst_ulong len;
    const char *text;
    if (XGBoosterSlice(booster->handle, (int)round - 1, (int)round, 1, &slice) != 0)
        return failed(error, "show a tree");
    enum an_err err = AN_OK;
    if (XGBoosterSaveModelToBuffer(slice, "{\"format\":\"json\"}", &len, &text) != 0) {
        err = failed(error, "show a tree");
    } else {
        cJSON *model = cJSON_ParseWithLength(text, len);
        const cJSON *at = model, *tree;
        for (size_t i = 0; i < sizeof path / sizeof path[0]; i++) at = cJSON_GetObjectItemCaseSensitive(at, path[i]);
        if (cJSON_GetArraySize(at) != (int)(booster->classes == 0 ? 1 : booster->classes))
            err = say_trees(error, AN_ERR_UNSUPPORTED);
        if (err == AN_OK)
            cJSON_ArrayForEach(tree, at) if ((err = add_tree(booster, tree, features, error)) != AN_OK) break;
        cJSON_Delete(model);
    }
    XGBoosterFree(slice);
    return err;
}

/* ---- against held rows ---- */

/* XGBoost could score them, but from a matrix of quantiles it does so slower than it trains. */
struct race {
    struct feeder *held;
    unsigned wide;  /* sums a row */
    float *margins; /* [own] rows x wide, by now */
    double best;
    unsigned best_round;
    float *best_margins; /* [borrow] or NULL */
};

static float walk(const struct an_view *view, size_t row, const struct an_forest_node *nodes, uint32_t root)
{
    const struct an_forest_node *node = &nodes[root];
    while (node->feature != AN_FOREST_LEAF) {
        float value = an_view_value(view, row, node->feature);
        bool left = value != value ? node->missing_left != 0 : value < node->threshold;
        node = &nodes[node->left + (left ? 0 : 1)];
    }
    return node->threshold;
}

static bool begin_race(struct race *race, const struct an_booster *booster)
{
    if (race->held == NULL) return true;
    race->wide = booster->classes == 0 ? 1 : booster->classes;
    size_t count = race->held->rows->count * race->wide;
    race->margins = reallocarray(NULL, count, sizeof *race->margins);
    if (race->margins == NULL) return false;
    for (size_t i = 0; i < count; i++) race->margins[i] = booster->base;
    return true;
}

/* Adds the newest round's trees; keeps the margins of the best one. */
static void look_at_held(const struct an_booster *booster, struct race *race, unsigned round)
{
    const struct feeder *held = race->held;
    const uint32_t *roots = booster->trees.roots + booster->trees.root_count - race->wide;
    for (size_t i = 0; i < held->rows->count; i++)
        for (unsigned c = 0; c < race->wide; c++)
            race->margins[i * race->wide + c] += walk(held->view, held->rows->at[i], booster->trees.nodes, roots[c]);
    double loss = loss_of(held, race->margins);
    if (race->best_round != 0 && !(loss < race->best)) return;
    race->best = loss;
    race->best_round = round;
    if (race->best_margins != NULL)
        memcpy(race->best_margins, race->margins, held->rows->count * race->wide * sizeof *race->margins);
}

static enum an_err run_rounds(struct an_booster *booster, DMatrixHandle matrix, const struct an_view *view,
                              const struct an_boost_options *options, struct race *race, an_boost_watch watch,
                              void *user, struct an_error *error)
{
    for (unsigned round = 1; round <= options->rounds; round++) {
        if (XGBoosterUpdateOneIter(booster->handle, (int)round - 1, matrix) != 0) return failed(error, "grow a tree");
        enum an_err err = take_round(booster, round, view->count, error);
        if (err != AN_OK) return err;
        if (race->held != NULL) {
            look_at_held(booster, race, round);
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

static enum an_err begin(struct an_booster *booster, struct feeder *trained, DMatrixHandle *ret_matrix,
                         struct an_error *error)
{
    const struct an_boost_options *options = trained->options;
    float share = base_of(trained);
    booster->classes = options->classes;
    booster->base = options->classes > 0 ? 0 : logf(share / (1 - share));
    booster->gains = calloc(trained->view->count, sizeof *booster->gains);
    if (booster->gains == NULL) return an_fail(error, AN_ERR_NO_MEMORY, "no memory for a booster");
    enum an_err err = make_matrix(trained, ret_matrix, error);
    if (err == AN_OK && (XGBoosterCreate(ret_matrix, 1, &booster->handle) != 0 ||
                         !set_params(booster->handle, options, trained->view->count, share)))
        err = failed(error, "begin");
    return err;
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
    struct race race = { .held = held == NULL ? NULL : &beside, .best_margins = ret_margins };
    DMatrixHandle matrix = NULL;
    struct an_booster *booster = calloc(1, sizeof *booster);
    if (booster == NULL) return an_fail(error, AN_ERR_NO_MEMORY, "no memory for a booster");
    XGBRegisterLogCallback(be_quiet);
    enum an_err err = begin(booster, &trained, &matrix, error);
    if (err == AN_OK && !begin_race(&race, booster)) err = an_fail(error, AN_ERR_NO_MEMORY, "no memory for held rows");
    if (err == AN_OK) err = run_rounds(booster, matrix, view, options, &race, watch, user, error);
    if (matrix != NULL) XGDMatrixFree(matrix);
    free(race.margins);
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
    an_trees_done(&booster->trees);
    free(booster->gains);
    free(booster);
}

enum an_err an_booster_trees(const struct an_booster *booster, const struct an_view *view, unsigned rounds,
                             unsigned class_of, float scale, struct an_trees *trees, float *ret_base,
                             struct an_error *error)
{
    an_assert(booster != NULL && view != NULL && trees != NULL && ret_base != NULL);
    unsigned wide = booster->classes == 0 ? 1 : booster->classes;
    an_assert(class_of < wide && rounds * wide <= booster->trees.root_count);
    for (unsigned r = 0; r < rounds; r++) {
        uint32_t first = trees->node_count;
        enum an_err err = an_trees_copy(trees, &booster->trees, r * wide + class_of, scale);
        if (err != AN_OK) return say_trees(error, err);
        for (uint32_t n = first; view->cuts != NULL && n < trees->node_count; n++) {
            struct an_forest_node *node = &trees->nodes[n];
            if (node->feature != AN_FOREST_LEAF)
                node->threshold = an_cuts_threshold(view->cuts, view->features[node->feature].a, node->threshold);
        }
    }
    *ret_base = booster->base * scale;
    return AN_OK;
}

void an_booster_gain(const struct an_booster *booster, const struct an_view *view, float *out)
{
    memcpy(out, booster->gains, view->count * sizeof *out);
}

char *an_booster_version(char *out)
{
    int major, minor, patch;
    XGBoostVersion(&major, &minor, &patch);
    snprintf(out, 24, "%d.%d.%d", major, minor, patch);
    return out;
}
