#include "cli/model_compare.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/label_file.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "decide/decide.h"
#include "journal/reader.h"
#include "learn/figures.h"
#include "model/record.h"
#include "score/score.h"

enum { PROGRESS_EVERY = 4096, NAME_SHOWN = 61 };

struct comparison {
    const struct an_model_comparison *asked;
    struct an_settings settings; /* the defaults: the same costs for both */
    struct an_labels labels;
    struct an_samples samples;
    float *scores[2], *probabilities[2]; /* [own] of the samples */
    size_t room;
    struct an_vector vector; /* the next calls to score */
    struct an_call calls[AN_VECTOR_MAX];
    const struct an_label *label_of[AN_VECTOR_MAX];
    struct an_grounds grounds[AN_VECTOR_MAX]; /* on record */
    uint8_t level[AN_VECTOR_MAX];
    uint64_t verdicts, unlabelled, damaged, actions[AN_ACTION_COUNT][AN_ACTION_COUNT];
    double apart; /* sum of differences of probabilities */
};

static enum an_err make_room(struct comparison *c, size_t rows)
{
    if (rows <= c->room) return AN_OK;
    size_t room = c->room == 0 ? 4096 : 2 * c->room;
    for (int m = 0; m < 2; m++) {
        float *scores = reallocarray(c->scores[m], room, sizeof *scores);
        if (scores != NULL) c->scores[m] = scores;
        float *probabilities = reallocarray(c->probabilities[m], room, sizeof *probabilities);
        if (probabilities != NULL) c->probabilities[m] = probabilities;
        if (scores == NULL || probabilities == NULL) return AN_ERR_NO_MEMORY;
    }
    c->room = room;
    return AN_OK;
}

static enum an_err keep(struct comparison *c, const struct an_label *label, const struct an_verdict *by[2])
{
    const struct an_sample sample = {
        .unwanted = label->unwanted, .category = label->category, .class_of = label->class_of, .weight = label->weight
    };
    size_t row;
    enum an_err err = an_samples_add(&c->samples, &sample, &row);
    if (err == AN_OK) err = make_room(c, row + 1);
    for (int m = 0; m < 2 && err == AN_OK; m++) {
        c->scores[m][row] = by[m]->log_odds;
        c->probabilities[m][row] = by[m]->probability;
    }
    return err;
}

/* The vector's calls by both. What the features do not decide (lists, emergencies) is as it was. */
static enum an_err score(struct comparison *c)
{
    static struct an_verdict verdicts[2][AN_VECTOR_MAX];
    const unsigned computed = AN_RULE_OWN_EVIDENCE | AN_RULE_RELATION;
    enum an_err err = AN_OK;
    for (int m = 0; m < 2; m++) {
        an_score_vector(&c->vector, c->asked->models[m], NULL);
        for (uint32_t i = 0; i < c->vector.count; i++) verdicts[m][i] = c->calls[i].verdict;
    }
    for (uint32_t i = 0; i < c->vector.count && err == AN_OK; i++) {
        const struct an_verdict *by[2] = { &verdicts[0][i], &verdicts[1][i] };
        unsigned action[2];
        for (int m = 0; m < 2; m++) {
            struct an_grounds grounds = c->grounds[i];
            grounds.rules = (by[m]->rules & computed) | (grounds.rules & ~computed);
            grounds.probability = by[m]->probability;
            action[m] = an_decide_action(&c->settings.policy, &grounds);
        }
        c->actions[action[0]][action[1]]++;
        c->apart += fabs((double)by[0]->probability - (double)by[1]->probability);
        c->verdicts++;
        if (c->label_of[i] != NULL) err = keep(c, c->label_of[i], by);
    }
    c->vector.count = 0;
    return err;
}

