#include "engine/again.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "base/clock.h"
#include "base/thread.h"
#include "decide/decide.h"
#include "engine/internal.h"
#include "journal/reader.h"
#include "score/score.h"

enum { PROGRESS_EVERY = 4096, OF_ONE_KIND = AN_DRYRUN_EXAMPLES / 6 };

void an_judge_again(const struct an_verdict *was, const an_mini *features, const struct an_score_model *model,
                    const struct an_policy *policy, struct an_verdict *ret_is)
{
    const unsigned computed = AN_RULE_OWN_EVIDENCE | AN_RULE_RELATION | AN_RULE_HOSTILE;
    struct an_verdict is = { 0 };
    if (features == NULL) features = was->features;
    an_score_features(features, model, &is);
    is.rules = (is.rules & computed) | (was->rules & ~computed);
    bool matches = an_mini_float(features[AN_F_CAMPAIGN_MATCH]) > 0;
    if (is.rules & AN_RULE_EXPECTED && an_decide_hostile(matches, is.probability)) is.rules |= AN_RULE_HOSTILE;
    is.level = was->level;
    is.chosen = was->chosen;
    const struct an_grounds grounds = an_grounds_of(&is);
    is.action = (uint8_t)an_decide_action(policy, &grounds);
    *ret_is = is;
}

static void keep_example(struct an_dryrun_example *examples, uint32_t *count, const struct an_record *record,
                         const struct an_verdict *is)
{
    unsigned same = 0;
    for (uint32_t i = 0; i < *count; i++)
        same += examples[i].before == record->verdict.action && examples[i].after == is->action;
    if (*count == AN_DRYRUN_EXAMPLES || same >= OF_ONE_KIND) return;
    examples[(*count)++] = (struct an_dryrun_example) { .token = record->token,
                                                        .time_us = record->obs.time_us,
                                                        .caller = record->obs.caller,
                                                        .callee = record->obs.callee,
                                                        .probability = is->probability,
                                                        .rules = is->rules,
                                                        .chosen = is->chosen,
                                                        .before = record->verdict.action,
                                                        .after = is->action,
                                                        .category = record->verdict.category };
}

/* ---- dry runs ---- */

struct an_dryruns {
    const char *data_dir;
    pthread_mutex_t lock; /* results */
    pthread_t thread;
    bool started;
    atomic_bool stop, running;
    unsigned next;
    struct an_dryrun kept[AN_DRYRUNS_KEPT];
    /* of the one that runs */
    struct an_dryrun_request request;
    struct an_dryrun now; /* the thread's own, copied into its place */
    unsigned place;
};

static void tell(struct an_dryruns *d)
{
    pthread_mutex_lock(&d->lock);
    d->kept[d->place] = d->now;
    pthread_mutex_unlock(&d->lock);
}

static void try_one(struct an_dryruns *d, const struct an_record *record)
{
    const struct an_verdict *was = &record->verdict;
    struct an_verdict is = *was;
    if (was->action >= AN_ACTION_COUNT || was->category >= AN_CATEGORY_COUNT) return;
    if (was->level == d->request.level && was->callee_version == 0) is.level = (uint8_t)d->request.policy.level;
    const struct an_grounds grounds = an_grounds_of(&is);
    is.action = (uint8_t)an_decide_action(&d->request.policy, &grounds);
    d->now.calls++;
    d->now.change.n[was->action][is.action]++;
    d->now.by_class[was->category].n[was->action][is.action]++;
    if (is.action != was->action) keep_example(d->now.examples, &d->now.example_count, record, &is);
}

static void *dryrun_main(void *user)
{
    an_thread_background("an-dryrun");
    struct an_dryruns *d = user;
    const struct an_journal_filter filter = { .types = 1u << AN_RECORD_VERDICT,
                                              .since_us = d->request.from_us,
                                              .until_us = d->request.to_us };
    struct an_journal_reader *reader;
    struct an_journal_entry entry;
    struct an_record record;
    struct an_error error;
    enum an_err err = an_journal_reader_open(d->data_dir, &filter, &reader, &error);
    if (err != AN_OK) {
        an_slice_copy(an_slice_of(error.text), d->now.why, sizeof d->now.why);
        d->now.state = AN_DRYRUN_FAILED;
    }
    for (uint64_t n = 1; err == AN_OK && !atomic_load(&d->stop); n++) {
        enum an_err next = an_journal_reader_next(reader, &entry);
        if (next == AN_ERR_END) break;
        if (next == AN_ERR_IO) {
            d->now.state = AN_DRYRUN_FAILED;
            an_slice_copy(AN_SLICE("the journal can't be read"), d->now.why, sizeof d->now.why);
            break;
        }
        if (next == AN_OK && an_record_decode(entry.type, entry.payload, entry.len, &record) == AN_OK)
            try_one(d, &record);
        if (n % PROGRESS_EVERY != 0) continue;
        an_journal_reader_progress(reader, &d->now.done, &d->now.total);
        tell(d);
    }
    if (err == AN_OK) {
        an_journal_reader_progress(reader, &d->now.done, &d->now.total);
        an_journal_reader_close(reader);
    }
    if (d->now.state == AN_DRYRUN_RUNS) d->now.state = AN_DRYRUN_DONE;
    tell(d);
    atomic_store(&d->running, false);
    return NULL;
}

