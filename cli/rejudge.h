/* Re-judging: score and decision of every verdict, recomputed from its own record. Layer: cli. */
#ifndef ANNING_CLI_REJUDGE_H
#define ANNING_CLI_REJUDGE_H

#include "journal/reader.h"

/* Prints each verdict that differs and a summary; returns enum an_exit: AN_EXIT_NO when one differs. */
/* model: a file beside those of the folder; NULL: none. */
int an_cli_rejudge(const char *data_dir, const char *model, const struct an_journal_filter *asked);

#endif
