/* Subscribers' settings: what they cost a decision, in memory, at the start, and how soon a change is seen.
 *
 *   bench_callees [SUBSCRIBERS]      everything (default 1,000,000)
 *   bench_callees count CALLS        for callgrind: collect decide_*; a table of 20,000 (instructions do not depend on
 *                                    where the caches miss)
 *
 * The decide stage alone, vectors of 64, callees drawn uniformly, so that each one's settings are cache misses, which
 * real traffic with its favourites is not. Four cases take turns: no table; a table of others (the calls go to people
 * without settings); everybody has plain settings (one line: level, two categories, a night, something expected);
 * everybody has lists too (20 contacts, 3 blocked numbers, 2 ranges, 2 regions). CPU time of this thread. Beside it the
 * whole of enrich to keep with 1,000,000 tracked numbers, without a journal and without parsing, with and without. */
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "base/clock.h"
#include "bench.h"
#include "decide/decide.h"
#include "engine/callees.h"
#include "engine/internal.h"
#include "parse/event.h"

enum { ROUNDS = 15, ROUND_CALLS = 1 << 18, VECTOR = AN_VECTOR_MAX, PUTS = 4000 };
enum { NONE, STRANGERS, PLAIN, LISTS, CASES };
static const char *const case_names[CASES] = { "no table", "a table of others", "plain settings",
                                               "settings with lists" };

#define FIRST 8613800000000ull
#define NOW_US 1795968000000000ull

static struct an_settings settings;
static struct an_call calls[VECTOR];
static struct an_vector vector = { .calls = calls, .count = VECTOR };
static uint64_t rng = 88172645463325252ull;

static an_number subscriber(uint64_t i)
{
    return FIRST + i * 73687873 % 100000000;
}

static void settings_of(uint64_t i, bool lists, struct an_callee_settings *s)
{
    static const struct an_callee_hours night = { 22 * 60, 7 * 60, 127, AN_CHOICE_LABEL };
    static const struct an_callee_range ranges[] = { { 86400, AN_CHOICE_LABEL }, { 8695, AN_CHOICE_PASS } };
    static const struct an_callee_region regions[] = { { 0, AN_CHOICE_SCREEN }, { 65, AN_CHOICE_LABEL } };
    static const struct an_callee_expecting expecting = { AN_EXPECTED_DELIVERY, NOW_US + 3600 * AN_US_PER_S };
    static an_number numbers[23];
    for (uint64_t n = 0; lists && n < 23; n++) numbers[n] = FIRST + 100000000 * (n + 1) + i;
    *s = (struct an_callee_settings) { .callee = subscriber(i), .version = 1, .on = true, .level = AN_LEVEL_STRICT };
    s->categories[AN_CATEGORY_LOAN] = AN_CHOICE_BLOCK;
    s->categories[AN_CATEGORY_AUTOMATED] = AN_CHOICE_PASS;
    s->hours = &night;
    s->expecting = &expecting;
    s->hours_count = s->expecting_count = 1;
    if (!lists) return;
    s->contacts = numbers;
    s->blocked = numbers + 20;
    s->contact_count = 20;
    s->blocked_count = 3;
    s->ranges = ranges;
    s->regions = regions;
    s->range_count = s->region_count = 2;
}

static struct an_callees *load(uint64_t count, bool lists)
{
    struct an_callees *callees = an_callees_new(NULL);
    struct an_callee_settings s;
    struct an_error error;
    if (callees == NULL) abort();
    for (uint64_t i = 0; i < count; i++) {
        settings_of(i, lists, &s);
        if (an_callees_put(callees, &s, &error) == AN_OK) continue;
        fprintf(stderr, "%s\n", error.text);
        exit(1);
    }
    return callees;
}

