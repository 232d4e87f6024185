/* The shape (parse/shape.h) by looking at many bytes at once. Layer: parse; a template, see parse/sip_fast.h. What is
 * longer than a vector or a block goes to parse/shape.c; the value is the same. */
#ifndef ANNING_PARSE_SIP_FAST_SHAPE_H
#define ANNING_PARSE_SIP_FAST_SHAPE_H

#include "parse/shape.h"
#include "parse/sip_block.h"

enum { SDP_BYTES_MAX = 8192 }; /* more than any offer has; the rest of a longer one does not count */

/* As an_shape_form, for values of one vector. */
static __attribute__((noinline)) uint64_t form_fast(const char *p, size_t len)
{
    if (len > VEC_BYTES || len >= 64) return an_shape_form(p, len);
    an_vec text = vec_load(p);
    uint64_t range = below(len);
    uint64_t digits = flags_bits(vec_digit(text)) & range, letters = flags_bits(vec_letter(text)) & range;
    uint64_t upper = flags_bits(vec_between(text, 'A', 'Z')) & range, lower = letters & ~upper;
    uint64_t length_class = (len + 4) / 8;
    if (lower != 0 && upper != 0) return 6 | length_class << 16;
    uint64_t beyond_hex = letters & ~flags_bits(vec_between(vec_set_bits(text, 0x20), 'a', 'f'));
    uint64_t kind = digits != 0;
    if (beyond_hex != 0)
        kind = lower != 0 ? 4 : 5;
    else if (upper != 0)
        kind = 3;
    else if (lower != 0 || (digits != 0 && __builtin_popcountll(digits) % 8 == 0))
        kind = 2;
    uint64_t rest = range & ~(digits | letters);
    if (rest == 0) return kind | length_class << 16;
    uint64_t dash = flags_bits(vec_equal(text, '-')) & range, dot = flags_bits(vec_equal(text, '.')) & range;
    unsigned dashes = (unsigned)__builtin_popcountll(dash), dots = (unsigned)__builtin_popcountll(dot);
    dashes = dashes > 7 ? 7 : dashes;
    dots = dots > 7 ? 7 : dots;
    bool others = (rest & ~(dash | dot)) != 0;
    return kind | (uint64_t)others << 3 | (uint64_t)dashes << 4 | (uint64_t)dots << 7 | length_class << 16;
}

AN_INLINE uint64_t branch_form(uint64_t state, const char *p, size_t len)
{
    bool cookie = len >= 7 && memcmp(p, "z9hG4bK", 7) == 0;
    p += cookie ? 7 : 0;
    len -= cookie ? 7 : 0;
    return an_shape_fold(state, form_fast(p, len) << 1 | cookie);
}

/* As an_shape_host_kind. */
AN_INLINE uint64_t host_kind_fast(const char *p, const char *end)
{
    size_t len = (size_t)(end - p);
    if (len > VEC_BYTES || len >= 64) return an_shape_host_kind(p, end);
    if (len == 0) return 0;
    if (*p == '[') return 2;
    if (!an_is_digit(*p)) return 3;
    an_vec text = vec_load(p);
    uint64_t marks = ~flags_bits(flags_or(vec_digit(text), vec_equal(text, '.'))) & below(len);
    return marks == 0 || p[lowest(marks)] == ':' ? 1 : 3;
}

/* As an_shape_params. */
static __attribute__((noinline)) uint64_t params_fast(uint64_t state, const char *p, const char *end)
{
    size_t len = (size_t)(end - p);
    if (len >= BLOCK_BYTES) return an_shape_params(state, p, end);
    struct block text = block_load(p);
    uint64_t semicolons = block_equal(&text, ';') & below(len);
    if (semicolons == 0) return state;
    uint64_t not_param = block_not_param(&text) | 1ull << len, from = state;
    for (; semicolons != 0; semicolons &= semicolons - 1) {
        unsigned name = lowest(semicolons) + 1;
        if (name < len && an_ch_is(p[name], AN_CH_WS)) return an_shape_params(from, p, end);
        state = an_shape_bytes(state, p + name, lowest(not_param >> name));
    }
    return state;
}

