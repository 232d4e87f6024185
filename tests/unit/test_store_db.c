/* The same cases on SQLite and PostgreSQL: types, transactions, constraints, the pool, the schema. */
#include <pthread.h>

#include "tests/unit/store_kit.h"

static void run(struct an_db_session *session, const char *sql, const struct an_db_value *values, size_t count)
{
    struct an_error error = { "" };
    must(an_db_run(session, sql, values, count, NULL, &error), &error);
}

struct seen {
    unsigned rows, stop_after;
    size_t n;
    int64_t number;
    struct an_db_value last[AN_DB_VALUES_MAX];
    char texts[AN_DB_VALUES_MAX][64];
};

static bool see(void *user, const struct an_db_value *columns, size_t n)
{
    struct seen *seen = user;
    seen->rows++;
    seen->n = n;
    seen->number = an_db_get_int(&columns[0]);
    for (size_t i = 0; i < n; i++) {
        seen->last[i] = columns[i];
        struct an_slice text = an_db_get_slice(&columns[i]);
        memset(seen->texts[i], 0, sizeof seen->texts[i]);
        if (text.len > 0) memcpy(seen->texts[i], text.at, text.len < 63 ? text.len : 63);
    }
    return seen->rows != seen->stop_after;
}

static struct seen query(struct an_db_session *session, const char *sql, const struct an_db_value *values, size_t count)
{
    struct seen seen = { 0 };
    struct an_error error = { "" };
    must(an_db_query(session, sql, values, count, see, &seen, &error), &error);
    return seen;
}

static const char make_thing[] =
    "CREATE TABLE thing (id BIGINT PRIMARY KEY, r DOUBLE PRECISION, t TEXT NOT NULL UNIQUE, n BIGINT)";

static void values_come_back_as_they_went(void **state)
{
    (void)state;
    struct an_db_session *session = take();
    const uint8_t bytes[] = { 0, 1, 0xff, '\'', '\\', 0 };
    const char text[] = "o'Brien \"安宁\" \\x00 ?1 $1; DROP TABLE account; --";
    run(session, make_thing, NULL, 0);
    const struct an_db_value row[] = { an_db_int(INT64_MAX), an_db_real(0.1), an_db_text(text), an_db_null() };
    run(session, "INSERT INTO thing (id, r, t, n) VALUES (?1, ?2, ?3, ?4)", row, 4);
    struct seen seen = query(session, "SELECT id, r, t, n FROM thing WHERE t = ?1", &row[2], 1);
    assert_int_equal(seen.rows, 1);
    assert_int_equal(seen.n, 4);
    assert_true(seen.last[0].type == AN_DB_INT && seen.last[0].i == INT64_MAX);
    assert_true(seen.last[1].type == AN_DB_REAL && seen.last[1].r == 0.1);
    assert_true(seen.last[2].type == AN_DB_TEXT && strcmp(seen.texts[2], text) == 0);
    assert_true(seen.last[3].type == AN_DB_NULL);
    const struct an_db_value code[] = { an_db_blob("k", 1), an_db_text("p"), an_db_blob(bytes, sizeof bytes),
                                        an_db_int(INT64_MIN) };
    run(session, "INSERT INTO code (number_key, purpose, hash, tries, expires) VALUES (?1, ?2, ?3, ?4, 0)", code, 4);
    seen = query(session, "SELECT hash, tries, number_key FROM code WHERE number_key = ?1", code, 1);
    assert_true(seen.last[0].type == AN_DB_BLOB && seen.last[0].s.len == sizeof bytes);
    assert_memory_equal(seen.texts[0], bytes, sizeof bytes);
    assert_true(seen.last[1].i == INT64_MIN);
    an_db_give(session);
}

static void empty_text_and_empty_blob_are_not_null(void **state)
{
    (void)state;
    struct an_db_session *session = take();
    const struct an_db_value row[] = { an_db_blob(NULL, 0), an_db_slice((struct an_slice) { NULL, 0 }) };
    run(session, "INSERT INTO code (number_key, purpose, hash, tries, expires) VALUES (?1, ?2, ?1, 0, 0)", row, 2);
    struct seen seen = query(session, "SELECT hash, purpose FROM code", NULL, 0);
    assert_true(seen.last[0].type == AN_DB_BLOB && seen.last[0].s.len == 0);
    assert_true(seen.last[1].type == AN_DB_TEXT && seen.last[1].s.len == 0);
    an_db_give(session);
}

