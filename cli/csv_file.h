/* A CSV file, record by record, through a window that moves forward. Layer: cli. Memory: 1 MB. Shows a progress bar and
 * takes the file's SHA-256 on the way. */
#ifndef ANNING_CLI_CSV_FILE_H
#define ANNING_CLI_CSV_FILE_H

#include "parse/csv.h"

enum { AN_SHA256_TEXT_MAX = 72 }; /* "sha256:" and 64 digits */

/* A record; the first one is the header line. Anything but AN_OK ends the reading with it. */
typedef enum an_err (*an_csv_file_row)(void *user, const struct an_csv *csv, struct an_error *error);

/* Messages begin with the path. ret_hash may be NULL. AN_OK; AN_ERR_IO, AN_ERR_NO_MEMORY; what row said; a record that
 * is none: AN_ERR_MALFORMED, AN_ERR_LIMIT, AN_ERR_UNSUPPORTED. */
enum an_err an_csv_file_read(const char *path, an_csv_file_row row, void *user, char ret_hash[AN_SHA256_TEXT_MAX],
                             struct an_error *error);

#endif
