/* The background thread: group commit, next segments, retention, and telling the log what is lost. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "journal/internal.h"
#include "journal/segment.h"

enum { RETENTION_INTERVAL_S = 10, SYNC_LOG_INTERVAL_S = 10 };

enum an_err an_journal_open_dir(struct an_journal *j)
{
    if (j->dir_fd >= 0) return AN_OK;
    if ((mkdir(j->dir, 0750) != 0 && errno != EEXIST) || (mkdir(j->path, 0750) != 0 && errno != EEXIST))
        return AN_ERR_IO;
    j->dir_fd = open(j->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return j->dir_fd < 0 ? AN_ERR_IO : AN_OK;
}

void an_background_prepare(struct an_journal *j, struct an_journal_writer *w, uint64_t now_us)
{
    if (atomic_load_explicit(&w->fd_next, memory_order_acquire) >= 0 || now_us < w->prepare_retry_us) return;
    char name[AN_SEGMENT_NAME_MAX];
    uint64_t salt;
    int fd = -1;
    an_segment_name(w->worker, w->sequence_prepare, name);
    if (an_journal_open_dir(j) == AN_OK && getrandom(&salt, sizeof salt, GRND_NONBLOCK) == (ssize_t)sizeof salt)
        fd = openat(j->dir_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
    if (fd < 0) {
        atomic_store_explicit(&w->prepare_reason, (int)an_loss_of_errno(errno), memory_order_relaxed);
        w->prepare_retry_us = now_us + j->options.retry_interval_us;
        if (errno == EEXIST) w->sequence_prepare++;
        return;
    }
    (void)fsync(j->dir_fd); /* the name; an error here shows at the next sync as well */
    w->next_sequence = w->sequence_prepare++;
    w->next_salt = salt;
    w->prepare_retry_us = 0;
    atomic_fetch_add_explicit(&j->segments_opened, 1, memory_order_relaxed);
    atomic_store_explicit(&w->prepare_reason, AN_LOSS_NONE, memory_order_relaxed);
    atomic_store_explicit(&w->fd_next, fd, memory_order_release);
}

static void sync_failed(struct an_journal *j, struct an_journal_writer *w, uint64_t now_us)
{
    int error = errno;
    atomic_fetch_add_explicit(&j->sync_errors, 1, memory_order_relaxed);
    atomic_store_explicit(&w->abandon, true, memory_order_relaxed); /* what Linux could not write, it forgets */
    if (now_us < j->sync_log_next_us) return;
    j->sync_log_next_us = now_us + SYNC_LOG_INTERVAL_S * AN_US_PER_S;
    an_log(AN_LOG_ERROR, "journal.sync_failed", "worker %u: fdatasync in %s: %s; a new segment is begun", w->worker,
           j->path, strerror(error));
}

/* An abandoned segment without a byte in it says nothing: its name goes. */
static void close_retired(struct an_journal *j, struct an_journal_writer *w, int fd)
{
    struct stat status;
    if (fstat(fd, &status) == 0 && status.st_size == 0 && j->dir_fd >= 0) {
        char name[AN_SEGMENT_NAME_MAX];
        an_segment_name(w->worker, w->retired_sequence, name);
        (void)unlinkat(j->dir_fd, name, 0);
    }
    close(fd);
}

/* The order matters. `written` is read first; its bytes are in the current file or, if the worker rotates meanwhile,
 * in the retired one, and at most one rotation fits in, since only this thread empties the slot. */
static bool sync_writer(struct an_journal *j, struct an_journal_writer *w, uint64_t now_us)
{
    uint64_t written = atomic_load_explicit(&w->written, memory_order_acquire);
    int current = atomic_load_explicit(&w->fd_current, memory_order_acquire);
    bool dirty = written != w->synced;
    if (dirty && current >= 0 && fdatasync(current) != 0) sync_failed(j, w, now_us);
    int retired = atomic_load_explicit(&w->fd_retired, memory_order_acquire);
    if (retired >= 0) {
        if (fdatasync(retired) != 0) sync_failed(j, w, now_us);
        close_retired(j, w, retired);
        atomic_store_explicit(&w->fd_retired, -1, memory_order_release);
        j->retention_next_us = 0;
    }
    if (dirty) atomic_fetch_sub_explicit(&j->unsynced, written - w->synced, memory_order_relaxed);
    w->synced = written;
    return dirty;
}

