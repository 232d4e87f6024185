/* POST and GET /v1/complaints, GET and PUT /v1/routes. */
#include "api/complaints.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "case/fields.h"
#include "case/hook.h"
#include "case/text_in.h"
#include "enrich/plan.h"

enum { AHEAD_S = 300 };

/* ---- taken in ---- */

/* Words may have lines; nothing else of control. */
static enum an_err words_of(const cJSON *object, char out[AN_COMPLAINT_WORDS_MAX + 1], struct an_error *error)
{
    const cJSON *words = cJSON_GetObjectItemCaseSensitive(object, "words");
    out[0] = '\0';
    if (words == NULL || cJSON_IsNull(words)) return AN_OK;
    if (!cJSON_IsString(words)) return an_fail(error, AN_ERR_INVALID, "field \"words\" has to be a text");
    if (strlen(words->valuestring) > AN_COMPLAINT_WORDS_MAX)
        return an_fail(error, AN_ERR_LIMIT, "field \"words\" has %zu bytes, over the limit AN_COMPLAINT_WORDS_MAX, %d",
                       strlen(words->valuestring), AN_COMPLAINT_WORDS_MAX);
    strcpy(out, words->valuestring);
    for (char *c = out; *c != '\0'; c++)
        if (((unsigned char)*c < 0x20 && *c != '\n') || *c == 0x7f) *c = ' ';
    return AN_OK;
}

static enum an_err time_of(const cJSON *object, uint64_t now_us, uint64_t *ret_us, struct an_error *error)
{
    const cJSON *time = cJSON_GetObjectItemCaseSensitive(object, "time");
    if (!cJSON_IsString(time) || an_case_time_of(an_slice_of(time->valuestring), ret_us) != AN_OK)
        return an_fail(error, AN_ERR_INVALID,
                       "field \"time\" has to be the time of the call, such as \"2026-11-22T11:14:05+08:00\", on a day "
                       "that there is");
    if (*ret_us > now_us + AHEAD_S * AN_US_PER_S)
        return an_fail(error, AN_ERR_INVALID, "field \"time\" is still to come");
    if (*ret_us + AN_CASE_DAYS * 86400ull * AN_US_PER_S < now_us)
        return an_fail(error, AN_ERR_LIMIT, "field \"time\" is more than AN_CASE_DAYS, %d days, ago", AN_CASE_DAYS);
    return AN_OK;
}

static enum an_err complaint_of(const cJSON *object, uint64_t now_us, struct an_complaint *ret, struct an_error *error)
{
    static const char *const names[] = { "id", "source", "time", "caller", "callee", "category", "words" };
    static const char *const sources[] = { "12321", "12345", "operator", "other" };
    unsigned source = UINT32_MAX;
    enum an_category category = AN_CATEGORY_UNKNOWN;
    char name[24];
    *ret = (struct an_complaint) { .taken_us = now_us };
    enum an_err err = an_fields_known(object, "", names, sizeof names / sizeof names[0], error);
    if (err == AN_OK)
        err = an_field_text(object, "", "id", AN_COMPLAINT_ID_MAX, "AN_COMPLAINT_ID_MAX", ret->theirs, error);
    if (err == AN_OK && ret->theirs[0] == '\0')
        err =
            an_fail(error, AN_ERR_INVALID, "field \"id\" is needed: what the complaint is called where it comes from");
    if (err == AN_OK) err = an_field_word(object, "", "source", sources, 4, &source, error);
    if (err == AN_OK && source == UINT32_MAX)
        err = an_fail(error, AN_ERR_INVALID, "field \"source\" has to be 12321, 12345, operator or other");
    if (err == AN_OK) err = time_of(object, now_us, &ret->time_us, error);
    if (err == AN_OK) err = an_field_number(object, "", "caller", &ret->caller, error);
    if (err == AN_OK && an_field_there(object, "callee"))
        err = an_field_number(object, "", "callee", &ret->callee, error);
    if (err == AN_OK) err = an_field_text(object, "", "category", sizeof name - 1, "23 bytes", name, error);
    if (err == AN_OK && (name[0] == '\0' || an_category_of(name, strlen(name), &category) != AN_OK))
        err =
            an_fail(error, AN_ERR_INVALID, "field \"category\" has to be a category, such as \"loan\" or \"unknown\"");
    if (err == AN_OK) err = words_of(object, ret->words, error);
    ret->source = (uint8_t)(AN_COMPLAINT_12321 + source);
    ret->category = (uint8_t)category;
    return err;
}

