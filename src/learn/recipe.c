#include "learn/recipe.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

void an_recipe_done(struct an_recipe *recipe)
{
    if (recipe == NULL) return;
    free(recipe->columns);
    free(recipe->features);
    *recipe = (struct an_recipe) { 0 };
}

void an_recipe_traits_done(struct an_recipe_traits *traits)
{
    if (traits == NULL) return;
    free(traits->amounts);
    free(traits->monotone);
    *traits = (struct an_recipe_traits) { 0 };
}

static float word_position(const struct an_recipe_column *column, const char *word, size_t len)
{
    for (uint32_t w = 0; w < column->word_count; w++)
        if (strlen(column->words[w]) == len && memcmp(column->words[w], word, len) == 0) return (float)w;
    return -1;
}

enum an_err an_recipe_cell(const struct an_recipe_column *column, struct an_slice text, float *ret_value,
                           struct an_error *error)
{
    enum an_cell kind;
    float number;
    enum an_err err = an_cell_read(text, &kind, &number, error);
    if (err != AN_OK) return err;
    text = an_slice_trim(text);
    size_t len = text.len < AN_TABLE_WORD_MAX ? text.len : AN_TABLE_WORD_MAX;
    if (kind == AN_CELL_EMPTY)
        *ret_value = NAN;
    else if (column->is_category)
        *ret_value = word_position(column, text.at, len);
    else if (kind == AN_CELL_WORD)
        return an_fail(error, AN_ERR_INVALID, "\"%.*s\" stands where the model was trained on numbers", (int)len,
                       text.at);
    else
        *ret_value = number;
    return AN_OK;
}

/* ---- a table's rows ---- */

static bool label_word(const char *word, bool *ret_unwanted)
{
    static const char *const words[2][4] = { { "no", "false", "wanted", "否" }, { "yes", "true", "unwanted", "是" } };
    for (int l = 0; l < 2; l++)
        for (int i = 0; i < 4; i++)
            if (an_slice_equal_nocase(an_slice_of(word), an_slice_of(words[l][i]))) {
                *ret_unwanted = l == 1;
                return true;
            }
    return false;
}

static enum an_err read_label(const struct an_table_column *column, size_t row, bool *ret_unwanted,
                              struct an_error *error)
{
    float value = column->cells[row];
    if (an_table_kind(column, row) == AN_CELL_WORD) {
        const char *word = value < (float)column->words.count ? column->words.at[(uint32_t)value] : "...";
        if (label_word(word, ret_unwanted)) return AN_OK;
        return an_fail(error, AN_ERR_INVALID,
                       "row %zu, column %s: \"%s\" is no label; 1, yes or unwanted and 0, no or "
                       "wanted are",
                       row + 1, column->name, word);
    }
    if (value != 0 && value != 1)
        return an_fail(error, AN_ERR_INVALID, "row %zu, column %s: %g is no label; 1 (unwanted) and 0 (wanted) are",
                       row + 1, column->name, (double)value);
    *ret_unwanted = value == 1;
    return AN_OK;
}

static enum an_err read_weight(const struct an_table_column *column, size_t row, float *ret_weight,
                               struct an_error *error)
{
    float value = column->cells[row];
    if (an_table_kind(column, row) == AN_CELL_NUMBER && value > 0) {
        *ret_weight = value;
        return AN_OK;
    }
    return an_fail(error, AN_ERR_INVALID, "row %zu, column %s: a weight is a number above 0", row + 1, column->name);
}

static uint64_t read_group(const struct an_table_column *column, size_t row)
{
    float value = column->cells[row];
    uint32_t bits;
    if (an_table_kind(column, row) == AN_CELL_EMPTY) return an_mix2(row, 2); /* a group of its own */
    memcpy(&bits, &value, sizeof bits);
    return an_mix2(bits, an_table_kind(column, row) == AN_CELL_WORD);
}

static enum an_err read_class(const struct an_table_column *column, size_t row, struct an_samples *samples,
                              uint16_t *ret_class, struct an_error *error)
{
    float value = column->cells[row];
    enum an_cell kind = an_table_kind(column, row);
    char number[32] = "";
    if (kind == AN_CELL_NUMBER) snprintf(number, sizeof number, "%g", (double)value);
    const char *name =
        kind == AN_CELL_WORD && value < (float)column->words.count ? column->words.at[(uint32_t)value] : number;
    enum an_err err = an_samples_class(samples, name, strlen(name), ret_class);
    if (err == AN_ERR_LIMIT)
        return an_fail(error, err, "column %s holds more classes than the limit AN_CLASSES_MAX, %d", column->name,
                       AN_CLASSES_MAX);
    return err;
}

static const struct an_table_column *role(const struct an_table *table, const char *name)
{
    int at = name == NULL ? -1 : an_table_find(table, name);
    return at < 0 ? NULL : &table->columns[at];
}

static enum an_err read_sample(const struct an_table *table, const struct an_recipe_spec *spec, size_t row,
                               struct an_samples *samples, struct an_sample *sample, struct an_error *error)
{
    const struct an_table_column *weight = role(table, spec->weight), *group = role(table, spec->group),
                                 *class_of = role(table, spec->class_of);
    *sample = (struct an_sample) { .weight = 1, .group = group == NULL ? an_mix2(row, 1) : read_group(group, row) };
    enum an_err err = read_label(role(table, spec->label), row, &sample->unwanted, error);
    if (err == AN_OK && weight != NULL) err = read_weight(weight, row, &sample->weight, error);
    if (err == AN_OK && class_of != NULL) err = read_class(class_of, row, samples, &sample->class_of, error);
    return err;
}

/* A cell of the table as the recipe sees it; numbers in a category are words, and the other way round they are refused
 * when the recipe is made. */
