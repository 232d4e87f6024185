/* A learned model made ready for calls. Layer: a stage (score/). Immutable; swapped in whole like settings.
 *
 * Forest, its walker, a table of what each leaf owes to which feature, and its version. The table is Saabas' way of
 * telling a tree's path apart: a node's mean minus its parent's belongs to the parent's feature. Cost: the walker's
 * (score/walk.h), the calibration, and for each call that is explained some 600 ns with 100 full trees of depth 5, a
 * third of that with trees as thin as trained ones mostly are: five additions a tree at places nobody can foresee. Sums
 * of categories only where some call is unwanted. */
#ifndef ANNING_SCORE_MODEL_H
#define ANNING_SCORE_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/mini.h"
#include "model/call.h"
#include "model/forest.h"

enum { AN_SCORE_TREES_MAX = 1024 }; /* of the sum "unwanted": its leaves are kept on the stack for a vector's calls */
enum { AN_SCORE_FEW = 8 };

struct an_score_model;

/* [own] forest, taken over when AN_OK. AN_ERR_NOT_FOUND: it asks for a feature we don't have; AN_ERR_LIMIT: too many
 * trees or thresholds; AN_ERR_NO_MEMORY. The error names the feature. */
enum an_err an_score_model_new(struct an_forest *forest, struct an_score_model **ret_model, struct an_error *error);
void an_score_model_free(struct an_score_model *model);
/* Reads a file and makes it ready: an_forest_load and an_score_model_new. */
enum an_err an_score_model_load(const char *path, struct an_score_model **ret_model, struct an_error *error);

/* [borrow] What it was made from. */
const struct an_forest *an_score_model_forest(const struct an_score_model *model);
/* In verdicts: of formula, symbol table and forest. */
uint32_t an_score_model_version(const struct an_score_model *model);

/* What it says of a vector. */
struct an_model_scores {
    float log_odds[AN_VECTOR_MAX], probability[AN_VECTOR_MAX];
    uint8_t leaves[AN_SCORE_TREES_MAX][AN_VECTOR_MAX];
};
/* features and live as an_walk_vector wants them, of enum an_feature. */
void an_score_model_run(const struct an_score_model *model, const an_mini (*features)[AN_VECTOR_MAX], const bool *live,
                        uint32_t count, struct an_model_scores *ret_scores);
/* What moved the scores of count calls, at most AN_VECTOR_MAX: ret_moved[k] of calls[k] in 1/100 log-odds for each
 * feature. Tree by tree over all of them, since a tree's table then comes into the cache once. */
void an_score_model_explain(const struct an_score_model *model, const struct an_model_scores *scores,
                            const uint8_t *calls, uint32_t count, int16_t (*ret_moved)[AN_FEATURE_COUNT]);
/* The strongest of them into a verdict. */
void an_score_model_causes(const int16_t moved[AN_FEATURE_COUNT], struct an_verdict *verdict);
/* The likeliest category of each call; false: the model has no categories. */
bool an_score_model_categories(const struct an_score_model *model, const an_mini (*features)[AN_VECTOR_MAX],
                               const bool *live, uint32_t count, uint8_t ret_categories[AN_VECTOR_MAX]);
/* The same of one call, by its features alone: cheaper up to AN_SCORE_FEW calls of a vector. */
bool an_score_model_category(const struct an_score_model *model, const an_mini features[AN_FEATURE_COUNT],
                             uint8_t *ret_category);

#endif
