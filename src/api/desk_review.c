/* GET /v1/review: verdicts that may be wrong; POST /v1/review/{token}: what an operator says of one. */
#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>

#include "api/desk.h"
#include "base/clock.h"
#include "model/ruling.h"

static void put_review(struct an_text *out, const struct an_live_review *review, bool masked)
{
    an_feed_call_json(out, &review->call, masked);
    an_text_json_pair(out, "why", an_live_why_name((enum an_live_why)review->why));
    an_text_json_pair(out, "said_category", an_category_name((enum an_category)review->said_category));
    an_text_json_key(out, "shadow_score");
    if (review->call.shadow < 0)
        an_text_puts(out, "null");
    else
        an_text_json_number(out, (double)review->call.shadow, 4);
}

void an_desk_reviews(struct an_api_core *core, const struct an_api_request *request, struct an_api_response *response)
{
    const struct an_api_desk *desk = an_desk(core, response);
    unsigned limit;
    char cursor[24];
    uint64_t before = 0;
    if (desk == NULL || !an_api_query_limit(request, response, &limit)) return;
    if (an_api_query(request, "cursor", cursor, sizeof cursor) &&
        an_slice_u64(an_slice_of(cursor), UINT64_MAX, &before) != AN_OK) {
        an_api_error(response, 400, "cursor is what the list before said as next", "cursor", -1);
        return;
    }
    if (!an_desk_audit(core, request, response, "review.look", NULL, AN_NUMBER_NONE)) return;
    struct an_live_review *reviews = calloc(limit, sizeof *reviews);
    size_t count = reviews == NULL ? 0 : an_live_reviews(desk->live, before, reviews, limit);
    an_text_puts(&response->text, "{\"items\":[");
    for (size_t i = 0; i < count; i++) {
        an_text_puts(&response->text, i == 0 ? "{" : ",{");
        put_review(&response->text, &reviews[i], an_desk_masks(request));
        an_text_puts(&response->text, "}");
    }
    an_text_puts(&response->text, "]");
    if (count == limit) {
        snprintf(cursor, sizeof cursor, "%llu", (unsigned long long)reviews[count - 1].call.serial);
        an_text_json_pair(&response->text, "next", cursor);
    }
    an_text_puts(&response->text, "}\n");
    free(reviews);
}

/* "right" only takes it off the list; the others are an operator's label. */
static bool verdict_of(const char *text, struct an_ruling *label, bool *ret_right)
{
    enum an_ruling_verdict verdict;
    *ret_right = strcmp(text, "right") == 0;
    if (*ret_right) return true;
    if (an_ruling_verdict_of(text, strlen(text), &verdict) != AN_OK || verdict == AN_RULING_WITHDRAWN) return false;
    label->verdict = (uint8_t)verdict;
    return true;
}

static bool say(struct an_api_core *core, struct an_api_response *response, struct an_ruling *label)
{
    const struct an_api_calls *calls = &core->options.calls;
    struct an_error error = { "labels are not taken here" };
    size_t index = 0, other = SIZE_MAX;
    struct an_api_seat *seat = an_api_seat_take(core);
    enum an_err err = calls->labels == NULL ? AN_ERR_UNSUPPORTED
                                            : calls->labels(core->options.user, seat->context, label, 1,
                                                            an_api_now_us(core), &index, &other, &error);
    an_api_seat_leave(seat);
    if (err == AN_OK) return true;
    if (err == AN_ERR_NOT_FOUND)
        an_api_refuse(response, 404, "not_found", error.text, "token");
    else
        an_api_refuse(response, err == AN_ERR_INVALID ? 400 : 503, "not_taken", error.text, NULL);
    return false;
}

void an_desk_review(struct an_api_core *core, const struct an_api_request *request, struct an_api_response *response)
{
    const uint64_t holds_us = 90 * 86400 * AN_US_PER_S;
    const struct an_api_desk *desk = an_desk(core, response);
    struct an_ruling label = { .weight = AN_RULING_WEIGHT_FULL };
    char verdict[16], why[AN_RULING_WHY_MAX + 1], token[AN_TOKEN_TEXT_MAX];
    bool right = false;
    cJSON *json = desk == NULL ? NULL : an_api_json_body(request, response);
    if (json == NULL) return;
    if (an_token_of_text(request->params[0].at, request->params[0].len, &label.token) != AN_OK) {
        an_api_error(response, 400, "a token is the 26 letters and digits that came with the verdict", "token", -1);
    } else if (an_api_json_text(json, "verdict", true, verdict, sizeof verdict, response) &&
               an_api_json_text(json, "why", false, why, sizeof why, response)) {
        label.until_us = an_api_now_us(core) + holds_us;
        an_slice_copy(an_slice_of(request->who->name), label.who, sizeof label.who);
        an_slice_copy(an_slice_of(why), label.why, sizeof label.why);
        an_token_text(&label.token, token);
        if (!verdict_of(verdict, &label, &right))
            an_api_error(response, 400, "verdict has to be unwanted, wanted or right", "verdict", -1);
        else if (an_desk_audit(core, request, response, "review.say", token, AN_NUMBER_NONE) &&
                 (right || say(core, response, &label))) {
            bool listed = an_live_reviewed(desk->live, &label.token) == AN_OK;
            an_text_puts(&response->text, "{");
            an_text_json_pair(&response->text, "token", token);
            an_text_json_pair(&response->text, "verdict", verdict);
            an_text_puts(&response->text, listed ? ",\"listed\":true}\n" : ",\"listed\":false}\n");
        }
    }
    cJSON_Delete(json);
}
