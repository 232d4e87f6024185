/* One-time links: GET and POST /v1/first, POST /v1/password. */
#include "api/links.h"

#include <cjson/cJSON.h>
#include <sodium.h>
#include <stdio.h>

#include "api/accounts.h"
#include "api/guard.h"
#include "base/clock.h"
#include "base/log.h"

void an_api_console_url(const char *given, const char *http, char ret_url[AN_CONSOLE_URL_MAX])
{
    bool every = http[0] == ':' || http[0] == '*';
    if (given[0] != '\0')
        snprintf(ret_url, AN_CONSOLE_URL_MAX, "%s", given);
    else
        snprintf(ret_url, AN_CONSOLE_URL_MAX, "http://%s%s", every ? "127.0.0.1" : "",
                 http[0] == '*' ? http + 1 : http);
}

enum an_err an_api_link_make(struct an_db_session *session, const struct an_secret *secret, const char *url,
                             int64_t account, uint64_t now_us, char *ret_link, size_t size, struct an_error *error)
{
    char token[AN_TICKET_TEXT + 1];
    uint8_t hash[AN_SECRET_HASH_BYTES];
    an_api_ticket_make(secret, AN_SECRET_LINK, token, hash);
    snprintf(ret_link, size, "%s/#/%s/%s", url, account == 0 ? "first" : "password", token);
    return an_link_add(session, hash, account, now_us, now_us + AN_LINK_HOURS * 3600ull * AN_US_PER_S, error);
}

enum an_err an_api_first_link(struct an_db *db, const struct an_secret *secret, const char *url, struct an_error *error)
{
    char link[AN_LINK_URL_MAX];
    int64_t admins = 0;
    struct an_db_session *session;
    enum an_err err = an_db_take(db, &session, error);
    if (err != AN_OK) return err;
    err = an_account_count(session, "admin", &admins, error);
    if (err == AN_OK && admins == 0) {
        err = an_api_link_make(session, secret, url, 0, an_clock_wall_us(), link, sizeof link, error);
        if (err == AN_OK)
            an_log(AN_LOG_WARN, "console.first",
                   "nobody can sign in yet; make the first admin here, once, within %d hours: %s", AN_LINK_HOURS, link);
    }
    an_db_give(session);
    return err;
}

void an_api_first_show(struct an_api_core *core, const struct an_api_request *request, struct an_api_response *response)
{
    int64_t admins = 0;
    struct an_db_session *session;
    struct an_error error;
    (void)request;
    if (!an_api_store(core, response, &session)) return;
    enum an_err err = an_account_count(session, "admin", &admins, &error);
    an_db_give(session);
    if (err != AN_OK)
        an_api_store_failed(response, err, &error);
    else
        an_text_puts(&response->text, admins == 0 ? "{\"needed\":true}\n" : "{\"needed\":false}\n");
}

/* What comes with a link. */
struct claim {
    char token[AN_TICKET_TEXT + 1], login[AN_LOGIN_MAX + 1], name[AN_ACCOUNT_NAME_MAX + 1],
        password[AN_PASSWORD_MAX + 1], hash[AN_PASSWORD_HASH_MAX];
    uint8_t link[AN_SECRET_HASH_BYTES];
};

static void dead_link(struct an_api_response *response)
{
    an_api_refuse(response, 404, "not_found", "this link was used, or has ended; ask for a new one", "token");
}

/* Reads a claim and hashes its password, if the link can be one of ours; false: the answer is there. */
static bool claim_read(struct an_api_core *core, const struct an_api_request *request, struct an_api_response *response,
                       bool first, struct claim *ret)
{
    struct an_db_session *session;
    if (!an_api_limit_peer(core, request, response, AN_LIMITED_LINK)) return false;
    cJSON *json = an_api_json_body(request, response);
    if (json == NULL) return false;
    bool fine = an_api_json_text(json, "token", true, ret->token, sizeof ret->token, response) &&
                an_api_json_text(json, "login", first, ret->login, sizeof ret->login, response) &&
                an_api_json_text(json, "name", first, ret->name, sizeof ret->name, response) &&
                an_api_json_text(json, "password", true, ret->password, sizeof ret->password, response);
    cJSON_Delete(json);
    if (!fine) return false;
    if (an_store_db(core->options.store) == NULL) return an_api_store(core, response, &session);
    if (first && !an_api_login_fold(ret->login)) {
        an_api_refuse(response, 400, "invalid", "a login is made of a to z, 0 to 9 and . _ @ -", "login");
        return false;
    }
    const char *fault = an_password_fault(ret->password, ret->login);
    if (fault != NULL) {
        an_api_refuse(response, 400, "weak", fault, "password");
        return false;
    }
    if (!an_api_ticket_read(an_api_secret(core), AN_SECRET_LINK, an_slice_of(ret->token), ret->link)) {
        dead_link(response);
        return false;
    }
    if (!an_api_limit(core, response, AN_LIMITED_HASHING, AN_SLICE(""))) return false;
    if (an_password_hash(an_api_secret(core), ret->password, ret->hash) == AN_OK) return true;
    an_api_error(response, 500, "out of memory", NULL, -1);
    return false;
}

