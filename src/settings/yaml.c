/* The YAML file to struct an_config. libyaml's document interface keeps the line of each node; nodes are walked along
 * the schema only, so neither deep nesting nor aliases that point at themselves can lead anywhere. */
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "base/limits.h"
#include "settings/load.h"

enum { PATH_TEXT_MAX = 128, SHOWN_MAX = 40, LAYOUTS_MAX = 32, LAYOUT_PAIRS_MAX = 64, LAYOUT_TEXT_MAX = 128 };

struct walk {
    struct an_config_load *load;
    yaml_document_t *document;
};

static unsigned line_of(const yaml_node_t *node)
{
    return (unsigned)node->start_mark.line + 1;
}

#define problem(load, line, ...) an_config_problem((load)->errors, (load)->name, line, false, __VA_ARGS__)

static const char *text_of(const yaml_node_t *node)
{
    return (const char *)node->data.scalar.value;
}

static bool is_null(const yaml_node_t *node)
{
    if (node->type != YAML_SCALAR_NODE || node->data.scalar.style != YAML_PLAIN_SCALAR_STYLE) return false;
    const char *text = text_of(node);
    return text[0] == '\0' || strcmp(text, "~") == 0 || strcmp(text, "null") == 0;
}

static const char *kind_of(const yaml_node_t *node)
{
    return node->type == YAML_SEQUENCE_NODE ? "a list" : node->type == YAML_MAPPING_NODE ? "a section" : "a text";
}

/* A scalar's text without NUL inside, or NULL (the problem is noted). */
static const char *scalar_text(struct an_config_load *load, const yaml_node_t *node, const char *path, const char *want)
{
    if (node->type != YAML_SCALAR_NODE) {
        problem(load, line_of(node), "%s is %s; %s is wanted", path, kind_of(node), want);
        return NULL;
    }
    if (strlen(text_of(node)) != node->data.scalar.length) {
        problem(load, line_of(node), "%s holds a NUL byte", path);
        return NULL;
    }
    return text_of(node);
}

static void read_scalar(struct an_config_load *load, const struct an_setting *setting, const yaml_node_t *node)
{
    char domain[200];
    struct an_error wanted = { "" };
    an_setting_domain(setting, domain, sizeof domain);
    if (is_null(node)) {
        problem(load, line_of(node), "%s has no value; %s is wanted", setting->path, domain);
        return;
    }
    const char *text = scalar_text(load, node, setting->path, domain);
    if (text == NULL) return;
    if (an_setting_put(setting, load->config, text, strlen(text), &wanted) == AN_OK) return;
    bool cut = strlen(text) > SHOWN_MAX;
    problem(load, line_of(node), "%s is %.*s%s; %s", setting->path, SHOWN_MAX, text, cut ? "..." : "", wanted.text);
}

static void read_list(struct walk *walk, const struct an_setting *setting, const yaml_node_t *node)
{
    struct an_config_load *load = walk->load;
    struct an_texts *texts = (struct an_texts *)(void *)((char *)load->config + setting->offset);
    an_texts_done(texts);
    if (is_null(node)) return;
    if (node->type != YAML_SEQUENCE_NODE) {
        problem(load, line_of(node), "%s is %s; a list is wanted: [\"...\", \"...\"]", setting->path, kind_of(node));
        return;
    }
    size_t count = (size_t)(node->data.sequence.items.top - node->data.sequence.items.start);
    if ((double)count > setting->maximum) {
        problem(load, line_of(node), "%s has %zu entries; at most %.0f are possible", setting->path, count,
                setting->maximum);
        return;
    }
    unsigned *lines = calloc(count + 1, sizeof *lines);
    size_t index = (size_t)(setting - an_settings_schema);
    if (lines == NULL) load->fatal = AN_ERR_NO_MEMORY;
    free(load->item_lines[index]);
    load->item_lines[index] = lines;
    for (size_t i = 0; i < count && lines != NULL; i++) {
        const yaml_node_t *item = yaml_document_get_node(walk->document, node->data.sequence.items.start[i]);
        const char *text = scalar_text(load, item, setting->path, setting->form);
        if (text == NULL) continue;
        lines[texts->count] = line_of(item);
        if (an_texts_add(texts, text, strlen(text)) != AN_OK) load->fatal = AN_ERR_NO_MEMORY;
    }
}

