#include "journal/snapshot.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define XXH_INLINE_ALL
#define XXH_NO_INLINE_HINTS 1 /* gcc -Og refuses to inline what is streamed */
#include <xxhash.h>

#include "base/hash.h"
#include "base/log.h"
#include "journal/chain.h"

static const char *const suffixes[] = { ".snap", ".camp", ".live" }, *const temporaries[] = { ".tmp", ".camp.tmp",
                                                                                              ".live.tmp" };

enum { VERSION = 1, CHUNK = 64 << 10, LIST_MAX = 64, PATH_BYTES = 4200 };

/* File: this, positions, body. */
struct snapshot_header {
    char magic[4];
    uint16_t version, reserved;
    uint32_t position_count, reserved2;
    uint64_t time_us, body_bytes, body_checksum;
    uint64_t checksum; /* XXH3 of the bytes before and of the positions */
};
_Static_assert(sizeof(struct snapshot_header) == 48, "written as it stands");

struct linux_dirent64 {
    uint64_t inode;
    int64_t offset;
    uint16_t length;
    uint8_t type;
    char name[];
};

enum an_err an_snapshot_put(int fd, const void *bytes, size_t len)
{
    for (const char *at = bytes; len > 0;) {
        ssize_t n = write(fd, at, len);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return AN_ERR_IO;
        at += n;
        len -= (size_t)n;
    }
    return AN_OK;
}

/* "%020llu.snap" by hand: this runs in a forked child. suffix: ".snap" or ".tmp". */
static void name_of(uint64_t time_us, const char *suffix, char out[AN_SNAPSHOT_NAME_MAX])
{
    for (int i = 19; i >= 0; i--, time_us /= 10) out[i] = (char)('0' + time_us % 10);
    memcpy(out + 20, suffix, strlen(suffix) + 1);
}

static bool name_parse(const char *name, const char *suffix, uint64_t *ret_time_us)
{
    uint64_t time_us = 0;
    for (int i = 0; i < 20; i++) {
        if (name[i] < '0' || name[i] > '9' || time_us > (UINT64_MAX - 9) / 10) return false;
        time_us = time_us * 10 + (uint64_t)(name[i] - '0');
    }
    *ret_time_us = time_us;
    return strcmp(name + 20, suffix) == 0;
}

