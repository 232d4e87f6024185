/* Requests and answers without a socket: bodies into calls, verdicts into JSON, errors. */
#include "api_fake.h"

#include <arpa/inet.h>

#include "model/callee.h"

struct world {
    struct fake fake;
    struct an_api_core core;
};

static int begin(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    if (world == NULL) return -1;
    struct an_api_options options = fake_options(&world->fake);
    static unsigned worker = 7;
    options.workers = &worker;
    *state = world;
    return an_api_core_init(&world->core, &options);
}

static int finish(void **state)
{
    struct world *world = *state;
    an_api_core_done(&world->core);
    free(world);
    return 0;
}

/* What the callee's own settings said, by name and in a sentence. */
static void test_own_settings(void **state)
{
    (void)state;
    struct an_text out;
    struct an_verdict verdict = { .rules = AN_RULE_RANGE | AN_RULE_EXPECTED | AN_RULE_OWN_EVIDENCE,
                                  .callee_version = 7,
                                  .chosen = AN_CHOICE_BLOCK << AN_CHOSEN_RANGE | 1 << AN_CHOSEN_EXPECTED };
    for (int own = 1; own >= 0; own--) {
        an_text_init(&out, 8192);
        an_text_puts(&out, "{");
        an_api_verdict_json(&out, &verdict, NULL);
        an_text_puts(&out, "}");
        cJSON *json = cJSON_Parse(out.at);
        assert_non_null(json);
        const cJSON *callee = cJSON_GetObjectItem(json, "callee");
        assert_int_equal(callee != NULL, own);
        if (own) {
            assert_true(json_number(callee, "version") == 7);
            assert_string_equal(json_text(json, "callee.range"), "block");
            assert_string_equal(json_text(json, "callee.expected"), "delivery");
            assert_null(cJSON_GetObjectItem(callee, "hours"));
            assert_string_equal(json_text(json, "rules.0"), "expected");
            assert_string_equal(json_text(json, "because.1.rule"), "range");
            assert_non_null(strstr(json_text(json, "because.1.en"), "blocked."));
            assert_string_equal(json_text(json, "because.1.zh"), "按被叫的设置，该号段的来电一律拦截。");
        } else {
            assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(json, "because")), 0);
        }
        cJSON_Delete(json);
        an_text_done(&out);
        verdict = (struct an_verdict) { 0 };
    }
}

static void test_decide_one(void **state)
{
    struct world *world = *state;
    struct an_api_response r = fake_ask(
        &world->core, "POST", "/v1/decide",
        "{\"from\":\"+8617012345678\",\"to\":\"+8613800138003\",\"call_id\":\"abc@gw\",\"trunk\":\"mobile-east\","
        "\"user_agent\":\"VOS3000 \\u8d37\",\"shape\":\"00000000000000ff\",\"source\":\"192.0.2.7:5070\"}");
    assert_int_equal(r.status, 200);
    cJSON *json = fake_json(&r);
    assert_string_equal(json_text(json, "action"), "block");
    assert_int_equal(strlen(json_text(json, "token")), 26);
    assert_string_equal(json_text(json, "category"), "loan");
    assert_string_equal(json_text(json, "category_zh"), an_category_zh(AN_CATEGORY_LOAN));
    assert_string_equal(json_text(json, "level"), "standard");
    assert_string_equal(json_text(json, "rules.0"), "relation");
    assert_string_equal(json_text(json, "rules.1"), "own_evidence");
    assert_string_equal(json_text(json, "symbols.0.name"), an_symbol_text(0).name);
    assert_string_equal(json_text(json, "symbols.1.zh"), an_symbol_text(1).zh);
    assert_string_equal(json_text(json, "causes.0.feature"), "number_walk");
    assert_string_equal(json_text(json, "causes.0.zh"), an_feature_info[AN_F_NUMBER_WALK].zh);
    assert_true(json_number(cJSON_GetArrayItem(cJSON_GetObjectItem(json, "causes"), 0), "weight") == 2.1);
    assert_true(json_number(cJSON_GetArrayItem(cJSON_GetObjectItem(json, "causes"), 0), "value") == 0.5);
    assert_true(json_number(json, "shadow_score") == 0.5);
    assert_string_equal(json_text(json, "settings_version"), "9f86d081884c7d65");
    assert_true(json_number(json, "score") == 0.75);
    assert_true(json_number(json, "log_odds") == 1.5);
    assert_true(json_number(cJSON_GetObjectItem(json, "sip"), "status") == 608);
    assert_true(json_number(cJSON_GetArrayItem(cJSON_GetObjectItem(json, "symbols"), 1), "weight") == -0.4);
    cJSON_Delete(json);
    const struct an_call *call = &world->fake.last;
    assert_string_equal(world->fake.from, "+8617012345678");
    assert_string_equal(world->fake.to, "+8613800138003");
    assert_string_equal(world->fake.trunk, "mobile-east");
    assert_string_equal(world->fake.call_id, "abc@gw");
    assert_string_equal(world->fake.user_agent, "VOS3000 \xe8\xb4\xb7");
    assert_int_equal(call->parsed.shape, 0xff);
    assert_int_equal(call->transport, AN_TRANSPORT_HTTP);
    assert_int_equal(call->parsed.given_kind, AN_OBS_ATTEMPT);
    assert_int_equal(call->peer.v4.sin_family, AF_INET);
    assert_int_equal(ntohl(call->peer.v4.sin_addr.s_addr), 0xc0000207);
    assert_int_equal(ntohs(call->peer.v4.sin_port), 5070);
    an_text_done(&r.text);
}

