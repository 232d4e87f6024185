/* POST /v1/decide and POST /v1/events: bodies into vectors, verdicts into JSON. */
#include "api/route.h"

#include <stdio.h>
#include <stdlib.h>

#include "api/json.h"
#include "base/clock.h"
#include "model/listen.h"

/* How far an item's time may lie from now. Calls to be judged are live; ends and reports come late. */
static const uint64_t decide_late_us = 300 * AN_US_PER_S, events_late_us = 7 * 86400 * AN_US_PER_S;
static const uint64_t early_us = 300 * AN_US_PER_S;

/* One body on its way. */
struct work {
    struct an_api_core *core;
    const struct an_api_request *request;
    struct an_api_seat *seat;
    uint64_t now_us;
    bool decide; /* else events */
};

/* The field a message of parse/event.h is about: `field "NAME" ...`. */
void an_api_refusal_of(const char *message, struct an_api_refusal *ret_refusal)
{
    static const char lead[] = "field \"";
    const char *name = message + sizeof lead - 1;
    snprintf(ret_refusal->message, sizeof ret_refusal->message, "%s", message);
    ret_refusal->field[0] = '\0';
    if (strncmp(message, lead, sizeof lead - 1) != 0) return;
    size_t len = strcspn(name, "\"");
    if (len < sizeof ret_refusal->field)
        snprintf(ret_refusal->field, sizeof ret_refusal->field, "%.*s", (int)len, name);
}

/* Takes `source` out of the object: HTTP's own field, the address that the call came from over SIP. */
static enum an_err source_of(cJSON *object, const struct an_api_request *request, union an_address *ret_peer,
                             struct an_error *error)
{
    *ret_peer = request->peer;
    cJSON *source = cJSON_DetachItemFromObjectCaseSensitive(object, "source");
    if (source == NULL) return AN_OK;
    enum an_err err = AN_OK;
    if (!cJSON_IsNull(source) &&
        (!cJSON_IsString(source) ||
         an_address_parse(an_slice_of(source->valuestring), AN_ADDRESS_BARE_V6, 0, ret_peer, NULL) != AN_OK))
        err = an_fail(error, AN_ERR_INVALID,
                      "field \"source\" has to be the address the call came from, such as \"192.0.2.7:5060\" or "
                      "\"[2001:db8::1]:5060\"");
    cJSON_Delete(source);
    return err;
}

static enum an_err time_fits(const struct work *work, uint64_t time_us, struct an_error *error)
{
    if (time_us == 0 || work->core->options.any_time) return AN_OK;
    uint64_t late_us = work->decide ? decide_late_us : events_late_us;
    if (time_us > work->now_us + early_us)
        return an_fail(error, AN_ERR_INVALID, "field \"time\" is more than 5 minutes ahead of this server's clock");
    if (time_us + late_us >= work->now_us) return AN_OK;
    return an_fail(error, AN_ERR_INVALID,
                   work->decide
                       ? "field \"time\" is more than 5 minutes ago; this path judges live calls, past ones go "
                         "to /v1/events"
                       : "field \"time\" is more than 7 days ago; older records go through anning replay");
}

/* What only /v1/decide asks. */
static enum an_err decide_fits(const cJSON *object, const struct an_event_text *event, struct an_error *error)
{
    if (event->kind != AN_OBS_ATTEMPT)
        return an_fail(error, AN_ERR_INVALID,
                       "field \"kind\" has to be \"attempt\" or left out here; answers, ends, "
                       "reports and whole records go to /v1/events");
    if (cJSON_GetObjectItemCaseSensitive(object, "from") == NULL)
        return an_fail(error, AN_ERR_INVALID, "field \"from\" is missing; for a withheld number it is null or empty");
    static const char *const ends[] = { "outcome", "ring_s", "talk_s", "category", "wanted", "refusal", "token" };
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        const cJSON *field = cJSON_GetObjectItemCaseSensitive(object, ends[i]);
        if (field != NULL && !cJSON_IsNull(field))
            return an_fail(error, AN_ERR_INVALID, "field \"%s\" says how a call ended; it goes to /v1/events", ends[i]);
    }
    return AN_OK;
}

