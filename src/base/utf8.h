/* Whether bytes are UTF-8 (RFC 3629), and which characters a terminal acts on instead of showing them. Layer: base.
 * Pure. */
#ifndef ANNING_BASE_UTF8_H
#define ANNING_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"

/* Bytes of the UTF-8 sequence at the head of text, 0 when it is not one. */
size_t an_utf8_length(struct an_slice text);
/* All of it; nothing is. */
bool an_utf8_valid(struct an_slice text);
/* As an_slice_copy, but what is too long is not cut within a character. */
size_t an_utf8_copy(struct an_slice text, char *out, size_t size);

/* What an_utf8_next gives where no character is: no code point. */
#define AN_UTF8_NONE UINT32_MAX
/* The character at the head of text, which isn't empty, and its bytes; AN_UTF8_NONE and 1 byte where it is no UTF-8. */
uint32_t an_utf8_next(struct an_slice text, size_t *ret_len);
/* Controls (C0, DEL and C1, which begin a terminal's commands), separators of lines and paragraphs, and what turns the
 * direction of reading (Unicode's Bidi_Control): text of strangers is shown without them. AN_UTF8_NONE is one. */
bool an_utf8_is_control(uint32_t c);
/* Makes a text harmless to show, in place: '?' for each of these. Returns text. */
char *an_utf8_inert(char *text);

#endif
