#include "engine/door.h"

#include <arpa/inet.h>
#include <string.h>

#include "act/answer.h"
#include "base/clock.h"
#include "base/counter.h"
#include "parse/hep3.h"
#include "parse/sip.h"
#include "parse/sip_event.h"

/* How far a copy's own time may lie from now. Beyond that the agent's clock is wrong, or it lies: one event of the
 * year 2100 would age all that is counted to nothing, and hold an emergency's window open until then. */
static const uint64_t hep_late_us = 7 * 86400 * AN_US_PER_S, hep_early_us = 300 * AN_US_PER_S;

static uint64_t believable(uint64_t time_us, uint64_t now_us)
{
    bool fits = time_us <= now_us + hep_early_us && time_us + hep_late_us >= now_us;
    return fits ? time_us : 0; /* 0: when it came in */
}

/* Takes HEP3 off a datagram: the call then is the SIP message inside, as seen between its two ends. */
static void unwrap_hep(struct an_door *door, struct an_call *call, uint64_t *ret_time_us)
{
    struct an_hep3 hep;
    an_count(&door->counters.hep_packets);
    call->error = an_hep3_parse(call->base, call->length, &hep);
    if (call->error != AN_OK) {
        an_count(&door->counters.malformed_hep);
        return;
    }
    call->base = hep.payload.at;
    call->length = (uint32_t)hep.payload.len;
    call->peer = hep.src;
    call->local = hep.dst;
    *ret_time_us = hep.time_us;
}

static bool from_loopback(const struct an_call *call)
{
    if (call->peer.any.sa_family == AF_INET) return (ntohl(call->peer.v4.sin_addr.s_addr) >> 24) == 127;
    return call->peer.any.sa_family == AF_INET6 && IN6_IS_ADDR_LOOPBACK(&call->peer.v6.sin6_addr);
}

/* A test range plays a day in minutes: its INVITEs say what time it is, in microseconds since 1970. Only with
 * anningd --virtual-time, which listens on loopback alone; the parser knows nothing of it. */
static void take_virtual_time(struct an_call *call)
{
    static const char name[] = "\r\nX-Anning-Time: ";
    const char *at = from_loopback(call) ? memmem(call->base, call->length, name, sizeof name - 1) : NULL;
    if (at == NULL) return;
    uint64_t time_us = 0;
    const char *end = call->base + call->length;
    for (at += sizeof name - 1; at < end && *at >= '0' && *at <= '9' && time_us < 1ull << 56; at++)
        time_us = time_us * 10 + (uint64_t)(*at - '0');
    call->parsed.given_time_us = time_us;
}

/* Which requests want a verdict, and what the others are told (RFC 3261 sections 8.2.1 and 12.2.2). Calls that want
 * none carry an error, so that the stages pass them by. */
static void sort_request(struct an_door *door, struct an_call *call)
{
    const struct an_parsed *parsed = &call->parsed;
    if (parsed->status != 0) {
        call->error = AN_ERR_UNSUPPORTED; /* a response: nobody here asked */
        return;
    }
    if ((int)parsed->method < (int)AN_METRIC_METHODS) an_count(&door->counters.requests[parsed->method]);
    if (parsed->method == AN_SIP_INVITE && parsed->to_tag.len == 0) return;
    call->error = AN_ERR_UNSUPPORTED;
    switch (parsed->method) {
    case AN_SIP_ACK: break;
    case AN_SIP_CANCEL:
    case AN_SIP_OPTIONS: call->sip_status = 200; break;
    case AN_SIP_INVITE:
    case AN_SIP_BYE: call->sip_status = 481; break; /* in a dialogue a redirect server can't have */
    case AN_SIP_OTHER: call->sip_status = 501; break;
    default: call->sip_status = 405;
    }
}

static void sort_call(struct an_door *door, struct an_call *call, uint64_t hep_time_us)
{
    if (call->error != AN_OK) {
        if (call->transport != AN_TRANSPORT_HEP) an_count(&door->counters.malformed_sip);
        return;
    }
    if (call->transport != AN_TRANSPORT_HEP) {
        sort_request(door, call);
        if (door->virtual_time) take_virtual_time(call);
        return;
    }
    if (!an_sip_event(call)) call->error = AN_ERR_UNSUPPORTED;
    call->parsed.given_time_us = hep_time_us;
}

