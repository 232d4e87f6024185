/* A made-up network for the tests of campaign/: actors call with a period each, ends come when they are due, in order
 * of time. Everything follows from the seed. */
#ifndef TEST_CAMPAIGN_KIT_H
#define TEST_CAMPAIGN_KIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "campaign/campaign.h"

enum { KIT_PENDING = 4096, KIT_ACTORS = 8 };
#define KIT_START_US (1763690400ull * 1000000) /* 10:00 in China */

struct actor {
    uint32_t trunk, trunks; /* calls by trunk, trunk + 1 ...; trunks 0: one */
    uint64_t shape;
    unsigned period_s, from_s, until_s; /* until 0: to the end */
    float probability;
    bool fresh, foreign;
    uint64_t number_base, numbers; /* numbers 0: a new one for each call */
    uint64_t list_base, list_size;
    unsigned holes, answered, refused, related; /* percent of calls */
    uint32_t ring_ms, talk_ms;                  /* cancelled after ring_ms, where nobody answers */
    uint32_t kind;
    /* what it did */
    uint64_t made, taken;
    uint32_t last_id;
};

struct kit {
    struct an_campaigns *campaigns;
    struct an_signatures *signatures;
    uint64_t now_us, rng, keys;
    struct an_observation pending[KIT_PENDING];
    unsigned pending_count;
};

static inline uint64_t kit_random(struct kit *k)
{
    return an_mix64(++k->rng);
}

static inline void kit_begin_with(struct kit *k, const struct an_campaign_options *options)
{
    struct an_error error;
    memset(k, 0, sizeof *k);
    k->campaigns = an_campaigns_new(options, &error);
    assert_non_null(k->campaigns);
    k->now_us = KIT_START_US;
}

static inline void kit_begin(struct kit *k)
{
    const struct an_campaign_options options = { .campaigns = 64, .members = 65536, .listed = 262144, .cells = 4096 };
    kit_begin_with(k, &options);
}

static inline void kit_end(struct kit *k)
{
    an_signatures_free(k->signatures);
    an_campaigns_free(k->campaigns);
}

static inline void kit_publish(struct kit *k)
{
    struct an_signatures *fresh = an_campaigns_publish(k->campaigns);
    assert_non_null(fresh);
    an_signatures_free(k->signatures);
    k->signatures = fresh;
}

/* Ends that are due by now_us, earliest first. */
static inline void kit_ends(struct kit *k)
{
    for (;;) {
        unsigned first = UINT32_MAX;
        for (unsigned i = 0; i < k->pending_count; i++)
            if (k->pending[i].time_us <= k->now_us &&
                (first == UINT32_MAX || k->pending[i].time_us < k->pending[first].time_us))
                first = i;
        if (first == UINT32_MAX) return;
        an_campaigns_outcome(k->campaigns, &k->pending[first]);
        k->pending[first] = k->pending[--k->pending_count];
    }
}

static inline void kit_features(const struct actor *a, bool hole, bool related, an_mini f[AN_FEATURE_COUNT])
{
    memset(f, 0, AN_FEATURE_COUNT * sizeof *f);
    f[AN_F_NUMBER_AGE_D] = an_mini_of(a->fresh ? 0.01f : 30);
    f[AN_F_ORIGIN_SURPRISE] = an_mini_of(a->foreign ? 2 : 0);
    f[AN_F_CALLEE_UNALLOCATED] = an_mini_of(hole ? 1 : 0);
    f[AN_F_RELATION_CALLED] = an_mini_of(related ? 0.9f : 0);
}

