/* Operators' labels as every server on the database shares them: what one decided the others read, in the order of
 * commits, and put into force. Layer: store. One row a number and trunk; a later decision takes the place of an earlier
 * one, whichever server it came from. Labels on campaigns are not here: campaigns are numbered by each server. Cost: a
 * statement a label written, one a turn of who follows. */
#ifndef ANNING_STORE_RULINGS_H
#define ANNING_STORE_RULINGS_H

#include "model/ruling.h"
#include "store/people.h"

/* Writes labels that are in force already where they were decided, all or none; those without a number are passed by.
 * late: read back from the journal: what was decided later by anybody stays. Else the last one to be written counts,
 * whatever the servers' clocks say. */
enum an_err an_rulings_put(struct an_db_session *session, const struct an_secret *secret,
                           const struct an_ruling *rulings, size_t count, bool late, struct an_error *error);

/* Decisions after a change, at most max, in order; those whose time is over too. False ends it. */
typedef bool an_ruling_fn(void *user, int64_t change, const struct an_ruling *ruling);
enum an_err an_rulings_since(struct an_db_session *session, const struct an_secret *secret, int64_t change, size_t max,
                             an_ruling_fn *row, void *user, struct an_error *error);
/* Those on a number that are in force now; of it as its owner uses it. */
enum an_err an_rulings_of(struct an_db_session *session, const struct an_secret *secret, an_number number,
                          uint64_t now_us, an_ruling_fn *row, void *user, struct an_error *error);
/* Those whose time was over before. */
enum an_err an_rulings_sweep(struct an_db_session *session, uint64_t before_us, struct an_error *error);

#endif
