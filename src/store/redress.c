#include "store/redress.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"

#define COLUMNS "token, id, state, proved, asked, due, asked_box, decided, decided_by, decision_box"
enum { COLUMN_COUNT = 10, CODE_HASH = 32 };

static const char *const state_names[AN_REDRESS_STATE_COUNT] = { "none", "waiting", "granted", "refused" };

const char *an_redress_state_name(enum an_redress_state state)
{
    return (unsigned)state < AN_REDRESS_STATE_COUNT ? state_names[state] : "none";
}

int an_redress_state_of(const char *name, size_t len, enum an_redress_state *ret_state)
{
    for (int i = AN_REDRESS_WAITING; i < AN_REDRESS_STATE_COUNT; i++)
        if (strlen(state_names[i]) == len && memcmp(state_names[i], name, len) == 0) {
            *ret_state = (enum an_redress_state)i;
            return AN_OK;
        }
    return AN_ERR_NOT_FOUND;
}

static struct an_db_value token_value(const struct an_token *token)
{
    return an_db_blob(token->bytes, sizeof token->bytes);
}

struct flag {
    int64_t value;
    bool found;
};

static bool take_flag(void *user, const struct an_db_value *columns, size_t n)
{
    struct flag *flag = user;
    an_assert(n == 1);
    flag->value = an_db_get_int(&columns[0]);
    flag->found = true;
    return false;
}

/* ---- requests ---- */

static enum an_err insert(struct an_db_session *session, const struct an_secret *secret, const struct an_redress *r,
                          struct an_error *error)
{
    uint8_t key[AN_NUMBER_KEY_BYTES];
    char asked[AN_REDRESS_CONTACT_MAX + AN_REPORT_WORDS_MAX + 2];
    void *box;
    struct flag proved = { 0 };
    bool known = an_number_is_e164(r->caller);
    if (known) an_secret_key_of_number(secret, r->caller, key);
    snprintf(asked, sizeof asked, "%s\n%s", r->contact, r->words);
    const struct an_db_value token[] = { token_value(&r->token) };
    enum an_err err =
        an_db_query(session, "SELECT proved FROM redress_code WHERE token = ?1", token, 1, take_flag, &proved, error);
    if (err != AN_OK) return err;
    const struct an_db_value values[] = {
        token[0],
        an_db_int(r->id),
        known ? an_db_blob(key, sizeof key) : an_db_null(),
        an_db_int(AN_REDRESS_WAITING),
        an_db_int(proved.value),
        an_db_int((int64_t)r->asked_us),
        an_db_int((int64_t)r->due_us),
        an_store_box(secret, an_slice_of(asked), &box),
    };
    err = an_db_run(
        session,
        "INSERT INTO redress (token, id, caller_key, state, proved, asked, due, asked_box) VALUES (?1, ?2, ?3, "
        "?4, ?5, ?6, ?7, ?8)",
        values, sizeof values / sizeof values[0], NULL, error);
    free(box);
    return err == AN_ERR_EXISTS ? an_fail(error, err, "redress was asked for on this call already") : err;
}

enum an_err an_redress_ask(struct an_db_session *session, const struct an_secret *secret,
                           const struct an_redress *redress, struct an_error *error)
{
    enum an_err err = an_db_begin(session, error);
    if (err != AN_OK) return err;
    return an_store_end(session, insert(session, secret, redress, error), error);
}

struct reading {
    const struct an_secret *secret;
    an_redress_fn *row;
    void *user;
    struct an_redress redress;
    bool found;
};

