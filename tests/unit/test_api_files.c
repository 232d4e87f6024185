/* The console's files: what is served, how, and what is never reached. */
#include "tests/unit/api_fake.h"

#include <sys/stat.h>
#include <unistd.h>

#include "api/files.h"

static char folder[64];
static struct an_api_files *files;

static void put(const char *name, const char *text)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static int begin(void **state)
{
    char path[256];
    struct an_error error;
    (void)state;
    strcpy(folder, "/tmp/anning-files-XXXXXX");
    if (mkdtemp(folder) == NULL) return -1;
    snprintf(path, sizeof path, "%s/console", folder);
    mkdir(path, 0755);
    snprintf(path, sizeof path, "%s/console/assets", folder);
    mkdir(path, 0755);
    put("secret.txt", "not yours");
    put("console/index.html", "<!doctype html>");
    put("console/icon.svg", "<svg/>");
    put("console/.env", "hidden");
    put("console/store.key", "secret");
    put("console/anning.sqlite", "people");
    put("console/anning.sqlite.gz", "people");
    put("console/assets/app-1a2b.js", "let a = 1");
    put("console/assets/app-1a2b.js.gz", "gz");
    put("console/assets/app-1a2b.js.br", "br");
    put("console/assets/app-1a2b.css", "a {}");
    snprintf(path, sizeof path, "%s/console/out.txt", folder);
    if (symlink("../secret.txt", path) != 0) return -1;
    snprintf(path, sizeof path, "%s/console/up", folder);
    if (symlink("..", path) != 0) return -1;
    snprintf(path, sizeof path, "%s/console/fifo.txt", folder);
    if (mkfifo(path, 0600) != 0) return -1;
    snprintf(path, sizeof path, "%s/console", folder);
    return (int)an_api_files_read(path, &files, &error);
}

static int finish(void **state)
{
    char line[128];
    (void)state;
    an_api_files_free(files);
    snprintf(line, sizeof line, "rm -rf '%s'", folder);
    return system(line);
}

static bool ask(const char *path, const char *accept, const char *match, struct an_api_response *ret)
{
    const struct an_api_request request = {
        .method = "GET", .path = path, .accept_encoding = an_slice_of(accept), .if_none_match = an_slice_of(match)
    };
    *ret = (struct an_api_response) { .status = 200 };
    return an_api_files_answer(files, &request, ret);
}

static void expect(const char *path, const char *accept, const char *text, const char *encoding)
{
    struct an_api_response r;
    if (!ask(path, accept, NULL, &r)) fail_msg("%s is not served", path);
    assert_int_equal(r.fixed_len, strlen(text));
    assert_memory_equal(r.fixed, text, strlen(text));
    if (encoding == NULL)
        assert_null(r.encoding);
    else
        assert_string_equal(r.encoding, encoding);
    assert_true(r.page);
}

static void files_are_served_as_the_client_takes_them(void **state)
{
    (void)state;
    expect("/", NULL, "<!doctype html>", NULL);
    expect("/index.html", "gzip, br", "<!doctype html>", NULL);
    expect("/desk/campaigns/7", NULL, "<!doctype html>", NULL);
    expect("/assets/app-1a2b.js", NULL, "let a = 1", NULL);
    expect("/assets/app-1a2b.js", "gzip, deflate, br", "br", "br");
    expect("/assets/app-1a2b.js", "GZIP;q=0.5", "gz", "gzip");
    expect("/assets/app-1a2b.js", "br;q=0, gzip", "gz", "gzip");
    expect("/assets/app-1a2b.js", "br;q=x, identity", "let a = 1", NULL);
    expect("/assets/app-1a2b.css", "br", "a {}", NULL);
}

static void what_never_changes_is_kept(void **state)
{
    (void)state;
    struct an_api_response r, again;
    assert_true(ask("/assets/app-1a2b.js", "br", NULL, &r));
    assert_non_null(strstr(r.cache, "immutable"));
    assert_string_equal(r.type, "text/javascript; charset=utf-8");
    assert_true(ask("/index.html", NULL, NULL, &r));
    assert_string_equal(r.cache, "no-cache");
    assert_true(ask("/index.html", NULL, r.etag, &again));
    assert_int_equal(again.status, 304);
    assert_int_equal(again.fixed_len, 0);
    assert_true(ask("/index.html", NULL, "\"0\"", &again));
    assert_int_equal(again.status, 200);
}

static void nothing_outside_is_reached(void **state)
{
    (void)state;
    static const char *const paths[] = {
        "/../secret.txt",
        "/assets/../../secret.txt",
        "/..%2fsecret.txt",
        "/%2e%2e/secret.txt",
        "/..\\secret.txt",
        "/out.txt",
        "/up/secret.txt",
        "//etc/passwd.",
        "/.env",
        "/store.key",
        "/anning.sqlite",
        "/anning.sqlite.gz",
        "/./index.html",
        "/index.html%00.js",
        "/assets/app-1a2b.js/.",
        "/v1/unknown",
        "/fifo.txt",
        "/assets/none-0000.js",
        "secret.txt",
        "/assets//app-1a2b.js",
    };
    struct an_api_response r;
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
        if (ask(paths[i], "br", NULL, &r)) fail_msg("%s is served", paths[i]);
    char longer[4000];
    memset(longer, 'a', sizeof longer - 1);
    longer[0] = '/';
    longer[sizeof longer - 1] = '\0';
    assert_true(ask(longer, NULL, NULL, &r)); /* the page, which tells that there is no such page */
    memcpy(longer + 1, "a.b", 3);
    assert_false(ask(longer, NULL, NULL, &r));
    const struct an_api_request post = { .method = "POST", .path = "/" };
    assert_false(an_api_files_answer(files, &post, &r));
    assert_false(an_api_files_answer(NULL, &post, &r));
}

static void a_folder_without_a_page_is_none(void **state)
{
    (void)state;
    char path[128];
    struct an_api_files *none = NULL;
    struct an_error error;
    snprintf(path, sizeof path, "%s/console/assets", folder);
    assert_int_equal(an_api_files_read(path, &none, &error), AN_ERR_NOT_FOUND);
    assert_non_null(strstr(error.text, "index.html"));
    assert_int_equal(an_api_files_read("/nonexistent", &none, &error), AN_ERR_NOT_FOUND);
    assert_null(none);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_are_served_as_the_client_takes_them),
        cmocka_unit_test(what_never_changes_is_kept),
        cmocka_unit_test(nothing_outside_is_reached),
        cmocka_unit_test(a_folder_without_a_page_is_none),
    };
    return cmocka_run_group_tests(tests, begin, finish);
}
