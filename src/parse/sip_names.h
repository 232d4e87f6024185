/* Header names the parser knows (RFC 3261 section 20 and the RFCs of the others), long and compact. Layer: parse.
 * A perfect hash of the first 16 letters, then one comparison. */
#ifndef ANNING_PARSE_SIP_NAMES_H
#define ANNING_PARSE_SIP_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "parse/sip_chars.h"

enum an_sip_name {
    AN_SIP_NAME_OTHER,
    /* those the parser reads */
    AN_SIP_NAME_VIA,
    AN_SIP_NAME_FROM,
    AN_SIP_NAME_TO,
    AN_SIP_NAME_CALL_ID,
    AN_SIP_NAME_CSEQ,
    AN_SIP_NAME_MAX_FORWARDS,
    AN_SIP_NAME_CONTENT_LENGTH,
    AN_SIP_NAME_CONTENT_TYPE,
    AN_SIP_NAME_CONTACT,
    AN_SIP_NAME_USER_AGENT,
    AN_SIP_NAME_SERVER,
    AN_SIP_NAME_ASSERTED,
    AN_SIP_NAME_REMOTE_PARTY,
    AN_SIP_NAME_DIVERSION,
    AN_SIP_NAME_HISTORY,
    AN_SIP_NAME_PRIVACY,
    AN_SIP_NAME_IDENTITY,
    /* those that only tell of the way or of one attempt: not part of the shape */
    AN_SIP_NAME_ROUTE,
    AN_SIP_NAME_RECORD_ROUTE,
    AN_SIP_NAME_AUTHORIZATION,
    AN_SIP_NAME_PROXY_AUTHORIZATION,
    /* those whose whole value is part of the shape (AN_SIP_NAME_ALLOW and above) */
    AN_SIP_NAME_ALLOW,
    AN_SIP_NAME_SUPPORTED,
    AN_SIP_NAME_REQUIRE,
    AN_SIP_NAME_ALLOW_EVENTS,
    AN_SIP_NAME_ACCEPT,
    AN_SIP_NAME_SESSION_EXPIRES,
    AN_SIP_NAME_MIN_SE,
    AN_SIP_NAME_EXPIRES,
    AN_SIP_NAME_COUNT
};

/* What becomes of a header of that name. */
enum an_sip_name_flag {
    AN_SIP_NAME_SINGLE = 1, /* twice is malformed */
    AN_SIP_NAME_APART = 2,  /* no part of the shape */
    AN_SIP_NAME_WHOLE = 4,  /* its value is part of the shape */
};

struct an_sip_name_entry {
    char text[29]; /* small letters, then zeros; with the rest 32 bytes, so that an index is a shift */
    uint8_t len, name, flags;
};

extern const struct an_sip_name_entry an_sip_name_entries[128];
extern const struct an_sip_name_entry an_sip_name_other; /* any unknown name */

/* Place in the table of a name whose first 16 bytes, with 0x20 set in each, are these words. */
static inline unsigned an_sip_name_key(uint64_t low, uint64_t high)
{
    return (unsigned)((low ^ high) * 0x149c9db1226532e5ull >> 57);
}

/* A header's name as it stands in the message. */
struct an_sip_name_text {
    const struct an_sip_name_entry *entry; /* never NULL; its name is AN_SIP_NAME_OTHER when unknown */
    uint32_t len;                          /* without white space before the colon */
    uint64_t low, high; /* its spelling, for the shape: the bytes themselves below 16, else both ends */
    const char *colon;
};

/* The end's part in the spelling of a name of 16 bytes or more. */
static inline uint64_t an_sip_name_end(const char *p, size_t len)
{
    return an_load64(p + len - 8) * 0x9e3779b97f4a7c15ull;
}

/* Reads the name of the header line [p, end), with white space before the colon or not. False: no colon. */
bool an_sip_name_read(const char *p, const char *end, struct an_sip_name_text *ret_text);

/* [p, p + len): a header's name, any case. Never NULL. */
const struct an_sip_name_entry *an_sip_name_find(const char *p, size_t len);

#endif
