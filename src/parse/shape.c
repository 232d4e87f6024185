#include "parse/shape.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

enum {
    SDP_LINES_MAX = 256, /* more than any offer has; the rest of a longer one does not count */
    FORM_BYTES_MAX = 128,
};

/* Alphabets as bits. */
enum { DIGIT = 1, HEX_LOW = 2, HEX_UP = 4, LOW = 8, UP = 16, UNDERSCORE = 32, OTHER = 64 };

uint64_t an_shape_bytes(uint64_t state, const char *p, size_t len)
{
    return len <= 16 ? an_shape_short(state, p, len) : XXH3_64bits_withSeed(p, len, state);
}

static unsigned alphabet_of(char c)
{
    if (c >= '0' && c <= '9') return DIGIT;
    if (c >= 'a' && c <= 'f') return HEX_LOW;
    if (c >= 'A' && c <= 'F') return HEX_UP;
    if (c >= 'g' && c <= 'z') return LOW;
    if (c >= 'G' && c <= 'Z') return UP;
    return c == '_' ? UNDERSCORE : OTHER;
}

/* The form of a random value, in 32 bits. */
static uint64_t form_of(const char *p, size_t len)
{
    unsigned seen = 0, dashes = 0, dots = 0;
    size_t looked = len < FORM_BYTES_MAX ? len : FORM_BYTES_MAX;
    for (size_t i = 0; i < looked; i++) {
        dashes += p[i] == '-';
        dots += p[i] == '.';
        if (p[i] != '-' && p[i] != '.') seen |= alphabet_of(p[i]);
    }
    unsigned length_class = (unsigned)(len > 120 ? 120 : len) + 4;
    unsigned lower = seen & (HEX_LOW | LOW), upper = seen & (HEX_UP | UP), kind;
    if (lower != 0 && upper != 0)
        kind = 6;
    else if ((seen & LOW) != 0)
        kind = 4;
    else if ((seen & UP) != 0)
        kind = 5;
    else if (upper != 0)
        kind = 3;
    else if (lower != 0 || (len - dashes - dots != 0 && (len - dashes - dots) % 8 == 0))
        kind = 2;
    else
        kind = seen == 0 ? 0 : 1;
    if (kind == 6) return 6 | length_class / 8 << 16;
    dashes = dashes > 7 ? 7 : dashes;
    dots = dots > 7 ? 7 : dots;
    return kind | (seen & (UNDERSCORE | OTHER)) << 1 | dashes << 10 | dots << 13 | length_class / 8 << 16;
}

/* 1 IPv4, 2 IPv6, 3 a name, 0 none. */
static uint64_t host_kind(const char *p, const char *end)
{
    if (p == end) return 0;
    if (*p == '[' || memchr(p, ':', (size_t)(end - p)) == p + 1) return 2;
    for (; p < end && *p != ':' && *p != ';'; p++)
        if (!an_is_digit(*p) && *p != '.') return 3;
    return 1;
}

/* Names of the parameters from p on; those of URI and header alike. */
static uint64_t names_of_params(uint64_t state, const char *p, const char *end)
{
    while (p < end) {
        p = memchr(p, ';', (size_t)(end - p));
        if (p == NULL) break;
        p = an_ch_skip(p + 1, end);
        const char *name = p;
        p = an_ch_while(p, end, AN_CH_PARAM);
        state = an_shape_bytes(state, name, (size_t)(p - name));
    }
    return state;
}

static uint64_t via_form(uint64_t state, const char *p, const char *end)
{
    const char *host = p;
    while (host < end && *host != ';' && !(an_ch_is(*host, AN_CH_WS) && host > p && host[-1] != '/')) host++;
    state = an_shape_bytes(state, p, (size_t)(host - p));
    host = an_ch_skip(host, end);
    const char *stop = host;
    while (stop < end && *stop != ';') stop++;
    const char *host_end = an_ch_trim(host, stop);
    bool port = host_end > host && host_end[-1] != ']' && memchr(host, ':', (size_t)(host_end - host)) != NULL;
    state = an_shape_fold(state, host_kind(host, host_end) << 1 | port);
    for (p = stop; p < end;) {
        p = an_ch_skip(p + 1, end);
        const char *name = p;
        p = an_ch_while(p, end, AN_CH_PARAM);
        size_t len = (size_t)(p - name);
        const char *value = p;
        while (p < end && *p != ';') p++;
        if (len == 8 && an_ch_same(name, "received", 8)) continue; /* put in by the next hop */
        state = an_shape_bytes(state, name, len);
        if (len != 6 || !an_ch_same(name, "branch", 6)) continue;
        if (value < p) value = an_ch_skip(value + 1, p);
        bool cookie = p - value >= 7 && memcmp(value, "z9hG4bK", 7) == 0;
        value += cookie ? 7 : 0;
        state = an_shape_fold(state, form_of(value, (size_t)(p - value)) << 1 | cookie);
    }
    return state;
}

