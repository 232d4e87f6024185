/* Records into counts. */
#include <string.h>
#include <time.h>

#include "base/hash.h"
#include "engine/live_inside.h"
#include "enrich/trunk.h"
#include "model/ruling.h"

static uint32_t region_index(uint8_t region)
{
    return region < AN_LIVE_REGIONS - 1 ? region : AN_LIVE_REGIONS - 1;
}

/* The bucket of a time, emptied when it was an older one's; NULL: the time is older than all that is kept. */
static struct bucket *bucket_of(struct bucket *buckets, uint32_t size, uint64_t number)
{
    struct bucket *bucket = &buckets[number % size];
    if (bucket->number > number) return NULL;
    if (bucket->number < number) *bucket = (struct bucket) { .number = number };
    return bucket;
}

static uint32_t slot_of(uint32_t key)
{
    return (uint32_t)(an_mix64(key) % SLOTS);
}

struct series *live_series_of(const struct an_live *live, enum an_live_kind kind, uint32_t key)
{
    for (uint32_t slot = slot_of(key); key != 0; slot = (slot + 1) % SLOTS) {
        uint16_t at = live->index[kind][slot];
        if (at == 0) return NULL;
        if (live->kept->books[kind].series[at - 1].key == key) return &live->kept->books[kind].series[at - 1];
    }
    return NULL;
}

static void index_add(struct an_live *live, enum an_live_kind kind, uint32_t place)
{
    uint32_t slot = slot_of(live->kept->books[kind].series[place].key);
    while (live->index[kind][slot] != 0) slot = (slot + 1) % SLOTS;
    live->index[kind][slot] = (uint16_t)(place + 1);
}

static void mark_cells(struct an_live *live)
{
    static const uint32_t zero[AN_LIVE_MEASURES];
    for (uint32_t at = 0; at < AN_LIVE_QUARTERS; at++)
        for (uint32_t cell = 0; cell < CUBE; cell++)
            if (memcmp(live->kept->quarters[at].counts[cell], zero, sizeof zero) != 0) live_mark(live, at, cell);
}

void live_loaded(struct an_live *live)
{
    live_index(live);
    mark_cells(live);
}

void live_index(struct an_live *live)
{
    memset(live->index, 0, sizeof live->index);
    for (int kind = 0; kind < 2; kind++)
        for (uint32_t i = 0; i < live->kept->books[kind].count; i++) index_add(live, (enum an_live_kind)kind, i);
}

/* Full: the one that is silent for longest goes. The index is made anew then: rare, and 100 microseconds. */
static struct series *series_make(struct an_live *live, enum an_live_kind kind, uint32_t key)
{
    struct book *book = &live->kept->books[kind];
    uint32_t place = book->count;
    bool full = place == AN_LIVE_KEYS;
    if (full) {
        place = 0;
        for (uint32_t i = 1; i < AN_LIVE_KEYS; i++)
            if (book->series[i].last_us < book->series[place].last_us) place = i;
    } else {
        book->count++;
    }
    book->series[place] = (struct series) { .key = key };
    if (kind == AN_LIVE_TRUNK) live->second[place] = live->last_second[place] = (struct an_live_pair) { 0, 0 };
    if (full)
        live_index(live);
    else
        index_add(live, kind, place);
    return &book->series[place];
}

static struct series *series_count(struct an_live *live, enum an_live_kind kind, uint32_t key, uint64_t time_us,
                                   bool touched)
{
    struct series *series = live_series_of(live, kind, key);
    if (series == NULL) series = series_make(live, kind, key);
    if (time_us > series->last_us) series->last_us = time_us;
    uint32_t hour = (uint32_t)(time_us / HOUR_US), at = hour % AN_LIVE_HOURS;
    if (series->hours[at].hour > hour) return series;
    if (series->hours[at].hour < hour) memset(&series->hours[at], 0, sizeof series->hours[at]);
    series->hours[at].hour = hour;
    series->hours[at].count.calls++;
    series->hours[at].count.touched += touched;
    return series;
}

uint32_t live_quarter(const struct an_live *live, uint64_t time_us)
{
    time_t seconds = (time_t)(time_us / AN_US_PER_S) + live->utc_offset_s;
    struct tm local;
    gmtime_r(&seconds, &local);
    return (uint32_t)(local.tm_year + 1900) * 4 + (uint32_t)local.tm_mon / 3;
}

