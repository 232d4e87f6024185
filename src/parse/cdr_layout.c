#include "parse/cdr.h"

#include <stdio.h>
#include <string.h>

#include "base/nearest.h"

/* Keys of an_cdr_layout_set that name a column. */
static const struct key {
    const char *name;
    enum an_cdr_field field;
    bool in_ms, channel;
} keys[] = {
    { "kind", AN_CDR_KIND, false, false },
    { "start", AN_CDR_START, false, false },
    { "answer", AN_CDR_ANSWER, false, false },
    { "end", AN_CDR_END, false, false },
    { "duration_s", AN_CDR_DURATION, false, false },
    { "duration_ms", AN_CDR_DURATION, true, false },
    { "ring_s", AN_CDR_RING, false, false },
    { "ring_ms", AN_CDR_RING, true, false },
    { "talk_s", AN_CDR_TALK, false, false },
    { "talk_ms", AN_CDR_TALK, true, false },
    { "caller", AN_CDR_CALLER, false, false },
    { "callee", AN_CDR_CALLEE, false, false },
    { "outcome", AN_CDR_OUTCOME, false, false },
    { "call_id", AN_CDR_CALL_ID, false, false },
    { "trunk", AN_CDR_TRUNK, false, false },
    { "trunk_channel", AN_CDR_TRUNK, false, true },
    { "direction", AN_CDR_DIRECTION, false, false },
    { "display", AN_CDR_DISPLAY, false, false },
    { "user_agent", AN_CDR_USER_AGENT, false, false },
    { "category", AN_CDR_CATEGORY, false, false },
    { "wanted", AN_CDR_WANTED, false, false },
    { "token", AN_CDR_TOKEN, false, false },
};
enum { KEY_COUNT = sizeof keys / sizeof keys[0] };

static const char *const option_names[] = { "time", "utc_offset", "separator", "header", "skip_direction" };
enum { OPTION_COUNT = sizeof option_names / sizeof option_names[0] };

/* Built-in layouts: names in a header line, and the place in files without one. */
static const struct builtin {
    const char *name;
    bool trunk_is_channel;
    const char *columns[AN_CDR_FIELD_COUNT];
} builtins[] = {
    { "asterisk",
      true,
      { [AN_CDR_START] = "#10|start|calldate",
        [AN_CDR_ANSWER] = "#11|answer",
        [AN_CDR_END] = "#12|end",
        [AN_CDR_DURATION] = "#13|duration",
        [AN_CDR_TALK] = "#14|billsec",
        [AN_CDR_CALLER] = "#2|src",
        [AN_CDR_CALLEE] = "#3|dst",
        [AN_CDR_OUTCOME] = "#15|disposition",
        [AN_CDR_CALL_ID] = "#17|uniqueid",
        [AN_CDR_TRUNK] = "#6|channel",
        [AN_CDR_DISPLAY] = "#5|clid" } },
    { "freeswitch",
      true,
      { [AN_CDR_START] = "#5|start_stamp",
        [AN_CDR_ANSWER] = "#6|answer_stamp",
        [AN_CDR_END] = "#7|end_stamp",
        [AN_CDR_DURATION] = "#8|duration",
        [AN_CDR_TALK] = "#9|billsec",
        [AN_CDR_CALLER] = "#2|caller_id_number",
        [AN_CDR_CALLEE] = "#3|destination_number",
        [AN_CDR_OUTCOME] = "#10|hangup_cause",
        [AN_CDR_CALL_ID] = "#11|uuid",
        [AN_CDR_TRUNK] = "channel_name",
        [AN_CDR_DIRECTION] = "direction",
        [AN_CDR_DISPLAY] = "#1|caller_id_name",
        [AN_CDR_USER_AGENT] = "sip_user_agent" } },
    { "anning",
      false,
      { [AN_CDR_KIND] = "kind",
        [AN_CDR_START] = "time|start",
        [AN_CDR_ANSWER] = "answer",
        [AN_CDR_END] = "end",
        [AN_CDR_DURATION] = "duration_s",
        [AN_CDR_RING] = "ring_s",
        [AN_CDR_TALK] = "talk_s",
        [AN_CDR_CALLER] = "from|caller",
        [AN_CDR_CALLEE] = "to|callee",
        [AN_CDR_OUTCOME] = "outcome",
        [AN_CDR_CALL_ID] = "call_id",
        [AN_CDR_TRUNK] = "trunk",
        [AN_CDR_DIRECTION] = "direction",
        [AN_CDR_DISPLAY] = "display",
        [AN_CDR_USER_AGENT] = "user_agent",
        [AN_CDR_CATEGORY] = "category",
        [AN_CDR_WANTED] = "wanted",
        [AN_CDR_TOKEN] = "token" } },
    { "none", false, { NULL } },
};
enum { BUILTIN_COUNT = sizeof builtins / sizeof builtins[0] };

