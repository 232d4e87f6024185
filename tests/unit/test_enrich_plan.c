/* The plans as such: every mobile segment of four digits, every area code, short codes, holes, other countries. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "enrich/plan.h"

static struct an_plan *plan;

static struct an_number_info look(an_number number)
{
    struct an_number_info info;
    an_plan_lookup(plan, number, &info);
    return info;
}

/* By hand, apart from the table: one letter a segment of three digits, from 130 on. M, U, T, B: mobile of that
 * operator; m, u, t: virtual; i, j, k: machines of M, U, T; '.': nobody; '?': decided by the fourth digit. */
static const char by_three[] = "UUUT?MMMMM" /* 130 */
                               "....."
                               "UjMik"       /* 140 */
                               "MMMT.UUMMM"  /* 150 */
                               "..t..mUu.."  /* 160 */
                               "?uMT?UUTM."  /* 170 */
                               "TTMMMUUMMT"  /* 180 */
                               "TTBT.MUMMT"; /* 190 */
static const char by_four_134[] = "MMMMMMMMMs";
static const char by_four_170[] = "tttmummuuu";

static void expect_letter(an_number number, char letter)
{
    static const char letters[] = "MUTBmutijks";
    static const uint8_t kinds[] = { AN_KIND_MOBILE,  AN_KIND_MOBILE,  AN_KIND_MOBILE,   AN_KIND_MOBILE,
                                     AN_KIND_VIRTUAL, AN_KIND_VIRTUAL, AN_KIND_VIRTUAL,  AN_KIND_IOT,
                                     AN_KIND_IOT,     AN_KIND_IOT,     AN_KIND_SATELLITE };
    static const uint8_t ops[] = { AN_OPERATOR_MOBILE,    AN_OPERATOR_UNICOM,    AN_OPERATOR_TELECOM,
                                   AN_OPERATOR_BROADNET,  AN_OPERATOR_VIRTUAL_M, AN_OPERATOR_VIRTUAL_U,
                                   AN_OPERATOR_VIRTUAL_T, AN_OPERATOR_MOBILE,    AN_OPERATOR_UNICOM,
                                   AN_OPERATOR_TELECOM,   AN_OPERATOR_TELECOM };
    struct an_number_info info = look(number);
    if (letter == '.') {
        assert_int_equal(info.kind, AN_KIND_UNALLOCATED);
        assert_int_equal(info.op, AN_OPERATOR_NONE);
    } else {
        size_t at = (size_t)(strchr(letters, letter) - letters);
        assert_int_equal(info.kind, kinds[at]);
        assert_int_equal(info.op, ops[at]);
    }
    assert_true(info.block == number / 10000);
    assert_int_equal(info.area, 0);
    assert_false(info.public_service);
}

static void every_mobile_segment(void **state)
{
    (void)state;
    for (unsigned four = 1000; four < 2000; four++) {
        unsigned three = four / 10;
        char letter = three < 130 ? '.' : by_three[three - 130];
        if (three == 134) letter = by_four_134[four % 10];
        if (three == 170) letter = by_four_170[four % 10];
        if (three == 174) continue;
        for (an_number tail = 0; tail < 10000000; tail += 1234567)
            expect_letter(8600000000000 + four * (an_number)10000000 + tail, letter);
    }
    for (unsigned five = 17400; five < 17500; five++) {
        struct an_number_info info = look(8600000000000 + five * (an_number)1000000 + 4321);
        assert_int_equal(info.kind, five <= 17412 || five >= 17490 ? AN_KIND_SATELLITE : AN_KIND_UNALLOCATED);
        assert_int_equal(info.op, five <= 17405 ? AN_OPERATOR_TELECOM : AN_OPERATOR_NONE);
    }
}

