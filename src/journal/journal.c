#include "journal/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "journal/internal.h"
#include "journal/segment.h"

#define MB ((uint64_t)1 << 20)
enum { BUFFER_SPARE = 64 << 10, LEFTOVERS = 4 };

static void defaults(struct an_journal_options *o)
{
    if (o->sync_interval_us == 0) o->sync_interval_us = 50000;
    if (o->chain_interval_us == 0) o->chain_interval_us = 50000;
    if (o->segment_bytes_max == 0) o->segment_bytes_max = 256 * MB;
    if (o->segment_age_us_max == 0) o->segment_age_us_max = 3600 * AN_US_PER_S;
    if (o->unsynced_bytes_max == 0) o->unsynced_bytes_max = 64 * MB;
    if (o->retry_interval_us == 0) o->retry_interval_us = AN_US_PER_S;
    if (o->loss_log_interval_us == 0) o->loss_log_interval_us = 10 * AN_US_PER_S;
    if (o->buffer_bytes == 0) o->buffer_bytes = AN_JOURNAL_RECORD_MAX + BUFFER_SPARE;
}

static enum an_err check(const struct an_journal_options *o, struct an_error *error)
{
    if (o->dir == NULL || o->dir[0] == '\0' || strlen(o->dir) > 4000)
        return an_fail(error, AN_ERR_INVALID, "journal: the data folder's path must have 1 to 4000 bytes");
    if (o->workers == 0 || o->workers > AN_JOURNAL_WORKERS_MAX)
        return an_fail(error, AN_ERR_INVALID, "journal: %u workers; 1 to %d are possible", o->workers,
                       AN_JOURNAL_WORKERS_MAX);
    if (o->buffer_bytes < AN_JOURNAL_RECORD_MAX + BUFFER_SPARE)
        return an_fail(error, AN_ERR_INVALID, "journal: a buffer of %zu bytes; at least %d are needed", o->buffer_bytes,
                       AN_JOURNAL_RECORD_MAX + BUFFER_SPARE);
    return AN_OK;
}

/* One process a journal. A POSIX lock: a child after fork() does not hold it on, and kill -9 releases it. */
static enum an_err take_lock(struct an_journal *j, struct an_error *error)
{
    struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
    j->lock_fd = openat(j->dir_fd, "lock", O_RDWR | O_CREAT | O_CLOEXEC, 0640);
    if (j->lock_fd < 0 || fcntl(j->lock_fd, F_SETLK, &whole) == 0) return AN_OK; /* unwritable: nobody writes */
    if (errno != EACCES && errno != EAGAIN) return AN_OK;
    return an_fail(error, AN_ERR_INVALID, "journal: %s is in use by another process; one data folder a daemon",
                   j->path);
}

/* Where a closed stream ended: the last CHAIN record, and from there the chain over the rest. */
static enum an_err end_of_segment(struct an_segment *s, struct an_chain *chain, struct an_journal_writer *w)
{
    struct an_segment_record record;
    uint8_t value[AN_CHAIN];
    uint64_t from = 0;
    memcpy(value, s->header.prev_chain, AN_CHAIN);
    enum an_err err;
    while ((err = an_segment_next(s, &record)) == AN_OK || err == AN_ERR_CORRUPT) {
        struct an_record decoded;
        if (err != AN_OK || record.frame.type != AN_RECORD_CHAIN) continue;
        if (an_record_decode(AN_RECORD_CHAIN, record.bytes + AN_FRAME, record.frame.length, &decoded) != AN_OK)
            continue;
        memcpy(value, decoded.chain.hash, AN_CHAIN);
        from = record.offset;
    }
    if (err == AN_ERR_IO || err == AN_ERR_NO_MEMORY) return err;
    w->prev_length = record.offset; /* what is torn behind it does not count */
    an_chain_start(chain, value);
    err = an_segment_chain(s, chain, from, w->prev_length);
    an_chain_take(chain, w->prev_chain);
    return err;
}

