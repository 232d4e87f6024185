#include "model/rule.h"

#include <stdio.h>

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
    { AN_RULE_EXPECTED, "expected", "The person called expects a call that this one could be",
      "被叫正在等待一类来电，这个来电可能就是" },
    { AN_RULE_HOSTILE, "hostile",
      "It is of a campaign that is known to be hostile and looks unwanted itself, so being expected does not help it.",
      "它属于已知的恶意外呼活动，本身也像骚扰来电，因此不按“正在等待”放行。" },
    { AN_RULE_RANGE, "range", "The person called has chosen what happens to calls of this range of numbers",
      "被叫为该号码段选择了处理方式" },
    { AN_RULE_HOURS, "hours", "The person called has chosen what happens to calls at this time",
      "被叫为该时段选择了处理方式" },
    { AN_RULE_REGION, "region", "The person called has chosen what happens to calls from this region",
      "被叫为该地区选择了处理方式" },
    { AN_RULE_CALLEE_ALLOWS, "callee_allows", "The caller is on an allow list.", "主叫在放行名单中。" },
    { AN_RULE_LABELLED_WANTED, "labelled_wanted", "An operator decided that calls of this number are wanted.",
      "运营人员已认定该号码的来电为正常来电。" },
    { AN_RULE_CATEGORY, "category", "The person called has chosen what happens to calls of this category",
      "被叫为该类来电选择了处理方式" },
    { AN_RULE_LABELLED_UNWANTED, "labelled_unwanted", "An operator decided that calls of this number are unwanted.",
      "运营人员已认定该号码的来电为骚扰来电。" },
    { AN_RULE_CALLEE_REPORTED, "callee_reported", "The person called has reported this caller.", "被叫举报过该主叫。" },
    { AN_RULE_OWN_EVIDENCE, "own_evidence", "What this very number or line has done speaks against the call.",
      "该号码或线路自身的行为构成证据。" },
    { AN_RULE_EXPLORE, "explore", "Left as it was by chance, so that errors stay measurable.",
      "为衡量误判而随机抽中，若仅需标记或筛查则不作处理。" },
};

static const char *chosen_text(const struct an_verdict *verdict, enum an_chosen field, bool zh)
{
    enum an_choice choice = (enum an_choice)an_chosen_get(verdict->chosen, field);
    return zh ? an_choice_zh(choice) : an_choice_name(choice);
}

static const char *detail(uint32_t rule, const struct an_verdict *verdict, bool zh)
{
    switch (rule) {
    case AN_RULE_RANGE: return chosen_text(verdict, AN_CHOSEN_RANGE, zh);
    case AN_RULE_HOURS: return chosen_text(verdict, AN_CHOSEN_HOURS, zh);
    case AN_RULE_REGION: return chosen_text(verdict, AN_CHOSEN_REGION, zh);
    case AN_RULE_CATEGORY: return chosen_text(verdict, AN_CHOSEN_CATEGORY, zh);
    case AN_RULE_EXPECTED: {
        enum an_expected kind = (enum an_expected)(an_chosen_get(verdict->chosen, AN_CHOSEN_EXPECTED) - 1);
        return zh ? an_expected_zh(kind) : an_expected_name(kind);
    }
    default: return NULL;
    }
}

size_t an_rule_sentence(const struct an_rule_text *text, const struct an_verdict *verdict, bool zh, char *out,
                        size_t size)
{
    an_assert(text != NULL && verdict != NULL && out != NULL && size > 0);
    const char *more = detail(text->rule, verdict, zh);
    int n = more == NULL ? snprintf(out, size, "%s", zh ? text->zh : text->en)
            : zh         ? snprintf(out, size, "%s：%s。", text->zh, more)
                         : snprintf(out, size, "%s: %s.", text->en, more);
    return n < 0 ? 0 : (size_t)n < size ? (size_t)n : size - 1;
}
