/* Campaigns to look at: ids, a view of one, an operator's word on it. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "campaign/internal.h"

struct ranked {
    float calls;
    uint32_t id;
};

static int by_calls(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;
    if (x->calls != y->calls) return x->calls > y->calls ? -1 : 1;
    return x->id < y->id ? -1 : x->id > y->id;
}

size_t an_campaigns_ids(const struct an_campaigns *c, bool hostile_only, uint32_t *ret_ids, size_t max)
{
    size_t count = 0;
    struct ranked *all = malloc(c->slots * sizeof *all);
    for (uint32_t slot = 0; all != NULL && slot < c->slots; slot++) {
        const struct campaign *at = &c->campaigns[slot];
        if (at->id == 0 || (hostile_only && at->state != AN_CAMPAIGN_HOSTILE)) continue;
        all[count++] = (struct ranked) { decayed(at->p.t[T_CALLS], at->tick_us, c->now_us, 86400), at->id };
    }
    if (all != NULL) qsort(all, count, sizeof *all, by_calls);
    for (size_t i = 0; i < count && i < max; i++) ret_ids[i] = all[i].id;
    free(all);
    return count;
}

struct campaign *campaign_find(const struct an_campaigns *c, uint32_t id)
{
    /* Taken in by one that was taken in: follow, newest entries are not needed first since ids never come back. */
    for (unsigned hops = 0; hops < 64; hops++) {
        for (uint32_t slot = 0; slot < c->slots; slot++)
            if (id != 0 && c->campaigns[slot].id == id) return &c->campaigns[slot];
        uint32_t by = 0;
        for (unsigned i = 0; i < AN_CAMPAIGNS_TAKEN; i++)
            if (c->taken[i].id == id) by = c->taken[i].by;
        if (by == 0) return NULL;
        id = by;
    }
    return NULL;
}

static void view_cells(const struct campaign *c, struct an_campaign_view *v)
{
    for (int i = 0; i < AN_CAMPAIGN_CELLS; i++) {
        const struct cell *cell = &c->cells[i];
        if (cell->key == 0) continue;
        uint32_t at = v->cell_count++;
        while (at > 0 && v->cells[at - 1].calls_1d < cell->calls) {
            v->cells[at] = v->cells[at - 1];
            at--;
        }
        v->cells[at].trunk = cell->trunk;
        v->cells[at].shape = cell->shape;
        v->cells[at].calls_1d = cell->calls;
        v->cells[at].share = c->p.t[T_CALLS] > 0 ? fminf(cell->calls / c->p.t[T_CALLS], 1) : 0;
        v->cells[at].first_us = cell->first_us;
        v->cells[at].last_us = cell->last_us;
    }
}

static void view_recent(const struct campaign *c, struct an_campaign_view *v)
{
    for (unsigned k = 1; k <= AN_CAMPAIGN_RECENT; k++) {
        unsigned i = (c->recent_at + AN_CAMPAIGN_RECENT - k) % AN_CAMPAIGN_RECENT;
        if (c->recent[i].last_us == 0) continue;
        unsigned at = v->recent_count++;
        v->recent[at].number = c->recent[i].number;
        v->recent[at].trunk = c->recent[i].trunk;
        v->recent[at].calls = c->recent[i].calls;
        v->recent[at].last_us = c->recent[i].last_us;
    }
}

static void view_events(const struct campaign *c, struct an_campaign_view *v)
{
    uint32_t count = c->event_at < AN_CAMPAIGN_EVENTS ? c->event_at : AN_CAMPAIGN_EVENTS;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t at = (c->event_at - count + i) % AN_CAMPAIGN_EVENTS;
        v->events[i].time_us = c->events[at].time_us;
        v->events[i].kind = c->events[at].kind;
        v->events[i].other = c->events[at].other;
        v->events[i].trunk = c->events[at].trunk;
    }
    v->event_count = count;
}