/* One item into one or two calls at the vector's end. */
static enum an_err item_fill(struct work *work, cJSON *object, struct an_error *error)
{
    struct an_vector *vector = &work->seat->vector;
    struct an_event_text event;
    union an_address peer;
    struct an_call calls[2];
    size_t count = 0;
    enum an_err err = source_of(object, work->request, &peer, error);
    if (err == AN_OK) err = an_event_of_json(object, work->decide ? AN_OBS_ATTEMPT : 0, &event, error);
    if (err == AN_OK && work->decide) err = decide_fits(object, &event, error);
    if (err == AN_OK) err = time_fits(work, event.time_us, error);
    if (err != AN_OK) return err;
    err = an_event_calls(calls, work->seat->texts[vector->count], AN_EVENT_TEXT_MAX, &event, &count);
    if (err != AN_OK) return an_fail(error, err, "the call's texts are %s", an_err_name(err));
    for (size_t i = 0; i < count; i++) {
        calls[i].peer = peer;
        /* Seen, not asked: an attempt told to /v1/events is like a line of a file. */
        bool passive = !work->decide && (event.kind == AN_OBS_ATTEMPT || event.kind == AN_EVENT_CALL);
        calls[i].transport = passive ? AN_TRANSPORT_FILE : AN_TRANSPORT_HTTP;
        calls[i].parsed.given_passive = passive && calls[i].parsed.given_kind == AN_OBS_ATTEMPT;
        vector->calls[vector->count++] = calls[i];
    }
    return AN_OK;
}

/* Reads an item; false when it is refused. */
static bool item_read(struct work *work, struct an_slice item, struct an_api_refusal *ret_refusal)
{
    struct an_error error;
    cJSON *object = cJSON_ParseWithLength(item.at, item.len);
    if (object == NULL) { /* the strict reader took it: no memory */
        an_api_refusal_of("out of memory", ret_refusal);
        return false;
    }
    enum an_err err = item_fill(work, object, &error);
    cJSON_Delete(object);
    if (err != AN_OK) an_api_refusal_of(error.text, ret_refusal);
    return err == AN_OK;
}

static void run(struct work *work)
{
    struct an_vector *vector = &work->seat->vector;
    vector->now_us = work->now_us;
    if (vector->count > 0) work->core->options.calls.run(work->seat->context, vector);
}

static void refusal_members(struct an_text *out, const struct an_api_refusal *refusal, size_t at)
{
    an_text_puts(out, "\"error\":{");
    an_text_json_pair(out, "message", refusal->message);
    if (refusal->field[0] != '\0') an_text_json_pair(out, "field", refusal->field);
    an_text_json_pair_u64(out, "at", at);
    an_text_puts(out, "}");
}

static void call_sip(const struct an_api_core *core, const struct an_call *call, struct an_api_sip *ret_sip)
{
    *ret_sip = (struct an_api_sip) { 0 };
    if (core->options.calls.sip != NULL)
        core->options.calls.sip(core->options.user, call, ret_sip);
    else
        ret_sip->status = call->verdict.action == AN_ACTION_BLOCK ? 608 : 302;
}

/* False: no verdict came out. */
static bool call_judged(const struct an_call *call, struct an_api_refusal *ret_refusal)
{
    struct an_error error;
    if (call->error == AN_OK) return true;
    an_fail(&error, AN_OK, "not taken: %s", an_err_name((enum an_err)call->error));
    an_api_refusal_of(error.text, ret_refusal);
    return false;
}

/* Judges up to AN_VECTOR_MAX items at once and writes what became of each, in their order. Returns how many failed. */
static size_t decide_block(struct work *work, const struct an_slice *items, size_t count, struct an_text *out)
{
    struct an_api_refusal refusals[AN_VECTOR_MAX];
    int slots[AN_VECTOR_MAX]; /* call of the vector; -1: refused */
    size_t failed = 0;
    struct an_vector *vector = &work->seat->vector;
    vector->count = 0;
    for (size_t i = 0; i < count; i++) {
        refusals[i].message[0] = refusals[i].field[0] = '\0';
        slots[i] = (int)vector->count;
        if (!item_read(work, items[i], &refusals[i])) slots[i] = -1;
    }
    run(work);
    for (size_t i = 0; i < count; i++) {
        const struct an_call *call = slots[i] < 0 ? NULL : &vector->calls[slots[i]];
        if (out->len > 0 && out->at[out->len - 1] == '}') an_text_puts(out, ",\n");
        an_text_puts(out, "{");
        if (call != NULL && call_judged(call, &refusals[i])) {
            struct an_api_sip sip;
            call_sip(work->core, call, &sip);
            an_api_verdict_json(out, &call->verdict, &sip);
        } else {
            refusal_members(out, &refusals[i], (size_t)(items[i].at - work->request->body.at));
            failed++;
        }
        an_text_puts(out, "}");
    }
    return failed;
}

