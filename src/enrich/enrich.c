#include "enrich/enrich.h"

#include "base/clock.h"
#include "base/hash.h"
#include "enrich/identity.h"
#include "enrich/trunk.h"
#include "model/listen.h"

enum { PEERS = 16, LANES = 8, NIGHT_BEGINS_H = 21, NIGHT_ENDS_H = 8 };

/* Trunks of the peers met in this vector: they are few, and their names cost more than all the rest. */
struct peer_cache {
    uint32_t used; /* bit n: slot n is filled */
    struct {
        union an_address peer;
        struct an_trunk trunk;
    } slots[PEERS];
};

static uint64_t peer_hash(const union an_address *peer)
{
    uint64_t words[2] = { 0, 0 };
    if (peer->any.sa_family == AF_INET6)
        memcpy(words, &peer->v6.sin6_addr, 16);
    else
        words[0] = peer->v4.sin_addr.s_addr;
    return an_mix2(words[0] ^ words[1], peer->v4.sin_port); /* the port lies at the same place in both families */
}

static const struct an_trunk *trunk_of(struct peer_cache *cache, const struct an_settings *settings,
                                       const union an_address *peer)
{
    uint64_t slot = an_range(peer_hash(peer), PEERS);
    if ((cache->used >> slot & 1) == 0 || !an_address_equal(&cache->slots[slot].peer, peer)) {
        an_trunk_of_peer(settings, peer, &cache->slots[slot].trunk);
        cache->slots[slot].peer = *peer;
        cache->used |= 1u << slot;
    }
    return &cache->slots[slot].trunk;
}

static bool at_night(uint64_t time_us, int32_t utc_offset_s)
{
    int64_t local_s = (int64_t)(time_us / AN_US_PER_S) + utc_offset_s;
    uint64_t hour = (uint64_t)(local_s + 86400) / 3600 % 24;
    return hour >= NIGHT_BEGINS_H || hour < NIGHT_ENDS_H;
}

static bool is_subscriber(uint8_t kind)
{
    return kind == AN_KIND_MOBILE || kind == AN_KIND_VIRTUAL || kind == AN_KIND_LANDLINE;
}

/* A caller out of the callee's own mobile segment of 7 digits, or area and exchange: what "neighbour spoofing" shows.
 */
static bool are_neighbours(const struct an_number_info *caller, const struct an_number_info *callee)
{
    return caller->block == callee->block && is_subscriber(caller->kind) && is_subscriber(callee->kind);
}

/* Numbers of the state and the operators, which nobody else may show. */
static bool is_public(const struct an_number_info *info)
{
    return info->public_service || info->kind == AN_KIND_EMERGENCY || info->kind == AN_KIND_SERVICE_1XX;
}

/* Marks of a call that are no flag of the observation, above those that are. */
enum mark { MARK_WITHHELD = 1 << 16, MARK_PUBLIC = 1 << 17, MARK_PUBLIC_BELIEVED = 1 << 18 };

/* Features of the whole vector, one row after the other, from what a call leaves in three small arrays: the compiler
 * turns each loop into a few vector instructions. A call with an error leaves kinds AN_KIND_COUNT and no marks. */
struct marks {
    uint32_t flags[AN_VECTOR_MAX];                         /* enum an_obs_flag and enum mark */
    uint32_t caller[AN_VECTOR_MAX], callee[AN_VECTOR_MAX]; /* enum an_number_kind */
};

static inline void set_kind(float row[AN_VECTOR_MAX], const uint32_t kinds[AN_VECTOR_MAX], uint32_t kind, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) row[i] = kinds[i] == kind ? 1.0f : 0.0f;
}

static inline void set_flag(float row[AN_VECTOR_MAX], const uint32_t flags[AN_VECTOR_MAX], uint32_t flag, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) row[i] = (flags[i] & flag) != 0 ? 1.0f : 0.0f;
}

