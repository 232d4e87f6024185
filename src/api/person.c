#include "api/person.h"

#include <stdio.h>
#include <string.h>

#include "api/accounts.h"
#include "case/audio.h"
#include "decide/decide.h"
#include "journal/reader.h"
#include "model/record.h"
#include "score/symbols.h"
#include "store/audit.h"

bool an_api_number_of(struct an_slice text, an_number *ret_number)
{
    an_number number;
    if (text.len < 2 || text.at[0] != '+' || an_number_of_text(text.at, text.len, &number) != AN_OK) return false;
    if (!an_number_is_e164(number)) return false;
    *ret_number = number;
    return true;
}

static bool nobody(struct an_api_response *response)
{
    an_api_refuse(response, 404, "not_found", "no such person here", NULL);
    return false;
}

bool an_api_person(struct an_api_core *core, const struct an_api_request *request, struct an_api_response *response,
                   struct an_db_session *session, const char *act, an_number *ret_number)
{
    const struct an_api_who *who = request->who;
    an_number number;
    bool desk = (who->role & AN_ROLE_DESK) != 0 || (who->role == AN_ROLE_KEY && (who->scopes & AN_SCOPE_SUBSCRIBERS));
    if (an_slice_equal(request->params[0], AN_SLICE("me"))) {
        if (!an_number_is_e164(who->number)) return nobody(response);
        *ret_number = who->number;
        return true;
    }
    if (!an_api_number_of(request->params[0], &number)) return nobody(response);
    if (number != who->number) {
        if (!desk) return nobody(response);
        if (!an_api_audit(core, request, response, session, act, NULL, NULL, number)) return false;
    }
    *ret_number = number;
    return true;
}

const struct an_api_people *an_api_people_of(struct an_api_core *core, struct an_api_response *response)
{
    const struct an_api_people *people = core->options.people;
    if (people != NULL && people->people != NULL) return people;
    an_api_refuse(response, 503, "unavailable", "subscribers are not served here", NULL);
    return NULL;
}

void an_api_refuse_case(struct an_api_response *response, enum an_err err, const struct an_error *error)
{
    struct an_api_refusal refusal;
    if (err == AN_ERR_NO_MEMORY) {
        an_api_error(response, 500, "out of memory", NULL, -1);
        return;
    }
    an_api_refusal_of(error->text, &refusal);
    an_api_refuse(response, 400, err == AN_ERR_LIMIT ? "limit" : "invalid", refusal.message, refusal.field);
}

bool an_api_token_of(struct an_slice text, struct an_token *ret_token, struct an_api_response *response)
{
    if (an_token_of_text(text.at, text.len, ret_token) == AN_OK) return true;
    an_api_refuse(response, 404, "not_found", "no such call here", NULL);
    return false;
}

bool an_api_known_call(struct an_api_core *core, struct an_db_session *session, const struct an_token *token,
                       struct an_seen_call *ret_call)
{
    return an_call_find(session, an_api_secret(core), token, ret_call, NULL) == AN_OK ||
           an_people_find_call(core->options.people->people, token, ret_call) == AN_OK;
}

bool an_api_seen_call(struct an_api_core *core, struct an_api_response *response, struct an_db_session *session,
                      const struct an_token *token, struct an_seen_call *ret_call)
{
    struct an_error error;
    enum an_err err = an_call_find(session, an_api_secret(core), token, ret_call, &error);
    if (err == AN_ERR_NOT_FOUND) {
        err = an_people_find_call(core->options.people->people, token, ret_call);
        if (err == AN_OK) an_secret_key_of_number(an_api_secret(core), ret_call->callee, ret_call->callee_key);
    }
    if (err == AN_ERR_NOT_FOUND)
        an_api_refuse(response, 404, "not_found", "no such call here; it may be older than calls are kept", NULL);
    else if (err != AN_OK)
        an_api_store_failed(response, err, &error);
    return err == AN_OK;
}

/* ---- writing ---- */

