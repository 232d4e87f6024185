/* Complaints, cases and routes over the API, on both databases: who may what, hostile and wrong items refused whole
 * with their place, numbers shown to whom they may be, addresses that are none of a webhook's. */
#include "accounts_kit.h"
#include "api/desk.h"
#include "api/person.h"

#define HOSTILE "</script>'; DROP TABLE complaint; --"

struct desk {
    struct world *world;
    struct an_api_people people;
    struct browser authority, operator_, admin, agent, auditor;
};

static struct desk *begin(void)
{
    struct desk *d = calloc(1, sizeof *d);
    d->world = world_begin();
    d->people.routes_send = true;
    d->world->core.options.people = &d->people;
    struct {
        struct browser *browser;
        const char *role;
    } all[] = { { &d->authority, "authority" },
                { &d->operator_, "operator" },
                { &d->admin, "admin" },
                { &d->agent, "agent" },
                { &d->auditor, "auditor" } };
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        world_account(d->world, all[i].role, all[i].role);
        world_sign_in(d->world, all[i].browser, all[i].role);
    }
    return d;
}

static void end(struct desk *d)
{
    d->world->core.options.people = NULL;
    world_end(d->world);
    free(d);
}

static const char *item(const char *id, const char *more)
{
    static char text[1024];
    snprintf(
        text, sizeof text,
        "{\"id\":\"%s\",\"source\":\"12321\",\"time\":\"%s\",\"caller\":\"+862061110001\",\"category\":\"loan\"%s}", id,
        "2026-11-20T11:14:05+08:00", more);
    return text;
}

static void taken_and_shown(void **state)
{
    (void)state;
    struct desk *d = begin();
    struct world *w = d->world;
    cJSON *json = world_json(w, &d->authority, "POST", "/v1/complaints",
                             item("A-1", ",\"callee\":\"+8613800138000\",\"words\":\"" HOSTILE "\""), 200);
    assert_int_equal((int)cJSON_GetObjectItem(json, "taken")->valuedouble, 1);
    char path[64], subject[32];
    snprintf(path, sizeof path, "/v1/cases/%s", json_text(json, "items.0.case"));
    cJSON_Delete(json);
    json = world_json(w, &d->operator_, "POST", "/v1/complaints", item("A-1", ""), 200);
    assert_int_equal((int)cJSON_GetObjectItem(json, "known")->valuedouble, 1);
    cJSON_Delete(json);
    json = world_json(w, &d->authority, "GET", path, NULL, 200);
    snprintf(subject, sizeof subject, "%s", json_text(json, "subject"));
    assert_int_equal(subject[0], 'P');
    assert_string_equal(json_text(json, "complaints.0.source"), "12321");
    assert_string_equal(json_text(json, "complaints.0.id"), "A-1");
    assert_string_equal(json_text(json, "complaints.0.words"), HOSTILE);
    assert_string_equal(json_text(json, "complaints.0.caller"), subject); /* one number, one pseudonym */
    assert_int_equal(json_text(json, "complaints.0.callee")[0], 'P');
    assert_string_equal(json_text(json, "region"), "44");
    cJSON_Delete(json);
    json = world_json(w, &d->admin, "GET", path, NULL, 200);
    assert_string_equal(json_text(json, "subject"), "+862061110001");
    assert_int_equal(json_text(json, "complaints.0.callee")[0], 'P'); /* who complained is nobody's to see */
    cJSON_Delete(json);
    json = world_json(w, &d->operator_, "GET", "/v1/complaints?source=12321", NULL, 200);
    assert_string_equal(json_text(json, "items.0.caller"), "+862061110001");
    cJSON_Delete(json);
    json = world_json(w, &d->authority, "GET", "/v1/complaints", NULL, 200);
    assert_string_equal(json_text(json, "items.0.caller"), subject);
    cJSON_Delete(json);
    json = world_json(w, &d->auditor, "GET", "/v1/audit", NULL, 200);
    char *text = cJSON_PrintUnformatted(json);
    assert_non_null(strstr(text, "complaints.look"));
    assert_non_null(strstr(text, "complaints.add"));
    assert_non_null(strstr(text, "case.look"));
    cJSON_free(text);
    cJSON_Delete(json);
    end(d);
}

