/* What is grouped and what is not: made-up networks, the same on every run. */
#include <math.h>
#include <stdio.h>

#include "campaign/internal.h"
#include "tests/unit/test_campaign_kit.h"

enum { IDS = 64 };

static size_t hostile_of(const struct kit *k, uint32_t ids[IDS])
{
    return an_campaigns_ids(k->campaigns, true, ids, IDS);
}

static void test_pool_is_one(void **state)
{
    (void)state;
    struct kit k;
    kit_begin(&k);
    struct actor actors[] = { kit_people(1, 0x100), kit_pool(7, 0xabc, 8613900000000, 100000) };
    kit_run(&k, actors, 2, 7200);
    uint32_t ids[IDS];
    assert_int_equal(hostile_of(&k, ids), 1);
    struct an_campaign_view v = kit_view(&k, ids[0]);
    assert_int_equal(v.state, AN_CAMPAIGN_HOSTILE);
    assert_true(v.calls > actors[1].made * 9 / 10 && v.calls <= actors[1].made);
    assert_int_equal(actors[0].taken, 0);
    assert_true(v.numbers == v.calls); /* a new one for each */
    assert_int_equal(v.cells[0].trunk, 7);
    assert_true(v.cells[0].shape == 0xabc && v.cells[0].share > 0.9f);
    assert_true(v.ring_atom_s == 15.0f && v.ring_atom_share > 0.9f);
    assert_true(v.birth_us >= KIT_START_US && v.hostile_us > v.birth_us && v.last_us > v.hostile_us);
    assert_true(v.confidence > 0.9f && v.holes > 0.02f && v.refused > 0.05f && v.short_talks > 0.3f);
    assert_true(v.recent_count == AN_CAMPAIGN_RECENT && v.recent[0].trunk == 7);
    assert_int_equal(v.events[0].kind, AN_CAMPAIGN_BORN);
    assert_true(kit_has_event(&v, AN_CAMPAIGN_TURNED_HOSTILE) >= 1);
    static const char *const expected[] = { "judged", "holes", "foreign", "fresh", "rotation" };
    for (unsigned i = 0; i < 5; i++) {
        const struct an_campaign_term *term = kit_term(&v, expected[i]);
        assert_non_null(term);
        assert_true(term->nats > 0 && term->value > term->usual);
    }
    kit_end(&k);
}

/* Automatic, and on one trunk with one maker's build: suspicious for themselves, but people know them. */
static struct actor firm(uint64_t number_base, uint64_t list_base)
{
    return (struct actor) { .trunk = 5,
                            .shape = 0x500,
                            .period_s = 12,
                            .probability = 0.52f,
                            .number_base = number_base,
                            .numbers = 4,
                            .list_base = list_base,
                            .list_size = 3000,
                            .answered = 65,
                            .refused = 3,
                            .related = 15,
                            .ring_ms = 30000,
                            .talk_ms = 50000,
                            .kind = AN_KIND_LANDLINE };
}

static void test_two_firms(void **state)
{
    (void)state;
    struct kit k;
    kit_begin(&k);
    struct actor actors[] = { kit_people(1, 0x100), firm(8602188880000, 8613900000000),
                              firm(8602199990000, 8613905000000) };
    kit_run(&k, actors, 3, 7200);
    uint32_t ids[IDS];
    assert_int_equal(hostile_of(&k, ids), 0);
    assert_int_equal(k.signatures->live, 0);
    assert_true(actors[1].taken > 0 && actors[2].taken > 0); /* they were looked at */
    kit_end(&k);
}

static void test_courier_depot(void **state)
{
    (void)state;
    struct kit k;
    kit_begin(&k);
    struct actor couriers = firm(8613700000000, 8613900000000);
    couriers.trunk = 1; /* mobiles on the home network */
    couriers.shape = 0x100;
    couriers.kind = AN_KIND_MOBILE;
    couriers.numbers = 40;
    couriers.period_s = 3;
    couriers.talk_ms = 20000;
    couriers.answered = 80;
    struct actor actors[] = { kit_people(1, 0x100), couriers };
    kit_run(&k, actors, 2, 10800);
    uint32_t ids[IDS];
    assert_int_equal(hostile_of(&k, ids), 0);
    kit_end(&k);
}

