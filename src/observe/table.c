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

/* The largest of age plus a malus for each doubling of activity that is missing, the first of equals; a stamp slightly
 * in the future (another worker's clock) is new. Sums end at 65,535: 400 days. */
unsigned an_table_victim(const struct an_bucket *bucket, uint32_t tick)
{
    uint16_t now = (uint16_t)(tick >> AN_AGE_SHIFT);
#ifdef __SSE2__
    const __m128i nibble = _mm_set1_epi8(15), zero = _mm_setzero_si128();
    __m128i packed = _mm_cvtsi64_si128((long long)bucket->activity);
    __m128i idle = _mm_unpacklo_epi8(packed, _mm_srli_epi16(packed, 4));
    idle = _mm_sub_epi8(nibble, _mm_and_si128(idle, nibble));
    __m128i score[2], top;
    for (int i = 0; i < 2; i++) {
        __m128i age =
            _mm_sub_epi16(_mm_set1_epi16((short)now), _mm_load_si128((const __m128i *)(const void *)bucket->ages + i));
        __m128i ahead = _mm_cmpeq_epi16(_mm_srli_epi16(age, 8), _mm_set1_epi16(255));
        __m128i malus = _mm_mullo_epi16(i == 0 ? _mm_unpacklo_epi8(idle, zero) : _mm_unpackhi_epi8(idle, zero),
                                        _mm_set1_epi16(AN_AGE_PER_DOUBLING));
        score[i] = _mm_xor_si128(_mm_adds_epu16(_mm_andnot_si128(ahead, age), malus), _mm_set1_epi16(-0x8000));
    }
    top = _mm_max_epi16(score[0], score[1]);
    top = _mm_max_epi16(top, _mm_shuffle_epi32(top, _MM_SHUFFLE(1, 0, 3, 2)));
    top = _mm_max_epi16(top, _mm_shuffle_epi32(top, _MM_SHUFFLE(2, 3, 0, 1)));
    top = _mm_max_epi16(top, _mm_or_si128(_mm_slli_epi32(top, 16), _mm_srli_epi32(top, 16)));
    __m128i best = _mm_packs_epi16(_mm_cmpeq_epi16(score[0], top), _mm_cmpeq_epi16(score[1], top));
    return (unsigned)__builtin_ctz((unsigned)_mm_movemask_epi8(best));
#else
    unsigned victim = 0;
    int worst = -1;
    for (unsigned i = 0; i < AN_SLOTS; i++) {
        int age = (uint16_t)(now - bucket->ages[i]);
        age = age >= 0xff00 ? 0 : age;
        int score = age + (15 - (int)(bucket->activity >> (4 * i) & 15)) * AN_AGE_PER_DOUBLING;
        score = score < 0xffff ? score : 0xffff;
        if (score > worst) {
            worst = score;
            victim = i;
        }
    }
    return victim;
#endif
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
        slot = an_table_victim(bucket, tick);
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
