/* POST /v1/dryrun, GET /v1/dryrun/{id}: yesterday's calls under other settings. */
#include <cjson/cJSON.h>
#include <stdlib.h>

#include "api/desk.h"
#include "base/clock.h"
#include "parse/event_time.h"
#include "settings/config.h"

/* {settings: text} or {policy: {...}}, laid over what is in force. False: answered. */
static bool policy_of(const cJSON *json, struct an_api_response *response, struct an_policy *policy)
{
    const cJSON *settings = cJSON_GetObjectItemCaseSensitive(json, "settings");
    const cJSON *given = cJSON_GetObjectItemCaseSensitive(json, "policy");
    struct an_error error = { "" };
    enum an_err err = AN_ERR_INVALID;
    if (cJSON_IsString(settings) && given == NULL) {
        err = an_policy_overlay(settings->valuestring, strlen(settings->valuestring), policy, &error);
    } else if (cJSON_IsObject(given) && settings == NULL) {
        char *text = cJSON_PrintUnformatted(given);
        struct an_text whole;
        an_text_init(&whole, AN_CONFIG_MAX);
        an_text_puts(&whole, "policy: ");
        an_text_puts(&whole, text == NULL ? "{}" : text);
        err = whole.failed ? an_fail(&error, AN_ERR_LIMIT, "over the limit CONFIG_MAX")
                           : an_policy_overlay(whole.at, whole.len, policy, &error);
        an_text_done(&whole);
        cJSON_free(text);
    } else {
        an_fail(&error, AN_ERR_INVALID, "give settings (YAML text) or policy (an object), one of them");
    }
    if (err != AN_OK) an_api_error(response, 400, error.text, "settings", -1);
    return err == AN_OK;
}

static bool time_of(const struct an_api_core *core, const cJSON *json, const char *name, uint64_t fallback_us,
                    struct an_api_response *response, uint64_t *ret_us)
{
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(json, name);
    *ret_us = fallback_us;
    if (value == NULL) return true;
    if (cJSON_IsString(value) &&
        an_time_parse(an_slice_of(value->valuestring), AN_TIME_AUTO, core->options.utc_offset_s, ret_us) == AN_OK)
        return true;
    an_api_error(response, 400, "times are texts like 2026-11-22T03:14:05Z", name, -1);
    return false;
}

static void put_class(struct an_text *out, const struct an_changes *changes, const char *name, bool *first)
{
    uint64_t calls = 0;
    for (int b = 0; b < AN_ACTION_COUNT; b++)
        for (int a = 0; a < AN_ACTION_COUNT; a++) calls += changes->n[b][a];
    if (calls == 0) return;
    if (!*first) an_text_puts(out, ",");
    *first = false;
    an_text_json(out, an_slice_of(name));
    an_text_puts(out, ":{");
    an_text_json_pair_u64(out, "calls", calls);
    an_desk_put_changes(out, "change", changes);
    an_text_puts(out, "}");
}

/* {"allow":{"label":n,...},...}: all pairs with calls. */
static void put_matrix(struct an_text *out, const struct an_changes *changes)
{
    bool first = true;
    an_text_json_key(out, "change");
    an_text_puts(out, "{");
    for (int b = 0; b < AN_ACTION_COUNT; b++) {
        if (!first) an_text_puts(out, ",");
        first = false;
        an_text_json(out, an_slice_of(an_action_name((enum an_action)b)));
        an_text_puts(out, ":{");
        for (int a = 0; a < AN_ACTION_COUNT; a++)
            if (changes->n[b][a] > 0) an_text_json_pair_u64(out, an_action_name((enum an_action)a), changes->n[b][a]);
        an_text_puts(out, "}");
    }
    an_text_puts(out, "}");
}

