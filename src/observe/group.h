/* Counters of many calls together: block, trunk, shape, line, operator, network. Layer: observe.
 *
 * Twelve floats and a time in one cache line; floats, since a trunk's counts outgrow a minifloat. Decays by whole
 * steps on access: inside a step (8.4 s) an update is a few additions. Cost: 10 ns warm. */
#ifndef ANNING_OBSERVE_GROUP_H
#define ANNING_OBSERVE_GROUP_H

#include "observe/table.h"

enum an_group_lane {
    AN_G_ATTEMPTS_1H,
    AN_G_FRESH_1H,
    AN_G_ATTEMPTS_1D,
    AN_G_ATTEMPTS_7D,
    AN_G_ENDED,
    AN_G_ANSWERED,
    AN_G_SHORT,
    AN_G_REFUSED, /* 1 day */
    AN_G_UNALLOCATED,
    AN_G_WALK,
    AN_G_FRESH_7D,
    AN_G_COMPLAINTS, /* 1 day, 1 day, 7 days, 7 days */
    AN_G_LANES
};

struct an_group {
    uint64_t key; /* low 48 bits: the table's */
    uint32_t tick;
    float extra; /* trunk: mean surprise of its shapes, nats */
    float x[AN_G_LANES];
};
_Static_assert(sizeof(struct an_group) == 64, "one cache line");

/* Attempts of a block or an operator by one trunk. */
struct an_origin {
    uint64_t key;
    uint32_t tick;
    float attempts; /* 7 days */
};
_Static_assert(sizeof(struct an_origin) == 16, "four a cache line");

/* Its counters at work: 12 floats. */
struct an_group_x {
    an_f4 x[3];
};

AN_INLINE struct an_group_x an_group_load(const float x[AN_G_LANES])
{
    return (struct an_group_x) { { an_f4_load(x), an_f4_load(x + 4), an_f4_load(x + 8) } };
}

AN_INLINE void an_group_store(float to[AN_G_LANES], const struct an_group_x *from)
{
    for (int i = 0; i < 3; i++) an_f4_store(to + 4 * i, from->x[i]);
}

void an_group_decay_now(struct an_group *group, uint32_t tick);

AN_INLINE void an_group_decay(struct an_group *group, uint32_t tick)
{
    if (__builtin_expect(!an_same_step(group->tick, tick), 0)) an_group_decay_now(group, tick);
}

/* Adds to a group and writes what it was before, decayed to now. */
AN_INLINE void an_group_count(struct an_group *group, uint32_t tick, const struct an_group_x *add, float *ret_before)
{
    an_group_decay(group, tick);
    struct an_group_x at = an_group_load(group->x);
    an_group_store(ret_before, &at);
    for (int i = 0; i < 3; i++) at.x[i] += add->x[i];
    an_group_store(group->x, &at);
}

void an_origin_decay_now(struct an_origin *origin, uint32_t tick);

AN_INLINE void an_origin_decay(struct an_origin *origin, uint32_t tick)
{
    if (__builtin_expect(!an_same_step(origin->tick, tick), 0)) an_origin_decay_now(origin, tick);
}

#endif
