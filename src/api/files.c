#include "api/files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/hash.h"

struct file {
    char path[AN_FILES_PATH_MAX]; /* "/assets/app-1a2b3c4d.js" */
    char *bytes;                  /* [own] */
    size_t len;
    uint64_t hash;
};

struct an_api_files {
    struct file *files; /* [own] sorted by path */
    size_t count, bytes;
};

static int by_path(const void *a, const void *b)
{
    return strcmp(((const struct file *)a)->path, ((const struct file *)b)->path);
}

static const struct file *file_at(const struct an_api_files *files, const char *path)
{
    struct file wanted;
    size_t len = strlen(path);
    if (len >= sizeof wanted.path) return NULL;
    memcpy(wanted.path, path, len + 1);
    return bsearch(&wanted, files->files, files->count, sizeof *files->files, by_path);
}

/* ---- reading ---- */

static bool ends(struct an_slice text, const char *with)
{
    size_t len = strlen(with);
    return text.len > len && memcmp(text.at + text.len - len, with, len) == 0;
}

/* NULL: not of a console. */
static const char *type_of(const char *path)
{
    static const char *const types[][2] = {
        { ".html", "text/html; charset=utf-8" },
        { ".js", "text/javascript; charset=utf-8" },
        { ".css", "text/css; charset=utf-8" },
        { ".json", "application/json" },
        { ".webmanifest", "application/manifest+json" },
        { ".svg", "image/svg+xml" },
        { ".png", "image/png" },
        { ".ico", "image/x-icon" },
        { ".woff2", "font/woff2" },
        { ".txt", "text/plain; charset=utf-8" },
    };
    const struct an_slice whole = an_slice_of(path);
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (ends(whole, types[i][0])) return types[i][1];
    return NULL;
}

/* Whether it is of a console, plain or compressed. What is not stays closed: were the folder the data folder by
 * mistake, opening and closing SQLite's file would drop the locks of this process (fcntl(2)), and keys would be served.
 */
static bool wanted(const char *name)
{
    char plain[AN_FILES_PATH_MAX];
    struct an_slice text = an_slice_of(name);
    if (ends(text, ".gz") || ends(text, ".br")) text.len -= 3;
    if (name[0] == '.' || text.len >= sizeof plain) return false;
    an_slice_copy(text, plain, sizeof plain);
    return type_of(plain) != NULL;
}

static enum an_err read_file(struct an_api_files *files, int fd, const char *path, size_t len, struct an_error *error)
{
    if (files->count == AN_FILES_MAX || len > AN_FILES_BYTES_MAX - files->bytes)
        return an_fail(error, AN_ERR_LIMIT, "the console has more than %d files or %d bytes", AN_FILES_MAX,
                       AN_FILES_BYTES_MAX);
    struct file *file = &files->files[files->count];
    file->bytes = malloc(len + 1);
    if (file->bytes == NULL) return an_fail(error, AN_ERR_NO_MEMORY, "no memory for the console's files");
    files->count++;
    files->bytes += len;
    file->len = len;
    an_slice_copy(an_slice_of(path), file->path, sizeof file->path);
    if (an_fd_read_all(fd, file->bytes, len) != AN_OK) return an_fail(error, AN_ERR_IO, "%s can't be read", path);
    file->hash = an_hash64(file->bytes, len, 0);
    return AN_OK;
}

static enum an_err read_folder(struct an_api_files *files, int fd, const char *path, unsigned depth,
                               struct an_error *error);

/* A file or folder of a folder; links, sockets, hidden ones and what no console has are passed by. */
static enum an_err read_entry(struct an_api_files *files, int folder, const char *above, const char *name,
                              unsigned depth, struct an_error *error)
{
    char path[AN_FILES_PATH_MAX];
    struct stat about;
    if (name[0] == '.' || fstatat(folder, name, &about, AT_SYMLINK_NOFOLLOW) != 0) return AN_OK;
    if (!S_ISDIR(about.st_mode) && !(S_ISREG(about.st_mode) && wanted(name))) return AN_OK;
    int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 && (errno == ELOOP || errno == ENXIO)) return AN_OK;
    if (fd < 0 || fstat(fd, &about) != 0 || snprintf(path, sizeof path, "%s/%s", above, name) >= (int)sizeof path) {
        if (fd >= 0) close(fd);
        return an_fail(error, AN_ERR_IO, "%s/%s: %s", above, name, fd < 0 ? strerror(errno) : "the path is too long");
    }
    enum an_err err = AN_OK;
    if (S_ISREG(about.st_mode)) err = read_file(files, fd, path, (size_t)about.st_size, error);
    if (S_ISDIR(about.st_mode)) return read_folder(files, fd, path, depth + 1, error); /* closes fd */
    close(fd);
    return err;
}

