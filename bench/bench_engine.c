/* The engine in process: verdicts a second on one core with many tracked numbers, parse to decide, no sockets and no
 * journal; nanoseconds a stage; memory; and what `bench/restart.sh` starts from.
 *
 *   bench_engine [NUMBERS]        verdicts a second, nanoseconds a stage (default 10,000,000 numbers)
 *   bench_engine memory [NUMBERS] bytes a tracked number
 *   bench_engine count [CALLS [JUDGE]]  a small table, for callgrind: collect stage_* (bench/run instructions); 0: the
 *                                 hand-set weights, 1: a model, 2: a model that explains
 *   bench_engine save DIR [NUMBERS]  a data folder with a snapshot of that many numbers
 *
 * Half of the numbers are callers, half callees, all drawn uniformly: each access to a table of numbers is a cache
 * miss, which real traffic with its favourites is not. Three judges take turns: the hand-set weights, and a forest of
 * bench_forest.h (100 trees of depth 5) by which none or some 15 of a hundred calls are explained. Time is virtual, 100
 * us a call. What is measured is CPU time of this thread, so that others on the machine take nothing but cache and
 * memory bandwidth; the texts are made ready before the clock starts, as the kernel does it for the daemon. */
#include <unistd.h>

#include "bench_forest.h"
#include "act/answer.h"
#include "engine/run.c" /* the stages one by one are static in there; nothing of it is taken from the library then */
#include "parse/sip.h"

enum { ROUNDS = 7, ROUND_CALLS = 1 << 19, POOL = 4096, VECTOR = AN_VECTOR_MAX, STEP_US = 100, PEERS = 40 };

static struct bench_message pool[POOL], buffers[VECTOR];
static struct an_call calls[VECTOR];
static struct an_vector vector = { .calls = calls };
static char answers[VECTOR][AN_SIP_ANSWER_MAX];
static uint64_t rng = 88172645463325252ull, now_us = 1790000000000000ull, serial;
static uint64_t verdicts_of[AN_ACTION_COUNT], explained[2]; /* by a model: calls, those with causes */

/* The i-th of up to 10^8 different 8-digit numbers, spread over all blocks. */
static uint32_t number_of(uint64_t i)
{
    return (uint32_t)(i * 73687873 % 100000000);
}

static void make_pool(void)
{
    for (unsigned i = 0; i < POOL; i++) bench_make(&pool[i], (unsigned)(bench_random(&rng) % BENCH_KINDS), 6201, 5060);
}

/* 64 INVITEs arrive. first: callers and callees in order from there; UINT64_MAX: at random out of half. */
static void arrive(uint64_t first, uint64_t half)
{
    for (uint32_t i = 0; i < VECTOR; i++) {
        uint64_t from = first == UINT64_MAX ? bench_random(&rng) % half : (first + i) % half;
        uint64_t to = first == UINT64_MAX ? bench_random(&rng) % half : (first + i) % half;
        const struct bench_message *m = &pool[bench_random(&rng) % POOL];
        memcpy(&buffers[i], m, offsetof(struct bench_message, bytes) + m->len);
        bench_patch(&buffers[i], number_of(from), number_of(to), (uint32_t)serial++, bench_random(&rng));
        struct an_call *call = &calls[i];
        call->base = buffers[i].bytes;
        call->length = buffers[i].len;
        call->transport = AN_TRANSPORT_UDP;
        call->peer.v4 = (struct sockaddr_in) { .sin_family = AF_INET, .sin_port = htons(5060) };
        call->peer.v4.sin_addr.s_addr = htonl((uint32_t)(0x0a000001u + from % PEERS));
        call->error = AN_OK;
        call->sip_status = 0;
    }
    vector.count = VECTOR;
    vector.now_us = now_us += VECTOR * STEP_US;
}

static void tally(void)
{
    for (uint32_t i = 0; i < VECTOR; i++) {
        if (calls[i].error != AN_OK) {
            fprintf(stderr, "call %u got no verdict: %s\n", i, an_err_name((enum an_err)calls[i].error));
            exit(1);
        }
        verdicts_of[calls[i].verdict.action]++;
        explained[0]++;
        explained[1] += calls[i].verdict.cause_count > 0;
    }
}

