#include "engine/engine.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/counter.h"
#include "base/log.h"
#include "engine/internal.h"
#include "score/score.h"

enum { TRANSACTIONS_DEFAULT = 1 << 18 };

static enum an_err init_contexts(struct an_engine *engine, size_t transactions, struct an_error *error)
{
    engine->contexts = aligned_alloc(64, engine->context_count * ((sizeof(struct an_context) + 63) / 64 * 64));
    if (engine->contexts == NULL) return an_fail(error, AN_ERR_NO_MEMORY, "no memory for the workers");
    memset(engine->contexts, 0, engine->context_count * sizeof *engine->contexts);
    for (unsigned i = 0; i < engine->context_count; i++) {
        struct an_context *context = &engine->contexts[i];
        context->engine = engine;
        context->number = i;
        if (engine->journal != NULL) context->writer = an_journal_writer(engine->journal, i);
        if (context->writer != NULL) an_journal_position(context->writer, &context->position);
        context->act = atomic_load(&engine->settings)->act;
        context->act_version = atomic_load(&engine->settings)->version;
        if (an_transactions_init(&context->transactions, transactions) != AN_OK)
            return an_fail(error, AN_ERR_NO_MEMORY, "no memory to remember %zu INVITEs", transactions);
    }
    return AN_OK;
}

static enum an_err open_journal(struct an_engine *engine, const struct an_engine_options *options,
                                struct an_error *error)
{
    if (mkdir(options->data_dir, 0750) != 0 && errno != EEXIST)
        an_log(AN_LOG_WARN, "engine.data", "%s: can't be made: %s; verdicts go on without a record", options->data_dir,
               strerror(errno));
    struct an_error reason;
    enum an_err err = an_site_key_load(options->data_dir, engine->site_key, &reason);
    if (err == AN_ERR_IO) /* a read-only folder must not stop calls; tokens are then good until the next start */
        an_log(AN_LOG_WARN, "engine.site_key", "%s; using a key of this run", reason.text);
    else if (err != AN_OK) return an_fail(error, err, "%s", reason.text);
    struct an_journal_options journal = options->journal;
    journal.dir = options->data_dir;
    journal.workers = options->contexts;
    return an_journal_open(&journal, &engine->journal, error);
}

static void free_parts(struct an_engine *engine)
{
    an_engine_stop_campaigns(engine);
    for (unsigned i = 0; engine->contexts != NULL && i < engine->context_count; i++)
        an_transactions_done(&engine->contexts[i].transactions);
    free(engine->contexts);
    an_engine_free_models(engine);
    an_engine_free_callees(engine);
    an_journal_close(engine->journal);
    an_state_free(engine->state);
    an_plan_free(engine->plan);
    struct an_settings *settings = (struct an_settings *)(uintptr_t)atomic_load(&engine->settings);
    an_settings_done(settings);
    free(settings);
    free(engine->data_dir);
    pthread_mutex_destroy(&engine->closing);
    pthread_mutex_destroy(&engine->callees_lock);
    free(engine);
}

static enum an_err build(struct an_engine *engine, const struct an_engine_options *options, struct an_error *error)
{
    uint64_t began = an_clock_mono_us();
    size_t transactions = options->transactions == 0 ? TRANSACTIONS_DEFAULT : options->transactions;
    if (options->data_dir != NULL && (engine->data_dir = strdup(options->data_dir)) == NULL)
        return an_fail(error, AN_ERR_NO_MEMORY, "no memory");
    engine->plan = an_plan_new(error);
    if (engine->plan == NULL) return AN_ERR_NO_MEMORY;
    engine->state = an_state_new(&options->limits, error);
    if (engine->state == NULL) return AN_ERR_NO_MEMORY;
    engine->campaigns_on = options->campaigns;
    bool writes = options->data_dir != NULL && !options->read_only;
    enum an_err err = writes ? open_journal(engine, options, error) : an_site_key_load(NULL, engine->site_key, error);
    if (options->data_dir == NULL && options->repeatable) memset(engine->site_key, 0, sizeof engine->site_key);
    if (err == AN_OK) err = init_contexts(engine, transactions, error);
    if (err == AN_OK && options->data_dir != NULL)
        err = an_engine_rebuild(engine, options->progress, options->user, error);
    if (err == AN_OK) err = an_engine_start_campaigns(engine, options, error);
    engine->start.load_us = an_clock_mono_us() - began;
    return err;
}

enum an_err an_engine_new(const struct an_engine_options *options, struct an_engine **ret_engine,
                          struct an_error *error)
{
    an_assert(options != NULL && ret_engine != NULL && options->settings != NULL);
    an_assert(options->contexts >= 1 && options->contexts <= AN_ENGINE_CONTEXTS_MAX);
    struct an_engine *engine = aligned_alloc(64, (sizeof *engine + 63) / 64 * 64);
    if (engine == NULL) {
        an_settings_done(options->settings);
        free(options->settings);
        return an_fail(error, AN_ERR_NO_MEMORY, "no memory for the engine");
    }
    memset(engine, 0, sizeof *engine);
    an_gate_init(&engine->gate);
    (void)an_score_version(NULL); /* computed once, before there are threads to race for it */
    pthread_mutex_init(&engine->closing, NULL);
    pthread_mutex_init(&engine->callees_lock, NULL);
    atomic_store(&engine->settings, options->settings);
    atomic_store(&engine->settings_time_us, an_clock_wall_us());
    engine->context_count = options->contexts;
    engine->fallback_wait_us =
        1000ull * (options->fallback_budget_ms == 0 ? AN_FALLBACK_BUDGET_MS : options->fallback_budget_ms);
    enum an_err err = build(engine, options, error);
    if (err != AN_OK) {
        free_parts(engine);
        return err;
    }
    *ret_engine = engine;
    return AN_OK;
}

