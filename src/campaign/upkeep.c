/* From time to time: what belongs together is merged, what has nothing in common is split, what is silent ends. */
#include <math.h>
#include <string.h>

#include "campaign/internal.h"

enum { SILENT_DAYS = 7 };

bool is_stale(const struct an_campaigns *campaigns, const struct link *link)
{
    return link->calls == 0 || campaigns->campaigns[link->slot].id != link->id;
}

void link_hit(const struct an_campaigns *campaigns, struct campaign *c, uint32_t other)
{
    struct link *least = NULL;
    for (unsigned i = 0; i < LINKS; i++) {
        struct link *at = &c->links[i];
        bool stale = is_stale(campaigns, at);
        if (!stale && at->slot == other) {
            at->hits++;
            return;
        }
        if (stale) *at = (struct link) { 0 };
        if (least == NULL || stale || (least->calls > 0 && at->hits < least->hits)) least = at;
    }
    /* the call that began it would be a biased first */
    *least = (struct link) { .slot = other, .id = campaigns->campaigns[other].id, .hits = 0, .calls = 1 };
}

void rank(struct an_campaigns *campaigns, uint32_t slot)
{
    const struct campaign *c = &campaigns->campaigns[slot];
    double days = (double)c->tick_us / (double)DAY_US;
    campaigns->ranks[slot] = c->id == 0 ? -INFINITY : log2((double)c->p.t[T_CALLS] + 1e-30) + days;
}

static void end_campaign(struct an_campaigns *campaigns, uint32_t slot, uint32_t heir)
{
    if (campaigns->campaigns[slot].noted <= NOTED)
        words_reassign_noted(campaigns, slot, heir);
    else
        words_reassign(campaigns, slot, heir);
    campaigns->campaigns[slot].id = 0;
    campaigns->live--;
    campaigns->cells_stale = true;
    rank(campaigns, slot);
}

static uint32_t least_slot(const struct an_campaigns *campaigns)
{
    uint32_t least = 0;
    for (uint32_t slot = 1; slot < campaigns->slots; slot++)
        if (campaigns->ranks[slot] < campaigns->ranks[least]) least = slot;
    return least;
}

/* Free slots by turns: until the next snapshot the hot path still knows a slot's last campaign. */
uint32_t make_room(struct an_campaigns *campaigns)
{
    uint32_t slot = campaigns->next_slot % campaigns->slots;
    if (campaigns->live == campaigns->slots) {
        slot = least_slot(campaigns);
        campaigns->stats.evicted++;
        end_campaign(campaigns, slot, UINT32_MAX);
    }
    while (campaigns->ranks[slot] != -INFINITY) slot = (slot + 1) % campaigns->slots;
    campaigns->next_slot = slot + 1;
    campaigns->live++;
    return slot;
}

/* ---- merging ---- */

float overlap(const float *a, float a_n, const float *b, float b_n, unsigned bins)
{
    float common = 0;
    if (a_n <= 0 || b_n <= 0) return 0;
    for (unsigned i = 0; i < bins; i++) common += fminf(a[i] / a_n, b[i] / b_n);
    return common;
}

/* E7: hits beyond what chance gives, given how much of the population stands on the other's list: the log-likelihood
 * ratio of a Poisson count, large enough to be looked at again and again. E8: the same hours make the same list more
 * believable. */
static bool is_one(const struct an_campaigns *campaigns, const struct campaign *c, const struct link *link)
{
    const float far_beyond = 18, for_rhythm = 5;
    const struct campaign *other = &campaigns->campaigns[link->slot];
    if (is_stale(campaigns, link) || link->hits < 4 || other->id == 0 || other == c) return false;
    float hits = (float)link->hits, expected = (float)link->calls * coverage_of(campaigns, other) + 0.02f;
    if (hits < 2 * expected) return false;
    float rhythm = overlap(c->p.hours, c->p.t[T_CALLS], other->p.hours, other->p.t[T_CALLS], 24);
    return hits * logf(hits / expected) - (hits - expected) > far_beyond - for_rhythm * rhythm;
}

