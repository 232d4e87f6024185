#include "store/db.h"

#include <errno.h>
#include <pthread.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "store/internal.h"

enum {
    RETRY_US = 1000000, /* between attempts to reach a database that is away */
    PROBE_US = 3000000, /* after a statement failed, until it is tried whether writing works again */
};

struct an_db_session {
    struct an_db *db;
    void *connection; /* [own] of the driver; NULL: not connected */
    bool out, in_transaction, in_query, writing;
};

struct an_db {
    const struct an_db_driver *driver;
    char *target; /* [own] */
    unsigned count, wait_ms;
    struct an_db_session *sessions; /* [own] count of them */
    pthread_mutex_t lock;           /* out of each session, retry_us, writing */
    pthread_cond_t given;
    pthread_cond_t written;
    bool writing;      /* somebody is, from begin to the end; only where the driver has one_writer */
    uint64_t retry_us; /* monotonic */
    atomic_bool up;
    /* It is there, but a statement failed: full, read-only, damaged, locked by somebody. Monotonic; 0: none. */
    _Atomic uint64_t failed_us;
};

/* ---- the pool ---- */

static struct an_db_session *free_session(struct an_db *db)
{
    struct an_db_session *found = NULL;
    for (unsigned i = 0; i < db->count; i++) {
        struct an_db_session *session = &db->sessions[i];
        if (session->out) continue;
        if (session->connection != NULL) return session;
        if (found == NULL) found = session;
    }
    return found;
}

/* When who waits for others of this process has waited long enough. */
static struct timespec patience(void)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += AN_DB_WAIT_MS / 1000;
    return until;
}

static struct an_db_session *wait_for_session(struct an_db *db)
{
    const struct timespec until = patience();
    struct an_db_session *session;
    pthread_mutex_lock(&db->lock);
    while ((session = free_session(db)) == NULL)
        if (pthread_cond_timedwait(&db->given, &db->lock, &until) == ETIMEDOUT) break;
    if (session != NULL) session->out = true;
    pthread_mutex_unlock(&db->lock);
    return session;
}

/* While the database is away one thread a second tries; the others need not wait with it. */
static bool may_try(struct an_db *db)
{
    if (atomic_load(&db->up)) return true;
    uint64_t now_us = an_clock_mono_us();
    pthread_mutex_lock(&db->lock);
    bool may = now_us >= db->retry_us;
    if (may) db->retry_us = now_us + RETRY_US;
    pthread_mutex_unlock(&db->lock);
    return may;
}

static void put_back(struct an_db_session *session)
{
    struct an_db *db = session->db;
    pthread_mutex_lock(&db->lock);
    session->out = false;
    pthread_cond_signal(&db->given);
    pthread_mutex_unlock(&db->lock);
}

static void note(struct an_db *db, bool up)
{
    if (atomic_load_explicit(&db->up, memory_order_relaxed) != up) atomic_store(&db->up, up);
}

static enum an_err connect_session(struct an_db_session *session, struct an_error *error)
{
    struct an_db *db = session->db;
    if (session->connection != NULL) db->driver->disconnect(session->connection);
    session->connection = NULL;
    if (!may_try(db)) return an_fail(error, AN_ERR_IO, "%s can't be reached at the moment", db->driver->kind);
    enum an_err err = db->driver->connect(db->target, db->wait_ms, &session->connection, error);
    note(db, err == AN_OK);
    return err;
}

/* Writes nothing new, but needs all that writing needs. Only when nothing has failed for a while: on a disk that is
 * full a little may still be written. */
static void probe(struct an_db_session *session, uint64_t failed_us)
{
    struct an_db *db = session->db;
    struct an_error error;
    uint64_t now_us = an_clock_mono_us();
    if (now_us < failed_us + PROBE_US) return;
    enum an_err err =
        db->driver->run(session->connection, "UPDATE store_key SET id = id", NULL, 0, NULL, NULL, NULL, &error);
    atomic_compare_exchange_strong(&db->failed_us, &failed_us, err == AN_OK ? 0 : now_us);
}

enum an_err an_db_take(struct an_db *db, struct an_db_session **ret, struct an_error *error)
{
    an_assert(db != NULL && ret != NULL);
    struct an_db_session *session = wait_for_session(db);
    if (session == NULL)
        return an_fail(error, AN_ERR_BUSY, "all %u connections to %s are in use for %d ms", db->count, db->driver->kind,
                       AN_DB_WAIT_MS);
    if (session->connection == NULL || !db->driver->alive(session->connection)) {
        enum an_err err = connect_session(session, error);
        if (err != AN_OK) {
            put_back(session);
            return err;
        }
    }
    uint64_t failed_us = atomic_load_explicit(&db->failed_us, memory_order_relaxed);
    if (failed_us != 0) probe(session, failed_us);
    *ret = session;
    return AN_OK;
}

