/* Opening, closing, settings, health. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/log.h"
#include "engine/models.h"
#include "engine/normalise.h"
#include "lib/lib.h"
#include "settings/config.h"

/* Sizes of the first version: up to its last field. They stay when the structures grow. */
enum {
    OPTIONS_FIRST = offsetof(struct anning_options, user) + sizeof(void *),
    METRICS_FIRST = offsetof(struct anning_metrics, settings_version) + sizeof(uint64_t),
};

struct anning {
    struct anning *next; /* of those that have a data folder open */
    struct an_engine *engine;
    char *config_path; /* [own] NULL: defaults */
    dev_t device;      /* of the data folder */
    ino_t inode;
    bool keeps;
    unsigned context_count;
    struct anning_context *contexts; /* [own] */
};

/* One opening, closing or snapshot at a time: the journal's lock is one a process, so who has which folder is kept
 * here, and a fork() is done by one thread alone. */
static pthread_mutex_t slow = PTHREAD_MUTEX_INITIALIZER;
static struct anning *keepers;

enum an_err an_lib_take(void *to, size_t known, const void *from, uint32_t size, size_t first)
{
    if (size < first) return AN_ERR_INVALID;
    const unsigned char *bytes = from;
    for (size_t i = known; i < size; i++)
        if (bytes[i] != 0) return AN_ERR_UNSUPPORTED;
    size_t shared = size < known ? size : known;
    memcpy(to, from, shared);
    memset((char *)to + shared, 0, known - shared);
    return AN_OK;
}

static int say(const struct an_error *from, enum an_err err, char *error, size_t error_size)
{
    if (error != NULL && error_size > 0) an_slice_copy(an_slice_of(from->text), error, error_size);
    return err;
}

/* The first problem in words, and how many more there are. */
static enum an_err config_failed(enum an_err err, const struct an_config_errors *problems, struct an_error *error)
{
    for (size_t i = 0; i < problems->count; i++) {
        if (problems->items[i].warning) continue;
        if (problems->error_count == 1) return an_fail(error, err, "%s", problems->items[i].text);
        return an_fail(error, err, "%.280s (and %zu more)", problems->items[i].text, problems->error_count - 1);
    }
    return an_fail(error, err, "the configuration can't be read: %s", an_err_name(err));
}

static enum an_err load(const char *path, struct an_config *ret_config, struct an_error *error)
{
    struct an_config_errors problems = { 0 };
    const struct an_config_options options = { .normalise = an_engine_normalise };
    enum an_err err = an_config_load(path, &options, ret_config, &problems);
    if (err != AN_OK)
        config_failed(err, &problems, error);
    else
        an_config_errors_log(&problems);
    an_config_errors_done(&problems);
    return err;
}

static struct an_state_limits limits_of(const struct an_config *config, uint32_t numbers, unsigned contexts)
{
    const struct an_limits_config *from = &config->limits;
    struct an_state_limits limits = an_state_limits_default();
    limits.numbers = numbers != 0 ? numbers : from->numbers;
    limits.relations = numbers != 0 ? 0 : from->relations; /* 0: twice the numbers */
    limits.blocks = from->blocks;
    limits.trunks = from->trunks;
    limits.shapes = from->shapes;
    limits.origins = from->origins;
    limits.lines = from->lines;
    limits.pending = from->pending;
    limits.emergencies = from->emergencies;
    limits.emergency_window_s = config->settings.policy.emergency_window_s;
    limits.single_worker = contexts == 1;
    return limits;
}

/* A model that can't be used never stops calls; what is in force stays. */
static void load_models(struct anning *door, const struct an_model_config *config)
{
    struct an_error error;
    if (an_engine_load_models(door->engine, config->path, config->shadow, &error) != AN_OK)
        an_log(AN_LOG_ERROR, "model.load", "%s; what judged before judges on", error.text);
}

static enum an_err start_engine(struct anning *door, const struct anning_options *options, struct an_config *config,
                                struct an_error *error)
{
    struct an_engine_options engine = {
        .data_dir = options->data_dir,
        .read_only = (options->flags & ANNING_READ_ONLY) != 0,
        .repeatable = (options->flags & ANNING_REPEATABLE) != 0,
        .contexts = door->context_count,
        .campaigns = config->campaigns.enabled,
        .campaign_limits = { .campaigns = config->campaigns.max,
                             .members = config->campaigns.members,
                             .listed = config->campaigns.listed },
        .limits = limits_of(config, options->numbers, door->context_count),
        .transactions = config->limits.transactions,
        .fallback_budget_ms = config->fallback_budget_ms,
        .journal = { .sync_interval_us = 1000ull * config->journal.sync_ms,
                     .segment_bytes_max = (uint64_t)config->journal.segment_mb << 20,
                     .retention_bytes_max = (uint64_t)config->journal.retain_gb << 30,
                     .retention_age_us_max = config->journal.retain_days * 86400ull * 1000000,
                     .unsynced_bytes_max = (uint64_t)config->journal.unsynced_mb << 20 },
        .progress = options->progress,
        .user = options->user,
        .settings = an_config_take_settings(config),
    };
    if (engine.settings == NULL) return an_fail(error, AN_ERR_NO_MEMORY, "no memory for the settings");
    enum an_err err = an_engine_new(&engine, &door->engine, error);
    if (err == AN_OK) load_models(door, &config->model);
    return err;
}

