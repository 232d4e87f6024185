/* A subscriber's settings in and out of JSON, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/clock.h"
#include "case/subscriber.h"

static const char full[] =
    "{\"on\":true,\"level\":\"strict\",\"categories\":{\"loan\":\"block\",\"education\":\"pass\"},"
    "\"hours\":[{\"days\":[1,5,7],\"from\":\"22:00\",\"to\":\"07:30\",\"do\":\"screen\"}],"
    "\"ranges\":[{\"prefix\":\"+86400\",\"do\":\"label\"}],\"regions\":[{\"region\":\"44\",\"do\":\"pass\"},"
    "{\"region\":\"00\",\"do\":\"block\"}],\"contacts\":[{\"number\":\"+8613800138000\",\"name\":\"妈妈\"}],"
    "\"blocked\":[{\"number\":\"+8617012345678\"}],\"language\":\"en\",\"version\":7}";

static enum an_err read_json(const char *json, struct an_subscriber *s, struct an_error *error)
{
    cJSON *object = cJSON_Parse(json);
    if (object == NULL) fail_msg("not JSON: %s", json);
    enum an_err err = an_subscriber_of_json(object, s, error);
    cJSON_Delete(object);
    return err;
}

static void assert_refused(const char *json, enum an_err expected, const char *says)
{
    struct an_subscriber s;
    struct an_error error = { "" };
    an_subscriber_init(&s);
    enum an_err err = read_json(json, &s, &error);
    if (err != expected || strstr(error.text, says) == NULL) fail_msg("%s: %d, %s", json, err, error.text);
    assert_false(s.on); /* untouched */
    assert_int_equal(s.contact_count, 0);
    an_subscriber_done(&s);
}

static void all_fields_come_back(void **state)
{
    (void)state;
    struct an_subscriber s, again;
    struct an_error error = { "" };
    an_subscriber_init(&s);
    if (read_json(full, &s, &error) != AN_OK) fail_msg("%s", error.text);
    assert_true(s.on);
    assert_false(s.chinese);
    assert_int_equal(s.level, AN_LEVEL_STRICT);
    assert_int_equal(s.categories[AN_CATEGORY_LOAN], AN_CHOICE_BLOCK);
    assert_int_equal(s.categories[AN_CATEGORY_DEBT], AN_CHOICE_DEFAULT);
    assert_int_equal(s.hours[0].days, 1 | 16 | 64);
    assert_int_equal(s.hours[0].from_min, 22 * 60);
    assert_int_equal(s.hours[0].to_min, 7 * 60 + 30);
    assert_true(s.ranges[0].prefix == 86400);
    assert_int_equal(s.regions[1].region, 0);
    assert_string_equal(s.contacts[0].name, "妈妈");
    struct an_expecting expecting = { .id = 0xfedc, .until_us = 1795317245123456, .kind = AN_EXPECTED_HOSPITAL };
    assert_int_equal(an_expecting_add(&s, &expecting, &error), AN_OK);
    cJSON *stored = an_subscriber_json(&s, NULL);
    an_subscriber_init(&again);
    if (an_subscriber_of_stored(stored, &again, &error) != AN_OK) fail_msg("%s", error.text);
    assert_int_equal(again.expecting_count, 1);
    assert_true(again.expecting[0].until_us == expecting.until_us && again.expecting[0].id == 0xfedc);
    cJSON *twice = an_subscriber_json(&again, NULL);
    char *a = cJSON_PrintUnformatted(stored), *b = cJSON_PrintUnformatted(twice);
    assert_string_equal(a, b);
    free(a), free(b);
    cJSON_Delete(stored), cJSON_Delete(twice);
    /* A PUT of something else leaves what is expected. */
    assert_int_equal(read_json("{\"on\":false}", &again, &error), AN_OK);
    assert_int_equal(again.expecting_count, 1);
    assert_int_equal(again.contact_count, 0);
    an_subscriber_done(&s), an_subscriber_done(&again);
}

