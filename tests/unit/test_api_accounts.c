/* Accounts over the API, on both databases: the first admin, signing in, roles, users, keys, codes, the audit log. What
 * attackers try is in test_api_attack.c. */
#include "tests/unit/accounts_kit.h"

#include "store/audit.h"

static void token_of(const char *link, char ret_token[AN_TICKET_TEXT + 1])
{
    const char *slash = strrchr(link, '/');
    assert_non_null(slash);
    snprintf(ret_token, AN_TICKET_TEXT + 1, "%s", slash + 1);
}

static void make_link(struct world *world, int64_t account, char *ret_token)
{
    char link[AN_LINK_URL_MAX];
    struct an_db_session *session;
    struct an_error error = { "" };
    assert_int_equal(an_store_take(world->store, &session, &error), AN_OK);
    enum an_err err = an_api_link_make(session, an_store_secret(world->store), "https://door.example", account,
                                       world->now_us, link, sizeof link, &error);
    if (err != AN_OK) fail_msg("%s", error.text);
    an_db_give(session);
    assert_true(strncmp(link, "https://door.example/#/", 23) == 0);
    token_of(link, ret_token);
}

static void one_admin_comes_of_one_link(void **state)
{
    (void)state;
    struct world *world = world_begin();
    struct browser browser = { .site = "same-origin" };
    char token[AN_TICKET_TEXT + 1], body[512];
    cJSON *json = world_json(world, &browser, "GET", "/v1/first", NULL, 200);
    assert_true(cJSON_IsTrue(cJSON_GetObjectItem(json, "needed")));
    cJSON_Delete(json);
    make_link(world, 0, token);
    snprintf(body, sizeof body, "{\"token\":\"%s\",\"login\":\"Root\",\"password\":\"short\",\"name\":\"安\"}", token);
    world_refused(world, &browser, "POST", "/v1/first", body, 400, "weak"); /* and the link is still there */
    snprintf(body, sizeof body, "{\"token\":\"%s\",\"login\":\"Root\",\"password\":\"%s\",\"name\":\"安\"}", token,
             WORLD_PASSWORD);
    json = world_json(world, &browser, "POST", "/v1/first", body, 200);
    assert_string_equal(json_text(json, "user.login"), "root");
    assert_string_equal(json_text(json, "user.role"), "admin");
    cJSON_Delete(json);
    world_expect(world, &browser, "GET", "/v1/session", NULL, 200);
    struct browser other = { .site = "same-origin" };
    world_refused(world, &other, "POST", "/v1/first", body, 404, "not_found");
    json = world_json(world, &browser, "GET", "/v1/first", NULL, 200);
    assert_true(cJSON_IsFalse(cJSON_GetObjectItem(json, "needed")));
    cJSON_Delete(json);
    make_link(world, 0, token); /* a second first link makes nobody while there is an admin */
    snprintf(body, sizeof body, "{\"token\":\"%s\",\"login\":\"two\",\"password\":\"%s\",\"name\":\"x\"}", token,
             WORLD_PASSWORD);
    world_refused(world, &other, "POST", "/v1/first", body, 404, "not_found");
    world_sign_in(world, &other, "root");
    world_end(world);
}

static void a_session_begins_and_ends(void **state)
{
    (void)state;
    struct world *world = world_begin();
    struct browser browser = { .cookie = "" };
    world_account(world, "ana", "agent");
    world_refused(world, &browser, "GET", "/v1/session", NULL, 401, "sign_in");
    world_sign_in(world, &browser, "ANA");
    cJSON *json = world_json(world, &browser, "GET", "/v1/session", NULL, 200);
    assert_string_equal(json_text(json, "user.role"), "agent");
    assert_string_equal(json_text(json, "user.language"), "en");
    assert_string_equal(json_text(json, "csrf"), browser.csrf);
    cJSON_Delete(json);
    world_expect(world, &browser, "PUT", "/v1/session/language", "{\"language\":\"zh\"}", 204);
    world_expect(world, &browser, "PUT", "/v1/session/language", "{\"language\":\"fr\"}", 400);
    struct browser kept = browser;
    world_expect(world, &browser, "DELETE", "/v1/session", NULL, 204);
    assert_string_equal(browser.cookie, "");
    world_refused(world, &kept, "GET", "/v1/session", NULL, 401, "sign_in"); /* the cookie is worth nothing now */
    world_sign_in(world, &browser, "ana");
    world->now_us += 12 * 3600 * AN_US_PER_S;
    world_refused(world, &browser, "GET", "/v1/session", NULL, 401, "sign_in");
    world_end(world);
}

