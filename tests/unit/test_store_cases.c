/* Complaints, cases and routes in the store, on SQLite and PostgreSQL. */
#include <pthread.h>

#include "base/clock.h"
#include "store/cases.h"
#include "store/reports.h"
#include "tests/unit/store_kit.h"

#define NOW_US 1795317245000000ull
#define HOSTILE "<script>'; DROP TABLE complaint; --\xe5\xae\x89"

static struct an_complaint complaint(enum an_complaint_source source, const char *theirs, an_number caller)
{
    struct an_complaint c = { .source = (uint8_t)source,
                              .category = AN_CATEGORY_LOAN,
                              .op = 1,
                              .region = 44,
                              .time_us = NOW_US,
                              .taken_us = NOW_US + 1000,
                              .caller = caller,
                              .callee = 8613800138000 };
    snprintf(c.theirs, sizeof c.theirs, "%s", theirs);
    snprintf(c.words, sizeof c.words, "%s", HOSTILE);
    return c;
}

static struct an_complaint put(struct an_db_session *s, struct an_complaint c)
{
    struct an_error error = { "" };
    must(an_complaints_take(s, &kit.secret, &c, 1, &error), &error);
    return c;
}

static struct an_case find(struct an_db_session *s, int64_t id)
{
    struct an_error error = { "" };
    struct an_case one;
    must(an_case_find(s, &kit.secret, id, &one, &error), &error);
    return one;
}

static void one_complaint_is_taken_once(void **state)
{
    (void)state;
    struct an_db_session *s = take();
    struct an_complaint a = put(s, complaint(AN_COMPLAINT_12321, "A-1", 8617012345678));
    struct an_complaint b = put(s, complaint(AN_COMPLAINT_12321, "A-1", 8617099999999)); /* whatever else it says */
    struct an_complaint c = put(s, complaint(AN_COMPLAINT_12345, "A-1", 8617012345678));
    assert_true(a.fresh && !b.fresh && c.fresh);
    assert_true(a.id == b.id && a.case_id == b.case_id && a.case_id == c.case_id && a.id != c.id);
    struct an_case one = find(s, a.case_id);
    assert_int_equal(one.kind, AN_CASE_NUMBER);
    assert_true(one.number == 8617012345678);
    assert_int_equal(one.complaints, 2);
    assert_int_equal(one.reports, 0);
    struct an_complaint found;
    struct an_error error;
    must(an_complaint_find(s, &kit.secret, a.id, &found, &error), &error);
    assert_string_equal(found.words, HOSTILE);
    assert_true(found.callee == 8613800138000);
    an_db_give(s);
}

static void which_case_it_joins(void **state)
{
    (void)state;
    struct an_db_session *s = take();
    struct an_complaint firm = complaint(AN_COMPLAINT_OTHER, "1", 8621000001),
                        same = complaint(AN_COMPLAINT_OTHER, "2", 8621000002);
    strcpy(firm.firm, "Bank");
    strcpy(same.firm, "Bank");
    firm = put(s, firm);
    same = put(s, same);
    assert_true(firm.case_id == same.case_id);
    struct an_complaint report = complaint(AN_COMPLAINT_REPORT, "r1", 8621000003), other = report;
    report.campaign = other.campaign = 7;
    report.journal[0] = 1;
    other.journal[0] = 2; /* another server's seventh campaign is another one */
    strcpy(other.theirs, "r2");
    report = put(s, report);
    other = put(s, other);
    assert_true(report.case_id != other.case_id);
    struct an_case one = find(s, report.case_id);
    assert_int_equal(one.kind, AN_CASE_CAMPAIGN);
    assert_int_equal(one.campaign, 7);
    assert_int_equal(one.journal[0], 1);
    struct an_complaint alone = put(s, complaint(AN_COMPLAINT_12321, "c", 8621000003));
    assert_true(alone.case_id == other.case_id); /* the open case its caller is in */
    an_db_give(s);
}

