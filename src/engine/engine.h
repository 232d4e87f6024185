/* The engine: wires the stages together. Layer: engine, the one folder that includes them all.
 *
 * One engine a process: plan, observation state, settings snapshot, journal. One context for each thread that brings
 * calls in (SIP loops, HTTP threads, a replay): its own journal stream and memory of recent INVITEs. A vector goes
 * through enrich, observe, score, decide and into the journal; its records are in the page cache when
 * an_engine_run returns, so the answer may be sent.
 *
 * Nothing is allocated after start but by reloads. Cost: the sum of the stages, bench/bench_engine.c. */
#ifndef ANNING_ENGINE_ENGINE_H
#define ANNING_ENGINE_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "campaign/campaign.h"
#include "journal/journal.h"
#include "model/call.h"
#include "model/metrics.h"
#include "model/settings.h"
#include "observe/observe.h"

struct an_engine;
struct an_context;

enum { AN_ENGINE_CONTEXTS_MAX = 256, AN_FALLBACK_BUDGET_MS = 20 };

struct an_engine_options {
    const char *data_dir; /* [borrow] journal, snapshots, site key; NULL: nothing is kept */
    bool read_only;       /* state is loaded from data_dir, but nothing is written there */
    bool campaigns;       /* group calls into campaigns; inline with one context, else over the journal */
    bool repeatable;      /* without data_dir: a fixed site key, so that a replay gives the same tokens */
    struct an_campaign_options campaign_limits; /* 0: the default; the local day is that of the settings */
    unsigned contexts;                          /* 1..AN_ENGINE_CONTEXTS_MAX */
    struct an_state_limits limits;
    size_t transactions;         /* recent INVITEs remembered, each context; 0: 262,144 */
    uint32_t fallback_budget_ms; /* longest wait for state before the fallback verdict; 0: AN_FALLBACK_BUDGET_MS */
    struct an_journal_options journal;                           /* dir and workers are filled in */
    struct an_settings *settings;                                /* [own] taken over */
    void (*progress)(void *user, uint64_t done, uint64_t total); /* of rebuilding state; NULL: none */
    void *user;
};

/* Loads the newest snapshot and the journal's tail. On failure nothing is left, and settings are freed. */
enum an_err an_engine_new(const struct an_engine_options *options, struct an_engine **ret_engine,
                          struct an_error *error);
/* Writes a last snapshot and the STOP record (when it has a data folder), closes the journal. No context may be
 * running. NULL is taken. */
void an_engine_free(struct an_engine *engine);

/* [borrow] number < options.contexts; used by one thread at a time. */
struct an_context *an_engine_context(struct an_engine *engine, unsigned number);

/* Judges attempts and learns from everything; parsed sections are filled, calls with an error are passed by. v->worker
 * is set to the context's number. Of each attempt the verdict is complete afterwards. */
void an_engine_run(struct an_context *context, struct an_vector *v);
/* From the context's thread every 50 ms or so while idle: journal chain and rotation. */
void an_engine_tick(struct an_context *context);

/* Swaps settings in; the old ones are freed. [own] settings. Any thread. */
void an_engine_set_settings(struct an_engine *engine, struct an_settings *settings);
/* A copy of the settings of act/ now in force. Any thread; takes a lock, not for the hot path. */
void an_engine_act(struct an_engine *engine, struct an_act_settings *ret_act);
/* The policy now in force. Any thread; takes a lock. */
void an_engine_policy(struct an_engine *engine, struct an_policy *ret_policy);
/* The registered firm a number belongs to; false: none. ret_name: AN_FIRM_NAME_MAX + 1. Any thread; takes a lock. */
bool an_engine_firm_of(struct an_engine *engine, an_number number, char *ret_name);
/* Settings of act/ as of the context's last vector: a copy of its own. [borrow] For the context's thread. */
const struct an_act_settings *an_context_act(const struct an_context *context);

/* Writes a state snapshot: the process is paused for the time of a fork(), a child writes the file. Blocks until it is
 * done; any thread but a context's. AN_OK, AN_ERR_UNSUPPORTED without a data folder, AN_ERR_IO. */
enum an_err an_engine_snapshot(struct an_engine *engine, struct an_error *error);

/* Adds what the engine knows to a zeroed snapshot. */
void an_engine_metrics(struct an_engine *engine, struct an_metrics *ret_metrics);
struct an_state *an_engine_state(struct an_engine *engine);

/* Campaigns, copied out under their lock, which is held for a moment only. Any thread. AN_ERR_UNSUPPORTED: they are
 * off. */
/* Up to max ids, busiest first; ret_count: how many there are. */
enum an_err an_engine_campaign_ids(struct an_engine *engine, bool hostile_only, uint32_t *ret_ids, size_t max,
                                   size_t *ret_count);
/* AN_ERR_NOT_FOUND. */
enum an_err an_engine_campaign_view(struct an_engine *engine, uint32_t id, struct an_campaign_view *ret_view);
/* An operator's word: into the journal, then done, and the campaigns saved at once. From the context's thread.
 * AN_ERR_NOT_FOUND, AN_ERR_INVALID as an_campaigns_say; AN_ERR_IO: the journal can't take it, nothing was done. */
enum an_err an_engine_campaign_say(struct an_context *context, const struct an_record_campaign *word, uint64_t now_us,
                                   struct an_error *error);
/* AN_ERR_NOT_FOUND. */
enum an_err an_engine_campaign_lineage(struct an_engine *engine, uint32_t id, struct an_campaign_lineage *ret_lineage);
enum an_err an_engine_campaign_similar(struct an_engine *engine, uint32_t id,
                                       struct an_campaign_similar ret_similar[AN_CAMPAIGN_SIMILAR], size_t *ret_count);

/* Without an engine: those saved in a data folder and what its journal holds since, read only; beside a running anningd
 * too. progress: of the reading; NULL: none. [own] ret_campaigns. */
enum an_err an_engine_read_campaigns(const char *data_dir, void (*progress)(void *user, uint64_t done, uint64_t total),
                                     void *user, struct an_campaigns **ret_campaigns, struct an_error *error);

/* What starting found: records replayed after the snapshot, and how long loading took. */
struct an_engine_start {
    uint64_t snapshot_time_us; /* 0: none */
    uint64_t records_replayed, records_damaged;
    uint64_t load_us;
};
void an_engine_start_info(const struct an_engine *engine, struct an_engine_start *ret_info);

#endif
