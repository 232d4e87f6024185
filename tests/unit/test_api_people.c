/* The people's paths over a real engine, journal and store: what a person sets is in force for the next call, calls are
 * listed and reported, nobody reaches another person's things, and redress changes the next verdict. */
#include "tests/unit/people_kit.h"

#include "base/utf8.h"

static void settings_hold_for_the_next_call(void **state)
{
    (void)state;
    cJSON *json = ask(ALICE, "GET", "/v1/subscribers/me/settings", "", 200);
    assert_int_equal(json_number(json, "version"), 0);
    assert_true(cJSON_IsFalse(cJSON_GetObjectItem(json, "on")));
    cJSON_Delete(json);
    assert_int_equal(call(CALLER, numbers[ALICE], "").action, AN_ACTION_ALLOW);
    json = ask(ALICE, "PUT", "/v1/subscribers/me/settings",
               "{\"on\":true,\"blocked\":[{\"number\":\"" CALLER "\",\"name\":\"x\"}]}", 200);
    assert_int_equal(json_number(json, "version"), 1);
    cJSON_Delete(json);
    assert_int_equal(call(CALLER, numbers[ALICE], "").action, AN_ACTION_BLOCK);
    assert_int_equal(call(CALLER, numbers[BOB], "").action, AN_ACTION_ALLOW);
    json = ask(ALICE, "POST", "/v1/subscribers/me/expecting", "{\"kind\":\"delivery\",\"hours\":2}", 201);
    char path[128];
    snprintf(path, sizeof path, "/v1/subscribers/me/expecting/%s", json_text(json, "id"));
    cJSON_Delete(json);
    expect(BOB, "DELETE", path, "", 404);
    json = ask(ALICE, "DELETE", path, "", 200);
    assert_int_equal(json_number(json, "version"), 3);
    cJSON_Delete(json);
    json = ask(ALICE, "DELETE", "/v1/subscribers/me", "", 200);
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(json, "blocked")), 1); /* kept for another time */
    cJSON_Delete(json);
    assert_int_equal(call(CALLER, numbers[ALICE], "").action, AN_ACTION_ALLOW);
    expect(ALICE, "PUT", "/v1/subscribers/me/settings", "{\"on\":true,\"level\":\"hard\"}", 400);
    expect(ALICE, "PUT", "/v1/subscribers/me/settings", "{\"on\":true", 400);
    static const char *const bodies[] = { "[]", " [{\"on\":true}]", "\xef\xbb\xbf{\"on\":true}", "1" };
    static const char *const what[] = { "one JSON object", "one JSON object", "byte order mark", "object" };
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        json = ask(ALICE, "PUT", "/v1/subscribers/me/settings", bodies[i], 400);
        const char *message = json_text(json, "error.message");
        if (strstr(message, what[i]) == NULL || strstr(message, "from") != NULL) fail_msg("%s: %s", bodies[i], message);
        cJSON_Delete(json);
    }
}

static void another_door_on_the_same_store_hears_of_it(void **state)
{
    (void)state;
    struct an_people *other = NULL;
    struct an_error error = { "" };
    struct an_config config;
    char dir[80];
    snprintf(dir, sizeof dir, "%s/other", world->dir);
    assert_int_equal(mkdir(dir, 0700), 0);
    assert_int_equal(an_config_defaults(&config), AN_OK);
    struct an_engine_options options = { .data_dir = dir,
                                         .contexts = 2,
                                         .transactions = 4096,
                                         .limits = { .numbers = 20000, .relations = 131072, .labels = 8 },
                                         .settings = an_config_take_settings(&config) };
    an_config_done(&config);
    struct an_engine *first = world->engine, *second;
    if (an_engine_new(&options, &second, &error) != AN_OK) fail_msg("%s", error.text);
    struct an_people_options people = { .engine = second,
                                        .context = an_engine_context(second, 1),
                                        .store = world->store,
                                        .data_dir = dir,
                                        .calls_days = 90,
                                        .report_days = 30 };
    assert_int_equal(an_people_start(&people, &other, &error), AN_OK);
    assert_true(an_people_wait(other, 10000, 0));
    expect(BOB, "PUT", "/v1/subscribers/me/settings", "{\"on\":true,\"blocked\":[{\"number\":\"" CALLER "\"}]}", 200);
    struct an_metrics heard = { 0 };
    const struct timespec moment = { .tv_nsec = 10000000 };
    for (int i = 0; i < 1000 && heard.subscribers == 0; i++) {
        nanosleep(&moment, NULL);
        memset(&heard, 0, sizeof heard);
        an_engine_metrics(second, &heard);
    }
    assert_int_equal(heard.subscribers, 1);
    an_people_stop(other);
    an_engine_free(second);
    world->engine = first;
}

