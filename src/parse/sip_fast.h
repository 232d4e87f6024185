/* The SIP parser's way through a message. Layer: parse; a template, included once by each parse/sip_level_NAME.c with
 * AN_BLOCK_LEVEL and AN_LEVEL_NAME defined.
 *
 * One pass over the header finds its lines; each line's name comes from two words and a perfect hash; values are read
 * 64 bytes at once in the forms nearly all messages have (parse/sip_fast_address.h), any other form goes to the whole
 * grammar of parse/sip_header.c. So the searches need no bounds: 64 bytes behind the header can be read, as the body
 * has them, or else the message is copied to where they are. */
#ifndef ANNING_PARSE_SIP_FAST_H
#define ANNING_PARSE_SIP_FAST_H

#include "parse/sip_block.h"
#include "parse/sip_fast_address.h"
#include "parse/sip_fast_shape.h"
#include "parse/sip_header.h"
#include "parse/sip_levels.h"
#include "parse/sip_lines.h"

/* Takes the line [start, end); the caller has made sure that it is not empty. */
AN_INLINE void take_line(struct an_sip_lines *lines, const char *bytes, uint32_t start, uint32_t end)
{
    if (__builtin_expect((uint8_t)bytes[start] <= ' ', 0) && (bytes[start] == ' ' || bytes[start] == '\t')) {
        if (lines->over) return;
        if (lines->count >= 2)
            lines->end[lines->count - 1] = (uint16_t)end;
        else
            lines->bad = true;
        return;
    }
    if (__builtin_expect(lines->count > AN_SIP_HEADERS_MAX, 0)) {
        lines->over = true;
        return;
    }
    lines->start[lines->count] = (uint16_t)start;
    lines->end[lines->count++] = (uint16_t)end;
}

/* len at most AN_SIP_MESSAGE_MAX. Empty lines before the start line are skipped. Writes count entries only. */
static void index_lines(const char *bytes, size_t len, struct an_sip_lines *lines)
{
    lines->count = 0;
    lines->bad = lines->over = lines->has_end = false;
    lines->body = (uint32_t)len;
    uint32_t start = 0, last = (uint32_t)len & ~(uint32_t)(BLOCK_BYTES - 1);
    uint64_t carry = 0, all_lonely = 0; /* the byte before this chunk was a CR; a CR without LF so far */
    for (uint32_t at = 0; at <= last; at += BLOCK_BYTES) {
        char tail[BLOCK_BYTES];
        struct block text;
        uint64_t within = ~0ull;
        if (__builtin_expect(at != last, 1)) {
            text = block_load(bytes + at);
        } else {
            within = below(len - at); /* a CR at the very end may still get its LF */
            memset(tail, 0, sizeof tail);
            memcpy(tail, bytes + at, len - at);
            text = block_load(tail);
        }
        uint64_t lf_bits = block_equal(&text, '\n'), cr_bits = block_equal(&text, '\r');
        uint64_t after_cr = cr_bits << 1 | carry, lonely = after_cr & ~lf_bits & within;
        carry = cr_bits >> 63;
        for (uint64_t m = lf_bits; m != 0; m &= m - 1) {
            uint32_t lf = at + lowest(m), end = lf - (uint32_t)(after_cr >> lowest(m) & 1);
            if (end != start) {
                take_line(lines, bytes, start, end);
            } else if (lines->count > 0) {
                lines->bad = lines->bad || (all_lonely | (lonely & (m ^ (m - 1)))) != 0;
                lines->has_end = true;
                lines->body = lf + 1;
                return;
            }
            start = lf + 1;
        }
        all_lonely |= lonely;
    }
    lines->bad = lines->bad || all_lonely != 0;
}