static void test_decide_withheld_and_default_source(void **state)
{
    struct world *world = *state;
    struct an_api_response r =
        fake_ask(&world->core, "POST", "/v1/decide", "{\"from\":null,\"to\":\"+8613800138000\"}");
    assert_int_equal(r.status, 200);
    assert_true(world->fake.last.parsed.anonymous);
    assert_int_equal(ntohl(world->fake.last.peer.v4.sin_addr.s_addr), 0x7f000001);
    an_text_done(&r.text);
}

/* Errors in place, the others judged, order kept; more than one vector. */
static void test_decide_many(void **state)
{
    struct world *world = *state;
    struct an_text body;
    an_text_init(&body, AN_HTTP_BODY_MAX);
    an_text_puts(&body, "[");
    for (int i = 0; i < AN_DECIDE_CALLS_MAX; i++) {
        if (i > 0) an_text_puts(&body, ",");
        if (i % 10 == 5)
            an_text_puts(&body, "{\"from\":\"+8617012345678\"}");
        else if (i % 10 == 9)
            an_text_puts(&body, "{\"from\":\"+8617012345678\",\"to\":\"+8613800138009\"}"); /* the engine refuses */
        else
            an_text_printf(&body, "{\"from\":\"+8617012345678\",\"to\":\"+86138001380%d\"}", i % 4);
    }
    an_text_puts(&body, "]");
    struct an_api_response r = fake_ask_typed(&world->core, "POST", "/v1/decide", "application/json; charset=UTF-8",
                                              (struct an_slice) { body.at, body.len });
    assert_int_equal(r.status, 200);
    cJSON *json = fake_json(&r);
    assert_int_equal(cJSON_GetArraySize(json), AN_DECIDE_CALLS_MAX);
    int i = 0;
    const cJSON *item;
    cJSON_ArrayForEach(item, json)
    {
        if (i % 10 == 5) {
            assert_string_equal(json_text(item, "error.field"), "to");
            const char *at = body.at + (size_t)json_number(cJSON_GetObjectItem(item, "error"), "at");
            assert_memory_equal(at, "{\"from\":\"+8617012345678\"}", 25);
        } else if (i % 10 == 9) {
            assert_string_equal(json_text(item, "error.message"), "not taken: full");
        } else {
            assert_string_equal(json_text(item, "action"), an_action_name((enum an_action)(i % 4)));
        }
        i++;
    }
    cJSON_Delete(json);
    assert_int_equal(world->fake.calls, 900);
    assert_int_equal(world->fake.runs, 16);
    an_text_done(&r.text);
    body.len--; /* one more */
    an_text_puts(&body, ",{\"from\":\"1\",\"to\":\"2\"}]");
    r = fake_ask_typed(&world->core, "POST", "/v1/decide", "application/json", (struct an_slice) { body.at, body.len });
    assert_int_equal(r.status, 400);
    json = fake_json(&r);
    assert_non_null(strstr(json_text(json, "error.message"), "1001 objects"));
    assert_non_null(strstr(json_text(json, "error.message"), "DECIDE_CALLS_MAX"));
    assert_int_equal(world->fake.calls, 900);
    cJSON_Delete(json);
    an_text_done(&r.text);
    an_text_done(&body);
}

