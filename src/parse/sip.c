#include "parse/sip.h"

#include "parse/shape.h"
#include "parse/sip_header.h"
#include "parse/sip_lines.h"

static enum an_sip_method method_of(const char *p, size_t len)
{
    static const struct {
        char text[10];
        uint8_t len, method;
    } methods[] = {
        { "INVITE", 6, AN_SIP_INVITE },   { "ACK", 3, AN_SIP_ACK },         { "BYE", 3, AN_SIP_BYE },
        { "CANCEL", 6, AN_SIP_CANCEL },   { "OPTIONS", 7, AN_SIP_OPTIONS }, { "REGISTER", 8, AN_SIP_REGISTER },
        { "PRACK", 5, AN_SIP_PRACK },     { "UPDATE", 6, AN_SIP_UPDATE },   { "INFO", 4, AN_SIP_INFO },
        { "MESSAGE", 7, AN_SIP_MESSAGE }, { "NOTIFY", 6, AN_SIP_NOTIFY },   { "SUBSCRIBE", 9, AN_SIP_SUBSCRIBE },
        { "REFER", 5, AN_SIP_REFER },     { "PUBLISH", 7, AN_SIP_PUBLISH },
    };
    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++)
        if (methods[i].len == len && memcmp(methods[i].text, p, len) == 0) return (enum an_sip_method)methods[i].method;
    return AN_SIP_OTHER;
}

/* "SIP/" 1*DIGIT "." 1*DIGIT and nothing behind it. */
static enum an_err version_check(const char *p, const char *end)
{
    if (end - p == 7 && an_ch_same(p, "sip/", 4) && p[3] == '/' && memcmp(p + 4, "2.0", 3) == 0) return AN_OK;
    if (end - p < 7 || !an_ch_same(p, "sip", 3) || p[3] != '/') return AN_ERR_MALFORMED;
    const char *dot = an_ch_while(p + 4, end, AN_CH_DIGIT);
    if (dot == p + 4 || dot == end || *dot != '.' || dot + 1 == end) return AN_ERR_MALFORMED;
    return an_ch_while(dot + 1, end, AN_CH_DIGIT) == end ? AN_ERR_UNSUPPORTED : AN_ERR_MALFORMED;
}

/* "SIP/2.0 200 OK": the reason phrase may be empty. */
static enum an_err response_line(struct an_sip_parser *parser, const char *p, const char *end)
{
    const char *space = memchr(p, ' ', (size_t)(end - p));
    if (space == NULL) return AN_ERR_MALFORMED;
    enum an_err err = version_check(p, space);
    if (err == AN_ERR_MALFORMED) return err;
    p = space + 1;
    if (end - p < 3 || !an_is_digit(p[0]) || !an_is_digit(p[1]) || !an_is_digit(p[2])) return AN_ERR_MALFORMED;
    if (end - p > 3 && p[3] != ' ') return AN_ERR_MALFORMED;
    unsigned status = (unsigned)((p[0] - '0') * 100 + (p[1] - '0') * 10 + (p[2] - '0'));
    if (status < 100 || status > 699) return AN_ERR_MALFORMED;
    parser->out->status = (uint16_t)status;
    return err;
}

/* Method SP Request-URI SP SIP-Version, with single spaces (section 7.1). */
static enum an_err request_line(struct an_sip_parser *parser, const char *p, const char *end)
{
    const char *method_end = an_ch_while(p, end, AN_CH_TOKEN);
    if (method_end == p || method_end == end || *method_end != ' ') return AN_ERR_MALFORMED;
    parser->method = an_span_of(parser->bytes, p, method_end);
    parser->out->method = method_of(p, (size_t)(method_end - p));
    const char *uri = method_end + 1;
    parser->out->uri = an_span_of(parser->bytes, uri, end); /* all there is, should it be malformed */
    const char *uri_end = memchr(uri, ' ', (size_t)(end - uri));
    if (uri_end == NULL) return AN_ERR_MALFORMED;
    enum an_err version = version_check(uri_end + 1, end);
    if (version == AN_ERR_MALFORMED) return version;
    parser->out->uri = an_span_of(parser->bytes, uri, uri_end);
    enum an_err err = an_uri_parse(parser->bytes, uri, uri_end, &parser->out->called);
    return err != AN_OK ? err : version;
}

static enum an_err start_line(struct an_sip_parser *parser, const char *p, const char *end)
{
    parser->is_response = end - p >= 4 && an_ch_same(p, "sip", 3) && p[3] == '/';
    return parser->is_response ? response_line(parser, p, end) : request_line(parser, p, end);
}

/* The header's part in the shape. */
static inline void shape_header(struct an_sip_parser *parser, const struct an_sip_name_text *text, const char *p,
                                const char *end)
{
    const unsigned apart = 1u << AN_SIP_NAME_ROUTE | 1u << AN_SIP_NAME_RECORD_ROUTE | 1u << AN_SIP_NAME_AUTHORIZATION |
                           1u << AN_SIP_NAME_PROXY_AUTHORIZATION | 1u << AN_SIP_NAME_DIVERSION |
                           1u << AN_SIP_NAME_HISTORY | 1u << AN_SIP_NAME_PRIVACY | 1u << AN_SIP_NAME_IDENTITY;
    struct an_sip_last *last = &parser->last;
    if ((apart >> text->name & 1) != 0) return;
    bool whole = text->name >= AN_SIP_NAME_ALLOW || text->name == AN_SIP_NAME_USER_AGENT;
    bool again = text->name == last->name && text->low == last->low && text->high == last->high;
    *last = (struct an_sip_last) { text->name, text->low, text->high };
    if (again && !whole) return;
    uint64_t names = an_shape_fold(parser->shape.names ^ text->low, text->high ^ (uint64_t)text->len << 56);
    parser->shape.names = whole ? an_shape_bytes(names, p, (size_t)(end - p)) : names;
}

