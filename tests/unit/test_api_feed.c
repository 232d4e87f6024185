/* The live view's frames: what is in them, who sees what, who is too slow, how many may watch. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "api/feed.h"
#include "base/clock.h"
#include "enrich/trunk.h"

#define NOON_US 1763784000000000ull

static unsigned wakes, born;

static void on_wake(void *user)
{
    (void)user;
    __atomic_add_fetch(&wakes, 1, __ATOMIC_RELAXED);
}

static size_t campaign_ids(void *user, uint32_t *ret_ids, size_t max)
{
    (void)user;
    for (size_t i = 0; i < born && i < max; i++) ret_ids[i] = (uint32_t)i + 1;
    return born;
}

static void campaign_json(void *user, uint32_t id, struct an_text *out)
{
    (void)user;
    an_text_printf(out, "{\"id\":%u}", id);
}

static void call(struct an_live *live, unsigned n)
{
    struct an_record r = { .type = AN_RECORD_VERDICT };
    r.obs = (struct an_observation) {
        .kind = AN_OBS_ATTEMPT, .time_us = NOON_US + n, .caller = 862061110000ull + n, .callee = 8613800138000ull
    };
    r.text.trunk = AN_SLICE("t\nevent: evil");
    r.text.display = AN_SLICE("\"</script>\r\n\r\nevent: evil\n\n");
    r.obs.trunk = an_trunk_id(r.text.trunk);
    an_token_make(NOON_US, 1, n, &r.token);
    r.verdict.action = AN_ACTION_BLOCK;
    r.verdict.category = AN_CATEGORY_FRAUD;
    an_live_take(live, &r, r.obs.time_us);
}

struct kit {
    struct an_live *live;
    struct an_feed *feed;
    char bytes[1 << 20];
};

static struct kit *kit_new(unsigned streams_max, bool no_thread)
{
    struct kit *k = calloc(1, sizeof *k);
    const struct an_live_options options = { .utc_offset_s = 28800 };
    assert_int_equal(an_live_new(&options, &k->live, NULL), AN_OK);
    const struct an_feed_options feed = { .live = k->live,
                                          .streams_max = streams_max,
                                          .campaign_ids = campaign_ids,
                                          .campaign_json = campaign_json,
                                          .wake = on_wake,
                                          .no_thread = no_thread };
    assert_int_equal(an_feed_new(&feed, &k->feed, NULL), AN_OK);
    born = 0;
    return k;
}

static void kit_free(struct kit *k)
{
    an_feed_free(k->feed);
    an_live_free(k->live);
    free(k);
}

/* All there is for a stream now, in small bites. */
static const char *drain(struct kit *k, struct an_feed_stream *stream)
{
    size_t len = 0;
    ptrdiff_t n;
    while ((n = an_feed_read(stream, k->bytes + len, 100)) > 0) len += (size_t)n;
    k->bytes[len] = '\0';
    return k->bytes;
}

static unsigned count_of(const char *text, const char *what)
{
    unsigned n = 0;
    for (const char *at = text; (at = strstr(at, what)) != NULL; at++) n++;
    return n;
}

/* Calls between the first one's joining, which shows him a tick at once, and the thread's waking up. */
static void test_nothing_is_missed_at_the_beginning(void **state)
{
    (void)state;
    struct kit *k = kit_new(4, true);
    struct an_feed_stream *stream;
    call(k->live, 1);
    assert_int_equal(an_feed_join(k->feed, false, UINT64_MAX, &stream), AN_OK);
    assert_int_equal(count_of(drain(k, stream), "event: tick"), 1);
    call(k->live, 2);
    an_feed_turn(k->feed);
    const char *text = drain(k, stream);
    assert_int_equal(count_of(text, "event: call"), 1);
    assert_non_null(strstr(text, "+862061110002"));
    an_feed_leave(stream);
    kit_free(k);
}

