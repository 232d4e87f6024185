/* A file of operators' labels: NDJSON, or CSV with a header, read whole and checked before any of it is used. Layer:
 * cli. At most AN_RULINGS_MAX labels. */
#ifndef ANNING_CLI_RULING_FILE_H
#define ANNING_CLI_RULING_FILE_H

#include "model/ruling.h"
#include "model/settings.h"

struct an_ruling_file {
    const char *path; /* [borrow] */
    size_t count;
    uint64_t lines[AN_RULINGS_MAX]; /* where each stands */
    struct an_ruling labels[AN_RULINGS_MAX];
};

/* path "-": standard input. settings: numbering, local time. data_dir: where tokens are looked up; NULL: they stay as
 * they are. Says every problem with file and line on standard error. Returns enum an_exit. */
int an_ruling_file_read(const char *path, const struct an_settings *settings, const char *data_dir, uint64_t now_us,
                        struct an_ruling_file *ret_file);

#endif