/* The stages of an_engine_run, each a function of its own for callgrind and the stage clock. */
#define STAGE __attribute__((noinline)) static void
STAGE stage_parse(struct an_context *context, const struct an_settings *settings)
{
    (void)context, (void)settings;
    an_parse_sip_vector(&vector);
}
STAGE stage_enrich(struct an_context *context, const struct an_settings *settings)
{
    an_enrich_vector(&vector, settings, context->engine->plan);
}
STAGE stage_transactions(struct an_context *context, const struct an_settings *settings)
{
    (void)settings;
    find_repeats(context, &vector);
}
STAGE stage_observe(struct an_context *context, const struct an_settings *settings)
{
    (void)settings;
    an_observe_vector(context->engine->state, &vector);
}
STAGE stage_score(struct an_context *context, const struct an_settings *settings)
{
    (void)settings;
    const struct an_models *models = atomic_load(&context->engine->models);
    an_score_vector(&vector, models == NULL ? NULL : models->live.model, NULL);
}
STAGE stage_tokens(struct an_context *context, const struct an_settings *settings)
{
    (void)settings;
    make_tokens(context, &vector);
}
STAGE stage_decide(struct an_context *context, const struct an_settings *settings)
{
    (void)context;
    an_decide_vector(&vector, settings, NULL);
}
STAGE stage_keep(struct an_context *context, const struct an_settings *settings)
{
    an_observe_actions(context->engine->state, &vector);
    keep_repeats(context, &vector);
    count(context, settings, atomic_load(&context->engine->models), &vector);
}
STAGE stage_act(struct an_context *context, const struct an_settings *settings)
{
    (void)context;
    for (uint32_t i = 0; i < VECTOR; i++)
        if (an_act_answer(&calls[i], &settings->act, answers[i], AN_SIP_ANSWER_MAX) == 0) abort();
}

static const struct {
    const char *name;
    void (*run)(struct an_context *, const struct an_settings *);
    bool verdict; /* parse to decide; act is told apart */
} stages[] = {
    { "parse", stage_parse, true },     { "enrich", stage_enrich, true }, { "transactions", stage_transactions, true },
    { "observe", stage_observe, true }, { "score", stage_score, true },   { "token", stage_tokens, true },
    { "decide", stage_decide, true },   { "keep", stage_keep, true },     { "act (the answer)", stage_act, false },
};
enum { STAGES = sizeof stages / sizeof stages[0] };

static void progress(const char *what, uint64_t done, uint64_t total)
{
    if (isatty(STDERR_FILENO))
        fprintf(stderr, "\r%s %llu of %llu%s", what, (unsigned long long)done, (unsigned long long)total,
                done == total ? "\n" : "");
}

static struct an_engine *start(uint64_t numbers, bool single, const char *dir)
{
    struct an_settings *settings = calloc(1, sizeof *settings);
    struct an_error error;
    if (settings == NULL || an_settings_init(settings) != AN_OK) abort();
    struct an_engine_options options = { .contexts = 1, .settings = settings, .data_dir = dir };
    options.limits.numbers = (uint32_t)numbers;
    options.limits.single_worker = single;
    struct an_engine *engine;
    if (an_engine_new(&options, &engine, &error) == AN_OK) return engine;
    fprintf(stderr, "%s\n", error.text);
    exit(1);
}

/* One whole vector as the daemon's loop would do it. */
static void judge_vector(struct an_context *context)
{
    an_parse_sip_vector(&vector);
    an_engine_run(context, &vector);
}

static void fill(struct an_context *context, uint64_t half)
{
    for (uint64_t done = 0; done < half; done += VECTOR) {
        arrive(done, half);
        judge_vector(context);
        if (done % (1 << 18) == 0) progress("filling:", 2 * done, 2 * half);
    }
    progress("filling:", 2 * half, 2 * half);
}

enum judge { HAND, MODEL, MODEL_EXPLAINS, JUDGES };
static const char *const judge_names[JUDGES] = { "hand-set weights", "model, none explained", "model that explains" };
static char model_paths[JUDGES][64];

/* A model cut where this traffic's values are, calibrated on the calls of now: they change as the tables fill. */
static void make_model(struct an_context *context, uint64_t half, enum judge judge)
{
    enum { ROWS = 64 * VECTOR };
    static float rows[ROWS][AN_FEATURE_COUNT];
    struct an_error error;
    for (int i = 0; i < ROWS; i++) {
        if (i % VECTOR == 0) {
            arrive(UINT64_MAX, half);
            judge_vector(context);
        }
        for (int f = 0; f < AN_FEATURE_COUNT; f++) rows[i][f] = an_mini_float(calls[i % VECTOR].verdict.features[f]);
    }
    struct an_forest *forest =
        bench_forest((const float(*)[AN_FEATURE_COUNT])rows, ROWS, 100, 5, judge == MODEL_EXPLAINS ? 0.15 : 0);
    snprintf(model_paths[judge], sizeof model_paths[judge], "/tmp/bench-engine-%d-%d.anm", (int)getpid(), judge);
    if (an_forest_save(forest, model_paths[judge], &error) != AN_OK) {
        fprintf(stderr, "%s\n", error.text);
        exit(1);
    }
    an_forest_free(forest);
}

