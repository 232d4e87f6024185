/* Learned models in the engine: found, swapped in while calls go on, kept when another is broken; what the journal and
 * the metrics say of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <math.h>
#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/hash.h"
#include "engine/internal.h"
#include "engine/models.h"
#include "folder.h"
#include "forest_help.h"
#include "journal/reader.h"
#include "model/record.h"
#include "parse/event.h"
#include "score/score.h"
#include "settings/config.h"

#define T0 1795136400000000ull

struct kit {
    char dir[64], a[128], b[128], broken[128], foreign[128];
    struct an_engine *engine;
    struct an_vector vector;
    struct an_call calls[AN_VECTOR_MAX];
    char texts[AN_VECTOR_MAX][AN_EVENT_TEXT_MAX];
    uint64_t n;
};

static void save(uint64_t seed, float base, const char *card, const char *name, const char *path)
{
    struct an_error error;
    forest_seed = seed;
    struct an_forest *f = forest_make(AN_FEATURE_COUNT, 12, 4, 90);
    for (int i = 0; i < AN_FEATURE_COUNT; i++) {
        memset(f->names[i], 0, AN_FOREST_NAME_MAX);
        strcpy(f->names[i], i == 0 && name != NULL ? name : an_feature_info[i].name);
    }
    for (uint32_t n = 0; n < f->node_count; n++)
        if (f->nodes[n].feature != AN_FOREST_LEAF) f->nodes[n].threshold = (float)(forest_roll() % 40) / 10.0f;
    f->unwanted.base = base;
    free(f->card);
    f->card = strdup(card);
    if (an_forest_save(f, path, &error) != AN_OK) fail_msg("%s", error.text);
    an_forest_free(f);
}

static void open_engine(struct kit *k, unsigned contexts)
{
    struct an_config config;
    struct an_error error;
    assert_int_equal(an_config_defaults(&config), AN_OK);
    struct an_engine_options options = {
        .data_dir = k->dir, .contexts = contexts, .transactions = 4096, .settings = an_config_take_settings(&config)
    };
    options.limits = (struct an_state_limits) { .numbers = 20000, .relations = 131072 };
    an_config_done(&config);
    if (an_engine_new(&options, &k->engine, &error) != AN_OK) fail_msg("%s", error.text);
}

static int set_up(void **state)
{
    struct kit *k = calloc(1, sizeof *k);
    assert_non_null(k);
    snprintf(k->dir, sizeof k->dir, "/tmp/anning-models-XXXXXX");
    assert_non_null(mkdtemp(k->dir));
    snprintf(k->a, sizeof k->a, "%s/a.anm", k->dir);
    snprintf(k->b, sizeof k->b, "%s/b.anm", k->dir);
    snprintf(k->broken, sizeof k->broken, "%s/broken.anm", k->dir);
    snprintf(k->foreign, sizeof k->foreign, "%s/foreign.anm", k->dir);
    save(1, -3, "{}", NULL, k->a);
    save(2, 0, "{}", NULL, k->b);
    save(3, 0, "{}", "colour_of_the_telephone", k->foreign);
    FILE *file = fopen(k->broken, "w");
    assert_non_null(file);
    fputs("ANMODEL\nand nothing more", file);
    fclose(file);
    k->vector.calls = k->calls;
    open_engine(k, 1);
    *state = k;
    return 0;
}

static int tear_down(void **state)
{
    struct kit *k = *state;
    an_engine_free(k->engine);
    folder_drop(k->dir);
    free(k);
    return 0;
}

/* A vector of attempts of a few numbers, so that there is something on record. */
static void run(struct kit *k, unsigned context, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++, k->n++) {
        char from[24], to[24], id[24];
        uint64_t r = an_mix64(k->n + 1);
        snprintf(from, sizeof from, "1380013%04u", (unsigned)(r % 20));
        snprintf(to, sizeof to, "1301088%04u", (unsigned)((r >> 20) % 900));
        snprintf(id, sizeof id, "call-%llu", (unsigned long long)k->n);
        struct an_event_text event = { .kind = AN_OBS_ATTEMPT,
                                       .time_us = T0 + k->n * 1000000,
                                       .from = an_slice_of(from),
                                       .to = an_slice_of(to),
                                       .call_id = an_slice_of(id),
                                       .trunk = AN_SLICE("north") };
        assert_int_equal(an_event_fill(&k->calls[i], k->texts[i], AN_EVENT_TEXT_MAX, &event), AN_OK);
    }
    k->vector.count = count;
    k->vector.now_us = T0 + k->n * 1000000;
    an_engine_run(an_engine_context(k->engine, context), &k->vector);
}

