/* The pen answers are written with. Layer: act, inside only. It never writes past its end: what doesn't fit sets
 * full, and the answer is given up. put_clean is for bytes a peer sent: folded lines become one space, other control
 * characters vanish, so that no value can begin a header of its own. Cost: a copy, sixteen bytes at a time. */
#ifndef ANNING_ACT_OUT_H
#define ANNING_ACT_OUT_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/slice.h"

struct an_out {
    char *at;
    char *end;
    bool full;
};

static inline void an_out_put(struct an_out *out, const char *bytes, size_t len)
{
    if ((size_t)(out->end - out->at) < len) {
        out->full = true;
        return;
    }
    memcpy(out->at, bytes, len);
    out->at += len;
}

/* A string constant. */
#define AN_OUT(out, literal) an_out_put((out), (literal), sizeof(literal) - 1)

static inline void an_out_char(struct an_out *out, char c)
{
    if (out->at == out->end)
        out->full = true;
    else
        *out->at++ = c;
}

static inline void an_out_text(struct an_out *out, const char *text)
{
    an_out_put(out, text, strlen(text));
}

void an_out_u32(struct an_out *out, uint32_t value);
void an_out_hex64(struct an_out *out, uint64_t value);
/* Bytes of a header value a peer sent. */
void an_out_clean(struct an_out *out, struct an_slice value);
/* The same into a URI in angle brackets: what may not stand there is written as %XX (RFC 3261 section 25.1). */
void an_out_uri(struct an_out *out, struct an_slice part);
/* The same into the value of a URI parameter: separators are escaped as well. */
void an_out_param(struct an_out *out, struct an_slice value);

#endif
