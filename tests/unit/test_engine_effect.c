/* What a word on a campaign would change, said beforehand, against what then happens: two engines live through the same
 * day, one is told the word in the middle of it, the other is asked about it at the end. */
#include "tests/unit/engine_day.h"

#include <pthread.h>
#include <stdatomic.h>

#include "engine/again.h"
#include "engine/models.h"

enum { SAID = 8000, END = 11000, IDS = 64, BUDGET_MS = 60000 };

struct twins {
    struct kit *a, *b;
    struct an_engine *told, *asked;
    uint32_t id; /* of the campaign, the same in both */
};

static struct twins twins_new(const char *model)
{
    struct twins t = { .a = kit_new(), .b = kit_new() };
    uint32_t ids[IDS];
    size_t count = 0;
    struct an_error error;
    t.told = open_engine(t.a->dir, 1, 64);
    t.asked = open_engine(t.b->dir, 1, 64);
    if (model != NULL) {
        assert_int_equal(an_engine_load_models(t.told, model, "", &error), AN_OK);
        assert_int_equal(an_engine_load_models(t.asked, model, "", &error), AN_OK);
    }
    t.a->mild_from = t.b->mild_from = SAID;
    run(t.a, t.told, 0, SAID);
    run(t.b, t.asked, 0, SAID);
    assert_int_equal(an_engine_campaign_ids(t.told, true, ids, IDS, &count), AN_OK);
    assert_true(count > 0);
    t.id = ids[0]; /* the pool's: it was the first; a learned model may take some of the people for another */
    return t;
}

static void twins_free(struct twins *t)
{
    an_engine_free(t->told);
    an_engine_free(t->asked);
    kit_free(t->a);
    kit_free(t->b);
}

static struct an_effect effect_of(struct an_engine *engine, const struct an_record_campaign *word, uint64_t now_us)
{
    struct an_effect effect;
    struct an_error error = { "" };
    if (an_engine_campaign_effect(engine, word, now_us, BUDGET_MS, &effect, &error) != AN_OK)
        fail_msg("%s", error.text);
    assert_true(effect.whole);
    return effect;
}

/* Calls whose verdict the word changed, by the estimate and really; and those where the two differ. */
struct outcome {
    unsigned calls, differ;
    struct an_changes foretold, happened;
};

/* One event in both engines, and what became of it. */
static void live_through(struct twins *t, uint64_t n, struct outcome *ret)
{
    run(t->a, t->told, n, n + 1);
    run(t->b, t->asked, n, n + 1);
    const struct an_verdict *really = &t->a->call.verdict, *without = &t->b->call.verdict;
    if (t->b->call.enriched.obs.kind != AN_OBS_ATTEMPT || without->campaign != t->id) return;
    ret->calls++;
    ret->happened.n[without->action][really->action]++;
}

static void word_is_foretold(const char *model, const struct an_record_campaign *given, struct outcome *ret)
{
    struct twins t = twins_new(model);
    struct an_record_campaign word = *given;
    struct an_error error;
    word.campaign = t.id;
    struct an_effect before = effect_of(t.asked, &word, T0 + SAID * AN_US_PER_S);
    assert_int_equal(an_engine_campaign_say(an_engine_context(t.told, 0), &word, T0 + SAID * AN_US_PER_S, &error),
                     AN_OK);
    *ret = (struct outcome) { 0 };
    for (uint64_t n = SAID; n < END; n++) live_through(&t, n, ret);
    struct an_effect after = effect_of(t.asked, &word, T0 + END * AN_US_PER_S);
    for (int b = 0; b < AN_ACTION_COUNT; b++)
        for (int a = 0; a < AN_ACTION_COUNT; a++) {
            ret->foretold.n[b][a] = after.change.n[b][a] - before.change.n[b][a];
            if (ret->foretold.n[b][a] > ret->happened.n[b][a])
                ret->differ += (unsigned)(ret->foretold.n[b][a] - ret->happened.n[b][a]);
        }
    assert_true(ret->calls > 200);
    assert_int_equal(after.calls - before.calls, ret->calls); /* none missed, none of others */
    twins_free(&t);
}

static unsigned changed(const struct an_changes *changes)
{
    uint64_t sum = 0;
    for (int b = 0; b < AN_ACTION_COUNT; b++)
        for (int a = 0; a < AN_ACTION_COUNT; a++) sum += b == a ? 0 : changes->n[b][a];
    return (unsigned)sum;
}

/* The learned model labels some calls for no other reason than the campaign. */
static void test_release_by_model(void **state)
{
    (void)state;
    const struct an_record_campaign release = { .kind = AN_CAMPAIGN_RELEASE, .yes = 1 };
    struct outcome o;
    word_is_foretold("data/model/default.anm", &release, &o);
    assert_true(changed(&o.happened) > 10);
    assert_true(changed(&o.foretold) > 10);
    /* The twins' states drift apart by their own verdicts: a call or two in a hundred. */
    assert_true(o.differ * 50 <= o.calls);
}

