/* Both databases for a test: SQLite in a folder of its own, and PostgreSQL started by tests/postgres.sh. Each test runs
 * the same cases on both:  int main(void) { return store_kit_run(tests, count); } . A case finds the database of its
 * turn in `kit`: kit.db, with the whole schema and no rows, and kit.options to open it again; take() a connection. */
#ifndef ANNING_TESTS_STORE_KIT_H
#define ANNING_TESTS_STORE_KIT_H

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/log.h"
#include "store/store.h"

static struct {
    char folder[64]; /* of the run */
    char path[96], url[160];
    struct an_db_options options;
    struct an_db *db;
    struct an_secret secret;
    bool postgres;
    pid_t server;
    unsigned serial;
    int (*begun)(void), (*ending)(void); /* of a kit on top of this one; NULL: none */
} kit;

static inline void store_kit_server_start(void)
{
    char folder[96];
    snprintf(folder, sizeof folder, "%s/pg", kit.folder);
    kit.server = fork();
    if (kit.server == 0) {
        prctl(PR_SET_PDEATHSIG, SIGINT);
        freopen("/dev/null", "w", stdout);
        freopen("/dev/null", "w", stderr);
        execl("/bin/sh", "sh", "tests/postgres.sh", "run", folder, (char *)NULL);
        _exit(127);
    }
}

/* Ends it as a power cut would; store_kit_server_start begins a new one only in a new folder. */
static inline void store_kit_server_stop(void)
{
    if (kit.server <= 0) return;
    kill(kit.server, SIGINT);
    waitpid(kit.server, NULL, 0);
    kit.server = 0;
}

/* One statement on the server's own database. */
static inline bool store_kit_admin(const char *sql)
{
    char line[400];
    snprintf(line, sizeof line, "psql -qX -v ON_ERROR_STOP=1 -U anning -h %s/pg -d postgres -c '%s' >/dev/null 2>&1",
             kit.folder, sql);
    return system(line) == 0;
}

/* A connection to the database of the turn; an_db_give it back. */
static inline struct an_db_session *take(void)
{
    struct an_db_session *session;
    struct an_error error = { "" };
    if (an_db_take(kit.db, &session, &error) != AN_OK) fail_msg("%s", error.text);
    return session;
}

/* What has to go well in a case. */
static inline void must(enum an_err err, const struct an_error *error)
{
    if (err != AN_OK) fail_msg("%s: %s", an_err_name(err), error->text);
}

static inline int store_kit_begin(void **state)
{
    (void)state;
    struct an_error error = { "" };
    char sql[64];
    kit.serial++;
    snprintf(kit.path, sizeof kit.path, "%s/%u.sqlite", kit.folder, kit.serial);
    kit.url[0] = '\0';
    if (kit.postgres) {
        snprintf(sql, sizeof sql, "CREATE DATABASE t%u", kit.serial);
        bool made = store_kit_admin(sql);
        for (int i = 0; i < 600 && !made && waitpid(kit.server, NULL, WNOHANG) == 0; i++) {
            usleep(100000);
            made = store_kit_admin(sql);
        }
        if (!made) fail_msg("PostgreSQL does not start; tools/install-deps check");
        snprintf(kit.url, sizeof kit.url, "postgresql://anning@/t%u?host=%s/pg", kit.serial, kit.folder);
    }
    kit.options = (struct an_db_options) { .url = kit.url, .path = kit.path };
    if (an_db_open(&kit.options, &kit.db, &error) != AN_OK) fail_msg("%s", error.text);
    uint8_t bytes[32] = { 1, 2, 3 };
    an_secret_of_bytes(bytes, &kit.secret);
    return kit.begun == NULL ? 0 : kit.begun();
}

static inline int store_kit_end(void **state)
{
    (void)state;
    int failed = kit.ending == NULL ? 0 : kit.ending();
    an_db_close(kit.db);
    kit.db = NULL;
    return failed;
}

static inline void store_kit_quiet(void *user, int level, const char *line, size_t len)
{
    (void)user, (void)level, (void)line, (void)len;
}

static inline int store_kit_run_named(const char *name, const struct CMUnitTest *tests, size_t count)
{
    char line[128], group[64];
    struct CMUnitTest *wrapped = calloc(count, sizeof *wrapped);
    strcpy(kit.folder, "/tmp/anning-store-XXXXXX");
    if (mkdtemp(kit.folder) == NULL || wrapped == NULL) return 1;
    chmod(kit.folder, 0755); /* the server's user has to get through */
    an_log_set_sink(store_kit_quiet, NULL);
    for (size_t i = 0; i < count; i++) {
        wrapped[i] = tests[i];
        wrapped[i].setup_func = store_kit_begin;
        wrapped[i].teardown_func = store_kit_end;
    }
    store_kit_server_start();
    snprintf(group, sizeof group, "%s on SQLite", name);
    int failed = _cmocka_run_group_tests(group, wrapped, count, NULL, NULL);
    kit.postgres = true;
    snprintf(group, sizeof group, "%s on PostgreSQL", name);
    failed += _cmocka_run_group_tests(group, wrapped, count, NULL, NULL);
    store_kit_server_stop();
    snprintf(line, sizeof line, "rm -rf '%s'", kit.folder);
    if (system(line) != 0) failed++;
    free(wrapped);
    return failed;
}

#endif
