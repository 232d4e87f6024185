#include "store/recordings.h"

#include <sodium.h>
#include <string.h>

#include "base/clock.h"

enum {
    PART = 64 << 10,
    MORE = crypto_secretstream_xchacha20poly1305_ABYTES,
    HEAD = crypto_secretstream_xchacha20poly1305_HEADERBYTES,
    BOUND = 9, /* report and type */
};
#define DAY_US (86400ull * AN_US_PER_S)
#define ZONE_US (8 * 3600ull * AN_US_PER_S)

typedef crypto_secretstream_xchacha20poly1305_state sealing;

static int64_t day_of(uint64_t now_us)
{
    return (int64_t)((now_us + ZONE_US) / DAY_US);
}

static void bind_to(int64_t report, uint8_t kind, uint8_t out[BOUND])
{
    for (int i = 0; i < 8; i++) out[i] = (uint8_t)((uint64_t)report >> 8 * i);
    out[8] = kind;
}

/* ---- writing ---- */

static bool take_int(void *user, const struct an_db_value *columns, size_t n)
{
    if (n > 0) *(int64_t *)user = an_db_get_int(&columns[0]);
    return false;
}

static enum an_err count_day(struct an_db_session *session, const uint8_t *key, uint32_t day_max, uint64_t now_us,
                             struct an_error *error)
{
    int64_t n = 0;
    const struct an_db_value values[] = { an_db_blob(key, AN_NUMBER_KEY_BYTES), an_db_int(day_of(now_us)) };
    enum an_err err = an_db_query(session,
                                  "INSERT INTO recording_day (reporter_key, day, n) VALUES (?1, ?2, 1) ON CONFLICT "
                                  "(reporter_key, day) DO UPDATE SET n = recording_day.n + 1 RETURNING n",
                                  values, 2, take_int, &n, error);
    if (err == AN_OK && n > day_max)
        return an_fail(error, AN_ERR_LIMIT,
                       "%u recordings were added today, the most that people.recordings_day allows", day_max);
    return err;
}

static enum an_err put_parts(struct an_db_session *session, sealing *state, int64_t report, uint8_t kind,
                             struct an_slice bytes, struct an_error *error)
{
    uint8_t bound[BOUND], *box = malloc(PART + MORE);
    if (box == NULL) return an_fail(error, AN_ERR_NO_MEMORY, "no memory for a recording");
    bind_to(report, kind, bound);
    enum an_err err = AN_OK;
    int64_t part = 0;
    for (size_t at = 0; at < bytes.len && err == AN_OK; part++) {
        size_t len = bytes.len - at < PART ? bytes.len - at : PART;
        unsigned char tag = at + len == bytes.len ? crypto_secretstream_xchacha20poly1305_TAG_FINAL : 0;
        crypto_secretstream_xchacha20poly1305_push(state, box, NULL, (const uint8_t *)bytes.at + at, len, bound,
                                                   sizeof bound, tag);
        const struct an_db_value values[] = { an_db_int(report), an_db_int(part), an_db_blob(box, len + MORE) };
        err = an_db_run(session, "INSERT INTO recording_part (recording, part, box) VALUES (?1, ?2, ?3)", values, 3,
                        NULL, error);
        at += len;
    }
    free(box);
    return err;
}

static enum an_err put(struct an_db_session *session, const struct an_secret *secret, int64_t report, uint8_t kind,
                       struct an_slice bytes, uint64_t now_us, struct an_error *error)
{
    sealing state;
    uint8_t head[HEAD];
    const struct an_db_value values[] = { an_db_int(report), an_db_int(kind), an_db_int((int64_t)bytes.len),
                                          an_db_int((int64_t)now_us), an_db_blob(head, sizeof head) };
    crypto_secretstream_xchacha20poly1305_init_push(&state, head, secret->keys[AN_SECRET_RECORDING]);
    enum an_err err = an_db_run(session, "DELETE FROM recording WHERE report = ?1", values, 1, NULL, error);
    if (err == AN_OK)
        err = an_db_run(session, "INSERT INTO recording (report, kind, size, added, head) VALUES (?1, ?2, ?3, ?4, ?5)",
                        values, 5, NULL, error);
    if (err == AN_OK) err = put_parts(session, &state, report, kind, bytes, error);
    sodium_memzero(&state, sizeof state);
    return err;
}

enum an_err an_recording_put(struct an_db_session *session, const struct an_secret *secret, int64_t report,
                             const uint8_t reporter_key[AN_NUMBER_KEY_BYTES], uint8_t kind, struct an_slice bytes,
                             uint32_t day_max, uint64_t now_us, struct an_error *error)
{
    an_assert(kind != 0 && bytes.len > 0 && bytes.len <= UINT32_MAX);
    enum an_err err = an_db_begin(session, error);
    if (err != AN_OK) return err;
    err = count_day(session, reporter_key, day_max, now_us, error);
    if (err == AN_OK) err = put(session, secret, report, kind, bytes, now_us, error);
    return an_store_end(session, err, error);
}

