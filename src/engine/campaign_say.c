/* What an operator says of a campaign, and what he sees before he says it. */
#include "base/clock.h"
#include "base/log.h"
#include "engine/internal.h"
#include "model/record.h"

enum { WAIT_US = 10 * 1000 * 1000 };

static enum an_err refuse(enum an_err err, const struct an_record_campaign *word, struct an_error *error)
{
    if (err == AN_ERR_UNSUPPORTED) return an_fail(error, err, "campaigns are switched off here (campaigns.enabled)");
    if (err == AN_ERR_NOT_FOUND)
        return an_fail(error, err, "%s",
                       word->kind == AN_CAMPAIGN_SPLIT   ? "no such campaign, or no such trunk and shape of it"
                       : word->kind == AN_CAMPAIGN_MERGE ? "no such campaign, or no such other one"
                                                         : "no such campaign; it may have ended");
    return an_fail(error, err, "%s",
                   word->kind == AN_CAMPAIGN_MERGE ? "a campaign can't be merged with itself"
                                                   : "a campaign's only trunk and shape can't be split off");
}

static enum an_err could_say(struct an_engine *engine, const struct an_record_campaign *word, struct an_error *error)
{
    if (engine->campaigns == NULL) return refuse(AN_ERR_UNSUPPORTED, word, error);
    pthread_mutex_lock(&engine->campaigns_lock);
    enum an_err err = an_campaigns_could_say(engine->campaigns, word);
    pthread_mutex_unlock(&engine->campaigns_lock);
    return err == AN_OK ? AN_OK : refuse(err, word, error);
}

/* On record first: what can't be proved isn't done. */
static enum an_err keep(struct an_context *context, const struct an_record_campaign *word, uint64_t now_us,
                        struct an_error *error)
{
    struct an_engine *engine = context->engine;
    const struct an_record record = { .type = AN_RECORD_CAMPAIGN, .campaign = *word };
    uint8_t bytes[AN_RECORD_SMALL_MAX];
    size_t len;
    if (context->writer == NULL) return AN_OK;
    if (an_record_encode(&record, bytes, sizeof bytes, &len) != AN_OK)
        return an_fail(error, AN_ERR_LIMIT, "the name is too long");
    if (!an_gate_enter(&engine->gate, context->number, WAIT_US))
        return an_fail(error, AN_ERR_IO, "the engine is busy; nothing was done");
    an_context_notes(context, atomic_load(&engine->settings), atomic_load(&engine->models), now_us);
    bool kept = an_journal_append(context->writer, AN_RECORD_CAMPAIGN, now_us, bytes, len) == AN_OK &&
                an_journal_flush(context->writer, an_clock_mono_us()) == AN_OK;
    an_journal_position(context->writer, &context->position);
    an_gate_leave(&engine->gate, context->number);
    return kept ? AN_OK
                : an_fail(error, AN_ERR_IO,
                          "the journal can't take it now (its disk is full, slow or gone); nothing "
                          "was done");
}

enum an_err an_engine_campaign_say(struct an_context *context, const struct an_record_campaign *word, uint64_t now_us,
                                   struct an_error *error)
{
    an_assert(context != NULL && word != NULL);
    struct an_engine *engine = context->engine;
    enum an_err err = could_say(engine, word, error);
    if (err == AN_OK) err = keep(context, word, now_us, error);
    if (err != AN_OK) return err;
    pthread_mutex_lock(&engine->campaigns_lock);
    (void)an_campaigns_say(engine->campaigns, word); /* the thread may have read it already: then it is done */
    pthread_mutex_unlock(&engine->campaigns_lock);
    an_engine_publish_campaigns(engine); /* in force for the next call, not when calls have moved the clock on */
    struct an_error reason;
    if (an_engine_save_campaigns(engine, &reason) != AN_OK) /* ids found again from the journal may be others */
        an_log(AN_LOG_WARN, "engine.campaigns", "%s", reason.text);
    return AN_OK;
}

enum an_err an_engine_campaign_lineage(struct an_engine *engine, uint32_t id, struct an_campaign_lineage *ret_lineage)
{
    if (engine->campaigns == NULL) return AN_ERR_UNSUPPORTED;
    pthread_mutex_lock(&engine->campaigns_lock);
    enum an_err err = an_campaigns_lineage(engine->campaigns, id, ret_lineage);
    pthread_mutex_unlock(&engine->campaigns_lock);
    return err;
}

enum an_err an_engine_campaign_similar(struct an_engine *engine, uint32_t id,
                                       struct an_campaign_similar ret_similar[AN_CAMPAIGN_SIMILAR], size_t *ret_count)
{
    if (engine->campaigns == NULL) return AN_ERR_UNSUPPORTED;
    pthread_mutex_lock(&engine->campaigns_lock);
    enum an_err err = an_campaigns_similar(engine->campaigns, id, ret_similar, ret_count);
    pthread_mutex_unlock(&engine->campaigns_lock);
    return err;
}
