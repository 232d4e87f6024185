#include "range/board.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "range/board_private.h"
#include "range/world.h"

#define HOUR_US 3600000000ull

enum an_err ar_board_new(const char *defence, uint64_t measure_from_us, struct ar_board **ret_board)
{
    an_assert(defence != NULL && ret_board != NULL);
    struct ar_board *board = calloc(1, sizeof *board);
    if (board == NULL) return AN_ERR_NO_MEMORY;
    snprintf(board->defence, sizeof board->defence, "%s", defence);
    board->measure_from_us = measure_from_us;
    *ret_board = board;
    return AN_OK;
}

void ar_board_free(struct ar_board *board)
{
    if (board == NULL) return;
    free(board->tracks);
    free(board);
}

/* ---- calls ---- */

static bool is_touched(const struct ar_call *call)
{
    return call->action != AN_ACTION_ALLOW;
}

static void count(struct ar_share *share, bool yes)
{
    share->of++;
    share->count += yes;
}

static struct ar_share *hour_of(struct ar_result *sums, struct ar_share *hours, uint64_t time_us)
{
    if (time_us < AR_BEGIN_US || (time_us - AR_BEGIN_US) / HOUR_US >= AR_HOURS_MAX) return NULL;
    uint32_t hour = (uint32_t)((time_us - AR_BEGIN_US) / HOUR_US);
    if (hour >= sums->hours) sums->hours = hour + 1;
    return &hours[hour];
}

static void count_harm(struct ar_harm *harm, const struct ar_call *call)
{
    harm->calls++;
    harm->labelled += call->action == AN_ACTION_LABEL;
    harm->screened += call->action == AN_ACTION_SCREEN;
    harm->blocked += call->action == AN_ACTION_BLOCK;
    harm->lost +=
        call->action == AN_ACTION_BLOCK || (call->action == AN_ACTION_SCREEN && call->outcome == AN_OUTCOME_OURS);
}

static void count_wanted(struct ar_board *board, const struct ar_call *call)
{
    struct ar_result *sums = &board->sums;
    sums->wanted++;
    count_harm(&sums->harm, call);
    count_harm(&sums->harm_class[call->truth], call);
}

static enum ar_age age_of(const struct ar_track *track, const struct ar_call *call)
{
    if (call->time_us < track->life.start_us + HOUR_US) return AR_AGE_HOUR;
    return call->time_us < track->life.start_us + 24 * HOUR_US ? AR_AGE_DAY : AR_AGE_LATER;
}

static void count_unwanted(struct ar_board *board, const struct ar_call *call)
{
    struct ar_result *sums = &board->sums;
    struct ar_track *track = ar_board_track(board, call->campaign);
    bool passed = !is_touched(call);
    unsigned mode = call->truth - (unsigned)AR_CLASS_A1;
    sums->unwanted++;
    count(&sums->reach, passed);
    count(&sums->rang, call->action != AN_ACTION_BLOCK && call->outcome != AN_OUTCOME_OURS);
    count(&sums->reach_cell[mode][track->strength], passed);
    count(&sums->reach_mode[mode], passed);
    count(&sums->reach_strength[track->strength], passed);
    enum ar_age age = age_of(track, call);
    count(&sums->reach_age[age], passed);
    count(&track->reach, passed);
    if (call->number_call == 0) count(&sums->reach_first, passed);
    if (call->number_call == 0 && age != AR_AGE_HOUR) count(&sums->reach_first_old, passed);
}

/* The warm-up shows in the course over the hours, nowhere else. */
static void count_hour(struct ar_result *sums, const struct ar_call *call, bool unwanted)
{
    struct ar_share *hour = hour_of(sums, unwanted ? sums->reach_hour : sums->harm_hour, call->time_us);
    if (hour != NULL) count(hour, is_touched(call) != unwanted);
}

static void judge(struct ar_board *board, const struct ar_call *call)
{
    if (call->is_test || !ar_class_unwanted((enum ar_class)call->truth)) return;
    struct ar_track *track = ar_board_track(board, call->campaign);
    ar_clock_tick(&track->life, call->time_us, is_touched(call));
    if (track->rotated) ar_clock_tick(&track->turn, call->time_us, is_touched(call));
}

void ar_board_attempt(struct ar_board *board, const struct ar_call *call)
{
    an_assert(call->truth < AR_CLASS_COUNT);
    board->told_of_attempts = true;
    board->sums.attempts++;
    judge(board, call);
}

