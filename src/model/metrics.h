/* What the process counts, as one snapshot. Layer: model. Whoever runs the stages adds up the workers' own counters
 * into this record when somebody asks (GET /metrics, `anning` verbs, tests); nothing here is touched on the hot path.
 * Plain numbers only, no pointers: no telephone number, address or name of a person can get in. Names, labels and
 * help texts are in api/metrics.def. Fields are only ever added. */
#ifndef ANNING_MODEL_METRICS_H
#define ANNING_MODEL_METRICS_H

#include <stdint.h>

#include "model/drift.h"
#include "model/ruling.h"
#include "model/verdict.h"

enum {
    AN_METRIC_TRANSPORTS = 6, /* rows of enum an_transport */
    AN_METRIC_METHODS = 15,   /* rows of enum an_sip_method */
    AN_METRIC_OBS_KINDS = 4,  /* enum an_obs_kind - 1 */
};

/* SIP answers by status; what is not in the list counts as "other". */
#define AN_METRIC_STATUSES(X)                                                                                          \
    X(100)                                                                                                             \
    X(200) X(302) X(400) X(404) X(405) X(413) X(416) X(420) X(480) X(481) X(483) X(500) X(501) X(503) X(505) X(513)    \
        X(603) X(607) X(608)

enum an_metric_status {
#define X(code) AN_METRIC_STATUS_##code,
    AN_METRIC_STATUSES(X)
#undef X
        AN_METRIC_STATUS_OTHER,
    AN_METRIC_STATUS_COUNT
};

/* Input that broke its grammar or a limit, by what it should have been. */
enum an_metric_input {
    AN_METRIC_INPUT_SIP,
    AN_METRIC_INPUT_TLS,
    AN_METRIC_INPUT_HEP,
    AN_METRIC_INPUT_RECORD, /* CSV and NDJSON lines */
    AN_METRIC_INPUT_PCAP,
    AN_METRIC_INPUT_JSON, /* HTTP bodies */
    AN_METRIC_INPUT_COUNT
};

/* The bounded tables. */
enum an_metric_table {
    AN_METRIC_TABLE_NUMBER, /* callers and callees alike */
    AN_METRIC_TABLE_BLOCK,
    AN_METRIC_TABLE_TRUNK,
    AN_METRIC_TABLE_SHAPE,
    AN_METRIC_TABLE_RELATION,
    AN_METRIC_TABLE_ORIGIN,
    AN_METRIC_TABLE_LINE,
    AN_METRIC_TABLE_PENDING,    /* calls whose end is awaited */
    AN_METRIC_TABLE_EMERGENCY,  /* callers of emergency numbers */
    AN_METRIC_TABLE_REPORTER,   /* people who report */
    AN_METRIC_TABLE_ACCUSED,    /* numbers reported */
    AN_METRIC_TABLE_LABEL,      /* operators' decisions */
    AN_METRIC_TABLE_REPEAT,     /* recent INVITEs, to know a retransmission */
    AN_METRIC_TABLE_CONNECTION, /* TCP and TLS connections */
    AN_METRIC_TABLE_COUNT
};

/* Reports of people, by what they counted for others; all but the first and those ignored took effect for the one who
 * said it. */
enum an_report_counted {
    AN_REPORT_WANTED,          /* it said "wanted": never counts for others */
    AN_REPORT_NO_CALL,         /* no call of that number to the reporter is on record */
    AN_REPORT_PROTECTED,       /* an operator's "wanted" protects the number */
    AN_REPORT_STACKED,         /* more reports than the number's calls can have earned */
    AN_REPORT_NEXT_TO_NOTHING, /* under 0.05: nothing but reports speaks against the number, or a new account's */
    AN_REPORT_LITTLE,          /* under 0.3 */
    AN_REPORT_MUCH,
    AN_REPORT_COUNTED_COUNT
};

/* HTTP requests by endpoint; api/ counts these itself. */
enum an_metric_endpoint {
    AN_METRIC_HTTP_DECIDE,
    AN_METRIC_HTTP_EVENTS,
    AN_METRIC_HTTP_EXPLAIN,
    AN_METRIC_HTTP_LABELS,
    AN_METRIC_HTTP_CAMPAIGNS,
    AN_METRIC_HTTP_METRICS,
    AN_METRIC_HTTP_HEALTHZ,
    AN_METRIC_HTTP_READYZ,
    AN_METRIC_HTTP_OPENAPI,
    AN_METRIC_HTTP_ACCOUNTS, /* sessions, users, keys, audit */
    AN_METRIC_HTTP_PEOPLE,   /* subscribers, reports, redress, texts, look-ups */
    AN_METRIC_HTTP_DESK,     /* the operator's and the authority's */
    AN_METRIC_HTTP_CONSOLE,  /* files of the console */
    AN_METRIC_HTTP_NONE, /* no such path */
    AN_METRIC_HTTP_COUNT
};

/* Upper bounds of the verdict latency histogram in nanoseconds; the last bucket has none. Latency: from the vector's
 * arrival to the answer handed to the socket. */
#define AN_METRIC_LATENCY_BOUNDS(X)                                                                                    \
    X(2000)                                                                                                            \
    X(5000) X(10000) X(20000) X(50000) X(100000) X(200000) X(500000) X(1000000) X(2000000) X(5000000) X(10000000)      \
        X(50000000) X(200000000)

enum {
#define X(bound) +1
    AN_METRIC_LATENCY_BUCKETS = 1 AN_METRIC_LATENCY_BOUNDS(X)
#undef X
};

