#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>

#include "base/err.h"
#include "base/mini.h"
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slice_cuts_and_trims),
        cmocka_unit_test(numbers_refuse_what_they_are_not),
        cmocka_unit_test(minifloat_keeps_its_promise),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
