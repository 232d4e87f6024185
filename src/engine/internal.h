/* The engine's own structures, shared by its files. Layer: engine; not for others. */
#ifndef ANNING_ENGINE_INTERNAL_H
#define ANNING_ENGINE_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>

#include "engine/engine.h"
#include "engine/gate.h"
#include "engine/transactions.h"
#include "enrich/plan.h"
#include "journal/writer.h"

enum { AN_SITE_KEY_BYTES = 16 };

/* Written by the context's thread with plain stores, read by whoever asks for metrics: a reader may be late. */
struct an_context_counters {
    uint64_t calls[AN_METRIC_TRANSPORTS][AN_ACTION_COUNT];
    uint64_t categories[AN_CATEGORY_COUNT];
    uint64_t events[AN_METRIC_OBS_KINDS];
    uint64_t fallbacks, retransmissions;
};

struct an_context {
    struct an_engine *engine;
    unsigned number;
    struct an_journal_writer *writer; /* [borrow] NULL: nothing is kept */
    struct an_transactions transactions;
    uint64_t sequence; /* of tokens */
    struct an_act_settings act;  /* copy of the settings the last vector was judged by */
    uint64_t act_version;
    uint64_t journaled_settings; /* version of the settings this stream has last named */
    struct an_context_counters counters;
    /* of the vector now being judged */
    struct an_transaction *entries[AN_VECTOR_MAX];
    uint64_t keys[AN_VECTOR_MAX];
    uint8_t repeat_of[AN_VECTOR_MAX]; /* 1 + index of the first one in this vector; 0: none */
};

struct an_engine {
    struct an_gate gate;
    pthread_mutex_t closing; /* one closer of the gate at a time */
    _Atomic(const struct an_settings *) settings;
    struct an_plan *plan;
    struct an_state *state;
    struct an_journal *journal; /* NULL: nothing is kept */
    char *data_dir;             /* [own] NULL: nothing is kept */
    uint8_t site_key[AN_SITE_KEY_BYTES];
    uint64_t fallback_wait_us;
    unsigned context_count;
    struct an_context *contexts;
    struct an_engine_start start;
    atomic_uint_fast64_t snapshot_time_us, snapshots, snapshot_failures, settings_time_us;
};

/* Keyed token for attempt i of the vector (engine/token.c). */
void an_context_token(struct an_context *context, const struct an_observation *obs, uint64_t now_us,
                      struct an_token *ret_token);
/* Reads DIR/site.key or makes it (mode 0600); without a folder a random key. */
enum an_err an_site_key_load(const char *data_dir, uint8_t ret_key[AN_SITE_KEY_BYTES], struct an_error *error);

/* State from the newest snapshot and the journal's tail (engine/rebuild.c). */
enum an_err an_engine_rebuild(struct an_engine *engine, void (*progress)(void *, uint64_t, uint64_t), void *user,
                              struct an_error *error);

#endif
