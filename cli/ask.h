/* One question to a running anningd over HTTP. Layer: cli. */
#ifndef ANNING_CLI_ASK_H
#define ANNING_CLI_ASK_H

#include "api/text.h"

/* GET, or with a body POST, of server's path ("127.0.0.1:8080" or with http:// before it). token_file: NULL, then
 * $ANNING_TOKEN. The answer's text goes into out, which is started. AN_EXIT_OK; AN_EXIT_NO for 400 and 404, which are
 * answers; else AN_EXIT_ENVIRONMENT. What went wrong is said on standard error. */
int an_cli_ask(const char *server, const char *token_file, const char *path, const char *body, struct an_text *out);

#endif
