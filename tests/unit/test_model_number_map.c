/* Numbers and ranges to values: what is found, what is refused, many of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/number_map.h"

static void the_longest_fits(void **state)
{
    (void)state;
    struct an_number_map map;
    uint64_t other;
    an_number_map_init(&map);
    assert_int_equal(an_number_map_find(&map, 8610), 0);
    assert_int_equal(an_number_map_add(&map, 8610, 4, 1, &other), AN_OK);
    assert_int_equal(an_number_map_add(&map, 861012, 6, 2, &other), AN_OK);
    assert_int_equal(an_number_map_add(&map, 8610123456, 0, 3, &other), AN_OK);
    assert_int_equal(an_number_map_find(&map, 8610999), 1);
    assert_int_equal(an_number_map_find(&map, 861012999), 2);
    assert_int_equal(an_number_map_find(&map, 8610123456), 3);
    assert_int_equal(an_number_map_find(&map, 8610), 1); /* a range has its own beginning in it */
    assert_int_equal(an_number_map_find(&map, 861), 0);
    assert_int_equal(an_number_map_find(&map, AN_NUMBER_NONE), 0);
    assert_int_equal(an_number_map_find(&map, AN_NUMBER_NAME | 8610), 0);
    an_number_map_done(&map);
}

static void another_value_is_refused(void **state)
{
    (void)state;
    struct an_number_map map;
    uint64_t other;
    an_number_map_init(&map);
    assert_int_equal(an_number_map_add(&map, 8695588, 0, 5, &other), AN_OK);
    assert_int_equal(an_number_map_add(&map, 8695588, 0, 5, &other), AN_OK); /* twice is harmless */
    assert_int_equal(an_number_map_add(&map, 8695588, 0, 6, &other), AN_ERR_INVALID);
    assert_int_equal(other, 5);
    assert_int_equal(an_number_map_add(&map, 0, 0, 6, &other), AN_ERR_INVALID);
    assert_int_equal(other, 0);
    assert_int_equal(an_number_map_add(&map, 86, 16, 6, &other), AN_ERR_INVALID);
    assert_int_equal(map.count, 1);
    an_number_map_done(&map);
}

static void many(void **state)
{
    (void)state;
    struct an_number_map a, b;
    uint64_t other;
    an_number_map_init(&a);
    an_number_map_init(&b);
    for (uint64_t i = 0; i < 5000; i++) {
        assert_int_equal(an_number_map_add(&a, 8613800000000 + i, 0, i + 1, &other), AN_OK);
        assert_int_equal(an_number_map_add(&b, 8613800004999 - i, 0, 5000 - i, &other), AN_OK);
    }
    for (uint64_t i = 0; i < 5000; i++) assert_int_equal(an_number_map_find(&a, 8613800000000 + i), i + 1);
    assert_int_equal(an_number_map_find(&a, 8613800005000), 0);
    assert_true(an_number_map_hash(&a) == an_number_map_hash(&b)); /* whatever the order */
    assert_int_equal(an_number_map_add(&b, 8613800009999, 0, 1, &other), AN_OK);
    assert_true(an_number_map_hash(&a) != an_number_map_hash(&b));
    an_number_map_done(&a);
    an_number_map_done(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_longest_fits),
        cmocka_unit_test(another_value_is_refused),
        cmocka_unit_test(many),
    };
    return cmocka_run_group_tests_name("number map", tests, NULL, NULL);
}
