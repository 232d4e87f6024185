/* A small city with a spy between the world and the defence. For tests/unit/test_range_*.c. */
#ifndef RANGE_KIT_H
#define RANGE_KIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/hash.h"
#include "range/adversary.h"
#include "range/people.h"
#include "range/services.h"
#include "range/smear.h"
#include "range/world.h"

#define KIT_DAY_US 86400000000ull

/* What passes between world and defence: counted and hashed. */
struct kit_spy {
    struct ar_defence inner;
    bool wipe; /* the inner defence gets calls without their truth */
    uint64_t hash, last_us, out_of_order;
    uint64_t attempts, answers, ends, reports, answers_without_attempt;
    uint64_t by_class[AR_CLASS_COUNT], blocked_by_class[AR_CLASS_COUNT];
    uint64_t campaign_attempts[AR_ADVERSARIES_MAX + 1], campaign_rang[AR_ADVERSARIES_MAX + 1];
    uint64_t campaign_answered[AR_ADVERSARIES_MAX + 1];
    int64_t balance;         /* hash sum of call ids: attempts minus ends; 0 when all that began has ended */
    uint64_t decisions_left; /* the defence dies after so many; 0: never */
};

static inline void kit_mix(struct kit_spy *spy, uint64_t value)
{
    spy->hash = an_mix2(spy->hash, value);
}

static inline void kit_time(struct kit_spy *spy, uint64_t time_us)
{
    spy->out_of_order += time_us < spy->last_us;
    spy->last_us = time_us;
    kit_mix(spy, time_us);
}

/* Only what a network sees, and the verdict. */
static inline struct ar_call kit_wiped(const struct ar_call *call)
{
    return (struct ar_call) { .id = call->id,
                              .time_us = call->time_us,
                              .caller = call->caller,
                              .callee = call->callee,
                              .trunk = call->trunk,
                              .shape = call->shape,
                              .forwarded = call->forwarded,
                              .anonymous = call->anonymous,
                              .action = call->action,
                              .verdict_category = call->verdict_category,
                              .outcome = call->outcome,
                              .answered = call->answered,
                              .probability = call->probability,
                              .ring_ms = call->ring_ms,
                              .talk_ms = call->talk_ms,
                              .token = { call->token[0], call->token[1] } };
}

static inline enum an_err kit_decide(void *self, struct ar_call *call)
{
    struct kit_spy *spy = self;
    kit_time(spy, call->time_us);
    struct ar_call seen = spy->wipe ? kit_wiped(call) : *call;
    enum an_err err = spy->inner.decide(spy->inner.self, &seen);
    call->action = seen.action;
    call->verdict_category = seen.verdict_category;
    call->probability = seen.probability;
    kit_mix(spy, call->id);
    kit_mix(spy, call->caller ^ call->callee << 1);
    kit_mix(spy, (uint64_t)call->trunk << 32 | (uint64_t)call->shape << 16 | call->action);
    uint32_t bits;
    memcpy(&bits, &call->probability, sizeof bits);
    kit_mix(spy, bits);
    spy->attempts++;
    spy->balance += (int64_t)(call->id >> 8);
    if (!call->is_test) {
        spy->by_class[call->truth]++;
        spy->blocked_by_class[call->truth] += call->action == AN_ACTION_BLOCK;
    }
    if (ar_class_unwanted((enum ar_class)call->truth)) spy->campaign_attempts[call->campaign]++;
    if (spy->decisions_left > 0 && --spy->decisions_left == 0) return AN_ERR_IO;
    return err;
}

static inline void kit_answered(void *self, const struct ar_call *call, uint64_t time_us)
{
    struct kit_spy *spy = self;
    kit_time(spy, time_us);
    spy->answers++;
    spy->answers_without_attempt += !call->answered || call->action == AN_ACTION_BLOCK;
    struct ar_call seen = spy->wipe ? kit_wiped(call) : *call;
    if (spy->inner.answered != NULL) spy->inner.answered(spy->inner.self, &seen, time_us);
}

static inline void kit_ended(void *self, const struct ar_call *call, uint64_t time_us)
{
    struct kit_spy *spy = self;
    kit_time(spy, time_us);
    kit_mix(spy, (uint64_t)call->ring_ms << 32 | call->talk_ms);
    kit_mix(spy, call->outcome);
    spy->ends++;
    spy->balance -= (int64_t)(call->id >> 8);
    if (ar_class_unwanted((enum ar_class)call->truth) && !call->is_test) {
        spy->campaign_rang[call->campaign] += call->action != AN_ACTION_BLOCK && call->outcome != AN_OUTCOME_OURS;
        spy->campaign_answered[call->campaign] += call->answered;
    }
    struct ar_call seen = spy->wipe ? kit_wiped(call) : *call;
    if (spy->inner.ended != NULL) spy->inner.ended(spy->inner.self, &seen, time_us);
}

