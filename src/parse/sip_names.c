#include "parse/sip_names.h"

#include "parse/sip_chars.h"

/* Places by an_sip_name_key, whose multiplier was found by trying until no two names met; a clash is a compiler error
 * (an initializer given twice), a wrong place a failing test. */
/* clang-format off */
const struct an_sip_name_entry an_sip_name_entries[128] = {
    [62] = { "via", 3, AN_SIP_NAME_VIA, 0 },
    [96] = { "from", 4, AN_SIP_NAME_FROM, AN_SIP_NAME_SINGLE },
    [31] = { "to", 2, AN_SIP_NAME_TO, AN_SIP_NAME_SINGLE },
    [0] = { "call-id", 7, AN_SIP_NAME_CALL_ID, AN_SIP_NAME_SINGLE },
    [93] = { "cseq", 4, AN_SIP_NAME_CSEQ, AN_SIP_NAME_SINGLE },
    [73] = { "max-forwards", 12, AN_SIP_NAME_MAX_FORWARDS, AN_SIP_NAME_SINGLE },
    [56] = { "content-length", 14, AN_SIP_NAME_CONTENT_LENGTH, AN_SIP_NAME_SINGLE },
    [118] = { "content-type", 12, AN_SIP_NAME_CONTENT_TYPE, 0 },
    [16] = { "contact", 7, AN_SIP_NAME_CONTACT, 0 },
    [98] = { "user-agent", 10, AN_SIP_NAME_USER_AGENT, AN_SIP_NAME_WHOLE },
    [70] = { "server", 6, AN_SIP_NAME_SERVER, 0 },
    [104] = { "p-asserted-identity", 19, AN_SIP_NAME_ASSERTED, 0 },
    [79] = { "remote-party-id", 15, AN_SIP_NAME_REMOTE_PARTY, 0 },
    [71] = { "diversion", 9, AN_SIP_NAME_DIVERSION, AN_SIP_NAME_APART },
    [34] = { "history-info", 12, AN_SIP_NAME_HISTORY, AN_SIP_NAME_APART },
    [39] = { "privacy", 7, AN_SIP_NAME_PRIVACY, AN_SIP_NAME_APART },
    [44] = { "identity", 8, AN_SIP_NAME_IDENTITY, AN_SIP_NAME_APART },
    [126] = { "route", 5, AN_SIP_NAME_ROUTE, AN_SIP_NAME_APART },
    [125] = { "record-route", 12, AN_SIP_NAME_RECORD_ROUTE, AN_SIP_NAME_APART },
    [67] = { "authorization", 13, AN_SIP_NAME_AUTHORIZATION, AN_SIP_NAME_APART },
    [74] = { "proxy-authorization", 19, AN_SIP_NAME_PROXY_AUTHORIZATION, AN_SIP_NAME_APART },
    [25] = { "allow", 5, AN_SIP_NAME_ALLOW, AN_SIP_NAME_WHOLE },
    [38] = { "supported", 9, AN_SIP_NAME_SUPPORTED, AN_SIP_NAME_WHOLE },
    [100] = { "require", 7, AN_SIP_NAME_REQUIRE, AN_SIP_NAME_WHOLE },
    [14] = { "allow-events", 12, AN_SIP_NAME_ALLOW_EVENTS, AN_SIP_NAME_WHOLE },
    [18] = { "accept", 6, AN_SIP_NAME_ACCEPT, AN_SIP_NAME_WHOLE },
    [121] = { "session-expires", 15, AN_SIP_NAME_SESSION_EXPIRES, AN_SIP_NAME_WHOLE },
    [36] = { "min-se", 6, AN_SIP_NAME_MIN_SE, AN_SIP_NAME_WHOLE },
    [37] = { "expires", 7, AN_SIP_NAME_EXPIRES, AN_SIP_NAME_WHOLE },
    [64] = { "v", 1, AN_SIP_NAME_VIA, 0 },
    [27] = { "f", 1, AN_SIP_NAME_FROM, AN_SIP_NAME_SINGLE },
    [43] = { "t", 1, AN_SIP_NAME_TO, AN_SIP_NAME_SINGLE },
    [58] = { "i", 1, AN_SIP_NAME_CALL_ID, AN_SIP_NAME_SINGLE },
    [89] = { "l", 1, AN_SIP_NAME_CONTENT_LENGTH, AN_SIP_NAME_SINGLE },
    [124] = { "c", 1, AN_SIP_NAME_CONTENT_TYPE, 0 },
    [99] = { "m", 1, AN_SIP_NAME_CONTACT, 0 },
    [78] = { "k", 1, AN_SIP_NAME_SUPPORTED, AN_SIP_NAME_WHOLE },
    [84] = { "x", 1, AN_SIP_NAME_SESSION_EXPIRES, AN_SIP_NAME_WHOLE },
    [53] = { "u", 1, AN_SIP_NAME_ALLOW_EVENTS, AN_SIP_NAME_WHOLE },
    [95] = { "y", 1, AN_SIP_NAME_IDENTITY, AN_SIP_NAME_APART },
};
/* clang-format on */

const struct an_sip_name_entry an_sip_name_other = { .name = AN_SIP_NAME_OTHER };

/* The first 16 bytes as two words, zeros behind a shorter name. */
static void spell(const char *p, size_t len, uint64_t *ret_low, uint64_t *ret_high)
{
    char bytes[16] = { 0 };
    memcpy(bytes, p, len < sizeof bytes ? len : sizeof bytes);
    *ret_low = an_load64(bytes);
    *ret_high = an_load64(bytes + 8);
}

const struct an_sip_name_entry *an_sip_name_find(const char *p, size_t len)
{
    if (len == 0 || len >= sizeof an_sip_name_other.text) return &an_sip_name_other;
    char lower[sizeof an_sip_name_other.text] = { 0 };
    for (size_t i = 0; i < len; i++) lower[i] = (char)(p[i] | 0x20);
    const struct an_sip_name_entry *entry =
        &an_sip_name_entries[an_sip_name_key(an_load64(lower), an_load64(lower + 8))];
    return memcmp(lower, entry->text, sizeof lower) == 0 ? entry : &an_sip_name_other;
}

bool an_sip_name_read(const char *p, const char *end, struct an_sip_name_text *ret_text)
{
    const char *colon = memchr(p, ':', (size_t)(end - p));
    if (colon == NULL) return false;
    size_t len = (size_t)(an_ch_trim(p, colon) - p);
    ret_text->colon = colon;
    ret_text->entry = an_sip_name_find(p, len);
    ret_text->len = (uint32_t)len;
    spell(p, len, &ret_text->low, &ret_text->high);
    if (len >= 16) ret_text->high ^= an_sip_name_end(p, len);
    return true;
}
