/* Counts to look at, copied out. */
#include <stdlib.h>
#include <string.h>

#include "engine/live_inside.h"

static bool is_busier(const struct an_live_busy *a, const struct an_live_busy *b)
{
    return a->second.calls > b->second.calls;
}

static void busiest_now(const struct an_live *live, struct an_live_now *ret)
{
    const struct book *book = &live->kept->books[AN_LIVE_TRUNK];
    for (uint32_t i = 0; i < book->count; i++) {
        struct an_live_busy busy = { .second = live->last_second[i] };
        if (busy.second.calls == 0) continue;
        memcpy(busy.name, book->series[i].name, sizeof busy.name);
        uint32_t at = ret->trunk_count;
        while (at > 0 && is_busier(&busy, &ret->trunks[at - 1])) at--;
        if (at == AN_LIVE_BUSIEST) continue;
        if (ret->trunk_count < AN_LIVE_BUSIEST) ret->trunk_count++;
        memmove(&ret->trunks[at + 1], &ret->trunks[at], (ret->trunk_count - at - 1) * sizeof busy);
        ret->trunks[at] = busy;
    }
}

void an_live_now(struct an_live *live, struct an_live_now *ret)
{
    an_assert(live != NULL && ret != NULL);
    memset(ret, 0, sizeof *ret);
    ret->time_us = an_clock_wall_us();
    ret->lag_us = atomic_load(&live->lag_us);
    pthread_mutex_lock(&live->lock);
    memcpy(ret->actions, live->past[live->past_at], sizeof ret->actions);
    ret->serial = live->kept->call_serial;
    for (int s = 0; s < MINUTE_S; s++)
        for (int r = 0; r < AN_LIVE_REGIONS; r++) {
            ret->regions[r].calls += live->regions[s][r].calls;
            ret->regions[r].touched += live->regions[s][r].touched;
        }
    busiest_now(live, ret);
    pthread_mutex_unlock(&live->lock);
}

size_t an_live_past(struct an_live *live, uint32_t ret[AN_LIVE_PAST_S][AN_ACTION_COUNT])
{
    an_assert(live != NULL && ret != NULL);
    pthread_mutex_lock(&live->lock);
    size_t count = live->past_count;
    for (size_t i = 0; i < count; i++)
        memcpy(ret[i], live->past[(live->past_at + AN_LIVE_PAST_S - (count - 1 - i)) % AN_LIVE_PAST_S], sizeof ret[i]);
    pthread_mutex_unlock(&live->lock);
    return count;
}

size_t an_live_calls(struct an_live *live, uint64_t after, struct an_live_call *ret_calls, size_t max)
{
    size_t count = 0;
    pthread_mutex_lock(&live->lock);
    uint64_t newest = live->kept->call_serial;
    uint64_t room = max < AN_LIVE_CALLS ? max : AN_LIVE_CALLS;
    if (after < newest && newest - after > room) after = newest - room;
    while (after < newest) ret_calls[count++] = live->kept->calls[after++ % AN_LIVE_CALLS];
    pthread_mutex_unlock(&live->lock);
    return count;
}

static bool fits(const struct an_live_call *call, const struct an_live_query *query)
{
    if (query->number != AN_NUMBER_NONE && call->caller != query->number && call->callee != query->number) return false;
    if (query->trunk != AN_TRUNK_NONE && call->trunk != query->trunk) return false;
    if (query->campaign != 0 && call->campaign != query->campaign) return false;
    return query->token == NULL || memcmp(&call->token, query->token, sizeof call->token) == 0;
}

struct hit {
    uint64_t time_us, serial;
};

static int newest_first(const void *left, const void *right)
{
    const struct hit *a = left, *b = right;
    if (a->time_us != b->time_us) return a->time_us > b->time_us ? -1 : 1;
    return a->serial > b->serial ? -1 : a->serial < b->serial;
}

