/* Where the lines of a message begin and end. Layer: parse.
 *
 * One pass over the header of a SIP message (RFC 3261 section 7) finds every line end, 64 bytes at a time
 * (parse/sip_fast.h), and joins folded lines (section 7.3.1). It stops at the empty line, so the body is never looked
 * at. */
#ifndef ANNING_PARSE_SIP_LINES_H
#define ANNING_PARSE_SIP_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

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

#endif