/* Counts of a cell of the quarter; NULL: older than all that are kept. */
static uint32_t *cube_cell(struct an_live *live, uint64_t time_us, unsigned op, unsigned category, uint32_t region)
{
    uint32_t quarter = live_quarter(live, time_us), at = quarter % AN_LIVE_QUARTERS;
    if (live->kept->quarters[at].quarter > quarter) return NULL;
    if (live->kept->quarters[at].quarter < quarter) {
        memset(&live->kept->quarters[at], 0, sizeof live->kept->quarters[at]);
        live->kept->quarters[at].quarter = quarter;
        memset(live->changed[at], 0, sizeof live->changed[at]);
    }
    if (op >= AN_OPERATOR_COUNT) op = AN_OPERATOR_NONE;
    if (category >= AN_CATEGORY_COUNT) category = AN_CATEGORY_UNKNOWN;
    uint32_t cell = live_cell(op, category, region);
    live_mark(live, at, cell);
    return live->kept->quarters[at].counts[cell];
}

static void call_of(const struct an_record *record, uint8_t region, struct an_live_call *ret)
{
    const struct an_verdict *v = &record->verdict;
    *ret = (struct an_live_call) { .time_us = record->obs.time_us,
                                   .token = record->token,
                                   .caller = record->obs.caller,
                                   .callee = record->obs.callee,
                                   .trunk = record->obs.trunk,
                                   .campaign = v->campaign,
                                   .probability = v->probability,
                                   .shadow = v->has_shadow ? v->shadow_probability : -1,
                                   .rules = v->rules,
                                   .action = v->action,
                                   .category = v->category,
                                   .level = v->level,
                                   .region = region,
                                   .op = record->obs.caller_operator,
                                   .caller_kind = record->obs.caller_kind };
    an_slice_copy(record->text.trunk, ret->trunk_name, sizeof ret->trunk_name);
    an_slice_copy(record->text.display, ret->display, sizeof ret->display);
}

static void to_review(struct an_live *live, const struct an_live_call *call, enum an_live_why why, unsigned category)
{
    struct kept *kept = live->kept;
    struct an_live_review *review = &kept->reviews[kept->review_serial++ % AN_LIVE_REVIEWS];
    *review = (struct an_live_review) { .call = *call, .why = (uint8_t)why, .said_category = (uint8_t)category };
    review->call.serial = kept->review_serial;
}

static void take_verdict(struct an_live *live, const struct an_record *record, uint64_t time_us)
{
    const float far = 0.5f;
    struct kept *kept = live->kept;
    const struct an_verdict *v = &record->verdict;
    struct an_number_info info;
    if (v->action >= AN_ACTION_COUNT) return;
    an_plan_lookup(live->plan, record->obs.caller, &info);
    uint32_t region = region_index(info.region);
    bool touched = v->action != AN_ACTION_ALLOW;
    struct bucket *minute = bucket_of(kept->minutes, MINUTES, time_us / MINUTE_US);
    struct bucket *hour = bucket_of(kept->hours, HOURS, time_us / HOUR_US);
    if (minute != NULL) minute->actions[v->action]++;
    if (hour != NULL) hour->actions[v->action]++;
    if (live->caught_up) {
        live->actions[v->action]++;
        live->regions[live->region_at][region].calls++;
        live->regions[live->region_at][region].touched += touched;
    }
    if (record->obs.trunk != AN_TRUNK_NONE) {
        struct series *series = series_count(live, AN_LIVE_TRUNK, record->obs.trunk, time_us, touched);
        if (series->name[0] == '\0' && an_trunk_id(record->text.trunk) == record->obs.trunk)
            an_slice_copy(record->text.trunk, series->name, sizeof series->name);
        struct an_live_pair *pair = &live->second[series - kept->books[AN_LIVE_TRUNK].series];
        pair->calls += live->caught_up;
        pair->touched += live->caught_up && touched;
    }
    if (v->campaign != 0) series_count(live, AN_LIVE_CAMPAIGN, v->campaign, time_us, touched);
    uint32_t *cell = cube_cell(live, time_us, record->obs.caller_operator, v->category, region);
    if (cell != NULL) cell[AN_LIVE_M_CALLS]++;
    if (cell != NULL && touched) cell[AN_LIVE_M_LABEL + v->action - AN_ACTION_LABEL]++;
    bool apart =
        v->has_shadow && (v->probability - v->shadow_probability > far || v->shadow_probability - v->probability > far);
    if (!touched && !apart) return;
    struct an_live_call call;
    call_of(record, info.region, &call);
    if (apart) to_review(live, &call, AN_LIVE_SHADOW_DIFFERS, AN_CATEGORY_UNKNOWN);
    if (!touched) return;
    struct an_live_call *place = &kept->calls[kept->call_serial++ % AN_LIVE_CALLS];
    *place = call;
    place->serial = kept->call_serial;
}

/* The touched call a report is about: by its token, or the last one between the two. */
static const struct an_live_call *reported_call(const struct an_live *live, const struct an_record *record)
{
    enum { LOOK_BACK = 4096 };
    const struct kept *kept = live->kept;
    bool named = an_token_given(&record->token);
    for (uint64_t serial = kept->call_serial, n = 0; serial > 0 && n < LOOK_BACK; serial--, n++) {
        const struct an_live_call *call = &kept->calls[(serial - 1) % AN_LIVE_CALLS];
        if (call->serial != serial) break;
        if (named ? memcmp(&call->token, &record->token, sizeof call->token) == 0
                  : call->caller == record->obs.caller && call->callee == record->obs.callee)
            return call;
    }
    return NULL;
}

