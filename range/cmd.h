/* The frame of `anning-range`: verbs, exit codes, scenarios by name. Layer: range. */
#ifndef ANNING_RANGE_CMD_H
#define ANNING_RANGE_CMD_H

#include <argp.h>
#include <stdint.h>

#include "range/run.h"

enum ar_exit {
    AR_EXIT_OK = 0,
    AR_EXIT_NO = 1,          /* the run ended early, or the scenario has faults */
    AR_EXIT_USAGE = 2,       /* the command line is wrong */
    AR_EXIT_ENVIRONMENT = 3, /* a file, an address or memory is missing */
};

/* argv[0] is "anning-range VERB"; each returns enum ar_exit. */
int ar_cmd_run(int argc, char **argv);
int ar_cmd_watch(int argc, char **argv);
int ar_cmd_scenarios(int argc, char **argv);
int ar_cmd_network(int argc, char **argv);

/* argp_parse; a wrong flag ends the program with AR_EXIT_USAGE. */
void ar_cmd_parse(const struct argp *argp, int argc, char **argv, void *input);
/* "anning-range: ..." on standard error; returns code. */
__attribute__((format(printf, 2, 3))) int ar_cmd_fail(enum ar_exit code, const char *format, ...);
bool ar_cmd_is_chinese(void);

/* What both run and watch are told. Use AR_CMD_OPTIONS first in their own options and ar_cmd_option in the parser. */
struct ar_cmd_choice {
    const char *scenario_name;
    uint64_t seed;
    bool seed_given;
    const char *split;     /* NULL: train */
    unsigned defences;     /* bits by enum ar_defence_kind */
    unsigned strength;     /* 0: as the scenario has it */
    const char *config;
    const char *sip, *http;
};
enum { AR_KEY_SEED = 256, AR_KEY_SPLIT, AR_KEY_DEFENCE, AR_KEY_STRENGTH, AR_KEY_CONFIG, AR_KEY_LIVE, AR_KEY_OWN };
#define AR_CMD_OPTIONS                                                                                                 \
    { "seed", AR_KEY_SEED, "N", 0, "this seed instead of one of the scenario's", 1 },                                  \
    { "split", AR_KEY_SPLIT, "NAME", 0, "first seed of train (default), tune or final", 1 },                           \
    { "defence", AR_KEY_DEFENCE, "LIST", 0,                                                                            \
      "none, frequency, blacklist, reputation, anning, all; several with commas", 1 },                                 \
    { "strength", AR_KEY_STRENGTH, "N", 0, "every adversary's strength, 1 naive to 5 paranoid", 1 },                   \
    { "config", AR_KEY_CONFIG, "FILE", 0,                                                                              \
      "Anning's configuration, in process; without it what `anning-range network` prints", 1 },                        \
    { "live", AR_KEY_LIVE, "SIP,HTTP", 0, "a running anningd --virtual-time, such as 127.0.0.1:5060,127.0.0.1:8080", 1 }

/* A whole number in the flag's bounds; leaves with a message otherwise. */
uint64_t ar_cmd_number(struct argp_state *state, const char *flag, const char *value, uint64_t low, uint64_t high);
error_t ar_cmd_option(int key, char *value, struct argp_state *state, struct ar_cmd_choice *choice);
/* Loads the scenario and chooses the seed. AR_EXIT_OK, or an exit code after saying what is wrong. */
int ar_cmd_load(struct ar_cmd_choice *choice, struct ar_scenario *ret_scenario, uint64_t *ret_seed);

/* Whether some shipped scenario keeps this seed for final measuring. */
bool ar_cmd_is_final(uint64_t seed);

/* A path, or a shipped scenario's name. out: the path of a file that is there; false: none. */
enum { AR_PATH_MAX = 512 };
bool ar_cmd_scenario_path(const char *name, char out[AR_PATH_MAX]);
/* Where the shipped ones are; false: not found. */
bool ar_cmd_scenario_folder(char out[AR_PATH_MAX]);

/* The run's progress on standard error: a bar on a terminal, else a line every 10 s. */
struct ar_meter {
    const char *label;
    bool bar, drawn;
    uint64_t next_us;
};
void ar_meter_begin(struct ar_meter *meter, const char *label);
void ar_meter_show(struct ar_meter *meter, const struct ar_run_progress *progress);
void ar_meter_end(struct ar_meter *meter);

#endif
