/* The people's paths over a real engine, journal and store of its own, on both databases (store_kit.h): two people
 * and an authority signed in, keys of the desk and of an app, calls as they come. Each case begins with nobody's
 * settings and no calls.
 */
#ifndef ANNING_TESTS_PEOPLE_KIT_H
#define ANNING_TESTS_PEOPLE_KIT_H

#include <time.h>
#include <unistd.h>

#include "folder.h"
#include "tests/unit/api_fake.h"
#include "tests/unit/store_kit.h"

#include "api/auth.h"
#include "api/person.h"
#include "base/clock.h"
#include "case/text_in.h"
#include "engine/engine.h"
#include "engine/ruling.h"
#include "settings/config.h"
#include "settings/load.h"
#include "store/keys.h"

enum { ALICE, BOB, AUTHORITY, PEOPLE };
static const char *const numbers[PEOPLE] = { "+8613800138000", "+8613911112222", NULL };
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

static inline void run(void *context, struct an_vector *vector)
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

static inline void metrics(void *user, struct an_metrics *ret)
{
    (void)user, (void)ret;
}

static inline enum an_err labels(void *user, void *context, struct an_ruling *rulings, size_t count, uint64_t now_us,
                                 size_t *ret_index, size_t *ret_other, struct an_error *error)
{
    (void)user;
    enum an_err err = an_engine_rulings_resolve(world->engine, rulings, count, ret_index, ret_other, error);
    return err != AN_OK ? err : an_engine_rule(context, rulings, count, now_us, error);
}

static inline void sign_in(struct an_db_session *session, unsigned who)
{
    const struct an_secret *secret = an_store_secret(world->store);
    struct an_error error = { "" };
    struct an_account account = {
        .id = an_db_id(), .role = "subscriber", .language = "zh", .has_number = numbers[who] != NULL
    };
    an_number number = AN_NUMBER_NONE;
    uint8_t hash[AN_SECRET_HASH_BYTES];
    uint64_t now_us = an_clock_wall_us();
    if (account.has_number) {
        assert_true(an_api_number_of(an_slice_of(numbers[who]), &number));
        an_secret_key_of_number(secret, number, account.number_key);
        account.number_box_len = an_secret_seal_number(secret, number, account.number_box);
    } else {
        strcpy(account.login, "inspector");
        strcpy(account.role, "authority");
    }
    if (an_account_add(session, &account, &error) != AN_OK) fail_msg("%s", error.text);
    an_api_ticket_make(secret, AN_SECRET_SESSION, world->cookies[who], hash);
    assert_int_equal(an_session_add(session, hash, account.id, now_us, now_us + 3600 * AN_US_PER_S, &error), AN_OK);
}

static inline void make_key(struct an_db_session *session, const char *scopes, char *ret)
{
    struct an_error error = { "" };
    uint8_t hash[AN_SECRET_HASH_BYTES];
    struct an_key key = { .id = an_db_id(), .name = "Example Firm" };
    snprintf(key.scopes, sizeof key.scopes, "%s", scopes);
    memcpy(ret, "ak_", 3);
    an_api_ticket_make(an_store_secret(world->store), AN_SECRET_KEY, ret + 3, hash);
    if (an_key_add(session, &key, hash, &error) != AN_OK) fail_msg("%s", error.text);
}

