/* A seat of the HTTP side in the engine. Layer: daemon.
 *
 * An HTTP thread runs its calls through the context of its seat; while it waits for requests nobody would write the
 * context's chain records or notice that the disk has recovered, so the daemon ticks it once a second. A mutex keeps
 * the two apart: free of contention but for that moment, some 20 ns a request. The seat also fills a report that names
 * its call by the verdict's token alone from the journal: disk reads are no matter here, this is not the hot path. */
#ifndef ANNING_DAEMON_SEAT_H
#define ANNING_DAEMON_SEAT_H

#include <pthread.h>

#include "engine/engine.h"
#include "engine/ruling.h"

enum { AN_SEAT_TEXT_MAX = 512 };

struct an_seat {
    pthread_mutex_t lock;
    struct an_context *context;                  /* [borrow] */
    const char *data;                            /* [borrow] data folder */
    char texts[AN_VECTOR_MAX][AN_SEAT_TEXT_MAX]; /* of reports found by token */
};

void an_seat_init(struct an_seat *seat, struct an_context *context, const char *data);
void an_seat_done(struct an_seat *seat);
/* For an_api_options: user is a struct an_seat. */
void an_seat_run(void *user, struct an_vector *v);
/* The same for labels. */
enum an_err an_seat_rule(struct an_seat *seat, struct an_ruling *labels, size_t count, uint64_t now_us,
                          struct an_error *error);
/* The same for an operator's word on a campaign. */
enum an_err an_seat_say(struct an_seat *seat, const struct an_record_campaign *word, uint64_t now_us,
                        struct an_error *error);
/* From any thread, every second or so. */
void an_seat_tick(struct an_seat *seat);

#endif
