/* anning train --data: from calls in journals, with labels. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/hash.h"
#include "cli/label_file.h"
#include "cli/train.h"
#include "journal/reader.h"
#include "model/record.h"

enum { PROGRESS_EVERY = 4096, PLANS = 1 };

static const int8_t bounds[AN_FEATURE_COUNT] = {
#define AN_BOUND(feature, sign) [AN_F_##feature] = sign,
#include "learn/monotone.def"
#undef AN_BOUND
};

struct training {
    const struct an_train_flags *flags;
    struct an_label_counts counts;
    double unwanted_share, wanted_share; /* kept */
    struct an_samples samples;
    struct an_cuts cuts;
    struct an_rows rows;
    struct an_derived features[AN_FEATURE_COUNT];
    struct an_fit_plan plans[PLANS];
    struct an_fit_options options;
    struct an_card_facts facts;
    struct an_cross cross;
    struct an_fit fit;
    struct an_categories categories;
    bool has_categories;
    struct an_class_figures *classes; /* [own] */
    float costs[AN_CLASSES_MAX];
    char names[2 * AN_TRAIN_FILES_MAX][64];
    char bound_texts[AN_FEATURE_COUNT][48];
    const char *bound_list[AN_FEATURE_COUNT];
    uint64_t unlabelled, unmatched;
};

/* ---- calls ---- */

struct folder {
    struct training *t;
    struct an_labels *labels;
    uint64_t salt; /* tells campaigns of label files apart that do not know of each other */
    struct an_card_source *source;
    uint64_t hash;
};

/* A caller is one group, a campaign another: neither is on both sides of a split. */
static uint64_t group_of(const struct folder *folder, const struct an_label *label, an_number caller)
{
    if (label->campaign > 0) return an_mix2(label->campaign, folder->salt + 1);
    return an_mix2(caller, 0);
}

static enum an_err add_call(struct folder *folder, const struct an_record *record, const struct an_label *label,
                            struct an_error *error)
{
    struct training *t = folder->t;
    double share = label->unwanted ? t->unwanted_share : t->wanted_share;
    const struct an_sample sample = { .unwanted = label->unwanted,
                                      .category = label->category,
                                      .class_of = label->class_of,
                                      .weight = (float)((double)label->weight / share),
                                      .group = group_of(folder, label, record->obs.caller) };
    size_t row;
    if (an_samples_add(&t->samples, &sample, &row) != AN_OK)
        return an_fail(error, AN_ERR_NO_MEMORY, "no memory for more than %zu calls; --rows takes fewer",
                       t->samples.rows);
    memcpy(t->samples.minis + row * AN_FEATURE_COUNT, record->verdict.features, sizeof record->verdict.features);
    return AN_OK;
}

static enum an_err take_verdict(struct folder *folder, const struct an_journal_entry *entry, struct an_error *error)
{
    struct an_record record;
    if (an_record_decode(entry->type, entry->payload, entry->len, &record) != AN_OK) return AN_OK; /* a newer one */
    if ((record.verdict.rules & AN_RULE_FALLBACK) != 0) return AN_OK; /* nothing was counted */
    struct an_label *label = an_labels_find(folder->labels, &record.token);
    if (label == NULL) {
        folder->t->unlabelled++;
        return AN_OK;
    }
    if (label->found) return AN_OK; /* the same call from another folder */
    label->found = true;
    folder->hash = an_mix2(folder->hash, an_hash64(entry->payload, entry->len, 0));
    if (folder->source->first_us == 0) folder->source->first_us = entry->time_us;
    folder->source->last_us = entry->time_us;
    folder->source->rows++;
    return add_call(folder, &record, label, error);
}

