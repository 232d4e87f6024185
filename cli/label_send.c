#include "cli/label_send.h"

#include <cjson/cJSON.h>
#include <curl/curl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "api/api.h"
#include "api/record_json.h"
#include "base/clock.h"
#include "cli/cli.h"
#include "journal/writer.h"
#include "model/listen.h"
#include "model/record.h"

enum { BODY_MAX = 4 << 20, ANSWER_MAX = 1 << 16, TIMEOUT_S = 30 };

static void label_json(struct an_text *out, const struct an_label *label)
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
    an_text_json_pair(out, "verdict", an_label_verdict_name((enum an_label_verdict)label->verdict));
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
static void url_of(const struct an_config *config, char out[AN_LISTEN_TEXT_MAX + 64])
{
    const union an_address *address = &config->http_address;
    bool v6 = address->any.sa_family == AF_INET6;
    bool every = v6 ? IN6_IS_ADDR_UNSPECIFIED(&address->v6.sin6_addr) : address->v4.sin_addr.s_addr == 0;
    if (every)
        snprintf(out, AN_LISTEN_TEXT_MAX + 64, "http://%s:%u/v1/labels", v6 ? "[::1]" : "127.0.0.1",
                 an_address_port(address));
    else
        snprintf(out, AN_LISTEN_TEXT_MAX + 64, "http://%s/v1/labels", config->http);
}

static size_t keep(char *bytes, size_t size, size_t count, void *user)
{
    struct an_text *answer = user;
    an_text_add(answer, bytes, size * count);
    return answer->failed ? 0 : size * count;
}

static bool perform(const struct an_config *config, const char *url, const struct an_text *body, struct an_text *answer,
                    long *ret_status, const char **ret_why)
{
    char bearer[AN_CONFIG_TOKEN_MAX + 32];
    CURL *curl = curl_easy_init();
    struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json");
    snprintf(bearer, sizeof bearer, "Authorization: Bearer %s", config->api.token);
    if (config->api.token[0] != '\0') headers = curl_slist_append(headers, bearer);
    CURLcode code = CURLE_OUT_OF_MEMORY;
    if (curl != NULL && headers != NULL) {
        curl_easy_setopt(curl, CURLOPT_URL, url);
        curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body->at);
        curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, (long)body->len);
        curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, keep);
        curl_easy_setopt(curl, CURLOPT_WRITEDATA, answer);
        curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)TIMEOUT_S);
        curl_easy_setopt(curl, CURLOPT_PROXY, ""); /* the token goes to the daemon and to nobody else */
        curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
        code = curl_easy_perform(curl);
        curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, ret_status);
    }
    *ret_why = curl_easy_strerror(code);
    curl_slist_free_all(headers);
    curl_easy_cleanup(curl);
    return code == CURLE_OK;
}

/* The daemon counts labels from 0; the file has lines. */
static void say_refusal(const struct an_label_file *file, const char *answer, long status)
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
}

int an_label_post(const struct an_label_file *file, const struct an_config *config)
{
    char url[AN_LISTEN_TEXT_MAX + 64];
    struct an_text body, answer;
    long status = 0;
    const char *why = "";
    if (config->http[0] == '\0')
        return an_cli_fail(AN_EXIT_ENVIRONMENT, "http is none in the configuration; --http names the daemon's address, "
                                                "--data a folder no daemon uses");
    an_text_init(&body, BODY_MAX);
    an_text_init(&answer, ANSWER_MAX);
    url_of(config, url);
    an_text_puts(&body, "[");
    for (size_t i = 0; i < file->count; i++) {
        if (i > 0) an_text_puts(&body, ",\n");
        label_json(&body, &file->labels[i]);
    }
    an_text_puts(&body, "]");
    int code = AN_EXIT_OK;
    if (body.failed)
        code = an_cli_fail(AN_EXIT_NO, "%s: over 4 MB; send several files", file->path);
    else if (!perform(config, url, &body, &answer, &status, &why))
        code = an_cli_fail(AN_EXIT_ENVIRONMENT,
                           "%s: %s; is anningd running? --data writes into its folder while it is not", url, why);
    else if (status != 200) {
        say_refusal(file, answer.at == NULL ? "" : answer.at, status);
        code = AN_EXIT_NO;
    }
    an_text_done(&body);
    an_text_done(&answer);
    return code;
}

int an_label_append(const struct an_label_file *file, const char *data_dir, uint64_t now_us)
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
        an_record_of_label(&file->labels[i], &record);
        err = an_record_encode(&record, bytes, sizeof bytes, &len);
        if (err == AN_OK) err = an_journal_append(writer, AN_RECORD_LABEL, now_us, bytes, len);
    }
    if (err == AN_OK) err = an_journal_flush(writer, an_clock_mono_us());
    an_journal_close(journal);
    if (err == AN_OK) return AN_EXIT_OK;
    return an_cli_fail(AN_EXIT_ENVIRONMENT, "%s: the journal can't be written: %s", data_dir, an_err_name(err));
}
