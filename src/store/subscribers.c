#include "store/subscribers.h"

#include <string.h>

#define COLUMNS "number_box, state, version, change, created, updated, settings_box"
static const char changes[] = "subscriber";

void an_subscriber_row_done(struct an_subscriber_row *row)
{
    free(row->json);
    row->json = NULL;
}

/* False: the row's number can't be opened: another key wrote it. */
static bool row_of(const struct an_secret *secret, const struct an_db_value *c, struct an_subscriber_row *ret)
{
    char number[AN_NUMBER_TEXT_MAX];
    *ret = (struct an_subscriber_row) { .state = (uint8_t)c[1].i,
                                        .version = (uint32_t)c[2].i,
                                        .change = c[3].i,
                                        .created_us = (uint64_t)c[4].i,
                                        .updated_us = (uint64_t)c[5].i };
    an_store_unbox(secret, &c[0], number, sizeof number);
    if (an_number_of_text(number, strlen(number), &ret->number) != AN_OK) return false;
    ret->json = ret->state == AN_SUBSCRIBER_ERASED ? NULL : an_store_unbox_new(secret, &c[6]);
    return true;
}

struct finding {
    const struct an_secret *secret;
    struct an_subscriber_row row;
    bool found, broken;
};

static bool take_one(void *user, const struct an_db_value *columns, size_t n)
{
    struct finding *finding = user;
    an_assert(n == 7);
    finding->found = row_of(finding->secret, columns, &finding->row);
    finding->broken = !finding->found;
    return false;
}

enum an_err an_subscriber_find(struct an_db_session *session, const struct an_secret *secret, an_number number,
                               struct an_subscriber_row *ret_row, struct an_error *error)
{
    uint8_t key[AN_NUMBER_KEY_BYTES];
    struct finding finding = { .secret = secret };
    an_secret_key_of_number(secret, number, key);
    const struct an_db_value values[] = { an_db_blob(key, sizeof key) };
    enum an_err err = an_db_query(session, "SELECT " COLUMNS " FROM subscriber WHERE number_key = ?1", values, 1,
                                  take_one, &finding, error);
    if (err != AN_OK) return err;
    if (finding.broken)
        return an_fail(error, AN_ERR_CORRUPT, "a subscriber's row was sealed with another key than DATA/store.key");
    if (!finding.found || finding.row.state == AN_SUBSCRIBER_ERASED)
        return an_fail(error, AN_ERR_NOT_FOUND, "no such subscriber");
    *ret_row = finding.row;
    return AN_OK;
}

static bool take_version(void *user, const struct an_db_value *columns, size_t n)
{
    int64_t *versions = user;
    an_assert(n == 2);
    versions[0] = columns[0].i;
    versions[1] = columns[1].i;
    return false;
}

/* Inside a transaction. versions: [0] of the row, erased ones too, [1] its state. */
static enum an_err put(struct an_db_session *session, const struct an_secret *secret, an_number number, int state,
                       struct an_slice json, int64_t expected, uint64_t now_us, uint32_t *ret_version,
                       int64_t *ret_change, struct an_error *error)
{
    uint8_t key[AN_NUMBER_KEY_BYTES];
    char text[AN_NUMBER_TEXT_MAX];
    int64_t change = 0, versions[2] = { 0, AN_SUBSCRIBER_ERASED };
    void *number_box, *json_box;
    an_secret_key_of_number(secret, number, key);
    struct an_slice number_text = { text, an_number_text(number, text) };
    const struct an_db_value who[] = { an_db_blob(key, sizeof key) };
    enum an_err err = an_store_count(session, changes, &change, error); /* the lock */
    if (err == AN_OK)
        err = an_db_query(session, "SELECT version, state FROM subscriber WHERE number_key = ?1", who, 1, take_version,
                          versions, error);
    if (err != AN_OK) return err;
    int64_t shown = versions[1] == AN_SUBSCRIBER_ERASED ? 0 : versions[0];
    if (expected >= 0 && expected != shown)
        return an_fail(error, AN_ERR_EXISTS, "the settings have changed meanwhile: they are at version %lld now",
                       (long long)shown);
    const struct an_db_value values[] = {
        who[0],
        an_store_box(secret, number_text, &number_box),
        an_db_int(state),
        an_db_int(versions[0] + 1),
        an_db_int(change),
        an_store_box(secret, json, &json_box),
        an_db_int((int64_t)now_us),
    };
    err =
        an_db_run(session,
                  "INSERT INTO subscriber (number_key, number_box, state, version, change, settings_box, created, "
                  "updated) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7) ON CONFLICT (number_key) DO UPDATE SET state = ?3, "
                  "version = ?4, change = ?5, settings_box = ?6, updated = ?7",
                  values, sizeof values / sizeof values[0], NULL, error);
    free(number_box);
    free(json_box);
    *ret_version = (uint32_t)(versions[0] + 1);
    *ret_change = change;
    return err;
}

