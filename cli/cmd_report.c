/* anning report ls|show|say: people's reports. */
#include <string.h>

#include "cli/person_ask.h"

#define EXAMPLES                                                                                                       \
    "  anning report ls +8613800138000\n"                                                                              \
    "  anning report show 1f00c0ffee00abcd\n"                                                                          \
    "  anning report say +8613800138000 01KB3M8Z6W0000G7Q2V5X9T4C1 unwanted --category loan\n"

static const struct argp argp = {
    an_person_options,
    an_person_take,
    "ls NUMBER\nshow ID\nsay NUMBER TOKEN unwanted|wanted",
    AN_HELP(
        "What people said of their calls, at a running anningd.\v"
        "  ls    somebody's reports, newest first\n  show  one, with its history and the proof that the call's record "
        "is in the journal\n  say   says it for somebody; it holds for the next call of that "
        "caller\n\nExamples:\n" EXAMPLES,
        "用户对来电的举报（通过运行中的anningd）。\v"
        "  ls    某用户的举报，最新在前\n  show  查看一条，含过程和日志存在证明\n  say   "
        "代用户提交，对该主叫的下一个来电生效\n\n"
        "示例：\n" EXAMPLES),
    NULL,
    NULL,
    NULL
};

static int say(const struct an_person_flags *flags)
{
    char path[256];
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "verdict", flags->arg[2]);
    if (flags->category != NULL) cJSON_AddStringToObject(json, "category", flags->category);
    if (flags->words != NULL) cJSON_AddStringToObject(json, "words", flags->words);
    an_person_path(path, sizeof path, "/v1/subscribers/$/calls/$/say", flags->arg[0], flags->arg[1]);
    int code = an_person_show(flags, "POST", path, json, NULL, 0);
    cJSON_Delete(json);
    return code;
}

int an_cmd_report(int argc, char **argv)
{
    static const char *const fields[] = { "time", "number", "state", "verdict", "category", "way", "id", "token" };
    struct an_person_flags flags = { 0 };
    char path[256];
    an_cli_parse(&argp, argc, argv, &flags);
    bool is_say = strcmp(flags.what, "say") == 0;
    if (flags.arg_count != (is_say ? 3u : 1u))
        return an_cli_fail(AN_EXIT_USAGE, "ls NUMBER, show ID or say NUMBER TOKEN unwanted|wanted");
    if (strcmp(flags.what, "show") != 0 && !an_person_number(flags.arg[0])) return AN_EXIT_USAGE;
    if (is_say) return say(&flags);
    if (strcmp(flags.what, "ls") == 0)
        an_person_path(path, sizeof path, "/v1/subscribers/$/reports?limit=200", flags.arg[0], NULL);
    else if (strcmp(flags.what, "show") == 0)
        an_person_path(path, sizeof path, "/v1/reports/$", flags.arg[0], NULL);
    else
        return an_cli_fail(AN_EXIT_USAGE, "%s is none of ls, show, say", flags.what);
    return an_person_show(&flags, "GET", path, NULL, fields, sizeof fields / sizeof fields[0]);
}
