/* The configuration: YAML file and command line in, one checked structure out. Layer: settings.
 *
 * Every setting is a row of schema.def, from which come the parser, the defaults, the range checks, `anning config`,
 * anning.conf(5) and docs/configuration.md. The file is read by libyaml (YAML 1.1); all problems of a file are
 * listed, each with its line and what would be right. Runs at start and reload only: it allocates and reads files.
 * A reload is a second an_config_load with the same options; the result's `settings` is the snapshot the hot path
 * reads, everything else is for the process. Cost: proportional to the file and the lists it names. */
#ifndef ANNING_SETTINGS_CONFIG_H
#define ANNING_SETTINGS_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/err.h"
#include "base/log.h"
#include "model/listen.h"
#include "model/settings.h"

enum { AN_CONFIG_PATH_MAX = 256, AN_CONFIG_TOKEN_MAX = 128, AN_CONFIG_WORDS_MAX = 128 };

/* Texts in the order they were written. */
struct an_texts {
    size_t count;
    char **items; /* [own] */
};

/* A named mapping of call-record fields to CSV columns, for the reader of call records; not interpreted here. */
struct an_layout_pair {
    char *key;   /* [own] */
    char *value; /* [own] */
};
struct an_layout {
    char *name; /* [own] */
    size_t pair_count;
    struct an_layout_pair *pairs; /* [own] */
};

/* A registered firm as it was written. */
struct an_firm_config {
    char name[AN_FIRM_NAME_MAX + 1];
    unsigned line;
    struct an_texts numbers, trunks;
};

struct an_tls_config {
    char certificate[AN_CONFIG_PATH_MAX], key[AN_CONFIG_PATH_MAX]; /* PEM; empty: none */
    char client_ca[AN_CONFIG_PATH_MAX];                            /* PEM; empty: no client certificate is asked for */
};

struct an_journal_config {
    uint32_t segment_mb, sync_ms, unsynced_mb;
    uint32_t retain_days, retain_gb; /* 0: for ever, without limit */
};

/* Entries of the bounded tables. */
struct an_limits_config {
    uint32_t numbers, relations, blocks, trunks, shapes, origins, lines, pending, emergencies, transactions;
    uint32_t reporters, accused, labels;
};

/* Sizes of campaign/'s tables. */
struct an_campaigns_config {
    bool enabled;
    uint32_t max, members, listed;
};

struct an_api_config {
    char token_file[AN_CONFIG_PATH_MAX];
    char token[AN_CONFIG_TOKEN_MAX + 1]; /* what the file holds; empty: no token is asked for */
    uint32_t threads;
};

/* Where what people set and report is kept (store/store.h). */
struct an_store_config {
    char url[AN_CONFIG_PATH_MAX];      /* empty: SQLite in the data folder */
    char key_file[AN_CONFIG_PATH_MAX]; /* empty: store.key in the data folder */
    uint32_t sessions;
};

struct an_console_config {
    char dir[AN_CONFIG_PATH_MAX]; /* built console; empty: the installed one; "none": none */
    char url[192];                /* where people reach it, without a / at the end; empty: http's address */
    bool https;                   /* it is reached by HTTPS: cookies are for that only */
    bool proxy;                   /* X-Forwarded-For of peers on loopback is believed */
    uint32_t session_h;           /* a session ends after so long */
    uint32_t streams_max;         /* live event streams at once */
};

/* People who are called, and what they write. */
struct an_people_config {
    bool enabled;
    uint32_t calls_days, report_days, short_code_min;
    uint32_t recording_kb, recordings_day, recording_days;
    char short_code[16]; /* digits, or +E.164; empty: none */
    char routes_secret_file[AN_CONFIG_PATH_MAX];
    char routes_secret[AN_CONFIG_TOKEN_MAX + 1]; /* what the file holds; empty: none */
};
struct an_texts_config {
    char secret_file[AN_CONFIG_PATH_MAX], send_url[AN_CONFIG_PATH_MAX], number[32];
    char secret[AN_CONFIG_TOKEN_MAX + 1]; /* what the file holds; empty: none */
    char on_words[AN_CONFIG_WORDS_MAX], off_words[AN_CONFIG_WORDS_MAX], query_words[AN_CONFIG_WORDS_MAX],
        report_words[AN_CONFIG_WORDS_MAX];
};

/* Which learned models judge (engine/models.h). */
struct an_model_config {
    char path[AN_CONFIG_PATH_MAX];   /* empty: the promoted one, or the one that ships; "none": hand-set weights */
    char shadow[AN_CONFIG_PATH_MAX]; /* empty: the promoted one; "none": none */
};

struct an_config {
    char path[AN_CONFIG_PATH_MAX]; /* file it came from; empty: none */
    size_t listen_count;
    struct an_listen listen[AN_LISTENS_MAX]; /* SIP and HEP, in the order they were written */
    char http[AN_LISTEN_TEXT_MAX];           /* as written; empty: no HTTP */
    union an_address http_address;           /* valid when http is not empty */
    char data[AN_CONFIG_PATH_MAX];
    uint32_t workers; /* 0: one a core; an_config_workers() resolves it */
    bool pin;
    struct an_tls_config tls;
    enum an_log_level log_level;
    struct an_journal_config journal;
    uint32_t snapshot_every_s; /* 0: at a clean stop only */
    struct an_limits_config limits;
    struct an_campaigns_config campaigns;
    struct an_api_config api;
    struct an_store_config store;
    struct an_console_config console;
    struct an_people_config people;
    struct an_texts_config texts;
    struct an_model_config model;
    uint32_t fallback_budget_ms;
    char callees_file[AN_CONFIG_PATH_MAX];
    struct an_texts listen_texts, allow_texts, deny_texts, allow_files, deny_files; /* as written */
    struct an_texts canary_texts, canary_files;
    size_t firm_count;
    struct an_firm_config *firms; /* [own] */
    size_t layout_count;
    struct an_layout *layouts;   /* [own] */
    struct an_settings settings; /* the hot snapshot; move it out with an_config_take_settings() */
};