/* Hand-set weights ask for more than a campaign. */
static void test_release_by_hand(void **state)
{
    (void)state;
    const struct an_record_campaign release = { .kind = AN_CAMPAIGN_RELEASE, .yes = 1 };
    struct outcome o;
    word_is_foretold(NULL, &release, &o);
    assert_int_equal(changed(&o.happened), changed(&o.foretold));
    assert_int_equal(o.differ, 0);
}

/* No call has to come first that moves event time on. */
static void test_release_holds_for_the_next_call(void **state)
{
    (void)state;
    struct twins t = twins_new(NULL);
    const struct an_record_campaign release = { .kind = AN_CAMPAIGN_RELEASE, .yes = 1, .campaign = t.id };
    struct an_error error;
    assert_int_equal(atomic_load(&t.told->signatures)->live, 1);
    assert_int_equal(an_engine_campaign_say(an_engine_context(t.told, 0), &release, T0 + SAID * AN_US_PER_S, &error),
                     AN_OK);
    assert_int_equal(atomic_load(&t.told->signatures)->live, 0);
    twins_free(&t);
}

static void test_a_name_changes_nothing(void **state)
{
    (void)state;
    const struct an_record_campaign name = { .kind = AN_CAMPAIGN_NAME, .yes = 1, .name = { "x", 1 } };
    struct outcome o;
    word_is_foretold("data/model/default.anm", &name, &o);
    assert_int_equal(changed(&o.happened), 0);
    assert_int_equal(changed(&o.foretold), 0);
}

/* Calls of before the word were judged otherwise, but said again it changes no call any more. */
static void test_said_again_changes_nothing(void **state)
{
    (void)state;
    struct twins t = twins_new("data/model/default.anm");
    struct an_error error = { "" };
    for (int i = 0; i < 2; i++) {
        const struct an_record_campaign word = { .kind = i == 0 ? AN_CAMPAIGN_RELEASE : AN_CAMPAIGN_CONFIRM,
                                                 .yes = 1,
                                                 .campaign = t.id };
        struct an_effect before = effect_of(t.asked, &word, T0 + SAID * AN_US_PER_S);
        assert_true(before.calls > 0);
        if (i == 0) assert_true(changed(&before.change) > 0);
        if (an_engine_campaign_say(an_engine_context(t.asked, 0), &word, T0 + SAID * AN_US_PER_S, &error) != AN_OK)
            fail_msg("%s", error.text);
        struct an_effect after = effect_of(t.asked, &word, T0 + SAID * AN_US_PER_S);
        assert_int_equal(changed(&after.change), 0);
        assert_int_equal(after.example_count, 0);
        if (i == 0) assert_int_equal(after.calls, before.calls);
    }
    twins_free(&t);
}

struct other {
    struct an_engine *engine;
    atomic_uint got;
    atomic_bool end;
};

/* As a scrape of the metrics or a reload does. */
static void *take_the_lock(void *user)
{
    struct other *other = user;
    struct an_policy policy;
    while (!atomic_load(&other->end)) {
        bool during = atomic_load(&other->engine->asking);
        an_engine_policy(other->engine, &policy);
        if (during && atomic_load(&other->engine->asking)) atomic_fetch_add(&other->got, 1);
    }
    return NULL;
}

static void test_asking_holds_up_nobody(void **state)
{
    (void)state;
    struct twins t = twins_new(NULL);
    const struct an_record_campaign release = { .kind = AN_CAMPAIGN_RELEASE, .yes = 1, .campaign = t.id };
    struct other other = { .engine = t.asked };
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, take_the_lock, &other), 0);
    for (int n = 0; n < 1000 && atomic_load(&other.got) < 10; n++)
        effect_of(t.asked, &release, T0 + SAID * AN_US_PER_S);
    atomic_store(&other.end, true);
    pthread_join(thread, NULL);
    assert_true(atomic_load(&other.got) >= 10);
    struct an_effect effect;
    struct an_error error;
    atomic_store(&t.asked->asking, true); /* somebody else asks */
    assert_int_equal(an_engine_campaign_effect(t.asked, &release, T0, 1, &effect, &error), AN_ERR_BUSY);
    atomic_store(&t.asked->asking, false);
    const struct an_record_campaign unknown = { .kind = AN_CAMPAIGN_RELEASE, .yes = 1, .campaign = 999 };
    assert_int_equal(an_engine_campaign_effect(t.asked, &unknown, T0, 1, &effect, &error), AN_ERR_NOT_FOUND);
    assert_false(atomic_load(&t.asked->asking));
    twins_free(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_release_by_model),
        cmocka_unit_test(test_release_by_hand),
        cmocka_unit_test(test_release_holds_for_the_next_call),
        cmocka_unit_test(test_a_name_changes_nothing),
        cmocka_unit_test(test_said_again_changes_nothing),
        cmocka_unit_test(test_asking_holds_up_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
