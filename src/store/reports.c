#include "store/reports.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "store/cases.h"

enum { COLUMN_COUNT = 17 };
#define COLUMNS                                                                                                        \
    "id, number, year, reporter_key, token, time, way, state, verdict, category, campaign, words_box, proof, "         \
    "reporter_box, kind, size, added"
#define TABLES " FROM report LEFT JOIN recording ON recording.report = report.id "

void an_report_done(struct an_report *report)
{
    free(report->proof);
    report->proof = NULL;
}

void an_report_number(const struct an_report *report, char out[AN_REPORT_NUMBER_MAX])
{
    snprintf(out, AN_REPORT_NUMBER_MAX, "R%02u-%06llu", report->year % 100u,
             (unsigned long long)report->number % 10000000000);
}

const char *an_report_state_name(enum an_report_state state)
{
    static const char *const names[AN_REPORT_STATE_COUNT] = { "new", "joined", "case", "closed" };
    return (unsigned)state < AN_REPORT_STATE_COUNT ? names[state] : "new";
}

const char *an_report_way_name(enum an_report_way way)
{
    static const char *const names[AN_REPORT_WAY_COUNT] = { "tap", "text", "sip", "code", "network" };
    return (unsigned)way < AN_REPORT_WAY_COUNT ? names[way] : "tap";
}

const char *an_report_what_zh(enum an_report_what what)
{
    static const char *const texts[AN_REPORT_WHAT_COUNT] = {
        "已收到，对您立即生效", "您作了修改",         "该来电属于已知的外呼活动，已并案",
        "已转入调查",           "已办结，举报已计入", "主叫申诉成功，已停止处置",
    };
    return (unsigned)what < AN_REPORT_WHAT_COUNT ? texts[what] : "";
}

const char *an_report_what_en(enum an_report_what what)
{
    static const char *const texts[AN_REPORT_WHAT_COUNT] = {
        "taken; it holds for you at once",
        "you changed it",
        "the call is of a campaign that is known; joined with it",
        "being looked into",
        "closed: it has counted",
        "the caller was granted redress",
    };
    return (unsigned)what < AN_REPORT_WHAT_COUNT ? texts[what] : "";
}

/* ---- writing ---- */

static enum an_err add_event(struct an_db_session *session, int64_t id, int state, int what, uint64_t now_us,
                             struct an_error *error)
{
    const struct an_db_value values[] = { an_db_int(id), an_db_int((int64_t)now_us), an_db_int(state),
                                          an_db_int(what) };
    return an_db_run(session, "INSERT INTO report_event (report, time, state, what) VALUES (?1, ?2, ?3, ?4)", values, 4,
                     NULL, error);
}

/* kind, size, added; NULLs where there is none. */
static struct an_recording recording_of(const struct an_db_value *c)
{
    return (struct an_recording) { (uint8_t)an_db_get_int(&c[0]), (uint32_t)an_db_get_int(&c[1]),
                                   (uint64_t)an_db_get_int(&c[2]) };
}

static bool take_known(void *user, const struct an_db_value *columns, size_t n)
{
    struct an_report *known = user;
    an_assert(n == 7);
    known->id = an_db_get_int(&columns[0]);
    known->number = an_db_get_int(&columns[1]);
    known->year = (uint16_t)an_db_get_int(&columns[2]);
    known->state = (uint8_t)an_db_get_int(&columns[3]);
    known->recording = recording_of(&columns[4]);
    return false;
}