/* The body's items; false after it was refused as a whole. */
static bool split(struct work *work, struct an_api_response *response, size_t *ret_count, bool *ret_array)
{
    struct an_json_error error;
    enum an_err err =
        an_json_split(work->request->body, work->seat->items, AN_DECIDE_CALLS_MAX, ret_count, ret_array, &error);
    if (err == AN_OK) return true;
    an_api_error(response, 400, error.why.text, NULL, (long)error.at);
    return false;
}

static struct work work_begin(struct an_api_core *core, const struct an_api_request *request, bool decide)
{
    struct work work = { .core = core, .request = request, .now_us = an_api_now_us(core), .decide = decide };
    work.seat = an_api_seat_take(core);
    return work;
}

void an_api_decide(struct an_api_core *core, const struct an_api_request *request, struct an_api_response *response)
{
    struct work work = work_begin(core, request, true);
    struct an_text *out = &response->text;
    size_t count = 0, failed = 0;
    bool array = false;
    if (split(&work, response, &count, &array)) {
        if (array) an_text_puts(out, "[");
        for (size_t i = 0; i < count; i += AN_VECTOR_MAX)
            failed +=
                decide_block(&work, work.seat->items + i, count - i < AN_VECTOR_MAX ? count - i : AN_VECTOR_MAX, out);
        an_text_puts(out, array ? "]\n" : "\n");
        if (!array && failed > 0) response->status = 400;
    }
    an_api_seat_leave(work.seat);
}

/* Learns from up to half a vector of items. */
static void events_block(struct work *work, const struct an_slice *items, size_t from, size_t count, size_t *accepted,
                         struct an_text *rejected)
{
    struct an_api_refusal refusals[AN_VECTOR_MAX / 2];
    size_t first[AN_VECTOR_MAX / 2]; /* first call of the item; SIZE_MAX: refused */
    struct an_vector *vector = &work->seat->vector;
    an_assert(count <= AN_VECTOR_MAX / 2); /* a whole record is two calls */
    vector->count = 0;
    for (size_t i = 0; i < count; i++) {
        first[i] = vector->count;
        if (!item_read(work, items[i], &refusals[i])) first[i] = SIZE_MAX;
    }
    run(work);
    for (size_t i = 0; i < count; i++) {
        if (first[i] != SIZE_MAX && call_judged(&vector->calls[first[i]], &refusals[i])) {
            ++*accepted;
            continue;
        }
        if (rejected->len > 0) an_text_puts(rejected, ",\n");
        an_text_puts(rejected, "{");
        an_text_json_pair_u64(rejected, "index", from + i);
        an_text_puts(rejected, ",");
        refusal_members(rejected, &refusals[i], (size_t)(items[i].at - work->request->body.at));
        an_text_puts(rejected, "}");
    }
}

/* alone: the only item was refused, and the answer is its error. */
static void events_write(struct an_text *out, const struct an_text *rejected, size_t accepted, bool alone)
{
    static const char index[] = "{\"index\":0,";
    out->failed |= rejected->failed;
    if (rejected->failed) return;
    an_text_puts(out, "{");
    if (alone) {
        an_text_add(out, rejected->at + sizeof index - 1, rejected->len - (sizeof index - 1));
        an_text_puts(out, "\n");
        return;
    }
    an_text_json_pair_u64(out, "accepted", accepted);
    an_text_puts(out, ",\"rejected\":[");
    if (rejected->len > 0) an_text_add(out, rejected->at, rejected->len);
    an_text_puts(out, "]}\n");
}

void an_api_events(struct an_api_core *core, const struct an_api_request *request, struct an_api_response *response)
{
    struct work work = work_begin(core, request, false);
    struct an_text rejected;
    size_t count = 0, accepted = 0;
    bool array = false;
    an_text_init(&rejected, response->text.limit);
    if (split(&work, response, &count, &array)) {
        enum { BLOCK = AN_VECTOR_MAX / 2 };
        for (size_t i = 0; i < count; i += BLOCK)
            events_block(&work, work.seat->items + i, i, count - i < BLOCK ? count - i : BLOCK, &accepted, &rejected);
        events_write(&response->text, &rejected, accepted, !array && accepted == 0);
        if (!array && accepted == 0) response->status = 400;
    }
    an_text_done(&rejected);
    an_api_seat_leave(work.seat);
}
