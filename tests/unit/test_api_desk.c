/* The desk's paths: every route for every role, what is in the answers, hostile names inert, streams bounded. */
#include <arpa/inet.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "api/auth.h"
#include "api/desk.h"
#include "api_fake.h"
#include "engine/counts.h"
#include "engine/live.h"
#include "journal/writer.h"
#include "enrich/trunk.h"
#include "folder.h"
#include "model/ruling.h"
#include "store/cases.h"

static const unsigned roles[] = { AN_ROLE_SUBSCRIBER, AN_ROLE_AGENT,     AN_ROLE_OPERATOR,
                                  AN_ROLE_AUDITOR,    AN_ROLE_AUTHORITY, AN_ROLE_ADMIN };
enum { ROLE_COUNT = 6, AGENT = 1, OPERATOR = 2, AUTHORITY = 4, ADMIN = 5 };

/* A number at a path such as "items.0.calls". */
static double number_at(const cJSON *json, const char *path)
{
    char name[64];
    const char *whole = path;
    while (json != NULL && *path != '\0') {
        size_t len = strcspn(path, ".");
        snprintf(name, sizeof name, "%.*s", (int)len, path);
        json =
            cJSON_IsArray(json) ? cJSON_GetArrayItem(json, atoi(name)) : cJSON_GetObjectItemCaseSensitive(json, name);
        path += len + (path[len] == '.');
    }
    if (!cJSON_IsNumber(json)) fail_msg("%s is no number", whole);
    return json->valuedouble;
}

struct world {
    struct fake fake;
    struct an_api_core core;
    struct an_api_desk desk;
    struct an_api_console console;
    struct an_store *store;
    char dir[64], cookies[ROLE_COUNT][AN_TICKET_TEXT + 1], csrf[ROLE_COUNT][AN_CSRF_TEXT + 1];
};

static void sign_in(struct world *w, int i)
{
    const struct an_secret *secret = an_store_secret(w->store);
    struct an_account account = { .id = an_db_id(), .language = "zh" };
    struct an_db_session *session;
    struct an_error error;
    uint8_t hash[AN_SECRET_HASH_BYTES];
    snprintf(account.login, sizeof account.login, "%s", an_role_name(roles[i]));
    snprintf(account.name, sizeof account.name, "%s", an_role_name(roles[i]));
    snprintf(account.role, sizeof account.role, "%s", an_role_name(roles[i]));
    an_api_ticket_make(secret, AN_SECRET_SESSION, w->cookies[i], hash);
    an_api_csrf_of(secret, an_slice_of(w->cookies[i]), w->csrf[i]);
    assert_int_equal(an_store_take(w->store, &session, &error), AN_OK);
    assert_int_equal(an_account_add(session, &account, &error), AN_OK);
    assert_int_equal(an_session_add(session, hash, account.id, FAKE_NOW_US, FAKE_NOW_US + 3600000000ull, &error),
                     AN_OK);
    an_db_give(session);
}

static int begin(void **state)
{
    struct world *w = calloc(1, sizeof *w);
    const struct an_live_options live = { .utc_offset_s = 28800 };
    struct an_error error;
    snprintf(w->dir, sizeof w->dir, "/tmp/anning-desk-XXXXXX");
    assert_non_null(mkdtemp(w->dir));
    const struct an_store_options store = { .data_dir = w->dir, .wait = true };
    assert_int_equal(an_store_start(&store, &w->store, &error), AN_OK);
    assert_int_equal(an_live_new(&live, &w->desk.live, &error), AN_OK);
    w->desk.data_dir = w->dir;
    w->console.streams_max = 50;
    struct an_api_options options = fake_options(&w->fake);
    options.store = w->store;
    options.desk = &w->desk;
    options.console = &w->console;
    assert_int_equal(an_api_core_init(&w->core, &options), AN_OK);
    for (int i = 0; i < ROLE_COUNT; i++) sign_in(w, i);
    *state = w;
    return 0;
}

static int finish(void **state)
{
    struct world *w = *state;
    an_api_core_done(&w->core);
    an_live_free(w->desk.live);
    an_store_stop(w->store);
    folder_drop(w->dir);
    free(w);
    return 0;
}

/* role < 0: nobody. path may have a query of plain arguments. */
static struct an_api_response ask(struct world *w, int role, const char *method, const char *path, const char *body)
{
    struct an_api_response response;
    char text[256], *query;
    snprintf(text, sizeof text, "%s", path);
    struct an_api_request request = { .method = method, .path = text, .body = an_slice_of(body) };
    request.content_type = AN_SLICE("application/json");
    if ((query = strchr(text, '?')) != NULL) *query++ = '\0';
    for (char *at = query; at != NULL && request.query_count < AN_API_QUERY_MAX;) {
        char *next = strchr(at, '&'), *value = strchr(at, '=');
        if (next != NULL) *next++ = '\0';
        if (value != NULL) *value++ = '\0';
        request.query[request.query_count++] = (struct an_api_argument) { at, value };
        at = next;
    }
    if (role >= 0) request.cookie = an_slice_of(w->cookies[role]), request.csrf = an_slice_of(w->csrf[role]);
    request.peer.v4.sin_family = AF_INET;
    an_api_answer(&w->core, &request, &response);
    if (response.source.done != NULL) response.source.done(response.source.user);
    return response;
}

