/* Which campaign a suspicious call is of. */
#include <math.h>
#include <string.h>

#include "campaign/internal.h"

/* In nats. A new campaign is as likely as one call in 50; a call that is not suspicious by itself needs more. */
static const float opening = -3.9f, joins_from = -1.0f, joins_unsuspicious_from = 5.0f, doubt_weight = 3.0f;
#define OPENS_FROM 0.5f /* probability */

static struct cell *cell_of(struct campaign *c, uint64_t key)
{
    for (int i = 0; i < AN_CAMPAIGN_CELLS; i++)
        if (c->cells[i].key == key && key != 0) return &c->cells[i];
    return NULL;
}

/* How much rather than a campaign nobody knows this one comes in by the call's cell. A call without a build (asked over
 * HTTP, read from call records) is no more of a campaign for that: its trunk may speak against it, never for it. */
static float cell_llr(const struct an_campaigns *campaigns, struct campaign *c, const struct suspect *s)
{
    if (s->cell == 0) return 0;
    const struct cell *cell = cell_of(c, s->cell);
    float usual = new_cell_share(campaigns, s->cell);
    float here = ((cell == NULL ? 0 : cell->calls) + 2 * usual) / (c->p.t[T_CALLS] + 2);
    return clamp(logf(here / usual), -6, s->obs->shape == 0 ? 0 : 4);
}

/* Bins and flags of a campaign nobody knows yet: half like any call, half like suspicious ones. */
static float new_bin_llr(const struct an_campaigns *campaigns, const float *own, float own_n, const float *all,
                         const float *suspects, unsigned bin, unsigned bins)
{
    float of_all = (all[bin] + 1) / (campaigns->network.t[T_CALLS] + (float)bins);
    float of_suspects = (suspects[bin] + 20 * of_all) / (campaigns->suspects.t[T_CALLS] + 20);
    float usual = 0.5f * of_all + 0.5f * of_suspects;
    return clamp(logf((own[bin] + 2 * usual) / (own_n + 2) / usual), -3, 3);
}

static float new_flag_llr(const struct an_campaigns *campaigns, const struct profile *own, enum tally tally, bool is)
{
    float of_all = (campaigns->network.t[tally] + 1) / (campaigns->network.t[T_CALLS] + 20);
    float of_suspects = (campaigns->suspects.t[tally] + 20 * of_all) / (campaigns->suspects.t[T_CALLS] + 20);
    float usual = 0.5f * of_all + 0.5f * of_suspects;
    float here = (own->t[tally] + 4 * usual) / (own->t[T_CALLS] + 4);
    return clamp(is ? logf(here / usual) : logf(fmaxf(1 - here, 0.02f) / fmaxf(1 - usual, 0.02f)), -3, 3);
}

/* The same build on other trunks, a box of SIM cards: as telling as the build is rare. A build that many have, or that
 * a border controller gives to all, says nothing. */
static float shape_llr(const struct an_campaigns *campaigns, const struct campaign *c, const struct suspect *s)
{
    if (s->obs->shape == 0) return 0;
    float own = 0;
    for (int i = 0; i < AN_CAMPAIGN_CELLS; i++)
        if (c->cells[i].key != 0 && c->cells[i].shape == s->obs->shape) own += c->cells[i].calls;
    float usual = new_cell_share(campaigns, shape_key(s->obs->shape));
    return clamp(logf((own + 2 * usual) / (c->p.t[T_CALLS] + 2) / usual), -6, 4);
}

/* The same trunk with another build, a purse of SIM cards in many telephones: as telling as the trunk is rare, and as
 * likely as a new number of the campaign comes with a new telephone. */
static float purse_llr(const struct an_campaigns *campaigns, const struct campaign *c, const struct suspect *s)
{
    if (s->obs->trunk == 0 || s->obs->shape == 0) return -6;
    float here = 0, all = 0, builds = 0;
    for (int i = 0; i < AN_CAMPAIGN_CELLS; i++) {
        if (c->cells[i].key == 0) continue;
        all += c->cells[i].calls;
        if (c->cells[i].trunk != s->obs->trunk) continue;
        here += c->cells[i].calls;
        builds += 1;
    }
    if (here <= 0) return -6;
    float changes = builds / ((float)c->numbers + 1);
    float usual = new_cell_share(campaigns, trunk_key(s->obs->trunk));
    return clamp(logf(fminf(changes, 1) * here / all / usual), -6, 4);
}

