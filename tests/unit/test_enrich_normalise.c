/* Every way to write a number comes to the same number; and numbers written our way come back unchanged. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "enrich/digits.h"
#include "enrich/plan.h"

static struct an_plan *plan;
static struct an_settings settings;

static struct an_normal normalise(const char *text, bool is_callee)
{
    struct an_normal normal;
    size_t len = strlen(text);
    char *exact = len == 0 ? NULL : malloc(len); /* without its NUL: a sanitizer sees reads behind the end */
    if (exact != NULL) memcpy(exact, text, len);
    an_plan_normalise(plan, (struct an_slice) { exact, len }, &settings, is_callee, &normal);
    free(exact);
    return normal;
}

static void expect(const char *text, an_number number)
{
    struct an_normal normal = normalise(text, true);
    if (normal.number != number)
        fail_msg("\"%s\" gives %llu, not %llu", text, (unsigned long long)normal.number, (unsigned long long)number);
}

static void one_number_in_many_forms(void **state)
{
    (void)state;
    static const char *const mobile[] = {
        "13800138000",
        "+8613800138000",
        "8613800138000",
        "008613800138000",
        "0086 138-0013-8000",
        "013800138000",
        "08613800138000",
        "+86 138 0013 8000",
        "+86-138-0013-8000",
        "138.0013.8000",
        "(138) 0013 8000",
        " 13800138000 ",
        "+8613800138000;npdi;rn=+8613900000000",
        "13800138000;phone-context=+86",
        "13800138000;phone-context=example.com",
        "tel:+8613800138000",
        "tel:+86-138-0013-8000",
        "sip:13800138000@192.0.2.1",
        "sip:+8613800138000@192.0.2.1;user=phone",
        "SIPS:13800138000@example.com:5061",
        "<sip:13800138000@192.0.2.1>",
        "%2B8613800138000",
        "%2b86%31%3380%3013%38000",
        "１３８００１３８０００",
        "＋86 138 0013 8000",
        "138\xc2\xa0"
        "0013\xc2\xa0"
        "8000",
        "138\xe2\x80\x90"
        "00138000",
        "\xe2\x80\xad"
        "13800138000\xe2\x80\xac",
        "\"13800138000\"",
        "13800138000#",
        "13800138000,,801",
        "13800138000x801",
        "13800138000 ext. 801",
        "+86 (0) 138 0013 8000",
        "+86013800138000",
        "1380013 8000\r\n",
        "+(86)13800138000",
    };
    static const char *const landline[] = {
        "+8675523456789",
        "075523456789",
        "0755-23456789",
        "0755 2345 6789",
        "(0755)23456789",
        "75523456789",
        "8675523456789",
        "008675523456789",
        "23456789",
        "2345-6789",
        "+86 (0)755 2345 6789",
        "+86075523456789",
        "23456789;phone-context=+86755",
        "075523456789;phone-context=+86",
        "75523456789;phone-context=+86",
        "23456789;phone-context=+86-755",
        "tel:2345-6789;phone-context=+86755",
        "0755/23456789",
        "075523456789;phone-context=+86755",
    };
    for (size_t i = 0; i < sizeof mobile / sizeof mobile[0]; i++) expect(mobile[i], 8613800138000);
    for (size_t i = 0; i < sizeof landline / sizeof landline[0]; i++) expect(landline[i], 8675523456789);
}

static void prefixes_of_carriers(void **state)
{
    (void)state;
    static const char *const prefixes[] = { "17901", "17908", "17909", "17910", "17911", "17931", "17950",
                                            "17951", "17961", "17969", "17990", "17991", "17995", "17996",
                                            "12593", "10193", "11808", "96688", "125831" };
    static const struct {
        const char *text;
        an_number number;
    } behind[] = { { "13800138000", 8613800138000 },  { "013800138000", 8613800138000 },
                   { "075523456789", 8675523456789 }, { "008613800138000", 8613800138000 },
                   { "0014155552671", 14155552671 },  { "23456789", 8675523456789 } };
    char text[64];
    for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++)
        for (size_t j = 0; j < sizeof behind / sizeof behind[0]; j++) {
            snprintf(text, sizeof text, "%s%s", prefixes[i], behind[j].text);
            expect(text, behind[j].number);
            assert_true(normalise(text, true).ip_prefix);
            assert_false(normalise(text, false).ip_prefix);
        }
    expect("+861795113800138000", 8613800138000);
    expect("01795113800138000", 8613800138000);
    expect("193075523456789", 8675523456789); /* carrier selection, told by the 0 behind it ... */
    expect("19307552345", 8619307552345);     /* ... from a mobile of that segment */
    assert_false(normalise("19307552345", true).ip_prefix);
    assert_true(normalise("1795100075523456789", true).number & AN_NUMBER_NAME); /* nothing begins with 000 */
    expect("17951", 8617951);
    assert_false(normalise("13800138000", true).ip_prefix);
}

