#include "settings/config.h"

#include <errno.h>
#include <sched.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/utf8.h"
#include "settings/load.h"

void an_config_problem(struct an_config_errors *errors, const char *name, unsigned line, bool warning,
                       const char *format, ...)
{
    if (warning)
        errors->warning_count++;
    else
        errors->error_count++;
    if (errors->count >= AN_CONFIG_PROBLEMS_MAX) return;
    if (errors->items == NULL) errors->items = calloc(AN_CONFIG_PROBLEMS_MAX, sizeof *errors->items);
    if (errors->items == NULL) return; /* counted all the same */
    struct an_config_problem *item = &errors->items[errors->count++];
    item->warning = warning;
    int len = line == 0 ? snprintf(item->text, sizeof item->text, "%s: ", name)
                        : snprintf(item->text, sizeof item->text, "%s:%u: ", name, line);
    va_list arguments;
    va_start(arguments, format);
    if (len > 0 && (size_t)len < sizeof item->text)
        vsnprintf(item->text + len, sizeof item->text - (size_t)len, format, arguments);
    va_end(arguments);
}

void an_config_errors_done(struct an_config_errors *errors)
{
    if (errors == NULL) return;
    free(errors->items);
    *errors = (struct an_config_errors) { 0 };
}

void an_config_errors_print(const struct an_config_errors *errors, FILE *out)
{
    an_assert(errors != NULL && out != NULL);
    for (size_t i = 0; i < errors->count; i++) {
        char text[sizeof errors->items[i].text]; /* a list may be somebody else's file */
        memcpy(text, errors->items[i].text, sizeof text);
        fprintf(out, "%s%s\n", errors->items[i].warning ? "warning: " : "", an_utf8_inert(text));
    }
    size_t all = errors->error_count + errors->warning_count;
    if (all > errors->count) fprintf(out, "and %zu more\n", all - errors->count);
}

void an_config_errors_log(const struct an_config_errors *errors)
{
    an_assert(errors != NULL);
    for (size_t i = 0; i < errors->count; i++)
        an_log(errors->items[i].warning ? AN_LOG_WARN : AN_LOG_ERROR, "config.problem", "%s", errors->items[i].text);
    size_t all = errors->error_count + errors->warning_count;
    if (all > errors->count) an_log(AN_LOG_ERROR, "config.problem", "and %zu more", all - errors->count);
}

unsigned an_config_line(const struct an_config_load *load, const char *path)
{
    const struct an_setting *setting = an_setting_find(path);
    an_assert(setting != NULL);
    return load->lines[setting - an_settings_schema];
}

unsigned an_config_item_line(const struct an_config_load *load, const char *path, size_t i)
{
    const struct an_setting *setting = an_setting_find(path);
    an_assert(setting != NULL);
    const unsigned *lines = load->item_lines[setting - an_settings_schema];
    return lines == NULL ? 0 : lines[i];
}

enum an_err an_texts_add(struct an_texts *texts, const char *text, size_t len)
{
    an_assert(texts != NULL && text != NULL);
    if ((texts->count & (texts->count - 1)) == 0) { /* room doubles at powers of two */
        size_t room = texts->count == 0 ? 1 : texts->count * 2;
        char **wider = realloc(texts->items, room * sizeof *wider);
        if (wider == NULL) return AN_ERR_NO_MEMORY;
        texts->items = wider;
    }
    char *copy = strndup(text, len);
    if (copy == NULL) return AN_ERR_NO_MEMORY;
    texts->items[texts->count++] = copy;
    return AN_OK;
}

void an_texts_done(struct an_texts *texts)
{
    for (size_t i = 0; i < texts->count; i++) free(texts->items[i]);
    free(texts->items);
    *texts = (struct an_texts) { 0 };
}

void an_config_resolve_path(const struct an_config_load *load, const char *path, char *ret_path)
{
    const char *folder = path[0] == '/' ? "" : load->folder;
    size_t len = strlen(folder);
    an_assert(len < AN_CONFIG_PATH_MAX);
    memcpy(ret_path, folder, len); /* NOLINT(bugprone-not-null-terminated-result): the next line ends it */
    an_slice_copy(an_slice_of(path), ret_path + len, AN_CONFIG_PATH_MAX - len);
}

/* Default of a LIST row: the texts between its quotes. */
static enum an_err default_list(const struct an_setting *setting, struct an_config *config)
{
    struct an_texts *texts = (struct an_texts *)(void *)((char *)config + setting->offset);
    struct an_slice rest = an_slice_of(setting->def), text;
    enum an_err err = AN_OK;
    an_slice_cut(&rest, '"', &text);
    while (err == AN_OK && an_slice_cut(&rest, '"', &text)) {
        err = an_texts_add(texts, text.at, text.len);
        an_slice_cut(&rest, '"', &text);
    }
    return err;
}

