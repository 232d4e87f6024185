/* The first line of a message (RFC 3261 section 7). Layer: parse. */
#include "parse/sip_header.h"

enum an_sip_method an_sip_method_of(const char *p, size_t len)
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
    parser->out->method = an_sip_method_of(p, (size_t)(method_end - p));
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

enum an_err an_sip_start_line(struct an_sip_parser *parser, const char *p, const char *end)
{
    parser->is_response = end - p >= 4 && an_ch_same(p, "sip", 3) && p[3] == '/';
    return parser->is_response ? response_line(parser, p, end) : request_line(parser, p, end);
}
