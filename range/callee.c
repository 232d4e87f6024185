/* How people take calls. The verdict changes what they see, and so what they do; what they do is all that a defence
 * ever learns. The rates and their sources are in docs/range.md, "What people do". */
#include "range/world.h"

enum { NETWORK_RING_S = 55, TALK_MAX_S = 3 * 3600 };

/* Of one call, as the callee meets it. */
struct meeting {
    const struct ar_world *world;
    struct ar_random *random;
    struct ar_call *call;
    struct ar_reaction *reaction;
    struct ar_person callee;
    double attention;
    bool known;    /* a friend, or a number from the contacts */
    bool expected; /* a courier, a rider, a driver: somebody is waiting for this call */
    bool labelled;
};

static bool is_friend_call(const struct ar_call *call)
{
    return (call->truth == AR_CLASS_PERSON || call->truth == AR_CLASS_BORROWED) && !call->anonymous;
}

static void finish(struct ar_call *call, enum an_outcome outcome, double ring_s, double talk_s)
{
    call->outcome = (uint8_t)outcome;
    call->answered = outcome == AN_OUTCOME_ANSWERED;
    call->ring_ms = (uint32_t)(ring_s * 1000);
    call->talk_ms = (uint32_t)((talk_s < TALK_MAX_S ? talk_s : TALK_MAX_S) * 1000);
}

/* Nobody picks up: the caller's patience or the network's timer ends it, whichever is first. */
static void ring_out(struct meeting *m)
{
    double patience = m->call->patience_s > 0 ? (double)m->call->patience_s : NETWORK_RING_S;
    if (patience < NETWORK_RING_S)
        finish(m->call, AN_OUTCOME_CANCELLED, patience, 0);
    else
        finish(m->call, AN_OUTCOME_NO_ANSWER, NETWORK_RING_S, 0);
}

/* A share of somebody's, or of a pair's, roughly normal with deviation 1: four parts of one hash. */
static double habit(const struct meeting *m, uint64_t which, uint64_t who)
{
    uint64_t hash = ar_hash(ar_world_seed(m->world), which, who), sum = 0;
    for (int i = 0; i < 4; i++, hash >>= 16) sum += hash & 0xffff;
    return ((double)sum / 65536 - 2) * 1.7320508;
}

/* Half of how long people talk is who they are. Calibrated on real subscribers: docs/range.md, "Realism". */
static double talk_between_people(const struct meeting *m)
{
    const struct ar_call *call = m->call;
    if (ar_random_chance(m->random, 0.025)) return 0.4 + 3 * ar_random_unit(m->random); /* "I'm here" */
    double habits = 0.36 * (habit(m, 0x74616c6b, call->caller) + habit(m, 0x74616c6b, call->callee));
    return 0.3 + ar_random_lognormal(m->random, 41 * ar_exp(habits), 1.16);
}

/* Seconds and spread of a service's talk; machines play what they have to say. */
static double talk_with_service(const struct meeting *m)
{
    const struct ar_call *call = m->call;
    if (call->opening_s > 0 && !call->human) {
        bool heard_out = ar_random_chance(m->random, 0.82);
        return heard_out ? (double)call->opening_s + ar_random_exponential(m->random, 1.5)
                         : (double)call->opening_s * ar_random_unit(m->random);
    }
    switch (call->truth) {
    case AR_CLASS_COURIER:
    case AR_CLASS_SMEARED:
    case AR_CLASS_RIDER: return 2 + ar_random_lognormal(m->random, 17, 0.55);
    case AR_CLASS_DRIVER: return 2 + ar_random_lognormal(m->random, 24, 0.6);
    case AR_CLASS_POLL:
        return ar_random_chance(m->random, 0.6) ? 2 + ar_random_lognormal(m->random, 7, 0.6)
                                                : 30 + ar_random_lognormal(m->random, 180, 0.5);
    case AR_CLASS_RECRUITER:
    case AR_CLASS_INSURANCE: return 2 + ar_random_lognormal(m->random, 55, 1.1);
    default: return 2 + ar_random_lognormal(m->random, 45, 0.9);
    }
}

/* A person sells: talks as long as real fraud and nuisance callers have (docs/range.md, "Realism"), some hang up at
 * once, more of those who were warned. */
static double talk_with_seller(struct meeting *m)
{
    struct ar_call *call = m->call;
    double hangs_up = (m->labelled ? 0.55 : 0.08) + 0.15 * (double)m->callee.suspicion;
    if (ar_random_chance(m->random, hangs_up)) return 0.2 + ar_random_lognormal(m->random, 2.8, 0.8);
    call->convinced = !call->is_test && ar_random_chance(m->random, 0.0075 * (1 - (double)m->callee.suspicion));
    double skill = 0.5 * habit(m, 0x73656c6c, call->caller);
    return 1 + ar_random_lognormal(m->random, (call->convinced ? 150 : 46) * ar_exp(skill), 1.25);
}

