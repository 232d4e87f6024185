#include "observe/report.h"

#include "observe/outcome.h"

enum { REPORT_AGAIN_DAYS = 30 };

/* How people took somebody's calls, from 0 to 1. Reports are not in it. */
struct conduct {
    float told;     /* enough calls have ended to tell */
    float unwanted; /* refused, cut off at once, dialled blindly */
    float wanted;   /* called back, talked with */
};

/* All that a report is weighed by. */
struct weighing {
    struct conduct number, line;
    float support; /* of the number's conduct, and where that is not known yet, of its line's */
    float trust;   /* in the reporter */
    bool stacked;  /* more reports than its calls can have earned */
};

static float ramp(float x, float from, float to)
{
    float r = (x - from) / (to - from);
    r = r > 0 ? r : 0;
    return r < 1.0f ? r : 1.0f;
}

/* One or the other, were they chances independent of each other. */
static float either(float a, float b)
{
    return a + b - a * b;
}

static float lesser(float a, float b)
{
    return a < b ? a : b;
}

static struct conduct conduct_of_number(const float x[AN_N_WIDTH])
{
    float ended = x[AN_N_ENDED], all = x[AN_N_ATTEMPTS_7D], strangers = x[AN_N_STRANGERS_7D];
    float told = ramp(ended, 0, 12.0f);
    float cut = (x[AN_N_REFUSED] + x[AN_N_SHORT] + 0.2f) / (ended + 4.0f);
    float holes = (x[AN_N_UNALLOCATED] + 0.04f) / (all + 4.0f), walk = (x[AN_N_WALK] + 0.04f) / (all + 4.0f);
    float back = (x[AN_N_CALLED_BACK] + 0.08f) / (strangers + 4.0f);
    float talk_s = 60.0f * x[AN_N_TALK_MIN] / (x[AN_N_ANSWERED] + 1.0f);
    float called_back = ramp(back, 0.05f, 0.15f) * ramp(strangers, 0, 20.0f);
    float talked = ramp(talk_s, 15.0f, 45.0f);
    float blind = either(ramp(holes, 0.03f, 0.15f) * ramp(all, 0, 15.0f), ramp(walk, 0.2f, 0.7f) * ramp(all, 0, 10.0f));
    return (struct conduct) {
        .told = told,
        .unwanted = either(ramp(cut, 0.07f, 0.17f) * told, blind) * (1.0f - called_back),
        .wanted = told * (1.0f - ramp(cut, 0.05f, 0.12f)) * (called_back > talked ? called_back : talked),
    };
}

/* Of a line, or of a trunk. Its clocks and new numbers are left out: a hospital's reminder and a new firm have them
 * too. */
static struct conduct conduct_of_group(const float x[AN_G_LANES])
{
    float ended = x[AN_G_ENDED], day = x[AN_G_ATTEMPTS_1D];
    float cut = (x[AN_G_REFUSED] + x[AN_G_SHORT] + 1.0f) / (ended + 20.0f);
    float holes = (x[AN_G_UNALLOCATED] + 0.2f) / (day + 20.0f), walk = (x[AN_G_WALK] + 0.2f) / (day + 20.0f);
    float told = ramp(ended, 0, 40.0f), dialled = ramp(day, 0, 40.0f);
    float blind = either(ramp(holes, 0.03f, 0.15f) * dialled, ramp(walk, 0.2f, 0.7f) * dialled);
    return (struct conduct) { .told = told, .unwanted = either(ramp(cut, 0.1f, 0.3f) * told, blind) };
}

/* What a number's entry holds, decayed to now; zeros when there is none. Returns the hour it was first seen. */
static bool see_number(const struct an_state *s, uint64_t key, uint32_t tick, struct an_number_view *ret_view,
                       uint16_t *ret_first_hour)
{
    const struct an_table *table = &s->tables[AN_TABLE_NUMBERS];
    struct an_bucket *bucket = an_table_bucket(table, key);
    unsigned slot;
    memset(ret_view, 0, sizeof *ret_view);
    an_bucket_lock(table, bucket);
    const struct an_number_entry *entry = an_table_find(table, bucket, key, &slot);
    if (entry != NULL) {
        an_number_open(entry, tick, ret_view);
        *ret_first_hour = entry->first_hour;
    }
    an_bucket_unlock(table, bucket);
    return entry != NULL;
}

