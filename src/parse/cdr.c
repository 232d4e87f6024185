#include "parse/cdr.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

/* Longest ring or talk anybody reports: a week, in milliseconds. */
#define MS_MAX (7ull * 24 * 3600 * 1000)
/* Whole-second columns may be off by one against each other. */
#define SLACK_US 1000000ull

/* A row being read. */
struct reading {
    const struct an_cdr_layout *layout;
    const struct an_csv *row;
    struct an_error *error;
};

static struct an_slice cell(const struct reading *r, enum an_cdr_field field)
{
    int index = r->layout->columns[field].index;
    if (index < 0 || (size_t)index >= r->row->count) return (struct an_slice) { NULL, 0 };
    return an_slice_trim(r->row->cells[index]);
}

static enum an_err wrong(const struct reading *r, enum an_cdr_field field, enum an_err err, const char *would_be_right)
{
    struct an_slice text = cell(r, field);
    return an_fail(r->error, err, "line %" PRIu64 ", column %d: \"%.*s\" %s", r->row->line,
                   r->layout->columns[field].index + 1, (int)(text.len < 40 ? text.len : 40),
                   text.len == 0 ? "" : text.at, would_be_right);
}

/* 0 when the cell is empty or a zero date (databases write one for "never"). */
static enum an_err read_time(const struct reading *r, enum an_cdr_field field, uint64_t *ret_us)
{
    struct an_slice text = cell(r, field);
    if (text.len == 0 || an_slice_equal(text, AN_SLICE("0")) || an_slice_starts(text, AN_SLICE("0000-00-00")))
        return AN_OK;
    enum an_err err = an_time_parse(text, r->layout->time_form, r->layout->utc_offset_s, ret_us);
    if (err == AN_OK) return AN_OK;
    if (err == AN_ERR_INVALID) return wrong(r, field, err, "is no moment from 1970 to 2199");
    static const char *const right[AN_TIME_FORM_COUNT] = {
        "is not a time; it has to be like 2026-11-22 03:14:05, or a number of seconds since 1970",
        "is not a time; it has to be like 2026-11-22 03:14:05",
        "is not a time; it has to be a number of seconds since 1970",
        "is not a time; it has to be a number of milliseconds since 1970",
        "is not a time; it has to be a number of microseconds since 1970",
    };
    return wrong(r, field, err, right[r->layout->time_form]);
}

/* "75", "75.25" or "1:15", "0:01:15". Milliseconds when the column says so. */
static enum an_err read_duration(const struct reading *r, enum an_cdr_field field, bool *ret_given, uint64_t *ret_ms)
{
    struct an_slice rest = cell(r, field), part;
    if (rest.len == 0) return AN_OK;
    double s = 0;
    bool more, clock = an_slice_find(rest, ':') >= 0;
    do {
        double value = 0;
        more = an_slice_cut(&rest, ':', &part);
        if (an_slice_double(part, &value) != AN_OK || value < 0)
            return wrong(r, field, AN_ERR_MALFORMED, "is not a duration; it has to be like 75, 75.25 or 0:01:15");
        s = s * 60 + value;
    } while (more);
    double ms = r->layout->columns[field].in_ms && !clock ? s : s * 1000;
    if (ms > (double)MS_MAX) return wrong(r, field, AN_ERR_INVALID, "is over a week; is the unit right?");
    *ret_ms = (uint64_t)llround(ms);
    *ret_given = true;
    return AN_OK;
}

static enum an_err span_ms(const struct reading *r, uint64_t from_us, uint64_t to_us, enum an_cdr_field field,
                           uint64_t *ret_ms)
{
    if (to_us + SLACK_US < from_us) return wrong(r, field, AN_ERR_INVALID, "is earlier than the call's start");
    *ret_ms = to_us > from_us ? (to_us - from_us) / 1000 : 0;
    if (*ret_ms > MS_MAX) return wrong(r, field, AN_ERR_INVALID, "makes the call longer than a week");
    return AN_OK;
}