void ar_board_call(struct ar_board *board, const struct ar_call *call)
{
    an_assert(call->truth < AR_CLASS_COUNT && call->action < AN_ACTION_COUNT);
    struct ar_result *sums = &board->sums;
    bool unwanted = ar_class_unwanted((enum ar_class)call->truth);
    if (!board->told_of_attempts) judge(board, call);
    sums->ended++;
    bool to_nobody = unwanted && call->callee_id == AR_NOBODY;
    if (!call->is_test && !to_nobody) count_hour(sums, call, unwanted);
    if (call->time_us < board->measure_from_us) {
        sums->early++;
    } else if (call->is_test) {
        sums->tests++;
    } else if (to_nobody) {
        sums->nobody++;
    } else {
        sums->reported += call->reported;
        ar_board_score(board, call, unwanted);
        if (unwanted)
            count_unwanted(board, call);
        else
            count_wanted(board, call);
    }
}

/* ---- figures ---- */

double ar_share_value(struct ar_share share)
{
    return share.of == 0 ? NAN : (double)share.count / (double)share.of;
}

/* Wilson, "Probable inference, the law of succession, and statistical inference", 1927. */
void ar_share_interval(struct ar_share share, double *ret_low, double *ret_high)
{
    const double z = 1.959963984540054;
    double n = (double)share.of, p = ar_share_value(share);
    double middle = p + z * z / (2 * n), half = z * sqrt(p * (1 - p) / n + z * z / (4 * n * n)), whole = 1 + z * z / n;
    *ret_low = share.count == 0 && share.of > 0 ? 0 : (middle - half) / whole;
    *ret_high = share.count == share.of && share.of > 0 ? 1 : (middle + half) / whole;
}

struct ar_share ar_harm_touched(const struct ar_harm *harm)
{
    return (struct ar_share) { harm->labelled + harm->screened + harm->blocked, harm->calls };
}

struct ar_share ar_harm_disturbed(const struct ar_harm *harm)
{
    return (struct ar_share) { harm->labelled + harm->screened, harm->calls };
}

struct ar_share ar_harm_blocked(const struct ar_harm *harm)
{
    return (struct ar_share) { harm->blocked, harm->calls };
}

unsigned ar_harm_worst(const struct ar_result *result, struct ar_share (*share)(const struct ar_harm *))
{
    unsigned worst = AR_WANTED_COUNT;
    double most = 0;
    for (unsigned class = 0; class < AR_WANTED_COUNT; class ++) {
        struct ar_share own = share(&result->harm_class[class]);
        double low, high;
        if (own.count == 0) continue;
        ar_share_interval(own, &low, &high);
        if (low <= most) continue;
        most = low;
        worst = class;
    }
    return worst;
}

double ar_ledger_yuan_a_reached(const struct ar_ledger *ledger)
{
    return ledger->reached > 0 ? ar_ledger_yuan(ledger) / ledger->reached : NAN;
}

double ar_ledger_yuan_a_lead(const struct ar_ledger *ledger)
{
    return ledger->leads > 0 ? ar_ledger_yuan(ledger) / (double)ledger->leads : NAN;
}

static double badness(const struct ar_harm *harm)
{
    double low, high;
    if (harm->calls == 0) return -1;
    ar_share_interval(ar_harm_touched(harm), &low, &high);
    return low;
}

/* Insertion: equal ones stay in the order of the classes. */
static void order_harm(struct ar_result *result)
{
    for (unsigned i = 0; i < AR_WANTED_COUNT; i++) {
        unsigned at = i;
        double own = badness(&result->harm_class[i]);
        for (; at > 0 && badness(&result->harm_class[result->harm_order[at - 1]]) < own; at--)
            result->harm_order[at] = result->harm_order[at - 1];
        result->harm_order[at] = (uint8_t)i;
    }
}

void ar_board_result(const struct ar_board *board, struct ar_result *ret_result)
{
    struct ar_result *r = ret_result;
    *r = board->sums;
    memcpy(r->defence, board->defence, sizeof r->defence);
    if (!board->told_of_attempts) r->attempts = r->ended;
    r->under_way = r->attempts - r->ended;
    r->measured_hour =
        board->measure_from_us <= AR_BEGIN_US ? 0 : (uint32_t)((board->measure_from_us - AR_BEGIN_US) / HOUR_US);
    order_harm(r);
    ar_board_speed(board, r);
    ar_board_curves(board, r);
}
