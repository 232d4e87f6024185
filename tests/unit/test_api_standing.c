/* How a number stands: what the door made of its calls, for whoever holds the number or the firm's key, and nothing of
 * who was called; redress that waits, and waits too long. */
#include "tests/unit/people_kit.h"

#include "api/accounts.h"
#include "store/redress.h"

/* A code as it would be sent to CALLER. */
static void code_for(char code[AN_CODE_DIGITS + 1])
{
    struct an_db_session *session;
    struct an_error error = { "" };
    assert_int_equal(an_store_take(world->store, &session, &error), AN_OK);
    if (an_api_code_make(session, an_store_secret(world->store), 8617012345678, "standing", an_clock_wall_us(), code,
                         &error) != AN_OK)
        fail_msg("%s", error.text);
    an_db_give(session);
}

static cJSON *standing(void)
{
    char code[AN_CODE_DIGITS + 1], body[96];
    code_for(code);
    snprintf(body, sizeof body, "{\"number\":\"" CALLER "\",\"code\":\"%s\"}", code);
    return ask(-2, "POST", "/v1/standing", body, 200);
}

static int size_of(const cJSON *json, const char *name)
{
    return cJSON_GetArraySize(cJSON_GetObjectItem(json, name));
}

static void a_code_opens_it_once(void **state)
{
    (void)state;
    char code[AN_CODE_DIGITS + 1], body[96];
    expect(-2, "POST", "/v1/standing", "{\"number\":\"" CALLER "\",\"code\":\"123\"}", 401);
    code_for(code);
    snprintf(body, sizeof body, "{\"number\":\"%s\",\"code\":\"%s\"}", numbers[BOB], code);
    expect(-2, "POST", "/v1/standing", body, 401); /* another's number */
    snprintf(body, sizeof body, "{\"number\":\"" CALLER "\",\"code\":\"%s\"}", code);
    cJSON *json = ask(-2, "POST", "/v1/standing", body, 200);
    assert_string_equal(json_text(json, "number"), CALLER);
    assert_int_equal(size_of(json, "by_day"), 0);
    assert_true(cJSON_IsFalse(cJSON_GetObjectItem(cJSON_GetObjectItem(json, "campaign"), "member")));
    assert_non_null(strstr(json_text(json, "todo.en"), "Nothing"));
    cJSON_Delete(json);
    expect(-2, "POST", "/v1/standing", body, 401);
    expect(-2, "POST", "/v1/standing", "{\"number\":\"12345\",\"code\":\"123456\"}", 400);
    expect(-2, "POST", "/v1/standing/code", "{\"number\":\"" CALLER "\",\"by\":\"pigeon\"}", 400);
    json = ask(-2, "POST", "/v1/standing/code", "{\"number\":\"" CALLER "\"}", 501);
    assert_string_equal(json_text(json, "error.code"), "no_gateway");
    cJSON_Delete(json);
    struct an_error error = { "" }; /* a gateway that is away */
    const struct an_texts_options away = { .url = "http://127.0.0.1:9/out", .retry_ms = 60000 };
    assert_int_equal(an_texts_new(&away, &world->people.texts, &error), AN_OK);
    /* the same whether the gateway takes it, and whether that number has had its share of codes */
    for (int i = 0; i < 6; i++) expect(-2, "POST", "/v1/standing/code", "{\"number\":\"" CALLER "\"}", 202);
    bool refused = false; /* one address asks too often */
    for (int i = 0; i < 60 && !refused; i++) {
        struct an_api_response r = ask_typed(-2, "POST", "/v1/standing/code", "application/json",
                                             AN_SLICE("{\"number\":\"+8613511110001\"}"), 0);
        refused = r.status == 429;
        an_text_done(&r.text);
    }
    assert_true(refused);
    an_texts_free(world->people.texts);
    world->people.texts = NULL;
}

static void what_people_decided_is_not_in_it(void **state)
{
    (void)state;
    expect(ALICE, "PUT", "/v1/subscribers/me/settings", "{\"on\":true,\"blocked\":[{\"number\":\"" CALLER "\"}]}", 200);
    expect(BOB, "PUT", "/v1/subscribers/me/settings",
           "{\"on\":true,\"ranges\":[{\"prefix\":\"+86170\",\"do\":\"label\"}]}", 200);
    assert_int_equal(call(CALLER, numbers[ALICE], "").action, AN_ACTION_BLOCK);
    assert_int_equal(call(CALLER, numbers[BOB], "").action, AN_ACTION_LABEL);
    cJSON_Delete(await(ALICE, "/v1/subscribers/me/calls", 1));
    cJSON_Delete(await(BOB, "/v1/subscribers/me/calls", 1));
    cJSON *json = standing();
    char *text = cJSON_PrintUnformatted(json);
    assert_int_equal(size_of(json, "by_day"), 0);
    assert_int_equal(size_of(json, "reasons"), 0);
    assert_int_equal(json_number(cJSON_GetObjectItem(json, "calls"), "block"), 0);
    assert_null(strstr(text, "13800138000"));
    assert_null(strstr(text, "13911112222"));
    cJSON_free(text);
    cJSON_Delete(json);
}

