#include "observe/state.h"

/* Strengths of the priors, in calls: how much data it takes to move a ratio half way from its background. */
#define A_NUMBER 4.0f
#define A_LINE 10.0f
#define A_GROUP 20.0f
#define A_BLOCK_ORIGIN 10.0f
#define A_OPERATOR_ORIGIN 50.0f
#define A_NUMBER_ORIGIN 2.0f

enum { FRESH_HOURS = 24 };

/* One attempt while it is learned from. */
struct attempt {
    const struct an_observation *obs;
    const struct an_keys *keys;
    float *f; /* features, or NULL */
    uint32_t tick, day, chance;
    uint16_t hour, trunk16;
    bool foreign; /* the number comes in by a trunk that is not its home */
    bool fresh, stranger, hole;
    bool known;          /* the number's own entry is there */
    uint64_t number_key; /* entry the behaviour goes to: the number's own, or (number, trunk) */
    struct an_relation relation;
    struct an_group network, block, trunk;
    float own_attempts, origin_attempts; /* 7 days: number by its home, by this trunk */
    float p_operator, p_block;           /* of this trunk, given the caller's operator or block */
};

/* Network-wide shares: priors of all ratios. A little made-up data until there is some; capped, so that a network
 * full of robots doesn't make a robot of everybody new (fairness rule 3). Walks and holes hardly occur among people:
 * their priors are constants. */
struct background {
    float answered, short_, refused, fresh;
};
#define P_UNALLOCATED 0.01f
#define P_WALK 0.01f

static bool peek(const struct an_table *table, uint64_t key, struct an_number_entry *ret_entry)
{
    struct an_bucket *bucket = an_table_bucket(table, key);
    unsigned slot;
    an_bucket_lock(table, bucket);
    const struct an_number_entry *entry = an_table_find(table, bucket, key, &slot);
    if (entry != NULL) *ret_entry = *entry;
    an_bucket_unlock(table, bucket);
    return entry != NULL;
}

static bool is_young(const struct an_number_entry *entry, uint16_t hour)
{
    return (uint16_t)(hour - entry->first_hour) < FRESH_HOURS;
}

static float attempts_7d(const struct an_number_entry *entry, uint32_t tick)
{
    float n = an_mini_float(entry->lanes[AN_N_ATTEMPTS_7D]);
    uint32_t steps = an_steps_between(entry->tick, tick);
    return steps == 0 ? n : n * an_exp2_minus((float)(int32_t)steps * (float)(8.388608 / 604800));
}

/* Looks, without changing anything, at whose reputation is at stake: the number's own or that of this trunk. */
static void look_at_number(struct an_state *s, struct attempt *a)
{
    const struct an_table *numbers = &s->tables[AN_TABLE_NUMBERS];
    struct an_number_entry own, other;
    a->number_key = a->keys->caller;
    if (a->number_key == 0) return;
    a->known = peek(numbers, a->number_key, &own);
    uint16_t home = a->known ? an_number_home(&own) : 0;
    a->fresh = !a->known || is_young(&own, a->hour);
    if (a->known) a->own_attempts = attempts_7d(&own, a->tick);
    if (a->trunk16 == 0 || home == a->trunk16) {
        a->origin_attempts = a->own_attempts;
        return;
    }
    uint64_t key = an_key_foreign(a->obs->caller, a->obs->trunk);
    bool seen = peek(numbers, key, &other);
    a->foreign = home != 0 || seen;
    if (!a->foreign) return;
    a->number_key = key;
    a->fresh = !seen || is_young(&other, a->hour);
    a->origin_attempts = seen ? attempts_7d(&other, a->tick) : 0;
}

static float add_origin(struct an_state *s, uint64_t key, uint32_t tick)
{
    struct an_table *table = &s->tables[AN_TABLE_ORIGINS];
    if (key == 0) return 0;
    struct an_bucket *bucket = an_table_bucket(table, key);
    unsigned slot;
    an_bucket_lock(table, bucket);
    struct an_origin *origin = an_table_claim(table, bucket, key, tick, &slot);
    an_origin_decay(origin, tick);
    float before = origin->attempts;
    origin->attempts = before + 1.0f;
    an_table_touch_rarely(bucket, slot, tick, before);
    an_bucket_unlock(table, bucket);
    return before;
}

