/* What attackers try on the console's API, on both databases: fixed sessions, forged requests, guessed passwords, codes
 * and ids, used links, cookies made up, bodies too large or malformed. */
#include <pthread.h>

#include "tests/unit/accounts_kit.h"

static void a_planted_cookie_is_never_taken_over(void **state)
{
    (void)state;
    struct world *world = world_begin();
    struct browser attacker = { .cookie = "" }, victim = { .cookie = "" };
    world_account(world, "mal", "agent");
    world_account(world, "ana", "admin");
    world_sign_in(world, &attacker, "mal");
    struct browser planted = attacker;
    strcpy(victim.cookie, attacker.cookie); /* the victim's browser was given the attacker's cookie */
    world_sign_in(world, &victim, "ana");
    assert_string_not_equal(victim.cookie, attacker.cookie);
    world_expect(world, &planted, "GET", "/v1/session", NULL, 401); /* and that one has ended */
    struct browser made_up = { .cookie = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" };
    struct browser before = made_up;
    world_expect(world, &before, "GET", "/v1/session", NULL, 401);
    world_sign_in(world, &made_up, "ana");
    assert_string_not_equal(made_up.cookie, before.cookie);
    world_expect(world, &before, "GET", "/v1/session", NULL, 401);
    world_end(world);
}

static void another_site_changes_nothing(void **state)
{
    (void)state;
    struct world *world = world_begin();
    struct browser admin = { .cookie = "" }, other = { .cookie = "" };
    const char *user = "{\"login\":\"eve\",\"name\":\"\",\"role\":\"admin\"}";
    world_account(world, "root", "admin");
    world_sign_in(world, &admin, "root");
    world_sign_in(world, &other, "root");
    struct browser forged = admin;
    forged.no_csrf = true;
    world_refused(world, &forged, "POST", "/v1/users", user, 403, "csrf");
    world_refused(world, &forged, "DELETE", "/v1/session", NULL, 403, "csrf");
    forged.no_csrf = false;
    strcpy(forged.csrf, other.csrf); /* of another session */
    world_refused(world, &forged, "POST", "/v1/users", user, 403, "csrf");
    forged = admin;
    forged.csrf[0] ^= 1;
    world_refused(world, &forged, "POST", "/v1/users", user, 403, "csrf");
    static const char *const sites[] = { "cross-site", "same-site", "CROSS-SITE", "x" };
    for (size_t i = 0; i < sizeof sites / sizeof *sites; i++) {
        forged = admin;
        forged.site = sites[i];
        world_refused(world, &forged, "POST", "/v1/users", user, 403, "cross_site");
        /* not even a sign-in into the attacker's account */
        world_refused(world, &forged, "POST", "/v1/session", "{\"login\":\"root\",\"password\":\"" WORLD_PASSWORD "\"}",
                      403, "cross_site");
    }
    /* a form can't send JSON */
    struct an_api_response r;
    struct an_api_request form = { .method = "POST", .path = "/v1/session", .content_type = AN_SLICE("text/plain") };
    form.body = AN_SLICE("{\"login\":\"root\",\"password\":\"" WORLD_PASSWORD "\"}");
    an_api_answer(&world->core, &form, &r);
    assert_int_equal(r.status, 415);
    an_text_done(&r.text);
    admin.site = "same-origin";
    world_expect(world, &admin, "POST", "/v1/users", user, 201);
    world_end(world);
}

static void guessing_passwords_locks(void **state)
{
    (void)state;
    static const char *const logins[] = { "ana", "unknown" }; /* the two behave the same */
    struct world *world = world_begin();
    char wrong[128], right[128];
    world_account(world, "ana", "agent");
    for (size_t i = 0; i < 2; i++) {
        struct browser attacker = { .address = 0xc6336401 + (uint32_t)i };
        snprintf(wrong, sizeof wrong, "{\"login\":\"%s\",\"password\":\"guess number 1\"}", logins[i]);
        snprintf(right, sizeof right, "{\"login\":\"%s\",\"password\":\"%s\"}", logins[i], WORLD_PASSWORD);
        for (int n = 0; n < 5; n++) world_refused(world, &attacker, "POST", "/v1/session", wrong, 401, "bad_login");
        world_refused(world, &attacker, "POST", "/v1/session", wrong, 429, "locked");
        attacker.address++; /* from elsewhere too, and with the right one */
        world_refused(world, &attacker, "POST", "/v1/session", right, 429, "locked");
    }
    /* A restart forgets what is in memory, the store does not. */
    an_api_core_done(&world->core);
    struct an_api_options options = world->core.options;
    assert_int_equal(an_api_core_init(&world->core, &options), AN_OK);
    struct browser ana = { .cookie = "" };
    snprintf(right, sizeof right, "{\"login\":\"ana\",\"password\":\"%s\"}", WORLD_PASSWORD);
    world_refused(world, &ana, "POST", "/v1/session", right, 401, "bad_login");
    world->now_us += 61 * AN_US_PER_S;
    world_expect(world, &ana, "POST", "/v1/session", right, 200);
    world_end(world);
}

/* The lock in the store doubles, and only a login that is there has one: nobody who asks for an hour sees which. */
static void a_lock_does_not_tell_a_login(void **state)
{
    (void)state;
    struct world *world = world_begin();
    struct browser attacker = { .address = 0xc6336401 };
    world_account(world, "ana", "agent");
    for (int n = 0; n < 60; n++) {
        unsigned status[2], retry_s[2];
        char *text[2];
        for (int i = 0; i < 2; i++) {
            struct an_api_response r = world_ask(world, &attacker, "POST", "/v1/session",
                                                 i == 0 ? "{\"login\":\"ana\",\"password\":\"guess number 1\"}"
                                                        : "{\"login\":\"unknown\",\"password\":\"guess number 1\"}");
            status[i] = r.status;
            retry_s[i] = r.retry_s;
            text[i] = strdup(r.text.at);
            an_text_done(&r.text);
        }
        assert_int_equal(status[0], status[1]);
        assert_int_equal(retry_s[0], retry_s[1]);
        assert_string_equal(text[0], text[1]);
        free(text[0]);
        free(text[1]);
        world->now_us += 61 * AN_US_PER_S;
        attacker.address++;
    }
    world_end(world);
}

static void the_right_word_is_no_try(void **state)
{
    (void)state;
    struct world *world = world_begin();
    char wrong[] = "{\"login\":\"ana\",\"password\":\"guess number 1\"}", right[128];
    world_account(world, "ana", "agent");
    snprintf(right, sizeof right, "{\"login\":\"ana\",\"password\":\"%s\"}", WORLD_PASSWORD);
    for (uint32_t n = 0; n < 12; n++) { /* a dozen screens in one moment */
        struct browser ana = { .address = 0xc6336401 + n };
        world_expect(world, &ana, "POST", "/v1/session", right, 200);
    }
    struct browser attacker = { .address = 0xc6336501 }; /* and no more wrong ones for it */
    for (int n = 0; n < 4; n++) world_refused(world, &attacker, "POST", "/v1/session", wrong, 401, "bad_login");
    world_expect(world, &(struct browser) { .address = 0xc6336502 }, "POST", "/v1/session", right, 200);
    world_refused(world, &attacker, "POST", "/v1/session", wrong, 401, "bad_login");
    world_refused(world, &attacker, "POST", "/v1/session", wrong, 429, "locked");
    world_end(world);
}

static void one_address_does_not_try_everybody(void **state)
{
    (void)state;
    struct world *world = world_begin();
    struct browser attacker = { .address = 0xc6336407 }, other = { .address = 0xc6336408 };
    char body[128];
    unsigned limited = 0;
    for (int n = 0; n < 30; n++) {
        snprintf(body, sizeof body, "{\"login\":\"user%d\",\"password\":\"spring 2026 !\"}", n);
        struct an_api_response r = world_ask(world, &attacker, "POST", "/v1/session", body);
        limited += r.status == 429;
        an_text_done(&r.text);
        world->now_us += 100000; /* so that hashing is not what stops it */
    }
    assert_true(limited >= 9 && limited < 30);
    world_refused(world, &other, "POST", "/v1/session", body, 401, "bad_login");
    world_end(world);
}

static void codes_are_not_guessed(void **state)
{
    (void)state;
    struct world *world = world_begin();
    struct browser attacker = { .cookie = "" };
    char body[128], digits[7];
    world_expect(world, &attacker, "POST", "/v1/session/code", "{\"number\":\"+8613800138001\"}", 202);
    snprintf(digits, sizeof digits, "%.6s", strpbrk(world->texts[0], "0123456789"));
    for (int n = 0; n < AN_CODE_TRIES_MAX; n++) {
        snprintf(body, sizeof body, "{\"number\":\"+8613800138001\",\"code\":\"%06d\"}",
                 (atoi(digits) + 1 + n) % 1000000);
        world_refused(world, &attacker, "POST", "/v1/session", body, 401, "bad_login");
        world->now_us += 61 * AN_US_PER_S; /* the limit by number is another matter */
    }
    snprintf(body, sizeof body, "{\"number\":\"+8613800138001\",\"code\":\"%s\"}", digits);
    world_refused(world, &attacker, "POST", "/v1/session", body, 401, "bad_login"); /* the right one, too late */
    world_expect(world, &attacker, "POST", "/v1/session/code", "{\"number\":\"+8613800138002\"}", 202);
    snprintf(body, sizeof body, "{\"number\":\"+8613800138001\",\"code\":\"%.6s\"}",
             strpbrk(world->texts[0], "0123456789"));
    world_refused(world, &attacker, "POST", "/v1/session", body, 401, "bad_login"); /* another number's */
    snprintf(body, sizeof body, "{\"number\":\"+8613800138002\",\"code\":\"%.6s\"}",
             strpbrk(world->texts[0], "0123456789"));
    world->now_us += AN_CODE_MINUTES * 60 * AN_US_PER_S;
    world_refused(world, &attacker, "POST", "/v1/session", body, 401, "bad_login"); /* has ended */
    unsigned sent = world->text_count;
    for (int n = 0; n < 20; n++)
        world_expect(world, &attacker, "POST", "/v1/session/code", "{\"number\":\"+8613800138003\"}", 202);
    assert_int_equal(world->text_count, sent + 3); /* nobody's phone is flooded */
    world_end(world);
}

static void tickets_made_up_never_reach_the_store(void **state)
{
    (void)state;
    struct world *world = world_begin();
    struct browser real = { .cookie = "" }, forged = { .address = 0xc6336409 };
    world_account(world, "ana", "admin");
    world_sign_in(world, &real, "ana");
    uint8_t hash[AN_SECRET_HASH_BYTES];
    const struct an_secret *secret = an_store_secret(world->store);
    for (size_t i = 0; i < AN_TICKET_TEXT; i++) {
        struct browser changed = real;
        changed.cookie[i] = changed.cookie[i] == 'a' ? 'b' : 'a';
        assert_false(an_api_ticket_read(secret, AN_SECRET_SESSION, an_slice_of(changed.cookie), hash));
    }
    assert_false(an_api_ticket_read(secret, AN_SECRET_KEY, an_slice_of(real.cookie), hash)); /* of another kind */
    assert_false(an_api_ticket_read(secret, AN_SECRET_LINK, an_slice_of(real.cookie), hash));
    unsigned limited = 0;
    forged.bearer = "ak_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    for (int n = 0; n < 100; n++) {
        struct an_api_response r = world_ask(world, &forged, "GET", "/v1/users", NULL);
        assert_true(r.status == 401 || r.status == 429);
        limited += r.status == 429;
        an_text_done(&r.text);
    }
    assert_int_equal(limited, 40);
    world_expect(world, &real, "GET", "/v1/users", NULL, 200); /* others are not held up */
    world_end(world);
}

