#include "parse/sip_names.h"

#include "parse/shape.h"
#include "parse/sip_chars.h"

/* Found by trying multipliers until no two names meet; a clash is a compiler error (an initializer given twice). */
#define KEY(len, first, last) (((len)*6 + (first) + (last)*58) & 127)

struct entry {
    char text[24]; /* small letters, then zeros */
    uint8_t len, name;
};

/* clang-format off */
static const struct entry entries[128] = {
    [KEY(3, 'v', 'a')] = { "via", 3, AN_SIP_NAME_VIA },
    [KEY(4, 'f', 'm')] = { "from", 4, AN_SIP_NAME_FROM },
    [KEY(2, 't', 'o')] = { "to", 2, AN_SIP_NAME_TO },
    [KEY(7, 'c', 'd')] = { "call-id", 7, AN_SIP_NAME_CALL_ID },
    [KEY(4, 'c', 'q')] = { "cseq", 4, AN_SIP_NAME_CSEQ },
    [KEY(12, 'm', 's')] = { "max-forwards", 12, AN_SIP_NAME_MAX_FORWARDS },
    [KEY(14, 'c', 'h')] = { "content-length", 14, AN_SIP_NAME_CONTENT_LENGTH },
    [KEY(12, 'c', 'e')] = { "content-type", 12, AN_SIP_NAME_CONTENT_TYPE },
    [KEY(7, 'c', 't')] = { "contact", 7, AN_SIP_NAME_CONTACT },
    [KEY(10, 'u', 't')] = { "user-agent", 10, AN_SIP_NAME_USER_AGENT },
    [KEY(6, 's', 'r')] = { "server", 6, AN_SIP_NAME_SERVER },
    [KEY(19, 'p', 'y')] = { "p-asserted-identity", 19, AN_SIP_NAME_ASSERTED },
    [KEY(15, 'r', 'd')] = { "remote-party-id", 15, AN_SIP_NAME_REMOTE_PARTY },
    [KEY(9, 'd', 'n')] = { "diversion", 9, AN_SIP_NAME_DIVERSION },
    [KEY(12, 'h', 'o')] = { "history-info", 12, AN_SIP_NAME_HISTORY },
    [KEY(7, 'p', 'y')] = { "privacy", 7, AN_SIP_NAME_PRIVACY },
    [KEY(8, 'i', 'y')] = { "identity", 8, AN_SIP_NAME_IDENTITY },
    [KEY(5, 'r', 'e')] = { "route", 5, AN_SIP_NAME_ROUTE },
    [KEY(12, 'r', 'e')] = { "record-route", 12, AN_SIP_NAME_RECORD_ROUTE },
    [KEY(13, 'a', 'n')] = { "authorization", 13, AN_SIP_NAME_AUTHORIZATION },
    [KEY(19, 'p', 'n')] = { "proxy-authorization", 19, AN_SIP_NAME_PROXY_AUTHORIZATION },
    [KEY(5, 'a', 'w')] = { "allow", 5, AN_SIP_NAME_ALLOW },
    [KEY(9, 's', 'd')] = { "supported", 9, AN_SIP_NAME_SUPPORTED },
    [KEY(7, 'r', 'e')] = { "require", 7, AN_SIP_NAME_REQUIRE },
    [KEY(12, 'a', 's')] = { "allow-events", 12, AN_SIP_NAME_ALLOW_EVENTS },
    [KEY(6, 'a', 't')] = { "accept", 6, AN_SIP_NAME_ACCEPT },
    [KEY(15, 's', 's')] = { "session-expires", 15, AN_SIP_NAME_SESSION_EXPIRES },
    [KEY(6, 'm', 'e')] = { "min-se", 6, AN_SIP_NAME_MIN_SE },
    [KEY(7, 'e', 's')] = { "expires", 7, AN_SIP_NAME_EXPIRES },
    [KEY(1, 'v', 'v')] = { "v", 1, AN_SIP_NAME_VIA },
    [KEY(1, 'f', 'f')] = { "f", 1, AN_SIP_NAME_FROM },
    [KEY(1, 't', 't')] = { "t", 1, AN_SIP_NAME_TO },
    [KEY(1, 'i', 'i')] = { "i", 1, AN_SIP_NAME_CALL_ID },
    [KEY(1, 'l', 'l')] = { "l", 1, AN_SIP_NAME_CONTENT_LENGTH },
    [KEY(1, 'c', 'c')] = { "c", 1, AN_SIP_NAME_CONTENT_TYPE },
    [KEY(1, 'm', 'm')] = { "m", 1, AN_SIP_NAME_CONTACT },
    [KEY(1, 'k', 'k')] = { "k", 1, AN_SIP_NAME_SUPPORTED },
    [KEY(1, 'x', 'x')] = { "x", 1, AN_SIP_NAME_SESSION_EXPIRES },
    [KEY(1, 'u', 'u')] = { "u", 1, AN_SIP_NAME_ALLOW_EVENTS },
    [KEY(1, 'y', 'y')] = { "y", 1, AN_SIP_NAME_IDENTITY },
};
/* clang-format on */

