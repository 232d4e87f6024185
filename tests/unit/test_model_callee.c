/* Subscribers' settings as the decision reads them: what fits a record, what a table finds, what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "base/clock.h"
#include "model/callee.h"

enum { CHINA = 28800 };
#define ME 8613800000001ull

static struct an_callees *callees;

static int set_up(void **state)
{
    (void)state;
    callees = an_callees_new(NULL);
    return callees == NULL ? -1 : 0;
}

static int tear_down(void **state)
{
    (void)state;
    an_callees_free(callees);
    return 0;
}

static struct an_callee_settings plain(an_number callee, uint32_t version)
{
    return (struct an_callee_settings) { .callee = callee, .version = version, .on = true, .level = AN_LEVEL_STRICT };
}

static const struct an_callee *put(const struct an_callee_settings *settings)
{
    struct an_error error;
    if (an_callees_put(callees, settings, &error) != AN_OK) fail_msg("%s", error.text);
    const struct an_callee *found = an_callees_find(callees, settings->callee);
    assert_non_null(found);
    return found;
}

/* Minutes since Monday 00:00 local. */
static uint64_t local_us(unsigned day, unsigned hour, unsigned minute)
{
    const uint64_t monday_s = 1795968000; /* 2026-11-30 00:00 +08:00 */
    return (monday_s + ((day * 24ull + hour) * 60 + minute) * 60) * AN_US_PER_S;
}

static enum an_choice at(const struct an_callee *callee, unsigned day, unsigned hour, unsigned minute)
{
    return an_callee_by_hours(callee, local_us(day, hour, minute), CHINA);
}

static void hours_of_a_day(void **state)
{
    (void)state;
    const struct an_callee_hours hours[] = { { 9 * 60, 12 * 60 + 30, 1 << 0 | 1 << 4, AN_CHOICE_LABEL } };
    struct an_callee_settings s = plain(ME, 1);
    s.hours = hours;
    s.hours_count = 1;
    const struct an_callee *c = put(&s);
    assert_int_equal(at(c, 0, 8, 59), AN_CHOICE_DEFAULT);
    assert_int_equal(at(c, 0, 9, 0), AN_CHOICE_LABEL);
    assert_int_equal(at(c, 0, 12, 29), AN_CHOICE_LABEL);
    assert_int_equal(at(c, 0, 12, 30), AN_CHOICE_DEFAULT); /* until: not included */
    assert_int_equal(at(c, 1, 10, 0), AN_CHOICE_DEFAULT);
    assert_int_equal(at(c, 4, 10, 0), AN_CHOICE_LABEL);
}

/* Over midnight a rule is that of the day it began on, Sunday to Monday as well. */
static void hours_over_midnight(void **state)
{
    (void)state;
    const struct an_callee_hours hours[] = { { 22 * 60, 7 * 60, 1 << 6, AN_CHOICE_BLOCK } };
    struct an_callee_settings s = plain(ME, 1);
    s.hours = hours;
    s.hours_count = 1;
    const struct an_callee *c = put(&s);
    assert_int_equal(at(c, 6, 6, 59), AN_CHOICE_DEFAULT); /* Sunday morning is Saturday's night */
    assert_int_equal(at(c, 6, 21, 59), AN_CHOICE_DEFAULT);
    assert_int_equal(at(c, 6, 22, 0), AN_CHOICE_BLOCK);
    assert_int_equal(at(c, 6, 23, 59), AN_CHOICE_BLOCK);
    assert_int_equal(at(c, 0, 0, 0), AN_CHOICE_BLOCK);
    assert_int_equal(at(c, 0, 6, 59), AN_CHOICE_BLOCK);
    assert_int_equal(at(c, 0, 7, 0), AN_CHOICE_DEFAULT);
    assert_int_equal(at(c, 0, 22, 0), AN_CHOICE_DEFAULT);
}

static void hours_many_and_whole_days(void **state)
{
    (void)state;
    const struct an_callee_hours hours[] = { { 0, 0, 1 << 5 | 1 << 6, AN_CHOICE_LABEL },
                                             { 12 * 60, 14 * 60, 127, AN_CHOICE_SCREEN },
                                             { 13 * 60, 13 * 60 + 1, 127, AN_CHOICE_BLOCK } };
    struct an_callee_settings s = plain(ME, 1);
    s.hours = hours;
    s.hours_count = 3;
    const struct an_callee *c = put(&s);
    assert_int_equal(at(c, 5, 0, 0), AN_CHOICE_LABEL);
    assert_int_equal(at(c, 6, 23, 59), AN_CHOICE_LABEL);
    assert_int_equal(at(c, 0, 0, 0), AN_CHOICE_DEFAULT);
    assert_int_equal(at(c, 5, 12, 0), AN_CHOICE_SCREEN); /* the strictest of those that hold */
    assert_int_equal(at(c, 5, 13, 0), AN_CHOICE_BLOCK);
    assert_int_equal(an_callee_by_hours(c, 0, -43200), AN_CHOICE_SCREEN); /* 1970 in the far west: Wednesday noon */
}

