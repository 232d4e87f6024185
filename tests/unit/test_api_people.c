/* The people's paths over a real engine, journal and store: what a person sets is in force for the next call, calls are
 * listed and reported, nobody reaches another person's things, and redress changes the next verdict. */
#include <ftw.h>
#include <time.h>
#include <unistd.h>

#include "api_fake.h"

#include "api/auth.h"
#include "api/person.h"
#include "base/clock.h"
#include "base/log.h"
#include "case/text_in.h"
#include "engine/engine.h"
#include "engine/ruling.h"
#include "settings/config.h"
#include "store/keys.h"

enum { ALICE, BOB, PEOPLE };
static const char *const numbers[PEOPLE] = { "+8613800138000", "+8613911112222" };
#define CALLER "+8617012345678"
#define SECRET "a-secret-of-the-gateway"

struct world {
    char dir[64];
    struct an_engine *engine;
    struct an_store *store;
    struct an_api_people people;
    struct an_api_core core;
    char cookies[PEOPLE][AN_TICKET_TEXT + 1], key[AN_TICKET_TEXT + 8], lookup[AN_TICKET_TEXT + 8];
    unsigned texts;
};

static struct world *world;

static int drop(const char *path, const struct stat *info, int kind, struct FTW *at)
{
    (void)info, (void)kind, (void)at;
    return remove(path);
}

static void quiet(void *user, int level, const char *line, size_t len)
{
    (void)user, (void)level, (void)line, (void)len;
}

static void run(void *context, struct an_vector *vector)
{
    for (uint32_t i = 0; i < vector->count; i++) { /* a report by token alone: as daemon/seat.c does */
        struct an_call *call = &vector->calls[i];
        struct an_seen_call seen;
        static char text[AN_EVENT_TEXT_MAX];
        if (call->parsed.given_kind != AN_OBS_REPORT || call->parsed.called.user.len > 0) continue;
        assert_int_equal(an_people_find_call(world->people.people, &call->parsed.given_token, &seen), AN_OK);
        char from[AN_NUMBER_TEXT_MAX], to[AN_NUMBER_TEXT_MAX];
        struct an_event_text event = { .kind = AN_OBS_REPORT,
                                       .from = { from, an_number_text(seen.caller, from) },
                                       .to = { to, an_number_text(seen.callee, to) },
                                       .wanted = call->parsed.given_wanted,
                                       .token = call->parsed.given_token };
        assert_int_equal(an_event_fill(call, text, sizeof text, &event), AN_OK);
        call->transport = AN_TRANSPORT_HTTP;
    }
    an_engine_run(context, vector);
}

static void metrics(void *user, struct an_metrics *ret)
{
    (void)user, (void)ret;
}

static enum an_err labels(void *user, void *context, struct an_ruling *rulings, size_t count, uint64_t now_us,
                          size_t *ret_index, size_t *ret_other, struct an_error *error)
{
    (void)user;
    enum an_err err = an_engine_rulings_resolve(world->engine, rulings, count, ret_index, ret_other, error);
    return err != AN_OK ? err : an_engine_rule(context, rulings, count, now_us, error);
}

static void sign_in(struct an_db_session *session, unsigned who)
{
    const struct an_secret *secret = an_store_secret(world->store);
    struct an_error error = { "" };
    struct an_account account = { .id = an_db_id(), .role = "subscriber", .language = "zh", .has_number = true };
    an_number number = AN_NUMBER_NONE;
    uint8_t hash[AN_SECRET_HASH_BYTES];
    uint64_t now_us = an_clock_wall_us();
    assert_true(an_api_number_of(an_slice_of(numbers[who]), &number));
    an_secret_key_of_number(secret, number, account.number_key);
    account.number_box_len = an_secret_seal_number(secret, number, account.number_box);
    if (an_account_add(session, &account, &error) != AN_OK) fail_msg("%s", error.text);
    an_api_ticket_make(secret, AN_SECRET_SESSION, world->cookies[who], hash);
    assert_int_equal(an_session_add(session, hash, account.id, now_us, now_us + 3600 * AN_US_PER_S, &error), AN_OK);
}

static void make_key(struct an_db_session *session, const char *scopes, char *ret)
{
    struct an_error error = { "" };
    uint8_t hash[AN_SECRET_HASH_BYTES];
    struct an_key key = { .id = an_db_id(), .name = "Example Firm" };
    snprintf(key.scopes, sizeof key.scopes, "%s", scopes);
    memcpy(ret, "ak_", 3);
    an_api_ticket_make(an_store_secret(world->store), AN_SECRET_KEY, ret + 3, hash);
    if (an_key_add(session, &key, hash, &error) != AN_OK) fail_msg("%s", error.text);
}