/* Takes the data folder for this anning; the journal itself only keeps other processes out. */
static int claim(struct anning *door, const char *dir, struct an_error *error)
{
    struct stat info;
    mkdir(dir, 0750); /* the engine says what is wrong when this fails */
    if (stat(dir, &info) != 0) return AN_OK;
    for (const struct anning *other = keepers; other != NULL; other = other->next)
        if (other->device == info.st_dev && other->inode == info.st_ino) {
            an_fail(error, AN_ERR_INVALID, "%s: this process has opened it already; close it first", dir);
            return ANNING_ERR_BUSY;
        }
    door->device = info.st_dev;
    door->inode = info.st_ino;
    door->keeps = true;
    door->next = keepers;
    keepers = door;
    return AN_OK;
}

static void disclaim(const struct anning *door)
{
    if (!door->keeps) return;
    struct anning **at = &keepers;
    while (*at != door) at = &(*at)->next;
    *at = door->next;
}

static void free_door(struct anning *door)
{
    an_engine_free(door->engine);
    disclaim(door);
    free(door->contexts);
    free(door->config_path);
    free(door);
}

static enum an_err make_contexts(struct anning *door, struct an_error *error)
{
    size_t bytes = door->context_count * sizeof *door->contexts;
    door->contexts = aligned_alloc(_Alignof(struct anning_context), bytes);
    if (door->contexts == NULL)
        return an_fail(error, AN_ERR_NO_MEMORY, "no memory for %u contexts", door->context_count);
    memset(door->contexts, 0, bytes);
    for (unsigned i = 0; i < door->context_count; i++) {
        struct anning_context *context = &door->contexts[i];
        context->inner = an_engine_context(door->engine, i);
        context->vector.calls = context->calls;
        atomic_flag_clear(&context->busy);
    }
    return AN_OK;
}

static int start(struct anning *door, const struct anning_options *options, struct an_error *error)
{
    struct an_config config;
    if (options->config_path != NULL && (door->config_path = strdup(options->config_path)) == NULL)
        return an_fail(error, AN_ERR_NO_MEMORY, "no memory");
    enum an_err err = load(options->config_path, &config, error);
    if (err != AN_OK) return err;
    int status = AN_OK;
    if (options->data_dir != NULL && !(options->flags & ANNING_READ_ONLY))
        status = claim(door, options->data_dir, error);
    if (status == AN_OK) status = start_engine(door, options, &config, error);
    if (status == AN_OK) status = make_contexts(door, error);
    an_config_done(&config);
    return status;
}

static enum an_err check_options(const struct anning_options *given, struct anning_options *ret, struct an_error *error)
{
    enum an_err err = given == NULL ? AN_ERR_INVALID : an_lib_take(ret, sizeof *ret, given, given->size, OPTIONS_FIRST);
    if (err == AN_ERR_UNSUPPORTED)
        return an_fail(error, err, "options: a field this library (%s) does not know is set", ANNING_VERSION);
    if (err != AN_OK) return an_fail(error, err, "options: size has to be sizeof(struct anning_options)");
    if (ret->contexts > AN_ENGINE_CONTEXTS_MAX)
        return an_fail(error, AN_ERR_INVALID, "options: contexts is %u; 1 to %d are possible", ret->contexts,
                       AN_ENGINE_CONTEXTS_MAX);
    if ((ret->flags & ~(uint32_t)(ANNING_READ_ONLY | ANNING_REPEATABLE)) != 0)
        return an_fail(error, AN_ERR_UNSUPPORTED, "options: flags is %#x; this library (%s) knows 0x3", ret->flags,
                       ANNING_VERSION);
    if (ret->numbers > 1000000000)
        return an_fail(error, AN_ERR_INVALID, "options: numbers is %u; at most 1000000000 are possible", ret->numbers);
    return AN_OK;
}

