/* Text messages that go out, and words to be spoken in a call, by the operator's gateway. Layer: case.
 *
 * POST to texts.send_url with {"id","to","text","by"}, by "text" or "call", signed as those that come in (text_in.h). A
 * thread of its own sends, so that nobody waits and nobody can tell by the time taken whether a number is known; up to
 * AN_TEXT_QUEUE_MAX wait, each is tried three times within a minute. Texts are never logged: they hold one-time codes.
 */
#ifndef ANNING_CASE_TEXTS_H
#define ANNING_CASE_TEXTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "model/number.h"

struct an_texts;

struct an_texts_options {
    const char *url;    /* [borrow during new] empty: nothing can be sent */
    const char *secret; /* [borrow during new] empty: unsigned */
    unsigned retry_ms;  /* between tries; 0: 5 s */
};

struct an_texts_stats {
    uint64_t sent, failed, dropped, waiting;
};

enum an_err an_texts_new(const struct an_texts_options *options, struct an_texts **ret_texts, struct an_error *error);
/* What waits is forgotten. NULL is taken. */
void an_texts_free(struct an_texts *texts);
/* Whether one could be sent now, before a code is made that would take an older one's place: AN_OK, or as an_texts_send
 * fails. */
enum an_err an_texts_ready(struct an_texts *texts, struct an_error *error);
/* spoken: in a call, by a gateway that can; codes are written with blanks between their digits then. Any thread. AN_OK:
 * it waits to be sent; AN_ERR_UNSUPPORTED: texts is NULL or there is no gateway; AN_ERR_FULL. */
enum an_err an_texts_send(struct an_texts *texts, an_number to, bool spoken, const char *text, struct an_error *error);
/* "123456" as "1 2 3 4 5 6": no machine then says "one hundred and twenty-three thousand". */
void an_texts_spell(const char *digits, char *out, size_t size);
void an_texts_stats(struct an_texts *texts, struct an_texts_stats *ret_stats);

#endif