static void versions_guard_against_each_other(void **state)
{
    (void)state;
    expect(ALICE, "PUT", "/v1/subscribers/me/settings", "{\"on\":true}", 200);
    struct an_api_response response;
    char csrf[AN_CSRF_TEXT + 1];
    struct an_api_request request = { .method = "PUT",
                                      .path = "/v1/subscribers/me/settings",
                                      .content_type = AN_SLICE("application/json"),
                                      .cookie = an_slice_of(world->cookies[ALICE]),
                                      .body = AN_SLICE("{\"on\":false}") };
    request.peer.v4.sin_family = AF_INET;
    an_api_csrf_of(an_store_secret(world->store), request.cookie, csrf);
    request.csrf = an_slice_of(csrf);
    const struct {
        const char *match;
        unsigned status;
    } cases[] = { { "7", 409 }, { "x", 400 }, { "\"1\"", 200 }, { "1", 409 }, { "*", 200 } };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        request.if_match = an_slice_of(cases[i].match);
        an_api_answer(&world->core, &request, &response);
        if (response.status != cases[i].status)
            fail_msg("%s: %u %s", cases[i].match, response.status, response.text.at);
        an_text_done(&response.text);
    }
}

static void a_call_is_listed_reported_and_proved(void **state)
{
    (void)state;
    char path[160], report[32];
    const char *hostile = "<script>alert(1)</script>'); DROP--";
    expect(ALICE, "PUT", "/v1/subscribers/me/settings", "{\"on\":true}", 200);
    call(CALLER, numbers[ALICE], hostile);
    cJSON *json = await(ALICE, "/v1/subscribers/me/calls?only=all", 1);
    const cJSON *item = cJSON_GetArrayItem(cJSON_GetObjectItem(json, "items"), 0);
    assert_string_equal(json_text(item, "caller"), CALLER);
    assert_string_equal(json_text(item, "display"), hostile);
    assert_string_equal(json_text(item, "action"), "allow");
    assert_true(strlen(json_text(item, "sentence.zh")) > 10 && strlen(json_text(item, "sentence.en")) > 10);
    snprintf(path, sizeof path, "/v1/subscribers/me/calls/%s/say", json_text(item, "token"));
    cJSON_Delete(json);
    cJSON_Delete(await(ALICE, "/v1/subscribers/me/calls?only=touched", 0));
    expect(ALICE, "POST", path, "{\"verdict\":\"maybe\"}", 400);
    expect(ALICE, "POST", path, "{}", 400);
    expect(BOB, "POST", path, "{\"verdict\":\"unwanted\"}", 404); /* not his call */
    json = ask(ALICE, "POST", path, "{\"verdict\":\"unwanted\",\"category\":\"loan\",\"words\":\"again\"}", 200);
    assert_string_equal(json_text(json, "report.verdict"), "unwanted");
    assert_true(strlen(json_text(json, "effect.zh")) > 10);
    snprintf(report, sizeof report, "/v1/reports/%s", json_text(json, "report.id"));
    cJSON_Delete(json);
    assert_int_equal(call(CALLER, numbers[ALICE], "").action, AN_ACTION_LABEL); /* at once, for her */
    assert_int_equal(call(CALLER, numbers[BOB], "").action, AN_ACTION_ALLOW);
    expect(BOB, "GET", report, "", 404);
    expect(-2, "GET", report, "", 401);
    const struct timespec moment = { .tv_nsec = 10000000 };
    bool complete = false;
    for (int i = 0; i < 1000 && !complete; i++) {
        json = ask(ALICE, "GET", report, "", 200);
        complete = cJSON_IsTrue(cJSON_GetObjectItem(cJSON_GetObjectItem(json, "proof"), "complete"));
        assert_string_equal(json_text(json, "words"), "again");
        cJSON_Delete(json);
        an_engine_tick(an_engine_context(world->engine, 0));
        nanosleep(&moment, NULL);
    }
    assert_true(complete);
    json = ask(ALICE, "PATCH", report, "{\"words\":\"骗子\"}", 200);
    assert_string_equal(json_text(json, "category"), "loan");
    assert_string_equal(json_text(json, "words"), "骗子");
    assert_int_equal(strlen(json_text(json, "proof.record_sha256")), 64);
    cJSON_Delete(json);
    expect(ALICE, "PATCH", report, "{\"state\":\"closed\"}", 400);
    expect(BOB, "PATCH", report, "{\"words\":\"x\"}", 404);
    expect(ALICE, "GET", "/v1/reports/0000000000000001", "", 404);
    json = ask(ALICE, "POST", path, "{\"verdict\":\"wanted\"}", 200);
    cJSON_Delete(json);
    assert_int_equal(call(CALLER, numbers[ALICE], "").action, AN_ACTION_ALLOW);
    json = ask(ALICE, "GET", "/v1/subscribers/me/reports", "", 200);
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(json, "items")), 1);
    assert_string_equal(json_text(json, "items.0.verdict"), "wanted");
    assert_string_equal(json_text(json, "items.0.way"), "tap");
    cJSON_Delete(json);
}

