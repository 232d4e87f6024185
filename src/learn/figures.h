/* How good scores are: the figures of a card. Layer: learn. Rows count by their weight, ties count half. O(n log n).
 *
 * AUC: share of pairs in the right order (Mann, Whitney 1947). Average precision: precision averaged over recall, by
 * steps. Recall at a false positive rate: share of unwanted rows above the score that at most this share of wanted rows
 * exceed. Log loss in nats. Expected calibration error: 15 bins of equal width (Guo et al. 2017). Macro F1: mean of the
 * F1 of unwanted and of wanted at a threshold chosen elsewhere. */
#ifndef ANNING_LEARN_FIGURES_H
#define ANNING_LEARN_FIGURES_H

#include "learn/view.h"

enum { AN_FIGURES_RATES = 3, AN_FIGURES_BINS = 15 };

struct an_figures {
    size_t unwanted, wanted; /* rows */
    double weight_unwanted, weight_wanted;
    double auc, average_precision;
    double recall[AN_FIGURES_RATES]; /* at false positive rates 1e-4, 1e-3, 1e-2; NaN: fewer wanted rows than say so */
    double threshold[AN_FIGURES_RATES]; /* the score from which on they are counted; NaN as well */
    double log_loss, ece;
    double macro_f1; /* at f1_threshold */
    double f1_threshold;
    struct {
        double weight, mean, unwanted; /* of a bin: weight, mean probability, share unwanted */
    } bins[AN_FIGURES_BINS];
    double above_999, above_999_unwanted; /* weight of rows over 0.999, and the share unwanted among them */
};

extern const double an_figures_rates[AN_FIGURES_RATES];

/* scores order the rows, probabilities are what they are taken for; both by position in rows. f1_threshold: where macro
 * F1 is taken; NaN: where it is best, which is only fair on rows that are not reported. AN_OK, AN_ERR_NO_MEMORY. */
enum an_err an_figures_take(const struct an_samples *samples, const struct an_rows *rows, const float *scores,
                            const float *probabilities, double f1_threshold, struct an_figures *ret_figures);

/* Of one class: how many rows, their mean probability, and the share that scores threshold or more. */
struct an_class_figures {
    size_t rows, unwanted;
    double weight, mean, above;
};
/* By class, samples->class_count rows. */
void an_figures_classes(const struct an_samples *samples, const struct an_rows *rows, const float *scores,
                        const float *probabilities, double threshold, struct an_class_figures *ret_classes);

#endif
