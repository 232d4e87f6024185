#include "wire/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/slice.h"

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

#define EXAMPLE "write it as udp:127.0.0.1:5060 or tcp:[::1]:5060"

static enum an_err parse_host(struct an_slice host, uint16_t port, const char *text, struct an_listen *listen,
                              struct an_error *error)
{
    char name[64];
    bool v6 = host.len > 0 && host.at[0] == '[';
    if (v6) host = (struct an_slice) { host.at + 1, host.len - 2 };
    if (host.len == 0) return an_fail(error, AN_ERR_INVALID, "listen address \"%s\": no host; %s", text, EXAMPLE);
    if (host.len == 1 && host.at[0] == '*') host = AN_SLICE("0.0.0.0");
    if (host.len >= sizeof name)
        return an_fail(error, AN_ERR_INVALID, "listen address \"%.60s...\": the host is too long; %s", text, EXAMPLE);
    an_slice_copy(host, name, sizeof name);
    listen->address = (union an_address) { 0 };
    if (v6) {
        listen->address.v6.sin6_family = AF_INET6;
        listen->address.v6.sin6_port = htons(port);
        if (inet_pton(AF_INET6, name, &listen->address.v6.sin6_addr) == 1) return AN_OK;
        return an_fail(error, AN_ERR_INVALID, "listen address \"%s\": [%s] is no IPv6 address; %s", text, name,
                       EXAMPLE);
    }
    listen->address.v4.sin_family = AF_INET;
    listen->address.v4.sin_port = htons(port);
    if (inet_pton(AF_INET, name, &listen->address.v4.sin_addr) == 1) return AN_OK;
    return an_fail(error, AN_ERR_INVALID,
                   "listen address \"%s\": \"%s\" is no IPv4 address, IPv6 address in brackets, or *; "
                   "names are not looked up, %s",
                   text, name, EXAMPLE);
}

/* Splits "HOST[:PORT]" and takes the port. */
static enum an_err parse_port(struct an_slice *host, uint16_t standard, const char *text, uint16_t *ret_port,
                              struct an_error *error)
{
    size_t close = 0;
    if (host->len > 0 && host->at[0] == '[') {
        ptrdiff_t at = an_slice_find(*host, ']');
        if (at < 0)
            return an_fail(error, AN_ERR_INVALID, "listen address \"%s\": \"[\" without \"]\"; %s", text, EXAMPLE);
        close = (size_t)at + 1;
    }
    struct an_slice rest = { host->at + close, host->len - close };
    ptrdiff_t colon = an_slice_find(rest, ':');
    *ret_port = standard;
    if (colon < 0 && (close == 0 || rest.len == 0)) return AN_OK;
    struct an_slice port = { rest.at + colon + 1, rest.len - (size_t)(colon + 1) };
    if (colon < 0 || (close > 0 && colon != 0))
        return an_fail(error, AN_ERR_INVALID, "listen address \"%s\": only :PORT may follow \"]\"; %s", text, EXAMPLE);
    if (an_slice_find(port, ':') >= 0)
        return an_fail(error, AN_ERR_INVALID, "listen address \"%s\": an IPv6 address needs brackets; %s", text,
                       EXAMPLE);
    uint64_t value;
    if (an_slice_u64(port, 65535, &value) != AN_OK)
        return an_fail(error, AN_ERR_INVALID, "listen address \"%s\": port \"%.*s\" is no number from 0 to 65535; %s",
                       text, (int)(port.len < 20 ? port.len : 20), port.at, EXAMPLE);
    *ret_port = (uint16_t)value;
    host->len = close + (size_t)colon;
    return AN_OK;
}