static enum an_err read_journal(struct folder *folder, const char *dir, struct an_error *error)
{
    const struct an_journal_filter filter = { .types = 1u << AN_RECORD_VERDICT };
    struct an_journal_reader *reader;
    struct an_journal_entry entry;
    struct an_progress progress;
    enum an_err err = an_journal_reader_open(dir, &filter, &reader, error);
    if (err != AN_OK) return err;
    an_progress_begin(&progress, dir, AN_PROGRESS_BYTES);
    uint64_t seen = 0, damaged = 0;
    while ((err = an_journal_reader_next(reader, &entry)) == AN_OK || err == AN_ERR_CORRUPT) {
        uint64_t done, total;
        if (err == AN_ERR_CORRUPT)
            damaged++;
        else if ((err = take_verdict(folder, &entry, error)) != AN_OK)
            break;
        if (++seen % PROGRESS_EVERY != 0) continue;
        an_journal_reader_progress(reader, &done, &total);
        an_progress_update(&progress, done, total);
    }
    an_progress_end(&progress);
    an_journal_reader_close(reader);
    if (damaged > 0)
        fprintf(stderr, "%s: %" PRIu64 " damaged places are passed over; `anning journal verify` shows them\n", dir,
                damaged);
    if (err == AN_ERR_IO) return an_fail(error, err, "%s: the journal can't be read", dir);
    return err == AN_ERR_END ? AN_OK : err;
}

static struct an_card_source *add_source(struct training *t, const char *kind, const char *path)
{
    size_t at = t->facts.source_count++;
    struct an_card_source *source = &t->facts.sources[at];
    source->kind = kind;
    source->name = an_train_base_name(path, t->names[at], sizeof t->names[at]);
    return source;
}

/* One folder with the labels that are its own, or several that share theirs. */
static enum an_err read_folders(struct training *t, const char *const *files, size_t file_count, size_t first,
                                size_t count, struct an_error *error)
{
    struct an_labels labels = { 0 };
    enum an_err err =
        an_labels_load(files, file_count, t->unwanted_share, t->wanted_share, &t->samples, &labels, error);
    for (size_t d = first; d < first + count && err == AN_OK; d++) {
        struct folder folder = {
            .t = t, .labels = &labels, .salt = first, .source = add_source(t, "journal", t->flags->data[d])
        };
        err = read_journal(&folder, t->flags->data[d], error);
        snprintf(folder.source->hash, sizeof folder.source->hash, "xxh3:%016" PRIx64, folder.hash);
    }
    for (size_t i = 0; err == AN_OK && i < labels.count; i++) t->unmatched += !labels.at[i].found;
    an_labels_done(&labels);
    return err;
}

/* Unwanted calls are the rarer and the dearer ones: they get at least half of the rows. */
static void choose_shares(struct training *t)
{
    double most = (double)t->flags->rows, unwanted = (double)t->counts.unwanted, wanted = (double)t->counts.wanted;
    double kept = unwanted <= most / 2        ? unwanted
                  : unwanted + wanted <= most ? unwanted
                                              : fmax(most / 2, most - wanted);
    t->unwanted_share = unwanted > 0 ? fmin(1, kept / unwanted) : 1;
    t->wanted_share = wanted > 0 ? fmin(1, (most - fmin(kept, unwanted)) / wanted) : 1;
    if (t->unwanted_share < 1 || t->wanted_share < 1)
        fprintf(stderr,
                "%.0f labels are more than --rows %" PRIu64 ": %.3g of the unwanted and %.3g of the wanted calls are "
                "kept, with weights that make up for it\n",
                unwanted + wanted, t->flags->rows, t->unwanted_share, t->wanted_share);
}

