#include "settings/nearest.h"

#include <string.h>

#include "base/err.h"

enum { WORD_MAX = 63 };

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

unsigned an_nearest_distance(const char *a, const char *b)
{
    an_assert(a != NULL && b != NULL);
    size_t a_len = strnlen(a, WORD_MAX), b_len = strnlen(b, WORD_MAX);
    unsigned rows[3][WORD_MAX + 1]; /* the row before last, the last, the current */
    memset(rows, 0, sizeof rows);
    for (size_t j = 0; j <= b_len; j++) rows[1][j] = (unsigned)j;
    for (size_t i = 1; i <= a_len; i++) {
        rows[2][0] = (unsigned)i;
        for (size_t j = 1; j <= b_len; j++) {
            unsigned changed = rows[1][j - 1] + (a[i - 1] != b[j - 1]);
            rows[2][j] = least(changed, least(rows[1][j], rows[2][j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                rows[2][j] = least(rows[2][j], rows[0][j - 2] + 1);
        }
        memcpy(rows[0], rows[1], sizeof rows[0]);
        memcpy(rows[1], rows[2], sizeof rows[1]);
    }
    return rows[1][b_len];
}

unsigned an_nearest_slack(const char *typed)
{
    size_t len = strlen(typed);
    return len < 4 ? 1 : (unsigned)(len / 3);
}