/* Ended by another server, or by the command line. */
static void an_end_elsewhere_is_seen_soon(void **state)
{
    (void)state;
    struct world *world = world_begin();
    struct browser browser = { .cookie = "" };
    struct an_db_session *session;
    struct an_error error;
    int64_t id = world_account(world, "ana", "agent");
    world_sign_in(world, &browser, "ana");
    world_expect(world, &browser, "GET", "/v1/campaigns", NULL, 200);
    assert_int_equal(an_store_take(world->store, &session, &error), AN_OK);
    assert_int_equal(an_session_end_all(session, id, &error), AN_OK);
    an_db_give(session);
    world->now_us += AN_US_PER_S;
    world_expect(world, &browser, "GET", "/v1/campaigns", NULL, 200);
    world->now_us += AN_US_PER_S;
    world_expect(world, &browser, "GET", "/v1/campaigns", NULL, 401);
    world_end(world);
}

static void ids_tell_nothing(void **state)
{
    (void)state;
    static const char *const ids[] = {
        "0000000000000001",    "ffffffffffffffff", "7",   "0",     "-1", "%00", "..", "%2e%2e", "1%27%20OR%201=1",
        "0000000000000001%00", "00000000000000A1", "%zz", "%f0%28"
    };
    struct world *world = world_begin();
    struct browser admin = { .cookie = "" }, person = { .cookie = "" };
    char path[128], subscriber[64], id[AN_DB_ID_TEXT_MAX];
    world_account(world, "root", "admin");
    world_sign_in(world, &admin, "root");
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
        snprintf(path, sizeof path, "/v1/users/%s", ids[i]);
        world_expect(world, &admin, "DELETE", path, NULL, 404);
        snprintf(path, sizeof path, "/v1/keys/%s", ids[i]);
        world_expect(world, &admin, "DELETE", path, NULL, 404);
    }
    world_sign_in_number(world, &person, "+8613800138001"); /* a subscriber is not one of the users */
    cJSON *json = world_json(world, &person, "GET", "/v1/session", NULL, 200);
    snprintf(subscriber, sizeof subscriber, "/v1/users/%s", json_text(json, "user.id"));
    cJSON_Delete(json);
    world_expect(world, &admin, "PATCH", subscriber, "{\"role\":\"admin\"}", 404);
    world_expect(world, &admin, "DELETE", subscriber, NULL, 404);
    snprintf(path, sizeof path, "/v1/users/%s", an_db_id_text(world_account(world, "bob", "agent"), id));
    world_expect(world, &person, "PATCH", path, "{\"role\":\"agent\"}", 403);
    world_end(world);
}

