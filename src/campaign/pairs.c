/* E9, call-back bridges: a switch calls the agent, then the customer, and joins them. Two answered calls of one trunk
 * that start within seconds of each other and end together are a pair; somebody who is in pairs with ever other
 * partners is an agent, and the other leg's callee a customer. */
#include "campaign/internal.h"

enum { START_WITHIN_US = 20000000, END_WITHIN_US = 1000000, PAIRS_FROM = 4 };

static struct agent *agent_of(const struct an_campaigns *campaigns, an_number number)
{
    return &campaigns->agents[an_mix64(number) % AGENTS];
}

bool is_agent(const struct an_campaigns *campaigns, an_number number)
{
    const struct agent *agent = agent_of(campaigns, number);
    return agent->number == number && decayed(agent->pairs, agent->last_us, campaigns->now_us, 86400) >= PAIRS_FROM;
}

static void count_pair(struct an_campaigns *campaigns, an_number number, an_number partner)
{
    struct agent *agent = agent_of(campaigns, number);
    float pairs = decayed(agent->pairs, agent->last_us, campaigns->now_us, 86400);
    if (agent->number != number && pairs >= 1) { /* the other one wears off, as by misra-gries */
        agent->pairs = pairs - 1;
        agent->last_us = campaigns->now_us;
        return;
    }
    if (agent->number != number) {
        *agent = (struct agent) { .number = number };
        pairs = 0;
    }
    if (agent->last_partner == partner) return;
    agent->pairs = pairs + 1;
    agent->last_partner = partner;
    agent->last_us = campaigns->now_us;
}

static uint64_t distance(uint64_t a, uint64_t b)
{
    return a > b ? a - b : b - a;
}

bool pair_end(struct an_campaigns *campaigns, const struct an_observation *obs)
{
    if (obs->trunk == AN_TRUNK_NONE || obs->talk_ms == 0 || obs->callee == 0) return false;
    uint64_t ring_us = 1000ull * obs->ring_ms, talk_us = 1000ull * obs->talk_ms;
    const struct leg own = { obs->time_us - ring_us - talk_us, obs->time_us, obs->caller, obs->callee, obs->trunk };
    bool customer = false;
    for (unsigned i = 1; i <= LEGS; i++) {
        const struct leg *other = &campaigns->legs[(campaigns->leg_at + LEGS - i) % LEGS];
        if (other->end_us == 0 || distance(own.end_us, other->end_us) > END_WITHIN_US) break;
        if (other->trunk != own.trunk || other->callee == own.callee) continue;
        if (distance(own.start_us, other->start_us) > START_WITHIN_US) continue;
        count_pair(campaigns, own.callee, other->callee);
        count_pair(campaigns, other->callee, own.callee);
        customer |= is_agent(campaigns, other->callee) && !is_agent(campaigns, own.callee);
    }
    campaigns->legs[campaigns->leg_at++ % LEGS] = own;
    return customer;
}
