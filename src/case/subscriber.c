#include "case/subscriber.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/slice.h"
#include "case/fields.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

bool an_province_exists(unsigned province)
{
    static const uint8_t all[] = { 0,  11, 12, 13, 14, 15, 21, 22, 23, 31, 32, 33, 34, 35, 36, 37, 41, 42,
                                   43, 44, 45, 46, 50, 51, 52, 53, 54, 61, 62, 63, 64, 65, 71, 81, 82 };
    for (size_t i = 0; i < COUNT(all); i++)
        if (all[i] == province) return true;
    return false;
}

void an_case_time_text(uint64_t time_us, int32_t utc_offset_s, char out[32])
{
    time_t seconds = (time_t)(time_us / AN_US_PER_S) + utc_offset_s;
    struct tm tm;
    char date[24];
    int minutes = utc_offset_s / 60;
    unsigned size = (unsigned)(minutes < 0 ? -minutes : minutes);
    gmtime_r(&seconds, &tm);
    strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S", &tm);
    snprintf(out, 32, "%s%c%02u:%02u", date, minutes < 0 ? '-' : '+', size / 60 % 24, size % 60);
}

void an_subscriber_init(struct an_subscriber *subscriber)
{
    *subscriber = (struct an_subscriber) { .chinese = true, .level = AN_LEVEL_STANDARD };
}

void an_subscriber_done(struct an_subscriber *subscriber)
{
    free(subscriber->contacts);
    free(subscriber->blocked);
    subscriber->contacts = subscriber->blocked = NULL;
    subscriber->contact_count = subscriber->blocked_count = 0;
}

/* ---- in ---- */

/* Categories a choice can be about: not those that say nothing or that a person called. */
static bool has_choice(unsigned category)
{
    return category != AN_CATEGORY_UNKNOWN && category != AN_CATEGORY_PERSON && category < AN_CATEGORY_COUNT;
}

static enum an_err read_categories(const cJSON *object, struct an_subscriber *s, struct an_error *error)
{
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(object, "categories");
    const char *names[AN_CATEGORY_COUNT], *words[AN_CHOICE_COUNT];
    size_t count = 0;
    for (unsigned i = 0; i < AN_CHOICE_COUNT; i++) words[i] = an_choice_name((enum an_choice)i);
    if (list == NULL || cJSON_IsNull(list)) return AN_OK;
    for (unsigned c = 0; c < AN_CATEGORY_COUNT; c++)
        if (has_choice(c)) names[count++] = an_category_name((enum an_category)c);
    enum an_err err = an_fields_known(list, "categories.", names, count, error);
    for (unsigned c = 0; c < AN_CATEGORY_COUNT && err == AN_OK; c++) {
        unsigned choice = AN_CHOICE_DEFAULT;
        if (!has_choice(c)) continue;
        err = an_field_word(list, "categories.", an_category_name((enum an_category)c), words, AN_CHOICE_COUNT, &choice,
                            error);
        s->categories[c] = (uint8_t)choice;
    }
    return err;
}

/* "do" of an entry; from: the mildest that is possible. */
static enum an_err read_do(const cJSON *item, const char *path, enum an_choice from, uint8_t *ret,
                           struct an_error *error)
{
    const char *words[AN_CHOICE_COUNT] = { NULL };
    unsigned choice = AN_CHOICE_DEFAULT;
    for (unsigned i = from; i < AN_CHOICE_COUNT; i++) words[i] = an_choice_name((enum an_choice)i);
    enum an_err err = an_field_word(item, path, "do", words, AN_CHOICE_COUNT, &choice, error);
    if (err == AN_OK && choice == AN_CHOICE_DEFAULT)
        return an_fail(error, AN_ERR_INVALID, "field \"%sdo\" is missing", path);
    *ret = (uint8_t)choice;
    return err;
}

