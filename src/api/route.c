#include "api/route.h"

#include <stdlib.h>
#include <stdio.h>

#include "api/auth.h"
#include "api/desk.h"
#include "api/files.h"
#include "api/guard.h"
#include "api/person.h"
#include "base/clock.h"

enum { ANSWER_MAX = 32 << 20 }; /* bytes of an answer: 1,000 verdicts with 8 symbols each are 2 MB */

static void answer_metrics(struct an_api_core *core, const struct an_api_request *request,
                           struct an_api_response *response);
static void answer_healthz(struct an_api_core *core, const struct an_api_request *request,
                           struct an_api_response *response);
static void answer_readyz(struct an_api_core *core, const struct an_api_request *request,
                          struct an_api_response *response);
static void answer_openapi(struct an_api_core *core, const struct an_api_request *request,
                           struct an_api_response *response);

enum { FOR_MACHINES = AN_ROLE_MACHINE, AND_DESK = AN_ROLE_MACHINE | AN_ROLE_DESK };

/* clang-format off */
const struct an_api_route an_api_routes_calls[] = {
    { "POST", "/v1/decide", AN_METRIC_HTTP_DECIDE, AN_BODY_JSON_LARGE, FOR_MACHINES, AN_SCOPE_CALLS, an_api_decide },
    { "POST", "/v1/events", AN_METRIC_HTTP_EVENTS, AN_BODY_JSON_LARGE, FOR_MACHINES, AN_SCOPE_CALLS, an_api_events },
    { "POST", "/v1/labels", AN_METRIC_HTTP_LABELS, AN_BODY_JSON_LARGE,
      FOR_MACHINES | AN_ROLE_OPERATOR | AN_ROLE_ADMIN, AN_SCOPE_CALLS, an_api_labels },
    { "GET", "/v1/explain/{token}", AN_METRIC_HTTP_EXPLAIN, AN_BODY_NONE, AND_DESK, AN_SCOPE_CALLS, an_api_explain },
    { "GET", "/v1/campaigns", AN_METRIC_HTTP_CAMPAIGNS, AN_BODY_NONE, AND_DESK, AN_SCOPE_CALLS | AN_SCOPE_DESK,
      an_api_campaigns },
    { "GET", "/v1/campaigns/{id}", AN_METRIC_HTTP_CAMPAIGNS, AN_BODY_NONE, AND_DESK, AN_SCOPE_CALLS | AN_SCOPE_DESK,
      an_api_campaign },
    { "GET", "/v1/campaigns/{id}/members", AN_METRIC_HTTP_CAMPAIGNS, AN_BODY_NONE, AND_DESK,
      AN_SCOPE_CALLS | AN_SCOPE_DESK, an_api_members },
    { "POST", "/v1/campaigns/{id}/release", AN_METRIC_HTTP_CAMPAIGNS, AN_BODY_JSON,
      AN_ROLE_MACHINE | AN_ROLE_OPERATOR | AN_ROLE_ADMIN, AN_SCOPE_CALLS, an_api_release },
    { "GET", "/metrics", AN_METRIC_HTTP_METRICS, AN_BODY_NONE, FOR_MACHINES | AN_ROLE_OPERATOR | AN_ROLE_ADMIN,
      AN_SCOPE_CALLS, answer_metrics },
    { "GET", "/healthz", AN_METRIC_HTTP_HEALTHZ, AN_BODY_NONE, AN_ROLE_PUBLIC, 0, answer_healthz },
    { "GET", "/readyz", AN_METRIC_HTTP_READYZ, AN_BODY_NONE, AN_ROLE_PUBLIC, 0, answer_readyz },
    { "GET", "/openapi.json", AN_METRIC_HTTP_OPENAPI, AN_BODY_NONE, AN_ROLE_PUBLIC, 0, answer_openapi },
    { .method = NULL },
};
/* clang-format on */

const struct an_api_route *const an_api_tables[] = {
    an_api_routes_calls,
    an_api_routes_accounts,
    an_api_routes_subscribers,
    an_api_routes_calls_seen,
    an_api_routes_reports,
    an_api_routes_redress,
    an_api_routes_texts,
    an_api_routes_recordings,
    an_api_routes_standing,
    an_api_routes_desk,
    an_api_routes_complaints,
    NULL,
};

