/* The engine in process: verdicts a second on one core with many tracked numbers, parse to decide, no sockets and no
 * journal; nanoseconds a stage; memory; and what `bench/restart.sh` and `bench/wire.sh` start from.
 *
 *   bench_engine [NUMBERS]        verdicts a second, nanoseconds a stage (default 10,000,000 numbers)
 *   bench_engine memory [NUMBERS] bytes a tracked number
 *   bench_engine count [CALLS [PARTY [NUMBERS]]]  a small table, for callgrind: collect stage_* (bench/run instructions);
 *                                 PARTY: by its place in enum party
 *   bench_engine save DIR [NUMBERS]  a data folder with a snapshot of that many numbers
 *   bench_engine campaigns DIR    a data folder with POOLS campaigns of the builds and the trunk of `sipload load ... POOLS`
 *
 * Half of the numbers are callers, half callees, all drawn uniformly: each access to a table of numbers is a cache
 * miss, which real traffic with its favourites is not. POOL_PERCENT of a hundred calls are of pools: a build and a
 * trunk each (TRUNKS trunks for POOLS pools), and one of POOL_NUMBERS virtual numbers of its own. A campaign engine
 * beside the clock is fed with such pools until it knows them.
 *
 * The parties take turns and judge the same kind of calls: hand-set weights, the model that ships, each without and
 * with the campaigns' signatures; and a harder model than any trained one (bench_forest.h: 100 full trees of depth 5)
 * that explains some 15 of a hundred calls. Time is virtual, 100 us a call. What is measured is CPU time of this
 * thread, so that others on the machine take nothing but cache and memory bandwidth; the texts are made ready before
 * the clock starts, as the kernel does it for the daemon. Grouping calls into campaigns is another thread's work
 * (bench_campaign.c) and not in the figures. */
#include <unistd.h>

#include "bench_forest.h"
#include "bench_pools.h"
#include "act/answer.h"
#include "engine/run.c" /* the stages one by one are static in there; nothing of it is taken from the library then */
#include "parse/sip.h"

enum { ROUNDS = 7, ROUND_CALLS = 1 << 19, POOL = 4096, VECTOR = AN_VECTOR_MAX, STEP_US = 100, PEERS = 40 };
enum { POOLS = 10000, TRUNKS = 3000, POOL_NUMBERS = 32, POOL_PERCENT = 5, POOL_EVENTS = 4000000 };

/* Where a call comes in, as the engine will see it. */
struct cell {
    uint64_t shape;
    uint32_t trunk;
};

static struct bench_message pool[POOL], buffers[VECTOR], of_pool[POOLS];
static struct cell people_cells[BENCH_KINDS * PEERS], pool_cells[POOLS];
static struct bench_pools pools;
static uint64_t pool_half; /* callers and callees that pools call by and at */
static struct an_call calls[VECTOR];
static struct an_vector vector = { .calls = calls };
static char answers[VECTOR][AN_SIP_ANSWER_MAX];
static uint64_t rng = 88172645463325252ull, now_us = 1790000000000000ull, serial;

/* Who judges: the last one of each pair has the campaigns' signatures. */
enum party { HAND, HAND_CAMPAIGNS, SHIPS, SHIPS_CAMPAIGNS, GROWN_CAMPAIGNS, PARTIES };
static const struct {
    const char *name, *brief;
    bool campaigns;
    double bar;
} parties[PARTIES] = {
    [HAND] = { "hand-set weights", "hand-set", false, 1.5e6 },
    [HAND_CAMPAIGNS] = { "hand-set weights, campaigns", "hand-set, camp.", true, 1e6 },
    [SHIPS] = { "model that ships", "model", false, 1e6 },
    [SHIPS_CAMPAIGNS] = { "model that ships, campaigns", "model, camp.", true, 1e6 },
    [GROWN_CAMPAIGNS] = { "harder model, campaigns", "harder, camp.", true, 1e6 },
};
static struct {
    uint64_t calls, explained, matched, actions[AN_ACTION_COUNT];
} tallied[PARTIES];

/* The i-th of up to 10^8 different 8-digit numbers, spread over all blocks. */
static uint32_t number_of(uint64_t i)
{
    return (uint32_t)(i * 73687873 % 100000000);
}