static const struct {
    const char *path, *body, *field, *why;
} refused[] = {
    { "/v1/decide", "{\"to\":\"+8613800138000\"}", "from", "missing" },
    { "/v1/decide", "{\"from\":\"1\"}", "to", "missing" },
    { "/v1/decide", "{\"form\":\"1\",\"to\":\"2\"}", "form", "did you mean \"from\"" },
    { "/v1/decide", "{\"from\":1,\"to\":\"2\"}", "from", "text" },
    { "/v1/decide", "{\"from\":\"1\",\"to\":{\"a\":1}}", "to", "text" },
    { "/v1/decide", "{\"from\":\"1\",\"to\":[\"2\"]}", "to", "text" },
    { "/v1/decide", "{\"from\":\"1\",\"to\":\"2\",\"kind\":\"end\"}", "kind", "/v1/events" },
    { "/v1/decide", "{\"from\":\"1\",\"to\":\"2\",\"kind\":\"attemt\"}", "kind", "attempt" },
    { "/v1/decide", "{\"from\":\"1\",\"to\":\"2\",\"outcome\":\"refused\"}", "outcome", "/v1/events" },
    { "/v1/decide", "{\"from\":\"1\",\"to\":\"2\",\"talk_s\":5}", "talk_s", "/v1/events" },
    { "/v1/decide", "{\"from\":\"1\",\"to\":\"2\",\"source\":\"gw.example\"}", "source", "192.0.2.7" },
    { "/v1/decide", "{\"from\":\"1\",\"to\":\"2\",\"source\":5060}", "source", "192.0.2.7" },
    { "/v1/decide", "{\"from\":\"1\",\"to\":\"2\",\"time\":\"2026-11-22T03:00:00Z\"}", "time", "5 minutes ago" },
    { "/v1/decide", "{\"from\":\"1\",\"to\":\"2\",\"time\":\"2026-11-22T03:30:00Z\"}", "time", "ahead" },
    { "/v1/decide", "{\"from\":\"1\",\"to\":\"2\",\"time\":\"2026-11-22T03:14:05\"}", "time", "zone" },
    { "/v1/decide", "{\"from\":\"1\",\"to\":\"2\",\"time\":1795317245000}", "time", "milliseconds" },
    { "/v1/decide", "{\"from\":\"1\",\"to\":\"+8613800138009\"}", "", "not taken: full" },
    { "/v1/decide", "{\"from\":\"1\",\"to\":\"2\"", "", "expected , or }" },
    { "/v1/decide", "{\"from\":\"1\",\"from\":\"1\",\"to\":\"2\"}", "", "named twice" },
    { "/v1/decide", "{\"from\":\"1\",\"to\":NaN}", "", "not a JSON value" },
    { "/v1/decide", "", "", "empty body" },
    { "/v1/events", "{\"from\":\"1\",\"to\":\"2\"}", "kind", "missing" },
    { "/v1/events", "{\"kind\":\"end\"}", "call_id", "missing" },
    { "/v1/events", "{\"kind\":\"report\",\"wanted\":true}", "token", "missing" },
    { "/v1/events", "{\"kind\":\"report\",\"token\":\"short\"}", "token", "26 letters" },
    { "/v1/events", "{\"kind\":\"end\",\"call_id\":\"a\",\"outcome\":\"refussed\"}", "outcome", "refused" },
    { "/v1/events", "{\"kind\":\"end\",\"call_id\":\"a\",\"ring_s\":-1}", "ring_s", "seconds" },
    { "/v1/events", "{\"kind\":\"end\",\"call_id\":\"a\",\"time\":\"2026-11-14T03:14:05Z\"}", "time", "7 days" },
};

