/* Complaints into cases. */
#include "store/cases.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "store/reports.h"

#define LOOK_BACK_US (30 * 86400 * AN_US_PER_S)

static const char *const kinds[AN_CASE_KIND_COUNT] = { "campaign", "firm", "number" };
static const char *const states[AN_CASE_STATE_COUNT] = { "new", "open", "asked", "answered", "closed" };
static const char *const sources[AN_COMPLAINT_SOURCE_COUNT] = { "report", "12321", "12345", "operator", "other" };

const char *an_case_kind_name(enum an_case_kind kind)
{
    return (unsigned)kind < AN_CASE_KIND_COUNT ? kinds[kind] : "number";
}

const char *an_case_state_name(enum an_case_state state)
{
    return (unsigned)state < AN_CASE_STATE_COUNT ? states[state] : "new";
}

const char *an_complaint_source_name(enum an_complaint_source source)
{
    return (unsigned)source < AN_COMPLAINT_SOURCE_COUNT ? sources[source] : "other";
}

enum an_err an_case_state_of(const char *name, enum an_case_state *ret_state)
{
    for (int i = 0; i < AN_CASE_STATE_COUNT; i++)
        if (strcmp(name, states[i]) == 0) {
            *ret_state = (enum an_case_state)i;
            return AN_OK;
        }
    return AN_ERR_NOT_FOUND;
}

enum an_err an_complaint_source_of(const char *name, enum an_complaint_source *ret_source)
{
    for (int i = 0; i < AN_COMPLAINT_SOURCE_COUNT; i++)
        if (strcmp(name, sources[i]) == 0) {
            *ret_source = (enum an_complaint_source)i;
            return AN_OK;
        }
    return AN_ERR_NOT_FOUND;
}

/* ---- which case ---- */

struct taking {
    struct an_db_session *session;
    const struct an_secret *secret;
    struct an_route routes[AN_ROUTES_MAX];
    size_t route_count;
    struct an_error *error;
};

static bool take_known(void *user, const struct an_db_value *c, size_t n)
{
    struct an_complaint *complaint = user;
    an_assert(n == 3);
    complaint->id = an_db_get_int(&c[0]);
    complaint->case_id = an_db_get_int(&c[1]);
    an_db_get_text(&c[2], complaint->routed, sizeof complaint->routed);
    return false;
}

static bool take_campaign(void *user, const struct an_db_value *c, size_t n)
{
    struct an_complaint *complaint = user;
    an_assert(n == 2);
    struct an_slice journal = an_db_get_slice(&c[1]);
    if (journal.len != sizeof complaint->journal) return false;
    complaint->campaign = (uint32_t)an_db_get_int(&c[0]);
    memcpy(complaint->journal, journal.at, journal.len);
    return false;
}

static bool take_id(void *user, const struct an_db_value *c, size_t n)
{
    an_assert(n == 1);
    *(int64_t *)user = an_db_get_int(&c[0]);
    return false;
}

static int64_t id_of(const struct an_secret *secret, const char *subject, size_t len)
{
    uint8_t hash[AN_SECRET_HASH_BYTES];
    uint64_t id;
    an_secret_hash(secret, AN_SECRET_CASE, subject, len, hash);
    memcpy(&id, hash, sizeof id);
    id &= INT64_MAX;
    return id == 0 ? 1 : (int64_t)id;
}

