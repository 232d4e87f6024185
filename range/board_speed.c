/* How fast a defence takes notice of a campaign, and again after each rotation. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "range/board_private.h"

enum { HELD_AT = AR_WINDOW * 9 / 10 };
#define WINDOW_BITS ((1ull << AR_WINDOW) - 1)
#define NO_CALLS UINT32_MAX

struct ar_track *ar_board_track(struct ar_board *board, uint32_t campaign)
{
    if (campaign >= board->track_room) {
        size_t room = (size_t)campaign * 2 + 16;
        struct ar_track *wider = realloc(board->tracks, room * sizeof *wider);
        if (wider == NULL) {
            fprintf(stderr, "anning-range: out of memory: %zu campaigns\n", room);
            exit(3);
        }
        memset(wider + board->track_room, 0, (room - board->track_room) * sizeof *wider);
        board->tracks = wider;
        board->track_room = room;
    }
    struct ar_track *track = &board->tracks[campaign];
    if (!track->used) {
        track->used = true;
        ar_clock_reset(&track->life);
        ar_clock_reset(&track->turn);
    }
    return track;
}

void ar_clock_reset(struct ar_clock *clock)
{
    *clock = (struct ar_clock) { .noticed_calls = NO_CALLS, .held_calls = NO_CALLS, .noticed_s = NAN, .held_s = NAN };
}

void ar_clock_tick(struct ar_clock *clock, uint64_t time_us, bool touched)
{
    if (clock->calls == 0) clock->start_us = time_us;
    double age_s = time_us < clock->start_us ? 0 : (double)(time_us - clock->start_us) / 1e6;
    clock->window = ((clock->window << 1) | touched) & WINDOW_BITS;
    if (touched && clock->noticed_calls == NO_CALLS) {
        clock->noticed_calls = clock->calls;
        clock->noticed_s = age_s;
    }
    clock->calls++;
    if (clock->held_calls != NO_CALLS || clock->calls < AR_WINDOW) return;
    if (__builtin_popcountll(clock->window) < HELD_AT) return;
    clock->held_calls = clock->calls;
    clock->held_s = age_s;
}

/* ---- medians ---- */

static double calls_of(uint32_t calls)
{
    return calls == NO_CALLS ? (double)NAN : (double)calls;
}

/* 0 is bin 0; from 1 on 16 bins an octave. Edges out of exact operations: the same everywhere. */
void ar_spread_add(struct ar_spread *spread, double value)
{
    spread->count++;
    if (isnan(value)) {
        spread->never++;
        return;
    }
    if (value < 1) {
        spread->bins[0]++;
        return;
    }
    int octave;
    double part = frexp(value, &octave); /* [0.5, 1) */
    unsigned bin = 1 + (unsigned)(octave - 1) * 16 + (unsigned)((part - 0.5) * 32);
    spread->bins[bin < AR_LOG_BINS ? bin : AR_LOG_BINS - 1]++;
}