static enum an_err read_minute(const cJSON *item, const char *path, const char *name, uint16_t *ret,
                               struct an_error *error)
{
    const cJSON *field = cJSON_GetObjectItemCaseSensitive(item, name);
    const char *t = cJSON_IsString(field) ? field->valuestring : "";
    bool fine = strlen(t) == 5 && an_is_digit(t[0]) && an_is_digit(t[1]) && t[2] == ':' && an_is_digit(t[3]) &&
                an_is_digit(t[4]);
    unsigned hour = fine ? (unsigned)(t[0] - '0') * 10 + (unsigned)(t[1] - '0') : 99;
    unsigned minute = fine ? (unsigned)(t[3] - '0') * 10 + (unsigned)(t[4] - '0') : 99;
    if (hour > 23 || minute > 59)
        return an_fail(error, AN_ERR_INVALID, "field \"%s%s\" has to be a time of day, \"00:00\" to \"23:59\"", path,
                       name);
    *ret = (uint16_t)(hour * 60 + minute);
    return AN_OK;
}

static enum an_err read_days(const cJSON *item, const char *path, uint8_t *ret, struct an_error *error)
{
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(item, "days"), *day;
    uint8_t days = 0;
    bool fine = cJSON_IsArray(list) && cJSON_GetArraySize(list) <= 7;
    for (day = fine ? list->child : NULL; day != NULL && fine; day = day->next) {
        fine = cJSON_IsNumber(day) && day->valuedouble >= 1 && day->valuedouble <= 7 &&
               day->valuedouble == (double)day->valueint;
        if (fine) days = (uint8_t)(days | 1u << (day->valueint - 1));
    }
    if (!fine || days == 0)
        return an_fail(error, AN_ERR_INVALID, "field \"%sdays\" has to be a list of weekdays, 1 (Monday) to 7 (Sunday)",
                       path);
    *ret = days;
    return AN_OK;
}

static enum an_err read_hours(const cJSON *object, struct an_subscriber *s, struct an_error *error)
{
    static const char *const names[] = { "days", "from", "to", "do" };
    const cJSON *list, *item;
    char path[AN_FIELD_PATH_MAX];
    enum an_err err = an_field_list(object, "hours", AN_SUBSCRIBER_HOURS_MAX, "AN_SUBSCRIBER_HOURS_MAX", &list, error);
    for (item = list == NULL ? NULL : list->child; item != NULL && err == AN_OK; item = item->next) {
        struct an_callee_hours *h = &s->hours[s->hours_count];
        snprintf(path, sizeof path, "hours[%zu].", s->hours_count);
        err = an_fields_known(item, path, names, COUNT(names), error);
        if (err == AN_OK) err = read_days(item, path, &h->days, error);
        if (err == AN_OK) err = read_minute(item, path, "from", &h->from_min, error);
        if (err == AN_OK) err = read_minute(item, path, "to", &h->to_min, error);
        if (err == AN_OK) err = read_do(item, path, AN_CHOICE_LABEL, &h->choice, error);
        if (err == AN_OK) s->hours_count++;
    }
    return err;
}

/* "+86400": the first digits of a number. */
static enum an_err read_prefix(const cJSON *item, const char *path, struct an_callee_range *range,
                               struct an_error *error)
{
    const cJSON *field = cJSON_GetObjectItemCaseSensitive(item, "prefix");
    const char *text = cJSON_IsString(field) ? field->valuestring : "";
    size_t len = strlen(text);
    uint64_t value = 0;
    if (len < 2 || len > 16 || text[0] != '+' || text[1] == '0' ||
        an_slice_u64((struct an_slice) { text + 1, len - 1 }, AN_NUMBER_E164_MAX, &value) != AN_OK)
        return an_fail(error, AN_ERR_INVALID,
                       "field \"%sprefix\" has to be the first digits of numbers in E.164, such as \"+86400\"", path);
    range->prefix = value;
    return AN_OK;
}

