/* Campaigns in the engine: who feeds them, how their signatures reach the workers. With one context it feeds them
 * itself, so that a replay on one worker is deterministic; otherwise a thread reads the journal as it grows. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/thread.h"
#include "engine/internal.h"
#include "enrich/trunk.h"
#include "journal/reader.h"
#include "model/record.h"

/* Takes fresh ones; those before are the caller's to free when no worker can read them any more. Under campaigns_lock,
 * so that newer ones are never replaced by older. */
static struct an_signatures *exchange(struct an_engine *engine, struct an_signatures *fresh)
{
    return (struct an_signatures *)(uintptr_t)atomic_exchange(&engine->signatures, fresh);
}

/* Where no worker runs but the caller, or none at all. */
static void publish(struct an_engine *engine)
{
    struct an_signatures *fresh = an_campaigns_publish(engine->campaigns);
    if (fresh != NULL) an_signatures_free(exchange(engine, fresh)); /* else the old ones stay good */
}

/* The old ones, when no worker reads them any more; without the lock, since it waits. NULL: there are none. */
static void retire(struct an_engine *engine, struct an_signatures *before)
{
    if (before == NULL) return;
    an_gate_wait(&engine->gate);
    an_signatures_free(before);
}

void an_engine_publish_campaigns(struct an_engine *engine)
{
    pthread_mutex_lock(&engine->campaigns_lock);
    struct an_signatures *fresh = an_campaigns_publish(engine->campaigns);
    struct an_signatures *before = fresh == NULL ? NULL : exchange(engine, fresh);
    pthread_mutex_unlock(&engine->campaigns_lock);
    retire(engine, before);
}

void an_engine_feed_campaigns(struct an_context *context, const struct an_vector *v)
{
    struct an_engine *engine = context->engine;
    pthread_mutex_lock(&engine->campaigns_lock);
    for (uint32_t i = 0; i < v->count; i++) {
        const struct an_call *call = &v->calls[i];
        const struct an_observation *obs = &call->enriched.obs;
        if (call->error != AN_OK || call->observed.repeat) continue;
        bool judged = obs->kind == AN_OBS_ATTEMPT && (obs->flags & AN_OBS_PASSIVE) == 0;
        an_campaigns_name_trunk(engine->campaigns, obs->trunk, an_slice_of(call->enriched.trunk_name));
        if (judged)
            an_campaigns_attempt(engine->campaigns, obs, call->verdict.probability, call->verdict.features);
        else
            an_campaigns_outcome(engine->campaigns, obs);
    }
    if (an_campaigns_due(engine->campaigns)) publish(engine);
    if (context->writer != NULL) an_journal_position(context->writer, &engine->campaigns_at[0]);
    pthread_mutex_unlock(&engine->campaigns_lock);
}

static void feed_record(struct an_campaigns *campaigns, const struct an_journal_entry *entry)
{
    struct an_record record;
    if (an_record_decode(entry->type, entry->payload, entry->len, &record) != AN_OK) return;
    if (entry->type == AN_RECORD_CAMPAIGN) { /* done when it was said, or before the crash: the same once more */
        (void)an_campaigns_say(campaigns, &record.campaign);
        return;
    }
    if (an_trunk_id(record.text.trunk) == record.obs.trunk)
        an_campaigns_name_trunk(campaigns, record.obs.trunk, record.text.trunk);
    if (entry->type == AN_RECORD_OBSERVATION)
        an_campaigns_outcome(campaigns, &record.obs);
    else if ((record.verdict.rules & AN_RULE_FALLBACK) == 0)
        an_campaigns_attempt(campaigns, &record.obs, record.verdict.probability, record.verdict.features);
}

static struct an_journal_filter filter_of(const struct an_journal_position *from, size_t count, bool follow)
{
    return (struct an_journal_filter) { .types = 1u << AN_RECORD_VERDICT | 1u << AN_RECORD_OBSERVATION |
                                                  1u << AN_RECORD_CAMPAIGN,
                                        .from = from,
                                        .from_count = count,
                                        .follow = follow };
}

