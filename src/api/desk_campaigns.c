/* Campaign pages: GET .../timeline, lineage, similar; POST .../name, confirm, split, merge, each with ?dry=true. */
#include <cjson/cJSON.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "api/campaign_json.h"
#include "api/desk.h"
#include "enrich/trunk.h"

enum { BUDGET_MS = 2000, WHO_MAX = AN_TEXT_MAX };

static bool id_of(const struct an_api_request *request, struct an_api_response *response, uint32_t *ret_id)
{
    uint64_t value;
    if (an_slice_u64(request->params[0], UINT32_MAX, &value) == AN_OK && value > 0) {
        *ret_id = (uint32_t)value;
        return true;
    }
    an_api_error(response, 400, "a campaign's id is a number, 1 or more", "id", -1);
    return false;
}

static void answer_err(struct an_api_response *response, enum an_err err, const char *message)
{
    if (err == AN_ERR_NOT_FOUND)
        an_api_refuse(response, 404, "not_found", message, "id");
    else if (err == AN_ERR_INVALID)
        an_api_refuse(response, 409, "impossible", message, NULL);
    else if (err == AN_ERR_UNSUPPORTED)
        an_api_refuse(response, 501, "off", "campaigns are switched off here (campaigns.enabled)", NULL);
    else {
        an_api_refuse(response, 503, "not_now", message, NULL);
        response->retry_s = 2;
    }
}

/* False: answered. */
static bool view_of(struct an_api_core *core, const struct an_api_request *request, struct an_api_response *response,
                    struct an_campaign_view *ret_view)
{
    const struct an_api_calls *calls = &core->options.calls;
    uint32_t id;
    if (an_desk(core, response) == NULL || !id_of(request, response, &id)) return false;
    enum an_err err =
        calls->campaign_view == NULL ? AN_ERR_UNSUPPORTED : calls->campaign_view(core->options.user, id, ret_view);
    if (err == AN_OK) return true;
    answer_err(response, err, "no such campaign; it may have ended, or been evicted by busier ones");
    return false;
}

void an_desk_timeline(struct an_api_core *core, const struct an_api_request *request, struct an_api_response *response)
{
    struct an_campaign_view view;
    struct an_campaign_event events[AN_CAMPAIGN_EVENTS];
    struct an_live_hours hours;
    struct an_text *out = &response->text;
    if (!view_of(core, request, response, &view)) return;
    an_api_campaign_events(&view, events);
    bool some = an_live_hours(core->options.desk->live, AN_LIVE_CAMPAIGN, view.id, &hours) == AN_OK;
    an_text_puts(out, "{");
    an_text_json_pair_u64(out, "id", view.id);
    an_desk_put_time(out, "born", view.birth_us);
    an_desk_put_time(out, "hostile_since", view.hostile_us);
    an_desk_put_time(out, "last", view.last_us);
    if (some)
        an_desk_put_hours(out, &hours);
    else
        an_text_puts(out, ",\"hours\":[]");
    an_text_json_key(out, "events");
    an_text_puts(out, "[");
    for (uint32_t i = 0; i < view.event_count; i++) {
        const struct an_campaign_event *event = &events[i];
        an_text_puts(out, i == 0 ? "{" : ",{");
        an_desk_put_time(out, "time", event->time_us);
        an_text_json_pair(out, "event", an_campaign_event_name((enum an_campaign_event_kind)event->kind));
        if (event->other != 0) an_text_json_pair_u64(out, "other", event->other);
        if (event->trunk_name[0] != '\0') an_text_json_pair(out, "trunk", event->trunk_name);
        an_text_puts(out, "}");
    }
    an_text_puts(out, "]}\n");
}

static void put_lineage(struct an_text *out, const struct an_campaign_lineage *l)
{
    an_text_puts(out, "{\"nodes\":[");
    for (uint32_t i = 0; i < l->node_count; i++) {
        an_text_puts(out, i == 0 ? "{" : ",{");
        an_text_json_pair_u64(out, "id", l->nodes[i].id);
        an_text_json_pair(out, "name", l->nodes[i].name[0] == '\0' ? NULL : l->nodes[i].name);
        an_desk_put_time(out, "born", l->nodes[i].born_us);
        an_desk_put_time(out, "ended", l->nodes[i].ended_us);
        an_text_json_pair_u64(out, "calls", l->nodes[i].calls);
        an_text_puts(out, "}");
    }
    an_text_puts(out, "],\"edges\":[");
    for (uint32_t i = 0; i < l->edge_count; i++) {
        an_text_puts(out, i == 0 ? "{" : ",{");
        an_text_json_pair_u64(out, "from", l->edges[i].from);
        an_text_json_pair_u64(out, "to", l->edges[i].to);
        an_text_json_pair(out, "why", l->edges[i].why == AN_CAMPAIGN_WHY_MERGED ? "merged" : "split");
        an_text_puts(out, "}");
    }
    an_text_puts(out, "]}\n");
}

