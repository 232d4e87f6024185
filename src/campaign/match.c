#include "campaign/match.h"

#include "base/err.h"
#include "base/mini.h"

/* One call's keys, and what stands under them. */
struct keys {
    uint64_t member, listed, cell;
};

struct found {
    const struct an_signature_cell *cell; /* NULL: none */
    unsigned members, listed;
    uint32_t member_slots[AN_WORDS];
    uint64_t listed_words[AN_WORDS];
};

struct candidate {
    uint32_t slot;
    float llr; /* of membership, list and cell */
    float listed;
    float share;
    uint32_t numbers;
    bool member;
};

/* What of the number shown is compared. */
struct number {
    bool fresh, foreign;
    unsigned hour;
};

struct match {
    const struct an_signatures *sigs;
    struct candidate at[AN_MATCH_CANDIDATES];
    unsigned count;
};

static bool is_due(const struct an_call *call)
{
    const struct an_observation *obs = &call->enriched.obs;
    return call->error == AN_OK && !call->observed.repeat && obs->kind == AN_OBS_ATTEMPT &&
           (obs->flags & AN_OBS_PASSIVE) == 0;
}

static const struct an_signature_cell *cell_at(const struct an_signatures *sigs, uint64_t key)
{
    return &sigs->cells[(uint32_t)(key >> 16) & sigs->cell_mask];
}

static struct candidate *propose(struct match *m, uint32_t slot)
{
    if (slot >= m->sigs->slots || m->sigs->by_slot[slot].id == 0) return NULL;
    for (unsigned i = 0; i < m->count; i++)
        if (m->at[i].slot == slot) return &m->at[i];
    if (m->count == AN_MATCH_CANDIDATES) return NULL;
    m->at[m->count] = (struct candidate) { .slot = slot };
    return &m->at[m->count++];
}

/* Inlined by force: gcc takes a function that only prefetches for one without effect, and drops the calls. */
static inline __attribute__((always_inline)) void fetch_signature(const struct an_signatures *sigs, uint32_t slot)
{
    if (slot < sigs->slots) __builtin_prefetch(&sigs->by_slot[slot]);
}

static void find_members(const struct an_signatures *sigs, uint64_t key, struct found *found)
{
    const uint64_t *line = an_words_line(sigs->members, key);
    for (unsigned i = 0; i < AN_WORDS; i++) {
        uint64_t word = __atomic_load_n(&line[i], __ATOMIC_RELAXED);
        if (!an_word_is_member(word, key)) continue;
        found->member_slots[found->members++] = an_member_slot(word);
        fetch_signature(sigs, an_member_slot(word));
    }
}

static void find_listed(const struct an_signatures *sigs, uint64_t key, struct found *found)
{
    const uint64_t *line = an_words_line(sigs->list, key);
    for (unsigned i = 0; i < AN_WORDS; i++) {
        uint64_t word = __atomic_load_n(&line[i], __ATOMIC_RELAXED);
        if (!an_word_is_listed(word, key)) continue;
        found->listed_words[found->listed++] = word;
        fetch_signature(sigs, an_listed_read(word).slot);
    }
}

static void find_cell(const struct an_signatures *sigs, uint64_t key, struct found *found)
{
    for (uint32_t i = 0; i <= sigs->cell_mask; i++) {
        const struct an_signature_cell *at = &sigs->cells[((uint32_t)(key >> 16) + i) & sigs->cell_mask];
        if (at->key == 0) return;
        if (at->key != key) continue;
        found->cell = at;
        for (uint32_t k = 0; k < at->count; k++) fetch_signature(sigs, at->at[k].slot);
        return;
    }
}

/* The candidates' places, and their signatures sent for; a vector's are under way at once. */
static void find(const struct an_signatures *sigs, const struct keys *keys, struct found *found)
{
    found->cell = NULL;
    found->members = found->listed = 0;
    if (keys->member != 0) find_members(sigs, keys->member, found);
    if (keys->listed != 0) find_listed(sigs, keys->listed, found);
    if (keys->cell != 0) find_cell(sigs, keys->cell, found);
}

static void propose_member(struct match *m, uint32_t slot)
{
    struct candidate *c = propose(m, slot);
    if (c == NULL) return;
    c->member = true;
    c->llr += 4;
}

static void propose_listed(struct match *m, uint64_t word)
{
    struct an_listed listed = an_listed_read(word);
    struct candidate *c = propose(m, listed.slot);
    if (c == NULL) return;
    float nats = m->sigs->by_slot[listed.slot].list_nats;
    c->numbers = listed.numbers;
    if (!listed.reached || listed.numbers >= 3) c->listed = nats;
    c->llr += listed.reached && listed.numbers < 3 ? 0.3f * nats : 0.6f * nats;
}

static void propose_cell(struct match *m, const struct an_signature_cell *at)
{
    for (uint32_t k = 0; k < at->count; k++) {
        struct candidate *c = propose(m, at->at[k].slot);
        if (c == NULL) continue;
        c->share = (float)at->at[k].share * (1.0f / 255);
        c->llr += (float)at->at[k].llr * (1.0f / AN_LLR_UNIT);
    }
}

