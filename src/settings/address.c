/* Where trunks call from, as text: one address, perhaps with its port, or a network. */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "settings/load.h"

static const uint8_t mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };

/* 16 bytes, IPv4-mapped for IPv4. */
static void network_of(const union an_address *address, uint8_t ret_network[16])
{
    if (address->any.sa_family == AF_INET6) {
        memcpy(ret_network, &address->v6.sin6_addr, 16);
        return;
    }
    memcpy(ret_network, mapped, sizeof mapped);
    memcpy(ret_network + 12, &address->v4.sin_addr, 4);
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
    union an_address address;
    uint64_t prefix;
    if (an_address_parse(host, AN_ADDRESS_BARE_V6, 0, &address, NULL) != AN_OK || an_address_port(&address) != 0)
        return an_fail(error, AN_ERR_INVALID, "%.60s is no network; 10.0.0.0/8 or 2001:db8::/32 is the form", text);
    network_of(&address, rule.network);
    unsigned widest = address.any.sa_family == AF_INET ? 32 : 128;
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
    struct an_slice rest = an_slice_of(text), head;
    union an_address address;
    if (an_slice_cut(&rest, '/', &head)) return read_network(text, head, rest, ret_rule, error);
    if (an_address_parse(an_slice_of(text), AN_ADDRESS_BARE_V6, 0, &address, NULL) != AN_OK)
        return an_fail(error, AN_ERR_INVALID,
                       "%.60s is no address; 10.1.2.3, 10.1.2.3:5060, [2001:db8::1]:5060 or 10.0.0.0/8 is wanted",
                       text);
    network_of(&address, ret_rule->network);
    ret_rule->prefix_bits = 128;
    ret_rule->port = an_address_port(&address);
    return AN_OK;
}

void an_trunk_address_text(const struct an_trunk_rule *rule, char *ret_text)
{
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
