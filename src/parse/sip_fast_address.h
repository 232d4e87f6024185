/* The forms of addresses and parameters that nearly all messages have, by looking at 64 bytes at once. Layer: parse; a
 * template, see parse/sip_fast.h.
 *
 * Each function reads one form, such as <sip:+8613900139000@host;user=phone>, or says that it is none of it; then the
 * whole grammar of parse/sip_address.c and parse/sip_header.c is asked from the start of the value. What it does read,
 * it reads as they do. All need 64 readable bytes from any place of the value; the byte at its end is white space, CR
 * or LF, which belongs to no class, so that no search runs past it. */
#ifndef ANNING_PARSE_SIP_FAST_ADDRESS_H
#define ANNING_PARSE_SIP_FAST_ADDRESS_H

#include "parse/sip_block.h"
#include "parse/sip_header.h"

/* Behind ":" 1*5DIGIT at p, NULL when it is not that or more than max. */
AN_INLINE const char *port_fast(const char *p, unsigned max)
{
    const char *digits = ++p;
    unsigned port = 0;
    for (; an_is_digit(*p) && p - digits < 6; p++) port = port * 10 + (unsigned)(*p - '0');
    return p == digits || p - digits > 5 || port > max ? NULL : p;
}

/* sip:USER@HOST[:PORT][;PARAMETERS] at p, USER of host characters after a "+"; returns the first byte behind that no
 * URI can have, NULL when it has another form. */
static __attribute__((noinline)) const char *uri_fast(const char *base, const char *p, struct an_identity *ret)
{
    const uint32_t sip = 's' | 'i' << 8 | 'p' << 16 | (uint32_t)':' << 24;
    if ((an_load32(p) | 0x00202020) != sip) return NULL;
    struct block text = block_load(p);
    uint64_t not_uri = block_not_uri(&text);
    if (not_uri == 0) return NULL;
    uint64_t not_host = ~block_host(&text) & ~(uint64_t)(p[4] == '+' ? 0x1f : 0xf);
    unsigned at = lowest(not_host);
    if (p[at] != '@' || at == 4) return NULL;
    unsigned host_end = lowest(not_host & (not_host - 1));
    const char *stop = p + lowest(not_uri), *tail = p + host_end;
    if (*tail == ':' && (tail = port_fast(tail, 65535)) == NULL) return NULL;
    if (host_end == at + 1 || (tail != stop && *tail != ';' && *tail != '?')) return NULL;
    uint16_t offset = (uint16_t)(p - base);
    ret->display = (struct an_span) { 0, 0 };
    ret->user = (struct an_span) { (uint16_t)(offset + 4), (uint16_t)(at - 4) };
    ret->host = (struct an_span) { (uint16_t)(offset + at + 1), (uint16_t)(host_end - at - 1) };
    ret->present = true;
    ret->tel = false;
    return stop;
}

/* ["NAME" ] <URI> at p; returns what is behind, NULL when it has another form. */
AN_INLINE const char *address_fast(const char *base, const char *p, const char *end, struct an_identity *ret)
{
    struct an_span display = { 0, 0 };
    if (*p == '"') {
        struct block text = block_load(p + 1);
        uint64_t marks = block_equal(&text, '"') | block_equal(&text, '\\');
        if (marks == 0) return NULL;
        const char *close = p + 1 + lowest(marks);
        if (*close != '"' || close > end) return NULL;
        display = an_span_of(base, p + 1, close);
        p = close + 1 + (close[1] == ' ');
    }
    if (*p != '<') return NULL;
    p = uri_fast(base, p + 1, ret);
    if (p == NULL || *p != '>') return NULL;
    ret->display = display;
    return p + 1;
}

/* Where a run of parameters has bytes that are none of theirs, for the 64 bytes from base on. */
struct param_window {
    const char *base;
    uint64_t not_param;
};

AN_INLINE struct param_window param_window_at(const char *p)
{
    struct block text = block_load(p);
    return (struct param_window) { p, block_not_param(&text) };
}

/* ;NAME or ;NAME=VALUE at p, within the window or one that begins at p; returns the ";" or end behind it, NULL when it
 * has another form. */
AN_INLINE const char *param_fast(struct param_window *window, const char *p, const char *end, struct an_sip_param *ret)
{
    const char *name = p + 1;
    for (;; *window = param_window_at(p)) {
        uint64_t marks = window->not_param >> (p - window->base) >> 1;
        const char *stop = name + (marks == 0 ? 0 : lowest(marks));
        ret->name = name;
        ret->name_end = stop;
        ret->value = ret->value_end = NULL;
        if (marks != 0 && *stop == '=') {
            marks &= marks - 1;
            ret->value = stop + 1;
            ret->value_end = stop = name + (marks == 0 ? 0 : lowest(marks));
        }
        if (marks != 0) return ret->name_end == name || (stop != end && *stop != ';') ? NULL : stop;
        if (window->base == p) return NULL;
    }
}

/* From and To: the address, and a tag among the parameters. False: another form. */
AN_INLINE bool party_fast(const struct an_sip_parser *parser, const char *p, const char *end,
                          struct an_identity *ret_party, struct an_span *ret_tag)
{
    p = address_fast(parser->bytes, p, end, ret_party);
    if (p == NULL) return false;
    if (p == end) return true;
    if (*p != ';') return false;
    struct param_window window = param_window_at(p);
    while (p != end) {
        struct an_sip_param param;
        p = param_fast(&window, p, end, &param);
        if (p == NULL) return false;
        if (param.value != NULL && an_sip_param_is(&param, "tag", 3))
            *ret_tag = an_span_of(parser->bytes, param.value, param.value_end);
    }
    return true;
}

#endif
