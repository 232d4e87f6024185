/* What was heard of a call after it began: an answer, an end, a report. Layer: observe; for its own files only. */
#ifndef ANNING_OBSERVE_OUTCOME_H
#define ANNING_OBSERVE_OUTCOME_H

#include "observe/state.h"

/* One of them while it is learned from, out of the observation and of what was pending. */
struct an_heard {
    struct an_observation obs; /* completed */
    struct an_keys keys;
    uint32_t tick, day, chance;
    bool answered, hole_counted, joined;
    bool again; /* an answer to a call that was answered already */
    bool foreign;
    uint64_t number_key; /* entry the behaviour goes to; 0: none */
};

/* Which entry of the number is meant: its own, or (number, trunk). Fills foreign and number_key. */
void an_heard_find_number(const struct an_state *state, struct an_heard *heard);
/* What happened between the two, on the pair of that entry. */
void an_heard_relation(struct an_state *state, const struct an_heard *heard, enum an_relation_event event,
                       unsigned talk);
/* Counts for block, trunk, shape and network. */
void an_heard_groups(struct an_state *state, const struct an_heard *heard, const float add[AN_G_LANES]);

/* A report (report.c). Writes obs.counted. */
void an_learn_report(struct an_state *state, struct an_heard *heard, struct an_counts *counts);

#endif
