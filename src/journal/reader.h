/* Reading the journal. Layer: journal.
 *
 * Records of all workers merged by event time (order within one worker is file order), from the start or from given
 * positions, optionally following the files as they grow. Memory: one buffer a worker (256 KB, at most one record
 * more). A damaged place loses the records it hits and no others. Opens files read-only; works beside a running
 * writer and without one. */
#ifndef ANNING_JOURNAL_READER_H
#define ANNING_JOURNAL_READER_H

#include "journal/journal.h"

struct an_journal_filter { /* all zero: everything */
    uint64_t since_us;     /* event time, inclusive; segments that ended before are skipped */
    uint64_t until_us;     /* exclusive; 0: no end */
    uint32_t types;        /* 1 << enum an_record_type; 0: all */
    bool one_worker;       /* only `worker` */
    unsigned worker;
    const struct an_journal_position *from; /* [borrow during open] where to start, by worker; others: from the start */
    size_t from_count;
    bool follow; /* AN_ERR_END means "nothing yet": call next again later */
};

/* One record, or the place of one damage. */
struct an_journal_entry {
    struct an_journal_position at; /* of the record, or where the damage begins */
    uint64_t next_offset;          /* of what follows in the same segment */
    uint64_t time_us;
    uint16_t type;
    uint16_t flags;
    uint32_t len;
    const uint8_t *payload; /* [borrow] until the next call */
    char what[96];          /* damage, or a note at the end ("torn tail: 17 bytes"); empty: nothing */
};

struct an_journal_reader;

/* dir: the data folder. AN_ERR_NOT_FOUND (no journal there), AN_ERR_IO, AN_ERR_NO_MEMORY. */
enum an_err an_journal_reader_open(const char *dir, const struct an_journal_filter *filter,
                                   struct an_journal_reader **ret_reader, struct an_error *error);
/* AN_OK; AN_ERR_CORRUPT: ret_entry says where and what, the next call goes on behind it; AN_ERR_END (what may hold a
 * note, such as a torn tail after a power cut); AN_ERR_IO. */
enum an_err an_journal_reader_next(struct an_journal_reader *reader, struct an_journal_entry *ret_entry);
/* Bytes to read and bytes read so far, for a progress bar. */
void an_journal_reader_progress(const struct an_journal_reader *reader, uint64_t *ret_done, uint64_t *ret_total);
/* Where the stream of a worker stands: a later reader may start from there. */
enum an_err an_journal_reader_position(const struct an_journal_reader *reader, unsigned worker,
                                       struct an_journal_position *ret_position);
void an_journal_reader_close(struct an_journal_reader *reader);

/* The verdict with this token: opens only the segments of the token's worker whose time fits. On AN_OK the payload is
 * copied into buffer (AN_RECORD_VERDICT_MAX is enough). AN_ERR_NOT_FOUND, AN_ERR_IO. */
enum an_err an_journal_find(const char *dir, const struct an_token *token, void *buffer, size_t size,
                            struct an_journal_entry *ret_entry, struct an_error *error);
/* The same, decoded: what ret_record points to is in payload. ret_entry may be NULL. Also what an_record_decode says.
 */
enum an_err an_journal_find_verdict(const char *dir, const struct an_token *token,
                                    uint8_t payload[AN_RECORD_VERDICT_MAX], struct an_journal_entry *ret_entry,
                                    struct an_record *ret_record);

#endif
