/* The checks on the tree must find what they are for: tools/layers and tools/sizes on a made-up tree with faults. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <cmocka.h>

static char root[] = "/tmp/anning-tree-XXXXXX";

static void put(const char *path, const char *text)
{
    char whole[256];
    snprintf(whole, sizeof whole, "%s/%s", root, path);
    for (char *slash = strchr(whole + strlen(root) + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        mkdir(whole, 0700);
        *slash = '/';
    }
    FILE *file = fopen(whole, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

/* Runs a tool on the tree. Returns its exit status; said: what it wrote. */
static int run(const char *tool, char *said, size_t size)
{
    char command[300];
    snprintf(command, sizeof command, "python3 tools/%s %s 2>/dev/null", tool, root);
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    size_t len = fread(said, 1, size - 1, pipe);
    said[len] = '\0';
    return WEXITSTATUS(pclose(pipe));
}

static void layers_finds_breaches(void **state)
{
    (void)state;
    char said[4096];
    put("src/base/a.h", "#include <stdio.h>\n");
    put("src/score/a.c", "#include \"score/a.h\"\n#include \"model/call.h\"\n");
    put("src/engine/a.c", "#include \"wire/a.h\"\n#include \"score/a.h\"\n");
    put("cli/a.c", "#include \"cli/cli.h\"\n#include \"engine/engine.h\"\n#include \"api/api.h\"\n");
    assert_int_equal(run("layers", said, sizeof said), 0);
    put("src/base/b.h", "\n#include \"model/call.h\"\n");
    put("src/score/b.c", "#include \"observe/table.h\"\n");
    put("src/wire/b.c", "  #  include \"engine/engine.h\"\n");
    put("src/campaign/b.c", "#include \"score/a.h\"\n");
    put("cli/b.c", "#include \"daemon/service.h\"\n");
    put("range/b.c", "#include \"score/a.h\"\n");
    put("src/parse/b.c", "#include \"sip.h\"\n");
    put("src/nowhere/b.c", "\n");
    assert_int_equal(run("layers", said, sizeof said), 1);
    assert_non_null(strstr(said, "src/base/b.h:2: base includes model"));
    assert_non_null(strstr(said, "src/score/b.c:1: score includes observe"));
    assert_non_null(strstr(said, "src/wire/b.c:1: wire includes engine"));
    assert_non_null(strstr(said, "src/campaign/b.c:1: campaign includes score"));
    assert_non_null(strstr(said, "cli/b.c:1: cli includes daemon"));
    assert_non_null(strstr(said, "range/b.c:1: range includes score"));
    assert_non_null(strstr(said, "src/parse/b.c:1: \"sip.h\" is not written from src/"));
    assert_non_null(strstr(said, "src/nowhere/b.c:1: folder nowhere"));
}

static void put_function(const char *path, const char *before, int lines)
{
    char text[8192];
    int at = snprintf(text, sizeof text, "%sint f(int a,\n      int b)\n{\n", before);
    for (int i = 0; i < lines - 4; i++) at += snprintf(text + at, sizeof text - (size_t)at, "    a++;\n");
    snprintf(text + at, sizeof text - (size_t)at, "}\n");
    put(path, text);
}

static void sizes_finds_what_is_long(void **state)
{
    (void)state;
    char said[4096], *long_text = calloc(900, 4);
    put_function("src/act/fits.c", "int x;\n", 70);
    put_function("src/act/allowed.c", "/* long: a state machine\n * of many states */\n", 90);
    assert_int_equal(run("sizes", said, sizeof said), 0);
    put_function("src/act/long.c", "/* Says what it does. */\n", 71);
    for (int i = 0; i < 801; i++) strcat(long_text, "//\n");
    put("src/act/file.h", long_text);
    free(long_text);
    assert_int_equal(run("sizes", said, sizeof said), 1);
    assert_non_null(strstr(said, "src/act/long.c:2: f has 71 lines"));
    assert_non_null(strstr(said, "src/act/file.h:1: 801 lines"));
    assert_null(strstr(said, "fits.c"));
    assert_null(strstr(said, "allowed.c"));
}

static int make_root(void **state)
{
    (void)state;
    return mkdtemp(root) == NULL ? -1 : 0;
}

static int remove_root(void **state)
{
    (void)state;
    char command[64];
    snprintf(command, sizeof command, "rm -rf %s", root);
    return system(command);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(layers_finds_breaches),
        cmocka_unit_test(sizes_finds_what_is_long),
    };
    return cmocka_run_group_tests(tests, make_root, remove_root);
}
