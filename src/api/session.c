/* Signing in and out: POST, GET, DELETE /v1/session, POST /v1/session/code.
 *
 * What is wrong with a sign-in is not told apart: an unknown login takes as long and says the same as a wrong
 * password. Tries are limited by address and by login, in memory; an account also locks itself in the store, so that a
 * restart or another server does not begin anew: only logins that are there have that lock, so it is not told either.
 */
#include <cjson/cJSON.h>
#include <sodium.h>
#include <stdio.h>

#include "api/accounts.h"
#include "api/guard.h"
#include "base/clock.h"
#include "base/log.h"

enum { FAILURES_FREE = 4, LOCK_S = 60, LOCK_S_MAX = 900, SESSION_H = 12 };

bool an_api_login_fold(char *login)
{
    size_t len = strlen(login);
    if (len == 0 || len > AN_LOGIN_MAX) return false;
    for (size_t i = 0; i < len; i++) {
        char c = login[i] = an_lower(login[i]);
        if (!an_is_digit(c) && (c < 'a' || c > 'z') && strchr("._@-", c) == NULL) return false;
    }
    return true;
}

bool an_api_number_read(const char *text, an_number *ret_number)
{
    an_number number;
    if (an_number_of_text(text, strlen(text), &number) != AN_OK || !an_number_is_e164(number)) return false;
    *ret_number = number;
    return true;
}

bool an_api_audit_account(struct an_api_core *core, struct an_api_response *response, struct an_db_session *session,
                          const struct an_account *account, const char *act, const char *detail)
{
    struct an_api_who who;
    if (!an_api_who_of_account(an_api_secret(core), account, &who)) return true;
    const struct an_api_request request = { .who = &who };
    return an_api_audit(core, &request, response, session, act, account->login, detail, AN_NUMBER_NONE);
}

/* ---- the session itself ---- */

void an_api_session_json(struct an_api_core *core, struct an_text *out, const struct an_account *account,
                         struct an_slice cookie)
{
    char id[AN_DB_ID_TEXT_MAX], csrf[AN_CSRF_TEXT + 1], number[AN_NUMBER_TEXT_MAX];
    struct an_api_who who;
    an_api_csrf_of(an_api_secret(core), cookie, csrf);
    an_text_puts(out, "{\"user\":{");
    an_text_json_pair(out, "id", an_db_id_text(account->id, id));
    an_text_json_pair(out, "login", account->login[0] == '\0' ? NULL : account->login);
    an_text_json_pair(out, "name", account->name);
    an_text_json_pair(out, "role", account->role);
    if (an_api_who_of_account(an_api_secret(core), account, &who) && who.number != AN_NUMBER_NONE) {
        an_number_text(who.number, number);
        an_text_json_pair(out, "number", number);
    }
    an_text_json_pair(out, "language", account->language);
    an_text_json_key(out, "totp");
    an_text_puts(out, account->totp_on ? "true}" : "false}");
    an_text_json_pair(out, "csrf", csrf);
    an_text_puts(out, "}\n");
}

static void set_cookie(const struct an_api_core *core, struct an_api_response *response, const char *text,
                       unsigned seconds)
{
    const struct an_api_console *console = core->options.console;
    snprintf(response->cookie, sizeof response->cookie,
             "anning_session=%s; Path=/; HttpOnly; SameSite=Strict; Max-Age=%u%s", text, seconds,
             console != NULL && console->https ? "; Secure" : "");
}

