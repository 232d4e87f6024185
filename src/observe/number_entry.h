/* What is known of one number, in one cache line. Layer: observe.
 *
 * 22 counters as minifloats. Each update decodes, decays, adds and encodes them all in vector code. Encoding rounds
 * by chance (the chance taken from the observation itself, so it replays): a counter of 11 mantissa bits neither
 * stalls at 8,192 nor drifts under thousands of small decays, and its expectation is exact; whole counts up to 4,096
 * that no decay touched stay exact. Cost: about 30 ns with SSE2.
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

static inline uint16_t an_number_home(const struct an_number_entry *entry)
{
    return (uint16_t)(entry->key_home >> 48);
}

static inline void an_number_set_home(struct an_number_entry *entry, uint16_t trunk)
{
    entry->key_home = (entry->key_home & AN_KEY_MASK) | (uint64_t)trunk << 48;
}

#endif