/* Start, ring and talk time out of whatever columns there are. */
static enum an_err read_times(const struct reading *r, struct an_event_text *event, bool *ret_answered)
{
    uint64_t start = 0, answer = 0, end = 0, total = 0, ring = 0, talk = 0;
    bool has_total = false, has_ring = false, has_talk = false;
    enum an_err err = read_time(r, AN_CDR_START, &start);
    if (err == AN_OK) err = read_time(r, AN_CDR_ANSWER, &answer);
    if (err == AN_OK) err = read_time(r, AN_CDR_END, &end);
    if (err == AN_OK) err = read_duration(r, AN_CDR_DURATION, &has_total, &total);
    if (err == AN_OK) err = read_duration(r, AN_CDR_RING, &has_ring, &ring);
    if (err == AN_OK) err = read_duration(r, AN_CDR_TALK, &has_talk, &talk);
    if (err != AN_OK) return err;

    if (start == 0 && end > total * 1000 && has_total) start = end - total * 1000;
    if (start == 0)
        return an_fail(r->error, AN_ERR_INVALID, "line %" PRIu64 ", column %d: the start time is missing", r->row->line,
                       r->layout->columns[AN_CDR_START].index + 1);
    if (!has_total && end != 0) {
        err = span_ms(r, start, end, AN_CDR_END, &total);
        has_total = true;
    }
    if (err == AN_OK && !has_talk && answer != 0 && end != 0) err = span_ms(r, answer, end, AN_CDR_END, &talk);
    if (err == AN_OK && !has_talk && answer == 0 && has_ring && has_total) talk = total > ring ? total - ring : 0;
    if (err == AN_OK && !has_ring && answer != 0)
        err = span_ms(r, start, answer, AN_CDR_ANSWER, &ring);
    else if (err == AN_OK && !has_ring && has_total)
        ring = total > talk ? total - talk : 0;
    if (err != AN_OK) return err;
    event->time_us = start;
    event->ring_ms = (uint32_t)ring;
    event->talk_ms = (uint32_t)talk;
    *ret_answered = answer != 0 || talk > 0;
    return AN_OK;
}

/* What the column says, put right by whether the call was answered: that is measured, a cause is an opinion. */
static enum an_err read_outcome(const struct reading *r, bool answered, struct an_event_text *event)
{
    struct an_slice text = cell(r, AN_CDR_OUTCOME);
    enum an_outcome outcome = answered ? AN_OUTCOME_ANSWERED : AN_OUTCOME_UNKNOWN;
    bool known = text.len == 0;
    for (size_t i = 0; !known && i < r->layout->value_count; i++)
        if (an_slice_equal_nocase(text, an_slice_of(r->layout->values[i].text))) {
            event->outcome = r->layout->values[i].outcome; /* the site's own word: taken as it is */
            return AN_OK;
        }
    if (!known && an_cdr_outcome_of(text, &outcome) != AN_OK)
        return wrong(r, AN_CDR_OUTCOME, AN_ERR_INVALID,
                     "is no outcome we know; say what it means with outcome.WORD in the layout");
    if (answered && outcome != AN_OUTCOME_OURS) outcome = AN_OUTCOME_ANSWERED;
    bool can_tell = r->layout->columns[AN_CDR_TALK].index >= 0 || r->layout->columns[AN_CDR_ANSWER].index >= 0;
    bool says_so = text.len >= 6 && an_slice_equal_nocase((struct an_slice) { text.at, 6 }, AN_SLICE("answer"));
    if (!answered && outcome == AN_OUTCOME_ANSWERED && can_tell && !says_so) outcome = AN_OUTCOME_UNKNOWN;
    event->outcome = outcome;
    return AN_OK;
}

/* "PJSIP/carrier-0000001f" is carrier, "sofia/external/13800138000@192.0.2.1" is external. */
static struct an_slice trunk_of_channel(struct an_slice channel)
{
    struct an_slice technology, name;
    if (!an_slice_cut(&channel, '/', &technology)) return technology;
    if (an_slice_equal_nocase(technology, AN_SLICE("sofia")) || an_slice_find(channel, '/') >= 0) {
        an_slice_cut(&channel, '/', &name);
        return name;
    }
    size_t len = channel.len;
    while (len > 0 && channel.at[len - 1] != '-') len--;
    return len > 1 ? (struct an_slice) { channel.at, len - 1 } : channel;
}

