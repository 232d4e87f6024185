/* A fake engine for the API's tests, and shorthand to ask the server without a socket. */
#ifndef ANNING_TESTS_API_FAKE_H
#define ANNING_TESTS_API_FAKE_H

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <cjson/cJSON.h>

#include "api/route.h"
#include "score/symbols.h"

#define FAKE_NOW_US 1795317245000000ull /* 2026-11-22T03:14:05Z */

struct fake {
    _Atomic unsigned calls, runs, inside;
    bool broken, released;
    struct an_call last; /* without its texts */
    char from[64], to[64], trunk[64], call_id[64], user_agent[64];
    unsigned vector_max;
    unsigned labels;
    struct an_ruling label; /* the last one */
};

static inline void fake_text(char out[64], const struct an_call *call, struct an_span span)
{
    an_slice_copy(an_span_slice(call->base, span), out, 64);
}

/* The verdict depends on the called number's last digit: 0-3 allow, label, screen, block; 9 can't be judged. */
static inline void fake_run(void *context, struct an_vector *vector)
{
    struct fake *fake = context;
    assert_int_equal(atomic_fetch_add(&fake->inside, 1), 0); /* a context has one caller at a time */
    assert_in_range(vector->count, 1, AN_VECTOR_MAX);
    for (uint32_t i = 0; i < vector->count; i++) {
        struct an_call *call = &vector->calls[i];
        struct an_slice to = an_span_slice(call->base, call->parsed.called.user);
        char last = to.len > 0 ? to.at[to.len - 1] : '0';
        unsigned n = atomic_fetch_add(&fake->calls, 1);
        call->verdict.action = last >= '0' && last <= '3' ? (uint8_t)(last - '0') : AN_ACTION_ALLOW;
        call->error = last == '9' ? AN_ERR_FULL : AN_OK;
        call->verdict.probability = 0.25f * (float)call->verdict.action;
        call->verdict.log_odds = -1.5f + (float)call->verdict.action;
        call->verdict.category = AN_CATEGORY_LOAN;
        call->verdict.level = AN_LEVEL_STANDARD;
        call->verdict.rules = AN_RULE_OWN_EVIDENCE | AN_RULE_RELATION;
        call->verdict.symbol_count = 2;
        call->verdict.symbols[0] = (struct an_verdict_symbol) { 0, 185 };
        call->verdict.symbols[1] = (struct an_verdict_symbol) { 1, -40 };
        call->verdict.cause_count = 1;
        call->verdict.causes[0] = (struct an_verdict_cause) { AN_F_NUMBER_WALK, 210 };
        call->verdict.features[AN_F_NUMBER_WALK] = an_mini_of(0.5f);
        call->verdict.has_shadow = 1;
        call->verdict.shadow_probability = 0.5f;
        call->verdict.settings_version = 0x9f86d081884c7d65;
        an_token_make(vector->now_us, vector->worker, n, &call->verdict.token);
    }
    const struct an_call *call = &vector->calls[vector->count - 1];
    fake->last = *call;
    fake_text(fake->from, call, call->parsed.from.user);
    fake_text(fake->to, call, call->parsed.called.user);
    fake_text(fake->trunk, call, call->parsed.given_trunk);
    fake_text(fake->call_id, call, call->parsed.call_id);
    fake_text(fake->user_agent, call, call->parsed.user_agent);
    if (vector->count > fake->vector_max) fake->vector_max = vector->count;
    atomic_fetch_add(&fake->runs, 1);
    atomic_fetch_sub(&fake->inside, 1);
}

static inline void fake_metrics(void *user, struct an_metrics *ret_metrics)
{
    struct fake *fake = user;
    ret_metrics->calls[AN_TRANSPORT_HTTP][AN_ACTION_BLOCK] = fake->calls;
}