static void what_is_wrong_is_named(void **state)
{
    (void)state;
    static const struct {
        const char *json;
        enum an_err err;
        const char *says;
    } cases[] = {
        { "{\"onn\":true}", AN_ERR_INVALID, "did you mean \"on\"" },
        { "{\"on\":1}", AN_ERR_INVALID, "field \"on\" is true or false" },
        { "{\"level\":\"hard\"}", AN_ERR_INVALID, "loose, standard, strict" },
        { "{\"categories\":{\"person\":\"block\"}}", AN_ERR_INVALID, "field \"categories.person\"" },
        { "{\"categories\":{\"loan\":\"kill\"}}", AN_ERR_INVALID, "default, pass, label, screen, block" },
        { "{\"categories\":[]}", AN_ERR_INVALID, "an object" },
        { "{\"hours\":[{\"days\":[8],\"from\":\"00:00\",\"to\":\"01:00\",\"do\":\"block\"}]}", AN_ERR_INVALID,
          "hours[0].days" },
        { "{\"hours\":[{\"days\":[1.5],\"from\":\"00:00\",\"to\":\"01:00\",\"do\":\"block\"}]}", AN_ERR_INVALID,
          "hours[0].days" },
        { "{\"hours\":[{\"days\":[],\"from\":\"00:00\",\"to\":\"01:00\",\"do\":\"block\"}]}", AN_ERR_INVALID,
          "hours[0].days" },
        { "{\"hours\":[{\"days\":[1],\"from\":\"24:00\",\"to\":\"01:00\",\"do\":\"block\"}]}", AN_ERR_INVALID,
          "hours[0].from" },
        { "{\"hours\":[{\"days\":[1],\"from\":\"00:00\",\"to\":\"1:00\",\"do\":\"block\"}]}", AN_ERR_INVALID,
          "hours[0].to" },
        { "{\"hours\":[{\"days\":[1],\"from\":\"00:00\",\"to\":\"01:00\",\"do\":\"pass\"}]}", AN_ERR_INVALID,
          "label, screen, block" },
        { "{\"ranges\":[{\"prefix\":\"86400\",\"do\":\"block\"}]}", AN_ERR_INVALID, "ranges[0].prefix" },
        { "{\"ranges\":[{\"prefix\":\"+8640x\",\"do\":\"block\"}]}", AN_ERR_INVALID, "ranges[0].prefix" },
        { "{\"ranges\":[{\"prefix\":\"+86\"}]}", AN_ERR_INVALID, "ranges[0].do\" is missing" },
        { "{\"ranges\":[{\"prefix\":\"+86\",\"do\":\"pass\"},{\"prefix\":\"+86\",\"do\":\"block\"}]}", AN_ERR_INVALID,
          "twice" },
        { "{\"regions\":[{\"region\":\"99\",\"do\":\"block\"}]}", AN_ERR_INVALID, "GB/T 2260" },
        { "{\"regions\":[{\"region\":44,\"do\":\"block\"}]}", AN_ERR_INVALID, "GB/T 2260" },
        { "{\"contacts\":[{\"number\":\"13800138000\"}]}", AN_ERR_INVALID, "contacts[0].number" },
        { "{\"contacts\":[{\"number\":\"anonymous\"}]}", AN_ERR_INVALID, "contacts[0].number" },
        { "{\"contacts\":[{\"number\":\"+8613800138000\",\"name\":\"a\\nb\"}]}", AN_ERR_INVALID, "control character" },
        { "{\"contacts\":[{\"number\":\"+8613800138000\",\"name\":"
          "\"0123456789012345678901234567890123456789012345678\"}]}",
          AN_ERR_LIMIT, "AN_SUBSCRIBER_NAME_MAX" },
        { "{\"contacts\":[{\"number\":\"+8613800138000\"}],\"blocked\":[{\"number\":\"+8613800138000\"}]}",
          AN_ERR_INVALID, "among the contacts" },
        { "{\"language\":\"fr\"}", AN_ERR_INVALID, "zh, en" },
        { "[]", AN_ERR_INVALID, "an object" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_refused(cases[i].json, cases[i].err, cases[i].says);
}

/* count entries of a list, each made by printf of its index. */
static char *list_of(const char *name, const char *entry, size_t count)
{
    char *json = malloc(64 + count * 96);
    size_t at = (size_t)sprintf(json, "{\"%s\":[", name);
    for (size_t i = 0; i < count; i++) {
        if (i > 0) json[at++] = ',';
        at += (size_t)snprintf(json + at, 96, entry, (int)i); /* NOLINT: constant below */
    }
    strcpy(json + at, "]}");
    return json;
}

static void lists_have_limits(void **state)
{
    (void)state;
    static const struct {
        const char *name, *entry, *limit;
        size_t max;
    } lists[] = {
        { "hours", "{\"days\":[1],\"from\":\"00:%02d\",\"to\":\"02:00\",\"do\":\"block\"}", "AN_SUBSCRIBER_HOURS_MAX",
          AN_SUBSCRIBER_HOURS_MAX },
        { "ranges", "{\"prefix\":\"+86%03d\",\"do\":\"block\"}", "AN_SUBSCRIBER_RANGES_MAX", AN_SUBSCRIBER_RANGES_MAX },
        { "contacts", "{\"number\":\"+861380013%04d\"}", "AN_SUBSCRIBER_CONTACTS_MAX", AN_SUBSCRIBER_CONTACTS_MAX },
        { "blocked", "{\"number\":\"+861380013%04d\"}", "AN_SUBSCRIBER_CONTACTS_MAX", AN_SUBSCRIBER_CONTACTS_MAX },
    };
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        char *fits = list_of(lists[i].name, lists[i].entry, lists[i].max);
        char *over = list_of(lists[i].name, lists[i].entry, lists[i].max + 1);
        struct an_subscriber s;
        struct an_error error = { "" };
        an_subscriber_init(&s);
        if (read_json(fits, &s, &error) != AN_OK) fail_msg("%s: %s", lists[i].name, error.text);
        an_subscriber_done(&s);
        assert_refused(over, AN_ERR_LIMIT, lists[i].limit);
        free(fits), free(over);
    }
}

static void expected_calls_end(void **state)
{
    (void)state;
    struct an_subscriber s;
    struct an_expecting e;
    struct an_error error = { "" };
    const uint64_t now_us = 1795317245000000;
    an_subscriber_init(&s);
    cJSON *object = cJSON_Parse("{\"kind\":\"delivery\",\"hours\":2.5,\"words\":\"外卖\"}");
    assert_int_equal(an_expecting_of_json(object, now_us, &e, &error), AN_OK);
    cJSON_Delete(object);
    assert_true(e.until_us == now_us + 9000 * AN_US_PER_S);
    for (unsigned i = 1; i <= AN_SUBSCRIBER_EXPECTING_MAX; i++) {
        e.id = i;
        assert_int_equal(an_expecting_add(&s, &e, &error), AN_OK);
    }
    assert_int_equal(an_expecting_add(&s, &e, &error), AN_ERR_LIMIT);
    assert_int_equal(an_expecting_remove(&s, 3), AN_OK);
    assert_int_equal(an_expecting_remove(&s, 3), AN_ERR_NOT_FOUND);
    assert_false(an_expecting_tidy(&s, e.until_us - 1));
    assert_int_equal(s.expecting_count, AN_SUBSCRIBER_EXPECTING_MAX - 1);
    assert_true(an_expecting_tidy(&s, e.until_us));
    assert_int_equal(s.expecting_count, 0);
    static const char *const wrong[] = { "{\"hours\":1}",
                                         "{\"kind\":\"delivery\"}",
                                         "{\"kind\":\"delivery\",\"hours\":0}",
                                         "{\"kind\":\"delivery\",\"hours\":73}",
                                         "{\"kind\":\"delivery\",\"hours\":\"2\"}",
                                         "{\"kind\":\"friend\",\"hours\":1}",
                                         "{\"kind\":\"delivery\",\"hours\":1,\"until\":2}" };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        object = cJSON_Parse(wrong[i]);
        assert_int_equal(an_expecting_of_json(object, now_us, &e, &error), AN_ERR_INVALID);
        cJSON_Delete(object);
    }
}