static cJSON *get(struct world *w, int role, const char *path)
{
    struct an_api_response r = ask(w, role, "GET", path, "");
    if (r.status != 200) fail_msg("%s: %u %s", path, r.status, r.text.at);
    cJSON *json = fake_json(&r);
    an_text_done(&r.text);
    return json;
}

static unsigned status_of(struct world *w, int role, const char *method, const char *path, const char *body)
{
    struct an_api_response r = ask(w, role, method, path, body);
    an_text_done(&r.text);
    return r.status;
}

#define HOSTILE "=cmd|'/c calc'!A1\"</script>\n"

static struct an_record call_of(unsigned n, enum an_action action)
{
    struct an_record r = { .type = AN_RECORD_VERDICT };
    r.obs = (struct an_observation) { .kind = AN_OBS_ATTEMPT,
                                      .time_us = FAKE_NOW_US - 1000 + n,
                                      .caller = 862061110000ull + n,
                                      .callee = 8613800138000ull,
                                      .caller_operator = AN_OPERATOR_TELECOM };
    r.text.trunk = AN_SLICE("mobile-east");
    r.text.display = AN_SLICE(HOSTILE);
    r.obs.trunk = an_trunk_id(r.text.trunk);
    an_token_make(FAKE_NOW_US, 1, n, &r.token);
    r.verdict.action = (uint8_t)action;
    r.verdict.category = AN_CATEGORY_LOAN;
    r.verdict.campaign = 7;
    r.verdict.probability = 0.75f;
    return r;
}

static void call(struct world *w, unsigned n, enum an_action action)
{
    struct an_record r = call_of(n, action);
    an_live_take(w->desk.live, &r, r.obs.time_us);
}

static void report(struct world *w, unsigned n, bool wanted)
{
    struct an_record r = { .type = AN_RECORD_OBSERVATION };
    r.obs = (struct an_observation) { .kind = AN_OBS_REPORT,
                                      .time_us = FAKE_NOW_US + n,
                                      .caller = 862061110000ull + n,
                                      .callee = 8613800138000ull,
                                      .category = AN_CATEGORY_LOAN,
                                      .flags = wanted ? AN_OBS_WANTED : 0 };
    an_live_take(w->desk.live, &r, r.obs.time_us);
}

/* The same as the journal's follower writes it into the store. */
static void complain(struct world *w, unsigned n)
{
    static unsigned serial;
    struct an_complaint c = { .category = AN_CATEGORY_LOAN,
                              .time_us = FAKE_NOW_US + n,
                              .taken_us = FAKE_NOW_US + n,
                              .caller = 862061110000ull + n,
                              .callee = 8613800138000ull };
    struct an_db_session *session;
    struct an_error error;
    snprintf(c.theirs, sizeof c.theirs, "%u", serial++);
    assert_int_equal(an_store_take(w->store, &session, &error), AN_OK);
    assert_int_equal(an_complaints_take(session, an_store_secret(w->store), &c, 1, &error), AN_OK);
    an_db_give(session);
}

/* ---- who may what ---- */

static void concrete(const char *path, char out[96])
{
    size_t len = 0;
    for (; *path != '\0' && len < 80; path++) {
        if (*path != '{') {
            out[len++] = *path;
            continue;
        }
        len += (size_t)sprintf(out + len, "%s", strncmp(path, "{token", 6) == 0 ? "01KB3M8Z6W0000G7Q2V5X9T4C1" : "7");
        path = strchr(path, '}');
    }
    out[len] = '\0';
}

static void test_every_route_for_every_role(void **state)
{
    struct world *w = *state;
    char path[96];
    for (const struct an_api_route *route = an_api_routes_desk; route->method != NULL; route++) {
        concrete(route->path, path);
        const char *body = route->body == AN_BODY_NONE ? "" : "{}";
        bool machines = (route->roles & AN_ROLE_MACHINE) != 0; /* here no token is set */
        if ((status_of(w, -1, route->method, path, body) != 401) != machines)
            fail_msg("%s is open to nobody in particular", path);
        for (int i = 0; i < ROLE_COUNT; i++) {
            unsigned status = status_of(w, i, route->method, path, body);
            bool may = machines || (route->roles & roles[i]) != 0;
            if (may == (status == 401 || status == 403))
                fail_msg("%s %s as %s: %u", route->method, path, an_role_name(roles[i]), status);
        }
        assert_false(route->roles & AN_ROLE_SUBSCRIBER);
    }
}

