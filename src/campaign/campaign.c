#include "campaign/campaign.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "campaign/internal.h"

enum { UNDER_WAY = 1 << 17, CELL_SLOTS = 1 << 16, SHORT_MS = 6000 };

unsigned an_caller_class(uint8_t caller_kind)
{
    static const uint8_t classes[AN_KIND_COUNT] = {
        [AN_KIND_NONE] = 0,       [AN_KIND_MOBILE] = 1,      [AN_KIND_VIRTUAL] = 2,     [AN_KIND_IOT] = 2,
        [AN_KIND_LANDLINE] = 3,   [AN_KIND_SERVICE_400] = 4, [AN_KIND_SERVICE_800] = 4, [AN_KIND_SERVICE_95] = 5,
        [AN_KIND_SERVICE_96] = 5, [AN_KIND_SERVICE_1XX] = 5, [AN_KIND_EMERGENCY] = 5,   [AN_KIND_SATELLITE] = 6,
        [AN_KIND_FOREIGN] = 6,    [AN_KIND_INVALID] = 7,     [AN_KIND_UNALLOCATED] = 7,
    };
    return caller_kind < AN_KIND_COUNT ? classes[caller_kind] : 7;
}

static uint32_t power_of_two(uint32_t n)
{
    uint32_t p = 1;
    while (p < n) p *= 2;
    return p;
}

static void fill_defaults(struct an_campaign_options *o)
{
    if (o->campaigns == 0) o->campaigns = 4096;
    if (o->campaigns > AN_CAMPAIGNS_MAX) o->campaigns = AN_CAMPAIGNS_MAX;
    if (o->members == 0) o->members = 524288;
    if (o->listed == 0) o->listed = 2097152;
    if (o->cells == 0) o->cells = 65536;
    if (o->publish_ms == 0) o->publish_ms = 2000;
}

struct an_campaigns *an_campaigns_new(const struct an_campaign_options *options, struct an_error *error)
{
    struct an_campaigns *c = calloc(1, sizeof *c);
    if (c == NULL) goto failed;
    c->options = options != NULL ? *options : (struct an_campaign_options) { .utc_offset_s = 28800 };
    fill_defaults(&c->options);
    c->slots = c->options.campaigns;
    c->cell_mask = power_of_two(c->options.cells) - 1;
    c->call_mask = UNDER_WAY - 1;
    c->by_cell_mask = CELL_SLOTS - 1;
    c->campaigns = calloc(c->slots, sizeof *c->campaigns);
    c->ranks = malloc(c->slots * sizeof *c->ranks);
    c->cells = calloc(c->cell_mask + 1ull, sizeof *c->cells);
    c->population = calloc(POPULATION_WORDS, sizeof *c->population);
    c->calls = calloc(UNDER_WAY, sizeof *c->calls);
    c->agents = calloc(AGENTS, sizeof *c->agents);
    c->by_cell = calloc(CELL_SLOTS, sizeof *c->by_cell);
    bool words = words_new(&c->members, c->options.members) && words_new(&c->list, c->options.listed);
    if (!words || !c->campaigns || !c->ranks || !c->cells || !c->population || !c->calls || !c->agents || !c->by_cell)
        goto failed;
    c->stats.bytes = sizeof *c + c->slots * (sizeof *c->campaigns + sizeof *c->ranks) +
                     (c->cell_mask + 1ull) * sizeof *c->cells + POPULATION_WORDS * 8ull + UNDER_WAY * sizeof *c->calls +
                     AGENTS * sizeof *c->agents + CELL_SLOTS * sizeof *c->by_cell +
                     (c->members.lines + c->list.lines) * AN_WORDS * 8;
    for (uint32_t slot = 0; slot < c->slots; slot++) rank(c, slot);
    return c;
failed:
    an_campaigns_free(c);
    an_fail(error, AN_ERR_NO_MEMORY, "no memory for campaigns");
    return NULL;
}