/* Ends what was begun for a link: an error's answer, or nothing to say. */
static bool claim_end(struct an_api_response *response, struct an_db_session *session, enum an_err err,
                      struct an_error *error)
{
    if (err == AN_OK) err = an_db_commit(session, error);
    an_db_rollback(session);
    if (err == AN_OK) return true;
    if (err == AN_ERR_NOT_FOUND)
        dead_link(response);
    else
        an_api_store_failed(response, err, error);
    return false;
}

static void first_make(struct an_api_core *core, const struct an_api_request *request, struct an_api_response *response,
                       const struct claim *claim)
{
    int64_t for_account = -1, admins = 0;
    struct an_error error;
    struct an_db_session *session;
    struct an_account account = { .id = an_db_id(), .role = "admin", .language = "zh" };
    account.created_us = an_api_now_us(core);
    memcpy(account.login, claim->login, sizeof account.login);
    memcpy(account.name, claim->name, sizeof account.name);
    memcpy(account.password, claim->hash, sizeof account.password);
    if (!an_api_store(core, response, &session)) return;
    enum an_err err = an_db_begin(session, &error);
    if (err == AN_OK) err = an_link_use(session, claim->link, account.created_us, &for_account, &error);
    if (err == AN_OK) err = an_account_count(session, "admin", &admins, &error);
    if (err == AN_OK && (for_account != 0 || admins != 0)) err = AN_ERR_NOT_FOUND;
    if (err == AN_OK) err = an_account_add(session, &account, &error);
    if (claim_end(response, session, err, &error) &&
        an_api_audit_account(core, response, session, &account, "user.first", ""))
        an_api_session_make(core, request, response, session, &account);
    an_db_give(session);
}

void an_api_first_use(struct an_api_core *core, const struct an_api_request *request, struct an_api_response *response)
{
    struct claim claim;
    if (claim_read(core, request, response, true, &claim)) first_make(core, request, response, &claim);
    sodium_memzero(&claim, sizeof claim);
}

static void password_set(struct an_api_core *core, struct an_api_response *response, const struct claim *claim)
{
    int64_t id = 0;
    struct an_error error;
    struct an_db_session *session;
    struct an_account account;
    if (!an_api_store(core, response, &session)) return;
    enum an_err err = an_db_begin(session, &error);
    if (err == AN_OK) err = an_link_use(session, claim->link, an_api_now_us(core), &id, &error);
    if (err == AN_OK && id == 0) err = AN_ERR_NOT_FOUND;
    if (err == AN_OK) err = an_account_by_id(session, id, &account, &error);
    if (err == AN_OK && (account.disabled || account.login[0] == '\0')) err = AN_ERR_NOT_FOUND;
    if (err == AN_OK) err = an_account_set_password(session, id, claim->hash, &error);
    if (err == AN_OK) err = an_session_end_all(session, id, &error);
    if (claim_end(response, session, err, &error)) {
        an_api_guard_forget_account(core->guard, id);
        if (an_api_audit_account(core, response, session, &account, "password.link", "")) {
            response->status = 204;
            response->type = NULL;
        }
    }
    an_db_give(session);
}

void an_api_password_use(struct an_api_core *core, const struct an_api_request *request,
                         struct an_api_response *response)
{
    struct claim claim;
    if (claim_read(core, request, response, false, &claim)) password_set(core, response, &claim);
    sodium_memzero(&claim, sizeof claim);
}
