/* Addresses and parameters in header values (RFC 3261 section 25.1: name-addr, addr-spec, generic-param). Layer: parse.
 *
 * Quoted display names with escapes, unquoted ones (any text before "<": UTF-8 without quotes is common in the
 * field), URIs with and without angle brackets, white space and folds wherever the grammar allows them. Cost:
 * O(length), one look at every byte. */
#ifndef ANNING_PARSE_SIP_ADDRESS_H
#define ANNING_PARSE_SIP_ADDRESS_H

#include "base/err.h"
#include "model/call.h"
#include "parse/sip_chars.h"

static inline struct an_span an_span_of(const char *base, const char *p, const char *end)
{
    return (struct an_span) { (uint16_t)(p - base), (uint16_t)(end - p) };
}

/* p points at a quote; returns what follows the closing one, NULL when it is missing. */
const char *an_sip_quoted_end(const char *p, const char *end);

/* Reads one address at p and leaves *ret_rest at what follows it: ";", "," or end, white space skipped.
 * AN_OK or AN_ERR_MALFORMED. ret_identity is filled whole. */
enum an_err an_sip_address(const char *base, const char *p, const char *end, struct an_identity *ret_identity,
                           const char **ret_rest);

/* One ";name[=value]". Spans as pointers; a quoted value is given without its quotes. */
struct an_sip_param {
    const char *name, *name_end, *value, *value_end; /* value NULL: no "=" */
};

/* *inout_p at ";": reads one parameter and moves on to the next ";", "," or end. AN_OK, AN_ERR_END when there is no ";"
 * (nothing read), AN_ERR_MALFORMED. */
enum an_err an_sip_param_next(const char *base, const char **inout_p, const char *end, struct an_sip_param *ret_param);

/* Is the parameter's name the text lower (any case)? */
static inline bool an_sip_param_is(const struct an_sip_param *param, const char *lower, size_t len)
{
    return (size_t)(param->name_end - param->name) == len && an_ch_same(param->name, lower, len);
}

/* End of the value that starts at p in a comma-separated list: the "," or end. Commas within quotes and angle brackets
 * do not count. */
const char *an_sip_value_end(const char *p, const char *end);

#endif
