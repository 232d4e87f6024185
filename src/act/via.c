#include "act/via.h"

#include <arpa/inet.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "act/answer.h"

/* A Via value cut into "SIP/2.0/UDP host:port" and what follows; head.len 0: not understood. */
struct via {
    struct an_slice head; /* up to the first parameter */
    struct an_slice host; /* without brackets */
    struct an_slice port; /* digits; len 0: none */
    struct an_slice rest; /* parameters, and further values after a comma */
};

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static struct via split(struct an_slice value)
{
    struct via via = { .rest = value };
    const char *at = value.at, *end = value.at + value.len;
    int slashes = 0;
    if (an_slice_starts(value, AN_SLICE("SIP/2.0/"))) { /* nearly always */
        at += 8;
        slashes = 2;
    }
    for (; slashes < 2; at++) {
        if (at == end) return via;
        if (*at == '/') slashes++;
    }
    while (at < end && is_space(*at)) at++;
    while (at < end && !is_space(*at)) at++;
    while (at < end && is_space(*at)) at++;
    const char *host = at, *colon, *stop = memchr(at, ';', (size_t)(end - at));
    if (stop == NULL) stop = end;
    const char *comma = memchr(at, ',', (size_t)(stop - at));
    if (comma != NULL) stop = comma;
    const char *bracket = at < stop && *at == '[' ? memchr(at, ']', (size_t)(stop - at)) : NULL;
    at = bracket == NULL ? at : bracket;
    colon = memchr(at, ':', (size_t)(stop - at));
    at = stop;
    via.head = (struct an_slice) { value.at, (size_t)(at - value.at) };
    via.rest = (struct an_slice) { at, (size_t)(end - at) };
    via.host = an_slice_trim((struct an_slice) { host, (size_t)((colon == NULL ? at : colon) - host) });
    if (colon != NULL) via.port = an_slice_trim((struct an_slice) { colon + 1, (size_t)(at - colon - 1) });
    if (via.host.len >= 2 && via.host.at[0] == '[') {
        via.host.at++;
        via.host.len -= 2;
    }
    return via;
}

/* Text of the source address, IPv6 without brackets (RFC 3261 section 25.1, via-received). */
static size_t source_text(const struct an_call *call, char out[INET6_ADDRSTRLEN])
{
    if (call->peer.any.sa_family == AF_INET6) {
        if (inet_ntop(AF_INET6, &call->peer.v6.sin6_addr, out, INET6_ADDRSTRLEN) == NULL) return 0;
        return strlen(out);
    }
    const uint8_t *bytes = (const uint8_t *)&call->peer.v4.sin_addr;
    size_t len = 0;
    for (int i = 0; i < 4; i++) {
        if (i > 0) out[len++] = '.';
        if (bytes[i] >= 100) out[len++] = (char)('0' + bytes[i] / 100);
        if (bytes[i] >= 10) out[len++] = (char)('0' + bytes[i] / 10 % 10);
        out[len++] = (char)('0' + bytes[i] % 10);
    }
    return len;
}

/* Does sent-by name the source address? */
static bool same_host(const struct an_call *call, struct an_slice host, struct an_slice source)
{
    if (an_slice_equal(host, source)) return true;
    char text[INET6_ADDRSTRLEN];
    struct in6_addr address;
    if (call->peer.any.sa_family != AF_INET6 || host.len >= sizeof text) return false;
    an_slice_copy(host, text, sizeof text);
    return inet_pton(AF_INET6, text, &address) == 1 && memcmp(&address, &call->peer.v6.sin6_addr, sizeof address) == 0;
}

