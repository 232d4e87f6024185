/* A stretch of the journal judged again under other settings. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "engine/again.h"
#include "journal/writer.h"
#include "settings/config.h"

#define NOON_US 1763784000000000ull

static void append(struct an_journal_writer *writer, unsigned n, float probability, enum an_action action)
{
    uint8_t bytes[AN_RECORD_VERDICT_MAX];
    size_t len;
    struct an_record r = { .type = AN_RECORD_VERDICT, .feature_count = AN_FEATURE_COUNT };
    r.obs = (struct an_observation) {
        .kind = AN_OBS_ATTEMPT, .time_us = NOON_US + n, .caller = 862061110000ull + n, .callee = 8613800138000ull
    };
    an_token_make(NOON_US + n, 0, n, &r.token);
    r.verdict.token = r.token;
    r.verdict.probability = probability;
    r.verdict.action = (uint8_t)action;
    r.verdict.level = AN_LEVEL_STANDARD;
    r.verdict.category = n % 2 == 0 ? AN_CATEGORY_LOAN : AN_CATEGORY_FRAUD;
    r.verdict.rules = AN_RULE_OWN_EVIDENCE;
    assert_int_equal(an_record_encode(&r, bytes, sizeof bytes, &len), AN_OK);
    assert_int_equal(an_journal_append(writer, AN_RECORD_VERDICT, NOON_US + n, bytes, len), AN_OK);
}

static struct an_dryrun run(struct an_dryruns *dryruns, const struct an_policy *policy, uint64_t from_us,
                            uint64_t to_us)
{
    const struct an_dryrun_request request = {
        .from_us = from_us, .to_us = to_us, .policy = *policy, .level = AN_LEVEL_STANDARD
    };
    struct an_dryrun result = { 0 };
    struct an_error error;
    int64_t id;
    assert_int_equal(an_dryrun_start(dryruns, &request, &id, &error), AN_OK);
    for (int i = 0; i < 1000; i++) {
        assert_int_equal(an_dryrun_get(dryruns, id, &result), AN_OK);
        if (result.state != AN_DRYRUN_RUNS) break;
        usleep(10000);
    }
    usleep(20000);
    return result;
}

static void test_dryrun(void **state)
{
    (void)state;
    char dir[] = "/tmp/anning-again-XXXXXX", command[96];
    struct an_journal *journal;
    struct an_dryruns *dryruns;
    struct an_config config;
    assert_non_null(mkdtemp(dir));
    const struct an_journal_options options = { .dir = dir, .workers = 1 };
    assert_int_equal(an_config_defaults(&config), AN_OK);
    assert_int_equal(an_journal_open(&options, &journal, NULL), AN_OK);
    struct an_journal_writer *writer = an_journal_writer(journal, 0);
    for (unsigned n = 0; n < 100; n++) append(writer, n, 0.999999f, AN_ACTION_BLOCK);
    for (unsigned n = 100; n < 150; n++) append(writer, n, 0.001f, AN_ACTION_ALLOW);
    assert_int_equal(an_journal_flush(writer, an_clock_mono_us()), AN_OK);
    assert_int_equal(an_dryruns_new(dir, &dryruns, NULL), AN_OK);
    /* the same settings: nothing changes */
    struct an_policy policy = config.settings.policy;
    struct an_dryrun r = run(dryruns, &policy, NOON_US, NOON_US + 1000);
    assert_int_equal(r.state, AN_DRYRUN_DONE);
    assert_int_equal(r.calls, 150);
    assert_int_equal(r.change.n[AN_ACTION_BLOCK][AN_ACTION_BLOCK], 100);
    assert_int_equal(r.change.n[AN_ACTION_ALLOW][AN_ACTION_ALLOW], 50);
    assert_int_equal(r.example_count, 0);
    /* no blocking: every block becomes something milder, in both classes, with a few examples */
    policy.block = false;
    r = run(dryruns, &policy, NOON_US, NOON_US + 1000);
    assert_int_equal(r.change.n[AN_ACTION_BLOCK][AN_ACTION_BLOCK], 0);
    uint64_t milder = 0;
    for (int a = 0; a < AN_ACTION_BLOCK; a++) milder += r.by_class[AN_CATEGORY_LOAN].n[AN_ACTION_BLOCK][a];
    assert_int_equal(milder, 50);
    assert_true(r.example_count > 0 && r.example_count <= AN_DRYRUN_EXAMPLES);
    assert_int_equal(r.examples[0].before, AN_ACTION_BLOCK);
    /* a part of it */
    r = run(dryruns, &policy, NOON_US + 90, NOON_US + 110);
    assert_int_equal(r.calls, 20);
    struct an_dryrun none;
    assert_int_equal(an_dryrun_get(dryruns, 1, &none), AN_ERR_NOT_FOUND);
    an_dryruns_free(dryruns);
    /* no journal: it fails, and says why */
    assert_int_equal(an_dryruns_new("/nonexistent", &dryruns, NULL), AN_OK);
    r = run(dryruns, &policy, 0, NOON_US);
    assert_int_equal(r.state, AN_DRYRUN_FAILED);
    assert_true(r.why[0] != '\0');
    an_dryruns_free(dryruns);
    an_journal_close(journal);
    an_config_done(&config);
    snprintf(command, sizeof command, "rm -rf %s", dir);
    assert_int_equal(system(command), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_dryrun) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