/* Who the caller is: network, province, firm. */
static void know_callers(const struct an_api_core *core, struct an_complaint *complaints, size_t count)
{
    const struct an_api_desk *desk = core->options.desk;
    struct an_error error;
    struct an_plan *plan = an_plan_new(&error);
    for (size_t i = 0; i < count; i++) {
        struct an_number_info info = { .region = AN_REGION_UNKNOWN };
        if (plan != NULL) an_plan_lookup(plan, complaints[i].caller, &info);
        complaints[i].op = info.op;
        complaints[i].region = info.region;
        if (desk != NULL && desk->engine != NULL)
            (void)an_engine_firm_of(desk->engine, complaints[i].caller, complaints[i].firm);
    }
    an_plan_free(plan);
}

/* One object, or {"items":[...]}. [own] ret_complaints. False: answered. */
static bool complaints_of(const struct an_api_core *core, const struct an_api_request *request,
                          struct an_api_response *response, struct an_complaint **ret_complaints, size_t *ret_count)
{
    struct an_error error = { "out of memory" };
    struct an_api_refusal refusal;
    cJSON *json = an_api_json_body(request, response);
    if (json == NULL) return false;
    const cJSON *items = NULL, *object = json;
    bool list = cJSON_HasObjectItem(json, "items");
    enum an_err err =
        list ? an_field_list(json, "items", AN_COMPLAINTS_MAX, "AN_COMPLAINTS_MAX", &items, &error) : AN_OK;
    size_t count = list ? (size_t)cJSON_GetArraySize(items) : 1, i = 0;
    struct an_complaint *complaints = calloc(count + 1, sizeof *complaints);
    if (err == AN_OK && complaints == NULL) err = AN_ERR_NO_MEMORY;
    if (err == AN_OK && count == 0) err = an_fail(&error, AN_ERR_INVALID, "field \"items\" has nothing in it");
    if (list && items != NULL) object = items->child;
    for (; err == AN_OK && i < count; i++, object = list ? object->next : NULL) {
        err = complaint_of(object, an_api_now_us(core), &complaints[i], &error);
        if (err != AN_OK) break;
    }
    cJSON_Delete(json);
    if (err == AN_OK) {
        *ret_complaints = complaints;
        *ret_count = count;
        return true;
    }
    free(complaints);
    if (i < count && list && complaints != NULL && err != AN_ERR_NO_MEMORY) {
        char text[sizeof refusal.message + 32];
        an_api_refusal_of(error.text, &refusal);
        snprintf(text, sizeof text, "item %zu: %s", i, refusal.message);
        an_api_refuse(response, 400, err == AN_ERR_LIMIT ? "limit" : "invalid", text, refusal.field);
    } else {
        an_api_refuse_case(response, err, &error);
    }
    return false;
}

static void put_taken(struct an_text *out, const struct an_complaint *complaints, size_t count)
{
    size_t taken = 0;
    char id[AN_DB_ID_TEXT_MAX];
    for (size_t i = 0; i < count; i++) taken += complaints[i].fresh;
    an_text_puts(out, "{");
    an_text_json_pair_u64(out, "taken", taken);
    an_text_json_pair_u64(out, "known", count - taken);
    an_text_json_key(out, "items");
    an_text_puts(out, "[");
    for (size_t i = 0; i < count; i++) {
        an_text_puts(out, i == 0 ? "{" : ",{");
        an_text_json_pair(out, "id", complaints[i].theirs);
        an_text_json_pair(out, "source", an_complaint_source_name((enum an_complaint_source)complaints[i].source));
        an_text_json_pair(out, "case", an_db_id_text(complaints[i].case_id, id));
        an_text_json_key(out, "routed");
        an_text_puts(out, "[");
        if (complaints[i].routed[0] != '\0') an_text_json(out, an_slice_of(complaints[i].routed));
        an_text_puts(out, "]}");
    }
    an_text_puts(out, "]}\n");
}

