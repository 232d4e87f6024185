/* POST /v1/texts: text messages to the service number, told by the operator's gateway; GET /v1/lookup. */
#include <stdio.h>
#include <string.h>

#include "api/person.h"
#include "base/clock.h"
#include "case/text_in.h"
#include "case/wording.h"
#include "store/redress.h"

enum { REPORT_S = 86400, WEEK_S = 7 * 86400, LOOKUP_MAX = 1000, REPLY_MAX = 320 };

/* One message being answered. */
struct message {
    struct an_text_in in;
    enum an_keyword keyword;
    struct an_slice rest;
    char reply[REPLY_MAX];
};

/* ---- what is believed ---- */

static bool believed(struct an_api_core *core, const struct an_api_request *request, struct an_api_response *response,
                     struct an_text_in *ret)
{
    const struct an_api_people *people = core->options.people;
    struct an_error error;
    if (people->texts_secret == NULL || people->texts_secret[0] == '\0') {
        an_api_refuse(response, 404, "off", "no text messages are taken in here: texts.secret_file is empty", NULL);
        return false;
    }
    if (request->body.len > AN_TEXT_BODY_MAX) {
        an_api_refuse(response, 413, "limit", "body over the limit AN_TEXT_BODY_MAX, 8192 bytes", NULL);
        return false;
    }
    if (!an_text_signed(request->body, request->signature, people->texts_secret)) {
        if (an_api_limit_peer(core, request, response, AN_LIMITED_BAD_KEY))
            an_api_refuse(response, 401, "bad_signature",
                          "X-Anning-Signature has to be sha256= and the body's HMAC-SHA-256 with the secret of "
                          "texts.secret_file",
                          NULL);
        return false;
    }
    cJSON *json = an_api_json_body(request, response);
    if (json == NULL) return false;
    enum an_err err = an_text_in_of_json(json, ret, &error);
    cJSON_Delete(json);
    if (err != AN_OK) {
        an_api_refuse_case(response, err, &error);
        return false;
    }
    uint64_t now_us = an_api_now_us(core), slack_us = AN_TEXT_CLOCK_S * AN_US_PER_S;
    if (ret->time_us > now_us + slack_us || ret->time_us + slack_us < now_us) {
        an_api_refuse(response, 400, "stale", "time is more than 5 minutes off this server's clock", "time");
        return false;
    }
    if (people->texts_number[0] == '\0' || strcmp(people->texts_number, ret->to) == 0) return true;
    an_api_refuse(response, 400, "invalid", "to is not the number of this service (texts.number)", "to");
    return false;
}

/* ---- what is done ---- */

static bool switch_person(struct an_api_core *core, struct an_api_response *response, struct an_db_session *session,
                          struct message *m)
{
    bool chinese = true;
    if (!an_api_switch(core, response, session, m->in.from, m->keyword == AN_KEYWORD_ON, &chinese)) return false;
    snprintf(m->reply, sizeof m->reply, "%s", an_keyword_reply(m->keyword, chinese, true));
    return true;
}

static bool query_person(struct an_api_core *core, struct an_api_response *response, struct an_db_session *session,
                         struct message *m)
{
    struct an_subscriber subscriber;
    struct an_error error;
    uint32_t version;
    uint64_t updated_us, touched[AN_ACTION_COUNT];
    if (!an_api_settings_of(core, response, session, m->in.from, &subscriber, &version, &updated_us)) return false;
    bool chinese = subscriber.chinese, on = subscriber.on;
    an_subscriber_done(&subscriber);
    enum an_err err = an_call_touched(session, an_api_secret(core), m->in.from,
                                      an_api_now_us(core) - WEEK_S * AN_US_PER_S, touched, &error);
    if (err != AN_OK) {
        an_api_store_failed(response, err, &error);
        return false;
    }
    unsigned long long count = touched[AN_ACTION_LABEL] + touched[AN_ACTION_SCREEN] + touched[AN_ACTION_BLOCK];
    if (m->keyword == AN_KEYWORD_NONE)
        snprintf(m->reply, sizeof m->reply, "%s", an_keyword_reply(m->keyword, chinese, false));
    else if (chinese)
        snprintf(m->reply, sizeof m->reply, "防骚扰服务%s。最近7天处理了%llu个来电。", on ? "已开通" : "未开通", count);
    else
        snprintf(m->reply, sizeof m->reply,
                 "Protection is %s. %llu calls of the last 7 days were labelled, screened or "
                 "blocked.",
                 on ? "on" : "off", count);
    return true;
}