/* Asked over HTTP nobody has a build. A robot's trunk is then everybody's, and who is doubtful there is not of its
 * campaign; nor is what comes by the one path that tells no build. */
static void test_no_build_joins_nobody(void **state)
{
    (void)state;
    for (unsigned others = 0; others < 2; others++) {
        struct kit k;
        kit_begin(&k);
        struct actor doubtful = kit_pool(1, 0, 8613955000000, 100000);
        doubtful.probability = 0.3f;
        doubtful.period_s = 20;
        doubtful.fresh = doubtful.foreign = false;
        doubtful.numbers = 40;
        doubtful.number_base = 8617900000000;
        struct actor actors[] = { kit_people(1, others == 0 ? 0 : 0x100), kit_pool(1, 0, 8613900000000, 100000),
                                  doubtful };
        kit_run(&k, actors, 3, 7200);
        assert_true(actors[2].made > 100 && actors[1].taken > 100);
        assert_true(actors[2].taken * 20 < actors[2].made);
        kit_end(&k);
    }
}

static void test_two_stay_two(void **state)
{
    (void)state;
    struct kit k;
    kit_begin(&k);
    struct actor actors[] = { kit_people(1, 0x100), kit_pool(7, 0xabc, 8613900000000, 100000),
                              kit_pool(9, 0xdef, 8613900000000, 100000) };
    kit_run(&k, actors, 3, 7200);
    uint32_t ids[IDS];
    assert_int_equal(hostile_of(&k, ids), 2);
    struct an_campaign_view a = kit_view(&k, ids[0]), b = kit_view(&k, ids[1]);
    assert_int_not_equal(a.cells[0].trunk, b.cells[0].trunk);
    assert_true(a.cells[0].share > 0.95f && b.cells[0].share > 0.95f);
    struct an_campaigns_stats stats;
    an_campaigns_stats(k.campaigns, &stats);
    assert_int_equal(stats.merged, 0);
    kit_end(&k);
}

/* A9: it dies here and rises there with other numbers and another build; the list is the same. */
static void test_moved(void **state)
{
    (void)state;
    struct kit k;
    kit_begin(&k);
    struct actor actors[] = { kit_people(1, 0x100), kit_pool(7, 0xabc, 8613900000000, 2500),
                              kit_pool(9, 0xdef, 8613900000000, 2500) };
    actors[1].until_s = 7200;
    actors[2].from_s = 8000;
    kit_run(&k, actors, 3, 16000);
    uint32_t ids[IDS];
    assert_int_equal(hostile_of(&k, ids), 1);
    struct an_campaign_view v = kit_view(&k, ids[0]);
    assert_true(v.calls > (actors[1].made + actors[2].made) * 9 / 10);
    assert_true(v.birth_us < KIT_START_US + 600000000ull); /* the older one goes on */
    assert_true(kit_has_event(&v, AN_CAMPAIGN_TOOK_IN) + kit_has_event(&v, AN_CAMPAIGN_MOVED) > 0);
    bool here = false, there = false;
    for (uint32_t i = 0; i < v.cell_count; i++) {
        here |= v.cells[i].trunk == 7;
        there |= v.cells[i].trunk == 9;
    }
    assert_true(here && there);
    for (uint32_t i = 0; i < v.event_count; i++) /* ids that were taken in lead to it */
        if (v.events[i].kind == AN_CAMPAIGN_TOOK_IN) assert_int_equal(kit_view(&k, v.events[i].other).id, v.id);
    kit_end(&k);
}

