/* GET /v1/standing: how a firm's number stands, by its API key; POST /v1/standing: the same for whoever holds the
 * number, by a code sent to it. It tells what the door made of calls that showed the number, and nothing of who was
 * called: what people called decided for themselves is left out, and how many reported it only from PEOPLE_MIN on. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "api/accounts.h"
#include "api/guard.h"
#include "api/person.h"
#include "base/clock.h"
#include "base/log.h"
#include "store/rulings.h"

enum { STANDING_DAYS = 30, PEOPLE_MIN = 5, LABELS_MAX = 16 };
#define PURPOSE "standing"

struct standing {
    struct an_text *out;
    int32_t utc_offset_s;
    uint64_t totals[AN_ACTION_COUNT], counts[AN_ACTION_COUNT]; /* all days'; of `day` */
    int64_t day;                                               /* of counts; 0: none yet */
    unsigned days, labels;
};

/* ---- calls by day ---- */

static void put_counts(struct an_text *out, const uint64_t counts[AN_ACTION_COUNT])
{
    for (int a = AN_ACTION_LABEL; a < AN_ACTION_COUNT; a++)
        an_text_json_pair_u64(out, an_action_name((enum an_action)a), counts[a]);
}

static void end_day(struct standing *s)
{
    char date[16];
    time_t seconds = (time_t)s->day * 86400;
    struct tm tm;
    if (s->day == 0) return;
    gmtime_r(&seconds, &tm);
    strftime(date, sizeof date, "%Y-%m-%d", &tm);
    an_text_puts(s->out, s->days++ == 0 ? "{" : ",{");
    an_text_json_pair(s->out, "day", date);
    put_counts(s->out, s->counts);
    an_text_puts(s->out, "}");
    memset(s->counts, 0, sizeof s->counts);
}

static bool take_day(void *user, int64_t day, enum an_action action, uint64_t count)
{
    struct standing *s = user;
    if (day != s->day) end_day(s);
    s->day = day;
    s->counts[action] += count;
    s->totals[action] += count;
    return true;
}

/* ---- labels, by kind ---- */

static void put_label(struct standing *s, const char *kind, const char *zh, const char *en, uint64_t until_us)
{
    an_text_puts(s->out, s->labels++ == 0 ? "{" : ",{");
    an_text_json_pair(s->out, "kind", kind);
    an_text_json_pair(s->out, "zh", zh);
    an_text_json_pair(s->out, "en", en);
    if (until_us != 0) an_api_pair_time(s->out, "until", until_us, s->utc_offset_s);
    an_text_puts(s->out, "}");
}

static bool take_label(void *user, int64_t change, const struct an_ruling *ruling)
{
    struct standing *s = user;
    bool wanted = ruling->verdict == AN_RULING_WANTED;
    (void)change;
    put_label(
        s, wanted ? "wanted" : "unwanted",
        wanted ? "运营商已认定其来电正常（如申诉获准），评分对其不起作用。"
               : "运营商已认定其来电为骚扰，至少会被标记。",
        wanted ? "The operator decided that its calls are wanted (redress that was granted, for one): the score does "
                 "nothing to them."
               : "The operator decided that its calls are unwanted: they are labelled at least.",
        ruling->until_us);
    return s->labels < LABELS_MAX;
}

static enum an_err put_labels(struct an_api_core *core, struct an_db_session *session, an_number number,
                              struct standing *s, const char *firm, uint64_t unwanted, struct an_error *error)
{
    an_text_json_key(s->out, "labels");
    an_text_puts(s->out, "[");
    if (firm[0] != '\0')
        put_label(s, "registered", "该号码已登记为企业号码。", "It is registered as a number of this firm.", 0);
    if (unwanted > 0)
        put_label(s, "reported", "有多名用户举报其来电。", "Several people reported its calls as unwanted.", 0);
    enum an_err err = an_rulings_of(session, an_api_secret(core), number, an_api_now_us(core), take_label, s, error);
    an_text_puts(s->out, "]");
    return err;
}

/* ---- campaign and reasons ---- */