static void text_that_is_none_is_refused_by_both(void **state)
{
    (void)state;
    static const char *const bad[] = { "\xff", "\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe5\xae", "a\x80" };
    struct an_db_session *session = take();
    struct an_error error;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        const struct an_db_value value = an_db_text(bad[i]);
        assert_int_equal(an_db_run(session, "DELETE FROM account WHERE name = ?1", &value, 1, NULL, &error),
                         AN_ERR_INVALID);
    }
    const struct an_db_value nul = an_db_slice((struct an_slice) { "a\0b", 3 });
    assert_int_equal(an_db_run(session, "DELETE FROM account WHERE name = ?1", &nul, 1, NULL, &error), AN_ERR_INVALID);
    an_db_give(session);
}

static void sums_and_counts_are_whole(void **state)
{
    (void)state;
    struct an_db_session *session = take();
    run(session, make_thing, NULL, 0);
    run(session, "INSERT INTO thing (id, t, n) VALUES (1, 'a', 3), (2, 'b', 4)", NULL, 0);
    struct seen seen = query(session, "SELECT SUM(n), COUNT(*), MAX(t) FROM thing", NULL, 0);
    assert_true(seen.last[0].type == AN_DB_INT && seen.last[0].i == 7);
    assert_true(seen.last[1].type == AN_DB_INT && seen.last[1].i == 2);
    assert_string_equal(seen.texts[2], "b");
    an_db_give(session);
}

static void what_changed_is_counted(void **state)
{
    (void)state;
    struct an_db_session *session = take();
    struct an_error error = { "" };
    int64_t changed = -1;
    run(session, make_thing, NULL, 0);
    must(an_db_run(session, "INSERT INTO thing (id, t) VALUES (1, 'a'), (2, 'b')", NULL, 0, &changed, &error), &error);
    assert_int_equal(changed, 2);
    must(an_db_run(session, "UPDATE thing SET n = 1 WHERE id = 7", NULL, 0, &changed, &error), &error);
    assert_int_equal(changed, 0);
    must(an_db_run(session, "INSERT INTO thing (id, t) VALUES (1, 'c') ON CONFLICT (id) DO NOTHING", NULL, 0, &changed,
                   &error),
         &error);
    assert_int_equal(changed, 0);
    const char *upsert = "INSERT INTO thing (id, t) VALUES (1, 'a') ON CONFLICT (id) DO UPDATE SET n = 5 RETURNING n";
    assert_int_equal(query(session, upsert, NULL, 0).number, 5);
    an_db_give(session);
}

static void errors_are_told_apart(void **state)
{
    (void)state;
    struct an_db_session *session = take();
    struct an_error error;
    run(session, make_thing, NULL, 0);
    run(session, "INSERT INTO thing (id, t) VALUES (1, 'a')", NULL, 0);
    assert_int_equal(an_db_run(session, "INSERT INTO thing (id, t) VALUES (1, 'b')", NULL, 0, NULL, &error),
                     AN_ERR_EXISTS);
    assert_int_equal(an_db_run(session, "INSERT INTO thing (id, t) VALUES (2, 'a')", NULL, 0, NULL, &error),
                     AN_ERR_EXISTS);
    assert_int_equal(an_db_run(session, "INSERT INTO thing (id, t) VALUES (3, NULL)", NULL, 0, NULL, &error),
                     AN_ERR_INVALID);
    assert_int_equal(an_db_run(session, "INSERT INTO session VALUES ('', 5, 0, 0)", NULL, 0, NULL, &error),
                     AN_ERR_INVALID); /* no such account */
    assert_int_equal(an_db_run(session, "SELEKT 1", NULL, 0, NULL, &error), AN_ERR_IO);
    assert_non_null(strstr(error.text, an_db_kind(kit.db)));
    assert_int_equal(query(session, "SELECT COUNT(*) FROM thing", NULL, 0).number, 1);
    an_db_give(session);
}

