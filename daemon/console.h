/* Where the console's files are, and where people reach it. Layer: daemon. */
#ifndef ANNING_DAEMON_CONSOLE_H
#define ANNING_DAEMON_CONSOLE_H

enum { AN_CONSOLE_PATH_MAX = 512 };

/* given: console.dir. Empty: `console` beside the program, where it was built; else the installed one. "none": empty. */
void an_console_dir(const char *given, char ret_dir[AN_CONSOLE_PATH_MAX]);
/* given: console.url; empty: by the address of http, which for every address is that of this machine alone. */
void an_console_url(const char *given, const char *http, char ret_url[AN_CONSOLE_PATH_MAX]);

#endif
