/* The store as the daemon and the API hold it: key and database, opened in the background. Layer: store.
 *
 * Starting never fails for a database that is away, whose disk is full or whose schema is too new: a thread of its own
 * tries again until it works, one log line a change. Until then an_store_take() says AN_ERR_IO and the people's paths
 * answer 503; calls don't know the difference. A database written under another key is refused, since none of its
 * numbers could be read. */
#ifndef ANNING_STORE_STORE_H
#define ANNING_STORE_STORE_H

#include "store/db.h"
#include "store/secret.h"

struct an_store_options {
    const char *data_dir;       /* [borrow] holds anning.sqlite and store.key */
    const char *url;            /* [borrow] as an_db_options.url */
    const char *key_file;       /* [borrow] empty or NULL: store.key in data_dir */
    unsigned sessions, wait_ms; /* as an_db_options */
    /* Called once by the store's thread when the database is open the first time; user as given. NULL: nothing. */
    void (*opened)(void *user, struct an_db *db, const struct an_secret *secret);
    void *user;
    bool wait; /* return only once it is open, or with the error: for the command line and tests */
};

struct an_store;

/* AN_ERR_NO_MEMORY; with wait also what an_db_open and an_secret_load say. */
enum an_err an_store_start(const struct an_store_options *options, struct an_store **ret, struct an_error *error);
/* No session may be out. NULL is fine. */
void an_store_stop(struct an_store *store);

/* Whether it is open and the last try to reach it went well. */
bool an_store_up(const struct an_store *store);
/* NULL until it has been opened. */
struct an_db *an_store_db(const struct an_store *store);
/* The key; NULL until it has been opened. */
const struct an_secret *an_store_secret(const struct an_store *store);
/* As an_db_take; AN_ERR_IO while it is not open. */
enum an_err an_store_take(struct an_store *store, struct an_db_session **ret, struct an_error *error);

#endif
