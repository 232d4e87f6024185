#include "engine/callees.h"

#include "engine/internal.h"

/* Frees what was replaced once every worker that may read it has left. Under callees_lock. */
static void reclaim(struct an_engine *engine, struct an_callees *callees)
{
    an_gate_wait(&engine->gate);
    an_callees_reclaim(callees);
}

/* Under callees_lock; NULL: no memory. */
static struct an_callees *table_of(struct an_engine *engine, struct an_error *error)
{
    struct an_callees *callees = atomic_load_explicit(&engine->callees, memory_order_relaxed);
    if (callees != NULL) return callees;
    callees = an_callees_new(error);
    if (callees == NULL) return NULL;
    an_callees_share(callees);
    atomic_store_explicit(&engine->callees, callees, memory_order_release);
    return callees;
}

enum an_err an_engine_put_callee(struct an_engine *engine, const struct an_callee_settings *settings,
                                 struct an_error *error)
{
    an_assert(engine != NULL && settings != NULL);
    pthread_mutex_lock(&engine->callees_lock);
    struct an_callees *callees = table_of(engine, error);
    enum an_err err = callees == NULL ? AN_ERR_NO_MEMORY : an_callees_put(callees, settings, error);
    if (callees != NULL && an_callees_retired(callees) >= AN_CALLEES_RETIRED_MAX) reclaim(engine, callees);
    pthread_mutex_unlock(&engine->callees_lock);
    atomic_fetch_add(err == AN_OK ? &engine->callee_changes : &engine->callee_failures, 1);
    return err;
}

void an_engine_drop_callee(struct an_engine *engine, an_number callee)
{
    an_assert(engine != NULL);
    pthread_mutex_lock(&engine->callees_lock);
    struct an_callees *callees = atomic_load_explicit(&engine->callees, memory_order_relaxed);
    if (callees != NULL && an_callees_drop(callees, callee)) {
        atomic_fetch_add(&engine->callee_changes, 1);
        reclaim(engine, callees);
    }
    pthread_mutex_unlock(&engine->callees_lock);
}

void an_engine_publish_callees(struct an_engine *engine, struct an_callees *callees)
{
    an_assert(engine != NULL && callees != NULL);
    an_callees_share(callees);
    pthread_mutex_lock(&engine->callees_lock);
    struct an_callees *before = atomic_exchange(&engine->callees, callees);
    an_gate_wait(&engine->gate);
    an_callees_free(before);
    pthread_mutex_unlock(&engine->callees_lock);
}

void an_engine_free_callees(struct an_engine *engine)
{
    an_callees_free(atomic_exchange(&engine->callees, NULL));
}

void an_engine_callee_metrics(struct an_engine *engine, struct an_metrics *ret_metrics)
{
    struct an_callees_stats stats = { 0 };
    pthread_mutex_lock(&engine->callees_lock); /* the table may be swapped under us */
    const struct an_callees *callees = atomic_load_explicit(&engine->callees, memory_order_relaxed);
    if (callees != NULL) an_callees_stats(callees, &stats);
    pthread_mutex_unlock(&engine->callees_lock);
    ret_metrics->subscribers = stats.subscribers;
    ret_metrics->subscriber_changes = atomic_load(&engine->callee_changes);
    ret_metrics->subscriber_bytes = stats.bytes;
    ret_metrics->subscriber_failures = atomic_load(&engine->callee_failures);
}
