/* Subscribers, calls, reports and redress in the store, on SQLite and PostgreSQL. */
#include <pthread.h>

#include "base/clock.h"
#include "store/calls.h"
#include "store/redress.h"
#include "store/reports.h"
#include "store/subscribers.h"
#include "tests/unit/store_kit.h"

#define NOW_US 1795317245000000ull
enum { ALICE = 0, BOB = 1, CALLER = 2 };
static const an_number numbers[] = { 8613800138000, 8613911112222, 8617012345678 };

static uint32_t save(struct an_db_session *s, an_number number, bool on, const char *json)
{
    struct an_error error = { "" };
    uint32_t version = 0;
    must(an_subscriber_save(s, &kit.secret, number, on, an_slice_of(json), -1, NOW_US, &version, NULL, &error), &error);
    return version;
}

struct changes {
    unsigned count;
    an_number last;
    uint8_t state;
    int64_t change;
};

static bool see_change(void *user, const struct an_subscriber_row *row)
{
    struct changes *changes = user;
    assert_true(row->change > changes->change);
    changes->count++;
    changes->last = row->number;
    changes->state = row->state;
    changes->change = row->change;
    return true;
}

static void settings_have_versions(void **state)
{
    (void)state;
    struct an_db_session *s = take();
    struct an_subscriber_row row;
    struct an_error error = { "" };
    uint32_t version = 0;
    assert_int_equal(an_subscriber_find(s, &kit.secret, numbers[ALICE], &row, &error), AN_ERR_NOT_FOUND);
    assert_int_equal(save(s, numbers[ALICE], true, "{\"on\":true}"), 1);
    assert_int_equal(save(s, numbers[ALICE], true, "{\"on\":true,\"level\":\"strict\"}"), 2);
    must(an_subscriber_find(s, &kit.secret, numbers[ALICE], &row, &error), &error);
    assert_true(row.number == numbers[ALICE]);
    assert_int_equal(row.version, 2);
    assert_string_equal(row.json, "{\"on\":true,\"level\":\"strict\"}");
    an_subscriber_row_done(&row);
    struct an_slice json = AN_SLICE("{}");
    assert_int_equal(an_subscriber_save(s, &kit.secret, numbers[ALICE], false, json, 1, NOW_US, &version, NULL, &error),
                     AN_ERR_EXISTS);
    assert_non_null(strstr(error.text, "version 2"));
    must(an_subscriber_save(s, &kit.secret, numbers[ALICE], false, json, 2, NOW_US, &version, NULL, &error), &error);
    assert_int_equal(version, 3);
    an_db_give(s);
}

static void changes_are_read_in_their_order(void **state)
{
    (void)state;
    struct an_db_session *s = take();
    struct an_error error = { "" };
    struct changes changes = { 0 };
    uint32_t version;
    save(s, numbers[ALICE], true, "{}");
    save(s, numbers[BOB], true, "{}");
    save(s, numbers[ALICE], false, "{}");
    must(an_subscriber_since(s, &kit.secret, 0, 10, see_change, &changes, &error), &error);
    assert_int_equal(changes.count, 2); /* each once, as it is now */
    assert_true(changes.last == numbers[ALICE]);
    must(an_subscriber_erase(s, &kit.secret, numbers[BOB], NOW_US, &version, &error), &error);
    struct changes later = { .change = changes.change };
    must(an_subscriber_since(s, &kit.secret, changes.change, 10, see_change, &later, &error), &error);
    assert_int_equal(later.count, 1);
    assert_int_equal(later.state, AN_SUBSCRIBER_ERASED);
    struct an_subscriber_row row;
    assert_int_equal(an_subscriber_find(s, &kit.secret, numbers[BOB], &row, &error), AN_ERR_NOT_FOUND);
    must(an_subscriber_sweep(s, NOW_US + 1, &error), &error);
    int64_t on, all;
    must(an_subscriber_count(s, &on, &all, &error), &error);
    assert_int_equal(on, 0);
    assert_int_equal(all, 1);
    an_db_give(s);
}

/* Many write at once while one reads what is new: it misses none. */
struct racing {
    unsigned first;
    bool failed;
};
enum { RACERS = 3, EACH = 30 };