static void a_role_bounds_what_is_there(void **state)
{
    (void)state;
    static const char *const roles[] = { "agent", "operator", "auditor", "authority", "admin" };
    struct world *world = world_begin();
    for (size_t i = 0; i < sizeof roles / sizeof *roles; i++) {
        struct browser browser = { .cookie = "" };
        bool admin = strcmp(roles[i], "admin") == 0, auditor = strcmp(roles[i], "auditor") == 0;
        world_account(world, roles[i], roles[i]);
        world_sign_in(world, &browser, roles[i]);
        world_expect(world, &browser, "GET", "/v1/users", NULL, admin ? 200 : 403);
        world_expect(world, &browser, "GET", "/v1/keys", NULL, admin ? 200 : 403);
        world_expect(world, &browser, "GET", "/v1/audit", NULL, admin || auditor ? 200 : 403);
        world_expect(world, &browser, "POST", "/v1/decide", "{\"from\":\"+8617012345678\",\"to\":\"+8613800138001\"}",
                     403);
        world_expect(world, &browser, "GET", "/v1/campaigns", NULL, i < 2 || admin ? 200 : 403);
    }
    struct browser person = { .cookie = "" }, machine = { .bearer = "site-token-0123456789" },
                   nobody = { .cookie = "" };
    world_sign_in_number(world, &person, "+8613800138001");
    world_expect(world, &person, "GET", "/v1/users", NULL, 403);
    world_expect(world, &person, "GET", "/v1/campaigns", NULL, 403);
    world_expect(world, &machine, "GET", "/v1/users", NULL, 403);
    world_expect(world, &machine, "GET", "/v1/campaigns", NULL, 200);
    world_expect(world, &nobody, "GET", "/v1/users", NULL, 401);
    world_expect(world, &nobody, "GET", "/v1/campaigns", NULL, 401);
    world_expect(world, &nobody, "GET", "/healthz", NULL, 200);
    world_end(world);
}

static void an_admin_keeps_the_users(void **state)
{
    (void)state;
    struct world *world = world_begin();
    struct browser admin = { .cookie = "" }, bob = { .cookie = "" };
    char path[64], body[300], token[AN_TICKET_TEXT + 1], id[AN_DB_ID_TEXT_MAX], own[64];
    snprintf(own, sizeof own, "/v1/users/%s", an_db_id_text(world_account(world, "root", "admin"), id));
    world_sign_in(world, &admin, "root");
    cJSON *json = world_json(world, &admin, "POST", "/v1/users",
                             "{\"login\":\"Bob\",\"name\":\"Bob <script>\",\"role\":\"agent\"}", 201);
    token_of(json_text(json, "link"), token);
    snprintf(path, sizeof path, "/v1/users/%s", json_text(json, "user.id"));
    cJSON_Delete(json);
    world_refused(world, &admin, "POST", "/v1/users", "{\"login\":\"bob\",\"name\":\"\",\"role\":\"agent\"}", 409,
                  "exists");
    world_refused(world, &admin, "POST", "/v1/users", "{\"login\":\"b b\",\"name\":\"\",\"role\":\"agent\"}", 400,
                  "invalid");
    world_refused(world, &admin, "POST", "/v1/users", "{\"login\":\"c\",\"name\":\"\",\"role\":\"subscriber\"}", 400,
                  "invalid");
    world_refused(world, &admin, "POST", "/v1/users",
                  "{\"login\":\"c\",\"name\":\"\",\"role\":\"agent\",\"networks\":[\"10.0.0.0/33\"]}", 400, "invalid");
    snprintf(body, sizeof body, "{\"token\":\"%s\",\"password\":\"%s\"}", token, WORLD_PASSWORD);
    world_expect(world, &bob, "POST", "/v1/password", body, 204);
    world_refused(world, &bob, "POST", "/v1/password", body, 404, "not_found"); /* once */
    world_sign_in(world, &bob, "bob");
    world_expect(world, &admin, "PATCH", path, "{\"disabled\":true}", 200);
    world_expect(world, &bob, "GET", "/v1/session", NULL, 401); /* at once, though it was remembered */
    world_expect(world, &admin, "PATCH", path,
                 "{\"disabled\":false,\"role\":\"operator\",\"networks\":[\"192.0.2.0/24\"]}", 200);
    snprintf(body, sizeof body, "{\"login\":\"bob\",\"password\":\"%s\"}", WORLD_PASSWORD);
    world_refused(world, &bob, "POST", "/v1/session", body, 401, "bad_login"); /* from elsewhere */
    bob.address = 0xc0000207;
    world_sign_in(world, &bob, "bob");
    bob.address = 0;
    world_expect(world, &bob, "GET", "/v1/session", NULL, 401); /* the cookie alone is not enough either */
    json = world_json(world, &admin, "PATCH", path, "{\"reset\":true}", 200);
    assert_true(strlen(json_text(json, "link")) > 0);
    cJSON_Delete(json);
    json = world_json(world, &admin, "GET", "/v1/users?limit=1", NULL, 200);
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(json, "items")), 1);
    snprintf(body, sizeof body, "/v1/users?limit=1&cursor=%s", json_text(json, "next"));
    cJSON_Delete(json);
    json = world_json(world, &admin, "GET", body, NULL, 200);
    assert_null(cJSON_GetObjectItem(json, "next"));
    cJSON_Delete(json);
    world_expect(world, &admin, "DELETE", path, NULL, 204);
    world_expect(world, &admin, "DELETE", path, NULL, 404);
    world_refused(world, &admin, "DELETE", own, NULL, 409, "last_admin");
    world_refused(world, &admin, "PATCH", own, "{\"disabled\":true}", 409, "last_admin");
    world_refused(world, &admin, "PATCH", own, "{\"role\":\"agent\"}", 409, "last_admin");
    world_expect(world, &admin, "GET", "/v1/session", NULL, 200);
    world_end(world);
}

