#include "store/routes.h"

#include <string.h>

#include "store/people.h"

const char *an_routed_state_name(enum an_routed_state state)
{
    static const char *const names[AN_ROUTED_STATE_COUNT] = { "named", "waiting", "sent", "failed" };
    return (unsigned)state < AN_ROUTED_STATE_COUNT ? names[state] : "named";
}

struct reading {
    struct an_route *routes;
    size_t count;
};

static bool take_route(void *user, const struct an_db_value *c, size_t n)
{
    struct reading *reading = user;
    an_assert(n == 5);
    struct an_route *route = &reading->routes[reading->count++];
    an_db_get_text(&c[0], route->network, sizeof route->network);
    an_db_get_text(&c[1], route->category, sizeof route->category);
    an_db_get_text(&c[2], route->firm, sizeof route->firm);
    an_db_get_text(&c[3], route->dest, sizeof route->dest);
    an_db_get_text(&c[4], route->url, sizeof route->url);
    return reading->count < AN_ROUTES_MAX;
}

enum an_err an_routes_get(struct an_db_session *session, struct an_route *ret_routes, size_t *ret_count,
                          struct an_error *error)
{
    struct reading reading = { ret_routes, 0 };
    enum an_err err = an_db_query(session, "SELECT network, category, firm, dest, url FROM route ORDER BY place", NULL,
                                  0, take_route, &reading, error);
    *ret_count = reading.count;
    return err;
}

