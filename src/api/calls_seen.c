/* /v1/subscribers/{who}/calls: "my calls", and what is said of one. */
#include <stdio.h>
#include <string.h>

#include "api/person.h"
#include "base/clock.h"
#include "case/wording.h"

enum { COUNTED_DAYS = 7, WHO = AN_ROLE_SIGNED_IN & ~(AN_ROLE_AUDITOR | AN_ROLE_AUTHORITY) };

/* ---- the list ---- */

/* A cursor is where the page before ended: "1795317245000000-TOKEN". It opens nothing: the list is the person's. */
static bool cursor_of(const struct an_api_request *request, struct an_api_response *response, struct an_call_list *list)
{
    char text[64];
    struct an_slice time, rest;
    if (!an_api_query(request, "cursor", text, sizeof text)) return true;
    rest = an_slice_of(text);
    if (an_slice_cut(&rest, '-', &time) && an_slice_u64(time, INT64_MAX, &list->before_us) == AN_OK &&
        list->before_us > 0 && an_token_of_text(rest.at, rest.len, &list->before) == AN_OK)
        return true;
    an_api_refuse(response, 400, "invalid", "cursor has to be what \"next\" of the page before said", "cursor");
    return false;
}

/* Touched ones, all, or those with which one thing was done. */
static bool only_of(const struct an_api_request *request, struct an_api_response *response, struct an_call_list *list)
{
    static const struct {
        const char *name;
        enum an_action least;
        bool exactly;
    } kinds[] = { { "touched", AN_ACTION_LABEL, false },
                  { "all", AN_ACTION_ALLOW, false },
                  { "label", AN_ACTION_LABEL, true },
                  { "screen", AN_ACTION_SCREEN, true },
                  { "block", AN_ACTION_BLOCK, true } };
    char only[16];
    size_t at = 0;
    bool said = an_api_query(request, "only", only, sizeof only);
    while (said && at < sizeof kinds / sizeof kinds[0] && strcmp(only, kinds[at].name) != 0) at++;
    if (at == sizeof kinds / sizeof kinds[0]) {
        an_api_refuse(response, 400, "invalid", "only has to be touched, all, label, screen or block", "only");
        return false;
    }
    list->least = (uint8_t)kinds[at].least;
    list->exactly = kinds[at].exactly;
    return true;
}

static bool list_of(const struct an_api_request *request, struct an_api_response *response, struct an_call_list *list,
                    unsigned *ret_limit)
{
    if (!only_of(request, response, list)) return false;
    if (!an_api_query_limit(request, response, ret_limit)) return false;
    list->max = *ret_limit + 1; /* one more tells whether there is a next page */
    return cursor_of(request, response, list);
}

struct page {
    const struct an_api_core *core;
    struct an_text *out;
    struct an_api_told_to to;
    unsigned limit, count;
    bool more;
    uint64_t last_us;
    struct an_token last;
};

static bool write_one(void *user, const struct an_seen_call *call)
{
    struct page *page = user;
    if (page->count == page->limit) {
        page->more = true;
        return false;
    }
    if (page->count++ > 0) an_text_puts(page->out, ",");
    an_api_seen_call_json(page->core, page->out, call, &page->to);
    page->last_us = call->time_us;
    page->last = call->token;
    return true;
}

/* What was done with the last days' calls: a page shows the newest alone. */
static enum an_err write_counts(struct an_api_core *core, struct an_db_session *session, an_number number,
                                struct an_text *out, struct an_error *error)
{
    uint64_t counts[AN_ACTION_COUNT], since_us = an_api_now_us(core) - COUNTED_DAYS * 86400ull * AN_US_PER_S;
    enum an_err err = an_call_touched(session, an_api_secret(core), number, since_us, counts, error);
    an_text_puts(out, ",\"counts\":{");
    an_text_json_pair_u64(out, "days", COUNTED_DAYS);
    for (int a = AN_ACTION_LABEL; a < AN_ACTION_COUNT; a++)
        an_text_json_pair_u64(out, an_action_name((enum an_action)a), counts[a]);
    an_text_puts(out, "}");
    return err;
}

