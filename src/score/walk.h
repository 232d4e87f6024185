/* Boosted trees over a vector of calls. Layer: a stage (score/).
 *
 * Made from a forest once, at load. Features are minifloats, so "x < threshold" is a comparison of 16-bit whole
 * numbers; of each feature's distinct thresholds a call needs only how many it has reached: one byte, 255 thresholds a
 * row (a feature with more has several rows). Then a node is one comparison of bytes over all calls, trees are filled
 * up to complete ones and their leaf's number is picked bottom up, without a branch, and the leaves are looked up and
 * added in the order of the trees: the same bits as an_forest_sum_row. After QuickScorer and RapidScorer (Lucchese et
 * al., SIGIR 2015; Ye et al., KDD 2018), turned so that calls and not trees lie side by side.
 *
 * Cost expected with AVX2, 100 trees of depth 5 over 50 features with 18 thresholds each, vectors of 64: rows 900 * 9
 * instructions, nodes 3,100 * 6, leaves 100 * 70: 34,000, 530 a call, at 3 a cycle about 50 ns. A prototype with
 * AVX-512 gained 7 %, so there is none. Measured: bench/results/score.txt. Memory: some 400 bytes a tree of depth 5. */
#ifndef ANNING_SCORE_WALK_H
#define ANNING_SCORE_WALK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/mini.h"
#include "model/call.h"
#include "model/forest.h"

enum { AN_WALK_ROWS_MAX = 512 };

struct an_walk;

/* Trees of one or more sums of a forest that an_forest_check passes. rows[f]: where the forest's feature f stands in
 * what an_walk_vector is given. AN_OK, AN_ERR_NO_MEMORY, or AN_ERR_LIMIT: more distinct thresholds than
 * AN_WALK_ROWS_MAX rows hold. Nothing is borrowed afterwards. */
enum an_err an_walk_new(const struct an_forest *forest, const struct an_forest_sum *sums, uint32_t sum_count,
                        const uint16_t *rows, struct an_walk **ret_walk, struct an_error *error);
void an_walk_free(struct an_walk *walk);

uint32_t an_walk_trees(const struct an_walk *walk);
/* Places for leaves of a tree, a power of two. */
uint32_t an_walk_leaves(const struct an_walk *walk, uint32_t tree);
/* Leaf number `leaf` of tree `tree`, in the order they are added, as a node of the forest. */
uint32_t an_walk_node(const struct an_walk *walk, uint32_t tree, uint32_t leaf);

/* All sums of count calls: ret_sums[sum][call]. features[row][call] must be there for all AN_VECTOR_MAX calls, whatever
 * count is; live[row] false: that row is all zero. ret_leaves[tree][call], the leaf each call ended in, may be NULL. */
void an_walk_vector(const struct an_walk *walk, const an_mini (*features)[AN_VECTOR_MAX], const bool *live,
                    uint32_t count, float (*ret_sums)[AN_VECTOR_MAX], uint8_t (*ret_leaves)[AN_VECTOR_MAX]);

/* The same sums of one call, by its features alone, a tree at a time: where few calls of a vector are asked for.
 * features is what an_walk_vector has in its rows' places. Cost: 6 instructions a level, its loads' latency hidden by
 * the next trees; cheaper than the vector up to some twelve calls. */
void an_walk_one(const struct an_walk *walk, const an_mini *features, float *ret_sums);

/* For tests: 0 lets the portable code run, 1 the best the machine has (the default). */
void an_walk_set_level(struct an_walk *walk, int level);

#endif