static enum an_err read_ranges(const cJSON *object, struct an_subscriber *s, struct an_error *error)
{
    static const char *const names[] = { "prefix", "do" };
    const cJSON *list, *item;
    char path[AN_FIELD_PATH_MAX];
    enum an_err err =
        an_field_list(object, "ranges", AN_SUBSCRIBER_RANGES_MAX, "AN_SUBSCRIBER_RANGES_MAX", &list, error);
    for (item = list == NULL ? NULL : list->child; item != NULL && err == AN_OK; item = item->next) {
        struct an_callee_range *range = &s->ranges[s->range_count];
        snprintf(path, sizeof path, "ranges[%zu].", s->range_count);
        err = an_fields_known(item, path, names, COUNT(names), error);
        if (err == AN_OK) err = read_prefix(item, path, range, error);
        if (err == AN_OK) err = read_do(item, path, AN_CHOICE_PASS, &range->choice, error);
        for (size_t i = 0; i < s->range_count && err == AN_OK; i++)
            if (s->ranges[i].prefix == range->prefix)
                err = an_fail(error, AN_ERR_INVALID, "field \"%sprefix\" is there twice", path);
        if (err == AN_OK) s->range_count++;
    }
    return err;
}

static enum an_err read_region(const cJSON *item, const char *path, uint8_t *ret, struct an_error *error)
{
    const cJSON *field = cJSON_GetObjectItemCaseSensitive(item, "region");
    const char *t = cJSON_IsString(field) ? field->valuestring : "";
    bool fine = strlen(t) == 2 && an_is_digit(t[0]) && an_is_digit(t[1]);
    unsigned province = fine ? (unsigned)(t[0] - '0') * 10 + (unsigned)(t[1] - '0') : 99;
    if (!fine || !an_province_exists(province))
        return an_fail(error, AN_ERR_INVALID,
                       "field \"%sregion\" has to be two digits of GB/T 2260, such as \"44\"; \"00\" is from abroad",
                       path);
    *ret = (uint8_t)province;
    return AN_OK;
}

static enum an_err read_regions(const cJSON *object, struct an_subscriber *s, struct an_error *error)
{
    static const char *const names[] = { "region", "do" };
    const cJSON *list, *item;
    char path[AN_FIELD_PATH_MAX];
    enum an_err err =
        an_field_list(object, "regions", AN_SUBSCRIBER_REGIONS_MAX, "AN_SUBSCRIBER_REGIONS_MAX", &list, error);
    for (item = list == NULL ? NULL : list->child; item != NULL && err == AN_OK; item = item->next) {
        struct an_callee_region *region = &s->regions[s->region_count];
        snprintf(path, sizeof path, "regions[%zu].", s->region_count);
        err = an_fields_known(item, path, names, COUNT(names), error);
        if (err == AN_OK) err = read_region(item, path, &region->region, error);
        if (err == AN_OK) err = read_do(item, path, AN_CHOICE_PASS, &region->choice, error);
        for (size_t i = 0; i < s->region_count && err == AN_OK; i++)
            if (s->regions[i].region == region->region)
                err = an_fail(error, AN_ERR_INVALID, "field \"%sregion\" is there twice", path);
        if (err == AN_OK) s->region_count++;
    }
    return err;
}

/* contacts, blocked. */
static enum an_err read_numbers(const cJSON *object, const char *name, struct an_named_number **ret, size_t *ret_count,
                                struct an_error *error)
{
    static const char *const names[] = { "number", "name" };
    const cJSON *list, *item;
    char path[AN_FIELD_PATH_MAX];
    enum an_err err =
        an_field_list(object, name, AN_SUBSCRIBER_CONTACTS_MAX, "AN_SUBSCRIBER_CONTACTS_MAX", &list, error);
    int size = list == NULL ? 0 : cJSON_GetArraySize(list);
    if (err != AN_OK || size == 0) return err;
    *ret = calloc((size_t)size, sizeof **ret);
    if (*ret == NULL) return an_fail(error, AN_ERR_NO_MEMORY, "out of memory");
    for (item = list->child; item != NULL && err == AN_OK; item = item->next) {
        struct an_named_number *entry = &(*ret)[*ret_count];
        snprintf(path, sizeof path, "%s[%zu].", name, *ret_count);
        err = an_fields_known(item, path, names, COUNT(names), error);
        if (err == AN_OK) err = an_field_number(item, path, "number", &entry->number, error);
        if (err == AN_OK)
            err =
                an_field_text(item, path, "name", AN_SUBSCRIBER_NAME_MAX, "AN_SUBSCRIBER_NAME_MAX", entry->name, error);
        for (size_t i = 0; i < *ret_count && err == AN_OK; i++)
            if ((*ret)[i].number == entry->number)
                err = an_fail(error, AN_ERR_INVALID, "field \"%snumber\" is there twice", path);
        if (err == AN_OK) ++*ret_count;
    }
    return err;
}

