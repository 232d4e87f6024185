/* Complaints grouped into cases: by campaign, by registered firm, else by number. Which cases there are follows from
 * the reports remembered (engine/live.h); what was decided of one is in the store. */
#include <cjson/cJSON.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "api/desk.h"
#include "api/record_json.h"
#include "api/sheet.h"
#include "base/clock.h"
#include "base/log.h"

enum { REPORTS_SHOWN = 100, NOTE_MAX = 500, STORED_MAX = 100000 };

enum kind { BY_CAMPAIGN, BY_FIRM, BY_NUMBER };
static const char *const kind_names[] = { "campaign", "firm", "number" };
static const char *const states[] = { "new", "open", "asked", "answered", "closed" };

struct complaint_case {
    int64_t id;
    enum kind kind;
    uint32_t campaign;
    an_number number;
    char firm[AN_FIRM_NAME_MAX + 1];
    uint32_t reports, categories[AN_CATEGORY_COUNT];
    uint64_t first_us, last_us;
    uint8_t region, op;
    /* decided */
    char state[12], note[NOTE_MAX + 1], who[AN_WHO_NAME_MAX + 1];
    uint64_t updated_us;
};

struct cases {
    struct complaint_case *at;
    size_t count, room;
    struct an_live_report *reports;
    size_t report_count;
    size_t *case_of; /* of each report; SIZE_MAX: none */
    const struct an_api_desk *desk;
};

static void cases_done(struct cases *c)
{
    free(c->at);
    free(c->reports);
    free(c->case_of);
}

static void subject_of(const struct an_api_desk *desk, const struct an_live_report *report, struct complaint_case *ret)
{
    char subject[AN_FIRM_NAME_MAX + 32];
    if (report->campaign != 0) {
        ret->kind = BY_CAMPAIGN;
        ret->campaign = report->campaign;
        snprintf(subject, sizeof subject, "campaign %u", report->campaign);
    } else if (desk->engine != NULL && an_engine_firm_of(desk->engine, report->caller, ret->firm)) {
        ret->kind = BY_FIRM;
        snprintf(subject, sizeof subject, "firm %s", ret->firm);
    } else {
        ret->kind = BY_NUMBER;
        ret->number = report->caller;
        snprintf(subject, sizeof subject, "number %" PRIu64, report->caller);
    }
    uint64_t hash = an_engine_keyed_hash(desk->engine, subject, strlen(subject)) & INT64_MAX;
    ret->id = hash == 0 ? 1 : (int64_t)hash;
    strcpy(ret->state, states[0]);
}

static bool add_report(struct cases *c, size_t index)
{
    const struct an_live_report *report = &c->reports[index];
    struct complaint_case fresh = { 0 };
    c->case_of[index] = SIZE_MAX;
    if (report->wanted || report->caller == AN_NUMBER_NONE) return true;
    subject_of(c->desk, report, &fresh);
    size_t at = 0;
    while (at < c->count && c->at[at].id != fresh.id) at++;
    if (at == c->count) {
        if (c->count == c->room) {
            size_t room = c->room == 0 ? 64 : 2 * c->room;
            struct complaint_case *more = realloc(c->at, room * sizeof *more);
            if (more == NULL) return false;
            c->at = more;
            c->room = room;
        }
        fresh.first_us = fresh.last_us = report->time_us;
        fresh.region = report->region;
        fresh.op = report->op;
        c->at[c->count++] = fresh;
    }
    c->case_of[index] = at;
    c->at[at].reports++;
    if (report->category < AN_CATEGORY_COUNT) c->at[at].categories[report->category]++;
    if (report->time_us < c->at[at].first_us) c->at[at].first_us = report->time_us;
    if (report->time_us > c->at[at].last_us) c->at[at].last_us = report->time_us;
    return true;
}

static bool take_decided(void *user, const struct an_db_value *columns, size_t n)
{
    struct cases *c = user;
    an_assert(n == 5);
    for (size_t i = 0; i < c->count; i++) {
        struct complaint_case *one = &c->at[i];
        if (one->id != an_db_get_int(&columns[0])) continue;
        an_db_get_text(&columns[1], one->state, sizeof one->state);
        an_db_get_text(&columns[2], one->note, sizeof one->note);
        an_db_get_text(&columns[3], one->who, sizeof one->who);
        one->updated_us = (uint64_t)an_db_get_int(&columns[4]);
    }
    return true;
}

