#include "score/model.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/logistic.h"
#include "base/nearest.h"
#include "base/wide.h"
#include "score/tally.h"
#include "score/walk.h"

enum { UNIT = 1024 }; /* steps are kept in this part of a log-odds */

/* What one comparison's outcome owes to its feature. Where a path is shorter, nothing to a place of its own behind the
 * features: all paths are of one length, so that going over them is foreseeable. */
struct step {
    uint16_t feature;
    int16_t moved;
};

enum { PLACES = AN_FEATURE_COUNT + AN_FOREST_DEPTH_MAX };

struct an_score_model {
    struct an_forest *forest; /* [own] */
    uint32_t version;
    struct an_walk *unwanted, *by_category; /* [own]; by_category NULL: none */
    uint32_t category_count;
    uint8_t categories[AN_CATEGORY_COUNT]; /* of by_category's sums */
    uint16_t rows[AN_FOREST_FEATURES_MAX]; /* enum an_feature of the forest's features */
    uint32_t stride;                       /* steps of a path */
    uint32_t *paths;                       /* [own] where a tree's steps begin: leaf by leaf, stride each */
    struct step *steps;                    /* [own] */
    float *means;                          /* [own] of the forest's nodes */
};

/* ---- making one ---- */

static const char *nearest_feature(const char *name)
{
    const char *names[AN_FEATURE_COUNT];
    for (int f = 0; f < AN_FEATURE_COUNT; f++) names[f] = an_feature_info[f].name;
    return an_nearest(an_slice_of(name), names, AN_FEATURE_COUNT);
}

/* Only what some node asks for must be there. */
static enum an_err find_features(struct an_score_model *m, struct an_error *error)
{
    static const uint16_t none = UINT16_MAX;
    const struct an_forest *forest = m->forest;
    for (uint32_t i = 0; i < forest->features; i++) {
        m->rows[i] = none;
        for (int f = 0; f < AN_FEATURE_COUNT; f++)
            if (strcmp(an_feature_info[f].name, forest->names[i]) == 0) m->rows[i] = (uint16_t)f;
    }
    for (uint32_t n = 0; n < forest->node_count; n++) {
        uint16_t feature = forest->nodes[n].feature;
        if (feature == AN_FOREST_LEAF || m->rows[feature] != none) continue;
        const char *name = forest->names[feature], *near = nearest_feature(name);
        return an_fail(
            error, AN_ERR_NOT_FOUND,
            "it asks for the feature \"%s\", which calls do not have%s%s%s; `anning features` lists those they "
            "have",
            name, near == NULL ? "" : " (\"", near == NULL ? "" : near, near == NULL ? "" : "\"?)");
    }
    for (uint32_t i = 0; i < forest->features; i++)
        if (m->rows[i] == none) m->rows[i] = 0; /* never asked for */
    return AN_OK;
}

/* Means of the leaves below each node; children stand behind their parents. */
static float *means_of(const struct an_forest *forest)
{
    float *means = malloc((forest->node_count + 1) * sizeof *means);
    if (means == NULL) return NULL;
    for (uint32_t n = forest->node_count; n-- > 0;) {
        const struct an_forest_node *node = &forest->nodes[n];
        if (node->feature == AN_FOREST_LEAF)
            means[n] = node->threshold;
        else if (forest->means != NULL)
            means[n] = forest->means[n];
        else
            means[n] = (means[node->left] + means[node->left + 1]) * 0.5f;
    }
    return means;
}

static int16_t bounded(float x)
{
    x = x > -32767.0f ? x : -32767.0f;
    x = x < 32767.0f ? x : 32767.0f;
    return (int16_t)(x + (x >= 0 ? 0.5f : -0.5f));
}

/* A walk down one tree that knows the way it came. */
struct descent {
    const struct an_score_model *model;
    uint32_t tree, leaves;
    struct step path[AN_FOREST_DEPTH_MAX];
    uint32_t length, longest;
    struct step *out; /* NULL: only the longest path is wanted */
};

/* The comparison's feature may have been asked before on the way. */
static void go(struct descent *d, uint16_t feature, int16_t moved, uint32_t *ret_place)
{
    uint32_t place = 0;
    while (place < d->length && d->path[place].feature != feature) place++;
    if (place == d->length) d->path[d->length++] = (struct step) { feature, 0 };
    d->path[place].moved = bounded((float)d->path[place].moved + (float)moved);
    *ret_place = place;
}

