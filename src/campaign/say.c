/* What an operator says of a campaign, and what helps him to say it: where it comes from, what is like it. */
#include <math.h>
#include <string.h>

#include "campaign/internal.h"

static int cell_of(const struct campaign *c, uint32_t trunk, uint64_t shape)
{
    for (int i = 0; i < AN_CAMPAIGN_CELLS; i++)
        if (c->cells[i].key != 0 && c->cells[i].trunk == trunk && c->cells[i].shape == shape) return i;
    return -1;
}

static unsigned cells_of(const struct campaign *c)
{
    unsigned count = 0;
    for (int i = 0; i < AN_CAMPAIGN_CELLS; i++) count += c->cells[i].key != 0;
    return count;
}

enum an_err an_campaigns_could_say(const struct an_campaigns *all, const struct an_record_campaign *word)
{
    const struct campaign *c = campaign_find(all, word->campaign);
    if (c == NULL) return AN_ERR_NOT_FOUND;
    if (word->kind == AN_CAMPAIGN_MERGE) {
        const struct campaign *other = campaign_find(all, word->other);
        return other == NULL ? AN_ERR_NOT_FOUND : other == c ? AN_ERR_INVALID : AN_OK;
    }
    if (word->kind != AN_CAMPAIGN_SPLIT) return AN_OK;
    if (cell_of(c, word->trunk, word->shape) < 0) return AN_ERR_NOT_FOUND;
    return cells_of(c) < 2 ? AN_ERR_INVALID : AN_OK;
}

/* Neither released nor confirmed: its own evidence, which the next upkeep looks at. */
static void set_state(struct campaign *c, bool released, bool confirmed)
{
    c->confirmed = confirmed;
    c->state = released ? AN_CAMPAIGN_RELEASED : AN_CAMPAIGN_SUSPECT;
}

enum an_err an_campaigns_say(struct an_campaigns *all, const struct an_record_campaign *word)
{
    an_assert(all != NULL && word != NULL && word->name.len <= AN_CAMPAIGN_NAME_MAX);
    enum an_err err = an_campaigns_could_say(all, word);
    if (err != AN_OK) return err;
    struct campaign *c = campaign_find(all, word->campaign);
    switch (word->kind) {
    case AN_CAMPAIGN_RELEASE:
        if (c->state == AN_CAMPAIGN_RELEASED && word->yes) return AN_OK;
        if (c->state != AN_CAMPAIGN_RELEASED && !word->yes) return AN_OK;
        set_state(c, word->yes, false);
        break;
    case AN_CAMPAIGN_CONFIRM:
        if (c->confirmed == (word->yes != 0)) return AN_OK;
        set_state(c, false, word->yes);
        break;
    case AN_CAMPAIGN_NAME:
        if (an_slice_equal(an_slice_of(c->name), word->name)) return AN_OK;
        an_slice_copy(word->name, c->name, sizeof c->name);
        break;
    case AN_CAMPAIGN_MERGE:
        merge(all, (uint32_t)(c - all->campaigns), (uint32_t)(campaign_find(all, word->other) - all->campaigns));
        return AN_OK;
    default: split(all, (uint32_t)(c - all->campaigns), cell_of(c, word->trunk, word->shape)); return AN_OK;
    }
    c->dirty = true;
    campaign_note(c, all->now_us, AN_CAMPAIGN_SAID, word->kind, 0);
    return AN_OK;
}

enum an_err an_campaigns_release(struct an_campaigns *all, uint32_t id, bool released)
{
    const struct an_record_campaign word = { .kind = AN_CAMPAIGN_RELEASE, .yes = released, .campaign = id };
    return an_campaigns_say(all, &word);
}

/* ---- where it comes from ---- */

static bool has_node(const struct an_campaign_lineage *l, uint32_t id)
{
    for (uint32_t i = 0; i < l->node_count; i++)
        if (l->nodes[i].id == id) return true;
    return false;
}

static void add_node(struct an_campaign_lineage *l, uint32_t id, const char *name, uint64_t born_us, uint64_t ended_us,
                     uint64_t calls)
{
    if (id == 0 || l->node_count == AN_CAMPAIGN_LINEAGE || has_node(l, id)) return;
    uint32_t at = l->node_count++;
    l->nodes[at].id = id;
    an_slice_copy(an_slice_of(name), l->nodes[at].name, sizeof l->nodes[at].name);
    l->nodes[at].born_us = born_us;
    l->nodes[at].ended_us = ended_us;
    l->nodes[at].calls = calls;
}

static void add_edge(struct an_campaign_lineage *l, uint32_t from, uint32_t to, enum an_campaign_why why)
{
    if (l->edge_count == AN_CAMPAIGN_LINEAGE || !has_node(l, from) || !has_node(l, to)) return;
    for (uint32_t i = 0; i < l->edge_count; i++)
        if (l->edges[i].from == from && l->edges[i].to == to) return;
    uint32_t at = l->edge_count++;
    l->edges[at].from = from;
    l->edges[at].to = to;
    l->edges[at].why = why;
}

