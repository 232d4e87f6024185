/* The engine's own structures, shared by its files. Layer: engine; not for others. */
#ifndef ANNING_ENGINE_INTERNAL_H
#define ANNING_ENGINE_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>

#include "campaign/campaign.h"
#include "engine/drift.h"
#include "engine/engine.h"
#include "engine/gate.h"
#include "engine/models.h"
#include "engine/transactions.h"
#include "enrich/plan.h"
#include "journal/reader.h"
#include "journal/snapshot.h"
#include "journal/writer.h"
#include "model/callee.h"
#include "score/model.h"

enum { AN_SITE_KEY_BYTES = 16 };

/* Written by the context's thread with plain stores, read by whoever asks for metrics: a reader may be late. */
struct an_context_counters {
    uint64_t calls[AN_METRIC_TRANSPORTS][AN_ACTION_COUNT];
    uint64_t categories[AN_CATEGORY_COUNT];
    uint64_t events[AN_METRIC_OBS_KINDS];
    uint64_t fallbacks, retransmissions;
    uint64_t labels[AN_RULING_VERDICT_COUNT], canary_calls[2];
    uint64_t shadow[AN_ACTION_COUNT][AN_ACTION_COUNT]; /* by what was done and by what the shadow would have done */
};

/* What judges now; immutable. */
struct an_models {
    uint64_t serial; /* counts up with each exchange, from 1 */
    struct an_models_one {
        struct an_score_model
            *model; /* [own, shared with the an_models after it] NULL: hand-set weights, or no shadow */
        char name[AN_MODEL_NAME_MAX];
    } live, shadow;
    struct an_drift_plan drift; /* of the live one */
};

struct an_context {
    struct an_engine *engine;
    unsigned number;
    struct an_journal_writer *writer; /* [borrow] NULL: nothing is kept */
    struct an_transactions transactions;
    uint64_t sequence;          /* of tokens */
    struct an_act_settings act; /* copy of the settings the last vector was judged by */
    uint64_t act_version;
    uint64_t journaled_settings; /* version of the settings this segment of the stream names */
    uint64_t settings_segment;
    uint64_t journaled_models; /* the same of the models, by serial */
    uint64_t models_segment;
    uint64_t last_us;                    /* time of the last vector */
    bool live;                           /* ticked: its vectors come in real time, those of a replay do not */
    bool begun;                          /* number 0: the START record is written */
    struct an_journal_position position; /* after the last vector that touched state; for whoever closed the gate */
    struct an_context_counters counters;
    struct an_drift_counters drift;
    uint64_t drift_serial; /* of the models it counts for; others read it */
    /* of the vector now being judged */
    uint64_t keys[AN_VECTOR_MAX];     /* of INVITEs; 0: none */
    size_t slots[AN_VECTOR_MAX];      /* their entries among the transactions */
    bool fresh[AN_VECTOR_MAX];        /* the entry is new */
    uint8_t repeat_of[AN_VECTOR_MAX]; /* 1 + index of the first one in this vector; 0: none */
};