/* A number never used before: a pool's habit, not that of an account with ten numbers. */
static float rotation_llr(const struct campaign *c)
{
    float rotates = (c->p.t[T_NEW_NUMBERS] + 1) / (c->p.t[T_CALLS] + 2);
    return clamp(logf(rotates / 0.3f), -3, 1.2f);
}

/* Where the call comes in, and that its number is no member yet. A purse's new number is in the new telephone: said
 * once, and of each of its calls until it is a member. */
static float origin_llr(const struct an_campaigns *campaigns, struct campaign *c, const struct suspect *s)
{
    float cell = cell_llr(campaigns, c, s), shape = shape_llr(campaigns, c, s);
    if (shape > 1 && shape > cell) cell = shape;
    if (s->member_word != 0) return cell;
    return fmaxf(cell + rotation_llr(c), purse_llr(campaigns, c, s));
}

/* The call's place on the campaign's list, before it is added: NULL, never called. */
static const struct an_listed *listed_by(const struct suspect *s, uint32_t slot)
{
    for (unsigned i = 0; i < s->hit_count; i++)
        if (s->hits[i].slot == slot) return &s->hits[i];
    return NULL;
}

/* E7. A second try of somebody not reached: as telling as the list is short. Somebody whom many of the campaign's
 * numbers called and who always picks up is its own test phone. */
static float list_llr(const struct an_campaigns *campaigns, const struct campaign *c, const struct an_listed *hit)
{
    if (hit == NULL) return 0;
    float surprise = -logf(coverage_of(campaigns, c));
    float again = (c->p.t[T_RETRIES] + c->p.t[T_AGAIN] + 1) / (c->p.t[T_CALLS] + 10);
    float llr = surprise + logf(again);
    if (hit->reached && hit->numbers < 3) llr -= 2;
    return clamp(llr, 0, 6);
}

static float walk_llr(const struct campaign *c, const struct suspect *s)
{
    if (c->callee_at == 0) return 0;
    float walks = (c->p.t[T_WALKS] + 0.1f) / (c->p.t[T_CALLS] + 10);
    return is_walk(c, s->obs->callee) ? clamp(logf(walks / 0.0005f), 0, 4) : clamp(logf(1 - walks), -2, 0);
}

/* E4: how usual the pause since one of its last ends is. */
static float gap_llr(const struct campaign *c, uint64_t now_us)
{
    float best = 0;
    if (c->p.gap_n < 20) return 0;
    for (unsigned i = 0; i < ENDS; i++) {
        uint64_t gap = (now_us - c->ends_us[i]) / (GAP_BIN_MS * 1000);
        if (c->ends_us[i] == 0 || gap >= BINS) continue;
        float here = (c->p.gap[gap] + 0.5f) / (c->p.gap_n + 0.5f * BINS);
        best = fmaxf(best, logf(here * BINS));
    }
    return clamp(best, 0, 2);
}

/* A campaign that has been silent for hours is no likely caller, nor is one that calls once an hour. */
static float prior_of(const struct an_campaigns *campaigns, const struct campaign *c)
{
    float silent_h = (float)((double)(campaigns->now_us - c->last_us) / 3600e6);
    return weight_of(campaigns, c) - clamp(0.1f * silent_h, 0, 1.5f);
}

