/* Reports with their history and proof; a person's data: shown, taken along, erased; who looked. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/person.h"
#include "base/clock.h"
#include "journal/prove.h"
#include "store/audit.h"

enum { WHO = AN_ROLE_SIGNED_IN & ~(AN_ROLE_AUDITOR | AN_ROLE_AUTHORITY), EXPORT_MAX = 20000, LOOKS_MAX = 1000 };
enum { EXPORT_BYTES = 16 << 20 }; /* of a file to take along, and its last row: the next begins there */

/* ---- proof ---- */

static void hex_pair(struct an_text *out, const char *name, const uint8_t *bytes, size_t len)
{
    char text[2 * AN_CHAIN + 1] = "";
    for (size_t i = 0; i < len && i < AN_CHAIN; i++) snprintf(text + 2 * i, 3, "%02x", bytes[i]);
    an_text_json_pair(out, name, text);
}

static void proof_json(struct an_text *out, const struct an_journal_place *place, const struct an_journal_proof *proof)
{
    an_text_puts(out, "{");
    hex_pair(out, "journal", place->journal, sizeof place->journal);
    an_text_json_pair_u64(out, "worker", place->worker);
    an_text_json_pair_u64(out, "segment", place->segment);
    an_text_json_pair_u64(out, "offset", place->offset);
    an_text_json_key(out, "complete");
    an_text_puts(out, proof != NULL && proof->chained ? "true" : "false");
    if (proof != NULL) {
        an_text_json_pair(out, "file", proof->file);
        an_text_json_pair_u64(out, "length", proof->next - proof->at.offset);
        hex_pair(out, "record_sha256", proof->record, AN_CHAIN);
        an_text_json_key(out, "chain");
        an_text_puts(out, "{");
        an_text_json_pair_u64(out, "from", proof->from);
        hex_pair(out, "before", proof->before, AN_CHAIN);
        if (proof->chained) {
            an_text_json_pair_u64(out, "until", proof->until);
            hex_pair(out, "after", proof->after, AN_CHAIN);
        }
        an_text_puts(out, "}");
    }
    an_text_puts(out, "}");
}

/* From the store where it is whole already; else from the journal, and kept once it is whole. */
static void add_proof(struct an_api_core *core, struct an_db_session *session, struct an_text *out,
                      const struct an_report *report)
{
    struct an_seen_call call;
    struct an_journal_proof proof;
    struct an_text text;
    const struct an_api_people *people = core->options.people;
    an_text_json_key(out, "proof");
    if (report->proof != NULL) {
        an_text_puts(out, report->proof);
        return;
    }
    if (an_call_find(session, an_api_secret(core), &report->token, &call, NULL) != AN_OK) {
        an_text_puts(out, "null"); /* the call is not kept any more, and nobody asked before */
        return;
    }
    bool own = people->data_dir != NULL && an_people_owns(people->people, &call.place);
    const struct an_journal_position at = { call.place.worker, 0, call.place.segment, call.place.offset };
    bool proved = own && an_journal_prove(people->data_dir, &at, &proof, NULL) == AN_OK;
    an_text_init(&text, 4096);
    proof_json(&text, &call.place, proved ? &proof : NULL);
    if (!text.failed) {
        an_text_puts(out, text.at);
        if (proved && proof.chained) an_report_keep_proof(session, report->id, text.at, NULL);
    } else {
        an_text_puts(out, "null");
    }
    an_text_done(&text);
}

/* ---- one ---- */

struct history {
    struct an_text *out;
    int32_t utc_offset_s;
    bool some;
};

static bool write_event(void *user, uint64_t time_us, enum an_report_state state, enum an_report_what what)
{
    struct history *history = user;
    an_text_puts(history->out, history->some ? ",{" : "{");
    history->some = true;
    an_api_pair_time(history->out, "time", time_us, history->utc_offset_s);
    an_text_json_pair(history->out, "state", an_report_state_name(state));
    an_text_json_pair(history->out, "zh", an_report_what_zh(what));
    an_text_json_pair(history->out, "en", an_report_what_en(what));
    an_text_puts(history->out, "}");
    return true;
}

