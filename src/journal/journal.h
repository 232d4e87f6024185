/* The journal: what happened, in the order each worker saw it. Layer: journal (beside the stages).
 *
 * Each worker appends to a segment stream of its own, DIR/journal/<worker>-<sequence>.seg; one background thread makes
 * them durable in groups (fdatasync at most every sync_interval), prepares the next segment of each worker, deletes
 * what retention allows and tells the log when records are lost. Format, promises and measurements: docs/journal.md.
 *
 * Nothing here stops calls: when the disk is full, broken, read-only or too slow, records are dropped and counted,
 * and a LOSS record marks the gap once writing works again. */
#ifndef ANNING_JOURNAL_JOURNAL_H
#define ANNING_JOURNAL_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "model/record.h"

enum { AN_JOURNAL_WORKERS_MAX = 256 };

/* Zero means the default, so that `struct an_journal_options o = { .dir = "data", .workers = 2 };` is enough. */
struct an_journal_options {
    const char *dir;               /* [borrow] the data folder; segments go to DIR/journal, made when missing */
    unsigned workers;              /* 1..AN_JOURNAL_WORKERS_MAX */
    uint64_t sync_interval_us;     /* group commit; 50 ms */
    uint64_t chain_interval_us;    /* a CHAIN record at most so late; 50 ms */
    uint64_t segment_bytes_max;    /* rotation by size; 256 MB */
    uint64_t segment_age_us_max;   /* rotation by age; 1 h */
    uint64_t retention_bytes_max;  /* all closed segments together; 0: no limit */
    uint64_t retention_age_us_max; /* since the last write to a segment; 0: no limit */
    uint64_t unsynced_bytes_max;   /* more than this waits for the disk: stop writing, count; 64 MB */
    uint64_t retry_interval_us;    /* after a failure; 1 s */
    uint64_t loss_log_interval_us; /* repeats of journal.lost; 10 s */
    size_t buffer_bytes;           /* of each worker; at least AN_JOURNAL_RECORD_MAX + 64 KB, the default */
    bool must_write;               /* open fails when the folder cannot be written; else it starts degraded */
    bool no_thread;                /* tests: no background thread, call an_journal_background() yourself */
};

/* Where a worker's stream stands: the next record goes to offset of segment sequence. sequence 0: nothing written. */
struct an_journal_position {
    uint32_t worker;
    uint32_t reserved;
    uint64_t sequence;
    uint64_t offset;
};

struct an_journal_stats {
    uint64_t records; /* written */
    uint64_t bytes;
    uint64_t lost[AN_LOSS_REASON_COUNT]; /* records */
    uint64_t unsynced_bytes;
    uint64_t syncs;
    uint64_t sync_errors;
    uint64_t sync_last_us, sync_max_us; /* duration of a group commit */
    uint64_t segments_opened, segments_deleted;
    bool losing; /* some worker drops records now */
};

struct an_journal;        /* one a process */
struct an_journal_writer; /* one a worker; see journal/writer.h */

/* Makes folders, finds where each worker's stream ended, starts the thread. AN_ERR_INVALID (options; the folder is in
 * use by another process), AN_ERR_IO (must_write), AN_ERR_NO_MEMORY. Cost: reads each worker's last segment. */
enum an_err an_journal_open(const struct an_journal_options *options, struct an_journal **ret_journal,
                            struct an_error *error);
/* Worker's writer. [borrow] Used by one thread only. */
struct an_journal_writer *an_journal_writer(struct an_journal *journal, unsigned worker);
/* Flushes, closes each segment with a CHAIN record, syncs, frees. The workers must have stopped. NULL is taken. */
void an_journal_close(struct an_journal *journal);
/* In a child after fork(): closes nothing on disk, writes nothing, frees nothing; the journal must not be used. */
void an_journal_stats(struct an_journal *journal, struct an_journal_stats *ret_stats);
/* Retention keeps every segment from these positions on: what the oldest kept state snapshot needs. count = 0: none. */
void an_journal_set_floor(struct an_journal *journal, const struct an_journal_position *positions, size_t count);
/* Forces a group commit now and waits for it: for shutdown and tests, not for workers on the hot path. */
void an_journal_sync(struct an_journal *journal);
/* One turn of the background work (sync, prepare, retention, log); only with no_thread. */
void an_journal_background(struct an_journal *journal, uint64_t now_mono_us);

#endif
