#include "case/plain.h"

#include <stdio.h>
#include <stdlib.h>

#include "model/callee.h"

enum plain {
#define AN_PLAIN(id, ...) PLAIN_##id,
#define AN_PLAIN_OF(...)
#define AN_PLAIN_RULE(...)
#include "case/plain.def"
#undef AN_PLAIN
    PLAIN_COUNT
};

static const struct {
    const char *name;
    bool private;
    const char *against_en, *against_zh, *for_en, *for_zh;
} plains[PLAIN_COUNT] = {
#define AN_PLAIN(id, ...) { #id, __VA_ARGS__ },
#include "case/plain.def"
#undef AN_PLAIN
#undef AN_PLAIN_OF
};

#define AN_PLAIN(...)
static const struct {
    int feature;
    enum plain plain;
} plain_of[] = {
#define AN_PLAIN_OF(feature, id) { AN_F_##feature, PLAIN_##id },
#include "case/plain.def"
#undef AN_PLAIN_OF
#undef AN_PLAIN_RULE
};
_Static_assert(sizeof plain_of / sizeof plain_of[0] == AN_FEATURE_COUNT, "a row of plain.def for every feature");

#define AN_PLAIN_OF(...)
static const struct an_rule_text to_called[] = {
#define AN_PLAIN_RULE(id, en, zh) { AN_RULE_##id, NULL, en, zh },
#include "case/plain.def"
#undef AN_PLAIN_RULE
};
#undef AN_PLAIN_OF
#undef AN_PLAIN

/* ---- reasons ---- */

static enum plain plain_for(int feature)
{
    for (size_t i = 0; i < AN_FEATURE_COUNT; i++)
        if (plain_of[i].feature == feature) return plain_of[i].plain;
    return PLAIN_COUNT;
}

static bool is_counted(const struct an_plain_part *parts, size_t at)
{
    for (size_t i = 0; i < at; i++)
        if (parts[i].feature == parts[at].feature) return true;
    return false;
}

static int stronger(const void *left, const void *right)
{
    const struct an_reason *a = left, *b = right;
    float x = a->weight < 0 ? -a->weight : a->weight, y = b->weight < 0 ? -b->weight : b->weight;
    return x < y ? 1 : x > y ? -1 : a->name < b->name ? -1 : a->name > b->name;
}

size_t an_plain_reasons(const struct an_plain_part *parts, size_t count, enum an_reader reader, bool unwanted,
                        struct an_reason *ret_reasons)
{
    int weights[PLAIN_COUNT + 1] = { 0 };
    size_t said = 0;
    bool against = false;
    for (size_t i = 0; i < count; i++)
        if (!is_counted(parts, i)) weights[plain_for(parts[i].feature)] += parts[i].weight;
    for (int p = 0; p < PLAIN_COUNT && said < AN_PLAIN_MAX - 1; p++) {
        const char *en = weights[p] > 0 ? plains[p].against_en : plains[p].for_en;
        const char *zh = weights[p] > 0 ? plains[p].against_zh : plains[p].for_zh;
        if (weights[p] == 0 || en == NULL) continue;
        if (reader == AN_READER_CALLER && (plains[p].private || weights[p] < 0)) continue;
        ret_reasons[said++] = (struct an_reason) { plains[p].name, zh, en, (float)weights[p] / 100 };
        against = against || weights[p] > 0;
    }
    qsort(ret_reasons, said, sizeof *ret_reasons, stronger);
    if (unwanted && !against)
        ret_reasons[said++] = (struct an_reason) { plains[PLAIN_WHOLE].name, plains[PLAIN_WHOLE].against_zh,
                                                   plains[PLAIN_WHOLE].against_en, 0.01f };
    return said;
}

/* ---- rules ---- */

/* Whether choosing this led to the action: what the site has switched off falls to the next milder, so a choice as
 * strict as the action, or stricter, is what asked for it. */
static bool asked_for(unsigned choice, unsigned action)
{
    static const unsigned actions[AN_CHOICE_COUNT] = {
        [AN_CHOICE_LABEL] = AN_ACTION_LABEL,
        [AN_CHOICE_SCREEN] = AN_ACTION_SCREEN,
        [AN_CHOICE_BLOCK] = AN_ACTION_BLOCK,
    };
    if (action == AN_ACTION_ALLOW) return choice == AN_CHOICE_PASS;
    return choice < AN_CHOICE_COUNT && actions[choice] >= action;
}