static void test_no_desk(void **state)
{
    struct world *w = *state;
    const struct an_api_desk none = { 0 };
    w->core.options.desk = &none;
    assert_int_equal(status_of(w, OPERATOR, "GET", "/v1/stats", ""), 501);
    assert_int_equal(status_of(w, OPERATOR, "GET", "/v1/live", ""), 501);
    w->core.options.desk = NULL;
    assert_int_equal(status_of(w, OPERATOR, "GET", "/v1/health", ""), 501);
}

/* ---- what is in the answers ---- */

static void test_stats(void **state)
{
    struct world *w = *state;
    for (unsigned n = 0; n < 5; n++) call(w, n, n < 2 ? AN_ACTION_BLOCK : AN_ACTION_ALLOW);
    cJSON *json = get(w, AGENT, "/v1/stats?step=hour");
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(json, "items")), 25); /* parts of hours at both ends */
    double calls = 0;
    const cJSON *item;
    cJSON_ArrayForEach(item, cJSON_GetObjectItem(json, "items")) calls += number_at(item, "calls");
    assert_int_equal((int)calls, 5);
    cJSON_Delete(json);
    assert_int_equal(status_of(w, AGENT, "GET", "/v1/stats?step=year", ""), 400);
    assert_int_equal(status_of(w, AGENT, "GET", "/v1/stats?from=x", ""), 400);
    assert_int_equal(status_of(w, AGENT, "GET", "/v1/stats?step=minute&from=2020-01-01T00:00:00Z", ""), 400);
    assert_int_equal(status_of(w, AGENT, "GET", "/v1/stats?from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z", ""),
                     400);
}

static void test_number(void **state)
{
    struct world *w = *state;
    for (unsigned n = 0; n < 3; n++) call(w, 1, AN_ACTION_BLOCK);
    report(w, 1, false);
    cJSON *json = get(w, OPERATOR, "/v1/numbers/+862061110001");
    assert_string_equal(json_text(json, "number"), "+862061110001");
    assert_string_equal(json_text(json, "region"), "44");
    assert_string_equal(json_text(json, "standing"), "blocked");
    assert_int_equal((int)number_at(json, "counters.block"), 3);
    assert_int_equal((int)number_at(json, "reports.unwanted"), 1);
    assert_int_equal((int)number_at(json, "campaigns.0"), 7);
    assert_string_equal(json_text(json, "calls.0.display"), HOSTILE);
    assert_string_equal(json_text(json, "calls.0.callee"), "+86138****8000");
    cJSON_Delete(json);
    json = get(w, AGENT, "/v1/numbers/862061110001");
    assert_string_equal(json_text(json, "calls.0.caller"), "+8620****0001");
    cJSON_Delete(json);
    assert_int_equal(status_of(w, OPERATOR, "GET", "/v1/numbers/x", ""), 400);
    assert_int_equal(status_of(w, OPERATOR, "GET", "/v1/numbers/99999999999999999999", ""), 400);
}

/* What operators said of a number is on its page, newest first, and texts stay texts. */
static void test_labels_of_a_number(void **state)
{
    struct world *w = *state;
    struct an_ruling ruling = { .number = 862061110001ull, .until_us = FAKE_NOW_US + 1000, .weight = 1000 };
    struct an_record record;
    snprintf(ruling.who, sizeof ruling.who, "li.wei");
    snprintf(ruling.why, sizeof ruling.why, "%s", HOSTILE);
    for (int i = 0; i < 2; i++) {
        ruling.verdict = i == 0 ? AN_RULING_UNWANTED : AN_RULING_WANTED;
        an_record_of_ruling(&ruling, &record);
        an_live_take(w->desk.live, &record, FAKE_NOW_US + (unsigned)i);
    }
    cJSON *json = get(w, OPERATOR, "/v1/numbers/862061110001");
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(json, "labels")), 2);
    assert_string_equal(json_text(json, "labels.0.verdict"), "wanted");
    assert_string_equal(json_text(json, "labels.1.why"), HOSTILE);
    assert_string_equal(json_text(json, "labels.1.who"), "li.wei");
    assert_string_equal(json_text(json, "standing"), "wanted"); /* the last word, though calls were blocked */
    cJSON_Delete(json);
    ruling.verdict = AN_RULING_WITHDRAWN;
    an_record_of_ruling(&ruling, &record);
    an_live_take(w->desk.live, &record, FAKE_NOW_US + 2);
    ruling.verdict = AN_RULING_WANTED; /* redress: for the trunk that call came by */
    snprintf(ruling.trunk_name, sizeof ruling.trunk_name, "mobile-east");
    ruling.trunk = an_trunk_id(AN_SLICE("mobile-east"));
    ruling.until_us = UINT32_MAX * 1000000ull;
    an_record_of_ruling(&ruling, &record);
    an_live_take(w->desk.live, &record, FAKE_NOW_US + 3);
    json = get(w, OPERATOR, "/v1/numbers/862061110001");
    assert_string_equal(json_text(json, "standing"), "wanted_by_trunk");
    assert_string_equal(json_text(json, "labels.0.trunk"), "mobile-east");
    cJSON_Delete(json);
    json = get(w, OPERATOR, "/v1/numbers/862061110002");
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(json, "labels")), 0);
    cJSON_Delete(json);
}

