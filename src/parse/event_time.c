#include "parse/event_time.h"

#include <stdbool.h>

#include "base/clock.h"

static const char *const form_names[AN_TIME_FORM_COUNT] = { "auto", "calendar", "epoch_s", "epoch_ms", "epoch_us" };

enum an_err an_time_form_of(struct an_slice name, enum an_time_form *ret_form)
{
    an_assert(ret_form != NULL);
    for (int i = 0; i < AN_TIME_FORM_COUNT; i++)
        if (an_slice_equal(name, an_slice_of(form_names[i]))) {
            *ret_form = (enum an_time_form)i;
            return AN_OK;
        }
    return AN_ERR_NOT_FOUND;
}

/* Takes count digits off text. */
static bool take_digits(struct an_slice *text, size_t count, unsigned *ret_value)
{
    if (text->len < count) return false;
    unsigned value = 0;
    for (size_t i = 0; i < count; i++) {
        if (!an_is_digit(text->at[i])) return false;
        value = value * 10 + (unsigned)(text->at[i] - '0');
    }
    *text = (struct an_slice) { text->at + count, text->len - count };
    *ret_value = value;
    return true;
}

static bool take(struct an_slice *text, char c)
{
    if (text->len == 0 || text->at[0] != c) return false;
    *text = (struct an_slice) { text->at + 1, text->len - 1 };
    return true;
}

enum an_err an_time_offset_of(struct an_slice text, int32_t *ret_offset_s)
{
    an_assert(ret_offset_s != NULL);
    unsigned hours = 0, minutes = 0;
    if (text.len == 1 && (text.at[0] == 'Z' || text.at[0] == 'z')) {
        *ret_offset_s = 0;
        return AN_OK;
    }
    bool west = take(&text, '-');
    if (!west && !take(&text, '+')) return AN_ERR_MALFORMED;
    if (!take_digits(&text, 2, &hours)) return AN_ERR_MALFORMED;
    if (text.len > 0) {
        take(&text, ':');
        if (!take_digits(&text, 2, &minutes) || text.len > 0) return AN_ERR_MALFORMED;
    }
    if (minutes > 59 || hours * 60 + minutes > 18 * 60) return AN_ERR_MALFORMED;
    int32_t seconds = (int32_t)(hours * 3600 + minutes * 60);
    *ret_offset_s = west ? -seconds : seconds;
    return AN_OK;
}

/* Days from 1970-01-01 to a date of the Gregorian calendar: years begin in March, so that the leap day is the last. */
static int64_t days_of(unsigned year, unsigned month, unsigned day)
{
    unsigned y = month <= 2 ? year - 1 : year;
    unsigned m = month <= 2 ? month + 9 : month - 3;
    return (int64_t)y * 365 + y / 4 - y / 100 + y / 400 + (m * 153 + 2) / 5 + day - 1 - 719468;
}

static unsigned month_days(unsigned year, unsigned month)
{
    static const uint8_t days[12] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month - 1] + (unsigned)(month == 2 && leap);
}

/* ".123456" in microseconds; digits after the sixth are dropped. */
static bool take_fraction(struct an_slice *text, unsigned *ret_us)
{
    unsigned us = 0, scale = 100000;
    size_t digits = 0;
    while (text->len > 0 && an_is_digit(text->at[0])) {
        us += (unsigned)(text->at[0] - '0') * scale;
        scale /= 10;
        digits++;
        *text = (struct an_slice) { text->at + 1, text->len - 1 };
    }
    *ret_us = us;
    return digits > 0 && digits <= 12;
}

static enum an_err bounded(uint64_t us, uint64_t *ret_us)
{
    if (us < AN_TIME_MIN_US || us >= AN_TIME_MAX_US) return AN_ERR_INVALID;
    *ret_us = us;
    return AN_OK;
}

static enum an_err calendar(struct an_slice text, int32_t offset_s, uint64_t *ret_us)
{
    unsigned year, month, day, hour, minute, second = 0, fraction = 0;
    if (!take_digits(&text, 4, &year)) return AN_ERR_MALFORMED;
    char between = text.len > 0 ? text.at[0] : '\0';
    if ((between != '-' && between != '/') || !take(&text, between) || !take_digits(&text, 2, &month) ||
        !take(&text, between) || !take_digits(&text, 2, &day))
        return AN_ERR_MALFORMED;
    if (!take(&text, 'T') && !take(&text, 't') && !take(&text, ' ')) return AN_ERR_MALFORMED;
    if (!take_digits(&text, 2, &hour) || !take(&text, ':') || !take_digits(&text, 2, &minute)) return AN_ERR_MALFORMED;
    if (take(&text, ':')) {
        if (!take_digits(&text, 2, &second)) return AN_ERR_MALFORMED;
        if ((take(&text, '.') || take(&text, ',')) && !take_fraction(&text, &fraction)) return AN_ERR_MALFORMED;
    }
    take(&text, ' ');
    if (text.len > 0 && an_time_offset_of(text, &offset_s) != AN_OK) return AN_ERR_MALFORMED;
    if (year < 1970 || year > 2199 || month < 1 || month > 12 || day < 1 || day > month_days(year, month) ||
        hour > 23 || minute > 59 || second > 60)
        return AN_ERR_INVALID;
    int64_t s = days_of(year, month, day) * 86400 + (int64_t)hour * 3600 + (int64_t)minute * 60 + second - offset_s;
    if (s < 0) return AN_ERR_INVALID;
    return bounded((uint64_t)s * AN_US_PER_S + fraction, ret_us);
}

static enum an_err epoch(struct an_slice text, enum an_time_form form, uint64_t *ret_us)
{
    uint64_t whole = 0, unit = form == AN_TIME_EPOCH_S ? AN_US_PER_S : form == AN_TIME_EPOCH_MS ? 1000 : 1;
    unsigned fraction = 0;
    struct an_slice head;
    if (an_slice_cut(&text, '.', &head) && !take_fraction(&text, &fraction)) return AN_ERR_MALFORMED;
    if (text.len > 0) return AN_ERR_MALFORMED;
    int err = an_slice_u64(head, AN_TIME_MAX_US, &whole);
    if (err == AN_ERR_LIMIT) return AN_ERR_INVALID;
    if (err != AN_OK) return AN_ERR_MALFORMED;
    if (whole > AN_TIME_MAX_US / unit) return AN_ERR_INVALID;
    return bounded(whole * unit + fraction * unit / AN_US_PER_S, ret_us);
}

enum an_err an_time_parse(struct an_slice text, enum an_time_form form, int32_t utc_offset_s, uint64_t *ret_us)
{
    an_assert(ret_us != NULL && form < AN_TIME_FORM_COUNT);
    text = an_slice_trim(text);
    if (form == AN_TIME_CALENDAR) return calendar(text, utc_offset_s, ret_us);
    if (form != AN_TIME_AUTO) return epoch(text, form, ret_us);
    size_t digits = 0;
    while (digits < text.len && an_is_digit(text.at[digits])) digits++;
    if (digits == 4 && text.len > 4 && text.at[4] != '.') return calendar(text, utc_offset_s, ret_us);
    return epoch(text, digits <= 10 ? AN_TIME_EPOCH_S : digits <= 13 ? AN_TIME_EPOCH_MS : AN_TIME_EPOCH_US, ret_us);
}
