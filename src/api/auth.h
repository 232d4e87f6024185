/* Who asks: the token, an API key, or a session's cookie. Layer: api, internal.
 *
 * A cookie or key is 20 random bytes and 10 of their HMAC, so that a guess is refused without asking the store, which
 * only has its hash; see api/guard.h for what is remembered. */
#ifndef ANNING_API_AUTH_H
#define ANNING_API_AUTH_H

#include "api/route.h"
#include "store/accounts.h"

enum {
    AN_TICKET_TEXT = 48, /* letters of a cookie, or of a key behind ak_ */
    AN_CSRF_TEXT = 32,
};

/* Finds out who asks. False: the answer is there (401, 429 or 503). Nobody is an answer too: role 0. */
bool an_api_identify(struct an_api_core *core, const struct an_api_request *request, struct an_api_response *response,
                     struct an_api_who *ret_who);
/* What the X-Anning-CSRF of a cookie has to be. */
void an_api_csrf_of(const struct an_secret *secret, struct an_slice cookie, char ret_text[AN_CSRF_TEXT + 1]);
bool an_api_csrf_fits(struct an_api_core *core, const struct an_api_request *request);

/* A new ticket for a purpose (AN_SECRET_SESSION, AN_SECRET_KEY, AN_SECRET_LINK) and the hash to store. */
void an_api_ticket_make(const struct an_secret *secret, enum an_secret_purpose purpose,
                        char ret_text[AN_TICKET_TEXT + 1], uint8_t ret_hash[AN_SECRET_HASH_BYTES]);
/* False: it was never made here. */
bool an_api_ticket_read(const struct an_secret *secret, enum an_secret_purpose purpose, struct an_slice text,
                        uint8_t ret_hash[AN_SECRET_HASH_BYTES]);

/* Who an account is; false when its role or number can't be read. */
bool an_api_who_of_account(const struct an_secret *secret, const struct an_account *account,
                           struct an_api_who *ret_who);

/* "192.0.2.0/24", "2001:db8::1": the network as IPv6 (IPv4 mapped) and its bits. */
bool an_api_network_read(struct an_slice text, uint8_t ret_network[16], unsigned *ret_bits);
/* Whether a peer is in one of the networks, with blanks between; empty: everybody is. */
bool an_api_in_networks(const char *networks, const union an_address *peer);

#endif
