/* From log-odds of trees to probabilities that hold. Layer: learn. Fitted on rows the trees were not grown on.
 *
 * None: sigmoid(x), as trees grown on log loss mean it. Platt (1999): sigmoid(a x + b), by Newton's method, targets
 * smoothed as he does. Isotonic: the rising step function nearest to the labels (pool adjacent violators; Zadrozny,
 * Elkan 2002), a step made of at least AN_CALIBRATE_ROWS_MIN rows; the steps' middles are the knots.
 *
 * Rows of one group (a caller's calls) go up and down together, so evidence is counted in groups: each step is drawn
 * towards one half by the weight of two average wanted groups. So after unwanted rows of weight n and no wanted one it
 * says 1 - g / (n + 2 g), however many rows a caller has.
 *
 * The top end, where calls are blocked, gets its own line: above the score that only AN_CALIBRATE_TAIL_WANTED wanted
 * groups exceed, a straight line of log-odds fitted to those rows goes on from the last step, up to the same bound for
 * all rows of the tail. Without it everything up there would share one probability.
 *
 * O(n log n); 24 bytes a row while it runs. */
#ifndef ANNING_LEARN_CALIBRATE_H
#define ANNING_LEARN_CALIBRATE_H

#include <stdint.h>

#include "model/forest.h"

enum { AN_CALIBRATE_ROWS_MIN = 30, AN_CALIBRATE_TAIL_WANTED = 10 };

struct an_calibrate_row {
    float log_odds, weight;
    uint8_t unwanted;
    uint8_t fold; /* below folds: rows of one fold are held back together */
    uint64_t group;
};

/* The mean weight of a group's wanted rows; 1 when there are none. Sorts rows by group. */
double an_calibrate_group_weight(struct an_calibrate_row *rows, size_t count);

/* Fits one kind to rows, which are sorted by log_odds on the way. group_weight as above. At least one row. AN_OK or
 * AN_ERR_NO_MEMORY. */
enum an_err an_calibrate_fit(enum an_calibration_kind kind, struct an_calibrate_row *rows, size_t count,
                             double group_weight, struct an_calibration *ret_calibration);

/* Fits on all folds but one, takes the log loss of that one, for all folds; the kind with the least loss is fitted to
 * all rows. ret_probabilities: count of them, by position as given, each said without its own fold. ret_losses: by
 * kind, AN_CALIBRATION_NONE among them. AN_OK or AN_ERR_NO_MEMORY. */
enum an_err an_calibrate_choose(struct an_calibrate_row *rows, size_t count, unsigned folds,
                                struct an_calibration *ret_calibration, float *ret_probabilities,
                                double ret_losses[AN_CALIBRATION_ISOTONIC + 1]);

#endif