static enum an_err take(struct comparison *c, const struct an_journal_entry *entry)
{
    struct an_record record;
    struct an_label *label = NULL;
    if (an_record_decode(entry->type, entry->payload, entry->len, &record) != AN_OK) return AN_OK; /* a newer one */
    if ((record.verdict.rules & AN_RULE_FALLBACK) != 0) return AN_OK;
    if (c->asked->label_count > 0) {
        label = an_labels_find(&c->labels, &record.token);
        if (label == NULL || label->found) {
            c->unlabelled += label == NULL;
            return AN_OK;
        }
        label->found = true;
    }
    uint32_t i = c->vector.count++;
    for (int f = 0; f < AN_FEATURE_COUNT; f++) c->vector.features[f][i] = an_mini_float(record.verdict.features[f]);
    c->calls[i].enriched.obs.kind = AN_OBS_ATTEMPT;
    c->label_of[i] = label;
    c->grounds[i] = an_grounds_of(&record.verdict);
    if (c->grounds[i].level >= AN_LEVEL_COUNT) c->grounds[i].level = AN_LEVEL_STANDARD;
    return c->vector.count == AN_VECTOR_MAX ? score(c) : AN_OK;
}

static enum an_err read_journal(struct comparison *c, struct an_error *error)
{
    const struct an_journal_filter filter = { .types = 1u << AN_RECORD_VERDICT };
    struct an_journal_reader *reader;
    struct an_journal_entry entry;
    struct an_progress progress;
    enum an_err err = an_journal_reader_open(c->asked->data, &filter, &reader, error);
    if (err != AN_OK) return err;
    an_progress_begin(&progress, an_cli_say("comparing", "比较"), AN_PROGRESS_BYTES);
    for (uint64_t n = 1; (err = an_journal_reader_next(reader, &entry)) == AN_OK || err == AN_ERR_CORRUPT; n++) {
        uint64_t done, total;
        if (err == AN_ERR_CORRUPT)
            c->damaged++;
        else if (take(c, &entry) != AN_OK)
            break;
        if (n % PROGRESS_EVERY != 0) continue;
        an_journal_reader_progress(reader, &done, &total);
        an_progress_update(&progress, done, total);
    }
    if (err == AN_ERR_END) err = score(c);
    an_progress_end(&progress);
    an_journal_reader_close(reader);
    if (err == AN_ERR_IO) return an_fail(error, err, "%s: the journal can't be read", c->asked->data);
    return err == AN_OK ? AN_OK
                        : an_fail(error, AN_ERR_NO_MEMORY, "no memory for more than %zu calls", c->samples.rows);
}

static void show_actions(const struct comparison *c)
{
    const char *headers[1 + AN_ACTION_COUNT];
    char title[NAME_SHOWN * 2 + 8], names[AN_ACTION_COUNT][16];
    snprintf(title, sizeof title, "%.60s \\ %.60s", c->asked->names[0], c->asked->names[1]);
    headers[0] = title;
    for (int a = 0; a < AN_ACTION_COUNT; a++) {
        snprintf(names[a], sizeof names[a], ">%s", an_action_name((enum an_action)a));
        headers[1 + a] = names[a];
    }
    struct an_grid *grid = an_grid_new(1 + AN_ACTION_COUNT, headers);
    for (int a = 0; a < AN_ACTION_COUNT; a++) {
        char counts[AN_ACTION_COUNT][32];
        const char *cells[1 + AN_ACTION_COUNT] = { an_action_name((enum an_action)a) };
        for (int b = 0; b < AN_ACTION_COUNT; b++) cells[1 + b] = an_text_count(c->actions[a][b], counts[b]);
        an_grid_row(grid, cells);
    }
    puts(an_cli_say("What would be done, at the default costs:", "按默认代价会如何处置："));
    an_grid_print(grid, stdout);
    an_grid_free(grid);
    printf("%s %.4f\n", an_cli_say("Their probabilities are apart by, on average,", "两者概率平均相差"),
           c->verdicts == 0 ? 0 : c->apart / (double)c->verdicts);
}

static void figure_row(struct an_grid *grid, const char *label, double a, double b)
{
    char left[32] = "-", right[32] = "-";
    if (isfinite(a)) snprintf(left, sizeof left, "%.4f", a);
    if (isfinite(b)) snprintf(right, sizeof right, "%.4f", b);
    const char *cells[] = { label, left, right };
    an_grid_row(grid, cells);
}

