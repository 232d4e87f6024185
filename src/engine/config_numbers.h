/* The numbering plan as settings/ wants it: national numbers in allow and deny lists to E.164. Layer: engine, since a
 * stage may not see another stage. At start and reload only. */
#ifndef ANNING_ENGINE_CONFIG_NUMBERS_H
#define ANNING_ENGINE_CONFIG_NUMBERS_H

#include "enrich/plan.h"
#include "settings/config.h"

/* For an_config_options.normalise; context is a struct an_plan. */
enum an_err an_config_number(void *plan, const struct an_settings *settings, const char *text, size_t len,
                             an_number *ret_number);

#endif