enum an_err an_recording_remove(struct an_db_session *session, int64_t report, bool *ret_removed,
                                struct an_error *error)
{
    int64_t changed = 0;
    const struct an_db_value values[] = { an_db_int(report) };
    enum an_err err = an_db_run(session, "DELETE FROM recording WHERE report = ?1", values, 1, &changed, error);
    *ret_removed = err == AN_OK && changed > 0;
    return err;
}

enum an_err an_recording_erase(struct an_db_session *session, const uint8_t reporter_key[AN_NUMBER_KEY_BYTES],
                               int64_t *ret_count, struct an_error *error)
{
    const struct an_db_value values[] = { an_db_blob(reporter_key, AN_NUMBER_KEY_BYTES) };
    enum an_err err =
        an_db_run(session, "DELETE FROM recording WHERE report IN (SELECT id FROM report WHERE reporter_key = ?1)",
                  values, 1, ret_count, error);
    if (err == AN_OK)
        err = an_db_run(session, "DELETE FROM recording_day WHERE reporter_key = ?1", values, 1, NULL, error);
    return err;
}

enum an_err an_recording_sweep(struct an_db_session *session, uint64_t before_us, size_t max, uint64_t now_us,
                               int64_t *ret_count, struct an_error *error)
{
    const struct an_db_value values[] = { an_db_int((int64_t)before_us), an_db_int((int64_t)max) };
    const struct an_db_value days[] = { an_db_int(day_of(now_us)) };
    enum an_err err =
        an_db_run(session,
                  "DELETE FROM recording WHERE report IN (SELECT report FROM recording WHERE added < ?1 ORDER BY added "
                  "LIMIT ?2)",
                  values, 2, ret_count, error);
    if (err == AN_OK) err = an_db_run(session, "DELETE FROM recording_day WHERE day < ?1", days, 1, NULL, error);
    return err;
}

/* ---- reading ---- */

struct opening {
    const struct an_secret *secret;
    sealing state;
    int64_t report, next; /* part */
    uint64_t size, len;
    uint8_t bound[BOUND], *bytes;
    bool final, broken, full;
    an_recording_fn *take;
    void *user;
};

static bool open_head(struct opening *o, const struct an_db_value *kind, const struct an_db_value *size,
                      const struct an_db_value *head)
{
    struct an_slice bytes = an_db_get_slice(head);
    bind_to(o->report, (uint8_t)an_db_get_int(kind), o->bound);
    o->size = (uint64_t)an_db_get_int(size);
    return bytes.len == HEAD && crypto_secretstream_xchacha20poly1305_init_pull(
                                    &o->state, (const uint8_t *)bytes.at, o->secret->keys[AN_SECRET_RECORDING]) == 0;
}

static bool take_part(void *user, const struct an_db_value *c, size_t n)
{
    struct opening *o = user;
    unsigned char tag = 0;
    unsigned long long len = 0;
    an_assert(n == 5);
    struct an_slice box = an_db_get_slice(&c[4]);
    if (o->next == 0) o->broken = !open_head(o, &c[0], &c[1], &c[2]);
    if (!o->broken)
        o->broken = o->final || an_db_get_int(&c[3]) != o->next++ || box.len < MORE || box.len > PART + MORE ||
                    crypto_secretstream_xchacha20poly1305_pull(&o->state, o->bytes, &len, &tag, (const uint8_t *)box.at,
                                                               box.len, o->bound, sizeof o->bound) != 0;
    if (o->broken) return false;
    o->final = tag == crypto_secretstream_xchacha20poly1305_TAG_FINAL;
    o->len += len;
    o->full = !o->take(o->user, o->bytes, (size_t)len);
    return !o->full;
}

/* One statement, so that a recording put in its place meanwhile can't be mixed in. */
enum an_err an_recording_read(struct an_db_session *session, const struct an_secret *secret, int64_t report,
                              an_recording_fn *take, void *user, struct an_error *error)
{
    struct opening o = { .secret = secret, .report = report, .take = take, .user = user, .bytes = malloc(PART) };
    const struct an_db_value values[] = { an_db_int(report) };
    if (o.bytes == NULL) return an_fail(error, AN_ERR_NO_MEMORY, "no memory for a recording");
    enum an_err err = an_db_query(session,
                                  "SELECT kind, size, head, part, box FROM recording JOIN recording_part p ON "
                                  "p.recording = report WHERE report = ?1 ORDER BY part",
                                  values, 1, take_part, &o, error);
    sodium_memzero(o.bytes, PART);
    sodium_memzero(&o.state, sizeof o.state);
    free(o.bytes);
    if (err != AN_OK) return err;
    if (o.full) return an_fail(error, AN_ERR_NO_MEMORY, "no memory for a recording");
    if (!o.broken && o.next == 0) return an_fail(error, AN_ERR_NOT_FOUND, "this report has no recording");
    if (o.broken || !o.final || o.len != o.size)
        return an_fail(error, AN_ERR_CORRUPT,
                       "the recording can't be opened: it was changed, or sealed by another key");
    return AN_OK;
}