struct an_metrics {
    /* calls */
    uint64_t calls[AN_METRIC_TRANSPORTS][AN_ACTION_COUNT]; /* verdicts given, by way in and action */
    uint64_t fallbacks;                                    /* verdicts given without a judgement */
    uint64_t events[AN_METRIC_OBS_KINDS];                  /* attempts, answers, ends, reports learned from */
    uint64_t reports_ignored;                              /* of the reports: said before, or about no call on record */
    uint64_t reports_counted[AN_REPORT_COUNTED_COUNT];     /* the others */
    uint64_t labels[AN_RULING_VERDICT_COUNT];               /* operators' decisions taken in */
    uint64_t canary_calls[2];                              /* attempts to canaries: of nobody, of a holder */
    uint64_t categories[AN_CATEGORY_COUNT];                /* verdicts by category */
    uint64_t latency[AN_METRIC_LATENCY_BUCKETS];           /* verdicts by latency, not cumulative */
    uint64_t latency_sum_ns;
    /* SIP */
    uint64_t sip_requests[AN_METRIC_METHODS];
    uint64_t sip_answers[AN_METRIC_STATUS_COUNT];
    uint64_t sip_retransmissions; /* INVITEs answered from memory, counted once */
    uint64_t sip_received_bytes, sip_sent_bytes;
    uint64_t sip_dropped; /* datagrams the kernel dropped before we read them */
    uint64_t sip_unsent;  /* answers the socket did not take */
    uint64_t malformed[AN_METRIC_INPUT_COUNT];
    uint64_t hep_packets;
    /* journal */
    uint64_t journal_records, journal_bytes;
    uint64_t journal_lost;     /* records that could not be written */
    uint64_t journal_unsynced; /* now: records written, not yet durable */
    uint64_t journal_syncs, journal_sync_failures;
    uint64_t journal_sync_max_us; /* longest group commit of the last minute */
    uint64_t journal_segments;
    /* tables */
    uint64_t table_used[AN_METRIC_TABLE_COUNT], table_capacity[AN_METRIC_TABLE_COUNT];
    uint64_t table_evictions[AN_METRIC_TABLE_COUNT];
    uint64_t table_bytes[AN_METRIC_TABLE_COUNT];
    /* state */
    uint64_t snapshot_time_us; /* wall time of the last state snapshot; 0: none yet */
    uint64_t snapshots, snapshot_failures;
    uint64_t settings_version; /* as in each verdict */
    uint64_t settings_time_us; /* wall time they came into force */
    uint64_t reloads, reload_failures;
    uint64_t score_version;
    /* learned models */
    uint64_t model_version[2]; /* live, shadow; 0: none */
    uint64_t model_time_us;    /* wall time they came into force; 0: none ever did */
    uint64_t model_failures;
    uint64_t shadow[AN_ACTION_COUNT][AN_ACTION_COUNT];
    uint64_t model_scores[AN_DRIFT_BINS];        /* recent calls by log-odds */
    uint64_t model_score_drift;                  /* stability index in millionths; 0: not known */
    uint64_t input_drift[AN_FEATURE_COUNT];      /* 1 + stability index in millionths; 0: not watched */
    uint64_t ready, draining; /* 0 or 1 */
    uint64_t workers;
    uint64_t start_time_us;  /* wall time */
    uint64_t resident_bytes; /* of the process; 0: api/ fills it in */
    uint64_t open_files, open_files_max;
    /* campaigns */
    uint64_t campaigns_live, campaigns_hostile; /* now */
    uint64_t campaigns_opened, campaigns_merged, campaigns_split, campaigns_ended, campaigns_evicted;
    uint64_t campaign_members_used, campaign_members_capacity; /* numbers */
    uint64_t campaign_listed_used, campaign_listed_capacity;   /* people called */
    uint64_t campaigns_bytes;
    uint64_t campaigns_lag_us; /* now: how old what the feeder reads is, when there is more to read */
    uint64_t signatures_version;
    /* subscribers with settings of their own */
    uint64_t subscribers, subscriber_changes, subscriber_failures, subscriber_bytes;
    /* people who are called, and callers who ask for redress */
    uint64_t people_calls, people_reports, people_failures, people_lag_us;
    uint64_t redress_waiting, redress_overdue; /* now */
    uint64_t texts_sent, texts_failed;
    /* HTTP, filled by api/ */
    uint64_t http_requests[AN_METRIC_HTTP_COUNT][4]; /* status 2xx, 3xx, 4xx, 5xx */
    uint64_t http_connections;                       /* now */
    uint64_t http_timeouts;                          /* connections closed for being slower than the deadline */
    uint64_t http_body_bytes;                        /* now: request bodies held in memory */
    uint64_t store_up;                               /* 1: the store is open and answers */
};

/* Row of an answer's status in sip_answers. */
enum an_metric_status an_metric_status_of(unsigned code);
/* Bucket of a latency. */
unsigned an_metric_latency_bucket(uint64_t latency_ns);
/* The last bucket gives 0: no bound. */
uint64_t an_metric_latency_bound_ns(unsigned bucket);

/* Label values; row: index into the array of struct an_metrics that it labels. Never NULL. */
const char *an_metric_transport_name(unsigned row);
const char *an_metric_method_name(unsigned row);
const char *an_metric_status_name(unsigned row);
const char *an_metric_obs_kind_name(unsigned row);
const char *an_metric_input_name(unsigned row);
const char *an_metric_table_name(unsigned row);
const char *an_metric_report_name(unsigned row);
const char *an_metric_ruling_name(unsigned row);
const char *an_metric_canary_name(unsigned row);
const char *an_metric_endpoint_name(unsigned row);
const char *an_metric_class_name(unsigned row);
const char *an_metric_bin_name(unsigned row); /* of log-odds: the whole number it begins at */

#endif
