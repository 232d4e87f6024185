/* A scenario file: which city, which adversaries, how strong, for how long, and with which seeds. Layer: range. YAML;
 * errors name file, line, key and the legal values; impossible mixes are refused. range/scenarios/ has the shipped
 * ones, docs/range.md every key. */
#ifndef ANNING_RANGE_SCENARIO_H
#define ANNING_RANGE_SCENARIO_H

#include "base/err.h"
#include "range/call.h"

enum { AR_ADVERSARIES_MAX = 32, AR_SEEDS_MAX = 16, AR_STRENGTH_MAX = 5, AR_PLATFORM_TRUNKS_MAX = 256 };

struct ar_adversary_setting {
    enum ar_class mode;        /* A1..A9 */
    unsigned strength;         /* 1 naive .. 5 paranoid */
    enum an_category category; /* what is sold */
    double calls_a_day;        /* wanted volume; 0: the mode's published figure */
    uint32_t lines;            /* 0: the mode's published figure */
    double begin_day;          /* from the scenario's first midnight */
    double days;               /* 0: to the end */
    bool borrow_numbers;       /* pools may display numbers of real people of the city; default from strength 3 */
};

struct ar_scenario {
    char name[64];
    char path[256];
    uint32_t subscribers;
    double days;
    double warm_up_days;       /* measured from here on */
    uint32_t platform_trunks;
    bool flatten_shapes;       /* default: when any adversary's strength is 3 or more */
    double services;           /* volume of wanted services against what is usual; 1 */
    double report_rate;        /* share of annoyed people who report; 0.03 */
    double false_report_rate;  /* of wanted calls reported by mistake; 0.0005 */
    uint32_t smear_accounts;   /* colluding accounts that smear a courier; 0 */
    uint32_t smear_days;       /* over so many days, 9:00 to 17:00; 1 */
    double smear_called;       /* share of them that order first, so that there is a call to report; 0.5 */
    double smear_refused;      /* share of those calls that they refuse before they report them; 0 */
    bool smear_reports;        /* false: they order and refuse, and report nothing, to compare with; true */
    size_t adversary_count;
    struct ar_adversary_setting adversaries[AR_ADVERSARIES_MAX];
    size_t train_count, tune_count, final_count;
    uint64_t train[AR_SEEDS_MAX], tune[AR_SEEDS_MAX], final[AR_SEEDS_MAX];
};

/* AN_OK; AN_ERR_INVALID or AN_ERR_IO with everything that is wrong, a line each, in problems (free() it) [own]. */
enum an_err ar_scenario_load(const char *path, struct ar_scenario *ret_scenario, char **ret_problems);
/* The same out of memory; name: for messages, and the scenario's unless the text gives one. */
enum an_err ar_scenario_parse(const char *name, const char *text, size_t len, struct ar_scenario *ret_scenario,
                              char **ret_problems);
/* The defaults. */
void ar_scenario_init(struct ar_scenario *ret_scenario);

#endif
