#include "range/cmd.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/nearest.h"

enum { BAR_EVERY_US = 100000, LINE_EVERY_US = 10000000, BAR_COLUMNS = 16 };

void ar_cmd_parse(const struct argp *argp, int argc, char **argv, void *input)
{
    argp_err_exit_status = AR_EXIT_USAGE;
    if (argp_parse(argp, argc, argv, 0, NULL, input) != 0) exit(AR_EXIT_USAGE);
}

int ar_cmd_fail(enum ar_exit code, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fputs("anning-range: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    return (int)code;
}

bool ar_cmd_is_chinese(void)
{
    static const char *const names[] = { "LC_ALL", "LC_MESSAGES", "LANG" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *value = getenv(names[i]);
        if (value != NULL && value[0] != '\0') return strncmp(value, "zh", 2) == 0;
    }
    return false;
}

/* ---- what run and watch have in common ---- */

static void add_defence(struct argp_state *state, const char *name, struct ar_cmd_choice *choice)
{
    enum ar_defence_kind kind;
    if (strcmp(name, "all") == 0) {
        choice->defences |= (1u << AR_DEFENCE_LIVE) - 1;
        return;
    }
    if (ar_defence_kind_of(name, &kind) == AN_OK && kind != AR_DEFENCE_LIVE) {
        choice->defences |= 1u << kind;
        return;
    }
    const char *names[AR_DEFENCE_LIVE + 1];
    for (int k = 0; k < AR_DEFENCE_LIVE; k++) names[k] = ar_defence_kind_name((enum ar_defence_kind)k);
    names[AR_DEFENCE_LIVE] = "all";
    const char *nearest = an_nearest(an_slice_of(name), names, AR_DEFENCE_LIVE + 1);
    if (nearest != NULL)
        argp_error(state, "no defence \"%s\"; did you mean \"%s\"?", name, nearest);
    else
        argp_error(state, "no defence \"%s\"; none, frequency, blacklist, reputation, anning and all are possible",
                   name);
}

uint64_t ar_cmd_number(struct argp_state *state, const char *flag, const char *value, uint64_t low, uint64_t high)
{
    char *end;
    unsigned long long number = strtoull(value, &end, 10);
    if (value[0] < '0' || value[0] > '9' || *end != '\0' || number < low || number > high)
        argp_error(state, "%s is %s; %llu to %llu is possible", flag, value, (unsigned long long)low,
                   (unsigned long long)high);
    return number;
}

static void read_live(struct argp_state *state, char *value, struct ar_cmd_choice *choice)
{
    char *comma = strchr(value, ',');
    if (comma == NULL) {
        argp_error(state,
                   "--live is %s; the addresses for SIP and for HTTP are needed, with a comma: "
                   "127.0.0.1:5060,127.0.0.1:8080",
                   value);
        return;
    }
    *comma = '\0';
    choice->sip = value;
    choice->http = comma + 1;
    choice->defences |= 1u << AR_DEFENCE_LIVE;
}

error_t ar_cmd_option(int key, char *value, struct argp_state *state, struct ar_cmd_choice *choice)
{
    switch (key) {
    case AR_KEY_SEED:
        choice->seed = ar_cmd_number(state, "--seed", value, 0, UINT64_MAX - 1);
        choice->seed_given = true;
        return 0;
    case AR_KEY_SPLIT:
        if (strcmp(value, "train") != 0 && strcmp(value, "tune") != 0 && strcmp(value, "final") != 0)
            argp_error(state, "--split is %s; train, tune or final is possible", value);
        choice->split = value;
        return 0;
    case AR_KEY_DEFENCE:
        for (char *name = strtok(value, ","); name != NULL; name = strtok(NULL, ",")) add_defence(state, name, choice);
        return 0;
    case AR_KEY_STRENGTH:
        choice->strength = (unsigned)ar_cmd_number(state, "--strength", value, 1, AR_STRENGTH_MAX);
        return 0;
    case AR_KEY_CONFIG: choice->config = value; return 0;
    case AR_KEY_LIVE: read_live(state, value, choice); return 0;
    case ARGP_KEY_ARG:
        if (choice->scenario_name != NULL) argp_error(state, "%s: one scenario at a time", value);
        choice->scenario_name = value;
        return 0;
    case ARGP_KEY_NO_ARGS: argp_error(state, "no scenario; `anning-range scenarios` lists them"); return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

/* Shapes are flattened, and numbers borrowed, from strength 3 on unless the file says otherwise; an override of the
 * strength carries that along. */
static void set_strength(struct ar_scenario *scenario, unsigned strength)
{
    for (size_t i = 0; i < scenario->adversary_count; i++) {
        scenario->adversaries[i].strength = strength;
        scenario->adversaries[i].borrow_numbers = strength >= 3;
    }
    scenario->flatten_shapes = strength >= 3;
}

static bool choose_seed(const struct ar_cmd_choice *choice, const struct ar_scenario *scenario, uint64_t *ret_seed)
{
    const char *split = choice->split == NULL ? "train" : choice->split;
    const uint64_t *seeds = split[0] == 'f' ? scenario->final : split[1] == 'r' ? scenario->train : scenario->tune;
    size_t count = split[0] == 'f'   ? scenario->final_count
                   : split[1] == 'r' ? scenario->train_count
                                     : scenario->tune_count;
    if (choice->seed_given)
        *ret_seed = choice->seed;
    else if (count > 0)
        *ret_seed = seeds[0];
    else
        return false;
    return true;
}

int ar_cmd_load(struct ar_cmd_choice *choice, struct ar_scenario *ret_scenario, uint64_t *ret_seed)
{
    char path[AR_PATH_MAX];
    char *problems = NULL;
    if (!ar_cmd_scenario_path(choice->scenario_name, path))
        return ar_cmd_fail(AR_EXIT_ENVIRONMENT,
                           "no scenario \"%s\": neither a file nor one of `anning-range scenarios`",
                           choice->scenario_name);
    enum an_err err = ar_scenario_load(path, ret_scenario, &problems);
    if (err != AN_OK) {
        fputs(problems == NULL ? "no memory\n" : problems, stderr);
        free(problems);
        return err == AN_ERR_INVALID ? AR_EXIT_NO : AR_EXIT_ENVIRONMENT;
    }
    free(problems);
    if (!choose_seed(choice, ret_scenario, ret_seed))
        return ar_cmd_fail(AR_EXIT_USAGE, "%s has no seed in %s; give one with --seed", path,
                           choice->split == NULL ? "train" : choice->split);
    if (choice->strength != 0) set_strength(ret_scenario, choice->strength);
    return AR_EXIT_OK;
}

/* ---- where scenarios are ---- */

static bool is_file(const char *path)
{
    return access(path, R_OK) == 0;
}

/* $ANNING_SCENARIOS; below the working folder; beside the build folder that the program is in. */
bool ar_cmd_scenario_folder(char out[AR_PATH_MAX])
{
    an_assert(out != NULL);
    const char *given = getenv("ANNING_SCENARIOS");
    if (given != NULL && (size_t)snprintf(out, AR_PATH_MAX, "%s", given) < AR_PATH_MAX) return is_file(out);
    snprintf(out, AR_PATH_MAX, "range/scenarios");
    if (is_file(out)) return true;
    ssize_t len = readlink("/proc/self/exe", out, AR_PATH_MAX - 40);
    if (len <= 0) return false;
    out[len] = '\0';
    char *slash = strrchr(out, '/');
    if (slash == NULL) return false;
    memcpy(slash, "/../range/scenarios", sizeof "/../range/scenarios");
    return is_file(out);
}

bool ar_cmd_scenario_path(const char *name, char out[AR_PATH_MAX])
{
    if ((size_t)snprintf(out, AR_PATH_MAX, "%s", name) < AR_PATH_MAX &&
        (strchr(name, '/') != NULL || strchr(name, '.') != NULL))
        return is_file(out);
    char folder[AR_PATH_MAX];
    if (!ar_cmd_scenario_folder(folder)) return false;
    return (size_t)snprintf(out, AR_PATH_MAX, "%s/%s.yaml", folder, name) < AR_PATH_MAX && is_file(out);
}

/* ---- progress ---- */

void ar_meter_begin(struct ar_meter *meter, const char *label)
{
    bool bar = isatty(STDERR_FILENO) == 1;
    *meter = (struct ar_meter) { .label = label, .bar = bar };
    meter->next_us = an_clock_mono_us() + (bar ? BAR_EVERY_US : LINE_EVERY_US);
}

void ar_meter_show(struct ar_meter *meter, const struct ar_run_progress *p)
{
    uint64_t now_us = an_clock_mono_us();
    if (now_us < meter->next_us) return;
    meter->next_us = now_us + (meter->bar ? BAR_EVERY_US : LINE_EVERY_US);
    double share = (double)(p->now_us - p->begin_us) / (double)(p->end_us - p->begin_us);
    double left_s = share > 0 ? p->spent_s * (1 - share) / share : 0;
    unsigned hours = (unsigned)((p->now_us - p->begin_us) / 3600000000ull);
    char bar[BAR_COLUMNS + 1];
    memset(bar, ' ', BAR_COLUMNS);
    memset(bar, '#', (size_t)(share * BAR_COLUMNS));
    bar[BAR_COLUMNS] = '\0';
    if (meter->bar)
        fprintf(stderr, "\r%-11s [%s] ", meter->label, bar);
    else
        fprintf(stderr, "%s: ", meter->label);
    fprintf(stderr, "%3.0f %%, day %u %02u:00, %.1f M events, %.0f s left%s", share * 100, hours / 24 + 1, hours % 24,
            (double)p->events / 1e6, left_s, meter->bar ? "\033[K" : "\n");
    fflush(stderr);
    meter->drawn = true;
}

void ar_meter_end(struct ar_meter *meter)
{
    if (meter->bar && meter->drawn) fputs("\r\033[K", stderr);
}