static void test_who_sees_what(void **state)
{
    (void)state;
    struct kit *k = kit_new(4, true);
    struct an_feed_stream *open, *masked;
    for (unsigned i = 0; i < 3; i++) call(k->live, i);
    assert_int_equal(an_feed_join(k->feed, false, 1, &open), AN_OK); /* had the first one */
    assert_int_equal(an_feed_join(k->feed, true, UINT64_MAX, &masked), AN_OK);
    const char *text = drain(k, open);
    assert_int_equal(count_of(text, "\nevent: call\n"), 2);
    assert_non_null(strstr(text, "id: 3\n"));
    assert_non_null(strstr(text, "+862061110002"));
    assert_null(strstr(text, "+8613800138000")); /* the callee never */
    assert_non_null(strstr(text, "+86138****8000"));
    assert_int_equal(count_of(text, "event: tick"), 1);
    text = drain(k, masked); /* here for the first time: what was last */
    assert_int_equal(count_of(text, "event: call"), 3);
    assert_null(strstr(text, "+862061110002"));
    an_feed_turn(k->feed);
    call(k->live, 7);
    an_feed_turn(k->feed);
    text = drain(k, masked);
    assert_int_equal(count_of(text, "event: call"), 1);
    assert_null(strstr(text, "+862061110007"));
    assert_non_null(strstr(text, "+8620****0007"));
    /* nothing of a name or a display text makes a line of its own */
    assert_null(strstr(text, "\nevent: evil"));
    an_feed_leave(open);
    an_feed_leave(masked);
    kit_free(k);
}

static void test_the_last_minutes_come_first(void **state)
{
    (void)state;
    struct kit *k = kit_new(4, true);
    struct an_feed_stream *stream;
    uint32_t seconds[AN_LIVE_PAST_S][AN_ACTION_COUNT];
    assert_int_equal(an_live_past(k->live, seconds), 0);
    for (unsigned s = 0; s < 3; s++) {
        for (unsigned i = 0; i <= s; i++) call(k->live, 10 * s + i);
        an_live_second(k->live);
    }
    assert_int_equal(an_feed_join(k->feed, false, UINT64_MAX, &stream), AN_OK);
    const char *text = drain(k, stream);
    assert_non_null(strstr(text, "event: past\ndata: {\"end\":\""));
    assert_non_null(strstr(text, "\"seconds\":[[0,0,0,1],[0,0,0,2],[0,0,0,3]]}\n\n"));
    assert_true(strstr(text, "event: past") < strstr(text, "event: tick"));
    an_feed_leave(stream);
    for (unsigned s = 0; s < AN_LIVE_PAST_S; s++) an_live_second(k->live);
    call(k->live, 99);
    an_live_second(k->live);
    assert_int_equal(an_live_past(k->live, seconds), AN_LIVE_PAST_S); /* what is older is forgotten */
    assert_int_equal(seconds[0][AN_ACTION_BLOCK], 0);
    assert_int_equal(seconds[AN_LIVE_PAST_S - 1][AN_ACTION_BLOCK], 1);
    kit_free(k);
}

static void test_a_burst_is_thinned(void **state)
{
    (void)state;
    struct kit *k = kit_new(4, true);
    struct an_feed_stream *stream;
    assert_int_equal(an_feed_join(k->feed, false, UINT64_MAX, &stream), AN_OK);
    an_feed_turn(k->feed);
    drain(k, stream);
    for (unsigned i = 0; i < 500; i++) call(k->live, i);
    an_feed_turn(k->feed);
    const char *text = drain(k, stream);
    assert_int_equal(count_of(text, "event: call"), AN_FEED_CALLS_MAX);
    assert_non_null(strstr(text, "id: 500\n")); /* the newest */
    an_feed_leave(stream);
    kit_free(k);
}

