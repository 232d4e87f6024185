#include <errno.h>
#include <string.h>

#include "wire/inside.h"

enum { ROUNDS_MAX = 32 }; /* vectors of one socket before the others get their turn */

void an_datagram_prepare(struct an_loop *loop)
{
    for (int i = 0; i < AN_VECTOR_MAX; i++) {
        loop->in_iov[i] =
            (struct iovec) { loop->datagram_memory + (size_t)i * AN_DATAGRAM_STRIDE, loop->options.message_max };
        loop->in[i].msg_hdr = (struct msghdr) { .msg_name = &loop->calls[i].peer,
                                                .msg_namelen = sizeof loop->calls[i].peer,
                                                .msg_iov = &loop->in_iov[i],
                                                .msg_iovlen = 1 };
        loop->out[i].msg_hdr = (struct msghdr) { .msg_iov = &loop->out_iov[i], .msg_iovlen = 1 };
    }
}

/* Nothing, or the line ends and zeros phones send to keep a NAT open (RFC 5626 section 3.5.1 and custom). */
static bool is_keepalive(const char *bytes, size_t len)
{
    if (len > 4) return false;
    for (size_t i = 0; i < len; i++)
        if (bytes[i] != '\r' && bytes[i] != '\n' && bytes[i] != '\0') return false;
    return true;
}

/* Which of our addresses was asked: for an_call.local, and to answer from the same one. */
static void take_local(struct an_call *call, struct msghdr *header, char *control)
{
    struct cmsghdr *found = CMSG_FIRSTHDR(header);
    if (found == NULL) {
        header->msg_controllen = 0;
        return;
    }
    if (found->cmsg_level == IPPROTO_IP && found->cmsg_type == IP_PKTINFO) {
        struct in_pktinfo info;
        memcpy(&info, CMSG_DATA(found), sizeof info);
        call->local.v4.sin_addr = info.ipi_addr;
        info.ipi_ifindex = 0; /* the way back is the routing table's business */
        memcpy(CMSG_DATA(found), &info, sizeof info);
    } else if (found->cmsg_level == IPPROTO_IPV6 && found->cmsg_type == IPV6_PKTINFO) {
        struct in6_pktinfo info;
        memcpy(&info, CMSG_DATA(found), sizeof info);
        call->local.v6.sin6_addr = info.ipi6_addr;
        if (!IN6_IS_ADDR_LINKLOCAL(&info.ipi6_addr)) info.ipi6_ifindex = 0;
        memcpy(CMSG_DATA(found), &info, sizeof info);
    }
    if (control != (char *)header->msg_control) memcpy(control, header->msg_control, header->msg_controllen);
}

/* Fills the vector from n received datagrams; drops move the later ones forward. */
static void gather(struct an_loop *loop, const struct an_source *source, int n)
{
    for (int i = 0; i < n; i++) {
        struct mmsghdr *m = &loop->in[i];
        uint32_t k = loop->vector->count;
        an_count(&loop->counters.received[source->transport]);
        an_count_add(&loop->counters.received_bytes[source->transport], m->msg_len);
        if (m->msg_hdr.msg_flags & MSG_TRUNC) {
            an_count(&loop->counters.oversized);
        } else if (is_keepalive(loop->in_iov[i].iov_base, m->msg_len)) {
            an_count(&loop->counters.keepalives);
        } else {
            if (k != (uint32_t)i) loop->calls[k].peer = loop->calls[i].peer;
            an_loop_add(loop, loop->in_iov[i].iov_base, m->msg_len, source);
            if (source->wildcard) {
                take_local(&loop->calls[k], &m->msg_hdr, loop->control[k]);
                loop->out[k].msg_hdr.msg_controllen = m->msg_hdr.msg_controllen; /* kept aside for send() */
            }
        }
        m->msg_hdr.msg_namelen = sizeof loop->calls[i].peer;
    }
}

void an_datagram_fragment(const struct an_source *source, bool may)
{
    int how = may ? IP_PMTUDISC_WANT : IP_PMTUDISC_DO;
    setsockopt(source->fd, IPPROTO_IP, IP_MTU_DISCOVER, &how, sizeof how);
}

/* A long answer on a short path. The socket is this thread's alone, so that it may change for a moment. */
static bool send_in_fragments(const struct an_source *source, const struct msghdr *header)
{
    an_datagram_fragment(source, true);
    ssize_t sent = sendmsg(source->fd, header, MSG_DONTWAIT | MSG_NOSIGNAL);
    an_datagram_fragment(source, false);
    return sent >= 0;
}

static void send_answers(struct an_loop *loop, const struct an_source *source)
{
    unsigned count = 0, at = 0;
    for (uint32_t i = 0; i < loop->vector->count; i++) {
        struct an_answer *answer = &loop->answers[i];
        if (answer->len == 0) continue;
        struct msghdr *header = &loop->out[count].msg_hdr;
        loop->out_iov[count] = (struct iovec) { answer->bytes, answer->len };
        header->msg_name = &answer->to;
        header->msg_namelen = an_address_size(&answer->to);
        header->msg_controllen = source->wildcard ? loop->out[i].msg_hdr.msg_controllen : 0;
        header->msg_control = header->msg_controllen > 0 ? loop->control[i] : NULL;
        count++;
    }
    while (at < count) {
        int sent = sendmmsg(source->fd, loop->out + at, count - at, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent > 0) {
            at += (unsigned)sent;
            an_count_add(&loop->counters.sent[source->transport], (unsigned)sent);
        } else if (sent < 0 && errno == EINTR) {
            continue;
        } else if (sent < 0 && errno == EMSGSIZE && source->local.any.sa_family == AF_INET &&
                   send_in_fragments(source, &loop->out[at].msg_hdr)) {
            at++;
            an_count(&loop->counters.sent[source->transport]);
        } else if (sent < 0 && (errno == EAGAIN || errno == ENOBUFS)) {
            an_count_add(&loop->counters.send_failed[source->transport],
                         count - at); /* full: the callers will ask again */
            return;
        } else {
            an_count_add(&loop->counters.send_failed[source->transport],
                         1); /* this one can't be reached; the others may be */
            at++;
        }
    }
}

bool an_datagram_receive(struct an_loop *loop, struct an_source *source)
{
    an_assert(loop->vector->count == 0);
    for (int round = 0; round < ROUNDS_MAX; round++) {
        for (int i = 0; source->wildcard && i < AN_VECTOR_MAX; i++) loop->in[i].msg_hdr.msg_control = loop->control[i];
        for (int i = 0; i < AN_VECTOR_MAX; i++)
            loop->in[i].msg_hdr.msg_controllen = source->wildcard ? AN_CONTROL_MAX : 0;
        int n = recvmmsg(source->fd, loop->in, AN_VECTOR_MAX, MSG_DONTWAIT, NULL);
        if (n <= 0) {
            if (n < 0 && errno != EAGAIN && errno != EINTR) an_count(&loop->counters.receive_errors);
            return false;
        }
        gather(loop, source, n);
        if (loop->vector->count > 0) {
            an_loop_process(loop);
            if (source->transport == AN_TRANSPORT_UDP) send_answers(loop, source);
            loop->vector->count = 0;
        }
        if (n < AN_VECTOR_MAX) return false;
    }
    return true;
}
