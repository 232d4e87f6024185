/* Addresses as text: where to listen, and where trunks call from. Numeric only: a name server that is down must not
 * keep calls from being judged. */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "settings/load.h"

static const struct {
    const char *name;
    enum an_transport transport;
    uint16_t port;
} transports[] = {
    { "udp", AN_TRANSPORT_UDP, 5060 },
    { "tcp", AN_TRANSPORT_TCP, 5060 },
    { "tls", AN_TRANSPORT_TLS, 5061 },
    { "hep", AN_TRANSPORT_HEP, 9060 },
};

static const char *transport_name(enum an_transport transport)
{
    for (size_t i = 0; i < sizeof transports / sizeof *transports; i++)
        if (transports[i].transport == transport) return transports[i].name;
    return "http";
}

/* Splits "1.2.3.4:5", "[::1]:5", "::1" into host and port; port has len 0 when there is none. False: brackets that
 * do not close, or something between them and the port. */
static bool split_port(struct an_slice text, struct an_slice *ret_host, struct an_slice *ret_port)
{
    *ret_port = (struct an_slice) { text.at + text.len, 0 };
    ptrdiff_t close = an_slice_find(text, ']'), colon = an_slice_find(text, ':');
    if (text.len > 0 && text.at[0] == '[') {
        if (close < 0) return false;
        *ret_host = (struct an_slice) { text.at + 1, (size_t)close - 1 };
        size_t rest = text.len - (size_t)close - 1;
        if (rest == 0) return true;
        if (text.at[close + 1] != ':' || rest < 2) return false;
        *ret_port = (struct an_slice) { text.at + close + 2, rest - 1 };
        return true;
    }
    *ret_host = text;
    if (colon < 0 || memchr(text.at + colon + 1, ':', text.len - (size_t)colon - 1) != NULL) return true;
    *ret_host = (struct an_slice) { text.at, (size_t)colon };
    *ret_port = (struct an_slice) { text.at + colon + 1, text.len - (size_t)colon - 1 };
    return ret_port->len > 0;
}

/* Reads a numeric address into 16 bytes (IPv4-mapped for IPv4). Returns AF_INET, AF_INET6 or 0. */
static int read_host(struct an_slice host, uint8_t ret_bytes[16])
{
    char text[INET6_ADDRSTRLEN];
    static const uint8_t mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };
    if (host.len == 0 || host.len >= sizeof text || memchr(host.at, '\0', host.len) != NULL) return 0;
    an_slice_copy(host, text, sizeof text);
    if (inet_pton(AF_INET, text, ret_bytes + 12) == 1) {
        memcpy(ret_bytes, mapped, sizeof mapped);
        return AF_INET;
    }
    return inet_pton(AF_INET6, text, ret_bytes) == 1 ? AF_INET6 : 0;
}

enum an_err an_config_address_of_text(const char *text, enum an_transport transport, uint16_t port_default,
                                      struct an_config_listen *ret_listen, struct an_error *error)
{
    an_assert(text != NULL && ret_listen != NULL);
    struct an_slice host, digits;
    uint8_t bytes[16];
    uint64_t port = port_default;
    struct an_config_listen listen = { .transport = transport };
    char plain[INET6_ADDRSTRLEN];
    if (!split_port(an_slice_of(text), &host, &digits))
        return an_fail(error, AN_ERR_INVALID, "%.60s is no address; 127.0.0.1:5060 or [::1]:5060 is wanted", text);
    int family = read_host(host, bytes);
    if (family == 0)
        return an_fail(error, AN_ERR_INVALID,
                       "%.60s is no address; a numeric one is wanted, such as 127.0.0.1 or [::1]", text);
    if (digits.len > 0 && (an_slice_u64(digits, UINT16_MAX, &port) != AN_OK || port == 0))
        return an_fail(error, AN_ERR_INVALID, "port %.*s; 1 to 65535 are possible",
                       (int)(digits.len < 20 ? digits.len : 20), digits.at);
    if (port == 0) return an_fail(error, AN_ERR_INVALID, "%.60s has no port; 127.0.0.1:8080 is the form", text);
    if (family == AF_INET) {
        listen.address.v4.sin_family = AF_INET;
        listen.address.v4.sin_port = htons((uint16_t)port);
        memcpy(&listen.address.v4.sin_addr, bytes + 12, 4);
        inet_ntop(AF_INET, bytes + 12, plain, sizeof plain);
    } else {
        listen.address.v6.sin6_family = AF_INET6;
        listen.address.v6.sin6_port = htons((uint16_t)port);
        memcpy(&listen.address.v6.sin6_addr, bytes, 16);
        inet_ntop(AF_INET6, bytes, plain, sizeof plain);
    }
    snprintf(listen.text, sizeof listen.text, family == AF_INET ? "%s:%s:%u" : "%s:[%s]:%u", transport_name(transport),
             plain, (unsigned)port);
    *ret_listen = listen;
    return AN_OK;
}

