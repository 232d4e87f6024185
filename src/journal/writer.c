#include "journal/writer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "journal/internal.h"

/* One CHAIN and one LOSS record, and a header: what the writer itself may add to a buffer. */
enum { OWN_MAX = AN_SEGMENT_BEGIN + 2 * (AN_FRAME + AN_RECORD_SMALL_MAX) };

enum an_loss_reason an_loss_of_errno(int error)
{
    switch (error) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG: return AN_LOSS_SPACE;
    case EROFS:
    case EACCES:
    case EPERM:
    case ENOENT:
    case ENOTDIR: return AN_LOSS_READ_ONLY;
    default: return AN_LOSS_IO;
    }
}

enum an_err an_writer_init(struct an_journal_writer *w, struct an_journal *journal, unsigned worker)
{
    w->journal = journal;
    w->worker = worker;
    w->fd = -1;
    w->off = AN_LOSS_NONE;
    atomic_init(&w->fd_current, -1);
    atomic_init(&w->fd_next, -1);
    atomic_init(&w->fd_retired, -1);
    atomic_init(&w->prepare_reason, AN_LOSS_NONE);
    w->sequence_prepare = 1;
    w->capacity = journal->options.buffer_bytes;
    w->buffer = malloc(w->capacity);
    if (w->buffer == NULL) return AN_ERR_NO_MEMORY;
    return an_chain_init(&w->chain);
}

void an_writer_done(struct an_journal_writer *w)
{
    free(w->buffer);
    w->buffer = NULL;
    an_chain_done(&w->chain);
}

/* Single writer: a plain load and store is enough, and cheaper than a locked addition. */
static void count(_Atomic uint64_t *counter, uint64_t n)
{
    atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + n, memory_order_relaxed);
}

static void lose(struct an_journal_writer *w, enum an_loss_reason reason, uint64_t records, uint64_t time_us)
{
    if (records == 0) return;
    if (!w->loss_pending) w->pending.first_us = time_us;
    w->pending.last_us = time_us;
    w->pending.records[reason] += records;
    w->loss_pending = true;
    count(&w->lost[reason], records);
    atomic_store_explicit(&w->losing, true, memory_order_relaxed);
}

/* Seals the record whose payload stands at the buffer's end. */
static void seal(struct an_journal_writer *w, uint16_t type, uint64_t time_us, size_t len)
{
    w->used += an_frame_seal(w->buffer + w->used, type, time_us, len, w->seed, w->offset + w->used);
    w->segment_records++;
}

static void put_own(struct an_journal_writer *w, const struct an_record *record)
{
    size_t len = 0;
    enum an_err err = an_record_encode(record, w->buffer + w->used + AN_FRAME, AN_RECORD_SMALL_MAX, &len);
    an_assert(err == AN_OK);
    seal(w, record->type, w->event_us, len);
}

/* Takes the chain over everything written so far and puts it into the empty buffer, to go with the next write. */
static void put_chain(struct an_journal_writer *w, bool last)
{
    an_assert(w->used == 0 && !w->chain_pending && w->offset > 0);
    struct an_record record = { .type = AN_RECORD_CHAIN, .chain = { .last = last } };
    an_chain_take(&w->chain, w->chain_value);
    memcpy(record.chain.hash, w->chain_value, AN_CHAIN);
    record.chain.records = w->segment_records;
    an_chain_start(&w->chain, w->chain_value);
    put_own(w, &record);
    w->kept = w->used;
    w->chain_pending = true;
    w->chained_us = w->now_us;
}

/* What could not be written is lost, but for a CHAIN record: its value stands for bytes that are in the file. */
static void fail(struct an_journal_writer *w, int error, size_t done)
{
    enum an_loss_reason reason = an_loss_of_errno(error);
    if (done > 0 && ftruncate(w->fd, (off_t)w->offset) != 0) {
        /* The torn bytes stay; the next write goes over them, or the next header leaves them out. */
    }
    if (reason == AN_LOSS_IO) atomic_store_explicit(&w->abandon, true, memory_order_relaxed);
    lose(w, reason, w->buffered_records, w->event_us);
    w->segment_records = w->segment_records_written + (w->kept > 0);
    w->off = (int)reason;
    w->retry_us = w->now_us + w->journal->options.retry_interval_us;
    w->used = w->kept;
    w->buffered_records = 0;
    w->loss_buffered = false;
}

