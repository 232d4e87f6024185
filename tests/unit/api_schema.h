/* As much of JSON Schema 2020-12 as openapi.json uses: $ref, oneOf, type, enum, required, properties,
 * additionalProperties: false, items, minItems, maxItems, minimum, maximum, maxLength, pattern. Any other keyword that
 * would bind a value is a failure, so that the document can't outgrow its checker unseen. */
#ifndef ANNING_TESTS_API_SCHEMA_H
#define ANNING_TESTS_API_SCHEMA_H

#include "api_fake.h"

#include <regex.h>

/* "#/components/schemas/Call" in the document; NULL: nothing is there. */
static inline const cJSON *schema_at(const cJSON *document, const char *pointer)
{
    char name[128];
    const cJSON *at = document;
    pointer += pointer[0] == '#';
    while (at != NULL && *pointer == '/') {
        size_t len = strcspn(++pointer, "/");
        snprintf(name, sizeof name, "%.*s", (int)len, pointer);
        at = cJSON_GetObjectItemCaseSensitive(at, name);
        pointer += len;
    }
    return at;
}

/* Follows $ref. */
static inline const cJSON *schema_of(const cJSON *document, const cJSON *schema)
{
    const char *to = json_text(schema, "$ref");
    return to[0] == '\0' ? schema : schema_at(document, to);
}

static inline bool schema_type_fits(const char *type, const cJSON *value)
{
    if (strcmp(type, "integer") == 0) return cJSON_IsNumber(value) && value->valuedouble == floor(value->valuedouble);
    return (strcmp(type, "object") == 0 && cJSON_IsObject(value)) ||
           (strcmp(type, "array") == 0 && cJSON_IsArray(value)) ||
           (strcmp(type, "string") == 0 && cJSON_IsString(value)) ||
           (strcmp(type, "number") == 0 && cJSON_IsNumber(value)) ||
           (strcmp(type, "boolean") == 0 && cJSON_IsBool(value)) || (strcmp(type, "null") == 0 && cJSON_IsNull(value));
}

static inline bool schema_pattern_fits(const char *pattern, const char *text)
{
    regex_t regex;
    assert_int_equal(regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB), 0);
    int result = regexec(&regex, text, 0, NULL, 0);
    regfree(&regex);
    return result == 0;
}

static inline bool schema_fits(const cJSON *document, const cJSON *schema, const cJSON *value, char why[256]);

static inline bool schema_object_fits(const cJSON *document, const cJSON *schema, const cJSON *value, char why[256])
{
    const cJSON *properties = cJSON_GetObjectItemCaseSensitive(schema, "properties"), *item;
    bool closed = cJSON_IsFalse(cJSON_GetObjectItemCaseSensitive(schema, "additionalProperties"));
    cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(schema, "required"))
    {
        if (cJSON_GetObjectItemCaseSensitive(value, item->valuestring) != NULL) continue;
        snprintf(why, 256, "no %s", item->valuestring);
        return false;
    }
    cJSON_ArrayForEach(item, value)
    {
        const cJSON *property = cJSON_GetObjectItemCaseSensitive(properties, item->string);
        if (property == NULL && closed) {
            snprintf(why, 256, "%s is not in the schema", item->string);
            return false;
        }
        if (property != NULL && !schema_fits(document, property, item, why)) {
            size_t len = strlen(why);
            snprintf(why + len, 256 - len, " in %s", item->string);
            return false;
        }
    }
    return true;
}

static inline bool schema_array_fits(const cJSON *document, const cJSON *schema, const cJSON *value, char why[256])
{
    const cJSON *items = cJSON_GetObjectItemCaseSensitive(schema, "items"), *item;
    const cJSON *least = cJSON_GetObjectItemCaseSensitive(schema, "minItems");
    const cJSON *most = cJSON_GetObjectItemCaseSensitive(schema, "maxItems");
    int count = cJSON_GetArraySize(value);
    if ((least != NULL && count < least->valueint) || (most != NULL && count > most->valueint)) {
        snprintf(why, 256, "%d items", count);
        return false;
    }
    cJSON_ArrayForEach(item, value)
    {
        if (items != NULL && !schema_fits(document, items, item, why)) return false;
    }
    return true;
}