/* "#3|src|caller": a position, names, or both. */
static enum an_err set_column(struct an_cdr_column *column, const char *value, struct an_error *error)
{
    struct an_cdr_column fresh = { .position = -1, .index = -1 };
    struct an_slice rest = an_slice_trim(an_slice_of(value)), name;
    if (rest.len > 0 && rest.at[0] == '#') {
        uint64_t position = 0;
        an_slice_cut(&rest, '|', &name);
        name = (struct an_slice) { name.at + 1, name.len - 1 };
        if (an_slice_u64(name, AN_RECORD_COLUMNS_MAX, &position) != AN_OK || position == 0)
            return an_fail(error, AN_ERR_INVALID, "column \"%.40s\": behind # a number from 1 to %d is wanted", value,
                           AN_RECORD_COLUMNS_MAX);
        fresh.position = (int16_t)(position - 1);
    }
    if (rest.len >= sizeof fresh.names)
        return an_fail(error, AN_ERR_LIMIT, "column \"%.40s...\": names are over the limit, %d bytes", value,
                       AN_CDR_NAMES_MAX - 1);
    an_slice_copy(rest, fresh.names, sizeof fresh.names);
    *column = fresh;
    return AN_OK;
}

enum an_err an_cdr_layout_builtin(const char *name, int32_t utc_offset_s, struct an_cdr_layout *ret_layout,
                                  struct an_error *error)
{
    an_assert(name != NULL && ret_layout != NULL);
    const char *names[BUILTIN_COUNT];
    for (size_t i = 0; i < BUILTIN_COUNT; i++) {
        names[i] = builtins[i].name;
        if (strcmp(builtins[i].name, name) != 0) continue;
        memset(ret_layout, 0, sizeof *ret_layout);
        snprintf(ret_layout->name, sizeof ret_layout->name, "%s", name);
        for (size_t f = 0; f < AN_CDR_FIELD_COUNT; f++) {
            const char *column = builtins[i].columns[f] == NULL ? "" : builtins[i].columns[f];
            enum an_err err = set_column(&ret_layout->columns[f], column, NULL);
            an_assert(err == AN_OK);
        }
        ret_layout->utc_offset_s = utc_offset_s;
        ret_layout->trunk_is_channel = builtins[i].trunk_is_channel;
        return AN_OK;
    }
    const char *nearest = an_nearest(an_slice_of(name), names, BUILTIN_COUNT);
    return an_fail(error, AN_ERR_NOT_FOUND, "no layout \"%.40s\"; %s%s%s", name,
                   nearest == NULL ? "there are asterisk, freeswitch, anning and none" : "did you mean \"",
                   nearest == NULL ? "" : nearest, nearest == NULL ? "" : "\"?");
}

/* outcome.WORD = outcome */
static enum an_err set_value(struct an_cdr_layout *layout, const char *word, const char *value, struct an_error *error)
{
    enum an_outcome outcome;
    if (an_outcome_of(value, strlen(value), &outcome) != AN_OK)
        return an_fail(error, AN_ERR_INVALID,
                       "outcome.%.32s is \"%.32s\"; it has to be answered, cancelled, no_answer, refused, busy, "
                       "unreachable, unallocated, failed, ours or unknown",
                       word, value);
    if (word[0] == '\0' || strlen(word) >= AN_CDR_VALUE_MAX || layout->value_count == AN_CDR_VALUES_MAX)
        return an_fail(error, AN_ERR_LIMIT, "outcome.%.40s: a word of 1 to %d bytes is wanted, and at most %d of them",
                       word, AN_CDR_VALUE_MAX - 1, AN_CDR_VALUES_MAX);
    an_slice_copy(an_slice_of(word), layout->values[layout->value_count].text, AN_CDR_VALUE_MAX);
    layout->values[layout->value_count++].outcome = outcome;
    return AN_OK;
}