/* E1. P(trunk | network), | operator, | block and | number, each smoothed towards the one before. */
static void learn_origin(struct an_state *s, struct attempt *a, const float *add)
{
    const struct an_observation *obs = a->obs;
    unsigned op = obs->caller_operator < AN_OPERATORS ? obs->caller_operator : 0;
    struct an_group operator= { 0 };
    if (op != 0) an_common_add(s, &s->operators[op], a->tick, add, &operator);
    float block_trunk = add_origin(s, a->keys->block_trunk, a->tick);
    float operator_trunk = add_origin(s, a->keys->operator_trunk, a->tick);
    if (obs->trunk == AN_TRUNK_NONE) return;
    float nt = a->trunk.x[AN_G_ATTEMPTS_7D], n = a->network.x[AN_G_ATTEMPTS_7D];
    float nb = a->block.x[AN_G_ATTEMPTS_7D], no = operator.x[AN_G_ATTEMPTS_7D];
    float p_network = (nt + 1.0f) / (n + 10.0f);
    a->p_operator = (operator_trunk + A_OPERATOR_ORIGIN * p_network) / (no + A_OPERATOR_ORIGIN);
    a->p_block = (block_trunk + A_BLOCK_ORIGIN * a->p_operator) / (nb + A_BLOCK_ORIGIN);
    if (a->f == NULL) return;
    float trust = nt / (nt + 50.0f);
    a->f[AN_F_OPERATOR_SURPRISE] = trust * an_positive(an_ln(p_network / a->p_operator));
    if (a->p_block >= a->p_operator) return;
    float all = a->own_attempts + (a->foreign ? a->origin_attempts : 0);
    float p_number = (a->origin_attempts + A_NUMBER_ORIGIN * a->p_block) / (all + A_NUMBER_ORIGIN);
    a->f[AN_F_ORIGIN_SURPRISE] = trust * an_positive(an_ln(a->p_operator / p_number));
}

/* A number without a home takes this trunk for one, unless its block is known to live elsewhere. */
static void choose_home(struct attempt *a)
{
    if (a->foreign || a->number_key == 0 || a->trunk16 == 0 || a->own_attempts > 0) return;
    if (a->block.x[AN_G_ATTEMPTS_7D] > 50.0f && a->p_operator > 7.4f * a->p_block) {
        a->foreign = true;
        a->number_key = an_key_foreign(a->obs->caller, a->obs->trunk);
    }
}

static float at_most(float x, float most)
{
    return x < most ? x : most;
}

static struct background background_of(const struct an_group *g)
{
    const float *x = g->x;
    return (struct background) {
        .answered = an_smooth(x[AN_G_ANSWERED], x[AN_G_ENDED], 0.5f, A_GROUP),
        .short_ = at_most(an_smooth(x[AN_G_SHORT], x[AN_G_ANSWERED], 0.1f, A_GROUP), 0.25f),
        .refused = at_most(an_smooth(x[AN_G_REFUSED], x[AN_G_ENDED], 0.05f, A_GROUP), 0.15f),
        .fresh = at_most(an_smooth(x[AN_G_FRESH_1H], x[AN_G_ATTEMPTS_1H], 0.1f, A_GROUP), 0.25f),
    };
}

