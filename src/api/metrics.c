/* GET /metrics and docs/metrics.md, out of metrics.def. */
#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#include "api/route.h"

enum type { COUNTER, GAUGE };
enum unit { ONE_U64, US_AS_S, MILLIONTHS };
static const char *const type_names[] = { "counter", "gauge" };

static const char *action_name(unsigned action)
{
    return an_action_name((enum an_action)action);
}

static const char *category_name(unsigned category)
{
    return an_category_name((enum an_category)category);
}

/* A row of metrics.def. rows2 > 1: a grid; rows1 == 1 and no label: one number. */
struct metric {
    const char *name, *help;
    enum type type;
    enum unit unit;
    size_t offset; /* of the first number in struct an_metrics */
    unsigned rows1, rows2;
    const char *label1, *label2;
    const char *(*names1)(unsigned);
    const char *(*names2)(unsigned);
};

#define ONE(field, name, type, unit, help)                                                                             \
    { name, help, type, unit, offsetof(struct an_metrics, field), 1, 1, NULL, NULL, NULL, NULL },
#define ROW(field, rows, name, type, label, names, help)                                                               \
    { name, help, type, ONE_U64, offsetof(struct an_metrics, field), rows, 1, label, NULL, names, NULL },
#define GRID(field, rows1, label1, names1, rows2, label2, names2, name, type, help)                                    \
    { name, help, type, ONE_U64, offsetof(struct an_metrics, field), rows1, rows2, label1, label2, names1, names2 },
static const struct metric metrics_table[] = {
#include "api/metrics.def"
};
#undef ONE
#undef ROW
#undef GRID
enum { METRICS = sizeof metrics_table / sizeof metrics_table[0] };

/* Every number of struct an_metrics is one of metrics.def, or of these, which are written by hand below. */
#define ONE(field, name, type, unit, help) +1
#define ROW(field, rows, name, type, label, names, help) +(rows)
#define GRID(field, rows1, label1, names1, rows2, label2, names2, name, type, help) +(rows1) * (rows2)
enum {
    BY_HAND = AN_METRIC_LATENCY_BUCKETS + 1 /* latency_sum_ns */ + 1 /* settings_version */ + 1 /* score_version */ +
              2 /* model_version */ + AN_FEATURE_COUNT /* input_drift */
};
_Static_assert(sizeof(struct an_metrics) / sizeof(uint64_t) == (size_t)(0
#include "api/metrics.def"
                                                                        + BY_HAND),
               "a field of struct an_metrics without a row in metrics.def");
#undef ONE
#undef ROW
#undef GRID

static const char latency_name[] = "anning_verdict_latency_seconds";
static const char latency_help[] = "From a call's arrival to its answer handed to the socket.";
static const char build_help[] = "Version of the program; always 1.";
static const char settings_help[] = "Version of the settings in force, as in each verdict; always 1.";
static const char score_help[] = "Version of the score's formula and symbols; always 1.";

static const char model_help[] =
    "Version of the learned model, by role: live and shadow; always 1. None: hand-set weights.";
static const char input_name[] = "anning_model_input_drift";
static const char input_help[] =
    "Stability index (PSI) of an input of the live model against training, out of a sample.";