/* Position of value among count words; count when it is none of them. */
static size_t word_index(const char *value, const char *const *words, size_t count)
{
    size_t i = 0;
    while (i < count && strcmp(words[i], value) != 0) i++;
    return i;
}

static enum an_err set_option(struct an_cdr_layout *layout, const char *key, const char *value, struct an_error *error)
{
    static const char *const separators[] = { "auto", "comma", "semicolon", "tab" };
    static const char *const headers[] = { "auto", "yes", "no" };
    const char *wanted = NULL;
    if (strcmp(key, "time") == 0) {
        if (an_time_form_of(an_slice_of(value), &layout->time_form) == AN_OK) return AN_OK;
        wanted = "auto, calendar, epoch_s, epoch_ms or epoch_us";
    } else if (strcmp(key, "utc_offset") == 0) {
        if (an_time_offset_of(an_slice_of(value), &layout->utc_offset_s) == AN_OK) return AN_OK;
        wanted = "an offset like +08:00";
    } else if (strcmp(key, "separator") == 0) {
        size_t i = word_index(value, separators, 4);
        if (i < 4) layout->separator = "\0,;\t"[i];
        if (i < 4) return AN_OK;
        wanted = "comma, semicolon, tab or auto";
    } else if (strcmp(key, "header") == 0) {
        size_t i = word_index(value, headers, 3);
        if (i < 3) layout->header = (enum an_cdr_header)i;
        if (i < 3) return AN_OK;
        wanted = "yes, no or auto";
    } else {
        if (strlen(value) < AN_CDR_VALUE_MAX) {
            an_slice_copy(an_slice_of(value), layout->skip_direction, AN_CDR_VALUE_MAX);
            return AN_OK;
        }
        wanted = "a word of at most 31 bytes";
    }
    return an_fail(error, AN_ERR_INVALID, "%s is \"%.40s\"; it has to be %s", key, value, wanted);
}

enum an_err an_cdr_layout_set(struct an_cdr_layout *layout, const char *key, const char *value, struct an_error *error)
{
    an_assert(layout != NULL && key != NULL && value != NULL);
    const char *names[KEY_COUNT + OPTION_COUNT];
    for (size_t i = 0; i < KEY_COUNT; i++) {
        names[i] = keys[i].name;
        if (strcmp(keys[i].name, key) != 0) continue;
        struct an_cdr_column *column = &layout->columns[keys[i].field];
        enum an_err err = set_column(column, value, error);
        if (err != AN_OK) return err;
        column->asked_for = column->names[0] != '\0' || column->position >= 0;
        column->in_ms = keys[i].in_ms;
        if (keys[i].field == AN_CDR_TRUNK) layout->trunk_is_channel = keys[i].channel;
        layout->bound = false;
        return AN_OK;
    }
    if (strncmp(key, "outcome.", 8) == 0) return set_value(layout, key + 8, value, error);
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        names[KEY_COUNT + i] = option_names[i];
        if (strcmp(option_names[i], key) == 0) return set_option(layout, key, value, error);
    }
    const char *nearest = an_nearest(an_slice_of(key), names, KEY_COUNT + OPTION_COUNT);
    return an_fail(error, AN_ERR_INVALID, "\"%.40s\" is no field of a call record; %s%s%s", key,
                   nearest == NULL ? "fields are start, caller, callee, outcome ... (see docs/records.md)"
                                   : "did you mean \"",
                   nearest == NULL ? "" : nearest, nearest == NULL ? "" : "\"?");
}

/* Cell of the record that bears one of the column's names; -1: none. */
static int find_named(const struct an_cdr_column *column, const struct an_csv *record)
{
    struct an_slice rest = an_slice_of(column->names), name;
    while (rest.len > 0) {
        an_slice_cut(&rest, '|', &name);
        for (size_t i = 0; i < record->count; i++)
            if (an_slice_equal_nocase(an_slice_trim(record->cells[i]), an_slice_trim(name))) return (int)i;
    }
    return -1;
}

static size_t count_named(const struct an_cdr_layout *layout, const struct an_csv *record)
{
    size_t count = 0;
    for (size_t f = 0; f < AN_CDR_FIELD_COUNT; f++) count += find_named(&layout->columns[f], record) >= 0;
    return count;
}

static const char *key_of(enum an_cdr_field field)
{
    size_t i = 0;
    while (keys[i].field != field) i++;
    return keys[i].name;
}

