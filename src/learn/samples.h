/* Rows to learn from: values of columns, what each row is known to be, and how much it counts. Layer: learn.
 *
 * Two kinds of cells, one of them used: floats, NaN where a value is missing (tables), or minifloats as the journal has
 * them (calls: half the memory, and no value is missing). Memory of a row: 4 or 2 bytes a column and 20 for the rest;
 * arrays double when they are full. The caller bounds the rows. */
#ifndef ANNING_LEARN_SAMPLES_H
#define ANNING_LEARN_SAMPLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/mini.h"

enum { AN_CLASSES_MAX = 256, AN_CLASS_NAME_MAX = 48 };

struct an_sample {
    bool unwanted;
    uint8_t category;  /* enum an_category; AN_CATEGORY_UNKNOWN: not told */
    uint16_t class_of; /* row of class names; 0: not told */
    float weight;      /* rows of the whole stream this one stands for, times the trust in its label; above 0 */
    uint64_t group;    /* rows of one group are never on both sides of a split */
};

struct an_samples {
    uint32_t columns;
    size_t rows, room;
    bool is_mini;
    float *cells;                 /* [own] rows x columns, unless is_mini */
    an_mini *minis;               /* [own] rows x columns, if is_mini */
    uint8_t *unwanted, *category; /* [own], as the next three */
    uint16_t *class_of;
    float *weight;
    uint64_t *group;
    uint32_t class_count;                   /* rows of class_names, the first one is "" */
    char (*class_names)[AN_CLASS_NAME_MAX]; /* [own] AN_CLASSES_MAX rows, NULL until the first name */
    const float *class_costs;               /* [borrow] by class: how much a mistake costs; NULL: 1 for all */
};

void an_samples_init(struct an_samples *samples, uint32_t columns, bool is_mini);
void an_samples_done(struct an_samples *samples);
/* Appends a row with its cells still unset. AN_OK and where to put them [borrow until the next row]; AN_ERR_NO_MEMORY.
 */
enum an_err an_samples_add(struct an_samples *samples, const struct an_sample *sample, size_t *ret_row);
/* The row of a class name, added when new; AN_ERR_LIMIT beyond AN_CLASSES_MAX - 1 names, AN_ERR_NO_MEMORY. The empty
 * name is row 0. Longer names are cut. */
enum an_err an_samples_class(struct an_samples *samples, const char *name, size_t len, uint16_t *ret_class);

/* What a mistake on a row costs while trees grow. Figures and calibration go by weight alone. */
static inline float an_samples_cost(const struct an_samples *samples, size_t row, float unwanted_weight)
{
    float cost = samples->weight[row] * (samples->unwanted[row] != 0 ? unwanted_weight : 1.0f);
    return samples->class_costs == NULL ? cost : cost * samples->class_costs[samples->class_of[row]];
}

/* How many rows of each kind; both are needed to learn. */
void an_samples_count(const struct an_samples *samples, size_t *ret_unwanted, size_t *ret_wanted);

#endif
