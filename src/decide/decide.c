#include "decide/decide.h"

#include "base/clock.h"
#include "base/err.h"

struct choice {
    enum an_action action;
    float cost;
};

/* From here on the score holds a call for unwanted, and guesses its trade (score/score.c). */
static const float unwanted_min = 0.5f;

static bool switched_on(const struct an_policy *policy, enum an_action action)
{
    switch (action) {
    case AN_ACTION_LABEL: return policy->label;
    case AN_ACTION_SCREEN: return policy->screen;
    case AN_ACTION_BLOCK: return policy->block;
    default: return true;
    }
}

static enum an_action usable(const struct an_policy *policy, enum an_action action)
{
    while (action > AN_ACTION_ALLOW && !switched_on(policy, action)) action--;
    return action;
}

static enum an_action stricter(enum an_action a, enum an_action b)
{
    return a > b ? a : b;
}

/* Ties go to the milder action: the costs are compared in order of severity. */
static enum an_action cheapest(const struct an_policy *policy, const struct an_costs *c, float p, bool may_block)
{
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
    return usable(policy, policy->reported == AN_REPORTED_BLOCK    ? AN_ACTION_BLOCK
                          : policy->reported == AN_REPORTED_SCREEN ? AN_ACTION_SCREEN
                                                                   : AN_ACTION_LABEL);
}

/* Of a callee's choice; DEFAULT and PASS do nothing. */
static enum an_action chosen_action(const struct an_policy *policy, unsigned choice)
{
    switch (choice) {
    case AN_CHOICE_LABEL: return usable(policy, AN_ACTION_LABEL);
    case AN_CHOICE_SCREEN: return usable(policy, AN_ACTION_SCREEN);
    case AN_CHOICE_BLOCK: return usable(policy, AN_ACTION_BLOCK);
    default: return AN_ACTION_ALLOW;
    }
}

/* Who expects a call would rather have ten unwanted ones ring than miss that one. */
static struct an_costs costs_of(const struct an_policy *policy, const struct an_grounds *g)
{
    struct an_costs costs = policy->costs[g->level];
    if ((g->rules & (AN_RULE_EXPECTED | AN_RULE_HOSTILE)) != AN_RULE_EXPECTED) return costs;
    costs.wrong_label *= AN_EXPECTED_DEARER;
    costs.screen_wanted *= AN_EXPECTED_DEARER;
    costs.missed_wanted *= AN_EXPECTED_DEARER;
    return costs;
}

static bool passes_expected(const struct an_policy *policy, const struct an_grounds *g)
{
    const unsigned against = AN_RULE_HOSTILE | AN_RULE_CALLEE_REPORTED | AN_RULE_LABELLED_UNWANTED;
    if ((g->rules & (AN_RULE_EXPECTED | against)) != AN_RULE_EXPECTED) return false;
    const struct an_costs dear = costs_of(policy, g);
    return cheapest(policy, &dear, g->probability, true) == AN_ACTION_ALLOW;
}

/* The callee's choice for calls of this trade: it takes the place of the costs. A guess of the trade never blocks by
 * itself: the call's own conduct has to speak, and blocking has to be cheaper than letting it ring where a missed call
 * counts least. */
static enum an_action category_action(const struct an_policy *policy, const struct an_grounds *g)
{
    unsigned choice = an_chosen_get(g->chosen, AN_CHOSEN_CATEGORY);
    enum an_action action = chosen_action(policy, choice);
    if (action == AN_ACTION_BLOCK) {
        const struct an_costs *strict = &policy->costs[AN_LEVEL_STRICT];
        bool sure = (1.0f - g->probability) * strict->missed_wanted < g->probability * strict->unwanted_ring;
        if (!sure || !(g->rules & AN_RULE_OWN_EVIDENCE)) action = usable(policy, AN_ACTION_SCREEN);
    }
    bool labelled = g->rules & AN_RULE_LABELLED_UNWANTED && policy->label;
    return labelled ? stricter(action, AN_ACTION_LABEL) : action;
}