static void arrive(uint64_t count, bool strangers)
{
    for (uint32_t i = 0; i < VECTOR; i++) {
        struct an_call *call = &calls[i];
        an_number callee = subscriber(bench_random(&rng) % count);
        call->error = AN_OK;
        call->enriched.obs = (struct an_observation) { .time_us = NOW_US,
                                                       .kind = AN_OBS_ATTEMPT,
                                                       .caller = 8613900000000 + bench_random(&rng) % 100000000,
                                                       .callee = strangers ? callee + 1000000000 : callee,
                                                       .caller_kind = AN_KIND_MOBILE };
        call->enriched.caller_region = 255;
        call->verdict.probability = (float)(bench_random(&rng) % 1000) / 1000.0f;
        call->verdict.rules = AN_RULE_OWN_EVIDENCE;
        call->verdict.category = call->verdict.probability >= 0.5f ? AN_CATEGORY_LOAN : AN_CATEGORY_PERSON;
    }
}

/* Functions of their own for callgrind. */
#define CASE __attribute__((noinline)) static void
CASE decide_none(const struct an_callees *callees)
{
    (void)callees;
    an_decide_vector(&vector, &settings, NULL);
}
CASE decide_strangers(const struct an_callees *callees)
{
    an_decide_vector(&vector, &settings, callees);
}
CASE decide_plain(const struct an_callees *callees)
{
    an_decide_vector(&vector, &settings, callees);
}
CASE decide_lists(const struct an_callees *callees)
{
    an_decide_vector(&vector, &settings, callees);
}
static void (*const decide[CASES])(const struct an_callees *) = { decide_none, decide_strangers, decide_plain,
                                                                  decide_lists };

static double round_of(int which, const struct an_callees *callees, uint64_t count)
{
    uint64_t spent = 0;
    for (unsigned done = 0; done < ROUND_CALLS; done += VECTOR) {
        arrive(count, which == STRANGERS);
        uint64_t from = bench_ns(CLOCK_THREAD_CPUTIME_ID);
        decide[which](callees);
        spent += bench_ns(CLOCK_THREAD_CPUTIME_ID) - from;
    }
    return (double)spent / ROUND_CALLS;
}

static double resident_mb(void)
{
    unsigned long pages = 0, resident = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (file == NULL || fscanf(file, "%lu %lu", &pages, &resident) != 2) abort();
    fclose(file);
    return (double)resident * (double)sysconf(_SC_PAGESIZE) / 1e6;
}

static struct an_callees *timed_load(uint64_t count, bool lists)
{
    double before = resident_mb();
    uint64_t from = bench_ns(CLOCK_MONOTONIC), cpu = bench_ns(CLOCK_THREAD_CPUTIME_ID);
    struct an_callees *callees = load(count, lists);
    double seconds = (double)(bench_ns(CLOCK_MONOTONIC) - from) / 1e9;
    double busy = (double)(bench_ns(CLOCK_THREAD_CPUTIME_ID) - cpu) / 1e9;
    struct an_callees_stats stats;
    an_callees_stats(callees, &stats);
    printf("%-20s %8.2f s, %5.2f s of it CPU %9.1f MB %7.1f bytes a subscriber %9.1f MB resident\n",
           case_names[lists ? LISTS : PLAIN], seconds, busy, (double)stats.bytes / 1e6,
           (double)stats.bytes / (double)count, resident_mb() - before);
    return callees;
}

static void decide_stage(const struct an_callees *plain, const struct an_callees *lists, uint64_t count)
{
    static double ns[CASES][ROUNDS], ratio[CASES][ROUNDS];
    const struct an_callees *const tables[CASES] = { NULL, plain, plain, lists };
    for (int c = 0; c < CASES; c++) round_of(c, tables[c], count);
    for (int r = 0; r < ROUNDS; r++)
        for (int c = 0; c < CASES; c++) {
            ns[c][r] = round_of(c, tables[c], count);
            ratio[c][r] = ns[c][r] / ns[NONE][r];
        }
    printf("\nthe decide stage, median of %d rounds    ns a call    times no table\n", ROUNDS);
    for (int c = 0; c < CASES; c++) {
        double median = bench_median(ns[c], ROUNDS);
        printf("%-38s %11.1f %17.2f\n", case_names[c], median, bench_median(ratio[c], ROUNDS));
    }
}

