/* One call against signatures made by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "campaign/internal.h"
#include "campaign/match.h"

enum { SLOTS = 8, CELLS = 64, OURS = 3, OTHER = 5 };

struct world {
    struct an_words members, list;
    struct an_signature by_slot[SLOTS];
    struct an_signature_cell cells[CELLS];
    struct an_signatures sigs;
    struct an_call calls[AN_VECTOR_MAX];
    struct an_vector v;
};

static const an_number number = 8617012345678, callee = 8613900000001;
static const uint32_t trunk = 7;
static const uint64_t shape = 0xabc;

static int begin(void **state)
{
    struct world *w = aligned_alloc(64, (sizeof *w + 63) / 64 * 64);
    assert_non_null(w);
    memset(w, 0, sizeof *w);
    assert_true(words_new(&w->members, 1024) && words_new(&w->list, 1024));
    w->by_slot[OURS] = (struct an_signature) { .id = 77, .hostility = 4.5f, .weight = -1, .list_nats = 5 };
    w->by_slot[OTHER] = (struct an_signature) { .id = 88, .hostility = 2, .weight = -1, .list_nats = 3 };
    w->sigs = (struct an_signatures) { .version = 9,
                                       .live = 2,
                                       .slots = SLOTS,
                                       .by_slot = w->by_slot,
                                       .cell_mask = CELLS - 1,
                                       .cells = w->cells,
                                       .members = &w->members,
                                       .list = &w->list };
    w->v.count = 1;
    w->v.calls = w->calls;
    struct an_observation *obs = &w->calls[0].enriched.obs;
    *obs = (struct an_observation) { .time_us = 1763690400000000,
                                     .kind = AN_OBS_ATTEMPT,
                                     .caller = number,
                                     .callee = callee,
                                     .trunk = trunk,
                                     .shape = shape,
                                     .caller_kind = AN_KIND_MOBILE };
    w->v.features[AN_F_NUMBER_AGE_D][0] = 30;
    w->calls[0].verdict.campaign = 12345; /* of a call before */
    *state = w;
    return 0;
}

static int finish(void **state)
{
    struct world *w = *state;
    free(w->members.words);
    free(w->list.words);
    free(w);
    return 0;
}

static void put_member(struct world *w, uint32_t slot)
{
    uint64_t key = an_member_key(number, trunk);
    words_put(&w->members, key, NULL, an_member_word(key, slot, 3, 1), 1, true);
}

static void put_listed(struct world *w, struct an_listed listed)
{
    uint64_t key = an_listed_key(callee);
    listed.day = 1;
    words_put(&w->list, key, NULL, an_listed_word(key, &listed), 1, false);
}

static void put_cell(struct world *w, uint32_t slot, int8_t llr, uint8_t share)
{
    uint64_t key = an_cell_key(trunk, shape);
    struct an_signature_cell *at = &w->cells[(uint32_t)(key >> 16) & (CELLS - 1)];
    at->key = key;
    at->at[at->count].slot = (uint16_t)slot;
    at->at[at->count].llr = llr;
    at->at[at->count++].share = share;
}

static float feature(const struct world *w, enum an_feature f)
{
    return w->v.features[f][0];
}

static void match(struct world *w)
{
    an_match_vector(&w->v, &w->sigs, 28800);
}

static void expect_none(const struct world *w)
{
    for (int f = AN_F_CAMPAIGN_MATCH; f <= AN_F_CAMPAIGN_CALLEE_NUMBERS; f++) assert_true(w->v.features[f][0] == 0);
    assert_int_equal(w->calls[0].verdict.campaign, 0);
}

static void test_member_and_cell(void **state)
{
    struct world *w = *state;
    put_member(w, OURS);
    put_cell(w, OURS, 2 * AN_LLR_UNIT, 255);
    match(w);
    assert_int_equal(w->calls[0].verdict.campaign, 77);
    assert_int_equal(w->calls[0].verdict.signatures, 9);
    assert_true(feature(w, AN_F_CAMPAIGN_MATCH) == 5.0f); /* 4 member, 2 cell, -1 weight */
    assert_true(feature(w, AN_F_CAMPAIGN_HOSTILITY) == 4.5f);
    assert_true(feature(w, AN_F_CAMPAIGN_MEMBER) == 1 && feature(w, AN_F_CAMPAIGN_SHARE) == 1);
    assert_true(feature(w, AN_F_CAMPAIGN_LISTED) == 0);
}