void an_api_pair_time(struct an_text *out, const char *name, uint64_t time_us, int32_t utc_offset_s)
{
    char text[32];
    an_case_time_text(time_us, utc_offset_s, text);
    an_text_json_pair(out, name, text);
}

void an_api_pair_number(struct an_text *out, const char *name, an_number number)
{
    char text[AN_NUMBER_TEXT_MAX];
    an_number_text(number, text);
    an_text_json_pair(out, name, an_number_is_e164(number) ? text : NULL);
}

void an_api_pair_token(struct an_text *out, const char *name, const struct an_token *token)
{
    char text[AN_TOKEN_TEXT_MAX];
    an_token_text(token, text);
    an_text_json_pair(out, name, text);
}

void an_api_pair_both(struct an_text *out, const char *name, const char *zh, const char *en)
{
    an_text_json_key(out, name);
    an_text_puts(out, "{");
    an_text_json_pair(out, "zh", zh);
    an_text_json_pair(out, "en", en);
    an_text_puts(out, "}");
}

/* What people called have set or said of single callers; nobody else's business. */
static const uint32_t personal = AN_RULE_CALLEE_DENIES | AN_RULE_CALLEE_REPORTED | AN_RULE_OPTED_OUT | AN_RULE_CONTACT |
                                 AN_RULE_BLOCKED | AN_RULE_EXPECTED | AN_RULE_RANGE | AN_RULE_HOURS | AN_RULE_REGION |
                                 AN_RULE_CATEGORY | AN_RULE_RELATION | AN_RULE_AFTER_EMERGENCY;
uint32_t an_api_personal_rules(void)
{
    return personal;
}

enum an_reader an_api_reader(const struct an_api_request *request)
{
    return request->who != NULL && (request->who->role & AN_ROLE_DESK) != 0 ? AN_READER_DESK : AN_READER_CALLED;
}

/* Symbols and causes together, as they come: each is strongest first. */
static size_t desk_reasons(const struct an_seen_call *call, struct an_reason *ret, int *ret_features,
                           size_t *ret_causes)
{
    size_t count = 0;
    for (unsigned i = 0; i < call->cause_count; i++) {
        const struct an_verdict_cause *cause = &call->causes[i];
        if (cause->feature >= AN_FEATURE_COUNT) continue;
        const struct an_feature_info *info = &an_feature_info[cause->feature];
        ret_features[count] = cause->feature;
        ret[count++] = (struct an_reason) { info->name, info->zh, info->en, (float)cause->weight / 100 };
    }
    *ret_causes = count;
    for (unsigned i = 0; i < call->symbol_count; i++) {
        struct an_symbol_text text = an_symbol_text(call->symbols[i].id);
        bool known = call->symbols[i].id < AN_SYMBOL_COUNT;
        ret_features[count] = known ? an_symbol_info[call->symbols[i].id].feature : -1;
        ret[count++] = (struct an_reason) { text.name, text.zh, text.en, (float)call->symbols[i].weight / 100 };
    }
    return count;
}

/* A learned model's causes first: a symbol says what it made of the same feature. */
static size_t plain_reasons(const struct an_seen_call *call, enum an_reader reader, bool unwanted,
                            struct an_reason *ret)
{
    struct an_plain_part parts[AN_VERDICT_SYMBOLS_MAX + AN_VERDICT_CAUSES_MAX];
    size_t count = 0;
    for (unsigned i = 0; i < call->cause_count; i++)
        if (call->causes[i].feature < AN_FEATURE_COUNT)
            parts[count++] = (struct an_plain_part) { call->causes[i].feature, call->causes[i].weight };
    for (unsigned i = 0; i < call->symbol_count; i++)
        if (call->symbols[i].id < AN_SYMBOL_COUNT)
            parts[count++] =
                (struct an_plain_part) { an_symbol_info[call->symbols[i].id].feature, call->symbols[i].weight };
    return an_plain_reasons(parts, count, reader, unwanted, ret);
}