static enum an_err write_whole(struct an_api_core *core, struct an_db_session *session, struct an_text *out,
                               const struct an_report *report, struct an_error *error)
{
    struct history history = { out, core->options.utc_offset_s, false };
    an_api_report_json(out, report, core->options.utc_offset_s, true);
    add_proof(core, session, out, report);
    an_text_json_key(out, "history");
    an_text_puts(out, "[");
    enum an_err err = an_report_history(session, report->id, write_event, &history, error);
    an_text_puts(out, "]}");
    return err;
}

static bool none(struct an_api_response *response)
{
    an_api_refuse(response, 404, "not_found", "no such report", NULL);
    return false;
}

/* Whether who may see it: the reporter, or the desk, or an authority on a case. Others hear that there is none. */
static bool may_see(struct an_api_core *core, const struct an_api_request *request, struct an_api_response *response,
                    struct an_db_session *session, const char *act, bool authority, const struct an_report *report)
{
    const struct an_api_who *who = request->who;
    char id[AN_DB_ID_TEXT_MAX];
    struct an_seen_call call;
    if (an_number_is_e164(who->number) && memcmp(who->number_key, report->reporter_key, AN_NUMBER_KEY_BYTES) == 0)
        return true;
    bool desk = (who->role & AN_ROLE_DESK) != 0 || (who->role == AN_ROLE_KEY && (who->scopes & AN_SCOPE_SUBSCRIBERS));
    if (!desk) {
        struct an_error error;
        bool in_case = false;
        if (!authority || who->role != AN_ROLE_AUTHORITY) return none(response);
        enum an_err err = an_report_in_case(session, report->id, &in_case, &error);
        if (err != AN_OK) {
            an_api_store_failed(response, err, &error);
            return false;
        }
        if (!in_case) return none(response);
    }
    /* One written before reports kept their number: by the journal, where it still has the call. */
    an_number about = report->reporter;
    if (about == AN_NUMBER_NONE && an_people_find_call(core->options.people->people, &report->token, &call) == AN_OK)
        about = call.callee;
    return an_api_audit(core, request, response, session, act, an_db_id_text(report->id, id), NULL, about);
}

bool an_api_report_of(struct an_api_core *core, const struct an_api_request *request, struct an_api_response *response,
                      struct an_db_session *session, const char *act, bool authority, struct an_report *ret)
{
    struct an_error error;
    int64_t id;
    if (!an_api_param_id(request, response, 0, &id)) return false;
    enum an_err err = an_report_find(session, an_api_secret(core), id, ret, &error);
    if (err == AN_ERR_NOT_FOUND) return none(response);
    if (err != AN_OK) an_api_store_failed(response, err, &error);
    if (err != AN_OK) return false;
    if (may_see(core, request, response, session, act, authority, ret)) return true;
    an_report_done(ret);
    return false;
}

void an_api_report_show(struct an_api_core *core, struct an_api_response *response, struct an_db_session *session,
                        const struct an_report *report)
{
    struct an_error error;
    enum an_err err = write_whole(core, session, &response->text, report, &error);
    an_text_puts(&response->text, "\n");
    if (err != AN_OK) an_api_store_failed(response, err, &error);
}

static void get_report(struct an_api_core *core, const struct an_api_request *request, struct an_api_response *response)
{
    struct an_db_session *session;
    struct an_report report;
    if (an_api_people_of(core, response) == NULL || !an_api_store(core, response, &session)) return;
    if (an_api_report_of(core, request, response, session, "report.look", false, &report)) {
        an_api_report_show(core, response, session, &report);
        an_report_done(&report);
    }
    an_db_give(session);
}