static enum an_err load(struct kit *k, const char *path, const char *shadow, struct an_error *error)
{
    error->text[0] = '\0';
    return an_engine_load_models(k->engine, path, shadow, error);
}

static struct an_models_info info_of(struct kit *k)
{
    struct an_models_info info;
    an_engine_models_info(k->engine, &info);
    return info;
}

static struct an_score_model *model_of(const char *path)
{
    struct an_score_model *model;
    assert_int_equal(an_score_model_load(path, &model, NULL), AN_OK);
    return model;
}

/* Each verdict is what this model says of its features. */
static void assert_judged_by(const struct kit *k, const struct an_score_model *model)
{
    for (uint32_t i = 0; i < k->vector.count; i++) {
        struct an_verdict again = { 0 };
        const struct an_verdict *v = &k->calls[i].verdict;
        an_score_features(v->features, model, &again);
        assert_int_equal(v->score_version, an_score_version(model));
        assert_memory_equal(&again.probability, &v->probability, sizeof again.probability);
        assert_memory_equal(again.causes, v->causes, sizeof again.causes);
        assert_memory_equal(again.symbols, v->symbols, sizeof again.symbols);
    }
}

static void models_come_and_go(void **state)
{
    struct kit *k = *state;
    struct an_error error;
    struct an_score_model *a = model_of(k->a), *b = model_of(k->b);
    run(k, 0, 40);
    assert_judged_by(k, NULL);
    assert_int_equal(info_of(k).live_version, 0);
    assert_int_equal(load(k, k->a, AN_MODEL_NONE, &error), AN_OK);
    run(k, 0, 40);
    assert_judged_by(k, a);
    assert_string_equal(info_of(k).live, "a.anm");
    assert_int_equal(info_of(k).score_version, an_score_version(a));
    assert_int_equal(load(k, k->b, AN_MODEL_NONE, &error), AN_OK);
    run(k, 0, 40);
    assert_judged_by(k, b);
    uint64_t serial = atomic_load(&k->engine->models)->serial;
    assert_int_equal(load(k, k->b, AN_MODEL_NONE, &error), AN_OK); /* nothing new: nothing is swapped */
    assert_int_equal(atomic_load(&k->engine->models)->serial, serial);
    assert_int_equal(load(k, AN_MODEL_NONE, AN_MODEL_NONE, &error), AN_OK);
    run(k, 0, 40);
    assert_judged_by(k, NULL);
    an_score_model_free(a);
    an_score_model_free(b);
}

static void a_broken_one_leaves_the_old_one(void **state)
{
    struct kit *k = *state;
    struct an_error error;
    struct an_metrics metrics = { 0 };
    static const char *const says[] = { "broken.anm", "colour_of_the_telephone", "No such file" };
    const char *const bad[] = { k->broken, k->foreign, "/nowhere/x.anm" };
    for (int loaded = 0; loaded < 2; loaded++) { /* at the start, and later */
        struct an_score_model *a = loaded ? model_of(k->a) : NULL;
        if (loaded) assert_int_equal(load(k, k->a, AN_MODEL_NONE, &error), AN_OK);
        for (int i = 0; i < 3; i++) {
            assert_true(load(k, bad[i], AN_MODEL_NONE, &error) != AN_OK);
            assert_non_null(strstr(error.text, says[i]));
            run(k, 0, 5);
            assert_judged_by(k, a);
            assert_true(load(k, loaded ? k->a : AN_MODEL_NONE, bad[i], &error) != AN_OK); /* as a shadow */
            assert_int_equal(info_of(k).shadow_version, 0);
        }
        an_score_model_free(a);
    }
    an_engine_metrics(k->engine, &metrics);
    assert_int_equal(metrics.model_failures, 12);
    assert_int_equal(load(k, k->broken, k->b, &error), AN_ERR_CORRUPT); /* what can be used is */
    assert_string_equal(info_of(k).live, "a.anm");
    assert_string_equal(info_of(k).shadow, "b.anm");
}

