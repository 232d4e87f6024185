/* Bench of campaign/: events a second of the engine on one core, its memory, and what the match of one call costs with
 * many live campaigns.
 * Usage: bench_campaign [EVENTS] [CAMPAIGNS] [feed|full|match|count [PERCENT]]   (default 4,000,000 and 10,000;
 * "count": only the match, few times, for callgrind) Events: attempts and ends by turns, one attempt in five suspicious
 * and of one of CAMPAIGNS pools with a trunk and a build each, the others of people; 2,000 events a second of event
 * time, so that a snapshot falls due every 4,000. "full": the same with as many pools as there is room for, and a tenth
 * more: each new one evicts. */
#include "bench.h"

#include "base/hash.h"
#include "campaign/campaign.h"
#include "campaign/match.h"

enum { PEOPLE = 1000000, EVENT_US = 500, PENDING = 1 << 14 };

static uint64_t seed = 1;

static uint64_t draw(uint64_t n)
{
    seed += 0x9e3779b97f4a7c15ull;
    return an_range(an_mix64(seed), n);
}

/* Pool p: the small ones call as often as the large ones, so that all stay alive. */
static void attempt_of(struct an_observation *obs, uint64_t pool, bool suspicious, uint64_t time_us, uint64_t key)
{
    *obs = (struct an_observation) { .time_us = time_us,
                                     .caller = suspicious ? 8617000000000ull + draw(1000000000)
                                                          : 8613800000000ull + draw(PEOPLE),
                                     .callee = 8613900000000ull + draw(PEOPLE),
                                     .call_key = an_mix64(key) | 1,
                                     .shape = suspicious ? 100000 + pool : 1 + draw(20),
                                     .trunk = (uint32_t)(suspicious ? 5000 + pool % 3000 : 1 + draw(40)),
                                     .weight = 1000,
                                     .kind = AN_OBS_ATTEMPT,
                                     .caller_kind = suspicious ? AN_KIND_VIRTUAL : AN_KIND_MOBILE,
                                     .callee_kind = AN_KIND_MOBILE };
}

struct feed {
    struct an_campaigns *campaigns;
    struct an_signatures *signatures;
    struct an_observation pending[PENDING];
    uint64_t time_us, key, pools, spent_ns, publish_ns, publications;
};

static void publish(struct feed *f)
{
    uint64_t from = bench_ns(CLOCK_THREAD_CPUTIME_ID);
    struct an_signatures *fresh = an_campaigns_publish(f->campaigns);
    an_signatures_free(f->signatures);
    f->signatures = fresh;
    f->publish_ns += bench_ns(CLOCK_THREAD_CPUTIME_ID) - from;
    f->publications++;
}

static void end_of(struct an_observation *obs, uint64_t time_us)
{
    bool pool = obs->caller_kind == AN_KIND_VIRTUAL;
    obs->time_us = time_us;
    obs->kind = AN_OBS_END;
    obs->outcome = draw(10) < (pool ? 3 : 7) ? AN_OUTCOME_ANSWERED : pool ? AN_OUTCOME_REFUSED : AN_OUTCOME_CANCELLED;
    obs->ring_ms = (uint32_t)(4000 + draw(20000));
    obs->talk_ms = obs->outcome == AN_OUTCOME_ANSWERED ? (uint32_t)(2000 + draw(pool ? 4000 : 90000)) : 0;
}

