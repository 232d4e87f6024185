#include "store/store.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/log.h"

enum { RETRY_S = 2, PATH_MAX_BYTES = 512 };

struct an_store {
    char path[PATH_MAX_BYTES], key_path[PATH_MAX_BYTES];
    char *url; /* [own] */
    struct an_store_options options;
    struct an_secret secret;
    _Atomic(struct an_db *) db;
    pthread_t thread;
    bool thread_runs;
    pthread_mutex_t lock; /* stopping */
    pthread_cond_t wake;
    bool stopping;
};

struct print {
    uint8_t wanted[AN_SECRET_HASH_BYTES];
    bool found, same;
};

static bool see_print(void *user, const struct an_db_value *columns, size_t n)
{
    struct print *print = user;
    struct an_slice stored = an_db_get_slice(&columns[0]);
    (void)n;
    print->found = true;
    print->same = stored.len == 16 && memcmp(stored.at, print->wanted, 16) == 0;
    return false;
}

/* The database remembers which key its numbers are under. */
static enum an_err check_key(struct an_db *db, const struct an_secret *secret, struct an_error *error)
{
    struct an_db_session *session;
    struct print print = { 0 };
    an_secret_hash(secret, AN_SECRET_PRINT, "anning", 6, print.wanted);
    enum an_err err = an_db_take(db, &session, error);
    if (err != AN_OK) return err;
    const struct an_db_value value = an_db_blob(print.wanted, 16);
    err = an_db_run(session, "INSERT INTO store_key (id, print) VALUES (1, ?1) ON CONFLICT (id) DO NOTHING", &value, 1,
                    NULL, error);
    if (err == AN_OK)
        err = an_db_query(session, "SELECT print FROM store_key WHERE id = 1", NULL, 0, see_print, &print, error);
    an_db_give(session);
    if (err == AN_OK && !print.same)
        err = an_fail(error, AN_ERR_INVALID,
                      "the store was written under another key than this store.key; put the right key back "
                      "(two servers on one database need the same one: store.key_file)");
    return err;
}

static enum an_err open_once(struct an_store *store, struct an_error *error)
{
    struct an_db *db = NULL;
    const struct an_db_options options = { store->url, store->path, store->options.sessions, store->options.wait_ms };
    enum an_err err = an_secret_load(store->key_path, &store->secret, error);
    if (err == AN_OK) err = an_db_open(&options, &db, error);
    if (err == AN_OK) err = check_key(db, &store->secret, error);
    if (err != AN_OK) {
        an_db_close(db);
        return err;
    }
    atomic_store(&store->db, db);
    an_log(AN_LOG_INFO, "store.open", "the store is open (%s)", an_db_kind(db));
    if (store->options.opened != NULL) store->options.opened(store->options.user, db, &store->secret);
    return AN_OK;
}

/* True when the store stops. */
static bool pause_or_stop(struct an_store *store)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += RETRY_S;
    pthread_mutex_lock(&store->lock);
    if (!store->stopping) pthread_cond_timedwait(&store->wake, &store->lock, &until);
    bool stopping = store->stopping;
    pthread_mutex_unlock(&store->lock);
    return stopping;
}

static void *keep_trying(void *user)
{
    struct an_store *store = user;
    struct an_error error, told = { "" };
    do {
        if (open_once(store, &error) == AN_OK) return NULL;
        if (strcmp(error.text, told.text) == 0) continue;
        told = error;
        an_log(AN_LOG_ERROR, "store.open",
               "%s; trying again every %d s. Calls are judged as ever, the console and the people's paths answer 503",
               error.text, RETRY_S);
    } while (!pause_or_stop(store));
    return NULL;
}

static struct an_store *store_new(const struct an_store_options *options)
{
    struct an_store *store = calloc(1, sizeof *store);
    if (store == NULL) return NULL;
    store->options = *options;
    store->url = strdup(options->url == NULL ? "" : options->url);
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&store->wake, &attributes);
    pthread_condattr_destroy(&attributes);
    pthread_mutex_init(&store->lock, NULL);
    snprintf(store->path, sizeof store->path, "%s/anning.sqlite", options->data_dir);
    if (options->key_file != NULL && options->key_file[0] != '\0')
        snprintf(store->key_path, sizeof store->key_path, "%s", options->key_file);
    else
        snprintf(store->key_path, sizeof store->key_path, "%s/store.key", options->data_dir);
    return store;
}

static bool start_thread(struct an_store *store)
{
    sigset_t all, before; /* signals are the program's own threads' business */
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    store->thread_runs = pthread_create(&store->thread, NULL, keep_trying, store) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return store->thread_runs;
}

enum an_err an_store_start(const struct an_store_options *options, struct an_store **ret, struct an_error *error)
{
    an_assert(options != NULL && options->data_dir != NULL && ret != NULL);
    struct an_store *store = store_new(options);
    if (store == NULL || store->url == NULL) {
        an_store_stop(store);
        return an_fail(error, AN_ERR_NO_MEMORY, "no memory for the store");
    }
    enum an_err err = AN_OK;
    if (options->wait)
        err = open_once(store, error);
    else if (!start_thread(store))
        err = an_fail(error, AN_ERR_NO_MEMORY, "the store's thread can't be started");
    if (err != AN_OK) {
        an_store_stop(store);
        return err;
    }
    *ret = store;
    return AN_OK;
}

void an_store_stop(struct an_store *store)
{
    if (store == NULL) return;
    if (store->thread_runs) {
        pthread_mutex_lock(&store->lock);
        store->stopping = true;
        pthread_cond_signal(&store->wake);
        pthread_mutex_unlock(&store->lock);
        pthread_join(store->thread, NULL);
    }
    an_db_close(atomic_load(&store->db));
    an_secret_done(&store->secret);
    pthread_cond_destroy(&store->wake);
    pthread_mutex_destroy(&store->lock);
    free(store->url);
    free(store);
}

struct an_db *an_store_db(const struct an_store *store)
{
    return store == NULL ? NULL : atomic_load_explicit(&store->db, memory_order_acquire);
}

bool an_store_up(const struct an_store *store)
{
    const struct an_db *db = an_store_db(store);
    return db != NULL && an_db_up(db);
}

const struct an_secret *an_store_secret(const struct an_store *store)
{
    return an_store_db(store) == NULL ? NULL : &store->secret;
}

enum an_err an_store_take(struct an_store *store, struct an_db_session **ret, struct an_error *error)
{
    struct an_db *db = an_store_db(store);
    if (db == NULL) return an_fail(error, AN_ERR_IO, "the store is not open");
    return an_db_take(db, ret, error);
}
