/* What somebody changes about the own account: PUT /v1/session/password, POST, PUT and DELETE /v1/session/totp, PUT
 * /v1/session/language. */
#include <cjson/cJSON.h>
#include <sodium.h>

#include "api/accounts.h"
#include "base/clock.h"

/* The account of who asks, which signs in by password; false: the answer is there. */
static bool own_account(struct an_api_core *core, const struct an_api_request *request,
                        struct an_api_response *response, struct an_account *ret)
{
    struct an_db_session *session;
    struct an_error error;
    if (!an_api_store(core, response, &session)) return false;
    enum an_err err = an_account_by_id(session, request->who->account, ret, &error);
    an_db_give(session);
    if (err != AN_OK) {
        an_api_store_failed(response, err, &error);
        return false;
    }
    if (ret->login[0] != '\0') return true;
    an_api_refuse(response, 409, "no_password", "who signs in by a code has no password", NULL);
    return false;
}

/* Whoever sits down at an open screen does not know the password; that somebody tried is on record. */
static bool proves(struct an_api_core *core, const struct an_api_request *request, struct an_api_response *response,
                   const struct an_account *account, const char *password, const char *field)
{
    struct an_db_session *session;
    if (!an_api_limit(core, response, AN_LIMITED_LOGIN_NAME, an_slice_of(account->login)) ||
        !an_api_limit(core, response, AN_LIMITED_HASHING, AN_SLICE("")))
        return false;
    if (an_password_fits(an_api_secret(core), password, account->password)) {
        an_api_limit_back(core, AN_LIMITED_LOGIN_NAME, an_slice_of(account->login));
        return true;
    }
    if (!an_api_store(core, response, &session)) return false;
    if (an_api_audit(core, request, response, session, "password.refused", account->login, "", AN_NUMBER_NONE))
        an_api_refuse(response, 403, "bad_login", "that is not the password in use", field);
    an_db_give(session);
    return false;
}

/* All sessions end, this one too: it goes on under a new cookie. */
static void change_password(struct an_api_core *core, const struct an_api_request *request,
                            struct an_api_response *response, const struct an_account *account, const char *hash)
{
    struct an_db_session *session;
    struct an_error error;
    if (!an_api_store(core, response, &session)) return;
    enum an_err err = an_account_set_password(session, account->id, hash, &error);
    if (err == AN_OK) err = an_api_sessions_end(core, session, account->id, &error);
    if (err != AN_OK)
        an_api_store_failed(response, err, &error);
    else if (an_api_audit(core, request, response, session, "password.change", account->login, "", AN_NUMBER_NONE))
        an_api_session_make(core, request, response, session, account);
    an_db_give(session);
}

void an_api_self_password(struct an_api_core *core, const struct an_api_request *request,
                          struct an_api_response *response)
{
    char old[AN_PASSWORD_MAX + 1], fresh[AN_PASSWORD_MAX + 1], hash[AN_PASSWORD_HASH_MAX];
    struct an_account account;
    cJSON *json = an_api_json_body(request, response);
    if (json == NULL) return;
    bool fine = an_api_json_text(json, "old", true, old, sizeof old, response) &&
                an_api_json_text(json, "new", true, fresh, sizeof fresh, response);
    cJSON_Delete(json);
    if (!fine || !own_account(core, request, response, &account)) return;
    const char *fault = an_password_fault(fresh, account.login);
    if (fault != NULL)
        an_api_refuse(response, 400, "weak", fault, "new");
    else if (proves(core, request, response, &account, old, "old")) {
        if (an_password_hash(an_api_secret(core), fresh, hash) == AN_OK)
            change_password(core, request, response, &account, hash);
        else
            an_api_error(response, 500, "out of memory", NULL, -1);
    }
    sodium_memzero(old, sizeof old);
    sodium_memzero(fresh, sizeof fresh);
}

/* Puts the second factor, with a line in the audit log. */
static bool put_totp(struct an_api_core *core, const struct an_api_request *request, struct an_api_response *response,
                     const uint8_t *box, size_t len, bool on, const char *act)
{
    struct an_db_session *session;
    struct an_error error;
    if (!an_api_store(core, response, &session)) return false;
    bool fine = act == NULL || an_api_audit(core, request, response, session, act, "", "", AN_NUMBER_NONE);
    enum an_err err = fine ? an_account_set_totp(session, request->who->account, box, len, on, &error) : AN_OK;
    if (err != AN_OK) an_api_store_failed(response, err, &error);
    an_db_give(session);
    return fine && err == AN_OK;
}

