#include "settings/schema.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/nearest.h"

#define MEMBER(field) offsetof(struct an_config, field), sizeof(((struct an_config *)0)->field)

const struct an_setting an_settings_schema[] = {
#define AN_SETTING(path, type, field, unit, def, min, max, form, reload, en, zh)                                       \
    { path, AN_SETTING_##type, MEMBER(field), unit, def, min, max, form, reload, en, zh },
#include "settings/schema.def"
};
const size_t an_settings_schema_count = sizeof an_settings_schema / sizeof *an_settings_schema;
_Static_assert(sizeof an_settings_schema / sizeof *an_settings_schema <= AN_SETTINGS_MAX, "raise AN_SETTINGS_MAX");

const struct an_setting_section an_settings_sections[] = {
#define AN_SECTION(path, en, zh) { path, en, zh },
#include "settings/schema.def"
};
const size_t an_settings_section_count = sizeof an_settings_sections / sizeof *an_settings_sections;

const struct an_trunk_key an_settings_trunk_keys[] = {
#define AN_TRUNK_SETTING(key, form, def, en, zh) { key, form, def, en, zh },
#include "settings/schema.def"
};
const size_t an_settings_trunk_key_count = sizeof an_settings_trunk_keys / sizeof *an_settings_trunk_keys;

const struct an_setting *an_setting_find(const char *path)
{
    for (size_t i = 0; i < an_settings_schema_count; i++)
        if (strcmp(an_settings_schema[i].path, path) == 0) return &an_settings_schema[i];
    return NULL;
}

bool an_setting_is_section(const char *path)
{
    size_t len = strlen(path);
    for (size_t i = 0; i < an_settings_schema_count; i++) {
        const char *row = an_settings_schema[i].path;
        if (strncmp(row, path, len) == 0 && row[len] == '.') return true;
    }
    return false;
}

static const char *last_part(const char *path)
{
    const char *dot = strrchr(path, '.');
    return dot == NULL ? path : dot + 1;
}

static void offer(const char *path, const char *candidate, const char **best, unsigned *best_distance)
{
    unsigned distance = an_nearest_distance(an_slice_of(path), an_slice_of(candidate));
    if (strchr(candidate, '.') != NULL && strcmp(last_part(path), last_part(candidate)) == 0) distance = 1;
    if (distance >= *best_distance) return;
    *best = candidate;
    *best_distance = distance;
}

const char *an_setting_nearest(const char *path)
{
    const char *best = NULL;
    unsigned best_distance = an_nearest_slack(strlen(path)) + 1;
    for (size_t i = 0; i < an_settings_section_count; i++)
        if (an_settings_sections[i].path[0] != '\0') offer(path, an_settings_sections[i].path, &best, &best_distance);
    for (size_t i = 0; i < an_settings_schema_count; i++)
        offer(path, an_settings_schema[i].path, &best, &best_distance);
    return best;
}

void an_setting_keys(const char *section, char *ret_text, size_t size)
{
    an_assert(size >= sizeof " ...");
    size_t len = strlen(section), at = 0;
    const char *before = "";
    ret_text[0] = '\0';
    for (size_t i = 0; i < an_settings_schema_count; i++) {
        const char *row = an_settings_schema[i].path;
        if (len > 0 && (strncmp(row, section, len) != 0 || row[len] != '.')) continue;
        const char *key = len == 0 ? row : row + len + 1;
        size_t key_len = strcspn(key, ".");
        if (strncmp(before, key, key_len) == 0 && (before[key_len] == '.' || before[key_len] == '\0')) continue;
        before = key;
        int n = snprintf(ret_text + at, size - at, "%s%.*s", at == 0 ? "" : ", ", (int)key_len, key);
        if (n < 0 || (size_t)n + sizeof " ..." > size - at) { /* never half a word */
            snprintf(ret_text + at, size - at, " ...");
            return;
        }
        at += (size_t)n;
    }
}

bool an_setting_is_compound(const struct an_setting *setting)
{
    return setting->type == AN_SETTING_LIST || setting->type == AN_SETTING_TRUNKS ||
           setting->type == AN_SETTING_LAYOUTS || setting->type == AN_SETTING_FIRMS;
}

/* "a|b|c" to "a, b or c". */
static void say_words(const char *form, char *ret_text, size_t size)
{
    size_t at = 0;
    for (const char *word = form; *word != '\0' && at + 1 < size;) {
        size_t len = strcspn(word, "|");
        const char *rest = word + len + (word[len] == '|');
        const char *joint = word == form ? "" : *rest == '\0' ? " or " : ", ";
        int n = snprintf(ret_text + at, size - at, "%s%.*s", joint, (int)len, word);
        at += n < 0 ? 0 : (size_t)n;
        word = rest;
    }
}

void an_setting_domain(const struct an_setting *setting, char *ret_text, size_t size)
{
    an_assert(setting != NULL && size > 0);
    ret_text[0] = '\0';
    switch (setting->type) {
    case AN_SETTING_WHOLE:
    case AN_SETTING_REAL: snprintf(ret_text, size, "%.12g to %.12g", setting->minimum, setting->maximum); break;
    case AN_SETTING_BOOL: snprintf(ret_text, size, "true or false"); break;
    case AN_SETTING_CHOICE:
    case AN_SETTING_CODE:
    case AN_SETTING_WORD: say_words(setting->form, ret_text, size); break;
    case AN_SETTING_FIRMS:
    case AN_SETTING_LIST: snprintf(ret_text, size, "list of %s", setting->form); break;
    case AN_SETTING_TRUNKS: snprintf(ret_text, size, "list of trunks"); break;
    case AN_SETTING_LAYOUTS:
    case AN_SETTING_TEXT:
    case AN_SETTING_PATH:
    case AN_SETTING_ENDPOINT:
    case AN_SETTING_OFFSET: snprintf(ret_text, size, "%s", setting->form[0] == '\0' ? "text" : setting->form); break;
    }
}

static enum an_err put_whole(const struct an_setting *setting, void *field, struct an_slice text)
{
    uint64_t value;
    if (an_slice_u64(text, (uint64_t)setting->maximum, &value) != AN_OK) return AN_ERR_INVALID;
    if (value < (uint64_t)setting->minimum) return AN_ERR_INVALID;
    if (setting->size == 2)
        *(uint16_t *)field = (uint16_t)value;
    else if (setting->size == 4)
        *(uint32_t *)field = (uint32_t)value;
    else
        *(uint64_t *)field = value;
    return AN_OK;
}

/* Rounded to what %.9g keeps, so that the text of the settings gives back the very same value. */
static enum an_err put_real(const struct an_setting *setting, void *field, struct an_slice text)
{
    char digits[40], *end;
    if (text.len == 0 || text.len >= sizeof digits) return AN_ERR_INVALID;
    an_slice_copy(text, digits, sizeof digits);
    if (strspn(digits, "0123456789.eE+-") != text.len) return AN_ERR_INVALID; /* no "nan", "inf" or hexadecimal */
    double value = strtod(digits, &end);
    if (*end != '\0' || !(value >= setting->minimum && value <= setting->maximum)) return AN_ERR_INVALID;
    snprintf(digits, sizeof digits, "%.9g", value);
    value = strtod(digits, NULL);
    if (setting->size == sizeof(float))
        *(float *)field = (float)value;
    else
        *(double *)field = value;
    return AN_OK;
}

static enum an_err put_bool(void *field, struct an_slice text)
{
    static const char *const words[2][3] = { { "false", "no", "off" }, { "true", "yes", "on" } };
    for (int value = 0; value < 2; value++)
        for (int i = 0; i < 3; i++)
            if (an_slice_equal_nocase(text, an_slice_of(words[value][i]))) {
                *(bool *)field = value == 1;
                return AN_OK;
            }
    return AN_ERR_INVALID;
}

/* Position of text among the words of form, or -1. */
static int word_index(const char *form, struct an_slice text)
{
    struct an_slice rest = an_slice_of(form), word;
    for (int i = 0; rest.len > 0; i++) {
        an_slice_cut(&rest, '|', &word);
        if (an_slice_equal(word, text)) return i;
    }
    return -1;
}

static enum an_err put_word(const struct an_setting *setting, void *field, struct an_slice text)
{
    int index = word_index(setting->form, text);
    uint64_t code = 0;
    if (index < 0) return AN_ERR_INVALID;
    if (setting->type == AN_SETTING_CHOICE) {
        *(int *)field = index; /* the enum's order is the form's order */
    } else if (setting->type == AN_SETTING_WORD) {
        an_slice_copy(text, field, setting->size);
    } else {
        an_assert(an_slice_u64(text, UINT16_MAX, &code) == AN_OK);
        *(uint16_t *)field = (uint16_t)code;
    }
    return AN_OK;
}

/* "+08:00", "-03:30" or "Z" to seconds. */
static enum an_err put_offset(void *field, struct an_slice text)
{
    uint64_t hours, minutes;
    if (an_slice_equal(text, AN_SLICE("Z"))) {
        *(int32_t *)field = 0;
        return AN_OK;
    }
    if (text.len != 6 || (text.at[0] != '+' && text.at[0] != '-') || text.at[3] != ':') return AN_ERR_INVALID;
    if (an_slice_u64((struct an_slice) { text.at + 1, 2 }, 14, &hours) != AN_OK ||
        an_slice_u64((struct an_slice) { text.at + 4, 2 }, 59, &minutes) != AN_OK)
        return AN_ERR_INVALID;
    int32_t seconds = (int32_t)(hours * 3600 + minutes * 60);
    *(int32_t *)field = text.at[0] == '-' ? -seconds : seconds;
    return AN_OK;
}

static enum an_err put_text(const struct an_setting *setting, void *field, struct an_slice text,
                            struct an_error *ret_wanted)
{
    if (setting->type == AN_SETTING_ENDPOINT && an_slice_equal(text, AN_SLICE("none"))) text.len = 0;
    if (text.len >= setting->size)
        return an_fail(ret_wanted, AN_ERR_INVALID, "at most %zu bytes are possible", setting->size - 1);
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.at[i] < 0x20 || text.at[i] == 0x7f)
            return an_fail(ret_wanted, AN_ERR_INVALID, "control characters and line ends are not possible");
    an_slice_copy(text, field, setting->size);
    return AN_OK;
}