/* A name of 16 to 63 bytes right before its colon. */
static __attribute__((noinline)) bool read_long_name(const char *p, const char *end, struct an_sip_name_text *ret)
{
    const uint64_t small = 0x2020202020202020ull;
    struct block text = block_load(p);
    uint64_t colons = block_equal(&text, ':');
    size_t len = colons == 0 ? 0 : lowest(colons);
    if (len < 16 || p + len >= end || an_ch_is(p[len - 1], AN_CH_WS)) return an_sip_name_read(p, end, ret);
    uint64_t low = an_load64(p), high = an_load64(p + 8);
    const struct an_sip_name_entry *entry = &an_sip_name_entries[an_sip_name_key(low | small, high | small)];
    *ret = (struct an_sip_name_text) { entry, (uint32_t)len, low, high ^ an_sip_name_end(p, len), p + len };
    if (entry->len != len || !an_ch_same(p, entry->text, len)) ret->entry = &an_sip_name_other;
    return true;
}

/* Any other name. In a struct of its own, so that the usual one stays in registers. */
static __attribute__((noinline)) bool read_other_name(const char *p, const char *end, struct an_sip_name_text *ret)
{
    return an_sip_name_read(p, end, ret);
}

/* The name of the header line [p, end); false: no colon. */
AN_INLINE bool read_name(const char *p, const char *end, struct an_sip_name_text *ret)
{
    static const uint8_t keep[32] = { 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255 };
    const uint64_t small = 0x2020202020202020ull;
    unsigned colons = equal16(p, ':');
    unsigned len = (unsigned)__builtin_ctz(colons | 1u << 16);
    if (len - 1 < 15 && p + len < end) {
        const char *mask = (const char *)keep + 16 - len;
        uint64_t keep_low = an_load64(mask), keep_high = an_load64(mask + 8);
        ret->len = len;
        ret->low = an_load64(p) & keep_low;
        ret->high = an_load64(p + 8) & keep_high;
        ret->colon = p + len;
        uint64_t low = ret->low | (keep_low & small), high = ret->high | (keep_high & small);
        const struct an_sip_name_entry *entry = &an_sip_name_entries[an_sip_name_key(low, high)];
        bool same = ((low ^ an_load64(entry->text)) | (high ^ an_load64(entry->text + 8))) == 0;
        ret->entry = same ? entry : &an_sip_name_other;
        if (same || !an_ch_is(p[len - 1], AN_CH_WS)) return true;
    }
    struct an_sip_name_text other;
    bool found = len == 16 ? read_long_name(p, end, &other) : read_other_name(p, end, &other);
    if (found) *ret = other;
    return found;
}

/* The header's part in the shape: its name, unless the one before was the same, and for some the value. */
AN_INLINE void shape_header(struct an_sip_parser *parser, const struct an_sip_name_text *text, unsigned flags,
                            const char *p, const char *end)
{
    if ((flags & AN_SIP_NAME_APART) != 0) return;
    struct an_sip_last *last = &parser->last;
    bool whole = (flags & AN_SIP_NAME_WHOLE) != 0;
    bool again = text->low == last->low && text->high == last->high && text->entry == last->entry;
    if (__builtin_expect(again && !whole, 0)) return;
    *last = (struct an_sip_last) { text->entry, text->low, text->high };
    uint64_t names = an_shape_fold(parser->shape.names ^ text->low, text->high ^ (uint64_t)text->len << 56);
    parser->shape.names = whole ? an_shape_bytes(names, p, (size_t)(end - p)) : names;
}