static bool take_entry(void *user, const struct an_audit_entry *entry)
{
    *(int *)user = strcmp(entry->act, "password.refused") == 0 && strcmp(entry->object, "ana") == 0 &&
                   strcmp(entry->role, "agent") == 0;
    return false;
}

/* The newest line of the audit log. */
static bool refusal_is_on_record(struct world *world)
{
    struct an_db_session *session;
    struct an_error error = { "" };
    int found = 0;
    const struct an_audit_filter filter = { .limit = 1 };
    assert_int_equal(an_store_take(world->store, &session, &error), AN_OK);
    assert_int_equal(an_audit_list(session, an_store_secret(world->store), &filter, take_entry, &found, &error), AN_OK);
    an_db_give(session);
    return found;
}

static void a_password_is_changed_by_who_knows_it(void **state)
{
    (void)state;
    struct world *world = world_begin();
    struct browser here = { .cookie = "" }, there = { .cookie = "" };
    world_account(world, "ana", "agent");
    world_sign_in(world, &here, "ana");
    world_sign_in(world, &there, "ana");
    world->now_us += AN_US_PER_S;
    world_refused(world, &here, "PUT", "/v1/session/password", "{\"old\":\"guess\",\"new\":\"another horse 2\"}", 403,
                  "bad_login");
    assert_true(refusal_is_on_record(world));
    world_refused(world, &here, "PUT", "/v1/session/password",
                  "{\"old\":\"" WORLD_PASSWORD "\",\"new\":\"aaaaaaaaaaaa\"}", 400, "weak");
    world_expect(world, &here, "PUT", "/v1/session/password",
                 "{\"old\":\"" WORLD_PASSWORD "\",\"new\":\"another horse 2\"}", 200);
    world_expect(world, &here, "GET", "/v1/session", NULL, 200);
    world_expect(world, &there, "GET", "/v1/session", NULL, 401);
    world_refused(world, &there, "POST", "/v1/session", "{\"login\":\"ana\",\"password\":\"" WORLD_PASSWORD "\"}", 401,
                  "bad_login");
    world_end(world);
}