static void *race(void *user)
{
    struct racing *racing = user;
    struct an_db_session *s;
    struct an_error error;
    uint32_t version;
    struct an_slice json = AN_SLICE("{}");
    for (unsigned i = 0; i < EACH && !racing->failed; i++) {
        enum an_err err = an_db_take(kit.db, &s, &error);
        if (err == AN_OK) {
            err = an_subscriber_save(s, &kit.secret, 8613000000000u + racing->first + i, true, json, -1, NOW_US,
                                     &version, NULL, &error);
            an_db_give(s);
        }
        __atomic_store_n(&racing->failed, err != AN_OK, __ATOMIC_RELAXED);
    }
    return NULL;
}

static void no_change_is_missed(void **state)
{
    (void)state;
    pthread_t threads[RACERS];
    struct racing racers[RACERS];
    struct changes changes = { 0 };
    struct an_error error = { "" };
    for (unsigned i = 0; i < RACERS; i++) {
        racers[i] = (struct racing) { i * 1000, false };
        pthread_create(&threads[i], NULL, race, &racers[i]);
    }
    struct an_db_session *s = take();
    while (changes.count < RACERS * EACH) {
        must(an_subscriber_since(s, &kit.secret, changes.change, 7, see_change, &changes, &error), &error);
        bool failed = false;
        for (unsigned i = 0; i < RACERS; i++) failed |= __atomic_load_n(&racers[i].failed, __ATOMIC_RELAXED);
        assert_false(failed);
    }
    for (unsigned i = 0; i < RACERS; i++) pthread_join(threads[i], NULL);
    assert_int_equal(changes.count, RACERS * EACH);
    an_db_give(s);
}

static struct an_seen_call call_of(unsigned n, an_number callee, enum an_action action)
{
    struct an_seen_call call = {
        .caller = numbers[CALLER],
        .callee = callee,
        .display = "Robert'); DROP TABLE call_seen;--\n\x80",
        .time_us = NOW_US + n,
        .action = (uint8_t)action,
        .category = AN_CATEGORY_LOAN,
        .region = 44,
        .op = AN_OPERATOR_MOBILE,
        .probability = 0.75f,
        .rules = AN_RULE_CATEGORY | AN_RULE_OWN_EVIDENCE,
        .chosen = 0x123,
        .campaign = 17,
        .symbol_count = 2,
        .cause_count = 1,
        .symbols = { { 3, 250 }, { 4, -120 } },
        .causes = { { 9, -7 } },
        .place = { { 1, 2, 3, 4, 5, 6, 7, 8 }, 3, 9, 4096 + n },
    };
    an_token_make(call.time_us, 3, n, &call.token);
    return call;
}

static void add(struct an_db_session *s, const struct an_seen_call *call)
{
    struct an_error error = { "" };
    must(an_call_add(s, &kit.secret, call, &error), &error);
}

struct seen {
    unsigned count;
    struct an_seen_call last;
};

static bool see_call(void *user, const struct an_seen_call *call)
{
    struct seen *seen = user;
    seen->count++;
    seen->last = *call;
    return true;
}

static void calls_come_back_whole_and_once(void **state)
{
    (void)state;
    struct an_db_session *s = take();
    struct an_error error = { "" };
    struct an_seen_call call = call_of(1, numbers[ALICE], AN_ACTION_BLOCK), back;
    add(s, &call);
    call.action = AN_ACTION_ALLOW;
    add(s, &call); /* passed by */
    must(an_call_find(s, &kit.secret, &call.token, &back, &error), &error);
    assert_int_equal(back.action, AN_ACTION_BLOCK);
    assert_true(back.caller == call.caller && back.time_us == call.time_us && back.chosen == 0x123);
    assert_string_equal(back.display, call.display);
    assert_int_equal(back.symbol_count, 2);
    assert_int_equal(back.symbols[1].weight, -120);
    assert_int_equal(back.causes[0].feature, 9);
    assert_int_equal(back.causes[0].weight, -7);
    assert_memory_equal(back.place.journal, call.place.journal, sizeof back.place.journal);
    assert_true(back.place.worker == 3 && back.place.segment == 9 && back.place.offset == 4097);
    assert_int_equal(back.report, 0);
    back.token.bytes[15] ^= 1;
    assert_int_equal(an_call_find(s, &kit.secret, &back.token, &back, &error), AN_ERR_NOT_FOUND);
    an_db_give(s);
}

struct by_day {
    int64_t days[8];
    unsigned count;
    uint64_t calls;
};

