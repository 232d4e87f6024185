/* Part of a configuration laid over what is in force: for dry runs. */
#include <stdlib.h>
#include <string.h>

#include "settings/load.h"

/* Nothing but the policy may be said, and no file: who tries a setting must not read files by it. */
static void only_policy(struct an_config_load *load)
{
    for (size_t i = 0; i < an_settings_schema_count; i++) {
        const char *path = an_settings_schema[i].path;
        if (an_config_line(load, path) == 0) continue;
        if (strncmp(path, "policy.", strlen("policy.")) == 0 && strcmp(path, "policy.callees_file") != 0) continue;
        an_config_problem(load->errors, load->name, an_config_line(load, path), false,
                          "%s can't be tried; only policy.* can, without files", path);
    }
}

static const char *first_error(const struct an_config_errors *errors)
{
    for (size_t i = 0; i < errors->count; i++)
        if (!errors->items[i].warning) return errors->items[i].text;
    return "it has faults";
}

enum an_err an_policy_overlay(const char *text, size_t len, struct an_policy *policy, struct an_error *error)
{
    an_assert(text != NULL && policy != NULL);
    static const struct an_config_options no_options;
    struct an_config_errors errors = { 0 };
    struct an_config config;
    if (len > AN_CONFIG_MAX) return an_fail(error, AN_ERR_LIMIT, "over the limit CONFIG_MAX, %d bytes", AN_CONFIG_MAX);
    if (an_config_defaults(&config) != AN_OK) return an_fail(error, AN_ERR_NO_MEMORY, "no memory");
    struct an_config_load load = { .name = "settings", .options = &no_options, .errors = &errors, .config = &config };
    config.settings.policy = *policy;
    an_config_read_yaml(&load, text, len);
    if (load.fatal == AN_OK) only_policy(&load);
    enum an_err err = load.fatal != AN_OK ? load.fatal : errors.error_count > 0 ? AN_ERR_INVALID : AN_OK;
    if (err == AN_OK)
        *policy = config.settings.policy;
    else if (errors.error_count > 0)
        an_fail(error, err, "%s", first_error(&errors));
    else
        an_fail(error, err, "no memory");
    for (size_t i = 0; i < AN_SETTINGS_MAX; i++) free(load.item_lines[i]);
    an_config_done(&config);
    an_config_errors_done(&errors);
    return err;
}
