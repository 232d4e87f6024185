/* Asking a running anningd over HTTP. Layer: cli. */
#ifndef ANNING_CLI_SERVER_H
#define ANNING_CLI_SERVER_H

#include "api/text.h"
#include "cli/cli.h"

enum { AN_SERVER_TOKEN_MAX = 1024, AN_SERVER_MESSAGE_MAX = 1024 };

/* The token for the server's api.token_file, as anningd reads it: the first line of token_file, without blanks around
 * it; NULL: $ANNING_TOKEN; else usual (may be NULL). Empty: none. Returns enum an_exit, having said what is wrong. */
int an_server_token(const char *token_file, const char *usual, char out[AN_SERVER_TOKEN_MAX]);

/* POSTs JSON; body NULL: GETs. server: HOST:PORT or a URL without a path. ret_answer: initialised by the caller.
 * AN_EXIT_OK when there is an answer, whatever its status; else says why. ret_url: initialised by the caller, for
 * messages. */
int an_server_post(const char *server, const char *path, const char *token, const char *body, size_t len,
                   struct an_text *ret_url, struct an_text *ret_answer, long *ret_status);

/* What an answer that is a refusal says of why; returns out. */
const char *an_server_message(const struct an_text *answer, char *out, size_t size);

/* The same with any method. */
int an_server_ask(const char *server, const char *method, const char *path, const char *token, const char *body,
                  size_t len, struct an_text *ret_url, struct an_text *ret_answer, long *ret_status);

#endif
