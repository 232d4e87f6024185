/* Operators' labels as JSON objects and CSV rows. Layer: parse. Pure: no I/O, no clock; the JSON tree is its caller's.
 * One word of a target (number, verdict token or campaign), what it is, who says so, why and until when. Cost: reads
 * each field once.
 *
 *   number    a number, E.164 with + or as numbering.* reads it   } exactly
 *   token     of a verdict: its caller, by the trunk it came by   } one of
 *   campaign  "C17" or 17                                         } these
 *   trunk     with a number: what comes in under it by this trunk, instead of the number as its owner uses it
 *   verdict   unwanted, wanted or withdrawn (an earlier label is taken back)
 *   category  as in reports
 *   weight    0.001 to 1: how sure; 1 by default
 *   who, why  needed: 1 to 64 and 1 to 200 bytes
 *   until     a date (to its end) or a moment; 180 days from now by default, at most 3,650 */
#ifndef ANNING_PARSE_RULING_H
#define ANNING_PARSE_RULING_H

#include <cjson/cJSON.h>

#include "base/err.h"
#include "model/ruling.h"
#include "parse/csv.h"

/* What a label is read against. */
struct an_ruling_reading {
    uint64_t now_us;
    int32_t utc_offset_s; /* of a date without a zone */
};

enum { AN_RULING_FIELDS = 10, AN_RULING_DAYS = 180, AN_RULING_DAYS_MAX = 3650 };

/* Which field a column of a CSV file holds. */
struct an_ruling_columns {
    size_t count;
    uint8_t fields[AN_RULING_FIELDS];
};

/* null is the same as absent. ret_label: number_text, trunk_name, campaign and token as written, nothing resolved yet.
 * AN_OK or AN_ERR_INVALID: what is wrong, in which field, what would be right; then ret_label is untouched. */
enum an_err an_ruling_of_json(const cJSON *object, const struct an_ruling_reading *reading, struct an_ruling *ret_label,
                              struct an_error *error);
/* The names of the header's cells are those of the fields, in any order. */
enum an_err an_ruling_columns_of(const struct an_csv *header, struct an_ruling_columns *ret_columns,
                                 struct an_error *error);
/* The same out of a row; empty cells are absent. */
enum an_err an_ruling_of_csv(const struct an_csv *row, const struct an_ruling_columns *columns,
                             const struct an_ruling_reading *reading, struct an_ruling *ret_label,
                             struct an_error *error);

#endif