static enum an_err read_all(const cJSON *object, struct an_subscriber *s, struct an_error *error)
{
    static const char *const known[] = { "on",       "level",   "categories", "hours",    "ranges",  "regions",
                                         "contacts", "blocked", "expecting",  "language", "version", "updated" };
    static const char *const languages[] = { "zh", "en" };
    const char *levels[AN_LEVEL_COUNT];
    unsigned level = s->level, language = 0;
    for (unsigned i = 0; i < AN_LEVEL_COUNT; i++) levels[i] = an_level_name((enum an_level)i);
    enum an_err err = an_fields_known(object, "", known, COUNT(known), error);
    if (err == AN_OK) err = an_field_bool(object, "", "on", &s->on, error);
    if (err == AN_OK) err = an_field_word(object, "", "level", levels, AN_LEVEL_COUNT, &level, error);
    if (err == AN_OK) err = an_field_word(object, "", "language", languages, COUNT(languages), &language, error);
    s->level = (uint8_t)level;
    s->chinese = language == 0;
    if (err == AN_OK) err = read_categories(object, s, error);
    if (err == AN_OK) err = read_hours(object, s, error);
    if (err == AN_OK) err = read_ranges(object, s, error);
    if (err == AN_OK) err = read_regions(object, s, error);
    if (err == AN_OK) err = read_numbers(object, "contacts", &s->contacts, &s->contact_count, error);
    if (err == AN_OK) err = read_numbers(object, "blocked", &s->blocked, &s->blocked_count, error);
    for (size_t i = 0; i < s->contact_count && err == AN_OK; i++)
        for (size_t j = 0; j < s->blocked_count && err == AN_OK; j++)
            if (s->contacts[i].number == s->blocked[j].number)
                err = an_fail(error, AN_ERR_INVALID, "field \"blocked[%zu].number\" is among the contacts as well", j);
    return err;
}

static void take(struct an_subscriber *fresh, struct an_subscriber *ret)
{
    an_subscriber_done(ret);
    *ret = *fresh;
}

enum an_err an_subscriber_of_json(const cJSON *object, struct an_subscriber *ret_subscriber, struct an_error *error)
{
    struct an_subscriber fresh;
    an_assert(ret_subscriber != NULL);
    an_subscriber_init(&fresh);
    memcpy(fresh.expecting, ret_subscriber->expecting, sizeof fresh.expecting);
    fresh.expecting_count = ret_subscriber->expecting_count;
    enum an_err err = read_all(object, &fresh, error);
    if (err == AN_OK)
        take(&fresh, ret_subscriber);
    else
        an_subscriber_done(&fresh);
    return err;
}

/* ---- expected calls ---- */

static enum an_err read_kind_and_words(const cJSON *object, const char *path, struct an_expecting *e,
                                       struct an_error *error)
{
    unsigned kind = AN_EXPECTED_COUNT;
    const char *words[AN_EXPECTED_COUNT];
    for (unsigned i = 0; i < AN_EXPECTED_COUNT; i++) words[i] = an_expected_name((enum an_expected)i);
    enum an_err err = an_field_word(object, path, "kind", words, AN_EXPECTED_COUNT, &kind, error);
    if (err == AN_OK && kind == AN_EXPECTED_COUNT)
        return an_fail(error, AN_ERR_INVALID, "field \"%skind\" is missing", path);
    e->kind = (uint8_t)kind;
    if (err != AN_OK) return err;
    return an_field_text(object, path, "words", AN_SUBSCRIBER_WORDS_MAX, "AN_SUBSCRIBER_WORDS_MAX", e->words, error);
}

