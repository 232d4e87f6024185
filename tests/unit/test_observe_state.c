#include "test_observe_kit.h"

#include <pthread.h>

/* A mixed stream: people, a sweeping robot, ends, reports. */
static void make_stream(struct an_observation *out, size_t n)
{
    struct kit k = { .now = T0, .seed = 42 };
    for (size_t i = 0; i < n; i++) {
        k.now += 1000 * kit_draw(&k, 3000);
        uint64_t caller = PERSON + kit_draw(&k, 900) * 37, callee = PERSON + kit_draw(&k, 900) * 37;
        if (i % 5 == 1) {
            caller = PERSON + 9000000 + kit_draw(&k, 50);
            callee = PERSON + 500000 + i;
        }
        out[i] = kit_obs(&k, caller, callee, i % 5 == 1 ? PLATFORM : HOME, 1 + kit_draw(&k, 3));
        if (i % 5 == 1 && i % 3 == 0) out[i].callee_kind = AN_KIND_UNALLOCATED;
        if (i > 50 && i % 3 == 2 && out[i - 20].kind == AN_OBS_ATTEMPT) {
            struct an_observation end = { .time_us = k.now, .call_key = out[i - 20].call_key, .kind = AN_OBS_END };
            end.outcome = (uint8_t)(1 + kit_draw(&k, 8));
            end.talk_ms = end.outcome == AN_OUTCOME_ANSWERED ? (uint32_t)kit_draw(&k, 90000) : 0;
            out[i] = end;
        }
        if (i > 50 && i % 41 == 0) {
            out[i] = out[i - 1];
            out[i].kind = AN_OBS_REPORT;
        }
    }
}

/* Features of all attempts, in vectors of `width`; returns the hash of them. */
static uint64_t run_stream(struct an_state *s, const struct an_observation *obs, size_t n, uint32_t width)
{
    struct an_call *calls = calloc(AN_VECTOR_MAX, sizeof *calls);
    struct an_vector *v = calloc(1, sizeof *v);
    v->calls = calls;
    uint64_t hash = 0;
    for (size_t at = 0; at < n; at += v->count) {
        v->count = n - at < width ? (uint32_t)(n - at) : width;
        for (uint32_t i = 0; i < v->count; i++) {
            memset(&calls[i], 0, sizeof calls[i]);
            calls[i].enriched.obs = obs[at + i];
        }
        an_observe_vector(s, v);
        for (uint32_t i = 0; i < v->count; i++)
            for (int f = 0; f < AN_FEATURE_COUNT; f++) {
                float x = v->features[f][i];
                assert_true(x >= 0 && x <= AN_MINI_MAX); /* no NaN either */
                assert_true(an_mini_float(an_mini_of(x)) == x);
                hash = an_hash64(&x, sizeof x, hash);
            }
    }
    free(v);
    free(calls);
    return hash;
}

enum { STREAM = 20000 };

static struct an_observation *stream(void)
{
    struct an_observation *obs = malloc(STREAM * sizeof *obs);
    make_stream(obs, STREAM);
    return obs;
}

static struct an_state *small(bool single, uint32_t numbers)
{
    struct an_state_limits limits = kit_limits();
    limits.single_worker = single;
    limits.numbers = numbers;
    struct an_error error;
    struct an_state *s = an_state_new(&limits, &error);
    assert_non_null(s);
    return s;
}

static void test_same_however_cut(void **state)
{
    (void)state;
    struct an_observation *obs = stream();
    uint64_t features[4], prints[4];
    const uint32_t widths[4] = { 1, 7, 64, 64 };
    for (int i = 0; i < 4; i++) {
        struct an_state *s = small(i == 3, 20000);
        features[i] = run_stream(s, obs, STREAM, widths[i]);
        prints[i] = kit_print(s);
        an_state_free(s);
    }
    for (int i = 1; i < 4; i++) {
        assert_true(features[i] == features[0]);
        assert_true(prints[i] == prints[0]);
    }
    free(obs);
}

static void test_rebuild_is_the_same(void **state)
{
    (void)state;
    struct an_observation *obs = stream();
    struct an_state *live = small(false, 20000), *rebuilt = small(false, 20000);
    run_stream(live, obs, STREAM, 64);
    for (int i = 0; i < 1000; i++) an_state_apply(rebuilt, &obs[i]);
    an_state_apply_many(rebuilt, obs + 1000, STREAM - 1000);
    assert_true(kit_print(live) == kit_print(rebuilt));
    an_state_free(live);
    an_state_free(rebuilt);
    free(obs);
}

