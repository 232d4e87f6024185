/* Helpers of the SIP parser's tests. */
#ifndef TESTS_UNIT_SIP_HELP_H
#define TESTS_UNIT_SIP_HELP_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "parse/sip.h"

/* A copy on the heap of exactly len bytes, so that the address sanitizer sees any read behind the end. */
static inline enum an_err parse_exact(const char *bytes, size_t len, struct an_parsed *ret_parsed)
{
    char *copy = malloc(len > 0 ? len : 1);
    assert_non_null(copy);
    memcpy(copy, bytes, len);
    enum an_err err = an_sip_parse(copy, len, ret_parsed);
    free(copy);
    return err;
}

static inline enum an_err parse_text(const char *text, struct an_parsed *ret_parsed)
{
    return parse_exact(text, strlen(text), ret_parsed);
}

#define assert_span(text, span, expected)                                                                              \
    do {                                                                                                               \
        char span_text_[512];                                                                                          \
        an_slice_copy(an_span_slice((text), (span)), span_text_, sizeof span_text_);                                   \
        assert_string_equal(span_text_, (expected));                                                                   \
    } while (0)

#define VIA  "Via: SIP/2.0/UDP h;branch=z9hG4bK1\r\n"
#define REST "From: <sip:a@b>;tag=1\r\nTo: <sip:c@d>\r\nCall-ID: x\r\nCSeq: 1 INVITE\r\n"
#define LINE "INVITE sip:c@d SIP/2.0\r\n"

#endif
