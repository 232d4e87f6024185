#include "model/callee.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/slice.h"

enum {
    HUGE_PAGE = 2 << 20,
    CHUNK_RECORDS = 1 << 15, /* 2 MB, a huge page where the kernel gives one */
    CHUNKS_MAX = (AN_SUBSCRIBERS_MAX + AN_CALLEES_RETIRED_MAX) / CHUNK_RECORDS + 2,
    SLOTS_MIN = 1024,
    LINES_AHEAD = 8,
    DAY_MIN = 1440,
    PREFIX_DIGITS_MAX = 15,
    REGION_FIRST = 11,
    REGION_LAST = 82, /* Macao */
};

/* ---- what a record holds ---- */

/* Behind each other: contacts, blocked numbers (both sorted), ranges (longest first); hours; regions. */
struct an_callee_lists {
    uint32_t contact_count, blocked_count;
    uint16_t range_count, hours_count, region_count, reserved;
    uint32_t bytes;
    uint64_t words[];
};

/* A range in a word: prefix, how many digits it has, choice. */
static uint64_t pack_range(an_number prefix, unsigned digits, unsigned choice)
{
    return prefix << 8 | digits << 3 | choice;
}

/* Hours in half a word: 11 bits from, 11 to, 7 days, 3 choice. Never 0: there is a day. */
static uint32_t pack_hours(const struct an_callee_hours *hours)
{
    return (uint32_t)hours->from_min | (uint32_t)hours->to_min << 11 | (uint32_t)hours->days << 22 |
           (uint32_t)hours->choice << 29;
}

static const uint64_t *ranges_of(const struct an_callee_lists *lists)
{
    return lists->words + lists->contact_count + lists->blocked_count;
}

static const uint32_t *hours_of(const struct an_callee_lists *lists)
{
    return (const uint32_t *)(ranges_of(lists) + lists->range_count);
}

static const uint16_t *regions_of(const struct an_callee_lists *lists)
{
    return (const uint16_t *)(hours_of(lists) + lists->hours_count);
}

static bool has(const uint64_t *sorted, uint32_t count, an_number number)
{
    uint32_t low = 0, high = count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (sorted[middle] < number)
            low = middle + 1;
        else
            high = middle;
    }
    return low < count && sorted[low] == number;
}

bool an_callee_knows(const struct an_callee *callee, an_number caller)
{
    const struct an_callee_lists *lists = callee->lists;
    return lists != NULL && has(lists->words, lists->contact_count, caller);
}

bool an_callee_blocks(const struct an_callee *callee, an_number caller)
{
    const struct an_callee_lists *lists = callee->lists;
    return lists != NULL && has(lists->words + lists->contact_count, lists->blocked_count, caller);
}

static unsigned digits_of(an_number number)
{
    unsigned digits = 1;
    for (; number >= 10; number /= 10) digits++;
    return digits;
}

enum an_choice an_callee_by_range(const struct an_callee *callee, an_number caller)
{
    const struct an_callee_lists *lists = callee->lists;
    if (lists == NULL || lists->range_count == 0 || !an_number_is_e164(caller)) return AN_CHOICE_DEFAULT;
    const uint64_t *ranges = ranges_of(lists);
    unsigned digits = digits_of(caller);
    for (unsigned i = 0; i < lists->range_count; i++) { /* longest first: caller only ever gets shorter */
        unsigned length = ranges[i] >> 3 & 31;
        if (length > digits) continue;
        for (; digits > length; digits--) caller /= 10;
        if (ranges[i] >> 8 == caller) return (enum an_choice)(ranges[i] & 7);
    }
    return AN_CHOICE_DEFAULT;
}

enum an_choice an_callee_by_region(const struct an_callee *callee, unsigned region)
{
    const struct an_callee_lists *lists = callee->lists;
    if (lists == NULL) return AN_CHOICE_DEFAULT;
    const uint16_t *regions = regions_of(lists);
    unsigned choice = AN_CHOICE_DEFAULT;
    for (unsigned i = 0; i < lists->region_count; i++)
        if (regions[i] >> 8 == region && (regions[i] & 7) > choice) choice = regions[i] & 7;
    return (enum an_choice)choice;
}

