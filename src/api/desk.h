/* The operator's and the authority's part of the API (docs/desk.md). Layer: api.
 *
 * Live view, charts, numbers, trunks, campaigns, dry runs, review, health; statistics, cases and their exports. Reads
 * engine/live.h and the engine's own views; a look at somebody's calls is written down first (api/who.h). Who may see
 * whom: an agent sees callers masked, nobody sees callees but in a verdict's own record, the authority sees
 * pseudonyms. */
#ifndef ANNING_API_DESK_H
#define ANNING_API_DESK_H

#include "api/feed.h"
#include "api/route.h"
#include "api/sheet.h"
#include "engine/again.h"
#include "engine/engine.h"
#include "engine/live.h"

/* What the desk looks at; a part that is NULL is answered with 501. */
struct an_api_desk {
    struct an_live *live;
    struct an_engine *engine;
    struct an_dryruns *dryruns;
    const char *data_dir;
};

enum { AN_PSEUDONYM_MAX = 20 };

/* The live view of a server that has one; NULL: it has none, or no memory. */
struct an_feed *an_desk_feed_new(struct an_api_core *core);
/* The desk, or NULL with a 501 as the answer. */
const struct an_api_desk *an_desk(const struct an_api_core *core, struct an_api_response *response);
/* Callers are masked for this one. */
bool an_desk_masks(const struct an_api_request *request);
/* Writes a look down where there is a store; false: the answer is a 503. */
bool an_desk_audit(struct an_api_core *core, const struct an_api_request *request, struct an_api_response *response,
                   const char *act, const char *object, an_number about);
/* Before a word on a campaign is said: with ?dry=true what it would change is the answer, and nothing is done; else it
 * is written down under the name of who signed in (the machine token has none). False: answered. */
struct an_record_campaign;
bool an_desk_word(struct an_api_core *core, const struct an_api_request *request, struct an_api_response *response,
                  struct an_record_campaign *word);
/* ?name= as a time; fallback_us where it is not there. False: the answer is a 400. */
bool an_desk_time(const struct an_api_core *core, const struct an_api_request *request,
                  struct an_api_response *response, const char *name, uint64_t fallback_us, uint64_t *ret_us);
void an_desk_put_time(struct an_text *out, const char *name, uint64_t time_us);
/* "allow>block":n of what changed, as a member. */
void an_desk_put_changes(struct an_text *out, const char *name, const struct an_changes *changes);
void an_desk_put_examples(struct an_text *out, const struct an_dryrun_example *examples, uint32_t count, bool masked);
void an_desk_put_hours(struct an_text *out, const struct an_live_hours *hours);
/* Digits, with or without +, or as it is dialled here; false: the answer is a 400. */
bool an_desk_number(const struct an_api_request *request, struct an_api_response *response, struct an_slice text,
                    an_number *ret_number);

/* The sheet as the answer; frees it. */
void an_desk_send_sheet(struct an_api_response *response, struct an_sheet *sheet, bool xlsx, const char *name,
                        const char *part);

#define AN_DESK_HANDLER(name)                                                                                          \
    void name(struct an_api_core *core, const struct an_api_request *request, struct an_api_response *response)
AN_DESK_HANDLER(an_desk_live);
AN_DESK_HANDLER(an_desk_stats);
AN_DESK_HANDLER(an_desk_health);
AN_DESK_HANDLER(an_desk_models);
AN_DESK_HANDLER(an_desk_search);
AN_DESK_HANDLER(an_desk_number_page);
AN_DESK_HANDLER(an_desk_trunks);
AN_DESK_HANDLER(an_desk_trunk);
AN_DESK_HANDLER(an_desk_timeline);
AN_DESK_HANDLER(an_desk_lineage);
AN_DESK_HANDLER(an_desk_similar);
AN_DESK_HANDLER(an_desk_say_name);
AN_DESK_HANDLER(an_desk_say_confirm);
AN_DESK_HANDLER(an_desk_say_split);
AN_DESK_HANDLER(an_desk_say_merge);
AN_DESK_HANDLER(an_desk_dryrun);
AN_DESK_HANDLER(an_desk_dryrun_get);
AN_DESK_HANDLER(an_desk_reviews);
AN_DESK_HANDLER(an_desk_review);
AN_DESK_HANDLER(an_desk_statistics);
AN_DESK_HANDLER(an_desk_statistics_csv);
AN_DESK_HANDLER(an_desk_statistics_xlsx);
AN_DESK_HANDLER(an_desk_cases);
AN_DESK_HANDLER(an_desk_cases_csv);
AN_DESK_HANDLER(an_desk_cases_xlsx);
AN_DESK_HANDLER(an_desk_case);
AN_DESK_HANDLER(an_desk_case_change);

#endif
