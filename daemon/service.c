#include "daemon/service.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "act/answer.h"
#include "api/api.h"
#include "api/desk.h"
#include "api/links.h"
#include "api/record_json.h"
#include "base/clock.h"
#include "base/log.h"
#include "daemon/console.h"
#include "daemon/people.h"
#include "daemon/seat.h"
#include "engine/counts.h"
#include "engine/door.h"
#include "engine/engine.h"
#include "engine/models.h"
#include "wire/loop.h"

struct an_service {
    struct an_config *config; /* [borrow] */
    struct an_engine *engine;
    unsigned loop_count, api_threads;
    bool virtual_time; /* of the test range */
    int32_t utc_offset_s;
    struct an_loop **loops; /* [own] */
    struct an_door *doors;  /* [own] */
    struct an_seat *seats;  /* [own] of the HTTP threads */
    void **api_contexts;    /* [own] the same, as api/ wants them */
    unsigned *api_workers;  /* [own] */
    struct an_api *api;
    struct an_people_service people;
    struct an_api_desk desk; /* live [own], dryruns [own] */
    struct an_counts *counts;
    struct an_store *store; /* NULL: no HTTP, or no memory for it */
    struct an_api_console console;
    char console_dir[AN_CONSOLE_PATH_MAX], console_url[AN_CONSOLE_URL_MAX];
    uint64_t start_us, last_snapshot_us;
    atomic_uint_fast64_t reloads, reload_failures;
    pthread_t snapshot_thread;
    atomic_bool snapshot_running;
    bool snapshot_started;
    bool up;
};

static struct an_state_limits limits_of(const struct an_config *config)
{
    struct an_state_limits limits = an_state_limits_default();
    limits.numbers = config->limits.numbers;
    limits.relations = config->limits.relations;
    limits.blocks = config->limits.blocks;
    limits.trunks = config->limits.trunks;
    limits.shapes = config->limits.shapes;
    limits.lines = config->limits.lines;
    limits.pending = config->limits.pending;
    limits.origins = config->limits.origins;
    limits.emergencies = config->limits.emergencies;
    limits.reporters = config->limits.reporters;
    limits.accused = config->limits.accused;
    limits.labels = config->limits.labels;
    limits.emergency_window_s = config->settings.policy.emergency_window_s;
    return limits;
}

static void load_progress(void *user, uint64_t done, uint64_t total)
{
    uint64_t *last_us = user, now_us = an_clock_mono_us();
    if (now_us - *last_us < 5 * AN_US_PER_S) return;
    *last_us = now_us;
    an_log(AN_LOG_INFO, "engine.rebuild", "reading the journal: %llu of %llu MB", (unsigned long long)(done >> 20),
           (unsigned long long)(total >> 20));
}

/* Loading the state may take long: that an address is taken is told before. */
static enum an_err probe_addresses(const struct an_config *config, struct an_error *error)
{
    enum an_err err = AN_OK;
    for (size_t i = 0; i < config->listen_count && err == AN_OK; i++) err = an_listen_probe(&config->listen[i], error);
    if (err == AN_OK && config->http[0] != '\0') err = an_api_probe(config->http, error);
    return err;
}

/* A model that can't be used never stops calls. */
static void load_models(struct an_service *service, const struct an_model_config *config)
{
    struct an_error error;
    struct an_models_info before, now;
    an_engine_models_info(service->engine, &before);
    enum an_err err = an_engine_load_models(service->engine, config->path, config->shadow, &error);
    an_engine_models_info(service->engine, &now);
    if (err != AN_OK)
        an_log(AN_LOG_ERROR, "model.load", "%s; %s", error.text,
               now.live_version == 0 ? "the hand-set weights judge" : "the model before stays in force");
    if (service->up && before.live_version == now.live_version && before.shadow_version == now.shadow_version) return;
    if (now.live_version == 0)
        an_log(AN_LOG_INFO, "model.load", "the hand-set weights judge, score version %u", now.score_version);
    else
        an_log(AN_LOG_INFO, "model.load", "model %s, %016llx, judges, score version %u", now.live,
               (unsigned long long)now.live_version, now.score_version);
    if (now.shadow_version != 0)
        an_log(AN_LOG_INFO, "model.load", "model %s, %016llx, scores in its shadow", now.shadow,
               (unsigned long long)now.shadow_version);
}

