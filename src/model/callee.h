/* What the people called have chosen, as the decision reads it: one record a subscriber, found by the callee's number.
 * Layer: model.
 *
 * A record is one cache line of 64 bytes: on or off, level, a choice a category, one rule of hours, what is expected
 * and until when. Who has lists too (contacts, blocked numbers, ranges, regions, further hours) has them in one block
 * of memory beside it. The table is an array of 64-bit slots, open addressing with linear probing, at most 3/4 full:
 * the low half of a slot is the place of the record, the high half a tag of the number's hash, so that a number that is
 * nobody's costs one line and no record. Looking up runs over a vector and fetches ahead: two lines a subscriber, and
 * the first lines of the lists.
 *
 * Readers take no lock. Records are immutable: a change writes a new one and stores its slot, one 64-bit store, which
 * the next call sees. What was replaced waits in a list until whoever owns the table knows that no reader is left
 * (engine/callees.c waits at the gate, for many at once) and calls an_callees_reclaim. Writers hold a lock of their
 * own; one at a time. Cost: 82 bytes a subscriber without lists; bench/results/callees.txt. */
#ifndef ANNING_MODEL_CALLEE_H
#define ANNING_MODEL_CALLEE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/limits.h"
#include "model/number.h"
#include "model/verdict.h"

/* A call that could be of such a kind is let pass for a while. */
enum an_expected {
    AN_EXPECTED_DELIVERY,
    AN_EXPECTED_HOSPITAL,
    AN_EXPECTED_INTERVIEW,
    AN_EXPECTED_SCHOOL,
    AN_EXPECTED_BANK,
    AN_EXPECTED_PROPERTY,
    AN_EXPECTED_OTHER,
    AN_EXPECTED_COUNT
};

/* A level that is the site's (policy.level and its list of callees' levels). */
#define AN_CALLEE_LEVEL_SITE AN_LEVEL_COUNT

/* Local time, by the site's utc_offset. From from_min until to_min (minutes of the day, 0..1439), beginning on one of
 * days; to_min <= from_min: until that time of the next day (the same time: a whole day). */
struct an_callee_hours {
    uint16_t from_min, to_min;
    uint8_t days;   /* bit 0 Monday ... bit 6 Sunday; not 0 */
    uint8_t choice; /* LABEL, SCREEN or BLOCK */
};

/* Callers whose number begins so; the longest prefix of those that fit decides. */
struct an_callee_range {
    an_number prefix; /* with country code: 86400 */
    uint8_t choice;   /* any but DEFAULT */
};

/* Callers of a province: the first two digits of GB/T 2260 (11 Beijing ... 65 Xinjiang), 0 for abroad. Where the
 * numbering plan does not know it (all mobiles), no rule fits. */
struct an_callee_region {
    uint8_t region;
    uint8_t choice; /* any but DEFAULT */
};

struct an_callee_expecting {
    uint8_t kind; /* enum an_expected */
    uint64_t until_us;
};

/* All that one subscriber has chosen. [borrow] The arrays are read during the call only, in any order; the same kind
 * expected twice holds until the later time. */
struct an_callee_settings {
    an_number callee;                      /* E.164 */
    uint32_t version;                      /* counts up with each change, from 1; goes into verdicts */
    bool on;                               /* off: opted out, every call is allowed */
    uint8_t level;                         /* enum an_level, or AN_CALLEE_LEVEL_SITE */
    uint8_t categories[AN_CATEGORY_COUNT]; /* enum an_choice; DEFAULT for UNKNOWN and PERSON */
    size_t hours_count, range_count, region_count, contact_count, blocked_count, expecting_count;
    const struct an_callee_hours *hours;
    const struct an_callee_range *ranges;
    const struct an_callee_region *regions;
    const an_number *contacts, *blocked; /* E.164 */
    const struct an_callee_expecting *expecting;
};

/* ---- what the decision reads ---- */

struct an_callee_lists; /* callee.c */

struct an_callee {
    an_number callee;
    uint64_t choices;                    /* 3 bits a category */
    const struct an_callee_lists *lists; /* [own by the table] NULL: none */
    uint32_t version;
    uint32_t hours;                      /* the first rule, packed; 0: none */
    uint32_t until_s[AN_EXPECTED_COUNT]; /* expected until, seconds since 1970; 0: not expected */
    uint8_t on, level;
    uint8_t list_lines; /* cache lines of lists, at most 255: so many can be fetched ahead */
    uint8_t reserved;
};
_Static_assert(sizeof(struct an_callee) == 64, "one cache line");

static inline enum an_choice an_callee_choice(const struct an_callee *callee, enum an_category category)
{
    return (enum an_choice)(callee->choices >> (3 * (unsigned)category) & 7);
}

bool an_callee_knows(const struct an_callee *callee, an_number caller);  /* a contact */
bool an_callee_blocks(const struct an_callee *callee, an_number caller); /* a blocked number */
enum an_choice an_callee_by_range(const struct an_callee *callee, an_number caller);
enum an_choice an_callee_by_region(const struct an_callee *callee, unsigned region);
/* The strictest of the rules that hold at this time. */
enum an_choice an_callee_by_hours(const struct an_callee *callee, uint64_t time_us, int32_t utc_offset_s);

/* Names: "delivery", "快递外卖". Never NULL. */
const char *an_expected_name(enum an_expected kind);
const char *an_expected_zh(enum an_expected kind);
int an_expected_of(const char *name, size_t len, enum an_expected *ret_kind); /* AN_OK or AN_ERR_NOT_FOUND */
const char *an_choice_name(enum an_choice choice);                            /* "default", "pass", "label" ... */
const char *an_choice_zh(enum an_choice choice);
int an_choice_of(const char *name, size_t len, enum an_choice *ret_choice);

/* ---- the table ---- */

struct an_callees;

/* Empty; nothing is taken before the first subscriber. NULL with error: no memory. Free takes NULL, and wants that no
 * reader is left. */
struct an_callees *an_callees_new(struct an_error *error);
void an_callees_free(struct an_callees *callees);

/* Takes a subscriber in or changes one. Settings of a lower version than those in force are passed by (AN_OK): a slower
 * writer must not undo a faster one. AN_ERR_INVALID or AN_ERR_LIMIT with what would be right (AN_CALLEE_..._MAX,
 * AN_SUBSCRIBERS_MAX), AN_ERR_NO_MEMORY; then what was in force stays. Writers only. */
enum an_err an_callees_put(struct an_callees *callees, const struct an_callee_settings *settings,
                           struct an_error *error);
/* Whether there was one. Writers only. */
bool an_callees_drop(struct an_callees *callees, an_number callee);
/* From now on there are readers. Until then put and drop free what they replace at once. */
void an_callees_share(struct an_callees *callees);
/* How many replaced records wait (put and drop want fewer than AN_CALLEES_RETIRED_MAX); frees them, when the caller
 * knows that no reader has any of them. Writers only. */
size_t an_callees_retired(const struct an_callees *callees);
void an_callees_reclaim(struct an_callees *callees);

/* Readers: from inside whatever keeps reclaim away. NULL: nobody's, the site's settings hold. */
const struct an_callee *an_callees_find(const struct an_callees *callees, an_number callee);
/* The same for count numbers, at most AN_VECTOR_MAX. */
void an_callees_find_many(const struct an_callees *callees, const an_number *numbers, uint32_t count,
                          const struct an_callee **ret_found);

struct an_callees_stats {
    uint64_t subscribers, bytes;
};
/* Any thread; may be a moment late. */
void an_callees_stats(const struct an_callees *callees, struct an_callees_stats *ret_stats);

#endif
