/* /v1/redress: the caller who was wrongly judged, by the token in the SIP answer; the desk's queue. */
#include <stdio.h>
#include <string.h>

#include "api/person.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/utf8.h"
#include "store/redress.h"

enum { DUE_S = 86400, GRANT_DAYS = 180, DESK = AN_ROLE_DESK };
/* How long what people said holds against a caller (observe/report.h). */
#define REPORTED_US (60 * 86400ull * AN_US_PER_S)
/* By then a number that calls as people do is judged anew: the counters' half-lives are hours to days. */
#define COUNTED_US (7 * 86400ull * AN_US_PER_S)

/* "+86138****1234": enough for who holds it. */
static void mask(an_number number, char out[AN_NUMBER_TEXT_MAX])
{
    size_t len = an_number_text(number, out);
    if (!an_number_is_e164(number)) {
        out[0] = '\0';
        return;
    }
    for (size_t i = len > 8 ? len - 8 : 1; i + 4 < len; i++) out[i] = '*';
}

/* The call of the token in the path, and what was asked about it: state NONE where nothing was. */
static bool find(struct an_api_core *core, const struct an_api_request *request, struct an_api_response *response,
                 struct an_db_session *session, struct an_seen_call *ret_call, struct an_redress *ret_redress)
{
    struct an_token token;
    struct an_error error;
    if (!an_api_token_of(request->params[0], &token, response) ||
        !an_api_seen_call(core, response, session, &token, ret_call))
        return false;
    enum an_err err = an_redress_find(session, an_api_secret(core), &token, ret_redress, &error);
    if (err == AN_ERR_NOT_FOUND) *ret_redress = (struct an_redress) { .token = token, .state = AN_REDRESS_NONE };
    if (err == AN_OK || err == AN_ERR_NOT_FOUND) return true;
    an_api_store_failed(response, err, &error);
    return false;
}

static bool limited(struct an_api_core *core, const struct an_api_request *request, struct an_api_response *response)
{
    return an_api_limit_peer(core, request, response, AN_LIMITED_REDRESS);
}

/* What the one who called can do, or wait for. Granting is a label on the number as it came in with that call: the same
 * number by another way may be a forger's. */
static void advice(struct an_text *out, enum an_redress_state state)
{
    static const struct {
        const char *zh, *en;
    } words[] = {
        [AN_REDRESS_NONE] = { "请写明您是谁、为何来电并留下联系方式；证明您持有该号码有助于处理。运营人员须在24小时内作"
                              "出决"
                              "定，决定人会被记录。申诉不收费。",
                              "Say who you are, why you called and where you can be reached; proof that the number is "
                              "yours helps. The operator has 24 hours to decide, and who decides is on record. It "
                              "costs "
                              "nothing." },
        [AN_REDRESS_WAITING] = { "您的申诉已收到。运营人员须在24小时内作出决定，结果会显示在这里。",
                                 "Your objection has been received. The operator has 24 hours to decide; the answer "
                                 "will be shown here." },
        [AN_REDRESS_GRANTED] = { "您的申诉已获准：今后从与这通电话相同的线路打来时，您的电话会正常接通。对方自己设置的"
                                 "拦"
                                 "截仍然有效。",
                                 "Your objection was granted: your calls go through again when they come the way this "
                                 "call came. Whoever has chosen to block you still does." },
        [AN_REDRESS_REFUSED] = { "您的申诉未获准，理由见处理意见。",
                                 "Your objection was refused; the reason is given with the decision." },
    };
    const size_t count = sizeof words / sizeof words[0];
    size_t at = (size_t)state < count && words[state].zh != NULL ? (size_t)state : AN_REDRESS_NONE;
    an_api_pair_both(out, "todo", words[at].zh, words[at].en);
}