/* One rare build on two trunks looks like one campaign until the clocks are seen to differ. */
static void test_split(void **state)
{
    (void)state;
    struct kit k;
    kit_begin(&k);
    struct actor actors[] = { kit_people(1, 0x100), kit_pool(7, 0xabc, 8613900000000, 100000),
                              kit_pool(8, 0xabc, 8613900000000, 100000) };
    actors[2].ring_ms = 27200;
    kit_run(&k, actors, 3, 7200);
    struct an_campaigns_stats stats;
    an_campaigns_stats(k.campaigns, &stats);
    uint32_t ids[IDS];
    assert_true(hostile_of(&k, ids) >= 2);
    struct an_campaign_view a = kit_view(&k, ids[0]), b = kit_view(&k, ids[1]);
    assert_true(a.cells[0].share > 0.8f && b.cells[0].share > 0.8f);
    assert_int_not_equal(a.cells[0].trunk, b.cells[0].trunk);
    assert_true(stats.split >= 1);
    assert_true(a.parent == b.id || b.parent == a.id);
    assert_true(kit_has_event(&a, AN_CAMPAIGN_SPLIT_OFF) > 0 && kit_has_event(&b, AN_CAMPAIGN_SPLIT_OFF) > 0);
    kit_end(&k);
}

/* A8: a few cards, three trunks, a build nobody else has. */
static void test_sim_box(void **state)
{
    (void)state;
    struct kit k;
    kit_begin(&k);
    struct actor box = kit_pool(20, 0x51b, 8613900000000, 50000);
    box.trunks = 3;
    box.numbers = 24;
    box.foreign = false;
    box.kind = AN_KIND_MOBILE;
    struct actor actors[] = { kit_people(1, 0x100), box };
    kit_run(&k, actors, 2, 7200);
    uint32_t ids[IDS];
    assert_int_equal(hostile_of(&k, ids), 1);
    struct an_campaign_view v = kit_view(&k, ids[0]);
    assert_int_equal(v.cell_count, 3);
    assert_true(v.calls > actors[1].made * 9 / 10);
    assert_true(v.numbers >= 24 * 3 && v.numbers <= 24 * 3 + 8); /* a number as each trunk shows it */
    kit_end(&k);
}

/* ---- a purse of SIM cards ---- */

enum { CARDS = 40, CARD_CALLS = 20, PURSE_TRUNK = 9, PURSE = 3, PURSE_WORLD = 4 };

/* A5: a card in another telephone every ten minutes, on a trunk that people use too, doubtful at best; others
 * are at work elsewhere. */
static void purse_world(struct actor ret_actors[PURSE_WORLD])
{
    struct actor neighbours = kit_people(PURSE_TRUNK, 0x100), purse = kit_pool(PURSE_TRUNK, 0, 8613900000000, 1000);
    neighbours.trunks = 1;
    neighbours.period_s = 15;
    purse.period_s = 30;
    purse.foreign = false;
    purse.numbers = 1;
    purse.holes = 4;
    purse.answered = 60;
    purse.refused = 6;
    ret_actors[0] = kit_people(1, 0x100);
    ret_actors[1] = neighbours;
    ret_actors[2] = kit_pool(20, 0xabc, 8613950000000, 100000);
    ret_actors[2].period_s = 30;
    ret_actors[PURSE] = purse;
}

/* Returns how many calls of the later half of the cards were taken into a hostile campaign. */
static unsigned play_purse(struct kit *k, struct actor actors[PURSE_WORLD])
{
    unsigned taken = 0;
    struct actor *purse = &actors[PURSE];
    for (unsigned card = 0; card < CARDS; card++) {
        purse->shape = 0x600 + card % 10;
        purse->number_base = 8616700000000 + 1000003ull * card;
        purse->probability = card % 4 == 0 ? 0.8f : 0.4f;
        uint64_t before = purse->taken;
        kit_run(k, actors, PURSE_WORLD, CARD_CALLS * 30);
        bool hostile = purse->last_id != 0 && kit_view(k, purse->last_id).state == AN_CAMPAIGN_HOSTILE;
        if (card >= CARDS / 2 && hostile) taken += (unsigned)(purse->taken - before);
    }
    return taken;
}

static void test_purse(void **state)
{
    (void)state;
    struct kit k;
    kit_begin(&k);
    struct actor actors[PURSE_WORLD];
    purse_world(actors);
    unsigned taken = play_purse(&k, actors);
    uint32_t ids[IDS];
    assert_true(taken > CARDS / 2 * CARD_CALLS * 9 / 10);
    assert_true(hostile_of(&k, ids) < CARDS / 2);
    assert_true(actors[0].taken + actors[1].taken == 0);
    kit_end(&k);
}

