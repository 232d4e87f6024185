#include "store/accounts.h"

/* clang-format off */
#define COLUMNS                                                                                                        \
    "a.id, a.login, a.name, a.role, a.password, a.networks, a.language, a.disabled, a.totp_on, a.totp_box, "           \
    "a.totp_step, a.number_key, a.number_box, a.failures, a.locked_until, a.created, a.last_seen"
/* clang-format on */
enum { COLUMN_COUNT = 17 };

static size_t get_blob(const struct an_db_value *value, uint8_t *out, size_t size)
{
    struct an_slice bytes = an_db_get_slice(value);
    if (bytes.len == 0 || bytes.len > size) return 0;
    memcpy(out, bytes.at, bytes.len);
    return bytes.len;
}

static void account_of(const struct an_db_value *c, struct an_account *ret)
{
    *ret = (struct an_account) { .id = an_db_get_int(&c[0]) };
    an_db_get_text(&c[1], ret->login, sizeof ret->login);
    an_db_get_text(&c[2], ret->name, sizeof ret->name);
    an_db_get_text(&c[3], ret->role, sizeof ret->role);
    an_db_get_text(&c[4], ret->password, sizeof ret->password);
    an_db_get_text(&c[5], ret->networks, sizeof ret->networks);
    an_db_get_text(&c[6], ret->language, sizeof ret->language);
    ret->disabled = an_db_get_int(&c[7]) != 0;
    ret->totp_on = an_db_get_int(&c[8]) != 0;
    ret->totp_box_len = get_blob(&c[9], ret->totp_box, sizeof ret->totp_box);
    ret->totp_step = an_db_get_int(&c[10]);
    ret->has_number = get_blob(&c[11], ret->number_key, sizeof ret->number_key) == sizeof ret->number_key;
    ret->number_box_len = get_blob(&c[12], ret->number_box, sizeof ret->number_box);
    ret->failures = an_db_get_int(&c[13]);
    ret->locked_until_us = (uint64_t)an_db_get_int(&c[14]);
    ret->created_us = (uint64_t)an_db_get_int(&c[15]);
    ret->last_seen_us = (uint64_t)an_db_get_int(&c[16]);
}

struct found {
    struct an_account *account;
    uint64_t expires_us;
    bool any;
};

static bool take_one(void *user, const struct an_db_value *columns, size_t n)
{
    struct found *found = user;
    account_of(columns, found->account);
    if (n > COLUMN_COUNT) found->expires_us = (uint64_t)an_db_get_int(&columns[COLUMN_COUNT]);
    found->any = true;
    return false;
}

static enum an_err find(struct an_db_session *session, const char *sql, const struct an_db_value *values, size_t count,
                        struct an_account *ret, struct an_error *error)
{
    struct found found = { .account = ret };
    enum an_err err = an_db_query(session, sql, values, count, take_one, &found, error);
    if (err != AN_OK || found.any) return err;
    return an_fail(error, AN_ERR_NOT_FOUND, "no such account");
}

enum an_err an_account_by_id(struct an_db_session *session, int64_t id, struct an_account *ret, struct an_error *error)
{
    const struct an_db_value value = an_db_int(id);
    return find(session, "SELECT " COLUMNS " FROM account a WHERE a.id = ?1", &value, 1, ret, error);
}

enum an_err an_account_by_login(struct an_db_session *session, const char *login, struct an_account *ret,
                                struct an_error *error)
{
    const struct an_db_value value = an_db_text(login);
    return find(session, "SELECT " COLUMNS " FROM account a WHERE a.login = ?1", &value, 1, ret, error);
}

enum an_err an_account_by_number(struct an_db_session *session, const uint8_t number_key[AN_NUMBER_KEY_BYTES],
                                 struct an_account *ret, struct an_error *error)
{
    const struct an_db_value value = an_db_blob(number_key, AN_NUMBER_KEY_BYTES);
    return find(session, "SELECT " COLUMNS " FROM account a WHERE a.number_key = ?1", &value, 1, ret, error);
}

