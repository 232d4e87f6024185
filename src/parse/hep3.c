#include "parse/hep3.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/clock.h"

enum { HEADER = 6, CHUNK = 6 };

/* Chunk types of vendor 0. */
enum chunk {
    C_FAMILY = 1,
    C_IP_PROTOCOL = 2,
    C_SRC_V4 = 3,
    C_DST_V4 = 4,
    C_SRC_V6 = 5,
    C_DST_V6 = 6,
    C_SRC_PORT = 7,
    C_DST_PORT = 8,
    C_TIME_S = 9,
    C_TIME_US = 10,
    C_PROTOCOL = 11,
    C_AGENT = 12,
    C_AUTH_KEY = 14,
    C_PAYLOAD = 15,
    C_COMPRESSED = 16,
    C_CORRELATION_ID = 17,
    C_NODE_NAME = 19,
    C_KNOWN = 20,
};

/* Bytes of a fixed-size chunk's value; 0: any length. */
static const uint8_t value_sizes[C_KNOWN] = {
    [C_FAMILY] = 1,   [C_IP_PROTOCOL] = 1, [C_SRC_V4] = 4, [C_DST_V4] = 4,  [C_SRC_V6] = 16,  [C_DST_V6] = 16,
    [C_SRC_PORT] = 2, [C_DST_PORT] = 2,    [C_TIME_S] = 4, [C_TIME_US] = 4, [C_PROTOCOL] = 1, [C_AGENT] = 4,
};

static uint32_t big_endian(const char *at, size_t size)
{
    uint32_t value = 0;
    for (size_t i = 0; i < size; i++) value = value << 8 | (uint8_t)at[i];
    return value;
}

/* Values by chunk type, and which of them are there. */
struct chunks {
    struct an_slice values[C_KNOWN];
    uint32_t seen;
};

static bool has(const struct chunks *c, enum chunk type)
{
    return (c->seen & 1u << type) != 0;
}

static uint32_t number(const struct chunks *c, enum chunk type)
{
    return has(c, type) ? big_endian(c->values[type].at, c->values[type].len) : 0;
}

static enum an_err collect(const char *bytes, size_t length, struct chunks *ret)
{
    for (size_t at = HEADER; at < length;) {
        if (length - at < CHUNK) return AN_ERR_MALFORMED;
        uint32_t vendor = big_endian(bytes + at, 2), type = big_endian(bytes + at + 2, 2);
        size_t size = big_endian(bytes + at + 4, 2);
        if (size < CHUNK || size > length - at) return AN_ERR_MALFORMED;
        struct an_slice value = { bytes + at + CHUNK, size - CHUNK };
        at += size;
        if (vendor != 0 || type >= C_KNOWN) continue;
        if (value_sizes[type] != 0 && value.len != value_sizes[type]) return AN_ERR_MALFORMED;
        if (ret->seen & 1u << type) return AN_ERR_MALFORMED;
        ret->seen |= 1u << type;
        ret->values[type] = value;
    }
    return AN_OK;
}

static bool address(const struct chunks *c, bool v6, enum chunk v4_type, enum chunk port, union an_address *ret)
{
    enum chunk type = v6 ? v4_type + (C_SRC_V6 - C_SRC_V4) : v4_type;
    if (!has(c, type)) return false;
    memset(ret, 0, sizeof *ret);
    if (v6) {
        ret->v6.sin6_family = AF_INET6;
        ret->v6.sin6_port = htons((uint16_t)number(c, port));
        memcpy(&ret->v6.sin6_addr, c->values[type].at, 16);
    } else {
        ret->v4.sin_family = AF_INET;
        ret->v4.sin_port = htons((uint16_t)number(c, port));
        memcpy(&ret->v4.sin_addr, c->values[type].at, 4);
    }
    return true;
}

enum an_err an_hep3_parse(const char *bytes, size_t len, struct an_hep3 *ret_hep3)
{
    an_assert(bytes != NULL || len == 0);
    an_assert(ret_hep3 != NULL);
    if (len > 0 && (bytes[0] == 1 || bytes[0] == 2)) return AN_ERR_UNSUPPORTED;
    if (memcmp(bytes == NULL ? "" : bytes, "HEP3", len < 4 ? len : 4) != 0) return AN_ERR_MALFORMED;
    if (len < HEADER) return AN_ERR_MORE;
    size_t length = big_endian(bytes + 4, 2);
    if (length > AN_HEP_PACKET_MAX) return AN_ERR_LIMIT;
    if (length < HEADER) return AN_ERR_MALFORMED;
    if (length > len) return AN_ERR_MORE;

    struct chunks c = { .seen = 0 };
    enum an_err err = collect(bytes, length, &c);
    if (err != AN_OK) return err;
    uint32_t family = number(&c, C_FAMILY);
    struct an_hep3 hep = { .length = (uint32_t)length };
    if (family != 2 && family != 10) return AN_ERR_MALFORMED; /* AF_INET, AF_INET6 of Linux on the wire */
    if (!address(&c, family == 10, C_SRC_V4, C_SRC_PORT, &hep.src)) return AN_ERR_MALFORMED;
    if (!address(&c, family == 10, C_DST_V4, C_DST_PORT, &hep.dst)) return AN_ERR_MALFORMED;
    if (!has(&c, C_PROTOCOL) || number(&c, C_TIME_US) >= AN_US_PER_S) return AN_ERR_MALFORMED;
    if (!has(&c, C_PAYLOAD)) return has(&c, C_COMPRESSED) ? AN_ERR_UNSUPPORTED : AN_ERR_MALFORMED;
    hep.ip_protocol = (uint8_t)number(&c, C_IP_PROTOCOL);
    hep.protocol = (uint8_t)number(&c, C_PROTOCOL);
    hep.agent = number(&c, C_AGENT);
    hep.time_us = has(&c, C_TIME_S) ? number(&c, C_TIME_S) * AN_US_PER_S + number(&c, C_TIME_US) : 0;
    hep.auth_key = c.values[C_AUTH_KEY];
    hep.correlation_id = c.values[C_CORRELATION_ID];
    hep.node_name = c.values[C_NODE_NAME];
    hep.payload = c.values[C_PAYLOAD];
    *ret_hep3 = hep;
    return AN_OK;
}
