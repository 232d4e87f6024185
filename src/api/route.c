#include "api/route.h"

#include <stdlib.h>
#include <stdio.h>

#include "base/clock.h"

enum { ANSWER_MAX = 32 << 20 }; /* bytes of an answer: 1,000 verdicts with 8 symbols each are 2 MB */

static void answer_explain(struct an_api_core *core, const struct an_api_request *request,
                           struct an_api_response *response);
static void answer_metrics(struct an_api_core *core, const struct an_api_request *request,
                           struct an_api_response *response);
static void answer_healthz(struct an_api_core *core, const struct an_api_request *request,
                           struct an_api_response *response);
static void answer_readyz(struct an_api_core *core, const struct an_api_request *request,
                          struct an_api_response *response);
static void answer_openapi(struct an_api_core *core, const struct an_api_request *request,
                           struct an_api_response *response);

const struct an_api_route an_api_routes[AN_API_ROUTES] = {
    { "POST", "/v1/decide", AN_METRIC_HTTP_DECIDE, true, an_api_decide },
    { "POST", "/v1/events", AN_METRIC_HTTP_EVENTS, true, an_api_events },
    { "POST", "/v1/labels", AN_METRIC_HTTP_LABELS, true, an_api_labels },
    { "GET", "/v1/explain/{token}", AN_METRIC_HTTP_EXPLAIN, true, answer_explain },
    { "GET", "/v1/campaigns", AN_METRIC_HTTP_CAMPAIGNS, true, an_api_campaigns },
    { "GET", "/v1/campaigns/{id}", AN_METRIC_HTTP_CAMPAIGNS, true, an_api_campaign },
    { "GET", "/v1/campaigns/{id}/members", AN_METRIC_HTTP_CAMPAIGNS, true, an_api_members },
    { "POST", "/v1/campaigns/{id}/release", AN_METRIC_HTTP_CAMPAIGNS, true, an_api_release },
    { "GET", "/metrics", AN_METRIC_HTTP_METRICS, true, answer_metrics },
    { "GET", "/healthz", AN_METRIC_HTTP_HEALTHZ, false, answer_healthz },
    { "GET", "/readyz", AN_METRIC_HTTP_READYZ, false, answer_readyz },
    { "GET", "/openapi.json", AN_METRIC_HTTP_OPENAPI, false, answer_openapi },
};

enum an_err an_api_core_init(struct an_api_core *core, const struct an_api_options *options)
{
    an_assert(core != NULL && options->threads > 0 && options->calls.run != NULL && options->calls.metrics != NULL);
    *core = (struct an_api_core) { .options = *options };
    core->seats = calloc(options->threads, sizeof *core->seats);
    if (core->seats == NULL) return AN_ERR_NO_MEMORY;
    for (unsigned i = 0; i < options->threads; i++) {
        struct an_api_seat *seat = &core->seats[i];
        pthread_mutex_init(&seat->lock, NULL);
        seat->context = options->contexts == NULL ? options->user : options->contexts[i];
        seat->vector.worker = options->workers == NULL ? 0 : options->workers[i];
        seat->vector.calls = seat->calls;
    }
    return AN_OK;
}

void an_api_core_done(struct an_api_core *core)
{
    for (unsigned i = 0; core->seats != NULL && i < core->options.threads; i++)
        pthread_mutex_destroy(&core->seats[i].lock);
    free(core->seats);
    core->seats = NULL;
}

/* As many seats as threads that serve, so that one is always free. */
struct an_api_seat *an_api_seat_take(struct an_api_core *core)
{
    for (unsigned i = 0; i < core->options.threads; i++)
        if (pthread_mutex_trylock(&core->seats[i].lock) == 0) return &core->seats[i];
    pthread_mutex_lock(&core->seats[0].lock);
    return &core->seats[0];
}

void an_api_seat_leave(struct an_api_seat *seat)
{
    pthread_mutex_unlock(&seat->lock);
}

uint64_t an_api_now_us(const struct an_api_core *core)
{
    const struct an_api_options *options = &core->options;
    return options->calls.now_us == NULL ? an_clock_wall_us() : options->calls.now_us(options->user);
}

