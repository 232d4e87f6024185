#include "journal/list.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/slice.h"
#include "journal/format.h"

static void read_header(int dir_fd, struct an_segment_info *info)
{
    uint8_t bytes[AN_SEGMENT_BEGIN] = { 0 };
    struct an_segment_header header;
    struct stat file;
    int fd = openat(dir_fd, info->name, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return;
    if (fstat(fd, &file) == 0) info->bytes = (uint64_t)file.st_size;
    ssize_t got = read(fd, bytes, sizeof bytes);
    close(fd);
    info->readable = got == (ssize_t)sizeof bytes && (an_segment_header_valid(bytes, &header) ||
                                                      an_segment_header_valid(bytes + AN_SEGMENT_HEADER, &header));
    if (info->readable) info->created_us = header.created_us;
}

static int by_place(const void *a, const void *b)
{
    return strcmp(((const struct an_segment_info *)a)->name, ((const struct an_segment_info *)b)->name);
}

enum an_err an_journal_list(const char *dir, struct an_segment_info **ret_infos, size_t *ret_count,
                            struct an_error *error)
{
    char path[4096];
    if ((size_t)snprintf(path, sizeof path, "%s/journal", dir) >= sizeof path)
        return an_fail(error, AN_ERR_IO, "%s: the path is too long", dir);
    DIR *folder = opendir(path);
    if (folder == NULL)
        return an_fail(error, errno == ENOENT ? AN_ERR_NOT_FOUND : AN_ERR_IO, "%s: %s; is %s the data folder?", path,
                       strerror(errno), dir);
    struct an_segment_info *infos = NULL;
    size_t count = 0;
    const struct dirent *entry;
    while ((entry = readdir(folder)) != NULL) {
        struct an_segment_info info = { 0 };
        if (!an_segment_name_parse(entry->d_name, &info.worker, &info.sequence)) continue;
        struct an_segment_info *more = realloc(infos, (count + 1) * sizeof *infos);
        if (more == NULL) {
            free(infos);
            closedir(folder);
            return an_fail(error, AN_ERR_NO_MEMORY, "no memory to list %s", path);
        }
        infos = more;
        an_slice_copy(an_slice_of(entry->d_name), info.name, sizeof info.name);
        read_header(dirfd(folder), &info);
        infos[count++] = info;
    }
    closedir(folder);
    if (count > 1) qsort(infos, count, sizeof *infos, by_place);
    *ret_infos = infos;
    *ret_count = count;
    return AN_OK;
}
