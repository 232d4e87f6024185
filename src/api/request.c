/* Parts of a request as handlers read them: arguments, parameters of the path, members of the body. */
#include <cjson/cJSON.h>
#include <stdio.h>

#include "api/json.h"
#include "api/route.h"

enum { LIST_DEFAULT = 50, LIST_MAX = 200 };

static int nibble(char c)
{
    if (an_is_digit(c)) return c - '0';
    c = an_lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool an_api_unescape(struct an_slice text, char *out, size_t size, size_t *ret_len)
{
    size_t len = 0;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.at[i];
        if (c == '%') {
            int high = i + 2 < text.len ? nibble(text.at[i + 1]) : -1, low = high < 0 ? -1 : nibble(text.at[i + 2]);
            if (low < 0) return false;
            c = (char)(unsigned char)(high << 4 | low);
            i += 2;
        }
        if (c == '\0' || len + 1 >= size) return false;
        out[len++] = c;
    }
    out[len] = '\0';
    *ret_len = len;
    return true;
}

bool an_api_query(const struct an_api_request *request, const char *name, char *ret_text, size_t size)
{
    size_t len;
    ret_text[0] = '\0';
    for (size_t i = 0; i < request->query_count; i++) {
        if (strcmp(request->query[i].name, name) != 0) continue;
        const char *value = request->query[i].value;
        if (value == NULL || !an_api_unescape(an_slice_of(value), ret_text, size, &len)) ret_text[0] = '\0';
        return true;
    }
    return false;
}

bool an_api_query_limit(const struct an_api_request *request, struct an_api_response *response, unsigned *ret_limit)
{
    char text[16];
    uint64_t value = LIST_DEFAULT;
    if (an_api_query(request, "limit", text, sizeof text) &&
        (an_slice_u64(an_slice_of(text), LIST_MAX, &value) != AN_OK || value == 0)) {
        an_api_error(response, 400, "limit has to be a number, 1 to 200", "limit", -1);
        return false;
    }
    *ret_limit = (unsigned)value;
    return true;
}

bool an_api_param_id(const struct an_api_request *request, struct an_api_response *response, unsigned index,
                     int64_t *ret_id)
{
    an_assert(index < request->param_count);
    if (an_db_id_of_text(request->params[index], ret_id)) return true;
    an_api_refuse(response, 404, "not_found", "no such thing here", NULL);
    return false;
}

struct cJSON *an_api_json_body(const struct an_api_request *request, struct an_api_response *response)
{
    struct an_slice item;
    size_t count;
    bool array;
    struct an_json_error error;
    if (request->body.len == 0) return cJSON_CreateObject();
    if (an_slice_starts(an_slice_trim(request->body), AN_SLICE("["))) {
        an_api_error(response, 400, "the body has to be one JSON object, { ... }, and no array", NULL, 0);
        return NULL;
    }
    enum an_err err = an_json_split(request->body, &item, 1, &count, &array, &error);
    if (err != AN_OK) {
        an_api_error(response, 400, error.why.text, NULL, (long)error.at);
        return NULL;
    }
    cJSON *json = cJSON_ParseWithLength(item.at, item.len);
    if (json == NULL) an_api_error(response, 400, "the body has to be one JSON object", NULL, -1);
    return json;
}

bool an_api_json_text(const struct cJSON *json, const char *name, bool required, char *ret_text, size_t size,
                      struct an_api_response *response)
{
    char message[160];
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(json, name);
    ret_text[0] = '\0';
    if (item == NULL && !required) return true;
    if (!cJSON_IsString(item) || strlen(item->valuestring) >= size) {
        snprintf(message, sizeof message, "%s has to be text of at most %zu bytes", name, size - 1);
        an_api_error(response, 400, message, name, -1);
        return false;
    }
    strcpy(ret_text, item->valuestring);
    return true;
}
