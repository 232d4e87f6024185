/* Which columns of a table are fit to learn from. */
#include <fnmatch.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/nearest.h"
#include "learn/recipe.h"

enum { IDENTIFIER_DIGITS = 7, GLOBS_MAX = 512, ROWS_TO_JUDGE = 50 };

struct maker {
    const struct an_table *table;
    const struct an_recipe_spec *spec;
    struct an_recipe recipe;
    struct an_recipe_traits traits;
};

__attribute__((format(printf, 2, 3))) static void notice(const struct maker *m, const char *format, ...)
{
    char text[400];
    va_list arguments;
    if (m->spec->notice == NULL) return;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    m->spec->notice(m->spec->user, text);
}

static enum an_err no_column(const struct an_table *table, const char *name, struct an_error *error)
{
    const char *names[AN_RECORD_COLUMNS_MAX];
    for (uint32_t c = 0; c < table->count; c++) names[c] = table->columns[c].name;
    const char *nearest = an_nearest(an_slice_of(name), names, table->count);
    if (nearest != NULL)
        return an_fail(error, AN_ERR_NOT_FOUND, "no column \"%s\"; did you mean \"%s\"?", name, nearest);
    return an_fail(error, AN_ERR_NOT_FOUND, "no column \"%s\"; the first one is \"%s\"", name, names[0]);
}

/* ---- globs ---- */

/* Does one of the globs match? exact: one that is the name itself. */
static bool matches(const char *globs, const char *name, bool *ret_exact)
{
    char glob[GLOBS_MAX];
    bool found = false;
    for (const char *at = globs; at != NULL && *at != '\0';) {
        size_t len = strcspn(at, ",");
        if (len > 0 && len < sizeof glob) {
            memcpy(glob, at, len);
            glob[len] = '\0';
            if (fnmatch(glob, name, 0) == 0) found = true;
            if (strcmp(glob, name) == 0 && ret_exact != NULL) *ret_exact = true;
        }
        at += len;
        if (*at == ',') at++;
    }
    return found;
}

/* A glob that matches nothing is a slip. */
static enum an_err check_globs(const struct an_table *table, const char *globs, struct an_error *error)
{
    char glob[GLOBS_MAX];
    for (const char *at = globs; at != NULL && *at != '\0';) {
        size_t len = strcspn(at, ",");
        bool found = len == 0;
        if (len >= sizeof glob)
            return an_fail(error, AN_ERR_LIMIT, "a pattern of %zu bytes; %d are the most", len, GLOBS_MAX - 1);
        memcpy(glob, at, len);
        glob[len] = '\0';
        for (uint32_t c = 0; c < table->count && !found; c++) found = fnmatch(glob, table->columns[c].name, 0) == 0;
        if (!found) return no_column(table, glob, error);
        at += len;
        if (*at == ',') at++;
    }
    return AN_OK;
}

/* ---- what a column is ---- */

static int by_value(const void *a, const void *b)
{
    const float *x = a, *y = b;
    return *x < *y ? -1 : *x > *y;
}

/* Different numbers in a column, 0: no memory. */
static size_t count_distinct(const struct an_table_column *column, size_t rows, float *ret_least, float *ret_most)
{
    float *sorted = reallocarray(NULL, rows + 1, sizeof *sorted);
    size_t count = 0, distinct = 0;
    if (sorted == NULL) return 0;
    for (size_t r = 0; r < rows; r++)
        if (an_table_kind(column, r) == AN_CELL_NUMBER) sorted[count++] = column->cells[r];
    qsort(sorted, count, sizeof *sorted, by_value);
    for (size_t i = 0; i < count; i++) distinct += i == 0 || sorted[i] != sorted[i - 1];
    *ret_least = count > 0 ? sorted[0] : 0;
    *ret_most = count > 0 ? sorted[count - 1] : 0;
    free(sorted);
    return distinct;
}

/* A number that names something instead of measuring it, or NULL. */
static const char *identifier_reason(const struct an_table_column *column, size_t rows, size_t distinct)
{
    if (rows < ROWS_TO_JUDGE || !column->whole || column->numbers == 0) return NULL;
    if (column->rising && column->empty == 0) return "a running number";
    if (column->length_least == column->length_most && column->length_least >= IDENTIFIER_DIGITS &&
        distinct * 10 >= column->numbers)
        return "long whole numbers of one length";
    return NULL;
}