/* False: answered. */
static bool decided(struct an_api_core *core, struct an_api_response *response, struct cases *c)
{
    struct an_db_session *session;
    struct an_error error;
    if (core->options.store == NULL) return true;
    if (!an_api_store(core, response, &session)) return false;
    enum an_err err = an_db_query(session, "SELECT id, state, note, who, updated FROM complaint_case", NULL, 0,
                                  take_decided, c, &error);
    an_db_give(session);
    if (err != AN_OK) an_api_store_failed(response, err, &error);
    return err == AN_OK;
}

/* Quadratic in the cases, of which there are at most as many as reports remembered: 8,192. */
static bool gather(struct an_api_core *core, struct an_api_response *response, struct cases *c)
{
    *c = (struct cases) { .desk = an_desk(core, response) };
    if (c->desk == NULL) return false;
    c->reports = malloc(AN_LIVE_REPORTS * sizeof *c->reports);
    c->case_of = malloc(AN_LIVE_REPORTS * sizeof *c->case_of);
    bool fine = c->reports != NULL && c->case_of != NULL;
    if (fine) c->report_count = an_live_reports(c->desk->live, 0, c->reports, AN_LIVE_REPORTS);
    for (size_t i = 0; fine && i < c->report_count; i++) fine = add_report(c, i);
    if (!fine)
        an_api_error(response, 500, "out of memory", NULL, -1);
    else
        fine = decided(core, response, c);
    if (!fine) cases_done(c);
    return fine;
}

/* Numbers are pseudonyms but for the admin. */
static void shown_number(const struct an_api_desk *desk, const struct an_api_request *request, an_number number,
                         char out[AN_NUMBER_TEXT_MAX])
{
    _Static_assert((int)AN_PSEUDONYM_MAX <= (int)AN_NUMBER_TEXT_MAX, "room");
    if (request->who->role == AN_ROLE_ADMIN)
        an_number_text(number, out);
    else
        snprintf(out, AN_NUMBER_TEXT_MAX, "P%016" PRIx64, an_engine_keyed_hash(desk->engine, &number, sizeof number));
}

static void subject_text(const struct cases *c, const struct an_api_request *request, const struct complaint_case *one,
                         char *out, size_t size)
{
    char number[AN_NUMBER_TEXT_MAX];
    if (one->kind == BY_CAMPAIGN)
        snprintf(out, size, "%u", one->campaign);
    else if (one->kind == BY_FIRM)
        snprintf(out, size, "%s", one->firm);
    else {
        shown_number(c->desk, request, one->number, number);
        snprintf(out, size, "%s", number);
    }
}

static enum an_category category_of(const struct complaint_case *one)
{
    unsigned most = 0;
    for (unsigned i = 1; i < AN_CATEGORY_COUNT; i++)
        if (one->categories[i] > one->categories[most]) most = i;
    return (enum an_category)most;
}

static void put_case(struct an_text *out, const struct cases *c, const struct an_api_request *request,
                     const struct complaint_case *one)
{
    char id[AN_DB_ID_TEXT_MAX], subject[AN_FIRM_NAME_MAX + 1], code[8];
    subject_text(c, request, one, subject, sizeof subject);
    an_text_json_pair(out, "id", an_db_id_text(one->id, id));
    an_text_json_pair(out, "kind", kind_names[one->kind]);
    an_text_json_pair(out, "subject", subject);
    an_text_json_pair_u64(out, "reports", one->reports);
    an_desk_put_time(out, "first", one->first_us);
    an_desk_put_time(out, "last", one->last_us);
    an_text_json_pair(out, "category", an_category_name(category_of(one)));
    an_text_json_pair(out, "network", an_operator_name((enum an_operator)one->op));
    an_text_json_pair(out, "region", an_region_code(one->region, code));
    an_text_json_pair(out, "state", one->state);
    an_text_json_pair(out, "note", one->note);
    an_text_json_pair(out, "who", one->who[0] == '\0' ? NULL : one->who);
    an_desk_put_time(out, "updated", one->updated_us);
}

static int by_reports(const void *a, const void *b)
{
    const struct complaint_case *x = a, *y = b;
    if (x->reports != y->reports) return x->reports > y->reports ? -1 : 1;
    return (x->id > y->id) - (x->id < y->id);
}