static bool see_day(void *user, int64_t day, enum an_action action, uint64_t count)
{
    struct by_day *by_day = user;
    assert_int_equal(action, AN_ACTION_LABEL);
    assert_true(by_day->count < 8);
    by_day->days[by_day->count++] = day;
    by_day->calls += count;
    return true;
}

/* By local day, and without what people called decided for themselves. */
static void a_callers_calls_are_counted_by_day(void **state)
{
    (void)state;
    struct an_db_session *s = take();
    struct an_error error = { "" };
    struct by_day by_day = { 0 };
    struct an_seen_call last;
    const int32_t china_s = 28800;
    const uint64_t day_us = 86400 * AN_US_PER_S, midnight_us = NOW_US / day_us * day_us - 28800 * AN_US_PER_S;
    const uint64_t times[] = { midnight_us - 1, midnight_us, midnight_us + 1, midnight_us + day_us };
    for (unsigned i = 0; i < 4; i++) {
        struct an_seen_call call = call_of(i, numbers[ALICE], AN_ACTION_LABEL);
        call.time_us = times[i];
        call.campaign = i == 1 ? 7 : 0;
        add(s, &call);
    }
    struct an_seen_call own = call_of(10, numbers[BOB], AN_ACTION_BLOCK);
    own.time_us = midnight_us + 2 * day_us;
    own.rules = AN_RULE_BLOCKED;
    add(s, &own);
    must(an_call_days(s, &kit.secret, numbers[CALLER], 0, china_s, AN_RULE_BLOCKED, see_day, &by_day, &error), &error);
    assert_int_equal(by_day.count, 3);
    assert_int_equal(by_day.calls, 4);
    assert_int_equal(by_day.days[1], by_day.days[0] + 1);
    assert_int_equal(by_day.days[2], by_day.days[0] + 2);
    must(an_call_last_by(s, &kit.secret, numbers[CALLER], 0, AN_RULE_BLOCKED, false, &last, &error), &error);
    assert_true(last.time_us == times[3]);
    must(an_call_last_by(s, &kit.secret, numbers[CALLER], 0, AN_RULE_BLOCKED, true, &last, &error), &error);
    assert_true(last.time_us == times[1]);
    assert_int_equal(an_call_last_by(s, &kit.secret, numbers[ALICE], 0, 0, false, &last, &error), AN_ERR_NOT_FOUND);
    an_db_give(s);
}

static void pages_show_one_persons_calls_only(void **state)
{
    (void)state;
    struct an_db_session *s = take();
    struct an_error error = { "" };
    for (unsigned i = 0; i < 10; i++) {
        struct an_seen_call call = call_of(i, numbers[ALICE], i % 2 == 0 ? AN_ACTION_LABEL : AN_ACTION_ALLOW);
        if (i == 5) call.time_us--; /* two at one time */
        add(s, &call);
    }
    struct an_seen_call other = call_of(100, numbers[BOB], AN_ACTION_BLOCK);
    add(s, &other);
    struct an_call_list list = { .callee = numbers[ALICE], .max = 3 };
    unsigned all = 0;
    for (;;) {
        struct seen seen = { 0 };
        must(an_call_pages(s, &kit.secret, &list, see_call, &seen, &error), &error);
        all += seen.count;
        if (seen.count < 3) break;
        list.before_us = seen.last.time_us;
        list.before = seen.last.token;
    }
    assert_int_equal(all, 10);
    struct seen touched = { 0 };
    list = (struct an_call_list) { .callee = numbers[ALICE], .least = AN_ACTION_LABEL, .max = 200 };
    must(an_call_pages(s, &kit.secret, &list, see_call, &touched, &error), &error);
    assert_int_equal(touched.count, 5);
    static const unsigned by_action[AN_ACTION_COUNT] = { [AN_ACTION_ALLOW] = 5, [AN_ACTION_LABEL] = 5 };
    for (uint8_t action = 0; action < AN_ACTION_COUNT; action++) {
        struct seen seen = { 0 };
        list = (struct an_call_list) { .callee = numbers[ALICE], .least = action, .exactly = true, .max = 200 };
        must(an_call_pages(s, &kit.secret, &list, see_call, &seen, &error), &error);
        assert_int_equal(seen.count, by_action[action]);
    }
    struct an_seen_call last;
    must(an_call_last(s, &kit.secret, numbers[BOB], AN_NUMBER_NONE, true, 0, UINT64_MAX, &last, &error), &error);
    assert_memory_equal(&last.token, &other.token, sizeof last.token);
    assert_int_equal(an_call_last(s, &kit.secret, numbers[BOB], numbers[ALICE], true, 0, UINT64_MAX, &last, &error),
                     AN_ERR_NOT_FOUND);
    int64_t gone = 0;
    must(an_call_erase(s, &kit.secret, numbers[ALICE], NOW_US, &gone, &error), &error);
    assert_int_equal(gone, 10);
    must(an_call_sweep(s, NOW_US + 1000, 10, &gone, &error), &error);
    assert_int_equal(gone, 1);
    an_db_give(s);
}

