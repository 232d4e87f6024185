/* The walker for any machine, by the compiler's vectors of 16 bytes. Layer: score. */
#include <string.h>

#include "score/walk_inside.h"

typedef int8_t strip __attribute__((vector_size(16)));
typedef int16_t strip16 __attribute__((vector_size(16)));

#define TARGET
static inline __attribute__((always_inline)) strip strip_all(int byte)
{
    return (strip) { 0 } + (int8_t)byte;
}

static inline __attribute__((always_inline)) strip strip_add(strip a, strip b)
{
    return a + b;
}

static inline __attribute__((always_inline)) strip strip_left(const uint8_t *rows, const struct an_walk_node *node)
{
    strip x;
    memcpy(&x, rows + node->at, sizeof x);
    return (strip)(x < node->below);
}

static inline __attribute__((always_inline)) strip strip_pick(strip mask, strip a, strip b)
{
    return (mask & a) | (~mask & b);
}

#include "score/walk_eval.h"

void an_walk_quantise_portable(const struct an_walk *walk, const an_mini (*features)[AN_VECTOR_MAX], const bool *live,
                               uint8_t *ret_rows)
{
    enum { LANES = 8 };
    for (uint32_t r = 0; r < walk->row_count; r++) {
        const struct an_walk_row *row = &walk->rows[r];
        uint8_t *out = ret_rows + (size_t)r * AN_VECTOR_MAX;
        memset(out, 0x80, AN_VECTOR_MAX);
        if (!live[row->feature]) continue; /* thresholds are above 0 */
        for (uint32_t i = 0; i < AN_VECTOR_MAX; i += LANES) {
            strip16 x, reached = { 0 };
            memcpy(&x, &features[row->feature][i], sizeof x);
            x = x ^ (int16_t)INT16_MIN;
            for (uint32_t k = 0; k < row->count; k++) reached -= x > walk->thresholds[row->first + k];
            for (uint32_t lane = 0; lane < LANES; lane++) out[i + lane] = (uint8_t)(reached[lane] + 128);
        }
    }
}

void an_walk_run_portable(const struct an_walk *walk, const uint8_t *rows, uint32_t count,
                          float (*ret_sums)[AN_VECTOR_MAX], uint8_t (*ret_leaves)[AN_VECTOR_MAX])
{
    uint8_t own[AN_VECTOR_MAX];
    const struct an_walk_tree *tree = walk->trees;
    for (uint32_t s = 0; s < walk->sum_count; s++) {
        float sum[AN_VECTOR_MAX] = { 0 };
        for (uint32_t t = 0; t < walk->sums[s].trees; t++, tree++) {
            uint8_t *at = ret_leaves == NULL ? own : ret_leaves[tree - walk->trees];
            const float *leaves = walk->leaves + tree->leaf;
            for (uint32_t i = 0; i < count; i += sizeof(strip)) {
                strip leaf = eval(rows + i, walk->nodes + tree->node, tree->depth);
                memcpy(at + i, &leaf, sizeof leaf);
            }
            for (uint32_t i = 0; i < count; i++) sum[i] = sum[i] + leaves[at[i]];
        }
        for (uint32_t i = 0; i < count; i++) ret_sums[s][i] = sum[i] + walk->sums[s].base;
    }
}