static void make_pool(void)
{
    for (unsigned i = 0; i < POOL; i++) bench_make(&pool[i], (unsigned)(bench_random(&rng) % BENCH_KINDS), 6201, 5060);
    for (unsigned i = 0; i < POOLS; i++) {
        bench_make(&of_pool[i], BENCH_KINDS + i, 6201, 5060);
        for (int k = 0; k < 3; k++) memcpy(of_pool[i].bytes + of_pool[i].callers[k] - 3, "170", 3); /* virtual */
    }
}

static void put_call(uint32_t i, const struct bench_message *m, uint32_t address, uint64_t from, uint64_t to)
{
    memcpy(&buffers[i], m, offsetof(struct bench_message, bytes) + m->len);
    bench_patch(&buffers[i], number_of(from), number_of(to), (uint32_t)serial++, bench_random(&rng));
    struct an_call *call = &calls[i];
    call->base = buffers[i].bytes;
    call->length = buffers[i].len;
    call->transport = AN_TRANSPORT_UDP;
    call->peer.v4 = (struct sockaddr_in) { .sin_family = AF_INET, .sin_port = htons(5060) };
    call->peer.v4.sin_addr.s_addr = htonl(address);
    call->error = AN_OK;
    call->sip_status = 0;
}

static uint32_t people_address(uint64_t peer)
{
    return (uint32_t)(0x0a000001u + peer);
}

static uint32_t pool_address(uint64_t p)
{
    return (uint32_t)(0x0a010001u + p % TRUNKS);
}

static uint64_t pool_caller(uint64_t p, uint64_t noise)
{
    return p * POOL_NUMBERS + noise % POOL_NUMBERS;
}

/* 64 INVITEs arrive. first: callers and callees in order from there; UINT64_MAX: at random out of half, some of pools.
 */
static void arrive(uint64_t first, uint64_t half)
{
    for (uint32_t i = 0; i < VECTOR; i++) {
        uint64_t from = first == UINT64_MAX ? bench_random(&rng) % half : (first + i) % half;
        uint64_t to = first == UINT64_MAX ? bench_random(&rng) % half : (first + i) % half;
        uint64_t p = bench_random(&rng) % POOLS;
        if (first == UINT64_MAX && bench_random(&rng) % 100 < POOL_PERCENT)
            put_call(i, &of_pool[p], pool_address(p), pool_caller(p, from), to);
        else
            put_call(i, &pool[bench_random(&rng) % POOL], people_address(from % PEERS), from, to);
    }
    vector.count = VECTOR;
    vector.now_us = now_us += VECTOR * STEP_US;
}

