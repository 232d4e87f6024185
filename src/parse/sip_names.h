/* Header names the parser knows (RFC 3261 section 20 and the RFCs of the others), long and compact. Layer: parse.
 * A perfect hash of length, first and last letter, then one comparison: about 5 ns, whatever the name. */
#ifndef ANNING_PARSE_SIP_NAMES_H
#define ANNING_PARSE_SIP_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

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

/* A header's name as it stands in the message. */
struct an_sip_name_text {
    enum an_sip_name name;
    uint32_t len;       /* without white space before the colon */
    uint64_t low, high; /* its spelling, for the shape: the bytes themselves below 16, else both ends */
    const char *colon;
};

/* Reads the name of the header line [p, end); bytes up to limit (at least end) can be read. False: no colon. */
bool an_sip_name_read(const char *p, const char *end, const char *limit, struct an_sip_name_text *ret_text);

/* [p, p + len): a header's name, any case. */
enum an_sip_name an_sip_name_find(const char *p, size_t len);

#endif