enum an_err an_dryruns_new(const char *data_dir, struct an_dryruns **ret, struct an_error *error)
{
    an_assert(data_dir != NULL && ret != NULL);
    struct an_dryruns *d = calloc(1, sizeof *d);
    if (d == NULL) return an_fail(error, AN_ERR_NO_MEMORY, "no memory for dry runs");
    d->data_dir = data_dir;
    pthread_mutex_init(&d->lock, NULL);
    *ret = d;
    return AN_OK;
}

void an_dryruns_free(struct an_dryruns *d)
{
    if (d == NULL) return;
    atomic_store(&d->stop, true);
    if (d->started) pthread_join(d->thread, NULL);
    pthread_mutex_destroy(&d->lock);
    free(d);
}

enum an_err an_dryrun_start(struct an_dryruns *d, const struct an_dryrun_request *request, int64_t *ret_id,
                            struct an_error *error)
{
    an_assert(d != NULL && request != NULL && ret_id != NULL);
    bool free_now = false;
    if (!atomic_compare_exchange_strong(&d->running, &free_now, true))
        return an_fail(error, AN_ERR_BUSY, "a dry run is under way; wait for it");
    if (d->started) pthread_join(d->thread, NULL);
    int64_t id;
    do {
        randombytes_buf(&id, sizeof id);
        id &= INT64_MAX;
    } while (id == 0);
    d->request = *request;
    d->now = (struct an_dryrun) { .id = id, .from_us = request->from_us, .to_us = request->to_us };
    d->place = d->next++ % AN_DRYRUNS_KEPT;
    tell(d);
    d->started = pthread_create(&d->thread, NULL, dryrun_main, d) == 0;
    if (!d->started) {
        atomic_store(&d->running, false);
        return an_fail(error, AN_ERR_NO_MEMORY, "no thread for a dry run");
    }
    *ret_id = id;
    return AN_OK;
}

enum an_err an_dryrun_get(struct an_dryruns *d, int64_t id, struct an_dryrun *ret_dryrun)
{
    enum an_err err = AN_ERR_NOT_FOUND;
    pthread_mutex_lock(&d->lock);
    for (unsigned i = 0; i < AN_DRYRUNS_KEPT && id != 0; i++) {
        if (d->kept[i].id != id) continue;
        *ret_dryrun = d->kept[i];
        err = AN_OK;
    }
    pthread_mutex_unlock(&d->lock);
    return err;
}

/* ---- an operator's word ---- */

struct question {
    struct an_record_campaign word;
    struct an_campaign_view view, other;
    struct an_engine *engine;
    struct an_effect *effect;
};

static bool is_remembered(const struct an_campaign_view *view, const struct an_record *record)
{
    for (uint32_t i = 0; i < view->recent_count; i++)
        if (view->recent[i].number == record->obs.caller && view->recent[i].trunk == record->obs.trunk) return true;
    return false;
}

static bool is_about(const struct question *q, const struct an_record *record)
{
    uint32_t campaign = record->verdict.campaign;
    if (campaign == q->view.id) return true;
    if (q->word.kind == AN_CAMPAIGN_MERGE) return campaign == q->other.id;
    /* one that is not known as hostile yet has no calls that are said to be its own: those of numbers it remembers */
    return q->word.kind == AN_CAMPAIGN_CONFIRM && campaign == 0 && is_remembered(&q->view, record);
}

static void set(an_mini *features, enum an_feature feature, float value)
{
    features[feature] = an_mini_of(value);
}

/* It holds already: said again it changes nothing, whatever calls of before it were (an_campaigns_say). */
static bool is_in_force(const struct question *q)
{
    if (q->word.kind == AN_CAMPAIGN_RELEASE) return q->word.yes != 0 && q->view.state == AN_CAMPAIGN_RELEASED;
    return q->word.kind == AN_CAMPAIGN_CONFIRM && q->word.yes != 0 && q->view.confirmed;
}

/* The features as they would be. False: nothing would change. */
static bool change_features(const struct question *q, const struct an_verdict *was, an_mini features[AN_FEATURE_COUNT])
{
    if (is_in_force(q)) return false;
    const float confirmed = 4, match = 8;
    memcpy(features, was->features, AN_FEATURE_COUNT * sizeof *features);
    float hostility = an_mini_float(features[AN_F_CAMPAIGN_HOSTILITY]);
    switch (q->word.kind) {
    case AN_CAMPAIGN_RELEASE:
        for (int f = AN_F_CAMPAIGN_MATCH; f <= AN_F_CAMPAIGN_CALLEE_NUMBERS && q->word.yes; f++) features[f] = 0;
        return q->word.yes;
    case AN_CAMPAIGN_CONFIRM:
        if (!q->word.yes) return false;
        if (was->campaign == 0) {
            set(features, AN_F_CAMPAIGN_MATCH, match);
            set(features, AN_F_CAMPAIGN_MEMBER, 1);
        }
        set(features, AN_F_CAMPAIGN_HOSTILITY, hostility > confirmed ? hostility : confirmed);
        return true;
    case AN_CAMPAIGN_MERGE: {
        float most = q->view.hostility > q->other.hostility ? q->view.hostility : q->other.hostility;
        set(features, AN_F_CAMPAIGN_HOSTILITY, most > hostility ? most : hostility);
        return true;
    }
    default: return false; /* a name changes nothing, a part that was split off is as hostile as before */
    }
}

