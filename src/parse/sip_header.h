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
    enum an_sip_name name;
    uint64_t low, high;
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

/* name: AN_SIP_NAME_VIA to AN_SIP_NAME_IDENTITY. [p, end): the value, trimmed, perhaps with folds. */
void an_sip_header(struct an_sip_parser *parser, enum an_sip_name name, const char *p, const char *end);

#endif