static void nothing(struct an_api_response *response)
{
    response->status = 204;
    response->type = NULL;
}

void an_api_self_totp_begin(struct an_api_core *core, const struct an_api_request *request,
                            struct an_api_response *response)
{
    uint8_t secret[AN_TOTP_SECRET_BYTES], box[AN_TOTP_BOX_MAX];
    char text[AN_TOTP_TEXT + 1], uri[AN_TOTP_URI_MAX];
    struct an_account account;
    if (!own_account(core, request, response, &account)) return;
    if (account.totp_on) {
        an_api_refuse(response, 409, "exists", "a second factor is in use; take it away first", NULL);
        return;
    }
    randombytes_buf(secret, sizeof secret);
    size_t len = an_secret_seal(an_api_secret(core), secret, sizeof secret, box);
    an_totp_text(secret, text);
    an_totp_uri(secret, account.login, uri);
    sodium_memzero(secret, sizeof secret);
    if (!put_totp(core, request, response, box, len, false, NULL)) return;
    an_text_puts(&response->text, "{");
    an_text_json_pair(&response->text, "secret", text);
    an_text_json_pair(&response->text, "uri", uri);
    an_text_puts(&response->text, "}\n");
}

void an_api_self_totp_on(struct an_api_core *core, const struct an_api_request *request,
                         struct an_api_response *response)
{
    char code[8];
    uint8_t secret[AN_TOTP_SECRET_BYTES];
    size_t len = 0;
    struct an_account account;
    cJSON *json = an_api_json_body(request, response);
    if (json == NULL) return;
    bool fine = an_api_json_text(json, "code", true, code, sizeof code, response);
    cJSON_Delete(json);
    if (!fine || !own_account(core, request, response, &account) ||
        !an_api_limit(core, response, AN_LIMITED_LOGIN_NAME, an_slice_of(account.login)))
        return;
    const struct an_slice box = { (const char *)account.totp_box, account.totp_box_len };
    fine = !account.totp_on && box.len > 0 &&
           an_secret_open(an_api_secret(core), box, secret, sizeof secret, &len) == AN_OK && len == sizeof secret &&
           an_totp_step(secret, code, an_api_now_us(core), account.totp_step) > 0;
    sodium_memzero(secret, sizeof secret);
    if (fine) an_api_limit_back(core, AN_LIMITED_LOGIN_NAME, an_slice_of(account.login));
    if (!fine)
        an_api_refuse(response, 400, "totp_required", "these six digits don't fit the secret; begin anew", "code");
    else if (put_totp(core, request, response, account.totp_box, account.totp_box_len, true, "totp.on"))
        nothing(response);
}

void an_api_self_totp_off(struct an_api_core *core, const struct an_api_request *request,
                          struct an_api_response *response)
{
    char password[AN_PASSWORD_MAX + 1];
    struct an_account account;
    cJSON *json = an_api_json_body(request, response);
    if (json == NULL) return;
    bool fine = an_api_json_text(json, "password", true, password, sizeof password, response);
    cJSON_Delete(json);
    fine = fine && own_account(core, request, response, &account) &&
           proves(core, request, response, &account, password, "password") &&
           put_totp(core, request, response, NULL, 0, false, "totp.off");
    sodium_memzero(password, sizeof password);
    if (fine) nothing(response);
}

void an_api_self_language(struct an_api_core *core, const struct an_api_request *request,
                          struct an_api_response *response)
{
    char language[3];
    struct an_account account;
    struct an_db_session *session;
    struct an_error error;
    cJSON *json = an_api_json_body(request, response);
    if (json == NULL) return;
    bool fine = an_api_json_text(json, "language", true, language, sizeof language, response);
    cJSON_Delete(json);
    if (fine && strcmp(language, "zh") != 0 && strcmp(language, "en") != 0) {
        an_api_refuse(response, 400, "invalid", "language has to be zh or en", "language");
        fine = false;
    }
    if (!fine || !an_api_store(core, response, &session)) return;
    enum an_err err = an_account_by_id(session, request->who->account, &account, &error);
    memcpy(account.language, language, sizeof account.language);
    if (err == AN_OK) err = an_account_change(session, &account, &error);
    an_db_give(session);
    if (err != AN_OK)
        an_api_store_failed(response, err, &error);
    else
        nothing(response);
}
