/* Reasons in plain words: which rule decided, and what the two people of a call are told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "case/plain.h"
#include "model/callee.h"

static const char *decided(struct an_verdict verdict, enum an_reported reported)
{
    const struct an_rule_text *rule = an_plain_decided(&verdict, reported);
    return rule == NULL ? "score" : rule->name;
}

static uint16_t chosen(enum an_choice choice, enum an_chosen field)
{
    return (uint16_t)(choice << field);
}

/* What lets a call through is no reason to hold it up, and the other way about. */
static void only_what_decided_is_a_reason(void **state)
{
    (void)state;
    struct an_verdict v = { .action = AN_ACTION_BLOCK, .probability = 0.99f, .rules = AN_RULE_EXPECTED };
    assert_string_equal(decided(v, AN_REPORTED_LABEL), "score");
    v.rules |= AN_RULE_HOSTILE | AN_RULE_OWN_EVIDENCE;
    assert_string_equal(decided(v, AN_REPORTED_LABEL), "hostile");
    v.action = AN_ACTION_ALLOW;
    assert_string_equal(decided(v, AN_REPORTED_LABEL), "score");
    v.rules = AN_RULE_EXPECTED;
    assert_string_equal(decided(v, AN_REPORTED_LABEL), "expected");
    v.rules |= AN_RULE_LABELLED_UNWANTED;
    v.action = AN_ACTION_LABEL;
    assert_string_equal(decided(v, AN_REPORTED_LABEL), "labelled_unwanted");
    v.action = AN_ACTION_BLOCK;
    assert_string_equal(decided(v, AN_REPORTED_LABEL), "score");
    v.rules = AN_RULE_LABELLED_WANTED | AN_RULE_CALLEE_REPORTED;
    assert_string_equal(decided(v, AN_REPORTED_BLOCK), "callee_reported");
    assert_string_equal(decided(v, AN_REPORTED_SCREEN), "score"); /* which blocked more than the report asks for */
    v.action = AN_ACTION_ALLOW;
    assert_string_equal(decided(v, AN_REPORTED_LABEL), "labelled_wanted");
    v.rules = AN_RULE_BLOCKED | AN_RULE_RELATION;
    assert_string_equal(decided(v, AN_REPORTED_LABEL), "score");
    v.action = AN_ACTION_LABEL; /* a site that does not block */
    assert_string_equal(decided(v, AN_REPORTED_LABEL), "blocked");
    v.action = AN_ACTION_ALLOW;
    v.rules = AN_RULE_CONTACT | AN_RULE_CALLEE_REPORTED;
    assert_string_equal(decided(v, AN_REPORTED_LABEL), "contact");
    v.rules = AN_RULE_RELATION | AN_RULE_EXPLORE;
    assert_string_equal(decided(v, AN_REPORTED_LABEL), "relation");
}

static void what_was_chosen_decides_where_it_asked_for_that(void **state)
{
    (void)state;
    struct an_verdict v = { .action = AN_ACTION_SCREEN, .probability = 0.9f, .rules = AN_RULE_RANGE | AN_RULE_HOURS };
    v.chosen = chosen(AN_CHOICE_LABEL, AN_CHOSEN_RANGE) | chosen(AN_CHOICE_SCREEN, AN_CHOSEN_HOURS);
    assert_string_equal(decided(v, AN_REPORTED_LABEL), "hours");
    v.action = AN_ACTION_BLOCK;
    assert_string_equal(decided(v, AN_REPORTED_LABEL), "score");
    v.action = AN_ACTION_ALLOW;
    v.chosen = chosen(AN_CHOICE_PASS, AN_CHOSEN_RANGE) | chosen(AN_CHOICE_PASS, AN_CHOSEN_HOURS);
    assert_string_equal(decided(v, AN_REPORTED_LABEL), "range");
    v.action = AN_ACTION_LABEL; /* hours were not asked any more */
    v.chosen = chosen(AN_CHOICE_PASS, AN_CHOSEN_RANGE) | chosen(AN_CHOICE_LABEL, AN_CHOSEN_HOURS);
    assert_string_equal(decided(v, AN_REPORTED_LABEL), "score");
    v.rules = AN_RULE_CATEGORY;
    v.chosen = chosen(AN_CHOICE_BLOCK, AN_CHOSEN_CATEGORY);
    v.action = AN_ACTION_BLOCK;
    assert_string_equal(decided(v, AN_REPORTED_LABEL), "score");
    v.rules |= AN_RULE_OWN_EVIDENCE;
    assert_string_equal(decided(v, AN_REPORTED_LABEL), "category");
    v.probability = 0.4f;
    assert_string_equal(decided(v, AN_REPORTED_LABEL), "score");
    v.action = AN_ACTION_ALLOW;
    v.chosen = chosen(AN_CHOICE_PASS, AN_CHOSEN_CATEGORY);
    v.category = AN_CATEGORY_AUTOMATED;
    assert_string_equal(decided(v, AN_REPORTED_LABEL), "category");
}

