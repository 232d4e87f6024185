/* Routes of the desk and the authority, and what their handlers share. */
#include "api/desk.h"

#include <stdio.h>
#include <stdlib.h>

#include "api/record_json.h"
#include "base/clock.h"
#include "case/plain.h"
#include "parse/event_time.h"

enum {
    READS = AN_ROLE_DESK,
    ACTS = AN_ROLE_OPERATOR | AN_ROLE_ADMIN,
    JUDGES = AN_ROLE_AUTHORITY | AN_ROLE_ADMIN,
};
#define DESK AN_METRIC_HTTP_DESK

/* clang-format off */
const struct an_api_route an_api_routes_desk[] = {
    { "GET", "/v1/live", DESK, AN_BODY_NONE, READS, AN_SCOPE_DESK, an_desk_live },
    { "GET", "/v1/stats", DESK, AN_BODY_NONE, READS | AN_ROLE_AUTHORITY, AN_SCOPE_DESK, an_desk_stats },
    /* The machine's token too: without the store nobody else is known, and then one wants to know. */
    { "GET", "/v1/health", DESK, AN_BODY_NONE, READS | AN_ROLE_AUDITOR | AN_ROLE_MACHINE, AN_SCOPE_DESK,
      an_desk_health },
    { "GET", "/v1/models", DESK, AN_BODY_NONE, READS, AN_SCOPE_DESK, an_desk_models },
    { "GET", "/v1/search", DESK, AN_BODY_NONE, READS, 0, an_desk_search },
    { "GET", "/v1/numbers/{number}", DESK, AN_BODY_NONE, READS, 0, an_desk_number_page },
    { "GET", "/v1/trunks", DESK, AN_BODY_NONE, READS, AN_SCOPE_DESK, an_desk_trunks },
    { "GET", "/v1/trunks/{name}", DESK, AN_BODY_NONE, READS, AN_SCOPE_DESK, an_desk_trunk },
    { "GET", "/v1/campaigns/{id}/timeline", DESK, AN_BODY_NONE, READS, AN_SCOPE_DESK, an_desk_timeline },
    { "GET", "/v1/campaigns/{id}/lineage", DESK, AN_BODY_NONE, READS, AN_SCOPE_DESK, an_desk_lineage },
    { "GET", "/v1/campaigns/{id}/similar", DESK, AN_BODY_NONE, READS, AN_SCOPE_DESK, an_desk_similar },
    { "POST", "/v1/campaigns/{id}/name", DESK, AN_BODY_JSON, ACTS, 0, an_desk_say_name },
    { "POST", "/v1/campaigns/{id}/confirm", DESK, AN_BODY_JSON, ACTS, 0, an_desk_say_confirm },
    { "POST", "/v1/campaigns/{id}/split", DESK, AN_BODY_JSON, ACTS, 0, an_desk_say_split },
    { "POST", "/v1/campaigns/{id}/merge", DESK, AN_BODY_JSON, ACTS, 0, an_desk_say_merge },
    { "POST", "/v1/dryrun", DESK, AN_BODY_JSON, ACTS, 0, an_desk_dryrun },
    { "GET", "/v1/dryrun/{id}", DESK, AN_BODY_NONE, ACTS, 0, an_desk_dryrun_get },
    { "GET", "/v1/review", DESK, AN_BODY_NONE, READS, 0, an_desk_reviews },
    { "POST", "/v1/review/{token}", DESK, AN_BODY_JSON, ACTS, 0, an_desk_review },
    { "GET", "/v1/statistics", DESK, AN_BODY_NONE, JUDGES, AN_SCOPE_AUTHORITY, an_desk_statistics },
    { "GET", "/v1/statistics.csv", DESK, AN_BODY_NONE, JUDGES, AN_SCOPE_AUTHORITY, an_desk_statistics_csv },
    { "GET", "/v1/statistics.xlsx", DESK, AN_BODY_NONE, JUDGES, AN_SCOPE_AUTHORITY, an_desk_statistics_xlsx },
    { "GET", "/v1/cases", DESK, AN_BODY_NONE, JUDGES, AN_SCOPE_AUTHORITY, an_desk_cases },
    { "GET", "/v1/cases.csv", DESK, AN_BODY_NONE, JUDGES, AN_SCOPE_AUTHORITY, an_desk_cases_csv },
    { "GET", "/v1/cases.xlsx", DESK, AN_BODY_NONE, JUDGES, AN_SCOPE_AUTHORITY, an_desk_cases_xlsx },
    { "GET", "/v1/cases/{id}", DESK, AN_BODY_NONE, JUDGES, AN_SCOPE_AUTHORITY, an_desk_case },
    { "PATCH", "/v1/cases/{id}", DESK, AN_BODY_JSON, JUDGES, 0, an_desk_case_change },
    { .method = NULL },
};
/* clang-format on */

