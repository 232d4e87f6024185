/* Scenario files: what is taken, what is refused, and where the message points. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <dirent.h>

#include "range/scenario.h"

#define ONE "adversaries:\n  - {mode: A4, calls_a_day: 900}\n"

static enum an_err parse(const char *text, struct ar_scenario *scenario, char **problems)
{
    return ar_scenario_parse("dir/town.yaml", text, strlen(text), scenario, problems);
}

static void takes(const char *text, struct ar_scenario *scenario)
{
    char *problems;
    enum an_err err = parse(text, scenario, &problems);
    if (err != AN_OK) fail_msg("%s", problems);
    assert_null(problems);
}

/* Refused, and the message holds the text. */
static void refuses(const char *text, const char *wanted)
{
    struct ar_scenario scenario;
    char *problems;
    assert_int_equal(parse(text, &scenario, &problems), AN_ERR_INVALID);
    if (strstr(problems, wanted) == NULL) fail_msg("\"%s\" is not in:\n%s", wanted, problems);
    free(problems);
}

static void test_everything_is_read(void **state)
{
    struct ar_scenario s;
    (void)state;
    takes("name: a_town\nsubscribers: 20000\ndays: 3.5\nwarm_up_days: 1\nplatform_trunks: 5\nflatten_shapes: false\n"
          "services: 0.5\nreport_rate: 0.1\nfalse_report_rate: 0.001\nsmear_accounts: 7\n"
          "smear_days: 3\nsmear_called: 0.75\nsmear_refused: 0.25\nsmear_reports: false\n"
          "seeds: {train: [1, 2], tune: [3], final: [4]}\n"
          "adversaries:\n  - mode: A8\n    strength: 4\n    category: fraud\n    lines: 9\n    begin_day: 0.5\n    "
          "days: 2\n"
          "  - {mode: a6, strength: 2, borrow_numbers: true}\n",
          &s);
    assert_string_equal(s.name, "a_town");
    assert_string_equal(s.path, "dir/town.yaml");
    assert_int_equal(s.subscribers, 20000);
    assert_true(s.days == 3.5 && s.warm_up_days == 1 && s.services == 0.5 && s.report_rate == 0.1);
    assert_true(s.false_report_rate == 0.001);
    assert_int_equal(s.platform_trunks, 5);
    assert_int_equal(s.smear_accounts, 7);
    assert_false(s.smear_reports);
    assert_true(s.smear_days == 3 && s.smear_called == 0.75 && s.smear_refused == 0.25);
    assert_false(s.flatten_shapes);
    assert_int_equal(s.train_count, 2);
    assert_int_equal(s.tune_count, 1);
    assert_int_equal(s.final_count, 1);
    assert_true(s.train[1] == 2 && s.tune[0] == 3 && s.final[0] == 4);
    assert_int_equal(s.adversary_count, 2);
    assert_int_equal(s.adversaries[0].mode, AR_CLASS_A8);
    assert_int_equal(s.adversaries[0].strength, 4);
    assert_int_equal(s.adversaries[0].category, AN_CATEGORY_FRAUD);
    assert_int_equal(s.adversaries[0].lines, 9);
    assert_true(s.adversaries[0].begin_day == 0.5 && s.adversaries[0].days == 2);
    assert_int_equal(s.adversaries[1].mode, AR_CLASS_A6);
    assert_true(s.adversaries[1].borrow_numbers);
}

static void test_defaults(void **state)
{
    struct ar_scenario s;
    (void)state;
    takes(ONE, &s);
    assert_string_equal(s.name, "town");
    assert_int_equal(s.adversaries[0].strength, 1);
    assert_int_equal(s.adversaries[0].category, AN_CATEGORY_LOAN);
    assert_false(s.adversaries[0].borrow_numbers);
    assert_false(s.flatten_shapes);
    assert_true(s.report_rate == 0.03 && s.false_report_rate == 0.0005 && s.services == 1);
}

