#include "parse/sip_header.h"

/* Not inlined into an_sip_header, which then is a jump and saves no registers for the header fields that need none. */
#define OWN_FRAME __attribute__((noinline))

static struct an_span span_of(const struct an_sip_parser *parser, const char *p, const char *end)
{
    return an_span_of(parser->bytes, p, end);
}

/* protocol "/" version "/" transport at p, white space anywhere; NULL when malformed. */
static const char *via_protocol(const char *p, const char *end)
{
    if (end - p >= 8 && memcmp(p, "SIP/2.0/", 8) == 0) {
        const char *transport = p + 8;
        p = an_ch_while(transport, end, AN_CH_TOKEN);
        if (p > transport) return p;
        p = an_ch_skip(transport, end);
        transport = p;
        p = an_ch_while(p, end, AN_CH_TOKEN);
        return p == transport ? NULL : p;
    }
    for (unsigned part = 0; part < 3; part++) {
        const char *token = p;
        p = an_ch_while(p, end, AN_CH_TOKEN);
        if (p == token) return NULL;
        if (part == 2) break;
        p = an_ch_skip(p, end);
        if (p == end || *p != '/') return NULL;
        p = an_ch_skip(p + 1, end);
    }
    return p;
}

/* host [":" port] at p; NULL when malformed, else the ";" "," or end behind it. */
static const char *via_sent_by(struct an_sip_parser *parser, const char *p, const char *end)
{
    const char *host = p, *host_end;
    bool port = false;
    if (p < end && *p == '[') {
        p = memchr(p, ']', (size_t)(end - p));
        if (p == NULL) return NULL;
        p++;
    } else {
        p = an_ch_span(parser->bytes, p, end, AN_CH_HOST);
    }
    host_end = p;
    if (p == host) return NULL;
    p = an_ch_skip(p, end);
    if (p < end && *p == ':') {
        const char *digits = an_ch_skip(p + 1, end);
        p = an_ch_while(digits, end, AN_CH_DIGIT);
        if (p == digits || p - digits > 5) return NULL;
        p = an_ch_skip(p, end);
        port = true;
    }
    parser->shape.via = an_shape_host(parser->shape.via, host, host_end, port);
    return p;
}

/* What the parser and the shape want to know of a parameter of Via. */
static void via_param(struct an_sip_parser *parser, const struct an_sip_param *param)
{
    struct an_parsed *out = parser->out;
    bool top = out->via_count == 0, has_value = param->value != NULL;
    if (an_sip_param_is(param, "branch", 6) && has_value) {
        size_t len = (size_t)(param->value_end - param->value);
        if (top) out->branch = span_of(parser, param->value, param->value_end);
        parser->shape.via = an_shape_branch(parser->shape.via, param->value, len);
    } else if (an_sip_param_is(param, "rport", 5)) {
        if (top) out->rport = !has_value;
    } else if (an_sip_param_is(param, "received", 8)) {
        return; /* put in by the next hop: no part of the shape */
    }
    parser->shape.via = an_shape_bytes(parser->shape.via, param->name, (size_t)(param->name_end - param->name));
}

/* One Via value at p; NULL when malformed, else the "," or end behind it. */
static const char *via_value(struct an_sip_parser *parser, const char *p, const char *end)
{
    struct an_parsed *out = parser->out;
    const char *start = p;
    p = via_protocol(p, end);
    if (p == NULL) return NULL;
    parser->shape.via = an_shape_bytes(0, start, (size_t)(p - start));
    const char *host = an_ch_skip(p, end);
    if (host == p) return NULL;
    p = via_sent_by(parser, host, end);
    if (p == NULL || (p < end && *p != ';' && *p != ',')) return NULL;
    struct an_sip_param param;
    enum an_err err;
    while ((err = an_sip_param_next(parser->bytes, &p, end, &param)) == AN_OK) via_param(parser, &param);
    if (err == AN_ERR_MALFORMED) return NULL;
    if (out->via_count == AN_SIP_VIAS_MAX)
        an_sip_fail(parser, AN_ERR_LIMIT);
    else
        out->vias[out->via_count++] = span_of(parser, start, an_ch_trim(start, p));
    return p;
}

