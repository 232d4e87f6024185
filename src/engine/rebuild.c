/* State on disk: snapshots by a forked child, and the way back from the newest one and the journal's tail. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "engine/internal.h"
#include "journal/list.h"
#include "journal/reader.h"
#include "journal/snapshot.h"

enum { PROGRESS_EVERY = 4096 };

static enum an_err load_body(void *context, int fd, const struct an_snapshot_info *info)
{
    (void)info;
    struct an_engine *engine = context;
    struct an_error error;
    enum an_err err = an_state_load(engine->state, fd, &error);
    if (err != AN_OK) an_log(AN_LOG_WARN, "engine.snapshot", "%s; trying an older one", error.text);
    return err == AN_OK ? AN_OK : AN_ERR_CORRUPT;
}

/* What a record teaches the counters; the verdict's action goes in as if it had just been given. */
static bool observation_of(const struct an_journal_entry *entry, struct an_observation *ret_obs)
{
    struct an_record record;
    if (entry->type != AN_RECORD_VERDICT && entry->type != AN_RECORD_OBSERVATION) return false;
    if (an_record_decode(entry->type, entry->payload, entry->len, &record) != AN_OK) return false;
    if (entry->type == AN_RECORD_VERDICT && (record.verdict.rules & AN_RULE_FALLBACK)) return false; /* nor live */
    *ret_obs = record.obs;
    if (entry->type == AN_RECORD_VERDICT) ret_obs->action = record.verdict.action;
    return true;
}

static void apply_label(struct an_engine *engine, const struct an_journal_entry *entry)
{
    struct an_record record;
    struct an_ruling label;
    if (an_record_decode(entry->type, entry->payload, entry->len, &record) != AN_OK) return;
    an_ruling_of_record(&record, entry->time_us, &label);
    an_state_rule(engine->state, &label);
}

static enum an_err replay_tail(struct an_engine *engine, const struct an_snapshot_info *info, bool from_snapshot,
                               void (*progress)(void *, uint64_t, uint64_t), void *user, struct an_error *error)
{
    struct an_journal_filter filter = { .types = 1u << AN_RECORD_VERDICT | 1u << AN_RECORD_OBSERVATION |
                                                 1u << AN_RECORD_LABEL };
    if (from_snapshot) {
        filter.from = info->positions;
        filter.from_count = info->position_count;
    }
    struct an_journal_reader *reader;
    enum an_err err = an_journal_reader_open(engine->data_dir, &filter, &reader, error);
    if (err == AN_ERR_NOT_FOUND) return AN_OK; /* a new folder, or one we can't read: start empty */
    if (err != AN_OK) return err;
    struct an_journal_entry entry;
    struct an_observation obs;
    while ((err = an_journal_reader_next(reader, &entry)) == AN_OK || err == AN_ERR_CORRUPT) {
        if (err == AN_ERR_CORRUPT) {
            engine->start.records_damaged++;
            an_log(AN_LOG_WARN, "engine.rebuild", "worker %u, segment %llu, byte %llu: %s", entry.at.worker,
                   (unsigned long long)entry.at.sequence, (unsigned long long)entry.at.offset, entry.what);
            continue;
        }
        if (observation_of(&entry, &obs)) an_state_apply(engine->state, &obs);
        if (entry.type == AN_RECORD_LABEL) apply_label(engine, &entry);
        if (++engine->start.records_replayed % PROGRESS_EVERY == 0 && progress != NULL) {
            uint64_t done, total;
            an_journal_reader_progress(reader, &done, &total);
            progress(user, done, total);
        }
    }
    an_journal_reader_close(reader);
    return err == AN_ERR_END ? AN_OK : an_fail(error, err, "%s: the journal can't be read", engine->data_dir);
}

/* Retention keeps what the oldest snapshot on disk needs. */
static void set_floor(struct an_engine *engine)
{
    struct an_snapshot_info *infos = calloc(AN_SNAPSHOTS_KEPT, sizeof *infos);
    if (infos == NULL) return;
    size_t count = an_snapshot_list(engine->data_dir, AN_SNAPSHOT_STATE, infos, AN_SNAPSHOTS_KEPT);
    struct an_snapshot_info *oldest = count > 0 ? &infos[count - 1] : NULL;
    if (oldest != NULL) {
        size_t needed = an_engine_campaigns_floor(engine, oldest->positions, oldest->position_count);
        an_journal_set_floor(engine->journal, oldest->positions, needed);
    }
    free(infos);
}

/* A snapshot without the positions of streams nobody writes any more would have them counted twice. */
static void find_others(struct an_engine *engine)
{
    struct an_segment_list list;
    if (an_journal_list(engine->data_dir, &list, NULL) != AN_OK) return;
    for (size_t i = 0; i < list.count; i++) {
        const struct an_segment_name *name = &list.names[i];
        if (name->worker < engine->context_count) continue;
        unsigned last = engine->other_count - 1; /* names are sorted */
        bool same = engine->other_count > 0 && engine->others[last].worker == name->worker;
        if (!same && engine->other_count + engine->context_count == AN_ENGINE_CONTEXTS_MAX) break;
        engine->others[same ? last : engine->other_count++] =
            (struct an_journal_position) { .worker = name->worker, .sequence = name->sequence + 1 };
    }
    an_segment_list_free(&list);
}

