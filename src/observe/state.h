/* The tables together. Layer: observe; for its own files only. */
#ifndef ANNING_OBSERVE_STATE_H
#define ANNING_OBSERVE_STATE_H

#include "observe/features.h"
#include "observe/group.h"
#include "observe/line.h"
#include "observe/number_entry.h"
#include "observe/observe.h"
#include "observe/relation.h"
#include "observe/report.h"

/* A call in flight: what an answer or an end that only knows the Call-ID is joined with. */
struct an_pending {
    uint64_t key;
    uint64_t caller, callee, block, shape;
    uint32_t trunk;
    uint32_t start_ms;  /* modulo 2^32 */
    uint32_t answer_ms; /* meaning only with answered */
    bool answered;
    bool hole;      /* the hit of an unallocated number is counted already */
    uint8_t action; /* enum an_action our verdict gave it */
    uint8_t reserved[9];
};
_Static_assert(sizeof(struct an_pending) == 64, "one cache line");

struct an_emergency {
    uint64_t key;
    uint64_t time_us;
};

/* A group that every call touches, outside the tables. */
struct an_common {
    struct an_group group;
    uint8_t lock;
    uint8_t reserved[63];
};
_Static_assert(sizeof(struct an_common) == 128, "a cache line for the lock");

struct an_counts {
    uint64_t attempts, answers, ends, reports, reports_ignored;
    uint64_t reports_counted[AN_REPORT_COUNTED_COUNT];
};

enum { AN_OPERATORS = 16, AN_RULING_BITS = 1 << 15 };

struct an_state {
    struct an_table tables[AN_TABLE_COUNT]; /* AN_TABLE_RELATIONS unused */
    struct an_relations relations;
    struct an_common *network;   /* [borrow] into memory */
    struct an_common *operators; /* AN_OPERATORS of them */
    uint64_t first_us;           /* of the first observation */
    uint64_t emergency_until_us; /* nobody's window is open after that */
    struct an_counts counts;
    uint64_t label_bits[AN_RULING_BITS / 64]; /* by the top bits of its key, whether a label may be there */
    struct an_state_limits limits;
    void *memory; /* [own] */
    uint64_t bytes;
    uint64_t table_at[AN_TABLE_COUNT]; /* offsets in memory */
    uint64_t table_bytes[AN_TABLE_COUNT];
};

/* Hashes of everything an observation touches; 0 where there is nothing. */
struct an_keys {
    uint64_t caller, callee, relation, pending, block, trunk, shape, line, block_trunk, operator_trunk;
};

/* Where those that are fetched ahead live. */
struct an_places {
    struct an_bucket *caller, *callee, *pending, *block, *block_trunk, *line;
    uint64_t *relation;
};

void an_keys_of(const struct an_observation *obs, struct an_keys *ret_keys);
uint64_t an_key_foreign(uint64_t number, uint32_t trunk);
uint64_t an_key_pending(uint64_t call_key);
/* In the place of a caller, for pairs with a whole firm. */
uint64_t an_key_firm(uint32_t firm);
uint64_t an_key_campaign(uint64_t campaign);

/* Learns from an attempt and writes what was seen of it. */
void an_learn_attempt(struct an_state *state, const struct an_observation *obs, const struct an_keys *keys,
                      const struct an_places *places, struct an_seen *ret_seen);
/* Answers, ends, reports. False when it is a copy of what was learned already. ret_complete: the observation with what
 * the call in flight knew; NULL: nobody asks. */
bool an_learn_outcome(struct an_state *state, const struct an_observation *obs, const struct an_keys *keys,
                      struct an_counts *counts, struct an_observation *ret_complete);
/* Label in force on an entry of the numbers, or on a campaign: AN_SAID_UNWANTED, AN_SAID_WANTED or 0. ret_entry NULL:
 * nobody asks. */
unsigned an_ruling_of(const struct an_state *state, uint64_t key, uint64_t time_us, struct an_ruling_entry *ret_entry);
/* After the table was read back: which keys to ask for. */
void an_rulings_loaded(struct an_state *state);
bool an_after_emergency(const struct an_state *state, const struct an_observation *obs, const struct an_keys *keys);

/* Opens a pair's view as a call by a foreign trunk sees it: what is held against the caller is of that trunk. */
struct an_relation an_relation_of_call(const struct an_state *state, const struct an_observation *obs,
                                       uint64_t relation_key, bool foreign);

static inline uint32_t an_day_of(uint64_t time_us)
{
    return (uint32_t)(time_us / 86400000000ull);
}

static inline uint16_t an_hour_of(uint64_t time_us)
{
    return (uint16_t)(time_us / 3600000000ull);
}

/* Whether it is worth asking an_ruling_of: without labels it never is. */
AN_INLINE bool an_ruling_likely(const struct an_state *state, uint64_t key)
{
    if (__builtin_expect(__atomic_load_n(&state->tables[AN_TABLE_LABELS].used, __ATOMIC_RELAXED) == 0, 1)) return false;
    return __atomic_load_n(&state->label_bits[key >> 55], __ATOMIC_RELAXED) >> (key >> 49 & 63) & 1;
}

/* Never 0. */
static inline uint16_t an_trunk16(uint32_t trunk)
{
    uint16_t t = (uint16_t)((trunk * 0x9e3779b1u) >> 16);
    return t == 0 ? 1 : t;
}

/* Spread over all bits; the chance that rounding uses. */
static inline uint32_t an_chance_of(const struct an_observation *obs)
{
    return (uint32_t)(an_mix64(obs->time_us ^ obs->callee * 0x9e3779b97f4a7c15ull ^ obs->kind) >> 32);
}

/* Adds to a group found or taken in under key (0: nothing happens) and writes what it was before, decayed to now;
 * zeros for key 0. */
AN_INLINE void an_group_add(struct an_table *table, struct an_bucket *bucket, uint64_t key, uint32_t tick,
                            const struct an_group_x *add, bool locked, float ret_before[AN_G_LANES])
{
    if (key == 0) {
        memset(ret_before, 0, AN_G_LANES * sizeof *ret_before);
        return;
    }
    unsigned slot;
    an_bucket_lock_if(bucket, locked);
    struct an_group *group = an_bucket_claim(table, bucket, sizeof *group, key, tick, &slot);
    an_group_count(group, tick, add, ret_before);
    an_table_touch_rarely(bucket, slot, tick, ret_before[AN_G_ATTEMPTS_7D]);
    an_bucket_unlock_if(bucket, locked);
}

AN_INLINE void an_common_add(struct an_common *common, uint32_t tick, const struct an_group_x *add, bool locked,
                             float ret_before[AN_G_LANES])
{
    while (locked && __atomic_exchange_n(&common->lock, 1, __ATOMIC_ACQUIRE) != 0) an_pause();
    an_group_count(&common->group, tick, add, ret_before);
    if (locked) __atomic_store_n(&common->lock, 0, __ATOMIC_RELEASE);
}

#endif