enum an_err an_setting_put(const struct an_setting *setting, struct an_config *config, const char *text, size_t len,
                           struct an_error *ret_wanted)
{
    an_assert(setting != NULL && config != NULL && !an_setting_is_compound(setting));
    void *field = (char *)config + setting->offset;
    struct an_slice value = { text, len };
    enum an_err err = AN_ERR_INVALID;
    switch (setting->type) {
    case AN_SETTING_WHOLE: err = put_whole(setting, field, value); break;
    case AN_SETTING_REAL: err = put_real(setting, field, value); break;
    case AN_SETTING_BOOL: err = put_bool(field, value); break;
    case AN_SETTING_CHOICE:
    case AN_SETTING_CODE:
    case AN_SETTING_WORD: err = put_word(setting, field, value); break;
    case AN_SETTING_OFFSET: err = put_offset(field, value); break;
    default: return put_text(setting, field, value, ret_wanted);
    }
    if (err == AN_OK) return AN_OK;
    char domain[200];
    an_setting_domain(setting, domain, sizeof domain);
    bool digits = len > 0 && strspn(text, "0123456789") >= len;
    const char *whole = setting->type == AN_SETTING_WHOLE && !digits ? "whole numbers from " : "";
    bool plural = setting->type == AN_SETTING_WHOLE || setting->type == AN_SETTING_REAL;
    return an_fail(ret_wanted, err, "%s%s %s possible", whole, domain, plural ? "are" : "is");
}

