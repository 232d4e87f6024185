/* What an operator says of a campaign lasts, is done once, and is refused where it can't be. */
#include "campaign/internal.h"
#include "tests/unit/test_campaign_kit.h"

enum { IDS = 64 };

/* Two pools of callers that have nothing to do with each other. */
static void begin(struct kit *k, uint32_t ids[IDS])
{
    kit_begin(k);
    struct actor actors[] = { kit_people(1, 0x100), kit_pool(7, 0xabc, 8613900000000, 100000),
                              kit_pool(9, 0xdef, 8615900000000, 100000) };
    kit_run(k, actors, 3, 7200);
    assert_int_equal(an_campaigns_ids(k->campaigns, true, ids, IDS), 2);
}

static enum an_err say(struct kit *k, enum an_campaign_word_kind kind, uint32_t id, bool yes, const char *name)
{
    const struct an_record_campaign word = {
        .kind = (uint8_t)kind, .yes = yes, .campaign = id, .name = an_slice_of(name)
    };
    return an_campaigns_say(k->campaigns, &word);
}

static void publish(struct kit *k)
{
    an_signatures_free(an_campaigns_publish(k->campaigns));
}

static void test_release_confirm_name(void **state)
{
    (void)state;
    struct kit k;
    uint32_t ids[IDS];
    begin(&k, ids);
    assert_int_equal(say(&k, AN_CAMPAIGN_RELEASE, ids[0], true, NULL), AN_OK);
    publish(&k);
    assert_int_equal(kit_view(&k, ids[0]).state, AN_CAMPAIGN_RELEASED);
    assert_int_equal(say(&k, AN_CAMPAIGN_RELEASE, ids[1], false, NULL), AN_OK);
    assert_int_equal(kit_view(&k, ids[1]).state, AN_CAMPAIGN_HOSTILE); /* nothing to take back */
    assert_int_equal(say(&k, AN_CAMPAIGN_CONFIRM, ids[0], true, NULL), AN_OK);
    publish(&k);
    struct an_campaign_view v = kit_view(&k, ids[0]);
    assert_int_equal(v.state, AN_CAMPAIGN_HOSTILE);
    assert_true(v.confirmed);
    uint32_t before = v.event_count;
    assert_int_equal(say(&k, AN_CAMPAIGN_CONFIRM, ids[0], true, NULL), AN_OK); /* the same once more */
    assert_int_equal(kit_view(&k, ids[0]).event_count, before);
    assert_int_equal(say(&k, AN_CAMPAIGN_NAME, ids[0], true, "低息贷款"), AN_OK);
    assert_string_equal(kit_view(&k, ids[0]).name, "低息贷款");
    assert_int_equal(say(&k, AN_CAMPAIGN_NAME, ids[0], true, ""), AN_OK);
    assert_string_equal(kit_view(&k, ids[0]).name, "");
    assert_int_equal(say(&k, AN_CAMPAIGN_NAME, 99999, true, "x"), AN_ERR_NOT_FOUND);
    kit_end(&k);
}

static void test_merge_and_lineage(void **state)
{
    (void)state;
    struct kit k;
    uint32_t ids[IDS];
    begin(&k, ids);
    uint32_t old = ids[0] < ids[1] ? ids[0] : ids[1], young = ids[0] + ids[1] - old;
    assert_int_equal(say(&k, AN_CAMPAIGN_NAME, young, true, "young"), AN_OK);
    const struct an_record_campaign word = { .kind = AN_CAMPAIGN_MERGE, .campaign = young, .other = old };
    const struct an_record_campaign itself = { .kind = AN_CAMPAIGN_MERGE, .campaign = old, .other = old };
    uint64_t calls = kit_view(&k, old).calls + kit_view(&k, young).calls;
    assert_int_equal(an_campaigns_could_say(k.campaigns, &word), AN_OK);
    assert_int_equal(an_campaigns_say(k.campaigns, &itself), AN_ERR_INVALID);
    assert_int_equal(an_campaigns_say(k.campaigns, &word), AN_OK);
    struct an_campaign_view v = kit_view(&k, young); /* leads to the one that goes on */
    assert_int_equal(v.id, old);
    assert_true(v.calls == calls);
    assert_string_equal(v.name, "young");
    assert_int_equal(an_campaigns_say(k.campaigns, &word),
                     AN_ERR_INVALID); /* done already: read back, it does nothing */
    struct an_campaign_lineage lineage;
    assert_int_equal(an_campaigns_lineage(k.campaigns, old, &lineage), AN_OK);
    bool found = false;
    for (uint32_t i = 0; i < lineage.edge_count; i++)
        found |= lineage.edges[i].from == young && lineage.edges[i].to == old &&
                 lineage.edges[i].why == AN_CAMPAIGN_WHY_MERGED;
    assert_true(found);
    kit_end(&k);
}

static void test_split(void **state)
{
    (void)state;
    struct kit k;
    uint32_t ids[IDS];
    begin(&k, ids);
    const struct an_record_campaign merge = { .kind = AN_CAMPAIGN_MERGE, .campaign = ids[0], .other = ids[1] };
    const struct an_record_campaign split = {
        .kind = AN_CAMPAIGN_SPLIT, .campaign = ids[0], .trunk = 9, .shape = 0xdef
    };
    struct an_record_campaign none = split;
    none.shape = 0x999;
    uint32_t alone = kit_view(&k, ids[0]).cells[0].trunk;
    const struct an_record_campaign only = {
        .kind = AN_CAMPAIGN_SPLIT, .campaign = ids[0], .trunk = alone, .shape = kit_view(&k, ids[0]).cells[0].shape
    };
    if (kit_view(&k, ids[0]).cell_count == 1) assert_int_equal(an_campaigns_say(k.campaigns, &only), AN_ERR_INVALID);
    assert_int_equal(an_campaigns_say(k.campaigns, &merge), AN_OK);
    assert_int_equal(an_campaigns_say(k.campaigns, &none), AN_ERR_NOT_FOUND);
    assert_int_equal(an_campaigns_say(k.campaigns, &split), AN_OK);
    assert_int_equal(an_campaigns_say(k.campaigns, &split), AN_ERR_NOT_FOUND); /* done already */
    struct an_campaign_view v = kit_view(&k, ids[0]);
    for (uint32_t i = 0; i < v.cell_count; i++) assert_true(v.cells[i].trunk != 9 || v.cells[i].shape != 0xdef);
    struct an_campaign_lineage lineage;
    assert_int_equal(an_campaigns_lineage(k.campaigns, v.id, &lineage), AN_OK);
    assert_true(lineage.node_count >= 2);
    kit_end(&k);
}

static void test_similar(void **state)
{
    (void)state;
    struct kit k;
    uint32_t ids[IDS];
    struct an_campaign_similar similar[AN_CAMPAIGN_SIMILAR];
    size_t count;
    begin(&k, ids);
    assert_int_equal(an_campaigns_similar(k.campaigns, ids[0], similar, &count), AN_OK);
    assert_true(count >= 1);
    for (size_t i = 1; i < count; i++) assert_true(similar[i - 1].likeness >= similar[i].likeness);
    for (size_t i = 0; i < count; i++)
        if (similar[i].id == ids[1]) assert_true(similar[i].ringing > 0.5f); /* both let it ring as long */
    assert_int_equal(an_campaigns_similar(k.campaigns, 99999, similar, &count), AN_ERR_NOT_FOUND);
    kit_end(&k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_release_confirm_name),
        cmocka_unit_test(test_merge_and_lineage),
        cmocka_unit_test(test_split),
        cmocka_unit_test(test_similar),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
