#include "learn/shares.h"

#include <stdlib.h>
#include <string.h>

enum { QUICK_ROUNDS = 60, QUICK_DEPTH = 4 };
static const float quick_eta = 0.1f;

/* The amounts that gain most, best first. */
static uint32_t best_amounts(const struct an_view *plain, const float *gain, const uint8_t *amounts, uint16_t *columns)
{
    uint32_t count = 0;
    float of[AN_SHARES_COLUMNS];
    for (uint32_t f = 0; f < plain->count; f++) {
        if (plain->features[f].kind != AN_DERIVE_VALUE || amounts[plain->features[f].a] == 0 || !(gain[f] > 0))
            continue;
        uint32_t at = count < AN_SHARES_COLUMNS ? count++ : AN_SHARES_COLUMNS;
        for (; at > 0 && gain[f] > of[at - 1]; at--)
            if (at < AN_SHARES_COLUMNS) of[at] = of[at - 1], columns[at] = columns[at - 1];
        if (at < AN_SHARES_COLUMNS) of[at] = gain[f], columns[at] = plain->features[f].a;
    }
    return count;
}

static enum an_err find_amounts(const struct an_view *plain, const struct an_rows *rows,
                                const struct an_fit_options *options, const struct an_boost_options *boost,
                                uint16_t *columns, uint32_t *ret_count, struct an_error *error)
{
    struct an_boost_options quick = *boost;
    struct an_booster *booster;
    float *gain = calloc(plain->count, sizeof *gain);
    if (gain == NULL) return an_fail(error, AN_ERR_NO_MEMORY, "no memory");
    quick.rounds = QUICK_ROUNDS, quick.depth = QUICK_DEPTH, quick.eta = quick_eta, quick.monotone = NULL;
    enum an_err err = an_booster_train(plain, rows, NULL, &quick, NULL, NULL, &booster, NULL, NULL, error);
    if (err == AN_OK) {
        an_booster_gain(booster, plain, gain);
        an_booster_free(booster);
        *ret_count = best_amounts(plain, gain, options->amounts, columns);
    }
    free(gain);
    return err;
}

/* What a share must do for the columns it is made of; 2: they disagree. */
static int bound_of(const int8_t *monotone, uint16_t a, uint16_t b)
{
    if (monotone == NULL) return 0;
    int up = monotone[a], down = -monotone[b];
    if (up != 0 && down != 0 && up != down) return 2;
    return up != 0 ? up : down;
}

static int bound_of_feature(const int8_t *monotone, const struct an_derived *f)
{
    if (monotone == NULL || f->kind != AN_DERIVE_VALUE) return 0;
    return monotone[f->a];
}

enum an_err an_shares_find(const struct an_view *plain, const struct an_rows *rows,
                           const struct an_fit_options *options, const struct an_boost_options *boost, bool shares,
                           struct an_derived **ret_features, uint32_t *ret_count, int8_t **ret_monotone,
                           struct an_error *error)
{
    uint16_t columns[AN_SHARES_COLUMNS];
    uint32_t amounts = 0, count = plain->count;
    if (shares && options->amounts != NULL) {
        enum an_err err = find_amounts(plain, rows, options, boost, columns, &amounts, error);
        if (err != AN_OK) return err;
    }
    uint32_t most = count + amounts * amounts / 2;
    struct an_derived *features = reallocarray(NULL, most + 1, sizeof *features);
    int8_t *monotone = calloc(most + 1, 1);
    if (features == NULL || monotone == NULL) {
        free(features);
        free(monotone);
        return an_fail(error, AN_ERR_NO_MEMORY, "no memory for %u features", most);
    }
    for (uint32_t f = 0; f < count; f++) {
        features[f] = plain->features[f];
        monotone[f] = (int8_t)bound_of_feature(options->monotone, &features[f]);
    }
    for (uint32_t i = 0; i < amounts; i++)
        for (uint32_t k = i + 1; k < amounts && count < AN_FOREST_FEATURES_MAX; k++) {
            int bound = bound_of(options->monotone, columns[i], columns[k]);
            if (bound == 2) continue;
            features[count] = (struct an_derived) { AN_DERIVE_SHARE, columns[i], columns[k] };
            monotone[count++] = (int8_t)bound;
        }
    if (options->monotone == NULL) {
        free(monotone);
        monotone = NULL;
    }
    *ret_features = features;
    *ret_count = count;
    *ret_monotone = monotone;
    return AN_OK;
}
