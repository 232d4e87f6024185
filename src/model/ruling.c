#include "model/ruling.h"

#include "base/err.h"
#include "base/slice.h"

static const char *const names[AN_RULING_VERDICT_COUNT] = { "withdrawn", "unwanted", "wanted" };

const char *an_ruling_verdict_name(enum an_ruling_verdict verdict)
{
    return (unsigned)verdict < AN_RULING_VERDICT_COUNT ? names[verdict] : "unknown";
}

int an_ruling_verdict_of(const char *name, size_t len, enum an_ruling_verdict *ret_verdict)
{
    for (int i = 0; i < AN_RULING_VERDICT_COUNT; i++)
        if (an_slice_equal(an_slice_of(names[i]), (struct an_slice) { name, len })) {
            *ret_verdict = (enum an_ruling_verdict)i;
            return AN_OK;
        }
    return AN_ERR_NOT_FOUND;
}