/* The call was put through: what there is to say of it is short, and why it passed is the called person's to tell. */
static void nothing_done(struct an_text *out)
{
    an_text_puts(out, ",\"reasons\":[]");
    an_text_json_pair(out, "state", "nothing_done");
    an_text_puts(out, ",\"proved\":false");
    an_api_pair_both(out, "todo", "这个来电已正常接通，未作任何处置，无需申诉。",
                     "Nothing was done to this call: it was put through, so there is nothing to object to.");
}

/* Why, for how long, and how the request for redress stands. */
static void what_was_done(struct an_api_core *core, struct an_text *out, const struct an_seen_call *call,
                          const struct an_redress *redress)
{
    const int32_t offset_s = core->options.utc_offset_s;
    bool reported = (call->rules & (AN_RULE_CALLEE_REPORTED | AN_RULE_CALLEE_DENIES)) != 0;
    an_api_reasons_json(core, out, call, AN_READER_CALLER);
    an_api_pair_time(out, "until", call->time_us + (reported ? REPORTED_US : COUNTED_US), offset_s);
    an_text_json_pair(out, "state", an_redress_state_name((enum an_redress_state)redress->state));
    an_text_json_key(out, "proved");
    an_text_puts(out, redress->proved ? "true" : "false");
    if (redress->state != AN_REDRESS_NONE) an_api_pair_time(out, "clock", redress->due_us, offset_s);
    if (redress->decided_us != 0) {
        an_api_pair_time(out, "decided", redress->decided_us, offset_s);
        an_text_json_pair(out, "decision", redress->decision);
    }
    advice(out, (enum an_redress_state)redress->state);
}

static void get_redress(struct an_api_core *core, const struct an_api_request *request,
                        struct an_api_response *response)
{
    struct an_db_session *session;
    struct an_seen_call call;
    struct an_redress redress;
    char number[AN_NUMBER_TEXT_MAX];
    struct an_text *out = &response->text;
    if (an_api_people_of(core, response) == NULL || !limited(core, request, response) ||
        !an_api_store(core, response, &session))
        return;
    if (find(core, request, response, session, &call, &redress)) {
        mask(call.caller, number);
        an_text_puts(out, "{");
        an_text_json_pair(out, "number", number[0] == '\0' ? NULL : number);
        an_api_pair_time(out, "time", call.time_us, core->options.utc_offset_s);
        an_text_json_pair(out, "action", an_action_name((enum an_action)call.action));
        if (call.action == AN_ACTION_ALLOW)
            nothing_done(out);
        else
            what_was_done(core, out, &call, &redress);
        an_text_puts(out, "}\n");
    }
    an_db_give(session);
}

/* {contact, words} */
static bool asked_of(const struct an_api_request *request, struct an_api_response *response, struct an_redress *redress)
{
    cJSON *json = an_api_json_body(request, response);
    if (json == NULL) return false;
    bool fine = an_api_json_text(json, "contact", true, redress->contact, sizeof redress->contact, response) &&
                an_api_json_text(json, "words", true, redress->words, sizeof redress->words, response);
    cJSON_Delete(json);
    if (!fine) return false;
    for (char *c = redress->contact; *c != '\0'; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7f) *c = ' '; /* one line, as it is kept */
    if (redress->contact[0] != '\0' && redress->words[0] != '\0') return true;
    an_api_refuse(response, 400, "invalid", "contact and words have to say something",
                  redress->contact[0] == '\0' ? "contact" : "words");
    return false;
}

