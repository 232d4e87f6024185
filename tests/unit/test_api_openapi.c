/* The document and the server say the same: paths, methods, fields, examples, answers. */
#include "api_schema.h"

struct world {
    struct fake fake;
    struct an_api_core core;
    cJSON *document;
};

static int begin(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    if (world == NULL) return -1;
    struct an_api_options options = fake_options(&world->fake);
    world->document = cJSON_ParseWithLength(an_openapi_json, an_openapi_json_len);
    *state = world;
    return world->document == NULL ? -1 : (int)an_api_core_init(&world->core, &options);
}

static int finish(void **state)
{
    struct world *world = *state;
    cJSON_Delete(world->document);
    an_api_core_done(&world->core);
    free(world);
    return 0;
}

static void expect_fit(const struct world *world, const cJSON *schema, const cJSON *value, const char *what)
{
    char why[256] = "";
    if (schema == NULL) fail_msg("%s: no schema", what);
    if (schema_fits(world->document, schema, value, why)) return;
    char *text = cJSON_PrintUnformatted(value);
    fail_msg("%s: %s: %s", what, why, text);
}

/* The nth of all tables; NULL: no more. */
static const struct an_api_route *route_nth(size_t n)
{
    for (const struct an_api_route *const *table = an_api_tables; *table != NULL; table++)
        for (const struct an_api_route *route = *table; route->method != NULL; route++)
            if (n-- == 0) return route;
    return NULL;
}

static const struct an_api_route *route_of(const char *path, const char *method)
{
    const struct an_api_route *route;
    for (size_t i = 0; (route = route_nth(i)) != NULL; i++)
        if (strcmp(route->path, path) == 0 && strcasecmp(route->method, method) == 0) return route;
    return NULL;
}

/* The same for a path that was asked: {...} stands for one segment. */
static const struct an_api_route *route_asked(const char *path)
{
    const struct an_api_route *route;
    for (size_t i = 0; (route = route_nth(i)) != NULL; i++) {
        const char *at = route->path, *given = path;
        while (*at != '\0' && (*at == '{' || *at == *given)) {
            given += *at == '{' ? strcspn(given, "/") : 1;
            at += *at == '{' ? strcspn(at, "}") + 1 : 1;
        }
        if (*at == '\0' && *given == '\0') return route;
    }
    return NULL;
}

/* The operation of a route. */
static const cJSON *operation_of(const struct world *world, const struct an_api_route *route)
{
    const cJSON *path;
    cJSON_ArrayForEach(path, cJSON_GetObjectItem(world->document, "paths"))
    {
        const cJSON *operation;
        cJSON_ArrayForEach(operation, path)
        {
            if (route_of(path->string, operation->string) == route) return operation;
        }
    }
    return NULL;
}

/* The media object of an operation's answer, through $ref. */
static const cJSON *answer_of(const struct world *world, const cJSON *operation, unsigned status, const char *type)
{
    char code[16], media[64];
    snprintf(code, sizeof code, "%u", status);
    snprintf(media, sizeof media, "%.*s", (int)strcspn(type, ";"), type);
    const cJSON *response = cJSON_GetObjectItemCaseSensitive(cJSON_GetObjectItem(operation, "responses"), code);
    response = schema_of(world->document, response);
    return cJSON_GetObjectItemCaseSensitive(cJSON_GetObjectItem(response, "content"), media);
}

static void test_is_strict_json(void **state)
{
    struct world *world = *state;
    assert_string_equal(json_text(world->document, "openapi"), "3.1.0");
    assert_string_equal(json_text(world->document, "info.version"), ANNING_VERSION);
    assert_string_equal(json_text(world->document, "info.license.identifier"), "Apache-2.0");
    assert_int_equal(strlen(an_openapi_json), an_openapi_json_len);
    const char *end = NULL;
    cJSON *again = cJSON_ParseWithOpts(an_openapi_json, &end, true);
    assert_non_null(again);
    cJSON_Delete(again);
}

static void refs_resolve(const cJSON *document, const cJSON *at)
{
    const cJSON *item;
    const char *to = json_text(at, "$ref");
    if (to[0] != '\0' && schema_at(document, to) == NULL) fail_msg("%s leads nowhere", to);
    cJSON_ArrayForEach(item, at)
    {
        refs_resolve(document, item);
    }
}

