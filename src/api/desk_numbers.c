/* GET /v1/numbers/{n}, /v1/trunks, /v1/trunks/{name}, /v1/search. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "api/campaign_json.h"
#include "api/desk.h"
#include "enrich/plan.h"
#include "enrich/trunk.h"
#include "model/ruling.h"

enum { CALLS_MAX = 50, TRUNKS_MAX = 200, LABELS_MAX = 20, CAMPAIGNS_MAX = 1000, REPORTS_LOOKED_AT = 8192 };

static void put_calls(struct an_text *out, struct an_live *live, const struct an_live_query *query, bool masked)
{
    struct an_live_call calls[CALLS_MAX];
    size_t count = an_live_find(live, query, calls, CALLS_MAX);
    an_text_json_key(out, "calls");
    an_text_puts(out, "[");
    for (size_t i = 0; i < count; i++) {
        an_text_puts(out, i == 0 ? "{" : ",{");
        an_feed_call_json(out, &calls[i], masked);
        an_text_puts(out, "}");
    }
    an_text_puts(out, "]");
}

/* ---- a number ---- */

static void put_plan(struct an_text *out, an_number number)
{
    struct an_error error;
    struct an_number_info info;
    struct an_plan *plan = an_plan_new(&error);
    char code[8];
    if (plan == NULL) return;
    an_plan_lookup(plan, number, &info);
    struct an_region_name name = an_plan_region(&info);
    an_text_json_pair(out, "kind", an_number_kind_name((enum an_number_kind)info.kind));
    an_text_json_pair(out, "operator", an_operator_name((enum an_operator)info.op));
    an_text_json_pair(out, "region", an_region_code(info.region, code));
    an_text_json_pair(out, "place_en", name.city_en);
    an_text_json_pair(out, "place_zh", name.city_zh);
    an_plan_free(plan);
}

struct tally {
    uint64_t actions[AN_ACTION_COUNT], as_caller, as_callee;
    uint32_t campaigns[16];
    unsigned campaign_count;
};

static struct tally tally_of(struct an_live *live, an_number number)
{
    struct tally t = { 0 };
    struct an_live_call *calls = malloc(AN_LIVE_CALLS * sizeof *calls);
    const struct an_live_query query = { .number = number };
    size_t count = calls == NULL ? 0 : an_live_find(live, &query, calls, AN_LIVE_CALLS);
    for (size_t i = 0; i < count; i++) {
        bool caller = calls[i].caller == number;
        t.as_caller += caller;
        t.as_callee += !caller;
        if (!caller) continue;
        t.actions[calls[i].action]++;
        bool known = calls[i].campaign == 0;
        for (unsigned k = 0; k < t.campaign_count; k++) known |= t.campaigns[k] == calls[i].campaign;
        if (!known && t.campaign_count < 16) t.campaigns[t.campaign_count++] = calls[i].campaign;
    }
    free(calls);
    return t;
}

static void put_reports(struct an_text *out, struct an_live *live, an_number number)
{
    struct an_live_report *reports = malloc(REPORTS_LOOKED_AT * sizeof *reports);
    size_t count = reports == NULL ? 0 : an_live_reports(live, 0, reports, REPORTS_LOOKED_AT);
    uint64_t unwanted = 0, wanted = 0, last_us = 0;
    for (size_t i = 0; i < count; i++) {
        if (reports[i].caller != number) continue;
        unwanted += !reports[i].wanted;
        wanted += reports[i].wanted;
        if (reports[i].time_us > last_us) last_us = reports[i].time_us;
    }
    free(reports);
    an_text_json_key(out, "reports");
    an_text_puts(out, "{");
    an_text_json_pair_u64(out, "unwanted", unwanted);
    an_text_json_pair_u64(out, "wanted", wanted);
    an_desk_put_time(out, "last", last_us);
    an_text_puts(out, "}");
}

/* An operator's last word, where it lets calls pass and is in force: whether one of the number, or of it by one trunk
 * only. Labels are newest first, one per trunk counts. */
