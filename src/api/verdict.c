#include "api/api.h"

#include "model/callee.h"
#include "model/rule.h"
#include "score/symbols.h"

static void symbol_json(struct an_text *out, const struct an_verdict_symbol *symbol)
{
    struct an_symbol_text text = an_symbol_text(symbol->id);
    an_text_puts(out, "{");
    an_text_json_pair(out, "name", text.name);
    an_text_json_key(out, "weight");
    an_text_json_number(out, symbol->weight / 100.0, 2);
    an_text_json_pair(out, "en", text.en);
    an_text_json_pair(out, "zh", text.zh);
    an_text_puts(out, "}");
}

static void cause_json(struct an_text *out, const struct an_verdict *verdict, const struct an_verdict_cause *cause)
{
    bool known = cause->feature < AN_FEATURE_COUNT; /* or a newer version wrote it */
    an_text_puts(out, "{");
    an_text_json_pair(out, "feature", known ? an_feature_info[cause->feature].name : "unknown");
    an_text_json_key(out, "weight");
    an_text_json_number(out, cause->weight / 100.0, 2);
    if (known) {
        an_text_json_key(out, "value");
        an_text_json_number(out, (double)an_mini_float(verdict->features[cause->feature]), 5);
        an_text_json_pair(out, "unit", an_feature_info[cause->feature].unit);
        an_text_json_pair(out, "en", an_feature_info[cause->feature].en);
        an_text_json_pair(out, "zh", an_feature_info[cause->feature].zh);
    }
    an_text_puts(out, "}");
}

/* Of a learned model; nothing where hand-set weights judged. */
static void model_json(struct an_text *out, const struct an_verdict *verdict)
{
    if (verdict->cause_count > 0) {
        an_text_json_key(out, "causes");
        an_text_puts(out, "[");
        for (unsigned i = 0; i < verdict->cause_count && i < AN_VERDICT_CAUSES_MAX; i++) {
            if (i > 0) an_text_puts(out, ",");
            cause_json(out, verdict, &verdict->causes[i]);
        }
        an_text_puts(out, "]");
    }
    if (!verdict->has_shadow) return;
    an_text_json_key(out, "shadow_score");
    an_text_json_number(out, (double)verdict->shadow_probability, 6);
}

/* The names, for programs; the sentences, for people; and what the callee's own settings said. */
static void rules_json(struct an_text *out, const struct an_verdict *verdict)
{
    char sentence[AN_RULE_SENTENCE_MAX];
    for (int sentences = 0; sentences < 2; sentences++) {
        bool first = true;
        an_text_json_key(out, sentences ? "because" : "rules");
        an_text_puts(out, "[");
        for (int i = 0; i < AN_RULE_TEXTS; i++) {
            const struct an_rule_text *text = &an_rule_texts[i];
            if (!(verdict->rules & text->rule)) continue;
            if (!first) an_text_puts(out, ",");
            first = false;
            if (!sentences) {
                an_text_json(out, an_slice_of(text->name));
                continue;
            }
            an_text_puts(out, "{");
            an_text_json_pair(out, "rule", text->name);
            an_rule_sentence(text, verdict, false, sentence, sizeof sentence);
            an_text_json_pair(out, "en", sentence);
            an_rule_sentence(text, verdict, true, sentence, sizeof sentence);
            an_text_json_pair(out, "zh", sentence);
            an_text_puts(out, "}");
        }
        an_text_puts(out, "]");
    }
}

static void callee_json(struct an_text *out, const struct an_verdict *verdict)
{
    static const struct {
        enum an_chosen field;
        const char *name;
    } fields[] = { { AN_CHOSEN_RANGE, "range" },
                   { AN_CHOSEN_HOURS, "hours" },
                   { AN_CHOSEN_REGION, "region" },
                   { AN_CHOSEN_CATEGORY, "category" } };
    if (verdict->callee_version == 0) return;
    an_text_json_key(out, "callee");
    an_text_puts(out, "{");
    an_text_json_pair_u64(out, "version", verdict->callee_version);
    unsigned expected = an_chosen_get(verdict->chosen, AN_CHOSEN_EXPECTED);
    if (expected != 0) an_text_json_pair(out, "expected", an_expected_name((enum an_expected)(expected - 1)));
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        unsigned choice = an_chosen_get(verdict->chosen, fields[i].field);
        if (choice != AN_CHOICE_DEFAULT) an_text_json_pair(out, fields[i].name, an_choice_name((enum an_choice)choice));
    }
    an_text_puts(out, "}");
}

static void sip_json(struct an_text *out, const struct an_api_sip *sip)
{
    an_text_json_key(out, "sip");
    an_text_puts(out, "{");
    an_text_json_pair_u64(out, "status", sip->status);
    if (sip->contact[0] != '\0') an_text_json_pair(out, "contact", sip->contact);
    if (sip->label[0] != '\0') an_text_json_pair(out, "label", sip->label);
    an_text_puts(out, "}");
}

void an_api_verdict_json(struct an_text *out, const struct an_verdict *verdict, const struct an_api_sip *sip)
{
    an_assert(out != NULL && verdict != NULL);
    char token[AN_TOKEN_TEXT_MAX], version[17];
    an_token_text(&verdict->token, token);
    an_text_json_pair(out, "token", token);
    an_text_json_pair(out, "action", an_action_name((enum an_action)verdict->action));
    an_text_json_key(out, "score");
    an_text_json_number(out, (double)verdict->probability, 6);
    an_text_json_key(out, "log_odds");
    an_text_json_number(out, (double)verdict->log_odds, 4);
    an_text_json_pair(out, "category", an_category_name((enum an_category)verdict->category));
    an_text_json_pair(out, "category_zh", an_category_zh((enum an_category)verdict->category));
    an_text_json_pair(out, "level", an_level_name((enum an_level)verdict->level));
    rules_json(out, verdict);
    an_text_json_key(out, "symbols");
    an_text_puts(out, "[");
    for (unsigned i = 0; i < verdict->symbol_count && i < AN_VERDICT_SYMBOLS_MAX; i++) {
        if (i > 0) an_text_puts(out, ",");
        symbol_json(out, &verdict->symbols[i]);
    }
    an_text_puts(out, "]");
    if (verdict->campaign != 0) an_text_json_pair_u64(out, "campaign", verdict->campaign);
    model_json(out, verdict);
    callee_json(out, verdict);
    an_text_json_pair_u64(out, "score_version", verdict->score_version);
    for (int i = 0; i < 16; i++) version[i] = "0123456789abcdef"[verdict->settings_version >> (60 - 4 * i) & 15];
    version[16] = '\0';
    an_text_json_pair(out, "settings_version", version);
    if (sip != NULL && sip->status != 0) sip_json(out, sip);
}