static enum an_err write_out(struct an_journal_writer *w)
{
    size_t done = 0;
    while (done < w->used) {
        ssize_t n = pwrite(w->fd, w->buffer + done, w->used - done, (off_t)(w->offset + done));
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) {
            fail(w, n == 0 ? ENOSPC : errno, done);
            return AN_ERR_FULL;
        }
        done += (size_t)n;
    }
    an_chain_add(&w->chain, w->buffer, w->used);
    w->offset += w->used;
    w->segment_records_written = w->segment_records;
    w->unchained += w->used - w->kept;
    atomic_fetch_add_explicit(&w->journal->unsynced, w->used, memory_order_relaxed);
    atomic_store_explicit(&w->written, atomic_load_explicit(&w->written, memory_order_relaxed) + w->used,
                          memory_order_release);
    count(&w->records, w->buffered_records);
    w->off = AN_LOSS_NONE;
    if (w->loss_buffered) {
        memset(&w->pending, 0, sizeof w->pending);
        w->loss_pending = w->loss_buffered = false;
        atomic_store_explicit(&w->losing, false, memory_order_relaxed);
    }
    w->used = w->kept = 0;
    w->buffered_records = 0;
    w->chain_pending = false;
    return AN_OK;
}

/* The segment the background thread prepared, if it did. */
static bool take_next(struct an_journal_writer *w)
{
    int fd = atomic_load_explicit(&w->fd_next, memory_order_acquire);
    if (fd < 0) return false;
    w->fd = fd;
    w->sequence = w->next_sequence;
    w->salt = w->next_salt;
    atomic_store_explicit(&w->fd_next, -1, memory_order_release); /* from here the next one may be prepared */
    w->offset = 0;
    w->opened_us = w->now_us;
    w->segment_records = w->segment_records_written = 0;
    w->off = AN_LOSS_NONE;
    atomic_store_explicit(&w->sequence_current, w->sequence, memory_order_relaxed);
    atomic_store_explicit(&w->fd_current, fd, memory_order_release);
    atomic_store_explicit(&w->abandon, false, memory_order_relaxed);
    return true;
}

/* Closes the chain over this segment and hands the file to the background thread. False: its slot is taken. */
static bool retire(struct an_journal_writer *w)
{
    if (atomic_load_explicit(&w->fd_retired, memory_order_acquire) >= 0) return false;
    if (w->offset > 0) {
        /* A CHAIN record that was never written: its value covers exactly what was. */
        if (w->chain_pending)
            memcpy(w->prev_chain, w->chain_value, AN_CHAIN);
        else
            an_chain_take(&w->chain, w->prev_chain);
        w->prev_length = w->offset;
        w->prev_sequence = w->sequence;
        w->next_flags = 0;
    }
    w->used = w->kept = 0;
    w->chain_pending = false;
    w->unchained = 0;
    /* Retired before current changes: a sync that sees the old current sees it here or there (background.c). */
    w->retired_sequence = w->sequence;
    atomic_store_explicit(&w->fd_retired, w->fd, memory_order_release);
    atomic_store_explicit(&w->fd_current, -1, memory_order_release);
    w->fd = -1;
    w->offset = 0;
    return true;
}

static void rotate(struct an_journal_writer *w)
{
    bool abandon = atomic_load_explicit(&w->abandon, memory_order_relaxed);
    if (atomic_load_explicit(&w->fd_next, memory_order_relaxed) < 0 && !abandon) return;
    if (atomic_load_explicit(&w->fd_retired, memory_order_relaxed) >= 0) return;
    if (w->off == AN_LOSS_NONE && w->offset > 0) {
        bool ended = !w->chain_pending || write_out(w) == AN_OK;
        if (ended) {
            put_chain(w, true);
            ended = write_out(w) == AN_OK;
        }
        if (!ended && !atomic_load_explicit(&w->abandon, memory_order_relaxed)) return;
    }
    if (retire(w)) take_next(w);
}

static bool too_slow(const struct an_journal_writer *w)
{
    return atomic_load_explicit(&w->journal->unsynced, memory_order_relaxed) > w->journal->options.unsynced_bytes_max;
}

/* Before the first record of a vector: whether writing is possible, and what the writer has to say first. Returns
 * AN_LOSS_NONE or why not. */
static int begin(struct an_journal_writer *w, uint64_t time_us)
{
    if (w->off != AN_LOSS_NONE && w->now_us < w->retry_us) return w->off;
    if (w->fd >= 0 && atomic_load_explicit(&w->abandon, memory_order_relaxed)) rotate(w);
    if (w->fd < 0 && !take_next(w)) {
        int reason = atomic_load_explicit(&w->prepare_reason, memory_order_relaxed);
        return reason == AN_LOSS_NONE ? AN_LOSS_NOT_READY : reason;
    }
    if (atomic_load_explicit(&w->abandon, memory_order_relaxed)) return AN_LOSS_IO;
    if (too_slow(w)) return AN_LOSS_SLOW;
    if (w->offset == 0) {
        struct an_segment_header header = {
            .worker = (uint16_t)w->worker,
            .sequence = w->sequence,
            .created_us = time_us,
            .salt = w->salt,
            .prev_length = w->prev_length,
            .prev_sequence = w->prev_sequence,
            .flags = w->next_flags,
        };
        memcpy(header.prev_chain, w->prev_chain, AN_CHAIN);
        w->seed = an_segment_seed(&header);
        an_segment_header_write(&header, w->buffer);
        w->used = AN_SEGMENT_BEGIN;
        an_chain_start(&w->chain, w->prev_chain);
        w->chained_us = w->now_us;
    }
    if (w->loss_pending) {
        struct an_record record = { .type = AN_RECORD_LOSS, .loss = w->pending };
        w->event_us = time_us;
        put_own(w, &record);
        w->loss_buffered = true;
    }
    return AN_LOSS_NONE;
}

