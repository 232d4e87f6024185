/* What the parts of loading share: the state of one load. Layer: settings, internal. */
#ifndef ANNING_SETTINGS_LOAD_H
#define ANNING_SETTINGS_LOAD_H

#include "settings/config.h"
#include "settings/schema.h"

struct an_config_load {
    const char *name;                        /* [borrow] file's name as messages show it */
    char folder[AN_CONFIG_PATH_MAX];         /* relative paths start here; empty or ends with '/' */
    const struct an_config_options *options; /* [borrow] never NULL */
    struct an_config *config;
    struct an_config_errors *errors;
    enum an_err fatal;                     /* AN_ERR_NO_MEMORY or AN_ERR_IO: beyond problems of the text */
    unsigned lines[AN_SETTINGS_MAX];       /* where each setting stands; 0: nowhere */
    unsigned *item_lines[AN_SETTINGS_MAX]; /* [own] for a LIST, where each item stands */
};

/* Notes a problem. line 0: none. */
__attribute__((format(printf, 5, 6))) void an_config_problem(struct an_config_errors *errors, const char *name,
                                                             unsigned line, bool warning, const char *format, ...);
/* Line of a setting by its path. */
unsigned an_config_line(const struct an_config_load *load, const char *path);
/* Line of item i of a LIST. */
unsigned an_config_item_line(const struct an_config_load *load, const char *path, size_t i);

/* yaml.c: fills scalars, lists, trunks and layouts from the text. */
void an_config_read_yaml(struct an_config_load *load, const char *text, size_t len);
/* address.c: one address of a trunk ("10.0.0.0/8", "10.1.2.3:5060"). */
enum an_err an_trunk_address_of_text(const char *text, struct an_trunk_rule *ret_rule, struct an_error *error);
/* The reverse. ret_text: 80 bytes. */
void an_trunk_address_text(const struct an_trunk_rule *rule, char *ret_text);
/* Adds a rule; AN_OK, AN_ERR_LIMIT (AN_TRUNKS_MAX), AN_ERR_NO_MEMORY. */
enum an_err an_trunk_add(struct an_settings *settings, const struct an_trunk_rule *rule);

/* lists.c: numbers of lists.*, list files and callee levels into the settings. */
void an_config_read_lists(struct an_config_load *load);
/* check.c: addresses, what must go together, files that must be there. */
void an_config_resolve_listen(struct an_config_load *load);
void an_config_check(struct an_config_load *load);

/* texts: appends a copy. AN_OK or AN_ERR_NO_MEMORY. */
enum an_err an_texts_add(struct an_texts *texts, const char *text, size_t len);
void an_texts_done(struct an_texts *texts);
/* Joins a relative path to the folder of the file. Cut when too long. ret_path: AN_CONFIG_PATH_MAX bytes. */
void an_config_resolve_path(const struct an_config_load *load, const char *path, char *ret_path);
/* Opens a file the configuration names, for reading. NULL and errno as fopen(); EINVAL when it is no regular file: a
 * pipe or a device could keep a reload, and with it the daemon's signals, waiting for ever. */
FILE *an_config_open_file(const char *path);
const char *an_config_open_error(void);

#endif