static void see_group(const struct an_state *s, enum an_state_table which, uint64_t key, uint32_t tick,
                      float ret_x[AN_G_LANES])
{
    const struct an_table *table = &s->tables[which];
    struct an_group group = { .tick = tick };
    unsigned slot;
    if (key != 0) {
        struct an_bucket *bucket = an_table_bucket(table, key);
        an_bucket_lock(table, bucket);
        const struct an_group *entry = an_table_find(table, bucket, key, &slot); /* a line begins with its group */
        if (entry != NULL) group = *entry;
        an_bucket_unlock(table, bucket);
    }
    an_group_decay(&group, tick);
    memcpy(ret_x, group.x, sizeof group.x);
}

/* Left of a counter with this half-life after the steps since it was touched. */
static float left(uint32_t steps, float half_life_days)
{
    return an_exp2_minus((float)(int32_t)steps * (float)(8.388608 / 86400) / half_life_days);
}

/* 0 to 1: how long the reporter has been around and how ordinary a life (calls made and received) he leads beside the
 * report, both against how long the state has been there to see it; what his reports so far were worth; no more than a
 * handful a day. Somebody with a life and without a record counts in full, and loses by what is contradicted; what was
 * agreed to before makes up for it. */
static float trust_in(const struct an_state *s, const struct an_heard *h, const struct an_reporter *r)
{
    struct an_number_view view;
    uint16_t first_hour = 0, hour = an_hour_of(h->obs.time_us);
    if (!see_number(s, h->keys.callee, h->tick, &view, &first_hour)) return 0;
    uint64_t first_us = __atomic_load_n(&s->first_us, __ATOMIC_RELAXED);
    float state_h = h->obs.time_us > first_us ? (float)(int64_t)((h->obs.time_us - first_us) / 3600000000ull) : 0;
    float full_h = lesser(0.5f * state_h, 168.0f), calls = view.x[AN_N_ATTEMPTS_7D] + view.x[AN_N_RECEIVED];
    float age = ramp((float)(uint16_t)(hour - first_hour), 0, full_h > 1.0f ? full_h : 1.0f);
    float life = ramp(calls, 1.0f, 2.0f + lesser(state_h * (1.0f / 12), 6.0f));
    float record = lesser(2.0f * (r->agreed + 1.0f) / (r->agreed + 1.5f * r->contradicted + 2.0f), 1.0f);
    float pace = r->reports_1d > 5.0f ? 5.0f / r->reports_1d : 1.0f;
    return age * life * record * pace;
}

/* The reporter's entry now, and then with what this report tells of him. add 0: only looked at. */
static struct an_reporter update_reporter(struct an_state *s, const struct an_heard *h, float add, float agreed,
                                          float contradicted)
{
    struct an_table *table = &s->tables[AN_TABLE_REPORTERS];
    struct an_bucket *bucket = an_table_bucket(table, h->keys.callee);
    unsigned slot;
    an_bucket_lock(table, bucket);
    struct an_reporter *r = an_table_find(table, bucket, h->keys.callee, &slot);
    if (r == NULL) {
        r = an_table_insert(table, bucket, h->keys.callee, h->tick, &slot);
        r->tick = h->tick;
        r->first_hour = an_hour_of(h->obs.time_us);
    }
    uint32_t steps = an_steps_between(r->tick, h->tick);
    r->reports_1d = r->reports_1d * left(steps, 1.0f) + add;
    r->reports_30d = r->reports_30d * left(steps, 30.0f) + add;
    r->agreed = r->agreed * left(steps, 180.0f) + agreed;
    r->contradicted = r->contradicted * left(steps, 180.0f) + contradicted;
    r->tick = an_tick_later(r->tick, h->tick);
    an_table_touch(bucket, slot, h->tick, r->reports_30d + r->agreed);
    struct an_reporter copy = *r;
    an_bucket_unlock(table, bucket);
    return copy;
}

/* Counts the report as it came. True when there are more than the calls can have earned: of those who are called, a
 * few in a hundred report, and soon after the call. */
