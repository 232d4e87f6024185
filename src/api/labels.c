/* POST /v1/labels: operators' decisions, all of a request or none. */
#include <stdio.h>
#include <stdlib.h>

#include "api/desk.h"
#include "api/json.h"
#include "api/route.h"
#include "parse/ruling.h"

/* Which item of the body a refusal is about, in words and as its first byte. */
static void refuse(const struct an_api_request *request, struct an_api_response *response, unsigned status,
                   const struct an_slice *items, size_t index, size_t other, const char *message)
{
    struct an_api_refusal refusal;
    char text[sizeof refusal.message + 64], beside[32] = "";
    an_api_refusal_of(message, &refusal);
    if (other != SIZE_MAX) snprintf(beside, sizeof beside, " and %zu", other);
    snprintf(text, sizeof text, "label%s %zu%s: %s", other == SIZE_MAX ? "" : "s", index, beside, message);
    an_api_error(response, status, text, refusal.field, (long)(items[index].at - request->body.at));
}

/* False after the request was refused. */
static bool read_all(const struct an_api_core *core, const struct an_api_request *request,
                     struct an_api_response *response, const struct an_slice *items, size_t count,
                     struct an_ruling *labels)
{
    const struct an_ruling_reading reading = { an_api_now_us(core), core->options.utc_offset_s };
    for (size_t i = 0; i < count; i++) {
        struct an_error error = { "out of memory" };
        cJSON *object = cJSON_ParseWithLength(items[i].at, items[i].len);
        enum an_err err = object == NULL ? AN_ERR_NO_MEMORY : an_ruling_of_json(object, &reading, &labels[i], &error);
        cJSON_Delete(object);
        if (err == AN_OK) continue;
        refuse(request, response, err == AN_ERR_NO_MEMORY ? 500 : 400, items, i, SIZE_MAX, error.text);
        return false;
    }
    return true;
}

/* Somebody who signed in decides under the own name, whatever the body says, and each decision is written down first.
 * False: the answer is a 503. */
static bool by_name(struct an_api_core *core, const struct an_api_request *request, struct an_api_response *response,
                    struct an_ruling *labels, size_t count)
{
    if (!(request->who->role & (AN_ROLE_OPERATOR | AN_ROLE_ADMIN))) return true;
    for (size_t i = 0; i < count; i++) {
        struct an_slice digits = an_slice_of(labels[i].number_text);
        uint64_t number;
        if (digits.len > 0 && digits.at[0] == '+') digits.at++, digits.len--;
        if (an_slice_u64(digits, AN_NUMBER_E164_MAX, &number) != AN_OK) number = AN_NUMBER_NONE;
        an_slice_copy(an_slice_of(request->who->name), labels[i].who, sizeof labels[i].who);
        if (!an_desk_audit(core, request, response, "label.say", an_ruling_verdict_name(labels[i].verdict), number))
            return false;
    }
    return true;
}

static void take(struct an_api_core *core, const struct an_api_request *request, struct an_api_response *response,
                 struct an_api_seat *seat, struct an_ruling *labels, size_t count)
{
    const struct an_api_calls *calls = &core->options.calls;
    struct an_error error = { "" };
    size_t index = 0, other = SIZE_MAX;
    enum an_err err = calls->labels == NULL ? an_fail(&error, AN_ERR_UNSUPPORTED, "labels are not taken here")
                                            : calls->labels(core->options.user, seat->context, labels, count,
                                                            an_api_now_us(core), &index, &other, &error);
    if (err == AN_OK) {
        an_text_puts(&response->text, "{");
        an_text_json_pair_u64(&response->text, "accepted", count);
        an_text_puts(&response->text, "}\n");
    } else if (err == AN_ERR_INVALID || err == AN_ERR_NOT_FOUND) {
        refuse(request, response, err == AN_ERR_INVALID ? 400 : 404, seat->items, index, other, error.text);
    } else {
        an_api_error(response, 503, error.text, NULL, -1);
        response->retry_s = 5;
    }
}

void an_api_labels(struct an_api_core *core, const struct an_api_request *request, struct an_api_response *response)
{
    struct an_api_seat *seat = an_api_seat_take(core);
    struct an_json_error error;
    size_t count = 0;
    bool array = false;
    _Static_assert((int)AN_RULINGS_MAX <= (int)AN_DECIDE_CALLS_MAX, "the seat has room for the items");
    if (an_json_split(request->body, seat->items, AN_RULINGS_MAX, &count, &array, &error) != AN_OK) {
        an_api_error(response, 400, error.why.text, NULL, (long)error.at);
        an_api_seat_leave(seat);
        return;
    }
    struct an_ruling *labels = calloc(count, sizeof *labels);
    if (labels == NULL)
        an_api_error(response, 500, "out of memory", NULL, -1);
    else if (read_all(core, request, response, seat->items, count, labels) &&
             by_name(core, request, response, labels, count))
        take(core, request, response, seat, labels, count);
    free(labels);
    an_api_seat_leave(seat);
}
