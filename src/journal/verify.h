/* Proving the journal. Layer: journal. Reads every byte once: checksums, the hash chain within and across segments,
 * missing and swapped segments, cut tails, streams that end before what a snapshot had read of them. Cost: one SHA-256
 * over the journal, bounded memory. */
#ifndef ANNING_JOURNAL_VERIFY_H
#define ANNING_JOURNAL_VERIFY_H

#include "journal/journal.h"

enum an_finding_kind {
    AN_FINDING_NOTE,    /* no damage: a torn tail after a crash, a journal whose oldest segments were retired */
    AN_FINDING_HEADER,  /* a segment's header (or one of its two copies) is damaged */
    AN_FINDING_RECORD,  /* bytes that are no intact record */
    AN_FINDING_CHAIN,   /* intact records, but not those that were written: the chain differs */
    AN_FINDING_MISSING, /* a sequence number is missing, or a stream or its end that a snapshot knows */
    AN_FINDING_SWAPPED, /* a file holds another segment than its name says */
    AN_FINDING_CUT,     /* a closed segment is shorter than it was */
    AN_FINDING_LOSS,    /* the journal itself says that records were lost here */
    AN_FINDING_OPEN,    /* no damage: a stream's newest segment is being written, or was not closed in order */
    AN_FINDING_KIND_COUNT
};
const char *an_finding_kind_name(enum an_finding_kind kind);

struct an_finding {
    enum an_finding_kind kind;
    char file[32]; /* "000-0000000001.seg", or the snapshot that knows of more */
    uint64_t offset;
    char text[160];
};

struct an_verify_report {
    uint64_t segments, records, bytes;
    uint64_t by_type[AN_RECORD_TYPE_COUNT];
    uint64_t chains;          /* CHAIN records that matched */
    uint64_t unchained_bytes; /* at the ends, written after the last CHAIN record */
    uint64_t findings[AN_FINDING_KIND_COUNT];
    uint64_t lost;           /* records the journal says were lost */
    bool intact;             /* nothing but notes, open segments and announced losses */
    struct an_finding first; /* first damage; file empty: none */
};

/* Called for each finding; and after each few MB. Either may be NULL. */
typedef void an_verify_finding_fn(void *context, const struct an_finding *finding);
typedef void an_verify_progress_fn(void *context, uint64_t done_bytes, uint64_t total_bytes);

/* AN_OK: the report tells; AN_ERR_CORRUPT: as AN_OK, and report->intact is false; AN_ERR_NOT_FOUND, AN_ERR_IO. */
enum an_err an_journal_verify(const char *dir, an_verify_finding_fn *finding, an_verify_progress_fn *progress,
                              void *context, struct an_verify_report *ret_report, struct an_error *error);

#endif