static bool count_rows(void *user, const struct an_db_value *columns, size_t n)
{
    assert_int_equal(n, 1);
    *(int64_t *)user = an_db_get_int(&columns[0]);
    return true;
}

static int64_t looks(struct world *w, const char *act)
{
    struct an_db_session *session;
    struct an_error error;
    int64_t count = -1;
    const struct an_db_value value = an_db_text(act);
    assert_int_equal(an_store_take(w->store, &session, &error), AN_OK);
    assert_int_equal(
        an_db_query(session, "SELECT COUNT(*) FROM audit WHERE act = ?1", &value, 1, count_rows, &count, &error),
        AN_OK);
    an_db_give(session);
    return count;
}

static void test_looks_are_written_down(void **state)
{
    struct world *w = *state;
    cJSON_Delete(get(w, AGENT, "/v1/numbers/862061110001"));
    cJSON_Delete(get(w, ADMIN, "/v1/numbers/862061110001"));
    assert_int_equal(looks(w, "number.look"), 2);
    assert_int_equal(status_of(w, AUTHORITY, "GET", "/v1/numbers/862061110001", ""), 403);
    assert_int_equal(looks(w, "number.look"), 2);
}

/* An operator's session may label, an agent's may not, also where a token is asked for; the name is the session's. */
static void test_an_operator_labels(void **state)
{
    struct world *w = *state;
    const char *body =
        "{\"number\":\"+862061110001\",\"verdict\":\"unwanted\",\"who\":\"somebody else\",\"why\":\"x\"}";
    w->core.options.token = "secret";
    assert_int_equal(status_of(w, AGENT, "POST", "/v1/labels", body), 403);
    assert_int_equal(status_of(w, AUTHORITY, "POST", "/v1/labels", body), 403);
    assert_int_equal(w->fake.labels, 0);
    assert_int_equal(status_of(w, OPERATOR, "POST", "/v1/labels", body), 200);
    assert_string_equal(w->fake.label.who, "operator");
    assert_int_equal(looks(w, "label.say"), 1);
}

/* By the probability calls were judged with: what people said of them. */
static void test_calibration(void **state)
{
    struct world *w = *state;
    for (unsigned n = 0; n < 4; n++) call(w, n, AN_ACTION_LABEL);
    report(w, 0, false);
    report(w, 1, true);
    report(w, 9, false); /* of a call that is not remembered */
    cJSON *json = get(w, AGENT, "/v1/models");
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(json, "calibration")), 1);
    assert_int_equal((int)number_at(json, "calibration.0.unwanted"), 1);
    assert_int_equal((int)number_at(json, "calibration.0.wanted"), 1);
    assert_int_equal((int)(100 * number_at(json, "calibration.0.judged") + 0.5), 75);
    cJSON_Delete(json);
}

static void test_trunks_and_search(void **state)
{
    struct world *w = *state;
    for (unsigned n = 0; n < 4; n++) call(w, n, AN_ACTION_LABEL);
    cJSON *json = get(w, AGENT, "/v1/trunks");
    assert_string_equal(json_text(json, "items.0.name"), "mobile-east");
    assert_int_equal((int)number_at(json, "items.0.calls_24h"), 4);
    cJSON_Delete(json);
    json = get(w, OPERATOR, "/v1/trunks/mobile-east");
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(json, "calls")), 4);
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(json, "hours")), AN_LIVE_HOURS);
    assert_true(cJSON_IsArray(cJSON_GetObjectItem(json, "campaigns")));
    cJSON_Delete(json);
    assert_int_equal(status_of(w, OPERATOR, "GET", "/v1/trunks/none", ""), 404);
    json = get(w, AGENT, "/v1/search?q=MOBILE");
    assert_string_equal(json_text(json, "items.0.link"), "#/desk/trunks/mobile-east");
    cJSON_Delete(json);
    json = get(w, AGENT, "/v1/search?q=13800138000");
    assert_string_equal(json_text(json, "items.0.id"), "+8613800138000");
    assert_string_equal(json_text(json, "items.0.link"), "#/desk/numbers/%2B8613800138000");
    cJSON_Delete(json);
    json = get(w, AGENT, "/v1/search?q=C7");
    assert_string_equal(json_text(json, "items.0.kind"), "campaign");
    cJSON_Delete(json);
    assert_int_equal(status_of(w, AGENT, "GET", "/v1/search?q=%20", ""), 400);
    assert_int_equal(status_of(w, AGENT, "GET", "/v1/search", ""), 400);
}

