#include "enrich/trunk.h"

#include <arpa/inet.h>
#include <stdio.h>

#include "base/err.h"
#include "base/hash.h"
#include "enrich/hop.h"

/* Network byte order, IPv4 as ::ffff:a.b.c.d. False: no address of a family we know. */
static bool address_bytes(const union an_address *peer, uint8_t bytes[16], uint16_t *ret_port)
{
    if (peer->any.sa_family == AF_INET6) {
        memcpy(bytes, &peer->v6.sin6_addr, 16);
        *ret_port = ntohs(peer->v6.sin6_port);
        return true;
    }
    if (peer->any.sa_family != AF_INET) return false;
    memset(bytes, 0, 10);
    bytes[10] = bytes[11] = 0xff;
    memcpy(bytes + 12, &peer->v4.sin_addr, 4);
    *ret_port = ntohs(peer->v4.sin_port);
    return true;
}

static bool within(const struct an_trunk_rule *rule, const uint8_t bytes[16], uint16_t port)
{
    unsigned whole = rule->prefix_bits / 8, bits = rule->prefix_bits % 8;
    if (rule->prefix_bits > 128 || (rule->port != 0 && rule->port != port)) return false;
    if (memcmp(rule->network, bytes, whole) != 0) return false;
    return bits == 0 || ((rule->network[whole] ^ bytes[whole]) >> (8 - bits)) == 0;
}

uint32_t an_trunk_id(struct an_slice name)
{
    if (name.len == 0) return AN_TRUNK_NONE;
    uint64_t hash = an_hash64(name.at, name.len, 0);
    uint32_t id = (uint32_t)(hash ^ hash >> 32);
    return id == AN_TRUNK_NONE ? 1 : id;
}

/* Too long a name keeps its beginning and a hash of the whole, so that two of them stay two. */
static void set_name(struct an_trunk *trunk, struct an_slice name)
{
    *trunk = (struct an_trunk) { 0 };
    if (name.len < sizeof trunk->name) {
        memcpy(trunk->name, name.at, name.len);
    } else {
        uint64_t hash = an_hash64(name.at, name.len, 0);
        memcpy(trunk->name, name.at, 14);
        snprintf(trunk->name + 14, sizeof trunk->name - 14, "~%08x", (unsigned)(hash ^ hash >> 32));
    }
    trunk->id = an_trunk_id(an_slice_of(trunk->name));
}

static size_t put_byte(char *out, unsigned value)
{
    size_t n = 0;
    if (value >= 100) out[n++] = (char)('0' + value / 100);
    if (value >= 10) out[n++] = (char)('0' + value / 10 % 10);
    out[n++] = (char)('0' + value % 10);
    return n;
}

static void name_by_address(const uint8_t bytes[16], struct an_trunk *trunk)
{
    static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
    char text[INET6_ADDRSTRLEN + 2];
    size_t n = 0;
    if (memcmp(bytes, mapped, 12) == 0) {
        for (int i = 12; i < 16; i++) {
            n += put_byte(text + n, bytes[i]);
            if (i < 15) text[n++] = '.';
        }
    } else {
        text[n++] = '[';
        if (inet_ntop(AF_INET6, bytes, text + 1, INET6_ADDRSTRLEN) != NULL) n = strlen(text);
        text[n++] = ']';
    }
    set_name(trunk, (struct an_slice) { text, n });
}

void an_trunk_of_peer(const struct an_settings *settings, const union an_address *peer, struct an_trunk *ret_trunk)
{
    an_assert(settings != NULL && peer != NULL && ret_trunk != NULL);
    uint8_t bytes[16];
    uint16_t port;
    *ret_trunk = (struct an_trunk) { 0 };
    if (!address_bytes(peer, bytes, &port)) return;
    for (size_t i = 0; i < settings->trunk_count; i++) {
        const struct an_trunk_rule *rule = &settings->trunks[i];
        if (!within(rule, bytes, port)) continue;
        set_name(ret_trunk, (struct an_slice) { rule->name, strnlen(rule->name, sizeof rule->name) });
        ret_trunk->may_show_public = rule->may_show_public;
        ret_trunk->proxy = rule->proxy;
        ret_trunk->subscribers = rule->subscribers;
        return;
    }
    name_by_address(bytes, ret_trunk);
}

void an_trunk_behind_proxy(const struct an_settings *settings, const struct an_call *call, struct an_trunk *trunk)
{
    an_assert(settings != NULL && call != NULL && trunk != NULL && trunk->proxy);
    const struct an_parsed *p = &call->parsed;
    union an_address hop;
    if (p->status != 0) return; /* a response's Vias name those it goes to */
    for (unsigned i = 1; trunk->proxy && i < p->via_count && i < AN_SIP_VIAS_MAX; i++) {
        if (!an_hop_of_via(an_span_slice(call->base, p->vias[i]), &hop)) return;
        an_trunk_of_peer(settings, &hop, trunk);
    }
}

void an_trunk_of_name(const struct an_settings *settings, struct an_slice name, struct an_trunk *ret_trunk)
{
    an_assert(settings != NULL && ret_trunk != NULL);
    set_name(ret_trunk, name);
    for (size_t i = 0; i < settings->trunk_count; i++) {
        const struct an_trunk_rule *rule = &settings->trunks[i];
        struct an_slice known = { rule->name, strnlen(rule->name, sizeof rule->name) };
        if (!an_slice_equal(known, an_slice_of(ret_trunk->name))) continue;
        ret_trunk->may_show_public = rule->may_show_public;
        ret_trunk->subscribers = rule->subscribers;
        return;
    }
}
