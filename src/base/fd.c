#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
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

int an_fd_open_file(const char *path)
{
    struct stat about;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0) return -1;
    int wrong = fstat(fd, &about) != 0 ? -1 : S_ISREG(about.st_mode) ? 0 : AN_FD_IRREGULAR;
    if (wrong == 0) return fd;
    int saved = errno;
    close(fd);
    errno = saved;
    return wrong;
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