enum an_err an_account_add(struct an_db_session *session, const struct an_account *a, struct an_error *error)
{
    const struct an_db_value values[] = {
        an_db_int(a->id),
        a->login[0] == '\0' ? an_db_null() : an_db_text(a->login),
        an_db_text(a->name),
        an_db_text(a->role),
        an_db_text(a->password),
        an_db_text(a->networks),
        an_db_text(a->language),
        an_db_int(a->disabled),
        a->has_number ? an_db_blob(a->number_key, sizeof a->number_key) : an_db_null(),
        a->has_number ? an_db_blob(a->number_box, a->number_box_len) : an_db_null(),
        an_db_int((int64_t)a->created_us),
    };
    return an_db_run(session,
                     "INSERT INTO account (id, login, name, role, password, networks, language, disabled, number_key, "
                     "number_box, created, totp_on, totp_step, failures, locked_until, last_seen) "
                     "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, 0, 0, 0, 0, 0)",
                     values, sizeof values / sizeof *values, NULL, error);
}

struct lister {
    bool (*row)(void *user, const struct an_account *account);
    void *user;
};

static bool list_row(void *user, const struct an_db_value *columns, size_t n)
{
    const struct lister *lister = user;
    struct an_account account;
    (void)n;
    account_of(columns, &account);
    return lister->row(lister->user, &account);
}

enum an_err an_account_list(struct an_db_session *session, int64_t after, unsigned limit,
                            bool (*row)(void *user, const struct an_account *account), void *user,
                            struct an_error *error)
{
    struct lister lister = { row, user };
    const struct an_db_value values[] = { an_db_int(after), an_db_int(limit) };
    return an_db_query(session,
                       "SELECT " COLUMNS " FROM account a WHERE a.id > ?1 AND a.login IS NOT NULL "
                       "ORDER BY a.id LIMIT ?2",
                       values, 2, list_row, &lister, error);
}

static bool take_number(void *user, const struct an_db_value *columns, size_t n)
{
    (void)n;
    *(int64_t *)user = an_db_get_int(&columns[0]);
    return false;
}

enum an_err an_account_count(struct an_db_session *session, const char *role, int64_t *ret_count,
                             struct an_error *error)
{
    const struct an_db_value value = an_db_text(role);
    return an_db_query(session, "SELECT COUNT(*) FROM account WHERE role = ?1 AND disabled = 0", &value, 1, take_number,
                       ret_count, error);
}

/* SQLite has one writer anyway; PostgreSQL locks the rows, and what waited for them sees what has become of them. */
enum an_err an_account_hold_admins(struct an_db_session *session, struct an_error *error)
{
    return an_db_run(session, "UPDATE account SET role = role WHERE role = 'admin'", NULL, 0, NULL, error);
}

/* A statement that has to find its row. */
static enum an_err change(struct an_db_session *session, const char *sql, const struct an_db_value *values,
                          size_t count, struct an_error *error)
{
    int64_t changed = 0;
    enum an_err err = an_db_run(session, sql, values, count, &changed, error);
    if (err == AN_OK && changed == 0) return an_fail(error, AN_ERR_NOT_FOUND, "no such account");
    return err;
}

enum an_err an_account_change(struct an_db_session *session, const struct an_account *a, struct an_error *error)
{
    const struct an_db_value values[] = { an_db_int(a->id),        an_db_text(a->name),     an_db_text(a->role),
                                          an_db_text(a->networks), an_db_text(a->language), an_db_int(a->disabled) };
    return change(session,
                  "UPDATE account SET name = ?2, role = ?3, networks = ?4, language = ?5, disabled = ?6 WHERE id = ?1",
                  values, 6, error);
}

enum an_err an_account_set_password(struct an_db_session *session, int64_t id, const char *password,
                                    struct an_error *error)
{
    const struct an_db_value values[] = { an_db_int(id), an_db_text(password) };
    return change(session, "UPDATE account SET password = ?2, failures = 0, locked_until = 0 WHERE id = ?1", values, 2,
                  error);
}

enum an_err an_account_set_totp(struct an_db_session *session, int64_t id, const uint8_t *box, size_t box_len, bool on,
                                struct an_error *error)
{
    const struct an_db_value values[] = { an_db_int(id), box_len == 0 ? an_db_null() : an_db_blob(box, box_len),
                                          an_db_int(on) };
    return change(session, "UPDATE account SET totp_box = ?2, totp_on = ?3 WHERE id = ?1", values, 3, error);
}