static float likelihood(const struct an_campaigns *campaigns, uint32_t slot, const struct suspect *s)
{
    struct campaign *c = &campaigns->campaigns[slot];
    const struct profile *all = &campaigns->network;
    const struct an_listed *hit = listed_by(s, slot);
    float sum = prior_of(campaigns, c);
    if (s->member_word != 0 && an_member_slot(s->member_word) == slot) sum += 5;
    sum += origin_llr(campaigns, c, s);
    const struct profile *some = &campaigns->suspects;
    sum +=
        new_bin_llr(campaigns, c->p.classes, c->p.t[T_CALLS], all->classes, some->classes, s->class, AN_CALLER_CLASSES);
    sum += 0.5f * new_bin_llr(campaigns, c->p.hours, c->p.t[T_CALLS], all->hours, some->hours, s->hour, 24);
    sum += new_flag_llr(campaigns, &c->p, T_FRESH, s->fresh) + new_flag_llr(campaigns, &c->p, T_FOREIGN, s->foreign);
    sum += list_llr(campaigns, c, hit) + walk_llr(c, s) + gap_llr(c, campaigns->now_us);
    return sum;
}

static void propose(const struct an_campaigns *campaigns, uint32_t slots[CANDIDATES], unsigned *count, uint32_t slot)
{
    if (*count == CANDIDATES || slot >= campaigns->slots) return;
    if (campaigns->campaigns[slot].id == 0) return;
    for (unsigned i = 0; i < *count; i++)
        if (slots[i] == slot) return;
    slots[(*count)++] = slot;
}

/* By member, by list, by cell; by cell the busiest first, as the table of the last publication has them. */
static unsigned candidates(const struct an_campaigns *campaigns, const struct suspect *s, uint32_t slots[CANDIDATES])
{
    unsigned count = 0;
    if (s->member_word != 0) propose(campaigns, slots, &count, an_member_slot(s->member_word));
    for (unsigned i = 0; i < s->hit_count; i++) propose(campaigns, slots, &count, s->hits[i].slot);
    const struct cell_slots *cell = cell_slots_find(campaigns, s->cell);
    for (unsigned i = 0; cell != NULL && i < AN_CELL_CAMPAIGNS; i++) propose(campaigns, slots, &count, cell->slots[i]);
    cell = cell_slots_find(campaigns, shape_key(s->obs->shape));
    for (unsigned i = 0; cell != NULL && i < AN_CELL_CAMPAIGNS; i++) propose(campaigns, slots, &count, cell->slots[i]);
    cell = cell_slots_find(campaigns, trunk_key(s->obs->trunk));
    for (unsigned i = 0; cell != NULL && i < AN_CELL_CAMPAIGNS; i++) propose(campaigns, slots, &count, cell->slots[i]);
    return count;
}

static uint32_t open_campaign(struct an_campaigns *campaigns, const struct suspect *s)
{
    uint32_t slot = make_room(campaigns);
    struct campaign *c = &campaigns->campaigns[slot];
    memset(c, 0, sizeof *c);
    c->id = ++campaigns->next_id;
    c->birth_us = c->last_us = c->tick_us = s->obs->time_us;
    c->network_before = campaigns->network_1h;
    c->chance_us = c->birth_us;
    campaign_note(c, c->birth_us, AN_CAMPAIGN_BORN, 0, s->obs->trunk);
    campaigns->stats.opened++;
    return slot;
}

/* The less suspicious the call is by itself, the more has to speak for the campaign. */
static float joins_from_of(float probability)
{
    if (probability >= AN_SUSPICIOUS) return joins_from;
    const float least = 0.01f, p = fmaxf(probability, least);
    float doubt = logf(AN_SUSPICIOUS / (1 - AN_SUSPICIOUS)) - logf(p / (1 - p));
    return fminf(joins_from + doubt_weight * doubt, joins_unsuspicious_from);
}

uint32_t assign(struct an_campaigns *campaigns, struct suspect *s)
{
    uint32_t slots[CANDIDATES];
    unsigned count = candidates(campaigns, s, slots);
    uint32_t best = UINT32_MAX;
    float most = joins_from_of(s->probability);
    for (unsigned i = 0; i < count; i++) {
        float llr = likelihood(campaigns, slots[i], s);
        if (llr <= most) continue;
        most = llr;
        best = slots[i];
    }
    if (best != UINT32_MAX || s->probability < OPENS_FROM) return best;
    return most > opening ? open_campaign(campaigns, s) : UINT32_MAX;
}
