/* One-time links: the one that makes the first admin, and those that set a password. Layer: api; `anning user` and the
 * daemon make them too. A link works once and for AN_LINK_HOURS; a newer one of the same account ends it. */
#ifndef ANNING_API_LINKS_H
#define ANNING_API_LINKS_H

#include "store/accounts.h"

enum { AN_CONSOLE_URL_MAX = 256 };
/* Where people reach the console. given: console.url; empty: by the address of http, which for every address is that of
 * this machine. */
void an_api_console_url(const char *given, const char *http, char ret_url[AN_CONSOLE_URL_MAX]);
/* URL/#/password/TOKEN for an account, URL/#/first/TOKEN for account 0. url: without / at the end. */
enum an_err an_api_link_make(struct an_db_session *session, const struct an_secret *secret, const char *url,
                             int64_t account, uint64_t now_us, char *ret_link, size_t size, struct an_error *error);
/* Logs a link for the first admin when there is no admin. */
enum an_err an_api_first_link(struct an_db *db, const struct an_secret *secret, const char *url,
                              struct an_error *error);

#endif
