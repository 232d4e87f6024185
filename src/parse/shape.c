#include "parse/shape.h"

#include "parse/sip_lines.h"

enum {
    SDP_BYTES_MAX = 8192, /* more than any offer has; the rest of a longer one does not count */
    FORM_BYTES_MAX = 120, /* of a random value; fits the lanes below */
};

/* Eight counters in one word: digits, a-f, A-F, g-z, G-Z, dashes, dots, others. This is the shift of each byte's lane.
 */
/* clang-format off */
#define L(shift) (1ull << (shift))
static const uint64_t lane[256] = {
    L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56),
    L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56),
    L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(40), L(48), L(56),
    L(0), L(0), L(0), L(0), L(0), L(0), L(0), L(0), L(0), L(0), L(56), L(56), L(56), L(56), L(56), L(56),
    L(56), L(16), L(16), L(16), L(16), L(16), L(16), L(32), L(32), L(32), L(32), L(32), L(32), L(32), L(32), L(32),
    L(32), L(32), L(32), L(32), L(32), L(32), L(32), L(32), L(32), L(32), L(32), L(56), L(56), L(56), L(56), L(56),
    L(56), L(8), L(8), L(8), L(8), L(8), L(8), L(24), L(24), L(24), L(24), L(24), L(24), L(24), L(24), L(24),
    L(24), L(24), L(24), L(24), L(24), L(24), L(24), L(24), L(24), L(24), L(24), L(56), L(56), L(56), L(56), L(56),
    L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56),
    L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56),
    L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56),
    L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56),
    L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56),
    L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56),
    L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56),
    L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56),
};
/* clang-format on */

/* The form of a random value, in 32 bits. */
static uint64_t form_of(const char *p, size_t len)
{
    uint64_t counts = 0;
    len = len < FORM_BYTES_MAX ? len : FORM_BYTES_MAX;
    for (size_t i = 0; i < len; i++) counts += lane[(uint8_t)p[i]];
    unsigned hex_low = counts >> 8 & 255, hex_up = counts >> 16 & 255, low = counts >> 24 & 255,
             up = counts >> 32 & 255;
    unsigned dashes = counts >> 40 & 255, dots = counts >> 48 & 255, digits = counts & 255;
    bool others = counts >> 56 != 0;
    uint64_t length_class = (len + 4) / 8;
    if (hex_low + low != 0 && hex_up + up != 0) return 6 | length_class << 16;
    unsigned kind = digits != 0;
    if (low != 0)
        kind = 4;
    else if (up != 0)
        kind = 5;
    else if (hex_up != 0)
        kind = 3;
    else if (hex_low != 0 || (digits != 0 && digits % 8 == 0))
        kind = 2;
    dashes = dashes > 7 ? 7 : dashes;
    dots = dots > 7 ? 7 : dots;
    return kind | (uint64_t)others << 3 | (uint64_t)dashes << 4 | (uint64_t)dots << 7 | length_class << 16;
}

uint64_t an_shape_branch(uint64_t state, const char *p, size_t len)
{
    bool cookie = len >= 7 && memcmp(p, "z9hG4bK", 7) == 0;
    if (cookie) {
        p += 7;
        len -= 7;
    }
    return an_shape_fold(state, form_of(p, len) << 1 | cookie);
}

/* 1 IPv4, 2 IPv6, 3 a name, 0 none. */
static uint64_t host_kind(const char *p, const char *end)
{
    if (p == end) return 0;
    if (*p == '[') return 2;
    if (!an_is_digit(*p)) return 3;
    while (p < end && (an_is_digit(*p) || *p == '.')) p++;
    return p == end || *p == ':' ? 1 : 3;
}

