/* GET /v1/explain/{token}: a verdict as the journal has it. Machines get the record as it is. Somebody who signed in,
 * or a named key, looks at another person's call: the look is written down before anything is shown, the number called
 * is masked, and for those who only read the caller's too, as everywhere at the desk. */
#include <cjson/cJSON.h>
#include <stdlib.h>

#include "api/desk.h"
#include "api/feed.h"

static an_number number_of(const cJSON *json, const char *name)
{
    an_number number;
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(json, name));
    return text != NULL && an_number_of_text(text, strlen(text), &number) == AN_OK ? number : AN_NUMBER_NONE;
}

/* The number masked, and what the message itself called it left out. */
static bool mask(cJSON *json, const char *name, const char *shown)
{
    char text[AN_NUMBER_TEXT_MAX];
    if (!cJSON_HasObjectItem(json, name)) return true;
    an_number_masked(number_of(json, name), text);
    cJSON_DeleteItemFromObjectCaseSensitive(json, shown);
    cJSON *masked = cJSON_CreateString(text);
    return masked != NULL && cJSON_ReplaceItemInObjectCaseSensitive(json, name, masked);
}

/* Writes the look down and masks; false: the answer is there. */
static bool look(struct an_api_core *core, const struct an_api_request *request, struct an_api_response *response,
                 const char *token)
{
    cJSON *json = cJSON_ParseWithLength(response->text.at, response->text.len);
    if (json == NULL) {
        an_api_error(response, 500, "out of memory", NULL, -1);
        return false;
    }
    bool fine = an_desk_audit(core, request, response, "call.explain", token, number_of(json, "to"));
    bool masked =
        fine && mask(json, "to", "to_dialled") && (!an_desk_masks(request) || mask(json, "from", "from_shown"));
    char *text = masked ? cJSON_PrintUnformatted(json) : NULL;
    cJSON_Delete(json);
    if (fine && text == NULL) an_api_error(response, 500, "out of memory", NULL, -1);
    if (text != NULL) {
        an_text_clear(&response->text);
        an_text_puts(&response->text, text);
        an_text_puts(&response->text, "\n");
    }
    cJSON_free(text);
    return fine && text != NULL;
}

void an_api_explain(struct an_api_core *core, const struct an_api_request *request, struct an_api_response *response)
{
    struct an_token token;
    const struct an_slice text = request->params[0];
    const struct an_api_options *options = &core->options;
    if (an_token_of_text(text.at, text.len, &token) != AN_OK) {
        an_api_error(response, 400, "a token is the 26 letters and digits that came with the verdict", "token", -1);
        return;
    }
    enum an_err err = AN_ERR_NOT_FOUND;
    if (options->calls.explain != NULL) err = options->calls.explain(options->user, &token, &response->text);
    if (err == AN_ERR_NOT_FOUND) {
        an_api_error(response, 404, "no verdict with this token; it may have been older than the journal is kept",
                     "token", -1);
    } else if (err != AN_OK) {
        an_api_error(response, 500, "the journal can't be read", NULL, -1);
    } else if ((request->who->role & (AN_ROLE_DESK | AN_ROLE_KEY)) != 0) {
        char name[AN_TOKEN_TEXT_MAX];
        an_token_text(&token, name);
        look(core, request, response, name);
    }
}
