#include "engine/counts.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/thread.h"
#include "engine/people.h"

enum { EVERY_MS = 3000, BATCH = 256 };

struct an_counts {
    struct an_counts_options options;
    pthread_t thread;
    atomic_bool stopping;
};

static void statistic_of(const struct an_live_cell *cell, struct an_statistic *ret)
{
    _Static_assert((int)AN_LIVE_MEASURES == (int)AN_STATISTIC_MEASURES &&
                       (int)AN_LIVE_M_WANTED == (int)AN_STATISTIC_WANTED,
                   "the same measures");
    *ret = (struct an_statistic) { .quarter = cell->quarter, .key = { cell->op, cell->category, cell->region } };
    for (int m = 0; m < AN_LIVE_MEASURES; m++) ret->measures[m] = cell->measures[m];
}

enum an_err an_counts_write(struct an_live *live, const uint8_t server[AN_CALLS_JOURNAL_ID],
                            struct an_db_session *session, struct an_error *error)
{
    struct an_live_cell cells[BATCH];
    struct an_statistic statistics[BATCH];
    enum an_err err = AN_OK;
    size_t count = BATCH;
    while (err == AN_OK && count == BATCH) {
        uint64_t until_us = an_clock_wall_us() - an_live_lag_us(live);
        count = an_live_cells(live, cells, BATCH);
        for (size_t i = 0; i < count; i++) statistic_of(&cells[i], &statistics[i]);
        err = an_statistics_put(session, server, statistics, count, an_live_since_us(live),
                                count < BATCH ? until_us : 0, error);
        if (err != AN_OK) an_live_cells_again(live, cells, count);
    }
    return err;
}

static void *counts_main(void *user)
{
    an_thread_background("an-counts");
    struct an_counts *counts = user;
    const struct an_counts_options *o = &counts->options;
    uint8_t server[AN_CALLS_JOURNAL_ID];
    bool failing = false, known = false;
    while (!atomic_load(&counts->stopping)) {
        struct an_error error = { "the journal has no key yet" };
        struct an_db_session *session;
        known = known || an_people_journal_id(o->data_dir, server);
        enum an_err err = known ? an_store_take(o->store, &session, &error) : AN_ERR_NOT_FOUND;
        if (err == AN_OK) {
            err = an_counts_write(o->live, server, session, &error);
            an_db_give(session);
        }
        const bool opened =
            known && an_store_db(o->store) != NULL; /* before that nothing is amiss, or is told elsewhere */
        if (err != AN_OK && opened && !failing)
            an_log(AN_LOG_WARN, "statistics", "%s; what is counted here is written once the store is back", error.text);
        failing = err != AN_OK && opened;
        an_thread_rest(&counts->stopping, o->every_ms == 0 ? EVERY_MS : o->every_ms);
    }
    return NULL;
}

enum an_err an_counts_start(const struct an_counts_options *options, struct an_counts **ret, struct an_error *error)
{
    an_assert(options != NULL && options->store != NULL && options->live != NULL && options->data_dir != NULL);
    struct an_counts *counts = calloc(1, sizeof *counts);
    if (counts != NULL) counts->options = *options;
    if (counts == NULL || pthread_create(&counts->thread, NULL, counts_main, counts) != 0) {
        free(counts);
        return an_fail(error, AN_ERR_NO_MEMORY, "no memory or no thread for statistics");
    }
    *ret = counts;
    return AN_OK;
}

void an_counts_stop(struct an_counts *counts)
{
    if (counts == NULL) return;
    atomic_store(&counts->stopping, true);
    pthread_join(counts->thread, NULL);
    free(counts);
}
