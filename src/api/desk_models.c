/* GET /v1/models: which learned models judge, their cards, the shadow, drift, and what people said of judged calls. */
#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/desk.h"
#include "engine/models.h"

enum { BINS = 10, DATA_MAX = 64 };

/* Texts and numbers of a card's object, as they are; what is deeper is left out. */
static void put_plain(struct an_text *out, const char *key, const cJSON *object)
{
    const cJSON *item;
    an_text_json_key(out, key);
    an_text_puts(out, "{");
    cJSON_ArrayForEach(item, object)
    {
        if (!cJSON_IsString(item) && !cJSON_IsNumber(item)) continue;
        an_text_json_key(out, item->string);
        if (cJSON_IsString(item))
            an_text_json(out, an_slice_of(item->valuestring));
        else
            an_text_json_number(out, item->valuedouble, 6);
    }
    an_text_puts(out, "}");
}

/* What it was trained on: names and rows, without the hashes. */
static void put_data(struct an_text *out, const cJSON *data)
{
    const cJSON *item;
    unsigned count = 0;
    an_text_json_key(out, "data");
    an_text_puts(out, "[");
    cJSON_ArrayForEach(item, data)
    {
        const cJSON *kind = cJSON_GetObjectItemCaseSensitive(item, "kind");
        const cJSON *name = cJSON_GetObjectItemCaseSensitive(item, "name");
        const cJSON *rows = cJSON_GetObjectItemCaseSensitive(item, "rows");
        if (!cJSON_IsString(kind) || !cJSON_IsString(name) || count == DATA_MAX) continue;
        an_text_puts(out, count++ == 0 ? "{" : ",{");
        an_text_json_pair(out, "kind", kind->valuestring);
        an_text_json_pair(out, "name", name->valuestring);
        an_text_json_pair_u64(out, "rows",
                              cJSON_IsNumber(rows) && rows->valuedouble > 0 ? (uint64_t)rows->valuedouble : 0);
        an_text_puts(out, "}");
    }
    an_text_puts(out, "]");
}

static void put_asked(struct an_text *out, const cJSON *asked)
{
    const cJSON *item;
    bool first = true;
    an_text_json_key(out, "most_asked");
    an_text_puts(out, "[");
    cJSON_ArrayForEach(item, asked)
    {
        int f = 0;
        while (f < AN_FEATURE_COUNT && strcmp(an_feature_info[f].name, item->string) != 0) f++;
        an_text_puts(out, first ? "{" : ",{");
        first = false;
        an_text_json_pair(out, "feature", item->string);
        an_text_json_pair(out, "en", f < AN_FEATURE_COUNT ? an_feature_info[f].en : item->string);
        an_text_json_pair(out, "zh", f < AN_FEATURE_COUNT ? an_feature_info[f].zh : item->string);
        an_text_json_key(out, "splits");
        an_text_json_number(out, cJSON_IsNumber(item) ? item->valuedouble : 0, 0);
        an_text_puts(out, "}");
    }
    an_text_puts(out, "]");
}

/* The model file's card, as `anning model show` tells it; null where it can't be read. */
static void put_card(struct an_text *out, const char *text)
{
    cJSON *card = text == NULL ? NULL : cJSON_Parse(text);
    an_text_json_key(out, "card");
    if (!cJSON_IsObject(card)) {
        an_text_puts(out, "null");
        cJSON_Delete(card);
        return;
    }
    const cJSON *figures = cJSON_GetObjectItemCaseSensitive(card, "figures");
    an_text_puts(out, "{");
    put_plain(out, "about", card);
    put_plain(out, "rows", cJSON_GetObjectItemCaseSensitive(card, "rows"));
    put_plain(out, "figures", cJSON_GetObjectItemCaseSensitive(figures, "held"));
    put_plain(out, "calibration", cJSON_GetObjectItemCaseSensitive(card, "calibration"));
    put_data(out, cJSON_GetObjectItemCaseSensitive(card, "data"));
    put_asked(out, cJSON_GetObjectItemCaseSensitive(card, "most_asked_features"));
    an_text_puts(out, "}");
    cJSON_Delete(card);
}

static void put_model(struct an_text *out, const struct an_api_desk *desk, bool shadow,
                      const struct an_models_info *info)
{
    char hex[17];
    uint64_t version = shadow ? info->shadow_version : info->live_version;
    an_text_json_key(out, shadow ? "shadow" : "live");
    if (version == 0) {
        an_text_puts(out, "null");
        return;
    }
    char *card = an_engine_model_card(desk->engine, shadow);
    snprintf(hex, sizeof hex, "%016llx", (unsigned long long)version);
    an_text_puts(out, "{");
    an_text_json_pair(out, "name", shadow ? info->shadow : info->live);
    an_text_json_pair(out, "version", hex);
    put_card(out, card);
    an_text_puts(out, "}");
    free(card);
}

