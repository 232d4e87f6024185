/* The score stage: hand-set symbols, and forests by the walker beside the plain reference, on the same calls in one
 * run.
 *
 *   bench_score [TREES DEPTH]   nanoseconds a call (default: 60 6, 100 5, 150 5)
 *   bench_score count [VECTORS] for callgrind: collect bench_* (bench/run score)
 *
 * Features look like traffic: two thirds of them zero for most calls, some vectors with none of them. Forests are grown
 * at random to the full depth, 18 distinct thresholds a feature, on values that occur: no trained tree is harder, since
 * real ones are thinner. The parties take turns, vector by vector; CPU time of this thread. */
#include "bench.h"

#include "model/forest.h"
#include "score/score.h"
#include "score/walk.h"

enum { VECTORS = 256, ROUNDS = 31, CUTS = 18, VECTOR = AN_VECTOR_MAX };

static struct an_call calls[VECTOR];
static struct an_vector vectors[VECTORS];
static an_mini minis[VECTORS][AN_FEATURE_COUNT][VECTOR];
static bool live[VECTORS][AN_FEATURE_COUNT];
static uint16_t rows[AN_FEATURE_COUNT];
static float cuts[AN_FEATURE_COUNT][CUTS];
static uint64_t rng = 88172645463325252ull;

/* Log-uniform over what the unit allows. */
static float any_value(int f)
{
    const char *unit = an_feature_info[f].unit;
    float x = (float)(bench_random(&rng) >> 40) / (float)(1 << 24);
    if (unit[0] == 'f') return 1;
    if (unit[0] == 'r') return x;
    return x * x * x * (unit[0] == 'n' ? 8.0f : 1000.0f);
}