static void add(struct an_api_core *core, const struct an_api_request *request, struct an_api_response *response)
{
    struct an_db_session *session;
    struct an_complaint *complaints;
    struct an_error error;
    size_t count;
    char detail[32];
    if (!complaints_of(core, request, response, &complaints, &count)) return;
    know_callers(core, complaints, count);
    if (an_api_store(core, response, &session)) {
        snprintf(detail, sizeof detail, "%zu", count);
        if (an_api_audit(core, request, response, session, "complaints.add", NULL, detail, AN_NUMBER_NONE)) {
            enum an_err err = an_complaints_take(session, an_api_secret(core), complaints, count, &error);
            if (err == AN_OK)
                put_taken(&response->text, complaints, count);
            else
                an_api_store_failed(response, err, &error);
        }
        an_db_give(session);
    }
    free(complaints);
}

/* ---- shown ---- */

/* ?source=, ?case=, ?cursor= ("MICROSECONDS-ID"). False: the answer is a 400. */
static bool list_of(const struct an_api_request *request, struct an_api_response *response,
                    struct an_complaint_list *list)
{
    char text[64];
    *list = (struct an_complaint_list) { .source = AN_COMPLAINT_SOURCE_COUNT, .no_reports = true };
    if (an_api_query(request, "source", text, sizeof text) &&
        (an_complaint_source_of(text, &list->source) != AN_OK || list->source == AN_COMPLAINT_REPORT)) {
        an_api_error(response, 400, "source has to be 12321, 12345, operator or other", "source", -1);
        return false;
    }
    if (an_api_query(request, "case", text, sizeof text) && !an_db_id_of_text(an_slice_of(text), &list->case_id)) {
        an_api_error(response, 400, "case has to be a case's id, 16 hex digits", "case", -1);
        return false;
    }
    return an_api_page_after(request, response, &list->before_us, &list->before);
}

static void put_complaint(const struct an_api_core *core, const struct an_api_request *request, struct an_text *out,
                          const struct an_complaint *c)
{
    char id[AN_DB_ID_TEXT_MAX], number[AN_NUMBER_TEXT_MAX], code[8];
    an_text_json_pair(out, "id", c->theirs);
    an_text_json_pair(out, "source", an_complaint_source_name((enum an_complaint_source)c->source));
    an_desk_put_time(out, "time", c->time_us);
    an_desk_put_time(out, "taken", c->taken_us);
    if (an_desk_masks(request))
        an_api_pseudonym(core, c->caller, number);
    else
        an_number_text(c->caller, number);
    an_text_json_pair(out, "caller", number);
    if (c->callee != AN_NUMBER_NONE) an_api_pseudonym(core, c->callee, number);
    an_text_json_pair(out, "callee", c->callee == AN_NUMBER_NONE ? NULL : number);
    an_text_json_pair(out, "category", an_category_name((enum an_category)c->category));
    an_text_json_pair(out, "network", an_operator_name((enum an_operator)c->op));
    an_text_json_pair(out, "region", an_region_code(c->region, code));
    an_text_json_pair(out, "firm", c->firm[0] == '\0' ? NULL : c->firm);
    an_text_json_pair(out, "words", c->words[0] == '\0' ? NULL : c->words);
    an_text_json_pair(out, "case", an_db_id_text(c->case_id, id));
    an_text_json_key(out, "routed");
    an_text_puts(out, "[");
    if (c->routed[0] != '\0') an_text_json(out, an_slice_of(c->routed));
    an_text_puts(out, "]");
}

struct page {
    const struct an_api_core *core;
    const struct an_api_request *request;
    struct an_text *out;
    unsigned count;
    uint64_t last_us;
    int64_t last;
};