/* Subscribers are served by HTTP; their reports take a context of their own. */
static bool has_people(const struct an_config *config)
{
    return config->people.enabled && config->http[0] != '\0';
}

static enum an_err start_engine(struct an_service *service, struct an_error *error)
{
    struct an_config *config = service->config;
    uint64_t last_us = an_clock_mono_us();
    struct an_engine_options options = {
        .data_dir = config->data,
        .contexts = service->loop_count + service->api_threads + has_people(config),
        .limits = limits_of(config),
        .campaigns = config->campaigns.enabled,
        .campaign_limits = { .campaigns = config->campaigns.max,
                             .members = config->campaigns.members,
                             .listed = config->campaigns.listed },
        .transactions = config->limits.transactions,
        .fallback_budget_ms = config->fallback_budget_ms,
        .journal = { .sync_interval_us = 1000ull * config->journal.sync_ms,
                     .segment_bytes_max = (uint64_t)config->journal.segment_mb << 20,
                     .retention_bytes_max = (uint64_t)config->journal.retain_gb << 30,
                     .retention_age_us_max = config->journal.retain_days * 86400ull * AN_US_PER_S,
                     .unsynced_bytes_max = (uint64_t)config->journal.unsynced_mb << 20 },
        .settings = an_config_take_settings(config),
        .progress = load_progress,
        .user = &last_us,
    };
    if (options.settings == NULL) return an_fail(error, AN_ERR_NO_MEMORY, "no memory for the settings");
    enum an_err err = an_engine_new(&options, &service->engine, error);
    if (err != AN_OK) return err;
    struct an_engine_start info;
    an_engine_start_info(service->engine, &info);
    an_log(AN_LOG_INFO, "engine.loaded", "state is up after %.2f s: %s, %llu journal records replayed, %llu damaged",
           (double)info.load_us / 1e6, info.snapshot_time_us == 0 ? "no snapshot" : "a snapshot read",
           (unsigned long long)info.records_replayed, (unsigned long long)info.records_damaged);
    load_models(service, &config->model);
    return AN_OK;
}

/* Cores this process may run on, in order. */
static int core_number(unsigned nth)
{
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) != 0) return -1;
    int count = CPU_COUNT(&set);
    if (count <= 0) return -1;
    nth %= (unsigned)count;
    for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
        if (CPU_ISSET((size_t)cpu, &set) && nth-- == 0) return cpu;
    return -1;
}

static const char *or_null(const char *text)
{
    return text[0] == '\0' ? NULL : text;
}

static enum an_err start_loops(struct an_service *service, struct an_error *error)
{
    struct an_config *config = service->config;
    for (unsigned i = 0; i < service->loop_count; i++) {
        service->doors[i].context = an_engine_context(service->engine, i);
        service->doors[i].virtual_time = service->virtual_time;
        struct an_loop_options options = {
            .listens = config->listen,
            .listen_count = config->listen_count,
            .worker = i,
            .cpu = config->pin ? core_number(i) : -1,
            .tls_certificate = or_null(config->tls.certificate),
            .tls_key = or_null(config->tls.key),
            .tls_client_ca = or_null(config->tls.client_ca),
            .tls_client_required = config->tls.client_ca[0] != '\0',
        };
        const struct an_loop_handler handler = {
            .user = &service->doors[i], .process = an_door_process, .tick = an_door_tick, .frame = an_door_frame
        };
        enum an_err err = an_loop_start(&options, &handler, &service->loops[i], error);
        if (err != AN_OK) return err;
    }
    char text[AN_LISTEN_TEXT_MAX];
    for (size_t i = 0; i < config->listen_count; i++)
        an_log(AN_LOG_INFO, "sip.listen", "%s, %u workers", an_listen_text(&config->listen[i], text),
               service->loop_count);
    return AN_OK;
}

static void add_table(struct an_metrics *ret, enum an_metric_table to, const struct an_table_stats *from)
{
    ret->table_used[to] = from->used;
    ret->table_capacity[to] = from->capacity;
    ret->table_evictions[to] = from->evictions;
    ret->table_bytes[to] = from->bytes;
}