static void test_words(void **state)
{
    struct world *w = *state;
    assert_int_equal(status_of(w, OPERATOR, "POST", "/v1/campaigns/7/name", "{\"name\":\"\\u0001<b>\"}"), 200);
    assert_int_equal(status_of(w, OPERATOR, "POST", "/v1/campaigns/7/name",
                               "{\"name\":\"012345678901234567890123456789012345678901234567\"}"),
                     400);
    assert_int_equal(status_of(w, OPERATOR, "POST", "/v1/campaigns/7/confirm", "{\"confirmed\":1}"), 400);
    assert_int_equal(status_of(w, OPERATOR, "POST", "/v1/campaigns/7/confirm", "{\"confirmed\":true}"), 200);
    assert_int_equal(status_of(w, OPERATOR, "POST", "/v1/campaigns/6/confirm", "{\"confirmed\":true}"), 404);
    assert_int_equal(status_of(w, OPERATOR, "POST", "/v1/campaigns/7/merge", "{\"other\":1.5}"), 400);
    assert_int_equal(status_of(w, OPERATOR, "POST", "/v1/campaigns/7/merge", "{\"other\":8}"), 200);
    assert_int_equal(status_of(w, OPERATOR, "POST", "/v1/campaigns/7/split", "{\"trunk\":\"t\",\"shape\":\"zz\"}"),
                     400);
    assert_int_equal(status_of(w, OPERATOR, "POST", "/v1/campaigns/7/split", "{\"trunk\":\"t\",\"shape\":\"a0b0c\"}"),
                     200);
    assert_int_equal(looks(w, "campaign.say"), 4 + 1); /* the one that was not there too: it was tried */
    cJSON *json = get(w, AGENT, "/v1/campaigns/7/timeline");
    assert_string_equal(json_text(json, "events.0.event"), "took-in");
    cJSON_Delete(json);
}

static void test_review(void **state)
{
    struct world *w = *state;
    call(w, 1, AN_ACTION_BLOCK);
    report(w, 1, true);
    cJSON *json = get(w, OPERATOR, "/v1/review");
    assert_string_equal(json_text(json, "items.0.why"), "wanted_but_touched");
    char path[96];
    snprintf(path, sizeof path, "/v1/review/%s", json_text(json, "items.0.token"));
    cJSON_Delete(json);
    assert_int_equal(status_of(w, AGENT, "POST", path, "{\"verdict\":\"wanted\"}"), 403);
    assert_int_equal(status_of(w, OPERATOR, "POST", path, "{\"verdict\":\"maybe\"}"), 400);
    w->fake.labels = 0;
    assert_int_equal(status_of(w, OPERATOR, "POST", path, "{\"verdict\":\"wanted\",\"why\":\"a courier\"}"), 200);
    assert_int_equal(w->fake.labels, 1);
    assert_int_equal(w->fake.label.verdict, AN_RULING_WANTED);
    assert_string_equal(w->fake.label.who, "operator");
    json = get(w, OPERATOR, "/v1/review");
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(json, "items")), 0);
    cJSON_Delete(json);
}

/* It is no touched call, so the live view knows the report alone: the journal has the call. */
static void test_review_of_a_call_let_through(void **state)
{
    struct world *w = *state;
    struct an_journal *journal;
    const struct an_journal_options options = { .dir = w->dir, .workers = 1 };
    uint8_t bytes[AN_RECORD_VERDICT_MAX];
    size_t len;
    struct an_record record = call_of(5, AN_ACTION_ALLOW), said = { .type = AN_RECORD_OBSERVATION };
    const uint64_t time_us = record.obs.time_us;
    an_token_make(time_us, 0, 5, &record.token);
    record.verdict.token = record.token;
    record.verdict.probability = 0.4f;
    record.feature_count = AN_FEATURE_COUNT;
    assert_int_equal(an_record_encode(&record, bytes, sizeof bytes, &len), AN_OK);
    assert_int_equal(an_journal_open(&options, &journal, NULL), AN_OK);
    assert_int_equal(an_journal_append(an_journal_writer(journal, 0), AN_RECORD_VERDICT, time_us, bytes, len), AN_OK);
    an_journal_close(journal);
    said.token = record.token;
    said.obs = (struct an_observation) { .kind = AN_OBS_REPORT,
                                         .time_us = time_us + 3600000000ull,
                                         .caller = record.obs.caller,
                                         .callee = record.obs.callee };
    an_live_take(w->desk.live, &said, said.obs.time_us);
    cJSON *json = get(w, OPERATOR, "/v1/review");
    assert_string_equal(json_text(json, "items.0.why"), "unwanted_but_allowed");
    assert_string_equal(json_text(json, "items.0.action"), "allow");
    assert_string_equal(json_text(json, "items.0.category"), "loan");
    assert_string_equal(json_text(json, "items.0.trunk"), "mobile-east");
    assert_string_equal(json_text(json, "items.0.time"), "2026-11-22T03:14:04.999005Z");
    assert_int_equal((int)(number_at(json, "items.0.score") * 100 + 0.5), 40);
    cJSON_Delete(json);
}

