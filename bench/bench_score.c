/* The score stage with hand-set symbols and with a learned model, and the forest alone beside the plain reference: the
 * same calls in one run.
 *
 *   bench_score [TREES DEPTH]   nanoseconds a call (default: 60 6, 100 5, 150 5)
 *   bench_score FILE            the same for a model file, calibrated anew
 *   bench_score count [VECTORS [PARTY]] for callgrind and perf: all parties, or one (0 is the first)
 *
 * Of a hundred calls 85 look ordinary (few features, small) and 15 like a robot's. Forests are grown at random to the
 * full depth, 18 distinct thresholds a feature, on values that occur: trained trees are thinner. Their calibration is
 * set so that 15 of a hundred calls are explained. Categories: 60 trees of depth 4. The parties take turns; CPU time of
 * this thread. */
#include "bench_forest.h"

#include "score/score.h"
#include "score/walk.h"

enum { VECTORS = 16, ROUNDS = 101, VECTOR = AN_VECTOR_MAX };

static struct an_call calls[VECTOR];
static struct an_vector vectors[VECTORS];
static an_mini minis[VECTORS][AN_FEATURE_COUNT][VECTOR];
static bool live[VECTORS][AN_FEATURE_COUNT];
static uint16_t rows[AN_FEATURE_COUNT];
static float by_call[VECTORS][VECTOR][AN_FEATURE_COUNT];
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

static float ordinary_value(int f)
{
    return bench_random(&rng) % 4 == 0 ? any_value(f) / 8 : 0;
}

static void make_calls(void)
{
    for (int f = 0; f < AN_FEATURE_COUNT; f++) rows[f] = (uint16_t)f;
    for (int v = 0; v < VECTORS; v++) {
        vectors[v] = (struct an_vector) { .count = VECTOR, .calls = calls };
        for (int i = 0; i < VECTOR; i++) {
            bool robot = bench_random(&rng) % 100 < 15;
            for (int f = 0; f < AN_FEATURE_COUNT; f++) {
                float x = !robot ? ordinary_value(f) : bench_random(&rng) % 3 == 0 ? 0 : any_value(f);
                minis[v][f][i] = f % 8 == 7 && v % 4 != 0 ? 0 : an_mini_of(x); /* seldom in any call of a vector */
                vectors[v].features[f][i] = an_mini_float(minis[v][f][i]);
                live[v][f] |= minis[v][f][i] != 0;
            }
        }
    }
    for (int i = 0; i < VECTOR; i++) calls[i].enriched.obs.kind = AN_OBS_ATTEMPT;
    for (int v = 0; v < VECTORS; v++)
        for (int i = 0; i < VECTOR; i++)
            for (int f = 0; f < AN_FEATURE_COUNT; f++) by_call[v][i][f] = vectors[v].features[f][i];
}

struct parties {
    struct an_forest *forest;             /* [borrow] of model */
    struct an_score_model *model, *plain; /* with and without categories */
    struct an_walk *walk;
};

static float sums[1][VECTOR], reference[VECTOR];
static uint8_t leaves[AN_FOREST_TREES_MAX][VECTOR];

/* Each a function of its own, for the clock and for callgrind. */
#define PARTY __attribute__((noinline)) static void
PARTY bench_symbols(const struct parties *p, int v)
{
    (void)p;
    an_score_vector(&vectors[v], NULL, NULL);
}
PARTY bench_model(const struct parties *p, int v)
{
    an_score_vector(&vectors[v], p->plain, NULL);
}
PARTY bench_trades(const struct parties *p, int v)
{
    an_score_vector(&vectors[v], p->model, NULL);
}
PARTY bench_shadow(const struct parties *p, int v)
{
    an_score_vector(&vectors[v], p->plain, p->plain);
}
PARTY bench_walk(const struct parties *p, int v)
{
    an_walk_vector(p->walk, (const an_mini(*)[VECTOR])minis[v], live[v], VECTOR, sums, leaves);
}
PARTY bench_portable(const struct parties *p, int v)
{
    an_walk_set_level(p->walk, 0);
    bench_walk(p, v);
    an_walk_set_level(p->walk, 1);
}
PARTY bench_reference(const struct parties *p, int v)
{
    for (int i = 0; i < VECTOR; i++) reference[i] = an_forest_sum_row(p->forest, &p->forest->unwanted, by_call[v][i]);
}

static const struct {
    const char *name;
    void (*run)(const struct parties *p, int v);
} rows_of_table[] = {
    { "stage, hand-set symbols", bench_symbols },    { "stage, model", bench_model },
    { "stage, model and categories", bench_trades }, { "stage, model and shadow", bench_shadow },
    { "forest alone, walker", bench_walk },          { "forest alone, portable code", bench_portable },
    { "forest alone, reference", bench_reference },
};
enum { PARTIES = sizeof rows_of_table / sizeof rows_of_table[0], SYMBOLS = 0, REFERENCE = PARTIES - 1 };

