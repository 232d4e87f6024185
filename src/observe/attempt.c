#include "observe/state.h"

enum { FRESH_HOURS = 24 };

/* One attempt while it is learned from. Its functions are all inlined, so that most of it never is in memory. */
struct attempt {
    const struct an_observation *obs;
    const struct an_keys *keys;
    const struct an_places *places;
    struct an_seen *seen;
    uint32_t tick, day, chance, now_ms;
    uint16_t hour, trunk16;
    bool foreign;                /* the number comes in by a trunk that is not its home */
    bool fresh, hole;            /* hole: unallocated, or a canary */
    float holes;                 /* how many holes it counts for */
    float stranger, called_back; /* 1 or 0 */
    bool known;                  /* the number's own entry is there, with calls of its own */
    uint64_t number_key;         /* entry the behaviour goes to: the number's own, or (number, trunk) */
    struct an_bucket *number_at;
    bool locked; /* several workers; known at compile time */
};

static bool is_young(const struct an_number_entry *entry, uint16_t hour)
{
    return (uint16_t)(hour - entry->first_hour) < FRESH_HOURS;
}

/* The same number by another trunk: is it known there? */
AN_INLINE void look_at_foreign(struct an_state *s, struct attempt *a, uint16_t home, an_mini own_7d, uint32_t own_tick)
{
    const struct an_table *numbers = &s->tables[AN_TABLE_NUMBERS];
    uint64_t key = an_key_foreign(a->obs->caller, a->obs->trunk);
    struct an_bucket *bucket = an_table_bucket(numbers, key);
    unsigned slot;
    an_bucket_lock_if(bucket, a->locked);
    const struct an_number_entry *entry = an_bucket_find(bucket, sizeof(struct an_number_entry), key, &slot);
    bool seen = entry != NULL, young = entry == NULL || is_young(entry, a->hour);
    an_bucket_unlock_if(bucket, a->locked);
    if (home == 0 && !seen) return;
    a->foreign = true;
    a->number_key = key;
    a->number_at = bucket;
    a->fresh = young;
    float factor = an_exp2_minus((float)(int32_t)an_steps_between(own_tick, a->tick) * (float)(8.388608 / 604800));
    a->seen->own_elsewhere = an_mini_float(own_7d) * factor;
}

/* Looks, without changing anything, at whose reputation is at stake: the number's own or that of this trunk. */
AN_INLINE void look_at_number(struct an_state *s, struct attempt *a)
{
    a->number_key = a->keys->caller;
    a->number_at = a->places->caller;
    a->fresh = a->known = a->foreign = false;
    a->seen->own_elsewhere = 0;
    if (a->number_key == 0) return;
    unsigned slot;
    uint16_t home = 0;
    an_mini own_7d = 0;
    uint32_t own_tick = a->tick;
    a->fresh = true;
    an_bucket_lock_if(a->number_at, a->locked);
    const struct an_number_entry *entry =
        an_bucket_find(a->number_at, sizeof(struct an_number_entry), a->number_key, &slot);
    if (entry != NULL) {
        own_7d = entry->lanes[AN_N_ATTEMPTS_7D];
        own_tick = entry->tick;
        a->known = own_7d != 0;
        a->fresh = is_young(entry, a->hour);
        home = an_number_home(entry);
    }
    an_bucket_unlock_if(a->number_at, a->locked);
    if (a->trunk16 != 0 && home != a->trunk16) look_at_foreign(s, a, home, own_7d, own_tick);
}

AN_INLINE float add_origin(struct an_state *s, const struct attempt *a, struct an_bucket *bucket, uint64_t key)
{
    struct an_table *table = &s->tables[AN_TABLE_ORIGINS];
    if (key == 0) return 0;
    unsigned slot;
    an_bucket_lock_if(bucket, a->locked);
    struct an_origin *origin = an_bucket_claim(table, bucket, sizeof *origin, key, a->tick, &slot);
    an_origin_decay(origin, a->tick);
    float before = origin->attempts;
    origin->attempts = before + 1.0f;
    an_table_touch_rarely(bucket, slot, a->tick, before);
    an_bucket_unlock_if(bucket, a->locked);
    return before;
}

