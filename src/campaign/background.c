/* What is usual: all calls of the network, how often a cell is used, how many people there are to be called. */
#include <math.h>

#include "campaign/internal.h"

enum { POPULATION_BITS = 1 << 22 };

/* Linear counting (Whang, Vander-Zanden, Taylor, ACM TODS 15, 1990). */
static void count_callee(struct an_campaigns *campaigns, an_number callee)
{
    uint64_t bit = an_mix64(callee) & (POPULATION_BITS - 1), mask = 1ull << (bit & 63);
    if (campaigns->population[bit >> 6] & mask) return;
    campaigns->population[bit >> 6] |= mask;
    campaigns->population_set++;
}

double population_of(const struct an_campaigns *campaigns)
{
    double set = (double)campaigns->population_set, m = POPULATION_BITS;
    double people = set >= m ? 16 * m : -m * log1p(-set / m);
    return people < 1000 ? 1000 : people;
}

static struct cell_count *find_cell(const struct an_campaigns *campaigns, uint64_t key)
{
    enum { PROBES = 8 };
    struct cell_count *best = NULL;
    for (uint32_t i = 0; i < PROBES; i++) {
        struct cell_count *at = &campaigns->cells[((uint32_t)(key >> 20) + i) & campaigns->cell_mask];
        if (at->key == key) return at;
        if (best == NULL || at->key == 0 || (best->key != 0 && at->calls < best->calls)) best = at;
        if (at->key == 0) break;
    }
    return best;
}

/* Half life a day, in whole hours. */
static void decay_cell(struct cell_count *at, uint64_t now_us)
{
    uint32_t hour = (uint32_t)(now_us / 3600000000ull);
    if (hour <= at->hour) return; /* streams of several workers are not in order to the millisecond */
    float left = (float)exp2(-(double)(hour - at->hour) / 24);
    at->calls *= left;
    at->suspects *= left;
    at->hour = hour;
}

static struct cell_count *claim_cell(struct an_campaigns *campaigns, uint64_t key, uint64_t now_us)
{
    struct cell_count *at = find_cell(campaigns, key);
    if (at->key != key) *at = (struct cell_count) { .key = key, .hour = (uint32_t)(now_us / 3600000000ull) };
    decay_cell(at, now_us);
    return at;
}

static struct cell_count look_at_cell(const struct an_campaigns *campaigns, uint64_t key)
{
    struct cell_count copy = { 0 };
    const struct cell_count *at = key == 0 ? NULL : find_cell(campaigns, key);
    if (at == NULL || at->key != key) return copy;
    copy = *at;
    decay_cell(&copy, campaigns->now_us);
    return copy;
}

float background_cell(const struct an_campaigns *campaigns, uint64_t key)
{
    return look_at_cell(campaigns, key).calls;
}

float new_cell_share(const struct an_campaigns *campaigns, uint64_t key)
{
    struct cell_count at = look_at_cell(campaigns, key);
    float of_all = (at.calls + 1) / (campaigns->network.t[T_CALLS] + 100);
    return 0.5f * of_all + 0.5f * (at.suspects + 20 * of_all) / (campaigns->suspects.t[T_CALLS] + 20);
}

void background_suspect(struct an_campaigns *campaigns, const struct suspect *s)
{
    campaigns->suspicious_1h += 1;
    profile_count(&campaigns->suspects, s);
    uint64_t shape = shape_key(s->obs->shape), trunk = trunk_key(s->obs->trunk);
    if (s->cell != 0) claim_cell(campaigns, s->cell, campaigns->now_us)->suspects += 1;
    if (shape != 0) claim_cell(campaigns, shape, campaigns->now_us)->suspects += 1;
    if (trunk != 0) claim_cell(campaigns, trunk, campaigns->now_us)->suspects += 1;
}

void background_attempt(struct an_campaigns *campaigns, const struct suspect *s)
{
    uint64_t now_us = campaigns->now_us; /* never goes back, as the call's own time may */
    if (now_us - campaigns->network_us > 900000000ull) {
        profile_decay(&campaigns->network, campaigns->network_us, now_us);
        profile_decay(&campaigns->suspects, campaigns->network_us, now_us);
        campaigns->network_us = now_us;
    }
    if (now_us - campaigns->rates_us > 60000000ull) {
        float left = decayed(1, campaigns->rates_us, now_us, 3600);
        campaigns->network_1h *= left;
        campaigns->suspicious_1h *= left;
        campaigns->rates_us = now_us;
    }
    campaigns->network_1h += 1;
    profile_count(&campaigns->network, s);
    uint64_t shape = shape_key(s->obs->shape), trunk = trunk_key(s->obs->trunk);
    if (s->cell != 0) claim_cell(campaigns, s->cell, now_us)->calls += 1;
    if (shape != 0) claim_cell(campaigns, shape, now_us)->calls += 1;
    if (trunk != 0) claim_cell(campaigns, trunk, now_us)->calls += 1;
    count_callee(campaigns, s->obs->callee);
}

struct under_way *under_way_find(struct an_campaigns *campaigns, uint64_t call_key)
{
    struct under_way *at = &campaigns->calls[an_mix64(call_key) & campaigns->call_mask];
    return call_key != 0 && at->key == call_key ? at : NULL;
}

/* One place a key: the newer call drops the older, whose end then teaches nothing. */
void under_way_put(struct an_campaigns *campaigns, uint64_t call_key, uint32_t slot)
{
    if (call_key == 0) return;
    campaigns->calls[an_mix64(call_key) & campaigns->call_mask] =
        (struct under_way) { call_key, slot, campaigns->campaigns[slot].id };
}