static void propose_all(struct match *m, const struct found *found)
{
    m->count = 0;
    for (unsigned k = 0; k < found->members; k++) propose_member(m, found->member_slots[k]);
    for (unsigned k = 0; k < found->listed; k++) propose_listed(m, found->listed_words[k]);
    if (found->cell != NULL) propose_cell(m, found->cell);
}

static float llr_of(const struct match *m, const struct candidate *c, const struct an_observation *obs,
                    const struct number *number)
{
    const struct an_signature *sig = &m->sigs->by_slot[c->slot];
    bool walks = sig->walk_to != 0 && obs->callee >= sig->walk_from && obs->callee <= sig->walk_to;
    int sum =
        sig->classes[an_caller_class(obs->caller_kind)] + sig->fresh[number->fresh] + sig->foreign[number->foreign];
    if (number->hour >= 4) sum += sig->hours[number->hour - 4];
    float small = (float)sum * (1.0f / AN_LLR_UNIT);
    return c->llr + sig->weight + small + (walks ? 4.0f : 0);
}

static float rounded(float x)
{
    return an_mini_float(an_mini_of(x));
}

static void conclude(struct an_vector *v, uint32_t i, const struct match *m, const struct number *number)
{
    struct an_call *call = &v->calls[i];
    const struct candidate *best = NULL, *list = NULL;
    float most = 0;
    for (unsigned k = 0; k < m->count; k++) {
        const struct candidate *c = &m->at[k];
        float llr = llr_of(m, c, &call->enriched.obs, number);
        if (best == NULL || c->member > best->member || (c->member == best->member && llr > most)) {
            best = c;
            most = llr;
        }
        if (c->listed > 0 && (list == NULL || c->listed > list->listed)) list = c;
    }
    if (list != NULL) {
        v->features[AN_F_CAMPAIGN_LISTED][i] = rounded(list->listed);
        v->features[AN_F_CAMPAIGN_CALLEE_NUMBERS][i] = (float)list->numbers;
    }
    if (best == NULL || (most <= AN_MATCH_FROM && !best->member)) return;
    const struct an_signature *sig = &m->sigs->by_slot[best->slot];
    v->features[AN_F_CAMPAIGN_MATCH][i] = rounded(most > AN_MATCH_FROM ? most : AN_MATCH_FROM);
    v->features[AN_F_CAMPAIGN_HOSTILITY][i] = rounded(sig->hostility);
    v->features[AN_F_CAMPAIGN_MEMBER][i] = best->member ? 1.0f : 0;
    v->features[AN_F_CAMPAIGN_SHARE][i] = rounded(best->share);
    call->verdict.campaign = sig->id;
}

static void fetch(const struct an_vector *v, uint32_t i, const struct an_signatures *sigs, struct keys *k)
{
    const struct an_observation *obs = &v->calls[i].enriched.obs;
    k->member = obs->caller == 0 ? 0 : an_member_key(obs->caller, obs->trunk);
    k->listed = obs->callee == AN_NUMBER_NONE ? 0 : an_listed_key(obs->callee);
    k->cell = obs->shape == 0 ? 0 : an_cell_key(obs->trunk, obs->shape); /* a trunk alone is no sign of a campaign */
    if (k->member != 0) __builtin_prefetch(an_words_line(sigs->members, k->member));
    if (k->listed != 0) __builtin_prefetch(an_words_line(sigs->list, k->listed));
    if (k->cell != 0) __builtin_prefetch(cell_at(sigs, k->cell));
}

void an_match_vector(struct an_vector *v, const struct an_signatures *sigs, int32_t utc_offset_s)
{
    an_assert(v != NULL && v->count <= AN_VECTOR_MAX);
    struct keys keys[AN_VECTOR_MAX];
    struct found found[AN_VECTOR_MAX];
    struct match m = { .sigs = sigs };
    for (int f = AN_F_CAMPAIGN_MATCH; f <= AN_F_CAMPAIGN_CALLEE_NUMBERS; f++)
        for (uint32_t i = 0; i < v->count; i++) v->features[f][i] = 0;
    bool any = sigs != NULL && sigs->live > 0;
    for (uint32_t i = 0; any && i < v->count; i++)
        if (is_due(&v->calls[i])) fetch(v, i, sigs, &keys[i]);
    for (uint32_t i = 0; any && i < v->count; i++)
        if (is_due(&v->calls[i])) find(sigs, &keys[i], &found[i]);
    for (uint32_t i = 0; i < v->count; i++) {
        struct an_call *call = &v->calls[i];
        if (!is_due(call)) continue;
        call->verdict.campaign = 0;
        call->verdict.signatures = sigs == NULL ? 0 : (uint32_t)sigs->version;
        if (!any) continue;
        if (v->features[AN_F_RELATION_CALLED][i] >= AN_RELATED || v->features[AN_F_RELATION_TALKED][i] >= AN_RELATED)
            continue;
        float surprise = v->features[AN_F_ORIGIN_SURPRISE][i] + v->features[AN_F_OPERATOR_SURPRISE][i];
        const struct number number = {
            .fresh = v->features[AN_F_NUMBER_AGE_D][i]<AN_FRESH_DAYS, .foreign = surprise> AN_FOREIGN_NATS,
            .hour = an_local_hour(call->enriched.obs.time_us, utc_offset_s)
        };
        propose_all(&m, &found[i]);
        if (m.count > 0) conclude(v, i, &m, &number);
    }
}