enum an_err an_engine_rebuild(struct an_engine *engine, void (*progress)(void *, uint64_t, uint64_t), void *user,
                              struct an_error *error)
{
    struct an_snapshot_info *info = calloc(1, sizeof *info);
    if (info == NULL) return an_fail(error, AN_ERR_NO_MEMORY, "no memory for a snapshot's positions");
    struct an_error reason = { "" };
    bool found = an_snapshot_load(engine->data_dir, AN_SNAPSHOT_STATE, load_body, engine, info, &reason) == AN_OK;
    if (found) {
        engine->start.snapshot_time_us = info->time_us;
        atomic_store(&engine->snapshot_time_us, info->time_us);
    }
    enum an_err err = replay_tail(engine, info, found, progress, user, error);
    free(info);
    if (err == AN_OK && engine->journal != NULL) {
        find_others(engine);
        set_floor(engine);
    }
    return err;
}

struct body {
    const struct an_state *state;
};

static enum an_err save_body(void *context, int fd)
{
    const struct body *body = context;
    return an_state_save(body->state, fd, NULL);
}

/* In the child: only write()s and the like until _exit. It dies with its parent, so that it never holds the data
 * folder's lock or a socket on its own. */
pid_t an_engine_fork_writer(struct an_engine *engine, enum an_snapshot_kind kind, uint64_t time_us,
                            const struct an_journal_position *positions, size_t count, an_snapshot_body_fn *body,
                            void *context)
{
    pid_t parent = getpid(), pid = fork();
    if (pid != 0) return pid;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(2);
    close_range(3, ~0u, 0); /* a restart after kill -9 finds lock and listen addresses free, however slowly we die */
    enum an_err err = an_snapshot_write(engine->data_dir, kind, time_us, positions, count, body, context, NULL, NULL);
    _exit(err == AN_OK ? 0 : 1);
}

bool an_engine_await_writer(pid_t pid)
{
    int status = -1;
    while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR) continue;
    return pid > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static pid_t fork_child(struct an_engine *engine, uint64_t *ret_time_us)
{
    static struct an_journal_position positions[AN_ENGINE_CONTEXTS_MAX]; /* guarded by engine->closing */
    size_t count = 0;
    struct body body = { engine->state };
    an_gate_close(&engine->gate);
    for (unsigned i = 0; i < engine->context_count; i++) positions[count++] = engine->contexts[i].position;
    for (unsigned i = 0; i < engine->other_count; i++) positions[count++] = engine->others[i];
    *ret_time_us = an_clock_wall_us();
    pid_t pid = an_engine_fork_writer(engine, AN_SNAPSHOT_STATE, *ret_time_us, positions, count, save_body, &body);
    an_gate_open(&engine->gate);
    return pid;
}

/* Leaves the SNAPSHOT record for context 0 to write; an earlier one still waiting is overtaken by none. */
static void note(struct an_engine *engine, uint64_t time_us)
{
    if (atomic_load_explicit(&engine->snapshot_noted, memory_order_acquire)) return;
    struct an_record_snapshot *out = &engine->snapshot_note;
    *out = (struct an_record_snapshot) { .time_us = time_us };
    snprintf(engine->snapshot_file, sizeof engine->snapshot_file, "%020llu.snap", (unsigned long long)time_us);
    out->file = an_slice_of(engine->snapshot_file);
    if (an_snapshot_hash(engine->data_dir, engine->snapshot_file, out->hash) != AN_OK) return;
    atomic_store_explicit(&engine->snapshot_noted, true, memory_order_release);
}

enum an_err an_engine_snapshot(struct an_engine *engine, struct an_error *error)
{
    an_assert(engine != NULL);
    if (engine->journal == NULL) return an_fail(error, AN_ERR_UNSUPPORTED, "no data folder: nothing to write to");
    uint64_t time_us;
    pthread_mutex_lock(&engine->closing);
    pid_t pid = fork_child(engine, &time_us);
    pthread_mutex_unlock(&engine->closing);
    if (!an_engine_await_writer(pid)) {
        atomic_fetch_add(&engine->snapshot_failures, 1);
        return an_fail(error, AN_ERR_IO, "%s/state: the snapshot could not be written (disk full or read-only?)",
                       engine->data_dir);
    }
    struct an_error reason;
    if (an_engine_save_campaigns(engine, &reason) != AN_OK)
        an_log(AN_LOG_WARN, "engine.campaigns", "%s; those saved before stay", reason.text);
    atomic_fetch_add(&engine->snapshots, 1);
    atomic_store(&engine->snapshot_time_us, time_us);
    set_floor(engine);
    note(engine, time_us);
    return AN_OK;
}