static void take_report(struct an_live *live, const struct an_record *record, uint64_t time_us)
{
    struct kept *kept = live->kept;
    const struct an_observation *obs = &record->obs;
    struct an_number_info info;
    an_plan_lookup(live->plan, obs->caller, &info);
    bool wanted = obs->flags & AN_OBS_WANTED;
    struct bucket *minute = bucket_of(kept->minutes, MINUTES, time_us / MINUTE_US);
    struct bucket *hour = bucket_of(kept->hours, HOURS, time_us / HOUR_US);
    if (minute != NULL && !wanted) minute->reports++;
    if (hour != NULL && !wanted) hour->reports++;
    uint32_t *cell = cube_cell(live, time_us, info.op, obs->category, region_index(info.region));
    if (cell != NULL) cell[wanted ? AN_LIVE_M_WANTED : AN_LIVE_M_UNWANTED]++;
    const struct an_live_call *call = reported_call(live, record);
    struct an_live_report *report = &kept->reports[kept->report_serial++ % AN_LIVE_REPORTS];
    *report = (struct an_live_report) { .serial = kept->report_serial,
                                        .time_us = time_us,
                                        .token = call == NULL ? record->token : call->token,
                                        .caller = obs->caller,
                                        .callee = obs->callee,
                                        .trunk = obs->trunk,
                                        .campaign = call == NULL ? 0 : call->campaign,
                                        .category = obs->category,
                                        .region = info.region,
                                        .op = info.op,
                                        .wanted = wanted,
                                        .touched = call != NULL,
                                        .probability = call == NULL ? -1 : call->probability };
    if (wanted == (call == NULL)) return; /* they agree */
    /* A report by the two numbers alone on a call that was let through: which one it was nobody can open or decide. */
    if (call == NULL && !an_token_given(&record->token)) return;
    struct an_live_call copy = { .time_us = time_us,
                                 .token = record->token,
                                 .caller = obs->caller,
                                 .callee = obs->callee,
                                 .trunk = obs->trunk,
                                 .shadow = -1,
                                 .region = info.region,
                                 .op = info.op,
                                 .caller_kind = info.kind };
    if (call != NULL) copy = *call;
    to_review(live, &copy, wanted ? AN_LIVE_WANTED_TOUCHED : AN_LIVE_UNWANTED_ALLOWED, obs->category);
}

static void take_label(struct an_live *live, const struct an_record *record, uint64_t time_us)
{
    struct an_ruling ruling;
    an_ruling_of_record(record, time_us, &ruling);
    if (ruling.number == AN_NUMBER_NONE) return; /* of a campaign, or of a verdict that nobody found */
    struct kept *kept = live->kept;
    struct an_live_label *label = &kept->labels[kept->label_serial++ % AN_LIVE_LABELS];
    *label = (struct an_live_label) { .serial = kept->label_serial,
                                      .time_us = time_us,
                                      .until_us = ruling.until_us,
                                      .number = ruling.number,
                                      .verdict = ruling.verdict,
                                      .category = ruling.category };
    an_slice_copy(an_slice_of(ruling.who), label->who, sizeof label->who);
    an_slice_copy(an_slice_of(ruling.why), label->why, sizeof label->why);
    an_slice_copy(an_slice_of(ruling.trunk_name), label->trunk, sizeof label->trunk);
}

void live_take(struct an_live *live, const struct an_record *record, uint64_t time_us)
{
    if (live->kept->since_us == 0) live->kept->since_us = time_us;
    if (time_us > live->kept->newest_us) live->kept->newest_us = time_us;
    if (record->type == AN_RECORD_VERDICT)
        take_verdict(live, record, time_us);
    else if (record->type == AN_RECORD_OBSERVATION && record->obs.kind == AN_OBS_REPORT)
        take_report(live, record, time_us);
    else if (record->type == AN_RECORD_LABEL)
        take_label(live, record, time_us);
}

void live_second(struct an_live *live)
{
    live->past_at = (live->past_at + 1) % AN_LIVE_PAST_S;
    if (live->past_count < AN_LIVE_PAST_S) live->past_count++;
    memcpy(live->past[live->past_at], live->actions, sizeof live->actions);
    memset(live->actions, 0, sizeof live->actions);
    memcpy(live->last_second, live->second, sizeof live->last_second);
    memset(live->second, 0, sizeof live->second);
    live->region_at = (live->region_at + 1) % MINUTE_S;
    memset(live->regions[live->region_at], 0, sizeof live->regions[0]);
}