static void ranges_longest_first(void **state)
{
    (void)state;
    const struct an_callee_range ranges[] = { { 86400, AN_CHOICE_BLOCK },
                                              { 86, AN_CHOICE_LABEL },
                                              { 864008111111, AN_CHOICE_PASS },
                                              { 8640081, AN_CHOICE_SCREEN },
                                              { 8640081, AN_CHOICE_LABEL } };
    struct an_callee_settings s = plain(ME, 1);
    s.ranges = ranges;
    s.range_count = 5;
    const struct an_callee *c = put(&s);
    assert_int_equal(an_callee_by_range(c, 864008111111), AN_CHOICE_PASS);
    assert_int_equal(an_callee_by_range(c, 864008111112), AN_CHOICE_SCREEN); /* given twice: the stricter */
    assert_int_equal(an_callee_by_range(c, 864009111112), AN_CHOICE_BLOCK);
    assert_int_equal(an_callee_by_range(c, 86400), AN_CHOICE_BLOCK);
    assert_int_equal(an_callee_by_range(c, 8610), AN_CHOICE_LABEL);
    assert_int_equal(an_callee_by_range(c, 14155550100), AN_CHOICE_DEFAULT);
    assert_int_equal(an_callee_by_range(c, 8), AN_CHOICE_DEFAULT); /* shorter than any prefix */
    assert_int_equal(an_callee_by_range(c, AN_NUMBER_NONE), AN_CHOICE_DEFAULT);
    assert_int_equal(an_callee_by_range(c, AN_NUMBER_NAME | 86400), AN_CHOICE_DEFAULT);
}

static void lists_and_regions(void **state)
{
    (void)state;
    const an_number contacts[] = { 8613900000009, 8613900000001, 8613900000005 }, blocked[] = { 8613700000001 };
    const struct an_callee_region regions[] = { { 44, AN_CHOICE_BLOCK }, { 0, AN_CHOICE_LABEL } };
    const struct an_callee_hours hours[] = { { 0, 60, 1, AN_CHOICE_LABEL }, { 60, 120, 1, AN_CHOICE_SCREEN } };
    struct an_callee_settings s = plain(ME, 1);
    s.contacts = contacts;
    s.contact_count = 3;
    s.blocked = blocked;
    s.blocked_count = 1;
    s.regions = regions;
    s.region_count = 2;
    s.hours = hours;
    s.hours_count = 2;
    const struct an_callee *c = put(&s);
    for (int i = 0; i < 3; i++) assert_true(an_callee_knows(c, contacts[i]));
    assert_false(an_callee_knows(c, 8613900000002));
    assert_false(an_callee_knows(c, blocked[0]));
    assert_true(an_callee_blocks(c, blocked[0]));
    assert_false(an_callee_blocks(c, contacts[0]));
    assert_false(an_callee_knows(c, AN_NUMBER_NONE) || an_callee_blocks(c, AN_NUMBER_NONE));
    assert_int_equal(an_callee_by_region(c, 44), AN_CHOICE_BLOCK);
    assert_int_equal(an_callee_by_region(c, 0), AN_CHOICE_LABEL);
    assert_int_equal(an_callee_by_region(c, 11), AN_CHOICE_DEFAULT);
    assert_int_equal(an_callee_by_region(c, 255), AN_CHOICE_DEFAULT); /* unknown */
    assert_int_equal(at(c, 0, 1, 30), AN_CHOICE_SCREEN);
    s = plain(ME, 2);
    c = put(&s); /* the lists go */
    assert_false(an_callee_knows(c, contacts[0]));
    assert_int_equal(an_callee_by_region(c, 44), AN_CHOICE_DEFAULT);
}

static void a_record_holds_the_rest(void **state)
{
    (void)state;
    const struct an_callee_expecting expecting[] = { { AN_EXPECTED_HOSPITAL, 5000000 },
                                                     { AN_EXPECTED_HOSPITAL, 9000000 },
                                                     { AN_EXPECTED_OTHER, UINT64_MAX } };
    struct an_callee_settings s = plain(ME, 7);
    s.on = false;
    s.level = AN_CALLEE_LEVEL_SITE;
    s.categories[AN_CATEGORY_LOAN] = AN_CHOICE_BLOCK;
    s.categories[AN_CATEGORY_AUTOMATED] = AN_CHOICE_PASS;
    s.expecting = expecting;
    s.expecting_count = 3;
    const struct an_callee *c = put(&s);
    assert_true(c->callee == ME && c->version == 7 && !c->on && c->level == AN_CALLEE_LEVEL_SITE);
    assert_null(c->lists);
    assert_int_equal(an_callee_choice(c, AN_CATEGORY_LOAN), AN_CHOICE_BLOCK);
    assert_int_equal(an_callee_choice(c, AN_CATEGORY_AUTOMATED), AN_CHOICE_PASS);
    assert_int_equal(an_callee_choice(c, AN_CATEGORY_DEBT), AN_CHOICE_DEFAULT);
    assert_int_equal(c->until_s[AN_EXPECTED_HOSPITAL], 9); /* the later of the two */
    assert_int_equal(c->until_s[AN_EXPECTED_OTHER], UINT32_MAX);
    assert_int_equal(c->until_s[AN_EXPECTED_BANK], 0);
}