/* A machine's sales call: most hang up within seconds, a few listen, one in a few hundred is won. */
static double talk_with_adversary(struct meeting *m)
{
    struct ar_call *call = m->call;
    bool says_nothing = ar_random_chance(m->random, 0.11); /* voice mail, a pocket, a phone handed over */
    if (says_nothing && call->silence_s > 0) return (double)call->silence_s;
    if (call->human) return talk_with_seller(m);
    double patience = m->labelled ? 0.12 : 0.3;
    bool listens = ar_random_chance(m->random, patience * (1.3 - (double)m->callee.suspicion));
    if (!listens) return 0.8 + ar_random_lognormal(m->random, 3.6, 0.6);
    call->convinced = !call->is_test && ar_random_chance(m->random, 0.022 * (1 - (double)m->callee.suspicion));
    return 10 + ar_random_lognormal(m->random, call->convinced ? 120 : 16, 0.7);
}

static double chance_to_answer(const struct meeting *m)
{
    double chance = m->attention;
    if (m->known) return chance * 0.97;
    if (m->expected)
        chance *= 1.12;
    else
        chance *= 0.92 - 0.5 * (double)m->callee.suspicion;
    if (m->labelled) chance *= m->expected ? 0.6 : 0.22;
    return chance < 0.97 ? chance : 0.97;
}

static double chance_to_refuse(const struct meeting *m)
{
    if (m->known) return 0.02;
    double chance = m->expected ? 0.02 : 0.05 + 0.16 * (double)m->callee.suspicion;
    return m->labelled ? chance + 0.4 : chance;
}

/* The assistant asks who is calling. Published: it stops 95 % of mass robocalls, 75 to 82 % of the evasive ones (Pandit
 * et al., USENIX Security 2023); wanted callers mostly say what they want, machines of wanted services less so. */
static bool passes_screening(const struct meeting *m)
{
    const struct ar_call *call = m->call;
    if (!ar_class_unwanted((enum ar_class)call->truth)) return ar_random_chance(m->random, call->human ? 0.93 : 0.55);
    return ar_random_chance(m->random, call->human ? 0.22 : 0.05);
}

static void answer(struct meeting *m)
{
    struct ar_call *call = m->call;
    double patience = call->patience_s > 0 ? (double)call->patience_s : NETWORK_RING_S;
    double ring = 1 + ar_random_lognormal(m->random, m->known ? 6.5 : 8.0, 0.5);
    if (ring > patience) {
        ring_out(m);
        return;
    }
    double talk = ar_class_unwanted((enum ar_class)call->truth) ? talk_with_adversary(m)
                  : is_friend_call(call)                        ? talk_between_people(m)
                                                                : talk_with_service(m);
    finish(call, AN_OUTCOME_ANSWERED, ring, talk);
}

static void take(struct meeting *m)
{
    if (m->call->is_refused) {
        finish(m->call, AN_OUTCOME_REFUSED, 2 + ar_random_unit(m->random), 0);
        return;
    }
    if (ar_random_chance(m->random, 0.03)) {
        finish(m->call, AN_OUTCOME_UNREACHABLE, 1.5, 0);
        return;
    }
    if (ar_random_chance(m->random, 0.02)) {
        finish(m->call, AN_OUTCOME_BUSY, 0.8, 0);
        return;
    }
    double refuse = chance_to_refuse(m) * (0.3 + m->attention);
    double u = ar_random_unit(m->random), chance = chance_to_answer(m);
    if (u < chance)
        answer(m);
    else if (u < chance + refuse)
        finish(m->call, AN_OUTCOME_REFUSED, 1 + ar_random_lognormal(m->random, 3.5, 0.6), 0);
    else
        ring_out(m);
}

static void maybe_report(struct meeting *m)
{
    const struct ar_scenario *scenario = ar_world_scenario(m->world);
    struct ar_call *call = m->call;
    bool noticed = call->answered || call->outcome == AN_OUTCOME_REFUSED;
    if (!noticed || m->known || call->is_test) return;
    bool unwanted = ar_class_unwanted((enum ar_class)call->truth);
    bool tiresome =
        call->truth == AR_CLASS_POLL || call->truth == AR_CLASS_INSURANCE || call->truth == AR_CLASS_RECRUITER;
    double chance = unwanted ? scenario->report_rate * (0.4 + 1.8 * (double)m->callee.suspicion)
                             : scenario->false_report_rate * (tiresome ? 6 : 1);
    if (!ar_random_chance(m->random, chance)) return;
    call->reported = true;
    m->reaction->reports = true;
    m->reaction->report_after_us = (uint64_t)(ar_random_lognormal(m->random, 60, 1.2) * 1e6);
    bool right_category = unwanted && ar_random_chance(m->random, 0.75);
    m->reaction->report_category = right_category ? (enum an_category)call->category : AN_CATEGORY_MARKETING;
}