enum an_err an_routes_put(struct an_db_session *session, const struct an_route *routes, size_t count,
                          struct an_error *error)
{
    int64_t turn;
    an_assert(count <= AN_ROUTES_MAX);
    enum an_err err = an_db_begin(session, error);
    if (err != AN_OK) return err;
    err = an_store_count(session, "route", &turn, error); /* the lock: of two who replace them one is second, whole */
    if (err == AN_OK) err = an_db_run(session, "DELETE FROM route", NULL, 0, NULL, error);
    for (size_t i = 0; i < count && err == AN_OK; i++) {
        const struct an_db_value values[] = { an_db_int((int64_t)i),          an_db_text(routes[i].network),
                                              an_db_text(routes[i].category), an_db_text(routes[i].firm),
                                              an_db_text(routes[i].dest),     an_db_text(routes[i].url) };
        err = an_db_run(session,
                        "INSERT INTO route (place, network, category, firm, dest, url) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                        values, 6, NULL, error);
    }
    return an_store_end(session, err, error);
}

static bool fits(const char *wanted, const char *is)
{
    return strcmp(wanted, "*") == 0 || strcmp(wanted, is) == 0;
}

const struct an_route *an_route_of(const struct an_route *routes, size_t count, const char *network,
                                   const char *category, const char *firm)
{
    for (size_t i = 0; i < count; i++)
        if (fits(routes[i].network, network) && fits(routes[i].category, category) && fits(routes[i].firm, firm))
            return &routes[i];
    return NULL;
}

enum an_err an_route_note(struct an_db_session *session, const struct an_route *route, int64_t case_id,
                          int64_t complaint, uint64_t now_us, struct an_error *error)
{
    bool sends = route->url[0] != '\0';
    const struct an_db_value noted[] = { an_db_int(case_id), an_db_text(route->dest), an_db_int((int64_t)now_us),
                                         an_db_int(sends ? AN_ROUTED_WAITING : AN_ROUTED_NAMED) };
    enum an_err err = an_db_run(session,
                                "INSERT INTO case_routed (case_id, dest, time, state) VALUES (?1, ?2, ?3, ?4) ON "
                                "CONFLICT (case_id, dest) DO UPDATE SET time = ?3, state = ?4",
                                noted, 4, NULL, error);
    if (err != AN_OK || !sends) return err;
    const struct an_db_value sent[] = { an_db_int(an_db_id()),   an_db_int(complaint),   an_db_int(case_id),
                                        an_db_text(route->dest), an_db_text(route->url), an_db_int((int64_t)now_us) };
    return an_db_run(session,
                     "INSERT INTO delivery (id, complaint, case_id, dest, url, made, due, tries) VALUES (?1, ?2, ?3, "
                     "?4, ?5, ?6, ?6, 0)",
                     sent, 6, NULL, error);
}

struct listing {
    struct an_routed *routed;
    size_t count;
};

static bool take_routed(void *user, const struct an_db_value *c, size_t n)
{
    struct listing *listing = user;
    an_assert(n == 3);
    struct an_routed *routed = &listing->routed[listing->count++];
    an_db_get_text(&c[0], routed->dest, sizeof routed->dest);
    routed->time_us = (uint64_t)an_db_get_int(&c[1]);
    routed->state = (enum an_routed_state)an_db_get_int(&c[2]);
    return true;
}

enum an_err an_routed_list(struct an_db_session *session, int64_t case_id, struct an_routed *ret_routed, size_t max,
                           size_t *ret_count, struct an_error *error)
{
    struct listing listing = { ret_routed, 0 };
    const struct an_db_value values[] = { an_db_int(case_id), an_db_int((int64_t)max) };
    enum an_err err = an_db_query(
        session, "SELECT dest, time, state FROM case_routed WHERE case_id = ?1 ORDER BY time DESC, dest LIMIT ?2",
        values, 2, take_routed, &listing, error);
    *ret_count = listing.count;
    return err;
}

/* ---- what is to be sent ---- */

static bool take_delivery(void *user, const struct an_db_value *c, size_t n)
{
    struct an_delivery *d = user;
    an_assert(n == 7);
    d->id = an_db_get_int(&c[0]);
    d->complaint = an_db_get_int(&c[1]);
    d->case_id = an_db_get_int(&c[2]);
    an_db_get_text(&c[3], d->dest, sizeof d->dest);
    an_db_get_text(&c[4], d->url, sizeof d->url);
    d->due_us = (uint64_t)an_db_get_int(&c[5]);
    d->tries = (unsigned)an_db_get_int(&c[6]);
    return false;
}

enum an_err an_delivery_take(struct an_db_session *session, uint64_t now_us, uint64_t lease_us,
                             struct an_delivery *ret_delivery, struct an_error *error)
{
    struct an_delivery found = { 0 };
    const struct an_db_value now[] = { an_db_int((int64_t)now_us) };
    int64_t changed = 0;
    enum an_err err = an_db_query(session,
                                  "SELECT id, complaint, case_id, dest, url, due, tries FROM delivery WHERE due <= ?1 "
                                  "ORDER BY due LIMIT 1",
                                  now, 1, take_delivery, &found, error);
    if (err == AN_OK && found.id != 0) {
        const struct an_db_value values[] = { an_db_int(found.id), an_db_int((int64_t)found.due_us),
                                              an_db_int((int64_t)(now_us + lease_us)) };
        err = an_db_run(session, "UPDATE delivery SET due = ?3, tries = tries + 1 WHERE id = ?1 AND due = ?2", values,
                        3, &changed, error);
    }
    if (err != AN_OK) return err;
    if (changed == 0) return an_fail(error, AN_ERR_NOT_FOUND, "nothing is due"); /* or another server was quicker */
    *ret_delivery = found;
    return AN_OK;
}

enum an_err an_delivery_done(struct an_db_session *session, const struct an_delivery *delivery, bool sent,
                             uint64_t now_us, struct an_error *error)
{
    const struct an_db_value values[] = { an_db_int(delivery->id) };
    const struct an_db_value routed[] = { an_db_int(delivery->case_id), an_db_text(delivery->dest),
                                          an_db_int((int64_t)now_us),
                                          an_db_int(sent ? AN_ROUTED_SENT : AN_ROUTED_FAILED) };
    enum an_err err = an_db_begin(session, error);
    if (err != AN_OK) return err;
    err = an_db_run(session, "DELETE FROM delivery WHERE id = ?1", values, 1, NULL, error);
    if (err == AN_OK) /* others of the case may wait still */
        err = an_db_run(session,
                        "UPDATE case_routed SET time = ?3, state = ?4 WHERE case_id = ?1 AND dest = ?2 AND NOT EXISTS "
                        "(SELECT 1 FROM delivery WHERE case_id = ?1 AND dest = ?2)",
                        routed, 4, NULL, error);
    return an_store_end(session, err, error);
}

enum an_err an_delivery_later(struct an_db_session *session, const struct an_delivery *delivery, uint64_t due_us,
                              struct an_error *error)
{
    const struct an_db_value values[] = { an_db_int(delivery->id), an_db_int((int64_t)due_us) };
    return an_db_run(session, "UPDATE delivery SET due = ?2 WHERE id = ?1", values, 2, NULL, error);
}
