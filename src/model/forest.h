/* A learned model: boosted trees over named features, a calibration, and a card. Layer: model, since learn/ writes what
 * score/ reads. Immutable once built; swapped in whole like settings.
 *
 * A file is one JSON card and the trees in binary, with a checksum (docs/models.md). A forest is one sum of trees (the
 * log-odds that a call is unwanted) and, optionally, one sum a category. Trees compare x < threshold, left when true; a
 * missing value (NaN) takes the node's default side. Thresholds of models for calls are cut on minifloats, so that
 * every distinct comparison can be made on one byte (score/walk.h).
 * Format of the trees: as XGBoost dumps them (Chen, Guestrin, KDD 2016). */
#ifndef ANNING_MODEL_FOREST_H
#define ANNING_MODEL_FOREST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/limits.h"
#include "model/verdict.h"

/* A node, 12 bytes. Leaf: feature AN_FOREST_LEAF, value in threshold, the rest 0. Children stand at left and left + 1.
 * Thresholds and leaves are finite, leaves and bases within +-AN_FOREST_LEAF_VALUE_MAX. */
#define AN_FOREST_LEAF UINT16_MAX
#define AN_FOREST_LEAF_VALUE_MAX 1e6f
struct an_forest_node {
    float threshold;
    uint32_t left;        /* index into the forest's nodes, above the node's own */
    uint16_t feature;     /* row of the forest's features */
    uint8_t missing_left; /* 1: a missing value goes left */
    uint8_t reserved;
};

/* Log-odds to probability, piecewise linear between knots, flat outside (isotonic), or Platt: sigmoid(a * x + b),
 * a > 0; without one: sigmoid(x). */
enum an_calibration_kind { AN_CALIBRATION_NONE, AN_CALIBRATION_PLATT, AN_CALIBRATION_ISOTONIC };
struct an_calibration {
    enum an_calibration_kind kind;
    float a, b;
    uint32_t knots;
    float x[AN_FOREST_KNOTS_MAX], p[AN_FOREST_KNOTS_MAX]; /* x rising, p not falling; p in (0, 1) */
};

struct an_forest_sum {
    float base;            /* added to the leaves' sum */
    uint32_t first, trees; /* rows of roots[] */
};

struct an_forest {
    uint64_t version; /* hash of the file's bytes; names the model in verdicts */
    uint32_t features;
    char (*names)[AN_FOREST_NAME_MAX]; /* [own] of the features */
    uint32_t node_count;
    struct an_forest_node *nodes; /* [own] */
    float *means; /* [own] of each node, the mean of the leaves below by training weight; explanations are told from
                     it. NULL: not known, both children count alike */
    uint32_t root_count;
    uint32_t *roots; /* [own] */
    struct an_forest_sum unwanted;
    struct an_forest_sum categories[AN_CATEGORY_COUNT]; /* trees 0: none for this one */
    struct an_calibration calibration;                  /* of unwanted */
    char *card; /* [own] JSON text: data, dates, features, figures, licence, hash */
};

/* What a forest put together by hand must hold: shape, limits, numbers; AN_OK, AN_ERR_LIMIT or AN_ERR_INVALID with a
 * sentence. Everything below wants a forest that passes. O(nodes). */
enum an_err an_forest_check(const struct an_forest *forest, struct an_error *error);
/* AN_OK, AN_ERR_IO, AN_ERR_NO_MEMORY, AN_ERR_CORRUPT (checksum), AN_ERR_MALFORMED (no model file), AN_ERR_UNSUPPORTED
 * (a newer format), AN_ERR_LIMIT, AN_ERR_INVALID (trees that don't hold together). The error says file and fault. */
enum an_err an_forest_load(const char *path, struct an_forest **ret_forest, struct an_error *error);
/* The same out of memory; name stands for the file in messages. */
enum an_err an_forest_parse(const char *name, const void *bytes, size_t len, struct an_forest **ret_forest,
                            struct an_error *error);
/* Writes to path.tmp, syncs and renames; a link at path is replaced, what is no file (/dev/null) is refused.
 * forest->version is filled in. Whatever an_forest_check says, or AN_ERR_IO. */
enum an_err an_forest_save(struct an_forest *forest, const char *path, struct an_error *error);
/* The bytes _save writes; parsed and encoded again they are the same. [own] ret_bytes, by free(). */
enum an_err an_forest_encode(struct an_forest *forest, void **ret_bytes, size_t *ret_len, struct an_error *error);
/* Frees the forest and what it owns, by free(). NULL is taken. */
void an_forest_free(struct an_forest *forest);

/* One row of forest->features floats (NaN: missing): log-odds of a sum. The reference that faster walkers must equal to
 * the last bit: leaves are added in the order of the trees, in single precision, base last. */
float an_forest_sum_row(const struct an_forest *forest, const struct an_forest_sum *sum, const float *row);
/* Calibrated probability of a log-odds. No libm: the same bits on any machine. */
float an_forest_probability(const struct an_calibration *calibration, float log_odds);

#endif
