#include "observe/relation.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* Low to high: 34 bits of hash, 12 of day, then the state. Index 0 of a pair of fields: done by the lower number.
 * Reported and wanted at once, which nobody can mean, stands for denied. */
enum { DAY_AT = 34, TRIES_AT = 46, CALLED_AT = 52, TALK_AT = 54, REFUSED_AT = 57, REPORTED_AT = 59, WANTED_AT = 61 };
#define PRINT_MASK ((1ull << DAY_AT) - 1)
#define DAYS 4096u
#define USED (1ull << 63)

static uint64_t print_of(uint64_t hash)
{
    return hash >> 16 & PRINT_MASK;
}

static unsigned field(uint64_t slot, unsigned at, unsigned bits)
{
    return (unsigned)(slot >> at) & ((1u << bits) - 1);
}

static uint64_t with(uint64_t slot, unsigned at, unsigned bits, unsigned value)
{
    uint64_t mask = ((1ull << bits) - 1) << at;
    return (slot & ~mask) | (uint64_t)value << at;
}

static unsigned days_since(uint64_t slot, uint32_t day)
{
    unsigned days = (day - field(slot, DAY_AT, 12)) % DAYS;
    return days > DAYS - 64 ? 0 : days; /* another worker's clock, or a late record */
}

/* Slots that may be the pair's: those with the same low 32 bits. */
static unsigned candidates(const uint64_t *bucket, uint64_t print)
{
    unsigned mask = 0;
#if defined(__SSE2__) && !defined(__SANITIZE_THREAD__)
    const __m128 *pairs = (const __m128 *)(const void *)bucket; /* words swapped by others are whole, old or new */
    __m128i want = _mm_set1_epi32((int)(uint32_t)print);
    __m128i low = _mm_castps_si128(_mm_shuffle_ps(pairs[0], pairs[1], _MM_SHUFFLE(2, 0, 2, 0)));
    __m128i high = _mm_castps_si128(_mm_shuffle_ps(pairs[2], pairs[3], _MM_SHUFFLE(2, 0, 2, 0)));
    __m128i both = _mm_packs_epi32(_mm_cmpeq_epi32(low, want), _mm_cmpeq_epi32(high, want));
    mask = (unsigned)_mm_movemask_epi8(_mm_packs_epi16(both, _mm_setzero_si128()));
#else
    for (unsigned i = 0; i < AN_RELATION_SLOTS; i++)
        mask |= (unsigned)((uint32_t)__atomic_load_n(&bucket[i], __ATOMIC_RELAXED) == (uint32_t)print) << i;
#endif
    return mask;
}

/* Slot of the pair in its bucket, or -1. */
static int find(const uint64_t *bucket, uint64_t print, uint64_t *ret_slot)
{
    for (unsigned mask = candidates(bucket, print); mask != 0; mask &= mask - 1) {
        unsigned i = (unsigned)__builtin_ctz(mask);
        uint64_t slot = __atomic_load_n(&bucket[i], __ATOMIC_RELAXED);
        if ((slot & USED) != 0 && (slot & PRINT_MASK) == print) {
            *ret_slot = slot;
            return (int)i;
        }
    }
    return -1;
}

static struct an_relation seen_by(uint64_t slot, unsigned me, uint32_t day)
{
    unsigned other = me ^ 1, days = days_since(slot, day);
    bool reported = field(slot, REPORTED_AT + other, 1), wanted = field(slot, WANTED_AT + other, 1);
    return (struct an_relation) {
        .known = true,
        .caller_called = field(slot, CALLED_AT + me, 1),
        .callee_called = field(slot, CALLED_AT + other, 1),
        .callee_refused = field(slot, REFUSED_AT + other, 1),
        .callee_reported = reported,
        .callee_wants = wanted && !reported,
        .callee_denies = wanted && reported,
        .tries = (uint8_t)(days < 21 ? field(slot, TRIES_AT + 3 * me, 3) >> (days / 7) : 0),
        .talk = (uint8_t)field(slot, TALK_AT, 3),
        .days_ago = (uint16_t)days,
    };
}