static void test_number_on_another_trunk(void **state)
{
    struct world *w = *state;
    put_member(w, OURS); /* as this trunk shows it */
    w->calls[0].enriched.obs.trunk = trunk + 1;
    match(w);
    expect_none(w); /* the number's owner calls from home */
}

static void test_listed(void **state)
{
    struct world *w = *state;
    put_listed(w, (struct an_listed) { .slot = OURS, .tries = 2, .numbers = 2 });
    put_cell(w, OURS, 2 * AN_LLR_UNIT, 51);
    match(w);
    assert_true(feature(w, AN_F_CAMPAIGN_LISTED) == 5.0f);
    assert_true(feature(w, AN_F_CAMPAIGN_CALLEE_NUMBERS) == 2);
    assert_true(feature(w, AN_F_CAMPAIGN_MATCH) == 4.0f); /* 3 list, 2 cell, -1 */
    assert_true(feature(w, AN_F_CAMPAIGN_MEMBER) == 0);
}

/* Somebody whom it has reached is no second try, unless ever other numbers call him: then it tests. */
static void test_listed_and_reached(void **state)
{
    struct world *w = *state;
    put_listed(w, (struct an_listed) { .slot = OURS, .tries = 1, .numbers = 1, .reached = true });
    put_cell(w, OURS, 4 * AN_LLR_UNIT, 255);
    match(w);
    assert_true(feature(w, AN_F_CAMPAIGN_LISTED) == 0);
    assert_true(feature(w, AN_F_CAMPAIGN_MATCH) > 0);
    memset(w->list.words, 0, w->list.lines * AN_WORDS * 8);
    put_listed(w, (struct an_listed) { .slot = OURS, .tries = 4, .numbers = 4, .reached = true });
    match(w);
    assert_true(feature(w, AN_F_CAMPAIGN_LISTED) == 5);
}

/* The list alone is told, and is no match. */
static void test_listed_alone(void **state)
{
    struct world *w = *state;
    put_listed(w, (struct an_listed) { .slot = OTHER, .tries = 1, .numbers = 1 });
    match(w);
    assert_true(feature(w, AN_F_CAMPAIGN_LISTED) == 3 && feature(w, AN_F_CAMPAIGN_MATCH) == 0);
    assert_int_equal(w->calls[0].verdict.campaign, 0);
}

static void test_likeliest_wins(void **state)
{
    struct world *w = *state;
    put_cell(w, OTHER, 5 * AN_LLR_UNIT, 100);
    put_cell(w, OURS, 3 * AN_LLR_UNIT, 50);
    match(w);
    assert_int_equal(w->calls[0].verdict.campaign, 88);
    put_member(w, OURS);
    match(w);
    assert_int_equal(w->calls[0].verdict.campaign, 77);
}

/* Neither a busy network's prior nor a callee who is on another campaign's list makes a member a stranger. */
static void test_a_member_stays_one(void **state)
{
    struct world *w = *state;
    put_member(w, OURS);
    w->by_slot[OURS].weight = -4;
    match(w);
    assert_int_equal(w->calls[0].verdict.campaign, 77);
    assert_true(feature(w, AN_F_CAMPAIGN_MATCH) == AN_MATCH_FROM && feature(w, AN_F_CAMPAIGN_MEMBER) == 1);
    put_cell(w, OTHER, 7 * AN_LLR_UNIT, 255);
    put_listed(w, (struct an_listed) { .slot = OTHER, .tries = 2, .numbers = 2 });
    match(w);
    assert_int_equal(w->calls[0].verdict.campaign, 77);
    assert_true(feature(w, AN_F_CAMPAIGN_MEMBER) == 1 && feature(w, AN_F_CAMPAIGN_HOSTILITY) == 4.5f);
    assert_true(feature(w, AN_F_CAMPAIGN_LISTED) == 3); /* told all the same */
    put_member(w, OTHER);                               /* of both: the likelier */
    match(w);
    assert_int_equal(w->calls[0].verdict.campaign, 88);
}

static void test_cell_alone_is_bounded(void **state)
{
    struct world *w = *state;
    put_cell(w, OURS, 4 * AN_LLR_UNIT, 255);
    w->by_slot[OURS].weight = -1.5f;
    match(w);
    expect_none(w); /* 2.5 nats: not enough */
}