static void put_dryrun(struct an_text *out, const struct an_dryrun *d, bool masked)
{
    static const char *const states[] = { "running", "done", "failed" };
    char id[AN_DB_ID_TEXT_MAX];
    bool first = true;
    an_text_puts(out, "{");
    an_text_json_pair(out, "id", an_db_id_text(d->id, id));
    an_text_json_pair(out, "state", states[d->state]);
    an_text_json_key(out, "progress");
    an_text_json_number(out,
                        d->state != AN_DRYRUN_RUNS ? 1
                        : d->total == 0            ? 0
                                                   : (double)d->done / (double)d->total,
                        3);
    an_desk_put_time(out, "from", d->from_us);
    an_desk_put_time(out, "to", d->to_us);
    if (d->why[0] != '\0') an_text_json_pair(out, "why", d->why);
    an_text_json_pair_u64(out, "calls", d->calls);
    put_matrix(out, &d->change);
    an_text_json_key(out, "by_class");
    an_text_puts(out, "{");
    for (int c = 0; c < AN_CATEGORY_COUNT; c++)
        put_class(out, &d->by_class[c], an_category_name((enum an_category)c), &first);
    an_text_puts(out, "}");
    an_desk_put_examples(out, d->examples, d->example_count, masked);
    an_text_puts(out, "}\n");
}

static void answer(const struct an_api_desk *desk, const struct an_api_request *request,
                   struct an_api_response *response, int64_t id)
{
    struct an_dryrun *dryrun = malloc(sizeof *dryrun);
    if (dryrun == NULL)
        an_api_error(response, 500, "out of memory", NULL, -1);
    else if (an_dryrun_get(desk->dryruns, id, dryrun) != AN_OK)
        an_api_refuse(response, 404, "not_found", "no such dry run; the last eight are kept", NULL);
    else
        put_dryrun(&response->text, dryrun, an_desk_masks(request));
    free(dryrun);
}

static const struct an_api_desk *desk_of(const struct an_api_core *core, struct an_api_response *response)
{
    const struct an_api_desk *desk = an_desk(core, response);
    if (desk == NULL || (desk->dryruns != NULL && desk->engine != NULL)) return desk;
    an_api_refuse(response, 501, "off", "dry runs need a journal", NULL);
    return NULL;
}

static void start(struct an_api_core *core, const struct an_api_request *request, struct an_api_response *response,
                  const struct an_api_desk *desk, const cJSON *json)
{
    struct an_dryrun_request wanted = { 0 };
    struct an_error error;
    int64_t id;
    an_engine_policy(desk->engine, &wanted.policy);
    wanted.level = wanted.policy.level;
    if (!policy_of(json, response, &wanted.policy)) return;
    if (!time_of(core, json, "to", an_api_now_us(core), response, &wanted.to_us)) return;
    if (!time_of(core, json, "from", wanted.to_us - 86400 * AN_US_PER_S, response, &wanted.from_us)) return;
    if (wanted.from_us >= wanted.to_us) {
        an_api_error(response, 400, "from has to be before to", "from", -1);
        return;
    }
    enum an_err err = an_dryrun_start(desk->dryruns, &wanted, &id, &error);
    if (err == AN_OK) {
        answer(desk, request, response, id);
        response->status = 202;
    } else {
        an_api_refuse(response, err == AN_ERR_BUSY ? 409 : 503, err == AN_ERR_BUSY ? "busy" : "not_now", error.text,
                      NULL);
    }
}

void an_desk_dryrun(struct an_api_core *core, const struct an_api_request *request, struct an_api_response *response)
{
    const struct an_api_desk *desk = desk_of(core, response);
    cJSON *json = desk == NULL ? NULL : an_api_json_body(request, response);
    if (json != NULL) start(core, request, response, desk, json);
    cJSON_Delete(json);
}

void an_desk_dryrun_get(struct an_api_core *core, const struct an_api_request *request,
                        struct an_api_response *response)
{
    const struct an_api_desk *desk = desk_of(core, response);
    int64_t id;
    if (desk != NULL && an_api_param_id(request, response, 0, &id)) answer(desk, request, response, id);
}
