/* anning campaign ls|show|members|why|release|unrelease */
#include <stdlib.h>
#include <string.h>

#include "api/campaign_json.h"
#include "cli/campaign_view.h"
#include "cli/cli.h"
#include "cli/progress.h"
#include "cli/server.h"
#include "engine/engine.h"

enum { KEY_TOKEN_FILE = 256, KEY_HOSTILE, KEY_LIMIT, KEY_URL, TEXT_LIMIT = 32 << 20, LIST_MAX = 1000 };

struct flags {
    const char *data, *server, *token_file, *what, *id_text;
    uint32_t id, limit;
    bool json, hostile;
};

static const struct argp_option options[] = {
    { "data", 'd', "DIR", 0,
      AN_HELP("read what is saved in this data folder and its journal (default: /var/lib/anning)",
              "读取此数据目录中保存的内容及日志（默认/var/lib/anning）"),
      0 },
    { "server", 's', "HOST:PORT", 0,
      AN_HELP("ask a running anningd (default: $ANNING_SERVER)", "询问运行中的anningd（默认$ANNING_SERVER）"), 0 },
    { "url", KEY_URL, "URL", OPTION_HIDDEN, AN_HELP("the same as --server", "同--server"), 0 },
    { "token-file", KEY_TOKEN_FILE, "FILE", 0,
      AN_HELP("its first line is the server's token (default: $ANNING_TOKEN)",
              "首行为服务器的令牌（默认$ANNING_TOKEN）"),
      0 },
    { "hostile", KEY_HOSTILE, NULL, 0, AN_HELP("ls: only the hostile ones", "ls：只列恶意活动"), 0 },
    { "limit", KEY_LIMIT, "N", 0, AN_HELP("ls: at most N, up to 1000 (20)", "ls：至多N个，不超过1000（默认20）"), 0 },
    { "json", 'j', NULL, 0, AN_HELP("answer as JSON", "以JSON输出"), 0 },
    { 0 },
};

static bool read_number(const char *text, uint64_t max, uint32_t *ret)
{
    char *end;
    unsigned long long value = strtoull(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end != '\0' || value < 1 || value > max) return false;
    *ret = (uint32_t)value;
    return true;
}

/* 17, or C17 as a file of labels has it. */
static bool read_id(const char *text, uint32_t *ret)
{
    return read_number(text + (text[0] == 'C' || text[0] == 'c'), UINT32_MAX, ret);
}

static void check(struct flags *flags, struct argp_state *state)
{
    static const char *const verbs[] = { "ls", "show", "members", "why", "release", "unrelease" };
    bool known = false;
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++)
        known |= flags->what != NULL && strcmp(flags->what, verbs[i]) == 0;
    if (!known) argp_error(state, "what? One of ls, show, members, why, release, unrelease");
    bool list = strcmp(flags->what, "ls") == 0;
    if (list && flags->id_text != NULL) argp_error(state, "ls takes no id, not %s", flags->id_text);
    if (!list && flags->id_text == NULL) argp_error(state, "%s which? The id as ls shows it", flags->what);
    if (!list && !read_id(flags->id_text, &flags->id))
        argp_error(state, "\"%s\" is no id: a number, 1 or more, as ls shows it", flags->id_text);
    if (flags->server != NULL && flags->data != NULL) argp_error(state, "either --server or --data");
}

