/* What happens now, for people to look at: rates, trunks, provinces, the calls last touched, and a memory of days for
 * charts. Layer: engine.
 *
 * Follows the journal on a thread of its own, so that the hot path does nothing for it: a record is on the screen when
 * it was written and read back (docs/desk.md has the delay measured). All memory, about 13 MB, is taken at the start
 * and bounded: a day of minutes, 60 days of hours, eight quarters of counts by network, category and province, the
 * hours of 4,096 trunks and campaigns, the last 16,384 touched calls. It is saved beside the state
 * (DIR/state/<time>.live) with the journal's positions every five minutes and at the end, so that a restart goes on
 * exactly where it stood; without such a file the last day is read from the journal. Everything is by event time but
 * the rates, which are by arrival. Provinces are GB/T 2260's first two digits, as the caller's number tells
 * (enrich/plan.h). */
#ifndef ANNING_ENGINE_LIVE_H
#define ANNING_ENGINE_LIVE_H

#include <stdbool.h>

#include "base/err.h"
#include "base/limits.h"
#include "model/record.h"

struct an_live;

enum {
    AN_LIVE_CALLS = 16384,  /* touched calls remembered */
    AN_LIVE_REVIEWS = 2048, /* verdicts to look at again remembered */
    AN_LIVE_REPORTS = 8192, /* reports of people remembered */
    AN_LIVE_LABELS = 1024,  /* operators' decisions on numbers remembered */
    AN_LIVE_KEYS = 4096,    /* trunks; and campaigns */
    AN_LIVE_HOURS = 48,     /* of each of them */
    AN_LIVE_REGIONS = 67,   /* by GB/T 2260; 0 abroad, the last one not known */
    AN_LIVE_BUSIEST = 20,
    AN_LIVE_PAST_S = 300, /* whole seconds of arrivals remembered */
    AN_LIVE_QUARTERS = 8,
    AN_LIVE_NAME = 24,
};

struct an_live_options {
    const char *data_dir; /* [borrow] NULL: nothing is followed and nothing kept; an_live_take feeds it */
    int32_t utc_offset_s; /* of local days and quarters */
};

enum an_err an_live_new(const struct an_live_options *options, struct an_live **ret_live, struct an_error *error);
/* Saves. NULL is taken. */
void an_live_free(struct an_live *live);

/* By hand, where no journal is followed: one decoded record; and the end of a second of arrivals. */
void an_live_take(struct an_live *live, const struct an_record *record, uint64_t time_us);
void an_live_second(struct an_live *live);

/* ---- to look at; any thread, copied out under a lock ---- */

struct an_live_pair {
    uint32_t calls, touched;
};

/* Of the last whole second; provinces of the last minute. */
struct an_live_now {
    uint64_t time_us; /* wall time */
    uint32_t actions[AN_ACTION_COUNT];
    struct an_live_busy {
        char name[AN_LIVE_NAME];
        struct an_live_pair second;
    } trunks[AN_LIVE_BUSIEST]; /* busiest first */
    uint32_t trunk_count;
    struct an_live_pair regions[AN_LIVE_REGIONS];
    uint64_t lag_us; /* behind the journal's end; 0: all is read */
    uint64_t serial; /* of the newest touched call */
};
void an_live_now(struct an_live *live, struct an_live_now *ret_now);
/* The last whole seconds by action, oldest first, the newest the one of an_live_now(). Returns how many. */
size_t an_live_past(struct an_live *live, uint32_t ret_seconds[AN_LIVE_PAST_S][AN_ACTION_COUNT]);

/* A touched call. */
struct an_live_call {
    uint64_t serial; /* counts up from 1 */
    uint64_t time_us;
    struct an_token token;
    an_number caller, callee;
    uint32_t trunk, campaign;
    float probability, shadow; /* shadow < 0: none */
    uint32_t rules;
    uint8_t action, category, level, region, op, caller_kind;
    char trunk_name[AN_LIVE_NAME];
    char display[AN_TEXT_MAX + 1]; /* as it came: hostile until it is written as JSON */
};
/* Those after a serial, oldest first; at most max, the newest. Returns how many. */
size_t an_live_calls(struct an_live *live, uint64_t after, struct an_live_call *ret_calls, size_t max);

/* What is asked for: fields that are zero are not. */
struct an_live_query {
    an_number number; /* caller or callee */
    uint32_t trunk, campaign;
    const struct an_token *token;
};
/* Newest first by the calls' own time: streams of a journal are read one after the other. A walk of all that are
 * remembered, unless a token is asked for. */
size_t an_live_find(struct an_live *live, const struct an_live_query *query, struct an_live_call *ret_calls,
                    size_t max);