static void redress_of(const struct an_secret *secret, const struct an_db_value *c, struct an_redress *ret)
{
    char asked[AN_REDRESS_CONTACT_MAX + AN_REPORT_WORDS_MAX + 2];
    struct an_slice token = an_db_get_slice(&c[0]), contact, words;
    *ret = (struct an_redress) {
        .id = an_db_get_int(&c[1]),
        .state = (uint8_t)an_db_get_int(&c[2]),
        .proved = an_db_get_int(&c[3]) != 0,
        .asked_us = (uint64_t)an_db_get_int(&c[4]),
        .due_us = (uint64_t)an_db_get_int(&c[5]),
        .decided_us = (uint64_t)an_db_get_int(&c[7]),
        .decided_by = an_db_get_int(&c[8]),
    };
    if (token.len == sizeof ret->token.bytes) memcpy(ret->token.bytes, token.at, token.len);
    an_store_unbox(secret, &c[6], asked, sizeof asked);
    words = an_slice_of(asked);
    an_slice_cut(&words, '\n', &contact);
    an_slice_copy(contact, ret->contact, sizeof ret->contact);
    an_slice_copy(words, ret->words, sizeof ret->words);
    an_store_unbox(secret, &c[9], ret->decision, sizeof ret->decision);
}

static bool take_one(void *user, const struct an_db_value *columns, size_t n)
{
    struct reading *reading = user;
    an_assert(n == COLUMN_COUNT);
    redress_of(reading->secret, columns, &reading->redress);
    reading->found = true;
    return false;
}

static bool take_row(void *user, const struct an_db_value *columns, size_t n)
{
    struct reading *reading = user;
    an_assert(n == COLUMN_COUNT);
    redress_of(reading->secret, columns, &reading->redress);
    return reading->row(reading->user, &reading->redress);
}

enum an_err an_redress_find(struct an_db_session *session, const struct an_secret *secret, const struct an_token *token,
                            struct an_redress *ret_redress, struct an_error *error)
{
    struct reading reading = { .secret = secret };
    const struct an_db_value values[] = { token_value(token) };
    enum an_err err =
        an_db_query(session, "SELECT " COLUMNS " FROM redress WHERE token = ?1", values, 1, take_one, &reading, error);
    if (err != AN_OK) return err;
    if (!reading.found) return an_fail(error, AN_ERR_NOT_FOUND, "nobody asked for redress on this call");
    *ret_redress = reading.redress;
    return AN_OK;
}

enum an_err an_redress_decide(struct an_db_session *session, const struct an_secret *secret,
                              const struct an_token *token, bool grant, int64_t by, struct an_slice words,
                              uint64_t now_us, struct an_error *error)
{
    void *box;
    int64_t changed = 0;
    struct an_redress redress;
    const struct an_db_value values[] = {
        token_value(token),
        an_db_int(grant ? AN_REDRESS_GRANTED : AN_REDRESS_REFUSED),
        an_db_int((int64_t)now_us),
        an_db_int(by),
        an_store_box(secret, words, &box),
        an_db_int(AN_REDRESS_WAITING),
    };
    enum an_err err =
        an_db_run(session,
                  "UPDATE redress SET state = ?2, decided = ?3, decided_by = ?4, decision_box = ?5 WHERE token "
                  "= ?1 AND state = ?6",
                  values, sizeof values / sizeof values[0], &changed, error);
    free(box);
    if (err != AN_OK || changed > 0) return err;
    err = an_redress_find(session, secret, token, &redress, error);
    return err != AN_OK ? err : an_fail(error, AN_ERR_EXISTS, "this request is decided already");
}

enum an_err an_redress_reopen(struct an_db_session *session, const struct an_token *token, int64_t by,
                              uint64_t decided_us, struct an_error *error)
{
    const struct an_db_value values[] = { token_value(token), an_db_int(AN_REDRESS_WAITING), an_db_int(by),
                                          an_db_int((int64_t)decided_us) };
    return an_db_run(session,
                     "UPDATE redress SET state = ?2, decided = NULL, decided_by = NULL, decision_box = NULL WHERE "
                     "token = ?1 AND decided_by = ?3 AND decided = ?4",
                     values, 4, NULL, error);
}