/* Over midnight the rule is that of the day it began on. day: 0 Monday. */
static bool within(uint32_t hours, unsigned day, unsigned minute)
{
    unsigned from = hours & 2047, to = hours >> 11 & 2047, days = hours >> 22 & 127, before = (day + 6) % 7;
    if (from < to) return minute >= from && minute < to && (days >> day & 1) != 0;
    return (minute >= from && (days >> day & 1) != 0) || (minute < to && (days >> before & 1) != 0);
}

enum an_choice an_callee_by_hours(const struct an_callee *callee, uint64_t time_us, int32_t utc_offset_s)
{
    if (callee->hours == 0) return AN_CHOICE_DEFAULT;
    uint64_t local_s =
        (uint64_t)((int64_t)(time_us / AN_US_PER_S) + 7 * 86400 + utc_offset_s); /* a week: never below 0 */
    unsigned minute = (unsigned)(local_s % 86400 / 60);
    unsigned day = (unsigned)((local_s / 86400 + 3) % 7); /* 1970-01-01 was a Thursday */
    unsigned choice = within(callee->hours, day, minute) ? callee->hours >> 29 : AN_CHOICE_DEFAULT;
    for (unsigned i = 0; callee->lists != NULL && i < callee->lists->hours_count; i++) {
        uint32_t hours = hours_of(callee->lists)[i];
        if (hours >> 29 > choice && within(hours, day, minute)) choice = hours >> 29;
    }
    return (enum an_choice)choice;
}

/* ---- checks ---- */

static enum an_err check_hours(const struct an_callee_settings *s, struct an_error *error)
{
    for (size_t i = 0; i < s->hours_count; i++) {
        const struct an_callee_hours *h = &s->hours[i];
        if (h->from_min >= DAY_MIN || h->to_min >= DAY_MIN)
            return an_fail(error, AN_ERR_INVALID, "hours %zu: a time of the day is 00:00 to 23:59", i + 1);
        if (h->days == 0 || h->days > 127)
            return an_fail(error, AN_ERR_INVALID, "hours %zu: at least one of the seven days is wanted", i + 1);
        if (h->choice < AN_CHOICE_LABEL || h->choice >= AN_CHOICE_COUNT)
            return an_fail(error, AN_ERR_INVALID, "hours %zu: label, screen or block is wanted", i + 1);
    }
    return AN_OK;
}

static bool chosen(unsigned choice)
{
    return choice != AN_CHOICE_DEFAULT && choice < AN_CHOICE_COUNT;
}

static enum an_err check_ranges(const struct an_callee_settings *s, struct an_error *error)
{
    for (size_t i = 0; i < s->range_count; i++)
        if (!an_number_is_e164(s->ranges[i].prefix) || !chosen(s->ranges[i].choice))
            return an_fail(
                error, AN_ERR_INVALID,
                "range %zu: 1 to %d digits with the country code and pass, label, screen or block are wanted", i + 1,
                PREFIX_DIGITS_MAX);
    for (size_t i = 0; i < s->region_count; i++) {
        unsigned region = s->regions[i].region;
        if ((region != 0 && (region < REGION_FIRST || region > REGION_LAST)) || !chosen(s->regions[i].choice))
            return an_fail(error, AN_ERR_INVALID,
                           "region %zu: two digits of GB/T 2260 (11 to 82, 00 abroad) and pass, label, screen or block "
                           "are wanted",
                           i + 1);
    }
    return AN_OK;
}

static enum an_err check_numbers(const an_number *numbers, size_t count, const char *what, struct an_error *error)
{
    for (size_t i = 0; i < count; i++)
        if (!an_number_is_e164(numbers[i]))
            return an_fail(error, AN_ERR_INVALID, "%s %zu: a telephone number with its country code is wanted", what,
                           i + 1);
    return AN_OK;
}

static enum an_err check_counts(const struct an_callee_settings *s, struct an_error *error)
{
    const struct {
        size_t count, max;
        const char *what, *limit;
    } counts[] = {
        { s->contact_count, AN_CALLEE_CONTACTS_MAX, "contacts", "CALLEE_CONTACTS_MAX" },
        { s->blocked_count, AN_CALLEE_BLOCKED_MAX, "blocked numbers", "CALLEE_BLOCKED_MAX" },
        { s->range_count, AN_CALLEE_RANGES_MAX, "ranges", "CALLEE_RANGES_MAX" },
        { s->region_count, AN_CALLEE_REGIONS_MAX, "regions", "CALLEE_REGIONS_MAX" },
        { s->hours_count, AN_CALLEE_HOURS_MAX, "rules of hours", "CALLEE_HOURS_MAX" },
        { s->expecting_count, AN_CALLEE_EXPECTING_MAX, "expected calls", "CALLEE_EXPECTING_MAX" },
    };
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
        if (counts[i].count > counts[i].max)
            return an_fail(error, AN_ERR_LIMIT, "%zu %s are over the limit %s, %zu", counts[i].count, counts[i].what,
                           counts[i].limit, counts[i].max);
    return AN_OK;
}

