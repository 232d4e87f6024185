#include "parse/event.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/nearest.h"
#include "parse/event_time.h"

/* Longest ring or talk anybody reports: a week. Longer is a wrong unit. */
enum { SECONDS_MAX = 7 * 24 * 3600 };

enum field {
    F_KIND,
    F_TIME,
    F_FROM,
    F_TO,
    F_ASSERTED,
    F_DIVERSION,
    F_CALL_ID,
    F_TRUNK,
    F_DISPLAY,
    F_USER_AGENT,
    F_SHAPE,
    F_OUTCOME,
    F_RING_S,
    F_TALK_S,
    F_CATEGORY,
    F_WANTED,
    F_REFUSAL,
    F_TOKEN,
    F_COUNT
};

static const char *const field_names[F_COUNT] = {
    "kind",       "time",  "from",    "to",     "asserted", "diversion", "call_id", "trunk",   "display",
    "user_agent", "shape", "outcome", "ring_s", "talk_s",   "category",  "wanted",  "refusal", "token",
};

static enum an_err unknown_field(const char *name, struct an_error *error)
{
    const char *nearest = an_nearest(an_slice_of(name), field_names, F_COUNT);
    if (nearest != NULL)
        return an_fail(error, AN_ERR_INVALID, "field \"%.40s\" is not known; did you mean \"%s\"?", name, nearest);
    return an_fail(error, AN_ERR_INVALID,
                   "field \"%.40s\" is not known; known are kind, time, from, to, asserted, diversion, call_id, trunk, "
                   "display, user_agent, shape, outcome, ring_s, talk_s, category, wanted, refusal, token",
                   name);
}

static const char *type_name(const cJSON *item)
{
    return cJSON_IsString(item)   ? "text"
           : cJSON_IsNumber(item) ? "a number"
           : cJSON_IsBool(item)   ? "true or false"
           : cJSON_IsArray(item)  ? "an array"
                                  : "an object";
}

static enum an_err text_of(const cJSON *item, struct an_slice *ret_text, struct an_error *error)
{
    if (!cJSON_IsString(item))
        return an_fail(error, AN_ERR_INVALID, "field \"%s\" is %s; it has to be text", item->string, type_name(item));
    struct an_slice text = an_slice_of(item->valuestring);
    if (text.len > AN_EVENT_FIELD_MAX)
        return an_fail(error, AN_ERR_LIMIT, "field \"%s\" has %zu bytes; the limit EVENT_FIELD_MAX is %d", item->string,
                       text.len, AN_EVENT_FIELD_MAX);
    *ret_text = text;
    return AN_OK;
}

static enum an_err time_of(const cJSON *item, uint64_t *ret_us, struct an_error *error)
{
    if (cJSON_IsNumber(item)) {
        double s = item->valuedouble;
        if (s * 1e6 >= (double)AN_TIME_MIN_US && s * 1e6 < (double)AN_TIME_MAX_US) {
            *ret_us = (uint64_t)llround(s * 1e6);
            return AN_OK;
        }
        const char *hint = s >= 1e11 && s < 1e14 ? "; it looks like milliseconds" : "";
        return an_fail(error, AN_ERR_INVALID,
                       "field \"time\" is %.17g; as a number it is seconds since 1970, up to 2199%s", s, hint);
    }
    if (cJSON_IsString(item)) {
        struct an_slice text = an_slice_of(item->valuestring);
        /* A time without a zone would mean another moment on each machine: UTC is not assumed, the zone is asked for.
         */
        uint64_t east = 0, west = 0;
        enum an_err err = an_time_parse(text, AN_TIME_CALENDAR, 3600, &east);
        if (err == AN_OK) err = an_time_parse(text, AN_TIME_CALENDAR, -3600, &west);
        if (err == AN_OK && east == west) {
            *ret_us = east;
            return AN_OK;
        }
        if (err == AN_OK)
            return an_fail(error, AN_ERR_INVALID, "field \"time\" is \"%.40s\", without a zone; add Z or +08:00 to it",
                           text.at);
    }
    return an_fail(error, AN_ERR_INVALID,
                   "field \"time\" is %s%.40s%s; it has to be a moment like \"2026-11-22T03:14:05.250+08:00\", or "
                   "seconds since 1970 as a number",
                   cJSON_IsString(item) ? "\"" : "", cJSON_IsString(item) ? item->valuestring : type_name(item),
                   cJSON_IsString(item) ? "\"" : "");
}