static enum an_err missing(const struct an_cdr_layout *layout, enum an_cdr_field field, const struct an_csv *first,
                           struct an_error *error)
{
    const struct an_cdr_column *column = &layout->columns[field];
    const char *key = key_of(field);
    if (column->names[0] == '\0' && column->position < 0)
        return an_fail(error, AN_ERR_INVALID,
                       "layout %s: no column is named for \"%s\"; set it to a header name or "
                       "to #N",
                       layout->name, key);
    if (layout->header == AN_CDR_HEADER_NO || column->names[0] == '\0')
        return an_fail(error, AN_ERR_INVALID, "line %llu: \"%s\" is column %d of layout %s, the line has %zu",
                       (unsigned long long)first->line, key, column->position + 1, layout->name, first->count);
    char seen[160] = "";
    for (size_t i = 0, used = 0; i < first->count && used < sizeof seen; i++)
        used += (size_t)snprintf(seen + used, sizeof seen - used, "%s%.*s", i == 0 ? "" : ", ",
                                 (int)(first->cells[i].len < 24 ? first->cells[i].len : 24), first->cells[i].at);
    return an_fail(error, AN_ERR_INVALID, "line %llu: no column \"%.60s\" for \"%s\"; the header has %s",
                   (unsigned long long)first->line, column->names, key, seen);
}

enum an_err an_cdr_bind(struct an_cdr_layout *layout, const struct an_csv *first, struct an_error *error)
{
    an_assert(layout != NULL && first != NULL);
    if (layout->header == AN_CDR_HEADER_AUTO)
        layout->header = count_named(layout, first) >= 2 ? AN_CDR_HEADER_YES : AN_CDR_HEADER_NO;
    bool header = layout->header == AN_CDR_HEADER_YES;
    for (size_t f = 0; f < AN_CDR_FIELD_COUNT; f++) {
        struct an_cdr_column *column = &layout->columns[f];
        column->index = header && column->names[0] != '\0' ? (int16_t)find_named(column, first) : column->position;
        if (column->asked_for && (column->index < 0 || (size_t)column->index >= first->count))
            return missing(layout, (enum an_cdr_field)f, first, error);
    }
    bool derived = layout->columns[AN_CDR_END].index >= 0 && layout->columns[AN_CDR_DURATION].index >= 0;
    static const enum an_cdr_field needed[] = { AN_CDR_START, AN_CDR_CALLER, AN_CDR_CALLEE };
    for (size_t i = derived ? 1 : 0; i < sizeof needed / sizeof needed[0]; i++) {
        int index = layout->columns[needed[i]].index;
        if (index < 0 || (size_t)index >= first->count) return missing(layout, needed[i], first, error);
    }
    layout->bound_count = header ? (uint16_t)first->count : 0;
    layout->bound = true;
    return AN_OK;
}

enum an_err an_cdr_layout_detect(const struct an_csv *first, int32_t utc_offset_s, struct an_cdr_layout *ret_layout,
                                 struct an_error *error)
{
    an_assert(first != NULL && ret_layout != NULL);
    size_t best = 0, most = 2, count;
    bool found = false;
    for (size_t i = 0; i < BUILTIN_COUNT; i++) {
        struct an_cdr_layout layout;
        uint64_t us = 0;
        an_cdr_layout_builtin(builtins[i].name, utc_offset_s, &layout, NULL);
        int start = layout.columns[AN_CDR_START].position, end = layout.columns[AN_CDR_END].position;
        if (start >= 0 && (size_t)end < first->count &&
            an_time_parse(first->cells[start], AN_TIME_CALENDAR, 0, &us) == AN_OK &&
            an_time_parse(first->cells[end], AN_TIME_CALENDAR, 0, &us) == AN_OK)
            return an_cdr_layout_builtin(builtins[i].name, utc_offset_s, ret_layout, error);
        count = count_named(&layout, first);
        if (count > most) {
            most = count;
            best = i;
            found = true;
        }
    }
    if (found) return an_cdr_layout_builtin(builtins[best].name, utc_offset_s, ret_layout, error);
    return an_fail(error, AN_ERR_NOT_FOUND,
                   "line %llu: these %zu columns are no layout we know (asterisk: times in columns 10 and 12; "
                   "freeswitch: in 5 and 7; anning: a header line with time, from, to ...); name the columns in the "
                   "configuration",
                   (unsigned long long)first->line, first->count);
}
