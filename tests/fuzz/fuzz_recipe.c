/* libFuzzer target of learn/recipe out of a model's card: any JSON gives an error or a recipe whose features can be made
 * of any row, and that is the same after it was written and read again. */
#include <cjson/cJSON.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "learn/recipe.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void use(const struct an_recipe *recipe)
{
    static const char *const texts[] = { "", "1", "-2.5e3", "成都", "a", "x,y", "1e300", "nan" };
    float row[AN_RECORD_COLUMNS_MAX];
    char name[AN_FOREST_NAME_MAX];
    struct an_error error;
    for (unsigned t = 0; t < 8; t++) {
        for (uint32_t c = 0; c < recipe->column_count; c++)
            if (an_recipe_cell(&recipe->columns[c], an_slice_of(texts[(c + t) % 8]), &row[c], &error) != AN_OK) row[c] = 0;
        for (uint32_t f = 0; f < recipe->feature_count; f++) {
            float value = an_derive(&recipe->features[f], row, recipe->column_count);
            an_assert(isnan(value) || isfinite(value));
        }
    }
    for (uint32_t f = 0; f < recipe->feature_count; f++) {
        an_recipe_feature_name(recipe, f, name);
        an_assert(strlen(name) < sizeof name);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct an_recipe recipe, again;
    struct an_error error = { "" };
    cJSON *json = cJSON_ParseWithLength((const char *)data, size);
    if (an_recipe_parse(json, &recipe, &error) == AN_OK) {
        use(&recipe);
        cJSON *written = an_recipe_json(&recipe);
        an_assert(written != NULL && an_recipe_parse(written, &again, &error) == AN_OK);
        an_assert(again.column_count == recipe.column_count && again.feature_count == recipe.feature_count);
        an_assert(memcmp(again.features, recipe.features, recipe.feature_count * sizeof *recipe.features) == 0);
        cJSON_Delete(written);
        an_recipe_done(&again);
        an_recipe_done(&recipe);
    } else {
        an_assert(error.text[0] != '\0');
    }
    cJSON_Delete(json);
    return 0;
}
