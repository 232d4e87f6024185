/* Cases out of the store: what was complained of at every server that shares it, by people called and by complaints
 * that were taken in. Numbers are pseudonyms, callers' but for the admin, and for operators in a complaint. */
#include <cjson/cJSON.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include "api/complaints.h"
#include "api/record_json.h"
#include "api/sheet.h"
#include "base/clock.h"

enum { SHOWN = 100, ROUTED_SHOWN = 16, SHEET_ROWS = 100000, SHEET_PAGE = 500, SHEET_COLUMNS = 13 };
enum { SHEET_BYTES = 24 << 20 }; /* of CSV, and a page more */
_Static_assert((SHEET_ROWS + SHEET_PAGE + 1) * SHEET_COLUMNS <= AN_SHEET_CELLS_MAX, "a sheet takes all its rows");

void an_api_pseudonym(const struct an_api_core *core, an_number number, char out[AN_NUMBER_TEXT_MAX])
{
    _Static_assert((int)AN_PSEUDONYM_MAX <= (int)AN_NUMBER_TEXT_MAX, "room");
    uint8_t hash[AN_SECRET_HASH_BYTES];
    char text[32], hex[17];
    int len = snprintf(text, sizeof text, "who %" PRIu64, number);
    an_secret_hash(an_api_secret(core), AN_SECRET_CASE, text, (size_t)len, hash);
    sodium_bin2hex(hex, sizeof hex, hash, 8);
    snprintf(out, AN_NUMBER_TEXT_MAX, "P%s", hex);
}

bool an_api_page_after(const struct an_api_request *request, struct an_api_response *response, uint64_t *ret_n,
                       int64_t *ret_id)
{
    char text[64];
    struct an_slice rest, n;
    if (!an_api_query(request, "cursor", text, sizeof text)) return true;
    rest = an_slice_of(text);
    if (an_slice_cut(&rest, '-', &n) && an_slice_u64(n, INT64_MAX, ret_n) == AN_OK && an_db_id_of_text(rest, ret_id))
        return true;
    an_api_error(response, 400, "cursor is what the list before said as next", "cursor", -1);
    return false;
}

void an_api_put_next(struct an_text *out, uint64_t n, int64_t last)
{
    char cursor[48], id[AN_DB_ID_TEXT_MAX];
    snprintf(cursor, sizeof cursor, "%" PRIu64 "-%s", n, an_db_id_text(last, id));
    an_text_json_pair(out, "next", cursor);
}

static void shown_number(const struct an_api_core *core, const struct an_api_request *request, an_number number,
                         char out[AN_NUMBER_TEXT_MAX])
{
    if (request->who->role == AN_ROLE_ADMIN)
        an_number_text(number, out);
    else
        an_api_pseudonym(core, number, out);
}

static void subject_text(const struct an_api_core *core, const struct an_api_request *request,
                         const struct an_case *one, char out[AN_FIRM_NAME_MAX + 1])
{
    _Static_assert((int)AN_NUMBER_TEXT_MAX <= (int)AN_FIRM_NAME_MAX + 1, "room");
    if (one->kind == AN_CASE_CAMPAIGN)
        snprintf(out, AN_FIRM_NAME_MAX + 1, "%u", one->campaign);
    else if (one->kind == AN_CASE_FIRM)
        snprintf(out, AN_FIRM_NAME_MAX + 1, "%s", one->firm);
    else
        shown_number(core, request, one->number, out);
}

static bool is_here(const struct an_api_core *core, const struct an_case *one)
{
    struct an_journal_place place = { .worker = 0 };
    if (one->kind != AN_CASE_CAMPAIGN || core->options.people == NULL) return false;
    memcpy(place.journal, one->journal, sizeof place.journal);
    return an_people_owns(core->options.people->people, &place);
}