static enum an_err show_figures(const struct comparison *c)
{
    static const char *const en[AN_FIGURES_RATES] = { "found at 1 in 10,000", "found at 1 in 1,000",
                                                      "found at 1 in 100" };
    static const char *const zh[AN_FIGURES_RATES] = { "误判万分之一时召回", "误判千分之一时召回",
                                                      "误判百分之一时召回" };
    struct an_figures f[2];
    struct an_rows rows = { 0 };
    char names[2][NAME_SHOWN + 2];
    enum an_err err = AN_OK;
    rows.at = reallocarray(NULL, c->samples.rows + 1, sizeof *rows.at);
    if (rows.at == NULL) return AN_ERR_NO_MEMORY;
    for (size_t r = 0; r < c->samples.rows; r++) rows.at[rows.count++] = (uint32_t)r;
    for (int m = 0; m < 2 && err == AN_OK; m++) {
        err = an_figures_take(&c->samples, &rows, c->scores[m], c->probabilities[m], NAN, &f[m]);
        snprintf(names[m], sizeof names[m], ">%.60s", c->asked->names[m]);
    }
    free(rows.at);
    if (err != AN_OK) return err;
    const char *headers[] = { an_cli_say("on labelled calls", "在有标签的呼叫上"), names[0], names[1] };
    struct an_grid *grid = an_grid_new(3, headers);
    figure_row(grid, "AUC", f[0].auc, f[1].auc);
    figure_row(grid, an_cli_say("average precision", "平均精度"), f[0].average_precision, f[1].average_precision);
    for (int r = 0; r < AN_FIGURES_RATES; r++)
        figure_row(grid, an_cli_say(en[r], zh[r]), f[0].recall[r], f[1].recall[r]);
    figure_row(grid, an_cli_say("log loss", "对数损失"), f[0].log_loss, f[1].log_loss);
    figure_row(grid, an_cli_say("calibration error", "校准误差"), f[0].ece, f[1].ece);
    an_grid_print(grid, stdout);
    an_grid_free(grid);
    return AN_OK;
}

static enum an_err read_all(struct comparison *c, struct an_error *error)
{
    if (an_settings_init(&c->settings) != AN_OK) return an_fail(error, AN_ERR_NO_MEMORY, "no memory");
    an_samples_init(&c->samples, 1, true);
    c->vector.calls = c->calls;
    enum an_err err = AN_OK;
    if (c->asked->label_count > 0)
        err = an_labels_load(c->asked->labels, c->asked->label_count, 1, 1, &c->samples, &c->labels, error);
    return err == AN_OK ? read_journal(c, error) : err;
}

static enum an_err report(const struct comparison *c, struct an_error *error)
{
    char calls[AN_TEXT_COUNTED_MAX], more[AN_TEXT_COUNTED_MAX];
    size_t unwanted, wanted;
    printf("%s: %s\n", c->asked->data, an_text_counted(c->verdicts, "call", "calls", calls));
    if (c->unlabelled > 0)
        printf("%s\n", an_text_counted(c->unlabelled, "call without a label is left out",
                                       "calls without a label are left out", more));
    if (c->damaged > 0)
        printf("%s\n",
               an_text_counted(c->damaged, "damaged record is passed over", "damaged records are passed over", more));
    show_actions(c);
    if (c->asked->label_count == 0) return AN_OK;
    an_samples_count(&c->samples, &unwanted, &wanted);
    if (unwanted == 0 || wanted == 0)
        return an_fail(error, AN_ERR_NOT_FOUND, "%zu unwanted and %zu wanted calls have a label; figures need both",
                       unwanted, wanted);
    return show_figures(c) == AN_OK ? AN_OK : an_fail(error, AN_ERR_NO_MEMORY, "no memory");
}

int an_model_compare(const struct an_model_comparison *comparison)
{
    struct comparison *c = calloc(1, sizeof *c);
    struct an_error error;
    if (c == NULL) return an_cli_fail(AN_EXIT_ENVIRONMENT, "no memory");
    c->asked = comparison;
    enum an_err err = read_all(c, &error);
    if (err == AN_OK) err = report(c, &error);
    an_settings_done(&c->settings);
    an_labels_done(&c->labels);
    an_samples_done(&c->samples);
    for (int m = 0; m < 2; m++) {
        free(c->scores[m]);
        free(c->probabilities[m]);
    }
    free(c);
    if (err == AN_OK) return AN_EXIT_OK;
    return an_cli_fail(an_cli_exit_of(err), "%s", error.text);
}
