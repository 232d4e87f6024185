/* Call records in columns: which column means what, and a row of CSV as an event. Layer: parse. Pure, no allocation;
 * a row costs the parse of its times and numbers and one look into the table of outcomes.
 *
 * Sources: Asterisk cdr_csv (Master.csv) and the header names of cdr_custom and its databases; FreeSWITCH mod_cdr_csv,
 * templates example, sql (its values), snom, linksys and asterisk; ITU-T Q.850 (05/98) table 1 for causes, by number
 * and by the names FreeSWITCH gives them; an_sip_outcome for SIP status codes. */
#ifndef ANNING_PARSE_CDR_H
#define ANNING_PARSE_CDR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/slice.h"
#include "model/observation.h"
#include "parse/csv.h"
#include "parse/event.h"
#include "parse/event_time.h"

enum an_cdr_field {
    AN_CDR_KIND,       /* as in JSON; absent: a whole call */
    AN_CDR_START,      /* the attempt; may be left out when end and duration are there */
    AN_CDR_ANSWER,
    AN_CDR_END,
    AN_CDR_DURATION,   /* from start to end */
    AN_CDR_RING,       /* from start to answer or end */
    AN_CDR_TALK,       /* from answer to end (billsec) */
    AN_CDR_CALLER,
    AN_CDR_CALLEE,
    AN_CDR_OUTCOME,    /* disposition, hangup cause, Q.850 or SIP number */
    AN_CDR_CALL_ID,
    AN_CDR_TRUNK,
    AN_CDR_DIRECTION,
    AN_CDR_DISPLAY,
    AN_CDR_USER_AGENT,
    AN_CDR_CATEGORY,   /* reports */
    AN_CDR_WANTED,     /* reports: yes, no, true, false, 1, 0 */
    AN_CDR_TOKEN,
    AN_CDR_FIELD_COUNT
};

enum { AN_CDR_NAMES_MAX = 96, AN_CDR_VALUE_MAX = 32, AN_CDR_VALUES_MAX = 64 };

struct an_cdr_column {
    char names[AN_CDR_NAMES_MAX]; /* of the header line, case ignored, alternatives between '|'; empty: by position */
    int16_t position;             /* from 0, when there is no header line or no name; -1: none */
    int16_t index;                /* where an_cdr_bind found it; -1: absent */
    bool asked_for;               /* set by name: absence is an error */
    bool in_ms;                   /* a duration in milliseconds, not seconds */
};

enum an_cdr_header { AN_CDR_HEADER_AUTO, AN_CDR_HEADER_YES, AN_CDR_HEADER_NO };

struct an_cdr_layout {
    char name[16];
    struct an_cdr_column columns[AN_CDR_FIELD_COUNT];
    enum an_time_form time_form;
    int32_t utc_offset_s;         /* of times without a zone */
    char separator;               /* for an_csv_init; '\0': the first line decides */
    enum an_cdr_header header;    /* after an_cdr_bind: YES or NO */
    bool trunk_is_channel;        /* trunk column holds channel names (PJSIP/carrier-0000001f): the part that names it */
    bool bound;
    uint16_t bound_count;         /* columns of the header line; 0: none */
    char skip_direction[AN_CDR_VALUE_MAX]; /* rows of this direction are passed over; empty: none */
    size_t value_count;           /* the site's own words for outcomes, before the built-in ones */
    struct {
        char text[AN_CDR_VALUE_MAX];
        enum an_outcome outcome;
    } values[AN_CDR_VALUES_MAX];
};

/* "asterisk", "freeswitch", "anning" (our own header names), "none" (no columns yet); local time at utc_offset_s.
 * AN_OK or AN_ERR_NOT_FOUND. */
enum an_err an_cdr_layout_builtin(const char *name, int32_t utc_offset_s, struct an_cdr_layout *ret_layout,
                                  struct an_error *error);

/* The built-in layout that fits the first record of a file: by the names in it, else by where its times stand. AN_OK
 * or AN_ERR_NOT_FOUND with what was tried. */
enum an_err an_cdr_layout_detect(const struct an_csv *first, int32_t utc_offset_s, struct an_cdr_layout *ret_layout,
                                 struct an_error *error);

/* Changes one thing. key is a field: kind, start, answer, end, duration_s, duration_ms, ring_s, ring_ms, talk_s,
 * talk_ms, caller, callee, outcome, call_id, trunk, trunk_channel, direction, display, user_agent, category, wanted,
 * token: value is a header name, alternatives between '|', or "#3" for the third column; empty: no such column.
 * Or: time (auto, calendar, epoch_s, epoch_ms, epoch_us), utc_offset (+08:00), separator (comma, semicolon, tab, auto),
 * header (yes, no, auto), skip_direction (a value), outcome.WORD (answered, busy ...: what WORD in the outcome column
 * means). AN_OK, AN_ERR_INVALID with what would be right, AN_ERR_LIMIT. */
enum an_err an_cdr_layout_set(struct an_cdr_layout *layout, const char *key, const char *value,
                              struct an_error *error);

/* Finds the columns. first: the first record of the file. Afterwards layout->header tells whether it was the header
 * line (AN_CDR_HEADER_YES) or is a call itself. AN_OK or AN_ERR_INVALID with the name that is missing. */
enum an_err an_cdr_bind(struct an_cdr_layout *layout, const struct an_csv *first, struct an_error *error);

/* One row as an event, mostly AN_EVENT_CALL; feed it to an_event_calls. ret_event: slices into the row [borrow].
 * AN_OK; AN_ERR_NOT_FOUND: passed over for its direction; AN_ERR_INVALID, AN_ERR_MALFORMED, AN_ERR_LIMIT: error says
 * which line and column and what would be right. */
enum an_err an_cdr_row(const struct an_cdr_layout *layout, const struct an_csv *row, struct an_event_text *ret_event,
                       struct an_error *error);

/* What a word or number in an outcome column means: dispositions, Q.850 names and numbers, SIP status codes, our own
 * names; case, spaces, '-' and '_' do not matter. AN_OK or AN_ERR_NOT_FOUND. */
enum an_err an_cdr_outcome_of(struct an_slice text, enum an_outcome *ret_outcome);

#endif
