#include "parse/sip_names.h"

#include "parse/sip_chars.h"

/* Found by trying multipliers until no two names meet; a clash is a compiler error (an initializer given twice). */
#define KEY(len, first, last) (((len)*6 + (first) + (last)*58) & 127)

struct entry {
    uint8_t len, name;
    char text[22]; /* small letters */
};

/* clang-format off */
static const struct entry entries[128] = {
    [KEY(3, 'v', 'a')] = { 3, AN_SIP_NAME_VIA, "via" },
    [KEY(4, 'f', 'm')] = { 4, AN_SIP_NAME_FROM, "from" },
    [KEY(2, 't', 'o')] = { 2, AN_SIP_NAME_TO, "to" },
    [KEY(7, 'c', 'd')] = { 7, AN_SIP_NAME_CALL_ID, "call-id" },
    [KEY(4, 'c', 'q')] = { 4, AN_SIP_NAME_CSEQ, "cseq" },
    [KEY(12, 'm', 's')] = { 12, AN_SIP_NAME_MAX_FORWARDS, "max-forwards" },
    [KEY(14, 'c', 'h')] = { 14, AN_SIP_NAME_CONTENT_LENGTH, "content-length" },
    [KEY(12, 'c', 'e')] = { 12, AN_SIP_NAME_CONTENT_TYPE, "content-type" },
    [KEY(7, 'c', 't')] = { 7, AN_SIP_NAME_CONTACT, "contact" },
    [KEY(10, 'u', 't')] = { 10, AN_SIP_NAME_USER_AGENT, "user-agent" },
    [KEY(6, 's', 'r')] = { 6, AN_SIP_NAME_SERVER, "server" },
    [KEY(19, 'p', 'y')] = { 19, AN_SIP_NAME_ASSERTED, "p-asserted-identity" },
    [KEY(15, 'r', 'd')] = { 15, AN_SIP_NAME_REMOTE_PARTY, "remote-party-id" },
    [KEY(9, 'd', 'n')] = { 9, AN_SIP_NAME_DIVERSION, "diversion" },
    [KEY(12, 'h', 'o')] = { 12, AN_SIP_NAME_HISTORY, "history-info" },
    [KEY(7, 'p', 'y')] = { 7, AN_SIP_NAME_PRIVACY, "privacy" },
    [KEY(8, 'i', 'y')] = { 8, AN_SIP_NAME_IDENTITY, "identity" },
    [KEY(5, 'r', 'e')] = { 5, AN_SIP_NAME_ROUTE, "route" },
    [KEY(12, 'r', 'e')] = { 12, AN_SIP_NAME_RECORD_ROUTE, "record-route" },
    [KEY(13, 'a', 'n')] = { 13, AN_SIP_NAME_AUTHORIZATION, "authorization" },
    [KEY(19, 'p', 'n')] = { 19, AN_SIP_NAME_PROXY_AUTHORIZATION, "proxy-authorization" },
    [KEY(5, 'a', 'w')] = { 5, AN_SIP_NAME_ALLOW, "allow" },
    [KEY(9, 's', 'd')] = { 9, AN_SIP_NAME_SUPPORTED, "supported" },
    [KEY(7, 'r', 'e')] = { 7, AN_SIP_NAME_REQUIRE, "require" },
    [KEY(12, 'a', 's')] = { 12, AN_SIP_NAME_ALLOW_EVENTS, "allow-events" },
    [KEY(6, 'a', 't')] = { 6, AN_SIP_NAME_ACCEPT, "accept" },
    [KEY(15, 's', 's')] = { 15, AN_SIP_NAME_SESSION_EXPIRES, "session-expires" },
    [KEY(6, 'm', 'e')] = { 6, AN_SIP_NAME_MIN_SE, "min-se" },
    [KEY(7, 'e', 's')] = { 7, AN_SIP_NAME_EXPIRES, "expires" },
    [KEY(1, 'v', 'v')] = { 1, AN_SIP_NAME_VIA, "v" },
    [KEY(1, 'f', 'f')] = { 1, AN_SIP_NAME_FROM, "f" },
    [KEY(1, 't', 't')] = { 1, AN_SIP_NAME_TO, "t" },
    [KEY(1, 'i', 'i')] = { 1, AN_SIP_NAME_CALL_ID, "i" },
    [KEY(1, 'l', 'l')] = { 1, AN_SIP_NAME_CONTENT_LENGTH, "l" },
    [KEY(1, 'c', 'c')] = { 1, AN_SIP_NAME_CONTENT_TYPE, "c" },
    [KEY(1, 'm', 'm')] = { 1, AN_SIP_NAME_CONTACT, "m" },
    [KEY(1, 'k', 'k')] = { 1, AN_SIP_NAME_SUPPORTED, "k" },
    [KEY(1, 'x', 'x')] = { 1, AN_SIP_NAME_SESSION_EXPIRES, "x" },
    [KEY(1, 'u', 'u')] = { 1, AN_SIP_NAME_ALLOW_EVENTS, "u" },
    [KEY(1, 'y', 'y')] = { 1, AN_SIP_NAME_IDENTITY, "y" },
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
