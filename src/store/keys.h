/* API keys: a name, scopes, and the keyed hash of a secret that is shown once. Layer: store. */
#ifndef ANNING_STORE_KEYS_H
#define ANNING_STORE_KEYS_H

#include "store/db.h"
#include "store/secret.h"

enum { AN_KEY_NAME_MAX = 64, AN_KEY_SCOPES_MAX = 255 };

struct an_key {
    int64_t id, account; /* who made it */
    char name[AN_KEY_NAME_MAX + 1];
    char scopes[AN_KEY_SCOPES_MAX + 1]; /* words with blanks between */
    uint64_t created_us, last_used_us;
};

enum an_err an_key_add(struct an_db_session *session, const struct an_key *key,
                       const uint8_t hash[AN_SECRET_HASH_BYTES], struct an_error *error);
/* AN_ERR_NOT_FOUND. */
enum an_err an_key_find(struct an_db_session *session, const uint8_t hash[AN_SECRET_HASH_BYTES], struct an_key *ret,
                        struct an_error *error);
enum an_err an_key_note_used(struct an_db_session *session, int64_t id, uint64_t now_us, struct an_error *error);
/* By id from after on. */
enum an_err an_key_list(struct an_db_session *session, int64_t after, unsigned limit,
                        bool (*row)(void *user, const struct an_key *key), void *user, struct an_error *error);
/* AN_ERR_NOT_FOUND. */
enum an_err an_key_remove(struct an_db_session *session, int64_t id, struct an_error *error);

#endif
