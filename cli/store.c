#include "cli/store.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "engine/normalise.h"
#include "settings/config.h"

#define DEFAULT_FILE "/etc/anning/anning.yaml"

static int load_config(const char *path, struct an_config *ret_config)
{
    struct an_config_errors errors = { 0 };
    const struct an_config_options load = { .normalise = an_engine_normalise };
    if (path == NULL && access(DEFAULT_FILE, R_OK) == 0) path = DEFAULT_FILE;
    enum an_err err = an_config_load(path, &load, ret_config, &errors);
    if (err != AN_OK) an_config_errors_print(&errors, stderr);
    an_config_errors_done(&errors);
    return err == AN_OK ? AN_EXIT_OK : AN_EXIT_ENVIRONMENT;
}

static int open_store(const struct an_config *config, const char *data, struct an_store **ret_store,
                      struct an_db_session **ret_session)
{
    char file[AN_CONFIG_PATH_MAX + 32];
    struct an_error error;
    snprintf(file, sizeof file, "%s/anning.sqlite", data);
    if (config->store.url[0] == '\0' && access(file, F_OK) != 0)
        return an_cli_fail(AN_EXIT_ENVIRONMENT,
                           an_cli_say("%s: there is no store yet; anningd makes it when it is started",
                                      "%s：尚无数据库；启动anningd时创建"),
                           file);
    const struct an_store_options options = {
        .data_dir = data,
        .url = config->store.url,
        .key_file = config->store.key_file,
        .sessions = 2,
        .wait_ms = 20000, /* a command is one transaction beside a daemon that may be writing all the time */
        .wait = true,
    };
    an_log_set_level(AN_LOG_ERROR);
    if (an_store_start(&options, ret_store, &error) != AN_OK) return an_cli_fail(AN_EXIT_ENVIRONMENT, "%s", error.text);
    if (an_store_take(*ret_store, ret_session, &error) == AN_OK) return AN_EXIT_OK;
    an_store_stop(*ret_store);
    return an_cli_fail(AN_EXIT_ENVIRONMENT, "%s", error.text);
}

int an_cli_store_open(const char *config_path, const char *data, struct an_store **ret_store,
                      struct an_db_session **ret_session, char ret_url[AN_CONSOLE_URL_MAX])
{
    struct an_config config;
    int code = load_config(config_path, &config);
    if (code != AN_EXIT_OK) return code;
    an_api_console_url(config.console.url, config.http, ret_url);
    code = open_store(&config, data == NULL ? config.data : data, ret_store, ret_session);
    an_config_done(&config);
    return code;
}

void an_cli_store_close(struct an_store *store, struct an_db_session *session)
{
    an_db_give(session);
    an_store_stop(store);
}
