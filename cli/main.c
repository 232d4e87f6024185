/* anning: finds the verb and hands over. */
#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/nearest.h"
#include "base/utf8.h"
#include "cli/cli.h"
#include "cli/output.h"

static const struct an_command commands[] = {
#define AN_VERB(name, summary, summary_zh) { #name, summary, summary_zh, an_cmd_##name },
#include "cli/verbs.def"
#undef AN_VERB
};
enum { COMMAND_COUNT = sizeof commands / sizeof *commands, MESSAGE_MAX = 8192 };

static const char *const examples[][3] = {
    { "anning decide --from 17099990001 --to 13800138000", "judge one call, with the reasons",
      "判定一个呼叫并说明理由" },
    { "anning replay calls.csv capture.pcapng", "what would have been said to past calls", "重放历史呼叫" },
    { "anning journal verify --data /var/lib/anning", "prove that no record was changed", "验证记录未被篡改" },
    { "anning config check /etc/anning/anning.yaml", "look for mistakes before a reload", "重新加载前检查配置" },
};

static enum an_language language;
static bool language_known;

static enum an_language environment_language(void)
{
    static const char *const names[] = { "LC_ALL", "LC_MESSAGES", "LANG" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *value = getenv(names[i]);
        if (value != NULL && value[0] != '\0') return strncmp(value, "zh", 2) == 0 ? AN_LANGUAGE_ZH : AN_LANGUAGE_EN;
    }
    return AN_LANGUAGE_EN;
}

enum an_language an_cli_language(void)
{
    if (!language_known) language = environment_language();
    language_known = true;
    return language;
}

static bool set_language(const char *name)
{
    an_assert(name != NULL);
    bool zh = strcmp(name, "zh") == 0;
    if (!zh && strcmp(name, "en") != 0) return false;
    language = zh ? AN_LANGUAGE_ZH : AN_LANGUAGE_EN;
    language_known = true;
    return true;
}

const char *an_cli_say(const char *en, const char *zh)
{
    return an_cli_language() == AN_LANGUAGE_ZH ? zh : en;
}

/* The half of an AN_HELP text that the language in force wants. */
static const char *half_of_help(const char *text)
{
    return an_cli_language() == AN_LANGUAGE_ZH ? text + strlen(text) + 1 : text;
}

/* What argp asks before it prints a text; positive keys are those of options. It frees what is not the text it gave. */
static char *filter_help(int key, const char *text, void *input)
{
    (void)input;
    if (text == NULL || key <= 0 || key >= ARGP_KEY_HELP_PRE_DOC || an_cli_language() == AN_LANGUAGE_EN)
        return (char *)(uintptr_t)text;
    return strdup(half_of_help(text));
}

void an_cli_parse(const struct argp *argp, int argc, char **argv, void *input)
{
    struct argp ours = *argp;
    ours.doc = half_of_help(argp->doc);
    ours.help_filter = filter_help;
    argp_err_exit_status = AN_EXIT_USAGE;
    if (argp_parse(&ours, argc, argv, 0, NULL, input) != 0) exit(AN_EXIT_USAGE);
}

static void say_line(const char *head, const char *format, va_list arguments)
{
    char text[MESSAGE_MAX];
    vsnprintf(text, sizeof text, format, arguments);
    for (size_t len = strlen(text); len > 0 && text[len - 1] == '\n'; len--) text[len - 1] = '\0';
    fprintf(stderr, "%s%s\n", head, an_utf8_inert(text));
}

int an_cli_fail(enum an_exit code, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    say_line("anning: ", format, arguments);
    va_end(arguments);
    return (int)code;
}

void an_cli_note(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    say_line("", format, arguments);
    va_end(arguments);
}

enum an_exit an_cli_exit_of(enum an_err err)
{
    bool outside = err == AN_ERR_IO || err == AN_ERR_NO_MEMORY || err == AN_ERR_FULL || err == AN_ERR_BUSY;
    return outside ? AN_EXIT_ENVIRONMENT : AN_EXIT_NO;
}

bool an_cli_data_exists(const char *dir)
{
    static const char *const holds[] = { "journal", "state" };
    struct stat found;
    int code = stat(dir, &found) != 0 ? errno : S_ISDIR(found.st_mode) ? 0 : ENOTDIR;
    if (code != 0) {
        an_cli_fail(AN_EXIT_ENVIRONMENT, "%s: %s; --data names the folder anningd was started with", dir,
                    strerror(code));
        return false;
    }
    for (size_t i = 0; i < sizeof holds / sizeof *holds; i++) {
        char path[4096];
        if ((size_t)snprintf(path, sizeof path, "%s/%s", dir, holds[i]) < sizeof path && stat(path, &found) == 0)
            return true;
    }
    an_cli_fail(AN_EXIT_ENVIRONMENT, "%s is no data folder: neither a journal nor a state is in it", dir);
    return false;
}

