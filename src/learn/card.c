#include "learn/card.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "learn/card_drift.h"

/* Four digits are enough of a figure; NaN: null. */
static void add_figure(cJSON *to, const char *name, double value)
{
    char text[40];
    if (!isfinite(value)) {
        cJSON_AddNullToObject(to, name);
        return;
    }
    snprintf(text, sizeof text, fabs(value) >= 1e6 ? "%.0f" : "%.4g", value);
    cJSON_AddRawToObject(to, name, text);
}

static void add_time(cJSON *to, const char *name, uint64_t time_us)
{
    char text[40];
    time_t seconds = (time_t)(time_us / 1000000);
    struct tm parts;
    if (time_us == 0) return;
    gmtime_r(&seconds, &parts);
    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
    cJSON_AddStringToObject(to, name, text);
}

static void add_sources(cJSON *card, const struct an_card_facts *facts)
{
    cJSON *list = cJSON_AddArrayToObject(card, "data");
    for (size_t i = 0; i < facts->source_count; i++) {
        const struct an_card_source *source = &facts->sources[i];
        cJSON *item = cJSON_CreateObject();
        cJSON_AddItemToArray(list, item);
        cJSON_AddStringToObject(item, "kind", source->kind);
        cJSON_AddStringToObject(item, "name", source->name);
        cJSON_AddStringToObject(item, "hash", source->hash);
        cJSON_AddNumberToObject(item, "rows", (double)source->rows);
        add_time(item, "first", source->first_us);
        add_time(item, "last", source->last_us);
    }
}

static void add_rows(cJSON *card, const struct an_fit *fit, const struct an_card_facts *facts)
{
    cJSON *rows = cJSON_AddObjectToObject(card, "rows");
    cJSON_AddNumberToObject(rows, "unwanted", (double)fit->figures.unwanted);
    cJSON_AddNumberToObject(rows, "wanted", (double)fit->figures.wanted);
    cJSON_AddNumberToObject(rows, "left_out", (double)facts->rows_skipped);
    add_figure(rows, "share_of_unwanted_kept", facts->unwanted_share_kept);
    add_figure(rows, "share_of_wanted_kept", facts->wanted_share_kept);
    add_figure(rows, "unwanted_share",
               fit->figures.weight_unwanted / (fit->figures.weight_unwanted + fit->figures.weight_wanted));
}

static void add_parameters(cJSON *card, const struct an_fit *fit, const struct an_card_facts *facts)
{
    const struct an_fit_options *o = facts->options;
    const struct an_fit_plan *plan = fit->plan;
    char version[24];
    cJSON *to = cJSON_AddObjectToObject(card, "parameters");
    cJSON_AddStringToObject(to, "trained_by", "XGBoost");
    cJSON_AddStringToObject(to, "xgboost", an_booster_version(version));
    cJSON_AddStringToObject(to, "plan", plan->name);
    cJSON_AddNumberToObject(to, "depth", plan->depth);
    cJSON_AddNumberToObject(to, "trees_a_bag", fit->rounds);
    cJSON_AddNumberToObject(to, "bags", o->bags);
    add_figure(to, "eta", (double)plan->eta);
    add_figure(to, "subsample", (double)plan->subsample);
    add_figure(to, "features_a_split", (double)plan->features_a_split);
    add_figure(to, "weight_min", (double)plan->weight_min);
    add_figure(to, "lambda", (double)plan->lambda);
    add_figure(to, "unwanted_weight", (double)o->unwanted_weight);
    cJSON_AddNumberToObject(to, "folds", o->folds);
    cJSON_AddNumberToObject(to, "seed", (double)o->seed);
    cJSON_AddNumberToObject(to, "threads", o->threads);
    cJSON *bounds = cJSON_AddArrayToObject(to, "monotone");
    for (size_t b = 0; b < facts->bound_count; b++) cJSON_AddItemToArray(bounds, cJSON_CreateString(facts->bounds[b]));
    cJSON *plans = cJSON_AddObjectToObject(to, "held_loss_of_plans");
    for (unsigned p = 0; p < o->plan_count; p++) add_figure(plans, o->plans[p].name, fit->plan_losses[p]);
}