static void descend(struct descent *d, uint32_t at)
{
    const struct an_forest_node *node = &d->model->forest->nodes[at];
    if (node->feature == AN_FOREST_LEAF) {
        if (d->length > d->longest) d->longest = d->length;
        for (uint32_t leaf = 0; d->out != NULL && leaf < d->leaves; leaf++)
            if (an_walk_node(d->model->unwanted, d->tree, leaf) == at)
                memcpy(d->out + leaf * d->model->stride, d->path, d->length * sizeof *d->path);
        return;
    }
    const float *means = d->model->means;
    for (uint32_t side = 0; side < 2; side++) {
        const struct descent before = *d;
        uint32_t place;
        go(d, d->model->rows[node->feature], bounded((means[node->left + side] - means[at]) * (float)UNIT), &place);
        descend(d, node->left + side);
        memcpy(d->path, before.path, sizeof d->path);
        d->length = before.length;
    }
}

static uint32_t longest_path(const struct an_score_model *m)
{
    const struct an_forest *forest = m->forest;
    uint32_t longest = 0;
    for (uint32_t t = 0; t < forest->unwanted.trees; t++) {
        struct descent d = { .model = m, .tree = t };
        descend(&d, forest->roots[forest->unwanted.first + t]);
        if (d.longest > longest) longest = d.longest;
    }
    return longest;
}

static enum an_err make_paths(struct an_score_model *m)
{
    const struct an_forest *forest = m->forest;
    uint32_t trees = forest->unwanted.trees, total = 0;
    m->means = means_of(forest);
    m->paths = calloc(trees + 1, sizeof *m->paths);
    if (m->means == NULL || m->paths == NULL) return AN_ERR_NO_MEMORY;
    m->stride = longest_path(m);
    for (uint32_t t = 0; t < trees; t++) {
        m->paths[t] = total;
        total += m->stride * an_walk_leaves(m->unwanted, t);
    }
    m->steps = malloc((total + 1) * sizeof *m->steps);
    if (m->steps == NULL) return AN_ERR_NO_MEMORY;
    for (uint32_t i = 0; i < total; i++)
        m->steps[i] = (struct step) { (uint16_t)(AN_FEATURE_COUNT + i % m->stride), 0 };
    for (uint32_t t = 0; t < trees; t++) {
        struct descent d = {
            .model = m, .tree = t, .leaves = an_walk_leaves(m->unwanted, t), .out = m->steps + m->paths[t]
        };
        descend(&d, forest->roots[forest->unwanted.first + t]);
    }
    return AN_OK;
}

static enum an_err make_walks(struct an_score_model *m, struct an_error *error)
{
    const struct an_forest *forest = m->forest;
    struct an_forest_sum sums[AN_CATEGORY_COUNT];
    if (forest->unwanted.trees > AN_SCORE_TREES_MAX)
        return an_fail(error, AN_ERR_LIMIT, "%u trees, over the limit AN_SCORE_TREES_MAX, %d", forest->unwanted.trees,
                       AN_SCORE_TREES_MAX);
    for (int c = AN_CATEGORY_UNKNOWN + 1; c < AN_CATEGORY_COUNT; c++) {
        if (forest->categories[c].trees == 0) continue;
        sums[m->category_count] = forest->categories[c];
        m->categories[m->category_count++] = (uint8_t)c;
    }
    enum an_err err = an_walk_new(forest, &forest->unwanted, 1, m->rows, &m->unwanted, error);
    if (err != AN_OK || m->category_count == 0) return err;
    return an_walk_new(forest, sums, m->category_count, m->rows, &m->by_category, error);
}

static enum an_err make(struct an_score_model *m, struct an_error *error)
{
    enum an_err err = find_features(m, error);
    if (err == AN_OK) err = make_walks(m, error);
    if (err != AN_OK) return err;
    err = make_paths(m);
    m->version = (uint32_t)an_mix2(an_tally_version(), m->forest->version) | 1u;
    return err == AN_OK ? AN_OK : an_fail(error, err, "no memory for its explanations");
}

