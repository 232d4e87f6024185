#include "case/sentence.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { REASONS_SAID = 2 };

const char *an_category_en(enum an_category category)
{
    static const char *const names[AN_CATEGORY_COUNT] = {
        "an unwanted call", "loan sales",        "debt collection",    "property sales", "renovation sales",
        "course sales",     "insurance sales",   "medical sales",      "stock tips",     "telemarketing",
        "suspected fraud",  "an automated call", "a call by a person",
    };
    return (unsigned)category < AN_CATEGORY_COUNT ? names[category] : names[0];
}

static const char *const done_zh[AN_ACTION_COUNT] = { "这个来电正常接通", "这个来电接通时带有提示",
                                                      "这个来电先由助手接听", "这个来电被拦截" };
static const char *const done_en[AN_ACTION_COUNT] = { "This call was put through",
                                                      "This call was put through with a label",
                                                      "This call was sent to the assistant first",
                                                      "This call was blocked" };

static void add(char *out, const char *text)
{
    size_t len = strlen(out);
    snprintf(out + len, AN_SENTENCE_MAX - len, "%s", text);
}

/* Reasons that speak for what was done; texts are joined with a separator. */
static size_t add_reasons(const struct an_sentence_call *call, struct an_sentence *s)
{
    bool against = call->action != AN_ACTION_ALLOW;
    size_t said = 0;
    for (size_t i = 0; i < call->reason_count && said < REASONS_SAID; i++) {
        const struct an_reason *reason = &call->reasons[i];
        if (reason->zh == NULL || reason->en == NULL || reason->weight == 0 || (reason->weight > 0) != against)
            continue;
        add(s->zh, said == 0 ? "：" : "，");
        add(s->en, said == 0 ? ": " : "; ");
        add(s->zh, reason->zh);
        add(s->en, reason->en);
        said++;
    }
    return said;
}

void an_sentence_of(const struct an_sentence_call *call, struct an_sentence *ret_sentence)
{
    struct an_sentence *s = ret_sentence;
    unsigned action = call->action < AN_ACTION_COUNT ? call->action : AN_ACTION_ALLOW;
    enum an_category category = (enum an_category)call->category;
    s->zh[0] = s->en[0] = '\0';
    add(s->zh, done_zh[action]);
    add(s->en, done_en[action]);
    bool named = action != AN_ACTION_ALLOW && category != AN_CATEGORY_UNKNOWN && category != AN_CATEGORY_PERSON;
    if (named) {
        add(s->zh, "，看起来是");
        add(s->zh, an_category_zh(category));
        add(s->en, ", it looks like ");
        add(s->en, an_category_en(category));
    }
    if (call->rule_zh != NULL && call->rule_en != NULL) {
        add(s->zh, "：");
        add(s->zh, call->rule_zh);
        add(s->en, ": ");
        add(s->en, call->rule_en);
    } else if (add_reasons(call, s) == 0 && action == AN_ACTION_ALLOW) {
        add(s->zh, "：没有什么不对劲");
        add(s->en, ": nothing spoke against it");
    }
    add(s->zh, "。");
    add(s->en, ".");
}
