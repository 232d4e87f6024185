#include "test_observe_kit.h"

#include <math.h>

#include "observe/number_entry.h"
#include "observe/relation.h"

static void test_exp2_and_ln(void **state)
{
    (void)state;
    for (int i = 0; i < 20000; i++) {
        float x = (float)i * 0.003f;
        assert_near(an_exp2_minus(x) / exp2(-(double)x), 1.0, 1e-6);
        float y = 0.001f + (float)i * 0.37f;
        assert_near(an_ln(y), log((double)y), 1e-5);
    }
    assert_true(an_exp2_minus(1e9f) < 1e-29f);
}

static void test_steps(void **state)
{
    (void)state;
    uint32_t t = an_tick_of(T0);
    assert_int_equal(an_steps_between(t, t), 0);
    assert_int_equal(an_steps_between(t, t + 64 * 100), 100);
    assert_int_equal(an_steps_between(t + 64 * 100, t), 0);
    assert_int_equal(an_steps_between(UINT32_MAX - 63, 64), 2); /* the wrap after 17.8 years */
}

/* Many accesses or one: the expectation is the same, and near the closed form. */
static void test_number_decay(void **state)
{
    (void)state;
    struct an_number_entry entry = { .tick = an_tick_of(T0) };
    struct an_number_view v;
    an_number_open(&entry, entry.tick, &v);
    for (int i = 0; i < AN_N_LANES; i++) v.x[i] = 1000;
    an_number_close(&entry, entry.tick, 1, &v);
    an_number_open(&entry, entry.tick, &v);
    assert_true(v.x[AN_N_ATTEMPTS_1D] == 1000); /* exact, no decay inside a step */
    uint32_t steps = 3000;
    double want[4] = { exp2(-3000 * 8.388608 / 300), exp2(-3000 * 8.388608 / 3600), exp2(-3000 * 8.388608 / 86400),
                       exp2(-3000 * 8.388608 / 604800) };
    an_number_open(&entry, entry.tick + 64 * steps, &v);
    for (int i = 0; i < 4; i++) assert_near(v.x[i], 1000 * want[i], 0.001 + 1e-4 * 1000 * want[i]);
    struct an_number_entry often = entry;
    for (uint32_t i = 1; i <= steps; i++) {
        uint32_t tick = entry.tick + 64 * i;
        an_number_open(&often, tick, &v);
        an_number_close(&often, tick, (uint32_t)an_mix64(i), &v);
    }
    an_number_open(&often, often.tick, &v);
    for (int i = 2; i < 4; i++) assert_near(v.x[i], 1000 * want[i], 0.01 * 1000 * want[i]);
    assert_true(v.x[AN_N_PACE_MEAN] == 1000);
}

/* A counter of 11 bits would stall at 8,192; rounding by chance does not. */
static void test_number_counts_on(void **state)
{
    (void)state;
    struct an_number_entry entry = { .tick = an_tick_of(T0) };
    struct an_number_view v;
    for (uint32_t i = 0; i < 40000; i++) {
        an_number_open(&entry, entry.tick, &v);
        v.x[AN_N_ENDED] += 1;
        v.x[AN_N_REFUSED] += i % 4 == 0;
        an_number_close(&entry, entry.tick, (uint32_t)an_mix64(i + 1), &v);
    }
    an_number_open(&entry, entry.tick, &v);
    assert_near(v.x[AN_N_ENDED], 40000, 800);
    assert_near(v.x[AN_N_REFUSED] / v.x[AN_N_ENDED], 0.25, 0.01);
}

static void test_fields_beside_lanes(void **state)
{
    (void)state;
    struct an_number_entry entry = { .tick = an_tick_of(T0), .first_hour = 0xabcd, .attempt_age = 0x1234 };
    struct an_number_view v;
    an_number_open(&entry, entry.tick + 6400, &v);
    for (int i = 0; i < AN_N_WIDTH; i++) v.x[i] = 5;
    an_number_close(&entry, entry.tick + 6400, 99, &v);
    assert_int_equal(entry.first_hour, 0xabcd);
    assert_int_equal(entry.attempt_age, 0x1234);
    assert_int_equal(entry.tick, an_tick_of(T0) + 6400);
}