static inline void kit_reported(void *self, const struct ar_call *call, uint64_t time_us, bool wanted,
                                enum an_category category)
{
    struct kit_spy *spy = self;
    kit_time(spy, time_us);
    kit_mix(spy, (uint64_t)wanted << 8 | (uint64_t)category);
    spy->reports++;
    struct ar_call seen = spy->wipe ? kit_wiped(call) : *call;
    if (spy->inner.reported != NULL) spy->inner.reported(spy->inner.self, &seen, time_us, wanted, category);
}

static inline struct ar_scenario kit_scenario(double days, unsigned strength)
{
    struct ar_scenario scenario;
    ar_scenario_init(&scenario);
    scenario.subscribers = 10000;
    scenario.days = days;
    scenario.warm_up_days = 0;
    scenario.platform_trunks = 12;
    scenario.services = 1;
    scenario.flatten_shapes = strength >= 3;
    scenario.adversary_count = 0;
    for (int m = 0; m < 9 && strength > 0; m++)
        scenario.adversaries[scenario.adversary_count++] =
            (struct ar_adversary_setting) { .mode = (enum ar_class)((int)AR_CLASS_A1 + m),
                                            .strength = strength,
                                            .category = AN_CATEGORY_LOAN,
                                            .calls_a_day = m == 2 ? 2000 : 800,
                                            .borrow_numbers = strength >= 3 };
    return scenario;
}

enum kit_defence { KIT_NONE, KIT_FREQUENCY, KIT_BLACKLIST, KIT_REPUTATION, KIT_ANNING };

struct kit_run {
    struct kit_spy spy;
    struct ar_ledger ledgers[AR_ADVERSARIES_MAX];
    enum an_err err; /* of ar_world_run */
    uint64_t events;
};

static inline void kit_make(enum kit_defence kind, const struct ar_names *names, struct ar_defence *ret_defence)
{
    struct an_error error = { "" };
    const struct ar_anning_options how = { .subscribers = 10000 };
    switch (kind) {
    case KIT_NONE: assert_int_equal(ar_defence_none(ret_defence), AN_OK); break;
    case KIT_FREQUENCY: assert_int_equal(ar_defence_frequency(ret_defence), AN_OK); break;
    case KIT_BLACKLIST: assert_int_equal(ar_defence_blacklist(ret_defence), AN_OK); break;
    case KIT_REPUTATION: assert_int_equal(ar_defence_reputation(ret_defence), AN_OK); break;
    default:
        if (ar_defence_anning(names, &how, ret_defence, &error) != AN_OK) fail_msg("%s", error.text);
    }
}

/* Runs the scenario in steps; spy: wipe and decisions_left are taken from it, the rest is filled. */
static inline void kit_play(const struct ar_scenario *scenario, uint64_t seed, enum kit_defence kind, uint64_t step_us,
                            struct kit_run *run)
{
    struct an_error error = { "" };
    struct ar_board *board;
    struct ar_world *world;
    struct ar_campaign *campaigns[AR_ADVERSARIES_MAX];
    const struct ar_defence defence = { .name = "spy",
                                        .self = &run->spy,
                                        .decide = kit_decide,
                                        .answered = kit_answered,
                                        .ended = kit_ended,
                                        .reported = kit_reported };
    assert_int_equal(ar_board_new("spy", 0, &board), AN_OK);
    if (ar_world_new(scenario, seed, &defence, board, &world, &error) != AN_OK) fail_msg("%s", error.text);
    kit_make(kind, ar_world_names(world), &run->spy.inner);
    assert_int_equal(ar_people_add(world, ar_adversary_borrows, world), AN_OK);
    assert_int_equal(ar_services_add(world, scenario->services), AN_OK);
    assert_int_equal(ar_smear_add(world, scenario->smear_accounts), AN_OK);
    for (size_t i = 0; i < scenario->adversary_count; i++)
        assert_int_equal(ar_adversary_add(world, board, &scenario->adversaries[i], (uint32_t)i + 1, &campaigns[i]),
                         AN_OK);
    do run->err = ar_world_run(world, ar_world_now_us(world) + step_us);
    while (run->err == AN_OK);
    for (size_t i = 0; i < scenario->adversary_count; i++) run->ledgers[i] = *ar_adversary_ledger(campaigns[i]);
    run->events = ar_world_events(world);
    if (run->spy.inner.free != NULL) run->spy.inner.free(run->spy.inner.self);
    ar_world_free(world);
    ar_board_free(board);
}

#endif