/* Model and settings stay while the lock is held: for one call, so that a reload, a snapshot or the metrics never wait
 * for the reading. */
static void ask_again(const struct question *q, const struct an_verdict *was, const an_mini *features,
                      struct an_verdict *ret_is)
{
    pthread_mutex_lock(&q->engine->closing);
    const struct an_models *models = atomic_load(&q->engine->models);
    an_judge_again(was, features, models == NULL ? NULL : models->live.model,
                   &atomic_load(&q->engine->settings)->policy, ret_is);
    pthread_mutex_unlock(&q->engine->closing);
}

static void ask_one(struct question *q, const struct an_record *record)
{
    const struct an_verdict *was = &record->verdict;
    an_mini features[AN_FEATURE_COUNT];
    struct an_verdict is = *was;
    if (was->action >= AN_ACTION_COUNT || !is_about(q, record)) return;
    q->effect->calls++;
    if ((was->rules & AN_RULE_FALLBACK) == 0 && change_features(q, was, features)) ask_again(q, was, features, &is);
    q->effect->change.n[was->action][is.action]++;
    if (is.action != was->action) keep_example(q->effect->examples, &q->effect->example_count, record, &is);
}

/* False: out of time. */
static bool read_window(struct an_engine *engine, struct question *q, uint64_t from_us, uint64_t to_us,
                        uint64_t until_mono_us)
{
    enum { LOOK_EVERY = 256 };
    const struct an_journal_filter filter = { .types = 1u << AN_RECORD_VERDICT,
                                              .since_us = from_us,
                                              .until_us = to_us };
    struct an_journal_reader *reader;
    struct an_journal_entry entry;
    struct an_record record;
    struct an_error error;
    bool in_time = true;
    if (an_journal_reader_open(engine->data_dir, &filter, &reader, &error) != AN_OK) return false;
    enum an_err err = AN_OK;
    for (unsigned n = 1; in_time; n++) {
        err = an_journal_reader_next(reader, &entry);
        if (err == AN_ERR_END || err == AN_ERR_IO) break;
        if (err == AN_OK && an_record_decode(entry.type, entry.payload, entry.len, &record) == AN_OK)
            ask_one(q, &record);
        if (n % LOOK_EVERY == 0) in_time = an_clock_mono_us() < until_mono_us;
    }
    an_journal_reader_close(reader);
    return in_time && err == AN_ERR_END;
}

static enum an_err fill_question(struct an_engine *engine, struct question *q, struct an_error *error)
{
    pthread_mutex_lock(&engine->campaigns_lock);
    enum an_err err = an_campaigns_could_say(engine->campaigns, &q->word);
    if (err == AN_OK) err = an_campaigns_view(engine->campaigns, q->word.campaign, &q->view);
    if (err == AN_OK && q->word.kind == AN_CAMPAIGN_MERGE)
        err = an_campaigns_view(engine->campaigns, q->word.other, &q->other);
    pthread_mutex_unlock(&engine->campaigns_lock);
    return err == AN_OK ? AN_OK : an_fail(error, err, "no such campaign, or it can't be done to this one");
}

enum an_err an_engine_campaign_effect(struct an_engine *engine, const struct an_record_campaign *word, uint64_t now_us,
                                      unsigned budget_ms, struct an_effect *ret_effect, struct an_error *error)
{
    an_assert(engine != NULL && word != NULL && ret_effect != NULL);
    static const unsigned hours[] = { 0, 1, 3, 8, 24 };
    const uint64_t hour_us = 3600 * AN_US_PER_S;
    if (engine->campaigns == NULL || engine->data_dir == NULL)
        return an_fail(error, AN_ERR_UNSUPPORTED, "campaigns, or the journal, are switched off here");
    struct question q = { .word = *word, .engine = engine, .effect = ret_effect };
    enum an_err err = fill_question(engine, &q, error);
    if (err != AN_OK) return err;
    if (atomic_exchange(&engine->asking, true)) /* whoever asks keeps a thread of HTTP's: never all of them */
        return an_fail(error, AN_ERR_BUSY, "the effect of another word is being worked out; try again in a moment");
    *ret_effect = (struct an_effect) { .from_us = now_us, .to_us = now_us };
    uint64_t until_us = an_clock_mono_us() + budget_ms * 1000ull;
    bool whole = true;
    for (unsigned i = 1; whole && i < sizeof hours / sizeof hours[0]; i++) {
        ret_effect->from_us = now_us - hours[i] * hour_us;
        whole = read_window(engine, &q, ret_effect->from_us, now_us - hours[i - 1] * hour_us, until_us);
    }
    atomic_store(&engine->asking, false);
    ret_effect->whole = whole;
    return AN_OK;
}
