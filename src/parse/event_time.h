/* Times in records, as text. Layer: parse. Pure and independent of locale and TZ: a time without a zone is local time
 * at the offset given. Costs: O(length), no allocation.
 *
 * Sources: ISO 8601 calendar dates as profiled by RFC 3339 section 5.6, with the liberties call records take: a space
 * or `T` between date and time, `/` between the parts of a date, no zone, seconds or a fraction left out or not. */
#ifndef ANNING_PARSE_EVENT_TIME_H
#define ANNING_PARSE_EVENT_TIME_H

#include <stdint.h>

#include "base/err.h"
#include "base/slice.h"

enum an_time_form {
    AN_TIME_AUTO,     /* calendar; or digits: seconds, milliseconds or microseconds by their size */
    AN_TIME_CALENDAR, /* 2026-11-22 03:14:05[.123456][Z|+08:00], 2026-11-22T03:14:05Z, 2026/11/22 03:14 */
    AN_TIME_EPOCH_S,  /* seconds since 1970-01-01 UTC, a fraction allowed */
    AN_TIME_EPOCH_MS,
    AN_TIME_EPOCH_US,
    AN_TIME_FORM_COUNT
};

/* Times from 1970-01-02 to the end of 2199: what lies outside is a broken clock, not a call. */
#define AN_TIME_MIN_US 86400000000ull
#define AN_TIME_MAX_US 7258118400000000ull

/* utc_offset_s: of local time (28800 for +08:00), for calendar times without a zone. AN_OK; AN_ERR_MALFORMED: not in
 * this form; AN_ERR_INVALID: in this form, but no such moment (30 February) or outside the limits above. */
enum an_err an_time_parse(struct an_slice text, enum an_time_form form, int32_t utc_offset_s, uint64_t *ret_us);

/* "auto", "calendar", "epoch_s", "epoch_ms", "epoch_us"; AN_OK or AN_ERR_NOT_FOUND. */
enum an_err an_time_form_of(struct an_slice name, enum an_time_form *ret_form);

/* "+08:00", "-0330", "Z" as seconds; AN_OK or AN_ERR_MALFORMED. At most 18 hours. */
enum an_err an_time_offset_of(struct an_slice text, int32_t *ret_offset_s);

#endif
