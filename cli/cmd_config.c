/* anning config check|show|defaults */
#include <stdlib.h>
#include <string.h>

#include "base/nearest.h"
#include "cli/cli.h"
#include "cli/output.h"
#include "engine/normalise.h"
#include "settings/config.h"

#define DEFAULT_FILE "/etc/anning/anning.yaml"

struct arguments {
    const char *what, *file;
    bool plain;
};

static error_t parse_flag(int key, char *value, struct argp_state *state)
{
    struct arguments *arguments = state->input;
    switch (key) {
    case 'p': arguments->plain = true; return 0;
    case ARGP_KEY_ARG:
        if (state->arg_num == 0)
            arguments->what = value;
        else if (state->arg_num == 1)
            arguments->file = value;
        else
            argp_error(state, "one FILE at most");
        return 0;
    case ARGP_KEY_NO_ARGS: argp_error(state, "check, show or defaults is wanted"); return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option options[] = {
    { "plain", 'p', NULL, 0, AN_HELP("print without comments", "输出时不带注释"), 0 },
    { 0 },
};

#define EXAMPLES                                                                                                       \
    "  anning config check anning.yaml\n"                                                                              \
    "  anning config show --plain\n"                                                                                   \
    "  anning config defaults > anning.yaml\n"

static const struct argp argp = {
    .options = options,
    .parser = parse_flag,
    .args_doc = "check [FILE]\nshow [FILE]\ndefaults",
    .doc =
        AN_HELP("Check, show or print the configuration. FILE is " DEFAULT_FILE " unless given."
                "\v`check` lists every problem with its line and leaves with 1 if there is one. `show` prints the file "
                "with all defaults filled in. `defaults` prints every setting with its meaning: a file to start "
                "from.\n\n"
                "Examples:\n" EXAMPLES "\nanning.conf(5) tells every setting.\n",
                "检查、显示或输出配置。FILE默认为" DEFAULT_FILE "。"
                "\vcheck逐行列出所有问题，有问题时以1退出。\n"
                "show输出该文件，并补全所有默认值。\n"
                "defaults输出全部设置及其含义，可作为配置的起点。\n\n"
                "示例：\n" EXAMPLES "\n全部设置见anning.conf(5)。\n"),
};

static int load(const char *file, struct an_config *ret_config, struct an_config_errors *errors)
{
    const struct an_config_options load_options = { .normalise = an_engine_normalise };
    enum an_err err = an_config_load(file, &load_options, ret_config, errors);
    an_config_errors_print(errors, stderr);
    if (err == AN_OK) return AN_EXIT_OK;
    if (err == AN_ERR_NO_MEMORY) return an_cli_fail(AN_EXIT_ENVIRONMENT, "out of memory");
    return err == AN_ERR_IO ? AN_EXIT_ENVIRONMENT : AN_EXIT_NO;
}

static int check(const char *file)
{
    struct an_config config;
    struct an_config_errors errors = { 0 };
    char allowed[32], denied[32], levels[32];
    int code = load(file, &config, &errors);
    if (code == AN_EXIT_NO)
        fprintf(stderr, "%zu %s\n", errors.error_count,
                an_cli_say(errors.error_count == 1 ? "problem" : "problems", "个问题"));
    an_config_errors_done(&errors);
    if (code != AN_EXIT_OK) return code;
    const struct an_settings *settings = &config.settings;
    an_text_count(settings->allow.count, allowed);
    an_text_count(settings->deny.count, denied);
    an_text_count(settings->callee_level_count, levels);
    const char *http = config.http[0] == '\0' ? "none" : config.http;
    char listens[AN_TEXT_COUNTED_MAX], trunks[AN_TEXT_COUNTED_MAX];
    if (an_cli_language() == AN_LANGUAGE_ZH)
        printf("%s 正确：%zu个SIP和HEP地址，http %s，%zu个中继地址，允许%s个，拒绝%s个，单独设级别的被叫%s个\n", file,
               config.listen_count, http, settings->trunk_count, allowed, denied, levels);
    else
        printf("%s is right: %s, http %s, %s, %s allowed, %s denied, %s %s of their own\n", file,
               an_text_counted(config.listen_count, "SIP or HEP address", "SIP and HEP addresses", listens), http,
               an_text_counted(settings->trunk_count, "trunk address", "trunk addresses", trunks), allowed, denied,
               levels, settings->callee_level_count == 1 ? "callee with a level" : "callees with a level");
    an_config_done(&config);
    return AN_EXIT_OK;
}

static int show(const char *file, bool plain)
{
    struct an_config config;
    struct an_config_errors errors = { 0 };
    int code = load(file, &config, &errors);
    an_config_errors_done(&errors);
    if (code != AN_EXIT_OK) return code;
    an_config_print(&config, stdout, !plain);
    an_config_done(&config);
    return AN_EXIT_OK;
}

static int defaults(bool plain)
{
    struct an_config config;
    if (an_config_defaults(&config) != AN_OK) return an_cli_fail(AN_EXIT_ENVIRONMENT, "out of memory");
    if (!plain) puts("# Anning's configuration: every setting at its default. See anning.conf(5).");
    an_config_print(&config, stdout, !plain);
    an_config_done(&config);
    return AN_EXIT_OK;
}

int an_cmd_config(int argc, char **argv)
{
    static const char *const words[] = { "check", "show", "defaults" };
    struct arguments arguments = { .file = DEFAULT_FILE };
    an_cli_parse(&argp, argc, argv, &arguments);
    if (strcmp(arguments.what, "check") == 0) return check(arguments.file);
    if (strcmp(arguments.what, "show") == 0) return show(arguments.file, arguments.plain);
    if (strcmp(arguments.what, "defaults") == 0) return defaults(arguments.plain);
    const char *nearest = an_nearest(an_slice_of(arguments.what), words, 3);
    return an_cli_fail(AN_EXIT_USAGE, "config %s: no such thing; %s%s", arguments.what,
                       nearest == NULL ? "check, show or defaults is wanted" : "did you mean ",
                       nearest == NULL ? "" : nearest);
}
