/* Retention: whole segments, oldest first, never one that is still needed. */
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "journal/internal.h"
#include "journal/segment.h"

/* By the time of the last write, not by event time: a replay of old calls is new evidence. */
static int age_order(const void *a, const void *b)
{
    const struct an_segment_name *x = a, *y = b;
    if (x->mtime_s != y->mtime_s) return x->mtime_s < y->mtime_s ? -1 : 1;
    if (x->worker != y->worker) return x->worker < y->worker ? -1 : 1;
    return x->sequence < y->sequence ? -1 : x->sequence > y->sequence;
}

/* The first segment of each worker that must stay: the newest one (the chain goes on from it), what is written now,
 * what a snapshot needs. */
static void needed_from(struct an_journal *j, const struct an_segment_list *list, uint64_t ret_from[])
{
    for (unsigned w = 0; w < AN_JOURNAL_WORKERS_MAX; w++) ret_from[w] = 0;
    for (size_t i = 0; i < list->count; i++)
        if (list->names[i].sequence > ret_from[list->names[i].worker])
            ret_from[list->names[i].worker] = list->names[i].sequence;
    for (unsigned w = 0; w < j->options.workers; w++) {
        uint64_t current = atomic_load_explicit(&j->writers[w].sequence_current, memory_order_relaxed);
        if (current > 0 && current < ret_from[w]) ret_from[w] = current;
    }
    pthread_mutex_lock(&j->lock);
    for (size_t i = 0; i < j->floor_count; i++)
        if (j->floor[i].worker < AN_JOURNAL_WORKERS_MAX && j->floor[i].sequence < ret_from[j->floor[i].worker])
            ret_from[j->floor[i].worker] = j->floor[i].sequence;
    pthread_mutex_unlock(&j->lock);
}

void an_retention_run(struct an_journal *j)
{
    const struct an_journal_options *o = &j->options;
    if (o->retention_bytes_max == 0 && o->retention_age_us_max == 0) return;
    struct an_segment_list list;
    if (an_segment_list_read(j->dir_fd, &list) != AN_OK) return;
    uint64_t from[AN_JOURNAL_WORKERS_MAX], total = 0;
    needed_from(j, &list, from);
    for (size_t i = 0; i < list.count; i++) total += list.names[i].bytes;
    if (list.count > 0) qsort(list.names, list.count, sizeof *list.names, age_order);
    int64_t now_s = (int64_t)(an_clock_wall_us() / AN_US_PER_S);
    for (size_t i = 0; i < list.count; i++) {
        const struct an_segment_name *name = &list.names[i];
        bool old =
            o->retention_age_us_max > 0 && now_s - name->mtime_s > (int64_t)(o->retention_age_us_max / AN_US_PER_S);
        bool over = o->retention_bytes_max > 0 && total > o->retention_bytes_max;
        if (!old && !over) break;
        if (name->sequence >= from[name->worker]) continue;
        char text[AN_SEGMENT_NAME_MAX];
        an_segment_name(name->worker, name->sequence, text);
        if (unlinkat(j->dir_fd, text, 0) != 0) continue;
        total -= name->bytes;
        atomic_fetch_add_explicit(&j->segments_deleted, 1, memory_order_relaxed);
        an_log(AN_LOG_INFO, "journal.retired", "%s/%s: %s", j->path, text, old ? "over age" : "over size");
    }
    an_segment_list_free(&list);
}