/* Counts the caller's operator, and block and operator by this trunk. */
AN_INLINE void learn_origin(struct an_state *s, const struct attempt *a, const struct an_group_x *add)
{
    unsigned op = a->obs->caller_operator < AN_OPERATORS ? a->obs->caller_operator : 0;
    float operator_before[AN_G_LANES];
    operator_before[AN_G_ATTEMPTS_7D] = 0;
    if (op != 0) an_common_add(&s->operators[op], a->tick, add, a->locked, operator_before);
    a->seen->operator_7d = operator_before[AN_G_ATTEMPTS_7D];
    uint64_t operator_trunk = a->keys->operator_trunk;
    a->seen->block_trunk = add_origin(s, a, a->places->block_trunk, a->keys->block_trunk);
    a->seen->operator_trunk =
        add_origin(s, a, an_table_bucket(&s->tables[AN_TABLE_ORIGINS], operator_trunk), operator_trunk);
}

/* A number without a home takes this trunk for one, unless its block is known to live elsewhere. */
AN_INLINE void choose_home(const struct an_state *s, struct attempt *a)
{
    const struct an_seen *seen = a->seen;
    float block_7d = seen->block[AN_G_ATTEMPTS_7D];
    if (block_7d <= 50.0f) return;
    float p_network = AN_P_NETWORK(seen->trunk[AN_G_ATTEMPTS_7D], seen->network[AN_G_ATTEMPTS_7D]);
    float p_operator = AN_P_OPERATOR(seen->operator_trunk, seen->operator_7d, p_network);
    if (p_operator <= 7.4f * AN_P_BLOCK(seen->block_trunk, block_7d, p_operator)) return;
    a->foreign = true;
    a->number_key = an_key_foreign(a->obs->caller, a->obs->trunk);
    a->number_at = an_table_bucket(&s->tables[AN_TABLE_NUMBERS], a->number_key);
}

AN_INLINE void age_attempt(struct an_number_entry *entry, uint32_t tick)
{
    int32_t since = (int32_t)(tick - entry->tick);
    uint32_t age = entry->attempt_age + (since > 0 ? (uint32_t)since : 0);
    entry->attempt_age = age < UINT16_MAX ? (uint16_t)age : UINT16_MAX;
}

AN_INLINE bool is_step(uint32_t last, uint64_t callee)
{
    uint32_t step = (uint32_t)callee - last;
    return step != 0 && step + AN_WALK_STEP <= 2 * AN_WALK_STEP;
}

/* The entry, new or known. The bucket is locked. */
AN_INLINE struct an_number_entry *enter_number(struct an_table *table, struct an_bucket *bucket, uint64_t key,
                                               const struct attempt *a, unsigned *ret_slot)
{
    struct an_number_entry *entry = an_bucket_find(bucket, sizeof(struct an_number_entry), key, ret_slot);
    if (__builtin_expect(entry == NULL, 0)) {
        entry = an_table_insert(table, bucket, key, a->tick, ret_slot);
        entry->tick = a->tick;
        entry->first_hour = a->hour;
        entry->attempt_age = UINT16_MAX;
    }
    return entry;
}

/* Evenness of the gaps between a number's calls: what the moving averages of their logarithm and of its spread
 * change by. */
AN_INLINE void pace(const struct an_number_x *n, const struct an_number_entry *entry, uint32_t tick, float *ret_mean,
                    float *ret_spread)
{
    float mean = n->x[0][AN_N_PACE_MEAN], spread = n->x[1][AN_N_PACE_SPREAD % 8];
    int32_t since = (int32_t)(tick - entry->tick);
    uint32_t gap = (since > 0 ? (uint32_t)since : 0) + entry->attempt_age;
    *ret_mean = *ret_spread = 0;
    if (entry->lanes[AN_N_ATTEMPTS_7D] == 0 || gap >= UINT16_MAX) return;
    float g = an_ln(1.0f + (float)(int32_t)gap * (1.0f / AN_TICKS_PER_S));
    float off = g - mean;
    /* The first gap is the mean and has a spread of 1. Both are chosen by a table: which it is can't be foreseen. */
    static const float rate[2] = { 1.0f, 0.125f }, weight[2] = { 0, 1.0f }, start[2] = { 1.0f, 0 };
    unsigned begun = mean > 0;
    *ret_mean = off * rate[begun];
    *ret_spread = ((off > 0 ? off : -off) * weight[begun] + start[begun] - spread) * rate[begun];
}

