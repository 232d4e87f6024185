/* Events as others write them: the common form of JSON (HTTP and NDJSON) and call records (CSV) on their way into
 * struct an_call. Layer: parse. Pure: no I/O, no clock. an_event_fill and an_event_calls allocate nothing and cost one
 * copy of the strings; an_event_of_json reads a cJSON tree that its caller parsed.
 *
 * A reader fills struct an_event_text with slices into its own input, an_event_fill copies them into a scratch buffer
 * and lays out the call just as the SIP parser would: from enrich/ on, all ways in are equal. */
#ifndef ANNING_PARSE_EVENT_H
#define ANNING_PARSE_EVENT_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/slice.h"
#include "model/call.h"

/* Kinds: enum an_obs_kind (AN_OBS_ATTEMPT, ANSWER, END, REPORT), and one more: */
enum { AN_EVENT_CALL = 5 }; /* a whole call record: an attempt and an end in one */

enum {
    AN_EVENT_FIELD_MAX = 256,                     /* bytes of one text field */
    AN_EVENT_TEXT_MAX = 10 * AN_EVENT_FIELD_MAX,  /* scratch that always is enough */
};

struct an_event_text {
    unsigned kind;              /* enum an_obs_kind or AN_EVENT_CALL */
    uint64_t time_us;           /* of the event; of the attempt in a whole record; 0: now */
    struct an_slice from, to;   /* number as dialled or shown, or a sip:, sips: or tel: URI; from empty: withheld */
    struct an_slice asserted;   /* the network's own word on the caller (P-Asserted-Identity) */
    struct an_slice diversion;  /* who forwarded the call */
    struct an_slice call_id, trunk, display, user_agent;
    uint64_t shape;             /* of the INVITE's build; 0: not known */
    enum an_outcome outcome;
    uint32_t ring_ms, talk_ms;
    enum an_category category;  /* reports */
    bool wanted;                /* reports */
    struct an_token token;      /* reports and ends: the verdict's; all zero: not known */
    bool refusal;               /* reports: the callee told the caller to stop */
};

/* Reads an object with the fields
 *   kind       "attempt", "answer", "end", "report" or "call" (a whole record); when absent, kind_default
 *   time       ISO 8601 text with a zone, or seconds since 1970 as a number; absent: now
 *   from, to, asserted, diversion, call_id, trunk, display, user_agent, shape (16 hex digits, or any text)
 *   outcome    "answered", "cancelled", "no_answer", "refused", "busy", "unreachable", "unallocated", "failed", "ours"
 *   ring_s, talk_s  seconds, a fraction allowed
 *   category, wanted, refusal, token   of a report; refusal says that the callee told the caller to stop
 * null is the same as absent. kind_default: a kind, or 0 when the object has to name one. An attempt and a whole record
 * need `to`; an answer and an end need `call_id`, or `from` and `to`; a report needs `token`, or `from` and `to`.
 * ret_event: slices into object [borrow]. AN_OK, AN_ERR_INVALID (what is wrong, in which field, what would be right) or
 * AN_ERR_LIMIT. error may be NULL. */
enum an_err an_event_of_json(const cJSON *object, unsigned kind_default, struct an_event_text *ret_event,
                             struct an_error *error);

/* Lays out one call of the event (not AN_EVENT_CALL: see an_event_calls). Everything else in ret_call is cleared;
 * transport is AN_TRANSPORT_FILE, which HTTP sets to its own afterwards. text: scratch that lives as long as the call,
 * AN_EVENT_TEXT_MAX bytes are always enough. Display and user agent are cut at AN_EVENT_FIELD_MAX bytes; any other text
 * over it is AN_ERR_LIMIT. AN_ERR_FULL: size is too small. On failure the call's content means nothing. */
enum an_err an_event_fill(struct an_call *ret_call, char *text, size_t size, const struct an_event_text *event);

/* The same for any event: a whole record becomes two calls, the attempt and the end (given_time_us of the end is
 * attempt + ring + talk), which share text; any other becomes one. Replay must go in time order: keep the ends in a
 * heap until their time comes. ret_count: 1 or 2. */
enum an_err an_event_calls(struct an_call ret_calls[2], char *text, size_t size, const struct an_event_text *event,
                           size_t *ret_count);

/* When the record's call was over: time + ring + talk. */
uint64_t an_event_end_us(const struct an_event_text *event);

/* "attempt", "answer", "end", "report", "call"; NULL for any other. */
const char *an_event_kind_name(unsigned kind);
/* AN_OK or AN_ERR_NOT_FOUND. */
enum an_err an_event_kind_of(struct an_slice name, unsigned *ret_kind);

#endif
