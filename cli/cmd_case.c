/* anning case ls|show: what people complain of together. */
#include <string.h>

#include "cli/person_ask.h"

#define EXAMPLES                                                                                                       \
    "  anning case ls\n"                                                                                               \
    "  anning case show 2f00c0ffee00abcd\n"

static const struct argp argp = {
    an_person_options,
    an_person_take,
    "ls\nshow ID",
    AN_HELP("Cases of complaints, at a running anningd; key of scope authority. Numbers are pseudonyms.\v"
            "  ls    those with the most complaints first; --state new, open, asked, answered or closed\n"
            "  show  one, with its last 100 complaints and to whom they went\n\nExamples:\n" EXAMPLES,
            "投诉案件（通过运行中的anningd），密钥须有authority权限；号码均为代号。\v"
            "  ls    投诉最多的在前；--state为new、open、asked、answered或closed\n"
            "  show  查看一件，含最近100条投诉及转办去向\n\n示例：\n" EXAMPLES),
    NULL,
    NULL,
    NULL
};

int an_cmd_case(int argc, char **argv)
{
    static const char *const fields[] = { "last",     "state",   "kind", "subject", "reports", "complaint_count",
                                          "category", "network", "id" };
    struct an_person_flags flags = { 0 };
    char path[256];
    an_cli_parse(&argp, argc, argv, &flags);
    bool is_list = strcmp(flags.what, "ls") == 0;
    if ((!is_list && strcmp(flags.what, "show") != 0) || flags.arg_count != (is_list ? 0u : 1u))
        return an_cli_fail(AN_EXIT_USAGE, "ls or show ID");
    if (!is_list)
        an_person_path(path, sizeof path, "/v1/cases/$", flags.arg[0], NULL);
    else
        an_person_path(path, sizeof path, flags.state == NULL ? "/v1/cases?limit=200" : "/v1/cases?limit=200&state=$",
                       flags.state, NULL);
    return an_person_show(&flags, "GET", path, NULL, fields, sizeof fields / sizeof fields[0]);
}