AN_INLINE uint64_t call_id_form(uint64_t state, const char *p, size_t len)
{
    const char *at;
    if (len < BLOCK_BYTES) {
        struct block text = block_load(p);
        uint64_t marks = block_equal(&text, '@') & below(len);
        at = marks == 0 ? NULL : p + lowest(marks);
    } else {
        at = memchr(p, '@', len);
    }
    size_t local = at == NULL ? len : (size_t)(at - p);
    uint64_t host = at == NULL ? 0 : 4 + host_kind_fast(at + 1, p + len);
    return an_shape_fold(state, form_fast(p, local) << 3 | host);
}

/* rtpmap, fmtp, ptime and maxptime, each with its colon: what the build can do, not what the call is. */
AN_INLINE bool attribute_is_whole(const char *p, size_t len)
{
    if (len < 8) return len > 5 && memcmp(p, "ptime:", 6) == 0;
    uint64_t word = an_load64(p);
    return (word & 0xffffffffffffffull) == 0x3a70616d707472ull /* rtpmap: */ ||
           (word & 0xffffffffffull) == 0x3a70746d66ull /* fmtp: */ ||
           (word & 0xffffffffffffull) == 0x3a656d697470ull /* ptime: */ ||
           (word == 0x656d69747078616dull /* maxptime */ && len > 8 && p[8] == ':');
}

AN_INLINE uint64_t attribute(uint64_t state, const char *p, const char *end, uint64_t *inout_last)
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

AN_INLINE const char *word_end(const char *p, const char *end)
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
AN_INLINE uint64_t sdp_line(uint64_t state, char type, const char *p, const char *end, uint64_t *inout_last)
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
    for (; p < end; p += BLOCK_BYTES) {
        char tail[BLOCK_BYTES] = { 0 };
        struct block text;
        if (end - p >= BLOCK_BYTES) {
            text = block_load(p);
        } else {
            memcpy(tail, p, (size_t)(end - p));
            text = block_load(tail);
        }
        for (uint64_t ends = block_equal(&text, '\n'); ends != 0; ends &= ends - 1) {
            const char *lf = p + lowest(ends);
            const char *line_end = lf > line && lf[-1] == '\r' ? lf - 1 : lf;
            if (line_end - line >= 2 && line[1] == '=') state = sdp_line(state, line[0], line + 2, line_end, &last);
            line = lf + 1;
        }
    }
    return state;
}

/* The shape of the INVITE behind parsed; never 0. The body need not have readable bytes behind it, header values do. */
static uint64_t shape_of(const char *bytes, const struct an_parsed *parsed, const struct an_shape_parts *parts)
{
    struct an_slice contact = an_span_slice(bytes, parts->contact);
    struct an_slice from = an_span_slice(bytes, parsed->from_line), call_id = an_span_slice(bytes, parsed->call_id);
    struct an_slice body = an_span_slice(bytes, parsed->body);
    uint64_t state = an_shape_fold(parts->names, AN_SHAPE_VERSION);
    state = an_shape_fold(state, parts->via);
    state = call_id_form(state, call_id.at, call_id.len);
    state = an_shape_fold(state, form_fast(bytes + parsed->from_tag.at, parsed->from_tag.len));
    state = an_shape_fold(state, parsed->cseq < 100 ? 1 : parsed->cseq < 1000 ? 2 : 3);
    const char *from_end = from.at + from.len;
    if (parsed->from.host.len > 0)
        state = params_fast(state, bytes + parsed->from.host.at + parsed->from.host.len, from_end);
    bool bracket = contact.len > 0 && (contact.at[0] == '<' || memchr(contact.at, '<', contact.len) != NULL);
    state = an_shape_fold(state, contact.len > 0 ? 1u + bracket : 0);
    state = params_fast(state, contact.at, contact.at + contact.len);
    if (parts->sdp) state = sdp_form(state, body.at, body.at + body.len);
    return state == 0 ? 1 : state;
}

#endif
