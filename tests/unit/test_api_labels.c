/* POST /v1/labels: what is taken, what is refused and in which words; all of a request or none. */
#include "api_fake.h"

struct world {
    struct fake fake;
    struct an_api_core core;
};

static int begin(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    if (world == NULL) return -1;
    struct an_api_options options = fake_options(&world->fake);
    *state = world;
    return (int)an_api_core_init(&world->core, &options);
}

static int finish(void **state)
{
    struct world *world = *state;
    an_api_core_done(&world->core);
    free(world);
    return 0;
}

/* Status, and words of the answer. */
static void expect(struct world *world, const char *body, unsigned status, const char *words)
{
    struct an_api_response r = fake_ask(&world->core, "POST", "/v1/labels", body);
    if (r.status != status || strstr(r.text.at, words) == NULL)
        fail_msg("%s: %u %s, not %u with %s", body, r.status, r.text.at, status, words);
    an_text_done(&r.text);
}

#define REST "\"verdict\":\"unwanted\",\"who\":\"li\",\"why\":\"case 1\""

static void test_taken(void **state)
{
    struct world *world = *state;
    expect(world, "{\"number\":\"13800138000\"," REST "}", 200, "{\"accepted\":1}");
    assert_string_equal(world->fake.label.number_text, "13800138000");
    assert_int_equal(world->fake.label.verdict, AN_RULING_UNWANTED);
    assert_int_equal(world->fake.label.weight, 1000);
    assert_true(world->fake.label.until_us == FAKE_NOW_US + 180 * 86400ull * 1000000);
    expect(world,
           "[{\"campaign\":17," REST "},{\"token\":\"01KB3M8Z6W0000G7Q2V5X9T4C1\"," REST "},"
           "{\"number\":\"1\",\"trunk\":\"platform-7\",\"category\":\"loan\",\"weight\":0.25,"
           "\"until\":\"2026-12-24\"," REST "}]",
           200, "{\"accepted\":3}");
    assert_int_equal(world->fake.labels, 4);
    assert_string_equal(world->fake.label.trunk_name, "platform-7");
    assert_int_equal(world->fake.label.category, AN_CATEGORY_LOAN);
    assert_int_equal(world->fake.label.weight, 250);
    assert_true(world->fake.label.until_us == 1798128000ull * 1000000); /* the end of that day in Beijing */
}

static void test_refused_whole(void **state)
{
    struct world *world = *state;
    expect(world, "[{\"number\":\"1\"," REST "},{\"number\":\"2\",\"verdict\":\"bad\",\"who\":\"a\",\"why\":\"b\"}]",
           400, "label 1: field \\\"verdict\\\" is \\\"bad\\\"; unwanted, wanted or withdrawn is possible");
    expect(world, "[{\"number\":\"1\"," REST "},{\"number\":\"409\"," REST "}]", 400,
           "labels 1 and 0: it is labelled wanted, and unwanted by another");
    expect(world, "[{\"number\":\"1\"," REST "},{\"number\":\"404\"," REST "}]", 404, "\"field\":\"token\"");
    expect(world, "[{\"number\":\"503\"," REST "}]", 503, "limits.labels is full");
    expect(world, "{\"number\":\"1\",\"verdict\":\"wanted\",\"who\":\"a\"}", 400, "\"why\\\" is missing");
    expect(world, "{\"number\":\"1\",\"numbr\":\"1\"," REST "}", 400, "did you mean \\\"number\\\"");
    expect(world, "[]", 400, "error");
    expect(world, "{\"number\":\"1\"," REST ",\"who\":\"b\"}", 400, "error");
    expect(world, "not json", 400, "error");
    assert_int_equal(world->fake.labels, 0);
}

static void test_guarded(void **state)
{
    struct world *world = *state;
    world->core.options.token = "secret";
    expect(world, "{\"number\":\"1\"," REST "}", 401, "error");
    assert_int_equal(world->fake.labels, 0);
    world->core.options.token = NULL;
    world->core.options.calls.labels = NULL;
    expect(world, "{\"number\":\"1\"," REST "}", 503, "labels are not taken here");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, finish)
    const struct CMUnitTest tests[] = { TEST(test_taken), TEST(test_refused_whole), TEST(test_guarded) };
    return cmocka_run_group_tests_name("labels", tests, NULL, NULL);
}