static OWN_FRAME void via(struct an_sip_parser *parser, const char *p, const char *end)
{
    struct an_parsed *out = parser->out;
    for (;;) {
        const char *next = via_value(parser, p, end);
        if (next == NULL) {
            /* Malformed: the answer still has to carry it as it came. */
            an_sip_fail(parser, AN_ERR_MALFORMED);
            if (end > p && out->via_count < AN_SIP_VIAS_MAX) out->vias[out->via_count++] = span_of(parser, p, end);
            return;
        }
        if (next == end) return;
        p = an_ch_skip(next + 1, end);
    }
}

/* From and To: the address, and a tag among the parameters. */
static OWN_FRAME void party(struct an_sip_parser *parser, const char *p, const char *end, struct an_identity *ret_party,
                            struct an_span *ret_tag)
{
    const char *rest;
    enum an_err err = an_sip_address(parser->bytes, p, end, ret_party, &rest);
    struct an_sip_param param;
    while (err == AN_OK) {
        err = an_sip_param_next(parser->bytes, &rest, end, &param);
        if (err == AN_OK && param.value != NULL && an_sip_param_is(&param, "tag", 3))
            *ret_tag = span_of(parser, param.value, param.value_end);
    }
    if (err != AN_ERR_END || rest != end) {
        *ret_party = (struct an_identity) { .present = false };
        an_sip_fail(parser, AN_ERR_MALFORMED);
    }
}

static bool span_same(const char *bytes, struct an_span span, const char *lower, size_t len)
{
    return span.len == len && an_ch_same(bytes + span.at, lower, len);
}

bool an_sip_is_anonymous(const char *bytes, const struct an_identity *who)
{
    struct an_span host = who->host;
    if (host.len > 8 && an_ch_same(bytes + host.at + host.len - 8, ".invalid", 8)) return true;
    return span_same(bytes, who->user, "anonymous", 9) || span_same(bytes, who->display, "anonymous", 9);
}

static OWN_FRAME void from(struct an_sip_parser *parser, const char *p, const char *end)
{
    struct an_parsed *out = parser->out;
    out->from_line = span_of(parser, p, end);
    party(parser, p, end, &out->from, &out->from_tag);
    out->anonymous = an_sip_is_anonymous(parser->bytes, &out->from);
}

static OWN_FRAME void call_id(struct an_sip_parser *parser, const char *p, const char *end)
{
    /* Any "word" of section 25.1, so quotes and angle brackets too, but no white space. */
    parser->out->call_id = span_of(parser, p, end);
    while ((p = an_ch_span(parser->bytes, p, end, AN_CH_URI)) < end && !an_ch_is(*p, AN_CH_WS)) p++;
    if (p < end || parser->out->call_id.len == 0) an_sip_fail(parser, AN_ERR_MALFORMED);
}

/* 1*DIGIT up to max at *inout_p; leading zeros are fine. */
static enum an_err number(const char **inout_p, const char *end, uint64_t max, uint64_t *ret_value)
{
    const char *p = *inout_p;
    uint64_t value = 0;
    for (; p < end && an_is_digit(*p); p++) {
        value = value * 10 + (uint64_t)(*p - '0');
        if (value > max) return AN_ERR_MALFORMED;
    }
    if (p == *inout_p) return AN_ERR_MALFORMED;
    *inout_p = p;
    *ret_value = value;
    return AN_OK;
}

static OWN_FRAME void cseq(struct an_sip_parser *parser, const char *p, const char *end)
{
    uint64_t value;
    parser->out->cseq_line = span_of(parser, p, end);
    if (number(&p, end, UINT32_MAX, &value) != AN_OK) {
        an_sip_fail(parser, AN_ERR_MALFORMED);
        return;
    }
    const char *method = an_ch_skip(p, end);
    if (method == p || method == end || an_ch_while(method, end, AN_CH_TOKEN) != end) {
        an_sip_fail(parser, AN_ERR_MALFORMED);
        return;
    }
    parser->out->cseq = (uint32_t)value;
    parser->cseq_method = span_of(parser, method, end);
}