void an_db_give(struct an_db_session *session)
{
    if (session == NULL) return;
    an_assert(session->out && !session->in_query);
    if (session->in_transaction) an_db_rollback(session);
    put_back(session);
}

bool an_db_up(const struct an_db *db)
{
    return atomic_load_explicit(&db->up, memory_order_relaxed) &&
           atomic_load_explicit(&db->failed_us, memory_order_relaxed) == 0;
}

const char *an_db_kind(const struct an_db *db)
{
    return db->driver->kind;
}

/* ---- statements ---- */

static bool is_text(struct an_slice text)
{
    if (text.len == 0) return true;
    const unsigned char *at = (const unsigned char *)text.at, *end = at + text.len;
    while (at < end) {
        unsigned c = *at++;
        if (c == 0) return false;
        if (c < 0x80) continue;
        unsigned more = c >= 0xf0 ? 3 : c >= 0xe0 ? 2 : 1;
        if (c < 0xc2 || c > 0xf4 || (size_t)(end - at) < more) return false;
        if ((c == 0xe0 && at[0] < 0xa0) || (c == 0xed && at[0] > 0x9f) || (c == 0xf0 && at[0] < 0x90) ||
            (c == 0xf4 && at[0] > 0x8f))
            return false;
        while (more-- > 0)
            if ((*at++ & 0xc0) != 0x80) return false;
    }
    return true;
}

static enum an_err run(struct an_db_session *session, const char *sql, const struct an_db_value *values, size_t count,
                       int64_t *ret_changed, an_db_row_fn *row, void *user, struct an_error *error)
{
    an_assert(session != NULL && session->out && !session->in_query && count <= AN_DB_VALUES_MAX);
    an_assert(strlen(sql) < AN_DB_SQL_MAX);
    struct an_db *db = session->db;
    for (size_t i = 0; i < count; i++)
        if (values[i].type == AN_DB_TEXT && !is_text(values[i].s))
            return an_fail(error, AN_ERR_INVALID, "text has to be UTF-8 without NUL");
    if (session->connection == NULL) return an_fail(error, AN_ERR_IO, "the connection to %s is lost", db->driver->kind);
    session->in_query = true;
    enum an_err err = db->driver->run(session->connection, sql, values, count, ret_changed, row, user, error);
    session->in_query = false;
    if (err == AN_OK) note(db, true);
    if (err == AN_ERR_IO || err == AN_ERR_CORRUPT || err == AN_ERR_BUSY)
        atomic_store(&db->failed_us, an_clock_mono_us());
    if (err == AN_ERR_IO && !db->driver->alive(session->connection)) note(db, false);
    return err;
}

enum an_err an_db_run(struct an_db_session *session, const char *sql, const struct an_db_value *values, size_t count,
                      int64_t *ret_changed, struct an_error *error)
{
    return run(session, sql, values, count, ret_changed, NULL, NULL, error);
}

enum an_err an_db_query(struct an_db_session *session, const char *sql, const struct an_db_value *values, size_t count,
                        bool (*row)(void *user, const struct an_db_value *columns, size_t n), void *user,
                        struct an_error *error)
{
    an_assert(row != NULL);
    return run(session, sql, values, count, NULL, row, user, error);
}

/* SQLite's own waiting sleeps and asks again, and whoever writes batch after batch is there first each time. */
static enum an_err begin_writing(struct an_db_session *session, struct an_error *error)
{
    struct an_db *db = session->db;
    if (!db->driver->one_writer) return AN_OK;
    const struct timespec until = patience();
    pthread_mutex_lock(&db->lock);
    while (db->writing)
        if (pthread_cond_timedwait(&db->written, &db->lock, &until) == ETIMEDOUT) break;
    session->writing = !db->writing;
    db->writing = true;
    pthread_mutex_unlock(&db->lock);
    return session->writing
               ? AN_OK
               : an_fail(error, AN_ERR_BUSY, "others write to %s for %d ms", db->driver->kind, AN_DB_WAIT_MS);
}

static void end_writing(struct an_db_session *session)
{
    struct an_db *db = session->db;
    if (!session->writing) return;
    session->writing = false;
    pthread_mutex_lock(&db->lock);
    db->writing = false;
    pthread_cond_signal(&db->written);
    pthread_mutex_unlock(&db->lock);
}