static int begin(void **state)
{
    struct an_config config;
    struct an_error error = { "" };
    struct an_db_session *session;
    (void)state;
    an_log_set_sink(quiet, NULL);
    world = calloc(1, sizeof *world);
    strcpy(world->dir, "/tmp/test_people.XXXXXX");
    if (mkdtemp(world->dir) == NULL || an_config_defaults(&config) != AN_OK) return -1;
    struct an_engine_options options = { .data_dir = world->dir,
                                         .contexts = 2,
                                         .transactions = 4096,
                                         .limits = { .numbers = 20000, .relations = 131072, .labels = 8 },
                                         .settings = an_config_take_settings(&config) };
    an_config_done(&config);
    if (an_engine_new(&options, &world->engine, &error) != AN_OK) fail_msg("%s", error.text);
    struct an_store_options store = { .data_dir = world->dir, .wait = true };
    if (an_store_start(&store, &world->store, &error) != AN_OK) fail_msg("%s", error.text);
    struct an_people_options people = { .engine = world->engine,
                                        .context = an_engine_context(world->engine, 1),
                                        .store = world->store,
                                        .data_dir = world->dir,
                                        .calls_days = 90,
                                        .report_days = 30,
                                        .short_code = 8612321,
                                        .short_code_s = 1800 };
    if (an_people_start(&people, &world->people.people, &error) != AN_OK) fail_msg("%s", error.text);
    assert_true(an_people_wait(world->people.people, 10000, 0));
    world->people.data_dir = world->dir;
    world->people.texts_secret = SECRET;
    world->people.texts_number = "10086999";
    world->people.keywords =
        (struct an_keywords) { { NULL, "KTFSR|开通防骚扰", "QXFSR|取消防骚扰", "CXFSR", "JB|举报" } };
    static void *contexts[1];
    contexts[0] = an_engine_context(world->engine, 0);
    struct an_api_options api = { .address = "127.0.0.1:0",
                                  .threads = 1,
                                  .contexts = contexts,
                                  .calls = { .run = run, .metrics = metrics, .labels = labels },
                                  .store = world->store,
                                  .people = &world->people,
                                  .token = "the-machines-own-token",
                                  .utc_offset_s = 28800 };
    assert_int_equal(an_api_core_init(&world->core, &api), AN_OK);
    assert_int_equal(an_store_take(world->store, &session, &error), AN_OK);
    for (unsigned who = 0; who < PEOPLE; who++) sign_in(session, who);
    make_key(session, "subscribers redress", world->key);
    make_key(session, "lookup standing", world->lookup);
    an_db_give(session);
    return 0;
}

static int finish(void **state)
{
    (void)state;
    an_api_core_done(&world->core);
    an_people_stop(world->people.people);
    an_store_stop(world->store);
    an_engine_free(world->engine);
    nftw(world->dir, drop, 16, FTW_DEPTH | FTW_PHYS);
    free(world);
    return 0;
}

/* who: ALICE, BOB, -1: the key of the desk, -2: nobody, -3: the look-up's key. */
static cJSON *ask(int who, const char *method, const char *path, const char *body, unsigned status)
{
    char authorization[AN_TICKET_TEXT + 16] = "", csrf[AN_CSRF_TEXT + 1] = "", where[256];
    struct an_api_response response;
    snprintf(where, sizeof where, "%s", path);
    char *query = strchr(where, '?');
    struct an_api_request request = { .method = method, .path = where, .content_type = AN_SLICE("application/json") };
    if (query != NULL) {
        *query++ = '\0';
        char *value = strchr(query, '=');
        *value++ = '\0';
        request.query[request.query_count++] = (struct an_api_argument) { query, value };
    }
    request.body = an_slice_of(body);
    request.peer.v4.sin_family = AF_INET;
    request.peer.v4.sin_addr.s_addr = htonl(0x7f000001);
    if (who >= 0) {
        request.cookie = an_slice_of(world->cookies[who]);
        an_api_csrf_of(an_store_secret(world->store), request.cookie, csrf);
        request.csrf = an_slice_of(csrf);
    } else if (who != -2) {
        snprintf(authorization, sizeof authorization, "Bearer %s", who == -1 ? world->key : world->lookup);
        request.authorization = an_slice_of(authorization);
    }
    an_api_answer(&world->core, &request, &response);
    if (response.status != status)
        fail_msg("%s %s: %u, not %u: %s", method, path, response.status, status,
                 response.text.at == NULL ? "" : response.text.at);
    cJSON *json = response.text.len > 0 ? fake_json(&response) : NULL;
    an_text_done(&response.text);
    return json;
}

static void expect(int who, const char *method, const char *path, const char *body, unsigned status)
{
    cJSON_Delete(ask(who, method, path, body, status));
}

