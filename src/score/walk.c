#include "score/walk.h"

#include <stdlib.h>
#include <string.h>

#include "score/walk_inside.h"

_Static_assert(AN_VECTOR_MAX == 64, "a row is 64 bytes, two registers of AVX2");
_Static_assert(AN_WALK_ROWS_MAX *AN_VECTOR_MAX <= UINT16_MAX, "a node has 16 bits for its row's place");
_Static_assert(AN_FOREST_DEPTH_MAX == 8, "a leaf's number is one byte, and walk_eval.h goes so deep");

enum { ROW_THRESHOLDS_MAX = 255, WHOLE_MAX = UINT16_MAX };

/* A node of the forest as the walker sees it. */
enum side { BOTH, ALWAYS_LEFT, ALWAYS_RIGHT };

struct build {
    const struct an_forest *forest;
    const uint16_t *rows;
    struct an_walk *walk;
    uint32_t *keys; /* feature << 16 | threshold; sorted and distinct once collected */
    uint32_t key_count;
};

/* The smallest minifloat that is not below the threshold: 1 to 65,535. */
static enum side whole_threshold(float threshold, uint32_t *ret_whole)
{
    uint32_t low = 1, high = WHOLE_MAX;
    if (threshold <= 0) return ALWAYS_RIGHT;
    if (threshold > an_mini_float(WHOLE_MAX)) return ALWAYS_LEFT;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (an_mini_float((an_mini)middle) >= threshold)
            high = middle;
        else
            low = middle + 1;
    }
    *ret_whole = low;
    return BOTH;
}

/* Passes by nodes that send every call the same way. */
static const struct an_forest_node *settle(const struct build *b, uint32_t at, uint32_t *ret_key)
{
    for (;;) {
        const struct an_forest_node *node = &b->forest->nodes[at];
        uint32_t whole = 0;
        if (node->feature == AN_FOREST_LEAF) return node;
        enum side side = whole_threshold(node->threshold, &whole);
        *ret_key = (uint32_t)b->rows[node->feature] << 16 | whole;
        if (side == BOTH) return node;
        at = node->left + (side == ALWAYS_RIGHT);
    }
}

/* Depth of the tree at a node; its thresholds are put down when there is room for them (the second time). */
static uint32_t measure(struct build *b, uint32_t at)
{
    uint32_t key = 0;
    const struct an_forest_node *node = settle(b, at, &key);
    if (node->feature == AN_FOREST_LEAF) return 0;
    if (b->keys != NULL) b->keys[b->key_count] = key;
    b->key_count++;
    uint32_t left = measure(b, node->left), right = measure(b, node->left + 1);
    return 1 + (left > right ? left : right);
}