/* What the command line says; it wins over the file. NULL and 0 mean "not given". All text is [borrow]ed and must
 * live as long as the options are used. */
struct an_config_overrides {
    size_t sip_count, hep_count;
    const char *sip[AN_LISTENS_MAX]; /* "udp:ADDR:PORT"; any of them replaces all SIP entries of the file */
    const char *hep[AN_LISTENS_MAX]; /* "ADDR:PORT"; any of them replaces all HEP entries of the file */
    const char *http;                /* "ADDR:PORT", or "none" */
    const char *data;
    const char *workers;
    const char *log_level;
};

struct an_config_options {
    /* A national number ("010-12345678", "95588") to E.164, by numbering.* of the settings; numbers that begin with +
     * do not pass here. NULL: digits are taken as they stand, country code included. */
    enum an_err (*normalise)(void *context, const struct an_settings *settings, const char *text, size_t len,
                             an_number *ret_number);
    void *context;
    const struct an_config_overrides *overrides; /* [borrow] NULL: none */
};

enum { AN_CONFIG_PROBLEMS_MAX = 100 };

/* Everything wrong or doubtful about a configuration, in the order it was found. */
struct an_config_errors {
    size_t error_count, warning_count; /* beyond AN_CONFIG_PROBLEMS_MAX problems are counted, not kept */
    size_t count;
    struct an_config_problem {
        bool warning;
        char text[512]; /* "anning.yaml:12: workers is 900; 0 to 256 are possible" */
    } * items;          /* [own] */
};
void an_config_errors_done(struct an_config_errors *errors);
/* Prints all, one a line; warnings begin with "warning: ". */
void an_config_errors_print(const struct an_config_errors *errors, FILE *out);
/* The same as log lines, for a reload: event "config.problem", level error or warn. */
void an_config_errors_log(const struct an_config_errors *errors);

/* Every setting at its default. AN_OK or AN_ERR_NO_MEMORY. */
enum an_err an_config_defaults(struct an_config *ret_config);

/* Defaults, then the file (path NULL: none), then options->overrides; lists and levels are read in, then all is
 * checked. options may be NULL. errors starts zeroed and is filled in either case; the caller ends it.
 * AN_OK (warnings are possible); AN_ERR_INVALID: problems are in errors; AN_ERR_IO: the file can't be read;
 * AN_ERR_NO_MEMORY. On failure ret_config is untouched. */
enum an_err an_config_load(const char *path, const struct an_config_options *options, struct an_config *ret_config,
                           struct an_config_errors *errors);
/* The same from memory; name stands in messages, relative paths start at the current folder. */
enum an_err an_config_parse(const char *name, const char *text, size_t len, const struct an_config_options *options,
                            struct an_config *ret_config, struct an_config_errors *errors);
void an_config_done(struct an_config *config);

/* YAML (or JSON, which is YAML) that says some of policy.*, laid over a policy; anything else in it is refused, and no file
 * is read. AN_ERR_INVALID, AN_ERR_LIMIT: error says what and where, and the policy is as it was. */
enum an_err an_policy_overlay(const char *text, size_t len, struct an_policy *policy, struct an_error *error);

/* Moves the hot snapshot out onto the heap (an_settings_done and free end it); config keeps an empty one.
 * NULL: no memory. */
struct an_settings *an_config_take_settings(struct an_config *config);

/* Workers to start: config->workers, or one a core this process may run on. 1..AN_WORKERS_MAX. */
enum { AN_WORKERS_MAX = 256 };
unsigned an_config_workers(const struct an_config *config);

/* Writes the configuration as YAML that loads to the same again; with comments: what each key means. */
void an_config_print(const struct an_config *config, FILE *out, bool with_comments);

/* Settings that differ between the two and take effect at a restart only: names, separated by ", ". Returns how many
 * there are; 0 leaves the text empty. size > 0. */
size_t an_config_restart_keys(const struct an_config *before, const struct an_config *after, char *ret_text,
                              size_t size);

/* Writes settings->text (canonical JSON of all that affects a verdict: fixed order, floats by %.9g; lists and callee
 * levels by count and hash, since a verdict's record carries what they said) and settings->version, its hash.
 * AN_OK or AN_ERR_NO_MEMORY. */
enum an_err an_settings_write_text(struct an_settings *settings);
/* The reverse, for a journal's settings record: policy, act, numbering and trunks; lists come back empty. The text is
 * kept as given and version is its hash. AN_OK, AN_ERR_MALFORMED, AN_ERR_UNSUPPORTED (a newer form), AN_ERR_NO_MEMORY.
 */
enum an_err an_settings_of_text(const char *json, size_t len, struct an_settings *ret_settings, struct an_error *error);

#endif
