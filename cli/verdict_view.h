/* A verdict for a person: one printer for `decide` and `explain`, wherever the JSON came from. Layer: cli. */
#ifndef ANNING_CLI_VERDICT_VIEW_H
#define ANNING_CLI_VERDICT_VIEW_H

#include <stdbool.h>

/* json: one object as POST /v1/decide or GET /v1/explain give it. as_json: print it as it is. flag, where: "-s" and
   a server, or "--data" and a folder, for the command that shows the campaign. Returns enum an_exit. */
int an_verdict_view(const char *json, bool as_json, const char *flag, const char *where);

#endif