static void print_usage(FILE *out)
{
    fprintf(out, "%s anning [--lang en|zh] VERB [ARGUMENT...]\n%s\n\n", an_cli_say("Usage:", "用法："),
            an_cli_say("Anning judges calls before the phone rings: allow, label, screen or block, with reasons.",
                       "安宁在电话响铃之前判定来电：放行、标记、筛查或拦截，并说明理由。"));
    for (int i = 0; i < COMMAND_COUNT; i++) {
        fputs("  ", out);
        an_text_pad(out, commands[i].name, 10, false);
        fprintf(out, "  %s\n", an_cli_say(commands[i].summary, commands[i].summary_zh));
    }
    fprintf(out, "\n%s\n", an_cli_say("Examples:", "示例："));
    for (size_t i = 0; i < sizeof examples / sizeof *examples; i++) {
        fputs("  ", out);
        an_text_pad(out, examples[i][0], 54, false);
        fprintf(out, "# %s\n", an_cli_say(examples[i][1], examples[i][2]));
    }
    fprintf(out, "\n%s\n",
            an_cli_say("`anning VERB --help` tells a verb's flags, man anning(1) everything.\n"
                       "Exit status: 0 yes or done, 1 no or problems found, 2 usage, 3 environment.",
                       "`anning VERB --help` 查看各命令的参数，详见 man anning(1)。\n"
                       "退出码：0 是或完成，1 否或发现问题，2 用法错误，3 环境问题。"));
}

static const struct an_command *find_command(const char *name)
{
    for (int i = 0; i < COMMAND_COUNT; i++)
        if (strcmp(commands[i].name, name) == 0) return &commands[i];
    return NULL;
}

static int unknown_verb(const char *name)
{
    const char *names[COMMAND_COUNT];
    for (int i = 0; i < COMMAND_COUNT; i++) names[i] = commands[i].name;
    const char *nearest = an_nearest(an_slice_of(name), names, COMMAND_COUNT);
    if (nearest != NULL) return an_cli_fail(AN_EXIT_USAGE, "no verb \"%s\"; did you mean \"%s\"?", name, nearest);
    return an_cli_fail(AN_EXIT_USAGE, "no verb \"%s\"; `anning --help` lists them", name);
}

static int run_command(const struct an_command *command, int argc, char **argv)
{
    char name[64];
    snprintf(name, sizeof name, "anning %s", command->name);
    argv[0] = name;
    return command->run(argc, argv);
}

static int help(int argc, char **argv)
{
    static char flag[] = "--help";
    if (argc < 2) {
        print_usage(stdout);
        return AN_EXIT_OK;
    }
    const struct an_command *command = find_command(argv[1]);
    if (command == NULL) return unknown_verb(argv[1]);
    char *asked[] = { argv[1], flag, NULL };
    return run_command(command, 2, asked);
}

/* Flags before the verb. Returns how many words they took, or -1 - code when the program is to end. */
static int read_globals(int argc, char **argv)
{
    int at = 1;
    while (at < argc && argv[at][0] == '-') {
        const char *flag = argv[at++];
        const char *value = strncmp(flag, "--lang=", 7) == 0 ? flag + 7 : NULL;
        if (strcmp(flag, "--lang") == 0 && at < argc) value = argv[at++];
        if (value != NULL && set_language(value)) continue;
        if (value != NULL) return -1 - an_cli_fail(AN_EXIT_USAGE, "--lang is %s; en or zh is possible", value);
        if (strcmp(flag, "--help") == 0 || strcmp(flag, "-h") == 0 || strcmp(flag, "-?") == 0) {
            print_usage(stdout);
            return -1 - AN_EXIT_OK;
        }
        if (strcmp(flag, "--version") == 0 || strcmp(flag, "-V") == 0) {
            puts("anning " ANNING_VERSION);
            return -1 - AN_EXIT_OK;
        }
        if (strcmp(flag, "--verbs") == 0) { /* for the shell's completion */
            for (int i = 0; i < COMMAND_COUNT; i++) puts(commands[i].name);
            return -1 - AN_EXIT_OK;
        }
        return -1 -
               an_cli_fail(AN_EXIT_USAGE, "no flag %s before a verb; --help, --version and --lang are there", flag);
    }
    return at;
}

static int run(int argc, char **argv)
{
    int at = read_globals(argc, argv);
    if (at < 0) return -1 - at;
    if (at >= argc) {
        print_usage(stderr);
        return AN_EXIT_USAGE;
    }
    if (strcmp(argv[at], "help") == 0) return help(argc - at, argv + at);
    const struct an_command *command = find_command(argv[at]);
    if (command == NULL) return unknown_verb(argv[at]);
    return run_command(command, argc - at, argv + at);
}

/* Runs at every end, argp's --help among them: an answer that did not arrive is no success. */
static void check_answer(void)
{
    if (fflush(stdout) == 0 && !ferror(stdout)) return;
    _exit(an_cli_fail(AN_EXIT_ENVIRONMENT, "can't write the answer"));
}

int main(int argc, char **argv)
{
    if (!an_fd_hold_standard() || atexit(check_answer) != 0) return AN_EXIT_ENVIRONMENT;
    an_output_init();
    return run(argc, argv);
}