static void totp_is_as_its_rfc_has_it(void **state)
{
    (void)state;
    const uint8_t secret[] = "12345678901234567890"; /* RFC 6238 appendix B, eight digits there */
    assert_int_equal(an_totp_code(secret, 59 / 30), 94287082 % 1000000);
    assert_int_equal(an_totp_code(secret, 1111111109 / 30), 7081804 % 1000000);
    assert_int_equal(an_totp_code(secret, 20000000000 / 30), 65353130 % 1000000);
    assert_int_equal(an_totp_step(secret, "287082", 59 * AN_US_PER_S, 0), 1);
    assert_int_equal(an_totp_step(secret, "287082", 89 * AN_US_PER_S, 0), 1);
    assert_int_equal(an_totp_step(secret, "287082", 90 * AN_US_PER_S, 0), 0);
    assert_int_equal(an_totp_step(secret, "287082", 59 * AN_US_PER_S, 1), 0); /* used */
    assert_int_equal(an_totp_step(secret, "28708", 59 * AN_US_PER_S, 0), 0);
    char text[AN_TOTP_TEXT + 1], uri[AN_TOTP_URI_MAX];
    an_totp_text(secret, text);
    assert_string_equal(text, "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
    an_totp_uri(secret, "a@b", uri);
    assert_string_equal(uri, "otpauth://totp/Anning:a%40b?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Anning");
}

/* Base32 as an authenticator reads it. */
static void bytes_of_base32(const char *text, uint8_t ret[AN_TOTP_SECRET_BYTES])
{
    for (size_t i = 0; i < AN_TOTP_SECRET_BYTES; i += 5, text += 8) {
        uint64_t bits = 0;
        for (int j = 0; j < 8; j++) bits = bits << 5 | (uint64_t)(text[j] >= 'A' ? text[j] - 'A' : text[j] - '2' + 26);
        for (int j = 0; j < 5; j++) ret[i + (size_t)j] = (uint8_t)(bits >> (32 - 8 * j));
    }
}

static void a_second_factor_is_asked_for(void **state)
{
    (void)state;
    struct world *world = world_begin();
    struct browser browser = { .cookie = "" }, other = { .cookie = "" };
    uint8_t secret[AN_TOTP_SECRET_BYTES];
    char body[200];
    world_account(world, "ana", "agent");
    world_sign_in(world, &browser, "ana");
    cJSON *json = world_json(world, &browser, "POST", "/v1/session/totp", NULL, 200);
    bytes_of_base32(json_text(json, "secret"), secret);
    cJSON_Delete(json);
    world_sign_in(world, &other, "ana"); /* not in force yet */
    world_refused(world, &browser, "PUT", "/v1/session/totp", "{\"code\":\"000\"}", 400, "totp_required");
    int64_t step = (int64_t)(world->now_us / AN_US_PER_S / AN_TOTP_STEP_S);
    snprintf(body, sizeof body, "{\"code\":\"%06u\"}", an_totp_code(secret, step));
    world_expect(world, &browser, "PUT", "/v1/session/totp", body, 204);
    const char *plain = "{\"login\":\"ana\",\"password\":\"" WORLD_PASSWORD "\"}";
    for (int n = 0; n < 8; n++) /* the step between: no try is used up */
        world_refused(world, &other, "POST", "/v1/session", plain, 401, "totp_required");
    snprintf(body, sizeof body, "{\"login\":\"ana\",\"password\":\"%s\",\"totp\":\"%06u\"}", WORLD_PASSWORD,
             an_totp_code(secret, step));
    world_expect(world, &other, "POST", "/v1/session", body, 200);
    world_refused(world, &other, "POST", "/v1/session", body, 401, "totp_required"); /* seen over the shoulder */
    world->now_us += 3600 * AN_US_PER_S;
    world_refused(world, &browser, "DELETE", "/v1/session/totp", "{\"password\":\"guess it now\"}", 403, "bad_login");
    world_expect(world, &browser, "DELETE", "/v1/session/totp", "{\"password\":\"" WORLD_PASSWORD "\"}", 204);
    world_expect(world, &other, "POST", "/v1/session", plain, 200);
    world_end(world);
}

/* They are the tries of a login, whatever its owner is called; who is right has used up none. */
static void codes_for_a_second_factor_are_few(void **state)
{
    (void)state;
    struct world *world = world_begin();
    struct browser browser = { .cookie = "" }, other = { .address = 0xc6336401 };
    uint8_t secret[AN_TOTP_SECRET_BYTES];
    char body[200];
    const int64_t step = (int64_t)(world->now_us / AN_US_PER_S / AN_TOTP_STEP_S);
    world_account(world, "ana", "agent");
    world_sign_in(world, &browser, "ana");
    for (int n = 0; n < 8; n++) {
        cJSON *json = world_json(world, &browser, "POST", "/v1/session/totp", NULL, 200);
        bytes_of_base32(json_text(json, "secret"), secret);
        cJSON_Delete(json);
        snprintf(body, sizeof body, "{\"code\":\"%06u\"}", an_totp_code(secret, step));
        world_expect(world, &browser, "PUT", "/v1/session/totp", body, 204);
        world_expect(world, &browser, "DELETE", "/v1/session/totp", "{\"password\":\"" WORLD_PASSWORD "\"}", 204);
    }
    world_expect(world, &browser, "POST", "/v1/session/totp", NULL, 200);
    for (int n = 0; n < 5; n++)
        world_refused(world, &browser, "PUT", "/v1/session/totp", "{\"code\":\"00x\"}", 400, "totp_required");
    world_refused(world, &browser, "PUT", "/v1/session/totp", "{\"code\":\"00x\"}", 429, "too_many");
    world_refused(world, &other, "POST", "/v1/session", "{\"login\":\"ana\",\"password\":\"" WORLD_PASSWORD "\"}", 429,
                  "locked");
    world_end(world);
}

static void keys_open_their_scope_only(void **state)
{
    (void)state;
    struct world *world = world_begin();
    struct browser admin = { .cookie = "" }, machine = { .cookie = "" };
    char key[64], path[64];
    world_account(world, "root", "admin");
    world_sign_in(world, &admin, "root");
    world_refused(world, &admin, "POST", "/v1/keys", "{\"name\":\"x\",\"scopes\":[]}", 400, "invalid");
    world_refused(world, &admin, "POST", "/v1/keys", "{\"name\":\"x\",\"scopes\":[\"all\"]}", 400, "invalid");
    cJSON *json = world_json(world, &admin, "POST", "/v1/keys", "{\"name\":\"pbx\",\"scopes\":[\"desk\"]}", 201);
    strcpy(key, json_text(json, "key"));
    snprintf(path, sizeof path, "/v1/keys/%s", json_text(json, "id"));
    cJSON_Delete(json);
    machine.bearer = key;
    world_expect(world, &machine, "GET", "/v1/campaigns", NULL, 200);
    world_refused(world, &machine, "POST", "/v1/decide", "{}", 403, "not_allowed");
    world_refused(world, &machine, "GET", "/v1/keys", NULL, 403, "not_allowed");
    json = world_json(world, &admin, "GET", "/v1/keys", NULL, 200);
    assert_string_equal(json_text(json, "items.0.scopes.0"), "desk");
    assert_true(strlen(json_text(json, "items.0.last_used")) > 0);
    assert_string_equal(json_text(json, "items.0.key"), "");
    cJSON_Delete(json);
    world_expect(world, &admin, "DELETE", path, NULL, 204);
    world_expect(world, &machine, "GET", "/v1/campaigns", NULL, 401);
    world_expect(world, &admin, "DELETE", path, NULL, 404);
    world_end(world);
}

static void a_number_signs_in_by_a_code(void **state)
{
    (void)state;
    struct world *world = world_begin();
    struct browser person = { .cookie = "" }, again = { .cookie = "" };
    char body[128];
    world_sign_in_number(world, &person, "+8613800138001");
    cJSON *json = world_json(world, &person, "GET", "/v1/session", NULL, 200);
    assert_string_equal(json_text(json, "user.role"), "subscriber");
    assert_string_equal(json_text(json, "user.number"), "+8613800138001");
    char id[AN_DB_ID_TEXT_MAX];
    strcpy(id, json_text(json, "user.id"));
    cJSON_Delete(json);
    snprintf(body, sizeof body, "{\"number\":\"+8613800138001\",\"code\":\"%.6s\"}",
             strpbrk(world->texts[0], "0123456789"));
    world_refused(world, &again, "POST", "/v1/session", body, 401, "bad_login"); /* once */
    world_sign_in_number(world, &again, "+8613800138001");
    json = world_json(world, &again, "GET", "/v1/session", NULL, 200);
    assert_string_equal(json_text(json, "user.id"), id); /* the same person */
    cJSON_Delete(json);
    world_expect(world, &person, "POST", "/v1/session/code", "{\"number\":\"13800138001\"}", 400);
    world_expect(world, &person, "POST", "/v1/session/totp", NULL, 403);
    world_expect(world, &person, "POST", "/v1/session/code", "{\"number\":\"+8613800138001\"}", 202);
    world->console.send_text = NULL; /* nothing can be sent: the code that is out stays good */
    world_refused(world, &again, "POST", "/v1/session/code", "{\"number\":\"+8613800138001\"}", 501, "no_gateway");
    snprintf(body, sizeof body, "{\"number\":\"+8613800138001\",\"code\":\"%.6s\"}",
             strpbrk(world->texts[0], "0123456789"));
    world_expect(world, &again, "POST", "/v1/session", body, 200);
    world_end(world);
}

static void the_audit_log_tells_who_did_what(void **state)
{
    (void)state;
    struct world *world = world_begin();
    struct browser admin = { .cookie = "" };
    char path[128];
    world_account(world, "root", "admin");
    world_sign_in(world, &admin, "root");
    for (int i = 0; i < 3; i++) {
        world->now_us += 1000;
        world_expect(world, &admin, "GET", "/v1/audit?number=%2B8613800138001", NULL, 200);
    }
    cJSON *json = world_json(world, &admin, "GET", "/v1/audit?limit=2&who=root", NULL, 200);
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(json, "items")), 2);
    assert_string_equal(json_text(json, "items.0.act"), "audit.look");
    assert_string_equal(json_text(json, "items.0.number"), "+86138****8001");
    assert_string_equal(json_text(json, "items.0.who"), "root the admin");
    assert_string_equal(json_text(json, "items.0.time"), "2026-11-22T11:14:05.003+08:00");
    snprintf(path, sizeof path, "/v1/audit?limit=2&cursor=%s", json_text(json, "next"));
    cJSON_Delete(json);
    json = world_json(world, &admin, "GET", path, NULL, 200);
    assert_string_equal(json_text(json, "items.0.act"), "audit.look");
    assert_string_equal(json_text(json, "items.1.act"), "session.begin");
    assert_null(cJSON_GetObjectItem(json, "next"));
    cJSON_Delete(json);
    json = world_json(world, &admin, "GET", "/v1/audit?number=%2B8613800138002", NULL, 200);
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(json, "items")), 1); /* this look itself */
    assert_string_equal(json_text(json, "items.0.number"), "+8613800138002");    /* who knows it is shown it */
    cJSON_Delete(json);
    world_expect(world, &admin, "GET", "/v1/audit?number=x", NULL, 400);
    world_expect(world, &admin, "GET", "/v1/audit?cursor=x", NULL, 400);
    world_expect(world, &admin, "GET", "/v1/audit?limit=201", NULL, 400);
    world_expect(world, &admin, "GET", "/v1/audit?who=nobody", NULL, 404);
    world_end(world);
}