void an_api_session_make(struct an_api_core *core, const struct an_api_request *request,
                         struct an_api_response *response, struct an_db_session *session,
                         const struct an_account *account)
{
    char cookie[AN_TICKET_TEXT + 1];
    uint8_t hash[AN_SECRET_HASH_BYTES], old[AN_SECRET_HASH_BYTES];
    struct an_error error;
    const struct an_api_console *console = core->options.console;
    const struct an_secret *secret = an_api_secret(core);
    unsigned hours = console == NULL || console->session_h == 0 ? SESSION_H : console->session_h;
    uint64_t now_us = an_api_now_us(core);
    enum an_err err = an_session_sweep(session, now_us, &error);
    if (err == AN_OK && an_api_ticket_read(secret, AN_SECRET_SESSION, request->cookie, old)) {
        err = an_session_end(session, old, &error);
        an_api_guard_forget(core->guard, old);
    }
    an_api_ticket_make(secret, AN_SECRET_SESSION, cookie, hash);
    if (err == AN_OK)
        err = an_session_add(session, hash, account->id, now_us, now_us + hours * 3600ull * AN_US_PER_S, &error);
    if (err == AN_OK) err = an_account_note_seen(session, account->id, now_us, true, &error);
    if (err != AN_OK) {
        an_api_store_failed(response, err, &error);
        return;
    }
    set_cookie(core, response, cookie, hours * 3600);
    an_api_session_json(core, &response->text, account, an_slice_of(cookie));
}

enum an_err an_api_sessions_end(struct an_api_core *core, struct an_db_session *session, int64_t account,
                                struct an_error *error)
{
    enum an_err err = an_session_end_all(session, account, error);
    an_api_guard_forget_account(core->guard, account);
    return err;
}

void an_api_session_show(struct an_api_core *core, const struct an_api_request *request,
                         struct an_api_response *response)
{
    struct an_db_session *session;
    struct an_account account;
    struct an_error error;
    if (!an_api_store(core, response, &session)) return;
    enum an_err err = an_account_by_id(session, request->who->account, &account, &error);
    an_db_give(session);
    if (err != AN_OK)
        an_api_store_failed(response, err, &error);
    else
        an_api_session_json(core, &response->text, &account, request->cookie);
}

void an_api_session_end(struct an_api_core *core, const struct an_api_request *request,
                        struct an_api_response *response)
{
    uint8_t hash[AN_SECRET_HASH_BYTES];
    struct an_db_session *session;
    struct an_error error;
    if (!an_api_store(core, response, &session)) return;
    enum an_err err = AN_OK;
    if (an_api_ticket_read(an_api_secret(core), AN_SECRET_SESSION, request->cookie, hash)) {
        err = an_session_end(session, hash, &error);
        an_api_guard_forget(core->guard, hash);
    }
    an_db_give(session);
    if (err != AN_OK) {
        an_api_store_failed(response, err, &error);
        return;
    }
    response->status = 204;
    response->type = NULL;
    set_cookie(core, response, "", 0);
}

/* ---- by login and password ---- */

struct attempt {
    char login[AN_LOGIN_MAX + 1], password[AN_PASSWORD_MAX + 1], totp[8], number[AN_NUMBER_TEXT_MAX],
        code[AN_CODE_DIGITS + 1];
};

static void bad_login(struct an_api_response *response)
{
    an_api_refuse(
        response, 401, "bad_login",
        "login and password don't fit; after some that were wrong the right one isn't looked at either for up "
        "to a quarter of an hour",
        NULL);
}

static void locked(struct an_api_response *response, unsigned retry_s)
{
    an_api_refuse(response, 429, "locked", "too many tries; wait as long as Retry-After says", NULL);
    response->retry_s = retry_s;
}

/* Another wrong one: from the fifth in a row the account locks, for a minute, two, four, up to a quarter of an hour. */
static void note_failure(struct an_api_core *core, struct an_db_session *session, const struct an_account *account)
{
    struct an_error error;
    struct an_api_response unused = { .status = 0 };
    uint64_t until_us = 0, now_us = an_api_now_us(core);
    if (account->failures >= FAILURES_FREE) {
        int64_t doubled = account->failures - FAILURES_FREE;
        uint64_t lock_s = doubled > 4 ? LOCK_S_MAX : (uint64_t)LOCK_S << doubled;
        until_us = now_us + (lock_s < LOCK_S_MAX ? lock_s : LOCK_S_MAX) * AN_US_PER_S;
    }
    if (an_account_note_failure(session, account->id, until_us, &error) != AN_OK)
        an_log(AN_LOG_WARN, "store.failed", "%s", error.text);
    an_text_init(&unused.text, AN_AUDIT_TEXT_ROOM);
    (void)an_api_audit_account(core, &unused, session, account, "session.refused",
                               until_us == 0 ? "wrong password or code" : "wrong password or code; locked");
    an_text_done(&unused.text);
}