enum an_err an_redress_pages(struct an_db_session *session, const struct an_secret *secret, enum an_redress_state state,
                             uint64_t after_us, size_t max, an_redress_fn *row, void *user, struct an_error *error)
{
    struct reading reading = { .secret = secret, .row = row, .user = user };
    const struct an_db_value values[] = { an_db_int(state), an_db_int((int64_t)after_us), an_db_int((int64_t)max) };
    return an_db_query(session,
                       "SELECT " COLUMNS " FROM redress WHERE state = ?1 AND asked > ?2 ORDER BY asked LIMIT ?3",
                       values, 3, take_row, &reading, error);
}

enum an_err an_redress_waiting(struct an_db_session *session, uint64_t now_us, uint64_t *ret_waiting,
                               uint64_t *ret_overdue, struct an_error *error)
{
    struct flag waiting = { 0 }, overdue = { 0 };
    const struct an_db_value values[] = { an_db_int(AN_REDRESS_WAITING), an_db_int((int64_t)now_us) };
    enum an_err err =
        an_db_query(session, "SELECT count(*) FROM redress WHERE state = ?1", values, 1, take_flag, &waiting, error);
    if (err == AN_OK)
        err = an_db_query(session, "SELECT count(*) FROM redress WHERE state = ?1 AND due < ?2", values, 2, take_flag,
                          &overdue, error);
    if (err != AN_OK) return err;
    *ret_waiting = (uint64_t)waiting.value;
    *ret_overdue = (uint64_t)overdue.value;
    return AN_OK;
}

/* ---- codes ---- */

struct code {
    uint8_t hash[CODE_HASH];
    int64_t until, tries, sent, count, proved;
    bool found;
};

static bool take_code(void *user, const struct an_db_value *c, size_t n)
{
    struct code *code = user;
    struct an_slice hash = an_db_get_slice(&c[0]);
    an_assert(n == 6);
    if (hash.len == sizeof code->hash) memcpy(code->hash, hash.at, hash.len);
    code->until = an_db_get_int(&c[1]);
    code->tries = an_db_get_int(&c[2]);
    code->sent = an_db_get_int(&c[3]);
    code->count = an_db_get_int(&c[4]);
    code->proved = an_db_get_int(&c[5]);
    code->found = true;
    return false;
}

static enum an_err code_of(struct an_db_session *session, const struct an_token *token, struct code *ret,
                           struct an_error *error)
{
    const struct an_db_value values[] = { token_value(token) };
    *ret = (struct code) { 0 };
    return an_db_query(session, "SELECT code, until, tries, sent, count, proved FROM redress_code WHERE token = ?1",
                       values, 1, take_code, ret, error);
}

/* Keyed by the token: a million codes are soon tried, but only five times each here. */
static void hash_code(const struct an_token *token, struct an_slice code, uint8_t ret[CODE_HASH])
{
    crypto_generichash(ret, CODE_HASH, (const unsigned char *)code.at, code.len, token->bytes, sizeof token->bytes);
}

static enum an_err new_code(struct an_db_session *session, const struct an_token *token, const char *digits,
                            uint64_t now_us, struct an_error *error)
{
    struct code known;
    uint8_t hash[CODE_HASH];
    int64_t now = (int64_t)now_us, second = (int64_t)AN_US_PER_S;
    enum an_err err = code_of(session, token, &known, error);
    if (err != AN_OK) return err;
    if (known.found && now - known.sent < AN_REDRESS_CODE_AGAIN_S * second)
        return an_fail(error, AN_ERR_LIMIT, "a code was sent a moment ago; wait a minute");
    if (known.found && known.count >= AN_REDRESS_CODES_MAX)
        return an_fail(error, AN_ERR_LIMIT, "%d codes were sent for this call, which is the most",
                       AN_REDRESS_CODES_MAX);
    hash_code(token, an_slice_of(digits), hash);
    const struct an_db_value values[] = {
        token_value(token), an_db_blob(hash, sizeof hash), an_db_int(now + AN_REDRESS_CODE_S * second),
        an_db_int(now),     an_db_int(known.count + 1),
    };
    return an_db_run(
        session,
        "INSERT INTO redress_code (token, code, until, tries, sent, count, proved) VALUES (?1, ?2, ?3, 0, ?4, ?5, "
        "0) ON CONFLICT (token) DO UPDATE SET code = ?2, until = ?3, tries = 0, sent = ?4, count = ?5",
        values, 5, NULL, error);
}

