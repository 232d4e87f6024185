#include "parse/shape.h"

enum { FORM_BYTES_MAX = 120 }; /* of a random value; fits the lanes below */

/* Eight counters in one word: digits, a-f, A-F, g-z, G-Z, dashes, dots, others. This is the shift of each byte's lane.
 */
/* clang-format off */
#define L(shift) (1ull << (shift))
static const uint64_t lane[256] = {
    L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56),
    L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56),
    L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(40), L(48), L(56),
    L(0), L(0), L(0), L(0), L(0), L(0), L(0), L(0), L(0), L(0), L(56), L(56), L(56), L(56), L(56), L(56),
    L(56), L(16), L(16), L(16), L(16), L(16), L(16), L(32), L(32), L(32), L(32), L(32), L(32), L(32), L(32), L(32),
    L(32), L(32), L(32), L(32), L(32), L(32), L(32), L(32), L(32), L(32), L(32), L(56), L(56), L(56), L(56), L(56),
    L(56), L(8), L(8), L(8), L(8), L(8), L(8), L(24), L(24), L(24), L(24), L(24), L(24), L(24), L(24), L(24),
    L(24), L(24), L(24), L(24), L(24), L(24), L(24), L(24), L(24), L(24), L(24), L(56), L(56), L(56), L(56), L(56),
    L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56),
    L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56),
    L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56),
    L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56),
    L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56),
    L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56),
    L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56),
    L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56), L(56),
};
/* clang-format on */

uint64_t an_shape_form(const char *p, size_t len)
{
    uint64_t counts = 0;
    len = len < FORM_BYTES_MAX ? len : FORM_BYTES_MAX;
    for (size_t i = 0; i < len; i++) counts += lane[(uint8_t)p[i]];
    unsigned hex_low = counts >> 8 & 255, hex_up = counts >> 16 & 255, low = counts >> 24 & 255,
             up = counts >> 32 & 255;
    unsigned dashes = counts >> 40 & 255, dots = counts >> 48 & 255, digits = counts & 255;
    bool others = counts >> 56 != 0;
    uint64_t length_class = (len + 4) / 8;
    if (hex_low + low != 0 && hex_up + up != 0) return 6 | length_class << 16;
    unsigned kind = digits != 0;
    if (low != 0)
        kind = 4;
    else if (up != 0)
        kind = 5;
    else if (hex_up != 0)
        kind = 3;
    else if (hex_low != 0 || (digits != 0 && digits % 8 == 0))
        kind = 2;
    dashes = dashes > 7 ? 7 : dashes;
    dots = dots > 7 ? 7 : dots;
    return kind | (uint64_t)others << 3 | (uint64_t)dashes << 4 | (uint64_t)dots << 7 | length_class << 16;
}

uint64_t an_shape_branch(uint64_t state, const char *p, size_t len)
{
    bool cookie = len >= 7 && memcmp(p, "z9hG4bK", 7) == 0;
    if (cookie) {
        p += 7;
        len -= 7;
    }
    return an_shape_fold(state, an_shape_form(p, len) << 1 | cookie);
}

uint64_t an_shape_host_kind(const char *p, const char *end)
{
    if (p == end) return 0;
    if (*p == '[') return 2;
    if (!an_is_digit(*p)) return 3;
    while (p < end && (an_is_digit(*p) || *p == '.')) p++;
    return p == end || *p == ':' ? 1 : 3;
}

uint64_t an_shape_host(uint64_t state, const char *p, const char *end, bool port)
{
    return an_shape_fold(state, an_shape_host_kind(p, end) << 1 | port);
}

uint64_t an_shape_params(uint64_t state, const char *p, const char *end)
{
    while (p < end) {
        p = memchr(p, ';', (size_t)(end - p));
        if (p == NULL) break;
        p = an_ch_skip(p + 1, end);
        const char *name = p;
        p = an_ch_while(p, end, AN_CH_PARAM);
        state = an_shape_bytes(state, name, (size_t)(p - name));
    }
    return state;
}