static void set_features(struct an_vector *v, const struct marks *m)
{
    static const struct {
        uint8_t feature, kind;
    } kinds[] = { { AN_F_CALLER_INVALID, AN_KIND_INVALID },   { AN_F_CALLER_UNALLOCATED, AN_KIND_UNALLOCATED },
                  { AN_F_CALLER_MOBILE, AN_KIND_MOBILE },     { AN_F_CALLER_VIRTUAL, AN_KIND_VIRTUAL },
                  { AN_F_CALLER_LANDLINE, AN_KIND_LANDLINE }, { AN_F_CALLER_FOREIGN, AN_KIND_FOREIGN } };
    static const struct {
        uint32_t feature, flag;
    } flags[] = { { AN_F_ANONYMOUS, MARK_WITHHELD },
                  { AN_F_CALLER_PUBLIC, MARK_PUBLIC_BELIEVED },
                  { AN_F_IDENTITY_DIFFERS, AN_OBS_IDENTITY_DIFFERS },
                  { AN_F_NEIGHBOUR, AN_OBS_NEIGHBOUR },
                  { AN_F_FORWARDED, AN_OBS_FORWARDED },
                  { AN_F_SIGNED, AN_OBS_SIGNED },
                  { AN_F_REGISTERED, AN_OBS_REGISTERED },
                  { AN_F_NIGHT, AN_OBS_NIGHT } };
    const uint32_t n = (v->count + LANES - 1) / LANES * LANES;
    for (unsigned i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        set_kind(v->features[kinds[i].feature], m->caller, kinds[i].kind, n);
    for (unsigned i = 0; i < sizeof flags / sizeof flags[0]; i++)
        set_flag(v->features[flags[i].feature], m->flags, flags[i].flag, n);
    set_kind(v->features[AN_F_CALLEE_UNALLOCATED], m->callee, AN_KIND_UNALLOCATED, n);
    _Static_assert(AN_KIND_SERVICE_96 == AN_KIND_SERVICE_400 + 3, "400, 800, 95, 96 stand in a row");
    float *row = v->features[AN_F_CALLER_ENTERPRISE];
    for (uint32_t i = 0; i < n; i++)
        row[i] = m->caller[i] - AN_KIND_SERVICE_400 < 4 && (m->flags[i] & MARK_PUBLIC) == 0 ? 1.0f : 0.0f;
}

/* What the reader of the call knows, and no plan is needed for. */
static void observe_given(struct an_observation *obs, const struct an_call *call, uint64_t now_us)
{
    const struct an_parsed *p = &call->parsed;
    *obs = (struct an_observation) { 0 };
    obs->time_us = p->given_time_us != 0 ? p->given_time_us : now_us;
    obs->kind = p->given_kind == 0 ? AN_OBS_ATTEMPT : (uint8_t)p->given_kind;
    obs->outcome = (uint8_t)p->given_outcome;
    obs->category = (uint8_t)p->given_category;
    obs->ring_ms = p->given_ring_ms;
    obs->talk_ms = p->given_talk_ms;
    obs->weight = 1000;
    obs->shape = p->shape;
    obs->call_key = p->call_id.len == 0 ? 0 : an_hash64(call->base + p->call_id.at, p->call_id.len, 0);
    bool passive = call->transport == AN_TRANSPORT_HEP || p->given_passive;
    obs->flags = (uint16_t)((p->given_wanted ? AN_OBS_WANTED : 0) | (p->given_refusal ? AN_OBS_REFUSAL : 0) |
                            (passive ? AN_OBS_PASSIVE : 0));
}

/* An end or report told over HTTP or by a file comes from whoever tells it, not from the trunk of its call. */
static bool is_told(const struct an_call *call, const struct an_observation *obs)
{
    return obs->kind != AN_OBS_ATTEMPT &&
           (call->transport == AN_TRANSPORT_HTTP || call->transport == AN_TRANSPORT_FILE);
}

/* Who registered the caller's number, and whether it comes in by a door of that firm. */
static void observe_firm(struct an_observation *obs, const struct an_settings *settings, const struct an_trunk *trunk)
{
    const struct an_firm *firm = an_settings_firm(settings, obs->caller);
    if (firm == NULL) return;
    obs->firm = firm->id;
    if (an_settings_firm_on(settings, firm, trunk->name)) obs->flags |= AN_OBS_REGISTERED;
}

static void observe_canary(struct an_observation *obs, const struct an_settings *settings)
{
    uint64_t canary = an_number_map_find(&settings->canaries, obs->callee);
    if (canary == 0) return;
    obs->flags |= AN_OBS_CANARY;
    if (canary >= AN_CANARY_HOLDER)
        obs->flags |= AN_OBS_CANARY_HELD;
    else if (obs->kind == AN_OBS_ATTEMPT)
        obs->weight = (uint16_t)(settings->canary_weight * 1000 + 0.5f);
}

static void enrich_call(struct an_vector *v, uint32_t i, const struct an_settings *settings, const struct an_plan *plan,
                        struct peer_cache *cache, struct marks *marks)
{
    struct an_call *call = &v->calls[i];
    struct an_enriched *e = &call->enriched;
    struct an_observation *obs = &e->obs;
    struct an_parties parties;
    struct an_number_info caller, callee;
    struct an_trunk named;
    const struct an_trunk *trunk = &named;
    observe_given(obs, call, v->now_us);
    an_identity_resolve(plan, settings, call, &parties);
    an_plan_lookup(plan, parties.caller, &caller);
    an_plan_lookup(plan, parties.callee, &callee);
    if (call->parsed.given_trunk.len > 0)
        an_trunk_of_name(settings, an_span_slice(call->base, call->parsed.given_trunk), &named);
    else if (is_told(call, obs))
        named = (struct an_trunk) { .id = AN_TRUNK_NONE };
    else
        trunk = trunk_of(cache, settings, &call->peer);
    if (trunk->proxy) {
        named = *trunk;
        an_trunk_behind_proxy(settings, call, &named);
        trunk = &named;
    }
    obs->caller = parties.caller;
    obs->callee = parties.callee;
    obs->block = caller.block;
    obs->trunk = trunk->id;
    obs->caller_kind = caller.kind;
    obs->callee_kind = callee.kind;
    obs->caller_operator = caller.op;
    obs->flags |= parties.flags;
    if (trunk->subscribers) obs->flags |= AN_OBS_SUBSCRIBER;
    if (at_night(obs->time_us, settings->utc_offset_s)) obs->flags |= AN_OBS_NIGHT;
    if (are_neighbours(&caller, &callee)) obs->flags |= AN_OBS_NEIGHBOUR;
    if (settings->firm_numbers.count > 0) observe_firm(obs, settings, trunk);
    if (settings->canaries.count > 0) observe_canary(obs, settings);
    e->caller_area = caller.area;
    e->caller_region = caller.region;
    e->callee_area = callee.area;
    e->callee_operator = callee.op;
    e->public_service = caller.public_service && trunk->may_show_public;
    _Static_assert(sizeof e->trunk_name == sizeof trunk->name, "copied whole");
    memcpy(e->trunk_name, trunk->name, sizeof e->trunk_name);
    marks->caller[i] = caller.kind;
    marks->callee[i] = callee.kind;
    marks->flags[i] = obs->flags | (parties.withheld ? MARK_WITHHELD : 0u);
    /* Shown on a trunk that may not show it, such a number says nothing for the call. */
    if (is_public(&caller))
        marks->flags[i] |= trunk->may_show_public ? MARK_PUBLIC | MARK_PUBLIC_BELIEVED : MARK_PUBLIC;
}

void an_enrich_vector(struct an_vector *v, const struct an_settings *settings, const struct an_plan *plan)
{
    an_assert(v != NULL && settings != NULL && plan != NULL && v->count <= AN_VECTOR_MAX);
    struct peer_cache cache;
    struct marks marks;
    cache.used = 0;
    for (uint32_t i = 0; i < v->count; i++) {
        if (v->calls[i].error == AN_OK) {
            enrich_call(v, i, settings, plan, &cache, &marks);
            continue;
        }
        marks.caller[i] = marks.callee[i] = AN_KIND_COUNT;
        marks.flags[i] = 0;
    }
    for (uint32_t i = v->count; i % LANES != 0; i++) { /* the last lanes, so that the loops need no rest */
        marks.caller[i] = marks.callee[i] = AN_KIND_COUNT;
        marks.flags[i] = 0;
    }
    set_features(v, &marks);
}