void an_api_error(struct an_api_response *response, unsigned status, const char *message, const char *field, long at)
{
    struct an_text *text = &response->text;
    an_text_clear(text);
    response->status = status;
    response->type = "application/json";
    response->fixed = NULL;
    an_text_puts(text, "{\"error\":{");
    an_text_json_pair(text, "message", message);
    if (field != NULL && field[0] != '\0') an_text_json_pair(text, "field", field);
    if (at >= 0) an_text_json_pair_u64(text, "at", (uint64_t)at);
    an_text_puts(text, "}}\n");
}

static bool route_has(const struct an_api_route *route, const char *path)
{
    const char *at = route->path;
    while (*at != '\0') {
        if (*at == '{') {
            size_t len = strcspn(path, "/");
            if (len == 0) return false;
            path += len;
            at += strcspn(at, "}") + 1;
        } else if (*at++ != *path++) {
            return false;
        }
    }
    return *path == '\0';
}

static const struct an_api_route *route_find(const char *path)
{
    for (size_t i = 0; i < AN_API_ROUTES; i++)
        if (route_has(&an_api_routes[i], path)) return &an_api_routes[i];
    return NULL;
}

static bool method_fits(const struct an_api_route *route, const char *method)
{
    return strcmp(route->method, method) == 0 || (strcmp(route->method, "GET") == 0 && strcmp(method, "HEAD") == 0);
}

bool an_api_wants_body(const struct an_api_request *request)
{
    const struct an_api_route *route = route_find(request->path);
    return route != NULL && strcmp(route->method, "POST") == 0 && strcmp(request->method, "POST") == 0;
}

/* Takes as long for a wrong token as for the right one; only the length of what was sent shows. */
static bool same_secret(const char *secret, struct an_slice given)
{
    size_t len = strlen(secret);
    volatile unsigned char differs = given.len != len;
    for (size_t i = 0; i < given.len; i++) differs |= (unsigned char)(given.at[i] ^ secret[i % (len + 1)]);
    return differs == 0;
}

static bool authorised(const struct an_api_core *core, const struct an_api_request *request)
{
    const char *token = core->options.token;
    if (token == NULL || token[0] == '\0') return true;
    struct an_slice scheme, rest = request->authorization;
    if (!an_slice_cut(&rest, ' ', &scheme) || !an_slice_equal_nocase(scheme, AN_SLICE("Bearer"))) return false;
    return same_secret(token, an_slice_trim(rest));
}

static bool is_json(struct an_slice type)
{
    struct an_slice media;
    an_slice_cut(&type, ';', &media);
    if (!an_slice_equal_nocase(an_slice_trim(media), AN_SLICE("application/json"))) return false;
    struct an_slice rest = an_slice_trim(type); /* RFC 8259 knows no parameters; many clients send this one */
    if (rest.len == 0) return true;
    return an_slice_equal_nocase(rest, AN_SLICE("charset=utf-8")) ||
           an_slice_equal_nocase(rest, AN_SLICE("charset=\"utf-8\""));
}

/* Refuses what can't be read; true when the body may be looked at. */
static bool body_fine(struct an_api_core *core, const struct an_api_request *request, struct an_api_response *response)
{
    if (atomic_load_explicit(&core->draining, memory_order_relaxed)) {
        an_api_error(response, 503, "shutting down; ask another server", NULL, -1);
        response->retry_s = 5;
    } else if (request->body_over) {
        an_api_error(response, 413, "body over the limit HTTP_BODY_MAX, 4194304 bytes; send several requests", NULL,
                     -1);
    } else if (request->bodies_full) {
        an_api_error(response, 503, "too many requests at once; try again", NULL, -1);
        response->retry_s = 1;
    } else if (!is_json(request->content_type)) {
        an_api_error(response, 415, "Content-Type has to be application/json", NULL, -1);
    } else {
        return true;
    }
    return false;
}

static void answer_no_route(const struct an_api_request *request, struct an_api_response *response)
{
    (void)request;
    an_api_error(response, 404, "no such path; /openapi.json lists them", NULL, -1);
}