static error_t take(int key, char *arg, struct argp_state *state)
{
    struct flags *flags = state->input;
    switch (key) {
    case 'd': flags->data = arg; break;
    case KEY_URL:
    case 's': flags->server = arg; break;
    case KEY_TOKEN_FILE: flags->token_file = arg; break;
    case KEY_HOSTILE: flags->hostile = true; break;
    case KEY_LIMIT:
        if (!read_number(arg, LIST_MAX, &flags->limit)) argp_error(state, "--limit %s: 1 to 1000 are possible", arg);
        break;
    case 'j': flags->json = true; break;
    case ARGP_KEY_ARG:
        if (flags->what == NULL)
            flags->what = arg;
        else if (flags->id_text == NULL)
            flags->id_text = arg;
        else
            argp_error(state, "one campaign at a time: %s or %s", flags->id_text, arg);
        break;
    case ARGP_KEY_END: check(flags, state); break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

#define EXAMPLES                                                                                                       \
    "  anning campaign ls --data /var/lib/anning\n"                                                                    \
    "  anning campaign ls --hostile --server 127.0.0.1:8080\n"

static const struct argp argp = { options,
                                  take,
                                  "ls|show ID|members ID|why ID|release ID|unrelease ID",
                                  AN_HELP("Who is behind the calls, whatever number they show.\v"
                                          "  ls         campaigns, the busiest first\n"
                                          "  show       since when, how many, by which trunks, what happened to it\n"
                                          "  members    the numbers that called last\n"
                                          "  why        each piece of evidence: what was measured, what is usual\n"
                                          "  release    these are honest callers: never match them again (--server)\n"
                                          "  unrelease  back to its own evidence (--server)\n\n"
                                          "Examples:\n" EXAMPLES,
                                          "不论显示何号码，识别呼叫背后是谁。\v"
                                          "  ls         列出外呼活动，呼叫多者在前\n"
                                          "  show       始于何时、规模、所走中继、经过\n"
                                          "  members    最近使用的号码\n"
                                          "  why        每项证据：实测值与通常值\n"
                                          "  release    是正常主叫，不再匹配（需--server）\n"
                                          "  unrelease  恢复依其自身证据判断（需--server）\n\n"
                                          "示例：\n" EXAMPLES),
                                  NULL,
                                  NULL,
                                  NULL };

static int show(const struct flags *flags, const char *json)
{
    if (strcmp(flags->what, "ls") == 0) return an_campaign_list_view(json, flags->json);
    if (strcmp(flags->what, "members") == 0) return an_campaign_members_view(json, flags->json);
    if (strcmp(flags->what, "why") == 0) return an_campaign_view_why(json, flags->json);
    return an_campaign_view_show(json, flags->json);
}

static void path_of(const struct flags *flags, char path[64])
{
    const char *what = flags->what;
    const char *end = strcmp(what, "members") == 0 ? "/members" : strstr(what, "release") != NULL ? "/release" : "";
    if (strcmp(what, "ls") == 0)
        snprintf(path, 64, "/v1/campaigns?limit=%u%s", flags->limit, flags->hostile ? "&state=hostile" : "");
    else
        snprintf(path, 64, "/v1/campaigns/%u%s", flags->id, end);
}

static int ask(const struct flags *flags)
{
    char path[64], token[AN_SERVER_TOKEN_MAX];
    struct an_text url, answer;
    char message[AN_SERVER_MESSAGE_MAX];
    long http = 0;
    const char *body = NULL;
    if (strcmp(flags->what, "release") == 0) body = "{\"released\":true}";
    if (strcmp(flags->what, "unrelease") == 0) body = "{\"released\":false}";
    int status = an_server_token(flags->token_file, NULL, token);
    if (status != AN_EXIT_OK) return status;
    path_of(flags, path);
    an_text_init(&url, 4096);
    an_text_init(&answer, TEXT_LIMIT);
    status = an_server_post(flags->server, path, token, body, body == NULL ? 0 : strlen(body), &url, &answer, &http);
    if (status == AN_EXIT_OK && http != 200) /* 404: it was asked, and there is none */
        status = an_cli_fail(http == 404 ? AN_EXIT_NO : AN_EXIT_ENVIRONMENT, "%s answered %ld: %s", url.at, http,
                             an_server_message(&answer, message, sizeof message));
    else if (status == AN_EXIT_OK)
        status = show(flags, answer.at == NULL ? "" : answer.at);
    an_text_done(&url);
    an_text_done(&answer);
    return status;
}

/* ---- from files ---- */

static void progress_of(void *user, uint64_t done, uint64_t total)
{
    an_progress_update(user, done, total);
}

static void list_json(const struct flags *flags, const struct an_campaigns *campaigns, struct an_text *out)
{
    uint32_t ids[LIST_MAX];
    struct an_campaign_view view;
    size_t count = an_campaigns_ids(campaigns, flags->hostile, ids, flags->limit);
    an_text_puts(out, "{");
    an_text_json_pair_u64(out, "count", count);
    an_text_json_key(out, "campaigns");
    an_text_puts(out, "[");
    for (size_t i = 0; i < count && i < flags->limit; i++) {
        if (an_campaigns_view(campaigns, ids[i], &view) != AN_OK) continue;
        an_text_puts(out, i == 0 ? "{" : ",{");
        an_api_campaign_brief_json(out, &view);
        an_text_puts(out, "}");
    }
    an_text_puts(out, "]}\n");
}

static enum an_err one_json(const struct flags *flags, const struct an_campaigns *campaigns, struct an_text *out)
{
    struct an_campaign_view view;
    enum an_err err = an_campaigns_view(campaigns, flags->id, &view);
    if (err != AN_OK) return err;
    an_text_puts(out, "{");
    if (strcmp(flags->what, "members") == 0)
        an_api_members_json(out, &view);
    else
        an_api_campaign_json(out, &view);
    an_text_puts(out, "}\n");
    return AN_OK;
}

static int read_here(const struct flags *flags)
{
    if (strstr(flags->what, "release") != NULL)
        return an_cli_fail(AN_EXIT_USAGE, "%s is said to a running anningd: --server HOST:PORT", flags->what);
    const char *data = flags->data == NULL ? "/var/lib/anning" : flags->data;
    if (!an_cli_data_exists(data))
        return flags->data != NULL ? AN_EXIT_ENVIRONMENT
                                   : an_cli_fail(AN_EXIT_ENVIRONMENT, "or -s HOST:PORT asks a running anningd");
    struct an_progress progress;
    struct an_campaigns *campaigns;
    struct an_error error = { "" };
    an_progress_begin(&progress, an_cli_say("reading the journal", "读取日志"), AN_PROGRESS_BYTES);
    enum an_err err = an_engine_read_campaigns(data, progress_of, &progress, &campaigns, &error);
    an_progress_end(&progress);
    if (err != AN_OK) return an_cli_fail(AN_EXIT_ENVIRONMENT, "%s", error.text);
    struct an_text out;
    an_text_init(&out, TEXT_LIMIT);
    if (strcmp(flags->what, "ls") == 0)
        list_json(flags, campaigns, &out);
    else
        err = one_json(flags, campaigns, &out);
    int status = err == AN_OK ? show(flags, out.at)
                              : an_cli_fail(AN_EXIT_NO, "no campaign %u in %s: it may have ended", flags->id, data);
    an_text_done(&out);
    an_campaigns_free(campaigns);
    return status;
}

int an_cmd_campaign(int argc, char **argv)
{
    struct flags flags = { .limit = 20 };
    an_cli_parse(&argp, argc, argv, &flags);
    if (flags.server == NULL && flags.data == NULL) flags.server = getenv("ANNING_SERVER");
    return flags.server != NULL ? ask(&flags) : read_here(&flags);
}
