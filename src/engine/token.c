#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/hash.h"
#include "engine/internal.h"

_Static_assert(AN_SITE_KEY_BYTES == crypto_shorthash_KEYBYTES, "SipHash-2-4 takes 16 bytes");
_Static_assert(crypto_shorthash_BYTES == 8, "the token has room for 8 bytes");

void an_context_token(struct an_context *context, const struct an_observation *obs, uint64_t now_us,
                      struct an_token *ret_token)
{
    /* Never twice the same: worker and sequence tell calls of one run apart, time and call those of two runs. */
    const uint64_t message[2] = { now_us << 8 | context->number, an_mix2(obs->call_key, context->sequence++) };
    uint64_t mac;
    crypto_shorthash((unsigned char *)&mac, (const unsigned char *)message, sizeof message, context->engine->site_key);
    an_token_make(now_us, context->number, mac, ret_token);
}

static enum an_err make_key(const char *path, uint8_t key[AN_SITE_KEY_BYTES], struct an_error *error)
{
    randombytes_buf(key, AN_SITE_KEY_BYTES);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0) return an_fail(error, AN_ERR_IO, "%s: can't be created: %s", path, strerror(errno));
    bool written = write(fd, key, AN_SITE_KEY_BYTES) == AN_SITE_KEY_BYTES && fsync(fd) == 0;
    close(fd);
    if (written) return AN_OK;
    unlink(path);
    return an_fail(error, AN_ERR_IO, "%s: can't be written: %s", path, strerror(errno));
}

enum an_err an_site_key_load(const char *data_dir, uint8_t ret_key[AN_SITE_KEY_BYTES], struct an_error *error)
{
    if (sodium_init() < 0) return an_fail(error, AN_ERR_UNSUPPORTED, "libsodium can't start");
    randombytes_buf(ret_key, AN_SITE_KEY_BYTES);
    if (data_dir == NULL) return AN_OK;
    char path[4096];
    if ((size_t)snprintf(path, sizeof path, "%s/site.key", data_dir) >= sizeof path)
        return an_fail(error, AN_ERR_LIMIT, "%s: the path is too long", data_dir);
    int fd = an_fd_open_file(path);
    if (fd == AN_FD_IRREGULAR)
        return an_fail(error, AN_ERR_INVALID,
                       "%s: no regular file; restore it from a backup, or remove it and old tokens can no longer be "
                       "told from forged ones",
                       path);
    if (fd < 0 && errno == ENOENT) return make_key(path, ret_key, error);
    if (fd < 0) return an_fail(error, AN_ERR_IO, "%s: can't be read: %s", path, strerror(errno));
    ssize_t got = read(fd, ret_key, AN_SITE_KEY_BYTES);
    close(fd);
    if (got == AN_SITE_KEY_BYTES) return AN_OK;
    if (got < 0) return an_fail(error, AN_ERR_CORRUPT, "%s: can't be read: %s", path, strerror(errno));
    return an_fail(error, AN_ERR_CORRUPT,
                   "%s: holds %zd bytes, %d are right; restore it from a backup, or remove it "
                   "and old tokens can no longer be told from forged ones",
                   path, got, AN_SITE_KEY_BYTES);
}