/* Under the lock. */
static size_t find_all(const struct an_live *live, const struct an_live_query *query, struct hit *hits)
{
    size_t count = 0, most = query->token == NULL ? AN_LIVE_CALLS : 1;
    uint64_t serial = live->kept->call_serial;
    for (unsigned n = 0; serial > 0 && n < AN_LIVE_CALLS && count < most; serial--, n++) {
        const struct an_live_call *call = &live->kept->calls[(serial - 1) % AN_LIVE_CALLS];
        if (fits(call, query)) hits[count++] = (struct hit) { call->time_us, serial };
    }
    return count;
}

size_t an_live_find(struct an_live *live, const struct an_live_query *query, struct an_live_call *ret_calls, size_t max)
{
    struct hit *hits = malloc(AN_LIVE_CALLS * sizeof *hits);
    if (hits == NULL) return 0;
    pthread_mutex_lock(&live->lock);
    size_t count = find_all(live, query, hits);
    qsort(hits, count, sizeof *hits, newest_first);
    if (count > max) count = max;
    for (size_t i = 0; i < count; i++) ret_calls[i] = live->kept->calls[(hits[i].serial - 1) % AN_LIVE_CALLS];
    pthread_mutex_unlock(&live->lock);
    free(hits);
    return count;
}

static void add_bucket(struct an_live_point *point, const struct bucket *buckets, uint32_t size, uint64_t number)
{
    const struct bucket *bucket = &buckets[number % size];
    if (bucket->number != number) return;
    for (int a = 0; a < AN_ACTION_COUNT; a++) point->actions[a] += bucket->actions[a];
    point->reports += bucket->reports;
}

size_t an_live_series(struct an_live *live, enum an_live_step step, uint64_t from_us, uint64_t to_us,
                      struct an_live_point *ret_points, size_t max)
{
    const uint64_t widths_us[] = { MINUTE_US, HOUR_US, DAY_US };
    uint64_t width_us = widths_us[step], offset_us = 0;
    if (step == AN_LIVE_DAY) offset_us = (uint64_t)((int64_t)live->utc_offset_s + 86400) * AN_US_PER_S % DAY_US;
    size_t count = 0;
    uint64_t begin_us = (from_us + offset_us) / width_us * width_us;
    pthread_mutex_lock(&live->lock);
    for (; count < max && begin_us < to_us + offset_us; begin_us += width_us) {
        struct an_live_point *point = &ret_points[count++];
        *point = (struct an_live_point) { .time_us = begin_us - offset_us };
        if (step == AN_LIVE_MINUTE) add_bucket(point, live->kept->minutes, MINUTES, point->time_us / MINUTE_US);
        for (uint64_t hour = 0; step != AN_LIVE_MINUTE && hour < width_us / HOUR_US; hour++)
            add_bucket(point, live->kept->hours, HOURS, point->time_us / HOUR_US + hour);
    }
    pthread_mutex_unlock(&live->lock);
    return count;
}

/* newest_us: the end of the last day, by event time. */
static void hours_of(const struct an_live *live, enum an_live_kind kind, const struct series *series,
                     struct an_live_hours *ret)
{
    uint32_t newest = (uint32_t)(live->kept->newest_us / HOUR_US);
    uint32_t first = newest >= AN_LIVE_HOURS - 1 ? newest - (AN_LIVE_HOURS - 1) : 0;
    *ret = (struct an_live_hours) { .key = series->key, .last_us = series->last_us, .begin_us = first * HOUR_US };
    memcpy(ret->name, series->name, sizeof ret->name);
    if (kind == AN_LIVE_TRUNK) ret->second = live->last_second[series - live->kept->books[kind].series];
    for (uint32_t i = 0; i < AN_LIVE_HOURS; i++) {
        uint32_t hour = first + i;
        if (series->hours[hour % AN_LIVE_HOURS].hour != hour) continue;
        ret->hours[i] = series->hours[hour % AN_LIVE_HOURS].count;
        if (i < AN_LIVE_HOURS - 24) continue;
        ret->day.calls += ret->hours[i].calls;
        ret->day.touched += ret->hours[i].touched;
    }
}

