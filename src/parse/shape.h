/* The shape of an INVITE: a hash of what identifies the dialler's build and not the call. Layer: parse. Made in
 * parse/sip_fast_shape.h; here is what it is, and what does not depend on the instruction set.
 *
 * Many numbers, one machine: a dialler that shows a new number on every call still builds every INVITE with the same
 * code. What goes in, and why:
 *
 * - header names, in order, as spelled: order, letter case and compact forms are the stack's own; repeated ones count
 *   once, so that a header split over two lines is the same build
 * - Allow, Supported, Require, Allow-Events, Accept, Session-Expires, Min-SE, Expires, Content-Type (without
 *   parameters), User-Agent, whole values: what the build is able to do, and its settings
 * - Via, the lowest (the dialler's own): transport, whether host is IPv4, IPv6 or a name, whether a port is given,
 *   names of the parameters in order, form of the branch behind its magic cookie
 * - Call-ID, From tag: form, that is alphabet, number of dashes and dots, length class, "@" and kind of host
 * - CSeq: 1-99, 100-999, or more; stacks begin at 1, at 101, or anywhere
 * - From, Contact: names of URI and header parameters; whether Contact is bracketed
 * - SDP: types of the lines in order, "o=" user, "s=", media and formats of "m=", "b=", names of attributes; values of
 *   rtpmap, fmtp, ptime and maxptime; IP4 or IP6
 *
 * What does not: numbers, names, addresses, ports, random values (they belong to the call or to the site);
 * Max-Forwards' value, the Vias above the lowest, Record-Route, Route (the way); Diversion, History-Info, Privacy and
 * the two Authorization headers (one call has them, the next has not); display names; Date; Identity (signed by the
 * network); the Request-URI and To (set by whoever is called).
 *
 * Form of a random value: the smallest alphabet that holds it (digits, hex, letters and digits of one case, or of
 * both); 8, 16 or 32 digits count as hex without letters. Length is rounded to steps of 8 with the usual lengths in the
 * middle of a step. Values of mixed letters (base64 and the like) have no dashes and dots counted, since there they are
 * random too. A value of a varying alphabet or length at a step's border falls into two shapes at worst now and then;
 * whoever counts by shape must bear that.
 *
 * The same value on every machine (64-bit multiplications over little-endian loads, folded as in wyhash; no seed, no
 * secret: whoever builds INVITEs to meet another's shape can simply build them the same way). Changing anything here
 * changes every shape: raise AN_SHAPE_VERSION. Cost: about 1,900 instructions for an INVITE with SDP of 14 lines, 1,200
 * of them for the SDP. */
#ifndef ANNING_PARSE_SHAPE_H
#define ANNING_PARSE_SHAPE_H

#include "base/hash.h"
#include "model/call.h"
#include "parse/sip_chars.h"

enum { AN_SHAPE_VERSION = 1 };

static inline uint64_t an_shape_fold(uint64_t a, uint64_t b)
{
    an_u128 product = (an_u128)(a ^ 0xa0761d6478bd642full) * (b ^ 0xe7037ed1a0b428dbull);
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* Adds up to 16 bytes: within [p, p + len) only, and each length reads in its own way. */
static inline uint64_t an_shape_short(uint64_t state, const char *p, size_t len)
{
    uint64_t low = 0, high = 0;
    if (len >= 8) {
        low = an_load64(p);
        high = an_load64(p + len - 8);
    } else if (len >= 4) {
        low = an_load32(p);
        high = an_load32(p + len - 4);
    } else if (len > 0) {
        low = (uint64_t)(uint8_t)p[0] | (uint64_t)(uint8_t)p[len / 2] << 8 | (uint64_t)(uint8_t)p[len - 1] << 16;
    }
    return an_shape_fold(state ^ low, high ^ ((uint64_t)len << 56));
}

/* Adds bytes of any length: blocks of 16, the last one overlapping the one before. */
static inline uint64_t an_shape_bytes(uint64_t state, const char *p, size_t len)
{
    if (len <= 16) return an_shape_short(state, p, len);
    const char *last = p + len - 16;
    for (; p < last; p += 16) state = an_shape_fold(state ^ an_load64(p), an_load64(p + 8));
    return an_shape_fold(state ^ an_load64(last), an_load64(last + 8) ^ ((uint64_t)len << 56));
}

/* The form of a random value, in 32 bits. */
uint64_t an_shape_form(const char *p, size_t len);
/* 1 IPv4, 2 IPv6, 3 a name, 0 none. */
uint64_t an_shape_host_kind(const char *p, const char *end);
/* Adds the form of a branch, of a host: see above. */
uint64_t an_shape_branch(uint64_t state, const char *p, size_t len);
uint64_t an_shape_host(uint64_t state, const char *p, const char *end, bool port);
/* Adds the names of the parameters from p on; those of URI and header alike. */
uint64_t an_shape_params(uint64_t state, const char *p, const char *end);

/* What is known at the end of the header. */
struct an_shape_parts {
    uint64_t names;         /* header names and whole values, folded in order of appearance */
    uint64_t via;           /* form of the last Via read, so of the lowest at the end */
    struct an_span contact; /* value of the first Contact */
    bool sdp;               /* the body is application/sdp */
};

#endif
