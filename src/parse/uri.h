/* SIP, SIPS and TEL URIs (RFC 3261 section 19.1, RFC 3966). Layer: parse.
 *
 * Splits without copying: user part without password and parameters (%-escapes kept as they are), host with its
 * brackets when it is an IPv6 reference. Any other scheme is taken as an opaque absolute URI: present, with neither
 * user nor host. Stricter than RFC 3986 where SIP is (no white space, no < > and no quotes), more liberal where the
 * field is (UTF-8 in the user part). Cost: O(length), about a cycle a byte. */
#ifndef ANNING_PARSE_URI_H
#define ANNING_PARSE_URI_H

#include "base/err.h"
#include "model/call.h"

/* [p, end): the whole URI, without angle brackets. Spans of ret_identity are relative to base, its display is left
 * alone. AN_OK or AN_ERR_MALFORMED (ret_identity untouched). */
enum an_err an_uri_parse(const char *base, const char *p, const char *end, struct an_identity *ret_identity);

#endif
