#include "store/calls.h"

#include "base/clock.h"

#include <stdio.h>
#include <string.h>

enum { REASONS_MAX = 2 + 4 * (AN_VERDICT_SYMBOLS_MAX + AN_VERDICT_CAUSES_MAX), COLUMN_COUNT = 20 };
#define COLUMNS                                                                                                        \
    "c.token, c.callee_key, c.party_box, c.time, c.action, c.category, c.region, c.operator, c.probability, c.rules, " \
    "c.campaign, c.reasons, c.journal, c.worker, c.segment, c.place, r.id, r.verdict, r.state, c.chosen"
#define FROM " FROM call_seen c LEFT JOIN report r ON r.token = c.token AND r.reporter_key = c.callee_key "

/* ---- reasons: symbols and causes, four bytes each, little endian ---- */

static size_t put_pair(uint8_t *out, uint16_t id, int16_t weight)
{
    uint16_t w = (uint16_t)weight;
    out[0] = (uint8_t)(id & 255);
    out[1] = (uint8_t)(id >> 8);
    out[2] = (uint8_t)(w & 255);
    out[3] = (uint8_t)(w >> 8);
    return 4;
}

static size_t put_reasons(const struct an_seen_call *call, uint8_t out[REASONS_MAX])
{
    size_t at = 0;
    out[at++] = call->symbol_count;
    for (unsigned i = 0; i < call->symbol_count; i++)
        at += put_pair(out + at, call->symbols[i].id, call->symbols[i].weight);
    out[at++] = call->cause_count;
    for (unsigned i = 0; i < call->cause_count; i++)
        at += put_pair(out + at, call->causes[i].feature, call->causes[i].weight);
    return at;
}

static void get_reasons(struct an_slice bytes, struct an_seen_call *call)
{
    const uint8_t *at = (const uint8_t *)bytes.at, *end = at + bytes.len;
    unsigned symbols = at < end ? *at++ : 0;
    for (unsigned i = 0; i < symbols && i < AN_VERDICT_SYMBOLS_MAX && at + 4 <= end; i++, at += 4)
        call->symbols[call->symbol_count++] =
            (struct an_verdict_symbol) { (uint16_t)(at[0] | at[1] << 8), (int16_t)(uint16_t)(at[2] | at[3] << 8) };
    unsigned causes = at < end ? *at++ : 0;
    for (unsigned i = 0; i < causes && i < AN_VERDICT_CAUSES_MAX && at + 4 <= end; i++, at += 4)
        call->causes[call->cause_count++] =
            (struct an_verdict_cause) { (uint16_t)(at[0] | at[1] << 8), (int16_t)(uint16_t)(at[2] | at[3] << 8) };
}

/* ---- rows ---- */

enum an_err an_call_add(struct an_db_session *session, const struct an_secret *secret, const struct an_seen_call *call,
                        struct an_error *error)
{
    uint8_t callee_key[AN_NUMBER_KEY_BYTES], caller_key[AN_NUMBER_KEY_BYTES], reasons[REASONS_MAX];
    char party[AN_NUMBER_TEXT_MAX + AN_TEXT_MAX + 2], number[AN_NUMBER_TEXT_MAX];
    void *party_box;
    bool known = an_number_is_e164(call->caller);
    an_assert(call->symbol_count <= AN_VERDICT_SYMBOLS_MAX && call->cause_count <= AN_VERDICT_CAUSES_MAX);
    an_secret_key_of_number(secret, call->callee, callee_key);
    if (known) an_secret_key_of_number(secret, call->caller, caller_key);
    an_number_text(call->caller, number);
    snprintf(party, sizeof party, "%s\n%s", number, call->display);
    const struct an_db_value values[] = {
        an_db_blob(call->token.bytes, sizeof call->token.bytes),
        an_db_blob(callee_key, sizeof callee_key),
        known ? an_db_blob(caller_key, sizeof caller_key) : an_db_null(),
        an_store_box(secret, an_slice_of(party), &party_box),
        an_db_int((int64_t)call->time_us),
        an_db_int(call->action),
        an_db_int(call->category),
        an_db_int(call->region),
        an_db_int(call->op),
        an_db_real((double)call->probability),
        an_db_int(call->rules),
        an_db_int(call->campaign),
        an_db_blob(reasons, put_reasons(call, reasons)),
        an_db_blob(call->place.journal, AN_CALLS_JOURNAL_ID),
        an_db_int(call->place.worker),
        an_db_int((int64_t)call->place.segment),
        an_db_int((int64_t)call->place.offset),
        an_db_int(call->chosen),
    };
    enum an_err err = an_db_run(
        session,
        "INSERT INTO call_seen (token, callee_key, caller_key, party_box, time, action, category, region, "
        "operator, probability, rules, campaign, reasons, journal, worker, segment, place, chosen) SELECT ?1, ?2, "
        "?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18 WHERE NOT EXISTS (SELECT 1 FROM "
        "erased WHERE number_key = ?2 AND erased.time >= ?5) ON CONFLICT (token) DO NOTHING",
        values, sizeof values / sizeof values[0], NULL, error);
    free(party_box);
    return err;
}