static void test_paths_are_the_servers(void **state)
{
    struct world *world = *state;
    const cJSON *path, *operation;
    size_t count = 0;
    refs_resolve(world->document, world->document);
    cJSON_ArrayForEach(path, cJSON_GetObjectItem(world->document, "paths"))
    {
        cJSON_ArrayForEach(operation, path)
        {
            const struct an_api_route *route = route_of(path->string, operation->string);
            if (route == NULL) fail_msg("%s %s is not served", operation->string, path->string);
            const cJSON *security = cJSON_GetObjectItem(operation, "security"); /* [] takes the document's away */
            bool open = security != NULL && cJSON_GetArraySize(security) == 0;
            if (((route->roles & AN_ROLE_PUBLIC) != 0) != open)
                fail_msg("%s: guarded in one, open in the other", path->string);
            assert_true(strlen(json_text(operation, "operationId")) > 0);
            assert_true(strlen(json_text(operation, "summary")) > 0);
            count++;
        }
    }
    const struct an_api_route *route;
    for (size_t i = 0; (route = route_nth(i)) != NULL; i++)
        if (operation_of(world, route) == NULL) fail_msg("%s %s is not in the document", route->method, route->path);
    assert_null(route_nth(count));
}

/* Examples of bodies are taken, and the answers are as promised. */
static void test_examples_are_taken(void **state)
{
    struct world *world = *state;
    size_t tried = 0;
    const struct an_api_route *route;
    for (size_t i = 0; (route = route_nth(i)) != NULL; i++) {
        const cJSON *operation = operation_of(world, route), *example;
        const cJSON *body = schema_at(operation, "/requestBody/content");
        if (body == NULL) continue;
        body = cJSON_GetObjectItemCaseSensitive(body, "application/json");
        cJSON_ArrayForEach(example, cJSON_GetObjectItem(body, "examples"))
        {
            const cJSON *value = cJSON_GetObjectItem(example, "value");
            expect_fit(world, cJSON_GetObjectItem(body, "schema"), value, example->string);
            if ((route->roles & AN_ROLE_MACHINE) == 0) continue; /* needs a store and somebody signed in */
            char *text = cJSON_PrintUnformatted(value);
            char path[64];
            const char *id = strstr(route->path, "{id}");
            int before = (int)(id == NULL ? strlen(route->path) : (size_t)(id - route->path));
            snprintf(path, sizeof path, "%.*s%s%s", before, route->path, id == NULL ? "" : "7",
                     id == NULL ? "" : id + 4);
            struct an_api_response r = fake_ask(&world->core, route->method, path, text);
            if (r.status != 200) fail_msg("%s: %s gives %s", route->path, text, r.text.at);
            cJSON *json = fake_json(&r);
            expect_fit(world, cJSON_GetObjectItem(answer_of(world, operation, 200, r.type), "schema"), json, text);
            assert_null(strstr(r.text.at, "\"error\""));
            cJSON_Delete(json);
            cJSON_free(text);
            an_text_done(&r.text);
            tried++;
        }
    }
    assert_true(tried >= 9);
}

static void examples_fit(const struct world *world, const cJSON *at)
{
    const cJSON *schema = cJSON_GetObjectItemCaseSensitive(at, "schema"), *item;
    if (schema != NULL) {
        cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(at, "examples"))
        {
            expect_fit(world, schema, cJSON_GetObjectItem(item, "value"), item->string);
        }
        item = cJSON_GetObjectItemCaseSensitive(at, "example");
        if (item != NULL) expect_fit(world, schema, item, "example");
    }
    if (cJSON_GetObjectItemCaseSensitive(at, "type") != NULL) { /* of a schema: a list of values */
        cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(at, "examples"))
        {
            expect_fit(world, at, item, "a schema's example");
        }
    }
    cJSON_ArrayForEach(item, at)
    {
        examples_fit(world, item);
    }
}

static void test_examples_fit_their_schemas(void **state)
{
    struct world *world = *state;
    examples_fit(world, world->document);
}

