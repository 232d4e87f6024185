/* One vector through the stages. */
#include <string.h>

#include "base/clock.h"
#include "base/counter.h"
#include "campaign/match.h"
#include "decide/decide.h"
#include "engine/internal.h"
#include "enrich/enrich.h"
#include "enrich/trunk.h"
#include "model/record.h"
#include "score/score.h"
#include "score/symbols.h"

enum { EVENT_WAIT_US = 10 * 1000 * 1000 };

/* Before enrich/ has made the observation. */
static bool is_attempt_to_be(const struct an_call *call)
{
    return call->error == AN_OK && (call->parsed.given_kind == 0 || call->parsed.given_kind == AN_OBS_ATTEMPT);
}

static bool is_attempt(const struct an_call *call)
{
    return call->error == AN_OK && call->enriched.obs.kind == AN_OBS_ATTEMPT;
}

/* Attempts that want an answer: not those only seen by HEP3. */
static bool is_asked(const struct an_call *call)
{
    return is_attempt(call) && (call->enriched.obs.flags & AN_OBS_PASSIVE) == 0;
}

static bool over_sip(const struct an_call *call)
{
    return call->transport <= AN_TRANSPORT_TLS;
}

/* Marks retransmissions, and makes an entry for each new INVITE. Without a Call-ID nothing can be told apart. */
static void find_repeats(struct an_context *context, struct an_vector *v)
{
    for (uint32_t i = 0; i < v->count; i++) {
        const struct an_call *call = &v->calls[i];
        context->keys[i] =
            is_asked(call) && over_sip(call) && call->parsed.call_id.len > 0 ? an_transaction_key(call) : 0;
        if (context->keys[i] != 0) an_transactions_prefetch(&context->transactions, context->keys[i]);
    }
    for (uint32_t i = 0; i < v->count; i++) {
        struct an_call *call = &v->calls[i];
        call->observed.repeat = false;
        context->fresh[i] = false;
        context->repeat_of[i] = 0;
        if (context->keys[i] == 0) continue;
        struct an_transactions *t = &context->transactions;
        size_t slot = an_transactions_get(t, context->keys[i], v->now_us, (uint8_t)(i + 1), &context->fresh[i]);
        context->slots[i] = slot;
        if (context->fresh[i]) continue;
        call->observed.repeat = true;
        context->repeat_of[i] = an_transactions_pending(t, slot);
        an_count(&context->counters.retransmissions);
        if (context->repeat_of[i] == 0) an_transactions_restore(t, slot, &call->verdict);
    }
}

/* After the decision: fills the new entries and answers repeats within this vector. */
static void keep_repeats(struct an_context *context, struct an_vector *v)
{
    for (uint32_t i = 0; i < v->count; i++) {
        if (context->fresh[i])
            an_transactions_keep(&context->transactions, context->slots[i], context->keys[i], (uint8_t)(i + 1),
                                 &v->calls[i].verdict);
    }
    for (uint32_t i = 0; i < v->count; i++)
        if (context->repeat_of[i] != 0) v->calls[i].verdict = v->calls[context->repeat_of[i] - 1].verdict;
}

static void make_tokens(struct an_context *context, struct an_vector *v)
{
    for (uint32_t i = 0; i < v->count; i++) {
        struct an_call *call = &v->calls[i];
        if (is_asked(call) && !call->observed.repeat)
            an_context_token(context, &call->enriched.obs, v->now_us, &call->verdict.token);
    }
}

static void journal_call(struct an_context *context, const struct an_call *call)
{
    bool verdict = is_asked(call);
    size_t size = verdict ? AN_RECORD_VERDICT_MAX : AN_RECORD_OBSERVATION_MAX, len;
    uint64_t time_us = call->enriched.obs.time_us;
    uint8_t *out = an_journal_reserve(context->writer, time_us, size);
    if (out == NULL) return; /* counted by the journal */
    enum an_err err =
        verdict ? an_record_encode_verdict(call, out, size, &len) : an_record_encode_observation(call, out, size, &len);
    if (err != AN_OK)
        an_journal_cancel(context->writer);
    else
        an_journal_commit(context->writer, verdict ? AN_RECORD_VERDICT : AN_RECORD_OBSERVATION, time_us, len);
}

static void journal_vector(struct an_context *context, const struct an_vector *v)
{
    if (context->writer == NULL) return;
    for (uint32_t i = 0; i < v->count; i++)
        if (v->calls[i].error == AN_OK && !v->calls[i].observed.repeat) journal_call(context, &v->calls[i]);
    an_journal_flush(context->writer, an_clock_mono_us());
}

