#include "daemon/console.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

void an_console_dir(const char *given, char ret_dir[AN_CONSOLE_PATH_MAX])
{
    char program[AN_CONSOLE_PATH_MAX], page[AN_CONSOLE_PATH_MAX + 32];
    ret_dir[0] = '\0';
    if (strcmp(given, "none") == 0) return;
    snprintf(ret_dir, AN_CONSOLE_PATH_MAX, "%s", given[0] == '\0' ? ANNING_CONSOLE_DIR : given);
    if (given[0] != '\0') return;
    ssize_t len = readlink("/proc/self/exe", program, sizeof program - sizeof "/console/console");
    if (len <= 0) return;
    program[len] = '\0';
    char *slash = strrchr(program, '/');
    if (slash == NULL) return;
    strcpy(slash, "/console/console");
    snprintf(page, sizeof page, "%s/index.html", program);
    if (access(page, R_OK) == 0) strcpy(ret_dir, program);
}
