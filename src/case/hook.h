/* A webhook that goes out: one POST of JSON, signed as text messages are (text_in.h). Layer: case. Nobody is followed
 * elsewhere: an answer that redirects is no success. Waits for at most AN_HOOK_MS; for threads that have the time. */
#ifndef ANNING_CASE_HOOK_H
#define ANNING_CASE_HOOK_H

#include <stdbool.h>

#include "base/err.h"

enum { AN_HOOK_MS = 10000 };

struct an_hook {
    const char *url, *secret;     /* [borrow] secret empty: unsigned */
    bool (*stopping)(void *user); /* true ends it; NULL: never */
    void *user;
};
/* Once per process, before the first. AN_ERR_NO_MEMORY. */
enum an_err an_hook_init(struct an_error *error);
/* Whether it was taken (2xx). */
bool an_hook_post(const struct an_hook *hook, const char *body);
/* https to anybody, or http to this machine; no user, no password. What people may set as an address is checked by
 * this, by the same reader of addresses that is used to send. AN_OK or AN_ERR_INVALID. */
enum an_err an_hook_url(const char *url, struct an_error *error);

#endif
