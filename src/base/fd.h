/* Whole reads and writes on a file descriptor: interrupted and short ones go on. Layer: base. System calls only, no
 * allocation, so that a fork()ed child may use them. On AN_ERR_IO errno says why. */
#ifndef ANNING_BASE_FD_H
#define ANNING_BASE_FD_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/uio.h>

#include "base/err.h"

/* parts are used up: what was written of them is cut off. AN_OK or AN_ERR_IO. */
enum an_err an_fd_write_parts(int fd, struct iovec *parts, int count);
/* AN_OK, AN_ERR_IO, or AN_ERR_CORRUPT where the file ends before len bytes. */
enum an_err an_fd_read_all(int fd, void *out, size_t len);
/* A file to read from: -1 with errno where it can't be opened, AN_FD_IRREGULAR where it is a folder, a pipe or a
 * device. A pipe that nobody writes to makes no wait. */
enum { AN_FD_IRREGULAR = -2 };
int an_fd_open_file(const char *path);
/* For the first line of main(): takes those of descriptors 0 to 2 that the program was started without, so that no file
 * opened later becomes standard error and gets the log in between its bytes. Nothing can be read from, or written to,
 * what is taken: EBADF, as before. False: there was nothing to take them with. */
bool an_fd_hold_standard(void);

#endif
