/* The board's inside, shared by board.c (counting), board_speed.c (campaigns) and board_score.c (scores). Layer:
 * range; not for others. */
#ifndef ANNING_RANGE_BOARD_PRIVATE_H
#define ANNING_RANGE_BOARD_PRIVATE_H

#include "range/board.h"

enum {
    AR_SCORE_BINS = 2000, /* in log-odds, -20 to 20 */
    AR_LOG_BINS = 640,    /* 16 an octave, 40 octaves */
};

/* From some call on: how long until the defence takes notice. */
struct ar_clock {
    uint64_t start_us, window; /* of the first call; last AR_WINDOW verdicts, 1: not allow */
    uint32_t calls;
    uint32_t noticed_calls, held_calls; /* calls before the first; calls until the window held; UINT32_MAX: never */
    double noticed_s, held_s;
};

struct ar_track {
    bool used, rotated, has_ledger;
    uint8_t mode, strength;
    uint64_t begin_us, rotations;
    struct ar_clock life, turn; /* since the first call; since the last rotation */
    struct ar_share reach;
    struct ar_ledger ledger;
};

/* Counts by size, for medians of what is too many to keep. */
struct ar_spread {
    uint64_t count, never;
    uint32_t bins[AR_LOG_BINS];
};

enum ar_turn { AR_TURN_CALLS, AR_TURN_SECONDS, AR_TURN_HELD_CALLS, AR_TURN_HELD_SECONDS, AR_TURN_COUNT };

struct ar_board {
    char defence[16];
    uint64_t measure_from_us;
    struct ar_result sums; /* counters only; figures are worked out of a copy */
    bool told_of_attempts;
    size_t track_room;
    struct ar_track *tracks; /* [own] by campaign */
    struct ar_speed turns;   /* counts of closed rotations */
    struct ar_spread turn_spreads[AR_TURN_COUNT];
    uint64_t wanted[AR_SCORE_BINS], unwanted[AR_SCORE_BINS];
};

/* board_speed.c */
struct ar_track *ar_board_track(struct ar_board *board, uint32_t campaign);
void ar_clock_reset(struct ar_clock *clock);
void ar_clock_tick(struct ar_clock *clock, uint64_t time_us, bool touched);
void ar_spread_add(struct ar_spread *spread, double value); /* NaN: never */
double ar_spread_median(const struct ar_spread *spread);    /* NaN: more than half never, or nothing */
/* A rotation's clock into the sums. */
void ar_board_close_turn(struct ar_speed *turns, struct ar_spread spreads[AR_TURN_COUNT], const struct ar_clock *clock);
void ar_board_speed(const struct ar_board *board, struct ar_result *ret_result);

/* board_score.c */
void ar_board_score(struct ar_board *board, const struct ar_call *call, bool unwanted);
void ar_board_curves(const struct ar_board *board, struct ar_result *ret_result);

#endif