static void add_figures(cJSON *to, const struct an_figures *f, const char *how)
{
    static const char *const names[AN_FIGURES_RATES] = { "recall_at_fpr_1e-4", "recall_at_fpr_1e-3",
                                                         "recall_at_fpr_1e-2" };
    cJSON_AddStringToObject(to, "how", how);
    add_figure(to, "auc", f->auc);
    add_figure(to, "average_precision", f->average_precision);
    for (int r = 0; r < AN_FIGURES_RATES; r++) add_figure(to, names[r], f->recall[r]);
    add_figure(to, "log_loss", f->log_loss);
    add_figure(to, "ece", f->ece);
    add_figure(to, "weight_above_0.999", f->above_999);
    add_figure(to, "unwanted_share_above_0.999", f->above_999 > 0 ? f->above_999_unwanted : NAN);
    cJSON *bins = cJSON_AddArrayToObject(to, "reliability");
    for (int b = 0; b < AN_FIGURES_BINS; b++) {
        cJSON *bin = cJSON_CreateObject();
        if (f->bins[b].weight <= 0) {
            cJSON_Delete(bin);
            continue;
        }
        cJSON_AddItemToArray(bins, bin);
        add_figure(bin, "said", f->bins[b].mean);
        add_figure(bin, "was", f->bins[b].unwanted);
        add_figure(bin, "weight", f->bins[b].weight);
    }
}

static void add_calibration(cJSON *card, const struct an_fit *fit)
{
    static const char *const names[] = { "none", "platt", "isotonic" };
    cJSON *to = cJSON_AddObjectToObject(card, "calibration");
    cJSON_AddStringToObject(to, "kind", names[fit->calibration.kind]);
    cJSON *losses = cJSON_AddObjectToObject(to, "held_loss");
    for (int k = 0; k <= AN_CALIBRATION_ISOTONIC; k++) add_figure(losses, names[k], fit->calibration_losses[k]);
}

static void add_cross(cJSON *figures, const struct an_card_facts *facts)
{
    const struct an_cross *c = facts->cross;
    char how[120];
    if (c == NULL) return;
    cJSON *to = cJSON_AddObjectToObject(figures, "nested");
    snprintf(how, sizeof how, "nested cross-validation, %u folds, %u times; all choices inside", c->folds, c->repeats);
    add_figures(to, &c->pooled, how);
    cJSON_DeleteItemFromObject(to, "auc");
    add_figure(to, "auc", c->auc);
    add_figure(to, "auc_sd", c->auc_sd);
    add_figure(to, "auc_pooled", c->pooled.auc);
    add_figure(to, "macro_f1", c->macro_f1);
    add_figure(to, "macro_f1_sd", c->macro_f1_sd);
}

static void add_classes(cJSON *figures, const struct an_samples *samples, const struct an_card_facts *facts)
{
    if (facts->classes == NULL) return;
    cJSON *list = cJSON_AddArrayToObject(figures, "classes");
    for (uint32_t c = 0; c < samples->class_count; c++) {
        const struct an_class_figures *of = &facts->classes[c];
        if (of->rows == 0) continue;
        cJSON *item = cJSON_CreateObject();
        cJSON_AddItemToArray(list, item);
        cJSON_AddStringToObject(item, "class", c == 0 ? "(none)" : samples->class_names[c]);
        cJSON_AddNumberToObject(item, "rows", (double)of->rows);
        cJSON_AddNumberToObject(item, "unwanted", (double)of->unwanted);
        add_figure(item, "mean_probability", of->mean);
        add_figure(item, "found_at_fpr_1e-3", of->above);
    }
}

static void add_categories(cJSON *figures, const struct an_card_facts *facts)
{
    const struct an_categories *of = facts->categories;
    if (of == NULL) return;
    cJSON *to = cJSON_AddObjectToObject(figures, "categories");
    cJSON_AddNumberToObject(to, "rows", (double)of->rows);
    cJSON_AddNumberToObject(to, "trees_a_category", of->rounds);
    add_figure(to, "accuracy", of->accuracy);
    cJSON *recall = cJSON_AddObjectToObject(to, "recall");
    for (int c = 0; c < AN_CATEGORY_COUNT; c++)
        if (!isnan(of->recall[c])) add_figure(recall, an_category_name((enum an_category)c), of->recall[c]);
}

/* ---- which features matter ---- */

struct asked {
    uint32_t feature, splits;
};

