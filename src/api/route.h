/* Requests and answers without HTTP's wire: paths, methods, authorisation, bodies. Layer: api. What libmicrohttpd
 * hands over goes in as struct an_api_request, so that tests and fuzzers need no socket. */
#ifndef ANNING_API_ROUTE_H
#define ANNING_API_ROUTE_H

#include <pthread.h>
#include <stdatomic.h>

#include "api/api.h"
#include "api/who.h"
#include "parse/event.h"

enum {
    AN_API_PARAMS_MAX = 3,       /* {...} of a path */
    AN_API_PARAM_TEXT_MAX = 256, /* bytes of all of them, escapes undone; a longer path is a 404 */
    AN_API_QUERY_MAX = 16,       /* arguments behind the ?; the rest is passed by */
};

/* An argument as it came, escapes and all. */
struct an_api_argument {
    const char *name, *value; /* value NULL: none */
};

struct an_api_request {
    const char *method;
    const char *path; /* as it came, without a query */
    struct an_api_argument query[AN_API_QUERY_MAX];
    size_t query_count;
    struct an_slice content_type;  /* len 0: none */
    struct an_slice authorization; /* len 0: none */
    struct an_slice cookie;        /* value of anning_session; len 0: none */
    struct an_slice csrf;          /* X-Anning-CSRF */
    struct an_slice fetch_site;    /* Sec-Fetch-Site, as browsers say it */
    struct an_slice if_match, if_none_match, last_event_id, accept_encoding, user_agent;
    struct an_slice signature; /* X-Anning-Signature */
    struct an_slice body;
    bool body_over;        /* the body was longer than the route takes and is not here */
    bool bodies_full;      /* no room for it among the bodies in memory */
    union an_address peer; /* the client, behind a proxy of ours too */
    /* Filled in by an_api_answer(), for the handler. */
    const struct an_api_who *who;
    struct an_slice params[AN_API_PARAMS_MAX]; /* {...} in order, escapes undone, NUL-terminated, UTF-8 not checked */
    unsigned param_count;
};

/* A body that comes bit by bit, such as events. read: bytes written to out (at most max); 0: none now, ask again after
 * an_api_wake(); below 0: the end. done is called once, whatever happens. Both come from threads of the server. */
struct an_api_source {
    ptrdiff_t (*read)(void *user, char *out, size_t max);
    void (*done)(void *user);
    void *user;
};

struct an_api_response {
    unsigned status;
    const char *type;     /* Content-Type; NULL: none */
    char allow[64];       /* Allow, of a 405; empty: none */
    bool challenge;       /* WWW-Authenticate, of a 401 */
    bool close;           /* the connection ends with the answer: it would only hold a place */
    unsigned retry_s;     /* Retry-After; 0: none */
    char cookie[256];     /* Set-Cookie; empty: none */
    const char *cache;    /* Cache-Control; NULL: no-store */
    const char *encoding; /* Content-Encoding; NULL: none */
    char etag[72];        /* ETag; empty: none */
    char disposition[96]; /* Content-Disposition; empty: none */
    bool page;            /* of the console: Content-Security-Policy and its like */
    const char *fixed;    /* [borrow] body, when it is not text; NULL: text */
    size_t fixed_len;
    struct an_api_source source; /* read NULL: none */
    struct an_text text;         /* [own] */
};

/* What judging a body needs, one a thread: the vector and the texts its calls point into. */
struct an_api_seat {
    pthread_mutex_t lock;
    void *context;
    struct an_vector vector;
    struct an_call calls[AN_VECTOR_MAX];
    char texts[AN_VECTOR_MAX][AN_EVENT_TEXT_MAX];
    struct an_slice items[AN_DECIDE_CALLS_MAX];
};

/* Why one item of a body was refused. */
struct an_api_refusal {
    char message[sizeof(((struct an_error *)0)->text)];
    char field[24]; /* empty: none in particular */
};

/* The part of the server that knows nothing of sockets. */
struct an_api_core {
    struct an_api_options options;
    struct an_api_seat *seats;  /* [own] options.threads of them */
    struct an_api_guard *guard; /* [own] sessions and limits in memory (api/guard.h) */
    struct an_api_files *files; /* [own] the console (api/files.h); NULL: none */
    struct an_feed *feed;       /* [own] the live view; NULL: none */
    atomic_bool draining;
    _Atomic uint64_t requests[AN_METRIC_HTTP_COUNT][4];
    _Atomic uint64_t malformed;
    _Atomic uint64_t connections, timeouts, body_bytes;
    void (*wake)(void *user); /* resumes sources that had nothing; NULL: no sockets */
    void *wake_user;
};

/* What a route does with a body. */
enum an_api_body {
    AN_BODY_NONE,
    AN_BODY_JSON,         /* JSON, up to AN_HTTP_PEOPLE_BODY_MAX */
    AN_BODY_JSON_OR_NONE, /* the same, or no body at all */
    AN_BODY_JSON_LARGE,   /* up to AN_HTTP_BODY_MAX */
    AN_BODY_AUDIO,        /* a recording, up to the setting people.recording_kb */
    AN_BODY_ANY,          /* any type, up to AN_HTTP_PEOPLE_BODY_MAX */
};

