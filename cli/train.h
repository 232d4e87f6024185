/* What the ways of training share: flags, progress, the report. Layer: cli. */
#ifndef ANNING_CLI_TRAIN_H
#define ANNING_CLI_TRAIN_H

#include "cli/cli.h"
#include "cli/progress.h"
#include "learn/card.h"

enum { AN_TRAIN_FILES_MAX = 64 };

struct an_train_flags {
    const char *table, *model, *licence;
    struct an_recipe_spec spec; /* label, features, exclude, group, weight, class, monotone */
    size_t data_count, labels_count;
    const char *data[AN_TRAIN_FILES_MAX], *labels[AN_TRAIN_FILES_MAX];
    unsigned cross, repeat, folds, bags, threads, plans, trees, depth;
    uint64_t seed, rows;
    float unwanted_weight;
    size_t cost_count;
    struct {
        const char *name;
        float cost;
    } costs[AN_CLASSES_MAX]; /* --class-weight */
    bool json;
    char command[4096]; /* the whole line, for the card; of paths the last part only, "..." where it is cut off */
};

int an_train_table(const struct an_train_flags *flags);
int an_train_calls(const struct an_train_flags *flags);

/* "dir/train.csv/" -> "train.csv". */
const char *an_train_base_name(const char *path, char *out, size_t size);
/* Plans with what the flags change; out: AN_FIT_PLANS_MAX. Returns how many. */
unsigned an_train_plans(const struct an_train_flags *flags, const struct an_fit_plan *from, unsigned count,
                        struct an_fit_plan *out);

/* Now, or SOURCE_DATE_EPOCH where somebody wants the same file twice (reproducible-builds.org). */
uint64_t an_train_now_us(void);
/* What --threads says; else one for a small table, where threads wait more for each other than they work, and two. */
unsigned an_train_threads(const struct an_train_flags *flags, size_t cells);

/* What --class-weight says, by class of the samples, into out (AN_CLASSES_MAX rows). AN_ERR_NOT_FOUND: a class that no
 * row has. */
enum an_err an_train_costs(const struct an_train_flags *flags, struct an_samples *samples, float *out,
                           struct an_error *error);

/* Figures by class of the held rows, at the threshold that calls one wanted in a thousand unwanted. *ret_classes [own]
 * is left alone where the samples have no classes. AN_OK or AN_ERR_NO_MEMORY. */
enum an_err an_train_classes(const struct an_samples *samples, const struct an_rows *rows, const struct an_fit *fit,
                             struct an_class_figures **ret_classes, struct an_error *error);
/* What every card tells of a run. cross: used where flags ask for one. */
void an_train_facts(const struct an_train_flags *flags, const struct an_fit_options *options,
                    const struct an_cross *cross, const struct an_class_figures *classes,
                    struct an_card_facts *ret_facts);

/* Draws runs of an_fit_work; label [borrow]. */
struct an_train_bar {
    struct an_progress progress;
    struct an_fit_work work;
};
void an_train_bar_begin(struct an_train_bar *bar, const char *label, double runs);
void an_train_bar_end(struct an_train_bar *bar);

/* To standard output; cross may be NULL. */
void an_train_report_cross(const struct an_cross *cross, const struct an_fit_options *options);
void an_train_report_fit(const struct an_fit *fit, const struct an_samples *samples,
                         const struct an_class_figures *classes, const struct an_categories *categories);
/* Saves and says so, or prints the card (--json); model may be NULL: nothing is kept. Returns an exit code. */
int an_train_finish(const struct an_train_flags *flags, struct an_forest *forest);

#endif