static inline bool schema_scalar_fits(const cJSON *schema, const cJSON *value, char why[256])
{
    const cJSON *low = cJSON_GetObjectItemCaseSensitive(schema, "minimum");
    const cJSON *high = cJSON_GetObjectItemCaseSensitive(schema, "maximum");
    const cJSON *longest = cJSON_GetObjectItemCaseSensitive(schema, "maxLength");
    const cJSON *shortest = cJSON_GetObjectItemCaseSensitive(schema, "minLength");
    const char *pattern = json_text(schema, "pattern");
    bool good = true;
    if (cJSON_IsNumber(value)) {
        good = (low == NULL || value->valuedouble >= low->valuedouble) &&
               (high == NULL || value->valuedouble <= high->valuedouble);
        if (!good) snprintf(why, 256, "%g is out of bounds", value->valuedouble);
    } else if (cJSON_IsString(value)) {
        good = (longest == NULL || strlen(value->valuestring) <= (size_t)longest->valueint) &&
               (shortest == NULL || strlen(value->valuestring) >= (size_t)shortest->valueint) &&
               (pattern[0] == '\0' || schema_pattern_fits(pattern, value->valuestring));
        if (!good) snprintf(why, 256, "\"%.100s\" breaks length or pattern", value->valuestring);
    }
    return good;
}

static inline bool schema_named(const cJSON *list_or_one, const cJSON *value, bool types)
{
    const cJSON *item;
    if (cJSON_IsString(list_or_one)) return schema_type_fits(list_or_one->valuestring, value);
    cJSON_ArrayForEach(item, list_or_one)
    {
        if (types ? schema_type_fits(item->valuestring, value) : cJSON_Compare(item, value, true)) return true;
    }
    return false;
}

static inline void schema_keywords_known(const cJSON *schema)
{
    static const char *const known =
        "|$ref|oneOf|type|enum|required|properties|additionalProperties|items|minItems|"
        "maxItems|minimum|maximum|minLength|maxLength|pattern|description|examples|format|default|";
    const cJSON *item;
    cJSON_ArrayForEach(item, schema)
    {
        char name[80];
        snprintf(name, sizeof name, "|%s|", item->string);
        if (strstr(known, name) == NULL) fail_msg("the checker does not know the keyword %s", item->string);
    }
}

static inline bool schema_fits(const cJSON *document, const cJSON *schema, const cJSON *value, char why[256])
{
    schema = schema_of(document, schema);
    if (schema == NULL) fail_msg("a $ref leads nowhere");
    schema_keywords_known(schema);
    const cJSON *one_of = cJSON_GetObjectItemCaseSensitive(schema, "oneOf"), *choice;
    const cJSON *type = cJSON_GetObjectItemCaseSensitive(schema, "type");
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(schema, "enum");
    if (one_of != NULL) {
        int fitting = 0;
        cJSON_ArrayForEach(choice, one_of)
        {
            fitting += schema_fits(document, choice, value, why);
        }
        if (fitting != 1 && fitting != 0) snprintf(why, 256, "fits %d of oneOf", fitting);
        return fitting == 1;
    }
    if (type != NULL && !schema_named(type, value, true)) {
        snprintf(why, 256, "wrong type");
        return false;
    }
    if (list != NULL && !schema_named(list, value, false)) {
        snprintf(why, 256, "not one of the enum");
        return false;
    }
    if (cJSON_IsObject(value)) return schema_object_fits(document, schema, value, why);
    if (cJSON_IsArray(value)) return schema_array_fits(document, schema, value, why);
    return schema_scalar_fits(schema, value, why);
}

#endif
