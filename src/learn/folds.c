#include "learn/folds.h"

#include <stdlib.h>

#include "base/hash.h"

/* First one per row, then one per group. */
struct deal {
    uint64_t group, order;            /* order: what decides among groups of one size */
    uint32_t unwanted, wanted, first; /* first: position of the group's first row in the sorted list */
};

struct place { /* a row's group and where its fold is written */
    uint64_t group;
    uint32_t at;
    uint8_t unwanted;
};

static int by_group(const void *a, const void *b)
{
    const struct place *x = a, *y = b;
    if (x->group != y->group) return x->group < y->group ? -1 : 1;
    return x->at < y->at ? -1 : x->at > y->at;
}

static int by_size(const void *a, const void *b)
{
    const struct deal *x = a, *y = b;
    if (x->unwanted != y->unwanted) return x->unwanted > y->unwanted ? -1 : 1;
    if (x->wanted != y->wanted) return x->wanted > y->wanted ? -1 : 1;
    if (x->order != y->order) return x->order < y->order ? -1 : 1;
    return x->group < y->group ? -1 : x->group > y->group;
}

static size_t gather(const struct place *places, size_t count, uint64_t seed, struct deal *deals)
{
    size_t groups = 0;
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || places[i].group != places[i - 1].group)
            deals[groups++] = (struct deal) { .group = places[i].group,
                                              .order = an_mix2(places[i].group, seed),
                                              .first = (uint32_t)i };
        if (places[i].unwanted != 0)
            deals[groups - 1].unwanted++;
        else
            deals[groups - 1].wanted++;
    }
    return groups;
}

/* The fold that is emptiest once the group is in it: shares of unwanted and wanted rows weigh alike. */
static unsigned emptiest(size_t (*have)[2], unsigned folds, const struct deal *deal, const size_t total[2])
{
    unsigned best = 0;
    double least = 0;
    for (unsigned f = 0; f < folds; f++) {
        double load = 0;
        if (deal->unwanted > 0) load += (double)(have[f][1] + deal->unwanted) / (double)total[1];
        if (deal->wanted > 0) load += (double)(have[f][0] + deal->wanted) / (double)total[0];
        if (f == 0 || load < least) {
            best = f;
            least = load;
        }
    }
    return best;
}

/* groups: how many hold wanted rows, how many unwanted ones. */
static enum an_err check_folds(size_t (*have)[2], unsigned folds, const size_t total[2], const size_t groups[2],
                               struct an_error *error)
{
    for (unsigned f = 0; f < folds; f++)
        for (int u = 0; u < 2; u++)
            if (have[f][u] == 0 && total[u] > 0)
                return an_fail(error, AN_ERR_INVALID,
                               "%zu groups hold all %s rows, too few for %u folds with some in each; more groups "
                               "(campaigns, callers), or fewer folds, are needed",
                               groups[u], u == 1 ? "unwanted" : "wanted", folds);
    return AN_OK;
}

enum an_err an_folds_deal(const struct an_samples *samples, const struct an_rows *rows, unsigned folds, uint64_t seed,
                          uint8_t *fold_of, struct an_error *error)
{
    an_assert(samples != NULL && rows != NULL && fold_of != NULL && folds >= 2 && folds <= AN_FOLDS_MAX);
    struct place *places = reallocarray(NULL, rows->count + 1, sizeof *places);
    struct deal *deals = reallocarray(NULL, rows->count + 1, sizeof *deals);
    size_t have[AN_FOLDS_MAX][2] = { { 0 } }, total[2] = { 0 }, holding[2] = { 0 };
    enum an_err err = places == NULL || deals == NULL ? an_fail(error, AN_ERR_NO_MEMORY, "no memory for folds") : AN_OK;
    for (size_t i = 0; err == AN_OK && i < rows->count; i++) {
        places[i] = (struct place) { samples->group[rows->at[i]], (uint32_t)i, samples->unwanted[rows->at[i]] };
        total[places[i].unwanted]++;
    }
    if (err == AN_OK) {
        qsort(places, rows->count, sizeof *places, by_group);
        size_t groups = gather(places, rows->count, seed, deals);
        qsort(deals, groups, sizeof *deals, by_size);
        for (size_t g = 0; g < groups; g++) {
            unsigned f = emptiest(have, folds, &deals[g], total);
            have[f][1] += deals[g].unwanted;
            have[f][0] += deals[g].wanted;
            holding[1] += deals[g].unwanted > 0;
            holding[0] += deals[g].wanted > 0;
            size_t end = deals[g].first + (size_t)deals[g].unwanted + deals[g].wanted;
            for (size_t i = deals[g].first; i < end; i++) fold_of[places[i].at] = (uint8_t)f;
        }
        err = check_folds(have, folds, total, holding, error);
    }
    free(places);
    free(deals);
    return err;
}

enum an_err an_folds_pick(const struct an_rows *rows, const uint8_t *fold_of, unsigned fold, bool inside,
                          struct an_rows *ret_rows)
{
    struct an_rows picked = { .at = reallocarray(NULL, rows->count + 1, sizeof *picked.at) };
    if (picked.at == NULL) return AN_ERR_NO_MEMORY;
    for (size_t i = 0; i < rows->count; i++)
        if ((fold_of[i] == fold) == inside) picked.at[picked.count++] = rows->at[i];
    *ret_rows = picked;
    return AN_OK;
}