/* {category, words}: what is absent stays. */
static bool patch_of(const struct an_api_request *request, struct an_api_response *response, struct an_report *report)
{
    static const char *const known[] = { "category", "words" };
    char name[24], words[AN_REPORT_WORDS_MAX + 1];
    enum an_category category = (enum an_category)report->category;
    cJSON *json = an_api_json_body(request, response);
    if (json == NULL) return false;
    bool has_words = cJSON_GetObjectItemCaseSensitive(json, "words") != NULL;
    int others = cJSON_GetArraySize(json);
    for (size_t i = 0; i < 2; i++) others -= cJSON_GetObjectItemCaseSensitive(json, known[i]) != NULL;
    bool fine = an_api_json_text(json, "category", false, name, sizeof name, response) &&
                an_api_json_text(json, "words", false, words, sizeof words, response);
    cJSON_Delete(json);
    if (!fine) return false;
    if (others > 0 || (name[0] != '\0' && an_category_of(name, strlen(name), &category) != AN_OK)) {
        an_api_refuse(response, 400, "invalid",
                      others > 0 ? "only category and words of a report can be changed" : "category is not known",
                      others > 0 ? NULL : "category");
        return false;
    }
    report->category = (uint8_t)category;
    if (has_words) memcpy(report->words, words, sizeof words);
    return true;
}

static void patch_report(struct an_api_core *core, const struct an_api_request *request,
                         struct an_api_response *response)
{
    struct an_db_session *session;
    struct an_report report;
    struct an_error error;
    if (an_api_people_of(core, response) == NULL || !an_api_store(core, response, &session)) return;
    if (an_api_report_of(core, request, response, session, "report.change", false, &report)) {
        if (patch_of(request, response, &report)) {
            enum an_err err = an_report_change(session, an_api_secret(core), report.id, report.category,
                                               an_slice_of(report.words), an_api_now_us(core), &error);
            if (err != AN_OK)
                an_api_store_failed(response, err, &error);
            else
                an_api_report_show(core, response, session, &report);
        }
        an_report_done(&report);
    }
    an_db_give(session);
}

/* ---- lists ---- */

struct page {
    const struct an_api_core *core;
    struct an_text *out;
    int32_t utc_offset_s;
    struct an_api_told_to to; /* of calls */
    unsigned limit, count;
    bool more;
    uint64_t last_us;
    int64_t last;
    struct an_token last_call;
    size_t bytes; /* 0: as many as there are */
};

/* Whether there is no place for one more; one there always is. */
static bool is_full(struct page *page)
{
    page->more = page->count == page->limit || (page->bytes > 0 && page->count > 0 && page->out->len >= page->bytes);
    return page->more;
}

static bool write_report(void *user, const struct an_report *report)
{
    struct page *page = user;
    if (is_full(page)) return false;
    if (page->count++ > 0) an_text_puts(page->out, ",");
    an_api_report_json(page->out, report, page->utc_offset_s, false);
    page->last_us = report->time_us;
    page->last = report->id;
    return true;
}

/* "time-id" */
static bool cursor_of(const struct an_api_request *request, struct an_api_response *response, uint64_t *ret_us,
                      int64_t *ret_id)
{
    char text[64];
    struct an_slice time, rest;
    if (!an_api_query(request, "cursor", text, sizeof text)) return true;
    rest = an_slice_of(text);
    if (an_slice_cut(&rest, '-', &time) && an_slice_u64(time, INT64_MAX, ret_us) == AN_OK && *ret_us > 0 &&
        an_db_id_of_text(rest, ret_id))
        return true;
    an_api_refuse(response, 400, "invalid", "cursor has to be what \"next\" of the page before said", "cursor");
    return false;
}

static void end_page(const struct page *page)
{
    char id[AN_DB_ID_TEXT_MAX];
    an_text_puts(page->out, "]");
    if (page->more)
        an_text_printf(page->out, ",\"next\":\"%llu-%s\"", (unsigned long long)page->last_us,
                       an_db_id_text(page->last, id));
    an_text_puts(page->out, "}\n");
}

