/* One run of XGBoost: gradient-boosted trees on some rows, stopped when other rows no longer gain. Layer: learn. The
 * only file that knows XGBoost's C API (libxgboost 1.7; Chen, Guestrin, KDD 2016). Histograms on quantiles (tree_method
 * hist): a row costs one byte a feature in XGBoost, rows are handed over in batches. The same seed, rows and number of
 * threads make the same trees. */
#ifndef ANNING_LEARN_BOOSTER_H
#define ANNING_LEARN_BOOSTER_H

#include "learn/trees.h"
#include "learn/view.h"

enum { AN_BOOST_CLASSES_MAX = 32 };

struct an_boost_options {
    unsigned depth;
    float eta;              /* step a tree */
    float subsample;        /* rows a tree sees */
    float features_a_split; /* share of the features looked at for a split */
    float weight_min;       /* in a leaf, in mean rows */
    float lambda;           /* shrinks leaves */
    unsigned rounds;        /* at most; a round is a tree, or one a class */
    unsigned patience;      /* rounds without gain on the held rows after which it stops; 0: never */
    unsigned threads;
    uint32_t seed;
    const int8_t *monotone;           /* [borrow] a feature: +1 never falls, -1 never rises, 0; NULL: all 0 */
    float unwanted_weight;            /* times the weight of unwanted rows */
    unsigned classes;                 /* 0: unwanted or not; else class_of_category says which of so many */
    const uint8_t *class_of_category; /* [borrow] by enum an_category */
};

/* Told after every round; false stops, and the run ends with AN_ERR_END. */
typedef bool (*an_boost_watch)(void *user, unsigned round);

struct an_booster;

/* held may be NULL: then all rounds are made. ret_margins: NULL, or room for the held rows' log-odds at the best round
 * (classes: rows x classes). *ret_rounds: the best round. AN_OK; AN_ERR_NO_MEMORY; AN_ERR_UNSUPPORTED: XGBoost failed,
 * error says why; AN_ERR_END. */
enum an_err an_booster_train(const struct an_view *view, const struct an_rows *rows, const struct an_rows *held,
                             const struct an_boost_options *options, an_boost_watch watch, void *user,
                             struct an_booster **ret_booster, float *ret_margins, unsigned *ret_rounds,
                             struct an_error *error);
void an_booster_free(struct an_booster *booster);

/* Appends the trees of the first rounds of class class_of (0 when there are none), leaves times scale, thresholds of
 * calls cut on minifloats. *ret_base: what the sum begins with. AN_OK, AN_ERR_LIMIT, AN_ERR_NO_MEMORY. */
enum an_err an_booster_trees(const struct an_booster *booster, const struct an_view *view, unsigned rounds,
                             unsigned class_of, float scale, struct an_trees *trees, float *ret_base,
                             struct an_error *error);
/* Gain by feature, summed over all splits; out: view->count floats. */
void an_booster_gain(const struct an_booster *booster, const struct an_view *view, float *out);

/* "1.7.4". out: at least 24 bytes. Returns out. */
char *an_booster_version(char *out);

#endif