/* By the score, and by an operator's label where there is one. */
static enum an_action scored_action(const struct an_policy *policy, const struct an_grounds *g)
{
    if (g->rules & AN_RULE_LABELLED_WANTED) return AN_ACTION_ALLOW;
    bool held = g->probability >= unwanted_min || g->category == AN_CATEGORY_AUTOMATED;
    if (g->rules & AN_RULE_CATEGORY && held) return category_action(policy, g);
    const struct an_costs costs = costs_of(policy, g);
    enum an_action action = cheapest(policy, &costs, g->probability, g->rules & AN_RULE_OWN_EVIDENCE);
    bool doubtful = action == AN_ACTION_LABEL || action == AN_ACTION_SCREEN;
    bool labelled = g->rules & AN_RULE_LABELLED_UNWANTED && policy->label;
    if (labelled && action == AN_ACTION_ALLOW) return AN_ACTION_LABEL;
    return doubtful && !labelled && (g->rules & AN_RULE_EXPLORE) ? AN_ACTION_ALLOW : action;
}

/* What the callee's ranges, hours and regions ask for at least; *ret_pass: one of them said to ask no further. */
static enum an_action own_action(const struct an_policy *policy, unsigned chosen, bool *ret_pass)
{
    static const enum an_chosen order[] = { AN_CHOSEN_RANGE, AN_CHOSEN_HOURS, AN_CHOSEN_REGION };
    enum an_action least = AN_ACTION_ALLOW;
    *ret_pass = false;
    for (unsigned i = 0; i < sizeof order / sizeof order[0] && !*ret_pass; i++) {
        unsigned choice = an_chosen_get(chosen, order[i]);
        *ret_pass = choice == AN_CHOICE_PASS;
        least = stricter(least, chosen_action(policy, choice));
    }
    return least;
}

