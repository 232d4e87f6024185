/* anning train --table: from a file of columns. */
#include <stdlib.h>
#include <string.h>

#include "cli/csv_file.h"
#include "cli/train.h"
#include "learn/table.h"

struct training {
    const struct an_train_flags *flags;
    struct an_table table;
    bool begun;
    struct an_recipe recipe, narrow;
    struct an_recipe_traits traits;
    struct an_samples samples;
    struct an_rows rows;
    struct an_fit_plan plans[AN_FIT_PLANS_MAX];
    struct an_fit_options options;
    struct an_card_facts facts;
    struct an_cross cross;
    struct an_fit fit;
    struct an_class_figures *classes; /* [own] */
    float costs[AN_CLASSES_MAX];
    char bounds[AN_RECIPE_BOUNDS_MAX][AN_TABLE_NAME_MAX + 2];
    const char *bound_list[AN_RECIPE_BOUNDS_MAX];
};

static enum an_err take_row(void *user, const struct an_csv *csv, struct an_error *error)
{
    struct training *t = user;
    if (t->begun) return an_table_row(&t->table, csv->cells, csv->count, csv->line, error);
    t->begun = true;
    return an_table_begin(&t->table, csv->cells, csv->count, error);
}

static void show_notice(void *user, const char *text)
{
    (void)user;
    an_cli_note("%s", text);
}

static enum an_err read_table(struct training *t, struct an_error *error)
{
    const struct an_train_flags *flags = t->flags;
    struct an_recipe_spec spec = flags->spec;
    struct an_error reason;
    struct an_card_source *source = &t->facts.sources[t->facts.source_count++];
    static char name[256];
    size_t skipped = 0;
    source->kind = "table";
    source->name = an_train_base_name(flags->table, name, sizeof name);
    enum an_err err = an_csv_file_read(flags->table, take_row, t, source->hash, error);
    if (err != AN_OK) return err;
    if (!t->begun) return an_fail(error, AN_ERR_INVALID, "%s: empty", flags->table);
    source->rows = t->table.rows;
    spec.notice = show_notice;
    err = an_recipe_make(&t->table, &spec, &t->recipe, &t->traits, &reason);
    if (err == AN_OK) err = an_recipe_samples(&t->recipe, &t->table, &spec, &t->samples, &skipped, &reason);
    an_table_done(&t->table);
    if (err != AN_OK) return an_fail(error, err, "%s: %s", flags->table, reason.text);
    if (skipped > 0) fprintf(stderr, "%zu rows have no label and are left out\n", skipped);
    t->facts.rows_skipped = skipped;
    t->rows.at = reallocarray(NULL, t->samples.rows + 1, sizeof *t->rows.at);
    if (t->rows.at == NULL) return an_fail(error, AN_ERR_NO_MEMORY, "no memory");
    for (size_t r = 0; r < t->samples.rows; r++) t->rows.at[r] = (uint32_t)r;
    t->rows.count = t->samples.rows;
    return AN_OK;
}

static void set_options(struct training *t)
{
    const struct an_train_flags *flags = t->flags;
    t->options = (struct an_fit_options) {
        .plans = t->plans,
        .plan_count = an_train_plans(flags, an_fit_table_plans, an_fit_table_plan_count, t->plans),
        .folds = flags->folds,
        .bags = flags->bags == 0 ? 5 : flags->bags,
        .threads = an_train_threads(flags, t->samples.rows * t->recipe.feature_count),
        .seed = flags->seed,
        .unwanted_weight = flags->unwanted_weight,
        .features = t->recipe.features,
        .feature_count = t->recipe.feature_count,
        .monotone = t->traits.monotone,
        .amounts = t->traits.amounts,
    };
    for (size_t b = 0; b < flags->spec.bound_count; b++) {
        snprintf(t->bounds[b], sizeof t->bounds[b], "%c%s", flags->spec.bounds[b].sign > 0 ? '+' : '-',
                 flags->spec.bounds[b].column);
        t->bound_list[b] = t->bounds[b];
    }
}