/* A caller's calls in the store say which campaign it is of. */
static void a_complaint_finds_the_campaign(void **state)
{
    (void)state;
    struct an_db_session *s = take();
    struct an_error error = { "" };
    struct an_seen_call call = { .token = { { 5 } },
                                 .caller = 8621000009,
                                 .callee = 8613911112222,
                                 .time_us = NOW_US,
                                 .action = 1,
                                 .campaign = 12 };
    call.place.journal[0] = 9;
    must(an_db_begin(s, &error), &error);
    must(an_call_add(s, &kit.secret, &call, &error), &error);
    must(an_db_commit(s, &error), &error);
    struct an_complaint c = put(s, complaint(AN_COMPLAINT_12321, "x", 8621000009));
    struct an_case one = find(s, c.case_id);
    assert_int_equal(one.campaign, 12);
    assert_int_equal(one.journal[0], 9);
    an_db_give(s);
}

static void decided_closed_and_new_again(void **state)
{
    (void)state;
    struct an_db_session *s = take();
    struct an_error error = { "" };
    struct an_report said = {
        .campaign = 0, .time_us = NOW_US, .token = { { 7 } }, .reporter = 8613800138000, .caller = 8617012345678
    };
    bool fresh;
    must(an_report_say(s, &kit.secret, &said, false, &fresh, &error), &error);
    struct an_complaint c = complaint(AN_COMPLAINT_REPORT, "r", 8617012345678);
    c.token = said.token;
    c = put(s, c);
    struct an_case one = find(s, c.case_id);
    assert_int_equal(one.state, AN_CASE_NEW);
    one.state = AN_CASE_ASKED;
    strcpy(one.note, "=1+1" HOSTILE);
    strcpy(one.who, "miit");
    must(an_case_decide(s, &one, NOW_US + 5000, &error), &error);
    struct an_report report;
    must(an_report_find(s, &kit.secret, said.id, &report, &error), &error);
    assert_int_equal(report.state, AN_REPORT_CASE);
    an_report_done(&report);
    one.state = AN_CASE_CLOSED;
    must(an_case_decide(s, &one, NOW_US + 6000, &error), &error);
    must(an_report_find(s, &kit.secret, said.id, &report, &error), &error);
    assert_int_equal(report.state, AN_REPORT_CLOSED);
    an_report_done(&report);
    struct an_complaint before = complaint(AN_COMPLAINT_12321, "late", 8617012345678), after = before;
    strcpy(after.theirs, "after");
    before.taken_us = NOW_US + 5500;
    after.taken_us = NOW_US + 7000;
    put(s, before); /* of before it was closed: joins the caller's own case, which stays closed */
    assert_int_equal(find(s, c.case_id).state, AN_CASE_CLOSED);
    put(s, after);
    one = find(s, c.case_id);
    assert_int_equal(one.state, AN_CASE_NEW);
    assert_string_equal(one.note, "=1+1" HOSTILE);
    one.id = 1;
    assert_int_equal(an_case_decide(s, &one, NOW_US, &error), AN_ERR_NOT_FOUND);
    an_db_give(s);
}

struct seen {
    unsigned count;
    int64_t ids[16];
    uint64_t total;
    int64_t last;
    uint64_t last_us;
};

static bool see_case(void *user, const struct an_case *one)
{
    struct seen *seen = user;
    seen->ids[seen->count++] = one->id;
    seen->total = one->reports + one->complaints;
    seen->last = one->id;
    return true;
}

static bool see_complaint(void *user, const struct an_complaint *c)
{
    struct seen *seen = user;
    seen->ids[seen->count++] = c->id;
    seen->last = c->id;
    seen->last_us = c->taken_us;
    return true;
}

