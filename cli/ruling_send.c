#include "cli/ruling_send.h"

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "api/api.h"
#include "api/record_json.h"
#include "base/clock.h"
#include "cli/server.h"
#include "journal/writer.h"
#include "model/listen.h"
#include "model/record.h"

enum { BODY_MAX = 4 << 20, ANSWER_MAX = 1 << 16 };

static void label_json(struct an_text *out, const struct an_ruling *label)
{
    char text[AN_NUMBER_TEXT_MAX + AN_TOKEN_TEXT_MAX], until[32];
    an_text_puts(out, "{");
    if (label->campaign != 0) {
        an_text_json_pair_u64(out, "campaign", label->campaign);
    } else if (label->number != AN_NUMBER_NONE) {
        an_number_text(label->number, text);
        an_text_json_pair(out, "number", text);
        if (label->trunk_name[0] != '\0') an_text_json_pair(out, "trunk", label->trunk_name);
    } else {
        an_token_text(&label->token, text);
        an_text_json_pair(out, "token", text);
    }
    an_text_json_pair(out, "verdict", an_ruling_verdict_name((enum an_ruling_verdict)label->verdict));
    if (label->category != AN_CATEGORY_UNKNOWN)
        an_text_json_pair(out, "category", an_category_name((enum an_category)label->category));
    an_text_json_key(out, "weight");
    an_text_json_number(out, label->weight / 1000.0, 3);
    an_text_json_pair(out, "who", label->who);
    an_text_json_pair(out, "why", label->why);
    an_api_time_text(label->until_us, until);
    an_text_json_pair(out, "until", until);
    an_text_puts(out, "}");
}

/* Where the daemon can be reached from here: one that listens everywhere is asked on loopback. */
static const char *usual_server(const struct an_config *config, char out[AN_LISTEN_TEXT_MAX + 32])
{
    const union an_address *address = &config->http_address;
    bool v6 = address->any.sa_family == AF_INET6;
    bool every = v6 ? IN6_IS_ADDR_UNSPECIFIED(&address->v6.sin6_addr) : address->v4.sin_addr.s_addr == 0;
    if (!every) return config->http;
    snprintf(out, AN_LISTEN_TEXT_MAX + 32, "%s:%u", v6 ? "[::1]" : "127.0.0.1", an_address_port(address));
    return out;
}

/* The daemon counts labels from 0; the file has lines. */
static int say_refusal(const struct an_ruling_file *file, const char *answer, long status)
{
    cJSON *root = cJSON_Parse(answer);
    const cJSON *error = cJSON_GetObjectItemCaseSensitive(root, "error");
    const cJSON *message = cJSON_GetObjectItemCaseSensitive(error, "message");
    const char *text = cJSON_IsString(message) ? message->valuestring : "no reason given";
    unsigned index = 0;
    int used = 0;
    if (sscanf(text, "label %u: %n", &index, &used) == 1 && used > 0 && index < file->count)
        an_cli_fail(AN_EXIT_NO, "%s:%" PRIu64 ": %s", file->path, file->lines[index], text + used);
    else
        an_cli_fail(AN_EXIT_NO, "anningd answers %ld: %s", status, text);
    fprintf(stderr, "anning: %s\n", an_cli_say("nothing was applied", "未应用任何标注"));
    cJSON_Delete(root);
    return status >= 500 ? AN_EXIT_ENVIRONMENT : AN_EXIT_NO;
}

int an_ruling_post(const struct an_ruling_file *file, const struct an_config *config, const char *server,
                   const char *token_file)
{
    char usual[AN_LISTEN_TEXT_MAX + 32], token[AN_SERVER_TOKEN_MAX];
    struct an_text body, url, answer;
    long http = 0;
    if (server == NULL && config->http[0] == '\0')
        return an_cli_fail(AN_EXIT_ENVIRONMENT, "http is none in the configuration; --server names a daemon, --data a "
                                                "folder no daemon uses");
    if (server == NULL) server = usual_server(config, usual);
    int code = an_server_token(token_file, config->api.token, token);
    if (code != AN_EXIT_OK) return code;
    an_text_init(&body, BODY_MAX);
    an_text_init(&url, 4096);
    an_text_init(&answer, ANSWER_MAX);
    an_text_puts(&body, "[");
    for (size_t i = 0; i < file->count; i++) {
        if (i > 0) an_text_puts(&body, ",\n");
        label_json(&body, &file->labels[i]);
    }
    an_text_puts(&body, "]");
    if (body.failed)
        code = an_cli_fail(AN_EXIT_NO, "%s: over 4 MB; send several files", file->path);
    else
        code = an_server_post(server, "/v1/labels", token, body.at, body.len, &url, &answer, &http);
    if (code == AN_EXIT_OK && http != 200) code = say_refusal(file, answer.at == NULL ? "" : answer.at, http);
    an_text_done(&body);
    an_text_done(&url);
    an_text_done(&answer);
    return code;
}

int an_ruling_append(const struct an_ruling_file *file, const char *data_dir, uint64_t now_us)
{
    const struct an_journal_options options = { .dir = data_dir, .workers = 1, .must_write = true, .no_thread = true };
    struct an_journal *journal;
    struct an_error error;
    enum an_err err = an_journal_open(&options, &journal, &error);
    if (err != AN_OK)
        return an_cli_fail(AN_EXIT_ENVIRONMENT, "%s; leave --data out to send the labels to a running anningd",
                           error.text);
    struct an_journal_writer *writer = an_journal_writer(journal, 0);
    for (size_t i = 0; i < file->count && err == AN_OK; i++) {
        struct an_record record;
        uint8_t bytes[AN_RECORD_LABEL_MAX];
        size_t len = 0;
        an_record_of_ruling(&file->labels[i], &record);
        err = an_record_encode(&record, bytes, sizeof bytes, &len);
        if (err == AN_OK) err = an_journal_append(writer, AN_RECORD_LABEL, now_us, bytes, len);
    }
    if (err == AN_OK) err = an_journal_flush(writer, an_clock_mono_us());
    an_journal_close(journal);
    if (err == AN_OK) return AN_EXIT_OK;
    return an_cli_fail(AN_EXIT_ENVIRONMENT, "%s: the journal can't be written: %s", data_dir, an_err_name(err));
}
