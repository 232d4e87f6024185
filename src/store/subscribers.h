/* Subscribers in the store: their settings, whole, sealed, under a version. Layer: store.
 *
 * Every change gets the next number of one counter whose row is locked until the change is committed, so that whoever
 * reads "all behind N" misses none, on either database and from any machine. Erased ones stay as an empty row for a
 * while, so that others hear of it. Cost: four statements a change; reading all, one row each. */
#ifndef ANNING_STORE_SUBSCRIBERS_H
#define ANNING_STORE_SUBSCRIBERS_H

#include "store/people.h"

enum an_subscriber_state { AN_SUBSCRIBER_OFF, AN_SUBSCRIBER_ON, AN_SUBSCRIBER_ERASED };

struct an_subscriber_row {
    an_number number;
    uint8_t state; /* enum an_subscriber_state */
    uint32_t version;
    int64_t change;
    uint64_t created_us, updated_us;
    char *json; /* [own] settings as an_subscriber_json wrote them; NULL: none, or erased */
};
void an_subscriber_row_done(struct an_subscriber_row *row);

/* AN_OK, AN_ERR_NOT_FOUND (never was, or erased). */
enum an_err an_subscriber_find(struct an_db_session *session, const struct an_secret *secret, an_number number,
                               struct an_subscriber_row *ret_row, struct an_error *error);
/* expected: version it has to have now; -1: any; 0: none yet. AN_OK, or AN_ERR_EXISTS: it has another. Opens a
 * transaction of its own. */
enum an_err an_subscriber_save(struct an_db_session *session, const struct an_secret *secret, an_number number, bool on,
                               struct an_slice json, int64_t expected, uint64_t now_us, uint32_t *ret_version,
                               int64_t *ret_change, struct an_error *error);
/* Leaves an empty row. AN_OK also when there was none. */
enum an_err an_subscriber_erase(struct an_db_session *session, const struct an_secret *secret, an_number number,
                                uint64_t now_us, uint32_t *ret_version, struct an_error *error);
/* Empty rows older than before_us go. */
enum an_err an_subscriber_sweep(struct an_db_session *session, uint64_t before_us, struct an_error *error);

/* All that changed behind `change`, in order, at most max; row->json is freed after the call. False ends it. */
typedef bool an_subscriber_row_fn(void *user, const struct an_subscriber_row *row);
enum an_err an_subscriber_since(struct an_db_session *session, const struct an_secret *secret, int64_t change,
                                size_t max, an_subscriber_row_fn *row, void *user, struct an_error *error);
enum an_err an_subscriber_count(struct an_db_session *session, int64_t *ret_on, int64_t *ret_all,
                                struct an_error *error);

#endif