static void reports(struct an_api_core *core, const struct an_api_request *request, struct an_api_response *response)
{
    struct an_db_session *session;
    struct an_report_list list = { 0 };
    struct page page = { .out = &response->text, .utc_offset_s = core->options.utc_offset_s };
    struct an_error error;
    if (!an_api_query_limit(request, response, &page.limit) ||
        !cursor_of(request, response, &list.before_us, &list.before) || !an_api_store(core, response, &session))
        return;
    list.max = page.limit + 1;
    if (an_api_person(core, request, response, session, "reports.look", &list.reporter)) {
        an_text_puts(page.out, "{\"items\":[");
        enum an_err err = an_report_pages(session, an_api_secret(core), &list, write_report, &page, &error);
        end_page(&page);
        if (err != AN_OK) an_api_store_failed(response, err, &error);
    }
    an_db_give(session);
}

static bool write_look(void *user, const struct an_audit_entry *entry)
{
    struct page *page = user;
    if (is_full(page)) return false;
    an_text_puts(page->out, page->count++ > 0 ? ",{" : "{");
    an_api_pair_time(page->out, "time", entry->time_us, page->utc_offset_s);
    an_text_json_pair(page->out, "who", entry->who);
    an_text_json_pair(page->out, "role", entry->role);
    an_text_json_pair(page->out, "what", entry->act);
    an_text_puts(page->out, "}");
    page->last_us = entry->time_us;
    page->last = entry->id;
    return true;
}

static enum an_err write_looks(struct an_api_core *core, struct an_db_session *session, an_number number, uint64_t us,
                               int64_t id, struct page *page, struct an_error *error)
{
    const struct an_audit_filter filter = {
        .number = number, .before_us = us, .before_id = id, .limit = page->limit + 1
    };
    return an_audit_list(session, an_api_secret(core), &filter, write_look, page, error);
}

static void looks(struct an_api_core *core, const struct an_api_request *request, struct an_api_response *response)
{
    struct an_db_session *session;
    struct page page = { .out = &response->text, .utc_offset_s = core->options.utc_offset_s };
    struct an_error error;
    an_number number;
    uint64_t before_us = 0;
    int64_t before = 0;
    if (!an_api_query_limit(request, response, &page.limit) || !cursor_of(request, response, &before_us, &before) ||
        !an_api_store(core, response, &session))
        return;
    if (an_api_person(core, request, response, session, "looks.look", &number)) {
        an_text_puts(page.out, "{\"items\":[");
        enum an_err err = write_looks(core, session, number, before_us, before, &page, &error);
        end_page(&page);
        if (err != AN_OK) an_api_store_failed(response, err, &error);
    }
    an_db_give(session);
}

/* ---- all of a person's data ---- */

static bool write_call(void *user, const struct an_seen_call *call)
{
    struct page *page = user;
    if (is_full(page)) return false;
    if (page->count++ > 0) an_text_puts(page->out, ",");
    an_api_seen_call_json(page->core, page->out, call, &page->to);
    page->last_us = call->time_us;
    page->last_call = call->token;
    return true;
}

static void write_kept(struct an_text *out, const struct an_api_people *people)
{
    char zh[512], en[512];
    snprintf(
        zh, sizeof zh,
        "通话索引保留%u天；举报所附录音保留%u天，举报本身保留至您删除；日志保留%u天（0为不限期），其中含每个来电的号"
        "码与判定，是不可更改的证据，到期整段删除。清除这一事实以号码的加密摘要与通话索引同期保留，以免已清除的通话再次"
        "列"
        "入。",
        people->calls_days, people->recording_days, people->journal_days);
    snprintf(
        en, sizeof en,
        "Calls are kept here for %u days, recordings of reports for %u, reports until you erase them. The journal, "
        "which holds numbers and verdict of each call as evidence that can't be changed, is kept for %u days (0: "
        "without end), then deleted segment by segment. That you erased is kept as long as calls, under a keyed hash "
        "of "
        "your number, so that what was erased stays away.",
        people->calls_days, people->recording_days, people->journal_days);
    an_api_pair_both(out, "kept", zh, en);
}

/* What a file begins with, where the one before ended: "c" in the calls, "r" in the reports, "l" in the looks. */
struct export_from {
    char part;
    uint8_t level; /* of the person's settings, for the sentences */
    uint64_t us;
    int64_t id;
    struct an_token call;
};

