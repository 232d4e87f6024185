/* Proof that a record is in the journal as it was written. Layer: journal.
 *
 * Between two values of a worker's chain lie some bytes of a segment: the later value is SHA-256 of the earlier one and
 * these bytes (chain.h). Who holds both values, the place and the record's own hash can show to anybody with the file
 * that the record was there before the later value was taken, and `anning journal verify` ties that value to all that
 * came before. Cost: one pass over the segment up to the value after the record, 256 MB at most. */
#ifndef ANNING_JOURNAL_PROVE_H
#define ANNING_JOURNAL_PROVE_H

#include "journal/format.h"
#include "journal/journal.h"

struct an_journal_proof {
    struct an_journal_position at;
    char file[AN_SEGMENT_NAME_MAX];
    uint64_t next;            /* offset behind the record */
    uint8_t record[AN_CHAIN]; /* SHA-256 of the record's bytes, frame and padding included */
    uint64_t from;            /* offset of the first byte the later value covers */
    uint8_t before[AN_CHAIN];
    bool chained;   /* the later value is there; else it follows within 50 ms */
    uint64_t until; /* offset of the CHAIN record that holds it */
    uint8_t after[AN_CHAIN];
};

/* AN_OK; AN_ERR_NOT_FOUND: the segment is gone, or no record begins there; AN_ERR_CORRUPT: the bytes are not those that
 * were written; AN_ERR_IO, AN_ERR_NO_MEMORY. dir: the data folder. */
enum an_err an_journal_prove(const char *dir, const struct an_journal_position *at, struct an_journal_proof *ret_proof,
                             struct an_error *error);

#endif
