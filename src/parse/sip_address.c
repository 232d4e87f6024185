#include "parse/sip_address.h"

#include "parse/uri.h"

const char *an_sip_quoted_end(const char *p, const char *end)
{
    for (p++; p < end; p++) {
        if (*p == '"') return p + 1;
        if (*p == '\\' && ++p == end) break;
    }
    return NULL;
}

/* "<" URI ">" at p. */
static enum an_err bracketed(const char *base, const char *p, const char *end, struct an_identity *ret,
                             const char **ret_rest)
{
    const char *uri = p + 1;
    if (uri < end && an_ch_is(*uri, AN_CH_WS)) uri = an_ch_skip(uri, end); /* illegal, but harmless */
    const char *uri_end = an_ch_span(base, uri, end, AN_CH_URI);
    const char *close = an_ch_skip(uri_end, end);
    if (close == end || *close != '>') return AN_ERR_MALFORMED;
    enum an_err err = an_uri_parse(base, uri, uri_end, ret);
    if (err != AN_OK) return err;
    *ret_rest = an_ch_skip(close + 1, end);
    return AN_OK;
}

/* A URI without brackets: parameters after it are the header's (section 20.10). */
static enum an_err plain(const char *base, const char *p, const char *end, struct an_identity *ret,
                         const char **ret_rest)
{
    const char *stop = p;
    do { /* "=" is no end here */
        stop = an_ch_span(base, stop < end && *stop == '=' ? stop + 1 : stop, end, AN_CH_PARAM);
    } while (stop < end && *stop == '=');
    enum an_err err = an_uri_parse(base, p, stop, ret);
    if (err != AN_OK) return err;
    *ret_rest = an_ch_skip(stop, end);
    return AN_OK;
}

static enum an_err finish(enum an_err err, const char *rest, const char *end)
{
    if (err == AN_OK && rest < end && *rest != ';' && *rest != ',') return AN_ERR_MALFORMED;
    return err;
}

enum an_err an_sip_address(const char *base, const char *p, const char *end, struct an_identity *ret_identity,
                           const char **ret_rest)
{
    *ret_identity = (struct an_identity) { .present = false };
    *ret_rest = end;
    p = an_ch_skip(p, end);
    if (p == end) return AN_ERR_MALFORMED;
    enum an_err err;
    if (*p == '"') {
        const char *after = an_sip_quoted_end(p, end);
        if (after == NULL) return AN_ERR_MALFORMED;
        ret_identity->display = an_span_of(base, p + 1, after - 1);
        p = an_ch_skip(after, end);
        if (p == end || *p != '<') return AN_ERR_MALFORMED;
        err = bracketed(base, p, end, ret_identity, ret_rest);
        return finish(err, *ret_rest, end);
    }
    if (*p == '<') {
        err = bracketed(base, p, end, ret_identity, ret_rest);
        return finish(err, *ret_rest, end);
    }
    /* A display name without quotes, or a bare URI: the first of "<" and ":" tells. */
    const char *q = p;
    while (q < end && *q != '<' && *q != ':' && *q != '"') q++;
    if (q < end && *q == '<') {
        ret_identity->display = an_span_of(base, p, an_ch_trim(p, q));
        err = bracketed(base, q, end, ret_identity, ret_rest);
    } else {
        err = plain(base, p, end, ret_identity, ret_rest);
    }
    return finish(err, *ret_rest, end);
}

enum an_err an_sip_param_next(const char *base, const char **inout_p, const char *end, struct an_sip_param *ret_param)
{
    const char *p = *inout_p;
    if (p == end || *p != ';') return AN_ERR_END;
    p = an_ch_skip(p + 1, end);
    ret_param->name = p;
    p = an_ch_while(p, end, AN_CH_PARAM);
    ret_param->name_end = p;
    ret_param->value = ret_param->value_end = NULL;
    if (p == ret_param->name) return AN_ERR_MALFORMED;
    p = an_ch_skip(p, end);
    if (p < end && *p == '=') {
        p = an_ch_skip(p + 1, end);
        if (p < end && *p == '"') {
            const char *after = an_sip_quoted_end(p, end);
            if (after == NULL) return AN_ERR_MALFORMED;
            ret_param->value = p + 1;
            ret_param->value_end = after - 1;
            p = after;
        } else {
            ret_param->value = p;
            /* "=" and "?" are no token characters, but base64 and URIs are seen here */
            while ((p = an_ch_span(base, p, end, AN_CH_PARAM)) < end && (*p == '=' || *p == '?')) p++;
            ret_param->value_end = p;
        }
        p = an_ch_skip(p, end);
    }
    if (p < end && *p != ';' && *p != ',') return AN_ERR_MALFORMED;
    *inout_p = p;
    return AN_OK;
}

const char *an_sip_value_end(const char *p, const char *end)
{
    bool angle = false;
    while (p < end && (angle || *p != ',')) {
        if (*p == '"') {
            p = an_sip_quoted_end(p, end);
            if (p == NULL) return end;
            continue;
        }
        angle = *p == '<' || (angle && *p != '>');
        p++;
    }
    return p;
}