static bool is_role(const struct an_recipe_spec *spec, const char *name)
{
    const char *const roles[] = { spec->label, spec->weight, spec->group, spec->class_of };
    for (size_t r = 0; r < sizeof roles / sizeof roles[0]; r++)
        if (roles[r] != NULL && strcmp(roles[r], name) == 0) return true;
    return false;
}

static void add_feature(struct maker *m, enum an_derive kind, uint32_t a, uint32_t b)
{
    m->recipe.features[m->recipe.feature_count++] = (struct an_derived) { (uint8_t)kind, (uint16_t)a, (uint16_t)b };
}

static bool has_room(const struct maker *m, uint32_t features)
{
    return m->recipe.feature_count + features < AN_FOREST_FEATURES_MAX;
}

static struct an_recipe_column *add_column(struct maker *m, const struct an_table_column *from, bool is_category)
{
    struct an_recipe_column *to = &m->recipe.columns[m->recipe.column_count++];
    memcpy(to->name, from->name, sizeof to->name);
    to->is_category = is_category;
    return to;
}

/* Words by how often they come, the most frequent first. */
static void take_words(struct maker *m, const struct an_table_column *from)
{
    uint32_t best[AN_RECIPE_WORDS_MAX], count = 0;
    const struct an_words *w = &from->words;
    for (uint32_t i = 0; i < w->count; i++) {
        if (w->rows[i] < AN_RECIPE_WORD_ROWS_MIN) continue;
        uint32_t at = count < AN_RECIPE_WORDS_MAX ? count++ : AN_RECIPE_WORDS_MAX;
        for (; at > 0 && w->rows[i] > w->rows[best[at - 1]]; at--)
            if (at < AN_RECIPE_WORDS_MAX) best[at] = best[at - 1];
        if (at < AN_RECIPE_WORDS_MAX) best[at] = i;
    }
    if (count == 0 || !has_room(m, count)) {
        notice(m, "%s: left out: words that are all rarer than %d rows", from->name, AN_RECIPE_WORD_ROWS_MIN);
        return;
    }
    uint32_t column = m->recipe.column_count;
    struct an_recipe_column *to = add_column(m, from, true);
    to->word_count = count;
    for (uint32_t i = 0; i < count; i++) {
        snprintf(to->words[i], sizeof to->words[i], "%s", w->at[best[i]]);
        add_feature(m, AN_DERIVE_WORD, column, i);
    }
    if (w->count > count) notice(m, "%s: the %u most frequent of %u words are features", from->name, count, w->count);
}

static enum an_err judge_words(struct maker *m, const struct an_table_column *column, bool forced,
                               struct an_error *error)
{
    size_t filled = column->numbers + column->worded;
    bool many = column->words.full || (filled >= ROWS_TO_JUDGE && (size_t)column->words.count * 2 > filled);
    if (!many && column->numbers * 2 > filled)
        return an_fail(
            error, AN_ERR_INVALID,
            "column %s holds numbers, but \"%s\" in line %llu; empty it, or leave the column out with --exclude",
            column->name, column->words.at[0], (unsigned long long)column->first_word_line);
    if (many && !forced)
        notice(m, "%s: left out: looks like an identifier or free text (%s%u different words in %zu rows)",
               column->name, column->words.full ? "more than " : "", column->words.count, filled);
    else
        take_words(m, column);
    return AN_OK;
}

static enum an_err judge_numbers(struct maker *m, const struct an_table_column *column, bool forced,
                                 struct an_error *error)
{
    float least, most;
    size_t distinct = count_distinct(column, m->table->rows, &least, &most);
    if (distinct == 0) return an_fail(error, AN_ERR_NO_MEMORY, "no memory");
    const char *reason = identifier_reason(column, m->table->rows, distinct);
    if (distinct == 1 && column->empty == 0) {
        notice(m, "%s: left out: the same in all rows", column->name);
    } else if (reason != NULL && !forced) {
        notice(m, "%s: left out: looks like an identifier (%s); --features %s keeps it", column->name, reason,
               column->name);
    } else {
        m->traits.amounts[m->recipe.column_count] = least >= 0 && most > 1 && distinct > 2;
        add_feature(m, AN_DERIVE_VALUE, m->recipe.column_count, 0);
        add_column(m, column, false);
    }
    return AN_OK;
}