static void test_new_campaigns_are_told_once(void **state)
{
    (void)state;
    struct kit *k = kit_new(4, true);
    struct an_feed_stream *stream;
    born = 2;
    assert_int_equal(an_feed_join(k->feed, false, UINT64_MAX, &stream), AN_OK);
    for (int i = 0; i < 4; i++) an_feed_turn(k->feed);
    assert_int_equal(count_of(drain(k, stream), "event: campaign"), 0); /* were there before */
    born = 3;
    for (int i = 0; i < 7; i++) an_feed_turn(k->feed);
    const char *text = drain(k, stream);
    assert_int_equal(count_of(text, "event: campaign"), 1);
    assert_non_null(strstr(text, "{\"id\":3}"));
    an_feed_leave(stream);
    kit_free(k);
}

static void test_too_slow_and_too_many(void **state)
{
    (void)state;
    struct kit *k = kit_new(2, true);
    struct an_feed_stream *slow, *other, *third;
    char byte;
    assert_int_equal(an_feed_join(k->feed, false, UINT64_MAX, &slow), AN_OK);
    assert_int_equal(an_feed_join(k->feed, false, UINT64_MAX, &other), AN_OK);
    assert_int_equal(an_feed_join(k->feed, false, UINT64_MAX, &third), AN_ERR_FULL);
    assert_int_equal(an_feed_read(slow, &byte, 1), 1); /* begins, and then sleeps for long */
    for (int i = 0; i < 100; i++) {
        call(k->live, (unsigned)i);
        an_feed_turn(k->feed);
    }
    const char *text = drain(k, slow);
    assert_true(count_of(text, "event: tick") <= 6);
    assert_non_null(strstr(text, "id: 100\n")); /* and is up to date again */
    assert_int_equal(strncmp(text, "etry: 3000", 10), 0);
    an_feed_leave(other);
    assert_int_equal(an_feed_join(k->feed, false, UINT64_MAX, &third), AN_OK);
    an_feed_close(k->feed);
    assert_int_equal(an_feed_read(third, &byte, 1), -1);
    assert_int_equal(an_feed_join(k->feed, false, UINT64_MAX, &other), AN_ERR_FULL);
    an_feed_leave(slow);
    an_feed_leave(third);
    kit_free(k);
}

static void test_its_own_thread(void **state)
{
    (void)state;
    struct kit *k = kit_new(100, false);
    struct an_feed_stream *streams[100];
    for (int i = 0; i < 100; i++) assert_int_equal(an_feed_join(k->feed, i % 2, UINT64_MAX, &streams[i]), AN_OK);
    unsigned before = __atomic_load_n(&wakes, __ATOMIC_RELAXED);
    for (int i = 0; i < 1000 && __atomic_load_n(&wakes, __ATOMIC_RELAXED) < before + 2; i++) usleep(10000);
    assert_true(__atomic_load_n(&wakes, __ATOMIC_RELAXED) >= before + 2);
    for (int i = 0; i < 100; i++) {
        assert_true(count_of(drain(k, streams[i]), "event: tick") >= 1);
        an_feed_leave(streams[i]);
    }
    assert_int_equal(an_feed_streams(k->feed), 0);
    kit_free(k);
}

static void test_masks(void **state)
{
    (void)state;
    char text[AN_NUMBER_TEXT_MAX];
    an_number_masked(8613800138000ull, text);
    assert_string_equal(text, "+86138****8000");
    an_number_masked(8695588ull, text);
    assert_string_equal(text, "+8695**8");
    an_number_masked(AN_NUMBER_NONE, text);
    assert_string_equal(text, "anonymous");
    an_number_masked(86110ull, text);
    assert_string_equal(text, "+86**0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_is_missed_at_the_beginning),
        cmocka_unit_test(test_who_sees_what),
        cmocka_unit_test(test_the_last_minutes_come_first),
        cmocka_unit_test(test_a_burst_is_thinned),
        cmocka_unit_test(test_new_campaigns_are_told_once),
        cmocka_unit_test(test_too_slow_and_too_many),
        cmocka_unit_test(test_its_own_thread),
        cmocka_unit_test(test_masks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
