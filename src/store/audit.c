#include "store/audit.h"

#include <stdio.h>

enum { FILTER_VALUES = 6 };

/* At most AN_AUDIT_TEXT_MAX bytes, not cut within a character. */
static struct an_db_value text_of(const char *text)
{
    struct an_slice slice = an_slice_of(text == NULL ? "" : text);
    if (slice.len > AN_AUDIT_TEXT_MAX) {
        slice.len = AN_AUDIT_TEXT_MAX;
        while (slice.len > 0 && ((unsigned char)slice.at[slice.len] & 0xc0) == 0x80) slice.len--;
    }
    return an_db_slice(slice);
}

enum an_err an_audit_add(struct an_db_session *session, const struct an_secret *secret,
                         const struct an_audit_entry *entry, struct an_error *error)
{
    uint8_t key[AN_NUMBER_KEY_BYTES], box[AN_NUMBER_BOX_MAX];
    size_t box_len = 0;
    bool about = entry->number != AN_NUMBER_NONE;
    if (about) {
        an_secret_key_of_number(secret, entry->number, key);
        box_len = an_secret_seal_number(secret, entry->number, box);
    }
    const struct an_db_value values[] = {
        an_db_int(entry->id == 0 ? an_db_id() : entry->id),
        an_db_int((int64_t)entry->time_us),
        an_db_int(entry->account),
        text_of(entry->who),
        text_of(entry->role),
        text_of(entry->act),
        text_of(entry->object),
        text_of(entry->detail),
        about ? an_db_blob(key, sizeof key) : an_db_null(),
        about ? an_db_blob(box, box_len) : an_db_null(),
    };
    return an_db_run(session,
                     "INSERT INTO audit (id, time, account, who, role, act, object, detail, number_key, number_box) "
                     "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
                     values, sizeof values / sizeof *values, NULL, error);
}

struct reader {
    const struct an_secret *secret;
    bool (*row)(void *user, const struct an_audit_entry *entry);
    void *user;
};

static bool read_row(void *user, const struct an_db_value *c, size_t n)
{
    const struct reader *reader = user;
    struct an_audit_entry entry = { .id = an_db_get_int(&c[0]),
                                    .time_us = (uint64_t)an_db_get_int(&c[1]),
                                    .account = an_db_get_int(&c[2]),
                                    .who = an_db_get_slice(&c[3]).at,
                                    .role = an_db_get_slice(&c[4]).at,
                                    .act = an_db_get_slice(&c[5]).at,
                                    .object = an_db_get_slice(&c[6]).at,
                                    .detail = an_db_get_slice(&c[7]).at };
    (void)n;
    if (c[8].type == AN_DB_BLOB && an_secret_open_number(reader->secret, c[8].s, &entry.number) != AN_OK)
        entry.number = AN_NUMBER_NONE;
    return reader->row(reader->user, &entry);
}

enum an_err an_audit_list(struct an_db_session *session, const struct an_secret *secret,
                          const struct an_audit_filter *filter,
                          bool (*row)(void *user, const struct an_audit_entry *entry), void *user,
                          struct an_error *error)
{
    char sql[512];
    uint8_t key[AN_NUMBER_KEY_BYTES];
    struct an_db_value values[FILTER_VALUES];
    struct reader reader = { secret, row, user };
    const char *by_account = "", *by_number = "";
    size_t n = 0;
    bool first = filter->before_us == 0;
    values[n++] = an_db_int(first ? INT64_MAX : (int64_t)filter->before_us);
    values[n++] = an_db_int(first ? INT64_MAX : filter->before_id);
    values[n++] = an_db_int(filter->limit);
    values[n++] = an_db_int(filter->account);
    if (filter->account != 0) by_account = " AND account = ?4";
    if (filter->account == 0) n--;
    if (filter->number != AN_NUMBER_NONE) {
        an_secret_key_of_number(secret, filter->number, key);
        by_number = n == 4 ? " AND number_key = ?5" : " AND number_key = ?4";
        values[n++] = an_db_blob(key, sizeof key);
    }
    snprintf(sql, sizeof sql,
             "SELECT id, time, account, who, role, act, object, detail, number_box FROM audit "
             "WHERE (time < ?1 OR (time = ?1 AND id < ?2))%s%s ORDER BY time DESC, id DESC LIMIT ?3",
             by_account, by_number);
    return an_db_query(session, sql, values, n, read_row, &reader, error);
}