void an_campaigns_free(struct an_campaigns *c)
{
    if (c == NULL) return;
    free(c->campaigns);
    free(c->ranks);
    free(c->cells);
    free(c->population);
    free(c->calls);
    free(c->agents);
    free(c->by_cell);
    free(c->members.words);
    free(c->list.words);
    free(c);
}

/* ---- attempts ---- */

static uint32_t day_of(uint64_t time_us)
{
    return (uint32_t)(time_us / DAY_US);
}

static void look_at(struct an_campaigns *c, const struct an_observation *obs, float probability,
                    const an_mini f[AN_FEATURE_COUNT], struct suspect *s)
{
    *s = (struct suspect) {
        .obs = obs,
        .member_key = obs->caller == 0 ? 0 : an_member_key(obs->caller, obs->trunk),
        .listed_key = an_listed_key(obs->callee),
        .cell = an_cell_key(obs->trunk, obs->shape),
        .class = an_caller_class(obs->caller_kind),
        .hour = an_local_hour(obs->time_us, c->options.utc_offset_s),
        .probability = fminf(fmaxf(probability, 0), 1), /* NaN: 0 */
        .fresh = an_mini_float(f[AN_F_NUMBER_AGE_D]) < AN_FRESH_DAYS,
        .foreign = an_mini_float(f[AN_F_ORIGIN_SURPRISE]) + an_mini_float(f[AN_F_OPERATOR_SURPRISE]) > AN_FOREIGN_NATS,
        .matched = f[AN_F_CAMPAIGN_MATCH] != 0,
        .hole = f[AN_F_CALLEE_UNALLOCATED] != 0
    };
    const uint64_t *word = s->member_key == 0 ? NULL : words_find_member(&c->members, s->member_key);
    s->member_word = word == NULL ? 0 : *word;
    if (obs->callee != AN_NUMBER_NONE) s->hit_count = words_find_listed(&c->list, s->listed_key, s->hits);
}

static struct cell *claim_cell(struct an_campaigns *all, uint32_t slot, const struct an_observation *obs, uint64_t key)
{
    struct campaign *c = &all->campaigns[slot];
    struct cell *least = &c->cells[0];
    for (int i = 0; i < AN_CAMPAIGN_CELLS; i++) {
        if (c->cells[i].key == key) return &c->cells[i];
        if (c->cells[i].calls < least->calls) least = &c->cells[i];
    }
    *least = (struct cell) { .key = key, .shape = obs->shape, .trunk = obs->trunk, .first_us = obs->time_us };
    cell_slots_add(all, key, slot);
    cell_slots_add(all, shape_key(obs->shape), slot);
    cell_slots_add(all, trunk_key(obs->trunk), slot);
    return least;
}

static void remember_member(struct an_campaigns *all, struct campaign *c, uint32_t slot, const struct suspect *s)
{
    const struct an_observation *obs = s->obs;
    if (s->member_key == 0) return;
    bool known = s->member_word != 0 && an_member_slot(s->member_word) == slot;
    uint32_t calls = known ? an_member_calls(s->member_word) + 1 : 1;
    uint64_t *at = words_find_member(&all->members, s->member_key);
    all->stats.members_used +=
        words_put(&all->members, s->member_key, at, an_member_word(s->member_key, slot, calls, day_of(obs->time_us)),
                  day_of(obs->time_us), true);
    c->numbers += !known;
    c->p.t[T_NEW_NUMBERS] += known ? 0 : 1;
    for (unsigned i = 0; i < AN_CAMPAIGN_RECENT; i++)
        if (c->recent[i].number == obs->caller && c->recent[i].trunk == obs->trunk) {
            c->recent[i].calls++;
            c->recent[i].last_us = obs->time_us;
            return;
        }
    c->recent[c->recent_at].number = obs->caller;
    c->recent[c->recent_at].trunk = obs->trunk;
    c->recent[c->recent_at].calls = 1;
    c->recent[c->recent_at].last_us = obs->time_us;
    c->recent_at = (c->recent_at + 1) % AN_CAMPAIGN_RECENT;
}

