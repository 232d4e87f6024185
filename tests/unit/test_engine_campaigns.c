/* Campaigns in the engine: found inline and over the journal, and there again after a stop and after kill -9, with
 * nothing counted twice. */
#include "tests/unit/engine_day.h"

#include <glob.h>
#include <time.h>

enum { EVENTS = 12000, IDS = 64 };

/* As after kill -9: what is in the page cache stays, nothing is written at the end. */
static void crash(struct an_engine *engine)
{
    struct an_journal *journal = engine->journal;
    engine->journal = NULL;
    an_journal_close(journal);
    an_engine_free(engine);
}

static struct an_campaign_view largest(struct an_engine *engine)
{
    uint32_t ids[IDS];
    size_t count = 0;
    struct an_campaign_view view = { 0 };
    assert_int_equal(an_engine_campaign_ids(engine, false, ids, IDS, &count), AN_OK);
    assert_true(count > 0);
    assert_int_equal(an_engine_campaign_view(engine, ids[0], &view), AN_OK);
    return view;
}

static void expect_same(struct an_engine *a, struct an_engine *b)
{
    uint32_t x[IDS], y[IDS];
    size_t count = 0, there = 0;
    assert_int_equal(an_engine_campaign_ids(a, false, x, IDS, &count), AN_OK);
    assert_int_equal(an_engine_campaign_ids(b, false, y, IDS, &there), AN_OK);
    assert_true(count > 0);
    assert_int_equal(count, there);
    for (size_t i = 0; i < count; i++) {
        struct an_campaign_view v, w;
        assert_int_equal(x[i], y[i]);
        assert_int_equal(an_engine_campaign_view(a, x[i], &v), AN_OK);
        assert_int_equal(an_engine_campaign_view(b, y[i], &w), AN_OK);
        assert_true(v.calls == w.calls && v.numbers == w.numbers && v.callees == w.callees);
        assert_true(v.birth_us == w.birth_us && v.state == w.state);
    }
    struct an_campaigns_stats s, t;
    an_campaigns_stats(a->campaigns, &s);
    an_campaigns_stats(b->campaigns, &t);
    assert_true(s.attempts == t.attempts && s.joined == t.joined && s.opened == t.opened);
}

static void cut_and_compare(void (*end)(struct an_engine *), uint64_t snapshot, uint64_t stop)
{
    struct kit *k = kit_new(), *other = kit_new();
    struct an_error error;
    struct an_engine *whole = open_engine(other->dir, 1, 64), *cut = open_engine(k->dir, 1, 64);
    run(k, whole, 0, EVENTS);
    run(k, cut, 0, snapshot);
    if (snapshot > 0) assert_int_equal(an_engine_snapshot(cut, &error), AN_OK);
    run(k, cut, snapshot, stop);
    struct an_campaign_view before = largest(cut);
    end(cut);
    cut = open_engine(k->dir, 1, 64);
    struct an_campaign_view after = largest(cut);
    assert_int_equal(before.id, after.id);
    assert_int_equal(before.calls, after.calls);
    assert_string_equal(after.cells[0].trunk_name, "gate");
    assert_non_null(atomic_load(&cut->signatures)); /* known from the first call on */
    run(k, cut, stop, EVENTS);
    expect_same(whole, cut);
    assert_int_equal(largest(cut).state, AN_CAMPAIGN_HOSTILE);
    assert_int_equal(k->call.error, AN_OK);
    an_engine_free(whole);
    an_engine_free(cut);
    kit_free(k);
    kit_free(other);
}

static void test_stop_and_start(void **state)
{
    (void)state;
    cut_and_compare(an_engine_free, 0, 5000);
}

static void test_kill_after_snapshot(void **state)
{
    (void)state;
    cut_and_compare(crash, 4000, 7000);
}

static void test_kill_without_snapshot(void **state)
{
    (void)state;
    cut_and_compare(crash, 0, 5000);
}

/* Saved for other sizes: found again from the whole journal, and said. */
static void test_other_size(void **state)
{
    (void)state;
    struct kit *k = kit_new();
    struct an_engine *engine = open_engine(k->dir, 1, 64);
    run(k, engine, 0, 6000);
    struct an_campaign_view before = largest(engine);
    an_engine_free(engine);
    engine = open_engine(k->dir, 1, 128);
    struct an_campaign_view after = largest(engine);
    struct an_campaigns_stats stats;
    an_campaigns_stats(engine->campaigns, &stats);
    assert_int_equal(stats.attempts, 3000);
    assert_true(after.calls + 8 > before.calls && after.calls < before.calls + 8);
    assert_int_equal(after.state, AN_CAMPAIGN_HOSTILE);
    an_engine_free(engine);
    kit_free(k);
}