static unsigned calls_kept(struct an_db_session *s, an_number callee)
{
    struct an_error error = { "" };
    struct seen seen = { 0 };
    const struct an_call_list list = { .callee = callee, .max = 200 };
    must(an_call_pages(s, &kit.secret, &list, see_call, &seen, &error), &error);
    return seen.count;
}

/* A follower is behind: what it writes after the erasing, and was before, stays away. */
static void erased_calls_do_not_come_back(void **state)
{
    (void)state;
    struct an_db_session *s = take();
    struct an_error error = { "" };
    int64_t gone = 0;
    bool erased;
    const uint64_t erased_us = NOW_US + 1000;
    struct an_seen_call before = call_of(1, numbers[ALICE], AN_ACTION_BLOCK),
                        other = call_of(2, numbers[BOB], AN_ACTION_BLOCK),
                        after = call_of(3, numbers[ALICE], AN_ACTION_BLOCK);
    before.time_us = other.time_us = erased_us;
    after.time_us = erased_us + 1;
    must(an_call_erase(s, &kit.secret, numbers[ALICE], erased_us, &gone, &error), &error);
    assert_int_equal(gone, 0);
    add(s, &before);
    add(s, &other);
    add(s, &after);
    assert_int_equal(an_call_find(s, &kit.secret, &before.token, &before, &error), AN_ERR_NOT_FOUND);
    assert_int_equal(calls_kept(s, numbers[ALICE]), 1);
    assert_int_equal(calls_kept(s, numbers[BOB]), 1);
    must(an_call_erased(s, &kit.secret, numbers[ALICE], erased_us, &erased, &error), &error);
    assert_true(erased);
    must(an_call_erased(s, &kit.secret, numbers[ALICE], erased_us + 1, &erased, &error), &error);
    assert_false(erased);
    must(an_call_erased(s, &kit.secret, numbers[BOB], erased_us, &erased, &error), &error);
    assert_false(erased);
    /* Once more, later; then one that another server was writing in that moment. */
    must(an_call_erase(s, &kit.secret, numbers[ALICE], erased_us + 2, &gone, &error), &error);
    assert_int_equal(gone, 1);
    add(s, &after);
    assert_int_equal(calls_kept(s, numbers[ALICE]), 0);
    must(an_db_run(s, "UPDATE erased SET time = 1", NULL, 0, NULL, &error), &error);
    add(s, &after);
    const struct an_db_value now = an_db_int((int64_t)erased_us + 2);
    must(an_db_run(s, "UPDATE erased SET time = ?1", &now, 1, NULL, &error), &error);
    must(an_call_settle(s, erased_us + 3, &error), &error);
    assert_int_equal(calls_kept(s, numbers[ALICE]), 1);
    must(an_call_settle(s, erased_us, &error), &error);
    assert_int_equal(calls_kept(s, numbers[ALICE]), 0);
    assert_int_equal(calls_kept(s, numbers[BOB]), 1);
    must(an_erased_sweep(s, erased_us + 3, &error), &error); /* forgotten at last */
    must(an_call_erased(s, &kit.secret, numbers[ALICE], erased_us, &erased, &error), &error);
    assert_false(erased);
    an_db_give(s);
}

static void places_are_kept_by_journal(void **state)
{
    (void)state;
    struct an_db_session *s = take();
    struct an_error error = { "" };
    struct an_journal_place a = { { 1 }, 0, 1, 192 }, b = { { 2 }, 0, 5, 192 }, back[4];
    size_t count;
    must(an_followed_put(s, &a, &error), &error);
    a.offset = 500;
    must(an_followed_put(s, &a, &error), &error);
    must(an_followed_put(s, &b, &error), &error);
    must(an_followed_get(s, a.journal, back, 4, &count, &error), &error);
    assert_int_equal(count, 1);
    assert_memory_equal(back[0].journal, a.journal, sizeof a.journal);
    assert_true(back[0].worker == 0 && back[0].segment == 1 && back[0].offset == 500);
    an_db_give(s);
}

