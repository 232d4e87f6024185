/* Accounts, their sessions, one-time links and codes. Layer: store. SQL and rows only: what may be done by whom is
 * api's. Secrets come in as hashes under the store's key (store/secret.h), passwords as libsodium writes Argon2id.
 * Cost: one statement each, an indexed row; what is said to be at once is one transaction. */
#ifndef ANNING_STORE_ACCOUNTS_H
#define ANNING_STORE_ACCOUNTS_H

#include "store/secret.h"
#include "store/db.h"

enum {
    AN_LOGIN_MAX = 64,
    AN_ACCOUNT_NAME_MAX = 64,
    AN_ROLE_NAME_MAX = 15,
    AN_NETWORKS_MAX = 255,
    AN_PASSWORD_HASH_MAX = 128, /* crypto_pwhash_STRBYTES */
    AN_TOTP_SECRET_BYTES = 20,
    AN_TOTP_BOX_MAX = AN_TOTP_SECRET_BYTES + AN_SECRET_BOX_MORE,
    AN_CODE_TRIES_MAX = 5,
};

struct an_account {
    int64_t id;
    char login[AN_LOGIN_MAX + 1]; /* empty: signs in by number */
    char name[AN_ACCOUNT_NAME_MAX + 1];
    char role[AN_ROLE_NAME_MAX + 1];
    char password[AN_PASSWORD_HASH_MAX]; /* empty: none yet */
    char networks[AN_NETWORKS_MAX + 1];  /* with blanks between; empty: from anywhere */
    char language[3];
    bool disabled, totp_on, has_number;
    size_t totp_box_len; /* 0: no secret */
    uint8_t totp_box[AN_TOTP_BOX_MAX];
    int64_t totp_step;
    uint8_t number_key[AN_NUMBER_KEY_BYTES];
    size_t number_box_len;
    uint8_t number_box[AN_NUMBER_BOX_MAX];
    int64_t failures;
    uint64_t locked_until_us, created_us, last_seen_us;
};

/* A new row; AN_ERR_EXISTS: login or number is taken. */
enum an_err an_account_add(struct an_db_session *session, const struct an_account *account, struct an_error *error);
/* AN_ERR_NOT_FOUND. */
enum an_err an_account_by_id(struct an_db_session *session, int64_t id, struct an_account *ret, struct an_error *error);
enum an_err an_account_by_login(struct an_db_session *session, const char *login, struct an_account *ret,
                                struct an_error *error);
enum an_err an_account_by_number(struct an_db_session *session, const uint8_t number_key[AN_NUMBER_KEY_BYTES],
                                 struct an_account *ret, struct an_error *error);
/* Accounts with a login, by id from after on; row returns false to stop. */
enum an_err an_account_list(struct an_db_session *session, int64_t after, unsigned limit,
                            bool (*row)(void *user, const struct an_account *account), void *user,
                            struct an_error *error);
/* How many have this role and are not disabled. */
enum an_err an_account_count(struct an_db_session *session, const char *role, int64_t *ret_count,
                             struct an_error *error);
/* Inside a transaction that may take an admin away: others that may wait until it has ended, so that two admins who
 * take each other's role at once don't both succeed. */
enum an_err an_account_hold_admins(struct an_db_session *session, struct an_error *error);
/* Name, role, networks, language and disabled, by id. AN_ERR_NOT_FOUND. */
enum an_err an_account_change(struct an_db_session *session, const struct an_account *account, struct an_error *error);
/* password empty: none, until a link sets one. Failures and lock begin anew. */
enum an_err an_account_set_password(struct an_db_session *session, int64_t id, const char *password,
                                    struct an_error *error);
/* box_len 0: none. */
enum an_err an_account_set_totp(struct an_db_session *session, int64_t id, const uint8_t *box, size_t box_len, bool on,
                                struct an_error *error);
/* Uses up a step: AN_ERR_EXISTS when it or a later one was used. */
enum an_err an_account_use_totp(struct an_db_session *session, int64_t id, int64_t step, struct an_error *error);
/* After a failed sign-in: one more in a row, locked until then (0: not). */
enum an_err an_account_note_failure(struct an_db_session *session, int64_t id, uint64_t locked_until_us,
                                    struct an_error *error);
/* After a good one. */
enum an_err an_account_note_seen(struct an_db_session *session, int64_t id, uint64_t now_us, bool signed_in,
                                 struct an_error *error);
/* With its sessions. AN_ERR_NOT_FOUND. */
enum an_err an_account_remove(struct an_db_session *session, int64_t id, struct an_error *error);

enum an_err an_session_add(struct an_db_session *session, const uint8_t hash[AN_SECRET_HASH_BYTES], int64_t account,
                           uint64_t now_us, uint64_t expires_us, struct an_error *error);
/* The account of a session that has not ended. AN_ERR_NOT_FOUND: no such session, or its account is disabled. */
enum an_err an_session_find(struct an_db_session *session, const uint8_t hash[AN_SECRET_HASH_BYTES], uint64_t now_us,
                            struct an_account *ret, uint64_t *ret_expires_us, struct an_error *error);
enum an_err an_session_end(struct an_db_session *session, const uint8_t hash[AN_SECRET_HASH_BYTES],
                           struct an_error *error);
/* All of an account. */
enum an_err an_session_end_all(struct an_db_session *session, int64_t account, struct an_error *error);
/* Sessions, links and codes that have ended are removed. */
enum an_err an_session_sweep(struct an_db_session *session, uint64_t now_us, struct an_error *error);

/* A link for an account; older ones of the account end. account 0: the one that makes the first admin. */
enum an_err an_link_add(struct an_db_session *session, const uint8_t hash[AN_SECRET_HASH_BYTES], int64_t account,
                        uint64_t now_us, uint64_t expires_us, struct an_error *error);
/* Uses it up. AN_ERR_NOT_FOUND: no such link, used, or ended. */
enum an_err an_link_use(struct an_db_session *session, const uint8_t hash[AN_SECRET_HASH_BYTES], uint64_t now_us,
                        int64_t *ret_account, struct an_error *error);

/* The code of a number for a purpose ("session", "redress"), in place of an older one. */
enum an_err an_code_put(struct an_db_session *session, const uint8_t number_key[AN_NUMBER_KEY_BYTES],
                        const char *purpose, const uint8_t hash[AN_SECRET_HASH_BYTES], uint64_t expires_us,
                        struct an_error *error);
/* Uses it up when it is right; a wrong one counts against AN_CODE_TRIES_MAX. AN_ERR_NOT_FOUND: wrong, or none. */
enum an_err an_code_try(struct an_db_session *session, const uint8_t number_key[AN_NUMBER_KEY_BYTES],
                        const char *purpose, const uint8_t hash[AN_SECRET_HASH_BYTES], uint64_t now_us,
                        struct an_error *error);

#endif