AN_INLINE void learn_caller(struct an_state *s, const struct attempt *a)
{
    struct an_table *table = &s->tables[AN_TABLE_NUMBERS];
    struct an_seen *seen = a->seen;
    seen->if_number = a->number_key != 0 ? AN_SEEN_YES : AN_SEEN_NO;
    if (a->number_key == 0) {
        memset(seen->number, 0, sizeof seen->number);
        seen->number_age_d = 0;
        return;
    }
    struct an_bucket *bucket = a->number_at;
    unsigned slot;
    an_bucket_lock_if(bucket, a->locked);
    struct an_number_entry *entry = enter_number(table, bucket, a->number_key, a, &slot);
    struct an_number_x n = an_number_read(entry, a->tick);
    for (int i = 0; i < 3; i++) an_f8_store(seen->number + 8 * i, n.x[i]);
    seen->number_age_d = (float)(uint16_t)(a->hour - entry->first_hour) * (1.0f / 24);
    float mean, spread, stranger = a->stranger, first = n.x[0][AN_N_ATTEMPTS_7D];
    pace(&n, entry, a->tick, &mean, &spread);
    float walk = first > 0 && is_step(entry->last_callee, a->obs->callee) ? 1.0f : 0;
    float night = a->obs->flags & AN_OBS_NIGHT ? 1.0f : 0;
    n.x[0] += (an_f8) { 1.0f, 1.0f, 1.0f, 1.0f, mean, stranger, stranger, stranger };
    n.x[1] += (an_f8) { spread };
    n.x[2] += (an_f8) { a->holes, 0, walk, night };
    entry->last_callee = (uint32_t)a->obs->callee;
    entry->attempt_age = 0;
    if (!a->foreign && an_number_home(entry) == 0) an_number_set_home(entry, a->trunk16);
    an_table_touch(bucket, slot, a->tick, first + 1.0f + n.x[1][AN_N_RECEIVED % 8]);
    an_number_write(entry, a->tick, a->chance, &n);
    an_bucket_unlock_if(bucket, a->locked);
}

AN_INLINE void learn_callee(struct an_state *s, const struct attempt *a)
{
    struct an_table *table = &s->tables[AN_TABLE_NUMBERS];
    struct an_seen *seen = a->seen;
    seen->callee_1h = seen->callee_1d = 0;
    if (a->keys->callee == 0 || a->hole) return;
    struct an_bucket *bucket = a->places->callee;
    unsigned slot;
    an_bucket_lock_if(bucket, a->locked);
    struct an_number_entry *entry = enter_number(table, bucket, a->keys->callee, a, &slot);
    struct an_number_x n = an_number_read(entry, a->tick);
    seen->callee_1h = n.x[1][AN_N_BY_STRANGERS_1H % 8];
    seen->callee_1d = n.x[1][AN_N_BY_STRANGERS_1D % 8];
    n.x[1] += (an_f8) { 0, a->stranger, a->stranger, 1.0f };
    n.x[2] += (an_f8) { 0, 0, 0, 0, a->called_back };
    age_attempt(entry, a->tick);
    an_table_touch(bucket, slot, a->tick, n.x[0][AN_N_ATTEMPTS_7D] + n.x[1][AN_N_RECEIVED % 8]);
    an_number_write(entry, a->tick, ~a->chance, &n);
    an_bucket_unlock_if(bucket, a->locked);
}

