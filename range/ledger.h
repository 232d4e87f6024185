/* An adversary's money and time. Layer: range. Prices as published (docs/range.md names the investigations); every
 * move is booked, and the books balance: spent is the sum of its rows. */
#ifndef ANNING_RANGE_LEDGER_H
#define ANNING_RANGE_LEDGER_H

#include <stdint.h>

enum ar_cost {
    AR_COST_PLATFORM, /* accounts, lines, seats */
    AR_COST_MINUTES,
    AR_COST_NUMBERS,  /* SIMs, pools, rented numbers */
    AR_COST_DATA,     /* lists of people */
    AR_COST_AGENTS,   /* human hours */
    AR_COST_CHANGES,  /* new scripts, new dialler builds, new trunks */
    AR_COST_REPORTS,  /* bought accounts that report falsely */
    AR_COST_COUNT
};

struct ar_ledger {
    double yuan[AR_COST_COUNT];
    double agent_s;      /* human time */
    uint64_t calls, rang, rang_unlabelled, answered, leads, rotations, moves;
    double reached;      /* people who heard it out: answered and stayed 10 s or more */
};

static inline double ar_ledger_yuan(const struct ar_ledger *ledger)
{
    double sum = 0;
    for (int i = 0; i < AR_COST_COUNT; i++) sum += ledger->yuan[i];
    return sum;
}

#endif