static void test_repeat_and_error_do_not_count(void **state)
{
    (void)state;
    struct kit k;
    kit_init(&k);
    uint64_t empty = kit_print(k.s);
    memset(&k.call, 0, sizeof k.call);
    k.call.enriched.obs = kit_obs(&k, PERSON, PERSON + 1, HOME, 7);
    k.call.observed.repeat = true;
    k.v.count = 1;
    an_observe_vector(k.s, &k.v);
    k.call.observed.repeat = false;
    k.call.error = AN_ERR_MALFORMED;
    an_observe_vector(k.s, &k.v);
    assert_true(kit_print(k.s) == empty);
    kit_done(&k);
}

static int dump_of(const struct an_state *s)
{
    int fd = memfd_create("dump", 0);
    struct an_error error;
    assert_int_equal(an_state_save(s, fd, &error), AN_OK);
    lseek(fd, 0, SEEK_SET);
    return fd;
}

static void test_save_and_load(void **state)
{
    (void)state;
    struct an_observation *obs = stream();
    struct an_state *s = small(false, 20000), *t = small(false, 20000);
    an_state_apply_many(s, obs, STREAM / 2);
    int fd = dump_of(s);
    struct an_error error;
    an_state_apply_many(t, obs, 100); /* replaced */
    assert_int_equal(an_state_load(t, fd, &error), AN_OK);
    close(fd);
    assert_true(kit_print(s) == kit_print(t));
    struct an_state_stats a, b;
    an_state_stats(s, &a);
    an_state_stats(t, &b);
    for (int i = 0; i < AN_TABLE_COUNT; i++) assert_int_equal(a.tables[i].used, b.tables[i].used);
    assert_int_equal(a.observations, b.observations);
    assert_true(a.tables[AN_TABLE_NUMBERS].used > 1000);
    assert_true(run_stream(s, obs + STREAM / 2, STREAM / 2, 64) == run_stream(t, obs + STREAM / 2, STREAM / 2, 64));
    an_state_free(s);
    an_state_free(t);
    free(obs);
}

/* Another size: entry by entry, nothing lost, the same answers. */
static void test_load_into_another_size(void **state)
{
    (void)state;
    struct an_observation *obs = stream();
    struct an_state *s = small(false, 20000);
    struct an_state_limits limits = kit_limits();
    limits.numbers = 70000;
    limits.relations = 500000;
    limits.blocks = 9000;
    limits.origins = 9000;
    limits.lines = 5000;
    limits.pending = 9000;
    struct an_error error;
    struct an_state *t = an_state_new(&limits, &error);
    assert_non_null(t);
    an_state_apply_many(s, obs, STREAM / 2);
    int fd = dump_of(s);
    assert_int_equal(an_state_load(t, fd, &error), AN_OK);
    close(fd);
    struct an_state_stats a, b;
    an_state_stats(s, &a);
    an_state_stats(t, &b);
    for (int i = 0; i < AN_TABLE_COUNT; i++) assert_int_equal(a.tables[i].used, b.tables[i].used);
    /* and back into the first size */
    fd = dump_of(t);
    struct an_state *u = small(false, 20000);
    assert_int_equal(an_state_load(u, fd, &error), AN_OK);
    close(fd);
    uint64_t want = run_stream(s, obs + STREAM / 2, 2000, 64);
    assert_true(run_stream(t, obs + STREAM / 2, 2000, 64) == want);
    assert_true(run_stream(u, obs + STREAM / 2, 2000, 64) == want);
    an_state_free(s);
    an_state_free(t);
    an_state_free(u);
    free(obs);
}

static void test_damaged_dumps(void **state)
{
    (void)state;
    struct an_observation *obs = stream();
    struct an_state *s = small(false, 20000), *t = small(false, 20000);
    uint64_t empty = kit_print(t);
    an_state_apply_many(s, obs, 2000);
    int fd = dump_of(s);
    off_t len = lseek(fd, 0, SEEK_END);
    struct an_error error;
    for (int i = 0; i < 24; i++) {
        off_t at = i < 4 ? i * 20 : (off_t)an_range(an_mix64((uint64_t)i), (uint64_t)len);
        unsigned char was, flipped;
        assert_int_equal(pread(fd, &was, 1, at), 1);
        flipped = was ^ (unsigned char)(1 << i % 8);
        assert_int_equal(pwrite(fd, &flipped, 1, at), 1);
        lseek(fd, 0, SEEK_SET);
        int err = an_state_load(t, fd, &error);
        assert_true(err == AN_ERR_CORRUPT || (err == AN_ERR_UNSUPPORTED && at < 16));
        assert_true(strlen(error.text) > 0);
        assert_true(kit_print(t) == empty);
        assert_int_equal(pwrite(fd, &was, 1, at), 1);
    }
    const off_t cuts[] = { 0, 1, 40, 500, len / 2, len - 1 };
    for (size_t i = 0; i < sizeof cuts / sizeof *cuts; i++) {
        int cut = dump_of(s);
        assert_int_equal(ftruncate(cut, cuts[i]), 0);
        lseek(cut, 0, SEEK_SET);
        assert_int_equal(an_state_load(t, cut, &error), AN_ERR_CORRUPT);
        assert_true(kit_print(t) == empty);
        close(cut);
    }
    lseek(fd, 0, SEEK_SET);
    assert_int_equal(an_state_load(t, fd, &error), AN_OK);
    close(fd);
    assert_int_equal(an_state_save(s, -1, &error), AN_ERR_IO);
    an_state_free(s);
    an_state_free(t);
    free(obs);
}

