/* Calls and events in, verdicts out. */
#include <netinet/in.h>
#include <string.h>

#include "lib/lib.h"
#include "parse/sip.h"
#include "parse/sip_event.h"

/* Sizes of the first version: up to its last field. They stay when the structures grow. */
enum {
    CALL_FIRST = offsetof(struct anning_call, shape) + sizeof(uint64_t),
    EVENT_FIRST = offsetof(struct anning_event, talk_ms) + sizeof(uint32_t),
    VERDICT_FIRST = offsetof(struct anning_verdict, symbols) + ANNING_SYMBOLS_MAX * sizeof(struct anning_symbol),
};

/* One vector of the public structures: where it is and how far apart its elements are. */
struct batch {
    struct anning_context *context;
    const char *items;
    size_t stride, count;
    bool passive; /* learned from, no verdict */
    enum an_err errors[AN_VECTOR_MAX];
    uint8_t slots[AN_VECTOR_MAX]; /* call of the vector, when errors is AN_OK */
};

static bool is_given(const char *text)
{
    return text != NULL && text[0] != '\0';
}

static void set_peer(struct an_call *call, const struct sockaddr *peer)
{
    if (peer == NULL) return;
    if (peer->sa_family == AF_INET)
        memcpy(&call->peer.v4, peer, sizeof call->peer.v4);
    else if (peer->sa_family == AF_INET6)
        memcpy(&call->peer.v6, peer, sizeof call->peer.v6);
}

/* Sizes of a whole array, before anything is judged. size: the first element's. */
static enum an_err check_sizes(const void *items, size_t n, size_t known, size_t first, uint32_t *ret_size)
{
    if (items == NULL) return AN_ERR_INVALID;
    uint32_t size = *(const uint32_t *)items;
    if (size < first) return AN_ERR_INVALID;
    for (size_t i = 0; i < n; i++) {
        const unsigned char *item = (const unsigned char *)items + i * size;
        uint32_t own;
        memcpy(&own, item, sizeof own);
        if (own != size) return AN_ERR_INVALID;
        for (size_t b = known; b < size; b++)
            if (item[b] != 0) return AN_ERR_UNSUPPORTED;
    }
    *ret_size = size;
    return AN_OK;
}

/* ---- verdicts ---- */

static void fill_verdict(const struct anning_context *context, const struct an_call *call, struct anning_verdict *ret)
{
    const struct an_verdict *from = &call->verdict;
    ret->action = from->action;
    ret->category = from->category;
    ret->level = from->level;
    ret->symbol_count = from->symbol_count;
    ret->rules = (uint16_t)from->rules; /* the upper half is of subscribers' settings, which a library has none of */
    ret->sip_status = from->action == AN_ACTION_BLOCK ? an_context_act(context->inner)->block_status : 302;
    ret->probability = from->probability;
    ret->log_odds = from->log_odds;
    ret->score_version = from->score_version;
    ret->flags = call->observed.repeat ? ANNING_VERDICT_REPEAT : 0;
    ret->settings_version = from->settings_version;
    ret->caller = call->enriched.obs.caller;
    ret->callee = call->enriched.obs.callee;
    an_token_text(&from->token, ret->token);
    for (unsigned i = 0; i < from->symbol_count; i++)
        ret->symbols[i] = (struct anning_symbol) { from->symbols[i].id, (float)from->symbols[i].weight / 100.0f };
}

/* call NULL: there is none, see error. The caller's structure may be shorter or longer than ours. */
static void put_verdict(const struct anning_context *context, const struct an_call *call, int error,
                        uint16_t sip_status, uint32_t size, void *ret)
{
    struct anning_verdict ours;
    memset(&ours, 0, sizeof ours);
    ours.size = size;
    ours.error = error;
    ours.sip_status = sip_status;
    if (call != NULL && error == AN_OK) fill_verdict(context, call, &ours);
    size_t shared = size < sizeof ours ? size : sizeof ours;
    memcpy(ret, &ours, shared);
    memset((char *)ret + shared, 0, size - shared);
}

/* ---- calls ---- */

static enum an_err fill_call(struct an_call *ret_call, char *text, const struct anning_call *from)
{
    if (from->flags != 0) return AN_ERR_UNSUPPORTED;
    if (from->time_us == 0 || !is_given(from->to)) return AN_ERR_INVALID;
    const struct an_event_text event = { .kind = AN_OBS_ATTEMPT,
                                         .time_us = from->time_us,
                                         .from = an_slice_of(from->from),
                                         .to = an_slice_of(from->to),
                                         .asserted = an_slice_of(from->asserted),
                                         .diversion = an_slice_of(from->diversion),
                                         .call_id = an_slice_of(from->call_id),
                                         .trunk = an_slice_of(from->trunk),
                                         .display = an_slice_of(from->display),
                                         .user_agent = an_slice_of(from->user_agent),
                                         .shape = from->shape };
    enum an_err err = an_event_fill(ret_call, text, AN_EVENT_TEXT_MAX, &event);
    set_peer(ret_call, from->peer);
    return err;
}

