/* Adversaries A1 to A9. Layer: range. How each works is published (docs/range.md, "The adversaries", names the figures
 * and their sources); nothing here is usable outside the range: it only moves numbers inside a simulation.
 *
 * A campaign has lines; a line dials, waits for the end, pauses, dials again. Targets come out of a bought list or a
 * sweep over number blocks, numbers shown out of a pool or a drawer of SIMs. From strength 2 on it watches its own
 * test phones and moves when too few calls ring unlabelled; each move costs money and time in its ledger. */
#ifndef ANNING_RANGE_ADVERSARY_H
#define ANNING_RANGE_ADVERSARY_H

#include "range/world.h"

struct ar_campaign;

/* Adds one campaign as a source. number: from 1, names it on the board. */
enum an_err ar_adversary_add(struct ar_world *world, struct ar_board *board, const struct ar_adversary_setting *setting,
                             uint32_t number, struct ar_campaign **ret_campaign);
/* Books of the campaign; [borrow] while the world lives. Complete after the run. */
const struct ar_ledger *ar_adversary_ledger(const struct ar_campaign *campaign);

/* Do pools display this subscriber's number? For ar_people_add. user: the world. */
bool ar_adversary_borrows(void *user, uint32_t id);

/* Published figures of a mode. */
struct ar_mode {
    enum ar_class class;
    const char *en;
    uint32_t lines;      /* of one account */
    double calls_a_line; /* a day */
    double gap_s;        /* pause between calls of a line */
    double opening_s;    /* recorded opening; 0: a person */
    double silence_s;    /* hangs up after so long without a voice */
    double ring_s;       /* gives up after */
    unsigned tries;      /* of one target */
    bool sweeps;         /* blocks of numbers instead of a list */
    bool pool;           /* a new number for each call */
    bool sims;           /* ordinary SIMs at an operator */
    double yuan_a_line_day, yuan_a_minute, yuan_a_sim, yuan_a_row;
    double sim_days; /* median life of a SIM before its own operator suspends it; 0: not suspended */
};
const struct ar_mode *ar_mode_of(enum ar_class mode);

#endif