/* ---- the whole, and how soon a change is seen ---- */

static struct an_engine *start(void)
{
    struct an_settings *own = calloc(1, sizeof *own);
    struct an_engine *engine;
    struct an_error error;
    if (own == NULL || an_settings_init(own) != AN_OK) abort();
    struct an_engine_options options = { .contexts = 2, .settings = own };
    options.limits.numbers = 1000000;
    if (an_engine_new(&options, &engine, &error) == AN_OK) return engine;
    fprintf(stderr, "%s\n", error.text);
    exit(1);
}

struct asker {
    struct an_call calls[VECTOR];
    struct an_vector vector;
    char texts[VECTOR][AN_EVENT_TEXT_MAX];
};

static void event(struct asker *a, uint32_t i, an_number from, an_number to, uint64_t now_us)
{
    char numbers[2][AN_NUMBER_TEXT_MAX];
    struct an_event_text text = { .kind = AN_OBS_ATTEMPT, .time_us = now_us };
    text.from = (struct an_slice) { numbers[0], an_number_text(from, numbers[0]) };
    text.to = (struct an_slice) { numbers[1], an_number_text(to, numbers[1]) };
    if (an_event_fill(&a->calls[i], a->texts[i], sizeof a->texts[i], &text) != AN_OK) abort();
    a->calls[i].transport = AN_TRANSPORT_HTTP;
}

static double round_whole(struct an_context *context, struct asker *a, uint64_t count, uint64_t *now_us)
{
    uint64_t spent = 0;
    for (unsigned done = 0; done < ROUND_CALLS / 4; done += VECTOR) {
        *now_us += VECTOR * 100;
        for (uint32_t i = 0; i < VECTOR; i++)
            event(a, i, 8613900000000 + bench_random(&rng) % 400000, subscriber(bench_random(&rng) % count), *now_us);
        a->vector.calls = a->calls;
        a->vector.count = VECTOR;
        a->vector.now_us = *now_us;
        uint64_t from = bench_ns(CLOCK_THREAD_CPUTIME_ID);
        an_engine_run(context, &a->vector);
        spent += bench_ns(CLOCK_THREAD_CPUTIME_ID) - from;
    }
    return (double)spent / (ROUND_CALLS / 4);
}

static void whole(struct an_engine *engine, struct an_callees *const tables[2], uint64_t count)
{
    static double ns[3][ROUNDS], ratio[3][ROUNDS];
    struct asker *a = calloc(1, sizeof *a);
    uint64_t now_us = NOW_US;
    if (a == NULL) abort();
    for (int r = -2; r < ROUNDS; r++)
        for (int c = 0; c < 3; c++) {
            atomic_store(&engine->callees, c == 0 ? NULL : tables[c - 1]);
            double took = round_whole(an_engine_context(engine, 0), a, count, &now_us);
            if (r < 0) continue; /* the tables fill */
            ns[c][r] = took;
            ratio[c][r] = took / ns[0][r];
        }
    atomic_store(&engine->callees, NULL);
    printf("\nenrich to keep, median of %d rounds      ns a call    times no table\n", ROUNDS);
    const int names[] = { NONE, PLAIN, LISTS };
    for (int c = 0; c < 3; c++) {
        double median = bench_median(ns[c], ROUNDS);
        printf("%-38s %11.1f %17.3f\n", case_names[names[c]], median, bench_median(ratio[c], ROUNDS));
    }
    free(a);
}

struct watcher {
    struct an_engine *engine;
    uint64_t seen_ns[PUTS + 2]; /* when the first verdict by this version was there */
    _Atomic(uint32_t) newest;
    atomic_bool stop;
};