static void sync_all(struct an_journal *j, uint64_t now_us)
{
    uint64_t begin_us = an_clock_mono_us();
    bool dirty = false;
    for (unsigned i = 0; i < j->options.workers; i++) dirty |= sync_writer(j, &j->writers[i], now_us);
    if (!dirty) return;
    uint64_t took_us = an_clock_mono_us() - begin_us;
    atomic_fetch_add_explicit(&j->syncs, 1, memory_order_relaxed);
    atomic_store_explicit(&j->sync_last_us, took_us, memory_order_relaxed);
    if (took_us > atomic_load_explicit(&j->sync_max_us, memory_order_relaxed))
        atomic_store_explicit(&j->sync_max_us, took_us, memory_order_relaxed);
}

static void tell_loss(struct an_journal *j, uint64_t now_us)
{
    uint64_t lost = 0, by_reason[AN_LOSS_REASON_COUNT] = { 0 };
    bool losing = false;
    for (unsigned i = 0; i < j->options.workers; i++) {
        losing |= atomic_load_explicit(&j->writers[i].losing, memory_order_relaxed);
        for (int r = 0; r < AN_LOSS_REASON_COUNT; r++)
            by_reason[r] += atomic_load_explicit(&j->writers[i].lost[r], memory_order_relaxed);
    }
    for (int r = 0; r < AN_LOSS_REASON_COUNT; r++) lost += by_reason[r];
    if (lost != j->lost_logged && (!j->loss_told || now_us >= j->log_next_us)) {
        char text[200];
        size_t used = 0;
        for (int r = 0; r < AN_LOSS_REASON_COUNT; r++)
            if (by_reason[r] > 0 && used < sizeof text)
                used += (size_t)snprintf(text + used, sizeof text - used, " %s=%llu",
                                         an_loss_reason_name((enum an_loss_reason)r), (unsigned long long)by_reason[r]);
        an_log(AN_LOG_ERROR, "journal.lost",
               "%llu records could not be written to %s (since start:%s); verdicts go on without evidence",
               (unsigned long long)(lost - j->lost_logged), j->path, text);
        j->lost_logged = lost;
        j->loss_told = true;
        j->log_next_us = now_us + j->options.loss_log_interval_us;
    }
    if (j->loss_told && !losing && lost == j->lost_seen) {
        an_log(AN_LOG_WARN, "journal.recovered", "the journal in %s is written again; %llu records lost since start",
               j->path, (unsigned long long)lost);
        j->loss_told = false;
        j->lost_logged = lost;
    }
    j->lost_seen = lost;
}

void an_background_turn(struct an_journal *j, uint64_t now_us)
{
    sync_all(j, now_us);
    for (unsigned i = 0; i < j->options.workers; i++) an_background_prepare(j, &j->writers[i], now_us);
    tell_loss(j, now_us);
    if (now_us >= j->retention_next_us && j->dir_fd >= 0) {
        j->retention_next_us = now_us + RETENTION_INTERVAL_S * AN_US_PER_S;
        an_retention_run(j);
    }
}

static void *run(void *context)
{
    struct an_journal *j = context;
    pthread_mutex_lock(&j->lock);
    while (!j->stop) {
        uint64_t asked = j->turns_asked;
        pthread_mutex_unlock(&j->lock);
        an_background_turn(j, an_clock_mono_us());
        pthread_mutex_lock(&j->lock);
        j->turns_done = asked;
        pthread_cond_broadcast(&j->turned);
        if (j->stop || j->turns_asked != asked) continue;
        struct timespec until;
        clock_gettime(CLOCK_MONOTONIC, &until);
        uint64_t ns = (uint64_t)until.tv_nsec + j->options.sync_interval_us * 1000;
        until.tv_sec += (time_t)(ns / 1000000000);
        until.tv_nsec = (long)(ns % 1000000000);
        pthread_cond_timedwait(&j->wake, &j->lock, &until);
    }
    pthread_mutex_unlock(&j->lock);
    return NULL;
}

enum an_err an_background_start(struct an_journal *j)
{
    if (pthread_create(&j->thread, NULL, run, j) != 0) return AN_ERR_NO_MEMORY;
    pthread_setname_np(j->thread, "an-journal");
    j->thread_runs = true;
    return AN_OK;
}

void an_background_stop(struct an_journal *j)
{
    if (!j->thread_runs) return;
    pthread_mutex_lock(&j->lock);
    j->stop = true;
    pthread_cond_broadcast(&j->wake);
    pthread_mutex_unlock(&j->lock);
    pthread_join(j->thread, NULL);
    j->thread_runs = false;
}