/* One Via value and nothing behind it. False: another form, nothing is kept. */
AN_INLINE bool via_fast(struct an_sip_parser *parser, const char *p, const char *end)
{
    struct an_parsed *out = parser->out;
    if (out->via_count == AN_SIP_VIAS_MAX || memcmp(p, "SIP/2.0/", 8) != 0) return false;
    const char *transport_end = an_ch_while(p + 8, end, AN_CH_TOKEN), *host = transport_end + 1;
    if (transport_end == p + 8 || *transport_end != ' ') return false;
    struct block text = block_load(host);
    uint64_t not_host = ~block_host(&text);
    if (not_host == 0) return false;
    const char *host_end = host + lowest(not_host), *at = host_end;
    if (*at == ':' && (at = port_fast(at, 99999)) == NULL) return false;
    if (host_end == host || (at != end && *at != ';')) return false;
    uint64_t shape = an_shape_bytes(0, p, (size_t)(transport_end - p));
    shape = an_shape_fold(shape, host_kind_fast(host, host_end) << 1 | (at != host_end));
    struct an_span branch = out->branch;
    bool rport = out->rport;
    struct param_window window = param_window_at(at);
    while (at != end) {
        struct an_sip_param param;
        at = param_fast(&window, at, end, &param);
        if (at == NULL) return false;
        size_t name_len = (size_t)(param.name_end - param.name);
        if (param.value != NULL && name_len == 6 && an_ch_same(param.name, "branch", 6)) {
            branch = an_span_of(parser->bytes, param.value, param.value_end);
            shape = branch_form(shape, param.value, branch.len);
        } else if (name_len == 5 && an_ch_same(param.name, "rport", 5)) {
            rport = param.value == NULL;
        } else if (name_len == 8 && an_ch_same(param.name, "received", 8)) {
            continue;
        }
        shape = an_shape_bytes(shape, param.name, name_len);
    }
    if (out->via_count == 0) {
        out->branch = branch;
        out->rport = rport;
    }
    out->vias[out->via_count++] = an_span_of(parser->bytes, p, end);
    parser->shape.via = shape;
    return true;
}

/* Up to nine digits at p; returns what is behind them. */
AN_INLINE const char *number_fast(const char *p, uint32_t *ret_value)
{
    const char *digits = p;
    uint32_t value = 0;
    for (; an_is_digit(*p) && p - digits < 9; p++) value = value * 10 + (uint32_t)(*p - '0');
    *ret_value = value;
    return p;
}

/* A number, a space and the request's method. */
AN_INLINE bool cseq_fast(struct an_sip_parser *parser, const char *p, const char *end)
{
    uint32_t value;
    const char *digits_end = number_fast(p, &value), *method = digits_end + 1;
    size_t len = parser->method.len;
    if (digits_end == p || *digits_end != ' ' || len == 0 || (size_t)(end - method) != len) return false;
    const char *asked = parser->bytes + parser->method.at;
    if ((len == 6 ? memcmp(method, asked, 6) : memcmp(method, asked, len)) != 0) return false;
    parser->out->cseq_line = an_span_of(parser->bytes, p, end);
    parser->out->cseq = value;
    parser->cseq_method = parser->method;
    return true;
}

AN_INLINE bool max_forwards_fast(struct an_sip_parser *parser, const char *p, const char *end)
{
    uint32_t value;
    if (p == end || number_fast(p, &value) != end || value > 254) return false;
    parser->out->max_forwards = (uint8_t)value;
    return true;
}

AN_INLINE bool content_length_fast(struct an_sip_parser *parser, const char *p, const char *end)
{
    uint32_t value;
    if (p == end || number_fast(p, &value) != end) return false;
    parser->content_length = value;
    parser->has_length = true;
    return true;
}

/* Places of the two dots of a PASSporT and of the ";" behind it; false when it is not so. */
AN_INLINE bool passport_fast(const char *p, const char *end, const char *ret_at[3])
{
    unsigned dots = 0;
    for (const char *q = p; q < end; q += BLOCK_BYTES) {
        struct block text = block_load(q);
        uint64_t dot_bits = block_equal(&text, '.'), stops = block_equal(&text, ';');
        if (stops != 0) dot_bits &= stops ^ (stops - 1);
        for (; dot_bits != 0; dot_bits &= dot_bits - 1) {
            if (dots == 2) return false;
            ret_at[dots++] = q + lowest(dot_bits);
        }
        if (stops == 0) continue;
        ret_at[2] = q + lowest(stops);
        return dots == 2 && ret_at[2] < end && ret_at[1] + 1 < ret_at[2] && !an_ch_is(ret_at[2][-1], AN_CH_WS);
    }
    return false;
}

