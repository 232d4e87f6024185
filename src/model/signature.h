/* What the campaign engine knows, in the form the hot path reads. Layer: model, since campaign/ writes it and the
 * engine hands it to the vector loop.
 *
 * A snapshot of signatures is immutable and swapped in whole. Two tables stand beside it and are shared, because a
 * copy of them every few seconds would cost more than they do: who is a member of which campaign, and who was called
 * by it. They are 64-byte lines of eight words, written by one thread, read by any: a word is whole or not there.
 * Sizes: 64 bytes a campaign, 64 a cell, 64 a line. */
#ifndef ANNING_MODEL_SIGNATURE_H
#define ANNING_MODEL_SIGNATURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"
#include "model/number.h"

enum {
    AN_CAMPAIGNS_MAX = 16384, /* slots; a word has 14 bits for one */
    AN_CELL_CAMPAIGNS = 8,    /* campaigns one cell keeps an eye on */
    AN_CALLER_CLASSES = 8,
    AN_WORDS = 8,     /* of a line */
    AN_LLR_UNIT = 16, /* small log-likelihood ratios: 1/16 nat */
};

/* Kinds of callers, as far as a campaign can be told by them. */
unsigned an_caller_class(uint8_t caller_kind);

/* From this feature value on the callee knows the number: such a call is of no campaign. */
#define AN_RELATED 0.4f

static inline unsigned an_local_hour(uint64_t time_us, int32_t utc_offset_s)
{
    return (unsigned)((time_us / 1000000 + (uint64_t)(int64_t)utc_offset_s) / 3600 % 24);
}

/* What a campaign is compared with of the number shown: it was first seen within three days; it usually comes in by
 * another trunk. */
#define AN_FRESH_DAYS 3.0f
#define AN_FOREIGN_NATS 1.0f

/* One campaign, by slot. */
struct an_signature {
    uint32_t id;                       /* 0: nobody's slot */
    float hostility;                   /* log-odds that its calls are unwanted, by its own evidence */
    float weight;                      /* nats: ln of its share of the suspicious calls of an hour, at most 0 */
    float list_nats;                   /* how surprising it is that somebody stands on its list: -ln of its coverage */
    uint64_t walk_from, walk_to;       /* callees its sweep is about to reach; 0: it does not sweep */
    int8_t classes[AN_CALLER_CLASSES]; /* of callers, against all calls, 1/16 nat */
    int8_t hours[20];                  /* of the local day from 4:00 on, the same; at night none */
    int8_t fresh[2], foreign[2];       /* of a number that isn't, and is: new; usually coming in elsewhere */
};
_Static_assert(sizeof(struct an_signature) == 64, "one cache line");

/* The campaigns that come in by one cell, (trunk, shape). */
struct an_signature_cell {
    uint64_t key; /* an_cell_key; 0: free */
    uint32_t count;
    uint32_t reserved;
    struct {
        uint16_t slot;
        int8_t llr;    /* of this cell, against all calls, 1/16 nat */
        uint8_t share; /* of the cell's calls that are this campaign's, 1/255 */
    } at[AN_CELL_CAMPAIGNS];
    uint64_t reserved2[2];
};
_Static_assert(sizeof(struct an_signature_cell) == 64, "one cache line");

struct an_words {
    uint64_t *words; /* [own by the campaign engine] lines * AN_WORDS, 64-byte aligned */
    uint64_t lines;
};

struct an_signatures {
    uint64_t version; /* counts up */
    uint64_t time_us; /* of the last event in it */
    uint32_t live;    /* signatures with an id */
    uint32_t slots;
    struct an_signature *by_slot;    /* [own] */
    uint32_t cell_mask;              /* cells - 1, a power of two */
    struct an_signature_cell *cells; /* [own] linear probing */
    const struct an_words *members;  /* [borrow] */
    const struct an_words *list;     /* [borrow] */
};

static inline uint64_t an_cell_key(uint32_t trunk, uint64_t shape)
{
    return (trunk | shape) == 0 ? 0 : an_mix2(shape, trunk) | 1;
}

/* A number as one trunk shows it: reputation belongs to (number, origin). */
static inline uint64_t an_member_key(an_number number, uint32_t trunk)
{
    return an_mix2(number, 0x6d656d62u ^ trunk);
}

static inline uint64_t an_listed_key(an_number callee)
{
    return an_mix64(callee ^ 0x6c69737465640000ull);
}

static inline const uint64_t *an_words_line(const struct an_words *table, uint64_t hash)
{
    return table->words + AN_WORDS * (size_t)an_range(hash, table->lines);
}

/* A member: [used 1][calls 7][day 10][spare 8][slot 14][tag 24]. */
#define AN_MEMBER_TAG(hash) ((uint32_t)(hash)&0xffffffu)
static inline uint64_t an_member_word(uint64_t hash, uint32_t slot, uint32_t calls, uint32_t day)
{
    return 1ull << 63 | (uint64_t)(calls < 127 ? calls : 127) << 56 | (uint64_t)(day & 1023) << 46 |
           (uint64_t)(slot & 16383) << 24 | AN_MEMBER_TAG(hash);
}
static inline uint32_t an_member_slot(uint64_t word)
{
    return (uint32_t)(word >> 24) & 16383;
}
static inline uint32_t an_member_calls(uint64_t word)
{
    return (uint32_t)(word >> 56) & 127;
}

/* Somebody called: [used 1][day 10][reached 1][refused 1][tries 4][numbers 4][last 7][slot 14][tag 22].
 * numbers: how many different ones of the campaign called, at most 15; last: 7 bits of the last one's hash. */
#define AN_LISTED_TAG(hash) ((uint32_t)(hash)&0x3fffffu)
struct an_listed {
    uint32_t slot, tries, numbers, last, day;
    bool reached, refused;
};
static inline uint64_t an_listed_word(uint64_t hash, const struct an_listed *at)
{
    return 1ull << 63 | (uint64_t)(at->day & 1023) << 53 | (uint64_t)at->reached << 52 | (uint64_t)at->refused << 51 |
           (uint64_t)(at->tries & 15) << 47 | (uint64_t)(at->numbers & 15) << 43 | (uint64_t)(at->last & 127) << 36 |
           (uint64_t)(at->slot & 16383) << 22 | AN_LISTED_TAG(hash);
}
static inline struct an_listed an_listed_read(uint64_t word)
{
    return (struct an_listed) { .slot = (uint32_t)(word >> 22) & 16383,
                                .tries = (uint32_t)(word >> 47) & 15,
                                .numbers = (uint32_t)(word >> 43) & 15,
                                .last = (uint32_t)(word >> 36) & 127,
                                .day = (uint32_t)(word >> 53) & 1023,
                                .reached = (word >> 52 & 1) != 0,
                                .refused = (word >> 51 & 1) != 0 };
}
static inline bool an_word_is_member(uint64_t word, uint64_t hash)
{
    return (word & (1ull << 63 | 0xffffffu)) == (1ull << 63 | AN_MEMBER_TAG(hash));
}
static inline bool an_word_is_listed(uint64_t word, uint64_t hash)
{
    return (word & (1ull << 63 | 0x3fffffu)) == (1ull << 63 | AN_LISTED_TAG(hash));
}

#endif