static void calls(struct an_api_core *core, const struct an_api_request *request, struct an_api_response *response)
{
    struct an_db_session *session;
    struct an_call_list list = { 0 };
    struct page page = { .core = core, .out = &response->text, .to.reader = an_api_reader(request) };
    struct an_error error;
    char token[AN_TOKEN_TEXT_MAX];
    if (an_api_people_of(core, response) == NULL || !list_of(request, response, &list, &page.limit) ||
        !an_api_store(core, response, &session))
        return;
    if (an_api_person(core, request, response, session, "calls.look", &list.callee) &&
        an_api_level_of(core, response, session, list.callee, &page.to.level)) {
        an_text_puts(page.out, "{\"items\":[");
        enum an_err err = an_call_pages(session, an_api_secret(core), &list, write_one, &page, &error);
        an_text_puts(page.out, "]");
        if (err == AN_OK && list.before_us == 0) err = write_counts(core, session, list.callee, page.out, &error);
        if (page.more) {
            an_token_text(&page.last, token);
            an_text_printf(page.out, ",\"next\":\"%llu-%s\"", (unsigned long long)page.last_us, token);
        }
        an_text_puts(page.out, "}\n");
        if (err != AN_OK) an_api_store_failed(response, err, &error);
    }
    an_db_give(session);
}

/* ---- saying ---- */

/* The engine hears it as it hears POST /v1/events: the next call of that caller is judged by it. */
static bool tell_engine(struct an_api_core *core, struct an_api_response *response, const struct an_report *report)
{
    struct an_event_text event = {
        .kind = AN_OBS_REPORT,
        .time_us = report->time_us,
        .category = (enum an_category)report->category,
        .wanted = report->wanted,
        .token = report->token,
    };
    struct an_api_seat *seat = an_api_seat_take(core);
    struct an_vector *vector = &seat->vector;
    enum an_err err = an_event_fill(&vector->calls[0], seat->texts[0], AN_EVENT_TEXT_MAX, &event);
    if (err == AN_OK) {
        vector->count = 1;
        vector->now_us = an_api_now_us(core);
        vector->calls[0].transport = AN_TRANSPORT_HTTP;
        core->options.calls.run(seat->context, vector);
        err = (enum an_err)vector->calls[0].error;
    }
    an_api_seat_leave(seat);
    if (err == AN_OK) return true;
    an_api_error(response, 503, "the report can't be taken now; try again", NULL, -1);
    response->retry_s = 1;
    return false;
}

bool an_api_say(struct an_api_core *core, struct an_api_response *response, struct an_db_session *session,
                struct an_report *report)
{
    struct an_error error;
    bool fresh;
    /* First the engine: what is in the journal and not in the store is found by the follower after a crash. */
    an_people_reporting(core->options.people->people, &report->token);
    if (!tell_engine(core, response, report)) return false;
    enum an_err err = an_report_say(session, an_api_secret(core), report, false, &fresh, &error);
    if (err != AN_OK) an_api_store_failed(response, err, &error);
    return err == AN_OK;
}

void an_api_effect_json(struct an_text *out, struct an_api_core *core, bool wanted)
{
    static const char *const zh[] = { "标记", "转由助手接听", "拦截" };
    static const char *const en[] = { "labelled", "answered by the assistant", "blocked" };
    char text_zh[256], text_en[256];
    if (wanted) {
        an_api_pair_both(out, "effect", "从下一个来电起，该号码打给您时不再因您的举报受到处置。",
                         "From the next call on, nothing you said stands against this caller's calls to you.");
        return;
    }
    unsigned reported = an_people_reported(core->options.people->people);
    if (reported > AN_REPORTED_BLOCK) reported = AN_REPORTED_LABEL;
    snprintf(text_zh, sizeof text_zh,
             "从下一个来电起的60天内，该号码打给您时至少会被%s；对其他人，您一个人的举报几乎不起作用。", zh[reported]);
    snprintf(text_en, sizeof text_en,
             "From the next call on, for 60 days, this caller's calls to you are %s at least. For others one person's "
             "report counts next to nothing.",
             en[reported]);
    an_api_pair_both(out, "effect", text_zh, text_en);
}

