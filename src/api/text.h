/* Text that grows up to a limit, and JSON written into it. Layer: api (the programs use it too). One buffer, doubled
 * when full; after an allocation fails or the limit is passed, further text is dropped and `failed` stays set, so
 * that a writer checks once at its end. Writing JSON is O(bytes), no tree in between. */
#ifndef ANNING_API_TEXT_H
#define ANNING_API_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"

struct an_text {
    char *at; /* [own] NUL-terminated when not NULL */
    size_t len, room, limit;
    bool failed; /* over the limit or out of memory: the text is not whole */
};

/* limit: most bytes it may hold. Allocates nothing. */
void an_text_init(struct an_text *text, size_t limit);
void an_text_done(struct an_text *text);
/* Forgets the content, keeps the memory. */
void an_text_clear(struct an_text *text);
void an_text_add(struct an_text *text, const char *bytes, size_t len);
void an_text_puts(struct an_text *text, const char *string);
__attribute__((format(printf, 2, 3))) void an_text_printf(struct an_text *text, const char *format, ...);

/* A JSON string with its quotes (RFC 8259 section 7). Bytes that are not UTF-8 become U+FFFD. */
void an_text_json(struct an_text *text, struct an_slice value);
/* `"name":`, with a comma before it unless it is the first of its object or array. */
void an_text_json_key(struct an_text *text, const char *name);
/* A number with at most `decimals` places; NaN and infinities become null. Independent of the locale. */
void an_text_json_number(struct an_text *text, double value, int decimals);
/* key and value in one. value NULL: null. */
void an_text_json_pair(struct an_text *text, const char *name, const char *value);
void an_text_json_pair_u64(struct an_text *text, const char *name, uint64_t value);
/* Microseconds since 1970 as RFC 3339 with the offset of local time; 0: null. */
void an_text_json_pair_time(struct an_text *text, const char *name, uint64_t time_us, int32_t utc_offset_s);

#endif
