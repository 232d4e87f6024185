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

static inline void an_group_decay(struct an_group *group, uint32_t tick)
{
    uint32_t steps = an_steps_between(group->tick, tick);
    if (steps == 0) return;
    float f[AN_HORIZONS];
    an_decay_factors(steps, f);
    const float by[AN_G_LANES] = { f[1], f[1], f[2], f[3], f[2], f[2], f[2], f[2], f[2], f[2], f[3], f[3] };
    for (unsigned i = 0; i < AN_G_LANES; i++) group->x[i] *= by[i];
    group->tick = tick;
}

static inline void an_origin_decay(struct an_origin *origin, uint32_t tick)
{
    uint32_t steps = an_steps_between(origin->tick, tick);
    if (steps == 0) return;
    origin->attempts *= an_exp2_minus((float)(int32_t)steps * (float)(8.388608 / 604800));
    origin->tick = tick;
}

#endif
