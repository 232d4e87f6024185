/* The header fields the SIP parser reads, one function each. Layer: parse; used by parse/sip.c only. */
#ifndef ANNING_PARSE_SIP_HEADER_H
#define ANNING_PARSE_SIP_HEADER_H

#include "base/err.h"
#include "model/call.h"
#include "parse/shape.h"
#include "parse/sip_address.h"
#include "parse/sip_names.h"
#include "parse/uri.h"

/* The header before this one that counts for the shape. */
struct an_sip_last {
    const struct an_sip_name_entry *entry;
    uint64_t low, high; /* its name's spelling */
};

struct an_sip_parser {
    const char *bytes;     /* [borrow] */
    struct an_parsed *out; /* [borrow] */
    enum an_err err;       /* the first that was found; reading goes on, for the answer's sake */
    bool is_response, has_length;
    unsigned seen; /* bit of enum an_sip_name: that header came by */
    uint32_t content_length;
    struct an_span method; /* of a request */
    struct an_span cseq_method;
    struct an_identity history_last;
    struct an_sip_last last;
    struct an_shape_parts shape;
};

static inline void an_sip_fail(struct an_sip_parser *parser, enum an_err err)
{
    if (parser->err == AN_OK) parser->err = err;
}

/* The request or status line [p, end). AN_OK, AN_ERR_UNSUPPORTED (not SIP/2.0), AN_ERR_MALFORMED; parser->method has
 * length 0 and is_response is false when it cannot be a message at all. */
enum an_err an_sip_start_line(struct an_sip_parser *parser, const char *p, const char *end);

enum an_sip_method an_sip_method_of(const char *p, size_t len);

/* Is From anonymous by its own form: RFC 3323 section 4.1.1.3, and what 3GPP TS 24.229 writes for numbers that are not
 * available. */
bool an_sip_is_anonymous(const char *bytes, const struct an_identity *who);

/* name: AN_SIP_NAME_VIA to AN_SIP_NAME_IDENTITY. [p, end): the value, trimmed, perhaps with folds. */
void an_sip_header(struct an_sip_parser *parser, enum an_sip_name name, const char *p, const char *end);

#endif
