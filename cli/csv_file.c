#include "cli/csv_file.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/progress.h"

enum { WINDOW = 1 << 20, PROGRESS_EVERY = 1000 };
_Static_assert((int)WINDOW >= (int)AN_CSV_BUFFER_MIN, "holds any record");

struct csv_file {
    const char *path;
    int fd;
    char *bytes;        /* [own] */
    size_t begin, used; /* bytes[begin..used) are not done with */
    bool ended;
    uint64_t done, total;
    EVP_MD_CTX *hash;   /* [own] */
    struct an_csv *csv; /* [own] 20 kB */
};

static enum an_err open_file(struct csv_file *f, const char *path, struct an_error *error)
{
    *f = (struct csv_file) { .path = path, .fd = open(path, O_RDONLY | O_CLOEXEC) };
    struct stat info;
    if (f->fd < 0) return an_fail(error, AN_ERR_IO, "%s: %s", path, strerror(errno));
    if (fstat(f->fd, &info) == 0) {
        if (S_ISDIR(info.st_mode)) return an_fail(error, AN_ERR_IO, "%s: a folder; a file is needed", path);
        f->total = (uint64_t)info.st_size;
    }
    f->bytes = malloc(WINDOW);
    f->csv = malloc(sizeof *f->csv);
    f->hash = EVP_MD_CTX_new();
    if (f->bytes == NULL || f->csv == NULL || f->hash == NULL || EVP_DigestInit_ex(f->hash, EVP_sha256(), NULL) != 1)
        return an_fail(error, AN_ERR_NO_MEMORY, "no memory to read %s", path);
    an_csv_init(f->csv, '\0');
    return AN_OK;
}

static void close_file(struct csv_file *f)
{
    if (f->fd >= 0) close(f->fd);
    free(f->bytes);
    free(f->csv);
    EVP_MD_CTX_free(f->hash);
}

static enum an_err refill(struct csv_file *f, struct an_error *error)
{
    memmove(f->bytes, f->bytes + f->begin, f->used - f->begin);
    f->used -= f->begin;
    f->begin = 0;
    while (!f->ended && f->used < WINDOW) {
        ssize_t got = read(f->fd, f->bytes + f->used, WINDOW - f->used);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return an_fail(error, AN_ERR_IO, "%s: %s", f->path, strerror(errno));
        if (got == 0) f->ended = true;
        EVP_DigestUpdate(f->hash, f->bytes + f->used, (size_t)got);
        f->used += (size_t)got;
    }
    return AN_OK;
}

static enum an_err read_all(struct csv_file *f, an_csv_file_row row, void *user, struct an_progress *progress,
                            struct an_error *error)
{
    struct an_error reason = { "" };
    enum an_err err = refill(f, error);
    if (err != AN_OK) return err;
    for (uint64_t records = 0;;) {
        size_t used;
        err = an_csv_next(f->csv, f->bytes + f->begin, f->used - f->begin, f->ended, &used, &reason);
        if (err == AN_ERR_END) return AN_OK;
        if (err == AN_OK) err = row(user, f->csv, &reason);
        f->begin += used;
        f->done += used;
        if (err == AN_ERR_MORE)
            err = refill(f, &reason);
        else if (++records % PROGRESS_EVERY == 0)
            an_progress_update(progress, f->done, f->total);
        if (err != AN_OK) return an_fail(error, err, "%s: %s", f->path, reason.text);
    }
}

static void write_hash(EVP_MD_CTX *hash, char out[AN_SHA256_TEXT_MAX])
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    EVP_DigestFinal_ex(hash, digest, &len);
    char *at = out + sprintf(out, "sha256:");
    for (unsigned i = 0; i < len; i++) at += sprintf(at, "%02x", digest[i]);
}

enum an_err an_csv_file_read(const char *path, an_csv_file_row row, void *user, char ret_hash[AN_SHA256_TEXT_MAX],
                             struct an_error *error)
{
    an_assert(path != NULL && row != NULL);
    struct csv_file f;
    struct an_progress progress;
    an_progress_begin(&progress, path, AN_PROGRESS_BYTES);
    enum an_err err = open_file(&f, path, error);
    if (err == AN_OK) err = read_all(&f, row, user, &progress, error);
    an_progress_end(&progress);
    if (err == AN_OK && ret_hash != NULL) write_hash(f.hash, ret_hash);
    close_file(&f);
    return err;
}
