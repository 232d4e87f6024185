/* anning decide --from N --to N: one verdict, from a running daemon, from state on disk, or from nothing at all. */
#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

#include "api/api.h"
#include "base/clock.h"
#include "cli/cli.h"
#include "cli/server.h"
#include "cli/verdict_view.h"
#include "engine/engine.h"
#include "engine/models.h"
#include "parse/event.h"

enum { KEY_PAI = 256, KEY_DISPLAY, KEY_CALL_ID, KEY_TOKEN_FILE, ANSWER_MAX = 1 << 20 };

struct flags {
    const char *from, *to, *asserted, *trunk, *user_agent, *display, *call_id, *server, *data, *token_file;
    bool json;
};

static const struct argp_option options[] = {
    { "from", 'f', "NUMBER", 0, AN_HELP("who calls; empty: withheld", "主叫号码；为空表示隐藏"), 0 },
    { "to", 't', "NUMBER", 0, AN_HELP("who is called", "被叫号码"), 0 },
    { "asserted", KEY_PAI, "NUMBER", 0,
      AN_HELP("the network's own word on the caller (P-Asserted-Identity)", "网络确认的主叫（P-Asserted-Identity）"),
      0 },
    { "trunk", 'k', "NAME", 0, AN_HELP("the trunk the call comes in by", "来电所走的中继"), 0 },
    { "user-agent", 'u', "TEXT", 0, AN_HELP("User-Agent of the INVITE", "INVITE的User-Agent"), 0 },
    { "display", KEY_DISPLAY, "TEXT", 0, AN_HELP("display name", "显示名"), 0 },
    { "call-id", KEY_CALL_ID, "TEXT", 0, AN_HELP("Call-ID", "Call-ID"), 0 },
    { "server", 's', "HOST:PORT", 0,
      AN_HELP("ask a running anningd (default: $ANNING_SERVER); the call counts there",
              "询问运行中的anningd（默认$ANNING_SERVER），该呼叫会被计入"),
      0 },
    { "token-file", KEY_TOKEN_FILE, "FILE", 0,
      AN_HELP("its first line is the server's token (default: $ANNING_TOKEN)",
              "首行为服务器的令牌（默认$ANNING_TOKEN）"),
      0 },
    { "data", 'd', "DIR", 0,
      AN_HELP("judge here, on the state in this data folder; nothing is written",
              "在本机按此数据目录的状态判定，不写入任何内容"),
      0 },
    { "json", 'j', NULL, 0, AN_HELP("answer as JSON", "以JSON输出"), 0 },
    { 0 },
};

