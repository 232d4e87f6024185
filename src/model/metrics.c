#include "model/metrics.h"

#include "base/err.h"
#include "model/call.h"

static const uint16_t statuses[] = {
#define X(code) code,
    AN_METRIC_STATUSES(X)
#undef X
};
static const char *const status_names[AN_METRIC_STATUS_COUNT] = {
#define X(code) #code,
    AN_METRIC_STATUSES(X)
#undef X
        "other",
};
static const uint64_t latency_bounds_ns[] = {
#define X(bound) bound,
    AN_METRIC_LATENCY_BOUNDS(X)
#undef X
};
static const char *const transport_names[] = { "udp", "tcp", "tls", "hep", "http", "file" };
static const char *const method_names[] = { "other",   "INVITE",    "ACK",    "BYE",    "CANCEL",
                                            "OPTIONS", "REGISTER",  "PRACK",  "UPDATE", "INFO",
                                            "MESSAGE", "SUBSCRIBE", "NOTIFY", "REFER",  "PUBLISH" };
static const char *const obs_kind_names[] = { "attempt", "answer", "end", "report" };
static const char *const input_names[] = { "sip", "tls", "hep", "record", "pcap", "json" };
static const char *const table_names[] = { "number",  "block", "trunk",   "shape",     "relation",
                                           "origin",  "line",  "pending", "emergency", "reporter",
                                           "accused", "label", "repeat",  "connection" };
static const char *const report_names[] = { "wanted",          "no_call", "protected", "stacked",
                                            "next_to_nothing", "little",  "much" };
static const char *const label_names[] = { "withdrawn", "unwanted", "wanted" };
static const char *const canary_names[] = { "nobody", "holder" };
static const char *const endpoint_names[] = { "decide",  "events",  "explain", "labels",  "campaigns",
                                              "metrics", "healthz", "readyz",  "openapi", "accounts",
                                              "people",  "desk",    "console", "none" };
static const char *const class_names[] = { "2xx", "3xx", "4xx", "5xx" };

#define ROWS(table) (sizeof(table) / sizeof(table)[0])
_Static_assert(ROWS(transport_names) == AN_METRIC_TRANSPORTS && AN_TRANSPORT_FILE == AN_METRIC_TRANSPORTS - 1,
               "one name a transport");
_Static_assert(ROWS(method_names) == AN_METRIC_METHODS && AN_SIP_PUBLISH == AN_METRIC_METHODS - 1, "one name a method");
_Static_assert(ROWS(obs_kind_names) == AN_METRIC_OBS_KINDS && (int)AN_OBS_REPORT == (int)AN_METRIC_OBS_KINDS,
               "one name a kind");
_Static_assert(ROWS(input_names) == AN_METRIC_INPUT_COUNT, "one name an input");
_Static_assert(ROWS(table_names) == AN_METRIC_TABLE_COUNT, "one name a table");
_Static_assert(ROWS(report_names) == AN_REPORT_COUNTED_COUNT && ROWS(label_names) == AN_RULING_VERDICT_COUNT,
               "one name a size and a verdict");
_Static_assert(ROWS(endpoint_names) == AN_METRIC_HTTP_COUNT, "one name an endpoint");
_Static_assert(ROWS(latency_bounds_ns) == AN_METRIC_LATENCY_BUCKETS - 1, "the last bucket has no bound");

enum an_metric_status an_metric_status_of(unsigned code)
{
    for (unsigned i = 0; i < AN_METRIC_STATUS_OTHER; i++)
        if (statuses[i] == code) return (enum an_metric_status)i;
    return AN_METRIC_STATUS_OTHER;
}

unsigned an_metric_latency_bucket(uint64_t latency_ns)
{
    unsigned i = 0;
    while (i < AN_METRIC_LATENCY_BUCKETS - 1 && latency_ns > latency_bounds_ns[i]) i++;
    return i;
}

uint64_t an_metric_latency_bound_ns(unsigned bucket)
{
    an_assert(bucket < AN_METRIC_LATENCY_BUCKETS);
    return bucket < AN_METRIC_LATENCY_BUCKETS - 1 ? latency_bounds_ns[bucket] : 0;
}

static const char *const bin_names[AN_DRIFT_BINS] = { "-inf", "-9", "-8", "-7", "-6", "-5", "-4", "-3", "-2", "-1",
                                                      "0",    "1",  "2",  "3",  "4",  "5",  "6",  "7",  "8",  "9" };

#define NAME_OF(function, table)                                                                                       \
    const char *function(unsigned row)                                                                                 \
    {                                                                                                                  \
        an_assert(row < ROWS(table));                                                                                  \
        return (table)[row];                                                                                           \
    }
NAME_OF(an_metric_transport_name, transport_names)
NAME_OF(an_metric_method_name, method_names)
NAME_OF(an_metric_status_name, status_names)
NAME_OF(an_metric_obs_kind_name, obs_kind_names)
NAME_OF(an_metric_input_name, input_names)
NAME_OF(an_metric_table_name, table_names)
NAME_OF(an_metric_report_name, report_names)
NAME_OF(an_metric_ruling_name, label_names)
NAME_OF(an_metric_canary_name, canary_names)
NAME_OF(an_metric_endpoint_name, endpoint_names)
NAME_OF(an_metric_class_name, class_names)
NAME_OF(an_metric_bin_name, bin_names)
