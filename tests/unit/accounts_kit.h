/* The API over a store of its own, and a browser to ask it: a cookie jar, a clock that is turned by hand. For tests
 * that run on both databases (store_kit.h). */
#ifndef ANNING_TESTS_ACCOUNTS_KIT_H
#define ANNING_TESTS_ACCOUNTS_KIT_H

#include "tests/unit/api_fake.h"
#include "tests/unit/store_kit.h"

#include "api/accounts.h"
#include "api/links.h"
#include "base/clock.h"

#define WORLD_PASSWORD "correct horse 1"

struct world {
    struct fake fake;
    struct an_api_core core;
    struct an_api_console console;
    struct an_store *store;
    uint64_t now_us;
    char texts[4][256]; /* sent, the last first */
    unsigned text_count;
};

/* Who asks: what a browser would send. */
struct browser {
    char cookie[AN_TICKET_TEXT + 1], csrf[AN_CSRF_TEXT + 1];
    const char *bearer, *site;
    uint32_t address; /* 0: 127.0.0.1 */
    bool no_csrf;
};

static struct world *world_of_now; /* the fake's own user is the fake */

static inline uint64_t world_now_us(void *user)
{
    (void)user;
    return world_of_now->now_us;
}

static inline bool world_send_text(void *user, an_number to, const char *text)
{
    (void)user, (void)to;
    memmove(world_of_now->texts[1], world_of_now->texts[0], sizeof world_of_now->texts - sizeof world_of_now->texts[0]);
    snprintf(world_of_now->texts[0], sizeof world_of_now->texts[0], "%s", text);
    world_of_now->text_count++;
    return true;
}

static inline struct world *world_begin(void)
{
    char folder[128];
    struct an_error error = { "" };
    struct world *world = calloc(1, sizeof *world);
    assert_non_null(world);
    world_of_now = world;
    snprintf(folder, sizeof folder, "%s/data-%u", kit.folder, kit.serial);
    mkdir(folder, 0700);
    const struct an_store_options options = { .data_dir = folder, .url = kit.url, .wait = true };
    if (an_store_start(&options, &world->store, &error) != AN_OK) fail_msg("%s", error.text);
    world->now_us = FAKE_NOW_US;
    world->console = (struct an_api_console) { .url = "https://door.example", .send_text = world_send_text };
    struct an_api_options api = fake_options(&world->fake);
    api.calls.now_us = world_now_us;
    api.store = world->store;
    api.console = &world->console;
    api.token = "site-token-0123456789";
    assert_int_equal(an_api_core_init(&world->core, &api), AN_OK);
    return world;
}

static inline void world_end(struct world *world)
{
    an_api_core_done(&world->core);
    an_store_stop(world->store);
    free(world);
}

/* path may have a query. The answer's text must be done; NULL body: none. */
static inline struct an_api_response world_ask(struct world *world, struct browser *browser, const char *method,
                                               const char *path, const char *body)
{
    char own[512], bearer[128], *query;
    struct an_api_response response;
    struct an_api_request request = { .method = method, .path = own, .body = an_slice_of(body) };
    assert_true(strlen(path) < sizeof own);
    strcpy(own, path);
    query = strchr(own, '?');
    if (query != NULL) *query++ = '\0';
    for (char *save, *pair = query == NULL ? NULL : strtok_r(query, "&", &save); pair != NULL;
         pair = strtok_r(NULL, "&", &save)) {
        char *value = strchr(pair, '=');
        if (value != NULL) *value++ = '\0';
        request.query[request.query_count++] = (struct an_api_argument) { pair, value };
    }
    request.peer.v4.sin_family = AF_INET;
    request.peer.v4.sin_addr.s_addr = htonl(browser->address == 0 ? 0x7f000001 : browser->address);
    if (body != NULL) request.content_type = AN_SLICE("application/json");
    request.cookie = an_slice_of(browser->cookie);
    if (!browser->no_csrf) request.csrf = an_slice_of(browser->csrf);
    request.fetch_site = an_slice_of(browser->site);
    if (browser->bearer != NULL) {
        snprintf(bearer, sizeof bearer, "Bearer %s", browser->bearer);
        request.authorization = an_slice_of(bearer);
    }
    an_api_answer(&world->core, &request, &response);
    if (strncmp(response.cookie, "anning_session=", 15) == 0) {
        size_t len = strcspn(response.cookie + 15, ";");
        assert_true(len < sizeof browser->cookie);
        snprintf(browser->cookie, sizeof browser->cookie, "%.*s", (int)len, response.cookie + 15);
        assert_non_null(strstr(response.cookie, "; HttpOnly; SameSite=Strict"));
        if (len == 0) browser->csrf[0] = '\0';
    }
    return response;
}