enum an_err an_score_model_new(struct an_forest *forest, struct an_score_model **ret_model, struct an_error *error)
{
    an_assert(forest != NULL && ret_model != NULL);
    struct an_score_model *model = calloc(1, sizeof *model);
    if (model == NULL) return an_fail(error, AN_ERR_NO_MEMORY, "no memory for a model");
    model->forest = forest;
    enum an_err err = make(model, error);
    if (err != AN_OK) {
        model->forest = NULL;
        an_score_model_free(model);
        return err;
    }
    *ret_model = model;
    return AN_OK;
}

enum an_err an_score_model_load(const char *path, struct an_score_model **ret_model, struct an_error *error)
{
    struct an_forest *forest;
    struct an_error reason = { "" };
    enum an_err err = an_forest_load(path, &forest, error);
    if (err != AN_OK) return err;
    err = an_score_model_new(forest, ret_model, &reason);
    if (err == AN_OK) return AN_OK;
    an_forest_free(forest);
    return an_fail(error, err, "%s: %s", path, reason.text);
}

void an_score_model_free(struct an_score_model *model)
{
    if (model == NULL) return;
    an_forest_free(model->forest);
    an_walk_free(model->unwanted);
    an_walk_free(model->by_category);
    free(model->paths);
    free(model->steps);
    free(model->means);
    free(model);
}

const struct an_forest *an_score_model_forest(const struct an_score_model *model)
{
    return model->forest;
}

uint32_t an_score_model_version(const struct an_score_model *model)
{
    return model->version;
}

/* ---- calls ---- */

/* an_forest_probability of each. */
static void calibrate(const struct an_calibration *c, const float *log_odds, uint32_t count, float *ret_probability)
{
    float x[AN_VECTOR_MAX];
    switch (c->kind) {
    case AN_CALIBRATION_ISOTONIC:
        for (uint32_t i = 0; i < count; i++) ret_probability[i] = an_forest_probability(c, log_odds[i]);
        break;
    case AN_CALIBRATION_PLATT:
        for (uint32_t i = 0; i < count; i++) x[i] = c->a * log_odds[i] + c->b;
        an_logistic_many(x, count, ret_probability);
        break;
    default: an_logistic_many(log_odds, count, ret_probability);
    }
}

void an_score_model_run(const struct an_score_model *model, const an_mini (*features)[AN_VECTOR_MAX], const bool *live,
                        uint32_t count, struct an_model_scores *ret_scores)
{
    an_walk_vector(model->unwanted, features, live, count, &ret_scores->log_odds, ret_scores->leaves);
    calibrate(&model->forest->calibration, ret_scores->log_odds, count, ret_scores->probability);
}

AN_WIDE static void to_hundredths(const int32_t *sum, int16_t *moved)
{
    for (uint32_t f = 0; f < AN_FEATURE_COUNT; f++) {
        int32_t most = INT16_MAX * (UNIT / 4) / 25, units = sum[f] < most ? sum[f] : most;
        units = units > -most ? units : -most;
        moved[f] = (int16_t)((units * 25 + (units >= 0 ? UNIT / 8 : -UNIT / 8)) / (UNIT / 4));
    }
}

/* Which paths is known beforehand; seldom asked for, they lie far away. Inlined by force: see campaign/match.c. */
static inline __attribute__((always_inline)) void fetch_steps(const struct an_score_model *model,
                                                              const struct an_model_scores *scores,
                                                              const uint8_t *calls, uint32_t count)
{
    for (uint32_t t = 0; t < model->forest->unwanted.trees; t++)
        for (uint32_t c = 0; c < count; c++)
            __builtin_prefetch(model->steps + model->paths[t] + scores->leaves[t][calls[c]] * model->stride);
}

static inline __attribute__((always_inline)) void add_steps(const struct an_score_model *model,
                                                            const struct an_model_scores *scores, const uint8_t *calls,
                                                            uint32_t count, int32_t (*sums)[PLACES], uint32_t stride)
{
    for (uint32_t t = 0; t < model->forest->unwanted.trees; t++)
        for (uint32_t c = 0; c < count; c++) {
            const struct step *step = model->steps + model->paths[t] + scores->leaves[t][calls[c]] * stride;
            for (uint32_t k = 0; k < stride; k++) sums[c][step[k].feature] += step[k].moved;
        }
}