enum an_err an_redress_code(struct an_db_session *session, const struct an_secret *secret, const struct an_token *token,
                            uint64_t now_us, char ret_code[AN_REDRESS_CODE_DIGITS + 1], struct an_error *error)
{
    (void)secret;
    char digits[16];
    snprintf(digits, sizeof digits, "%06u", randombytes_uniform(1000000));
    enum an_err err = an_db_begin(session, error);
    if (err != AN_OK) return err;
    err = an_store_end(session, new_code(session, token, digits, now_us, error), error);
    if (err == AN_OK) memcpy(ret_code, digits, AN_REDRESS_CODE_DIGITS + 1);
    sodium_memzero(digits, sizeof digits);
    return err;
}

/* Every try counts before it is compared, so that many at once are no more. */
static enum an_err count_try(struct an_db_session *session, const struct an_token *token, uint64_t now_us,
                             bool *ret_counted, struct an_error *error)
{
    int64_t changed = 0;
    const struct an_db_value values[] = { token_value(token), an_db_int(AN_REDRESS_CODE_TRIES),
                                          an_db_int((int64_t)now_us) };
    enum an_err err =
        an_db_run(session, "UPDATE redress_code SET tries = tries + 1 WHERE token = ?1 AND tries < ?2 AND until > ?3",
                  values, 3, &changed, error);
    *ret_counted = changed > 0;
    return err;
}

enum an_err an_redress_prove(struct an_db_session *session, const struct an_secret *secret,
                             const struct an_token *token, struct an_slice code, uint64_t now_us,
                             struct an_error *error)
{
    (void)secret;
    struct code known;
    uint8_t hash[CODE_HASH];
    bool counted = false;
    const struct an_db_value values[] = { token_value(token) };
    enum an_err err = count_try(session, token, now_us, &counted, error);
    if (err == AN_OK) err = code_of(session, token, &known, error);
    if (err != AN_OK) return err;
    hash_code(token, code, hash);
    if (!counted || !known.found || sodium_memcmp(hash, known.hash, sizeof hash) != 0)
        return an_fail(
            error, AN_ERR_INVALID,
            "field \"code\" is not the code that was sent last, or it is older than 10 minutes, or was tried "
            "%d times",
            AN_REDRESS_CODE_TRIES);
    err = an_db_run(session, "UPDATE redress_code SET proved = 1, until = 0 WHERE token = ?1", values, 1, NULL, error);
    if (err == AN_OK)
        err = an_db_run(session, "UPDATE redress SET proved = 1 WHERE token = ?1", values, 1, NULL, error);
    return err;
}

/* ---- text messages ---- */

enum an_err an_text_once(struct an_db_session *session, const char *id, uint64_t now_us, struct an_error *error)
{
    const struct an_db_value values[] = { an_db_text(id), an_db_int((int64_t)now_us) };
    return an_db_run(session, "INSERT INTO text_seen (id, time) VALUES (?1, ?2)", values, 2, NULL, error);
}

enum an_err an_text_forget(struct an_db_session *session, const char *id, struct an_error *error)
{
    const struct an_db_value values[] = { an_db_text(id) };
    return an_db_run(session, "DELETE FROM text_seen WHERE id = ?1", values, 1, NULL, error);
}

enum an_err an_text_sweep(struct an_db_session *session, uint64_t before_us, struct an_error *error)
{
    const struct an_db_value values[] = { an_db_int((int64_t)before_us) };
    enum an_err err = an_db_run(session, "DELETE FROM text_seen WHERE time < ?1", values, 1, NULL, error);
    if (err == AN_OK)
        err = an_db_run(session, "DELETE FROM redress_code WHERE sent < ?1 AND proved = 0", values, 1, NULL, error);
    return err;
}
