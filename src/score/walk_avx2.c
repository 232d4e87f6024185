/* The walker with AVX2: 64 calls in two registers. Layer: score.
 *
 * Leaves are looked up a byte at a time: 16 leaves' first bytes are one table of a byte shuffle, and so on, then the
 * four bytes of each call's leaf are brought together. Half the time of gathering floats. */
#ifdef __x86_64__
#include <immintrin.h>
#include <string.h>

#include "score/walk_inside.h"

#define TARGET __attribute__((target("avx2")))
#define INLINE static inline __attribute__((always_inline)) TARGET

typedef struct {
    __m256i low, high;
} strip;

INLINE strip strip_all(int byte)
{
    return (strip) { _mm256_set1_epi8((char)byte), _mm256_set1_epi8((char)byte) };
}

INLINE strip strip_add(strip a, strip b)
{
    return (strip) { _mm256_add_epi8(a.low, b.low), _mm256_add_epi8(a.high, b.high) };
}

INLINE __m256i load(const void *at)
{
    return _mm256_loadu_si256((const __m256i *)at);
}

INLINE strip strip_left(const uint8_t *rows, const struct an_walk_node *node)
{
    __m256i below = _mm256_set1_epi8(node->below);
    const uint8_t *at = rows + node->at;
    return (strip) { _mm256_cmpgt_epi8(below, load(at)), _mm256_cmpgt_epi8(below, load(at + 32)) };
}

INLINE strip strip_pick(strip mask, strip a, strip b)
{
    return (strip) { _mm256_blendv_epi8(b.low, a.low, mask.low), _mm256_blendv_epi8(b.high, a.high, mask.high) };
}

#include "score/walk_eval.h"

TARGET void an_walk_quantise_avx2(const struct an_walk *walk, const an_mini (*features)[AN_VECTOR_MAX],
                                  const bool *live, uint8_t *ret_rows)
{
    const __m256i sign = _mm256_set1_epi16(INT16_MIN);
    for (uint32_t r = 0; r < walk->row_count; r++) {
        const struct an_walk_row *row = &walk->rows[r];
        uint8_t *out = ret_rows + (size_t)r * AN_VECTOR_MAX;
        __m256i x[4], n[4];
        for (int k = 0; k < 4; k++) n[k] = _mm256_set1_epi16(-128);
        if (live[row->feature]) { /* thresholds are above 0 */
            for (int k = 0; k < 4; k++) x[k] = _mm256_xor_si256(sign, load(&features[row->feature][16 * k]));
            const int16_t *end = walk->thresholds + row->first + row->count;
            for (const int16_t *at = walk->thresholds + row->first; at < end; at++) {
                __m256i below = _mm256_set1_epi16(*at);
                for (int k = 0; k < 4; k++) n[k] = _mm256_sub_epi16(n[k], _mm256_cmpgt_epi16(x[k], below));
            }
        }
        for (int k = 0; k < 2; k++) { /* packing mixes the halves of registers: put them in order */
            __m256i packed = _mm256_permute4x64_epi64(_mm256_packs_epi16(n[2 * k], n[2 * k + 1]), 0xd8);
            _mm256_storeu_si256((__m256i *)(out + 32 * k), packed);
        }
    }
}

INLINE __m256i table(const uint8_t *at)
{
    return _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)at));
}

/* One byte of the leaf of 32 calls: blocks tables of 16 leaves, 64 bytes apart. */
INLINE __m256i look_up(const uint8_t *plane, uint32_t blocks, __m256i leaf)
{
    __m256i found = _mm256_shuffle_epi8(table(plane), leaf);
    if (blocks == 1) return found;
    const __m256i bit4 = _mm256_slli_epi16(leaf, 3); /* in the highest bit of each byte; the others don't count */
    found = _mm256_blendv_epi8(found, _mm256_shuffle_epi8(table(plane + 64), leaf), bit4);
    if (blocks == 2) return found;
    __m256i more = _mm256_shuffle_epi8(table(plane + 128), leaf);
    more = _mm256_blendv_epi8(more, _mm256_shuffle_epi8(table(plane + 192), leaf), bit4);
    return _mm256_blendv_epi8(found, more, _mm256_slli_epi16(leaf, 2));
}