static void wait_for(struct an_engine *engine, uint64_t attempts)
{
    const struct timespec moment = { .tv_nsec = 5000000 };
    struct an_campaigns_stats stats = { 0 };
    for (int i = 0; i < 12000 && stats.attempts < attempts; i++) { /* a minute at most */
        nanosleep(&moment, NULL);
        pthread_mutex_lock(&engine->campaigns_lock);
        an_campaigns_stats(engine->campaigns, &stats);
        pthread_mutex_unlock(&engine->campaigns_lock);
    }
    assert_int_equal(stats.attempts, attempts);
}

/* Two contexts: a thread reads the journal. */
static void cut_threaded(void (*end)(struct an_engine *), bool snapshot)
{
    struct kit *k = kit_new();
    struct an_error error;
    struct an_engine *engine = open_engine(k->dir, 2, 64);
    run(k, engine, 0, 4000);
    if (snapshot) wait_for(engine, 2000);
    if (snapshot) assert_int_equal(an_engine_snapshot(engine, &error), AN_OK);
    run(k, engine, 4000, 6000);
    wait_for(engine, 3000);
    struct an_campaign_view before = largest(engine);
    end(engine);
    engine = open_engine(k->dir, 2, 64);
    run(k, engine, 6000, 8000);
    wait_for(engine, 4000); /* neither more nor less than there were */
    struct an_campaign_view after;
    assert_int_equal(an_engine_campaign_view(engine, before.id, &after), AN_OK);
    assert_true(after.calls > before.calls && after.calls - before.calls <= 400);
    assert_int_equal(after.birth_us, before.birth_us);
    assert_string_equal(after.cells[0].trunk_name, "gate");
    an_engine_free(engine);
    kit_free(k);
}

static void test_threaded_stop(void **state)
{
    (void)state;
    cut_threaded(an_engine_free, false);
}

static void test_threaded_kill(void **state)
{
    (void)state;
    cut_threaded(crash, true);
}

static void test_threaded_kill_without_snapshot(void **state)
{
    (void)state;
    cut_threaded(crash, false);
}

/* A damaged newest file: the one before, and the journal since. */
static void test_damaged_file(void **state)
{
    (void)state;
    struct kit *k = kit_new();
    struct an_error error;
    struct an_engine *engine = open_engine(k->dir, 1, 64);
    run(k, engine, 0, 3000);
    assert_int_equal(an_engine_snapshot(engine, &error), AN_OK);
    run(k, engine, 3000, 6000);
    struct an_campaign_view before = largest(engine);
    an_engine_free(engine);
    char pattern[96];
    glob_t found;
    snprintf(pattern, sizeof pattern, "%s/state/*.camp", k->dir);
    assert_int_equal(glob(pattern, 0, NULL, &found), 0);
    assert_int_equal(found.gl_pathc, 2);
    assert_int_equal(truncate(found.gl_pathv[1], 5000), 0);
    globfree(&found);
    engine = open_engine(k->dir, 1, 64);
    assert_int_equal(largest(engine).calls, before.calls);
    assert_int_equal(largest(engine).id, before.id);
    an_engine_free(engine);
    kit_free(k);
}

static void test_off(void **state)
{
    (void)state;
    struct an_config config;
    struct an_error error;
    struct an_engine *engine;
    uint32_t id;
    size_t count;
    struct an_campaign_view view;
    assert_int_equal(an_config_defaults(&config), AN_OK);
    struct an_engine_options options = { .contexts = 1, .settings = an_config_take_settings(&config) };
    options.limits = (struct an_state_limits) { .numbers = 20000, .relations = 131072 };
    an_config_done(&config);
    assert_int_equal(an_engine_new(&options, &engine, &error), AN_OK);
    assert_int_equal(an_engine_campaign_ids(engine, false, &id, 1, &count), AN_ERR_UNSUPPORTED);
    assert_int_equal(an_engine_campaign_view(engine, 1, &view), AN_ERR_UNSUPPORTED);
    const struct an_record_campaign word = { .kind = AN_CAMPAIGN_RELEASE, .yes = 1, .campaign = 1 };
    assert_int_equal(an_engine_campaign_say(an_engine_context(engine, 0), &word, T0, &error), AN_ERR_UNSUPPORTED);
    an_engine_free(engine);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stop_and_start),
        cmocka_unit_test(test_kill_after_snapshot),
        cmocka_unit_test(test_kill_without_snapshot),
        cmocka_unit_test(test_other_size),
        cmocka_unit_test(test_threaded_stop),
        cmocka_unit_test(test_threaded_kill),
        cmocka_unit_test(test_threaded_kill_without_snapshot),
        cmocka_unit_test(test_damaged_file),
        cmocka_unit_test(test_off),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
