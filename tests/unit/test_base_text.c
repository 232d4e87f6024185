#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>

#include "base/err.h"
#include "base/mini.h"
#include "base/nearest.h"
#include "base/slice.h"

static void slice_cuts_and_trims(void **state)
{
    (void)state;
    struct an_slice text = AN_SLICE(" a=1 ;b"), head;
    assert_true(an_slice_cut(&text, ';', &head));
    assert_true(an_slice_equal(an_slice_trim(head), AN_SLICE("a=1")));
    assert_false(an_slice_cut(&text, ';', &head));
    assert_true(an_slice_equal(head, AN_SLICE("b")));
    assert_int_equal(text.len, 0);
    assert_true(an_slice_equal_nocase(AN_SLICE("VIA"), AN_SLICE("via")));
}

static void numbers_refuse_what_they_are_not(void **state)
{
    (void)state;
    uint64_t value = 7;
    assert_int_equal(an_slice_u64(AN_SLICE("18446744073709551616"), UINT64_MAX, &value), AN_ERR_LIMIT);
    assert_int_equal(an_slice_u64(AN_SLICE("+1"), 10, &value), AN_ERR_MALFORMED);
    assert_int_equal(an_slice_u64(AN_SLICE(""), 10, &value), AN_ERR_MALFORMED);
    assert_int_equal(an_slice_u64(AN_SLICE("11"), 10, &value), AN_ERR_LIMIT);
    assert_int_equal(value, 7);
    assert_int_equal(an_slice_u64(AN_SLICE("18446744073709551615"), UINT64_MAX, &value), AN_OK);
    assert_true(value == UINT64_MAX);
    double d = 0;
    assert_int_equal(an_slice_double(AN_SLICE("-12.50"), &d), AN_OK);
    assert_true(d < -12.49 && d > -12.51);
    assert_int_equal(an_slice_double(AN_SLICE("1,5"), &d), AN_ERR_MALFORMED);
}

static void minifloat_keeps_its_promise(void **state)
{
    (void)state;
    assert_int_equal(an_mini_of(0), 0);
    assert_int_equal(an_mini_of(-3), 0);
    assert_int_equal(an_mini_of(NAN), 0);
    assert_true(an_mini_float(an_mini_of(1e9f)) <= AN_MINI_MAX);
    for (unsigned m = 0; m <= 0xffff; m++) {
        float f = an_mini_float((an_mini)m);
        if (f <= AN_MINI_MAX) assert_int_equal(an_mini_of(f), m);
    }
    for (float f = 0.001f; f < 100000; f *= 1.01f) {
        float back = an_mini_float(an_mini_of(f));
        assert_true(fabsf(back - f) <= f / 4096);
    }
}

static void many_minifloats_are_the_same(void **state)
{
    (void)state;
    static const float edges[] = { 0, -1, 1e-9f, 131008.0f, 131009.0f, 1e30f, 0.5f, 3.0000001f };
    float x[AN_MINI_MANY_MAX];
    an_mini out[AN_MINI_MANY_MAX];
    for (unsigned m = 0; m <= 0xffff; m += 7) {
        uint32_t count = m % (AN_MINI_MANY_MAX + 1);
        bool some = false;
        for (uint32_t i = 0; i < AN_MINI_MANY_MAX; i++) {
            x[i] = an_mini_float((an_mini)(m + i)) * (1 + (float)(i % 5) / 9000.0f);
            if (m % 3 == 0) x[i] = edges[(m + i) % 8];
            if (m % 11 == 0) x[i] = i == 5 ? NAN : 0;
        }
        bool any = an_mini_of_many(x, count, out);
        for (uint32_t i = 0; i < AN_MINI_MANY_MAX; i++) {
            assert_int_equal(out[i], i < count ? an_mini_of(x[i]) : 0);
            some |= out[i] != 0;
        }
        assert_int_equal(any, some);
    }
}

static void nearest_is_what_was_meant(void **state)
{
    static const char *const words[] = { "journal.sync_ms", "replay", "report", "loan", "call_id" };
    static const struct {
        const char *typed, *meant;
    } cases[] = {
        { "reply", "replay" }, { "rep", "replay" }, { "REPROT", "report" }, { "lone", "loan" }, { "callid", "call_id" },
        { "loan", "loan" },    { "zebra", NULL },   { "x", NULL },          { "", NULL },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *nearest = an_nearest(an_slice_of(cases[i].typed), words, 5);
        if (cases[i].meant == NULL)
            assert_null(nearest);
        else
            assert_string_equal(nearest, cases[i].meant);
    }
    assert_null(an_nearest(AN_SLICE("loan"), NULL, 0));
    assert_int_equal(an_nearest_distance(AN_SLICE("ab"), AN_SLICE("BA")), 1);
    assert_int_equal(an_nearest_distance(AN_SLICE(""), AN_SLICE("abc")), 3);
    char flood[200]; /* compared as far as it fits, no further */
    memset(flood, 'a', sizeof flood);
    assert_int_equal(an_nearest_distance((struct an_slice) { flood, sizeof flood }, AN_SLICE("a")), 62);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slice_cuts_and_trims),        cmocka_unit_test(numbers_refuse_what_they_are_not),
        cmocka_unit_test(minifloat_keeps_its_promise), cmocka_unit_test(many_minifloats_are_the_same),
        cmocka_unit_test(nearest_is_what_was_meant),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