static void bodies_are_bounded_and_strict(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "[]",
        "[{}]",
        "nul",
        "{\"login\":\"a\"}",
        "{\"login\":1,\"password\":\"b\"}",
        "{\"login\":\"a\",\"login\":\"b\",\"password\":\"c\"}",
        "{\"login\":\"a\\u0000b\",\"password\":\"c\"}",
        "{\"login\":\"a\",\"password\":\"\\ud800\"}",
        "{\"login\":\"\xff\",\"password\":\"c\"}",
        "{\"login\":{\"$gt\":\"\"},\"password\":{\"$gt\":\"\"}}",
        "{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":1}}}}}}}}}",
    };
    struct world *world = world_begin();
    struct browser browser = { .cookie = "" };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        world_expect(world, &browser, "POST", "/v1/session", bad[i], 400);
        world->now_us += 10 * AN_US_PER_S;
    }
    char *large = malloc(AN_HTTP_PEOPLE_BODY_MAX + 2);
    memset(large, ' ', AN_HTTP_PEOPLE_BODY_MAX + 1);
    large[AN_HTTP_PEOPLE_BODY_MAX + 1] = '\0';
    world_expect(world, &browser, "POST", "/v1/session", large, 413);
    large[AN_HTTP_PEOPLE_BODY_MAX] = '\0';
    world_expect(world, &browser, "POST", "/v1/session", large, 400);
    memset(large, 'a', 2000);
    memcpy(large, "{\"login\":\"", 10);
    strcpy(large + 2000, "\",\"password\":\"b\"}");
    world_expect(world, &browser, "POST", "/v1/session", large, 400);
    free(large);
    struct an_api_request request = { .method = "GET", .path = "/v1/session" };
    assert_int_equal(an_api_body_max(&world->core, &request), 0);
    request.method = "PUT";
    assert_int_equal(an_api_body_max(&world->core, &request), 0); /* no such method there */
    request.method = "POST";
    assert_int_equal(an_api_body_max(&world->core, &request), AN_HTTP_PEOPLE_BODY_MAX);
    world_end(world);
}

