/* A strict check of JSON from outside, before any tree is built. Layer: api. One pass, no allocation.
 *
 * RFC 8259 to the letter, and what it leaves open is closed: the text is UTF-8 without a byte order mark, nothing
 * follows it, no object names a member twice, no text holds a NUL or half a surrogate pair, numbers are finite.
 * Limits: depth AN_JSON_DEPTH_MAX, members of an object AN_JSON_MEMBERS_MAX, a name AN_JSON_NAME_MAX bytes without
 * escapes. What passes here, cJSON reads the same way. */
#ifndef ANNING_API_JSON_H
#define ANNING_API_JSON_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/slice.h"

enum { AN_JSON_DEPTH_MAX = 8, AN_JSON_MEMBERS_MAX = 32, AN_JSON_NAME_MAX = 64, AN_JSON_NUMBER_MAX = 32 };

/* Where and why a text is refused. */
struct an_json_error {
    struct an_error why;
    size_t at; /* byte offset in the text */
};

/* text is one object, or an array of at most items_max of them: ret_items (room for items_max) are their texts, each
 * a slice of text. AN_OK; AN_ERR_MALFORMED; AN_ERR_LIMIT; the last two fill ret_error. An empty array is malformed. */
enum an_err an_json_split(struct an_slice text, struct an_slice *ret_items, size_t items_max, size_t *ret_count,
                          bool *ret_array, struct an_json_error *ret_error);

#endif