static enum an_err judge(struct maker *m, const struct an_table_column *column, struct an_error *error)
{
    bool forced = false;
    if (is_role(m->spec, column->name)) return AN_OK;
    if (m->spec->features != NULL && !matches(m->spec->features, column->name, &forced)) return AN_OK;
    if (m->spec->exclude != NULL && matches(m->spec->exclude, column->name, NULL)) return AN_OK;
    if (column->empty == m->table->rows)
        notice(m, "%s: left out: empty in all rows", column->name);
    else if (column->worded > 0)
        return judge_words(m, column, forced, error);
    else
        return judge_numbers(m, column, forced, error);
    return AN_OK;
}

/* ---- bounds ---- */

static enum an_err take_bounds(struct maker *m, struct an_error *error)
{
    if (m->spec->bound_count == 0) return AN_OK;
    m->traits.monotone = calloc(m->recipe.column_count + 1, 1);
    if (m->traits.monotone == NULL) return an_fail(error, AN_ERR_NO_MEMORY, "no memory");
    for (size_t b = 0; b < m->spec->bound_count; b++) {
        const char *name = m->spec->bounds[b].column;
        uint32_t at = 0;
        if (an_table_find(m->table, name) < 0) return no_column(m->table, name, error);
        while (at < m->recipe.column_count && strcmp(m->recipe.columns[at].name, name) != 0) at++;
        if (at == m->recipe.column_count)
            return an_fail(error, AN_ERR_INVALID, "column %s is bound by --monotone, but is no feature", name);
        if (m->recipe.columns[at].is_category)
            return an_fail(error, AN_ERR_INVALID, "column %s holds words; only numbers can be bound by --monotone",
                           name);
        m->traits.monotone[at] = m->spec->bounds[b].sign;
    }
    return AN_OK;
}

static enum an_err check_roles(const struct maker *m, struct an_error *error)
{
    const char *const roles[] = { m->spec->label, m->spec->weight, m->spec->group, m->spec->class_of };
    for (size_t r = 0; r < sizeof roles / sizeof roles[0]; r++)
        if (roles[r] != NULL && an_table_find(m->table, roles[r]) < 0) return no_column(m->table, roles[r], error);
    return AN_OK;
}

static enum an_err make(struct maker *m, struct an_error *error)
{
    enum an_err err = check_roles(m, error);
    if (err == AN_OK) err = check_globs(m->table, m->spec->features, error);
    if (err == AN_OK) err = check_globs(m->table, m->spec->exclude, error);
    bool any_empty = false;
    for (uint32_t c = 0; c < m->table->count && err == AN_OK; c++) {
        uint32_t before = m->recipe.column_count;
        err = judge(m, &m->table->columns[c], error);
        if (m->recipe.column_count > before && m->table->columns[c].empty > 0) any_empty = true;
    }
    if (err != AN_OK) return err;
    if (m->recipe.column_count == 0) return an_fail(error, AN_ERR_INVALID, "no column is left to learn from");
    if (any_empty && has_room(m, 1)) add_feature(m, AN_DERIVE_MISSING, 0, 0);
    return take_bounds(m, error);
}

enum an_err an_recipe_make(const struct an_table *table, const struct an_recipe_spec *spec,
                           struct an_recipe *ret_recipe, struct an_recipe_traits *ret_traits, struct an_error *error)
{
    an_assert(table != NULL && spec != NULL && spec->label != NULL && ret_recipe != NULL && ret_traits != NULL);
    struct maker m = { .table = table, .spec = spec };
    enum an_err err = AN_OK;
    if (table->rows == 0) return an_fail(error, AN_ERR_INVALID, "the table has no rows");
    m.recipe.columns = calloc(table->count + 1, sizeof *m.recipe.columns);
    m.recipe.features = calloc(AN_FOREST_FEATURES_MAX, sizeof *m.recipe.features);
    m.traits.amounts = calloc(table->count + 1, 1);
    if (m.recipe.columns == NULL || m.recipe.features == NULL || m.traits.amounts == NULL)
        err = an_fail(error, AN_ERR_NO_MEMORY, "no memory for %u columns", table->count);
    if (err == AN_OK) err = make(&m, error);
    if (err != AN_OK) {
        an_recipe_done(&m.recipe);
        an_recipe_traits_done(&m.traits);
        return err;
    }
    *ret_recipe = m.recipe;
    *ret_traits = m.traits;
    return AN_OK;
}