static void read_trunk_address(struct an_config_load *load, const yaml_node_t *node, struct an_trunk_rule rule)
{
    struct an_error error = { "" };
    const char *text = scalar_text(load, node, "trunks.addresses", "an address or a network");
    if (text == NULL) return;
    if (an_trunk_address_of_text(text, &rule, &error) != AN_OK) {
        problem(load, line_of(node), "trunks.addresses: %s", error.text);
        return;
    }
    enum an_err err = an_trunk_add(&load->config->settings, &rule);
    if (err == AN_ERR_NO_MEMORY)
        load->fatal = err;
    else if (err != AN_OK)
        problem(load, line_of(node), "trunks have more than %d addresses (AN_TRUNKS_MAX)", AN_TRUNKS_MAX);
}

static bool trunk_name_taken(const struct an_settings *settings, const char *name)
{
    for (size_t i = 0; i < settings->trunk_count; i++)
        if (strcmp(settings->trunks[i].name, name) == 0) return true;
    return false;
}

static bool read_trunk_name(struct an_config_load *load, const yaml_node_t *node, struct an_trunk_rule *rule)
{
    const char *text = scalar_text(load, node, "trunks.name", "a text");
    if (text == NULL) return false;
    size_t len = strlen(text);
    if (len == 0 || len >= sizeof rule->name) {
        problem(load, line_of(node), "trunks.name has %zu bytes; 1 to %zu are possible", len, sizeof rule->name - 1);
        return false;
    }
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)text[i] <= 0x20 || text[i] == 0x7f || text[i] == '"' || text[i] == '\\') {
            problem(load, line_of(node), "trunks.name holds a space, a quote or a control character");
            return false;
        }
    if (trunk_name_taken(&load->config->settings, text)) {
        problem(load, line_of(node), "trunk %s is there twice; list all its addresses in one entry", text);
        return false;
    }
    memcpy(rule->name, text, len + 1);
    return true;
}

static bool read_trunk_flag(struct an_config_load *load, const yaml_node_t *node, const char *path, bool *ret_flag)
{
    if (node == NULL) return true;
    const char *text = scalar_text(load, node, path, "true or false");
    struct an_slice value = an_slice_of(text);
    if (text == NULL) return false;
    if (an_slice_equal_nocase(value, AN_SLICE("true")) || an_slice_equal_nocase(value, AN_SLICE("yes")))
        *ret_flag = true;
    else if (!an_slice_equal_nocase(value, AN_SLICE("false")) && !an_slice_equal_nocase(value, AN_SLICE("no"))) {
        problem(load, line_of(node), "%s is %.*s; true or false is possible", path, SHOWN_MAX, text);
        return false;
    }
    return true;
}

/* Which of the keys of a trunk a node is: 0 name, 1 addresses, 2 may_show_public, 3 proxy, 4 subscribers; -1: none,
 * noted. */
static int trunk_key(struct an_config_load *load, const yaml_node_t *key, const yaml_node_t **found)
{
    const char *name = scalar_text(load, key, "a key of trunks", "a text");
    if (name == NULL) return -1;
    for (size_t i = 0; i < an_settings_trunk_key_count; i++) {
        if (strcmp(name, an_settings_trunk_keys[i].key) != 0) continue;
        if (found[i] == NULL) return (int)i;
        problem(load, line_of(key), "trunks.%s is there twice; first on line %u", name, line_of(found[i]));
        return -1;
    }
    problem(load, line_of(key),
            "trunks.%.*s is no setting; a trunk has name, addresses, may_show_public, proxy, "
            "subscribers",
            SHOWN_MAX, name);
    return -1;
}

