#include "cli/inert.h"

#include <stdint.h>
#include <string.h>

#include "base/err.h"
#include "base/utf8.h"

void an_inert_tree(cJSON *tree)
{
    for (cJSON *item = tree; item != NULL; item = item->next) { /* cJSON's own limit of nesting bounds the depth */
        if (item->string != NULL) an_utf8_inert(item->string);
        if (cJSON_IsString(item) && item->valuestring != NULL) an_utf8_inert(item->valuestring);
        if (item->child != NULL) an_inert_tree(item->child);
    }
}

/* Bytes at the head of text that can be written as they are. */
static size_t plain_head(struct an_slice text)
{
    size_t at = 0, len;
    while (at < text.len) {
        char c = text.at[at];
        if ((c >= ' ' && c <= '~') || c == '\n' || c == '\t') {
            at++;
            continue;
        }
        if (an_utf8_is_control(an_utf8_next((struct an_slice) { text.at + at, text.len - at }, &len))) break;
        at += len;
    }
    return at;
}

bool an_inert_json(FILE *out, const char *json, size_t len)
{
    struct an_slice rest = { json, len };
    while (rest.len > 0) {
        size_t step = plain_head(rest);
        if (fwrite(rest.at, 1, step, out) != step) return false;
        rest.at += step;
        rest.len -= step;
        if (rest.len == 0) break;
        uint32_t c = an_utf8_next(rest, &step);
        rest.at += step;
        rest.len -= step;
        /* In JSON a carriage return stands between values only, where a blank is as good. */
        int wrote = c == '\r' ? fputc(' ', out) : fprintf(out, "\\u%04x", c == AN_UTF8_NONE ? 0xfffd : (unsigned)c);
        if (wrote < 0) return false;
    }
    return true;
}

void an_inert_json_line(const char *json)
{
    if (json == NULL) return;
    (void)an_inert_json(stdout, json, strlen(json)); /* what fails is noticed at the end of the program */
    putchar('\n');
}