/* Takes one ";name=value" off rest; false at a comma or the end. plain: rest has neither quotes nor commas. */
static bool next_param(struct an_slice *rest, bool plain, struct an_slice *ret_param)
{
    if (rest->len == 0 || rest->at[0] != ';') return false;
    bool quoted = false;
    size_t i = 1;
    if (plain) {
        const char *end = memchr(rest->at + 1, ';', rest->len - 1);
        i = end == NULL ? rest->len : (size_t)(end - rest->at);
    }
    for (; !plain && i < rest->len; i++) {
        char c = rest->at[i];
        if (c == '"')
            quoted = !quoted;
        else if (quoted && c == '\\')
            i++;
        else if (!quoted && (c == ';' || c == ','))
            break;
    }
    if (i > rest->len) i = rest->len;
    *ret_param = (struct an_slice) { rest->at, i };
    rest->at += i;
    rest->len -= i;
    return true;
}

static bool param_is(struct an_slice param, const char *name, size_t len)
{
    if (param.len == len + 1 && memcmp(param.at + 1, name, len) == 0) return true; /* nearly always */
    struct an_slice text = { param.at + 1, param.len - 1 }, head;
    an_slice_cut(&text, '=', &head);
    head = an_slice_trim(head);
    return head.len == len && an_slice_equal_nocase(head, (struct an_slice) { name, len });
}

static uint16_t peer_port(const struct an_call *call)
{
    return ntohs(call->peer.any.sa_family == AF_INET6 ? call->peer.v6.sin6_port : call->peer.v4.sin_port);
}

/* Any Via there is. */
static void put_any(struct an_out *out, const struct an_call *call)
{
    struct via via = split(an_span_slice(call->base, call->parsed.vias[0]));
    if (via.head.len == 0) {
        an_out_clean(out, via.rest);
        return;
    }
    char text[INET6_ADDRSTRLEN];
    struct an_slice source = { text, source_text(call, text) }, param;
    bool asked = false,
         plain = memchr(via.rest.at, '"', via.rest.len) == NULL && memchr(via.rest.at, ',', via.rest.len) == NULL;
    const char *from = via.head.at; /* written up to here */
    while (next_param(&via.rest, plain, &param)) {
        char first = param.len > 1 ? an_lower(param.at[1]) : 'x';
        if (first != 'r' && !is_space(first)) continue;
        bool rport = param_is(param, "rport", 5);
        if (!rport && !param_is(param, "received", 8)) continue;
        an_out_clean(out, (struct an_slice) { from, (size_t)(param.at - from) });
        from = param.at + param.len;
        if (!rport) continue; /* what the sender says of himself is worth nothing */
        asked = true;
        AN_OUT(out, ";rport=");
        an_out_u32(out, peer_port(call));
    }
    an_out_clean(out, (struct an_slice) { from, (size_t)(via.rest.at - from) });
    if (asked || !same_host(call, via.host, source)) {
        AN_OUT(out, ";received=");
        an_out_put(out, source.at, source.len);
    }
    an_out_clean(out, via.rest);
}

enum { PLAIN_MAX = 256, PLAIN_MIN = 16 };

/* Copies an ordinary value (no quotes, commas, brackets, control characters) and marks its semicolons, one bit a byte.
 * False: it is not ordinary. */
static bool copy_plain(char *to, struct an_slice value, uint64_t ret_semicolons[PLAIN_MAX / 64 + 1])
{
#ifdef __SSE2__
    const __m128i low = _mm_set1_epi8(0x1f), delete = _mm_set1_epi8(0x7f), quote = _mm_set1_epi8('"');
    const __m128i comma = _mm_set1_epi8(','), bracket = _mm_set1_epi8('['), semicolon = _mm_set1_epi8(';');
    __m128i odd = _mm_setzero_si128();
    for (size_t i = 0; i < value.len; i += 16) {
        size_t at = i + 16 <= value.len ? i : value.len - 16; /* the last block overlaps the one before it */
        __m128i x = _mm_loadu_si128((const __m128i *)(value.at + at));
        _mm_storeu_si128((__m128i *)(to + at), x);
        odd = _mm_or_si128(odd, _mm_cmpeq_epi8(_mm_max_epu8(x, low), low));
        odd = _mm_or_si128(odd, _mm_or_si128(_mm_cmpeq_epi8(x, delete), _mm_cmpeq_epi8(x, quote)));
        odd = _mm_or_si128(odd, _mm_or_si128(_mm_cmpeq_epi8(x, comma), _mm_cmpeq_epi8(x, bracket)));
        uint64_t mask = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(x, semicolon));
        ret_semicolons[at / 64] |= mask << at % 64;
        if (at % 64 > 48) ret_semicolons[at / 64 + 1] |= mask >> (64 - at % 64);
    }
    return _mm_movemask_epi8(odd) == 0;