static void read_trunk(struct walk *walk, const yaml_node_t *node)
{
    struct an_config_load *load = walk->load;
    const yaml_node_t *found[5] = { NULL, NULL, NULL, NULL, NULL };
    struct an_trunk_rule rule = { 0 };
    if (node->type != YAML_MAPPING_NODE) {
        problem(load, line_of(node), "a trunk is %s; {name: NAME, addresses: [ADDRESS]} is wanted", kind_of(node));
        return;
    }
    for (yaml_node_pair_t *pair = node->data.mapping.pairs.start; pair < node->data.mapping.pairs.top; pair++) {
        int key = trunk_key(load, yaml_document_get_node(walk->document, pair->key), found);
        if (key >= 0) found[key] = yaml_document_get_node(walk->document, pair->value);
    }
    if (found[0] == NULL || found[1] == NULL) {
        problem(load, line_of(node), "a trunk lacks its %s", found[0] == NULL ? "name" : "addresses");
        return;
    }
    if (!read_trunk_name(load, found[0], &rule)) return;
    if (!read_trunk_flag(load, found[2], "trunks.may_show_public", &rule.may_show_public)) return;
    if (!read_trunk_flag(load, found[3], "trunks.proxy", &rule.proxy)) return;
    if (!read_trunk_flag(load, found[4], "trunks.subscribers", &rule.subscribers)) return;
    if (found[1]->type == YAML_SCALAR_NODE) {
        read_trunk_address(load, found[1], rule);
    } else if (found[1]->type == YAML_SEQUENCE_NODE &&
               found[1]->data.sequence.items.top > found[1]->data.sequence.items.start) {
        const yaml_node_item_t *end = found[1]->data.sequence.items.top;
        for (const yaml_node_item_t *item = found[1]->data.sequence.items.start; item < end; item++)
            read_trunk_address(load, yaml_document_get_node(walk->document, *item), rule);
    } else {
        problem(load, line_of(found[1]), "trunk %s has no addresses; a list is wanted: [10.0.0.0/8]", rule.name);
    }
}

static void read_trunks(struct walk *walk, const yaml_node_t *node)
{
    if (is_null(node)) return;
    if (node->type != YAML_SEQUENCE_NODE) {
        problem(walk->load, line_of(node), "trunks is %s; a list is wanted: - {name: NAME, addresses: [ADDRESS]}",
                kind_of(node));
        return;
    }
    const yaml_node_item_t *end = node->data.sequence.items.top;
    for (const yaml_node_item_t *item = node->data.sequence.items.start; item < end; item++)
        read_trunk(walk, yaml_document_get_node(walk->document, *item));
}

/* Texts of a list, or of a single scalar, into texts. */
static void read_firm_texts(struct walk *walk, const yaml_node_t *node, const char *path, struct an_texts *texts)
{
    struct an_config_load *load = walk->load;
    const char *text;
    if (node->type == YAML_SCALAR_NODE) {
        text = scalar_text(load, node, path, "a list");
        if (text != NULL && an_texts_add(texts, text, strlen(text)) != AN_OK) load->fatal = AN_ERR_NO_MEMORY;
        return;
    }
    if (node->type != YAML_SEQUENCE_NODE) {
        problem(load, line_of(node), "%s is %s; a list is wanted", path, kind_of(node));
        return;
    }
    const yaml_node_item_t *end = node->data.sequence.items.top;
    for (const yaml_node_item_t *item = node->data.sequence.items.start; item < end; item++) {
        text = scalar_text(load, yaml_document_get_node(walk->document, *item), path, "a text");
        if (text != NULL && an_texts_add(texts, text, strlen(text)) != AN_OK) load->fatal = AN_ERR_NO_MEMORY;
    }
}

static bool read_firm_name(struct an_config_load *load, const yaml_node_t *node, char name[AN_FIRM_NAME_MAX + 1])
{
    const char *text = scalar_text(load, node, "registered.name", "a text");
    if (text == NULL) return false;
    size_t len = strlen(text);
    if (len == 0 || len > AN_FIRM_NAME_MAX) {
        problem(load, line_of(node), "registered.name has %zu bytes; 1 to %d are possible", len, AN_FIRM_NAME_MAX);
        return false;
    }
    for (size_t i = 0; i < load->config->firm_count; i++)
        if (strcmp(load->config->firms[i].name, text) == 0) {
            problem(load, line_of(node), "firm %s is there twice; list all its numbers in one entry", text);
            return false;
        }
    memcpy(name, text, len + 1);
    return true;
}

