#include "observe/observe.h"

#include "observe/state.h"

uint64_t an_key_foreign(uint64_t number, uint32_t trunk)
{
    return an_mix2(number ^ 0x5bd1e9955bd1e995ull, trunk);
}

/* A bijection for keys there are few of, or that are hashes already: half the work of an_mix64. */
AN_INLINE uint64_t mix(uint64_t x)
{
    x *= 0x9e3779b97f4a7c15ull;
    return x ^ (x >> 32);
}

AN_INLINE uint64_t mix_pair(uint64_t a, uint64_t b)
{
    return mix(a + 0xd6e8feb86659fd93ull * (b + 1));
}

AN_INLINE void keys_of(const struct an_observation *obs, struct an_keys *ret_keys)
{
    uint64_t trunk = obs->trunk, op = obs->caller_operator, block = obs->block;
    ret_keys->caller = an_mix64(obs->caller); /* 0 stays 0: nothing */
    ret_keys->callee = an_mix64(obs->callee);
    ret_keys->relation = obs->caller != 0 && obs->callee != 0 ? an_relation_hash(obs->caller, obs->callee) : 0;
    ret_keys->pending = mix(obs->call_key);
    ret_keys->block = mix(block);
    ret_keys->trunk = mix(trunk);
    ret_keys->shape = mix(obs->shape);
    ret_keys->line = (trunk | obs->shape) != 0 ? mix_pair(obs->shape, trunk) : 0;
    ret_keys->block_trunk = trunk != AN_TRUNK_NONE && block != 0 ? mix_pair(block, trunk) : 0;
    ret_keys->operator_trunk = trunk != AN_TRUNK_NONE && op != 0 ? mix_pair(1000 + op, trunk) : 0;
}

uint64_t an_key_pending(uint64_t call_key)
{
    return mix(call_key);
}

uint64_t an_key_firm(uint32_t firm)
{
    return an_mix2(0x6669726d6669726dull, firm);
}

uint64_t an_key_campaign(uint64_t campaign)
{
    return an_mix2(campaign, 0x63616d706169676eull);
}

void an_keys_of(const struct an_observation *obs, struct an_keys *ret_keys)
{
    keys_of(obs, ret_keys);
}

struct an_relation an_relation_of_call(const struct an_state *state, const struct an_observation *obs,
                                       uint64_t relation_key, bool foreign)
{
    struct an_relation own = { 0 };
    if (relation_key == 0) return own;
    uint32_t day = an_day_of(obs->time_us);
    own = an_relation_get(&state->relations, obs->caller, obs->callee, relation_key, day);
    if (!foreign) return own;
    uint64_t caller = an_key_foreign(obs->caller, obs->trunk), callee = an_mix64(obs->callee);
    struct an_relation r = an_relation_get(&state->relations, caller, callee, an_relation_hash(caller, callee), day);
    r.callee_called = own.callee_called;
    r.callee_wants |= own.callee_wants;
    if (own.talk > r.talk) r.talk = own.talk;
    if (own.known && (!r.known || own.days_ago < r.days_ago)) r.days_ago = own.days_ago;
    return r;
}

bool an_after_emergency(const struct an_state *state, const struct an_observation *obs, const struct an_keys *keys)
{
    if (obs->time_us >= __atomic_load_n(&state->emergency_until_us, __ATOMIC_RELAXED) || keys->callee == 0)
        return false;
    const struct an_table *table = &state->tables[AN_TABLE_EMERGENCIES];
    struct an_bucket *bucket = an_table_bucket(table, keys->callee);
    unsigned slot;
    an_bucket_lock(table, bucket);
    const struct an_emergency *e = an_table_find(table, bucket, keys->callee, &slot);
    uint64_t until = e == NULL ? 0 : e->time_us + (uint64_t)state->limits.emergency_window_s * 1000000;
    an_bucket_unlock(table, bucket);
    return obs->time_us < until;
}

