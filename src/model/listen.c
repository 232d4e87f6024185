#include "model/listen.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

static const struct {
    const char *name;
    enum an_transport transport;
    uint16_t port;
} schemes[] = {
    { "udp", AN_TRANSPORT_UDP, 5060 },
    { "tcp", AN_TRANSPORT_TCP, 5060 },
    { "tls", AN_TRANSPORT_TLS, 5061 },
    { "hep", AN_TRANSPORT_HEP, 9060 },
};
enum { SCHEME_COUNT = sizeof schemes / sizeof schemes[0] };

#define FORM "127.0.0.1:PORT or [::1]:PORT is the form"

/* For "%.*s" in messages: never more than 60 bytes of what somebody wrote. */
static int shown(struct an_slice text)
{
    return (int)(text.len < 60 ? text.len : 60);
}

/* "HOST[:PORT]" at its colon. ret_port: len 0, at NULL when there is none. */
static enum an_err split(struct an_slice text, unsigned forms, struct an_slice *ret_host, struct an_slice *ret_port,
                         struct an_error *error)
{
    struct an_slice rest = text;
    size_t host_len = 0;
    if (text.len > 0 && text.at[0] == '[') {
        ptrdiff_t close = an_slice_find(text, ']');
        if (close < 0)
            return an_fail(error, AN_ERR_INVALID, "\"%.*s\" has \"[\" without \"]\"; " FORM, shown(text), text.at);
        host_len = (size_t)close + 1;
        rest = (struct an_slice) { text.at + host_len, text.len - host_len };
        if (rest.len > 0 && rest.at[0] != ':')
            return an_fail(error, AN_ERR_INVALID, "\"%.*s\": only :PORT may follow \"]\"; " FORM, shown(text), text.at);
    }
    struct an_slice head;
    bool colon = an_slice_cut(&rest, ':', &head);
    *ret_port = (struct an_slice) { NULL, 0 };
    *ret_host = (struct an_slice) { text.at, host_len + head.len };
    if (!colon) return AN_OK;
    if (host_len == 0 && an_slice_find(rest, ':') >= 0) { /* more than one colon, and no brackets */
        *ret_host = text;
        if ((forms & AN_ADDRESS_BARE_V6) != 0) return AN_OK;
        return an_fail(error, AN_ERR_INVALID, "\"%.*s\": an IPv6 address needs brackets; " FORM, shown(text), text.at);
    }
    *ret_port = rest;
    return AN_OK;
}

/* Fills family and host. */
static bool read_host(struct an_slice host, unsigned forms, union an_address *address)
{
    char name[INET6_ADDRSTRLEN];
    bool bracket = host.len > 1 && host.at[0] == '[' && host.at[host.len - 1] == ']';
    if (bracket) host = (struct an_slice) { host.at + 1, host.len - 2 };
    if (!bracket && (forms & AN_ADDRESS_STAR) != 0 && an_slice_equal(host, AN_SLICE("*"))) host = AN_SLICE("0.0.0.0");
    if (host.len >= sizeof name || (host.len > 0 && memchr(host.at, '\0', host.len) != NULL)) return false;
    an_slice_copy(host, name, sizeof name);
    if (!bracket && inet_pton(AF_INET, name, &address->v4.sin_addr) == 1) {
        address->v4.sin_family = AF_INET;
        return true;
    }
    address->v6.sin6_family = AF_INET6;
    if (!bracket && host.len == 0 && (forms & AN_ADDRESS_EVERY) != 0) return true;
    return inet_pton(AF_INET6, name, &address->v6.sin6_addr) == 1;
}

