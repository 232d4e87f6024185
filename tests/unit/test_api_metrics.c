/* GET /metrics: the format, every number in its place, and the page made from the same table.
 * With AN_WRITE_DOCS set, docs/metrics.md is written instead of compared. */
#include "api_fake.h"

#include <sys/wait.h>
#include <unistd.h>

static struct an_text text_of(const struct an_metrics *metrics)
{
    struct an_text text;
    an_text_init(&text, 1 << 20);
    an_api_metrics_text(&text, metrics);
    assert_false(text.failed);
    return text;
}

/* Each number of the snapshot gets a value of its own, and has to come out just once. */
static void test_every_number_comes_out(void **state)
{
    struct an_metrics metrics = { 0 };
    uint64_t *numbers = (uint64_t *)(void *)&metrics;
    char wanted[64];
    (void)state;
    for (size_t i = 0; i < sizeof metrics / sizeof *numbers; i++) {
        if (&numbers[i] >= metrics.latency && &numbers[i] <= &metrics.latency_sum_ns) continue; /* below */
        numbers[i] = 7000000 + i;
        struct an_text text = text_of(&metrics);
        snprintf(wanted, sizeof wanted, " %zu\n", 7000000 + i);
        const char *at = strstr(text.at, wanted);
        if (at == NULL) {
            snprintf(wanted, sizeof wanted, " 7.%06zu\n", i); /* microseconds as seconds */
            at = strstr(text.at, wanted);
        }
        if (&numbers[i] == &metrics.settings_version)
            at = strstr(text.at, "anning_settings_info{version=\"00000000006a");
        if (&numbers[i] == metrics.model_version)
            at = strstr(text.at, "anning_model_info{role=\"live\",version=\"00000000006a");
        if (&numbers[i] == metrics.model_version + 1)
            at = strstr(text.at, "anning_model_info{role=\"shadow\",version=\"00000000006a");
        if (&numbers[i] >= metrics.input_drift && &numbers[i] < metrics.input_drift + AN_FEATURE_COUNT) {
            snprintf(wanted, sizeof wanted, "{feature=\"%s\"} 7.%06zu\n",
                     an_feature_info[&numbers[i] - metrics.input_drift].name, i - 1);
            at = strstr(text.at, wanted);
        }
        if (&numbers[i] == &metrics.score_version) at = strstr(text.at, "anning_score_info{version=\"7000");
        if (at == NULL) fail_msg("number %zu of struct an_metrics is nowhere", i);
        assert_null(strstr(at + 1, wanted));
        numbers[i] = 0;
        an_text_done(&text);
    }
}

static void test_histogram(void **state)
{
    struct an_metrics metrics = { 0 };
    (void)state;
    metrics.latency[0] = 10;
    metrics.latency[2] = 5;
    metrics.latency[AN_METRIC_LATENCY_BUCKETS - 1] = 1;
    metrics.latency_sum_ns = 1000000123;
    struct an_text text = text_of(&metrics);
    static const char *const lines[] = {
        "\nanning_verdict_latency_seconds_bucket{le=\"0.000002\"} 10\n",
        "\nanning_verdict_latency_seconds_bucket{le=\"0.000005\"} 10\n",
        "\nanning_verdict_latency_seconds_bucket{le=\"0.00001\"} 15\n",
        "\nanning_verdict_latency_seconds_bucket{le=\"0.2\"} 15\n",
        "\nanning_verdict_latency_seconds_bucket{le=\"+Inf\"} 16\n",
        "\nanning_verdict_latency_seconds_sum 1.000000123\n",
        "\nanning_verdict_latency_seconds_count 16\n",
    };
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        if (strstr(text.at, lines[i]) == NULL) fail_msg("no %s", lines[i]);
    an_text_done(&text);
    assert_int_equal(an_metric_latency_bucket(0), 0);
    assert_int_equal(an_metric_latency_bucket(2000), 0);
    assert_int_equal(an_metric_latency_bucket(2001), 1);
    assert_int_equal(an_metric_latency_bucket(UINT64_MAX), AN_METRIC_LATENCY_BUCKETS - 1);
    assert_int_equal(an_metric_status_of(608), AN_METRIC_STATUS_608);
    assert_int_equal(an_metric_status_of(999), AN_METRIC_STATUS_OTHER);
}