/* RFC 8224 without white space and quotes. */
AN_INLINE bool identity_fast(struct an_sip_parser *parser, const char *p, const char *end)
{
    const char *at[3], *base = parser->bytes;
    if (parser->out->identity_count == AN_SIP_IDENTITIES_MAX || *p == '"' || !passport_fast(p, end, at)) return false;
    struct an_passport_text text = { .header = an_span_of(base, p, at[0]),
                                     .payload = an_span_of(base, at[0] + 1, at[1]),
                                     .signature = an_span_of(base, at[1] + 1, at[2]) };
    struct param_window window = param_window_at(p = at[2]);
    while (p != end) {
        if (memcmp(p, ";info=<", 7) == 0) {
            struct block block = block_load(p);
            uint64_t close = block_equal(&block, '>');
            if (close == 0 || p + lowest(close) >= end) return false;
            text.info = an_span_of(base, p + 7, p + lowest(close));
            p += lowest(close) + 1;
            if (p != end && *p != ';') return false;
            window = param_window_at(p);
            continue;
        }
        struct an_sip_param param;
        p = param_fast(&window, p, end, &param);
        if (p == NULL) return false;
        if (param.value == NULL) continue;
        if (an_sip_param_is(&param, "alg", 3)) text.alg = an_span_of(base, param.value, param.value_end);
        if (an_sip_param_is(&param, "ppt", 3)) text.ppt = an_span_of(base, param.value, param.value_end);
    }
    parser->out->identity[parser->out->identity_count++] = text;
    return true;
}

AN_INLINE bool call_id_fast(struct an_sip_parser *parser, const char *p, const char *end)
{
    size_t len = (size_t)(end - p);
    if (len == 0 || len >= BLOCK_BYTES) return false;
    struct block text = block_load(p);
    if ((block_not_uri(&text) & below(len)) != 0) return false;
    parser->out->call_id = an_span_of(parser->bytes, p, end);
    return true;
}

AN_INLINE bool content_type_fast(struct an_sip_parser *parser, const char *p, const char *end)
{
    if (end - p != 15 || memcmp(p, "application/sdp", 15) != 0) return false;
    parser->shape.sdp = true;
    parser->shape.names = an_shape_bytes(parser->shape.names, p, 15);
    return true;
}

/* An address and nothing behind it. */
AN_INLINE bool asserted_fast(struct an_sip_parser *parser, const char *p, const char *end)
{
    struct an_identity spare, *into = parser->out->asserted.present ? &spare : &parser->out->asserted;
    if (address_fast(parser->bytes, p, end, into) == end) return true;
    *into = (struct an_identity) { .present = false };
    return false;
}

/* Reads the value if it has its header's usual form. */
AN_INLINE bool value_fast(struct an_sip_parser *parser, enum an_sip_name name, const char *p, const char *end)
{
    struct an_parsed *out = parser->out;
    switch (name) {
    case AN_SIP_NAME_VIA: return via_fast(parser, p, end);
    case AN_SIP_NAME_FROM:
        if (!party_fast(parser, p, end, &out->from, &out->from_tag)) return false;
        out->from_line = an_span_of(parser->bytes, p, end);
        out->anonymous = an_sip_is_anonymous(parser->bytes, &out->from);
        return true;
    case AN_SIP_NAME_TO:
        if (!party_fast(parser, p, end, &out->to, &out->to_tag)) return false;
        out->to_line = an_span_of(parser->bytes, p, end);
        return true;
    case AN_SIP_NAME_CALL_ID: return call_id_fast(parser, p, end);
    case AN_SIP_NAME_CSEQ: return cseq_fast(parser, p, end);
    case AN_SIP_NAME_MAX_FORWARDS: return max_forwards_fast(parser, p, end);
    case AN_SIP_NAME_CONTENT_LENGTH: return content_length_fast(parser, p, end);
    case AN_SIP_NAME_IDENTITY: return identity_fast(parser, p, end);
    case AN_SIP_NAME_CONTENT_TYPE: return content_type_fast(parser, p, end);
    case AN_SIP_NAME_CONTACT:
        if (parser->shape.contact.len == 0) parser->shape.contact = an_span_of(parser->bytes, p, end);
        return true;
    case AN_SIP_NAME_USER_AGENT: out->user_agent = an_span_of(parser->bytes, p, end); return true;
    case AN_SIP_NAME_ASSERTED: return asserted_fast(parser, p, end);
    default: return false;
    }
}