static inline int begin(void)
{
    struct an_config config;
    struct an_error error = { "" };
    struct an_db_session *session;
    world = calloc(1, sizeof *world);
    strcpy(world->dir, "/tmp/test_people.XXXXXX");
    if (mkdtemp(world->dir) == NULL || an_config_defaults(&config) != AN_OK) return -1;
    struct an_settings *settings = an_config_take_settings(&config);
    const struct an_trunk_rule phones = { .name = "phones", .prefix_bits = 128, .subscribers = true };
    settings->act.short_code = 8612321;
    assert_int_equal(an_trunk_add(settings, &phones), AN_OK);
    assert_int_equal(an_settings_write_text(settings), AN_OK);
    struct an_engine_options options = { .data_dir = world->dir,
                                         .contexts = 2,
                                         .transactions = 4096,
                                         .limits = { .numbers = 20000, .relations = 131072, .labels = 8 },
                                         .settings = settings };
    an_config_done(&config);
    if (an_engine_new(&options, &world->engine, &error) != AN_OK) fail_msg("%s", error.text);
    struct an_store_options store = { .data_dir = world->dir, .url = kit.url, .wait = true };
    if (an_store_start(&store, &world->store, &error) != AN_OK) fail_msg("%s", error.text);
    struct an_people_options people = { .engine = world->engine,
                                        .context = an_engine_context(world->engine, 1),
                                        .store = world->store,
                                        .data_dir = world->dir,
                                        .calls_days = 90,
                                        .report_days = 30,
                                        .short_code_s = 1800 };
    if (an_people_start(&people, &world->people.people, &error) != AN_OK) fail_msg("%s", error.text);
    assert_true(an_people_wait(world->people.people, 10000, 0));
    world->people.data_dir = world->dir;
    world->people.recording_bytes = 4096;
    world->people.recordings_day = 3;
    world->people.recording_days = 180;
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

static inline int finish(void)
{
    an_api_core_done(&world->core);
    an_people_stop(world->people.people);
    an_store_stop(world->store);
    an_engine_free(world->engine);
    folder_drop(world->dir);
    free(world);
    return 0;
}

/* who: ALICE, BOB, -1: the key of the desk, -2: nobody, -3: the look-up's key. */
static inline cJSON *ask(int who, const char *method, const char *path, const char *body, unsigned status)
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

static inline void expect(int who, const char *method, const char *path, const char *body, unsigned status)
{
    cJSON_Delete(ask(who, method, path, body, status));
}

/* As the HTTP side does, in a seat of its own. */
static inline void run_one(struct an_call *one)
{
    struct an_api_seat *seat = an_api_seat_take(&world->core);
    struct an_call *calls = seat->vector.calls;
    seat->vector.calls = one;
    seat->vector.count = 1;
    seat->vector.now_us = an_clock_wall_us();
    an_engine_run(seat->context, &seat->vector);
    seat->vector.calls = calls;
    an_api_seat_leave(seat);
}

static inline struct an_verdict call_by(const char *trunk, const char *from, const char *to, const char *display)
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
                                   .trunk = an_slice_of(trunk) };
    assert_int_equal(an_event_fill(&one, text, sizeof text, &event), AN_OK);
    one.transport = AN_TRANSPORT_HTTP;
    run_one(&one);
    assert_int_equal(one.error, AN_OK);
    return one.verdict;
}

static inline struct an_verdict call(const char *from, const char *to, const char *display)
{
    return call_by("gate", from, to, display);
}

/* Items of a list once it has at least count of them: the follower is a moment behind. */
static inline cJSON *await(int who, const char *path, int count)
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

/* As ask(), with a body of another type; status 0: any. The answer's text must be done. */
static inline struct an_api_response ask_typed(int who, const char *method, const char *path, const char *type,
                                               struct an_slice body, unsigned status)
{
    char authorization[AN_TICKET_TEXT + 16] = "", csrf[AN_CSRF_TEXT + 1] = "";
    struct an_api_response response;
    struct an_api_request request = { .method = method, .path = path, .content_type = an_slice_of(type), .body = body };
    request.peer.v4.sin_family = AF_INET;
    if (who >= 0) {
        request.cookie = an_slice_of(world->cookies[who]);
        an_api_csrf_of(an_store_secret(world->store), request.cookie, csrf);
        request.csrf = an_slice_of(csrf);
    } else if (who == -1) {
        snprintf(authorization, sizeof authorization, "Bearer %s", world->key);
        request.authorization = an_slice_of(authorization);
    }
    request.body_over = body.len > an_api_body_max(&world->core, &request);
    an_api_answer(&world->core, &request, &response);
    if (status != 0 && response.status != status)
        fail_msg("%s %s: %u, not %u: %s", method, path, response.status, status,
                 response.text.at == NULL ? "" : response.text.at);
    return response;
}

static inline int people_kit_run_named(const char *name, const struct CMUnitTest *tests, size_t count)
{
    kit.begun = begin;
    kit.ending = finish;
    return store_kit_run_named(name, tests, count);
}

#endif
