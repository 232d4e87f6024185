/* What a text message to the service number asks for, by its first word. Layer: case. Pure.
 *
 * Keywords are settings (texts.*_words): "KTFSR|开通防骚扰". Blanks around the message, case of ASCII letters,
 * full-width letters and a final full stop don't matter. "JB" may be followed by words of the reporter's. */
#ifndef ANNING_CASE_KEYWORDS_H
#define ANNING_CASE_KEYWORDS_H

#include "base/err.h"
#include "base/slice.h"

enum an_keyword {
    AN_KEYWORD_NONE,
    AN_KEYWORD_ON,
    AN_KEYWORD_OFF,
    AN_KEYWORD_QUERY,
    AN_KEYWORD_REPORT,
    AN_KEYWORD_COUNT
};

struct an_keywords {
    const char *words[AN_KEYWORD_COUNT]; /* [borrow] by keyword, separated by |; [NONE] is not read */
};

/* ret_rest: what follows the keyword, blanks taken off. */
enum an_keyword an_keyword_of(const struct an_keywords *keywords, struct an_slice text, struct an_slice *ret_rest);

/* What is answered; language as the person's. seen: calls of the last 7 days that were labelled, screened or blocked.
 */
const char *an_keyword_reply(enum an_keyword keyword, bool chinese, bool done);

#endif
