#include "engine/normalise.h"

#include "enrich/plan.h"

enum an_err an_engine_normalise(void *context, const struct an_settings *settings, const char *text, size_t len,
                                an_number *ret_number)
{
    (void)context;
    struct an_plan *plan = an_plan_new(NULL);
    if (plan == NULL) return AN_ERR_NO_MEMORY;
    struct an_normal normal;
    an_plan_normalise(plan, (struct an_slice){ text, len }, settings, false, &normal);
    an_plan_free(plan);
    if (!an_number_is_e164(normal.number)) return AN_ERR_MALFORMED;
    *ret_number = normal.number;
    return AN_OK;
}