enum an_err an_address_parse(struct an_slice text, unsigned forms, int port_default, union an_address *ret_address,
                             struct an_error *error)
{
    an_assert(ret_address != NULL && port_default >= AN_ADDRESS_PORT_NEEDED && port_default <= UINT16_MAX);
    struct an_slice host, digits;
    union an_address address;
    memset(&address, 0, sizeof address);
    enum an_err err = split(text, forms, &host, &digits, error);
    if (err != AN_OK) return err;
    if (host.len == 0 && (digits.len == 0 || (forms & AN_ADDRESS_EVERY) == 0))
        return an_fail(error, AN_ERR_INVALID, "\"%.*s\" has no host; " FORM, shown(text), text.at);
    if (!read_host(host, forms, &address))
        return an_fail(error, AN_ERR_INVALID, "%.*s is no %s (names are not looked up); " FORM, shown(host), host.at,
                       host.at[0] == '[' ? "IPv6 address" : "IP address");
    uint64_t port = (uint64_t)(port_default < 0 ? 0 : port_default);
    if (digits.at == NULL && port_default < 0)
        return an_fail(error, AN_ERR_INVALID, "%.*s has no port; " FORM, shown(text), text.at);
    bool zero = (forms & AN_ADDRESS_PORT_0) != 0;
    if (digits.at != NULL && (an_slice_u64(digits, UINT16_MAX, &port) != AN_OK || (port == 0 && !zero)))
        return an_fail(error, AN_ERR_INVALID, "port \"%.*s\"; %d to 65535 are possible, and " FORM, shown(digits),
                       digits.at, zero ? 0 : 1);
    if (address.any.sa_family == AF_INET6)
        address.v6.sin6_port = htons((uint16_t)port);
    else
        address.v4.sin_port = htons((uint16_t)port);
    *ret_address = address;
    return AN_OK;
}

static void address_text(const union an_address *address, char *out)
{
    char host[INET6_ADDRSTRLEN] = "?";
    bool v6 = address->any.sa_family == AF_INET6;
    inet_ntop(v6 ? AF_INET6 : AF_INET, v6 ? (const void *)&address->v6.sin6_addr : (const void *)&address->v4.sin_addr,
              host, sizeof host);
    snprintf(out, AN_LISTEN_TEXT_MAX, v6 ? "[%s]:%u" : "%s:%u", host, an_address_port(address));
}

uint16_t an_address_port(const union an_address *address)
{
    return ntohs(address->any.sa_family == AF_INET6 ? address->v6.sin6_port : address->v4.sin_port);
}

unsigned an_address_size(const union an_address *address)
{
    return address->any.sa_family == AF_INET6 ? sizeof address->v6 : sizeof address->v4;
}

enum an_err an_listen_parse(const char *text, unsigned forms, struct an_listen *ret_listen, struct an_error *error)
{
    an_assert(text != NULL && ret_listen != NULL);
    struct an_slice rest = an_slice_of(text), scheme;
    bool colon = an_slice_cut(&rest, ':', &scheme);
    for (size_t i = 0; colon && i < SCHEME_COUNT; i++) {
        if (!an_slice_equal_nocase(scheme, an_slice_of(schemes[i].name))) continue;
        struct an_listen listen = { .transport = schemes[i].transport };
        enum an_err err = an_address_parse(rest, forms, schemes[i].port, &listen.address, error);
        if (err == AN_OK) *ret_listen = listen;
        return err;
    }
    return an_fail(error, AN_ERR_INVALID,
                   "\"%.60s\" names no transport; udp:, tcp:, tls: or hep: before the address is wanted, as in "
                   "udp:127.0.0.1:5060",
                   text);
}

uint16_t an_listen_port(enum an_transport transport)
{
    for (size_t i = 0; i < SCHEME_COUNT; i++)
        if (schemes[i].transport == transport) return schemes[i].port;
    return 0;
}

const char *an_listen_text(const struct an_listen *listen, char *out)
{
    const char *scheme = listen->transport == AN_TRANSPORT_HTTP ? "http" : "?";
    for (size_t i = 0; i < SCHEME_COUNT; i++)
        if (schemes[i].transport == listen->transport) scheme = schemes[i].name;
    char address[AN_LISTEN_TEXT_MAX];
    address_text(&listen->address, address);
    snprintf(out, AN_LISTEN_TEXT_MAX, "%s:%.58s", scheme, address);
    return out;
}