int anning_open(const struct anning_options *options, struct anning **ret_door, char *error, size_t error_size)
{
    struct an_error why = { "" };
    struct anning_options known;
    if (error != NULL && error_size > 0) error[0] = '\0';
    int status = ret_door == NULL ? an_fail(&why, AN_ERR_INVALID, "ret_door is NULL") : AN_OK;
    if (status == AN_OK) status = check_options(options, &known, &why);
    if (status != AN_OK) return say(&why, (enum an_err)status, error, error_size);
    struct anning *door = calloc(1, sizeof *door);
    if (door == NULL) return ANNING_ERR_NO_MEMORY;
    door->context_count = known.contexts == 0 ? 1 : known.contexts;
    pthread_mutex_lock(&slow);
    status = start(door, &known, &why);
    if (status != AN_OK) free_door(door);
    pthread_mutex_unlock(&slow);
    if (status != AN_OK) return say(&why, (enum an_err)status, error, error_size);
    *ret_door = door;
    return ANNING_OK;
}

void anning_close(struct anning *door)
{
    if (door == NULL) return;
    pthread_mutex_lock(&slow);
    free_door(door);
    pthread_mutex_unlock(&slow);
}

int anning_reload(struct anning *door, const char *config_path, char *error, size_t error_size)
{
    struct an_error why = { "" };
    struct an_config config;
    if (error != NULL && error_size > 0) error[0] = '\0';
    if (door == NULL) return ANNING_ERR_INVALID;
    const char *path = config_path != NULL ? config_path : door->config_path;
    enum an_err err = path == NULL ? an_fail(&why, AN_ERR_INVALID, "no configuration file was given, here or at open")
                                   : load(path, &config, &why);
    if (err != AN_OK) return say(&why, err, error, error_size);
    struct an_settings *settings = an_config_take_settings(&config);
    if (settings != NULL) {
        an_engine_set_settings(door->engine, settings);
        load_models(door, &config.model);
    }
    an_config_done(&config);
    if (settings == NULL) return ANNING_ERR_NO_MEMORY;
    return ANNING_OK;
}

int anning_snapshot(struct anning *door, char *error, size_t error_size)
{
    struct an_error why = { "" };
    if (error != NULL && error_size > 0) error[0] = '\0';
    if (door == NULL) return ANNING_ERR_INVALID;
    pthread_mutex_lock(&slow);
    enum an_err err = an_engine_snapshot(door->engine, &why);
    pthread_mutex_unlock(&slow);
    return say(&why, err, error, error_size);
}

struct anning_context *anning_context(struct anning *door, unsigned number)
{
    return door == NULL || number >= door->context_count ? NULL : &door->contexts[number];
}

int anning_tick(struct anning_context *context)
{
    if (context == NULL) return ANNING_ERR_INVALID;
    if (!an_lib_enter(context)) return ANNING_ERR_BUSY;
    an_engine_tick(context->inner);
    an_lib_leave(context);
    return ANNING_OK;
}

static void fill_metrics(const struct anning *door, struct anning_metrics *ret)
{
    struct an_metrics m = { 0 };
    struct an_state_stats stats;
    an_engine_metrics(door->engine, &m);
    an_state_stats(an_engine_state(door->engine), &stats);
    for (int t = 0; t < AN_METRIC_TRANSPORTS; t++)
        for (int a = 0; a < AN_ACTION_COUNT; a++) ret->verdicts[a] += m.calls[t][a];
    ret->contexts = door->context_count;
    ret->fallbacks = m.fallbacks;
    ret->retransmissions = m.sip_retransmissions;
    ret->answers = stats.answers;
    ret->ends = stats.ends;
    ret->reports = stats.reports;
    ret->numbers = stats.tables[AN_TABLE_NUMBERS].used;
    ret->numbers_capacity = stats.tables[AN_TABLE_NUMBERS].capacity;
    ret->evictions = stats.tables[AN_TABLE_NUMBERS].evictions;
    ret->state_bytes = stats.bytes;
    ret->journal_records = m.journal_records;
    ret->journal_bytes = m.journal_bytes;
    ret->journal_lost = m.journal_lost;
    ret->settings_version = m.settings_version;
}

int anning_metrics(struct anning *door, struct anning_metrics *ret_metrics)
{
    if (door == NULL || ret_metrics == NULL || ret_metrics->size < METRICS_FIRST) return ANNING_ERR_INVALID;
    uint32_t size = ret_metrics->size;
    struct anning_metrics ours = { .size = size };
    fill_metrics(door, &ours);
    memcpy(ret_metrics, &ours, size < sizeof ours ? size : sizeof ours);
    return ANNING_OK;
}