/* One call by a number on the purse's trunk, in a telephone that the purse has not used. */
static uint32_t call_once(struct kit *k, struct actor a, float probability, bool fresh, uint64_t list_base)
{
    a.probability = probability;
    a.fresh = fresh;
    a.shape = 0x100;
    a.number_base += 777;
    a.list_base = list_base;
    k->now_us += 60000000;
    a.last_id = 0;
    kit_call(k, &a);
    return a.last_id;
}

/* A new number on such a trunk is somebody's new telephone, until the list speaks against it. */
static void test_new_number_beside_a_purse(void **state)
{
    (void)state;
    struct kit k;
    kit_begin(&k);
    struct actor actors[PURSE_WORLD];
    purse_world(actors);
    play_purse(&k, actors);
    const uint64_t nobody = 8613300000000;
    unsigned unlisted = 0, by_list = 0, known = 0, hardly = 0;
    for (unsigned i = 0; i < 50; i++) {
        struct actor a = actors[PURSE], of_list = a;
        a.number_base = of_list.number_base = 8616720000000 + 1000 * i;
        unlisted += call_once(&k, a, 0.1f, true, nobody + 1000 * i) != 0;
        hardly += call_once(&k, a, 0.01f, true, nobody + 1000 * i) != 0;
        known += call_once(&k, of_list, 0.2f, false, of_list.list_base) != 0;
        by_list += call_once(&k, of_list, 0.2f, true, of_list.list_base) != 0;
    }
    assert_int_equal(unlisted, 0);
    assert_int_equal(hardly, 0);
    assert_int_equal(known, 0);
    assert_true(by_list >= 20);
    kit_end(&k);
}

/* ---- a call-back bridge ---- */

static void leg(struct kit *k, an_number caller, an_number callee, uint64_t start_us, uint64_t end_us)
{
    struct an_observation obs = { .time_us = end_us,
                                  .kind = AN_OBS_END,
                                  .outcome = AN_OUTCOME_ANSWERED,
                                  .caller = caller,
                                  .callee = callee,
                                  .call_key = an_mix64(caller ^ callee ^ end_us),
                                  .trunk = 3,
                                  .ring_ms = 4000,
                                  .talk_ms = (uint32_t)((end_us - start_us) / 1000 - 4000) };
    an_campaigns_outcome(k->campaigns, &obs);
}

static void test_bridge(void **state)
{
    (void)state;
    struct kit k;
    kit_begin(&k);
    const an_number agent = 8613000000001, shown = 8602100000000;
    for (uint64_t i = 0; i < 20; i++) {
        uint64_t start_us = k.now_us + i * 120000000, end_us = start_us + 90000000;
        leg(&k, shown, agent, start_us, end_us);
        leg(&k, shown + 1, 8613900000000 + i, start_us + 8000000, end_us + 200000);
        leg(&k, 8613800000000 + i, 8613950000000 + 7 * i, start_us + 40000000, end_us + 20000000); /* somebody else */
    }
    assert_true(is_agent(k.campaigns, agent));
    for (uint64_t i = 0; i < 20; i++) {
        assert_false(is_agent(k.campaigns, 8613900000000 + i));
        assert_false(is_agent(k.campaigns, 8613950000000 + 7 * i));
    }
    /* The customer's leg is told from the agent's. */
    uint64_t start_us = k.now_us + 3000000000, end_us = start_us + 60000000;
    leg(&k, shown, agent, start_us, end_us);
    struct an_observation customer = { .time_us = end_us + 1000,
                                       .kind = AN_OBS_END,
                                       .outcome = AN_OUTCOME_ANSWERED,
                                       .callee = 8613988888888,
                                       .trunk = 3,
                                       .ring_ms = 1000,
                                       .talk_ms = 50000 };
    assert_true(pair_end(k.campaigns, &customer));
    kit_end(&k);
}

