/* The live view as server-sent events (WHATWG HTML, "Server-sent events"), shared by all who watch. Layer: api.
 *
 * One thread makes a frame twice a second, once for those who may see callers and once with numbers masked; a stream
 * is a place in the newest frames, so that a thousand of them cost a thousand copies into sockets and nothing else: no
 * thread a stream, no formatting a stream. Who reads too slowly skips frames, so a stream holds one frame at most.
 * Nobody watches: nothing is done. Streams are bounded. Delay from journal to frame: docs/desk.md. */
#ifndef ANNING_API_FEED_H
#define ANNING_API_FEED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "api/text.h"
#include "base/err.h"
#include "engine/live.h"

struct an_feed;
struct an_feed_stream;

enum { AN_FEED_CALLS_MAX = 5, AN_FEED_REPLAY_MAX = 50, AN_FEED_FIRST_CALLS = 30 };

struct an_feed_options {
    struct an_live *live; /* [borrow] */
    unsigned streams_max;
    /* Campaigns that are hostile now, their ids; and one as the data of an event, a JSON object. NULL: none. */
    size_t (*campaign_ids)(void *user, uint32_t *ret_ids, size_t max);
    void (*campaign_json)(void *user, uint32_t id, struct an_text *out);
    void *user;
    /* Streams that had nothing are to be asked again: once a frame. From the feed's thread or an_feed_close. */
    void (*wake)(void *wake_user);
    void *wake_user;
    bool no_thread; /* tests: an_feed_turn by hand */
};

enum an_err an_feed_new(const struct an_feed_options *options, struct an_feed **ret_feed, struct an_error *error);
/* Every stream ends: an_feed_read says so to each, and no new one comes in. */
void an_feed_close(struct an_feed *feed);
/* No stream may be left. NULL is taken. */
void an_feed_free(struct an_feed *feed);

/* masked: callers are. after: Last-Event-ID, calls since then come first; UINT64_MAX: none. AN_ERR_FULL: too many
 * streams, or closed; AN_ERR_NO_MEMORY. */
enum an_err an_feed_join(struct an_feed *feed, bool masked, uint64_t after, struct an_feed_stream **ret_stream);
/* The next bytes; 0: none until the next wake; -1: the end. */
ptrdiff_t an_feed_read(struct an_feed_stream *stream, char *bytes, size_t max);
void an_feed_leave(struct an_feed_stream *stream);

unsigned an_feed_streams(struct an_feed *feed);
/* One turn by hand. */
void an_feed_turn(struct an_feed *feed);

/* The members of a touched call without its braces, as the feed, searches and dossiers show it. The callee is masked
 * always, the caller when asked for. */
void an_feed_call_json(struct an_text *out, const struct an_live_call *call, bool masked);
/* "+86138****8000"; what is no number is left as an_number_text has it. out: AN_NUMBER_TEXT_MAX. */
void an_number_masked(an_number number, char *out);
/* "44", "00" abroad, "unknown". out: 8 bytes. */
const char *an_region_code(unsigned region, char *out);

#endif
