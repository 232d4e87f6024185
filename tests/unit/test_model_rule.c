/* Rules in words: every rule has a row, and its sentence says what the callee chose. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "model/callee.h"
#include "model/rule.h"

static void every_rule_once(void **state)
{
    (void)state;
    uint32_t seen = 0;
    for (int i = 0; i < AN_RULE_TEXTS; i++) {
        const struct an_rule_text *text = &an_rule_texts[i];
        assert_true(text->rule != 0 && (text->rule & (text->rule - 1)) == 0 && (seen & text->rule) == 0);
        seen |= text->rule;
        assert_true(text->name[0] != '\0' && text->en[0] != '\0' && (unsigned char)text->zh[0] >= 0x80);
        for (int k = 0; k < i; k++) assert_string_not_equal(text->name, an_rule_texts[k].name);
    }
    assert_int_equal(seen & 0xffff, 2 * AN_RULE_LABELLED_WANTED - 1);
    assert_int_equal(seen >> 16 << 16, 2 * AN_RULE_CATEGORY - AN_RULE_OPTED_OUT);
}

static const struct an_rule_text *row(uint32_t rule)
{
    for (int i = 0; i < AN_RULE_TEXTS; i++)
        if (an_rule_texts[i].rule == rule) return &an_rule_texts[i];
    fail_msg("no row of rule %u", (unsigned)rule);
    return NULL;
}

static void sentences(void **state)
{
    (void)state;
    char text[AN_RULE_SENTENCE_MAX], small[8];
    const struct an_verdict v = { .chosen = AN_CHOICE_BLOCK << AN_CHOSEN_RANGE | AN_CHOICE_LABEL << AN_CHOSEN_HOURS |
                                            AN_CHOICE_PASS << AN_CHOSEN_REGION |
                                            AN_CHOICE_SCREEN << AN_CHOSEN_CATEGORY |
                                            (1 + AN_EXPECTED_HOSPITAL) << AN_CHOSEN_EXPECTED };
    size_t len = an_rule_sentence(row(AN_RULE_RANGE), &v, false, text, sizeof text);
    assert_int_equal(len, strlen(text));
    assert_string_equal(text, "The person called has chosen to have calls from this range of numbers blocked.");
    an_rule_sentence(row(AN_RULE_HOURS), &v, true, text, sizeof text);
    assert_string_equal(text, "按被叫的设置，这个时段的来电一律标记。");
    an_rule_sentence(row(AN_RULE_REGION), &v, false, text, sizeof text);
    assert_non_null(strstr(text, "region put through."));
    an_rule_sentence(row(AN_RULE_CATEGORY), &v, true, text, sizeof text);
    assert_non_null(strstr(text, "一律先由助手接听。"));
    an_rule_sentence(row(AN_RULE_EXPECTED), &v, true, text, sizeof text);
    assert_string_equal(text, "被叫正在等待医院的来电，这个来电可能就是。");
    an_rule_sentence(row(AN_RULE_CONTACT), &v, false, text, sizeof text);
    assert_string_equal(text, row(AN_RULE_CONTACT)->en);
    assert_int_equal(an_rule_sentence(row(AN_RULE_CONTACT), &v, false, small, sizeof small), 7);
    assert_string_equal(small, "The cal");
    const struct an_verdict none = { 0 }; /* a record whose bits and choices do not fit */
    an_rule_sentence(row(AN_RULE_EXPECTED), &none, false, text, sizeof text);
    assert_non_null(strstr(text, "unknown"));
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(every_rule_once), cmocka_unit_test(sentences) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
