#include <math.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "range/realism.h"
#include "range/realism_plot.h"

/* 2026-03-02 00:00 in +08:00, a Monday. */
#define MIDNIGHT_US 1772380800000000ull
#define HOUR_US 3600000000ull

static void a_row_is_what_the_table_would_say(void **state)
{
    (void)state;
    struct ar_realism_record records[] = {
        { MIDNIGHT_US + 9 * HOUR_US, 7, 30, true },   { MIDNIGHT_US + 10 * HOUR_US, 8, 5, false },
        { MIDNIGHT_US + 33 * HOUR_US, 7, 10, false }, { MIDNIGHT_US + 34 * HOUR_US, 7, 55, true },
        { MIDNIGHT_US + 58 * HOUR_US, 9, 100, true },
    };
    double row[AR_REALISM_COUNT];
    ar_realism_aggregate(records, 5, row);
    const double expected[AR_REALISM_COUNT] = { 5,  3,   3, 0.6, 5.0 / 3, 1, 3, 200.0 / 3, 95, 100, 40,
                                                30, 100, 5, 2,   10,      3, 2, 2,         2,  3 };
    for (int f = 0; f < AR_REALISM_COUNT; f++) {
        if (fabs(row[f] - expected[f]) > 1e-9)
            fail_msg("%s: %g, not %g", ar_realism_name((enum ar_realism_feature)f), row[f], expected[f]);
    }
}

static void missing_is_not_zero(void **state)
{
    (void)state;
    double row[AR_REALISM_COUNT];
    ar_realism_aggregate(NULL, 0, row);
    assert_true(isnan(row[AR_REALISM_opposite_count]));
    struct ar_realism_record received = { MIDNIGHT_US, 7, 1, false };
    ar_realism_aggregate(&received, 1, row);
    assert_true(row[AR_REALISM_opposite_count] == 1);
    assert_true(isnan(row[AR_REALISM_voc_calltype1]));
    assert_true(row[AR_REALISM_calltype_id_unique] == 1);
}

static void months_end_where_the_calendar_says(void **state)
{
    (void)state;
    static const struct {
        unsigned after_days, day;
    } cases[] = { { 0, 2 }, { 29, 31 }, { 30, 1 }, { 59, 30 }, { 60, 1 }, { 365 + 363, 28 }, { 365 + 364, 29 } };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ar_realism_record record = { MIDNIGHT_US + cases[i].after_days * 24 * HOUR_US, 7, 1, true };
        double row[AR_REALISM_COUNT];
        ar_realism_aggregate(&record, 1, row);
        assert_int_equal((int)row[AR_REALISM_voc_day_mode], (int)cases[i].day);
        assert_int_equal((int)row[AR_REALISM_voc_hour_mode], 0);
    }
}

static void distances(void **state)
{
    (void)state;
    double a[] = { 3, 1, 2, 4 }, same[] = { 4, 3, 2, 1 }, above[] = { 9, 8 }, half[] = { 1, 2, 8, NAN, 9 };
    assert_true(ar_realism_ks(a, 4, same, 4) < 1e-12);
    assert_true(fabs(ar_realism_ks(a, 4, above, 2) - 1) < 1e-12);
    assert_true(fabs(ar_realism_ks(a, 4, half, 5) - 0.5) < 1e-12);
    assert_true(ar_realism_ks(a, 0, half, 5) >= 1);
}

/* A table of two columns of people is no table: the message names file, line and column. */
static void a_wrong_table_is_refused(void **state)
{
    (void)state;
    char path[] = "/tmp/range-realism-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, "phone_no_m,label\nx,0\n", 21), 21);
    close(fd);
    char *arguments[] = { "realism", "--against", path, NULL };
    assert_int_equal(ar_cmd_realism(3, arguments), 1);
    char *nothing[] = { "realism", NULL };
    assert_int_equal(ar_cmd_realism(1, nothing), 2);
    unlink(path);
}

static void a_plot_is_written(void **state)
{
    (void)state;
    char path[] = "/tmp/range-plot-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    double values[4] = { 1, 100, 20, NAN }, others[4] = { 2, 50, 30, 7 }, gaps[AR_REALISM_COUNT] = { 0 };
    struct ar_realism_set table = { .count = 4 }, simulated = { .count = 4 };
    for (int f = 0; f < AR_REALISM_COUNT; f++) {
        table.values[f] = values;
        simulated.values[f] = others;
    }
    assert_int_equal(ar_realism_plot(path, "title", &table, &simulated, gaps, NULL), AN_OK);
    FILE *in = fopen(path, "r");
    assert_non_null(in);
    fseek(in, 0, SEEK_END);
    assert_true(ftell(in) > 4000);
    fclose(in);
    unlink(path);
    assert_int_equal(ar_realism_plot("/nowhere/plot.svg", "title", &table, &simulated, gaps, NULL), AN_ERR_IO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_row_is_what_the_table_would_say),  cmocka_unit_test(missing_is_not_zero),
        cmocka_unit_test(months_end_where_the_calendar_says), cmocka_unit_test(distances),
        cmocka_unit_test(a_wrong_table_is_refused),           cmocka_unit_test(a_plot_is_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
