/* The driver over PostgreSQL: libpq, parameters with their types, rows one at a time. */
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "store/internal.h"

/* Types of PostgreSQL's catalogue (pg_type.dat); they never change. */
enum {
    TYPE_BOOL = 16,
    TYPE_BYTEA = 17,
    TYPE_INT8 = 20,
    TYPE_INT2 = 21,
    TYPE_INT4 = 23,
    TYPE_TEXT = 25,
    TYPE_FLOAT4 = 700,
    TYPE_FLOAT8 = 701,
    TYPE_NUMERIC = 1700,
};

/* The first line of what went wrong. */
static enum an_err say(enum an_err err, const char *text, struct an_error *error)
{
    return an_fail(error, err, "PostgreSQL: %.*s", (int)strcspn(text, "\n"), text);
}

static enum an_err failure(const PGconn *connection, const PGresult *result, struct an_error *error)
{
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char *text = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    enum an_err err = AN_ERR_IO;
    if (state == NULL) return say(err, PQerrorMessage(connection), error);
    if (strcmp(state, "23505") == 0)
        err = AN_ERR_EXISTS;
    else if (strncmp(state, "23", 2) == 0 || strncmp(state, "22", 2) == 0)
        err = AN_ERR_INVALID;
    else if (strcmp(state, "40001") == 0 || strcmp(state, "40P01") == 0 || strcmp(state, "55P03") == 0)
        err = AN_ERR_BUSY;
    return say(err, text == NULL ? state : text, error);
}

static void no_notice(void *user, const char *text)
{
    (void)user, (void)text;
}

static enum an_err script(void *user, const char *sql, struct an_error *error)
{
    PGresult *result = PQexec(user, sql);
    ExecStatusType status = PQresultStatus(result);
    bool fine = status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
    enum an_err err = fine ? AN_OK : failure(user, result, error);
    PQclear(result);
    return err;
}

static void disconnect(void *user)
{
    PQfinish(user);
}

static enum an_err connect_to(const char *url, unsigned wait_ms, void **ret_connection, struct an_error *error)
{
    (void)wait_ms; /* rows are locked, not the database: two seconds do for everybody */
    /* What stands before dbname may be said otherwise in the url. */
    const char *const names[] = { "connect_timeout", "tcp_user_timeout", "fallback_application_name",
                                  "dbname",          "client_encoding",  NULL };
    const char *const values[] = { "2", "5000", "anning", url, "UTF8", NULL };
    PGconn *connection = PQconnectdbParams(names, values, 1);
    if (connection == NULL) return an_fail(error, AN_ERR_NO_MEMORY, "no memory");
    enum an_err err = AN_OK;
    if (PQstatus(connection) != CONNECTION_OK) {
        err = say(AN_ERR_IO, PQerrorMessage(connection), error);
    } else {
        PQsetNoticeProcessor(connection, no_notice, NULL);
        err = script(connection,
                     "SET statement_timeout = '30s'; SET lock_timeout = '2s'; SET TIME ZONE 'UTC';"
                     "SET idle_in_transaction_session_timeout = '60s'; SET standard_conforming_strings = on;"
                     "SET bytea_output = 'hex'; SET extra_float_digits = 1",
                     error);
    }
    if (err != AN_OK)
        PQfinish(connection);
    else
        *ret_connection = connection;
    return err;
}

/* A closed connection is seen by reading, which does not wait. */
static bool alive(void *user)
{
    return PQstatus(user) == CONNECTION_OK && PQconsumeInput(user) == 1 && PQstatus(user) == CONNECTION_OK;
}

/* ?1 to $1, outside of quotes. */
static void rewrite(const char *sql, char out[AN_DB_SQL_MAX])
{
    char quote = '\0';
    for (; *sql != '\0'; sql++) {
        if (quote != '\0')
            quote = *sql == quote ? '\0' : quote;
        else if (*sql == '\'' || *sql == '"')
            quote = *sql;
        *out++ = quote == '\0' && sql[0] == '?' && an_is_digit(sql[1]) ? '$' : *sql;
    }
    *out = '\0';
}

/* Parameters as libpq takes them. Numbers go as text, blobs as they are. */
struct parameters {
    Oid types[AN_DB_VALUES_MAX];
    const char *values[AN_DB_VALUES_MAX];
    int lengths[AN_DB_VALUES_MAX], formats[AN_DB_VALUES_MAX];
    char numbers[AN_DB_VALUES_MAX][32];
    char *texts; /* [own] with the NULs that slices lack */
};

