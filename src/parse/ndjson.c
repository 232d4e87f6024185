#include "parse/ndjson.h"

#include <inttypes.h>
#include <string.h>

void an_ndjson_init(struct an_ndjson *reader)
{
    an_assert(reader != NULL);
    *reader = (struct an_ndjson) { .next_line = 1 };
}

static bool byte_order_mark(const char *bytes, size_t len)
{
    return len > 0 && memcmp(bytes, "\xef\xbb\xbf", len < 3 ? len : 3) == 0;
}

enum an_err an_ndjson_next(struct an_ndjson *reader, const char *bytes, size_t len, bool last, size_t *ret_used,
                           struct an_slice *ret_line, struct an_error *error)
{
    an_assert(reader != NULL && ret_used != NULL && ret_line != NULL);
    an_assert(bytes != NULL || len == 0);
    size_t at = 0;
    *ret_used = 0;
    if (!reader->begun && byte_order_mark(bytes, len)) {
        if (len < 3 && !last) return AN_ERR_MORE;
        at = len < 3 ? 0 : 3;
    }
    if (len > 0) reader->begun = true;
    while (at < len) {
        const char *end = memchr(bytes + at, '\n', len - at);
        size_t stop = end == NULL ? len : (size_t)(end - bytes);
        struct an_slice line = an_slice_trim((struct an_slice) { bytes + at, stop - at });
        bool over = stop - at > AN_RECORD_LINE_MAX + 1; /* one for CR */
        if (end == NULL && !last && !over && !reader->skipping) break;
        bool skipped = reader->skipping;
        reader->line = reader->next_line;
        reader->next_line += end != NULL;
        reader->skipping = end == NULL && (over || skipped);
        *ret_used = at = stop + (end != NULL);
        if (skipped || line.len == 0) continue;
        if (over)
            return an_fail(error, AN_ERR_LIMIT, "line %" PRIu64 ": over the limit RECORD_LINE_MAX, %d bytes",
                           reader->line, AN_RECORD_LINE_MAX);
        *ret_line = line;
        return AN_OK;
    }
    *ret_used = at;
    return last ? AN_ERR_END : AN_ERR_MORE;
}

enum an_err an_ndjson_event(const struct an_ndjson *reader, struct an_slice line, unsigned kind_default,
                            cJSON **ret_tree, struct an_event_text *ret_event, struct an_error *error)
{
    an_assert(reader != NULL && ret_tree != NULL && ret_event != NULL);
    const char *end = NULL;
    cJSON *tree = cJSON_ParseWithLengthOpts(line.at, line.len, &end, false);
    if (tree == NULL) {
        size_t at = end == NULL || end < line.at || end > line.at + line.len ? 0 : (size_t)(end - line.at);
        return an_fail(error, AN_ERR_MALFORMED,
                       "line %" PRIu64 ", byte %zu: not JSON; each line has to be one object like "
                       "{\"kind\":\"call\",\"from\":\"...\",\"to\":\"...\"}",
                       reader->line, at + 1);
    }
    struct an_slice rest = { end, (size_t)(line.at + line.len - end) };
    if (an_slice_trim(rest).len > 0) {
        cJSON_Delete(tree);
        return an_fail(error, AN_ERR_MALFORMED,
                       "line %" PRIu64 ", byte %zu: text behind the object; each line has to be one object",
                       reader->line, (size_t)(end - line.at) + 1);
    }
    struct an_error inner = { "" };
    enum an_err err = an_event_of_json(tree, kind_default, ret_event, &inner);
    if (err != AN_OK) {
        cJSON_Delete(tree);
        return an_fail(error, err, "line %" PRIu64 ": %.280s", reader->line, inner.text);
    }
    *ret_tree = tree;
    return AN_OK;
}