/* The campaign, the firm, the open case the caller is in, or the caller. */
static enum an_err find_case(struct taking *t, struct an_complaint *c, const uint8_t *key, struct an_case *ret)
{
    char subject[AN_FIRM_NAME_MAX + 64];
    int len = 0;
    *ret = (struct an_case) { .kind = AN_CASE_NUMBER, .number = c->caller };
    const struct an_db_value calls[] = { an_db_blob(key, AN_NUMBER_KEY_BYTES),
                                         an_db_int((int64_t)c->time_us - (int64_t)LOOK_BACK_US),
                                         an_db_int((int64_t)(c->time_us + LOOK_BACK_US)) };
    enum an_err err = AN_OK;
    if (c->campaign == 0)
        err = an_db_query(t->session,
                          "SELECT campaign, journal FROM call_seen WHERE caller_key = ?1 AND time >= ?2 AND time <= ?3 "
                          "AND campaign <> 0 ORDER BY time DESC LIMIT 1",
                          calls, 3, take_campaign, c, t->error);
    if (err != AN_OK) return err;
    if (c->campaign != 0) {
        ret->kind = AN_CASE_CAMPAIGN;
        ret->campaign = c->campaign;
        memcpy(ret->journal, c->journal, sizeof ret->journal);
        len = snprintf(subject, sizeof subject, "campaign %u ", c->campaign);
        memcpy(subject + len, c->journal, sizeof c->journal);
        len += (int)sizeof c->journal;
    } else if (c->firm[0] != '\0') {
        ret->kind = AN_CASE_FIRM;
        memcpy(ret->firm, c->firm, sizeof ret->firm);
        len = snprintf(subject, sizeof subject, "firm %s", c->firm);
    } else {
        const struct an_db_value mine[] = { calls[0], an_db_int(AN_CASE_CLOSED) };
        err = an_db_query(t->session,
                          "SELECT p.case_id FROM complaint p JOIN complaint_case c ON c.id = p.case_id WHERE "
                          "p.caller_key = ?1 AND c.state < ?2 ORDER BY p.time DESC LIMIT 1",
                          mine, 2, take_id, &ret->id, t->error);
        len = snprintf(subject, sizeof subject, "number %llu", (unsigned long long)c->caller);
    }
    if (err == AN_OK && ret->id == 0) ret->id = id_of(t->secret, subject, (size_t)len);
    return err;
}

/* ---- into it ---- */

static enum an_err put_case(struct taking *t, const struct an_complaint *c, const struct an_case *one,
                            const uint8_t *key)
{
    uint8_t box[AN_NUMBER_BOX_MAX];
    bool number = one->kind == AN_CASE_NUMBER, report = c->source == AN_COMPLAINT_REPORT;
    size_t len = number ? an_secret_seal_number(t->secret, one->number, box) : 0;
    const struct an_db_value values[] = {
        an_db_int(one->id),
        an_db_int(one->kind),
        number ? an_db_blob(key, AN_NUMBER_KEY_BYTES) : an_db_null(),
        number ? an_db_blob(box, len) : an_db_null(),
        an_db_int(one->campaign),
        one->campaign != 0 ? an_db_blob(one->journal, sizeof one->journal) : an_db_null(),
        an_db_text(one->firm),
        an_db_int(report),
        an_db_int(!report),
        an_db_int((int64_t)c->time_us),
        an_db_int(c->category),
        an_db_int(c->op),
        an_db_int(c->region),
        an_db_int((int64_t)c->taken_us),
        an_db_int(AN_CASE_CLOSED),
    };
    enum an_err err = an_db_run(
        t->session,
        "INSERT INTO complaint_case (id, kind, number_key, number_box, campaign, journal, firm, reports, complaints, "
        "total, first, last, category, network, region, state, note, who, updated) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, "
        "?8, ?9, 1, ?10, ?10, ?11, ?12, ?13, 0, '', '', 0) ON CONFLICT (id) DO UPDATE SET reports = "
        "complaint_case.reports + ?8, complaints = complaint_case.complaints + ?9, total = complaint_case.total + 1, "
        "first = CASE WHEN complaint_case.first < ?10 THEN complaint_case.first ELSE ?10 END, last = CASE WHEN "
        "complaint_case.last > ?10 THEN complaint_case.last ELSE ?10 END, state = CASE WHEN complaint_case.state = ?15 "
        "AND complaint_case.updated < ?14 THEN 0 ELSE complaint_case.state END",
        values, 15, NULL, t->error);
    const struct an_db_value counted[] = { values[0], values[10] };
    if (err == AN_OK)
        err = an_db_run(t->session,
                        "INSERT INTO case_category (case_id, category, n) VALUES (?1, ?2, 1) ON CONFLICT (case_id, "
                        "category) DO UPDATE SET n = case_category.n + 1",
                        counted, 2, NULL, t->error);
    if (err == AN_OK)
        err = an_db_run(t->session,
                        "UPDATE complaint_case SET category = (SELECT category FROM case_category WHERE case_id = ?1 "
                        "ORDER BY n DESC, category LIMIT 1) WHERE id = ?1",
                        counted, 1, NULL, t->error);
    return err;
}

