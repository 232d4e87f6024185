/* Labels of calls, out of CSV files, by the calls' tokens. Layer: cli.
 *
 * Columns, by their names in the first line, in any order: token and unwanted (1, 0, yes, no, ...) are needed; category
 * (as in `anning decide`), class (any word, figures are told by it), campaign (a number, 0: none) and weight (above 0:
 * the trust in the label) may be there. Another column is refused, since it may be a known one misspelt.
 *
 * Files are read three times: to count, for unwanted and for wanted calls. What is over the number of rows wanted is
 * left out by a hash of the token, wanted calls first, and the shares kept are told, so that weights can make up for
 * it. Memory: 56 bytes a label kept. */
#ifndef ANNING_CLI_LABEL_FILE_H
#define ANNING_CLI_LABEL_FILE_H

#include "cli/csv_file.h"
#include "learn/samples.h"
#include "model/verdict.h"

struct an_label {
    struct an_token token;
    uint64_t campaign;
    float weight;
    uint32_t line;
    uint16_t class_of;
    uint8_t file;     /* position in files */
    uint8_t category; /* enum an_category */
    bool unwanted, found;
};

struct an_labels {
    size_t count, room, slot_count;
    struct an_label *at; /* [own] */
    uint32_t *slots;     /* [own] open addressing, 0: free, else position + 1 */
};

/* Lines by what they say. Hashes by file. */
struct an_label_counts {
    uint64_t unwanted, wanted;
    char hashes[64][AN_SHA256_TEXT_MAX];
    uint64_t lines[64];
};

/* Reads all files once. AN_ERR_INVALID and what an_csv_file_read says; AN_ERR_LIMIT: over AN_LABELS_MAX lines. */
enum an_err an_labels_count(const char *const *files, size_t count, struct an_label_counts *ret_counts,
                            struct an_error *error);
/* Keeps these shares of the lines. Class names go into samples. AN_ERR_INVALID: two lines that contradict each other,
 * both are named; such a pair is not seen when its lines are not kept. */
enum an_err an_labels_load(const char *const *files, size_t count, double unwanted_share, double wanted_share,
                           struct an_samples *samples, struct an_labels *ret_labels, struct an_error *error);
/* NULL: none. */
struct an_label *an_labels_find(const struct an_labels *labels, const struct an_token *token);
void an_labels_done(struct an_labels *labels);

#endif
