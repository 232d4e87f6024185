/* Campaigns in the engine: who feeds them, how their signatures reach the workers. With one context it feeds them
 * itself, so that a replay on one worker is deterministic; otherwise a thread reads the journal as it grows. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "engine/internal.h"
#include "journal/reader.h"
#include "model/record.h"

/* The workers that may still read the old ones are waited for. */
static void publish(struct an_engine *engine, bool wait)
{
    struct an_signatures *fresh = an_campaigns_publish(engine->campaigns);
    if (fresh == NULL) return; /* the old ones stay good */
    const struct an_signatures *before = atomic_exchange(&engine->signatures, fresh);
    if (wait) an_gate_wait(&engine->gate);
    an_signatures_free((struct an_signatures *)(uintptr_t)before);
}

void an_engine_feed_campaigns(struct an_engine *engine, const struct an_vector *v)
{
    pthread_mutex_lock(&engine->campaigns_lock);
    for (uint32_t i = 0; i < v->count; i++) {
        const struct an_call *call = &v->calls[i];
        const struct an_observation *obs = &call->enriched.obs;
        if (call->error != AN_OK || call->observed.repeat) continue;
        bool judged = obs->kind == AN_OBS_ATTEMPT && (obs->flags & AN_OBS_PASSIVE) == 0;
        if (judged)
            an_campaigns_attempt(engine->campaigns, obs, call->verdict.probability, call->verdict.features);
        else
            an_campaigns_outcome(engine->campaigns, obs);
    }
    if (an_campaigns_due(engine->campaigns)) publish(engine, false);
    pthread_mutex_unlock(&engine->campaigns_lock);
}

static void feed_record(struct an_engine *engine, const struct an_journal_entry *entry)
{
    struct an_record record;
    if (an_record_decode(entry->type, entry->payload, entry->len, &record) != AN_OK) return;
    if (entry->type == AN_RECORD_OBSERVATION)
        an_campaigns_outcome(engine->campaigns, &record.obs);
    else if ((record.verdict.rules & AN_RULE_FALLBACK) == 0)
        an_campaigns_attempt(engine->campaigns, &record.obs, record.verdict.probability, record.verdict.features);
}

/* Reads until there is nothing new; then, or when event time has moved on enough, publishes. */
static void read_on(struct an_engine *engine, struct an_journal_reader *reader)
{
    struct an_journal_entry entry;
    const struct timespec moment = { .tv_nsec = 20000000 };
    enum { BATCH = 1024 };
    bool news = false;
    pthread_mutex_lock(&engine->campaigns_lock);
    enum an_err err = AN_OK;
    for (int i = 0; i < BATCH && err != AN_ERR_END && err != AN_ERR_IO; i++) {
        err = an_journal_reader_next(reader, &entry);
        if (err == AN_OK) feed_record(engine, &entry);
        news |= err == AN_OK;
    }
    bool due = news && an_campaigns_due(engine->campaigns);
    struct an_signatures *fresh = due ? an_campaigns_publish(engine->campaigns) : NULL;
    pthread_mutex_unlock(&engine->campaigns_lock);
    if (fresh != NULL) {
        const struct an_signatures *before = atomic_exchange(&engine->signatures, fresh);
        an_gate_wait(&engine->gate);
        an_signatures_free((struct an_signatures *)(uintptr_t)before);
    }
    if (err == AN_ERR_END || err == AN_ERR_IO) nanosleep(&moment, NULL);
}

static void *campaigns_main(void *user)
{
    struct an_engine *engine = user;
    const struct an_journal_filter filter = { .types = 1u << AN_RECORD_VERDICT | 1u << AN_RECORD_OBSERVATION,
                                              .follow = true };
    struct an_journal_reader *reader = NULL;
    struct an_error error;
    const struct timespec moment = { .tv_nsec = 100000000 };
    while (!atomic_load(&engine->campaigns_stop)) {
        if (reader != NULL)
            read_on(engine, reader);
        else if (an_journal_reader_open(engine->data_dir, &filter, &reader, &error) != AN_OK)
            nanosleep(&moment, NULL);
    }
    an_journal_reader_close(reader);
    return NULL;
}

enum an_err an_engine_start_campaigns(struct an_engine *engine, const struct an_engine_options *options,
                                      struct an_error *error)
{
    if (!options->campaigns) return AN_OK;
    engine->campaigns = an_campaigns_new(NULL, error);
    if (engine->campaigns == NULL) return AN_ERR_NO_MEMORY;
    pthread_mutex_init(&engine->campaigns_lock, NULL);
    engine->campaigns_inline = engine->context_count == 1;
    if (engine->campaigns_inline) return AN_OK;
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
    an_signatures_free((struct an_signatures *)(uintptr_t)atomic_exchange(&engine->signatures, NULL));
    an_campaigns_free(engine->campaigns);
    engine->campaigns = NULL;
    pthread_mutex_destroy(&engine->campaigns_lock);
}
