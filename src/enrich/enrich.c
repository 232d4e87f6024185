#include "enrich/enrich.h"

#include "base/clock.h"
#include "base/hash.h"
#include "enrich/identity.h"
#include "enrich/trunk.h"

enum { PEERS = 16, NIGHT_BEGINS_H = 21, NIGHT_ENDS_H = 8 };

/* Trunks of the peers met in this vector: they are few, and their names cost more than all the rest. */
struct peer_cache {
    uint32_t used; /* bit n: slot n is filled */
    struct {
        union an_address peer;
        struct an_trunk trunk;
    } slots[PEERS];
};

static bool same_peer(const union an_address *a, const union an_address *b)
{
    if (a->any.sa_family != b->any.sa_family) return false;
    if (a->any.sa_family == AF_INET)
        return a->v4.sin_addr.s_addr == b->v4.sin_addr.s_addr && a->v4.sin_port == b->v4.sin_port;
    return a->any.sa_family == AF_INET6 && a->v6.sin6_port == b->v6.sin6_port &&
           memcmp(&a->v6.sin6_addr, &b->v6.sin6_addr, 16) == 0;
}

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
    if ((cache->used >> slot & 1) == 0 || !same_peer(&cache->slots[slot].peer, peer)) {
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

static bool is_service(uint8_t kind)
{
    return kind == AN_KIND_SERVICE_400 || kind == AN_KIND_SERVICE_800 || kind == AN_KIND_SERVICE_95 ||
           kind == AN_KIND_SERVICE_96;
}

/* Numbers of the state and the operators, which nobody else may show. */
static bool is_public(const struct an_number_info *info)
{
    return info->public_service || info->kind == AN_KIND_EMERGENCY || info->kind == AN_KIND_SERVICE_1XX;
}

static void set_features(struct an_vector *v, uint32_t i, const struct an_observation *obs, bool withheld,
                         bool official)
{
    float(*f)[AN_VECTOR_MAX] = v->features;
    uint8_t kind = obs->caller_kind;
    f[AN_F_ANONYMOUS][i] = withheld || kind == AN_KIND_NONE;
    f[AN_F_CALLER_INVALID][i] = kind == AN_KIND_INVALID;
    f[AN_F_CALLER_UNALLOCATED][i] = kind == AN_KIND_UNALLOCATED;
    f[AN_F_CALLER_MOBILE][i] = kind == AN_KIND_MOBILE;
    f[AN_F_CALLER_VIRTUAL][i] = kind == AN_KIND_VIRTUAL;
    f[AN_F_CALLER_LANDLINE][i] = kind == AN_KIND_LANDLINE;
    f[AN_F_CALLER_ENTERPRISE][i] = is_service(kind) && !official;
    f[AN_F_CALLER_PUBLIC][i] = official;
    f[AN_F_CALLER_FOREIGN][i] = kind == AN_KIND_FOREIGN;
    f[AN_F_CALLEE_UNALLOCATED][i] = obs->callee_kind == AN_KIND_UNALLOCATED;
    f[AN_F_IDENTITY_DIFFERS][i] = (obs->flags & AN_OBS_IDENTITY_DIFFERS) != 0;
    f[AN_F_NEIGHBOUR][i] = (obs->flags & AN_OBS_NEIGHBOUR) != 0;
    f[AN_F_FORWARDED][i] = (obs->flags & AN_OBS_FORWARDED) != 0;
    f[AN_F_SIGNED][i] = (obs->flags & AN_OBS_SIGNED) != 0;
    f[AN_F_NIGHT][i] = (obs->flags & AN_OBS_NIGHT) != 0;
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
    obs->flags =
        (uint16_t)((p->given_wanted ? AN_OBS_WANTED : 0) | (call->transport == AN_TRANSPORT_HEP ? AN_OBS_PASSIVE : 0));
}

static void enrich_call(struct an_vector *v, uint32_t i, const struct an_settings *settings, const struct an_plan *plan,
                        struct peer_cache *cache)
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
    else
        trunk = trunk_of(cache, settings, &call->peer);
    obs->caller = parties.caller;
    obs->callee = parties.callee;
    obs->block = caller.block;
    obs->trunk = trunk->id;
    obs->caller_kind = caller.kind;
    obs->callee_kind = callee.kind;
    obs->caller_operator = caller.op;
    obs->flags |= parties.flags;
    if (at_night(obs->time_us, settings->utc_offset_s)) obs->flags |= AN_OBS_NIGHT;
    if (are_neighbours(&caller, &callee)) obs->flags |= AN_OBS_NEIGHBOUR;
    e->caller_area = caller.area;
    e->callee_area = callee.area;
    e->callee_operator = callee.op;
    e->public_service = caller.public_service && trunk->may_show_public;
    _Static_assert(sizeof e->trunk_name == sizeof trunk->name, "copied whole");
    memcpy(e->trunk_name, trunk->name, sizeof e->trunk_name);
    set_features(v, i, obs, parties.withheld, is_public(&caller));
}

void an_enrich_vector(struct an_vector *v, const struct an_settings *settings, const struct an_plan *plan)
{
    an_assert(v != NULL && settings != NULL && plan != NULL && v->count <= AN_VECTOR_MAX);
    struct peer_cache cache;
    cache.used = 0;
    for (uint32_t i = 0; i < v->count; i++) {
        if (v->calls[i].error == AN_OK) {
            enrich_call(v, i, settings, plan, &cache);
            continue;
        }
        for (int f = AN_F_ANONYMOUS; f <= AN_F_NIGHT; f++) v->features[f][i] = 0;
    }
}
