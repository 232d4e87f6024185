#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

enum an_err an_fd_write_parts(int fd, struct iovec *parts, int count)
{
    while (count > 0) {
        ssize_t n = writev(fd, parts, count);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return AN_ERR_IO;
        while (count > 0 && (size_t)n >= parts->iov_len) {
            n -= (ssize_t)parts->iov_len;
            parts++;
            count--;
        }
        if (count > 0) {
            parts->iov_base = (char *)parts->iov_base + n;
            parts->iov_len -= (size_t)n;
        }
    }
    return AN_OK;
}

enum an_err an_fd_read_all(int fd, void *out, size_t len)
{
    for (unsigned char *at = out; len > 0;) {
        ssize_t n = read(fd, at, len);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return AN_ERR_IO;
        if (n == 0) return AN_ERR_CORRUPT;
        at += n;
        len -= (size_t)n;
    }
    return AN_OK;
}

bool an_fd_hold_standard(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        if (fcntl(fd, F_GETFD) >= 0 || errno != EBADF) continue;
        /* The lowest that is free is taken, which is fd: those below it are open. */
        int held = open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY); /* not O_CLOEXEC: children need them */
        if (held < 0) held = open("/", O_PATH | O_DIRECTORY);                   /* a jail without devices */
        if (held != fd) return false;
    }
    return true;
}