static enum an_err put_routed(struct an_text *out, struct an_db_session *session, int64_t id, struct an_error *error)
{
    struct an_routed routed[ROUTED_SHOWN];
    size_t count;
    enum an_err err = an_routed_list(session, id, routed, ROUTED_SHOWN, &count, error);
    an_text_json_key(out, "routed");
    an_text_puts(out, "[");
    for (size_t i = 0; i < count && err == AN_OK; i++) {
        an_text_puts(out, i == 0 ? "{" : ",{");
        an_text_json_pair(out, "to", routed[i].dest);
        an_desk_put_time(out, "time", routed[i].time_us);
        an_text_json_pair(out, "state", an_routed_state_name(routed[i].state));
        an_text_puts(out, "}");
    }
    an_text_puts(out, "]");
    return err;
}

static enum an_err put_case(struct an_api_core *core, const struct an_api_request *request, struct an_text *out,
                            struct an_db_session *session, const struct an_case *one, struct an_error *error)
{
    char id[AN_DB_ID_TEXT_MAX], subject[AN_FIRM_NAME_MAX + 1], code[8], server[2 * AN_CALLS_JOURNAL_ID + 1];
    subject_text(core, request, one, subject);
    sodium_bin2hex(server, sizeof server, one->journal, sizeof one->journal);
    an_text_json_pair(out, "id", an_db_id_text(one->id, id));
    an_text_json_pair(out, "kind", an_case_kind_name((enum an_case_kind)one->kind));
    an_text_json_pair(out, "subject", subject);
    an_text_json_pair(out, "server", one->kind == AN_CASE_CAMPAIGN ? server : NULL);
    an_text_puts(out, is_here(core, one) ? ",\"here\":true" : ",\"here\":false");
    an_text_json_pair_u64(out, "reports", one->reports);
    an_text_json_pair_u64(out, "complaint_count", one->complaints);
    an_desk_put_time(out, "first", one->first_us);
    an_desk_put_time(out, "last", one->last_us);
    an_text_json_pair(out, "category", an_category_name((enum an_category)one->category));
    an_text_json_pair(out, "network", an_operator_name((enum an_operator)one->op));
    an_text_json_pair(out, "region", an_region_code(one->region, code));
    an_text_json_pair(out, "state", an_case_state_name((enum an_case_state)one->state));
    an_text_json_key(out, "note");
    an_text_json(out, an_slice_of(one->note));
    an_text_json_pair(out, "who", one->who[0] == '\0' ? NULL : one->who);
    an_desk_put_time(out, "updated", one->updated_us);
    return put_routed(out, session, one->id, error);
}

/* ---- a page ---- */

struct page {
    struct an_case *items; /* read whole first: a row's callback may not use the session */
    size_t count, max;
};

static bool keep(void *user, const struct an_case *one)
{
    struct page *page = user;
    if (page->count == page->max) return false;
    page->items[page->count++] = *one;
    return true;
}

/* ?state= and ?cursor=, "TOTAL-ID" of the last one of the page before. False: the answer is a 400. */
static bool list_of(const struct an_api_request *request, struct an_api_response *response, struct an_case_list *list)
{
    char text[64];
    *list = (struct an_case_list) { .state = AN_CASE_STATE_COUNT };
    if (an_api_query(request, "state", text, sizeof text) && an_case_state_of(text, &list->state) != AN_OK) {
        an_api_error(response, 400, "state has to be new, open, asked, answered or closed", "state", -1);
        return false;
    }
    return an_api_page_after(request, response, &list->after_total, &list->after);
}

/* False: answered. [own] ret_page->items. */
static bool read_page(struct an_api_core *core, struct an_api_response *response, struct an_db_session *session,
                      struct an_case_list *list, size_t max, struct page *ret_page)
{
    struct an_error error = { "out of memory" };
    *ret_page = (struct page) { calloc(max, sizeof *ret_page->items), 0, max };
    list->max = max;
    enum an_err err = ret_page->items == NULL
                          ? AN_ERR_NO_MEMORY
                          : an_case_pages(session, an_api_secret(core), list, keep, ret_page, &error);
    if (err == AN_OK) return true;
    free(ret_page->items);
    an_api_store_failed(response, err, &error);
    return false;
}