/* Nobody whose reports count has said what campaign 9 is about; most of those who reported it have. */
static void test_kind_by_reports(void **state)
{
    struct world *w = *state;
    for (unsigned n = 0; n < 3; n++) {
        struct an_record r = call_of(n, AN_ACTION_BLOCK);
        r.verdict.campaign = 9;
        an_live_take(w->desk.live, &r, r.obs.time_us);
        report(w, n, false);
    }
    cJSON *json = get(w, OPERATOR, "/v1/campaigns");
    assert_string_equal(json_text(json, "campaigns.0.category_by"), "trust");
    assert_string_equal(json_text(json, "campaigns.1.category"), "loan");
    assert_string_equal(json_text(json, "campaigns.1.category_by"), "reports");
    cJSON_Delete(json);
    json = get(w, OPERATOR, "/v1/campaigns/9");
    assert_string_equal(json_text(json, "category_by"), "reports");
    assert_int_equal((int)number_at(json, "category_votes"), 0);
    cJSON_Delete(json);
}

/* ---- the authority ---- */

static void test_statistics(void **state)
{
    struct world *w = *state;
    for (unsigned n = 0; n < 3; n++) call(w, n, AN_ACTION_BLOCK);
    report(w, 1, false);
    static const uint8_t here[AN_CALLS_JOURNAL_ID] = { 1 }, there[AN_CALLS_JOURNAL_ID] = { 2 };
    struct an_db_session *session;
    struct an_error error;
    assert_int_equal(status_of(w, AUTHORITY, "GET", "/v1/statistics", ""), 404); /* not written yet */
    assert_int_equal(an_store_take(w->store, &session, &error), AN_OK);
    assert_int_equal(an_counts_write(w->desk.live, here, session, &error), AN_OK);
    an_db_give(session);
    cJSON *json = get(w, AUTHORITY, "/v1/statistics?by=category");
    assert_int_equal((int)number_at(json, "servers"), 1);
    assert_string_equal(json_text(json, "definitions.0.measure"), "calls");
    cJSON_Delete(json);
    call(w, 7, AN_ACTION_BLOCK);
    assert_int_equal(an_store_take(w->store, &session, &error), AN_OK);
    assert_int_equal(an_counts_write(w->desk.live, there, session, &error),
                     AN_OK); /* what changed: 4 calls, 1 report */
    assert_int_equal(an_counts_write(w->desk.live, there, session, &error), AN_OK);
    an_db_give(session);
    json = get(w, AUTHORITY, "/v1/statistics?by=category");
    assert_string_equal(json_text(json, "items.0.key"), "loan");
    assert_string_equal(json_text(json, "items.0.name.en"), "loan sales");
    assert_int_equal((int)number_at(json, "items.0.block"), 3 + 4);
    assert_int_equal((int)number_at(json, "servers"), 2);
    cJSON_Delete(json);
    assert_int_equal(status_of(w, AUTHORITY, "GET", "/v1/statistics?quarter=1999Q1", ""), 404);
    assert_int_equal(status_of(w, AUTHORITY, "GET", "/v1/statistics?quarter=2026Q5", ""), 400);
    assert_int_equal(status_of(w, AUTHORITY, "GET", "/v1/statistics?quarter=2026Q4x", ""), 400);
    assert_int_equal(status_of(w, AUTHORITY, "GET", "/v1/statistics?by=name", ""), 400);
    struct an_api_response r = ask(w, AUTHORITY, "GET", "/v1/statistics.csv?by=region", "");
    assert_int_equal(r.status, 200);
    assert_non_null(strstr(r.text.at, "\"region\",\"44\",7,0,0,7,"));
    an_text_done(&r.text);
    r = ask(w, AUTHORITY, "GET", "/v1/statistics.xlsx", "");
    assert_int_equal(r.status, 200);
    assert_true(r.text.len > 1000 && memcmp(r.text.at, "PK", 2) == 0);
    an_text_done(&r.text);
}