struct an_engine {
    struct an_gate gate;
    pthread_mutex_t closing; /* one closer of the gate at a time */
    atomic_bool asking;      /* the effect of a word is being worked out */
    _Atomic(const struct an_settings *) settings;
    _Atomic(const struct an_models *) models; /* NULL: hand-set weights */
    /* Subscribers' settings (engine/callees.c). */
    _Atomic(struct an_callees *) callees; /* [own] NULL: nobody has any */
    pthread_mutex_t callees_lock;         /* one writer at a time */
    atomic_uint_fast64_t callee_changes, callee_failures;
    struct an_plan *plan;
    struct an_state *state;
    struct an_journal *journal; /* NULL: nothing is kept */
    char *data_dir;             /* [own] NULL: nothing is kept */
    /* Campaigns (engine/campaigns.c). Fed by the one context there is, or by a thread that reads the journal. */
    struct an_campaigns *campaigns;                   /* NULL: off */
    _Atomic(const struct an_signatures *) signatures; /* NULL: none yet */
    pthread_mutex_t campaigns_lock;                   /* campaigns: the feeder and who looks at them */
    pthread_t campaigns_thread;
    bool campaigns_on, campaigns_inline, campaigns_threaded;
    atomic_bool campaigns_stop;
    struct an_journal_reader *campaigns_reader; /* [own by the thread] moved under the lock; NULL: none yet */
    /* What they hold of each stream, when no reader says; under the lock. */
    struct an_journal_position campaigns_at[AN_ENGINE_CONTEXTS_MAX];
    unsigned campaigns_at_count;
    pthread_mutex_t campaigns_saving;      /* one child at a time: it tidies up what others left */
    atomic_uint_fast64_t campaigns_lag_us; /* behind the journal's end */
    uint8_t site_key[AN_SITE_KEY_BYTES];
    uint64_t fallback_wait_us;
    unsigned context_count;
    struct an_context *contexts;
    struct an_engine_start start;
    /* Ends of streams that earlier runs with more workers have left: the state holds them already. */
    struct an_journal_position others[AN_ENGINE_CONTEXTS_MAX];
    unsigned other_count;
    struct an_record_snapshot snapshot_note; /* [borrow] file: snapshot_file; for the SNAPSHOT record */
    char snapshot_file[AN_SNAPSHOT_NAME_MAX];
    atomic_bool snapshot_noted; /* snapshot_note waits for context 0 to write it down */
    atomic_uint_fast64_t snapshot_time_us, snapshots, snapshot_failures, settings_time_us;
    atomic_uint_fast64_t models_time_us, model_failures;
};

/* Keyed token for attempt i of the vector (engine/token.c). */
void an_context_token(struct an_context *context, const struct an_observation *obs, uint64_t now_us,
                      struct an_token *ret_token);
/* Reads DIR/site.key or makes it (mode 0600); without a folder a random key. */
enum an_err an_site_key_load(const char *data_dir, uint8_t ret_key[AN_SITE_KEY_BYTES], struct an_error *error);

/* Records about the run itself (engine/notes.c): START before the first other record, settings at the start of each
 * segment, the last snapshot once it is there. From the context's thread, inside the gate. */
void an_context_notes(struct an_context *context, const struct an_settings *settings, const struct an_models *models,
                      uint64_t now_us);
/* The last records of a run, when no context runs any more. */
void an_engine_last_notes(struct an_engine *engine);

/* Subscribers' settings (engine/callees.c). */
void an_engine_free_callees(struct an_engine *engine);
void an_engine_callee_metrics(struct an_engine *engine, struct an_metrics *ret_metrics);

/* Models (engine/models.c). */
void an_engine_free_models(struct an_engine *engine);
void an_engine_models_metrics(struct an_engine *engine, struct an_metrics *ret_metrics);

/* Campaigns: taken up after the state is there, put down before the journal closes. Where saved ones can't be used,
 * they start empty and say so. */
enum an_err an_engine_start_campaigns(struct an_engine *engine, const struct an_engine_options *options,
                                      struct an_error *error);
void an_engine_stop_campaigns(struct an_engine *engine);
/* What is known now into force for the next vector; waits until no worker reads what was. */
void an_engine_publish_campaigns(struct an_engine *engine);
/* Inline: what the vector taught. From inside the gate. */
void an_engine_feed_campaigns(struct an_context *context, const struct an_vector *v);
/* Saves them beside the state, by a child of its own: the counters' positions in the journal are not theirs. */
enum an_err an_engine_save_campaigns(struct an_engine *engine, struct an_error *error);
void an_engine_campaign_metrics(struct an_engine *engine, struct an_metrics *ret_metrics);
/* What the oldest saved ones need of the journal, the lower of that and what is there, by worker. Returns count. */
size_t an_engine_campaigns_floor(const struct an_engine *engine, struct an_journal_position *positions, size_t count);

/* A child that writes one snapshot of this moment, and whether it could. What body reads must not change while this
 * forks. */
pid_t an_engine_fork_writer(struct an_engine *engine, enum an_snapshot_kind kind, uint64_t time_us,
                            const struct an_journal_position *positions, size_t count, an_snapshot_body_fn *body,
                            void *context);
bool an_engine_await_writer(pid_t pid);

/* State from the newest snapshot and the journal's tail (engine/rebuild.c). */
enum an_err an_engine_rebuild(struct an_engine *engine, void (*progress)(void *, uint64_t, uint64_t), void *user,
                              struct an_error *error);

#endif