static enum an_err run(struct training *t, struct an_error *error)
{
    const struct an_train_flags *flags = t->flags;
    struct an_train_bar bar;
    double crossed = flags->cross > 0 ? an_cross_runs(flags->cross, flags->repeat, &t->options) : 0;
    double runs = crossed + (flags->model != NULL || flags->cross == 0 || flags->json ? an_fit_runs(&t->options) : 0);
    enum an_err err = AN_OK;
    an_train_bar_begin(&bar, an_cli_say("training", "训练"), runs);
    t->options.work = &bar.work;
    if (flags->cross > 0)
        err = an_cross(&t->samples, NULL, &t->rows, flags->cross, flags->repeat, &t->options, &t->cross, error);
    if (err == AN_OK && runs > crossed) err = an_fit(&t->samples, NULL, &t->rows, &t->options, &t->fit, error);
    an_train_bar_end(&bar);
    t->options.work = NULL;
    if (err != AN_OK || runs <= crossed) return err;
    return an_train_classes(&t->samples, &t->rows, &t->fit, &t->classes, error);
}

static enum an_err make_forest(struct training *t, struct an_forest **ret_forest, struct an_error *error)
{
    enum an_err err = an_fit_narrow(&t->fit);
    if (err == AN_OK) err = an_recipe_narrow(&t->recipe, t->fit.features, t->fit.feature_count, &t->narrow);
    char(*names)[AN_FOREST_NAME_MAX] = err == AN_OK ? calloc(t->fit.feature_count, sizeof *names) : NULL;
    if (names == NULL) return an_fail(error, AN_ERR_NO_MEMORY, "no memory for the model");
    for (uint32_t f = 0; f < t->narrow.feature_count; f++) an_recipe_feature_name(&t->narrow, f, names[f]);
    struct an_card_facts *facts = &t->facts;
    an_train_facts(t->flags, &t->options, &t->cross, t->classes, facts);
    facts->purpose = "table";
    facts->wanted_share_kept = facts->unwanted_share_kept = 1;
    facts->recipe = &t->narrow;
    facts->bounds = t->bound_list;
    facts->bound_count = t->flags->spec.bound_count;
    return an_card_forest(&t->fit, &t->samples, facts, names, ret_forest, error);
}

static int finish(struct training *t)
{
    struct an_forest *forest;
    struct an_error error;
    if (t->flags->cross > 0 && !t->flags->json) an_train_report_cross(&t->cross, &t->options);
    if (t->fit.plan == NULL) return AN_EXIT_OK; /* only figures were asked for */
    if (!t->flags->json) an_train_report_fit(&t->fit, &t->samples, t->classes, NULL);
    enum an_err err = make_forest(t, &forest, &error);
    if (err != AN_OK) return an_cli_fail(an_cli_exit_of(err), "%s", error.text);
    int status = an_train_finish(t->flags, forest);
    an_forest_free(forest);
    return status;
}

int an_train_table(const struct an_train_flags *flags)
{
    struct training *t = calloc(1, sizeof *t);
    struct an_error error;
    if (t == NULL) return an_cli_fail(AN_EXIT_ENVIRONMENT, "no memory");
    t->flags = flags;
    enum an_err err = read_table(t, &error);
    if (err == AN_OK) err = an_train_costs(flags, &t->samples, t->costs, &error);
    if (err == AN_OK) {
        set_options(t);
        err = run(t, &error);
    }
    int status = err == AN_OK ? finish(t) : an_cli_fail(an_cli_exit_of(err), "%s", error.text);
    an_table_done(&t->table);
    an_recipe_done(&t->recipe);
    an_recipe_done(&t->narrow);
    an_recipe_traits_done(&t->traits);
    an_samples_done(&t->samples);
    an_fit_done(&t->fit);
    free(t->rows.at);
    free(t->classes);
    free(t);
    return status;
}
