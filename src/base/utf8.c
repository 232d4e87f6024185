#include "base/utf8.h"

#include <string.h>

#include "base/err.h"

static bool continues(struct an_slice text, size_t at)
{
    return at < text.len && ((unsigned char)text.at[at] & 0xc0) == 0x80;
}

size_t an_utf8_length(struct an_slice text)
{
    if (text.len == 0) return 0;
    unsigned char a = (unsigned char)text.at[0];
    unsigned char b = text.len > 1 ? (unsigned char)text.at[1] : 0;
    if (a < 0x80) return 1;
    if (a >= 0xc2 && a <= 0xdf) return continues(text, 1) ? 2 : 0;
    if (a >= 0xe0 && a <= 0xef) {
        bool wrong = (a == 0xe0 && b < 0xa0) || (a == 0xed && b > 0x9f); /* overlong, surrogates */
        return !wrong && continues(text, 1) && continues(text, 2) ? 3 : 0;
    }
    if (a >= 0xf0 && a <= 0xf4) {
        bool wrong = (a == 0xf0 && b < 0x90) || (a == 0xf4 && b > 0x8f);
        return !wrong && continues(text, 1) && continues(text, 2) && continues(text, 3) ? 4 : 0;
    }
    return 0;
}

bool an_utf8_valid(struct an_slice text)
{
    for (size_t at = 0; at < text.len;) {
        size_t step = an_utf8_length((struct an_slice) { text.at + at, text.len - at });
        if (step == 0) return false;
        at += step;
    }
    return true;
}

uint32_t an_utf8_next(struct an_slice text, size_t *ret_len)
{
    static const unsigned char heads[] = { 0, 0x7f, 0x1f, 0x0f, 0x07 };
    an_assert(text.len > 0 && ret_len != NULL);
    size_t len = an_utf8_length(text);
    *ret_len = len == 0 ? 1 : len;
    if (len == 0) return AN_UTF8_NONE;
    uint32_t c = (uint32_t)((unsigned char)text.at[0] & heads[len]);
    for (size_t i = 1; i < len; i++) c = c << 6 | ((unsigned char)text.at[i] & 0x3f);
    return c;
}

bool an_utf8_is_control(uint32_t c)
{
    if (c < 0x20 || (c >= 0x7f && c <= 0x9f) || c == AN_UTF8_NONE) return true;
    bool separates = c == 0x2028 || c == 0x2029;
    bool turns =
        c == 0x061c || c == 0x200e || c == 0x200f || (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
    return separates || turns;
}

char *an_utf8_inert(char *text)
{
    an_assert(text != NULL);
    struct an_slice rest = an_slice_of(text);
    char *out = text; /* never ahead of what is read */
    for (size_t len; rest.len > 0; rest.at += len, rest.len -= len) {
        if (an_utf8_is_control(an_utf8_next(rest, &len))) {
            *out++ = '?';
            continue;
        }
        memmove(out, rest.at, len);
        out += len;
    }
    *out = '\0';
    return text;
}

size_t an_utf8_copy(struct an_slice text, char *out, size_t size)
{
    an_assert(size > 0);
    if (text.len > size - 1) {
        text.len = size - 1;
        while (text.len > 0 && continues((struct an_slice) { text.at, size }, text.len)) text.len--;
    }
    return an_slice_copy(text, out, size);
}