static void count_shadow(struct an_context *context, const struct an_settings *settings, const struct an_verdict *v)
{
    struct an_grounds grounds = an_grounds_of(v);
    grounds.probability = v->shadow_probability;
    enum an_action shadow = an_decide_action(&settings->policy, &grounds);
    an_count(&context->counters.shadow[v->action][shadow]);
}

static void count(struct an_context *context, const struct an_settings *settings, const struct an_models *models,
                  const struct an_vector *v)
{
    uint64_t scored = 0;
    for (uint32_t i = 0; i < v->count; i++) {
        const struct an_call *call = &v->calls[i];
        if (call->error != AN_OK || call->observed.repeat) continue;
        unsigned kind = call->enriched.obs.kind;
        if (kind >= 1 && kind <= AN_METRIC_OBS_KINDS) an_count(&context->counters.events[kind - 1]);
        unsigned flags = call->enriched.obs.flags;
        if (flags & AN_OBS_CANARY && kind == AN_OBS_ATTEMPT)
            an_count(&context->counters.canary_calls[(flags & AN_OBS_CANARY_HELD) != 0]);
        if (!is_asked(call)) continue;
        an_count(&context->counters.calls[call->transport][call->verdict.action]);
        an_count(&context->counters.categories[call->verdict.category]);
        if (call->verdict.has_shadow) count_shadow(context, settings, &call->verdict);
        scored |= 1ull << i;
    }
    if (models == NULL) return;
    if (context->drift_serial != models->serial) {
        an_drift_reset(&context->drift);
        __atomic_store_n(&context->drift_serial, models->serial, __ATOMIC_RELAXED);
    }
    if (models->live.model != NULL) an_drift_count(&models->drift, &context->drift, v, scored);
}

static void fill_fallback(struct an_call *call, uint64_t now_us)
{
    unsigned kind = call->parsed.given_kind == 0 ? AN_OBS_ATTEMPT : (unsigned)call->parsed.given_kind;
    call->observed = (struct an_observed) { 0 };
    call->enriched = (struct an_enriched) { .obs = { .time_us = now_us, .kind = (uint8_t)kind } };
    if (call->transport == AN_TRANSPORT_HEP) call->enriched.obs.flags |= AN_OBS_PASSIVE;
    call->verdict = (struct an_verdict) { .action = AN_ACTION_ALLOW,
                                          .score_version = an_score_version(NULL),
                                          .rules = AN_RULE_FALLBACK,
                                          .level = AN_LEVEL_STANDARD,
                                          .symbol_count = 1,
                                          .symbols = { { AN_SYMBOL_FALLBACK_ID, 0 } } };
}

/* State can't be reached in time (a snapshot is being forked): let through, say so, touch nothing that is shared. The
 * context's own memory of INVITEs and its journal stream are: the record is kept, with the texts of the call, and is
 * never learned from. Anything but an attempt has waited longer than any fork takes and is dropped. */
static void fall_back(struct an_context *context, struct an_vector *v)
{
    for (uint32_t i = 0; i < v->count; i++)
        if (v->calls[i].error == AN_OK) fill_fallback(&v->calls[i], v->now_us);
    find_repeats(context, v);
    make_tokens(context, v);
    keep_repeats(context, v);
    for (uint32_t i = 0; i < v->count; i++) {
        const struct an_call *call = &v->calls[i];
        if (!is_asked(call) || call->observed.repeat) continue;
        if (context->writer != NULL) journal_call(context, call);
        an_count(&context->counters.fallbacks);
        an_count(&context->counters.calls[call->transport][AN_ACTION_ALLOW]);
    }
    if (context->writer != NULL) an_journal_flush(context->writer, an_clock_mono_us());
}

/* Somebody waits for the answer to an attempt; nobody does for the rest. */
static uint64_t patience_us(const struct an_context *context, const struct an_vector *v)
{
    for (uint32_t i = 0; i < v->count; i++) {
        const struct an_call *call = &v->calls[i];
        if (is_attempt_to_be(call) && call->transport != AN_TRANSPORT_HEP) return context->engine->fallback_wait_us;
    }
    return EVENT_WAIT_US;
}

