/* The configuration: any bytes give a configuration or problems; what is taken prints to something that is taken
 * again and means the same. The same bytes as a journalled settings text. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "settings/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void print_and_load(const struct an_config *config)
{
    struct an_config again;
    struct an_config_errors errors = { 0 };
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    if (out == NULL) abort();
    an_config_print(config, out, (config->settings.version & 1) != 0);
    fclose(out);
    if (an_config_parse("printed", text, len, NULL, &again, &errors) != AN_OK) {
        an_config_errors_print(&errors, stderr);
        abort();
    }
    if (again.settings.version != config->settings.version) abort();
    an_config_done(&again);
    an_config_errors_done(&errors);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct an_config config;
    struct an_config_errors errors = { 0 };
    struct an_settings settings;
    struct an_error error;
    if (an_config_parse("fuzz", (const char *)data, size, NULL, &config, &errors) == AN_OK) {
        struct an_settings back;
        print_and_load(&config);
        if (an_settings_of_text(config.settings.text, config.settings.text_len, &back, &error) != AN_OK) abort();
        an_settings_done(&back);
        an_config_done(&config);
    } else if (errors.error_count == 0) {
        abort();
    }
    an_config_errors_done(&errors);
    if (an_settings_of_text((const char *)data, size, &settings, &error) == AN_OK) an_settings_done(&settings);
    return 0;
}