enum an_err an_account_use_totp(struct an_db_session *session, int64_t id, int64_t step, struct an_error *error)
{
    const struct an_db_value values[] = { an_db_int(id), an_db_int(step) };
    int64_t changed = 0;
    enum an_err err = an_db_run(session, "UPDATE account SET totp_step = ?2 WHERE id = ?1 AND totp_step < ?2", values,
                                2, &changed, error);
    if (err == AN_OK && changed == 0) return an_fail(error, AN_ERR_EXISTS, "this code was used already");
    return err;
}

enum an_err an_account_note_failure(struct an_db_session *session, int64_t id, uint64_t locked_until_us,
                                    struct an_error *error)
{
    const struct an_db_value values[] = { an_db_int(id), an_db_int((int64_t)locked_until_us) };
    return change(session, "UPDATE account SET failures = failures + 1, locked_until = ?2 WHERE id = ?1", values, 2,
                  error);
}

enum an_err an_account_note_seen(struct an_db_session *session, int64_t id, uint64_t now_us, bool signed_in,
                                 struct an_error *error)
{
    const struct an_db_value values[] = { an_db_int(id), an_db_int((int64_t)now_us) };
    return change(session,
                  signed_in ? "UPDATE account SET last_seen = ?2, failures = 0, locked_until = 0 WHERE id = ?1"
                            : "UPDATE account SET last_seen = ?2 WHERE id = ?1",
                  values, 2, error);
}

enum an_err an_account_remove(struct an_db_session *session, int64_t id, struct an_error *error)
{
    const struct an_db_value value = an_db_int(id);
    enum an_err err = an_session_end_all(session, id, error);
    if (err == AN_OK) err = an_db_run(session, "DELETE FROM link WHERE account = ?1", &value, 1, NULL, error);
    return err == AN_OK ? change(session, "DELETE FROM account WHERE id = ?1", &value, 1, error) : err;
}

/* ---- sessions ---- */

enum an_err an_session_add(struct an_db_session *session, const uint8_t hash[AN_SECRET_HASH_BYTES], int64_t account,
                           uint64_t now_us, uint64_t expires_us, struct an_error *error)
{
    const struct an_db_value values[] = { an_db_blob(hash, AN_SECRET_HASH_BYTES), an_db_int(account),
                                          an_db_int((int64_t)now_us), an_db_int((int64_t)expires_us) };
    return an_db_run(session, "INSERT INTO session (hash, account, created, expires) VALUES (?1, ?2, ?3, ?4)", values,
                     4, NULL, error);
}

enum an_err an_session_find(struct an_db_session *session, const uint8_t hash[AN_SECRET_HASH_BYTES], uint64_t now_us,
                            struct an_account *ret, uint64_t *ret_expires_us, struct an_error *error)
{
    struct found found = { .account = ret };
    const struct an_db_value values[] = { an_db_blob(hash, AN_SECRET_HASH_BYTES), an_db_int((int64_t)now_us) };
    enum an_err err = an_db_query(session,
                                  "SELECT " COLUMNS ", s.expires FROM session s JOIN account a ON a.id = s.account "
                                  "WHERE s.hash = ?1 AND s.expires > ?2 AND a.disabled = 0",
                                  values, 2, take_one, &found, error);
    if (err == AN_OK && !found.any) return an_fail(error, AN_ERR_NOT_FOUND, "no such session");
    if (err == AN_OK) *ret_expires_us = found.expires_us;
    return err;
}

enum an_err an_session_end(struct an_db_session *session, const uint8_t hash[AN_SECRET_HASH_BYTES],
                           struct an_error *error)
{
    const struct an_db_value value = an_db_blob(hash, AN_SECRET_HASH_BYTES);
    return an_db_run(session, "DELETE FROM session WHERE hash = ?1", &value, 1, NULL, error);
}

enum an_err an_session_end_all(struct an_db_session *session, int64_t account, struct an_error *error)
{
    const struct an_db_value value = an_db_int(account);
    return an_db_run(session, "DELETE FROM session WHERE account = ?1", &value, 1, NULL, error);
}

enum an_err an_session_sweep(struct an_db_session *session, uint64_t now_us, struct an_error *error)
{
    const struct an_db_value value = an_db_int((int64_t)now_us);
    enum an_err err = an_db_run(session, "DELETE FROM session WHERE expires <= ?1", &value, 1, NULL, error);
    if (err == AN_OK) err = an_db_run(session, "DELETE FROM link WHERE expires <= ?1", &value, 1, NULL, error);
    if (err == AN_OK) err = an_db_run(session, "DELETE FROM code WHERE expires <= ?1", &value, 1, NULL, error);
    return err;
}

