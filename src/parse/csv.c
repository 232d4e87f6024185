#include "parse/csv.h"

#include <inttypes.h>
#include <string.h>

void an_csv_init(struct an_csv *csv, char separator)
{
    an_assert(csv != NULL);
    an_assert(separator == '\0' || separator == ',' || separator == ';' || separator == '\t');
    csv->separator = separator;
    csv->begun = csv->skipping = false;
    csv->line = 0;
    csv->next_line = 1;
    csv->count = csv->scratch_used = 0;
}

char an_csv_separator(const char *bytes, size_t len)
{
    an_assert(bytes != NULL || len == 0);
    static const char candidates[3] = { ',', ';', '\t' };
    size_t counts[3] = { 0, 0, 0 }, best = 0;
    bool quoted = false;
    for (size_t i = 0; i < len && i < AN_RECORD_LINE_MAX && bytes[i] != '\n'; i++) {
        if (bytes[i] == '"') quoted = !quoted;
        for (size_t k = 0; !quoted && k < 3; k++) counts[k] += bytes[i] == candidates[k];
    }
    for (size_t k = 1; k < 3; k++)
        if (counts[k] > counts[best]) best = k;
    return candidates[best];
}

/* A record being taken apart. Positions are offsets into bytes. */
struct scan {
    struct an_csv *csv;
    const char *bytes;
    size_t len; /* not beyond the limit of a record */
    size_t at;
    bool cut; /* len is the limit, not the end of the input */
    bool last;
    struct an_error *error;
};

/* The record does not end within what is there. */
static enum an_err ran_out(const struct scan *s, bool quoted, size_t quote)
{
    if (s->cut)
        return an_fail(s->error, AN_ERR_LIMIT,
                       "line %" PRIu64 ", column %zu: the record is over the limit RECORD_LINE_MAX, %d bytes%s",
                       s->csv->line, s->csv->count + 1, AN_RECORD_LINE_MAX,
                       quoted ? "; is a closing quote missing?" : "");
    if (!s->last) return AN_ERR_MORE;
    an_assert(quoted);
    return an_fail(s->error, AN_ERR_MALFORMED,
                   "line %" PRIu64 ", column %zu: the quote opened at byte %zu is never closed; close it with \", and "
                   "write a quote inside the text twice",
                   s->csv->line, s->csv->count + 1, quote + 1);
}

static enum an_err add_cell(struct scan *s, struct an_slice cell)
{
    struct an_csv *csv = s->csv;
    if (csv->count == AN_RECORD_COLUMNS_MAX)
        return an_fail(s->error, AN_ERR_LIMIT, "line %" PRIu64 ": over the limit RECORD_COLUMNS_MAX, %d columns",
                       csv->line, AN_RECORD_COLUMNS_MAX);
    csv->cells[csv->count++] = cell;
    return AN_OK;
}

/* Copies a quoted cell with single quotes in place of the doubled ones. */
static struct an_slice undouble(struct an_csv *csv, struct an_slice text)
{
    char *out = csv->scratch + csv->scratch_used;
    size_t n = 0;
    an_assert(text.len <= sizeof csv->scratch - csv->scratch_used);
    for (size_t i = 0; i < text.len; i++) {
        out[n++] = text.at[i];
        if (text.at[i] == '"') i++;
    }
    csv->scratch_used += n;
    return (struct an_slice) { out, n };
}

static bool line_ends(const struct scan *s, size_t at)
{
    return s->bytes[at] == '\n' || (s->bytes[at] == '\r' && at + 1 < s->len && s->bytes[at + 1] == '\n');
}

/* s->at stands behind the opening quote; afterwards behind the closing one, on a separator or at the line's end. */
static enum an_err quoted_cell(struct scan *s)
{
    size_t start = s->at, end;
    bool doubled = false;
    for (;;) {
        const char *quote = memchr(s->bytes + s->at, '"', s->len - s->at);
        if (quote == NULL) return ran_out(s, true, start - 1);
        end = (size_t)(quote - s->bytes);
        s->at = end + 1;
        if (s->at == s->len || s->bytes[s->at] != '"') break;
        doubled = true;
        s->at++;
    }
    while (s->at < s->len && s->bytes[s->at] == ' ') s->at++;
    if (s->at == s->len && (s->cut || !s->last)) return ran_out(s, false, 0);
    if (s->at + 1 == s->len && s->bytes[s->at] == '\r') {
        if (s->cut || !s->last) return ran_out(s, false, 0);
        s->at = s->len; /* a file that ends in CR */
    }
    if (s->at < s->len && s->bytes[s->at] != s->csv->separator && !line_ends(s, s->at))
        return an_fail(s->error, AN_ERR_MALFORMED,
                       "line %" PRIu64 ", column %zu: text after the closing quote at byte %zu; write a quote inside "
                       "the text twice (\"\")",
                       s->csv->line, s->csv->count + 1, end + 1);
    struct an_slice cell = { s->bytes + start, end - start };
    return add_cell(s, doubled ? undouble(s->csv, cell) : cell);
}

