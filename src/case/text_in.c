#include "case/text_in.h"

#include <sodium.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "case/fields.h"

void an_text_sign(struct an_slice body, const char *secret, char out[AN_TEXT_SIGNATURE_MAX])
{
    unsigned char mac[crypto_auth_hmacsha256_BYTES];
    crypto_auth_hmacsha256_state state;
    crypto_auth_hmacsha256_init(&state, (const unsigned char *)secret, strlen(secret));
    crypto_auth_hmacsha256_update(&state, (const unsigned char *)body.at, body.len);
    crypto_auth_hmacsha256_final(&state, mac);
    memcpy(out, "sha256=", 7);
    sodium_bin2hex(out + 7, AN_TEXT_SIGNATURE_MAX - 7, mac, sizeof mac);
    sodium_memzero(&state, sizeof state);
}

bool an_text_signed(struct an_slice body, struct an_slice signature, const char *secret)
{
    char right[AN_TEXT_SIGNATURE_MAX], given[AN_TEXT_SIGNATURE_MAX] = "";
    if (secret == NULL || secret[0] == '\0') return false;
    an_text_sign(body, secret, right);
    size_t len = strlen(right);
    if (signature.len != len) return false;
    for (size_t i = 0; i < len; i++) given[i] = an_lower(signature.at[i]);
    return sodium_memcmp(right, given, len) == 0;
}

/* Whether text begins as pattern says, 0 for any digit. */
static bool written_as(struct an_slice text, const char *pattern)
{
    size_t len = strlen(pattern);
    if (text.len < len) return false;
    for (size_t i = 0; i < len; i++)
        if (pattern[i] == '0' ? !an_is_digit(text.at[i]) : text.at[i] != pattern[i]) return false;
    return true;
}

/* Seconds of "+08:00"; false: no such place, or another text. */
static bool offset_of(const char *text, int *ret_s)
{
    const struct an_slice zone = an_slice_of(text);
    if (zone.len != 6 || !(written_as(zone, "+00:00") || written_as(zone, "-00:00"))) return false;
    int hours = (text[1] - '0') * 10 + text[2] - '0', minutes = (text[4] - '0') * 10 + text[5] - '0';
    *ret_s = (hours * 60 + minutes) * (text[0] == '-' ? -60 : 60);
    return minutes < 60 && hours * 60 + minutes <= 18 * 60;
}

/* "2026-11-22T11:14:05+08:00", "...Z", with a fraction or without. */
enum an_err an_case_time_of(struct an_slice text, uint64_t *ret_us)
{
    char copy[48];
    struct tm tm = { 0 };
    if (text.len < 20 || text.len >= sizeof copy || !written_as(text, "0000-00-00T00:00:00")) return AN_ERR_INVALID;
    an_slice_copy(text, copy, sizeof copy);
    const char *rest = strptime(copy, "%Y-%m-%dT%H:%M:%S", &tm);
    if (rest == NULL) return AN_ERR_INVALID;
    uint64_t fraction = 0, unit = AN_US_PER_S;
    if (*rest == '.') {
        if (!an_is_digit(*++rest)) return AN_ERR_INVALID;
        for (; an_is_digit(*rest); rest++) fraction += (unit /= 10) * (uint64_t)(*rest - '0');
    }
    int offset_s = 0;
    if (strcmp(rest, "Z") != 0 && !offset_of(rest, &offset_s)) return AN_ERR_INVALID;
    const int month = tm.tm_mon, day = tm.tm_mday, second = tm.tm_sec; /* 30 February is made 2 March */
    if (second > 60) return AN_ERR_INVALID;
    tm.tm_sec = 0;
    time_t seconds = timegm(&tm) + second - offset_s;
    if (tm.tm_mon != month || tm.tm_mday != day) return AN_ERR_INVALID;
    if (seconds < 86400 || seconds > 7258118400) return AN_ERR_INVALID;
    *ret_us = (uint64_t)seconds * AN_US_PER_S + fraction;
    return AN_OK;
}

enum an_err an_text_in_of_json(const cJSON *object, struct an_text_in *ret_text, struct an_error *error)
{
    static const char *const names[] = { "id", "time", "from", "to", "text" };
    struct an_text_in t = { 0 };
    char when[48];
    enum an_err err = an_fields_known(object, "", names, sizeof names / sizeof names[0], error);
    if (err == AN_OK) err = an_field_text(object, "", "id", AN_TEXT_ID_MAX, "AN_TEXT_ID_MAX", t.id, error);
    if (err == AN_OK && t.id[0] == '\0') err = an_fail(error, AN_ERR_INVALID, "field \"id\" is missing");
    if (err == AN_OK) err = an_field_text(object, "", "time", sizeof when - 1, "47 bytes", when, error);
    if (err == AN_OK && an_case_time_of(an_slice_of(when), &t.time_us) != AN_OK)
        err = an_fail(error, AN_ERR_INVALID,
                      "field \"time\" has to be a time such as \"2026-11-22T11:14:05+08:00\", on a day that there is");
    if (err == AN_OK) err = an_field_number(object, "", "from", &t.from, error);
    if (err == AN_OK) err = an_field_text(object, "", "to", sizeof t.to - 1, "31 bytes", t.to, error);
    const cJSON *text = cJSON_GetObjectItemCaseSensitive(object, "text");
    if (err == AN_OK && !cJSON_IsString(text)) err = an_fail(error, AN_ERR_INVALID, "field \"text\" has to be a text");
    if (err == AN_OK && strlen(text->valuestring) > AN_TEXT_MESSAGE_MAX)
        err = an_fail(error, AN_ERR_LIMIT, "field \"text\" has %zu bytes, over the limit AN_TEXT_MESSAGE_MAX, %d",
                      strlen(text->valuestring), AN_TEXT_MESSAGE_MAX);
    if (err != AN_OK) return err;
    an_slice_copy(an_slice_of(text->valuestring), t.text, sizeof t.text);
    *ret_text = t;
    return AN_OK;
}