/* The answer as JSON, of this status; NULL where it has no body. A session's csrf is kept. */
static inline cJSON *world_json(struct world *world, struct browser *browser, const char *method, const char *path,
                                const char *body, unsigned status)
{
    struct an_api_response r = world_ask(world, browser, method, path, body);
    if (r.status != status)
        fail_msg("%s %s: %u, not %u: %s", method, path, r.status, status, r.text.at == NULL ? "" : r.text.at);
    cJSON *json = r.text.len == 0 ? NULL : fake_json(&r);
    const char *csrf = json == NULL ? "" : json_text(json, "csrf");
    if (csrf[0] != '\0') snprintf(browser->csrf, sizeof browser->csrf, "%s", csrf);
    an_text_done(&r.text);
    return json;
}

static inline void world_expect(struct world *world, struct browser *browser, const char *method, const char *path,
                                const char *body, unsigned status)
{
    cJSON_Delete(world_json(world, browser, method, path, body, status));
}

/* The same with the word for programs. */
static inline void world_refused(struct world *world, struct browser *browser, const char *method, const char *path,
                                 const char *body, unsigned status, const char *code)
{
    cJSON *json = world_json(world, browser, method, path, body, status);
    if (strcmp(json_text(json, "error.code"), code) != 0)
        fail_msg("%s %s: code %s, not %s", method, path, json_text(json, "error.code"), code);
    cJSON_Delete(json);
}

/* An account with WORLD_PASSWORD, straight in the store; returns its id. */
static inline int64_t world_account(struct world *world, const char *login, const char *role)
{
    struct an_db_session *session;
    struct an_error error = { "" };
    struct an_account account = { .id = an_db_id(), .language = "en", .created_us = 1 };
    snprintf(account.login, sizeof account.login, "%s", login);
    snprintf(account.name, sizeof account.name, "%s the %s", login, role);
    snprintf(account.role, sizeof account.role, "%s", role);
    assert_int_equal(an_password_hash(an_store_secret(world->store), WORLD_PASSWORD, account.password), AN_OK);
    assert_int_equal(an_store_take(world->store, &session, &error), AN_OK);
    if (an_account_add(session, &account, &error) != AN_OK) fail_msg("%s", error.text);
    an_db_give(session);
    return account.id;
}

static inline void world_sign_in(struct world *world, struct browser *browser, const char *login)
{
    char body[256];
    snprintf(body, sizeof body, "{\"login\":\"%s\",\"password\":\"%s\"}", login, WORLD_PASSWORD);
    world_expect(world, browser, "POST", "/v1/session", body, 200);
    assert_int_equal(strlen(browser->csrf), AN_CSRF_TEXT);
}

/* A subscriber's session, by a code as it was sent. */
static inline void world_sign_in_number(struct world *world, struct browser *browser, const char *number)
{
    char body[256];
    snprintf(body, sizeof body, "{\"number\":\"%s\"}", number);
    world_expect(world, browser, "POST", "/v1/session/code", body, 202);
    const char *digits = strpbrk(world->texts[0], "0123456789");
    assert_non_null(digits);
    snprintf(body, sizeof body, "{\"number\":\"%s\",\"code\":\"%.6s\"}", number, digits);
    world_expect(world, browser, "POST", "/v1/session", body, 200);
}

#endif