/* First step: the header lines. */
AN_INLINE void prefetch_headers(const struct an_state *s, const struct an_keys *k, struct an_places *ret_places)
{
    const struct an_table *t = s->tables;
    ret_places->caller = an_table_prefetch(&t[AN_TABLE_NUMBERS], k->caller);
    ret_places->callee = an_table_prefetch(&t[AN_TABLE_NUMBERS], k->callee);
    ret_places->relation = an_relation_bucket(&s->relations, k->relation);
    __builtin_prefetch(ret_places->relation, 1, 3);
    ret_places->pending = an_table_prefetch(&t[AN_TABLE_PENDING], k->pending);
    ret_places->block = an_table_prefetch(&t[AN_TABLE_BLOCKS], k->block);
    ret_places->block_trunk = an_table_prefetch(&t[AN_TABLE_ORIGINS], k->block_trunk);
    ret_places->line = an_table_prefetch(&t[AN_TABLE_LINES], k->line);
}

/* Second step: the lines behind them. */
AN_INLINE void prefetch_entries(const struct an_state *s, const struct an_observation *obs, const struct an_keys *k,
                                const struct an_places *p)
{
    const struct an_table *t = s->tables;
    uint32_t tick = an_tick_of(obs->time_us);
    if (!an_bucket_prefetch(p->caller, sizeof(struct an_number_entry), k->caller, tick))
        /* then it may be known by this trunk alone */
        an_table_prefetch(&t[AN_TABLE_NUMBERS], an_key_foreign(obs->caller, obs->trunk));
    an_bucket_prefetch(p->callee, sizeof(struct an_number_entry), k->callee, tick);
    an_bucket_prefetch(p->pending, sizeof(struct an_pending), k->pending, tick);
    an_bucket_prefetch(p->block, sizeof(struct an_group), k->block, tick);
    an_bucket_prefetch(p->block_trunk, sizeof(struct an_origin), k->block_trunk, tick);
    const unsigned char *line = an_bucket_prefetch(p->line, sizeof(struct an_line), k->line, tick);
    if (line != NULL) { /* what every call touches is in the first three */
        __builtin_prefetch(line + 64, 1, 3);
        __builtin_prefetch(line + 128, 1, 3);
    }
}

AN_INLINE bool in_flight(const struct an_state *s, const struct an_keys *keys)
{
    const struct an_table *table = &s->tables[AN_TABLE_PENDING];
    if (keys->pending == 0) return false;
    struct an_bucket *bucket = an_table_bucket(table, keys->pending);
    unsigned slot;
    an_bucket_lock(table, bucket);
    bool found = an_table_find(table, bucket, keys->pending, &slot) != NULL;
    an_bucket_unlock(table, bucket);
    return found;
}

/* Learns from one. ret_seen is written for an attempt; ret_complete NULL or for the observation with what the call in
 * flight knew. False when it is a copy of what was learned already. */
AN_INLINE bool learn(struct an_state *s, const struct an_observation *obs, const struct an_keys *keys,
                     const struct an_places *places, struct an_seen *ret_seen, struct an_counts *counts,
                     struct an_observation *ret_complete)
{
    switch (obs->kind) {
    case AN_OBS_ATTEMPT:
        /* A tracing proxy sends a copy of each leg, and may have asked for a verdict too: one call is counted once. */
        if (obs->flags & AN_OBS_PASSIVE && in_flight(s, keys)) return false;
        counts->attempts++;
        an_learn_attempt(s, obs, keys, places, ret_seen);
        return true;
    case AN_OBS_ANSWER:
    case AN_OBS_END:
    case AN_OBS_REPORT: return an_learn_outcome(s, obs, keys, counts, ret_complete);
    default: return true; /* a newer kind in an older program's journal: nothing to learn */
    }
}

static void add_counts(struct an_state *s, const struct an_counts *c)
{
    const uint64_t *from = (const uint64_t *)(const void *)c;
    uint64_t *to = (uint64_t *)(void *)&s->counts;
    _Static_assert(sizeof *c % sizeof *from == 0, "nothing but counters");
    for (unsigned i = 0; i < sizeof *c / sizeof *from; i++)
        if (from[i] != 0) __atomic_fetch_add(&to[i], from[i], __ATOMIC_RELAXED);
}