/* What decided and what spoke, as one reader is told. */
struct told {
    const struct an_rule_text *rule; /* NULL: the score decided */
    bool hidden;                     /* the caller is not told which of the person's settings it was */
    char zh[AN_RULE_SENTENCE_MAX], en[AN_RULE_SENTENCE_MAX];
    int features[AN_PLAIN_MAX];                        /* behind each of the desk's reasons; -1: none */
    struct an_reason reasons[AN_PLAIN_MAX], unblocked; /* unblocked.name NULL: nothing to be said */
    struct an_sentence unblocked_text;
    size_t count, causes; /* of the reasons, those at the head that are names of a learned model's features */
};

static void tell_rule(const struct an_api_core *core, const struct an_seen_call *call, enum an_reader reader,
                      struct told *told)
{
    const struct an_verdict verdict = { .action = call->action,
                                        .category = call->category,
                                        .rules = call->rules,
                                        .chosen = call->chosen,
                                        .probability = call->probability };
    told->rule = an_plain_decided(&verdict, an_people_reported(core->options.people->people));
    told->hidden = false;
    if (told->rule == NULL) return;
    if (reader == AN_READER_CALLER && told->rule->rule == AN_RULE_HOSTILE) { /* nothing of what is expected */
        told->rule = NULL;
        return;
    }
    told->hidden = reader == AN_READER_CALLER && (told->rule->rule & personal) != 0;
    const struct an_rule_text *text = an_plain_rule(told->rule, reader);
    an_rule_sentence(text, &verdict, true, told->zh, sizeof told->zh);
    an_rule_sentence(text, &verdict, false, told->en, sizeof told->en);
}

/* Passed by the dice alone: the costs would have touched it. */
static bool explored(const struct an_policy *policy, const struct an_seen_call *call, uint8_t level)
{
    const struct an_grounds grounds = { call->probability, call->rules & ~(uint32_t)AN_RULE_EXPLORE, call->chosen,
                                        level, call->category };
    return (call->rules & AN_RULE_EXPLORE) != 0 && an_decide_action(policy, &grounds) != AN_ACTION_ALLOW;
}

static void tell_explored(const struct an_api_core *core, const struct an_seen_call *call,
                          const struct an_api_told_to *to, struct told *told)
{
    struct an_policy policy;
    if (call->action != AN_ACTION_ALLOW || told->rule != NULL) return;
    an_people_policy(core->options.people->people, &policy);
    if (!explored(&policy, call, to->level < AN_LEVEL_COUNT ? to->level : (uint8_t)policy.level)) return;
    for (int i = 0; i < AN_RULE_TEXTS; i++)
        if (an_rule_texts[i].rule == AN_RULE_EXPLORE) told->rule = &an_rule_texts[i];
    const struct an_rule_text *text = an_plain_rule(told->rule, to->reader);
    snprintf(told->zh, sizeof told->zh, "%s", text->zh);
    snprintf(told->en, sizeof told->en, "%s", text->en);
}

/* From 0.9 on people ask why it rang at all. */
static const float almost_sure = 0.9f;

/* The least probability that blocks on these grounds; above 1: none does. */
static float blocks_from(const struct an_policy *policy, struct an_grounds grounds)
{
    float low = grounds.probability, high = 1;
    grounds.probability = high;
    if (an_decide_action(policy, &grounds) != AN_ACTION_BLOCK) return 2;
    for (int i = 0; i < 30; i++) {
        grounds.probability = (low + high) / 2;
        if (an_decide_action(policy, &grounds) == AN_ACTION_BLOCK)
            high = grounds.probability;
        else
            low = grounds.probability;
    }
    return high;
}

/* By the decision itself: on the call's grounds, each time without one thing that was in the way. Where the costs or
 * the level have changed since and it would be blocked now, nothing is said. */