static void the_promoted_one_is_found(void **state)
{
    struct kit *k = *state;
    struct an_error error;
    char path[160], found[AN_MODEL_PATH_MAX];
    assert_true(an_models_find("x/y.anm", false, k->dir, found));
    assert_string_equal(found, "x/y.anm");
    assert_false(an_models_find(AN_MODEL_NONE, false, k->dir, found));
    assert_false(an_models_find("", true, k->dir, found));
    snprintf(path, sizeof path, "%s/models", k->dir);
    assert_int_equal(mkdir(path, 0755), 0);
    snprintf(path, sizeof path, "%s/models/live.anm", k->dir);
    assert_int_equal(symlink("../b.anm", path), 0);
    snprintf(path, sizeof path, "%s/models/shadow.anm", k->dir);
    assert_int_equal(symlink("../a.anm", path), 0);
    assert_int_equal(load(k, "", "", &error), AN_OK);
    assert_string_equal(info_of(k).live, "b.anm");
    assert_string_equal(info_of(k).shadow, "a.anm");
    assert_int_equal(load(k, k->a, "", &error), AN_OK); /* a path wins */
    assert_string_equal(info_of(k).live, "a.anm");
}

/* One MODEL record a change, before the first verdict it judged, and in each segment. */
static void the_journal_names_the_model(void **state)
{
    struct kit *k = *state;
    struct an_error error;
    struct an_journal_reader *reader;
    struct an_journal_entry entry;
    const char *const order[] = { k->a, k->b, AN_MODEL_NONE };
    run(k, 0, 3);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(load(k, order[i], i == 1 ? k->a : AN_MODEL_NONE, &error), AN_OK);
        run(k, 0, 3);
        run(k, 0, 3);
    }
    an_engine_free(k->engine);
    open_engine(k, 1);
    assert_int_equal(load(k, k->b, AN_MODEL_NONE, &error), AN_OK);
    run(k, 0, 3);
    struct an_journal_filter filter = { .types = 1u << AN_RECORD_VERDICT | 1u << AN_RECORD_MODEL };
    assert_int_equal(an_journal_reader_open(k->dir, &filter, &reader, &error), AN_OK);
    uint32_t hand = an_score_version(NULL), in_force = hand;
    unsigned models = 0, verdicts = 0;
    for (enum an_err err; (err = an_journal_reader_next(reader, &entry)) != AN_ERR_END;) {
        struct an_record record;
        assert_int_equal(err, AN_OK);
        assert_int_equal(an_record_decode(entry.type, entry.payload, entry.len, &record), AN_OK);
        if (entry.type == AN_RECORD_MODEL) {
            models++;
            in_force = record.model.live.score_version;
            assert_int_equal(record.model.live.version == 0, in_force == hand);
            assert_int_equal(record.model.live.name.len, in_force == hand ? 0 : 5);
            assert_int_equal(record.model.shadow.version != 0, models == 2);
        } else {
            verdicts++;
            assert_int_equal(record.verdict.score_version, in_force);
            assert_int_equal(record.verdict.has_shadow, models == 2);
        }
    }
    an_journal_reader_close(reader);
    assert_int_equal(models, 4);
    assert_int_equal(verdicts, 24);
}

static void a_shadow_is_counted(void **state)
{
    struct kit *k = *state;
    struct an_error error;
    struct an_metrics metrics = { 0 };
    uint64_t all = 0, apart = 0, seen = 0;
    assert_int_equal(load(k, k->a, k->b, &error), AN_OK);
    for (int i = 0; i < 20; i++) {
        run(k, 0, 64);
        for (uint32_t c = 0; c < 64; c++) {
            assert_int_equal(k->calls[c].verdict.has_shadow, 1);
            seen += k->calls[c].verdict.action == AN_ACTION_ALLOW && k->calls[c].verdict.shadow_probability > 0.9f;
        }
    }
    an_engine_metrics(k->engine, &metrics);
    for (int a = 0; a < AN_ACTION_COUNT; a++)
        for (int s = 0; s < AN_ACTION_COUNT; s++) {
            all += metrics.shadow[a][s];
            if (a == AN_ACTION_ALLOW && s != AN_ACTION_ALLOW) apart += metrics.shadow[a][s];
        }
    assert_int_equal(all, 20 * 64);
    assert_true(seen > 0 && apart >= seen);
    assert_true(metrics.model_version[0] != 0 && metrics.model_version[1] != 0);
    assert_true(metrics.model_time_us > 0);
    assert_int_equal(metrics.score_version, k->calls[0].verdict.score_version);
}

