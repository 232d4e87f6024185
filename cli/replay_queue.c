#include "cli/replay_queue.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"

struct an_replay_queue {
    void (*give)(void *, const struct an_replay_item *);
    void *user;
    uint64_t order;
    size_t count;
    struct an_replay_item *heap[AN_REPLAY_WINDOW + 2]; /* [own] the earliest first */
};

struct an_replay_queue *an_replay_queue_new(void (*give)(void *, const struct an_replay_item *), void *user)
{
    struct an_replay_queue *queue = calloc(1, sizeof *queue);
    if (queue == NULL) return NULL;
    queue->give = give;
    queue->user = user;
    return queue;
}

static bool before(const struct an_replay_item *a, const struct an_replay_item *b)
{
    return a->time_us != b->time_us ? a->time_us < b->time_us : a->order < b->order;
}

static struct an_replay_item *pop(struct an_replay_queue *queue)
{
    struct an_replay_item *first = queue->heap[0], *last = queue->heap[--queue->count];
    size_t at = 0;
    for (size_t child = 1; child < queue->count; child = 2 * at + 1) {
        if (child + 1 < queue->count && before(queue->heap[child + 1], queue->heap[child])) child++;
        if (!before(queue->heap[child], last)) break;
        queue->heap[at] = queue->heap[child];
        at = child;
    }
    queue->heap[at] = last;
    return first;
}

static void give_first(struct an_replay_queue *queue)
{
    struct an_replay_item *item = pop(queue);
    queue->give(queue->user, item);
    free(item);
}

static void push(struct an_replay_queue *queue, struct an_replay_item *item)
{
    item->order = queue->order++;
    size_t at = queue->count++;
    for (; at > 0 && before(item, queue->heap[(at - 1) / 2]); at = (at - 1) / 2)
        queue->heap[at] = queue->heap[(at - 1) / 2];
    queue->heap[at] = item;
    while (queue->count > AN_REPLAY_WINDOW) give_first(queue);
}

void an_replay_queue_drain(struct an_replay_queue *queue)
{
    while (queue->count > 0) give_first(queue);
}

void an_replay_queue_free(struct an_replay_queue *queue)
{
    if (queue == NULL) return;
    while (queue->count > 0) free(pop(queue));
    free(queue);
}

/* A copy of an event with its texts behind it. */
static struct an_replay_item *copy_event(const struct an_event_text *event)
{
    struct an_event_text copy = *event;
    struct an_slice *const texts[] = { &copy.from,    &copy.to,    &copy.asserted, &copy.diversion,
                                       &copy.call_id, &copy.trunk, &copy.display,  &copy.user_agent };
    size_t count = sizeof texts / sizeof texts[0], len = 0;
    for (size_t i = 0; i < count; i++) len += texts[i]->len;
    struct an_replay_item *item = malloc(sizeof *item + len);
    if (item == NULL) return NULL;
    char *at = item->text;
    for (size_t i = 0; i < count; i++) {
        if (texts[i]->len > 0) memcpy(at, texts[i]->at, texts[i]->len);
        texts[i]->at = at;
        at += texts[i]->len;
    }
    item->is_sip = false;
    item->event = copy;
    item->time_us = copy.time_us;
    return item;
}

enum an_err an_replay_queue_event(struct an_replay_queue *queue, const struct an_event_text *event)
{
    struct an_event_text part = *event;
    if (event->kind == AN_EVENT_CALL) part.kind = AN_OBS_ATTEMPT;
    struct an_replay_item *item = copy_event(&part);
    if (item == NULL) return AN_ERR_NO_MEMORY;
    push(queue, item);
    if (event->kind != AN_EVENT_CALL) return AN_OK;
    part = *event;
    part.kind = AN_OBS_END;
    part.time_us = an_event_end_us(event);
    item = copy_event(&part);
    if (item == NULL) return AN_ERR_NO_MEMORY;
    push(queue, item);
    return AN_OK;
}

enum an_err an_replay_queue_sip(struct an_replay_queue *queue, uint64_t time_us, const union an_address *from,
                                const char *bytes, size_t len)
{
    if (len > AN_SIP_MESSAGE_MAX) len = AN_SIP_MESSAGE_MAX;
    struct an_replay_item *item = malloc(sizeof *item + len);
    if (item == NULL) return AN_ERR_NO_MEMORY;
    memcpy(item->text, bytes, len);
    item->time_us = time_us;
    item->is_sip = true;
    item->from = *from;
    item->len = len;
    item->bytes = item->text;
    push(queue, item);
    return AN_OK;
}