static void number_features(const struct attempt *a, const struct background *b, const struct an_number_entry *entry,
                            const struct an_number_view *view)
{
    const float *x = view->x;
    float *f = a->f, all = x[AN_N_ATTEMPTS_7D], ended = x[AN_N_ENDED], answered = x[AN_N_ANSWERED];
    f[AN_F_NUMBER_AGE_D] = (float)(uint16_t)(a->hour - entry->first_hour) * (1.0f / 24);
    for (int i = 0; i < 4; i++) f[AN_F_NUMBER_ATTEMPTS_5M + i] = x[AN_N_ATTEMPTS_5M + i];
    for (int i = 0; i < 3; i++) f[AN_F_NUMBER_STRANGERS_1H + i] = x[AN_N_STRANGERS_1H + i];
    f[AN_F_NUMBER_STRANGER_SHARE] = an_smooth(x[AN_N_STRANGERS_7D], all, 0.3f, A_NUMBER);
    f[AN_F_NUMBER_ENDED_7D] = ended;
    f[AN_F_NUMBER_ANSWERED] = an_smooth(answered, ended, b->answered, A_NUMBER);
    f[AN_F_NUMBER_SHORT] = an_smooth(x[AN_N_SHORT], answered, b->short_, A_NUMBER);
    f[AN_F_NUMBER_REFUSED] = an_smooth(x[AN_N_REFUSED], ended, b->refused, A_NUMBER);
    f[AN_F_NUMBER_UNALLOCATED] = an_smooth(x[AN_N_UNALLOCATED], all, P_UNALLOCATED, A_NUMBER);
    f[AN_F_NUMBER_TALK_MEAN_S] = 60.0f * (x[AN_N_TALK_MIN] + 1.0f) / (answered + 1.0f);
    f[AN_F_NUMBER_WALK] = an_smooth(x[AN_N_WALK], all, P_WALK, A_NUMBER);
    f[AN_F_NUMBER_NIGHT] = an_smooth(x[AN_N_NIGHT], all, 0.1f, A_NUMBER);
    float paced = x[AN_N_ATTEMPTS_1D];
    f[AN_F_NUMBER_PACING] = an_positive(1.0f - x[AN_N_PACE_SPREAD] / 0.6f) * (paced / (paced + 10.0f));
    f[AN_F_NUMBER_CALLED_BACK] = an_smooth(x[AN_N_CALLED_BACK], x[AN_N_STRANGERS_7D], 0.02f, A_NUMBER);
    f[AN_F_NUMBER_RECEIVED_7D] = x[AN_N_RECEIVED];
    f[AN_F_NUMBER_COMPLAINTS] = x[AN_N_COMPLAINTS];
}

/* Evenness of the gaps between a number's calls: moving averages of their logarithm and of its spread. */
static void pace(struct an_number_view *view, const struct an_number_entry *entry, uint32_t tick)
{
    float *x = view->x;
    int32_t since = (int32_t)(tick - entry->tick);
    uint32_t gap = (since > 0 ? (uint32_t)since : 0) + entry->attempt_age;
    if (x[AN_N_ATTEMPTS_7D] <= 0 || gap >= UINT16_MAX) return;
    float g = an_ln(1.0f + (float)(int32_t)gap * (1.0f / AN_TICKS_PER_S));
    if (x[AN_N_PACE_MEAN] <= 0) {
        x[AN_N_PACE_MEAN] = g;
        x[AN_N_PACE_SPREAD] = 1.0f;
        return;
    }
    float off = g - x[AN_N_PACE_MEAN];
    x[AN_N_PACE_MEAN] += off * 0.125f;
    x[AN_N_PACE_SPREAD] += ((off > 0 ? off : -off) - x[AN_N_PACE_SPREAD]) * 0.125f;
}

static void age_attempt(struct an_number_entry *entry, uint32_t tick)
{
    int32_t since = (int32_t)(tick - entry->tick);
    uint32_t age = entry->attempt_age + (since > 0 ? (uint32_t)since : 0);
    entry->attempt_age = age < UINT16_MAX ? (uint16_t)age : UINT16_MAX;
}

static bool is_step(uint32_t last, uint64_t callee)
{
    uint32_t step = (uint32_t)callee - last;
    return step != 0 && step + AN_WALK_STEP <= 2 * AN_WALK_STEP;
}

/* The entry, new or known. A bucket's lock is held from here to leave_number. */
static struct an_number_entry *enter_number(struct an_table *table, uint64_t key, const struct attempt *a,
                                            struct an_bucket **ret_bucket, unsigned *ret_slot)
{
    *ret_bucket = an_table_bucket(table, key);
    an_bucket_lock(table, *ret_bucket);
    struct an_number_entry *entry = an_table_find(table, *ret_bucket, key, ret_slot);
    if (entry == NULL) {
        entry = an_table_insert(table, *ret_bucket, key, a->tick, ret_slot);
        entry->tick = a->tick;
        entry->first_hour = a->hour;
        entry->attempt_age = UINT16_MAX;
    }
    return entry;
}