/* Codes of three digits that are in use, from memory of the plan rather than from the table. */
static bool is_area(unsigned code)
{
    static const char *const rows[] = {
        "31", "0123456789", "33", "5",          "34", "9",          "35", "0123456789", "37", "012345679",
        "39", "1234568", /* 378 gone */
        "41", "125678",     "41", "9",          "42", "179",        "43", "123456789",  "44", "08",
        "45", "123456789",  "46", "4789",       "47", "0123456789", "48", "23",         "51", "0123456789",
        "52", "37",         "53", "0123456789", "54", "36",         "55", "0123456789", "56", "12346",
        "57", "0123456789", "58", "0",          "59", "123456789",  "63", "12345",      "66", "0238",
        "69", "12",         "70", "1",          "71", "0123456789", "72", "248",        "73", "01456789",
        "74", "3456",       "75", "0123456789", "76", "023689",     "77", "0123456789", "79", "0123456789",
        "81", "23678",      "82", "567",        "83", "0123456789", "85", "1456789",    "87", "0123456789",
        "88", "3678",       "89", "12345678",   "90", "123689",     "91", "12345679",   "93", "0123456789",
        "94", "13",         "95", "12345",      "97", "012345679",  "99", "0123456789",
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i += 2)
        if ((unsigned)((rows[i][0] - '0') * 10 + rows[i][1] - '0') == code / 10 &&
            strchr(rows[i + 1], (int)('0' + code % 10)) != NULL)
            return true;
    return false;
}

static void every_area_code(void **state)
{
    (void)state;
    unsigned found = 0;
    for (unsigned code = 300; code < 1000; code++) {
        if (code == 400 || code == 800 || code / 10 == 96 || code / 10 == 95) continue;
        struct an_number_info seven = look(86000 + code), eight;
        seven = look((86000 + code) * (an_number)10000000 + 3456789);
        eight = look((86000 + code) * (an_number)100000000 + 23456789);
        bool in_use = seven.kind == AN_KIND_LANDLINE || eight.kind == AN_KIND_LANDLINE;
        if (in_use != is_area(code)) fail_msg("area code %u", code);
        if (!in_use) assert_int_equal(seven.kind, AN_KIND_UNALLOCATED);
        if (!in_use) continue;
        found++;
        struct an_number_info *info = seven.kind == AN_KIND_LANDLINE ? &seven : &eight;
        assert_int_equal(info->area, code);
        struct an_region_name name = an_plan_region(info);
        assert_true(info->region >= 11 && info->region <= 65); /* GB/T 2260 */
        assert_true(name.province_en[0] != '\0' && name.province_zh[0] != '\0' && name.city_en[0] != '\0' &&
                    name.city_zh[0] != '\0');
    }
    assert_true(found > 300);
    for (unsigned code = 20; code < 30; code++)
        assert_int_equal(look((8600 + code) * (an_number)100000000 + 65432100).kind,
                         code == 26 ? AN_KIND_UNALLOCATED : AN_KIND_LANDLINE);
}

static void landlines_have_the_length_of_their_city(void **state)
{
    (void)state;
    static const struct {
        an_number number;
        uint8_t kind;
        uint32_t area;
        uint64_t block;
    } rows[] = {
        { 861065432100, AN_KIND_LANDLINE, 10, 86106543 },
        { 862165432100, AN_KIND_LANDLINE, 21, 86216543 },
        { 8675523456789, AN_KIND_LANDLINE, 755, 867552345 },
        { 867553456789, AN_KIND_INVALID, 0, 0 },
        { 865922345678, AN_KIND_LANDLINE, 592, 865922345 },
        { 8659223456789, AN_KIND_INVALID, 0, 0 },
        { 864332345678, AN_KIND_LANDLINE, 433, 864332345 },
        { 8643323456789, AN_KIND_LANDLINE, 433, 864332345 },
        { 869552345678, AN_KIND_LANDLINE, 955, 869552345 },   /* Zhongwei, not a 95 number */
        { 8675593456789, AN_KIND_UNALLOCATED, 0, 867559345 }, /* no local number begins with 9 ... */
        { 8675513456789, AN_KIND_UNALLOCATED, 0, 867551345 }, /* ... or 1 */
        { 861012345678, AN_KIND_UNALLOCATED, 0, 86101234 },
        { 867322345678, AN_KIND_UNALLOCATED, 0, 86732234 }, /* Xiangtan's code is gone */
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct an_number_info info = look(rows[i].number);
        if (info.kind != rows[i].kind || info.area != rows[i].area ||
            (rows[i].kind != AN_KIND_INVALID && info.block != rows[i].block))
            fail_msg("%llu: kind %u area %u block %llu", (unsigned long long)rows[i].number, info.kind, info.area,
                     (unsigned long long)info.block);
    }
}