static void test_refused(void **state)
{
    struct world *world = *state;
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        struct an_api_response r = fake_ask(&world->core, "POST", refused[i].path, refused[i].body);
        cJSON *json = fake_json(&r);
        if (r.status != 400 || strcmp(json_text(json, "error.field"), refused[i].field) != 0 ||
            strstr(json_text(json, "error.message"), refused[i].why) == NULL)
            fail_msg("%s: %u %s", refused[i].body, r.status, r.text.at);
        assert_true(json_number(cJSON_GetObjectItem(json, "error"), "at") >= 0);
        cJSON_Delete(json);
        an_text_done(&r.text);
    }
}

static void test_time_honoured_when_near(void **state)
{
    struct world *world = *state;
    const char *body = "{\"from\":\"1\",\"to\":\"2\",\"time\":\"2026-11-22T11:13:05+08:00\"}";
    struct an_api_response r = fake_ask(&world->core, "POST", "/v1/decide", body);
    assert_int_equal(r.status, 200);
    assert_true(world->fake.last.parsed.given_time_us == FAKE_NOW_US - 60 * 1000000ull);
    an_text_done(&r.text);
    body = "{\"from\":\"1\",\"to\":\"2\",\"time\":\"2020-01-01T00:00:00Z\"}";
    world->core.options.any_time = true;
    r = fake_ask(&world->core, "POST", "/v1/decide", body);
    assert_int_equal(r.status, 200);
    an_text_done(&r.text);
}

static void test_events(void **state)
{
    struct world *world = *state;
    struct an_api_response r =
        fake_ask(&world->core, "POST", "/v1/events",
                 "[{\"kind\":\"answer\",\"call_id\":\"a\",\"ring_s\":6},"
                 " {\"kind\":\"call\",\"from\":\"1\",\"to\":\"+8613800138000\",\"outcome\":\"answered\",\"ring_s\":5,"
                 "\"talk_s\":63.5},"
                 " {\"kind\":\"oops\"},"
                 " {\"kind\":\"report\",\"token\":\"01KB3M8Z6W0000G7Q2V5X9T4C1\",\"wanted\":true},"
                 " {\"kind\":\"attempt\",\"from\":\"1\",\"to\":\"+8613800138009\"},"
                 " {\"kind\":\"end\",\"call_id\":\"b\",\"outcome\":\"refused\",\"time\":\"2026-11-21T03:14:05Z\"}]");
    assert_int_equal(r.status, 200);
    cJSON *json = fake_json(&r);
    assert_true(json_number(json, "accepted") == 4);
    const cJSON *rejected = cJSON_GetObjectItem(json, "rejected");
    assert_int_equal(cJSON_GetArraySize(rejected), 2);
    assert_true(json_number(cJSON_GetArrayItem(rejected, 0), "index") == 2);
    assert_string_equal(json_text(rejected, "0.error.field"), "kind");
    assert_true(json_number(cJSON_GetArrayItem(rejected, 1), "index") == 4);
    assert_string_equal(json_text(rejected, "1.error.message"), "not taken: full");
    cJSON_Delete(json);
    assert_int_equal(world->fake.calls, 6); /* a whole record is two */
    assert_int_equal(world->fake.last.parsed.given_kind, AN_OBS_END);
    assert_int_equal(world->fake.last.parsed.given_outcome, AN_OUTCOME_REFUSED);
    assert_int_equal(world->fake.last.transport, AN_TRANSPORT_HTTP);
    an_text_done(&r.text);
    r = fake_ask(&world->core, "POST", "/v1/events", "{\"kind\":\"attempt\",\"from\":\"1\",\"to\":\"2\"}");
    assert_int_equal(r.status, 200);
    assert_int_equal(world->fake.last.transport, AN_TRANSPORT_FILE); /* seen, not asked */
    an_text_done(&r.text);
}

/* 1,000 whole records are 2,000 calls; no vector is over its size. */
static void test_events_many(void **state)
{
    struct world *world = *state;
    struct an_text body;
    an_text_init(&body, AN_HTTP_BODY_MAX);
    for (int i = 0; i < AN_DECIDE_CALLS_MAX; i++)
        an_text_printf(&body, "%s{\"kind\":\"call\",\"from\":\"1\",\"to\":\"2\",\"talk_s\":%d}", i == 0 ? "[" : ",", i);
    an_text_puts(&body, "]");
    struct an_api_response r = fake_ask(&world->core, "POST", "/v1/events", body.at);
    cJSON *json = fake_json(&r);
    assert_true(json_number(json, "accepted") == AN_DECIDE_CALLS_MAX);
    assert_int_equal(world->fake.calls, 2 * AN_DECIDE_CALLS_MAX);
    assert_in_range(world->fake.vector_max, 1, AN_VECTOR_MAX);
    cJSON_Delete(json);
    an_text_done(&r.text);
    an_text_done(&body);
}

