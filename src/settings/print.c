/* The configuration as YAML that loads to the same again. */
#include <string.h>

#include "settings/load.h"

static void indent(FILE *out, unsigned depth)
{
    fprintf(out, "%*s", (int)(depth * 2), "");
}

/* A comment over as many lines as it needs, 100 columns wide. */
static void comment(FILE *out, unsigned depth, const char *text)
{
    size_t width = 98 - (size_t)depth * 2;
    while (*text != '\0') {
        size_t len = strlen(text);
        if (len > width)
            for (len = width; len > 1 && text[len] != ' ';) len--;
        indent(out, depth);
        fprintf(out, "# %.*s\n", (int)len, text);
        text += len;
        while (*text == ' ') text++;
    }
}

static const char *section_text(const char *path, size_t len)
{
    for (size_t i = 0; i < an_settings_section_count; i++) {
        const char *section = an_settings_sections[i].path;
        if (len > 0 && strncmp(section, path, len) == 0 && section[len] == '\0') return an_settings_sections[i].en;
    }
    return NULL;
}

static void open_sections(FILE *out, const char *path, const char *before, bool with_comments)
{
    unsigned depth = 0;
    size_t shared = 0; /* bytes of the path whose sections are open already */
    for (size_t i = 0; path[i] != '\0' && path[i] == before[i]; i++)
        if (path[i] == '.') shared = i + 1;
    for (size_t at = 0, dot; path[at + (dot = strcspn(path + at, "."))] == '.'; at += dot + 1, depth++) {
        if (at + dot < shared) continue;
        if (depth == 0) fprintf(out, "\n");
        const char *text = section_text(path, at + dot);
        if (with_comments && text != NULL) comment(out, depth, text);
        indent(out, depth);
        fprintf(out, "%.*s:\n", (int)dot, path + at);
    }
}

static void print_list(FILE *out, const struct an_texts *texts, unsigned depth)
{
    char quoted[AN_CONFIG_PATH_MAX * 2];
    if (texts->count == 0) fprintf(out, " []");
    fprintf(out, "\n");
    for (size_t i = 0; i < texts->count; i++) {
        an_yaml_quote(texts->items[i], quoted, sizeof quoted);
        indent(out, depth);
        fprintf(out, "  - %s\n", quoted);
    }
}

static void print_trunks(FILE *out, const struct an_settings *settings)
{
    char text[80], name[64];
    if (settings->trunk_count == 0) fprintf(out, " []");
    fprintf(out, "\n");
    for (size_t i = 0; i < settings->trunk_count; i++) {
        const struct an_trunk_rule *rule = &settings->trunks[i];
        bool first = i == 0 || strcmp(rule->name, settings->trunks[i - 1].name) != 0;
        if (first) {
            an_yaml_quote(rule->name, name, sizeof name);
            fprintf(out, "  - name: %s\n    may_show_public: %s\n    proxy: %s\n    subscribers: %s\n    addresses:\n",
                    name, rule->may_show_public ? "true" : "false", rule->proxy ? "true" : "false",
                    rule->subscribers ? "true" : "false");
        }
        an_trunk_address_text(rule, text);
        fprintf(out, "      - \"%s\"\n", text);
    }
}

static void print_flow(FILE *out, const struct an_texts *texts)
{
    char quoted[AN_CONFIG_PATH_MAX * 2];
    for (size_t i = 0; i < texts->count; i++) {
        an_yaml_quote(texts->items[i], quoted, sizeof quoted);
        fprintf(out, "%s%s", i == 0 ? "" : ", ", quoted);
    }
}

static void print_firms(FILE *out, const struct an_config *config)
{
    char name[2 * AN_FIRM_NAME_MAX + 8];
    if (config->firm_count == 0) fprintf(out, " []");
    fprintf(out, "\n");
    for (size_t i = 0; i < config->firm_count; i++) {
        an_yaml_quote(config->firms[i].name, name, sizeof name);
        fprintf(out, "  - name: %s\n    numbers: [", name);
        print_flow(out, &config->firms[i].numbers);
        fprintf(out, "]\n    trunks: [");
        print_flow(out, &config->firms[i].trunks);
        fprintf(out, "]\n");
    }
}

static void print_layouts(FILE *out, const struct an_config *config, unsigned depth)
{
    char key[300], value[300];
    if (config->layout_count == 0) fprintf(out, " {}");
    fprintf(out, "\n");
    for (size_t i = 0; i < config->layout_count; i++) {
        an_yaml_quote(config->layouts[i].name, key, sizeof key);
        indent(out, depth);
        fprintf(out, "  %s:\n", key);
        for (size_t j = 0; j < config->layouts[i].pair_count; j++) {
            an_yaml_quote(config->layouts[i].pairs[j].key, key, sizeof key);
            an_yaml_quote(config->layouts[i].pairs[j].value, value, sizeof value);
            indent(out, depth);
            fprintf(out, "    %s: %s\n", key, value);
        }
    }
}

static void print_help(FILE *out, const struct an_setting *setting, unsigned depth)
{
    char text[700], domain[200];
    an_setting_domain(setting, domain, sizeof domain);
    snprintf(text, sizeof text, "%s (%s%s%s%s)", setting->en, domain, setting->unit[0] == '\0' ? "" : " ",
             setting->unit, setting->reload ? "" : "; takes effect at a restart");
    comment(out, depth, text);
}

void an_config_print(const struct an_config *config, FILE *out, bool with_comments)
{
    an_assert(config != NULL && out != NULL);
    const char *before = "";
    char value[AN_SETTING_TEXT_MAX];
    for (size_t i = 0; i < an_settings_schema_count; i++) {
        const struct an_setting *setting = &an_settings_schema[i];
        const char *key = strrchr(setting->path, '.');
        unsigned depth = 0;
        for (const char *c = setting->path; *c != '\0'; c++) depth += *c == '.';
        open_sections(out, setting->path, before, with_comments);
        before = setting->path;
        if (with_comments) print_help(out, setting, depth);
        indent(out, depth);
        fprintf(out, "%s:", key == NULL ? setting->path : key + 1);
        const void *field = (const char *)config + setting->offset;
        if (setting->type == AN_SETTING_LIST)
            print_list(out, field, depth);
        else if (setting->type == AN_SETTING_TRUNKS)
            print_trunks(out, &config->settings);
        else if (setting->type == AN_SETTING_FIRMS)
            print_firms(out, config);
        else if (setting->type == AN_SETTING_LAYOUTS)
            print_layouts(out, config, depth);
        else {
            an_setting_get(setting, config, value);
            fprintf(out, " %s\n", value);
        }
    }
}
