#include "parse/ruling.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/nearest.h"
#include "parse/event_time.h"

enum field { F_NUMBER, F_TOKEN, F_CAMPAIGN, F_TRUNK, F_VERDICT, F_CATEGORY, F_WEIGHT, F_WHO, F_WHY, F_UNTIL, F_COUNT };
_Static_assert(F_COUNT == (int)AN_RULING_FIELDS, "the header says how many");

static const char *const field_names[F_COUNT] = {
    "number", "token", "campaign", "trunk", "verdict", "category", "weight", "who", "why", "until",
};

/* One being read. */
struct draft {
    struct an_ruling label;
    const struct an_ruling_reading *reading;
    unsigned seen; /* bit a field */
};

static enum an_err unknown_field(struct an_slice name, struct an_error *error)
{
    const char *nearest = an_nearest(name, field_names, F_COUNT);
    int len = name.len < 40 ? (int)name.len : 40;
    if (nearest != NULL)
        return an_fail(error, AN_ERR_INVALID, "field \"%.*s\" is not known; did you mean \"%s\"?", len, name.at,
                       nearest);
    return an_fail(error, AN_ERR_INVALID,
                   "field \"%.*s\" is not known; known are number, token, campaign, trunk, verdict, category, weight, "
                   "who, why, until",
                   len, name.at);
}

static int field_of_name(struct an_slice name)
{
    int field = 0;
    while (field < F_COUNT && !an_slice_equal(name, an_slice_of(field_names[field]))) field++;
    return field;
}

/* A text that is shown to people: no control characters, whole, UTF-8 as it may be. */
static enum an_err put_text(enum field field, struct an_slice text, char *out, size_t size, struct an_error *error)
{
    if (text.len == 0 || text.len >= size)
        return an_fail(error, AN_ERR_INVALID, "field \"%s\" has %zu bytes; 1 to %zu are possible", field_names[field],
                       text.len, size - 1);
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.at[i] < 0x20 || text.at[i] == 0x7f)
            return an_fail(error, AN_ERR_INVALID, "field \"%s\" holds a control character or a line end",
                           field_names[field]);
    memcpy(out, text.at, text.len);
    memset(out + text.len, 0, size - text.len);
    return AN_OK;
}

static enum an_err put_verdict(struct draft *draft, struct an_slice text, struct an_error *error)
{
    enum an_ruling_verdict verdict;
    if (an_ruling_verdict_of(text.at, text.len, &verdict) != AN_OK)
        return an_fail(error, AN_ERR_INVALID,
                       "field \"verdict\" is \"%.*s\"; unwanted, wanted or withdrawn is possible",
                       (int)(text.len < 40 ? text.len : 40), text.at);
    draft->label.verdict = (uint8_t)verdict;
    return AN_OK;
}

static enum an_err put_category(struct draft *draft, struct an_slice text, struct an_error *error)
{
    enum an_category category;
    if (an_category_of(text.at, text.len, &category) == AN_OK) {
        draft->label.category = (uint8_t)category;
        return AN_OK;
    }
    char list[200] = "";
    for (size_t i = 0, used = 0; i < AN_CATEGORY_COUNT && used < sizeof list; i++)
        used += (size_t)snprintf(list + used, sizeof list - used, i == 0 ? "%s" : ", %s",
                                 an_category_name((enum an_category)i));
    return an_fail(error, AN_ERR_INVALID, "field \"category\" is \"%.*s\"; it has to be one of %s",
                   (int)(text.len < 40 ? text.len : 40), text.at, list);
}

static enum an_err put_weight(struct draft *draft, struct an_slice text, struct an_error *error)
{
    char digits[32], *end = digits;
    double weight = 0;
    if (text.len > 0 && text.len < sizeof digits) {
        an_slice_copy(text, digits, sizeof digits);
        if (strspn(digits, "0123456789.eE+-") == text.len) weight = strtod(digits, &end);
    }
    if (!(weight >= 0.001 && weight <= 1) || *end != '\0')
        return an_fail(error, AN_ERR_INVALID, "field \"weight\" is \"%.*s\"; 0.001 to 1 is possible, 1 being certain",
                       (int)(text.len < 40 ? text.len : 40), text.at);
    draft->label.weight = (uint16_t)(weight * AN_RULING_WEIGHT_FULL + 0.5);
    return AN_OK;
}