static void read_firm(struct walk *walk, const yaml_node_t *node)
{
    static const char *const keys[3] = { "name", "numbers", "trunks" };
    struct an_config_load *load = walk->load;
    struct an_firm_config *firm = &load->config->firms[load->config->firm_count];
    const yaml_node_t *found[3] = { NULL, NULL, NULL };
    if (node->type != YAML_MAPPING_NODE) {
        problem(load, line_of(node), "a firm is %s; {name: NAME, numbers: [NUMBER], trunks: [TRUNK]} is wanted",
                kind_of(node));
        return;
    }
    for (yaml_node_pair_t *pair = node->data.mapping.pairs.start; pair < node->data.mapping.pairs.top; pair++) {
        const yaml_node_t *key = yaml_document_get_node(walk->document, pair->key);
        const char *name = scalar_text(load, key, "a key of registered", "a text");
        unsigned k = 0;
        while (name != NULL && k < 3 && strcmp(name, keys[k]) != 0) k++;
        if (name == NULL) continue;
        if (k == 3)
            problem(load, line_of(key), "registered.%.*s is no setting; a firm has name, numbers, trunks", SHOWN_MAX,
                    name);
        else if (found[k] != NULL)
            problem(load, line_of(key), "registered.%s is there twice; first on line %u", name, line_of(found[k]));
        else
            found[k] = yaml_document_get_node(walk->document, pair->value);
    }
    for (unsigned k = 0; k < 3; k++)
        if (found[k] == NULL) {
            problem(load, line_of(node), "a firm lacks its %s", keys[k]);
            return;
        }
    if (!read_firm_name(load, found[0], firm->name)) return;
    firm->line = line_of(node);
    load->config->firm_count++;
    read_firm_texts(walk, found[1], "registered.numbers", &firm->numbers);
    read_firm_texts(walk, found[2], "registered.trunks", &firm->trunks);
}

static void read_firms(struct walk *walk, const yaml_node_t *node)
{
    struct an_config_load *load = walk->load;
    if (is_null(node)) return;
    if (node->type != YAML_SEQUENCE_NODE) {
        problem(load, line_of(node), "registered is %s; a list is wanted: - {name: NAME, numbers: [], trunks: []}",
                kind_of(node));
        return;
    }
    size_t count = (size_t)(node->data.sequence.items.top - node->data.sequence.items.start);
    if (count > AN_FIRMS_MAX) {
        problem(load, line_of(node), "registered has %zu firms; at most %d are possible (AN_FIRMS_MAX)", count,
                AN_FIRMS_MAX);
        return;
    }
    load->config->firms = calloc(count + 1, sizeof *load->config->firms);
    if (load->config->firms == NULL) load->fatal = AN_ERR_NO_MEMORY;
    for (size_t i = 0; i < count && load->fatal == AN_OK; i++)
        read_firm(walk, yaml_document_get_node(walk->document, node->data.sequence.items.start[i]));
}

/* A copy of a layout's text, or NULL (the problem is noted). */
static char *layout_text(struct an_config_load *load, const yaml_node_t *node, const char *what)
{
    const char *text = scalar_text(load, node, what, "a text");
    if (text == NULL) return NULL;
    if (text[0] == '\0' || strlen(text) > LAYOUT_TEXT_MAX) {
        problem(load, line_of(node), "%s has %zu bytes; 1 to %d are possible", what, strlen(text), LAYOUT_TEXT_MAX);
        return NULL;
    }
    char *copy = strdup(text);
    if (copy == NULL) load->fatal = AN_ERR_NO_MEMORY;
    return copy;
}

static void read_layout_pair(struct walk *walk, struct an_layout *layout, const yaml_node_pair_t *pair)
{
    const yaml_node_t *key = yaml_document_get_node(walk->document, pair->key);
    const yaml_node_t *value = yaml_document_get_node(walk->document, pair->value);
    char *field = layout_text(walk->load, key, "a field of replay.layouts");
    char *column = layout_text(walk->load, value, "a column of replay.layouts");
    bool twice = false;
    for (size_t i = 0; field != NULL && i < layout->pair_count; i++)
        twice = twice || strcmp(layout->pairs[i].key, field) == 0;
    if (twice) problem(walk->load, line_of(key), "replay.layouts.%s.%s is there twice", layout->name, field);
    if (field == NULL || column == NULL || twice) {
        free(field);
        free(column);
        return;
    }
    layout->pairs[layout->pair_count++] = (struct an_layout_pair) { field, column };
}