enum an_err an_expecting_of_json(const cJSON *object, uint64_t now_us, struct an_expecting *ret_expecting,
                                 struct an_error *error)
{
    static const char *const names[] = { "kind", "hours", "words" };
    struct an_expecting e = { 0 };
    enum an_err err = an_fields_known(object, "", names, COUNT(names), error);
    if (err == AN_OK) err = read_kind_and_words(object, "", &e, error);
    if (err != AN_OK) return err;
    const cJSON *hours = cJSON_GetObjectItemCaseSensitive(object, "hours");
    if (!cJSON_IsNumber(hours) || hours->valuedouble < 1 || hours->valuedouble > AN_EXPECTING_HOURS_MAX)
        return an_fail(error, AN_ERR_INVALID,
                       "field \"hours\" has to be a number, 1 to %d (AN_EXPECTING_HOURS_MAX): how long the call is "
                       "expected for",
                       AN_EXPECTING_HOURS_MAX);
    e.until_us = now_us + (uint64_t)(hours->valuedouble * 3600.0 * (double)AN_US_PER_S);
    *ret_expecting = e;
    return AN_OK;
}

/* As the store keeps it: until in microseconds, exact. */
static enum an_err read_stored(const cJSON *object, struct an_subscriber *s, struct an_error *error)
{
    const cJSON *list, *item;
    enum an_err err =
        an_field_list(object, "expecting", AN_SUBSCRIBER_EXPECTING_MAX, "AN_SUBSCRIBER_EXPECTING_MAX", &list, error);
    s->expecting_count = 0;
    for (item = list == NULL ? NULL : list->child; item != NULL && err == AN_OK; item = item->next) {
        struct an_expecting *e = &s->expecting[s->expecting_count];
        const cJSON *id = cJSON_GetObjectItemCaseSensitive(item, "id");
        const cJSON *until = cJSON_GetObjectItemCaseSensitive(item, "until_us");
        *e = (struct an_expecting) { 0 };
        err = read_kind_and_words(item, "expecting.", e, error);
        if (err == AN_OK && (!cJSON_IsString(id) || !cJSON_IsNumber(until) || until->valuedouble < 0))
            err = an_fail(error, AN_ERR_INVALID, "field \"expecting\" has an entry without id or until_us");
        if (err != AN_OK) return err;
        e->id = strtoull(id->valuestring, NULL, 16);
        e->until_us = (uint64_t)until->valuedouble; /* below 2^53 until the year 2255 */
        s->expecting_count++;
    }
    return err;
}

enum an_err an_subscriber_of_stored(const cJSON *object, struct an_subscriber *ret_subscriber, struct an_error *error)
{
    struct an_subscriber fresh;
    an_assert(ret_subscriber != NULL);
    an_subscriber_init(&fresh);
    enum an_err err = read_all(object, &fresh, error);
    if (err == AN_OK) err = read_stored(object, &fresh, error);
    if (err == AN_OK)
        take(&fresh, ret_subscriber);
    else
        an_subscriber_done(&fresh);
    return err;
}

bool an_expecting_tidy(struct an_subscriber *subscriber, uint64_t now_us)
{
    size_t kept = 0;
    for (size_t i = 0; i < subscriber->expecting_count; i++)
        if (subscriber->expecting[i].until_us > now_us) subscriber->expecting[kept++] = subscriber->expecting[i];
    bool went = kept != subscriber->expecting_count;
    subscriber->expecting_count = kept;
    return went;
}