/* False: the answer is a 400. Empty: all. */
static bool state_filter(const struct an_api_request *request, struct an_api_response *response, char state[12])
{
    bool known = !an_api_query(request, "state", state, 12);
    for (int i = 0; i < 5; i++) known |= strcmp(state, states[i]) == 0;
    if (!known) an_api_error(response, 400, "state has to be new, open, asked, answered or closed", "state", -1);
    return known;
}

void an_desk_cases(struct an_api_core *core, const struct an_api_request *request, struct an_api_response *response)
{
    struct cases c;
    char state[12], cursor[24];
    unsigned limit, shown = 0;
    uint64_t skip = 0;
    if (!an_api_query_limit(request, response, &limit) || !state_filter(request, response, state)) return;
    if (an_api_query(request, "cursor", cursor, sizeof cursor)) (void)an_slice_u64(an_slice_of(cursor), 100000, &skip);
    if (!gather(core, response, &c)) return;
    if (c.count > 0) qsort(c.at, c.count, sizeof *c.at, by_reports);
    struct an_text *out = &response->text;
    size_t i = skip;
    an_text_puts(out, "{\"items\":[");
    for (; i < c.count && shown < limit; i++) {
        if (state[0] != '\0' && strcmp(state, c.at[i].state) != 0) continue;
        an_text_puts(out, shown++ == 0 ? "{" : ",{");
        put_case(out, &c, request, &c.at[i]);
        an_text_puts(out, "}");
    }
    an_text_puts(out, "]");
    snprintf(cursor, sizeof cursor, "%zu", i);
    if (i < c.count) an_text_json_pair(out, "next", cursor);
    an_text_puts(out, "}\n");
    cases_done(&c);
}

