/* A disk that fails on demand: pwrite, fdatasync and openat(O_CREAT) for files below a folder named journal or state.
 *
 * Two uses. As a shared library before a real program, told by a file that is read at each call:
 *     cc -shared -fPIC -o disk.so tests/fault/disk.c && AN_FAULT_FILE=/tmp/fault LD_PRELOAD=./disk.so anningd ...
 *     echo 'write_errno=28 write_room=1000 sync_ms=300 sync_errno=5 open_errno=30' > /tmp/fault
 * Or included by a test, which sets the numbers of struct fault itself: a program's own functions come before libc's.
 * System calls are made directly, so that it works under every sanitizer. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

struct fault {
    _Atomic int write_errno; /* 0: writes succeed */
    _Atomic long write_room; /* bytes that still succeed before write_errno; the last write may be short */
    _Atomic int sync_errno;
    _Atomic int sync_ms;    /* each fdatasync takes so long */
    _Atomic int open_errno; /* of new files */
    _Atomic long writes, syncs;
};
struct fault fault;

static void fault_read(void)
{
    const char *path = getenv("AN_FAULT_FILE");
    char text[256];
    if (path == NULL) return;
    long fd = syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
    long n = fd < 0 ? 0 : syscall(SYS_read, (int)fd, text, sizeof text - 1);
    if (fd >= 0) syscall(SYS_close, (int)fd);
    text[n > 0 ? n : 0] = '\0';
    const char *at;
    fault.write_errno = (at = strstr(text, "write_errno=")) == NULL ? 0 : atoi(at + 12);
    fault.sync_errno = (at = strstr(text, "sync_errno=")) == NULL ? 0 : atoi(at + 11);
    fault.sync_ms = (at = strstr(text, "sync_ms=")) == NULL ? 0 : atoi(at + 8);
    fault.open_errno = (at = strstr(text, "open_errno=")) == NULL ? 0 : atoi(at + 11);
}

static int fault_concerns(int fd)
{
    char link[64], path[512];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    long n = syscall(SYS_readlink, link, path, sizeof path - 1);
    if (n <= 0) return 0;
    path[n] = '\0';
    return strstr(path, "/journal") != NULL || strstr(path, "/state") != NULL;
}

ssize_t pwrite(int fd, const void *bytes, size_t len, off_t offset)
{
    fault_read();
    if (fault.write_errno != 0 && fault_concerns(fd)) {
        long room = fault.write_room;
        fault.writes++;
        if (room <= 0) {
            errno = fault.write_errno;
            return -1;
        }
        if (len > (size_t)room) len = (size_t)room;
        fault.write_room = room - (long)len;
    }
    return syscall(SYS_pwrite64, fd, bytes, len, offset);
}

int fdatasync(int fd)
{
    fault_read();
    if (fault_concerns(fd)) {
        fault.syncs++;
        struct timespec wait = { fault.sync_ms / 1000, (fault.sync_ms % 1000) * 1000000L };
        if (fault.sync_ms > 0) nanosleep(&wait, NULL);
        if (fault.sync_errno != 0) {
            errno = fault.sync_errno;
            return -1;
        }
    }
    return (int)syscall(SYS_fdatasync, fd);
}

int openat(int dir, const char *path, int flags, ...)
{
    va_list args;
    va_start(args, flags);
    int mode = (flags & O_CREAT) != 0 ? va_arg(args, int) : 0;
    va_end(args);
    fault_read();
    if ((flags & O_CREAT) != 0 && fault.open_errno != 0 && fault_concerns(dir)) {
        errno = fault.open_errno;
        return -1;
    }
    return (int)syscall(SYS_openat, dir, path, flags, mode);
}
