/* Labels as JSON and CSV: every field, every way to get one wrong, and that both read alike. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "parse/ruling.h"

#define NOW_US 1795317245000000ull /* 2026-11-22T11:14:05+08:00 */

static const struct an_ruling_reading reading = { NOW_US, 28800 };

static enum an_err of_json(const char *text, struct an_ruling *label, struct an_error *error)
{
    cJSON *object = cJSON_Parse(text);
    assert_non_null(object);
    enum an_err err = an_ruling_of_json(object, &reading, label, error);
    cJSON_Delete(object);
    return err;
}

static enum an_err of_csv(const char *header, const char *row, struct an_ruling *label, struct an_error *error)
{
    static struct an_csv csv;
    struct an_ruling_columns columns;
    size_t used;
    an_csv_init(&csv, ',');
    assert_int_equal(an_csv_next(&csv, header, strlen(header), true, &used, error), AN_OK);
    enum an_err err = an_ruling_columns_of(&csv, &columns, error);
    if (err != AN_OK) return err;
    an_csv_init(&csv, ',');
    assert_int_equal(an_csv_next(&csv, row, strlen(row), true, &used, error), AN_OK);
    return an_ruling_of_csv(&csv, &columns, &reading, label, error);
}

static void both_read_alike(void **state)
{
    (void)state;
    struct an_ruling a, b;
    struct an_error error;
    assert_int_equal(
        of_json("{\"number\":\"+8613800138000\",\"trunk\":\"p-7\",\"verdict\":\"unwanted\",\"category\":\"loan\","
                "\"weight\":0.5,\"who\":\"李\",\"why\":\"case 1\",\"until\":\"2027-03-31\"}",
                &a, &error),
        AN_OK);
    assert_int_equal(of_csv("why,who,until,weight,category,verdict,trunk,number",
                            "case 1,李,2027-03-31,0.5,loan,unwanted,p-7,+8613800138000", &b, &error),
                     AN_OK);
    assert_memory_equal(&a, &b, sizeof a);
    assert_int_equal(a.weight, 500);
    assert_true(a.until_us == 1806508800ull * 1000000); /* 2027-04-01T00:00+08:00 */
    assert_int_equal(of_csv("number,verdict,who,why,weight", "1,wanted,a,b,", &b, &error), AN_OK); /* empty: absent */
    assert_int_equal(b.weight, AN_RULING_WEIGHT_FULL);
    assert_int_equal(of_json("{\"campaign\":17,\"verdict\":\"withdrawn\",\"who\":\"a\",\"why\":\"b\",\"token\":null,"
                             "\"until\":1806508800}",
                             &a, &error),
                     AN_OK);
    assert_int_equal(a.campaign, 17);
    assert_true(a.until_us == 1806508800ull * 1000000);
    assert_int_equal(of_json("{\"campaign\":\"c17\",\"verdict\":\"wanted\",\"who\":\"a\",\"why\":\"b\","
                             "\"until\":\"2026-11-22T11:15:00+08:00\"}",
                             &a, &error),
                     AN_OK);
    assert_int_equal(a.campaign, 17);
}

static void refusals(void **state)
{
    (void)state;
    static const struct {
        const char *json, *words;
    } bad[] = {
        { "[]", "has to be a JSON object" },
        { "{\"verdict\":\"wanted\",\"who\":\"a\",\"why\":\"b\"}",
          "\"number\" is missing; a number, a token or a campaign" },
        { "{\"number\":\"1\",\"campaign\":1,\"verdict\":\"wanted\",\"who\":\"a\",\"why\":\"b\"}", "only one of them" },
        { "{\"campaign\":1,\"trunk\":\"t\",\"verdict\":\"wanted\",\"who\":\"a\",\"why\":\"b\"}", "goes with a number" },
        { "{\"number\":\"1\",\"who\":\"a\",\"why\":\"b\"}", "field \"verdict\" is missing" },
        { "{\"number\":\"1\",\"verdict\":\"wanted\",\"why\":\"b\"}", "field \"who\" is missing" },
        { "{\"number\":1,\"verdict\":\"wanted\",\"who\":\"a\",\"why\":\"b\"}", "field \"number\" has to be text" },
        { "{\"number\":\"\",\"verdict\":\"wanted\",\"who\":\"a\",\"why\":\"b\"}", "has 0 bytes; 1 to 64 are possible" },
        { "{\"number\":\"1\",\"verdict\":\"wanted\",\"who\":\"a\\nb\",\"why\":\"b\"}", "control character" },
        { "{\"number\":\"1\",\"verdict\":\"spam\",\"who\":\"a\",\"why\":\"b\"}", "unwanted, wanted or withdrawn" },
        { "{\"number\":\"1\",\"verdict\":\"wanted\",\"category\":\"x\"}", "it has to be one of unknown, loan" },
        { "{\"number\":\"1\",\"weight\":1.5}", "0.001 to 1 is possible" },
        { "{\"number\":\"1\",\"weight\":\"nan\"}", "0.001 to 1 is possible" },
        { "{\"number\":\"1\",\"weight\":true}", "text or a number" },
        { "{\"campaign\":\"Cx\"}", "such as C17" },
        { "{\"campaign\":0}", "such as C17" },
        { "{\"campaign\":1.5}", "such as C17" },
        { "{\"token\":\"x\"}", "26 letters and digits" },
        { "{\"number\":\"1\",\"until\":\"soon\"}", "a date like 2027-03-31" },
        { "{\"number\":\"1\",\"until\":\"2027-02-30\"}", "a date like 2027-03-31" },
        { "{\"number\":\"1\",\"until\":\"2026-11-21\"}", "is over already" },
        { "{\"number\":\"1\",\"until\":\"2099-01-01\"}", "more than 3650 days" },
        { "{\"nummer\":\"1\"}", "did you mean \"number\"" },
        { "{\"xyzzy\":\"1\"}", "known are number, token" },
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct an_ruling label = { .weight = 77 };
        struct an_error error = { "" };
        assert_int_equal(of_json(bad[i].json, &label, &error), AN_ERR_INVALID);
        if (strstr(error.text, bad[i].words) == NULL) fail_msg("%s: %s", bad[i].json, error.text);
        assert_int_equal(label.weight, 77); /* untouched */
    }
}

static void tables(void **state)
{
    (void)state;
    struct an_ruling label;
    struct an_error error;
    assert_int_equal(of_csv("number,verdict,who,why", "1,wanted,a", &label, &error), AN_ERR_INVALID);
    assert_string_equal(error.text, "3 cells; the header has 4 columns");
    assert_int_equal(of_csv("number,verdict,who,wy", "1,wanted,a,b", &label, &error), AN_ERR_INVALID);
    assert_string_equal(error.text, "field \"wy\" is not known; did you mean \"why\"?");
    assert_int_equal(of_csv("number,number", "1,1", &label, &error), AN_ERR_INVALID);
    assert_string_equal(error.text, "column \"number\" is there twice");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_read_alike),
        cmocka_unit_test(refusals),
        cmocka_unit_test(tables),
    };
    return cmocka_run_group_tests_name("labels", tests, NULL, NULL);
}
