/* The scoreboard: what a run showed. Layer: range. Fed by the world with every finished call, in bounded memory; it
 * alone looks at the truth. Reach, harm, speed, deterrence and calibration as docs/range.md defines them. */
#ifndef ANNING_RANGE_BOARD_H
#define ANNING_RANGE_BOARD_H

#include <stdio.h>

#include "base/err.h"
#include "range/call.h"
#include "range/ledger.h"

struct ar_board;

enum an_err ar_board_new(const char *defence, uint64_t measure_from_us, struct ar_board **ret_board);
void ar_board_free(struct ar_board *board);

/* A call is over and complete. */
void ar_board_call(struct ar_board *board, const struct ar_call *call);
/* A campaign begins, and rotates its numbers, builds or trunks. */
void ar_board_campaign(struct ar_board *board, uint32_t campaign, enum ar_class mode, unsigned strength, uint64_t begin_us);
void ar_board_rotation(struct ar_board *board, uint32_t campaign, uint64_t time_us);
/* At the end, once a campaign. */
void ar_board_ledger(struct ar_board *board, uint32_t campaign, const struct ar_ledger *ledger);

#endif
