#include "engine/drift.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <string.h>

#include "base/counter.h"
#include "base/err.h"

/* An empty bin would make the index endless. */
static const double share_min = 1e-4;

/* AN_OK: count numbers, none negative, some above 0; they are made to add up to 1. */
static enum an_err read_shares(const cJSON *list, unsigned count, double *ret)
{
    const cJSON *item;
    unsigned n = 0;
    double sum = 0;
    if (cJSON_GetArraySize(list) != (int)count) return AN_ERR_MALFORMED;
    cJSON_ArrayForEach(item, list)
    {
        if (!cJSON_IsNumber(item) || !(item->valuedouble >= 0 && item->valuedouble < 1e15)) return AN_ERR_MALFORMED;
        sum += ret[n++] = item->valuedouble;
    }
    if (!(sum > 0)) return AN_ERR_MALFORMED;
    for (n = 0; n < count; n++) ret[n] = fmax(ret[n] / sum, share_min);
    return AN_OK;
}

static enum an_err read_cuts(const cJSON *list, struct an_drift_input *input)
{
    const cJSON *item;
    int count = cJSON_GetArraySize(list);
    if (count < 1 || count > AN_DRIFT_CUTS_MAX) return AN_ERR_MALFORMED;
    cJSON_ArrayForEach(item, list)
    {
        float cut = cJSON_IsNumber(item) ? (float)item->valuedouble : NAN;
        if (!(input->cut_count == 0 ? isfinite(cut) : cut > input->cuts[input->cut_count - 1])) return AN_ERR_MALFORMED;
        input->cuts[input->cut_count++] = cut;
    }
    return AN_OK;
}

static enum an_err read_input(const cJSON *json, struct an_drift_input *input)
{
    const cJSON *name = cJSON_GetObjectItemCaseSensitive(json, "feature");
    *input = (struct an_drift_input) { .feature = AN_FEATURE_COUNT };
    for (unsigned f = 0; cJSON_IsString(name) && f < AN_FEATURE_COUNT; f++)
        if (strcmp(an_feature_info[f].name, name->valuestring) == 0) input->feature = f;
    if (input->feature == AN_FEATURE_COUNT) return AN_ERR_NOT_FOUND;
    enum an_err err = read_cuts(cJSON_GetObjectItemCaseSensitive(json, "cuts"), input);
    if (err != AN_OK) return err;
    return read_shares(cJSON_GetObjectItemCaseSensitive(json, "shares"), input->cut_count + 1, input->shares);
}

void an_drift_plan_of(const char *card, struct an_drift_plan *ret_plan)
{
    an_assert(card != NULL && ret_plan != NULL);
    *ret_plan = (struct an_drift_plan) { 0 };
    cJSON *json = cJSON_Parse(card);
    const cJSON *drift = cJSON_GetObjectItemCaseSensitive(json, "drift"), *input;
    const cJSON *score = cJSON_GetObjectItemCaseSensitive(drift, "score");
    ret_plan->has_score = read_shares(score, AN_DRIFT_BINS, ret_plan->score) == AN_OK;
    cJSON_ArrayForEach(input, cJSON_GetObjectItemCaseSensitive(drift, "inputs"))
    {
        if (ret_plan->input_count == AN_DRIFT_INPUTS_MAX) break;
        ret_plan->input_count += read_input(input, &ret_plan->inputs[ret_plan->input_count]) == AN_OK;
    }
    cJSON_Delete(json);
}

static void clear(uint64_t *counters, size_t bytes)
{
    for (size_t i = 0; i < bytes / sizeof *counters; i++) __atomic_store_n(&counters[i], 0, __ATOMIC_RELAXED);
}

void an_drift_reset(struct an_drift_counters *counters)
{
    clear((uint64_t *)counters, sizeof *counters);
}

static void begin_window(struct an_drift_counters *c)
{
    __atomic_store_n(&c->window, 1 - c->window, __ATOMIC_RELAXED);
    __atomic_store_n(&c->calls, 0, __ATOMIC_RELAXED);
    clear(c->scores[c->window], sizeof c->scores[0]);
    clear(c->inputs[c->window][0], sizeof c->inputs[0]);
}

void an_drift_count(const struct an_drift_plan *plan, struct an_drift_counters *counters, const struct an_vector *v,
                    uint64_t counted)
{
    if (counted == 0) return;
    if (counters->calls >= AN_DRIFT_WINDOW) begin_window(counters);
    uint64_t window = counters->window;
    for (uint64_t left = counted; left != 0; left &= left - 1)
        an_count(&counters->scores[window][an_drift_bin(v->calls[__builtin_ctzll(left)].verdict.log_odds)]);
    an_count_add(&counters->calls, (uint64_t)__builtin_popcountll(counted));
    /* Each vector another place, or the first call of a burst would always be the one. */
    uint32_t call = (uint32_t)(counters->turn % v->count);
    an_count(&counters->turn);
    if ((counted >> call & 1) == 0) return;
    for (unsigned k = 0; k < plan->input_count; k++) {
        const struct an_drift_input *input = &plan->inputs[k];
        unsigned bin = an_drift_cut(input->cuts, input->cut_count, v->features[input->feature][call]);
        an_count(&counters->inputs[window][k][bin]);
    }
}

void an_drift_add(const struct an_drift_counters *from, struct an_drift_counters *to)
{
    struct an_drift_counters now;
    an_count_copy(&now, from, sizeof now);
    for (int w = 0; w < 2; w++) {
        for (unsigned b = 0; b < AN_DRIFT_BINS; b++) to->scores[0][b] += now.scores[w][b];
        for (unsigned k = 0; k < AN_DRIFT_INPUTS_MAX; k++)
            for (unsigned b = 0; b <= AN_DRIFT_CUTS_MAX; b++) to->inputs[0][k][b] += now.inputs[w][k][b];
    }
}

/* In millionths; 0 for fewer than least. */
static uint64_t index_of(const double *then, const uint64_t *now, unsigned count, uint64_t least)
{
    uint64_t all = 0;
    double index = 0;
    for (unsigned b = 0; b < count; b++) all += now[b];
    if (all < least) return 0;
    for (unsigned b = 0; b < count; b++) {
        double share = fmax((double)now[b] / (double)all, share_min);
        index += (share - then[b]) * log(share / then[b]);
    }
    return (uint64_t)(index * 1e6 + 0.5);
}

void an_drift_metrics(const struct an_drift_plan *plan, const struct an_drift_counters *sum,
                      struct an_metrics *ret_metrics)
{
    memcpy(ret_metrics->model_scores, sum->scores[0], sizeof ret_metrics->model_scores);
    if (plan->has_score)
        ret_metrics->model_score_drift = index_of(plan->score, sum->scores[0], AN_DRIFT_BINS, AN_DRIFT_CALLS_MIN);
    for (unsigned k = 0; k < plan->input_count; k++) {
        const struct an_drift_input *input = &plan->inputs[k];
        ret_metrics->input_drift[input->feature] =
            1 + index_of(input->shares, sum->inputs[0][k], input->cut_count + 1, AN_DRIFT_SAMPLES_MIN);
    }
}
