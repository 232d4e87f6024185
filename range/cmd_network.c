/* anning-range network: the configuration for an anningd that a live run will call. */
#include <stdio.h>
#include <string.h>

#include "range/city.h"
#include "range/cmd.h"
#include "range/network.h"

static error_t parse_flag(int key, char *value, struct argp_state *state)
{
    struct ar_cmd_choice *choice = state->input;
    if (key != ARGP_KEY_ARG && key != ARGP_KEY_NO_ARGS) return ARGP_ERR_UNKNOWN;
    return ar_cmd_option(key, value, state, choice);
}

static const struct argp argp = {
    .parser = parse_flag,
    .args_doc = "SCENARIO",
    .doc = "Prints what Anning is told about a scenario's network: its trunks by name and address, and which of them "
           "may show public-service numbers. In process Anning has it unless --config names another file; a daemon is "
           "given it at its start."
           "\vExamples:\n"
           "  anning-range network demo >network.yaml\n"
           "  anningd --virtual-time --config network.yaml --sip udp:127.0.0.1:5060 \\\n"
           "      --http 127.0.0.1:8080 --data DIR\n",
};

int ar_cmd_network(int argc, char **argv)
{
    struct ar_cmd_choice choice = { 0 };
    static struct ar_scenario scenario; /* large */
    struct ar_city *city;
    struct an_error error;
    uint64_t seed;
    ar_cmd_parse(&argp, argc, argv, &choice);
    choice.seed_given = true; /* any: trunks are those of the scenario */
    int code = ar_cmd_load(&choice, &scenario, &seed);
    if (code != AR_EXIT_OK) return code;
    const struct ar_city_options options = {
        .subscribers = 1000, .begin_us = AR_BEGIN_US, .days = 1, .platform_trunks = scenario.platform_trunks
    };
    if (ar_city_new(&options, &city, &error) != AN_OK) return ar_cmd_fail(AR_EXIT_ENVIRONMENT, "%s", error.text);
    if (ar_network_write(stdout, ar_city_names(city)) != AN_OK)
        code = ar_cmd_fail(AR_EXIT_ENVIRONMENT, "can't write the answer");
    ar_city_free(city);
    return code;
}