/* 255 in struct an_parsed means absent; 254 is as good as 255 hops. */
static OWN_FRAME void max_forwards(struct an_sip_parser *parser, const char *p, const char *end)
{
    uint64_t value;
    if (number(&p, end, 255, &value) != AN_OK || p != end)
        an_sip_fail(parser, AN_ERR_MALFORMED);
    else
        parser->out->max_forwards = (uint8_t)(value > 254 ? 254 : value);
}

static OWN_FRAME void content_length(struct an_sip_parser *parser, const char *p, const char *end)
{
    uint64_t value;
    if (number(&p, end, UINT32_MAX, &value) != AN_OK || p != end) {
        an_sip_fail(parser, AN_ERR_MALFORMED);
        return;
    }
    parser->content_length = (uint32_t)value;
    parser->has_length = true;
}

static OWN_FRAME void content_type(struct an_sip_parser *parser, const char *p, const char *end)
{
    const char *stop = p;
    while (stop < end && *stop != ';') stop++;
    stop = an_ch_trim(p, stop);
    parser->shape.sdp = stop - p == 15 && an_ch_same(p, "application/sdp", 15) && p[11] == '/';
    parser->shape.names = an_shape_bytes(parser->shape.names, p, (size_t)(stop - p));
}

/* P-Asserted-Identity: one or two values, told apart by their scheme. A malformed one is as good as none. */
static OWN_FRAME void asserted(struct an_sip_parser *parser, const char *p, const char *end)
{
    struct an_parsed *out = parser->out;
    while (p < end) {
        struct an_identity who;
        const char *rest;
        if (an_sip_address(parser->bytes, p, end, &who, &rest) != AN_OK) return;
        struct an_identity *into = who.tel ? &out->asserted_tel : &out->asserted;
        if (!into->present) *into = who;
        rest = an_sip_value_end(rest, end);
        p = rest < end ? an_ch_skip(rest + 1, end) : end;
    }
}

/* The first value; the topmost header wins. */
static OWN_FRAME void first_address(struct an_sip_parser *parser, const char *p, const char *end,
                                    struct an_identity *into)
{
    struct an_identity who;
    const char *rest;
    if (!into->present && an_sip_address(parser->bytes, p, end, &who, &rest) == AN_OK) *into = who;
}

/* Remote-Party-ID: party=called speaks of the other side. */
static OWN_FRAME void remote_party(struct an_sip_parser *parser, const char *p, const char *end)
{
    while (p < end && !parser->out->remote_party.present) {
        struct an_identity who;
        const char *rest;
        if (an_sip_address(parser->bytes, p, end, &who, &rest) != AN_OK) return;
        struct an_sip_param param;
        bool called = false;
        while (an_sip_param_next(parser->bytes, &rest, end, &param) == AN_OK)
            if (an_sip_param_is(&param, "party", 5) && param.value != NULL)
                called = param.value_end - param.value == 6 && an_ch_same(param.value, "called", 6);
        if (!called) parser->out->remote_party = who;
        rest = an_sip_value_end(rest, end);
        p = rest < end ? an_ch_skip(rest + 1, end) : end;
    }
}

/* History-Info: the last entry is where the call goes now, the one before is who sent it there. */
static OWN_FRAME void history(struct an_sip_parser *parser, const char *p, const char *end)
{
    while (p < end) {
        struct an_identity who;
        const char *rest;
        if (an_sip_address(parser->bytes, p, end, &who, &rest) != AN_OK) return;
        parser->out->history = parser->history_last;
        parser->history_last = who;
        rest = an_sip_value_end(rest, end);
        p = rest < end ? an_ch_skip(rest + 1, end) : end;
    }
}

static OWN_FRAME void privacy(struct an_sip_parser *parser, const char *p, const char *end)
{
    static const struct {
        char text[8];
        uint8_t len, bit;
    } tokens[] = { { "id", 2, AN_PRIVACY_ID },
                   { "header", 6, AN_PRIVACY_HEADER },
                   { "user", 4, AN_PRIVACY_USER },
                   { "none", 4, AN_PRIVACY_NONE } };
    while (p < end) {
        const char *token = p;
        p = an_ch_while(p, end, AN_CH_TOKEN);
        for (size_t i = 0; i < sizeof tokens / sizeof tokens[0]; i++)
            if (tokens[i].len == p - token && an_ch_same(token, tokens[i].text, tokens[i].len))
                parser->out->privacy |= tokens[i].bit;
        while (p < end && !an_ch_is(*p, AN_CH_TOKEN)) p++;
    }
}

