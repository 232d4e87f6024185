/* anning score: a probability for each row of a table. */
#include <cjson/cJSON.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/nearest.h"
#include "cli/cli.h"
#include "cli/csv_file.h"
#include "cli/train.h"
#include "learn/recipe.h"
#include "model/forest.h"

struct flags {
    const char *table, *model;
};

static const struct argp_option options[] = {
    { "table", 't', "FILE", 0,
      AN_HELP("the rows, CSV with the columns the model was trained on", "待评分的CSV文件，列与训练时相同"), 0 },
    { "model", 'm', "FILE", 0,
      AN_HELP("a model made by `anning train --table`", "由 `anning train --table` 训练的模型"), 0 },
    { 0 },
};

static error_t take(int key, char *arg, struct argp_state *state)
{
    struct flags *flags = state->input;
    switch (key) {
    case 't': flags->table = arg; break;
    case 'm': flags->model = arg; break;
    case ARGP_KEY_ARG: argp_error(state, "takes no argument, not %s", arg); break;
    case ARGP_KEY_END:
        if (flags->table == NULL) argp_error(state, "which rows? --table FILE");
        if (flags->model == NULL) argp_error(state, "which model? --model FILE");
        break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

#define EXAMPLES "  anning score --table new.csv --model subscribers.anm > probabilities.txt\n"

static const struct argp argp = {
    options,
    take,
    NULL,
    AN_HELP("Prints one probability a row: that it is unwanted. The model's card says how the columns become features; "
            "columns it does not need are passed over.\v"
            "Examples:\n" EXAMPLES,
            "为每一行输出一个概率：该行属于不受欢迎的概率。模型卡说明各列如何成为特征；多余的列会被忽略。\v"
            "示例：\n" EXAMPLES),
    NULL,
    NULL,
    NULL
};

struct scoring {
    struct an_forest *forest;
    struct an_recipe recipe;
    size_t columns;          /* of the file; 0: the header is still to come */
    int *position;           /* [own] in the file, of each column of the recipe */
    float *cells, *features; /* [own] */
};

static enum an_err find_columns(struct scoring *s, const struct an_csv *csv, struct an_error *error)
{
    char names[AN_RECORD_COLUMNS_MAX][AN_TABLE_NAME_MAX + 1];
    const char *list[AN_RECORD_COLUMNS_MAX];
    for (size_t i = 0; i < csv->count; i++) {
        an_slice_copy(an_slice_trim(csv->cells[i]), names[i], sizeof names[i]);
        if (names[i][0] == '\0') snprintf(names[i], sizeof names[i], "column %zu", i + 1);
        list[i] = names[i];
    }
    for (uint32_t c = 0; c < s->recipe.column_count; c++) {
        const char *name = s->recipe.columns[c].name;
        s->position[c] = -1;
        for (size_t i = 0; i < csv->count; i++)
            if (strcmp(names[i], name) == 0) s->position[c] = (int)i;
        if (s->position[c] >= 0) continue;
        const char *nearest = an_nearest(an_slice_of(name), list, csv->count);
        if (nearest != NULL)
            return an_fail(error, AN_ERR_NOT_FOUND,
                           "column \"%s\" is missing; the model needs it, and \"%s\" is not it", name, nearest);
        return an_fail(error, AN_ERR_NOT_FOUND, "column \"%s\" is missing; the model needs it", name);
    }
    s->columns = csv->count;
    return AN_OK;
}

static enum an_err score_row(void *user, const struct an_csv *csv, struct an_error *error)
{
    struct scoring *s = user;
    struct an_error reason;
    if (s->columns == 0) return find_columns(s, csv, error);
    if (csv->count != s->columns)
        return an_fail(error, AN_ERR_INVALID, "line %llu: %zu cells; the first line names %zu columns",
                       (unsigned long long)csv->line, csv->count, s->columns);
    for (uint32_t c = 0; c < s->recipe.column_count; c++) {
        const struct an_recipe_column *column = &s->recipe.columns[c];
        enum an_err err = an_recipe_cell(column, csv->cells[s->position[c]], &s->cells[c], &reason);
        if (err != AN_OK)
            return an_fail(error, err, "line %llu, column %s: %s", (unsigned long long)csv->line, column->name,
                           reason.text);
    }
    for (uint32_t f = 0; f < s->recipe.feature_count; f++)
        s->features[f] = an_derive(&s->recipe.features[f], s->cells, s->recipe.column_count);
    float sum = an_forest_sum_row(s->forest, &s->forest->unwanted, s->features);
    printf("%.6g\n", (double)an_forest_probability(&s->forest->calibration, sum));
    return AN_OK;
}

static enum an_err open_model(struct scoring *s, const char *path, struct an_error *error)
{
    struct an_error reason;
    enum an_err err = an_forest_load(path, &s->forest, error);
    if (err != AN_OK) return err;
    cJSON *card = cJSON_Parse(s->forest->card);
    err = an_recipe_parse(cJSON_GetObjectItemCaseSensitive(card, "table"), &s->recipe, &reason);
    cJSON_Delete(card);
    if (err != AN_OK) return an_fail(error, err, "%s: %s", path, reason.text);
    if (s->recipe.feature_count != s->forest->features)
        return an_fail(error, AN_ERR_INVALID, "%s: its card tells of %u features, its trees of %u", path,
                       s->recipe.feature_count, s->forest->features);
    s->position = calloc(s->recipe.column_count, sizeof *s->position);
    s->cells = calloc(s->recipe.column_count, sizeof *s->cells);
    s->features = calloc(s->recipe.feature_count, sizeof *s->features);
    if (s->position == NULL || s->cells == NULL || s->features == NULL)
        return an_fail(error, AN_ERR_NO_MEMORY, "no memory");
    return AN_OK;
}

int an_cmd_score(int argc, char **argv)
{
    struct flags flags = { 0 };
    struct scoring s = { 0 };
    struct an_error error;
    an_cli_parse(&argp, argc, argv, &flags);
    enum an_err err = open_model(&s, flags.model, &error);
    if (err == AN_OK) err = an_csv_file_read(flags.table, score_row, &s, NULL, &error);
    if (err == AN_OK && s.columns == 0) err = an_fail(&error, AN_ERR_INVALID, "%s: empty", flags.table);
    an_forest_free(s.forest);
    an_recipe_done(&s.recipe);
    free(s.position);
    free(s.cells);
    free(s.features);
    return err == AN_OK ? AN_EXIT_OK : an_cli_fail(an_cli_exit_of(err), "%s", error.text);
}