void an_desk_lineage(struct an_api_core *core, const struct an_api_request *request, struct an_api_response *response)
{
    struct an_campaign_view view;
    struct an_campaign_lineage lineage;
    if (!view_of(core, request, response, &view)) return;
    struct an_engine *engine = core->options.desk->engine;
    enum an_err err = engine == NULL ? AN_ERR_UNSUPPORTED : an_engine_campaign_lineage(engine, view.id, &lineage);
    if (err == AN_OK)
        put_lineage(&response->text, &lineage);
    else
        answer_err(response, err, "no such campaign");
}

static void put_part(struct an_text *out, const char *name, float value)
{
    an_text_json_key(out, name);
    if (value < 0)
        an_text_puts(out, "null");
    else
        an_text_json_number(out, (double)value, 3);
}

void an_desk_similar(struct an_api_core *core, const struct an_api_request *request, struct an_api_response *response)
{
    struct an_campaign_view view, other;
    struct an_campaign_similar similar[AN_CAMPAIGN_SIMILAR];
    size_t count = 0;
    struct an_text *out = &response->text;
    if (!view_of(core, request, response, &view)) return;
    struct an_engine *engine = core->options.desk->engine;
    enum an_err err =
        engine == NULL ? AN_ERR_UNSUPPORTED : an_engine_campaign_similar(engine, view.id, similar, &count);
    if (err != AN_OK) {
        answer_err(response, err, "no such campaign");
        return;
    }
    an_text_puts(out, "{\"items\":[");
    for (size_t i = 0, shown = 0; i < count; i++) {
        const struct an_campaign_similar *s = &similar[i];
        if (core->options.calls.campaign_view(core->options.user, s->id, &other) != AN_OK) continue;
        an_text_puts(out, shown++ == 0 ? "{" : ",{");
        an_api_campaign_brief_json(out, &other);
        put_part(out, "likeness", s->likeness);
        put_part(out, "rhythm", s->rhythm);
        put_part(out, "ringing", s->ringing);
        put_part(out, "callers", s->callers);
        an_text_json_pair_u64(out, "shared_trunks", s->shared_trunks);
        an_text_json_pair_u64(out, "shared_builds", s->shared_builds);
        an_text_json_pair_u64(out, "shared_callees", s->shared_callees);
        an_text_puts(out, "}");
    }
    an_text_puts(out, "]}\n");
}

/* ---- an operator's word ---- */

static void answer_effect(struct an_api_core *core, const struct an_api_request *request,
                          struct an_api_response *response, const struct an_record_campaign *word)
{
    struct an_engine *engine = core->options.desk->engine;
    struct an_effect *effect = calloc(1, sizeof *effect);
    struct an_error error = { "no memory" };
    enum an_err err = effect == NULL ? AN_ERR_NO_MEMORY
                      : engine == NULL
                          ? AN_ERR_UNSUPPORTED
                          : an_engine_campaign_effect(engine, word, an_api_now_us(core), BUDGET_MS, effect, &error);
    if (err == AN_OK) {
        struct an_text *out = &response->text;
        an_text_puts(out, "{");
        an_text_json_pair_u64(out, "calls_24h", effect->calls);
        an_desk_put_time(out, "from", effect->from_us);
        an_text_puts(out, effect->whole ? ",\"whole\":true" : ",\"whole\":false");
        an_desk_put_changes(out, "would_change", &effect->change);
        an_desk_put_examples(out, effect->examples, effect->example_count, an_desk_masks(request));
        an_text_puts(out, "}\n");
    } else {
        answer_err(response, err, error.text);
    }
    free(effect);
}

static bool is_dry(struct an_api_core *core, const struct an_api_request *request, struct an_api_response *response,
                   const struct an_record_campaign *word)
{
    char dry[8];
    if (!an_api_query(request, "dry", dry, sizeof dry) || strcmp(dry, "false") == 0) return false;
    if (strcmp(dry, "true") != 0) { /* whoever writes dry=1 wants to look, not to do it */
        an_api_error(response, 400, "dry has to be true or false", "dry", -1);
        return true;
    }
    if (an_desk(core, response) != NULL) answer_effect(core, request, response, word);
    return true;
}