static void test_cases(void **state)
{
    struct world *w = *state;
    for (unsigned n = 0; n < 3; n++) complain(w, 1);
    complain(w, 2);
    cJSON *json = get(w, AUTHORITY, "/v1/cases");
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(json, "items")), 2);
    assert_int_equal((int)number_at(json, "items.0.reports"), 3);
    assert_string_equal(json_text(json, "items.0.state"), "new");
    assert_int_equal(json_text(json, "items.0.subject")[0], 'P'); /* a pseudonym */
    char path[64];
    snprintf(path, sizeof path, "/v1/cases/%s", json_text(json, "items.0.id"));
    cJSON_Delete(json);
    json = get(w, ADMIN, path);
    assert_string_equal(json_text(json, "subject"), "+862061110001");
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(json, "complaints")), 3);
    assert_string_equal(json_text(json, "complaints.0.source"), "report");
    assert_int_equal(json_text(json, "complaints.0.callee")[0], 'P'); /* who complained is shown to nobody */
    cJSON_Delete(json);
    assert_int_equal(status_of(w, AUTHORITY, "PATCH", path, "{\"state\":\"lost\"}"), 400);
    assert_int_equal(status_of(w, AUTHORITY, "PATCH", "/v1/cases/0000000000000001", "{\"state\":\"open\"}"), 404);
    assert_int_equal(status_of(w, AUTHORITY, "PATCH", "/v1/cases/1", "{\"state\":\"open\"}"), 404);
    assert_int_equal(status_of(w, AUTHORITY, "PATCH", path, "{\"state\":\"asked\",\"note\":\"=1+1\"}"), 200);
    complain(w, 1);
    json = get(w, AUTHORITY, path); /* it lasts, while complaints go on */
    assert_string_equal(json_text(json, "state"), "asked");
    assert_string_equal(json_text(json, "who"), "authority");
    assert_int_equal((int)number_at(json, "reports"), 4);
    cJSON_Delete(json);
    json = get(w, AUTHORITY, "/v1/cases?state=asked");
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(json, "items")), 1);
    cJSON_Delete(json);
    assert_int_equal(status_of(w, AUTHORITY, "GET", "/v1/cases?state=x", ""), 400);
    struct an_api_response r = ask(w, AUTHORITY, "GET", "/v1/cases.csv", "");
    assert_non_null(strstr(r.text.at, "\"'=1+1\"")); /* no formula */
    assert_null(strstr(r.text.at, "862061110001"));
    an_text_done(&r.text);
}

/* More cases than a file holds: the file says so, and the next one goes on there. */
static void test_many_cases(void **state)
{
    enum { MANY = 100500 };
    struct world *w = *state;
    struct an_db_session *session;
    struct an_error error;
    const struct an_db_value many = an_db_int(MANY);
    int64_t changed = 0;
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    skip(); /* minutes there; what writes a file is run by the tests of few cases */
#endif
    complain(w, 1);
    cJSON *json = get(w, AUTHORITY, "/v1/cases");
    const int before = cJSON_GetArraySize(cJSON_GetObjectItem(json, "items"));
    cJSON_Delete(json);
    assert_int_equal(an_store_take(w->store, &session, &error), AN_OK);
    if (an_db_run(session,
                  "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1) INSERT INTO "
                  "complaint_case (id, kind, number_key, number_box, campaign, journal, firm, reports, complaints, "
                  "total, first, last, category, network, region, state, note, who, updated) SELECT 1000000 + i, kind, "
                  "number_key, number_box, campaign, journal, firm, 0, 1, 1, first, last, category, network, region, "
                  "4, note, who, updated FROM n, (SELECT * FROM complaint_case LIMIT 1) one",
                  &many, 1, &changed, &error) != AN_OK)
        fail_msg("%s", error.text);
    an_db_give(session);
    assert_int_equal(changed, MANY);
    struct an_api_response r = ask(w, AUTHORITY, "GET", "/v1/cases.csv", "");
    assert_int_equal(r.status, 200);
    size_t rows = 0;
    for (const char *at = r.text.at; (at = strstr(at, "\r\n")) != NULL; at += 2) rows++;
    assert_int_equal(rows, 1 + 100000 + 1);
    const char *next = strstr(r.text.at, "?cursor=");
    assert_non_null(next);
    char path[96];
    snprintf(path, sizeof path, "/v1/cases.csv%.*s", (int)strcspn(next, "\""), next);
    an_text_done(&r.text);
    r = ask(w, AUTHORITY, "GET", path, "");
    assert_int_equal(r.status, 200);
    assert_null(strstr(r.text.at, "?cursor="));
    rows = 0;
    for (const char *at = r.text.at; (at = strstr(at, "\r\n")) != NULL; at += 2) rows++;
    assert_int_equal(rows, 1 + MANY + (size_t)before - 100000);
    an_text_done(&r.text);
    assert_int_equal(status_of(w, AUTHORITY, "GET", "/v1/cases.xlsx?cursor=x", ""), 400);
    assert_int_equal(an_store_take(w->store, &session, &error), AN_OK);
    assert_int_equal(an_db_run(session, "DELETE FROM complaint_case WHERE state = 4", NULL, 0, NULL, &error), AN_OK);
    an_db_give(session);
}