static enum an_unblocked unblocked(const struct an_policy *policy, const struct an_grounds *is, float *ret_from)
{
    struct an_policy blocking = *policy;
    struct an_grounds sure = *is, alone = *is;
    blocking.block = true;
    sure.probability = 1;
    sure.rules |= AN_RULE_OWN_EVIDENCE;
    alone.rules &= ~(uint32_t)AN_RULE_EXPECTED;
    if (an_decide_action(policy, is) == AN_ACTION_BLOCK || an_decide_action(&blocking, &sure) != AN_ACTION_BLOCK)
        return AN_UNBLOCKED_NOT;
    if (!policy->block) return AN_UNBLOCKED_HERE;
    if (an_decide_action(policy, &alone) == AN_ACTION_BLOCK) return AN_UNBLOCKED_EXPECTING;
    sure.probability = is->probability;
    if (an_decide_action(policy, &sure) == AN_ACTION_BLOCK) return AN_UNBLOCKED_OTHERS;
    *ret_from = blocks_from(policy, sure);
    if (*ret_from > 1) return AN_UNBLOCKED_NOT;
    bool dearer = (is->rules & (AN_RULE_EXPECTED | AN_RULE_HOSTILE)) == AN_RULE_EXPECTED;
    return dearer ? AN_UNBLOCKED_DEARER : AN_UNBLOCKED_UNSURE;
}

/* The caller is not told: it would be advice on how to stay below. */
static void tell_unblocked(const struct an_api_core *core, const struct an_seen_call *call,
                           const struct an_api_told_to *to, struct told *told)
{
    struct an_policy policy;
    float from = 0;
    told->unblocked.name = NULL;
    if (to->reader == AN_READER_CALLER || call->probability < almost_sure ||
        (call->action != AN_ACTION_LABEL && call->action != AN_ACTION_SCREEN))
        return;
    an_people_policy(core->options.people->people, &policy);
    const uint8_t level = to->level < AN_LEVEL_COUNT ? to->level : (uint8_t)policy.level;
    const struct an_grounds is = { call->probability, call->rules, call->chosen, level, call->category };
    bool by_level = told->rule == NULL || told->rule->rule != AN_RULE_CATEGORY;
    enum an_unblocked why = unblocked(&policy, &is, &from);
    an_plain_unblocked(why, to->reader, by_level ? (enum an_level)level : AN_LEVEL_COUNT, call->probability, from,
                       &told->unblocked_text, &told->unblocked);
}

static void tell(const struct an_api_core *core, const struct an_seen_call *call, const struct an_api_told_to *to,
                 struct told *told)
{
    enum an_reader reader = to->reader;
    tell_rule(core, call, reader, told);
    tell_explored(core, call, to, told);
    tell_unblocked(core, call, to, told);
    bool unwanted = call->action != AN_ACTION_ALLOW && told->rule == NULL;
    told->causes = 0;
    told->count = reader == AN_READER_DESK ? desk_reasons(call, told->reasons, told->features, &told->causes)
                                           : plain_reasons(call, reader, unwanted, told->reasons);
}

static void open_reason(struct an_text *out, const struct an_reason *reason, bool first)
{
    an_text_puts(out, first ? "{" : ",{");
    an_text_json_pair(out, "name", reason->name);
    an_text_json_pair(out, "zh", reason->zh);
    an_text_json_pair(out, "en", reason->en);
    an_text_json_key(out, "weight");
    an_text_json_number(out, (double)reason->weight, 2);
}

static void reason_json(struct an_text *out, const struct an_reason *reason, bool first)
{
    open_reason(out, reason, first);
    an_text_puts(out, "}");
}

/* What was measured, as on the call's page; features NULL: not to be had. */
static void valued_json(struct an_text *out, const struct an_reason *reason, int feature, const an_mini *features,
                        bool first)
{
    open_reason(out, reason, first);
    if (features != NULL && feature >= 0 && feature < AN_FEATURE_COUNT) {
        an_text_json_key(out, "value");
        an_text_json_number(out, (double)an_mini_float(features[feature]), 5);
        an_text_json_pair(out, "unit", an_feature_info[feature].unit);
    }
    an_text_puts(out, "}");
}

