/* Bench of campaign/: events a second of the engine on one core, its memory, and what the match of one call costs with
 * many live campaigns.
 * Usage: bench_campaign [EVENTS] [CAMPAIGNS] [feed|full|match|count [PERCENT]]   (default 4,000,000 and 10,000;
 * "count": only the match, few times, for callgrind) Events: attempts and ends by turns, one attempt in five suspicious
 * and of one of CAMPAIGNS pools with a trunk and a build each, the others of people; 2,000 events a second of event
 * time, so that a snapshot falls due every 4,000. "full": the same with as many pools as there is room for, and a tenth
 * more: each new one evicts. */
#include "bench_pools.h"

#include "campaign/match.h"

static void show(struct bench_pools *f, const char *what, double rate)
{
    struct an_campaigns_stats s;
    an_campaigns_stats(f->campaigns, &s);
    printf("%-28s %9.0f events a second on one core\n", what, rate);
    printf("  live %llu, hostile %llu, opened %llu, merged %llu, split %llu, evicted %llu, members %llu, listed %llu\n",
           (unsigned long long)s.live, (unsigned long long)s.hostile, (unsigned long long)s.opened,
           (unsigned long long)s.merged, (unsigned long long)s.split, (unsigned long long)s.evicted,
           (unsigned long long)s.members_used, (unsigned long long)s.listed_used);
    printf("  memory %.1f MB, taken at start; %llu snapshots, %.2f ms each, in the figure above\n",
           (double)s.bytes / 1e6, (unsigned long long)f->publications,
           (double)f->publish_ns / 1e6 / (double)(f->publications == 0 ? 1 : f->publications));
}

/* A function of its own, so that callgrind can be told to count it alone. */
__attribute__((noinline)) static void stage_match(struct an_vector *v, const struct an_signatures *signatures)
{
    an_match_vector(v, signatures, 28800);
}

static double match(struct bench_pools *f, const struct an_signatures *signatures, unsigned percent, uint64_t calls)
{
    static struct an_vector v;
    static struct an_call all[AN_VECTOR_MAX];
    uint64_t spent = 0, found = 0;
    v.calls = all;
    v.count = AN_VECTOR_MAX;
    for (uint64_t at = 0; at < calls; at += AN_VECTOR_MAX) {
        for (uint32_t i = 0; i < AN_VECTOR_MAX; i++) {
            bool suspicious = bench_draw(f, 100) < percent;
            bench_pools_attempt(f, &all[i].enriched.obs, bench_draw(f, f->pools), suspicious);
            v.features[AN_F_NUMBER_AGE_D][i] = suspicious ? 0.1f : 40;
            v.features[AN_F_ORIGIN_SURPRISE][i] = suspicious ? 2 : 0;
        }
        uint64_t from = bench_ns(CLOCK_THREAD_CPUTIME_ID);
        stage_match(&v, signatures);
        spent += bench_ns(CLOCK_THREAD_CPUTIME_ID) - from;
        for (uint32_t i = 0; i < AN_VECTOR_MAX; i++) found += all[i].verdict.campaign != 0;
    }
    printf("match, %3u %% of calls of pools   %7.1f ns a call, %.1f %% found\n", percent, (double)spent / (double)calls,
           100 * (double)found / (double)calls);
    return (double)spent;
}

int main(int argc, char **argv)
{
    uint64_t events = argc > 1 ? strtoull(argv[1], NULL, 10) : 4000000;
    uint64_t campaigns = argc > 2 ? strtoull(argv[2], NULL, 10) : 10000;
    const char *only = argc > 3 ? argv[3] : "";
    static struct bench_pools f;
    if (campaigns < 1 || campaigns > AN_CAMPAIGNS_MAX) return 2;
    if (only[0] == '\0' || strcmp(only, "feed") == 0) {
        bench_pools_begin(&f, 4096, 300, 0);
        show(&f, "feed, 300 pools", bench_pools_feed(&f, events));
        bench_pools_done(&f);
    }
    if (only[0] == '\0' || strcmp(only, "full") == 0) {
        bench_pools_begin(&f, 4096, 4500, 0);
        show(&f, "feed, 4,500 pools for 4,096", bench_pools_feed(&f, events));
        bench_pools_done(&f);
    }
    if (strcmp(only, "feed") == 0 || strcmp(only, "full") == 0) return 0;
    bench_pools_begin(&f, AN_CAMPAIGNS_MAX, campaigns, strcmp(only, "count") == 0 ? 3600000 : 0);
    double rate = bench_pools_feed(&f, events);
    bench_pools_publish(&f);
    show(&f, "feed, before the match", rate);
    printf("live signatures %u\n", f.signatures->live);
    uint64_t calls = strcmp(only, "count") == 0 ? 51200 : 2000000;
    if (strcmp(only, "count") != 0) match(&f, NULL, 5, calls);
    match(&f, f.signatures, argc > 4 ? (unsigned)strtoul(argv[4], NULL, 10) : 5, calls);
    if (strcmp(only, "count") != 0) match(&f, f.signatures, 100, calls);
    bench_pools_done(&f);
    return 0;
}
