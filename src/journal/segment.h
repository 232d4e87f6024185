/* Reading one segment file. Layer: journal, inside. Bounded memory: one buffer that grows to the largest record. Never
 * trusts a length: every byte handed out has passed its checksum. */
#ifndef ANNING_JOURNAL_SEGMENT_H
#define ANNING_JOURNAL_SEGMENT_H

#include "journal/chain.h"
#include "journal/format.h"
#include "journal/journal.h"
#include "journal/list.h"

struct an_segment {
    int fd;
    struct an_segment_header header;
    bool copy_ok[2]; /* which copies of the header are intact */
    uint64_t seed, size, offset;
    uint8_t *buffer; /* [own] kept when the segment is closed and another opened */
    size_t capacity, buffered;
    uint64_t buffer_at; /* file offset of buffer[0] */
};

/* A record, or damage from offset to next. */
struct an_segment_record {
    uint64_t offset, next;
    struct an_frame frame;
    const uint8_t *bytes; /* [borrow] frame, payload, padding; until the next call */
};

/* fd -1. */
void an_segment_init(struct an_segment *segment);
/* AN_OK; AN_ERR_END (shorter than its header: not begun, or torn at once), AN_ERR_CORRUPT (both copies of the header
 * damaged; the file is open, its size known), AN_ERR_NOT_FOUND, AN_ERR_IO, AN_ERR_NO_MEMORY. */
enum an_err an_segment_open(struct an_segment *segment, int dir_fd, unsigned worker, uint64_t sequence);
/* AN_OK: a record. AN_ERR_END: all read (the file may grow: call again). AN_ERR_MORE: the last record is torn, the file
 * ends within it, or in zeros; ret_record says where, nothing is consumed. AN_ERR_CORRUPT: no record from offset to
 * next; the next call goes on there. AN_ERR_IO. */
enum an_err an_segment_next(struct an_segment *segment, struct an_segment_record *ret_record);
/* Continues at this offset. */
void an_segment_seek(struct an_segment *segment, uint64_t offset);
/* Feeds bytes [from, to) of the file into a chain. AN_OK or AN_ERR_IO (file shorter). */
enum an_err an_segment_chain(struct an_segment *segment, struct an_chain *chain, uint64_t from, uint64_t to);
/* Closes the file; the buffer stays for the next one. */
void an_segment_close(struct an_segment *segment);
/* Closes and frees the buffer. */
void an_segment_done(struct an_segment *segment);

#endif
