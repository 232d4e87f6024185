/* The parse stage: one vector of datagrams. Layer: parse. */
#include "parse/sip.h"

enum { AHEAD = 4, PREFETCH_BYTES = 512 };

static void prefetch(const struct an_call *call)
{
    for (unsigned i = 0; i < PREFETCH_BYTES && i < call->length; i += 64) __builtin_prefetch(call->base + i, 0);
    const char *parsed = (const char *)&call->parsed;
    for (unsigned i = 0; i < offsetof(struct an_parsed, vias); i += 64) __builtin_prefetch(parsed + i, 1);
}

static uint16_t status_of(enum an_err err, const struct an_parsed *parsed)
{
    if (!an_sip_answerable(parsed)) return 0;
    switch (err) {
    case AN_ERR_LIMIT: return parsed->via_count == AN_SIP_VIAS_MAX ? 400 : 513;
    case AN_ERR_UNSUPPORTED: return 505;
    default: return 400;
    }
}

static void parse_call(struct an_call *call)
{
    struct an_parsed *parsed = &call->parsed;
    enum an_err err = an_sip_parse(call->base, call->length, parsed);
    if (err != AN_OK) {
        call->error = err;
        call->sip_status = status_of(err, parsed);
        return;
    }
    if (parsed->status != 0 || parsed->method == AN_SIP_ACK) return;
    if (parsed->called.host.len == 0 && !parsed->called.tel) {
        call->error = AN_ERR_UNSUPPORTED;
        call->sip_status = 416;
    } else if (parsed->max_forwards == 0) {
        call->error = AN_ERR_LIMIT;
        call->sip_status = 483;
    }
}

void an_parse_sip_vector(struct an_vector *v)
{
    an_assert(v->count <= AN_VECTOR_MAX);
    for (uint32_t i = 0; i < v->count && i < AHEAD; i++) prefetch(&v->calls[i]);
    for (uint32_t i = 0; i < v->count; i++) {
        if (i + AHEAD < v->count) prefetch(&v->calls[i + AHEAD]);
        if (v->calls[i].error == AN_OK) parse_call(&v->calls[i]);
    }
}