static void ask(struct an_api_core *core, const struct an_api_request *request, struct an_api_response *response)
{
    struct an_db_session *session;
    struct an_seen_call call;
    struct an_redress known, redress = { .state = AN_REDRESS_WAITING };
    struct an_error error;
    char id[AN_DB_ID_TEXT_MAX];
    if (an_api_people_of(core, response) == NULL || !asked_of(request, response, &redress) ||
        !limited(core, request, response) || !an_api_store(core, response, &session))
        return;
    if (find(core, request, response, session, &call, &known)) {
        redress.token = call.token;
        redress.caller = call.caller;
        redress.id = an_db_id();
        redress.asked_us = an_api_now_us(core);
        redress.due_us = redress.asked_us + DUE_S * AN_US_PER_S;
        if (call.action == AN_ACTION_ALLOW) {
            an_api_refuse(response, 409, "allowed", "this call was put through; there is nothing to redress", NULL);
        } else {
            enum an_err err = an_redress_ask(session, an_api_secret(core), &redress, &error);
            if (err == AN_ERR_EXISTS) {
                an_api_refuse(response, 409, "asked", error.text, NULL);
            } else if (err != AN_OK) {
                an_api_store_failed(response, err, &error);
            } else {
                response->status = 201;
                an_text_puts(&response->text, "{");
                an_text_json_pair(&response->text, "id", an_db_id_text(redress.id, id));
                an_text_json_pair(&response->text, "state", "waiting");
                an_api_pair_time(&response->text, "clock", redress.due_us, core->options.utc_offset_s);
                an_text_puts(&response->text, "}\n");
            }
        }
    }
    an_db_give(session);
}

/* ---- proof that the number is held ---- */

/* A caller who forges somebody's number has a token for each call: codes are few a number, not only a call. */
static bool phone_is_spared(struct an_api_core *core, struct an_api_response *response, an_number number)
{
    char text[AN_NUMBER_TEXT_MAX];
    size_t len = an_number_text(number, text);
    return an_api_limit(core, response, AN_LIMITED_CODE_NUMBER, (struct an_slice) { text, len });
}

/* {by}; nothing at all is by text message. */
static bool how(const struct an_api_request *request, struct an_api_response *response, bool *ret_spoken)
{
    cJSON *json = an_api_json_body(request, response);
    bool fine = json != NULL && an_api_code_by(json, response, ret_spoken);
    cJSON_Delete(json);
    return fine;
}

static void send_code(struct an_api_core *core, const struct an_api_request *request, struct an_api_response *response)
{
    struct an_db_session *session;
    struct an_seen_call call;
    struct an_redress redress;
    struct an_error error;
    char code[AN_REDRESS_CODE_DIGITS + 1];
    bool spoken;
    const struct an_api_people *people = an_api_people_of(core, response);
    if (people == NULL || !how(request, response, &spoken) || !an_api_code_can(people, response) ||
        !an_api_limit_peer(core, request, response, AN_LIMITED_CODE) || !an_api_store(core, response, &session))
        return;
    if (find(core, request, response, session, &call, &redress)) {
        if (call.action == AN_ACTION_ALLOW) {
            an_api_refuse(response, 409, "allowed", "this call was put through; there is nothing to prove", NULL);
        } else if (!an_number_is_e164(call.caller)) {
            an_api_refuse(response, 409, "no_number", "the call showed no number that a code could be sent to", NULL);
        } else if (phone_is_spared(core, response, call.caller)) {
            enum an_err err =
                an_redress_code(session, an_api_secret(core), &call.token, an_api_now_us(core), code, &error);
            if (err == AN_OK) err = an_api_code_out(people, call.caller, spoken, "申诉", "redress", code, &error);
            if (err == AN_ERR_LIMIT) {
                an_api_refuse(response, 429, "too_many", error.text, NULL);
                response->retry_s = AN_REDRESS_CODE_AGAIN_S;
            } else if (err == AN_ERR_UNSUPPORTED || err == AN_ERR_FULL) {
                an_api_refuse(response, 503, "unavailable", error.text, NULL);
            } else if (err != AN_OK) {
                an_api_store_failed(response, err, &error);
            } else {
                response->status = 202;
                an_text_puts(&response->text, "{\"sent\":true}\n");
            }
        }
    }
    an_db_give(session);
}

