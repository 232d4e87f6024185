/* What the journal's threads share. Layer: journal, inside.
 *
 * Who may touch what: a writer's upper part belongs to its worker alone. Below it, fd_next goes from the background
 * thread to the worker, fd_retired back; only the background thread closes files, and it is the only one to call
 * fdatasync, so that a file it looks at never disappears under it. */
#ifndef ANNING_JOURNAL_INTERNAL_H
#define ANNING_JOURNAL_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>

#include "journal/chain.h"
#include "journal/format.h"
#include "journal/writer.h"

enum { AN_LOSS_NONE = -1 };

struct an_journal_writer {
    /* The worker's own. */
    struct an_journal *journal; /* [borrow] */
    unsigned worker;
    int fd; /* -1: no segment */
    uint64_t sequence, seed, salt;
    uint64_t offset; /* bytes in the segment; 0: not even its header */
    uint8_t *buffer; /* [own] */
    size_t capacity, used;
    size_t kept;     /* leading bytes that survive a failed write: a CHAIN record */
    size_t reserved; /* payload bytes handed out; 0: none */
    bool in_reserve;
    uint32_t buffered_records; /* of callers, in the buffer */
    uint64_t segment_records, segment_records_written;
    uint64_t now_us;    /* monotonic, of the last flush or tick */
    uint64_t event_us;  /* of the last record, for CHAIN records */
    uint64_t opened_us; /* monotonic, of the segment */
    struct an_chain chain;
    uint8_t chain_value[AN_CHAIN];       /* taken last */
    uint64_t chained_us;                 /* monotonic, when it was taken */
    uint64_t unchained;                  /* bytes written since, CHAIN records not counted */
    bool chain_pending;                  /* a CHAIN record is in the buffer */
    uint64_t prev_sequence, prev_length; /* for the next segment's header */
    uint32_t next_flags;
    uint8_t prev_chain[AN_CHAIN];
    int off;                       /* enum an_loss_reason while the last write failed, AN_LOSS_NONE: fine */
    uint64_t retry_us;             /* monotonic */
    struct an_record_loss pending; /* not yet told in a LOSS record */
    bool loss_pending, loss_buffered;

    /* Shared with the background thread. */
    _Alignas(64) _Atomic int fd_current;
    _Atomic int fd_next;               /* prepared, empty; -1: none */
    _Atomic int fd_retired;            /* to be synced and closed; -1: none */
    _Atomic uint64_t sequence_current; /* 0: none */
    uint64_t next_sequence, next_salt; /* published by fd_next */
    uint64_t retired_sequence;         /* published by fd_retired */
    _Atomic uint64_t written;          /* bytes */
    _Atomic uint64_t records;
    _Atomic uint64_t lost[AN_LOSS_REASON_COUNT];
    _Atomic bool losing;
    _Atomic bool abandon;       /* a sync failed: begin a new segment */
    _Atomic int prepare_reason; /* why fd_next could not be prepared; AN_LOSS_NONE */

    /* The background thread's own. */
    uint64_t synced;
    uint64_t sequence_prepare; /* next to prepare */
    uint64_t prepare_retry_us;
};

struct an_journal {
    struct an_journal_options options;
    int dir_fd; /* DIR/journal; -1: not there yet */
    int lock_fd;
    char dir[4096], path[4096];        /* DIR and DIR/journal */
    struct an_journal_writer *writers; /* [own] options.workers */
    _Atomic uint64_t unsynced;
    _Atomic uint64_t syncs, sync_errors, sync_last_us, sync_max_us, segments_opened, segments_deleted;

    pthread_t thread;
    bool thread_runs;
    pthread_mutex_t lock; /* guards what follows; never held over a system call on a file */
    pthread_cond_t wake, turned;
    bool stop;
    uint64_t turns_asked, turns_done;
    struct an_journal_position floor[AN_JOURNAL_WORKERS_MAX];
    size_t floor_count;

    /* The background thread's own. */
    uint64_t log_next_us, retention_next_us, sync_log_next_us;
    uint64_t lost_logged, lost_seen;
    bool loss_told;
};

/* errno to the reason we count it under. */
enum an_loss_reason an_loss_of_errno(int error);
/* Makes DIR/journal and opens it; AN_OK or AN_ERR_IO with errno. */
enum an_err an_journal_open_dir(struct an_journal *journal);
/* One turn of the background thread. */
void an_background_turn(struct an_journal *journal, uint64_t now_us);
/* Starts and stops the thread. */
enum an_err an_background_start(struct an_journal *journal);
void an_background_stop(struct an_journal *journal);
/* Opens the next segment of a writer that has none prepared; at open and by the background thread. */
void an_background_prepare(struct an_journal *journal, struct an_journal_writer *writer, uint64_t now_us);
/* Buffer and chain of one writer; AN_OK or AN_ERR_NO_MEMORY. */
enum an_err an_writer_init(struct an_journal_writer *writer, struct an_journal *journal, unsigned worker);
/* Ends the segment in order and hands it over to be closed. */
void an_writer_finish(struct an_journal_writer *writer);
void an_writer_done(struct an_journal_writer *writer);
/* Deletes what retention allows; after rotations and every few seconds. */
void an_retention_run(struct an_journal *journal);

#endif