static void nobody_reaches_anothers_things(void **state)
{
    (void)state;
    static const char *const paths[] = { "/settings", "/calls", "/reports", "/data", "/looks" };
    char path[128];
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        snprintf(path, sizeof path, "/v1/subscribers/%s%s", numbers[ALICE], paths[i]);
        expect(BOB, "GET", path, "", 404);
        expect(-2, "GET", path, "", 401);
        expect(-3, "GET", path, "", 403);
        snprintf(path, sizeof path, "/v1/subscribers/%s%s", numbers[BOB], paths[i]);
        expect(BOB, "GET", path, "", 200);
        snprintf(path, sizeof path, "/v1/subscribers/%s%s", "+8613800138000%00", paths[i]);
        expect(BOB, "GET", path, "", 404);
    }
    expect(BOB, "PUT", "/v1/subscribers/+8613800138000/settings", "{\"on\":false}", 404);
    expect(BOB, "DELETE", "/v1/subscribers/+8613800138000", "", 404);
    expect(BOB, "DELETE", "/v1/subscribers/+8613800138000/data", "", 404);
    expect(BOB, "GET", "/v1/subscribers?number=%2B8613800138000", "", 403);
    expect(BOB, "GET", "/v1/redress", "", 403);
    expect(BOB, "GET", "/v1/lookup/abcd", "", 403);
    /* The desk may look, and she sees that it did. */
    expect(-1, "GET", "/v1/subscribers/+8613800138000/calls", "", 200);
    cJSON *json = ask(ALICE, "GET", "/v1/subscribers/me/looks", "", 200);
    assert_string_equal(json_text(json, "items.0.what"), "calls.look");
    assert_string_equal(json_text(json, "items.0.who"), "Example Firm");
    cJSON_Delete(json);
    json = ask(BOB, "GET", "/v1/subscribers/me/looks", "", 200);
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(json, "items")), 0);
    cJSON_Delete(json);
}

static void data_goes_with_its_owner(void **state)
{
    (void)state;
    expect(ALICE, "PUT", "/v1/subscribers/me/settings", "{\"on\":true,\"blocked\":[{\"number\":\"" CALLER "\"}]}", 200);
    call(CALLER, numbers[ALICE], "");
    cJSON_Delete(await(ALICE, "/v1/subscribers/me/calls", 1));
    cJSON *json = ask(ALICE, "GET", "/v1/subscribers/me/data", "", 200);
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(json, "calls")), 1);
    assert_string_equal(json_text(json, "settings.blocked.0.number"), CALLER);
    cJSON_Delete(json);
    json = ask(ALICE, "DELETE", "/v1/subscribers/me/data", "", 200);
    assert_int_equal(json_number(cJSON_GetObjectItem(json, "erased"), "calls"), 1);
    assert_true(strlen(json_text(json, "kept.zh")) > 10);
    cJSON_Delete(json);
    assert_int_equal(call(CALLER, numbers[ALICE], "").action, AN_ACTION_ALLOW);
    json = ask(ALICE, "GET", "/v1/subscribers/me/settings", "", 200);
    assert_int_equal(json_number(json, "version"), 0);
    cJSON_Delete(json);
}

/* The journal is read a moment later than it is written: what was before the erasing is not listed after it. */
static void what_is_erased_stays_away(void **state)
{
    (void)state;
    const char *blocked = "{\"on\":true,\"blocked\":[{\"number\":\"" CALLER "\"}]}";
    expect(ALICE, "PUT", "/v1/subscribers/me/settings", blocked, 200);
    expect(BOB, "PUT", "/v1/subscribers/me/settings", blocked, 200);
    for (int i = 0; i < 500; i++) call(CALLER, numbers[ALICE], "");
    expect(ALICE, "DELETE", "/v1/subscribers/me/data", "", 200);
    expect(ALICE, "PUT", "/v1/subscribers/me/settings", blocked, 200);
    call(CALLER, numbers[ALICE], "after");
    call(CALLER, numbers[BOB], "");
    cJSON_Delete(await(BOB, "/v1/subscribers/me/calls", 1)); /* all before it is read by then */
    cJSON *json = await(ALICE, "/v1/subscribers/me/calls", 1);
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(json, "items")), 1);
    assert_string_equal(json_text(json, "items.0.display"), "after");
    cJSON_Delete(json);
}

enum { MANY = 20500 };

static void add_many(uint64_t now_us)
{
    struct an_db_session *session;
    struct an_error error = { "" };
    struct an_seen_call one = { .action = AN_ACTION_BLOCK, .category = AN_CATEGORY_LOAN, .probability = 0.99f };
    assert_true(an_api_number_of(AN_SLICE(CALLER), &one.caller));
    assert_true(an_api_number_of(an_slice_of(numbers[ALICE]), &one.callee));
    for (size_t i = 0; i + 3 <= AN_TEXT_MAX; i += 3) memcpy(one.display + i, "推", 3);
    one.symbol_count = AN_VERDICT_SYMBOLS_MAX;
    for (unsigned i = 0; i < one.symbol_count; i++)
        one.symbols[i] = (struct an_verdict_symbol) { (uint16_t)(i + 1), (int16_t)(900 - i) };
    assert_int_equal(an_store_take(world->store, &session, &error), AN_OK);
    if (an_db_begin(session, &error) != AN_OK) fail_msg("%s", error.text);
    for (unsigned i = 0; i < MANY; i++) {
        one.time_us = now_us - 1000000 - i;
        an_token_make(one.time_us, 1, i, &one.token);
        if (an_call_add(session, an_store_secret(world->store), &one, &error) != AN_OK) fail_msg("%s", error.text);
    }
    if (an_db_commit(session, &error) != AN_OK) fail_msg("%s", error.text);
    an_db_give(session);
}