static void codes_and_services(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        an_number number;
    } rows[] = {
        { "110", 86110 },
        { "+86110", 86110 },
        { "010110", 8610110 },
        { "95588", 8695588 },
        { "02195588", 8695588 },
        { "+862195588", 8695588 },
        { "075595588", 8695588 },
        { "+8695588", 8695588 },
        { "095588", 8695588 },
        { "0755-12345", 8675512345 },
        { "12345", 8612345 },
        { "4008-123-123", 864008123123 },
        { "400 812 3123", 864008123123 },
        { "8008101234", 868008101234 },
        { "10086", 8610086 },
        { "+8610086", 8610086 },
        { "1069012345", 861069012345 },
        { "1064812345678", 861064812345678 },
        { "96110", 8696110 },
        { "116114", 86116114 },
        { "1001", 861001 },
        { "9501312345678", 869501312345678 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) expect(rows[i].text, rows[i].number);
    static const char *const dialled[] = { "*6713800138000",  "*67 13800138000",  "*31#13800138000",
                                           "#31#13800138000", "**67*13800138000", "*67+8613800138000" };
    for (size_t i = 0; i < sizeof dialled / sizeof dialled[0]; i++) {
        expect(dialled[i], 8613800138000);
        assert_true(normalise(dialled[i], true).code_prefix);
    }
    expect("*67075523456789", 8675523456789);
    assert_true(normalise("*67", true).number & AN_NUMBER_NAME);
    assert_true(normalise("*#06#", true).number & AN_NUMBER_NAME);
}

static void other_countries(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        an_number number;
    } rows[] = {
        { "+14155552671", 14155552671 },
        { "0014155552671", 14155552671 },
        { "442071838750", 442071838750 },
        { "+44 (0)20 7183 8750", 442071838750 },
        { "+390612345678", 390612345678 },
        { "85223456789", 85223456789 },
        { "020 7183 8750;phone-context=+44", 442071838750 },
        { "06 1234 5678;phone-context=+39", 390612345678 },
        { "7042;phone-context=+1-914-555", 19145557042 },
        { "14155552671", 8614155552671 }, /* 11 digits that begin with 1 are a mobile here, if a hole */
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) expect(rows[i].text, rows[i].number);
    settings.country_code = 44;
    expect("02071838750", 442071838750);
    expect("2071838750", 442071838750);
    expect("0086 138 0013 8000", 8613800138000);
    expect("8613800138000", 8613800138000);
    expect("+442071838750", 442071838750);
    settings.country_code = 1;
    expect("4155552671", 14155552671);
    expect("14155552671", 14155552671);
    expect("011442071838750", 442071838750);
    settings.country_code = 86;
}

static void nobody(void **state)
{
    (void)state;
    static const char *const words[] = { "",
                                         " ",
                                         "anonymous",
                                         "Anonymous",
                                         "ANONYMOUS",
                                         "unknown",
                                         "private",
                                         "Restricted",
                                         "unavailable",
                                         "withheld",
                                         "0",
                                         "0000",
                                         "00000000000",
                                         "-",
                                         "--",
                                         "()",
                                         "未知",
                                         "匿名",
                                         "sip:anonymous@anonymous.invalid",
                                         "\"anonymous\"",
                                         "null",
                                         "+0" };
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) expect(words[i], AN_NUMBER_NONE);
}