static void drop_models(void)
{
    for (int j = MODEL; j < JUDGES; j++) unlink(model_paths[j]);
}

static void let_judge(struct an_engine *engine, struct an_context *context, uint64_t half, enum judge judge)
{
    struct an_error error;
    if (judge != HAND) make_model(context, half, judge);
    const char *path = judge == HAND ? AN_MODEL_NONE : model_paths[judge];
    if (an_engine_load_models(engine, path, AN_MODEL_NONE, &error) == AN_OK) return;
    fprintf(stderr, "%s\n", error.text);
    exit(1);
}

/* Nanoseconds a call, one round. */
static double round_whole(struct an_context *context, uint64_t half)
{
    uint64_t spent = 0;
    for (unsigned done = 0; done < ROUND_CALLS; done += VECTOR) {
        arrive(UINT64_MAX, half);
        uint64_t from = bench_ns(CLOCK_THREAD_CPUTIME_ID);
        judge_vector(context);
        spent += bench_ns(CLOCK_THREAD_CPUTIME_ID) - from;
        tally();
    }
    return (double)spent / ROUND_CALLS;
}

static double clock_cost(void)
{
    enum { TIMES = 100000 };
    uint64_t from = bench_ns(CLOCK_THREAD_CPUTIME_ID), sum = 0;
    for (int i = 0; i < TIMES; i++) sum += bench_ns(CLOCK_THREAD_CPUTIME_ID);
    __asm__ volatile("" ::"r"(sum));
    return (double)(bench_ns(CLOCK_THREAD_CPUTIME_ID) - from) / TIMES;
}

static void round_stages(struct an_context *context, uint64_t half, double ret_ns[STAGES])
{
    const struct an_settings *settings = atomic_load(&context->engine->settings);
    uint64_t spent[STAGES] = { 0 };
    double overhead = clock_cost() / VECTOR;
    for (unsigned done = 0; done < ROUND_CALLS; done += VECTOR) {
        arrive(UINT64_MAX, half);
        uint64_t at = bench_ns(CLOCK_THREAD_CPUTIME_ID);
        for (unsigned s = 0; s < STAGES; s++) {
            stages[s].run(context, settings);
            uint64_t next = bench_ns(CLOCK_THREAD_CPUTIME_ID);
            spent[s] += next - at;
            at = next;
        }
    }
    for (unsigned s = 0; s < STAGES; s++) ret_ns[s] = (double)spent[s] / ROUND_CALLS - overhead;
}

/* Yardstick of the machine's memory: independent reads of cache lines at random, as many in flight as the core takes.
 */
static double random_read_ns(void)
{
    enum { BYTES = 1 << 30, READS = 1 << 23 };
    char *memory = malloc(BYTES);
    if (memory == NULL) return 0;
    memset(memory, 1, BYTES);
    uint64_t seed = 1, sum = 0, from = bench_ns(CLOCK_THREAD_CPUTIME_ID);
    for (int i = 0; i < READS; i++) {
        seed = seed * 6364136223846793005ull + 1442695040888963407ull;
        sum += (uint64_t)memory[(seed >> 20) & (BYTES - 1)];
    }
    double ns = (double)(bench_ns(CLOCK_THREAD_CPUTIME_ID) - from) / READS;
    __asm__ volatile("" ::"r"(sum));
    free(memory);
    return ns;
}

/* Yardstick of the core itself, taken beside each round: a chain of multiplications, 3 cycles each on x86 since 2008.
 * Virtual machines that share a core with others run at half of their speed without saying so. */
static double multiply_ns(void)
{
    enum { TIMES = 1 << 21 };
    uint64_t x = 3, from = bench_ns(CLOCK_THREAD_CPUTIME_ID);
    for (int i = 0; i < TIMES; i++) {
        x *= 0x9e3779b97f4a7c15ull;
        __asm__ volatile("" : "+r"(x));
    }
    return (double)(bench_ns(CLOCK_THREAD_CPUTIME_ID) - from) / TIMES;
}