static void copy_bytes(const struct an_db_value *column, void *out, size_t size)
{
    struct an_slice bytes = an_db_get_slice(column);
    if (bytes.len == size) memcpy(out, bytes.at, size);
}

static void call_of(const struct an_secret *secret, const struct an_db_value *c, struct an_seen_call *ret)
{
    char party[AN_NUMBER_TEXT_MAX + AN_TEXT_MAX + 2];
    *ret = (struct an_seen_call) { .time_us = (uint64_t)an_db_get_int(&c[3]) };
    copy_bytes(&c[0], ret->token.bytes, sizeof ret->token.bytes);
    copy_bytes(&c[1], ret->callee_key, sizeof ret->callee_key);
    an_store_unbox(secret, &c[2], party, sizeof party);
    struct an_slice number, rest = an_slice_of(party);
    an_slice_cut(&rest, '\n', &number);
    if (an_number_of_text(number.at, number.len, &ret->caller) != AN_OK) ret->caller = AN_NUMBER_NONE;
    an_slice_copy(rest, ret->display, sizeof ret->display);
    ret->action = (uint8_t)an_db_get_int(&c[4]);
    ret->category = (uint8_t)an_db_get_int(&c[5]);
    ret->region = (uint8_t)an_db_get_int(&c[6]);
    ret->op = (uint8_t)an_db_get_int(&c[7]);
    ret->probability = (float)an_db_get_real(&c[8]);
    ret->rules = (uint32_t)an_db_get_int(&c[9]);
    ret->campaign = (uint32_t)an_db_get_int(&c[10]);
    get_reasons(an_db_get_slice(&c[11]), ret);
    copy_bytes(&c[12], ret->place.journal, AN_CALLS_JOURNAL_ID);
    ret->place.worker = (uint32_t)an_db_get_int(&c[13]);
    ret->place.segment = (uint64_t)an_db_get_int(&c[14]);
    ret->place.offset = (uint64_t)an_db_get_int(&c[15]);
    ret->report = an_db_get_int(&c[16]);
    ret->said_wanted = an_db_get_int(&c[17]) == 1;
    ret->report_state = (int)an_db_get_int(&c[18]);
    ret->chosen = (uint16_t)an_db_get_int(&c[19]);
}

struct reading {
    const struct an_secret *secret;
    an_call_fn *row;
    an_caller_fn *caller;
    void *user;
    struct an_seen_call call;
    bool found;
};

static bool take_one(void *user, const struct an_db_value *columns, size_t n)
{
    struct reading *reading = user;
    an_assert(n == COLUMN_COUNT);
    call_of(reading->secret, columns, &reading->call);
    reading->found = true;
    return false;
}

static bool take_row(void *user, const struct an_db_value *columns, size_t n)
{
    struct reading *reading = user;
    an_assert(n == COLUMN_COUNT);
    call_of(reading->secret, columns, &reading->call);
    if (reading->caller != NULL) return reading->caller(reading->user, reading->call.caller, &reading->call);
    return reading->row(reading->user, &reading->call);
}

static enum an_err one(struct an_db_session *session, const struct an_secret *secret, const char *sql,
                       const struct an_db_value *values, size_t count, struct an_seen_call *ret_call,
                       struct an_error *error)
{
    struct reading reading = { .secret = secret };
    enum an_err err = an_db_query(session, sql, values, count, take_one, &reading, error);
    if (err != AN_OK) return err;
    if (!reading.found) return an_fail(error, AN_ERR_NOT_FOUND, "no such call; it may be older than calls are kept");
    *ret_call = reading.call;
    return AN_OK;
}

