/* libFuzzer target of parse/hep3: any bytes, nothing but an error or a packet that lies within them. */
#include <string.h>

#include "base/err.h"
#include "parse/hep3.h"

static void within(struct an_slice s, const char *bytes, size_t len)
{
    an_assert(s.len == 0 || (s.at >= bytes && s.at + s.len <= bytes + len));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *bytes = (const char *)data;
    struct an_hep3 hep;
    memset(&hep, 0x5a, sizeof hep);
    if (an_hep3_parse(bytes, size, &hep) != AN_OK) return 0;
    an_assert(hep.length <= size && hep.length <= AN_HEP_PACKET_MAX);
    an_assert(hep.src.any.sa_family == AF_INET || hep.src.any.sa_family == AF_INET6);
    an_assert(hep.dst.any.sa_family == hep.src.any.sa_family);
    within(hep.payload, bytes, hep.length);
    within(hep.auth_key, bytes, hep.length);
    within(hep.correlation_id, bytes, hep.length);
    within(hep.node_name, bytes, hep.length);
    struct an_hep3 again; /* what is behind the packet is not looked at */
    an_assert(an_hep3_parse(bytes, hep.length, &again) == AN_OK && again.length == hep.length);
    return 0;
}