static bool fill(struct parameters *p, const struct an_db_value *values, size_t count)
{
    size_t room = 1;
    for (size_t i = 0; i < count; i++)
        if (values[i].type == AN_DB_TEXT) room += values[i].s.len + 1;
    char *to = p->texts = malloc(room);
    if (to == NULL) return false;
    for (size_t i = 0; i < count; i++) {
        const struct an_db_value *value = &values[i];
        p->types[i] = 0;
        p->values[i] = NULL;
        p->lengths[i] = p->formats[i] = 0;
        if (value->type == AN_DB_INT) {
            p->types[i] = TYPE_INT8;
            snprintf(p->numbers[i], sizeof p->numbers[i], "%lld", (long long)value->i);
            p->values[i] = p->numbers[i];
        } else if (value->type == AN_DB_REAL) {
            p->types[i] = TYPE_FLOAT8;
            snprintf(p->numbers[i], sizeof p->numbers[i], "%.17g", value->r);
            p->values[i] = p->numbers[i];
        } else if (value->type == AN_DB_TEXT) {
            p->types[i] = TYPE_TEXT;
            p->values[i] = to;
            if (value->s.len > 0) memcpy(to, value->s.at, value->s.len);
            to[value->s.len] = '\0';
            to += value->s.len + 1;
        } else if (value->type == AN_DB_BLOB) {
            p->types[i] = TYPE_BYTEA;
            p->values[i] = value->s.at == NULL ? "" : value->s.at;
            p->lengths[i] = (int)value->s.len;
            p->formats[i] = 1;
        }
    }
    return true;
}

static int nibble(char c)
{
    return an_is_digit(c) ? c - '0' : c - 'a' + 10;
}

/* "\x0aff" to bytes, in place. */
static struct an_db_value bytes_of(char *text, size_t len)
{
    size_t n = len < 2 ? 0 : (len - 2) / 2;
    for (size_t i = 0; i < n; i++)
        text[i] = (char)(unsigned char)(nibble(text[2 + 2 * i]) << 4 | nibble(text[3 + 2 * i]));
    return an_db_blob(text, n);
}

static struct an_db_value column_of(PGresult *result, int at)
{
    if (PQgetisnull(result, 0, at)) return an_db_null();
    char *text = PQgetvalue(result, 0, at);
    size_t len = (size_t)PQgetlength(result, 0, at);
    double real = 0;
    switch (PQftype(result, at)) {
    case TYPE_BOOL: return an_db_int(text[0] == 't');
    case TYPE_INT2:
    case TYPE_INT4:
    case TYPE_INT8: return an_db_int(strtoll(text, NULL, 10));
    case TYPE_NUMERIC:
        if (len < 19 && strcspn(text, ".Nn") == len) return an_db_int(strtoll(text, NULL, 10));
        /* fall through */
    case TYPE_FLOAT4:
    case TYPE_FLOAT8:
        if (an_slice_double((struct an_slice) { text, len }, &real) != AN_OK) real = strtod(text, NULL);
        return an_db_real(real);
    case TYPE_BYTEA: return bytes_of(text, len);
    default: return an_db_slice((struct an_slice) { text, len });
    }
}

/* One result; false once no more rows are wanted. */
static bool take_row(PGresult *result, an_db_row_fn *row, void *user)
{
    struct an_db_value columns[AN_DB_VALUES_MAX];
    int n = PQnfields(result);
    an_assert(n <= AN_DB_VALUES_MAX);
    for (int i = 0; i < n; i++) columns[i] = column_of(result, i);
    return row(user, columns, (size_t)n);
}

static enum an_err receive(PGconn *connection, int64_t *ret_changed, an_db_row_fn *row, void *user,
                           struct an_error *error)
{
    enum an_err err = AN_OK;
    int64_t changed = 0;
    for (PGresult *result; (result = PQgetResult(connection)) != NULL; PQclear(result)) {
        ExecStatusType status = PQresultStatus(result);
        if (status == PGRES_SINGLE_TUPLE) {
            if (row != NULL && !take_row(result, row, user)) row = NULL;
        } else if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) {
            bool select = strncmp(PQcmdStatus(result), "SELECT", 6) == 0;
            if (!select) changed = strtoll(PQcmdTuples(result), NULL, 10);
        } else if (err == AN_OK) {
            err = failure(connection, result, error);
        }
    }
    if (err == AN_OK && PQstatus(connection) != CONNECTION_OK) err = say(AN_ERR_IO, PQerrorMessage(connection), error);
    if (err == AN_OK && ret_changed != NULL) *ret_changed = changed;
    return err;
}

static enum an_err run(void *user, const char *sql, const struct an_db_value *values, size_t count,
                       int64_t *ret_changed, an_db_row_fn *row, void *row_user, struct an_error *error)
{
    PGconn *connection = user;
    char text[AN_DB_SQL_MAX];
    struct parameters p;
    if (!fill(&p, values, count)) return an_fail(error, AN_ERR_NO_MEMORY, "no memory");
    rewrite(sql, text);
    int sent = PQsendQueryParams(connection, text, (int)count, p.types, p.values, p.lengths, p.formats, 0);
    if (sent == 1) PQsetSingleRowMode(connection);
    free(p.texts);
    if (sent != 1) return say(AN_ERR_IO, PQerrorMessage(connection), error);
    return receive(connection, ret_changed, row, row_user, error);
}

const struct an_db_driver an_db_postgres = {
    .kind = "PostgreSQL",
    .connect = connect_to,
    .disconnect = disconnect,
    .alive = alive,
    .run = run,
    .script = script,
    .begin = "BEGIN",
    .lock = "SELECT pg_advisory_xact_lock(7234017283807667300)",
    .blob_type = "BYTEA",
};
