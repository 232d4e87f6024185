/* Where the lines of a message begin and end. Layer: parse.
 *
 * One pass over the header of a SIP message (RFC 3261 section 7) finds every line end, 64 bytes at a time with SSE2
 * where there is SSE2, and joins folded lines (section 7.3.1). It stops at the empty line, so the body is never looked
 * at. Cost: about a quarter of a cycle a byte and 3 cycles a line. */
#ifndef ANNING_PARSE_SIP_LINES_H
#define ANNING_PARSE_SIP_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include "base/err.h"
#include "base/limits.h"

struct an_sip_lines {
    uint32_t count; /* line 0 is the start line */
    uint32_t body;  /* offset behind the empty line; of the end when there is none */
    bool has_end;   /* the empty line is there */
    bool bad;       /* a CR without LF, or a fold where nothing can be folded */
    bool over;      /* more than AN_SIP_HEADERS_MAX headers: the index holds the first of them */
    uint16_t start[AN_SIP_HEADERS_MAX + 1];
    uint16_t end[AN_SIP_HEADERS_MAX + 1]; /* without CR LF; a folded line goes on to the end of its last part */
};

/* len at most AN_SIP_MESSAGE_MAX. Empty lines before the start line are skipped. Writes count entries only. */
void an_sip_lines_index(const char *bytes, size_t len, struct an_sip_lines *ret_lines);

/* A bit for every byte of the 64 at p that is LF, and the same for CR. */
struct an_line_masks {
    uint64_t lf, cr;
};

static inline struct an_line_masks an_line_masks_portable(const char *p)
{
    struct an_line_masks masks = { 0, 0 };
    for (unsigned i = 0; i < 64; i++) {
        masks.lf |= (uint64_t)(p[i] == '\n') << i;
        masks.cr |= (uint64_t)(p[i] == '\r') << i;
    }
    return masks;
}

static inline struct an_line_masks an_line_masks(const char *p)
{
#if defined(__SSE2__)
    const __m128i lf = _mm_set1_epi8('\n'), cr = _mm_set1_epi8('\r');
    struct an_line_masks masks = { 0, 0 };
    for (unsigned i = 0; i < 4; i++) {
        __m128i chunk = _mm_loadu_si128((const __m128i *)(const void *)(p + 16 * i));
        masks.lf |= (uint64_t)(uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(chunk, lf)) << (16 * i);
        masks.cr |= (uint64_t)(uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(chunk, cr)) << (16 * i);
    }
    return masks;
#else
    return an_line_masks_portable(p);
#endif
}

/* The LFs among the next 64 bytes at p, fewer when end is nearer. */
static inline uint64_t an_line_ends64(const char *p, const char *end)
{
    char tail[64] = { 0 };
    if (end - p >= 64) return an_line_masks(p).lf;
    memcpy(tail, p, (size_t)(end - p));
    return an_line_masks(tail).lf;
}

#endif
