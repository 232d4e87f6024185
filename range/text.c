#include "range/text.h"

/* One code point; *text moves behind it. */
static int step(const char **text)
{
    const unsigned char *c = (const unsigned char *)*text;
    int len = c[0] < 0x80 ? 1 : c[0] < 0xe0 ? 2 : c[0] < 0xf0 ? 3 : 4;
    for (int i = 0; i < len && **text != '\0'; i++) ++*text;
    return len == 3 && c[0] >= 0xe3 ? 2 : 1; /* U+3000 and up */
}

int ar_text_columns(const char *text)
{
    int sum = 0;
    while (*text != '\0') sum += step(&text);
    return sum;
}

int ar_text_put(FILE *out, const char *text, int columns)
{
    int used = 0;
    while (*text != '\0') {
        const char *next = text;
        int wide = step(&next);
        if (used + wide > columns) break;
        fwrite(text, 1, (size_t)(next - text), out);
        used += wide;
        text = next;
    }
    return used;
}

void ar_text_pad(FILE *out, const char *text, int columns, bool right)
{
    int blanks = columns - ar_text_columns(text);
    blanks = blanks < 0 ? 0 : blanks;
    if (right)
        fprintf(out, "%*s%s", blanks, "", text);
    else
        fprintf(out, "%s%*s", text, blanks, "");
}
