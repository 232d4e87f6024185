#include "observe/table.h"

#include "base/err.h"

uint64_t an_table_buckets(uint64_t entries)
{
    uint64_t buckets = (uint64_t)((double)entries / (0.72 * AN_SLOTS)) + 1;
    return buckets < AN_BUCKETS_MIN ? AN_BUCKETS_MIN : buckets;
}

void an_table_init(struct an_table *table, void *memory, uint64_t buckets, uint32_t entry_size, bool locked)
{
    an_assert(memory != NULL && ((uintptr_t)memory & 63) == 0);
    an_assert(buckets >= AN_BUCKETS_MIN && entry_size >= 16 && entry_size % 8 == 0);
    *table = (struct an_table) { .base = memory, .bucket_count = buckets, .entry_size = entry_size, .locked = locked };
    table->bucket_size = (uint32_t)((sizeof(struct an_bucket) + (size_t)AN_SLOTS * entry_size + 63) & ~(size_t)63);
}

static void count(const struct an_table *table, uint64_t *counter, uint64_t by)
{
    if (table->locked)
        __atomic_fetch_add(counter, by, __ATOMIC_RELAXED);
    else
        *counter += by;
}

/* Age less a bonus for each doubling of activity; a stamp slightly in the future (another worker's clock) is new. */
static unsigned victim_of(const struct an_bucket *bucket, uint16_t now)
{
    unsigned victim = 0;
    int worst = INT32_MIN;
    for (unsigned i = 0; i < AN_SLOTS; i++) {
        int age = (uint16_t)(now - bucket->ages[i]);
        age = age > 0xff00 ? 0 : age;
        int score = age - (int)(bucket->activity >> (4 * i) & 15) * AN_AGE_PER_DOUBLING;
        if (score > worst) {
            worst = score;
            victim = i;
        }
    }
    return victim;
}

void *an_table_insert(struct an_table *table, struct an_bucket *bucket, uint64_t hash, uint32_t tick,
                      unsigned *ret_slot)
{
    uint16_t now = (uint16_t)(tick >> AN_AGE_SHIFT);
    unsigned slot;
    if (bucket->occupied != 0xffff) {
        slot = (unsigned)__builtin_ctz(~(unsigned)bucket->occupied);
        uint16_t occupied = (uint16_t)(bucket->occupied | 1u << slot);
        __atomic_store_n(&bucket->occupied, occupied, __ATOMIC_RELAXED);
        count(table, &table->used, 1);
    } else {
        slot = victim_of(bucket, now);
        count(table, &table->evictions, 1);
    }
    __atomic_store_n(&bucket->tags[slot], an_tag_of(hash), __ATOMIC_RELAXED);
    bucket->ages[slot] = now;
    bucket->activity &= ~(15ull << (4 * slot));
    unsigned char *entry = an_table_entry(table, bucket, slot);
    memset(entry, 0, table->entry_size);
    uint64_t word = hash >> 8 & AN_KEY_MASK;
    memcpy(entry, &word, sizeof word);
    *ret_slot = slot;
    return entry;
}

void an_table_remove(struct an_table *table, struct an_bucket *bucket, unsigned slot)
{
    an_assert(bucket->occupied >> slot & 1);
    uint16_t occupied = (uint16_t)(bucket->occupied & ~(1u << slot));
    __atomic_store_n(&bucket->occupied, occupied, __ATOMIC_RELAXED);
    count(table, &table->used, (uint64_t)-1);
}

bool an_table_prefetch_entry(const struct an_table *table, uint64_t hash)
{
    struct an_bucket *bucket = an_table_bucket(table, hash);
    struct an_bucket peek;
    for (unsigned i = 0; i < AN_SLOTS / 8; i++) {
        uint64_t eight = __atomic_load_n((const uint64_t *)(const void *)bucket->tags + i, __ATOMIC_RELAXED);
        memcpy(peek.tags + 8 * i, &eight, sizeof eight);
    }
    peek.occupied = __atomic_load_n(&bucket->occupied, __ATOMIC_RELAXED);
    unsigned mask = an_bucket_match(&peek, an_tag_of(hash));
    bool there = mask != 0;
    if (!there) mask = ~(unsigned)peek.occupied & 0xffff;
    if (mask == 0) return there;
    unsigned char *entry = an_table_entry(table, bucket, (unsigned)__builtin_ctz(mask));
    __builtin_prefetch(entry, 1, 3);
    if (table->entry_size > 192) { /* a line: what every call touches is in the first three */
        __builtin_prefetch(entry + 64, 1, 3);
        __builtin_prefetch(entry + 128, 1, 3);
    }
    return there;
}

uint64_t an_table_hash_at(const struct an_bucket *bucket, uint64_t index, uint64_t bucket_count, unsigned slot,
                          const void *entry)
{
    uint64_t low;
    memcpy(&low, entry, sizeof low);
    low = (low & AN_KEY_MASK) << 8 | bucket->tags[slot]; /* 56 bits */
    /* The smallest hash of this bucket; at least 256 buckets, so the 56 low bits tell the hash. */
    an_u128 first = (((an_u128)index << 64) + bucket_count - 1) / bucket_count;
    uint64_t start = (uint64_t)first;
    uint64_t hash = (start & ~((1ull << 56) - 1)) | low;
    return hash >= start ? hash : hash + (1ull << 56);
}
