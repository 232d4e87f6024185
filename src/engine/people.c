#include "engine/people.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/thread.h"
#include "engine/callees.h"
#include "engine/internal.h"
#include "engine/people_inside.h"
#include "store/redress.h"
#include "store/rulings.h"

enum {
    POLL_MS = 200,
    SWEEP_MS = 60000,
    COUNT_MS = 2000,
    PAGE = 2000,
    SWEEP_ROWS = 2000,
    RECORDINGS = 20,
    RETRY_MS = 1000
};
#define ERASED_KEPT_US (86400ull * AN_US_PER_S)
#define TEXTS_KEPT_US (3600ull * AN_US_PER_S)

void an_people_pause(struct an_people *people, unsigned ms)
{
    an_thread_rest(&people->stopping, ms);
}

/* ---- settings into the door ---- */

/* Settings as the store keeps them; false and a line in the log where they can't be read. */
static bool read_row(const struct an_subscriber_row *row, struct an_subscriber *ret)
{
    struct an_error error = { "it is no JSON" };
    cJSON *object = row->json == NULL ? NULL : cJSON_Parse(row->json);
    enum an_err err = object == NULL ? AN_ERR_CORRUPT : an_subscriber_of_stored(object, ret, &error);
    cJSON_Delete(object);
    if (err != AN_OK)
        an_log(AN_LOG_WARN, "people.settings", "a subscriber's settings, version %u, can't be used: %s", row->version,
               error.text);
    return err == AN_OK;
}

void an_people_changed(struct an_people *people, an_number number, uint32_t version,
                       const struct an_subscriber *subscriber)
{
    struct an_error error;
    if (subscriber == NULL) {
        an_engine_drop_callee(people->options.engine, number);
        return;
    }
    struct an_subscriber_view *view = malloc(sizeof *view);
    if (view == NULL) return; /* what was in force stays */
    an_subscriber_look(subscriber, number, version, view);
    if (an_engine_put_callee(people->options.engine, &view->settings, &error) != AN_OK)
        an_log(AN_LOG_WARN, "people.settings", "a subscriber's settings, version %u, are not in force: %s", version,
               error.text);
    free(view);
}

static bool apply(void *user, const struct an_subscriber_row *row)
{
    struct an_people *people = user;
    struct an_subscriber subscriber;
    an_subscriber_init(&subscriber);
    if (row->state == AN_SUBSCRIBER_ERASED)
        an_people_changed(people, row->number, row->version, NULL);
    else if (read_row(row, &subscriber))
        an_people_changed(people, row->number, row->version, &subscriber);
    an_subscriber_done(&subscriber);
    people->change = row->change;
    return !atomic_load(&people->stopping);
}

/* What changed since the last turn, page by page. */
static enum an_err read_changes(struct an_people *people, struct an_db_session *session, struct an_error *error)
{
    int64_t before;
    enum an_err err;
    do {
        before = people->change;
        err = an_subscriber_since(session, an_store_secret(people->options.store), people->change, PAGE, apply, people,
                                  error);
    } while (err == AN_OK && people->change != before && !atomic_load(&people->stopping));
    return err;
}

/* ---- everybody's, at the start ---- */

struct filling {
    struct an_people *people;
    struct an_callees *callees;
    struct an_subscriber_view *view;
    uint64_t count;
};

static bool fill_one(void *user, const struct an_subscriber_row *row)
{
    struct filling *f = user;
    struct an_subscriber subscriber;
    struct an_error error;
    an_subscriber_init(&subscriber);
    f->people->change = row->change;
    if (row->state != AN_SUBSCRIBER_ERASED && read_row(row, &subscriber)) {
        an_subscriber_look(&subscriber, row->number, row->version, f->view);
        if (an_callees_put(f->callees, &f->view->settings, &error) == AN_OK)
            f->count++;
        else
            an_log(AN_LOG_WARN, "people.settings", "a subscriber's settings are not in force: %s", error.text);
    }
    an_subscriber_done(&subscriber);
    return !atomic_load(&f->people->stopping);
}

static enum an_err fill(struct an_people *people, struct an_db_session *session, struct an_error *error)
{
    uint64_t start_us = an_clock_mono_us();
    struct filling f = { people, an_callees_new(error), malloc(sizeof *f.view), 0 };
    if (f.callees == NULL || f.view == NULL) {
        an_callees_free(f.callees);
        free(f.view);
        return an_fail(error, AN_ERR_NO_MEMORY, "no memory for subscribers' settings");
    }
    int64_t before;
    enum an_err err;
    people->change = 0;
    do {
        before = people->change;
        err = an_subscriber_since(session, an_store_secret(people->options.store), people->change, PAGE, fill_one, &f,
                                  error);
    } while (err == AN_OK && people->change != before && !atomic_load(&people->stopping));
    free(f.view);
    if (err != AN_OK) {
        an_callees_free(f.callees);
        return err;
    }
    an_engine_publish_callees(people->options.engine, f.callees);
    an_log(AN_LOG_INFO, "people.loaded", "settings of %llu subscribers are in force after %.2f s",
           (unsigned long long)f.count, (double)(an_clock_mono_us() - start_us) / 1e6);
    return AN_OK;
}