static void read_layout(struct walk *walk, const yaml_node_pair_t *pair)
{
    struct an_config_load *load = walk->load;
    struct an_config *config = load->config;
    const yaml_node_t *key = yaml_document_get_node(walk->document, pair->key);
    const yaml_node_t *value = yaml_document_get_node(walk->document, pair->value);
    char *name = layout_text(load, key, "a name in replay.layouts");
    if (name == NULL) return;
    bool twice = false;
    for (size_t i = 0; i < config->layout_count; i++)
        /* NOLINTNEXTLINE(clang-analyzer-core.NonNullParamChecker): all have names */
        twice = twice || strcmp(config->layouts[i].name, name) == 0;
    size_t count = value->type != YAML_MAPPING_NODE
                       ? 0
                       : (size_t)(value->data.mapping.pairs.top - value->data.mapping.pairs.start);
    struct an_layout_pair *pairs = calloc(count + 1, sizeof *pairs);
    if (pairs == NULL) load->fatal = AN_ERR_NO_MEMORY;
    if (twice)
        problem(load, line_of(key), "replay.layouts.%s is there twice", name);
    else if (count == 0 || count > LAYOUT_PAIRS_MAX)
        problem(load, line_of(value), "replay.layouts.%s needs 1 to %d lines FIELD: COLUMN", name, LAYOUT_PAIRS_MAX);
    if (pairs == NULL || twice || count == 0 || count > LAYOUT_PAIRS_MAX) {
        free(name);
        free(pairs);
        return;
    }
    struct an_layout *layout = &config->layouts[config->layout_count++];
    *layout = (struct an_layout) { .name = name, .pairs = pairs };
    for (size_t i = 0; i < count; i++) read_layout_pair(walk, layout, &value->data.mapping.pairs.start[i]);
}

static void read_layouts(struct walk *walk, const yaml_node_t *node)
{
    struct an_config *config = walk->load->config;
    if (is_null(node)) return;
    if (node->type != YAML_MAPPING_NODE) {
        problem(walk->load, line_of(node), "replay.layouts is %s; NAME: {FIELD: COLUMN} is wanted", kind_of(node));
        return;
    }
    size_t count = (size_t)(node->data.mapping.pairs.top - node->data.mapping.pairs.start);
    if (count > LAYOUTS_MAX) {
        problem(walk->load, line_of(node), "replay.layouts has %zu layouts; at most %d are possible", count,
                LAYOUTS_MAX);
        return;
    }
    config->layouts = calloc(count + 1, sizeof *config->layouts);
    if (config->layouts == NULL) walk->load->fatal = AN_ERR_NO_MEMORY;
    for (size_t i = 0; i < count && config->layouts != NULL; i++) read_layout(walk, &node->data.mapping.pairs.start[i]);
}

static void unknown_key(struct an_config_load *load, const yaml_node_t *key, const char *section, const char *path)
{
    const char *nearest = an_setting_nearest(path);
    char keys[AN_SETTING_KEYS_MAX];
    if (nearest != NULL) {
        problem(load, line_of(key), "%s is no setting; the nearest is %s", path, nearest);
        return;
    }
    if (strcmp(path, "sip") == 0) { /* what everybody tries first, and far from the name it has */
        problem(load, line_of(key),
                "sip is no setting; where SIP is answered is listen, such as [\"udp:127.0.0.1:5060\"]");
        return;
    }
    an_setting_keys(section, keys, sizeof keys);
    problem(load, line_of(key), "%s is no setting; possible%s%s: %s", path, section[0] == '\0' ? "" : " in ", section,
            keys);
}

static void read_setting(struct walk *walk, const struct an_setting *setting, const yaml_node_t *key,
                         const yaml_node_t *value)
{
    unsigned *line = &walk->load->lines[setting - an_settings_schema];
    if (*line != 0) {
        problem(walk->load, line_of(key), "%s is there twice; first on line %u", setting->path, *line);
        return;
    }
    *line = line_of(key);
    switch (setting->type) {
    case AN_SETTING_LIST: read_list(walk, setting, value); break;
    case AN_SETTING_TRUNKS: read_trunks(walk, value); break;
    case AN_SETTING_LAYOUTS: read_layouts(walk, value); break;
    case AN_SETTING_FIRMS: read_firms(walk, value); break;
    default: read_scalar(walk->load, setting, value); break;
    }
}

