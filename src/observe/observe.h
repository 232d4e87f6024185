/* What the door has seen: decayed counters in bounded, shared tables. Layer: observe.
 *
 * Levels: number (caller and callee), block, trunk, shape, origin (block or operator with trunk), line (trunk with
 * shape), relation (pairs). Everything is learned from struct an_observation alone, so live, replayed and rebuilt
 * state come from the same bytes; the same observations in the same order give the same state and the same features,
 * bit for bit, however they are cut into vectors. What each feature is: docs/observe.md and model/feature.def.
 *
 * Cost expected for an attempt with 10 million numbers, one core, vectors of 64: two random number entries, a
 * relation, a block, an origin and a pending call, all prefetched (about 100 ns of memory at 8 lines in flight), six
 * warm entries (60 ns), arithmetic and features (100 ns): under 300 ns. Memory: 68 bytes a slot of the number table,
 * 94 a tracked number, 8 a relation; all taken in an_state_new, none later. Measured: docs/observe.md.
 *
 * Concurrency: any number of workers may call an_observe_vector at once; a bucket is locked for the few nanoseconds
 * of one entry's update, never two at a time, never over a system call. limits.single_worker leaves the locks out. */
#ifndef ANNING_OBSERVE_OBSERVE_H
#define ANNING_OBSERVE_OBSERVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "model/call.h"
#include "model/ruling.h"
#include "model/metrics.h"

/* How much each table is meant to track. A full table drops the oldest and quietest entry of a bucket: never an error.
 * 0: the default. Small values are raised to a table's smallest size (4,096 entries; 131,072 relations). */
struct an_state_limits {
    uint32_t numbers;            /* 1,000,000: numbers as caller or callee, and (number, foreign trunk) */
    uint32_t relations;          /* twice the numbers: pairs that called each other */
    uint32_t blocks;             /* 131,072 */
    uint32_t trunks;             /* 4,096 */
    uint32_t shapes;             /* 16,384 */
    uint32_t origins;            /* 262,144: (block, trunk) and (operator, trunk) */
    uint32_t lines;              /* 4,096: (trunk, shape), 1.9 kB each */
    uint32_t pending;            /* 262,144: calls in flight, joined by call_key */
    uint32_t emergencies;        /* 65,536: callers of emergency numbers, for emergency_window_s */
    uint32_t reporters;          /* 131,072: people who report */
    uint32_t accused;            /* 65,536: numbers reported */
    uint32_t labels;             /* 16,384: operators' decisions; when full, new ones are refused */
    uint32_t emergency_window_s; /* 7,200 */
    bool single_worker;          /* only one thread ever touches the state: no locks */
};

/* The defaults, written out. */
struct an_state_limits an_state_limits_default(void);

struct an_state;

/* Takes all memory, as huge pages where the kernel gives them. NULL when there is not enough (error says how much was
 * asked for). limits may be NULL. */
struct an_state *an_state_new(const struct an_state_limits *limits, struct an_error *error);
void an_state_free(struct an_state *state);
/* Forgets everything; keeps the memory. No worker may run. */
void an_state_clear(struct an_state *state);

/* Takes every call without error and without observed.repeat, in order. An attempt gets all features that are not
 * enrich's (ORIGIN_SURPRISE and on), taken before it is counted and rounded to minifloats, and
 * observed.after_emergency; answers, ends and reports are learned from, and their observations get what the attempt
 * knew: parties, trunk, ring and talk time. A copy of what was learned already (HEP3 sees every leg of a call) is
 * marked observed.repeat. */
void an_observe_vector(struct an_state *state, struct an_vector *vector);

/* After the decision: what each attempt was answered is kept with the call in flight, so that an end caused by our own
 * verdict is known as such (fairness rule 5). A rebuilt attempt carries it in its observation's action. */
void an_observe_actions(struct an_state *state, const struct an_vector *vector);

/* One observation, or many in order, read back from the journal: the same learning, no features. */
void an_state_apply(struct an_state *state, const struct an_observation *obs);
void an_state_apply_many(struct an_state *state, const struct an_observation *obs, size_t count);

/* An operator's label, at its time: live, or read back from the journal. number and trunk, or campaign, are filled; who
 * and why are not looked at. */
void an_state_rule(struct an_state *state, const struct an_ruling *label);
/* Whether a label with a number and a trunk is of the number as that trunk uses it only: an_state_rule finds the same,
 * unless label->foreign says it for a server that knows better. */
bool an_state_rules_foreign(const struct an_state *state, const struct an_ruling *label);
/* Whether this very label is in force already at label->time_us; of one that is withdrawn: that none is. */
bool an_state_rules_so(const struct an_state *state, const struct an_ruling *label);
/* Whether so many more labels find room (limits.labels). */
bool an_state_rulings_room(const struct an_state *state, size_t count);
/* The label in force on a campaign: for what judges by campaigns. */
enum an_ruling_verdict an_state_campaign_ruling(const struct an_state *state, uint64_t campaign, uint64_t time_us);

/* Dumps all tables, checksummed. Only write()s: fit for a fork()ed child. AN_OK or AN_ERR_IO. */
enum an_err an_state_save(const struct an_state *state, int fd, struct an_error *error);
/* Replaces the state by a dump. Tables of equal size are read as they are, others entry by entry.
 * AN_OK, AN_ERR_IO, AN_ERR_CORRUPT, AN_ERR_UNSUPPORTED (another version), AN_ERR_NO_MEMORY; then the state is empty. */
enum an_err an_state_load(struct an_state *state, int fd, struct an_error *error);

enum an_state_table {
    AN_TABLE_NUMBERS,
    AN_TABLE_RELATIONS,
    AN_TABLE_BLOCKS,
    AN_TABLE_TRUNKS,
    AN_TABLE_SHAPES,
    AN_TABLE_ORIGINS,
    AN_TABLE_LINES,
    AN_TABLE_PENDING,
    AN_TABLE_EMERGENCIES,
    AN_TABLE_REPORTERS,
    AN_TABLE_ACCUSED,
    AN_TABLE_LABELS,
    AN_TABLE_COUNT
};

struct an_table_stats {
    const char *name; /* "numbers" */
    uint64_t used;
    uint64_t capacity; /* slots */
    uint64_t evictions;
    uint64_t bytes;
};

struct an_state_stats {
    struct an_table_stats tables[AN_TABLE_COUNT];
    uint64_t bytes;        /* all in */
    uint64_t observations; /* learned from, by kind: */
    uint64_t attempts, answers, ends, reports;
    uint64_t reports_ignored;                          /* nothing on record of such a call, or said before */
    uint64_t reports_counted[AN_REPORT_COUNTED_COUNT]; /* the others, by what they counted */
};

/* Any thread; a moment's view. */
void an_state_stats(const struct an_state *state, struct an_state_stats *ret_stats);

#endif
