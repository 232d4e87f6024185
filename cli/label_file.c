#include "cli/label_file.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/nearest.h"

enum field { TOKEN, UNWANTED, CATEGORY, CLASS, CAMPAIGN, WEIGHT, FIELD_COUNT };
static const char *const field_names[FIELD_COUNT] = { "token", "unwanted", "category", "class", "campaign", "weight" };

enum pass { PASS_COUNT, PASS_UNWANTED, PASS_WANTED };

struct reading {
    enum pass pass;
    size_t file;
    const char *const *files;
    bool begun;
    int position[FIELD_COUNT]; /* of a column, -1: absent */
    size_t columns;
    double share; /* kept of this pass */
    struct an_samples *samples;
    struct an_labels *labels;
    struct an_label_counts *counts;
    uint64_t lines; /* of all files */
};

/* ---- columns ---- */

static enum an_err unknown_column(struct an_slice name, struct an_error *error)
{
    const char *nearest = an_nearest(name, field_names, FIELD_COUNT);
    if (nearest != NULL)
        return an_fail(error, AN_ERR_INVALID, "no column of labels is named \"%.*s\"; did you mean \"%s\"?",
                       (int)name.len, name.at, nearest);
    return an_fail(error, AN_ERR_INVALID,
                   "no column of labels is named \"%.*s\"; token, unwanted, category, class, campaign and weight are",
                   (int)name.len, name.at);
}

static enum an_err find_columns(struct reading *r, const struct an_csv *csv, struct an_error *error)
{
    for (int f = 0; f < FIELD_COUNT; f++) r->position[f] = -1;
    for (size_t c = 0; c < csv->count; c++) {
        struct an_slice name = an_slice_trim(csv->cells[c]);
        int f = 0;
        while (f < FIELD_COUNT && !an_slice_equal_nocase(name, an_slice_of(field_names[f]))) f++;
        if (f == FIELD_COUNT) return unknown_column(name, error);
        if (r->position[f] >= 0) return an_fail(error, AN_ERR_INVALID, "two columns are named \"%s\"", field_names[f]);
        r->position[f] = (int)c;
    }
    for (int f = TOKEN; f <= UNWANTED; f++)
        if (r->position[f] < 0)
            return an_fail(error, AN_ERR_INVALID, "no column \"%s\" in the first line; labels need token and unwanted",
                           field_names[f]);
    r->columns = csv->count;
    r->begun = true;
    return AN_OK;
}

/* ---- cells ---- */

static struct an_slice cell(const struct reading *r, const struct an_csv *csv, enum field field)
{
    if (r->position[field] < 0) return (struct an_slice) { "", 0 };
    return an_slice_trim(csv->cells[r->position[field]]);
}

#define FAULT(csv, error, format, ...)                                                                                 \
    an_fail(error, AN_ERR_INVALID, "line %" PRIu64 ": " format, (csv)->line, __VA_ARGS__)

static enum an_err read_unwanted(const struct reading *r, const struct an_csv *csv, bool *ret_unwanted,
                                 struct an_error *error)
{
    static const char *const words[2][4] = { { "0", "no", "false", "wanted" }, { "1", "yes", "true", "unwanted" } };
    struct an_slice text = cell(r, csv, UNWANTED);
    for (int u = 0; u < 2; u++)
        for (int i = 0; i < 4; i++)
            if (an_slice_equal_nocase(text, an_slice_of(words[u][i]))) {
                *ret_unwanted = u == 1;
                return AN_OK;
            }
    return FAULT(csv, error, "unwanted is \"%.*s\"; 1 or 0 is right", (int)text.len, text.at);
}

static enum an_err read_category(const struct reading *r, const struct an_csv *csv, uint8_t *ret_category,
                                 struct an_error *error)
{
    struct an_slice text = cell(r, csv, CATEGORY);
    enum an_category category = AN_CATEGORY_UNKNOWN;
    if (text.len > 0 && an_category_of(text.at, text.len, &category) != AN_OK) {
        const char *names[AN_CATEGORY_COUNT];
        for (int c = 0; c < AN_CATEGORY_COUNT; c++) names[c] = an_category_name((enum an_category)c);
        const char *nearest = an_nearest(text, names, AN_CATEGORY_COUNT);
        if (nearest != NULL)
            return FAULT(csv, error, "no category \"%.*s\"; did you mean \"%s\"?", (int)text.len, text.at, nearest);
        return FAULT(csv, error, "no category \"%.*s\"; docs/models.md lists them", (int)text.len, text.at);
    }
    *ret_category = (uint8_t)category;
    return AN_OK;
}

