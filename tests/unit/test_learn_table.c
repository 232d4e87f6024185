#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <cjson/cJSON.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "learn/recipe.h"

#define S(text) an_slice_of(text)

static struct an_error error;

/* Rows out of texts: cells between commas. */
static enum an_err fill(struct an_table *table, const char *const *lines, size_t count)
{
    struct an_slice cells[300];
    for (size_t l = 0; l < count; l++) {
        size_t n = 0;
        struct an_slice rest = S(lines[l]), head;
        bool more;
        do {
            more = an_slice_cut(&rest, ',', &head);
            cells[n++] = head;
        } while (more);
        enum an_err err =
            l == 0 ? an_table_begin(table, cells, n, &error) : an_table_row(table, cells, n, l + 1, &error);
        if (err != AN_OK) return err;
    }
    return AN_OK;
}

static void says(const char *part)
{
    if (strstr(error.text, part) == NULL) fail_msg("\"%s\" does not say \"%s\"", error.text, part);
}

static void cells_are_told_apart(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum an_cell kind;
        float value;
    } cases[] = {
        { "", AN_CELL_EMPTY, 0 },
        { "  ", AN_CELL_EMPTY, 0 },
        { "NA", AN_CELL_EMPTY, 0 },
        { "NULL", AN_CELL_EMPTY, 0 },
        { "None", AN_CELL_EMPTY, 0 },
        { "0", AN_CELL_NUMBER, 0 },
        { " 12.5 ", AN_CELL_NUMBER, 12.5f },
        { "-3", AN_CELL_NUMBER, -3 },
        { "7.6e-05", AN_CELL_NUMBER, 7.6e-05f },
        { "+1E3", AN_CELL_NUMBER, 1000 },
        { "0x10", AN_CELL_WORD, 0 },
        { "e5", AN_CELL_WORD, 0 },
        { "1-2", AN_CELL_WORD, 0 },
        { "1,5", AN_CELL_WORD, 0 },
        { "-", AN_CELL_WORD, 0 },
        { "484e8911", AN_CELL_WORD, 0 },
        { "成都", AN_CELL_WORD, 0 },
        { "na", AN_CELL_WORD, 0 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        enum an_cell kind;
        float value;
        assert_int_equal(an_cell_read(S(cases[i].text), &kind, &value, &error), AN_OK);
        assert_int_equal(kind, cases[i].kind);
        if (kind == AN_CELL_NUMBER)
            assert_true(value == cases[i].value);
        else
            assert_true(isnan(value));
    }
    static const char *const refused[] = { "nan", "NaN", "inf", "-Inf", "Infinity", "+nan", "1.#INF" };
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        enum an_cell kind;
        float value;
        assert_int_equal(an_cell_read(S(refused[i]), &kind, &value, &error), AN_ERR_INVALID);
        says("leave the cell empty");
    }
}