enum an_err an_call_find(struct an_db_session *session, const struct an_secret *secret, const struct an_token *token,
                         struct an_seen_call *ret_call, struct an_error *error)
{
    const struct an_db_value values[] = { an_db_blob(token->bytes, sizeof token->bytes) };
    return one(session, secret, "SELECT " COLUMNS FROM "WHERE c.token = ?1", values, 1, ret_call, error);
}

enum an_err an_call_pages(struct an_db_session *session, const struct an_secret *secret,
                          const struct an_call_list *list, an_call_fn *row, void *user, struct an_error *error)
{
    uint8_t key[AN_NUMBER_KEY_BYTES];
    struct reading reading = { .secret = secret, .row = row, .user = user };
    an_secret_key_of_number(secret, list->callee, key);
    const struct an_db_value values[] = {
        an_db_blob(key, sizeof key),
        an_db_int(list->least),
        an_db_int(list->before_us == 0 ? INT64_MAX : (int64_t)list->before_us),
        an_db_blob(list->before.bytes, sizeof list->before.bytes),
        an_db_int((int64_t)list->max),
        an_db_int(list->exactly ? list->least : AN_ACTION_COUNT - 1),
    };
    return an_db_query(session,
                       "SELECT " COLUMNS FROM
                       "WHERE c.callee_key = ?1 AND c.action >= ?2 AND c.action <= ?6 AND (c.time < ?3 OR (c.time = "
                       "?3 AND c.token < ?4)) ORDER BY c.time DESC, c.token DESC LIMIT ?5",
                       values, sizeof values / sizeof values[0], take_row, &reading, error);
}

enum an_err an_call_last(struct an_db_session *session, const struct an_secret *secret, an_number callee,
                         an_number caller, bool touched, uint64_t since_us, uint64_t until_us,
                         struct an_seen_call *ret_call, struct an_error *error)
{
    uint8_t callee_key[AN_NUMBER_KEY_BYTES], caller_key[AN_NUMBER_KEY_BYTES];
    an_secret_key_of_number(secret, callee, callee_key);
    an_secret_key_of_number(secret, caller, caller_key);
    const struct an_db_value values[] = {
        an_db_blob(callee_key, sizeof callee_key),
        an_db_int((int64_t)since_us),
        an_db_int(touched ? AN_ACTION_LABEL : AN_ACTION_ALLOW),
        an_db_int(until_us < INT64_MAX ? (int64_t)until_us : INT64_MAX),
        an_db_blob(caller_key, sizeof caller_key),
    };
    if (caller == AN_NUMBER_NONE)
        return one(session, secret,
                   "SELECT " COLUMNS FROM
                   "WHERE c.callee_key = ?1 AND c.time >= ?2 AND c.action >= ?3 AND c.time <= ?4 "
                   "ORDER BY c.time DESC LIMIT 1",
                   values, 4, ret_call, error);
    return one(session, secret,
               "SELECT " COLUMNS FROM
               "WHERE c.callee_key = ?1 AND c.time >= ?2 AND c.action >= ?3 AND c.time <= ?4 AND c.caller_key "
               "= ?5 ORDER BY c.time DESC LIMIT 1",
               values, 5, ret_call, error);
}

struct days {
    an_call_day_fn *row;
    void *user;
};

static bool take_day(void *user, const struct an_db_value *columns, size_t n)
{
    const struct days *days = user;
    int64_t action = an_db_get_int(&columns[1]);
    an_assert(n == 3);
    if (action < 0 || action >= AN_ACTION_COUNT) return true;
    return days->row(days->user, an_db_get_int(&columns[0]), (enum an_action)action,
                     (uint64_t)an_db_get_int(&columns[2]));
}