/* Out of this door's journal. */
static bool features_of(const struct an_api_core *core, const struct an_token *token, an_mini ret[AN_FEATURE_COUNT])
{
    uint8_t payload[AN_RECORD_VERDICT_MAX];
    struct an_record record;
    const char *dir = core->options.people->data_dir;
    if (dir == NULL || an_journal_find_verdict(dir, token, payload, NULL, &record) != AN_OK ||
        record.feature_count != AN_FEATURE_COUNT)
        return false;
    memcpy(ret, record.verdict.features, sizeof record.verdict.features);
    return true;
}

/* First what decided, last why no more was done; of these two the weight is 0. */
static void reasons_json(struct an_text *out, const struct told *told, const an_mini *features)
{
    bool first = told->rule == NULL;
    an_text_json_key(out, "reasons");
    an_text_puts(out, "[");
    if (told->hidden)
        reason_json(out,
                    &(struct an_reason) { "callee", "被叫用户自己的设置决定了对这个来电的处理。",
                                          "A setting of the person called decided on this call.", 0 },
                    true);
    else if (told->rule != NULL)
        reason_json(out, &(struct an_reason) { told->rule->name, told->zh, told->en, 0 }, true);
    for (size_t i = 0; i < told->count; i++, first = false)
        valued_json(out, &told->reasons[i], features == NULL ? -1 : told->features[i], features, first);
    if (told->unblocked.name != NULL) reason_json(out, &told->unblocked, first);
    an_text_puts(out, "]");
}

void an_api_reasons_json(const struct an_api_core *core, struct an_text *out, const struct an_seen_call *call,
                         enum an_reader reader)
{
    struct told told;
    const struct an_api_told_to to = { reader, AN_LEVEL_COUNT };
    tell(core, call, &to, &told);
    told.unblocked.name = NULL; /* nobody's list of calls: at whose level is not known */
    an_mini features[AN_FEATURE_COUNT];
    bool valued = reader == AN_READER_DESK && features_of(core, &call->token, features);
    reasons_json(out, &told, valued ? features : NULL);
}

/* Symbols' texts and the plain ones are sentences of their own; a learned model's features are not. */
static void sentence_json(struct an_text *out, const struct an_seen_call *call, const struct told *told)
{
    struct an_sentence sentence;
    struct an_sentence_call said = { .action = call->action,
                                     .category = call->category,
                                     .probability = call->probability,
                                     .reasons = told->reasons + told->causes,
                                     .reason_count = told->count - told->causes };
    if (told->rule != NULL) {
        said.rule_zh = told->zh;
        said.rule_en = told->en;
    }
    an_sentence_of(&said, &sentence);
    an_api_pair_both(out, "sentence", sentence.zh, sentence.en);
}

void an_api_seen_call_json(const struct an_api_core *core, struct an_text *out, const struct an_seen_call *call,
                           const struct an_api_told_to *to)
{
    char region[8] = "", id[AN_DB_ID_TEXT_MAX];
    if (call->region < 100) snprintf(region, sizeof region, "%02u", call->region);
    an_text_puts(out, "{");
    an_api_pair_token(out, "token", &call->token);
    an_api_pair_time(out, "time", call->time_us, core->options.utc_offset_s);
    an_api_pair_number(out, "caller", call->caller);
    an_text_json_key(out, "display");
    an_text_json(out, an_slice_of(call->display));
    an_text_json_pair(out, "region", region[0] == '\0' ? NULL : region);
    an_text_json_pair(out, "operator",
                      call->op == AN_OPERATOR_NONE ? NULL : an_operator_name((enum an_operator)call->op));
    an_text_json_pair(out, "action", an_action_name((enum an_action)call->action));
    an_text_json_pair(out, "category", an_category_name((enum an_category)call->category));
    an_text_json_key(out, "probability");
    an_text_json_number(out, (double)call->probability, 4);
    struct told told;
    struct an_sentence certainty;
    an_certainty_of(call->probability, &certainty);
    an_api_pair_both(out, "certainty", certainty.zh, certainty.en);
    tell(core, call, to, &told);
    sentence_json(out, call, &told);
    reasons_json(out, &told, NULL);
    if (call->campaign != 0)
        an_text_json_pair_u64(out, "campaign", call->campaign);
    else
        an_text_json_pair(out, "campaign", NULL);
    an_text_json_pair(out, "said", call->report == 0 ? NULL : call->said_wanted ? "wanted" : "unwanted");
    an_text_json_pair(out, "report", call->report == 0 ? NULL : an_db_id_text(call->report, id));
    an_text_puts(out, "}");
}