/* Adds the leaves of 32 calls. sum is in the order the bytes come together in: see put_in_order. */
INLINE void add_planes(const uint8_t *planes, uint32_t blocks, __m256i leaf, __m256 *sum)
{
    __m256i a = look_up(planes, blocks, leaf), b = look_up(planes + 16, blocks, leaf);
    __m256i c = look_up(planes + 32, blocks, leaf), d = look_up(planes + 48, blocks, leaf);
    __m256i ab = _mm256_unpacklo_epi8(a, b), cd = _mm256_unpacklo_epi8(c, d);
    sum[0] = _mm256_add_ps(sum[0], _mm256_castsi256_ps(_mm256_unpacklo_epi16(ab, cd)));
    sum[1] = _mm256_add_ps(sum[1], _mm256_castsi256_ps(_mm256_unpackhi_epi16(ab, cd)));
    ab = _mm256_unpackhi_epi8(a, b);
    cd = _mm256_unpackhi_epi8(c, d);
    sum[2] = _mm256_add_ps(sum[2], _mm256_castsi256_ps(_mm256_unpacklo_epi16(ab, cd)));
    sum[3] = _mm256_add_ps(sum[3], _mm256_castsi256_ps(_mm256_unpackhi_epi16(ab, cd)));
}

/* 128 and 256 leaves are too many tables. Four calls at a time are together in a register: see put_in_order. */
TARGET static void add_floats(const float *leaves, const uint8_t *leaf, __m256 *sum)
{
    for (int k = 0; k < 4; k++) {
        float add[8];
        for (int j = 0; j < 8; j++) add[j] = leaves[leaf[4 * k + j + (j < 4 ? 0 : 12)]];
        sum[k] = _mm256_add_ps(sum[k], _mm256_loadu_ps(add));
    }
}

/* sum[k] of 32 calls holds calls 4k to 4k + 3, and those 16 further on. */
INLINE void put_in_order(const __m256 sum[8], float base, float *out)
{
    const __m128 last = _mm_set1_ps(base);
    for (int half = 0; half < 2; half++)
        for (int k = 0; k < 4; k++) {
            __m256 x = sum[4 * half + k];
            _mm_storeu_ps(out + 32 * half + 4 * k, _mm_add_ps(_mm256_castps256_ps128(x), last));
            _mm_storeu_ps(out + 32 * half + 4 * k + 16, _mm_add_ps(_mm256_extractf128_ps(x, 1), last));
        }
}

INLINE void add_tree(const struct an_walk *walk, const struct an_walk_tree *tree, const uint8_t *rows, uint8_t *leaves,
                     __m256 sum[8])
{
    strip leaf = eval(rows, walk->nodes + tree->node, tree->depth);
    const uint8_t *planes = walk->planes + (size_t)tree->leaf * sizeof(float);
    _mm256_storeu_si256((__m256i *)leaves, leaf.low);
    _mm256_storeu_si256((__m256i *)(leaves + 32), leaf.high);
    if (tree->depth <= 4) {
        add_planes(planes, 1, leaf.low, sum);
        add_planes(planes, 1, leaf.high, sum + 4);
    } else if (tree->depth == 5) {
        add_planes(planes, 2, leaf.low, sum);
        add_planes(planes, 2, leaf.high, sum + 4);
    } else if (tree->depth == 6) {
        add_planes(planes, 4, leaf.low, sum);
        add_planes(planes, 4, leaf.high, sum + 4);
    } else {
        add_floats(walk->leaves + tree->leaf, leaves, sum);
        add_floats(walk->leaves + tree->leaf, leaves + 32, sum + 4);
    }
}

TARGET void an_walk_run_avx2(const struct an_walk *walk, const uint8_t *rows, uint32_t count,
                             float (*ret_sums)[AN_VECTOR_MAX], uint8_t (*ret_leaves)[AN_VECTOR_MAX])
{
    (void)count; /* all at once */
    uint8_t own[AN_VECTOR_MAX];
    const struct an_walk_tree *tree = walk->trees;
    for (uint32_t s = 0; s < walk->sum_count; s++) {
        __m256 sum[8];
        for (int k = 0; k < 8; k++) sum[k] = _mm256_setzero_ps();
        for (uint32_t t = 0; t < walk->sums[s].trees; t++, tree++)
            add_tree(walk, tree, rows, ret_leaves == NULL ? own : ret_leaves[tree - walk->trees], sum);
        put_in_order(sum, walk->sums[s].base, ret_sums[s]);
    }
}
#endif
