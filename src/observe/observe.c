#include "observe/observe.h"

#include "observe/state.h"

uint64_t an_key_foreign(uint64_t number, uint32_t trunk)
{
    return an_mix2(number ^ 0x5bd1e9955bd1e995ull, trunk);
}

void an_keys_of(const struct an_observation *obs, struct an_keys *ret_keys)
{
    bool trunk = obs->trunk != AN_TRUNK_NONE;
    *ret_keys = (struct an_keys) {
        .caller = an_mix64(obs->caller), /* 0 stays 0: nothing */
        .callee = an_mix64(obs->callee),
        .relation = obs->caller != 0 && obs->callee != 0 ? an_relation_hash(obs->caller, obs->callee) : 0,
        .pending = an_mix64(obs->call_key),
        .block = an_mix64(obs->block),
        .trunk = an_mix64(obs->trunk),
        .shape = an_mix64(obs->shape),
        .line = trunk || obs->shape != 0 ? an_mix2(obs->trunk, obs->shape) : 0,
        .block_trunk = trunk && obs->block != 0 ? an_mix2(obs->block, obs->trunk) : 0,
        .operator_trunk = trunk && obs->caller_operator != 0 ? an_mix2(1000u + obs->caller_operator, obs->trunk) : 0,
    };
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

/* First pass: the header lines. Second: the lines behind them. */
AN_PREFETCHER void prefetch_headers(const struct an_state *s, const struct an_keys *k)
{
    const struct an_table *t = s->tables;
    an_table_prefetch(&t[AN_TABLE_NUMBERS], k->caller);
    an_table_prefetch(&t[AN_TABLE_NUMBERS], k->callee);
    __builtin_prefetch(an_relation_bucket(&s->relations, k->relation), 1, 3);
    an_table_prefetch(&t[AN_TABLE_PENDING], k->pending);
    an_table_prefetch(&t[AN_TABLE_BLOCKS], k->block);
    an_table_prefetch(&t[AN_TABLE_ORIGINS], k->block_trunk);
    an_table_prefetch(&t[AN_TABLE_LINES], k->line);
}

AN_PREFETCHER void prefetch_entries(const struct an_state *s, const struct an_observation *obs, const struct an_keys *k)
{
    const struct an_table *t = s->tables;
    if (!an_table_prefetch_entry(&t[AN_TABLE_NUMBERS], k->caller)) /* then it may be known by this trunk alone */
        an_table_prefetch(&t[AN_TABLE_NUMBERS], an_key_foreign(obs->caller, obs->trunk));
    an_table_prefetch_entry(&t[AN_TABLE_NUMBERS], k->callee);
    an_table_prefetch_entry(&t[AN_TABLE_PENDING], k->pending);
    an_table_prefetch_entry(&t[AN_TABLE_BLOCKS], k->block);
    an_table_prefetch_entry(&t[AN_TABLE_ORIGINS], k->block_trunk);
    an_table_prefetch_entry(&t[AN_TABLE_LINES], k->line);
}

static bool in_flight(const struct an_state *s, const struct an_keys *keys)
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

/* Learns from one; features NULL or for an attempt's; ret_complete NULL or for the observation with what the call in
 * flight knew. False when it is a copy of what was learned already. */
static bool learn(struct an_state *s, const struct an_observation *obs, const struct an_keys *keys, float *features,
                  struct an_counts *counts, struct an_observation *ret_complete)
{
    switch (obs->kind) {
    case AN_OBS_ATTEMPT:
        /* A tracing proxy sends a copy of each leg, and may have asked for a verdict too: one call is counted once. */
        if (obs->flags & AN_OBS_PASSIVE && in_flight(s, keys)) return false;
        counts->attempts++;
        an_learn_attempt(s, obs, keys, features);
        return true;
    case AN_OBS_ANSWER:
    case AN_OBS_END:
    case AN_OBS_REPORT: return an_learn_outcome(s, obs, keys, counts, ret_complete);
    default: return true; /* a newer kind in an older program's journal: nothing to learn */
    }
}

static void add_counts(struct an_state *s, const struct an_counts *c)
{
    const uint64_t from[] = { c->attempts, c->answers, c->ends, c->reports, c->reports_ignored };
    uint64_t *to[] = { &s->counts.attempts, &s->counts.answers, &s->counts.ends, &s->counts.reports,
                       &s->counts.reports_ignored };
    for (unsigned i = 0; i < sizeof from / sizeof *from; i++)
        if (from[i] != 0) __atomic_fetch_add(to[i], from[i], __ATOMIC_RELAXED);
}

/* an_mini_float(an_mini_of(x)) in 32-bit steps, which is what vector code wants. */
static inline float rounded(float f)
{
    f = f > 0 ? f : 0;
    f = f < AN_MINI_MAX ? f : AN_MINI_MAX;
    uint32_t bits;
    memcpy(&bits, &f, sizeof bits);
    bits = (bits + (1u << 11)) & ~0xfffu;
    int32_t above = (int32_t)(bits - AN_MINI_BIAS);
    bits = above > 0 ? bits : 0;
    memcpy(&f, &bits, sizeof f);
    return f;
}

/* Rounds observe/'s rows to minifloats: what is scored is what is journalled. */
AN_WIDE static void round_features(float features[AN_FEATURE_COUNT][AN_VECTOR_MAX], uint32_t count)
{
    for (int f = AN_F_ORIGIN_SURPRISE; f < AN_FEATURE_COUNT; f++)
        for (uint32_t i = 0; i < count; i++) features[f][i] = rounded(features[f][i]);
}

void an_observe_vector(struct an_state *s, struct an_vector *v)
{
    an_assert(v->count <= AN_VECTOR_MAX);
    struct an_keys keys[AN_VECTOR_MAX];
    bool taken[AN_VECTOR_MAX];
    for (uint32_t i = 0; i < v->count; i++) {
        const struct an_call *call = &v->calls[i];
        taken[i] = call->error == AN_OK && !call->observed.repeat;
        if (!taken[i]) continue;
        an_keys_of(&call->enriched.obs, &keys[i]);
        prefetch_headers(s, &keys[i]);
    }
    for (uint32_t i = 0; i < v->count; i++)
        if (taken[i]) prefetch_entries(s, &v->calls[i].enriched.obs, &keys[i]);
    struct an_counts counts = { 0 };
    for (uint32_t i = 0; i < v->count; i++) {
        float features[AN_FEATURE_COUNT] = { 0 };
        if (taken[i]) {
            struct an_call *call = &v->calls[i];
            struct an_observation *obs = &call->enriched.obs;
            if (obs->kind == AN_OBS_ATTEMPT) call->observed.after_emergency = an_after_emergency(s, obs, &keys[i]);
            call->observed.repeat = !learn(s, obs, &keys[i], features, &counts, obs);
        }
        for (int f = AN_F_ORIGIN_SURPRISE; f < AN_FEATURE_COUNT; f++) v->features[f][i] = features[f];
    }
    round_features(v->features, v->count);
    add_counts(s, &counts);
}

void an_state_apply_many(struct an_state *s, const struct an_observation *obs, size_t count)
{
    for (size_t at = 0; at < count; at += AN_VECTOR_MAX) {
        size_t n = count - at < AN_VECTOR_MAX ? count - at : AN_VECTOR_MAX;
        struct an_keys keys[AN_VECTOR_MAX];
        for (size_t i = 0; i < n; i++) {
            an_keys_of(&obs[at + i], &keys[i]);
            prefetch_headers(s, &keys[i]);
        }
        for (size_t i = 0; i < n; i++) prefetch_entries(s, &obs[at + i], &keys[i]);
        struct an_counts counts = { 0 };
        for (size_t i = 0; i < n; i++) (void)learn(s, &obs[at + i], &keys[i], NULL, &counts, NULL);
        add_counts(s, &counts);
    }
}

void an_state_apply(struct an_state *s, const struct an_observation *obs)
{
    an_state_apply_many(s, obs, 1);
}