static void show_actions(void)
{
    uint64_t all = 0;
    for (int a = 0; a < AN_ACTION_COUNT; a++) all += verdicts_of[a];
    printf("verdicts:");
    for (int a = 0; a < AN_ACTION_COUNT; a++)
        printf(" %s %.1f %%%s", an_action_name((enum an_action)a), 100.0 * (double)verdicts_of[a] / (double)all,
               a + 1 < AN_ACTION_COUNT ? "," : "\n");
}

static void show_stages(double (*stage)[STAGES][ROUNDS])
{
    double sum[JUDGES] = { 0 };
    printf("stages, tables shared, ns a call   %22s %22s %22s\n", judge_names[HAND], judge_names[MODEL],
           judge_names[MODEL_EXPLAINS]);
    for (unsigned s = 0; s < STAGES; s++) {
        printf("  %-32s", stages[s].name);
        for (int j = 0; j < JUDGES; j++) {
            double ns = bench_median(stage[j][s], ROUNDS);
            if (stages[s].verdict) sum[j] += ns;
            printf(" %22.1f", ns);
        }
        printf("%s\n", stages[s].verdict ? "" : "   (beyond the verdict)");
    }
    printf("  %-32s %22.1f %22.1f %22.1f\n", "sum, parse to keep", sum[HAND], sum[MODEL], sum[MODEL_EXPLAINS]);
}

static int bench(uint64_t numbers)
{
    static double whole[2][JUDGES][ROUNDS], stage[JUDGES][STAGES][ROUNDS], core[ROUNDS], share[ROUNDS];
    double one[STAGES];
    for (int single = 0; single < 2; single++) {
        struct an_engine *engine = start(numbers, single, NULL);
        struct an_context *context = an_engine_context(engine, 0);
        fill(context, numbers / 2);
        for (int r = 0; r < ROUNDS * JUDGES; r++) {
            let_judge(engine, context, numbers / 2, (enum judge)(r % JUDGES));
            memset(explained, 0, sizeof explained);
            whole[single][r % JUDGES][r / JUDGES] = round_whole(context, numbers / 2);
            if (r % JUDGES == MODEL_EXPLAINS) share[r / JUDGES] = (double)explained[1] / (double)explained[0];
            core[r / JUDGES] = multiply_ns();
            progress(single ? "one worker, round" : "locks on, round", (uint64_t)r + 1, ROUNDS * JUDGES);
        }
        for (int r = 0; single == 0 && r < ROUNDS * JUDGES; r++) {
            let_judge(engine, context, numbers / 2, (enum judge)(r % JUDGES));
            round_stages(context, numbers / 2, one);
            for (unsigned s = 0; s < STAGES; s++) stage[r % JUDGES][s][r / JUDGES] = one[s];
        }
        if (single == 0) {
            struct an_state_stats stats;
            an_state_stats(an_engine_state(engine), &stats);
            printf("numbers tracked %llu, INVITEs of %u bytes, vectors of %d, %d rounds of %d calls, medians\n",
                   (unsigned long long)stats.tables[AN_TABLE_NUMBERS].used, pool[0].len, VECTOR, ROUNDS, ROUND_CALLS);
        }
        an_engine_free(engine);
    }
    drop_models();
    printf("the model that explains does so for %.1f %% of the calls\n", 100 * bench_median(share, ROUNDS));
    printf("%-46s %10s %14s   %s\n", "one core, parse to decide", "ns a call", "verdicts/s", "of the bar, 1,500,000");
    for (int j = 0; j < JUDGES; j++)
        for (int single = 0; single < 2; single++) {
            char what[80];
            double ns = bench_median(whole[single][j], ROUNDS);
            snprintf(what, sizeof what, "%s, %s", judge_names[j], single ? "single worker" : "tables shared");
            printf("%-46s %10.1f %14.0f   %.2f\n", what, ns, 1e9 / ns, 1e9 / ns / 1.5e6);
        }
    show_stages(stage);
    double one_ns = bench_median(core, ROUNDS);
    printf(
        "yardsticks: a multiplication in a chain %.2f ns (%.2f GHz at 3 cycles; slowest round %.2f, fastest %.2f ns),\n"
        "a cache line at random out of 1 GB %.1f ns\n",
        one_ns, 3 / one_ns, core[ROUNDS - 1], core[0], random_read_ns());
    show_actions();
    return 0;
}