static struct an_sheet *sheet_of(struct an_api_core *core, const struct an_api_request *request,
                                 struct an_api_response *response)
{
    static const char *const headers[] = { "id",       "kind",    "subject", "reports", "first", "last",
                                           "category", "network", "region",  "state",   "note" };
    struct cases c;
    if (!gather(core, response, &c)) return NULL;
    if (c.count > 0) qsort(c.at, c.count, sizeof *c.at, by_reports);
    struct an_sheet *sheet = an_sheet_new(headers, 11);
    for (size_t i = 0; sheet != NULL && i < c.count; i++) {
        char text[AN_FIRM_NAME_MAX + 1], code[8];
        const struct complaint_case *one = &c.at[i];
        an_sheet_text(sheet, an_db_id_text(one->id, text));
        an_sheet_text(sheet, kind_names[one->kind]);
        subject_text(&c, request, one, text, sizeof text);
        an_sheet_text(sheet, text);
        an_sheet_number(sheet, one->reports);
        an_api_time_text(one->first_us, text);
        an_sheet_text(sheet, text);
        an_api_time_text(one->last_us, text);
        an_sheet_text(sheet, text);
        an_sheet_text(sheet, an_category_name(category_of(one)));
        an_sheet_text(sheet, an_operator_name((enum an_operator)one->op));
        an_sheet_text(sheet, an_region_code(one->region, code));
        an_sheet_text(sheet, one->state);
        an_sheet_text(sheet, one->note);
    }
    cases_done(&c);
    if (sheet == NULL) an_api_error(response, 500, "out of memory", NULL, -1);
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

static void put_one(struct an_text *out, const struct cases *c, const struct an_api_request *request, size_t at)
{
    char text[AN_NUMBER_TEXT_MAX], token[AN_TOKEN_TEXT_MAX];
    unsigned shown = 0;
    an_text_puts(out, "{");
    put_case(out, c, request, &c->at[at]);
    an_text_json_key(out, "complaints");
    an_text_puts(out, "[");
    for (size_t i = 0; i < c->report_count && shown < REPORTS_SHOWN; i++) {
        const struct an_live_report *report = &c->reports[i];
        if (c->case_of[i] != at) continue;
        an_text_puts(out, shown++ == 0 ? "{" : ",{");
        an_desk_put_time(out, "time", report->time_us);
        shown_number(c->desk, request, report->caller, text);
        an_text_json_pair(out, "caller", text);
        shown_number(c->desk, request, report->callee, text);
        an_text_json_pair(out, "callee", text);
        an_text_json_pair(out, "category", an_category_name((enum an_category)report->category));
        an_token_text(&report->token, token);
        an_text_json_pair(out, "token", report->touched ? token : NULL);
        an_text_puts(out, "}");
    }
    an_text_puts(out, "]}\n");
}

/* Gathers; where the case is. False: answered. */
static bool find_case(struct an_api_core *core, const struct an_api_request *request, struct an_api_response *response,
                      struct cases *c, size_t *ret_at)
{
    int64_t id;
    if (!an_api_param_id(request, response, 0, &id) || !gather(core, response, c)) return false;
    for (*ret_at = 0; *ret_at < c->count; ++*ret_at)
        if (c->at[*ret_at].id == id) return true;
    an_api_refuse(response, 404, "not_found", "no such case", NULL);
    cases_done(c);
    return false;
}

void an_desk_case(struct an_api_core *core, const struct an_api_request *request, struct an_api_response *response)
{
    struct cases c;
    size_t at;
    if (!find_case(core, request, response, &c, &at)) return;
    if (an_desk_audit(core, request, response, "case.look", kind_names[c.at[at].kind], c.at[at].number))
        put_one(&response->text, &c, request, at);
    cases_done(&c);
}

static enum an_err keep_case(struct an_db_session *session, const struct an_secret *secret,
                             const struct complaint_case *one, struct an_error *error)
{
    uint8_t key[AN_NUMBER_KEY_BYTES], box[AN_NUMBER_BOX_MAX];
    bool number = one->kind == BY_NUMBER;
    size_t len = number ? an_secret_seal_number(secret, one->number, box) : 0;
    if (number) an_secret_key_of_number(secret, one->number, key);
    const struct an_db_value values[] = {
        an_db_int(one->id),
        an_db_text(kind_names[one->kind]),
        number ? an_db_blob(key, sizeof key) : an_db_null(),
        number ? an_db_blob(box, len) : an_db_null(),
        an_db_int(one->campaign),
        an_db_text(one->firm),
        an_db_int(one->reports),
        an_db_text(one->state),
        an_db_text(one->note),
        an_db_text(one->who),
        an_db_int((int64_t)one->first_us),
        an_db_int((int64_t)one->updated_us),
    };
    return an_db_run(session,
                     "INSERT INTO complaint_case (id, kind, number_key, number_box, campaign, firm, reports, state, "
                     "note, who, opened, updated) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12) "
                     "ON CONFLICT (id) DO UPDATE SET reports = ?7, state = ?8, note = ?9, who = ?10, updated = ?12",
                     values, sizeof values / sizeof values[0], NULL, error);
}

/* Takes state and note out of the body. False: answered. */
static bool change_of(const cJSON *json, struct an_api_response *response, struct complaint_case *one)
{
    char state[12], note[NOTE_MAX + 1];
    bool known = false;
    if (!an_api_json_text(json, "state", false, state, sizeof state, response) ||
        !an_api_json_text(json, "note", false, note, sizeof note, response))
        return false;
    for (int i = 1; i < 5; i++) known |= strcmp(state, states[i]) == 0;
    if (state[0] != '\0' && !known) {
        an_api_error(response, 400, "state has to be open, asked, answered or closed", "state", -1);
        return false;
    }
    if (known) strcpy(one->state, state);
    if (cJSON_HasObjectItem(json, "note")) strcpy(one->note, note);
    return true;
}

static bool keep(struct an_api_core *core, const struct an_api_request *request, struct an_api_response *response,
                 const struct complaint_case *one)
{
    struct an_db_session *session;
    struct an_error error;
    char object[AN_DB_ID_TEXT_MAX];
    if (!an_api_store(core, response, &session)) return false;
    bool fine = an_api_audit(core, request, response, session, "case.change", an_db_id_text(one->id, object),
                             one->state, AN_NUMBER_NONE);
    enum an_err err = fine ? keep_case(session, an_api_secret(core), one, &error) : AN_OK;
    an_db_give(session);
    if (err != AN_OK) an_api_store_failed(response, err, &error);
    return fine && err == AN_OK;
}

void an_desk_case_change(struct an_api_core *core, const struct an_api_request *request,
                         struct an_api_response *response)
{
    struct cases c;
    size_t at;
    cJSON *json = an_api_json_body(request, response);
    if (json == NULL || !find_case(core, request, response, &c, &at)) {
        cJSON_Delete(json);
        return;
    }
    struct complaint_case *one = &c.at[at];
    one->updated_us = an_api_now_us(core);
    snprintf(one->who, sizeof one->who, "%s", request->who->name);
    if (change_of(json, response, one) && keep(core, request, response, one)) put_one(&response->text, &c, request, at);
    cases_done(&c);
    cJSON_Delete(json);
}