/* "c-TIME-TOKEN", "r-TIME-ID", "l-TIME-ID" */
static bool export_from(const struct an_api_request *request, struct an_api_response *response, struct export_from *ret)
{
    char text[64];
    struct an_slice part, time, rest;
    *ret = (struct export_from) { .part = 'c' };
    if (!an_api_query(request, "cursor", text, sizeof text)) return true;
    rest = an_slice_of(text);
    bool fine = an_slice_cut(&rest, '-', &part) && part.len == 1 && strchr("crl", part.at[0]) != NULL &&
                an_slice_cut(&rest, '-', &time) && an_slice_u64(time, INT64_MAX, &ret->us) == AN_OK && ret->us > 0;
    if (fine) ret->part = part.at[0];
    if (fine)
        fine = ret->part == 'c' ? an_token_of_text(rest.at, rest.len, &ret->call) == AN_OK
                                : an_db_id_of_text(rest, &ret->id);
    if (!fine)
        an_api_refuse(response, 400, "invalid", "cursor has to be what \"next\" of the file before said", "cursor");
    return fine;
}

/* Part by part, until the file is full. */
static enum an_err write_data(struct an_api_core *core, struct an_db_session *session, an_number number,
                              const struct export_from *from, struct an_text *out, struct an_error *error)
{
    const struct an_secret *secret = an_api_secret(core);
    const struct page fresh = { .core = core,
                                .out = out,
                                .utc_offset_s = core->options.utc_offset_s,
                                .to = { AN_READER_CALLED, from->level },
                                .limit = EXPORT_MAX,
                                .bytes = EXPORT_BYTES };
    struct page page = fresh;
    struct an_call_list calls = { .callee = number, .max = EXPORT_MAX + 1 };
    struct an_report_list reports = { .reporter = number, .max = EXPORT_MAX + 1 };
    char part = 'c', last[AN_TOKEN_TEXT_MAX + AN_DB_ID_TEXT_MAX];
    enum an_err err = AN_OK;
    an_text_puts(out, ",\"calls\":[");
    if (from->part == 'c') {
        calls.before_us = from->us;
        calls.before = from->call;
        err = an_call_pages(session, secret, &calls, write_call, &page, error);
    }
    an_text_puts(out, "],\"reports\":[");
    if (err == AN_OK && !page.more && from->part != 'l') {
        if (from->part == 'r') reports.before_us = from->us, reports.before = from->id;
        page = fresh;
        part = 'r';
        err = an_report_pages(session, secret, &reports, write_report, &page, error);
    }
    an_text_puts(out, "],\"looks\":[");
    if (err == AN_OK && !page.more) {
        page = fresh;
        page.limit = LOOKS_MAX;
        part = 'l';
        err = write_looks(core, session, number, from->part == 'l' ? from->us : 0, from->id, &page, error);
    }
    an_text_puts(out, "]");
    if (!page.more) return err;
    if (part == 'c')
        an_token_text(&page.last_call, last);
    else
        an_db_id_text(page.last, last);
    an_text_printf(out, ",\"next\":\"%c-%llu-%s\"", part, (unsigned long long)page.last_us, last);
    return err;
}