static inline void kit_call(struct kit *k, struct actor *a)
{
    unsigned dice = (unsigned)(kit_random(k) % 100);
    bool hole = kit_random(k) % 100 < a->holes, related = kit_random(k) % 100 < a->related;
    struct an_observation obs = { .time_us = k->now_us, .kind = AN_OBS_ATTEMPT, .shape = a->shape, .weight = 1000 };
    obs.call_key = an_mix64(++k->keys) | 1;
    obs.trunk = a->trunk + (a->trunks == 0 ? 0 : (uint32_t)(kit_random(k) % a->trunks));
    obs.caller = a->number_base + (a->numbers == 0 ? a->made : kit_random(k) % a->numbers);
    obs.callee = a->list_base + 97 * (kit_random(k) % a->list_size);
    obs.caller_kind = (uint8_t)(a->kind == 0 ? AN_KIND_MOBILE : a->kind);
    obs.callee_kind = hole ? AN_KIND_UNALLOCATED : AN_KIND_MOBILE;
    an_mini features[AN_FEATURE_COUNT];
    kit_features(a, hole, related, features);
    a->made++;
    uint32_t id = an_campaigns_attempt(k->campaigns, &obs, a->probability, features);
    a->taken += id != 0;
    if (id != 0) a->last_id = id;
    obs.kind = AN_OBS_END;
    obs.ring_ms = a->ring_ms;
    obs.outcome = hole                              ? AN_OUTCOME_UNALLOCATED
                  : dice < a->answered              ? AN_OUTCOME_ANSWERED
                  : dice < a->answered + a->refused ? AN_OUTCOME_REFUSED
                                                    : AN_OUTCOME_CANCELLED;
    if (obs.outcome != AN_OUTCOME_CANCELLED) obs.ring_ms = 2000 + (uint32_t)(kit_random(k) % 8000);
    if (obs.outcome == AN_OUTCOME_ANSWERED) obs.talk_ms = a->talk_ms / 2 + (uint32_t)(kit_random(k) % a->talk_ms);
    obs.time_us += 1000ull * (obs.ring_ms + obs.talk_ms);
    if (k->pending_count < KIT_PENDING) k->pending[k->pending_count++] = obs;
}

/* Seconds of life; snapshots as they fall due. */
static inline void kit_run(struct kit *k, struct actor *actors, unsigned count, unsigned seconds)
{
    for (unsigned s = 0; s < seconds; s++) {
        for (unsigned i = 0; i < count; i++) {
            struct actor *a = &actors[i];
            if (s < a->from_s || (a->until_s != 0 && s >= a->until_s) || s % a->period_s != i % a->period_s) continue;
            k->now_us += 1000;
            kit_ends(k);
            kit_call(k, a);
        }
        if (an_campaigns_due(k->campaigns)) kit_publish(k);
        k->now_us = k->now_us / 1000000 * 1000000 + 1000000;
    }
    k->now_us += 300000000;
    kit_ends(k);
    kit_publish(k);
}

/* People and firms as they are: known numbers, home trunks, most builds of a few makers. */
static inline struct actor kit_people(uint32_t trunk, uint64_t shape)
{
    return (struct actor) { .trunk = trunk,
                            .trunks = 4,
                            .shape = shape,
                            .period_s = 1,
                            .probability = 0.02f,
                            .number_base = 8613800000000,
                            .numbers = 100000,
                            .list_base = 8613900000000,
                            .list_size = 100000,
                            .answered = 70,
                            .refused = 2,
                            .related = 50,
                            .ring_ms = 23000,
                            .talk_ms = 60000 };
}

/* A pool of numbers on a foreign trunk, working through a list. */
static inline struct actor kit_pool(uint32_t trunk, uint64_t shape, uint64_t list_base, uint64_t list_size)
{
    return (struct actor) { .trunk = trunk,
                            .shape = shape,
                            .period_s = 3,
                            .probability = 0.7f,
                            .fresh = true,
                            .foreign = true,
                            .number_base = 8617000000000 + 10000000ull * trunk,
                            .list_base = list_base,
                            .list_size = list_size,
                            .holes = 6,
                            .answered = 25,
                            .refused = 15,
                            .ring_ms = 15100,
                            .talk_ms = 5000,
                            .kind = AN_KIND_VIRTUAL };
}

static inline struct an_campaign_view kit_view(const struct kit *k, uint32_t id)
{
    struct an_campaign_view view;
    assert_int_equal(an_campaigns_view(k->campaigns, id, &view), AN_OK);
    return view;
}

static inline unsigned kit_has_event(const struct an_campaign_view *v, enum an_campaign_event_kind kind)
{
    unsigned count = 0;
    for (uint32_t i = 0; i < v->event_count; i++) count += v->events[i].kind == (uint32_t)kind;
    return count;
}

static inline const struct an_campaign_term *kit_term(const struct an_campaign_view *v, const char *name)
{
    for (uint32_t i = 0; i < v->term_count; i++)
        if (strcmp(v->terms[i].name, name) == 0) return &v->terms[i];
    return NULL;
}

#endif