static enum an_err read_calls(struct training *t, struct an_error *error)
{
    const struct an_train_flags *f = t->flags;
    enum an_err err = an_labels_count(f->labels, f->labels_count, &t->counts, error);
    if (err != AN_OK) return err;
    choose_shares(t);
    for (size_t l = 0; l < f->labels_count; l++) {
        struct an_card_source *source = add_source(t, "labels", f->labels[l]);
        memcpy(source->hash, t->counts.hashes[l], sizeof t->counts.hashes[l]);
        source->rows = t->counts.lines[l];
    }
    if (f->labels_count == f->data_count)
        for (size_t d = 0; d < f->data_count && err == AN_OK; d++) err = read_folders(t, &f->labels[d], 1, d, 1, error);
    else
        err = read_folders(t, f->labels, f->labels_count, 0, f->data_count, error);
    if (err != AN_OK) return err;
    if (t->samples.rows == 0)
        return an_fail(error, AN_ERR_NOT_FOUND,
                       "no call in the journal has a label: %" PRIu64 " calls, %" PRIu64
                       " labels; do the labels belong to this folder?",
                       t->unlabelled, t->counts.unwanted + t->counts.wanted);
    if (t->unmatched > 0) fprintf(stderr, "%" PRIu64 " labels name no call of the journal\n", t->unmatched);
    if (t->unlabelled > 0)
        fprintf(stderr, "%" PRIu64 " calls have no label, or one that was not kept, and are left out\n", t->unlabelled);
    t->facts.rows_skipped = t->unlabelled;
    return AN_OK;
}

/* ---- learning ---- */

static enum an_err prepare(struct training *t, struct an_error *error)
{
    uint32_t count = 0;
    size_t unwanted, wanted;
    an_samples_count(&t->samples, &unwanted, &wanted);
    if (unwanted == 0 || wanted == 0)
        return an_fail(error, AN_ERR_INVALID,
                       "all %zu labelled calls are %s; learning needs both unwanted and wanted ones", t->samples.rows,
                       unwanted == 0 ? "wanted" : "unwanted");
    t->rows.at = reallocarray(NULL, t->samples.rows, sizeof *t->rows.at);
    if (t->rows.at == NULL || an_cuts_make(&t->samples, &t->cuts) != AN_OK)
        return an_fail(error, AN_ERR_NO_MEMORY, "no memory");
    for (size_t r = 0; r < t->samples.rows; r++) t->rows.at[t->rows.count++] = (uint32_t)r;
    for (uint32_t f = 0; f < AN_FEATURE_COUNT; f++) {
        if (t->cuts.counts[f] == 0) continue; /* the same for all calls */
        t->features[count++] = (struct an_derived) { AN_DERIVE_VALUE, (uint16_t)f, 0 };
        if (bounds[f] == 0) continue;
        char *text = t->bound_texts[t->facts.bound_count];
        snprintf(text, sizeof t->bound_texts[0], "%c%s", bounds[f] > 0 ? '+' : '-', an_feature_info[f].name);
        t->bound_list[t->facts.bound_count++] = text;
    }
    if (count == 0) return an_fail(error, AN_ERR_INVALID, "all calls have the same features");
    t->options = (struct an_fit_options) { .plans = t->plans,
                                           .plan_count = an_train_plans(t->flags, &an_fit_call_plan, PLANS, t->plans),
                                           .folds = t->flags->folds,
                                           .bags = t->flags->bags == 0 ? 1 : t->flags->bags,
                                           .threads = an_train_threads(t->flags, t->samples.rows * count),
                                           .seed = t->flags->seed,
                                           .unwanted_weight = t->flags->unwanted_weight,
                                           .features = t->features,
                                           .feature_count = count,
                                           .monotone = bounds };
    return AN_OK;
}

static enum an_err name_categories(struct training *t, struct an_error *error)
{
    enum an_err err = an_categories_fit(&t->samples, &t->cuts, &t->rows, &t->options, &t->fit, &t->categories, error);
    t->has_categories = err == AN_OK;
    if (err == AN_ERR_NOT_FOUND) {
        an_cli_note("no trees for categories: %s", error->text);
        return AN_OK;
    }
    return err;
}

