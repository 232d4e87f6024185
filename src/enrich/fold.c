#include "enrich/fold.h"

#include "base/err.h"

static const char *const nobody[] = {
    "anonymous",
    "unknown",
    "unavailable",
    "private",
    "restricted",
    "withheld",
    "blocked",
    "none",
    "null",
    "nil",
    "na",
    "n/a",
    "no number",
    "number withheld",
    "private number",
    "unknown number",
    "anonymous.invalid",
    "invalid",
    "hidden",
    "未知",
    "未知号码",
    "匿名",
    "私人号码",
    "隐藏",
    "隐藏号码",
    "号码隐藏",
    "无主叫",
    "无",
    "-",
    "--",
    "?",
};

static int hex_of(char c)
{
    if (an_is_digit(c)) return c - '0';
    c = an_lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Next character with %-escapes undone and full-width forms made plain. 0: the end; -1: not ASCII. */
static int next_char(struct an_slice *text)
{
    static const unsigned char no_break[2] = { 0xc2, 0xa0 };
    if (text->len == 0) return 0;
    unsigned char c = (unsigned char)text->at[0];
    size_t used = 1;
    if (c == '%' && text->len >= 3 && hex_of(text->at[1]) >= 0 && hex_of(text->at[2]) >= 0) {
        c = (unsigned char)(hex_of(text->at[1]) << 4 | hex_of(text->at[2]));
        used = 3;
    } else if (text->len >= 3 && c == 0xef && (unsigned char)text->at[1] == 0xbc) {
        unsigned char low = (unsigned char)text->at[2]; /* U+FF00..FF3F: '!' .. '_' */
        c = low > 0x80 ? (unsigned char)(low - 0x60) : 0xff;
        used = 3;
    } else if (text->len >= 3 && c == 0xe2 && (unsigned char)text->at[1] == 0x80) {
        c = '-'; /* U+2010..2015 are dashes, U+2000..200F spaces, U+202A..202E marks that spreadsheets leave behind */
        used = 3;
    } else if (text->len >= 2 && memcmp(text->at, no_break, 2) == 0) {
        c = ' ';
        used = 2;
    }
    text->at += used;
    text->len -= used;
    return c == 0 || c >= 0x80 ? -1 : c;
}

static bool is_nobody(struct an_slice text)
{
    if (text.len == 0) return true;
    for (unsigned i = 0; i < sizeof nobody / sizeof nobody[0]; i++)
        if (an_slice_equal_nocase(text, an_slice_of(nobody[i]))) return true;
    return false;
}

/* Takes scheme, angle brackets, quotes, host and parameters off; what follows the first ';' goes to ret_parameters. */
static struct an_slice core_of(struct an_slice text, struct an_slice *ret_parameters)
{
    static const char *const schemes[] = { "tel:", "sip:", "sips:" };
    struct an_slice head;
    text = an_slice_trim(text);
    if (text.len >= 2 &&
        ((text.at[0] == '<' && text.at[text.len - 1] == '>') || (text.at[0] == '"' && text.at[text.len - 1] == '"') ||
         (text.at[0] == '\'' && text.at[text.len - 1] == '\''))) {
        text.at++;
        text.len -= 2;
    }
    for (unsigned i = 0; i < sizeof schemes / sizeof schemes[0]; i++) {
        struct an_slice scheme = an_slice_of(schemes[i]);
        if (text.len < scheme.len || !an_slice_equal_nocase((struct an_slice) { text.at, scheme.len }, scheme))
            continue;
        text.at += scheme.len;
        text.len -= scheme.len;
        break;
    }
    *ret_parameters = (struct an_slice) { NULL, 0 };
    if (an_slice_cut(&text, ';', &head)) {
        *ret_parameters = text;
        text = head;
        ptrdiff_t host = an_slice_find(text, '@');
        if (host >= 0) text.len = (size_t)host; /* then they are the URI's, not the user's */
    } else {
        text = head;
        an_slice_cut(&text, '@', &head);
        text = head;
    }
    return an_slice_trim(text);
}

static bool is_separator(int c)
{
    return c == ' ' || c == '-' || c == '.' || c == '(' || c == ')' || c == '/' || c == '\t' || c == '_' || c == '\r' ||
           c == '\n';
}

/* Behind a number of 7 digits or more: a pause or an extension, which the plan does not count. */
static bool is_extension(int c, struct an_slice rest, unsigned count)
{
    if (count < 7) return false;
    if (c == ',' || c == '\\') return true;
    if (an_lower((char)c) == 'e' && rest.len >= 3 &&
        an_slice_equal_nocase((struct an_slice) { rest.at, 2 }, AN_SLICE("xt"))) {
        rest.at += 2;
        rest.len -= 2;
    } else if (an_lower((char)c) != 'x') {
        return false;
    }
    for (size_t i = 0; i < rest.len; i++)
        if (!an_is_digit(rest.at[i]) && !is_separator(rest.at[i]) && rest.at[i] != ':') return false;
    return rest.len > 0;
}

/* "*67", "*31#", "#31#", "**21*" in front of a number: feature codes of 2 digits, or 3 when a star or hash ends them.
 * text stands at the star. */
static bool skip_code(struct an_slice *text)
{
    struct an_slice t = *text;
    unsigned digits = 0;
    while (t.len > 0 && (t.at[0] == '*' || t.at[0] == '#')) t.at++, t.len--;
    while (t.len > 0 && digits < 3 && an_is_digit(t.at[0])) {
        if (digits == 2 && (t.len < 2 || (t.at[1] != '*' && t.at[1] != '#'))) break;
        t.at++, t.len--, digits++;
    }
    while (t.len > 0 && (t.at[0] == '*' || t.at[0] == '#')) t.at++, t.len--;
    if (digits < 2 || t.len < 3) return false;
    *text = t;
    return true;
}

/* A global phone-context (RFC 3966 section 5.1.5) goes in front of a local number; a domain says nothing to us. */
static void put_context(struct an_slice parameters, struct an_folded *f)
{
    struct an_slice one;
    bool more = true;
    while (more && parameters.len > 0 && !f->plus) {
        more = an_slice_cut(&parameters, ';', &one);
        struct an_slice name;
        if (!an_slice_cut(&one, '=', &name) || !an_slice_equal_nocase(an_slice_trim(name), AN_SLICE("phone-context")))
            continue;
        ptrdiff_t host = an_slice_find(one, '@');
        if (host >= 0) one.len = (size_t)host;
        char digits[AN_FOLD_DIGITS_MAX];
        unsigned n = 0;
        int c = next_char(&one);
        if (c != '+') continue;
        while ((c = next_char(&one)) > 0 && n < 15)
            if (an_is_digit((char)c)) digits[n++] = (char)c;
        unsigned skip = f->digits[0] == '0' && n > 0 && !(n == 2 && memcmp(digits, "39", 2) == 0) ? 1 : 0;
        if (n == 0 || n + f->count > AN_FOLD_DIGITS_MAX || (f->count >= 2 && memcmp(f->digits, "00", 2) == 0)) continue;
        if (skip != 0 && n > 2 && memcmp(digits, "86", 2) == 0) n = 2; /* 0-area-number inside an area's context */
        memmove(f->digits + n, f->digits + skip, f->count - skip);
        memcpy(f->digits, digits, n);
        f->count += n - skip;
        f->plus = true;
    }
}

static enum an_fold scan(struct an_slice text, struct an_folded *f)
{
    if (text.len > 0 && (text.at[0] == '*' || text.at[0] == '#')) {
        if (!skip_code(&text)) return AN_FOLD_NAME;
        f->code_prefix = true;
    }
    while (text.len > 0) {
        bool zero_in_brackets = text.len >= 3 && memcmp(text.at, "(0)", 3) == 0;
        int c = next_char(&text);
        if (an_is_digit((char)c)) {
            if (f->count == AN_FOLD_DIGITS_MAX) return AN_FOLD_NAME;
            f->digits[f->count++] = (char)c;
        } else if (c == '+' && f->count == 0 && !f->plus) {
            f->plus = true;
        } else if (zero_in_brackets && f->plus) { /* +44 (0)20 ... */
            text.at += 2;
            text.len -= 2;
        } else if (c == '#' && text.len == 0 && f->count > 0) { /* ends dialling */
            break;
        } else if (is_extension(c, text, f->count)) {
            break;
        } else if (!is_separator(c)) {
            return AN_FOLD_NAME;
        }
    }
    return AN_FOLD_DIGITS;
}

/* Digits and at most a "+" in front: nearly all that SIP carries. False: anything else, to be read with care. */
static bool scan_plain(struct an_slice text, struct an_folded *f)
{
    f->plus = text.len > 0 && text.at[0] == '+';
    size_t at = f->plus ? 1 : 0;
    if (text.len <= at || text.len > 24) return false;
    bool plain = true, zero = true;
    for (size_t i = at; i < text.len; i++) {
        plain &= an_is_digit(text.at[i]);
        zero &= text.at[i] == '0';
        f->digits[i - at] = text.at[i];
    }
    f->count = (unsigned)(text.len - at);
    f->code_prefix = false;
    f->core = text;
    return plain && !zero;
}

enum an_fold an_fold_text(struct an_slice text, struct an_folded *ret_folded)
{
    an_assert(ret_folded != NULL && (text.at != NULL || text.len == 0));
    struct an_slice parameters;
    struct an_folded *f = ret_folded;
    if (scan_plain(text, f)) return AN_FOLD_DIGITS;
    f->count = 0;
    f->plus = f->code_prefix = false;
    f->core = core_of(text, &parameters);
    if (scan(f->core, f) == AN_FOLD_NAME) return is_nobody(f->core) ? AN_FOLD_NOBODY : AN_FOLD_NAME;
    if (f->count == 0) return f->plus ? AN_FOLD_NAME : AN_FOLD_NOBODY;
    unsigned i = 0;
    while (i < f->count && f->digits[i] == '0') i++;
    if (i == f->count) return AN_FOLD_NOBODY;
    if (parameters.len > 0) put_context(parameters, f);
    return AN_FOLD_DIGITS;
}