static void who_may(void **state)
{
    (void)state;
    struct desk *d = begin();
    struct world *w = d->world;
    struct browser nobody = { 0 };
    static const char *const paths[] = { "/v1/complaints", "/v1/routes" };
    for (int i = 0; i < 2; i++) {
        world_expect(w, &nobody, "GET", paths[i], NULL, 401);
        world_expect(w, &d->agent, "GET", paths[i], NULL, 403);
        world_expect(w, &d->auditor, "GET", paths[i], NULL, 403);
        world_expect(w, &d->operator_, "GET", paths[i], NULL, 200);
    }
    world_expect(w, &d->agent, "POST", "/v1/complaints", item("x", ""), 403);
    world_expect(w, &d->operator_, "PUT", "/v1/routes", "{\"items\":[]}", 403);
    struct browser key = { 0 }, other = { 0 };
    cJSON *json = world_json(w, &d->admin, "POST", "/v1/keys", "{\"name\":\"12321\",\"scopes\":[\"complaints\"]}", 201);
    char text[128], wrong[128];
    snprintf(text, sizeof text, "%s", json_text(json, "key"));
    key.bearer = text;
    cJSON_Delete(json);
    json = world_json(w, &d->admin, "POST", "/v1/keys", "{\"name\":\"app\",\"scopes\":[\"lookup\"]}", 201);
    snprintf(wrong, sizeof wrong, "%s", json_text(json, "key"));
    other.bearer = wrong;
    cJSON_Delete(json);
    world_expect(w, &key, "POST", "/v1/complaints", item("k", ""), 200);
    world_expect(w, &key, "GET", "/v1/cases", NULL, 403);
    world_expect(w, &other, "POST", "/v1/complaints", item("k", ""), 403);
    json = world_json(w, &key, "GET", "/v1/complaints", NULL, 200);
    assert_int_equal(json_text(json, "items.0.caller")[0], 'P');
    cJSON_Delete(json);
    end(d);
}

static void refused(struct desk *d, const char *body, const char *field, const char *words)
{
    cJSON *json = world_json(d->world, &d->authority, "POST", "/v1/complaints", body, 400);
    if (strcmp(json_text(json, "error.field"), field) != 0 || strstr(json_text(json, "error.message"), words) == NULL)
        fail_msg("%s: %s: %s", body, json_text(json, "error.field"), json_text(json, "error.message"));
    cJSON_Delete(json);
}

static void wrong_ones(void **state)
{
    (void)state;
    struct desk *d = begin();
    char body[4096], good[1024];
    static const struct {
        const char *body, *field;
    } cases[] = {
        { "{\"source\":\"12321\"}", "id" },
        { "{\"id\":\"1\",\"source\":\"12306\"}", "source" },
        { "{\"id\":\"1\",\"source\":\"report\"}", "source" },
        { "{\"id\":\"a\\u0000b\",\"source\":\"12321\"}", "" },
        { "{\"id\":\"a\\u0007b\",\"source\":\"12321\"}", "id" },
        { "{\"id\":\"1\",\"source\":\"12321\",\"time\":\"yesterday\"}", "time" },
        { "{\"id\":\"1\",\"source\":\"12321\",\"time\":\"2031-01-01T00:00:00Z\"}", "time" },
        { "{\"id\":\"1\",\"source\":\"12321\",\"time\":\"2019-01-01T00:00:00Z\"}", "time" },
        { "{\"id\":\"1\",\"source\":\"12321\",\"time\":\"2026-11-20T00:00:00Z\",\"caller\":\"13800138000\"}",
          "caller" },
        { "{\"id\":\"1\",\"source\":\"12321\",\"time\":\"2026-11-20T00:00:00Z\",\"caller\":\"+8613800138000\"}",
          "category" },
        { "{\"id\":\"1\",\"surce\":\"12321\"}", "surce" },
        { "{\"items\":[]}", "items" },
        { "{\"items\":{}}", "items" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) refused(d, cases[i].body, cases[i].field, "");
    snprintf(good, sizeof good, "%s", item("good", ""));
    snprintf(body, sizeof body, "{\"items\":[%s,%s]}", good, item("bad", ",\"callee\":\"12\""));
    refused(d, body, "callee", "item 1: ");
    cJSON *json = world_json(d->world, &d->authority, "GET", "/v1/complaints", NULL, 200); /* the good one neither */
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(json, "items")), 0);
    cJSON_Delete(json);
    struct an_text many;
    an_text_init(&many, 1 << 20);
    an_text_puts(&many, "{\"items\":[");
    for (int i = 0; i <= AN_COMPLAINTS_MAX; i++) an_text_puts(&many, i == 0 ? "{}" : ",{}");
    an_text_puts(&many, "]}");
    refused(d, many.at, "items", "AN_COMPLAINTS_MAX");
    an_text_done(&many);
    static const char *const queries[] = { "?source=report", "?case=7", "?cursor=x", "?cursor=7-x", "?limit=0" };
    for (size_t i = 0; i < sizeof queries / sizeof queries[0]; i++) {
        snprintf(body, sizeof body, "/v1/complaints%s", queries[i]);
        world_expect(d->world, &d->authority, "GET", body, NULL, 400);
    }
    world_expect(d->world, &d->authority, "GET", "/v1/cases?cursor=7", NULL, 400);
    end(d);
}

