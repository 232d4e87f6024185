#include "api/password.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <sodium.h>
#include <stdio.h>

#include "base/clock.h"

enum { PASSES = 2, MEMORY = 19 << 20, PEPPERED = 64 };
_Static_assert(AN_PASSWORD_HASH_MAX == crypto_pwhash_STRBYTES, "room for libsodium's text");

const char *an_password_fault(const char *password, const char *login)
{
    size_t len = strlen(password), same = 1;
    while (same < len && password[same] == password[0]) same++;
    if (len < AN_PASSWORD_MIN) return "a password has at least 10 bytes";
    if (same == len) return "a password is more than one character again and again";
    if (login[0] != '\0' && strstr(password, login) != NULL) return "a password does not hold the login";
    return NULL;
}

static void pepper(const struct an_secret *secret, const char *password, char ret_text[PEPPERED + 1])
{
    uint8_t hash[AN_SECRET_HASH_BYTES];
    an_secret_hash(secret, AN_SECRET_PASSWORD, password, strlen(password), hash);
    sodium_bin2hex(ret_text, PEPPERED + 1, hash, sizeof hash);
    sodium_memzero(hash, sizeof hash);
}

enum an_err an_password_hash(const struct an_secret *secret, const char *password, char ret_hash[AN_PASSWORD_HASH_MAX])
{
    char text[PEPPERED + 1];
    pepper(secret, password, text);
    int failed = crypto_pwhash_str_alg(ret_hash, text, PEPPERED, PASSES, MEMORY, crypto_pwhash_ALG_ARGON2ID13);
    sodium_memzero(text, sizeof text);
    return failed == 0 ? AN_OK : AN_ERR_NO_MEMORY;
}

bool an_password_fits(const struct an_secret *secret, const char *password, const char *hash)
{
    char text[PEPPERED + 1], unused[AN_PASSWORD_HASH_MAX];
    bool none = hash[0] == '\0';
    pepper(secret, password, text);
    int failed = none ? crypto_pwhash_str_alg(unused, text, PEPPERED, PASSES, MEMORY, crypto_pwhash_ALG_ARGON2ID13)
                      : crypto_pwhash_str_verify(hash, text, PEPPERED);
    sodium_memzero(text, sizeof text);
    return !none && failed == 0;
}

uint32_t an_totp_code(const uint8_t secret[AN_TOTP_SECRET_BYTES], int64_t step)
{
    uint8_t counter[8], mac[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    for (int i = 0; i < 8; i++) counter[i] = (uint8_t)((uint64_t)step >> (56 - 8 * i));
    HMAC(EVP_sha1(), secret, AN_TOTP_SECRET_BYTES, counter, sizeof counter, mac, &len);
    an_assert(len == 20);
    const uint8_t *at = mac + (mac[19] & 15); /* RFC 4226 section 5.3 */
    uint32_t bits = (uint32_t)(at[0] & 127) << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
    return bits % 1000000;
}

int64_t an_totp_step(const uint8_t secret[AN_TOTP_SECRET_BYTES], const char *code, uint64_t now_us, int64_t after)
{
    char wanted[8];
    int64_t now = (int64_t)(now_us / AN_US_PER_S / AN_TOTP_STEP_S), found = 0;
    if (strlen(code) != 6) return 0;
    for (int64_t step = now - 1; step <= now + 1; step++) {
        snprintf(wanted, sizeof wanted, "%06u", an_totp_code(secret, step));
        if (sodium_memcmp(wanted, code, 6) == 0 && step > after) found = step;
    }
    return found;
}

void an_totp_text(const uint8_t secret[AN_TOTP_SECRET_BYTES], char ret_text[AN_TOTP_TEXT + 1])
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    for (size_t i = 0; i < AN_TOTP_SECRET_BYTES; i += 5) {
        uint64_t bits = 0;
        for (size_t j = 0; j < 5; j++) bits = bits << 8 | secret[i + j];
        for (int j = 0; j < 8; j++) *ret_text++ = letters[bits >> (35 - 5 * j) & 31];
    }
    *ret_text = '\0';
}

void an_totp_uri(const uint8_t secret[AN_TOTP_SECRET_BYTES], const char *login, char ret_uri[AN_TOTP_URI_MAX])
{
    char text[AN_TOTP_TEXT + 1], escaped[3 * AN_LOGIN_MAX + 1], *to = escaped;
    an_totp_text(secret, text);
    for (; *login != '\0' && to < escaped + sizeof escaped - 4; login++)
        to += sprintf(to, an_is_digit(*login) || (an_lower(*login) >= 'a' && an_lower(*login) <= 'z') ? "%c" : "%%%02X",
                      (unsigned char)*login);
    *to = '\0';
    snprintf(ret_uri, AN_TOTP_URI_MAX, "otpauth://totp/Anning:%s?secret=%s&issuer=Anning", escaped, text);
}
