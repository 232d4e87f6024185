#include "daemon/people.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"

/* For the store to answer, and for a million subscribers and more to be read: calls are not taken in meanwhile. */
enum { STORE_MS = 5000, READING_MS = 60000 };

enum an_err an_people_service_start(const struct an_config *config, struct an_engine *engine,
                                    struct an_context *context, struct an_store *store,
                                    struct an_people_service *ret_service, struct an_error *error)
{
    const struct an_texts_options texts = { .url = config->texts.send_url, .secret = config->texts.secret };
    const struct an_people_options people = {
        .engine = engine,
        .context = context,
        .store = store,
        .data_dir = config->data,
        .calls_days = config->people.calls_days,
        .report_days = config->people.report_days,
        .recording_days = config->people.recording_days,
        .short_code_s = config->people.short_code_min * 60,
    };
    struct an_people_service service = { 0 };
    enum an_err err = an_texts_new(&texts, &service.texts, error);
    if (err == AN_OK) err = an_people_start(&people, &service.people, error);
    if (err != AN_OK) {
        an_people_service_stop(&service);
        return err;
    }
    if (!an_people_wait(service.people, STORE_MS, READING_MS))
        an_log(AN_LOG_WARN, "people.loaded",
               "subscribers' settings could not be read yet; calls are judged by the site's until they are");
    service.api = (struct an_api_people) {
        .people = service.people,
        .texts = service.texts,
        .data_dir = config->data,
        .texts_secret = config->texts.secret,
        .texts_number = config->texts.number,
        .keywords = { { NULL, config->texts.on_words, config->texts.off_words, config->texts.query_words,
                        config->texts.report_words } },
        .recording_bytes = config->people.recording_kb * 1024,
        .recordings_day = config->people.recordings_day,
        .recording_days = config->people.recording_days,
        .calls_days = config->people.calls_days,
        .journal_days = config->journal.retain_days,
    };
    *ret_service = service;
    return AN_OK;
}

void an_people_service_stop(struct an_people_service *service)
{
    an_people_stop(service->people);
    an_texts_free(service->texts);
    *service = (struct an_people_service) { 0 };
}

void an_people_service_metrics(const struct an_people_service *service, struct an_metrics *ret_metrics)
{
    struct an_people_stats stats;
    struct an_texts_stats texts;
    if (service->people == NULL) return;
    an_people_stats(service->people, &stats);
    an_texts_stats(service->texts, &texts);
    ret_metrics->people_calls = stats.calls;
    ret_metrics->people_reports = stats.reports;
    ret_metrics->people_failures = stats.store_errors;
    ret_metrics->people_lag_us = stats.lag_us;
    ret_metrics->redress_waiting = stats.redress_waiting;
    ret_metrics->redress_overdue = stats.redress_overdue;
    ret_metrics->texts_sent = texts.sent;
    ret_metrics->texts_failed = texts.failed + texts.dropped;
}