/* Much data goes in several files, each saying where the next begins; none is cut in silence, and none fails. */
static void much_data_is_taken_along_in_parts(void **state)
{
    (void)state;
    char path[160], token[AN_TOKEN_TEXT_MAX], last[AN_TOKEN_TEXT_MAX] = "";
    struct an_verdict v;
    int calls = 0, files = 0, reports = 0;
    expect(ALICE, "PUT", "/v1/subscribers/me/settings", "{\"on\":true}", 200);
    v = call(CALLER, numbers[ALICE], "");
    an_token_text(&v.token, token);
    cJSON_Delete(await(ALICE, "/v1/subscribers/me/calls?only=all", 1));
    snprintf(path, sizeof path, "/v1/subscribers/me/calls/%s/say", token);
    expect(ALICE, "POST", path, "{\"verdict\":\"unwanted\"}", 200);
    add_many(an_clock_wall_us());
    snprintf(path, sizeof path, "/v1/subscribers/me/data");
    for (bool more = true; more; files++) {
        cJSON *json = ask(ALICE, "GET", path, "", 200);
        const cJSON *items = cJSON_GetObjectItem(json, "calls"), *item;
        assert_true(files < 4 && json_text(json, "settings.level") != NULL);
        cJSON_ArrayForEach(item, items)
        {
            assert_true(last[0] == '\0' || strcmp(json_text(item, "token"), last) != 0);
            snprintf(last, sizeof last, "%s", json_text(item, "token"));
            calls++;
        }
        reports += cJSON_GetArraySize(cJSON_GetObjectItem(json, "reports"));
        more = cJSON_HasObjectItem(json, "next");
        assert_true(cJSON_GetArraySize(items) <= 20000);
        if (more) snprintf(path, sizeof path, "/v1/subscribers/me/data?cursor=%s", json_text(json, "next"));
        cJSON_Delete(json);
    }
    assert_true(files > 1);
    assert_int_equal(calls, MANY + 1);
    assert_int_equal(reports, 1);
    static const char *const wrong[] = { "x", "c-", "c-0-x", "c-1-x", "r-1", "x-1-0000000000000001", "l--" };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        snprintf(path, sizeof path, "/v1/subscribers/me/data?cursor=%s", wrong[i]);
        expect(ALICE, "GET", path, "", 400);
    }
}

/* ---- text messages ---- */

static cJSON *text_in(const char *id, const char *from, int64_t late_s, const char *text, const char *secret,
                      unsigned status)
{
    char body[512], when[32], signature[AN_TEXT_SIGNATURE_MAX];
    struct an_api_response response;
    an_case_time_text(an_clock_wall_us() - (uint64_t)late_s * AN_US_PER_S, 28800, when);
    snprintf(body, sizeof body, "{\"id\":\"%s\",\"time\":\"%s\",\"from\":\"%s\",\"to\":\"10086999\",\"text\":\"%s\"}",
             id, when, from, text);
    an_text_sign(an_slice_of(body), secret, signature);
    struct an_api_request request = { .method = "POST",
                                      .path = "/v1/texts",
                                      .content_type = AN_SLICE("application/json"),
                                      .body = an_slice_of(body),
                                      .signature = an_slice_of(signature) };
    request.peer.v4.sin_family = AF_INET;
    an_api_answer(&world->core, &request, &response);
    if (response.status != status) fail_msg("%s: %u, not %u: %s", body, response.status, status, response.text.at);
    cJSON *json = fake_json(&response);
    an_text_done(&response.text);
    return json;
}

static void text_messages_do_what_taps_do(void **state)
{
    (void)state;
    cJSON *json = text_in("m1", numbers[BOB], 0, "开通防骚扰", SECRET, 200);
    assert_non_null(strstr(json_text(json, "reply"), "已开通"));
    cJSON_Delete(json);
    json = ask(BOB, "GET", "/v1/subscribers/me/settings", "", 200);
    assert_true(cJSON_IsTrue(cJSON_GetObjectItem(json, "on")));
    cJSON_Delete(json);
    json = text_in("m2", numbers[BOB], 0, "JB", SECRET, 200);
    assert_non_null(strstr(json_text(json, "reply"), "没有"));
    cJSON_Delete(json);
    expect(BOB, "PUT", "/v1/subscribers/me/settings",
           "{\"on\":true,\"ranges\":[{\"prefix\":\"+86170\",\"do\":\"label\"}]}", 200);
    assert_int_equal(call(CALLER, numbers[BOB], "").action, AN_ACTION_LABEL);
    cJSON_Delete(await(BOB, "/v1/subscribers/me/calls", 1));
    json = text_in("m3", numbers[BOB], 0, "jb 卖课的", SECRET, 200);
    assert_non_null(strstr(json_text(json, "reply"), "R"));
    cJSON_Delete(json);
    json = ask(BOB, "GET", "/v1/subscribers/me/reports", "", 200);
    assert_string_equal(json_text(json, "items.0.words"), "卖课的");
    assert_string_equal(json_text(json, "items.0.way"), "text");
    cJSON_Delete(json);
    json = text_in("m4", numbers[BOB], 0, "CXFSR", SECRET, 200);
    assert_non_null(strstr(json_text(json, "reply"), "1个来电"));
    cJSON_Delete(json);
    cJSON_Delete(text_in("m5", numbers[BOB], 0, "QXFSR", SECRET, 200));
    json = ask(BOB, "GET", "/v1/subscribers/me/settings", "", 200);
    assert_true(cJSON_IsFalse(cJSON_GetObjectItem(json, "on")));
    cJSON_Delete(json);
    /* Replayed, forged, late, for somebody else. */
    json = text_in("m1", numbers[BOB], 0, "开通防骚扰", SECRET, 409);
    assert_string_equal(json_text(json, "error.code"), "replay");
    cJSON_Delete(json);
    json = text_in("m6", numbers[BOB], 0, "KTFSR", "another-secret-of-somebody", 401);
    assert_string_equal(json_text(json, "error.code"), "bad_signature");
    cJSON_Delete(json);
    json = text_in("m7", numbers[BOB], 301, "KTFSR", SECRET, 400);
    assert_string_equal(json_text(json, "error.code"), "stale");
    cJSON_Delete(json);
    cJSON_Delete(text_in("m8", "13911112222", 0, "KTFSR", SECRET, 400));
    json = ask(BOB, "GET", "/v1/subscribers/me/settings", "", 200);
    assert_true(cJSON_IsFalse(cJSON_GetObjectItem(json, "on")));
    cJSON_Delete(json);
}

