/* National numbers of configuration files to E.164. Layer: engine: settings/ may not know the numbering plan, so this
 * is handed to it (an_config_options.normalise). Makes a plan for the occasion: start and reload only. */
#ifndef ANNING_ENGINE_NORMALISE_H
#define ANNING_ENGINE_NORMALISE_H

#include "base/err.h"
#include "model/settings.h"

/* context is not used. AN_OK, AN_ERR_MALFORMED (no telephone number), AN_ERR_NO_MEMORY. */
enum an_err an_engine_normalise(void *context, const struct an_settings *settings, const char *text, size_t len,
                                an_number *ret_number);

#endif