static void hostile_text_stays_text(void **state)
{
    (void)state;
    static const char nasty[] = "'; DROP TABLE account; --<img src=x onerror=alert(1)>\\\"\\u202e";
    struct world *world = world_begin();
    struct browser admin = { .cookie = "" };
    char body[300], path[64];
    world_account(world, "root", "admin");
    world_sign_in(world, &admin, "root");
    snprintf(body, sizeof body, "{\"login\":\"bob\",\"name\":\"%s\",\"role\":\"agent\"}", nasty);
    cJSON *json = world_json(world, &admin, "POST", "/v1/users", body, 201);
    assert_string_equal(json_text(json, "user.name"),
                        "'; DROP TABLE account; --<img src=x onerror=alert(1)>\"\xe2\x80\xae");
    snprintf(path, sizeof path, "/v1/users/%s", json_text(json, "user.id"));
    cJSON_Delete(json);
    struct an_api_response r = world_ask(world, &admin, "GET", "/v1/users", NULL);
    assert_string_equal(r.type, "application/json"); /* never a page, and nosniff says so to browsers */
    an_text_done(&r.text);
    world_expect(world, &admin, "PATCH", path, "{\"name\":\"\"}", 200);
    world_expect(world, &admin, "GET", "/v1/audit?who=%27%20OR%201=1", NULL, 404);
    world_end(world);
}

/* Two at once with the same link: one of them. */
struct race {
    struct world *world;
    char body[256];
    unsigned status;
};