static void the_short_code_reports_the_last_call(void **state)
{
    (void)state;
    expect(ALICE, "PUT", "/v1/subscribers/me/settings", "{\"on\":true}", 200);
    call(CALLER, numbers[ALICE], "");
    call_by("phones", numbers[BOB], "12321", "");   /* not a subscriber: nothing */
    call_by("gate", numbers[ALICE], "12321", "");   /* anybody can show her number there */
    call_by("phones", numbers[ALICE], "12321", ""); /* told in order: what came before has been looked at */
    cJSON *json = await(ALICE, "/v1/subscribers/me/reports", 1);
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(json, "items")), 1);
    assert_string_equal(json_text(json, "items.0.way"), "code");
    cJSON_Delete(json);
    assert_int_equal(call(CALLER, numbers[ALICE], "").action, AN_ACTION_LABEL);
    call_by("phones", numbers[ALICE], "12321", ""); /* the same call's caller again: the newer call is another report */
    cJSON_Delete(await(ALICE, "/v1/subscribers/me/reports", 2));
}

/* The phone's own 607, seen by HEP3: an end that was refused, with the owner's word (parse/sip_event.h). */
static void hang_up(const char *from, const char *to, bool word, bool ours)
{
    static struct an_call one;
    static char text[AN_EVENT_TEXT_MAX];
    struct an_event_text event = { .kind = AN_OBS_END,
                                   .from = an_slice_of(from),
                                   .to = an_slice_of(to),
                                   .outcome = ours ? AN_OUTCOME_OURS : AN_OUTCOME_REFUSED,
                                   .call_id = AN_SLICE("another"),
                                   .trunk = AN_SLICE("gate") };
    assert_int_equal(an_event_fill(&one, text, sizeof text, &event), AN_OK);
    one.transport = AN_TRANSPORT_HTTP;
    one.parsed.given_refusal = word;
    run_one(&one);
}

static void a_phones_607_is_its_owners_report(void **state)
{
    (void)state;
    expect(ALICE, "PUT", "/v1/subscribers/me/settings", "{\"on\":true}", 200);
    call(CALLER, numbers[ALICE], "");
    call("+8613511110001", numbers[ALICE], "");
    call("+8613511110002", numbers[BOB], "");
    cJSON_Delete(await(ALICE, "/v1/subscribers/me/calls?only=all", 2));
    hang_up("+8613511110001", numbers[ALICE], false, false); /* 603: only hung up */
    hang_up("+8613511110001", numbers[ALICE], true, true);   /* our own answer, come back */
    hang_up("+8613511110002", numbers[BOB], true, false);    /* who is not with us */
    hang_up(CALLER, numbers[ALICE], true, false);
    cJSON *json = await(ALICE, "/v1/subscribers/me/reports", 1);
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(json, "items")), 1);
    assert_string_equal(json_text(json, "items.0.way"), "sip");
    cJSON_Delete(json);
    assert_int_equal(call(CALLER, numbers[ALICE], "").action, AN_ACTION_LABEL);
    json = ask(BOB, "GET", "/v1/subscribers/me/reports", "", 200);
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(json, "items")), 0);
    cJSON_Delete(json);
}

/* ---- redress ---- */