/* From strength 3 on: flattened shapes, and pools that borrow. */
static void test_strength_carries_defaults(void **state)
{
    struct ar_scenario s;
    (void)state;
    takes("strength: 3\nadversaries:\n  - {mode: A4}\n  - {mode: A1}\n  - {mode: A3, borrow_numbers: false}\n"
          "  - {mode: A6, strength: 2}\n",
          &s);
    assert_true(s.flatten_shapes);
    assert_true(s.adversaries[0].borrow_numbers);
    assert_false(s.adversaries[1].borrow_numbers);
    assert_false(s.adversaries[2].borrow_numbers);
    assert_false(s.adversaries[3].borrow_numbers);
    assert_int_equal(s.adversaries[1].strength, 3);
    assert_int_equal(s.adversaries[3].strength, 2);
}

static void test_count(void **state)
{
    struct ar_scenario s;
    (void)state;
    takes("days: 4\nadversaries: [{mode: A1, begin_day: 1, days: 1, count: 3, every_days: 1}]\n", &s);
    assert_int_equal(s.adversary_count, 3);
    assert_true(s.adversaries[0].begin_day == 1 && s.adversaries[2].begin_day == 3);
    refuses("days: 4\nadversaries: [{mode: A1, begin_day: 1, count: 4, every_days: 1}]\n", "begins on day 4");
    refuses("adversaries: [{mode: A1, count: 20}, {mode: A2, count: 20}]\n", "more than 32 adversaries");
    refuses("adversaries: [{mode: A1, every_days: 1}]\n", "needs a count");
}

static void test_messages_name_place_and_domain(void **state)
{
    (void)state;
    refuses("days: 2\nsubscribers: 999\n",
            "dir/town.yaml:2: subscribers is \"999\"; a whole number from 1000 to 10000000");
    refuses("subscribers: 10000001\n", "1000 to 10000000");
    refuses("subscribers: 1e5\n", "subscribers is \"1e5\"");
    refuses("days: -1\n", "days is \"-1\"");
    refuses("days: nan\n", "a number from 0.01 to 60");
    refuses("subscriber: 20000\n", "dir/town.yaml:1: subscriber is no key; the nearest is subscribers");
    refuses("xyzzy: 1\n", "possible: name, subscribers, days");
    refuses("days: 2\ndays: 3\n", "dir/town.yaml:2: days is there twice; first on line 1");
    refuses("flatten_shapes: 1\n", "true or false");
    refuses("name: \"a b\"\n", "letters, digits");
    refuses("days: [1]\n", "days is a list");
    refuses("adversaries: {mode: A1}\n", "adversaries is a section; a list is wanted");
    refuses("adversaries:\n  - {mode: A1}\n  - {mode: A0}\n", "dir/town.yaml:3: adversaries.mode is \"A0\"; A1 to A9");
    refuses("adversaries:\n  - {strength: 2}\n", "dir/town.yaml:2: an adversary has no mode");
    refuses("adversaries:\n  - {mode: A1, strenght: 2}\n", "the nearest is adversaries.strength");
    refuses("adversaries: [{mode: A1, category: person}]\n", "loan, debt");
    refuses("adversaries: [{mode: A1, strength: 6}]\n", "1 to 5");
    refuses("- a\n", "the file is a list");
    refuses("", "the file is empty");
    refuses("days: 2\n---\ndays: 3\n", "a second document");
    refuses("days: [1\n", "not YAML");
}

static void test_every_problem_is_named(void **state)
{
    struct ar_scenario scenario;
    char *problems;
    (void)state;
    assert_int_equal(parse("days: 0\nservices: -1\n", &scenario, &problems), AN_ERR_INVALID);
    assert_non_null(strstr(problems, "town.yaml:1: days"));
    assert_non_null(strstr(problems, "town.yaml:2: services"));
    free(problems);
}