/* The line it came in by: counts it, and writes into add whether it walks from number to number. */
AN_INLINE void learn_line(struct an_state *s, const struct attempt *a, struct an_group_x *add)
{
    struct an_table *table = &s->tables[AN_TABLE_LINES];
    struct an_seen *seen = a->seen;
    seen->if_line = a->keys->line != 0 ? AN_SEEN_YES : AN_SEEN_NO;
    if (a->keys->line == 0) {
        memset(seen->line, 0, sizeof seen->line);
        seen->gap_peak = seen->ring_atom = seen->talk_atom = 0;
        seen->minutes = seen->minute_mean = seen->minute_spread = 0;
        return;
    }
    struct an_bucket *bucket = a->places->line;
    unsigned slot;
    an_bucket_lock_if(bucket, a->locked);
    struct an_line *line = an_bucket_claim(table, bucket, sizeof *line, a->keys->line, a->tick, &slot);
    add->x[AN_G_WALK / 4][AN_G_WALK % 4] = an_line_is_walk(line, a->obs->callee) ? 1.0f : 0;
    seen->gap_peak = line->gap_peak;
    seen->ring_atom = line->ring_atom;
    seen->talk_atom = line->talk_atom;
    seen->minutes = (float)(int32_t)line->minutes;
    seen->minute_mean = line->minute_mean;
    seen->minute_spread = line->minute_spread;
    an_group_count(&line->group, a->tick, add, seen->line);
    an_line_start(line, a->obs->time_us, a->now_ms, a->obs->callee);
    an_table_touch_rarely(bucket, slot, a->tick, seen->line[AN_G_ATTEMPTS_7D]);
    an_bucket_unlock_if(bucket, a->locked);
}

/* The trunk, and E3: how surprising the shape is on it, and what its shapes usually surprise. */
AN_INLINE void learn_trunk(struct an_state *s, const struct attempt *a, const struct an_group_x *add)
{
    struct an_table *table = &s->tables[AN_TABLE_TRUNKS];
    struct an_seen *seen = a->seen;
    uint64_t key = a->keys->trunk;
    bool surprising = a->obs->shape != 0 && key != 0;
    seen->trunk_extra = seen->surprise = 0;
    seen->if_shape_on_trunk = surprising ? AN_SEEN_YES : AN_SEEN_NO;
    if (key == 0) {
        memset(seen->trunk, 0, sizeof seen->trunk);
        return;
    }
    struct an_bucket *bucket = an_table_bucket(table, key);
    unsigned slot;
    an_bucket_lock_if(bucket, a->locked);
    struct an_group *trunk = an_bucket_claim(table, bucket, sizeof *trunk, key, a->tick, &slot);
    an_group_count(trunk, a->tick, add, seen->trunk);
    if (surprising) {
        float share = (seen->line[AN_G_ATTEMPTS_7D] + 0.5f) / (seen->trunk[AN_G_ATTEMPTS_7D] + 1.0f);
        seen->surprise = an_positive(-an_ln(share));
        seen->trunk_extra = trunk->extra;
        trunk->extra += (seen->surprise - trunk->extra) * (1.0f / 128);
    }
    an_table_touch_rarely(bucket, slot, a->tick, seen->trunk[AN_G_ATTEMPTS_7D]);
    an_bucket_unlock_if(bucket, a->locked);
}

/* Not inlined: most calls are between two who have nothing on record. */
static __attribute__((noinline)) void see_relation(struct an_seen *seen, const struct an_relation *r)
{
    static const float by_class[] = { 0, 0.05f, 0.25f, 0.45f, 0.8f, 1.0f, 1.0f, 1.0f };
    float left = r->days_ago == 0 ? 1.0f : an_exp2_minus((float)r->days_ago * (1.0f / 60));
    seen->relation_called = r->callee_called ? left : 0;
    seen->relation_talked = r->callee_wants ? 1.0f : by_class[r->talk & 7] * left;
    seen->relation_tries = r->tries;
    seen->relation_refused = r->callee_reported ? left : r->callee_refused ? 0.5f * left : 0;
    if (r->callee_reported && left > 0.5f) seen->said |= AN_SAID_REPORTED;
    if (r->callee_denies) seen->said |= AN_SAID_DENIES;
}

