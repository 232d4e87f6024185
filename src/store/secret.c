#include "store/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"

_Static_assert(AN_SECRET_BOX_MORE == crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES, "a box's extra bytes");
_Static_assert(AN_SECRET_HASH_BYTES == crypto_auth_hmacsha256_BYTES, "a hash's bytes");

enum { KEY_BYTES = 32 };

void an_secret_of_bytes(const uint8_t bytes[32], struct an_secret *ret_secret)
{
    _Static_assert(crypto_kdf_KEYBYTES == KEY_BYTES, "a key's bytes");
    for (unsigned i = 0; i < AN_SECRET_PURPOSE_END; i++)
        crypto_kdf_derive_from_key(ret_secret->keys[i], sizeof ret_secret->keys[i], i, "anning-1", bytes);
}

void an_secret_done(struct an_secret *secret)
{
    if (secret != NULL) sodium_memzero(secret, sizeof *secret);
}

/* Written beside and linked into place, so that of two programs starting at once one wins whole. */
static enum an_err make(const char *path, struct an_error *error)
{
    char beside[512];
    uint8_t bytes[KEY_BYTES];
    if (snprintf(beside, sizeof beside, "%s.%ld.tmp", path, (long)getpid()) >= (int)sizeof beside)
        return an_fail(error, AN_ERR_INVALID, "%s: the path is too long", path);
    unlink(beside);
    int fd = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0) return an_fail(error, AN_ERR_IO, "%s: %s", beside, strerror(errno));
    randombytes_buf(bytes, sizeof bytes);
    struct iovec part = { bytes, sizeof bytes };
    enum an_err err = an_fd_write_parts(fd, &part, 1);
    if (err == AN_OK && fsync(fd) != 0) err = AN_ERR_IO;
    if (err == AN_OK && link(beside, path) != 0 && errno != EEXIST) err = AN_ERR_IO;
    if (err != AN_OK) an_error_say(error, "%s: %s", path, strerror(errno));
    close(fd);
    unlink(beside);
    sodium_memzero(bytes, sizeof bytes);
    return err;
}

enum an_err an_secret_load(const char *path, struct an_secret *ret_secret, struct an_error *error)
{
    uint8_t bytes[KEY_BYTES];
    struct stat about;
    if (sodium_init() < 0) return an_fail(error, AN_ERR_IO, "libsodium can't start");
    int fd = an_fd_open_file(path);
    if (fd == -1 && errno == ENOENT) {
        enum an_err err = make(path, error);
        if (err != AN_OK) return err;
        fd = an_fd_open_file(path);
    }
    if (fd == AN_FD_IRREGULAR)
        return an_fail(error, AN_ERR_INVALID, "%s: no regular file, so no store's key; put the right one there", path);
    if (fd < 0) return an_fail(error, AN_ERR_IO, "%s: %s", path, strerror(errno));
    enum an_err err = AN_OK;
    if (fstat(fd, &about) != 0)
        err = an_fail(error, AN_ERR_IO, "%s: %s", path, strerror(errno));
    else if ((about.st_mode & 077) != 0)
        err = an_fail(error, AN_ERR_INVALID, "%s: others may read the store's key; chmod 600 it", path);
    else if (about.st_size != KEY_BYTES || an_fd_read_all(fd, bytes, sizeof bytes) != AN_OK)
        err = an_fail(error, AN_ERR_INVALID,
                      "%s: a store's key is %d bytes, this is none; put the right one back, numbers can't be read "
                      "without it",
                      path, KEY_BYTES);
    close(fd);
    if (err == AN_OK) an_secret_of_bytes(bytes, ret_secret);
    sodium_memzero(bytes, sizeof bytes);
    return err;
}

void an_secret_hash(const struct an_secret *secret, enum an_secret_purpose purpose, const void *bytes, size_t len,
                    uint8_t ret_hash[AN_SECRET_HASH_BYTES])
{
    an_assert(purpose > 0 && purpose < AN_SECRET_PURPOSE_END);
    crypto_auth_hmacsha256(ret_hash, bytes, len, secret->keys[purpose]);
}

void an_secret_key_of_number(const struct an_secret *secret, an_number number, uint8_t ret_key[AN_NUMBER_KEY_BYTES])
{
    char text[AN_NUMBER_TEXT_MAX];
    uint8_t hash[AN_SECRET_HASH_BYTES];
    an_secret_hash(secret, AN_SECRET_NUMBER, text, an_number_text(number, text), hash);
    memcpy(ret_key, hash, AN_NUMBER_KEY_BYTES);
}

size_t an_secret_seal(const struct an_secret *secret, const void *bytes, size_t len, uint8_t *ret_box)
{
    randombytes_buf(ret_box, crypto_secretbox_NONCEBYTES);
    crypto_secretbox_easy(ret_box + crypto_secretbox_NONCEBYTES, bytes, len, ret_box, secret->keys[AN_SECRET_BOX]);
    return len + AN_SECRET_BOX_MORE;
}

enum an_err an_secret_open(const struct an_secret *secret, struct an_slice box, void *ret_bytes, size_t size,
                           size_t *ret_len)
{
    const uint8_t *at = (const uint8_t *)box.at;
    if (box.len < AN_SECRET_BOX_MORE || box.len - AN_SECRET_BOX_MORE > size) return AN_ERR_CORRUPT;
    if (crypto_secretbox_open_easy(ret_bytes, at + crypto_secretbox_NONCEBYTES, box.len - crypto_secretbox_NONCEBYTES,
                                   at, secret->keys[AN_SECRET_BOX]) != 0)
        return AN_ERR_CORRUPT;
    *ret_len = box.len - AN_SECRET_BOX_MORE;
    return AN_OK;
}

size_t an_secret_seal_number(const struct an_secret *secret, an_number number, uint8_t *ret_box)
{
    char text[AN_NUMBER_TEXT_MAX];
    return an_secret_seal(secret, text, an_number_text(number, text), ret_box);
}

enum an_err an_secret_open_number(const struct an_secret *secret, struct an_slice box, an_number *ret_number)
{
    char text[AN_NUMBER_TEXT_MAX];
    size_t len;
    enum an_err err = an_secret_open(secret, box, text, sizeof text, &len);
    if (err != AN_OK) return err;
    return an_number_of_text(text, len, ret_number) == AN_OK ? AN_OK : AN_ERR_CORRUPT;
}

void an_secret_random_text(size_t n, char *ret_text)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz234567";
    an_assert(n % 5 == 0);
    for (; n > 0; n -= 5) {
        uint8_t bytes[5];
        uint64_t bits = 0;
        randombytes_buf(bytes, sizeof bytes);
        for (int i = 0; i < 5; i++) bits = bits << 8 | bytes[i];
        for (int i = 0; i < 8; i++) *ret_text++ = letters[bits >> (35 - 5 * i) & 31];
    }
    *ret_text = '\0';
}