void an_api_report_json(struct an_text *out, const struct an_report *report, int32_t utc_offset_s, bool open)
{
    char id[AN_DB_ID_TEXT_MAX], number[AN_REPORT_NUMBER_MAX];
    an_report_number(report, number);
    an_text_puts(out, "{");
    an_text_json_pair(out, "id", an_db_id_text(report->id, id));
    an_text_json_pair(out, "number", number);
    an_api_pair_time(out, "time", report->time_us, utc_offset_s);
    an_text_json_pair(out, "state", an_report_state_name((enum an_report_state)report->state));
    an_text_json_pair(out, "verdict", report->wanted ? "wanted" : "unwanted");
    an_text_json_pair(out, "category", an_category_name((enum an_category)report->category));
    an_text_json_key(out, "words");
    an_text_json(out, an_slice_of(report->words));
    an_text_json_pair(out, "way", an_report_way_name((enum an_report_way)report->way));
    an_api_pair_token(out, "token", &report->token);
    if (report->campaign != 0) an_text_json_pair_u64(out, "campaign", report->campaign);
    an_text_json_key(out, "recording");
    if (report->recording.kind != 0) {
        char link[64];
        snprintf(link, sizeof link, "/v1/reports/%s/recording", id);
        an_text_puts(out, "{");
        an_text_json_pair(out, "type", an_audio_type((enum an_audio)report->recording.kind));
        an_text_json_pair_u64(out, "bytes", report->recording.bytes);
        an_api_pair_time(out, "time", report->recording.time_us, utc_offset_s);
        an_text_json_pair(out, "link", link);
        an_text_puts(out, "}");
    } else {
        an_text_puts(out, "null");
    }
    if (!open) an_text_puts(out, "}");
}

bool an_api_code_by(const cJSON *json, struct an_api_response *response, bool *ret_spoken)
{
    char by[8];
    if (!an_api_json_text(json, "by", false, by, sizeof by, response)) return false;
    *ret_spoken = strcmp(by, "call") == 0;
    if (*ret_spoken || by[0] == '\0' || strcmp(by, "text") == 0) return true;
    an_api_refuse(response, 400, "invalid", "by has to be text or call", "by");
    return false;
}

bool an_api_code_can(const struct an_api_people *people, struct an_api_response *response)
{
    struct an_error error;
    enum an_err err = an_texts_ready(people->texts, &error);
    if (err == AN_OK) return true;
    if (err == AN_ERR_UNSUPPORTED)
        an_api_no_gateway(response);
    else
        an_api_refuse(response, 503, "unavailable", error.text, NULL);
    return false;
}

enum an_err an_api_code_out(const struct an_api_people *people, an_number to, bool spoken, const char *zh,
                            const char *en, const char *code, struct an_error *error)
{
    char text[256], spelt[32];
    an_texts_spell(code, spelt, sizeof spelt);
    if (spoken)
        snprintf(text, sizeof text, "您的%s验证码是：%s。再说一遍：%s。Your code for %s is %s.", zh, spelt, spelt, en,
                 spelt);
    else
        snprintf(text, sizeof text, "%s验证码 %s，10分钟内有效。Your code for %s is %s, valid for 10 minutes.", zh,
                 code, en, code);
    return an_texts_send(people->texts, to, spoken, text, error);
}
