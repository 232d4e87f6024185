/* A recipe in a model's card: {"columns": [{"name": "talk"}, {"name": "city", "words": ["a", "b"]}], "features":
 * [[0, 3], [1, 3, 5]]}, a feature as its kind (enum an_derive), its column and what it needs beside. */
#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

#include "learn/recipe.h"

static bool add_columns(cJSON *json, const struct an_recipe *recipe)
{
    cJSON *columns = cJSON_AddArrayToObject(json, "columns");
    for (uint32_t c = 0; c < recipe->column_count; c++) {
        const struct an_recipe_column *column = &recipe->columns[c];
        cJSON *item = cJSON_CreateObject();
        if (!cJSON_AddItemToArray(columns, item) || cJSON_AddStringToObject(item, "name", column->name) == NULL)
            return false;
        if (!column->is_category) continue;
        cJSON *words = cJSON_AddArrayToObject(item, "words");
        for (uint32_t w = 0; w < column->word_count; w++)
            if (!cJSON_AddItemToArray(words, cJSON_CreateString(column->words[w]))) return false;
    }
    return columns != NULL;
}

static bool add_features(cJSON *json, const struct an_recipe *recipe)
{
    cJSON *features = cJSON_AddArrayToObject(json, "features");
    for (uint32_t f = 0; f < recipe->feature_count; f++) {
        const struct an_derived *feature = &recipe->features[f];
        const int numbers[] = { feature->kind, feature->a, feature->b };
        if (!cJSON_AddItemToArray(features, cJSON_CreateIntArray(numbers, 3))) return false;
    }
    return features != NULL;
}

struct cJSON *an_recipe_json(const struct an_recipe *recipe)
{
    an_assert(recipe != NULL);
    cJSON *json = cJSON_CreateObject();
    if (json != NULL && add_columns(json, recipe) && add_features(json, recipe)) return json;
    cJSON_Delete(json);
    return NULL;
}

static enum an_err wrong(struct an_error *error, const char *what, int at)
{
    return an_fail(error, AN_ERR_MALFORMED, "its card: %s %d of the table is not as it should be", what, at);
}

/* Texts of a card have a limit of their own. */
static bool take_text(const cJSON *from, char *out, size_t size)
{
    const char *text = cJSON_GetStringValue(from);
    if (text == NULL || strlen(text) >= size) return false;
    memcpy(out, text, strlen(text) + 1);
    return true;
}

static enum an_err parse_column(const cJSON *item, int at, struct an_recipe_column *column, struct an_error *error)
{
    if (!take_text(cJSON_GetObjectItemCaseSensitive(item, "name"), column->name, sizeof column->name))
        return wrong(error, "column", at);
    const cJSON *words = cJSON_GetObjectItemCaseSensitive(item, "words"), *word;
    if (words == NULL) return AN_OK;
    column->is_category = true;
    if (!cJSON_IsArray(words) || cJSON_GetArraySize(words) > AN_RECIPE_WORDS_MAX) return wrong(error, "column", at);
    cJSON_ArrayForEach(word, words) if (!take_text(word, column->words[column->word_count++],
                                                   sizeof column->words[0])) return wrong(error, "column", at);
    return AN_OK;
}

static bool take_number(const cJSON *list, int at, uint32_t below, uint16_t *ret_number)
{
    const cJSON *number = cJSON_GetArrayItem(list, at);
    if (!cJSON_IsNumber(number) || number->valuedouble < 0 || number->valuedouble >= below) return false;
    *ret_number = (uint16_t)number->valueint;
    return true;
}

static enum an_err parse_feature(const cJSON *item, int at, const struct an_recipe *recipe, struct an_derived *feature,
                                 struct an_error *error)
{
    uint16_t kind;
    uint32_t beside = 1;
    if (!cJSON_IsArray(item) || cJSON_GetArraySize(item) != 3 || !take_number(item, 0, AN_DERIVE_COUNT, &kind) ||
        !take_number(item, 1, recipe->column_count, &feature->a))
        return wrong(error, "feature", at);
    const struct an_recipe_column *column = &recipe->columns[feature->a];
    if (kind == AN_DERIVE_SHARE) beside = recipe->column_count;
    if (kind == AN_DERIVE_WORD) beside = column->word_count;
    if (!take_number(item, 2, beside, &feature->b) ||
        (kind != AN_DERIVE_MISSING && column->is_category != (kind == AN_DERIVE_WORD)))
        return wrong(error, "feature", at);
    feature->kind = (uint8_t)kind;
    return AN_OK;
}

enum an_err an_recipe_parse(const struct cJSON *json, struct an_recipe *ret_recipe, struct an_error *error)
{
    an_assert(ret_recipe != NULL);
    const cJSON *columns = cJSON_GetObjectItemCaseSensitive(json, "columns"), *item;
    const cJSON *features = cJSON_GetObjectItemCaseSensitive(json, "features");
    int column_count = cJSON_GetArraySize(columns), feature_count = cJSON_GetArraySize(features), at = 0;
    if (!cJSON_IsArray(columns) || !cJSON_IsArray(features) || column_count == 0 || feature_count == 0)
        return an_fail(error, AN_ERR_MALFORMED,
                       "its card tells of no table: it was not trained by `anning train --table`");
    if (column_count > AN_RECORD_COLUMNS_MAX || feature_count > AN_FOREST_FEATURES_MAX)
        return an_fail(error, AN_ERR_LIMIT,
                       "its card tells of %d columns and %d features, over the limits AN_RECORD_COLUMNS_MAX, %d, or "
                       "AN_FOREST_FEATURES_MAX, %d",
                       column_count, feature_count, AN_RECORD_COLUMNS_MAX, AN_FOREST_FEATURES_MAX);
    struct an_recipe recipe = { .column_count = (uint32_t)column_count, .feature_count = (uint32_t)feature_count };
    recipe.columns = calloc((size_t)column_count, sizeof *recipe.columns);
    recipe.features = calloc((size_t)feature_count, sizeof *recipe.features);
    enum an_err err = AN_OK;
    if (recipe.columns == NULL || recipe.features == NULL) err = an_fail(error, AN_ERR_NO_MEMORY, "no memory");
    if (err == AN_OK) cJSON_ArrayForEach(item, columns)
        {
            err = parse_column(item, at, &recipe.columns[at], error);
            at++;
            if (err != AN_OK) break;
        }
    at = 0;
    if (err == AN_OK) cJSON_ArrayForEach(item, features)
        {
            err = parse_feature(item, at, &recipe, &recipe.features[at], error);
            at++;
            if (err != AN_OK) break;
        }
    if (err == AN_OK)
        *ret_recipe = recipe;
    else
        an_recipe_done(&recipe);
    return err;
}