static enum an_err put_default(const struct an_setting *setting, struct an_config *config)
{
    if (setting->type == AN_SETTING_LIST) return default_list(setting, config);
    if (an_setting_is_compound(setting)) return AN_OK;
    struct an_slice text = an_slice_of(setting->def);
    if (text.len >= 2 && text.at[0] == '"') text = (struct an_slice) { text.at + 1, text.len - 2 };
    struct an_error error;
    an_assert(an_setting_put(setting, config, text.at, text.len, &error) == AN_OK); /* the table is ours */
    return AN_OK;
}

static enum an_err put_defaults(struct an_config *config)
{
    *config = (struct an_config) { 0 };
    enum an_err err = an_settings_init(&config->settings);
    for (size_t i = 0; i < an_settings_schema_count && err == AN_OK; i++)
        err = put_default(&an_settings_schema[i], config);
    return err;
}

static void put_override(struct an_config_load *load, const char *path, const char *flag, const char *text)
{
    struct an_error wanted = { "" };
    if (text == NULL) return;
    const struct an_setting *setting = an_setting_find(path);
    an_assert(setting != NULL);
    if (an_setting_put(setting, load->config, text, strlen(text), &wanted) != AN_OK)
        an_config_problem(load->errors, flag, 0, false, "%.60s; %s", text, wanted.text);
}

static void put_overrides(struct an_config_load *load)
{
    const struct an_config_overrides *flags = load->options->overrides;
    if (flags == NULL) return;
    put_override(load, "http", "--http", flags->http);
    put_override(load, "data", "--data", flags->data);
    put_override(load, "workers", "--workers", flags->workers);
    put_override(load, "log.level", "--log-level", flags->log_level);
}

/* text NULL: no file. */
static enum an_err load_all(struct an_config_load *load, const char *text, size_t len, struct an_config *ret_config)
{
    struct an_config config;
    load->config = &config; /* cppcheck-suppress autoVariables; taken back below */
    load->fatal = put_defaults(&config);
    an_slice_copy(an_slice_of(load->name), config.path, sizeof config.path);
    if (text == NULL) config.path[0] = '\0';
    if (load->fatal == AN_OK && text != NULL) an_config_read_yaml(load, text, len);
    if (load->fatal == AN_OK) put_overrides(load);
    if (load->fatal == AN_OK) an_config_resolve_listen(load);
    if (load->fatal == AN_OK) an_config_read_lists(load);
    if (load->fatal == AN_OK) an_config_check(load);
    if (load->fatal == AN_OK && load->errors->error_count == 0) load->fatal = an_settings_write_text(&config.settings);
    for (size_t i = 0; i < AN_SETTINGS_MAX; i++) free(load->item_lines[i]);
    enum an_err err = load->fatal != AN_OK ? load->fatal : load->errors->error_count > 0 ? AN_ERR_INVALID : AN_OK;
    if (err == AN_OK)
        *ret_config = config;
    else
        an_config_done(&config);
    load->config = NULL;
    return err;
}

static const struct an_config_options no_options;

enum an_err an_config_defaults(struct an_config *ret_config)
{
    an_assert(ret_config != NULL);
    struct an_config_errors errors = { 0 };
    struct an_config_load load = { .name = "defaults", .options = &no_options, .errors = &errors };
    enum an_err err = load_all(&load, NULL, 0, ret_config);
    an_config_errors_done(&errors);
    return err;
}

enum an_err an_config_parse(const char *name, const char *text, size_t len, const struct an_config_options *options,
                            struct an_config *ret_config, struct an_config_errors *errors)
{
    an_assert(name != NULL && text != NULL && ret_config != NULL && errors != NULL);
    struct an_config_load load = { .name = name, .options = options == NULL ? &no_options : options, .errors = errors };
    if (len > AN_CONFIG_MAX) {
        an_config_problem(errors, name, 0, false,
                          "over %d bytes (AN_CONFIG_MAX); put long lists into files of their own", AN_CONFIG_MAX);
        return AN_ERR_INVALID;
    }
    return load_all(&load, text, len, ret_config);
}

/* The whole file, at most AN_CONFIG_MAX + 1 bytes. [own] text, or NULL with errno set. */
static char *read_file(const char *path, size_t *ret_len)
{
    char *text = malloc(AN_CONFIG_MAX + 1);
    FILE *file = text == NULL ? NULL : fopen(path, "re");
    if (file == NULL) {
        free(text);
        return NULL;
    }
    size_t len = fread(text, 1, AN_CONFIG_MAX + 1, file);
    int failed = ferror(file) ? errno : 0;
    fclose(file);
    if (failed != 0) {
        free(text);
        errno = failed;
        return NULL;
    }
    *ret_len = len;
    return text;
}

