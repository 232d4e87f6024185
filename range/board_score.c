/* Scores against the truth: how well they rank, and whether probabilities mean what they say. */
#include <math.h>
#include <string.h>

#include "range/board_private.h"
#include "range/random.h"

/* Bins of log-odds: fine at both ends, where a network's false positives are decided. */
static unsigned score_bin(double p)
{
    const double reach = 20, bins_a_unit = AR_SCORE_BINS / (2 * reach);
    if (!(p > 2.1e-9)) return 0;
    if (p >= 1) return AR_SCORE_BINS - 1;
    double bin = (ar_ln(p / (1 - p)) + reach) * bins_a_unit;
    return bin <= 0 ? 0 : bin >= AR_SCORE_BINS - 1 ? AR_SCORE_BINS - 1 : (unsigned)bin;
}

/* The lower edge of a bin, as a probability. */
static double bin_edge(unsigned bin)
{
    double log_odds = bin * (40.0 / AR_SCORE_BINS) - 20;
    return bin == 0 ? 0 : 1 / (1 + ar_exp(-log_odds));
}

void ar_board_score(struct ar_board *board, const struct ar_call *call, bool unwanted)
{
    double p = (double)call->probability;
    p = p >= 0 ? (p < 1 ? p : 1) : 0; /* NaN: 0 */
    (unwanted ? board->unwanted : board->wanted)[score_bin(p)]++;
    unsigned row = (unsigned)(p * AR_BINS);
    struct ar_bin *bin = &board->sums.bins[row < AR_BINS ? row : AR_BINS - 1];
    bin->count++;
    bin->unwanted += unwanted;
    bin->sum += p;
}

/* Baselines give a rank: how near to their threshold. */
static bool gives_probabilities(const char *defence)
{
    return strcmp(defence, "anning") == 0 || strcmp(defence, "live") == 0;
}

static double calibration_error(const struct ar_result *r)
{
    double sum = 0, count = 0;
    for (int i = 0; i < AR_BINS; i++) {
        sum += fabs(r->bins[i].sum - (double)r->bins[i].unwanted);
        count += (double)r->bins[i].count;
    }
    return count > 0 ? sum / count : NAN;
}

struct walk {
    double wanted, unwanted; /* in all */
    uint64_t false_count, hit_count;
    double last_recall, last_false;
};

static void add_point(const struct walk *walk, unsigned bin, struct ar_result *r)
{
    if (r->curve_count == AR_CURVE_MAX) return;
    double picked = (double)(walk->false_count + walk->hit_count);
    r->curve[r->curve_count++] =
        (struct ar_point) { (double)walk->false_count / walk->wanted, (double)walk->hit_count / walk->unwanted,
                            (double)walk->hit_count / picked, bin_edge(bin) };
}

/* Is the step since the last point of the curve worth a point: half a percent of either axis, a quarter octave of
 * false positives, or the end. */
static bool is_step(const struct ar_result *r, const struct walk *walk, bool last)
{
    if (r->curve_count == 0 || last) return true;
    const struct ar_point *p = &r->curve[r->curve_count - 1];
    double false_positive = (double)walk->false_count / walk->wanted, recall = (double)walk->hit_count / walk->unwanted;
    return recall - p->recall > 0.02 || false_positive > p->false_positive * 1.4 + 1e-6;
}

static void walk_down(const struct ar_board *board, struct walk *walk, struct ar_result *r)
{
    r->auc = r->average_precision = 0;
    for (unsigned bin = AR_SCORE_BINS; bin-- > 0;) {
        if (board->wanted[bin] == 0 && board->unwanted[bin] == 0) continue;
        walk->false_count += board->wanted[bin];
        walk->hit_count += board->unwanted[bin];
        double recall = (double)walk->hit_count / walk->unwanted,
               false_positive = (double)walk->false_count / walk->wanted;
        double precision = (double)walk->hit_count / (double)(walk->hit_count + walk->false_count);
        r->auc += (false_positive - walk->last_false) * (recall + walk->last_recall) / 2;
        r->average_precision += (recall - walk->last_recall) * precision;
        walk->last_recall = recall;
        walk->last_false = false_positive;
        for (int i = 0; i < AR_LOW_COUNT; i++)
            if (false_positive <= ar_low_shares[i]) r->recall_at[i] = recall;
        bool last = (double)(walk->false_count + walk->hit_count) >= walk->wanted + walk->unwanted;
        if (is_step(r, walk, last)) add_point(walk, bin, r);
    }
}

void ar_board_curves(const struct ar_board *board, struct ar_result *ret_result)
{
    struct ar_result *r = ret_result;
    struct walk walk = { 0 };
    for (unsigned bin = 0; bin < AR_SCORE_BINS; bin++) {
        walk.wanted += (double)board->wanted[bin];
        walk.unwanted += (double)board->unwanted[bin];
    }
    r->is_probability = gives_probabilities(board->defence);
    r->calibration_error = r->is_probability ? calibration_error(r) : NAN;
    r->auc = r->average_precision = NAN;
    if (walk.wanted > 0 && walk.unwanted > 0)
        walk_down(board, &walk, r);
    else
        for (int i = 0; i < AR_LOW_COUNT; i++) r->recall_at[i] = NAN;
}
