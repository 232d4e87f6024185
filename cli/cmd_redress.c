/* anning redress ls|show|grant|refuse: callers who say they were wrongly judged. */
#include <string.h>

#include "cli/person_ask.h"

#define EXAMPLES                                                                                                       \
    "  anning redress ls\n"                                                                                            \
    "  anning redress grant 01KB3M8Z6W0000G7Q2V5X9T4C1 --words \"a courier, checked by phone\"\n"

static const struct argp argp = {
    an_person_options,
    an_person_take,
    "ls\nshow TOKEN\ngrant|refuse TOKEN --words TEXT",
    AN_HELP("Callers who ask for redress, at a running anningd. They are owed a decision within 24 hours.\v"
            "  ls             the queue, oldest first\n  show           what the caller sees\n"
            "  grant, refuse  decides; a grant holds at once, and who decided is on record\n\nExamples:\n" EXAMPLES,
            "主叫申诉（通过运行中的anningd），须在24小时内作出决定。\v"
            "  ls             待处理队列，最早在前\n  show           主叫所见\n"
            "  grant、refuse  批准、驳回；批准立即生效，决定人会被记录\n\n示例：\n" EXAMPLES),
    NULL,
    NULL,
    NULL
};

static int decide(const struct an_person_flags *flags, bool grant)
{
    char path[256];
    if (flags->words == NULL) return an_cli_fail(AN_EXIT_USAGE, "--words has to say why");
    cJSON *json = cJSON_CreateObject();
    cJSON_AddBoolToObject(json, "grant", grant);
    cJSON_AddStringToObject(json, "words", flags->words);
    an_person_path(path, sizeof path, "/v1/redress/$/decision", flags->arg[0], NULL);
    cJSON *answer = NULL;
    int code = an_person_ask(flags, "POST", path, json, &answer);
    cJSON_Delete(json);
    if (code == AN_EXIT_OK && !an_person_answered(answer, "state", grant ? "granted" : "refused"))
        code = AN_EXIT_ENVIRONMENT;
    cJSON_Delete(answer);
    if (code == AN_EXIT_OK)
        puts(grant ? an_cli_say("granted; in force", "已批准，已生效") : an_cli_say("refused", "已驳回"));
    return code;
}

int an_cmd_redress(int argc, char **argv)
{
    static const char *const fields[] = { "due", "number", "proved", "token", "contact", "words" };
    struct an_person_flags flags = { 0 };
    char path[256];
    an_cli_parse(&argp, argc, argv, &flags);
    bool is_list = strcmp(flags.what, "ls") == 0;
    if (flags.arg_count != (is_list ? 0u : 1u))
        return an_cli_fail(AN_EXIT_USAGE, "ls, show TOKEN, grant TOKEN or refuse TOKEN");
    if (strcmp(flags.what, "grant") == 0) return decide(&flags, true);
    if (strcmp(flags.what, "refuse") == 0) return decide(&flags, false);
    if (is_list)
        an_person_path(path, sizeof path, "/v1/redress?limit=200&state=$",
                       flags.state == NULL ? "waiting" : flags.state, NULL);
    else if (strcmp(flags.what, "show") == 0)
        an_person_path(path, sizeof path, "/v1/redress/$", flags.arg[0], NULL);
    else
        return an_cli_fail(AN_EXIT_USAGE, "%s is none of ls, show, grant, refuse", flags.what);
    return an_person_show(&flags, "GET", path, NULL, fields, sizeof fields / sizeof fields[0]);
}
