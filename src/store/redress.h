/* Callers who ask for redress: one request a verdict, by its token; one-time codes that prove the number; and which
 * text messages were taken in. Layer: store. */
#ifndef ANNING_STORE_REDRESS_H
#define ANNING_STORE_REDRESS_H

#include "model/verdict.h"
#include "store/people.h"

enum an_redress_state {
    AN_REDRESS_NONE,
    AN_REDRESS_WAITING,
    AN_REDRESS_GRANTED,
    AN_REDRESS_REFUSED,
    AN_REDRESS_STATE_COUNT
};

struct an_redress {
    struct an_token token;
    int64_t id;
    an_number caller; /* when it is written */
    uint8_t state;
    bool proved;
    uint64_t asked_us, due_us, decided_us;
    int64_t decided_by; /* user; 0: nobody yet */
    char contact[AN_REDRESS_CONTACT_MAX + 1];
    char words[AN_REPORT_WORDS_MAX + 1];
    char decision[AN_REPORT_WORDS_MAX + 1];
};

const char *an_redress_state_name(enum an_redress_state state);
/* AN_OK or AN_ERR_NOT_FOUND. */
int an_redress_state_of(const char *name, size_t len, enum an_redress_state *ret_state);

/* AN_ERR_EXISTS: there is one for this verdict. */
enum an_err an_redress_ask(struct an_db_session *session, const struct an_secret *secret,
                           const struct an_redress *redress, struct an_error *error);
/* AN_ERR_NOT_FOUND. */
enum an_err an_redress_find(struct an_db_session *session, const struct an_secret *secret, const struct an_token *token,
                            struct an_redress *ret_redress, struct an_error *error);
/* Only one that waits. AN_ERR_NOT_FOUND: none; AN_ERR_EXISTS: it is decided. */
enum an_err an_redress_decide(struct an_db_session *session, const struct an_secret *secret,
                              const struct an_token *token, bool grant, int64_t by, struct an_slice words,
                              uint64_t now_us, struct an_error *error);
/* What that decided at decided_us waits again. */
enum an_err an_redress_reopen(struct an_db_session *session, const struct an_token *token, int64_t by,
                              uint64_t decided_us, struct an_error *error);
/* By state, oldest first, behind after_us. */
typedef bool an_redress_fn(void *user, const struct an_redress *redress);
enum an_err an_redress_pages(struct an_db_session *session, const struct an_secret *secret, enum an_redress_state state,
                             uint64_t after_us, size_t max, an_redress_fn *row, void *user, struct an_error *error);
/* How many wait, how many of them longer than they should. */
enum an_err an_redress_waiting(struct an_db_session *session, uint64_t now_us, uint64_t *ret_waiting,
                               uint64_t *ret_overdue, struct an_error *error);

/* A code for the caller of this verdict; one of before is void. AN_ERR_LIMIT: too many, or too soon. */
enum {
    AN_REDRESS_CODE_DIGITS = 6,
    AN_REDRESS_CODE_S = 600,
    AN_REDRESS_CODE_TRIES = 5,
    AN_REDRESS_CODES_MAX = 5,
    AN_REDRESS_CODE_AGAIN_S = 60
};
enum an_err an_redress_code(struct an_db_session *session, const struct an_secret *secret, const struct an_token *token,
                            uint64_t now_us, char ret_code[AN_REDRESS_CODE_DIGITS + 1], struct an_error *error);
/* AN_OK: the number is proved, of a request that is there and of one to come; AN_ERR_INVALID: wrong, over or void. */
enum an_err an_redress_prove(struct an_db_session *session, const struct an_secret *secret,
                             const struct an_token *token, struct an_slice code, uint64_t now_us,
                             struct an_error *error);

/* Takes a text message's id in. AN_ERR_EXISTS: it was there. */
enum an_err an_text_once(struct an_db_session *session, const char *id, uint64_t now_us, struct an_error *error);
/* As if it had not come. */
enum an_err an_text_forget(struct an_db_session *session, const char *id, struct an_error *error);
/* Ids older than before_us and codes that are over go. */
enum an_err an_text_sweep(struct an_db_session *session, uint64_t before_us, struct an_error *error);

#endif
