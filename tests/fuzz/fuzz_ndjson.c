/* libFuzzer target of parse/ndjson and parse/event: any bytes as a file of events. */
#include <string.h>

#include "base/err.h"
#include "parse/event.h"
#include "parse/ndjson.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct an_call calls[2];
    static char text[AN_EVENT_TEXT_MAX];
    const char *bytes = (const char *)data;
    size_t step = size == 0 ? 1 : (size_t)data[size - 1] % 61 + 1, at = 0, end = step < size ? step : size;
    struct an_ndjson reader;
    an_ndjson_init(&reader);
    for (;;) {
        size_t used = 0, count = 0;
        struct an_slice line;
        struct an_error error;
        struct an_event_text event;
        cJSON *tree = NULL;
        enum an_err err =
            an_ndjson_next(&reader, bytes == NULL ? "" : bytes + at, end - at, end == size, &used, &line, &error);
        an_assert(used <= end - at);
        at += used;
        if (err == AN_ERR_END) return 0;
        if (err == AN_ERR_MORE) {
            an_assert(end < size && end - at < AN_NDJSON_BUFFER_MIN);
            end = size - end < step ? size : end + step;
            continue;
        }
        an_assert(used > 0);
        if (err != AN_OK) continue;
        if (an_ndjson_event(&reader, line, 0, &tree, &event, &error) == AN_OK) {
            an_assert(an_event_calls(calls, text, sizeof text, &event, &count) == AN_OK);
            cJSON_Delete(tree);
        }
    }
}