enum an_sip_name an_sip_name_find(const char *p, size_t len)
{
    if (len == 0 || len >= sizeof entries[0].text) return AN_SIP_NAME_OTHER;
    unsigned first = (uint8_t)p[0] | 0x20u, last = (uint8_t)p[len - 1] | 0x20u;
    const struct entry *entry = &entries[KEY((unsigned)len, first, last)];
    if (entry->len != len || !an_ch_same(p, entry->text, len)) return AN_SIP_NAME_OTHER;
    return (enum an_sip_name)entry->name;
}

/* Names of 16 bytes and more: both ends, which overlap below 24. */
static void spell_long(const char *p, size_t len, struct an_sip_name_text *ret_text)
{
    ret_text->len = (uint32_t)len;
    ret_text->low = an_load64(p);
    ret_text->high = an_load64(p + 8) ^ an_load64(p + len - 8) * 0x9e3779b97f4a7c15ull;
}

static void spell(const char *p, size_t len, struct an_sip_name_text *ret_text)
{
    char bytes[16] = { 0 };
    if (len >= sizeof bytes) {
        spell_long(p, len, ret_text);
        return;
    }
    memcpy(bytes, p, len);
    ret_text->len = (uint32_t)len;
    ret_text->low = an_load64(bytes);
    ret_text->high = an_load64(bytes + 8);
}

#if defined(__SSE2__)
/* Bytes 16 - n to 31 - n: n bytes to keep. */
static const uint8_t keep[32] = { 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255 };

static inline unsigned colons16(__m128i chunk)
{
    return (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(chunk, _mm_set1_epi8(':')));
}

/* Names of 16 to 31 bytes right before their colon. */
static __attribute__((noinline)) bool read32(const char *p, const char *end, const char *limit,
                                             struct an_sip_name_text *ret_text)
{
    if (limit - p < 32) return false;
    unsigned hits = colons16(_mm_loadu_si128((const __m128i *)(const void *)(p + 16)));
    if (hits == 0) return false;
    size_t len = 16 + (size_t)__builtin_ctz(hits);
    if (p + len >= end || an_ch_is(p[len - 1], AN_CH_WS)) return false;
    spell_long(p, len, ret_text);
    ret_text->colon = p + len;
    ret_text->name = an_sip_name_find(p, len);
    return true;
}

/* Names of up to 31 bytes right before their colon: nearly all, and most have less than 16. */
static inline bool read16(const char *p, const char *end, const char *limit, struct an_sip_name_text *ret_text)
{
    __m128i chunk = _mm_loadu_si128((const __m128i *)(const void *)p);
    unsigned hits = colons16(chunk);
    if (hits == 0) return read32(p, end, limit, ret_text);
    unsigned len = (unsigned)__builtin_ctz(hits);
    if (len == 0 || p + len >= end || an_ch_is(p[len - 1], AN_CH_WS)) return false;
    __m128i mask = _mm_loadu_si128((const __m128i *)(const void *)(keep + 16 - len));
    chunk = _mm_and_si128(chunk, mask);
    ret_text->len = len;
    ret_text->low = (uint64_t)_mm_cvtsi128_si64(chunk);
    ret_text->high = (uint64_t)_mm_cvtsi128_si64(_mm_unpackhi_epi64(chunk, chunk));
    ret_text->colon = p + len;
    const struct entry *entry = &entries[KEY(len, (uint8_t)p[0] | 0x20u, (uint8_t)p[len - 1] | 0x20u)];
    __m128i lower = _mm_or_si128(chunk, _mm_and_si128(mask, _mm_set1_epi8(0x20)));
    __m128i known = _mm_loadu_si128((const __m128i *)(const void *)entry->text);
    bool same = _mm_movemask_epi8(_mm_cmpeq_epi8(lower, known)) == 0xffff;
    ret_text->name = same ? (enum an_sip_name)entry->name : AN_SIP_NAME_OTHER;
    return true;
}
#endif

/* Anywhere, with white space before the colon or not. */
static __attribute__((noinline)) bool read_slow(const char *p, const char *end, struct an_sip_name_text *ret_text)
{
    const char *colon = memchr(p, ':', (size_t)(end - p));
    if (colon == NULL) return false;
    size_t len = (size_t)(an_ch_trim(p, colon) - p);
    ret_text->colon = colon;
    ret_text->name = an_sip_name_find(p, len);
    spell(p, len, ret_text);
    return true;
}

bool an_sip_name_read(const char *p, const char *end, const char *limit, struct an_sip_name_text *ret_text)
{
#if defined(__SSE2__)
    if (limit - p >= 16 && read16(p, end, limit, ret_text)) return true;
#else
    (void)limit;
#endif
    return read_slow(p, end, ret_text);
}
