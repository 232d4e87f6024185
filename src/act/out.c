#include "act/out.h"

#define EVERY(byte) (0x0101010101010101ull * (byte))

/* Not 0 when a byte of x is below 0x20 or is 0x7f ("Determine if a word has a byte less than n", Anderson's
 * bit hacks). */
static inline uint64_t control_bytes(uint64_t x)
{
    uint64_t y = x ^ EVERY(0x7f);
    return (((x - EVERY(0x20)) & ~x) | ((y - EVERY(0x01)) & ~y)) & EVERY(0x80);
}

static void clean_slowly(struct an_out *out, struct an_slice value)
{
    for (size_t i = 0; i < value.len; i++) {
        unsigned char c = (unsigned char)value.at[i];
        if (c == '\r' || c == '\n') {
            while (i + 1 < value.len && strchr("\r\n\t ", value.at[i + 1]) != NULL && value.at[i + 1] != '\0') i++;
            an_out_char(out, ' ');
        } else if (c == '\t') {
            an_out_char(out, ' ');
        } else if (c >= 0x20 && c != 0x7f) {
            an_out_char(out, (char)c);
        }
    }
}

void an_out_clean(struct an_out *out, struct an_slice value)
{
    if ((size_t)(out->end - out->at) < value.len) { /* cleaning only shortens, but this is too long for any use */
        out->full = true;
        return;
    }
    uint64_t found = 0, word;
    size_t i = 0;
    for (; i + sizeof word <= value.len; i += sizeof word) {
        memcpy(&word, value.at + i, sizeof word);
        memcpy(out->at + i, &word, sizeof word);
        found |= control_bytes(word);
    }
    for (; i < value.len; i++) {
        unsigned char c = (unsigned char)value.at[i];
        out->at[i] = (char)c;
        found |= (uint64_t)(c < 0x20 || c == 0x7f);
    }
    if (found == 0)
        out->at += value.len;
    else
        clean_slowly(out, value);
}

void an_out_u32(struct an_out *out, uint32_t value)
{
    char digits[10];
    size_t i = sizeof digits;
    do {
        digits[--i] = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0);
    an_out_put(out, digits + i, sizeof digits - i);
}

void an_out_hex64(struct an_out *out, uint64_t value)
{
    char digits[16];
    for (int i = 15; i >= 0; i--, value >>= 4) digits[i] = "0123456789abcdef"[value & 15];
    an_out_put(out, digits, sizeof digits);
}

enum { URI = 1, PARAM = 2 };

/* URI: may stand in a URI between angle brackets; PARAM: also in the value of a URI parameter. */
__extension__ static const uint8_t allowed[256] = {
#define BOTH URI | PARAM
    ['0' ... '9'] = BOTH, ['A' ... 'Z'] = BOTH, ['a' ... 'z'] = BOTH, ['-'] = BOTH,  ['_'] = BOTH, ['.'] = BOTH,
    ['!'] = BOTH,         ['~'] = BOTH,         ['*'] = BOTH,         ['\''] = BOTH, ['('] = BOTH, [')'] = BOTH,
    ['+'] = BOTH,         [':'] = BOTH,         ['['] = BOTH,         [']'] = BOTH,  ['/'] = BOTH, ['&'] = BOTH,
    ['$'] = BOTH,         ['%'] = BOTH,         ['@'] = URI,          [';'] = URI,   ['='] = URI,  [','] = URI,
    ['?'] = URI,          ['#'] = URI,
#undef BOTH
};

static void escape(struct an_out *out, struct an_slice text, uint8_t use)
{
    size_t from = 0;
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.at[i];
        if (allowed[c] & use) continue;
        an_out_put(out, text.at + from, i - from);
        char code[3] = { '%', "0123456789ABCDEF"[c >> 4], "0123456789ABCDEF"[c & 15] };
        an_out_put(out, code, sizeof code);
        from = i + 1;
    }
    an_out_put(out, text.at + from, text.len - from);
}

void an_out_uri(struct an_out *out, struct an_slice part)
{
    escape(out, part, URI);
}

void an_out_param(struct an_out *out, struct an_slice value)
{
    escape(out, value, PARAM);
}
