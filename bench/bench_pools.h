/* Campaigns for benches: a network in which one attempt in five is suspicious and of one of many pools, each with a
 * build and a trunk, fed to a campaign engine until it knows them; the others are of people. Attempts and ends by
 * turns, 2,000 events a second of event time. All pools call equally often, so that all stay alive. Layer: beside the
 * house; benches only. */
#ifndef ANNING_BENCH_POOLS_H
#define ANNING_BENCH_POOLS_H

#include "bench.h"

#include "base/hash.h"
#include "campaign/campaign.h"

enum { BENCH_PEOPLE = 1000000, BENCH_EVENT_US = 500, BENCH_PENDING = 1 << 14 };

struct bench_pools {
    /* What an attempt is of, for a bench whose calls are to be matched; NULL: the cells and numbers of attempt_of. */
    void (*place)(struct an_observation *obs, uint64_t pool, bool suspicious);
    float age_d;    /* of people's numbers; pools': 0.1 */
    float surprise; /* of where pools' numbers come in; people's: 0 */
    struct an_campaigns *campaigns;
    struct an_signatures *signatures;
    struct an_observation pending[BENCH_PENDING];
    uint64_t time_us, key, pools, seed, publish_ns, publications;
};

static inline uint64_t bench_draw(struct bench_pools *f, uint64_t n)
{
    f->seed += 0x9e3779b97f4a7c15ull;
    return an_range(an_mix64(f->seed), n);
}

static inline void bench_pools_attempt(struct bench_pools *f, struct an_observation *obs, uint64_t pool,
                                       bool suspicious)
{
    *obs = (struct an_observation) { .time_us = f->time_us,
                                     .caller = suspicious ? 8617000000000ull + bench_draw(f, 1000000000)
                                                          : 8613800000000ull + bench_draw(f, BENCH_PEOPLE),
                                     .callee = 8613900000000ull + bench_draw(f, BENCH_PEOPLE),
                                     .call_key = an_mix64(++f->key) | 1,
                                     .shape = suspicious ? 100000 + pool : 1 + bench_draw(f, 20),
                                     .trunk = (uint32_t)(suspicious ? 5000 + pool % 3000 : 1 + bench_draw(f, 40)),
                                     .weight = 1000,
                                     .kind = AN_OBS_ATTEMPT,
                                     .caller_kind = suspicious ? AN_KIND_VIRTUAL : AN_KIND_MOBILE,
                                     .callee_kind = AN_KIND_MOBILE };
    if (f->place != NULL) f->place(obs, pool, suspicious);
}

static inline void bench_pools_end(struct bench_pools *f, struct an_observation *obs)
{
    bool pool = obs->caller_kind == AN_KIND_VIRTUAL;
    obs->time_us = f->time_us;
    obs->kind = AN_OBS_END;
    obs->outcome = bench_draw(f, 10) < (pool ? 3 : 7) ? AN_OUTCOME_ANSWERED
                   : pool                             ? AN_OUTCOME_REFUSED
                                                      : AN_OUTCOME_CANCELLED;
    obs->ring_ms = (uint32_t)(4000 + bench_draw(f, 20000));
    obs->talk_ms = obs->outcome == AN_OUTCOME_ANSWERED ? (uint32_t)(2000 + bench_draw(f, pool ? 4000 : 90000)) : 0;
}

static inline void bench_pools_publish(struct bench_pools *f)
{
    uint64_t from = bench_ns(CLOCK_THREAD_CPUTIME_ID);
    struct an_signatures *fresh = an_campaigns_publish(f->campaigns);
    an_signatures_free(f->signatures);
    f->signatures = fresh;
    f->publish_ns += bench_ns(CLOCK_THREAD_CPUTIME_ID) - from;
    f->publications++;
}

/* Events in batches of 1,024, made before the clock runs. Returns events a second. */
static inline double bench_pools_feed(struct bench_pools *f, uint64_t events)
{
    enum { BATCH = 1024 };
    static struct an_observation batch[BATCH];
    static an_mini features[BATCH][AN_FEATURE_COUNT];
    static float probabilities[BATCH];
    uint64_t spent = 0;
    for (uint64_t done = 0; done < events; done += BATCH) {
        for (int i = 0; i < BATCH; i++) {
            struct an_observation *waiting = &f->pending[f->key % BENCH_PENDING];
            f->time_us += BENCH_EVENT_US;
            memset(features[i], 0, sizeof features[i]);
            if (i % 2 == 1 && waiting->time_us != 0) {
                batch[i] = *waiting;
                bench_pools_end(f, &batch[i]);
                continue;
            }
            bool suspicious = bench_draw(f, 5) == 0;
            bench_pools_attempt(f, &batch[i], bench_draw(f, f->pools), suspicious);
            f->pending[(f->key + BENCH_PENDING - 1) % BENCH_PENDING] = batch[i];
            features[i][AN_F_NUMBER_AGE_D] = an_mini_of(suspicious ? 0.1f : f->age_d);
            features[i][AN_F_ORIGIN_SURPRISE] = an_mini_of(suspicious ? f->surprise : 0);
            probabilities[i] = suspicious ? 0.7f : 0.03f;
        }
        uint64_t from = bench_ns(CLOCK_THREAD_CPUTIME_ID);
        for (int i = 0; i < BATCH; i++) {
            if (batch[i].kind == AN_OBS_ATTEMPT)
                an_campaigns_attempt(f->campaigns, &batch[i], probabilities[i], features[i]);
            else
                an_campaigns_outcome(f->campaigns, &batch[i]);
            if (an_campaigns_due(f->campaigns)) bench_pools_publish(f);
        }
        spent += bench_ns(CLOCK_THREAD_CPUTIME_ID) - from;
    }
    return (double)events * 1e9 / (double)spent;
}

/* room: campaigns at once. publish_ms: event time between snapshots, 0: as the engine does. */
static inline void bench_pools_begin(struct bench_pools *f, uint32_t room, uint64_t pools, uint32_t publish_ms)
{
    struct an_error error;
    const struct an_campaign_options options = { .campaigns = room, .publish_ms = publish_ms, .utc_offset_s = 28800 };
    memset(f, 0, sizeof *f);
    f->campaigns = an_campaigns_new(&options, &error);
    if (f->campaigns == NULL) abort();
    f->pools = pools;
    f->seed = 1;
    f->age_d = 40;
    f->surprise = 2;
    f->time_us = 1763690400000000ull;
}

static inline void bench_pools_done(struct bench_pools *f)
{
    an_signatures_free(f->signatures);
    an_campaigns_free(f->campaigns);
}

#endif
