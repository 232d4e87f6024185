/* The settings as a table. Layer: settings, internal; tools/schema-docs.c reads it too. The rows come from
 * schema.def; a value is put into struct an_config by the row's offset, size and type. */
#ifndef ANNING_SETTINGS_SCHEMA_H
#define ANNING_SETTINGS_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>

#include "settings/config.h"

enum an_setting_type {
    AN_SETTING_WHOLE,
    AN_SETTING_REAL,
    AN_SETTING_BOOL,
    AN_SETTING_CHOICE,
    AN_SETTING_CODE,
    AN_SETTING_WORD,
    AN_SETTING_TEXT,
    AN_SETTING_PATH,
    AN_SETTING_ENDPOINT,
    AN_SETTING_OFFSET,
    AN_SETTING_LIST,
    AN_SETTING_TRUNKS,
    AN_SETTING_LAYOUTS,
    AN_SETTING_FIRMS,
};

struct an_setting {
    const char *path; /* "journal.sync_ms" */
    enum an_setting_type type;
    size_t offset, size; /* in struct an_config */
    const char *unit;    /* "" when there is none */
    const char *def;     /* as YAML */
    double minimum, maximum;
    const char *form;
    bool reload;
    const char *en, *zh;
};

struct an_setting_section {
    const char *path, *en, *zh;
};

struct an_trunk_key {
    const char *key, *form, *def, *en, *zh;
};

extern const struct an_setting an_settings_schema[];
extern const size_t an_settings_schema_count;
extern const struct an_setting_section an_settings_sections[];
extern const size_t an_settings_section_count;
extern const struct an_trunk_key an_settings_trunk_keys[];
extern const size_t an_settings_trunk_key_count;

enum { AN_SETTINGS_MAX = 128, AN_SETTING_TEXT_MAX = 320 };

/* Row of a path; NULL: there is none. */
const struct an_setting *an_setting_find(const char *path);
/* True when path is a section, such as "journal" or "policy.costs". */
bool an_setting_is_section(const char *path);
/* Legal path nearest to one that is not; NULL: nothing is near. */
const char *an_setting_nearest(const char *path);
/* Legal path of a section's keys, for a message: "certificate, client_ca, key"; what finds no room becomes " ...". */
enum { AN_SETTING_KEYS_MAX = 320 };
void an_setting_keys(const char *section, char *ret_text, size_t size);

/* Puts a scalar. AN_OK, or AN_ERR_INVALID with ret_wanted saying what is possible ("1 to 256 are possible"). */
enum an_err an_setting_put(const struct an_setting *setting, struct an_config *config, const char *text, size_t len,
                           struct an_error *ret_wanted);
/* A scalar as YAML would write it, quoted when it must be. ret_text: AN_SETTING_TEXT_MAX bytes. */
void an_setting_get(const struct an_setting *setting, const struct an_config *config, char *ret_text);
/* True for LIST, TRUNKS, LAYOUTS and FIRMS. */
bool an_setting_is_compound(const struct an_setting *setting);
/* What a value of this row looks like: "0 to 256", "true or false", "one of loose, standard, strict". */
void an_setting_domain(const struct an_setting *setting, char *ret_text, size_t size);
/* Writes text as a YAML double-quoted scalar. Cut when too long. Returns the bytes written. */
size_t an_yaml_quote(const char *text, char *out, size_t size);

#endif
