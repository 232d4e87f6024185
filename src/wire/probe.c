#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "wire/inside.h"

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
    if (saved == EADDRINUSE)
        return an_fail(error, AN_ERR_IO,
                       "listen address %s is taken by another program; see which with: ss -l%cnp 'sport = :%u', "
                       "and stop it or listen on another port",
                       text, stream ? 't' : 'u', an_address_port(&listen->address));
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