static void merge_cells(struct campaign *into, const struct campaign *from)
{
    for (int i = 0; i < AN_CAMPAIGN_CELLS; i++) {
        const struct cell *cell = &from->cells[i];
        if (cell->key == 0) continue;
        struct cell *least = &into->cells[0];
        struct cell *same = NULL;
        for (int k = 0; k < AN_CAMPAIGN_CELLS; k++) {
            if (into->cells[k].key == cell->key) same = &into->cells[k];
            if (into->cells[k].calls < least->calls) least = &into->cells[k];
        }
        if (same == NULL && least->calls < cell->calls) {
            *least = *cell;
            if (cell->first_us > into->birth_us + 3600000000ull)
                campaign_note(into, cell->first_us, AN_CAMPAIGN_MOVED, from->id, cell->trunk);
        } else if (same != NULL) {
            same->calls += cell->calls;
            if (cell->first_us < same->first_us) same->first_us = cell->first_us;
            if (cell->last_us > same->last_us) same->last_us = cell->last_us;
            for (int b = 0; b < BINS / 4; b++) same->ring[b] += cell->ring[b];
            same->ring_n += cell->ring_n;
        }
    }
}

static struct taken taken_of(const struct campaign *from, uint32_t by, uint64_t now_us)
{
    struct taken taken = { from->id, by, from->birth_us, now_us, from->calls, "" };
    memcpy(taken.name, from->name, sizeof taken.name);
    return taken;
}

/* The older one goes on: a campaign that dies on one trunk and rises on another is one campaign. */
void merge(struct an_campaigns *campaigns, uint32_t a, uint32_t b)
{
    if (campaigns->campaigns[b].birth_us < campaigns->campaigns[a].birth_us) {
        uint32_t swap = a;
        a = b;
        b = swap;
    }
    struct campaign *into = &campaigns->campaigns[a], *from = &campaigns->campaigns[b];
    campaign_decay(into, campaigns->now_us);
    campaign_decay(from, campaigns->now_us);
    float *to = (float *)&into->p;
    const float *add = (const float *)&from->p;
    for (size_t i = 0; i < sizeof into->p / sizeof(float); i++) to[i] += add[i];
    for (int i = 0; i < AN_CATEGORY_COUNT; i++) into->categories[i] += from->categories[i];
    into->listed += from->listed;
    into->chance += from->chance;
    into->calls += from->calls;
    into->numbers += from->numbers;
    into->callees += from->callees;
    if (from->last_us > into->last_us) into->last_us = from->last_us;
    if (from->state == AN_CAMPAIGN_RELEASED) into->state = AN_CAMPAIGN_RELEASED;
    into->confirmed |= from->confirmed;
    if (into->name[0] == '\0') memcpy(into->name, from->name, sizeof into->name);
    merge_cells(into, from);
    for (unsigned i = 0; i < AN_CAMPAIGN_RECENT; i++)
        if (from->recent[i].number != 0 && from->recent[i].last_us > into->recent[into->recent_at].last_us) {
            into->recent[into->recent_at] = from->recent[i];
            into->recent_at = (into->recent_at + 1) % AN_CAMPAIGN_RECENT;
        }
    campaign_note(into, campaigns->now_us, AN_CAMPAIGN_TOOK_IN, from->id, from->cells[0].trunk);
    campaigns->taken[campaigns->taken_at++ % AN_CAMPAIGNS_TAKEN] = taken_of(from, into->id, campaigns->now_us);
    campaigns->stats.merged++;
    into->dirty = true;
    into->noted = NOTED + 1;
    end_campaign(campaigns, b, a);
    rank(campaigns, a);
}

/* ---- splitting ---- */

/* A cell whose ring times have nothing in common with the others' is somebody else's machine. */
static int odd_cell(const struct campaign *c)
{
    enum { ENOUGH = 30 };
    for (int i = 0; i < AN_CAMPAIGN_CELLS; i++) {
        const struct cell *cell = &c->cells[i];
        if (cell->key == 0 || cell->ring_n < ENOUGH) continue;
        float rest[BINS / 4] = { 0 }, rest_n = 0;
        for (int k = 0; k < AN_CAMPAIGN_CELLS; k++) {
            if (k == i || c->cells[k].key == 0) continue;
            for (int b = 0; b < BINS / 4; b++) rest[b] += c->cells[k].ring[b];
            rest_n += c->cells[k].ring_n;
        }
        if (rest_n >= ENOUGH && overlap(cell->ring, cell->ring_n, rest, rest_n, BINS / 4) < 0.2f) return i;
    }
    return -1;
}

