#include "act/out.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

typedef uint8_t block __attribute__((vector_size(16)));

/* 0xff where a byte is a control character. */
static inline block controls(block x)
{
    return (block)(x < 0x20) | (block)(x == 0x7f);
}

/* 0xff where a byte may have to be escaped in a URI: all that must be, and "~", which is spared two comparisons. */
static inline block suspects(block x)
{
    return (block)(x <= 0x20) | (block)(x >= 0x7b) | (block)(x == '"') | (block)((x | 2) == '>') |
           (block)((x | 2) == '^') | (block)(x == '`');
}

static inline bool any(block x)
{
#ifdef __SSE2__
    return _mm_movemask_epi8((__m128i)x) != 0;
#else
    uint64_t halves[2];
    memcpy(halves, &x, sizeof halves);
    return (halves[0] | halves[1]) != 0;
#endif
}

/* The same of less than a block: its bytes, some of them twice, fill the block that is tested. */
static inline bool copy_short(char *to, const char *from, size_t len, block (*test)(block))
{
    uint64_t halves[2] = { 0x6161616161616161, 0x6161616161616161 };
    if (len >= 8) {
        memcpy(&halves[0], from, 8);
        memcpy(&halves[1], from + len - 8, 8);
        memcpy(to, &halves[0], 8);
        memcpy(to + len - 8, &halves[1], 8);
    } else if (len >= 4) {
        memcpy(&halves[0], from, 4);
        memcpy(&halves[1], from + len - 4, 4);
        memcpy(to, &halves[0], 4);
        memcpy(to + len - 4, &halves[1], 4);
    } else {
        for (size_t i = 0; i < len; i++) {
            halves[0] = halves[0] << 8 | (uint8_t)from[i];
            to[i] = from[i];
        }
    }
    block x;
    memcpy(&x, halves, sizeof x);
    return any(test(x));
}

/* Copies len bytes and says whether test marks one of them. The last block overlaps the one before it. */
static inline bool copy_tested(char *to, const char *from, size_t len, block (*test)(block))
{
    block x, found = { 0 };
    if (len < sizeof x) return copy_short(to, from, len, test);
    for (size_t i = 0; i + sizeof x < len; i += sizeof x) {
        memcpy(&x, from + i, sizeof x);
        memcpy(to + i, &x, sizeof x);
        found |= test(x);
    }
    memcpy(&x, from + len - sizeof x, sizeof x);
    memcpy(to + len - sizeof x, &x, sizeof x);
    return any(found | test(x));
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
    if (copy_tested(out->at, value.at, value.len, controls))
        clean_slowly(out, value);
    else
        out->at += value.len;
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
    value = __builtin_bswap64(value); /* most significant digit first */
    typedef int8_t digits __attribute__((vector_size(16)));
    typedef uint64_t halves __attribute__((vector_size(16)));
    digits high = (digits)(halves) { value >> 4 & 0x0f0f0f0f0f0f0f0f },
           low = (digits)(halves) { value & 0x0f0f0f0f0f0f0f0f };
    digits text = __builtin_shufflevector(high, low, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
    text += '0' + ((text > 9) & ('a' - '0' - 10));
    an_out_put(out, (const char *)&text, sizeof text);
}

enum { URI = 1, PARAM = 2 };

/* URI: may stand in a URI between angle brackets; PARAM: also in the value of a URI parameter. */
__extension__ static const uint8_t allowed[256] = {
#define BOTH (URI | PARAM)
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
    if ((size_t)(out->end - out->at) < part.len) {
        out->full = true;
        return;
    }
    if (copy_tested(out->at, part.at, part.len, suspects))
        escape(out, part, URI);
    else
        out->at += part.len;
}

void an_out_param(struct an_out *out, struct an_slice value)
{
    escape(out, value, PARAM);
}