/* Each length a loop of its own. */
static void add_paths(const struct an_score_model *model, const struct an_model_scores *scores, const uint8_t *calls,
                      uint32_t count, int32_t (*sums)[PLACES])
{
    switch (model->stride) {
    case 0: break;
    case 1: add_steps(model, scores, calls, count, sums, 1); break;
    case 2: add_steps(model, scores, calls, count, sums, 2); break;
    case 3: add_steps(model, scores, calls, count, sums, 3); break;
    case 4: add_steps(model, scores, calls, count, sums, 4); break;
    case 5: add_steps(model, scores, calls, count, sums, 5); break;
    case 6: add_steps(model, scores, calls, count, sums, 6); break;
    case 7: add_steps(model, scores, calls, count, sums, 7); break;
    default: add_steps(model, scores, calls, count, sums, 8); break;
    }
}

void an_score_model_explain(const struct an_score_model *model, const struct an_model_scores *scores,
                            const uint8_t *calls, uint32_t count, int16_t (*ret_moved)[AN_FEATURE_COUNT])
{
    an_assert(count <= AN_VECTOR_MAX);
    int32_t sums[AN_VECTOR_MAX][PLACES];
    fetch_steps(model, scores, calls, count);
    memset(sums, 0, count * sizeof sums[0]);
    add_paths(model, scores, calls, count, sums);
    for (uint32_t c = 0; c < count; c++) to_hundredths(sums[c], ret_moved[c]);
}

/* Magnitude above, feature below: the greatest is the strongest, ties go to the first of the table. */
AN_WIDE static void make_keys(const int16_t *moved, uint32_t *keys)
{
    for (uint32_t f = 0; f < AN_FEATURE_COUNT; f++) {
        uint32_t size = (uint32_t)(moved[f] < 0 ? -moved[f] : moved[f]);
        keys[f] = size << 16 | (AN_FEATURE_COUNT - f);
    }
}

AN_WIDE static uint32_t greatest(const uint32_t *keys)
{
    uint32_t best = 0;
    for (uint32_t f = 0; f < AN_FEATURE_COUNT; f++) best = keys[f] > best ? keys[f] : best;
    return best;
}

void an_score_model_causes(const int16_t moved[AN_FEATURE_COUNT], struct an_verdict *verdict)
{
    uint32_t keys[AN_FEATURE_COUNT];
    make_keys(moved, keys);
    verdict->cause_count = 0;
    memset(verdict->causes, 0, sizeof verdict->causes);
    for (unsigned k = 0; k < AN_VERDICT_CAUSES_MAX; k++) {
        uint32_t best = greatest(keys), feature = AN_FEATURE_COUNT - (best & 0xffff);
        if (best >> 16 == 0) break;
        verdict->causes[k] = (struct an_verdict_cause) { (uint16_t)feature, moved[feature] };
        verdict->cause_count++;
        keys[feature] = 0;
    }
}

bool an_score_model_categories(const struct an_score_model *model, const an_mini (*features)[AN_VECTOR_MAX],
                               const bool *live, uint32_t count, uint8_t ret_categories[AN_VECTOR_MAX])
{
    float sums[AN_CATEGORY_COUNT][AN_VECTOR_MAX], best[AN_VECTOR_MAX];
    if (model->by_category == NULL) return false;
    an_walk_vector(model->by_category, features, live, count, sums, NULL);
    for (uint32_t i = 0; i < count; i++) {
        best[i] = sums[0][i];
        ret_categories[i] = model->categories[0];
    }
    for (uint32_t c = 1; c < model->category_count; c++)
        for (uint32_t i = 0; i < count; i++) {
            bool better = sums[c][i] > best[i];
            best[i] = better ? sums[c][i] : best[i];
            ret_categories[i] = better ? model->categories[c] : ret_categories[i];
        }
    return true;
}

bool an_score_model_category(const struct an_score_model *model, const an_mini features[AN_FEATURE_COUNT],
                             uint8_t *ret_category)
{
    float sums[AN_CATEGORY_COUNT];
    uint32_t best = 0;
    if (model->by_category == NULL) return false;
    an_walk_one(model->by_category, features, sums);
    for (uint32_t c = 1; c < model->category_count; c++)
        if (sums[c] > sums[best]) best = c;
    *ret_category = model->categories[best];
    return true;
}