void an_desk_cases(struct an_api_core *core, const struct an_api_request *request, struct an_api_response *response)
{
    struct an_db_session *session;
    struct an_case_list list;
    struct page page;
    unsigned limit;
    if (!an_api_query_limit(request, response, &limit) || !list_of(request, response, &list) ||
        !an_api_store(core, response, &session))
        return;
    if (read_page(core, response, session, &list, limit, &page)) {
        struct an_text *out = &response->text;
        struct an_error error;
        enum an_err err = AN_OK;
        an_text_puts(out, "{\"items\":[");
        for (size_t i = 0; i < page.count && err == AN_OK; i++) {
            an_text_puts(out, i == 0 ? "{" : ",{");
            err = put_case(core, request, out, session, &page.items[i], &error);
            an_text_puts(out, "}");
        }
        an_text_puts(out, "]");
        if (page.count == limit) {
            const struct an_case *last = &page.items[limit - 1];
            an_api_put_next(out, last->reports + last->complaints, last->id);
        }
        an_text_puts(out, "}\n");
        if (err != AN_OK) an_api_store_failed(response, err, &error);
        free(page.items);
    }
    an_db_give(session);
}

/* ---- all, as a sheet ---- */

static void add_row(const struct an_api_core *core, const struct an_api_request *request, struct an_sheet *sheet,
                    const struct an_case *one)
{
    char text[AN_FIRM_NAME_MAX + 1], code[8], time[32];
    an_sheet_text(sheet, an_db_id_text(one->id, text));
    an_sheet_text(sheet, an_case_kind_name((enum an_case_kind)one->kind));
    subject_text(core, request, one, text);
    an_sheet_text(sheet, text);
    an_sheet_number(sheet, one->reports);
    an_sheet_number(sheet, one->complaints);
    an_api_time_text(one->first_us, time);
    an_sheet_text(sheet, time);
    an_api_time_text(one->last_us, time);
    an_sheet_text(sheet, time);
    an_sheet_text(sheet, an_category_name((enum an_category)one->category));
    an_sheet_text(sheet, an_operator_name((enum an_operator)one->op));
    an_sheet_text(sheet, an_region_code(one->region, code));
    an_sheet_text(sheet, an_case_state_name((enum an_case_state)one->state));
    an_sheet_text(sheet, one->note);
}

static void add_routed(struct an_sheet *sheet, const struct an_routed *routed, size_t count)
{
    char text[ROUTED_SHOWN * (AN_ROUTE_DEST_MAX + 16)] = "";
    for (size_t i = 0, len = 0; i < count; i++)
        len += (size_t)snprintf(text + len, sizeof text - len, "%s%s (%s)", i == 0 ? "" : "; ", routed[i].dest,
                                an_routed_state_name(routed[i].state));
    an_sheet_text(sheet, text);
}

/* The last row of a file that does not hold all says so, and where the next one begins. */
static void add_cut(struct an_sheet *sheet, const struct an_case_list *list)
{
    char text[160], id[AN_DB_ID_TEXT_MAX];
    snprintf(text, sizeof text, "未完，下一文件 / not all; the next file: ?cursor=%" PRIu64 "-%s", list->after_total,
             an_db_id_text(list->after, id));
    an_sheet_text(sheet, "...");
    an_sheet_text(sheet, "");
    an_sheet_text(sheet, text);
    for (int i = 3; i < SHEET_COLUMNS; i++) an_sheet_text(sheet, "");
}

/* Page by page; false: answered. */
static bool fill_sheet(struct an_api_core *core, const struct an_api_request *request, struct an_api_response *response,
                       struct an_db_session *session, struct an_case_list *list, struct an_sheet *sheet)
{
    struct page page = { .count = SHEET_PAGE };
    for (size_t rows = 0; page.count == SHEET_PAGE; rows += page.count) {
        if (!read_page(core, response, session, list, SHEET_PAGE, &page)) return false;
        if (page.count > 0 && (rows >= SHEET_ROWS || an_sheet_bytes(sheet) >= SHEET_BYTES)) {
            free(page.items);
            add_cut(sheet, list);
            return true;
        }
        struct an_error error;
        enum an_err err = AN_OK;
        for (size_t i = 0; i < page.count && err == AN_OK; i++) {
            struct an_routed routed[ROUTED_SHOWN];
            size_t count;
            err = an_routed_list(session, page.items[i].id, routed, ROUTED_SHOWN, &count, &error);
            if (err != AN_OK) break;
            add_row(core, request, sheet, &page.items[i]);
            add_routed(sheet, routed, count);
        }
        if (page.count > 0) {
            list->after = page.items[page.count - 1].id;
            list->after_total = page.items[page.count - 1].reports + page.items[page.count - 1].complaints;
        }
        free(page.items);
        if (err == AN_OK) continue;
        an_api_store_failed(response, err, &error);
        return false;
    }
    return true;
}