/* RFC 8224: header "." payload "." signature, then parameters; in the compact form the first two are empty. What does
 * not look so (RFC 4474's quoted signature) is not kept. */
static OWN_FRAME void identity(struct an_sip_parser *parser, const char *p, const char *end)
{
    if (parser->out->identity_count == AN_SIP_IDENTITIES_MAX) return;
    struct an_passport_text text = { .header = { 0, 0 } };
    const char *rest = memchr(p, ';', (size_t)(end - p));
    rest = rest == NULL ? end : rest;
    const char *stop = an_ch_trim(p, rest);
    const char *dot = memchr(p, '.', (size_t)(stop - p));
    const char *dot2 = dot == NULL ? NULL : memchr(dot + 1, '.', (size_t)(stop - dot - 1));
    if (dot2 == NULL || dot2 + 1 == stop || *p == '"' || memchr(dot2 + 1, '.', (size_t)(stop - dot2 - 1)) != NULL)
        return;
    text.header = span_of(parser, p, dot);
    text.payload = span_of(parser, dot + 1, dot2);
    text.signature = span_of(parser, dot2 + 1, stop);
    struct an_sip_param param;
    enum an_err err = AN_OK;
    while (rest < end) {
        const char *at = an_ch_skip(rest + 1, end);
        /* info=<URI>: its angle brackets are no parameter's characters */
        if (end - at > 6 && an_ch_same(at, "info=<", 5) && at[5] == '<') {
            const char *close = memchr(at, '>', (size_t)(end - at));
            if (close == NULL) return;
            text.info = span_of(parser, at + 6, close);
            rest = an_ch_skip(close + 1, end);
            if (rest < end && *rest != ';') return;
            continue;
        }
        err = an_sip_param_next(parser->bytes, &rest, end, &param);
        if (err != AN_OK || (rest < end && *rest != ';')) return;
        if (param.value == NULL) continue;
        if (an_sip_param_is(&param, "alg", 3)) text.alg = span_of(parser, param.value, param.value_end);
        if (an_sip_param_is(&param, "ppt", 3)) text.ppt = span_of(parser, param.value, param.value_end);
    }
    parser->out->identity[parser->out->identity_count++] = text;
}

void an_sip_header(struct an_sip_parser *parser, enum an_sip_name name, const char *p, const char *end)
{
    struct an_parsed *out = parser->out;
    switch (name) {
    case AN_SIP_NAME_VIA: via(parser, p, end); break;
    case AN_SIP_NAME_FROM: from(parser, p, end); break;
    case AN_SIP_NAME_TO:
        out->to_line = span_of(parser, p, end);
        party(parser, p, end, &out->to, &out->to_tag);
        break;
    case AN_SIP_NAME_CALL_ID: call_id(parser, p, end); break;
    case AN_SIP_NAME_CSEQ: cseq(parser, p, end); break;
    case AN_SIP_NAME_MAX_FORWARDS: max_forwards(parser, p, end); break;
    case AN_SIP_NAME_CONTENT_LENGTH: content_length(parser, p, end); break;
    case AN_SIP_NAME_CONTENT_TYPE: content_type(parser, p, end); break;
    case AN_SIP_NAME_CONTACT:
        if (parser->shape.contact.len == 0) parser->shape.contact = span_of(parser, p, end);
        break;
    case AN_SIP_NAME_USER_AGENT: out->user_agent = span_of(parser, p, end); break;
    case AN_SIP_NAME_SERVER:
        if (parser->is_response) out->user_agent = span_of(parser, p, end);
        break;
    case AN_SIP_NAME_ASSERTED: asserted(parser, p, end); break;
    case AN_SIP_NAME_REMOTE_PARTY: remote_party(parser, p, end); break;
    case AN_SIP_NAME_DIVERSION: first_address(parser, p, end, &out->diversion); break;
    case AN_SIP_NAME_HISTORY: history(parser, p, end); break;
    case AN_SIP_NAME_PRIVACY: privacy(parser, p, end); break;
    case AN_SIP_NAME_IDENTITY: identity(parser, p, end); break;
    default: break;
    }
}