static enum an_err put_complaint(struct taking *t, const struct an_complaint *c, const uint8_t *key)
{
    uint8_t caller_box[AN_NUMBER_BOX_MAX], callee_box[AN_NUMBER_BOX_MAX], callee_key[AN_NUMBER_KEY_BYTES];
    bool callee = an_number_is_e164(c->callee), token = an_token_given(&c->token);
    void *words_box;
    if (callee) an_secret_key_of_number(t->secret, c->callee, callee_key);
    size_t caller_len = an_secret_seal_number(t->secret, c->caller, caller_box);
    size_t callee_len = callee ? an_secret_seal_number(t->secret, c->callee, callee_box) : 0;
    const struct an_db_value values[] = {
        an_db_int(c->id),
        an_db_int(c->case_id),
        an_db_int(c->source),
        an_db_text(c->theirs),
        an_db_int((int64_t)c->time_us),
        an_db_int((int64_t)c->taken_us),
        an_db_blob(key, AN_NUMBER_KEY_BYTES),
        an_db_blob(caller_box, caller_len),
        callee ? an_db_blob(callee_key, sizeof callee_key) : an_db_null(),
        callee ? an_db_blob(callee_box, callee_len) : an_db_null(),
        an_db_int(c->category),
        an_db_int(c->op),
        an_db_int(c->region),
        an_db_text(c->firm),
        token ? an_db_blob(c->token.bytes, sizeof c->token.bytes) : an_db_null(),
        an_store_box(t->secret, an_slice_of(c->words), &words_box),
        an_db_text(c->routed),
    };
    enum an_err err = an_db_run(
        t->session,
        "INSERT INTO complaint (id, case_id, source, theirs, time, taken, caller_key, caller_box, callee_key, "
        "callee_box, category, network, region, firm, token, words_box, routed) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, "
        "?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)",
        values, sizeof values / sizeof values[0], NULL, t->error);
    free(words_box);
    return err;
}

static enum an_err take_one(struct taking *t, struct an_complaint *c)
{
    uint8_t key[AN_NUMBER_KEY_BYTES];
    struct an_case one;
    const struct an_route *route = NULL;
    const struct an_db_value known[] = { an_db_int(c->source), an_db_text(c->theirs) };
    an_assert(an_number_is_e164(c->caller) && c->theirs[0] != '\0' && c->source < AN_COMPLAINT_SOURCE_COUNT);
    an_secret_key_of_number(t->secret, c->caller, key);
    c->id = 0;
    c->routed[0] = '\0';
    enum an_err err =
        an_db_query(t->session, "SELECT id, case_id, routed FROM complaint WHERE source = ?1 AND theirs = ?2", known, 2,
                    take_known, c, t->error);
    c->fresh = err == AN_OK && c->id == 0;
    if (err == AN_OK && !c->fresh) return AN_OK;
    if (err == AN_OK) err = find_case(t, c, key, &one);
    if (err != AN_OK) return err;
    c->id = an_db_id();
    c->case_id = one.id;
    if (c->source != AN_COMPLAINT_REPORT)
        route = an_route_of(t->routes, t->route_count, an_operator_name((enum an_operator)c->op),
                            an_category_name((enum an_category)c->category), c->firm);
    if (route != NULL) memcpy(c->routed, route->dest, sizeof c->routed);
    err = put_case(t, c, &one, key);
    if (err == AN_OK) err = put_complaint(t, c, key);
    if (err == AN_OK && route != NULL) err = an_route_note(t->session, route, c->case_id, c->id, c->taken_us, t->error);
    return err;
}

enum an_err an_complaints_take(struct an_db_session *session, const struct an_secret *secret,
                               struct an_complaint *complaints, size_t count, struct an_error *error)
{
    int64_t turn;
    struct taking *t = calloc(1, sizeof *t);
    if (t == NULL) return an_fail(error, AN_ERR_NO_MEMORY, "no memory for complaints");
    *t = (struct taking) { .session = session, .secret = secret, .error = error };
    enum an_err err = an_db_begin(session, error);
    if (err == AN_OK) {
        err = an_store_count(session, "complaint", &turn, error); /* the lock */
        if (err == AN_OK) err = an_routes_get(session, t->routes, &t->route_count, error);
        for (size_t i = 0; i < count && err == AN_OK; i++) err = take_one(t, &complaints[i]);
        err = an_store_end(session, err, error);
    }
    free(t);
    return err;
}

