/* NDJSON: one JSON object a line, each an event (event.h). Layer: parse. Pure; the splitter allocates nothing, the JSON
 * tree of one line is cJSON's and on the heap (files only, never the path of a live call).
 *
 * Format: RFC 8259 values separated by LF or CRLF (https://github.com/ndjson/ndjson-spec); blank lines and a byte order
 * mark are passed over. */
#ifndef ANNING_PARSE_NDJSON_H
#define ANNING_PARSE_NDJSON_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/limits.h"
#include "base/slice.h"
#include "parse/event.h"

/* A buffer of so many bytes always holds a line, or more than the limit allows. */
enum { AN_NDJSON_BUFFER_MIN = AN_RECORD_LINE_MAX + 8 };

struct an_ndjson {
    bool begun, skipping;
    uint64_t line; /* of the text in the last an_ndjson_next, from 1; of a failed one as well */
    uint64_t next_line;
};

void an_ndjson_init(struct an_ndjson *reader);

/* Takes the next line that is not blank. ret_line: without its line end [borrow: bytes]. *ret_used: bytes that are done
 * with, set for every result. AN_OK; AN_ERR_MORE: come back with what is left and more behind, never when len is
 * AN_NDJSON_BUFFER_MIN or more; AN_ERR_END: last, and nothing left; AN_ERR_LIMIT: over AN_RECORD_LINE_MAX, the line is
 * passed over. */
enum an_err an_ndjson_next(struct an_ndjson *reader, const char *bytes, size_t len, bool last, size_t *ret_used,
                           struct an_slice *ret_line, struct an_error *error);

/* Reads the event of one line. kind_default: see an_event_of_json. *ret_tree [own]: holds the texts of the event, free
 * it with cJSON_Delete when they are copied. AN_OK, AN_ERR_MALFORMED (not JSON; says at which byte), AN_ERR_INVALID or
 * AN_ERR_LIMIT (see an_event_of_json); messages begin with the line's number. Nothing to free on failure. */
enum an_err an_ndjson_event(const struct an_ndjson *reader, struct an_slice line, unsigned kind_default,
                            cJSON **ret_tree, struct an_event_text *ret_event, struct an_error *error);

#endif
