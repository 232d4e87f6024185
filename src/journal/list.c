#include "journal/list.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "journal/segment.h"

int an_segment_dir_open(const char *dir)
{
    char path[4096];
    int len = snprintf(path, sizeof path, "%s/journal", dir);
    if (len < 0 || (size_t)len >= sizeof path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static int name_order(const void *a, const void *b)
{
    const struct an_segment_name *x = a, *y = b;
    if (x->worker != y->worker) return x->worker < y->worker ? -1 : 1;
    return x->sequence < y->sequence ? -1 : x->sequence > y->sequence;
}

enum an_err an_segment_list_read(int dir_fd, struct an_segment_list *ret_list)
{
    int fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *folder = fd < 0 ? NULL : fdopendir(fd);
    if (folder == NULL) {
        if (fd >= 0) close(fd);
        return AN_ERR_IO;
    }
    struct an_segment_list list = { NULL, 0 };
    size_t capacity = 0;
    enum an_err err = AN_OK;
    for (struct dirent *entry; err == AN_OK && (entry = readdir(folder)) != NULL;) {
        struct an_segment_name name;
        struct stat status;
        if (!an_segment_name_parse(entry->d_name, &name.worker, &name.sequence)) continue;
        if (fstatat(dir_fd, entry->d_name, &status, 0) != 0 || !S_ISREG(status.st_mode) || status.st_size == 0)
            continue;
        name.bytes = (uint64_t)status.st_size;
        name.mtime_s = status.st_mtim.tv_sec;
        if (list.count == capacity) {
            capacity = capacity == 0 ? 64 : 2 * capacity;
            struct an_segment_name *larger = realloc(list.names, capacity * sizeof *larger);
            if (larger == NULL) {
                err = AN_ERR_NO_MEMORY;
                break;
            }
            list.names = larger;
        }
        list.names[list.count++] = name;
    }
    closedir(folder);
    if (err != AN_OK) {
        free(list.names);
        return err;
    }
    if (list.count > 0) qsort(list.names, list.count, sizeof *list.names, name_order);
    *ret_list = list;
    return AN_OK;
}

void an_segment_list_free(struct an_segment_list *list)
{
    free(list->names);
    *list = (struct an_segment_list) { NULL, 0 };
}

enum an_err an_journal_list(const char *dir, struct an_segment_list *ret_list, struct an_error *error)
{
    an_assert(dir != NULL && ret_list != NULL);
    int fd = an_segment_dir_open(dir);
    if (fd < 0)
        return an_fail(error, errno == ENOENT ? AN_ERR_NOT_FOUND : AN_ERR_IO, "%s/journal: %s; is %s the data folder?",
                       dir, strerror(errno), dir);
    enum an_err err = an_segment_list_read(fd, ret_list);
    close(fd);
    return err == AN_OK ? AN_OK : an_fail(error, err, "%s/journal: %s", dir, an_err_name(err));
}

bool an_segment_created(const char *dir, const struct an_segment_name *name, uint64_t *ret_created_us)
{
    struct an_segment segment;
    int fd = an_segment_dir_open(dir);
    if (fd < 0) return false;
    an_segment_init(&segment);
    bool good = an_segment_open(&segment, fd, name->worker, name->sequence) == AN_OK;
    if (good) *ret_created_us = segment.header.created_us;
    an_segment_done(&segment);
    close(fd);
    return good;
}