static void test_sheet_is_inert(void **state)
{
    (void)state;
    static const char *const headers[] = { "a", "b" };
    struct an_sheet *sheet = an_sheet_new(headers, 2);
    struct an_text out;
    an_text_init(&out, 1 << 20);
    an_sheet_text(sheet, HOSTILE);
    an_sheet_text(sheet, "@x");
    an_sheet_text(sheet, "+86138");
    an_sheet_number(sheet, 7);
    an_sheet_text(sheet, "\xef\xbc\x9d"
                         "1"); /* full-width = */
    an_sheet_text(sheet, "\n=1");
    an_sheet_csv(sheet, &out);
    assert_string_equal(out.at,
                        "\xef\xbb\xbf\"a\",\"b\"\r\n\"'=cmd|'/c calc'!A1\"\"</script>\n\",\"'@x\"\r\n\"'+86138\",7\r\n"
                        "\"'\xef\xbc\x9d"
                        "1\",\"'\n=1\"\r\n");
    an_text_clear(&out);
    assert_int_equal(an_sheet_xlsx(sheet, "x", &out), AN_OK);
    an_text_done(&out);
    an_sheet_free(sheet);
}

static void test_health(void **state)
{
    struct world *w = *state;
    cJSON *json = get(w, AGENT, "/v1/health");
    const cJSON *item;
    cJSON_ArrayForEach(item, cJSON_GetObjectItem(json, "parts"))
    {
        bool good = strcmp(json_text(item, "state"), "good") == 0;
        assert_true(good == (json_text(item, "do_en")[0] == '\0')); /* what is not good says what to do */
    }
    cJSON_Delete(json);
    cJSON_Delete(get(w, AGENT, "/v1/models"));
}

/* ---- streams over sockets ---- */

static int open_stream(uint16_t port, const char *cookie)
{
    char request[256];
    const struct sockaddr_in to = { .sin_family = AF_INET,
                                    .sin_port = htons(port),
                                    .sin_addr.s_addr = htonl(0x7f000001) };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int len = snprintf(request, sizeof request, "GET /v1/live HTTP/1.1\r\nHost: x\r\nCookie: anning_session=%s\r\n\r\n",
                       cookie);
    assert_int_equal(connect(fd, (const struct sockaddr *)&to, sizeof to), 0);
    assert_int_equal(send(fd, request, (size_t)len, MSG_NOSIGNAL), len);
    return fd;
}

/* Reads until text is there, or nothing comes for 10 s. */
static bool reads(int fd, const char *text)
{
    char bytes[65536];
    size_t len = 0;
    const struct timeval patience = { .tv_sec = 10 };
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    while (len < sizeof bytes - 1) {
        ssize_t n = recv(fd, bytes + len, sizeof bytes - 1 - len, 0);
        if (n <= 0) break;
        len += (size_t)n;
        bytes[len] = '\0';
        if (strstr(bytes, text) != NULL) return true;
    }
    return false;
}

static void test_streams_are_bounded(void **state)
{
    enum { STREAMS = 50, MORE = 20 };
    struct world *w = *state;
    struct an_api *api;
    struct an_error error;
    struct an_api_options options = w->core.options;
    int fds[STREAMS + MORE];
    assert_int_equal(an_api_start(&options, &api, &error), AN_OK);
    uint16_t port = an_api_port(api);
    for (int i = 0; i < STREAMS; i++) {
        fds[i] = open_stream(port, w->cookies[AGENT]);
        assert_true(reads(fds[i], "event: tick"));
    }
    for (int i = STREAMS; i < STREAMS + MORE; i++) {
        fds[i] = open_stream(port, w->cookies[AGENT]);
        assert_true(reads(fds[i], "too_many_streams"));
    }
    call(w, 1, AN_ACTION_BLOCK);
    for (int i = 0; i < STREAMS; i++) assert_true(reads(fds[i], "event: call"));
    for (int i = 0; i < STREAMS + MORE; i++) close(fds[i]);
    int fd = -1; /* room again, once the server has noticed */
    for (int i = 0; i < 100 && fd < 0; i++) {
        fd = open_stream(port, w->cookies[AGENT]);
        if (reads(fd, "event: tick")) break;
        close(fd);
        fd = -1;
        usleep(100000);
    }
    assert_true(fd >= 0);
    an_api_stop(api); /* with a stream open */
    close(fd);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, finish)
    const struct CMUnitTest tests[] = {
        TEST(test_every_route_for_every_role),
        TEST(test_no_desk),
        TEST(test_stats),
        TEST(test_number),
        TEST(test_looks_are_written_down),
        TEST(test_labels_of_a_number),
        TEST(test_an_operator_labels),
        TEST(test_calibration),
        TEST(test_trunks_and_search),
        TEST(test_words),
        TEST(test_review),
        TEST(test_review_of_a_call_let_through),
        TEST(test_kind_by_reports),
        TEST(test_statistics),
        TEST(test_cases),
        TEST(test_many_cases),
        cmocka_unit_test(test_sheet_is_inert),
        TEST(test_health),
        TEST(test_streams_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
