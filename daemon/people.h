/* The people's side of the process: store, text messages, subscribers' settings, the journal's follower. Layer: daemon.
 * Nothing here keeps calls waiting: a store that is away is tried again, and until then the site's settings hold. */
#ifndef ANNING_DAEMON_PEOPLE_H
#define ANNING_DAEMON_PEOPLE_H

#include "api/person.h"
#include "engine/deliveries.h"
#include "settings/config.h"
#include "store/store.h"

struct an_people_service {
    struct an_people *people;         /* [own] */
    struct an_texts *texts;           /* [own] */
    struct an_deliveries *deliveries; /* [own] NULL: nothing is passed on */
    struct an_api_people api;         /* for an_api_options */
};

/* Waits a moment for the store, so that subscribers' settings are in force from the first call on. */
enum an_err an_people_service_start(const struct an_config *config, struct an_engine *engine,
                                    struct an_context *context, struct an_store *store,
                                    struct an_people_service *ret_service, struct an_error *error);
/* Before the engine and the store end, after the API has. */
void an_people_service_stop(struct an_people_service *service);
void an_people_service_metrics(const struct an_people_service *service, struct an_metrics *ret_metrics);

#endif