static void remember_callee(struct an_campaigns *all, struct campaign *c, uint32_t slot, const struct suspect *s)
{
    if (s->obs->callee == AN_NUMBER_NONE) return;
    uint64_t *at = words_find_listed_of(&all->list, s->listed_key, slot);
    struct an_listed listed = { .slot = slot };
    if (at != NULL) listed = an_listed_read(*at);
    if (at != NULL) c->p.t[listed.reached || listed.refused ? T_AGAIN : T_RETRIES] += 1;
    uint32_t last = (uint32_t)(s->member_key >> 40) & 127;
    if (at == NULL || listed.last != last) listed.numbers = listed.numbers < 15 ? listed.numbers + 1 : 15;
    listed.last = last;
    listed.tries = listed.tries < 15 ? listed.tries + 1 : 15;
    listed.day = day_of(s->obs->time_us);
    all->stats.listed_used +=
        words_put(&all->list, s->listed_key, at, an_listed_word(s->listed_key, &listed), listed.day, false);
    c->callees += at == NULL;
    c->listed += at == NULL ? 1.0f : 0;
}

static void count_gaps(struct campaign *c, uint64_t now_us)
{
    for (unsigned i = 0; i < ENDS; i++) {
        if (c->ends_us[i] == 0 || now_us < c->ends_us[i]) continue;
        uint64_t bin = (now_us - c->ends_us[i]) / (GAP_BIN_MS * 1000);
        if (bin >= BINS) continue;
        c->p.gap[bin] += 1;
        c->p.gap_n += 1;
    }
}

static void count_call(struct campaign *c, const struct suspect *s)
{
    c->p.t[T_WALKS] += is_walk(c, s->obs->callee) ? 1.0f : 0;
    c->last_callees[c->callee_at++ % 4] = s->obs->callee;
    profile_count(&c->p, s);
    c->p.t[T_JUDGED] += s->matched ? 0 : 1.0f;
    c->p.t[T_UNWANTED] += s->matched ? 0 : s->probability;
    c->calls++;
    count_gaps(c, s->obs->time_us);
}

/* Whose lists its callees stand on; each callee once, or its own test phone would tie it to whoever came by that. */
static void count_links(const struct an_campaigns *all, struct campaign *c, uint32_t slot, const struct suspect *s)
{
    for (unsigned i = 0; i < s->hit_count; i++)
        if (s->hits[i].slot == slot) return;
    for (unsigned i = 0; i < LINKS; i++)
        if (c->links[i].calls > 0) c->links[i].calls++;
    for (unsigned i = 0; i < s->hit_count; i++)
        if (!s->hits[i].reached) link_hit(all, c, s->hits[i].slot);
}

static void join(struct an_campaigns *all, uint32_t slot, const struct suspect *s)
{
    struct campaign *c = &all->campaigns[slot];
    campaign_decay(c, s->obs->time_us);
    count_links(all, c, slot, s);
    count_call(c, s);
    remember_member(all, c, slot, s);
    remember_callee(all, c, slot, s);
    struct cell *cell = s->cell == 0 ? NULL : claim_cell(all, slot, s->obs, s->cell);
    if (cell != NULL) {
        cell->calls += 1;
        cell->last_us = s->obs->time_us;
    }
    c->last_us = s->obs->time_us;
    c->dirty = true;
    if (c->noted < NOTED) {
        c->noted_members[c->noted] = s->member_key;
        c->noted_callees[c->noted] = s->listed_key;
    }
    c->noted += c->noted <= NOTED;
    rank(all, slot);
    under_way_put(all, s->obs->call_key, slot);
    all->stats.joined++;
}

/* Called by somebody who knows him: an honest number's evidence, and never a member's. */
static void count_related(struct an_campaigns *all, const struct suspect *s)
{
    if (s->member_word == 0) return;
    struct campaign *c = &all->campaigns[an_member_slot(s->member_word)];
    if (c->id == 0) return;
    campaign_decay(c, s->obs->time_us);
    c->p.t[T_RELATED] += 1;
    c->dirty = true;
}