static void faults_say_where(void **state)
{
    (void)state;
    struct an_table table;
    const char *twice[] = { "a,b,a" }, *none[] = { "1,2.5,3" }, *ragged[] = { "a,b", "1,2", "1,2,3" },
               *nan[] = { "a,talk_s", "1,2", "1,nan" }, *gbk_name[] = { "a,\xba\xc5", "1,2" },
               *gbk_word[] = { "a,b", "1,x", "1,\xba\xc5" };
    assert_int_equal(fill(&table, gbk_name, 2), AN_ERR_INVALID);
    says("the name of column 2 is not UTF-8");
    assert_int_equal(fill(&table, gbk_word, 3), AN_ERR_INVALID);
    says("line 3, column b: not UTF-8");
    an_table_done(&table);
    assert_int_equal(fill(&table, twice, 1), AN_ERR_INVALID);
    says("columns 1 and 3 are both named \"a\"");
    assert_int_equal(fill(&table, none, 1), AN_ERR_INVALID);
    says("holds no names");
    assert_int_equal(fill(&table, ragged, 3), AN_ERR_INVALID);
    says("line 3: 3 cells; the first line names 2 columns");
    an_table_done(&table);
    assert_int_equal(fill(&table, nan, 3), AN_ERR_INVALID);
    says("line 3, column talk_s: \"nan\"");
    an_table_done(&table);
    struct an_slice names[AN_RECORD_COLUMNS_MAX + 1];
    for (size_t i = 0; i <= AN_RECORD_COLUMNS_MAX; i++) names[i] = S("x");
    assert_int_equal(an_table_begin(&table, names, AN_RECORD_COLUMNS_MAX + 1, &error), AN_ERR_LIMIT);
    says("AN_RECORD_COLUMNS_MAX");
    char longest[AN_TABLE_NAME_MAX + 2];
    memset(longest, 'n', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    names[0] = S(longest);
    assert_int_equal(an_table_begin(&table, names, 1, &error), AN_ERR_LIMIT);
    says("AN_TABLE_NAME_MAX");
}

static void rows_have_a_limit(void **state)
{
    (void)state;
    struct an_table table;
    const char *lines[] = { "a,b", "1,2", "3,4" };
    assert_int_equal(fill(&table, lines, 1), AN_OK);
    table.rows_max = 1; /* as if the limit were 1 */
    struct an_slice cells[] = { S("1"), S("2") };
    assert_int_equal(an_table_row(&table, cells, 2, 2, &error), AN_OK);
    assert_int_equal(an_table_row(&table, cells, 2, 3, &error), AN_ERR_LIMIT);
    says("AN_TABLE_ROWS_MAX");
    an_table_done(&table);
}

/* ---- recipes ---- */

enum { ROWS = 200 };
static char notices[4000];

static void remember(void *user, const char *text)
{
    (void)user;
    strcat(notices, text);
    strcat(notices, "\n");
}

/* phone: words all different; number: long whole ones; row: running; same; talk: measure with holes; city: three words,
 * one of them rare; label. */
static void make_table(struct an_table *table)
{
    static char lines[ROWS + 1][160];
    const char *list[ROWS + 1];
    snprintf(lines[0], sizeof lines[0], "phone,number,row,same,talk,calls,city,label");
    for (int r = 0; r < ROWS; r++) {
        char talk[16] = "";
        if (r % 10 != 3) snprintf(talk, sizeof talk, "%d.5", r * 7 % 60);
        snprintf(lines[r + 1], sizeof lines[0], "h%08x,1380%07d,%d,5,%s,%d,%s,%d", (unsigned)r * 2654435761u, r * 7919,
                 r, talk, r * 13 % 90,
                 r % 50 == 0  ? "c"
                 : r % 3 == 0 ? "b"
                              : "a",
                 r % 4 == 0);
    }
    for (int r = 0; r <= ROWS; r++) list[r] = lines[r];
    assert_int_equal(fill(table, list, ROWS + 1), AN_OK);
}

static bool has_column(const struct an_recipe *recipe, const char *name)
{
    for (uint32_t c = 0; c < recipe->column_count; c++)
        if (strcmp(recipe->columns[c].name, name) == 0) return true;
    return false;
}

static void columns_are_judged(void **state)
{
    (void)state;
    struct an_table table;
    struct an_recipe recipe;
    struct an_recipe_traits traits;
    make_table(&table);
    notices[0] = '\0';
    struct an_recipe_spec spec = { .label = "label", .notice = remember };
    assert_int_equal(an_recipe_make(&table, &spec, &recipe, &traits, &error), AN_OK);
    assert_int_equal(recipe.column_count, 3);
    assert_true(has_column(&recipe, "talk") && has_column(&recipe, "calls") && has_column(&recipe, "city"));
    /* talk, calls, city = a, city = b, empty cells; the word c is too rare */
    assert_int_equal(recipe.feature_count, 5);
    for (const char *const *name = (const char *const[]) { "phone: left out: looks like an identifier",
                                                           "number: left out: looks like an identifier",
                                                           "row: left out: looks like an identifier (a running number)",
                                                           "same: left out: the same in all rows", NULL };
         *name != NULL; name++)
        assert_non_null(strstr(notices, *name));
    char text[AN_FOREST_NAME_MAX];
    an_recipe_feature_name(&recipe, 2, text);
    assert_string_equal(text, "city = a");
    an_recipe_feature_name(&recipe, 4, text);
    assert_string_equal(text, "empty cells");

    struct an_samples samples;
    size_t skipped;
    assert_int_equal(an_recipe_samples(&recipe, &table, &spec, &samples, &skipped, &error), AN_OK);
    assert_int_equal(samples.rows, ROWS);
    assert_int_equal(skipped, 0);
    const float *row = samples.cells + 3 * samples.columns; /* talk is empty, city is b */
    assert_true(isnan(row[0]));
    assert_true(an_derive(&recipe.features[2], row, 3) == 0 && an_derive(&recipe.features[3], row, 3) == 1);
    assert_true(an_derive(&recipe.features[4], row, 3) == 1);
    assert_true(samples.cells[2] == -1); /* row 0: the word c is another one */
    an_samples_done(&samples);
    an_recipe_done(&recipe);
    an_recipe_traits_done(&traits);

    spec.features = "number,talk"; /* named: kept */
    assert_int_equal(an_recipe_make(&table, &spec, &recipe, &traits, &error), AN_OK);
    assert_true(recipe.column_count == 2 && has_column(&recipe, "number"));
    an_recipe_done(&recipe);
    an_recipe_traits_done(&traits);
    spec.features = NULL;
    spec.exclude = "t*,ci?y";
    assert_int_equal(an_recipe_make(&table, &spec, &recipe, &traits, &error), AN_OK);
    assert_true(recipe.column_count == 1 && has_column(&recipe, "calls"));
    assert_int_equal(traits.amounts[0], 1);
    an_recipe_done(&recipe);
    an_recipe_traits_done(&traits);
    an_table_done(&table);
}

static void slips_are_named(void **state)
{
    (void)state;
    struct an_table table;
    struct an_recipe recipe;
    struct an_recipe_traits traits;
    make_table(&table);
    const struct {
        struct an_recipe_spec spec;
        enum an_err err;
        const char *says;
    } cases[] = {
        { { .label = "lable" }, AN_ERR_NOT_FOUND, "no column \"lable\"; did you mean \"label\"?" },
        { { .label = "label", .group = "campaign" }, AN_ERR_NOT_FOUND, "no column \"campaign\"" },
        { { .label = "label", .features = "talk,cals" }, AN_ERR_NOT_FOUND, "did you mean \"calls\"" },
        { { .label = "label", .exclude = "zzz*" }, AN_ERR_NOT_FOUND, "no column \"zzz*\"" },
        { { .label = "label", .features = "same" }, AN_ERR_INVALID, "no column is left" },
        { { .label = "label", .bound_count = 1, .bounds = { { "city", 1 } } }, AN_ERR_INVALID, "holds words" },
        { { .label = "label", .bound_count = 1, .bounds = { { "same", 1 } } }, AN_ERR_INVALID, "is no feature" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(an_recipe_make(&table, &cases[i].spec, &recipe, &traits, &error), cases[i].err);
        says(cases[i].says);
    }
    an_table_done(&table);
}

/* Two lines of numbers and one word: not a category, a slip. */
static void a_word_among_numbers_is_refused(void **state)
{
    (void)state;
    struct an_table table;
    struct an_recipe recipe;
    struct an_recipe_traits traits;
    const char *lines[] = { "calls,label", "1,0", "2,1", "lots,1", "4,0" };
    assert_int_equal(fill(&table, lines, 5), AN_OK);
    struct an_recipe_spec spec = { .label = "label" };
    assert_int_equal(an_recipe_make(&table, &spec, &recipe, &traits, &error), AN_ERR_INVALID);
    says("column calls holds numbers, but \"lots\" in line 4");
    an_table_done(&table);
}

static void labels_and_weights_are_checked(void **state)
{
    (void)state;
    struct an_table table;
    struct an_recipe recipe;
    struct an_recipe_traits traits;
    struct an_samples samples;
    size_t skipped;
    const char *lines[] = { "a,b,w,g,kind,label", "1,5,1,x,p,yes", "2,6,2.5,x,p,no", "3,7,1,,q,", "4,8,1,y,q,maybe" };
    struct an_recipe_spec spec = { .label = "label", .weight = "w", .group = "g", .class_of = "kind" };
    assert_int_equal(fill(&table, lines, 4), AN_OK);
    assert_int_equal(an_recipe_make(&table, &spec, &recipe, &traits, &error), AN_OK);
    assert_int_equal(an_recipe_samples(&recipe, &table, &spec, &samples, &skipped, &error), AN_OK);
    assert_true(samples.rows == 2 && skipped == 1);
    assert_true(samples.unwanted[0] == 1 && samples.unwanted[1] == 0 && samples.weight[1] == 2.5f);
    assert_true(samples.group[0] == samples.group[1] && samples.class_of[0] == samples.class_of[1]);
    assert_string_equal(samples.class_names[samples.class_of[0]], "p");
    an_samples_done(&samples);
    struct an_slice cells[] = { S("4"), S("8"), S("1"), S("y"), S("q"), S("maybe") };
    assert_int_equal(an_table_row(&table, cells, 6, 5, &error), AN_OK);
    assert_int_equal(an_recipe_samples(&recipe, &table, &spec, &samples, &skipped, &error), AN_ERR_INVALID);
    says("column label: \"maybe\" is no label");
    table.rows--;
    cells[2] = S("0");
    cells[5] = S("1");
    assert_int_equal(an_table_row(&table, cells, 6, 5, &error), AN_OK);
    assert_int_equal(an_recipe_samples(&recipe, &table, &spec, &samples, &skipped, &error), AN_ERR_INVALID);
    says("a weight is a number above 0");
    an_recipe_done(&recipe);
    an_recipe_traits_done(&traits);
    an_table_done(&table);
}

/* ---- in a card ---- */

static void recipes_come_back_out_of_json(void **state)
{
    (void)state;
    struct an_table table;
    struct an_recipe recipe, narrow, back;
    struct an_recipe_traits traits;
    make_table(&table);
    struct an_recipe_spec spec = { .label = "label" };
    assert_int_equal(an_recipe_make(&table, &spec, &recipe, &traits, &error), AN_OK);
    const struct an_derived features[] = { { AN_DERIVE_SHARE, 0, 1 }, { AN_DERIVE_WORD, 2, 1 } };
    assert_int_equal(an_recipe_narrow(&recipe, features, 2, &narrow), AN_OK);
    assert_int_equal(narrow.column_count, 3);
    struct cJSON *json = an_recipe_json(&narrow);
    assert_non_null(json);
    assert_int_equal(an_recipe_parse(json, &back, &error), AN_OK);
    assert_int_equal(back.column_count, narrow.column_count);
    assert_memory_equal(back.columns, narrow.columns, back.column_count * sizeof *back.columns);
    assert_memory_equal(back.features, narrow.features, back.feature_count * sizeof *back.features);
    char text[AN_FOREST_NAME_MAX];
    an_recipe_feature_name(&back, 0, text);
    assert_string_equal(text, "share of talk to calls");
    cJSON_Delete(json);
    an_recipe_done(&back);
    an_recipe_done(&narrow);
    /* one column needed only */
    assert_int_equal(an_recipe_narrow(&recipe, &(struct an_derived) { AN_DERIVE_VALUE, 1, 0 }, 1, &narrow), AN_OK);
    assert_true(narrow.column_count == 1 && narrow.features[0].a == 0);
    assert_string_equal(narrow.columns[0].name, "calls");
    an_recipe_done(&narrow);
    /* empty cells are counted over all columns, so all are needed */
    assert_int_equal(an_recipe_narrow(&recipe, &(struct an_derived) { AN_DERIVE_MISSING, 0, 0 }, 1, &narrow), AN_OK);
    assert_int_equal(narrow.column_count, 3);
    an_recipe_done(&narrow);
    an_recipe_done(&recipe);
    an_recipe_traits_done(&traits);
    an_table_done(&table);
}

static void bent_cards_are_refused(void **state)
{
    (void)state;
    static const char *const bent[] = {
        "{}",
        "{\"columns\":[],\"features\":[]}",
        "{\"columns\":[{\"name\":\"a\"}],\"features\":[]}",
        "{\"columns\":[{\"nam\":\"a\"}],\"features\":[[0,0,0]]}",
        "{\"columns\":[{\"name\":7}],\"features\":[[0,0,0]]}",
        "{\"columns\":[{\"name\":\"a\"}],\"features\":[[0,1,0]]}",
        "{\"columns\":[{\"name\":\"a\"}],\"features\":[[0,-1,0]]}",
        "{\"columns\":[{\"name\":\"a\"}],\"features\":[[9,0,0]]}",
        "{\"columns\":[{\"name\":\"a\"}],\"features\":[[1,0,1]]}",
        "{\"columns\":[{\"name\":\"a\"}],\"features\":[[2,0,0]]}",
        "{\"columns\":[{\"name\":\"a\"}],\"features\":[[0,0]]}",
        "{\"columns\":[{\"name\":\"a\"}],\"features\":[\"x\"]}",
        "{\"columns\":[{\"name\":\"a\",\"words\":[1]}],\"features\":[[2,0,0]]}",
        "{\"columns\":[{\"name\":\"a\",\"words\":[\"x\"]}],\"features\":[[2,0,1]]}",
        "{\"columns\":[{\"name\":\"a\",\"words\":[\"x\"]}],\"features\":[[0,0,0]]}",
    };
    for (size_t i = 0; i < sizeof bent / sizeof bent[0]; i++) {
        struct an_recipe recipe;
        cJSON *json = cJSON_Parse(bent[i]);
        assert_non_null(json);
        assert_int_equal(an_recipe_parse(json, &recipe, &error), AN_ERR_MALFORMED);
        cJSON_Delete(json);
    }
    struct an_recipe recipe;
    assert_int_equal(an_recipe_parse(NULL, &recipe, &error), AN_ERR_MALFORMED);
    says("not trained by `anning train --table`");
}

static void long_names_stay_apart(void **state)
{
    (void)state;
    struct an_recipe recipe = { .column_count = 2, .feature_count = 2 };
    recipe.columns = calloc(2, sizeof *recipe.columns);
    recipe.features = calloc(2, sizeof *recipe.features);
    memset(recipe.columns[0].name, 'x', 100);
    memset(recipe.columns[1].name, 'x', 101);
    recipe.features[1].a = 1;
    char a[AN_FOREST_NAME_MAX], b[AN_FOREST_NAME_MAX];
    an_recipe_feature_name(&recipe, 0, a);
    an_recipe_feature_name(&recipe, 1, b);
    assert_string_not_equal(a, b);
    an_recipe_done(&recipe);
}

static void shares_are_divided(void **state)
{
    (void)state;
    const struct an_derived share = { AN_DERIVE_SHARE, 0, 1 };
    assert_true(an_derive(&share, (float[]) { 1, 3 }, 2) == 0.25f);
    assert_true(an_derive(&share, (float[]) { 0, 3 }, 2) == 0);
    assert_true(isnan(an_derive(&share, (float[]) { 0, 0 }, 2)));
    assert_true(isnan(an_derive(&share, (float[]) { -1, 3 }, 2)));
    assert_true(isnan(an_derive(&share, (float[]) { 1, NAN }, 2)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cells_are_told_apart),
        cmocka_unit_test(faults_say_where),
        cmocka_unit_test(rows_have_a_limit),
        cmocka_unit_test(columns_are_judged),
        cmocka_unit_test(slips_are_named),
        cmocka_unit_test(a_word_among_numbers_is_refused),
        cmocka_unit_test(labels_and_weights_are_checked),
        cmocka_unit_test(recipes_come_back_out_of_json),
        cmocka_unit_test(bent_cards_are_refused),
        cmocka_unit_test(long_names_stay_apart),
        cmocka_unit_test(shares_are_divided),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