/* ---- the thread ---- */

/* Reads until there is nothing new; then, or when event time has moved on enough, publishes. */
static void read_on(struct an_engine *engine)
{
    struct an_journal_entry entry;
    const struct timespec moment = { .tv_nsec = 20000000 };
    enum { BATCH = 1024 };
    bool news = false;
    uint64_t last_us = 0;
    pthread_mutex_lock(&engine->campaigns_lock);
    enum an_err err = AN_OK;
    for (int i = 0; i < BATCH && err != AN_ERR_END && err != AN_ERR_IO; i++) {
        err = an_journal_reader_next(engine->campaigns_reader, &entry);
        if (err != AN_OK) continue;
        feed_record(engine->campaigns, &entry);
        news = true;
        last_us = entry.time_us;
    }
    bool due = news && an_campaigns_due(engine->campaigns);
    struct an_signatures *fresh = due ? an_campaigns_publish(engine->campaigns) : NULL;
    struct an_signatures *before = fresh == NULL ? NULL : exchange(engine, fresh);
    pthread_mutex_unlock(&engine->campaigns_lock);
    uint64_t now_us = an_clock_wall_us();
    bool behind = err != AN_ERR_END && last_us != 0 && last_us < now_us;
    if (err == AN_ERR_END || behind) atomic_store(&engine->campaigns_lag_us, behind ? now_us - last_us : 0);
    retire(engine, before);
    if (err == AN_ERR_END || err == AN_ERR_IO) nanosleep(&moment, NULL);
}

static void *campaigns_main(void *user)
{
    struct an_engine *engine = user;
    an_thread_background("an-campaigns");
    const struct an_journal_filter filter = filter_of(engine->campaigns_at, engine->campaigns_at_count, true);
    struct an_error error;
    const struct timespec moment = { .tv_nsec = 100000000 };
    while (!atomic_load(&engine->campaigns_stop)) {
        struct an_journal_reader *reader;
        if (engine->campaigns_reader != NULL)
            read_on(engine);
        else if (an_journal_reader_open(engine->data_dir, &filter, &reader, &error) != AN_OK)
            nanosleep(&moment, NULL);
        else {
            pthread_mutex_lock(&engine->campaigns_lock);
            engine->campaigns_reader = reader;
            pthread_mutex_unlock(&engine->campaigns_lock);
        }
    }
    return NULL;
}

/* ---- what lasts ---- */

static enum an_err load_body(void *context, int fd, const struct an_snapshot_info *info)
{
    (void)info;
    struct an_engine *engine = context;
    struct an_error error;
    enum an_err err = an_campaigns_load(engine->campaigns, fd, &error);
    if (err != AN_OK) an_log(AN_LOG_WARN, "engine.campaigns", "%s; they are not taken up", error.text);
    return err == AN_OK ? AN_OK : AN_ERR_CORRUPT;
}

/* The newest saved ones that fit, and where to go on from. */
static void load(struct an_engine *engine)
{
    struct an_snapshot_info *info = calloc(1, sizeof *info);
    struct an_snapshot_info any;
    struct an_error error;
    bool some = an_snapshot_list(engine->data_dir, AN_SNAPSHOT_CAMPAIGNS, &any, 1) > 0;
    if (info != NULL &&
        an_snapshot_load(engine->data_dir, AN_SNAPSHOT_CAMPAIGNS, load_body, engine, info, &error) == AN_OK) {
        memcpy(engine->campaigns_at, info->positions, info->position_count * sizeof info->positions[0]);
        engine->campaigns_at_count = info->position_count;
        publish(engine); /* known from the first call on */
    } else if (some) {
        an_log(AN_LOG_WARN, "engine.campaigns",
               "none of the saved campaigns can be used: they are found again from "
               "the journal, which takes a while");
    }
    free(info);
}