enum an_err an_config_load(const char *path, const struct an_config_options *options, struct an_config *ret_config,
                           struct an_config_errors *errors)
{
    an_assert(ret_config != NULL && errors != NULL);
    struct an_config_load load = { .name = path == NULL ? "command line" : path,
                                   .options = options == NULL ? &no_options : options,
                                   .errors = errors };
    if (path == NULL) return load_all(&load, NULL, 0, ret_config);
    size_t len = 0;
    const char *slash = strrchr(path, '/');
    size_t folder = slash == NULL ? 0 : (size_t)(slash - path) + 1;
    if (folder >= sizeof load.folder) {
        an_config_problem(errors, path, 0, false, "the path is over %d bytes", AN_CONFIG_PATH_MAX - 1);
        return AN_ERR_INVALID;
    }
    memcpy(load.folder, path, folder);
    char *text = read_file(path, &len);
    if (text == NULL) {
        an_config_problem(errors, path, 0, false, "%s", strerror(errno));
        return errno == ENOMEM ? AN_ERR_NO_MEMORY : AN_ERR_IO;
    }
    enum an_err err;
    if (len > AN_CONFIG_MAX)
        err = an_config_parse(path, text, len, options, ret_config, errors); /* says so */
    else
        err = load_all(&load, text, len, ret_config);
    free(text);
    return err;
}

void an_config_done(struct an_config *config)
{
    if (config == NULL) return;
    an_texts_done(&config->listen_texts);
    an_texts_done(&config->allow_texts);
    an_texts_done(&config->deny_texts);
    an_texts_done(&config->allow_files);
    an_texts_done(&config->deny_files);
    an_texts_done(&config->canary_texts);
    an_texts_done(&config->canary_files);
    for (size_t i = 0; i < config->firm_count; i++) {
        an_texts_done(&config->firms[i].numbers);
        an_texts_done(&config->firms[i].trunks);
    }
    free(config->firms);
    for (size_t i = 0; i < config->layout_count; i++) {
        struct an_layout *layout = &config->layouts[i];
        for (size_t j = 0; j < layout->pair_count; j++) {
            free(layout->pairs[j].key);
            free(layout->pairs[j].value);
        }
        free(layout->pairs);
        free(layout->name);
    }
    free(config->layouts);
    an_settings_done(&config->settings);
    *config = (struct an_config) { 0 };
}

struct an_settings *an_config_take_settings(struct an_config *config)
{
    an_assert(config != NULL);
    struct an_settings *settings = malloc(sizeof *settings);
    struct an_settings empty;
    if (settings == NULL || an_settings_init(&empty) != AN_OK) {
        free(settings);
        return NULL;
    }
    *settings = config->settings;
    config->settings = empty;
    return settings;
}

unsigned an_config_workers(const struct an_config *config)
{
    an_assert(config != NULL && config->workers <= AN_WORKERS_MAX);
    if (config->workers > 0) return config->workers;
    cpu_set_t cores;
    if (sched_getaffinity(0, sizeof cores, &cores) != 0) return 1; /* over 1,024 cores, or none told */
    int count = CPU_COUNT(&cores);
    return count < 1 ? 1 : count > AN_WORKERS_MAX ? AN_WORKERS_MAX : (unsigned)count;
}

static bool texts_differ(const struct an_texts *a, const struct an_texts *b)
{
    bool differ = a->count != b->count;
    for (size_t i = 0; i < a->count && !differ; i++) differ = strcmp(a->items[i], b->items[i]) != 0;
    return differ;
}

static bool setting_differs(const struct an_setting *setting, const struct an_config *a, const struct an_config *b)
{
    char left[AN_SETTING_TEXT_MAX], right[AN_SETTING_TEXT_MAX];
    if (setting->type == AN_SETTING_LIST)
        return texts_differ((const struct an_texts *)(const void *)((const char *)a + setting->offset),
                            (const struct an_texts *)(const void *)((const char *)b + setting->offset));
    if (an_setting_is_compound(setting)) return false; /* trunks and layouts are taken over at a reload */
    an_setting_get(setting, a, left);
    an_setting_get(setting, b, right);
    return strcmp(left, right) != 0;
}

size_t an_config_restart_keys(const struct an_config *before, const struct an_config *after, char *ret_text,
                              size_t size)
{
    an_assert(before != NULL && after != NULL && ret_text != NULL && size > 0);
    size_t count = 0, at = 0;
    ret_text[0] = '\0';
    for (size_t i = 0; i < an_settings_schema_count; i++) {
        const struct an_setting *setting = &an_settings_schema[i];
        if (setting->reload || !setting_differs(setting, before, after)) continue;
        int n = snprintf(ret_text + at, size - at, "%s%s", count == 0 ? "" : ", ", setting->path);
        if (n > 0 && (size_t)n < size - at) at += (size_t)n;
        count++;
    }
    return count;
}
