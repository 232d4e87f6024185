/* What the walker's build and its two ways to run share. Layer: score; not for others. */
#ifndef ANNING_SCORE_WALK_INSIDE_H
#define ANNING_SCORE_WALK_INSIDE_H

#include "score/walk.h"

/* Thresholds of one row, sorted: a call's byte is how many of them it has reached, less 128. */
struct an_walk_row {
    uint16_t feature;
    uint16_t count;
    uint32_t first; /* into thresholds */
};

/* Goes left where the row's byte is below. Nodes stand in depth-first order: the left subtree behind its parent, the
 * right one behind that. */
struct an_walk_node {
    uint16_t at; /* of the row's 64 bytes */
    int8_t below;
    uint8_t reserved;
};

/* The same node asked of one call: goes left where the feature is below. A tree's stand level by level, the children of
 * number i as 2 i + 1 and 2 i + 2, so that the first four levels are one cache line. */
struct an_walk_question {
    uint16_t feature;
    an_mini whole;
};

struct an_walk_tree {
    uint32_t node; /* first of 2^depth - 1 */
    uint32_t leaf; /* first of 2^depth, rounded up to 16 */
    uint32_t depth;
};

struct an_walk_sum {
    float base;
    uint32_t trees;
};

enum { AN_WALK_LEAVES = 16, AN_WALK_DEPTH_MIN = 1 };

typedef void an_walk_run(const struct an_walk *walk, const uint8_t *rows, uint32_t count,
                         float (*ret_sums)[AN_VECTOR_MAX], uint8_t (*ret_leaves)[AN_VECTOR_MAX]);

struct an_walk {
    uint32_t row_count, threshold_count, tree_count, node_count, leaf_count, sum_count;
    struct an_walk_row *rows;
    int16_t *thresholds; /* the greatest number below it, less 32,768: for "greater than" */
    struct an_walk_tree *trees;
    struct an_walk_node *nodes;
    struct an_walk_question *questions; /* as many as nodes */
    float *leaves;
    uint8_t *planes; /* the same leaves: of each 16, all first bytes, all second bytes ... */
    uint32_t *leaf_nodes;
    struct an_walk_sum *sums;
    void (*quantise)(const struct an_walk *walk, const an_mini (*features)[AN_VECTOR_MAX], const bool *live,
                     uint8_t *ret_rows);
    an_walk_run *run;
};

void an_walk_quantise_portable(const struct an_walk *walk, const an_mini (*features)[AN_VECTOR_MAX], const bool *live,
                               uint8_t *ret_rows);
an_walk_run an_walk_run_portable;
#ifdef __x86_64__
void an_walk_quantise_avx2(const struct an_walk *walk, const an_mini (*features)[AN_VECTOR_MAX], const bool *live,
                           uint8_t *ret_rows);
an_walk_run an_walk_run_avx2;
#endif

#endif