static void answer(struct an_door *door, struct an_call *call, struct an_answer *out)
{
    const struct an_act_settings *act = an_context_act(door->context);
    out->len = an_act_answer(call, act, out->bytes, AN_SIP_ANSWER_MAX);
    if (out->len == 0 && call->error == AN_OK) {
        call->sip_status = 513;
        out->len = an_act_answer(call, act, out->bytes, AN_SIP_ANSWER_MAX);
    }
    if (out->len < 12) return;
    unsigned status = (unsigned)(out->bytes[8] - '0') * 100 + (unsigned)(out->bytes[9] - '0') * 10 +
                      (unsigned)(out->bytes[10] - '0');
    an_count(&door->counters.answers[an_metric_status_of(status)]);
    if (call->transport == AN_TRANSPORT_UDP) an_act_destination(call, &out->to);
}

void an_door_process(void *user, struct an_vector *v, struct an_answer answers[AN_VECTOR_MAX])
{
    struct an_door *door = user;
    uint64_t hep_time_us[AN_VECTOR_MAX] = { 0 };
    for (uint32_t i = 0; i < v->count; i++) {
        if (v->calls[i].transport == AN_TRANSPORT_HEP) {
            unwrap_hep(door, &v->calls[i], &hep_time_us[i]);
            if (!door->virtual_time) hep_time_us[i] = believable(hep_time_us[i], v->now_us);
        }
    }
    an_parse_sip_vector(v);
    for (uint32_t i = 0; i < v->count; i++) sort_call(door, &v->calls[i], hep_time_us[i]);
    an_engine_run(door->context, v);
    uint32_t verdicts = 0;
    for (uint32_t i = 0; i < v->count; i++) {
        if (v->calls[i].transport == AN_TRANSPORT_HEP) continue;
        answer(door, &v->calls[i], &answers[i]);
        verdicts += v->calls[i].error == AN_OK;
    }
    if (verdicts == 0) return;
    uint64_t now_us = an_clock_wall_us(), spent_ns = now_us > v->now_us ? (now_us - v->now_us) * 1000 : 0;
    an_count_add(&door->counters.latency[an_metric_latency_bucket(spent_ns)], verdicts);
    an_count_add(&door->counters.latency_sum_ns, spent_ns * verdicts);
}

void an_door_tick(void *user, uint64_t now_us)
{
    (void)now_us;
    an_engine_tick(((struct an_door *)user)->context);
}

enum an_err an_door_frame(const char *bytes, size_t len, size_t *scanned, size_t *ret_len)
{
    return an_sip_frame(bytes, len, scanned, ret_len);
}

void an_door_metrics(const struct an_door *door, const struct an_loop_counters *loop, struct an_metrics *ret_metrics)
{
    struct an_door_counters counters;
    const struct an_door_counters *c = &counters;
    an_count_copy(&counters, &door->counters, sizeof counters);
    for (int m = 0; m < AN_METRIC_METHODS; m++) ret_metrics->sip_requests[m] += c->requests[m];
    for (int s = 0; s < AN_METRIC_STATUS_COUNT; s++) ret_metrics->sip_answers[s] += c->answers[s];
    for (int b = 0; b < AN_METRIC_LATENCY_BUCKETS; b++) ret_metrics->latency[b] += c->latency[b];
    ret_metrics->latency_sum_ns += c->latency_sum_ns;
    ret_metrics->malformed[AN_METRIC_INPUT_SIP] += c->malformed_sip + loop->oversized;
    ret_metrics->malformed[AN_METRIC_INPUT_HEP] += c->malformed_hep;
    ret_metrics->malformed[AN_METRIC_INPUT_TLS] += loop->tls_failed;
    ret_metrics->hep_packets += c->hep_packets;
    for (int t = AN_TRANSPORT_UDP; t <= AN_TRANSPORT_TLS; t++) {
        ret_metrics->sip_received_bytes += loop->received_bytes[t];
        ret_metrics->sip_unsent += loop->send_failed[t];
    }
    ret_metrics->sip_dropped += loop->kernel_dropped;
    ret_metrics->table_used[AN_METRIC_TABLE_CONNECTION] += loop->connections;
}