static void learn_caller(struct an_state *s, const struct attempt *a, const struct background *b)
{
    struct an_table *table = &s->tables[AN_TABLE_NUMBERS];
    if (a->number_key == 0) return;
    struct an_bucket *bucket;
    unsigned slot;
    struct an_number_entry *entry = enter_number(table, a->number_key, a, &bucket, &slot);
    struct an_number_view view;
    an_number_open(entry, a->tick, &view);
    if (a->f != NULL) number_features(a, b, entry, &view);
    float *x = view.x;
    pace(&view, entry, a->tick);
    bool first = x[AN_N_ATTEMPTS_7D] <= 0;
    float stranger = a->stranger ? 1.0f : 0;
    for (int i = 0; i < 4; i++) x[AN_N_ATTEMPTS_5M + i] += 1.0f;
    for (int i = 0; i < 3; i++) x[AN_N_STRANGERS_1H + i] += stranger;
    x[AN_N_UNALLOCATED] += a->hole ? 1.0f : 0;
    x[AN_N_NIGHT] += a->obs->flags & AN_OBS_NIGHT ? 1.0f : 0;
    x[AN_N_WALK] += !first && is_step(entry->last_callee, a->obs->callee) ? 1.0f : 0;
    entry->last_callee = (uint32_t)a->obs->callee;
    entry->attempt_age = 0;
    if (!a->foreign && an_number_home(entry) == 0) an_number_set_home(entry, a->trunk16);
    an_table_touch(bucket, slot, a->tick, x[AN_N_ATTEMPTS_7D] + x[AN_N_RECEIVED]);
    an_number_close(entry, a->tick, a->chance, &view);
    an_bucket_unlock(table, bucket);
}

static void learn_callee(struct an_state *s, const struct attempt *a)
{
    struct an_table *table = &s->tables[AN_TABLE_NUMBERS];
    if (a->keys->callee == 0 || a->hole) return;
    struct an_bucket *bucket;
    unsigned slot;
    struct an_number_entry *entry = enter_number(table, a->keys->callee, a, &bucket, &slot);
    struct an_number_view view;
    an_number_open(entry, a->tick, &view);
    float *x = view.x;
    if (a->f != NULL) {
        a->f[AN_F_CALLEE_STRANGERS_1H] = x[AN_N_BY_STRANGERS_1H];
        a->f[AN_F_CALLEE_STRANGERS_1D] = x[AN_N_BY_STRANGERS_1D];
    }
    float stranger = a->stranger ? 1.0f : 0;
    x[AN_N_RECEIVED] += 1.0f;
    x[AN_N_BY_STRANGERS_1H] += stranger;
    x[AN_N_BY_STRANGERS_1D] += stranger;
    /* A call-back: the callee had called, and this is the first call the other way. */
    if (!a->foreign && a->relation.callee_called && !a->relation.caller_called) x[AN_N_CALLED_BACK] += 1.0f;
    age_attempt(entry, a->tick);
    an_table_touch(bucket, slot, a->tick, x[AN_N_ATTEMPTS_7D] + x[AN_N_RECEIVED]);
    an_number_close(entry, a->tick, ~a->chance, &view);
    an_bucket_unlock(table, bucket);
}

/* E3. Surprise of the shape on this trunk, less what shapes there usually surprise; 0 where all calls look alike. */
static void learn_surprise(struct an_state *s, const struct attempt *a, float line_7d)
{
    float trunk_7d = a->trunk.x[AN_G_ATTEMPTS_7D];
    if (a->obs->shape == 0 || a->keys->trunk == 0) return;
    float share = (line_7d + 0.5f) / (trunk_7d + 1.0f);
    float surprise = an_positive(-an_ln(share));
    if (a->f != NULL)
        a->f[AN_F_SHAPE_SURPRISE] = an_positive(surprise - a->trunk.extra) * (trunk_7d / (trunk_7d + 50.0f));
    struct an_table *table = &s->tables[AN_TABLE_TRUNKS];
    struct an_bucket *bucket = an_table_bucket(table, a->keys->trunk);
    unsigned slot;
    an_bucket_lock(table, bucket);
    struct an_group *trunk = an_table_find(table, bucket, a->keys->trunk, &slot);
    if (trunk != NULL) trunk->extra += (surprise - trunk->extra) * (1.0f / 128);
    an_bucket_unlock(table, bucket);
}

