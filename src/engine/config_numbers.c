#include "engine/config_numbers.h"

enum an_err an_config_number(void *plan, const struct an_settings *settings, const char *text, size_t len,
                             an_number *ret_number)
{
    an_assert(plan != NULL && settings != NULL && text != NULL && ret_number != NULL);
    struct an_normal normal;
    an_plan_normalise(plan, (struct an_slice) { text, len }, settings, false, &normal);
    if (!an_number_is_e164(normal.number)) return AN_ERR_INVALID;
    *ret_number = normal.number;
    return AN_OK;
}