/* Knows the tokens whose time is FAKE_NOW_US. */
static inline enum an_err fake_explain(void *user, const struct an_token *token, struct an_text *out)
{
    struct fake *fake = user;
    if (fake->broken) return AN_ERR_IO;
    if (an_token_time_us(token) != FAKE_NOW_US) return AN_ERR_NOT_FOUND;
    struct an_verdict verdict = { .token = *token, .action = AN_ACTION_BLOCK, .probability = 0.9f };
    an_text_puts(out, "{");
    an_api_verdict_json(out, &verdict, NULL);
    an_text_json_pair(out, "from", "+8617012345678");
    an_text_puts(out, "}\n");
    return AN_OK;
}

/* Campaigns 7, hostile, and 9; 8 was taken in by 7. */
static inline enum an_err fake_campaign_ids(void *user, bool hostile_only, uint32_t *ret_ids, size_t max,
                                            size_t *ret_count)
{
    struct fake *fake = user;
    static const uint32_t ids[] = { 7, 9 };
    if (fake->broken) return AN_ERR_UNSUPPORTED;
    *ret_count = hostile_only ? 1 : 2;
    for (size_t i = 0; i < *ret_count && i < max; i++) ret_ids[i] = ids[i];
    return AN_OK;
}

static inline enum an_err fake_campaign_view(void *user, uint32_t id, struct an_campaign_view *ret_view)
{
    struct fake *fake = user;
    if (fake->broken) return AN_ERR_UNSUPPORTED;
    if (id < 7 || id > 9) return AN_ERR_NOT_FOUND;
    memset(ret_view, 0, sizeof *ret_view);
    ret_view->id = id == 9 ? 9 : 7;
    ret_view->state = fake->released ? AN_CAMPAIGN_RELEASED : id == 9 ? AN_CAMPAIGN_SUSPECT : AN_CAMPAIGN_HOSTILE;
    ret_view->birth_us = ret_view->last_us = FAKE_NOW_US;
    ret_view->hostile_us = id == 9 ? 0 : FAKE_NOW_US;
    ret_view->calls = 1000;
    ret_view->numbers = 900;
    ret_view->confidence = 0.99f;
    ret_view->category = id == 9 ? AN_CATEGORY_UNKNOWN : AN_CATEGORY_LOAN;
    ret_view->category_votes = id == 9 ? 0 : 3.5f;
    ret_view->cell_count = ret_view->recent_count = ret_view->event_count = ret_view->term_count = 2;
    ret_view->cells[0].trunk = ret_view->recent[0].trunk = ret_view->events[0].trunk = 0xabcdef;
    strcpy(ret_view->cells[0].trunk_name, "gate \"7\"");
    ret_view->recent[0].number = 8617012345678;
    ret_view->events[0].time_us = FAKE_NOW_US + 1; /* as it came in; the other one was before */
    ret_view->events[1].time_us = FAKE_NOW_US;
    ret_view->events[1].kind = AN_CAMPAIGN_TOOK_IN;
    ret_view->events[1].other = 8;
    for (int i = 0; i < 2; i++)
        ret_view->terms[i] =
            (struct an_campaign_term) { "holes", "calls to numbers nobody owns", "呼叫空号", 0.06f, 0.002f, 1.5f };
    return AN_OK;
}

static inline enum an_err fake_campaign_say(void *user, void *context, const struct an_record_campaign *word,
                                            uint64_t now_us, struct an_error *error)
{
    struct fake *fake = user;
    assert_true(context == fake && now_us == FAKE_NOW_US);
    if (fake->broken) return an_fail(error, AN_ERR_UNSUPPORTED, "campaigns are switched off here");
    if (word->campaign < 7 || word->campaign > 9) return an_fail(error, AN_ERR_NOT_FOUND, "no such campaign");
    if (word->kind == AN_CAMPAIGN_RELEASE) fake->released = word->yes;
    return AN_OK;
}

static inline uint64_t fake_now_us(void *user)
{
    (void)user;
    return FAKE_NOW_US;
}

