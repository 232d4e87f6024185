#include "model/observation.h"

#include <string.h>

#include "base/err.h"
#include "base/slice.h"

static const char *const outcome_names[AN_OUTCOME_COUNT] = {
    "unknown", "answered", "cancelled", "no_answer", "refused", "busy", "unreachable", "unallocated", "failed", "ours",
};

const char *an_outcome_name(enum an_outcome outcome)
{
    return (unsigned)outcome < AN_OUTCOME_COUNT ? outcome_names[outcome] : "unknown";
}

int an_outcome_of(const char *name, size_t len, enum an_outcome *ret_outcome)
{
    for (int i = 0; i < AN_OUTCOME_COUNT; i++)
        if (an_slice_equal(an_slice_of(outcome_names[i]), (struct an_slice){ name, len })) {
            *ret_outcome = (enum an_outcome)i;
            return AN_OK;
        }
    return AN_ERR_NOT_FOUND;
}
