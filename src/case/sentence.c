#include "case/sentence.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

const char *an_category_en(enum an_category category)
{
    static const char *const names[AN_CATEGORY_COUNT] = {
        "an unwanted call", "loan sales",        "debt collection",    "property sales", "renovation sales",
        "course sales",     "insurance sales",   "medical sales",      "stock tips",     "telemarketing",
        "suspected fraud",  "an automated call", "a call by a person",
    };
    return (unsigned)category < AN_CATEGORY_COUNT ? names[category] : names[0];
}

/* What a call looks like, to the person called; NULL: nothing that is worth saying. */
static const struct {
    const char *en, *zh;
} looks[AN_CATEGORY_COUNT] = {
    [AN_CATEGORY_LOAN] = { "loan sales", "贷款理财推销" },
    [AN_CATEGORY_DEBT] = { "debt collection", "债务催收" },
    [AN_CATEGORY_PROPERTY] = { "property sales", "房产推销" },
    [AN_CATEGORY_RENOVATION] = { "renovation sales", "装修推销" },
    [AN_CATEGORY_EDUCATION] = { "course sales", "教育培训推销" },
    [AN_CATEGORY_INSURANCE] = { "insurance sales", "保险推销" },
    [AN_CATEGORY_MEDICAL] = { "medical sales", "医疗推销" },
    [AN_CATEGORY_STOCKS] = { "stock tips", "荐股推销" },
    [AN_CATEGORY_MARKETING] = { "telemarketing", "营销推广" },
    [AN_CATEGORY_FRAUD] = { "fraud", "诈骗电话" },
    [AN_CATEGORY_AUTOMATED] = { "an automated call", "自动语音来电" },
};

static const char *const done_zh[AN_ACTION_COUNT] = { "这个来电已正常接通", "这个来电已接通，并带有提示",
                                                      "这个来电先由助手接听", "这个来电已被拦截" };
static const char *const done_en[AN_ACTION_COUNT] = { "This call was put through.",
                                                      "This call was put through with a label.",
                                                      "This call was answered by the assistant first.",
                                                      "This call was blocked." };

static void add(char *out, const char *text)
{
    size_t len = strlen(out);
    snprintf(out + len, AN_SENTENCE_MAX - len, "%s", text);
}

static bool ends_in(const char *text, const char *stop)
{
    size_t len = strlen(text), stop_len = strlen(stop);
    return len >= stop_len && strcmp(text + len - stop_len, stop) == 0;
}

/* A sentence of its own, with a stop whether it brings one or not. */
static void add_sentence(struct an_sentence *s, const char *zh, const char *en)
{
    add(s->zh, zh);
    if (!ends_in(zh, "。")) add(s->zh, "。");
    add(s->en, " ");
    add(s->en, en);
    if (!ends_in(en, ".")) add(s->en, ".");
}

static const struct an_reason *strongest(const struct an_sentence_call *call, bool against)
{
    for (size_t i = 0; i < call->reason_count; i++) {
        const struct an_reason *reason = &call->reasons[i];
        if (reason->zh != NULL && reason->en != NULL && reason->weight != 0 && (reason->weight > 0) == against)
            return reason;
    }
    return NULL;
}

/* Why the score let a call pass. */
static void add_passed(const struct an_sentence_call *call, struct an_sentence *s)
{
    const struct an_reason *reason = strongest(call, false);
    if (call->probability >= AN_SENTENCE_DOUBT)
        add_sentence(s, "虽有可疑之处，但依据不足以处置", "Something speaks against it, but not enough");
    else if (reason != NULL)
        add_sentence(s, reason->zh, reason->en);
    else if (strongest(call, true) != NULL)
        add_sentence(s, "没有多少可疑之处", "Little speaks against it");
    else
        add_sentence(s, "没有发现可疑之处", "Nothing speaks against it");
}

void an_sentence_of(const struct an_sentence_call *call, struct an_sentence *ret_sentence)
{
    struct an_sentence *s = ret_sentence;
    unsigned action = call->action < AN_ACTION_COUNT ? call->action : AN_ACTION_ALLOW;
    const struct an_reason *reason = strongest(call, true);
    s->zh[0] = s->en[0] = '\0';
    add(s->zh, done_zh[action]);
    add(s->en, done_en[action]);
    if (action != AN_ACTION_ALLOW && call->category < AN_CATEGORY_COUNT && looks[call->category].zh != NULL) {
        add(s->zh, "，看起来像是");
        add(s->zh, looks[call->category].zh);
        add(s->en, " It looks like ");
        add(s->en, looks[call->category].en);
        add(s->en, ".");
    }
    add(s->zh, "。");
    if (call->rule_zh != NULL && call->rule_en != NULL)
        add_sentence(s, call->rule_zh, call->rule_en);
    else if (action == AN_ACTION_ALLOW)
        add_passed(call, s);
    else if (reason != NULL)
        add_sentence(s, reason->zh, reason->en);
}

void an_certainty_of(float probability, struct an_sentence *ret_sentence)
{
    struct an_sentence *s = ret_sentence;
    int percent = (int)(probability * 100 + 0.5f);
    s->zh[0] = s->en[0] = '\0';
    if (!(probability >= 0.01f)) {
        add(s->zh, "不像是骚扰电话。");
        add(s->en, "It does not look like an unwanted call.");
    } else if (percent > 99) {
        add(s->zh, "有99%以上的把握是骚扰电话。");
        add(s->en, "Over 99% sure that it is an unwanted call.");
    } else {
        snprintf(s->zh, sizeof s->zh, "有%d%%的把握是骚扰电话。", percent);
        snprintf(s->en, sizeof s->en, "%d%% sure that it is an unwanted call.", percent);
    }
}
