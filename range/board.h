/* The scoreboard: what a run showed. Layer: range. Fed by the world with every call, in bounded memory (some 250 KB and
 * 250 bytes a campaign); it alone looks at the truth. Reach, harm, speed, deterrence and calibration as docs/range.md
 * defines them:
 *
 * - Reach counts unwanted calls to somebody: not an adversary's own test phones, not numbers that nobody has.
 * - Harm counts every call of the wanted classes.
 * - Both count calls attempted at measure_from_us or later; speed and the ledgers count a campaign's whole life.
 * - Ages and seconds of a campaign run from its first call, not from the midnight its contract begins.
 *
 * Cost: O(1) a call. */
#ifndef ANNING_RANGE_BOARD_H
#define ANNING_RANGE_BOARD_H

#include <stdio.h>

#include "base/err.h"
#include "range/call.h"
#include "range/ledger.h"

struct ar_board;

enum an_err ar_board_new(const char *defence, uint64_t measure_from_us, struct ar_board **ret_board);
void ar_board_free(struct ar_board *board);

/* A call begins and has its verdict. Told of attempts, the board proves that no call is lost and counts a campaign's
 * calls in the order they were made; otherwise in the order they end. */
void ar_board_attempt(struct ar_board *board, const struct ar_call *call);
/* A call is over and complete. */
void ar_board_call(struct ar_board *board, const struct ar_call *call);
/* A campaign begins, and rotates its numbers, builds or trunks. */
void ar_board_campaign(struct ar_board *board, uint32_t campaign, enum ar_class mode, unsigned strength,
                       uint64_t begin_us);
void ar_board_rotation(struct ar_board *board, uint32_t campaign, uint64_t time_us);
/* At the end, once a campaign. */
void ar_board_ledger(struct ar_board *board, uint32_t campaign, const struct ar_ledger *ledger);

/* ---- what it showed ---- */

struct ar_share {
    uint64_t count, of;
};
/* count / of; NaN of nothing. */
double ar_share_value(struct ar_share share);
/* Wilson's interval of 95 %; NaN of nothing. */
void ar_share_interval(struct ar_share share, double *ret_low, double *ret_high);

enum {
    AR_WANTED_COUNT = AR_CLASS_A1,                /* classes of wanted callers */
    AR_MODE_COUNT = AR_CLASS_COUNT - AR_CLASS_A1, /* A1..A9 */
    AR_LEVELS = 6,                                /* strengths 1..5; row 0 unused */
    AR_BINS = 20,                                 /* of the reliability diagram */
    AR_CURVE_MAX = 160,                           /* points of the curves */
    AR_ROWS_MAX = 64,                             /* campaigns shown one by one */
    AR_HOURS_MAX = 24 * 61,
    AR_SHORT_CAMPAIGN = 13,
    AR_WINDOW = 50,
};

enum ar_age { AR_AGE_HOUR, AR_AGE_DAY, AR_AGE_LATER, AR_AGE_COUNT };

/* Of wanted calls of one class. */
struct ar_harm {
    uint64_t calls, labelled, screened, blocked;
    uint64_t lost; /* blocked, or fallen at the screening: never rang */
};

/* When a defence took notice. NaN: in more than half of the cases it never did. */
struct ar_speed {
    uint64_t count;            /* campaigns or rotations with a call at all */
    uint64_t noticed;          /* of these: got a verdict other than allow */
    double calls, seconds;     /* medians of what passed before the first such verdict */
    uint64_t long_count, held; /* those of AR_WINDOW calls and more; of these: 90 % of a window got such a verdict */
    double held_calls, held_seconds; /* medians of calls and time until the end of that window */
};

struct ar_row {
    uint32_t campaign;
    uint8_t mode, strength;
    uint64_t begin_us, calls, rotations;
    struct ar_share reach;
    double first_calls, first_seconds, held_calls, held_seconds; /* NaN: never */
    double yuan, reached, leads;
};

struct ar_point {
    double false_positive, recall, precision, threshold;
};

