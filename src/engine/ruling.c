#include "engine/ruling.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/counter.h"
#include "campaign/campaign.h"
#include "engine/internal.h"
#include "enrich/plan.h"
#include "enrich/trunk.h"
#include "journal/reader.h"
#include "model/record.h"

enum { WAIT_US = 10 * 1000 * 1000 };

static enum an_err find_number(const struct an_plan *plan, const struct an_settings *settings, struct an_ruling *label,
                               struct an_error *error)
{
    struct an_normal normal;
    struct an_slice text = an_slice_of(label->number_text);
    an_plan_normalise(plan, text, settings, false, &normal);
    if (!an_number_is_e164(normal.number))
        return an_fail(error, AN_ERR_INVALID,
                       "field \"number\" is \"%.40s\", which is no telephone number; +8613800138000 is the form that "
                       "always works",
                       label->number_text);
    label->number = normal.number;
    return AN_OK;
}

/* The caller of a verdict, as it came in by that trunk. */
static enum an_err find_verdict(const char *data_dir, struct an_ruling *label, struct an_error *error)
{
    uint8_t payload[AN_RECORD_VERDICT_MAX];
    struct an_record record;
    char token[AN_TOKEN_TEXT_MAX];
    an_token_text(&label->token, token);
    enum an_err err = an_journal_find_verdict(data_dir, &label->token, payload, NULL, &record);
    if (err == AN_ERR_NOT_FOUND)
        return an_fail(error, err, "field \"token\": no verdict %s in the journal; it may have expired", token);
    if (err != AN_OK)
        return an_fail(error, AN_ERR_IO, "field \"token\": the journal can't be read: %s", an_err_name(err));
    if (record.obs.caller == AN_NUMBER_NONE)
        return an_fail(error, AN_ERR_INVALID, "field \"token\": the caller of %s withheld the number", token);
    label->number = record.obs.caller;
    label->trunk = record.obs.trunk;
    an_slice_copy(record.text.trunk, label->trunk_name, sizeof label->trunk_name);
    return AN_OK;
}

static enum an_err find_target(const struct an_plan *plan, const struct an_settings *settings, const char *data_dir,
                               struct an_ruling *label, struct an_error *error)
{
    if (label->campaign != 0) return AN_OK;
    if (an_token_given(&label->token)) return data_dir == NULL ? AN_OK : find_verdict(data_dir, label, error);
    if (label->trunk_name[0] != '\0') {
        struct an_trunk trunk;
        an_trunk_of_name(settings, an_slice_of(label->trunk_name), &trunk);
        label->trunk = trunk.id;
    }
    return find_number(plan, settings, label, error);
}

static bool same_target(const struct an_ruling *a, const struct an_ruling *b)
{
    if (a->number != b->number || a->trunk != b->trunk || a->campaign != b->campaign) return false;
    return a->number != AN_NUMBER_NONE || memcmp(&a->token, &b->token, sizeof a->token) == 0;
}

static void target_text(const struct an_ruling *label, char out[32])
{
    _Static_assert((int)AN_NUMBER_TEXT_MAX <= 32 && (int)AN_TOKEN_TEXT_MAX <= 32, "room for either");
    if (label->campaign != 0)
        snprintf(out, 32, "campaign C%llu", (unsigned long long)label->campaign);
    else if (label->number != AN_NUMBER_NONE)
        an_number_text(label->number, out);
    else
        an_token_text(&label->token, out);
}

/* The same label twice is harmless, two different ones on one target are not. */
static enum an_err find_contradiction(const struct an_ruling *labels, size_t count, size_t *ret_index,
                                      size_t *ret_other, struct an_error *error)
{
    for (size_t i = 1; i < count; i++)
        for (size_t j = 0; j < i; j++) {
            const struct an_ruling *a = &labels[i], *b = &labels[j];
            if (!same_target(a, b)) continue;
            if (a->verdict == b->verdict && a->category == b->category && a->weight == b->weight &&
                a->until_us == b->until_us)
                continue;
            char target[32];
            target_text(a, target);
            *ret_index = i;
            *ret_other = j;
            return an_fail(error, AN_ERR_INVALID, "%s is labelled %s, and %s by another label of the same batch%s",
                           target, an_ruling_verdict_name((enum an_ruling_verdict)a->verdict),
                           an_ruling_verdict_name((enum an_ruling_verdict)b->verdict),
                           a->verdict == b->verdict ? ", with another category, weight or date" : "");
        }
    return AN_OK;
}

