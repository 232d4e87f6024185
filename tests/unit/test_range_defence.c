/* Defences see what a network sees and nothing else; the baselines do what their description says. */
#include <unistd.h>

#include "range_kit.h"

#include "range/network.h"
#include "range/run.h"

/* A defence that looked at the truth would decide otherwise once it is wiped, and the whole run would differ. */
static void test_truth_does_not_leak(void **state)
{
    (void)state;
    for (enum kit_defence kind = KIT_NONE; kind <= KIT_ANNING; kind++) {
        const struct ar_scenario scenario = kit_scenario(1, 3);
        struct kit_run seeing = { 0 }, blind = { .spy = { .wipe = true } };
        kit_play(&scenario, 31, kind, KIT_DAY_US, &seeing);
        kit_play(&scenario, 31, kind, KIT_DAY_US, &blind);
        assert_true(seeing.spy.attempts > 10000);
        assert_int_equal(seeing.spy.hash, blind.spy.hash);
    }
}

/* Every defence meets the same people. */
static void test_same_defence_same_run(void **state)
{
    (void)state;
    const struct ar_scenario scenario = kit_scenario(0.6, 2);
    struct kit_run first = { 0 }, second = { 0 };
    kit_play(&scenario, 4, KIT_ANNING, KIT_DAY_US, &first);
    kit_play(&scenario, 4, KIT_ANNING, KIT_DAY_US / 100, &second);
    assert_int_equal(first.spy.hash, second.spy.hash);
}

static struct ar_call a_call(an_number caller, an_number callee, uint64_t time_us)
{
    static uint64_t id;
    return (struct ar_call) { .id = ++id, .time_us = AR_BEGIN_US + time_us, .caller = caller, .callee = callee };
}

static enum an_action ask(const struct ar_defence *defence, struct ar_call call)
{
    assert_int_equal(defence->decide(defence->self, &call), AN_OK);
    assert_true(call.probability >= 0 && call.probability <= 1);
    return (enum an_action)call.action;
}

static void test_frequency(void **state)
{
    (void)state;
    struct ar_defence defence;
    assert_int_equal(ar_defence_frequency(&defence), AN_OK);
    const an_number busy = 8613800138000, quiet = 8613800138001, bank = 8695588;
    for (uint64_t i = 0; i < 15; i++)
        assert_int_equal(ask(&defence, a_call(busy, 8613900000000 + i, i * 1000000)), AN_ACTION_ALLOW);
    assert_int_equal(ask(&defence, a_call(busy, 8613900000099, 16000000)), AN_ACTION_BLOCK);
    assert_int_equal(ask(&defence, a_call(quiet, 8613900000099, 16000000)), AN_ACTION_ALLOW);
    assert_int_equal(ask(&defence, a_call(busy, 8613900000099, 3 * 3600000000ull)), AN_ACTION_ALLOW); /* forgotten */
    for (uint64_t i = 0; i < 100; i++)
        assert_int_equal(ask(&defence, a_call(bank, 8613900000000 + i, i * 1000000)), AN_ACTION_ALLOW);
    defence.free(defence.self);
}

static void complain(const struct ar_defence *defence, an_number caller, an_number by, uint64_t time_us)
{
    struct ar_call call = a_call(caller, by, time_us);
    defence->reported(defence->self, &call, AR_BEGIN_US + time_us, false, AN_CATEGORY_LOAN);
}

static void test_blacklist(void **state)
{
    (void)state;
    struct ar_defence defence;
    const an_number number = 8617012345678, smeared = 8613700000001;
    assert_int_equal(ar_defence_blacklist(&defence), AN_OK);
    for (an_number by = 0; by < 3; by++) complain(&defence, number, 8613900000000 + by, 1000000 * by);
    for (int i = 0; i < 10; i++) complain(&defence, smeared, 8613900000000, 1000000); /* one voice, ten times */
    assert_int_equal(ask(&defence, a_call(number, 8613900000009, 3600000000ull)), AN_ACTION_ALLOW);
    assert_int_equal(ask(&defence, a_call(number, 8613900000009, KIT_DAY_US + 3000000)), AN_ACTION_BLOCK);
    assert_int_equal(ask(&defence, a_call(smeared, 8613900000009, KIT_DAY_US + 3000000)), AN_ACTION_ALLOW);
    assert_int_equal(ask(&defence, a_call(number, 8613900000009, 92 * KIT_DAY_US)), AN_ACTION_ALLOW);
    defence.free(defence.self);
}