static struct an_verdict call(const char *from, const char *to, const char *display)
{
    static struct an_call one;
    static char text[AN_EVENT_TEXT_MAX], call_id[32];
    static unsigned serial;
    snprintf(call_id, sizeof call_id, "call-%u", serial++);
    struct an_event_text event = { .kind = AN_OBS_ATTEMPT,
                                   .from = an_slice_of(from),
                                   .to = an_slice_of(to),
                                   .display = an_slice_of(display),
                                   .call_id = an_slice_of(call_id),
                                   .trunk = AN_SLICE("gate") };
    assert_int_equal(an_event_fill(&one, text, sizeof text, &event), AN_OK);
    one.transport = AN_TRANSPORT_HTTP;
    struct an_api_seat *seat = an_api_seat_take(&world->core);
    struct an_call *calls = seat->vector.calls;
    seat->vector.calls = &one;
    seat->vector.count = 1;
    seat->vector.now_us = an_clock_wall_us();
    an_engine_run(seat->context, &seat->vector);
    seat->vector.calls = calls;
    an_api_seat_leave(seat);
    assert_int_equal(one.error, AN_OK);
    return one.verdict;
}

/* Items of a list once it has at least count of them: the follower is a moment behind. */
static cJSON *await(int who, const char *path, int count)
{
    const struct timespec moment = { .tv_nsec = 10000000 };
    for (int i = 0; i < 1000; i++) {
        cJSON *json = ask(who, "GET", path, "", 200);
        if (cJSON_GetArraySize(cJSON_GetObjectItem(json, "items")) >= count) return json;
        cJSON_Delete(json);
        nanosleep(&moment, NULL);
    }
    fail_msg("%s has no %d items after 10 s", path, count);
    return NULL;
}

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
    call(numbers[BOB], "12321", ""); /* not a subscriber: nothing */
    call(numbers[ALICE], "12321", "");
    cJSON *json = await(ALICE, "/v1/subscribers/me/reports", 1);
    assert_string_equal(json_text(json, "items.0.way"), "code");
    cJSON_Delete(json);
    assert_int_equal(call(CALLER, numbers[ALICE], "").action, AN_ACTION_LABEL);
    call(numbers[ALICE], "12321", ""); /* the same call's caller again: the newer call is another report */
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
    struct an_api_seat *seat = an_api_seat_take(&world->core);
    struct an_call *calls = seat->vector.calls;
    seat->vector.calls = &one;
    seat->vector.count = 1;
    seat->vector.now_us = an_clock_wall_us();
    an_engine_run(seat->context, &seat->vector);
    seat->vector.calls = calls;
    an_api_seat_leave(seat);
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
    snprintf(code, sizeof code, "/v1/subscribers/me/calls/%s/say", token);
    expect(ALICE, "POST", code, "{\"verdict\":\"unwanted\"}", 200);
    v = call(CALLER, numbers[ALICE], "");
    assert_int_equal(v.action, AN_ACTION_LABEL);
    an_token_text(&v.token, token);
    snprintf(path, sizeof path, "/v1/redress/%s", token);
    cJSON *json = ask(-2, "GET", path, "", 200);
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
    expect(-2, "POST", code, "", 503); /* no gateway here */
    snprintf(code, sizeof code, "%s/proof", path);
    expect(-2, "POST", code, "{\"code\":\"000000\"}", 400);
    snprintf(code, sizeof code, "%s/decision", path);
    expect(-2, "POST", code, "{\"grant\":true,\"words\":\"ok\"}", 401);
    expect(ALICE, "POST", code, "{\"grant\":true,\"words\":\"ok\"}", 403);
    json = ask(-1, "GET", "/v1/redress?state=waiting", "", 200);
    assert_string_equal(json_text(json, "items.0.number"), CALLER);
    assert_string_equal(json_text(json, "items.0.words"), "<b>courier</b>");
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
        cmocka_unit_test_setup_teardown(settings_hold_for_the_next_call, begin, finish),
        cmocka_unit_test_setup_teardown(another_door_on_the_same_store_hears_of_it, begin, finish),
        cmocka_unit_test_setup_teardown(versions_guard_against_each_other, begin, finish),
        cmocka_unit_test_setup_teardown(a_call_is_listed_reported_and_proved, begin, finish),
        cmocka_unit_test_setup_teardown(nobody_reaches_anothers_things, begin, finish),
        cmocka_unit_test_setup_teardown(data_goes_with_its_owner, begin, finish),
        cmocka_unit_test_setup_teardown(text_messages_do_what_taps_do, begin, finish),
        cmocka_unit_test_setup_teardown(the_short_code_reports_the_last_call, begin, finish),
        cmocka_unit_test_setup_teardown(a_phones_607_is_its_owners_report, begin, finish),
        cmocka_unit_test_setup_teardown(redress_is_granted_at_once, begin, finish),
        cmocka_unit_test_setup_teardown(stacked_reports_move_nothing_for_others, begin, finish),
        cmocka_unit_test_setup_teardown(look_ups_tell_what_the_score_said, begin, finish),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