static void card_of(const uint64_t *scores, const char *cuts, char *ret_card, size_t size)
{
    size_t at = (size_t)snprintf(ret_card, size, "{\"drift\":{\"score\":");
    for (int b = 0; b < AN_DRIFT_BINS; b++)
        at += (size_t)snprintf(ret_card + at, size - at, "%s%llu", b == 0 ? "[" : ",", (unsigned long long)scores[b]);
    snprintf(ret_card + at, size - at,
             "],\"inputs\":[{\"feature\":\"number_attempts_1h\",\"cuts\":%s,\"shares\":[0.0001,0.0001,1]},"
             "{\"feature\":\"of_tomorrow\",\"cuts\":[1],\"shares\":[1,1]}]}}",
             cuts);
}

/* Shares as they come are no drift, others are. */
static void drift_is_measured(void **state)
{
    struct kit *k = *state;
    struct an_error error;
    struct an_metrics metrics = { 0 };
    struct an_drift_plan plan;
    struct an_drift_counters sum = { 0 };
    char card[1024], path[128];
    static const uint64_t one_bin[AN_DRIFT_BINS] = { [AN_DRIFT_BINS - 1] = 1 };
    snprintf(path, sizeof path, "%s/c.anm", k->dir);
    card_of(one_bin, "[1,100000]", card, sizeof card);
    save(1, -3, card, NULL, path);
    assert_int_equal(load(k, path, AN_MODEL_NONE, &error), AN_OK);
    for (int i = 0; i < 300; i++) run(k, 0, 64);
    an_engine_metrics(k->engine, &metrics);
    uint64_t all = 0;
    for (int b = 0; b < AN_DRIFT_BINS; b++) all += metrics.model_scores[b];
    assert_int_equal(all, 300 * 64);
    assert_true(metrics.model_score_drift > 1000000);
    assert_true(metrics.input_drift[AN_F_NUMBER_ATTEMPTS_1H] > 1000000);
    for (int f = 0; f < AN_FEATURE_COUNT; f++)
        if (f != AN_F_NUMBER_ATTEMPTS_1H) assert_int_equal(metrics.input_drift[f], 0);
    card_of(metrics.model_scores, "[1,2]", card, sizeof card);
    an_drift_plan_of(card, &plan);
    an_drift_add(&an_engine_context(k->engine, 0)->drift, &sum);
    an_drift_metrics(&plan, &sum, &metrics);
    assert_true(metrics.model_score_drift < 10000); /* but for bins that are empty */
}

/* Another model begins anew; the input's cuts are where most calls are. */
static void drift_begins_anew_with_a_model(void **state)
{
    struct kit *k = *state;
    struct an_error error;
    struct an_metrics metrics = { 0 };
    char card[1024];
    static const uint64_t one_bin[AN_DRIFT_BINS] = { [AN_DRIFT_BINS - 1] = 1 };
    assert_int_equal(load(k, k->b, AN_MODEL_NONE, &error), AN_OK);
    for (int i = 0; i < 300; i++) run(k, 0, 64); /* every number has called often by now */
    card_of(one_bin, "[1,2]", card, sizeof card);
    save(1, -3, card, NULL, k->b);
    assert_int_equal(load(k, k->b, AN_MODEL_NONE, &error), AN_OK);
    an_engine_metrics(k->engine, &metrics);
    for (int b = 0; b < AN_DRIFT_BINS; b++) assert_int_equal(metrics.model_scores[b], 0);
    for (int i = 0; i < 300; i++) run(k, 0, 64);
    an_engine_metrics(k->engine, &metrics);
    assert_in_range(metrics.input_drift[AN_F_NUMBER_ATTEMPTS_1H], 1, 10000);
}