/* A member whose call is judged well for itself is less of one: a number somebody mistook, or gave back. */
static void leave(struct an_campaigns *all, const struct suspect *s)
{
    uint64_t *at = s->member_word == 0 ? NULL : words_find_member(&all->members, s->member_key);
    if (at == NULL) return;
    uint32_t calls = an_member_calls(*at), day = day_of(s->obs->time_us);
    uint64_t word = calls <= 2 ? 0 : an_member_word(s->member_key, an_member_slot(*at), calls - 2, day);
    all->stats.members_used -= word == 0;
    __atomic_store_n(at, word, __ATOMIC_RELAXED);
}

/* What chance alone gives: how often somebody else's call goes to a person of the list. */
static void count_chance(struct an_campaigns *all, const struct suspect *s)
{
    for (unsigned i = 0; i < s->hit_count; i++) {
        struct campaign *c = &all->campaigns[s->hits[i].slot];
        bool own = s->member_word != 0 && an_member_slot(s->member_word) == s->hits[i].slot;
        if (c->id == 0 || own || s->probability >= AN_SUSPICIOUS) continue;
        if (all->now_us - c->chance_us > 60000000ull) {
            c->chance = decayed(c->chance, c->chance_us, all->now_us, 3600);
            c->chance_us = all->now_us;
        }
        c->chance += 1;
    }
}

static void move_on(struct an_campaigns *c, uint64_t time_us)
{
    if (time_us <= c->now_us) return;
    if (c->now_us == 0) c->network_us = c->rates_us = c->upkeep_us = c->published_us = time_us;
    c->now_us = time_us;
}

uint32_t an_campaigns_attempt(struct an_campaigns *c, const struct an_observation *obs, float probability,
                              const an_mini f[AN_FEATURE_COUNT])
{
    an_assert(c != NULL && obs != NULL && f != NULL);
    struct suspect s;
    move_on(c, obs->time_us);
    look_at(c, obs, probability, f, &s);
    background_attempt(c, &s);
    count_chance(c, &s);
    c->stats.attempts++;
    if (an_mini_float(f[AN_F_RELATION_CALLED]) >= AN_RELATED || an_mini_float(f[AN_F_RELATION_TALKED]) >= AN_RELATED) {
        count_related(c, &s);
        return 0;
    }
    bool on_list = false;
    for (unsigned i = 0; i < s.hit_count; i++) on_list |= !s.hits[i].reached || s.hits[i].numbers >= 3;
    bool suspicious = s.probability >= AN_SUSPICIOUS;
    if (!suspicious && !(s.fresh && (on_list || s.probability >= AN_DOUBTFUL))) {
        leave(c, &s);
        return 0;
    }
    c->stats.suspicious += suspicious;
    if (suspicious) background_suspect(c, &s);
    uint32_t slot = assign(c, &s);
    if (slot == UINT32_MAX) return 0;
    join(c, slot, &s);
    return c->campaigns[slot].id;
}

/* ---- outcomes ---- */

static void count_end(struct profile *p, const struct an_observation *obs, bool answered)
{
    p->t[T_ENDED] += 1;
    p->t[T_ANSWERED] += answered ? 1.0f : 0;
    p->t[T_SHORT] += answered && obs->talk_ms > 0 && obs->talk_ms < SHORT_MS ? 1.0f : 0;
    p->t[T_REFUSED] += obs->outcome == AN_OUTCOME_REFUSED ? 1.0f : 0;
}

static void add_bin(float *bins, float *n, uint32_t ms, uint32_t bin_ms)
{
    uint32_t bin = ms / bin_ms;
    if (ms == 0 || bin >= BINS) return;
    bins[bin] += 1;
    *n += 1;
}