void an_engine_free(struct an_engine *engine)
{
    if (engine == NULL) return;
    struct an_error error;
    if (engine->journal != NULL && an_engine_snapshot(engine, &error) != AN_OK)
        an_log(AN_LOG_WARN, "engine.snapshot", "no snapshot at the end: %s; the next start replays more of the journal",
               error.text);
    if (engine->journal != NULL) an_engine_last_notes(engine);
    free_parts(engine);
}

struct an_context *an_engine_context(struct an_engine *engine, unsigned number)
{
    an_assert(engine != NULL && number < engine->context_count);
    return &engine->contexts[number];
}

void an_engine_set_settings(struct an_engine *engine, struct an_settings *settings)
{
    an_assert(engine != NULL && settings != NULL);
    pthread_mutex_lock(&engine->closing);
    an_gate_close(&engine->gate);
    const struct an_settings *before = atomic_exchange(&engine->settings, settings);
    an_gate_open(&engine->gate);
    pthread_mutex_unlock(&engine->closing);
    atomic_store(&engine->settings_time_us, an_clock_wall_us());
    struct an_settings *old = (struct an_settings *)(uintptr_t)before;
    an_settings_done(old);
    free(old);
}

void an_engine_act(struct an_engine *engine, struct an_act_settings *ret_act)
{
    pthread_mutex_lock(&engine->closing);
    *ret_act = atomic_load(&engine->settings)->act;
    pthread_mutex_unlock(&engine->closing);
}

void an_engine_policy(struct an_engine *engine, struct an_policy *ret_policy)
{
    pthread_mutex_lock(&engine->closing);
    *ret_policy = atomic_load(&engine->settings)->policy;
    pthread_mutex_unlock(&engine->closing);
}

bool an_engine_firm_of(struct an_engine *engine, an_number number, char *ret_name)
{
    pthread_mutex_lock(&engine->closing);
    const struct an_firm *firm = an_settings_firm(atomic_load(&engine->settings), number);
    if (firm != NULL) memcpy(ret_name, firm->name, sizeof firm->name);
    pthread_mutex_unlock(&engine->closing);
    return firm != NULL;
}

const struct an_act_settings *an_context_act(const struct an_context *context)
{
    return &context->act;
}

struct an_state *an_engine_state(struct an_engine *engine)
{
    return engine->state;
}

void an_engine_start_info(const struct an_engine *engine, struct an_engine_start *ret_info)
{
    *ret_info = engine->start;
}

static void add_counters(const struct an_context_counters *counters, struct an_metrics *to)
{
    struct an_context_counters copy;
    const struct an_context_counters *from = &copy;
    an_count_copy(&copy, counters, sizeof copy);
    for (int t = 0; t < AN_METRIC_TRANSPORTS; t++)
        for (int a = 0; a < AN_ACTION_COUNT; a++) to->calls[t][a] += from->calls[t][a];
    for (int c = 0; c < AN_CATEGORY_COUNT; c++) to->categories[c] += from->categories[c];
    for (int k = 0; k < AN_METRIC_OBS_KINDS; k++) to->events[k] += from->events[k];
    for (int l = 0; l < AN_RULING_VERDICT_COUNT; l++) to->labels[l] += from->labels[l];
    for (int h = 0; h < 2; h++) to->canary_calls[h] += from->canary_calls[h];
    for (int a = 0; a < AN_ACTION_COUNT; a++)
        for (int s = 0; s < AN_ACTION_COUNT; s++) to->shadow[a][s] += from->shadow[a][s];
    to->fallbacks += from->fallbacks;
    to->sip_retransmissions += from->retransmissions;
}

static void add_journal(struct an_engine *engine, struct an_metrics *ret)
{
    if (engine->journal == NULL) return;
    struct an_journal_stats stats;
    an_journal_stats(engine->journal, &stats);
    ret->journal_records = stats.records;
    ret->journal_bytes = stats.bytes;
    for (int r = 0; r < AN_LOSS_REASON_COUNT; r++) ret->journal_lost += stats.lost[r];
    ret->journal_unsynced = stats.unsynced_bytes;
    ret->journal_syncs = stats.syncs;
    ret->journal_sync_failures = stats.sync_errors;
    ret->journal_sync_max_us = stats.sync_max_us;
    ret->journal_segments = stats.segments_opened - stats.segments_deleted;
}

void an_engine_metrics(struct an_engine *engine, struct an_metrics *ret_metrics)
{
    const enum an_metric_table repeat = AN_METRIC_TABLE_REPEAT;
    for (unsigned i = 0; i < engine->context_count; i++) {
        add_counters(&engine->contexts[i].counters, ret_metrics);
        an_transactions_stats(&engine->contexts[i].transactions, &ret_metrics->table_used[repeat],
                              &ret_metrics->table_capacity[repeat], &ret_metrics->table_evictions[repeat],
                              &ret_metrics->table_bytes[repeat]);
    }
    add_journal(engine, ret_metrics);
    an_engine_campaign_metrics(engine, ret_metrics);
    ret_metrics->snapshot_time_us = atomic_load(&engine->snapshot_time_us);
    ret_metrics->snapshots = atomic_load(&engine->snapshots);
    ret_metrics->snapshot_failures = atomic_load(&engine->snapshot_failures);
    ret_metrics->settings_time_us = atomic_load(&engine->settings_time_us);
    an_engine_models_metrics(engine, ret_metrics);
    an_engine_callee_metrics(engine, ret_metrics);
    /* The settings may be swapped under us: the version is read with the gate's lock held. */
    pthread_mutex_lock(&engine->closing);
    ret_metrics->settings_version = atomic_load(&engine->settings)->version;
    pthread_mutex_unlock(&engine->closing);
}
