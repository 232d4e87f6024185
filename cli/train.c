#include "cli/train.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/nearest.h"
#include "cli/inert.h"
#include "cli/output.h"

const char *an_train_base_name(const char *path, char *out, size_t size)
{
    size_t end = strlen(path);
    while (end > 1 && path[end - 1] == '/') end--;
    size_t begin = end;
    while (begin > 0 && path[begin - 1] != '/') begin--;
    an_slice_copy((struct an_slice) { path + begin, end - begin }, out, size);
    return out;
}

unsigned an_train_plans(const struct an_train_flags *flags, const struct an_fit_plan *from, unsigned count,
                        struct an_fit_plan *out)
{
    if (flags->plans > 0 && flags->plans < count) count = flags->plans;
    for (unsigned p = 0; p < count; p++) {
        out[p] = from[p];
        if (flags->trees > 0) out[p].rounds = flags->trees;
        if (flags->depth > 0) out[p].depth = flags->depth;
    }
    return count;
}

unsigned an_train_threads(const struct an_train_flags *flags, size_t cells)
{
    enum { SMALL = 1 << 22 };
    if (flags->threads > 0) return flags->threads;
    return cells < SMALL ? 1 : 2;
}

uint64_t an_train_now_us(void)
{
    const char *epoch = getenv("SOURCE_DATE_EPOCH");
    uint64_t seconds;
    if (epoch != NULL && an_slice_u64(an_slice_of(epoch), 1ull << 40, &seconds) == AN_OK) return seconds * AN_US_PER_S;
    return an_clock_wall_us();
}

static uint32_t class_named(const struct an_samples *samples, const char *name)
{
    uint32_t c = 1;
    while (c < samples->class_count && strcmp(samples->class_names[c], name) != 0) c++;
    return c;
}

enum an_err an_train_costs(const struct an_train_flags *flags, struct an_samples *samples, float *out,
                           struct an_error *error)
{
    for (int c = 0; c < AN_CLASSES_MAX; c++) out[c] = 1;
    for (size_t i = 0; i < flags->cost_count; i++) {
        uint32_t at = class_named(samples, flags->costs[i].name);
        if (at >= samples->class_count) {
            const char *names[AN_CLASSES_MAX];
            for (uint32_t c = 1; c < samples->class_count; c++) names[c - 1] = samples->class_names[c];
            const char *near = samples->class_count < 2
                                   ? NULL
                                   : an_nearest(an_slice_of(flags->costs[i].name), names, samples->class_count - 1);
            return an_fail(error, AN_ERR_NOT_FOUND, "--class-weight: no row is of class \"%s\"%s%s%s",
                           flags->costs[i].name, near == NULL ? "" : "; did you mean \"", near == NULL ? "" : near,
                           near == NULL ? "" : "\"?");
        }
        out[at] = flags->costs[i].cost;
    }
    if (flags->cost_count > 0) samples->class_costs = out;
    return AN_OK;
}

/* ---- progress ---- */

enum an_err an_train_classes(const struct an_samples *samples, const struct an_rows *rows, const struct an_fit *fit,
                             struct an_class_figures **ret_classes, struct an_error *error)
{
    if (samples->class_count == 0) return AN_OK;
    struct an_class_figures *classes = calloc(samples->class_count, sizeof *classes);
    if (classes == NULL) return an_fail(error, AN_ERR_NO_MEMORY, "no memory");
    an_figures_classes(samples, rows, fit->held_scores, fit->held_probabilities,
                       isnan(fit->figures.threshold[1]) ? 0 : fit->figures.threshold[1], classes);
    *ret_classes = classes;
    return AN_OK;
}

void an_train_facts(const struct an_train_flags *flags, const struct an_fit_options *options,
                    const struct an_cross *cross, const struct an_class_figures *classes,
                    struct an_card_facts *ret_facts)
{
    ret_facts->command = flags->command;
    ret_facts->licence = flags->licence;
    ret_facts->trained_us = an_train_now_us();
    ret_facts->options = options;
    ret_facts->cross = flags->cross > 0 ? cross : NULL;
    ret_facts->classes = classes;
}

enum { STEPS_A_RUN = 100 };

static bool tell(void *user, double done, double total)
{
    struct an_train_bar *bar = user;
    an_progress_update(&bar->progress, (uint64_t)(done * STEPS_A_RUN), (uint64_t)(total * STEPS_A_RUN));
    return true;
}

void an_train_bar_begin(struct an_train_bar *bar, const char *label, double runs)
{
    an_progress_begin(&bar->progress, label, AN_PROGRESS_ITEMS);
    bar->progress.items = an_cli_say("steps", "步");
    bar->work = (struct an_fit_work) { .tell = tell, .user = bar, .total = runs };
}

void an_train_bar_end(struct an_train_bar *bar)
{
    an_progress_end(&bar->progress);
}

/* ---- the report ---- */

/* A line of the report: what, and a text. */
static void line(const char *what, const char *text)
{
    printf("  ");
    an_text_pad(stdout, what, 34, false);
    printf("%s\n", text);
}

static void number(const char *what, double value)
{
    char text[40] = "-";
    if (isfinite(value)) snprintf(text, sizeof text, "%.4f", value);
    line(what, text);
}

static void spread(const char *what, double value, double sd)
{
    char text[80];
    snprintf(text, sizeof text, an_cli_say("%.4f (folds differ by %.4f)", "%.4f（各折标准差%.4f）"), value, sd);
    line(what, text);
}