enum an_err an_live_hours(struct an_live *live, enum an_live_kind kind, uint32_t key, struct an_live_hours *ret)
{
    pthread_mutex_lock(&live->lock);
    const struct series *series = live_series_of(live, kind, key);
    if (series != NULL) hours_of(live, kind, series, ret);
    pthread_mutex_unlock(&live->lock);
    return series == NULL ? AN_ERR_NOT_FOUND : AN_OK;
}

struct ranked {
    uint64_t calls;
    const struct series *series;
};

static int by_calls(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;
    if (x->calls != y->calls) return x->calls > y->calls ? -1 : 1;
    return (x->series > y->series) - (x->series < y->series);
}

size_t an_live_busiest(struct an_live *live, enum an_live_kind kind, struct an_live_hours *ret_hours, size_t max)
{
    struct ranked *all = calloc(AN_LIVE_KEYS, sizeof *all);
    struct an_live_hours hours;
    if (all == NULL) return 0;
    pthread_mutex_lock(&live->lock);
    const struct book *book = &live->kept->books[kind];
    for (uint32_t i = 0; i < book->count; i++) {
        hours_of(live, kind, &book->series[i], &hours);
        all[i] = (struct ranked) { hours.day.calls, &book->series[i] };
    }
    qsort(all, book->count, sizeof *all, by_calls);
    size_t count = book->count < max ? book->count : max;
    for (size_t i = 0; i < count; i++) hours_of(live, kind, all[i].series, &ret_hours[i]);
    pthread_mutex_unlock(&live->lock);
    free(all);
    return count;
}

const char *an_live_why_name(enum an_live_why why)
{
    static const char *const names[] = { "wanted_but_touched", "unwanted_but_allowed", "shadow_differs" };
    return (unsigned)why < sizeof names / sizeof names[0] ? names[why] : "unknown";
}

/* before: a serial, 0: from the newest on. */
static uint64_t first_before(uint64_t newest, uint64_t before)
{
    return before == 0 || before > newest ? newest : before - 1;
}

size_t an_live_reviews(struct an_live *live, uint64_t before, struct an_live_review *ret_reviews, size_t max)
{
    size_t count = 0;
    pthread_mutex_lock(&live->lock);
    for (uint64_t serial = first_before(live->kept->review_serial, before); serial > 0 && count < max; serial--) {
        const struct an_live_review *review = &live->kept->reviews[(serial - 1) % AN_LIVE_REVIEWS];
        if (review->call.serial != serial) break;
        if (!review->done) ret_reviews[count++] = *review;
    }
    pthread_mutex_unlock(&live->lock);
    return count;
}

enum an_err an_live_reviewed(struct an_live *live, const struct an_token *token)
{
    enum an_err err = AN_ERR_NOT_FOUND;
    pthread_mutex_lock(&live->lock);
    for (uint32_t i = 0; i < AN_LIVE_REVIEWS; i++) {
        struct an_live_review *review = &live->kept->reviews[i];
        if (review->call.serial == 0 || memcmp(&review->call.token, token, sizeof *token) != 0) continue;
        review->done = true;
        err = AN_OK;
    }
    pthread_mutex_unlock(&live->lock);
    return err;
}

size_t an_live_reports(struct an_live *live, uint64_t before, struct an_live_report *ret_reports, size_t max)
{
    size_t count = 0;
    pthread_mutex_lock(&live->lock);
    for (uint64_t serial = first_before(live->kept->report_serial, before); serial > 0 && count < max; serial--) {
        const struct an_live_report *report = &live->kept->reports[(serial - 1) % AN_LIVE_REPORTS];
        if (report->serial != serial) break;
        ret_reports[count++] = *report;
    }
    pthread_mutex_unlock(&live->lock);
    return count;
}

struct kinds {
    uint32_t campaign, place; /* in the list that was asked for */
    uint32_t named[AN_CATEGORY_COUNT];
};

static int by_campaign(const void *left, const void *right)
{
    const struct kinds *a = left, *b = right;
    return (a->campaign > b->campaign) - (a->campaign < b->campaign);
}