size_t an_yaml_quote(const char *text, char *out, size_t size)
{
    an_assert(size >= 8);
    size_t at = 0;
    out[at++] = '"';
    for (const char *c = text; *c != '\0' && at + 6 < size; c++) {
        if (*c == '"' || *c == '\\') out[at++] = '\\';
        if ((unsigned char)*c < 0x20)
            at += (size_t)snprintf(out + at, size - at, "\\x%02x", (unsigned char)*c);
        else
            out[at++] = *c;
    }
    out[at++] = '"';
    out[at] = '\0';
    return at;
}

static uint64_t whole_value(const struct an_setting *setting, const void *field)
{
    if (setting->size == 2) return *(const uint16_t *)field;
    if (setting->size == 4) return *(const uint32_t *)field;
    return *(const uint64_t *)field;
}

static void get_choice(const struct an_setting *setting, int index, char *ret_text)
{
    struct an_slice rest = an_slice_of(setting->form), word = { 0 };
    for (int i = 0; i <= index; i++) an_slice_cut(&rest, '|', &word);
    an_slice_copy(word, ret_text, AN_SETTING_TEXT_MAX);
}

void an_setting_get(const struct an_setting *setting, const struct an_config *config, char *ret_text)
{
    an_assert(setting != NULL && config != NULL && !an_setting_is_compound(setting));
    const void *field = (const char *)config + setting->offset;
    int32_t seconds = 0;
    size_t size = AN_SETTING_TEXT_MAX;
    switch (setting->type) {
    case AN_SETTING_WHOLE: snprintf(ret_text, size, "%" PRIu64, whole_value(setting, field)); break;
    case AN_SETTING_REAL:
        snprintf(ret_text, size, "%.9g",
                 setting->size == sizeof(float) ? (double)*(const float *)field : *(const double *)field);
        break;
    case AN_SETTING_BOOL: snprintf(ret_text, size, "%s", *(const bool *)field ? "true" : "false"); break;
    case AN_SETTING_CHOICE: get_choice(setting, *(const int *)field, ret_text); break;
    case AN_SETTING_CODE: snprintf(ret_text, size, "%u", *(const uint16_t *)field); break;
    case AN_SETTING_WORD: snprintf(ret_text, size, "%s", (const char *)field); break;
    case AN_SETTING_OFFSET:
        seconds = *(const int32_t *)field;
        snprintf(ret_text, size, "\"%c%02d:%02d\"", seconds < 0 ? '-' : '+', abs(seconds) / 3600,
                 abs(seconds) % 3600 / 60);
        break;
    default:
        if (setting->type == AN_SETTING_ENDPOINT && *(const char *)field == '\0')
            snprintf(ret_text, size, "none");
        else
            an_yaml_quote(field, ret_text, size);
        break;
    }
}
