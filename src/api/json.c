#include "api/json.h"

#include <math.h>
#include <stdlib.h>

#include "api/text.h"
#include "base/utf8.h"

struct reader {
    struct an_slice text;
    size_t at;
    struct an_json_error *error;
    struct an_slice *items; /* objects at the top, or in the array at the top */
    size_t items_max, count;
};

static enum an_err value(struct reader *r, unsigned depth);

static enum an_err refuse(struct reader *r, size_t at, enum an_err err, const char *why)
{
    r->error->at = at;
    return an_fail(&r->error->why, err, "%s", why);
}

static int peek(const struct reader *r)
{
    return r->at < r->text.len ? (unsigned char)r->text.at[r->at] : -1;
}

static int peek_past_space(struct reader *r)
{
    int c = peek(r);
    while (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
        r->at++;
        c = peek(r);
    }
    return c;
}

static bool take(struct reader *r, char wanted)
{
    if (peek(r) != wanted) return false;
    r->at++;
    return true;
}

static int hex_digit(int c)
{
    if (c >= '0' && c <= '9') return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Four hex digits; -1 when they are not. */
static int hex4(struct reader *r)
{
    int code = 0;
    for (int i = 0; i < 4; i++) {
        int digit = hex_digit(peek(r));
        if (digit < 0) return -1;
        code = code << 4 | digit;
        r->at++;
    }
    return code;
}

static enum an_err escape(struct reader *r)
{
    size_t from = r->at - 1;
    int c = peek(r);
    r->at += c >= 0;
    if (c != 'u') {
        if (c > 0 && strchr("\"\\/bfnrt", c) != NULL) return AN_OK;
        return refuse(r, from, AN_ERR_MALFORMED,
                      "no such escape; use \\\" \\\\ \\/ \\b \\f \\n \\r \\t or \\u and 4 hex digits");
    }
    int code = hex4(r);
    if (code < 0) return refuse(r, from, AN_ERR_MALFORMED, "\\u wants 4 hex digits");
    if (code == 0) return refuse(r, from, AN_ERR_MALFORMED, "NUL (\\u0000) has no place in a text");
    if (code >= 0xdc00 && code <= 0xdfff)
        return refuse(r, from, AN_ERR_MALFORMED, "second half of a surrogate pair without the first");
    if (code < 0xd800 || code > 0xdbff) return AN_OK;
    int low = take(r, '\\') && take(r, 'u') ? hex4(r) : -1;
    if (low < 0xdc00 || low > 0xdfff) return refuse(r, from, AN_ERR_MALFORMED, "first half of a surrogate pair alone");
    return AN_OK;
}

/* After the opening quote. ret_value: what stands between the quotes, escapes kept. */
static enum an_err string(struct reader *r, struct an_slice *ret_value)
{
    size_t from = r->at;
    while (r->at < r->text.len) {
        unsigned char c = (unsigned char)r->text.at[r->at];
        if (c == '"') {
            *ret_value = (struct an_slice) { r->text.at + from, r->at - from };
            r->at++;
            return AN_OK;
        }
        if (c < 0x20) return refuse(r, r->at, AN_ERR_MALFORMED, "control character in a text; escape it");
        if (c == '\\') {
            r->at++;
            enum an_err err = escape(r);
            if (err != AN_OK) return err;
            continue;
        }
        size_t step = an_utf8_length((struct an_slice) { r->text.at + r->at, r->text.len - r->at });
        if (step == 0) return refuse(r, r->at, AN_ERR_MALFORMED, "not UTF-8");
        r->at += step;
    }
    return refuse(r, from - 1, AN_ERR_MALFORMED, "text without its closing quote");
}

static size_t digits(struct reader *r)
{
    size_t from = r->at;
    while (peek(r) >= '0' && peek(r) <= '9') r->at++;
    return r->at - from;
}

static enum an_err number(struct reader *r)
{
    size_t from = r->at;
    char copy[AN_JSON_NUMBER_MAX + 1];
    take(r, '-');
    bool good = take(r, '0') || digits(r) > 0;
    if (good && take(r, '.')) good = digits(r) > 0;
    if (good && (peek(r) | 0x20) == 'e') {
        r->at++;
        if (!take(r, '+')) take(r, '-');
        good = digits(r) > 0;
    }
    if (!good) return refuse(r, from, AN_ERR_MALFORMED, "not a JSON number (such as 12, -0.5, 1e3)");
    if (r->at - from > AN_JSON_NUMBER_MAX)
        return refuse(r, from, AN_ERR_LIMIT, "number over the limit JSON_NUMBER_MAX, 32 characters");
    an_slice_copy((struct an_slice) { r->text.at + from, r->at - from }, copy, sizeof copy);
    if (!isfinite(strtod(copy, NULL))) return refuse(r, from, AN_ERR_LIMIT, "number too large");
    return AN_OK;
}

static enum an_err literal(struct reader *r)
{
    static const char *const words[] = { "true", "false", "null" };
    struct an_slice rest = { r->text.at + r->at, r->text.len - r->at };
    for (size_t i = 0; i < 3; i++)
        if (an_slice_starts(rest, an_slice_of(words[i]))) {
            r->at += strlen(words[i]);
            return AN_OK;
        }
    return refuse(r, r->at, AN_ERR_MALFORMED,
                  "not a JSON value (an object, array, text in double quotes, number, true, "
                  "false or null)");
}

static enum an_err member_name(struct reader *r, struct an_slice *names, size_t count, struct an_slice *ret_name)
{
    if (peek_past_space(r) != '"') return refuse(r, r->at, AN_ERR_MALFORMED, "expected a name in double quotes");
    size_t from = r->at++;
    enum an_err err = string(r, ret_name);
    if (err != AN_OK) return err;
    if (ret_name->len > AN_JSON_NAME_MAX)
        return refuse(r, from, AN_ERR_LIMIT, "name over the limit JSON_NAME_MAX, 64 bytes");
    if (an_slice_find(*ret_name, '\\') >= 0) return refuse(r, from, AN_ERR_MALFORMED, "escape in a name");
    for (size_t i = 0; i < count; i++)
        if (an_slice_equal(names[i], *ret_name)) {
            r->error->at = from;
            return an_fail(&r->error->why, AN_ERR_MALFORMED, "\"%.*s\" is named twice in the same object",
                           (int)ret_name->len, ret_name->at);
        }
    return AN_OK;
}

static enum an_err object(struct reader *r, unsigned depth)
{
    struct an_slice names[AN_JSON_MEMBERS_MAX];
    size_t count = 0;
    r->at++;
    if (peek_past_space(r) == '}') {
        r->at++;
        return AN_OK;
    }
    for (;;) {
        struct an_slice name;
        if (count == AN_JSON_MEMBERS_MAX)
            return refuse(r, r->at, AN_ERR_LIMIT, "object over the limit JSON_MEMBERS_MAX, 32 members");
        enum an_err err = member_name(r, names, count, &name);
        if (err != AN_OK) return err;
        names[count++] = name;
        if (peek_past_space(r) != ':') return refuse(r, r->at, AN_ERR_MALFORMED, "expected : after the name");
        r->at++;
        err = value(r, depth + 1);
        if (err != AN_OK) return err;
        int c = peek_past_space(r);
        if (c != ',' && c != '}') return refuse(r, r->at, AN_ERR_MALFORMED, "expected , or } after the value");
        r->at++;
        if (c == '}') return AN_OK;
    }
}

static enum an_err array(struct reader *r, unsigned depth)
{
    r->at++;
    if (peek_past_space(r) == ']') {
        r->at++;
        return AN_OK;
    }
    for (;;) {
        enum an_err err = value(r, depth + 1);
        if (err != AN_OK) return err;
        int c = peek_past_space(r);
        if (c != ',' && c != ']') return refuse(r, r->at, AN_ERR_MALFORMED, "expected , or ] after the value");
        r->at++;
        if (c == ']') return AN_OK;
    }
}

static enum an_err value(struct reader *r, unsigned depth)
{
    struct an_slice text;
    int c = peek_past_space(r);
    if (depth > AN_JSON_DEPTH_MAX)
        return refuse(r, r->at, AN_ERR_LIMIT, "nested deeper than the limit JSON_DEPTH_MAX, 8");
    switch (c) {
    case -1: return refuse(r, r->at, AN_ERR_MALFORMED, "the text ends where a value should be");
    case '{': return object(r, depth);
    case '[': return array(r, depth);
    case '"': r->at++; return string(r, &text);
    case '-':
    case '0':
    case '1':
    case '2':
    case '3':
    case '4':
    case '5':
    case '6':
    case '7':
    case '8':
    case '9': return number(r);
    default: return literal(r);
    }
}

static enum an_err item(struct reader *r, unsigned depth)
{
    if (peek_past_space(r) != '{') return refuse(r, r->at, AN_ERR_MALFORMED, "expected an object: { ... }");
    size_t from = r->at;
    enum an_err err = object(r, depth);
    if (err != AN_OK) return err;
    if (r->count < r->items_max) r->items[r->count] = (struct an_slice) { r->text.at + from, r->at - from };
    r->count++;
    return AN_OK;
}

static enum an_err items(struct reader *r)
{
    for (;;) {
        r->at++; /* [ or , */
        enum an_err err = item(r, 2);
        if (err != AN_OK) return err;
        int c = peek_past_space(r);
        if (c != ',' && c != ']') return refuse(r, r->at, AN_ERR_MALFORMED, "expected , or ] after the object");
        if (c == ']') break;
    }
    r->at++;
    if (r->count <= r->items_max) return AN_OK;
    r->error->at = 0;
    return an_fail(&r->error->why, AN_ERR_LIMIT,
                   "%zu objects in the array, over the limit DECIDE_CALLS_MAX, %zu; send them "
                   "in several requests",
                   r->count, r->items_max);
}

enum an_err an_json_split(struct an_slice text, struct an_slice *ret_items, size_t items_max, size_t *ret_count,
                          bool *ret_array, struct an_json_error *ret_error)
{
    an_assert(ret_items != NULL && items_max > 0 && ret_count != NULL && ret_array != NULL && ret_error != NULL);
    struct reader r = { .text = text, .error = ret_error, .items = ret_items, .items_max = items_max };
    int c = peek_past_space(&r);
    if (c == -1) return refuse(&r, 0, AN_ERR_MALFORMED, "empty body; expected an object or an array of objects");
    if (an_slice_starts(text, AN_SLICE("\xef\xbb\xbf")))
        return refuse(&r, 0, AN_ERR_MALFORMED, "a byte order mark stands before the JSON text; send it without one");
    bool is_array = c == '[';
    enum an_err err = is_array ? items(&r) : item(&r, 1);
    if (err != AN_OK) return err;
    if (peek_past_space(&r) != -1)
        return refuse(&r, r.at, AN_ERR_MALFORMED, "something follows the end of the JSON text");
    *ret_count = r.count;
    *ret_array = is_array;
    return AN_OK;
}