static bool name_valid(const char *p, size_t len)
{
    if (len == 0 || len >= BLOCK_BYTES) return len > 0 && an_ch_while(p, p + len, AN_CH_TOKEN) == p + len;
    struct block text = block_load(p);
    return (~block_token(&text) & below(len)) == 0;
}

AN_INLINE void header_line(struct an_sip_parser *parser, const char *p, const char *end)
{
    struct an_sip_name_text text;
    if (__builtin_expect(!read_name(p, end, &text), 0)) {
        an_sip_fail(parser, AN_ERR_MALFORMED);
        return;
    }
    enum an_sip_name name = (enum an_sip_name)text.entry->name;
    unsigned flags = text.entry->flags;
    const char *value = text.colon + 2;
    if (text.colon[1] != ' ' || (uint8_t)text.colon[2] <= ' ') value = an_ch_skip(text.colon + 1, end);
    if ((uint8_t)end[-1] <= ' ') end = an_ch_trim(value, end);
    shape_header(parser, &text, flags, value, end);
    if (name == AN_SIP_NAME_OTHER) {
        if (!name_valid(p, text.len)) an_sip_fail(parser, AN_ERR_MALFORMED);
        return;
    }
    bool before = (parser->seen >> name & 1) != 0;
    parser->seen |= 1u << name;
    if (__builtin_expect(before && (flags & AN_SIP_NAME_SINGLE) != 0, 0))
        an_sip_fail(parser, AN_ERR_MALFORMED);
    else if (name <= AN_SIP_NAME_IDENTITY && !value_fast(parser, name, value, end))
        an_sip_header(parser, name, value, end);
}

/* INVITE with a sip: URI, SIP/2.0. False: another form, nothing is kept. */
AN_INLINE bool invite_line_fast(struct an_sip_parser *parser, const char *p, const char *end)
{
    const char *uri = p + 7;
    struct an_identity *called = &parser->out->called;
    if (memcmp(p, "INVITE ", 7) != 0) return false;
    const char *stop = uri_fast(parser->bytes, uri, called);
    if (stop == NULL || stop + 8 != end || memcmp(stop, " SIP/2.0", 8) != 0) {
        *called = (struct an_identity) { .present = false };
        return false;
    }
    parser->method = an_span_of(parser->bytes, p, p + 6);
    parser->out->method = AN_SIP_INVITE;
    parser->out->uri = an_span_of(parser->bytes, uri, stop);
    return true;
}

/* Sets [at, at + len) to 0 by vectors, the last of which overlaps: memset becomes "rep stos" here, slow to start. */
AN_INLINE void clear(char *at, size_t len)
{
    for (size_t i = 0; i + 16 <= len; i += 16) memset(at + i, 0, 16);
    if (len >= 16)
        memset(at + len - 16, 0, 16);
    else
        memset(at, 0, len);
}

/* Everything but vias and identity, which are large and have counts. */
AN_INLINE void init(struct an_parsed *parsed)
{
    const size_t rport = offsetof(struct an_parsed, rport), given = offsetof(struct an_parsed, given_time_us);
    clear((char *)parsed, offsetof(struct an_parsed, vias));
    clear((char *)parsed + rport, offsetof(struct an_parsed, identity) - rport);
    clear((char *)parsed + given, sizeof *parsed - given);
    parsed->max_forwards = 255;
    parsed->given_kind = AN_OBS_ATTEMPT;
}

/* Section 18.3: what Content-Length says against what is there. */
AN_INLINE void take_body(struct an_sip_parser *parser, const struct an_sip_lines *lines, size_t len)
{
    size_t there = len - lines->body;
    if (!lines->has_end) {
        an_sip_fail(parser, AN_ERR_MORE);
        return;
    }
    if (parser->has_length && parser->content_length > there) an_sip_fail(parser, AN_ERR_MORE);
    size_t body = parser->has_length && parser->content_length < there ? parser->content_length : there;
    parser->out->body = (struct an_span) { (uint16_t)lines->body, (uint16_t)body };
}