static enum an_err learn(struct training *t, struct an_error *error)
{
    const struct an_train_flags *f = t->flags;
    struct an_train_bar bar;
    bool model = f->model != NULL || f->json || f->cross == 0;
    double runs = model ? an_fit_runs(&t->options) : 0;
    enum an_err err = AN_OK;
    if (f->cross > 0) runs += an_cross_runs(f->cross, f->repeat, &t->options);
    an_train_bar_begin(&bar, an_cli_say("training", "训练"), runs);
    t->options.work = &bar.work;
    if (f->cross > 0)
        err = an_cross(&t->samples, &t->cuts, &t->rows, f->cross, f->repeat, &t->options, &t->cross, error);
    if (err == AN_OK && model) err = an_fit(&t->samples, &t->cuts, &t->rows, &t->options, &t->fit, error);
    if (err == AN_OK && model) err = name_categories(t, error);
    an_train_bar_end(&bar);
    t->options.work = NULL;
    if (err != AN_OK || !model) return err;
    return an_train_classes(&t->samples, &t->rows, &t->fit, &t->classes, error);
}

/* ---- the model ---- */

static enum an_err make_forest(struct training *t, struct an_forest **ret_forest, struct an_error *error)
{
    enum an_err err = an_fit_narrow(&t->fit);
    char(*names)[AN_FOREST_NAME_MAX] = err == AN_OK ? calloc(t->fit.feature_count, sizeof *names) : NULL;
    if (names == NULL) return an_fail(error, AN_ERR_NO_MEMORY, "no memory for the model");
    for (uint32_t f = 0; f < t->fit.feature_count; f++)
        snprintf(names[f], sizeof names[f], "%s", an_feature_info[t->fit.features[f].a].name);
    struct an_card_facts *facts = &t->facts;
    an_train_facts(t->flags, &t->options, &t->cross, t->classes, facts);
    facts->purpose = "calls";
    facts->unwanted_share_kept = t->unwanted_share;
    facts->wanted_share_kept = t->wanted_share;
    facts->categories = t->has_categories ? &t->categories : NULL;
    facts->bounds = t->bound_list;
    return an_card_forest(&t->fit, &t->samples, facts, names, ret_forest, error);
}

static int finish(struct training *t)
{
    struct an_forest *forest;
    struct an_error error;
    if (t->flags->cross > 0 && !t->flags->json) an_train_report_cross(&t->cross, &t->options);
    if (t->fit.plan == NULL) return AN_EXIT_OK;
    if (!t->flags->json)
        an_train_report_fit(&t->fit, &t->samples, t->classes, t->has_categories ? &t->categories : NULL);
    enum an_err err = make_forest(t, &forest, &error);
    if (err != AN_OK) return an_cli_fail(an_cli_exit_of(err), "%s", error.text);
    int status = an_train_finish(t->flags, forest);
    an_forest_free(forest);
    return status;
}

int an_train_calls(const struct an_train_flags *flags)
{
    for (size_t d = 0; d < flags->data_count; d++)
        if (!an_cli_data_exists(flags->data[d])) return AN_EXIT_ENVIRONMENT;
    struct training *t = calloc(1, sizeof *t);
    struct an_error error;
    if (t == NULL) return an_cli_fail(AN_EXIT_ENVIRONMENT, "no memory");
    t->flags = flags;
    an_samples_init(&t->samples, AN_FEATURE_COUNT, true);
    enum an_err err = read_calls(t, &error);
    if (err == AN_OK) err = an_train_costs(flags, &t->samples, t->costs, &error);
    if (err == AN_OK) err = prepare(t, &error);
    if (err == AN_OK) err = learn(t, &error);
    int status = err == AN_OK ? finish(t) : an_cli_fail(an_cli_exit_of(err), "%s", error.text);
    an_samples_done(&t->samples);
    an_cuts_done(&t->cuts);
    an_fit_done(&t->fit);
    free(t->rows.at);
    free(t->classes);
    free(t);
    return status;
}