static enum an_err seconds_of(const cJSON *item, uint32_t *ret_ms, struct an_error *error)
{
    double s = cJSON_IsNumber(item) ? item->valuedouble : -1;
    if (!(s >= 0 && s <= SECONDS_MAX))
        return an_fail(error, AN_ERR_INVALID, "field \"%s\" has to be a number of seconds from 0 to %d", item->string,
                       SECONDS_MAX);
    *ret_ms = (uint32_t)llround(s * 1000);
    return AN_OK;
}

static uint64_t shape_of(struct an_slice text)
{
    uint64_t shape = 0;
    for (size_t i = 0; text.len == 16 && i < 16; i++) {
        char c = an_lower(text.at[i]);
        if (!an_is_digit(c) && (c < 'a' || c > 'f')) return an_hash64(text.at, text.len, 0);
        shape = shape << 4 | (uint64_t)(an_is_digit(c) ? c - '0' : c - 'a' + 10);
    }
    return text.len == 16 || text.len == 0 ? shape : an_hash64(text.at, text.len, 0);
}

/* The fields that are one word of a list. */
static enum an_err word_of(const cJSON *item, enum field field, struct an_event_text *event, struct an_error *error)
{
    struct an_slice text;
    enum an_err err = text_of(item, &text, error);
    if (err != AN_OK) return err;
    const char *names[AN_CATEGORY_COUNT + AN_OUTCOME_COUNT];
    size_t count = 0;
    int found;
    if (field == F_KIND) {
        found = an_event_kind_of(text, &event->kind);
        for (unsigned i = AN_OBS_ATTEMPT; i <= AN_EVENT_CALL; i++) names[count++] = an_event_kind_name(i);
    } else if (field == F_OUTCOME) {
        found = an_outcome_of(text.at, text.len, &event->outcome);
        for (int i = 0; i < AN_OUTCOME_COUNT; i++) names[count++] = an_outcome_name((enum an_outcome)i);
    } else {
        found = an_category_of(text.at, text.len, &event->category);
        for (int i = 0; i < AN_CATEGORY_COUNT; i++) names[count++] = an_category_name((enum an_category)i);
    }
    if (found == AN_OK) return AN_OK;
    const char *nearest = an_nearest(text, names, count);
    if (nearest != NULL)
        return an_fail(error, AN_ERR_INVALID, "field \"%s\" is \"%.40s\"; did you mean \"%s\"?", item->string, text.at,
                       nearest);
    char list[160] = "";
    for (size_t i = 0, used = 0; i < count && used < sizeof list; i++)
        used += (size_t)snprintf(list + used, sizeof list - used, i == 0 ? "%s" : ", %s", names[i]);
    return an_fail(error, AN_ERR_INVALID, "field \"%s\" is \"%.40s\"; it has to be one of %s", item->string, text.at,
                   list);
}