enum an_err an_rulings_resolve(const struct an_settings *settings, const char *data_dir, struct an_ruling *labels,
                               size_t count, size_t *ret_index, size_t *ret_other, struct an_error *error)
{
    an_assert(settings != NULL && labels != NULL && ret_index != NULL && ret_other != NULL);
    *ret_index = 0;
    *ret_other = SIZE_MAX;
    struct an_plan *plan = an_plan_new(error);
    if (plan == NULL) return AN_ERR_NO_MEMORY;
    enum an_err err = AN_OK;
    for (size_t i = 0; i < count && err == AN_OK; i++) {
        *ret_index = i;
        err = find_target(plan, settings, data_dir, &labels[i], error);
    }
    an_plan_free(plan);
    return err != AN_OK ? err : find_contradiction(labels, count, ret_index, ret_other, error);
}

enum an_err an_engine_rulings_resolve(struct an_engine *engine, struct an_ruling *labels, size_t count,
                                      size_t *ret_index, size_t *ret_other, struct an_error *error)
{
    an_assert(engine != NULL);
    struct an_settings numbering = { 0 }; /* the part that is asked for: the others may be swapped meanwhile */
    pthread_mutex_lock(&engine->closing);
    const struct an_settings *settings = atomic_load(&engine->settings);
    numbering.country_code = settings->country_code;
    memcpy(numbering.area_code, settings->area_code, sizeof numbering.area_code);
    pthread_mutex_unlock(&engine->closing);
    enum an_err err = an_rulings_resolve(&numbering, engine->data_dir, labels, count, ret_index, ret_other, error);
    for (size_t i = 0; i < count && err == AN_OK; i++) {
        if (labels[i].number != AN_NUMBER_NONE || labels[i].campaign != 0) continue;
        *ret_index = i;
        err = an_fail(error, AN_ERR_NOT_FOUND, "field \"token\": without a journal no verdict can be looked up");
    }
    return err;
}

/* All records or none: a writer that takes the first takes a thousand, which its empty buffer has room for. */
static enum an_err keep(struct an_context *context, const struct an_ruling *labels, size_t count, uint64_t now_us,
                        struct an_error *error)
{
    for (size_t i = 0; context->writer != NULL && i < count; i++) {
        struct an_record record;
        uint8_t bytes[AN_RECORD_LABEL_MAX];
        size_t len;
        an_record_of_ruling(&labels[i], &record);
        enum an_err err = an_record_encode(&record, bytes, sizeof bytes, &len);
        an_assert(err == AN_OK);
        if (an_journal_append(context->writer, AN_RECORD_LABEL, now_us, bytes, len) != AN_OK)
            return an_fail(error, AN_ERR_IO,
                           "the journal can't take labels now (its disk is full, slow or gone); nothing was applied");
    }
    if (context->writer != NULL && an_journal_flush(context->writer, an_clock_mono_us()) != AN_OK)
        return an_fail(error, AN_ERR_IO, "the journal can't be written; nothing was applied");
    return AN_OK;
}

/* "Wanted" releases a campaign; anything else leaves it to its own evidence. One that has ended is nobody's. */
static void tell_campaigns(struct an_engine *engine, const struct an_ruling *label)
{
    if (label->campaign == 0 || engine->campaigns == NULL) return;
    pthread_mutex_lock(&engine->campaigns_lock);
    an_campaigns_release(engine->campaigns, (uint32_t)label->campaign, label->verdict == AN_RULING_WANTED);
    pthread_mutex_unlock(&engine->campaigns_lock);
}

enum an_err an_engine_rule(struct an_context *context, struct an_ruling *labels, size_t count, uint64_t now_us,
                           struct an_error *error)
{
    an_assert(context != NULL && labels != NULL && count <= AN_RULINGS_MAX);
    struct an_engine *engine = context->engine;
    if (!an_gate_enter(&engine->gate, context->number, WAIT_US))
        return an_fail(error, AN_ERR_IO, "the engine is busy; nothing was applied");
    enum an_err err = AN_OK;
    if (!an_state_rulings_room(engine->state, count))
        err = an_fail(error, AN_ERR_LIMIT, "limits.labels is full; raise it, or withdraw labels that are not needed");
    if (err == AN_OK && context->writer != NULL)
        an_context_notes(context, atomic_load(&engine->settings), atomic_load(&engine->models), now_us);
    for (size_t i = 0; i < count && err == AN_OK; i++) {
        labels[i].time_us = now_us;
        labels[i].foreign = an_state_rules_foreign(engine->state, &labels[i]);
    }
    if (err == AN_OK) err = keep(context, labels, count, now_us, error);
    for (size_t i = 0; i < count && err == AN_OK; i++) {
        an_state_rule(engine->state, &labels[i]);
        an_count(&context->counters.labels[labels[i].verdict]);
    }
    if (context->writer != NULL) an_journal_position(context->writer, &context->position);
    an_gate_leave(&engine->gate, context->number);
    for (size_t i = 0; i < count && err == AN_OK; i++) tell_campaigns(engine, &labels[i]);
    return err;
}