struct ar_bin {
    uint64_t count, unwanted;
    double sum; /* of the probabilities */
};

enum { AR_LOW_COUNT = 3 }; /* recall at a share of false positives of 1e-4, 1e-3, 1e-2 */

/* One run in figures: plain data, may be copied. */
struct ar_result {
    char defence[16];
    /* filled by whoever ran it */
    char scenario[64], split[16];
    uint64_t seed, events;
    uint32_t subscribers;
    double simulated_s, wall_s;
    bool whole;
    char why[160]; /* not whole: why */
    /* filled by ar_board_result; conservation: attempts = ended + under_way;
     * ended = early + tests + wanted + unwanted + nobody */
    uint64_t attempts, ended, under_way;
    uint64_t early; /* attempted before measuring began */
    uint64_t tests; /* adversaries' own phones and decoys */
    uint64_t wanted, unwanted;
    uint64_t nobody;   /* unwanted calls to numbers that nobody has */
    uint64_t reported; /* calls that were reported by their callees */
    /* reach */
    struct ar_share reach; /* passed without label, block or screening */
    struct ar_share rang;  /* rang at all: also with a label or after the screening */
    struct ar_share reach_cell[AR_MODE_COUNT][AR_LEVELS], reach_mode[AR_MODE_COUNT], reach_strength[AR_LEVELS];
    struct ar_share reach_age[AR_AGE_COUNT];
    struct ar_share reach_first; /* on a number's very first call */
    struct ar_share reach_first_old; /* the same, of campaigns older than an hour */
    struct ar_share reach_short; /* of campaigns of AR_SHORT_CAMPAIGN calls or fewer */
    uint32_t hours;              /* of the whole run, also the warm-up */
    uint32_t measured_hour;      /* measured from this hour on */
    struct ar_share reach_hour[AR_HOURS_MAX], harm_hour[AR_HOURS_MAX];
    /* harm */
    struct ar_harm harm, harm_class[AR_WANTED_COUNT];
    uint8_t harm_order[AR_WANTED_COUNT]; /* worst first: by the lower end of the interval of touched calls */
    /* speed */
    struct ar_speed campaigns, rotations;
    uint32_t campaign_count; /* all; rows holds the first AR_ROWS_MAX */
    uint32_t row_count;
    struct ar_row rows[AR_ROWS_MAX];
    /* deterrence */
    bool has_ledgers;
    struct ar_ledger ledger, ledger_mode[AR_MODE_COUNT];
    /* ranking and calibration */
    bool is_probability; /* else the score is a rank only */
    struct ar_bin bins[AR_BINS];
    double calibration_error; /* expected; NaN without probabilities */
    double auc, average_precision;
    double recall_at[AR_LOW_COUNT]; /* largest recall with at most so many false positives */
    uint32_t curve_count;
    struct ar_point curve[AR_CURVE_MAX]; /* from the highest threshold down */
};

static const double ar_low_shares[AR_LOW_COUNT] = { 1e-4, 1e-3, 1e-2 };

/* Figures so far; complete after the ledgers. Fields that the caller fills are zero. O(campaigns). */
void ar_board_result(const struct ar_board *board, struct ar_result *ret_result);

/* Wanted calls that got any verdict but allow; those that still rang or were asked first; those that did not ring. */
struct ar_share ar_harm_touched(const struct ar_harm *harm);
struct ar_share ar_harm_disturbed(const struct ar_harm *harm);
struct ar_share ar_harm_blocked(const struct ar_harm *harm);
/* The class with the largest such share, by the lower end of its interval, so that a class with three calls can't lead
 * by chance. AR_WANTED_COUNT: no class has any. */
unsigned ar_harm_worst(const struct ar_result *result, struct ar_share (*share)(const struct ar_harm *));
/* Yuan a person reached and yuan a lead; NaN when there was none. */
double ar_ledger_yuan_a_reached(const struct ar_ledger *ledger);
double ar_ledger_yuan_a_lead(const struct ar_ledger *ledger);

#endif
