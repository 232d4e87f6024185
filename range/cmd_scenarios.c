/* anning-range scenarios: what there is to play. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "range/cmd.h"

static error_t parse_flag(int key, char *value, struct argp_state *state)
{
    if (key != ARGP_KEY_ARG) return ARGP_ERR_UNKNOWN;
    argp_error(state, "%s: nothing is wanted here", value);
    return 0;
}

static const struct argp argp = { .parser = parse_flag,
                                  .doc =
                                      "Lists the scenarios that come along. $ANNING_SCENARIOS names another folder." };

static int is_yaml(const struct dirent *entry)
{
    size_t len = strlen(entry->d_name);
    return len > 5 && strcmp(entry->d_name + len - 5, ".yaml") == 0;
}

/* "A4 A8x2". */
static void print_adversaries(const struct ar_scenario *scenario)
{
    unsigned counts[9] = { 0 };
    for (size_t i = 0; i < scenario->adversary_count; i++) counts[scenario->adversaries[i].mode - AR_CLASS_A1]++;
    for (int m = 0; m < 9; m++) {
        if (counts[m] == 0) continue;
        printf(" A%d", m + 1);
        if (counts[m] > 1) printf("x%u", counts[m]);
    }
}

static int list_one(const char *folder, const char *file)
{
    char path[AR_PATH_MAX + 256];
    char *problems = NULL;
    struct ar_scenario scenario;
    snprintf(path, sizeof path, "%s/%.255s", folder, file);
    if (ar_scenario_load(path, &scenario, &problems) != AN_OK) {
        fputs(problems == NULL ? "no memory\n" : problems, stderr);
        free(problems);
        return AR_EXIT_NO;
    }
    free(problems);
    printf("%-16.*s %9u people %5.1f days  seeds %zu/%zu/%zu ", (int)(strlen(file) - 5), file, scenario.subscribers,
           scenario.days, scenario.train_count, scenario.tune_count, scenario.final_count);
    print_adversaries(&scenario);
    putchar('\n');
    return AR_EXIT_OK;
}

bool ar_cmd_is_final(uint64_t seed)
{
    char folder[AR_PATH_MAX], path[AR_PATH_MAX + 256];
    static struct ar_scenario scenario; /* large */
    struct dirent **entries;
    int count = ar_cmd_scenario_folder(folder) ? scandir(folder, &entries, is_yaml, alphasort) : -1;
    bool found = false;
    if (count < 0) return false;
    for (int i = 0; i < count; i++) {
        char *problems = NULL;
        snprintf(path, sizeof path, "%s/%.255s", folder, entries[i]->d_name);
        if (!found && ar_scenario_load(path, &scenario, &problems) == AN_OK)
            for (size_t k = 0; k < scenario.final_count; k++) found = found || scenario.final[k] == seed;
        free(problems);
        free(entries[i]);
    }
    free(entries);
    return found;
}

int ar_cmd_scenarios(int argc, char **argv)
{
    char folder[AR_PATH_MAX];
    struct dirent **entries;
    ar_cmd_parse(&argp, argc, argv, NULL);
    if (!ar_cmd_scenario_folder(folder))
        return ar_cmd_fail(AR_EXIT_ENVIRONMENT, "no folder of scenarios here; run it at the root of the tree, or set "
                                                "ANNING_SCENARIOS");
    int count = scandir(folder, &entries, is_yaml, alphasort), code = AR_EXIT_OK;
    if (count < 0) return ar_cmd_fail(AR_EXIT_ENVIRONMENT, "%s can't be read", folder);
    for (int i = 0; i < count; i++) {
        int one = list_one(folder, entries[i]->d_name);
        code = one != AR_EXIT_OK ? one : code;
        free(entries[i]);
    }
    free(entries);
    return code;
}
