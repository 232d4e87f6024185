/* Borrowed text. Layer: base. A slice points into memory that somebody else owns; a span is the same as two 16-bit
 * numbers relative to a message of at most 65,535 bytes, so that a parsed call stays small. Nothing is copied and
 * nothing is NUL-terminated. Costs: all O(length), no allocation. */
#ifndef ANNING_BASE_SLICE_H
#define ANNING_BASE_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct an_slice {
    const char *at; /* [borrow]; may be NULL when len is 0 */
    size_t len;
};

/* Part of a message: bytes [at, at + len). len 0 means absent. */
struct an_span {
    uint16_t at;
    uint16_t len;
};

#define AN_SLICE(literal) ((struct an_slice) { (literal), sizeof(literal) - 1 })

static inline struct an_slice an_slice_of(const char *text)
{
    return (struct an_slice) { text, text == NULL ? 0 : strlen(text) };
}

static inline struct an_slice an_span_slice(const char *base, struct an_span span)
{
    return (struct an_slice) { base + span.at, span.len };
}

static inline bool an_slice_equal(struct an_slice a, struct an_slice b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

static inline char an_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static inline bool an_is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* ASCII case is ignored. */
bool an_slice_equal_nocase(struct an_slice a, struct an_slice b);
bool an_slice_starts(struct an_slice text, struct an_slice prefix);
/* Without spaces, tabs, CR and LF at both ends. */
struct an_slice an_slice_trim(struct an_slice text);
/* Position of c, or -1. */
ptrdiff_t an_slice_find(struct an_slice text, char c);
/* Takes everything before the first c off text; false when there is no c (then ret_head is all of text, now empty). */
bool an_slice_cut(struct an_slice *text, char c, struct an_slice *ret_head);
/* Decimal digits only, no sign. AN_OK, AN_ERR_MALFORMED, AN_ERR_LIMIT (over max). */
int an_slice_u64(struct an_slice text, uint64_t max, uint64_t *ret_value);
/* A decimal fraction such as "12.5"; AN_OK or AN_ERR_MALFORMED. Independent of the locale. */
int an_slice_double(struct an_slice text, double *ret_value);
/* Copies at most size - 1 bytes and ends with NUL; returns the bytes copied. size > 0. */
size_t an_slice_copy(struct an_slice text, char *out, size_t size);

#endif
