/* Subscribers' settings in force: taken in, changed, dropped. Layer: engine.
 *
 * The source of the settings is whoever keeps them (the store); what is here is what the workers read (model/callee.h),
 * filled again at each start. A change is in force for the vector that begins after the call returns: one 64-bit store.
 * What it replaced is freed for many changes together, when every worker has passed the gate once; nobody is kept out.
 * No worker ever waits for a writer, and where settings can't be taken in (no memory, over a limit) those before stay
 * in force, or the site's. */
#ifndef ANNING_ENGINE_CALLEES_H
#define ANNING_ENGINE_CALLEES_H

#include "engine/engine.h"
#include "model/callee.h"

/* Any thread but from inside a context's run. As an_callees_put: AN_OK, AN_ERR_INVALID, AN_ERR_LIMIT, AN_ERR_NO_MEMORY;
 * counted in anning_subscriber_failures_total when it is not AN_OK. */
enum an_err an_engine_put_callee(struct an_engine *engine, const struct an_callee_settings *settings,
                                 struct an_error *error);
/* The callee is nobody's from the next vector on, and his settings are out of memory when it returns. */
void an_engine_drop_callee(struct an_engine *engine, an_number callee);
/* All at once: at start, or where the store was read again. [own] callees; those before are freed. */
void an_engine_publish_callees(struct an_engine *engine, struct an_callees *callees);

#endif