static int most_asked_first(const void *a, const void *b)
{
    const struct asked *x = a, *y = b;
    if (x->splits != y->splits) return x->splits > y->splits ? -1 : 1;
    return x->feature < y->feature ? -1 : x->feature > y->feature;
}

static bool add_features(cJSON *card, const struct an_fit *fit, const struct an_samples *samples,
                         const char (*names)[AN_FOREST_NAME_MAX])
{
    struct asked asked[AN_FOREST_FEATURES_MAX];
    uint32_t order[AN_FOREST_FEATURES_MAX];
    for (uint32_t f = 0; f < fit->feature_count; f++) asked[f] = (struct asked) { f, 0 };
    for (uint32_t n = 0; n < fit->trees.node_count; n++)
        if (fit->trees.nodes[n].feature != AN_FOREST_LEAF) asked[fit->trees.nodes[n].feature].splits++;
    qsort(asked, fit->feature_count, sizeof asked[0], most_asked_first);
    cJSON_AddNumberToObject(card, "feature_count", fit->feature_count);
    cJSON *list = cJSON_AddObjectToObject(card, "most_asked_features");
    for (uint32_t f = 0; f < fit->feature_count; f++) order[f] = asked[f].feature;
    for (uint32_t f = 0; f < fit->feature_count && f < 20; f++)
        cJSON_AddNumberToObject(list, names[asked[f].feature], asked[f].splits);
    return !samples->is_mini || an_card_drift(card, fit, samples, order, fit->feature_count, names);
}

static char *write_card(const struct an_fit *fit, const struct an_samples *samples, const struct an_card_facts *facts,
                        const char (*names)[AN_FOREST_NAME_MAX])
{
    cJSON *card = cJSON_CreateObject();
    cJSON_AddStringToObject(card, "purpose", facts->purpose);
    cJSON_AddStringToObject(card, "software", "anning " ANNING_VERSION);
    add_time(card, "trained", facts->trained_us);
    cJSON_AddStringToObject(card, "command", facts->command);
    if (facts->licence != NULL)
        cJSON_AddStringToObject(card, "licence_of_data", facts->licence);
    else
        cJSON_AddNullToObject(card, "licence_of_data");
    add_sources(card, facts);
    add_rows(card, fit, facts);
    cJSON *figures = cJSON_AddObjectToObject(card, "figures");
    add_figures(cJSON_AddObjectToObject(figures, "held"), &fit->figures,
                "rows of held folds; number of trees and plan chosen on the same folds");
    add_cross(figures, facts);
    add_classes(figures, samples, facts);
    add_categories(figures, facts);
    add_calibration(card, fit);
    add_parameters(card, fit, facts);
    bool whole = add_features(card, fit, samples, names);
    if (facts->recipe != NULL) cJSON_AddItemToObject(card, "table", an_recipe_json(facts->recipe));
    char *text = whole ? cJSON_PrintUnformatted(card) : NULL;
    cJSON_Delete(card);
    return text;
}

enum an_err an_card_forest(struct an_fit *fit, const struct an_samples *samples, const struct an_card_facts *facts,
                           char (*names)[AN_FOREST_NAME_MAX], struct an_forest **ret_forest, struct an_error *error)
{
    an_assert(fit != NULL && samples != NULL && facts != NULL && names != NULL && ret_forest != NULL);
    struct an_forest *forest = calloc(1, sizeof *forest);
    if (forest == NULL) {
        free(names);
        return an_fail(error, AN_ERR_NO_MEMORY, "no memory for the model");
    }
    forest->card = write_card(fit, samples, facts, (const char(*)[AN_FOREST_NAME_MAX])(const void *)names);
    forest->features = fit->feature_count;
    forest->names = names;
    forest->nodes = fit->trees.nodes;
    forest->means = fit->trees.means;
    forest->node_count = fit->trees.node_count;
    forest->roots = fit->trees.roots;
    forest->root_count = fit->trees.root_count;
    forest->unwanted = fit->sum;
    forest->calibration = fit->calibration;
    if (facts->categories != NULL) memcpy(forest->categories, facts->categories->sums, sizeof forest->categories);
    fit->trees = (struct an_trees) { 0 };
    enum an_err err = forest->card == NULL ? an_fail(error, AN_ERR_NO_MEMORY, "no memory for the card")
                                           : an_forest_check(forest, error);
    if (err == AN_OK)
        *ret_forest = forest;
    else
        an_forest_free(forest);
    return err;
}