static bool write_one(void *user, const struct an_complaint *c)
{
    struct page *page = user;
    an_text_puts(page->out, page->count++ == 0 ? "{" : ",{");
    put_complaint(page->core, page->request, page->out, c);
    an_text_puts(page->out, "}");
    page->last_us = c->taken_us;
    page->last = c->id;
    return true;
}

static void list(struct an_api_core *core, const struct an_api_request *request, struct an_api_response *response)
{
    struct an_db_session *session;
    struct an_complaint_list what;
    struct an_error error;
    struct an_text *out = &response->text;
    unsigned limit;
    if (!an_api_query_limit(request, response, &limit) || !list_of(request, response, &what) ||
        !an_api_store(core, response, &session))
        return;
    struct page page = { .core = core, .request = request, .out = out };
    what.max = limit;
    if (an_api_audit(core, request, response, session, "complaints.look", NULL, NULL, AN_NUMBER_NONE)) {
        an_text_puts(out, "{\"items\":[");
        enum an_err err = an_complaint_pages(session, an_api_secret(core), &what, write_one, &page, &error);
        an_text_puts(out, "]");
        if (page.count == limit) an_api_put_next(out, page.last_us, page.last);
        an_text_puts(out, "}\n");
        if (err != AN_OK) an_api_store_failed(response, err, &error);
    }
    an_db_give(session);
}

/* ---- routes ---- */

static enum an_err name_of(const cJSON *object, const char *field, size_t size, char *out, struct an_error *error)
{
    char limit[32];
    snprintf(limit, sizeof limit, "%zu bytes", size - 1);
    enum an_err err = an_field_text(object, "", field, size - 1, limit, out, error);
    if (err == AN_OK && out[0] == '\0')
        err = an_fail(error, AN_ERR_INVALID, "field \"%s\" has to say which, or \"*\" for any", field);
    return err;
}

static bool is_network(const char *name)
{
    bool known = strcmp(name, "*") == 0;
    for (int op = 0; op < AN_OPERATOR_COUNT; op++) known |= strcmp(name, an_operator_name((enum an_operator)op)) == 0;
    return known;
}

static enum an_err route_of(const cJSON *object, bool sends, struct an_route *ret, struct an_error *error)
{
    static const char *const names[] = { "network", "category", "firm", "to", "url" };
    enum an_category category;
    *ret = (struct an_route) { .url = "" };
    enum an_err err = an_fields_known(object, "", names, sizeof names / sizeof names[0], error);
    if (err == AN_OK) err = name_of(object, "network", sizeof ret->network, ret->network, error);
    if (err == AN_OK && !is_network(ret->network))
        err = an_fail(error, AN_ERR_INVALID, "field \"network\" has to be a network, such as \"%s\", or \"*\"",
                      an_operator_name(AN_OPERATOR_MOBILE));
    if (err == AN_OK) err = name_of(object, "category", sizeof ret->category, ret->category, error);
    if (err == AN_OK && strcmp(ret->category, "*") != 0 &&
        an_category_of(ret->category, strlen(ret->category), &category) != AN_OK)
        err = an_fail(error, AN_ERR_INVALID, "field \"category\" has to be a category, such as \"loan\", or \"*\"");
    if (err == AN_OK) err = name_of(object, "firm", sizeof ret->firm, ret->firm, error);
    if (err == AN_OK) err = an_field_text(object, "", "to", AN_ROUTE_DEST_MAX, "AN_ROUTE_DEST_MAX", ret->dest, error);
    if (err == AN_OK && ret->dest[0] == '\0') err = an_fail(error, AN_ERR_INVALID, "field \"to\" has to say to whom");
    if (err == AN_OK) err = an_field_text(object, "", "url", AN_ROUTE_URL_MAX, "AN_ROUTE_URL_MAX", ret->url, error);
    if (err != AN_OK || ret->url[0] == '\0') return err;
    if (!sends)
        return an_fail(error, AN_ERR_INVALID,
                       "field \"url\": nothing is sent from here unsigned; set people.routes_secret_file first");
    return an_hook_url(ret->url, error);
}

