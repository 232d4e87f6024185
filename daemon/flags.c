#include "daemon/flags.h"

#include <argp.h>
#include <stdio.h>
#include <stdlib.h>

enum { KEY_SIP = 256, KEY_HEP, KEY_HTTP, KEY_DATA, KEY_WORKERS, KEY_LEVEL, KEY_CHECK, KEY_VIRTUAL };

static const struct argp_option options[] = {
    { "config", 'c', "FILE", 0, "configuration, see anning.conf(5)", 1 },
    { "check", KEY_CHECK, NULL, 0, "check the configuration and leave: 0 right, 1 problems", 1 },
    { "sip", KEY_SIP, "ADDRESS", 0, "take SIP at udp:ADDR:PORT, tcp:ADDR:PORT or tls:ADDR:PORT; again for more", 2 },
    { "hep", KEY_HEP, "ADDRESS", 0, "take HEP3 at ADDR:PORT over UDP, watched only; again for more", 2 },
    { "http", KEY_HTTP, "ADDRESS", 0, "HTTP interface and metrics at ADDR:PORT, or none", 2 },
    { "data", KEY_DATA, "FOLDER", 0, "journal and snapshots", 2 },
    { "workers", KEY_WORKERS, "N", 0, "threads that judge calls; 0: one a core", 2 },
    { "log-level", KEY_LEVEL, "LEVEL", 0, "debug, info, warn or error", 2 },
    { "virtual-time", KEY_VIRTUAL, NULL, 0,
      "for the test range: believe the time that callers give (X-Anning-Time); listens on loopback only", 3 },
    { 0 },
};

static void add(struct argp_state *state, const char *flag, const char *value, const char **texts, size_t *count)
{
    if (*count >= AN_LISTENS_MAX)
        argp_error(state, "%s more than %d times", flag, AN_LISTENS_MAX);
    else
        texts[(*count)++] = value;
}

static error_t parse_flag(int key, char *value, struct argp_state *state)
{
    struct an_flags *flags = state->input;
    struct an_config_overrides *overrides = &flags->overrides;
    switch (key) {
    case 'c': flags->config = value; return 0;
    case KEY_CHECK: flags->check = true; return 0;
    case KEY_VIRTUAL: flags->virtual_time = true; return 0;
    case KEY_SIP: add(state, "--sip", value, overrides->sip, &overrides->sip_count); return 0;
    case KEY_HEP: add(state, "--hep", value, overrides->hep, &overrides->hep_count); return 0;
    case KEY_HTTP: overrides->http = value; return 0;
    case KEY_DATA: overrides->data = value; return 0;
    case KEY_WORKERS: overrides->workers = value; return 0;
    case KEY_LEVEL: overrides->log_level = value; return 0;
    case ARGP_KEY_ARG: argp_error(state, "%s: no flag is before it", value); return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static void print_version(FILE *out, struct argp_state *state)
{
    (void)state;
    fputs("anningd " ANNING_VERSION "\n", out);
}

static const struct argp argp = {
    .options = options,
    .parser = parse_flag,
    .doc = "Judges calls before the phone rings: allow, label, screen or block."
           "\vFlags win over the file. SIGHUP reads the file again, SIGTERM stops cleanly.\n\n"
           "Examples:\n"
           "  anningd --config /etc/anning/anning.yaml\n"
           "  anningd --sip udp:127.0.0.1:5060 --http 127.0.0.1:8080 --data /tmp/anning\n"
           "  anningd --config anning.yaml --check\n\n"
           "anningd(8) and anning.conf(5) tell more.\n",
};

void an_flags_parse(int argc, char **argv, struct an_flags *ret_flags)
{
    struct an_flags flags = { 0 };
    argp_program_version_hook = print_version;
    argp_err_exit_status = 2;
    if (argp_parse(&argp, argc, argv, 0, NULL, &flags) != 0) exit(2);
    *ret_flags = flags;
}