/* Every answer the server can be brought to give is in the document and fits. */
static void test_answers_are_documented(void **state)
{
    struct world *world = *state;
    static const struct {
        const char *method, *path, *type, *body;
        unsigned status;
    } asked[] = {
        { "POST", "/v1/decide", "application/json", "[{\"from\":\"1\",\"to\":\"+8613800138003\"},{\"to\":\"1\"}]",
          200 },
        { "POST", "/v1/decide", "application/json", "{\"from\":\"1\",\"to\":\"+8613800138009\"}", 400 },
        { "POST", "/v1/decide", "application/json", "{\"from\":\"1\",\"to\":", 400 },
        { "POST", "/v1/decide", "text/plain", "x", 415 },
        { "POST", "/v1/events", "application/json", "[{\"kind\":\"end\",\"call_id\":\"a\"},{\"kind\":\"end\"},{}]",
          200 },
        { "POST", "/v1/events", "application/json", "{\"kind\":\"end\"}", 400 },
        { "POST", "/v1/events", "", "{}", 415 },
        { "GET", "/v1/events", "", "", 405 },
        { "POST", "/v1/labels", "application/json",
          "{\"number\":\"1\",\"verdict\":\"wanted\",\"who\":\"a\",\"why\":\"b\"}", 200 },
        { "POST", "/v1/labels", "application/json", "{\"number\":\"1\"}", 400 },
        { "POST", "/v1/labels", "application/json",
          "{\"number\":\"404\",\"verdict\":\"wanted\",\"who\":\"a\",\"why\":\"b\"}", 404 },
        { "POST", "/v1/labels", "application/json",
          "{\"number\":\"503\",\"verdict\":\"wanted\",\"who\":\"a\",\"why\":\"b\"}", 503 },
        { "POST", "/v1/labels", "text/csv", "x", 415 },
        { "GET", "/v1/explain/01KB3M8Z6W0000G7Q2V5X9T4C1", "", "", 404 },
        { "GET", "/v1/explain/x", "", "", 400 },
        { "POST", "/v1/explain/x", "", "", 405 },
        { "GET", "/v1/campaigns", "", "", 200 },
        { "POST", "/v1/campaigns", "application/json", "{}", 405 },
        { "GET", "/v1/campaigns/7", "", "", 200 },
        { "GET", "/v1/campaigns/8", "", "", 200 },
        { "GET", "/v1/campaigns/9", "", "", 200 },
        { "GET", "/v1/campaigns/6", "", "", 404 },
        { "GET", "/v1/campaigns/0", "", "", 400 },
        { "GET", "/v1/campaigns/-7", "", "", 400 },
        { "GET", "/v1/campaigns/99999999999", "", "", 400 },
        { "GET", "/v1/campaigns/7/members", "", "", 200 },
        { "GET", "/v1/campaigns/5/members", "", "", 404 },
        { "GET", "/v1/campaigns/x/members", "", "", 400 },
        { "GET", "/v1/campaigns/7/release", "", "", 405 },
        { "POST", "/v1/campaigns/7/release", "application/json", "{\"released\":false}", 200 },
        { "POST", "/v1/campaigns/7/release", "application/json", "{\"released\":1}", 400 },
        { "POST", "/v1/campaigns/7/release", "application/json", "[{\"released\":true}]", 400 },
        { "POST", "/v1/campaigns/7/release", "application/json", "{\"released\":true,\"x\":1}", 400 },
        { "POST", "/v1/campaigns/7/release", "application/json", "{", 400 },
        { "POST", "/v1/campaigns/6/release", "application/json", "{\"released\":true}", 404 },
        { "POST", "/v1/campaigns/7/release", "text/plain", "x", 415 },
        { "GET", "/metrics", "", "", 200 },
        { "PUT", "/metrics", "", "", 405 },
        { "GET", "/healthz", "", "", 200 },
        { "GET", "/readyz", "", "", 200 },
        { "GET", "/openapi.json", "", "", 200 },
        { "DELETE", "/openapi.json", "", "", 405 },
    };
    for (size_t i = 0; i < sizeof asked / sizeof asked[0]; i++) {
        struct an_api_response r =
            fake_ask_typed(&world->core, asked[i].method, asked[i].path, asked[i].type, an_slice_of(asked[i].body));
        if (r.status != asked[i].status) fail_msg("%s %s: %u", asked[i].method, asked[i].path, r.status);
        const struct an_api_route *route = route_asked(asked[i].path);
        assert_non_null(route);
        const cJSON *media = answer_of(world, operation_of(world, route), r.status, r.type);
        if (media == NULL)
            fail_msg("%s %s: %u as %s is not documented", asked[i].method, asked[i].path, r.status, r.type);
        if (strcmp(r.type, "application/json") == 0) {
            cJSON *json = fake_json(&r);
            expect_fit(world, cJSON_GetObjectItem(media, "schema"), json, asked[i].path);
            cJSON_Delete(json);
        }
        an_text_done(&r.text);
    }
}

/* The documented fields are those the reader takes: each alone is not "not known". */
static void test_fields_are_known(void **state)
{
    struct world *world = *state;
    static const char *const names[] = { "Call", "Event", "Label" };
    static const char *const paths[] = { "/v1/decide", "/v1/events", "/v1/labels" };
    for (int i = 0; i < 3; i++) {
        char pointer[64], body[128];
        snprintf(pointer, sizeof pointer, "#/components/schemas/%s/properties", names[i]);
        const cJSON *properties = schema_at(world->document, pointer), *property;
        assert_non_null(properties);
        cJSON_ArrayForEach(property, properties)
        {
            snprintf(body, sizeof body, "{\"%s\":null}", property->string);
            struct an_api_response r = fake_ask(&world->core, "POST", paths[i], body);
            if (r.text.at != NULL && strstr(r.text.at, "not known") != NULL) fail_msg("%s: %s", body, r.text.at);
            an_text_done(&r.text);
        }
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, finish)
    const struct CMUnitTest tests[] = {
        TEST(test_is_strict_json),         TEST(test_paths_are_the_servers),
        TEST(test_examples_are_taken),     TEST(test_examples_fit_their_schemas),
        TEST(test_answers_are_documented), TEST(test_fields_are_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