struct thing {
    uint64_t key, value;
};

static struct an_table new_table(uint64_t buckets)
{
    struct an_table t;
    size_t bytes = (size_t)buckets * (64 + 16 * sizeof(struct thing));
    void *memory = aligned_alloc(64, bytes);
    memset(memory, 0, bytes);
    an_table_init(&t, memory, buckets, sizeof(struct thing), false);
    assert_int_equal(an_table_bytes(&t), bytes);
    return t;
}

static void test_table_finds_and_recovers(void **state)
{
    (void)state;
    struct an_table t = new_table(1000);
    unsigned slot;
    for (uint64_t i = 1; i <= 4000; i++) {
        uint64_t hash = an_mix64(i);
        struct thing *e = an_table_claim(&t, an_table_bucket(&t, hash), hash, 0, &slot);
        e->value = i;
    }
    assert_int_equal(t.used, 4000);
    for (uint64_t i = 1; i <= 8000; i++) {
        uint64_t hash = an_mix64(i);
        struct an_bucket *bucket = an_table_bucket(&t, hash);
        struct thing *e = an_table_find(&t, bucket, hash, &slot);
        assert_int_equal(e != NULL, i <= 4000);
        if (e == NULL) continue;
        assert_int_equal(e->value, i);
        uint64_t index = (uint64_t)((unsigned char *)bucket - t.base) / t.bucket_size;
        assert_true(an_table_hash_at(bucket, index, t.bucket_count, slot, e) == hash);
    }
    uint64_t hash = an_mix64(7);
    assert_non_null(an_table_find(&t, an_table_bucket(&t, hash), hash, &slot));
    an_table_remove(&t, an_table_bucket(&t, hash), slot);
    assert_null(an_table_find(&t, an_table_bucket(&t, hash), hash, &slot));
    assert_int_equal(t.used, 3999);
    free(t.base);
}

/* The oldest goes first; a busy one outlives a quiet one of its age; an access makes young again. */
static void test_eviction_order(void **state)
{
    (void)state;
    struct an_table t = new_table(256);
    struct an_bucket *bucket = an_table_bucket(&t, 5);
    unsigned slot;
    uint32_t unit = 1u << AN_AGE_SHIFT, base = 1000 * unit;
    for (uint64_t i = 0; i < 16; i++) an_table_insert(&t, bucket, i + 1, base + (uint32_t)(i + 1) * unit, &slot);
    assert_int_equal(t.evictions, 0);
    an_table_find(&t, bucket, 1, &slot); /* the oldest, but busy */
    an_table_touch(bucket, slot, base, 40);
    an_table_find(&t, bucket, 2, &slot); /* the next, but used again */
    an_table_touch(bucket, slot, base + 30 * unit, 0);
    an_table_insert(&t, bucket, 100, base + 31 * unit, &slot);
    assert_int_equal(t.evictions, 1);
    assert_int_equal(t.used, 16);
    assert_non_null(an_table_find(&t, bucket, 1, &slot));
    assert_non_null(an_table_find(&t, bucket, 2, &slot));
    assert_null(an_table_find(&t, bucket, 3, &slot));
    /* 40 calls are worth 6 doublings of 16 hours; after that the busy one goes too. */
    for (uint64_t i = 0; i < 15; i++) an_table_insert(&t, bucket, 200 + i, base + 900 * unit, &slot);
    assert_non_null(an_table_find(&t, bucket, 1, &slot));
    an_table_insert(&t, bucket, 300, base + 1600 * unit, &slot);
    assert_null(an_table_find(&t, bucket, 1, &slot));
    free(t.base);
}

static struct an_relations new_relations(uint64_t buckets)
{
    struct an_relations r = { .slots = aligned_alloc(64, (size_t)buckets * 64), .bucket_count = buckets };
    memset(r.slots, 0, (size_t)buckets * 64);
    return r;
}