static enum an_err read_folder(struct an_api_files *files, int fd, const char *path, unsigned depth,
                               struct an_error *error)
{
    DIR *folder = depth > AN_FILES_DEPTH_MAX ? NULL : fdopendir(fd);
    if (folder == NULL) {
        close(fd);
        return an_fail(error, AN_ERR_LIMIT, "%s: more than %d folders deep", path, AN_FILES_DEPTH_MAX);
    }
    enum an_err err = AN_OK;
    for (struct dirent *entry; err == AN_OK && (entry = readdir(folder)) != NULL;)
        err = read_entry(files, dirfd(folder), path, entry->d_name, depth, error);
    closedir(folder);
    return err;
}

enum an_err an_api_files_read(const char *dir, struct an_api_files **ret, struct an_error *error)
{
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return an_fail(error, AN_ERR_NOT_FOUND, "%s: %s", dir, strerror(errno));
    struct an_api_files *files = calloc(1, sizeof *files);
    if (files != NULL) files->files = calloc(AN_FILES_MAX, sizeof *files->files);
    if (files == NULL || files->files == NULL) {
        an_api_files_free(files);
        close(fd);
        return an_fail(error, AN_ERR_NO_MEMORY, "no memory for the console's files");
    }
    enum an_err err = read_folder(files, fd, "", 0, error);
    qsort(files->files, files->count, sizeof *files->files, by_path);
    if (err == AN_OK && file_at(files, "/index.html") == NULL)
        err = an_fail(error, AN_ERR_NOT_FOUND, "%s: no index.html in it", dir);
    if (err == AN_OK)
        *ret = files;
    else
        an_api_files_free(files);
    return err;
}

void an_api_files_free(struct an_api_files *files)
{
    if (files == NULL) return;
    for (size_t i = 0; files->files != NULL && i < files->count; i++) free(files->files[i].bytes);
    free(files->files);
    free(files);
}

/* ---- answering ---- */

/* Whether Accept-Encoding names a coding without taking it back by q=0. */
static bool takes(struct an_slice accept, struct an_slice coding)
{
    struct an_slice item, name;
    while (accept.len > 0) {
        an_slice_cut(&accept, ',', &item);
        bool weighed = an_slice_cut(&item, ';', &name);
        if (!an_slice_equal_nocase(an_slice_trim(name), coding)) continue;
        struct an_slice weight = an_slice_trim(item);
        double q = 1;
        if (weighed && an_slice_starts(weight, AN_SLICE("q=")) &&
            an_slice_double((struct an_slice) { weight.at + 2, weight.len - 2 }, &q) != AN_OK)
            return false;
        return q > 0;
    }
    return false;
}

static const struct file *beside(const struct an_api_files *files, const struct file *file, const char *ending)
{
    char path[AN_FILES_PATH_MAX + 4];
    snprintf(path, sizeof path, "%s%s", file->path, ending);
    return file_at(files, path);
}

bool an_api_files_answer(const struct an_api_files *files, const struct an_api_request *request,
                         struct an_api_response *response)
{
    const char *path = request->path;
    bool read = strcmp(request->method, "GET") == 0 || strcmp(request->method, "HEAD") == 0;
    if (files == NULL || !read || path[0] != '/' || strncmp(path, "/v1/", 4) == 0) return false;
    const struct file *file = file_at(files, path), *sent, *smaller = NULL;
    if (file == NULL && strpbrk(path, ".%\\") == NULL) file = file_at(files, "/index.html");
    if (file == NULL) return false;
    if (takes(request->accept_encoding, AN_SLICE("br"))) smaller = beside(files, file, ".br");
    response->encoding = smaller == NULL ? NULL : "br";
    if (smaller == NULL && takes(request->accept_encoding, AN_SLICE("gzip"))) smaller = beside(files, file, ".gz");
    if (smaller != NULL && response->encoding == NULL) response->encoding = "gzip";
    sent = smaller == NULL ? file : smaller;
    response->page = true;
    response->type = type_of(file->path);
    response->cache = strncmp(file->path, "/assets/", 8) == 0 ? "public, max-age=31536000, immutable" : "no-cache";
    snprintf(response->etag, sizeof response->etag, "\"%016llx\"", (unsigned long long)sent->hash);
    response->fixed = sent->bytes;
    response->fixed_len = sent->len;
    if (!an_slice_equal(request->if_none_match, an_slice_of(response->etag))) return true;
    response->status = 304;
    response->fixed_len = 0;
    return true;
}