/* ---- decided, forgotten ---- */

/* People see of their own reports that they are looked into, and when that has ended. */
static enum an_err tell_reports(struct an_db_session *session, int64_t id, bool closed, uint64_t now_us,
                                struct an_error *error)
{
#define OF_CASE                                                                                                        \
    " FROM report WHERE state < ?3 AND token IN (SELECT token FROM complaint WHERE case_id = ?1 AND source = 0)"
    const int state = closed ? AN_REPORT_CLOSED : AN_REPORT_CASE;
    const int what = closed ? AN_REPORT_WAS_CLOSED : AN_REPORT_WAS_IN_CASE;
    const struct an_db_value values[] = { an_db_int(id), an_db_int((int64_t)now_us), an_db_int(state),
                                          an_db_int(what) };
    enum an_err err =
        an_db_run(session, "INSERT INTO report_event (report, time, state, what) SELECT id, ?2, ?3, ?4" OF_CASE, values,
                  4, NULL, error);
    const struct an_db_value moved[] = { values[0], values[2], values[2] };
    if (err == AN_OK)
        err = an_db_run(session, "UPDATE report SET state = ?2 WHERE id IN (SELECT id" OF_CASE ")", moved, 3, NULL,
                        error);
    return err;
#undef OF_CASE
}

enum an_err an_case_decide(struct an_db_session *session, const struct an_case *one, uint64_t now_us,
                           struct an_error *error)
{
    int64_t changed = 0;
    const struct an_db_value values[] = { an_db_int(one->id), an_db_int(one->state), an_db_text(one->note),
                                          an_db_text(one->who), an_db_int((int64_t)now_us) };
    enum an_err err = an_db_begin(session, error);
    if (err != AN_OK) return err;
    err = an_db_run(session, "UPDATE complaint_case SET state = ?2, note = ?3, who = ?4, updated = ?5 WHERE id = ?1",
                    values, 5, &changed, error);
    if (err == AN_OK && changed == 0) err = an_fail(error, AN_ERR_NOT_FOUND, "no such case");
    if (err == AN_OK && one->state != AN_CASE_NEW)
        err = tell_reports(session, one->id, one->state == AN_CASE_CLOSED, now_us, error);
    return an_store_end(session, err, error);
}

enum an_err an_complaint_erase(struct an_db_session *session, const struct an_secret *secret, an_number callee,
                               struct an_error *error)
{
    uint8_t key[AN_NUMBER_KEY_BYTES];
    an_secret_key_of_number(secret, callee, key);
    const struct an_db_value values[] = { an_db_blob(key, sizeof key) };
    return an_db_run(session,
                     "UPDATE complaint SET callee_key = NULL, callee_box = NULL, words_box = NULL, token = NULL WHERE "
                     "callee_key = ?1",
                     values, 1, NULL, error);
}

enum an_err an_case_sweep(struct an_db_session *session, uint64_t before_us, size_t max, struct an_error *error)
{
    static const char *const of_cases[] = {
        "DELETE FROM case_category WHERE case_id IN (SELECT id FROM complaint_case WHERE last < ?1 AND updated < ?1)",
        "DELETE FROM case_routed WHERE case_id IN (SELECT id FROM complaint_case WHERE last < ?1 AND updated < ?1)",
        "DELETE FROM complaint_case WHERE last < ?1 AND updated < ?1",
    };
    const struct an_db_value values[] = { an_db_int((int64_t)before_us), an_db_int((int64_t)max) };
    int64_t turn;
    enum an_err err = an_db_begin(session, error);
    if (err != AN_OK) return err;
    err = an_store_count(session, "complaint", &turn, error);
    if (err == AN_OK)
        err = an_db_run(session,
                        "DELETE FROM complaint WHERE id IN (SELECT id FROM complaint WHERE taken < ?1 ORDER BY taken "
                        "LIMIT ?2)",
                        values, 2, NULL, error);
    for (size_t i = 0; i < 3 && err == AN_OK; i++) err = an_db_run(session, of_cases[i], values, 1, NULL, error);
    return an_store_end(session, err, error);
}
