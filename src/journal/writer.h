/* A worker's end of the journal. Layer: journal.
 *
 * Hot path: append (or reserve and commit) fills a buffer that was allocated at start; flush writes it with one
 * write() at the vector's end, before the answers are sent, so that what was acknowledged survives kill -9. No lock,
 * no fsync, no open, no allocation. Cost: docs/journal.md, measured by bench/bench_journal.c. */
#ifndef ANNING_JOURNAL_WRITER_H
#define ANNING_JOURNAL_WRITER_H

#include "journal/journal.h"

/* Copies one record into the buffer. AN_OK; AN_ERR_FULL: dropped and counted (the disk cannot take it now);
 * AN_ERR_LIMIT: over AN_JOURNAL_RECORD_MAX, counted as well. type: enum an_record_type but CHAIN and LOSS. */
enum an_err an_journal_append(struct an_journal_writer *writer, uint16_t type, uint64_t time_us, const void *payload,
                              size_t len);
/* The same without a copy: room for len_max bytes of payload, or NULL when the record is dropped (counted). Exactly one
 * commit with the bytes used, or a cancel, follows before anything else. */
void *an_journal_reserve(struct an_journal_writer *writer, uint64_t time_us, size_t len_max);
void an_journal_commit(struct an_journal_writer *writer, uint16_t type, uint64_t time_us, size_t len);
void an_journal_cancel(struct an_journal_writer *writer);

/* At the vector's end: one write() of all buffered records, then rotation and chain when due. now_mono_us: monotonic
 * time. AN_OK, or AN_ERR_FULL when the records of this vector were dropped (counted; verdicts go on). */
enum an_err an_journal_flush(struct an_journal_writer *writer, uint64_t now_mono_us);
/* From the worker's timer while it idles (every 10 to 50 ms): chain record, rotation by age, retry after a failure. */
void an_journal_writer_tick(struct an_journal_writer *writer, uint64_t now_mono_us);
/* After a flush: where the next record will go. Everything before it is in the page cache. */
void an_journal_position(const struct an_journal_writer *writer, struct an_journal_position *ret_position);

#endif