static int open_dir(const char *dir, bool make)
{
    char path[PATH_BYTES];
    size_t len = strnlen(dir, 4096);
    if (len >= 4096) {
        errno = ENAMETOOLONG;
        return -1;
    }
    memcpy(path, dir, len);
    memcpy(path + len, "/state", sizeof "/state");
    if (make && mkdir(path, 0750) != 0 && errno != EEXIST) return -1;
    return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* Times of the newest files with this suffix, newest first; at most max, others are left out. getdents64 and not
 * readdir, which allocates. */
static size_t list_times(int dir_fd, const char *suffix, uint64_t *times, size_t max)
{
    char buffer[4096] __attribute__((aligned(8)));
    size_t count = 0;
    if (lseek(dir_fd, 0, SEEK_SET) != 0) return 0;
    for (long n; (n = syscall(SYS_getdents64, dir_fd, buffer, sizeof buffer)) > 0;)
        for (long at = 0; at < n;) {
            const struct linux_dirent64 *entry = (const void *)(buffer + at);
            uint64_t time_us;
            at += entry->length;
            if (!name_parse(entry->name, suffix, &time_us)) continue;
            size_t place = count;
            while (place > 0 && times[place - 1] < time_us) place--;
            if (place == max) continue;
            if (count < max) count++;
            memmove(times + place + 1, times + place, (count - place - 1) * sizeof *times);
            times[place] = time_us;
        }
    return count;
}

static void prune(int dir_fd, enum an_snapshot_kind kind, uint64_t written_us)
{
    uint64_t times[LIST_MAX];
    char name[AN_SNAPSHOT_NAME_MAX];
    size_t count = list_times(dir_fd, suffixes[kind], times, LIST_MAX);
    for (size_t i = AN_SNAPSHOTS_KEPT; i < count; i++) {
        name_of(times[i], suffixes[kind], name);
        if (times[i] != written_us) (void)unlinkat(dir_fd, name, 0);
    }
    count = list_times(dir_fd, temporaries[kind], times, LIST_MAX); /* of writers that were killed */
    for (size_t i = 0; i < count; i++) {
        name_of(times[i], temporaries[kind], name);
        (void)unlinkat(dir_fd, name, 0);
    }
}

/* XXH3 of the file from its current offset to its end; no allocation. */
static enum an_err checksum_rest(int fd, uint64_t from, uint64_t *ret_bytes, uint64_t *ret_checksum)
{
    XXH3_state_t state;
    char chunk[CHUNK];
    uint64_t bytes = 0;
    XXH3_64bits_reset(&state);
    for (;;) {
        ssize_t n = pread(fd, chunk, sizeof chunk, (off_t)(from + bytes));
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return AN_ERR_IO;
        if (n == 0) break;
        XXH3_64bits_update(&state, chunk, (size_t)n);
        bytes += (uint64_t)n;
    }
    *ret_bytes = bytes;
    *ret_checksum = XXH3_64bits_digest(&state);
    return AN_OK;
}

static uint64_t header_checksum(const struct snapshot_header *h, const struct an_journal_position *positions)
{
    uint64_t head = an_hash64(h, offsetof(struct snapshot_header, checksum), 0);
    return an_hash64(positions, h->position_count * sizeof *positions, head);
}

static enum an_err write_file(int fd, uint64_t time_us, const struct an_journal_position *positions, size_t count,
                              an_snapshot_body_fn *body, void *context)
{
    struct snapshot_header header = {
        .magic = { 'A', 'N', 'S', '1' }, .version = VERSION, .position_count = (uint32_t)count, .time_us = time_us
    };
    struct snapshot_header blank;
    memset(&blank, 0, sizeof blank);
    enum an_err err = an_snapshot_put(fd, &blank, sizeof blank);
    if (err == AN_OK && count > 0) err = an_snapshot_put(fd, positions, count * sizeof *positions);
    if (err == AN_OK) err = body(context, fd);
    if (err == AN_OK)
        err = checksum_rest(fd, sizeof header + count * sizeof *positions, &header.body_bytes, &header.body_checksum);
    if (err != AN_OK) return err;
    header.checksum = header_checksum(&header, positions);
    if (pwrite(fd, &header, sizeof header, 0) != (ssize_t)sizeof header) return AN_ERR_IO;
    return fsync(fd) == 0 ? AN_OK : AN_ERR_IO;
}

enum an_err an_snapshot_write(const char *dir, enum an_snapshot_kind kind, uint64_t time_us,
                              const struct an_journal_position *positions, size_t position_count,
                              an_snapshot_body_fn *body, void *context, char ret_name[AN_SNAPSHOT_NAME_MAX],
                              struct an_error *error)
{
    an_assert(dir != NULL && body != NULL && position_count <= AN_JOURNAL_WORKERS_MAX);
    static const struct an_journal_position none;
    char temporary[AN_SNAPSHOT_NAME_MAX], name[AN_SNAPSHOT_NAME_MAX];
    name_of(time_us, temporaries[kind], temporary);
    name_of(time_us, suffixes[kind], name);
    if (mkdir(dir, 0750) != 0 && errno != EEXIST) return an_fail(error, AN_ERR_IO, "snapshot: cannot make %s", dir);
    int dir_fd = open_dir(dir, true);
    if (dir_fd < 0) return an_fail(error, AN_ERR_IO, "snapshot: cannot open %s/state: error %d", dir, errno);
    int fd = openat(dir_fd, temporary, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
    enum an_err err = fd < 0 ? AN_ERR_IO : AN_OK;
    if (err == AN_OK)
        err = write_file(fd, time_us, positions == NULL ? &none : positions, position_count, body, context);
    if (err == AN_OK && renameat(dir_fd, temporary, dir_fd, name) != 0) err = AN_ERR_IO;
    if (err == AN_OK && fsync(dir_fd) != 0) err = AN_ERR_IO;
    int code = errno;
    if (fd >= 0) close(fd);
    if (err == AN_OK)
        prune(dir_fd, kind, time_us);
    else
        (void)unlinkat(dir_fd, temporary, 0);
    close(dir_fd);
    if (err != AN_OK) return an_fail(error, err, "snapshot: cannot write %s/state/%s: error %d", dir, name, code);
    if (ret_name != NULL) memcpy(ret_name, name, sizeof name);
    return AN_OK;
}

/* Reads and checks the header; the file is then positioned at the body. */
static enum an_err read_header(int fd, enum an_snapshot_kind kind, uint64_t time_us, struct an_snapshot_info *info)
{
    struct snapshot_header h;
    if (read(fd, &h, sizeof h) != (ssize_t)sizeof h) return AN_ERR_CORRUPT;
    if (memcmp(h.magic, "ANS1", 4) != 0) return AN_ERR_CORRUPT;
    if (h.version != VERSION) return AN_ERR_UNSUPPORTED;
    if (h.position_count > AN_JOURNAL_WORKERS_MAX || h.time_us != time_us) return AN_ERR_CORRUPT;
    size_t bytes = h.position_count * sizeof info->positions[0];
    memset(info, 0, sizeof *info);
    if (read(fd, info->positions, bytes) != (ssize_t)bytes) return AN_ERR_CORRUPT;
    if (header_checksum(&h, info->positions) != h.checksum) return AN_ERR_CORRUPT;
    name_of(time_us, suffixes[kind], info->name);
    info->time_us = h.time_us;
    info->body_bytes = h.body_bytes;
    info->checksum = h.body_checksum;
    info->position_count = h.position_count;
    return AN_OK;
}

static int open_snapshot(int dir_fd, enum an_snapshot_kind kind, uint64_t time_us, struct an_snapshot_info *info)
{
    char name[AN_SNAPSHOT_NAME_MAX];
    name_of(time_us, suffixes[kind], name);
    int fd = openat(dir_fd, name, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (fd >= 0 && read_header(fd, kind, time_us, info) == AN_OK) return fd;
    if (fd >= 0) close(fd);
    return -1;
}

size_t an_snapshot_list(const char *dir, enum an_snapshot_kind kind, struct an_snapshot_info *ret_infos, size_t max)
{
    uint64_t times[LIST_MAX];
    int dir_fd = open_dir(dir, false);
    if (dir_fd < 0) return 0;
    size_t count = list_times(dir_fd, suffixes[kind], times, LIST_MAX), listed = 0;
    for (size_t i = 0; i < count && listed < max; i++) {
        int fd = open_snapshot(dir_fd, kind, times[i], &ret_infos[listed]);
        if (fd < 0) continue;
        listed++;
        close(fd);
    }
    close(dir_fd);
    return listed;
}

static void passed_over(const char *dir, enum an_snapshot_kind kind, uint64_t time_us, const char *why)
{
    char name[AN_SNAPSHOT_NAME_MAX];
    name_of(time_us, suffixes[kind], name);
    an_log(AN_LOG_WARN, "journal.snapshot",
           "%s/state/%s is passed over: %s; an older one or the journal is read instead", dir, name, why);
}

enum an_err an_snapshot_load(const char *dir, enum an_snapshot_kind kind, an_snapshot_load_fn *load, void *context,
                             struct an_snapshot_info *ret_info, struct an_error *error)
{
    an_assert(dir != NULL && load != NULL && ret_info != NULL);
    uint64_t times[LIST_MAX];
    int dir_fd = open_dir(dir, false);
    size_t count = dir_fd < 0 ? 0 : list_times(dir_fd, suffixes[kind], times, LIST_MAX);
    enum an_err err = AN_ERR_NOT_FOUND;
    struct an_snapshot_info info;
    for (size_t i = 0; i < count && err != AN_OK; i++) {
        int fd = open_snapshot(dir_fd, kind, times[i], &info);
        if (fd < 0) {
            passed_over(dir, kind, times[i], "its head is not one of this version");
            continue;
        }
        uint64_t bytes = 0, checksum = 0;
        off_t body = lseek(fd, 0, SEEK_CUR);
        err = checksum_rest(fd, (uint64_t)body, &bytes, &checksum);
        if (err == AN_OK && (bytes != info.body_bytes || checksum != info.checksum)) err = AN_ERR_CORRUPT;
        if (err != AN_OK) passed_over(dir, kind, times[i], "it is cut or damaged");
        if (err == AN_OK) err = load(context, fd, &info);
        close(fd);
    }
    if (dir_fd >= 0) close(dir_fd);
    if (err != AN_OK)
        return an_fail(error, AN_ERR_NOT_FOUND, "snapshot: %s/state holds %s", dir,
                       count == 0 ? "no snapshot" : "no intact snapshot");
    *ret_info = info;
    return AN_OK;
}

enum an_err an_snapshot_hash(const char *dir, const char *name, uint8_t ret_hash[32])
{
    struct an_chain chain;
    char bytes[CHUNK];
    int dir_fd = open_dir(dir, false);
    int fd = dir_fd < 0 ? -1 : openat(dir_fd, name, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (dir_fd >= 0) close(dir_fd);
    if (fd < 0) return errno == ENOENT ? AN_ERR_NOT_FOUND : AN_ERR_IO;
    ssize_t n = 0;
    enum an_err err = an_chain_init(&chain);
    if (err == AN_OK) {
        while ((n = read(fd, bytes, sizeof bytes)) > 0) an_chain_add(&chain, bytes, (size_t)n);
        if (n < 0)
            err = AN_ERR_IO;
        else
            an_chain_take(&chain, ret_hash);
        an_chain_done(&chain);
    }
    close(fd);
    return err;
}
