#include "decide/decide.h"

#include "base/err.h"

struct choice {
    enum an_action action;
    float cost;
};

static bool switched_on(const struct an_policy *policy, enum an_action action)
{
    switch (action) {
    case AN_ACTION_LABEL: return policy->label;
    case AN_ACTION_SCREEN: return policy->screen;
    case AN_ACTION_BLOCK: return policy->block;
    default: return true;
    }
}

/* Ties go to the milder action: the costs are compared in order of severity. */
static enum an_action cheapest(const struct an_policy *policy, enum an_level level, float p, bool may_block)
{
    const struct an_costs *c = &policy->costs[level];
    const float q = 1.0f - p;
    const float cost[AN_ACTION_COUNT] = {
        [AN_ACTION_ALLOW] = p * c->unwanted_ring,
        [AN_ACTION_LABEL] = p * c->unwanted_ring * (1.0f - c->label_relief) + q * c->wrong_label,
        [AN_ACTION_SCREEN] = p * c->screen_unwanted + q * c->screen_wanted,
        [AN_ACTION_BLOCK] = q * c->missed_wanted,
    };
    struct choice best = { AN_ACTION_ALLOW, cost[AN_ACTION_ALLOW] };
    for (int a = AN_ACTION_LABEL; a < AN_ACTION_COUNT; a++) {
        if (!switched_on(policy, (enum an_action)a) || (a == AN_ACTION_BLOCK && !may_block)) continue;
        if (cost[a] < best.cost) best = (struct choice) { (enum an_action)a, cost[a] };
    }
    return best.action;
}

/* The callee's own word, as the site wants it obeyed; what it does not use falls to the next milder. */
static enum an_action reported_action(const struct an_policy *policy)
{
    enum an_action action = policy->reported == AN_REPORTED_BLOCK    ? AN_ACTION_BLOCK
                            : policy->reported == AN_REPORTED_SCREEN ? AN_ACTION_SCREEN
                                                                     : AN_ACTION_LABEL;
    while (action > AN_ACTION_ALLOW && !switched_on(policy, action)) action--;
    return action;
}

/* By the score, and by an operator's label where there is one. */
static enum an_action scored_action(const struct an_policy *policy, enum an_level level, float probability,
                                    unsigned rules)
{
    if (rules & AN_RULE_LABELLED_WANTED) return AN_ACTION_ALLOW;
    enum an_action action = cheapest(policy, level, probability, rules & AN_RULE_OWN_EVIDENCE);
    bool doubtful = action == AN_ACTION_LABEL || action == AN_ACTION_SCREEN;
    bool labelled = rules & AN_RULE_LABELLED_UNWANTED && policy->label;
    if (labelled && action == AN_ACTION_ALLOW) return AN_ACTION_LABEL;
    return doubtful && !labelled && (rules & AN_RULE_EXPLORE) ? AN_ACTION_ALLOW : action;
}

enum an_action an_decide_action(const struct an_policy *policy, enum an_level level, float probability, unsigned rules)
{
    an_assert(policy != NULL && (unsigned)level < AN_LEVEL_COUNT);
    const unsigned free_pass =
        AN_RULE_PUBLIC_SERVICE | AN_RULE_AFTER_EMERGENCY | AN_RULE_CALLEE_ALLOWS | AN_RULE_RELATION | AN_RULE_FALLBACK;
    if (rules & AN_RULE_TO_EMERGENCY) return AN_ACTION_ALLOW;
    if (rules & AN_RULE_CALLEE_DENIES) {
        if (rules & (AN_RULE_PUBLIC_SERVICE | AN_RULE_AFTER_EMERGENCY)) return AN_ACTION_ALLOW;
        return policy->block ? AN_ACTION_BLOCK : policy->label ? AN_ACTION_LABEL : AN_ACTION_ALLOW;
    }
    if (rules & free_pass) return AN_ACTION_ALLOW;
    enum an_action action = scored_action(policy, level, probability, rules);
    enum an_action least = rules & AN_RULE_CALLEE_REPORTED ? reported_action(policy) : AN_ACTION_ALLOW;
    return action > least ? action : least;
}

/* 32 bits of the token's keyed MAC, as good as dice and on record. */
static bool explores(const struct an_policy *policy, const struct an_token *token)
{
    uint32_t dice = (uint32_t)token->bytes[12] << 24 | (uint32_t)token->bytes[13] << 16 |
                    (uint32_t)token->bytes[14] << 8 | token->bytes[15];
    return (double)dice < policy->explore_share * 4294967296.0;
}

static unsigned rules_of(const struct an_call *call, const struct an_settings *settings)
{
    const struct an_observation *obs = &call->enriched.obs;
    unsigned rules = call->verdict.rules & (AN_RULE_OWN_EVIDENCE | AN_RULE_RELATION | AN_RULE_FALLBACK);
    const unsigned said = call->observed.said;
    if (an_number_set_has(&settings->deny, obs->caller) || said & AN_SAID_DENIES) rules |= AN_RULE_CALLEE_DENIES;
    if (said & AN_SAID_REPORTED) rules |= AN_RULE_CALLEE_REPORTED;
    if (said & AN_SAID_UNWANTED) rules |= AN_RULE_LABELLED_UNWANTED;
    if (said & AN_SAID_WANTED) rules |= AN_RULE_LABELLED_WANTED;
    if (an_number_set_has(&settings->allow, obs->caller)) rules |= AN_RULE_CALLEE_ALLOWS;
    if (call->enriched.public_service) rules |= AN_RULE_PUBLIC_SERVICE;
    if (call->observed.after_emergency) rules |= AN_RULE_AFTER_EMERGENCY;
    if (obs->callee_kind == AN_KIND_EMERGENCY) rules |= AN_RULE_TO_EMERGENCY;
    if (explores(&settings->policy, &call->verdict.token)) rules |= AN_RULE_EXPLORE;
    return rules;
}

void an_decide_vector(struct an_vector *v, const struct an_settings *settings)
{
    an_assert(v != NULL && settings != NULL);
    for (uint32_t i = 0; i < v->count; i++) {
        struct an_call *call = &v->calls[i];
        if (call->error != AN_OK || call->observed.repeat || call->enriched.obs.kind != AN_OBS_ATTEMPT) continue;
        struct an_verdict *verdict = &call->verdict;
        enum an_level level = an_settings_level(settings, call->enriched.obs.callee);
        verdict->rules = (uint16_t)rules_of(call, settings);
        verdict->level = (uint8_t)level;
        verdict->settings_version = settings->version;
        verdict->action = (uint8_t)an_decide_action(&settings->policy, level, verdict->probability, verdict->rules);
    }
}