/* Up to 64 calls through the stages. */
static void run_calls(struct batch *batch)
{
    struct anning_context *context = batch->context;
    struct an_vector *v = &context->vector;
    v->count = 0;
    v->now_us = 0;
    for (size_t i = 0; i < batch->count; i++) {
        struct anning_call known;
        const char *item = batch->items + i * batch->stride;
        struct an_call *call = &context->calls[v->count];
        an_lib_take(&known, sizeof known, item, (uint32_t)batch->stride, CALL_FIRST);
        batch->errors[i] = fill_call(call, context->texts[v->count], &known);
        if (batch->errors[i] != AN_OK) continue;
        call->transport = batch->passive ? AN_TRANSPORT_FILE : AN_TRANSPORT_HTTP;
        call->parsed.given_passive = batch->passive;
        if (known.time_us > v->now_us) v->now_us = known.time_us;
        batch->slots[i] = (uint8_t)v->count++;
    }
    if (v->count > 0) an_engine_run(context->inner, v);
    for (size_t i = 0; i < batch->count; i++)
        if (batch->errors[i] == AN_OK) batch->errors[i] = (enum an_err)context->calls[batch->slots[i]].error;
}

int anning_decide(struct anning_context *context, const struct anning_call *calls, size_t n,
                  struct anning_verdict *verdicts)
{
    if (context == NULL) return ANNING_ERR_INVALID;
    if (n == 0) return ANNING_OK;
    uint32_t size, out_size;
    enum an_err err = check_sizes(calls, n, sizeof *calls, CALL_FIRST, &size);
    if (err == AN_OK && (verdicts == NULL || verdicts->size < VERDICT_FIRST)) err = AN_ERR_INVALID;
    if (err != AN_OK) return err;
    if (!an_lib_enter(context)) return ANNING_ERR_BUSY;
    out_size = verdicts->size;
    for (size_t at = 0; at < n; at += AN_VECTOR_MAX) {
        struct batch batch = { .context = context, .items = (const char *)calls + at * size, .stride = size };
        batch.count = n - at < AN_VECTOR_MAX ? n - at : AN_VECTOR_MAX;
        run_calls(&batch);
        for (size_t i = 0; i < batch.count; i++) {
            if (err == AN_OK) err = batch.errors[i];
            put_verdict(context, &context->calls[batch.slots[i]], batch.errors[i], 0, out_size,
                        (char *)verdicts + (at + i) * out_size);
        }
    }
    an_lib_leave(context);
    return err;
}

int anning_seen(struct anning_context *context, const struct anning_call *calls, size_t n)
{
    if (context == NULL) return ANNING_ERR_INVALID;
    if (n == 0) return ANNING_OK;
    uint32_t size;
    enum an_err err = check_sizes(calls, n, sizeof *calls, CALL_FIRST, &size);
    if (err != AN_OK) return err;
    if (!an_lib_enter(context)) return ANNING_ERR_BUSY;
    for (size_t at = 0; at < n; at += AN_VECTOR_MAX) {
        struct batch batch = { .context = context, .items = (const char *)calls + at * size, .stride = size };
        batch.count = n - at < AN_VECTOR_MAX ? n - at : AN_VECTOR_MAX;
        batch.passive = true;
        run_calls(&batch);
        for (size_t i = 0; i < batch.count && err == AN_OK; i++) err = batch.errors[i];
    }
    an_lib_leave(context);
    return err;
}

/* ---- SIP ---- */

static struct an_call *begin_sip(struct anning_context *context, const char *message, size_t len,
                                 const struct sockaddr *peer, uint64_t time_us, enum an_transport transport)
{
    struct an_vector *v = &context->vector;
    struct an_call *call = &context->calls[0];
    memset(call, 0, sizeof *call);
    call->base = message;
    call->length = (uint32_t)len;
    call->transport = transport;
    set_peer(call, peer);
    v->count = 1;
    v->now_us = time_us;
    return call;
}

static enum an_err check_message(const struct anning_context *context, const char *message, size_t len,
                                 uint64_t time_us)
{
    if (context == NULL || message == NULL || time_us == 0) return AN_ERR_INVALID;
    return len > AN_SIP_MESSAGE_MAX ? AN_ERR_LIMIT : AN_OK;
}

/* A new INVITE, or what to answer to anything else. */
static void sort_sip(struct an_call *call)
{
    const struct an_parsed *parsed = &call->parsed;
    if (call->error != AN_OK) return;
    if (parsed->status == 0 && parsed->method == AN_SIP_INVITE && parsed->to_tag.len == 0) return;
    call->error = AN_ERR_UNSUPPORTED;
    if (parsed->status == 0 && parsed->method == AN_SIP_INVITE) call->sip_status = 481;
}