static void maybe_call_back(struct meeting *m)
{
    const struct ar_call *call = m->call;
    bool missed = call->outcome == AN_OUTCOME_CANCELLED || call->outcome == AN_OUTCOME_NO_ANSWER ||
                  call->outcome == AN_OUTCOME_UNREACHABLE;
    double chance = 0;
    if (missed)
        chance = m->known ? 0.42 : m->expected ? 0.3 : 0.07 * (1 - (double)m->callee.suspicion);
    else if (call->answered && m->expected)
        chance = 0.05;
    else if (ar_class_unwanted((enum ar_class)call->truth) && call->human && call->talk_ms > 45000)
        chance = 0.05;
    if (m->labelled && !m->expected) chance *= 0.1;
    if (call->truth == AR_CLASS_PERSON && call->line > 3) chance = 0;
    if (!ar_random_chance(m->random, chance)) return;
    m->reaction->calls_back = true;
    m->reaction->back_after_us = (uint64_t)(ar_random_lognormal(m->random, 600, 1.3) * 1e6);
}

/* A number nobody of the city owns: a hole, a shop's landline, somebody elsewhere. */
static void meet_nobody(struct meeting *m)
{
    struct ar_call *call = m->call;
    bool mobile = call->callee >= 8613000000000 && call->callee < 8620000000000;
    if (mobile) {
        finish(call, AN_OUTCOME_UNALLOCATED, 0.3 + ar_random_unit(m->random), 0);
        return;
    }
    if (ar_random_chance(m->random, 0.84)) {
        double talk_s = 2 + ar_random_lognormal(m->random, 50, 1.0);
        finish(call, AN_OUTCOME_ANSWERED, 2 + ar_random_lognormal(m->random, 5, 0.5), talk_s);
    } else {
        ring_out(m);
    }
}

/* A call-back to a seller's number: a telemarketing SIM's ends at a desk, a SIM box has mostly nobody beside it. */
static void meet_desk(struct meeting *m)
{
    bool minded = habit(m, 0x6465736b, m->call->callee) > -0.1;
    double picks_up = m->call->desk == AR_CLASS_A5 ? 0.85 : m->call->desk == AR_CLASS_A7 ? 0.7 : minded ? 0.65 : 0;
    if (ar_random_chance(m->random, picks_up)) {
        double talk_s = 1 + ar_random_lognormal(m->random, 30, 1.1);
        finish(m->call, AN_OUTCOME_ANSWERED, 2 + ar_random_lognormal(m->random, 5, 0.5), talk_s);
    } else {
        ring_out(m);
    }
}

void ar_callee_react(const struct ar_world *world, struct ar_random *random, struct ar_call *call,
                     struct ar_reaction *ret_reaction)
{
    struct meeting m = { .world = world, .random = random, .call = call, .reaction = ret_reaction };
    *ret_reaction = (struct ar_reaction) { 0 };
    call->answered = call->reported = call->convinced = false;
    if (call->action == AN_ACTION_BLOCK) {
        finish(call, AN_OUTCOME_OURS, 0, 0);
        return;
    }
    if (call->is_test) { /* the caller's own phone: always there, always answered */
        double talk_s = 6 + 4 * ar_random_unit(random);
        finish(call, AN_OUTCOME_ANSWERED, 2 + ar_random_unit(random), talk_s);
        return;
    }
    if (call->desk != 0) {
        meet_desk(&m);
        return;
    }
    if (call->callee_id == AR_NOBODY) {
        meet_nobody(&m);
        return;
    }
    uint64_t now_us = ar_world_now_us(world);
    ar_city_person(ar_world_city(world), call->callee_id, now_us, &m.callee);
    m.attention = ar_city_attention(ar_world_city(world), &m.callee, now_us);
    m.known = is_friend_call(call);
    m.expected = call->truth == AR_CLASS_COURIER || call->truth == AR_CLASS_RIDER || call->truth == AR_CLASS_DRIVER ||
                 call->truth == AR_CLASS_SMEARED;
    m.labelled = call->action == AN_ACTION_LABEL;
    if (call->action == AN_ACTION_SCREEN && !passes_screening(&m)) {
        finish(call, AN_OUTCOME_OURS, 6, 0);
        return;
    }
    take(&m);
    maybe_report(&m);
    maybe_call_back(&m);
}
