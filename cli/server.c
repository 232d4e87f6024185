#include "cli/server.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/fields.h"

enum { TIMEOUT_S = 10 };

int an_server_token(const char *token_file, const char *usual, char out[AN_SERVER_TOKEN_MAX])
{
    const char *given = getenv("ANNING_TOKEN");
    if (given == NULL) given = usual == NULL ? "" : usual;
    snprintf(out, AN_SERVER_TOKEN_MAX, "%s", token_file != NULL ? "" : given);
    if (token_file == NULL) return AN_EXIT_OK;
    FILE *file = fopen(token_file, "re");
    if (file == NULL) return an_cli_fail(AN_EXIT_ENVIRONMENT, "%s: %s", token_file, strerror(errno));
    char line[AN_SERVER_TOKEN_MAX] = "";
    bool read = fgets(line, sizeof line, file) != NULL;
    fclose(file);
    struct an_slice token = an_slice_trim(an_slice_of(line));
    if (!read || token.len == 0)
        return an_cli_fail(AN_EXIT_ENVIRONMENT, "%s: its first line is to be the token", token_file);
    an_slice_copy(token, out, AN_SERVER_TOKEN_MAX);
    return AN_EXIT_OK;
}

static size_t collect(char *bytes, size_t size, size_t count, void *user)
{
    struct an_text *out = user;
    an_text_add(out, bytes, size * count);
    return out->failed ? 0 : size * count;
}

const char *an_server_message(const struct an_text *answer, char *out, size_t size)
{
    cJSON *json = answer->at == NULL ? NULL : cJSON_Parse(answer->at);
    const cJSON *error = cJSON_GetObjectItemCaseSensitive(json, "error");
    const char *message = an_field_text(error, "message");
    snprintf(out, size, "%s", message[0] == '\0' ? "the server said no more" : message);
    cJSON_Delete(json);
    return out;
}

int an_server_post(const char *server, const char *path, const char *token, const char *body, size_t len,
                   struct an_text *ret_url, struct an_text *ret_answer, long *ret_status)
{
    return an_server_ask(server, NULL, path, token, body, len, ret_url, ret_answer, ret_status);
}

int an_server_ask(const char *server, const char *method, const char *path, const char *token, const char *body,
                  size_t len, struct an_text *ret_url, struct an_text *ret_answer, long *ret_status)
{
    CURL *curl = curl_easy_init();
    struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json");
    an_text_printf(ret_url, "%s%s%s", strstr(server, "://") == NULL ? "http://" : "", server, path);
    if (curl == NULL || headers == NULL || ret_url->failed) {
        curl_slist_free_all(headers);
        curl_easy_cleanup(curl);
        return an_cli_fail(AN_EXIT_ENVIRONMENT, "no memory");
    }
    curl_easy_setopt(curl, CURLOPT_URL, ret_url->at);
    if (body != NULL) {
        curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body);
        curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, (long)len);
    }
    if (method != NULL) curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, method);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, collect);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, ret_answer);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)TIMEOUT_S);
    if (token[0] != '\0') {
        curl_easy_setopt(curl, CURLOPT_HTTPAUTH, (long)CURLAUTH_BEARER);
        curl_easy_setopt(curl, CURLOPT_XOAUTH2_BEARER, token);
    }
    CURLcode code = curl_easy_perform(curl);
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, ret_status);
    curl_slist_free_all(headers);
    curl_easy_cleanup(curl);
    if (code == CURLE_OK) return AN_EXIT_OK;
    return an_cli_fail(AN_EXIT_ENVIRONMENT, "%s: %s", ret_url->at, curl_easy_strerror(code));
}