static struct an_report report_of(const struct an_seen_call *call, an_number reporter)
{
    return (struct an_report) { .reporter = reporter,
                                .caller = call->caller,
                                .token = call->token,
                                .campaign = call->campaign,
                                .category = AN_CATEGORY_LOAN,
                                .time_us = NOW_US,
                                .words = "卖课的" };
}

struct events {
    unsigned count;
    int whats[8];
};

static bool see_event(void *user, uint64_t time_us, enum an_report_state state, enum an_report_what what)
{
    struct events *events = user;
    (void)time_us, (void)state;
    if (events->count < 8) events->whats[events->count] = (int)what;
    events->count++;
    return true;
}

static bool see_report(void *user, const struct an_report *report)
{
    (void)report;
    ++*(unsigned *)user;
    return true;
}

static void a_report_is_one_however_often_it_is_said(void **state)
{
    (void)state;
    struct an_db_session *s = take();
    struct an_error error = { "" };
    struct an_seen_call call = call_of(1, numbers[ALICE], AN_ACTION_LABEL), back;
    add(s, &call);
    struct an_report report = report_of(&call, numbers[ALICE]), again = report, found;
    char number[AN_REPORT_NUMBER_MAX];
    bool fresh = false;
    must(an_report_say(s, &kit.secret, &report, false, &fresh, &error), &error);
    assert_true(fresh);
    an_report_number(&report, number);
    assert_string_equal(number, "R26-000001");
    assert_int_equal(report.state, AN_REPORT_JOINED); /* of a campaign */
    must(an_report_say(s, &kit.secret, &again, true, &fresh, &error), &error);
    assert_false(fresh);
    assert_true(again.id == report.id);
    again.wanted = true;
    again.words[0] = '\0';
    must(an_report_say(s, &kit.secret, &again, false, &fresh, &error), &error);
    must(an_report_find(s, &kit.secret, report.id, &found, &error), &error);
    assert_true(found.wanted);
    assert_string_equal(found.words, "卖课的"); /* kept */
    an_report_done(&found);
    must(an_call_find(s, &kit.secret, &call.token, &back, &error), &error);
    assert_true(back.report == report.id && back.said_wanted);
    must(an_report_change(s, &kit.secret, report.id, AN_CATEGORY_FRAUD, AN_SLICE("骗子"), NOW_US + 1, &error), &error);
    assert_int_equal(an_report_change(s, &kit.secret, 1, 0, AN_SLICE(""), NOW_US, &error), AN_ERR_NOT_FOUND);
    must(an_report_keep_proof(s, report.id, "{\"a\":1}", &error), &error);
    must(an_report_close_old(s, NOW_US + 1, 10, NOW_US + 2, &error), &error);
    must(an_report_find(s, &kit.secret, report.id, &found, &error), &error);
    assert_int_equal(found.state, AN_REPORT_CLOSED);
    assert_string_equal(found.words, "骗子");
    assert_string_equal(found.proof, "{\"a\":1}");
    an_report_done(&found);
    struct events events = { 0 };
    must(an_report_history(s, report.id, see_event, &events, &error), &error);
    assert_int_equal(events.count, 5); /* said, joined, changed twice, closed */
    assert_int_equal(events.whats[0], AN_REPORT_WAS_SAID);
    assert_int_equal(events.whats[4], AN_REPORT_WAS_CLOSED);
    an_db_give(s);
}

static void reports_are_their_own_persons(void **state)
{
    (void)state;
    struct an_db_session *s = take();
    struct an_error error = { "" };
    struct an_seen_call call = call_of(1, numbers[ALICE], AN_ACTION_LABEL);
    struct an_report report = report_of(&call, numbers[ALICE]), other = report_of(&call, numbers[BOB]);
    bool fresh;
    add(s, &call);
    must(an_report_say(s, &kit.secret, &report, false, &fresh, &error), &error);
    must(an_report_say(s, &kit.secret, &other, false, &fresh, &error), &error);
    assert_true(fresh && other.number == report.number + 1);
    unsigned count = 0;
    struct an_report_list list = { .reporter = numbers[BOB], .max = 10 };
    must(an_report_pages(s, &kit.secret, &list, see_report, &count, &error), &error);
    assert_int_equal(count, 1);
    list.reporter = AN_NUMBER_NONE;
    must(an_report_pages(s, &kit.secret, &list, see_report, &count, &error), &error);
    assert_int_equal(count, 3);
    uint64_t unwanted, wanted;
    must(an_report_against(s, &kit.secret, numbers[CALLER], 0, &unwanted, &wanted, &error), &error);
    assert_int_equal(unwanted, 2);
    int64_t gone;
    must(an_report_erase(s, &kit.secret, numbers[BOB], &gone, &error), &error);
    assert_int_equal(gone, 1);
    an_db_give(s);
}