/* `"Alice" <100>` is Alice; a name alone is itself; `<100>` or 100 is none. */
static struct an_slice display_of(struct an_slice text, struct an_slice caller)
{
    ptrdiff_t angle = an_slice_find(text, '<');
    if (angle >= 0) text = an_slice_trim((struct an_slice) { text.at, (size_t)angle });
    if (text.len >= 2 && text.at[0] == '"' && text.at[text.len - 1] == '"')
        text = (struct an_slice) { text.at + 1, text.len - 2 };
    return an_slice_equal(text, caller) ? (struct an_slice) { NULL, 0 } : text;
}

static enum an_err read_report(const struct reading *r, struct an_event_text *event)
{
    struct an_slice category = cell(r, AN_CDR_CATEGORY), wanted = cell(r, AN_CDR_WANTED), token = cell(r, AN_CDR_TOKEN);
    if (category.len > 0 && an_category_of(category.at, category.len, &event->category) != AN_OK)
        return wrong(r, AN_CDR_CATEGORY, AN_ERR_INVALID,
                     "is no category; it has to be loan, debt, property, fraud ...");
    static const char *const yes[] = { "yes", "true", "1" }, *const no[] = { "", "no", "false", "0" };
    bool is_yes = false, is_no = false;
    for (size_t i = 0; i < 3; i++) is_yes = is_yes || an_slice_equal_nocase(wanted, an_slice_of(yes[i]));
    for (size_t i = 0; i < 4; i++) is_no = is_no || an_slice_equal_nocase(wanted, an_slice_of(no[i]));
    if (!is_yes && !is_no) return wrong(r, AN_CDR_WANTED, AN_ERR_INVALID, "has to be yes or no");
    event->wanted = is_yes;
    if (token.len > 0 && an_token_of_text(token.at, token.len, &event->token) != AN_OK)
        return wrong(r, AN_CDR_TOKEN, AN_ERR_INVALID, "is no token; it has 26 letters and digits");
    return AN_OK;
}

static enum an_err read_texts(const struct reading *r, struct an_event_text *event)
{
    struct an_slice *const texts[] = { &event->from, &event->to, &event->call_id, &event->trunk };
    static const enum an_cdr_field fields[] = { AN_CDR_CALLER, AN_CDR_CALLEE, AN_CDR_CALL_ID, AN_CDR_TRUNK };
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        *texts[i] = cell(r, fields[i]);
        if (texts[i]->len > AN_EVENT_FIELD_MAX)
            return wrong(r, fields[i], AN_ERR_LIMIT, "... is over the limit EVENT_FIELD_MAX, 256 bytes");
    }
    if (r->layout->trunk_is_channel) event->trunk = trunk_of_channel(event->trunk);
    event->display = display_of(cell(r, AN_CDR_DISPLAY), event->from);
    event->user_agent = cell(r, AN_CDR_USER_AGENT);
    if (event->to.len == 0 && event->kind != AN_OBS_END && event->kind != AN_OBS_REPORT)
        return wrong(r, AN_CDR_CALLEE, AN_ERR_INVALID, "the called number is missing");
    return AN_OK;
}

enum an_err an_cdr_row(const struct an_cdr_layout *layout, const struct an_csv *row, struct an_event_text *ret_event,
                       struct an_error *error)
{
    an_assert(layout != NULL && row != NULL && ret_event != NULL);
    an_assert(layout->bound);
    struct reading r = { layout, row, error };
    if (layout->bound_count != 0 && row->count != layout->bound_count)
        return an_fail(error, AN_ERR_MALFORMED, "line %" PRIu64 ": %zu columns, but the header line has %u", row->line,
                       row->count, layout->bound_count);
    if (layout->skip_direction[0] != '\0' &&
        an_slice_equal_nocase(cell(&r, AN_CDR_DIRECTION), an_slice_of(layout->skip_direction)))
        return AN_ERR_NOT_FOUND;
    struct an_event_text event = { .kind = AN_EVENT_CALL };
    struct an_slice kind = cell(&r, AN_CDR_KIND);
    if (kind.len > 0 && an_event_kind_of(kind, &event.kind) != AN_OK)
        return wrong(&r, AN_CDR_KIND, AN_ERR_INVALID, "is no kind; it has to be attempt, answer, end, report or call");
    bool answered = false;
    enum an_err err = read_texts(&r, &event);
    if (err == AN_OK) err = read_times(&r, &event, &answered);
    if (err == AN_OK) err = read_outcome(&r, answered, &event);
    if (err == AN_OK) err = read_report(&r, &event);
    if (err == AN_OK) *ret_event = event;
    return err;
}