/* The second factor; false: the answer is there. Asked for it, who knows the password has used up no try. */
static bool totp_fits(struct an_api_core *core, struct an_api_response *response, struct an_db_session *session,
                      const struct an_account *account, const char *code)
{
    uint8_t totp[AN_TOTP_SECRET_BYTES];
    size_t len = 0;
    struct an_error error;
    const struct an_slice box = { (const char *)account->totp_box, account->totp_box_len };
    if (!account->totp_on) return true;
    if (code[0] == '\0') {
        an_api_limit_back(core, AN_LIMITED_LOGIN_NAME, an_slice_of(account->login));
        an_api_refuse(response, 401, "totp_required", "the six digits of the authenticator are wanted too", "totp");
        return false;
    }
    int64_t step = 0;
    if (an_secret_open(an_api_secret(core), box, totp, sizeof totp, &len) == AN_OK && len == sizeof totp)
        step = an_totp_step(totp, code, an_api_now_us(core), account->totp_step);
    sodium_memzero(totp, sizeof totp);
    if (step > 0 && an_account_use_totp(session, account->id, step, &error) == AN_OK) return true;
    note_failure(core, session, account);
    an_api_refuse(response, 401, "totp_required", "these six digits are wrong, or were used already", "totp");
    return false;
}

/* The account, when login and password fit; the store is not held while the password is hashed. */
static bool password_fits(struct an_api_core *core, const struct an_api_request *request,
                          struct an_api_response *response, const struct attempt *attempt, struct an_account *ret)
{
    struct an_db_session *session;
    struct an_error error;
    uint64_t now_us = an_api_now_us(core);
    if (!an_api_store(core, response, &session)) return false;
    enum an_err err = an_account_by_login(session, attempt->login, ret, &error);
    an_db_give(session);
    if (err != AN_OK && err != AN_ERR_NOT_FOUND) {
        an_api_store_failed(response, err, &error);
        return false;
    }
    bool known = err == AN_OK;
    bool closed = known && ret->locked_until_us > now_us; /* hashed all the same: it takes as long */
    bool fits = an_password_fits(an_api_secret(core), attempt->password, known ? ret->password : "");
    if (fits && !closed && !ret->disabled && an_api_in_networks(ret->networks, &request->peer)) return true;
    if (known && !fits && !closed && an_api_store(core, response, &session)) {
        note_failure(core, session, ret);
        an_db_give(session);
    }
    bad_login(response);
    return false;
}

/* The right word is none of the tries that are counted. */
static void begin(struct an_api_core *core, const struct an_api_request *request, struct an_api_response *response,
                  struct an_db_session *session, const struct an_account *account, const char *name)
{
    an_api_limit_back(core, AN_LIMITED_LOGIN_NAME, an_slice_of(name));
    an_api_session_make(core, request, response, session, account);
}

static void begin_by_password(struct an_api_core *core, const struct an_api_request *request,
                              struct an_api_response *response, struct attempt *attempt)
{
    struct an_account account;
    struct an_db_session *session;
    if (!an_api_login_fold(attempt->login)) {
        bad_login(response);
        return;
    }
    if (!an_api_limit(core, response, AN_LIMITED_LOGIN_NAME, an_slice_of(attempt->login))) {
        locked(response, response->retry_s);
        return;
    }
    if (!an_api_limit(core, response, AN_LIMITED_HASHING, AN_SLICE(""))) return;
    if (!password_fits(core, request, response, attempt, &account) || !an_api_store(core, response, &session)) return;
    if (totp_fits(core, response, session, &account, attempt->totp) &&
        an_api_audit_account(core, response, session, &account, "session.begin", ""))
        begin(core, request, response, session, &account, attempt->login);
    an_db_give(session);
}