static enum an_err plain_cell(struct scan *s)
{
    size_t start = s->at;
    char separator = s->csv->separator;
    while (s->at < s->len && s->bytes[s->at] != separator && s->bytes[s->at] != '\n') s->at++;
    if (s->at == s->len && (s->cut || !s->last)) return ran_out(s, false, 0);
    size_t end = s->at;
    if ((end == s->len || s->bytes[end] == '\n') && end > start && s->bytes[end - 1] == '\r') end--;
    return add_cell(s, (struct an_slice) { s->bytes + start, end - start });
}

/* One record, s->at at its first byte; afterwards behind its line end. */
static enum an_err record(struct scan *s)
{
    for (;;) {
        size_t first = s->at;
        while (first < s->len && s->bytes[first] == ' ') first++;
        bool quoted = first < s->len && s->bytes[first] == '"';
        if (quoted) s->at = first + 1;
        enum an_err err = quoted ? quoted_cell(s) : plain_cell(s);
        if (err != AN_OK) return err;
        if (s->at == s->len) return AN_OK;
        if (s->bytes[s->at] == s->csv->separator) {
            s->at++;
            continue;
        }
        s->at += s->bytes[s->at] == '\r' ? 2 : 1;
        return AN_OK;
    }
}

static uint64_t count_lines(const char *bytes, size_t len)
{
    uint64_t lines = 0;
    for (const char *end = bytes + len; bytes < end; lines++) {
        bytes = memchr(bytes, '\n', (size_t)(end - bytes));
        if (bytes == NULL) break;
        bytes++;
    }
    return lines;
}

/* Passes over the rest of a line; true when its end is there. */
static bool skip_line(struct an_csv *csv, const char *bytes, size_t len, size_t *at)
{
    const char *end = len == *at ? NULL : memchr(bytes + *at, '\n', len - *at);
    csv->skipping = end == NULL;
    *at = end == NULL ? len : (size_t)(end - bytes) + 1;
    csv->next_line += end != NULL;
    return end != NULL;
}

/* Byte order marks: of UTF-8 it is passed over, of UTF-16 nothing can be read. */
static enum an_err begin(const char *bytes, size_t len, bool last, size_t *at, struct an_error *error)
{
    if (len >= 2 && (memcmp(bytes, "\xff\xfe", 2) == 0 || memcmp(bytes, "\xfe\xff", 2) == 0))
        return an_fail(error, AN_ERR_UNSUPPORTED, "line 1: the file is UTF-16; save it as UTF-8");
    if (len < 3 && !last && memcmp(bytes, "\xef\xbb\xbf", len) == 0) return AN_ERR_MORE;
    if (len < 2 && !last) return AN_ERR_MORE;
    if (len >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0) *at = 3;
    return AN_OK;
}

enum an_err an_csv_next(struct an_csv *csv, const char *bytes, size_t len, bool last, size_t *ret_used,
                        struct an_error *error)
{
    an_assert(csv != NULL && ret_used != NULL);
    an_assert(bytes != NULL || len == 0);
    size_t at = 0;
    *ret_used = 0;
    csv->count = csv->scratch_used = 0;
    if (csv->skipping && !skip_line(csv, bytes, len, &at)) {
        *ret_used = len;
        return last ? AN_ERR_END : AN_ERR_MORE;
    }
    if (!csv->begun && len > 0) {
        enum an_err err = begin(bytes, len, last, &at, error);
        if (err == AN_ERR_UNSUPPORTED) *ret_used = len;
        if (err != AN_OK) return err;
        if (csv->separator == '\0') {
            if (memchr(bytes, '\n', len) == NULL && !last && len < AN_RECORD_LINE_MAX) return AN_ERR_MORE;
            csv->separator = an_csv_separator(bytes + at, len - at);
        }
        csv->begun = true;
    }
    while (at < len && (bytes[at] == '\n' || (bytes[at] == '\r' && at + 1 < len && bytes[at + 1] == '\n'))) {
        at += bytes[at] == '\r' ? 2 : 1;
        csv->next_line++;
    }
    *ret_used = at;
    csv->line = csv->next_line;
    if (at == len) return last ? AN_ERR_END : AN_ERR_MORE;

    size_t room = len - at;
    bool cut = room > AN_RECORD_LINE_MAX + 2;
    struct scan s = { .csv = csv,
                      .bytes = bytes,
                      .len = cut ? at + AN_RECORD_LINE_MAX + 2 : len,
                      .at = at,
                      .cut = cut,
                      .last = last,
                      .error = error };
    enum an_err err = record(&s);
    if (err == AN_OK && memchr(bytes + at, '\0', s.at - at) != NULL)
        err = an_fail(error, AN_ERR_MALFORMED, "line %" PRIu64 ": a NUL byte; is this a text file?", csv->line);
    if (err == AN_OK) {
        csv->next_line += count_lines(bytes + at, s.at - at);
        at = s.at;
    } else if (err != AN_ERR_MORE) {
        csv->count = 0;
        skip_line(csv, bytes, len, &at);
    }
    *ret_used = at;
    return err;
}