static void expect(struct world *world, const char *method, const char *path, unsigned status, const char *allow)
{
    struct an_api_response r = fake_ask(&world->core, method, path, "");
    if (r.status != status) fail_msg("%s %s: %u, expected %u", method, path, r.status, status);
    assert_string_equal(r.allow, allow == NULL ? "" : allow);
    if (strcmp(r.type, "application/json") == 0) {
        cJSON *json = fake_json(&r);
        if (status >= 400) assert_true(strlen(json_text(json, "error.message")) > 0);
        cJSON_Delete(json);
    }
    an_text_done(&r.text);
}

static void test_paths_and_methods(void **state)
{
    struct world *world = *state;
    expect(world, "GET", "/", 404, NULL);
    expect(world, "GET", "", 404, NULL);
    expect(world, "GET", "/v1/decide/", 404, NULL);
    expect(world, "POST", "/v1/decide2", 404, NULL);
    expect(world, "GET", "/v1/explain/", 404, NULL);
    expect(world, "GET", "/v1/explain/01KB3M8Z6W0000G7Q2V5X9T4C1/x", 404, NULL);
    expect(world, "GET", "/healthz%00", 404, NULL);
    expect(world, "GET", "/v1/decide", 405, "POST");
    expect(world, "OPTIONS", "/v1/events", 405, "POST");
    expect(world, "post", "/v1/events", 405, "POST");
    expect(world, "POST", "/metrics", 405, "GET, HEAD");
    expect(world, "DELETE", "/v1/explain/01KB3M8Z6W0000G7Q2V5X9T4C1", 405, "GET, HEAD");
    expect(world, "GET", "/healthz", 200, NULL);
    expect(world, "HEAD", "/healthz", 200, NULL);
    expect(world, "GET", "/readyz", 200, NULL);
    expect(world, "GET", "/openapi.json", 200, NULL);
    expect(world, "GET", "/metrics", 200, NULL);
}

static void test_content_types(void **state)
{
    struct world *world = *state;
    static const struct {
        const char *type;
        unsigned status;
    } types[] = { { "application/json", 200 },
                  { "Application/JSON ; charset=utf-8", 200 },
                  { "application/json;charset=\"utf-8\"", 200 },
                  { "application/json; charset=gbk", 415 },
                  { "text/plain", 415 },
                  { "application/x-www-form-urlencoded", 415 },
                  { "", 415 },
                  { "application/jsonx", 415 },
                  { "application/json-seq", 415 } };
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        struct an_api_response r = fake_ask_typed(&world->core, "POST", "/v1/decide", types[i].type,
                                                  AN_SLICE("{\"from\":\"1\",\"to\":\"2\"}"));
        if (r.status != types[i].status) fail_msg("%s: %u", types[i].type, r.status);
        an_text_done(&r.text);
    }
}

static unsigned with_token(struct world *world, const char *path, const char *authorization)
{
    struct an_api_response r;
    struct an_api_request request = { .method = "GET", .path = path, .authorization = an_slice_of(authorization) };
    an_api_answer(&world->core, &request, &r);
    assert_int_equal(r.challenge, r.status == 401);
    an_text_done(&r.text);
    return r.status;
}

