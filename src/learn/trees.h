/* Trees as they are gathered, until they make a forest. Layer: learn. Arrays double when full, up to what a model file
 * may hold (model/forest.h). */
#ifndef ANNING_LEARN_TREES_H
#define ANNING_LEARN_TREES_H

#include "model/forest.h"

struct an_trees {
    struct an_forest_node *nodes; /* [own] */
    float *means;                 /* [own] by node: the mean of the leaves below */
    uint32_t *roots;              /* [own] */
    uint32_t node_count, node_room, root_count, root_room;
};

/* One tree as XGBoost writes it: arrays by node, left -1 for a leaf. */
struct an_tree_source {
    uint32_t count;
    const int32_t *left, *right;
    const uint16_t *feature;
    const float *value; /* threshold, or the leaf's value */
    const uint8_t *missing_left;
    const float *cover; /* how much came by in training, by which means are weighted */
};

void an_trees_done(struct an_trees *trees);
/* Appends a tree, children next to each other, leaves times scale. AN_OK; AN_ERR_INVALID (no tree: a circle, a node
 * outside), AN_ERR_LIMIT (over AN_FOREST_TREES_MAX), AN_ERR_NO_MEMORY. */
enum an_err an_trees_add(struct an_trees *trees, const struct an_tree_source *source, float scale);
/* Appends tree number root of another list. AN_OK, AN_ERR_LIMIT, AN_ERR_NO_MEMORY. */
enum an_err an_trees_copy(struct an_trees *trees, const struct an_trees *from, uint32_t root, float scale);
/* Which of the features are asked; used: count flags, set to 1. */
void an_trees_used(const struct an_trees *trees, uint8_t *used, uint32_t count);
/* Gives features other numbers: feature f becomes number[f]. */
void an_trees_renumber(struct an_trees *trees, const uint16_t *number);

#endif