/* A family on two lines that happen to end together, always the same two: no agents. */
static void test_parallel_is_no_bridge(void **state)
{
    (void)state;
    struct kit k;
    kit_begin(&k);
    for (uint64_t i = 0; i < 30; i++) {
        uint64_t start_us = k.now_us + i * 120000000, end_us = start_us + 60000000;
        leg(&k, 8613800000001, 8613900000001, start_us, end_us);
        leg(&k, 8613800000002, 8613900000002, start_us + 1000000, end_us + 100000);
    }
    assert_false(is_agent(k.campaigns, 8613900000001));
    assert_false(is_agent(k.campaigns, 8613900000002));
    kit_end(&k);
}

/* ---- upkeep ---- */

static void test_release(void **state)
{
    (void)state;
    struct kit k;
    kit_begin(&k);
    struct actor actors[] = { kit_people(1, 0x100), kit_pool(7, 0xabc, 8613900000000, 100000) };
    kit_run(&k, actors, 2, 3600);
    uint32_t ids[IDS];
    assert_int_equal(hostile_of(&k, ids), 1);
    assert_int_equal(an_campaigns_release(k.campaigns, 999999, true), AN_ERR_NOT_FOUND);
    assert_int_equal(an_campaigns_release(k.campaigns, ids[0], true), AN_OK);
    kit_run(&k, actors, 2, 600);
    assert_int_equal(k.signatures->live, 0);
    struct an_campaign_view v = kit_view(&k, ids[0]);
    assert_int_equal(v.state, AN_CAMPAIGN_RELEASED); /* whatever it does since */
    assert_true(v.hostility > 0);
    assert_int_equal(an_campaigns_release(k.campaigns, ids[0], false), AN_OK);
    kit_publish(&k);
    assert_int_equal(k.signatures->live, 1);
    kit_end(&k);
}

/* Words in the tables are those of the campaigns there are, and counted. */
static void expect_words_true(const struct kit *k, uint64_t members, uint64_t listed)
{
    const struct an_words *tables[] = { &k->campaigns->members, &k->campaigns->list };
    struct an_campaigns_stats stats;
    an_campaigns_stats(k->campaigns, &stats);
    for (int t = 0; t < 2; t++) {
        uint64_t count = 0;
        for (uint64_t i = 0; i < tables[t]->lines * AN_WORDS; i++) {
            uint64_t word = tables[t]->words[i];
            if (word == 0) continue;
            count++;
            assert_true(k->campaigns->campaigns[t == 0 ? an_member_slot(word) : an_listed_read(word).slot].id != 0);
        }
        assert_int_equal(count, t == 0 ? stats.members_used : stats.listed_used);
        assert_int_equal(count, t == 0 ? members : listed);
    }
}

static void test_full_evicts_least(void **state)
{
    (void)state;
    struct kit k;
    const struct an_campaign_options options = { .campaigns = 8, .members = 65536, .listed = 262144, .cells = 4096 };
    kit_begin_with(&k, &options);
    uint32_t ids[12];
    /* Campaign i has 10 + 10 i calls; each on a trunk and a build of its own. */
    for (unsigned i = 0; i < 12; i++) {
        struct actor pool = kit_pool(30 + i, 0x9000 + i, 8613900000000 + 1000000ull * i, 100000);
        for (unsigned c = 0; c < 10 + 10 * (i < 8 ? i : 12); c++) {
            k.now_us += 10000;
            kit_call(&k, &pool);
        }
        ids[i] = pool.last_id;
        assert_int_not_equal(ids[i], 0);
    }
    struct an_campaigns_stats stats;
    an_campaigns_stats(k.campaigns, &stats);
    assert_int_equal(stats.live, 8);
    assert_true(stats.evicted >= 4);
    struct an_campaign_view v;
    uint64_t members = 0, listed = 0;
    for (unsigned i = 0; i < 4; i++) assert_int_equal(an_campaigns_view(k.campaigns, ids[i], &v), AN_ERR_NOT_FOUND);
    for (unsigned i = 4; i < 12; i++) {
        v = kit_view(&k, ids[i]);
        assert_int_equal(v.calls, 10 + 10 * (i < 8 ? i : 12));
        /* and nothing of theirs is lost */
        assert_int_equal(v.recent_count, AN_CAMPAIGN_RECENT);
        const uint64_t *word =
            words_find_member(&k.campaigns->members, an_member_key(v.recent[0].number, v.recent[0].trunk));
        assert_non_null(word);
        assert_int_equal(an_member_slot(*word), v.slot);
        members += v.numbers;
        listed += v.callees;
    }
    expect_words_true(&k, members, listed);
    kit_end(&k);
}