void *an_journal_reserve(struct an_journal_writer *w, uint64_t time_us, size_t len_max)
{
    an_assert(w != NULL && !w->in_reserve);
    int reason = AN_LOSS_NONE;
    if (len_max > AN_JOURNAL_RECORD_MAX)
        reason = AN_LOSS_SIZE;
    else if (w->used <= w->kept)
        reason = begin(w, time_us);
    else if (w->used + an_frame_size(len_max) > w->capacity) {
        reason = write_out(w) == AN_OK ? begin(w, time_us) : w->off; /* no room: an early write */
    }
    if (reason != AN_LOSS_NONE) {
        lose(w, (enum an_loss_reason)reason, 1, time_us);
        return NULL;
    }
    w->in_reserve = true;
    w->reserved = len_max;
    return w->buffer + w->used + AN_FRAME;
}

void an_journal_commit(struct an_journal_writer *w, uint16_t type, uint64_t time_us, size_t len)
{
    an_assert(w->in_reserve && len <= w->reserved && type != 0);
    w->in_reserve = false;
    w->event_us = time_us;
    w->buffered_records++;
    seal(w, type, time_us, len);
}

void an_journal_cancel(struct an_journal_writer *w)
{
    an_assert(w->in_reserve);
    w->in_reserve = false;
}

enum an_err an_journal_append(struct an_journal_writer *w, uint16_t type, uint64_t time_us, const void *payload,
                              size_t len)
{
    an_assert(w != NULL && (payload != NULL || len == 0));
    void *room = an_journal_reserve(w, time_us, len);
    if (room == NULL) return len > AN_JOURNAL_RECORD_MAX ? AN_ERR_LIMIT : AN_ERR_FULL;
    if (len > 0) memcpy(room, payload, len);
    an_journal_commit(w, type, time_us, len);
    return AN_OK;
}

/* Chain and rotation, when due; the buffer is empty, or holds a CHAIN record. */
static void maintain(struct an_journal_writer *w)
{
    const struct an_journal_options *o = &w->journal->options;
    if (w->fd < 0 || w->offset == 0 || w->off != AN_LOSS_NONE) return;
    if (w->offset >= o->segment_bytes_max || w->now_us - w->opened_us >= o->segment_age_us_max) rotate(w);
    if (w->fd >= 0 && w->unchained > 0 && !w->chain_pending && w->now_us - w->chained_us >= o->chain_interval_us) {
        put_chain(w, false);
        w->unchained = 0;
    }
}

enum an_err an_journal_flush(struct an_journal_writer *w, uint64_t now_mono_us)
{
    an_assert(w != NULL && !w->in_reserve);
    w->now_us = now_mono_us;
    if (w->opened_us == 0) w->opened_us = now_mono_us; /* opened before anybody told the time */
    if (w->chained_us == 0) w->chained_us = now_mono_us;
    enum an_err err = w->used > w->kept ? write_out(w) : AN_OK;
    maintain(w);
    return err;
}

void an_journal_writer_tick(struct an_journal_writer *w, uint64_t now_mono_us)
{
    an_journal_flush(w, now_mono_us);
    if (w->loss_pending && w->used <= w->kept) begin(w, w->event_us); /* says how many were lost, if it can now */
    if (w->used > 0 && w->fd >= 0 && !too_slow(w) && (w->off == AN_LOSS_NONE || w->now_us >= w->retry_us)) {
        write_out(w);
        maintain(w);
    }
}

void an_writer_finish(struct an_journal_writer *w)
{
    if (w->in_reserve) an_journal_cancel(w);
    w->retry_us = 0;
    an_journal_writer_tick(w, w->now_us);
    if (w->fd < 0) return;
    if (w->offset > 0 && (!w->chain_pending || write_out(w) == AN_OK) && w->used == 0) {
        put_chain(w, true);
        write_out(w);
    }
    retire(w);
}

void an_journal_position(const struct an_journal_writer *w, struct an_journal_position *ret_position)
{
    bool open = w->fd >= 0; /* else in whatever segment comes next */
    *ret_position = (struct an_journal_position) { .worker = w->worker,
                                                   .sequence = open ? w->sequence : w->prev_sequence + 1,
                                                   .offset = open ? w->offset : 0 };
}
