/* What this server counted (engine/live.h) into the store, where the counts of all servers meet. Layer: engine. One
 * thread; every few seconds it writes the counts that changed. Nothing is lost by a crash but for a moment: the
 * server's own counts go on from its files and its journal at the next start, and are written again, as far as they
 * have come. A server that never comes back has not told its last few seconds. */
#ifndef ANNING_ENGINE_COUNTS_H
#define ANNING_ENGINE_COUNTS_H

#include "engine/live.h"
#include "store/statistics.h"
#include "store/store.h"

struct an_counts;

struct an_counts_options {
    struct an_store *store; /* [borrow] */
    struct an_live *live;   /* [borrow] */
    const char *data_dir;   /* [borrow] of the journal, which names the server */
    unsigned every_ms;      /* 0: 3 s */
};

enum an_err an_counts_start(const struct an_counts_options *options, struct an_counts **ret, struct an_error *error);
/* Before the store and the live view end. NULL is taken. */
void an_counts_stop(struct an_counts *counts);

/* One turn: all that changed. What could not be written comes with the next one. */
enum an_err an_counts_write(struct an_live *live, const uint8_t server[AN_CALLS_JOURNAL_ID],
                            struct an_db_session *session, struct an_error *error);

#endif
