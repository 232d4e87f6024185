/* anningd's command line. Layer: daemon. */
#ifndef ANNING_DAEMON_FLAGS_H
#define ANNING_DAEMON_FLAGS_H

#include <stdbool.h>

#include "settings/config.h"

struct an_flags {
    const char *config;                   /* NULL: no file */
    bool check;                           /* check the configuration and leave */
    bool virtual_time;                    /* callers say what time it is: for the test range, on loopback only */
    struct an_config_overrides overrides; /* text points into argv */
};

/* Fills flags. A wrong flag ends the process with status 2, --help and --version with 0. */
void an_flags_parse(int argc, char **argv, struct an_flags *ret_flags);

#endif
