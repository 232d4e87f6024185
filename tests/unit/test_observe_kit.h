/* What the tests of observe/ share: small states, made-up calls on virtual time. */
#ifndef ANNING_TEST_OBSERVE_KIT_H
#define ANNING_TEST_OBSERVE_KIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/hash.h"
#include "observe/observe.h"

#define T0 1790000000000000ull
#define S 1000000ull
#define DAY (86400ull * S)
#define PERSON 8613800000000ull
#define HOME 11u /* trunks */
#define PLATFORM 22u

struct kit {
    struct an_state *s;
    uint64_t now;
    uint64_t next_key;
    uint64_t seed;
    struct an_vector v;
    struct an_call call;
    float f[AN_FEATURE_COUNT]; /* of the last attempt */
};

static inline uint64_t kit_draw(struct kit *k, uint64_t n)
{
    k->seed += 0x9e3779b97f4a7c15ull;
    return an_range(an_mix64(k->seed), n);
}

static inline struct an_state_limits kit_limits(void)
{
    return (struct an_state_limits) { .numbers = 20000,
                                      .relations = 131072,
                                      .blocks = 4096,
                                      .trunks = 4096,
                                      .shapes = 4096,
                                      .origins = 4096,
                                      .lines = 1024,
                                      .pending = 4096,
                                      .emergencies = 4096 };
}

static inline void kit_init(struct kit *k)
{
    memset(k, 0, sizeof *k);
    struct an_state_limits limits = kit_limits();
    struct an_error error;
    k->s = an_state_new(&limits, &error);
    assert_non_null(k->s);
    k->now = T0;
    k->v.calls = &k->call;
}

static inline void kit_done(struct kit *k)
{
    an_state_free(k->s);
}

/* One observation through the vector path. */
static inline void kit_give(struct kit *k, const struct an_observation *obs)
{
    memset(&k->call, 0, sizeof k->call);
    k->call.enriched.obs = *obs;
    k->v.count = 1;
    k->v.now_us = obs->time_us;
    an_observe_vector(k->s, &k->v);
    if (obs->kind == AN_OBS_ATTEMPT)
        for (int f = 0; f < AN_FEATURE_COUNT; f++) k->f[f] = k->v.features[f][0];
}

static inline struct an_observation kit_obs(struct kit *k, uint64_t caller, uint64_t callee, uint32_t trunk,
                                            uint64_t shape)
{
    return (struct an_observation) { .time_us = k->now,
                                     .caller = caller,
                                     .callee = callee,
                                     .call_key = ++k->next_key,
                                     .block = caller / 10000,
                                     .shape = shape,
                                     .trunk = trunk,
                                     .weight = 1000,
                                     .kind = AN_OBS_ATTEMPT,
                                     .caller_kind = AN_KIND_MOBILE,
                                     .callee_kind = AN_KIND_MOBILE,
                                     .caller_operator = AN_OPERATOR_MOBILE };
}

static inline struct an_observation kit_attempt(struct kit *k, uint64_t caller, uint64_t callee, uint32_t trunk,
                                                uint64_t shape)
{
    struct an_observation obs = kit_obs(k, caller, callee, trunk, shape);
    kit_give(k, &obs);
    return obs;
}

static inline void kit_end(struct kit *k, const struct an_observation *attempt, enum an_outcome outcome,
                           uint32_t ring_ms, uint32_t talk_ms)
{
    struct an_observation obs = *attempt;
    obs.kind = AN_OBS_END;
    obs.time_us = k->now;
    obs.outcome = (uint8_t)outcome;
    obs.ring_ms = ring_ms;
    obs.talk_ms = talk_ms;
    kit_give(k, &obs);
}

static inline float kit_ring_and_end(struct kit *k, uint64_t caller, uint64_t callee, uint32_t trunk,
                                     enum an_outcome outcome, uint32_t talk_ms)
{
    struct an_observation a = kit_attempt(k, caller, callee, trunk, 7);
    k->now += 10 * S + talk_ms * 1000ull;
    kit_end(k, &a, outcome, 10000, talk_ms);
    return 0;
}

static inline void kit_report(struct kit *k, uint64_t caller, uint64_t callee, uint32_t trunk)
{
    struct an_observation obs = kit_obs(k, caller, callee, trunk, 7);
    obs.kind = AN_OBS_REPORT;
    obs.call_key = 0;
    kit_give(k, &obs);
}

/* Days of ordinary life for so many people from `first` on: each calls the next one now and then. */
static inline void kit_live(struct kit *k, uint64_t first, uint64_t people, uint64_t days)
{
    for (uint64_t n = 0; n < 4 * people; n++) {
        kit_attempt(k, first + n % people, first + (n + 1) % people, HOME, 3);
        k->now += days * DAY / (4 * people);
    }
}

/* All bytes of a state, hashed. */
static inline uint64_t kit_print(const struct an_state *s)
{
    int fd = memfd_create("dump", 0);
    struct an_error error;
    assert_int_equal(an_state_save(s, fd, &error), AN_OK);
    size_t len = (size_t)lseek(fd, 0, SEEK_CUR);
    void *bytes = mmap(NULL, len, PROT_READ, MAP_SHARED, fd, 0);
    assert_ptr_not_equal(bytes, MAP_FAILED);
    uint64_t hash = an_hash64(bytes, len, 0);
    munmap(bytes, len);
    close(fd);
    return hash;
}

#define assert_near(a, b, by)                                                                                          \
    do {                                                                                                               \
        double d_ = (double)(a) - (double)(b);                                                                         \
        if (d_ > (by) || d_ < -(by)) fail_msg("%s is %g, not %g +- %g", #a, (double)(a), (double)(b), (double)(by));   \
    } while (0)
#define assert_above(a, b)                                                                                             \
    do {                                                                                                               \
        if (!((double)(a) > (double)(b))) fail_msg("%s is %g, not above %g", #a, (double)(a), (double)(b));            \
    } while (0)
#define assert_below(a, b)                                                                                             \
    do {                                                                                                               \
        if (!((double)(a) < (double)(b))) fail_msg("%s is %g, not below %g", #a, (double)(a), (double)(b));            \
    } while (0)

#endif