uint64_t an_shape_host(uint64_t state, const char *p, const char *end, bool port)
{
    return an_shape_fold(state, host_kind(p, end) << 1 | port);
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

static uint64_t call_id_form(uint64_t state, const char *p, size_t len)
{
    const char *at = memchr(p, '@', len);
    size_t local = at == NULL ? len : (size_t)(at - p);
    uint64_t host = at == NULL ? 0 : 4 + host_kind(at + 1, p + len);
    return an_shape_fold(state, form_of(p, local) << 3 | host);
}

/* rtpmap, fmtp, ptime and maxptime, each with its colon: what the build can do, not what the call is. */
static bool attribute_is_whole(const char *p, size_t len)
{
    if (len < 8) return len > 5 && memcmp(p, "ptime:", 6) == 0;
    uint64_t word = an_load64(p);
    return (word & 0xffffffffffffffull) == 0x3a70616d707472ull /* rtpmap: */ ||
           (word & 0xffffffffffull) == 0x3a70746d66ull /* fmtp: */ ||
           (word & 0xffffffffffffull) == 0x3a656d697470ull /* ptime: */ ||
           (word == 0x656d69747078616dull /* maxptime */ && len > 8 && p[8] == ':');
}

static uint64_t attribute(uint64_t state, const char *p, const char *end, uint64_t *inout_last)
{
    if (attribute_is_whole(p, (size_t)(end - p))) {
        *inout_last = 0;
        return an_shape_bytes(state, p, (size_t)(end - p));
    }
    const char *colon = p;
    while (colon < end && *colon != ':') colon++;
    uint64_t name = an_shape_bytes(1, p, (size_t)(colon - p));
    if (name == *inout_last) return state; /* candidates, keys: their number varies */
    *inout_last = name;
    return an_shape_fold(state, name);
}

static const char *word_end(const char *p, const char *end)
{
    while (p < end && *p != ' ') p++;
    return p;
}

/* "m=audio 40000 RTP/AVP 8 0": all but the port. */
static uint64_t media(uint64_t state, const char *p, const char *end)
{
    const char *word = word_end(p, end);
    state = an_shape_bytes(state, p, (size_t)(word - p));
    word = word_end(word < end ? word + 1 : end, end);
    return an_shape_bytes(state, word, (size_t)(end - word));
}

/* One line of SDP: type, "=" and the value [p, end). */
static uint64_t sdp_line(uint64_t state, char type, const char *p, const char *end, uint64_t *inout_last)
{
    size_t len = (size_t)(end - p);
    if (type == 'a') return attribute(state, p, end, inout_last);
    *inout_last = 0;
    state = an_shape_fold(state, (uint8_t)type);
    switch (type) {
    case 'o': return an_shape_bytes(state, p, (size_t)(word_end(p, end) - p));
    case 's':
    case 'b': return an_shape_bytes(state, p, len);
    case 'c': return an_shape_bytes(state, p, len > 6 ? 6 : len);
    case 't': return an_shape_fold(state, len == 3 && memcmp(p, "0 0", 3) == 0);
    case 'm': return media(state, p, end);
    default: return state;
    }
}

static uint64_t sdp_form(uint64_t state, const char *p, const char *end)
{
    const char *line = p;
    uint64_t last = 0;
    if (end - p > SDP_BYTES_MAX) end = p + SDP_BYTES_MAX;
    for (; p < end; p += 64) {
        uint64_t ends = an_line_ends64(p, end);
        for (; ends != 0; ends &= ends - 1) {
            const char *lf = p + __builtin_ctzll(ends);
            const char *line_end = lf > line && lf[-1] == '\r' ? lf - 1 : lf;
            if (line_end - line >= 2 && line[1] == '=') state = sdp_line(state, line[0], line + 2, line_end, &last);
            line = lf + 1;
        }
    }
    return state;
}

uint64_t an_shape_of(const char *bytes, const struct an_parsed *parsed, const struct an_shape_parts *parts)
{
    struct an_slice contact = an_span_slice(bytes, parts->contact);
    struct an_slice from = an_span_slice(bytes, parsed->from_line), call_id = an_span_slice(bytes, parsed->call_id);
    struct an_slice body = an_span_slice(bytes, parsed->body);
    uint64_t state = an_shape_fold(parts->names, AN_SHAPE_VERSION);
    state = an_shape_fold(state, parts->via);
    state = call_id_form(state, call_id.at, call_id.len);
    state = an_shape_fold(state, form_of(bytes + parsed->from_tag.at, parsed->from_tag.len));
    state = an_shape_fold(state, parsed->cseq < 100 ? 1 : parsed->cseq < 1000 ? 2 : 3);
    const char *from_end = from.at + from.len;
    if (parsed->from.host.len > 0)
        state = names_of_params(state, bytes + parsed->from.host.at + parsed->from.host.len, from_end);
    bool bracket = contact.len > 0 && (contact.at[0] == '<' || memchr(contact.at, '<', contact.len) != NULL);
    state = an_shape_fold(state, contact.len > 0 ? 1u + bracket : 0);
    state = names_of_params(state, contact.at, contact.at + contact.len);
    if (parts->sdp) state = sdp_form(state, body.at, body.at + body.len);
    return state == 0 ? 1 : state;
}
