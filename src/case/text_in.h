/* A text message that came in by the operator's gateway, as its webhook tells it. Layer: case.
 *
 * The body's HMAC-SHA-256 (RFC 2104) with the site's secret stands in X-Anning-Signature as sha256=HEX, the form other
 * webhooks have; it is compared in constant time before a byte of the body is believed. Its time may lie five minutes
 * off, so that ids need to be remembered for ten. The sender is what the gateway says it is: who holds the secret
 * speaks for the network. */
#ifndef ANNING_CASE_TEXT_IN_H
#define ANNING_CASE_TEXT_IN_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/limits.h"
#include "base/slice.h"
#include "model/number.h"

enum { AN_TEXT_SIGNATURE_MAX = 72, AN_TEXT_CLOCK_S = 300 };

struct an_text_in {
    uint64_t time_us;
    an_number from;
    char to[32];
    char id[AN_TEXT_ID_MAX + 1];
    char text[AN_TEXT_MESSAGE_MAX + 1];
};

/* "sha256=" and 64 hex digits. */
void an_text_sign(struct an_slice body, const char *secret, char out[AN_TEXT_SIGNATURE_MAX]);
/* False for an empty secret. */
bool an_text_signed(struct an_slice body, struct an_slice signature, const char *secret);
/* AN_OK, AN_ERR_INVALID, AN_ERR_LIMIT. time is not compared with a clock here. */
enum an_err an_text_in_of_json(const cJSON *object, struct an_text_in *ret_text, struct an_error *error);
/* RFC 3339 with an offset, of a moment that there is. AN_OK or AN_ERR_INVALID. */
enum an_err an_case_time_of(struct an_slice text, uint64_t *ret_us);

#endif
