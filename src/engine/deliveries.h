/* Complaints that are passed on by webhook. Layer: engine. One thread asks the store twice a second what is due, sends
 * it (case/hook.h) and writes down that it went; what was not taken comes again after 10 s, a minute, six minutes, and
 * so on up to some hours, six times in all, then it has failed. Whichever server of the database comes first sends:
 * each at least once, and once unless a server dies in between. The body names the complaint, its caller and its case,
 * never the person called. */
#ifndef ANNING_ENGINE_DELIVERIES_H
#define ANNING_ENGINE_DELIVERIES_H

#include "base/err.h"
#include "store/store.h"

struct an_deliveries;

struct an_deliveries_options {
    struct an_store *store; /* [borrow] */
    const char *secret;     /* [borrow] signs what is sent */
    unsigned retry_ms;      /* before the second try; 0: 10 s */
};

enum { AN_DELIVERY_TRIES = 6 };

enum an_err an_deliveries_start(const struct an_deliveries_options *options, struct an_deliveries **ret,
                                struct an_error *error);
/* NULL is taken. */
void an_deliveries_stop(struct an_deliveries *deliveries);

#endif