/* Observations to be learned from in order, and of each what is worked out ahead. */
struct batch {
    const struct an_observation *obs[AN_VECTOR_MAX];
    struct an_call *calls[AN_VECTOR_MAX]; /* that they stand in; NULL: read back, nobody asks */
    struct an_seen *seen[AN_VECTOR_MAX];  /* where to write what was seen */
    uint32_t count;
    struct an_keys keys[AN_VECTOR_MAX];
    struct an_places places[AN_VECTOR_MAX];
};

AN_INLINE void learn_one(struct an_state *s, struct batch *b, uint32_t i, struct an_counts *counts)
{
    const struct an_observation *obs = b->obs[i];
    struct an_call *call = b->calls[i];
    if (call == NULL) {
        learn(s, obs, &b->keys[i], &b->places[i], b->seen[i], counts, NULL);
        return;
    }
    if (obs->kind == AN_OBS_ATTEMPT) call->observed.after_emergency = an_after_emergency(s, obs, &b->keys[i]);
    call->observed.repeat = !learn(s, obs, &b->keys[i], &b->places[i], b->seen[i], counts, &call->enriched.obs);
    call->observed.said = (uint8_t)b->seen[i]->said;
}

/* A pipeline: while one is learned from, the entries of the 6th and the headers of the 12th after it are on their way,
 * so that memory works all the time instead of in bursts. */
AN_WIDE static void learn_batch(struct an_state *s, struct batch *b)
{
    enum { ENTRIES_AHEAD = 6, HEADERS_AHEAD = 12 };
    struct an_counts counts = { 0 };
    for (uint32_t step = 0; step < b->count + HEADERS_AHEAD; step++) {
        if (step < b->count) {
            keys_of(b->obs[step], &b->keys[step]);
            prefetch_headers(s, &b->keys[step], &b->places[step]);
        }
        uint32_t i = step - (HEADERS_AHEAD - ENTRIES_AHEAD); /* below the first: a huge number */
        if (i < b->count) prefetch_entries(s, b->obs[i], &b->keys[i], &b->places[i]);
        i = step - HEADERS_AHEAD;
        if (i < b->count) learn_one(s, b, i, &counts);
    }
    add_counts(s, &counts);
}

/* What makes all features of a call 0. */
static void see_nothing(struct an_seen *seen)
{
    memset(seen, 0, sizeof *seen);
    seen->if_attempt = seen->if_number = seen->if_trunk = AN_SEEN_NO;
    seen->if_shape = seen->if_shape_on_trunk = seen->if_line = AN_SEEN_NO;
}

void an_observe_vector(struct an_state *s, struct an_vector *v)
{
    an_assert(v->count <= AN_VECTOR_MAX);
    struct batch b;
    struct an_seen seen[AN_VECTOR_MAX];
    b.count = 0;
    for (uint32_t i = 0; i < v->count; i++) {
        struct an_call *call = &v->calls[i];
        const struct an_observation *obs = &call->enriched.obs;
        bool taken = call->error == AN_OK && !call->observed.repeat;
        if (!taken || obs->kind != AN_OBS_ATTEMPT || obs->flags & AN_OBS_PASSIVE)
            see_nothing(&seen[i]); /* a passive attempt may turn out to be a copy */
        if (!taken) continue;
        b.obs[b.count] = obs;
        b.calls[b.count] = call;
        b.seen[b.count++] = &seen[i];
    }
    for (uint32_t i = v->count; i % 8 != 0; i++) see_nothing(&seen[i]);
    learn_batch(s, &b);
    an_features_of(seen, v->count, v->features);
}

void an_state_apply_many(struct an_state *s, const struct an_observation *obs, size_t count)
{
    struct batch b;
    struct an_seen unused;
    for (size_t at = 0; at < count; at += b.count) {
        b.count = count - at < AN_VECTOR_MAX ? (uint32_t)(count - at) : AN_VECTOR_MAX;
        for (uint32_t i = 0; i < b.count; i++) {
            b.obs[i] = &obs[at + i];
            b.calls[i] = NULL;
            b.seen[i] = &unused;
        }
        learn_batch(s, &b);
    }
}

void an_state_apply(struct an_state *s, const struct an_observation *obs)
{
    an_state_apply_many(s, obs, 1);
}