static int memory(uint64_t numbers)
{
    struct an_engine *engine = start(numbers, false, NULL);
    fill(an_engine_context(engine, 0), numbers / 2);
    struct an_state_stats stats;
    an_state_stats(an_engine_state(engine), &stats);
    long pages = 0, resident = 0;
    FILE *f = fopen("/proc/self/statm", "r");
    if (f == NULL || fscanf(f, "%ld %ld", &pages, &resident) != 2) return 1;
    fclose(f);
    double used = (double)stats.tables[AN_TABLE_NUMBERS].used, rss = (double)resident * (double)sysconf(_SC_PAGESIZE);
    printf("%-14s %12s %12s %10s %10s\n", "table", "used", "slots", "evicted", "MB");
    for (int t = 0; t < AN_TABLE_COUNT; t++)
        printf("%-14s %12llu %12llu %10llu %10.1f\n", stats.tables[t].name, (unsigned long long)stats.tables[t].used,
               (unsigned long long)stats.tables[t].capacity, (unsigned long long)stats.tables[t].evictions,
               (double)stats.tables[t].bytes / 1e6);
    printf("bytes a tracked number, of %.0f:      of the bar, 128\n", used);
    const struct {
        const char *name;
        double bytes;
    } rows[] = {
        { "number table alone", (double)stats.tables[AN_TABLE_NUMBERS].bytes },
        { "all tables", (double)stats.bytes },
        { "resident memory of the process", rss },
    };
    for (int i = 0; i < 3; i++)
        printf("  %-32s %6.1f   %.2f\n", rows[i].name, rows[i].bytes / used, rows[i].bytes / used / 128);
    an_engine_free(engine);
    return 0;
}

static int count_instructions(uint64_t number_of_calls, enum judge judge)
{
    enum { NUMBERS = 100000 };
    struct an_engine *engine = start(NUMBERS, false, NULL);
    struct an_context *context = an_engine_context(engine, 0);
    const struct an_settings *settings = atomic_load(&engine->settings);
    fill(context, NUMBERS / 2);
    let_judge(engine, context, NUMBERS / 2, judge);
    drop_models();
    for (uint64_t done = 0; done < number_of_calls; done += VECTOR) {
        arrive(UINT64_MAX, NUMBERS / 2);
        for (unsigned s = 0; s < STAGES; s++) stages[s].run(context, settings);
        tally();
    }
    printf("explained %.1f %%\n", 100.0 * (double)explained[1] / (double)explained[0]);
    an_engine_free(engine);
    return 0;
}

/* State alone, learned as a rebuilt journal would teach it; the snapshot is written by the engine's end. */
static int save(const char *dir, uint64_t numbers)
{
    static struct an_observation batch[4096];
    struct an_engine *engine = start(numbers, true, dir);
    now_us = an_clock_wall_us() - numbers * 50;
    for (uint64_t at = 0; at < numbers / 2;) {
        size_t n = 0;
        for (; n < 4096 && at < numbers / 2; n++, at++) {
            uint32_t from = number_of(at), to = number_of(at);
            batch[n] = (struct an_observation) { .time_us = now_us += STEP_US,
                                                 .caller = 8613900000000ull + from,
                                                 .callee = 8613800000000ull + to,
                                                 .call_key = bench_random(&rng),
                                                 .block = 1390000 + from / 10000,
                                                 .shape = 1 + from % BENCH_KINDS,
                                                 .trunk = 1 + from % PEERS,
                                                 .weight = 1000,
                                                 .kind = AN_OBS_ATTEMPT,
                                                 .caller_kind = AN_KIND_MOBILE,
                                                 .callee_kind = AN_KIND_MOBILE };
        }
        an_state_apply_many(an_engine_state(engine), batch, n);
        progress("filling:", 2 * at, numbers);
    }
    an_engine_free(engine);
    return 0;
}

int main(int argc, char **argv)
{
    const char *verb = argc > 1 ? argv[1] : "";
    bool word = verb[0] < '0' || verb[0] > '9';
    make_pool();
    if (strcmp(verb, "save") == 0 && argc > 2) return save(argv[2], argc > 3 ? strtoull(argv[3], NULL, 10) : 10000000);
    uint64_t n = argc > (word ? 2 : 1) ? strtoull(argv[word ? 2 : 1], NULL, 10) : 0;
    if (strcmp(verb, "memory") == 0) return memory(n == 0 ? 10000000 : n);
    if (strcmp(verb, "count") == 0) {
        int judge = argc > 3 ? atoi(argv[3]) : HAND;
        return count_instructions(n == 0 ? 100000 : n, judge >= 0 && judge < JUDGES ? (enum judge)judge : HAND);
    }
    if (word && verb[0] != '\0') {
        fprintf(stderr,
                "usage: bench_engine [NUMBERS] | memory [NUMBERS] | count [CALLS [JUDGE]] | save DIR [NUMBERS]\n");
        return 2;
    }
    return bench(n == 0 ? 10000000 : n);
}