static void pages(void **state)
{
    (void)state;
    struct an_db_session *s = take();
    struct an_error error = { "" };
    char theirs[16];
    for (int i = 0; i < 10; i++)
        for (int n = 0; n <= i / 2; n++) {
            snprintf(theirs, sizeof theirs, "%d-%d", i, n);
            put(s, complaint(AN_COMPLAINT_OPERATOR, theirs, 8621000100u + (unsigned)i));
        }
    struct seen first = { 0 }, rest = { 0 }, none = { 0 };
    struct an_case_list list = { .state = AN_CASE_STATE_COUNT, .max = 4 };
    must(an_case_pages(s, &kit.secret, &list, see_case, &first, &error), &error);
    assert_int_equal(first.count, 4);
    list.after = first.last;
    list.after_total = first.total;
    list.max = 16;
    must(an_case_pages(s, &kit.secret, &list, see_case, &rest, &error), &error);
    assert_int_equal(rest.count, 6);
    for (int i = 0; i < 4; i++)
        for (int j = 0; j < 6; j++) assert_true(first.ids[i] != rest.ids[j]);
    list = (struct an_case_list) { .state = AN_CASE_CLOSED, .max = 16 };
    must(an_case_pages(s, &kit.secret, &list, see_case, &none, &error), &error);
    assert_int_equal(none.count, 0);
    struct seen of_case = { 0 }, next = { 0 };
    struct an_complaint_list complaints = { .case_id = first.ids[0], .source = AN_COMPLAINT_OPERATOR, .max = 3 };
    must(an_complaint_pages(s, &kit.secret, &complaints, see_complaint, &of_case, &error), &error);
    assert_int_equal(of_case.count, 3);
    complaints.before = of_case.last;
    complaints.before_us = of_case.last_us;
    must(an_complaint_pages(s, &kit.secret, &complaints, see_complaint, &next, &error), &error);
    assert_int_equal(next.count, 2);
    complaints = (struct an_complaint_list) { .source = AN_COMPLAINT_12345, .max = 3 };
    must(an_complaint_pages(s, &kit.secret, &complaints, see_complaint, &none, &error), &error);
    assert_int_equal(none.count, 0);
    an_db_give(s);
}

static void routed_and_delivered(void **state)
{
    (void)state;
    struct an_db_session *s = take();
    struct an_error error = { "" };
    const struct an_route routes[] = { { "*", "fraud", "*", "police", "" },
                                       { "*", "*", "Bank", "bank", "https://bank.example/hook" },
                                       { "*", "loan", "*", "miit", "https://miit.example/hook" } };
    must(an_routes_put(s, routes, 3, &error), &error);
    struct an_route read[AN_ROUTES_MAX];
    size_t count;
    must(an_routes_get(s, read, &count, &error), &error);
    assert_int_equal(count, 3);
    assert_memory_equal(&read[1].url, &routes[1].url, sizeof routes[1].url);
    struct an_complaint fraud = complaint(AN_COMPLAINT_12321, "f", 8621000201);
    fraud.category = AN_CATEGORY_FRAUD;
    fraud = put(s, fraud);
    struct an_complaint loan = put(s, complaint(AN_COMPLAINT_12321, "l", 8621000202));
    struct an_complaint report = put(s, complaint(AN_COMPLAINT_REPORT, "r", 8621000203));
    struct an_complaint again = put(s, complaint(AN_COMPLAINT_12321, "l", 8621000202));
    assert_string_equal(fraud.routed, "police");
    assert_string_equal(loan.routed, "miit");
    assert_string_equal(again.routed, "miit");
    assert_string_equal(report.routed, ""); /* people's own reports are not passed on */
    struct an_routed routed[4];
    must(an_routed_list(s, fraud.case_id, routed, 4, &count, &error), &error);
    assert_int_equal(count, 1);
    assert_int_equal(routed[0].state, AN_ROUTED_NAMED);
    struct an_delivery d, none;
    uint64_t now_us = loan.taken_us;
    assert_int_equal(an_delivery_take(s, now_us - 1, 60, &d, &error), AN_ERR_NOT_FOUND);
    must(an_delivery_take(s, now_us, 60, &d, &error), &error);
    assert_true(d.complaint == loan.id && d.case_id == loan.case_id && d.tries == 0);
    assert_string_equal(d.url, "https://miit.example/hook");
    assert_int_equal(an_delivery_take(s, now_us, 60, &none, &error), AN_ERR_NOT_FOUND); /* it is being sent */
    must(an_delivery_later(s, &d, now_us + 10, &error), &error);
    must(an_delivery_take(s, now_us + 10, 60, &d, &error), &error);
    assert_int_equal(d.tries, 1);
    must(an_delivery_done(s, &d, true, now_us + 20, &error), &error);
    must(an_routed_list(s, loan.case_id, routed, 4, &count, &error), &error);
    assert_int_equal(routed[0].state, AN_ROUTED_SENT);
    assert_int_equal(an_delivery_take(s, now_us + 100, 60, &none, &error), AN_ERR_NOT_FOUND);
    must(an_routes_put(s, NULL, 0, &error), &error);
    must(an_routes_get(s, read, &count, &error), &error);
    assert_int_equal(count, 0);
    an_db_give(s);
}

