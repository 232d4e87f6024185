#include "engine/deliveries.h"

#include <cjson/cJSON.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/thread.h"
#include "case/hook.h"
#include "enrich/plan.h"
#include "model/number.h"
#include "store/cases.h"

enum { POLL_MS = 500, AWAY_MS = 2000, RETRY_MS = 10000, RETRY_TIMES = 6 };
/* Longer than one try takes: a server that died in it is given up after that. */
#define LEASE_US (6 * AN_HOOK_MS * 1000ull)

struct an_deliveries {
    struct an_deliveries_options options;
    pthread_t thread;
    atomic_bool stopping;
};

static bool is_stopping(void *user)
{
    struct an_deliveries *deliveries = user;
    return atomic_load(&deliveries->stopping);
}

static void add_time(cJSON *object, const char *name, uint64_t time_us)
{
    char text[32];
    time_t seconds = (time_t)(time_us / AN_US_PER_S);
    struct tm tm;
    gmtime_r(&seconds, &tm);
    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &tm);
    cJSON_AddStringToObject(object, name, text);
}

/* [own] cJSON_free. */
static char *body_of(const struct an_delivery *delivery, const struct an_complaint *c)
{
    char id[AN_DB_ID_TEXT_MAX], number[AN_NUMBER_TEXT_MAX], region[8] = "unknown";
    cJSON *object = cJSON_CreateObject();
    cJSON_AddStringToObject(object, "id", an_db_id_text(delivery->id, id));
    add_time(object, "time", an_clock_wall_us());
    cJSON_AddStringToObject(object, "to", delivery->dest);
    cJSON_AddStringToObject(object, "case", an_db_id_text(delivery->case_id, id));
    cJSON *complaint = cJSON_AddObjectToObject(object, "complaint");
    an_number_text(c->caller, number);
    if (c->region != AN_REGION_UNKNOWN) snprintf(region, sizeof region, "%02u", c->region);
    cJSON_AddStringToObject(complaint, "source", an_complaint_source_name((enum an_complaint_source)c->source));
    cJSON_AddStringToObject(complaint, "id", c->theirs);
    add_time(complaint, "time", c->time_us);
    cJSON_AddStringToObject(complaint, "caller", number);
    cJSON_AddStringToObject(complaint, "category", an_category_name((enum an_category)c->category));
    cJSON_AddStringToObject(complaint, "network", an_operator_name((enum an_operator)c->op));
    cJSON_AddStringToObject(complaint, "region", region);
    if (c->firm[0] != '\0') cJSON_AddStringToObject(complaint, "firm", c->firm);
    if (c->words[0] != '\0') cJSON_AddStringToObject(complaint, "words", c->words);
    char *body = cJSON_PrintUnformatted(object);
    cJSON_Delete(object);
    return body;
}

/* One that is due, and what it says; body NULL: its complaint is gone. */
static enum an_err take(struct an_deliveries *deliveries, struct an_delivery *ret_delivery, char **ret_body,
                        struct an_error *error)
{
    struct an_db_session *session;
    struct an_complaint *complaint = calloc(1, sizeof *complaint);
    if (complaint == NULL) return an_fail(error, AN_ERR_NO_MEMORY, "no memory");
    enum an_err err = an_store_take(deliveries->options.store, &session, error);
    if (err == AN_OK) {
        err = an_delivery_take(session, an_clock_wall_us(), LEASE_US, ret_delivery, error);
        if (err == AN_OK) {
            err = an_complaint_find(session, an_store_secret(deliveries->options.store), ret_delivery->complaint,
                                    complaint, error);
            *ret_body = err == AN_OK ? body_of(ret_delivery, complaint) : NULL;
            if (err == AN_ERR_NOT_FOUND) err = AN_OK;
        }
        an_db_give(session);
    }
    free(complaint);
    return err;
}

static enum an_err settle(struct an_deliveries *deliveries, const struct an_delivery *delivery, bool sent, bool over,
                          struct an_error *error)
{
    struct an_db_session *session;
    uint64_t now_us = an_clock_wall_us();
    uint64_t wait_us = (deliveries->options.retry_ms == 0 ? RETRY_MS : deliveries->options.retry_ms) * 1000ull;
    for (unsigned i = 0; i < delivery->tries; i++) wait_us *= RETRY_TIMES;
    enum an_err err = an_store_take(deliveries->options.store, &session, error);
    if (err != AN_OK) return err;
    err = sent || over ? an_delivery_done(session, delivery, sent, now_us, error)
                       : an_delivery_later(session, delivery, now_us + wait_us, error);
    an_db_give(session);
    return err;
}

static enum an_err turn(struct an_deliveries *deliveries, struct an_error *error)
{
    struct an_delivery delivery;
    struct an_error why;
    char *body = NULL;
    enum an_err err = take(deliveries, &delivery, &body, error);
    if (err != AN_OK) return err;
    const struct an_hook hook = { delivery.url, deliveries->options.secret, is_stopping, deliveries };
    bool fits = body != NULL && an_hook_url(delivery.url, &why) == AN_OK;
    bool sent = fits && an_hook_post(&hook, body);
    cJSON_free(body);
    if (!sent && is_stopping(deliveries)) return AN_OK; /* its time comes again */
    bool over = !fits || delivery.tries + 1 >= AN_DELIVERY_TRIES;
    if (!sent && over)
        an_log(AN_LOG_WARN, "routes.send", "a complaint could not be passed on to \"%s\" in %u tries", delivery.dest,
               delivery.tries + 1);
    return settle(deliveries, &delivery, sent, over, error);
}

static void *deliveries_main(void *user)
{
    an_thread_background("an-deliver");
    struct an_deliveries *deliveries = user;
    bool failing = false;
    while (!is_stopping(deliveries)) {
        struct an_error error = { "" };
        enum an_err err = turn(deliveries, &error);
        bool failed = err != AN_OK && err != AN_ERR_NOT_FOUND;
        const bool opened = an_store_db(deliveries->options.store) != NULL; /* the store's thread tells of it before */
        if (failed && opened && !failing)
            an_log(AN_LOG_WARN, "routes.send", "%s; complaints are passed on once the store is back", error.text);
        failing = failed && opened;
        if (err != AN_OK) an_thread_rest(&deliveries->stopping, failed ? AWAY_MS : POLL_MS);
    }
    return NULL;
}

enum an_err an_deliveries_start(const struct an_deliveries_options *options, struct an_deliveries **ret,
                                struct an_error *error)
{
    an_assert(options != NULL && options->store != NULL && options->secret != NULL && ret != NULL);
    struct an_deliveries *deliveries = calloc(1, sizeof *deliveries);
    if (deliveries != NULL) deliveries->options = *options;
    if (deliveries == NULL || an_hook_init(error) != AN_OK ||
        pthread_create(&deliveries->thread, NULL, deliveries_main, deliveries) != 0) {
        free(deliveries);
        return an_fail(error, AN_ERR_NO_MEMORY, "no memory or no thread for complaints that are passed on");
    }
    *ret = deliveries;
    return AN_OK;
}

void an_deliveries_stop(struct an_deliveries *deliveries)
{
    if (deliveries == NULL) return;
    atomic_store(&deliveries->stopping, true);
    pthread_join(deliveries->thread, NULL);
    free(deliveries);
}
