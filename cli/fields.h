/* Fields of an answer in JSON, as texts and numbers. Layer: cli. */
#ifndef ANNING_CLI_FIELDS_H
#define ANNING_CLI_FIELDS_H

#include <cjson/cJSON.h>

/* [borrow] "" where it is missing or no text. */
static inline const char *an_field_text(const cJSON *object, const char *name)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);
    return cJSON_IsString(item) ? item->valuestring : "";
}

/* 0 where it is missing or no number. */
static inline double an_field_number(const cJSON *object, const char *name)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);
    return cJSON_IsNumber(item) ? item->valuedouble : 0;
}

#endif