/* A call of a registered firm: the last that the callee said to it, by whatever number of its, holds. Seldom, and not
 * given the attempt, which would have to be in memory then. */
static __attribute__((noinline)) void see_firm(const struct an_state *s, struct an_seen *seen, uint64_t firm,
                                               uint64_t callee, uint32_t day)
{
    struct an_relation r = an_relation_get(&s->relations, firm, callee, an_relation_hash(firm, callee), day);
    if (!r.callee_denies && !r.callee_wants) return;
    seen->said = r.callee_denies ? AN_SAID_DENIES : 0;
    seen->relation_refused = r.callee_denies ? 1.0f : 0;
}

static __attribute__((noinline)) void see_label(const struct an_state *s, struct an_seen *seen, uint64_t key,
                                                uint64_t time_us)
{
    seen->said |= an_ruling_of(s, key, time_us, NULL);
}

/* What the two have been to each other, and that one called the other. A hole has no relations. */
AN_INLINE void learn_relation(struct an_state *s, struct attempt *a)
{
    const struct an_observation *obs = a->obs;
    struct an_seen *seen = a->seen;
    uint64_t key = a->keys->relation;
    a->stranger = 1.0f;
    a->called_back = 0;
    seen->relation_called = seen->relation_talked = seen->relation_tries = seen->relation_refused = 0;
    if (key == 0) return;
    struct an_relation r;
    if (!a->foreign && !a->hole) {
        uint64_t *bucket = a->places->relation;
        if (!an_relation_call(&s->relations, bucket, obs->caller, obs->callee, key, a->day, &r)) return;
    } else {
        r = an_relation_of_call(s, obs, key, a->foreign);
        if (!a->hole)
            an_relation_put(&s->relations, a->number_key, a->keys->callee,
                            an_relation_hash(a->number_key, a->keys->callee), a->day, AN_RELATION_CALLED, 0);
    }
    see_relation(seen, &r);
    if (r.caller_called || r.callee_called) a->stranger = 0;
    /* A call-back: the callee had called, and this is the first call the other way. */
    if (!a->foreign && r.callee_called && !r.caller_called) a->called_back = 1.0f;
}

AN_INLINE void remember_pending(struct an_state *s, const struct attempt *a)
{
    struct an_table *table = &s->tables[AN_TABLE_PENDING];
    uint64_t key = a->keys->pending;
    if (key == 0) return;
    struct an_bucket *bucket = a->places->pending;
    unsigned slot;
    an_bucket_lock_if(bucket, a->locked);
    struct an_pending *p = an_bucket_claim(table, bucket, sizeof *p, key, a->tick, &slot);
    p->caller = a->obs->caller;
    p->callee = a->obs->callee;
    p->block = a->obs->block;
    p->shape = a->obs->shape;
    p->trunk = a->obs->trunk;
    p->start_ms = a->now_ms;
    p->answered = false;
    p->hole = a->hole;
    p->action = a->obs->action;
    an_table_touch(bucket, slot, a->tick, 0);
    an_bucket_unlock_if(bucket, a->locked);
}

AN_INLINE void learn_emergency(struct an_state *s, const struct attempt *a)
{
    struct an_table *table = &s->tables[AN_TABLE_EMERGENCIES];
    struct an_bucket *bucket = an_table_bucket(table, a->keys->caller);
    unsigned slot;
    an_bucket_lock_if(bucket, a->locked);
    struct an_emergency *e = an_bucket_claim(table, bucket, sizeof *e, a->keys->caller, a->tick, &slot);
    e->time_us = a->obs->time_us;
    an_table_touch(bucket, slot, a->tick, 0);
    an_bucket_unlock_if(bucket, a->locked);
    uint64_t until = a->obs->time_us + (uint64_t)s->limits.emergency_window_s * 1000000;
    if (until > __atomic_load_n(&s->emergency_until_us, __ATOMIC_RELAXED))
        __atomic_store_n(&s->emergency_until_us, until, __ATOMIC_RELAXED);
}