enum an_err an_listen_parse(const char *text, struct an_listen *ret_listen, struct an_error *error)
{
    an_assert(text != NULL && ret_listen != NULL);
    struct an_slice rest = an_slice_of(text), scheme;
    if (!an_slice_cut(&rest, ':', &scheme))
        return an_fail(error, AN_ERR_INVALID, "listen address \"%.100s\": no transport in front; %s", text, EXAMPLE);
    for (size_t i = 0; i < SCHEME_COUNT; i++) {
        if (!an_slice_equal_nocase(scheme, an_slice_of(schemes[i].name))) continue;
        struct an_listen listen = { .transport = schemes[i].transport };
        uint16_t port = 0;
        enum an_err err = parse_port(&rest, schemes[i].port, text, &port, error);
        if (err == AN_OK) err = parse_host(rest, port, text, &listen, error);
        if (err == AN_OK) *ret_listen = listen;
        return err;
    }
    return an_fail(error, AN_ERR_INVALID,
                   "listen address \"%.100s\": transport \"%.*s\" is none of udp, tcp, tls, hep; %s", text,
                   (int)(scheme.len < 20 ? scheme.len : 20), scheme.at, EXAMPLE);
}

unsigned an_address_text(const union an_address *address, char *out)
{
    char host[INET6_ADDRSTRLEN] = "?";
    int len;
    if (address->any.sa_family == AF_INET6) {
        inet_ntop(AF_INET6, &address->v6.sin6_addr, host, sizeof host);
        len = snprintf(out, AN_LISTEN_TEXT_MAX, "[%s]:%u", host, ntohs(address->v6.sin6_port));
    } else {
        inet_ntop(AF_INET, &address->v4.sin_addr, host, sizeof host);
        len = snprintf(out, AN_LISTEN_TEXT_MAX, "%s:%u", host, ntohs(address->v4.sin_port));
    }
    return (unsigned)len;
}

const char *an_listen_text(const struct an_listen *listen, char *out)
{
    const char *scheme = "?";
    for (size_t i = 0; i < SCHEME_COUNT; i++)
        if (schemes[i].transport == listen->transport) scheme = schemes[i].name;
    char address[AN_LISTEN_TEXT_MAX];
    an_address_text(&listen->address, address);
    snprintf(out, AN_LISTEN_TEXT_MAX, "%s:%.58s", scheme, address);
    return out;
}

unsigned an_address_size(const union an_address *address)
{
    return address->any.sa_family == AF_INET6 ? sizeof address->v6 : sizeof address->v4;
}

enum an_err an_listen_probe(const struct an_listen *listen, struct an_error *error)
{
    an_assert(listen != NULL);
    bool stream = listen->transport == AN_TRANSPORT_TCP || listen->transport == AN_TRANSPORT_TLS;
    bool v6 = listen->address.any.sa_family == AF_INET6;
    char text[AN_LISTEN_TEXT_MAX];
    an_listen_text(listen, text);
    int fd = socket(listen->address.any.sa_family, (stream ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC, 0), on = 1;
    if (fd < 0)
        return an_fail(error, AN_ERR_IO, "listen address %s: no socket: %s%s", text, strerror(errno),
                       v6 ? " (is IPv6 switched off on this machine?)" : "");
    /* SO_REUSEADDR lets a port pass whose old connections are still in TIME_WAIT; a listener still is in the way. */
    if (stream) setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (v6) setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
    int bound = bind(fd, &listen->address.any, an_address_size(&listen->address));
    int saved = errno;
    close(fd);
    if (bound == 0) return AN_OK;
    unsigned port = ntohs(v6 ? listen->address.v6.sin6_port : listen->address.v4.sin_port);
    if (saved == EADDRINUSE)
        return an_fail(error, AN_ERR_IO,
                       "listen address %s is taken by another program; see which with: ss -l%cnp 'sport = :%u', "
                       "and stop it or listen on another port",
                       text, stream ? 't' : 'u', port);
    if (saved == EACCES)
        return an_fail(error, AN_ERR_IO,
                       "listen address %s: permission denied; ports below 1024 need CAP_NET_BIND_SERVICE "
                       "(AmbientCapabilities in the systemd unit), or take a port from 1024 up",
                       text);
    if (saved == EADDRNOTAVAIL)
        return an_fail(error, AN_ERR_IO, "listen address %s: this machine has no such address; see: ip -brief address",
                       text);
    return an_fail(error, AN_ERR_IO, "listen address %s: %s", text, strerror(saved));
}