enum an_err an_api_core_init(struct an_api_core *core, const struct an_api_options *options)
{
    an_assert(core != NULL && options->threads > 0 && options->calls.run != NULL && options->calls.metrics != NULL);
    *core = (struct an_api_core) { .options = *options };
    core->seats = calloc(options->threads, sizeof *core->seats);
    core->guard = an_api_guard_new();
    if (core->seats == NULL || core->guard == NULL) {
        an_api_core_done(core);
        return AN_ERR_NO_MEMORY;
    }
    for (unsigned i = 0; i < options->threads; i++) {
        struct an_api_seat *seat = &core->seats[i];
        pthread_mutex_init(&seat->lock, NULL);
        seat->context = options->contexts == NULL ? options->user : options->contexts[i];
        seat->vector.worker = options->workers == NULL ? 0 : options->workers[i];
        seat->vector.calls = seat->calls;
    }
    core->feed = an_desk_feed_new(core);
    return AN_OK;
}

void an_api_core_done(struct an_api_core *core)
{
    for (unsigned i = 0; core->seats != NULL && i < core->options.threads; i++)
        pthread_mutex_destroy(&core->seats[i].lock);
    an_feed_free(core->feed);
    core->feed = NULL;
    free(core->seats);
    core->seats = NULL;
    an_api_guard_free(core->guard);
    core->guard = NULL;
    an_api_files_free(core->files);
    core->files = NULL;
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

static void error_begin(struct an_api_response *response, unsigned status, const char *message, const char *field)
{
    struct an_text *text = &response->text;
    an_text_clear(text);
    response->status = status;
    response->type = "application/json";
    response->fixed = NULL;
    an_text_puts(text, "{\"error\":{");
    an_text_json_pair(text, "message", message);
    if (field != NULL && field[0] != '\0') an_text_json_pair(text, "field", field);
}

void an_api_error(struct an_api_response *response, unsigned status, const char *message, const char *field, long at)
{
    error_begin(response, status, message, field);
    if (at >= 0) an_text_json_pair_u64(&response->text, "at", (uint64_t)at);
    an_text_puts(&response->text, "}}\n");
}

void an_api_refuse(struct an_api_response *response, unsigned status, const char *code, const char *message,
                   const char *field)
{
    error_begin(response, status, message, field);
    an_text_json_pair(&response->text, "code", code);
    an_text_puts(&response->text, "}}\n");
}

/* ---- which route ---- */

/* The parameters of the path that was asked, with their escapes undone. */
struct params {
    char text[AN_API_PARAM_TEXT_MAX];
    size_t used;
    struct an_slice at[AN_API_PARAMS_MAX];
    unsigned count;
};

static bool param_add(struct params *params, struct an_slice segment)
{
    size_t len;
    if (segment.len == 0 || params->count == AN_API_PARAMS_MAX) return false;
    char *to = params->text + params->used;
    if (!an_api_unescape(segment, to, sizeof params->text - params->used, &len)) return false;
    params->at[params->count++] = (struct an_slice) { to, len };
    params->used += len + 1;
    return true;
}

static bool route_has(const struct an_api_route *route, const char *path, struct params *params)
{
    const char *at = route->path;
    params->count = 0;
    params->used = 0;
    while (*at != '\0') {
        if (*at == '{') {
            size_t len = strcspn(path, "/");
            if (!param_add(params, (struct an_slice) { path, len })) return false;
            path += len;
            at += strcspn(at, "}") + 1;
        } else if (*at++ != *path++) {
            return false;
        }
    }
    return *path == '\0';
}

static bool method_fits(const struct an_api_route *route, const char *method)
{
    return strcmp(route->method, method) == 0 || (strcmp(route->method, "GET") == 0 && strcmp(method, "HEAD") == 0);
}

/* A path without {...} wins over one with. */
static bool better(const struct an_api_route *route, const struct an_api_route *than)
{
    return than == NULL || (strchr(than->path, '{') != NULL && strchr(route->path, '{') == NULL);
}

/* The route of a path and method; with another method only, NULL and ret_other one of those it has. */
static const struct an_api_route *route_find(const char *path, const char *method, struct params *ret_params,
                                             const struct an_api_route **ret_other)
{
    const struct an_api_route *found = NULL;
    struct params params;
    *ret_other = NULL;
    for (const struct an_api_route *const *table = an_api_tables; *table != NULL; table++)
        for (const struct an_api_route *route = *table; route->method != NULL; route++) {
            if (!route_has(route, path, &params)) continue;
            if (better(route, *ret_other)) *ret_other = route;
            if (!method_fits(route, method) || !better(route, found)) continue;
            found = route;
            *ret_params = params;
            for (unsigned i = 0; i < params.count; i++)
                ret_params->at[i].at = ret_params->text + (params.at[i].at - params.text);
        }
    return found;
}

/* Every method of a path, for Allow. */
static void allow_of(const char *path, char *out, size_t size)
{
    struct params params;
    out[0] = '\0';
    for (const struct an_api_route *const *table = an_api_tables; *table != NULL; table++)
        for (const struct an_api_route *route = *table; route->method != NULL; route++) {
            size_t len = strlen(out);
            if (!route_has(route, path, &params) || strstr(out, route->method) != NULL) continue;
            snprintf(out + len, size - len, "%s%s%s", len == 0 ? "" : ", ", route->method,
                     strcmp(route->method, "GET") == 0 ? ", HEAD" : "");
        }
}

static size_t body_max_of(const struct an_api_core *core, const struct an_api_route *route)
{
    const struct an_api_people *people = core->options.people;
    switch (route->body) {
    case AN_BODY_NONE: return 0;
    case AN_BODY_JSON_LARGE: return AN_HTTP_BODY_MAX;
    case AN_BODY_AUDIO: return people == NULL || people->recording_bytes == 0 ? 1 : people->recording_bytes;
    default: return AN_HTTP_PEOPLE_BODY_MAX;
    }
}

size_t an_api_body_max(const struct an_api_core *core, const struct an_api_request *request)
{
    struct params params;
    const struct an_api_route *other, *route = route_find(request->path, request->method, &params, &other);
    return route == NULL ? 0 : body_max_of(core, route);
}

/* ---- what is refused before a handler sees it ---- */

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
static bool body_fine(struct an_api_core *core, const struct an_api_route *route, const struct an_api_request *request,
                      struct an_api_response *response)
{
    char message[96];
    if (atomic_load_explicit(&core->draining, memory_order_relaxed)) {
        an_api_error(response, 503, "shutting down; ask another server", NULL, -1);
        response->retry_s = 5;
    } else if (request->body_over || request->body.len > body_max_of(core, route)) {
        static const char *const limits[] = {
            [AN_BODY_JSON_LARGE] = "HTTP_BODY_MAX", [AN_BODY_AUDIO] = "people.recording_kb"
        };
        const char *limit = route->body < AN_BODY_ANY ? limits[route->body] : NULL;
        snprintf(message, sizeof message, "body over the limit %s, %zu bytes; send %s",
                 limit == NULL ? "HTTP_PEOPLE_BODY_MAX" : limit, body_max_of(core, route),
                 route->body == AN_BODY_JSON_LARGE ? "several requests" : "less");
        an_api_error(response, 413, message, NULL, -1);
    } else if (request->bodies_full) {
        an_api_error(response, 503, "too many requests at once; try again", NULL, -1);
        response->retry_s = 1;
    } else if (route->body == AN_BODY_ANY || route->body == AN_BODY_AUDIO ||
               (route->body == AN_BODY_JSON_OR_NONE && request->body.len == 0)) {
        return true;
    } else if (!is_json(request->content_type)) {
        an_api_error(response, 415, "Content-Type has to be application/json", NULL, -1);
    } else {
        return true;
    }
    return false;
}

static bool is_read(const struct an_api_request *request)
{
    return strcmp(request->method, "GET") == 0 || strcmp(request->method, "HEAD") == 0;
}

/* A page of another site can make a browser ask with the person's cookie, but can't read the session's answer, so it
 * does not know the header; browsers also say themselves where a request comes from. */
static bool same_site(struct an_api_core *core, const struct an_api_route *route, const struct an_api_request *request,
                      struct an_api_response *response)
{
    const struct an_slice site = request->fetch_site;
    bool by_cookie = request->who->role != 0 && request->authorization.len == 0 && request->cookie.len > 0;
    if (is_read(request)) return true;
    if (site.len > 0 && !an_slice_equal(site, AN_SLICE("same-origin")) && !an_slice_equal(site, AN_SLICE("none"))) {
        an_api_refuse(response, 403, "cross_site", "another site may not ask that", NULL);
        return false;
    }
    if ((route->roles & AN_ROLE_PUBLIC) != 0) return true; /* its body says who may, not the cookie */
    if (!by_cookie || an_api_csrf_fits(core, request)) return true;
    an_api_refuse(response, 403, "csrf", "send the header X-Anning-CSRF with the session's csrf", NULL);
    return false;
}

/* Where no token is set, what machines may is open to all, as it always was. */
static bool allowed(struct an_api_core *core, const struct an_api_route *route, const struct an_api_request *request,
                    struct an_api_response *response)
{
    const char *token = core->options.token;
    bool open = (route->roles & AN_ROLE_MACHINE) != 0 && (token == NULL || token[0] == '\0');
    if (open || an_api_require(request, response, route->roles, route->scopes)) return true;
    if (response->status == 401 && (route->roles & ~(unsigned)AN_ROLE_MACHINE) == 0)
        an_api_refuse(response, 401, "sign_in", "send the header Authorization: Bearer TOKEN with this site's token",
                      NULL);
    return false;
}

/* People's paths can't say who asks without the store. */
static bool store_fine(struct an_api_core *core, const struct an_api_route *route, struct an_api_response *response)
{
    struct an_db_session *session;
    if ((route->roles & (AN_ROLE_MACHINE | AN_ROLE_PUBLIC)) != 0 || an_store_db(core->options.store) != NULL)
        return true;
    return an_api_store(core, response, &session);
}

static void answer_route(struct an_api_core *core, const struct an_api_route *route, const struct params *params,
                         const struct an_api_request *given, struct an_api_response *response)
{
    struct an_api_who who;
    struct an_api_request request = *given;
    request.who = &who;
    request.param_count = params->count;
    memcpy(request.params, params->at, sizeof request.params);
    if (!store_fine(core, route, response) || !an_api_identify(core, &request, response, &who)) return;
    if (!allowed(core, route, &request, response) || !same_site(core, route, &request, response)) return;
    if (route->body != AN_BODY_NONE && !body_fine(core, route, &request, response)) return;
    route->answer(core, &request, response);
}

/* No route: a file of the console, when there is one. */
static void answer_other(struct an_api_core *core, const struct an_api_request *request,
                         const struct an_api_route *other, struct an_api_response *response)
{
    if (other == NULL && an_api_files_answer(core->files, request, response)) return;
    if (other == NULL) {
        an_api_error(response, 404, "no such path; /openapi.json lists them", NULL, -1);
        return;
    }
    char message[96];
    allow_of(request->path, response->allow, sizeof response->allow);
    snprintf(message, sizeof message, "this path takes %s", response->allow);
    char *head = strstr(message, ", HEAD");
    if (head != NULL) memmove(head, head + 6, strlen(head + 6) + 1);
    an_api_error(response, 405, message, NULL, -1);
}

void an_api_answer(struct an_api_core *core, const struct an_api_request *request, struct an_api_response *response)
{
    an_assert(core != NULL && request != NULL && response != NULL && request->path != NULL);
    struct params params;
    *response = (struct an_api_response) { .status = 200, .type = "application/json" };
    an_text_init(&response->text, ANSWER_MAX);
    const struct an_api_route *other, *route = route_find(request->path, request->method, &params, &other);
    enum an_metric_endpoint endpoint = route != NULL ? route->endpoint : AN_METRIC_HTTP_NONE;
    if (route == NULL && other != NULL) endpoint = other->endpoint;
    if (route == NULL)
        answer_other(core, request, other, response);
    else
        answer_route(core, route, &params, request, response);
    if (response->page) endpoint = AN_METRIC_HTTP_CONSOLE;
    if (response->text.failed) an_api_error(response, 500, "out of memory", NULL, -1);
    unsigned class = response->status < 200 || response->status > 599 ? 3 : response->status / 100 - 2;
    atomic_fetch_add_explicit(&core->requests[endpoint][class], 1, memory_order_relaxed);
    if (response->status == 400) atomic_fetch_add_explicit(&core->malformed, 1, memory_order_relaxed);
}

void an_api_core_wake(struct an_api_core *core)
{
    if (core->wake != NULL) core->wake(core->wake_user);
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
    metrics.store_up = an_store_up(core->options.store);
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
    if (atomic_load_explicit(&core->draining, memory_order_relaxed)) {
        an_api_error(response, 503, "shutting down", NULL, -1);
        response->retry_s = 5;
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