static void fill_metrics(void *user, struct an_metrics *ret)
{
    struct an_service *service = user;
    an_engine_metrics(service->engine, ret);
    for (unsigned i = 0; i < service->loop_count; i++) {
        struct an_loop_counters counters;
        an_loop_counters(service->loops[i], &counters);
        an_door_metrics(&service->doors[i], &counters, ret);
    }
    struct an_state_stats stats;
    an_state_stats(an_engine_state(service->engine), &stats);
    add_table(ret, AN_METRIC_TABLE_NUMBER, &stats.tables[AN_TABLE_NUMBERS]);
    add_table(ret, AN_METRIC_TABLE_BLOCK, &stats.tables[AN_TABLE_BLOCKS]);
    add_table(ret, AN_METRIC_TABLE_TRUNK, &stats.tables[AN_TABLE_TRUNKS]);
    add_table(ret, AN_METRIC_TABLE_SHAPE, &stats.tables[AN_TABLE_SHAPES]);
    add_table(ret, AN_METRIC_TABLE_RELATION, &stats.tables[AN_TABLE_RELATIONS]);
    add_table(ret, AN_METRIC_TABLE_ORIGIN, &stats.tables[AN_TABLE_ORIGINS]);
    add_table(ret, AN_METRIC_TABLE_LINE, &stats.tables[AN_TABLE_LINES]);
    add_table(ret, AN_METRIC_TABLE_PENDING, &stats.tables[AN_TABLE_PENDING]);
    add_table(ret, AN_METRIC_TABLE_EMERGENCY, &stats.tables[AN_TABLE_EMERGENCIES]);
    add_table(ret, AN_METRIC_TABLE_REPORTER, &stats.tables[AN_TABLE_REPORTERS]);
    add_table(ret, AN_METRIC_TABLE_ACCUSED, &stats.tables[AN_TABLE_ACCUSED]);
    add_table(ret, AN_METRIC_TABLE_LABEL, &stats.tables[AN_TABLE_LABELS]);
    ret->reports_ignored = stats.reports_ignored;
    memcpy(ret->reports_counted, stats.reports_counted, sizeof ret->reports_counted);
    ret->table_capacity[AN_METRIC_TABLE_CONNECTION] = (uint64_t)service->loop_count * AN_TCP_CONNECTIONS_MAX;
    an_people_service_metrics(&service->people, ret);
    ret->ready = 1;
    ret->workers = service->loop_count;
    ret->start_time_us = service->start_us;
    ret->reloads = atomic_load(&service->reloads);
    ret->reload_failures = atomic_load(&service->reload_failures);
}

static enum an_err explain(void *user, const struct an_token *token, struct an_text *out)
{
    const struct an_service *service = user;
    return an_api_explain_json(service->config->data, token, out);
}

static enum an_err campaign_ids(void *user, bool hostile_only, uint32_t *ret_ids, size_t max, size_t *ret_count)
{
    const struct an_service *service = user;
    return an_engine_campaign_ids(service->engine, hostile_only, ret_ids, max, ret_count);
}

static enum an_err campaign_view(void *user, uint32_t id, struct an_campaign_view *ret_view)
{
    const struct an_service *service = user;
    return an_engine_campaign_view(service->engine, id, ret_view);
}

static enum an_err campaign_say(void *user, void *context, const struct an_record_campaign *word, uint64_t now_us,
                                struct an_error *error)
{
    static const char *const kinds[AN_CAMPAIGN_WORD_END] = { "", "release", "confirm", "name", "merge", "split" };
    (void)user;
    enum an_err err = an_seat_say(context, word, now_us, error);
    if (err == AN_OK)
        an_log(AN_LOG_INFO, "campaign.say", "campaign %u: %s %s", word->campaign, kinds[word->kind],
               word->yes ? "on" : "off");
    return err;
}

static enum an_err take_labels(void *user, void *context, struct an_ruling *labels, size_t count, uint64_t now_us,
                               size_t *ret_index, size_t *ret_other, struct an_error *error)
{
    struct an_service *service = user;
    enum an_err err = an_engine_rulings_resolve(service->engine, labels, count, ret_index, ret_other, error);
    if (err == AN_OK) err = an_seat_rule(context, labels, count, now_us, error);
    if (err == AN_OK && service->people.people != NULL) an_people_ruled(service->people.people, labels, count);
    if (err == AN_OK) an_log(AN_LOG_INFO, "labels", "%zu taken in", count);
    return err;
}