/* Far more numbers than room: old ones go, nothing fails, memory stays. */
static void test_full_tables(void **state)
{
    (void)state;
    struct an_state *s = small(true, 4000);
    struct kit k = { .now = T0 };
    for (uint64_t i = 0; i < 60000; i++) {
        k.now += 50000;
        struct an_observation o =
            kit_obs(&k, PERSON + i * 7, PERSON + 90000000 + i * 11, 100 + (uint32_t)(i % 9000), i);
        an_state_apply(s, &o);
    }
    struct an_state_stats stats;
    an_state_stats(s, &stats);
    for (int t = 0; t < AN_TABLE_COUNT; t++) assert_true(stats.tables[t].used <= stats.tables[t].capacity);
    assert_true(stats.tables[AN_TABLE_NUMBERS].evictions > 100000);
    assert_true(stats.tables[AN_TABLE_LINES].evictions > 50000);
    assert_int_equal(stats.attempts, 60000);
    an_state_free(s);
}

struct worker {
    struct an_state *s;
    const struct an_observation *obs;
    size_t from;
};

enum { WORKERS = 3 };

static void *work(void *arg)
{
    struct worker *w = arg;
    struct an_call *calls = calloc(16, sizeof *calls);
    struct an_vector *v = calloc(1, sizeof *v);
    v->calls = calls;
    v->count = 16;
    for (size_t at = w->from * 16; at + 16 <= STREAM; at += (size_t)WORKERS * 16) {
        for (size_t i = 0; i < 16; i++) calls[i].enriched.obs = w->obs[at + i];
        an_observe_vector(w->s, v);
        struct an_state_stats stats;
        an_state_stats(w->s, &stats);
    }
    free(v);
    free(calls);
    return NULL;
}

static void test_workers(void **state)
{
    (void)state;
    struct an_observation *obs = stream();
    struct an_state *s = small(false, 20000);
    pthread_t threads[WORKERS];
    struct worker workers[WORKERS];
    for (size_t i = 0; i < WORKERS; i++) {
        workers[i] = (struct worker) { s, obs, i };
        assert_int_equal(pthread_create(&threads[i], NULL, work, &workers[i]), 0);
    }
    for (size_t i = 0; i < WORKERS; i++) pthread_join(threads[i], NULL);
    struct an_state_stats stats;
    an_state_stats(s, &stats);
    assert_int_equal(stats.observations, STREAM);
    /* The same numbers are tracked as by one worker. */
    struct an_state *one = small(true, 20000);
    struct an_state_stats want;
    an_state_apply_many(one, obs, STREAM);
    an_state_stats(one, &want);
    assert_int_equal(stats.tables[AN_TABLE_LINES].used, want.tables[AN_TABLE_LINES].used);
    assert_int_equal(stats.tables[AN_TABLE_BLOCKS].used, want.tables[AN_TABLE_BLOCKS].used);
    an_state_free(one);
    an_state_free(s);
    free(obs);
}

static void test_defaults(void **state)
{
    (void)state;
    struct an_error error;
    struct an_state *s = an_state_new(NULL, &error);
    assert_non_null(s);
    struct an_state_stats stats;
    an_state_stats(s, &stats);
    assert_true(stats.tables[AN_TABLE_NUMBERS].capacity >= 1000000);
    assert_true(stats.tables[AN_TABLE_NUMBERS].bytes <= 128000000);
    an_state_free(s);
    an_state_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same_however_cut),
        cmocka_unit_test(test_rebuild_is_the_same),
        cmocka_unit_test(test_repeat_and_error_do_not_count),
        cmocka_unit_test(test_save_and_load),
        cmocka_unit_test(test_load_into_another_size),
        cmocka_unit_test(test_damaged_dumps),
        cmocka_unit_test(test_full_tables),
        cmocka_unit_test(test_workers),
        cmocka_unit_test(test_defaults),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