enum an_err an_expecting_add(struct an_subscriber *subscriber, const struct an_expecting *expecting,
                             struct an_error *error)
{
    if (subscriber->expecting_count == AN_SUBSCRIBER_EXPECTING_MAX)
        return an_fail(error, AN_ERR_LIMIT,
                       "%d calls are expected already, the limit AN_SUBSCRIBER_EXPECTING_MAX; take "
                       "one back first",
                       AN_SUBSCRIBER_EXPECTING_MAX);
    subscriber->expecting[subscriber->expecting_count++] = *expecting;
    return AN_OK;
}

enum an_err an_expecting_remove(struct an_subscriber *subscriber, uint64_t id)
{
    for (size_t i = 0; i < subscriber->expecting_count; i++) {
        if (subscriber->expecting[i].id != id) continue;
        subscriber->expecting_count--;
        memmove(&subscriber->expecting[i], &subscriber->expecting[i + 1],
                (subscriber->expecting_count - i) * sizeof subscriber->expecting[0]);
        return AN_OK;
    }
    return AN_ERR_NOT_FOUND;
}

/* ---- for the door ---- */

void an_subscriber_look(const struct an_subscriber *subscriber, an_number callee, uint32_t version,
                        struct an_subscriber_view *ret_view)
{
    const struct an_subscriber *s = subscriber;
    struct an_subscriber_view *v = ret_view;
    for (size_t i = 0; i < s->contact_count; i++) v->contacts[i] = s->contacts[i].number;
    for (size_t i = 0; i < s->blocked_count; i++) v->blocked[i] = s->blocked[i].number;
    for (size_t i = 0; i < s->expecting_count; i++)
        v->expecting[i] = (struct an_callee_expecting) { s->expecting[i].kind, s->expecting[i].until_us };
    v->settings = (struct an_callee_settings) {
        .callee = callee,
        .version = version,
        .on = s->on,
        .level = s->level,
        .hours_count = s->hours_count,
        .range_count = s->range_count,
        .region_count = s->region_count,
        .contact_count = s->contact_count,
        .blocked_count = s->blocked_count,
        .expecting_count = s->expecting_count,
        .hours = s->hours,
        .ranges = s->ranges,
        .regions = s->regions,
        .contacts = v->contacts,
        .blocked = v->blocked,
        .expecting = v->expecting,
    };
    memcpy(v->settings.categories, s->categories, sizeof s->categories);
}

/* ---- out ---- */

/* False, and the item ended, where it could not be added. */
static bool add(cJSON *list, cJSON *item)
{
    if (item != NULL && cJSON_AddItemToArray(list, item)) return true;
    cJSON_Delete(item);
    return false;
}

static bool put_text(cJSON *object, const char *name, const char *text)
{
    return cJSON_AddStringToObject(object, name, text) != NULL;
}

static bool put_number(cJSON *object, const char *name, an_number number)
{
    char text[AN_NUMBER_TEXT_MAX];
    an_number_text(number, text);
    return put_text(object, name, text);
}

static bool write_hours(const struct an_subscriber *s, cJSON *list)
{
    bool fine = list != NULL;
    for (size_t i = 0; i < s->hours_count && fine; i++) {
        const struct an_callee_hours *h = &s->hours[i];
        cJSON *item = cJSON_CreateObject(), *days = cJSON_AddArrayToObject(item, "days");
        char from[16], to[16];
        snprintf(from, sizeof from, "%02u:%02u", h->from_min / 60u, h->from_min % 60u);
        snprintf(to, sizeof to, "%02u:%02u", h->to_min / 60u, h->to_min % 60u);
        fine = days != NULL;
        for (int day = 0; day < 7 && fine; day++)
            if (h->days >> day & 1) fine = add(days, cJSON_CreateNumber(day + 1));
        fine = fine && put_text(item, "from", from) && put_text(item, "to", to) &&
               put_text(item, "do", an_choice_name((enum an_choice)h->choice));
        fine = add(list, item) && fine;
    }
    return fine;
}