/* False: answered. */
static bool routes_of(const struct an_api_core *core, const struct an_api_request *request,
                      struct an_api_response *response, struct an_route routes[AN_ROUTES_MAX], size_t *ret_count)
{
    struct an_error error;
    struct an_api_refusal refusal;
    char text[sizeof refusal.message + 32];
    const cJSON *items = NULL;
    bool sends = core->options.people != NULL && core->options.people->routes_send;
    cJSON *json = an_api_json_body(request, response);
    if (json == NULL) return false;
    size_t count = 0;
    static const char *const names[] = { "items" };
    enum an_err err = an_fields_known(json, "", names, 1, &error);
    if (err == AN_OK) err = an_field_list(json, "items", AN_ROUTES_MAX, "AN_ROUTES_MAX", &items, &error);
    if (err == AN_OK && items == NULL)
        err = an_fail(&error, AN_ERR_INVALID, "field \"items\" has to be the routes in their order; [] for none");
    if (err != AN_OK) an_api_refuse_case(response, err, &error);
    for (const cJSON *one = items == NULL ? NULL : items->child; err == AN_OK && one != NULL; one = one->next) {
        err = route_of(one, sends, &routes[count], &error);
        if (err == AN_OK) {
            count++;
            continue;
        }
        an_api_refusal_of(error.text, &refusal);
        snprintf(text, sizeof text, "route %zu: %s", count, refusal.message);
        an_api_refuse(response, 400, err == AN_ERR_LIMIT ? "limit" : "invalid", text, refusal.field);
    }
    cJSON_Delete(json);
    *ret_count = count;
    return err == AN_OK;
}

static void put_routes(struct an_text *out, const struct an_route *routes, size_t count)
{
    an_text_puts(out, "{\"items\":[");
    for (size_t i = 0; i < count; i++) {
        an_text_puts(out, i == 0 ? "{" : ",{");
        an_text_json_pair(out, "network", routes[i].network);
        an_text_json_pair(out, "category", routes[i].category);
        an_text_json_pair(out, "firm", routes[i].firm);
        an_text_json_pair(out, "to", routes[i].dest);
        an_text_json_pair(out, "url", routes[i].url);
        an_text_puts(out, "}");
    }
    an_text_puts(out, "]}\n");
}

static void routes(struct an_api_core *core, const struct an_api_request *request, struct an_api_response *response)
{
    struct an_db_session *session;
    struct an_error error = { "out of memory" };
    struct an_route *all = calloc(AN_ROUTES_MAX, sizeof *all);
    size_t count = 0;
    bool change = strcmp(request->method, "PUT") == 0;
    if (all == NULL) {
        an_api_error(response, 500, "out of memory", NULL, -1);
        return;
    }
    if ((!change || routes_of(core, request, response, all, &count)) && an_api_store(core, response, &session)) {
        if (!change || an_api_audit(core, request, response, session, "routes.change", NULL, NULL, AN_NUMBER_NONE)) {
            enum an_err err = change ? an_routes_put(session, all, count, &error) : AN_OK;
            if (err == AN_OK) err = an_routes_get(session, all, &count, &error);
            if (err == AN_OK)
                put_routes(&response->text, all, count);
            else
                an_api_store_failed(response, err, &error);
        }
        an_db_give(session);
    }
    free(all);
}

enum { TAKES = AN_ROLE_AUTHORITY | AN_ROLE_OPERATOR | AN_ROLE_ADMIN, ROUTES = AN_ROLE_AUTHORITY | AN_ROLE_ADMIN };
#define DESK AN_METRIC_HTTP_DESK
/* clang-format off */
const struct an_api_route an_api_routes_complaints[] = {
    { "POST", "/v1/complaints", DESK, AN_BODY_JSON_LARGE, TAKES, AN_SCOPE_COMPLAINTS, add },
    { "GET", "/v1/complaints", DESK, AN_BODY_NONE, TAKES, AN_SCOPE_COMPLAINTS, list },
    { "GET", "/v1/routes", DESK, AN_BODY_NONE, TAKES, 0, routes },
    { "PUT", "/v1/routes", DESK, AN_BODY_JSON, ROUTES, 0, routes },
    { .method = NULL },
};
/* clang-format on */