static void test_seeds_belong_to_one_split(void **state)
{
    (void)state;
    refuses("seeds: {train: [1, 2], final: [2]}\n", "seeds.final has the seed 2, which is there already");
    refuses("seeds: {train: [1, 1]}\n", "a seed belongs to one split, once");
    refuses("seeds: {train: 1}\n", "a list of up to 16");
    refuses("seeds: {train: [x]}\n", "has the seed x");
    refuses("seeds: {train: [1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17]}\n", "more than 16");
    refuses("seeds: {test: [1]}\n", "seeds.test is no key");
}

static void test_impossible_mixes(void **state)
{
    (void)state;
    refuses("days: 2\nwarm_up_days: 2\n", "nothing would be measured");
    refuses("adversaries: [{mode: A1, borrow_numbers: true}]\n", "A1 has no number pool");
    refuses("days: 2\nadversaries: [{mode: A1, begin_day: 2}]\n",
            "begins on day 2, but the scenario ends after 2 days");
    refuses("days: 2\nadversaries: [{mode: A1, begin_day: 1, days: 1.5}]\n", "would end on day 2.5");
    refuses("adversaries: [{mode: A1, lines: 2, calls_a_day: 5000}]\n", "2 lines of A1 dial");
    refuses("platform_trunks: 0\nadversaries: [{mode: A1}]\n", "platform_trunks is 0, but A1 at strength 1 needs 1");
    refuses("platform_trunks: 1\nadversaries: [{mode: A4, strength: 4}]\n", "needs 2");
    refuses("platform_trunks: 1\nadversaries: [{mode: A9}]\n", "needs 2");
    refuses("subscribers: 1000\nsmear_accounts: 200\n", "a tenth");
    refuses("platform_trunks: 0\nflatten_shapes: true\n", "no platform trunks");
}

static void test_a_refused_file_changes_nothing(void **state)
{
    struct ar_scenario scenario = { .subscribers = 4711 };
    char *problems;
    (void)state;
    assert_int_equal(parse("days: 0\n", &scenario, &problems), AN_ERR_INVALID);
    assert_int_equal(scenario.subscribers, 4711);
    free(problems);
    assert_int_equal(ar_scenario_load("/nowhere/x.yaml", &scenario, &problems), AN_ERR_IO);
    assert_non_null(strstr(problems, "/nowhere/x.yaml"));
    free(problems);
    assert_int_equal(ar_scenario_load("/", &scenario, &problems), AN_ERR_IO);
    free(problems);
}

static void test_shipped_ones_are_legal(void **state)
{
    DIR *folder = opendir("range/scenarios");
    unsigned count = 0;
    (void)state;
    assert_non_null(folder);
    for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        char path[600], *problems;
        struct ar_scenario s;
        if (strstr(entry->d_name, ".yaml") == NULL) continue;
        snprintf(path, sizeof path, "range/scenarios/%s", entry->d_name);
        if (ar_scenario_load(path, &s, &problems) != AN_OK) fail_msg("%s", problems);
        assert_memory_equal(s.name, entry->d_name, strlen(s.name));
        assert_true(s.train_count > 0 && s.tune_count > 0 && s.final_count > 0);
        for (size_t i = 0; i < s.train_count; i++) assert_in_range(s.train[i], 1000, 1999);
        for (size_t i = 0; i < s.tune_count; i++) assert_in_range(s.tune[i], 2000, 2999);
        for (size_t i = 0; i < s.final_count; i++) assert_in_range(s.final[i], 9000, 9999);
        count++;
    }
    closedir(folder);
    assert_true(count >= 15);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_everything_is_read),
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_strength_carries_defaults),
        cmocka_unit_test(test_count),
        cmocka_unit_test(test_messages_name_place_and_domain),
        cmocka_unit_test(test_every_problem_is_named),
        cmocka_unit_test(test_seeds_belong_to_one_split),
        cmocka_unit_test(test_impossible_mixes),
        cmocka_unit_test(test_a_refused_file_changes_nothing),
        cmocka_unit_test(test_shipped_ones_are_legal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