static void without_a_store_calls_go_on(void **state)
{
    (void)state;
    struct world *world = world_begin();
    struct browser browser = { .cookie = "" }, machine = { .bearer = "site-token-0123456789" };
    world_account(world, "root", "admin");
    world_sign_in(world, &browser, "root");
    struct an_store *store = world->store;
    world->core.options.store = NULL;
    world_refused(world, &browser, "GET", "/v1/session", NULL, 503, "store_down");
    world_refused(world, &browser, "GET", "/v1/users", NULL, 503, "store_down");
    world_refused(world, &browser, "GET", "/v1/first", NULL, 503, "store_down");
    world_refused(world, &browser, "POST", "/v1/session", "{\"login\":\"a\",\"password\":\"b\"}", 503, "store_down");
    world_refused(world, &browser, "POST", "/v1/session/code", "{\"number\":\"+8613800138001\"}", 503, "store_down");
    world_expect(world, &machine, "POST", "/v1/decide", "{\"from\":\"+8617012345678\",\"to\":\"+8613800138001\"}", 200);
    world->core.options.store = store;
    world_expect(world, &browser, "GET", "/v1/users", NULL, 200);
    world_end(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_admin_comes_of_one_link),
        cmocka_unit_test(a_session_begins_and_ends),
        cmocka_unit_test(a_role_bounds_what_is_there),
        cmocka_unit_test(an_admin_keeps_the_users),
        cmocka_unit_test(a_password_is_changed_by_who_knows_it),
        cmocka_unit_test(totp_is_as_its_rfc_has_it),
        cmocka_unit_test(a_second_factor_is_asked_for),
        cmocka_unit_test(codes_for_a_second_factor_are_few),
        cmocka_unit_test(keys_open_their_scope_only),
        cmocka_unit_test(a_number_signs_in_by_a_code),
        cmocka_unit_test(the_audit_log_tells_who_did_what),
        cmocka_unit_test(without_a_store_calls_go_on),
    };
    return store_kit_run_named("api_accounts", tests, sizeof tests / sizeof tests[0]);
}
