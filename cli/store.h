/* The store for verbs that work on it beside a running anningd. Layer: cli. */
#ifndef ANNING_CLI_STORE_H
#define ANNING_CLI_STORE_H

#include "api/links.h"
#include "cli/cli.h"
#include "store/store.h"

/* Opens the store of a configuration (config NULL: /etc/anning/anning.yaml where it is there, else the defaults) or of
 * a data folder. An SQLite store has to be there: a daemon makes it, so that it is the daemon's own. ret_url: where
 * people reach the console. AN_EXIT_OK, or what was wrong has been said. */
int an_cli_store_open(const char *config, const char *data, struct an_store **ret_store,
                      struct an_db_session **ret_session, char ret_url[AN_CONSOLE_URL_MAX]);
void an_cli_store_close(struct an_store *store, struct an_db_session *session);

#endif