static enum an_err read_numbers(const struct reading *r, const struct an_csv *csv, struct an_label *label,
                                struct an_error *error)
{
    struct an_slice campaign = cell(r, csv, CAMPAIGN), weight = cell(r, csv, WEIGHT);
    double value = 1;
    if (campaign.len > 0 && an_slice_u64(campaign, UINT64_MAX, &label->campaign) != AN_OK)
        return FAULT(csv, error, "campaign is \"%.*s\"; a whole number is right, 0 for none", (int)campaign.len,
                     campaign.at);
    if (weight.len > 0 && (an_slice_double(weight, &value) != AN_OK || !(value > 0 && value <= 1e6)))
        return FAULT(csv, error, "weight is \"%.*s\"; a number above 0, at most 1000000, is right", (int)weight.len,
                     weight.at);
    label->weight = (float)value;
    return label->weight > 0 ? AN_OK
                             : FAULT(csv, error, "weight is \"%.*s\"; it is too small", (int)weight.len, weight.at);
}

static enum an_err read_class(const struct reading *r, const struct an_csv *csv, struct an_label *label,
                              struct an_error *error)
{
    struct an_slice text = cell(r, csv, CLASS);
    enum an_err err =
        r->position[CLASS] < 0 ? AN_OK : an_samples_class(r->samples, text.at, text.len, &label->class_of);
    if (err == AN_ERR_LIMIT)
        return an_fail(error, err, "line %" PRIu64 ": more classes than the limit AN_CLASSES_MAX, %d", csv->line,
                       AN_CLASSES_MAX);
    return err == AN_OK ? AN_OK : an_fail(error, err, "no memory for classes");
}

static enum an_err read_label(const struct reading *r, const struct an_csv *csv, struct an_label *label,
                              struct an_error *error)
{
    struct an_slice token = cell(r, csv, TOKEN);
    *label = (struct an_label) { .file = (uint8_t)r->file, .line = (uint32_t)csv->line };
    if (csv->count != r->columns)
        return FAULT(csv, error, "%zu cells; the first line names %zu columns", csv->count, r->columns);
    if (an_token_of_text(token.at, token.len, &label->token) != AN_OK)
        return FAULT(csv, error, "\"%.*s\" is no token; 26 letters and digits as in `anning explain` are",
                     (int)token.len, token.at);
    enum an_err err = read_unwanted(r, csv, &label->unwanted, error);
    if (err == AN_OK) err = read_category(r, csv, &label->category, error);
    if (err == AN_OK) err = read_numbers(r, csv, label, error);
    return err;
}

/* ---- the table ---- */

static size_t slot_of(const struct an_labels *labels, const struct an_token *token)
{
    size_t mask = labels->slot_count - 1, at = an_hash64(token, sizeof *token, 0) & mask;
    while (labels->slots[at] != 0 && memcmp(&labels->at[labels->slots[at] - 1].token, token, sizeof *token) != 0)
        at = (at + 1) & mask;
    return at;
}

struct an_label *an_labels_find(const struct an_labels *labels, const struct an_token *token)
{
    if (labels->count == 0) return NULL;
    uint32_t slot = labels->slots[slot_of(labels, token)];
    return slot == 0 ? NULL : &labels->at[slot - 1];
}

static bool make_room(struct an_labels *labels)
{
    if (labels->count < labels->room) return true;
    size_t room = labels->room == 0 ? 1024 : labels->room * 2;
    struct an_label *at = reallocarray(labels->at, room, sizeof *at);
    if (at == NULL) return false;
    labels->at = at;
    uint32_t *slots = calloc(room * 2, sizeof *slots);
    if (slots == NULL) return false;
    free(labels->slots);
    labels->slots = slots;
    labels->slot_count = room * 2;
    labels->room = room;
    for (size_t i = 0; i < labels->count; i++) slots[slot_of(labels, &at[i].token)] = (uint32_t)i + 1;
    return true;
}