/* Two servers take in complaints of the same callers at once: none is lost, none doubled, nobody waits in a circle. */
enum { RACERS = 2, EACH = 20 };

static void *race(void *user)
{
    bool backwards = user != NULL;
    struct an_complaint many[4];
    struct an_error error = { "" };
    struct an_db_session *s;
    char theirs[16];
    for (int i = 0; i < EACH; i++) {
        for (int n = 0; n < 4; n++) {
            snprintf(theirs, sizeof theirs, "%d-%d", i, backwards ? 3 - n : n);
            many[n] = complaint(AN_COMPLAINT_12321, theirs, 8621000300u + (unsigned)(backwards ? 3 - n : n));
        }
        enum an_err err = an_db_take(kit.db, &s, &error);
        if (err == AN_OK) err = an_complaints_take(s, &kit.secret, many, 4, &error);
        if (err != AN_OK) return strdup(error.text);
        an_db_give(s);
    }
    return NULL;
}

static void at_once(void **state)
{
    (void)state;
    pthread_t threads[RACERS];
    static int back;
    for (int i = 0; i < RACERS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, race, i == 0 ? NULL : &back), 0);
    for (int i = 0; i < RACERS; i++) {
        void *failed = NULL;
        pthread_join(threads[i], &failed);
        if (failed != NULL) fail_msg("%s", (char *)failed);
    }
    struct an_db_session *s = take();
    struct an_error error = { "" };
    struct seen seen = { 0 };
    const struct an_case_list list = { .state = AN_CASE_STATE_COUNT, .max = 16 };
    must(an_case_pages(s, &kit.secret, &list, see_case, &seen, &error), &error);
    assert_int_equal(seen.count, 4);
    for (int i = 0; i < 4; i++) assert_int_equal(find(s, seen.ids[i]).complaints, EACH);
    an_db_give(s);
}

static void erased_and_swept(void **state)
{
    (void)state;
    struct an_db_session *s = take();
    struct an_error error = { "" };
    struct an_complaint c = put(s, complaint(AN_COMPLAINT_12321, "e", 8621000401)), found;
    int64_t count;
    must(an_report_erase(s, &kit.secret, 8613800138000, &count, &error), &error);
    must(an_complaint_find(s, &kit.secret, c.id, &found, &error), &error);
    assert_true(found.callee == AN_NUMBER_NONE);
    assert_string_equal(found.words, "");
    must(an_case_sweep(s, c.taken_us, 10, &error), &error);
    assert_int_equal(an_complaint_find(s, &kit.secret, c.id, &found, &error), AN_OK);
    must(an_case_sweep(s, c.taken_us + 1, 10, &error), &error);
    assert_int_equal(an_complaint_find(s, &kit.secret, c.id, &found, &error), AN_ERR_NOT_FOUND);
    struct an_case one;
    assert_int_equal(an_case_find(s, &kit.secret, c.case_id, &one, &error), AN_ERR_NOT_FOUND);
    an_db_give(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_complaint_is_taken_once),
        cmocka_unit_test(which_case_it_joins),
        cmocka_unit_test(a_complaint_finds_the_campaign),
        cmocka_unit_test(decided_closed_and_new_again),
        cmocka_unit_test(pages),
        cmocka_unit_test(routed_and_delivered),
        cmocka_unit_test(at_once),
        cmocka_unit_test(erased_and_swept),
    };
    return store_kit_run_named("store_cases", tests, sizeof tests / sizeof tests[0]);
}
