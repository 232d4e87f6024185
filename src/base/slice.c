#include "base/slice.h"

#include "base/err.h"

bool an_slice_equal_nocase(struct an_slice a, struct an_slice b)
{
    if (a.len != b.len) return false;
    for (size_t i = 0; i < a.len; i++)
        if (an_lower(a.at[i]) != an_lower(b.at[i])) return false;
    return true;
}

bool an_slice_starts(struct an_slice text, struct an_slice prefix)
{
    return text.len >= prefix.len && an_slice_equal((struct an_slice) { text.at, prefix.len }, prefix);
}

static bool blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct an_slice an_slice_trim(struct an_slice text)
{
    while (text.len > 0 && blank(text.at[0])) text = (struct an_slice) { text.at + 1, text.len - 1 };
    while (text.len > 0 && blank(text.at[text.len - 1])) text.len--;
    return text;
}

ptrdiff_t an_slice_find(struct an_slice text, char c)
{
    const char *hit = text.len == 0 ? NULL : memchr(text.at, c, text.len);
    return hit == NULL ? -1 : hit - text.at;
}

bool an_slice_cut(struct an_slice *text, char c, struct an_slice *ret_head)
{
    an_assert(text != NULL && ret_head != NULL);
    ptrdiff_t at = an_slice_find(*text, c);
    if (at < 0) {
        *ret_head = *text;
        *text = (struct an_slice) { text->at, 0 };
        return false;
    }
    *ret_head = (struct an_slice) { text->at, (size_t)at };
    *text = (struct an_slice) { text->at + at + 1, text->len - (size_t)at - 1 };
    return true;
}

int an_slice_u64(struct an_slice text, uint64_t max, uint64_t *ret_value)
{
    an_assert(ret_value != NULL);
    if (text.len == 0) return AN_ERR_MALFORMED;
    uint64_t value = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (!an_is_digit(text.at[i])) return AN_ERR_MALFORMED;
        uint64_t digit = (uint64_t)(text.at[i] - '0');
        if (value > (UINT64_MAX - digit) / 10) return AN_ERR_LIMIT;
        value = value * 10 + digit;
    }
    if (value > max) return AN_ERR_LIMIT;
    *ret_value = value;
    return AN_OK;
}

int an_slice_double(struct an_slice text, double *ret_value)
{
    an_assert(ret_value != NULL);
    double value = 0, scale = 1;
    size_t i = 0, digits = 0;
    bool negative = text.len > 0 && text.at[0] == '-';
    if (negative) i++;
    for (; i < text.len && an_is_digit(text.at[i]); i++, digits++) value = value * 10 + (text.at[i] - '0');
    if (i < text.len && text.at[i] == '.')
        for (i++; i < text.len && an_is_digit(text.at[i]); i++, digits++) {
            scale *= 10;
            value = value * 10 + (text.at[i] - '0');
        }
    if (i != text.len || digits == 0 || digits > 17) return AN_ERR_MALFORMED;
    *ret_value = (negative ? -value : value) / scale;
    return AN_OK;
}

size_t an_slice_copy(struct an_slice text, char *out, size_t size)
{
    an_assert(out != NULL && size > 0);
    size_t len = text.len < size - 1 ? text.len : size - 1;
    if (len > 0) memcpy(out, text.at, len);
    out[len] = '\0';
    return len;
}
