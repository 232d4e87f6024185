/* libFuzzer target of parse/csv, parse/cdr and parse/event: any bytes as a file of call records. Read in one piece and
 * in pieces of a size the input chooses, records have to come out the same. */
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/hash.h"
#include "parse/cdr.h"
#include "parse/csv.h"
#include "parse/event.h"

static uint64_t digest_record(const struct an_csv *csv)
{
    uint64_t h = an_mix2(csv->line, csv->count);
    for (size_t i = 0; i < csv->count; i++)
        h = an_mix2(h, csv->cells[i].len == 0 ? 7 : an_hash64(csv->cells[i].at, csv->cells[i].len, 0));
    return h;
}

static void as_call(struct an_cdr_layout *layout, bool *known, const struct an_csv *csv)
{
    static struct an_call calls[2];
    static char text[AN_EVENT_TEXT_MAX];
    struct an_error error;
    struct an_event_text event;
    size_t count = 0;
    if (!*known) {
        if (an_cdr_layout_detect(csv, 28800, layout, &error) != AN_OK) {
            an_cdr_layout_builtin("none", 0, layout, &error);
            an_cdr_layout_set(layout, "start", "#1", &error);
            an_cdr_layout_set(layout, "caller", "#2", &error);
            an_cdr_layout_set(layout, "callee", "#3", &error);
            an_cdr_layout_set(layout, "outcome", "#4", &error);
            an_cdr_layout_set(layout, "talk_s", "#5", &error);
        }
        *known = an_cdr_bind(layout, csv, &error) == AN_OK;
        if (!*known || layout->header == AN_CDR_HEADER_YES) return;
    }
    if (an_cdr_row(layout, csv, &event, &error) != AN_OK) return;
    an_assert(an_event_calls(calls, text, sizeof text, &event, &count) == AN_OK);
    for (size_t i = 0; i < count; i++) an_assert(calls[i].length <= sizeof text);
}

/* Hash of all records and errors, the file read in pieces of step bytes. */
static uint64_t read_all(const char *bytes, size_t size, size_t step, bool learn)
{
    static struct an_csv csv;
    struct an_cdr_layout layout;
    bool known = false;
    uint64_t h = 1;
    size_t at = 0, end = step < size ? step : size;
    an_csv_init(&csv, '\0');
    for (;;) {
        size_t used = 0;
        struct an_error error;
        enum an_err err = an_csv_next(&csv, bytes + at, end - at, end == size, &used, &error);
        an_assert(used <= end - at);
        at += used;
        if (err == AN_ERR_END) break;
        if (err == AN_ERR_UNSUPPORTED) break;
        if (err == AN_ERR_MORE) {
            an_assert(end < size && end - at < AN_CSV_BUFFER_MIN);
            end = size - end < step ? size : end + step;
            continue;
        }
        an_assert(used > 0);
        h = err == AN_OK ? an_mix2(h, digest_record(&csv)) : an_mix2(h, (uint64_t)-err);
        if (err == AN_OK && learn) as_call(&layout, &known, &csv);
    }
    return h;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) return 0;
    size_t step = (size_t)data[size - 1] % 61 + 1;
    uint64_t whole = read_all((const char *)data, size, size, true);
    if (size < 4096) an_assert(read_all((const char *)data, size, step, false) == whole);
    return 0;
}
