/* Recordings that people add to their reports. Layer: store.
 *
 * They are in the database, not in files: an upload, its removal and an erased person's data are one transaction on
 * either database, every server that shares it has them, and there is one thing to back up. Sealed in parts of 64 KiB
 * by libsodium's secretstream (XChaCha20-Poly1305) under a key of its own derived from the store's (secret.h); report
 * and type are bound in, so that no row can stand in for another. One a report: a second takes its place. Cost:
 * sealing takes 0.7 ms a MiB on a free core (AMD EPYC; 3.2 measured beside other work); most is the database's. */
#ifndef ANNING_STORE_RECORDINGS_H
#define ANNING_STORE_RECORDINGS_H

#include <stdbool.h>

#include "store/people.h"

struct an_recording {
    uint8_t kind; /* enum an_audio of case/audio.h; 0: there is none */
    uint32_t bytes;
    uint64_t time_us;
};

/* In place of one that is there. day_max: so many a person and day (of UTC+8), those in place of another too;
 * AN_ERR_LIMIT beyond. AN_ERR_INVALID: no such report. A transaction of its own. */
enum an_err an_recording_put(struct an_db_session *session, const struct an_secret *secret, int64_t report,
                             const uint8_t reporter_key[AN_NUMBER_KEY_BYTES], uint8_t kind, struct an_slice bytes,
                             uint32_t day_max, uint64_t now_us, struct an_error *error);
/* All of its bytes, in pieces; false from take ends it with AN_ERR_NO_MEMORY. AN_ERR_NOT_FOUND; AN_ERR_CORRUPT: it
 * can't be opened, and what was taken so far is not to be used. */
typedef bool an_recording_fn(void *user, const uint8_t *bytes, size_t len);
enum an_err an_recording_read(struct an_db_session *session, const struct an_secret *secret, int64_t report,
                              an_recording_fn *take, void *user, struct an_error *error);
enum an_err an_recording_remove(struct an_db_session *session, int64_t report, bool *ret_removed,
                                struct an_error *error);
/* All of a person's, inside a transaction of the caller's. */
enum an_err an_recording_erase(struct an_db_session *session, const uint8_t reporter_key[AN_NUMBER_KEY_BYTES],
                               int64_t *ret_count, struct an_error *error);
/* Those added before then go, at most max at once. */
enum an_err an_recording_sweep(struct an_db_session *session, uint64_t before_us, size_t max, uint64_t now_us,
                               int64_t *ret_count, struct an_error *error);

#endif
