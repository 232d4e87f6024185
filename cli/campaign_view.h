/* Campaigns on a terminal, out of the JSON that api/ makes of them. Layer: cli. Each prints in the language in force,
 * 80 columns wide, and returns an exit code; raw JSON when as_json. */
#ifndef ANNING_CLI_CAMPAIGN_VIEW_H
#define ANNING_CLI_CAMPAIGN_VIEW_H

#include <stdbool.h>

int an_campaign_list_view(const char *json, bool as_json);
int an_campaign_view_show(const char *json, bool as_json);
int an_campaign_view_why(const char *json, bool as_json);
int an_campaign_members_view(const char *json, bool as_json);

#endif
