/* Operators' labels that servers share, on SQLite and PostgreSQL. */
#include "store/rulings.h"
#include "base/clock.h"
#include "tests/unit/store_kit.h"

#define NOW_US 1795317245000000ull
#define DAY_US (86400 * AN_US_PER_S)
enum { NUMBER = 0, OTHER = 1 };
static const an_number numbers[] = { 8617012345678, 8613800138000 };

static struct an_ruling ruling(int number, enum an_ruling_verdict verdict, uint64_t time_us)
{
    struct an_ruling r = { .number = numbers[number],
                           .verdict = (uint8_t)verdict,
                           .weight = 700,
                           .category = AN_CATEGORY_LOAN,
                           .time_us = time_us,
                           .until_us = time_us + 30 * DAY_US };
    snprintf(r.who, sizeof r.who, "li'; DROP TABLE ruling; --");
    snprintf(r.why, sizeof r.why, "<script>\x01\xe5\xae"); /* cut inside a character, as limits do */
    return r;
}

static void put(struct an_db_session *s, const struct an_ruling *r, bool late)
{
    struct an_error error = { "" };
    if (an_rulings_put(s, &kit.secret, r, 1, late, &error) != AN_OK) fail_msg("%s", error.text);
}

struct seen {
    unsigned count;
    int64_t change;
    struct an_ruling last;
};

static bool see(void *user, int64_t change, const struct an_ruling *r)
{
    struct seen *seen = user;
    assert_true(change > seen->change);
    seen->change = change;
    seen->last = *r;
    seen->count++;
    return true;
}

static struct seen since(struct an_db_session *s, int64_t change)
{
    struct seen seen = { .change = change };
    struct an_error error = { "" };
    if (an_rulings_since(s, &kit.secret, change, 100, see, &seen, &error) != AN_OK) fail_msg("%s", error.text);
    return seen;
}

static void one_row_a_target_in_order(void **state)
{
    (void)state;
    struct an_db_session *s = take();
    struct an_ruling first = ruling(NUMBER, AN_RULING_UNWANTED, NOW_US), trunk = first;
    trunk.trunk = 0xfedcba98;
    trunk.foreign = true;
    snprintf(trunk.trunk_name, sizeof trunk.trunk_name, "gate\xff");
    put(s, &first, false);
    put(s, &trunk, false);
    struct seen seen = since(s, 0);
    assert_int_equal(seen.count, 2);
    assert_true(seen.last.trunk == 0xfedcba98 && seen.last.foreign && seen.last.shared);
    assert_string_equal(seen.last.trunk_name, "gate\xff");
    assert_string_equal(seen.last.who, first.who);
    assert_string_equal(seen.last.why, first.why);
    assert_int_equal(seen.last.weight, 700);
    struct an_ruling second = ruling(NUMBER, AN_RULING_WANTED, NOW_US + 5);
    put(s, &second, false);
    struct seen later = since(s, seen.change);
    assert_int_equal(later.count, 1);
    assert_int_equal(later.last.verdict, AN_RULING_WANTED);
    assert_true(later.last.number == numbers[NUMBER] && later.last.trunk == 0);
    assert_int_equal(since(s, 0).count, 2);
    an_db_give(s);
}

/* A journal that is read late takes nothing back that somebody decided since; a clock that is behind doesn't either. */
static void late_ones_give_way(void **state)
{
    (void)state;
    struct an_db_session *s = take();
    struct an_ruling early = ruling(NUMBER, AN_RULING_UNWANTED, NOW_US), now = early;
    now.verdict = AN_RULING_WANTED;
    now.time_us = NOW_US - 1000; /* decided later by a clock that is behind */
    put(s, &early, false);
    put(s, &now, false);
    assert_int_equal(since(s, 0).last.verdict, AN_RULING_WANTED);
    assert_true(since(s, 0).last.time_us > NOW_US);
    int64_t change = since(s, 0).change;
    put(s, &early, true);
    put(s, &now, true);
    assert_int_equal(since(s, change).count, 0);
    early.time_us = NOW_US + DAY_US;
    put(s, &early, true);
    assert_int_equal(since(s, change).last.verdict, AN_RULING_UNWANTED);
    an_db_give(s);
}

static void withdrawn_outlives_what_it_takes_back(void **state)
{
    (void)state;
    struct an_db_session *s = take();
    struct an_error error;
    struct an_ruling label = ruling(NUMBER, AN_RULING_UNWANTED, NOW_US), back = label;
    label.until_us = NOW_US + 300 * DAY_US;
    back.verdict = AN_RULING_WITHDRAWN;
    back.time_us = NOW_US + 1;
    put(s, &label, false);
    put(s, &back, false);
    struct an_ruling other = ruling(OTHER, AN_RULING_WANTED, NOW_US);
    put(s, &other, false);
    assert_int_equal(an_rulings_sweep(s, NOW_US + 100 * DAY_US, &error), AN_OK);
    struct seen seen = since(s, 0);
    assert_int_equal(seen.count, 1);
    assert_int_equal(seen.last.verdict, AN_RULING_WITHDRAWN);
    assert_int_equal(an_rulings_sweep(s, NOW_US + 301 * DAY_US, &error), AN_OK);
    assert_int_equal(since(s, 0).count, 0);
    an_db_give(s);
}

/* Labels on campaigns are a server's own; what another key sealed says nothing. */
static void what_is_not_shared(void **state)
{
    (void)state;
    struct an_db_session *s = take();
    struct an_error error;
    struct an_ruling campaign = { .campaign = 7, .verdict = AN_RULING_WANTED, .weight = 1000, .time_us = NOW_US };
    put(s, &campaign, false);
    assert_int_equal(since(s, 0).count, 0);
    struct an_ruling label = ruling(NUMBER, AN_RULING_UNWANTED, NOW_US);
    put(s, &label, false);
    struct an_secret stranger;
    uint8_t bytes[32] = { 9 };
    struct seen seen = { 0 };
    an_secret_of_bytes(bytes, &stranger);
    assert_int_equal(an_rulings_since(s, &stranger, 0, 10, see, &seen, &error), AN_OK);
    assert_int_equal(seen.count, 0);
    an_db_give(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_row_a_target_in_order),
        cmocka_unit_test(late_ones_give_way),
        cmocka_unit_test(withdrawn_outlives_what_it_takes_back),
        cmocka_unit_test(what_is_not_shared),
    };
    return store_kit_run_named("rulings", tests, sizeof tests / sizeof tests[0]);
}