static void cards_that_say_nonsense(void **state)
{
    (void)state;
    static const char *const cards[] = {
        "",
        "{}",
        "{\"drift\":5}",
        "{\"drift\":{\"score\":[1,2],\"inputs\":{}}}",
        "{\"drift\":{\"score\":[0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0]}}",
        "{\"drift\":{\"score\":[1,-1,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0]}}",
        "{\"drift\":{\"inputs\":[{\"feature\":\"night\",\"cuts\":[2,1],\"shares\":[1,1,1]}]}}",
        "{\"drift\":{\"inputs\":[{\"feature\":\"night\",\"cuts\":[],\"shares\":[1]}]}}",
        "{\"drift\":{\"inputs\":[{\"feature\":\"night\",\"cuts\":[1],\"shares\":[1]}]}}",
        "{\"drift\":{\"inputs\":[{\"feature\":\"night\",\"cuts\":[0,1,2,3,4,5,6,7,8,9],\"shares\":[1,1]}]}}",
    };
    struct an_drift_plan plan;
    for (size_t i = 0; i < sizeof cards / sizeof cards[0]; i++) {
        an_drift_plan_of(cards[i], &plan);
        assert_false(plan.has_score);
        assert_int_equal(plan.input_count, 0);
    }
    an_drift_plan_of("{\"drift\":{\"inputs\":[{\"feature\":\"night\",\"cuts\":[1],\"shares\":[3,1]}]}}", &plan);
    assert_int_equal(plan.input_count, 1);
    assert_true(plan.inputs[0].shares[0] == 0.75);
    assert_int_equal(an_drift_bin(-INFINITY), 0);
    assert_int_equal(an_drift_bin(-9), 1);
    assert_int_equal(an_drift_bin(0.5f), 10);
    assert_int_equal(an_drift_bin(INFINITY), AN_DRIFT_BINS - 1);
    assert_int_equal(an_drift_bin(NAN), 0);
}

struct judging {
    struct kit *k;
    uint32_t versions[2];
    atomic_bool stop;
    uint64_t vectors, of[2];
    bool bad;
};

static void *judge_on(void *user)
{
    struct judging *j = user;
    while (!atomic_load(&j->stop) || j->vectors < 50) {
        run(j->k, 0, 17);
        uint32_t version = j->k->calls[0].verdict.score_version;
        for (uint32_t i = 0; i < 17; i++) j->bad |= j->k->calls[i].verdict.score_version != version;
        for (int m = 0; m < 2; m++) j->of[m] += version == j->versions[m];
        j->vectors++;
    }
    return NULL;
}

static void swapped_while_calls_go_on(void **state)
{
    struct kit *k = *state;
    struct an_error error;
    struct an_score_model *a = model_of(k->a), *b = model_of(k->b);
    struct judging j = { .k = k, .versions = { an_score_version(a), an_score_version(b) } };
    pthread_t thread;
    an_score_model_free(a);
    an_score_model_free(b);
    assert_int_equal(load(k, k->a, AN_MODEL_NONE, &error), AN_OK);
    assert_int_equal(pthread_create(&thread, NULL, judge_on, &j), 0);
    for (int i = 0; i < 60; i++) {
        struct an_metrics metrics = { 0 };
        assert_int_equal(load(k, i % 2 == 0 ? k->b : k->a, i % 3 == 0 ? k->a : AN_MODEL_NONE, &error), AN_OK);
        an_engine_metrics(k->engine, &metrics);
        usleep(1000);
    }
    atomic_store(&j.stop, true);
    pthread_join(thread, NULL);
    assert_false(j.bad);
    assert_int_equal(j.of[0] + j.of[1], j.vectors);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(models_come_and_go),
        TEST(a_broken_one_leaves_the_old_one),
        TEST(the_promoted_one_is_found),
        TEST(the_journal_names_the_model),
        TEST(a_shadow_is_counted),
        TEST(drift_is_measured),
        TEST(drift_begins_anew_with_a_model),
        cmocka_unit_test(cards_that_say_nonsense),
        TEST(swapped_while_calls_go_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