struct an_api_route {
    const char *method; /* GET answers HEAD too */
    const char *path;   /* as the document has it: {...} is any one segment */
    enum an_metric_endpoint endpoint;
    enum an_api_body body;
    unsigned roles;  /* who may: bits of enum an_role */
    unsigned scopes; /* with which scope an API key may; 0: none */
    void (*answer)(struct an_api_core *core, const struct an_api_request *request, struct an_api_response *response);
};
/* One table a topic, each ended by method NULL; the list of them by NULL. */
extern const struct an_api_route an_api_routes_calls[], an_api_routes_accounts[], an_api_routes_subscribers[],
    an_api_routes_calls_seen[], an_api_routes_reports[], an_api_routes_redress[], an_api_routes_texts[],
    an_api_routes_recordings[], an_api_routes_standing[], an_api_routes_desk[];
extern const struct an_api_route *const an_api_tables[];

/* Allocates the seats. options has been checked: threads > 0, run and metrics set. */
enum an_err an_api_core_init(struct an_api_core *core, const struct an_api_options *options);
void an_api_core_done(struct an_api_core *core);

/* Whole answer to a request whose body is there. response->text must be done by the caller. */
void an_api_answer(struct an_api_core *core, const struct an_api_request *request, struct an_api_response *response);
/* Most bytes of a body this request may have; 0: none is wanted. */
size_t an_api_body_max(const struct an_api_core *core, const struct an_api_request *request);
/* Sources that had nothing are asked again. Any thread; costs a system call or two, so once for many events. */
void an_api_core_wake(struct an_api_core *core);

/* {"error":{...}} as the whole answer. field NULL: none; at < 0: none. */
void an_api_error(struct an_api_response *response, unsigned status, const char *message, const char *field, long at);
/* The same with a word for programs: {"error":{"message","field","code"}}. */
void an_api_refuse(struct an_api_response *response, unsigned status, const char *code, const char *message,
                   const char *field);

/* Undoes %XX into out, NUL-terminated. False: malformed, a NUL, or over size - 1 bytes. */
bool an_api_unescape(struct an_slice text, char *out, size_t size, size_t *ret_len);
/* The argument with its escapes undone, NUL-terminated; empty when it is malformed or longer than size - 1. False when
 * it is not there. A + is a blank, as forms write it: numbers are sent as %2B86... */
bool an_api_query(const struct an_api_request *request, const char *name, char *ret_text, size_t size);
/* ?limit= of a list: 1 to 200, 50 when it is not said; false: the answer is a 400. */
bool an_api_query_limit(const struct an_api_request *request, struct an_api_response *response, unsigned *ret_limit);
/* The {...} of the path as an id; false: the answer is a 404, whatever was wrong with it. */
bool an_api_param_id(const struct an_api_request *request, struct an_api_response *response, unsigned index,
                     int64_t *ret_id);
/* One object, strict (api/json.h), to be deleted by the caller; NULL: the answer is a 400. An absent body is {}. */
struct cJSON *an_api_json_body(const struct an_api_request *request, struct an_api_response *response);
/* A text member of 0 to size - 1 bytes; absent: ret_text is "" and true when it is not required. Else a 400 that names
 * the field. */
bool an_api_json_text(const struct cJSON *json, const char *name, bool required, char *ret_text, size_t size,
                      struct an_api_response *response);

/* api/calls.c */
void an_api_explain(struct an_api_core *core, const struct an_api_request *request, struct an_api_response *response);
void an_api_decide(struct an_api_core *core, const struct an_api_request *request, struct an_api_response *response);
void an_api_events(struct an_api_core *core, const struct an_api_request *request, struct an_api_response *response);
/* api/campaigns.c */
void an_api_campaigns(struct an_api_core *core, const struct an_api_request *request, struct an_api_response *response);
void an_api_campaign(struct an_api_core *core, const struct an_api_request *request, struct an_api_response *response);
void an_api_members(struct an_api_core *core, const struct an_api_request *request, struct an_api_response *response);
void an_api_release(struct an_api_core *core, const struct an_api_request *request, struct an_api_response *response);
/* api/labels.c */
void an_api_labels(struct an_api_core *core, const struct an_api_request *request, struct an_api_response *response);
/* The field a message is about: `field "NAME" ...`; empty: none. */
void an_api_refusal_of(const char *message, struct an_api_refusal *ret_refusal);
/* Wall time. */
uint64_t an_api_now_us(const struct an_api_core *core);
/* A free seat, locked; unlock it with an_api_seat_leave. */
struct an_api_seat *an_api_seat_take(struct an_api_core *core);
void an_api_seat_leave(struct an_api_seat *seat);

/* Fills in what the process knows of itself: memory, open files. Linux's /proc. */
void an_api_metrics_process(struct an_metrics *metrics);

#endif
