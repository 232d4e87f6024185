/* Snapshots on disk: DIR/state/<time>.snap of the counters, .camp of the campaigns, .live of what people look at. Layer:
 * journal.
 *
 * A snapshot is what the engine knows at one moment and the journal positions of that moment: state is the newest
 * intact snapshot plus the journal from its positions on. Written to a .tmp file, synced, renamed, folder synced, so
 * that a snapshot is whole or not there. an_snapshot_write is meant for a fork()ed child: open, write, fsync, rename
 * and unlink only, no allocation, no stdio, no locks. */
#ifndef ANNING_JOURNAL_SNAPSHOT_H
#define ANNING_JOURNAL_SNAPSHOT_H

#include "journal/journal.h"

enum { AN_SNAPSHOTS_KEPT = 2, AN_SNAPSHOT_NAME_MAX = 40 };

/* What is saved: the counters of observe/, campaigns, or engine/live.h. Each has files of its own. */
enum an_snapshot_kind { AN_SNAPSHOT_STATE, AN_SNAPSHOT_CAMPAIGNS, AN_SNAPSHOT_LIVE };

struct an_snapshot_info {
    char name[AN_SNAPSHOT_NAME_MAX]; /* "00001763782394123456.snap" */
    uint64_t time_us;                /* of the state */
    uint64_t body_bytes;
    uint64_t checksum; /* XXH3 of the body */
    uint32_t position_count;
    struct an_journal_position positions[AN_JOURNAL_WORKERS_MAX];
};

/* Writes the body to fd at its current offset; returns AN_OK or an error. May use write() and an_snapshot_put only. */
typedef enum an_err an_snapshot_body_fn(void *context, int fd);
/* Reads the body from fd (positioned at its start, body_bytes long). AN_ERR_CORRUPT makes load try an older one. */
typedef enum an_err an_snapshot_load_fn(void *context, int fd, const struct an_snapshot_info *info);

/* write() until all is written. AN_OK or AN_ERR_IO. */
enum an_err an_snapshot_put(int fd, const void *bytes, size_t len);

/* Writes one snapshot and deletes all but the newest AN_SNAPSHOTS_KEPT. ret_name (may be NULL): its file name. */
enum an_err an_snapshot_write(const char *dir, enum an_snapshot_kind kind, uint64_t time_us,
                              const struct an_journal_position *positions, size_t position_count,
                              an_snapshot_body_fn *body, void *context, char ret_name[AN_SNAPSHOT_NAME_MAX],
                              struct an_error *error);
/* Newest first, intact headers only; at most max. Returns how many. */
size_t an_snapshot_list(const char *dir, enum an_snapshot_kind kind, struct an_snapshot_info *ret_infos, size_t max);
/* Hands the newest intact snapshot to load; falls back to older ones. AN_OK and the one taken; AN_ERR_NOT_FOUND. The
 * body's checksum is verified before load is called; the log has a line of each that is passed over for its head or sum. */
enum an_err an_snapshot_load(const char *dir, enum an_snapshot_kind kind, an_snapshot_load_fn *load, void *context,
                             struct an_snapshot_info *ret_info, struct an_error *error);
/* SHA-256 of a snapshot file, for the SNAPSHOT record: in the parent, not in the child (OpenSSL allocates). */
enum an_err an_snapshot_hash(const char *dir, const char *name, uint8_t ret_hash[32]);

#endif