/* ---- by number and code ---- */

static void code_hash(const struct an_secret *secret, const uint8_t number_key[AN_NUMBER_KEY_BYTES], const char *code,
                      uint8_t ret_hash[AN_SECRET_HASH_BYTES])
{
    uint8_t bytes[AN_NUMBER_KEY_BYTES + AN_CODE_DIGITS];
    memcpy(bytes, number_key, AN_NUMBER_KEY_BYTES);
    memcpy(bytes + AN_NUMBER_KEY_BYTES, code, AN_CODE_DIGITS);
    an_secret_hash(secret, AN_SECRET_CODE, bytes, sizeof bytes, ret_hash);
}

enum an_err an_api_code_make(struct an_db_session *session, const struct an_secret *secret, an_number number,
                             const char *purpose, uint64_t now_us, char ret_code[AN_CODE_DIGITS + 1],
                             struct an_error *error)
{
    uint8_t key[AN_NUMBER_KEY_BYTES], hash[AN_SECRET_HASH_BYTES];
    an_secret_key_of_number(secret, number, key);
    snprintf(ret_code, AN_CODE_DIGITS + 1, "%06u", randombytes_uniform(1000000));
    code_hash(secret, key, ret_code, hash);
    return an_code_put(session, key, purpose, hash, now_us + AN_CODE_MINUTES * 60 * AN_US_PER_S, error);
}

enum an_err an_api_code_try(struct an_db_session *session, const struct an_secret *secret, an_number number,
                            const char *purpose, const char *code, uint64_t now_us, struct an_error *error)
{
    uint8_t key[AN_NUMBER_KEY_BYTES], hash[AN_SECRET_HASH_BYTES];
    if (strlen(code) != AN_CODE_DIGITS) return an_fail(error, AN_ERR_NOT_FOUND, "a code has six digits");
    an_secret_key_of_number(secret, number, key);
    code_hash(secret, key, code, hash);
    return an_code_try(session, key, purpose, hash, now_us, error);
}

enum an_err an_api_account_of_number(struct an_db_session *session, const struct an_secret *secret, an_number number,
                                     uint64_t now_us, struct an_account *ret, struct an_error *error)
{
    struct an_account account = { .id = an_db_id(), .role = "subscriber", .language = "zh", .has_number = true };
    an_secret_key_of_number(secret, number, account.number_key);
    enum an_err err = an_account_by_number(session, account.number_key, ret, error);
    if (err != AN_ERR_NOT_FOUND) return err;
    account.number_box_len = an_secret_seal_number(secret, number, account.number_box);
    account.created_us = now_us;
    err = an_account_add(session, &account, error);
    if (err == AN_OK) *ret = account;
    return err == AN_ERR_EXISTS ? an_account_by_number(session, account.number_key, ret, error) : err;
}

static void begin_by_code(struct an_api_core *core, const struct an_api_request *request,
                          struct an_api_response *response, const struct attempt *attempt)
{
    an_number number;
    struct an_account account;
    struct an_db_session *session;
    struct an_error error;
    uint64_t now_us = an_api_now_us(core);
    if (!an_api_number_read(attempt->number, &number)) {
        an_api_refuse(response, 400, "invalid", "a number is + and its digits, country code first", "number");
        return;
    }
    if (!an_api_limit(core, response, AN_LIMITED_LOGIN_NAME, an_slice_of(attempt->number))) {
        locked(response, response->retry_s);
        return;
    }
    if (!an_api_store(core, response, &session)) return;
    enum an_err err = an_api_code_try(session, an_api_secret(core), number, "session", attempt->code, now_us, &error);
    if (err == AN_OK) err = an_api_account_of_number(session, an_api_secret(core), number, now_us, &account, &error);
    if (err == AN_ERR_NOT_FOUND || (err == AN_OK && account.disabled))
        an_api_refuse(response, 401, "bad_login", "this code is wrong, was used, or has ended", "code");
    else if (err != AN_OK)
        an_api_store_failed(response, err, &error);
    else
        begin(core, request, response, session, &account, attempt->number);
    an_db_give(session);
}