const struct an_api_desk *an_desk(const struct an_api_core *core, struct an_api_response *response)
{
    const struct an_api_desk *desk = core->options.desk;
    if (desk != NULL && desk->live != NULL) return desk;
    an_api_refuse(response, 501, "off", "this door keeps no journal, so there is nothing to look at", NULL);
    return NULL;
}

bool an_desk_masks(const struct an_api_request *request)
{
    return (request->who->role & ACTS) == 0;
}

bool an_desk_audit(struct an_api_core *core, const struct an_api_request *request, struct an_api_response *response,
                   const char *act, const char *object, an_number about)
{
    struct an_db_session *session;
    if (core->options.store == NULL) return true;
    if (!an_api_store(core, response, &session)) return false;
    bool fine = an_api_audit(core, request, response, session, act, object, NULL, about);
    an_db_give(session);
    return fine;
}

bool an_desk_time(const struct an_api_core *core, const struct an_api_request *request,
                  struct an_api_response *response, const char *name, uint64_t fallback_us, uint64_t *ret_us)
{
    char text[48];
    *ret_us = fallback_us;
    if (!an_api_query(request, name, text, sizeof text)) return true;
    for (char *at = text; *at != '\0'; at++)
        if (*at == ' ') *at = '+'; /* of an offset, as it comes out of an address */
    if (an_time_parse(an_slice_of(text), AN_TIME_AUTO, core->options.utc_offset_s, ret_us) == AN_OK) return true;
    an_api_error(response, 400, "times are 2026-11-22T03:14:05Z, or seconds since 1970", name, -1);
    return false;
}

void an_desk_put_time(struct an_text *out, const char *name, uint64_t time_us)
{
    char text[32];
    if (time_us != 0) an_api_time_text(time_us, text);
    an_text_json_pair(out, name, time_us == 0 ? NULL : text);
}

void an_desk_put_changes(struct an_text *out, const char *name, const struct an_changes *changes)
{
    char key[32];
    an_text_json_key(out, name);
    an_text_puts(out, "{");
    for (int b = 0; b < AN_ACTION_COUNT; b++)
        for (int a = 0; a < AN_ACTION_COUNT; a++) {
            if (a == b || changes->n[b][a] == 0) continue;
            snprintf(key, sizeof key, "%s>%s", an_action_name((enum an_action)b), an_action_name((enum an_action)a));
            an_text_json_pair_u64(out, key, changes->n[b][a]);
        }
    an_text_puts(out, "}");
}