/* {verdict, category?, words?} */
static bool word_of(const struct an_api_request *request, struct an_api_response *response, struct an_report *report)
{
    char verdict[16], category_name[24];
    enum an_category category = AN_CATEGORY_UNKNOWN;
    cJSON *json = an_api_json_body(request, response);
    if (json == NULL) return false;
    bool fine = an_api_json_text(json, "verdict", true, verdict, sizeof verdict, response) &&
                an_api_json_text(json, "category", false, category_name, sizeof category_name, response) &&
                an_api_json_text(json, "words", false, report->words, sizeof report->words, response);
    cJSON_Delete(json);
    if (!fine) return false;
    report->wanted = strcmp(verdict, "wanted") == 0;
    if (!report->wanted && strcmp(verdict, "unwanted") != 0) {
        an_api_refuse(response, 400, "invalid", "verdict has to be unwanted or wanted", "verdict");
        return false;
    }
    if (category_name[0] != '\0' && an_category_of(category_name, strlen(category_name), &category) != AN_OK) {
        an_api_refuse(response, 400, "invalid", "category is not known; \"loan\" or \"fraud\" are", "category");
        return false;
    }
    report->category = (uint8_t)category;
    return true;
}

/* The call of the path, if it is this person's. */
static bool own_call(struct an_api_core *core, const struct an_api_request *request, struct an_api_response *response,
                     struct an_db_session *session, an_number number, struct an_seen_call *ret_call)
{
    struct an_token token;
    uint8_t key[AN_NUMBER_KEY_BYTES];
    if (!an_api_token_of(request->params[1], &token, response) ||
        !an_api_seen_call(core, response, session, &token, ret_call))
        return false;
    an_secret_key_of_number(an_api_secret(core), number, key);
    if (memcmp(key, ret_call->callee_key, sizeof key) == 0) return true;
    an_api_refuse(response, 404, "not_found", "no such call here; it may be older than calls are kept", NULL);
    return false;
}

static void say_of(struct an_api_core *core, const struct an_api_request *request, struct an_api_response *response,
                   struct an_db_session *session, struct an_report *report)
{
    struct an_seen_call call;
    char of[AN_NUMBER_TEXT_MAX];
    struct an_slice limited = { of, 0 };
    if (!an_api_person(core, request, response, session, "call.say", &report->reporter)) return;
    limited.len = an_number_text(report->reporter, of);
    if (!own_call(core, request, response, session, report->reporter, &call) ||
        !an_api_limit(core, response, AN_LIMITED_REPORT, limited))
        return;
    report->token = call.token;
    report->caller = call.caller;
    report->campaign = call.campaign;
    report->time_us = an_api_now_us(core);
    if (report->category == AN_CATEGORY_UNKNOWN && !report->wanted) {
        report->category = (uint8_t)an_wording_category(an_slice_of(report->words));
        if (report->category == AN_CATEGORY_UNKNOWN) report->category = call.category;
    }
    if (!an_api_say(core, response, session, report)) return;
    an_text_puts(&response->text, "{\"report\":");
    an_api_report_json(&response->text, report, core->options.utc_offset_s, false);
    an_api_effect_json(&response->text, core, report->wanted);
    an_text_puts(&response->text, "}\n");
}

static void say(struct an_api_core *core, const struct an_api_request *request, struct an_api_response *response)
{
    struct an_db_session *session;
    struct an_report report = { .way = AN_REPORT_BY_TAP };
    if (an_api_people_of(core, response) == NULL || !word_of(request, response, &report)) return;
    if (!an_api_store(core, response, &session)) return;
    say_of(core, request, response, session, &report);
    an_db_give(session);
}

const struct an_api_route an_api_routes_calls_seen[] = {
    { "GET", "/v1/subscribers/{who}/calls", AN_METRIC_HTTP_PEOPLE, AN_BODY_NONE, WHO, AN_SCOPE_SUBSCRIBERS, calls },
    { "POST", "/v1/subscribers/{who}/calls/{token}/say", AN_METRIC_HTTP_PEOPLE, AN_BODY_JSON, WHO, AN_SCOPE_SUBSCRIBERS,
      say },
    { 0 },
};
