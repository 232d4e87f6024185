/* The running service: engine, loops, HTTP. Layer: daemon. main() starts it, tells it of signals and stops it. */
#ifndef ANNING_DAEMON_SERVICE_H
#define ANNING_DAEMON_SERVICE_H

#include "base/err.h"
#include "settings/config.h"

struct an_service;

/* Everything up and answering, or nothing and the reason. config stays the caller's but for its settings, which are
 * taken; it must live as long as the service. virtual_time: calls and events bring their time, of any age, for the test
 * range; AN_ERR_INVALID when an address to listen on is not loopback. */
enum an_err an_service_start(struct an_config *config, bool virtual_time, struct an_service **ret_service,
                             struct an_error *error);
/* Stops taking calls, answers what is queued, writes a snapshot, closes the journal. */
void an_service_stop(struct an_service *service);
/* Swaps in the settings of a new configuration; what needs a restart is named in the log. */
void an_service_reload(struct an_service *service, struct an_config *config);
void an_service_reload_failed(struct an_service *service);
/* Once a second: snapshots when due, and news of loss for the log. */
void an_service_second(struct an_service *service);

#endif