static bool accuse(struct an_state *s, const struct an_heard *h, const float calls[AN_N_WIDTH])
{
    struct an_table *table = &s->tables[AN_TABLE_ACCUSED];
    struct an_bucket *bucket = an_table_bucket(table, h->number_key);
    unsigned slot;
    an_bucket_lock(table, bucket);
    struct an_accused *a = an_table_find(table, bucket, h->number_key, &slot);
    if (a == NULL) {
        a = an_table_insert(table, bucket, h->number_key, h->tick, &slot);
        a->tick = h->tick;
    }
    uint32_t steps = an_steps_between(a->tick, h->tick);
    a->reports_1h = a->reports_1h * left(steps, 1.0f / 24) + 1.0f;
    a->reports_7d = a->reports_7d * left(steps, 7.0f) + 1.0f;
    a->tick = an_tick_later(a->tick, h->tick);
    bool stacked =
        a->reports_7d > 2.0f + 0.15f * calls[AN_N_ATTEMPTS_7D] || a->reports_1h > 2.0f + 0.5f * calls[AN_N_ATTEMPTS_1H];
    an_table_touch(bucket, slot, h->tick, a->reports_7d);
    an_bucket_unlock(table, bucket);
    return stacked;
}

/* The reporter's own hang-up or refusal is part of his report: it is taken out of the conduct, so that nobody speaks
 * twice. One of each at most, which he did give. */
static void withdraw(const struct an_relation *r, float x[AN_N_WIDTH])
{
    float refused = r->callee_refused ? lesser(x[AN_N_REFUSED], 1.0f) : 0;
    float cut = r->talk == 1 ? lesser(x[AN_N_SHORT], 1.0f) : 0;
    x[AN_N_REFUSED] -= refused;
    x[AN_N_SHORT] -= cut;
    x[AN_N_ANSWERED] -= lesser(x[AN_N_ANSWERED], cut);
    x[AN_N_ENDED] -= lesser(x[AN_N_ENDED], refused + cut);
}

static struct weighing weigh(struct an_state *s, const struct an_heard *h, const struct an_relation *r,
                             const struct an_reporter *reporter)
{
    struct weighing w = { 0 };
    struct an_number_view view;
    uint16_t first_hour;
    float group[AN_G_LANES];
    see_number(s, h->number_key, h->tick, &view, &first_hour);
    withdraw(r, view.x);
    w.number = conduct_of_number(view.x);
    /* A report that doesn't know the build speaks of the trunk. */
    bool line = h->obs.shape != 0;
    see_group(s, line ? AN_TABLE_LINES : AN_TABLE_TRUNKS, line ? h->keys.line : h->keys.trunk, h->tick, group);
    w.line = conduct_of_group(group);
    w.support = either(w.number.unwanted, (1.0f - w.number.told) * w.line.unwanted);
    w.trust = trust_in(s, h, reporter);
    w.stacked = accuse(s, h, view.x);
    return w;
}

/* Adds to the number's complaints, up to what its conduct allows. Returns what was added. */
static float complain(struct an_state *s, const struct an_heard *h, const struct an_relation *r,
                      const struct weighing *w)
{
    struct an_table *table = &s->tables[AN_TABLE_NUMBERS];
    struct an_bucket *bucket = an_table_bucket(table, h->number_key);
    unsigned slot;
    float weight = 0;
    an_bucket_lock(table, bucket);
    struct an_number_entry *entry = an_table_find(table, bucket, h->number_key, &slot);
    if (entry != NULL) {
        struct an_number_view view;
        an_number_open(entry, h->tick, &view);
        float most = AN_REPORT_ALONE_MAX + AN_REPORT_SUPPORTED_MAX * w->support;
        float room = 1.0f - lesser(view.x[AN_N_COMPLAINTS] / most, 1.0f); /* the next one always counts less */
        if (!w->stacked) weight = w->trust * (0.1f + 0.9f * w->support) * room;
        view.x[AN_N_COMPLAINTS] += weight;
        withdraw(r, view.x);
        int32_t since = (int32_t)(h->tick - entry->tick);
        uint32_t age = entry->attempt_age + (since > 0 ? (uint32_t)since : 0);
        entry->attempt_age = age < UINT16_MAX ? (uint16_t)age : UINT16_MAX;
        an_number_close(entry, h->tick, h->chance, &view);
    }
    an_bucket_unlock(table, bucket);
    return weight;
}

