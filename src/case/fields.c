#include "case/fields.h"

#include <stdio.h>
#include <string.h>

#include "base/nearest.h"

bool an_field_there(const cJSON *object, const char *name)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);
    return item != NULL && !cJSON_IsNull(item);
}

enum an_err an_fields_known(const cJSON *object, const char *path, const char *const *names, size_t count,
                            struct an_error *error)
{
    if (!cJSON_IsObject(object)) return an_fail(error, AN_ERR_INVALID, "field \"%s\" has to be an object", path);
    for (const cJSON *item = object->child; item != NULL; item = item->next) {
        size_t i = 0;
        while (i < count && strcmp(item->string, names[i]) != 0) i++;
        if (i < count) continue;
        const char *nearest = an_nearest(an_slice_of(item->string), names, count);
        return an_fail(error, AN_ERR_INVALID, "field \"%s%.40s\" is not known%s%s%s", path, item->string,
                       nearest == NULL ? "" : "; did you mean \"", nearest == NULL ? "" : nearest,
                       nearest == NULL ? "" : "\"?");
    }
    return AN_OK;
}

enum an_err an_field_text(const cJSON *object, const char *path, const char *name, size_t max, const char *limit,
                          char *out, struct an_error *error)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);
    out[0] = '\0';
    if (item == NULL || cJSON_IsNull(item)) return AN_OK;
    if (!cJSON_IsString(item)) return an_fail(error, AN_ERR_INVALID, "field \"%s%s\" has to be a text", path, name);
    size_t len = strlen(item->valuestring);
    if (len > max)
        return an_fail(error, AN_ERR_LIMIT, "field \"%s%s\" has %zu bytes, over the limit %s, %zu", path, name, len,
                       limit, max);
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)item->valuestring[i] < 0x20 || item->valuestring[i] == 0x7f)
            return an_fail(error, AN_ERR_INVALID, "field \"%s%s\" holds a control character or a line end", path, name);
    memcpy(out, item->valuestring, len + 1);
    return AN_OK;
}

enum an_err an_field_word(const cJSON *object, const char *path, const char *name, const char *const *words,
                          size_t count, unsigned *ret, struct an_error *error)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);
    if (item == NULL || cJSON_IsNull(item)) return AN_OK;
    for (unsigned i = 0; cJSON_IsString(item) && i < count; i++)
        if (words[i] != NULL && strcmp(item->valuestring, words[i]) == 0) {
            *ret = i;
            return AN_OK;
        }
    char list[160] = "";
    size_t used = 0;
    for (size_t i = 0; i < count && used < sizeof list; i++)
        if (words[i] != NULL)
            used += (size_t)snprintf(list + used, sizeof list - used, used == 0 ? "%s" : ", %s", words[i]);
    return an_fail(error, AN_ERR_INVALID, "field \"%s%s\" has to be one of %s", path, name, list);
}

enum an_err an_field_bool(const cJSON *object, const char *path, const char *name, bool *ret, struct an_error *error)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);
    if (item == NULL || cJSON_IsNull(item)) return AN_OK;
    if (!cJSON_IsBool(item)) return an_fail(error, AN_ERR_INVALID, "field \"%s%s\" is true or false", path, name);
    *ret = cJSON_IsTrue(item);
    return AN_OK;
}

enum an_err an_field_number(const cJSON *object, const char *path, const char *name, an_number *ret,
                            struct an_error *error)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);
    an_number number;
    if (!cJSON_IsString(item) || item->valuestring[0] != '+' ||
        an_number_of_text(item->valuestring, strlen(item->valuestring), &number) != AN_OK || !an_number_is_e164(number))
        return an_fail(error, AN_ERR_INVALID, "field \"%s%s\" has to be a number in E.164, such as \"+8613800138000\"",
                       path, name);
    *ret = number;
    return AN_OK;
}

enum an_err an_field_list(const cJSON *object, const char *name, size_t max, const char *limit, const cJSON **ret,
                          struct an_error *error)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);
    *ret = NULL;
    if (item == NULL || cJSON_IsNull(item)) return AN_OK;
    if (!cJSON_IsArray(item)) return an_fail(error, AN_ERR_INVALID, "field \"%s\" has to be a list", name);
    size_t count = (size_t)cJSON_GetArraySize(item);
    if (count > max)
        return an_fail(error, AN_ERR_LIMIT, "field \"%s\" has %zu entries, over the limit %s, %zu", name, count, limit,
                       max);
    *ret = item;
    return AN_OK;
}