static uint64_t call_id_form(uint64_t state, const char *p, size_t len)
{
    const char *at = memchr(p, '@', len);
    size_t local = at == NULL ? len : (size_t)(at - p);
    uint64_t host = at == NULL ? 0 : 4 + host_kind(at + 1, p + len);
    return an_shape_fold(state, form_of(p, local) << 3 | host);
}

static bool attribute_is_whole(const char *p, size_t len)
{
    return (len == 6 && memcmp(p, "rtpmap", 6) == 0) || (len == 4 && memcmp(p, "fmtp", 4) == 0) ||
           (len == 5 && memcmp(p, "ptime", 5) == 0) || (len == 8 && memcmp(p, "maxptime", 8) == 0);
}

static uint64_t attribute(uint64_t state, const char *p, const char *end, uint64_t *inout_last)
{
    const char *colon = p;
    while (colon < end && *colon != ':') colon++;
    size_t name_len = (size_t)(colon - p);
    if (attribute_is_whole(p, name_len)) {
        *inout_last = 0;
        return an_shape_bytes(state, p, (size_t)(end - p));
    }
    uint64_t name = an_shape_bytes(1, p, name_len);
    if (name == *inout_last) return state; /* candidates, keys: their number varies */
    *inout_last = name;
    return an_shape_fold(state, name);
}

/* First byte behind n words. */
static const char *after_words(const char *p, const char *end, unsigned n)
{
    while (n-- > 0) {
        while (p < end && *p != ' ') p++;
        while (p < end && *p == ' ') p++;
    }
    return p;
}

/* One line of SDP: type, "=" and the value [p, end). */
static uint64_t sdp_line(uint64_t state, char type, const char *p, const char *end, uint64_t *inout_last)
{
    const char *word = p;
    if (type == 'a') return attribute(state, p, end, inout_last);
    *inout_last = 0;
    state = an_shape_fold(state, (uint8_t)type);
    switch (type) {
    case 'o':
        while (word < end && *word != ' ') word++;
        return an_shape_bytes(state, p, (size_t)(word - p));
    case 's':
    case 'b': return an_shape_bytes(state, p, (size_t)(end - p));
    case 'c': return an_shape_bytes(state, p, end - p > 6 ? 6 : (size_t)(end - p));
    case 't': return an_shape_fold(state, end - p == 3 && memcmp(p, "0 0", 3) == 0);
    case 'm':
        while (word < end && *word != ' ') word++;
        state = an_shape_bytes(state, p, (size_t)(word - p));
        word = after_words(p, end, 2);
        return an_shape_bytes(state, word, (size_t)(end - word));
    default: return state;
    }
}

static uint64_t sdp_form(uint64_t state, const char *p, const char *end)
{
    uint64_t last = 0;
    for (unsigned lines = 0; p < end && lines < SDP_LINES_MAX; lines++) {
        const char *lf = memchr(p, '\n', (size_t)(end - p));
        const char *line_end = lf == NULL ? end : lf;
        if (line_end > p && line_end[-1] == '\r') line_end--;
        if (line_end - p >= 2 && p[1] == '=') state = sdp_line(state, p[0], p + 2, line_end, &last);
        if (lf == NULL) break;
        p = lf + 1;
    }
    return state;
}

uint64_t an_shape_of(const char *bytes, const struct an_parsed *parsed, const struct an_shape_parts *parts)
{
    struct an_slice via = an_span_slice(bytes, parts->via), contact = an_span_slice(bytes, parts->contact);
    struct an_slice from = an_span_slice(bytes, parsed->from_line), call_id = an_span_slice(bytes, parsed->call_id);
    struct an_slice body = an_span_slice(bytes, parsed->body);
    uint64_t state = an_shape_fold(parts->names, AN_SHAPE_VERSION);
    state = via_form(state, via.at, via.at + via.len);
    state = call_id_form(state, call_id.at, call_id.len);
    state = an_shape_fold(state, form_of(bytes + parsed->from_tag.at, parsed->from_tag.len));
    state = an_shape_fold(state, parsed->cseq < 100 ? 1 : parsed->cseq < 1000 ? 2 : 3);
    const char *from_end = from.at + from.len;
    if (parsed->from.host.len > 0) state = names_of_params(state, bytes + parsed->from.host.at, from_end);
    state = an_shape_fold(state, contact.len > 0 ? 1 + (memchr(contact.at, '<', contact.len) != NULL) : 0);
    state = names_of_params(state, contact.at, contact.at + contact.len);
    if (parts->sdp) state = sdp_form(state, body.at, body.at + body.len);
    return state == 0 ? 1 : state;
}