static void show_recalls(const struct an_figures *f)
{
    static const char *const en[AN_FIGURES_RATES] = { "found at 1 wanted in 10,000", "found at 1 wanted in 1,000",
                                                      "found at 1 wanted in 100" };
    static const char *const zh[AN_FIGURES_RATES] = { "误判万分之一时的召回", "误判千分之一时的召回",
                                                      "误判百分之一时的召回" };
    for (int r = 0; r < AN_FIGURES_RATES; r++) number(an_cli_say(en[r], zh[r]), f->recall[r]);
}

static void show_losses(const struct an_figures *f)
{
    number(an_cli_say("average precision", "平均精度"), f->average_precision);
    show_recalls(f);
    number(an_cli_say("log loss", "对数损失"), f->log_loss);
    number(an_cli_say("expected calibration error", "期望校准误差"), f->ece);
}

void an_train_report_cross(const struct an_cross *cross, const struct an_fit_options *options)
{
    printf(an_cli_say("Nested cross-validation, %u folds, %u times; all choices inside:\n",
                      "嵌套交叉验证，%u折，%u次，所有选择均在内层进行：\n"),
           cross->folds, cross->repeats);
    spread(an_cli_say("AUC", "AUC"), cross->auc, cross->auc_sd);
    spread(an_cli_say("macro F1", "宏平均F1"), cross->macro_f1, cross->macro_f1_sd);
    show_losses(&cross->pooled);
    for (unsigned p = 0; p < options->plan_count; p++) {
        char text[80];
        if (cross->plans[p] == 0 || options->plan_count == 1) continue;
        snprintf(text, sizeof text, an_cli_say("%u times of %u", "%u次（共%u次）"), cross->plans[p],
                 cross->folds * cross->repeats);
        char what[80];
        snprintf(what, sizeof what, an_cli_say("chosen: %s", "选中：%s"), options->plans[p].name);
        line(what, text);
    }
}

static void show_classes(const struct an_samples *samples, const struct an_class_figures *classes)
{
    const char *const headers[] = { an_cli_say("class", "类别"), an_cli_say(">rows", ">行数"),
                                    an_cli_say(">unwanted", ">不受欢迎"), an_cli_say(">mean probability", ">平均概率"),
                                    an_cli_say(">at 1 in 1,000", ">千分之一处") };
    struct an_grid *grid = an_grid_new(5, headers);
    for (uint32_t c = 0; c < samples->class_count; c++) {
        char rows[32], unwanted[32], mean[32], above[32];
        if (classes[c].rows == 0) continue;
        snprintf(mean, sizeof mean, "%.4f", classes[c].mean);
        snprintf(above, sizeof above, "%.2f %%", 100 * classes[c].above);
        const char *cells[] = { c == 0 ? "-" : samples->class_names[c], an_text_count(classes[c].rows, rows),
                                an_text_count(classes[c].unwanted, unwanted), mean, above };
        an_grid_row(grid, cells);
    }
    an_grid_print(grid, stdout);
    an_grid_free(grid);
}

static void show_categories(const struct an_categories *of)
{
    if (isnan(of->accuracy)) {
        puts(an_cli_say("Categories: no category is in two groups, so no held row tells how good they are.",
                        "类别：没有一个类别出现在两个组中，无法在留出数据上评估。"));
        return;
    }
    printf(an_cli_say("Categories, on held rows: %.1f %% right.\n", "类别（留出数据）：%.1f %% 正确。\n"),
           100 * of->accuracy);
    for (int c = 0; c < AN_CATEGORY_COUNT; c++)
        if (!isnan(of->recall[c]))
            number(an_cli_language() == AN_LANGUAGE_ZH ? an_category_zh((enum an_category)c)
                                                       : an_category_name((enum an_category)c),
                   of->recall[c]);
}

void an_train_report_fit(const struct an_fit *fit, const struct an_samples *samples,
                         const struct an_class_figures *classes, const struct an_categories *categories)
{
    static const char *const kinds[] = { "none", "Platt", "isotonic" };
    char rows[32], unwanted[32], text[160];
    fputs(an_cli_say("The model, on rows held back while it was chosen:\n", "模型（在选择过程中留出的数据上）：\n"),
          stdout);
    snprintf(text, sizeof text, an_cli_say("%s, of which %s unwanted", "%s，其中不受欢迎%s"),
             an_text_count(samples->rows, rows), an_text_count(fit->figures.unwanted, unwanted));
    line(an_cli_say("rows", "行数"), text);
    snprintf(text, sizeof text, an_cli_say("%s: %u of depth %u over %u features", "%s：%u棵，深度%u，特征%u个"),
             fit->plan->name, fit->sum.trees, fit->plan->depth, fit->feature_count);
    line(an_cli_say("trees", "树"), text);
    line(an_cli_say("calibration", "校准"), kinds[fit->calibration.kind]);
    number("AUC", fit->figures.auc);
    show_losses(&fit->figures);
    if (classes != NULL) show_classes(samples, classes);
    if (categories != NULL) show_categories(categories);
}

int an_train_finish(const struct an_train_flags *flags, struct an_forest *forest)
{
    struct an_error error;
    if (flags->model != NULL && an_forest_save(forest, flags->model, &error) != AN_OK)
        return an_cli_fail(AN_EXIT_ENVIRONMENT, "%s", error.text);
    if (flags->json)
        an_inert_json_line(forest->card);
    else if (flags->model != NULL)
        printf(an_cli_say("Saved: %s, version %016llx\n", "已保存：%s，版本%016llx\n"), flags->model,
               (unsigned long long)forest->version);
    return AN_EXIT_OK;
}
