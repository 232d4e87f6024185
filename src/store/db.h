/* The store's database: SQLite or PostgreSQL behind one face. Layer: store.
 *
 * What people set, report and ask lives here; no stage of a call ever does. One SQL for both: parameters ?1, ?2, ...;
 * types BIGINT, DOUBLE PRECISION, TEXT, BLOB; INSERT ... ON CONFLICT ... DO UPDATE and RETURNING; times are
 * microseconds since 1970; ids come from an_db_id(), never from the database. What differs and must be kept in mind:
 * a failed statement spoils its transaction (roll back), SUM() of BIGINT needs no cast (a whole number comes back as
 * INT), a NULL parameter has no type of its own (not `?1 IS NULL OR x = ?1`: build the statement instead), text has
 * to be UTF-8 without NUL (refused with AN_ERR_INVALID), and LIKE asks for case in PostgreSQL only.
 *
 * A pool of connections; each is used by one thread at a time. SQLite runs in WAL mode, synced at each commit.
 * PostgreSQL's lost connections are made anew when one is taken; while it is away, taking fails at once but for one
 * attempt a second. Costs: a statement is a few 10 us (SQLite, read) up to a sync of the disk (each commit).
 * Sources: https://www.sqlite.org/wal.html, PostgreSQL 15 manual chapter 34 (libpq). */
#ifndef ANNING_STORE_DB_H
#define ANNING_STORE_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/slice.h"

enum {
    AN_DB_SESSIONS_MAX = 64,
    AN_DB_SESSIONS_DEFAULT = 8,
    AN_DB_VALUES_MAX = 32,  /* parameters of a statement, columns of a row */
    AN_DB_SQL_MAX = 8192,   /* bytes of a statement */
    AN_DB_WAIT_MS = 2000,   /* for a free connection, for a lock of SQLite, for a connection to PostgreSQL */
    AN_DB_ID_TEXT_MAX = 17, /* 16 hex digits and NUL */
};

struct an_db;
struct an_db_session;

enum an_db_type { AN_DB_NULL, AN_DB_INT, AN_DB_REAL, AN_DB_TEXT, AN_DB_BLOB };

struct an_db_value {
    enum an_db_type type;
    union {
        int64_t i;
        double r;
        struct an_slice s; /* [borrow] TEXT, BLOB; of a row: until its callback returns; TEXT is NUL-terminated then */
    };
};

static inline struct an_db_value an_db_null(void)
{
    return (struct an_db_value) { .type = AN_DB_NULL };
}
static inline struct an_db_value an_db_int(int64_t i)
{
    return (struct an_db_value) { .type = AN_DB_INT, .i = i };
}
static inline struct an_db_value an_db_real(double r)
{
    return (struct an_db_value) { .type = AN_DB_REAL, .r = r };
}
static inline struct an_db_value an_db_slice(struct an_slice s)
{
    return (struct an_db_value) { .type = AN_DB_TEXT, .s = s };
}
/* NULL becomes NULL. */
static inline struct an_db_value an_db_text(const char *text)
{
    return text == NULL ? an_db_null() : an_db_slice(an_slice_of(text));
}
static inline struct an_db_value an_db_blob(const void *bytes, size_t len)
{
    return (struct an_db_value) { .type = AN_DB_BLOB, .s = { bytes, len } };
}

/* A column as a number; 0 when it is none. */
static inline int64_t an_db_get_int(const struct an_db_value *value)
{
    return value->type == AN_DB_INT ? value->i : value->type == AN_DB_REAL ? (int64_t)value->r : 0;
}
static inline double an_db_get_real(const struct an_db_value *value)
{
    return value->type == AN_DB_REAL ? value->r : value->type == AN_DB_INT ? (double)value->i : 0;
}
/* Text or blob; empty when it is neither. */
static inline struct an_slice an_db_get_slice(const struct an_db_value *value)
{
    return value->type == AN_DB_TEXT || value->type == AN_DB_BLOB ? value->s : (struct an_slice) { NULL, 0 };
}
/* The text, cut to size - 1 bytes and ended with NUL. */
static inline void an_db_get_text(const struct an_db_value *value, char *out, size_t size)
{
    an_slice_copy(an_db_get_slice(value), out, size);
}

struct an_db_options {
    const char *url;   /* [borrow] empty or NULL: SQLite in path; "postgresql://...": PostgreSQL */
    const char *path;  /* [borrow] SQLite's file; made when it is not there, readable for its owner only */
    unsigned sessions; /* 0: AN_DB_SESSIONS_DEFAULT */
    unsigned wait_ms;  /* for a lock of SQLite; 0: AN_DB_WAIT_MS */
};

/* Opens and brings the schema up to date. AN_ERR_IO: not reachable; AN_ERR_UNSUPPORTED: its schema is newer than this
 * program; AN_ERR_INVALID: no such kind of url. The message never holds a password. */
enum an_err an_db_open(const struct an_db_options *options, struct an_db **ret, struct an_error *error);
/* No session may be out. NULL is fine. */
void an_db_close(struct an_db *db);
/* "SQLite" or "PostgreSQL". */
const char *an_db_kind(const struct an_db *db);
/* Whether the last try to reach it went well, and it can be written to. Any thread. */
bool an_db_up(const struct an_db *db);

/* A connection of the pool for the calling thread. Waits at most AN_DB_WAIT_MS, then AN_ERR_BUSY; AN_ERR_IO when the
 * database can't be reached. */
enum an_err an_db_take(struct an_db *db, struct an_db_session **ret, struct an_error *error);
/* A transaction left open is rolled back. NULL is fine. */
void an_db_give(struct an_db_session *session);

/* Write transactions: SQLite takes its one writer's lock here. They don't nest. */
enum an_err an_db_begin(struct an_db_session *session, struct an_error *error);
enum an_err an_db_commit(struct an_db_session *session, struct an_error *error);
void an_db_rollback(struct an_db_session *session);

/* One statement; values[0] is ?1. ret_changed (may be NULL): rows written. AN_ERR_EXISTS: a key is taken already;
 * AN_ERR_INVALID: another constraint, or text that is none; AN_ERR_BUSY: somebody else's lock; AN_ERR_IO: the rest. */
enum an_err an_db_run(struct an_db_session *session, const char *sql, const struct an_db_value *values, size_t count,
                      int64_t *ret_changed, struct an_error *error);
/* Row by row, in memory one at a time; row returns false to stop, which is no error. row may not use the session. */
enum an_err an_db_query(struct an_db_session *session, const char *sql, const struct an_db_value *values, size_t count,
                        bool (*row)(void *user, const struct an_db_value *columns, size_t n), void *user,
                        struct an_error *error);

/* A new id: 63 random bits, not 0. */
int64_t an_db_id(void);
/* 16 hex digits. */
const char *an_db_id_text(int64_t id, char ret_text[AN_DB_ID_TEXT_MAX]);
/* False when text is not 16 hex digits (lower case) of an id. */
bool an_db_id_of_text(struct an_slice text, int64_t *ret_id);

#endif
