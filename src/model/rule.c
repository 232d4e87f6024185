#include "model/rule.h"

#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "model/callee.h"

const struct an_rule_text an_rule_texts[AN_RULE_TEXTS] = {
    { AN_RULE_TO_EMERGENCY, "to_emergency", "The call goes to an emergency number: never held up.",
      "呼叫紧急号码，任何情况下都放行。" },
    { AN_RULE_PUBLIC_SERVICE, "public_service", "An emergency or public service calls: never held up.",
      "主叫是紧急或公共服务号码，任何情况下都放行。" },
    { AN_RULE_AFTER_EMERGENCY, "after_emergency",
      "The person called has just called an emergency number: every call back passes.",
      "被叫刚拨打过紧急电话，期间的回拨一律放行。" },
    { AN_RULE_OPTED_OUT, "opted_out", "The person called has switched the service off.", "被叫已关闭防骚扰服务。" },
    { AN_RULE_CONTACT, "contact", "The caller is among the contacts of the person called.",
      "主叫在被叫的联系人名单中。" },
    { AN_RULE_BLOCKED, "blocked", "The person called has blocked this number.", "被叫已将该号码加入黑名单。" },
    { AN_RULE_CALLEE_DENIES, "callee_denies",
      "The caller is on a deny list, or the person called told it to stop calling.",
      "主叫在拒接名单中，或被叫已明确要求其停止来电。" },
    { AN_RULE_RELATION, "relation", "The two know each other: they have called or talked before.",
      "双方有过往来：曾经通话或被叫曾拨打过该号码。" },
    { AN_RULE_FALLBACK, "fallback", "No judgement in time: the call passes.", "未能及时作出判定，来电放行。" },
    { AN_RULE_EXPECTED, "expected", "The person called is expecting {}, and this call could be it.",
      "被叫正在等待{}，这个来电可能就是。" },
    { AN_RULE_HOSTILE, "hostile",
      "It is of a campaign known to be hostile and looks unwanted itself, so being expected does not help it.",
      "它属于已知的恶意外呼活动，本身也像骚扰来电，因此不按“正在等待”放行。" },
    { AN_RULE_RANGE, "range", "The person called has chosen to have calls from this range of numbers {}.",
      "按被叫的设置，该号段的来电一律{}。" },
    { AN_RULE_HOURS, "hours", "The person called has chosen to have calls at this time {}.",
      "按被叫的设置，这个时段的来电一律{}。" },
    { AN_RULE_REGION, "region", "The person called has chosen to have calls from this region {}.",
      "按被叫的设置，该地区的来电一律{}。" },
    { AN_RULE_CALLEE_ALLOWS, "callee_allows", "The caller is on an allow list.", "主叫在放行名单中。" },
    { AN_RULE_LABELLED_WANTED, "labelled_wanted", "An operator decided that calls of this number are wanted.",
      "运营人员已认定该号码的来电为正常来电。" },
    { AN_RULE_CATEGORY, "category", "The person called has chosen to have calls of this kind {}.",
      "按被叫的设置，这类来电一律{}。" },
    { AN_RULE_LABELLED_UNWANTED, "labelled_unwanted", "An operator decided that calls of this number are unwanted.",
      "运营人员已认定该号码的来电为骚扰来电。" },
    { AN_RULE_CALLEE_REPORTED, "callee_reported", "The person called has reported this caller.", "被叫举报过该主叫。" },
    { AN_RULE_OWN_EVIDENCE, "own_evidence", "What this very number or line has done speaks against the call.",
      "该号码或线路自身的行为构成证据。" },
    { AN_RULE_EXPLORE, "explore", "Left as it was by chance, so that errors stay measurable.",
      "为衡量误判而随机抽中，若仅需标记或筛查则不作处理。" },
};

/* What stands for the {} of a row; a record of a newer version may hold others. */
static const char *const chosen_texts[AN_CHOICE_COUNT][2] = {
    { "treated as usual", "照常处理" },
    { "put through", "放行" },
    { "labelled", "标记" },
    { "answered by the assistant", "先由助手接听" },
    { "blocked", "拦截" },
};
static const char *const expected_texts[AN_EXPECTED_COUNT][2] = {
    { "a delivery", "快递或外卖的来电" },
    { "a call from a hospital", "医院的来电" },
    { "a call about a job interview", "面试通知的来电" },
    { "a call from a school", "学校的来电" },
    { "a call from a bank", "银行的来电" },
    { "a call about a home", "看房或物业的来电" },
    { "a call", "来电" },
};

static const char *chosen_text(const struct an_verdict *verdict, enum an_chosen field, bool zh)
{
    unsigned choice = an_chosen_get(verdict->chosen, field);
    return choice < AN_CHOICE_COUNT ? chosen_texts[choice][zh] : zh ? "按未知方式处理" : "treated in an unknown way";
}

static const char *detail(uint32_t rule, const struct an_verdict *verdict, bool zh)
{
    switch (rule) {
    case AN_RULE_RANGE: return chosen_text(verdict, AN_CHOSEN_RANGE, zh);
    case AN_RULE_HOURS: return chosen_text(verdict, AN_CHOSEN_HOURS, zh);
    case AN_RULE_REGION: return chosen_text(verdict, AN_CHOSEN_REGION, zh);
    case AN_RULE_CATEGORY: return chosen_text(verdict, AN_CHOSEN_CATEGORY, zh);
    case AN_RULE_EXPECTED: {
        unsigned kind = an_chosen_get(verdict->chosen, AN_CHOSEN_EXPECTED) - 1u;
        return kind < AN_EXPECTED_COUNT ? expected_texts[kind][zh]
               : zh                     ? "未知类别的来电"
                                        : "a call of an unknown kind";
    }
    default: return "";
    }
}

size_t an_rule_sentence(const struct an_rule_text *text, const struct an_verdict *verdict, bool zh, char *out,
                        size_t size)
{
    an_assert(text != NULL && verdict != NULL && out != NULL && size > 0);
    const char *whole = zh ? text->zh : text->en, *gap = strstr(whole, "{}");
    int n = gap == NULL
                ? snprintf(out, size, "%s", whole)
                : snprintf(out, size, "%.*s%s%s", (int)(gap - whole), whole, detail(text->rule, verdict, zh), gap + 2);
    return n < 0 ? 0 : (size_t)n < size ? (size_t)n : size - 1;
}