static enum an_err insert(struct an_db_session *session, const struct an_secret *secret, struct an_report *r,
                          const uint8_t *reporter_key, struct an_error *error)
{
    uint8_t caller_key[AN_NUMBER_KEY_BYTES], reporter_box[AN_NUMBER_BOX_MAX];
    char counter[24];
    void *words_box;
    time_t seconds = (time_t)(r->time_us / AN_US_PER_S) + 8 * 3600; /* the year as it is in China */
    struct tm tm;
    gmtime_r(&seconds, &tm);
    r->year = (uint16_t)(tm.tm_year + 1900);
    r->id = an_db_id();
    r->state = r->campaign != 0 && !r->wanted ? AN_REPORT_JOINED : AN_REPORT_NEW;
    snprintf(counter, sizeof counter, "report-%u", r->year);
    enum an_err err = an_store_count(session, counter, &r->number, error);
    bool known = an_number_is_e164(r->caller);
    if (known) an_secret_key_of_number(secret, r->caller, caller_key);
    const struct an_db_value values[] = {
        an_db_int(r->id),
        an_db_int(r->number),
        an_db_int(r->year),
        an_db_blob(reporter_key, AN_NUMBER_KEY_BYTES),
        known ? an_db_blob(caller_key, sizeof caller_key) : an_db_null(),
        an_db_blob(r->token.bytes, sizeof r->token.bytes),
        an_db_int((int64_t)r->time_us),
        an_db_int(r->way),
        an_db_int(r->state),
        an_db_int(r->wanted),
        an_db_int(r->category),
        an_db_int(r->campaign),
        an_store_box(secret, an_slice_of(r->words), &words_box),
        an_db_blob(reporter_box, an_secret_seal_number(secret, r->reporter, reporter_box)),
    };
    if (err == AN_OK)
        err = an_db_run(
            session,
            "INSERT INTO report (id, number, year, reporter_key, caller_key, token, time, way, state, verdict, "
            "category, campaign, words_box, reporter_box) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, "
            "?12, ?13, ?14)",
            values, sizeof values / sizeof values[0], NULL, error);
    free(words_box);
    if (err == AN_OK) err = add_event(session, r->id, AN_REPORT_NEW, AN_REPORT_WAS_SAID, r->time_us, error);
    if (err == AN_OK && r->state == AN_REPORT_JOINED)
        err = add_event(session, r->id, r->state, AN_REPORT_WAS_JOINED, r->time_us, error);
    return err;
}

static enum an_err change(struct an_db_session *session, const struct an_secret *secret, const struct an_report *r,
                          uint64_t now_us, struct an_error *error)
{
    void *words_box;
    const struct an_db_value values[] = { an_db_int(r->id), an_db_int(r->wanted), an_db_int(r->category),
                                          an_store_box(secret, an_slice_of(r->words), &words_box) };
    enum an_err err =
        r->words[0] == '\0'
            ? an_db_run(session, "UPDATE report SET verdict = ?2, category = ?3 WHERE id = ?1", values, 3, NULL, error)
            : an_db_run(session, "UPDATE report SET verdict = ?2, category = ?3, words_box = ?4 WHERE id = ?1", values,
                        4, NULL, error);
    free(words_box);
    return err != AN_OK ? err : add_event(session, r->id, r->state, AN_REPORT_WAS_CHANGED, now_us, error);
}

static enum an_err say(struct an_db_session *session, const struct an_secret *secret, struct an_report *r,
                       bool only_new, bool *ret_fresh, struct an_error *error)
{
    uint8_t key[AN_NUMBER_KEY_BYTES];
    struct an_report known = { 0 };
    an_secret_key_of_number(secret, r->reporter, key);
    const struct an_db_value values[] = { an_db_blob(key, sizeof key),
                                          an_db_blob(r->token.bytes, sizeof r->token.bytes) };
    enum an_err err = an_db_query(
        session, "SELECT id, number, year, state, kind, size, added" TABLES "WHERE reporter_key = ?1 AND token = ?2",
        values, 2, take_known, &known, error);
    *ret_fresh = err == AN_OK && known.id == 0;
    if (err != AN_OK) return err;
    if (known.id == 0) return insert(session, secret, r, key, error);
    r->id = known.id;
    r->number = known.number;
    r->year = known.year;
    r->state = known.state;
    r->recording = known.recording;
    return only_new ? AN_OK : change(session, secret, r, r->time_us, error);
}