/* Positions of all streams; under the lock. */
static size_t positions_of(const struct an_engine *engine, struct an_journal_position *ret)
{
    size_t count = 0;
    for (unsigned worker = 0; engine->campaigns_reader != NULL && worker < AN_ENGINE_CONTEXTS_MAX; worker++)
        count += an_journal_reader_position(engine->campaigns_reader, worker, &ret[count]) == AN_OK;
    if (engine->campaigns_reader != NULL) return count;
    memcpy(ret, engine->campaigns_at, engine->campaigns_at_count * sizeof *ret);
    return engine->campaigns_at_count;
}

/* All that is left; upkeep falls due as it did. engine NULL: nobody wants the signatures. AN_ERR_END or a fault. */
static enum an_err read_rest(struct an_campaigns *campaigns, struct an_journal_reader *reader, struct an_engine *engine,
                             void (*progress)(void *, uint64_t, uint64_t), void *user)
{
    enum { PROGRESS_EVERY = 4096 };
    struct an_journal_entry entry;
    uint64_t count = 0;
    enum an_err err;
    while ((err = an_journal_reader_next(reader, &entry)) == AN_OK || err == AN_ERR_CORRUPT) {
        if (err == AN_OK) feed_record(campaigns, &entry);
        if (an_campaigns_due(campaigns) && engine != NULL) publish(engine);
        if (an_campaigns_due(campaigns) && engine == NULL) an_signatures_free(an_campaigns_publish(campaigns));
        if (++count % PROGRESS_EVERY != 0 || progress == NULL) continue;
        uint64_t done, total;
        an_journal_reader_progress(reader, &done, &total);
        progress(user, done, total);
    }
    return err;
}

/* Inline: what the journal holds since they were saved. The one context has not begun to write yet. */
static enum an_err catch_up(struct an_engine *engine, const struct an_engine_options *options, struct an_error *error)
{
    const struct an_journal_filter filter = filter_of(engine->campaigns_at, engine->campaigns_at_count, false);
    enum an_err err = an_journal_reader_open(engine->data_dir, &filter, &engine->campaigns_reader, error);
    if (err != AN_OK) return err == AN_ERR_NOT_FOUND ? AN_OK : err;
    err = read_rest(engine->campaigns, engine->campaigns_reader, engine, options->progress, options->user);
    struct an_journal_position others[AN_ENGINE_CONTEXTS_MAX + 1];
    size_t found = positions_of(engine, others);
    engine->campaigns_at_count = 1; /* the context's own comes first */
    engine->campaigns_at[0] = engine->contexts[0].position;
    for (size_t i = 0; i < found; i++)
        if (others[i].worker != 0) engine->campaigns_at[engine->campaigns_at_count++] = others[i];
    an_journal_reader_close(engine->campaigns_reader);
    engine->campaigns_reader = NULL;
    return err == AN_ERR_END ? AN_OK : an_fail(error, err, "%s: the journal can't be read", engine->data_dir);
}

static enum an_err open_body(void *context, int fd, const struct an_snapshot_info *info)
{
    (void)info;
    struct an_error error;
    enum an_err err = an_campaigns_open(fd, context, &error);
    if (err != AN_OK) an_log(AN_LOG_WARN, "engine.campaigns", "%s; they are not taken up", error.text);
    return err == AN_OK ? AN_OK : AN_ERR_CORRUPT;
}

enum an_err an_engine_read_campaigns(const char *data_dir, void (*progress)(void *, uint64_t, uint64_t), void *user,
                                     struct an_campaigns **ret_campaigns, struct an_error *error)
{
    an_assert(data_dir != NULL && ret_campaigns != NULL);
    struct an_snapshot_info *info = calloc(1, sizeof *info);
    struct an_campaigns *campaigns = NULL;
    struct an_journal_reader *reader;
    if (info == NULL) return an_fail(error, AN_ERR_NO_MEMORY, "no memory");
    bool saved = an_snapshot_load(data_dir, AN_SNAPSHOT_CAMPAIGNS, open_body, &campaigns, info, NULL) == AN_OK;
    if (!saved) campaigns = an_campaigns_new(NULL, error);
    const struct an_journal_filter filter = filter_of(info->positions, saved ? info->position_count : 0, false);
    enum an_err err = campaigns == NULL ? AN_ERR_NO_MEMORY : an_journal_reader_open(data_dir, &filter, &reader, error);
    if (err == AN_OK) {
        err = read_rest(campaigns, reader, NULL, progress, user);
        an_journal_reader_close(reader);
        err = err == AN_ERR_END ? AN_OK : an_fail(error, err, "%s: the journal can't be read", data_dir);
    } else if (err == AN_ERR_NOT_FOUND && saved) {
        err = AN_OK;
    }
    free(info);
    if (err == AN_OK) { /* judged by all that was read */
        an_signatures_free(an_campaigns_publish(campaigns));
        *ret_campaigns = campaigns;
    } else {
        an_campaigns_free(campaigns);
    }
    return err;
}