/* Events in batches of 1,024, made before the clock runs. */
static double feed(struct feed *f, uint64_t events)
{
    enum { BATCH = 1024 };
    static struct an_observation batch[BATCH];
    static an_mini features[BATCH][AN_FEATURE_COUNT];
    static float probabilities[BATCH];
    uint64_t spent = 0;
    for (uint64_t done = 0; done < events; done += BATCH) {
        for (int i = 0; i < BATCH; i++) {
            struct an_observation *waiting = &f->pending[f->key % PENDING];
            f->time_us += EVENT_US;
            memset(features[i], 0, sizeof features[i]);
            if (i % 2 == 1 && waiting->time_us != 0) {
                batch[i] = *waiting;
                end_of(&batch[i], f->time_us);
                continue;
            }
            bool suspicious = draw(5) == 0;
            attempt_of(&batch[i], draw(f->pools), suspicious, f->time_us, ++f->key);
            f->pending[(f->key + PENDING - 1) % PENDING] = batch[i];
            features[i][AN_F_NUMBER_AGE_D] = an_mini_of(suspicious ? 0.1f : 40);
            features[i][AN_F_ORIGIN_SURPRISE] = an_mini_of(suspicious ? 2 : 0);
            probabilities[i] = suspicious ? 0.7f : 0.03f;
        }
        uint64_t from = bench_ns(CLOCK_THREAD_CPUTIME_ID);
        for (int i = 0; i < BATCH; i++) {
            if (batch[i].kind == AN_OBS_ATTEMPT)
                an_campaigns_attempt(f->campaigns, &batch[i], probabilities[i], features[i]);
            else
                an_campaigns_outcome(f->campaigns, &batch[i]);
            if (an_campaigns_due(f->campaigns)) publish(f);
        }
        spent += bench_ns(CLOCK_THREAD_CPUTIME_ID) - from;
    }
    return (double)events * 1e9 / (double)spent;
}

static void begin(struct feed *f, uint32_t room, uint64_t pools, uint32_t publish_ms)
{
    struct an_error error;
    const struct an_campaign_options options = { .campaigns = room, .publish_ms = publish_ms, .utc_offset_s = 28800 };
    memset(f, 0, sizeof *f);
    f->campaigns = an_campaigns_new(&options, &error);
    if (f->campaigns == NULL) abort();
    f->pools = pools;
    f->time_us = 1763690400000000ull;
}

static void show(struct feed *f, const char *what, double rate)
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

static void done(struct feed *f)
{
    an_signatures_free(f->signatures);
    an_campaigns_free(f->campaigns);
}

/* A function of its own, so that callgrind can be told to count it alone. */
__attribute__((noinline)) static void stage_match(struct an_vector *v, const struct an_signatures *signatures)
{
    an_match_vector(v, signatures, 28800);
}

static double match(struct feed *f, const struct an_signatures *signatures, unsigned percent, uint64_t calls)
{
    static struct an_vector v;
    static struct an_call all[AN_VECTOR_MAX];
    uint64_t spent = 0, found = 0;
    v.calls = all;
    v.count = AN_VECTOR_MAX;
    for (uint64_t at = 0; at < calls; at += AN_VECTOR_MAX) {
        for (uint32_t i = 0; i < AN_VECTOR_MAX; i++) {
            bool suspicious = draw(100) < percent;
            attempt_of(&all[i].enriched.obs, draw(f->pools), suspicious, f->time_us, ++f->key);
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
    static struct feed f;
    if (campaigns < 1 || campaigns > AN_CAMPAIGNS_MAX) return 2;
    if (only[0] == '\0' || strcmp(only, "feed") == 0) {
        begin(&f, 4096, 300, 0);
        show(&f, "feed, 300 pools", feed(&f, events));
        done(&f);
    }
    if (only[0] == '\0' || strcmp(only, "full") == 0) {
        begin(&f, 4096, 4500, 0);
        show(&f, "feed, 4,500 pools for 4,096", feed(&f, events));
        done(&f);
    }
    if (strcmp(only, "feed") == 0 || strcmp(only, "full") == 0) return 0;
    begin(&f, AN_CAMPAIGNS_MAX, campaigns, strcmp(only, "count") == 0 ? 3600000 : 0);
    double rate = feed(&f, events);
    publish(&f);
    show(&f, "feed, before the match", rate);
    printf("live signatures %u\n", f.signatures->live);
    uint64_t calls = strcmp(only, "count") == 0 ? 51200 : 2000000;
    if (strcmp(only, "count") != 0) match(&f, NULL, 5, calls);
    match(&f, f.signatures, argc > 4 ? (unsigned)strtoul(argv[4], NULL, 10) : 5, calls);
    if (strcmp(only, "count") != 0) match(&f, f.signatures, 100, calls);
    done(&f);
    return 0;
}
