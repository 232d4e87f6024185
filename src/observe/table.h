/* A bounded set-associative table. Layer: observe.
 *
 * Buckets of 16 slots: a header line of 64 bytes, then the entries. The hash of a key is a bijection of it
 * (an_mix64), its top bits choose the bucket, the low 8 are the slot's tag (one SSE2 compare finds the candidates) and
 * the 48 above them stand in the entry: together they are the whole key, so nothing is ever mistaken and entries can
 * move to a table of another size. The header also keeps, for each slot, when it was last touched (9 minutes
 * resolution) and how active it is (a power of two), so that the victim of an eviction is chosen without a look at
 * the entries: the largest of age minus 16 hours a doubling of activity.
 *
 * Tags as in Google's SwissTable (Abseil design notes); the remainder as stored key is Cleary's quotienting
 * ("Compact hash tables using bidirectional linear probing", 1984).
 *
 * Cost: a lookup is two cache lines, the header and the entry's, both prefetchable one after the other. An entry
 * begins with a word whose low 48 bits belong to the table; the upper 16 are the entry's own. */
#ifndef ANNING_OBSERVE_TABLE_H
#define ANNING_OBSERVE_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "base/hash.h"
#include "observe/decay.h"

enum { AN_SLOTS = 16, AN_BUCKETS_MIN = 256, AN_AGE_SHIFT = 29 - AN_TICK_SHIFT, AN_AGE_PER_DOUBLING = 107 };
#define AN_KEY_MASK 0xffffffffffffull

struct an_bucket {
    uint8_t tags[AN_SLOTS];
    uint16_t ages[AN_SLOTS]; /* tick >> AN_AGE_SHIFT when last touched */
    uint64_t activity;       /* 4 bits a slot */
    uint16_t occupied;       /* bit a slot */
    uint8_t lock;
    uint8_t reserved[5];
};
_Static_assert(sizeof(struct an_bucket) == 64, "one cache line");

struct an_table {
    unsigned char *base; /* [borrow] bucket_count buckets, 64-byte aligned */
    uint64_t bucket_count;
    uint32_t entry_size; /* multiple of 8, at least 16 */
    uint32_t bucket_size;
    bool locked; /* several workers */
    uint64_t used;
    uint64_t evictions;
};

/* Buckets for a number of entries to track: filled to 72 %, where 1 in 100 keys meets a full bucket. */
uint64_t an_table_buckets(uint64_t entries);
/* memory: an_table_bytes() of zeroed bytes. */
void an_table_init(struct an_table *table, void *memory, uint64_t buckets, uint32_t entry_size, bool locked);
static inline uint64_t an_table_bytes(const struct an_table *table)
{
    return table->bucket_count * table->bucket_size;
}

static inline struct an_bucket *an_table_bucket(const struct an_table *table, uint64_t hash)
{
    return (struct an_bucket *)(void *)(table->base + an_range(hash, table->bucket_count) * table->bucket_size);
}

static inline unsigned char *an_table_entry(const struct an_table *table, struct an_bucket *bucket, unsigned slot)
{
    return (unsigned char *)bucket + sizeof *bucket + (size_t)slot * table->entry_size;
}

static inline void an_pause(void)
{
#ifdef __SSE2__
    _mm_pause();
#endif
}

/* locked: table->locked, or what is known of it at compile time. */
AN_INLINE void an_bucket_lock_if(struct an_bucket *bucket, bool locked)
{
    if (!locked) return;
    while (__atomic_exchange_n(&bucket->lock, 1, __ATOMIC_ACQUIRE) != 0)
        while (__atomic_load_n(&bucket->lock, __ATOMIC_RELAXED) != 0) an_pause();
}

AN_INLINE void an_bucket_unlock_if(struct an_bucket *bucket, bool locked)
{
    if (locked) __atomic_store_n(&bucket->lock, 0, __ATOMIC_RELEASE);
}

static inline void an_bucket_lock(const struct an_table *table, struct an_bucket *bucket)
{
    an_bucket_lock_if(bucket, table->locked);
}

static inline void an_bucket_unlock(const struct an_table *table, struct an_bucket *bucket)
{
    an_bucket_unlock_if(bucket, table->locked);
}

static inline uint8_t an_tag_of(uint64_t hash)
{
    return (uint8_t)hash;
}

/* Bit mask of the occupied slots with this tag. The caller holds the lock. */
AN_INLINE unsigned an_bucket_match(const struct an_bucket *bucket, uint8_t tag)
{
    unsigned mask = 0;
#ifdef __SSE2__
    __m128i tags = _mm_load_si128((const __m128i *)(const void *)bucket->tags);
    mask = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(tags, _mm_set1_epi8((char)tag)));
#else
    for (unsigned i = 0; i < AN_SLOTS; i++) mask |= (unsigned)(bucket->tags[i] == tag) << i;
#endif
    return mask & bucket->occupied;
}

/* The same without the lock, in passing. */
AN_INLINE unsigned an_bucket_look(const struct an_bucket *bucket, uint8_t tag)
{
#ifdef __SANITIZE_THREAD__
    struct an_bucket copy;
    for (unsigned i = 0; i < AN_SLOTS; i++) copy.tags[i] = __atomic_load_n(&bucket->tags[i], __ATOMIC_RELAXED);
    copy.occupied = __atomic_load_n(&bucket->occupied, __ATOMIC_RELAXED);
    return an_bucket_match(&copy, tag);
#else
    return an_bucket_match(bucket, tag);
#endif
}

