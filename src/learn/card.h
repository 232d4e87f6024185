/* The card of a model, and the model put together. Layer: learn. A card is JSON for people and for `anning model`: what
 * the model was trained on, how, how good it is on rows it had not seen, and whose data it was (docs/models.md). */
#ifndef ANNING_LEARN_CARD_H
#define ANNING_LEARN_CARD_H

#include "learn/categories.h"
#include "learn/cross.h"
#include "learn/recipe.h"

enum { AN_CARD_SOURCES_MAX = 128, AN_CARD_HASH_MAX = 80 };

struct an_card_source {
    const char *kind;            /* "table", "journal", "labels" */
    const char *name;            /* [borrow] file or folder, without its path */
    char hash[AN_CARD_HASH_MAX]; /* "sha256:..." or "xxh3:..." */
    uint64_t rows;
    uint64_t first_us, last_us; /* event times; 0: none */
};

struct an_card_facts {
    const char *purpose;           /* "table" or "calls" */
    const char *command, *licence; /* licence NULL: not told */
    uint64_t trained_us;
    size_t source_count;
    struct an_card_source sources[AN_CARD_SOURCES_MAX];
    uint64_t rows_skipped;                         /* without label, or without a call */
    double wanted_share_kept, unwanted_share_kept; /* 1: all */
    const struct an_fit_options *options;
    const struct an_cross *cross;           /* NULL: none was asked for */
    const struct an_class_figures *classes; /* by class of the samples; NULL: none */
    const struct an_categories *categories; /* NULL: none */
    const struct an_recipe *recipe;         /* of a table, narrowed to the features of the trees; else NULL */
    const char *const *bounds;              /* "+number_complaints" */
    size_t bound_count;
};

/* [own] Nodes, roots and calibration move from fit into the forest; names: [own], of
 * fit->features. AN_OK, AN_ERR_LIMIT (the card), AN_ERR_INVALID, AN_ERR_NO_MEMORY.
 */
enum an_err an_card_forest(struct an_fit *fit, const struct an_samples *samples, const struct an_card_facts *facts,
                           char (*names)[AN_FOREST_NAME_MAX], struct an_forest **ret_forest, struct an_error *error);

#endif