static enum an_err field_of(const cJSON *item, enum field field, struct an_event_text *event, struct an_error *error)
{
    struct an_slice text = { NULL, 0 };
    enum an_err err = AN_OK;
    switch (field) {
    case F_KIND:
    case F_OUTCOME:
    case F_CATEGORY: return word_of(item, field, event, error);
    case F_TIME: return time_of(item, &event->time_us, error);
    case F_FROM: return text_of(item, &event->from, error);
    case F_TO: return text_of(item, &event->to, error);
    case F_ASSERTED: return text_of(item, &event->asserted, error);
    case F_DIVERSION: return text_of(item, &event->diversion, error);
    case F_CALL_ID: return text_of(item, &event->call_id, error);
    case F_TRUNK: return text_of(item, &event->trunk, error);
    case F_DISPLAY: return text_of(item, &event->display, error);
    case F_USER_AGENT: return text_of(item, &event->user_agent, error);
    case F_RING_S: return seconds_of(item, &event->ring_ms, error);
    case F_TALK_S: return seconds_of(item, &event->talk_ms, error);
    case F_SHAPE:
        err = text_of(item, &text, error);
        if (err == AN_OK) event->shape = shape_of(text);
        return err;
    case F_TOKEN:
        err = text_of(item, &text, error);
        if (err == AN_OK && an_token_of_text(text.at, text.len, &event->token) != AN_OK)
            return an_fail(error, AN_ERR_INVALID,
                           "field \"token\" is \"%.40s\"; it has to be the 26 letters and digits "
                           "that came with the verdict",
                           text.at);
        return err;
    case F_WANTED:
    case F_REFUSAL:
        if (!cJSON_IsBool(item))
            return an_fail(error, AN_ERR_INVALID, "field \"%s\" is %s; it has to be true or false", item->string,
                           type_name(item));
        *(field == F_WANTED ? &event->wanted : &event->refusal) = cJSON_IsTrue(item);
        return AN_OK;
    case F_COUNT: break;
    }
    return AN_OK;
}

static enum an_err complete(const struct an_event_text *event, struct an_error *error)
{
    bool token = an_token_given(&event->token);
    bool both = event->from.len > 0 && event->to.len > 0;
    switch (event->kind) {
    case 0:
        return an_fail(error, AN_ERR_INVALID,
                       "field \"kind\" is missing; it has to be attempt, answer, end, report or call");
    case AN_OBS_ANSWER:
    case AN_OBS_END:
        if (event->call_id.len > 0 || token || both) return AN_OK;
        return an_fail(error, AN_ERR_INVALID, "field \"call_id\" is missing; an %s needs it, or both from and to",
                       an_event_kind_name(event->kind));
    case AN_OBS_REPORT:
        if (event->wanted && event->refusal)
            return an_fail(error, AN_ERR_INVALID,
                           "fields \"wanted\" and \"refusal\" are both true; a call is wanted, or it was told to stop");
        if (token || both) return AN_OK;
        return an_fail(error, AN_ERR_INVALID, "field \"token\" is missing; a report needs it, or both from and to");
    default:
        if (event->to.len > 0) return AN_OK;
        return an_fail(error, AN_ERR_INVALID, "field \"to\" is missing; %s needs the called number",
                       event->kind == AN_EVENT_CALL ? "a call" : "an attempt");
    }
}

enum an_err an_event_of_json(const cJSON *object, unsigned kind_default, struct an_event_text *ret_event,
                             struct an_error *error)
{
    an_assert(ret_event != NULL && kind_default <= AN_EVENT_CALL);
    if (!cJSON_IsObject(object))
        return an_fail(error, AN_ERR_INVALID,
                       "an event has to be a JSON object, like {\"kind\":\"attempt\","
                       "\"from\":\"+8613800138000\",\"to\":\"+861012345678\"}");
    struct an_event_text event = { .kind = kind_default };
    uint32_t seen = 0;
    for (const cJSON *item = object->child; item != NULL; item = item->next) {
        unsigned field = 0;
        while (field < F_COUNT && strcmp(field_names[field], item->string) != 0) field++;
        if (field == F_COUNT) return unknown_field(item->string, error);
        if (seen & 1u << field) return an_fail(error, AN_ERR_INVALID, "field \"%s\" is given twice", item->string);
        seen |= 1u << field;
        if (cJSON_IsNull(item)) continue;
        enum an_err err = field_of(item, (enum field)field, &event, error);
        if (err != AN_OK) return err;
    }
    if (event.outcome == AN_OUTCOME_UNKNOWN && event.talk_ms > 0 &&
        (event.kind == AN_OBS_END || event.kind == AN_EVENT_CALL))
        event.outcome = AN_OUTCOME_ANSWERED;
    enum an_err err = complete(&event, error);
    if (err == AN_OK) *ret_event = event;
    return err;
}