struct body {
    const struct an_campaigns *campaigns;
};

static enum an_err save_body(void *context, int fd)
{
    const struct body *body = context;
    return an_campaigns_save(body->campaigns, fd, NULL);
}

enum an_err an_engine_save_campaigns(struct an_engine *engine, struct an_error *error)
{
    if (engine->campaigns == NULL || engine->journal == NULL) return AN_OK;
    struct an_journal_position *positions = calloc(AN_ENGINE_CONTEXTS_MAX, sizeof *positions);
    if (positions == NULL) return an_fail(error, AN_ERR_NO_MEMORY, "no memory to save campaigns");
    struct body body = { engine->campaigns };
    pthread_mutex_lock(&engine->campaigns_saving);
    pthread_mutex_lock(&engine->campaigns_lock);
    size_t count = positions_of(engine, positions);
    pid_t pid =
        an_engine_fork_writer(engine, AN_SNAPSHOT_CAMPAIGNS, an_clock_wall_us(), positions, count, save_body, &body);
    pthread_mutex_unlock(&engine->campaigns_lock);
    free(positions);
    bool written = an_engine_await_writer(pid);
    pthread_mutex_unlock(&engine->campaigns_saving);
    return written ? AN_OK
                   : an_fail(error, AN_ERR_IO, "%s/state: campaigns could not be saved (disk full or read-only?)",
                             engine->data_dir);
}

size_t an_engine_campaigns_floor(const struct an_engine *engine, struct an_journal_position *positions, size_t count)
{
    struct an_snapshot_info *infos = engine->campaigns_on ? calloc(AN_SNAPSHOTS_KEPT, sizeof *infos) : NULL;
    if (infos == NULL) return count;
    size_t files = an_snapshot_list(engine->data_dir, AN_SNAPSHOT_CAMPAIGNS, infos, AN_SNAPSHOTS_KEPT);
    for (uint32_t i = 0; files > 0 && i < infos[files - 1].position_count; i++) {
        const struct an_journal_position *at = &infos[files - 1].positions[i];
        size_t same = 0;
        while (same < count && positions[same].worker != at->worker) same++;
        if (same == count && count < AN_JOURNAL_WORKERS_MAX)
            positions[count++] = *at;
        else if (same < count && at->sequence < positions[same].sequence)
            positions[same] = *at;
    }
    free(infos);
    return count;
}

/* Read only: whatever sizes they were saved with. */
static bool open_saved(struct an_engine *engine)
{
    struct an_snapshot_info *info = calloc(1, sizeof *info);
    bool found = info != NULL && an_snapshot_load(engine->data_dir, AN_SNAPSHOT_CAMPAIGNS, open_body,
                                                  &engine->campaigns, info, NULL) == AN_OK;
    if (found) {
        memcpy(engine->campaigns_at, info->positions, info->position_count * sizeof info->positions[0]);
        engine->campaigns_at_count = info->position_count;
    }
    free(info);
    return found;
}

/* ---- start and stop ---- */