/* ---- tidying up ---- */

static enum an_err sweep(struct an_people *people, struct an_db_session *session, uint64_t now_us,
                         struct an_error *error)
{
    const struct an_people_options *o = &people->options;
    int64_t gone = 0;
    enum an_err err = an_subscriber_sweep(session, now_us - ERASED_KEPT_US, error);
    if (err == AN_OK) err = an_rulings_sweep(session, now_us, error);
    if (err == AN_OK) err = an_case_sweep(session, now_us - AN_CASE_DAYS * 86400ull * AN_US_PER_S, SWEEP_ROWS, error);
    if (err == AN_OK) err = an_text_sweep(session, now_us - TEXTS_KEPT_US, error);
    if (err == AN_OK) err = an_erased_sweep(session, now_us - o->calls_days * 86400ull * AN_US_PER_S, error);
    do {
        if (err == AN_OK)
            err = an_call_sweep(session, now_us - o->calls_days * 86400ull * AN_US_PER_S, SWEEP_ROWS, &gone, error);
    } while (err == AN_OK && gone == SWEEP_ROWS && !atomic_load(&people->stopping));
    do {
        if (err == AN_OK && o->recording_days > 0)
            err = an_recording_sweep(session, now_us - o->recording_days * 86400ull * AN_US_PER_S, RECORDINGS, now_us,
                                     &gone, error);
    } while (err == AN_OK && o->recording_days > 0 && gone == RECORDINGS && !atomic_load(&people->stopping));
    if (err == AN_OK)
        err = an_report_close_old(session, now_us - o->report_days * 86400ull * AN_US_PER_S, SWEEP_ROWS, now_us, error);
    return err;
}

static enum an_err count_redress(struct an_people *people, struct an_db_session *session, uint64_t now_us,
                                 struct an_error *error)
{
    uint64_t waiting, overdue;
    enum an_err err = an_redress_waiting(session, now_us, &waiting, &overdue, error);
    if (err != AN_OK) return err;
    if (overdue > atomic_load(&people->redress_overdue))
        an_log(AN_LOG_WARN, "redress.overdue",
               "%llu of %llu callers wait for a decision on redress longer than 24 hours", (unsigned long long)overdue,
               (unsigned long long)waiting);
    atomic_store(&people->redress_waiting, waiting);
    atomic_store(&people->redress_overdue, overdue);
    return AN_OK;
}

/* ---- the thread ---- */

struct turn {
    uint64_t counted_us, swept_us;
    bool failing;
};

static enum an_err take_turn(struct an_people *people, struct turn *turn, struct an_error *error)
{
    struct an_db_session *session;
    uint64_t mono_us = an_clock_mono_us(), now_us = an_clock_wall_us();
    uint64_t sweep_ms = people->options.sweep_ms == 0 ? SWEEP_MS : people->options.sweep_ms;
    enum an_err err = an_store_take(people->options.store, &session, error);
    if (err != AN_OK) return err;
    if (!people->filled) {
        pthread_mutex_lock(&people->lock);
        people->filling = true;
        pthread_mutex_unlock(&people->lock);
        err = fill(people, session, error);
        if (err == AN_OK) an_people_lookup_fill(people, session);
        if (err == AN_OK) err = an_people_read_rulings(people, session, error);
        pthread_mutex_lock(&people->lock);
        people->filled = err == AN_OK;
        people->filling = false;
        pthread_mutex_unlock(&people->lock);
    } else {
        err = read_changes(people, session, error);
        if (err == AN_OK) err = an_people_read_rulings(people, session, error);
    }
    if (err == AN_OK && mono_us - turn->counted_us >= COUNT_MS * 1000ull) {
        err = count_redress(people, session, now_us, error);
        turn->counted_us = mono_us;
    }
    if (err == AN_OK && mono_us - turn->swept_us >= sweep_ms * 1000) {
        err = sweep(people, session, now_us, error);
        turn->swept_us = mono_us;
    }
    an_db_give(session);
    return err;
}

