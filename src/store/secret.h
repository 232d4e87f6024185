/* Numbers at rest, and what else must mean nothing without the store's key. Layer: store.
 *
 * The key is 32 random bytes in a file of its own, readable by the daemon only; from it comes one key for each
 * purpose (BLAKE2b as libsodium's crypto_kdf). A number is kept twice: as number_key, HMAC-SHA-256 cut to 16 bytes, to
 * look for it, and as number_box, XSalsa20-Poly1305 (crypto_secretbox), to show it. There are only 10^11 numbers: a
 * plain hash would be undone in minutes, this can't be without the key, so keep the key's backup apart from the
 * database's. Whoever loses the key loses the numbers. Costs: about 1 us each; no allocation after opening. */
#ifndef ANNING_STORE_SECRET_H
#define ANNING_STORE_SECRET_H

#include "base/err.h"
#include "base/slice.h"
#include "model/number.h"

enum {
    AN_NUMBER_KEY_BYTES = 16,
    AN_SECRET_HASH_BYTES = 32,
    AN_SECRET_BOX_MORE = 40, /* bytes a box is longer than what is in it */
    AN_NUMBER_BOX_MAX = AN_NUMBER_TEXT_MAX + AN_SECRET_BOX_MORE,
};

/* What a hash is for: the same bytes hash differently for each. Never renumber. */
enum an_secret_purpose {
    AN_SECRET_NUMBER = 1,
    AN_SECRET_BOX,
    AN_SECRET_SESSION, /* cookies */
    AN_SECRET_CSRF,
    AN_SECRET_KEY, /* API keys */
    AN_SECRET_LINK,
    AN_SECRET_CODE,  /* six digits sent to a number */
    AN_SECRET_PRINT, /* which key it is */
    AN_SECRET_LOOKUP,
    AN_SECRET_CURSOR,
    AN_SECRET_PASSWORD,  /* what Argon2id is made of: a stolen database is of no use without the key */
    AN_SECRET_RECORDING, /* seals recordings (recordings.h) */
    AN_SECRET_PURPOSE_END
};

/* Derived keys, one a purpose. Hold it in memory that is not copied about. */
struct an_secret {
    uint8_t keys[AN_SECRET_PURPOSE_END][32];
};

/* Reads the key of path, or makes it there (0600) when the file is missing. AN_ERR_INVALID: others may read the file,
 * or it is no key; AN_ERR_IO. */
enum an_err an_secret_load(const char *path, struct an_secret *ret_secret, struct an_error *error);
/* Out of 32 bytes, for tests. */
void an_secret_of_bytes(const uint8_t bytes[32], struct an_secret *ret_secret);
void an_secret_done(struct an_secret *secret);

void an_secret_key_of_number(const struct an_secret *secret, an_number number, uint8_t ret_key[AN_NUMBER_KEY_BYTES]);
/* Seals bytes into ret_box, which has room for len + AN_SECRET_BOX_MORE; returns the box's length. */
size_t an_secret_seal(const struct an_secret *secret, const void *bytes, size_t len, uint8_t *ret_box);
/* AN_OK; AN_ERR_CORRUPT: no box of this key, or over size. ret_bytes has room for size. */
enum an_err an_secret_open(const struct an_secret *secret, struct an_slice box, void *ret_bytes, size_t size,
                           size_t *ret_len);
/* A number's box; ret_box: AN_NUMBER_BOX_MAX bytes. Returns its length. */
size_t an_secret_seal_number(const struct an_secret *secret, an_number number, uint8_t *ret_box);
enum an_err an_secret_open_number(const struct an_secret *secret, struct an_slice box, an_number *ret_number);
/* HMAC-SHA-256 under the purpose's key. */
void an_secret_hash(const struct an_secret *secret, enum an_secret_purpose purpose, const void *bytes, size_t len,
                    uint8_t ret_hash[AN_SECRET_HASH_BYTES]);

/* n random bytes as text of base32 letters (a-z, 2-7), 8 a 5 bytes, NUL-terminated; n is a multiple of 5. */
void an_secret_random_text(size_t n, char *ret_text);

#endif