static void test_relation_sides(void **state)
{
    (void)state;
    struct an_relations r = new_relations(AN_RELATION_BUCKETS_MIN);
    uint64_t a = PERSON, b = PERSON + 5, h = an_relation_hash(a, b);
    assert_true(h == an_relation_hash(b, a));
    assert_false(an_relation_get(&r, a, b, h, 100).known);
    an_relation_put(&r, b, a, h, 100, AN_RELATION_CALLED, 0);
    struct an_relation v = an_relation_get(&r, b, a, h, 103);
    assert_true(v.known && v.caller_called && !v.callee_called);
    assert_int_equal(v.days_ago, 3);
    v = an_relation_get(&r, a, b, h, 103);
    assert_true(v.callee_called && !v.caller_called);
    for (int i = 0; i < 9; i++) an_relation_put(&r, b, a, h, 103, AN_RELATION_MISSED, 0);
    assert_int_equal(an_relation_get(&r, b, a, h, 103).tries, 7);
    assert_int_equal(an_relation_get(&r, a, b, h, 103).tries, 0);
    assert_int_equal(an_relation_get(&r, b, a, h, 110).tries, 3);
    an_relation_put(&r, b, a, h, 103, AN_RELATION_TALKED, an_relation_talk_class(45000));
    v = an_relation_get(&r, a, b, h, 103);
    assert_int_equal(v.talk, 3);
    assert_int_equal(an_relation_get(&r, b, a, h, 103).tries, 0);
    an_relation_put(&r, b, a, h, 103, AN_RELATION_REPORTED, 0);
    assert_true(an_relation_get(&r, b, a, h, 103).callee_reported);
    assert_false(an_relation_get(&r, a, b, h, 103).callee_reported);
    an_relation_put(&r, b, a, h, 103, AN_RELATION_WANTED, 0);
    v = an_relation_get(&r, b, a, h, 103);
    assert_true(v.callee_wants && !v.callee_reported);
    assert_int_equal(r.used, 1);
    free(r.slots);
}

static void test_relation_eviction_and_hash(void **state)
{
    (void)state;
    struct an_relations r = new_relations(AN_RELATION_BUCKETS_MIN + 77);
    uint64_t pairs[9], n = 0;
    uint64_t *bucket = an_relation_bucket(&r, an_relation_hash(1, 2));
    for (uint64_t b = 2; n < 9; b++)
        if (an_relation_bucket(&r, an_relation_hash(1, b)) == bucket) pairs[n++] = b;
    for (uint32_t i = 0; i < 8; i++)
        an_relation_put(&r, 1, pairs[i], an_relation_hash(1, pairs[i]), 100 + i, AN_RELATION_CALLED, 0);
    an_relation_put(&r, pairs[0], 1, an_relation_hash(1, pairs[0]), 100, AN_RELATION_CALLED, 0); /* both ways */
    an_relation_put(&r, 1, pairs[8], an_relation_hash(1, pairs[8]), 110, AN_RELATION_CALLED, 0);
    assert_int_equal(r.evictions, 1);
    assert_true(an_relation_get(&r, 1, pairs[0], an_relation_hash(1, pairs[0]), 110).known);
    assert_false(an_relation_get(&r, 1, pairs[1], an_relation_hash(1, pairs[1]), 110).known);
    uint64_t index = (uint64_t)(bucket - r.slots) / AN_RELATION_SLOTS;
    uint64_t hash = an_relation_hash_at(bucket[0], index, r.bucket_count);
    assert_true(hash >> 16 == an_relation_hash(1, pairs[0]) >> 16);
    free(r.slots);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_exp2_and_ln),
        cmocka_unit_test(test_steps),
        cmocka_unit_test(test_number_decay),
        cmocka_unit_test(test_number_counts_on),
        cmocka_unit_test(test_fields_beside_lanes),
        cmocka_unit_test(test_table_finds_and_recovers),
        cmocka_unit_test(test_eviction_order),
        cmocka_unit_test(test_relation_sides),
        cmocka_unit_test(test_relation_eviction_and_hash),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