/* What the same call would have been answered over SIP. */
static void sip_of(void *user, const struct an_call *call, struct an_api_sip *ret_sip)
{
    const struct an_service *service = user;
    struct an_act_settings act;
    an_engine_act(service->engine, &act);
    enum an_action action = (enum an_action)call->verdict.action;
    if (an_act_is_report(call, &act)) {
        ret_sip->status = AN_ACT_REPORT_STATUS;
        return;
    }
    if (action == AN_ACTION_SCREEN && act.screener[0] == '\0') action = AN_ACTION_LABEL;
    ret_sip->status = action == AN_ACTION_BLOCK ? act.block_status : 302;
    if (action == AN_ACTION_LABEL)
        an_act_label((enum an_category)call->verdict.category, act.label_language, ret_sip->label);
    if (action == AN_ACTION_SCREEN)
        an_slice_copy(an_slice_of(act.screener), ret_sip->contact, sizeof ret_sip->contact);
    else if (action != AN_ACTION_BLOCK && act.next_hop[0] != '\0' && an_number_is_e164(call->enriched.obs.callee))
        snprintf(ret_sip->contact, sizeof ret_sip->contact, "sip:+%llu@%s",
                 (unsigned long long)call->enriched.obs.callee, act.next_hop);
}

/* What people look at: without it calls are judged as ever. */
static void start_desk(struct an_service *service)
{
    struct an_error error;
    const struct an_live_options live = { .data_dir = service->config->data, .utc_offset_s = service->utc_offset_s };
    service->desk = (struct an_api_desk) { .engine = service->engine, .data_dir = service->config->data };
    if (an_live_new(&live, &service->desk.live, &error) != AN_OK)
        an_log(AN_LOG_WARN, "desk", "%s; the desk is off", error.text);
    const struct an_counts_options counts = { .store = service->store,
                                              .live = service->desk.live,
                                              .data_dir = service->config->data };
    if (counts.store != NULL && counts.live != NULL && an_counts_start(&counts, &service->counts, &error) != AN_OK)
        an_log(AN_LOG_WARN, "statistics", "%s; what is counted here is not in them", error.text);
    if (an_dryruns_new(service->config->data, &service->desk.dryruns, &error) != AN_OK)
        an_log(AN_LOG_WARN, "desk", "%s", error.text);
}

/* From the store's thread, once it is open. */
static void store_opened(void *user, struct an_db *db, const struct an_secret *secret)
{
    const struct an_service *service = user;
    struct an_error error;
    if (an_api_first_link(db, secret, service->console_url, &error) != AN_OK)
        an_log(AN_LOG_ERROR, "store.failed", "%s", error.text);
}

/* A store that can't be opened stops nothing: its thread goes on trying. */
static bool send_text(void *user, an_number to, const char *text)
{
    struct an_service *service = user;
    return an_texts_send(service->people.texts, to, false, text, NULL) == AN_OK;
}

static void start_store(struct an_service *service)
{
    struct an_error error;
    const struct an_config *config = service->config;
    an_console_dir(config->console.dir, service->console_dir);
    an_api_console_url(config->console.url, config->http, service->console_url);
    service->console = (struct an_api_console) {
        .dir = service->console_dir,
        .url = service->console_url,
        .https = config->console.https,
        .proxy = config->console.proxy,
        .session_h = config->console.session_h,
        .streams_max = config->console.streams_max,
        .send_text = config->texts.send_url[0] == '\0' ? NULL : send_text,
    };
    const struct an_store_options options = {
        .data_dir = config->data,
        .url = config->store.url,
        .key_file = config->store.key_file,
        .sessions = config->store.sessions,
        .opened = store_opened,
        .user = service,
    };
    if (an_store_start(&options, &service->store, &error) != AN_OK)
        an_log(AN_LOG_ERROR, "store.open", "%s; the console and the people's paths answer 503", error.text);
}