static float cell_value(const struct an_recipe_column *to, const struct an_table_column *from, size_t row)
{
    float value = from->cells[row];
    enum an_cell kind = an_table_kind(from, row);
    if (kind != AN_CELL_WORD) return to->is_category && kind == AN_CELL_NUMBER ? -1 : value;
    if (!(value < (float)from->words.count)) return -1;
    const char *word = from->words.at[(uint32_t)value];
    return word_position(to, word, strlen(word));
}

enum an_err an_recipe_samples(const struct an_recipe *recipe, const struct an_table *table,
                              const struct an_recipe_spec *spec, struct an_samples *ret_samples, size_t *ret_skipped,
                              struct an_error *error)
{
    an_assert(recipe != NULL && table != NULL && spec != NULL && spec->label != NULL && ret_samples != NULL);
    const struct an_table_column *label = role(table, spec->label);
    an_assert(label != NULL);
    struct an_samples samples;
    size_t skipped = 0;
    enum an_err err = AN_OK;
    const struct an_table_column *from[AN_RECORD_COLUMNS_MAX];
    an_samples_init(&samples, recipe->column_count, false);
    for (uint32_t c = 0; c < recipe->column_count; c++) from[c] = role(table, recipe->columns[c].name);
    for (size_t r = 0; r < table->rows && err == AN_OK; r++) {
        struct an_sample sample;
        size_t row;
        if (an_table_kind(label, r) == AN_CELL_EMPTY) {
            skipped++;
            continue;
        }
        err = read_sample(table, spec, r, &samples, &sample, error);
        if (err != AN_OK) break;
        err = an_samples_add(&samples, &sample, &row);
        if (err != AN_OK) an_error_say(error, "no memory for more than %zu rows", samples.rows);
        for (uint32_t c = 0; err == AN_OK && c < recipe->column_count; c++)
            samples.cells[row * samples.columns + c] = cell_value(&recipe->columns[c], from[c], r);
    }
    if (err != AN_OK) {
        an_samples_done(&samples);
        return err;
    }
    *ret_samples = samples;
    *ret_skipped = skipped;
    return AN_OK;
}

/* ---- features ---- */

static uint32_t needed_columns(const struct an_recipe *recipe, const struct an_derived *features, uint32_t count,
                               uint16_t *number)
{
    uint32_t kept = 0;
    uint8_t *need = calloc(recipe->column_count + 1, 1);
    if (need == NULL) return 0;
    for (uint32_t f = 0; f < count; f++) {
        need[features[f].a] = 1;
        if (features[f].kind == AN_DERIVE_SHARE) need[features[f].b] = 1;
        if (features[f].kind == AN_DERIVE_MISSING) memset(need, 1, recipe->column_count);
    }
    for (uint32_t c = 0; c < recipe->column_count; c++)
        if (need[c] != 0)
            number[c] = (uint16_t)kept++;
        else
            number[c] = UINT16_MAX;
    free(need);
    return kept;
}

enum an_err an_recipe_narrow(const struct an_recipe *recipe, const struct an_derived *features, uint32_t count,
                             struct an_recipe *ret_recipe)
{
    an_assert(recipe != NULL && (features != NULL || count == 0) && ret_recipe != NULL);
    uint16_t number[AN_RECORD_COLUMNS_MAX];
    struct an_recipe narrow = { .column_count = needed_columns(recipe, features, count, number),
                                .feature_count = count };
    narrow.columns = calloc(narrow.column_count + 1, sizeof *narrow.columns);
    narrow.features = calloc(count + 1, sizeof *narrow.features);
    if (narrow.columns == NULL || narrow.features == NULL || (count > 0 && narrow.column_count == 0)) {
        an_recipe_done(&narrow);
        return AN_ERR_NO_MEMORY;
    }
    for (uint32_t c = 0; c < recipe->column_count; c++)
        if (number[c] != UINT16_MAX) narrow.columns[number[c]] = recipe->columns[c];
    for (uint32_t f = 0; f < count; f++) {
        narrow.features[f] = features[f];
        narrow.features[f].a = number[features[f].a];
        if (features[f].kind == AN_DERIVE_SHARE) narrow.features[f].b = number[features[f].b];
    }
    *ret_recipe = narrow;
    return AN_OK;
}

void an_recipe_feature_name(const struct an_recipe *recipe, uint32_t feature, char out[AN_FOREST_NAME_MAX])
{
    an_assert(recipe != NULL && feature < recipe->feature_count);
    const struct an_derived *f = &recipe->features[feature];
    const struct an_recipe_column *a = &recipe->columns[f->a];
    char name[2 * AN_TABLE_NAME_MAX + AN_TABLE_WORD_MAX + 32];
    switch ((enum an_derive)f->kind) {
    case AN_DERIVE_VALUE: snprintf(name, sizeof name, "%s", a->name); break;
    case AN_DERIVE_SHARE: snprintf(name, sizeof name, "share of %s to %s", a->name, recipe->columns[f->b].name); break;
    case AN_DERIVE_WORD: snprintf(name, sizeof name, "%s = %s", a->name, a->words[f->b]); break;
    default: snprintf(name, sizeof name, "empty cells"); break;
    }
    size_t len = strlen(name);
    if (len < AN_FOREST_NAME_MAX) {
        memcpy(out, name, len + 1);
        return;
    }
    /* cut, and told apart by a hash */
    size_t keep = AN_FOREST_NAME_MAX - 10;
    while (keep > 0 && ((unsigned char)name[keep] & 0xc0) == 0x80) keep--; /* not inside a UTF-8 character */
    snprintf(out, AN_FOREST_NAME_MAX, "%.*s~%08x", (int)keep, name, (unsigned)an_hash64(name, len, 0));
}