enum an_err an_report_say(struct an_db_session *session, const struct an_secret *secret, struct an_report *report,
                          bool only_new, bool *ret_fresh, struct an_error *error)
{
    enum an_err err = AN_ERR_EXISTS;
    for (int i = 0; i < 2 && err == AN_ERR_EXISTS;
         i++) { /* somebody else wrote the same one meanwhile: then it is known */
        err = an_db_begin(session, error);
        if (err != AN_OK) return err;
        err = an_store_end(session, say(session, secret, report, only_new, ret_fresh, error), error);
    }
    return err;
}

enum an_err an_report_change(struct an_db_session *session, const struct an_secret *secret, int64_t id,
                             uint8_t category, struct an_slice words, uint64_t now_us, struct an_error *error)
{
    void *words_box;
    int64_t changed = 0;
    const struct an_db_value values[] = { an_db_int(id), an_db_int(category), an_store_box(secret, words, &words_box) };
    enum an_err err = an_db_begin(session, error);
    if (err == AN_OK) {
        err = an_db_run(session, "UPDATE report SET category = ?2, words_box = ?3 WHERE id = ?1", values, 3, &changed,
                        error);
        if (err == AN_OK && changed == 0) err = an_fail(error, AN_ERR_NOT_FOUND, "no such report");
        if (err == AN_OK) {
            const struct an_db_value event[] = { an_db_int(id), an_db_int((int64_t)now_us),
                                                 an_db_int(AN_REPORT_WAS_CHANGED) };
            err = an_db_run(
                session,
                "INSERT INTO report_event (report, time, state, what) SELECT id, ?2, state, ?3 FROM report WHERE "
                "id = ?1",
                event, 3, NULL, error);
        }
        err = an_store_end(session, err, error);
    }
    free(words_box);
    return err;
}

enum an_err an_report_move(struct an_db_session *session, int64_t id, enum an_report_state state,
                           enum an_report_what what, uint64_t now_us, struct an_error *error)
{
    int64_t changed = 0;
    const struct an_db_value values[] = { an_db_int(id), an_db_int(state) };
    enum an_err err = an_db_begin(session, error);
    if (err != AN_OK) return err;
    err = an_db_run(session, "UPDATE report SET state = ?2 WHERE id = ?1", values, 2, &changed, error);
    if (err == AN_OK && changed == 0) err = an_fail(error, AN_ERR_NOT_FOUND, "no such report");
    if (err == AN_OK) err = add_event(session, id, (int)state, (int)what, now_us, error);
    return an_store_end(session, err, error);
}

static bool take_any(void *user, const struct an_db_value *columns, size_t n)
{
    (void)columns;
    *(bool *)user = n > 0;
    return false;
}

enum an_err an_report_in_case(struct an_db_session *session, int64_t id, bool *ret_in_case, struct an_error *error)
{
    bool found = false;
    const struct an_db_value values[] = { an_db_int(id), an_db_int(AN_REPORT_CASE) };
    enum an_err err = an_db_query(session, "SELECT 1 FROM report_event WHERE report = ?1 AND state = ?2 LIMIT 1",
                                  values, 2, take_any, &found, error);
    if (err == AN_OK) *ret_in_case = found;
    return err;
}

enum an_err an_report_keep_proof(struct an_db_session *session, int64_t id, const char *json, struct an_error *error)
{
    const struct an_db_value values[] = { an_db_int(id), an_db_text(json) };
    return an_db_run(session, "UPDATE report SET proof = ?2 WHERE id = ?1", values, 2, NULL, error);
}

/* ---- reading ---- */

struct reading {
    const struct an_secret *secret;
    an_report_fn *row;
    void *user;
    struct an_report report;
    bool found;
};