static enum an_err put_why(struct an_api_core *core, struct an_db_session *session, an_number number, uint64_t since_us,
                           struct an_text *out, struct an_error *error)
{
    struct an_seen_call call;
    const struct an_secret *secret = an_api_secret(core);
    const uint32_t personal = an_api_personal_rules();
    enum an_err err = an_call_last_by(session, secret, number, since_us, personal, true, &call, error);
    if (err != AN_OK && err != AN_ERR_NOT_FOUND) return err;
    bool member = err == AN_OK;
    an_text_json_key(out, "campaign");
    an_text_puts(out, member ? "{\"member\":true" : "{\"member\":false");
    an_api_pair_both(out, "text",
                     member ? "最近有来电显示该号码，且其呼叫方式与已知的批量外呼一致。"
                            : "没有来电属于已知的批量外呼。",
                     member ? "Calls that showed this number were made the way a known campaign makes its calls."
                            : "No call belonged to a known campaign.");
    if (member) {
        an_text_json_pair(out, "category", an_category_name((enum an_category)call.category));
        an_api_reasons_json(core, out, &call, AN_READER_CALLER);
    }
    an_text_puts(out, "}");
    err = an_call_last_by(session, secret, number, since_us, personal, false, &call, error);
    if (err == AN_OK) {
        an_api_pair_time(out, "last", call.time_us, core->options.utc_offset_s);
        an_api_reasons_json(core, out, &call, AN_READER_CALLER);
    } else if (err == AN_ERR_NOT_FOUND) {
        an_text_puts(out, ",\"reasons\":[]");
    }
    return err == AN_ERR_NOT_FOUND ? AN_OK : err;
}

static void put_todo(struct an_text *out, const uint64_t totals[AN_ACTION_COUNT], bool registered)
{
    bool touched = totals[AN_ACTION_LABEL] + totals[AN_ACTION_SCREEN] + totals[AN_ACTION_BLOCK] > 0;
    if (!touched)
        an_api_pair_both(out, "todo", "无需处理：最近没有来电被本系统标记、筛查或拦截。",
                         "Nothing: no call was labelled, screened or blocked by the door's own judgement lately.");
    else if (registered)
        an_api_pair_both(
            out, "todo",
            "请核对是否有他人冒用该号码；确为贵方来电的，请减少无人应答的批量外呼，停止呼叫已拒绝的用户，并凭被"
            "处置来电的凭证申诉。申诉不收费。",
            "See whether others show this number; where the calls are yours, place fewer that nobody answers, "
            "stop calling those who said no, and ask for redress by the token of a call. It costs nothing.");
    else
        an_api_pair_both(
            out, "todo",
            "请核对是否有他人冒用该号码；企业可向运营商登记其号码与中继；凭被处置来电的凭证申诉，24小时内答复。"
            "登记与申诉均不收费。",
            "See whether others show this number; a firm registers its numbers and trunks with the operator; "
            "ask for redress by the token of a call, decided within 24 hours. Neither costs anything.");
}

/* ---- whole ---- */

static enum an_err put_standing(struct an_api_core *core, struct an_db_session *session, an_number number,
                                struct an_text *out, struct an_error *error)
{
    struct standing s = { .out = out, .utc_offset_s = core->options.utc_offset_s };
    char firm[AN_FIRM_NAME_MAX + 1] = "";
    uint64_t unwanted, wanted;
    uint64_t since_us = an_api_now_us(core) - STANDING_DAYS * 86400ull * AN_US_PER_S;
    const struct an_secret *secret = an_api_secret(core);
    bool registered = an_people_firm(core->options.people->people, number, firm);
    an_text_puts(out, "{");
    an_api_pair_number(out, "number", number);
    an_text_json_pair(out, "firm", registered ? firm : NULL);
    an_text_json_pair_u64(out, "days", STANDING_DAYS);
    an_text_json_key(out, "by_day");
    an_text_puts(out, "[");
    enum an_err err =
        an_call_days(session, secret, number, since_us, s.utc_offset_s, an_api_personal_rules(), take_day, &s, error);
    end_day(&s);
    an_text_puts(out, "]");
    an_text_json_key(out, "calls");
    an_text_puts(out, "{");
    put_counts(out, s.totals);
    an_text_puts(out, "}");
    if (err == AN_OK) err = an_report_against(session, secret, number, since_us, &unwanted, &wanted, error);
    if (err != AN_OK) return err;
    if (unwanted < PEOPLE_MIN) unwanted = 0;
    if (wanted < PEOPLE_MIN) wanted = 0;
    an_text_json_key(out, "people");
    an_text_puts(out, "{");
    an_text_json_pair_u64(out, "unwanted", unwanted);
    an_text_json_pair_u64(out, "wanted", wanted);
    an_text_json_pair_u64(out, "from", PEOPLE_MIN);
    an_text_puts(out, "}");
    err = put_labels(core, session, number, &s, firm, unwanted, error);
    if (err == AN_OK) err = put_why(core, session, number, since_us, out, error);
    put_todo(out, s.totals, registered);
    an_text_puts(out, "}\n");
    return err;
}

static void show(struct an_api_core *core, struct an_api_response *response, struct an_db_session *session,
                 an_number number)
{
    struct an_error error;
    enum an_err err = put_standing(core, session, number, &response->text, &error);
    if (err != AN_OK) an_api_store_failed(response, err, &error);
}

/* ---- by a firm's key ---- */