static void line_features(const struct attempt *a, const struct background *b, const struct an_line *line)
{
    const float *x = line->group.x;
    float *f = a->f;
    float prior_fresh = an_smooth(a->trunk.x[AN_G_FRESH_1H], a->trunk.x[AN_G_ATTEMPTS_1H], b->fresh, A_GROUP);
    f[AN_F_LINE_ATTEMPTS_1H] = x[AN_G_ATTEMPTS_1H];
    f[AN_F_LINE_FRESH] = an_smooth(x[AN_G_FRESH_1H], x[AN_G_ATTEMPTS_1H], prior_fresh, A_LINE);
    f[AN_F_LINE_GAP_PEAK] = line->gap_peak;
    f[AN_F_LINE_RING_ATOM] = line->ring_atom;
    f[AN_F_LINE_TALK_ATOM] = line->talk_atom;
    f[AN_F_LINE_WALK] = an_smooth(x[AN_G_WALK], x[AN_G_ATTEMPTS_1D], P_WALK, A_LINE);
    f[AN_F_LINE_UNALLOCATED] = an_smooth(x[AN_G_UNALLOCATED], x[AN_G_ATTEMPTS_1D], P_UNALLOCATED, A_LINE);
    f[AN_F_LINE_SHORT] = an_smooth(x[AN_G_SHORT], x[AN_G_ANSWERED], b->short_, A_LINE);
    f[AN_F_LINE_REFUSED] = an_smooth(x[AN_G_REFUSED], x[AN_G_ENDED], b->refused, A_LINE);
    f[AN_F_LINE_RHYTHM] = an_line_rhythm(line);
    f[AN_F_LINE_COMPLAINTS] = x[AN_G_COMPLAINTS];
}

/* Returns the line's 7-day attempts before this one. */
static float learn_line(struct an_state *s, const struct attempt *a, const struct background *b, float *add)
{
    struct an_table *table = &s->tables[AN_TABLE_LINES];
    if (a->keys->line == 0) return 0;
    struct an_bucket *bucket = an_table_bucket(table, a->keys->line);
    unsigned slot;
    an_bucket_lock(table, bucket);
    struct an_line *line = an_table_claim(table, bucket, a->keys->line, a->tick, &slot);
    an_group_decay(&line->group, a->tick);
    if (a->f != NULL) line_features(a, b, line);
    float before = line->group.x[AN_G_ATTEMPTS_7D];
    add[AN_G_WALK] = an_line_is_walk(line, a->obs->callee) ? 1.0f : 0;
    for (unsigned i = 0; i < AN_G_LANES; i++) line->group.x[i] += add[i];
    an_line_start(line, a->obs->time_us, a->obs->callee);
    an_table_touch_rarely(bucket, slot, a->tick, before);
    an_bucket_unlock(table, bucket);
    return before;
}