static void tally(enum party party)
{
    for (uint32_t i = 0; i < VECTOR; i++) {
        if (calls[i].error != AN_OK) {
            fprintf(stderr, "call %u got no verdict: %s\n", i, an_err_name((enum an_err)calls[i].error));
            exit(1);
        }
        tallied[party].actions[calls[i].verdict.action]++;
        tallied[party].calls++;
        tallied[party].explained += calls[i].verdict.cause_count > 0;
        tallied[party].matched += calls[i].verdict.campaign != 0;
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
STAGE stage_match(struct an_context *context, const struct an_settings *settings)
{
    an_match_vector(&vector, atomic_load(&context->engine->signatures), settings->utc_offset_s);
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
    { "parse", stage_parse, true },
    { "enrich", stage_enrich, true },
    { "transactions", stage_transactions, true },
    { "observe", stage_observe, true },
    { "match", stage_match, true },
    { "score", stage_score, true },
    { "token", stage_tokens, true },
    { "decide", stage_decide, true },
    { "keep", stage_keep, true },
    { "act (the answer)", stage_act, false },
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

/* ---- the pools ---- */

static struct cell observed_cell(struct an_engine *engine)
{
    vector.count = 1;
    vector.now_us = now_us;
    an_parse_sip_vector(&vector);
    an_enrich_vector(&vector, atomic_load(&engine->settings), engine->plan);
    const struct an_observation *obs = &calls[0].enriched.obs;
    if (calls[0].error != AN_OK || obs->shape == 0) abort();
    return (struct cell) { obs->shape, obs->trunk };
}

/* address 0: each from its own trunk; else all from there, people with one build (sipload). */
static void learn_cells(struct an_engine *engine, uint32_t address)
{
    for (uint32_t at = 0; at < POOLS + BENCH_KINDS * PEERS; at++) {
        struct bench_message people;
        uint32_t i = at - POOLS;
        bench_make(&people, address != 0 ? 0 : i % BENCH_KINDS, 6201, 5060);
        if (at < POOLS)
            put_call(0, &of_pool[at], address != 0 ? address : pool_address(at), 1, 1);
        else
            put_call(0, &people, address != 0 ? address : people_address(i / BENCH_KINDS), 1, 1);
        *(at < POOLS ? &pool_cells[at] : &people_cells[i]) = observed_cell(engine);
    }
}

static void place(struct an_observation *obs, uint64_t p, bool suspicious)
{
    const struct cell *cell = suspicious ? &pool_cells[p] : &people_cells[bench_random(&rng) % (BENCH_KINDS * PEERS)];
    uint64_t from = bench_random(&rng) % pool_half;
    obs->caller = suspicious ? 8617000000000ull + number_of(pool_caller(p, from)) : 8613900000000ull + number_of(from);
    obs->callee = 8613800000000ull + number_of(bench_random(&rng) % pool_half);
    obs->shape = cell->shape;
    obs->trunk = cell->trunk;
}

/* half: as the calls', but so many at least that a list is no list of everybody. */
static void learn_pools(struct an_engine *engine, uint64_t half, uint32_t address, uint64_t from_us)
{
    enum { PUBLISH_MS = 100000 }; /* seldom: only the last one is used */
    learn_cells(engine, address);
    pool_half = half < BENCH_PEOPLE / 2 ? BENCH_PEOPLE / 2 : half;
    bench_pools_begin(&pools, AN_CAMPAIGNS_MAX, POOLS, PUBLISH_MS);
    pools.time_us = from_us;
    pools.age_d = 0.1f; /* the bench's numbers are young and stay where they are */
    pools.surprise = 0;
    pools.place = place;
    for (int part = 1; part <= 20; part++) {
        bench_pools_feed(&pools, POOL_EVENTS / 20);
        progress("feeding pools:", (uint64_t)part, 20);
    }
    bench_pools_publish(&pools);
}

/* ---- the parties ---- */

static char grown_path[64];

/* A model cut where this traffic's values are, calibrated on the calls of now: they change as the tables fill. */
static void make_grown(struct an_context *context, uint64_t half)
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
    struct an_forest *forest = bench_forest((const float(*)[AN_FEATURE_COUNT])rows, ROWS, 100, 5, 0.15);
    snprintf(grown_path, sizeof grown_path, "/tmp/bench-engine-%d.anm", (int)getpid());
    if (an_forest_save(forest, grown_path, &error) != AN_OK) {
        fprintf(stderr, "%s\n", error.text);
        exit(1);
    }
    an_forest_free(forest);
}

static void let_judge(struct an_engine *engine, struct an_context *context, uint64_t half, enum party party)
{
    static const char *const paths[PARTIES] = { [HAND] = AN_MODEL_NONE,
                                                [HAND_CAMPAIGNS] = AN_MODEL_NONE,
                                                [SHIPS] = "",
                                                [SHIPS_CAMPAIGNS] = "",
                                                [GROWN_CAMPAIGNS] = grown_path };
    struct an_error error;
    atomic_store(&engine->signatures, parties[party].campaigns ? pools.signatures : NULL);
    if (party == GROWN_CAMPAIGNS) make_grown(context, half);
    if (an_engine_load_models(engine, paths[party], AN_MODEL_NONE, &error) != AN_OK) {
        fprintf(stderr, "%s\n", error.text);
        exit(1);
    }
    if (party == GROWN_CAMPAIGNS) unlink(grown_path);
    const struct an_models *models = atomic_load(&engine->models);
    if ((models != NULL && models->live.model != NULL) == (paths[party][0] != 'n')) return;
    fprintf(stderr, "the model that ships is not there: data/model/default.anm beside the build folder\n");
    exit(1);
}

/* Nanoseconds a call, one round. */
static double round_whole(struct an_context *context, uint64_t half, enum party party)
{
    uint64_t spent = 0;
    for (unsigned done = 0; done < ROUND_CALLS; done += VECTOR) {
        arrive(UINT64_MAX, half);
        uint64_t from = bench_ns(CLOCK_THREAD_CPUTIME_ID);
        judge_vector(context);
        spent += bench_ns(CLOCK_THREAD_CPUTIME_ID) - from;
        tally(party);
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
    printf("%-32s %10s %10s", "of a hundred calls", "campaign", "explained");
    for (int a = 0; a < AN_ACTION_COUNT; a++) printf(" %8s", an_action_name((enum an_action)a));
    for (int p = 0; p < PARTIES; p++) {
        double percent = 100.0 / (double)tallied[p].calls;
        printf("\n  %-30s %10.1f %10.1f", parties[p].name, percent * (double)tallied[p].matched,
               percent * (double)tallied[p].explained);
        for (int a = 0; a < AN_ACTION_COUNT; a++) printf(" %8.1f", percent * (double)tallied[p].actions[a]);
    }
    printf("\n");
}

static void show_stages(double (*stage)[STAGES][ROUNDS])
{
    double sum[PARTIES] = { 0 };
    printf("%-32s", "stages, tables shared, ns a call");
    for (int p = 0; p < PARTIES; p++) printf(" %15s", parties[p].brief);
    for (unsigned s = 0; s < STAGES; s++) {
        printf("\n  %-30s", stages[s].name);
        for (int p = 0; p < PARTIES; p++) {
            double ns = bench_median(stage[p][s], ROUNDS);
            if (stages[s].verdict) sum[p] += ns;
            printf(" %15.1f", ns);
        }
        if (!stages[s].verdict) printf("   (beyond the verdict)");
    }
    printf("\n  %-30s", "sum, parse to keep");
    for (int p = 0; p < PARTIES; p++) printf(" %15.1f", sum[p]);
    printf("\n");
}

/* Each party beside the hand-set weights of the same round. */
static void show_whole(double (*whole)[PARTIES][ROUNDS])
{
    printf("%-46s %10s %14s %12s %10s %8s\n", "one core, parse to decide", "ns a call", "verdicts/s", "of hand-set",
           "bar", "of it");
    for (int single = 0; single < 2; single++) {
        double hand[ROUNDS], ratio[ROUNDS];
        memcpy(hand, whole[single][HAND], sizeof hand);
        for (int p = 0; p < PARTIES; p++) {
            char what[80];
            for (int r = 0; r < ROUNDS; r++) ratio[r] = hand[r] / whole[single][p][r];
            double ns = bench_median(whole[single][p], ROUNDS);
            snprintf(what, sizeof what, "%s, %s", parties[p].name, single ? "single worker" : "tables shared");
            printf("%-46s %10.1f %14.0f %12.2f %10.0f %8.2f\n", what, ns, 1e9 / ns, bench_median(ratio, ROUNDS),
                   parties[p].bar, 1e9 / ns / parties[p].bar);
        }
    }
}

static void show_setting(struct an_engine *engine)
{
    struct an_state_stats stats;
    struct an_campaigns_stats known;
    an_state_stats(an_engine_state(engine), &stats);
    an_campaigns_stats(pools.campaigns, &known);
    printf("numbers tracked %llu, INVITEs of %u bytes, vectors of %d, %d rounds of %d calls, medians\n",
           (unsigned long long)stats.tables[AN_TABLE_NUMBERS].used, pool[0].len, VECTOR, ROUNDS, ROUND_CALLS);
    printf("campaigns live %llu, signatures %u, members %llu, people on lists %llu; %d %% of the calls are of pools\n",
           (unsigned long long)known.live, pools.signatures->live, (unsigned long long)known.members_used,
           (unsigned long long)known.listed_used, POOL_PERCENT);
}

static int bench(uint64_t numbers)
{
    static double whole[2][PARTIES][ROUNDS], stage[PARTIES][STAGES][ROUNDS], core[ROUNDS];
    double one[STAGES];
    uint64_t half = numbers / 2;
    for (int single = 0; single < 2; single++) {
        struct an_engine *engine = start(numbers, single, NULL);
        struct an_context *context = an_engine_context(engine, 0);
        if (single == 0) learn_pools(engine, half, 0, now_us);
        fill(context, half);
        for (int r = 0; r < ROUNDS * PARTIES; r++) {
            enum party party = (enum party)(r % PARTIES);
            let_judge(engine, context, half, party);
            whole[single][party][r / PARTIES] = round_whole(context, half, party);
            core[r / PARTIES] = multiply_ns();
            progress(single ? "one worker, round" : "locks on, round", (uint64_t)r + 1, ROUNDS * PARTIES);
        }
        for (int r = 0; single == 0 && r < ROUNDS * PARTIES; r++) {
            let_judge(engine, context, half, (enum party)(r % PARTIES));
            round_stages(context, half, one);
            for (unsigned s = 0; s < STAGES; s++) stage[r % PARTIES][s][r / PARTIES] = one[s];
            progress("stages, round", (uint64_t)r + 1, ROUNDS * PARTIES);
        }
        if (single == 0) show_setting(engine);
        an_engine_free(engine);
    }
    show_whole(whole);
    show_stages(stage);
    show_actions();
    double one_ns = bench_median(core, ROUNDS);
    printf(
        "yardsticks: a multiplication in a chain %.2f ns (%.2f GHz at 3 cycles; slowest round %.2f, fastest %.2f ns),\n"
        "a cache line at random out of 1 GB %.1f ns\n",
        one_ns, 3 / one_ns, core[ROUNDS - 1], core[0], random_read_ns());
    bench_pools_done(&pools);
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

static int count_instructions(uint64_t number_of_calls, enum party party, uint64_t numbers)
{
    struct an_engine *engine = start(numbers, false, NULL);
    struct an_context *context = an_engine_context(engine, 0);
    const struct an_settings *settings = atomic_load(&engine->settings);
    if (parties[party].campaigns) learn_pools(engine, numbers / 2, 0, now_us);
    fill(context, numbers / 2);
    let_judge(engine, context, numbers / 2, party);
    for (uint64_t done = 0; done < number_of_calls; done += VECTOR) {
        arrive(UINT64_MAX, numbers / 2);
        for (unsigned s = 0; s < STAGES; s++) stages[s].run(context, settings);
        tally(party);
    }
    double percent = 100.0 / (double)tallied[party].calls;
    printf("explained %.1f %%, of a campaign %.1f %%\n", percent * (double)tallied[party].explained,
           percent * (double)tallied[party].matched);
    an_engine_free(engine);
    if (parties[party].campaigns) bench_pools_done(&pools);
    return 0;
}

static enum an_err write_campaigns(void *context, int fd)
{
    struct an_error error;
    return an_campaigns_save(context, fd, &error);
}

/* As a daemon with campaigns.max at its most saves them; the events' time ends now. */
static int save_campaigns(const char *dir)
{
    struct an_engine *engine = start(1000, true, NULL);
    struct an_error error;
    learn_pools(engine, BENCH_PEOPLE, 0x7f000001u, an_clock_wall_us() - (uint64_t)POOL_EVENTS * BENCH_EVENT_US);
    enum an_err err = an_snapshot_write(dir, AN_SNAPSHOT_CAMPAIGNS, an_clock_wall_us(), NULL, 0, write_campaigns,
                                        pools.campaigns, NULL, &error);
    if (err != AN_OK) fprintf(stderr, "%s\n", error.text);
    printf("campaigns %u\n", pools.signatures->live);
    bench_pools_done(&pools);
    an_engine_free(engine);
    return err == AN_OK ? 0 : 1;
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
    if (strcmp(verb, "campaigns") == 0 && argc > 2) return save_campaigns(argv[2]);
    uint64_t n = argc > (word ? 2 : 1) ? strtoull(argv[word ? 2 : 1], NULL, 10) : 0;
    if (strcmp(verb, "memory") == 0) return memory(n == 0 ? 10000000 : n);
    if (strcmp(verb, "count") == 0) {
        int party = argc > 3 ? atoi(argv[3]) : HAND;
        uint64_t numbers = argc > 4 ? strtoull(argv[4], NULL, 10) : 100000;
        if (party < 0 || party >= PARTIES || numbers < 2) return 2;
        return count_instructions(n == 0 ? 100000 : n, (enum party)party, numbers);
    }
    if (word && verb[0] != '\0') {
        fprintf(stderr, "usage: bench_engine [NUMBERS] | memory [NUMBERS] | count [CALLS [PARTY [NUMBERS]]] | "
                        "save DIR [NUMBERS] | campaigns DIR\n");
        return 2;
    }
    return bench(n == 0 ? 10000000 : n);
}
