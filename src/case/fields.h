/* Reading JSON objects field by field, with messages that say where. Layer: case, inside. */
#ifndef ANNING_CASE_FIELDS_H
#define ANNING_CASE_FIELDS_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "model/number.h"

enum { AN_FIELD_PATH_MAX = 64 };

/* AN_ERR_INVALID for a member that is none of names; path: where the object stands, "" at the top. */
enum an_err an_fields_known(const cJSON *object, const char *path, const char *const *names, size_t count,
                            struct an_error *error);
/* A text of at most max bytes without control characters; absent or null: "" and AN_OK. out: max + 1 bytes. */
enum an_err an_field_text(const cJSON *object, const char *path, const char *name, size_t max, const char *limit,
                          char *out, struct an_error *error);
/* One of words; absent or null: ret stays. */
enum an_err an_field_word(const cJSON *object, const char *path, const char *name, const char *const *words,
                          size_t count, unsigned *ret, struct an_error *error);
enum an_err an_field_bool(const cJSON *object, const char *path, const char *name, bool *ret, struct an_error *error);
/* "+8613800138000"; needed. */
enum an_err an_field_number(const cJSON *object, const char *path, const char *name, an_number *ret,
                            struct an_error *error);
/* An array of at most max objects, or NULL where there is none. */
enum an_err an_field_list(const cJSON *object, const char *name, size_t max, const char *limit, const cJSON **ret,
                          struct an_error *error);
/* Whether the field is there and not null. */
bool an_field_there(const cJSON *object, const char *name);

#endif