AN_INLINE void check_whole(struct an_sip_parser *parser)
{
    const unsigned needed = 1u << AN_SIP_NAME_VIA | 1u << AN_SIP_NAME_FROM | 1u << AN_SIP_NAME_TO |
                            1u << AN_SIP_NAME_CALL_ID | 1u << AN_SIP_NAME_CSEQ;
    if ((parser->seen & needed) != needed) an_sip_fail(parser, AN_ERR_MALFORMED);
    struct an_slice asked = an_span_slice(parser->bytes, parser->method);
    struct an_slice counted = an_span_slice(parser->bytes, parser->cseq_method);
    if (parser->is_response)
        parser->out->method = an_sip_method_of(counted.at, counted.len);
    else if (asked.at != counted.at && !an_slice_equal(asked, counted))
        an_sip_fail(parser, AN_ERR_MALFORMED);
}

/* Nothing but CR, LF and NUL: somebody keeps a pinhole open. */
static bool is_keep_alive(const char *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (bytes[i] != '\r' && bytes[i] != '\n' && bytes[i] != 0) return false;
    return true;
}

/* BLOCK_BYTES behind lines->body can be read. */
static enum an_err parse_lines(const char *bytes, size_t len, const struct an_sip_lines *lines,
                               struct an_parsed *ret_parsed)
{
    struct an_sip_parser parser;
    clear((char *)&parser, sizeof parser);
    parser.bytes = bytes;
    parser.out = ret_parsed;
    const char *end = bytes + lines->end[0];
    if (!invite_line_fast(&parser, bytes + lines->start[0], end))
        an_sip_fail(&parser, an_sip_start_line(&parser, bytes + lines->start[0], end));
    if (parser.method.len == 0 && !parser.is_response) return AN_ERR_MALFORMED;
    ret_parsed->header_count = (uint16_t)(lines->count - 1);
    for (uint32_t i = 1; i < lines->count; i++) header_line(&parser, bytes + lines->start[i], bytes + lines->end[i]);
    if (lines->bad) an_sip_fail(&parser, AN_ERR_MALFORMED);
    if (lines->over) parser.err = AN_ERR_LIMIT;
    take_body(&parser, lines, len);
    check_whole(&parser);
    if (parser.err == AN_OK && ret_parsed->method == AN_SIP_INVITE && !parser.is_response)
        ret_parsed->shape = shape_of(bytes, ret_parsed, &parser.shape);
    return parser.err;
}

/* Where the header ends near the end of the bytes: spans are offsets, so they hold for the copy as well. */
static __attribute__((noinline)) enum an_err parse_copy(const char *bytes, size_t len, const struct an_sip_lines *lines,
                                                        struct an_parsed *ret_parsed)
{
    char copy[AN_SIP_MESSAGE_MAX + BLOCK_BYTES];
    memcpy(copy, bytes, len);
    memset(copy + len, 0, BLOCK_BYTES);
    return parse_lines(copy, len, lines, ret_parsed);
}

static enum an_err parse(const char *bytes, size_t len, struct an_parsed *ret_parsed)
{
    init(ret_parsed);
    if (len > AN_SIP_MESSAGE_MAX) return AN_ERR_LIMIT;
    struct an_sip_lines lines;
    index_lines(bytes, len, &lines);
    if (lines.count == 0) return is_keep_alive(bytes, len) ? AN_ERR_END : AN_ERR_MALFORMED;
    bool room = len - lines.body >= BLOCK_BYTES;
    return (room ? parse_lines : parse_copy)(bytes, len, &lines, ret_parsed);
}

static void masks(const char *p, struct an_sip_masks *ret)
{
    struct block text = block_load(p);
    *ret = (struct an_sip_masks) { block_not_uri(&text), block_not_param(&text), block_host(&text), block_token(&text),
                                   block_equal(&text, '\n') };
}

#define LEVEL_NAMED(name) an_sip_level_##name
#define LEVEL_SYMBOL(name) LEVEL_NAMED(name)
#define LEVEL_TEXT(name) #name
#define LEVEL_STRING(name) LEVEL_TEXT(name)

const struct an_sip_level LEVEL_SYMBOL(AN_LEVEL_NAME) = { LEVEL_STRING(AN_LEVEL_NAME), parse, masks };

#endif
