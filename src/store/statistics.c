#include "store/statistics.h"

#include <stdio.h>

#include "store/people.h"

#define FARTHER(name, n) #name " = CASE WHEN statistic." #name " > ?" #n " THEN statistic." #name " ELSE ?" #n " END"

static enum an_err put_one(struct an_db_session *session, const struct an_db_value *server,
                           const struct an_statistic *one, struct an_error *error)
{
    struct an_db_value values[5 + AN_STATISTIC_MEASURES] = { an_db_int(one->quarter), *server,
                                                             an_db_int(one->key[AN_STATISTIC_BY_NETWORK]),
                                                             an_db_int(one->key[AN_STATISTIC_BY_CATEGORY]),
                                                             an_db_int(one->key[AN_STATISTIC_BY_REGION]) };
    for (int m = 0; m < AN_STATISTIC_MEASURES; m++) values[5 + m] = an_db_int((int64_t)one->measures[m]);
    return an_db_run(
        session,
        "INSERT INTO statistic (quarter, server, network, category, region, calls, label, screen, block, unwanted, "
        "wanted) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) ON CONFLICT (quarter, server, network, "
        "category, "
        "region) DO UPDATE SET " FARTHER(calls, 6) ", " FARTHER(label, 7) ", " FARTHER(screen, 8) ", " FARTHER(
            block, 9) ", " FARTHER(unwanted, 10) ", " FARTHER(wanted, 11),
        values, sizeof values / sizeof values[0], NULL, error);
}

enum an_err an_statistics_put(struct an_db_session *session, const uint8_t server[AN_CALLS_JOURNAL_ID],
                              const struct an_statistic *counts, size_t count, uint64_t since_us, uint64_t until_us,
                              struct an_error *error)
{
    const struct an_db_value who[] = { an_db_blob(server, AN_CALLS_JOURNAL_ID), an_db_int((int64_t)since_us),
                                       an_db_int((int64_t)until_us) };
    enum an_err err = an_db_begin(session, error);
    if (err != AN_OK) return err;
    for (size_t i = 0; i < count && err == AN_OK; i++) err = put_one(session, &who[0], &counts[i], error);
    if (err == AN_OK)
        err =
            an_db_run(session,
                      "INSERT INTO counting (server, since, until) VALUES (?1, ?2, ?3) ON CONFLICT (server) DO UPDATE "
                      "SET since = CASE WHEN ?2 > 0 AND (counting.since = 0 OR counting.since > ?2) THEN ?2 ELSE "
                      "counting.since END, until = CASE WHEN counting.until > ?3 THEN counting.until ELSE ?3 END",
                      who, 3, NULL, error);
    return an_store_end(session, err, error);
}

static bool take_row(void *user, const struct an_db_value *c, size_t n)
{
    struct an_statistics *s = user;
    an_assert(n == 1 + AN_STATISTIC_MEASURES);
    if (s->count == s->max) return false;
    struct an_statistic_row *row = &s->rows[s->count++];
    row->key = (uint32_t)an_db_get_int(&c[0]);
    for (int m = 0; m < AN_STATISTIC_MEASURES; m++) row->measures[m] = (uint64_t)an_db_get_int(&c[1 + m]);
    return true;
}

static bool take_servers(void *user, const struct an_db_value *c, size_t n)
{
    struct an_statistics *s = user;
    an_assert(n == 3);
    s->servers = (uint32_t)an_db_get_int(&c[0]);
    s->since_us = (uint64_t)an_db_get_int(&c[1]);
    s->until_us = (uint64_t)an_db_get_int(&c[2]);
    return false;
}

enum an_err an_statistics_get(struct an_db_session *session, uint32_t quarter, enum an_statistic_by by,
                              struct an_statistics *ret, struct an_error *error)
{
    static const char *const columns[AN_STATISTIC_BYS] = { "network", "category", "region" };
    const struct an_db_value values[] = { an_db_int(quarter) };
    char sql[256];
    an_assert(by < AN_STATISTIC_BYS);
    ret->count = 0;
    snprintf(sql, sizeof sql,
             "SELECT %s, sum(calls), sum(label), sum(screen), sum(block), sum(unwanted), sum(wanted) FROM statistic "
             "WHERE quarter = ?1 GROUP BY %s ORDER BY %s",
             columns[by], columns[by], columns[by]);
    enum an_err err = an_db_query(session, sql, values, 1, take_row, ret, error);
    if (err != AN_OK) return err;
    return an_db_query(session,
                       "SELECT count(*), min(since), min(until) FROM counting WHERE server IN (SELECT server FROM "
                       "statistic WHERE quarter = ?1)",
                       values, 1, take_servers, ret, error);
}
