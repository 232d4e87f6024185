/* The driver over SQLite: one file in the data folder, no server. */
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/hash.h"
#include "store/internal.h"

enum { STATEMENTS = 64 }; /* kept prepared, by a hash of their text */

struct connection {
    sqlite3 *db;
    struct {
        char *sql; /* [own] */
        sqlite3_stmt *statement;
    } kept[STATEMENTS];
};

static enum an_err failure(sqlite3 *db, int code, struct an_error *error)
{
    enum an_err err = AN_ERR_IO;
    switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED: err = AN_ERR_BUSY; break;
    case SQLITE_NOMEM: err = AN_ERR_NO_MEMORY; break;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: err = AN_ERR_CORRUPT; break;
    case SQLITE_CONSTRAINT:
        err = code == SQLITE_CONSTRAINT_UNIQUE || code == SQLITE_CONSTRAINT_PRIMARYKEY ? AN_ERR_EXISTS : AN_ERR_INVALID;
        break;
    case SQLITE_MISMATCH:
    case SQLITE_TOOBIG: err = AN_ERR_INVALID; break;
    default: break;
    }
    return an_fail(error, err, "SQLite: %s", db == NULL ? sqlite3_errstr(code) : sqlite3_errmsg(db));
}

static void disconnect(void *user)
{
    struct connection *connection = user;
    if (connection == NULL) return;
    for (int i = 0; i < STATEMENTS; i++) {
        sqlite3_finalize(connection->kept[i].statement);
        free(connection->kept[i].sql);
    }
    sqlite3_close(connection->db);
    free(connection);
}

static enum an_err script(void *user, const char *sql, struct an_error *error)
{
    struct connection *connection = user;
    int code = sqlite3_exec(connection->db, sql, NULL, NULL, NULL);
    return code == SQLITE_OK ? AN_OK : failure(connection->db, code, error);
}

static enum an_err connect_to(const char *path, unsigned wait_ms, void **ret_connection, struct an_error *error)
{
    /* Made here first, so that nobody else can ever read it; SQLite gives its other files the same rights. One that is
     * there must not be opened: closing it would drop the locks of this process's other connections (fcntl(2)), and
     * the next program to look in would take away the write-ahead log under them. */
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0 && errno != EEXIST) return an_fail(error, AN_ERR_IO, "%s: %s", path, strerror(errno));
    if (fd >= 0) close(fd);
    struct connection *connection = calloc(1, sizeof *connection);
    if (connection == NULL) return an_fail(error, AN_ERR_NO_MEMORY, "no memory");
    int code = sqlite3_open_v2(path, &connection->db,
                               SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, NULL);
    if (code == SQLITE_OK) code = sqlite3_busy_timeout(connection->db, (int)wait_ms);
    if (code == SQLITE_OK) code = sqlite3_db_config(connection->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_exec(connection->db,
                            "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"
                            "PRAGMA trusted_schema=OFF; PRAGMA secure_delete=ON; PRAGMA temp_store=MEMORY",
                            NULL, NULL, NULL);
    if (code != SQLITE_OK) {
        struct an_error why;
        enum an_err err = failure(connection->db, code, &why);
        disconnect(connection);
        return an_fail(error, err, "%s: %s", path, why.text);
    }
    *ret_connection = connection;
    return AN_OK;
}

static bool alive(void *user)
{
    (void)user;
    return true;
}

static enum an_err prepare(struct connection *connection, const char *sql, sqlite3_stmt **ret, struct an_error *error)
{
    size_t len = strlen(sql), slot = an_hash64(sql, len, 0) % STATEMENTS;
    if (connection->kept[slot].sql != NULL && strcmp(connection->kept[slot].sql, sql) == 0) {
        *ret = connection->kept[slot].statement;
        return AN_OK;
    }
    const char *tail;
    int code = sqlite3_prepare_v3(connection->db, sql, (int)len + 1, SQLITE_PREPARE_PERSISTENT, ret, &tail);
    if (code != SQLITE_OK) return failure(connection->db, code, error);
    an_assert(*ret != NULL && tail[strspn(tail, " \n;")] == '\0');
    sqlite3_finalize(connection->kept[slot].statement);
    free(connection->kept[slot].sql);
    connection->kept[slot].statement = *ret;
    connection->kept[slot].sql = strdup(sql); /* NULL: it is prepared again next time */
    return AN_OK;
}

