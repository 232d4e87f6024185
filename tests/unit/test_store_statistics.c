/* Counts of several servers in the store, on SQLite and PostgreSQL. */
#include "store/statistics.h"
#include "tests/unit/store_kit.h"

enum { Q = 2026 * 4 + 3 };
static const uint8_t one[AN_CALLS_JOURNAL_ID] = { 1 }, two[AN_CALLS_JOURNAL_ID] = { 2 };

static void put(struct an_db_session *s, const uint8_t *server, uint32_t network, uint32_t region, uint64_t calls,
                uint64_t blocked, uint64_t since_us, uint64_t until_us)
{
    struct an_error error = { "" };
    const struct an_statistic count = { .quarter = Q,
                                        .key = { network, 3, region },
                                        .measures = { [AN_STATISTIC_CALLS] = calls, [AN_STATISTIC_BLOCK] = blocked } };
    if (an_statistics_put(s, server, &count, 1, since_us, until_us, &error) != AN_OK) fail_msg("%s", error.text);
}

static struct an_statistics get(struct an_db_session *s, enum an_statistic_by by, struct an_statistic_row *rows)
{
    struct an_error error = { "" };
    struct an_statistics all = { .rows = rows, .max = 8 };
    if (an_statistics_get(s, Q, by, &all, &error) != AN_OK) fail_msg("%s", error.text);
    return all;
}

static void servers_add_up(void **state)
{
    (void)state;
    struct an_db_session *s = take();
    struct an_statistic_row rows[8];
    assert_int_equal(get(s, AN_STATISTIC_BY_NETWORK, rows).servers, 0);
    put(s, one, 1, 44, 10, 2, 100, 1000);
    put(s, one, 2, 44, 5, 0, 100, 1500);
    put(s, two, 1, 31, 7000000000, 1, 50, 900);
    struct an_statistics all = get(s, AN_STATISTIC_BY_NETWORK, rows);
    assert_int_equal(all.servers, 2);
    assert_true(all.since_us == 50 && all.until_us == 900);
    assert_int_equal(all.count, 2);
    assert_true(rows[0].key == 1 && rows[0].measures[AN_STATISTIC_CALLS] == 7000000010ull);
    assert_int_equal(rows[0].measures[AN_STATISTIC_BLOCK], 3);
    assert_int_equal(rows[1].measures[AN_STATISTIC_CALLS], 5);
    all = get(s, AN_STATISTIC_BY_REGION, rows);
    assert_int_equal(all.count, 2);
    assert_true(rows[0].key == 31 && rows[1].key == 44 && rows[1].measures[AN_STATISTIC_CALLS] == 15);
    assert_int_equal(get(s, AN_STATISTIC_BY_CATEGORY, rows).count, 1);
    an_db_give(s);
}

/* Written again is counted once; a server whose files were lost takes nothing back. */
static void again_and_anew(void **state)
{
    (void)state;
    struct an_db_session *s = take();
    struct an_statistic_row rows[8];
    for (int i = 0; i < 3; i++) put(s, one, 1, 44, 10, 2, 100, 1000);
    put(s, one, 1, 44, 4, 3, 0, 0);
    struct an_statistics all = get(s, AN_STATISTIC_BY_NETWORK, rows);
    assert_int_equal(rows[0].measures[AN_STATISTIC_CALLS], 10);
    assert_int_equal(rows[0].measures[AN_STATISTIC_BLOCK], 3);
    assert_true(all.since_us == 100 && all.until_us == 1000);
    an_db_give(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(servers_add_up), cmocka_unit_test(again_and_anew) };
    return store_kit_run_named("store_statistics", tests, sizeof tests / sizeof tests[0]);
}
