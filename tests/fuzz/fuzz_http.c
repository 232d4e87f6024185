/* libFuzzer target of what HTTP brings beside a body: path, query, cookie, bearer token, csrf, forwarded headers, in
 * the lines of the input; the rest is the body. The real router, sign-in and handlers answer over a store of their own.
 * Nobody is ever let in by it, JSON stays JSON, and nothing is a fault of ours. */
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "api/auth.h"
#include "api/route.h"
#include "base/clock.h"
#include "base/log.h"

enum { TEXT_MAX = 4096, PEOPLE_ONLY = 5 };

static char folder[] = "/tmp/fuzz-http-XXXXXX";
static struct an_store *store;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void run(void *context, struct an_vector *vector)
{
    (void)context, (void)vector;
}

static void metrics(void *user, struct an_metrics *ret_metrics)
{
    (void)user, (void)ret_metrics;
}

/* An hour a request: limits never hide what is behind them. */
static uint64_t now_us(void *user)
{
    static uint64_t at = 1795317245000000ull;
    (void)user;
    return at += 3600 * AN_US_PER_S;
}

static void quiet(void *user, int level, const char *line, size_t len)
{
    (void)user, (void)level, (void)line, (void)len;
}

static int drop(const char *path, const struct stat *info, int kind, struct FTW *at)
{
    (void)info, (void)kind, (void)at;
    return remove(path);
}

static void clean_up(void)
{
    an_store_stop(store);
    nftw(folder, drop, 16, FTW_DEPTH | FTW_PHYS);
}

static void start(struct an_api_core *core)
{
    struct an_error error;
    an_log_set_sink(quiet, NULL);
    an_assert(mkdtemp(folder) != NULL);
    struct an_store_options options = { .data_dir = folder, .wait = true };
    an_assert(an_store_start(&options, &store, &error) == AN_OK);
    atexit(clean_up);
    struct an_api_options api = { .threads = 1,
                                  .calls = { .run = run, .metrics = metrics, .now_us = now_us },
                                  .store = store,
                                  .token = "the-machines-own-token" };
    an_assert(an_api_core_init(core, &api) == AN_OK);
}

/* A copy of exactly its size, NUL-terminated as libmicrohttpd hands it over. */
static char *line_of(struct an_slice *rest)
{
    struct an_slice line;
    if (!an_slice_cut(rest, '\n', &line)) line = (struct an_slice) { "", 0 };
    size_t len = line.len < TEXT_MAX ? line.len : TEXT_MAX;
    const char *nul = memchr(line.at, '\0', len);
    if (nul != NULL) len = (size_t)(nul - line.at);
    char *copy = malloc(len + 1);
    an_assert(copy != NULL);
    memcpy(copy, line.at, len);
    copy[len] = '\0';
    return copy;
}

static void split_query(char *path, struct an_api_request *request)
{
    char *save, *query = strchr(path, '?');
    if (query == NULL) return;
    *query++ = '\0';
    for (char *pair = strtok_r(query, "&", &save); pair != NULL && request->query_count < AN_API_QUERY_MAX;
         pair = strtok_r(NULL, "&", &save)) {
        char *value = strchr(pair, '=');
        if (value != NULL) *value++ = '\0';
        request->query[request->query_count++] = (struct an_api_argument) { pair, value };
    }
}

/* Unescaped text is never longer than it came, has no NUL in it, and fits. */
static void check_query(const struct an_api_request *request)
{
    char text[24];
    size_t len;
    for (size_t i = 0; i < request->query_count; i++) {
        an_assert(an_api_query(request, request->query[i].name, text, sizeof text));
        an_assert(strlen(text) < sizeof text);
        struct an_slice value = an_slice_of(request->query[i].value);
        if (an_api_unescape(value, text, sizeof text, &len)) an_assert(len <= value.len && strlen(text) == len);
    }
}

static void check_answer(const struct an_api_request *request, const struct an_api_response *response)
{
    static const char *const closed[PEOPLE_ONLY] = { "/v1/subscribers", "/v1/users", "/v1/keys", "/v1/audit",
                                                     "/v1/reports" };
    an_assert(response->status >= 200 && response->status < 600 && response->status != 500);
    for (int i = 0; i < PEOPLE_ONLY; i++)
        if (strncmp(request->path, closed[i], strlen(closed[i])) == 0) an_assert(response->status >= 400);
    an_assert(strpbrk(response->cookie, "\r\n") == NULL && strpbrk(response->disposition, "\r\n") == NULL);
    if (response->fixed != NULL || response->type == NULL || response->text.len == 0 ||
        strcmp(response->type, "application/json") != 0)
        return;
    cJSON *json = cJSON_ParseWithLength(response->text.at, response->text.len);
    an_assert(json != NULL);
    cJSON_Delete(json);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const methods[] = { "GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS" };
    static struct an_api_core core;
    if (core.seats == NULL) start(&core);
    if (size < 2 || data[0] == '\0') return 0;
    struct an_slice rest = { (const char *)data + 1, size - 1 };
    char *lines[8];
    for (int i = 0; i < 8; i++) lines[i] = line_of(&rest);
    struct an_api_request request = { .method = methods[data[0] % 7], .path = lines[0], .body = rest };
    request.content_type = AN_SLICE("application/json");
    split_query(lines[0], &request);
    request.cookie = an_slice_of(lines[1]);
    request.authorization = an_slice_of(lines[2]);
    request.csrf = an_slice_of(lines[3]);
    request.fetch_site = an_slice_of(lines[4]);
    request.if_match = an_slice_of(lines[5]);
    request.if_none_match = an_slice_of(lines[6]);
    request.signature = an_slice_of(lines[7]);
    request.peer.v4.sin_family = AF_INET;
    struct an_api_response response;
    uint8_t hash[AN_SECRET_HASH_BYTES];
    an_assert(!an_api_ticket_read(an_store_secret(store), AN_SECRET_SESSION, request.cookie, hash));
    check_query(&request);
    an_api_answer(&core, &request, &response);
    check_answer(&request, &response);
    an_text_done(&response.text);
    if (response.source.read != NULL && response.source.done != NULL) response.source.done(response.source.user);
    for (int i = 0; i < 8; i++) free(lines[i]);
    return 0;
}
