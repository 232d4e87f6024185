/* anning explain TOKEN */
#include "api/record_json.h"
#include "cli/cli.h"
#include "cli/verdict_view.h"
#include "model/verdict.h"

enum { TEXT_MAX = 1 << 16 };

struct flags {
    const char *data, *token;
    bool json;
};

static const struct argp_option options[] = {
    { "data", 'd', "DIR", 0, AN_HELP("data folder (default: /var/lib/anning)", "数据目录（默认/var/lib/anning）"), 0 },
    { "json", 'j', NULL, 0, AN_HELP("the whole record as JSON", "以JSON输出整条记录"), 0 },
    { 0 },
};

static error_t take(int key, char *arg, struct argp_state *state)
{
    struct flags *flags = state->input;
    switch (key) {
    case 'd': flags->data = arg; break;
    case 'j': flags->json = true; break;
    case ARGP_KEY_ARG: flags->token = arg; break;
    case ARGP_KEY_END:
        if (flags->token == NULL)
            argp_error(state, "which verdict? Its token stands in the SIP answer's X-Anning header");
        break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

#define EXAMPLE "  anning explain 01HZK3V0A1B2C3D4E5F6G7H8J9 --data /var/lib/anning\n"

static const struct argp argp = { options,
                                  take,
                                  "TOKEN",
                                  AN_HELP("Looks a verdict up in the journal and tells its reasons.\v"
                                          "Example:\n" EXAMPLE,
                                          "从日志中查出一个判定并说明理由。\v"
                                          "示例：\n" EXAMPLE),
                                  NULL,
                                  NULL,
                                  NULL };

int an_cmd_explain(int argc, char **argv)
{
    struct flags flags = { .data = "/var/lib/anning" };
    struct an_token token;
    an_cli_parse(&argp, argc, argv, &flags);
    struct an_slice text = an_slice_of(flags.token);
    if (an_token_of_text(text.at, text.len, &token) != AN_OK)
        return an_cli_fail(AN_EXIT_USAGE,
                           "\"%.40s\" is no token: 26 digits and letters, without I, L, O and U, are right",
                           flags.token);
    if (!an_cli_data_exists(flags.data)) return AN_EXIT_ENVIRONMENT;
    struct an_text out;
    an_text_init(&out, TEXT_MAX);
    enum an_err err = an_api_explain_json(flags.data, &token, &out);
    int status = AN_EXIT_NO;
    if (err == AN_OK)
        status = an_verdict_view(out.at, flags.json, "--data", flags.data);
    else if (err == AN_ERR_NOT_FOUND)
        an_cli_fail(AN_EXIT_NO, "no verdict with this token in %s (expired by retention, or of another site)",
                    flags.data);
    else
        status = an_cli_fail(AN_EXIT_ENVIRONMENT, "%s: the journal can't be read: %s", flags.data, an_err_name(err));
    an_text_done(&out);
    return status;
}