void an_api_session_begin(struct an_api_core *core, const struct an_api_request *request,
                          struct an_api_response *response)
{
    struct attempt attempt;
    if (!an_api_limit_peer(core, request, response, AN_LIMITED_LOGIN)) return;
    cJSON *json = an_api_json_body(request, response);
    if (json == NULL) return;
    bool by_number = cJSON_HasObjectItem(json, "number");
    bool fine = an_api_json_text(json, "login", !by_number, attempt.login, sizeof attempt.login, response) &&
                an_api_json_text(json, "password", !by_number, attempt.password, sizeof attempt.password, response) &&
                an_api_json_text(json, "totp", false, attempt.totp, sizeof attempt.totp, response) &&
                an_api_json_text(json, "number", by_number, attempt.number, sizeof attempt.number, response) &&
                an_api_json_text(json, "code", by_number, attempt.code, sizeof attempt.code, response);
    cJSON_Delete(json);
    if (fine && by_number)
        begin_by_code(core, request, response, &attempt);
    else if (fine)
        begin_by_password(core, request, response, &attempt);
    sodium_memzero(&attempt, sizeof attempt);
}

void an_api_no_gateway(struct an_api_response *response)
{
    an_api_refuse(response, 501, "no_gateway",
                  "no codes can be sent here: this server has no gateway for text messages (texts.send_url)", NULL);
}

/* 202 whatever happens, where codes are sent at all: it does not tell whether anybody has this number. */
void an_api_session_code(struct an_api_core *core, const struct an_api_request *request,
                         struct an_api_response *response)
{
    char text[AN_NUMBER_TEXT_MAX], code[AN_CODE_DIGITS + 1], message[160];
    an_number number;
    struct an_db_session *session;
    struct an_error error = { "" };
    unsigned retry_s;
    const struct an_api_console *console = core->options.console;
    if (!an_api_limit_peer(core, request, response, AN_LIMITED_CODE)) return;
    cJSON *json = an_api_json_body(request, response);
    if (json == NULL) return;
    bool fine = an_api_json_text(json, "number", true, text, sizeof text, response);
    cJSON_Delete(json);
    if (!fine) return;
    if (!an_api_number_read(text, &number)) {
        an_api_refuse(response, 400, "invalid", "a number is + and its digits, country code first", "number");
        return;
    }
    if (console == NULL || console->send_text == NULL) { /* a code that is out stays good */
        an_api_no_gateway(response);
        return;
    }
    if (!an_api_store(core, response, &session)) return;
    response->status = 202;
    an_text_puts(&response->text, "{}\n");
    uint64_t now_us = an_api_now_us(core);
    if (an_api_guard_take(core->guard, AN_LIMITED_CODE_NUMBER, an_slice_of(text), now_us, &retry_s)) {
        enum an_err err = an_api_code_make(session, an_api_secret(core), number, "session", now_us, code, &error);
        snprintf(message, sizeof message, "安宁：登录验证码%s，%d分钟内有效，请勿告知他人。Anning code: %s", code,
                 AN_CODE_MINUTES, code);
        if (err != AN_OK)
            an_log(AN_LOG_WARN, "store.failed", "%s", error.text);
        else if (!console->send_text(core->options.user, number, message))
            an_log(AN_LOG_WARN, "texts.failed", "a code to sign in could not be sent");
    }
    an_db_give(session);
}