static void head(struct an_text *out, const char *name, const char *help, const char *type)
{
    an_text_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void number(struct an_text *out, uint64_t value, enum unit unit)
{
    if (unit != ONE_U64)
        an_text_printf(out, " %" PRIu64 ".%06" PRIu64 "\n", value / 1000000, value % 1000000);
    else
        an_text_printf(out, " %" PRIu64 "\n", value);
}

static void metric_write(struct an_text *out, const struct metric *metric, const struct an_metrics *metrics)
{
    const uint64_t *values = (const uint64_t *)(const void *)((const char *)metrics + metric->offset);
    head(out, metric->name, metric->help, type_names[metric->type]);
    for (unsigned i = 0; i < metric->rows1; i++)
        for (unsigned j = 0; j < metric->rows2; j++) {
            an_text_puts(out, metric->name);
            if (metric->label2 != NULL)
                an_text_printf(out, "{%s=\"%s\",%s=\"%s\"}", metric->label1, metric->names1(i), metric->label2,
                               metric->names2(j));
            else if (metric->label1 != NULL)
                an_text_printf(out, "{%s=\"%s\"}", metric->label1, metric->names1(i));
            number(out, values[i * metric->rows2 + j], metric->unit);
        }
}

static void seconds_of_ns(struct an_text *out, uint64_t ns)
{
    an_text_json_number(out, (double)ns / 1e9, 9);
}

static void latency_write(struct an_text *out, const struct an_metrics *metrics)
{
    uint64_t sum = 0;
    head(out, latency_name, latency_help, "histogram");
    for (unsigned i = 0; i < AN_METRIC_LATENCY_BUCKETS; i++) {
        uint64_t bound = an_metric_latency_bound_ns(i);
        sum += metrics->latency[i];
        an_text_printf(out, "%s_bucket{le=\"", latency_name);
        if (bound == 0)
            an_text_puts(out, "+Inf");
        else
            seconds_of_ns(out, bound);
        an_text_printf(out, "\"} %" PRIu64 "\n", sum);
    }
    an_text_printf(out, "%s_sum %" PRIu64 ".%09" PRIu64 "\n", latency_name, metrics->latency_sum_ns / 1000000000,
                   metrics->latency_sum_ns % 1000000000);
    an_text_printf(out, "%s_count %" PRIu64 "\n", latency_name, sum);
}

static void models_write(struct an_text *out, const struct an_metrics *metrics)
{
    static const char *const roles[] = { "live", "shadow" };
    head(out, "anning_model_info", model_help, "gauge");
    for (int r = 0; r < 2; r++)
        if (metrics->model_version[r] != 0)
            an_text_printf(out, "anning_model_info{role=\"%s\",version=\"%016" PRIx64 "\"} 1\n", roles[r],
                           metrics->model_version[r]);
    head(out, input_name, input_help, "gauge");
    for (int f = 0; f < AN_FEATURE_COUNT; f++) {
        if (metrics->input_drift[f] == 0) continue;
        an_text_printf(out, "%s{feature=\"%s\"}", input_name, an_feature_info[f].name);
        number(out, metrics->input_drift[f] - 1, MILLIONTHS);
    }
}

void an_api_metrics_text(struct an_text *out, const struct an_metrics *metrics)
{
    an_assert(out != NULL && metrics != NULL);
    head(out, "anning_build_info", build_help, "gauge");
    an_text_printf(out, "anning_build_info{version=\"%s\"} 1\n", ANNING_VERSION);
    head(out, "anning_settings_info", settings_help, "gauge");
    an_text_printf(out, "anning_settings_info{version=\"%016" PRIx64 "\"} 1\n", metrics->settings_version);
    head(out, "anning_score_info", score_help, "gauge");
    an_text_printf(out, "anning_score_info{version=\"%" PRIu64 "\"} 1\n", metrics->score_version);
    models_write(out, metrics);
    latency_write(out, metrics);
    for (size_t i = 0; i < METRICS; i++) metric_write(out, &metrics_table[i], metrics);
}

static void doc_row(struct an_text *out, const char *name, const char *type, const char *labels, const char *help)
{
    an_text_printf(out, "| `%s` | %s | %s | %s |\n", name, type, labels, help);
}

static void doc_values(struct an_text *out, const char *label, const char *(*names)(unsigned), unsigned rows)
{
    an_text_printf(out, "- %s:", label);
    for (unsigned i = 0; i < rows; i++) an_text_printf(out, "%s `%s`", i == 0 ? "" : ",", names(i));
    an_text_puts(out, "\n");
}

void an_api_metrics_doc(struct an_text *out)
{
    an_assert(out != NULL);
    an_text_puts(out, "# Metrics\n\n`GET /metrics` answers in Prometheus' text format 0.0.4. This page is made from "
                      "`src/api/metrics.def`\n(`AN_WRITE_DOCS=1 build/tests/test_api_metrics` writes it).\n\n"
                      "No metric holds a telephone number, an address or anything else that a caller chose.\n\n"
                      "| metric | type | labels | what it says |\n|---|---|---|---|\n");
    doc_row(out, "anning_build_info", "gauge", "version", build_help);
    doc_row(out, "anning_settings_info", "gauge", "version", settings_help);
    doc_row(out, "anning_score_info", "gauge", "version", score_help);
    doc_row(out, "anning_model_info", "gauge", "role, version", model_help);
    doc_row(out, input_name, "gauge", "feature", input_help);
    doc_row(out, latency_name, "histogram", "le", latency_help);
    for (size_t i = 0; i < METRICS; i++) {
        const struct metric *metric = &metrics_table[i];
        char labels[64] = "";
        if (metric->label1 != NULL)
            snprintf(labels, sizeof labels, "%s%s%s", metric->label1, metric->label2 != NULL ? ", " : "",
                     metric->label2 != NULL ? metric->label2 : "");
        doc_row(out, metric->name, type_names[metric->type], labels, metric->help);
    }
    an_text_puts(out, "\n## Values of labels\n\n");
    doc_values(out, "`transport`", an_metric_transport_name, AN_METRIC_TRANSPORTS);
    doc_values(out, "`action`", action_name, AN_ACTION_COUNT);
    doc_values(out, "`category`", category_name, AN_CATEGORY_COUNT);
    doc_values(out, "`kind`", an_metric_obs_kind_name, AN_METRIC_OBS_KINDS);
    doc_values(out, "`counted`", an_metric_report_name, AN_REPORT_COUNTED_COUNT);
    doc_values(out, "`verdict`", an_metric_ruling_name, AN_RULING_VERDICT_COUNT);
    doc_values(out, "`given_to`", an_metric_canary_name, 2);
    doc_values(out, "`method`", an_metric_method_name, AN_METRIC_METHODS);
    doc_values(out, "`status` of SIP answers", an_metric_status_name, AN_METRIC_STATUS_COUNT);
    doc_values(out, "`status` of HTTP requests", an_metric_class_name, 4);
    doc_values(out, "`endpoint`", an_metric_endpoint_name, AN_METRIC_HTTP_COUNT);
    doc_values(out, "`input`", an_metric_input_name, AN_METRIC_INPUT_COUNT);
    doc_values(out, "`log_odds`", an_metric_bin_name, AN_DRIFT_BINS);
    doc_values(out, "`table`", an_metric_table_name, AN_METRIC_TABLE_COUNT);
}

void an_api_metrics_process(struct an_metrics *metrics)
{
    unsigned long long total, resident;
    FILE *statm = fopen("/proc/self/statm", "re");
    /* NOLINTNEXTLINE(cert-err34-c): the kernel's own numbers */
    if (statm != NULL && metrics->resident_bytes == 0 && fscanf(statm, "%llu %llu", &total, &resident) == 2)
        metrics->resident_bytes = resident * (uint64_t)sysconf(_SC_PAGESIZE);
    if (statm != NULL) fclose(statm);
    struct rlimit limit;
    if (metrics->open_files_max == 0 && getrlimit(RLIMIT_NOFILE, &limit) == 0) metrics->open_files_max = limit.rlim_cur;
    DIR *files = metrics->open_files == 0 ? opendir("/proc/self/fd") : NULL;
    if (files == NULL) return;
    while (readdir(files) != NULL) metrics->open_files++;
    closedir(files);
    metrics->open_files -= 3; /* ., .. and the folder itself */
}