static error_t take(int key, char *arg, struct argp_state *state)
{
    struct flags *flags = state->input;
    switch (key) {
    case 'f': flags->from = arg; break;
    case 't': flags->to = arg; break;
    case KEY_PAI: flags->asserted = arg; break;
    case 'k': flags->trunk = arg; break;
    case 'u': flags->user_agent = arg; break;
    case KEY_DISPLAY: flags->display = arg; break;
    case KEY_CALL_ID: flags->call_id = arg; break;
    case 's': flags->server = arg; break;
    case KEY_TOKEN_FILE: flags->token_file = arg; break;
    case 'd': flags->data = arg; break;
    case 'j': flags->json = true; break;
    case ARGP_KEY_ARG: argp_error(state, "\"%s\": numbers go behind --from and --to", arg); break;
    case ARGP_KEY_END:
        if (flags->to == NULL) argp_error(state, "who is called? --to NUMBER");
        if (flags->server != NULL && flags->data != NULL) argp_error(state, "either --server or --data");
        break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

#define EXAMPLES                                                                                                       \
    "  anning decide --from 17099990001 --to 13800138000\n"                                                            \
    "  anning decide --from 02160000001 --to 13800138000 --server 127.0.0.1:8080\n"                                    \
    "  anning decide --from 10086 --to 13800138000 --data /var/lib/anning --json\n"

static const struct argp argp = {
    options,
    take,
    NULL,
    AN_HELP("Judges one call and tells why.\v"
            "Without --server and --data the call is judged on an empty state: only the numbering plan speaks.\n\n"
            "Examples:\n" EXAMPLES,
            "判定一个呼叫并说明理由。\v"
            "不带--server和--data时按空白状态判定，只有编号计划起作用。\n\n"
            "示例：\n" EXAMPLES),
    NULL,
    NULL,
    NULL
};

static struct an_slice slice(const char *text)
{
    return an_slice_of(text == NULL ? "" : text);
}

static int decide_here(const struct flags *flags)
{
    if (flags->data != NULL && !an_cli_data_exists(flags->data)) return AN_EXIT_ENVIRONMENT;
    struct an_settings *settings = malloc(sizeof *settings);
    if (settings == NULL || an_settings_init(settings) != AN_OK) return an_cli_fail(AN_EXIT_ENVIRONMENT, "no memory");
    struct an_engine_options engine_options = { .data_dir = flags->data,
                                                .read_only = true,
                                                .campaigns = flags->data != NULL,
                                                .contexts = 1,
                                                .settings = settings,
                                                .transactions = 64 };
    struct an_engine *engine;
    struct an_error error;
    if (an_engine_new(&engine_options, &engine, &error) != AN_OK)
        return an_cli_fail(AN_EXIT_ENVIRONMENT, "%s", error.text);
    if (an_engine_load_models(engine, "", AN_MODEL_NONE, &error) != AN_OK) {
        an_engine_free(engine);
        return an_cli_fail(AN_EXIT_ENVIRONMENT, "%s", error.text);
    }
    static struct an_vector vector;
    static struct an_call call;
    char text[AN_EVENT_TEXT_MAX];
    const struct an_event_text event = { .kind = AN_OBS_ATTEMPT,
                                         .from = slice(flags->from),
                                         .to = slice(flags->to),
                                         .asserted = slice(flags->asserted),
                                         .trunk = slice(flags->trunk),
                                         .user_agent = slice(flags->user_agent),
                                         .display = slice(flags->display),
                                         .call_id = slice(flags->call_id) };
    if (an_event_fill(&call, text, sizeof text, &event) != AN_OK) {
        an_engine_free(engine);
        return an_cli_fail(AN_EXIT_USAGE, "a text is over the limit of %d bytes", AN_EVENT_FIELD_MAX);
    }
    vector.calls = &call;
    vector.count = 1;
    vector.now_us = an_clock_wall_us();
    an_engine_run(an_engine_context(engine, 0), &vector);
    struct an_text out;
    an_text_init(&out, ANSWER_MAX);
    an_text_puts(&out, "{");
    an_api_verdict_json(&out, &call.verdict, NULL);
    an_text_puts(&out, "}");
    int status = an_verdict_view(out.at, flags->json, "--data", flags->data == NULL ? "DIR" : flags->data);
    an_text_done(&out);
    an_engine_free(engine);
    return status;
}

static void add(cJSON *object, const char *name, const char *value)
{
    if (value != NULL) cJSON_AddStringToObject(object, name, value);
}

static char *request_of(const struct flags *flags)
{
    cJSON *object = cJSON_CreateObject();
    add(object, "from", flags->from == NULL ? "" : flags->from);
    add(object, "to", flags->to);
    add(object, "asserted", flags->asserted);
    add(object, "trunk", flags->trunk);
    add(object, "user_agent", flags->user_agent);
    add(object, "display", flags->display);
    add(object, "call_id", flags->call_id);
    char *text = cJSON_PrintUnformatted(object);
    cJSON_Delete(object);
    return text;
}

static int ask(const struct flags *flags)
{
    char token[AN_SERVER_TOKEN_MAX];
    int status = an_server_token(flags->token_file, NULL, token);
    if (status != AN_EXIT_OK) return status;
    char *request = request_of(flags);
    if (request == NULL) return an_cli_fail(AN_EXIT_ENVIRONMENT, "no memory");
    struct an_text url, answer;
    char message[AN_SERVER_MESSAGE_MAX];
    long http = 0;
    an_text_init(&url, 4096);
    an_text_init(&answer, ANSWER_MAX);
    status = an_server_post(flags->server, "/v1/decide", token, request, strlen(request), &url, &answer, &http);
    if (status == AN_EXIT_OK && http != 200)
        /* 400: it read the call and something in it is wrong. All else is no answer to the question. */
        status = an_cli_fail(http == 400 ? AN_EXIT_NO : AN_EXIT_ENVIRONMENT, "%s answered %ld: %s", url.at, http,
                             an_server_message(&answer, message, sizeof message));
    else if (status == AN_EXIT_OK)
        status = an_verdict_view(answer.at, flags->json, "-s", flags->server);
    free(request);
    an_text_done(&url);
    an_text_done(&answer);
    return status;
}

int an_cmd_decide(int argc, char **argv)
{
    struct flags flags = { 0 };
    an_cli_parse(&argp, argc, argv, &flags);
    if (flags.server == NULL && flags.data == NULL) flags.server = getenv("ANNING_SERVER");
    return flags.server != NULL ? ask(&flags) : decide_here(&flags);
}