/* Continues the stream of a worker behind its last segment that has a header. */
static enum an_err resume(struct an_journal *j, struct an_journal_writer *w, const struct an_segment_list *list)
{
    struct an_segment segment;
    enum an_err err = AN_ERR_NOT_FOUND;
    an_segment_init(&segment);
    for (size_t i = list->count; i-- > 0;) {
        if (list->names[i].worker != w->worker) continue;
        if (w->sequence_prepare <= list->names[i].sequence) w->sequence_prepare = list->names[i].sequence + 1;
        err = an_segment_open(&segment, j->dir_fd, w->worker, list->names[i].sequence);
        if (err == AN_ERR_END) continue; /* torn within its header: never held a record */
        w->prev_sequence = list->names[i].sequence;
        if (err == AN_OK) err = end_of_segment(&segment, &w->chain, w);
        if (err != AN_OK) {
            w->next_flags = AN_SEGMENT_CHAIN_UNKNOWN;
            w->prev_length = segment.size;
            memset(w->prev_chain, 0, AN_CHAIN);
        }
        break;
    }
    an_segment_done(&segment);
    for (uint64_t sequence = w->sequence_prepare; sequence < w->sequence_prepare + LEFTOVERS; sequence++) {
        struct stat status;
        char name[AN_SEGMENT_NAME_MAX];
        an_segment_name(w->worker, sequence, name);
        if (fstatat(j->dir_fd, name, &status, 0) == 0 && status.st_size == 0) (void)unlinkat(j->dir_fd, name, 0);
    }
    return err == AN_ERR_NO_MEMORY ? err : AN_OK;
}

static enum an_err open_streams(struct an_journal *j, struct an_error *error)
{
    struct an_segment_list list = { NULL, 0 };
    enum an_err err = an_journal_open_dir(j);
    if (err == AN_OK) {
        err = take_lock(j, error);
        if (err != AN_OK) return err;
        err = an_segment_list_read(j->dir_fd, &list);
    }
    if (err == AN_ERR_NO_MEMORY) return an_fail(error, err, "journal: out of memory");
    for (unsigned i = 0; i < j->options.workers && err == AN_OK; i++) err = resume(j, &j->writers[i], &list);
    an_segment_list_free(&list);
    if (err == AN_ERR_NO_MEMORY) return an_fail(error, err, "journal: out of memory");
    uint64_t now_us = an_clock_mono_us();
    int code = 0;
    for (unsigned i = j->options.workers; i-- > 0;) {
        errno = 0;
        an_background_prepare(j, &j->writers[i], now_us);
        if (atomic_load(&j->writers[i].fd_next) < 0) code = errno == 0 ? EIO : errno;
    }
    if (code == 0) return AN_OK;
    if (j->options.must_write)
        return an_fail(error, AN_ERR_IO, "journal: cannot write to %s: %s; make it writable for this user", j->path,
                       strerror(code));
    an_log(AN_LOG_ERROR, "journal.unwritable", "cannot write to %s: %s; verdicts go on without evidence", j->path,
           strerror(code));
    return AN_OK;
}

static enum an_err set_up(struct an_journal *j, struct an_error *error)
{
    pthread_condattr_t monotonic;
    pthread_mutex_init(&j->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&j->wake, &monotonic);
    pthread_cond_init(&j->turned, &monotonic);
    pthread_condattr_destroy(&monotonic);
    j->writers = aligned_alloc(64, j->options.workers * sizeof *j->writers);
    if (j->writers == NULL) return an_fail(error, AN_ERR_NO_MEMORY, "journal: out of memory");
    memset(j->writers, 0, j->options.workers * sizeof *j->writers);
    for (unsigned i = 0; i < j->options.workers; i++)
        if (an_writer_init(&j->writers[i], j, i) != AN_OK)
            return an_fail(error, AN_ERR_NO_MEMORY, "journal: out of memory for the buffers of %u workers",
                           j->options.workers);
    enum an_err err = open_streams(j, error);
    if (err == AN_OK && !j->options.no_thread && an_background_start(j) != AN_OK)
        err = an_fail(error, AN_ERR_NO_MEMORY, "journal: cannot start its thread");
    return err;
}

/* Removes the segments that were prepared and never used, closes files, frees. */
static void tear_down(struct an_journal *j)
{
    for (unsigned i = 0; j->writers != NULL && i < j->options.workers; i++) {
        struct an_journal_writer *w = &j->writers[i];
        int fd = w->journal == NULL ? -1 : atomic_load(&w->fd_next);
        if (fd >= 0) {
            char name[AN_SEGMENT_NAME_MAX];
            an_segment_name(w->worker, w->next_sequence, name);
            (void)unlinkat(j->dir_fd, name, 0);
            close(fd);
        }
        an_writer_done(w);
    }
    if (j->lock_fd >= 0) close(j->lock_fd);
    if (j->dir_fd >= 0) close(j->dir_fd);
    pthread_cond_destroy(&j->wake);
    pthread_cond_destroy(&j->turned);
    pthread_mutex_destroy(&j->lock);
    free(j->writers);
    free(j);
}