/* A share of everything, as large as the cell's share of the calls; its own clock. */
void split(struct an_campaigns *campaigns, uint32_t slot, int at)
{
    uint32_t part_slot = make_room(campaigns);
    if (part_slot == slot || campaigns->campaigns[slot].id == 0) { /* it was the one that had to go */
        campaigns->live--;
        return;
    }
    struct campaign *c = &campaigns->campaigns[slot], *part = &campaigns->campaigns[part_slot];
    *part = *c;
    struct cell cell = c->cells[at];
    float share = c->p.t[T_CALLS] > 0 ? fminf(cell.calls / c->p.t[T_CALLS], 1) : 0;
    float *stays = (float *)&c->p, *goes = (float *)&part->p;
    for (size_t i = 0; i < sizeof c->p / sizeof(float); i++) {
        goes[i] = stays[i] * share;
        stays[i] -= goes[i];
    }
    part->id = ++campaigns->next_id;
    part->parent = c->id;
    part->birth_us = cell.first_us;
    part->calls = (uint64_t)cell.calls;
    part->numbers = part->callees = 0;
    part->noted = 0;
    part->event_at = part->recent_at = 0;
    memset(part->events, 0, sizeof part->events);
    memset(part->recent, 0, sizeof part->recent);
    memset(part->cells, 0, sizeof part->cells);
    memset(part->links, 0, sizeof part->links);
    part->cells[0] = cell;
    c->cells[at] = (struct cell) { 0 };
    campaign_note(part, campaigns->now_us, AN_CAMPAIGN_SPLIT_OFF, c->id, cell.trunk);
    campaign_note(c, campaigns->now_us, AN_CAMPAIGN_SPLIT_OFF, part->id, cell.trunk);
    c->dirty = part->dirty = true;
    campaigns->stats.split++;
    rank(campaigns, slot);
    rank(campaigns, part_slot);
    campaigns->cells_stale = true;
}

/* ---- all of it ---- */

static void judge(struct an_campaigns *campaigns, struct campaign *c)
{
    campaign_decay(c, campaigns->now_us);
    c->hostility = hostility_of(campaigns, c, NULL, NULL);
    if (c->confirmed) c->hostility = fmaxf(c->hostility, AN_CONFIRMED_NATS);
    if (c->state == AN_CAMPAIGN_RELEASED) return;
    bool hostile = c->confirmed || (c->hostility > 0 && c->calls >= AN_CAMPAIGN_CALLS_MIN);
    if (hostile == (c->state == AN_CAMPAIGN_HOSTILE)) return;
    c->state = hostile ? AN_CAMPAIGN_HOSTILE : AN_CAMPAIGN_SUSPECT;
    if (hostile && c->hostile_us == 0) c->hostile_us = campaigns->now_us;
    campaign_note(c, campaigns->now_us, hostile ? AN_CAMPAIGN_TURNED_HOSTILE : AN_CAMPAIGN_TURNED_QUIET, 0, 0);
}

static void keep_up(struct an_campaigns *campaigns, uint32_t slot, bool thorough)
{
    struct campaign *c = &campaigns->campaigns[slot];
    if (campaigns->now_us - c->last_us > SILENT_DAYS * DAY_US) {
        end_campaign(campaigns, slot, UINT32_MAX);
        campaigns->stats.ended++;
        return;
    }
    if (c->dirty || thorough) judge(campaigns, c);
    c->dirty = false;
    for (unsigned i = 0; i < LINKS; i++)
        if (is_one(campaigns, c, &c->links[i])) {
            merge(campaigns, slot, c->links[i].slot);
            return;
        }
    int odd = thorough ? odd_cell(c) : -1;
    if (odd >= 0) split(campaigns, slot, odd);
}

void upkeep(struct an_campaigns *campaigns)
{
    const uint64_t thorough_us = 900000000ull;
    bool thorough = campaigns->now_us - campaigns->upkeep_us >= thorough_us;
    if (thorough) campaigns->upkeep_us = campaigns->now_us;
    for (uint32_t slot = 0; slot < campaigns->slots; slot++)
        if (campaigns->campaigns[slot].id != 0 && (campaigns->campaigns[slot].dirty || thorough))
            keep_up(campaigns, slot, thorough);
    if (!campaigns->cells_stale && !thorough) return;
    cell_slots_rebuild(campaigns);
    campaigns->cells_stale = false;
}
