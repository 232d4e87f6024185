/* GET /v1/review: verdicts that may be wrong; POST /v1/review/{token}: what an operator says of one. */
#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>

#include "api/desk.h"
#include "api/person.h"
#include "base/clock.h"
#include "journal/reader.h"
#include "model/record.h"
#include "model/ruling.h"
#include "store/redress.h"

/* A reported call that was let through is not remembered by the live view: this door's journal has it. */
static void recall(const struct an_api_desk *desk, struct an_live_call *call)
{
    uint8_t payload[AN_RECORD_VERDICT_MAX];
    struct an_record record;
    if (desk->data_dir == NULL || !an_token_given(&call->token) ||
        an_journal_find_verdict(desk->data_dir, &call->token, payload, NULL, &record) != AN_OK)
        return;
    call->time_us = record.obs.time_us;
    call->campaign = record.verdict.campaign;
    call->probability = record.verdict.probability;
    call->rules = record.verdict.rules;
    call->action = record.verdict.action;
    call->category = record.verdict.category;
    call->level = record.verdict.level;
    call->op = record.obs.caller_operator;
    if (record.verdict.has_shadow) call->shadow = record.verdict.shadow_probability;
    an_slice_copy(record.text.trunk, call->trunk_name, sizeof call->trunk_name);
    an_slice_copy(record.text.display, call->display, sizeof call->display);
}

static void put_review(struct an_text *out, const struct an_live_review *review, bool masked)
{
    an_feed_call_json(out, &review->call, masked);
    an_text_json_pair(out, "why", an_live_why_name((enum an_live_why)review->why));
    an_text_json_pair(out, "said_category", an_category_name((enum an_category)review->said_category));
    an_text_json_key(out, "shadow_score");
    if (review->call.shadow < 0)
        an_text_puts(out, "null");
    else
        an_text_json_number(out, (double)review->call.shadow, 4);
}

/* ---- redress that waits ---- */

struct asking {
    struct an_redress *items; /* read whole first: a row's callback may not use the session */
    unsigned limit, count;
};

static bool take_asking(void *user, const struct an_redress *redress)
{
    struct asking *asking = user;
    if (asking->count < asking->limit) asking->items[asking->count++] = *redress;
    return asking->count < asking->limit;
}

/* The call as the live view remembers it, or as the store has it: then nobody knows by which trunk. */
static void call_asked_about(struct an_api_core *core, const struct an_api_desk *desk, struct an_db_session *session,
                             const struct an_redress *redress, struct an_live_call *ret)
{
    struct an_seen_call seen;
    const struct an_live_query query = { .token = &redress->token };
    *ret = (struct an_live_call) { .time_us = an_token_time_us(&redress->token), .shadow = -1, .region = UINT8_MAX };
    ret->token = redress->token;
    if (an_live_find(desk->live, &query, ret, 1) == 1) return;
    if (!an_api_known_call(core, session, &redress->token, &seen)) return;
    ret->time_us = seen.time_us;
    ret->caller = seen.caller;
    ret->campaign = seen.campaign;
    ret->probability = seen.probability;
    ret->rules = seen.rules;
    ret->action = seen.action;
    ret->category = seen.category;
    ret->region = seen.region;
    ret->op = seen.op;
    memcpy(ret->display, seen.display, sizeof ret->display);
}

static void put_asking(struct an_api_core *core, struct an_text *out, const struct an_live_call *call,
                       const struct an_redress *redress, bool masked)
{
    int32_t offset_s = core->options.utc_offset_s;
    an_feed_call_json(out, call, masked);
    an_text_json_pair(out, "why", "redress");
    an_text_json_pair(out, "said_category", an_category_name(AN_CATEGORY_UNKNOWN));
    an_text_json_key(out, "shadow_score");
    an_text_puts(out, "null");
    an_api_pair_time(out, "asked", redress->asked_us, offset_s);
    an_api_pair_time(out, "due", redress->due_us, offset_s);
    an_text_json_key(out, "proved");
    an_text_puts(out, redress->proved ? "true" : "false");
}

