#include "parse/uri.h"

#include "parse/sip_chars.h"

static struct an_span span_of(const char *base, const char *p, const char *end)
{
    return (struct an_span) { (uint16_t)(p - base), (uint16_t)(end - p) };
}

/* End of the host at p, NULL when there is none. */
static const char *host_end(const char *base, const char *p, const char *end)
{
    if (p < end && *p == '[') {
        const char *close = memchr(p, ']', (size_t)(end - p));
        if (close == NULL || close == p + 1) return NULL;
        for (const char *c = p + 1; c < close; c++)
            if (!an_ch_is(*c, AN_CH_HOST) && *c != ':') return NULL;
        return close + 1;
    }
    const char *stop = an_ch_span(base, p, end, AN_CH_HOST);
    return stop == p ? NULL : stop;
}

/* After the host: [":" port] [";" parameters] ["?" headers]. */
static bool tail_valid(const char *base, const char *p, const char *end)
{
    if (p < end && *p == ':') {
        unsigned port = 0;
        const char *digits = ++p;
        for (; p < end && an_ch_is(*p, AN_CH_DIGIT) && port <= 65535; p++) port = port * 10 + (unsigned)(*p - '0');
        if (p == digits || port > 65535) return false;
    }
    if (p == end) return true;
    if (*p != ';' && *p != '?') return false;
    return an_ch_span(base, p, end, AN_CH_URI) == end;
}

static enum an_err parse_sip(const char *base, const char *p, const char *end, struct an_identity *ret)
{
    const char *user = p, *user_end = p;
    const char *stop = an_ch_span(base, p, end, AN_CH_USER);
    const char *at = stop;
    if (stop < end && *stop != '@') at = memchr(stop, '@', (size_t)(end - stop));
    if (at != NULL && at < end) {
        user_end = stop; /* a '?' or a bracket is part of the user, a password or parameters are not */
        while (user_end < at && *user_end != ';' && *user_end != ':') user_end++;
        if (user_end == user || (stop < at && an_ch_span(base, stop, at, AN_CH_URI) != at)) return AN_ERR_MALFORMED;
        p = at + 1;
    }
    const char *host = p;
    p = host_end(base, p, end);
    if (p == NULL || !tail_valid(base, p, end)) return AN_ERR_MALFORMED;
    ret->user = span_of(base, user, user_end);
    ret->host = span_of(base, host, p);
    ret->present = true;
    ret->tel = false;
    return AN_OK;
}

static enum an_err parse_tel(const char *base, const char *p, const char *end, struct an_identity *ret)
{
    const char *stop = an_ch_span(base, p, end, AN_CH_USER);
    if (stop == p || (stop < end && *stop != ';')) return AN_ERR_MALFORMED;
    if (an_ch_span(base, stop, end, AN_CH_URI) != end) return AN_ERR_MALFORMED;
    ret->user = span_of(base, p, stop);
    ret->host = (struct an_span) { 0, 0 };
    ret->present = true;
    ret->tel = true;
    return AN_OK;
}

static enum an_err parse_other(const char *base, const char *p, const char *end, struct an_identity *ret)
{
    if (p == end || !((*p | 0x20) >= 'a' && (*p | 0x20) <= 'z')) return AN_ERR_MALFORMED;
    const char *colon = p;
    while (colon < end && (an_ch_is(*colon, AN_CH_HOST) || *colon == '+') && *colon != '_') colon++;
    if (colon == end || *colon != ':' || colon + 1 == end) return AN_ERR_MALFORMED;
    if (an_ch_span(base, colon, end, AN_CH_URI) != end) return AN_ERR_MALFORMED;
    ret->user = ret->host = (struct an_span) { 0, 0 };
    ret->present = true;
    ret->tel = false;
    return AN_OK;
}

enum an_err an_uri_parse(const char *base, const char *p, const char *end, struct an_identity *ret_identity)
{
    size_t len = (size_t)(end - p);
    if (len > 4 && p[3] == ':') {
        if (an_ch_same(p, "sip", 3)) return parse_sip(base, p + 4, end, ret_identity);
        if (an_ch_same(p, "tel", 3)) return parse_tel(base, p + 4, end, ret_identity);
    }
    if (len > 5 && p[4] == ':' && an_ch_same(p, "sips", 4)) return parse_sip(base, p + 5, end, ret_identity);
    if (len >= 4 && (an_ch_same(p, "sip:", 4) || an_ch_same(p, "tel:", 4))) return AN_ERR_MALFORMED;
    return parse_other(base, p, end, ret_identity);
}