static void check(const struct parties *p)
{
    for (int v = 0; v < VECTORS; v++) {
        bench_walk(p, v);
        bench_reference(p, v);
        if (memcmp(sums[0], reference, sizeof reference) == 0) continue;
        fprintf(stderr, "the walker differs from the reference\n");
        exit(1);
    }
}

static void die(const struct an_error *error)
{
    fprintf(stderr, "%s\n", error->text);
    exit(1);
}

/* path NULL: grown */
static struct an_forest *forest_of(const char *path, uint32_t trees, unsigned depth)
{
    const float(*all)[AN_FEATURE_COUNT] = (const float(*)[AN_FEATURE_COUNT])by_call;
    struct an_forest *forest;
    struct an_error error;
    if (path == NULL) return bench_forest(all, VECTORS * VECTOR, trees, depth, 0.15);
    if (an_forest_load(path, &forest, &error) != AN_OK) die(&error);
    for (uint32_t i = 0; i < forest->features; i++) {
        rows[i] = UINT16_MAX;
        for (int f = 0; f < AN_FEATURE_COUNT; f++)
            if (strcmp(forest->names[i], an_feature_info[f].name) == 0) rows[i] = (uint16_t)f;
        if (rows[i] == UINT16_MAX) exit(1);
    }
    for (int v = 0; v < VECTORS * VECTOR; v++) {
        memset(by_call[0][v], 0, sizeof by_call[0][v]);
        for (uint32_t i = 0; i < forest->features; i++)
            by_call[0][v][i] = vectors[v / VECTOR].features[rows[i]][v % VECTOR];
    }
    bench_calibrate(forest, all, VECTORS * VECTOR, 0.15);
    return forest;
}

static void set_up(struct parties *p, const char *path, uint32_t trees, unsigned depth)
{
    struct an_error error;
    struct an_forest *plain = forest_of(path, trees, depth);
    memset(plain->categories, 0, sizeof plain->categories);
    p->forest = forest_of(path, trees, depth);
    if (an_walk_new(p->forest, &p->forest->unwanted, 1, rows, &p->walk, &error) != AN_OK) die(&error);
    if (an_score_model_new(p->forest, &p->model, &error) != AN_OK) die(&error);
    if (an_score_model_new(plain, &p->plain, &error) != AN_OK) die(&error);
    check(p);
}

static void tear_down(struct parties *p)
{
    an_walk_free(p->walk);
    an_score_model_free(p->model);
    an_score_model_free(p->plain);
}

static void measure(const char *path, uint32_t trees, unsigned depth)
{
    static double ns[PARTIES][ROUNDS];
    double median[PARTIES];
    struct parties parties;
    set_up(&parties, path, trees, depth);
    for (int r = 0; r < ROUNDS; r++)
        for (int p = 0; p < PARTIES; p++) {
            uint64_t from = bench_ns(CLOCK_THREAD_CPUTIME_ID);
            for (int v = 0; v < VECTORS; v++) rows_of_table[p].run(&parties, v);
            ns[p][r] = (double)(bench_ns(CLOCK_THREAD_CPUTIME_ID) - from) / (VECTORS * VECTOR);
        }
    for (int p = 0; p < PARTIES; p++) median[p] = bench_median(ns[p], ROUNDS);
    printf("%-36s %10s %14s %14s\n", "", "ns a call", "of reference", "of symbols");
    for (int p = 0; p < PARTIES; p++)
        printf("%-36s %10.1f %14.2f %14.2f\n", rows_of_table[p].name, median[p], median[p] / median[REFERENCE],
               median[p] / median[SYMBOLS]);
    tear_down(&parties);
}

int main(int argc, char **argv)
{
    static const unsigned shapes[][2] = { { 60, 6 }, { 100, 5 }, { 150, 5 } };
    make_calls();
    if (argc > 1 && strcmp(argv[1], "count") == 0) {
        struct parties parties;
        set_up(&parties, NULL, 100, 5);
        for (int v = 0; v < (argc > 2 ? atoi(argv[2]) : VECTORS); v++)
            for (int p = 0; p < PARTIES; p++)
                if (argc < 4 || atoi(argv[3]) == p) rows_of_table[p].run(&parties, v % VECTORS);
        tear_down(&parties);
        return 0;
    }
    if (argc == 2) {
        measure(argv[1], 0, 0);
        return 0;
    }
    if (argc > 2) {
        measure(NULL, (unsigned)atoi(argv[1]), (unsigned)atoi(argv[2]));
        return 0;
    }
    for (unsigned i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        printf("%s%u trees of depth %u, vectors of %d, medians of %d rounds\n", i == 0 ? "" : "\n", shapes[i][0],
               shapes[i][1], VECTOR, ROUNDS);
        measure(NULL, shapes[i][0], shapes[i][1]);
    }
    return 0;
}
