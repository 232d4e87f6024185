#include "store/keys.h"

#define COLUMNS "id, account, name, scopes, created, last_used"

struct reader {
    bool (*row)(void *user, const struct an_key *key);
    void *user;
};

static bool read_row(void *user, const struct an_db_value *c, size_t n)
{
    const struct reader *reader = user;
    struct an_key key = { .id = an_db_get_int(&c[0]),
                          .account = an_db_get_int(&c[1]),
                          .created_us = (uint64_t)an_db_get_int(&c[4]),
                          .last_used_us = (uint64_t)an_db_get_int(&c[5]) };
    (void)n;
    an_db_get_text(&c[2], key.name, sizeof key.name);
    an_db_get_text(&c[3], key.scopes, sizeof key.scopes);
    return reader->row(reader->user, &key);
}

static bool keep_one(void *user, const struct an_key *key)
{
    *(struct an_key *)user = *key;
    return false;
}

enum an_err an_key_add(struct an_db_session *session, const struct an_key *key,
                       const uint8_t hash[AN_SECRET_HASH_BYTES], struct an_error *error)
{
    const struct an_db_value values[] = { an_db_int(key->id),      an_db_blob(hash, AN_SECRET_HASH_BYTES),
                                          an_db_text(key->name),   an_db_text(key->scopes),
                                          an_db_int(key->account), an_db_int((int64_t)key->created_us) };
    return an_db_run(session,
                     "INSERT INTO api_key (id, hash, name, scopes, account, created, last_used) "
                     "VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0)",
                     values, 6, NULL, error);
}

enum an_err an_key_find(struct an_db_session *session, const uint8_t hash[AN_SECRET_HASH_BYTES], struct an_key *ret,
                        struct an_error *error)
{
    struct an_key key = { 0 };
    struct reader reader = { keep_one, &key };
    const struct an_db_value value = an_db_blob(hash, AN_SECRET_HASH_BYTES);
    enum an_err err =
        an_db_query(session, "SELECT " COLUMNS " FROM api_key WHERE hash = ?1", &value, 1, read_row, &reader, error);
    if (err == AN_OK && key.id == 0) return an_fail(error, AN_ERR_NOT_FOUND, "no such key");
    if (err == AN_OK) *ret = key;
    return err;
}

enum an_err an_key_note_used(struct an_db_session *session, int64_t id, uint64_t now_us, struct an_error *error)
{
    const struct an_db_value values[] = { an_db_int(id), an_db_int((int64_t)now_us) };
    return an_db_run(session, "UPDATE api_key SET last_used = ?2 WHERE id = ?1", values, 2, NULL, error);
}

enum an_err an_key_list(struct an_db_session *session, int64_t after, unsigned limit,
                        bool (*row)(void *user, const struct an_key *key), void *user, struct an_error *error)
{
    struct reader reader = { row, user };
    const struct an_db_value values[] = { an_db_int(after), an_db_int(limit) };
    return an_db_query(session, "SELECT " COLUMNS " FROM api_key WHERE id > ?1 ORDER BY id LIMIT ?2", values, 2,
                       read_row, &reader, error);
}

enum an_err an_key_remove(struct an_db_session *session, int64_t id, struct an_error *error)
{
    int64_t changed = 0;
    const struct an_db_value value = an_db_int(id);
    enum an_err err = an_db_run(session, "DELETE FROM api_key WHERE id = ?1", &value, 1, &changed, error);
    if (err == AN_OK && changed == 0) return an_fail(error, AN_ERR_NOT_FOUND, "no such key");
    return err;
}