bool an_desk_word(struct an_api_core *core, const struct an_api_request *request, struct an_api_response *response,
                  struct an_record_campaign *word)
{
    char object[24];
    if (is_dry(core, request, response, word)) return false;
    if (request->who->role == AN_ROLE_MACHINE) return true;
    snprintf(object, sizeof object, "campaign %u", word->campaign);
    if (!an_desk_audit(core, request, response, "campaign.say", object, AN_NUMBER_NONE)) return false;
    word->who = an_slice_of(request->who->name);
    return true;
}

static void say(struct an_api_core *core, const struct an_api_request *request, struct an_api_response *response,
                struct an_record_campaign *word)
{
    const struct an_api_calls *calls = &core->options.calls;
    struct an_campaign_view view;
    struct an_error error = { "" };
    if (!an_desk_word(core, request, response, word)) return;
    struct an_api_seat *seat = an_api_seat_take(core);
    enum an_err err = calls->campaign_say == NULL
                          ? AN_ERR_UNSUPPORTED
                          : calls->campaign_say(core->options.user, seat->context, word, an_api_now_us(core), &error);
    an_api_seat_leave(seat);
    if (err != AN_OK) {
        answer_err(response, err, error.text);
        return;
    }
    if (!view_of(core, request, response, &view)) return;
    an_text_puts(&response->text, "{");
    an_api_campaign_json(&response->text, &view);
    an_text_puts(&response->text, "}\n");
}

/* The body, and the campaign; NULL: answered. */
static cJSON *begin(struct an_api_core *core, const struct an_api_request *request, struct an_api_response *response,
                    uint32_t *ret_id)
{
    if (an_desk(core, response) == NULL || !id_of(request, response, ret_id)) return NULL;
    return an_api_json_body(request, response);
}

void an_desk_say_name(struct an_api_core *core, const struct an_api_request *request, struct an_api_response *response)
{
    struct an_record_campaign word = { .kind = AN_CAMPAIGN_NAME, .yes = 1 };
    char name[AN_CAMPAIGN_NAME_MAX + 1];
    cJSON *json = begin(core, request, response, &word.campaign);
    if (json != NULL && an_api_json_text(json, "name", true, name, sizeof name, response)) {
        word.name = an_slice_of(name);
        say(core, request, response, &word);
    }
    cJSON_Delete(json);
}

void an_desk_say_confirm(struct an_api_core *core, const struct an_api_request *request,
                         struct an_api_response *response)
{
    struct an_record_campaign word = { .kind = AN_CAMPAIGN_CONFIRM };
    cJSON *json = begin(core, request, response, &word.campaign);
    const cJSON *confirmed = cJSON_GetObjectItemCaseSensitive(json, "confirmed");
    word.yes = cJSON_IsTrue(confirmed) ? 1 : 0;
    if (json != NULL && !cJSON_IsBool(confirmed))
        an_api_error(response, 400, "the body has to be {\"confirmed\": true} or {\"confirmed\": false}", "confirmed",
                     -1);
    else if (json != NULL)
        say(core, request, response, &word);
    cJSON_Delete(json);
}

void an_desk_say_split(struct an_api_core *core, const struct an_api_request *request, struct an_api_response *response)
{
    struct an_record_campaign word = { .kind = AN_CAMPAIGN_SPLIT, .yes = 1 };
    char trunk[AN_LIVE_NAME], shape[17], *end = shape;
    cJSON *json = begin(core, request, response, &word.campaign);
    if (json != NULL && an_api_json_text(json, "trunk", true, trunk, sizeof trunk, response) &&
        an_api_json_text(json, "shape", true, shape, sizeof shape, response)) {
        word.trunk = trunk[0] == '#' ? (uint32_t)strtoul(trunk + 1, NULL, 16) : an_trunk_id(an_slice_of(trunk));
        word.shape = strtoull(shape, &end, 16);
        if (*end != '\0' || shape[0] == '\0')
            an_api_error(response, 400, "shape is 16 hex digits, as the campaign's cells show it", "shape", -1);
        else
            say(core, request, response, &word);
    }
    cJSON_Delete(json);
}

void an_desk_say_merge(struct an_api_core *core, const struct an_api_request *request, struct an_api_response *response)
{
    struct an_record_campaign word = { .kind = AN_CAMPAIGN_MERGE, .yes = 1 };
    cJSON *json = begin(core, request, response, &word.campaign);
    const cJSON *other = cJSON_GetObjectItemCaseSensitive(json, "other");
    double value = cJSON_IsNumber(other) ? other->valuedouble : 0;
    if (json != NULL && (value < 1 || value > UINT32_MAX || value != (double)(uint32_t)value)) {
        an_api_error(response, 400, "other is the id of the campaign that is the same one", "other", -1);
    } else if (json != NULL) {
        word.other = (uint32_t)value;
        say(core, request, response, &word);
    }
    cJSON_Delete(json);
}