/* decide/ asks ranges, hours and regions in this order, and no further after one that lets pass. */
static uint32_t own_choice(const struct an_verdict *v)
{
    static const enum an_chosen order[] = { AN_CHOSEN_RANGE, AN_CHOSEN_HOURS, AN_CHOSEN_REGION };
    static const uint32_t rules[] = { AN_RULE_RANGE, AN_RULE_HOURS, AN_RULE_REGION };
    for (size_t i = 0; i < sizeof order / sizeof order[0]; i++) {
        unsigned choice = an_chosen_get(v->chosen, order[i]);
        if (asked_for(choice, v->action)) return rules[i];
        if (choice == AN_CHOICE_PASS) break;
    }
    return 0;
}

/* A choice of a category is asked only where the score holds the call for unwanted, and blocks only where the call's
 * own number speaks. */
static bool by_category(const struct an_verdict *v)
{
    unsigned choice = an_chosen_get(v->chosen, AN_CHOSEN_CATEGORY);
    if (!(v->rules & AN_RULE_CATEGORY)) return false;
    if (v->probability < 0.5f && v->category != AN_CATEGORY_AUTOMATED) return false;
    if (v->action == AN_ACTION_BLOCK && !(v->rules & AN_RULE_OWN_EVIDENCE)) return false;
    return asked_for(choice, v->action);
}

static uint32_t touching_rule(const struct an_verdict *v, enum an_reported reported)
{
    const uint32_t refuses = AN_RULE_BLOCKED | AN_RULE_CALLEE_DENIES;
    uint32_t own = own_choice(v);
    if (v->rules & refuses) return v->rules & AN_RULE_BLOCKED ? AN_RULE_BLOCKED : AN_RULE_CALLEE_DENIES;
    if (own != 0) return own;
    if (v->rules & AN_RULE_CALLEE_REPORTED && (unsigned)reported + AN_ACTION_LABEL >= v->action)
        return AN_RULE_CALLEE_REPORTED;
    if (by_category(v)) return AN_RULE_CATEGORY;
    if (v->rules & AN_RULE_LABELLED_UNWANTED && v->action == AN_ACTION_LABEL) return AN_RULE_LABELLED_UNWANTED;
    return v->rules & AN_RULE_HOSTILE;
}

static uint32_t passing_rule(const struct an_verdict *v)
{
    static const uint32_t always[] = { AN_RULE_TO_EMERGENCY, AN_RULE_PUBLIC_SERVICE, AN_RULE_AFTER_EMERGENCY,
                                       AN_RULE_OPTED_OUT, AN_RULE_CONTACT };
    const uint32_t against = AN_RULE_HOSTILE | AN_RULE_CALLEE_REPORTED | AN_RULE_LABELLED_UNWANTED;
    for (size_t i = 0; i < sizeof always / sizeof always[0]; i++)
        if (v->rules & always[i]) return always[i];
    if (v->rules & (AN_RULE_BLOCKED | AN_RULE_CALLEE_DENIES)) return 0; /* a site that neither blocks nor labels */
    if (v->rules & AN_RULE_RELATION) return AN_RULE_RELATION;
    if (v->rules & AN_RULE_FALLBACK) return AN_RULE_FALLBACK;
    if ((v->rules & (AN_RULE_EXPECTED | against)) == AN_RULE_EXPECTED) return AN_RULE_EXPECTED;
    uint32_t own = own_choice(v);
    if (own != 0) return own;
    if (v->rules & AN_RULE_CALLEE_ALLOWS) return AN_RULE_CALLEE_ALLOWS;
    if (v->rules & AN_RULE_LABELLED_WANTED) return AN_RULE_LABELLED_WANTED;
    return by_category(v) ? AN_RULE_CATEGORY : 0;
}

static const struct an_rule_text *row_of(const struct an_rule_text *rows, size_t count, uint32_t rule)
{
    for (size_t i = 0; i < count; i++)
        if (rows[i].rule == rule) return &rows[i];
    return NULL;
}

const struct an_rule_text *an_plain_decided(const struct an_verdict *verdict, enum an_reported reported)
{
    uint32_t rule = verdict->action == AN_ACTION_ALLOW ? passing_rule(verdict) : touching_rule(verdict, reported);
    return row_of(an_rule_texts, AN_RULE_TEXTS, rule);
}