/* Somebody opens a campaign with every call: each drives the one before out, and nobody else. */
static void test_storm(void **state)
{
    (void)state;
    struct kit k;
    const struct an_campaign_options options = { .campaigns = 16, .members = 65536, .listed = 262144, .cells = 65536 };
    kit_begin_with(&k, &options);
    struct actor pool = kit_pool(7, 0xabc, 8613900000000, 100000), storm = kit_pool(8, 1, 8618000000000, 1);
    for (int c = 0; c < 40; c++) {
        k.now_us += 1000000;
        kit_call(&k, &pool);
    }
    for (uint64_t i = 0; i < 3000; i++) {
        k.now_us += 1000;
        storm.trunk = 1000 + (uint32_t)i;
        storm.shape = 0x10000 + i;
        storm.list_base = 8618000000000 + 1000 * i;
        kit_call(&k, &storm);
    }
    struct an_campaigns_stats stats;
    an_campaigns_stats(k.campaigns, &stats);
    assert_int_equal(stats.live, 16);
    assert_int_equal(stats.opened, 3001);
    assert_int_equal(stats.evicted, 3001 - 16);
    struct an_campaign_view v = kit_view(&k, pool.last_id);
    assert_int_equal(v.calls, 40);
    expect_words_true(&k, 40 + 15, v.callees + 15);
    kit_end(&k);
}

static void same_views(const struct kit *a, const struct kit *b)
{
    uint32_t x[IDS], y[IDS];
    size_t count = an_campaigns_ids(a->campaigns, false, x, IDS);
    assert_int_equal(count, an_campaigns_ids(b->campaigns, false, y, IDS));
    assert_memory_equal(x, y, count * sizeof *x);
    for (size_t i = 0; i < count; i++) {
        struct an_campaign_view v = kit_view(a, x[i]), w = kit_view(b, y[i]);
        assert_memory_equal(&v, &w, sizeof v);
    }
}

static void test_same_again(void **state)
{
    (void)state;
    struct kit k[2];
    for (int i = 0; i < 2; i++) {
        kit_begin(&k[i]);
        struct actor actors[] = { kit_people(1, 0x100), kit_pool(7, 0xabc, 8613900000000, 2500),
                                  kit_pool(9, 0xdef, 8613900000000, 2500), firm(8602188880000, 8613900000000) };
        actors[2].from_s = 1500;
        kit_run(&k[i], actors, 4, 4000);
    }
    same_views(&k[0], &k[1]);
    const struct an_signatures *a = k[0].signatures, *b = k[1].signatures;
    assert_true(a->version == b->version && a->live == b->live && a->cell_mask == b->cell_mask);
    assert_memory_equal(a->by_slot, b->by_slot, a->slots * sizeof *a->by_slot);
    assert_memory_equal(a->cells, b->cells, (a->cell_mask + 1ull) * sizeof *a->cells);
    assert_memory_equal(a->members->words, b->members->words, a->members->lines * AN_WORDS * 8);
    assert_memory_equal(a->list->words, b->list->words, a->list->lines * AN_WORDS * 8);
    kit_end(&k[0]);
    kit_end(&k[1]);
}

/* ---- what no network should send ---- */

static uint64_t odd_value(struct kit *k)
{
    static const uint64_t odd[] = { 0, 1, UINT64_MAX, 1ull << 63, UINT32_MAX, 8613800138000, 64, KIT_START_US };
    return odd[kit_random(k) % 8];
}