static const char *let_through(struct an_live *live, an_number number, uint64_t now_us)
{
    struct an_live_label labels[LABELS_MAX];
    size_t count = an_live_labels(live, number, labels, LABELS_MAX);
    const char *found = NULL;
    for (size_t i = 0; i < count; i++) {
        bool over = labels[i].verdict != AN_RULING_WANTED || labels[i].until_us <= now_us;
        for (size_t k = 0; k < i && !over; k++) over = strcmp(labels[k].trunk, labels[i].trunk) == 0;
        if (over) continue;
        if (labels[i].trunk[0] == '\0') return "wanted";
        found = "wanted_by_trunk";
    }
    return found;
}

static void put_tally(struct an_text *out, const struct tally *t, const char *let_through)
{
    uint64_t blocked = t->actions[AN_ACTION_BLOCK], screened = t->actions[AN_ACTION_SCREEN];
    an_text_json_pair(out, "standing",
                      let_through != NULL ? let_through
                      : blocked > 0       ? "blocked"
                      : screened > 0      ? "screened"
                      : t->as_caller > 0  ? "labelled"
                                          : "untouched");
    an_text_json_key(out, "counters");
    an_text_puts(out, "{");
    an_text_json_pair_u64(out, "touched", t->as_caller);
    an_text_json_pair_u64(out, "label", t->actions[AN_ACTION_LABEL]);
    an_text_json_pair_u64(out, "screen", screened);
    an_text_json_pair_u64(out, "block", blocked);
    an_text_json_pair_u64(out, "received", t->as_callee);
    an_text_puts(out, "}");
    an_text_json_key(out, "campaigns");
    an_text_puts(out, "[");
    for (unsigned i = 0; i < t->campaign_count; i++) an_text_printf(out, "%s%u", i == 0 ? "" : ",", t->campaigns[i]);
    an_text_puts(out, "]");
}

static void put_labels(struct an_text *out, struct an_live *live, an_number number)
{
    struct an_live_label labels[LABELS_MAX];
    size_t count = an_live_labels(live, number, labels, LABELS_MAX);
    an_text_json_key(out, "labels");
    an_text_puts(out, "[");
    for (size_t i = 0; i < count; i++) {
        const struct an_live_label *label = &labels[i];
        an_text_puts(out, i == 0 ? "{" : ",{");
        an_desk_put_time(out, "time", label->time_us);
        an_desk_put_time(out, "until", label->until_us);
        an_text_json_pair(out, "verdict", an_ruling_verdict_name((enum an_ruling_verdict)label->verdict));
        an_text_json_pair(out, "category", an_category_name((enum an_category)label->category));
        an_text_json_pair(out, "trunk", label->trunk[0] == '\0' ? NULL : label->trunk);
        an_text_json_pair(out, "who", label->who);
        an_text_json_pair(out, "why", label->why);
        an_text_puts(out, "}");
    }
    an_text_puts(out, "]");
}

/* Whose calls these are sees that somebody looked. */
void an_desk_number_page(struct an_api_core *core, const struct an_api_request *request,
                         struct an_api_response *response)
{
    const struct an_api_desk *desk = an_desk(core, response);
    an_number number;
    char text[AN_NUMBER_TEXT_MAX];
    if (desk == NULL || !an_desk_number(request, response, request->params[0], &number)) return;
    if (!an_desk_audit(core, request, response, "number.look", NULL, number)) return;
    struct an_text *out = &response->text;
    const struct tally tally = tally_of(desk->live, number);
    an_number_text(number, text);
    an_text_puts(out, "{");
    an_text_json_pair(out, "number", text);
    put_plan(out, number);
    put_tally(out, &tally, let_through(desk->live, number, an_api_now_us(core)));
    put_reports(out, desk->live, number);
    put_labels(out, desk->live, number);
    put_calls(out, desk->live, &(struct an_live_query) { .number = number }, an_desk_masks(request));
    an_text_puts(out, "}\n");
}

/* ---- trunks ---- */

static void put_trunk(struct an_text *out, const struct an_live_hours *hours)
{
    char id[16];
    snprintf(id, sizeof id, "#%08x", hours->key);
    an_text_json_pair(out, "name", hours->name[0] == '\0' ? id : hours->name);
    an_text_json_pair_u64(out, "calls_s", hours->second.calls);
    an_text_json_pair_u64(out, "touched_s", hours->second.touched);
    an_text_json_pair_u64(out, "calls_24h", hours->day.calls);
    an_text_json_pair_u64(out, "touched_24h", hours->day.touched);
    an_desk_put_time(out, "last", hours->last_us);
}