/* Takes all but numbers that end in 404 (not found), 409 (contradicts the first one) and 503 (not now). */
static inline enum an_err fake_labels(void *user, void *context, struct an_ruling *labels, size_t count,
                                      uint64_t now_us, size_t *ret_index, size_t *ret_other, struct an_error *error)
{
    struct fake *fake = user;
    assert_true(context == fake && now_us == FAKE_NOW_US && count >= 1);
    for (size_t i = 0; i < count; i++) {
        const char *number = labels[i].number_text, *end = strlen(number) < 3 ? "" : number + strlen(number) - 3;
        *ret_index = i;
        if (strcmp(end, "404") == 0) return an_fail(error, AN_ERR_NOT_FOUND, "field \"token\": nobody knows it");
        if (strcmp(end, "503") == 0) return an_fail(error, AN_ERR_LIMIT, "limits.labels is full");
        if (strcmp(end, "409") != 0) continue;
        *ret_other = 0;
        return an_fail(error, AN_ERR_INVALID, "it is labelled wanted, and unwanted by another");
    }
    fake->labels += (unsigned)count;
    fake->label = labels[count - 1];
    return AN_OK;
}

static inline struct an_api_options fake_options(struct fake *fake)
{
    return (struct an_api_options) {
        .address = "127.0.0.1:0",
        .threads = 1,
        .user = fake,
        .calls = { .run = fake_run,
                   .metrics = fake_metrics,
                   .explain = fake_explain,
                   .labels = fake_labels,
                   .campaign_ids = fake_campaign_ids,
                   .campaign_view = fake_campaign_view,
                   .campaign_say = fake_campaign_say,
                   .now_us = fake_now_us },
        .utc_offset_s = 28800,
    };
}

static inline struct an_api_response fake_ask_typed(struct an_api_core *core, const char *method, const char *path,
                                                    const char *type, struct an_slice body)
{
    struct an_api_response response;
    struct an_api_request request = { .method = method, .path = path, .content_type = an_slice_of(type), .body = body };
    request.peer.v4.sin_family = AF_INET;
    request.peer.v4.sin_addr.s_addr = htonl(0x7f000001);
    /* A copy of exactly its size, so that a sanitizer sees a read past the end. */
    char *copy = malloc(body.len + 1);
    memcpy(copy, body.len > 0 ? body.at : "", body.len);
    copy = realloc(copy, body.len > 0 ? body.len : 1);
    request.body.at = copy;
    an_api_answer(core, &request, &response);
    free(copy);
    return response;
}

static inline struct an_api_response fake_ask(struct an_api_core *core, const char *method, const char *path,
                                              const char *body)
{
    return fake_ask_typed(core, method, path, "application/json", an_slice_of(body));
}

static inline cJSON *fake_json(const struct an_api_response *response)
{
    const char *text = response->fixed != NULL ? response->fixed : response->text.at;
    size_t len = response->fixed != NULL ? response->fixed_len : response->text.len;
    cJSON *json = cJSON_ParseWithLength(text, len);
    if (json == NULL) fail_msg("not JSON: %.*s", (int)len, text);
    return json;
}

/* Text at a path such as "error.field" or "symbols.0.name"; "" when absent or no text. */
static inline const char *json_text(const cJSON *json, const char *path)
{
    char name[64];
    while (json != NULL && *path != '\0') {
        size_t len = strcspn(path, ".");
        snprintf(name, sizeof name, "%.*s", (int)len, path);
        json =
            cJSON_IsArray(json) ? cJSON_GetArrayItem(json, atoi(name)) : cJSON_GetObjectItemCaseSensitive(json, name);
        path += len + (path[len] == '.');
    }
    return cJSON_IsString(json) ? json->valuestring : "";
}

static inline double json_number(const cJSON *json, const char *name)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(json, name);
    if (!cJSON_IsNumber(item)) fail_msg("%s is no number", name);
    return item->valuedouble;
}

#endif