static void redress_is_granted_at_once(void **state)
{
    (void)state;
    char path[128], code[160], token[AN_TOKEN_TEXT_MAX];
    expect(ALICE, "PUT", "/v1/subscribers/me/settings", "{\"on\":true}", 200);
    struct an_verdict v = call(CALLER, numbers[ALICE], "");
    an_token_text(&v.token, token);
    snprintf(path, sizeof path, "/v1/redress/%s", token);
    expect(-2, "POST", path, "{\"contact\":\"a@b.c\",\"words\":\"why\"}", 409); /* it was put through */
    cJSON *json = ask(-2, "GET", path, "", 200);
    assert_string_equal(json_text(json, "state"), "nothing_done");
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(json, "reasons")), 0);
    assert_non_null(strstr(json_text(json, "todo.en"), "nothing to object to"));
    cJSON_Delete(json);
    snprintf(code, sizeof code, "/v1/subscribers/me/calls/%s/say", token);
    expect(ALICE, "POST", code, "{\"verdict\":\"unwanted\"}", 200);
    v = call(CALLER, numbers[ALICE], "");
    assert_int_equal(v.action, AN_ACTION_LABEL);
    an_token_text(&v.token, token);
    snprintf(path, sizeof path, "/v1/redress/%s", token);
    json = ask(-2, "GET", path, "", 200);
    assert_string_equal(json_text(json, "state"), "none");
    assert_string_equal(json_text(json, "number"), "+86170****5678");
    char *text = cJSON_PrintUnformatted(json);
    assert_null(strstr(text, "13800138000")); /* nothing of who was called */
    assert_null(strstr(text, "reported"));    /* nor of what she said */
    free(text);
    cJSON_Delete(json);
    expect(-2, "GET", "/v1/redress/00000000000000000000000000", "", 404);
    expect(-2, "GET", "/v1/redress/x", "", 404);
    expect(-2, "POST", path, "{\"contact\":\"\",\"words\":\"why\"}", 400);
    expect(-2, "POST", path, "{\"contact\":\"a@b.c\",\"words\":\"<b>courier</b>\"}", 201);
    expect(-2, "POST", path, "{\"contact\":\"a@b.c\",\"words\":\"again\"}", 409);
    snprintf(code, sizeof code, "%s/code", path);
    json = ask(-2, "POST", code, "", 501);
    assert_string_equal(json_text(json, "error.code"), "no_gateway");
    cJSON_Delete(json);
    snprintf(code, sizeof code, "%s/proof", path);
    expect(-2, "POST", code, "{\"code\":\"000000\"}", 400);
    snprintf(code, sizeof code, "%s/decision", path);
    expect(-2, "POST", code, "{\"grant\":true,\"words\":\"ok\"}", 401);
    expect(ALICE, "POST", code, "{\"grant\":true,\"words\":\"ok\"}", 403);
    json = ask(-1, "GET", "/v1/redress?state=waiting", "", 200);
    assert_string_equal(json_text(json, "items.0.number"), CALLER);
    assert_string_equal(json_text(json, "items.0.words"), "<b>courier</b>");
    const cJSON *item = cJSON_GetArrayItem(cJSON_GetObjectItem(json, "items"), 0), *each;
    int valued = 0;
    cJSON_ArrayForEach(each, cJSON_GetObjectItem(item, "reasons")) valued += cJSON_HasObjectItem(each, "value");
    assert_true(valued > 0);
    assert_false(
        cJSON_HasObjectItem(cJSON_GetArrayItem(cJSON_GetObjectItem(item, "reasons"), 0), "value")); /* a rule */
    cJSON_Delete(json);
    expect(-1, "POST", code, "{\"grant\":true}", 400);
    json = ask(-1, "POST", code, "{\"grant\":true,\"words\":\"a courier\"}", 200);
    assert_string_equal(json_text(json, "state"), "granted");
    cJSON_Delete(json);
    expect(-1, "POST", code, "{\"grant\":false,\"words\":\"no\"}", 409);
    struct an_verdict after = call(CALLER, numbers[BOB], "");
    assert_true((after.rules & AN_RULE_LABELLED_WANTED) != 0);
    json = ask(-2, "GET", path, "", 200);
    assert_string_equal(json_text(json, "state"), "granted");
    assert_string_equal(json_text(json, "decision"), "a courier");
    assert_non_null(strstr(json_text(json, "todo.en"), "when they come the way this call came"));
    cJSON_Delete(json);
}

static char decision_path[128];

/* A second operator says no while the first one's label is being made. */
static enum an_err labels_while_refused(void *user, void *context, struct an_ruling *rulings, size_t count,
                                        uint64_t now_us, size_t *ret_index, size_t *ret_other, struct an_error *error)
{
    expect(-1, "POST", decision_path, "{\"grant\":false,\"words\":\"no\"}", 409);
    assert_true(an_utf8_valid(an_slice_of(rulings[0].why)));
    assert_true(strlen(rulings[0].why) > AN_RULING_WHY_MAX - 4);
    return labels(user, context, rulings, count, now_us, ret_index, ret_other, error);
}

static enum an_err labels_never(void *user, void *context, struct an_ruling *rulings, size_t count, uint64_t now_us,
                                size_t *ret_index, size_t *ret_other, struct an_error *error)
{
    (void)user, (void)context, (void)rulings, (void)count, (void)now_us, (void)ret_index, (void)ret_other;
    return an_fail(error, AN_ERR_LIMIT, "no room for labels");
}

static void of_two_who_decide_one_does(void **state)
{
    (void)state;
    char path[80], token[AN_TOKEN_TEXT_MAX], body[512], words[1 + 3 * 100 + 1] = "a";
    for (int i = 0; i < 100; i++) strcat(words, "字");
    snprintf(body, sizeof body, "{\"grant\":true,\"words\":\"%s\"}", words);
    expect(ALICE, "PUT", "/v1/subscribers/me/settings", "{\"on\":true,\"blocked\":[{\"number\":\"" CALLER "\"}]}", 200);
    struct an_verdict v = call(CALLER, numbers[ALICE], "");
    an_token_text(&v.token, token);
    snprintf(path, sizeof path, "/v1/redress/%s", token);
    snprintf(decision_path, sizeof decision_path, "%s/decision", path);
    expect(-2, "POST", path, "{\"contact\":\"a@b.c\",\"words\":\"why\"}", 201);
    world->core.options.calls.labels = labels_never;
    expect(-1, "POST", decision_path, body, 503);
    cJSON *json = ask(-1, "GET", "/v1/redress?state=waiting", "", 200);
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(json, "items")), 1); /* it waits again */
    cJSON_Delete(json);
    world->core.options.calls.labels = labels_while_refused;
    json = ask(-1, "POST", decision_path, body, 200);
    assert_string_equal(json_text(json, "state"), "granted");
    assert_string_equal(json_text(json, "decision"), words);
    cJSON_Delete(json);
    assert_true((call(CALLER, numbers[BOB], "").rules & AN_RULE_LABELLED_WANTED) != 0);
}

