/* Which campaigns come in by a cell: an index of at most AN_CELL_CAMPAIGNS a cell, and of as many a build and a
 * trunk. */
#include <string.h>

#include "campaign/internal.h"

uint64_t shape_key(uint64_t shape)
{
    return shape == 0 ? 0 : an_mix64(shape ^ 0x7368617065000000ull) | 1;
}

uint64_t trunk_key(uint32_t trunk)
{
    return trunk == 0 ? 0 : an_mix64(trunk ^ 0x7472756e6b000000ull) | 1;
}

struct cell_slots *cell_slots_find(const struct an_campaigns *campaigns, uint64_t key)
{
    if (key == 0) return NULL;
    for (uint32_t i = 0; i <= campaigns->by_cell_mask; i++) {
        struct cell_slots *at = &campaigns->by_cell[((uint32_t)(key >> 16) + i) & campaigns->by_cell_mask];
        if (at->key == key) return at;
        if (at->key == 0) return NULL;
    }
    return NULL;
}

static struct cell_slots *claim(struct an_campaigns *campaigns, uint64_t key)
{
    for (uint32_t i = 0; i <= campaigns->by_cell_mask; i++) {
        struct cell_slots *at = &campaigns->by_cell[((uint32_t)(key >> 16) + i) & campaigns->by_cell_mask];
        if (at->key == key) return at;
        if (at->key != 0) continue;
        if (campaigns->by_cell_used * 2 > campaigns->by_cell_mask) return NULL; /* full until the next rebuild */
        campaigns->by_cell_used++;
        at->key = key;
        memset(at->slots, 0xff, sizeof at->slots);
        return at;
    }
    return NULL;
}

static float calls_of(const struct an_campaigns *campaigns, uint32_t slot)
{
    return slot < campaigns->slots ? campaigns->campaigns[slot].p.t[T_CALLS] : -1;
}

void cell_slots_add(struct an_campaigns *campaigns, uint64_t key, uint32_t slot)
{
    struct cell_slots *at = key == 0 ? NULL : claim(campaigns, key);
    if (at == NULL) return;
    unsigned least = 0;
    for (unsigned i = 0; i < AN_CELL_CAMPAIGNS; i++) {
        if (at->slots[i] == slot) return;
        if (calls_of(campaigns, at->slots[i]) < calls_of(campaigns, at->slots[least])) least = i;
    }
    /* The last place is for whoever came last, or a new campaign would never be compared with. */
    unsigned place =
        at->slots[least] < campaigns->slots && calls_of(campaigns, slot) < calls_of(campaigns, at->slots[least])
            ? AN_CELL_CAMPAIGNS - 1
            : least;
    at->slots[place] = slot;
}

void cell_slots_rebuild(struct an_campaigns *campaigns)
{
    memset(campaigns->by_cell, 0, (campaigns->by_cell_mask + 1ull) * sizeof *campaigns->by_cell);
    campaigns->by_cell_used = 0;
    for (uint32_t slot = 0; slot < campaigns->slots; slot++) {
        const struct campaign *c = &campaigns->campaigns[slot];
        if (c->id == 0) continue;
        for (int i = 0; i < AN_CAMPAIGN_CELLS; i++) {
            if (c->cells[i].key == 0 || c->cells[i].calls < 0.05f) continue;
            cell_slots_add(campaigns, c->cells[i].key, slot);
            cell_slots_add(campaigns, shape_key(c->cells[i].shape), slot);
            cell_slots_add(campaigns, trunk_key(c->cells[i].trunk), slot);
        }
    }
}