static void report_of(const struct an_secret *secret, const struct an_db_value *c, struct an_report *ret)
{
    *ret = (struct an_report) {
        .id = an_db_get_int(&c[0]),
        .number = an_db_get_int(&c[1]),
        .year = (uint16_t)an_db_get_int(&c[2]),
        .time_us = (uint64_t)an_db_get_int(&c[5]),
        .way = (uint8_t)an_db_get_int(&c[6]),
        .state = (uint8_t)an_db_get_int(&c[7]),
        .wanted = an_db_get_int(&c[8]) == 1,
        .category = (uint8_t)an_db_get_int(&c[9]),
        .campaign = (uint32_t)an_db_get_int(&c[10]),
    };
    struct an_slice key = an_db_get_slice(&c[3]), token = an_db_get_slice(&c[4]), proof = an_db_get_slice(&c[12]);
    if (key.len == sizeof ret->reporter_key) memcpy(ret->reporter_key, key.at, key.len);
    if (token.len == sizeof ret->token.bytes) memcpy(ret->token.bytes, token.at, token.len);
    an_store_unbox(secret, &c[11], ret->words, sizeof ret->words);
    ret->proof = proof.len == 0 ? NULL : strndup(proof.at, proof.len);
    ret->reporter = an_store_unbox_number(secret, &c[13]);
    ret->recording = recording_of(&c[14]);
}

static bool take_one(void *user, const struct an_db_value *columns, size_t n)
{
    struct reading *reading = user;
    an_assert(n == COLUMN_COUNT);
    report_of(reading->secret, columns, &reading->report);
    reading->found = true;
    return false;
}

static bool take_row(void *user, const struct an_db_value *columns, size_t n)
{
    struct reading *reading = user;
    an_assert(n == COLUMN_COUNT);
    report_of(reading->secret, columns, &reading->report);
    bool more = reading->row(reading->user, &reading->report);
    an_report_done(&reading->report);
    return more;
}

enum an_err an_report_find(struct an_db_session *session, const struct an_secret *secret, int64_t id,
                           struct an_report *ret_report, struct an_error *error)
{
    struct reading reading = { .secret = secret };
    const struct an_db_value values[] = { an_db_int(id) };
    enum an_err err =
        an_db_query(session, "SELECT " COLUMNS TABLES "WHERE id = ?1", values, 1, take_one, &reading, error);
    if (err != AN_OK) return err;
    if (!reading.found) return an_fail(error, AN_ERR_NOT_FOUND, "no such report");
    *ret_report = reading.report;
    return AN_OK;
}

enum an_err an_report_pages(struct an_db_session *session, const struct an_secret *secret,
                            const struct an_report_list *list, an_report_fn *row, void *user, struct an_error *error)
{
    uint8_t key[AN_NUMBER_KEY_BYTES];
    struct reading reading = { .secret = secret, .row = row, .user = user };
    an_secret_key_of_number(secret, list->reporter, key);
    const struct an_db_value values[] = {
        an_db_int(list->before_us == 0 ? INT64_MAX : (int64_t)list->before_us),
        an_db_int(list->before),
        an_db_int((int64_t)list->max),
        an_db_blob(key, sizeof key),
    };
    if (list->reporter == AN_NUMBER_NONE)
        return an_db_query(session,
                           "SELECT " COLUMNS TABLES "WHERE (time < ?1 OR (time = ?1 AND id < ?2)) ORDER BY time DESC, "
                           "id DESC LIMIT ?3",
                           values, 3, take_row, &reading, error);
    return an_db_query(session,
                       "SELECT " COLUMNS TABLES "WHERE (time < ?1 OR (time = ?1 AND id < ?2)) AND reporter_key = ?4 "
                       "ORDER BY time DESC, id DESC LIMIT ?3",
                       values, 4, take_row, &reading, error);
}

struct events {
    an_report_event_fn *row;
    void *user;
};

static bool take_event(void *user, const struct an_db_value *columns, size_t n)
{
    struct events *events = user;
    an_assert(n == 3);
    return events->row(events->user, (uint64_t)an_db_get_int(&columns[0]),
                       (enum an_report_state)an_db_get_int(&columns[1]),
                       (enum an_report_what)an_db_get_int(&columns[2]));
}

