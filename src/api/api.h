/* The HTTP side: JSON in, verdicts out. Layer: api (above engine, below the programs).
 *
 * POST /v1/decide, /v1/events and /v1/labels, GET /v1/explain/TOKEN, /metrics, /healthz, /readyz, /openapi.json, served
 * by libmicrohttpd on threads of its own. The engine comes in as a table of functions, so that tests run on a fake. A
 * body is checked in one strict pass (api/json.h) before cJSON sees any of it; calls then go through parse/event.h,
 * the same way as call records. Everything a client can hold is bounded: connections, bytes of a body, bytes of all
 * bodies together, time of a request. Reference: docs/api.md, openapi.json. */
#ifndef ANNING_API_API_H
#define ANNING_API_API_H

#include <stdbool.h>
#include <stdint.h>

#include "campaign/campaign.h"
#include "api/text.h"
#include "base/err.h"
#include "model/call.h"
#include "model/ruling.h"
#include "model/metrics.h"
#include "store/store.h"

enum {
    AN_API_THREADS_MAX = 64,
    AN_API_CONTACT_MAX = 256,
};

/* What SIP would have answered to the same call. */
struct an_api_sip {
    uint16_t status;                  /* 302, 603, 607, 608; 0: leave it out */
    char contact[AN_API_CONTACT_MAX]; /* of a 302; empty: none */
    char label[AN_TEXT_MAX];          /* display text of a label; empty: none */
};

/* What the API needs from below. All are called from the API's threads. */
struct an_api_calls {
    /* Judges and journals the vector, whose parsed sections are filled (enrich .. decide). user is
     * options.contexts[thread]; one call at a time for each context. Required. */
    void (*run)(void *context, struct an_vector *vector);
    /* The rest gets options.user. NULL where allowed. */
    /* Fills a zeroed snapshot. Required. */
    void (*metrics)(void *user, struct an_metrics *ret_metrics);
    /* Looks a verdict up in the journal and writes one JSON object. AN_OK, AN_ERR_NOT_FOUND, or another error (500).
     * NULL: 404 for every token. */
    enum an_err (*explain)(void *user, const struct an_token *token, struct an_text *out);
    /* What act/ would answer. NULL: status by action (302, block 608), no contact. */
    void (*sip)(void *user, const struct an_call *call, struct an_api_sip *ret_sip);
    /* Campaigns: as an_engine_campaign_* have it. NULL: 501 for all of them. */
    enum an_err (*campaign_ids)(void *user, bool hostile_only, uint32_t *ret_ids, size_t max, size_t *ret_count);
    enum an_err (*campaign_view)(void *user, uint32_t id, struct an_campaign_view *ret_view);
    /* context as run's. AN_ERR_NOT_FOUND, AN_ERR_INVALID, AN_ERR_UNSUPPORTED; others: not now (503). */
    enum an_err (*campaign_say)(void *user, void *context, const struct an_record_campaign *word, uint64_t now_us,
                                struct an_error *error);
    /* Wall time in microseconds. NULL: the clock. */
    uint64_t (*now_us)(void *user);
    /* Takes in operators' labels as parse/ruling.h read them: all or none; context as run's. AN_OK; AN_ERR_INVALID or
     * AN_ERR_NOT_FOUND with ret_index (which) and ret_other (contradicted, or SIZE_MAX); others: not now (503). NULL: a
     * door that takes none. */
    enum an_err (*labels)(void *user, void *context, struct an_ruling *labels, size_t count, uint64_t now_us,
                          size_t *ret_index, size_t *ret_other, struct an_error *error);
};

/* The console and those who sign in. */
struct an_api_console {
    const char *dir;      /* [borrow] built console; NULL or empty: none */
    const char *url;      /* [borrow] where people reach it, without / at the end; NULL or empty: not known */
    bool https;           /* cookies are Secure */
    bool proxy;           /* X-Forwarded-For of loopback peers is believed */
    unsigned session_h;   /* 0: 12 */
    unsigned streams_max; /* bodies that never end; 0: 1000 */
    /* Sends text to a number; false: it can't be sent. NULL: none can. */
    bool (*send_text)(void *user, an_number to, const char *text);
};

struct an_api_people; /* api/person.h */
struct an_api_desk;   /* api/desk.h */

struct an_api_options {
    const char *address;     /* "127.0.0.1:8080", "[::1]:8080", ":8080" (every address); port 0: any free one */
    unsigned threads;        /* 0: 1 */
    void *const *contexts;   /* threads of them; each is run's first argument, and its worker is ... */
    const unsigned *workers; /* ... workers[thread], put into the vector; NULL: 0 */
    void *user;
    struct an_api_calls calls;
    const char *token;                    /* [borrow] bearer token asked for on /v1 and /metrics; NULL or empty: none */
    unsigned connections_max;             /* 0: 1024 */
    unsigned connections_per_address_max; /* 0: no limit of its own */
    unsigned idle_s;                      /* a silent connection is closed; 0: 30 */
    unsigned request_s;                   /* a request must be whole, and its answer taken, within; 0: 60 */
    uint64_t bodies_max;                  /* bytes of all request bodies held at once; 0: 256 MiB. Over it: 503 */
    int32_t utc_offset_s;                 /* of local time: dates in labels */
    bool any_time;                        /* believe `time` of any age: test ranges only */
    struct an_store *store;               /* [borrow] NULL: the people's paths answer 503 */
    const struct an_api_people *people;   /* [borrow] NULL: nobody is served as a subscriber; 503 */
    const struct an_api_console *console; /* [borrow] NULL: its defaults, no files */
    const struct an_api_desk *desk;       /* [borrow] api/desk.h; NULL: 501 for the desk's paths */
};

struct an_api;

/* Whether the address can be listened on now; errors as an_api_start. */
enum an_err an_api_probe(const char *address, struct an_error *error);

/* Listens and serves. On failure nothing is left running and error names the address and what to do. */
enum an_err an_api_start(const struct an_api_options *options, struct an_api **ret_api, struct an_error *error);
/* The port it listens on. */
uint16_t an_api_port(const struct an_api *api);
/* From now on POSTs and /readyz get 503; requests being answered are finished. */
void an_api_drain(struct an_api *api);
/* Bodies that never end are asked for more; any thread. */
void an_api_wake(struct an_api *api);
/* Stops listening, ends every connection, frees. NULL is fine. */
void an_api_stop(struct an_api *api);

/* A verdict as the API shows it: the members of a JSON object without the braces, so that a caller may add its own.
 * Used by `anning decide` and `anning explain` too. sip: may be NULL. */
void an_api_verdict_json(struct an_text *out, const struct an_verdict *verdict, const struct an_api_sip *sip);
/* Prometheus text format 0.0.4. */
void an_api_metrics_text(struct an_text *out, const struct an_metrics *metrics);
/* The table of metrics as Markdown: docs/metrics.md. */
void an_api_metrics_doc(struct an_text *out);

/* openapi.json, as embedded. */
extern const char an_openapi_json[];
extern const unsigned long an_openapi_json_len;

#endif