static bool report_last(struct an_api_core *core, struct an_api_response *response, struct an_db_session *session,
                        struct message *m)
{
    struct an_seen_call call;
    struct an_subscriber subscriber;
    struct an_error error;
    uint32_t version;
    uint64_t updated_us, now_us = an_api_now_us(core);
    if (!an_api_settings_of(core, response, session, m->in.from, &subscriber, &version, &updated_us)) return false;
    bool chinese = subscriber.chinese;
    an_subscriber_done(&subscriber);
    enum an_err err = an_call_last(session, an_api_secret(core), m->in.from, AN_NUMBER_NONE, true,
                                   now_us - REPORT_S * AN_US_PER_S, now_us, &call, &error);
    if (err == AN_ERR_NOT_FOUND) {
        snprintf(m->reply, sizeof m->reply, "%s", an_keyword_reply(m->keyword, chinese, false));
        return true;
    }
    if (err != AN_OK) {
        an_api_store_failed(response, err, &error);
        return false;
    }
    struct an_report report = {
        .way = AN_REPORT_BY_TEXT,
        .reporter = m->in.from,
        .caller = call.caller,
        .token = call.token,
        .campaign = call.campaign,
        .category = call.category,
        .time_us = now_us,
    };
    an_slice_copy(m->rest, report.words, sizeof report.words);
    enum an_category named = an_wording_category(m->rest);
    if (named != AN_CATEGORY_UNKNOWN) report.category = (uint8_t)named;
    if (!an_api_say(core, response, session, &report)) return false;
    char number[AN_REPORT_NUMBER_MAX];
    an_report_number(&report, number);
    snprintf(m->reply, sizeof m->reply,
             chinese ? "%s，编号%s，对您立即生效。" : "%s, number %s. It holds for you at once.",
             an_keyword_reply(m->keyword, chinese, true), number);
    return true;
}

static bool act(struct an_api_core *core, struct an_api_response *response, struct an_db_session *session,
                struct message *m)
{
    switch (m->keyword) {
    case AN_KEYWORD_ON:
    case AN_KEYWORD_OFF: return switch_person(core, response, session, m);
    case AN_KEYWORD_REPORT: return report_last(core, response, session, m);
    default: return query_person(core, response, session, m);
    }
}

static void texts(struct an_api_core *core, const struct an_api_request *request, struct an_api_response *response)
{
    struct an_db_session *session;
    struct message m;
    struct an_error error;
    char of[AN_NUMBER_TEXT_MAX];
    const struct an_api_people *people = an_api_people_of(core, response);
    if (people == NULL || !believed(core, request, response, &m.in)) return;
    struct an_slice sender = { of, an_number_text(m.in.from, of) };
    if (!an_api_limit(core, response, AN_LIMITED_TEXT, sender) || !an_api_store(core, response, &session)) return;
    m.keyword = an_keyword_of(&people->keywords, an_slice_of(m.in.text), &m.rest);
    enum an_err err = an_text_once(session, m.in.id, an_api_now_us(core), &error);
    if (err == AN_ERR_EXISTS) {
        an_api_refuse(response, 409, "replay", "a message with this id was taken in before", "id");
    } else if (err != AN_OK) {
        an_api_store_failed(response, err, &error);
    } else if (act(core, response, session, &m)) {
        an_text_puts(&response->text, "{");
        an_text_json_pair(&response->text, "reply", m.reply);
        an_text_puts(&response->text, "}\n");
    } else {
        an_text_forget(session, m.in.id, NULL); /* the gateway may try again */
    }
    an_db_give(session);
}

/* ---- look-ups ---- */

static void lookup(struct an_api_core *core, const struct an_api_request *request, struct an_api_response *response)
{
    struct an_lookup_entry entries[LOOKUP_MAX];
    const struct an_slice prefix = request->params[0];
    const struct an_api_people *people = an_api_people_of(core, response);
    struct an_text *out = &response->text;
    char key[AN_DB_ID_TEXT_MAX];
    if (people == NULL) return;
    bool fine = prefix.len >= AN_LOOKUP_PREFIX_MIN && prefix.len <= AN_LOOKUP_PREFIX_MAX;
    for (size_t i = 0; i < prefix.len && fine; i++)
        fine = an_is_digit(prefix.at[i]) || (prefix.at[i] >= 'a' && prefix.at[i] <= 'f');
    if (!fine) {
        an_api_refuse(response, 400, "invalid",
                      "the path ends in the first 4 to 8 hex digits of SHA-256 of the number, \"+8613800138000\"",
                      NULL);
        return;
    }
    an_db_id_text(request->who->key != 0 ? request->who->key : 1, key);
    if (!an_api_limit(core, response, AN_LIMITED_LOOKUP, an_slice_of(key))) return;
    size_t count =
        an_people_lookup(people->people, prefix.at, (unsigned)prefix.len, an_api_now_us(core), entries, LOOKUP_MAX);
    an_text_puts(out, "{\"hash\":\"sha256\",\"items\":[");
    for (size_t i = 0; i < count; i++) {
        char hash[2 * AN_LOOKUP_HASH + 1];
        for (size_t j = 0; j < AN_LOOKUP_HASH; j++) snprintf(hash + 2 * j, 3, "%02x", entries[i].hash[j]);
        an_text_puts(out, i > 0 ? ",{" : "{");
        an_text_json_pair(out, "hash", hash);
        an_text_json_pair(out, "action", an_action_name((enum an_action)entries[i].action));
        an_text_json_pair(out, "category", an_category_name((enum an_category)entries[i].category));
        an_text_json_pair_u64(out, "calls", entries[i].count);
        an_text_puts(out, "}");
    }
    an_text_puts(out, "]}\n");
}

const struct an_api_route an_api_routes_texts[] = {
    { "POST", "/v1/texts", AN_METRIC_HTTP_PEOPLE, AN_BODY_JSON, AN_ROLE_PUBLIC, 0, texts },
    { "GET", "/v1/lookup/{prefix}", AN_METRIC_HTTP_PEOPLE, AN_BODY_NONE, 0, AN_SCOPE_LOOKUP, lookup },
    { 0 },
};
