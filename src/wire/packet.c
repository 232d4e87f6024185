#include "wire/packet.h"

#include <arpa/inet.h>
#include <pcap/dlt.h>
#include <string.h>

enum { ETHER_IPV4 = 0x0800, ETHER_IPV6 = 0x86dd, VLAN_TAGS_MAX = 4, EXTENSIONS_MAX = 8 };

bool an_packet_knows(int link_type)
{
    switch (link_type) {
    case DLT_EN10MB:
    case DLT_LINUX_SLL:
    case DLT_LINUX_SLL2:
    case DLT_RAW:
    case DLT_IPV4:
    case DLT_IPV6:
    case DLT_NULL:
    case DLT_LOOP: return true;
    default: return false;
    }
}

static bool skip(struct an_slice *bytes, size_t len)
{
    if (bytes->len < len) return false;
    bytes->at += len;
    bytes->len -= len;
    return true;
}

/* An ethertype stands at the type's offset of a header of header_len bytes; VLAN tags may follow. */
static enum an_err read_ethertype(struct an_slice *bytes, size_t at, size_t header_len, unsigned *ret_type)
{
    if (bytes->len < header_len) return AN_ERR_MALFORMED;
    unsigned type = an_be16(bytes->at + at);
    skip(bytes, header_len);
    for (int i = 0; i < VLAN_TAGS_MAX && (type == 0x8100 || type == 0x88a8 || type == 0x9100); i++) {
        if (bytes->len < 4) return AN_ERR_MALFORMED;
        type = an_be16(bytes->at + 2);
        skip(bytes, 4);
    }
    *ret_type = type;
    return AN_OK;
}

static enum an_err read_link(int link_type, struct an_slice *bytes, unsigned *ret_type)
{
    switch (link_type) {
    case DLT_EN10MB: return read_ethertype(bytes, 12, 14, ret_type);
    case DLT_LINUX_SLL: return read_ethertype(bytes, 14, 16, ret_type);
    case DLT_LINUX_SLL2: return read_ethertype(bytes, 0, 20, ret_type);
    case DLT_NULL: /* address families differ from system to system, the version nibble doesn't */
    case DLT_LOOP:
        if (!skip(bytes, 4)) return AN_ERR_MALFORMED;
        break;
    default: break;
    }
    if (bytes->len == 0) return AN_ERR_MALFORMED;
    unsigned version = (uint8_t)bytes->at[0] >> 4;
    *ret_type = version == 4 ? ETHER_IPV4 : version == 6 ? ETHER_IPV6 : 0;
    return AN_OK;
}

static enum an_err read_ipv4(struct an_slice bytes, struct an_packet *packet)
{
    if (bytes.len < 20 || (uint8_t)bytes.at[0] >> 4 != 4) return AN_ERR_MALFORMED;
    size_t header = ((size_t)bytes.at[0] & 15) * 4, total = an_be16(bytes.at + 2);
    if (total == 0) total = bytes.len; /* segmentation offload leaves 0 */
    if (header < 20 || total < header) return AN_ERR_MALFORMED;
    if (total > bytes.len) return AN_ERR_MORE;
    unsigned flags = an_be16(bytes.at + 6);
    packet->source.v4.sin_family = packet->destination.v4.sin_family = AF_INET;
    memcpy(&packet->source.v4.sin_addr, bytes.at + 12, 4);
    memcpy(&packet->destination.v4.sin_addr, bytes.at + 16, 4);
    packet->protocol = (uint8_t)bytes.at[9];
    packet->offset = (flags & 0x1fff) * 8;
    packet->last = (flags & 0x2000) == 0;
    packet->fragment = packet->offset > 0 || !packet->last;
    packet->id = an_be16(bytes.at + 4);
    packet->payload = (struct an_slice) { bytes.at + header, total - header };
    return AN_OK;
}