/* Those who wait, longest first, before all that is only doubtful. Returns how many; where the store is away none are
 * shown, and the health page says so. */
static unsigned put_all_asking(struct an_api_core *core, const struct an_api_desk *desk, struct an_text *out,
                               bool masked, unsigned limit, uint64_t after_us, uint64_t *ret_last_us)
{
    struct an_db_session *session;
    struct an_error error;
    struct asking asking = { .limit = limit };
    if (core->options.people == NULL || core->options.people->people == NULL || core->options.store == NULL ||
        an_store_take(core->options.store, &session, &error) != AN_OK)
        return 0;
    asking.items = calloc(limit, sizeof *asking.items);
    enum an_err err = asking.items == NULL ? AN_ERR_NO_MEMORY
                                           : an_redress_pages(session, an_api_secret(core), AN_REDRESS_WAITING,
                                                              after_us, limit, take_asking, &asking, &error);
    unsigned count = err == AN_OK ? asking.count : 0;
    for (unsigned i = 0; i < count; i++) {
        struct an_live_call call;
        call_asked_about(core, desk, session, &asking.items[i], &call);
        an_text_puts(out, i == 0 ? "{" : ",{");
        put_asking(core, out, &call, &asking.items[i], masked);
        an_text_puts(out, "}");
        *ret_last_us = asking.items[i].asked_us;
    }
    free(asking.items);
    an_db_give(session);
    return count;
}

/* Whoever waits for redress on this call is to be decided on there, with words. */
static bool asks(struct an_api_core *core, const struct an_token *token)
{
    struct an_db_session *session;
    struct an_redress redress;
    struct an_error error;
    if (core->options.store == NULL || an_store_take(core->options.store, &session, &error) != AN_OK) return false;
    bool waits = an_redress_find(session, an_api_secret(core), token, &redress, &error) == AN_OK &&
                 redress.state == AN_REDRESS_WAITING;
    an_db_give(session);
    return waits;
}

/* "rTIME": behind a request for redress; else a serial of the live view's. */
static bool cursor_of(const struct an_api_request *request, struct an_api_response *response, bool *ret_asking,
                      uint64_t *ret_at)
{
    char cursor[24];
    *ret_asking = true;
    *ret_at = 0;
    if (!an_api_query(request, "cursor", cursor, sizeof cursor)) return true;
    *ret_asking = cursor[0] == 'r';
    if (an_slice_u64(an_slice_of(cursor + *ret_asking), INT64_MAX, ret_at) == AN_OK) return true;
    an_api_error(response, 400, "cursor is what the list before said as next", "cursor", -1);
    return false;
}

void an_desk_reviews(struct an_api_core *core, const struct an_api_request *request, struct an_api_response *response)
{
    const struct an_api_desk *desk = an_desk(core, response);
    unsigned limit;
    char next[24];
    bool asking, masked = an_desk_masks(request);
    uint64_t at, last_us = 0;
    if (desk == NULL || !an_api_query_limit(request, response, &limit) || !cursor_of(request, response, &asking, &at))
        return;
    if (!an_desk_audit(core, request, response, "review.look", NULL, AN_NUMBER_NONE)) return;
    an_text_puts(&response->text, "{\"items\":[");
    unsigned first = asking ? put_all_asking(core, desk, &response->text, masked, limit, at, &last_us) : 0;
    struct an_live_review *reviews = calloc(limit, sizeof *reviews);
    size_t count =
        reviews == NULL || first == limit ? 0 : an_live_reviews(desk->live, asking ? 0 : at, reviews, limit - first);
    for (size_t i = 0; i < count; i++) {
        if (reviews[i].why == AN_LIVE_UNWANTED_ALLOWED) recall(desk, &reviews[i].call);
        an_text_puts(&response->text, i + first == 0 ? "{" : ",{");
        put_review(&response->text, &reviews[i], masked);
        an_text_puts(&response->text, "}");
    }
    an_text_puts(&response->text, "]");
    if (count > 0)
        snprintf(next, sizeof next, "%llu", (unsigned long long)reviews[count - 1].call.serial);
    else
        snprintf(next, sizeof next, "r%llu", (unsigned long long)last_us);
    if (first + count == limit) an_text_json_pair(&response->text, "next", next);
    an_text_puts(&response->text, "}\n");
    free(reviews);
}