static struct an_sheet *sheet_of(struct an_api_core *core, const struct an_api_request *request,
                                 struct an_api_response *response)
{
    static const char *const headers[] = { "id",       "kind",    "subject", "reports", "complaints", "first", "last",
                                           "category", "network", "region",  "state",   "note",       "routed" };
    struct an_db_session *session;
    struct an_case_list list;
    if (!list_of(request, response, &list) || !an_api_store(core, response, &session)) return NULL;
    struct an_sheet *sheet = an_sheet_new(headers, SHEET_COLUMNS);
    if (sheet == NULL) {
        an_api_error(response, 500, "out of memory", NULL, -1);
    } else if (!an_api_audit(core, request, response, session, "cases.export", NULL, NULL, AN_NUMBER_NONE) ||
               !fill_sheet(core, request, response, session, &list, sheet)) {
        an_sheet_free(sheet);
        sheet = NULL;
    }
    an_db_give(session);
    return sheet;
}

void an_desk_send_sheet(struct an_api_response *response, struct an_sheet *sheet, bool xlsx, const char *name,
                        const char *part)
{
    snprintf(response->disposition, sizeof response->disposition, "attachment; filename=\"%s-%s.%s\"", name, part,
             xlsx ? "xlsx" : "csv");
    if (!xlsx) {
        response->type = "text/csv; charset=utf-8";
        an_sheet_csv(sheet, &response->text);
    } else {
        response->type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
        if (an_sheet_xlsx(sheet, "Anning", &response->text) != AN_OK) {
            response->disposition[0] = '\0';
            an_api_error(response, 500, "the file could not be made", NULL, -1);
        }
    }
    an_sheet_free(sheet);
}

void an_desk_cases_csv(struct an_api_core *core, const struct an_api_request *request, struct an_api_response *response)
{
    struct an_sheet *sheet = sheet_of(core, request, response);
    if (sheet != NULL) an_desk_send_sheet(response, sheet, false, "anning-cases", "all");
}

void an_desk_cases_xlsx(struct an_api_core *core, const struct an_api_request *request,
                        struct an_api_response *response)
{
    struct an_sheet *sheet = sheet_of(core, request, response);
    if (sheet != NULL) an_desk_send_sheet(response, sheet, true, "anning-cases", "all");
}

/* ---- one ---- */

static void put_part(const struct an_api_core *core, const struct an_api_request *request, struct an_text *out,
                     const struct an_complaint *c)
{
    char text[AN_NUMBER_TEXT_MAX], token[AN_TOKEN_TEXT_MAX];
    bool report = c->source == AN_COMPLAINT_REPORT;
    an_desk_put_time(out, "time", c->time_us);
    shown_number(core, request, c->caller, text);
    an_text_json_pair(out, "caller", text);
    if (c->callee != AN_NUMBER_NONE) an_api_pseudonym(core, c->callee, text);
    an_text_json_pair(out, "callee", c->callee == AN_NUMBER_NONE ? NULL : text);
    an_text_json_pair(out, "category", an_category_name((enum an_category)c->category));
    an_token_text(&c->token, token);
    an_text_json_pair(out, "token", an_token_given(&c->token) ? token : NULL);
    an_text_json_pair(out, "source", an_complaint_source_name((enum an_complaint_source)c->source));
    an_text_json_pair(out, "id", report ? NULL : c->theirs);
    an_text_json_pair(out, "words", c->words[0] == '\0' ? NULL : c->words);
}

struct parts {
    const struct an_api_core *core;
    const struct an_api_request *request;
    struct an_text *out;
    unsigned count;
};