static void view_names(const struct an_campaigns *all, struct an_campaign_view *v)
{
    for (uint32_t i = 0; i < v->cell_count; i++) trunk_name_copy(all, v->cells[i].trunk, v->cells[i].trunk_name);
    for (uint32_t i = 0; i < v->recent_count; i++) trunk_name_copy(all, v->recent[i].trunk, v->recent[i].trunk_name);
    for (uint32_t i = 0; i < v->event_count; i++) trunk_name_copy(all, v->events[i].trunk, v->events[i].trunk_name);
}

static float part(float hits, float n)
{
    return n > 0 ? hits / n : 0;
}

static void view_clocks(const struct campaign *c, struct an_campaign_view *v)
{
    unsigned ring = fullest(c->p.ring, BINS), gap = fullest(c->p.gap, BINS);
    v->ring_atom_share = part(c->p.ring[ring], c->p.ring_n);
    v->ring_atom_s = c->p.ring_n > 0 ? (float)ring * RING_BIN_MS / 1000 : 0;
    v->gap_share = part(c->p.gap[gap], c->p.gap_n);
    v->gap_s = c->p.gap_n > 0 ? (float)gap * GAP_BIN_MS / 1000 : 0;
}

enum an_err an_campaigns_view(const struct an_campaigns *all, uint32_t id, struct an_campaign_view *ret)
{
    an_assert(all != NULL && ret != NULL);
    struct campaign *found = campaign_find(all, id);
    if (found == NULL) return AN_ERR_NOT_FOUND;
    struct campaign copy = *found;
    campaign_decay(&copy, all->now_us);
    const struct campaign *c = &copy;
    const float *t = c->p.t;
    memset(ret, 0, sizeof *ret);
    ret->id = c->id;
    ret->slot = (uint32_t)(found - all->campaigns);
    ret->state = c->state;
    ret->parent = c->parent;
    ret->confirmed = c->confirmed;
    memcpy(ret->name, c->name, sizeof ret->name);
    ret->birth_us = c->birth_us;
    ret->last_us = c->last_us;
    ret->hostile_us = c->hostile_us;
    ret->calls = c->calls;
    ret->numbers = c->numbers;
    ret->callees = c->callees;
    ret->calls_1d = t[T_CALLS];
    ret->hostility = hostility_of(all, c, ret->terms, &ret->term_count);
    ret->confidence = 1 / (1 + expf(-ret->hostility));
    unsigned category = fullest(c->categories, AN_CATEGORY_COUNT);
    ret->category = c->categories[category] > 0 ? (enum an_category)category : AN_CATEGORY_UNKNOWN;
    ret->category_votes = c->categories[category];
    ret->reports = t[T_COMPLAINTS];
    ret->answered = part(t[T_ANSWERED], t[T_ENDED]);
    ret->refused = part(t[T_REFUSED], t[T_ENDED]);
    ret->short_talks = part(t[T_SHORT], t[T_ANSWERED]);
    ret->holes = part(t[T_HOLES], t[T_CALLS]);
    ret->retries = part(t[T_RETRIES] + t[T_AGAIN], t[T_CALLS]);
    view_cells(c, ret);
    view_recent(c, ret);
    view_events(c, ret);
    view_clocks(c, ret);
    view_names(all, ret);
    return AN_OK;
}

void an_campaigns_stats(const struct an_campaigns *c, struct an_campaigns_stats *ret)
{
    *ret = c->stats;
    ret->version = c->version;
    ret->members_capacity = c->members.lines * AN_WORDS;
    ret->listed_capacity = c->list.lines * AN_WORDS;
    for (uint32_t slot = 0; slot < c->slots; slot++) {
        ret->live += c->campaigns[slot].id != 0;
        ret->hostile += c->campaigns[slot].id != 0 && c->campaigns[slot].state == AN_CAMPAIGN_HOSTILE;
    }
}

const char *an_campaign_state_name(enum an_campaign_state state)
{
    static const char *const names[] = { "suspect", "hostile", "released" };
    return (unsigned)state < 3 ? names[state] : "unknown";
}

const char *an_campaign_event_name(enum an_campaign_event_kind kind)
{
    static const char *const names[] = { "born", "hostile", "quiet", "moved", "took-in", "split", "said" };
    return (unsigned)kind < 7 ? names[kind] : "unknown";
}