static void *use_link(void *user)
{
    struct race *race = user;
    struct browser browser = { .cookie = "" };
    struct an_api_response r = world_ask(race->world, &browser, "POST", "/v1/first", race->body);
    race->status = r.status;
    an_text_done(&r.text);
    return NULL;
}

static void a_link_used_twice_at_once_works_once(void **state)
{
    (void)state;
    struct world *world = world_begin();
    struct an_db_session *session;
    struct an_error error = { "" };
    struct race races[2] = { { .world = world }, { .world = world } };
    pthread_t threads[2];
    char link[AN_LINK_URL_MAX];
    assert_int_equal(an_store_take(world->store, &session, &error), AN_OK);
    assert_int_equal(
        an_api_link_make(session, an_store_secret(world->store), "", 0, world->now_us, link, sizeof link, &error),
        AN_OK);
    an_db_give(session);
    for (int i = 0; i < 2; i++) {
        snprintf(races[i].body, sizeof races[i].body,
                 "{\"token\":\"%.48s\",\"login\":\"r%d\",\"password\":\"%s\",\"name\":\"x\"}",
                 link + strlen("/#/first/"), i, WORLD_PASSWORD);
        assert_int_equal(pthread_create(&threads[i], NULL, use_link, &races[i]), 0);
    }
    for (int i = 0; i < 2; i++) pthread_join(threads[i], NULL);
    assert_true((races[0].status == 200) != (races[1].status == 200));
    assert_int_equal(races[0].status + races[1].status, 200 + 404);
    world_end(world);
}

/* Two admins take each other's role at once. */
struct feud {
    struct world *world;
    struct browser browser;
    char path[64];
};

static void *demote(void *user)
{
    struct feud *feud = user;
    struct an_api_response r = world_ask(feud->world, &feud->browser, "PATCH", feud->path, "{\"role\":\"agent\"}");
    an_text_done(&r.text);
    return NULL;
}

static void set_admin(struct world *world, int64_t id)
{
    struct an_db_session *session;
    struct an_account account;
    struct an_error error;
    assert_int_equal(an_store_take(world->store, &session, &error), AN_OK);
    assert_int_equal(an_account_by_id(session, id, &account, &error), AN_OK);
    strcpy(account.role, "admin");
    assert_int_equal(an_account_change(session, &account, &error), AN_OK);
    an_db_give(session);
}

static void an_admin_is_always_left(void **state)
{
    (void)state;
    static const char *const logins[] = { "ana", "bob" };
    struct world *world = world_begin();
    struct feud feuds[2] = { { .world = world }, { .world = world } };
    int64_t ids[2] = { world_account(world, "ana", "admin"), world_account(world, "bob", "admin") }, admins;
    for (int round = 0; round < 8; round++) {
        pthread_t threads[2];
        struct an_db_session *session;
        struct an_error error;
        char id[AN_DB_ID_TEXT_MAX];
        world->now_us += 600 * AN_US_PER_S;
        for (int i = 0; i < 2; i++) {
            set_admin(world, ids[i]);
            snprintf(feuds[i].path, sizeof feuds[i].path, "/v1/users/%s", an_db_id_text(ids[1 - i], id));
            world_sign_in(world, &feuds[i].browser, logins[i]);
        }
        for (int i = 0; i < 2; i++) assert_int_equal(pthread_create(&threads[i], NULL, demote, &feuds[i]), 0);
        for (int i = 0; i < 2; i++) pthread_join(threads[i], NULL);
        assert_int_equal(an_store_take(world->store, &session, &error), AN_OK);
        assert_int_equal(an_account_count(session, "admin", &admins, &error), AN_OK);
        an_db_give(session);
        assert_true(admins >= 1);
    }
    world_end(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_planted_cookie_is_never_taken_over),
        cmocka_unit_test(another_site_changes_nothing),
        cmocka_unit_test(guessing_passwords_locks),
        cmocka_unit_test(a_lock_does_not_tell_a_login),
        cmocka_unit_test(the_right_word_is_no_try),
        cmocka_unit_test(one_address_does_not_try_everybody),
        cmocka_unit_test(codes_are_not_guessed),
        cmocka_unit_test(tickets_made_up_never_reach_the_store),
        cmocka_unit_test(an_end_elsewhere_is_seen_soon),
        cmocka_unit_test(ids_tell_nothing),
        cmocka_unit_test(bodies_are_bounded_and_strict),
        cmocka_unit_test(hostile_text_stays_text),
        cmocka_unit_test(a_link_used_twice_at_once_works_once),
        cmocka_unit_test(an_admin_is_always_left),
    };
    return store_kit_run_named("api_attack", tests, sizeof tests / sizeof tests[0]);
}
