/* Who called whom: 8 bytes a pair. Layer: observe.
 *
 * Keyed by the unordered pair; what each side did stands in bits of its own. A bucket is one cache line of 8 slots, a
 * slot one 64-bit word that workers swap with compare-and-exchange: no locks, a lookup costs one cache line. The slot
 * keeps 34 of the hash's 48 bits, its bucket tells the rest (at least 16,384 buckets), so entries can move to a table
 * of another size. Full bucket: the oldest pair goes, one that talked or called both ways later than others, and one
 * about which somebody said a word (report, wanted, stop) a year later. */
#ifndef ANNING_OBSERVE_RELATION_H
#define ANNING_OBSERVE_RELATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"

enum { AN_RELATION_SLOTS = 8, AN_RELATION_BUCKETS_MIN = 16384 };

struct an_relations {
    uint64_t *slots; /* [borrow] bucket_count * 8 words, 64-byte aligned */
    uint64_t bucket_count;
    bool locked; /* several workers */
    uint64_t used;
    uint64_t evictions;
};

/* What is on record, seen from a call's caller and callee. All zero: nothing. */
struct an_relation {
    bool known;
    bool caller_called, callee_called; /* before, at least once */
    bool callee_refused, callee_reported, callee_wants;
    bool callee_denies; /* told the caller to stop; then callee_reported too */
    uint8_t tries;      /* calls of the caller's that never reached the callee, since the last that did; at most 7 */
    uint8_t talk;       /* longest talk: 0 none, 1 under 6 s, 2 under 30 s, 3 under 2 min, 4 under 10 min, 5 longer */
    uint16_t days_ago;  /* last touched */
};

/* What happened between the two. */
enum an_relation_event {
    AN_RELATION_CALLED, /* caller called callee */
    AN_RELATION_MISSED, /* and did not reach him */
    AN_RELATION_REACHED,
    AN_RELATION_TALKED,   /* with a talk class */
    AN_RELATION_REFUSED,  /* callee refused caller */
    AN_RELATION_REPORTED, /* callee reported caller */
    AN_RELATION_WANTED,   /* callee wants caller: takes back refusals, reports and denials */
    AN_RELATION_DENIED,   /* callee told caller to stop */
};

/* Pair hash, the same both ways round. */
static inline uint64_t an_relation_hash(uint64_t a, uint64_t b)
{
    return an_mix2(a < b ? a : b, a < b ? b : a);
}

static inline uint64_t *an_relation_bucket(const struct an_relations *table, uint64_t hash)
{
    return table->slots + AN_RELATION_SLOTS * (size_t)an_range(hash >> 16 << 16, table->bucket_count);
}

/* day: of 86,400 s since 1970. */
struct an_relation an_relation_get(const struct an_relations *table, uint64_t caller, uint64_t callee, uint64_t hash,
                                   uint32_t day);
/* Both at once for a call: what was on record, then that caller called callee. bucket: an_relation_bucket(). False
 * when there was nothing; then ret_before is untouched. */
bool an_relation_call(struct an_relations *table, uint64_t *bucket, uint64_t caller, uint64_t callee, uint64_t hash,
                      uint32_t day, struct an_relation *ret_before);
/* Records an event; the pair is taken in if it is new. talk: class, for AN_RELATION_TALKED. */
void an_relation_put(struct an_relations *table, uint64_t caller, uint64_t callee, uint64_t hash, uint32_t day,
                     enum an_relation_event event, unsigned talk);
unsigned an_relation_talk_class(uint32_t talk_ms);

/* For moving between tables: the 48 known bits of a slot's hash (in the high bits), and a slot put in as it is. */
uint64_t an_relation_hash_at(uint64_t slot_value, uint64_t index, uint64_t bucket_count);
void an_relation_insert_raw(struct an_relations *table, uint64_t hash, uint64_t slot_value);
#define AN_RELATION_USED (1ull << 63)

#endif