#else
    (void)to, (void)value, (void)ret_semicolons;
    return false;
#endif
}

/* The ordinary case in one pass, IPv4 only: the same bytes as put_any. False, and nothing written: not ordinary. */
static bool put_plain(struct an_out *out, const struct an_call *call)
{
    struct an_slice value = an_span_slice(call->base, call->parsed.vias[0]);
    uint64_t semicolons[PLAIN_MAX / 64 + 1] = { 0 };
    if (value.len < PLAIN_MIN || value.len >= PLAIN_MAX || (size_t)(out->end - out->at) < value.len ||
        call->peer.any.sa_family == AF_INET6 || memcmp(value.at, "SIP/2.0/", 8) != 0 ||
        !copy_plain(out->at, value, semicolons))
        return false;
    const unsigned len = (unsigned)value.len;
    unsigned word = 0, host = 8;
    semicolons[len / 64] |= 1ull << len % 64; /* an end for the last parameter */
    while (semicolons[word] == 0) word++;
    unsigned at = word * 64 + (unsigned)__builtin_ctzll(semicolons[word]), from = 0;
    while (host < at && value.at[host] == ' ') host++;
    while (host < at && value.at[host] != ' ') host++;
    while (host < at && value.at[host] == ' ') host++;
    if (host == at) return false;
    char text[INET6_ADDRSTRLEN];
    unsigned source_len = (unsigned)source_text(call, text);
    char behind = host + source_len < at ? value.at[host + source_len] : ':';
    bool same = host + source_len <= at && memcmp(value.at + host, text, source_len) == 0;
    if (behind == ' ') return false;
    bool received = !same || behind != ':'; /* and where rport is asked for */
    while (at < len) {
        unsigned end;
        semicolons[word] &= semicolons[word] - 1;
        while (semicolons[word] == 0) word++;
        end = word * 64 + (unsigned)__builtin_ctzll(semicolons[word]);
        struct an_slice param = { value.at + at, end - at };
        char first = param.len > 1 ? an_lower(param.at[1]) : 'x';
        bool rport = (first == 'r' || first == ' ') && param_is(param, "rport", 5);
        if (rport || ((first == 'r' || first == ' ') && param_is(param, "received", 8))) {
            if (from == 0)
                out->at += at; /* copied already */
            else
                an_out_put(out, value.at + from, at - from);
            from = end;
        }
        if (rport) {
            received = true;
            AN_OUT(out, ";rport=");
            an_out_u32(out, peer_port(call));
        }
        at = end;
    }
    if (from == 0)
        out->at += len;
    else
        an_out_put(out, value.at + from, len - from);
    if (received) {
        AN_OUT(out, ";received=");
        an_out_put(out, text, source_len);
    }
    return true;
}

void an_via_put_top(struct an_out *out, const struct an_call *call)
{
    if (!put_plain(out, call)) put_any(out, call);
}

void an_act_destination(const struct an_call *call, union an_address *ret_to)
{
    an_assert(call != NULL && ret_to != NULL);
    *ret_to = call->peer;
    if (call->parsed.rport || call->parsed.via_count == 0) return;
    struct via via = split(an_span_slice(call->base, call->parsed.vias[0]));
    if (via.head.len == 0) return;
    uint64_t port = 5060;
    if (via.port.len > 0 && (an_slice_u64(via.port, 65535, &port) != AN_OK || port == 0)) return;
    if (call->peer.any.sa_family == AF_INET6)
        ret_to->v6.sin6_port = htons((uint16_t)port);
    else
        ret_to->v4.sin_port = htons((uint16_t)port);
}
