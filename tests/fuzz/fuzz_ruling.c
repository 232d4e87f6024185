/* libFuzzer target of parse/label: any bytes as lines of JSON labels, and as a CSV file of them. What is taken has a
 * target, a reason and texts that end. */
#include <string.h>

#include "base/err.h"
#include "parse/ruling.h"
#include "parse/ndjson.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct an_ruling_reading reading = { 1795317245000000ull, 28800 };

static void check(const struct an_ruling *label)
{
    static const struct an_token none;
    bool token = memcmp(&label->token, &none, sizeof none) != 0;
    an_assert(label->number_text[0] != '\0' || label->campaign != 0 || token);
    an_assert(label->weight >= 1 && label->weight <= AN_RULING_WEIGHT_FULL && label->until_us > reading.now_us);
    an_assert(label->who[0] != '\0' && memchr(label->who, '\0', sizeof label->who) != NULL);
    an_assert(label->why[0] != '\0' && memchr(label->why, '\0', sizeof label->why) != NULL);
    an_assert(label->verdict < AN_RULING_VERDICT_COUNT && label->category < AN_CATEGORY_COUNT);
}

static void as_json(const char *bytes, size_t size)
{
    struct an_ndjson reader;
    an_ndjson_init(&reader);
    for (size_t at = 0;;) {
        size_t used = 0;
        struct an_slice line;
        struct an_error error;
        struct an_ruling label;
        enum an_err err = an_ndjson_next(&reader, bytes + at, size - at, true, &used, &line, &error);
        at += used;
        if (err == AN_ERR_END) return;
        if (err != AN_OK) continue;
        cJSON *object = cJSON_ParseWithLength(line.at, line.len);
        if (object != NULL && an_ruling_of_json(object, &reading, &label, &error) == AN_OK) check(&label);
        cJSON_Delete(object);
    }
}

static void as_csv(const char *bytes, size_t size)
{
    static struct an_csv csv;
    struct an_ruling_columns columns;
    bool header = true;
    an_csv_init(&csv, '\0');
    for (size_t at = 0;;) {
        size_t used = 0;
        struct an_error error;
        struct an_ruling label;
        enum an_err err = an_csv_next(&csv, bytes + at, size - at, true, &used, &error);
        at += used;
        if (err == AN_ERR_END) return;
        if (err != AN_OK) continue;
        if (header && an_ruling_columns_of(&csv, &columns, &error) != AN_OK) return;
        if (!header && an_ruling_of_csv(&csv, &columns, &reading, &label, &error) == AN_OK) check(&label);
        header = false;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *bytes = data == NULL ? "" : (const char *)data;
    as_json(bytes, size);
    as_csv(bytes, size);
    return 0;
}