static void *watch(void *arg)
{
    struct watcher *w = arg;
    struct asker *a = calloc(1, sizeof *a);
    if (a == NULL) abort();
    for (uint64_t n = 0; !atomic_load(&w->stop); n++) {
        event(a, 0, 8613900000000 + n % 1000, subscriber(0), NOW_US + n * 100);
        a->vector.calls = a->calls;
        a->vector.count = 1;
        a->vector.now_us = NOW_US + n * 100;
        an_engine_run(an_engine_context(w->engine, 1), &a->vector);
        uint32_t version = a->calls[0].verdict.callee_version;
        if (version <= atomic_load_explicit(&w->newest, memory_order_relaxed)) continue;
        w->seen_ns[version] = bench_ns(CLOCK_MONOTONIC);
        atomic_store(&w->newest, version);
    }
    free(a);
    return NULL;
}

static void effect(struct an_engine *engine, struct an_callees *table)
{
    static double put_us[PUTS], effect_us[PUTS];
    static struct watcher w;
    pthread_t thread;
    struct an_error error;
    w.engine = engine;
    an_engine_publish_callees(engine, table);
    if (pthread_create(&thread, NULL, watch, &w) != 0) abort();
    for (uint32_t i = 0; i < PUTS; i++) {
        struct an_callee_settings s;
        settings_of(0, i % 2 == 0, &s);
        s.version = i + 2;
        uint64_t from = bench_ns(CLOCK_MONOTONIC);
        if (an_engine_put_callee(engine, &s, &error) != AN_OK) abort();
        uint64_t done = bench_ns(CLOCK_MONOTONIC);
        while (atomic_load(&w.newest) != s.version) usleep(20);
        put_us[i] = (double)(done - from) / 1000;
        effect_us[i] = (double)(w.seen_ns[s.version] - from) / 1000;
    }
    atomic_store(&w.stop, true);
    pthread_join(thread, NULL);
    double put = bench_median(put_us, PUTS), seen = bench_median(effect_us, PUTS);
    printf("\n%d changes of one subscriber, another thread judging calls to him one at a time, microseconds\n", PUTS);
    printf("%-38s median %8.1f   p99 %8.1f   longest %8.1f\n", "put", put, put_us[PUTS * 99 / 100], put_us[PUTS - 1]);
    printf("%-38s median %8.1f   p99 %8.1f   longest %8.1f\n", "from its begin to a verdict by it", seen,
           effect_us[PUTS * 99 / 100], effect_us[PUTS - 1]);
}

static int count_instructions(uint64_t how_many)
{
    enum { PEOPLE = 20000 };
    struct an_callees *tables[CASES] = { NULL, load(PEOPLE, false), NULL, load(PEOPLE, true) };
    tables[PLAIN] = tables[STRANGERS];
    for (int c = 0; c < CASES; c++)
        for (uint64_t done = 0; done < how_many; done += VECTOR) {
            arrive(PEOPLE, c == STRANGERS);
            decide[c](tables[c]);
        }
    an_callees_free(tables[PLAIN]);
    an_callees_free(tables[LISTS]);
    return 0;
}

int main(int argc, char **argv)
{
    if (an_settings_init(&settings) != AN_OK) abort();
    if (argc > 2 && strcmp(argv[1], "count") == 0) return count_instructions(strtoull(argv[2], NULL, 10));
    uint64_t count = argc > 1 ? strtoull(argv[1], NULL, 10) : 1000000;
    if (count < 1 || count > 20000000) {
        fprintf(stderr, "1 to 20,000,000 subscribers are right\n");
        return 2;
    }
    printf("%llu subscribers\nbulk load                                          memory\n", (unsigned long long)count);
    struct an_callees *plain = timed_load(count, false), *lists = timed_load(count, true);
    decide_stage(plain, lists, count);
    struct an_engine *engine = start();
    whole(engine, (struct an_callees *const[2]) { plain, lists }, count);
    effect(engine, plain);
    an_callees_free(lists);
    an_engine_free(engine);
    return 0;
}
