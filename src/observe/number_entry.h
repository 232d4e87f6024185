/* What is known of one number, in one cache line. Layer: observe.
 *
 * 22 counters as minifloats. Each update decodes, decays, adds and encodes them all in vector code. Encoding rounds
 * by chance (the chance taken from the observation itself, so it replays): a counter of 11 mantissa bits neither
 * stalls at 8,192 nor drifts under thousands of small decays, and its expectation is exact; whole counts up to 4,096
 * that no decay touched stay exact. Cost: 100 instructions to open and close.
 *
 * Reputation belongs to (number, origin): an entry is either a number's own (with the trunk it calls from, its home,
 * and all that it receives), or stands for what came in under this number by another trunk. */
#ifndef ANNING_OBSERVE_NUMBER_ENTRY_H
#define ANNING_OBSERVE_NUMBER_ENTRY_H

#include "base/mini.h"
#include "observe/table.h"

enum an_number_lane {
    AN_N_ATTEMPTS_5M,
    AN_N_ATTEMPTS_1H,
    AN_N_ATTEMPTS_1D,
    AN_N_ATTEMPTS_7D,
    AN_N_PACE_MEAN, /* of ln(1 + gap in s), moving average; not decayed */
    AN_N_STRANGERS_1H,
    AN_N_STRANGERS_1D,
    AN_N_STRANGERS_7D,
    AN_N_PACE_SPREAD, /* mean distance of that from its mean; not decayed */
    AN_N_BY_STRANGERS_1H,
    AN_N_BY_STRANGERS_1D, /* strangers who called this number */
    AN_N_RECEIVED,        /* from here on 7 days */
    AN_N_ENDED,
    AN_N_ANSWERED,
    AN_N_SHORT,
    AN_N_REFUSED,
    AN_N_UNALLOCATED,
    AN_N_TALK_MIN,
    AN_N_WALK,
    AN_N_NIGHT,
    AN_N_CALLED_BACK,
    AN_N_COMPLAINTS,
    AN_N_LANES,
    AN_N_WIDTH = 24 /* lanes worked on at once; the last two are the entry's own fields and put back */
};

#define AN_NUMBER_BUSY 60000.0f

/* 64 bytes. */
struct an_number_entry {
    uint64_t key_home;    /* low 48 bits: the table's; high 16: home trunk, 0 none */
    uint32_t tick;        /* last touched */
    uint32_t last_callee; /* low 32 bits of the number it called last */
    an_mini lanes[AN_N_LANES];
    uint16_t first_hour;  /* hours since 1970, modulo 65,536 (7.5 years) */
    uint16_t attempt_age; /* ticks from its last attempt to `tick`, at most 65,535 (2.4 hours) */
};
_Static_assert(sizeof(struct an_number_entry) == 64, "one cache line");

/* An entry opened: decayed to now, as floats. */
struct an_number_view {
    float x[AN_N_WIDTH];
};

/* tick: now. Decays by whole steps since entry->tick; time that runs backwards decays nothing. */
void an_number_open(const struct an_number_entry *entry, uint32_t tick, struct an_number_view *ret_view);
/* Encodes and moves the entry's time on to tick. chance: spread over all bits, out of the observation. */
void an_number_close(struct an_number_entry *entry, uint32_t tick, uint32_t chance, const struct an_number_view *view);

/* The same where no call is wanted: the lanes stay in three vectors of eight. */
struct an_number_x {
    an_f8 x[3];
};

AN_INLINE struct an_number_x an_number_read(const struct an_number_entry *entry, uint32_t tick)
{
    struct an_number_x n;
    for (int i = 0; i < 3; i++) {
        an_h8 lanes;
        memcpy(&lanes, (const unsigned char *)entry + offsetof(struct an_number_entry, lanes) + 16 * i, sizeof lanes);
        an_i8 bits = __builtin_convertvector(lanes, an_i8) << 12;
        n.x[i] = (an_f8)((bits + (int32_t)AN_MINI_BIAS) & (bits != 0));
    }
    uint32_t steps = an_steps_between(entry->tick, tick);
    if (steps > 0) {
        an_f4 f = an_decay_factors(steps), one = f;
        one[0] = 1.0f; /* the pace's two lanes don't decay */
        n.x[0] *= __builtin_shufflevector(f, one, 0, 1, 2, 3, 4, 5, 6, 7);
        n.x[1] *= __builtin_shufflevector(one, f, 0, 1, 2, 3, 3, 3, 3, 3);
        n.x[2] *= __builtin_shufflevector(f, f, 3, 3, 3, 3, 3, 3, 3, 3);
    }
    /* Out of 7-day attempts a counter could saturate (131,008); from here on all 7-day counters are halved together,
     * so that their ratios stay true. */
    if (__builtin_expect(n.x[0][AN_N_ATTEMPTS_7D] > AN_NUMBER_BUSY || n.x[1][AN_N_RECEIVED % 8] > AN_NUMBER_BUSY, 0)) {
        n.x[0] *= (an_f8) { 1, 1, 1, 0.5f, 1, 1, 1, 0.5f };
        n.x[1] *= (an_f8) { 1, 1, 1, 0.5f, 0.5f, 0.5f, 0.5f, 0.5f };
        n.x[2] *= (an_f8) { 0.5f, 0.5f, 0.5f, 0.5f, 0.5f, 1, 1, 1 };
    }
    return n;
}

AN_INLINE void an_number_write(struct an_number_entry *entry, uint32_t tick, uint32_t chance,
                               const struct an_number_x *n)
{
    uint16_t own[2] = { entry->first_hour, entry->attempt_age };
    for (uint32_t i = 0; i < 3; i++) {
        const uint32_t at = 8 * i, k = 0x9e3779b9u;
        const an_u8 spread = { at * k,       (at + 1) * k, (at + 2) * k, (at + 3) * k,
                               (at + 4) * k, (at + 5) * k, (at + 6) * k, (at + 7) * k };
        an_i8 bits = (an_i8)an_f8_positive(an_f8_min(n->x[i], an_f8_of(AN_MINI_MAX)));
        bits += (an_i8)((spread + chance) >> 20); /* up by chance, as often as the rest is large */
        bits -= (int32_t)AN_MINI_BIAS;
        bits = (bits & (bits > 0)) >> 12;
        an_h8 lanes = __builtin_convertvector((an_u8)bits, an_h8);
        memcpy((unsigned char *)entry + offsetof(struct an_number_entry, lanes) + 16 * i, &lanes, sizeof lanes);
    }
    entry->first_hour = own[0];
    entry->attempt_age = own[1];
    entry->tick = an_tick_later(entry->tick, tick);
}

static inline uint16_t an_number_home(const struct an_number_entry *entry)
{
    return (uint16_t)(entry->key_home >> 48);
}

static inline void an_number_set_home(struct an_number_entry *entry, uint16_t trunk)
{
    entry->key_home = (entry->key_home & AN_KEY_MASK) | (uint64_t)trunk << 48;
}

#endif