/* Campaigns that come in by this trunk, a row for each of their builds on it. */
static void put_trunk_campaigns(struct an_text *out, const struct an_api_core *core, uint32_t trunk)
{
    const struct an_api_calls *calls = &core->options.calls;
    uint32_t *ids = malloc(CAMPAIGNS_MAX * sizeof *ids);
    uint8_t kinds[CAMPAIGNS_MAX];
    struct an_campaign_view view;
    size_t count = 0;
    bool first = true;
    if (ids == NULL || calls->campaign_ids == NULL || calls->campaign_view == NULL ||
        calls->campaign_ids(core->options.user, false, ids, CAMPAIGNS_MAX, &count) != AN_OK)
        count = 0;
    if (count > CAMPAIGNS_MAX) count = CAMPAIGNS_MAX;
    an_api_campaign_kinds(core, ids, count, kinds);
    an_text_json_key(out, "campaigns");
    an_text_puts(out, "[");
    for (size_t i = 0; i < count; i++) {
        if (calls->campaign_view(core->options.user, ids[i], &view) != AN_OK || view.id != ids[i]) continue;
        an_api_campaign_kind(&view, (enum an_category)kinds[i]);
        for (uint32_t c = 0; c < view.cell_count; c++) {
            if (view.cells[c].trunk != trunk) continue;
            an_text_puts(out, first ? "{" : ",{");
            first = false;
            an_text_json_pair_u64(out, "id", view.id);
            an_text_json_pair(out, "name", view.name[0] == '\0' ? NULL : view.name);
            an_text_json_pair(out, "state", an_campaign_state_name(view.state));
            an_api_campaign_kind_json(out, &view);
            an_text_printf(out, ",\"shape\":\"%016" PRIx64 "\"", view.cells[c].shape);
            an_text_json_key(out, "calls_1d");
            an_text_json_number(out, (double)view.cells[c].calls_1d, 1);
            an_desk_put_time(out, "last", view.cells[c].last_us);
            an_text_puts(out, "}");
        }
    }
    an_text_puts(out, "]");
    free(ids);
}

void an_desk_trunks(struct an_api_core *core, const struct an_api_request *request, struct an_api_response *response)
{
    const struct an_api_desk *desk = an_desk(core, response);
    unsigned limit;
    if (desk == NULL || !an_api_query_limit(request, response, &limit)) return;
    struct an_live_hours *hours = calloc(TRUNKS_MAX, sizeof *hours);
    size_t count = hours == NULL ? 0 : an_live_busiest(desk->live, AN_LIVE_TRUNK, hours, limit);
    an_text_puts(&response->text, "{\"items\":[");
    for (size_t i = 0; i < count; i++) {
        an_text_puts(&response->text, i == 0 ? "{" : ",{");
        put_trunk(&response->text, &hours[i]);
        an_text_puts(&response->text, "}");
    }
    an_text_puts(&response->text, "]}\n");
    free(hours);
}

void an_desk_trunk(struct an_api_core *core, const struct an_api_request *request, struct an_api_response *response)
{
    const struct an_api_desk *desk = an_desk(core, response);
    struct an_live_hours hours;
    if (desk == NULL) return;
    uint32_t id = an_trunk_id(request->params[0]);
    if (an_live_hours(desk->live, AN_LIVE_TRUNK, id, &hours) != AN_OK) {
        an_api_refuse(response, 404, "not_found", "no calls by a trunk of this name are remembered", "name");
        return;
    }
    if (!an_desk_audit(core, request, response, "trunk.look", hours.name, AN_NUMBER_NONE)) return;
    an_text_puts(&response->text, "{");
    put_trunk(&response->text, &hours);
    an_desk_put_hours(&response->text, &hours);
    put_trunk_campaigns(&response->text, core, id);
    put_calls(&response->text, desk->live, &(struct an_live_query) { .trunk = id }, an_desk_masks(request));
    an_text_puts(&response->text, "}\n");
}

