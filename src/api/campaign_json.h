/* A campaign as JSON: what GET /v1/campaigns and `anning campaign` show. Layer: api. The members of an object without
 * its braces. Numbers of callers are in members only. */
#ifndef ANNING_API_CAMPAIGN_JSON_H
#define ANNING_API_CAMPAIGN_JSON_H

#include "api/text.h"
#include "campaign/campaign.h"

struct an_api_core;

/* The line of a list. */
void an_api_campaign_brief_json(struct an_text *out, const struct an_campaign_view *view);
/* All but members. */
void an_api_campaign_json(struct an_text *out, const struct an_campaign_view *view);
/* Its kind is what those say who are to be believed; where none of them says any, what most reports name, which then is
 * category_by "reports" and weighs nothing. */
void an_api_campaign_kind(struct an_campaign_view *view, enum an_category reported);
/* What reports name for each of count campaigns, where a live view remembers any; and the same of one view, put in. */
void an_api_campaign_kinds(const struct an_api_core *core, const uint32_t *ids, size_t count, uint8_t *ret_kinds);
void an_api_campaign_kind_of(const struct an_api_core *core, struct an_campaign_view *view);
void an_api_campaign_kind_json(struct an_text *out, const struct an_campaign_view *view); /* category, category_by */
/* What happened to it, oldest first by time: calls of several trunks and an operator's words come in as they come. */
void an_api_campaign_events(const struct an_campaign_view *view, struct an_campaign_event *ret_events);
/* "id", "numbers" and "members": the numbers that called last. */
void an_api_members_json(struct an_text *out, const struct an_campaign_view *view);

#endif