/* Recursion ends with the schema: a section is entered only if some setting's path begins with it. */
static void read_section(struct walk *walk, const char *section, const yaml_node_t *node)
{
    struct an_config_load *load = walk->load;
    if (is_null(node)) return; /* every key of it is commented out */
    if (node->type != YAML_MAPPING_NODE) {
        const char *name = section[0] == '\0' ? "the file" : section;
        problem(load, line_of(node), "%s is %s; lines KEY: VALUE are wanted", name, kind_of(node));
        return;
    }
    char entered[8][PATH_TEXT_MAX];
    size_t entered_count = 0;
    for (yaml_node_pair_t *pair = node->data.mapping.pairs.start; pair < node->data.mapping.pairs.top; pair++) {
        const yaml_node_t *key = yaml_document_get_node(walk->document, pair->key);
        const yaml_node_t *value = yaml_document_get_node(walk->document, pair->value);
        const char *name = scalar_text(load, key, "a key", "a name");
        char path[PATH_TEXT_MAX];
        if (name == NULL) continue;
        snprintf(path, sizeof path, "%s%s%.60s", section, section[0] == '\0' ? "" : ".", name);
        const struct an_setting *setting = an_setting_find(path);
        bool twice = false;
        if (setting != NULL) {
            read_setting(walk, setting, key, value);
        } else if (an_setting_is_section(path)) {
            for (size_t i = 0; i < entered_count; i++) twice = twice || strcmp(entered[i], path) == 0;
            if (twice) problem(load, line_of(key), "%s is there twice; bring the two sections together", path);
            if (!twice && entered_count < 8) memcpy(entered[entered_count++], path, sizeof path);
            if (!twice) read_section(walk, path, value);
        } else {
            unknown_key(load, key, section, path);
        }
    }
}

/* Every line whose indentation holds a tab; true if there is one. */
static bool note_tabs(struct an_config_load *load, const char *text, size_t len)
{
    struct an_slice rest = { text, len }, line;
    bool found = false;
    for (unsigned number = 1; rest.len > 0; number++) {
        an_slice_cut(&rest, '\n', &line);
        size_t i = 0;
        while (i < line.len && line.at[i] == ' ') i++;
        if (i < line.len && line.at[i] == '\t' && an_slice_trim(line).len > 0) {
            problem(load, number, "a tab is used for indentation; YAML wants spaces");
            found = true;
        }
    }
    return found;
}

static void note_syntax(struct an_config_load *load, const yaml_parser_t *parser, const char *text, size_t len)
{
    unsigned line = (unsigned)parser->problem_mark.line + 1;
    if (parser->error == YAML_MEMORY_ERROR) {
        load->fatal = AN_ERR_NO_MEMORY;
        return;
    }
    if (parser->error == YAML_READER_ERROR) {
        line = 1;
        for (size_t i = 0; i < parser->problem_offset && i < len; i++) line += text[i] == '\n';
        problem(load, line, "not text in UTF-8: %s", parser->problem);
        return;
    }
    if (note_tabs(load, text, len)) return;
    const char *context = parser->context == NULL ? "" : parser->context;
    problem(load, line, "not YAML: %s%s%s", parser->problem == NULL ? "syntax error" : parser->problem,
            context[0] == '\0' ? "" : " ", context);
}

/* libyaml's scanner looks at every open bracket again for each token, so depth is bounded before it starts. */
static bool too_deep(struct an_config_load *load, const char *text, size_t len)
{
    enum { BRACKETS_MAX = 1000 };
    unsigned line = 1, open = 0;
    for (size_t i = 0; i < len; i++) {
        line += text[i] == '\n';
        if (text[i] == '[' || text[i] == '{')
            open++;
        else if ((text[i] == ']' || text[i] == '}') && open > 0)
            open--;
        if (open <= BRACKETS_MAX) continue;
        problem(load, line, "more than %d brackets are open", BRACKETS_MAX);
        return true;
    }
    return false;
}

void an_config_read_yaml(struct an_config_load *load, const char *text, size_t len)
{
    yaml_parser_t parser;
    yaml_document_t document, second;
    if (too_deep(load, text, len)) return;
    if (!yaml_parser_initialize(&parser)) {
        load->fatal = AN_ERR_NO_MEMORY;
        return;
    }
    yaml_parser_set_input_string(&parser, (const unsigned char *)text, len);
    yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
    if (!yaml_parser_load(&parser, &document)) {
        note_syntax(load, &parser, text, len);
        yaml_parser_delete(&parser);
        return;
    }
    struct walk walk = { load, &document };
    const yaml_node_t *root = yaml_document_get_root_node(&document);
    if (root != NULL) {
        read_section(&walk, "", root);
        if (!yaml_parser_load(&parser, &second)) {
            note_syntax(load, &parser, text, len);
        } else {
            const yaml_node_t *next = yaml_document_get_root_node(&second);
            if (next != NULL) problem(load, line_of(next), "a second document begins after ---; one is wanted");
            yaml_document_delete(&second);
        }
    }
    yaml_document_delete(&document);
    yaml_parser_delete(&parser);
}