int anning_decide_sip(struct anning_context *context, const char *message, size_t len, const struct sockaddr *peer,
                      uint64_t time_us, struct anning_verdict *verdict)
{
    if (verdict == NULL || verdict->size < VERDICT_FIRST) return ANNING_ERR_INVALID;
    enum an_err err = check_message(context, message, len, time_us);
    if (err != AN_OK) {
        put_verdict(NULL, NULL, err, err == AN_ERR_LIMIT ? 513 : 0, verdict->size, verdict);
        return err;
    }
    if (!an_lib_enter(context)) {
        put_verdict(NULL, NULL, ANNING_ERR_BUSY, 0, verdict->size, verdict);
        return ANNING_ERR_BUSY;
    }
    struct an_call *call = begin_sip(context, message, len, peer, time_us, AN_TRANSPORT_UDP);
    an_parse_sip_vector(&context->vector);
    sort_sip(call);
    if (call->error == AN_OK) an_engine_run(context->inner, &context->vector);
    err = (enum an_err)call->error;
    put_verdict(context, call, err, err == AN_OK ? 0 : call->sip_status, verdict->size, verdict);
    an_lib_leave(context);
    return err;
}

int anning_event_sip(struct anning_context *context, const char *message, size_t len, const struct sockaddr *peer,
                     uint64_t time_us)
{
    enum an_err err = check_message(context, message, len, time_us);
    if (err != AN_OK) return err;
    if (!an_lib_enter(context)) return ANNING_ERR_BUSY;
    struct an_call *call = begin_sip(context, message, len, peer, time_us, AN_TRANSPORT_HEP);
    err = an_sip_parse(message, len, &call->parsed);
    if (err == AN_OK && !an_sip_event(call)) err = AN_ERR_END;
    if (err == AN_OK) {
        call->parsed.given_time_us = time_us;
        an_engine_run(context->inner, &context->vector);
        err = (enum an_err)call->error;
    }
    an_lib_leave(context);
    return err;
}

/* ---- events ---- */

static enum an_err check_event(const struct anning_event *from)
{
    bool parties = is_given(from->from) && is_given(from->to);
    if (from->time_us == 0 || from->kind < ANNING_EVENT_ANSWER || from->kind > ANNING_EVENT_REPORT)
        return AN_ERR_INVALID;
    if (from->outcome >= AN_OUTCOME_COUNT || from->category >= AN_CATEGORY_COUNT || from->wanted > 1 ||
        from->refusal > 1 || from->wanted + from->refusal > 1)
        return AN_ERR_INVALID;
    if (from->kind == ANNING_EVENT_REPORT) return parties ? AN_OK : AN_ERR_INVALID;
    return parties || is_given(from->call_id) ? AN_OK : AN_ERR_INVALID;
}

static enum an_err fill_event(struct an_call *ret_call, char *text, const struct anning_event *from)
{
    enum an_err err = check_event(from);
    if (err != AN_OK) return err;
    struct an_event_text event = { .kind = from->kind,
                                   .time_us = from->time_us,
                                   .from = an_slice_of(from->from),
                                   .to = an_slice_of(from->to),
                                   .call_id = an_slice_of(from->call_id),
                                   .trunk = an_slice_of(from->trunk),
                                   .outcome = (enum an_outcome)from->outcome,
                                   .ring_ms = from->ring_ms,
                                   .talk_ms = from->talk_ms,
                                   .category = (enum an_category)from->category,
                                   .wanted = from->wanted != 0,
                                   .refusal = from->refusal != 0 };
    struct an_slice token = an_slice_of(from->token);
    if (token.len > 0 && an_token_of_text(token.at, token.len, &event.token) != AN_OK) return AN_ERR_MALFORMED;
    err = an_event_fill(ret_call, text, AN_EVENT_TEXT_MAX, &event);
    ret_call->transport = AN_TRANSPORT_HTTP;
    set_peer(ret_call, from->peer);
    return err;
}

static enum an_err run_events(struct anning_context *context, const char *items, size_t count, size_t stride)
{
    struct an_vector *v = &context->vector;
    enum an_err first = AN_OK;
    v->count = 0;
    v->now_us = 0;
    for (size_t i = 0; i < count; i++) {
        struct anning_event known;
        an_lib_take(&known, sizeof known, items + i * stride, (uint32_t)stride, EVENT_FIRST);
        enum an_err err = fill_event(&context->calls[v->count], context->texts[v->count], &known);
        if (err == AN_OK)
            v->count++;
        else if (first == AN_OK)
            first = err;
        if (err == AN_OK && known.time_us > v->now_us) v->now_us = known.time_us;
    }
    if (v->count > 0) an_engine_run(context->inner, v);
    for (uint32_t i = 0; i < v->count && first == AN_OK; i++) first = (enum an_err)context->calls[i].error;
    return first;
}

int anning_event(struct anning_context *context, const struct anning_event *events, size_t n)
{
    if (context == NULL) return ANNING_ERR_INVALID;
    if (n == 0) return ANNING_OK;
    uint32_t size;
    enum an_err first = check_sizes(events, n, sizeof *events, EVENT_FIRST, &size);
    if (first != AN_OK) return first;
    if (!an_lib_enter(context)) return ANNING_ERR_BUSY;
    for (size_t at = 0; at < n; at += AN_VECTOR_MAX) {
        size_t count = n - at < AN_VECTOR_MAX ? n - at : AN_VECTOR_MAX;
        enum an_err err = run_events(context, (const char *)events + at * size, count, size);
        if (first == AN_OK) first = err;
    }
    an_lib_leave(context);
    return first;
}