static void rules_speak_to_their_reader(void **state)
{
    (void)state;
    struct an_verdict v = { .action = AN_ACTION_ALLOW, .rules = AN_RULE_EXPECTED };
    v.chosen = (uint16_t)((1 + AN_EXPECTED_DELIVERY) << AN_CHOSEN_EXPECTED);
    const struct an_rule_text *rule = an_plain_decided(&v, AN_REPORTED_LABEL);
    char text[AN_RULE_SENTENCE_MAX];
    an_rule_sentence(an_plain_rule(rule, AN_READER_CALLED), &v, false, text, sizeof text);
    assert_string_equal(text, "You are expecting a delivery, and this call could be it.");
    an_rule_sentence(an_plain_rule(rule, AN_READER_CALLED), &v, true, text, sizeof text);
    assert_non_null(strstr(text, "您正在等待"));
    assert_ptr_equal(an_plain_rule(rule, AN_READER_DESK), rule);
    for (int i = 0; i < AN_RULE_TEXTS; i++) { /* nobody is spoken of as somebody else */
        const struct an_rule_text *told = an_plain_rule(&an_rule_texts[i], AN_READER_CALLED);
        assert_null(strstr(told->en, "person called"));
        assert_null(strstr(told->zh, "被叫"));
        assert_true(strlen(told->en) > 1 && told->en[strlen(told->en) - 1] == '.');
    }
}

/* The share a call reached is below the one that blocks, however close, and neither is 100%. */
static void why_it_was_not_blocked(void **state)
{
    (void)state;
    static const struct {
        float is, from;
        const char *en;
    } cases[] = {
        { 0.999f, 0.99943f,
          "at your level (standard) that takes a certainty of 99.95% or more, and this call reached 99.90%." },
        { 0.999425f, 0.99943f, "a certainty of 99.95% or more, and this call reached 99.94%." },
        { 0.91f, 0.9933f, "a certainty of 99.33% or more, and this call reached 91%." },
        { 0.99995f, 0.99999f, "a certainty of 99.999% or more, and this call reached 99.99%." },
    };
    struct an_sentence text;
    struct an_reason reason;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_true(an_plain_unblocked(AN_UNBLOCKED_UNSURE, AN_READER_CALLED, AN_LEVEL_STANDARD, cases[i].is,
                                       cases[i].from, &text, &reason));
        if (strstr(reason.en, cases[i].en) == NULL) fail_msg("%s", reason.en);
        assert_null(strstr(reason.zh, "100%"));
    }
    assert_string_equal(reason.name, "not_sure");
    assert_float_equal(reason.weight, 0, 0);
    assert_true(
        an_plain_unblocked(AN_UNBLOCKED_UNSURE, AN_READER_CALLED, AN_LEVEL_COUNT, 0.953f, 0.9933f, &text, &reason));
    assert_string_equal(reason.zh, "没有拦截：按您的设置，把握达到99.33%才会拦截，这个来电为95%。");
    for (int why = AN_UNBLOCKED_HERE; why <= AN_UNBLOCKED_DEARER; why++) {
        assert_true(an_plain_unblocked((enum an_unblocked)why, AN_READER_CALLED, AN_LEVEL_LOOSE, 0.99f, 0.9999f, &text,
                                       &reason));
        assert_null(strstr(reason.en, "person called"));
        assert_null(strstr(reason.zh, "被叫"));
        assert_true(
            an_plain_unblocked((enum an_unblocked)why, AN_READER_DESK, AN_LEVEL_LOOSE, 0.99f, 0.9999f, &text, &reason));
        assert_null(strstr(reason.en, "your"));
        assert_null(strstr(reason.zh, "您"));
    }
    assert_false(
        an_plain_unblocked(AN_UNBLOCKED_NOT, AN_READER_CALLED, AN_LEVEL_LOOSE, 0.99f, 0.9999f, &text, &reason));
}

