/* To whom complaints are passed on: a table of routes, the first that fits; and what is still to be sent. Layer: store.
 * A delivery is a row until it was sent or given up: a server that dies leaves it to the others, and who takes one
 * moves its time on, so that two servers don't send it at once. */
#ifndef ANNING_STORE_ROUTES_H
#define ANNING_STORE_ROUTES_H

#include "base/limits.h"
#include "model/settings.h"
#include "store/db.h"

enum an_routed_state { AN_ROUTED_NAMED, AN_ROUTED_WAITING, AN_ROUTED_SENT, AN_ROUTED_FAILED, AN_ROUTED_STATE_COUNT };
const char *an_routed_state_name(enum an_routed_state state);

/* Names of a network, a category and a firm, or "*"; url empty: it is only noted. */
struct an_route {
    char network[24], category[24], firm[AN_FIRM_NAME_MAX + 1], dest[AN_ROUTE_DEST_MAX + 1], url[AN_ROUTE_URL_MAX + 1];
};

/* ret_routes: room for AN_ROUTES_MAX. */
enum an_err an_routes_get(struct an_db_session *session, struct an_route *ret_routes, size_t *ret_count,
                          struct an_error *error);
/* Replaces all. */
enum an_err an_routes_put(struct an_db_session *session, const struct an_route *routes, size_t count,
                          struct an_error *error);
/* NULL: none fits. */
const struct an_route *an_route_of(const struct an_route *routes, size_t count, const char *network,
                                   const char *category, const char *firm);

/* Inside a transaction: the case is with dest now, and there is something to send where the route has a url. */
enum an_err an_route_note(struct an_db_session *session, const struct an_route *route, int64_t case_id,
                          int64_t complaint, uint64_t now_us, struct an_error *error);
struct an_routed {
    char dest[AN_ROUTE_DEST_MAX + 1];
    uint64_t time_us;
    enum an_routed_state state;
};
/* At most max, the newest first. */
enum an_err an_routed_list(struct an_db_session *session, int64_t case_id, struct an_routed *ret_routed, size_t max,
                           size_t *ret_count, struct an_error *error);

struct an_delivery {
    int64_t id, complaint, case_id;
    uint64_t due_us;
    unsigned tries; /* before this one */
    char dest[AN_ROUTE_DEST_MAX + 1], url[AN_ROUTE_URL_MAX + 1];
};
/* One that is due, its time moved on by lease_us: nobody else takes it before. AN_ERR_NOT_FOUND: none is. */
enum an_err an_delivery_take(struct an_db_session *session, uint64_t now_us, uint64_t lease_us,
                             struct an_delivery *ret_delivery, struct an_error *error);
/* It was sent, or is given up. */
enum an_err an_delivery_done(struct an_db_session *session, const struct an_delivery *delivery, bool sent,
                             uint64_t now_us, struct an_error *error);
/* Once more, then. */
enum an_err an_delivery_later(struct an_db_session *session, const struct an_delivery *delivery, uint64_t due_us,
                              struct an_error *error);

#endif
