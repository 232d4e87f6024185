/* Whether bytes are UTF-8 (RFC 3629). Layer: base. Pure. */
#ifndef ANNING_BASE_UTF8_H
#define ANNING_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>

#include "base/slice.h"

/* Bytes of the UTF-8 sequence at the head of text, 0 when it is not one. */
size_t an_utf8_length(struct an_slice text);
/* All of it; nothing is. */
bool an_utf8_valid(struct an_slice text);
/* As an_slice_copy, but what is too long is not cut within a character. */
size_t an_utf8_copy(struct an_slice text, char *out, size_t size);

#endif