static void group_features(const struct attempt *a, const struct background *b, const struct an_group *shape)
{
    const float *t = a->trunk.x, *k = a->block.x, *n = a->network.x, *h = shape->x;
    float *f = a->f;
    f[AN_F_BLOCK_ATTEMPTS_1H] = k[AN_G_ATTEMPTS_1H];
    f[AN_F_BLOCK_FRESH] = an_smooth(k[AN_G_FRESH_7D], k[AN_G_ATTEMPTS_7D], b->fresh, A_LINE);
    f[AN_F_BLOCK_REFUSED] = an_smooth(k[AN_G_REFUSED], k[AN_G_ENDED], b->refused, A_GROUP);
    f[AN_F_BLOCK_COMPLAINTS] = k[AN_G_COMPLAINTS];
    f[AN_F_TRUNK_ATTEMPTS_1H] = t[AN_G_ATTEMPTS_1H];
    f[AN_F_TRUNK_FRESH] = an_smooth(t[AN_G_FRESH_1H], t[AN_G_ATTEMPTS_1H], b->fresh, A_GROUP);
    float usual = an_smooth(t[AN_G_FRESH_7D], t[AN_G_ATTEMPTS_7D], b->fresh, A_GROUP) + 0.001f;
    float now = (t[AN_G_FRESH_1H] + A_GROUP * usual) / (t[AN_G_ATTEMPTS_1H] + A_GROUP);
    f[AN_F_TRUNK_FRESH_EXCESS] = an_positive(an_ln(now / usual));
    f[AN_F_TRUNK_SHORT] = an_smooth(t[AN_G_SHORT], t[AN_G_ANSWERED], b->short_, A_GROUP);
    f[AN_F_TRUNK_REFUSED] = an_smooth(t[AN_G_REFUSED], t[AN_G_ENDED], b->refused, A_GROUP);
    f[AN_F_TRUNK_UNALLOCATED] = an_smooth(t[AN_G_UNALLOCATED], t[AN_G_ATTEMPTS_1D], P_UNALLOCATED, A_GROUP);
    f[AN_F_SHAPE_REFUSED] = an_smooth(h[AN_G_REFUSED], h[AN_G_ENDED], b->refused, A_GROUP);
    if (a->obs->shape == 0) return;
    /* Its share of the network's hour against its share of the week: free of the daily curve and of a cold start. */
    float week = (h[AN_G_ATTEMPTS_7D] + 1.0f) / (n[AN_G_ATTEMPTS_7D] + 1.0f);
    float hour = (h[AN_G_ATTEMPTS_1H] + A_GROUP * week) / (n[AN_G_ATTEMPTS_1H] + A_GROUP);
    f[AN_F_SHAPE_GROWTH] = an_positive(an_ln(hour / week));
}

static void relation_features(const struct attempt *a)
{
    static const float by_class[] = { 0, 0.05f, 0.25f, 0.45f, 0.8f, 1.0f, 1.0f, 1.0f };
    const struct an_relation *r = &a->relation;
    float left = r->days_ago == 0 ? 1.0f : an_exp2_minus((float)r->days_ago * (1.0f / 60));
    float *f = a->f;
    f[AN_F_RELATION_CALLED] = r->callee_called ? left : 0;
    f[AN_F_RELATION_TALKED] = r->callee_wants ? 1.0f : by_class[r->talk & 7] * left;
    f[AN_F_RELATION_TRIES] = r->tries;
    f[AN_F_RELATION_REFUSED] = r->callee_reported ? left : r->callee_refused ? 0.5f * left : 0;
}

static void learn_relation(struct an_state *s, const struct attempt *a)
{
    if (a->keys->relation == 0 || a->hole) return;
    if (a->foreign)
        an_relation_put(&s->relations, a->number_key, a->keys->callee, an_relation_hash(a->number_key, a->keys->callee),
                        a->day, AN_RELATION_CALLED, 0);
    else
        an_relation_put(&s->relations, a->obs->caller, a->obs->callee, a->keys->relation, a->day, AN_RELATION_CALLED,
                        0);
}

static void remember_pending(struct an_state *s, const struct attempt *a)
{
    struct an_table *table = &s->tables[AN_TABLE_PENDING];
    uint64_t key = a->keys->pending;
    if (key == 0) return;
    struct an_bucket *bucket = an_table_bucket(table, key);
    unsigned slot;
    an_bucket_lock(table, bucket);
    struct an_pending *p = an_table_claim(table, bucket, key, a->tick, &slot);
    p->caller = a->obs->caller;
    p->callee = a->obs->callee;
    p->block = a->obs->block;
    p->shape = a->obs->shape;
    p->trunk = a->obs->trunk;
    p->start_ms = (uint32_t)(a->obs->time_us / 1000);
    p->answered = false;
    p->hole = a->hole;
    p->action = a->obs->action;
    an_table_touch(bucket, slot, a->tick, 0);
    an_bucket_unlock(table, bucket);
}