/* What the parties are that an answer, end or report got from its attempt: a BYE's own may be the other way round. */
static void describe_events(const struct an_plan *plan, struct an_vector *v)
{
    for (uint32_t i = 0; i < v->count; i++) {
        struct an_enriched *e = &v->calls[i].enriched;
        struct an_number_info caller, callee;
        if (v->calls[i].error != AN_OK || v->calls[i].observed.repeat || e->obs.kind == AN_OBS_ATTEMPT) continue;
        an_plan_lookup(plan, e->obs.caller, &caller);
        an_plan_lookup(plan, e->obs.callee, &callee);
        e->obs.caller_kind = caller.kind;
        e->obs.callee_kind = callee.kind;
        e->obs.caller_operator = caller.op;
        e->caller_area = caller.area;
        e->callee_area = callee.area;
        e->callee_operator = callee.op;
        if (an_trunk_id(an_slice_of(e->trunk_name)) != e->obs.trunk) e->trunk_name[0] = '\0'; /* the attempt's */
    }
}

static void judge(struct an_context *context, struct an_vector *v)
{
    struct an_engine *engine = context->engine;
    const struct an_settings *settings = atomic_load_explicit(&engine->settings, memory_order_acquire);
    const struct an_models *models = atomic_load_explicit(&engine->models, memory_order_acquire);
    if (context->act_version != settings->version) {
        context->act = settings->act;
        context->act_version = settings->version;
    }
    an_enrich_vector(v, settings, engine->plan);
    find_repeats(context, v);
    an_observe_vector(engine->state, v);
    describe_events(engine->plan, v);
    an_match_vector(v, atomic_load_explicit(&engine->signatures, memory_order_acquire), settings->utc_offset_s);
    an_score_vector(v, models == NULL ? NULL : models->live.model, models == NULL ? NULL : models->shadow.model);
    make_tokens(context, v);
    an_decide_vector(v, settings, atomic_load_explicit(&engine->callees, memory_order_acquire));
    an_observe_actions(engine->state, v);
    keep_repeats(context, v);
    if (context->writer != NULL) an_context_notes(context, settings, models, v->now_us);
    journal_vector(context, v);
    count(context, settings, models, v);
    if (engine->campaigns_inline) an_engine_feed_campaigns(context, v);
}

static bool same_call(const struct an_call *a, const struct an_call *b)
{
    struct an_span x = a->parsed.call_id, y = b->parsed.call_id;
    return x.len > 0 && x.len == y.len && memcmp(a->base + x.at, b->base + y.at, x.len) == 0;
}

/* How many calls from begin on can be judged at once: an end must find what its attempt was answered, or it would be
 * evidence against a call we ended ourselves. Both in one vector are seen in replays and in arrays over HTTP. */
static uint32_t part_from(const struct an_call *calls, uint32_t count)
{
    for (uint32_t i = 1; i < count; i++) {
        if (calls[i].error != AN_OK || is_attempt_to_be(&calls[i])) continue;
        for (uint32_t j = 0; j < i; j++)
            if (is_attempt_to_be(&calls[j]) && calls[j].transport != AN_TRANSPORT_HEP &&
                same_call(&calls[i], &calls[j]))
                return i;
    }
    return count;
}

static void judge_parts(struct an_context *context, struct an_vector *v)
{
    struct an_call *calls = v->calls;
    uint32_t all = v->count;
    for (uint32_t begin = 0; begin < all; begin += v->count) {
        v->calls = calls + begin;
        v->count = part_from(v->calls, all - begin);
        judge(context, v);
    }
    v->calls = calls;
    v->count = all;
}

static void leave(struct an_context *context)
{
    if (context->writer != NULL) an_journal_position(context->writer, &context->position);
    an_gate_leave(&context->engine->gate, context->number);
}

void an_engine_run(struct an_context *context, struct an_vector *v)
{
    an_assert(context != NULL && v != NULL && v->count <= AN_VECTOR_MAX);
    v->worker = context->number;
    context->last_us = v->now_us;
    if (!an_gate_enter(&context->engine->gate, context->number, patience_us(context, v))) {
        fall_back(context, v);
        return;
    }
    judge_parts(context, v);
    leave(context);
}

void an_engine_tick(struct an_context *context)
{
    struct an_engine *engine = context->engine;
    if (context->writer == NULL || !an_gate_enter(&engine->gate, context->number, 0)) return;
    context->live = true;
    if (context->number == 0 && (!context->begun || atomic_load(&engine->snapshot_noted))) {
        an_context_notes(context, atomic_load(&engine->settings), atomic_load(&engine->models), an_clock_wall_us());
        an_journal_flush(context->writer, an_clock_mono_us());
    }
    an_journal_writer_tick(context->writer, an_clock_mono_us());
    leave(context);
}
