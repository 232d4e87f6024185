/* What db.c and its two drivers share. Layer: store, internal. A driver is a table of functions over a connection of
 * its own; db.c keeps the pool, checks arguments and brings the schema up to date. */
#ifndef ANNING_STORE_INTERNAL_H
#define ANNING_STORE_INTERNAL_H

#include "store/db.h"

typedef bool an_db_row_fn(void *user, const struct an_db_value *columns, size_t n);

struct an_db_driver {
    const char *kind;
    /* Makes a connection; target is SQLite's file or PostgreSQL's url. wait_ms: for others' locks. */
    enum an_err (*connect)(const char *target, unsigned wait_ms, void **ret_connection, struct an_error *error);
    void (*disconnect)(void *connection);
    /* False when it is lost and must be made anew. */
    bool (*alive)(void *connection);
    /* One statement with parameters; row NULL: rows are thrown away. ret_changed NULL: not asked for. */
    enum an_err (*run)(void *connection, const char *sql, const struct an_db_value *values, size_t count,
                       int64_t *ret_changed, an_db_row_fn *row, void *user, struct an_error *error);
    /* Statements with ; between them, without parameters. */
    enum an_err (*script)(void *connection, const char *sql, struct an_error *error);
    const char *begin; /* of a write transaction */
    bool one_writer;  /* who writes keeps all others out, so that they had better queue here than ask again and again */
    const char *lock; /* first in the transaction that changes the schema, so that two programs don't; "" for none */
    const char *blob_type; /* what BLOB is called in a schema */
};

extern const struct an_db_driver an_db_sqlite, an_db_postgres;

/* The schema, embedded: src/store/schema/NNN-name.sql in order, ended by number 0. */
struct an_db_migration {
    unsigned number;
    const char *name;
    const char *sql;
};
extern const struct an_db_migration an_db_schema[];

#endif