/* 0 to 1 over the state's first day: until then everybody is fresh, so freshness counts by this share of a call. */
AN_INLINE float warmth(struct an_state *s, uint64_t time_us)
{
    uint64_t first = __atomic_load_n(&s->first_us, __ATOMIC_RELAXED);
    if (first == 0) {
        __atomic_store_n(&s->first_us, time_us, __ATOMIC_RELAXED);
        return 0;
    }
    uint64_t age_us = time_us > first ? time_us - first : 0;
    return age_us < 86400000000ull ? (float)(int64_t)age_us * (float)(1 / 86400e6) : 1.0f;
}

/* The order matters: the line comes before the trunk, which compares its share, and what is known of the origin before
 * the number, which may choose its home by it. */
AN_INLINE void learn(struct an_state *s, struct attempt *a, bool locked)
{
    const struct an_observation *obs = a->obs;
    struct an_seen *seen = a->seen;
    a->locked = locked;
    seen->if_attempt = AN_SEEN_YES;
    seen->if_trunk = obs->trunk != AN_TRUNK_NONE ? AN_SEEN_YES : AN_SEEN_NO;
    seen->if_shape = obs->shape != 0 ? AN_SEEN_YES : AN_SEEN_NO;
    float warm = warmth(s, obs->time_us);
    look_at_number(s, a);
    float fresh = a->fresh ? warm : 0;
    a->holes = 0;
    if (__builtin_expect(a->hole, 0)) a->holes = (float)obs->weight * 0.001f;
    struct an_group_x add = { { { 1.0f, fresh, 1.0f, 1.0f }, { 0 }, { a->holes, 0, fresh, 0 } } };
    learn_line(s, a, &add);
    learn_trunk(s, a, &add);
    struct an_table *blocks = &s->tables[AN_TABLE_BLOCKS], *shapes = &s->tables[AN_TABLE_SHAPES];
    an_group_add(blocks, a->places->block, a->keys->block, a->tick, &add, a->locked, seen->block);
    an_group_add(shapes, an_table_bucket(shapes, a->keys->shape), a->keys->shape, a->tick, &add, a->locked,
                 seen->shape);
    an_common_add(s->network, a->tick, &add, a->locked, seen->network);
    learn_origin(s, a, &add);
    if (!a->known && !a->foreign && a->number_key != 0 && a->trunk16 != 0) choose_home(s, a);
    seen->said = 0;
    learn_relation(s, a);
    if (obs->flags & AN_OBS_REGISTERED) see_firm(s, seen, an_key_firm(obs->firm), a->keys->callee, a->day);
    if (an_ruling_likely(s, a->number_key)) see_label(s, seen, a->number_key, obs->time_us);
    learn_caller(s, a);
    learn_callee(s, a);
    remember_pending(s, a);
    /* Not for a number that comes in by the wrong door: anybody could open the window of those he is about to call. */
    if (obs->callee_kind == AN_KIND_EMERGENCY && a->keys->caller != 0 && !a->foreign) learn_emergency(s, a);
}

AN_WIDE void an_learn_attempt(struct an_state *s, const struct an_observation *obs, const struct an_keys *keys,
                              const struct an_places *places, struct an_seen *seen)
{
    struct attempt a;
    a.obs = obs;
    a.keys = keys;
    a.places = places;
    a.seen = seen;
    a.tick = an_tick_of(obs->time_us);
    a.day = an_day_of(obs->time_us);
    a.now_ms = (uint32_t)(obs->time_us / 1000);
    a.chance = an_chance_of(obs);
    a.hour = an_hour_of(obs->time_us);
    a.trunk16 = obs->trunk == AN_TRUNK_NONE ? 0 : an_trunk16(obs->trunk);
    a.hole = obs->callee_kind == AN_KIND_UNALLOCATED || obs->flags & AN_OBS_CANARY;
    if (s->limits.single_worker) /* two copies, one without locks in it */
        learn(s, &a, false);
    else
        learn(s, &a, true);
}