void an_labels_done(struct an_labels *labels)
{
    if (labels == NULL) return;
    free(labels->at);
    free(labels->slots);
    *labels = (struct an_labels) { 0 };
}

/* By the token alone: every file and run leaves out the same ones. */
static bool is_kept(const struct an_token *token, double share)
{
    return share >= 1 || (double)(an_hash64(token, sizeof *token, 0x6c616265) >> 11) * 0x1p-53 < share;
}

static enum an_err keep(const struct reading *r, const struct an_csv *csv, struct an_label *label,
                        struct an_error *error)
{
    char token[AN_TOKEN_TEXT_MAX];
    struct an_label *same = an_labels_find(r->labels, &label->token);
    if (same != NULL && same->unwanted != label->unwanted) {
        an_token_text(&label->token, token);
        return FAULT(csv, error, "token %s is %s, but %s in line %u of %s; one of them has to go", token,
                     label->unwanted ? "unwanted" : "wanted", same->unwanted ? "unwanted" : "wanted", same->line,
                     r->files[same->file]);
    }
    if (same != NULL || !is_kept(&label->token, r->share)) return AN_OK;
    enum an_err err = read_class(r, csv, label, error);
    if (err != AN_OK) return err;
    if (!make_room(r->labels))
        return an_fail(error, AN_ERR_NO_MEMORY, "no memory for more than %zu labels", r->labels->count);
    size_t slot = slot_of(r->labels, &label->token);
    r->labels->at[r->labels->count] = *label;
    r->labels->slots[slot] = (uint32_t)++r->labels->count;
    return AN_OK;
}

static enum an_err take_line(void *user, const struct an_csv *csv, struct an_error *error)
{
    struct reading *r = user;
    struct an_label label;
    if (!r->begun) return find_columns(r, csv, error);
    enum an_err err = read_label(r, csv, &label, error);
    if (err != AN_OK) return err;
    if (r->pass != PASS_COUNT)
        return label.unwanted == (r->pass == PASS_UNWANTED) ? keep(r, csv, &label, error) : AN_OK;
    if (++r->lines > AN_LABELS_MAX)
        return an_fail(error, AN_ERR_LIMIT, "line %" PRIu64 ": more labels than the limit AN_LABELS_MAX, %d", csv->line,
                       AN_LABELS_MAX);
    r->counts->lines[r->file]++;
    *(label.unwanted ? &r->counts->unwanted : &r->counts->wanted) += 1;
    return AN_OK;
}

static enum an_err read_files(struct reading *r, size_t count, struct an_error *error)
{
    for (size_t f = 0; f < count; f++) {
        r->file = f;
        r->begun = false;
        enum an_err err =
            an_csv_file_read(r->files[f], take_line, r, r->pass == PASS_COUNT ? r->counts->hashes[f] : NULL, error);
        if (err != AN_OK) return err;
        if (!r->begun) return an_fail(error, AN_ERR_INVALID, "%s: empty", r->files[f]);
    }
    return AN_OK;
}

enum an_err an_labels_count(const char *const *files, size_t count, struct an_label_counts *ret_counts,
                            struct an_error *error)
{
    an_assert(files != NULL && ret_counts != NULL && count <= sizeof ret_counts->lines / sizeof ret_counts->lines[0]);
    *ret_counts = (struct an_label_counts) { 0 };
    struct reading r = { .pass = PASS_COUNT, .files = files, .counts = ret_counts };
    return read_files(&r, count, error);
}

enum an_err an_labels_load(const char *const *files, size_t count, double unwanted_share, double wanted_share,
                           struct an_samples *samples, struct an_labels *ret_labels, struct an_error *error)
{
    an_assert(files != NULL && samples != NULL && ret_labels != NULL);
    struct an_labels labels = { 0 };
    struct reading r = {
        .pass = PASS_UNWANTED, .files = files, .share = unwanted_share, .samples = samples, .labels = &labels
    };
    enum an_err err = read_files(&r, count, error);
    r.pass = PASS_WANTED;
    r.share = wanted_share;
    if (err == AN_OK) err = read_files(&r, count, error);
    if (err == AN_OK)
        *ret_labels = labels;
    else
        an_labels_done(&labels);
    return err;
}