static void operators_labels_are_told_by_kind(void **state)
{
    (void)state;
    struct an_ruling label = { .verdict = AN_RULING_UNWANTED,
                               .weight = AN_RULING_WEIGHT_FULL,
                               .until_us = an_clock_wall_us() + 3600 * AN_US_PER_S,
                               .who = "inspector Wang",
                               .why = "a secret reason",
                               .number_text = CALLER };
    struct an_error error = { "" };
    size_t index, other;
    expect(ALICE, "PUT", "/v1/subscribers/me/settings", "{\"on\":true}", 200);
    if (labels(NULL, world->core.seats[0].context, &label, 1, an_clock_wall_us(), &index, &other, &error) != AN_OK)
        fail_msg("%s", error.text);
    an_people_ruled(world->people.people, &label, 1);
    for (int i = 0; i < 3; i++) assert_int_equal(call(CALLER, numbers[ALICE], "").action, AN_ACTION_LABEL);
    cJSON_Delete(await(ALICE, "/v1/subscribers/me/calls", 3));
    cJSON *json = standing();
    for (int i = 0; i < 100 && size_of(json, "labels") == 0; i++) { /* the store hears of it a moment later */
        const struct timespec moment = { .tv_nsec = 50000000 };
        nanosleep(&moment, NULL);
        cJSON_Delete(json);
        json = standing();
    }
    char *text = cJSON_PrintUnformatted(json);
    assert_string_equal(json_text(json, "labels.0.kind"), "unwanted");
    assert_int_equal(json_number(cJSON_GetObjectItem(json, "calls"), "label"), 3);
    int days = size_of(json, "by_day");
    assert_true(days == 1 || days == 2); /* midnight may have passed */
    assert_int_equal(strlen(json_text(json, "by_day.0.day")), 10);
    assert_null(strstr(text, "inspector"));
    assert_null(strstr(text, "secret"));
    assert_null(strstr(text, "13800138000"));
    assert_non_null(strstr(json_text(json, "todo.en"), "redress"));
    cJSON_free(text);
    cJSON_Delete(json);
    expect(-3, "GET", "/v1/standing?number=%2B8617012345678", "", 404); /* not that key's firm */
}

/* Who waits longer than 24 hours is counted: /metrics and /v1/health tell it, the log does. */
static void redress_too_late_is_counted(void **state)
{
    (void)state;
    struct an_db_session *session;
    struct an_error error = { "" };
    struct an_people_stats stats;
    const struct timespec moment = { .tv_nsec = 20000000 };
    struct an_redress late = { .id = 1, .caller = 8617012345678, .state = AN_REDRESS_WAITING, .asked_us = 1 };
    late.due_us = an_clock_wall_us() - 1;
    late.token.bytes[0] = 1;
    strcpy(late.contact, "a@example.com");
    strcpy(late.words, "a courier");
    struct an_redress early = late;
    early.id = 2;
    early.token.bytes[0] = 2;
    early.due_us += 3600 * AN_US_PER_S;
    assert_int_equal(an_store_take(world->store, &session, &error), AN_OK);
    assert_int_equal(an_redress_ask(session, an_store_secret(world->store), &late, &error), AN_OK);
    assert_int_equal(an_redress_ask(session, an_store_secret(world->store), &early, &error), AN_OK);
    an_db_give(session);
    for (int i = 0; i < 500; i++) {
        an_people_stats(world->people.people, &stats);
        if (stats.redress_waiting == 2) break;
        nanosleep(&moment, NULL);
    }
    assert_int_equal(stats.redress_waiting, 2);
    assert_int_equal(stats.redress_overdue, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_code_opens_it_once),
        cmocka_unit_test(what_people_decided_is_not_in_it),
        cmocka_unit_test(operators_labels_are_told_by_kind),
        cmocka_unit_test(redress_too_late_is_counted),
    };
    return people_kit_run_named("api_standing", tests, sizeof tests / sizeof tests[0]);
}
