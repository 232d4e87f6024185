/* The truth of every call that was put before a defence, for who trains on it: CSV, a line an attempt, in the order
 * of time, joined to a journal by the verdict's token. Layer: range. Nothing of it ever reaches a defence. Columns:
 *
 *     token      the defence's name for its verdict, as text
 *     unwanted   1: an adversary's call, its test calls and decoys too
 *     category   what is sold, or person, automated
 *     class      courier, A4: by name as in the scoreboard
 *     campaign   the adversary's number in the scenario, from 1; 0: none
 *
 * Written through FILE.new, so FILE is whole or not there. Cost: some 50 bytes a call. */
#ifndef ANNING_RANGE_TRUTH_H
#define ANNING_RANGE_TRUTH_H

#include "base/err.h"
#include "range/scenario.h"

struct ar_truth;

/* scenario: [borrow] until closed. */
enum an_err ar_truth_open(const char *path, const struct ar_scenario *scenario, struct ar_truth **ret_truth,
                          struct an_error *error);
/* After the verdict. Failures are kept until ar_truth_close. */
void ar_truth_write(struct ar_truth *truth, const struct ar_call *call);
/* Frees it in any case; the file is there on AN_OK only. */
enum an_err ar_truth_close(struct ar_truth *truth, struct an_error *error);

#endif
