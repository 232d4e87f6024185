/* Words of reports and the category they name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "case/wording.h"

static void is(const char *words, enum an_category category)
{
    if (an_wording_category(an_slice_of(words)) != category)
        fail_msg("\"%s\" is %s, not %s", words, an_category_name(an_wording_category(an_slice_of(words))),
                 an_category_name(category));
}

static void test_a_trade(void **state)
{
    (void)state;
    is("又是问我要不要贷款的", AN_CATEGORY_LOAN);
    is("说我信用卡逾期，催收", AN_CATEGORY_DEBT); /* two terms against one */
    is("XX楼盘，让我去看房", AN_CATEGORY_PROPERTY);
    is("全屋定制", AN_CATEGORY_RENOVATION);
    is("Offered me a LOAN again", AN_CATEGORY_LOAN);
    is("dental clinic", AN_CATEGORY_MEDICAL);
    is("推销", AN_CATEGORY_MARKETING);
    is("推销保险", AN_CATEGORY_INSURANCE);  /* the trade, not the selling */
    is("保险 课程", AN_CATEGORY_INSURANCE); /* as many of both: the first */
}

static void test_fraud_wins(void **state)
{
    (void)state;
    is("冒充银行让我办贷款，额度二十万，抵押", AN_CATEGORY_FRAUD);
    is("a scam, says loans, credit", AN_CATEGORY_FRAUD);
}

static void test_nothing_said(void **state)
{
    (void)state;
    is("", AN_CATEGORY_UNKNOWN);
    is("烦死了", AN_CATEGORY_UNKNOWN);
    is("不是贷款", AN_CATEGORY_UNKNOWN);
    is("it was not a loan", AN_CATEGORY_UNKNOWN);
    is("creditor's loaner", AN_CATEGORY_UNKNOWN); /* whole words only */
    is("不是贷款，是卖保险的", AN_CATEGORY_INSURANCE);
    is("\xff\xfe\xe8\xb4", AN_CATEGORY_UNKNOWN);
    is("贷\xe6", AN_CATEGORY_UNKNOWN);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_a_trade), cmocka_unit_test(test_fraud_wins),
                                        cmocka_unit_test(test_nothing_said) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
