#include "enrich/identity.h"

#include "base/err.h"
#include "model/observation.h"

struct reader {
    const struct an_plan *plan;
    const struct an_settings *settings;
    const struct an_call *call;
};

static an_number number_in(const struct reader *r, const struct an_identity *identity)
{
    struct an_normal normal;
    if (!identity->present || identity->user.len == 0) return AN_NUMBER_NONE;
    an_plan_normalise(r->plan, an_span_slice(r->call->base, identity->user), r->settings, false, &normal);
    return normal.number;
}

static bool same_text(const struct reader *r, const struct an_identity *a, const struct an_identity *b)
{
    return an_slice_equal(an_span_slice(r->call->base, a->user), an_span_slice(r->call->base, b->user));
}

/* The first telephone number of P-Asserted-Identity (sip: then tel:) and Remote-Party-ID; if there is none, the first
 * name among them. NONE: the network asserts nothing. */
static an_number asserted_number(const struct reader *r)
{
    const struct an_parsed *p = &r->call->parsed;
    const struct an_identity *order[3] = { &p->asserted, &p->asserted_tel, &p->remote_party };
    an_number name = AN_NUMBER_NONE;
    for (int i = 0; i < 3; i++) {
        an_number number = number_in(r, order[i]);
        if (an_number_is_e164(number)) return number;
        if (name == AN_NUMBER_NONE) name = number;
    }
    return name;
}

static an_number caller_of(const struct reader *r, struct an_parties *ret)
{
    const struct an_parsed *p = &r->call->parsed;
    bool asserted = p->asserted.present || p->asserted_tel.present || p->remote_party.present;
    an_number shown = p->anonymous ? AN_NUMBER_NONE : number_in(r, &p->from);
    ret->withheld = p->anonymous || shown == AN_NUMBER_NONE || (p->privacy & (AN_PRIVACY_ID | AN_PRIVACY_USER)) != 0;
    if (!asserted || (p->asserted.present && an_number_is_e164(shown) && same_text(r, &p->asserted, &p->from)))
        return shown;
    an_number network = asserted_number(r);
    if (network == AN_NUMBER_NONE) return shown;
    if (an_number_is_e164(shown) && !an_number_is_e164(network)) return shown; /* an account name beside a number */
    if (an_number_is_e164(shown) && shown != network) ret->flags |= AN_OBS_IDENTITY_DIFFERS;
    return network;
}

/* urn:service:sos and its kin (RFC 5031): the local emergency numbers. */
static an_number emergency_urn(struct an_slice uri)
{
    static const struct {
        const char *name;
        an_number number;
    } services[] = { { "urn:service:sos.police", 86110 },
                     { "urn:service:sos.fire", 86119 },
                     { "urn:service:sos.ambulance", 86120 },
                     { "urn:service:sos", 86112 } };
    for (unsigned i = 0; i < sizeof services / sizeof services[0]; i++) {
        struct an_slice name = an_slice_of(services[i].name);
        if (uri.len >= name.len && an_slice_equal_nocase((struct an_slice) { uri.at, name.len }, name))
            return services[i].number;
    }
    return AN_NUMBER_NONE;
}

static an_number callee_of(const struct reader *r, struct an_parties *ret)
{
    const struct an_parsed *p = &r->call->parsed;
    struct an_normal normal;
    const struct an_identity *called = p->called.present && p->called.user.len > 0 ? &p->called : &p->to;
    if (called == &p->to && p->uri.len > 0) {
        an_number emergency = emergency_urn(an_span_slice(r->call->base, p->uri));
        if (emergency != AN_NUMBER_NONE) return emergency;
    }
    if (called->user.len == 0) return AN_NUMBER_NONE;
    an_plan_normalise(r->plan, an_span_slice(r->call->base, called->user), r->settings, true, &normal);
    if (normal.ip_prefix) ret->flags |= AN_OBS_IP_PREFIX;
    return normal.number;
}

void an_identity_resolve(const struct an_plan *plan, const struct an_settings *settings, const struct an_call *call,
                         struct an_parties *ret_parties)
{
    an_assert(plan != NULL && settings != NULL && call != NULL && ret_parties != NULL);
    const struct reader r = { plan, settings, call };
    ret_parties->flags =
        (uint16_t)((call->parsed.diversion.present || call->parsed.history.present ? AN_OBS_FORWARDED : 0) |
                   (call->parsed.identity_count > 0 ? AN_OBS_SIGNED : 0));
    ret_parties->caller = caller_of(&r, ret_parties);
    ret_parties->callee = callee_of(&r, ret_parties);
}
