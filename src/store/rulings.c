#include "store/rulings.h"

#include <string.h>

static const char changes[] = "ruling";

/* A withdrawal outlives the label it takes back: a server that was away has that one in its journal still. */
#define UPSERT                                                                                                         \
    "INSERT INTO ruling (number_key, trunk, change, number_box, trunk_name, is_foreign, verdict, category, weight, "   \
    "decided, until, token, who_box, why_box) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14) "   \
    "ON CONFLICT (number_key, trunk) DO UPDATE SET change = ?3, trunk_name = ?5, is_foreign = ?6, verdict = ?7, "      \
    "category = ?8, weight = ?9, decided = CASE WHEN ruling.decided >= ?10 THEN ruling.decided + 1 ELSE ?10 END, "     \
    "until = CASE WHEN ?7 = 0 AND ruling.until > ?11 THEN ruling.until ELSE ?11 END, token = ?12, who_box = ?13, "     \
    "why_box = ?14"

#define COLUMNS                                                                                                        \
    "change, trunk, number_box, trunk_name, is_foreign, verdict, category, weight, decided, until, token, who_box, "   \
    "why_box"

static enum an_err put_one(struct an_db_session *session, const struct an_secret *secret, const struct an_ruling *r,
                           bool late, struct an_error *error)
{
    uint8_t key[AN_NUMBER_KEY_BYTES];
    char text[AN_NUMBER_TEXT_MAX];
    int64_t change = 0;
    void *number_box, *who_box, *why_box;
    enum an_err err = an_store_count(session, changes, &change, error); /* the lock */
    if (err != AN_OK) return err;
    an_secret_key_of_number(secret, r->number, key);
    struct an_slice number = { text, an_number_text(r->number, text) };
    const struct an_db_value values[] = {
        an_db_blob(key, sizeof key),
        an_db_int(r->trunk),
        an_db_int(change),
        an_store_box(secret, number, &number_box),
        an_db_blob(r->trunk_name, strlen(r->trunk_name)),
        an_db_int(r->foreign),
        an_db_int(r->verdict),
        an_db_int(r->category),
        an_db_int(r->weight),
        an_db_int((int64_t)r->time_us),
        an_db_int((int64_t)r->until_us),
        an_db_blob(r->token.bytes, sizeof r->token.bytes),
        an_store_box(secret, an_slice_of(r->who), &who_box),
        an_store_box(secret, an_slice_of(r->why), &why_box),
    };
    err = an_db_run(session, late ? UPSERT " WHERE ruling.decided < ?10" : UPSERT, values,
                    sizeof values / sizeof values[0], NULL, error);
    free(number_box);
    free(who_box);
    free(why_box);
    return err;
}

enum an_err an_rulings_put(struct an_db_session *session, const struct an_secret *secret,
                           const struct an_ruling *rulings, size_t count, bool late, struct an_error *error)
{
    size_t shared = 0;
    for (size_t i = 0; i < count; i++) shared += an_number_is_e164(rulings[i].number);
    if (shared == 0) return AN_OK;
    enum an_err err = an_db_begin(session, error);
    if (err != AN_OK) return err;
    for (size_t i = 0; i < count && err == AN_OK; i++)
        if (an_number_is_e164(rulings[i].number)) err = put_one(session, secret, &rulings[i], late, error);
    return an_store_end(session, err, error);
}

struct listing {
    const struct an_secret *secret;
    an_ruling_fn *row;
    void *user;
};

/* What another key sealed, or nobody could have decided, is passed by. */
static bool take_row(void *user, const struct an_db_value *c, size_t n)
{
    struct listing *listing = user;
    struct an_ruling r = { .number = an_store_unbox_number(listing->secret, &c[2]),
                           .trunk = (uint32_t)an_db_get_int(&c[1]),
                           .foreign = an_db_get_int(&c[4]) != 0,
                           .verdict = (uint8_t)an_db_get_int(&c[5]),
                           .category = (uint8_t)an_db_get_int(&c[6]),
                           .weight = (uint16_t)an_db_get_int(&c[7]),
                           .time_us = (uint64_t)an_db_get_int(&c[8]),
                           .until_us = (uint64_t)an_db_get_int(&c[9]),
                           .shared = true };
    an_assert(n == 13);
    if (!an_number_is_e164(r.number) || r.verdict >= AN_RULING_VERDICT_COUNT || r.category >= AN_CATEGORY_COUNT ||
        r.weight == 0 || r.weight > AN_RULING_WEIGHT_FULL)
        return true;
    struct an_slice token = an_db_get_slice(&c[10]);
    if (token.len == sizeof r.token.bytes) memcpy(r.token.bytes, token.at, token.len);
    an_db_get_text(&c[3], r.trunk_name, sizeof r.trunk_name);
    an_store_unbox(listing->secret, &c[11], r.who, sizeof r.who);
    an_store_unbox(listing->secret, &c[12], r.why, sizeof r.why);
    return listing->row(listing->user, an_db_get_int(&c[0]), &r);
}

enum an_err an_rulings_since(struct an_db_session *session, const struct an_secret *secret, int64_t change, size_t max,
                             an_ruling_fn *row, void *user, struct an_error *error)
{
    struct listing listing = { secret, row, user };
    const struct an_db_value values[] = { an_db_int(change), an_db_int((int64_t)max) };
    return an_db_query(session, "SELECT " COLUMNS " FROM ruling WHERE change > ?1 ORDER BY change LIMIT ?2", values, 2,
                       take_row, &listing, error);
}

enum an_err an_rulings_of(struct an_db_session *session, const struct an_secret *secret, an_number number,
                          uint64_t now_us, an_ruling_fn *row, void *user, struct an_error *error)
{
    struct listing listing = { secret, row, user };
    uint8_t key[AN_NUMBER_KEY_BYTES];
    an_secret_key_of_number(secret, number, key);
    const struct an_db_value values[] = { an_db_blob(key, sizeof key), an_db_int((int64_t)now_us),
                                          an_db_int(AN_RULING_WITHDRAWN) };
    return an_db_query(session,
                       "SELECT " COLUMNS " FROM ruling WHERE number_key = ?1 AND until > ?2 AND verdict <> ?3 AND "
                       "is_foreign = 0 ORDER BY change",
                       values, 3, take_row, &listing, error);
}

enum an_err an_rulings_sweep(struct an_db_session *session, uint64_t before_us, struct an_error *error)
{
    const struct an_db_value values[] = { an_db_int((int64_t)before_us) };
    return an_db_run(session, "DELETE FROM ruling WHERE until < ?1", values, 1, NULL, error);
}