static void transactions_hold_or_leave_nothing(void **state)
{
    (void)state;
    struct an_error error = { "" };
    struct an_db_session *session = take();
    run(session, make_thing, NULL, 0);
    must(an_db_begin(session, &error), &error);
    run(session, "INSERT INTO thing (id, t) VALUES (1, 'a')", NULL, 0);
    an_db_rollback(session);
    must(an_db_begin(session, &error), &error);
    run(session, "INSERT INTO thing (id, t) VALUES (2, 'b')", NULL, 0);
    must(an_db_commit(session, &error), &error);
    must(an_db_begin(session, &error), &error);
    run(session, "INSERT INTO thing (id, t) VALUES (3, 'c')", NULL, 0);
    an_db_give(session); /* rolls back */
    session = take();
    assert_int_equal(query(session, "SELECT COUNT(*) FROM thing", NULL, 0).number, 1);
    an_db_give(session);
}

static void rows_stop_when_told(void **state)
{
    (void)state;
    struct an_error error = { "" };
    struct an_db_session *session = take();
    run(session, make_thing, NULL, 0);
    run(session, "INSERT INTO thing (id, t) VALUES (1, 'a'), (2, 'b'), (3, 'c')", NULL, 0);
    struct seen seen = { .stop_after = 2 };
    must(an_db_query(session, "SELECT id FROM thing ORDER BY id", NULL, 0, see, &seen, &error), &error);
    assert_int_equal(seen.rows, 2);
    assert_int_equal(query(session, "SELECT COUNT(*) FROM thing", NULL, 0).number, 3);
    an_db_give(session);
}

static void the_pool_ends(void **state)
{
    (void)state;
    struct an_db_session *sessions[AN_DB_SESSIONS_DEFAULT], *more;
    struct an_error error = { "" };
    for (int i = 0; i < AN_DB_SESSIONS_DEFAULT; i++) sessions[i] = take();
    assert_int_equal(an_db_take(kit.db, &more, &error), AN_ERR_BUSY);
    assert_non_null(strstr(error.text, "8 connections"));
    for (int i = 0; i < AN_DB_SESSIONS_DEFAULT; i++) an_db_give(sessions[i]);
    an_db_give(take());
}

static void *add_hundred(void *user)
{
    struct an_error error = { "" };
    const int64_t from = (int64_t)(intptr_t)user;
    for (int64_t i = from; i < from + 100;) {
        struct an_db_session *session;
        enum an_err taken = an_db_take(kit.db, &session, &error);
        if (taken == AN_ERR_BUSY) continue; /* a slow disk keeps the others waiting: what a caller is told to try again */
        if (taken != AN_OK) return "take";
        const struct an_db_value id = an_db_int(i);
        enum an_err err = an_db_begin(session, &error);
        if (err == AN_OK)
            err = an_db_run(session, "INSERT INTO thing (id, t) VALUES (?1, CAST(?1 AS TEXT))", &id, 1, NULL, &error);
        if (err == AN_OK) err = an_db_commit(session, &error);
        an_db_give(session);
        if (err != AN_OK && err != AN_ERR_BUSY) return "run";
        i += err == AN_OK;
    }
    return NULL;
}

static void threads_write_at_once(void **state)
{
    (void)state;
    enum { THREADS = 4 };
    pthread_t threads[THREADS];
    void *result;
    struct an_db_session *session = take();
    run(session, make_thing, NULL, 0);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, add_hundred, (void *)(intptr_t)(1000 * i)), 0);
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], &result), 0);
        if (result != NULL) fail_msg("%s", (const char *)result);
    }
    assert_int_equal(query(session, "SELECT COUNT(*) FROM thing", NULL, 0).number, 400);
    an_db_give(session);
}

