/* Labels to where they take effect. Layer: cli. */
#ifndef ANNING_CLI_RULING_SEND_H
#define ANNING_CLI_RULING_SEND_H

#include "cli/ruling_file.h"
#include "settings/config.h"

/* To a running daemon by POST /v1/labels. server NULL: the one whose configuration this is; token_file NULL: the token
 * of the environment or of the configuration. Returns enum an_exit. */
int an_ruling_post(const struct an_ruling_file *file, const struct an_config *config, const char *server,
                   const char *token_file);
/* Into the journal of a data folder that no daemon uses: it learns from them at its next start. Returns enum an_exit.
 */
int an_ruling_append(const struct an_ruling_file *file, const char *data_dir, uint64_t now_us);

#endif