static void versions_only_rise(void **state)
{
    (void)state;
    struct an_callee_settings s = plain(ME, 5);
    put(&s);
    s.version = 4;
    s.level = AN_LEVEL_LOOSE;
    assert_int_equal(put(&s)->level, AN_LEVEL_STRICT); /* a slower writer undoes nothing */
    s.version = 5;
    assert_int_equal(put(&s)->level, AN_LEVEL_LOOSE); /* the same again is taken */
    assert_true(an_callees_drop(callees, ME));
    s.version = 1;
    assert_int_equal(put(&s)->version, 1); /* a new subscriber of that number */
}

/* Through several sizes of the table, with others leaving in between. */
static void many_come_and_go(void **state)
{
    (void)state;
    enum { MANY = 100000 };
    struct an_callees_stats stats;
    for (uint64_t i = 0; i < MANY; i++) {
        struct an_callee_settings s = plain(ME + i, (uint32_t)i + 1);
        const an_number contact = i + 1;
        s.contacts = &contact;
        s.contact_count = i % 3 == 0;
        put(&s);
        if (i % 2 == 1) assert_true(an_callees_drop(callees, ME + i - 1));
    }
    an_callees_stats(callees, &stats);
    assert_int_equal(stats.subscribers, MANY / 2);
    for (uint64_t i = 0; i < MANY; i++) {
        const struct an_callee *found = an_callees_find(callees, ME + i);
        assert_true((found != NULL) == (i % 2 == 1));
        if (found != NULL) assert_true(found->version == i + 1 && an_callee_knows(found, i + 1) == (i % 3 == 0));
    }
    assert_false(an_callees_drop(callees, ME));
    for (uint64_t i = 0; i < MANY; i += 50) {
        an_number numbers[50];
        const struct an_callee *found[50];
        for (uint64_t k = 0; k < 50; k++) numbers[k] = k == 7 ? AN_NUMBER_NONE : ME + i + k;
        an_callees_find_many(callees, numbers, 50, found);
        for (uint64_t k = 0; k < 50; k++)
            assert_ptr_equal(found[k], k == 7 ? NULL : an_callees_find(callees, ME + i + k));
    }
    for (uint64_t i = 0; i < MANY; i++) an_callees_drop(callees, ME + i);
    an_callees_stats(callees, &stats);
    assert_int_equal(stats.subscribers, 0);
    uint64_t bytes = stats.bytes; /* the same people again take nothing more */
    for (uint64_t i = 0; i < MANY / 2; i++) {
        struct an_callee_settings s = plain(ME + i, 1);
        put(&s);
    }
    an_callees_stats(callees, &stats);
    assert_int_equal(stats.subscribers, MANY / 2);
    assert_true(stats.bytes <= bytes);
}

/* With readers, what was replaced stays as it was until it is reclaimed, and comes back to use then. */
static void replaced_ones_wait(void **state)
{
    (void)state;
    struct an_callee_settings s = plain(ME, 1);
    const an_number contact = 8613900000001;
    s.contacts = &contact;
    s.contact_count = 1;
    const struct an_callee *before = put(&s);
    an_callees_share(callees);
    s = plain(ME, 2);
    const struct an_callee *after = put(&s);
    assert_ptr_not_equal(before, after);
    assert_true(before->version == 1 && an_callee_knows(before, contact));
    assert_int_equal(an_callees_retired(callees), 1);
    an_callees_reclaim(callees);
    assert_int_equal(an_callees_retired(callees), 0);
    s.version = 3;
    assert_ptr_equal(put(&s), before);
}

static void refuse(const struct an_callee_settings *settings, enum an_err err, const char *word)
{
    struct an_error error = { "" };
    struct an_callees_stats before, after;
    an_callees_stats(callees, &before);
    assert_int_equal(an_callees_put(callees, settings, &error), err);
    if (strstr(error.text, word) == NULL) fail_msg("\"%s\" does not say %s", error.text, word);
    an_callees_stats(callees, &after);
    assert_memory_equal(&before, &after, sizeof before);
}

