#include "api/campaign_json.h"

#include <inttypes.h>
#include <stdio.h>

#include "api/record_json.h"
#include "model/number.h"

static void add_time(struct an_text *out, const char *name, uint64_t time_us)
{
    char text[32];
    if (time_us != 0) an_api_time_text(time_us, text);
    an_text_json_pair(out, name, time_us == 0 ? NULL : text);
}

static void add_real(struct an_text *out, const char *name, float value, int decimals)
{
    an_text_json_key(out, name);
    an_text_json_number(out, (double)value, decimals);
}

/* Names come from peers' addresses and the settings; an unknown one is shown by its id. */
static void add_trunk(struct an_text *out, const char *key, uint32_t trunk, const char *name)
{
    char id[16];
    snprintf(id, sizeof id, "#%08" PRIx32, trunk);
    an_text_json_pair(out, key, trunk == AN_TRUNK_NONE ? NULL : name[0] != '\0' ? name : id);
}

static void open_item(struct an_text *out, uint32_t index)
{
    an_text_puts(out, index == 0 ? "{" : ",{");
}

static void add_head(struct an_text *out, const struct an_campaign_view *v)
{
    an_text_json_pair_u64(out, "id", v->id);
    if (v->name[0] != '\0') an_text_json_pair(out, "name", v->name);
    an_text_json_pair(out, "state", an_campaign_state_name(v->state));
    if (v->confirmed) an_text_puts(out, ",\"confirmed\":true");
    add_time(out, "since", v->birth_us);
    add_time(out, "last", v->last_us);
    add_time(out, "hostile_since", v->hostile_us);
    an_text_json_pair_u64(out, "calls", v->calls);
    an_text_json_pair_u64(out, "numbers", v->numbers);
    an_text_json_pair_u64(out, "callees", v->callees);
    add_real(out, "calls_1d", v->calls_1d, 1);
    add_real(out, "hostility", v->hostility, 3);
    add_real(out, "confidence", v->confidence, 4);
    an_api_campaign_kind_json(out, v);
    an_text_json_pair(out, "category_zh", an_category_zh(v->category));
}

void an_api_campaign_brief_json(struct an_text *out, const struct an_campaign_view *v)
{
    add_head(out, v);
    add_trunk(out, "trunk", v->cell_count == 0 ? AN_TRUNK_NONE : v->cells[0].trunk,
              v->cell_count == 0 ? "" : v->cells[0].trunk_name);
    an_text_json_pair_u64(out, "cells", v->cell_count);
}

static void add_cells(struct an_text *out, const struct an_campaign_view *v)
{
    char shape[20];
    an_text_json_key(out, "cells");
    an_text_puts(out, "[");
    for (uint32_t i = 0; i < v->cell_count; i++) {
        open_item(out, i);
        add_trunk(out, "trunk", v->cells[i].trunk, v->cells[i].trunk_name);
        snprintf(shape, sizeof shape, "%016" PRIx64, v->cells[i].shape);
        an_text_json_pair(out, "shape", shape);
        add_real(out, "calls_1d", v->cells[i].calls_1d, 1);
        add_real(out, "share", v->cells[i].share, 4);
        add_time(out, "since", v->cells[i].first_us);
        add_time(out, "last", v->cells[i].last_us);
        an_text_puts(out, "}");
    }
    an_text_puts(out, "]");
}

void an_api_campaign_kind_json(struct an_text *out, const struct an_campaign_view *v)
{
    an_text_json_pair(out, "category", an_category_name(v->category));
    an_text_json_pair(out, "category_by",
                      v->category == AN_CATEGORY_UNKNOWN ? NULL
                      : v->category_votes > 0            ? "trust"
                                                         : "reports");
}

void an_api_campaign_kind(struct an_campaign_view *view, enum an_category reported)
{
    if (view->category != AN_CATEGORY_UNKNOWN || reported == AN_CATEGORY_UNKNOWN) return;
    view->category = reported;
    view->category_votes = 0;
}

void an_api_campaign_events(const struct an_campaign_view *v, struct an_campaign_event *ret)
{
    for (uint32_t i = 0; i < v->event_count; i++) {
        uint32_t at = i;
        for (; at > 0 && ret[at - 1].time_us > v->events[i].time_us; at--) ret[at] = ret[at - 1];
        ret[at] = v->events[i];
    }
}

static void add_events(struct an_text *out, const struct an_campaign_view *v)
{
    struct an_campaign_event events[AN_CAMPAIGN_EVENTS];
    an_api_campaign_events(v, events);
    an_text_json_key(out, "events");
    an_text_puts(out, "[");
    for (uint32_t i = 0; i < v->event_count; i++) {
        const struct an_campaign_event *event = &events[i];
        open_item(out, i);
        add_time(out, "time", event->time_us);
        an_text_json_pair(out, "event", an_campaign_event_name((enum an_campaign_event_kind)event->kind));
        if (event->other != 0) an_text_json_pair_u64(out, "other", event->other);
        if (event->trunk != AN_TRUNK_NONE) add_trunk(out, "trunk", event->trunk, event->trunk_name);
        an_text_puts(out, "}");
    }
    an_text_puts(out, "]");
}

static void add_terms(struct an_text *out, const struct an_campaign_view *v)
{
    an_text_json_key(out, "terms");
    an_text_puts(out, "[");
    for (uint32_t i = 0; i < v->term_count; i++) {
        const struct an_campaign_term *term = &v->terms[i];
        open_item(out, i);
        an_text_json_pair(out, "name", term->name);
        an_text_json_pair(out, "en", term->en);
        an_text_json_pair(out, "zh", term->zh);
        add_real(out, "value", term->value, 5);
        add_real(out, "usual", term->usual, 5);
        add_real(out, "nats", term->nats, 3);
        an_text_puts(out, "}");
    }
    an_text_puts(out, "]");
}

void an_api_campaign_json(struct an_text *out, const struct an_campaign_view *v)
{
    add_head(out, v);
    add_real(out, "category_votes", v->category_votes, 2);
    add_real(out, "reports", v->reports, 2);
    add_real(out, "answered", v->answered, 4);
    add_real(out, "refused", v->refused, 4);
    add_real(out, "short_talks", v->short_talks, 4);
    add_real(out, "holes", v->holes, 4);
    add_real(out, "retries", v->retries, 4);
    add_real(out, "ring_s", v->ring_atom_s, 2);
    add_real(out, "ring_share", v->ring_atom_share, 4);
    add_real(out, "gap_s", v->gap_s, 2);
    add_real(out, "gap_share", v->gap_share, 4);
    if (v->parent != 0) an_text_json_pair_u64(out, "parent", v->parent);
    add_cells(out, v);
    add_events(out, v);
    add_terms(out, v);
}

void an_api_members_json(struct an_text *out, const struct an_campaign_view *v)
{
    char number[AN_NUMBER_TEXT_MAX];
    an_text_json_pair_u64(out, "id", v->id);
    an_text_json_pair_u64(out, "numbers", v->numbers);
    an_text_json_key(out, "members");
    an_text_puts(out, "[");
    for (uint32_t i = 0; i < v->recent_count; i++) {
        open_item(out, i);
        an_number_text(v->recent[i].number, number);
        an_text_json_pair(out, "number", number);
        add_trunk(out, "trunk", v->recent[i].trunk, v->recent[i].trunk_name);
        an_text_json_pair_u64(out, "calls", v->recent[i].calls);
        add_time(out, "last", v->recent[i].last_us);
        an_text_puts(out, "}");
    }
    an_text_puts(out, "]");
}
