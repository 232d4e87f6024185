/* anning-range: finds the verb and hands over. */
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/nearest.h"
#include "range/cmd.h"
#include "range/realism.h"

static const struct {
    const char *name, *en, *zh;
    int (*run)(int argc, char **argv);
} verbs[] = {
    { "run", "play a scenario against defences and print the scoreboard", "运行场景并输出记分板", ar_cmd_run },
    { "watch", "play a scenario and look on", "运行场景并实时观看", ar_cmd_watch },
    { "realism", "compare a simulated month with real subscribers", "将模拟的一个月与真实用户对比", ar_cmd_realism },
    { "network", "what Anning is told about a scenario's trunks", "告知安宁的中继配置", ar_cmd_network },
    { "scenarios", "list the scenarios that come along", "列出自带场景", ar_cmd_scenarios },
};
enum { VERBS = sizeof verbs / sizeof verbs[0] };

static const char *say(const char *en, const char *zh)
{
    return ar_cmd_is_chinese() ? zh : en;
}

static void print_usage(FILE *out)
{
    fprintf(out, "%s anning-range VERB [ARGUMENT...]\n%s\n\n", say("Usage:", "用法："),
            say("A simulated city of callers, the adversaries A1 to A9, and an honest scoreboard. Nothing leaves this "
                "machine.",
                "模拟城市、对手 A1 至 A9 与记分板。一切只在本机运行。"));
    for (int i = 0; i < VERBS; i++) fprintf(out, "  %-10s  %s\n", verbs[i].name, say(verbs[i].en, verbs[i].zh));
    fprintf(out, "\n%s\n", say("Examples:", "示例："));
    fputs("  anning-range run small                               # five defences, the first train seed\n"
          "  anning-range run small --defence anning --strength 5 --split final\n"
          "  anning-range run small --json out.json --html out.html\n"
          "  anning-range watch small --defence anning\n"
          "  anning-range network small >network.yaml\n"
          "  anningd --virtual-time --config network.yaml --sip udp:127.0.0.1:5060 \\\n"
          "      --http 127.0.0.1:8080 --data DIR &\n"
          "  anning-range run small --live 127.0.0.1:5060,127.0.0.1:8080\n",
          out);
    fprintf(out, "\n%s\n",
            say("`anning-range VERB --help` tells a verb's flags, docs/range.md what the figures mean.\n"
                "Exit status: 0 done, 1 ended early or a wrong scenario, 2 usage, 3 environment.",
                "`anning-range VERB --help` 查看参数，docs/range.md 说明各项数字的含义。\n"
                "退出码：0 完成，1 提前结束或场景有误，2 用法错误，3 环境问题。"));
}

static int unknown_verb(const char *name)
{
    const char *names[VERBS];
    for (int i = 0; i < VERBS; i++) names[i] = verbs[i].name;
    const char *nearest = an_nearest(an_slice_of(name), names, VERBS);
    if (nearest != NULL) return ar_cmd_fail(AR_EXIT_USAGE, "no verb \"%s\"; did you mean \"%s\"?", name, nearest);
    return ar_cmd_fail(AR_EXIT_USAGE, "no verb \"%s\"; `anning-range --help` lists them", name);
}

static int run_verb(int verb, int argc, char **argv)
{
    char name[64];
    snprintf(name, sizeof name, "anning-range %s", verbs[verb].name);
    argv[0] = name;
    return verbs[verb].run(argc, argv);
}

/* Runs at every end, argp's --help among them: an answer that did not arrive is no success. */
static void check_answer(void)
{
    if (fflush(stdout) == 0 && !ferror(stdout)) return;
    _exit(ar_cmd_fail(AR_EXIT_ENVIRONMENT, "can't write the answer"));
}

int main(int argc, char **argv)
{
    if (!an_fd_hold_standard() || atexit(check_answer) != 0) return AR_EXIT_ENVIRONMENT;
    setlocale(LC_CTYPE, "");
    if (argc < 2) {
        print_usage(stderr);
        return AR_EXIT_USAGE;
    }
    const char *verb = argv[1];
    if (strcmp(verb, "--help") == 0 || strcmp(verb, "-h") == 0 || strcmp(verb, "help") == 0) {
        print_usage(stdout);
        return AR_EXIT_OK;
    }
    if (strcmp(verb, "--version") == 0 || strcmp(verb, "-V") == 0) {
        puts("anning-range " ANNING_VERSION);
        return AR_EXIT_OK;
    }
    for (int i = 0; i < VERBS; i++)
        if (strcmp(verbs[i].name, verb) == 0) return run_verb(i, argc - 1, argv + 1);
    return unknown_verb(verb);
}
