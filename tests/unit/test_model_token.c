#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "base/err.h"
#include "model/number.h"
#include "model/number_set.h"
#include "model/verdict.h"

static void tokens_come_back(void **state)
{
    (void)state;
    uint64_t seed = 7;
    for (int n = 0; n < 10000; n++) {
        struct an_token token, again;
        char text[AN_TOKEN_TEXT_MAX];
        seed = seed * 6364136223846793005ull + 1442695040888963407ull;
        an_token_make(seed >> 8, (unsigned)n % 256, seed * 31, &token);
        an_token_text(&token, text);
        assert_int_equal(strlen(text), 26);
        assert_int_equal(an_token_of_text(text, 26, &again), AN_OK);
        assert_memory_equal(&token, &again, sizeof token);
        assert_true(an_token_time_us(&again) == seed >> 8);
        assert_int_equal(an_token_worker(&again), n % 256);
    }
}

static void tokens_sort_by_time(void **state)
{
    (void)state;
    struct an_token early, late;
    char a[AN_TOKEN_TEXT_MAX], b[AN_TOKEN_TEXT_MAX];
    an_token_make(1000, 3, 99, &early);
    an_token_make(1001, 0, 0, &late);
    an_token_text(&early, a);
    an_token_text(&late, b);
    assert_true(strcmp(a, b) < 0);
}

static void forged_tokens_are_refused(void **state)
{
    (void)state;
    struct an_token token;
    assert_int_equal(an_token_of_text("06C3AVNRX5DW0RS0BT0KDDPDG", 25, &token), AN_ERR_MALFORMED);
    assert_int_equal(an_token_of_text("86C3AVNRX5DW0RS0BT0KDDPDGW", 26, &token), AN_ERR_MALFORMED); /* over 128 bits */
    assert_int_equal(an_token_of_text("06C3AVNRX5DW0RS0BT0KDDPDGU", 26, &token), AN_ERR_MALFORMED); /* U is no letter */
    assert_int_equal(an_token_of_text("06C3AVNRX5DW0RS0BT0KDDPDG\0", 26, &token), AN_ERR_MALFORMED);
    assert_int_equal(an_token_of_text("06c3avnrx5dw0rs0bt0kddpdgw", 26, &token), AN_OK);
}

static void numbers_come_back(void **state)
{
    (void)state;
    const an_number numbers[] = { AN_NUMBER_NONE, 8613800138000, 86110, 12, AN_NUMBER_E164_MAX, AN_NUMBER_NAME | 0xabc };
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        char text[AN_NUMBER_TEXT_MAX];
        an_number again = 1;
        size_t len = an_number_text(numbers[i], text);
        assert_int_equal(an_number_of_text(text, len, &again), AN_OK);
        assert_true(again == numbers[i]);
    }
    an_number n;
    assert_int_equal(an_number_of_text("+0123", 5, &n), AN_ERR_MALFORMED);
    assert_int_equal(an_number_of_text("8613800138000", 13, &n), AN_ERR_MALFORMED);
    assert_int_equal(an_number_of_text("+1234567890123456", 17, &n), AN_ERR_MALFORMED);
}

static void sets_hold_numbers_and_prefixes(void **state)
{
    (void)state;
    struct an_number_set set;
    an_number_set_init(&set);
    assert_false(an_number_set_has(&set, 8613800138000));
    for (an_number n = 0; n < 5000; n++) assert_int_equal(an_number_set_add(&set, 8613800000000 + n * 7), AN_OK);
    assert_int_equal(set.count, 5000);
    for (an_number n = 0; n < 35000; n++) assert_int_equal(an_number_set_has(&set, 8613800000000 + n), n % 7 == 0);
    assert_int_equal(an_number_set_add_prefix(&set, 8695, 4), AN_OK);
    assert_true(an_number_set_has(&set, 8695588));
    assert_true(an_number_set_has(&set, 8695));
    assert_false(an_number_set_has(&set, 869));
    assert_false(an_number_set_has(&set, 8696000));
    assert_int_equal(an_number_set_add_prefix(&set, 0, 4), AN_ERR_INVALID);
    an_number_set_done(&set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tokens_come_back),          cmocka_unit_test(tokens_sort_by_time),
        cmocka_unit_test(forged_tokens_are_refused), cmocka_unit_test(numbers_come_back),
        cmocka_unit_test(sets_hold_numbers_and_prefixes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
