/* Messages out of a stream (RFC 3261 section 18.3). Layer: parse. */
#include "parse/sip.h"
#include "parse/sip_chars.h"
#include "parse/sip_names.h"

/* inout_scanned holds the offset the search goes on at, or, once the header is whole, KNOWN and the message's length.
 */
static const size_t KNOWN = (size_t)1 << (sizeof(size_t) * 8 - 1);
enum { FIRST_WORD_MAX = 256 }; /* bytes of a method; more is no SIP */

static enum an_err keep_alive(const char *bytes, size_t len, size_t *ret_len)
{
    if (len >= 4 && memcmp(bytes, "\r\n\r\n", 4) == 0) {
        *ret_len = 4;
        return AN_OK;
    }
    if (bytes[0] == '\n') {
        *ret_len = 1;
        return AN_OK;
    }
    if (len < 2) return AN_ERR_MORE;
    if (bytes[1] != '\n') return AN_ERR_MALFORMED;
    *ret_len = 2;
    return AN_OK;
}

/* Does it begin like a message: a method and a space, or SIP/? Looked at anew each time, but never more than
 * FIRST_WORD_MAX bytes. */
static bool looks_like_sip(const char *bytes, size_t len)
{
    size_t i = 0;
    while (i < len && i < FIRST_WORD_MAX && (an_ch_is(bytes[i], AN_CH_TOKEN) || bytes[i] == '/')) i++;
    return i == len ? len < FIRST_WORD_MAX : i > 0 && i < FIRST_WORD_MAX && bytes[i] == ' ';
}

/* End of the header (behind the empty line) at or after from; 0 when it is not there yet. */
static size_t header_end(const char *bytes, size_t len, size_t from)
{
    for (size_t at = from; at < len;) {
        const char *lf = memchr(bytes + at, '\n', len - at);
        if (lf == NULL) return 0;
        at = (size_t)(lf - bytes) + 1;
        if (at < len && bytes[at] == '\n') return at + 1;
        if (at + 1 < len && bytes[at] == '\r' && bytes[at + 1] == '\n') return at + 2;
    }
    return 0;
}

/* The one Content-Length among the lines of a whole header. */
static enum an_err content_length(const char *p, const char *end, size_t *ret_length)
{
    bool found = false;
    unsigned lines = 0;
    for (const char *next; p < end; p = next, lines++) {
        next = (const char *)memchr(p, '\n', (size_t)(end - p)) + 1;
        if (*p != 'l' && *p != 'L' && *p != 'c' && *p != 'C') continue;
        const char *colon = memchr(p, ':', (size_t)(next - p));
        if (colon == NULL) continue;
        const char *name_end = an_ch_trim(p, colon);
        if (an_sip_name_find(p, (size_t)(name_end - p))->name != AN_SIP_NAME_CONTENT_LENGTH) continue;
        while (next < end && (*next == ' ' || *next == '\t')) /* folded */
            next = (const char *)memchr(next, '\n', (size_t)(end - next)) + 1;
        struct an_slice value = an_slice_trim((struct an_slice) { colon + 1, (size_t)(next - colon - 1) });
        uint64_t length;
        if (found || an_slice_u64(value, UINT32_MAX, &length) != AN_OK) return AN_ERR_MALFORMED;
        *ret_length = (size_t)length;
        found = true;
    }
    if (lines > 2 * AN_SIP_HEADERS_MAX) return AN_ERR_LIMIT;
    return found ? AN_OK : AN_ERR_MALFORMED;
}

enum an_err an_sip_frame(const char *bytes, size_t len, size_t *inout_scanned, size_t *ret_len)
{
    if (len == 0) return AN_ERR_MORE;
    if ((*inout_scanned & KNOWN) == 0) {
        if (bytes[0] == '\r' || bytes[0] == '\n') return keep_alive(bytes, len, ret_len);
        if (*inout_scanned < FIRST_WORD_MAX && !looks_like_sip(bytes, len)) return AN_ERR_MALFORMED;
        size_t header = header_end(bytes, len, *inout_scanned);
        if (header == 0) {
            /* The next search has to see the last two line ends again, if they are at the end. */
            *inout_scanned = len > 3 ? len - 3 : 0;
            return len > AN_SIP_MESSAGE_MAX ? AN_ERR_LIMIT : AN_ERR_MORE;
        }
        size_t body = 0;
        enum an_err err = content_length(bytes, bytes + header, &body);
        if (err != AN_OK) return err;
        if (header + body > AN_SIP_MESSAGE_MAX) return AN_ERR_LIMIT;
        *inout_scanned = KNOWN | (header + body);
    }
    size_t whole = *inout_scanned & ~KNOWN;
    if (len < whole) return AN_ERR_MORE;
    *ret_len = whole;
    return AN_OK;
}
