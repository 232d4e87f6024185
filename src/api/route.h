/* Requests and answers without HTTP's wire: paths, methods, authorisation, bodies. Layer: api. What libmicrohttpd
 * hands over goes in as struct an_api_request, so that tests and fuzzers need no socket. */
#ifndef ANNING_API_ROUTE_H
#define ANNING_API_ROUTE_H

#include <pthread.h>
#include <stdatomic.h>

#include "api/api.h"
#include "parse/event.h"

struct an_api_request {
    const char *method;
    const char *path;              /* as it came, without a query */
    const char *state, *limit;     /* of the query; NULL: not there */
    struct an_slice content_type;  /* len 0: none */
    struct an_slice authorization; /* len 0: none */
    struct an_slice body;
    bool body_over;        /* the body was longer than AN_HTTP_BODY_MAX and is not here */
    bool bodies_full;      /* no room for it among the bodies in memory */
    union an_address peer; /* the client */
};

struct an_api_response {
    unsigned status;
    const char *type;  /* Content-Type */
    const char *allow; /* Allow, of a 405; NULL: none */
    bool challenge;    /* WWW-Authenticate, of a 401 */
    unsigned retry_s;  /* Retry-After; 0: none */
    const char *fixed; /* [borrow] body, when it is not text; NULL: text */
    size_t fixed_len;
    struct an_text text; /* [own] */
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
    struct an_api_seat *seats; /* [own] options.threads of them */
    atomic_bool draining;
    _Atomic uint64_t requests[AN_METRIC_HTTP_COUNT][4];
    _Atomic uint64_t malformed;
    _Atomic uint64_t connections, timeouts, body_bytes;
};

struct an_api_route {
    const char *method;
    const char *path; /* as the document has it: {...} is any one segment */
    enum an_metric_endpoint endpoint;
    bool guarded; /* asks for the bearer token */
    void (*answer)(struct an_api_core *core, const struct an_api_request *request, struct an_api_response *response);
};
enum { AN_API_ROUTES = 12 };
extern const struct an_api_route an_api_routes[AN_API_ROUTES];

/* Allocates the seats. options has been checked: threads > 0, run and metrics set. */
enum an_err an_api_core_init(struct an_api_core *core, const struct an_api_options *options);
void an_api_core_done(struct an_api_core *core);

/* Whole answer to a request whose body is there. response->text must be done by the caller. */
void an_api_answer(struct an_api_core *core, const struct an_api_request *request, struct an_api_response *response);
/* Whether a body is wanted for this request at all: a POST to a path that takes one. */
bool an_api_wants_body(const struct an_api_request *request);

/* {"error":{...}} as the whole answer. field NULL: none; at < 0: none. */
void an_api_error(struct an_api_response *response, unsigned status, const char *message, const char *field, long at);

/* api/calls.c */
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
