/* The world: city, callers, callees and a defence, moved on in order of time. Layer: range.
 *
 * Sources (people, services, adversaries) are asked for the time of their next act; the world lets the earliest act,
 * puts each attempt before the defence, lets the callee react, and keeps what is under way (ringing, talking, calling
 * back) in a heap. Bounded memory: calls under way only. One thread; deterministic. Cost: bench/bench_range.c. */
#ifndef ANNING_RANGE_WORLD_H
#define ANNING_RANGE_WORLD_H

#include "range/board.h"
#include "range/city.h"
#include "range/defence.h"
#include "range/random.h"
#include "range/scenario.h"

struct ar_world;

/* A caller of some kind. Functions may call ar_world_attempt. */
struct ar_source {
    void *self;
    /* When it acts next; UINT64_MAX: never again. Asked again after each act and each ended call. */
    uint64_t (*next_us)(void *self);
    void (*act)(void *self, struct ar_world *world);
    /* One of its own calls is over, call complete. NULL: not wanted. */
    void (*ended)(void *self, struct ar_world *world, const struct ar_call *call);
    void (*free)(void *self);
};

enum { AR_SOURCES_MAX = 64 };

/* Every world begins on a Monday at midnight in +08:00: 2026-03-02. */
#define AR_BEGIN_US 1772380800000000ull

/* scenario, defence, board: [borrow] until free. seed: of the scenario's train, tune or final list. */
enum an_err ar_world_new(const struct ar_scenario *scenario, uint64_t seed, const struct ar_defence *defence,
                         struct ar_board *board, struct ar_world **ret_world, struct an_error *error);
void ar_world_free(struct ar_world *world);
/* Takes the source over [own]; returns its number. */
unsigned ar_world_add(struct ar_world *world, const struct ar_source *source);

/* Moves on to until_us or the scenario's end. AN_OK: there is more; AN_ERR_END: over; AN_ERR_IO: the defence is gone. */
enum an_err ar_world_run(struct ar_world *world, uint64_t until_us);

/* For sources. source: as ar_world_add gave it. time_us of the call is now. The call's network part and truth are
 * filled but for id; what became of it comes back through ended(). */
void ar_world_attempt(struct ar_world *world, unsigned source, const struct ar_call *call);
/* Somebody calls at a later time: call-backs and retries of people. */
void ar_world_later(struct ar_world *world, unsigned source, uint64_t time_us, const struct ar_call *call);

/* Somebody says of a call what it was, now: bought accounts and smear campaigns. */
void ar_world_report(struct ar_world *world, const struct ar_call *call, bool wanted, enum an_category category);

uint64_t ar_world_now_us(const struct ar_world *world);
uint64_t ar_world_begin_us(const struct ar_world *world);
uint64_t ar_world_end_us(const struct ar_world *world);
const struct ar_city *ar_world_city(const struct ar_world *world);
const struct ar_scenario *ar_world_scenario(const struct ar_world *world);
uint64_t ar_world_seed(const struct ar_world *world);
const struct ar_names *ar_world_names(const struct ar_world *world);
/* Events so far: attempts, answers, ends and reports. */
uint64_t ar_world_events(const struct ar_world *world);

/* How a callee takes a call (range/callee.c): fills outcome, answered, reported, convinced, ring_ms, talk_ms; may ask
 * for a call-back. The verdict is in call->action. */
struct ar_reaction {
    bool calls_back;         /* a call-back by the callee at back_us after the end */
    uint64_t back_after_us;
    bool reports;            /* report_after_us after the end */
    bool report_wanted;
    enum an_category report_category;
    uint64_t report_after_us;
};
void ar_callee_react(const struct ar_world *world, struct ar_random *random, struct ar_call *call,
                     struct ar_reaction *ret_reaction);

#endif