/* Everything next to one campaign of the picture. */
static void add_kin(const struct an_campaigns *all, struct an_campaign_lineage *l, uint32_t id)
{
    for (unsigned i = 0; i < AN_CAMPAIGNS_TAKEN; i++) {
        const struct taken *t = &all->taken[i];
        if (t->id == 0 || (t->by != id && t->id != id)) continue;
        add_node(l, t->id, t->name, t->birth_us, t->time_us, t->calls);
        add_node(l, t->by, "", 0, 0, 0);
        add_edge(l, t->id, t->by, AN_CAMPAIGN_WHY_MERGED);
    }
    for (uint32_t slot = 0; slot < all->slots; slot++) {
        const struct campaign *c = &all->campaigns[slot];
        if (c->id == 0 || c->parent == 0 || (c->parent != id && c->id != id)) continue;
        const struct campaign *parent = campaign_find(all, c->parent);
        add_node(l, c->id, c->name, c->birth_us, 0, c->calls);
        if (parent != NULL && parent->id == c->parent)
            add_node(l, parent->id, parent->name, parent->birth_us, 0, parent->calls);
        else
            add_node(l, c->parent, "", 0, 0, 0);
        add_edge(l, c->parent, c->id, AN_CAMPAIGN_WHY_SPLIT);
    }
}

enum an_err an_campaigns_lineage(const struct an_campaigns *all, uint32_t id, struct an_campaign_lineage *ret)
{
    an_assert(all != NULL && ret != NULL);
    const struct campaign *c = campaign_find(all, id);
    if (c == NULL) return AN_ERR_NOT_FOUND;
    memset(ret, 0, sizeof *ret);
    add_node(ret, c->id, c->name, c->birth_us, 0, c->calls);
    for (uint32_t i = 0; i < ret->node_count; i++) add_kin(all, ret, ret->nodes[i].id); /* grows as it goes */
    return AN_OK;
}

/* ---- what is like it ---- */

static float compare(const float *a, float a_n, const float *b, float b_n, unsigned bins)
{
    const float enough = 10;
    return a_n < enough || b_n < enough ? -1 : overlap(a, a_n, b, b_n, bins);
}

static void compare_cells(const struct campaign *a, const struct campaign *b, struct an_campaign_similar *s)
{
    uint32_t trunks[AN_CAMPAIGN_CELLS], count = 0;
    for (int i = 0; i < AN_CAMPAIGN_CELLS; i++) {
        bool trunk = false, shape = false, before = false;
        for (int k = 0; a->cells[i].key != 0 && k < AN_CAMPAIGN_CELLS; k++) {
            if (b->cells[k].key == 0) continue;
            trunk |= a->cells[i].trunk == b->cells[k].trunk && a->cells[i].trunk != AN_TRUNK_NONE;
            shape |= a->cells[i].shape == b->cells[k].shape && a->cells[i].shape != 0;
        }
        for (uint32_t k = 0; k < count; k++) before |= trunks[k] == a->cells[i].trunk;
        if (trunk && !before) trunks[count++] = a->cells[i].trunk;
        s->shared_builds += shape;
    }
    s->shared_trunks = count;
}

static struct an_campaign_similar likeness_of(const struct an_campaigns *all, const struct campaign *a,
                                              const struct campaign *b)
{
    struct an_campaign_similar s = { .id = b->id };
    s.rhythm = compare(a->p.hours, a->p.t[T_CALLS], b->p.hours, b->p.t[T_CALLS], 24);
    s.ringing = compare(a->p.ring, a->p.ring_n, b->p.ring, b->p.ring_n, BINS);
    s.callers = compare(a->p.classes, a->p.t[T_CALLS], b->p.classes, b->p.t[T_CALLS], AN_CALLER_CLASSES);
    compare_cells(a, b, &s);
    for (unsigned i = 0; i < LINKS; i++)
        if (!is_stale(all, &a->links[i]) && a->links[i].id == b->id) s.shared_callees = a->links[i].hits;
    float n = 3, sum = (float)((s.shared_trunks > 0) + (s.shared_builds > 0) + (s.shared_callees > 3));
    const float parts[] = { s.rhythm, s.ringing, s.callers };
    for (int i = 0; i < 3; i++) {
        if (parts[i] < 0) continue;
        sum += parts[i];
        n++;
    }
    s.likeness = sum / n;
    return s;
}

enum an_err an_campaigns_similar(const struct an_campaigns *all, uint32_t id,
                                 struct an_campaign_similar ret_similar[AN_CAMPAIGN_SIMILAR], size_t *ret_count)
{
    an_assert(all != NULL && ret_similar != NULL && ret_count != NULL);
    const struct campaign *c = campaign_find(all, id);
    size_t count = 0;
    if (c == NULL) return AN_ERR_NOT_FOUND;
    for (uint32_t slot = 0; slot < all->slots; slot++) {
        const struct campaign *other = &all->campaigns[slot];
        if (other->id == 0 || other == c) continue;
        struct an_campaign_similar s = likeness_of(all, c, other);
        size_t at = count;
        while (at > 0 && ret_similar[at - 1].likeness < s.likeness) at--;
        if (at == AN_CAMPAIGN_SIMILAR) continue;
        if (count < AN_CAMPAIGN_SIMILAR) count++;
        memmove(&ret_similar[at + 1], &ret_similar[at], (count - at - 1) * sizeof s);
        ret_similar[at] = s;
    }
    *ret_count = count;
    return AN_OK;
}