const struct an_rule_text *an_plain_rule(const struct an_rule_text *rule, enum an_reader reader)
{
    const struct an_rule_text *told = NULL;
    if (reader == AN_READER_CALLED) told = row_of(to_called, sizeof to_called / sizeof to_called[0], rule->rule);
    return told != NULL ? told : rule;
}

/* ---- why not blocked ---- */

struct share {
    char text[16];
};

/* As few decimals as tell a share from the whole: 0.99943 is 99.95% rounded up, 99.94% rounded down. */
static struct share share_of(double value, bool up)
{
    struct share share = { "100%" };
    double scale = 1;
    for (int decimals = 0; decimals <= 4; decimals++, scale *= 10) {
        double scaled = value * 100 * scale, whole = (double)(int64_t)scaled;
        if (up && scaled - whole > 1e-3) whole++; /* costs are floats: 99.990001 is 99.99 */
        if (whole >= 100 * scale || (decimals < 2 && value > 0.99)) continue;
        snprintf(share.text, sizeof share.text, "%.*f%%", decimals, whole / scale);
        break;
    }
    return share;
}

static void not_sure(bool desk, bool expecting, enum an_level level, float probability, float from,
                     struct an_sentence *text)
{
    static const char *const levels[AN_LEVEL_COUNT][2] = { { "loose", "宽松" },
                                                           { "standard", "标准" },
                                                           { "strict", "严格" } };
    struct share least = share_of((double)from, true), is = share_of((double)probability, false);
    char at_zh[64], at_en[96];
    if ((unsigned)level < AN_LEVEL_COUNT) {
        snprintf(at_zh, sizeof at_zh, desk ? "按被叫的守护力度（%s）" : "按您的守护力度（%s）", levels[level][1]);
        snprintf(at_en, sizeof at_en, desk ? "at the level of the person called (%s)" : "at your level (%s)",
                 levels[level][0]);
    } else {
        snprintf(at_zh, sizeof at_zh, desk ? "按被叫的设置" : "按您的设置");
        snprintf(at_en, sizeof at_en, desk ? "by the settings of the person called" : "by your settings");
    }
    snprintf(text->zh, sizeof text->zh, "没有拦截：%s%s，把握达到%s才会拦截，这个来电为%s。", at_zh,
             !expecting ? ""
             : desk     ? "，且被叫正在等待来电"
                        : "，且您正在等待来电",
             least.text, is.text);
    snprintf(text->en, sizeof text->en,
             "It was not blocked: %s%s that takes a certainty of %s or more, and this call reached %s.", at_en,
             expecting ? ", and while a call is expected," : "", least.text, is.text);
}

bool an_plain_unblocked(enum an_unblocked why, enum an_reader reader, enum an_level level, float probability,
                        float from, struct an_sentence *text, struct an_reason *ret_reason)
{
    const char *name = "not_sure", *zh = NULL, *en = NULL;
    bool desk = reader == AN_READER_DESK;
    switch (why) {
    case AN_UNBLOCKED_HERE:
        name = "not_blocked_here";
        zh = "没有拦截，因为本网络未启用拦截。";
        en = "It was not blocked because this network does not block calls.";
        break;
    case AN_UNBLOCKED_EXPECTING:
        name = "expecting";
        zh = desk ? "没有拦截，因为被叫正在等待一个来电。" : "没有拦截，因为您正在等待一个来电。";
        en = desk ? "It was not blocked because the person called is expecting a call."
                  : "It was not blocked because you are expecting a call.";
        break;
    case AN_UNBLOCKED_OTHERS:
        name = "others_only";
        zh = "没有拦截，因为依据主要来自与它相似的其他来电，该号码自身的来电还不足以说明问题。";
        en =
            "It was not blocked because it is other, similar calls that speak against it: this number's own calls have "
            "not shown enough.";
        break;
    case AN_UNBLOCKED_UNSURE:
    case AN_UNBLOCKED_DEARER: not_sure(desk, why == AN_UNBLOCKED_DEARER, level, probability, from, text); break;
    default: return false;
    }
    if (zh != NULL) {
        snprintf(text->zh, sizeof text->zh, "%s", zh);
        snprintf(text->en, sizeof text->en, "%s", en);
    }
    *ret_reason = (struct an_reason) { name, text->zh, text->en, 0 };
    return true;
}
