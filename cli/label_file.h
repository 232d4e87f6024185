/* A file of operators' labels: NDJSON, or CSV with a header, read whole and checked before any of it is used. Layer:
 * cli. At most AN_LABELS_MAX labels. */
#ifndef ANNING_CLI_LABEL_FILE_H
#define ANNING_CLI_LABEL_FILE_H

#include "model/label.h"
#include "model/settings.h"

struct an_label_file {
    const char *path; /* [borrow] */
    size_t count;
    uint64_t lines[AN_LABELS_MAX]; /* where each stands */
    struct an_label labels[AN_LABELS_MAX];
};

/* path "-": standard input. settings: numbering, local time. data_dir: where tokens are looked up; NULL: they stay as
 * they are. Says every problem with file and line on standard error. Returns enum an_exit. */
int an_label_file_read(const char *path, const struct an_settings *settings, const char *data_dir, uint64_t now_us,
                       struct an_label_file *ret_file);

#endif
