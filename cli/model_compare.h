/* Two models over the calls of a journal. Layer: cli. Every verdict's features are scored by both, 64 at a time; NULL
 * is the hand-set weights. With labels: figures of both; without: where they part. */
#ifndef ANNING_CLI_MODEL_COMPARE_H
#define ANNING_CLI_MODEL_COMPARE_H

#include <stddef.h>

#include "score/model.h"

struct an_model_comparison {
    const struct an_score_model *models[2]; /* [borrow] */
    const char *names[2];
    const char *data;
    size_t label_count;
    const char *const *labels; /* files as cli/label_file.h reads them */
};

/* An exit code of cli.h; prints. */
int an_model_compare(const struct an_model_comparison *comparison);

#endif