static void bad_settings_are_refused(void **state)
{
    (void)state;
    struct an_callee_settings good = plain(ME, 1), s = good;
    static const an_number none[AN_CALLEE_CONTACTS_MAX + 1];
    const an_number name = AN_NUMBER_NAME | 1;
    put(&good);
    good.version = 2;
#define BAD(change, err, word)                                                                                         \
    do {                                                                                                               \
        s = good;                                                                                                      \
        change;                                                                                                        \
        refuse(&s, err, word);                                                                                         \
    } while (0)
    BAD(s.callee = AN_NUMBER_NONE, AN_ERR_INVALID, "country code");
    BAD(s.callee = name, AN_ERR_INVALID, "country code");
    BAD(s.version = 0, AN_ERR_INVALID, "from 1");
    BAD(s.level = AN_CALLEE_LEVEL_SITE + 1, AN_ERR_INVALID, "strict");
    BAD(s.categories[AN_CATEGORY_LOAN] = AN_CHOICE_COUNT, AN_ERR_INVALID, "loan");
    BAD(s.categories[AN_CATEGORY_PERSON] = AN_CHOICE_BLOCK, AN_ERR_INVALID, "person");
    BAD((s.contacts = none, s.contact_count = AN_CALLEE_CONTACTS_MAX + 1), AN_ERR_LIMIT, "CALLEE_CONTACTS_MAX, 5000");
    BAD((s.contacts = none, s.contact_count = 1), AN_ERR_INVALID, "contact 1");
    BAD((s.blocked = &name, s.blocked_count = 1), AN_ERR_INVALID, "blocked number 1");
    struct an_callee_hours hours = { 1440, 0, 1, AN_CHOICE_LABEL };
    BAD((s.hours = &hours, s.hours_count = 1), AN_ERR_INVALID, "23:59");
    hours = (struct an_callee_hours) { 0, 60, 0, AN_CHOICE_LABEL };
    BAD((s.hours = &hours, s.hours_count = 1), AN_ERR_INVALID, "days");
    hours = (struct an_callee_hours) { 0, 60, 1, AN_CHOICE_PASS };
    BAD((s.hours = &hours, s.hours_count = 1), AN_ERR_INVALID, "label, screen or block");
    struct an_callee_range range = { 0, AN_CHOICE_LABEL };
    BAD((s.ranges = &range, s.range_count = 1), AN_ERR_INVALID, "range 1");
    struct an_callee_region region = { 10, AN_CHOICE_LABEL };
    BAD((s.regions = &region, s.region_count = 1), AN_ERR_INVALID, "GB/T 2260");
    region = (struct an_callee_region) { 11, AN_CHOICE_DEFAULT };
    BAD((s.regions = &region, s.region_count = 1), AN_ERR_INVALID, "region 1");
    struct an_callee_expecting expecting = { AN_EXPECTED_COUNT, 1 };
    BAD((s.expecting = &expecting, s.expecting_count = 1), AN_ERR_INVALID, "no such kind");
    assert_int_equal(an_callees_find(callees, ME)->version, 1);
}

static void names(void **state)
{
    (void)state;
    enum an_expected kind;
    enum an_choice choice;
    for (int k = 0; k < AN_EXPECTED_COUNT; k++) {
        const char *name = an_expected_name((enum an_expected)k);
        assert_int_equal(an_expected_of(name, strlen(name), &kind), AN_OK);
        assert_int_equal(kind, k);
    }
    for (int c = 0; c < AN_CHOICE_COUNT; c++) {
        const char *name = an_choice_name((enum an_choice)c);
        assert_int_equal(an_choice_of(name, strlen(name), &choice), AN_OK);
        assert_int_equal(choice, c);
    }
    assert_int_equal(an_expected_of("deliver", 7, &kind), AN_ERR_NOT_FOUND);
    assert_int_equal(an_choice_of("", 0, &choice), AN_ERR_NOT_FOUND);
    assert_string_equal(an_expected_zh((enum an_expected)99), "未知");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(hours_of_a_day, set_up, tear_down),
        cmocka_unit_test_setup_teardown(hours_over_midnight, set_up, tear_down),
        cmocka_unit_test_setup_teardown(hours_many_and_whole_days, set_up, tear_down),
        cmocka_unit_test_setup_teardown(ranges_longest_first, set_up, tear_down),
        cmocka_unit_test_setup_teardown(lists_and_regions, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_record_holds_the_rest, set_up, tear_down),
        cmocka_unit_test_setup_teardown(versions_only_rise, set_up, tear_down),
        cmocka_unit_test_setup_teardown(many_come_and_go, set_up, tear_down),
        cmocka_unit_test_setup_teardown(replaced_ones_wait, set_up, tear_down),
        cmocka_unit_test_setup_teardown(bad_settings_are_refused, set_up, tear_down),
        cmocka_unit_test(names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
