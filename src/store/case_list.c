/* Cases and complaints to look at. */
#include <stdio.h>
#include <string.h>

#include "store/cases.h"

#define CASE_COLUMNS                                                                                                   \
    "id, kind, number_box, campaign, journal, firm, reports, complaints, first, last, category, network, region, "     \
    "state, note, who, updated"
#define COLUMNS                                                                                                        \
    "id, case_id, source, theirs, time, taken, caller_box, callee_box, category, network, region, firm, token, "       \
    "words_box, routed"

struct cases {
    const struct an_secret *secret;
    an_case_fn *row;
    void *user;
};

static bool take_case(void *user, const struct an_db_value *c, size_t n)
{
    struct cases *cases = user;
    struct an_case one = { .id = an_db_get_int(&c[0]),
                           .kind = (uint8_t)an_db_get_int(&c[1]),
                           .campaign = (uint32_t)an_db_get_int(&c[3]),
                           .reports = (uint64_t)an_db_get_int(&c[6]),
                           .complaints = (uint64_t)an_db_get_int(&c[7]),
                           .first_us = (uint64_t)an_db_get_int(&c[8]),
                           .last_us = (uint64_t)an_db_get_int(&c[9]),
                           .category = (uint8_t)an_db_get_int(&c[10]),
                           .op = (uint8_t)an_db_get_int(&c[11]),
                           .region = (uint8_t)an_db_get_int(&c[12]),
                           .state = (uint8_t)an_db_get_int(&c[13]),
                           .updated_us = (uint64_t)an_db_get_int(&c[16]) };
    an_assert(n == 17);
    one.number = an_store_unbox_number(cases->secret, &c[2]);
    struct an_slice journal = an_db_get_slice(&c[4]);
    if (journal.len == sizeof one.journal) memcpy(one.journal, journal.at, journal.len);
    an_db_get_text(&c[5], one.firm, sizeof one.firm);
    an_db_get_text(&c[14], one.note, sizeof one.note);
    an_db_get_text(&c[15], one.who, sizeof one.who);
    return cases->row(cases->user, &one);
}

enum an_err an_case_pages(struct an_db_session *session, const struct an_secret *secret,
                          const struct an_case_list *list, an_case_fn *row, void *user, struct an_error *error)
{
    struct cases cases = { secret, row, user };
    char sql[512];
    const struct an_db_value values[] = { an_db_int((int64_t)list->max), an_db_int((int64_t)list->after_total),
                                          an_db_int(list->after), an_db_int(list->state) };
    bool all = list->state == AN_CASE_STATE_COUNT;
    snprintf(sql, sizeof sql,
             "SELECT " CASE_COLUMNS " FROM complaint_case WHERE %s%s ORDER BY total DESC, id DESC LIMIT ?1",
             list->after == 0 ? "?2 = ?2 AND ?3 = ?3" : "(total < ?2 OR (total = ?2 AND id < ?3))",
             all ? "" : " AND state = ?4");
    return an_db_query(session, sql, values, all ? 3 : 4, take_case, &cases, error);
}

static bool keep_case(void *user, const struct an_case *one)
{
    *(struct an_case *)user = *one;
    return false;
}

enum an_err an_case_find(struct an_db_session *session, const struct an_secret *secret, int64_t id,
                         struct an_case *ret_case, struct an_error *error)
{
    struct an_case found = { 0 };
    struct cases cases = { secret, keep_case, &found };
    const struct an_db_value values[] = { an_db_int(id) };
    enum an_err err = an_db_query(session, "SELECT " CASE_COLUMNS " FROM complaint_case WHERE id = ?1", values, 1,
                                  take_case, &cases, error);
    if (err != AN_OK) return err;
    if (found.id == 0) return an_fail(error, AN_ERR_NOT_FOUND, "no such case");
    *ret_case = found;
    return AN_OK;
}

struct complaints {
    const struct an_secret *secret;
    an_complaint_fn *row;
    void *user;
};

static bool take_complaint(void *user, const struct an_db_value *c, size_t n)
{
    struct complaints *complaints = user;
    struct an_complaint one = { .id = an_db_get_int(&c[0]),
                                .case_id = an_db_get_int(&c[1]),
                                .source = (uint8_t)an_db_get_int(&c[2]),
                                .time_us = (uint64_t)an_db_get_int(&c[4]),
                                .taken_us = (uint64_t)an_db_get_int(&c[5]),
                                .category = (uint8_t)an_db_get_int(&c[8]),
                                .op = (uint8_t)an_db_get_int(&c[9]),
                                .region = (uint8_t)an_db_get_int(&c[10]) };
    an_assert(n == 15);
    an_db_get_text(&c[3], one.theirs, sizeof one.theirs);
    one.caller = an_store_unbox_number(complaints->secret, &c[6]);
    one.callee = an_store_unbox_number(complaints->secret, &c[7]);
    an_db_get_text(&c[11], one.firm, sizeof one.firm);
    struct an_slice token = an_db_get_slice(&c[12]);
    if (token.len == sizeof one.token.bytes) memcpy(one.token.bytes, token.at, token.len);
    if (c[13].type == AN_DB_BLOB) an_store_unbox(complaints->secret, &c[13], one.words, sizeof one.words);
    an_db_get_text(&c[14], one.routed, sizeof one.routed);
    return complaints->row(complaints->user, &one);
}

enum an_err an_complaint_pages(struct an_db_session *session, const struct an_secret *secret,
                               const struct an_complaint_list *list, an_complaint_fn *row, void *user,
                               struct an_error *error)
{
    struct complaints complaints = { secret, row, user };
    char sql[512];
    struct an_db_value values[5] = { an_db_int((int64_t)list->max) };
    size_t count = 1;
    int len = snprintf(sql, sizeof sql, "SELECT " COLUMNS " FROM complaint WHERE source >= %d", list->no_reports);
    if (list->case_id != 0) {
        values[count++] = an_db_int(list->case_id);
        len += snprintf(sql + len, sizeof sql - (size_t)len, " AND case_id = ?%zu", count);
    }
    if (list->source != AN_COMPLAINT_SOURCE_COUNT) {
        values[count++] = an_db_int(list->source);
        len += snprintf(sql + len, sizeof sql - (size_t)len, " AND source = ?%zu", count);
    }
    if (list->before != 0) {
        values[count++] = an_db_int((int64_t)list->before_us);
        values[count++] = an_db_int(list->before);
        len += snprintf(sql + len, sizeof sql - (size_t)len, " AND (taken < ?%zu OR (taken = ?%zu AND id < ?%zu))",
                        count - 1, count - 1, count);
    }
    snprintf(sql + len, sizeof sql - (size_t)len, " ORDER BY taken DESC, id DESC LIMIT ?1");
    return an_db_query(session, sql, values, count, take_complaint, &complaints, error);
}

static bool keep_complaint(void *user, const struct an_complaint *complaint)
{
    *(struct an_complaint *)user = *complaint;
    return false;
}

enum an_err an_complaint_find(struct an_db_session *session, const struct an_secret *secret, int64_t id,
                              struct an_complaint *ret_complaint, struct an_error *error)
{
    struct an_complaint found = { 0 };
    struct complaints complaints = { secret, keep_complaint, &found };
    const struct an_db_value values[] = { an_db_int(id) };
    enum an_err err = an_db_query(session, "SELECT " COLUMNS " FROM complaint WHERE id = ?1", values, 1, take_complaint,
                                  &complaints, error);
    if (err != AN_OK) return err;
    if (found.id == 0) return an_fail(error, AN_ERR_NOT_FOUND, "no such complaint");
    *ret_complaint = found;
    return AN_OK;
}