enum an_err an_report_history(struct an_db_session *session, int64_t id, an_report_event_fn *row, void *user,
                              struct an_error *error)
{
    struct events events = { row, user };
    const struct an_db_value values[] = { an_db_int(id) };
    return an_db_query(session, "SELECT time, state, what FROM report_event WHERE report = ?1 ORDER BY time, what",
                       values, 1, take_event, &events, error);
}

static bool take_against(void *user, const struct an_db_value *columns, size_t n)
{
    uint64_t *counts = user;
    an_assert(n == 2);
    counts[an_db_get_int(&columns[0]) == 1] = (uint64_t)an_db_get_int(&columns[1]);
    return true;
}

enum an_err an_report_against(struct an_db_session *session, const struct an_secret *secret, an_number caller,
                              uint64_t since_us, uint64_t *ret_unwanted, uint64_t *ret_wanted, struct an_error *error)
{
    uint8_t key[AN_NUMBER_KEY_BYTES];
    uint64_t counts[2] = { 0, 0 };
    an_secret_key_of_number(secret, caller, key);
    const struct an_db_value values[] = { an_db_blob(key, sizeof key), an_db_int((int64_t)since_us) };
    enum an_err err =
        an_db_query(session,
                    "SELECT verdict, count(DISTINCT reporter_key) FROM report WHERE caller_key = ?1 AND time >= "
                    "?2 GROUP BY verdict",
                    values, 2, take_against, counts, error);
    *ret_unwanted = counts[0];
    *ret_wanted = counts[1];
    return err;
}

enum an_err an_report_erase(struct an_db_session *session, const struct an_secret *secret, an_number reporter,
                            int64_t *ret_count, struct an_error *error)
{
    uint8_t key[AN_NUMBER_KEY_BYTES];
    an_secret_key_of_number(secret, reporter, key);
    const struct an_db_value values[] = { an_db_blob(key, sizeof key) };
    int64_t recordings;
    enum an_err err = an_recording_erase(session, key, &recordings, error);
    if (err == AN_OK)
        err = an_db_run(session,
                        "DELETE FROM report_event WHERE report IN (SELECT id FROM report WHERE reporter_key = ?1)",
                        values, 1, NULL, error);
    if (err == AN_OK)
        err = an_db_run(session, "DELETE FROM report WHERE reporter_key = ?1", values, 1, ret_count, error);
    if (err == AN_OK) err = an_complaint_erase(session, secret, reporter, error);
    return err;
}

enum an_err an_report_close_old(struct an_db_session *session, uint64_t before_us, size_t max, uint64_t now_us,
                                struct an_error *error)
{
    const struct an_db_value values[] = { an_db_int((int64_t)before_us), an_db_int((int64_t)max),
                                          an_db_int(AN_REPORT_CASE) };
    const struct an_db_value events[] = { values[0],
                                          values[1],
                                          values[2],
                                          an_db_int((int64_t)now_us),
                                          an_db_int(AN_REPORT_CLOSED),
                                          an_db_int(AN_REPORT_WAS_CLOSED) };
    const struct an_db_value closed[] = { values[0], values[1], values[2], an_db_int(AN_REPORT_CLOSED) };
    enum an_err err = an_db_begin(session, error);
    if (err != AN_OK) return err;
    err = an_db_run(
        session,
        "INSERT INTO report_event (report, time, state, what) SELECT id, ?4, ?5, ?6 FROM report WHERE time < ?1 "
        "AND state < ?3 ORDER BY time LIMIT ?2",
        events, 6, NULL, error);
    if (err == AN_OK)
        err = an_db_run(
            session,
            "UPDATE report SET state = ?4 WHERE id IN (SELECT id FROM report WHERE time < ?1 AND state < ?3 ORDER "
            "BY time LIMIT ?2)",
            closed, 4, NULL, error);
    return an_store_end(session, err, error);
}
