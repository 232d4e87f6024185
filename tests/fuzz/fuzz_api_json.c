/* libFuzzer target of api/json and api/calls: any bytes as the body of POST /v1/decide and POST /v1/events. The answer
 * is JSON and 200 or 400, and what the strict reader takes, cJSON takes too. */
#include <stdlib.h>
#include <string.h>

#include "api/json.h"
#include "api/route.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void run(void *context, struct an_vector *vector)
{
    (void)context;
    an_assert(vector->count > 0 && vector->count <= AN_VECTOR_MAX);
    for (uint32_t i = 0; i < vector->count; i++) {
        struct an_call *call = &vector->calls[i];
        const struct an_parsed *p = &call->parsed;
        const struct an_span spans[] = { p->uri,     p->called.user, p->from.user,     p->from.display,
                                         p->call_id, p->given_trunk, p->asserted.user, p->user_agent };
        for (size_t j = 0; j < sizeof spans / sizeof spans[0]; j++)
            if (spans[j].len > 0) {
                volatile char sum = 0; /* read to the last byte, for the sanitizer */
                for (size_t k = 0; k < spans[j].len; k++) sum = (char)(sum ^ call->base[spans[j].at + k]);
            }
        call->error = p->cseq % 7 == 6 ? AN_ERR_FULL : AN_OK;
        call->verdict.symbol_count = 1;
    }
}

static void metrics(void *user, struct an_metrics *ret_metrics)
{
    (void)user, (void)ret_metrics;
}

static uint64_t now_us(void *user)
{
    (void)user;
    return 1795317245000000ull;
}

static void ask(struct an_api_core *core, const char *path, struct an_slice body)
{
    struct an_api_response response;
    struct an_api_request request = {
        .method = "POST", .path = path, .content_type = AN_SLICE("application/json"), .body = body
    };
    an_api_answer(core, &request, &response);
    an_assert(response.status == 200 || response.status == 400);
    cJSON *json = cJSON_ParseWithLength(response.text.at, response.text.len);
    an_assert(json != NULL);
    an_assert(response.status == 200 || cJSON_GetObjectItem(json, "error") != NULL);
    cJSON_Delete(json);
    an_text_done(&response.text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct an_api_core core;
    if (core.seats == NULL) {
        struct an_api_options options = { .threads = 1 };
        options.calls.run = run;
        options.calls.metrics = metrics;
        options.calls.now_us = now_us;
        if (an_api_core_init(&core, &options) != AN_OK) abort();
    }
    struct an_slice body = { (const char *)data, size };
    static struct an_slice items[AN_DECIDE_CALLS_MAX];
    struct an_json_error error;
    size_t count;
    bool array;
    if (an_json_split(body, items, AN_DECIDE_CALLS_MAX, &count, &array, &error) == AN_OK) {
        cJSON *tree = cJSON_ParseWithLength(body.at, body.len);
        an_assert(tree != NULL && (cJSON_IsArray(tree) ? (size_t)cJSON_GetArraySize(tree) : 1) == count);
        cJSON_Delete(tree);
    } else {
        an_assert(error.at <= size && error.why.text[0] != '\0');
    }
    ask(&core, "/v1/decide", body);
    ask(&core, "/v1/events", body);
    return 0;
}
