#include "case/wording.h"

#include <stdbool.h>
#include <string.h>

static const struct {
    enum an_category category;
    const char *terms;
} wordings[] = {
#define AN_WORDING(category, terms) { AN_CATEGORY_##category, terms },
#include "case/wording.def"
#undef AN_WORDING
};

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool ends_with(struct an_slice text, const char *with)
{
    size_t len = strlen(with);
    return text.len >= len &&
           an_slice_equal_nocase((struct an_slice) { text.at + text.len - len, len }, an_slice_of(with));
}

static bool denied(struct an_slice before)
{
    return ends_with(before, "不是") || ends_with(before, "并非") || ends_with(before, "not ") ||
           ends_with(before, "not a ");
}

/* Where the term stands and is not denied; text.len: nowhere. */
static size_t find(struct an_slice text, struct an_slice term)
{
    bool ascii = is_letter(term.at[0]);
    for (size_t at = 0; at + term.len <= text.len; at++) {
        if (!an_slice_equal_nocase((struct an_slice) { text.at + at, term.len }, term)) continue;
        size_t end = at + term.len;
        if (ascii && ((at > 0 && is_letter(text.at[at - 1])) || (end < text.len && is_letter(text.at[end])))) continue;
        if (!denied((struct an_slice) { text.at, at })) return at;
    }
    return text.len;
}

enum an_category an_wording_category(struct an_slice words)
{
    enum an_category best = AN_CATEGORY_UNKNOWN;
    unsigned most = 0;
    size_t soonest = 0;
    for (size_t i = 0; i < sizeof wordings / sizeof wordings[0]; i++) {
        struct an_slice terms = an_slice_of(wordings[i].terms), term;
        unsigned count = 0;
        size_t first = words.len;
        for (bool more = true; more;) {
            more = an_slice_cut(&terms, '|', &term);
            size_t at = find(words, term);
            if (at < first) first = at;
            count += at < words.len;
        }
        if (count == 0) continue;
        if (wordings[i].category == AN_CATEGORY_FRAUD) return AN_CATEGORY_FRAUD;
        if (wordings[i].category == AN_CATEGORY_MARKETING && most > 0) continue;
        if (count < most || (count == most && first > soonest)) continue;
        best = wordings[i].category;
        most = count;
        soonest = first;
    }
    return best;
}