static void test_odd_input(void **state)
{
    (void)state;
    struct kit k;
    const struct an_campaign_options options = { .campaigns = 4, .members = 8, .listed = 8, .cells = 2 };
    static const float odd[] = { 0, 1, 0.5f, NAN, INFINITY, -INFINITY, -1, 1e30f };
    kit_begin_with(&k, &options);
    for (unsigned i = 0; i < 20000; i++) {
        struct an_observation obs = { .time_us = kit_random(&k) % 4 == 0 ? odd_value(&k) : k.now_us + i * 1000000ull };
        obs.caller = odd_value(&k);
        obs.callee = odd_value(&k);
        obs.call_key = odd_value(&k);
        obs.shape = odd_value(&k);
        obs.trunk = (uint32_t)odd_value(&k);
        obs.ring_ms = (uint32_t)odd_value(&k);
        obs.talk_ms = (uint32_t)odd_value(&k);
        obs.weight = (uint16_t)odd_value(&k);
        obs.kind = (uint8_t)(kit_random(&k) % 6);
        obs.outcome = (uint8_t)(kit_random(&k) % 12);
        obs.caller_kind = (uint8_t)kit_random(&k);
        obs.callee_kind = (uint8_t)kit_random(&k);
        obs.category = (uint8_t)kit_random(&k);
        obs.action = (uint8_t)(kit_random(&k) % 6);
        an_mini features[AN_FEATURE_COUNT];
        for (int f = 0; f < AN_FEATURE_COUNT; f++) features[f] = (an_mini)odd_value(&k);
        features[AN_F_RELATION_CALLED] = features[AN_F_RELATION_TALKED] = 0;
        if (i % 2)
            an_campaigns_outcome(k.campaigns, &obs);
        else
            an_campaigns_attempt(k.campaigns, &obs, odd[kit_random(&k) % 8], features);
        if (i % 100 == 0) kit_publish(&k);
    }
    uint32_t ids[IDS];
    size_t count = an_campaigns_ids(k.campaigns, false, ids, IDS);
    for (size_t i = 0; i < count; i++) {
        struct an_campaign_view v = kit_view(&k, ids[i]);
        assert_true(isfinite(v.hostility) && isfinite(v.calls_1d) && v.confidence >= 0 && v.confidence <= 1);
    }
    kit_end(&k);
}

/* Workers' streams are not in order to the millisecond: a call of the hour before must not wipe what is usual. */
static void test_late_event(void **state)
{
    (void)state;
    struct kit k;
    kit_begin(&k);
    struct actor people = kit_people(1, 0x100);
    people.trunks = 0;
    kit_run(&k, &people, 1, 3300);
    uint64_t cell = an_cell_key(1, 0x100);
    float before = background_cell(k.campaigns, cell), network = k.campaigns->network.t[T_CALLS];
    assert_true(before > 3000);
    uint64_t now_us = k.now_us;
    k.now_us -= 3600000000ull;
    kit_call(&k, &people);
    k.now_us = now_us + 1000;
    kit_call(&k, &people);
    assert_true(background_cell(k.campaigns, cell) > 0.95f * before); /* half life a day */
    assert_true(k.campaigns->network.t[T_CALLS] > 0.95f * network);
    kit_end(&k);
}

/* An absent callee is nobody's list entry. */
static void test_no_callee(void **state)
{
    (void)state;
    struct kit k;
    kit_begin(&k);
    struct actor pool = kit_pool(7, 0xabc, 0, 1);
    for (int i = 0; i < 100; i++) {
        k.now_us += 1000000;
        kit_call(&k, &pool);
    }
    kit_publish(&k);
    struct an_campaign_view v = kit_view(&k, pool.last_id);
    assert_int_equal(v.callees, 0);
    assert_true(v.retries == 0);
    kit_end(&k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pool_is_one),
        cmocka_unit_test(test_two_firms),
        cmocka_unit_test(test_courier_depot),
        cmocka_unit_test(test_no_build_joins_nobody),
        cmocka_unit_test(test_two_stay_two),
        cmocka_unit_test(test_moved),
        cmocka_unit_test(test_split),
        cmocka_unit_test(test_sim_box),
        cmocka_unit_test(test_purse),
        cmocka_unit_test(test_new_number_beside_a_purse),
        cmocka_unit_test(test_bridge),
        cmocka_unit_test(test_parallel_is_no_bridge),
        cmocka_unit_test(test_storm),
        cmocka_unit_test(test_release),
        cmocka_unit_test(test_full_evicts_least),
        cmocka_unit_test(test_same_again),
        cmocka_unit_test(test_odd_input),
        cmocka_unit_test(test_late_event),
        cmocka_unit_test(test_no_callee),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