enum an_err an_call_days(struct an_db_session *session, const struct an_secret *secret, an_number caller,
                         uint64_t since_us, int32_t utc_offset_s, uint32_t but_rules, an_call_day_fn *row, void *user,
                         struct an_error *error)
{
    uint8_t key[AN_NUMBER_KEY_BYTES];
    struct days days = { row, user };
    an_secret_key_of_number(secret, caller, key);
    const struct an_db_value values[] = { an_db_blob(key, sizeof key),
                                          an_db_int((int64_t)since_us),
                                          an_db_int(AN_ACTION_LABEL),
                                          an_db_int(but_rules),
                                          an_db_int(utc_offset_s * (int64_t)AN_US_PER_S),
                                          an_db_int((int64_t)(86400 * AN_US_PER_S)) };
    return an_db_query(session,
                       "SELECT (time + ?5) / ?6, action, count(*) FROM call_seen WHERE caller_key = ?1 AND time >= ?2 "
                       "AND action >= ?3 AND (rules & ?4) = 0 GROUP BY 1, 2 ORDER BY 1, 2",
                       values, 6, take_day, &days, error);
}

enum an_err an_call_last_by(struct an_db_session *session, const struct an_secret *secret, an_number caller,
                            uint64_t since_us, uint32_t but_rules, bool in_campaign, struct an_seen_call *ret_call,
                            struct an_error *error)
{
    uint8_t key[AN_NUMBER_KEY_BYTES];
    an_secret_key_of_number(secret, caller, key);
    const struct an_db_value values[] = { an_db_blob(key, sizeof key), an_db_int((int64_t)since_us),
                                          an_db_int(AN_ACTION_LABEL), an_db_int(but_rules),
                                          an_db_int(in_campaign ? 1 : 0) };
    return one(session, secret,
               "SELECT " COLUMNS FROM "WHERE c.caller_key = ?1 AND c.time >= ?2 AND c.action >= ?3 AND (c.rules & ?4) "
               "= 0 AND c.campaign >= ?5 ORDER BY c.time DESC LIMIT 1",
               values, 5, ret_call, error);
}

static bool take_counts(void *user, const struct an_db_value *columns, size_t n)
{
    uint64_t *counts = user;
    int64_t action = an_db_get_int(&columns[0]);
    an_assert(n == 2);
    if (action >= 0 && action < AN_ACTION_COUNT) counts[action] = (uint64_t)an_db_get_int(&columns[1]);
    return true;
}

enum an_err an_call_touched(struct an_db_session *session, const struct an_secret *secret, an_number callee,
                            uint64_t since_us, uint64_t ret_counts[AN_ACTION_COUNT], struct an_error *error)
{
    uint8_t key[AN_NUMBER_KEY_BYTES];
    an_secret_key_of_number(secret, callee, key);
    const struct an_db_value values[] = { an_db_blob(key, sizeof key), an_db_int((int64_t)since_us),
                                          an_db_int(AN_ACTION_LABEL) };
    memset(ret_counts, 0, AN_ACTION_COUNT * sizeof *ret_counts);
    return an_db_query(session,
                       "SELECT action, count(*) FROM call_seen WHERE callee_key = ?1 AND time >= ?2 AND action >= ?3 "
                       "GROUP BY action",
                       values, 3, take_counts, ret_counts, error);
}

static const char erasing[] = "erased";

enum an_err an_call_erase(struct an_db_session *session, const struct an_secret *secret, an_number callee,
                          uint64_t now_us, int64_t *ret_count, struct an_error *error)
{
    uint8_t key[AN_NUMBER_KEY_BYTES];
    an_secret_key_of_number(secret, callee, key);
    const struct an_db_value values[] = { an_db_blob(key, sizeof key), an_db_int((int64_t)now_us) };
    int64_t turn;
    enum an_err err = an_store_count(session, erasing, &turn, error); /* the lock: see an_call_settle() */
    if (err != AN_OK) return err;
    err = an_db_run(session,
                    "INSERT INTO erased (number_key, time) VALUES (?1, ?2) ON CONFLICT (number_key) DO "
                    "UPDATE SET time = ?2",
                    values, 2, NULL, error);
    if (err != AN_OK) return err;
    return an_db_run(session, "DELETE FROM call_seen WHERE callee_key = ?1", values, 1, ret_count, error);
}

static bool take_found(void *user, const struct an_db_value *columns, size_t n)
{
    (void)columns, (void)n;
    *(bool *)user = true;
    return false;
}

enum an_err an_call_erased(struct an_db_session *session, const struct an_secret *secret, an_number callee,
                           uint64_t time_us, bool *ret_erased, struct an_error *error)
{
    uint8_t key[AN_NUMBER_KEY_BYTES];
    an_secret_key_of_number(secret, callee, key);
    const struct an_db_value values[] = { an_db_blob(key, sizeof key), an_db_int((int64_t)time_us) };
    *ret_erased = false;
    return an_db_query(session, "SELECT 1 FROM erased WHERE number_key = ?1 AND time >= ?2", values, 2, take_found,
                       ret_erased, error);
}