/* RFC 8200 section 4. */
static enum an_err read_ipv6(struct an_slice bytes, struct an_packet *packet)
{
    if (bytes.len < 40 || (uint8_t)bytes.at[0] >> 4 != 6) return AN_ERR_MALFORMED;
    size_t len = an_be16(bytes.at + 4);
    if (len == 0) len = bytes.len - 40;
    if (len > bytes.len - 40) return AN_ERR_MORE;
    packet->source.v6.sin6_family = packet->destination.v6.sin6_family = AF_INET6;
    memcpy(&packet->source.v6.sin6_addr, bytes.at + 8, 16);
    memcpy(&packet->destination.v6.sin6_addr, bytes.at + 24, 16);
    struct an_slice rest = { bytes.at + 40, len };
    uint8_t next = (uint8_t)bytes.at[6];
    for (int i = 0; i < EXTENSIONS_MAX; i++) {
        bool options = next == IPPROTO_HOPOPTS || next == IPPROTO_ROUTING || next == IPPROTO_DSTOPTS;
        if (!options && next != IPPROTO_FRAGMENT && next != IPPROTO_AH) break;
        if (rest.len < 8) return AN_ERR_MALFORMED;
        size_t units = (uint8_t)rest.at[1], size = next == IPPROTO_AH ? (units + 2) * 4 : (units + 1) * 8;
        if (next == IPPROTO_FRAGMENT) {
            unsigned flags = an_be16(rest.at + 2);
            packet->offset = flags & 0xfff8;
            packet->last = (flags & 1) == 0;
            packet->fragment = packet->offset > 0 || !packet->last;
            packet->id = an_be32(rest.at + 4);
            size = 8;
        }
        next = (uint8_t)rest.at[0];
        if (!skip(&rest, size)) return AN_ERR_MALFORMED;
        if (packet->offset > 0) break; /* what follows belongs to the first part */
    }
    packet->protocol = next;
    packet->payload = rest;
    return AN_OK;
}

enum an_err an_packet_read(int link_type, struct an_slice bytes, struct an_packet *ret_packet)
{
    an_assert(ret_packet != NULL && an_packet_knows(link_type));
    struct an_packet packet;
    memset(&packet, 0, sizeof packet); /* every byte: streams are found by a hash of the addresses */
    packet.last = true;
    unsigned type = 0;
    enum an_err err = read_link(link_type, &bytes, &type);
    if (err != AN_OK) return err;
    if (type != ETHER_IPV4 && type != ETHER_IPV6) return AN_ERR_UNSUPPORTED;
    err = type == ETHER_IPV4 ? read_ipv4(bytes, &packet) : read_ipv6(bytes, &packet);
    if (err == AN_OK) *ret_packet = packet;
    return err;
}

void an_packet_set_ports(struct an_packet *packet, uint16_t source, uint16_t destination)
{
    if (packet->source.any.sa_family == AF_INET6) {
        packet->source.v6.sin6_port = htons(source);
        packet->destination.v6.sin6_port = htons(destination);
    } else {
        packet->source.v4.sin_port = htons(source);
        packet->destination.v4.sin_port = htons(destination);
    }
}

enum an_err an_packet_udp(struct an_packet *packet)
{
    struct an_slice *p = &packet->payload;
    if (p->len < 8) return AN_ERR_MALFORMED;
    size_t len = an_be16(p->at + 4);
    if (len == 0) len = p->len;
    if (len < 8) return AN_ERR_MALFORMED;
    if (len > p->len) return AN_ERR_MORE;
    an_packet_set_ports(packet, an_be16(p->at), an_be16(p->at + 2));
    *p = (struct an_slice) { p->at + 8, len - 8 };
    return AN_OK;
}

bool an_packet_looks_like_sip(struct an_slice payload)
{
    enum { METHOD_MAX = 16, LINE_MAX = 2048 };
    if (an_slice_starts(payload, AN_SLICE("SIP/2.0 "))) return true;
    size_t i = 0;
    while (i < payload.len && i < METHOD_MAX && payload.at[i] >= 'A' && payload.at[i] <= 'Z') i++;
    if (i < 2 || i >= payload.len || payload.at[i] != ' ') return false;
    struct an_slice line = { payload.at, payload.len < LINE_MAX ? payload.len : LINE_MAX };
    const char *end = memchr(line.at, '\n', line.len);
    if (end != NULL) line.len = (size_t)(end - line.at);
    return memmem(line.at, line.len, " SIP/2.0", 8) != NULL;
}