static enum an_err save(struct an_db_session *session, const struct an_secret *secret, an_number number, int state,
                        struct an_slice json, int64_t expected, uint64_t now_us, uint32_t *ret_version,
                        int64_t *ret_change, struct an_error *error)
{
    uint32_t version = 0;
    int64_t change = 0;
    enum an_err err = an_db_begin(session, error);
    if (err != AN_OK) return err;
    err = put(session, secret, number, state, json, expected, now_us, &version, &change, error);
    err = an_store_end(session, err, error);
    if (err != AN_OK) return err;
    *ret_version = version;
    if (ret_change != NULL) *ret_change = change;
    return AN_OK;
}

enum an_err an_subscriber_save(struct an_db_session *session, const struct an_secret *secret, an_number number, bool on,
                               struct an_slice json, int64_t expected, uint64_t now_us, uint32_t *ret_version,
                               int64_t *ret_change, struct an_error *error)
{
    an_assert(an_number_is_e164(number) && json.len > 0);
    return save(session, secret, number, on ? AN_SUBSCRIBER_ON : AN_SUBSCRIBER_OFF, json, expected, now_us, ret_version,
                ret_change, error);
}

enum an_err an_subscriber_erase(struct an_db_session *session, const struct an_secret *secret, an_number number,
                                uint64_t now_us, uint32_t *ret_version, struct an_error *error)
{
    struct an_slice none = { NULL, 0 };
    return save(session, secret, number, AN_SUBSCRIBER_ERASED, none, -1, now_us, ret_version, NULL, error);
}

enum an_err an_subscriber_sweep(struct an_db_session *session, uint64_t before_us, struct an_error *error)
{
    const struct an_db_value values[] = { an_db_int(AN_SUBSCRIBER_ERASED), an_db_int((int64_t)before_us) };
    return an_db_run(session, "DELETE FROM subscriber WHERE state = ?1 AND updated < ?2", values, 2, NULL, error);
}

struct listing {
    const struct an_secret *secret;
    an_subscriber_row_fn *row;
    void *user;
};

/* A row that another key sealed is passed by: it is nobody's that could be told. */
static bool take_row(void *user, const struct an_db_value *columns, size_t n)
{
    struct listing *listing = user;
    struct an_subscriber_row row;
    an_assert(n == 7);
    if (!row_of(listing->secret, columns, &row)) return true;
    bool more = listing->row(listing->user, &row);
    an_subscriber_row_done(&row);
    return more;
}

enum an_err an_subscriber_since(struct an_db_session *session, const struct an_secret *secret, int64_t change,
                                size_t max, an_subscriber_row_fn *row, void *user, struct an_error *error)
{
    struct listing listing = { secret, row, user };
    const struct an_db_value values[] = { an_db_int(change), an_db_int((int64_t)max) };
    return an_db_query(session, "SELECT " COLUMNS " FROM subscriber WHERE change > ?1 ORDER BY change LIMIT ?2", values,
                       2, take_row, &listing, error);
}

static bool take_counts(void *user, const struct an_db_value *columns, size_t n)
{
    int64_t *counts = user;
    an_assert(n == 2);
    if (columns[0].i == AN_SUBSCRIBER_ON) counts[0] = columns[1].i;
    counts[1] += columns[1].i;
    return true;
}

enum an_err an_subscriber_count(struct an_db_session *session, int64_t *ret_on, int64_t *ret_all,
                                struct an_error *error)
{
    int64_t counts[2] = { 0, 0 };
    const struct an_db_value values[] = { an_db_int(AN_SUBSCRIBER_ERASED) };
    enum an_err err = an_db_query(session, "SELECT state, count(*) FROM subscriber WHERE state < ?1 GROUP BY state",
                                  values, 1, take_counts, counts, error);
    *ret_on = counts[0];
    *ret_all = counts[1];
    return err;
}