enum an_err an_engine_start_campaigns(struct an_engine *engine, const struct an_engine_options *options,
                                      struct an_error *error)
{
    if (!options->campaigns) return AN_OK;
    struct an_campaign_options limits = options->campaign_limits;
    limits.utc_offset_s = atomic_load(&engine->settings)->utc_offset_s;
    if (!options->read_only || options->data_dir == NULL || !open_saved(engine))
        engine->campaigns = an_campaigns_new(&limits, error);
    if (engine->campaigns == NULL) return AN_ERR_NO_MEMORY;
    pthread_mutex_init(&engine->campaigns_lock, NULL);
    pthread_mutex_init(&engine->campaigns_saving, NULL);
    engine->campaigns_inline = engine->context_count == 1;
    if (engine->campaigns_at_count > 0)
        publish(engine);
    else if (engine->data_dir != NULL)
        load(engine);
    if (engine->campaigns_inline) return engine->data_dir == NULL ? AN_OK : catch_up(engine, options, error);
    if (engine->journal == NULL) {
        an_log(AN_LOG_WARN, "engine.campaigns", "no journal is kept: campaigns are not recognised");
        return AN_OK;
    }
    if (pthread_create(&engine->campaigns_thread, NULL, campaigns_main, engine) != 0)
        return an_fail(error, AN_ERR_NO_MEMORY, "no thread for campaigns");
    engine->campaigns_threaded = true;
    return AN_OK;
}

void an_engine_stop_campaigns(struct an_engine *engine)
{
    if (engine->campaigns == NULL) return;
    atomic_store(&engine->campaigns_stop, true);
    if (engine->campaigns_threaded) pthread_join(engine->campaigns_thread, NULL);
    an_journal_reader_close(engine->campaigns_reader);
    an_signatures_free(exchange(engine, NULL));
    an_campaigns_free(engine->campaigns);
    engine->campaigns = NULL;
    pthread_mutex_destroy(&engine->campaigns_lock);
    pthread_mutex_destroy(&engine->campaigns_saving);
}

/* ---- to look at ---- */

enum an_err an_engine_campaign_ids(struct an_engine *engine, bool hostile_only, uint32_t *ret_ids, size_t max,
                                   size_t *ret_count)
{
    an_assert(engine != NULL && ret_ids != NULL && ret_count != NULL);
    if (engine->campaigns == NULL) return AN_ERR_UNSUPPORTED;
    pthread_mutex_lock(&engine->campaigns_lock);
    *ret_count = an_campaigns_ids(engine->campaigns, hostile_only, ret_ids, max);
    pthread_mutex_unlock(&engine->campaigns_lock);
    return AN_OK;
}

enum an_err an_engine_campaign_view(struct an_engine *engine, uint32_t id, struct an_campaign_view *ret_view)
{
    an_assert(engine != NULL && ret_view != NULL);
    if (engine->campaigns == NULL) return AN_ERR_UNSUPPORTED;
    pthread_mutex_lock(&engine->campaigns_lock);
    enum an_err err = an_campaigns_view(engine->campaigns, id, ret_view);
    pthread_mutex_unlock(&engine->campaigns_lock);
    return err;
}

void an_engine_campaign_metrics(struct an_engine *engine, struct an_metrics *ret)
{
    struct an_campaigns_stats stats;
    if (engine->campaigns == NULL) return;
    pthread_mutex_lock(&engine->campaigns_lock);
    an_campaigns_stats(engine->campaigns, &stats);
    pthread_mutex_unlock(&engine->campaigns_lock);
    ret->campaigns_live = stats.live;
    ret->campaigns_hostile = stats.hostile;
    ret->campaigns_opened = stats.opened;
    ret->campaigns_merged = stats.merged;
    ret->campaigns_split = stats.split;
    ret->campaigns_ended = stats.ended;
    ret->campaigns_evicted = stats.evicted;
    ret->campaign_members_used = stats.members_used;
    ret->campaign_members_capacity = stats.members_capacity;
    ret->campaign_listed_used = stats.listed_used;
    ret->campaign_listed_capacity = stats.listed_capacity;
    ret->campaigns_bytes = stats.bytes;
    ret->campaigns_lag_us = atomic_load(&engine->campaigns_lag_us);
    ret->signatures_version = stats.version;
}