static void names(void **state)
{
    (void)state;
    static const char *const words[] = { "alice",
                                         "alice.smith",
                                         "13800138000a",
                                         "a13800138000",
                                         "+",
                                         "1380013800+0",
                                         "张三",
                                         "12345678901234567890",
                                         "+1234567890123456",
                                         "13800138000\xff",
                                         "%",
                                         "%4",
                                         "%zz",
                                         "1;phone-context=",
                                         "x",
                                         "ext",
                                         "#",
                                         "*",
                                         "sip:",
                                         "\xef\xbc",
                                         "\xc2",
                                         "12#34" };
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        an_number number = normalise(words[i], true).number;
        bool is_name = (number & AN_NUMBER_NAME) != 0, none = number == AN_NUMBER_NONE;
        bool allowed_none = strcmp(words[i], "sip:") == 0, digit = strcmp(words[i], "1;phone-context=") == 0;
        if (digit)
            assert_true(number == 861);
        else if (!is_name && !(none && allowed_none))
            fail_msg("\"%s\" gives %llu", words[i], (unsigned long long)number);
    }
    assert_true(normalise("alice", false).number == normalise("sip:alice@example.com", false).number);
    assert_true(normalise("alice", false).number != normalise("bob", false).number);
    char zero[3] = { '1', '\0', '2' };
    struct an_normal normal;
    an_plan_normalise(plan, (struct an_slice) { zero, 3 }, &settings, true, &normal);
    assert_true(normal.number & AN_NUMBER_NAME);
}

/* normalise(text(n)) == n for every number in its own form: all but 95 numbers behind an area code, and numbers with
 * a trunk prefix or a carrier's prefix behind +86, which are not in theirs. */
static void text_and_back(void **state)
{
    (void)state;
    uint64_t seed = 1;
    unsigned changed = 0;
    for (unsigned i = 0; i < 2000000; i++) {
        seed = an_mix64(seed + 0x9e3779b97f4a7c15ull);
        unsigned digits = 3 + (unsigned)an_range(an_mix64(seed ^ 1), 13);
        an_number n = an_pow10[digits - 1] + an_range(seed, 9 * an_pow10[digits - 1]);
        if (i % 2 == 0) n = 86 * an_pow10[digits - 2] + n % an_pow10[digits - 2];
        char text[AN_NUMBER_TEXT_MAX], *national = text + 1;
        struct an_normal normal;
        size_t len = an_number_text(n, text);
        an_plan_normalise(plan, (struct an_slice) { text, len }, &settings, true, &normal);
        if (normal.number == n) {
            struct an_normal plain; /* the same as "00..." */
            char dialled[32];
            int size = snprintf(dialled, sizeof dialled, "00%s", national);
            an_plan_normalise(plan, (struct an_slice) { dialled, (size_t)size }, &settings, true, &plain);
            if (plain.number != n) fail_msg("%s and %s differ", text, dialled);
            continue;
        }
        changed++;
        struct an_number_info info;
        an_plan_lookup(plan, n, &info);
        bool allowed =
            normal.ip_prefix || (info.kind == AN_KIND_SERVICE_95 && info.area != 0) || (strncmp(text, "+860", 4) == 0);
        if (!allowed) fail_msg("%s becomes %llu", text, (unsigned long long)normal.number);
    }
    assert_true(changed < 250000);
}

/* All mobiles and landlines in all their forms, by chance. */
static void forms_agree(void **state)
{
    (void)state;
    uint64_t seed = 2;
    static const char *const mobile_forms[] = { "", "0", "86", "+86", "0086", "17951", "086" };
    static const char *const landline_forms[] = { "0", "86", "+86", "0086", "179510", "" };
    for (unsigned i = 0; i < 200000; i++) {
        seed = an_mix64(seed + 0x9e3779b97f4a7c15ull);
        char text[40];
        uint64_t national = 13000000000 + an_range(seed, 7000000000);
        if (national / 100000000 == 179) continue;
        snprintf(text, sizeof text, "%s%llu", mobile_forms[i % 7], (unsigned long long)national);
        expect(text, 8600000000000 + national);
        national =
            i % 2 == 0 ? 75520000000 + an_range(seed, 6999999999) % 70000000 : 5922000000 + an_range(seed, 7000000);
        snprintf(text, sizeof text, "%s%llu", landline_forms[i % 6], (unsigned long long)national);
        expect(text, i % 2 == 0 ? 8600000000000 + national : 860000000000 + national);
    }
}

static int start(void **state)
{
    (void)state;
    struct an_error error;
    plan = an_plan_new(&error);
    if (plan == NULL || an_settings_init(&settings) != AN_OK) return -1;
    memcpy(settings.area_code, "755", 4);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    an_plan_free(plan);
    an_settings_done(&settings);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_number_in_many_forms),
        cmocka_unit_test(prefixes_of_carriers),
        cmocka_unit_test(codes_and_services),
        cmocka_unit_test(other_countries),
        cmocka_unit_test(nobody),
        cmocka_unit_test(names),
        cmocka_unit_test(text_and_back),
        cmocka_unit_test(forms_agree),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
