#include "api/api.h"

#include "score/symbols.h"

static const struct {
    uint16_t rule;
    const char *name;
} rules[] = {
    { AN_RULE_CALLEE_DENIES, "callee_denies" },
    { AN_RULE_CALLEE_ALLOWS, "callee_allows" },
    { AN_RULE_RELATION, "relation" },
    { AN_RULE_PUBLIC_SERVICE, "public_service" },
    { AN_RULE_AFTER_EMERGENCY, "after_emergency" },
    { AN_RULE_TO_EMERGENCY, "to_emergency" },
    { AN_RULE_OWN_EVIDENCE, "own_evidence" },
    { AN_RULE_EXPLORE, "explore" },
    { AN_RULE_FALLBACK, "fallback" },
    { AN_RULE_CALLEE_REPORTED, "callee_reported" },
    { AN_RULE_LABELLED_UNWANTED, "labelled_unwanted" },
    { AN_RULE_LABELLED_WANTED, "labelled_wanted" },
};

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
    an_text_json_key(out, "rules");
    an_text_puts(out, "[");
    bool first = true;
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        if (!(verdict->rules & rules[i].rule)) continue;
        if (!first) an_text_puts(out, ",");
        an_text_json(out, an_slice_of(rules[i].name));
        first = false;
    }
    an_text_puts(out, "]");
    an_text_json_key(out, "symbols");
    an_text_puts(out, "[");
    for (unsigned i = 0; i < verdict->symbol_count && i < AN_VERDICT_SYMBOLS_MAX; i++) {
        if (i > 0) an_text_puts(out, ",");
        symbol_json(out, &verdict->symbols[i]);
    }
    an_text_puts(out, "]");
    if (verdict->campaign != 0) an_text_json_pair_u64(out, "campaign", verdict->campaign);
    model_json(out, verdict);
    an_text_json_pair_u64(out, "score_version", verdict->score_version);
    for (int i = 0; i < 16; i++) version[i] = "0123456789abcdef"[verdict->settings_version >> (60 - 4 * i) & 15];
    version[16] = '\0';
    an_text_json_pair(out, "settings_version", version);
    if (sip != NULL && sip->status != 0) sip_json(out, sip);
}