static void *changes_main(void *user)
{
    struct an_people *people = user;
    an_thread_background("an-people");
    struct turn turn = { 0 };
    struct an_error error = { "" };
    while (!atomic_load(&people->stopping)) {
        enum an_err err = take_turn(people, &turn, &error);
        const bool opened =
            an_store_db(people->options.store) != NULL; /* until then its own thread says what is wrong */
        if (err != AN_OK) atomic_fetch_add(&people->store_errors, 1);
        if (err != AN_OK && opened) {
            if (!turn.failing)
                an_log(AN_LOG_WARN, "people.store", "%s; subscribers' settings stay as they are until it is back",
                       error.text);
        } else if (turn.failing) {
            an_log(AN_LOG_INFO, "people.store", "the store is back");
        }
        turn.failing = err != AN_OK && opened;
        an_people_pause(people, err == AN_OK ? POLL_MS : people->filled ? RETRY_MS : POLL_MS);
    }
    return NULL;
}

/* ---- start and stop ---- */

static bool allocate(struct an_people *people)
{
    struct an_error error;
    people->batch = calloc(AN_PEOPLE_BATCH, sizeof *people->batch);
    people->vector = calloc(1, sizeof *people->vector);
    people->call = calloc(1, sizeof *people->call);
    people->complaint = calloc(1, sizeof *people->complaint);
    people->plan = an_plan_new(&error);
    people->lookup = an_lookup_new();
    if (people->options.data_dir != NULL) people->data_dir = strdup(people->options.data_dir);
    return people->batch != NULL && people->vector != NULL && people->call != NULL && people->complaint != NULL &&
           people->plan != NULL && people->lookup != NULL &&
           (people->options.data_dir == NULL || people->data_dir != NULL);
}

enum an_err an_people_start(const struct an_people_options *options, struct an_people **ret_people,
                            struct an_error *error)
{
    an_assert(options != NULL && options->engine != NULL && options->store != NULL && ret_people != NULL);
    struct an_people *people = calloc(1, sizeof *people);
    if (people == NULL) return an_fail(error, AN_ERR_NO_MEMORY, "no memory");
    people->options = *options;
    pthread_mutex_init(&people->lock, NULL);
    pthread_mutex_init(&people->context_lock, NULL);
    bool fine = allocate(people);
    if (fine) fine = people->changes_run = pthread_create(&people->changes_thread, NULL, changes_main, people) == 0;
    if (fine && people->data_dir != NULL)
        fine = people->follow_run = pthread_create(&people->follow_thread, NULL, an_people_follow, people) == 0;
    if (!fine) {
        an_people_stop(people);
        return an_fail(error, AN_ERR_NO_MEMORY, "no memory or no thread for subscribers");
    }
    *ret_people = people;
    return AN_OK;
}

void an_people_stop(struct an_people *people)
{
    if (people == NULL) return;
    atomic_store(&people->stopping, true);
    if (people->changes_run) pthread_join(people->changes_thread, NULL);
    if (people->follow_run) pthread_join(people->follow_thread, NULL);
    an_journal_reader_close(people->reader);
    an_plan_free(people->plan);
    an_lookup_free(people->lookup);
    pthread_mutex_destroy(&people->lock);
    pthread_mutex_destroy(&people->context_lock);
    free(people->batch);
    free(people->vector);
    free(people->call);
    free(people->complaint);
    free(people->data_dir);
    free(people);
}

bool an_people_wait(struct an_people *people, unsigned ms, unsigned reading_ms)
{
    const struct timespec moment = { .tv_nsec = 5000000 };
    uint64_t begin_us = an_clock_mono_us();
    for (;;) {
        pthread_mutex_lock(&people->lock);
        bool filled = people->filled, filling = people->filling;
        pthread_mutex_unlock(&people->lock);
        uint64_t most_us = (filling ? ms + (uint64_t)reading_ms : ms) * 1000;
        if (filled || an_clock_mono_us() - begin_us >= most_us) return filled;
        nanosleep(&moment, NULL);
    }
}

void an_people_reporting(struct an_people *people, const struct an_token *token)
{
    pthread_mutex_lock(&people->lock);
    people->told[people->told_next++ % AN_PEOPLE_TOLD] = *token;
    pthread_mutex_unlock(&people->lock);
}

void an_people_stats(struct an_people *people, struct an_people_stats *ret_stats)
{
    *ret_stats = (struct an_people_stats) {
        .calls = atomic_load(&people->calls),
        .reports = atomic_load(&people->reports),
        .store_errors = atomic_load(&people->store_errors),
        .lag_us = atomic_load(&people->lag_us),
        .redress_waiting = atomic_load(&people->redress_waiting),
        .redress_overdue = atomic_load(&people->redress_overdue),
    };
}

enum an_reported an_people_reported(struct an_people *people)
{
    struct an_policy policy;
    an_people_policy(people, &policy);
    return policy.reported;
}

void an_people_policy(struct an_people *people, struct an_policy *ret_policy)
{
    an_engine_policy(people->options.engine, ret_policy);
}

bool an_people_firm(struct an_people *people, an_number number, char ret_name[AN_FIRM_NAME_MAX + 1])
{
    return an_engine_firm_of(people->options.engine, number, ret_name);
}