/* Every line is a comment or a sample of the family that HELP and TYPE just named; no family comes twice. */
static void test_format(void **state)
{
    struct an_metrics metrics = { .settings_version = 1 };
    struct an_text text = text_of(&metrics);
    char family[128] = "", seen[16384] = "|", key[160];
    size_t families = 0;
    (void)state;
    for (char *line = text.at, *end; *line != '\0'; line = end + 1) {
        end = strchr(line, '\n');
        assert_non_null(end);
        *end = '\0';
        if (strncmp(line, "# HELP ", 7) == 0) {
            assert_int_equal(sscanf(line, "# HELP %127s", family), 1);
            snprintf(key, sizeof key, "|%s|", family);
            if (strstr(seen, key) != NULL) fail_msg("%s comes twice", family);
            assert_true(strlen(seen) + strlen(key) < sizeof seen);
            strcat(seen, key + 1);
            families++;
            assert_true(line[strlen(line) - 1] == '.' || strstr(line, "always 1") != NULL);
        } else if (strncmp(line, "# TYPE ", 7) == 0) {
            assert_int_equal(strncmp(line + 7, family, strlen(family)), 0);
            const char *type = line + 8 + strlen(family);
            bool counter = strcmp(type, "counter") == 0;
            assert_true(counter || strcmp(type, "gauge") == 0 || strcmp(type, "histogram") == 0);
            bool total = strlen(family) > 6 && strcmp(family + strlen(family) - 6, "_total") == 0;
            if (counter != total) fail_msg("%s: counters end in _total, and they alone", family);
        } else {
            assert_int_equal(strncmp(line, family, strlen(family)), 0);
            assert_non_null(strrchr(line, ' '));
        }
    }
    assert_true(families > 40);
    an_text_done(&text);
}

static void test_promtool(void **state)
{
    struct an_metrics metrics = { .settings_version = 1, .latency = { 1, 2, 3 }, .latency_sum_ns = 5000 };
    (void)state;
    if (system("promtool --version >/dev/null 2>&1") != 0) skip();
    struct an_text text = text_of(&metrics);
    FILE *promtool = popen("promtool check metrics >&2", "w");
    assert_non_null(promtool);
    assert_int_equal(fwrite(text.at, 1, text.len, promtool), text.len);
    assert_int_equal(pclose(promtool), 0);
    an_text_done(&text);
}

static void test_process(void **state)
{
    struct an_metrics metrics = { 0 };
    (void)state;
    an_api_metrics_process(&metrics);
    assert_true(metrics.resident_bytes > 100000);
    assert_in_range(metrics.open_files, 1, metrics.open_files_max);
}

static void test_page(void **state)
{
    struct an_text text;
    const char *path = "docs/metrics.md";
    (void)state;
    an_text_init(&text, 1 << 20);
    an_api_metrics_doc(&text);
    if (getenv("AN_WRITE_DOCS") != NULL) {
        FILE *out = fopen(path, "w");
        assert_non_null(out);
        fwrite(text.at, 1, text.len, out);
        fclose(out);
    }
    FILE *file = fopen(path, "r");
    if (file == NULL) fail_msg("%s is not there; run the tests in the repository's root", path);
    char *page = calloc(1, text.len + 2);
    size_t len = fread(page, 1, text.len + 1, file);
    fclose(file);
    if (len != text.len || memcmp(page, text.at, len) != 0)
        fail_msg("%s is not what src/api/metrics.def says; AN_WRITE_DOCS=1 writes it anew", path);
    free(page);
    an_text_done(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_number_comes_out),
        cmocka_unit_test(test_histogram),
        cmocka_unit_test(test_format),
        cmocka_unit_test(test_promtool),
        cmocka_unit_test(test_process),
        cmocka_unit_test(test_page),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