static void features_share_plain_sentences(void **state)
{
    (void)state;
    struct an_reason r[AN_PLAIN_MAX];
    const struct an_plain_part parts[] = {
        { AN_F_NUMBER_STRANGERS_1H, 60 }, { AN_F_SHAPE_REFUSED, 120 },      { AN_F_NUMBER_STRANGERS_1D, 90 },
        { AN_F_RELATION_REFUSED, 70 },    { AN_F_NUMBER_CALLED_BACK, -30 }, { AN_F_SHAPE_REFUSED, 120 },
        { AN_F_REGISTERED, 20 }, /* that it is no firm's is not held against it in words */
    };
    size_t count = sizeof parts / sizeof parts[0];
    assert_int_equal(an_plain_reasons(parts, count, AN_READER_CALLED, true, r), 4);
    assert_string_equal(r[0].name, "STRANGERS");
    assert_float_equal(r[0].weight, 1.5f, 0.001f);
    assert_string_equal(r[1].name, "ALIKE");
    assert_float_equal(r[1].weight, 1.2f, 0.001f); /* the symbol of the same feature is not a second reason */
    assert_string_equal(r[2].en, "You refused or reported this number before");
    assert_string_equal(r[3].zh, "人们会回拨该号码");
    assert_int_equal(an_plain_reasons(parts, count, AN_READER_CALLER, true, r), 2);
    assert_int_equal(an_plain_reasons(parts + 6, 1, AN_READER_CALLER, true, r), 1);
    assert_string_equal(r[0].name, "WHOLE");
    assert_int_equal(an_plain_reasons(parts + 6, 1, AN_READER_CALLED, false, r), 0);
}

/* Neither a word of the operators' nor "he" of the one who reads. */
static void no_feature_is_told_in_jargon(void **state)
{
    (void)state;
    static const char *const jargon[] = {
        "trunk", "build", "callee", "ratio", "he ", "中继", "信令", "被叫", "该用户"
    };
    for (int feature = 0; feature < AN_FEATURE_COUNT; feature++) {
        for (int weight = -1; weight <= 1; weight += 2) {
            struct an_reason r[AN_PLAIN_MAX];
            const struct an_plain_part part = { feature, weight };
            size_t count = an_plain_reasons(&part, 1, AN_READER_CALLED, false, r);
            assert_in_range(count, 0, 1);
            for (size_t k = 0; count > 0 && k < sizeof jargon / sizeof jargon[0]; k++) {
                const char *en = strstr(r[0].en, jargon[k]);
                assert_true(en == NULL || (k == 4 && en > r[0].en && en[-1] != ' '));
                assert_null(strstr(r[0].zh, jargon[k]));
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_what_decided_is_a_reason),
        cmocka_unit_test(what_was_chosen_decides_where_it_asked_for_that),
        cmocka_unit_test(rules_speak_to_their_reader),
        cmocka_unit_test(why_it_was_not_blocked),
        cmocka_unit_test(features_share_plain_sentences),
        cmocka_unit_test(no_feature_is_told_in_jargon),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