static void prove(struct an_api_core *core, const struct an_api_request *request, struct an_api_response *response)
{
    struct an_db_session *session;
    struct an_token token;
    struct an_error error;
    char code[16];
    if (an_api_people_of(core, response) == NULL) return;
    cJSON *json = an_api_json_body(request, response);
    if (json == NULL) return;
    bool fine = an_api_json_text(json, "code", true, code, sizeof code, response);
    cJSON_Delete(json);
    if (!fine || !an_api_token_of(request->params[0], &token, response) ||
        !an_api_limit_peer(core, request, response, AN_LIMITED_CODE) || !an_api_store(core, response, &session))
        return;
    enum an_err err =
        an_redress_prove(session, an_api_secret(core), &token, an_slice_of(code), an_api_now_us(core), &error);
    if (err == AN_ERR_INVALID)
        an_api_refuse_case(response, err, &error);
    else if (err != AN_OK)
        an_api_store_failed(response, err, &error);
    else
        an_text_puts(&response->text, "{\"proved\":true}\n");
    an_db_give(session);
}

/* ---- the queue ---- */

struct queue {
    struct an_api_core *core;
    struct an_redress *items; /* read whole first: a row's callback may not use the session */
    unsigned limit, count;
    bool more;
};

static bool take_one(void *user, const struct an_redress *redress)
{
    struct queue *queue = user;
    if (queue->count == queue->limit) {
        queue->more = true;
        return false;
    }
    queue->items[queue->count++] = *redress;
    return true;
}

static void write_item(struct an_api_core *core, struct an_db_session *session, struct an_text *out,
                       const struct an_redress *r)
{
    struct an_seen_call call = { .token = r->token };
    char id[AN_DB_ID_TEXT_MAX];
    int32_t offset_s = core->options.utc_offset_s;
    bool known = an_api_known_call(core, session, &r->token, &call);
    an_text_puts(out, "{");
    an_text_json_pair(out, "id", an_db_id_text(r->id, id));
    an_api_pair_token(out, "token", &r->token);
    an_api_pair_number(out, "number", known ? call.caller : AN_NUMBER_NONE);
    an_api_pair_time(out, "time", an_token_time_us(&r->token), offset_s);
    an_api_pair_time(out, "asked", r->asked_us, offset_s);
    an_api_pair_time(out, "due", r->due_us, offset_s);
    an_text_json_pair(out, "state", an_redress_state_name((enum an_redress_state)r->state));
    an_text_json_key(out, "proved");
    an_text_puts(out, r->proved ? "true" : "false");
    an_text_json_key(out, "contact");
    an_text_json(out, an_slice_of(r->contact));
    an_text_json_key(out, "words");
    an_text_json(out, an_slice_of(r->words));
    if (known) {
        an_text_json_pair(out, "action", an_action_name((enum an_action)call.action));
        an_api_reasons_json(core, out, &call, AN_READER_DESK);
        if (call.campaign != 0) an_text_json_pair_u64(out, "campaign", call.campaign);
    }
    if (r->decided_us != 0) {
        an_api_pair_time(out, "decided", r->decided_us, offset_s);
        an_text_json_pair(out, "decided_by", an_db_id_text(r->decided_by, id));
        an_text_json_key(out, "decision");
        an_text_json(out, an_slice_of(r->decision));
    }
    an_text_puts(out, "}");
}

static bool queue_of(const struct an_api_request *request, struct an_api_response *response,
                     enum an_redress_state *ret_state, unsigned *ret_limit, uint64_t *ret_after_us)
{
    char text[32];
    *ret_state = AN_REDRESS_WAITING;
    *ret_after_us = 0;
    if (an_api_query(request, "state", text, sizeof text) &&
        an_redress_state_of(text, strlen(text), ret_state) != AN_OK) {
        an_api_refuse(response, 400, "invalid", "state has to be waiting, granted or refused", "state");
        return false;
    }
    if (an_api_query(request, "cursor", text, sizeof text) &&
        an_slice_u64(an_slice_of(text), INT64_MAX, ret_after_us) != AN_OK) {
        an_api_refuse(response, 400, "invalid", "cursor has to be what \"next\" of the page before said", "cursor");
        return false;
    }
    return an_api_query_limit(request, response, ret_limit);
}

