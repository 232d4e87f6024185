/* A campaign as JSON: what GET /v1/campaigns and `anning campaign` show. Layer: api. The members of an object without
 * its braces. Numbers of callers are in members only. */
#ifndef ANNING_API_CAMPAIGN_JSON_H
#define ANNING_API_CAMPAIGN_JSON_H

#include "api/text.h"
#include "campaign/campaign.h"

/* The line of a list. */
void an_api_campaign_brief_json(struct an_text *out, const struct an_campaign_view *view);
/* All but members. */
void an_api_campaign_json(struct an_text *out, const struct an_campaign_view *view);
/* "id", "numbers" and "members": the numbers that called last. */
void an_api_members_json(struct an_text *out, const struct an_campaign_view *view);

#endif