static enum an_err check(const struct an_callee_settings *s, struct an_error *error)
{
    enum an_err err = check_counts(s, error);
    if (err != AN_OK) return err;
    if (!an_number_is_e164(s->callee))
        return an_fail(error, AN_ERR_INVALID, "a subscriber is a telephone number with its country code");
    if (s->version == 0) return an_fail(error, AN_ERR_INVALID, "versions of settings count from 1");
    if (s->level > AN_CALLEE_LEVEL_SITE)
        return an_fail(error, AN_ERR_INVALID, "level %u is none: loose, standard or strict is wanted", s->level);
    for (unsigned c = 0; c < AN_CATEGORY_COUNT; c++) {
        bool free = c != AN_CATEGORY_UNKNOWN && c != AN_CATEGORY_PERSON;
        if (s->categories[c] >= AN_CHOICE_COUNT || (!free && s->categories[c] != AN_CHOICE_DEFAULT))
            return an_fail(error, AN_ERR_INVALID, "category %s: default, pass, label, screen or block is wanted%s",
                           an_category_name((enum an_category)c), free ? "" : ", and for this one only default");
    }
    for (size_t i = 0; i < s->expecting_count; i++)
        if (s->expecting[i].kind >= AN_EXPECTED_COUNT)
            return an_fail(error, AN_ERR_INVALID, "expected call %zu: no such kind", i + 1);
    err = check_hours(s, error);
    if (err == AN_OK) err = check_ranges(s, error);
    if (err == AN_OK) err = check_numbers(s->contacts, s->contact_count, "contact", error);
    if (err == AN_OK) err = check_numbers(s->blocked, s->blocked_count, "blocked number", error);
    return err;
}

/* ---- from settings to a record ---- */