/* The line's own: only as far as its own conduct speaks. */
static void complain_line(struct an_state *s, const struct an_heard *h, const struct weighing *w)
{
    struct an_table *table = &s->tables[AN_TABLE_LINES];
    if (h->obs.shape == 0 || h->keys.line == 0 || w->line.unwanted <= 0 || w->stacked) return;
    struct an_bucket *bucket = an_table_bucket(table, h->keys.line);
    unsigned slot;
    an_bucket_lock(table, bucket);
    struct an_line *line = an_table_find(table, bucket, h->keys.line, &slot);
    if (line != NULL) {
        an_group_decay(&line->group, h->tick);
        float most = 2.0f * AN_REPORT_SUPPORTED_MAX * w->line.unwanted, *x = &line->group.x[AN_G_COMPLAINTS];
        *x += w->trust * w->line.unwanted * (1.0f - lesser(*x / most, 1.0f));
    }
    an_bucket_unlock(table, bucket);
}

/* What the report says of the two, at once: this callee's own word. */
static void say(struct an_state *s, const struct an_heard *h, const struct an_relation *r)
{
    uint16_t flags = h->obs.flags;
    bool wanted = flags & AN_OBS_WANTED, firm = h->obs.firm != 0;
    /* By another trunk than the firm's it may be anybody who shows its number; without a trunk the pair tells. */
    if (h->obs.trunk == AN_TRUNK_NONE ? h->foreign || !r->caller_called : !(flags & AN_OBS_REGISTERED)) firm = false;
    bool denies = !wanted && (firm || flags & AN_OBS_REFUSAL);
    enum an_relation_event event = wanted ? AN_RELATION_WANTED : denies ? AN_RELATION_DENIED : AN_RELATION_REPORTED;
    an_heard_relation(s, h, event, 0);
    if (!firm) return;
    uint64_t key = an_key_firm(h->obs.firm);
    an_relation_put(&s->relations, key, h->keys.callee, an_relation_hash(key, h->keys.callee), h->day, event, 0);
}

static void count_report(struct an_counts *counts, enum an_report_counted as)
{
    counts->reports_counted[as]++;
}

static enum an_report_counted size_of(float weight)
{
    return weight < 0.05f ? AN_REPORT_NEXT_TO_NOTHING : weight < 0.3f ? AN_REPORT_LITTLE : AN_REPORT_MUCH;
}

/* Of a "wanted": nothing for others, but it tells of him who said it. */
static void learn_wanted(struct an_state *s, const struct an_heard *h, const struct an_relation *r)
{
    struct an_number_view view;
    uint16_t first_hour;
    if (!r->caller_called) return;
    see_number(s, h->number_key, h->tick, &view, &first_hour);
    struct conduct conduct = conduct_of_number(view.x);
    update_reporter(s, h, 0, conduct.wanted, conduct.unwanted);
}

void an_learn_report(struct an_state *s, struct an_heard *h, struct an_counts *counts)
{
    struct an_relation r = an_relation_of_call(s, &h->obs, h->keys.relation, h->foreign);
    bool wanted = h->obs.flags & AN_OBS_WANTED, refusal = h->obs.flags & AN_OBS_REFUSAL;
    h->obs.counted = 0;
    /* Without a trunk, only what came in by the number's home may be held against it (fairness rule 1). */
    bool unknown_origin = h->obs.trunk == AN_TRUNK_NONE && !r.caller_called;
    bool again = !wanted && r.callee_reported && r.days_ago < REPORT_AGAIN_DAYS && (r.callee_denies || !refusal);
    if (h->keys.relation == 0 || unknown_origin || again) {
        counts->reports_ignored++;
        return;
    }
    say(s, h, &r);
    if (wanted) {
        learn_wanted(s, h, &r);
        count_report(counts, AN_REPORT_WANTED);
        return;
    }
    if (!r.caller_called) {
        count_report(counts, AN_REPORT_NO_CALL);
        return;
    }
    if (an_ruling_of(s, h->number_key, h->obs.time_us, NULL) == AN_SAID_WANTED) {
        count_report(counts, AN_REPORT_PROTECTED);
        return;
    }
    struct an_reporter reporter = update_reporter(s, h, 1.0f, 0, 0);
    struct weighing w = weigh(s, h, &r, &reporter);
    update_reporter(s, h, 0, w.support, w.number.wanted);
    float weight = complain(s, h, &r, &w), shared = weight * w.support;
    float group[AN_G_LANES] = { [AN_G_COMPLAINTS] = shared };
    if (shared > 0) an_heard_groups(s, h, group);
    complain_line(s, h, &w);
    h->obs.counted = (uint16_t)(weight * 1000.0f + 0.5f);
    count_report(counts, w.stacked ? AN_REPORT_STACKED : size_of(weight));
}
