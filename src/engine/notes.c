/* Records about the run itself. */
#include "base/clock.h"
#include "engine/internal.h"
#include "model/record.h"
#include "score/score.h"

static bool note(struct an_context *context, const struct an_record *record, size_t size, uint64_t now_us)
{
    uint8_t *out = an_journal_reserve(context->writer, now_us, size);
    size_t len;
    if (out == NULL) return false; /* counted by the journal */
    if (an_record_encode(record, out, size, &len) != AN_OK) {
        an_journal_cancel(context->writer);
        return false;
    }
    an_journal_commit(context->writer, record->type, now_us, len);
    return true;
}

static const struct an_score_model *live_of(const struct an_models *models)
{
    return models == NULL ? NULL : models->live.model;
}

static bool note_run(struct an_context *context, uint16_t type, uint64_t settings_version,
                     const struct an_models *models, uint64_t now_us)
{
    struct an_record record = { .type = type };
    record.start = (struct an_record_start) { .software = AN_SLICE(ANNING_VERSION),
                                              .score_version = an_score_version(live_of(models)),
                                              .workers = context->engine->context_count,
                                              .settings_version = settings_version };
    return note(context, &record, AN_RECORD_SMALL_MAX, now_us);
}

/* Each segment names the settings its verdicts refer to before the first of them, so that it replays on its own,
 * whatever retention has taken away. */
static void note_settings(struct an_context *context, const struct an_settings *settings, uint64_t now_us)
{
    struct an_journal_position at;
    an_journal_position(context->writer, &at);
    if (context->journaled_settings == settings->version && context->settings_segment == at.sequence) return;
    struct an_record record = { .type = AN_RECORD_SETTINGS };
    record.settings = (struct an_record_settings) { settings->version, { settings->text, settings->text_len } };
    if (!note(context, &record, settings->text_len + 64, now_us)) return;
    context->journaled_settings = settings->version;
    context->settings_segment = at.sequence;
}

/* The same of the models; where none ever judged in this run there is nothing to tell. */
static void note_models(struct an_context *context, const struct an_models *models, uint64_t now_us)
{
    struct an_journal_position at;
    if (models == NULL) return;
    an_journal_position(context->writer, &at);
    if (context->journaled_models == models->serial && context->models_segment == at.sequence) return;
    struct an_record record = { .type = AN_RECORD_MODEL };
    const struct an_score_model *live = models->live.model, *shadow = models->shadow.model;
    record.model.live.score_version = an_score_version(live);
    if (live != NULL) record.model.live.version = an_score_model_forest(live)->version;
    if (live != NULL) record.model.live.name = an_slice_of(models->live.name);
    if (shadow != NULL) record.model.shadow.version = an_score_model_forest(shadow)->version;
    if (shadow != NULL) record.model.shadow.score_version = an_score_version(shadow);
    if (shadow != NULL) record.model.shadow.name = an_slice_of(models->shadow.name);
    if (!note(context, &record, AN_RECORD_SMALL_MAX, now_us)) return;
    context->journaled_models = models->serial;
    context->models_segment = at.sequence;
}

static void note_snapshot(struct an_context *context, uint64_t now_us)
{
    struct an_engine *engine = context->engine;
    if (!atomic_load_explicit(&engine->snapshot_noted, memory_order_acquire)) return;
    struct an_record record = { .type = AN_RECORD_SNAPSHOT };
    record.snapshot = engine->snapshot_note;
    note(context, &record, AN_RECORD_SMALL_MAX, now_us);
    atomic_store_explicit(&engine->snapshot_noted, false, memory_order_release);
}

void an_context_notes(struct an_context *context, const struct an_settings *settings, const struct an_models *models,
                      uint64_t now_us)
{
    if (context->number == 0 && !context->begun)
        context->begun = note_run(context, AN_RECORD_START, settings->version, models, now_us);
    if (context->number == 0) note_snapshot(context, now_us);
    note_settings(context, settings, now_us);
    note_models(context, models, now_us);
}

/* A replay's records are in the time of its calls, up to the last one. */
void an_engine_last_notes(struct an_engine *engine)
{
    struct an_context *first = &engine->contexts[0];
    uint64_t now_us = first->live ? an_clock_wall_us() : first->last_us;
    if (!first->begun) return;
    note_snapshot(first, now_us);
    note_run(first, AN_RECORD_STOP, atomic_load(&engine->settings)->version, atomic_load(&engine->models), now_us);
    an_journal_flush(first->writer, an_clock_mono_us());
}