static void short_codes(void **state)
{
    (void)state;
    static const struct {
        an_number number;
        uint8_t kind;
        uint8_t op;
        bool is_public;
    } rows[] = {
        { 86110, AN_KIND_EMERGENCY, 0, true },
        { 86112, AN_KIND_EMERGENCY, 0, true },
        { 86119, AN_KIND_EMERGENCY, 0, true },
        { 86120, AN_KIND_EMERGENCY, 0, true },
        { 86122, AN_KIND_EMERGENCY, 0, true },
        { 86999, AN_KIND_EMERGENCY, 0, true },
        { 8610999, AN_KIND_EMERGENCY, 0, true },
        { 8621999, AN_KIND_UNALLOCATED, 0, false },
        { 8695110, AN_KIND_EMERGENCY, 0, true },
        { 8612395, AN_KIND_EMERGENCY, 0, true },
        { 8610110, AN_KIND_EMERGENCY, 0, true },
        { 86755120, AN_KIND_EMERGENCY, 0, true },
        { 8612306, AN_KIND_SERVICE_1XX, 0, true },
        { 8612315, AN_KIND_SERVICE_1XX, 0, true },
        { 8612321, AN_KIND_SERVICE_1XX, 0, true },
        { 8612345, AN_KIND_SERVICE_1XX, 0, true },
        { 8612329, AN_KIND_SERVICE_1XX, 0, true },
        { 8675512345, AN_KIND_SERVICE_1XX, 0, true },
        { 8696110, AN_KIND_SERVICE_96, 0, true },
        { 8675596110, AN_KIND_SERVICE_96, 0, true },
        { 8610086, AN_KIND_SERVICE_1XX, AN_OPERATOR_MOBILE, false },
        { 8610010, AN_KIND_SERVICE_1XX, AN_OPERATOR_UNICOM, false },
        { 8610000, AN_KIND_SERVICE_1XX, AN_OPERATOR_TELECOM, false },
        { 8610099, AN_KIND_SERVICE_1XX, AN_OPERATOR_BROADNET, false },
        { 86114, AN_KIND_SERVICE_1XX, 0, false },
        { 86116114, AN_KIND_SERVICE_1XX, 0, false },
        { 86118114, AN_KIND_SERVICE_1XX, 0, false },
        { 8611185, AN_KIND_SERVICE_1XX, 0, false },
        { 8695588, AN_KIND_SERVICE_95, 0, false },
        { 86952100, AN_KIND_SERVICE_95, 0, false },
        { 8695013123456, AN_KIND_SERVICE_95, 0, false },
        { 8696123, AN_KIND_SERVICE_96, 0, false },
        { 864008123123, AN_KIND_SERVICE_400, AN_OPERATOR_TELECOM, false },
        { 864006123123, AN_KIND_SERVICE_400, AN_OPERATOR_UNICOM, false },
        { 868008101234, AN_KIND_SERVICE_800, 0, false },
        { 86400812312, AN_KIND_INVALID, 0, false },
        { 861064812345678, AN_KIND_IOT, AN_OPERATOR_MOBILE, false },
        { 861410123456789, AN_KIND_IOT, AN_OPERATOR_TELECOM, false },
        { 861440123456789, AN_KIND_IOT, AN_OPERATOR_MOBILE, false },
        { 86111, AN_KIND_INVALID, 0, false },
        { 86123, AN_KIND_INVALID, 0, false },
        { 86115, AN_KIND_UNALLOCATED, 0, false },
        { 8619300, AN_KIND_UNALLOCATED, 0, false },
        { 86993456, AN_KIND_UNALLOCATED, 0, false },
        { 8612, AN_KIND_INVALID, 0, false },
        { 86, AN_KIND_INVALID, 0, false },
        { 861, AN_KIND_INVALID, 0, false },
        { 8613800138, AN_KIND_INVALID, 0, false },
        { 86138001380000, AN_KIND_INVALID, 0, false },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct an_number_info info = look(rows[i].number);
        if (info.kind != rows[i].kind || info.op != rows[i].op || info.public_service != rows[i].is_public)
            fail_msg("%llu: kind %u operator %u public %d", (unsigned long long)rows[i].number, info.kind, info.op,
                     info.public_service);
    }
}