enum an_err an_db_begin(struct an_db_session *session, struct an_error *error)
{
    an_assert(!session->in_transaction);
    enum an_err err = begin_writing(session, error);
    if (err == AN_OK) err = run(session, session->db->driver->begin, NULL, 0, NULL, NULL, NULL, error);
    session->in_transaction = err == AN_OK;
    if (err != AN_OK) end_writing(session);
    return err;
}

enum an_err an_db_commit(struct an_db_session *session, struct an_error *error)
{
    an_assert(session->in_transaction);
    enum an_err err = run(session, "COMMIT", NULL, 0, NULL, NULL, NULL, error);
    if (err != AN_OK) {
        an_db_rollback(session);
        return err;
    }
    session->in_transaction = false;
    end_writing(session);
    return AN_OK;
}

void an_db_rollback(struct an_db_session *session)
{
    an_assert(session != NULL);
    if (!session->in_transaction) return;
    session->in_transaction = false;
    struct an_error error;
    if (run(session, "ROLLBACK", NULL, 0, NULL, NULL, NULL, &error) != AN_OK && session->connection != NULL) {
        /* Nobody knows what this connection is in the middle of. */
        session->db->driver->disconnect(session->connection);
        session->connection = NULL;
    }
    end_writing(session);
}

/* ---- the schema ---- */

/* Numbers that are in force, as bits. */
struct known {
    bool have[1000];
    int64_t newest;
};

static bool keep_known(void *user, const struct an_db_value *columns, size_t n)
{
    struct known *known = user;
    int64_t number = an_db_get_int(&columns[0]);
    (void)n;
    if (number > known->newest) known->newest = number;
    if (number > 0 && number < 1000) known->have[number] = true;
    return true;
}

static enum an_err check_known(const struct known *known, struct an_error *error)
{
    for (int number = 1; number < 1000; number++) {
        if (!known->have[number]) continue;
        const struct an_db_migration *row = an_db_schema;
        while (row->number != 0 && row->number != (unsigned)number) row++;
        if (row->number == 0)
            return an_fail(error, AN_ERR_UNSUPPORTED,
                           "the store's schema is newer than this program: it has step %d, which is not known here; "
                           "run the version that made it, or a newer one",
                           number);
    }
    return AN_OK;
}

/* BLOB as the database calls it. */
static char *schema_text(const struct an_db_driver *driver, const char *sql)
{
    const char *word = "BLOB";
    size_t len = strlen(sql), more = strlen(driver->blob_type);
    char *text = malloc(len * (more > 4 ? 2 : 1) + 1), *to = text;
    if (text == NULL) return NULL;
    while (*sql != '\0') {
        if (strncmp(sql, word, 4) == 0) {
            to = stpcpy(to, driver->blob_type);
            sql += 4;
        } else {
            *to++ = *sql++;
        }
    }
    *to = '\0';
    return text;
}

static enum an_err apply(struct an_db_session *session, const struct an_db_migration *row, struct an_error *error)
{
    struct an_error why;
    char *sql = schema_text(session->db->driver, row->sql);
    if (sql == NULL) return an_fail(error, AN_ERR_NO_MEMORY, "no memory");
    enum an_err err = session->db->driver->script(session->connection, sql, &why);
    free(sql);
    const struct an_db_value values[] = { an_db_int(row->number), an_db_text(row->name),
                                          an_db_int((int64_t)an_clock_wall_us()) };
    if (err == AN_OK)
        err = an_db_run(session, "INSERT INTO migration (number, name, applied) VALUES (?1, ?2, ?3)", values, 3, NULL,
                        &why);
    if (err != AN_OK)
        return an_fail(error, err, "the store's schema, step %03u-%s: %s", row->number, row->name, why.text);
    an_log(AN_LOG_INFO, "store.schema", "step %03u-%s is in force", row->number, row->name);
    return AN_OK;
}

static enum an_err migrate_inside(struct an_db_session *session, struct an_error *error)
{
    struct known known = { 0 };
    const struct an_db_driver *driver = session->db->driver;
    enum an_err err = driver->lock[0] == '\0' ? AN_OK : driver->script(session->connection, driver->lock, error);
    if (err == AN_OK)
        err = an_db_run(session,
                        "CREATE TABLE IF NOT EXISTS migration (number BIGINT PRIMARY KEY, name TEXT NOT NULL, "
                        "applied BIGINT NOT NULL)",
                        NULL, 0, NULL, error);
    if (err == AN_OK) err = an_db_query(session, "SELECT number FROM migration", NULL, 0, keep_known, &known, error);
    if (err == AN_OK) err = check_known(&known, error);
    for (const struct an_db_migration *row = an_db_schema; err == AN_OK && row->number != 0; row++)
        if (!known.have[row->number]) err = apply(session, row, error);
    return err;
}