/* "right" only takes it off the list; the others are an operator's label. */
static bool verdict_of(const char *text, struct an_ruling *label, bool *ret_right)
{
    enum an_ruling_verdict verdict;
    *ret_right = strcmp(text, "right") == 0;
    if (*ret_right) return true;
    if (an_ruling_verdict_of(text, strlen(text), &verdict) != AN_OK || verdict == AN_RULING_WITHDRAWN) return false;
    label->verdict = (uint8_t)verdict;
    return true;
}

static bool say(struct an_api_core *core, struct an_api_response *response, struct an_ruling *label)
{
    const struct an_api_calls *calls = &core->options.calls;
    struct an_error error = { "labels are not taken here" };
    size_t index = 0, other = SIZE_MAX;
    struct an_api_seat *seat = an_api_seat_take(core);
    enum an_err err = calls->labels == NULL ? AN_ERR_UNSUPPORTED
                                            : calls->labels(core->options.user, seat->context, label, 1,
                                                            an_api_now_us(core), &index, &other, &error);
    an_api_seat_leave(seat);
    if (err == AN_OK) return true;
    if (err == AN_ERR_NOT_FOUND)
        an_api_refuse(response, 404, "not_found", error.text, "token");
    else
        an_api_refuse(response, err == AN_ERR_INVALID ? 400 : 503, "not_taken", error.text, NULL);
    return false;
}

void an_desk_review(struct an_api_core *core, const struct an_api_request *request, struct an_api_response *response)
{
    const uint64_t holds_us = 90 * 86400 * AN_US_PER_S;
    const struct an_api_desk *desk = an_desk(core, response);
    struct an_ruling label = { .weight = AN_RULING_WEIGHT_FULL };
    char verdict[16], why[AN_RULING_WHY_MAX + 1], token[AN_TOKEN_TEXT_MAX];
    bool right = false;
    cJSON *json = desk == NULL ? NULL : an_api_json_body(request, response);
    if (json == NULL) return;
    if (an_token_of_text(request->params[0].at, request->params[0].len, &label.token) != AN_OK) {
        an_api_error(response, 400, "a token is the 26 letters and digits that came with the verdict", "token", -1);
    } else if (an_api_json_text(json, "verdict", true, verdict, sizeof verdict, response) &&
               an_api_json_text(json, "why", false, why, sizeof why, response)) {
        label.until_us = an_api_now_us(core) + holds_us;
        an_slice_copy(an_slice_of(request->who->name), label.who, sizeof label.who);
        an_slice_copy(an_slice_of(why), label.why, sizeof label.why);
        an_token_text(&label.token, token);
        if (!verdict_of(verdict, &label, &right))
            an_api_error(response, 400, "verdict has to be unwanted, wanted or right", "verdict", -1);
        else if (asks(core, &label.token))
            an_api_refuse(response, 409, "redress", "the caller waits for redress: decide on that", "token");
        else if (an_desk_audit(core, request, response, "review.say", token, AN_NUMBER_NONE) &&
                 (right || say(core, response, &label))) {
            bool listed = an_live_reviewed(desk->live, &label.token) == AN_OK;
            an_text_puts(&response->text, "{");
            an_text_json_pair(&response->text, "token", token);
            an_text_json_pair(&response->text, "verdict", verdict);
            an_text_puts(&response->text, listed ? ",\"listed\":true}\n" : ",\"listed\":false}\n");
        }
    }
    cJSON_Delete(json);
}
