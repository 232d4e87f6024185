#include "base/utf8.h"

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

size_t an_utf8_copy(struct an_slice text, char *out, size_t size)
{
    an_assert(size > 0);
    if (text.len > size - 1) {
        text.len = size - 1;
        while (text.len > 0 && continues((struct an_slice) { text.at, size }, text.len)) text.len--;
    }
    return an_slice_copy(text, out, size);
}