static void list(struct an_api_core *core, const struct an_api_request *request, struct an_api_response *response)
{
    struct an_db_session *session;
    struct queue queue = { .core = core };
    enum an_redress_state state;
    uint64_t after_us;
    struct an_error error;
    struct an_text *out = &response->text;
    if (an_api_people_of(core, response) == NULL || !queue_of(request, response, &state, &queue.limit, &after_us) ||
        !an_api_store(core, response, &session))
        return;
    queue.items = calloc(queue.limit, sizeof *queue.items);
    enum an_err err = queue.items == NULL ? AN_ERR_NO_MEMORY
                                          : an_redress_pages(session, an_api_secret(core), state, after_us,
                                                             queue.limit + 1, take_one, &queue, &error);
    an_text_puts(out, "{\"items\":[");
    for (unsigned i = 0; i < queue.count && err == AN_OK; i++) {
        if (i > 0) an_text_puts(out, ",");
        write_item(core, session, out, &queue.items[i]);
    }
    an_text_puts(out, "]");
    if (queue.more && queue.count > 0)
        an_text_printf(out, ",\"next\":\"%llu\"", (unsigned long long)queue.items[queue.count - 1].asked_us);
    an_text_puts(out, "}\n");
    if (err != AN_OK) an_api_store_failed(response, err, &error);
    free(queue.items);
    an_db_give(session);
}

/* The operator's label, in force when this returns. */
static bool grant(struct an_api_core *core, const struct an_api_request *request, struct an_api_response *response,
                  const struct an_seen_call *call, const char *words)
{
    const struct an_api_calls *calls = &core->options.calls;
    struct an_error error = { "labels are not taken here" };
    char why[AN_REPORT_WORDS_MAX + 16];
    size_t index, other;
    uint64_t now_us = an_api_now_us(core);
    struct an_ruling label = {
        .verdict = AN_RULING_WANTED,
        .weight = AN_RULING_WEIGHT_FULL,
        .until_us = now_us + GRANT_DAYS * 86400ull * AN_US_PER_S,
        .token = call->token,
    };
    an_slice_copy(an_slice_of(request->who->name[0] == '\0' ? "redress" : request->who->name), label.who,
                  sizeof label.who);
    snprintf(why, sizeof why, "redress: %s", words);
    an_utf8_copy(an_slice_of(why), label.why, sizeof label.why);
    struct an_api_seat *seat = an_api_seat_take(core);
    enum an_err err = calls->labels == NULL
                          ? AN_ERR_UNSUPPORTED
                          : calls->labels(core->options.user, seat->context, &label, 1, now_us, &index, &other, &error);
    if (err == AN_ERR_NOT_FOUND && an_number_is_e164(call->caller)) { /* another door's journal: by the number then */
        memset(&label.token, 0, sizeof label.token);
        an_number_text(call->caller, label.number_text);
        err = calls->labels(core->options.user, seat->context, &label, 1, now_us, &index, &other, &error);
    }
    an_api_seat_leave(seat);
    if (err == AN_OK) {
        if (an_number_is_e164(call->caller)) an_people_forget(core->options.people->people, call->caller);
        return true;
    }
    an_api_refuse(response, err == AN_ERR_INVALID ? 409 : 503, "not_granted", error.text, NULL);
    return false;
}

/* {grant, words} */
static bool decision_of(const struct an_api_request *request, struct an_api_response *response, bool *ret_grant,
                        char words[AN_REPORT_WORDS_MAX + 1])
{
    cJSON *json = an_api_json_body(request, response);
    if (json == NULL) return false;
    const cJSON *granted = cJSON_GetObjectItemCaseSensitive(json, "grant");
    bool known = cJSON_IsBool(granted);
    *ret_grant = cJSON_IsTrue(granted);
    bool fine = an_api_json_text(json, "words", true, words, AN_REPORT_WORDS_MAX + 1, response);
    cJSON_Delete(json);
    if (fine && (!known || words[0] == '\0')) {
        an_api_refuse(response, 400, "invalid", known ? "words have to say why" : "grant has to be true or false",
                      known ? "words" : "grant");
        return false;
    }
    return fine;
}

