/* Passwords and one-time codes. Layer: api, internal.
 *
 * A password is put through HMAC under the store's key, then Argon2id (RFC 9106; libsodium, 2 passes over 19 MiB, what
 * OWASP's Password Storage Cheat Sheet names as the least): a stolen database can't be searched at all without the
 * key, and slowly with it. One hash takes some 20 ms of a core. TOTP: RFC 6238, SHA-1, 6 digits, 30 s, one step to
 * either side; each step is taken once. */
#ifndef ANNING_API_PASSWORD_H
#define ANNING_API_PASSWORD_H

#include "store/accounts.h"

enum { AN_PASSWORD_MIN = 10, AN_PASSWORD_MAX = 256, AN_TOTP_STEP_S = 30, AN_TOTP_TEXT = 32, AN_TOTP_URI_MAX = 512 };

/* NULL: it will do; else what is wrong with it. */
const char *an_password_fault(const char *password, const char *login);
/* AN_ERR_NO_MEMORY. */
enum an_err an_password_hash(const struct an_secret *secret, const char *password, char ret_hash[AN_PASSWORD_HASH_MAX]);
/* hash empty: false, after as long as it takes for one that is there. */
bool an_password_fits(const struct an_secret *secret, const char *password, const char *hash);

/* The code of a step (seconds since 1970 / 30). */
uint32_t an_totp_code(const uint8_t secret[AN_TOTP_SECRET_BYTES], int64_t step);
/* The step a code of six digits is for, near now and later than after; 0: none. */
int64_t an_totp_step(const uint8_t secret[AN_TOTP_SECRET_BYTES], const char *code, uint64_t now_us, int64_t after);
/* The secret in base32, as people type it. */
void an_totp_text(const uint8_t secret[AN_TOTP_SECRET_BYTES], char ret_text[AN_TOTP_TEXT + 1]);
/* otpauth://totp/... for a QR code. */
void an_totp_uri(const uint8_t secret[AN_TOTP_SECRET_BYTES], const char *login, char ret_uri[AN_TOTP_URI_MAX]);

#endif
