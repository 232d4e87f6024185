/* Puts replayed items in order of time. Layer: cli. Call records are written when a call ends, so a file is not in the
 * order of its beginnings; a heap of AN_REPLAY_WINDOW items restores it, in bounded memory. What is later than the
 * window is judged late, never lost. O(log n) an item, one allocation. */
#ifndef ANNING_CLI_REPLAY_QUEUE_H
#define ANNING_CLI_REPLAY_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "model/call.h"
#include "parse/event.h"

enum { AN_REPLAY_WINDOW = 65536 };

struct an_replay_item {
    uint64_t time_us;
    uint64_t order; /* of arrival, among equal times */
    bool is_sip;
    union an_address from;      /* SIP: who sent it */
    size_t len;                 /* SIP: bytes of the message */
    const char *bytes;          /* SIP; into text */
    struct an_event_text event; /* else; slices into text */
    char text[];                /* [own] */
};

struct an_replay_queue;

/* give: called with each item in its turn. NULL: no memory. */
struct an_replay_queue *an_replay_queue_new(void (*give)(void *user, const struct an_replay_item *item), void *user);
void an_replay_queue_free(struct an_replay_queue *queue);
/* A whole record goes in as an attempt and an end. AN_OK or AN_ERR_NO_MEMORY. */
enum an_err an_replay_queue_event(struct an_replay_queue *queue, const struct an_event_text *event);
enum an_err an_replay_queue_sip(struct an_replay_queue *queue, uint64_t time_us, const union an_address *from,
                                const char *bytes, size_t len);
/* Gives out all that is left. */
void an_replay_queue_drain(struct an_replay_queue *queue);

#endif
