/* Campaigns over HTTP: filters, ids that lead elsewhere, an operator's word, switched off. */
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

static cJSON *get(struct world *world, const char *path, const char *state, const char *limit, unsigned status)
{
    struct an_api_response r;
    struct an_api_request request = { .method = "GET", .path = path };
    if (state != NULL) request.query[request.query_count++] = (struct an_api_argument) { "state", state };
    if (limit != NULL) request.query[request.query_count++] = (struct an_api_argument) { "limit", limit };
    an_api_answer(&world->core, &request, &r);
    if (r.status != status) fail_msg("%s: %u %s", path, r.status, r.text.at);
    cJSON *json = fake_json(&r);
    an_text_done(&r.text);
    return json;
}

static void expect_listed(struct world *world, const char *state, const char *limit, int count, int shown)
{
    cJSON *json = get(world, "/v1/campaigns", state, limit, 200);
    assert_int_equal((int)json_number(json, "count"), count);
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(json, "campaigns")), shown);
    assert_string_equal(json_text(json, "campaigns.0.trunk"), "gate \"7\"");
    cJSON_Delete(json);
}

/* Campaign 9 has no kind of its own, and this server no live view that remembers reports. */
static void test_kind_and_order(void **state)
{
    struct world *world = *state;
    cJSON *json = get(world, "/v1/campaigns/7", NULL, NULL, 200);
    assert_string_equal(json_text(json, "category_by"), "trust");
    assert_string_equal(json_text(json, "events.0.event"), "took-in"); /* oldest first */
    assert_string_equal(json_text(json, "events.1.event"), "born");
    cJSON_Delete(json);
    json = get(world, "/v1/campaigns/9", NULL, NULL, 200);
    assert_string_equal(json_text(json, "category"), "unknown");
    assert_true(cJSON_IsNull(cJSON_GetObjectItem(json, "category_by")));
    cJSON_Delete(json);
}

static void test_filters(void **state)
{
    struct world *world = *state;
    expect_listed(world, NULL, NULL, 2, 2);
    expect_listed(world, "all", "1000", 2, 2);
    expect_listed(world, "hostile", NULL, 1, 1);
    expect_listed(world, NULL, "1", 2, 1);
    static const char *const wrong[] = { "0", "1001", "", "x", "-1", "1e3", "99999999999999999999" };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        cJSON *json = get(world, "/v1/campaigns", NULL, wrong[i], 400);
        assert_string_equal(json_text(json, "error.field"), "limit");
        cJSON_Delete(json);
    }
    cJSON *json = get(world, "/v1/campaigns", "bad", NULL, 400);
    assert_string_equal(json_text(json, "error.field"), "state");
    cJSON_Delete(json);
}

static void test_one(void **state)
{
    struct world *world = *state;
    cJSON *json = get(world, "/v1/campaigns/8", NULL, NULL, 200);
    assert_int_equal((int)json_number(json, "id"), 7); /* taken in */
    assert_string_equal(json_text(json, "cells.0.trunk"), "gate \"7\"");
    assert_string_equal(json_text(json, "events.1.trunk"), "#00abcdef"); /* name not known */
    assert_string_equal(json_text(json, "terms.0.name"), "holes");
    cJSON_Delete(json);
    json = get(world, "/v1/campaigns/9", NULL, NULL, 200);
    assert_true(cJSON_IsNull(cJSON_GetObjectItem(json, "hostile_since")));
    cJSON_Delete(json);
    json = get(world, "/v1/campaigns/7/members", NULL, NULL, 200);
    assert_string_equal(json_text(json, "members.0.number"), "+8617012345678");
    cJSON_Delete(json);
}

static void test_release(void **state)
{
    struct world *world = *state;
    for (int i = 0; i < 2; i++) {
        struct an_api_response r = fake_ask(&world->core, "POST", "/v1/campaigns/7/release",
                                            i == 0 ? "{\"released\":true}" : "{\"released\":false}");
        assert_int_equal(r.status, 200);
        cJSON *json = fake_json(&r);
        assert_string_equal(json_text(json, "state"), i == 0 ? "released" : "hostile");
        assert_int_equal(world->fake.released, i == 0);
        cJSON_Delete(json);
        an_text_done(&r.text);
    }
}

static void test_off(void **state)
{
    struct world *world = *state;
    static const char *const paths[] = { "/v1/campaigns", "/v1/campaigns/7", "/v1/campaigns/7/members" };
    for (int turn = 0; turn < 2; turn++) {
        world->fake.broken = turn == 0;
        if (turn == 1) world->core.options.calls.campaign_ids = NULL;
        if (turn == 1) world->core.options.calls.campaign_view = NULL;
        if (turn == 1) world->core.options.calls.campaign_say = NULL;
        for (int i = 0; i < 3; i++) cJSON_Delete(get(world, paths[i], NULL, NULL, 501));
        struct an_api_response r = fake_ask(&world->core, "POST", "/v1/campaigns/7/release", "{\"released\":true}");
        assert_int_equal(r.status, 501);
        an_text_done(&r.text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_kind_and_order, begin, finish),
        cmocka_unit_test_setup_teardown(test_filters, begin, finish),
        cmocka_unit_test_setup_teardown(test_one, begin, finish),
        cmocka_unit_test_setup_teardown(test_release, begin, finish),
        cmocka_unit_test_setup_teardown(test_off, begin, finish),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