/* The row first: of two who decide at once one has it, and only that one's label is made. What then fails gives it
 * back; the line of the audit log is there before the label is. */
static bool carry_out(struct an_api_core *core, const struct an_api_request *request, struct an_api_response *response,
                      struct an_db_session *session, const struct an_seen_call *call, bool granted, const char *words)
{
    struct an_error error;
    char token[AN_TOKEN_TEXT_MAX];
    int64_t by = request->who->account != 0 ? request->who->account : request->who->key;
    uint64_t now_us = an_api_now_us(core);
    enum an_err err =
        an_redress_decide(session, an_api_secret(core), &call->token, granted, by, an_slice_of(words), now_us, &error);
    if (err == AN_ERR_EXISTS)
        an_api_refuse(response, 409, "decided", error.text, NULL);
    else if (err != AN_OK)
        an_api_store_failed(response, err, &error);
    if (err != AN_OK) return false;
    an_token_text(&call->token, token);
    if (an_api_audit(core, request, response, session, granted ? "redress.grant" : "redress.refuse", token, words,
                     call->caller) &&
        (!granted || grant(core, request, response, call, words)))
        return true;
    if (an_redress_reopen(session, &call->token, by, now_us, &error) != AN_OK)
        an_log(AN_LOG_ERROR, "redress", "%s: stands as decided, and is not in force: %s", token, error.text);
    return false;
}

static void decide(struct an_api_core *core, const struct an_api_request *request, struct an_api_response *response)
{
    struct an_db_session *session;
    struct an_seen_call call;
    struct an_redress redress;
    struct an_error error;
    char words[AN_REPORT_WORDS_MAX + 1];
    bool granted;
    if (an_api_people_of(core, response) == NULL || !decision_of(request, response, &granted, words) ||
        !an_api_store(core, response, &session))
        return;
    if (find(core, request, response, session, &call, &redress)) {
        if (redress.state != AN_REDRESS_WAITING) {
            bool none = redress.state == AN_REDRESS_NONE;
            an_api_refuse(response, none ? 404 : 409, none ? "not_found" : "decided",
                          none ? "nobody asked for redress on this call" : "this request is decided already", NULL);
        } else if (carry_out(core, request, response, session, &call, granted, words)) {
            enum an_err err = an_redress_find(session, an_api_secret(core), &call.token, &redress, &error);
            if (err != AN_OK)
                an_api_store_failed(response, err, &error);
            else
                write_item(core, session, &response->text, &redress);
        }
    }
    an_db_give(session);
}

#define PEOPLE AN_METRIC_HTTP_PEOPLE
const struct an_api_route an_api_routes_redress[] = {
    { "GET", "/v1/redress", PEOPLE, AN_BODY_NONE, DESK, AN_SCOPE_REDRESS, list },
    { "GET", "/v1/redress/{token}", PEOPLE, AN_BODY_NONE, AN_ROLE_PUBLIC, 0, get_redress },
    { "POST", "/v1/redress/{token}", PEOPLE, AN_BODY_JSON, AN_ROLE_PUBLIC, 0, ask },
    { "POST", "/v1/redress/{token}/code", PEOPLE, AN_BODY_JSON_OR_NONE, AN_ROLE_PUBLIC, 0, send_code },
    { "POST", "/v1/redress/{token}/proof", PEOPLE, AN_BODY_JSON, AN_ROLE_PUBLIC, 0, prove },
    { "POST", "/v1/redress/{token}/decision", PEOPLE, AN_BODY_JSON, DESK, AN_SCOPE_REDRESS, decide },
    { 0 },
};
