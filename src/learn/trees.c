#include "learn/trees.h"

#include <stdlib.h>

void an_trees_done(struct an_trees *trees)
{
    if (trees == NULL) return;
    free(trees->nodes);
    free(trees->means);
    free(trees->roots);
    *trees = (struct an_trees) { 0 };
}

static bool make_room(struct an_trees *t, uint32_t nodes)
{
    if (t->node_room - t->node_count < nodes) {
        uint32_t room = t->node_room * 2 > t->node_count + nodes ? t->node_room * 2 : t->node_count + nodes;
        struct an_forest_node *bigger = reallocarray(t->nodes, room, sizeof *bigger);
        if (bigger == NULL) return false;
        t->nodes = bigger;
        float *means = reallocarray(t->means, room, sizeof *means);
        if (means == NULL) return false;
        t->means = means;
        t->node_room = room;
    }
    if (t->root_count == t->root_room) {
        uint32_t room = t->root_room == 0 ? 64 : t->root_room * 2;
        uint32_t *bigger = reallocarray(t->roots, room, sizeof *bigger);
        if (bigger == NULL) return false;
        t->roots = bigger;
        t->root_room = room;
    }
    return true;
}

static bool is_tree(const struct an_tree_source *s)
{
    for (uint32_t n = 0; n < s->count; n++) {
        if (s->left[n] < 0) continue;
        if (s->left[n] >= (int32_t)s->count || s->right[n] < 0 || s->right[n] >= (int32_t)s->count) return false;
        if (s->left[n] <= (int32_t)n || s->right[n] <= (int32_t)n) return false; /* children come later: no circle */
    }
    return s->count > 0;
}

/* Breadth first: where[] says which node of the source stands at which place behind the root. */
static uint32_t lay_out(const struct an_tree_source *s, uint32_t *where, struct an_forest_node *nodes, uint32_t first,
                        float scale)
{
    uint32_t placed = 1;
    where[0] = 0;
    for (uint32_t at = 0; at < placed; at++) {
        uint32_t n = where[at];
        struct an_forest_node *node = &nodes[at];
        *node = (struct an_forest_node) { .feature = AN_FOREST_LEAF, .threshold = s->value[n] * scale };
        if (s->left[n] < 0) continue;
        if (placed + 2 > s->count) return 0; /* a node with two parents */
        node->threshold = s->value[n];
        node->left = first + placed;
        node->feature = s->feature[n];
        node->missing_left = s->missing_left[n] != 0;
        where[placed++] = (uint32_t)s->left[n];
        where[placed++] = (uint32_t)s->right[n];
    }
    return placed;
}

/* From the last node to the root: children stand behind their parents. */
static void fill_means(const struct an_tree_source *s, const uint32_t *where, const struct an_forest_node *nodes,
                       float *means, uint32_t first, uint32_t placed)
{
    for (uint32_t at = placed; at-- > 0;) {
        means[at] = nodes[at].threshold;
        if (nodes[at].feature == AN_FOREST_LEAF) continue;
        uint32_t left = nodes[at].left - first;
        float a = s->cover[where[left]], b = s->cover[where[left + 1]];
        float share = a + b > 0 ? a / (a + b) : 0.5f;
        means[at] = share * means[left] + (1 - share) * means[left + 1];
    }
}

enum an_err an_trees_add(struct an_trees *trees, const struct an_tree_source *source, float scale)
{
    an_assert(trees != NULL && source != NULL);
    if (trees->root_count == AN_FOREST_TREES_MAX) return AN_ERR_LIMIT;
    if (source->count > AN_FOREST_FILE_MAX / sizeof(struct an_forest_node)) return AN_ERR_LIMIT;
    if (!is_tree(source)) return AN_ERR_INVALID;
    uint32_t *where = malloc(source->count * sizeof *where);
    if (where == NULL || !make_room(trees, source->count)) {
        free(where);
        return AN_ERR_NO_MEMORY;
    }
    uint32_t first = trees->node_count;
    uint32_t placed = lay_out(source, where, trees->nodes + first, first, scale);
    if (placed > 0) fill_means(source, where, trees->nodes + first, trees->means + first, first, placed);
    free(where);
    if (placed == 0) return AN_ERR_INVALID;
    trees->roots[trees->root_count++] = first;
    trees->node_count += placed;
    return AN_OK;
}

enum an_err an_trees_copy(struct an_trees *trees, const struct an_trees *from, uint32_t root, float scale)
{
    an_assert(trees != NULL && from != NULL && trees != from && root < from->root_count);
    uint32_t begin = from->roots[root], end = root + 1 < from->root_count ? from->roots[root + 1] : from->node_count;
    if (trees->root_count == AN_FOREST_TREES_MAX) return AN_ERR_LIMIT;
    if (!make_room(trees, end - begin)) return AN_ERR_NO_MEMORY;
    uint32_t first = trees->node_count;
    for (uint32_t n = begin; n < end; n++) {
        struct an_forest_node node = from->nodes[n];
        if (node.feature == AN_FOREST_LEAF)
            node.threshold *= scale;
        else
            node.left = node.left - begin + first;
        trees->nodes[first + n - begin] = node;
        trees->means[first + n - begin] = from->means[n] * scale;
    }
    trees->roots[trees->root_count++] = first;
    trees->node_count += end - begin;
    return AN_OK;
}

void an_trees_used(const struct an_trees *trees, uint8_t *used, uint32_t count)
{
    for (uint32_t n = 0; n < trees->node_count; n++)
        if (trees->nodes[n].feature != AN_FOREST_LEAF) {
            an_assert(trees->nodes[n].feature < count);
            used[trees->nodes[n].feature] = 1;
        }
}

void an_trees_renumber(struct an_trees *trees, const uint16_t *number)
{
    for (uint32_t n = 0; n < trees->node_count; n++)
        if (trees->nodes[n].feature != AN_FOREST_LEAF) trees->nodes[n].feature = number[trees->nodes[n].feature];
}