static bool write_places(const struct an_subscriber *s, cJSON *ranges, cJSON *regions)
{
    bool fine = ranges != NULL && regions != NULL;
    for (size_t i = 0; i < s->range_count && fine; i++) {
        cJSON *item = cJSON_CreateObject();
        char text[24];
        snprintf(text, sizeof text, "+%" PRIu64, s->ranges[i].prefix);
        fine =
            put_text(item, "prefix", text) && put_text(item, "do", an_choice_name((enum an_choice)s->ranges[i].choice));
        fine = add(ranges, item) && fine;
    }
    for (size_t i = 0; i < s->region_count && fine; i++) {
        cJSON *item = cJSON_CreateObject();
        char text[8];
        snprintf(text, sizeof text, "%02u", s->regions[i].region);
        fine = put_text(item, "region", text) &&
               put_text(item, "do", an_choice_name((enum an_choice)s->regions[i].choice));
        fine = add(regions, item) && fine;
    }
    return fine;
}

static bool write_numbers(const struct an_named_number *numbers, size_t count, cJSON *list)
{
    bool fine = list != NULL;
    for (size_t i = 0; i < count && fine; i++) {
        cJSON *item = cJSON_CreateObject();
        fine = put_number(item, "number", numbers[i].number) && put_text(item, "name", numbers[i].name);
        fine = add(list, item) && fine;
    }
    return fine;
}

cJSON *an_expecting_json(const struct an_expecting *expecting, const int32_t *utc_offset_s)
{
    cJSON *item = cJSON_CreateObject();
    char id[17], until[32];
    snprintf(id, sizeof id, "%016" PRIx64, expecting->id);
    bool fine = put_text(item, "id", id) &&
                put_text(item, "kind", an_expected_name((enum an_expected)expecting->kind)) &&
                put_text(item, "words", expecting->words);
    if (utc_offset_s == NULL) {
        fine = fine && cJSON_AddNumberToObject(item, "until_us", (double)expecting->until_us) != NULL;
    } else {
        an_case_time_text(expecting->until_us, *utc_offset_s, until);
        fine = fine && put_text(item, "until", until);
    }
    if (fine) return item;
    cJSON_Delete(item);
    return NULL;
}

static bool write_all(const struct an_subscriber *s, const int32_t *utc_offset_s, cJSON *object)
{
    bool fine = cJSON_AddBoolToObject(object, "on", s->on) != NULL &&
                put_text(object, "level", an_level_name((enum an_level)s->level));
    cJSON *categories = cJSON_AddObjectToObject(object, "categories");
    for (unsigned c = 0; c < AN_CATEGORY_COUNT && fine; c++)
        if (has_choice(c))
            fine = put_text(categories, an_category_name((enum an_category)c),
                            an_choice_name((enum an_choice)s->categories[c]));
    fine = fine && write_hours(s, cJSON_AddArrayToObject(object, "hours"));
    cJSON *ranges = cJSON_AddArrayToObject(object, "ranges");
    fine = fine && write_places(s, ranges, cJSON_AddArrayToObject(object, "regions"));
    fine = fine && write_numbers(s->contacts, s->contact_count, cJSON_AddArrayToObject(object, "contacts"));
    fine = fine && write_numbers(s->blocked, s->blocked_count, cJSON_AddArrayToObject(object, "blocked"));
    cJSON *expecting = cJSON_AddArrayToObject(object, "expecting");
    for (size_t i = 0; i < s->expecting_count && fine; i++)
        fine = add(expecting, an_expecting_json(&s->expecting[i], utc_offset_s));
    return fine && put_text(object, "language", s->chinese ? "zh" : "en");
}

cJSON *an_subscriber_json(const struct an_subscriber *subscriber, const int32_t *utc_offset_s)
{
    cJSON *object = cJSON_CreateObject();
    if (object != NULL && write_all(subscriber, utc_offset_s, object)) return object;
    cJSON_Delete(object);
    return NULL;
}