static void header_line(struct an_sip_parser *parser, const char *p, const char *end, const char *limit)
{
    const unsigned single = 1u << AN_SIP_NAME_FROM | 1u << AN_SIP_NAME_TO | 1u << AN_SIP_NAME_CALL_ID |
                            1u << AN_SIP_NAME_CSEQ | 1u << AN_SIP_NAME_MAX_FORWARDS | 1u << AN_SIP_NAME_CONTENT_LENGTH;
    struct an_sip_name_text text;
    if (!an_sip_name_read(p, end, limit, &text)) {
        an_sip_fail(parser, AN_ERR_MALFORMED);
        return;
    }
    const char *value = an_ch_skip(text.colon + 1, end);
    end = an_ch_trim(value, end);
    shape_header(parser, &text, value, end);
    if (text.name == AN_SIP_NAME_OTHER) {
        if (text.len == 0 || an_ch_while(p, p + text.len, AN_CH_TOKEN) != p + text.len)
            an_sip_fail(parser, AN_ERR_MALFORMED);
        return;
    }
    bool twice = (parser->seen & single) >> text.name & 1;
    parser->seen |= 1u << text.name;
    if (twice)
        an_sip_fail(parser, AN_ERR_MALFORMED);
    else if (text.name <= AN_SIP_NAME_IDENTITY)
        an_sip_header(parser, text.name, value, end);
}

/* Nothing but CR, LF and NUL: somebody keeps a pinhole open. */
static bool is_keep_alive(const char *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (bytes[i] != '\r' && bytes[i] != '\n' && bytes[i] != 0) return false;
    return true;
}

/* Everything but vias and identity, which are large and have counts. */
static void init(struct an_parsed *parsed)
{
    memset(parsed, 0, offsetof(struct an_parsed, vias));
    size_t after = offsetof(struct an_parsed, rport);
    memset((char *)parsed + after, 0, offsetof(struct an_parsed, identity) - after);
    after = offsetof(struct an_parsed, given_time_us);
    memset((char *)parsed + after, 0, sizeof *parsed - after);
    parsed->max_forwards = 255;
    parsed->given_kind = AN_OBS_ATTEMPT;
}

/* Section 18.3: what Content-Length says against what is there. */
static void take_body(struct an_sip_parser *parser, const struct an_sip_lines *lines, size_t len)
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

static void check_whole(struct an_sip_parser *parser)
{
    const unsigned needed = 1u << AN_SIP_NAME_VIA | 1u << AN_SIP_NAME_FROM | 1u << AN_SIP_NAME_TO |
                            1u << AN_SIP_NAME_CALL_ID | 1u << AN_SIP_NAME_CSEQ;
    if ((parser->seen & needed) != needed) an_sip_fail(parser, AN_ERR_MALFORMED);
    struct an_slice asked = an_span_slice(parser->bytes, parser->method);
    struct an_slice counted = an_span_slice(parser->bytes, parser->cseq_method);
    if (parser->is_response)
        parser->out->method = method_of(counted.at, counted.len);
    else if (!an_slice_equal(asked, counted))
        an_sip_fail(parser, AN_ERR_MALFORMED);
}

enum an_err an_sip_parse(const char *bytes, size_t len, struct an_parsed *ret_parsed)
{
    init(ret_parsed);
    if (len > AN_SIP_MESSAGE_MAX) return AN_ERR_LIMIT;
    struct an_sip_lines lines;
    an_sip_lines_index(bytes, len, &lines);
    if (lines.count == 0) return is_keep_alive(bytes, len) ? AN_ERR_END : AN_ERR_MALFORMED;

    struct an_sip_parser parser = { .bytes = bytes, .out = ret_parsed, .err = AN_OK };
    an_sip_fail(&parser, start_line(&parser, bytes + lines.start[0], bytes + lines.end[0]));
    if (parser.method.len == 0 && !parser.is_response) return AN_ERR_MALFORMED;
    ret_parsed->header_count = (uint16_t)(lines.count - 1);
    for (uint32_t i = 1; i < lines.count; i++)
        header_line(&parser, bytes + lines.start[i], bytes + lines.end[i], bytes + len);
    if (lines.bad) an_sip_fail(&parser, AN_ERR_MALFORMED);
    if (lines.over) parser.err = AN_ERR_LIMIT;
    take_body(&parser, &lines, len);
    check_whole(&parser);
    if (parser.err == AN_OK && ret_parsed->method == AN_SIP_INVITE && !parser.is_response)
        ret_parsed->shape = an_shape_of(bytes, ret_parsed, &parser.shape);
    return parser.err;
}

bool an_sip_answerable(const struct an_parsed *parsed)
{
    return parsed->uri.len > 0 && parsed->status == 0 && parsed->method != AN_SIP_ACK && parsed->via_count > 0 &&
           parsed->from_line.len > 0 && parsed->to_line.len > 0 && parsed->call_id.len > 0 && parsed->cseq_line.len > 0;
}