/* ---- one-time links and codes ---- */

enum an_err an_link_add(struct an_db_session *session, const uint8_t hash[AN_SECRET_HASH_BYTES], int64_t account,
                        uint64_t now_us, uint64_t expires_us, struct an_error *error)
{
    const struct an_db_value values[] = { an_db_blob(hash, AN_SECRET_HASH_BYTES), an_db_int(account),
                                          an_db_int((int64_t)now_us), an_db_int((int64_t)expires_us) };
    enum an_err err = an_db_begin(session, error);
    if (err != AN_OK) return err;
    err = an_db_run(session, "DELETE FROM link WHERE account = ?1", &values[1], 1, NULL, error);
    if (err == AN_OK)
        err = an_db_run(session, "INSERT INTO link (hash, account, created, expires) VALUES (?1, ?2, ?3, ?4)", values,
                        4, NULL, error);
    if (err == AN_OK) return an_db_commit(session, error);
    an_db_rollback(session);
    return err;
}

enum an_err an_link_use(struct an_db_session *session, const uint8_t hash[AN_SECRET_HASH_BYTES], uint64_t now_us,
                        int64_t *ret_account, struct an_error *error)
{
    int64_t account = -1;
    const struct an_db_value values[] = { an_db_blob(hash, AN_SECRET_HASH_BYTES), an_db_int((int64_t)now_us) };
    enum an_err err = an_db_query(session, "DELETE FROM link WHERE hash = ?1 AND expires > ?2 RETURNING account",
                                  values, 2, take_number, &account, error);
    if (err == AN_OK && account < 0) return an_fail(error, AN_ERR_NOT_FOUND, "this link was used, or has ended");
    if (err == AN_OK) *ret_account = account;
    return err;
}

enum an_err an_code_put(struct an_db_session *session, const uint8_t number_key[AN_NUMBER_KEY_BYTES],
                        const char *purpose, const uint8_t hash[AN_SECRET_HASH_BYTES], uint64_t expires_us,
                        struct an_error *error)
{
    const struct an_db_value values[] = { an_db_blob(number_key, AN_NUMBER_KEY_BYTES), an_db_text(purpose),
                                          an_db_blob(hash, AN_SECRET_HASH_BYTES), an_db_int((int64_t)expires_us) };
    return an_db_run(session,
                     "INSERT INTO code (number_key, purpose, hash, tries, expires) VALUES (?1, ?2, ?3, 0, ?4) "
                     "ON CONFLICT (number_key, purpose) DO UPDATE SET hash = ?3, tries = 0, expires = ?4",
                     values, 4, NULL, error);
}

enum an_err an_code_try(struct an_db_session *session, const uint8_t number_key[AN_NUMBER_KEY_BYTES],
                        const char *purpose, const uint8_t hash[AN_SECRET_HASH_BYTES], uint64_t now_us,
                        struct an_error *error)
{
    int64_t counted = 0, used = 0;
    const struct an_db_value number = an_db_blob(number_key, AN_NUMBER_KEY_BYTES);
    const struct an_db_value try[] = { number, an_db_text(purpose), an_db_int((int64_t)now_us),
                                       an_db_int(AN_CODE_TRIES_MAX) };
    const struct an_db_value use[] = { number, an_db_text(purpose), an_db_blob(hash, AN_SECRET_HASH_BYTES) };
    /* Counted before it is looked at, so that many at once, at several servers too, are no more. */
    enum an_err err = an_db_run(session,
                                "UPDATE code SET tries = tries + 1 WHERE number_key = ?1 AND purpose = ?2 AND "
                                "expires > ?3 AND tries < ?4",
                                try, 4, &counted, error);
    if (err == AN_OK && counted > 0)
        err = an_db_run(session, "DELETE FROM code WHERE number_key = ?1 AND purpose = ?2 AND hash = ?3", use, 3, &used,
                        error);
    if (err != AN_OK) return err;
    return used > 0 ? AN_OK : an_fail(error, AN_ERR_NOT_FOUND, "wrong code");
}