/* What would let a call pass is not told as why it was held up; who reads is spoken to. */
static void the_reason_is_what_decided(void **state)
{
    (void)state;
    char path[160], token[AN_TOKEN_TEXT_MAX];
    expect(ALICE, "PUT", "/v1/subscribers/me/settings", "{\"on\":true}", 200);
    expect(ALICE, "POST", "/v1/subscribers/me/expecting", "{\"kind\":\"delivery\",\"hours\":2}", 201);
    struct an_verdict v = call(CALLER, numbers[ALICE], "");
    an_token_text(&v.token, token);
    cJSON *json = await(ALICE, "/v1/subscribers/me/calls?only=all", 1);
    assert_string_equal(json_text(json, "items.0.sentence.en"),
                        "This call was put through. You are expecting a delivery, and this call could be it.");
    cJSON_Delete(json);
    snprintf(path, sizeof path, "/v1/subscribers/me/calls/%s/say", token);
    expect(ALICE, "POST", path, "{\"verdict\":\"unwanted\"}", 200);
    assert_int_equal(call(CALLER, numbers[ALICE], "").action, AN_ACTION_LABEL);
    json = await(ALICE, "/v1/subscribers/me/calls", 1);
    assert_non_null(strstr(json_text(json, "items.0.sentence.en"), "You reported this number"));
    assert_non_null(strstr(json_text(json, "items.0.sentence.zh"), "您举报过该号码"));
    assert_string_equal(json_text(json, "items.0.reasons.0.name"), "callee_reported");
    const cJSON *counts = cJSON_GetObjectItem(json, "counts");
    assert_int_equal(json_number(counts, "days"), 7);
    assert_int_equal(json_number(counts, "label"), 1);
    assert_int_equal(json_number(counts, "block"), 0);
    char *text = cJSON_PrintUnformatted(json);
    assert_null(strstr(text, "expect"));
    cJSON_free(text);
    cJSON_Delete(json);
    json = ask(-1, "GET", "/v1/subscribers/%2B8613800138000/calls", "", 200); /* an app for her */
    assert_non_null(strstr(json_text(json, "items.0.sentence.en"), "You reported this number"));
    cJSON_Delete(json);
}

/* Into her list, as the follower would write it. */
static void seen(unsigned id, enum an_action action, float probability, uint32_t rules)
{
    struct an_db_session *session;
    struct an_error error;
    struct an_seen_call call = { .token.bytes = { 1, (uint8_t)id },
                                 .caller = 8617012345678,
                                 .time_us = an_clock_wall_us() + id,
                                 .action = (uint8_t)action,
                                 .probability = probability,
                                 .rules = rules };
    assert_true(an_api_number_of(an_slice_of(numbers[ALICE]), &call.callee));
    assert_int_equal(an_store_take(world->store, &session, &error), AN_OK);
    assert_int_equal(an_call_add(session, an_api_secret(&world->core), &call, &error), AN_OK);
    an_db_give(session);
}

/* The same robot is blocked at 0.9997 and labelled at 0.999: who reads is told what was missing. */
static void almost_sure_and_not_blocked_says_why(void **state)
{
    (void)state;
    static const struct {
        float probability;
        uint32_t rules;
        const char *name, *en;
    } cases[] = {
        { 0.999f, AN_RULE_OWN_EVIDENCE, "not_sure", "(standard) that takes a certainty of 99.95% or more" },
        { 0.999f, AN_RULE_OWN_EVIDENCE | AN_RULE_EXPECTED, "not_sure", "and while a call is expected, that takes" },
        { 0.9999f, 0, "others_only", "other, similar calls" },
        { 0.9998f, AN_RULE_OWN_EVIDENCE | AN_RULE_EXPECTED, "expecting", "you are expecting" },
        { 0.9999f, AN_RULE_OWN_EVIDENCE, NULL, NULL }, /* it would be blocked now: settings have changed */
        { 0.8f, AN_RULE_OWN_EVIDENCE, NULL, NULL },
    };
    expect(ALICE, "PUT", "/v1/subscribers/me/settings", "{\"on\":true}", 200);
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        seen(i, AN_ACTION_LABEL, cases[i].probability, cases[i].rules);
        cJSON *json = ask(ALICE, "GET", "/v1/subscribers/me/calls?only=label", "", 200);
        const cJSON *item = cJSON_GetArrayItem(cJSON_GetObjectItem(json, "items"), 0), *last = NULL, *each;
        cJSON_ArrayForEach(each, cJSON_GetObjectItem(item, "reasons")) last = each;
        assert_non_null(last);
        if (cases[i].name != NULL) {
            assert_string_equal(json_text(last, "name"), cases[i].name);
            if (strstr(json_text(last, "en"), cases[i].en) == NULL) fail_msg("%s", json_text(last, "en"));
        } else {
            assert_string_equal(json_text(last, "name"), "WHOLE");
        }
        cJSON_Delete(json);
    }
    seen(90, AN_ACTION_ALLOW, 0.5f, 0);
    seen(91, AN_ACTION_ALLOW, 0.99f, AN_RULE_EXPLORE);
    cJSON *json = ask(ALICE, "GET", "/v1/subscribers/me/calls?only=all", "", 200);
    assert_non_null(strstr(json_text(json, "items.0.sentence.en"), "a random few"));
    assert_string_equal(json_text(json, "items.1.sentence.en"),
                        "This call was put through. Something speaks against it, but not enough.");
    assert_string_equal(json_text(json, "items.0.certainty.en"), "99% sure that it is an unwanted call.");
    cJSON_Delete(json);
}