static enum an_err start_people(struct an_service *service, struct an_error *error)
{
    struct an_config *config = service->config;
    if (!has_people(config) || service->store == NULL) return AN_OK;
    unsigned number = service->loop_count + service->api_threads;
    return an_people_service_start(config, service->engine, an_engine_context(service->engine, number), service->store,
                                   &service->people, error);
}

static enum an_err start_api(struct an_service *service, struct an_error *error)
{
    if (service->config->http[0] == '\0') return AN_OK;
    start_desk(service);
    for (unsigned i = 0; i < service->api_threads; i++) {
        service->api_workers[i] = service->loop_count + i;
        an_seat_init(&service->seats[i], an_engine_context(service->engine, service->api_workers[i]),
                     service->config->data);
        service->api_contexts[i] = &service->seats[i];
    }
    const struct an_api_options options = {
        .address = service->config->http,
        .threads = service->api_threads,
        .contexts = service->api_contexts,
        .workers = service->api_workers,
        .user = service,
        .calls = { .run = an_seat_run,
                   .metrics = fill_metrics,
                   .explain = explain,
                   .sip = sip_of,
                   .labels = take_labels,
                   .campaign_ids = campaign_ids,
                   .campaign_view = campaign_view,
                   .campaign_say = campaign_say },
        .token = or_null(service->config->api.token),
        .people = service->people.people == NULL ? NULL : &service->people.api,
        .desk = &service->desk,
        .any_time = service->virtual_time,
        .utc_offset_s = service->utc_offset_s,
        .store = service->store,
        .console = &service->console,
    };
    enum an_err err = an_api_start(&options, &service->api, error);
    return err;
}

static bool is_loopback(const union an_address *address)
{
    if (address->any.sa_family == AF_INET) return (ntohl(address->v4.sin_addr.s_addr) >> 24) == 127;
    return address->any.sa_family == AF_INET6 && IN6_IS_ADDR_LOOPBACK(&address->v6.sin6_addr);
}

/* Whoever can reach an address to listen on could turn the clock: nobody but this machine may. */
static enum an_err check_virtual_time(const struct an_config *config, struct an_error *error)
{
    char text[AN_LISTEN_TEXT_MAX];
    for (size_t i = 0; i < config->listen_count; i++)
        if (!is_loopback(&config->listen[i].address))
            return an_fail(error, AN_ERR_INVALID,
                           "--virtual-time with %s; only 127.0.0.0/8 and [::1] are possible then",
                           an_listen_text(&config->listen[i], text));
    if (config->http[0] != '\0' && !is_loopback(&config->http_address))
        return an_fail(error, AN_ERR_INVALID, "--virtual-time with HTTP at %s; only loopback is possible then",
                       config->http);
    an_log(AN_LOG_WARN, "virtual.time", "TEST RANGE: callers say what time it is; not for service");
    return AN_OK;
}

static bool allocate(struct an_service *service)
{
    service->loops = calloc(service->loop_count, sizeof *service->loops);
    service->doors = calloc(service->loop_count, sizeof *service->doors);
    service->seats = calloc(service->api_threads + 1, sizeof *service->seats);
    service->api_contexts = calloc(service->api_threads + 1, sizeof *service->api_contexts);
    service->api_workers = calloc(service->api_threads + 1, sizeof *service->api_workers);
    return service->loops != NULL && service->doors != NULL && service->seats != NULL &&
           service->api_contexts != NULL && service->api_workers != NULL;
}

enum an_err an_service_start(struct an_config *config, bool virtual_time, struct an_service **ret_service,
                             struct an_error *error)
{
    an_assert(config != NULL && ret_service != NULL);
    enum an_err err = virtual_time ? check_virtual_time(config, error) : AN_OK;
    if (err != AN_OK) return err;
    struct an_service *service = calloc(1, sizeof *service);
    if (service == NULL) return an_fail(error, AN_ERR_NO_MEMORY, "no memory");
    service->config = config;
    service->virtual_time = virtual_time;
    service->utc_offset_s = config->settings.utc_offset_s;
    service->start_us = service->last_snapshot_us = an_clock_wall_us();
    service->loop_count = an_config_workers(config);
    service->api_threads = config->http[0] == '\0' ? 0 : config->api.threads;
    if (!allocate(service))
        err = an_fail(error, AN_ERR_NO_MEMORY, "no memory for %u workers", service->loop_count);
    else if (service->loop_count + service->api_threads + has_people(config) > AN_ENGINE_CONTEXTS_MAX)
        err = an_fail(error, AN_ERR_LIMIT, "workers and api.threads together are %u; %d are possible",
                      service->loop_count + service->api_threads, AN_ENGINE_CONTEXTS_MAX);
    if (err == AN_OK) err = probe_addresses(config, error);
    if (err == AN_OK) err = start_engine(service, error);
    if (err == AN_OK && config->http[0] != '\0') start_store(service);
    if (err == AN_OK) err = start_people(service, error);
    if (err == AN_OK) err = start_loops(service, error);
    if (err == AN_OK) err = start_api(service, error);
    if (err != AN_OK) {
        an_service_stop(service);
        return err;
    }
    an_log(AN_LOG_INFO, "start", "anningd %s is up", ANNING_VERSION);
    service->up = true;
    *ret_service = service;
    return AN_OK;
}