static void remember_outcome(struct an_campaigns *all, uint32_t slot, const struct an_observation *obs, bool answered)
{
    uint64_t key = an_listed_key(obs->callee);
    uint64_t *at = words_find_listed_of(&all->list, key, slot);
    if (at == NULL) return;
    struct an_listed listed = an_listed_read(*at);
    listed.reached |= answered;
    listed.refused |= obs->outcome == AN_OUTCOME_REFUSED;
    __atomic_store_n(at, an_listed_word(key, &listed), __ATOMIC_RELAXED);
}

/* Fairness rule 5: what our own verdict caused is no evidence; the machine's clocks stay its own. */
static void end_of(struct an_campaigns *all, struct under_way *call, const struct an_observation *obs, bool paired)
{
    struct campaign *c = &all->campaigns[call->slot];
    bool answered = obs->outcome == AN_OUTCOME_ANSWERED;
    bool ours = obs->outcome == AN_OUTCOME_OURS || obs->action == AN_ACTION_SCREEN || obs->action == AN_ACTION_BLOCK;
    campaign_decay(c, obs->time_us);
    c->ends_us[c->end_at++ % ENDS] = obs->time_us;
    c->dirty = true;
    if (paired) c->p.t[T_PAIRED] += 1;
    if (obs->outcome == AN_OUTCOME_UNALLOCATED && obs->callee_kind != AN_KIND_UNALLOCATED) c->p.t[T_HOLES] += 1;
    if (ours) return;
    remember_outcome(all, call->slot, obs, answered);
    if (obs->outcome == AN_OUTCOME_CANCELLED) {
        add_bin(c->p.ring, &c->p.ring_n, obs->ring_ms, RING_BIN_MS);
        uint64_t key = an_cell_key(obs->trunk, obs->shape);
        for (int i = 0; i < AN_CAMPAIGN_CELLS; i++)
            if (c->cells[i].key == key && key != 0 && obs->ring_ms < BINS * RING_BIN_MS)
                add_bin(c->cells[i].ring, &c->cells[i].ring_n, obs->ring_ms, 4 * RING_BIN_MS);
    }
    if (answered) add_bin(c->p.talk, &c->p.talk_n, obs->talk_ms, TALK_BIN_MS);
    if (obs->action == AN_ACTION_ALLOW) count_end(&c->p, obs, answered);
}

static void report_of(struct an_campaigns *all, const struct an_observation *obs)
{
    const uint64_t *word =
        obs->caller == 0 ? NULL : words_find_member(&all->members, an_member_key(obs->caller, obs->trunk));
    struct campaign *c = word == NULL ? NULL : &all->campaigns[an_member_slot(*word)];
    if (obs->flags & AN_OBS_WANTED || c == NULL || c->id == 0) return;
    campaign_decay(c, obs->time_us);
    float weight = (float)obs->counted * 0.001f; /* what it counts for others (docs/labels.md) */
    c->p.t[T_COMPLAINTS] += weight;
    if (obs->category < AN_CATEGORY_COUNT) c->categories[obs->category] += weight;
    c->dirty = true;
}

void an_campaigns_outcome(struct an_campaigns *c, const struct an_observation *obs)
{
    an_assert(c != NULL && obs != NULL);
    move_on(c, obs->time_us);
    if (obs->kind == AN_OBS_REPORT) report_of(c, obs);
    if (obs->kind != AN_OBS_END) return;
    bool paired = obs->outcome == AN_OUTCOME_ANSWERED && pair_end(c, obs);
    if (obs->action == AN_ACTION_ALLOW && obs->outcome != AN_OUTCOME_OURS)
        count_end(&c->network, obs, obs->outcome == AN_OUTCOME_ANSWERED);
    if (obs->outcome == AN_OUTCOME_UNALLOCATED && obs->callee_kind != AN_KIND_UNALLOCATED) c->network.t[T_HOLES] += 1;
    struct under_way *call = under_way_find(c, obs->call_key);
    if (call == NULL) return;
    if (c->campaigns[call->slot].id == call->id) end_of(c, call, obs, paired);
    *call = (struct under_way) { 0 };
}

bool an_campaigns_due(const struct an_campaigns *c)
{
    return c->now_us >= c->published_us + 1000ull * c->options.publish_ms;
}
