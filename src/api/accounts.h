/* Handlers of sessions, users, keys and the audit log, and what they share. Layer: api, internal. */
#ifndef ANNING_API_ACCOUNTS_H
#define ANNING_API_ACCOUNTS_H

#include "api/auth.h"
#include "api/password.h"

enum {
    AN_LINK_HOURS = 72,
    AN_CODE_MINUTES = 10,
    AN_CODE_DIGITS = 6,
    AN_LINK_URL_MAX = 320,
    AN_AUDIT_TEXT_ROOM = 4096, /* of an answer that is thrown away */
};

#define AN_HANDLER(name)                                                                                               \
    void name(struct an_api_core *core, const struct an_api_request *request, struct an_api_response *response)

/* api/session.c */
AN_HANDLER(an_api_session_begin);
AN_HANDLER(an_api_session_show);
AN_HANDLER(an_api_session_end);
AN_HANDLER(an_api_session_code);
/* api/self.c */
AN_HANDLER(an_api_self_password);
AN_HANDLER(an_api_self_totp_begin);
AN_HANDLER(an_api_self_totp_on);
AN_HANDLER(an_api_self_totp_off);
AN_HANDLER(an_api_self_language);
/* api/links.c */
AN_HANDLER(an_api_first_show);
AN_HANDLER(an_api_first_use);
AN_HANDLER(an_api_password_use);
/* api/users.c */
AN_HANDLER(an_api_users_list);
AN_HANDLER(an_api_users_add);
AN_HANDLER(an_api_users_change);
AN_HANDLER(an_api_users_remove);
/* api/keys.c */
AN_HANDLER(an_api_keys_list);
AN_HANDLER(an_api_keys_add);
AN_HANDLER(an_api_keys_remove);
/* api/audit.c */
AN_HANDLER(an_api_audit_list);

/* Lower case, and only letters, digits and . _ @ -; false: it is no login. */
bool an_api_login_fold(char *login);
/* A number as "+8613800138000" only. */
bool an_api_number_read(const char *text, an_number *ret_number);
/* The session of an account that has just proven itself: a new cookie, the old one ended, {"user","csrf"} as the
 * answer. */
void an_api_session_make(struct an_api_core *core, const struct an_api_request *request,
                         struct an_api_response *response, struct an_db_session *session,
                         const struct an_account *account);
/* {"user":{...},"csrf":"..."} for a cookie. */
void an_api_session_json(struct an_api_core *core, struct an_text *out, const struct an_account *account,
                         struct an_slice cookie);
/* Ends all sessions of an account, here and in the store. */
enum an_err an_api_sessions_end(struct an_api_core *core, struct an_db_session *session, int64_t account,
                                struct an_error *error);
/* 501: no codes can be sent here. */
void an_api_no_gateway(struct an_api_response *response);
/* A new code of six digits for a number, in place of the one before; and whether one is right, which uses it up.
 * purpose: "session", "redress". AN_ERR_NOT_FOUND: it is not. */
enum an_err an_api_code_make(struct an_db_session *session, const struct an_secret *secret, an_number number,
                             const char *purpose, uint64_t now_us, char ret_code[AN_CODE_DIGITS + 1],
                             struct an_error *error);
enum an_err an_api_code_try(struct an_db_session *session, const struct an_secret *secret, an_number number,
                            const char *purpose, const char *code, uint64_t now_us, struct an_error *error);
/* The account of a subscriber, made when there is none. */
enum an_err an_api_account_of_number(struct an_db_session *session, const struct an_secret *secret, an_number number,
                                     uint64_t now_us, struct an_account *ret, struct an_error *error);
/* One line in the audit log for somebody who is not signed in yet. */
bool an_api_audit_account(struct an_api_core *core, struct an_api_response *response, struct an_db_session *session,
                          const struct an_account *account, const char *act, const char *detail);

#endif
