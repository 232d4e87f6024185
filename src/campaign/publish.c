/* From what is counted to what the hot path reads. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "campaign/internal.h"

static int8_t small(float nats)
{
    float x = nats * AN_LLR_UNIT;
    return (int8_t)(x < -127 ? -127 : x > 127 ? 127 : x);
}

/* A sweep goes on where it was: as far as it comes until well after the next snapshot. */
static void publish_walk(const struct campaign *c, struct an_signature *sig)
{
    if (c->callee_at < 4 || c->p.t[T_WALKS] < 0.3f * c->p.t[T_CALLS]) return;
    uint64_t low = UINT64_MAX, high = 0;
    for (unsigned i = 0; i < 4; i++) {
        uint64_t callee = c->last_callees[i];
        low = callee < low ? callee : low;
        high = callee > high ? callee : high;
    }
    if (high - low > 256) return;
    sig->walk_from = low - 64;
    sig->walk_to = high + 256;
}

static void publish_one(const struct an_campaigns *all, const struct campaign *c, struct an_signature *sig)
{
    const struct profile *p = &c->p, *network = &all->network;
    *sig = (struct an_signature) { .id = c->id, .hostility = c->hostility };
    sig->weight = weight_of(all, c);
    sig->list_nats = -logf(coverage_of(all, c));
    publish_walk(c, sig);
    for (unsigned i = 0; i < AN_CALLER_CLASSES; i++)
        sig->classes[i] = small(fmaxf(-2, fminf(2, bin_llr(p->classes, p->t[T_CALLS], network->classes,
                                                           network->t[T_CALLS], i, AN_CALLER_CLASSES))));
    for (unsigned i = 0; i < 20; i++)
        sig->hours[i] = small(
            fmaxf(-1, fminf(1, bin_llr(p->hours, p->t[T_CALLS], network->hours, network->t[T_CALLS], i + 4, 24))));
    for (unsigned is = 0; is < 2; is++) {
        sig->fresh[is] = small(flag_llr(p, network, T_FRESH, is));
        sig->foreign[is] = small(flag_llr(p, network, T_FOREIGN, is));
    }
}

static struct an_signature_cell *claim(struct an_signatures *sigs, uint64_t key)
{
    for (uint32_t i = 0; i <= sigs->cell_mask; i++) {
        struct an_signature_cell *at = &sigs->cells[((uint32_t)(key >> 16) + i) & sigs->cell_mask];
        if (at->key == key || at->key == 0) {
            at->key = key;
            return at;
        }
    }
    return NULL;
}

/* Of a campaign's cells those that it still comes in by. */
static bool is_used(const struct cell *cell)
{
    return cell->key != 0 && cell->calls >= 0.5f;
}

static void publish_cells(const struct an_campaigns *all, const struct campaign *c, uint32_t slot,
                          struct an_signatures *sigs)
{
    for (int i = 0; i < AN_CAMPAIGN_CELLS; i++) {
        const struct cell *cell = &c->cells[i];
        if (!is_used(cell)) continue;
        struct an_signature_cell *at = claim(sigs, cell->key);
        if (at == NULL) return;
        float usual = (background_cell(all, cell->key) + 1) / (all->network.t[T_CALLS] + 100);
        float here = (cell->calls + 2 * usual) / (c->p.t[T_CALLS] + 2);
        float share = cell->calls / (background_cell(all, cell->key) + 1);
        uint32_t place = at->count < AN_CELL_CAMPAIGNS ? at->count++ : AN_CELL_CAMPAIGNS;
        uint8_t of_cell = (uint8_t)(fminf(share, 1) * 255);
        if (place == AN_CELL_CAMPAIGNS) /* full: over the one with the least share, if that is less */
            for (uint32_t k = 0; k < AN_CELL_CAMPAIGNS; k++)
                if (at->at[k].share < of_cell && (place == AN_CELL_CAMPAIGNS || at->at[k].share < at->at[place].share))
                    place = k;
        if (place == AN_CELL_CAMPAIGNS) continue;
        at->at[place].slot = (uint16_t)slot;
        at->at[place].llr = small(fmaxf(-2, fminf(4, logf(here / usual))));
        at->at[place].share = of_cell;
    }
}

static bool is_live(const struct campaign *c)
{
    return c->id != 0 && c->state == AN_CAMPAIGN_HOSTILE;
}

/* As small as it may be at most half full: each call looks for its cell there, and what is small stays in the caches.
 */
static uint32_t cells_wanted(const struct an_campaigns *all)
{
    uint32_t used = 0, cells = 64;
    for (uint32_t slot = 0; slot < all->slots; slot++)
        for (int i = 0; is_live(&all->campaigns[slot]) && i < AN_CAMPAIGN_CELLS; i++)
            used += is_used(&all->campaigns[slot].cells[i]);
    while (cells < used * 2) cells *= 2;
    return cells;
}

static struct an_signatures *new_signatures(const struct an_campaigns *all)
{
    struct an_signatures *sigs = calloc(1, sizeof *sigs);
    if (sigs == NULL) return NULL;
    uint32_t cells = cells_wanted(all);
    sigs->cell_mask = cells - 1;
    sigs->slots = all->slots;
    sigs->members = &all->members;
    sigs->list = &all->list;
    sigs->by_slot = aligned_alloc(64, sigs->slots * sizeof *sigs->by_slot);
    sigs->cells = aligned_alloc(64, cells * sizeof *sigs->cells);
    if (sigs->by_slot == NULL || sigs->cells == NULL) {
        an_signatures_free(sigs);
        return NULL;
    }
    memset(sigs->by_slot, 0, sigs->slots * sizeof *sigs->by_slot);
    memset(sigs->cells, 0, cells * sizeof *sigs->cells);
    return sigs;
}

struct an_signatures *an_campaigns_publish(struct an_campaigns *c)
{
    an_assert(c != NULL);
    upkeep(c);
    c->published_us = c->now_us;
    uint32_t live = 0;
    for (uint32_t slot = 0; slot < c->slots; slot++) live += is_live(&c->campaigns[slot]);
    struct an_signatures *sigs = new_signatures(c);
    if (sigs == NULL) return NULL;
    sigs->version = ++c->version;
    sigs->time_us = c->now_us;
    sigs->live = live;
    for (uint32_t slot = 0; slot < c->slots; slot++) {
        if (!is_live(&c->campaigns[slot])) continue;
        publish_one(c, &c->campaigns[slot], &sigs->by_slot[slot]);
        publish_cells(c, &c->campaigns[slot], slot, sigs);
    }
    return sigs;
}

void an_signatures_free(struct an_signatures *sigs)
{
    if (sigs == NULL) return;
    free(sigs->by_slot);
    free(sigs->cells);
    free(sigs);
}