static void a_newer_schema_is_refused(void **state)
{
    (void)state;
    struct an_error error = { "" };
    struct an_db *again;
    struct an_db_session *session = take();
    must(an_db_open(&kit.options, &again, &error), &error); /* nothing to do the second time */
    an_db_close(again);
    run(session, "INSERT INTO migration (number, name, applied) VALUES (999, 'later', 0)", NULL, 0);
    assert_int_equal(an_db_open(&kit.options, &again, &error), AN_ERR_UNSUPPORTED);
    assert_non_null(strstr(error.text, "newer than this program: it has step 999"));
    an_db_give(session);
}

static void ids_are_read_strictly(void **state)
{
    (void)state;
    char text[AN_DB_ID_TEXT_MAX];
    int64_t id = an_db_id(), back = 0;
    assert_true(id > 0 && id != an_db_id());
    assert_true(an_db_id_of_text(an_slice_of(an_db_id_text(id, text)), &back) && back == id);
    static const char *const bad[] = { "",
                                       "0",
                                       "0000000000000000",
                                       "ffffffffffffffff",
                                       "00000000000000AB",
                                       "00000000000000012",
                                       " 000000000000001",
                                       "000000000000000g" };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) assert_false(an_db_id_of_text(an_slice_of(bad[i]), &back));
}

static void a_bad_address_is_told_without_its_password(void **state)
{
    (void)state;
    struct an_error error = { "" };
    struct an_db *db;
    struct an_db_options options = { .url = "mysql://x:geheim@y/z", .path = kit.path };
    assert_int_equal(an_db_open(&options, &db, &error), AN_ERR_INVALID);
    assert_null(strstr(error.text, "geheim"));
    options.url = "postgresql://x:geheim@127.0.0.1:1/z";
    assert_int_equal(an_db_open(&options, &db, &error), AN_ERR_IO);
    assert_null(strstr(error.text, "geheim"));
    options = (struct an_db_options) { .path = "/dev/null/none" };
    assert_int_equal(an_db_open(&options, &db, &error), AN_ERR_IO);
}

/* `anning user` opens and closes the store beside a running anningd. */
static void another_program_looks_in(void **state)
{
    (void)state;
    struct an_error error;
    struct an_db_session *first, *second;
    if (kit.postgres) return; /* a server keeps its files itself */
    assert_int_equal(an_db_take(kit.db, &first, &error), AN_OK);
    assert_int_equal(an_db_take(kit.db, &second, &error), AN_OK); /* a second connection is made */
    assert_int_equal(an_db_run(first, "CREATE TABLE seen (n BIGINT)", NULL, 0, NULL, &error), AN_OK);
    char line[512];
    snprintf(line, sizeof line,
             "python3 -c \"import sqlite3; d = sqlite3.connect('%s'); d.execute('INSERT INTO seen VALUES (7)'); d.commit()\"",
             kit.options.path);
    for (int i = 0; i < 2; i++) assert_int_equal(system(line), 0);
    snprintf(line, sizeof line, "%s-wal", kit.options.path);
    assert_int_equal(access(line, F_OK), 0); /* still the one that our connections write to */
    int64_t changed = 0;
    assert_int_equal(an_db_run(second, "UPDATE seen SET n = 8", NULL, 0, &changed, &error), AN_OK);
    assert_int_equal(changed, 2);
    an_db_give(first);
    an_db_give(second);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_come_back_as_they_went),
        cmocka_unit_test(empty_text_and_empty_blob_are_not_null),
        cmocka_unit_test(text_that_is_none_is_refused_by_both),
        cmocka_unit_test(sums_and_counts_are_whole),
        cmocka_unit_test(what_changed_is_counted),
        cmocka_unit_test(errors_are_told_apart),
        cmocka_unit_test(transactions_hold_or_leave_nothing),
        cmocka_unit_test(rows_stop_when_told),
        cmocka_unit_test(the_pool_ends),
        cmocka_unit_test(another_program_looks_in),
        cmocka_unit_test(threads_write_at_once),
        cmocka_unit_test(a_newer_schema_is_refused),
        cmocka_unit_test(ids_are_read_strictly),
        cmocka_unit_test(a_bad_address_is_told_without_its_password),
    };
    return store_kit_run_named("store_db", tests, sizeof tests / sizeof tests[0]);
}