/* "C17" or "17". */
static enum an_err put_campaign(struct draft *draft, struct an_slice text, struct an_error *error)
{
    struct an_slice digits = text;
    if (digits.len > 0 && (digits.at[0] == 'C' || digits.at[0] == 'c'))
        digits = (struct an_slice) { text.at + 1, text.len - 1 };
    uint64_t id;
    if (an_slice_u64(digits, UINT32_MAX, &id) != AN_OK || id == 0)
        return an_fail(error, AN_ERR_INVALID,
                       "field \"campaign\" is \"%.*s\"; it has to be a campaign's number, such as C17",
                       (int)(text.len < 40 ? text.len : 40), text.at);
    draft->label.campaign = id;
    return AN_OK;
}

/* A date holds to its end, in local time. */
static enum an_err put_until(struct draft *draft, struct an_slice text, struct an_error *error)
{
    const struct an_ruling_reading *reading = draft->reading;
    char moment[32];
    uint64_t until_us = 0;
    enum an_err err;
    if (text.len == 10 && (text.at[4] == '-' || text.at[4] == '/')) {
        snprintf(moment, sizeof moment, "%.10s 00:00", text.at);
        err = an_time_parse(an_slice_of(moment), AN_TIME_CALENDAR, reading->utc_offset_s, &until_us);
        until_us += 86400 * AN_US_PER_S;
    } else
        err = an_time_parse(text, AN_TIME_AUTO, reading->utc_offset_s, &until_us);
    if (err != AN_OK)
        return an_fail(error, AN_ERR_INVALID,
                       "field \"until\" is \"%.*s\"; it has to be a date like 2027-03-31, a moment like "
                       "2027-03-31T18:00:00+08:00, or seconds since 1970",
                       (int)(text.len < 40 ? text.len : 40), text.at);
    if (until_us <= reading->now_us)
        return an_fail(error, AN_ERR_INVALID, "field \"until\" is \"%.*s\", which is over already",
                       (int)(text.len < 40 ? text.len : 40), text.at);
    if (until_us > reading->now_us + (uint64_t)(AN_RULING_DAYS_MAX + 1) * 86400 * AN_US_PER_S)
        return an_fail(error, AN_ERR_INVALID, "field \"until\" is \"%.*s\", more than %d days from now",
                       (int)(text.len < 40 ? text.len : 40), text.at, AN_RULING_DAYS_MAX);
    draft->label.until_us = until_us;
    return AN_OK;
}

static enum an_err put(struct draft *draft, enum field field, struct an_slice text, struct an_error *error)
{
    struct an_ruling *label = &draft->label;
    draft->seen |= 1u << field;
    switch (field) {
    case F_NUMBER: return put_text(field, text, label->number_text, sizeof label->number_text, error);
    case F_TRUNK: return put_text(field, text, label->trunk_name, sizeof label->trunk_name, error);
    case F_WHO: return put_text(field, text, label->who, sizeof label->who, error);
    case F_WHY: return put_text(field, text, label->why, sizeof label->why, error);
    case F_CAMPAIGN: return put_campaign(draft, text, error);
    case F_VERDICT: return put_verdict(draft, text, error);
    case F_CATEGORY: return put_category(draft, text, error);
    case F_WEIGHT: return put_weight(draft, text, error);
    case F_UNTIL: return put_until(draft, text, error);
    default: /* F_TOKEN */
        if (an_token_of_text(text.at, text.len, &label->token) == AN_OK) return AN_OK;
        return an_fail(error, AN_ERR_INVALID,
                       "field \"token\" is \"%.*s\"; it has to be the 26 letters and digits that came with the verdict",
                       (int)(text.len < 40 ? text.len : 40), text.at);
    }
}

static enum an_err complete(const struct draft *draft, struct an_error *error)
{
    const unsigned targets = draft->seen & (1u << F_NUMBER | 1u << F_TOKEN | 1u << F_CAMPAIGN);
    static const enum field needed[] = { F_VERDICT, F_WHO, F_WHY };
    if (targets == 0)
        return an_fail(error, AN_ERR_INVALID, "field \"number\" is missing; a number, a token or a campaign is wanted");
    if ((targets & (targets - 1)) != 0)
        return an_fail(error, AN_ERR_INVALID, "number, token and campaign: only one of them is possible");
    if (draft->seen & 1u << F_TRUNK && !(draft->seen & 1u << F_NUMBER))
        return an_fail(error, AN_ERR_INVALID, "field \"trunk\" goes with a number; a token has its own");
    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
        if (!(draft->seen & 1u << needed[i]))
            return an_fail(error, AN_ERR_INVALID, "field \"%s\" is missing", field_names[needed[i]]);
    return AN_OK;
}