/* A call whose build nobody saw is not of the cell of those whose build nobody saw. */
static void test_no_build_is_no_cell(void **state)
{
    struct world *w = *state;
    w->calls[0].enriched.obs.shape = 0;
    uint64_t key = an_cell_key(trunk, 0);
    struct an_signature_cell *at = &w->cells[(uint32_t)(key >> 16) & (CELLS - 1)];
    *at = (struct an_signature_cell) { .key = key, .count = 1, .at = { { OURS, 7 * AN_LLR_UNIT, 255 } } };
    match(w);
    expect_none(w);
}

static void test_stranger(void **state)
{
    struct world *w = *state;
    match(w);
    expect_none(w);
    assert_int_equal(w->calls[0].verdict.signatures, 9);
}

static void test_no_signatures(void **state)
{
    struct world *w = *state;
    w->v.features[AN_F_CAMPAIGN_MATCH][0] = 3;
    an_match_vector(&w->v, NULL, 28800);
    expect_none(w);
    assert_int_equal(w->calls[0].verdict.signatures, 0);
    w->sigs.live = 0;
    put_member(w, OURS);
    match(w);
    expect_none(w);
}

static void test_relation_suppresses(void **state)
{
    struct world *w = *state;
    put_member(w, OURS);
    put_cell(w, OURS, 4 * AN_LLR_UNIT, 255);
    static const enum an_feature relations[] = { AN_F_RELATION_CALLED, AN_F_RELATION_TALKED };
    for (int i = 0; i < 2; i++) {
        w->v.features[relations[i]][0] = 0.5f;
        match(w);
        expect_none(w);
        w->v.features[relations[i]][0] = 0.3f;
        match(w);
        assert_int_equal(w->calls[0].verdict.campaign, 77);
        w->v.features[relations[i]][0] = 0;
    }
}

/* What is no attempt, was judged before, was only seen, or could not be parsed. */
static void test_not_due(void **state)
{
    struct world *w = *state;
    put_member(w, OURS);
    put_cell(w, OURS, 4 * AN_LLR_UNIT, 255);
    struct an_call *call = &w->calls[0];
    call->observed.repeat = true;
    match(w);
    assert_int_equal(call->verdict.campaign, 12345); /* the first one's verdict stays */
    call->observed.repeat = false;
    call->enriched.obs.flags = AN_OBS_PASSIVE;
    match(w);
    assert_int_equal(call->verdict.campaign, 12345);
    call->enriched.obs.flags = 0;
    call->error = AN_ERR_MALFORMED;
    match(w);
    assert_int_equal(call->verdict.campaign, 12345);
    call->error = AN_OK;
    call->enriched.obs.kind = AN_OBS_END;
    match(w);
    assert_int_equal(call->verdict.campaign, 12345);
    assert_true(feature(w, AN_F_CAMPAIGN_MATCH) == 0);
}

static void test_walk(void **state)
{
    struct world *w = *state;
    put_cell(w, OURS, AN_LLR_UNIT, 255);
    w->by_slot[OURS].walk_from = callee - 5;
    w->by_slot[OURS].walk_to = callee + 5;
    match(w);
    assert_true(feature(w, AN_F_CAMPAIGN_MATCH) == 4); /* 1 cell, 4 walk, -1 */
    w->calls[0].enriched.obs.callee = callee + 6;
    match(w);
    expect_none(w);
}

/* Withheld numbers, no trunk, no build, no callee: nothing to go by. */
static void test_nothing_known(void **state)
{
    struct world *w = *state;
    put_member(w, OURS);
    put_cell(w, OURS, 4 * AN_LLR_UNIT, 255);
    uint64_t key = an_listed_key(0);
    const struct an_listed nobody = { .slot = OURS, .tries = 1, .numbers = 1 };
    words_put(&w->list, key, NULL, an_listed_word(key, &nobody), 1, false);
    struct an_observation *obs = &w->calls[0].enriched.obs;
    obs->caller = obs->callee = obs->shape = 0;
    obs->trunk = AN_TRUNK_NONE;
    match(w);
    expect_none(w);
}

/* A word may outlive its campaign until the next snapshot. */
static void test_slot_of_nobody(void **state)
{
    struct world *w = *state;
    put_member(w, OURS + 1);
    put_listed(w, (struct an_listed) { .slot = 16000, .tries = 1, .numbers = 1 });
    match(w);
    expect_none(w);
}

/* What is set for one call of a vector: known by its number, by its callee, by its cell, by nothing, or not to be
 * matched at all; the i-th of a full vector, so that neighbours differ. */
