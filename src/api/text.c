#include "api/text.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/err.h"
#include "base/utf8.h"

enum { FIRST_ROOM = 1024 };

void an_text_init(struct an_text *text, size_t limit)
{
    an_assert(text != NULL && limit > 0);
    *text = (struct an_text) { .limit = limit };
}

void an_text_done(struct an_text *text)
{
    if (text == NULL) return;
    free(text->at);
    *text = (struct an_text) { .limit = text->limit };
}

void an_text_clear(struct an_text *text)
{
    text->len = 0;
    text->failed = false;
    if (text->at != NULL) text->at[0] = '\0';
}

/* Room for len more bytes and a NUL. */
static bool text_reserve(struct an_text *text, size_t len)
{
    if (text->failed) return false;
    if (len > text->limit - text->len) {
        text->failed = true;
        return false;
    }
    size_t wanted = text->len + len + 1;
    if (wanted <= text->room) return true;
    size_t room = text->room == 0 ? FIRST_ROOM : text->room;
    while (room < wanted) room *= 2;
    char *at = realloc(text->at, room);
    if (at == NULL) {
        text->failed = true;
        return false;
    }
    text->at = at;
    text->room = room;
    return true;
}

void an_text_add(struct an_text *text, const char *bytes, size_t len)
{
    if (!text_reserve(text, len)) return;
    if (len > 0) memcpy(text->at + text->len, bytes, len);
    text->len += len;
    text->at[text->len] = '\0';
}

void an_text_puts(struct an_text *text, const char *string)
{
    an_text_add(text, string, strlen(string));
}

void an_text_printf(struct an_text *text, const char *format, ...)
{
    char line[1024];
    va_list args;
    va_start(args, format);
    int len = vsnprintf(line, sizeof line, format, args);
    va_end(args);
    an_assert(len >= 0 &&
              (size_t)len < sizeof line); /* for short text of our own; the rest goes through an_text_json */
    an_text_add(text, line, (size_t)len);
}

static void json_escape(struct an_text *text, unsigned char c)
{
    char escape[8];
    switch (c) {
    case '"': an_text_add(text, "\\\"", 2); return;
    case '\\': an_text_add(text, "\\\\", 2); return;
    case '\n': an_text_add(text, "\\n", 2); return;
    case '\r': an_text_add(text, "\\r", 2); return;
    case '\t': an_text_add(text, "\\t", 2); return;
    default: snprintf(escape, sizeof escape, "\\u%04x", c); an_text_add(text, escape, 6);
    }
}

void an_text_json(struct an_text *text, struct an_slice value)
{
    an_text_add(text, "\"", 1);
    size_t plain = 0; /* start of the run not yet written */
    for (size_t i = 0; i < value.len;) {
        unsigned char c = (unsigned char)value.at[i];
        size_t step = c < 0x80 ? 1 : an_utf8_length((struct an_slice) { value.at + i, value.len - i });
        if (step > 0 && c >= 0x20 && c != '"' && c != '\\' && c != 0x7f) {
            i += step;
            continue;
        }
        an_text_add(text, value.at + plain, i - plain);
        if (step == 0)
            an_text_add(text, "\xef\xbf\xbd", 3);
        else
            json_escape(text, c);
        plain = ++i;
    }
    an_text_add(text, value.at + plain, value.len - plain);
    an_text_add(text, "\"", 1);
}

void an_text_json_key(struct an_text *text, const char *name)
{
    char last = text->len == 0 ? '{' : text->at[text->len - 1];
    if (last != '{' && last != '[') an_text_add(text, ",", 1);
    an_text_json(text, an_slice_of(name));
    an_text_add(text, ":", 1);
}

void an_text_json_number(struct an_text *text, double value, int decimals)
{
    an_assert(decimals >= 0 && decimals <= 9);
    if (!isfinite(value) || fabs(value) > 1e15) {
        an_text_add(text, "null", 4);
        return;
    }
    uint64_t scale = 1;
    for (int i = 0; i < decimals; i++) scale *= 10;
    if (fabs(value) * (double)scale > 9e18) scale = 1, decimals = 0;
    uint64_t scaled = (uint64_t)(fabs(value) * (double)scale + 0.5);
    if (value < 0 && scaled > 0) an_text_add(text, "-", 1);
    an_text_printf(text, "%llu", (unsigned long long)(scaled / scale));
    uint64_t rest = scaled % scale;
    if (rest == 0) return;
    while (rest % 10 == 0) {
        rest /= 10;
        decimals--;
    }
    an_text_printf(text, ".%0*llu", decimals, (unsigned long long)rest);
}

void an_text_json_pair(struct an_text *text, const char *name, const char *value)
{
    an_text_json_key(text, name);
    if (value == NULL)
        an_text_add(text, "null", 4);
    else
        an_text_json(text, an_slice_of(value));
}

void an_text_json_pair_u64(struct an_text *text, const char *name, uint64_t value)
{
    an_text_json_key(text, name);
    an_text_printf(text, "%llu", (unsigned long long)value);
}

void an_text_json_pair_time(struct an_text *text, const char *name, uint64_t time_us, int32_t utc_offset_s)
{
    struct tm local;
    char out[80];
    int minutes = abs(utc_offset_s) / 60;
    time_t seconds = (time_t)(time_us / 1000000) + utc_offset_s;
    if (time_us == 0 || gmtime_r(&seconds, &local) == NULL) {
        an_text_json_pair(text, name, NULL);
        return;
    }
    snprintf(out, sizeof out, "%04d-%02d-%02dT%02d:%02d:%02d.%03u%c%02d:%02d", (local.tm_year + 1900) % 10000,
             local.tm_mon + 1, local.tm_mday, local.tm_hour, local.tm_min, local.tm_sec,
             (unsigned)(time_us / 1000 % 1000), utc_offset_s < 0 ? '-' : '+', minutes / 60, minutes % 60);
    an_text_json_pair(text, name, out);
}