static void redress_is_asked_once_and_decided_once(void **state)
{
    (void)state;
    struct an_db_session *s = take();
    struct an_error error = { "" };
    struct an_redress redress = { .id = 7,
                                  .caller = numbers[CALLER],
                                  .asked_us = NOW_US,
                                  .due_us = NOW_US + 86400 * AN_US_PER_S,
                                  .contact = "a@example.com",
                                  .words = "我们是快递" },
                      found;
    an_token_make(NOW_US, 1, 99, &redress.token);
    assert_int_equal(an_redress_find(s, &kit.secret, &redress.token, &found, &error), AN_ERR_NOT_FOUND);
    must(an_redress_ask(s, &kit.secret, &redress, &error), &error);
    assert_int_equal(an_redress_ask(s, &kit.secret, &redress, &error), AN_ERR_EXISTS);
    uint64_t waiting, overdue;
    must(an_redress_waiting(s, NOW_US, &waiting, &overdue, &error), &error);
    assert_int_equal(waiting, 1);
    assert_int_equal(overdue, 0);
    must(an_redress_waiting(s, redress.due_us + 1, &waiting, &overdue, &error), &error);
    assert_int_equal(overdue, 1);
    must(an_redress_decide(s, &kit.secret, &redress.token, true, 42, AN_SLICE("checked"), NOW_US + 5, &error), &error);
    assert_int_equal(an_redress_decide(s, &kit.secret, &redress.token, false, 42, AN_SLICE("no"), NOW_US, &error),
                     AN_ERR_EXISTS);
    must(an_redress_find(s, &kit.secret, &redress.token, &found, &error), &error);
    assert_int_equal(found.state, AN_REDRESS_GRANTED);
    assert_int_equal(found.decided_by, 42);
    assert_string_equal(found.contact, "a@example.com");
    assert_string_equal(found.words, "我们是快递");
    assert_string_equal(found.decision, "checked");
    assert_false(found.proved);
    must(an_redress_reopen(s, &redress.token, 43, NOW_US + 5, &error), &error); /* not who decided it */
    must(an_redress_reopen(s, &redress.token, 42, NOW_US + 4, &error), &error);
    must(an_redress_find(s, &kit.secret, &redress.token, &found, &error), &error);
    assert_int_equal(found.state, AN_REDRESS_GRANTED);
    must(an_redress_reopen(s, &redress.token, 42, NOW_US + 5, &error), &error);
    must(an_redress_find(s, &kit.secret, &redress.token, &found, &error), &error);
    assert_int_equal(found.state, AN_REDRESS_WAITING);
    assert_int_equal(found.decided_us, 0);
    assert_string_equal(found.decision, "");
    must(an_redress_decide(s, &kit.secret, &redress.token, false, 43, AN_SLICE("no"), NOW_US + 6, &error), &error);
    an_db_give(s);
}