static void test_reputation(void **state)
{
    (void)state;
    struct ar_defence defence;
    const an_number number = 8617012345678, machine = 8617012345679;
    assert_int_equal(ar_defence_reputation(&defence), AN_OK);
    for (an_number by = 0; by < 5; by++) {
        assert_int_equal(ask(&defence, a_call(number, 8613900000000 + by, by * 1000000)),
                         by < 2 ? AN_ACTION_ALLOW : AN_ACTION_LABEL);
        complain(&defence, number, 8613900000000 + by, by * 1000000);
    }
    assert_int_equal(ask(&defence, a_call(number, 8613900000009, 60000000)), AN_ACTION_BLOCK);
    assert_int_equal(ask(&defence, a_call(number, 8613900000009, 12 * KIT_DAY_US)), AN_ACTION_ALLOW);
    for (uint64_t i = 0; i < 60; i++) { /* short talks, nothing refused */
        struct ar_call call = a_call(machine, 8613900000000 + i, i * 60000000);
        ask(&defence, call);
        call.outcome = AN_OUTCOME_ANSWERED;
        call.answered = true;
        call.talk_ms = 3000;
        defence.ended(defence.self, &call, call.time_us + 5000000);
    }
    assert_int_equal(ask(&defence, a_call(machine, 8613900000099, 61 * 60000000ull)), AN_ACTION_LABEL);
    defence.free(defence.self);
}

/* Far more numbers than rows: it forgets and goes on. */
static void test_tables_are_bounded(void **state)
{
    (void)state;
    struct ar_defence defence;
    assert_int_equal(ar_defence_frequency(&defence), AN_OK);
    for (uint64_t i = 0; i < 1500000; i++) ask(&defence, a_call(8613000000000 + i * 37, 8613900000000, i));
    defence.free(defence.self);
}

static void test_live_stays_on_this_machine(void **state)
{
    (void)state;
    static const char *const trunks[] = { "a" }, *const shapes[] = { "b" };
    const struct ar_names names = { trunks, shapes, 1, 1 };
    static const char *const wrong[][2] = {
        { "10.0.0.1:5060", "127.0.0.1:8080" },      { "127.0.0.1:5060", "192.0.2.1:80" },
        { "[2001:db8::1]:5060", "127.0.0.1:8080" }, { "0.0.0.0:5060", "127.0.0.1:8080" },
        { "localhost:5060", "127.0.0.1:8080" },     { NULL, NULL },
        { "127.0.0.1", "127.0.0.1:8080" }
    };
    const struct ar_live_options how = { 0 };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct ar_defence defence;
        struct an_error error = { "" };
        assert_int_equal(ar_defence_live(&names, wrong[i][0], wrong[i][1], &how, &defence, &error), AN_ERR_INVALID);
        assert_true(strlen(error.text) > 10);
    }
}

static void test_wrong_config_is_told(void **state)
{
    (void)state;
    static const char *const trunks[] = { "a" }, *const shapes[] = { "b" };
    const struct ar_names names = { trunks, shapes, 1, 1 };
    const struct ar_anning_options how = { .config = "/nowhere/anning.yaml", .subscribers = 1000 };
    struct ar_defence defence;
    struct an_error error = { "" };
    assert_true(ar_defence_anning(&names, &how, &defence, &error) != AN_OK);
    assert_non_null(strstr(error.text, "/nowhere/anning.yaml"));
}

static bool stop_at_noon(void *user, const struct ar_run_progress *progress)
{
    unsigned *calls = user;
    ++*calls;
    return progress->now_us < progress->begin_us + KIT_DAY_US / 2;
}

static void test_a_run_can_be_stopped(void **state)
{
    (void)state;
    const struct ar_scenario scenario = kit_scenario(1, 1);
    unsigned calls = 0;
    const struct ar_run_options options = { .scenario = &scenario,
                                            .seed = 1,
                                            .kind = AR_DEFENCE_REPUTATION,
                                            .step_us = 3600000000ull,
                                            .progress = stop_at_noon,
                                            .user = &calls };
    struct ar_run run;
    struct an_error error;
    assert_int_equal(ar_run(&options, &run, &error), AN_OK);
    assert_false(run.whole);
    assert_int_equal(calls, 12);
    assert_true(run.events > 0 && run.until_us == AR_BEGIN_US + KIT_DAY_US / 2);
    assert_true(strlen(run.why.text) > 0);
    ar_run_done(&run);
}

