/* libFuzzer target of model/forest: any bytes give an error or a forest that holds together, can be walked with any
 * row, and is the same after it was written and read again. The checksum is made right first: nobody guesses it. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/hash.h"
#include "model/forest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void walk(const struct an_forest *a, const struct an_forest *b)
{
    static const float values[] = { 0.0f, 1.0f, -1e30f, 3.5f, 1e30f, NAN, INFINITY, -INFINITY };
    static float row[AN_FOREST_FEATURES_MAX];
    for (unsigned k = 0; k < 16; k++) {
        for (uint32_t f = 0; f < a->features; f++) row[f] = values[(f * (k / 4 + 1) + k) % 8];
        float x = an_forest_sum_row(a, &a->unwanted, row), y = an_forest_sum_row(b, &b->unwanted, row);
        float p = an_forest_probability(&a->calibration, x);
        an_assert(isfinite(x) && x == y);
        an_assert(p >= 0 && p <= 1 && p == an_forest_probability(&b->calibration, y));
        for (int c = 0; c < AN_CATEGORY_COUNT; c++) an_assert(isfinite(an_forest_sum_row(a, &a->categories[c], row)));
    }
}

static void parse(const uint8_t *bytes, size_t len)
{
    struct an_forest *forest = NULL, *again = NULL;
    struct an_error error = { "" };
    void *written;
    size_t written_len;
    if (an_forest_parse("fuzz", bytes, len, &forest, &error) != AN_OK) {
        an_assert(error.text[0] != '\0' && forest == NULL);
        return;
    }
    an_assert(an_forest_check(forest, &error) == AN_OK);
    an_assert(an_forest_encode(forest, &written, &written_len, &error) == AN_OK);
    an_assert(an_forest_parse("written", written, written_len, &again, &error) == AN_OK);
    an_assert(again->version == forest->version);
    walk(forest, again);
    free(written);
    an_forest_free(forest);
    an_forest_free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    parse(data, size);
    if (size < 8) return 0;
    uint8_t *copy = malloc(size);
    if (copy == NULL) abort();
    uint64_t checksum = an_hash64(data, size - 8, 0);
    memcpy(copy, data, size - 8);
    memcpy(copy + size - 8, &checksum, 8);
    parse(copy, size);
    free(copy);
    return 0;
}
