/* GET /v1/campaigns, one of them, its members, and POST .../release. */
#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

#include "api/campaign_json.h"
#include "api/desk.h"
#include "api/json.h"
#include "api/route.h"

enum { LIMIT_DEFAULT = 100, LIMIT_MAX = 1000 };

/* Digits only, 1 to max. */
static bool number_of(struct an_slice text, uint64_t max, uint32_t *ret)
{
    uint64_t value = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.at[i] < '0' || text.at[i] > '9' || i > 9) return false;
        value = value * 10 + (uint64_t)(text.at[i] - '0');
    }
    if (value < 1 || value > max) return false;
    *ret = (uint32_t)value;
    return true;
}

/* The segment behind /v1/campaigns/; else the answer is a 400. */
static bool id_of(const struct an_api_request *request, struct an_api_response *response, uint32_t *ret_id)
{
    const char *text = request->path + strlen("/v1/campaigns/");
    const struct an_slice id = { text, strcspn(text, "/") };
    if (number_of(id, UINT32_MAX, ret_id)) return true;
    an_api_error(response, 400, "a campaign's id is a number, 1 or more", "id", -1);
    return false;
}

static void answer_err(struct an_api_response *response, enum an_err err)
{
    if (err == AN_ERR_NOT_FOUND)
        an_api_error(response, 404, "no such campaign; it may have ended, or been evicted by busier ones", "id", -1);
    else
        an_api_error(response, 501, "campaigns are switched off here (campaigns.enabled)", NULL, -1);
}

static enum an_err view_of(struct an_api_core *core, uint32_t id, struct an_campaign_view *ret_view)
{
    const struct an_api_options *options = &core->options;
    if (options->calls.campaign_view == NULL) return AN_ERR_UNSUPPORTED;
    return options->calls.campaign_view(options->user, id, ret_view);
}

void an_api_campaign_kinds(const struct an_api_core *core, const uint32_t *ids, size_t count, uint8_t *ret_kinds)
{
    const struct an_api_desk *desk = core->options.desk;
    memset(ret_kinds, AN_CATEGORY_UNKNOWN, count);
    if (desk != NULL && desk->live != NULL) an_live_kinds(desk->live, ids, count, ret_kinds);
}

void an_api_campaign_kind_of(const struct an_api_core *core, struct an_campaign_view *view)
{
    uint8_t kind;
    an_api_campaign_kinds(core, &view->id, 1, &kind);
    an_api_campaign_kind(view, (enum an_category)kind);
}

/* state=hostile, state=all. */
static bool filter_of(const struct an_api_request *request, struct an_api_response *response, bool *ret_hostile,
                      uint32_t *ret_limit)
{
    char state[16], limit[16];
    bool filtered = an_api_query(request, "state", state, sizeof state);
    bool limited = an_api_query(request, "limit", limit, sizeof limit);
    *ret_hostile = filtered && strcmp(state, "hostile") == 0;
    *ret_limit = LIMIT_DEFAULT;
    if (filtered && !*ret_hostile && strcmp(state, "all") != 0)
        an_api_error(response, 400, "state has to be hostile or all", "state", -1);
    else if (limited && !number_of(an_slice_of(limit), LIMIT_MAX, ret_limit))
        an_api_error(response, 400, "limit has to be a number, 1 to 1000", "limit", -1);
    else
        return true;
    return false;
}

void an_api_campaigns(struct an_api_core *core, const struct an_api_request *request, struct an_api_response *response)
{
    const struct an_api_options *options = &core->options;
    struct an_text *out = &response->text;
    uint32_t limit, ids[LIMIT_MAX];
    uint8_t kinds[LIMIT_MAX];
    struct an_campaign_view view;
    size_t count = 0, shown = 0;
    bool hostile;
    if (!filter_of(request, response, &hostile, &limit)) return;
    enum an_err err = options->calls.campaign_ids == NULL
                          ? AN_ERR_UNSUPPORTED
                          : options->calls.campaign_ids(options->user, hostile, ids, limit, &count);
    if (err != AN_OK) {
        answer_err(response, err);
        return;
    }
    an_text_puts(out, "{");
    an_text_json_pair_u64(out, "count", count);
    an_text_json_key(out, "campaigns");
    an_text_puts(out, "[");
    an_api_campaign_kinds(core, ids, count < limit ? count : limit, kinds);
    for (size_t i = 0; i < count && i < limit; i++) {
        if (view_of(core, ids[i], &view) != AN_OK || view.id != ids[i]) continue; /* gone since, or taken in */
        an_api_campaign_kind(&view, (enum an_category)kinds[i]);
        an_text_puts(out, shown++ == 0 ? "{" : ",{");
        an_api_campaign_brief_json(out, &view);
        an_text_puts(out, "}");
    }
    an_text_puts(out, "]}\n");
}

static void answer_one(struct an_api_core *core, const struct an_api_request *request, struct an_api_response *response,
                       void (*write)(struct an_text *, const struct an_campaign_view *))
{
    uint32_t id;
    struct an_campaign_view view;
    if (!id_of(request, response, &id)) return;
    enum an_err err = view_of(core, id, &view);
    if (err != AN_OK) {
        answer_err(response, err);
        return;
    }
    an_api_campaign_kind_of(core, &view);
    an_text_puts(&response->text, "{");
    write(&response->text, &view);
    an_text_puts(&response->text, "}\n");
}

void an_api_campaign(struct an_api_core *core, const struct an_api_request *request, struct an_api_response *response)
{
    answer_one(core, request, response, an_api_campaign_json);
}

void an_api_members(struct an_api_core *core, const struct an_api_request *request, struct an_api_response *response)
{
    answer_one(core, request, response, an_api_members_json);
}

/* {"released": true}; else the answer is a 400. */
static bool body_of(const struct an_api_request *request, struct an_api_response *response, bool *ret_released)
{
    struct an_slice item;
    size_t count;
    bool array;
    struct an_json_error error;
    enum an_err err = an_json_split(request->body, &item, 1, &count, &array, &error);
    if (err != AN_OK) {
        an_api_error(response, 400, error.why.text, NULL, (long)error.at);
        return false;
    }
    cJSON *object = cJSON_ParseWithLength(item.at, item.len);
    const cJSON *released = cJSON_GetObjectItemCaseSensitive(object, "released");
    bool fine = !array && cJSON_IsBool(released) && cJSON_GetArraySize(object) == 1;
    *ret_released = cJSON_IsTrue(released);
    cJSON_Delete(object);
    if (!fine)
        an_api_error(response, 400, "the body has to be {\"released\": true} or {\"released\": false}", "released", -1);
    return fine;
}

void an_api_release(struct an_api_core *core, const struct an_api_request *request, struct an_api_response *response)
{
    const struct an_api_options *options = &core->options;
    uint32_t id;
    bool released;
    if (!id_of(request, response, &id) || !body_of(request, response, &released)) return;
    struct an_record_campaign word = { .kind = AN_CAMPAIGN_RELEASE, .yes = released, .campaign = id };
    struct an_error error;
    if (!an_desk_word(core, request, response, &word)) return;
    struct an_api_seat *seat = an_api_seat_take(core);
    enum an_err err =
        options->calls.campaign_say == NULL
            ? AN_ERR_UNSUPPORTED
            : options->calls.campaign_say(options->user, seat->context, &word, an_api_now_us(core), &error);
    an_api_seat_leave(seat);
    if (err != AN_OK)
        answer_err(response, err);
    else
        answer_one(core, request, response, an_api_campaign_json);
}
