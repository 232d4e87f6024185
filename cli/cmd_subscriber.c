/* anning subscriber show|on|off|set|calls|looks|export|erase: what an operator's desk scripts. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/limits.h"
#include "base/slice.h"
#include "cli/person_ask.h"

#define EXAMPLES                                                                                                       \
    "  anning subscriber on +8613800138000\n"                                                                          \
    "  anning subscriber set +8613800138000 settings.json\n"                                                           \
    "  anning subscriber calls +8613800138000 --all\n"

static const struct argp argp = {
    an_person_options,
    an_person_take,
    "show|on|off|calls|looks|export|erase NUMBER\nset NUMBER FILE",
    AN_HELP("People's settings, calls and data, at a running anningd. Each look at somebody's things is written down "
            "and shown to that person.\v"
            "  show    the settings\n  on, off switches protection on or off\n"
            "  set     takes the settings out of a file (- is standard input)\n"
            "  calls   labelled, screened and blocked calls, newest first\n  looks   who looked\n"
            "  export  all that is kept of somebody\n  erase   erases it\n\nExamples:\n" EXAMPLES,
            "通过运行中的anningd查看和修改用户的设置、来电与数据。每次查看都会被记录并向该用户展示。\v"
            "  show    显示设置\n  on、off 开通、取消\n  set     以文件内容设置（-为标准输入）\n"
            "  calls   被处置的来电，最新在前\n  looks   谁查看过\n  export  导出全部数据\n  erase   "
            "删除数据\n\n示例：\n" EXAMPLES),
    NULL,
    NULL,
    NULL
};

/* All of a small file, NUL behind it; - is standard input. Says what is wrong. [own] ret_text. */
static int read_small(const char *path, char **ret_text, size_t *ret_len)
{
    struct stat info;
    FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
    char *text = malloc(AN_HTTP_PEOPLE_BODY_MAX + 2);
    const char *wrong = file == NULL || text == NULL ? strerror(errno) : NULL;
    if (wrong == NULL && fstat(fileno(file), &info) == 0 && S_ISDIR(info.st_mode)) wrong = "a folder; a file is needed";
    *ret_len = wrong == NULL ? fread(text, 1, AN_HTTP_PEOPLE_BODY_MAX + 1, file) : 0;
    if (wrong == NULL && ferror(file)) wrong = strerror(errno);
    if (file != NULL && file != stdin) fclose(file);
    int code = wrong == NULL ? AN_EXIT_OK : an_cli_fail(AN_EXIT_ENVIRONMENT, "%s: %s", path, wrong);
    if (code == AN_EXIT_OK && *ret_len > AN_HTTP_PEOPLE_BODY_MAX)
        code = an_cli_fail(AN_EXIT_NO, "%s: over %d kB (AN_HTTP_PEOPLE_BODY_MAX); no settings are so long", path,
                           AN_HTTP_PEOPLE_BODY_MAX >> 10);
    if (code != AN_EXIT_OK) {
        free(text);
        return code;
    }
    text[*ret_len] = '\0';
    *ret_text = text;
    return AN_EXIT_OK;
}

static int set(const struct an_person_flags *flags, const char *path)
{
    char *text;
    size_t len;
    int code = read_small(flags->arg[1], &text, &len);
    if (code != AN_EXIT_OK) return code;
    const char *end = text;
    cJSON *json = cJSON_ParseWithLengthOpts(text, len, &end, false);
    struct an_slice rest = an_slice_trim((struct an_slice) { end, (size_t)(text + len - end) });
    if (!cJSON_IsObject(json))
        code = an_cli_fail(AN_EXIT_NO, "%s: no JSON object; `anning subscriber show` has the form", flags->arg[1]);
    else if (rest.len > 0)
        code = an_cli_fail(AN_EXIT_NO, "%s: byte %zu: more behind the object; one object is all there may be",
                           flags->arg[1], len - rest.len + 1);
    if (code == AN_EXIT_OK) code = an_person_show(flags, "PUT", path, json, NULL, 0);
    cJSON_Delete(json);
    free(text);
    return code;
}

static int opt_in(const struct an_person_flags *flags)
{
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "number", flags->arg[0]);
    cJSON *answer = NULL;
    int code = an_person_ask(flags, "POST", "/v1/subscribers", json, &answer);
    cJSON_Delete(json);
    if (code == AN_EXIT_OK && !an_person_answered(answer, "on", "true")) code = AN_EXIT_ENVIRONMENT;
    cJSON_Delete(answer);
    if (code == AN_EXIT_OK) puts(an_cli_say("on, from the next call", "已开通，从下一个来电起生效"));
    return code;
}

int an_cmd_subscriber(int argc, char **argv)
{
    static const char *const call_fields[] = { "time", "caller", "action", "category", "token", "sentence.en" };
    static const char *const call_fields_zh[] = { "time", "caller", "action", "category", "token", "sentence.zh" };
    static const char *const look_fields[] = { "time", "who", "role", "what" };
    static const struct {
        const char *what, *method, *path;
    } verbs[] = {
        { "show", "GET", "/v1/subscribers/$/settings" },
        { "set", "PUT", "/v1/subscribers/$/settings" },
        { "off", "DELETE", "/v1/subscribers/$" },
        { "calls", "GET", "/v1/subscribers/$/calls?limit=200" },
        { "looks", "GET", "/v1/subscribers/$/looks?limit=200" },
        { "export", "GET", "/v1/subscribers/$/data" },
        { "erase", "DELETE", "/v1/subscribers/$/data" },
    };
    struct an_person_flags flags = { 0 };
    char path[256];
    an_cli_parse(&argp, argc, argv, &flags);
    bool is_set = strcmp(flags.what, "set") == 0;
    if (flags.arg_count != (is_set ? 2u : 1u))
        return an_cli_fail(AN_EXIT_USAGE, is_set ? "set NUMBER FILE" : "%s NUMBER: +8613800138000 is the form",
                           flags.what);
    if (!an_person_number(flags.arg[0])) return AN_EXIT_USAGE;
    if (strcmp(flags.what, "on") == 0) return opt_in(&flags);
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++) {
        if (strcmp(flags.what, verbs[i].what) != 0) continue;
        an_person_path(path, sizeof path, verbs[i].path, flags.arg[0], NULL);
        if (is_set) return set(&flags, path);
        bool calls = strcmp(flags.what, "calls") == 0;
        if (calls && flags.all) strcat(path, "&only=all");
        const char *const *of_calls = an_cli_language() == AN_LANGUAGE_ZH ? call_fields_zh : call_fields;
        return an_person_show(&flags, verbs[i].method, path, NULL, calls ? of_calls : look_fields, calls ? 6 : 4);
    }
    return an_cli_fail(AN_EXIT_USAGE, "%s is none of show, on, off, set, calls, looks, export, erase", flags.what);
}
