#include "cli/ask.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"

enum { TIMEOUT_S = 10, TOKEN_MAX = 1024 };

static size_t collect(char *bytes, size_t size, size_t count, void *user)
{
    struct an_text *out = user;
    an_text_add(out, bytes, size * count);
    return out->failed ? 0 : size * count;
}

/* The token for the server's api.token_file, in out; empty: none. As anningd reads it: the first line, without blanks
 * around it. */
static int read_token(const char *token_file, char out[TOKEN_MAX])
{
    const char *given = getenv("ANNING_TOKEN");
    snprintf(out, TOKEN_MAX, "%s", token_file != NULL || given == NULL ? "" : given);
    if (token_file == NULL) return AN_EXIT_OK;
    FILE *file = fopen(token_file, "re");
    if (file == NULL) return an_cli_fail(AN_EXIT_ENVIRONMENT, "%s: %s", token_file, strerror(errno));
    char line[TOKEN_MAX] = "";
    bool read = fgets(line, sizeof line, file) != NULL;
    fclose(file);
    struct an_slice token = an_slice_trim(an_slice_of(line));
    if (!read || token.len == 0)
        return an_cli_fail(AN_EXIT_ENVIRONMENT, "%s: its first line is to be the token", token_file);
    an_slice_copy(token, out, TOKEN_MAX);
    return AN_EXIT_OK;
}

static int perform(CURL *curl, const char *url, const struct an_text *answer)
{
    long http = 0;
    CURLcode code = curl_easy_perform(curl);
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &http);
    if (code != CURLE_OK) return an_cli_fail(AN_EXIT_ENVIRONMENT, "%s: %s", url, curl_easy_strerror(code));
    if (http == 200) return AN_EXIT_OK;
    /* 400, 404: it read the question and something in it is wrong. All else is no answer to it. */
    return an_cli_fail(http == 400 || http == 404 ? AN_EXIT_NO : AN_EXIT_ENVIRONMENT, "%s answered %ld: %s", url, http,
                       answer->at == NULL ? "" : answer->at);
}

int an_cli_ask(const char *server, const char *token_file, const char *path, const char *body, struct an_text *out)
{
    char token[TOKEN_MAX];
    int status = read_token(token_file, token);
    if (status != AN_EXIT_OK) return status;
    CURL *curl = curl_easy_init();
    if (curl == NULL) return an_cli_fail(AN_EXIT_ENVIRONMENT, "no memory");
    struct an_text url;
    an_text_init(&url, 4096);
    size_t len = strlen(server);
    while (len > 0 && server[len - 1] == '/') len--;
    an_text_printf(&url, "%s%.*s%s", strstr(server, "://") == NULL ? "http://" : "", (int)len, server, path);
    struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json");
    curl_easy_setopt(curl, CURLOPT_URL, url.at);
    if (body != NULL) curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    if (body != NULL) curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, collect);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, out);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)TIMEOUT_S);
    if (token[0] != '\0') {
        curl_easy_setopt(curl, CURLOPT_HTTPAUTH, (long)CURLAUTH_BEARER);
        curl_easy_setopt(curl, CURLOPT_XOAUTH2_BEARER, token);
    }
    status = perform(curl, url.at, out);
    curl_slist_free_all(headers);
    curl_easy_cleanup(curl);
    an_text_done(&url);
    return status;
}
