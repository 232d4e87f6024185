#include "parse/sip_lines.h"

/* Takes the line [start, lf); true when it ends the header. */
static inline bool take_line(struct an_sip_lines *lines, const char *bytes, uint32_t start, uint32_t lf)
{
    uint32_t end = lf > start && bytes[lf - 1] == '\r' ? lf - 1 : lf;
    if (end == start) return lines->count > 0;
    if (bytes[start] == ' ' || bytes[start] == '\t') {
        if (lines->over) return false;
        if (lines->count >= 2)
            lines->end[lines->count - 1] = (uint16_t)end;
        else
            lines->bad = true;
        return false;
    }
    if (lines->count > AN_SIP_HEADERS_MAX) {
        lines->over = true;
        return false;
    }
    lines->start[lines->count] = (uint16_t)start;
    lines->end[lines->count++] = (uint16_t)end;
    return false;
}

void an_sip_lines_index(const char *bytes, size_t len, struct an_sip_lines *ret_lines)
{
    struct an_sip_lines *lines = ret_lines;
    lines->count = 0;
    lines->bad = lines->over = lines->has_end = false;
    lines->body = (uint32_t)len;
    uint32_t start = 0;
    uint64_t carry = 0; /* the byte before this chunk was a CR */
    for (uint32_t at = 0; at < len; at += 64) {
        char tail[64];
        const char *p = bytes + at;
        uint64_t within = ~0ull;
        if (len - at < 64) {
            within = (1ull << (len - at)) - 1; /* a CR at the very end may still get its LF */
            memset(tail, 0, sizeof tail);
            memcpy(tail, p, len - at);
            p = tail;
        }
        struct an_line_masks masks = an_line_masks(p);
        uint64_t lonely = ((masks.cr << 1) | carry) & ~masks.lf & within;
        carry = masks.cr >> 63;
        for (uint64_t m = masks.lf; m != 0; m &= m - 1) {
            uint32_t lf = at + (uint32_t)__builtin_ctzll(m);
            if (take_line(lines, bytes, start, lf)) {
                lines->bad = lines->bad || (lonely & (m ^ (m - 1))) != 0;
                lines->has_end = true;
                lines->body = lf + 1;
                return;
            }
            start = lf + 1;
        }
        lines->bad = lines->bad || lonely != 0;
    }
}