static void in_pages(void **state)
{
    (void)state;
    struct desk *d = begin();
    char body[4096], path[128], id[16];
    size_t len = (size_t)snprintf(body, sizeof body, "{\"items\":[");
    for (int i = 0; i < 5; i++) {
        snprintf(id, sizeof id, "p%d", i);
        len += (size_t)snprintf(body + len, sizeof body - len, "%s%s", i == 0 ? "" : ",", item(id, ""));
    }
    snprintf(body + len, sizeof body - len, "]}");
    world_expect(d->world, &d->authority, "POST", "/v1/complaints", body, 200);
    unsigned seen = 0;
    snprintf(path, sizeof path, "/v1/complaints?limit=2");
    while (path[0] != '\0') {
        cJSON *json = world_json(d->world, &d->authority, "GET", path, NULL, 200);
        seen += (unsigned)cJSON_GetArraySize(cJSON_GetObjectItem(json, "items"));
        const char *next = json_text(json, "next");
        if (next[0] == '\0')
            path[0] = '\0';
        else
            snprintf(path, sizeof path, "/v1/complaints?limit=2&cursor=%s", next);
        cJSON_Delete(json);
    }
    assert_int_equal(seen, 5);
    end(d);
}

static void routes(void **state)
{
    (void)state;
    struct desk *d = begin();
    struct world *w = d->world;
    const char *good = "{\"items\":[{\"network\":\"*\",\"category\":\"fraud\",\"firm\":\"*\",\"to\":\"police\"},"
                       "{\"network\":\"*\",\"category\":\"*\",\"firm\":\"*\",\"to\":\"<b>\",\"url\":"
                       "\"https://miit.example/in\"}]}";
    cJSON *json = world_json(w, &d->authority, "PUT", "/v1/routes", good, 200);
    assert_string_equal(json_text(json, "items.1.to"), "<b>");
    cJSON_Delete(json);
    static const struct {
        const char *route, *field;
    } wrong[] = {
        { "{\"network\":\"*\",\"category\":\"*\",\"firm\":\"*\"}", "to" },
        { "{\"network\":\"ours\",\"category\":\"*\",\"firm\":\"*\",\"to\":\"x\"}", "network" },
        { "{\"network\":\"*\",\"category\":\"loans\",\"firm\":\"*\",\"to\":\"x\"}", "category" },
        { "{\"network\":\"*\",\"category\":\"*\",\"to\":\"x\"}", "firm" },
        { "7", "" },
    };
    static const char *const urls[] = { "http://miit.example/in",
                                        "http://10.0.0.1/",
                                        "https://u:p@miit.example/",
                                        "https://u@miit.example/",
                                        "file:///etc/passwd",
                                        "http://127.0.0.1@evil.example/",
                                        "gopher://127.0.0.1/",
                                        "http://localhost/",
                                        "https://",
                                        "https://a b/",
                                        "http://127.1.evil.example/",
                                        "HTTPS://x y",
                                        "http://2130706433.example/",
                                        "javascript:alert(1)" };
    char body[512];
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        snprintf(body, sizeof body, "{\"items\":[%s]}", wrong[i].route);
        json = world_json(w, &d->authority, "PUT", "/v1/routes", body, 400);
        assert_string_equal(json_text(json, "error.field"), wrong[i].field);
        cJSON_Delete(json);
    }
    for (size_t i = 0; i < sizeof urls / sizeof urls[0]; i++) {
        snprintf(body, sizeof body,
                 "{\"items\":[{\"network\":\"*\",\"category\":\"*\",\"firm\":\"*\",\"to\":\"x\",\"url\":\"%s\"}]}",
                 urls[i]);
        json = world_json(w, &d->authority, "PUT", "/v1/routes", body, 400);
        if (strcmp(json_text(json, "error.field"), "url") != 0) fail_msg("%s", urls[i]);
        cJSON_Delete(json);
    }
    json = world_json(w, &d->authority, "GET", "/v1/routes", NULL, 200); /* as they were */
    assert_string_equal(json_text(json, "items.0.to"), "police");
    cJSON_Delete(json);
    json = world_json(w, &d->authority, "POST", "/v1/complaints", item("r", ""), 200);
    assert_string_equal(json_text(json, "items.0.routed.0"), "<b>");
    snprintf(body, sizeof body, "/v1/cases/%s", json_text(json, "items.0.case"));
    cJSON_Delete(json);
    json = world_json(w, &d->authority, "GET", body, NULL, 200);
    assert_string_equal(json_text(json, "routed.0.state"), "waiting");
    cJSON_Delete(json);
    d->people.routes_send = false; /* no secret to sign with: no address */
    json = world_json(w, &d->authority, "PUT", "/v1/routes", good, 400);
    assert_string_equal(json_text(json, "error.field"), "url");
    cJSON_Delete(json);
    end(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(taken_and_shown), cmocka_unit_test(who_may), cmocka_unit_test(wrong_ones),
        cmocka_unit_test(in_pages),        cmocka_unit_test(routes),
    };
    return store_kit_run_named("api_complaints", tests, sizeof tests / sizeof tests[0]);
}