static int by_number(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* Longest prefix first; of the same prefix given twice the strictest choice. */
static int by_length(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    unsigned dx = x >> 3 & 31, dy = y >> 3 & 31;
    return dx != dy ? (dx < dy) - (dx > dy) : (x < y) - (x > y);
}

/* NULL and AN_OK: there is nothing a line has no room for. */
static enum an_err make_lists(const struct an_callee_settings *s, const struct an_callee_lists **ret_lists)
{
    size_t more_hours = s->hours_count > 1 ? s->hours_count - 1 : 0;
    size_t words = s->contact_count + s->blocked_count + s->range_count;
    size_t bytes = words * 8 + more_hours * 4 + s->region_count * 2;
    *ret_lists = NULL;
    if (bytes == 0) return AN_OK;
    struct an_callee_lists *lists = malloc(sizeof *lists + bytes);
    if (lists == NULL) return AN_ERR_NO_MEMORY;
    *lists = (struct an_callee_lists) { .contact_count = (uint32_t)s->contact_count,
                                        .blocked_count = (uint32_t)s->blocked_count,
                                        .range_count = (uint16_t)s->range_count,
                                        .hours_count = (uint16_t)more_hours,
                                        .region_count = (uint16_t)s->region_count,
                                        .bytes = (uint32_t)(sizeof *lists + bytes) };
    uint64_t *at = lists->words;
    if (s->contact_count > 0) memcpy(at, s->contacts, s->contact_count * sizeof *at);
    qsort(at, s->contact_count, sizeof *at, by_number);
    at += s->contact_count;
    if (s->blocked_count > 0) memcpy(at, s->blocked, s->blocked_count * sizeof *at);
    qsort(at, s->blocked_count, sizeof *at, by_number);
    at += s->blocked_count;
    for (size_t i = 0; i < s->range_count; i++)
        at[i] = pack_range(s->ranges[i].prefix, digits_of(s->ranges[i].prefix), s->ranges[i].choice);
    qsort(at, s->range_count, sizeof *at, by_length);
    uint32_t *hours = (uint32_t *)(at + s->range_count);
    for (size_t i = 0; i < more_hours; i++) hours[i] = pack_hours(&s->hours[i + 1]);
    uint16_t *regions = (uint16_t *)(hours + more_hours);
    for (size_t i = 0; i < s->region_count; i++)
        regions[i] = (uint16_t)(s->regions[i].region << 8 | s->regions[i].choice);
    *ret_lists = lists;
    return AN_OK;
}

static void fill(const struct an_callee_settings *s, const struct an_callee_lists *lists, struct an_callee *ret)
{
    *ret = (struct an_callee) {
        .callee = s->callee, .lists = lists, .version = s->version, .on = s->on, .level = s->level
    };
    if (lists != NULL) { /* one more: malloc does not begin at a line */
        uint32_t lines = lists->bytes / 64 + 2;
        ret->list_lines = lines < UINT8_MAX ? (uint8_t)lines : UINT8_MAX;
    }
    for (unsigned c = 0; c < AN_CATEGORY_COUNT; c++) ret->choices |= (uint64_t)s->categories[c] << (3 * c);
    _Static_assert(3 * AN_CATEGORY_COUNT <= 64, "choices fit a word");
    if (s->hours_count > 0) ret->hours = pack_hours(&s->hours[0]);
    for (size_t i = 0; i < s->expecting_count; i++) {
        uint64_t until_s = s->expecting[i].until_us / AN_US_PER_S;
        uint32_t *at = &ret->until_s[s->expecting[i].kind];
        if (until_s > *at) *at = until_s < UINT32_MAX ? (uint32_t)until_s : UINT32_MAX;
    }
}

/* ---- the table ---- */

/* A slot: 0 free; low half 1 + place of the record, or GONE; high half a tag of the hash. */
#define GONE ((uint64_t)UINT32_MAX)

struct slots {
    uint64_t mask;
    uint64_t taken; /* slots that are not free: subscribers and those gone */
    _Alignas(64) _Atomic(uint64_t) at[];
};

struct an_callees {
    _Atomic(struct slots *) slots;        /* [own] NULL: no subscriber yet */
    struct an_callee *chunks[CHUNKS_MAX]; /* [own] written before the first slot that leads there */
    /* writers only */
    bool shared;         /* there are readers */
    uint32_t places;     /* ever handed out */
    uint32_t free_place; /* 1 + the first of those to be used again, each naming the next in its version; 0: none */
    size_t retired_count;
    uint32_t retired[AN_CALLEES_RETIRED_MAX];
    struct slots *retired_slots; /* [own] one at most: growing again reclaims first */
    /* for metrics */
    atomic_uint_fast64_t subscribers, bytes;
};

static size_t slots_bytes(const struct slots *slots)
{
    return (sizeof *slots + (slots->mask + 1) * sizeof slots->at[0] + 63) / 64 * 64;
}

static void add_bytes(struct an_callees *callees, size_t bytes)
{
    atomic_fetch_add_explicit(&callees->bytes, bytes, memory_order_relaxed);
}

static void take_bytes(struct an_callees *callees, size_t bytes)
{
    atomic_fetch_sub_explicit(&callees->bytes, bytes, memory_order_relaxed);
}

struct an_callees *an_callees_new(struct an_error *error)
{
    struct an_callees *callees = calloc(1, sizeof *callees);
    if (callees == NULL) {
        an_fail(error, AN_ERR_NO_MEMORY, "no memory for the subscribers' settings");
        return NULL;
    }
    atomic_store(&callees->bytes, sizeof *callees);
    return callees;
}

static struct an_callee *record_at(const struct an_callees *callees, uint32_t place)
{
    return &callees->chunks[place / CHUNK_RECORDS][place % CHUNK_RECORDS];
}

void an_callees_free(struct an_callees *callees)
{
    if (callees == NULL) return;
    an_callees_reclaim(callees);
    struct slots *slots = atomic_load(&callees->slots);
    for (uint64_t i = 0; slots != NULL && i <= slots->mask; i++) {
        uint64_t slot = atomic_load_explicit(&slots->at[i], memory_order_relaxed);
        if (slot == 0 || slot == GONE) continue;
        free((void *)(uintptr_t)record_at(callees, (uint32_t)slot - 1)->lists);
    }
    free(slots);
    for (unsigned c = 0; c < CHUNKS_MAX; c++) free(callees->chunks[c]);
    free(callees);
}

/* A record nobody uses. */
static enum an_err take_place(struct an_callees *callees, uint32_t *ret_place)
{
    if (callees->free_place != 0) {
        *ret_place = callees->free_place - 1;
        callees->free_place = record_at(callees, *ret_place)->version;
        return AN_OK;
    }
    uint32_t chunk = callees->places / CHUNK_RECORDS;
    if (chunk >= CHUNKS_MAX) return AN_ERR_LIMIT;
    if (callees->chunks[chunk] == NULL) {
        const size_t bytes = CHUNK_RECORDS * sizeof(struct an_callee);
        struct an_callee *records = aligned_alloc(bytes, bytes);
        if (records == NULL) return AN_ERR_NO_MEMORY;
        (void)madvise(records, bytes, MADV_HUGEPAGE); /* only ever faster */
        callees->chunks[chunk] = records;
        add_bytes(callees, bytes);
    }
    *ret_place = callees->places++;
    return AN_OK;
}

size_t an_callees_retired(const struct an_callees *callees)
{
    return callees->retired_count + (callees->retired_slots != NULL ? AN_CALLEES_RETIRED_MAX : 0);
}

void an_callees_reclaim(struct an_callees *callees)
{
    for (size_t i = 0; i < callees->retired_count; i++) {
        struct an_callee *record = record_at(callees, callees->retired[i]);
        if (record->lists != NULL) take_bytes(callees, record->lists->bytes);
        free((void *)(uintptr_t)record->lists);
        *record = (struct an_callee) { .version = callees->free_place }; /* nothing of a person stays */
        callees->free_place = callees->retired[i] + 1;
    }
    callees->retired_count = 0;
    if (callees->retired_slots != NULL) take_bytes(callees, slots_bytes(callees->retired_slots));
    free(callees->retired_slots);
    callees->retired_slots = NULL;
}

void an_callees_share(struct an_callees *callees)
{
    an_assert(callees != NULL);
    callees->shared = true;
}

static uint64_t slot_of(uint64_t hash, uint32_t place)
{
    return (hash >> 32) << 32 | (place + 1);
}

/* The next one from *at on with this hash's tag, or 0: there is none. */
static inline uint64_t probe(const struct slots *slots, uint64_t hash, uint64_t *at)
{
    for (;; *at = (*at + 1) & slots->mask) {
        uint64_t slot = atomic_load_explicit(&slots->at[*at], memory_order_acquire);
        if (slot == 0) return 0;
        if ((slot ^ hash) >> 32 == 0 && slot != GONE) return slot;
    }
}

static const struct an_callee *find_from(const struct an_callees *callees, const struct slots *slots, an_number number,
                                         uint64_t hash, uint64_t *at)
{
    uint64_t slot;
    for (; (slot = probe(slots, hash, at)) != 0; *at = (*at + 1) & slots->mask) {
        const struct an_callee *record = record_at(callees, (uint32_t)slot - 1);
        if (record->callee == number) return record;
    }
    return NULL;
}

const struct an_callee *an_callees_find(const struct an_callees *callees, an_number callee)
{
    const struct slots *slots = atomic_load_explicit(&callees->slots, memory_order_acquire);
    if (slots == NULL) return NULL;
    uint64_t hash = an_mix64(callee), at = hash & slots->mask;
    return find_from(callees, slots, callee, hash, &at);
}

/* Short ones whole, of long ones the beginning. */
static inline void fetch_lists(const struct an_callee *record)
{
    const char *at = (const char *)record->lists;
    unsigned lines = record->list_lines < LINES_AHEAD ? record->list_lines : LINES_AHEAD;
    for (unsigned i = 0; i < lines; i++) __builtin_prefetch(at + (size_t)64 * i);
}

void an_callees_find_many(const struct an_callees *callees, const an_number *numbers, uint32_t count,
                          const struct an_callee **ret_found)
{
    an_assert(count <= AN_VECTOR_MAX);
    const struct slots *slots = atomic_load_explicit(&callees->slots, memory_order_acquire);
    uint64_t hash[AN_VECTOR_MAX], at[AN_VECTOR_MAX];
    for (uint32_t i = 0; i < count; i++) {
        ret_found[i] = NULL;
        if (slots == NULL) continue;
        hash[i] = an_mix64(numbers[i]);
        at[i] = hash[i] & slots->mask;
        __builtin_prefetch((const void *)&slots->at[at[i]]);
    }
    if (slots == NULL) return;
    for (uint32_t i = 0; i < count; i++) {
        uint64_t slot = probe(slots, hash[i], &at[i]);
        if (slot == 0) continue;
        ret_found[i] = record_at(callees, (uint32_t)slot - 1);
        __builtin_prefetch(ret_found[i]);
    }
    for (uint32_t i = 0; i < count; i++) {
        if (ret_found[i] == NULL) continue;
        if (ret_found[i]->callee != numbers[i]) {
            at[i] = (at[i] + 1) & slots->mask;
            ret_found[i] = find_from(callees, slots, numbers[i], hash[i], &at[i]);
        }
        if (ret_found[i] != NULL && ret_found[i]->lists != NULL) fetch_lists(ret_found[i]);
    }
}

/* ---- writers ---- */

static void place_in(struct slots *slots, uint64_t hash, uint64_t slot)
{
    uint64_t at = hash & slots->mask;
    while (atomic_load_explicit(&slots->at[at], memory_order_relaxed) != 0) at = (at + 1) & slots->mask;
    atomic_store_explicit(&slots->at[at], slot, memory_order_relaxed);
    slots->taken++;
}

/* Makes sure that one more fits: at most 3/4 of the slots are taken. */
static enum an_err grow(struct an_callees *callees)
{
    struct slots *before = atomic_load_explicit(&callees->slots, memory_order_relaxed);
    if (before != NULL && (before->taken + 1) * 4 <= (before->mask + 1) * 3) return AN_OK;
    if (callees->retired_slots != NULL) return AN_ERR_FULL; /* the caller reclaims before it is here again */
    uint64_t wanted = SLOTS_MIN;
    while (wanted < atomic_load_explicit(&callees->subscribers, memory_order_relaxed) * 2 + 2) wanted *= 2;
    struct slots sized = { .mask = wanted - 1 };
    const size_t bytes = slots_bytes(&sized), line = bytes < HUGE_PAGE ? 64 : HUGE_PAGE;
    struct slots *slots = aligned_alloc(line, (bytes + line - 1) / line * line);
    if (slots == NULL) return AN_ERR_NO_MEMORY;
    if (line == HUGE_PAGE) (void)madvise(slots, bytes, MADV_HUGEPAGE); /* before it is touched; only ever faster */
    memset(slots, 0, bytes);
    slots->mask = wanted - 1;
    add_bytes(callees, bytes);
    for (uint64_t i = 0; before != NULL && i <= before->mask; i++) {
        uint64_t slot = atomic_load_explicit(&before->at[i], memory_order_relaxed);
        if (slot == 0 || slot == GONE) continue;
        place_in(slots, an_mix64(record_at(callees, (uint32_t)slot - 1)->callee), slot);
    }
    atomic_store_explicit(&callees->slots, slots, memory_order_release);
    callees->retired_slots = before;
    return AN_OK;
}

/* Where a new one goes: the first slot of its run that is free or was given up. */
static uint64_t vacancy(const struct slots *slots, uint64_t hash)
{
    uint64_t at = hash & slots->mask;
    for (;; at = (at + 1) & slots->mask) {
        uint64_t slot = atomic_load_explicit(&slots->at[at], memory_order_relaxed);
        if (slot == 0 || slot == GONE) return at;
    }
}

static void retire(struct an_callees *callees, uint64_t slot)
{
    an_assert(callees->retired_count < AN_CALLEES_RETIRED_MAX);
    callees->retired[callees->retired_count++] = (uint32_t)slot - 1;
}

static enum an_err store(struct an_callees *callees, const struct an_callee_settings *settings,
                         const struct an_callee_lists *lists)
{
    uint64_t hash = an_mix64(settings->callee);
    uint32_t place;
    enum an_err err = grow(callees);
    if (err == AN_OK) err = take_place(callees, &place);
    if (err != AN_OK) return err;
    struct slots *slots = atomic_load_explicit(&callees->slots, memory_order_relaxed);
    uint64_t at = hash & slots->mask;
    fill(settings, lists, record_at(callees, place));
    bool is_there = find_from(callees, slots, settings->callee, hash, &at) != NULL;
    if (!is_there) at = vacancy(slots, hash);
    uint64_t before = atomic_exchange_explicit(&slots->at[at], slot_of(hash, place), memory_order_acq_rel);
    if (is_there)
        retire(callees, before);
    else
        atomic_fetch_add_explicit(&callees->subscribers, 1, memory_order_relaxed);
    slots->taken += before == 0;
    if (lists != NULL) add_bytes(callees, lists->bytes);
    return AN_OK;
}

enum an_err an_callees_put(struct an_callees *callees, const struct an_callee_settings *settings,
                           struct an_error *error)
{
    an_assert(callees != NULL && settings != NULL && callees->retired_count < AN_CALLEES_RETIRED_MAX);
    enum an_err err = check(settings, error);
    if (err != AN_OK) return err;
    const struct an_callee *before = an_callees_find(callees, settings->callee);
    if (before != NULL && before->version > settings->version) return AN_OK;
    if (before == NULL && atomic_load(&callees->subscribers) >= AN_SUBSCRIBERS_MAX)
        return an_fail(error, AN_ERR_LIMIT, "there are as many subscribers as the limit SUBSCRIBERS_MAX, %d, allows",
                       AN_SUBSCRIBERS_MAX);
    const struct an_callee_lists *lists;
    err = make_lists(settings, &lists);
    if (err == AN_OK && (err = store(callees, settings, lists)) != AN_OK) free((void *)(uintptr_t)lists);
    if (err != AN_OK) return an_fail(error, err, "no memory for a subscriber's settings; those before stay in force");
    if (!callees->shared) an_callees_reclaim(callees);
    return AN_OK;
}

bool an_callees_drop(struct an_callees *callees, an_number callee)
{
    an_assert(callees != NULL && callees->retired_count < AN_CALLEES_RETIRED_MAX);
    struct slots *slots = atomic_load_explicit(&callees->slots, memory_order_relaxed);
    if (slots == NULL) return false;
    uint64_t hash = an_mix64(callee), at = hash & slots->mask;
    if (find_from(callees, slots, callee, hash, &at) == NULL) return false;
    retire(callees, atomic_exchange_explicit(&slots->at[at], GONE, memory_order_acq_rel));
    atomic_fetch_sub_explicit(&callees->subscribers, 1, memory_order_relaxed);
    if (!callees->shared) an_callees_reclaim(callees);
    return true;
}

void an_callees_stats(const struct an_callees *callees, struct an_callees_stats *ret_stats)
{
    an_assert(callees != NULL && ret_stats != NULL);
    ret_stats->subscribers = atomic_load_explicit(&callees->subscribers, memory_order_relaxed);
    ret_stats->bytes = atomic_load_explicit(&callees->bytes, memory_order_relaxed);
}

/* ---- names ---- */

static const char *const expected_names[AN_EXPECTED_COUNT][2] = {
    { "delivery", "快递外卖" }, { "hospital", "医院" },     { "interview", "面试" }, { "school", "学校" },
    { "bank", "银行" },         { "property", "看房租房" }, { "other", "其他" },
};
static const char *const choice_names[AN_CHOICE_COUNT][2] = {
    { "default", "默认" }, { "pass", "放行" }, { "label", "标记" }, { "screen", "筛查" }, { "block", "拦截" },
};

const char *an_expected_name(enum an_expected kind)
{
    return (unsigned)kind < AN_EXPECTED_COUNT ? expected_names[kind][0] : "unknown";
}

const char *an_expected_zh(enum an_expected kind)
{
    return (unsigned)kind < AN_EXPECTED_COUNT ? expected_names[kind][1] : "未知";
}

const char *an_choice_name(enum an_choice choice)
{
    return (unsigned)choice < AN_CHOICE_COUNT ? choice_names[choice][0] : "unknown";
}

const char *an_choice_zh(enum an_choice choice)
{
    return (unsigned)choice < AN_CHOICE_COUNT ? choice_names[choice][1] : "未知";
}

int an_expected_of(const char *name, size_t len, enum an_expected *ret_kind)
{
    for (int i = 0; i < AN_EXPECTED_COUNT; i++)
        if (an_slice_equal(an_slice_of(expected_names[i][0]), (struct an_slice) { name, len })) {
            *ret_kind = (enum an_expected)i;
            return AN_OK;
        }
    return AN_ERR_NOT_FOUND;
}

int an_choice_of(const char *name, size_t len, enum an_choice *ret_choice)
{
    for (int i = 0; i < AN_CHOICE_COUNT; i++)
        if (an_slice_equal(an_slice_of(choice_names[i][0]), (struct an_slice) { name, len })) {
            *ret_choice = (enum an_choice)i;
            return AN_OK;
        }
    return AN_ERR_NOT_FOUND;
}
