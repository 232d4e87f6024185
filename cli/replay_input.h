/* Files of past calls as a stream of timed items: CSV and NDJSON call records, pcap and pcapng captures. Layer: cli.
 * What a file is, its first bytes tell. Broken rows and packets are counted and named, and the rest goes on. */
#ifndef ANNING_CLI_REPLAY_INPUT_H
#define ANNING_CLI_REPLAY_INPUT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "model/call.h"
#include "parse/cdr.h"
#include "parse/event.h"

enum an_replay_format { AN_REPLAY_AUTO, AN_REPLAY_CSV, AN_REPLAY_NDJSON, AN_REPLAY_PCAP };

/* Where items go. Either text is valid during the call only. Return false to stop reading. */
struct an_replay_sink {
    void *user;
    bool (*event)(void *user, const struct an_event_text *event);
    bool (*sip)(void *user, uint64_t time_us, const union an_address *from, const char *bytes, size_t len);
    void (*progress)(void *user, uint64_t done, uint64_t total);
    /* A row or packet that could not be read. */
    void (*fault)(void *user, const char *text);
};

struct an_replay_options {
    enum an_replay_format format;
    const struct an_cdr_layout *layout; /* CSV; NULL: found out from the first line */
    int32_t utc_offset_s;               /* of times without a zone */
};

/* Reads the whole file. AN_OK; AN_ERR_IO (can't be opened or read), AN_ERR_UNSUPPORTED (no such layout): error. */
enum an_err an_replay_read(const char *path, const struct an_replay_options *options, const struct an_replay_sink *sink,
                           struct an_error *error);

#endif