static int bind(sqlite3_stmt *statement, int at, const struct an_db_value *value)
{
    const char *bytes = value->s.at == NULL ? "" : value->s.at;
    switch (value->type) {
    case AN_DB_NULL: return sqlite3_bind_null(statement, at);
    case AN_DB_INT: return sqlite3_bind_int64(statement, at, value->i);
    case AN_DB_REAL: return sqlite3_bind_double(statement, at, value->r);
    case AN_DB_TEXT: return sqlite3_bind_text64(statement, at, bytes, value->s.len, SQLITE_STATIC, SQLITE_UTF8);
    case AN_DB_BLOB: return sqlite3_bind_blob64(statement, at, bytes, value->s.len, SQLITE_STATIC);
    }
    return SQLITE_MISUSE;
}

static struct an_db_value column_of(sqlite3_stmt *statement, int at)
{
    switch (sqlite3_column_type(statement, at)) {
    case SQLITE_INTEGER: return an_db_int(sqlite3_column_int64(statement, at));
    case SQLITE_FLOAT: return an_db_real(sqlite3_column_double(statement, at));
    case SQLITE_TEXT: {
        const char *text = (const char *)sqlite3_column_text(statement, at);
        return an_db_slice((struct an_slice) { text, (size_t)sqlite3_column_bytes(statement, at) });
    }
    case SQLITE_BLOB: {
        const void *bytes = sqlite3_column_blob(statement, at);
        return an_db_blob(bytes == NULL ? "" : bytes, (size_t)sqlite3_column_bytes(statement, at));
    }
    default: return an_db_null();
    }
}

static int step_all(sqlite3_stmt *statement, an_db_row_fn *row, void *user)
{
    struct an_db_value columns[AN_DB_VALUES_MAX];
    int code, n = sqlite3_column_count(statement);
    an_assert(n <= AN_DB_VALUES_MAX);
    while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
        if (row == NULL) continue;
        for (int i = 0; i < n; i++) columns[i] = column_of(statement, i);
        if (!row(user, columns, (size_t)n)) row = NULL;
        if (row == NULL && sqlite3_stmt_readonly(statement)) return SQLITE_DONE;
    }
    return code;
}

static enum an_err run(void *user, const char *sql, const struct an_db_value *values, size_t count,
                       int64_t *ret_changed, an_db_row_fn *row, void *row_user, struct an_error *error)
{
    struct connection *connection = user;
    sqlite3_stmt *statement;
    enum an_err err = prepare(connection, sql, &statement, error);
    if (err != AN_OK) return err;
    int code = SQLITE_OK;
    for (size_t i = 0; i < count && code == SQLITE_OK; i++) code = bind(statement, (int)i + 1, &values[i]);
    if (code == SQLITE_OK) code = step_all(statement, row, row_user);
    if (code != SQLITE_DONE)
        err = failure(connection->db, code, error);
    else if (ret_changed != NULL)
        *ret_changed = sqlite3_stmt_readonly(statement) ? 0 : sqlite3_changes64(connection->db);
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
    return err;
}

const struct an_db_driver an_db_sqlite = {
    .kind = "SQLite",
    .connect = connect_to,
    .disconnect = disconnect,
    .alive = alive,
    .run = run,
    .script = script,
    .begin = "BEGIN IMMEDIATE",
    .one_writer = true,
    .lock = "",
    .blob_type = "BLOB",
};
