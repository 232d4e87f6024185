/* What libanning's files share. Layer: lib, above engine and api: the shim under include/anning/anning.h. It checks
 * arguments, copies between the public structures and the stages' own, and decides nothing. */
#ifndef ANNING_LIB_LIB_H
#define ANNING_LIB_LIB_H

#include <stdatomic.h>

#include "anning/anning.h"
#include "engine/engine.h"
#include "parse/event.h"

/* The public enums are the inner ones by another name. */
_Static_assert((int)ANNING_ERR_MORE == AN_ERR_MORE && (int)ANNING_ERR_INVALID == AN_ERR_INVALID, "errors");
_Static_assert((int)ANNING_ERR_LIMIT == AN_ERR_LIMIT && (int)ANNING_ERR_IO == AN_ERR_IO, "errors");
_Static_assert((int)ANNING_ERR_UNSUPPORTED == AN_ERR_UNSUPPORTED && (int)ANNING_ERR_END == AN_ERR_END, "errors");
_Static_assert((int)ANNING_BLOCK == AN_ACTION_BLOCK && (int)ANNING_SCREEN == AN_ACTION_SCREEN, "actions");
_Static_assert(AN_ACTION_COUNT == 4 && AN_LEVEL_COUNT == 3, "a new action or level: say it in anning.h");
_Static_assert((int)ANNING_CATEGORY_PERSON == AN_CATEGORY_COUNT - 1, "a new category: say it in anning.h");
_Static_assert((int)ANNING_CATEGORY_FRAUD == AN_CATEGORY_FRAUD && (int)ANNING_CATEGORY_STOCKS == AN_CATEGORY_STOCKS,
               "categories");
_Static_assert((int)ANNING_RULE_FALLBACK == AN_RULE_FALLBACK && (int)ANNING_RULE_RELATION == AN_RULE_RELATION, "rules");
_Static_assert((int)ANNING_RULE_LABELLED_WANTED == AN_RULE_LABELLED_WANTED, "a new rule: say it in anning.h");
_Static_assert((int)ANNING_OUTCOME_OURS == AN_OUTCOME_COUNT - 1, "a new outcome: say it in anning.h");
_Static_assert((int)ANNING_OUTCOME_REFUSED == AN_OUTCOME_REFUSED, "outcomes");
_Static_assert((int)ANNING_EVENT_ANSWER == AN_OBS_ANSWER && (int)ANNING_EVENT_REPORT == AN_OBS_REPORT, "events");
_Static_assert((int)ANNING_SYMBOLS_MAX == AN_VERDICT_SYMBOLS_MAX && (int)ANNING_TOKEN_MAX >= AN_TOKEN_TEXT_MAX,
               "sizes");

struct anning_context {
    _Alignas(64) atomic_flag busy;
    struct an_context *inner; /* [borrow] */
    struct an_vector vector;
    struct an_call calls[AN_VECTOR_MAX];
    char texts[AN_VECTOR_MAX][AN_EVENT_TEXT_MAX];
};

/* Copies a structure of the caller's size into one of ours. AN_OK; AN_ERR_INVALID: smaller than the first version;
 * AN_ERR_UNSUPPORTED: larger, and what we do not know is not zero. The size itself is copied as it is. */
enum an_err an_lib_take(void *to, size_t known, const void *from, uint32_t size, size_t first);

/* False: another thread is inside. */
static inline bool an_lib_enter(struct anning_context *context)
{
    return !atomic_flag_test_and_set_explicit(&context->busy, memory_order_acquire);
}

static inline void an_lib_leave(struct anning_context *context)
{
    atomic_flag_clear_explicit(&context->busy, memory_order_release);
}

#endif
