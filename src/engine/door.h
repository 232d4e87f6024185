/* The door: datagrams and messages of a SIP loop in, answers out. Layer: engine. What a wire/ loop calls: unwraps
 * HEP3, parses, runs the engine and builds the answers. */
#ifndef ANNING_ENGINE_DOOR_H
#define ANNING_ENGINE_DOOR_H

#include "engine/engine.h"
#include "wire/loop.h"

/* Written by the loop's thread with plain stores. */
struct an_door_counters {
    uint64_t requests[AN_METRIC_METHODS];
    uint64_t answers[AN_METRIC_STATUS_COUNT];
    uint64_t malformed_sip, malformed_hep;
    uint64_t hep_packets;
    uint64_t latency[AN_METRIC_LATENCY_BUCKETS]; /* of verdicts */
    uint64_t latency_sum_ns;
};

struct an_door {
    struct an_context *context; /* [borrow] */
    bool virtual_time;          /* for the test range: believe X-Anning-Time of INVITEs from loopback */
    struct an_door_counters counters;
};

/* For struct an_loop_handler; user is a struct an_door. */
void an_door_process(void *user, struct an_vector *v, struct an_answer answers[AN_VECTOR_MAX]);
void an_door_tick(void *user, uint64_t now_us);
enum an_err an_door_frame(const char *bytes, size_t len, size_t *scanned, size_t *ret_len);

/* Adds a loop's and a door's counters to a snapshot. */
void an_door_metrics(const struct an_door *door, const struct an_loop_counters *loop, struct an_metrics *ret_metrics);

#endif