static struct ar_call marked(const char *token, enum ar_class truth, enum an_category category, uint32_t campaign)
{
    struct ar_call call = { .truth = (uint8_t)truth, .category = (uint8_t)category, .campaign = campaign };
    snprintf(call.token, sizeof call.token, "%s", token);
    return call;
}

static void test_truth_names_decoys(void **state)
{
    (void)state;
    struct ar_scenario scenario = kit_scenario(1, 5);
    scenario.adversary_count = 2;
    scenario.adversaries[1].mode = AR_CLASS_A8;
    char path[] = "/tmp/anning-truth-XXXXXX", text[512] = "";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    struct ar_truth *truth;
    struct an_error error;
    assert_int_equal(ar_truth_open(path, &scenario, &truth, &error), AN_OK);
    struct ar_call decoy = marked("C", AR_CLASS_PERSON, AN_CATEGORY_PERSON, 2);
    decoy.is_test = true;
    const struct ar_call courier = marked("A", AR_CLASS_COURIER, AN_CATEGORY_PERSON, 0),
                         sale = marked("B", AR_CLASS_A8, AN_CATEGORY_LOAN, 2),
                         firm = marked("D", AR_CLASS_SCHOOL, AN_CATEGORY_AUTOMATED, 7);
    ar_truth_write(truth, &courier);
    ar_truth_write(truth, &sale);
    ar_truth_write(truth, &decoy);
    ar_truth_write(truth, &firm);
    assert_int_equal(read(fd, text, sizeof text - 1), 0); /* nothing under its name before it is whole */
    close(fd);
    assert_int_equal(ar_truth_close(truth, &error), AN_OK);
    FILE *in = fopen(path, "r");
    assert_non_null(in);
    text[fread(text, 1, sizeof text - 1, in)] = '\0';
    fclose(in);
    unlink(path);
    assert_string_equal(text, "token,unwanted,category,class,campaign\n"
                              "A,0,person,courier,0\n"
                              "B,1,loan,A8,2\n"
                              "C,1,person,A8,2\n"
                              "D,0,automated,school,0\n");
}

static void test_truth_that_cannot_be_written(void **state)
{
    (void)state;
    const struct ar_scenario scenario = kit_scenario(1, 1);
    struct ar_truth *truth;
    struct an_error error = { "" };
    assert_int_equal(ar_truth_open("/nowhere/truth.csv", &scenario, &truth, &error), AN_ERR_IO);
    assert_non_null(strstr(error.text, "/nowhere/truth.csv"));
}

/* Interconnects may show public services, platforms may not, and that is all that is said. */
static void test_network_is_what_an_operator_knows(void **state)
{
    (void)state;
    static const char *const trunks[] = { "ic-mobile-1", "sip-trunk-1" };
    const struct ar_names names = { .trunks = trunks, .trunk_count = 2 };
    char path[AR_NETWORK_PATH_MAX], text[1024];
    struct an_error error;
    int fd = ar_network_open(&names, path, &error);
    assert_true(fd >= 0);
    ssize_t len = pread(fd, text, sizeof text - 1, 0);
    assert_true(len > 0);
    text[len] = '\0';
    const char *trunks_at = strstr(text, "trunks:\n");
    assert_non_null(trunks_at);
    assert_string_equal(trunks_at,
                        "trunks:\n"
                        "  - { name: ic-mobile-1, addresses: [127.64.0.1], may_show_public: true }\n"
                        "  - { name: sip-trunk-1, addresses: [127.64.0.2], may_show_public: false }\n");
    static const char *const shapes[] = { "b" };
    const struct ar_names both = { trunks, shapes, 2, 1 };
    const struct ar_anning_options how = { .config = path, .subscribers = 1000 };
    struct ar_defence defence;
    assert_int_equal(ar_defence_anning(&both, &how, &defence, &error), AN_OK);
    close(fd);
    defence.free(defence.self);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_truth_does_not_leak),
        cmocka_unit_test(test_same_defence_same_run),
        cmocka_unit_test(test_frequency),
        cmocka_unit_test(test_blacklist),
        cmocka_unit_test(test_reputation),
        cmocka_unit_test(test_tables_are_bounded),
        cmocka_unit_test(test_live_stays_on_this_machine),
        cmocka_unit_test(test_wrong_config_is_told),
        cmocka_unit_test(test_a_run_can_be_stopped),
        cmocka_unit_test(test_network_is_what_an_operator_knows),
        cmocka_unit_test(test_truth_names_decoys),
        cmocka_unit_test(test_truth_that_cannot_be_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