static void test_bearer(void **state)
{
    struct world *world = *state;
    world->core.options.token = "s3cret";
    assert_int_equal(with_token(world, "/metrics", "Bearer s3cret"), 200);
    assert_int_equal(with_token(world, "/metrics", "bearer  s3cret "), 200);
    static const char *const wrong[] = { "",
                                         "Bearer",
                                         "Bearer ",
                                         "Bearer s3cre",
                                         "Bearer s3crets",
                                         "Bearer S3cret",
                                         "Basic s3cret",
                                         "s3cret",
                                         "Bearer s3crets3cret" };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        if (with_token(world, "/metrics", wrong[i]) != 401) fail_msg("\"%s\" got in", wrong[i]);
    assert_int_equal(with_token(world, "/v1/explain/01KB3M8Z6W0000G7Q2V5X9T4C1", ""), 401);
    assert_int_equal(with_token(world, "/healthz", ""), 200);
    assert_int_equal(with_token(world, "/readyz", ""), 200);
    assert_int_equal(with_token(world, "/openapi.json", ""), 200);
    struct an_api_response r = fake_ask(&world->core, "POST", "/v1/decide", "{\"from\":\"1\",\"to\":\"2\"}");
    assert_int_equal(r.status, 401);
    assert_int_equal(world->fake.calls, 0);
    an_text_done(&r.text);
}

static void test_ready_and_draining(void **state)
{
    struct world *world = *state;
    world->core.draining = true;
    struct an_api_response r = fake_ask(&world->core, "GET", "/readyz", "");
    assert_int_equal(r.status, 503);
    assert_int_equal(r.retry_s, 5);
    assert_non_null(strstr(r.text.at, "shutting down"));
    an_text_done(&r.text);
    expect(world, "GET", "/readyz", 503, NULL);
    expect(world, "POST", "/v1/decide", 503, NULL);
    expect(world, "POST", "/v1/events", 503, NULL);
    expect(world, "GET", "/healthz", 200, NULL);
    expect(world, "GET", "/metrics", 200, NULL);
}

static void test_explain(void **state)
{
    struct world *world = *state;
    struct an_token token;
    char text[AN_TOKEN_TEXT_MAX], path[64];
    an_token_make(FAKE_NOW_US, 7, 99, &token);
    an_token_text(&token, text);
    for (int lower = 0; lower < 2; lower++) {
        snprintf(path, sizeof path, "/v1/explain/%s", text);
        struct an_api_response r = fake_ask(&world->core, "GET", path, "");
        assert_int_equal(r.status, 200);
        cJSON *json = fake_json(&r);
        assert_string_equal(json_text(json, "action"), "block");
        assert_string_equal(json_text(json, "from"), "+8617012345678");
        cJSON_Delete(json);
        an_text_done(&r.text);
        for (char *c = text; *c != '\0'; c++) *c = an_lower(*c);
    }
    expect(world, "GET", "/v1/explain/01KB3M8Z6W0000G7Q2V5X9T4C1", 404, NULL);
    expect(world, "GET", "/v1/explain/nope", 400, NULL);
    expect(world, "GET", "/v1/explain/..%2f..%2fetc%2fpasswd", 400, NULL);
    world->fake.broken = true;
    expect(world, "GET", path, 500, NULL);
    world->core.options.calls.explain = NULL;
    expect(world, "GET", path, 404, NULL);
}

static void test_counted(void **state)
{
    struct world *world = *state;
    expect(world, "GET", "/healthz", 200, NULL);
    expect(world, "GET", "/nothing", 404, NULL);
    expect(world, "GET", "/v1/decide", 405, "POST");
    expect(world, "POST", "/v1/decide", 400, NULL);
    struct an_api_response r = fake_ask(&world->core, "GET", "/metrics", "");
    static const char *const lines[] = {
        "\nanning_http_requests_total{endpoint=\"healthz\",status=\"2xx\"} 1\n",
        "\nanning_http_requests_total{endpoint=\"none\",status=\"4xx\"} 1\n",
        "\nanning_http_requests_total{endpoint=\"decide\",status=\"4xx\"} 2\n",
        "\nanning_malformed_total{input=\"json\"} 1\n",
    };
    for (size_t i = 0; i < 4; i++)
        if (strstr(r.text.at, lines[i]) == NULL) fail_msg("no %s in %s", lines[i], r.text.at);
    an_text_done(&r.text);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, finish)
    const struct CMUnitTest tests[] = {
        TEST(test_decide_one), TEST(test_own_settings),
        TEST(test_decide_withheld_and_default_source),
        TEST(test_decide_many),
        TEST(test_refused),
        TEST(test_time_honoured_when_near),
        TEST(test_events),
        TEST(test_events_many),
        TEST(test_paths_and_methods),
        TEST(test_content_types),
        TEST(test_bearer),
        TEST(test_ready_and_draining),
        TEST(test_explain),
        TEST(test_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