void an_api_answer(struct an_api_core *core, const struct an_api_request *request, struct an_api_response *response)
{
    an_assert(core != NULL && request != NULL && response != NULL && request->path != NULL);
    *response = (struct an_api_response) { .status = 200, .type = "application/json" };
    an_text_init(&response->text, ANSWER_MAX);
    const struct an_api_route *route = route_find(request->path);
    enum an_metric_endpoint endpoint = route == NULL ? AN_METRIC_HTTP_NONE : route->endpoint;
    if (route == NULL) {
        answer_no_route(request, response);
    } else if (!method_fits(route, request->method)) {
        bool get = strcmp(route->method, "GET") == 0;
        an_api_error(response, 405, get ? "this path takes GET" : "this path takes POST", NULL, -1);
        response->allow = get ? "GET, HEAD" : "POST";
    } else if (route->guarded && !authorised(core, request)) {
        an_api_error(response, 401, "send the header Authorization: Bearer TOKEN with this site's token", NULL, -1);
        response->challenge = true;
    } else if (strcmp(route->method, "POST") != 0 || body_fine(core, request, response)) {
        route->answer(core, request, response);
    }
    if (response->text.failed) an_api_error(response, 500, "out of memory", NULL, -1);
    unsigned class = response->status / 100 - 2;
    atomic_fetch_add_explicit(&core->requests[endpoint][class], 1, memory_order_relaxed);
    if (response->status == 400) atomic_fetch_add_explicit(&core->malformed, 1, memory_order_relaxed);
}

static void answer_explain(struct an_api_core *core, const struct an_api_request *request,
                           struct an_api_response *response)
{
    struct an_token token;
    const char *text = strrchr(request->path, '/') + 1;
    const struct an_api_options *options = &core->options;
    if (an_token_of_text(text, strlen(text), &token) != AN_OK) {
        an_api_error(response, 400, "a token is the 26 letters and digits that came with the verdict", "token", -1);
        return;
    }
    enum an_err err = AN_ERR_NOT_FOUND;
    if (options->calls.explain != NULL) err = options->calls.explain(options->user, &token, &response->text);
    if (err == AN_ERR_NOT_FOUND)
        an_api_error(response, 404, "no verdict with this token; it may have been older than the journal is kept",
                     "token", -1);
    else if (err != AN_OK)
        an_api_error(response, 500, "the journal can't be read", NULL, -1);
}

static void answer_metrics(struct an_api_core *core, const struct an_api_request *request,
                           struct an_api_response *response)
{
    (void)request;
    struct an_metrics metrics = { 0 };
    core->options.calls.metrics(core->options.user, &metrics);
    for (int i = 0; i < AN_METRIC_HTTP_COUNT; i++)
        for (int j = 0; j < 4; j++)
            metrics.http_requests[i][j] = atomic_load_explicit(&core->requests[i][j], memory_order_relaxed);
    metrics.malformed[AN_METRIC_INPUT_JSON] += atomic_load_explicit(&core->malformed, memory_order_relaxed);
    metrics.http_connections = atomic_load_explicit(&core->connections, memory_order_relaxed);
    metrics.http_timeouts = atomic_load_explicit(&core->timeouts, memory_order_relaxed);
    metrics.http_body_bytes = atomic_load_explicit(&core->body_bytes, memory_order_relaxed);
    metrics.draining |= atomic_load_explicit(&core->draining, memory_order_relaxed);
    an_api_metrics_process(&metrics);
    an_api_metrics_text(&response->text, &metrics);
    response->type = "text/plain; version=0.0.4; charset=utf-8";
}

static void answer_healthz(struct an_api_core *core, const struct an_api_request *request,
                           struct an_api_response *response)
{
    (void)core, (void)request;
    response->fixed = "{\"status\":\"alive\"}\n";
    response->fixed_len = strlen(response->fixed);
}

static void answer_readyz(struct an_api_core *core, const struct an_api_request *request,
                          struct an_api_response *response)
{
    (void)request;
    char why[AN_API_WHY_MAX] = "";
    const struct an_api_options *options = &core->options;
    bool draining = atomic_load_explicit(&core->draining, memory_order_relaxed);
    bool ready = options->calls.ready == NULL || options->calls.ready(options->user, why, sizeof why);
    if (draining || !ready) {
        const char *reason = draining ? "shutting down" : why[0] != '\0' ? why : "not ready";
        an_api_error(response, 503, reason, NULL, -1);
        response->retry_s = draining ? 5 : 1;
        return;
    }
    response->fixed = "{\"status\":\"ready\"}\n";
    response->fixed_len = strlen(response->fixed);
}

static void answer_openapi(struct an_api_core *core, const struct an_api_request *request,
                           struct an_api_response *response)
{
    (void)core, (void)request;
    response->fixed = an_openapi_json;
    response->fixed_len = an_openapi_json_len;
}