/* ---- search ---- */

struct results {
    struct an_text *out;
    unsigned count;
};

static void found(struct results *r, const char *kind, const char *id, const char *title, const char *link)
{
    an_text_puts(r->out, r->count++ == 0 ? "{" : ",{");
    an_text_json_pair(r->out, "kind", kind);
    an_text_json_pair(r->out, "id", id);
    an_text_json_pair(r->out, "title", title);
    an_text_json_key(r->out, "link");
    an_text_puts(r->out, "\"#/desk/");
    an_text_puts(r->out, link);
    an_text_puts(r->out, "/");
    for (const char *at = id; *at != '\0'; at++) /* into a path: only what needs no escape stays */
        if (an_is_digit(*at) || (an_lower(*at) >= 'a' && an_lower(*at) <= 'z') || strchr("-._~", *at) != NULL)
            an_text_add(r->out, at, 1);
        else
            an_text_printf(r->out, "%%%02X", (unsigned)(unsigned char)*at);
    an_text_puts(r->out, "\"}");
}

static void find_campaign(struct an_api_core *core, struct results *r, const char *text)
{
    struct an_campaign_view view;
    uint64_t id;
    char shown[16], title[96];
    if (text[0] == 'C' || text[0] == 'c' || text[0] == '#') text++;
    if (core->options.calls.campaign_view == NULL || an_slice_u64(an_slice_of(text), UINT32_MAX, &id) != AN_OK) return;
    if (core->options.calls.campaign_view(core->options.user, (uint32_t)id, &view) != AN_OK) return;
    an_api_campaign_kind_of(core, &view);
    snprintf(shown, sizeof shown, "%u", view.id);
    snprintf(title, sizeof title, "%s %s", view.name, an_category_zh(view.category));
    found(r, "campaign", shown, title, "campaigns");
}

static void find_trunks(const struct an_api_desk *desk, struct results *r, const char *text)
{
    enum { SHOWN = 5 };
    struct an_live_hours *hours = calloc(TRUNKS_MAX, sizeof *hours);
    size_t count = hours == NULL ? 0 : an_live_busiest(desk->live, AN_LIVE_TRUNK, hours, TRUNKS_MAX);
    unsigned shown = 0;
    for (size_t i = 0; i < count && shown < SHOWN; i++) {
        if (hours[i].name[0] == '\0' || strcasestr(hours[i].name, text) == NULL) continue;
        found(r, "trunk", hours[i].name, hours[i].name, "trunks");
        shown++;
    }
    free(hours);
}

void an_desk_search(struct an_api_core *core, const struct an_api_request *request, struct an_api_response *response)
{
    const struct an_api_desk *desk = an_desk(core, response);
    char text[AN_TEXT_MAX + 1];
    struct an_token token;
    struct results r = { .out = &response->text };
    if (desk == NULL) return;
    an_api_query(request, "q", text, sizeof text);
    struct an_slice q = an_slice_trim(an_slice_of(text));
    if (q.len > 0) text[q.at - text + (ptrdiff_t)q.len] = '\0';
    if (q.len == 0) {
        an_api_error(response, 400, "q has to be a number, a token, a campaign or a trunk, at most 64 bytes", "q", -1);
        return;
    }
    an_text_puts(&response->text, "{\"items\":[");
    if (an_token_of_text(q.at, q.len, &token) == AN_OK) found(&r, "token", q.at, q.at, "calls");
    struct an_slice digits = q.at[0] == '+' ? (struct an_slice) { q.at + 1, q.len - 1 } : q;
    uint64_t value;
    if (digits.len >= 5 && an_slice_u64(digits, AN_NUMBER_E164_MAX, &value) == AN_OK && digits.at[0] != '0') {
        char number[AN_NUMBER_TEXT_MAX];
        an_number_text(digits.len == 11 && digits.at[0] == '1' ? 8600000000000ull + value : value, number);
        found(&r, "number", number, number, "numbers");
    }
    find_campaign(core, &r, q.at);
    find_trunks(desk, &r, q.at);
    an_text_puts(&response->text, "]}\n");
}
