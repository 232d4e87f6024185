#include "base/nearest.h"

#include "base/err.h"

enum { WORD_MAX = 63 };

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

static bool same(char a, char b)
{
    return an_lower(a) == an_lower(b);
}

unsigned an_nearest_distance(struct an_slice a, struct an_slice b)
{
    size_t a_len = a.len < WORD_MAX ? a.len : WORD_MAX, b_len = b.len < WORD_MAX ? b.len : WORD_MAX;
    unsigned rows[3][WORD_MAX + 1]; /* the row before last, the last, the current */
    memset(rows, 0, sizeof rows);
    for (size_t j = 0; j <= b_len; j++) rows[1][j] = (unsigned)j;
    for (size_t i = 1; i <= a_len; i++) {
        rows[2][0] = (unsigned)i;
        for (size_t j = 1; j <= b_len; j++) {
            unsigned changed = rows[1][j - 1] + (same(a.at[i - 1], b.at[j - 1]) ? 0 : 1);
            rows[2][j] = least(changed, least(rows[1][j], rows[2][j - 1]) + 1);
            if (i > 1 && j > 1 && same(a.at[i - 1], b.at[j - 2]) && same(a.at[i - 2], b.at[j - 1]))
                rows[2][j] = least(rows[2][j], rows[0][j - 2] + 1);
        }
        memcpy(rows[0], rows[1], sizeof rows[0]);
        memcpy(rows[1], rows[2], sizeof rows[1]);
    }
    return rows[1][b_len];
}

unsigned an_nearest_slack(size_t len)
{
    return (unsigned)(((len < WORD_MAX ? len : WORD_MAX) + 2) / 3);
}

const char *an_nearest(struct an_slice typed, const char *const *words, size_t count)
{
    an_assert(words != NULL || count == 0);
    const char *best = NULL;
    unsigned best_distance = an_nearest_slack(typed.len) + 1;
    for (size_t i = 0; i < count; i++) {
        struct an_slice word = an_slice_of(words[i]);
        unsigned distance = an_nearest_distance(typed, word);
        if (typed.len >= 3 && an_slice_starts(word, typed)) distance = 1; /* an abbreviation */
        if (distance >= best_distance) continue;
        best = words[i];
        best_distance = distance;
    }
    return best;
}