static bool write_part(void *user, const struct an_complaint *c)
{
    struct parts *parts = user;
    an_text_puts(parts->out, parts->count++ == 0 ? "{" : ",{");
    put_part(parts->core, parts->request, parts->out, c);
    an_text_puts(parts->out, "}");
    return true;
}

static void put_one(struct an_api_core *core, const struct an_api_request *request, struct an_api_response *response,
                    struct an_db_session *session, const struct an_case *one)
{
    struct an_text *out = &response->text;
    struct parts parts = { .core = core, .request = request, .out = out };
    struct an_error error;
    const struct an_complaint_list list = { .case_id = one->id, .source = AN_COMPLAINT_SOURCE_COUNT, .max = SHOWN };
    an_text_puts(out, "{");
    enum an_err err = put_case(core, request, out, session, one, &error);
    an_text_json_key(out, "complaints");
    an_text_puts(out, "[");
    if (err == AN_OK) err = an_complaint_pages(session, an_api_secret(core), &list, write_part, &parts, &error);
    an_text_puts(out, "]}\n");
    if (err != AN_OK) an_api_store_failed(response, err, &error);
}

/* False: answered. */
static bool find_case(struct an_api_core *core, const struct an_api_request *request, struct an_api_response *response,
                      struct an_db_session *session, struct an_case *ret_case)
{
    int64_t id;
    struct an_error error;
    if (!an_api_param_id(request, response, 0, &id)) return false;
    enum an_err err = an_case_find(session, an_api_secret(core), id, ret_case, &error);
    if (err == AN_OK) return true;
    if (err == AN_ERR_NOT_FOUND)
        an_api_refuse(response, 404, "not_found", "no such case", NULL);
    else
        an_api_store_failed(response, err, &error);
    return false;
}

void an_desk_case(struct an_api_core *core, const struct an_api_request *request, struct an_api_response *response)
{
    struct an_db_session *session;
    struct an_case one;
    char id[AN_DB_ID_TEXT_MAX];
    if (!an_api_store(core, response, &session)) return;
    if (find_case(core, request, response, session, &one) &&
        an_api_audit(core, request, response, session, "case.look", an_db_id_text(one.id, id),
                     an_case_kind_name((enum an_case_kind)one.kind), one.number))
        put_one(core, request, response, session, &one);
    an_db_give(session);
}

/* Takes state and note out of the body. False: answered. */
static bool change_of(const cJSON *json, struct an_api_response *response, struct an_case *one)
{
    char state[12], note[AN_CASE_NOTE_MAX + 1];
    enum an_case_state known = AN_CASE_NEW;
    if (!an_api_json_text(json, "state", false, state, sizeof state, response) ||
        !an_api_json_text(json, "note", false, note, sizeof note, response))
        return false;
    if (state[0] != '\0' && (an_case_state_of(state, &known) != AN_OK || known == AN_CASE_NEW)) {
        an_api_error(response, 400, "state has to be open, asked, answered or closed", "state", -1);
        return false;
    }
    if (state[0] != '\0') one->state = (uint8_t)known;
    if (cJSON_HasObjectItem(json, "note")) strcpy(one->note, note);
    return true;
}

void an_desk_case_change(struct an_api_core *core, const struct an_api_request *request,
                         struct an_api_response *response)
{
    struct an_db_session *session;
    struct an_case one;
    struct an_error error;
    char id[AN_DB_ID_TEXT_MAX];
    cJSON *json = an_api_json_body(request, response);
    if (json == NULL || !an_api_store(core, response, &session)) {
        cJSON_Delete(json);
        return;
    }
    if (find_case(core, request, response, session, &one) && change_of(json, response, &one) &&
        an_api_audit(core, request, response, session, "case.change", an_db_id_text(one.id, id),
                     an_case_state_name((enum an_case_state)one.state), AN_NUMBER_NONE)) {
        one.updated_us = an_api_now_us(core);
        an_slice_copy(an_slice_of(request->who->name), one.who, sizeof one.who);
        enum an_err err = an_case_decide(session, &one, one.updated_us, &error);
        if (err == AN_OK)
            put_one(core, request, response, session, &one);
        else
            an_api_store_failed(response, err, &error);
    }
    an_db_give(session);
    cJSON_Delete(json);
}
