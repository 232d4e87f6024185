/* How a table's row becomes the features of a model: which columns, which words of them, what is made out of them.
 * Layer: learn. `anning train` makes a recipe, writes it into the model's card, and `anning score` reads it there, so
 * that both make the same features.
 *
 * What looks at no label is decided here, on the whole table: columns that say nothing (one value), that are
 * identifiers (nearly every cell another word, or long whole numbers of one length, or a running number) or free text
 * are left out with a notice; the most frequent words of a category become flags. What looks at labels is decided in
 * fit.h. */
#ifndef ANNING_LEARN_RECIPE_H
#define ANNING_LEARN_RECIPE_H

#include "learn/derive.h"
#include "learn/samples.h"
#include "learn/table.h"
#include "model/forest.h"

enum {
    AN_RECIPE_WORDS_MAX = 16,     /* of a column */
    AN_RECIPE_WORD_ROWS_MIN = 20, /* a rarer word is no flag */
    AN_RECIPE_BOUNDS_MAX = 256,
};

struct an_recipe_column {
    char name[AN_TABLE_NAME_MAX + 1];
    bool is_category;
    uint32_t word_count;
    char words[AN_RECIPE_WORDS_MAX][AN_TABLE_WORD_MAX + 1];
};

struct an_recipe {
    uint32_t column_count, feature_count;
    struct an_recipe_column *columns; /* [own] */
    struct an_derived *features;      /* [own] */
};

/* What the command line asks for. Texts [borrow], NULL: not asked. */
struct an_recipe_spec {
    const char *label, *weight, *group, *class_of; /* columns that are no features */
    const char *features, *exclude;                /* globs between commas */
    size_t bound_count;
    struct {
        const char *column;
        int8_t sign;
    } bounds[AN_RECIPE_BOUNDS_MAX];
    void (*notice)(void *user, const char *text); /* may be NULL */
    void *user;
};

/* What training needs to know of the columns beside the recipe; rows by column of the recipe. */
struct an_recipe_traits {
    uint8_t *amounts; /* [own] 1: never negative, not a share: fit to be divided */
    int8_t *monotone; /* [own] NULL: nothing is bound */
};

/* AN_OK; AN_ERR_NOT_FOUND (a named column or a glob that matches none), AN_ERR_INVALID (no column is left; a bound on
 * words; words in a column of numbers), AN_ERR_NO_MEMORY. */
enum an_err an_recipe_make(const struct an_table *table, const struct an_recipe_spec *spec,
                           struct an_recipe *ret_recipe, struct an_recipe_traits *ret_traits, struct an_error *error);
void an_recipe_done(struct an_recipe *recipe);
void an_recipe_traits_done(struct an_recipe_traits *traits);

/* The table's rows as samples; rows without a label are left out, *ret_skipped says how many. AN_ERR_INVALID: a label
 * that is none, a weight that is not above 0. */
enum an_err an_recipe_samples(const struct an_recipe *recipe, const struct an_table *table,
                              const struct an_recipe_spec *spec, struct an_samples *ret_samples, size_t *ret_skipped,
                              struct an_error *error);

/* The cells of one row for a recipe's column: a number, the position of a word, -1 for another word, NaN. The error
 * says what, not where. */
enum an_err an_recipe_cell(const struct an_recipe_column *column, struct an_slice text, float *ret_value,
                           struct an_error *error);

/* Only the features of trees, and the columns they need. features: [copied]. */
enum an_err an_recipe_narrow(const struct an_recipe *recipe, const struct an_derived *features, uint32_t count,
                             struct an_recipe *ret_recipe);
/* A feature's name for a model: unique, and short enough. */
void an_recipe_feature_name(const struct an_recipe *recipe, uint32_t feature, char out[AN_FOREST_NAME_MAX]);

struct cJSON;
/* [own] As part of a card; NULL: no memory. */
struct cJSON *an_recipe_json(const struct an_recipe *recipe);
/* Out of a card. Every number is checked. AN_OK, AN_ERR_MALFORMED, AN_ERR_LIMIT, AN_ERR_NO_MEMORY. */
enum an_err an_recipe_parse(const struct cJSON *json, struct an_recipe *ret_recipe, struct an_error *error);

#endif