static void codes_are_few_and_short_lived(void **state)
{
    (void)state;
    struct an_db_session *s = take();
    struct an_error error = { "" };
    struct an_redress redress = { .id = 7, .caller = numbers[CALLER], .asked_us = NOW_US }, found;
    char code[AN_REDRESS_CODE_DIGITS + 1], wrong[AN_REDRESS_CODE_DIGITS + 1];
    uint64_t now_us = NOW_US;
    an_token_make(NOW_US, 1, 98, &redress.token);
    must(an_redress_ask(s, &kit.secret, &redress, &error), &error);
    must(an_redress_code(s, &kit.secret, &redress.token, now_us, code, &error), &error);
    assert_int_equal(an_redress_code(s, &kit.secret, &redress.token, now_us + 1, wrong, &error), AN_ERR_LIMIT);
    memcpy(wrong, code, sizeof wrong);
    wrong[0] = wrong[0] == '0' ? '1' : '0';
    for (int i = 0; i < AN_REDRESS_CODE_TRIES; i++)
        assert_int_equal(an_redress_prove(s, &kit.secret, &redress.token, an_slice_of(wrong), now_us, &error),
                         AN_ERR_INVALID);
    /* Used up: the right one comes too late. */
    assert_int_equal(an_redress_prove(s, &kit.secret, &redress.token, an_slice_of(code), now_us, &error),
                     AN_ERR_INVALID);
    now_us += 61 * AN_US_PER_S;
    must(an_redress_code(s, &kit.secret, &redress.token, now_us, code, &error), &error);
    assert_int_equal(
        an_redress_prove(s, &kit.secret, &redress.token, an_slice_of(code), now_us + 601 * AN_US_PER_S, &error),
        AN_ERR_INVALID);
    must(an_redress_prove(s, &kit.secret, &redress.token, an_slice_of(code), now_us + 1, &error), &error);
    assert_int_equal(an_redress_prove(s, &kit.secret, &redress.token, an_slice_of(code), now_us + 2, &error),
                     AN_ERR_INVALID); /* once */
    must(an_redress_find(s, &kit.secret, &redress.token, &found, &error), &error);
    assert_true(found.proved);
    for (int i = 2; i < AN_REDRESS_CODES_MAX; i++) {
        now_us += 61 * AN_US_PER_S;
        must(an_redress_code(s, &kit.secret, &redress.token, now_us, code, &error), &error);
    }
    now_us += 61 * AN_US_PER_S;
    assert_int_equal(an_redress_code(s, &kit.secret, &redress.token, now_us, code, &error), AN_ERR_LIMIT);
    an_db_give(s);
}

static void a_text_message_counts_once(void **state)
{
    (void)state;
    struct an_db_session *s = take();
    struct an_error error = { "" };
    must(an_text_once(s, "m1", NOW_US, &error), &error);
    assert_int_equal(an_text_once(s, "m1", NOW_US, &error), AN_ERR_EXISTS);
    must(an_text_once(s, "m2", NOW_US, &error), &error);
    must(an_text_sweep(s, NOW_US + 1, &error), &error);
    must(an_text_once(s, "m1", NOW_US, &error), &error);
    an_db_give(s);
}

/* A stolen file: no number and no word is to be read in it. */
static void nothing_is_readable_at_rest(void **state)
{
    (void)state;
    if (kit.postgres) return;
    struct an_db_session *s = take();
    struct an_error error = { "" };
    struct an_seen_call call = call_of(1, numbers[ALICE], AN_ACTION_LABEL);
    struct an_report report = report_of(&call, numbers[ALICE]);
    bool fresh;
    strcpy(call.display, "Display Of The Caller");
    add(s, &call);
    save(s, numbers[ALICE], true, "{\"contacts\":[{\"number\":\"+8613912345678\"}]}");
    must(an_report_say(s, &kit.secret, &report, false, &fresh, &error), &error);
    an_db_give(s);
    an_db_close(kit.db);
    kit.db = NULL;
    static const char *const secrets[] = { "13800138000", "17012345678", "13912345678", "Display Of", "卖课的" };
    FILE *file = fopen(kit.path, "rb");
    assert_non_null(file);
    static char bytes[1 << 20];
    size_t len = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    assert_true(len > 4096 && len < sizeof bytes);
    for (size_t i = 0; i < sizeof secrets / sizeof secrets[0]; i++)
        assert_null(memmem(bytes, len, secrets[i], strlen(secrets[i])));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(settings_have_versions),
        cmocka_unit_test(changes_are_read_in_their_order),
        cmocka_unit_test(no_change_is_missed),
        cmocka_unit_test(calls_come_back_whole_and_once),
        cmocka_unit_test(a_callers_calls_are_counted_by_day),
        cmocka_unit_test(pages_show_one_persons_calls_only),
        cmocka_unit_test(erased_calls_do_not_come_back),
        cmocka_unit_test(places_are_kept_by_journal),
        cmocka_unit_test(a_report_is_one_however_often_it_is_said),
        cmocka_unit_test(reports_are_their_own_persons),
        cmocka_unit_test(redress_is_asked_once_and_decided_once),
        cmocka_unit_test(codes_are_few_and_short_lived),
        cmocka_unit_test(a_text_message_counts_once),
        cmocka_unit_test(nothing_is_readable_at_rest),
    };
    return store_kit_run_named("store_people", tests, sizeof tests / sizeof tests[0]);
}