static void learn_emergency(struct an_state *s, const struct attempt *a)
{
    struct an_table *table = &s->tables[AN_TABLE_EMERGENCIES];
    if (a->obs->callee_kind != AN_KIND_EMERGENCY || a->keys->caller == 0) return;
    struct an_bucket *bucket = an_table_bucket(table, a->keys->caller);
    unsigned slot;
    an_bucket_lock(table, bucket);
    struct an_emergency *e = an_table_claim(table, bucket, a->keys->caller, a->tick, &slot);
    e->time_us = a->obs->time_us;
    an_table_touch(bucket, slot, a->tick, 0);
    an_bucket_unlock(table, bucket);
    uint64_t until = a->obs->time_us + (uint64_t)s->limits.emergency_window_s * 1000000;
    if (until > __atomic_load_n(&s->emergency_until_us, __ATOMIC_RELAXED))
        __atomic_store_n(&s->emergency_until_us, until, __ATOMIC_RELAXED);
}

/* 0 to 1 over the state's first day: until then everybody is fresh, so freshness counts by this share of a call. */
static float warmth(struct an_state *s, uint64_t time_us)
{
    uint64_t first = __atomic_load_n(&s->first_us, __ATOMIC_RELAXED);
    if (first == 0) {
        __atomic_store_n(&s->first_us, time_us, __ATOMIC_RELAXED);
        return 0;
    }
    uint64_t age_s = time_us > first ? (time_us - first) / 1000000 : 0;
    return age_s < 86400 ? (float)(int64_t)age_s * (1.0f / 86400) : 1.0f;
}

void an_learn_attempt(struct an_state *s, const struct an_observation *obs, const struct an_keys *keys, float *features)
{
    struct attempt a; /* field by field: the groups in it are filled below, and zeroing them shows in the profile */
    a.obs = obs;
    a.keys = keys;
    a.f = features;
    a.tick = an_tick_of(obs->time_us);
    a.day = an_day_of(obs->time_us);
    a.chance = an_chance_of(obs);
    a.hour = an_hour_of(obs->time_us);
    a.trunk16 = obs->trunk == AN_TRUNK_NONE ? 0 : an_trunk16(obs->trunk);
    a.hole = obs->callee_kind == AN_KIND_UNALLOCATED;
    a.foreign = a.fresh = a.known = false;
    a.own_attempts = a.origin_attempts = 0;
    a.p_operator = a.p_block = 0;
    float warm = warmth(s, obs->time_us);
    look_at_number(s, &a);
    float fresh = a.fresh ? warm : 0;
    float add[AN_G_LANES] = { [AN_G_ATTEMPTS_1H] = 1,  [AN_G_ATTEMPTS_1D] = 1,  [AN_G_ATTEMPTS_7D] = 1,
                              [AN_G_FRESH_1H] = fresh, [AN_G_FRESH_7D] = fresh, [AN_G_UNALLOCATED] = a.hole };
    an_group_add(&s->tables[AN_TABLE_BLOCKS], keys->block, a.tick, add, &a.block);
    an_group_add(&s->tables[AN_TABLE_TRUNKS], keys->trunk, a.tick, add, &a.trunk);
    struct an_group shape;
    an_group_add(&s->tables[AN_TABLE_SHAPES], keys->shape, a.tick, add, &shape);
    an_common_add(s, s->network, a.tick, add, &a.network);
    struct background b = background_of(&a.network);
    learn_origin(s, &a, add);
    choose_home(&a);
    a.relation = an_relation_of_call(s, obs, keys->relation, a.foreign);
    a.stranger = keys->relation == 0 || !(a.relation.caller_called || a.relation.callee_called);
    learn_caller(s, &a, &b);
    learn_callee(s, &a);
    float line_7d = learn_line(s, &a, &b, add);
    learn_surprise(s, &a, line_7d);
    if (add[AN_G_WALK] > 0) { /* known only after the line */
        const float walk[AN_G_LANES] = { [AN_G_WALK] = 1.0f };
        struct an_group before;
        an_common_add(s, s->network, a.tick, walk, &before);
    }
    learn_relation(s, &a);
    remember_pending(s, &a);
    learn_emergency(s, &a);
    if (features != NULL) {
        group_features(&a, &b, &shape);
        relation_features(&a);
    }
}
