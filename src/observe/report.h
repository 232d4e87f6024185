/* Who reports, who is reported, and what operators decided. Layer: observe; for its own files only.
 *
 * A report takes effect at once for who said it (relation.h). What it counts for others follows from what is on record
 * without it: the reporter's own life in the network, and how those took the caller who have said nothing
 * (docs/labels.md has the formulas). Cost: reports are rare; about 2,600 instructions each, next to nothing on a call. */
#ifndef ANNING_OBSERVE_REPORT_H
#define ANNING_OBSERVE_REPORT_H

#include "observe/table.h"

/* What the reports against one number may sum up to when nothing but reports speaks against it, and what the conduct
 * adds to that. The first is far below what moves a verdict (score/symbols.def, COMPLAINTS). */
#define AN_REPORT_ALONE_MAX 0.25f
#define AN_REPORT_SUPPORTED_MAX 8.0f
/* What an operator's "unwanted" adds to the complaints. */
#define AN_RULING_COMPLAINTS 5.0f

/* Somebody who reports; keyed by the number. 32 bytes. */
struct an_reporter {
    uint64_t key; /* low 48 bits: the table's */
    uint32_t tick;
    uint16_t first_hour; /* of the first report, hours since 1970, modulo 65,536 */
    uint16_t reserved;
    float reports_1d, reports_30d;
    float agreed, contradicted; /* by the conduct of whom he reported; half-life 180 days */
};
_Static_assert(sizeof(struct an_reporter) == 32, "two a cache line");

/* Somebody who is reported: reports as they came, whatever they counted. Keyed as the number's entry. 24 bytes. */
struct an_accused {
    uint64_t key;
    uint32_t tick;
    uint32_t reserved;
    float reports_1h, reports_7d;
};
_Static_assert(sizeof(struct an_accused) == 24, "as long as it says");

/* An operator's decision; keyed as the number's entry, or by campaign. 16 bytes. */
struct an_ruling_entry {
    uint64_t key;
    uint32_t until_s; /* seconds since 1970; then it is over */
    uint16_t weight;  /* 1/1000 */
    uint8_t said;     /* AN_SAID_UNWANTED or AN_SAID_WANTED */
    uint8_t category; /* enum an_category */
};
_Static_assert(sizeof(struct an_ruling_entry) == 16, "four a cache line");

#endif