static enum an_err migrate(struct an_db *db, struct an_error *error)
{
    struct an_db_session *session;
    enum an_err err = an_db_take(db, &session, error);
    if (err != AN_OK) return err;
    err = an_db_begin(session, error);
    if (err == AN_OK) err = migrate_inside(session, error);
    if (err == AN_OK)
        err = an_db_commit(session, error);
    else
        an_db_rollback(session);
    an_db_give(session);
    return err;
}

/* ---- open and close ---- */

static const struct an_db_driver *driver_of(const char *url)
{
    if (url == NULL || url[0] == '\0') return &an_db_sqlite;
    if (strncmp(url, "postgresql://", 13) == 0 || strncmp(url, "postgres://", 11) == 0) return &an_db_postgres;
    return NULL;
}

static struct an_db *db_new(const struct an_db_driver *driver, const char *target, unsigned count)
{
    struct an_db *db = calloc(1, sizeof *db);
    if (db == NULL) return NULL;
    db->driver = driver;
    db->count = count;
    db->target = strdup(target);
    db->sessions = calloc(count, sizeof *db->sessions);
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&db->given, &attributes);
    pthread_cond_init(&db->written, &attributes);
    pthread_condattr_destroy(&attributes);
    pthread_mutex_init(&db->lock, NULL);
    atomic_init(&db->up, true);
    if (db->target == NULL || db->sessions == NULL) {
        an_db_close(db);
        return NULL;
    }
    for (unsigned i = 0; i < count; i++) db->sessions[i].db = db;
    return db;
}

enum an_err an_db_open(const struct an_db_options *options, struct an_db **ret, struct an_error *error)
{
    an_assert(options != NULL && ret != NULL && options->sessions <= AN_DB_SESSIONS_MAX);
    const struct an_db_driver *driver = driver_of(options->url);
    if (driver == NULL)
        return an_fail(error, AN_ERR_INVALID,
                       "store.url has to be empty (SQLite) or to begin with postgresql://, such as "
                       "postgresql://anning@db.example/anning");
    if (sodium_init() < 0) return an_fail(error, AN_ERR_IO, "libsodium can't start");
    const char *target = driver == &an_db_sqlite ? options->path : options->url;
    an_assert(target != NULL);
    struct an_db *db = db_new(driver, target, options->sessions == 0 ? AN_DB_SESSIONS_DEFAULT : options->sessions);
    if (db == NULL) return an_fail(error, AN_ERR_NO_MEMORY, "no memory for the store");
    db->wait_ms = options->wait_ms == 0 ? AN_DB_WAIT_MS : options->wait_ms;
    enum an_err err = migrate(db, error);
    if (err != AN_OK) {
        an_db_close(db);
        return err;
    }
    *ret = db;
    return AN_OK;
}

void an_db_close(struct an_db *db)
{
    if (db == NULL) return;
    for (unsigned i = 0; db->sessions != NULL && i < db->count; i++) {
        an_assert(!db->sessions[i].out);
        if (db->sessions[i].connection != NULL) db->driver->disconnect(db->sessions[i].connection);
    }
    pthread_cond_destroy(&db->given);
    pthread_cond_destroy(&db->written);
    pthread_mutex_destroy(&db->lock);
    free(db->sessions);
    free(db->target);
    free(db);
}

/* ---- ids ---- */

int64_t an_db_id(void)
{
    uint64_t id = 0;
    while (id == 0) {
        randombytes_buf(&id, sizeof id);
        id &= INT64_MAX;
    }
    return (int64_t)id;
}

const char *an_db_id_text(int64_t id, char ret_text[AN_DB_ID_TEXT_MAX])
{
    snprintf(ret_text, AN_DB_ID_TEXT_MAX, "%016llx", (unsigned long long)id);
    return ret_text;
}

bool an_db_id_of_text(struct an_slice text, int64_t *ret_id)
{
    uint64_t id = 0;
    if (text.len != AN_DB_ID_TEXT_MAX - 1) return false;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.at[i];
        if (!an_is_digit(c) && (c < 'a' || c > 'f')) return false;
        id = id << 4 | (uint64_t)(an_is_digit(c) ? c - '0' : c - 'a' + 10);
    }
    if (id == 0 || id > INT64_MAX) return false;
    *ret_id = (int64_t)id;
    return true;
}