static struct draft begin(const struct an_ruling_reading *reading)
{
    return (struct draft) { .reading = reading,
                            .label = { .time_us = reading->now_us,
                                       .until_us = reading->now_us + AN_RULING_DAYS * 86400ull * AN_US_PER_S,
                                       .weight = AN_RULING_WEIGHT_FULL } };
}

/* A JSON value as the text it would be in CSV; numbers where they stand for themselves. */
static enum an_err text_of(const cJSON *item, enum field field, char number[40], struct an_slice *ret_text,
                           struct an_error *error)
{
    bool numeric = field == F_WEIGHT || field == F_UNTIL || field == F_CAMPAIGN;
    if (cJSON_IsString(item)) {
        *ret_text = an_slice_of(item->valuestring);
        return AN_OK;
    }
    if (!cJSON_IsNumber(item) || !numeric)
        return an_fail(error, AN_ERR_INVALID, "field \"%s\" has to be text%s", field_names[field],
                       numeric ? " or a number" : "");
    double value = item->valuedouble;
    if (value >= 0 && value < 1e15 && value == (double)(uint64_t)value)
        snprintf(number, 40, "%llu", (unsigned long long)value);
    else
        snprintf(number, 40, "%.9g", value);
    *ret_text = an_slice_of(number);
    return AN_OK;
}

enum an_err an_ruling_of_json(const cJSON *object, const struct an_ruling_reading *reading, struct an_ruling *ret_label,
                              struct an_error *error)
{
    an_assert(reading != NULL && ret_label != NULL);
    if (!cJSON_IsObject(object))
        return an_fail(error, AN_ERR_INVALID,
                       "a label has to be a JSON object, like {\"number\":\"+8613800138000\",\"verdict\":\"unwanted\","
                       "\"who\":\"li\",\"why\":\"case 17\"}");
    struct draft draft = begin(reading);
    unsigned given = 0;
    for (const cJSON *item = object->child; item != NULL; item = item->next) {
        char number[40];
        struct an_slice text;
        int field = field_of_name(an_slice_of(item->string));
        if (field == F_COUNT) return unknown_field(an_slice_of(item->string), error);
        if (given & 1u << field) return an_fail(error, AN_ERR_INVALID, "field \"%s\" is given twice", item->string);
        given |= 1u << field;
        if (cJSON_IsNull(item)) continue;
        enum an_err err = text_of(item, (enum field)field, number, &text, error);
        if (err == AN_OK) err = put(&draft, (enum field)field, text, error);
        if (err != AN_OK) return err;
    }
    enum an_err err = complete(&draft, error);
    if (err == AN_OK) *ret_label = draft.label;
    return err;
}

enum an_err an_ruling_columns_of(const struct an_csv *header, struct an_ruling_columns *ret_columns,
                                 struct an_error *error)
{
    an_assert(header != NULL && ret_columns != NULL);
    struct an_ruling_columns columns = { .count = header->count };
    unsigned given = 0;
    for (size_t i = 0; i < header->count; i++) {
        struct an_slice name = an_slice_trim(header->cells[i]);
        int field = field_of_name(name);
        if (field == F_COUNT) return unknown_field(name, error);
        if (given & 1u << field)
            return an_fail(error, AN_ERR_INVALID, "column \"%s\" is there twice", field_names[field]);
        given |= 1u << field;
        columns.fields[i] = (uint8_t)field; /* no more columns than fields: none is there twice */
    }
    *ret_columns = columns;
    return AN_OK;
}

enum an_err an_ruling_of_csv(const struct an_csv *row, const struct an_ruling_columns *columns,
                             const struct an_ruling_reading *reading, struct an_ruling *ret_label,
                             struct an_error *error)
{
    an_assert(row != NULL && columns != NULL && reading != NULL && ret_label != NULL);
    if (row->count != columns->count)
        return an_fail(error, AN_ERR_INVALID, "%zu cells; the header has %zu columns", row->count, columns->count);
    struct draft draft = begin(reading);
    for (size_t i = 0; i < row->count; i++) {
        struct an_slice text = an_slice_trim(row->cells[i]);
        if (text.len == 0) continue;
        enum an_err err = put(&draft, (enum field)columns->fields[i], text, error);
        if (err != AN_OK) return err;
    }
    enum an_err err = complete(&draft, error);
    if (err == AN_OK) *ret_label = draft.label;
    return err;
}
