/* Where the console's files are. Layer: daemon. */
#ifndef ANNING_DAEMON_CONSOLE_H
#define ANNING_DAEMON_CONSOLE_H

enum { AN_CONSOLE_PATH_MAX = 512 };

/* given: console.dir. Empty: `console` beside the program, where it was built; else the installed one. "none": empty.
 */
void an_console_dir(const char *given, char ret_dir[AN_CONSOLE_PATH_MAX]);

#endif
