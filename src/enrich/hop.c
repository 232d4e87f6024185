#include "enrich/hop.h"

#include "model/listen.h"

enum { PORT_DEFAULT = 5060 };

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Takes "SIP / 2.0 / UDP" and the space behind it off the front. */
static bool skip_protocol(struct an_slice *via)
{
    struct an_slice part;
    for (int slash = 0; slash < 2; slash++)
        if (!an_slice_cut(via, '/', &part)) return false;
    *via = an_slice_trim(*via);
    size_t n = 0;
    while (n < via->len && !is_space(via->at[n])) n++;
    *via = an_slice_trim((struct an_slice) { via->at + n, via->len - n });
    return via->len > 0;
}

/* The next parameter's name and value; text is what comes after it. */
static bool next_parameter(struct an_slice *text, struct an_slice *ret_name, struct an_slice *ret_value)
{
    if (text->len == 0) return false;
    size_t n = 0;
    for (bool quoted = false; n < text->len && (quoted || text->at[n] != ';'); n++) {
        if (text->at[n] == '"') quoted = !quoted;
        if (quoted && text->at[n] == '\\' && n + 1 < text->len) n++;
    }
    struct an_slice parameter = { text->at, n };
    *text = (struct an_slice) { text->at + n, text->len - n };
    if (text->len > 0) *text = (struct an_slice) { text->at + 1, text->len - 1 };
    ptrdiff_t equals = an_slice_find(parameter, '=');
    size_t name = equals < 0 ? parameter.len : (size_t)equals, value = equals < 0 ? parameter.len : name + 1;
    *ret_name = an_slice_trim((struct an_slice) { parameter.at, name });
    *ret_value = an_slice_trim((struct an_slice) { parameter.at + value, parameter.len - value });
    return true;
}

static void set_port(union an_address *address, uint64_t port)
{
    if (address->any.sa_family == AF_INET6)
        address->v6.sin6_port = htons((uint16_t)port);
    else
        address->v4.sin_port = htons((uint16_t)port);
}

bool an_hop_of_via(struct an_slice via, union an_address *ret_address)
{
    an_assert(ret_address != NULL);
    struct an_slice name, value, received = { NULL, 0 };
    uint64_t port = 0;
    if (!skip_protocol(&via)) return false;
    ptrdiff_t semicolon = an_slice_find(via, ';');
    size_t end = semicolon < 0 ? via.len : (size_t)semicolon;
    struct an_slice sent_by = an_slice_trim((struct an_slice) { via.at, end });
    struct an_slice parameters = { via.at + end, via.len - end };
    while (next_parameter(&parameters, &name, &value)) {
        if (received.len == 0 && an_slice_equal_nocase(name, AN_SLICE("received"))) received = value;
        if (port == 0 && an_slice_equal_nocase(name, AN_SLICE("rport")) &&
            an_slice_u64(value, UINT16_MAX, &port) != AN_OK)
            port = 0;
    }
    union an_address sender, seen;
    bool known = an_address_parse(sent_by, 0, PORT_DEFAULT, &sender, NULL) == AN_OK;
    if (received.len > 0) {
        if (an_address_parse(received, AN_ADDRESS_BARE_V6, PORT_DEFAULT, &seen, NULL) != AN_OK) return false;
        if (port == 0 && known) port = an_address_port(&sender);
    } else if (known) {
        seen = sender;
    } else {
        return false;
    }
    if (port != 0) set_port(&seen, port);
    *ret_address = seen;
    return true;
}