/* One person's reports, or a row of them, move nothing for others; and say nothing in look-ups. */
static void stacked_reports_move_nothing_for_others(void **state)
{
    (void)state;
    char path[160], token[AN_TOKEN_TEXT_MAX];
    expect(ALICE, "PUT", "/v1/subscribers/me/settings", "{\"on\":true}", 200);
    float before = call(CALLER, numbers[BOB], "").probability;
    for (int i = 0; i < 20; i++) {
        struct an_verdict v = call(CALLER, numbers[ALICE], "");
        an_token_text(&v.token, token);
        snprintf(path, sizeof path, "/v1/subscribers/me/calls/%s/say", token);
        expect(ALICE, "POST", path, "{\"verdict\":\"unwanted\"}", 200);
    }
    struct an_verdict v = call(CALLER, numbers[BOB], "");
    assert_int_equal(v.action, AN_ACTION_ALLOW);
    assert_true(v.probability < before + 0.1f);
    cJSON *json = await(ALICE, "/v1/subscribers/me/calls?only=touched", 19);
    cJSON_Delete(json);
    json = ask(ALICE, "GET", "/v1/subscribers/me/calls?only=label", "", 200);
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(json, "items")), 19);
    cJSON_Delete(json);
    json = ask(ALICE, "GET", "/v1/subscribers/me/calls?only=block", "", 200);
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(json, "items")), 0);
    assert_int_equal(json_number(cJSON_GetObjectItem(json, "counts"), "label"), 19); /* of all, whatever is shown */
    cJSON_Delete(json);
    expect(ALICE, "GET", "/v1/subscribers/me/calls?only=allow", "", 400);
    for (unsigned i = 0; i < 65536; i += 4096) {
        snprintf(path, sizeof path, "/v1/lookup/%04x", i);
        expect(-3, "GET", path, "", 200);
    }
    expect(-3, "GET", "/v1/lookup/abc", "", 400);
    expect(-3, "GET", "/v1/lookup/ABCD", "", 400);
    expect(-3, "GET", "/v1/standing?number=%2B8617012345678", "", 404); /* nobody's registered number */
}

static void look_ups_tell_what_the_score_said(void **state)
{
    (void)state;
    struct an_seen_call seen = { .time_us = an_clock_wall_us(),
                                 .action = AN_ACTION_BLOCK,
                                 .category = AN_CATEGORY_FRAUD };
    struct an_lookup_entry entries[4];
    /* SHA-256 of "+8617012345678" begins so (sha256sum). */
    const char *prefix = "62040493c74d529f";
    char asked[64];
    for (int i = 0; i < 3; i++) an_people_lookup_note(world->people.people, 8617012345678, &seen);
    seen.rules = AN_RULE_BLOCKED;
    for (int i = 0; i < 3; i++) an_people_lookup_note(world->people.people, 8617099999999, &seen);
    assert_int_equal(an_people_lookup(world->people.people, prefix, 6, seen.time_us, entries, 4), 1);
    snprintf(asked, sizeof asked, "/v1/lookup/%.6s", prefix);
    cJSON *json = ask(-3, "GET", asked, "", 200);
    assert_int_equal(strlen(json_text(json, "items.0.hash")), 32);
    assert_string_equal(json_text(json, "items.0.action"), "block");
    cJSON_Delete(json);
    an_people_forget(world->people.people, 8617012345678);
    assert_int_equal(an_people_lookup(world->people.people, prefix, 6, seen.time_us, entries, 4), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(settings_hold_for_the_next_call),
        cmocka_unit_test(another_door_on_the_same_store_hears_of_it),
        cmocka_unit_test(versions_guard_against_each_other),
        cmocka_unit_test(a_call_is_listed_reported_and_proved),
        cmocka_unit_test(nobody_reaches_anothers_things),
        cmocka_unit_test(data_goes_with_its_owner),
        cmocka_unit_test(what_is_erased_stays_away),
        cmocka_unit_test(much_data_is_taken_along_in_parts),
        cmocka_unit_test(text_messages_do_what_taps_do),
        cmocka_unit_test(the_short_code_reports_the_last_call),
        cmocka_unit_test(a_phones_607_is_its_owners_report),
        cmocka_unit_test(redress_is_granted_at_once),
        cmocka_unit_test(of_two_who_decide_one_does),
        cmocka_unit_test(the_reason_is_what_decided),
        cmocka_unit_test(almost_sure_and_not_blocked_says_why),
        cmocka_unit_test(stacked_reports_move_nothing_for_others),
        cmocka_unit_test(look_ups_tell_what_the_score_said),
    };
    return people_kit_run_named("api_people", tests, sizeof tests / sizeof tests[0]);
}