/* What people said of touched calls, by the probability these were judged with: ten bins. Whoever says nothing is not
 * in it, nor is a call that was let through. */
static void put_calibration(struct an_text *out, struct an_live *live)
{
    struct an_live_report *reports = malloc(AN_LIVE_REPORTS * sizeof *reports);
    size_t count = reports == NULL ? 0 : an_live_reports(live, 0, reports, AN_LIVE_REPORTS);
    struct {
        uint64_t unwanted, wanted;
        double sum;
    } bins[BINS] = { 0 };
    for (size_t i = 0; i < count; i++) {
        if (reports[i].probability < 0) continue;
        unsigned bin = (unsigned)(reports[i].probability * BINS);
        if (bin >= BINS) bin = BINS - 1;
        if (reports[i].wanted)
            bins[bin].wanted++;
        else
            bins[bin].unwanted++;
        bins[bin].sum += (double)reports[i].probability;
    }
    free(reports);
    bool first = true;
    an_text_json_key(out, "calibration");
    an_text_puts(out, "[");
    for (unsigned i = 0; i < BINS; i++) {
        uint64_t said = bins[i].unwanted + bins[i].wanted;
        if (said == 0) continue;
        an_text_puts(out, first ? "{" : ",{");
        first = false;
        an_text_json_key(out, "judged");
        an_text_json_number(out, bins[i].sum / (double)said, 4);
        an_text_json_pair_u64(out, "unwanted", bins[i].unwanted);
        an_text_json_pair_u64(out, "wanted", bins[i].wanted);
        an_text_puts(out, "}");
    }
    an_text_puts(out, "]");
}

/* Differences between what was done and what the shadow would have done. */
static void put_shadow(struct an_text *out, const struct an_metrics *metrics)
{
    struct an_changes changes;
    uint64_t calls = 0;
    for (int a = 0; a < AN_ACTION_COUNT; a++)
        for (int b = 0; b < AN_ACTION_COUNT; b++) calls += changes.n[a][b] = metrics->shadow[a][b];
    an_text_json_pair_u64(out, "shadow_calls", calls);
    an_desk_put_changes(out, "shadow_would_change", &changes);
}

static void put_drift(struct an_text *out, const struct an_metrics *metrics)
{
    bool first = true;
    an_text_json_key(out, "score_drift");
    if (metrics->model_score_drift == 0)
        an_text_puts(out, "null");
    else
        an_text_json_number(out, (double)metrics->model_score_drift / 1e6, 4);
    an_text_json_key(out, "input_drift");
    an_text_puts(out, "[");
    for (int f = 0; f < AN_FEATURE_COUNT; f++) {
        if (metrics->input_drift[f] == 0) continue;
        an_text_puts(out, first ? "{" : ",{");
        first = false;
        an_text_json_pair(out, "feature", an_feature_info[f].name);
        an_text_json_pair(out, "en", an_feature_info[f].en);
        an_text_json_pair(out, "zh", an_feature_info[f].zh);
        an_text_json_key(out, "drift");
        an_text_json_number(out, (double)(metrics->input_drift[f] - 1) / 1e6, 4);
        an_text_puts(out, "}");
    }
    an_text_puts(out, "]");
    an_text_json_key(out, "scores");
    an_text_puts(out, "[");
    for (unsigned i = 0; i < AN_DRIFT_BINS; i++) {
        an_text_puts(out, i == 0 ? "{" : ",{");
        an_text_json_pair(out, "from_log_odds", an_metric_bin_name(i));
        an_text_json_pair_u64(out, "calls", metrics->model_scores[i]);
        an_text_puts(out, "}");
    }
    an_text_puts(out, "]");
}

void an_desk_models(struct an_api_core *core, const struct an_api_request *request, struct an_api_response *response)
{
    (void)request;
    const struct an_api_desk *desk = an_desk(core, response);
    struct an_models_info info = { 0 };
    struct an_metrics metrics = { 0 };
    if (desk == NULL) return;
    core->options.calls.metrics(core->options.user, &metrics);
    if (desk->engine != NULL) an_engine_models_info(desk->engine, &info);
    struct an_text *out = &response->text;
    an_text_puts(out, "{");
    put_model(out, desk, false, &info);
    put_model(out, desk, true, &info);
    an_text_json_pair_u64(out, "score_version", metrics.score_version);
    an_desk_put_time(out, "since", metrics.model_time_us);
    an_text_json_pair_u64(out, "failures", metrics.model_failures);
    put_shadow(out, &metrics);
    put_drift(out, &metrics);
    put_calibration(out, desk->live);
    an_text_puts(out, "}\n");
}
