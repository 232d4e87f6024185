#include "store/people.h"

#include <sodium.h>
#include <string.h>

static bool take_int(void *user, const struct an_db_value *columns, size_t n)
{
    if (n > 0 && columns[0].type == AN_DB_INT) *(int64_t *)user = columns[0].i;
    return false;
}

enum an_err an_store_count(struct an_db_session *session, const char *name, int64_t *ret, struct an_error *error)
{
    const struct an_db_value values[] = { an_db_text(name) };
    int64_t n = 0;
    enum an_err err = an_db_query(session,
                                  "INSERT INTO counter (name, n) VALUES (?1, 1) ON CONFLICT (name) DO UPDATE SET "
                                  "n = counter.n + 1 RETURNING n",
                                  values, 1, take_int, &n, error);
    if (err == AN_OK && n <= 0) return an_fail(error, AN_ERR_IO, "the store's counter %s gave no number", name);
    if (err == AN_OK) *ret = n;
    return err;
}

enum an_err an_store_end(struct an_db_session *session, enum an_err err, struct an_error *error)
{
    if (err == AN_OK) return an_db_commit(session, error);
    an_db_rollback(session);
    return err;
}

struct an_db_value an_store_box(const struct an_secret *secret, struct an_slice text, void **ret_own)
{
    *ret_own = NULL;
    if (text.len == 0) return an_db_null();
    uint8_t *box = malloc(text.len + AN_SECRET_BOX_MORE);
    *ret_own = box;
    if (box == NULL) return an_db_null();
    return an_db_blob(box, an_secret_seal(secret, text.at, text.len, box));
}

an_number an_store_unbox_number(const struct an_secret *secret, const struct an_db_value *column)
{
    an_number number;
    bool opened = column->type == AN_DB_BLOB && an_secret_open_number(secret, column->s, &number) == AN_OK;
    return opened ? number : AN_NUMBER_NONE;
}

char *an_store_unbox_new(const struct an_secret *secret, const struct an_db_value *column)
{
    if (column->type != AN_DB_BLOB || column->s.len < AN_SECRET_BOX_MORE) return NULL;
    size_t size = column->s.len - AN_SECRET_BOX_MORE, len = 0;
    char *text = malloc(size + 1);
    if (text == NULL) return NULL;
    if (an_secret_open(secret, column->s, text, size, &len) != AN_OK) {
        free(text);
        return NULL;
    }
    text[len] = '\0';
    return text;
}

void an_store_unbox(const struct an_secret *secret, const struct an_db_value *column, char *out, size_t size)
{
    char *text = an_store_unbox_new(secret, column);
    an_slice_copy(an_slice_of(text), out, size);
    if (text != NULL) sodium_memzero(text, strlen(text));
    free(text);
}