enum an_err an_journal_open(const struct an_journal_options *options, struct an_journal **ret_journal,
                            struct an_error *error)
{
    an_assert(options != NULL && ret_journal != NULL);
    struct an_journal_options o = *options;
    defaults(&o);
    enum an_err err = check(&o, error);
    if (err != AN_OK) return err;
    struct an_journal *j = calloc(1, sizeof *j);
    if (j == NULL) return an_fail(error, AN_ERR_NO_MEMORY, "journal: out of memory");
    j->options = o;
    j->dir_fd = j->lock_fd = -1;
    snprintf(j->dir, sizeof j->dir, "%s", o.dir);
    snprintf(j->path, sizeof j->path, "%.4000s/journal", o.dir);
    j->options.dir = j->dir;
    err = set_up(j, error);
    if (err != AN_OK) {
        tear_down(j);
        return err;
    }
    *ret_journal = j;
    return AN_OK;
}

struct an_journal_writer *an_journal_writer(struct an_journal *j, unsigned worker)
{
    an_assert(j != NULL && worker < j->options.workers);
    return &j->writers[worker];
}

void an_journal_close(struct an_journal *j)
{
    if (j == NULL) return;
    an_background_stop(j);
    uint64_t now_us = an_clock_mono_us();
    an_background_turn(j, now_us); /* empties the slots */
    for (unsigned i = 0; i < j->options.workers; i++) an_writer_finish(&j->writers[i]);
    an_background_turn(j, now_us);
    tear_down(j);
}

void an_journal_stats(struct an_journal *j, struct an_journal_stats *ret)
{
    an_assert(j != NULL && ret != NULL);
    memset(ret, 0, sizeof *ret);
    for (unsigned i = 0; i < j->options.workers; i++) {
        struct an_journal_writer *w = &j->writers[i];
        ret->records += atomic_load_explicit(&w->records, memory_order_relaxed);
        ret->bytes += atomic_load_explicit(&w->written, memory_order_relaxed);
        ret->losing |= atomic_load_explicit(&w->losing, memory_order_relaxed);
        for (int r = 0; r < AN_LOSS_REASON_COUNT; r++)
            ret->lost[r] += atomic_load_explicit(&w->lost[r], memory_order_relaxed);
    }
    ret->unsynced_bytes = atomic_load_explicit(&j->unsynced, memory_order_relaxed);
    ret->syncs = atomic_load_explicit(&j->syncs, memory_order_relaxed);
    ret->sync_errors = atomic_load_explicit(&j->sync_errors, memory_order_relaxed);
    ret->sync_last_us = atomic_load_explicit(&j->sync_last_us, memory_order_relaxed);
    ret->sync_max_us = atomic_load_explicit(&j->sync_max_us, memory_order_relaxed);
    ret->segments_opened = atomic_load_explicit(&j->segments_opened, memory_order_relaxed);
    ret->segments_deleted = atomic_load_explicit(&j->segments_deleted, memory_order_relaxed);
}

void an_journal_set_floor(struct an_journal *j, const struct an_journal_position *positions, size_t count)
{
    an_assert(j != NULL && count <= AN_JOURNAL_WORKERS_MAX && (positions != NULL || count == 0));
    pthread_mutex_lock(&j->lock);
    for (size_t i = 0; i < count; i++) j->floor[i] = positions[i];
    j->floor_count = count;
    pthread_mutex_unlock(&j->lock);
}

void an_journal_sync(struct an_journal *j)
{
    an_assert(j != NULL);
    if (!j->thread_runs) {
        an_background_turn(j, an_clock_mono_us());
        return;
    }
    pthread_mutex_lock(&j->lock);
    uint64_t turn = ++j->turns_asked;
    pthread_cond_broadcast(&j->wake);
    while (j->turns_done < turn) pthread_cond_wait(&j->turned, &j->lock);
    pthread_mutex_unlock(&j->lock);
}

void an_journal_background(struct an_journal *j, uint64_t now_mono_us)
{
    an_assert(j != NULL && !j->thread_runs);
    an_background_turn(j, now_mono_us);
}