static bool own_number(struct an_api_core *core, const struct an_api_request *request, struct an_api_response *response,
                       an_number *ret_number)
{
    char text[32], firm[AN_FIRM_NAME_MAX + 1];
    an_api_query(request, "number", text, sizeof text);
    if (text[0] == ' ') text[0] = '+';
    if (!an_api_number_of(an_slice_of(text), ret_number)) {
        an_api_refuse(response, 400, "invalid", "number has to be the whole number, such as ?number=%2B861012345678",
                      "number");
        return false;
    }
    if (request->who->role != AN_ROLE_KEY) return true; /* the desk */
    if (an_people_firm(core->options.people->people, *ret_number, firm) && strcmp(firm, request->who->name) == 0)
        return true;
    an_api_refuse(response, 404, "not_found",
                  "not a number of yours: the key is named as the firm in the setting registered", NULL);
    return false;
}

static void by_key(struct an_api_core *core, const struct an_api_request *request, struct an_api_response *response)
{
    struct an_db_session *session;
    an_number number;
    if (an_api_people_of(core, response) == NULL || !own_number(core, request, response, &number) ||
        !an_api_store(core, response, &session))
        return;
    show(core, response, session, number);
    an_db_give(session);
}

/* ---- by a code sent to the number ---- */

static bool number_of(const cJSON *json, struct an_api_response *response, an_number *ret_number)
{
    char text[AN_NUMBER_TEXT_MAX];
    if (!an_api_json_text(json, "number", true, text, sizeof text, response)) return false;
    if (an_api_number_of(an_slice_of(text), ret_number)) return true;
    an_api_refuse(response, 400, "invalid", "a number is + and its digits, country code first", "number");
    return false;
}

/* Whether one went out to this number is not told: nobody learns by it what is known of a number. */
static void send_code(struct an_api_core *core, const struct an_api_request *request, struct an_api_response *response)
{
    struct an_db_session *session;
    struct an_error error = { "" };
    char code[AN_CODE_DIGITS + 1], text[AN_NUMBER_TEXT_MAX];
    an_number number;
    bool spoken;
    unsigned retry_s;
    const struct an_api_people *people = an_api_people_of(core, response);
    if (people == NULL) return;
    cJSON *json = an_api_json_body(request, response);
    bool fine = json != NULL && number_of(json, response, &number) && an_api_code_by(json, response, &spoken);
    cJSON_Delete(json);
    if (!fine || !an_api_code_can(people, response) || !an_api_limit_peer(core, request, response, AN_LIMITED_CODE) ||
        !an_api_store(core, response, &session))
        return;
    uint64_t now_us = an_api_now_us(core);
    struct an_slice of = { text, an_number_text(number, text) };
    response->status = 202;
    an_text_puts(&response->text, "{\"sent\":true}\n");
    if (an_api_guard_take(core->guard, AN_LIMITED_CODE_NUMBER, of, now_us, &retry_s)) {
        enum an_err err = an_api_code_make(session, an_api_secret(core), number, PURPOSE, now_us, code, &error);
        if (err == AN_OK)
            err = an_api_code_out(people, number, spoken, "号码状态查询", "how your number stands", code, &error);
        if (err != AN_OK) an_log(AN_LOG_WARN, "texts.failed", "a code could not be sent: %s", error.text);
    }
    an_db_give(session);
}

static void by_code(struct an_api_core *core, const struct an_api_request *request, struct an_api_response *response)
{
    struct an_db_session *session;
    struct an_error error;
    char code[16];
    an_number number;
    if (an_api_people_of(core, response) == NULL || !an_api_limit_peer(core, request, response, AN_LIMITED_CODE))
        return;
    cJSON *json = an_api_json_body(request, response);
    bool fine = json != NULL && number_of(json, response, &number) &&
                an_api_json_text(json, "code", true, code, sizeof code, response);
    cJSON_Delete(json);
    if (!fine || !an_api_store(core, response, &session)) return;
    enum an_err err = an_api_code_try(session, an_api_secret(core), number, PURPOSE, code, an_api_now_us(core), &error);
    if (err == AN_ERR_NOT_FOUND)
        an_api_refuse(response, 401, "bad_code", "this code is wrong, was used, or has ended", "code");
    else if (err != AN_OK)
        an_api_store_failed(response, err, &error);
    else
        show(core, response, session, number);
    an_db_give(session);
}

#define PEOPLE AN_METRIC_HTTP_PEOPLE
const struct an_api_route an_api_routes_standing[] = {
    { "GET", "/v1/standing", PEOPLE, AN_BODY_NONE, AN_ROLE_DESK, AN_SCOPE_STANDING, by_key },
    { "POST", "/v1/standing", PEOPLE, AN_BODY_JSON, AN_ROLE_PUBLIC, 0, by_code },
    { "POST", "/v1/standing/code", PEOPLE, AN_BODY_JSON, AN_ROLE_PUBLIC, 0, send_code },
    { 0 },
};