struct an_relation an_relation_get(const struct an_relations *table, uint64_t caller, uint64_t callee, uint64_t hash,
                                   uint32_t day)
{
    uint64_t slot;
    if (find(an_relation_bucket(table, hash), print_of(hash), &slot) < 0) return (struct an_relation) { 0 };
    return seen_by(slot, caller > callee, day);
}

static uint64_t after(uint64_t slot, uint32_t day, unsigned me, enum an_relation_event event, unsigned talk)
{
    unsigned other = me ^ 1, tries = field(slot, TRIES_AT + 3 * me, 3);
    unsigned days = days_since(slot, day);
    tries = days < 21 ? tries >> (days / 7) : 0;
    switch (event) {
    case AN_RELATION_CALLED: slot = with(slot, CALLED_AT + me, 1, 1); break;
    case AN_RELATION_MISSED: tries = tries < 7 ? tries + 1 : 7; break;
    case AN_RELATION_REACHED: tries = 0; break;
    case AN_RELATION_TALKED:
        tries = 0;
        slot = with(slot, TRIES_AT + 3 * other, 3, 0);
        if (talk > field(slot, TALK_AT, 3)) slot = with(slot, TALK_AT, 3, talk);
        break;
    case AN_RELATION_REFUSED: slot = with(slot, REFUSED_AT + other, 1, 1); break;
    case AN_RELATION_REPORTED:
        if (field(slot, REPORTED_AT + other, 1) == 0) slot = with(slot, WANTED_AT + other, 1, 0); /* denied stays so */
        slot = with(slot, REPORTED_AT + other, 1, 1);
        break;
    case AN_RELATION_DENIED: slot = with(with(slot, REPORTED_AT + other, 1, 1), WANTED_AT + other, 1, 1); break;
    case AN_RELATION_WANTED:
        slot = with(with(slot, REPORTED_AT + other, 1, 0), REFUSED_AT + other, 1, 0);
        slot = with(slot, WANTED_AT + other, 1, 1);
        break;
    }
    slot = with(slot, TRIES_AT + 3 * me, 3, tries);
    if (days > 0 || (slot & USED) == 0) slot = with(slot, DAY_AT, 12, day % DAYS);
    return slot | USED;
}

/* Bit mask of the slots in use. */
static unsigned used_slots(const uint64_t *bucket)
{
    unsigned mask = 0;
#if defined(__SSE2__) && !defined(__SANITIZE_THREAD__)
    const __m128 *pairs = (const __m128 *)(const void *)bucket;
    mask = (unsigned)_mm_movemask_ps(_mm_shuffle_ps(pairs[0], pairs[1], _MM_SHUFFLE(3, 1, 3, 1)));
    mask |= (unsigned)_mm_movemask_ps(_mm_shuffle_ps(pairs[2], pairs[3], _MM_SHUFFLE(3, 1, 3, 1))) << 4;
#else
    for (unsigned i = 0; i < AN_RELATION_SLOTS; i++)
        mask |= (unsigned)(__atomic_load_n(&bucket[i], __ATOMIC_RELAXED) >> 63) << i;
#endif
    return mask;
}

/* Of a full bucket: the oldest, less a month for calls both ways, 10 days a talk class and a year for a word that
 * somebody said; the first of equals. All that takes is in the upper halves of the words. */
static unsigned oldest(const uint64_t *bucket, uint32_t day)
{
    int32_t score[AN_RELATION_SLOTS], top = INT32_MIN;
    unsigned victim = 0;
    for (unsigned i = 0; i < AN_RELATION_SLOTS; i++) {
        int32_t high = (int32_t)(__atomic_load_n(&bucket[i], __ATOMIC_RELAXED) >> 32);
        int32_t days = ((int32_t)day - (high >> (DAY_AT - 32))) & (int32_t)(DAYS - 1);
        days = days > (int32_t)DAYS - 64 ? 0 : days;
        int32_t both = (high >> (CALLED_AT - 32) & 3) == 3 ? 30 : 0;
        int32_t said = (high & (int32_t)(15u << (REPORTED_AT - 32))) != 0 ? 365 : 0;
        score[i] = days - 10 * (high >> (TALK_AT - 32) & 7) - both - said;
    }
    for (unsigned i = 0; i < AN_RELATION_SLOTS; i++) {
        victim = score[i] > top ? i : victim;
        top = score[i] > top ? score[i] : top;
    }
    return victim;
}