enum an_err an_call_settle(struct an_db_session *session, uint64_t since_us, struct an_error *error)
{
    int64_t turn;
    const struct an_db_value since = an_db_int((int64_t)since_us);
    enum an_err err = an_store_count(session, erasing, &turn, error);
    if (err != AN_OK) return err;
    return an_db_run(session,
                     "DELETE FROM call_seen WHERE token IN (SELECT c.token FROM erased e JOIN call_seen c ON "
                     "c.callee_key = e.number_key AND c.time <= e.time WHERE e.time >= ?1)",
                     &since, 1, NULL, error);
}

enum an_err an_erased_sweep(struct an_db_session *session, uint64_t before_us, struct an_error *error)
{
    const struct an_db_value before = an_db_int((int64_t)before_us);
    return an_db_run(session, "DELETE FROM erased WHERE time < ?1", &before, 1, NULL, error);
}

enum an_err an_call_sweep(struct an_db_session *session, uint64_t before_us, size_t max, int64_t *ret_count,
                          struct an_error *error)
{
    const struct an_db_value values[] = { an_db_int((int64_t)before_us), an_db_int((int64_t)max) };
    return an_db_run(session,
                     "DELETE FROM call_seen WHERE token IN (SELECT token FROM call_seen WHERE time < ?1 ORDER BY time "
                     "LIMIT ?2)",
                     values, 2, ret_count, error);
}

enum an_err an_call_callers(struct an_db_session *session, const struct an_secret *secret, uint64_t since_us,
                            size_t max, an_caller_fn *row, void *user, struct an_error *error)
{
    struct reading reading = { .secret = secret, .caller = row, .user = user };
    const struct an_db_value values[] = { an_db_int((int64_t)since_us), an_db_int(AN_ACTION_LABEL),
                                          an_db_int((int64_t)max) };
    return an_db_query(
        session,
        "SELECT " COLUMNS FROM
        "WHERE c.time >= ?1 AND c.action >= ?2 AND c.caller_key IS NOT NULL ORDER BY c.time DESC LIMIT ?3",
        values, 3, take_row, &reading, error);
}

/* ---- how far ---- */

struct places {
    struct an_journal_place *at;
    size_t max, count;
};

static bool take_place(void *user, const struct an_db_value *columns, size_t n)
{
    struct places *places = user;
    an_assert(n == 3);
    if (places->count == places->max) return false;
    struct an_journal_place *place = &places->at[places->count++];
    place->worker = (uint32_t)an_db_get_int(&columns[0]);
    place->segment = (uint64_t)an_db_get_int(&columns[1]);
    place->offset = (uint64_t)an_db_get_int(&columns[2]);
    return true;
}

enum an_err an_followed_get(struct an_db_session *session, const uint8_t journal[AN_CALLS_JOURNAL_ID],
                            struct an_journal_place *ret_places, size_t max, size_t *ret_count, struct an_error *error)
{
    struct places places = { ret_places, max, 0 };
    const struct an_db_value values[] = { an_db_blob(journal, AN_CALLS_JOURNAL_ID) };
    enum an_err err =
        an_db_query(session, "SELECT worker, segment, place FROM followed WHERE journal = ?1 ORDER BY worker", values,
                    1, take_place, &places, error);
    for (size_t i = 0; i < places.count; i++) memcpy(ret_places[i].journal, journal, AN_CALLS_JOURNAL_ID);
    *ret_count = places.count;
    return err;
}

enum an_err an_followed_put(struct an_db_session *session, const struct an_journal_place *place, struct an_error *error)
{
    const struct an_db_value values[] = { an_db_blob(place->journal, AN_CALLS_JOURNAL_ID), an_db_int(place->worker),
                                          an_db_int((int64_t)place->segment), an_db_int((int64_t)place->offset) };
    return an_db_run(session,
                     "INSERT INTO followed (journal, worker, segment, place) VALUES (?1, ?2, ?3, ?4) ON CONFLICT "
                     "(journal, worker) DO UPDATE SET segment = ?3, place = ?4",
                     values, 4, NULL, error);
}