void an_live_kinds(struct an_live *live, const uint32_t *campaigns, size_t count, uint8_t *ret)
{
    struct kinds *kinds = calloc(count > 0 ? count : 1, sizeof *kinds);
    memset(ret, AN_CATEGORY_UNKNOWN, count);
    if (kinds == NULL) return;
    for (size_t i = 0; i < count; i++) kinds[i] = (struct kinds) { .campaign = campaigns[i], .place = (uint32_t)i };
    qsort(kinds, count, sizeof *kinds, by_campaign);
    pthread_mutex_lock(&live->lock);
    for (uint32_t i = 0; i < AN_LIVE_REPORTS; i++) {
        const struct an_live_report *report = &live->kept->reports[i];
        const struct kinds asked = { .campaign = report->campaign };
        if (report->campaign == 0 || report->wanted || report->category >= AN_CATEGORY_COUNT) continue;
        struct kinds *found = bsearch(&asked, kinds, count, sizeof *kinds, by_campaign);
        if (found != NULL) found->named[report->category]++;
    }
    pthread_mutex_unlock(&live->lock);
    for (size_t i = 0; i < count; i++) {
        uint32_t most = 0;
        for (int c = AN_CATEGORY_UNKNOWN + 1; c < AN_CATEGORY_COUNT; c++) {
            if (kinds[i].named[c] <= most) continue;
            most = kinds[i].named[c];
            ret[kinds[i].place] = (uint8_t)c;
        }
    }
    free(kinds);
}

size_t an_live_labels(struct an_live *live, an_number number, struct an_live_label *ret_labels, size_t max)
{
    size_t count = 0;
    pthread_mutex_lock(&live->lock);
    for (uint64_t serial = live->kept->label_serial; serial > 0 && count < max; serial--) {
        const struct an_live_label *label = &live->kept->labels[(serial - 1) % AN_LIVE_LABELS];
        if (label->serial != serial) break;
        if (label->number == number) ret_labels[count++] = *label;
    }
    pthread_mutex_unlock(&live->lock);
    return count;
}

/* Under the lock. */
static void cell_of(const struct an_live *live, uint32_t at, uint32_t cell, struct an_live_cell *ret)
{
    *ret = (struct an_live_cell) { .quarter = live->kept->quarters[at].quarter,
                                   .op = (uint8_t)(cell / AN_LIVE_REGIONS / AN_CATEGORY_COUNT),
                                   .category = (uint8_t)(cell / AN_LIVE_REGIONS % AN_CATEGORY_COUNT),
                                   .region = (uint8_t)(cell % AN_LIVE_REGIONS) };
    memcpy(ret->measures, live->kept->quarters[at].counts[cell], sizeof ret->measures);
}

size_t an_live_cells(struct an_live *live, struct an_live_cell *ret_cells, size_t max)
{
    size_t count = 0;
    pthread_mutex_lock(&live->lock);
    for (uint32_t at = 0; at < AN_LIVE_QUARTERS; at++)
        for (uint32_t word = 0; word < sizeof live->changed[at] / sizeof live->changed[at][0]; word++)
            while (live->changed[at][word] != 0 && count < max) {
                uint32_t bit = (uint32_t)__builtin_ctzll(live->changed[at][word]);
                live->changed[at][word] &= live->changed[at][word] - 1;
                cell_of(live, at, word * CELL_BITS + bit, &ret_cells[count++]);
            }
    pthread_mutex_unlock(&live->lock);
    return count;
}

void an_live_cells_again(struct an_live *live, const struct an_live_cell *cells, size_t count)
{
    pthread_mutex_lock(&live->lock);
    for (size_t i = 0; i < count; i++) {
        uint32_t at = cells[i].quarter % AN_LIVE_QUARTERS;
        if (live->kept->quarters[at].quarter != cells[i].quarter) continue; /* too old by now */
        live_mark(live, at, live_cell(cells[i].op, cells[i].category, cells[i].region));
    }
    pthread_mutex_unlock(&live->lock);
}

uint64_t an_live_lag_us(struct an_live *live)
{
    return atomic_load(&live->lag_us);
}

uint64_t an_live_since_us(struct an_live *live)
{
    pthread_mutex_lock(&live->lock);
    uint64_t since_us = live->kept->since_us;
    pthread_mutex_unlock(&live->lock);
    return since_us;
}