/* A free slot, or the one to give up. */
static int victim_of(const uint64_t *bucket, uint32_t day, uint64_t *ret_slot)
{
    unsigned used = used_slots(bucket);
    if (used != (1u << AN_RELATION_SLOTS) - 1) {
        int free_slot = __builtin_ctz(~used);
        *ret_slot = __atomic_load_n(&bucket[free_slot], __ATOMIC_RELAXED);
        return free_slot;
    }
    int victim = (int)oldest(bucket, day);
    *ret_slot = __atomic_load_n(&bucket[victim], __ATOMIC_RELAXED);
    return victim;
}

static bool swap(struct an_relations *table, uint64_t *at, uint64_t old, uint64_t new)
{
    if (!table->locked) {
        *at = new;
        return true;
    }
    return __atomic_compare_exchange_n(at, &old, new, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED);
}

static void count_new(struct an_relations *table, bool evicted)
{
    uint64_t *counter = evicted ? &table->evictions : &table->used;
    if (table->locked)
        __atomic_fetch_add(counter, 1, __ATOMIC_RELAXED);
    else
        *counter += 1;
}

void an_relation_put(struct an_relations *table, uint64_t caller, uint64_t callee, uint64_t hash, uint32_t day,
                     enum an_relation_event event, unsigned talk)
{
    uint64_t *bucket = an_relation_bucket(table, hash), print = print_of(hash);
    unsigned me = caller > callee;
    for (int tries = 0; tries < 8; tries++) { /* lost races beyond that: one event less on record */
        uint64_t old, new;
        int at = find(bucket, print, &old);
        bool found = at >= 0;
        if (found) {
            new = after(old, day, me, event, talk);
            if (new == old) return;
        } else {
            at = victim_of(bucket, day, &old);
            new = after(print | (uint64_t)(day % DAYS) << DAY_AT, day, me, event, talk);
        }
        if (swap(table, &bucket[at], old, new)) {
            if (!found) count_new(table, (old & USED) != 0);
            return;
        }
    }
}

bool an_relation_call(struct an_relations *table, uint64_t *bucket, uint64_t caller, uint64_t callee, uint64_t hash,
                      uint32_t day, struct an_relation *ret_before)
{
    uint64_t old, new, print = print_of(hash);
    unsigned me = caller > callee;
    int at = find(bucket, print, &old);
    bool found = at >= 0;
    if (found) {
        *ret_before = seen_by(old, me, day);
        new = after(old, day, me, AN_RELATION_CALLED, 0);
        if (new == old) return true;
    } else {
        at = victim_of(bucket, day, &old);
        new = print | (uint64_t)(day % DAYS) << DAY_AT | 1ull << (CALLED_AT + me) | USED;
    }
    if (swap(table, &bucket[at], old, new)) {
        if (!found) count_new(table, (old & USED) != 0);
    } else
        an_relation_put(table, caller, callee, hash, day, AN_RELATION_CALLED, 0);
    return found;
}

unsigned an_relation_talk_class(uint32_t talk_ms)
{
    static const uint32_t from_ms[] = { 1, 6000, 30000, 120000, 600000 };
    unsigned talk = 0;
    while (talk < 5 && talk_ms >= from_ms[talk]) talk++;
    return talk;
}

uint64_t an_relation_hash_at(uint64_t slot_value, uint64_t index, uint64_t bucket_count)
{
    uint64_t print = slot_value & PRINT_MASK;
    an_u128 first = (((an_u128)index << 48) + bucket_count - 1) / bucket_count;
    uint64_t start = (uint64_t)first;
    uint64_t hash = (start & ~PRINT_MASK) | print;
    return (hash >= start ? hash : hash + PRINT_MASK + 1) << 16;
}

void an_relation_insert_raw(struct an_relations *table, uint64_t hash, uint64_t slot_value)
{
    uint64_t *bucket = an_relation_bucket(table, hash), old;
    int at = victim_of(bucket, field(slot_value, DAY_AT, 12), &old);
    bucket[at] = print_of(hash) | (slot_value & ~PRINT_MASK) | USED;
    count_new(table, (old & USED) != 0);
}