static int compare_floats(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

static void make_calls(void)
{
    for (int f = 0; f < AN_FEATURE_COUNT; f++) {
        rows[f] = (uint16_t)f;
        for (int k = 0; k < CUTS; k++) cuts[f][k] = an_mini_float(an_mini_of(any_value(f)));
        qsort(cuts[f], CUTS, sizeof cuts[f][0], compare_floats);
    }
    for (int v = 0; v < VECTORS; v++) {
        vectors[v] = (struct an_vector) { .count = VECTOR, .calls = calls };
        for (int f = 0; f < AN_FEATURE_COUNT; f++)
            for (int i = 0; i < VECTOR; i++) {
                bool some = f % 5 != 0 || v % 4 == 0;
                float x = some && bench_random(&rng) % (1 + (unsigned)f % 4) == 0 ? any_value(f) : 0;
                minis[v][f][i] = an_mini_of(x);
                vectors[v].features[f][i] = an_mini_float(minis[v][f][i]);
                live[v][f] |= minis[v][f][i] != 0;
            }
    }
    for (int i = 0; i < VECTOR; i++) calls[i].enriched.obs.kind = AN_OBS_ATTEMPT;
}

static void grow(struct an_forest *f, uint32_t at, unsigned depth)
{
    float leaf = (float)(bench_random(&rng) % 2001) / 10000.0f - 0.1f;
    f->nodes[at] = (struct an_forest_node) { leaf, 0, AN_FOREST_LEAF, 0, 0 };
    if (depth == 0) return;
    uint32_t feature = (uint32_t)(bench_random(&rng) % AN_FEATURE_COUNT), left = f->node_count;
    f->node_count += 2;
    f->nodes[at] = (struct an_forest_node) { cuts[feature][bench_random(&rng) % CUTS], left, (uint16_t)feature, 1, 0 };
    grow(f, left, depth - 1);
    grow(f, left + 1, depth - 1);
}

static struct an_forest *make_forest(uint32_t trees, unsigned depth)
{
    struct an_forest *f = calloc(1, sizeof *f);
    struct an_error error;
    if (f == NULL) abort();
    f->features = AN_FEATURE_COUNT;
    f->names = calloc(AN_FEATURE_COUNT, sizeof *f->names);
    f->nodes = calloc((size_t)trees << (depth + 1), sizeof *f->nodes);
    f->roots = calloc(trees, sizeof *f->roots);
    f->card = strdup("{}");
    if (f->names == NULL || f->nodes == NULL || f->roots == NULL) abort();
    for (int i = 0; i < AN_FEATURE_COUNT; i++) strncpy(f->names[i], an_feature_info[i].name, AN_FOREST_NAME_MAX - 1);
    for (uint32_t t = 0; t < trees; t++) {
        f->roots[f->root_count++] = f->node_count++;
        grow(f, f->roots[t], depth);
    }
    f->unwanted = (struct an_forest_sum) { -3.0f, 0, trees };
    if (an_forest_check(f, &error) == AN_OK) return f;
    fprintf(stderr, "%s\n", error.text);
    exit(1);
}

static float sums[1][VECTOR], reference[VECTOR];
static uint8_t leaves[AN_FOREST_TREES_MAX][VECTOR];
static float by_call[VECTORS][VECTOR][AN_FEATURE_COUNT];

/* Each a function of its own, for the clock and for callgrind. */
#define PARTY __attribute__((noinline)) static void
PARTY bench_symbols(int v)
{
    an_score_vector(&vectors[v]);
}
PARTY bench_walk(const struct an_walk *walk, int v)
{
    an_walk_vector(walk, (const an_mini(*)[VECTOR])minis[v], live[v], VECTOR, sums, leaves);
}
PARTY bench_reference(const struct an_forest *f, int v)
{
    for (int i = 0; i < VECTOR; i++) reference[i] = an_forest_sum_row(f, &f->unwanted, by_call[v][i]);
}

static void check(const struct an_forest *f, struct an_walk *walk)
{
    for (int v = 0; v < VECTORS; v++) {
        bench_walk(walk, v);
        bench_reference(f, v);
        if (memcmp(sums[0], reference, sizeof reference) == 0) continue;
        fprintf(stderr, "the walker differs from the reference\n");
        exit(1);
    }
}

enum party { SYMBOLS, WALK, PORTABLE, REFERENCE, PARTIES };
static const char *const party_names[PARTIES] = { "symbols, by hand (the whole stage)", "forest, walker",
                                                  "forest, walker, portable code", "forest, reference" };

static void run(enum party party, const struct an_forest *f, struct an_walk *walk, int v)
{
    switch (party) {
    case SYMBOLS: bench_symbols(v); break;
    case REFERENCE: bench_reference(f, v); break;
    default: bench_walk(walk, v); break;
    }
}

static void measure(uint32_t trees, unsigned depth)
{
    static double ns[PARTIES][ROUNDS];
    struct an_forest *f = make_forest(trees, depth);
    struct an_walk *walk;
    struct an_error error;
    if (an_walk_new(f, &f->unwanted, 1, rows, &walk, &error) != AN_OK) exit(1);
    check(f, walk);
    for (int r = 0; r < ROUNDS; r++)
        for (int p = 0; p < PARTIES; p++) {
            an_walk_set_level(walk, p == PORTABLE ? 0 : 1);
            uint64_t from = bench_ns(CLOCK_THREAD_CPUTIME_ID);
            for (int v = 0; v < VECTORS; v++) run((enum party)p, f, walk, v);
            ns[p][r] = (double)(bench_ns(CLOCK_THREAD_CPUTIME_ID) - from) / (VECTORS * VECTOR);
        }
    double median[PARTIES];
    for (int p = 0; p < PARTIES; p++) median[p] = bench_median(ns[p], ROUNDS);
    printf("%u trees of depth %u\n", trees, depth);
    for (int p = 0; p < PARTIES; p++)
        printf("  %-36s %8.1f ns a call   %6.2f of the reference   %5.2f of the symbols\n", party_names[p], median[p],
               median[p] / median[REFERENCE], median[p] / median[SYMBOLS]);
    an_walk_free(walk);
    an_forest_free(f);
}

static void count(int rounds)
{
    struct an_forest *f = make_forest(100, 5);
    struct an_walk *walk;
    struct an_error error;
    if (an_walk_new(f, &f->unwanted, 1, rows, &walk, &error) != AN_OK) exit(1);
    for (int v = 0; v < rounds; v++) {
        bench_symbols(v % VECTORS);
        bench_walk(walk, v % VECTORS);
        bench_reference(f, v % VECTORS);
    }
    an_walk_free(walk);
    an_forest_free(f);
}

int main(int argc, char **argv)
{
    make_calls();
    for (int v = 0; v < VECTORS; v++)
        for (int i = 0; i < VECTOR; i++)
            for (int f = 0; f < AN_FEATURE_COUNT; f++) by_call[v][i][f] = vectors[v].features[f][i];
    if (argc > 1 && strcmp(argv[1], "count") == 0) {
        count(argc > 2 ? atoi(argv[2]) : VECTORS);
        return 0;
    }
    if (argc > 2) {
        measure((uint32_t)atoi(argv[1]), (unsigned)atoi(argv[2]));
        return 0;
    }
    measure(60, 6);
    measure(100, 5);
    measure(150, 5);
    return 0;
}