enum an_action an_decide_action(const struct an_policy *policy, const struct an_grounds *g)
{
    an_assert(policy != NULL && g != NULL && g->level < AN_LEVEL_COUNT);
    const unsigned always =
        AN_RULE_TO_EMERGENCY | AN_RULE_PUBLIC_SERVICE | AN_RULE_AFTER_EMERGENCY | AN_RULE_OPTED_OUT | AN_RULE_CONTACT;
    if (g->rules & always) return AN_ACTION_ALLOW;
    if (g->rules & (AN_RULE_BLOCKED | AN_RULE_CALLEE_DENIES))
        return policy->block ? AN_ACTION_BLOCK : policy->label ? AN_ACTION_LABEL : AN_ACTION_ALLOW;
    if (g->rules & (AN_RULE_RELATION | AN_RULE_FALLBACK)) return AN_ACTION_ALLOW;
    if (passes_expected(policy, g)) return AN_ACTION_ALLOW;
    bool pass;
    enum an_action own = own_action(policy, g->chosen, &pass);
    if (g->rules & AN_RULE_CALLEE_ALLOWS) return own;
    enum an_action action = pass ? AN_ACTION_ALLOW : scored_action(policy, g);
    enum an_action least = g->rules & AN_RULE_CALLEE_REPORTED ? reported_action(policy) : AN_ACTION_ALLOW;
    return stricter(stricter(own, action), least);
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

bool an_decide_hostile(bool matches, float probability)
{
    return matches && probability >= unwanted_min;
}

/* Couriers, wards and schools call from mobiles, landlines and service numbers; firms abroad may too. A number that is
 * withheld, forged, a machine's or nobody's is never what somebody waits for. */
bool an_decide_could_be(enum an_expected expected, unsigned caller_kind)
{
    enum {
        PEOPLE = 1 << AN_KIND_MOBILE | 1 << AN_KIND_VIRTUAL | 1 << AN_KIND_LANDLINE,
        FIRMS = 1 << AN_KIND_SERVICE_400 | 1 << AN_KIND_SERVICE_800 | 1 << AN_KIND_SERVICE_95,
        STATE = 1 << AN_KIND_SERVICE_96 | 1 << AN_KIND_SERVICE_1XX,
        ABROAD = 1 << AN_KIND_FOREIGN,
    };
    static const unsigned kinds[AN_EXPECTED_COUNT] = {
        [AN_EXPECTED_DELIVERY] = PEOPLE | FIRMS | STATE, /* 11183 and 11185 are the post's */
        [AN_EXPECTED_HOSPITAL] = PEOPLE | FIRMS | STATE,
        [AN_EXPECTED_INTERVIEW] = PEOPLE | FIRMS | ABROAD,
        [AN_EXPECTED_SCHOOL] = PEOPLE | STATE,
        [AN_EXPECTED_BANK] = PEOPLE | FIRMS | STATE, /* branches call from landlines, city banks from 96xxx */
        [AN_EXPECTED_PROPERTY] = PEOPLE | FIRMS,
        [AN_EXPECTED_OTHER] = PEOPLE | FIRMS | STATE | ABROAD,
    };
    return (unsigned)expected < AN_EXPECTED_COUNT && caller_kind < AN_KIND_COUNT &&
           (kinds[expected] >> caller_kind & 1) != 0;
}

static void expect(const struct an_callee *own, const struct an_call *call, struct an_verdict *verdict)
{
    const struct an_observation *obs = &call->enriched.obs;
    for (unsigned kind = 0; kind < AN_EXPECTED_COUNT; kind++) {
        if (own->until_s[kind] == 0 || obs->time_us >= own->until_s[kind] * AN_US_PER_S) continue;
        if (!an_decide_could_be((enum an_expected)kind, obs->caller_kind)) continue;
        verdict->rules |= AN_RULE_EXPECTED;
        if (an_decide_hostile(verdict->campaign != 0, verdict->probability)) verdict->rules |= AN_RULE_HOSTILE;
        verdict->chosen |= (uint16_t)((kind + 1) << AN_CHOSEN_EXPECTED);
        return;
    }
}

static void choose(struct an_verdict *verdict, enum an_choice choice, enum an_chosen field, enum an_rule rule)
{
    if (choice == AN_CHOICE_DEFAULT) return;
    verdict->chosen |= (uint16_t)(choice << field);
    verdict->rules |= rule;
}

/* What the callee's own settings say of the call. Where one of them decides alone the others are not asked: less of his
 * settings gets into the record. */
static void ask_callee(const struct an_callee *own, const struct an_call *call, const struct an_settings *settings,
                       struct an_verdict *verdict)
{
    const struct an_observation *obs = &call->enriched.obs;
    verdict->callee_version = own->version;
    if (own->level < AN_LEVEL_COUNT) verdict->level = own->level;
    if (!own->on)
        verdict->rules |= AN_RULE_OPTED_OUT;
    else if (an_callee_knows(own, obs->caller))
        verdict->rules |= AN_RULE_CONTACT;
    else if (an_callee_blocks(own, obs->caller))
        verdict->rules |= AN_RULE_BLOCKED;
    else {
        expect(own, call, verdict);
        choose(verdict, an_callee_by_range(own, obs->caller), AN_CHOSEN_RANGE, AN_RULE_RANGE);
        choose(verdict, an_callee_by_hours(own, obs->time_us, settings->utc_offset_s), AN_CHOSEN_HOURS, AN_RULE_HOURS);
        choose(verdict, an_callee_by_region(own, call->enriched.caller_region), AN_CHOSEN_REGION, AN_RULE_REGION);
        choose(verdict, an_callee_choice(own, (enum an_category)verdict->category), AN_CHOSEN_CATEGORY,
               AN_RULE_CATEGORY);
    }
}

static bool is_due(const struct an_call *call)
{
    return call->error == AN_OK && !call->observed.repeat && call->enriched.obs.kind == AN_OBS_ATTEMPT;
}

/* Before any is decided, so that the lines come in while others are looked for. */
static void find_callees(const struct an_vector *v, const struct an_callees *callees,
                         const struct an_callee *own[AN_VECTOR_MAX])
{
    an_number numbers[AN_VECTOR_MAX];
    for (uint32_t i = 0; i < v->count; i++)
        numbers[i] = is_due(&v->calls[i]) ? v->calls[i].enriched.obs.callee : AN_NUMBER_NONE;
    an_callees_find_many(callees, numbers, v->count, own);
}

void an_decide_vector(struct an_vector *v, const struct an_settings *settings, const struct an_callees *callees)
{
    an_assert(v != NULL && settings != NULL && v->count <= AN_VECTOR_MAX);
    const struct an_callee *own[AN_VECTOR_MAX];
    if (callees != NULL) find_callees(v, callees, own);
    for (uint32_t i = 0; i < v->count; i++) {
        struct an_call *call = &v->calls[i];
        if (!is_due(call)) continue;
        struct an_verdict *verdict = &call->verdict;
        verdict->rules = rules_of(call, settings);
        verdict->level = (uint8_t)an_settings_level(settings, call->enriched.obs.callee);
        verdict->settings_version = settings->version;
        verdict->callee_version = 0;
        verdict->chosen = 0;
        if (callees != NULL && own[i] != NULL) ask_callee(own[i], call, settings, verdict);
        const struct an_grounds grounds = an_grounds_of(verdict);
        verdict->action = (uint8_t)an_decide_action(&settings->policy, &grounds);
    }
}