static void the_door_gets_all_of_it(void **state)
{
    (void)state;
    struct an_subscriber s;
    struct an_error error = { "" };
    static struct an_subscriber_view view;
    an_subscriber_init(&s);
    assert_int_equal(read_json(full, &s, &error), AN_OK);
    an_subscriber_look(&s, 8613911112222, 7, &view);
    struct an_callees *callees = an_callees_new(&error);
    if (an_callees_put(callees, &view.settings, &error) != AN_OK) fail_msg("%s", error.text);
    const struct an_callee *callee = an_callees_find(callees, 8613911112222);
    assert_non_null(callee);
    assert_true(callee->on);
    assert_int_equal(callee->version, 7);
    assert_int_equal(callee->level, AN_LEVEL_STRICT);
    assert_true(an_callee_knows(callee, 8613800138000));
    assert_true(an_callee_blocks(callee, 8617012345678));
    assert_int_equal(an_callee_choice(callee, AN_CATEGORY_LOAN), AN_CHOICE_BLOCK);
    assert_int_equal(an_callee_by_range(callee, 864001234567), AN_CHOICE_LABEL);
    assert_int_equal(an_callee_by_region(callee, 0), AN_CHOICE_BLOCK);
    an_callees_free(callees);
    an_subscriber_done(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_fields_come_back),    cmocka_unit_test(what_is_wrong_is_named),
        cmocka_unit_test(lists_have_limits),       cmocka_unit_test(expected_calls_end),
        cmocka_unit_test(the_door_gets_all_of_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