void an_service_stop(struct an_service *service)
{
    if (service == NULL) return;
    an_api_stop(service->api); /* first: GET /metrics reads the loops */
    for (unsigned i = 0; service->loops != NULL && i < service->loop_count; i++) an_loop_stop(service->loops[i]);
    if (service->snapshot_started) pthread_join(service->snapshot_thread, NULL);
    an_people_service_stop(&service->people);
    an_counts_stop(service->counts);
    an_store_stop(service->store);
    an_dryruns_free(service->desk.dryruns);
    an_engine_free(service->engine);
    an_live_free(service->desk.live); /* after the journal's last records */
    if (service->up) an_log(AN_LOG_INFO, "stop", "stopped");
    free(service->loops);
    free(service->doors);
    for (unsigned i = 0; service->seats != NULL && i < service->api_threads; i++) an_seat_done(&service->seats[i]);
    free(service->seats);
    free(service->api_contexts);
    free(service->api_workers);
    free(service);
}

void an_service_reload(struct an_service *service, struct an_config *config)
{
    char names[256];
    if (an_config_restart_keys(service->config, config, names, sizeof names) > 0)
        an_log(AN_LOG_WARN, "config.reload", "takes effect at the next start only: %s", names);
    an_log_set_level(config->log_level);
    struct an_settings *settings = an_config_take_settings(config);
    if (settings == NULL) {
        an_service_reload_failed(service);
        return;
    }
    unsigned long long version = settings->version;
    an_engine_set_settings(service->engine, settings);
    load_models(service, &config->model);
    atomic_fetch_add(&service->reloads, 1);
    an_log(AN_LOG_INFO, "config.reload", "settings %016llx are in force", version);
}

void an_service_reload_failed(struct an_service *service)
{
    atomic_fetch_add(&service->reload_failures, 1);
}

static void *write_snapshot(void *user)
{
    struct an_service *service = user;
    struct an_error error;
    uint64_t began_us = an_clock_mono_us();
    if (an_engine_snapshot(service->engine, &error) != AN_OK)
        an_log(AN_LOG_ERROR, "engine.snapshot", "%s", error.text);
    else
        an_log(AN_LOG_INFO, "engine.snapshot", "written in %.2f s", (double)(an_clock_mono_us() - began_us) / 1e6);
    atomic_store(&service->snapshot_running, false);
    return NULL;
}

/* A thread of its own, so that signals are heard while it writes. */
static void begin_snapshot(struct an_service *service)
{
    if (service->snapshot_started) pthread_join(service->snapshot_thread, NULL);
    atomic_store(&service->snapshot_running, true);
    service->snapshot_started = pthread_create(&service->snapshot_thread, NULL, write_snapshot, service) == 0;
    if (!service->snapshot_started) atomic_store(&service->snapshot_running, false);
}

void an_service_second(struct an_service *service)
{
    for (unsigned i = 0; service->api != NULL && i < service->api_threads; i++) an_seat_tick(&service->seats[i]);
    uint64_t now_us = an_clock_wall_us(), every_us = service->config->snapshot_every_s * AN_US_PER_S;
    if (every_us == 0 || atomic_load(&service->snapshot_running)) return;
    if (now_us - service->last_snapshot_us < every_us) return;
    service->last_snapshot_us = now_us;
    begin_snapshot(service);
}