/* The entry of hash, or NULL. ret_slot only when found. entry_size: the table's; a constant saves a multiplication. */
AN_INLINE void *an_bucket_find(struct an_bucket *bucket, size_t entry_size, uint64_t hash, unsigned *ret_slot)
{
    for (unsigned mask = an_bucket_match(bucket, an_tag_of(hash)); mask != 0; mask &= mask - 1) {
        unsigned slot = (unsigned)__builtin_ctz(mask);
        void *entry = (unsigned char *)bucket + sizeof *bucket + slot * entry_size;
        uint64_t word;
        memcpy(&word, entry, sizeof word);
        if (__builtin_expect((word ^ (hash >> 8)) << 16 == 0, 1)) { /* the lower 48 bits */
            *ret_slot = slot;
            return entry;
        }
    }
    return NULL;
}

static inline void *an_table_find(const struct an_table *table, struct an_bucket *bucket, uint64_t hash,
                                  unsigned *ret_slot)
{
    return an_bucket_find(bucket, table->entry_size, hash, ret_slot);
}

/* A zeroed entry for a hash that is not there, in place of the oldest and quietest when the bucket is full. */
void *an_table_insert(struct an_table *table, struct an_bucket *bucket, uint64_t hash, uint32_t tick,
                      unsigned *ret_slot);

AN_INLINE void *an_bucket_claim(struct an_table *table, struct an_bucket *bucket, size_t entry_size, uint64_t hash,
                                uint32_t tick, unsigned *ret_slot)
{
    void *entry = an_bucket_find(bucket, entry_size, hash, ret_slot);
    return __builtin_expect(entry != NULL, 1) ? entry : an_table_insert(table, bucket, hash, tick, ret_slot);
}

static inline void *an_table_claim(struct an_table *table, struct an_bucket *bucket, uint64_t hash, uint32_t tick,
                                   unsigned *ret_slot)
{
    return an_bucket_claim(table, bucket, table->entry_size, hash, tick, ret_slot);
}

void an_table_remove(struct an_table *table, struct an_bucket *bucket, unsigned slot);

/* Says that a slot was used now, by something with so many recent events. */
static inline void an_table_touch(struct an_bucket *bucket, unsigned slot, uint32_t tick, float events)
{
    uint16_t age = (uint16_t)(tick >> AN_AGE_SHIFT);
    if (bucket->ages[slot] != age) bucket->ages[slot] = age;
    uint32_t bits;
    memcpy(&bits, &events, sizeof bits);
    uint32_t doublings = bits < 0x3f800000u ? 0 : (bits >> 23) - 126; /* 1: 1, 2-3: 2, 4-7: 3 ... */
    unsigned level = doublings < 15 ? doublings : 15, at = 4 * slot;
    if ((unsigned)(bucket->activity >> at & 15) == level) return;
    bucket->activity = (bucket->activity & ~(15ull << at)) | (uint64_t)level << at;
}

/* The same for entries that every call touches: once in 9 minutes is enough. */
static inline void an_table_touch_rarely(struct an_bucket *bucket, unsigned slot, uint32_t tick, float events)
{
    if (bucket->ages[slot] != (uint16_t)(tick >> AN_AGE_SHIFT)) an_table_touch(bucket, slot, tick, events);
}

/* AN_INLINE is needed here: gcc 12 finds that a function which only prefetches has no effect, and drops its calls. */
AN_INLINE struct an_bucket *an_table_prefetch(const struct an_table *table, uint64_t hash)
{
    struct an_bucket *bucket = an_table_bucket(table, hash);
    __builtin_prefetch(bucket, 1, 3);
    return bucket;
}

/* The slot that an insertion into a full bucket would take. */
unsigned an_table_victim(const struct an_bucket *bucket, uint32_t tick);

/* The second step: the line of the entry, or of the slot a new one would get. Reads the header without the lock; a
 * wrong guess costs a cache miss and nothing else. Returns the entry if it seems to be there, else NULL. */
AN_INLINE unsigned char *an_bucket_prefetch(struct an_bucket *bucket, size_t entry_size, uint64_t hash, uint32_t tick)
{
    unsigned mask = an_bucket_look(bucket, an_tag_of(hash));
    bool there = mask != 0;
    if (__builtin_expect(!there, 0)) {
        mask = ~(unsigned)__atomic_load_n(&bucket->occupied, __ATOMIC_RELAXED) & 0xffff;
#ifdef __SANITIZE_THREAD__
        mask |= (unsigned)(mask == 0 && tick != 0); /* ages can't be read in passing there */
#else
        mask = mask != 0 ? mask : 1u << an_table_victim(bucket, tick);
#endif
    }
    unsigned char *entry = (unsigned char *)bucket + sizeof *bucket + (unsigned)__builtin_ctz(mask) * entry_size;
    __builtin_prefetch(entry, 1, 3);
    return there ? entry : NULL;
}

/* The hash of the key in a slot of bucket number index of bucket_count. */
uint64_t an_table_hash_at(const struct an_bucket *bucket, uint64_t index, uint64_t bucket_count, unsigned slot,
                          const void *entry);

#endif