double ar_spread_median(const struct ar_spread *spread)
{
    if (spread->count == 0) return NAN;
    uint64_t seen = 0, half = (spread->count + 1) / 2;
    for (unsigned bin = 0; bin < AR_LOG_BINS; bin++) {
        seen += spread->bins[bin];
        if (seen < half) continue;
        if (bin == 0) return 0;
        double low = ldexp(1 + (bin - 1) % 16 / 16.0, (int)((bin - 1) / 16));
        return bin <= 80 ? floor(low + low / 32) : low + low / 32; /* whole numbers below 32 have bins of their own */
    }
    return NAN;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Never counts as later than everything. */
static double median_of(double *values, size_t count)
{
    if (count == 0) return NAN;
    for (size_t i = 0; i < count; i++)
        if (isnan(values[i])) values[i] = INFINITY;
    qsort(values, count, sizeof *values, by_size);
    double middle = (values[(count - 1) / 2] + values[count / 2]) / 2;
    return isinf(middle) ? NAN : middle;
}

/* ---- rotations ---- */

void ar_board_close_turn(struct ar_speed *turns, struct ar_spread spreads[AR_TURN_COUNT], const struct ar_clock *clock)
{
    if (clock->calls == 0) return;
    turns->count++;
    turns->noticed += clock->noticed_calls != NO_CALLS;
    ar_spread_add(&spreads[AR_TURN_CALLS], calls_of(clock->noticed_calls));
    ar_spread_add(&spreads[AR_TURN_SECONDS], clock->noticed_s);
    if (clock->calls < AR_WINDOW) return;
    turns->long_count++;
    turns->held += clock->held_calls != NO_CALLS;
    ar_spread_add(&spreads[AR_TURN_HELD_CALLS], calls_of(clock->held_calls));
    ar_spread_add(&spreads[AR_TURN_HELD_SECONDS], clock->held_s);
}

void ar_board_campaign(struct ar_board *board, uint32_t campaign, enum ar_class mode, unsigned strength,
                       uint64_t begin_us)
{
    an_assert(campaign > 0 && ar_class_unwanted(mode) && strength < AR_LEVELS);
    struct ar_track *track = ar_board_track(board, campaign);
    track->mode = (uint8_t)mode;
    track->strength = (uint8_t)strength;
    track->begin_us = begin_us;
}

void ar_board_rotation(struct ar_board *board, uint32_t campaign, uint64_t time_us)
{
    struct ar_track *track = ar_board_track(board, campaign);
    (void)time_us; /* the clock starts at the next call */
    if (track->rotated) ar_board_close_turn(&board->turns, board->turn_spreads, &track->turn);
    ar_clock_reset(&track->turn);
    track->rotated = true;
    track->rotations++;
}

void ar_board_ledger(struct ar_board *board, uint32_t campaign, const struct ar_ledger *ledger)
{
    struct ar_track *track = ar_board_track(board, campaign);
    track->ledger = *ledger;
    track->has_ledger = true;
}

/* ---- figures ---- */

static void add_ledger(struct ar_ledger *sum, const struct ar_ledger *more)
{
    for (int i = 0; i < AR_COST_COUNT; i++) sum->yuan[i] += more->yuan[i];
    sum->agent_s += more->agent_s;
    sum->calls += more->calls;
    sum->rang += more->rang;
    sum->rang_unlabelled += more->rang_unlabelled;
    sum->answered += more->answered;
    sum->leads += more->leads;
    sum->rotations += more->rotations;
    sum->moves += more->moves;
    sum->reached += more->reached;
}

static void show_row(const struct ar_track *track, uint32_t campaign, struct ar_result *r)
{
    if (r->row_count == AR_ROWS_MAX) return;
    r->rows[r->row_count++] = (struct ar_row) { .campaign = campaign,
                                                .mode = track->mode,
                                                .strength = track->strength,
                                                .begin_us = track->begin_us,
                                                .calls = track->life.calls,
                                                .rotations = track->rotations,
                                                .reach = track->reach,
                                                .first_calls = calls_of(track->life.noticed_calls),
                                                .first_seconds = track->life.noticed_s,
                                                .held_calls = calls_of(track->life.held_calls),
                                                .held_seconds = track->life.held_s,
                                                .yuan = ar_ledger_yuan(&track->ledger),
                                                .reached = track->ledger.reached,
                                                .leads = (double)track->ledger.leads };
}

static void take_track(const struct ar_track *track, uint32_t campaign, struct ar_result *r)
{
    r->campaign_count++;
    show_row(track, campaign, r);
    if (track->life.calls <= AR_SHORT_CAMPAIGN) {
        r->reach_short.count += track->reach.count;
        r->reach_short.of += track->reach.of;
    }
    if (track->life.calls > 0) {
        r->campaigns.count++;
        r->campaigns.noticed += track->life.noticed_calls != NO_CALLS;
    }
    if (track->life.calls >= AR_WINDOW) {
        r->campaigns.long_count++;
        r->campaigns.held += track->life.held_calls != NO_CALLS;
    }
    if (!track->has_ledger) return;
    r->has_ledgers = true;
    add_ledger(&r->ledger, &track->ledger);
    add_ledger(&r->ledger_mode[track->mode - AR_CLASS_A1], &track->ledger);
}

/* One figure of every campaign that has enough calls. */
static double median_over(const struct ar_board *board, uint32_t least_calls, enum ar_turn figure, double *values)
{
    size_t count = 0;
    for (size_t i = 0; i < board->track_room; i++) {
        const struct ar_clock *clock = &board->tracks[i].life;
        if (!board->tracks[i].used || clock->calls < least_calls) continue;
        const double figures[AR_TURN_COUNT] = { calls_of(clock->noticed_calls), clock->noticed_s,
                                                calls_of(clock->held_calls), clock->held_s };
        values[count++] = figures[figure];
    }
    return median_of(values, count);
}

static void rotations_of(const struct ar_board *board, struct ar_result *r)
{
    struct ar_spread *spreads = malloc(sizeof board->turn_spreads);
    r->rotations = board->turns;
    r->rotations.calls = r->rotations.seconds = r->rotations.held_calls = r->rotations.held_seconds = NAN;
    if (spreads == NULL) return;
    memcpy(spreads, board->turn_spreads, sizeof board->turn_spreads);
    for (size_t i = 0; i < board->track_room; i++)
        if (board->tracks[i].rotated) ar_board_close_turn(&r->rotations, spreads, &board->tracks[i].turn);
    r->rotations.calls = ar_spread_median(&spreads[AR_TURN_CALLS]);
    r->rotations.seconds = ar_spread_median(&spreads[AR_TURN_SECONDS]);
    r->rotations.held_calls = ar_spread_median(&spreads[AR_TURN_HELD_CALLS]);
    r->rotations.held_seconds = ar_spread_median(&spreads[AR_TURN_HELD_SECONDS]);
    free(spreads);
}

void ar_board_speed(const struct ar_board *board, struct ar_result *ret_result)
{
    struct ar_result *r = ret_result;
    for (size_t i = 0; i < board->track_room; i++)
        if (board->tracks[i].used && board->tracks[i].mode != 0) take_track(&board->tracks[i], (uint32_t)i, r);
    double *values = malloc((board->track_room + 1) * sizeof *values);
    r->campaigns.calls = r->campaigns.seconds = r->campaigns.held_calls = r->campaigns.held_seconds = NAN;
    if (values != NULL) {
        r->campaigns.calls = median_over(board, 1, AR_TURN_CALLS, values);
        r->campaigns.seconds = median_over(board, 1, AR_TURN_SECONDS, values);
        r->campaigns.held_calls = median_over(board, AR_WINDOW, AR_TURN_HELD_CALLS, values);
        r->campaigns.held_seconds = median_over(board, AR_WINDOW, AR_TURN_HELD_SECONDS, values);
    }
    free(values);
    rotations_of(board, r);
}