static int compare_keys(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static void sort_keys(struct build *b)
{
    uint32_t distinct = 0;
    if (b->key_count == 0) return;
    qsort(b->keys, b->key_count, sizeof *b->keys, compare_keys);
    for (uint32_t i = 0; i < b->key_count; i++)
        if (i == 0 || b->keys[i] != b->keys[distinct - 1]) b->keys[distinct++] = b->keys[i];
    b->key_count = distinct;
}

/* A new row at each feature, and where one is full. Without rows to fill they are only counted. */
static uint32_t make_rows(const struct build *b, struct an_walk_row *rows)
{
    uint32_t count = 0, first = 0;
    for (uint32_t i = 0; i < b->key_count; i++) {
        bool next = i == 0 || b->keys[i] >> 16 != b->keys[i - 1] >> 16 || i - first == ROW_THRESHOLDS_MAX;
        if (next) {
            first = i;
            if (rows != NULL) rows[count] = (struct an_walk_row) { (uint16_t)(b->keys[i] >> 16), 0, first };
            count++;
        }
        if (rows != NULL) rows[count - 1].count++;
    }
    return count;
}

static struct an_walk_node node_of_key(const struct build *b, uint32_t key)
{
    const struct an_walk *w = b->walk;
    const uint32_t *found = bsearch(&key, b->keys, b->key_count, sizeof *b->keys, compare_keys);
    an_assert(found != NULL);
    uint32_t at = (uint32_t)(found - b->keys), row = 0;
    while (row + 1 < w->row_count && w->rows[row + 1].first <= at) row++;
    return (struct an_walk_node) { (uint16_t)(row * AN_VECTOR_MAX), (int8_t)((int)(at - w->rows[row].first) + 1 - 128),
                                   0 };
}

/* Where a tree's parts are put: its next node in depth-first order, and level by level as a question. */
struct places {
    uint32_t node, question, leaf;
    struct an_walk_question *questions; /* of the tree */
};

/* The tree below a node of the forest as one of that depth; a leaf higher up fills all places below it. */
static void place(const struct build *b, uint32_t at, uint32_t depth, struct places to)
{
    struct an_walk *w = b->walk;
    uint32_t key = 0;
    const struct an_forest_node *node = settle(b, at, &key);
    bool is_leaf = node->feature == AN_FOREST_LEAF;
    if (depth == 0) {
        an_assert(is_leaf);
        w->leaves[to.leaf] = node->threshold;
        w->leaf_nodes[to.leaf] = (uint32_t)(node - b->forest->nodes);
        return;
    }
    uint32_t half = 1u << (depth - 1), self = (uint32_t)(node - b->forest->nodes);
    struct places left = { to.node + 1, 2 * to.question + 1, to.leaf, to.questions };
    struct places right = { to.node + half, 2 * to.question + 2, to.leaf + half, to.questions };
    w->nodes[to.node] = is_leaf ? (struct an_walk_node) { 0, 0, 0 } : node_of_key(b, key);
    if (!is_leaf) to.questions[to.question] = (struct an_walk_question) { (uint16_t)(key >> 16), (an_mini)key };
    place(b, is_leaf ? self : node->left, depth - 1, left);
    place(b, is_leaf ? self : node->left + 1, depth - 1, right);
}

static uint32_t root_of(const struct build *b, const struct an_forest_sum *sum, uint32_t tree)
{
    return b->forest->roots[sum->first + tree];
}

/* Counts everything, so that it can be taken in one go. */
static enum an_err measure_all(struct build *b, const struct an_forest_sum *sums, struct an_error *error)
{
    struct an_walk *w = b->walk;
    for (uint32_t s = 0; s < w->sum_count; s++)
        for (uint32_t t = 0; t < sums[s].trees; t++, w->tree_count++) measure(b, root_of(b, &sums[s], t));
    b->keys = malloc((b->key_count + 1) * sizeof *b->keys);
    if (b->keys == NULL) return an_fail(error, AN_ERR_NO_MEMORY, "no memory for a model's thresholds");
    b->key_count = 0;
    for (uint32_t s = 0; s < w->sum_count; s++)
        for (uint32_t t = 0; t < sums[s].trees; t++) {
            uint32_t depth = measure(b, root_of(b, &sums[s], t));
            if (depth < AN_WALK_DEPTH_MIN) depth = AN_WALK_DEPTH_MIN;
            w->node_count += (1u << depth) - 1;
            w->leaf_count += 1u << depth < AN_WALK_LEAVES ? AN_WALK_LEAVES : 1u << depth;
        }
    sort_keys(b);
    w->threshold_count = b->key_count;
    w->row_count = make_rows(b, NULL);
    if (w->row_count > AN_WALK_ROWS_MAX)
        return an_fail(error, AN_ERR_LIMIT, "%u distinct thresholds make %u rows, over the limit AN_WALK_ROWS_MAX, %d",
                       b->key_count, w->row_count, AN_WALK_ROWS_MAX);
    return AN_OK;
}

static enum an_err allocate(struct an_walk *w, struct an_error *error)
{
    w->rows = calloc(w->row_count + 1, sizeof *w->rows);
    w->thresholds = calloc(w->threshold_count + 1, sizeof *w->thresholds);
    w->trees = calloc(w->tree_count + 1, sizeof *w->trees);
    w->nodes = calloc(w->node_count + 1, sizeof *w->nodes);
    w->questions = calloc(w->node_count + 1, sizeof *w->questions);
    w->leaves = calloc(w->leaf_count + 1, sizeof *w->leaves);
    w->planes = calloc(w->leaf_count + 1, sizeof(float) * sizeof *w->planes);
    w->leaf_nodes = calloc(w->leaf_count + 1, sizeof *w->leaf_nodes);
    w->sums = calloc(w->sum_count + 1, sizeof *w->sums);
    bool all = w->rows != NULL && w->thresholds != NULL && w->trees != NULL && w->nodes != NULL &&
               w->questions != NULL && w->leaves != NULL && w->planes != NULL && w->leaf_nodes != NULL &&
               w->sums != NULL;
    return all ? AN_OK : an_fail(error, AN_ERR_NO_MEMORY, "no memory for a model of %u trees", w->tree_count);
}

static void fill_trees(struct build *b, const struct an_forest_sum *sums)
{
    struct an_walk *w = b->walk;
    uint32_t tree = 0, node = 0, leaf = 0;
    for (uint32_t s = 0; s < w->sum_count; s++) {
        w->sums[s] = (struct an_walk_sum) { sums[s].base, sums[s].trees };
        for (uint32_t t = 0; t < sums[s].trees; t++, tree++) {
            struct build only_measured = { .forest = b->forest, .rows = b->rows };
            uint32_t depth = measure(&only_measured, root_of(b, &sums[s], t));
            if (depth < AN_WALK_DEPTH_MIN) depth = AN_WALK_DEPTH_MIN;
            w->trees[tree] = (struct an_walk_tree) { node, leaf, depth };
            place(b, root_of(b, &sums[s], t), depth, (struct places) { node, 0, leaf, w->questions + node });
            node += (1u << depth) - 1;
            leaf += 1u << depth < AN_WALK_LEAVES ? AN_WALK_LEAVES : 1u << depth;
        }
    }
    an_assert(tree == w->tree_count && node == w->node_count && leaf == w->leaf_count);
}

static void fill_planes(struct an_walk *w)
{
    for (uint32_t leaf = 0; leaf < w->leaf_count; leaf++) {
        uint8_t bytes[sizeof(float)];
        uint8_t *block = w->planes + (size_t)(leaf / AN_WALK_LEAVES) * AN_WALK_LEAVES * sizeof(float);
        memcpy(bytes, &w->leaves[leaf], sizeof bytes);
        for (unsigned p = 0; p < sizeof bytes; p++) block[p * AN_WALK_LEAVES + leaf % AN_WALK_LEAVES] = bytes[p];
    }
}

static enum an_err build(struct build *b, const struct an_forest_sum *sums, struct an_error *error)
{
    struct an_walk *w = b->walk;
    enum an_err err = measure_all(b, sums, error);
    if (err == AN_OK) err = allocate(w, error);
    if (err != AN_OK) return err;
    (void)make_rows(b, w->rows);
    if (w->row_count == 0) { /* trees without a comparison read a row too */
        w->row_count = 1;
        w->rows[0] = (struct an_walk_row) { b->rows[0], 0, 0 };
    }
    for (uint32_t i = 0; i < w->threshold_count; i++)
        w->thresholds[i] = (int16_t)((int)(b->keys[i] & 0xffff) - 1 + INT16_MIN);
    fill_trees(b, sums);
    fill_planes(w);
    an_walk_set_level(w, 1);
    return AN_OK;
}

enum an_err an_walk_new(const struct an_forest *forest, const struct an_forest_sum *sums, uint32_t sum_count,
                        const uint16_t *rows, struct an_walk **ret_walk, struct an_error *error)
{
    an_assert(forest != NULL && sums != NULL && rows != NULL && ret_walk != NULL);
    struct an_walk *walk = calloc(1, sizeof *walk);
    if (walk == NULL) return an_fail(error, AN_ERR_NO_MEMORY, "no memory for a model");
    walk->sum_count = sum_count;
    struct build b = { .forest = forest, .rows = rows, .walk = walk };
    enum an_err err = build(&b, sums, error);
    free(b.keys);
    if (err != AN_OK) {
        an_walk_free(walk);
        return err;
    }
    *ret_walk = walk;
    return AN_OK;
}

void an_walk_free(struct an_walk *walk)
{
    if (walk == NULL) return;
    free(walk->rows);
    free(walk->thresholds);
    free(walk->trees);
    free(walk->nodes);
    free(walk->questions);
    free(walk->leaves);
    free(walk->planes);
    free(walk->leaf_nodes);
    free(walk->sums);
    free(walk);
}

uint32_t an_walk_trees(const struct an_walk *walk)
{
    return walk->tree_count;
}

uint32_t an_walk_leaves(const struct an_walk *walk, uint32_t tree)
{
    an_assert(tree < walk->tree_count);
    return 1u << walk->trees[tree].depth;
}

uint32_t an_walk_node(const struct an_walk *walk, uint32_t tree, uint32_t leaf)
{
    an_assert(tree < walk->tree_count && leaf < 1u << walk->trees[tree].depth);
    return walk->leaf_nodes[walk->trees[tree].leaf + leaf];
}

void an_walk_set_level(struct an_walk *walk, int level)
{
    walk->quantise = an_walk_quantise_portable;
    walk->run = an_walk_run_portable;
#ifdef __x86_64__
    if (level > 0 && __builtin_cpu_supports("avx2")) {
        walk->quantise = an_walk_quantise_avx2;
        walk->run = an_walk_run_avx2;
    }
#else
    (void)level;
#endif
}

void an_walk_vector(const struct an_walk *walk, const an_mini (*features)[AN_VECTOR_MAX], const bool *live,
                    uint32_t count, float (*ret_sums)[AN_VECTOR_MAX], uint8_t (*ret_leaves)[AN_VECTOR_MAX])
{
    an_assert(walk != NULL && count <= AN_VECTOR_MAX);
    _Alignas(64) uint8_t rows[AN_WALK_ROWS_MAX * AN_VECTOR_MAX];
    walk->quantise(walk, features, live, rows);
    walk->run(walk, rows, count, ret_sums, ret_leaves);
}

void an_walk_one(const struct an_walk *walk, const an_mini *features, float *ret_sums)
{
    an_assert(walk != NULL);
    const struct an_walk_tree *tree = walk->trees;
    for (uint32_t s = 0; s < walk->sum_count; s++) {
        float sum = 0;
        for (uint32_t t = 0; t < walk->sums[s].trees; t++, tree++) {
            const struct an_walk_question *questions = walk->questions + tree->node;
            uint32_t at = 0;
            for (uint32_t level = 0; level < tree->depth; level++) /* no branch on it: nobody could foretell it */
                at = 2 * at + 2 - (features[questions[at].feature] < questions[at].whole);
            sum = sum + walk->leaves[tree->leaf + at + 1 - (1u << tree->depth)];
        }
        ret_sums[s] = sum + walk->sums[s].base;
    }
}