/* Everything, as a file to take along; more than one where it is much. */
static void export_data(struct an_api_core *core, const struct an_api_request *request,
                        struct an_api_response *response)
{
    struct an_db_session *session;
    struct an_subscriber subscriber;
    struct an_error error;
    struct export_from from;
    an_number number;
    uint32_t version;
    uint64_t updated_us;
    char of[AN_NUMBER_TEXT_MAX];
    const struct an_api_people *people = an_api_people_of(core, response);
    if (people == NULL || !export_from(request, response, &from) || !an_api_store(core, response, &session)) return;
    if (an_api_person(core, request, response, session, "data.export", &number) &&
        an_api_limit(core, response, AN_LIMITED_HEAVY, (struct an_slice) { of, an_number_text(number, of) }) &&
        an_api_settings_of(core, response, session, number, &subscriber, &version, &updated_us)) {
        int32_t offset_s = core->options.utc_offset_s;
        struct an_text *out = &response->text;
        cJSON *json = an_subscriber_json(&subscriber, &offset_s);
        char *settings = json == NULL ? NULL : cJSON_PrintUnformatted(json);
        cJSON_Delete(json);
        an_text_puts(out, "{");
        an_api_pair_number(out, "number", number);
        an_api_pair_time(out, "time", an_api_now_us(core), offset_s);
        write_kept(out, people);
        an_text_json_key(out, "settings");
        an_text_puts(out, settings == NULL ? "null" : settings);
        free(settings);
        from.level = version == 0 ? AN_LEVEL_COUNT : subscriber.level;
        enum an_err err = write_data(core, session, number, &from, out, &error);
        an_subscriber_done(&subscriber);
        an_text_puts(out, "}\n");
        snprintf(response->disposition, sizeof response->disposition, "attachment; filename=\"anning-data.json\"");
        if (err != AN_OK) an_api_store_failed(response, err, &error);
    }
    an_db_give(session);
}

static enum an_err erase_all(struct an_api_core *core, struct an_db_session *session, an_number number,
                             int64_t *ret_calls, int64_t *ret_reports, uint32_t *ret_version, struct an_error *error)
{
    const struct an_secret *secret = an_api_secret(core);
    enum an_err err = an_db_begin(session, error);
    if (err != AN_OK) return err;
    err = an_call_erase(session, secret, number, an_api_now_us(core), ret_calls, error);
    if (err == AN_OK) err = an_report_erase(session, secret, number, ret_reports, error);
    err = an_store_end(session, err, error);
    if (err != AN_OK) return err;
    return an_subscriber_erase(session, secret, number, an_api_now_us(core), ret_version, error);
}

static void erase_data(struct an_api_core *core, const struct an_api_request *request, struct an_api_response *response)
{
    struct an_db_session *session;
    struct an_error error;
    an_number number;
    uint32_t version;
    int64_t calls = 0, reports = 0;
    struct an_text *out = &response->text;
    const struct an_api_people *people = an_api_people_of(core, response);
    if (people == NULL || !an_api_store(core, response, &session)) return;
    if (an_api_person(core, request, response, session, "data.erase", &number)) {
        enum an_err err = erase_all(core, session, number, &calls, &reports, &version, &error);
        if (err == AN_OK) {
            an_people_changed(people->people, number, version, NULL);
            an_text_puts(out, "{\"erased\":{");
            an_text_json_pair_u64(out, "calls", (uint64_t)calls);
            an_text_json_pair_u64(out, "reports", (uint64_t)reports);
            an_text_puts(out, ",\"settings\":true}");
            write_kept(out, people);
            an_text_puts(out, "}\n");
        } else {
            an_api_store_failed(response, err, &error);
        }
    }
    an_db_give(session);
}

#define PEOPLE AN_METRIC_HTTP_PEOPLE
const struct an_api_route an_api_routes_reports[] = {
    { "GET", "/v1/reports/{id}", PEOPLE, AN_BODY_NONE, WHO, AN_SCOPE_SUBSCRIBERS, get_report },
    { "PATCH", "/v1/reports/{id}", PEOPLE, AN_BODY_JSON, WHO, AN_SCOPE_SUBSCRIBERS, patch_report },
    { "GET", "/v1/subscribers/{who}/reports", PEOPLE, AN_BODY_NONE, WHO, AN_SCOPE_SUBSCRIBERS, reports },
    { "GET", "/v1/subscribers/{who}/looks", PEOPLE, AN_BODY_NONE, WHO, AN_SCOPE_SUBSCRIBERS, looks },
    { "GET", "/v1/subscribers/{who}/data", PEOPLE, AN_BODY_NONE, WHO, AN_SCOPE_SUBSCRIBERS, export_data },
    { "DELETE", "/v1/subscribers/{who}/data", PEOPLE, AN_BODY_NONE, WHO, AN_SCOPE_SUBSCRIBERS, erase_data },
    { 0 },
};
