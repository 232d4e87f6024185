#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>

#include "base/logistic.h"

static void it_is_the_logistic(void **state)
{
    (void)state;
    float before = 0;
    for (float x = -50; x < 50; x += 0.013f) {
        double bounded = fmax(-40, fmin(40, (double)x));
        float p = an_logistic(x);
        assert_true(fabs((double)p - 1 / (1 + exp(-bounded))) < 1e-7);
        assert_true(p >= before);
        before = p;
    }
    assert_true(an_logistic(0) == 0.5f);
    assert_true(an_logistic(INFINITY) == an_logistic(40) && an_logistic(-INFINITY) == an_logistic(-40));
    assert_true(an_logistic(NAN) == an_logistic(40));
}

static void many_are_the_same_bits(void **state)
{
    (void)state;
    float x[AN_LOGISTIC_MANY_MAX] = { 0 }, p[AN_LOGISTIC_MANY_MAX];
    for (uint32_t count = 0; count <= AN_LOGISTIC_MANY_MAX; count++) {
        for (uint32_t i = 0; i < count; i++) x[i] = ((float)i - 30.0f) * 1.37f + (float)count / 7.0f;
        an_logistic_many(x, count, p);
        for (uint32_t i = 0; i < count; i++) {
            float alone = an_logistic(x[i]);
            assert_memory_equal(&alone, &p[i], sizeof alone);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(it_is_the_logistic),
                                        cmocka_unit_test(many_are_the_same_bits) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