enum an_err an_config_listen_of_text(const char *text, struct an_config_listen *ret_listen, struct an_error *error)
{
    an_assert(text != NULL);
    for (size_t i = 0; i < sizeof transports / sizeof *transports; i++)
        if (strncmp(text, transports[i].name, 3) == 0 && text[3] == ':')
            return an_config_address_of_text(text + 4, transports[i].transport, transports[i].port, ret_listen, error);
    return an_fail(error, AN_ERR_INVALID,
                   "%.60s names no transport; udp:, tcp:, tls: or hep: before the address is wanted, as in "
                   "udp:127.0.0.1:5060",
                   text);
}

static void clear_host_bits(uint8_t network[16], unsigned bits)
{
    for (unsigned i = 0; i < 16; i++) {
        unsigned kept = bits <= i * 8 ? 0 : bits - i * 8;
        if (kept < 8) network[i] &= (uint8_t)(0xff00 >> kept);
    }
}

static enum an_err read_network(const char *text, struct an_slice host, struct an_slice bits,
                                struct an_trunk_rule *ret_rule, struct an_error *error)
{
    struct an_trunk_rule rule = *ret_rule;
    uint64_t prefix;
    if (host.len > 1 && host.at[0] == '[' && host.at[host.len - 1] == ']')
        host = (struct an_slice) { host.at + 1, host.len - 2 };
    int family = read_host(host, rule.network);
    if (family == 0)
        return an_fail(error, AN_ERR_INVALID, "%.60s is no network; 10.0.0.0/8 or 2001:db8::/32 is the form", text);
    unsigned widest = family == AF_INET ? 32 : 128;
    if (an_slice_u64(bits, widest, &prefix) != AN_OK)
        return an_fail(error, AN_ERR_INVALID, "%.60s: 0 to %u are possible after the /", text, widest);
    rule.prefix_bits = (uint8_t)(prefix + 128 - widest);
    rule.port = 0;
    uint8_t network[16];
    memcpy(network, rule.network, 16);
    clear_host_bits(network, rule.prefix_bits);
    if (memcmp(network, rule.network, 16) != 0) {
        char right[80];
        memcpy(rule.network, network, 16);
        an_trunk_address_text(&rule, right);
        return an_fail(error, AN_ERR_INVALID, "%.60s has bits after the first %u; the network is %s", text,
                       (unsigned)prefix, right);
    }
    *ret_rule = rule;
    return AN_OK;
}

enum an_err an_trunk_address_of_text(const char *text, struct an_trunk_rule *ret_rule, struct an_error *error)
{
    an_assert(text != NULL && ret_rule != NULL);
    struct an_slice rest = an_slice_of(text), head, host, digits;
    uint64_t port = 0;
    if (an_slice_cut(&rest, '/', &head)) return read_network(text, head, rest, ret_rule, error);
    uint8_t bytes[16];
    if (!split_port(an_slice_of(text), &host, &digits) || read_host(host, bytes) == 0)
        return an_fail(error, AN_ERR_INVALID,
                       "%.60s is no address; 10.1.2.3, 10.1.2.3:5060, [2001:db8::1]:5060 or 10.0.0.0/8 is wanted",
                       text);
    if (digits.len > 0 && (an_slice_u64(digits, UINT16_MAX, &port) != AN_OK || port == 0))
        return an_fail(error, AN_ERR_INVALID, "%.60s: a port is 1 to 65535", text);
    memcpy(ret_rule->network, bytes, 16);
    ret_rule->prefix_bits = 128;
    ret_rule->port = (uint16_t)port;
    return AN_OK;
}

void an_trunk_address_text(const struct an_trunk_rule *rule, char *ret_text)
{
    static const uint8_t mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };
    bool v4 = rule->prefix_bits >= 96 && memcmp(rule->network, mapped, sizeof mapped) == 0;
    char plain[INET6_ADDRSTRLEN];
    inet_ntop(v4 ? AF_INET : AF_INET6, v4 ? rule->network + 12 : rule->network, plain, sizeof plain);
    if (rule->prefix_bits < 128)
        snprintf(ret_text, 80, "%s/%u", plain, rule->prefix_bits - (v4 ? 96u : 0u));
    else if (rule->port != 0)
        snprintf(ret_text, 80, v4 ? "%s:%u" : "[%s]:%u", plain, rule->port);
    else
        snprintf(ret_text, 80, "%s", plain);
}

enum an_err an_trunk_add(struct an_settings *settings, const struct an_trunk_rule *rule)
{
    an_assert(settings != NULL && rule != NULL);
    if (settings->trunk_count >= AN_TRUNKS_MAX) return AN_ERR_LIMIT;
    if ((settings->trunk_count & (settings->trunk_count - 1)) == 0) { /* room doubles at powers of two */
        size_t room = settings->trunk_count == 0 ? 1 : settings->trunk_count * 2;
        struct an_trunk_rule *wider = realloc(settings->trunks, room * sizeof *wider);
        if (wider == NULL) return AN_ERR_NO_MEMORY;
        settings->trunks = wider;
    }
    settings->trunks[settings->trunk_count++] = *rule;
    return AN_OK;
}