enum an_live_step { AN_LIVE_MINUTE, AN_LIVE_HOUR, AN_LIVE_DAY };
struct an_live_point {
    uint64_t time_us; /* begin */
    uint64_t actions[AN_ACTION_COUNT];
    uint64_t reports;
};
/* Points of [from, to) in order, empty ones too; at most max, and no older ones than are kept. Returns how many. */
size_t an_live_series(struct an_live *live, enum an_live_step step, uint64_t from_us, uint64_t to_us,
                      struct an_live_point *ret_points, size_t max);

/* A trunk or a campaign by the hour. */
struct an_live_hours {
    uint32_t key;
    char name[AN_LIVE_NAME]; /* of a trunk */
    uint64_t last_us;
    struct an_live_pair second, day; /* the last second's; the last 24 hours' */
    uint64_t begin_us;               /* of hours[0] */
    struct an_live_pair hours[AN_LIVE_HOURS];
};
enum an_live_kind { AN_LIVE_TRUNK, AN_LIVE_CAMPAIGN };
/* AN_ERR_NOT_FOUND. */
enum an_err an_live_hours(struct an_live *live, enum an_live_kind kind, uint32_t key, struct an_live_hours *ret_hours);
/* Those with the most calls of a day first. Returns how many. */
size_t an_live_busiest(struct an_live *live, enum an_live_kind kind, struct an_live_hours *ret_hours, size_t max);

/* Why a verdict is to be looked at again. */
enum an_live_why {
    AN_LIVE_WANTED_TOUCHED,   /* the callee says wanted of a call we touched */
    AN_LIVE_UNWANTED_ALLOWED, /* the callee says unwanted of one we let through */
    AN_LIVE_SHADOW_DIFFERS,   /* the model in the shadow is far from the one that judged */
};
const char *an_live_why_name(enum an_live_why why);
struct an_live_review {
    struct an_live_call call; /* serial: of reviews */
    uint8_t why, said_category;
    bool done;
};
/* Not done ones, newest first. Returns how many. */
size_t an_live_reviews(struct an_live *live, uint64_t before, struct an_live_review *ret_reviews, size_t max);
/* AN_ERR_NOT_FOUND. */
enum an_err an_live_reviewed(struct an_live *live, const struct an_token *token);

/* A report of somebody called. */
struct an_live_report {
    uint64_t serial, time_us;
    struct an_token token;
    an_number caller, callee;
    uint32_t trunk, campaign;
    uint8_t category, region, op;
    bool wanted, touched;
    float probability; /* that the call was judged with; < 0: it is not remembered */
};
/* Newest first; at most max. */
size_t an_live_reports(struct an_live *live, uint64_t before, struct an_live_report *ret_reports, size_t max);

/* What most of the remembered reports on a campaign's calls name as its kind, for each of count campaigns;
 * AN_CATEGORY_UNKNOWN: none names any. To be shown, no evidence: whoever says most is not whom to believe. One walk of
 * the reports. */
void an_live_kinds(struct an_live *live, const uint32_t *campaigns, size_t count, uint8_t *ret_categories);

/* An operator's decision on a number. */
struct an_live_label {
    uint64_t serial, time_us, until_us;
    an_number number;
    uint8_t verdict, category; /* enum an_ruling_verdict, enum an_category */
    char who[AN_TEXT_MAX + 1], why[AN_TEXT_MAX + 1], trunk[AN_LIVE_NAME];
};
/* Newest first; at most max. */
size_t an_live_labels(struct an_live *live, an_number number, struct an_live_label *ret_labels, size_t max);

/* Definitions: docs/desk.md. */
enum an_live_measure {
    AN_LIVE_M_CALLS,
    AN_LIVE_M_LABEL,
    AN_LIVE_M_SCREEN,
    AN_LIVE_M_BLOCK,
    AN_LIVE_M_UNWANTED,
    AN_LIVE_M_WANTED,
    AN_LIVE_MEASURES
};
/* A count of a quarter (year * 4 + 0..3, local time); region AN_LIVE_REGIONS - 1: not known. */
struct an_live_cell {
    uint32_t quarter;
    uint8_t op, category, region;
    uint32_t measures[AN_LIVE_MEASURES];
};
/* Those that changed since they were last taken, at most max; all that are not zero after a start. */
size_t an_live_cells(struct an_live *live, struct an_live_cell *ret_cells, size_t max);
/* They could not be kept: they are to be taken again. */
void an_live_cells_again(struct an_live *live, const struct an_live_cell *cells, size_t count);
/* How far behind the journal; 0: all is read. */
uint64_t an_live_lag_us(struct an_live *live);
/* Since when things are counted at all. */
uint64_t an_live_since_us(struct an_live *live);

#endif
