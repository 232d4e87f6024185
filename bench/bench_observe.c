/* Bench of observe/: nanoseconds a call with many tracked numbers, bytes a tracked number, save and load.
 * Usage: bench_observe [NUMBERS] [CALLS] [steady|count]   (default 10,000,000 and 4,000,000; "steady": only the timed
 * loops; "count": only that of attempts, for callgrind) Numbers, callers and callees are drawn uniformly: every access to the number and relation tables is a
 * cache miss, which real traffic with its favourites is not. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/hash.h"
#include "observe/observe.h"

static uint64_t seed = 1;

/* Time of this thread on a core: other programs on the machine don't count. */
static uint64_t cpu_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (uint64_t)t.tv_sec * 1000000000ull + (uint64_t)t.tv_nsec;
}

static uint64_t draw(uint64_t n)
{
    seed += 0x9e3779b97f4a7c15ull;
    return an_range(an_mix64(seed), n);
}

static void make_attempt(struct an_observation *obs, uint64_t caller, uint64_t callee, uint64_t time_us, uint64_t key)
{
    uint64_t block = 1300000 + caller / 10000;
    *obs = (struct an_observation) { .time_us = time_us,
                                     .caller = 8613000000000ull + caller,
                                     .callee = 8613000000000ull + callee,
                                     .call_key = key,
                                     .block = block,
                                     .shape = 1 + draw(20),
                                     .trunk = (uint32_t)(1000 + block % 40),
                                     .weight = 1000,
                                     .kind = AN_OBS_ATTEMPT,
                                     .caller_kind = AN_KIND_MOBILE,
                                     .callee_kind = AN_KIND_MOBILE,
                                     .caller_operator = (uint8_t)(1 + block % 3) };
}

static void make_end(struct an_observation *obs, const struct an_observation *attempt, uint64_t time_us)
{
    *obs = *attempt;
    obs->time_us = time_us;
    obs->kind = AN_OBS_END;
    bool answered = draw(10) < 6;
    obs->outcome = answered ? AN_OUTCOME_ANSWERED : AN_OUTCOME_CANCELLED;
    obs->ring_ms = (uint32_t)(5000 + draw(30000));
    obs->talk_ms = answered ? (uint32_t)(2000 + draw(120000)) : 0;
}

/* Vectors of 64 attempts, or of 32 attempts and 32 ends of earlier calls. Returns ns a call. */
static double run(struct an_state *s, uint64_t numbers, uint64_t calls, uint64_t *time_us, bool ends)
{
    static struct an_vector v;
    static struct an_call all[AN_VECTOR_MAX];
    static struct an_observation before[AN_VECTOR_MAX];
    v.calls = all;
    v.count = AN_VECTOR_MAX;
    uint64_t spent = 0;
    bool first = true;
    for (uint64_t done = 0; done < calls; done += AN_VECTOR_MAX) {
        for (uint32_t i = 0; i < AN_VECTOR_MAX; i++) {
            struct an_observation *obs = &all[i].enriched.obs;
            *time_us += 100;
            if (ends && i % 2 == 1 && !first)
                make_end(obs, &before[i - 1], *time_us);
            else
                make_attempt(obs, draw(numbers), draw(numbers), *time_us, draw(UINT64_MAX) | 1);
        }
        for (uint32_t i = 0; i < AN_VECTOR_MAX; i++) before[i] = all[i].enriched.obs;
        first = false;
        uint64_t from = cpu_ns();
        an_observe_vector(s, &v);
        spent += cpu_ns() - from;
    }
    return (double)spent / (double)calls;
}

static void fill(struct an_state *s, uint64_t numbers, uint64_t *time_us)
{
    static struct an_observation batch[4096];
    for (uint64_t at = 0; at < numbers;) {
        size_t n = 0;
        for (; n < 4096 && at < numbers; n++, at++) {
            *time_us += 100;
            make_attempt(&batch[n], at, draw(numbers), *time_us, draw(UINT64_MAX) | 1);
        }
        an_state_apply_many(s, batch, n);
    }
}

static void show_memory(const struct an_state *s)
{
    struct an_state_stats stats;
    an_state_stats(s, &stats);
    for (int t = 0; t < AN_TABLE_COUNT; t++)
        printf("  %-12s used %10llu of %10llu, evicted %8llu (%5.2f %%), %7.1f MB, %6.1f bytes each\n",
               stats.tables[t].name, (unsigned long long)stats.tables[t].used,
               (unsigned long long)stats.tables[t].capacity, (unsigned long long)stats.tables[t].evictions,
               100.0 * (double)stats.tables[t].evictions /
                   (double)(stats.tables[t].used + stats.tables[t].evictions + 1),
               (double)stats.tables[t].bytes / 1e6, (double)stats.tables[t].bytes / (double)(stats.tables[t].used + 1));
    printf("bytes a tracked number: number table %.1f, with relations %.1f, all in %.1f\n",
           (double)stats.tables[0].bytes / (double)stats.tables[0].used,
           (double)(stats.tables[0].bytes + stats.tables[1].bytes) / (double)stats.tables[0].used,
           (double)stats.bytes / (double)stats.tables[0].used);
}

static void save_and_load(struct an_state *s)
{
    char path[] = "/tmp/bench-observe-XXXXXX";
    int fd = mkstemp(path);
    if (fd < 0) return;
    struct an_error error;
    uint64_t from = an_clock_mono_us();
    int err = an_state_save(s, fd, &error);
    double save_s = (double)(an_clock_mono_us() - from) / 1e6;
    double size = (double)lseek(fd, 0, SEEK_CUR);
    lseek(fd, 0, SEEK_SET);
    from = an_clock_mono_us();
    err = err == AN_OK ? an_state_load(s, fd, &error) : err;
    printf("save %.2f s, load %.2f s, %.0f MB%s%s\n", save_s, (double)(an_clock_mono_us() - from) / 1e6, size / 1e6,
           err == AN_OK ? "" : ": ", err == AN_OK ? "" : error.text);
    close(fd);
    unlink(path);
}

int main(int argc, char **argv)
{
    uint64_t numbers = argc > 1 ? strtoull(argv[1], NULL, 10) : 10000000;
    uint64_t calls = argc > 2 ? strtoull(argv[2], NULL, 10) : 4000000;
    bool steady = argc > 3 && strcmp(argv[3], "steady") == 0;
    bool count = argc > 3 && strcmp(argv[3], "count") == 0;
    uint64_t time_us = 1790000000000000ull;
    for (int single = 1; single >= 0; single--) {
        struct an_state_limits limits = { .numbers = (uint32_t)numbers, .single_worker = single };
        struct an_error error;
        uint64_t from = an_clock_mono_us();
        struct an_state *s = an_state_new(&limits, &error);
        if (s == NULL) {
            fprintf(stderr, "%s\n", error.text);
            return 1;
        }
        printf("%s: %llu numbers; new %.2f s\n", single ? "single worker, no locks" : "locks on",
               (unsigned long long)numbers, (double)(an_clock_mono_us() - from) / 1e6);
        from = cpu_ns();
        fill(s, numbers, &time_us);
        printf("fill: %.0f ns an observation (apply, no features)\n", (double)(cpu_ns() - from) / (double)numbers);
        if (single && !steady && !count) show_memory(s);
        printf("attempts: %.0f ns a call\n", run(s, numbers, calls, &time_us, false));
        if (!count) printf("attempts and ends: %.0f ns each\n", run(s, numbers, calls, &time_us, true));
        if (single && !steady && !count) save_and_load(s);
        an_state_free(s);
        if (steady || count) break;
    }
    return 0;
}