/* What decides under the settings that are tried: a rule, or the score and whose calls it rests on. */
static void put_why(struct an_text *out, const struct an_dryrun_example *e)
{
    char zh[AN_RULE_SENTENCE_MAX], en[AN_RULE_SENTENCE_MAX];
    const struct an_verdict verdict = { .action = e->after,
                                        .category = e->category,
                                        .rules = e->rules,
                                        .chosen = e->chosen,
                                        .probability = e->probability };
    const struct an_rule_text *rule = an_plain_decided(&verdict, AN_REPORTED_BLOCK);
    bool own = (e->rules & AN_RULE_OWN_EVIDENCE) != 0;
    double percent = (double)e->probability * 100;
    if (percent > 99.99) percent = 99.99; /* nothing is ever quite sure */
    if (rule != NULL) {
        an_rule_sentence(rule, &verdict, true, zh, sizeof zh);
        an_rule_sentence(rule, &verdict, false, en, sizeof en);
    } else {
        snprintf(zh, sizeof zh,
                 own ? "按评分：%.2f%%，该号码或线路自身的来电构成证据。" : "按评分：%.2f%%，依据来自相似的其他来电。",
                 percent);
        snprintf(en, sizeof en,
                 own ? "By the score: %.2f%%, and the calls of this number or line itself speak against it."
                     : "By the score: %.2f%%, from other, similar calls.",
                 percent);
    }
    an_text_json_key(out, "why");
    an_text_puts(out, "{");
    an_text_json_pair(out, "zh", zh);
    an_text_json_pair(out, "en", en);
    an_text_puts(out, "}");
}

void an_desk_put_examples(struct an_text *out, const struct an_dryrun_example *examples, uint32_t count, bool masked)
{
    char token[AN_TOKEN_TEXT_MAX], number[AN_NUMBER_TEXT_MAX];
    an_text_json_key(out, "examples");
    an_text_puts(out, "[");
    for (uint32_t i = 0; i < count; i++) {
        const struct an_dryrun_example *e = &examples[i];
        an_text_puts(out, i == 0 ? "{" : ",{");
        an_token_text(&e->token, token);
        an_text_json_pair(out, "token", token);
        an_desk_put_time(out, "time", e->time_us);
        if (masked)
            an_number_masked(e->caller, number);
        else
            an_number_text(e->caller, number);
        an_text_json_pair(out, "caller", number);
        an_number_masked(e->callee, number);
        an_text_json_pair(out, "callee", number);
        an_text_json_pair(out, "before", an_action_name((enum an_action)e->before));
        an_text_json_pair(out, "after", an_action_name((enum an_action)e->after));
        an_text_json_pair(out, "category", an_category_name((enum an_category)e->category));
        an_text_json_key(out, "score");
        an_text_json_number(out, (double)e->probability, 4);
        put_why(out, e);
        an_text_puts(out, "}");
    }
    an_text_puts(out, "]");
}

void an_desk_put_hours(struct an_text *out, const struct an_live_hours *hours)
{
    an_text_json_key(out, "hours");
    an_text_puts(out, "[");
    for (uint32_t i = 0; i < AN_LIVE_HOURS; i++) {
        an_text_puts(out, i == 0 ? "{" : ",{");
        an_desk_put_time(out, "time", hours->begin_us + i * 3600 * AN_US_PER_S);
        an_text_json_pair_u64(out, "calls", hours->hours[i].calls);
        an_text_json_pair_u64(out, "touched", hours->hours[i].touched);
        an_text_puts(out, "}");
    }
    an_text_puts(out, "]");
}

bool an_desk_number(const struct an_api_request *request, struct an_api_response *response, struct an_slice text,
                    an_number *ret_number)
{
    (void)request;
    uint64_t value;
    if (text.len > 0 && (text.at[0] == '+' || text.at[0] == ' ')) text.at++, text.len--; /* + comes as a blank in ? */
    if (text.len >= 3 && an_slice_u64(text, AN_NUMBER_E164_MAX, &value) == AN_OK && text.at[0] != '0') {
        *ret_number = text.len == 11 && text.at[0] == '1' ? 8600000000000ull + value : value; /* a Chinese mobile */
        return true;
    }
    an_api_error(response, 400, "numbers are written +8613800138000", "number", -1);
    return false;
}
