/* The journal's record of an operator's word on a campaign: there and back, and nothing else is taken. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/record.h"

static size_t encode(const struct an_record_campaign *word, uint8_t *out)
{
    const struct an_record record = { .type = AN_RECORD_CAMPAIGN, .campaign = *word };
    size_t len;
    assert_int_equal(an_record_encode(&record, out, AN_RECORD_SMALL_MAX, &len), AN_OK);
    return len;
}

static void test_there_and_back(void **state)
{
    (void)state;
    uint8_t bytes[AN_RECORD_SMALL_MAX];
    struct an_record back;
    const struct an_record_campaign word = { .kind = AN_CAMPAIGN_SPLIT,
                                             .yes = 1,
                                             .campaign = 7,
                                             .other = 8,
                                             .trunk = 9,
                                             .shape = 0xa0b0c,
                                             .name = AN_SLICE("低息贷款"),
                                             .who = AN_SLICE("li") };
    size_t len = encode(&word, bytes);
    assert_int_equal(an_record_decode(AN_RECORD_CAMPAIGN, bytes, len, &back), AN_OK);
    assert_int_equal(back.campaign.kind, AN_CAMPAIGN_SPLIT);
    assert_int_equal(back.campaign.campaign, 7);
    assert_int_equal(back.campaign.other, 8);
    assert_int_equal(back.campaign.trunk, 9);
    assert_true(back.campaign.shape == 0xa0b0c);
    assert_true(an_slice_equal(back.campaign.name, word.name) && an_slice_equal(back.campaign.who, word.who));
    assert_string_equal(an_record_type_name(AN_RECORD_CAMPAIGN), "campaign");
}

static void test_nothing_else(void **state)
{
    (void)state;
    uint8_t bytes[AN_RECORD_SMALL_MAX], bad[AN_RECORD_SMALL_MAX];
    struct an_record back;
    const struct an_record_campaign word = { .kind = AN_CAMPAIGN_NAME, .yes = 1, .campaign = 7, .name = AN_SLICE("a") };
    size_t len = encode(&word, bytes);
    for (size_t cut = 0; cut < len; cut++)
        assert_int_not_equal(an_record_decode(AN_RECORD_CAMPAIGN, bytes, cut, &back), AN_OK);
    memcpy(bad, bytes, len);
    bad[1] = AN_CAMPAIGN_WORD_END; /* no such word */
    assert_int_equal(an_record_decode(AN_RECORD_CAMPAIGN, bad, len, &back), AN_ERR_MALFORMED);
    bad[1] = 0;
    assert_int_equal(an_record_decode(AN_RECORD_CAMPAIGN, bad, len, &back), AN_ERR_MALFORMED);
    memcpy(bad, bytes, len);
    bad[2] = 2; /* neither yes nor no */
    assert_int_equal(an_record_decode(AN_RECORD_CAMPAIGN, bad, len, &back), AN_ERR_MALFORMED);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_there_and_back), cmocka_unit_test(test_nothing_else) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