static void other_countries(void **state)
{
    (void)state;
    static const struct {
        an_number number;
        uint8_t kind;
        uint32_t area;
    } rows[] = {
        { 14155552671, AN_KIND_FOREIGN, 1 },
        { 442071838750, AN_KIND_FOREIGN, 44 },
        { 85223456789, AN_KIND_FOREIGN, 852 },
        { 390612345678, AN_KIND_FOREIGN, 39 },
        { 79161234567, AN_KIND_FOREIGN, 7 },
        { 819012345678, AN_KIND_FOREIGN, 81 },
        { 886912345678, AN_KIND_FOREIGN, 886 },
        { 6581234567, AN_KIND_FOREIGN, 65 },
        { 870773111632, AN_KIND_FOREIGN, 870 },
        { 11155552671, AN_KIND_UNALLOCATED, 1 }, /* no area code begins with 1 */
        { 14151552671, AN_KIND_UNALLOCATED, 1 }, /* no exchange does */
        { 8521234, AN_KIND_INVALID, 852 },
        { 1415555267, AN_KIND_INVALID, 1 },
        { 141555526711, AN_KIND_INVALID, 1 },
        { 2101234567890, AN_KIND_UNALLOCATED, 0 },
        { 99912345678, AN_KIND_UNALLOCATED, 0 }, /* no such countries */
        { 1, AN_KIND_INVALID, 0 },
        { 999, AN_KIND_INVALID, 0 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct an_number_info info = look(rows[i].number);
        if (info.kind != rows[i].kind || info.area != rows[i].area)
            fail_msg("%llu: kind %u area %u", (unsigned long long)rows[i].number, info.kind, info.area);
    }
    struct an_number_info info = look(85223456789);
    assert_string_equal(an_plan_region(&info).province_en, "HK");
    info = look(99912345678);
    assert_string_equal(an_plan_region(&info).province_en, "");
}

static void what_is_no_number(void **state)
{
    (void)state;
    assert_int_equal(look(AN_NUMBER_NONE).kind, AN_KIND_NONE);
    assert_int_equal(look(AN_NUMBER_NAME).kind, AN_KIND_INVALID);
    assert_int_equal(look(UINT64_MAX).kind, AN_KIND_INVALID);
    assert_int_equal(look(AN_NUMBER_E164_MAX + 1).kind, AN_KIND_INVALID);
    struct an_number_info info = look(AN_NUMBER_E164_MAX);
    assert_int_equal(info.kind, AN_KIND_UNALLOCATED);
}

static int start(void **state)
{
    (void)state;
    struct an_error error;
    plan = an_plan_new(&error);
    return plan == NULL ? -1 : 0;
}

static int stop(void **state)
{
    (void)state;
    an_plan_free(plan);
    an_plan_free(NULL);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_mobile_segment),
        cmocka_unit_test(every_area_code),
        cmocka_unit_test(landlines_have_the_length_of_their_city),
        cmocka_unit_test(short_codes),
        cmocka_unit_test(other_countries),
        cmocka_unit_test(what_is_no_number),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