static void make_mixed(struct an_vector *v, uint32_t at, uint32_t i)
{
    struct an_call *call = &v->calls[at];
    memset(call, 0, sizeof *call);
    call->verdict.campaign = 12345;
    call->error = i % 11 == 7 ? AN_ERR_MALFORMED : AN_OK;
    call->observed.repeat = i % 13 == 5;
    call->enriched.obs = (struct an_observation) { .time_us = 1763690400000000 + i * 3600000000ull,
                                                   .kind = AN_OBS_ATTEMPT,
                                                   .caller = i % 2 == 0 ? number : number + 1,
                                                   .callee = i % 3 == 0 ? callee : callee + 1,
                                                   .trunk = trunk,
                                                   .shape = i % 5 < 3 ? shape : shape + 1,
                                                   .caller_kind = AN_KIND_MOBILE };
    for (int f = 0; f < AN_FEATURE_COUNT; f++) v->features[f][at] = 0;
    v->features[AN_F_NUMBER_AGE_D][at] = i % 4 == 0 ? 0.1f : 30;
    v->features[AN_F_RELATION_CALLED][at] = i % 17 == 3 ? 0.9f : 0;
}

/* A full vector's calls are looked up together and told apart after: each fares as it would alone. */
static void test_vector_is_as_each_alone(void **state)
{
    struct world *w = *state;
    put_member(w, OURS);
    put_listed(w, (struct an_listed) { .slot = OTHER, .tries = 2, .numbers = 2 });
    put_cell(w, OTHER, 5 * AN_LLR_UNIT, 50);
    put_cell(w, OURS, 2 * AN_LLR_UNIT, 100);
    w->by_slot[OURS].hours[10] = AN_LLR_UNIT;
    w->by_slot[OTHER].fresh[1] = 2 * AN_LLR_UNIT;
    struct world *one = NULL;
    assert_int_equal(begin((void **)&one), 0);
    uint32_t of[3] = { 0 }; /* neither's, one's, the other's */
    w->v.count = AN_VECTOR_MAX;
    for (uint32_t i = 0; i < AN_VECTOR_MAX; i++) make_mixed(&w->v, i, i);
    match(w);
    for (uint32_t i = 0; i < AN_VECTOR_MAX; i++) {
        make_mixed(&one->v, 0, i);
        an_match_vector(&one->v, &w->sigs, 28800);
        uint32_t campaign = w->calls[i].verdict.campaign;
        assert_int_equal(campaign, one->calls[0].verdict.campaign);
        assert_int_equal(w->calls[i].verdict.signatures, one->calls[0].verdict.signatures);
        for (int f = AN_F_CAMPAIGN_MATCH; f <= AN_F_CAMPAIGN_CALLEE_NUMBERS; f++)
            assert_true(w->v.features[f][i] == one->v.features[f][0]);
        of[campaign == 77 ? 1 : campaign == 88 ? 2 : 0]++;
    }
    assert_true(of[0] > 5 && of[1] > 5 && of[2] > 5); /* each of them was there */
    finish((void **)&one);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_member_and_cell, begin, finish),
        cmocka_unit_test_setup_teardown(test_number_on_another_trunk, begin, finish),
        cmocka_unit_test_setup_teardown(test_listed, begin, finish),
        cmocka_unit_test_setup_teardown(test_listed_and_reached, begin, finish),
        cmocka_unit_test_setup_teardown(test_listed_alone, begin, finish),
        cmocka_unit_test_setup_teardown(test_likeliest_wins, begin, finish),
        cmocka_unit_test_setup_teardown(test_a_member_stays_one, begin, finish),
        cmocka_unit_test_setup_teardown(test_cell_alone_is_bounded, begin, finish),
        cmocka_unit_test_setup_teardown(test_no_build_is_no_cell, begin, finish),
        cmocka_unit_test_setup_teardown(test_stranger, begin, finish),
        cmocka_unit_test_setup_teardown(test_no_signatures, begin, finish),
        cmocka_unit_test_setup_teardown(test_relation_suppresses, begin, finish),
        cmocka_unit_test_setup_teardown(test_not_due, begin, finish),
        cmocka_unit_test_setup_teardown(test_walk, begin, finish),
        cmocka_unit_test_setup_teardown(test_nothing_known, begin, finish),
        cmocka_unit_test_setup_teardown(test_slot_of_nobody, begin, finish),
        cmocka_unit_test_setup_teardown(test_vector_is_as_each_alone, begin, finish),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
